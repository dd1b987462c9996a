"""What django-cors-headers 4.9 answers.

https://github.com/adamchainz/django-cors-headers/blob/4.9.0/src/corsheaders/middleware.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Exact, Null, Pattern, Reflected, Undecided, UndecidedError, accepts, compiles
from corslint.policy import Policy


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    installed: bool = True
    """False where `MIDDLEWARE` does not name the middleware, so that the settings do nothing."""
    spelled: Mapping[tuple[str, object], str] = field(default_factory=dict)
    """The header's text by setting and value, where it is not the value joined by ", "."""


class _BrokenSettingError(Exception):
    """Raised where the middleware raises; Django answers 500 outside of it, so without CORS headers."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer to a request for a path that the policy covers.

    `status` is what Django answers behind the middleware. Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if not detail.installed:
        return Response(status)
    if request.method == "OPTIONS" and _header(request, "Access-Control-Request-Method") is not None:
        status = 200
    try:
        return Response(status, _headers(policy, detail, request))
    except _BrokenSettingError:
        return Response(500)


def _headers(policy: Policy, detail: Detail, request: Request) -> tuple[tuple[str, str], ...]:
    headers = [("Vary", "origin")]
    origin = _header(request, "Origin")
    if not origin:
        return tuple(headers)
    try:
        split = urlsplit(origin)
    except ValueError:
        return tuple(headers)
    allowed_by = _allowed_by(policy, origin, split)
    if allowed_by is None:
        return tuple(headers)
    credentials = policy.credentials.known()
    wildcard = isinstance(allowed_by, AnyOrigin) and not credentials
    headers.append(("Access-Control-Allow-Origin", "*" if wildcard else origin))
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", _text(detail, "CORS_EXPOSE_HEADERS", exposed)))
    if request.method == "OPTIONS":
        allowed_headers, methods = policy.headers.known() or (), policy.methods.known() or ()
        headers.append(("Access-Control-Allow-Headers", _text(detail, "CORS_ALLOW_HEADERS", allowed_headers)))
        headers.append(("Access-Control-Allow-Methods", _text(detail, "CORS_ALLOW_METHODS", methods)))
        if (max_age := policy.max_age.known()) is not None:
            headers.append(("Access-Control-Max-Age", _text(detail, "CORS_PREFLIGHT_MAX_AGE", max_age)))
    if _header(request, "Access-Control-Request-Private-Network") == "true" and policy.private_network.known():
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return tuple(headers)


def _allowed_by(policy: Policy, origin: str, split: SplitResult) -> object | None:
    """The entry that lets the origin in: those of the list first, then the patterns in their order.

    Raises _BrokenSettingError for an entry that the middleware cannot read.
    """
    entries = policy.origins.known().entries
    for entry in entries:
        if isinstance(entry, Null) and origin == "null":
            return entry
    for entry in entries:
        # The whole list is split before the first comparison.
        if isinstance(entry, Exact) and split_origin(entry.text) is None:
            raise _BrokenSettingError
    undecided: Undecided | None = None
    for entry in entries:
        match entry:
            case AnyOrigin() | Reflected():
                return entry
            case Null():
                if not split.scheme and not split.netloc:
                    return entry
            case Exact():
                listed = split_origin(entry.text)
                if listed and any(listed) and listed == (split.scheme, split.netloc):
                    return entry
            case Pattern():
                if not compiles(entry.text):
                    raise _BrokenSettingError
                if accepts(entry, origin):
                    return entry
            case Undecided():
                undecided = entry
    if undecided is not None:
        raise UndecidedError(undecided.reason)
    return None


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
