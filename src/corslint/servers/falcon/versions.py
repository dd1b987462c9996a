"""What changed between releases of Falcon; all that depends on the release stands here.

https://falcon.readthedocs.io/en/stable/changes/, and the packages on PyPI.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.releases import behaviour_of

_OPTIONS = ("allow_origins", "expose_headers", "allow_credentials")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    options: tuple[str, ...]
    """What the class takes, in the order of its parameters."""
    is_alone: bool
    """Whether an application with `cors_enable=True` does not start where it has a CORSMiddleware besides."""


NEWEST = Behaviour((*_OPTIONS, "allow_private_network"), True)
"""Falcon 4.1 and later."""
_4_0 = Behaviour(_OPTIONS, True)
_3_0 = Behaviour(_OPTIONS, False)
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (((4, 1), NEWEST), ((4,), _4_0))
FIRST_RELEASES = {"allow_private_network": "4.1"}
"""Option -> the release it came with, where older ones are modelled."""


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 3.0 for what is older: it came with CORSMiddleware."""
    return behaviour_of(version, _FROM, _3_0)
