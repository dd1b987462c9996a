"""`corslint policies`: what is configured, without judgement."""

from __future__ import annotations

import click

from corslint.cli.frameworks import framework_option, with_versions
from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import Invocation, shared
from corslint.cli.outcome import reading
from corslint.cli.paths import inputs, look
from corslint.cli.printing import emit, report_crashes
from corslint.output import Options


@click.command(cls=GroupedCommand, short_help="List the CORS policies that are configured, without judging them.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@framework_option
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How to print them.  [default: text]",
)
@shared
def policies(*, invocation: Invocation, paths: tuple[str, ...], framework: dict[str, str], form: str) -> int:
    """List the CORS policies that are configured, setting by setting, without judging them.

    PATHS are files and folders, by default the working directory.
    """
    config = with_versions(invocation.load(inputs(paths, None)).config, framework)
    report = look(paths, config, None)
    options = Options(color=invocation.in_colour, quiet=invocation.quiet)
    if form == "json":
        from corslint.output import json

        emit(json.dumped(json.inventory(report)))
    else:
        from corslint.output import inventory

        emit((inventory.markdown if form == "markdown" else inventory.text)(report, options))
    report_crashes(report.crashes, verbose=invocation.verbose)
    return reading(report)
