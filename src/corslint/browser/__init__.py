"""What a browser does with a server's answer: the CORS protocol of the Fetch standard, pure, without I/O.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from corslint.browser.cors_checks import redirect_target
from corslint.browser.deviations import CHROMIUM, FIREFOX, SPEC, Profile
from corslint.browser.exchange import (
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
)
from corslint.browser.journey import Journey
from corslint.browser.wire import actual_request, needs_preflight, preflight_request

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
]


def judge(request: Request, *, preflight: Response | None, response: Response, profile: Profile = SPEC) -> Verdict:
    """What the browser does with `request`, and with these answers of the server.

    `preflight` is the answer the server gives to OPTIONS; it is looked at only if the request needs a preflight, and
    when it is needed but None, nothing can be said. Never raises. A redirect of the actual request is not followed
    (`corslint.browser.redirects` does): it is refused when the redirecting answer itself fails the CORS check, else
    undetermined.
    """
    journey = Journey(profile)
    if verdict := journey.set_out(request):
        return verdict
    if request.mode == "cors" and not is_same_origin(request):
        if reasons := needs_preflight(request, profile):
            if verdict := journey.preflighted(request, reasons, preflight):
                return verdict
        else:
            journey.none_needed(request)
    journey.sent(request)
    if verdict := journey.answered(request, response):
        return verdict
    if redirect_target(response):
        return journey.undetermined("the answer is a redirect, and what it leads to is not followed")
    return journey.given(request, response, opaque=journey.is_opaque(request))
