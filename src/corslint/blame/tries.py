"""The requests that may have been behind a console message, where it does not tell all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from corslint.browser import CredentialsMode, Request, is_same_origin
from corslint.browser.exchange import origin_of
from corslint.browser.safelist import SIMPLE_METHODS, why_not_sendable
from corslint.candidates import candidates
from corslint.console import Complaint
from corslint.misspelling import misspelling
from corslint.origins import Exact
from corslint.policy import Policy

ERROR_STATUSES = (401, 404, 500)
"""What an application answers when something is wrong, where the text does not tell the status."""
GUEST = "http://localhost:3000"
"""The origin of a page where neither the text nor the policy names one."""
MAX_ORIGINS = 3
"""How many origins are tried."""
ABOUT_ORIGINS = ("MissingAllowOriginHeader", "AllowOriginMismatch", "InvalidAllowOriginValue")
"""Errors that an origin which is not let in may cause."""

_WITH_COOKIES = ("WildcardOriginNotAllowed", "InvalidAllowCredentials")
_SHAPES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("POST", (("content-type", "application/json"),)),
    ("GET", (("authorization", "1"),)),
    ("PUT", ()),
    ("DELETE", ()),
    ("PATCH", ()),
)
"""The requests that a preflight goes ahead of, as front ends send them; a text seldom says which it was."""


@dataclass(frozen=True, slots=True)
class Try:
    """One of them, and what the application behind it answers."""

    request: Request
    status: int = 200
    assumed: tuple[str, ...] = ()
    """What has to be so for this to be the request, where the text does not tell."""
    aside: bool = False
    """Whether it is tried only where the others give nothing."""


def tries(policy: Policy, complaint: Complaint) -> list[Try]:
    """The requests that may have been behind the complaint."""
    assert complaint.failure is not None
    base = complaint.failure.cause
    modes: tuple[CredentialsMode, ...] = ("include",) if base in _WITH_COOKIES else ("omit", "include")
    found = []
    for origin, from_whom in origins(policy, complaint):
        for method, headers, which in _shapes(complaint):
            for mode in modes:
                cookies = ("the page asks with cookies",) if mode == "include" and len(modes) > 1 else ()
                request = Request(origin, url_for(policy, origin, complaint), method, headers, mode)
                assumed = (*from_whom, *which, *cookies)
                status = complaint.status if complaint.status and not complaint.preflight else 200
                found.append(Try(request, status, assumed, aside=bool(cookies or from_whom)))
                if not complaint.preflight and complaint.status is None and base in ABOUT_ORIGINS:
                    for error in ERROR_STATUSES:
                        told = (*assumed, f"the application answers with {error}")
                        found.append(Try(request, error, told, aside=True))
    return found


def origins(policy: Policy, complaint: Complaint) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The origins the page may have; first those that the policy means to let in."""
    if complaint.origin is not None:
        yield complaint.origin, ()
        return
    assert complaint.failure is not None
    meant: dict[str, None] = {}
    for entry in islice(policy.entries(), 2 * MAX_ORIGINS):
        if isinstance(entry, Exact) and (wrong := misspelling(entry.text)) and wrong.meant not in (None, "*"):
            meant.setdefault(str(wrong.meant))
        for scheme in ("https", "http"):
            meant |= dict.fromkeys(islice(candidates(entry, scheme), 1))
    yield from ((origin, ()) for origin in islice(meant, MAX_ORIGINS))
    if complaint.failure.cause in ABOUT_ORIGINS:
        yield GUEST, (("the page comes from a website that is not listed",) if meant else ())
    elif not meant:
        yield GUEST, ()


def _shapes(complaint: Complaint) -> Iterator[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]]:
    """Method and headers, with what is assumed by them."""
    method = complaint.method if complaint.method and not why_not_sendable(complaint.method, ()) else None
    of_method = complaint.failure is not None and complaint.failure.cause == "MethodDisallowedByPreflightResponse"
    if complaint.header is not None:
        value = "application/json" if complaint.header == "content-type" else "1"
        # Any method is named before a header is: GET is always allowed, so that it shows the header.
        yield method or "GET", ((complaint.header, value),), ()
    elif not complaint.preflight:
        yield method if method in SIMPLE_METHODS and method else "GET", (), ()
    elif method is not None and method not in SIMPLE_METHODS:
        yield method, (), ()
    else:
        for one, headers in _SHAPES:
            if method in (None, one) and not (of_method and one in SIMPLE_METHODS):
                sends = f" with `{headers[0][0]}`" if headers else ""
                yield one, headers, (f"the request is a {one}{sends}",)


def url_for(policy: Policy, origin: str, complaint: Complaint) -> str:
    url = complaint.url
    if url is None or origin_of(url) is None or is_same_origin(Request(origin, url)):
        return policy.url
    return url
