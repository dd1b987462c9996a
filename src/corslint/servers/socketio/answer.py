"""What a Socket.IO server answers over HTTP: to polling, and to the preflights before it.

https://github.com/miguelgrinberg/python-engineio/blob/v4.15.1/src/engineio/base_server.py, methods
`_cors_allowed_origins` and `_cors_headers`, and `handle_request` in server.py and async_server.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins
from corslint.policy import Policy
from corslint.servers.socketio.versions import behaviour

METHODS = ("OPTIONS", "GET", "POST")
"""What every preflight is told; other methods are a 405."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    is_async: bool = False
    """Whether it is an `AsyncServer`, which adds headers also when it refuses an origin: all but Allow-Origin."""


@dataclass(frozen=True, slots=True)
class Allowed(Origins):
    """What the origin of a request is compared with, where that is no list of origins."""

    by: Literal["own", "nothing", "failure"] = "own"
    """`own`: the scheme and host of the request itself; `nothing`: there is no comparison, and no header either;
    `failure`: the comparison raises an exception."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer to a request of a Socket.IO client.

    `status` is what becomes of the session that the request belongs to: 200, 400 for one that is not known, 401 for one
    that a `connect` handler turns away. Raises UndecidedError where run time decides.
    """
    how = behaviour(policy.version)
    origins = policy.origins.known()
    status = _status(request, status)
    by = origins.by if isinstance(origins, Allowed) else None
    if by == "nothing":
        return Response(status)
    origin = _header(request, "Origin")
    if by == "failure" and (origin is not None or how.takes_star_in_list or not how.checks_origin):
        return Response(500)
    is_allowed = _is_allowed(origins, request, origin)
    if how.checks_origin:
        if origin and not is_allowed:
            status = 400
            if not (isinstance(policy.detail, Detail) and policy.detail.is_async):
                return Response(status)
    elif not is_allowed:
        return Response(status)
    headers: list[tuple[str, str]] = []
    if origin is not None and is_allowed:
        headers.append(("Access-Control-Allow-Origin", origin))
    elif not how.checks_origin:
        headers.append(("Access-Control-Allow-Origin", "*"))
    if request.method == "OPTIONS":
        headers.append(("Access-Control-Allow-Methods", ", ".join(METHODS)))
    if (asked := _header(request, "Access-Control-Request-Headers")) is not None:
        headers.append(("Access-Control-Allow-Headers", asked))
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return Response(status, tuple(headers))


def _status(request: Request, status: int) -> int:
    if request.method == "OPTIONS":
        return 200
    return status if request.method in METHODS else 405


def _is_allowed(origins: Origins, request: Request, origin: str | None) -> bool:
    if isinstance(origins, Allowed) and origins.by == "own":
        url = urlsplit(request.url)
        return origin == f"{url.scheme}://{url.netloc}"
    if any(isinstance(entry, AnyOrigin) for entry in origins.entries):
        return True
    return origins.match(origin or "") is not None


def _header(request: Request, name: str) -> str | None:
    return next((value for given, value in request.headers if given.lower() == name.lower()), None)
