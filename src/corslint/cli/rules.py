"""`corslint rules`: the list of rules."""

from __future__ import annotations

import click

from corslint.cli.check import rule_list
from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.printing import emit


@click.command(cls=GroupedCommand, short_help="List the rules.")
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How to print them.  [default: text]",
)
@option("Rules", "--select", multiple=True, metavar="RULE", callback=rule_list, help="Only these rules and groups.")
def rules(*, form: str, select: tuple[str, ...]) -> int:
    """List the rules, by group and severity."""
    from corslint import catalogue
    from corslint.output import rulebook

    wanted = catalogue.expand(select or ("ALL",))
    pages = [page for page in catalogue.rules() if page.slug in wanted]
    lines = {"text": rulebook.text, "json": rulebook.json, "markdown": rulebook.markdown}
    emit(lines[form](pages))
    return 0
