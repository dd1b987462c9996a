"""Files of settings as values: TOML, YAML and JSON. What a value stands in is told by its key."""

from __future__ import annotations

import re
from typing import cast

from corslint.resolve import operations
from corslint.source import Source, Span
from corslint.syntax import yaml
from corslint.values import Items, Known, Mapping, Unknown, Value

ENDINGS = (".toml", ".tml", ".yaml", ".yml", ".json")
"""Of the files that can be read."""
_MAX_DEPTH = 12


def read(source: Source) -> Mapping | Unknown:
    """The outermost table of a file; unknown where it cannot be read."""
    return source.parsed(_toml if source.path.endswith((".toml", ".tml")) else _yaml)


def _unread(source: Source, why: str) -> Unknown:
    return Unknown(f"{source.path} cannot be read: {why}", source.span(0, 0))


def _toml(source: Source) -> Mapping | Unknown:
    import tomli

    try:
        whole = tomli.loads(source.text.replace("\r\n", "\n"))
    except (tomli.TOMLDecodeError, RecursionError) as error:
        return _unread(source, str(error))
    return cast("Mapping | Unknown", _placed(source, whole, (), source.span(0, 0)))


def _placed(source: Source, value: object, path: tuple[str, ...], around: Span) -> Mapping | Value[object]:
    """A table or a value at its place, as far as its key is found where tables begin with their name in brackets."""
    if not isinstance(value, dict):
        span = _line(source, path) or around
        return operations.lift(value, span)
    pairs: list[tuple[Value[object], Value[object]]] = []
    for name, inner in value.items():
        below = _placed(source, inner, (*path, name), around)
        pairs.append((Known(name, around), Known(below, around) if isinstance(below, Mapping) else below))
    return Mapping(tuple(pairs))


def _line(source: Source, path: tuple[str, ...]) -> Span | None:
    """Where the value under a key stands: `key = ...` below `[table]`, until the next key or table."""
    *tables, key = path
    start = 0
    if tables:
        dotted = r"\s*\.\s*".join(rf"[\"']?{re.escape(name)}[\"']?" for name in tables)
        header = re.search(rf"^[ \t]*\[\s*{dotted}\s*\]", source.text, re.MULTILINE)
        if header is None:
            return None
        start = header.end()
    end = re.compile(r"^[ \t]*\[[^\]\n,\"']*\][ \t]*(?:#.*)?$", re.MULTILINE).search(source.text, start)
    stop = len(source.text) if end is None else end.start()
    found = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
    at = found.search(source.text, start, stop)
    return None if at is None else source.span(*at.span(1))


def _yaml(source: Source) -> Mapping | Unknown:
    try:
        documents = yaml.documents(source)
        root = documents[0].root() if documents else None
    except yaml.YamlError as error:
        return _unread(source, error.message)
    if root is None:
        return Mapping(())
    if not isinstance(root, yaml.Mapping) or len(documents) > 1:
        return _unread(source, "it is not one table")
    found = _node(root, 0)
    assert isinstance(found, Known)
    return cast(Mapping, found.value)


def _node(node: yaml.Node, depth: int) -> Known[object] | Unknown:
    if depth > _MAX_DEPTH:
        return Unknown("it is too deep inside", node.span)
    if isinstance(node, yaml.Scalar):
        return _scalar(node)
    if isinstance(node, yaml.Sequence):
        return Known(Items("list", tuple(_node(item, depth + 1) for item in node.items)), node.span)
    pairs: list[tuple[Value[object], Value[object]]] = [
        (Known(entry.name, entry.key.span), _node(entry.value, depth + 1)) for entry in node.entries
    ]
    return Known(Mapping(tuple(pairs)), node.span)


def _scalar(node: yaml.Scalar) -> Known[object] | Unknown:
    if node.template or node.tag is not None:
        return Unknown("it is filled in elsewhere", node.span)
    match node.kind:
        case "null":
            return Known(None, node.span)
        case "boolean" if node.value.lower() in ("true", "false"):
            return Known(node.value.lower() == "true", node.span)
        case "number" if re.fullmatch(r"-?(?:0|[1-9]\d{0,15})", node.value):
            return Known(int(node.value), node.span)
        case "string":
            return Known(node.value, node.span)
    # What releases of YAML differ on: `yes`, `0o7`, `1_000`.
    return Unknown(f"`{node.value}` is not the same in all versions of YAML", node.span)
