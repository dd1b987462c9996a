"""Commands whose help shows the options under headings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
DEFAULT = "General"
"""The heading of options that have none of their own, such as --help; comes last."""


class GroupedOption(click.Option):
    """An option that knows its heading."""

    def __init__(self, *args: Any, heading: str, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.heading = heading


class GroupedCommand(click.Command):
    """A command that lists its options heading by heading, in the order in which these first appear."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options into the help."""
        headings: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if isinstance(parameter, click.Option) and record is not None:
                headings.setdefault(getattr(parameter, "heading", DEFAULT), []).append(record)
        headings[DEFAULT] = headings.pop(DEFAULT, [])
        for heading, records in headings.items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=36)


def option(heading: str, *names: str, **rest: Any) -> Callable[[Function], Function]:
    """A click option under a heading of the help."""
    return click.option(*names, cls=GroupedOption, heading=heading, **rest)
