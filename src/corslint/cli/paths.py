"""Running the engine over what the user named."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corslint.config import Config
    from corslint.finding import Report

STANDARD_INPUT = "-"


def inputs(paths: Sequence[str], stdin_filename: str | None) -> tuple[str, ...]:
    """The paths to look for a configuration from. Raises UsageError where standard input lacks a name."""
    if STANDARD_INPUT not in paths:
        if stdin_filename is not None:
            raise click.UsageError("--stdin-filename names what is read from standard input: the path must be `-`")
        return tuple(paths) or (".",)
    if len(paths) > 1:
        raise click.UsageError("`-` reads standard input and cannot be given together with other paths")
    if stdin_filename is None:
        raise click.UsageError("`-` needs --stdin-filename: the name tells which product the text configures")
    return (stdin_filename,)


def look(paths: Sequence[str], config: Config, stdin_filename: str | None) -> Report:
    """Run the engine. Raises UsageError for a path that does not exist and for too long a standard input."""
    from corslint import collect, engine

    if STANDARD_INPUT in paths:
        data = sys.stdin.buffer.read(collect.MAX_SCANNED_BYTES + 1)
        if len(data) > collect.MAX_SCANNED_BYTES:
            raise click.UsageError("standard input is too long to read")
        name = os.path.relpath(stdin_filename or STANDARD_INPUT).replace(os.sep, "/")
        return engine.run((), config, stdin=engine.StandardInput(name, data))
    try:
        return engine.run(inputs(paths, None), config)
    except collect.MissingPathError as error:
        raise click.UsageError(str(error)) from None
