"""What changed between releases of python-engineio; all that depends on the release stands here.

https://github.com/miguelgrinberg/python-engineio/blob/main/CHANGES.md, and the packages on PyPI from 3.0 on for the
release in which each change came out.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.collect import Project
from corslint.releases import behaviour_of, release_of

DISTRIBUTION = "python-engineio"
"""What decides about origins; python-socketio and Flask-SocketIO hand their options on to it."""
STAR_IN_LIST = "4.12.3"
"""The first release in which `*` in a list stands for every origin, and is not compared as text."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    checks_origin: bool = True
    """Whether requests of origins that are not allowed are refused, and only the server's own is where none is named;
    else every origin is allowed where none is named, and nothing is refused.

    https://nvd.nist.gov/vuln/detail/CVE-2019-13611
    """
    takes_star_in_list: bool = True
    """Whether `*` in a list lets everybody in."""


NEWEST = Behaviour()
"""python-engineio 4.12.3 and later."""
_3_9 = Behaviour(takes_star_in_list=False)
_3_0 = Behaviour(takes_star_in_list=False, checks_origin=False)
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (
    ((4, 12, 3), NEWEST),
    ((3, 9), _3_9),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """The release that a file runs with."""

    version: str
    reason: str
    how: Behaviour


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 3.0 for all before 3.9."""
    return behaviour_of(version, _FROM, _3_0)


def installed(project: Project, path: str) -> Installed | None:
    """The release of python-engineio that the file at `path` runs with, where known."""
    release = release_of(project, path, DISTRIBUTION)
    return Installed(release.version, release.reason, behaviour(release.version)) if release else None
