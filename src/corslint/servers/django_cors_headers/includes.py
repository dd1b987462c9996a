"""Settings put together by django-split-settings: `include("components/cors.py", f"environments/{ENV}.py")`.

https://django-split-settings.readthedocs.io/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.globs import glob_regex
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.django_cors_headers.modules import near, python_files
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Known, alternatives

if TYPE_CHECKING:
    import libcst as cst

_INCLUDE, _OPTIONAL = "split_settings.tools.include", "split_settings.tools.optional"
MAX_CHOICES = 20
"""Files of which one is picked when the program starts."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A settings module with the files that it includes, in one of the ways in which they are picked."""

    resolver: Resolver
    """Of the module that includes."""
    parts: tuple[Source, ...]
    """In the order in which they are run; a later one wins."""
    picked: Source | None
    """The part that a variable picks, such as `environments/production.py`."""
    span: Span
    """The call of `include`."""

    @property
    def files(self) -> tuple[Source, ...]:
        """All of them."""
        return (self.resolver.module.source, *self.parts)


def assemblies(project: Project, resolver: Resolver) -> Iterator[Assembly]:
    """The ways in which a module puts its settings together; none where it includes no file of the run."""
    for call in resolver.calls(_INCLUDE):
        fixed: list[tuple[int, Source]] = []
        choices: list[tuple[int, list[Source]]] = []
        for number, argument in enumerate(call.args):
            if argument.keyword is not None or argument.star:
                continue
            pattern, is_picked = _pattern(resolver, argument.value)
            found = _matching(project, resolver.module.source, pattern) if pattern else []
            if is_picked and len(found) > 1:
                choices.append((number, found[:MAX_CHOICES]))
            else:
                fixed += [(number, one) for one in found]
        number, files = choices[0] if choices else (0, [])
        span = resolver.module.span(call)
        for picked in files:
            parts = sorted([*fixed, (number, picked)], key=lambda part: part[0])
            yield Assembly(resolver, tuple(part for _, part in parts), picked, span)
        if fixed and not files:
            yield Assembly(resolver, tuple(part for _, part in fixed), None, span)


def assembling(project: Project, source: Source) -> Iterator[Assembly]:
    """The ways in which modules near by put settings together of which a file is a part."""
    known, folder = project.once(_known_near), source.path.rpartition("/")[0]
    if folder not in known:
        known[folder] = list(_near(project, source))
    yield from (one for one in known[folder] if source in one.files)


def _known_near(_: Project) -> dict[str, list[Assembly]]:
    return {}


def _near(project: Project, source: Source) -> Iterator[Assembly]:
    for path in (source.path, *near(project, source)):
        other = project.source(path)
        if other is None or "split_settings" not in other.text:
            continue
        try:
            yield from assemblies(project, resolver_of(project, other))
        except SyntaxProblem:
            continue


def _pattern(resolver: Resolver, node: cst.BaseExpression) -> tuple[str, bool]:
    """The glob of an argument, empty where it is none, and whether a variable picks one of the files it matches."""
    import libcst

    if isinstance(node, libcst.Call) and resolver.refers(node.func, (_OPTIONAL,)) and node.args:
        return _pattern(resolver, node.args[0].value)
    ways = alternatives(resolver.value(node))
    if len(ways) == 1 and isinstance(ways[0].value, Known) and ways[0].value.override is None:
        text = ways[0].value.value
        return (text, False) if isinstance(text, str) else ("", False)
    if isinstance(node, libcst.FormattedString):
        parts = (part.value if isinstance(part, libcst.FormattedStringText) else "*" for part in node.parts)
        return "".join(parts), True
    if isinstance(node, libcst.BinaryOperation) and isinstance(node.operator, libcst.Modulo):
        return re.sub(r"%s", "*", _text(node.left)), True
    if isinstance(node, libcst.BinaryOperation) and isinstance(node.operator, libcst.Add):
        left, right = _pattern(resolver, node.left)[0], _pattern(resolver, node.right)[0]
        return f"{left or '*'}{right or '*'}", True
    if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute) and node.func.attr.value == "format":
        return re.sub(r"\{\w*\}", "*", _text(node.func.value)), True
    return "", False


def _text(node: cst.BaseExpression) -> str:
    import libcst

    value = node.evaluated_value if isinstance(node, libcst.SimpleString) else ""
    return value if isinstance(value, str) else ""


def _matching(project: Project, source: Source, pattern: str) -> list[Source]:
    """The Python files that match a glob from the folder of a module, in the order in which they are run."""
    folder = source.path.rpartition("/")[0]
    path = str(PurePosixPath(folder, pattern)) if folder else pattern
    if not re.search(r"[*?\[]", path):
        found = project.source(path)
        return [found] if found is not None else []
    matches = re.compile(glob_regex(path))
    paths = sorted(one for one in project.once(python_files) if one != source.path and matches.search(one))
    return [one for one in map(project.source, paths) if one is not None]
