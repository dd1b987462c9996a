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
from corslint.servers.flask_cors.versions import Behaviour
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
    """Why the extension raises: when it reads the resources, or with each request that is compared with this one."""


class RefusedError(Exception):
    """Raised for resources with which the extension raises at start; the message says why."""


def resources(value: Known[object] | Unknown, how: Behaviour) -> list[Resource]:
    """The resources in the order in which the extension tries them; a list makes one resource of several patterns.

    Raises RefusedError for what does not let the application start.
    """
    if isinstance(value, Unknown):
        return [Resource("", Scope(text="paths decided at run time"))]
    if isinstance(value.value, MappingValue):
        return list(_of_mapping(value.value, how))
    if not isinstance(value.value, str | Compiled | Items):
        raise RefusedError("it is neither a pattern nor a list nor a dict of patterns")
    patterns = [_pattern(element, how) for element in elements(value)]
    broken = next((number for number, one in enumerate(patterns) if _fails(one, how)), len(patterns))
    found = _of_patterns(patterns[:broken], value.span, how)
    if broken == len(patterns):
        return found
    # Every path that nothing before it matches is compared with it.
    tried = tuple(test for one in found for test in one.scope.includes)
    if found and not tried:
        return found
    text = _text(patterns[broken] or "")
    return [*found, Resource(text, Scope("", (), tried), value.span, refused=not_a_pattern(text))]


def _of_patterns(patterns: list[str | Compiled | None], span: Span | None, how: Behaviour) -> list[Resource]:
    if not patterns:
        return []
    known = [pattern for pattern in patterns if pattern is not None]
    tests = tuple(_test(pattern, how) for pattern in known)
    text = ", ".join(map(_text, known))
    if len(known) < len(patterns) or any(_is_every(pattern) for pattern in known):
        tests = ()
    if text in ("/*", "*"):
        text = ""
    never = bool(tests) and all(map(_is_never, known, tests))
    return [Resource(text, Scope(f"resource {text}" if text else "", tests), span, never=never)]


def _of_mapping(mapping: MappingValue, how: Behaviour) -> Iterator[Resource]:
    pairs: dict[str | Compiled | None, tuple[Value[object], Value[object]]] = {}
    for key, options in mapping.pairs:
        if isinstance(options, Known) and not isinstance(options.value, MappingValue):
            raise RefusedError("the options of a resource are no dict")
        pairs[_pattern(key, how)] = (key, options)
    tried: list[PathTest] = []
    every = False
    for pattern in sorted(pairs, key=lambda one: _rank(one, how)):
        key, options = pairs[pattern]
        if not isinstance(options, Known | Unknown):
            options = Unknown("its options depend on conditions", options.span)
        if pattern is not None and _fails(pattern, how):
            # Every path that nothing before it matches is compared with it.
            if not every:
                text = _text(pattern)
                yield Resource(text, Scope("", (), tuple(tried)), key.span, options, refused=not_a_pattern(text))
            return
        if pattern is None:
            yield Resource("", Scope("a path decided at run time", (), tuple(tried)), key.span, options)
            continue
        test = _test(pattern, how)
        scope = Scope(f"resource {_text(pattern)}", () if _is_every(pattern) else (test,), tuple(tried))
        every = every or _is_every(pattern)
        yield Resource(_text(pattern), scope, key.span, options, _is_never(pattern, test))
        tried.append(test)


def _pattern(value: Value[object], how: Behaviour) -> str | Compiled | None:
    """A pattern; None where run time decides. Raises RefusedError."""
    pattern = value.value if isinstance(value, Known) else None
    if not isinstance(pattern, str | Compiled):
        return None
    if how.bad_pattern == "start" and _is_bad(pattern):
        raise RefusedError(not_a_pattern(_text(pattern)))
    return pattern


def _is_bad(pattern: str | Compiled) -> bool:
    """Whether it is taken for a regular expression, and is none."""
    return isinstance(pattern, str) and pattern != "*" and is_regex(pattern) and not compiles(pattern)


def _fails(pattern: str | Compiled | None, how: Behaviour) -> bool:
    return pattern is not None and how.bad_pattern == "request" and _is_bad(pattern)


def _is_never(pattern: str | Compiled, test: PathTest) -> bool:
    return _is_bad(pattern) or test.is_dead


def _rank(pattern: str | Compiled | None, how: Behaviour) -> tuple[int, int, int, int]:
    """The place of a pattern among others: by length, or literal paths first, then by slashes, then by length."""
    if pattern is None:
        return (2, 0, 0, 0)
    text = _regex(pattern)
    if how.order == "length":
        return (0, 0, 0, -len(text))
    slashes = text.count("/") if how.order == "few slashes" else -text.count("/")
    kind = (1, 0) if isinstance(pattern, Compiled) else (1, 1) if is_regex(text) else (0, 0)
    return (*kind, slashes, -len(text))


def _regex(pattern: str | Compiled) -> str:
    if isinstance(pattern, Compiled):
        return pattern.pattern
    return ".*" if pattern == "*" else pattern


def _text(pattern: str | Compiled) -> str:
    return pattern.pattern if isinstance(pattern, Compiled) else pattern


def _test(pattern: str | Compiled, how: Behaviour) -> PathTest:
    text = _regex(pattern)
    if isinstance(pattern, Compiled):
        return PathTest(text, "match", pattern.ignore_case)
    return PathTest(text, "match" if is_regex(text) else "exact", how.paths_ignore_case)


def _is_every(pattern: str | Compiled) -> bool:
    return _EVERY_PATH.match(_regex(pattern)) is not None
