"""What a browser remembers of accepted preflights, and for how long.

https://fetch.spec.whatwg.org/#cors-preflight-cache
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corslint.browser.cors_checks import tokens
from corslint.browser.deviations import Profile
from corslint.browser.exchange import Request, Response
from corslint.browser.safelist import SIMPLE_METHODS, normalise_method, unsafe_header_names

DEFAULT_MAX_AGE = 5
"""Seconds without a usable Access-Control-Max-Age. https://fetch.spec.whatwg.org/#cors-preflight-fetch"""

_DIGITS = re.compile(r"[0-9]+")
_SIGNED_DIGITS = re.compile(r"[+-]?[0-9]+")
_MOST_DIGITS = 19
_LARGEST = 2**63 - 1


def max_age_seconds(values: Sequence[str], profile: Profile) -> int:
    """The seconds for which a preflight is remembered, 0 for not at all.

    `values` are the lines of Access-Control-Max-Age in its answer, none if it has none. Never raises.
    """
    value = ", ".join(value.strip("\t ") for value in values)
    if not value:
        return DEFAULT_MAX_AGE
    if not (_SIGNED_DIGITS if profile.max_age_has_sign else _DIGITS).fullmatch(value):
        return 0 if profile.bad_max_age_is_zero else DEFAULT_MAX_AGE
    digits = value.lstrip("+-").lstrip("0") or "0"
    seconds = int(digits) if len(digits) <= _MOST_DIGITS else _LARGEST + 1
    if value.startswith("-"):
        seconds = -seconds
    if profile.max_age_has_sign and not -_LARGEST - 1 <= seconds <= _LARGEST:
        return DEFAULT_MAX_AGE
    return max(0, seconds if profile.longest_max_age is None else min(seconds, profile.longest_max_age))


@dataclass(frozen=True, slots=True)
class _Grant:
    """What one accepted preflight allows, until when."""

    origin: str
    url: str
    credentials: bool
    methods: frozenset[str]
    headers: frozenset[str]
    expires: float


class PreflightCache:
    """The preflights one browser remembers, by origin of the page and full URL, fragment included.

    Time stands still but for `pass_time`. What HTTP caches hold plays no part.
    """

    def __init__(self, profile: Profile) -> None:
        """An empty memory of the browser that `profile` describes."""
        self._profile = profile
        self._grants: list[_Grant] = []
        self._now = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let so much time go by."""
        self._now += seconds
        self._grants = [grant for grant in self._grants if grant.expires > self._now]

    def remember(self, request: Request, accepted: Response) -> None:
        """Keep what `accepted`, an answer to OPTIONS the browser accepted for `request`, allows."""
        if self._profile.remembers_latest_only:
            self.forget(request)
        seconds = max_age_seconds(accepted.values("Access-Control-Max-Age"), self._profile)
        if seconds > 0:
            methods = tokens(accepted, "Access-Control-Allow-Methods") or ()
            headers = tokens(accepted, "Access-Control-Allow-Headers") or ()
            self._grants.append(
                _Grant(
                    request.origin,
                    request.url,
                    request.credentials == "include",
                    frozenset(methods),
                    frozenset(name.lower() for name in headers),
                    self._now + seconds,
                )
            )

    def covers(self, request: Request) -> bool:
        """Whether `request`, which needs a preflight, may go without one for what is remembered."""
        if request.cache in self._profile.cache_modes_asking_again:
            return False
        grants = [grant for grant in self._grants if self._matches(grant, request)]
        if not grants:
            return False
        method = normalise_method(request.method)
        if method not in SIMPLE_METHODS and not any(
            method in grant.methods or self._wildcard(grant, grant.methods) for grant in grants
        ):
            return False
        return all(
            # https://fetch.spec.whatwg.org/#header-name-cache-entry-match: `*` never covers Authorization here.
            any(
                name in grant.headers or (name != "authorization" and self._wildcard(grant, grant.headers))
                for grant in grants
            )
            for name in unsafe_header_names(request.headers, self._profile)
        )

    def forget(self, request: Request) -> None:
        """Drop all that is remembered for this origin and URL."""
        self._grants = [grant for grant in self._grants if (grant.origin, grant.url) != (request.origin, request.url)]

    def _matches(self, grant: _Grant, request: Request) -> bool:
        if (grant.origin, grant.url) != (request.origin, request.url):
            return False
        include = request.credentials == "include"
        if self._profile.remembered_apart_by_credentials:
            return grant.credentials == include
        return grant.credentials or not include

    def _wildcard(self, grant: _Grant, names: frozenset[str]) -> bool:
        return "*" in names and not grant.credentials and not self._profile.remembered_wildcard_is_literal
