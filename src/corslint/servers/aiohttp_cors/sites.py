"""Where a program says which origins get which options: dicts from origins to ResourceOptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.called import called
from corslint.options import Option
from corslint.policy import PathTest, Scope
from corslint.resolve.python import Reached, Resolver
from corslint.resolve.ways import under
from corslint.servers.aiohttp_cors.options import IN_MAPPINGS, PARAMETERS
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Known, Mapping, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

_SETUP = frozenset({"aiohttp_cors.setup", "aiohttp_cors.CorsConfig", "aiohttp_cors.cors_config.CorsConfig"})
_OPTIONS = frozenset({"aiohttp_cors.ResourceOptions", "aiohttp_cors.resource_options.ResourceOptions"})
_CUSTOM = frozenset({"aiohttp_cors.custom_cors", "aiohttp_cors.mixin.custom_cors"})
_VIEW = frozenset({"aiohttp_cors.CorsViewMixin", "aiohttp_cors.mixin.CorsViewMixin"})
_BY_NAME = ("get", "head", "post", "put", "patch", "delete")
_MAX_SHOWN = 40
"""Characters of an expression that are shown for a route whose path is not seen."""
_MAX_LINKS = 10
"""Names that are followed to the dict, and to the options."""


@dataclass(frozen=True, slots=True)
class Given:
    """The options that one or more origins get."""

    span: Span
    options: dict[str, Option]
    strange: tuple[Option, ...] = ()
    """Given by a name that there is not."""
    surplus: Span | None = None
    """The first option that is given without a name."""
    parameters: tuple[str, ...] = PARAMETERS
    origins: list[tuple[Value[object], Span]] = field(default_factory=list)
    """The keys of the dict, each with its place."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place that says which origins get which options."""

    node: cst.CSTNode
    span: Span
    kind: str
    """Names what it speaks for: `defaults`, a route, a view."""
    target: str
    """As the source calls it."""
    reached: Reached
    given: tuple[Given, ...]
    scope: Scope
    takes: tuple[str, ...]
    """The methods of the route, where they are seen."""


def sites(resolver: Resolver) -> Iterator[Site]:
    """The places of one file, in the order of the source."""
    import libcst

    kinds = (libcst.Call, libcst.ClassDef, libcst.Dict, libcst.DictComp)
    nodes: Iterator[cst.Call | cst.ClassDef | cst.Dict | cst.DictComp] = resolver.module.find(*kinds)
    followed: set[cst.BaseExpression] = set()
    for node in nodes:
        if isinstance(node, libcst.ClassDef):
            yield from _of_view(resolver, node)
        elif isinstance(node, (libcst.Dict, libcst.DictComp)):
            # The program's own function gets it, and hands it on.
            handed_on = node not in followed and isinstance(resolver.module.parent(node), libcst.Arg)
            if handed_on and _holds_options(resolver, node):
                yield from _site(resolver, node, "options", "", node)
        elif resolver.refers(node.func, _SETUP):
            given = _argument(node, None, "defaults")
            if given is not None:
                followed.add(given)
                yield from _site(resolver, node, "defaults", _application(resolver, node), given)
        elif resolver.refers(node.func, _CUSTOM):
            given = _argument(node, 0, "config")
            if given is not None:
                followed.add(given)
                yield from _site(resolver, node, "custom_cors", "", given, takes=_decorated(resolver, node))
        elif isinstance(node.func, libcst.Attribute) and node.func.attr.value == "add":
            given = _argument(node, 1, "config")
            if given is not None and _holds_options(resolver, given):
                followed.add(given)
                path, takes = _added(resolver, node)
                yield from _site(resolver, node, "route", path or _shown(resolver, node), given, _scope(path), takes)


def _site(
    resolver: Resolver,
    node: cst.CSTNode,
    kind: str,
    target: str,
    mapping: cst.BaseExpression,
    scope: Scope | None = None,
    takes: tuple[str, ...] = (),
) -> Iterator[Site]:
    reached = resolver.reached(node)
    if reached is None:
        return
    given = tuple(_given(resolver, mapping, reached))
    if given:
        yield Site(node, resolver.module.span(node), kind, target, reached, given, scope or Scope(), takes)


def _of_view(resolver: Resolver, node: cst.ClassDef) -> Iterator[Site]:
    import libcst

    if not any(resolver.refers(base.value, _VIEW) for base in node.bases):
        return
    for line in node.body.body:
        for statement in line.body if isinstance(line, libcst.SimpleStatementLine) else ():
            if isinstance(statement, libcst.Assign) and dotted(statement.targets[0].target) == "cors_config":
                yield from _site(resolver, statement, "view", node.name.value, statement.value)


def _argument(call: cst.Call, position: int | None, name: str) -> cst.BaseExpression | None:
    plain = [one.value for one in call.args if one.keyword is None and not one.star]
    if position is not None and position < len(plain):
        return plain[position]
    return next((one.value for one in call.args if one.keyword is not None and one.keyword.value == name), None)


def _behind(resolver: Resolver, node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression that a name stands for, as far as it can be followed in this file."""
    import libcst

    for _ in range(_MAX_LINKS):
        assigned = resolver.names.assigned_expression(node) if isinstance(node, libcst.Name) else None
        if assigned is None:
            break
        node = assigned
    return node


def _holds_options(resolver: Resolver, node: cst.BaseExpression) -> bool:
    """Whether it is a dict that holds a ResourceOptions: other things have an `add` of two arguments too."""
    import libcst

    node = _behind(resolver, node)
    if isinstance(node, libcst.DictComp):
        return _is_options(resolver, node.value)
    elements = node.elements if isinstance(node, libcst.Dict) else ()
    return any(isinstance(one, libcst.DictElement) and _is_options(resolver, one.value) for one in elements)


def _is_options(resolver: Resolver, node: cst.BaseExpression) -> bool:
    import libcst

    node = _behind(resolver, node)
    return isinstance(node, libcst.Call) and resolver.refers(node.func, _OPTIONS)


def _given(resolver: Resolver, mapping: cst.BaseExpression, reached: Reached) -> list[Given]:
    """The options of each set, with the origins that get it."""
    import libcst

    node = _behind(resolver, mapping)
    if isinstance(node, libcst.DictComp):
        one = _options(resolver, node.value, reached)
        one.origins.extend(_keys(resolver, node))
        return [one]
    elements = node.elements if isinstance(node, libcst.Dict) else ()
    plain = [one for one in elements if isinstance(one, libcst.DictElement)]
    if not isinstance(node, libcst.Dict) or len(plain) < len(elements):
        value = resolver.value(mapping)
        return [] if isinstance(value, Known) and value.value is None else [_unseen(resolver, mapping, value)]
    found: dict[cst.BaseExpression, Given] = {}
    for element in plain:
        behind = _behind(resolver, element.value)
        if behind not in found:
            found[behind] = _options(resolver, behind, reached)
        key = under(resolver.value(element.key), reached.conditions)
        found[behind].origins.append((key, resolver.module.span(element.key)))
    return _merged(list(found.values()))


def _unseen(resolver: Resolver, mapping: cst.BaseExpression, value: Value[object]) -> Given:
    """What is known of a dict that cannot be followed: nothing but where it is given."""
    place = resolver.module.span(mapping)
    hidden = value if isinstance(value, Unknown) else Unknown("the dict is not followed", place)
    options = {name: Option(name, hidden, place) for name in PARAMETERS}
    return Given(place, options, origins=[(hidden, place)])


def _merged(given: list[Given]) -> list[Given]:
    """The sets, with those that say the same in the same words taken together."""
    by_text: dict[str, Given] = {}
    for one in given:
        first = by_text.setdefault(" ".join(one.span.text.split()), one)
        if first is not one:
            first.origins.extend(one.origins)
    return list(by_text.values())


def _keys(resolver: Resolver, node: cst.DictComp) -> list[tuple[Value[object], Span]]:
    place = resolver.module.span(node.key)
    keys: list[tuple[Value[object], Span]] = []
    for way in alternatives(resolver.value(node)):
        if not isinstance(way.value, Known) or not isinstance(way.value.value, Mapping):
            reason = way.value.reason if isinstance(way.value, Unknown) else "the dict is not followed"
            return [(Unknown(reason, place), place)]
        keys += [(key, getattr(key, "span", None) or place) for key, _ in way.value.value.pairs]
    return keys


def _options(resolver: Resolver, node: cst.BaseExpression, reached: Reached) -> Given:
    import libcst

    node = _behind(resolver, node)
    span = resolver.module.span(node)
    if isinstance(node, libcst.Call) and resolver.refers(node.func, _OPTIONS):
        passed = called(resolver, node, PARAMETERS, reached, positional=False)
        return Given(span, passed.filled(PARAMETERS), passed.strange, passed.surplus)
    value = under(resolver.value(node), reached.conditions)
    if isinstance(value, Known) and isinstance(value.value, Mapping):
        pairs = value.value.pairs
        named = {key.value: one for key, one in pairs if isinstance(key, Known) and isinstance(key.value, str)}
        if len(named) == len(pairs):
            options = {name: Option(name, one, getattr(one, "span", None) or span) for name, one in named.items()}
            strange = tuple(option for name, option in options.items() if name not in IN_MAPPINGS)
            known = {name: option for name, option in options.items() if name in IN_MAPPINGS}
            return Given(span, known, strange, parameters=IN_MAPPINGS)
    hidden = value if isinstance(value, Unknown) else Unknown("the options are not followed", span)
    return Given(span, {name: Option(name, hidden, span) for name in PARAMETERS})


def _application(resolver: Resolver, call: cst.Call) -> str:
    first = _argument(call, 0, "app")
    return "" if first is None else dotted(first) or ""


def _shown(resolver: Resolver, call: cst.Call) -> str:
    text = resolver.module.text(call.args[0].value)
    return text if len(text) <= _MAX_SHOWN else ""


def _added(resolver: Resolver, call: cst.Call) -> tuple[str, tuple[str, ...]]:
    """The path of the route or resource that is added, and its methods; empty where they are not seen."""
    import libcst

    takes: tuple[str, ...] = ()
    added: cst.BaseExpression = _behind(resolver, call.args[0].value)
    for _ in range(_MAX_LINKS):
        if not isinstance(added, libcst.Call) or not isinstance(added.func, libcst.Attribute):
            break
        owner, name = added.func.value, added.func.attr.value
        if name == "add" and added.args:  # `cors.add(...)` gives back what it gets
            added = _behind(resolver, added.args[0].value)
            continue
        if name == "add_route":
            takes = _methods(_known(resolver, added, 0, "method"))
        elif name.startswith("add_") and name[4:] in _BY_NAME:
            takes = _methods(name[4:])
        if name == "add_route" and len(added.args) < 3:  # of a resource
            added = _behind(resolver, owner)
            continue
        return _known(resolver, added, 1 if name == "add_route" else 0, "path"), takes
    return "", takes


def _known(resolver: Resolver, call: cst.Call, position: int, name: str) -> str:
    given = resolver.argument(call, position, name)
    value = given.value if given is not None else None
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else ""


def _methods(name: str) -> tuple[str, ...]:
    name = name.upper()
    return () if name in ("", "*", "VIEW") else ("GET", "HEAD") if name == "GET" else (name,)


def _decorated(resolver: Resolver, call: cst.Call) -> tuple[str, ...]:
    """The method that a decorator of a view's method speaks for."""
    import libcst

    decorator = resolver.module.parent(call)
    function = resolver.module.parent(decorator) if isinstance(decorator, libcst.Decorator) else None
    if not isinstance(function, libcst.FunctionDef) or function.name.value not in _BY_NAME:
        return ()
    return _methods(function.name.value)


def _scope(path: str) -> Scope:
    if not path.startswith("/") or "{" in path:
        return Scope(f"route {path}") if path else Scope()
    return Scope(f"route {path}", (PathTest(path, "exact"),))
