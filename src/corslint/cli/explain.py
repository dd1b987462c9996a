"""`corslint explain`: the page of a rule, or what a browser's console message means and which setting causes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import Invocation, rule_names, shared
from corslint.cli.outcome import CLEAN, reading
from corslint.cli.paths import STANDARD_INPUT, inputs, look
from corslint.cli.printing import emit, report_crashes
from corslint.config import suggestion

if TYPE_CHECKING:
    from corslint.finding import Crash


@click.command(
    cls=GroupedCommand,
    short_help="Explain a rule, or a CORS error that a browser printed.",
)
@click.argument("text", metavar='RULE|"CONSOLE TEXT"')
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print it.  [default: text]",
)
@shared
def explain(*, invocation: Invocation, text: str, paths: tuple[str, ...], form: str) -> int:
    """Explain a rule: what it finds, why it matters, and what to write instead. `corslint rules` lists the names.

    Or explain what a browser printed: paste the red text from its console, in quotes, or give `-` and paste it into
    standard input. The names that Chromium, Firefox and MDN have for it will do, too. PATHS are the files and folders
    in which to look for the setting that causes it, by default the working directory.

    Exit codes: 0 explained, 2 neither a rule nor a message of a browser, 3 something could not be read, 4 a fault of
    corslint.
    """
    if text == STANDARD_INPUT:
        text = _standard_input()
    if text in rule_names():
        if paths:
            raise click.UsageError(f"{text} is a rule, and its page needs no paths; `corslint check` looks for it")
        return _page(text, form)
    return _message(invocation, text, paths, form)


def _page(rule: str, form: str) -> int:
    from corslint import catalogue
    from corslint.output import rulebook

    page = catalogue.page(rule)
    if form == "json":
        emit(rulebook.page_json(page))
    elif sys.stdout.isatty():
        click.echo_via_pager(f"{line}\n" for line in rulebook.page_text(page))
    else:
        emit(rulebook.page_text(page))
    return CLEAN


def _message(invocation: Invocation, text: str, paths: tuple[str, ...], form: str) -> int:
    from corslint.console import read

    complaint = read(text)
    if complaint is None:
        raise click.UsageError(_nothing_known(text))
    if STANDARD_INPUT in paths:
        raise click.UsageError("PATHS are files and folders here, not `-`")
    from corslint.output import explanation

    is_sentence = any(character.isspace() for character in text.strip())
    # A name alone is looked up like a rule; only a message is about something that just happened here.
    asked = complaint.failure is not None and complaint.failure.is_by_the_answer
    searched = inputs(paths, None) if asked and (paths or is_sentence) else ()
    made = explanation.Explanation(complaint)
    code = CLEAN
    crashes: tuple[Crash, ...] = ()
    if searched:
        from corslint.blame import inquire

        report = look(searched, invocation.load(searched).config, None)
        made = explanation.Explanation(complaint, searched, not paths, report, inquire(report, complaint))
        crashes = (*report.crashes, *made.inquiry.crashes)
        code = reading(report, made.inquiry.crashes)
    if form == "json":
        emit(explanation.json(made))
    else:
        emit(explanation.text(made, color=invocation.in_colour, quiet=invocation.quiet))
    report_crashes(crashes, verbose=invocation.verbose)
    return code


def _standard_input() -> str:
    from corslint.console import MAX_TEXT

    # A character takes four bytes at most.
    return sys.stdin.buffer.read(4 * MAX_TEXT).decode("utf-8", errors="replace").strip()


def _nothing_known(text: str) -> str:
    """Why there is nothing to explain, and what was probably meant."""
    from corslint.failures import names

    if any(character.isspace() for character in text.strip()) or not text.strip():
        return (
            "this is no CORS message of a browser that corslint knows; copy the whole red text from the console, in"
            " Chrome the line that begins with `Access to`, in Firefox the one with `(Reason: ...)`"
        )
    near = suggestion(text, (*rule_names(), *names()))
    return f"there is no rule {text!r}{near or ', see `corslint rules`'}"
