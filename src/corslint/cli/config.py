"""`corslint config`: which configuration holds, what its keys mean, which files it leaves in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import click

from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import Invocation, shared
from corslint.cli.printing import complain, emit
from corslint.config import Config, Key, Loaded, keys, schema, suggestion
from corslint.output.terminal import one_line, shown


@click.command(cls=GroupedCommand, short_help="Show the configuration, a key of it, or its JSON schema.")
@click.argument("words", nargs=-1, metavar="[KEY | PATHS...]")
@option("Output", "--schema", "wants_schema", is_flag=True, help="Print the JSON schema of corslint.toml.")
@option("Output", "--show-files", is_flag=True, help="List the files below PATHS that would be looked at.")
@shared
def config(*, invocation: Invocation, words: tuple[str, ...], wants_schema: bool, show_files: bool) -> int:
    """Show the configuration that holds here, with the file it comes from; with KEY, what the key means.

    The file is corslint.toml, .corslint.toml or [tool.corslint] in pyproject.toml: the nearest one at or above what
    is linted.
    """
    if wants_schema:
        emit(json.dumps(schema(), indent=2).split("\n"))
        return 0
    if show_files:
        return _files(invocation.load(words or (".",)).config, words or (".",))
    if len(words) > 1:
        raise click.UsageError("one key at a time; several paths go with --show-files")
    known = keys()
    if words and words[0] not in known:
        raise click.UsageError(f"there is no key {words[0]!r}{suggestion(words[0], known)}")
    loaded = invocation.load((".",))
    emit(_key(words[0], known[words[0]], loaded) if words else _all(known, loaded))
    return 0


def _all(known: Mapping[str, Key], loaded: Loaded) -> Iterator[str]:
    yield f"# {one_line(loaded.path or 'no configuration file: the defaults')}"
    for name in known:
        value = _value(loaded.config, name)
        if value is not None:
            yield f"{name} = {_toml(value)}"


def _key(name: str, key: Key, loaded: Loaded) -> Iterator[str]:
    yield key.about
    if key.choices:
        yield f"One of: {', '.join(key.choices)}"
    yield f"Default: {_toml(_value(Config(), name))}"
    yield f"Here: {_toml(_value(loaded.config, name))} ({one_line(loaded.path or 'no configuration file')})"


def _value(config: Config, name: str) -> object:
    return getattr(config, name.replace("-", "_"))


def _toml(value: object) -> str:
    """A value as it would stand in the file."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_toml(name)} = {_toml(behind)}" for name, behind in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    # TOML's basic strings have JSON's escapes, and \u for what is no ASCII.
    return json.dumps(value)


def _files(config: Config, paths: tuple[str, ...]) -> int:
    from corslint import collect, engine
    from corslint.finding import Unread
    from corslint.globs import path_matches

    try:
        listed = list(
            collect.listing(
                paths,
                exclude=(*config.exclude, *config.extend_exclude),
                force_exclude=config.force_exclude,
                respect_gitignore=config.respect_gitignore,
            )
        )
    except collect.MissingPathError as error:
        raise click.UsageError(str(error)) from None
    code = 0
    for one in listed:
        if isinstance(one, Unread):
            complain(f"{one.path}: {one.reason}")
            code = 3
    patterns = [server.FILES for server in engine.servers()]
    told = tuple(glob for globs in config.servers.values() for glob in globs)
    emit(
        shown(one.path)
        for one in listed
        if not isinstance(one, Unread)
        and (any(pattern.search(one.path) for pattern in patterns) or path_matches(one.path, told))
    )
    return code
