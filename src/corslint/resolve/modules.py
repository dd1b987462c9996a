"""Which file of the run an imported Python name comes from."""

from __future__ import annotations

from pathlib import PurePosixPath

from corslint.collect import Project
from corslint.source import Source

MAX_FOLDERS = 12
"""How many folders above a file are tried as the place its absolute imports start from."""


def locate(project: Project, source: Source, name: str) -> tuple[Source, str] | None:
    """The file that defines a qualified name as seen from `source`, and what is left of the name inside of it.

    A relative name keeps its leading dots. None for what is not part of the run: the standard library, dependencies.

    `locate(project, app, ".config.Config")` is the file `config.py` beside `app`, and "Config".
    """
    dots = len(name) - len(name.lstrip("."))
    parts = [part for part in name.split(".") if part]
    folder = PurePosixPath(source.path).parent
    above = [folder, *folder.parents]
    starts = above[dots - 1 : dots] if dots else above[:MAX_FOLDERS]
    for length in range(len(parts), 0 if not dots else -1, -1):
        for start in starts:
            found = _module(project, start.joinpath(*parts[:length]), length)
            if found is not None and found is not source:
                return found, ".".join(parts[length:])
    return None


def _module(project: Project, path: PurePosixPath, length: int) -> Source | None:
    if length:
        found = project.source(f"{path}.py")
        if found is not None:
            return found
    return project.source(f"{path}/__init__.py")
