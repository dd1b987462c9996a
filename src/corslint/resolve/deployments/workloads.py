"""Which of several workloads of one checkout runs a program: told by names, as nothing else tells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corslint.resolve.deployments.surroundings import Found
from corslint.values import Known

MAX_UNNAMED = 2
"""Workloads that are all believed where no name tells which one it is."""
_SAYS_NOTHING = frozenset(
    {"api", "app", "application", "backend", "config", "configmap", "configuration", "container", "default", "deploy"}
    | {"deployment", "env", "main", "pod", "server", "service", "src", "svc", "web"}
)
"""Words of names that any two projects share."""


@dataclass(frozen=True, slots=True)
class Workload:
    """An assignment to something that has names: a Deployment and its container, a service of a hosting platform."""

    names: tuple[str, ...]
    """The first one tells workloads apart."""
    found: Found


def telling(path: str, workloads: Sequence[Workload]) -> Iterator[Found]:
    """The assignments that may reach the program at `path`, each place once.

    Where all set the same, all do. Else only those whose name is a part of the path; with none, all of MAX_UNNAMED.
    """
    named = _named(path, workloads)
    is_one = len({one.names[:1] for one in workloads}) == 1
    picked: Sequence[Workload] = workloads
    if named and not is_one:
        picked = named
    elif not is_one and len({_value(one) for one in workloads}) > 1 and len(workloads) > MAX_UNNAMED:
        picked = ()
    seen: set[object] = set()
    for one in picked:
        span = one.found.assignment.value.span
        place = one.found if span is None else (id(span.source), span.start, span.end)
        if place not in seen:
            seen.add(place)
            yield one.found


def _named(path: str, workloads: Iterable[Workload]) -> list[Workload]:
    """The workloads with a name that is a folder or the file of a path, else those that share a word with one."""
    parts = {_normal(part) for part in posixpath.splitext(path)[0].split("/")}
    words = {word for part in parts for word in part.split("-")} - _SAYS_NOTHING
    exact = [one for one in workloads if any(_normal(name) in parts for name in one.names)]
    return exact or [one for one in workloads if any(words & set(_normal(name).split("-")) for name in one.names)]


def _normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _value(workload: Workload) -> str:
    value = workload.found.assignment.value
    return f"={value.value}" if isinstance(value, Known) else value.reason
