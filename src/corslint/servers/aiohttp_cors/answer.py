"""What aiohttp-cors answers on a route that it was added to.

https://github.com/aio-libs/aiohttp-cors/blob/v0.8.1/aiohttp_cors/cors_config.py, `_on_response_prepare`, and
https://github.com/aio-libs/aiohttp-cors/blob/v0.8.1/aiohttp_cors/preflight_handler.py. All releases
from 0.5 on answer alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.policy import Policy, Setting
from corslint.values import Known

ALL_THERE_ARE = ("Content-Length", "Date", "Server")
"""What `expose_headers="*"` names at least: the headers of the answer at hand, of which aiohttp itself sets these."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    rejected: bool = False
    """Whether the application does not start."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; `status` is what the application answers, also for an exception.

    Each method is taken to have a route that was added: those are allowed whatever `allow_methods` says. Raises
    UndecidedError where run time decides.
    """
    if isinstance(policy.detail, Detail) and policy.detail.rejected:
        return Response(500)
    origin = _header(request, "Origin")
    if request.method == "OPTIONS":
        return _preflight(policy, request, origin)
    if origin is None or policy.origins.known().match(origin) is None:
        return Response(status)
    headers: list[tuple[str, str]] = []
    exposed = policy.exposed.known()
    if exposed:
        names = ALL_THERE_ARE if _stands_for_all(policy.exposed) else exposed
        headers.append(("Access-Control-Expose-Headers", ",".join(names)))
    headers.append(("Access-Control-Allow-Origin", origin))
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return Response(status, tuple(headers))


def _preflight(policy: Policy, request: Request, origin: str | None) -> Response:
    method = _header(request, "Access-Control-Request-Method")
    if origin is None or method is None or policy.origins.known().match(origin) is None:
        return Response(403)
    requested = [
        stripped.upper()
        for name in (_header(request, "Access-Control-Request-Headers") or "").split(",")
        if (stripped := name.strip(" \t"))
    ]
    allowed = (policy.headers.known() or ()) if requested else ()
    if not _stands_for_all(policy.headers) and not {*requested} <= {name.upper() for name in allowed}:
        return Response(403)
    headers = [("Access-Control-Allow-Origin", origin)]
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if (seconds := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    headers.append(("Access-Control-Allow-Methods", method))
    if requested:
        headers.append(("Access-Control-Allow-Headers", ",".join(sorted({*requested}))))
    return Response(200, tuple(headers))


def _stands_for_all(setting: Setting[tuple[str, ...] | None]) -> bool:
    """Whether the text `*` is given; in a list it is a name like any other."""
    return isinstance(setting.written, Known) and setting.written.value == "*"


def _header(request: Request, name: str) -> str | None:
    for given, value in request.headers:
        if given.lower() == name.lower():
            return value
    return None
