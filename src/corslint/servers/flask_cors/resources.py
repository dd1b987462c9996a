"""Which paths a policy of flask-cors speaks for.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py, function `parse_resources`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corslint.origins import compiles
from corslint.policy import PathTest, Scope
from corslint.servers.flask_cors.answer import is_regex
from corslint.servers.flask_cors.options import elements, not_a_pattern
from corslint.source import Span
from corslint.values import Compiled, Items, Known, Unknown, Value
from corslint.values import Mapping as MappingValue

_EVERY_PATH = re.compile(r"\^?(?:/\*|/?\.\*\$?)\Z")


@dataclass(frozen=True, slots=True)
class Resource:
    """A pattern of paths with the options given to it alone."""

    text: str
    """As written; empty for the resource that is taken where none is named."""
    scope: Scope
    span: Span | None = None
    options: Known[object] | Unknown | None = None
    """A `Mapping` of its own options."""
    never: bool = False
    """Whether no path of a request can pass."""
    refused: str = ""
    """Why the extension raises when it reads the resources."""


class RefusedError(Exception):
    """Raised for resources with which the extension raises at start; the message says why."""


def resources(value: Known[object] | Unknown) -> list[Resource]:
    """The resources in the order in which the extension tries them; a list makes one resource of several patterns.

    Raises RefusedError.
    """
    if isinstance(value, Unknown):
        return [Resource("", Scope(text="paths decided at run time"))]
    if isinstance(value.value, MappingValue):
        return list(_of_mapping(value.value))
    if not isinstance(value.value, str | Compiled | Items):
        raise RefusedError("it is neither a pattern nor a list nor a dict of patterns")
    patterns = [_pattern(element) for element in elements(value)]
    known = [pattern for pattern in patterns if pattern is not None]
    if not patterns:
        return []
    tests = tuple(_test(pattern) for pattern in known)
    text = ", ".join(map(_text, known))
    if len(known) < len(patterns) or any(_is_every(pattern) for pattern in known):
        tests = ()
    if text in ("/*", "*"):
        text = ""
    never = bool(tests) and all(test.is_dead for test in tests)
    return [Resource(text, Scope(f"resource {text}" if text else "", tests), value.span, never=never)]


def _of_mapping(mapping: MappingValue) -> Iterator[Resource]:
    pairs: dict[str | Compiled | None, tuple[Value[object], Value[object]]] = {}
    for key, options in mapping.pairs:
        pairs[_pattern(key)] = (key, options)
    tried: list[PathTest] = []
    for pattern in sorted(pairs, key=_rank):
        key, options = pairs[pattern]
        if not isinstance(options, Known | Unknown):
            options = Unknown("its options depend on conditions", options.span)
        if isinstance(options, Known) and not isinstance(options.value, MappingValue):
            raise RefusedError("the options of a resource are no dict")
        if pattern is None:
            yield Resource("", Scope("a path decided at run time", (), tuple(tried)), key.span, options)
            continue
        test = _test(pattern)
        every = _is_every(pattern)
        scope = Scope(f"resource {_text(pattern)}", () if every else (test,), tuple(tried))
        yield Resource(_text(pattern), scope, key.span, options, test.is_dead)
        tried.append(test)


def _pattern(value: Value[object]) -> str | Compiled | None:
    """A pattern; None where run time decides. Raises RefusedError."""
    if not isinstance(value, Known):
        return None
    pattern = value.value
    if isinstance(pattern, str) and pattern != "*" and is_regex(pattern) and not compiles(pattern):
        raise RefusedError(not_a_pattern(pattern))
    return pattern if isinstance(pattern, str | Compiled) else None


def _rank(pattern: str | Compiled | None) -> tuple[int, int, int, int]:
    """The place of a pattern among others: literal paths first, then what has more slashes, then what is longer."""
    if pattern is None:
        return (2, 0, 0, 0)
    text = _regex(pattern)
    kind = (1, 0) if isinstance(pattern, Compiled) else (1, 1) if is_regex(text) else (0, 0)
    return (*kind, -text.count("/"), -len(text))


def _regex(pattern: str | Compiled) -> str:
    if isinstance(pattern, Compiled):
        return pattern.pattern
    return ".*" if pattern == "*" else pattern


def _text(pattern: str | Compiled) -> str:
    return pattern.pattern if isinstance(pattern, Compiled) else pattern


def _test(pattern: str | Compiled) -> PathTest:
    text = _regex(pattern)
    if isinstance(pattern, Compiled):
        return PathTest(text, "match", pattern.ignore_case)
    return PathTest(text, "match" if is_regex(text) else "exact")


def _is_every(pattern: str | Compiled) -> bool:
    return _EVERY_PATH.match(_regex(pattern)) is not None
