"""What changed between releases of Quart-CORS; all that depends on the release stands here.

https://github.com/pgjones/quart-cors/blob/main/CHANGELOG.rst, and the packages on PyPI from 0.4 on.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.releases import behaviour_of


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    repeats_on_demand: bool = True
    """Whether the configuration can have every origin repeated in the place of `*`."""
    varies_always: bool = True
    """Whether an answer without an allowed origin has a `Vary` too."""


NEWEST = Behaviour()
"""quart-cors 0.8 and later."""
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (((0, 8), NEWEST), ((0, 7), Behaviour(repeats_on_demand=False)))
_0_4 = Behaviour(repeats_on_demand=False, varies_always=False)


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 0.4 for all before 0.7."""
    return behaviour_of(version, _FROM, _0_4)
