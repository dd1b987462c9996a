"""`--format concise`: one line per finding, as compilers print them and editors read them."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Finding, Report
from corslint.output import Options, summary
from corslint.output.terminal import Painter, one_line, shown


def render(report: Report, options: Options) -> Iterator[str]:
    """`path:line:column: level[rule] message`, then the closing sentence."""
    paint = Painter(options.color)
    if options.statistics:
        yield from summary.statistics(report)
    else:
        yield from (_line(finding, paint) for finding in report.findings)
    if not options.quiet:
        yield summary.closing(report)
        yield from summary.notes(report)


def _line(finding: Finding, paint: Painter) -> str:
    span = finding.primary.span
    level = finding.severity.level
    where = f"{_path(span.path)}:{span.line}:{span.column}:"
    return f"{paint('bold', where)} {paint(level, f'{level}[{finding.rule}]')} {one_line(finding.message)}"


def _path(path: str) -> str:
    # A line that begins with `::` is a command to the runner of GitHub Actions, and file names may be hostile.
    return f"./{shown(path)}" if path.lstrip().startswith("::") else shown(path)
