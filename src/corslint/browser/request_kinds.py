"""What besides `fetch()` sends requests under CORS, and what each body makes of a request.

https://html.spec.whatwg.org/#cors-settings-attributes and https://fetch.spec.whatwg.org/#bodyinit-unions
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from corslint.browser.deviations import SPEC, Profile
from corslint.browser.exchange import CredentialsMode, Request
from corslint.browser.safelist import unsafe_header_names

Body = Literal["text", "parameters", "form", "blob", "buffer", "stream"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A feature of web pages that sends requests."""

    name: str
    chromium: str
    """What Chromium calls it in "Access to ... at"."""
    reads_headers: bool = False
    """Whether a script may read headers of the answer."""
    firefox_aftermath: str | None = None
    """What Firefox prints of it, after the CORS lines, with `{url}` in place of the URL; None: nothing."""


FETCH = Kind("fetch", "fetch", reads_headers=True)
"""`fetch()`."""
XHR = Kind("XMLHttpRequest", "XMLHttpRequest", reads_headers=True)
"""`XMLHttpRequest`."""

KINDS = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FETCH,
            XHR,
            Kind("beacon", "resource"),
            Kind(
                "EventSource",
                "resource",
                firefox_aftermath="Firefox can’t establish a connection to the server at {url}.",
            ),
            Kind(
                "script",
                "script",
                firefox_aftermath="<script> source URI is not allowed in this document: “{url}”.",
            ),
            Kind(
                "module",
                "script",
                firefox_aftermath="Module source URI is not allowed in this document: “{url}”.",
            ),
            Kind("font", "font"),
            Kind("image", "image"),
            Kind("stylesheet", "CSS stylesheet"),
            Kind("video", "video"),
        )
    }
)
"""By name. Elements send CORS requests only with the attribute `crossorigin`; modules and fonts always do.

A refused font makes Firefox print one more line, with the name of the font; it is not modelled.
"""


def element_request(kind: Kind, origin: str, url: str, *, credentials: CredentialsMode = "same-origin") -> Request:
    """The request of an element of a page, of a style sheet or of an `EventSource`.

    `credentials` is `include` for `crossorigin="use-credentials"` and `withCredentials`; a font never includes any:
    https://drafts.csswg.org/css-fonts/#font-fetching-requirements
    """
    return Request(origin, url, credentials="same-origin" if kind.name == "font" else credentials)


def beacon_request(origin: str, url: str, *, body: Body = "text", body_type: str = "") -> Request:
    """The request of `navigator.sendBeacon()`, which always includes credentials.

    The call itself succeeds whatever the server answers, and CORS has a say only for a body whose type needs a
    preflight. https://w3c.github.io/beacon/#sendbeacon-method
    """
    request = with_body(Request(origin, url, "POST", credentials="include"), body, body_type=body_type)
    return request if unsafe_header_names(request.headers) else replace(request, mode="no-cors")


def with_body(request: Request, body: Body, *, body_type: str = "", profile: Profile = SPEC) -> Request:
    """`request` with such a body: the Content-Type it brings along, unless the script sets one.

    `body_type` is the type of a blob. https://fetch.spec.whatwg.org/#concept-bodyinit-extract
    """
    if body == "stream":
        if not profile.streams_are_text:
            return replace(request, upload_is_watched=True)
        body = "text"
    content_type = {
        "text": "text/plain;charset=UTF-8",
        "parameters": "application/x-www-form-urlencoded;charset=UTF-8",
        "form": "multipart/form-data; boundary=----boundary",
        "blob": body_type,
        "buffer": "",
    }[body]
    if not content_type or any(name.lower() == "content-type" for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("Content-Type", content_type)))
