"""A request followed through the redirects of a server.

https://fetch.spec.whatwg.org/#http-redirect-fetch
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from corslint.browser import refusals
from corslint.browser.cors_checks import redirect_target
from corslint.browser.deviations import SPEC, Profile
from corslint.browser.exchange import Request, Response, Verdict, is_same_origin, origin_of
from corslint.browser.journey import Journey
from corslint.browser.preflight_cache import PreflightCache
from corslint.browser.refusals import Refusal
from corslint.browser.safelist import normalise_method, unsafe_header_names
from corslint.browser.wire import actual_request, needs_preflight, preflight_request, shortened

Server = Callable[[Request], Response | None]
"""Answers a request as it stands on the wire, OPTIONS too; None where its answer is not known."""

MOST_REDIRECTS = 20
"""https://fetch.spec.whatwg.org/#http-redirect-fetch: the twenty-first is refused."""

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
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
        return journey.never_sent(request, flaw)
    if verdict := journey.set_out(request):
        return verdict
    fetch = _Fetch(request, server, profile, remembered, journey)
    followed = 0
    while True:
        if verdict := fetch.asked_first(request):
            return verdict
        answer = server(actual_request(request, profile))
        if verdict := fetch.answered(request, answer):
            return verdict
        assert answer is not None
        location = redirect_target(answer)
        if location is None or request.redirect == "manual":
            return journey.given(request, answer, opaque=location is not None or journey.is_opaque(request))
        target = resolved(request.url, location)
        if flaw := _refused_redirect(request, location, target, followed, profile):
            return fetch.not_followed(request, answer, flaw)
        origin, request = request.origin, redirected(request, answer.status, target)
        journey.note(f"browser follows the redirect to {shortened(request.url)!r}")
        if request.mode == "same-origin" and not is_same_origin(request):
            return journey.never_sent(request, refusals.other_origin(origin))
        if request.mode == "cors" and request.origin != origin:
            journey.note("from here on the request carries the origin null")
        followed += 1


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


class _Fetch:
    """One request and what it becomes, with all that stays the same while it is led on."""

    def __init__(
        self,
        request: Request,
        server: Server,
        profile: Profile,
        remembered: PreflightCache | None,
        journey: Journey,
    ) -> None:
        self._page = request.origin
        self._had_unsafe_headers = bool(unsafe_header_names(request.headers, profile))
        self._was_asked = False
        self._server = server
        self._profile = profile
        self._remembered = remembered
        self._journey = journey

    def asked_first(self, request: Request) -> Verdict | None:
        """Send a preflight if one is needed and none is remembered; the verdict if it is refused."""
        crosses = request.mode == "cors" and not is_same_origin(request)
        reasons = needs_preflight(request, self._profile)
        repeats = self._profile.preflight_is_repeated and (self._was_asked or self._had_unsafe_headers)
        if crosses and not reasons and repeats:
            reasons = ("the request called for one before it was redirected",)
        if not reasons:
            if crosses:
                self._journey.none_needed(request)
            return None
        self._was_asked = True
        asked = self._as_asked(request)
        if self._remembered and self._remembered.covers(asked):
            self._journey.note("no preflight sent: an earlier one is remembered")
            return None
        answer = self._server(preflight_request(asked, self._profile))
        verdict = self._journey.preflighted(asked, reasons, answer)
        if self._remembered and answer is not None and verdict is None:
            self._remembered.remember(asked, answer)
        return verdict

    def answered(self, request: Request, answer: Response | None) -> Verdict | None:
        """Check the answer to the request itself; the verdict if it is refused or not known."""
        self._journey.sent(request)
        if answer is None:
            return self._journey.undetermined("what the server answers is not known")
        verdict = self._journey.answered(request, answer)
        if verdict and self._remembered and not self._profile.remembers_after_refusal:
            self._remembered.forget(self._as_asked(request))
        return verdict

    def not_followed(self, request: Request, answer: Response, flaw: Refusal) -> Verdict:
        """Refuse where the answer leads."""
        self._journey.note(f"browser does not follow the redirect: {flaw.plain}")
        if is_same_origin(request) and flaw.error.startswith("net::"):
            # Firefox logs what fails within its CORS check, which has not begun on the page's own origin.
            flaw = replace(flaw, firefox_error=None)
        return self._journey.refused("redirect", request, answer, [flaw])

    def _as_asked(self, request: Request) -> Request:
        """The request for which the preflight is sent, and under which it is remembered."""
        return replace(request, origin=self._page) if self._profile.preflight_keeps_origin else request


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
        if not is_same_origin(request) or origin_of(target) != request.origin:
            return refusals.user_in_location()
        if profile.user_in_location_is_refused:
            return refusals.user_in_own_location()
    return None


def resolved(url: str, location: str) -> str:
    """The absolute URL of a `Location`, which inherits the fragment; the text itself where it is no URL.

    Controls, spaces and what is not ASCII are percent-encoded, as browsers send and print them.
    """
    try:
        target = quote(urljoin(url, location), safe=_PRINTABLE, errors="replace")
        fragment = urldefrag(url).fragment
        return target if "#" in target or not fragment else f"{target}#{fragment}"
    except ValueError:
        return location


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
