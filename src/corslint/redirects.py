"""A request followed through the redirects of a server.

https://fetch.spec.whatwg.org/#http-redirect-fetch
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urldefrag, urljoin, urlsplit

from corslint import refusals
from corslint.browser import set_out
from corslint.cors_checks import redirect_target
from corslint.deviations import SPEC, Profile
from corslint.exchange import Request, Response, Verdict, is_same_origin, origin_of
from corslint.journey import Journey
from corslint.preflight_cache import PreflightCache
from corslint.refusals import Refusal
from corslint.safelist import normalise_method, unsafe_header_names
from corslint.wire import actual_request, needs_preflight, preflight_request

Server = Callable[[Request], Response | None]
"""Answers a request as it stands on the wire, OPTIONS too; None where its answer is not known."""

MOST_REDIRECTS = 20
"""https://fetch.spec.whatwg.org/#http-redirect-fetch: the twenty-first is refused."""

_BODY_HEADERS = frozenset({"content-encoding", "content-language", "content-location", "content-type"})


def follow(
    request: Request, server: Server, profile: Profile = SPEC, remembered: PreflightCache | None = None
) -> Verdict:
    """What the browser does with `request` and whatever `server` answers, at each URL it is led to.

    `remembered` holds the preflights of earlier requests, and is added to; without it every preflight is sent. Never
    raises of itself. HTTP caches play no part.
    """
    journey = Journey(profile)
    if flaw := _wrong_scheme(request):
        journey.note(f"browser sends nothing: {flaw.plain}")
        return journey.refused("start", request, None, [flaw])
    if verdict := set_out(request, journey, profile):
        return verdict
    page, asks_always = request.origin, False
    had_unsafe_headers = bool(unsafe_header_names(request.headers, profile))
    for followed in range(MOST_REDIRECTS + 1):
        crosses = request.mode == "cors" and not is_same_origin(request)
        # The preflight, and the key under which it is remembered.
        asked = replace(request, origin=page) if profile.preflight_keeps_origin else request
        reasons = needs_preflight(request, profile)
        if crosses and not reasons and profile.preflight_is_repeated and (asks_always or had_unsafe_headers):
            reasons = ("the request called for one before it was redirected",)
        if reasons:
            asks_always = True
            if verdict := _ask_first(asked, reasons, server, journey, profile, remembered):
                return verdict
        elif crosses:
            method = normalise_method(request.method)
            journey.note(f"no preflight needed: {method} is a simple method, and its headers are safelisted")

        answer = server(actual_request(request, profile))
        journey.sent(request)
        if answer is None:
            return journey.undetermined("what the server answers is not known")
        if verdict := journey.answered(request, answer):
            if remembered and not profile.remembers_after_refusal:
                remembered.forget(asked)
            return verdict
        location = redirect_target(answer)
        if location is None or request.redirect == "manual":
            opaque = location is not None or (request.mode == "no-cors" and not is_same_origin(request))
            return journey.given(request, answer, opaque=opaque)

        target = resolved(request.url, location)
        flaw = _refused_redirect(request, location, target, followed, profile)
        if flaw:
            journey.note(f"browser does not follow the redirect: {flaw.plain}")
            if not crosses and flaw.error.startswith("net::"):
                # Firefox logs what fails within its CORS check, which has not begun on the page's own origin.
                flaw = replace(flaw, firefox_error=None)
            return journey.refused("redirect", request, answer, [flaw])
        origin, request = request.origin, redirected(request, answer.status, target)
        journey.note(f"browser follows the redirect to {request.url}")
        if request.mode == "same-origin" and not is_same_origin(request):
            flaw = refusals.other_origin(page)
            journey.note(f"browser sends nothing: {flaw.plain}")
            return journey.refused("start", request, None, [flaw])
        if request.mode == "cors" and request.origin != origin:
            journey.note("from here on the request carries the origin null")
    raise AssertionError("the last redirect is refused")


def redirected(request: Request, status: int, target: str) -> Request:
    """The request that goes to `target`, the absolute URL to which an answer of this status redirects `request`."""
    method, headers = normalise_method(request.method), tuple(request.headers)
    if (status in (301, 302) and method == "POST") or (status == 303 and method not in ("GET", "HEAD")):
        method = "GET"
        headers = tuple((name, value) for name, value in headers if name.lower() not in _BODY_HEADERS)
    origin = request.origin
    if origin_of(target) != origin_of(request.url):
        headers = tuple((name, value) for name, value in headers if name.lower() != "authorization")
        if not is_same_origin(request):
            origin = "null"
    return replace(request, origin=origin, url=target, method=method, headers=headers)


def _ask_first(
    request: Request,
    reasons: tuple[str, ...],
    server: Server,
    journey: Journey,
    profile: Profile,
    remembered: PreflightCache | None,
) -> Verdict | None:
    """Send the preflight unless one is remembered; the verdict if it is refused."""
    if remembered and remembered.covers(request):
        journey.note("no preflight sent: an earlier one is remembered")
        return None
    answer = server(preflight_request(request, profile))
    verdict = journey.preflighted(request, reasons, answer)
    if remembered and answer is not None and verdict is None:
        remembered.remember(request, answer)
    return verdict


def _wrong_scheme(request: Request) -> Refusal | None:
    # What is no http(s) URL at all is left to set_out; data, blob, about and file URLs are no matter of CORS.
    scheme = _scheme(request.url)
    known = {"", "http", "https", "data", "blob", "about", "file"}
    return None if scheme in known or request.mode != "cors" else refusals.scheme_without_cors()


def _refused_redirect(request: Request, location: str, target: str, followed: int, profile: Profile) -> Refusal | None:
    """Why the browser does not go to `target`; in the order of the standard."""
    if request.redirect == "error":
        return refusals.redirect_unwanted()
    scheme = _scheme(target)
    if scheme == "data":
        return refusals.unsafe_redirect()
    if followed == MOST_REDIRECTS:
        return refusals.too_many_redirects()
    if scheme not in ("http", "https"):
        return refusals.scheme_without_cors() if scheme else refusals.unreadable_location(location)
    if origin_of(target) is None:
        return refusals.unreadable_location(location)
    if "@" in urlsplit(target).netloc and request.mode == "cors":
        leaves = not is_same_origin(request) or origin_of(target) != request.origin
        if leaves or profile.user_in_location_is_refused:
            return refusals.user_in_location()
    return None


def resolved(url: str, location: str) -> str:
    """The absolute URL of a `Location`, which inherits the fragment; the text itself where it is no URL."""
    try:
        target = urljoin(url, location)
        fragment = urldefrag(url).fragment
        return target if "#" in target or not fragment else f"{target}#{fragment}"
    except ValueError:
        return location


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
