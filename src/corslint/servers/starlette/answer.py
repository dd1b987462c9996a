"""What Starlette's CORSMiddleware answers.

https://github.com/Kludex/starlette/blob/1.10.0/starlette/middleware/cors.py, methods `__call__`, `preflight_response`
and `send`; for what older releases do otherwise see `versions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins
from corslint.policy import Policy
from corslint.servers.starlette.versions import Behaviour, behaviour


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    methods_from_text: frozenset[tuple[str, ...]] = frozenset()
    """Values of `methods` that were written as one str: the requested method is sought in that text."""
    rejected: bool = False
    """Whether the class raises, so that every request ends in an error."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer.

    `status` is what the application answers; 500 stands for an exception that nobody handles, which is answered
    outside of the middleware (unless it wraps the whole application). Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if detail.rejected:
        return Response(500)
    answer = _answer(policy, detail, request, status)
    return answer if _is_sendable(answer) else Response(500)


def _answer(policy: Policy, detail: Detail, request: Request, status: int) -> Response:
    how = behaviour(policy.version)
    origin = _header(request, "Origin")
    if origin is not None and request.method == "OPTIONS":
        method = _header(request, "Access-Control-Request-Method")
        if method is not None:
            return _preflight(policy, detail, how, request, origin, method)
    if status == 500 and not policy.on_errors.known():
        return Response(status)
    return Response(status, _simple(policy, how, request, origin))


def _simple(policy: Policy, how: Behaviour, request: Request, origin: str | None) -> tuple[tuple[str, str], ...]:
    vary = (("Vary", "Origin"),)
    if origin is None:
        return vary if how.always_varies else ()
    origins = policy.origins.known()
    credentials = bool(policy.credentials.known())
    headers: list[tuple[str, str]] = []
    if is_open(origins):
        repeats = _carries_cookie(request) if how.repeats_to == "cookies" else credentials
        headers.append(("Access-Control-Allow-Origin", origin if repeats else "*"))
        varies = repeats and how.varies_with_star
    else:
        varies = origins.match(origin) is not None
        headers.extend([("Access-Control-Allow-Origin", origin)] if varies else [])
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    return (*headers, *(vary if varies or how.always_varies else ()))


def _preflight(
    policy: Policy, detail: Detail, how: Behaviour, request: Request, origin: str, requested_method: str
) -> Response:
    origins = policy.origins.known()
    credentials = bool(policy.credentials.known())
    methods = policy.methods.known() or ()
    allowed_headers = policy.headers.known() or ()
    requested_headers = _header(request, "Access-Control-Request-Headers")
    private_network = _header(request, "Access-Control-Request-Private-Network")

    refused = False
    headers: list[tuple[str, str]] = []
    repeats = not is_open(origins) or (credentials and how.repeats_to_preflights)
    if repeats or how.always_varies:
        headers.append(("Vary", how.preflight_vary))
    if not repeats:
        headers.append(("Access-Control-Allow-Origin", "*"))
    elif origins.match(origin) is not None:
        headers.append(("Access-Control-Allow-Origin", origin))
    else:
        refused = True
    headers.append(("Access-Control-Allow-Methods", ", ".join(methods)))
    headers.append(("Access-Control-Max-Age", str(policy.max_age.known())))
    if methods in detail.methods_from_text:
        refused = refused or requested_method not in "".join(methods)
    else:
        refused = refused or requested_method not in methods

    if allowed_headers == ("*",):
        if requested_headers is not None:
            headers.append(("Access-Control-Allow-Headers", requested_headers))
    else:
        if allowed_headers:
            headers.append(("Access-Control-Allow-Headers", ", ".join(allowed_headers)))
        if requested_headers is not None:
            listed = {name.lower() for name in allowed_headers}
            refused = refused or any(name.strip() not in listed for name in requested_headers.lower().split(","))
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if private_network is not None and "allow_private_network" in how.options:
        if policy.private_network.known():
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        else:
            refused = True
    return Response(400 if refused else 200, tuple(headers))


def is_open(origins: Origins) -> bool:
    """Whether `*` is among the allowed origins; then nothing else about the origin is looked at."""
    return any(isinstance(entry, AnyOrigin) for entry in origins.entries)


def _is_sendable(answer: Response) -> bool:
    """Whether the headers can be encoded; where not, the middleware fails and an error page takes its place.

    https://github.com/Kludex/starlette/blob/1.10.0/starlette/datastructures.py, `MutableHeaders.__setitem__`
    """
    return all(ord(character) < 256 for _, value in answer.headers for character in value)


def _carries_cookie(request: Request) -> bool:
    """Whether a request has cookies; one that a browser sends with credentials is taken to, as after a login."""
    return request.credentials == "include" or _header(request, "Cookie") is not None


def _header(request: Request, name: str) -> str | None:
    for given, value in request.headers:
        if given.lower() == name.lower():
            return value
    return None
