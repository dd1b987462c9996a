"""Writing to the streams: reports, complaints, and what to do when corslint itself fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corslint.finding import Crash


def emit(lines: Iterable[str]) -> None:
    """Print lines to standard output; a reader that has gone away (`| head`) is no error."""
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer has to go somewhere when the interpreter closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise click.ClickException(f"cannot write the report: {error.strerror or error}") from None


def save(lines: Iterable[str], path: str) -> None:
    """Write lines to a file. Raises ClickException."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror or error}") from None


def use_colour(when: str) -> bool:
    """Whether to colour standard output: `always`, `never`, or `auto`: on a terminal, unless the environment objects.

    https://no-color.org, https://force-color.org
    """
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def complain(message: str) -> None:
    """Print an error as compilers do."""
    from corslint.output.terminal import one_line

    click.echo(f"corslint: error: {one_line(message)}", err=True)


def confess(error: Exception) -> None:
    """Print a fault that ended the run, with its traceback: nobody can mend it without."""
    import traceback

    click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    complain(f"corslint itself failed: {type(error).__name__}: {error}")
    click.echo(_where_to_report(), err=True)


def report_crashes(crashes: Iterable[Crash], *, verbose: bool) -> None:
    """Print the faults that the run survived."""
    crashes = list(crashes)
    for crash in crashes:
        if verbose:
            click.echo(crash.details, err=True, nl=False)
        complain(f"corslint itself failed, {crash.where}: {crash.error}")
    if crashes:
        click.echo(_where_to_report() + ("" if verbose else " --verbose shows the details to send."), err=True)


def _where_to_report() -> str:
    from importlib import metadata

    try:
        urls = metadata.metadata("corslint").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    places = dict(url.split(", ", 1) for url in urls if ", " in url)
    place = places.get("Issues") or places.get("Source") or "the issue tracker of corslint"
    return f"This is not your mistake. Please report it to {place}, with the lines above."
