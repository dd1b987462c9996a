"""What Sanic Extensions answer.

https://github.com/sanic-org/sanic-ext/blob/v25.12.0/sanic_ext/extensions/http/cors.py, function `add_cors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins, UndecidedError
from corslint.policy import Policy
from corslint.servers.sanic_ext.versions import behaviour
from corslint.values import Known, Unknown, Value

T = TypeVar("T")

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What a route takes that takes everything."""


@dataclass(frozen=True, slots=True)
class Written(Origins):
    """Origins, and the text that they were written as."""

    text: str | None = None
    """None where they are no text."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    always_send: Value[bool] = Known(True)  # noqa: RUF009 - frozen
    """Whether a request without an Origin header gets headers too."""
    automatic_options: Value[bool] = Known(True)  # noqa: RUF009 - frozen
    """Whether preflights are answered; else OPTIONS gets the headers that every answer has."""
    send_wildcard: Value[bool] = Known(False)  # noqa: RUF009 - frozen
    """Whether a policy for every origin says `*` instead of repeating the origin."""
    starts_with_star: bool = False
    """Whether `*` and credentials go together, as they do where a route says so and not the application."""
    refused: bool = False
    """Whether the application does not start, for a reason that origins and credentials do not show."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer of a route that takes every method.

    `status` is what the route answers; OPTIONS is answered by the extension. What keeps the application from starting
    is a 500. Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if detail.refused:
        return Response(500)
    origins = policy.origins.known()
    is_star = isinstance(origins, Written) and origins.text == "*" and not detail.starts_with_star
    if is_star and policy.credentials.known():
        return Response(500)
    is_options = request.method == "OPTIONS"
    status = 204 if is_options else status
    is_preflight = is_options and _known(detail.automatic_options)
    if is_preflight and not _header(request, "Access-Control-Request-Method"):
        return Response(status)
    allowed = _allowed_origin(origins, detail, _header(request, "Origin"))
    if not allowed:
        return Response(status)
    headers = [("Access-Control-Allow-Origin", allowed)]
    with_credentials = _carries_credentials(request)
    if exposed := policy.exposed.known():
        headers.append(
            ("Access-Control-Expose-Headers", "*" if "*" in exposed and not with_credentials else ",".join(exposed))
        )
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    how = behaviour(policy.version)
    if len(origins.entries) > 1 if how.varies == "several" else allowed != "*":
        headers.append(("Vary", "origin"))
    if is_preflight:
        headers += _preflight_headers(policy, request, with_credentials)
    return Response(status, tuple(headers))


def _allowed_origin(origins: Origins, detail: Detail, origin: str | None) -> str:
    is_open = any(isinstance(entry, AnyOrigin) for entry in origins.entries)
    if origin:
        if is_open and _known(detail.send_wildcard):
            return "*"
        return origin if origins.match(origin) is not None else ""
    if not _known(detail.always_send):
        return ""
    if is_open:
        return "*"
    text = origins.text if isinstance(origins, Written) else None
    return text if text is not None and "," not in text else ""


def _preflight_headers(policy: Policy, request: Request, with_credentials: bool) -> list[tuple[str, str]]:
    headers = []
    if (max_age := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(max_age)))
    allowed = policy.headers.known() or ()
    asked = {name.strip().lower() for name in (_header(request, "Access-Control-Request-Headers") or "").split(",")}
    names = ["*"] if "*" in allowed and not with_credentials else sorted(asked.intersection(allowed))
    if names:
        headers.append(("Access-Control-Allow-Headers", ",".join(names)))
    given = policy.methods.known()
    if given and "*" in given and not with_credentials:
        methods: list[str] = ["*"]
    else:
        methods = [name for name in METHODS if not given or name in given]
    if methods:
        headers.append(("Access-Control-Allow-Methods", ",".join(methods)))
    return headers


def _carries_credentials(request: Request) -> bool:
    """Whether a request has a login or cookies; one that a browser sends with credentials is taken to have some."""
    is_sent = request.credentials == "include" and request.method != "OPTIONS"
    return is_sent or any(_header(request, name) for name in ("Authorization", "Cookie"))


def _known(value: Value[T]) -> T:
    if isinstance(value, Known):
        return value.value
    raise UndecidedError(value.reason if isinstance(value, Unknown) else "it depends")


def _header(request: Request, name: str) -> str | None:
    return next((value for given, value in request.headers if given.lower() == name.lower()), None)
