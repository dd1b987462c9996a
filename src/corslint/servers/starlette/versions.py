"""What changed between versions of Starlette's CORSMiddleware; all that depends on the version stands here.

https://github.com/Kludex/starlette/blob/1.10.0/starlette/middleware/cors.py and its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of versions answers."""

    every_method: tuple[str, ...]
    """What `*` in `allow_methods` stands for."""
    regex_match: Literal["match", "fullmatch"]
    """How `allow_origin_regex` is tested."""
    preflight_vary: str
    """The `Vary` header of the answer to a preflight."""
    always_varies: bool
    """Whether every other answer has `Vary: Origin`, or only those that repeat the origin."""
    options: frozenset[str]
    """The keywords the class takes."""


NEWEST = Behaviour(
    every_method=("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"),
    regex_match="fullmatch",
    preflight_vary=(
        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"
    ),
    always_varies=True,
    options=frozenset(
        {
            "app",
            "allow_origins",
            "allow_methods",
            "allow_headers",
            "allow_credentials",
            "allow_origin_regex",
            "allow_private_network",
            "expose_headers",
            "max_age",
        }
    ),
)
"""Starlette 1.7 and later."""


def behaviour(version: str | None) -> Behaviour:
    """How a version answers; the newest is taken for every version so far."""
    return NEWEST
