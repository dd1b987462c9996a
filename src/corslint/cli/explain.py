"""`corslint explain`: the page of a rule."""

from __future__ import annotations

import sys

import click

from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import rule_names
from corslint.cli.printing import emit
from corslint.config import suggestion


@click.command(cls=GroupedCommand, short_help="Explain a rule: what it finds, why, and what to write instead.")
@click.argument("rule")
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the page.  [default: text]",
)
def explain(*, rule: str, form: str) -> int:
    """Explain a rule: what it finds, why it matters, and what to write instead.

    `corslint rules` lists the names.
    """
    known = rule_names()
    if rule not in known:
        if any(character.isspace() for character in rule):
            raise click.UsageError(
                "that is not the name of a rule; this version of corslint explains rules, not console messages yet"
            )
        raise click.UsageError(f"there is no rule {rule!r}{suggestion(rule, known) or ', see `corslint rules`'}")
    from corslint import catalogue
    from corslint.output import rulebook

    page = catalogue.page(rule)
    if form == "json":
        emit(rulebook.page_json(page))
    elif sys.stdout.isatty():
        click.echo_via_pager(f"{line}\n" for line in rulebook.page_text(page))
    else:
        emit(rulebook.page_text(page))
    return 0
