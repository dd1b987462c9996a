"""The command line. Verbs parse arguments and print; they decide nothing. Each is imported only when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from corslint.cli.invocation import shared_options
from corslint.cli.verbs import MODULES, Verbs


@click.command(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`corslint VERB -h` lists the options of a verb.",
)
@shared_options
@click.option("-V", "--version", is_flag=True, help="Print the version and exit.")
@click.pass_context
def corslint(context: click.Context, /, version: bool, **shared: Any) -> int:
    """Find CORS settings that are dangerous or will not work, and see what a browser makes of them."""
    if version:
        from corslint._version import __version__

        click.echo(f"corslint {__version__}")
        context.exit(0)
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)
    # What is given before the verb holds for the verb.
    given = {name: value for name, value in shared.items() if _is_given(context, name)}
    context.default_map = dict.fromkeys(MODULES, given)
    return 0


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; `arguments` are those of the process unless given."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give back the exit code, see `cli.outcome`."""
    from corslint.cli.outcome import FAULT, WRONG_CALL

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Where a terminal cannot show a character its escape must do: a report may not end half-way.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = corslint.main(arguments, prog_name="corslint", standalone_mode=False)
    except click.Abort:
        return 130  # as a shell counts an interrupt: 128 + SIGINT
    except click.ClickException as error:
        from corslint.cli.printing import complain

        complain(error.format_message())
        return WRONG_CALL
    except Exception as error:
        from corslint.cli.printing import confess

        confess(error)
        return FAULT
    return code if isinstance(code, int) else 0
