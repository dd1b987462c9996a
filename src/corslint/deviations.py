"""Where the browsers of today leave the Fetch standard: one flag for each observed difference.

Observed on Chromium 156 and Firefox ESR 153. A flag stands here only when it changes a verdict; that the two browsers
name one and the same refusal differently is told in `corslint.refusals`.
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


SPEC = Profile("Fetch standard")
"""The Fetch standard without any deviation."""

CHROMIUM = Profile(
    "Chromium",
    wildcard_covers_authorization=True,
    client_hints_are_safelisted=True,
    user_agent_is_forbidden=True,
    repeats_are_combined=True,
    range_fits_64_bits=True,
)
"""Chromium 156: also Chrome, Edge, Opera and other browsers built on it."""

FIREFOX = Profile(
    "Firefox",
    wildcard_covers_authorization=True,
    range_fits_64_bits=True,
    non_ascii_is_unsafe=True,
    sum_is_unlimited=True,
)
"""Firefox ESR 153."""
