"""What a settings module, or a class of settings, gives each name: with the files and classes it builds upon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.resolve.conditions import UNBOUND, environment, merge
from corslint.resolve.modules import locate
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.django_cors_headers.includes import Assembly
from corslint.servers.django_cors_headers.modules import bases, is_read, near, stars
from corslint.servers.django_cors_headers.options import NAMES
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Alternative, OneOf, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

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
    text: str = ""
    """All of these files, the module included."""
    builds_at: Span | None = None
    """Where a class names the one it builds upon."""

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
    source = resolver.module.source
    inherited: dict[str, Span] = {}
    texts = [source.text]
    for base in bases(project, source):
        texts.append(base.text)
        try:
            above = resolver_of(project, base)
        except SyntaxProblem:
            continue
        inherited = {**_own(above, above.module.tree), **inherited}
    own = _own(resolver, resolver.module.tree)
    return Body(resolver, "", resolver.ways_of_name, own, inherited, "\n".join(texts))


def _own(resolver: Resolver, owner: cst.Module | cst.ClassDef) -> dict[str, Span]:
    """The CORS names bound in a scope itself, each with the last statement that does, in the order of the source."""
    import libcst

    found: dict[str, Span] = {}
    for node in resolver.module.find(libcst.Assign, libcst.AnnAssign, libcst.AugAssign, libcst.Call):
        if resolver.scopes.scope(node) is not owner:
            continue
        for name in _bound(node):
            if name.startswith("CORS_"):
                found[name] = resolver.module.span(node)
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
    return Body(
        main.resolver, "", _first_of(layers), main.own, inherited, "\n".join(one.text for one in layers), begins_at
    )


def _first_of(layers: Sequence[Body]) -> Callable[[str], Value[object] | None]:
    def look_up(name: str) -> Value[object] | None:
        found: Value[object] = UNBOUND
        for one in layers:
            value = one.look_up(name)
            if value is not None:
                found = or_else(found, value)
        return None if found is UNBOUND else found

    return look_up


# --- Classes of django-configurations.


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

    Those of other files are given unless these set something of CORS themselves and so are read for their own sake.
    https://django-configurations.readthedocs.io/
    """
    here = _configurations(project, resolver)
    if not here:
        return
    others = [one for other in _builders(project, here) for one in _configurations(project, other)]
    lines = [_line(project, one) for one in (*here, *others)]
    built_upon = {one.node for line in lines for one in line[1:]}
    for line in lines:
        leaf, setting = line[0], [one for one in line if is_read(project, one.source)]
        if leaf.node in built_upon or not setting or setting[0].resolver is not resolver:
            continue
        own = _own(leaf.resolver, leaf.node)
        inherited: dict[str, Span] = {}
        for one in reversed(line[1:]):
            inherited |= _own(one.resolver, one.node)
        if any(name in NAMES for name in (*own, *inherited)):
            text = "\n".join(dict.fromkeys(one.source.text for one in line))
            builds_at = leaf.resolver.module.span(leaf.node.bases[0]) if leaf.node.bases else None
            yield Body(leaf.resolver, leaf.node.name.value, _look_up(line), own, inherited, text, builds_at)


def _configurations(project: Project, resolver: Resolver) -> list[_Class]:
    import libcst

    classes = (_Class(resolver, node) for node in resolver.module.find(libcst.ClassDef))
    return [one for one in classes if _is_configuration(_line(project, one))]


def _is_configuration(line: Sequence[_Class]) -> bool:
    return any(one.resolver.refers(base.value, _CONFIGURATION) for one in line for base in one.node.bases)


def _line(project: Project, of: _Class) -> list[_Class]:
    """A class and those it builds upon, nearest first."""
    line, seen = [of], {of.node}
    for current in line:
        for base in current.node.bases:
            found = _base(project, current.resolver, base.value)
            if found is not None and found.node not in seen and len(line) < MAX_CLASSES:
                seen.add(found.node)
                line.append(found)
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


def _look_up(line: Sequence[_Class]) -> Callable[[str], Value[object] | None]:
    def look_up(name: str) -> Value[object] | None:
        found: Value[object] = UNBOUND
        for one in line:
            own = one.resolver.ways_of_name(name, one.node)
            if own is not None:
                found = or_else(found, own)
        return None if found is UNBOUND else found

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
