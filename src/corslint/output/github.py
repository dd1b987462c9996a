"""`--format github`: workflow commands, which GitHub Actions shows as annotations of the changed lines.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Finding, Report, Unread
from corslint.output import Options, proof, summary
from corslint.output.terminal import one_line

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, options: Options) -> Iterator[str]:
    """A command per finding and per unread file, then the closing sentence."""
    yield from map(_finding, report.findings)
    yield from map(_unread, dict.fromkeys(report.unread))
    if not options.quiet:
        yield summary.closing(report)


def _finding(finding: Finding) -> str:
    span = finding.primary.span
    properties = {"title": finding.rule, "file": span.path, "line": str(span.line)}
    # Columns are only taken where beginning and end are on one line.
    if span.line == span.end_line:
        properties |= {"col": str(span.column), "endLine": str(span.end_line), "endColumn": str(span.end_column)}
    else:
        properties["endLine"] = str(span.end_line)
    lines = [finding.message]
    if finding.proof is not None:
        lines.append(f"proof: {proof.line(finding.proof)}")
    lines += [f"help: {finding.help}", f"more: corslint explain {finding.rule}"]
    return _command(_COMMANDS[finding.severity.level], properties, lines)


def _unread(unread: Unread) -> str:
    properties = {"title": "not read", "file": unread.path}
    if unread.span is not None:
        properties["line"] = str(unread.span.line)
    return _command("warning", properties, [f"this file was not read: {unread.reason}"])


def _command(name: str, properties: dict[str, str], lines: list[str]) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{'%0A'.join(_data(line) for line in lines)}"


# The escapes of https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts; what is no plain character
# was made visible before, so that no line end is left to escape.
def _data(text: str) -> str:
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return one_line(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
