"""What Litestar's CORS middleware answers.

https://github.com/litestar-org/litestar/blob/v2.25.0/litestar/middleware/_internal/cors.py and
https://github.com/litestar-org/litestar/blob/v2.25.0/litestar/config/cors.py; before 2.9 preflights are answered in
https://github.com/litestar-org/litestar/blob/v2.8.0/litestar/routes/http.py, `create_options_handler`. For what else
older releases do otherwise see `versions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins
from corslint.policy import Policy, Setting
from corslint.servers.litestar.versions import Behaviour, behaviour
from corslint.values import Known

SAFELISTED_HEADERS = frozenset({"Accept", "Accept-Language", "Content-Language", "Content-Type"})
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What `*` in `allow_methods` stands for in a preflight."""


Moment: TypeAlias = Literal["start", "preflights", "answers"]
"""When CORSConfig raises: when it is made, with each preflight, or with each other answer to an Origin."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    fails: frozenset[Moment] = frozenset()
    """When it raises."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; `status` is what the application answers, whatever raises it.

    Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    origin = _header(request, "Origin")
    asked: Moment = "preflights" if request.method == "OPTIONS" else "answers"
    how = behaviour(policy.version)
    if "start" in detail.fails or (origin and asked in detail.fails):
        if origin and how.preflight_by == "route" and detail.fails == {"preflights"}:
            # The error page is an answer like any other.
            return Response(500, tuple(_added(policy, how, request, origin, {}).items()))
        return Response(500)
    if not origin:
        return Response(status)
    if request.method != "OPTIONS":
        answer = Response(status, tuple(_added(policy, how, request, origin, {}).items()))
    else:
        answer = _preflight(policy, how, request, origin)
        if how.preflight_by == "route":
            added = _added(policy, how, request, origin, dict(answer.headers))
            answer = Response(answer.status, tuple(added.items()))
    return answer if _is_sendable(answer) else Response(500)


def _added(policy: Policy, how: Behaviour, request: Request, origin: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers of an answer, with those that the middleware puts there."""
    origins = policy.origins.known()
    if is_open(origins):
        headers["Access-Control-Allow-Origin"] = "*"
    if policy.credentials.known():
        headers["Access-Control-Allow-Credentials"] = "true"
    if exposed := policy.exposed.known():
        headers["Access-Control-Expose-Headers"] = ", ".join(sorted(set(exposed)))
    if _carries_cookie(request) if is_open(origins) else origins.match(origin) is not None:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Vary"] = "Origin"
    if how.names_lists == "never":
        return headers
    for name, names in (("Headers", policy.headers.known()), ("Methods", policy.methods.known())):
        header = f"Access-Control-Allow-{name}"
        if how.names_lists == "always" or (names and not headers.get(header)):
            headers[header] = ", ".join(sorted(set(names or ())))
    return headers


def _preflight(policy: Policy, how: Behaviour, request: Request, origin: str) -> Response:
    origins = policy.origins.known()
    methods, allowed = policy.methods.known() or (), policy.headers.known() or ()
    requested_method = _header(request, "Access-Control-Request-Method")
    requested = [
        stripped
        for name in (_header(request, "Access-Control-Request-Headers") or "").split(",")
        if (stripped := name.strip())
    ]
    refused = origins.match(origin) is None
    if requested_method and not _holds_star(policy.methods):
        text = _text(policy.methods)
        refused = refused or requested_method not in (methods if text is None else text)

    headers = {"Access-Control-Max-Age": str(policy.max_age.known())}
    headers["Access-Control-Allow-Origin"] = "*" if is_open(origins) else origin
    if not is_open(origins):
        headers["Vary"] = "Origin"
    if policy.credentials.known():
        headers["Access-Control-Allow-Credentials"] = _as_text(policy.credentials)
    if not _holds_star(policy.headers):
        headers["Access-Control-Allow-Headers"] = ", ".join(sorted({*allowed, *SAFELISTED_HEADERS}))
        known = {*allowed, *(map(str.lower, SAFELISTED_HEADERS) if how.safelists_preflights else ())}
        refused = refused or any(name.lower() not in known for name in requested)
    elif requested:
        headers["Access-Control-Allow-Headers"] = ", ".join(sorted({*requested, *SAFELISTED_HEADERS}))
    if methods:
        listed = METHODS if _holds_star(policy.methods) else sorted(set(methods))
        headers["Access-Control-Allow-Methods"] = ", ".join(listed)
    return Response(400) if refused else Response(204, tuple(headers.items()))


def is_open(origins: Origins) -> bool:
    """Whether `*` is among the allowed origins; then nothing else about the origin is looked at."""
    return any(isinstance(entry, AnyOrigin) for entry in origins.entries)


def _holds_star(setting: Setting[tuple[str, ...] | None]) -> bool:
    return "*" in (setting.known() or ())


def _text(setting: Setting[tuple[str, ...] | None]) -> str | None:
    """The text that stands in the place of a list: then a part of it is sought."""
    written = setting.written.value if isinstance(setting.written, Known) else None
    return written if isinstance(written, str) else None


def _as_text(credentials: Setting[bool | str | None]) -> str:
    """What a preflight is told of credentials that are allowed: whatever counts as true, as a text in lower case."""
    written = credentials.written.value if isinstance(credentials.written, Known) else True
    return str(written).lower() if isinstance(written, str | int | float) and written else "true"


def _is_sendable(answer: Response) -> bool:
    """Whether the headers can be encoded; where not, an error page takes their place."""
    return all(ord(character) < 256 for _, value in answer.headers for character in value)


def _carries_cookie(request: Request) -> bool:
    """Whether a request has cookies; one that a browser sends with credentials is taken to, as after a login."""
    return request.credentials == "include" or _header(request, "Cookie") is not None


def _header(request: Request, name: str) -> str | None:
    for given, value in request.headers:
        if given.lower() == name.lower():
            return value
    return None
