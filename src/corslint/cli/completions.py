"""`corslint completions`: the script that lets a shell complete verbs and options."""

from __future__ import annotations

import click

from corslint.cli.grouped import GroupedCommand
from corslint.cli.printing import emit


@click.command(cls=GroupedCommand, short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completions(context: click.Context, *, shell: str) -> int:
    """Print the completion script of a shell.

    For bash: corslint completions bash > ~/.local/share/bash-completion/completions/corslint
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there are no completions for {shell}")
    script = kind(context.find_root().command, {}, "corslint", "_CORSLINT_COMPLETE")
    emit(script.source().split("\n"))
    return 0
