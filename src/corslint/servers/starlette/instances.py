"""What the attributes of `self` are for each object that the program makes of a class.

`CORSMiddleware(app, allow_origins=self.allow_origins)` in a method: each call of the constructor gives a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import of_path
from corslint.resolve.conditions import CALLED_IN, environment, merge, one_of
from corslint.resolve.objects import ClassObject, Instance
from corslint.resolve.python import Argument, Resolver, resolver_of
from corslint.servers.starlette.handed import class_behind
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Alternative, Condition, Known, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

MAX_FILES = 12
"""Files that mention a class and are read for calls of it; where there are more, its objects are not known."""
MAX_OBJECTS = 12
"""Objects of one class that are told apart."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """A place that makes an object of a class."""

    resolver: Resolver
    call: cst.Call
    made: Known[object]


@dataclass(slots=True)
class _Makers:
    """The makers found in a project so far."""

    by_class: dict[cst.ClassDef, tuple[_Maker, ...]] = field(default_factory=dict)


def per_instance(resolver: Resolver, argument: Argument) -> Value[object]:
    """The value of an argument; where it depends on `self`, that of each object which the program makes."""
    import libcst

    module = resolver.module
    if not any(isinstance(way.value, Unknown) for way in alternatives(argument.value)):
        return argument.value
    function = module.enclosing_function(argument.node)
    owner = None if function is None else resolver.scopes.scope(function)
    if function is None or not isinstance(owner, libcst.ClassDef):
        return argument.value
    this = next(iter(resolver.scopes.parameters(function)), None)
    names = {
        node.value for node in (argument.node, *module.within(argument.node, libcst.Name)) if hasattr(node, "value")
    }
    if this is None or not any(this == name or getattr(name, "value", None) == this for name in names):
        return argument.value
    makers = _makers(resolver, ClassObject(resolver, owner))
    if not makers:
        return argument.value
    ways: list[Alternative[object]] = []
    for maker in makers:
        site = maker.resolver.site(maker.call)
        if site is None:
            continue
        span = maker.resolver.module.span(maker.call)
        conditions = site[0]
        if len(makers) > 1:
            conditions = (Condition(f"`{owner.name.value}()`", f"{CALLED_IN} {span.path}:{span.line}"), *conditions)
        for one in alternatives(resolver.value_with(argument.node, {this: maker.made})):
            both = merge(conditions, one.conditions)
            if both is not None:
                ways.append(Alternative(both, one.value, environment(both)))
    return one_of(ways, argument.value.span) if ways else argument.value


def _makers(resolver: Resolver, cls: ClassObject) -> tuple[_Maker, ...]:
    """The places that make an object of a class; none where they cannot all be seen. Tests do not count."""
    kept = resolver.project.once(_found).by_class
    if cls.node not in kept:
        found: list[_Maker] = []
        for other in _files(resolver, cls.node.name.value):
            found += _in_file(other, cls) if other is not None else []
            if other is None or len(found) > MAX_OBJECTS:
                found = []
                break
        kept[cls.node] = tuple(found)
    return kept[cls.node]


def _found(project: Project) -> _Makers:
    return _Makers()


def _files(resolver: Resolver, name: str) -> Iterator[Resolver | None]:
    yield resolver
    read = 0
    for source in mentioning(resolver.project, resolver.module.source, name):
        if read == MAX_FILES:
            yield None
            return
        read += 1
        try:
            yield resolver_of(resolver.project, source)
        except SyntaxProblem:
            continue


def mentioning(project: Project, own: Source, name: str, *, tests: bool = False) -> Iterator[Source]:
    """The other Python files of the run that mention a name."""
    for listed in project.files:
        if listed.path == own.path or not listed.path.endswith(".py") or not project.mentions(listed.path, name):
            continue
        kind = of_path(listed.path, project.environment_marks, inside=listed.inside).kind
        source = project.source(listed.path) if tests or kind not in ("test", "documentation") else None
        if source is not None:
            yield source


def _in_file(resolver: Resolver, cls: ClassObject) -> Iterator[_Maker]:
    names = {cls.node.name.value, *resolver.names.aliases({cls.node.name.value})}
    for call in resolver.module.calls():
        if (dotted(call.func) or "").rpartition(".")[2] not in names:
            continue
        behind = class_behind(resolver, call.func)
        site = None if behind is None or behind.node is not cls.node else resolver.site(call)
        if site is None:
            continue
        frame = site[1]
        value = resolver.guarded(lambda call=call, frame=frame: resolver.evaluate(call, frame), call)  # type: ignore[misc]
        if isinstance(value, Known) and isinstance(value.value, Instance):
            yield _Maker(resolver, call, value)
