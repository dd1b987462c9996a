"""What is asked, what is answered, and what a browser makes of both: the types of the browser model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from corslint.browser.refusals import Refusal
from corslint.origins import DEFAULT_PORTS

Headers = Sequence[tuple[str, str]]
CredentialsMode = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
RedirectMode = Literal["follow", "error", "manual"]
CacheMode = Literal["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"]
Stage = Literal["start", "preflight", "redirect", "answer"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a script on a page asks for with `fetch()`. `corslint.browser.request_kinds` makes one of what else asks."""

    origin: str
    """The serialised origin of the page, such as `https://app.example`, or `null` for an opaque one."""
    url: str
    """Absolute http(s) URL."""
    method: str = "GET"
    headers: Headers = ()
    """The headers the script sets, as (name, value) pairs."""
    credentials: CredentialsMode = "omit"
    mode: Mode = "cors"
    """https://fetch.spec.whatwg.org/#concept-request-mode"""
    redirect: RedirectMode = "follow"
    """https://fetch.spec.whatwg.org/#concept-request-redirect-mode"""
    cache: CacheMode = "default"
    """https://fetch.spec.whatwg.org/#concept-request-cache-mode. Some modes pass over remembered preflights."""
    upload_is_watched: bool = False
    """The upload has a progress listener or is a stream, which alone calls for a preflight.

    https://fetch.spec.whatwg.org/#use-cors-preflight-flag
    """


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answers: its status and its headers, in order; a header sent twice stands twice."""

    status: int
    headers: Headers = ()

    def values(self, name: str) -> list[str]:
        """All values sent under `name`, compared without case."""
        return [value for header, value in self.headers if header.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class Blocked:
    """Where a request came to an end, and why."""

    stage: Stage
    """Before anything was sent for this URL, or at the answer to a preflight, at a redirect, at the final answer."""
    request: Request
    """The request as it stood then: its URL is the one the consoles name, its origin the one the answer had to name."""
    answer: Response | None
    """The answer that was refused; None at the start."""
    flaws: Sequence[Refusal]
    """All reasons, in the order in which Chromium looks for them; at least one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the browser did with a request, and whether the script may read the answer."""

    allowed: bool | None
    """Whether the script gets the answer; None where it cannot be said, and the last step says why."""
    preflight: bool
    """Whether the browser sends an OPTIONS request ahead, at any of the URLs it is led to."""
    steps: tuple[str, ...]
    """What happened, in order, one plain sentence each, without a full stop; values from outside are escaped."""
    error: str | None = None
    """Chromium's `CorsError` name, or its network error (`net::ERR_TOO_MANY_REDIRECTS`) where CORS is not to blame.

    None when the script gets the answer, or when it gets a TypeError before anything is sent.
    """
    firefox_error: str | None = None
    """Firefox's name for what it blames, such as `CORSMissingAllowOrigin2`; it may blame another flaw than Chromium.

    None also where Firefox prints nothing.
    """
    readable_headers: tuple[str, ...] = ()
    """The names of the answer's headers the script can read: lower case, sorted, each once."""
    sentence: str | None = None
    """What Chromium prints behind "has been blocked by CORS policy: ", for `fetch()`.

    Printable ASCII only, as in the console. Where several request headers are not allowed, Chromium names any one of
    them, this sentence the first of the alphabet.
    """
    status: int | None = None
    """The status the script reads: 0 of an opaque answer, None when it gets none."""
    sent: tuple[Request, ...] = ()
    """The requests that went over the wire, in order, as they stood there: preflights too."""
    blocked: Blocked | None = None
    """Where the request came to an end; None when it did not, and for a TypeError before anything is sent."""
    wildcard_warnings: tuple[str, ...] = ()
    """The URLs whose preflight let `Authorization` pass only for the sake of `*`; Firefox warns of each."""


def origin_of(url: str) -> str | None:
    """The serialised origin of an absolute http(s) URL, None for any other text.

    The host is taken as it stands, in lower case; it is not converted to Punycode.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}")


def is_same_origin(request: Request) -> bool:
    """Whether page and URL have one origin, so that CORS plays no part. An opaque origin (`null`) never has.

    The host is compared as it stands in the URL, in lower case; it is not converted to Punycode.
    """
    return request.origin == origin_of(request.url)
