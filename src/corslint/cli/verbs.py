"""The verbs, found by name; what is no verb gets a suggestion."""

from __future__ import annotations

import os
from importlib import import_module

import click

MODULES = {
    "check": "check",
    "explain": "explain",
    "simulate": "simulate",
    "policies": "policies",
    "rules": "rules",
    "config": "config",
    "completions": "completions",
}
"""Verb -> the module of `cli` that has a command of that name, in the order of the help."""


class Verbs(click.Group):
    """A group that imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, most used first."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, None for what is no verb."""
        if cmd_name not in MODULES:
            return None
        command: click.Command = getattr(import_module(f"corslint.cli.{MODULES[cmd_name]}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a path or a misspelt verb is answered with what was probably meant."""
        word = args[0]
        if word not in MODULES and not ctx.resilient_parsing:
            from corslint.config import suggestion

            near = suggestion(word, MODULES)
            if os.path.exists(word) or (not near and ("/" in word or "." in word)):
                near = f"; did you mean `corslint check {word}`?"
            raise click.UsageError(f"there is no verb {word!r}{near}", ctx)
        return super().resolve_command(ctx, args)
