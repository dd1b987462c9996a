"""Who sets an environment variable for a program: env files, Compose, Kubernetes, images and hosting platforms.

Only what lies in the program's own checkout is looked at, and nothing that git ignores. Nothing is read before a
variable is asked for; a file that cannot be read sets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corslint.collect import Project
from corslint.resolve.deployments import commands, compose, env_files, kubernetes, platforms
from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.surroundings import Checkouts
from corslint.source import Source

__all__ = ["MAX_ASSIGNMENTS", "Assignment", "assignments"]

MAX_ASSIGNMENTS = 12
"""How many places that set one variable are told of."""
_KINDS = (compose, env_files, kubernetes, platforms, commands)
"""The modules that find assignments; of those equally near, the first come first."""


def assignments(project: Project, source: Source, name: str) -> tuple[Assignment, ...]:
    """The places that set a variable for the program that `source` is part of, MAX_ASSIGNMENTS at most, nearest first.

    Where one deployment sets it twice, only what counts is given.
    """
    return project.once(_Answers).of(source, name)


class _Answers:
    """What was answered, by folder and name: all files of a folder are told the same."""

    def __init__(self, project: Project) -> None:
        self.checkouts = Checkouts(project)
        self.kept: dict[tuple[str, str], tuple[Assignment, ...]] = {}

    def of(self, source: Source, name: str) -> tuple[Assignment, ...]:
        around = self.checkouts.around(source)
        key = (source.path, name)
        if key not in self.kept:
            found = [one for kind in _KINDS for one in kind.assignments(around, name)]
            found.sort(key=lambda one: around.distance(one.path))
            self.kept[key] = tuple(_each_once(one.assignment for one in found))[:MAX_ASSIGNMENTS]
        return self.kept[key]


def _each_once(found: Iterable[Assignment]) -> Iterator[Assignment]:
    """The assignments, without an env file as such where a service is known to read the value from it."""
    given = tuple(found)
    services = {one.value.span for one in given if "#" in one.deployment}
    for one in given:
        if "#" in one.deployment or one.value.span is None or one.value.span not in services:
            yield one
