"""What a report ends with: how much was found, and what could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from corslint.finding import Finding, Report, Severity, Unread
from corslint.output.terminal import one_line, shown


def closing(report: Report) -> str:
    """The last sentence: never silence, since silence reads as "all is well"."""
    others = _others(report)
    if not report.findings and not report.policies:
        return nothing_found(report) + (f" {others[2:]}." if others else "")
    files = len({policy.span.path for policy in report.policies})
    if not report.findings:
        return f"No problems in {policies(len(report.policies))} ({count(files, 'file')}){others}."
    return (
        f"{policies(len(report.policies)).capitalize()} in {count(files, 'file')}. "
        f"{count(len(report.findings), 'finding')} ({_by_severity(report.findings)}){others}."
    )


def nothing_found(report: Report) -> str:
    """That there are no settings, and where they were looked for."""
    looked_for = f" (looked for: {', '.join(report.languages)})" if report.languages else ""
    return f"No CORS settings found in {count(report.files, 'file')}{looked_for}."


def _others(report: Report) -> str:
    ignored = f", {len(report.ignored)} ignored" if report.ignored else ""
    baselined = f", {len(report.baselined)} in the baseline" if report.baselined else ""
    return ignored + baselined


def _by_severity(findings: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    return ", ".join(f"{found[severity]} {severity}" for severity in reversed(Severity) if found[severity])


def notes(report: Report) -> Iterator[str]:
    """What could not be read, file by file."""
    unread = tuple(dict.fromkeys(report.unread))
    files = len({one.path for one in unread})
    if len(unread) == 1:
        yield f"note: 1 file was not read whole: {_unread(unread[0])}"
    elif unread:
        verb = "was" if files == 1 else "were"
        yield f"note: {count(files, 'file')} {verb} not read whole:"
        yield from (f"  {_unread(one)}" for one in unread)


def _unread(unread: Unread) -> str:
    line = f", line {unread.span.line}" if unread.span is not None and unread.span.source.text else ""
    return f"{shown(unread.path)} ({one_line(unread.reason)}{line})"


def statistics(report: Report) -> Iterator[str]:
    """The number of findings per rule, the worst and most frequent first."""
    found = Counter((finding.rule, finding.severity) for finding in report.findings)
    ordered = sorted(found.items(), key=lambda item: (-item[0][1], -item[1], item[0][0]))
    width = max((len(str(number)) for _, number in ordered), default=0)
    for (rule, severity), number in ordered:
        yield f"{number:>{width}}  {severity!s:<6}  {rule}"


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def policies(number: int) -> str:
    """`1 policy`, `2 policies`, `no policies`."""
    return {0: "no policies", 1: "1 policy"}.get(number, f"{number} policies")
