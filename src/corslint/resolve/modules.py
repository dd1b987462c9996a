"""Which file of the run an imported Python name comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from corslint.collect import Project
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem, binds_at_top, parse

MAX_FOLDERS = 12
"""How many folders above a file are tried as the place its absolute imports start from."""


def locate(project: Project, source: Source, name: str, certain: int = 0) -> tuple[Source, str] | None:
    """The file that defines a qualified name as seen from `source`, and what is left of the name inside of it.

    A relative name keeps its leading dots. None for what is not part of the project: the standard library, and
    dependencies. Where an absolute name starts is not known, so the folders around the file are tried from the inside,
    and then any folder of the run that holds the whole path of a module, as for tests beside `src/`.

    `locate(project, app, ".config.Config")` is the file `config.py` beside `app`, and "Config". So many parts of the
    name as `certain` says are modules, as in `from a.b import c`, whatever the package binds under their names.
    """
    kept = project.once(_located)
    key = (source.path, name, certain)
    if key not in kept:
        kept[key] = _locate(project, source, name, certain)
    return kept[key]


def _located(project: Project) -> dict[tuple[str, str, int], tuple[Source, str] | None]:
    """What `locate` found for a name as seen from a path."""
    return {}


def _locate(project: Project, source: Source, name: str, certain: int) -> tuple[Source, str] | None:
    dots = len(name) - len(name.lstrip("."))
    parts = [part for part in name.split(".") if part]
    folder = PurePosixPath(source.path).parent
    above = [folder, *folder.parents]
    if dots:
        for start in above[dots - 1 : dots]:
            return _below(project, start, parts, source, certain, project.source(f"{start}/__init__.py"))
        return None
    if not parts or parts[0] in sys.stdlib_module_names:
        return None
    found = [_below(project, start, parts, source, certain) for start in above[:MAX_FOLDERS]]
    # `app.core.config` is not in a module `app` that happens to lie beside the file, if there is such a package.
    whole = [one for one in found if one is not None]
    if whole:
        return min(whole, key=lambda one: one[1].count(".") if one[1] else -1)
    return _elsewhere(project, source, parts)


def _below(
    project: Project,
    folder: PurePosixPath,
    parts: Sequence[str],
    asking: Source,
    certain: int,
    package: Source | None = None,
) -> tuple[Source, str] | None:
    """The module the parts of a name lead to from a folder; `package` is the `__init__.py` of that folder."""
    found: tuple[Source, str] | None = None
    for index, part in enumerate(parts):
        rest = ".".join(parts[index:])
        if package is not None and package is not asking:
            found = package, rest
            # What the package itself binds hides a module of that name.
            if index >= certain and _binds(package, part):
                return found
        package = project.source(f"{folder}/{part}/__init__.py")
        module = None if package is not None else project.source(f"{folder}/{part}.py")
        if module is not None:
            return None if module is asking else (module, ".".join(parts[index + 1 :]))
        folder = folder / part
    if package is not None and package is not asking:
        return package, ""
    return found


def _binds(package: Source, name: str) -> bool:
    if name not in package.text:
        return False
    try:
        return binds_at_top(package.parsed(parse), name)
    except SyntaxProblem:
        return False


def _elsewhere(project: Project, source: Source, parts: Sequence[str]) -> tuple[Source, str] | None:
    """The module in another part of the run whose path ends in two parts of the name or more; the nearest one."""
    for length in range(len(parts), 1, -1):
        paths = [
            path
            for path in _named(project, parts[length - 1])
            if f"/{path}".endswith((f"/{'/'.join(parts[:length])}.py", f"/{'/'.join(parts[:length])}/__init__.py"))
        ]
        for path in sorted(paths, key=lambda path: (-_shared(path, source.path), path)):
            found = project.source(path)
            if found is not None and found is not source:
                return found, ".".join(parts[length:])
    return None


def _shared(path: str, other: str) -> int:
    """How many folders two paths have in common."""
    pairs = zip(PurePosixPath(path).parts, PurePosixPath(other).parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _named(project: Project, name: str) -> Iterator[str]:
    yield from project.named(f"{name}.py")
    yield from (path for path in project.named("__init__.py") if path.endswith(f"{name}/__init__.py"))
