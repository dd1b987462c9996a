"""The checks of the CORS protocol on one answer: who may read it, which preflight it grants, what of it is readable.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.browser import refusals
from corslint.browser.deviations import Profile
from corslint.browser.exchange import CredentialsMode, Request, Response
from corslint.browser.refusals import Refusal
from corslint.browser.safelist import SIMPLE_METHODS, is_token, normalise_method, unsafe_header_names

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_HIDDEN_NAMES = frozenset({"set-cookie", "set-cookie2"})
_ALWAYS_READABLE_NAMES = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)


def cors_check(request: Request, answer: Response) -> Refusal | None:
    """Why the answer may not be shared with the request's origin. https://fetch.spec.whatwg.org/#cors-check"""
    allowed = combined(answer, "Access-Control-Allow-Origin")
    if allowed is None:
        return refusals.missing_allow_origin(answer.status)
    if allowed == "*":
        return refusals.wildcard_with_credentials() if request.credentials == "include" else None
    if allowed != request.origin:
        return refusals.wrong_allow_origin(answer.values("Access-Control-Allow-Origin"), allowed, request.origin)
    if request.credentials != "include":
        return None
    value = combined(answer, "Access-Control-Allow-Credentials")
    return None if value == "true" else refusals.allow_credentials_not_true(value)


def preflight_refusals(request: Request, answer: Response, profile: Profile) -> Iterator[Refusal]:
    """Everything that is wrong with the answer to the preflight, in the order in which Chromium looks for it.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    if redirected := redirect_target(answer) is not None:
        yield refusals.preflight_redirected(answer.status)
    if flaw := cors_check(request, answer):
        yield flaw.at_preflight()
    if not 200 <= answer.status <= 299 and not redirected:
        yield refusals.preflight_not_ok(answer.status)

    # Both lists are parsed even if only one is needed: a bad one alone refuses the preflight.
    methods = tokens(answer, "Access-Control-Allow-Methods")
    headers = tokens(answer, "Access-Control-Allow-Headers")
    if methods is None:
        yield refusals.unreadable_methods(combined(answer, "Access-Control-Allow-Methods") or "")
    if headers is None:
        yield refusals.unreadable_headers(combined(answer, "Access-Control-Allow-Headers") or "")

    include = request.credentials == "include"
    method = normalise_method(request.method)
    if methods is not None and not (method in methods or method in SIMPLE_METHODS or ("*" in methods and not include)):
        yield refusals.method_not_allowed(method, methods, wildcard_is_literal=include)
    if headers is not None:
        listed = {name.lower() for name in headers}
        wildcard = "*" in listed and not include
        missing = [
            name
            for name in unsafe_header_names(request.headers, profile)
            if name not in listed
            and not (wildcard and (name != "authorization" or profile.wildcard_covers_authorization))
        ]
        if missing:
            yield refusals.headers_not_allowed(missing, headers, wildcard_is_literal=include)


def only_wildcard_covers_authorization(request: Request, accepted: Response) -> bool:
    """Whether an accepted preflight let Authorization pass without naming it."""
    listed = {name.lower() for name in tokens(accepted, "Access-Control-Allow-Headers") or ()}
    return "authorization" in unsafe_header_names(request.headers) and "authorization" not in listed


def readable_headers(credentials: CredentialsMode, answer: Response, *, same_origin: bool) -> tuple[str, ...]:
    """The names a script may read, lower case, sorted. https://fetch.spec.whatwg.org/#concept-filtered-response-cors"""
    sent = {name.lower() for name, _ in answer.headers} - _HIDDEN_NAMES
    exposed = {name.lower() for name in tokens(answer, "Access-Control-Expose-Headers") or ()}
    if same_origin or ("*" in exposed and credentials != "include"):
        return tuple(sorted(sent))
    return tuple(sorted(sent & (exposed | _ALWAYS_READABLE_NAMES)))


def redirect_target(answer: Response) -> str | None:
    """The `Location` the browser follows, None when it keeps this answer.

    https://fetch.spec.whatwg.org/#concept-response-location-url
    """
    return next(filter(None, answer.values("Location")), None) if answer.status in _REDIRECT_STATUSES else None


_FOLD = re.compile(r"\r?\n[\t ]+")


def combined(answer: Response, name: str) -> str | None:
    """All lines of a header as one value, None if there is none. https://fetch.spec.whatwg.org/#concept-header-list-get"""
    values = answer.values(name)
    # What goes on in a line that begins with white space is one value: https://httpwg.org/specs/rfc9112.html#line.folding
    return ", ".join(_FOLD.sub(" ", value).strip("\t ") for value in values) if values else None


def tokens(answer: Response, name: str) -> tuple[str, ...] | None:
    """The items of a header that lists tokens, empty if it is not sent; None when any item is no token.

    https://fetch.spec.whatwg.org/#extract-header-list-values
    """
    items = (item.strip("\t ") for item in (combined(answer, name) or "").split(","))
    found = tuple(item for item in items if item)
    return found if all(map(is_token, found)) else None
