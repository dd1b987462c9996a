"""What django-cors-headers answers.

https://github.com/adamchainz/django-cors-headers/blob/4.9.0/src/corsheaders/middleware.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from corslint.browser import Request, Response
from corslint.origins import (
    AnyOrigin,
    Entry,
    Exact,
    Null,
    Pattern,
    Reflected,
    Undecided,
    UndecidedError,
    accepts,
    compiles,
)
from corslint.policy import Policy, Setting
from corslint.servers.django_cors_headers.versions import Behaviour, behaviour
from corslint.values import Unknown

T = TypeVar("T")

LIST, REGEXES, URLS = "CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_URLS_REGEX"
EXPOSE, HEADERS, METHODS = "CORS_EXPOSE_HEADERS", "CORS_ALLOW_HEADERS", "CORS_ALLOW_METHODS"
BROKEN_LIST = "the list of origins cannot be read: the middleware raises"
BROKEN_PATTERN = "it is no pattern of origins: the middleware raises"
BROKEN_NAMES = "it is no list of texts: the middleware raises"
"""Reasons of values that are not known to let anybody in, because the middleware raises when it uses them."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    installed: bool = True
    """False where `MIDDLEWARE` does not name the middleware, so that the settings do nothing."""
    spelled: Mapping[tuple[str, object], str] = field(default_factory=dict)
    """The header's text by setting and value, where it is not the value joined by ", "."""
    broken_urls: bool = False
    """Whether CORS_URLS_REGEX is no regular expression."""


class _BrokenSettingError(Exception):
    """Raised where the middleware raises; Django answers 500 outside of it, so without CORS headers."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer to a request for a path that the policy covers.

    `status` is what Django answers behind the middleware. Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if not detail.installed:
        return Response(status)
    if detail.broken_urls:
        return Response(500)
    if request.method == "OPTIONS" and _header(request, "Access-Control-Request-Method") is not None:
        status = 200
    try:
        return Response(status, _headers(policy, detail, behaviour(policy.version), request))
    except _BrokenSettingError:
        return Response(500)


def _headers(policy: Policy, detail: Detail, how: Behaviour, request: Request) -> tuple[tuple[str, str], ...]:
    headers = [("Vary", how.vary)]
    origin = _header(request, "Origin")
    if not origin:
        return tuple(headers)
    try:
        split = urlsplit(origin)
    except ValueError:
        if how.fails_on_bad_origin:
            raise _BrokenSettingError from None
        return tuple(headers)
    allowed_by = _allowed_by(policy, how, origin, split)
    if allowed_by is None:
        if how.credentials_for_all and policy.credentials.known():
            headers.append(("Access-Control-Allow-Credentials", "true"))
        return tuple(headers)
    credentials = policy.credentials.known()
    wildcard = isinstance(allowed_by, AnyOrigin) and not credentials
    headers.append(("Access-Control-Allow-Origin", "*" if wildcard else origin))
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if exposed := _usable(policy.exposed):
        headers.append(("Access-Control-Expose-Headers", _text(detail, EXPOSE, exposed)))
    if request.method == "OPTIONS":
        allowed_headers, methods = _usable(policy.headers) or (), _usable(policy.methods) or ()
        headers.append(("Access-Control-Allow-Headers", _text(detail, HEADERS, allowed_headers)))
        headers.append(("Access-Control-Allow-Methods", _text(detail, METHODS, methods)))
        if (max_age := policy.max_age.known()) is not None:
            headers.append(("Access-Control-Max-Age", _text(detail, "CORS_PREFLIGHT_MAX_AGE", max_age)))
    if _header(request, "Access-Control-Request-Private-Network") == "true" and policy.private_network.known():
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return tuple(headers)


def _allowed_by(policy: Policy, how: Behaviour, origin: str, split: SplitResult) -> object | None:
    """The entry that lets the origin in: those of the list first, then the patterns in their order.

    Raises _BrokenSettingError for an entry that the middleware cannot read.
    """
    entries = policy.origins.known().entries
    for entry in entries:
        if isinstance(entry, AnyOrigin) or (isinstance(entry, Null) and origin == "null"):
            return entry
    # The whole list is split before the first comparison.
    open_before: list[Undecided] = []
    for entry in entries:
        if _breaks_list(entry) and not how.lists_hosts:
            raise _failure(open_before)
        if isinstance(entry, Undecided):
            open_before.append(entry)
    open_before.clear()
    for entry in entries:
        match entry:
            case AnyOrigin() | Reflected():
                return entry
            case Null():
                if not split.scheme and not split.netloc:
                    return entry
            case Exact() if how.lists_hosts:
                if entry.text == split.netloc:
                    return entry
            case Exact():
                listed = split_origin(entry.text)
                if listed and any(listed) and listed == (split.scheme, split.netloc):
                    return entry
            case Pattern():
                if not compiles(entry.text):
                    raise _failure(open_before)
                if accepts(entry, origin):
                    return entry
            case Undecided():
                if entry.reason == BROKEN_PATTERN:
                    raise _failure(open_before)
                open_before.append(entry)
    if open_before:
        raise _failure(open_before)
    return None


def _breaks_list(entry: Entry) -> bool:
    if isinstance(entry, Exact):
        return split_origin(entry.text) is None
    return isinstance(entry, Undecided) and entry.reason == BROKEN_LIST


def _failure(open_before: list[Undecided]) -> Exception:
    """What comes of an entry that the middleware raises on: none of those before it may be known to let somebody in."""
    return UndecidedError(open_before[0].reason) if open_before else _BrokenSettingError()


def _usable(setting: Setting[T]) -> T:
    """The value of a setting. Raises _BrokenSettingError where the middleware cannot use it."""
    if isinstance(setting.value, Unknown) and setting.value.reason == BROKEN_NAMES:
        raise _BrokenSettingError
    return setting.known()


def split_origin(text: str) -> tuple[str, str] | None:
    """The two parts the middleware compares, scheme and authority; None where `urlsplit` raises."""
    try:
        split = urlsplit(text)
    except ValueError:
        return None
    return split.scheme, split.netloc


def _text(detail: Detail, setting: str, value: object) -> str:
    spelled = detail.spelled.get((setting, value))
    if spelled is not None:
        return spelled
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _header(request: Request, name: str) -> str | None:
    return next((value for other, value in request.headers if other.lower() == name.lower()), None)
