"""Dicts and tuples that hold the middleware class together with its options, to be put to use elsewhere.

`{"middleware_class": CORSMiddleware, "allow_origins": [...]}` for `app.add_middleware(**config)`, and
`(CORSMiddleware, {"allow_origins": [...]})` for a loop over such pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corslint.options import Option
from corslint.resolve.python import Resolver
from corslint.servers.starlette.handed import Candidate, Handed, handed
from corslint.servers.starlette.options import DEFAULTS
from corslint.servers.starlette.versions import Behaviour
from corslint.values import Alternative, Known, Mapping, OneOf, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

_KEYS = frozenset({"middleware_class", "cls", "class", "middleware"})


@dataclass(frozen=True, slots=True)
class Display:
    """A dict or tuple that holds the class with its options."""

    node: cst.Dict | cst.Tuple | cst.List
    handed: Handed
    options: dict[str, Option]
    unfollowed: Unknown | None
    """Why there may be more options than can be seen."""


def displays(resolver: Resolver, how: Behaviour, is_candidate: Candidate) -> Iterator[Display]:
    """The dicts and tuples of one file that hold the class with its options."""
    import libcst

    for node in resolver.module.find(libcst.Dict, libcst.Tuple, libcst.List):
        if isinstance(node, libcst.Dict):
            yield from _of_dict(resolver, how, node, is_candidate)
        elif isinstance(node, (libcst.Tuple, libcst.List)) and 2 <= len(node.elements) <= 3:
            first, last = node.elements[0].value, node.elements[-1].value
            if isinstance(first, (libcst.Name, libcst.Attribute)):
                kind = handed(resolver, first, is_candidate)
                options = None if kind is None else held(resolver, how, _whole(resolver, last), _written(last))
                if kind is not None and options:
                    yield Display(node, kind, options, None)


def _of_dict(resolver: Resolver, how: Behaviour, node: cst.Dict, is_candidate: Candidate) -> Iterator[Display]:
    import libcst

    for element in node.elements:
        if not isinstance(element, libcst.DictElement):
            continue
        if isinstance(element.key, (libcst.Name, libcst.Attribute)):
            kind = handed(resolver, element.key, is_candidate)
            options = (
                None if kind is None else held(resolver, how, resolver.value(element.value), _written(element.value))
            )
            if kind is not None and options:
                yield Display(node, kind, options, None)
        elif isinstance(element.key, libcst.SimpleString) and element.key.evaluated_value in _KEYS:
            kind = handed(resolver, element.value, is_candidate)
            if kind is None:
                continue
            whole = _whole(resolver, node)
            unknown = next((way.value for way in alternatives(whole) if isinstance(way.value, Unknown)), None)
            options = held(resolver, how, whole, _written(node))
            for inner in () if options else _inner(whole):
                options = options or held(resolver, how, inner, {})
            yield Display(node, kind, options, unknown)


def _whole(resolver: Resolver, node: cst.BaseExpression) -> Value[object]:
    """The value of a dict with what is added to it later under its name."""
    name = resolver.module.assigned(node)
    scope = resolver.scopes.scope(node)
    later = resolver.value_of_name(name, scope) if name is not None and name.isidentifier() else None
    is_dict = later is not None and all(
        isinstance(way.value, Known) and isinstance(way.value.value, Mapping) for way in alternatives(later)
    )
    return later if later is not None and is_dict else resolver.value(node)


def _inner(whole: Value[object]) -> Iterator[Value[object]]:
    """The dicts in a dict: `{"middleware_class": ..., "options": {...}}`."""
    for way in alternatives(whole):
        if isinstance(way.value, Known) and isinstance(way.value.value, Mapping):
            yield from (value for _, value in way.value.value.pairs)


def _written(node: cst.BaseExpression) -> dict[str, cst.DictElement]:
    """The elements of a dict by their keys."""
    import libcst

    found: dict[str, cst.DictElement] = {}
    for element in node.elements if isinstance(node, libcst.Dict) else ():
        if isinstance(element, libcst.DictElement) and isinstance(element.key, libcst.SimpleString):
            found[str(element.key.evaluated_value)] = element
    return found


def held(
    resolver: Resolver, how: Behaviour, whole: Value[object], written: dict[str, cst.DictElement]
) -> dict[str, Option]:
    """The options that a dict holds; what only some of its forms hold is the default of the class in the others."""
    found: dict[str, Option] = {}
    ways = alternatives(whole)
    for name in how.options:
        values = [_entry(way, name) for way in ways]
        if not any(given for given, _ in values):
            continue
        together = tuple(one for _, many in values for one in many)
        value: Value[object] = OneOf(together) if len(together) > 1 or together[0].conditions else together[0].value
        span = resolver.module.span(written[name]) if name in written else value.span
        found[name] = Option(name, value, span)
    return found


def _entry(way: Alternative[object], name: str) -> tuple[bool, tuple[Alternative[object], ...]]:
    """What one form of a dict holds under a name, and whether it holds anything."""
    whole = way.value
    if isinstance(whole, Unknown):
        return False, (way,)
    held = whole.value.get(name) if isinstance(whole.value, Mapping) else None
    if held is None:
        return False, (Alternative(way.conditions, Known(DEFAULTS[name]), way.environment),)
    return True, tuple(
        Alternative((*way.conditions, *one.conditions), one.value, way.environment or one.environment)
        for one in alternatives(held)
    )
