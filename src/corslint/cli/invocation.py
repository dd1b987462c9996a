"""What every verb that reads files is told: how much to say, in which colours, and by which configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import click

from corslint.cli.grouped import DEFAULT, option
from corslint.cli.printing import use_colour
from corslint.config import VARIABLE, ConfigError, Loaded, load

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options that all these verbs share."""

    quiet: bool
    verbose: bool
    color: str
    config: str | None
    isolated: bool

    @property
    def in_colour(self) -> bool:
        """Whether standard output is coloured."""
        return use_colour(self.color)

    def load(self, paths: Sequence[str]) -> Loaded:
        """The configuration for a run over `paths`. Raises UsageError for one that cannot be used."""
        if self.isolated and self.config is not None:
            raise click.UsageError("--config and --isolated exclude each other")
        file = self.config or os.environ.get(VARIABLE) or None
        try:
            return load(paths, file=file, isolated=self.isolated, rules=rule_names, servers=server_names)
        except ConfigError as error:
            raise click.UsageError(str(error)) from None


def rule_names() -> Collection[str]:
    """The slugs of all rules."""
    from corslint import catalogue

    return catalogue.slugs()


def server_names() -> Collection[str]:
    """The names of all servers."""
    from corslint import engine

    return [server.NAME for server in engine.servers()]


def shared_options(function: Function) -> Function:
    """Add the shared options to a command."""
    for add in (
        option(DEFAULT, "--isolated", is_flag=True, help="Read no configuration file."),
        option(
            DEFAULT,
            "--config",
            metavar="FILE",
            help=f"Read this configuration file instead of looking for one.  [env: {VARIABLE}]",
        ),
        option(
            DEFAULT,
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="Colour the output; auto: on a terminal (NO_COLOR and FORCE_COLOR are heeded).",
        ),
        option(
            DEFAULT, "-v", "--verbose", is_flag=True, help="Also say which configuration holds and what was ignored."
        ),
        option(DEFAULT, "-q", "--quiet", is_flag=True, help="Print findings only, no summary."),
    ):
        function = add(function)
    return function


def shared(function: Callable[..., int]) -> Callable[..., int]:
    """Add the shared options to a verb, which gets them as its argument `invocation`."""

    @wraps(function)
    def command(*, quiet: bool, verbose: bool, color: str, config: str | None, isolated: bool, **rest: Any) -> int:
        return function(invocation=Invocation(quiet, verbose, color, config, isolated), **rest)

    return shared_options(command)
