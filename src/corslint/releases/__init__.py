"""Which release of a product a project runs: told by the user, else read from its lock and requirement files.

Where the files leave a choice, this is what is taken:

- A lock or an exact pin is believed, the nearest first; in one folder a lock before a requirement file, in the order of
  `locks.NAMES` and `_RANKS`. A lock that holds several versions, for different Pythons, stands for the newest.
- A range stands for the newest release it allows, as pip would install it; but a lock further up that lies in the range
  is better, since the members of a workspace share one lock. A range that allows the newest release of all tells
  nothing.
- Files of equal rank (requirements/base.txt and requirements/web.txt) that disagree are not believed.
- FastAPI stands for the Starlette it asks for.
"""

from __future__ import annotations

import os.path
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from corslint.collect import MAX_BYTES, Project, decode, names, read_bytes
from corslint.finding import Unread
from corslint.releases import locks, requirements
from corslint.releases.known import RELEASES, STARLETTE_OF_FASTAPI

T = TypeVar("T")

MAX_REQUIREMENT_BYTES = 1024 * 1024
"""A longer requirement file is not read."""
MAX_INCLUDED = 20
"""Files that one requirements.txt stands for, with those it takes in."""

_RANKS = tuple(
    map(
        re.compile,
        (
            r"requirements\.lock",
            r"requirements\.txt",
            r"(?!.*(?:dev|test|doc|lint))(?:requirements/.*|[^/]*requirements[^/]*)\.txt",
            r"(?:requirements/.*|[^/]*requirements[^/]*)\.txt",
            r"constraints[^/]*\.txt",
            r"pyproject\.toml",
            r"setup\.cfg",
            r"setup\.py",
            r"Pipfile",
            r"environment\.ya?ml",
        ),
    )
)
"""The names of requirement files, in the order in which they are trusted; those of one pattern are equal."""
_CONSTRAINS = re.compile(r"requirements\.lock|constraints[^/]*\.txt")
_EXACT = re.compile(r"={2,3}\s*v?([0-9][0-9A-Za-z.+!-]*)")


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a product, and where that is known from."""

    version: str
    """Such as "0.47.3"."""
    reason: str
    """For people: "uv.lock pins it"."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one file says of a distribution."""

    path: str
    specifier: str
    """As PEP 440 writes it; empty for any version."""
    words: str
    """For people: "asks for flask-cors<5"."""
    shared: bool = False
    """Whether the file may speak for a project further down that has files of its own, as a lock does."""


def release_of(project: Project, path: str, distribution: str) -> Release | None:
    """The release of a distribution (its name on PyPI, such as "flask-cors") that the file at `path` runs with.

    What the user says comes first, then the nearest lock or requirement file upwards of the file that tells, see the
    module. None where nothing tells: then the newest release is modelled.
    """
    told = project.versions.get(distribution)
    if told is not None:
        return Release(told, "the configuration says so")
    fastapi = project.versions.get("fastapi") if distribution == "starlette" else None
    if fastapi is not None and (asked := _starlette_of(fastapi)) and (version := _newest(distribution, asked)):
        return Release(version, f"the configuration says FastAPI {fastapi}, which asks for starlette{asked}")
    return project.once(_Files).release(path, distribution)


def numbers(version: str | None) -> tuple[int, ...]:
    """The leading numbers of a version, to compare: (0, 13, 2) for "0.13.2rc1"; empty for None or no number."""
    found: list[int] = []
    for part in (version or "").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)


def behaviour_of(version: str | None, since: Sequence[tuple[tuple[int, ...], T]], oldest: T) -> T:
    """How a release answers, of behaviours that each hold since a release, the newest first; `oldest` before all.

    A version cut short may be any of its releases, and is the newest of them: "6.0", and so a version not known too.
    """
    release = numbers(version)
    return next((how for first, how in since if release >= first[: len(release)]), oldest)


class _Files:
    """The lock and requirement files of a project, each read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.releases: dict[tuple[str, str], Release | None] = {}
        self.listed: dict[str, list[str]] = {}
        self.locked: dict[str, dict[str, list[str]]] = {}
        self.asked: dict[str, dict[str, str]] = {}

    def release(self, path: str, distribution: str) -> Release | None:
        """What the files above a file tell."""
        key = (posixpath.dirname(path), distribution)
        if key not in self.releases:
            self.releases[key] = self.look(path, distribution)
        return self.releases[key]

    def look(self, path: str, distribution: str) -> Release | None:
        folders = list(self.project.folders(path))
        held: _Asked | None = None
        for folder in folders:
            mine = held is None
            for asked in self.said_in(folder, folders[-1], distribution):
                exact = _exact(asked.specifier)
                if exact is None:
                    held = held or asked
                elif held is None or ((mine or asked.shared) and _allows(held.specifier, exact)):
                    return Release(exact, f"{asked.path} {asked.words}")
        version = _best(distribution, held.specifier) if held else None
        return Release(version, f"{held.path} {held.words}") if held and version else None

    def said_in(self, folder: str, root: str, distribution: str) -> Iterator[_Asked]:
        """What the files of one folder say, the most trusted first."""
        if folder not in self.listed:
            below = names(posixpath.join(folder, "requirements"))
            self.listed[folder] = [*names(folder), *(f"requirements/{name}" for name in below)]
        listed = self.listed[folder]
        for name in locks.NAMES:
            if name in listed and (asked := self.of_lock(_join(folder, name), distribution)):
                yield asked
        for rank in _RANKS:
            paths = [_join(folder, name) for name in listed if rank.fullmatch(name)]
            said = [asked for path in paths if (asked := self.of_requirements(path, root, distribution))]
            telling = {_exact(one.specifier) or _best(distribution, one.specifier): one for one in reversed(said)}
            telling.pop(None, None)
            if said and len(telling) <= 1:
                yield next(iter(telling.values()), said[0])

    def of_lock(self, path: str, distribution: str) -> _Asked | None:
        """What a lock file says."""
        if path not in self.locked:
            self.locked[path] = locks.locked(path, _text(path, MAX_BYTES))
        locked = self.locked[path]
        if versions := locked.get(distribution):
            newest = max(versions, key=numbers)
            words = "locks it" if len(versions) == 1 else f"locks {', '.join(versions)}: the newest of them"
            return _Asked(path, f"=={newest}", words, shared=True)
        if distribution == "starlette" and (versions := locked.get("fastapi")):
            newest = max(versions, key=numbers)
            implied = _starlette_of(newest)
            return _Asked(path, implied, f"locks FastAPI {newest}, which asks for starlette{implied}", shared=True)
        return None

    def of_requirements(self, path: str, root: str, distribution: str) -> _Asked | None:
        """What a requirement file says."""
        said = self.requirements(path, root)
        own = said.get(distribution)
        implied = ""
        if distribution == "starlette" and "fastapi" in said and _exact(own or "") is None:
            fastapi = _exact(said["fastapi"]) or _best("fastapi", said["fastapi"])
            implied = _starlette_of(fastapi) if fastapi else ""
            own = own or ""
        if own is None:
            return None
        words = "pins it" if _exact(own) else f"asks for {distribution}{own}"
        if implied:
            words = f"asks for fastapi{said['fastapi']}, so for starlette{implied}"
        shared = _CONSTRAINS.fullmatch(posixpath.basename(path)) is not None
        return _Asked(path, ",".join(filter(None, (own, implied))), words, shared)

    def requirements(self, path: str, root: str) -> dict[str, str]:
        """What a requirement file asks for, with the files below `root` that it takes in."""
        if path not in self.asked:
            found: dict[str, str] = {}
            taken = [path]
            for one in taken:
                text = _text(one, MAX_REQUIREMENT_BYTES)
                for name, specifier in requirements.asked(one, text).items():
                    found[name] = ",".join(dict.fromkeys(filter(None, (found.get(name), specifier))))
                if one.endswith((".txt", ".in", ".lock")):
                    others = (_join(posixpath.dirname(one), other) for other in requirements.includes(text))
                    taken += [other for other in dict.fromkeys(others) if other not in taken and _is_below(other, root)]
                    del taken[MAX_INCLUDED:]
            self.asked[path] = found
        return self.asked[path]


def _join(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _is_below(path: str, root: str) -> bool:
    above = os.path.abspath(root).rstrip(os.sep) + os.sep
    return "\0" not in path and os.path.abspath(path).startswith(above)


def _text(path: str, limit: int) -> str:
    """The text of a file; empty where it cannot be read."""
    data = read_bytes(path, limit)
    text = data if isinstance(data, Unread) else decode(path, data)
    return text if isinstance(text, str) else ""


def _exact(specifier: str) -> str | None:
    """The one version that a specifier takes; None for a range."""
    found = _EXACT.fullmatch(specifier)
    return found[1] if found else None


def _starlette_of(fastapi: str) -> str:
    """What a release of FastAPI asks of Starlette; empty where that is not known."""
    asked = ""
    for since, specifier in STARLETTE_OF_FASTAPI:
        if numbers(fastapi) >= numbers(since):
            asked = specifier
    return asked


def _best(distribution: str, specifier: str) -> str | None:
    """The newest release of those that a range allows; None where it allows the newest of all, so tells nothing."""
    newest = _newest(distribution, specifier)
    return None if newest == _newest(distribution, "") else newest


def _newest(distribution: str, specifier: str) -> str | None:
    releases = reversed(RELEASES.get(distribution, "").split())
    return next((one for one in releases if _allows(specifier, one)), None)


def _allows(specifier: str, version: str) -> bool:
    if not specifier:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False
