"""What a browser does with a server's answer: the CORS protocol of the Fetch standard, pure, without I/O.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from corslint import refusals
from corslint.deviations import CHROMIUM, FIREFOX, SPEC, Profile
from corslint.refusals import Refusal
from corslint.safelist import (
    SIMPLE_METHODS,
    is_token,
    may_be_safelisted,
    normalise_method,
    sent_headers,
    unsafe_header_names,
    why_not_sendable,
)

__all__ = [
    "CHROMIUM",
    "FIREFOX",
    "SPEC",
    "CredentialsMode",
    "Headers",
    "Profile",
    "Request",
    "Response",
    "Verdict",
    "actual_request",
    "is_same_origin",
    "judge",
    "needs_preflight",
    "preflight_request",
]

Headers = Sequence[tuple[str, str]]
CredentialsMode = Literal["omit", "same-origin", "include"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_HIDDEN_NAMES = frozenset({"set-cookie", "set-cookie2"})
_ALWAYS_READABLE_NAMES = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a script on a page asks for with `fetch()`."""

    origin: str
    """The serialised origin of the page, such as `https://app.example`, or `null` for an opaque one."""
    url: str
    """Absolute http(s) URL."""
    method: str = "GET"
    headers: Headers = ()
    """The headers the script sets, as (name, value) pairs."""
    credentials: CredentialsMode = "omit"


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answers: its status and its headers, in order; a header sent twice stands twice."""

    status: int
    headers: Headers = ()

    def values(self, name: str) -> list[str]:
        """All values sent under `name`, compared without case."""
        return [value for header, value in self.headers if header.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the browser did with a request, and whether the script may read the answer."""

    allowed: bool | None
    """Whether the script gets the answer; None where it cannot be said, and the last step says why."""
    preflight: bool
    """Whether the browser sends an OPTIONS request ahead."""
    steps: tuple[str, ...]
    """What happened, in order, one plain sentence each, without a full stop; values from outside are escaped."""
    error: str | None = None
    """Chromium's `CorsError` name; None when the script gets the answer, or when nothing was sent."""
    firefox_error: str | None = None
    """Firefox's name for what it blames, such as `CORSMissingAllowOrigin2`; it may blame another flaw than Chromium."""
    readable_headers: tuple[str, ...] = ()
    """The names of the answer's headers the script can read: lower case, sorted, each once."""
    sentence: str | None = None
    """What Chromium prints behind "has been blocked by CORS policy: ".

    Printable ASCII only, as in the console. Where several request headers are not allowed, Chromium names any one of
    them, this sentence the first of the alphabet.
    """


def is_same_origin(request: Request) -> bool:
    """Whether page and URL have one origin, so that CORS plays no part. An opaque origin (`null`) never has.

    The host is compared as it stands in the URL, in lower case; it is not converted to Punycode.
    """
    return request.origin == _origin_of(request.url)


def needs_preflight(request: Request, profile: Profile = SPEC) -> tuple[str, ...]:
    """Why the browser asks the server first, one phrase for each reason; empty (false) when it does not ask.

    https://fetch.spec.whatwg.org/#main-fetch. Stream bodies and upload listeners, further reasons, are not modelled.
    """
    if is_same_origin(request):
        return ()
    reasons = []
    method = normalise_method(request.method)
    if method not in SIMPLE_METHODS:
        reasons.append(f"{method} is no simple method")
    for name in unsafe_header_names(request.headers, profile):
        if may_be_safelisted(name):
            value = ", ".join(value for other, value in request.headers if other.lower() == name)
            reasons.append(f"{_shortened(value)!r} is no safelisted value of `{name}`")
        else:
            reasons.append(f"`{name}` is no safelisted header")
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

    A same-origin GET or HEAD carries no `Origin`. https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    method = normalise_method(request.method)
    headers = sent_headers(request.headers, profile)
    if not is_same_origin(request) or method not in ("GET", "HEAD"):
        headers = (("Origin", request.origin), *headers)
    return replace(request, method=method, headers=headers)


def judge(request: Request, *, preflight: Response | None, response: Response, profile: Profile = SPEC) -> Verdict:
    """What the browser does with `request`, and with these answers of the server.

    `preflight` is the answer the server gives to OPTIONS; it is looked at only if the request needs a preflight, and
    when it is needed but None, nothing can be said. Never raises. A redirect of the actual request is not followed:
    it is refused when the redirecting answer itself fails the CORS check, else undetermined.
    """
    if _origin_of(request.url) is None:
        return Verdict(None, False, (f"only absolute http and https URLs are judged, not {_shortened(request.url)!r}",))
    if trouble := _why_not_fetchable(request):
        return Verdict(False, False, (f"the script gets a TypeError and nothing is sent: {trouble}",))
    steps = _dropped_headers(request, profile)
    method = normalise_method(request.method)
    if is_same_origin(request):
        steps.append("page and URL have the same origin: CORS plays no part")
        return _answered(request, response, steps, preflight=False)

    if reasons := needs_preflight(request, profile):
        steps.append(f"preflight needed: {'; '.join(reasons)}")
        if preflight is None:
            steps.append("undetermined: what the server answers to OPTIONS is not known")
            return Verdict(None, True, tuple(steps))
        steps.append(f"server answers OPTIONS with {preflight.status}")
        if flaws := list(_preflight_refusals(request, preflight, profile)):
            steps.append(f"browser refuses the preflight, {method} is never sent: {flaws[0].plain}")
            steps += [f"mending that is not enough: {flaw.plain}" for flaw in flaws[1:]]
            return _refused(flaws, steps, preflight=True)
        steps.append("browser accepts the preflight")
        if _only_wildcard_covers_authorization(request, preflight):
            steps.append("* covers `authorization` in the browsers of today, not in the standard: list it by name")
    else:
        steps.append(f"no preflight needed: {method} is a simple method, and its headers are safelisted")
    return _answered(request, response, steps, preflight=bool(reasons))


def _answered(request: Request, response: Response, steps: list[str], *, preflight: bool) -> Verdict:
    """The verdict on the answer to the request itself; `steps` led to it and are continued."""
    steps.append(f"server carries out {normalise_method(request.method)} and answers with {response.status}")
    same_origin = is_same_origin(request)
    if not same_origin and (flaw := _cors_check(request.origin, request.credentials, response)):
        steps.append(f"browser keeps the answer from the script: {flaw.plain}")
        return _refused([flaw], steps, preflight=preflight)
    if _is_redirect(response):
        steps.append("undetermined: the answer is a redirect, and what it leads to is not followed")
        return Verdict(None, preflight, tuple(steps))
    readable = _readable_headers(request.credentials, response, same_origin=same_origin)
    steps.append("browser gives the answer to the script")
    return Verdict(True, preflight, tuple(steps), readable_headers=readable)


def _refused(flaws: Sequence[Refusal], steps: Sequence[str], *, preflight: bool) -> Verdict:
    """The verdict for flaws in the order in which Chromium looks for them."""
    return Verdict(
        False,
        preflight,
        tuple(steps),
        error=flaws[0].error,
        firefox_error=refusals.firefox_first(flaws).firefox_error,
        sentence=flaws[0].sentence,
    )


def _preflight_refusals(request: Request, answer: Response, profile: Profile) -> Iterator[Refusal]:
    """Everything that is wrong with the answer to the preflight, in the order in which Chromium looks for it.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    if redirected := _is_redirect(answer):
        yield refusals.preflight_redirected(answer.status)
    if flaw := _cors_check(request.origin, request.credentials, answer):
        yield flaw.at_preflight()
    if not 200 <= answer.status <= 299 and not redirected:
        yield refusals.preflight_not_ok(answer.status)

    # Both lists are parsed even if only one is needed: a bad one alone refuses the preflight.
    methods = _tokens(answer, "Access-Control-Allow-Methods")
    headers = _tokens(answer, "Access-Control-Allow-Headers")
    if methods is None:
        yield refusals.unreadable_methods(_combined(answer, "Access-Control-Allow-Methods") or "")
    if headers is None:
        yield refusals.unreadable_headers(_combined(answer, "Access-Control-Allow-Headers") or "")

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


def _cors_check(origin: str, credentials: CredentialsMode, response: Response) -> Refusal | None:
    """Why the answer may not be shared with `origin`. https://fetch.spec.whatwg.org/#cors-check"""
    allowed = _combined(response, "Access-Control-Allow-Origin")
    if allowed is None:
        return refusals.missing_allow_origin()
    if allowed == "*":
        return refusals.wildcard_with_credentials() if credentials == "include" else None
    if allowed != origin:
        return refusals.wrong_allow_origin(response.values("Access-Control-Allow-Origin"), allowed, origin)
    if credentials != "include":
        return None
    value = _combined(response, "Access-Control-Allow-Credentials")
    return None if value == "true" else refusals.allow_credentials_not_true(value)


def _readable_headers(credentials: CredentialsMode, response: Response, *, same_origin: bool) -> tuple[str, ...]:
    """https://fetch.spec.whatwg.org/#concept-filtered-response-cors"""
    sent = {name.lower() for name, _ in response.headers} - _HIDDEN_NAMES
    exposed = {name.lower() for name in _tokens(response, "Access-Control-Expose-Headers") or ()}
    if same_origin or ("*" in exposed and credentials != "include"):
        return tuple(sorted(sent))
    return tuple(sorted(sent & (exposed | _ALWAYS_READABLE_NAMES)))


def _only_wildcard_covers_authorization(request: Request, accepted: Response) -> bool:
    """Whether an accepted preflight let Authorization pass without naming it."""
    listed = {name.lower() for name in _tokens(accepted, "Access-Control-Allow-Headers") or ()}
    return "authorization" in unsafe_header_names(request.headers) and "authorization" not in listed


def _dropped_headers(request: Request, profile: Profile) -> list[str]:
    kept = {name.lower() for name, _ in sent_headers(request.headers, profile)}
    dropped = sorted({name.lower() for name, _ in request.headers} - kept)
    return [f"browser drops what a script may not set: {', '.join(f'`{name}`' for name in dropped)}"] if dropped else []


def _why_not_fetchable(request: Request) -> str | None:
    # https://fetch.spec.whatwg.org/#dom-request, the step on credentials in the URL
    if "@" in urlsplit(request.url).netloc:
        return "the URL holds a user name or password"
    return why_not_sendable(request.method, request.headers)


def _origin_of(url: str) -> str | None:
    """The serialised origin of an absolute http(s) URL, None for any other text."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _is_redirect(response: Response) -> bool:
    """Whether the browser would follow this answer elsewhere. https://fetch.spec.whatwg.org/#concept-response-location-url"""
    return response.status in _REDIRECT_STATUSES and any(response.values("Location"))


def _combined(response: Response, name: str) -> str | None:
    """All lines of a header as one value, None if there is none. https://fetch.spec.whatwg.org/#concept-header-list-get"""
    values = response.values(name)
    return ", ".join(value.strip("\t ") for value in values) if values else None


def _tokens(response: Response, name: str) -> tuple[str, ...] | None:
    """The items of a header that lists tokens, empty if it is not sent; None when any item is no token.

    https://fetch.spec.whatwg.org/#extract-header-list-values
    """
    items = (item.strip("\t ") for item in (_combined(response, name) or "").split(","))
    tokens = tuple(item for item in items if item)
    return tokens if all(map(is_token, tokens)) else None


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
