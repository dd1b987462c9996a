"""What a settings module, or a class of settings, gives each name: with the files and classes it builds upon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import Environment, of_name
from corslint.resolve.attributes import PROPERTIES
from corslint.resolve.calls import Arguments, call
from corslint.resolve.classes import decorators, kind
from corslint.resolve.conditions import UNBOUND, environment, merge
from corslint.resolve.modules import locate
from corslint.resolve.objects import ClassObject, FunctionObject, Instance, settled
from corslint.resolve.python import Resolver, resolver_of
from corslint.resolve.ways import chained
from corslint.servers.django_cors_headers.includes import Assembly
from corslint.servers.django_cors_headers.modules import (
    bases,
    is_of_another_framework,
    is_read,
    near,
    said_by_path,
    stars,
)
from corslint.servers.django_cors_headers.options import NAMES
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Alternative, Known, OneOf, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

LISTS = ("INSTALLED_APPS", "MIDDLEWARE", "MIDDLEWARE_CLASSES")
_CLASS = re.compile(r"^class[ \t]", re.MULTILINE)
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+corsheaders\b", re.MULTILINE)
_CONFIGURATION = ("configurations.Configuration", "configurations.base.Configuration")
MAX_CLASSES = 50
"""Classes that one class is followed to."""


@dataclass(frozen=True, slots=True)
class Body:
    """The module, or a class in it, whose names are settings."""

    resolver: Resolver
    name: str
    """Of the class; empty for the module."""
    look_up: Callable[[str], Value[object] | None]
    """What a name is in the end, with `UNBOUND` for the ways in which it is not set; None where it never is."""
    own: Mapping[str, Span]
    """The CORS settings that are set here and not inherited, and where."""
    inherited: Mapping[str, Span] = field(default_factory=lambda: dict[str, Span]())
    """Those of the files whose names the module takes over, and where each is set last."""
    files: tuple[Source, ...] = ()
    """All of these files, the module included."""
    builds_at: Span | None = None
    """Where a class names the one it builds upon."""
    above: Callable[[str], Value[object] | None] | None = None
    """As `look_up`, of what a class builds upon."""

    @property
    def text(self) -> str:
        """The text of all of the files."""
        return "\n".join(dict.fromkeys(one.text for one in self.files))

    @property
    def bound(self) -> Mapping[str, Span]:
        """All of them, the nearest place of each, its own first."""
        return {**self.own, **{name: span for name, span in self.inherited.items() if name not in self.own}}

    @property
    def where(self) -> Span:
        """The place that stands for settings that are left out."""
        return next(iter(self.bound.values()))


def place(project: Project, body: Body) -> Span:
    """Where the module or class sets something of CORS; else where it takes over something of it."""
    if body.own:
        return next(iter(body.own.values()))
    if body.builds_at is not None:
        return body.builds_at
    paths = {span.path for span in body.inherited.values()}
    for span, found in stars(project, body.resolver):
        if found is not None and any(one.path in paths for one in (found, *bases(project, found))):
            return span
    return body.where


def body_of(project: Project, source: Source) -> Body | None:
    try:
        return module_body(project, resolver_of(project, source))
    except SyntaxProblem:
        return None


def module_body(project: Project, resolver: Resolver) -> Body:
    known = project.once(_known_bodies)
    source = resolver.module.source
    if source.path not in known:
        known[source.path] = _module_body(project, resolver)
    return known[source.path]


def _known_bodies(_: Project) -> dict[str, Body]:
    return {}


def _module_body(project: Project, resolver: Resolver) -> Body:
    source = resolver.module.source
    inherited: dict[str, Span] = {}
    files = (source, *bases(project, source))
    for base in files[1:]:
        inherited = {**_own_of_file(project, base), **inherited}
    own = _own(resolver, resolver.module.tree)
    return Body(resolver, "", resolver.ways_of_name, own, inherited, files)


def _own_of_file(project: Project, source: Source) -> dict[str, Span]:
    known = project.once(_known_names)
    if source.path not in known:
        try:
            resolver = resolver_of(project, source)
            known[source.path] = _own(resolver, resolver.module.tree)
        except SyntaxProblem:
            known[source.path] = {}
    return known[source.path]


def _known_names(_: Project) -> dict[str, dict[str, Span]]:
    return {}


def _own(resolver: Resolver, owner: cst.Module | cst.ClassDef) -> dict[str, Span]:
    """The CORS names bound in a scope itself, each with the last statement that does, in the order of the source.

    A branch that is never taken counts only for names that are bound nowhere else.
    """
    import libcst

    found: dict[str, Span] = {}
    kinds: list[type[cst.CSTNode]] = [libcst.Assign, libcst.AnnAssign, libcst.AugAssign, libcst.Call]
    if isinstance(owner, libcst.ClassDef):
        kinds.append(libcst.FunctionDef)  # a property
    for node in resolver.module.find(*kinds):
        if resolver.scopes.scope(node) is not owner:
            continue
        for name in _bound(node):
            if name.startswith("CORS_") and (name not in found or resolver.reached(node) is not None):
                place = node.name if isinstance(node, libcst.FunctionDef) else node
                found[name] = resolver.module.span(place)
    return found


def _bound(node: cst.CSTNode) -> list[str]:
    import libcst

    targets: list[cst.CSTNode] = []
    if isinstance(node, libcst.Assign):
        targets = [target.target for target in node.targets]
    elif isinstance(node, libcst.AugAssign) or (isinstance(node, libcst.AnnAssign) and node.value is not None):
        targets = [node.target]
    elif isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
        targets = [node.func.value] if node.func.attr.value in ("append", "extend", "insert") else []
    elif isinstance(node, libcst.FunctionDef):
        targets = [node.name]
    return [target.value for target in targets if isinstance(target, libcst.Name)]


def assembly_body(project: Project, assembly: Assembly) -> Body | None:
    """What an assembly gives each name: the last file that sets it decides; None if none of CORS is set."""
    including = module_body(project, assembly.resolver)
    layers = [body for one in reversed(assembly.parts) if (body := body_of(project, one)) is not None]
    comes_after = any(span.start > assembly.span.start for span in including.own.values())
    layers = [including, *layers] if comes_after else [*layers, including]
    main = next((one for one in layers if one.resolver.module.source is assembly.picked), including)
    inherited: dict[str, Span] = {}
    for one in reversed(layers):
        inherited |= one.bound
    if not any(name in NAMES for name in inherited):
        return None
    source = main.resolver.module.source
    begins_at = assembly.span if main is including else source.span(0, len(source.line(1)))
    files = tuple(file for one in layers for file in one.files)
    return Body(main.resolver, "", _first_of(layers), main.own, inherited, files, begins_at)


def _first_of(layers: Sequence[Body]) -> Callable[[str], Value[object] | None]:
    def look_up(name: str) -> Value[object] | None:
        found: Value[object] = UNBOUND
        for one in layers:
            value = one.look_up(name)
            if value is not None:
                found = or_else(found, value)
        return None if found is UNBOUND else found

    return look_up


# --- Classes of settings: of django-configurations, and those by hand whose names a module takes over.


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of settings, in the file of its resolver."""

    resolver: Resolver
    node: cst.ClassDef

    @property
    def source(self) -> Source:
        """The file."""
        return self.resolver.module.source


def class_bodies(project: Project, resolver: Resolver) -> Iterator[Body]:
    """The classes of settings that get something of CORS from a file, and upon which no other class builds.

    Where only classes for tests and examples build upon one, it is given as well. Those of other files are given unless
    these set something of CORS themselves and so are read for their own sake.
    https://django-configurations.readthedocs.io/
    """
    here = _settings_classes(project, resolver)
    if not here:
        return
    lines = [_line(project, one) for one in (*here, *_above(project, here))]
    for line in lines:
        leaf, setting = line[0], [one for one in line if is_read(project, one.source)]
        if not setting or setting[0].resolver is not resolver or not _is_loaded(project, line, lines):
            continue
        own = _own(leaf.resolver, leaf.node)
        inherited: dict[str, Span] = {}
        for one in reversed(line[1:]):
            inherited |= _own(one.resolver, one.node)
        if any(name in NAMES for name in (*own, *inherited)):
            files = tuple(dict.fromkeys(one.source for one in line))
            builds_at = leaf.resolver.module.span(leaf.node.bases[0]) if leaf.node.bases else None
            name = leaf.node.name.value
            yield Body(
                leaf.resolver, name, _look_up(line, line), own, inherited, files, builds_at, _look_up(line, line[1:])
            )


def _above(project: Project, classes: Sequence[_Class]) -> list[_Class]:
    """The classes of settings in other files that may build upon these, also by way of each other."""
    found: list[_Class] = []
    seen, newest = {classes[0].source.path}, classes
    while newest:
        files = [other for other in _builders(project, newest) if other.module.source.path not in seen]
        seen.update(other.module.source.path for other in files)
        newest = [one for other in files for one in _settings_classes(project, other)]
        found += newest
    return found


def _settings_classes(project: Project, resolver: Resolver) -> list[_Class]:
    import libcst

    if not _CLASS.search(resolver.module.source.text):
        return []
    classes = (_Class(resolver, node) for node in resolver.module.find(libcst.ClassDef))
    return [one for one in classes if _is_configuration(line := _line(project, one)) or _is_made_by_hand(line)]


def _is_configuration(line: Sequence[_Class]) -> bool:
    return any(one.resolver.refers(base.value, _CONFIGURATION) for one in line for base in one.node.bases)


def _is_made_by_hand(line: Sequence[_Class]) -> bool:
    """Whether a plain class holds settings of Django, for a module to take over: `globals().update(vars(Base()))`.

    It, or one that it builds upon, names the middleware or the apps; or its file imports something of the product and
    names them nowhere else.
    """
    leaf = line[0]
    resolver = leaf.resolver
    if resolver.scopes.scope(leaf.node) is not resolver.module.tree or is_of_another_framework(leaf.source):
        return False
    if not any(_own(one.resolver, one.node).keys() & NAMES for one in line):
        return False
    if kind(ClassObject(resolver, leaf.node)) != "plain":
        return False
    return _names_lists(line) or any(
        _IMPORTED.search(one.source.text) and not _binds(one.resolver, one.resolver.module.tree) for one in line
    )


def _names_lists(line: Sequence[_Class]) -> bool:
    return any(_binds(one.resolver, one.node) for one in line)


def _binds(resolver: Resolver, scope: cst.Module | cst.ClassDef) -> bool:
    return any(resolver.scopes.binds(scope, name) for name in LISTS)


def _is_loaded(project: Project, line: Sequence[_Class], lines: Sequence[Sequence[_Class]]) -> bool:
    """Whether Django may load a class: none builds upon it, or none but those for tests and examples."""
    above = [other[0] for other in lines if any(one.node is line[0].node for one in other[1:])]
    kinds = {_environment(project, one).kind for one in above}
    return not above or (kinds <= {"test", "documentation"} and _names_lists(line))


def _environment(project: Project, cls: _Class) -> Environment:
    named = of_name(cls.node.name.value)
    return named if named.marked else said_by_path(project, cls.source)


def _line(project: Project, of: _Class) -> list[_Class]:
    """A class and those it builds upon, in the order in which their names are looked up, but for diamonds."""
    line: list[_Class] = []
    waiting = [of]
    while waiting and len(line) < MAX_CLASSES:
        current = waiting.pop(0)
        if all(current.node is not one.node for one in line):
            line.append(current)
            above = (_base(project, current.resolver, base.value) for base in current.node.bases)
            waiting[:0] = [one for one in above if one is not None]
    return line


def _base(project: Project, resolver: Resolver, expression: cst.BaseExpression) -> _Class | None:
    """The class that an expression names, in this file or in another of the project."""
    import libcst

    found = resolver.definition(expression)
    if isinstance(found, libcst.ClassDef):
        return _Class(resolver, found)
    for name in resolver.names.qualified(expression):
        located = locate(project, resolver.module.source, name)
        if located is None or not located[1].isidentifier():
            continue
        try:
            other = resolver_of(project, located[0])
        except SyntaxProblem:
            continue
        for node in other.module.find(libcst.ClassDef):
            if node.name.value == located[1] and other.scopes.scope(node) is other.module.tree:
                return _Class(other, node)
    return None


def _builders(project: Project, classes: Sequence[_Class]) -> Iterator[Resolver]:
    """The other files near by whose classes may build upon these."""
    source = classes[0].source
    names = "|".join(re.escape(one.node.name.value) for one in classes)
    # A class may be imported under another name, so this is all that can be asked of a text.
    names_one, holds_classes = re.compile(rf"\b(?:{names})\b"), re.compile(r"^class[ \t]+\w+\(", re.MULTILINE)
    for path in near(project, source):
        other = project.source(path)
        if other is not None and names_one.search(other.text) and holds_classes.search(other.text):
            try:
                yield resolver_of(project, other)
            except SyntaxProblem:
                continue


def _look_up(whole: Sequence[_Class], line: Sequence[_Class]) -> Callable[[str], Value[object] | None]:
    """What the classes of a line give each name, for an instance of the first of the whole line."""
    leaf = whole[0]
    this: Known[object] = Known(Instance(ClassObject(leaf.resolver, leaf.node)))
    calls_methods = _is_configuration(whole)

    def look_up(name: str) -> Value[object] | None:
        found: Value[object] = UNBOUND
        for one in line:
            own = one.resolver.brought(name, one.node)
            if own is not None:
                found = or_else(found, settled(chained(own, given)))
        return None if found is UNBOUND else found

    def given(way: Known[object] | Unknown) -> Value[object]:
        if not isinstance(way, Known) or not isinstance(way.value, FunctionObject):
            return way
        function = way.value
        if calls_methods or PROPERTIES & decorators(function).keys():
            evaluator, span = function.evaluator, function.evaluator.module.span(function.node)
            bound = replace(function, receiver=this)
            return evaluator.guarded(lambda: call(bound, Arguments(), span), function.node)
        return way

    return look_up


def or_else(value: Value[object], fallback: Value[object]) -> Value[object]:
    """A value, and another in the ways in which it is not set."""
    ways: list[Alternative[object]] = []
    for way in alternatives(value):
        if way.value is not UNBOUND:
            ways.append(way)
            continue
        for other in alternatives(fallback):
            both = merge(way.conditions, other.conditions)
            if both is not None:
                ways.append(Alternative(both, other.value, environment(both)))
    if not ways:
        return Unknown("its conditions exclude each other", value.span)
    return OneOf(tuple(ways), value.span) if len(ways) > 1 else ways[0].value
