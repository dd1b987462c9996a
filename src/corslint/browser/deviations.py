"""Where the browsers of today leave the Fetch standard: one flag for each observed difference.

Observed on Chromium 156 and Firefox ESR 153. A flag stands here only when it changes a verdict, or what is sent; that
the two browsers name one and the same refusal differently is told in `corslint.browser.refusals`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The standard (every flag off) or the standard with some browser's deviations."""

    name: str
    """Whose behaviour this is, for messages."""
    wildcard_covers_authorization: bool = False
    """`*` in Access-Control-Allow-Headers also covers `authorization` when no credentials are included.

    The standard excepts it (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name). Chromium lets it
    pass and raises a DevTools issue; Firefox lets it pass and warns in the console, see the preference
    `network.cors_preflight.authorization_covered_by_wildcard`.
    """
    client_hints_are_safelisted: bool = False
    """Device-Memory, Downlink, DPR, ECT, RTT, Save-Data, Viewport-Width and Width with a plain value need no preflight.

    Chromium: `IsCorsSafelistedHeader` in services/network/public/cpp/cors/cors.cc.
    """
    user_agent_is_forbidden: bool = False
    """A `User-Agent` set by the script is dropped, as if its name were forbidden.

    Chromium, observed; https://crbug.com/40450316. The standard and Firefox send it, after a preflight.
    """
    repeats_are_combined: bool = False
    """Values of a repeated header are joined by `, ` before they are measured against the safelist's 128 bytes.

    Chromium, observed: its header map holds a name once. The standard judges each line alone.
    """
    range_fits_64_bits: bool = False
    """Byte positions in `Range` from 2**63 on make the header unsafe. Both browsers, observed; no limit is standard."""
    non_ascii_is_unsafe: bool = False
    """Bytes from 0x80 on make `Accept` and `Content-Type` unsafe. Firefox, observed."""
    sum_is_unlimited: bool = False
    """Safelisted values of more than 1024 bytes together stay safelisted. Firefox, observed with repeated names.

    The standard's limit: https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    """
    streams_are_text: bool = False
    """A stream given as body is sent as its name in text. Firefox, which has no stream bodies; observed."""
    user_in_location_is_refused: bool = False
    """A redirect to a URL with user name or password is refused also where it stays on the page's origin.

    Chromium, observed. The standard refuses it only across origins: https://fetch.spec.whatwg.org/#http-redirect-fetch
    """
    preflight_is_repeated: bool = False
    """A request with unsafe headers, or preflighted once, is preflighted at every later URL of another origin.

    Also where what called for the preflight is gone: the method rewritten to GET, the header dropped. Firefox,
    observed; `CheckPreflightNeeded` in netwerk/protocol/http/nsCORSListenerProxy.cpp. The standard asks anew each time.
    """
    preflight_keeps_origin: bool = False
    """A preflight carries the page's origin, and must be answered with it, where the request itself carries `null`.

    Firefox, observed; `StartCORSPreflight` takes the page's principal. The standard has `null` in both:
    https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    longest_max_age: int | None = None
    """The seconds after which a preflight is forgotten whatever Access-Control-Max-Age says; None: never.

    Observed in Chromium, 7200; from source in Firefox, 86400. The standard leaves it to the browser.
    """
    max_age_has_sign: bool = False
    """Access-Control-Max-Age may carry `+` or `-`; less than nothing is nothing. Chromium, observed."""
    bad_max_age_is_zero: bool = False
    """A malformed Access-Control-Max-Age keeps the preflight from being remembered; the standard has 5 s. Firefox."""
    remembered_apart_by_credentials: bool = False
    """What was granted with credentials serves no request without them. Firefox, observed.

    https://fetch.spec.whatwg.org/#concept-cache-match lets it.
    """
    remembered_wildcard_is_literal: bool = False
    """A remembered `*` covers no method and no header. Firefox, observed.

    https://fetch.spec.whatwg.org/#method-cache-entry-match lets it.
    """
    remembers_latest_only: bool = False
    """A new preflight of a URL replaces all that earlier ones granted it; the standard adds up. Chromium, from source.

    `PreflightCache::AppendEntry` in services/network/cors/preflight_cache.cc.
    """
    remembers_after_refusal: bool = False
    """A refused answer does not make the browser forget its preflight. Chromium, from source; the standard forgets.

    https://fetch.spec.whatwg.org/#concept-cache-clear
    """
    cache_modes_asking_again: frozenset[str] = frozenset()
    """Cache modes in which nothing remembered is used. Both browsers, observed; the standard has none."""


SPEC = Profile("Fetch standard")
"""The Fetch standard without any deviation."""

CHROMIUM = Profile(
    "Chromium",
    wildcard_covers_authorization=True,
    client_hints_are_safelisted=True,
    user_agent_is_forbidden=True,
    repeats_are_combined=True,
    range_fits_64_bits=True,
    user_in_location_is_refused=True,
    longest_max_age=7200,
    max_age_has_sign=True,
    remembers_latest_only=True,
    remembers_after_refusal=True,
    cache_modes_asking_again=frozenset({"no-store", "reload", "no-cache"}),
)
"""Chromium 156: also Chrome, Edge, Opera and other browsers built on it."""

FIREFOX = Profile(
    "Firefox",
    wildcard_covers_authorization=True,
    range_fits_64_bits=True,
    non_ascii_is_unsafe=True,
    sum_is_unlimited=True,
    streams_are_text=True,
    preflight_is_repeated=True,
    preflight_keeps_origin=True,
    longest_max_age=86_400,
    bad_max_age_is_zero=True,
    remembered_apart_by_credentials=True,
    remembered_wildcard_is_literal=True,
    cache_modes_asking_again=frozenset({"no-store", "reload"}),
)
"""Firefox ESR 153."""
