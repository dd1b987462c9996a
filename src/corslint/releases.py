"""Which release of a product a project runs: told by the user, else read from its lock and requirement files."""

from __future__ import annotations

from dataclasses import dataclass

from corslint.collect import Project


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a product, and where that is known from."""

    version: str
    """Such as "0.47.3"."""
    reason: str
    """For people: "uv.lock pins it"."""


def release_of(project: Project, path: str, distribution: str) -> Release | None:
    """The release of a distribution (its name on PyPI, such as "flask-cors") that the file at `path` runs with.

    What the user says comes first, then the nearest lock or requirement file upwards of the file that tells. None
    where nothing tells: then the newest release is modelled.
    """
    told = project.versions.get(distribution)
    return Release(told, "the configuration says so") if told is not None else None


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
