"""What changed between releases of Sanic Extensions; all that depends on the release stands here.

https://github.com/sanic-org/sanic-ext/commits/main/sanic_ext/extensions/http/cors.py, and the packages on PyPI from
21.12 on for the release in which each change came out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corslint.releases import behaviour_of


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    compares: Literal["whole", "beginning", "pattern"] = "whole"
    """What is made of a text: it is compared with the whole origin; with its beginning, so that whatever begins with it
    gets in; or it is a regular expression."""
    varies: Literal["always", "several"] = "always"
    """Whether an answer that repeats the origin always has a `Vary`, or only where there are several origins."""
    strips: bool = True
    """Whether blanks around the origins of one text are dropped."""
    takes_lists: bool = True
    """Whether a list of origins is read; else it is passed over."""


NEWEST = Behaviour()
"""sanic-ext 25.12 and later."""
_23_12 = Behaviour("beginning", "several")
_22_9 = Behaviour("beginning", "several", strips=False)
_21_12 = Behaviour("pattern", "several", strips=False, takes_lists=False)
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (
    ((25, 12), NEWEST),
    ((23, 12), _23_12),
    ((22, 9), _22_9),
)


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 21.12 for all before 22.9."""
    return behaviour_of(version, _FROM, _21_12)
