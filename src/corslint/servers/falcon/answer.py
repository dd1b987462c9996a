"""What Falcon's CORSMiddleware answers.

https://github.com/falconry/falcon/blob/4.4.0/falcon/middleware.py, `CORSMiddleware.process_response`
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.iteration import elements
from corslint.origins import AnyOrigin
from corslint.policy import Policy
from corslint.values import Known

MAX_AGE = 86400
"""Seconds for which every preflight may be remembered."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    rejected: bool = False
    """Whether the application does not start."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; `status` is what the application answers, also for an exception.

    OPTIONS is answered by Falcon itself, for a resource that takes `policy.preflight.takes`, or where that is not known
    whatever is asked for. Raises UndecidedError where run time decides.
    """
    if isinstance(policy.detail, Detail) and policy.detail.rejected:
        return Response(500)
    if request.method == "OPTIONS":
        status = 200
    origin = _header(request, "Origin")
    origins = policy.origins.known()
    if origin is None or origins.match(origin) is None:
        return Response(status)
    is_open = any(isinstance(entry, AnyOrigin) for entry in origins.entries)
    headers: list[tuple[str, str]] = []
    if policy.credentials.known() and _with_credentials(policy, origin):
        headers.append(("Access-Control-Allow-Credentials", "true"))
        is_open = False
    headers.append(("Access-Control-Allow-Origin", "*" if is_open else origin))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    method = _header(request, "Access-Control-Request-Method")
    if request.method == "OPTIONS" and method:
        requested = _header(request, "Access-Control-Request-Headers")
        headers.append(("Access-Control-Allow-Methods", ", ".join(policy.preflight.takes or (method,))))
        headers.append(("Access-Control-Allow-Headers", "*" if requested is None else requested))
        headers.append(("Access-Control-Max-Age", str(MAX_AGE)))
        if _header(request, "Access-Control-Request-Private-Network") == "true" and policy.private_network.known():
            headers.append(("Access-Control-Allow-Private-Network", "true"))
    return Response(status, tuple(headers))


def _with_credentials(policy: Policy, origin: str) -> bool:
    """Whether this origin is one of those that `allow_credentials` names, if it names any."""
    written = policy.credentials.written
    if not isinstance(written, Known) or isinstance(written.value, str):
        return not isinstance(written, Known) or written.value in ("*", origin)
    return any(isinstance(one, Known) and one.value == origin for one in elements(written))


def _header(request: Request, name: str) -> str | None:
    for given, value in request.headers:
        if given.lower() == name.lower():
            return value
    return None
