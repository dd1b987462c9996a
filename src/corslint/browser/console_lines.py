"""What the consoles of Chromium and Firefox print about a request, line by line.

Chromium: third_party/blink/renderer/platform/loader/cors/cors_error_string.cc. Firefox:
dom/locales/en-US/chrome/security/security.properties. Both as observed, in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from corslint.browser import refusals
from corslint.browser.cors_checks import cors_check, redirect_target
from corslint.browser.exchange import Blocked, Request, Verdict
from corslint.browser.redirects import redirected, resolved
from corslint.browser.refusals import Refusal
from corslint.browser.request_kinds import FETCH, XHR, Kind

_ABOUT_CREDENTIALS = frozenset({"WildcardOriginNotAllowed", "InvalidAllowCredentials"})
_XHR_HINT = (
    " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute."
)
_DID_NOT_SUCCEED = "CORS request did not succeed"
_WILDCARD_WARNING = (
    "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {url} soon."
    " (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To include"
    " the `Authorization` header, it must be explicitly listed in CORS header `Access-Control-Allow-Headers`)."
)


def chromium_lines(request: Request, verdict: Verdict, kind: Kind = FETCH) -> tuple[str, ...]:
    """Chromium's lines about `request`, of which the profile of Chromium made `verdict`.

    Empty for most answers the script gets, and for a TypeError before anything is sent. The reason phrase of a failed
    status, which HTTP/2 does not have, is left empty.
    """
    if (blocked := verdict.blocked) is None:
        failed = verdict.allowed and verdict.status is not None and verdict.status >= 400
        return (_failed(f"the server responded with a status of {verdict.status} ()"),) if failed else ()
    flaw = blocked.flaws[0]
    if flaw.sentence is None:
        # What the renderer calls off itself leaves no line.
        return () if flaw.error == "net::ERR_ABORTED" else (_failed(flaw.error),)
    if not verdict.sent:
        # Chromium's renderer refuses these itself, before the network service could.
        return (f"Fetch API cannot load {request.url}. {_never_started(blocked, flaw)}",)
    led = f" (redirected from '{request.url}')" if blocked.request.url != request.url else ""
    return (
        f"Access to {kind.chromium} at '{blocked.request.url}'{led} from origin '{request.origin}' has been blocked by"
        f" CORS policy: {_sentence(flaw, flaw.sentence, kind)}",
        _failed("net::ERR_FAILED"),
    )


def firefox_lines(
    request: Request, verdict: Verdict, kind: Kind = FETCH, *, page: str | None = None
) -> tuple[str, ...]:
    """Firefox's lines about `request`, of which the profile of Firefox made `verdict`.

    `page` is the URL of the page, the root of its origin unless given.
    """
    lines = [_WILDCARD_WARNING.format(url=url) for url in verdict.wildcard_warnings]
    if blocked := verdict.blocked:
        flaw = refusals.firefox_first(blocked.flaws)
        if flaw.firefox_error == "CheckSameOriginError":
            content = page or f"{request.origin}/"
            lines.append(f"Security Error: Content at {content} may not load data from {blocked.request.url}.")
        elif flaw.firefox_error is not None:
            lines += _blocked_lines(blocked, flaw)
            if kind.firefox_aftermath:
                lines.append(kind.firefox_aftermath.format(url=blocked.request.url))
    return tuple(lines)


def _failed(why: str) -> str:
    return f"Failed to load resource: {why}"


def _never_started(blocked: Blocked, flaw: Refusal) -> str:
    if flaw.error == "CorsDisabledScheme":
        return f'URL scheme "{urlsplit(blocked.request.url).scheme}" is not supported.'
    return (
        'Request mode is "same-origin" but the URL\'s origin is not same as the request origin'
        f" {blocked.request.origin}."
    )


def _sentence(flaw: Refusal, sentence: str, kind: Kind) -> str:
    if kind != FETCH:
        sentence = sentence.removesuffix(refusals.MEND)
    if kind == XHR and flaw.error.removeprefix("Preflight") in _ABOUT_CREDENTIALS:
        sentence += _XHR_HINT
    return sentence


def _blocked_lines(blocked: Blocked, flaw: Refusal) -> Iterator[str]:
    """The cause, then what fails in turn: the channel of a preflight, and the request it was for."""
    url = blocked.request.url
    yield _blocked_line(url, flaw)
    failure = refusals.did_not_succeed()
    if blocked.stage == "preflight" and blocked.answer is not None and redirect_target(blocked.answer):
        if flaw.firefox_error != "CORSExternalRedirectNotAllowed":
            yield _blocked_line(url, failure)
        else:
            yield _blocked_line(url, _after_external_redirect(blocked))
    if blocked.stage in ("preflight", "redirect") and flaw.firefox_reason != _DID_NOT_SUCCEED:
        yield _blocked_line(url, failure)


def _after_external_redirect(blocked: Blocked) -> Refusal:
    """Firefox checks the redirecting answer once more, with the origin the redirect would leave the request."""
    assert blocked.answer is not None
    location = redirect_target(blocked.answer) or ""
    led = redirected(blocked.request, blocked.answer.status, resolved(blocked.request.url, location))
    flaw = cors_check(replace(blocked.request, origin=led.origin), blocked.answer)
    return flaw or refusals.preflight_not_ok(blocked.answer.status)


def _blocked_line(url: str, flaw: Refusal) -> str:
    # The sentence on credentials alone quotes the URL: see CORSNotSupportingCredentials in security.properties.
    shown = f"‘{url}’" if flaw.firefox_error == "CORSNotSupportingCredentials" else url
    status = "" if flaw.status is None else f" Status code: {flaw.status}."
    return (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at"
        f" {shown}. (Reason: {flaw.firefox_reason}).{status}"
    )
