"""Which requests a browser puts on the wire for what a script asks: whether a preflight, and what either carries."""

from __future__ import annotations

from dataclasses import replace

from corslint.browser.deviations import SPEC, Profile
from corslint.browser.exchange import Request, is_same_origin
from corslint.browser.safelist import (
    SIMPLE_METHODS,
    may_be_safelisted,
    normalise_method,
    sent_headers,
    unsafe_header_names,
)

_NO_CORS_NAMES = frozenset({"accept", "accept-language", "content-language", "content-type"})


def needs_preflight(request: Request, profile: Profile = SPEC) -> tuple[str, ...]:
    """Why the browser asks the server first, one phrase for each reason; empty (false) when it does not ask.

    https://fetch.spec.whatwg.org/#main-fetch
    """
    if is_same_origin(request) or request.mode != "cors":
        return ()
    reasons = []
    method = normalise_method(request.method)
    if method not in SIMPLE_METHODS:
        reasons.append(f"{method} is no simple method")
    for name in unsafe_header_names(request.headers, profile):
        if may_be_safelisted(name):
            value = ", ".join(value for other, value in request.headers if other.lower() == name)
            reasons.append(f"{shortened(value)!r} is no safelisted value of `{name}`")
        else:
            reasons.append(f"`{name}` is no safelisted header")
    if request.upload_is_watched:
        reasons.append("the upload is watched or streamed")
    return tuple(reasons)


def preflight_request(request: Request, profile: Profile = SPEC) -> Request:
    """The OPTIONS request the browser sends ahead of `request` if it needs one: never a cookie, never Authorization.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    headers = [("Origin", request.origin), ("Access-Control-Request-Method", normalise_method(request.method))]
    if names := unsafe_header_names(request.headers, profile):
        headers.append(("Access-Control-Request-Headers", ",".join(names)))
    return Request(request.origin, request.url, "OPTIONS", tuple(headers), "omit")


def actual_request(request: Request, profile: Profile = SPEC) -> Request:
    """`request` as it goes over the wire: method normalised, forbidden headers dropped, `Origin` put first.

    Without CORS (same origin, or mode `no-cors`) a GET or HEAD carries no `Origin`.
    https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    method = normalise_method(request.method)
    headers = _kept_headers(request, profile)
    if method not in ("GET", "HEAD") or (request.mode == "cors" and not is_same_origin(request)):
        headers = (("Origin", request.origin), *headers)
    return replace(request, method=method, headers=headers)


def dropped_headers(request: Request, profile: Profile) -> tuple[str, ...]:
    """The names, lower case and sorted, of the script's headers that never leave the browser."""
    kept = {name.lower() for name, _ in _kept_headers(request, profile)}
    return tuple(sorted({name.lower() for name, _ in request.headers} - kept))


def _kept_headers(request: Request, profile: Profile) -> tuple[tuple[str, str], ...]:
    headers = sent_headers(request.headers, profile)
    if request.mode != "no-cors":
        return headers
    # https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header
    unsafe = unsafe_header_names(headers, profile)
    return tuple(
        (name, value) for name, value in headers if name.lower() in _NO_CORS_NAMES and name.lower() not in unsafe
    )


def shortened(value: str) -> str:
    """A value from outside, cut to 60 characters, for a sentence."""
    return value if len(value) <= 60 else f"{value[:57]}..."
