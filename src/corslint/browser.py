"""What a browser does with a server's answer: the CORS protocol of the Fetch standard, pure, without I/O.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from urllib.parse import urlsplit

from corslint import refusals
from corslint.cors_checks import redirect_target
from corslint.deviations import CHROMIUM, FIREFOX, SPEC, Profile
from corslint.exchange import (
    Blocked,
    CacheMode,
    CredentialsMode,
    Headers,
    Mode,
    RedirectMode,
    Request,
    Response,
    Verdict,
    is_same_origin,
    origin_of,
)
from corslint.journey import Journey
from corslint.safelist import SIMPLE_METHODS, normalise_method, why_not_sendable
from corslint.wire import actual_request, dropped_headers, needs_preflight, preflight_request, shortened

__all__ = [
    "CHROMIUM",
    "FIREFOX",
    "SPEC",
    "Blocked",
    "CacheMode",
    "CredentialsMode",
    "Headers",
    "Mode",
    "Profile",
    "RedirectMode",
    "Request",
    "Response",
    "Verdict",
    "actual_request",
    "is_same_origin",
    "judge",
    "needs_preflight",
    "preflight_request",
    "set_out",
]


def judge(request: Request, *, preflight: Response | None, response: Response, profile: Profile = SPEC) -> Verdict:
    """What the browser does with `request`, and with these answers of the server.

    `preflight` is the answer the server gives to OPTIONS; it is looked at only if the request needs a preflight, and
    when it is needed but None, nothing can be said. Never raises. A redirect of the actual request is not followed
    (`corslint.redirects` does): it is refused when the redirecting answer itself fails the CORS check, else
    undetermined.
    """
    journey = Journey(profile)
    if verdict := set_out(request, journey, profile):
        return verdict
    if request.mode == "cors" and not is_same_origin(request):
        if reasons := needs_preflight(request, profile):
            if verdict := journey.preflighted(request, reasons, preflight):
                return verdict
        else:
            method = normalise_method(request.method)
            journey.note(f"no preflight needed: {method} is a simple method, and its headers are safelisted")
    journey.sent(request)
    if verdict := journey.answered(request, response):
        return verdict
    if redirect_target(response):
        return journey.undetermined("the answer is a redirect, and what it leads to is not followed")
    return journey.given(request, response, opaque=request.mode == "no-cors" and not is_same_origin(request))


def set_out(request: Request, journey: Journey, profile: Profile) -> Verdict | None:
    """Start the journey: the verdict if nothing is ever sent, else None, with what can be said beforehand noted."""
    if origin_of(request.url) is None:
        return Verdict(None, False, (f"only absolute http and https URLs are judged, not {shortened(request.url)!r}",))
    if trouble := _why_not_fetchable(request):
        return Verdict(False, False, (f"the script gets a TypeError and nothing is sent: {trouble}",))
    if dropped := dropped_headers(request, profile):
        journey.note(f"browser drops what a script may not set: {', '.join(f'`{name}`' for name in dropped)}")
    if is_same_origin(request):
        journey.note("page and URL have the same origin: CORS plays no part")
    elif request.mode == "same-origin":
        flaw = refusals.other_origin(request.origin)
        journey.note(f"browser sends nothing: {flaw.plain}")
        return journey.refused("start", request, None, [flaw])
    return None


def _why_not_fetchable(request: Request) -> str | None:
    # https://fetch.spec.whatwg.org/#dom-request, the steps on credentials in the URL and on the mode
    if "@" in urlsplit(request.url).netloc:
        return "the URL holds a user name or password"
    if request.mode == "no-cors" and normalise_method(request.method) not in SIMPLE_METHODS:
        return f"{request.method} cannot be sent in mode no-cors"
    return why_not_sendable(request.method, request.headers)
