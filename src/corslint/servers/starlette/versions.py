"""What changed between releases of Starlette's CORSMiddleware; all that depends on the release stands here.

https://github.com/Kludex/starlette/commits/main/starlette/middleware/cors.py, and the packages on PyPI for the release
in which each change came out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from corslint.releases import numbers

SAFELISTED_HEADERS = ("Accept", "Accept-Language", "Content-Language", "Content-Type")
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
_OPTIONS = (
    "allow_origins",
    "allow_methods",
    "allow_headers",
    "allow_credentials",
    "allow_origin_regex",
    "allow_private_network",
    "expose_headers",
    "max_age",
)
_NEWEST = (1, 7)
"""The release that changed last."""
FIRST_RELEASES = {"allow_private_network": "0.51.0"}
"""Option -> the release it came with, where older ones are modelled."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    options: tuple[str, ...]
    """What the class takes besides the application, in the order of its parameters."""
    is_closed_at_start: bool
    """Whether nothing can be added any more once the application runs: it does not start where that is tried.

    https://github.com/Kludex/starlette/pull/2017
    """
    takes_positions: bool
    """Whether `add_middleware` and `Middleware` hand on options that are given without a name.

    https://github.com/Kludex/starlette/pull/2752; releases from 0.35 take them, and fail with the first request.
    """
    every_method: tuple[str, ...]
    """What `*` in `allow_methods` stands for."""
    safelisted_headers: tuple[str, ...]
    """Added to the allowed headers, which are then sorted; where there are none, they stay as they were given."""
    regex_match: Literal["match", "fullmatch"]
    """How `allow_origin_regex` is tested. https://github.com/Kludex/starlette/pull/801"""
    repeats_to: Literal["credentials", "cookies"]
    """When `*` repeats the origin: where credentials are allowed, or to every request with a cookie.

    https://github.com/Kludex/starlette/pull/3137
    """
    repeats_to_preflights: bool
    """Whether preflights get their origin back from `*` with credentials, too, and not a plain `*`.

    https://github.com/Kludex/starlette/pull/1113
    """
    varies_with_star: bool
    """Whether an origin that `*` repeats comes with `Vary`. https://github.com/Kludex/starlette/pull/1111"""
    always_varies: bool
    """Whether all answers have a `Vary`, also those that do not depend on the origin."""
    preflight_vary: str
    """The `Vary` of the answer to a preflight."""


@lru_cache(maxsize=256)
def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where none is known, and 0.12, the first for ASGI 3, for those before it."""
    release = numbers(version) or _NEWEST
    later_methods = {"HEAD": (0, 15), "QUERY": (1, 7)}
    return Behaviour(
        options=tuple(name for name in _OPTIONS if release >= numbers(FIRST_RELEASES.get(name))),
        is_closed_at_start=release >= (0, 24),
        takes_positions=release >= (0, 41, 3),
        every_method=tuple(name for name in _METHODS if release >= later_methods.get(name, ())),
        safelisted_headers=SAFELISTED_HEADERS if release >= (0, 13, 3) else (),
        regex_match="fullmatch" if release >= (0, 13, 1) else "match",
        repeats_to="credentials" if release >= (1,) else "cookies",
        repeats_to_preflights=release >= (0, 15),
        varies_with_star=release >= (0, 15),
        always_varies=release >= (1, 7),
        preflight_vary=(
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
            "Access-Control-Request-Private-Network"
            if release >= (1, 7)
            else "Origin"
        ),
    )
