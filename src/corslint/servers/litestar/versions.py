"""What changed between releases of Litestar; all that depends on the release stands here.

https://docs.litestar.dev/latest/release-notes/changelog.html, and the packages on PyPI for the release in which each
change came out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corslint.releases import behaviour_of


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    origins_are_text: bool
    """Whether an origin in the list is text in which only `*` stands for more; else it is a regular expression, in
    which just `*.` is made to mean what it says.
    """
    safelists_preflights: bool
    """Whether a preflight may ask for the headers that its answer names in any case, such as Content-Type."""
    preflight_by: Literal["middleware", "route"]
    """Who answers OPTIONS: where it is the route, the middleware adds what it adds to every answer."""
    names_lists: Literal["always", "where missing", "never"]
    """Whether other answers than those to preflights name the allowed methods and headers."""


NEWEST = Behaviour(True, True, "middleware", "always")
"""Litestar 2.20 and later."""
_2_15_2 = Behaviour(False, True, "middleware", "always")
_2_9 = Behaviour(False, False, "middleware", "always")
_2_7 = Behaviour(False, False, "route", "where missing")
_2_0 = Behaviour(False, False, "route", "never")
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (
    ((2, 20), NEWEST),
    ((2, 15, 2), _2_15_2),
    ((2, 9), _2_9),
    ((2, 7), _2_7),
)


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 2.0 for what is older."""
    return behaviour_of(version, _FROM, _2_0)
