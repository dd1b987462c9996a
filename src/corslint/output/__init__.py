"""Reports in words and formats: one module per format, each a pure function from a report to lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from corslint.catalogue import RulePage
    from corslint.finding import Report

Format: TypeAlias = Literal["text", "concise", "json", "sarif", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Options:
    """What a format may need to know besides the report."""

    color: bool = False
    """Whether to use terminal colours; only `text` and `concise` ever do."""
    quiet: bool = False
    """Findings only: no closing sentence, no notes."""
    verbose: bool = False
    """Also what was ignored and why."""
    statistics: bool = False
    """Count the findings per rule instead of showing them; only for `text` and `concise`."""
    exit_code: int = 0
    """What the run will end with; SARIF tells whether it was complete."""
    pages: tuple[RulePage, ...] = ()
    """The rule pages; SARIF carries them along."""


def render(form: Format, report: Report, options: Options) -> Iterator[str]:
    """The lines of a report in one format, without line endings. Only the module of that format is imported."""
    from importlib import import_module

    lines: Iterator[str] = import_module(f"corslint.output.{form}").render(report, options)
    return lines
