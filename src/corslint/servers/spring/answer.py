"""What Spring answers: DefaultCorsProcessor with CorsConfiguration.

https://github.com/spring-projects/spring-framework/blob/v6.2.0/spring-web/src/main/java/org/springframework/web/cors/reactive/DefaultCorsProcessor.java
https://github.com/spring-projects/spring-framework/blob/v6.2.0/spring-web/src/main/java/org/springframework/web/cors/CorsConfiguration.java
The processor of the servlet stack answers the same, but for the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Undecided, UndecidedError, accepts
from corslint.policy import Policy

DEFAULT_METHODS = ("GET", "HEAD")
_VARY = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    refuses_any: bool = True
    """Whether `*` in allowed-origins fails once credentials are on; older releases repeat the request's origin."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where a value that is not known yet decides.
    """
    headers = [("Vary", name) for name in _VARY]
    origin = _header(request, "Origin")
    if not origin or _is_same(origin, request.url):
        return Response(status, tuple(headers))
    wanted = _header(request, "Access-Control-Request-Method")
    is_preflight = request.method == "OPTIONS" and bool(wanted)
    try:
        allowed = _origin(policy, origin)
    except _RejectedError:
        return Response(500, tuple(headers))
    methods = _methods(policy, wanted if is_preflight else request.method)
    asked = _split(_header(request, "Access-Control-Request-Headers"))
    names = _names(policy, asked)
    if allowed is None or methods is None or (is_preflight and names is None):
        return Response(403, tuple(headers))
    headers.append(("Access-Control-Allow-Origin", allowed))
    if is_preflight:
        headers.append(("Access-Control-Allow-Methods", ",".join(methods)))
        if names:
            headers.append(("Access-Control-Allow-Headers", ", ".join(names)))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    if policy.credentials.known() is True:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if policy.private_network.known() and _header(request, "Access-Control-Request-Private-Network").lower() == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    if is_preflight and (seconds := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    return Response(200 if is_preflight else status, tuple(headers))


class _RejectedError(Exception):
    """Raised where Spring throws an exception of its own."""


def _origin(policy: Policy, origin: str) -> str | None:
    """`checkOrigin`: the Allow-Origin; None where the origin is refused."""
    undecided: Undecided | None = None
    # A slash at the end is taken off what comes in, too.
    asked = origin.removesuffix("/")
    entries = policy.origins.known().entries
    for entry in sorted(entries, key=lambda entry: not isinstance(entry, AnyOrigin)):
        if isinstance(entry, Undecided):
            undecided = entry
        elif isinstance(entry, AnyOrigin):
            return _any(policy, origin)
        elif accepts(entry, asked):
            return origin
    if undecided is not None:
        raise UndecidedError(undecided.reason)
    return None


def _any(policy: Policy, origin: str) -> str:
    """What `*` in allowed-origins gives."""
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if policy.credentials.known() is not True:
        if detail.refuses_any and policy.private_network.known():
            raise _RejectedError
        return "*"
    if detail.refuses_any:
        raise _RejectedError
    return origin


def _methods(policy: Policy, method: str) -> tuple[str, ...] | None:
    allowed = policy.methods.known() or DEFAULT_METHODS
    if "*" in allowed:
        return (method,)
    return allowed if method in allowed else None


def _names(policy: Policy, asked: tuple[str, ...]) -> tuple[str, ...] | None:
    """`checkHeaders`: those of the requested headers that are allowed; None where there are some, and none is."""
    allowed = policy.headers.known() or ()
    if not asked or "*" in allowed:
        return asked
    lower = {name.lower() for name in allowed}
    return tuple(name for name in asked if name.lower() in lower) or None


def _split(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _header(request: Request, name: str) -> str:
    return next((value for header, value in request.headers if header.lower() == name.lower()), "")


def _is_same(origin: str, url: str) -> bool:
    """Whether a page of this origin shares it with the URL; then Spring adds nothing."""
    parts = urlsplit(url)
    return origin == f"{parts.scheme}://{parts.netloc}"
