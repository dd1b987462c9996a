"""The files around a program that may set variables for it, sorted by kind."""

from __future__ import annotations

import os.path
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from corslint.collect import Project, is_within
from corslint.environment import Environment, of_path
from corslint.resolve.deployments.assignment import Assignment
from corslint.source import Source
from corslint.syntax.yaml import Mapping, YamlError, documents

T = TypeVar("T")

MAX_CHARACTERS = 2_000_000
"""A longer file sets nothing."""

_STRUCTURED = (".yml", ".yaml", ".json", ".toml")
_TEMPLATE = re.compile(r"(?:^|[._-])(?:template|tmpl|tpl|dist|default)(?:$|[._-])", re.IGNORECASE)
"""Words that mark an env file as one to copy. In other file names they say nothing of the kind."""
_CI = re.compile(r"(?:^|[._-])(?:circle|travis|gitlab)?ci(?:$|[._-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """An assignment, and the file whose nearness counts."""

    path: str
    assignment: Assignment


class Checkout:
    """The files of one checkout."""

    def __init__(self, project: Project, root: str, paths: frozenset[str]) -> None:
        self.project = project
        self.root = root
        self.paths = paths
        self._by_folder: dict[str, list[str]] | None = None
        self._structured: list[str] | None = None
        self._matching: dict[re.Pattern[str], list[str]] = {}
        self._kept: dict[object, object] = {}
        self._inside = {listed.path: listed.inside for listed in project.files}

    def in_folder(self, folder: str) -> list[str]:
        """The names of the files in a folder, sorted."""
        if self._by_folder is None:
            self._by_folder = {}
            for path in sorted(self.paths):
                above, _, name = path.rpartition("/")
                self._by_folder.setdefault(above or ".", []).append(name)
        return self._by_folder.get(folder, [])

    def matching(self, name: re.Pattern[str]) -> list[str]:
        """The paths of YAML, JSON and TOML files whose last part matches, sorted."""
        if self._structured is None:
            self._structured = sorted(path for path in self.paths if path.lower().endswith(_STRUCTURED))
        if name not in self._matching:
            self._matching[name] = [one for one in self._structured if name.fullmatch(one.rpartition("/")[2])]
        return self._matching[name]

    def once(self, make: Callable[[Checkout], T]) -> T:
        """What `make` makes of the checkout; made on first use, then kept."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast(T, self._kept[make])

    def source(self, path: str) -> Source | None:
        """A file of the checkout; None where there is none, git ignores it, it links elsewhere, or cannot be read."""
        if path not in self.paths or not is_within(path, self.root):
            return None
        source = self.project.source(path)
        return None if source is None or len(source.text) > MAX_CHARACTERS else source

    def environment(self, path: str, *names: str) -> Environment:
        """What the path of a file says of the environment, else one of the names in it, such as that of a service."""
        inside = self._inside.get(path)
        if inside is None:
            inside = posixpath.relpath(path, self.root) if posixpath.isabs(path) else path.rpartition("../")[2]
        said = of_path(path, self.project.environment_marks, inside=inside)
        if said.marked:
            return said
        for name in names:
            by_name = of_path(name)
            if by_name.marked:
                return Environment(by_name.kind, f"it is called {name!r}", marked=True)
        return said

    def environment_of_env_file(self, path: str) -> Environment:
        """What an env file stands for: one to copy is documentation, whatever else its name says."""
        name = path.rpartition("/")[2]
        said = self.environment(path)
        if (found := _TEMPLATE.search(name)) and said.kind != "documentation":
            word = found[0].strip("._-").lower()
            return Environment("documentation", f"its name holds {word!r}: it is there to be copied", marked=True)
        if not said.marked and _CI.search(name):
            return Environment("test", "its name holds 'ci'", marked=True)
        return said


@dataclass(frozen=True, slots=True)
class Around:
    """A program, and the checkout it is in."""

    checkout: Checkout
    source: Source
    folders: tuple[str, ...]
    """From the file's own up to the root of the checkout, as reports print them."""

    def distance(self, path: str) -> int:
        """How many folders up from the program one has to go to have a file below."""
        return next((n for n, folder in enumerate(self.folders) if is_below(path, folder)), len(self.folders))

    def nearest(self, name: re.Pattern[str]) -> Iterator[str]:
        """The paths of files in the folders around whose name matches; a nearer one hides those of the same name."""
        seen: set[str] = set()
        for folder in self.folders:
            for one in self.checkout.in_folder(folder):
                if one not in seen and name.fullmatch(one):
                    seen.add(one)
                    yield join(folder, one)


class Checkouts:
    """The checkouts of a project that were looked into."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.kept: dict[int, Checkout] = {}

    def around(self, source: Source) -> Around:
        """What is around a file."""
        folders = tuple(self.project.folders(source.path))
        paths = self.project.nearby(source.path)
        if id(paths) not in self.kept:
            self.kept[id(paths)] = Checkout(self.project, folders[-1], paths)
        return Around(self.kept[id(paths)], source, folders)


def join(folder: str, path: str) -> str:
    """The path that is `path` as seen from a folder, as reports print it."""
    return posixpath.normpath(posixpath.join(folder, path))


def is_below(path: str, folder: str) -> bool:
    """Whether a file lies in a folder, at whatever depth."""
    folder = folder or "."
    if folder == "." and not path.startswith(("../", "/")):
        return True
    above = os.path.abspath(folder).rstrip(os.sep) + os.sep
    return os.path.abspath(path).startswith(above)


def root_of(source: Source | None) -> Mapping | None:
    """The mapping that a YAML or JSON file holds; None for any other content, and for what cannot be read."""
    found = source.parsed(documents) if source is not None else ()
    try:
        root = found[0].root() if found else None
    except YamlError:
        return None
    return root if isinstance(root, Mapping) else None
