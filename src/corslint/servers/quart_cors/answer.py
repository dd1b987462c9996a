"""What Quart-CORS answers.

https://github.com/pgjones/quart-cors/blob/0.8.0/src/quart_cors/__init__.py, function `_apply_cors`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeVar

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins, UndecidedError
from corslint.policy import Policy
from corslint.servers.quart_cors.versions import behaviour
from corslint.values import Known, Unknown, Value

T = TypeVar("T")

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    send_wildcard: Value[bool] = Known(True)  # noqa: RUF009 - frozen
    """Whether a policy for every origin says `*` instead of repeating the origin."""
    excludes_star: Value[bool] = Known(False)  # noqa: RUF009 - frozen
    """Whether what is given for credentials counts as true, be it True or not: then `*` fails with every request."""
    options: Literal["extension", "decorator", "view", "nobody"] = "extension"
    """Who answers OPTIONS: Quart, and the extension adds its headers; the decorator itself; the view below it; or Quart
    before the decorator is reached, which then does nothing at all."""
    refused: bool = False
    """Whether every request fails, for a reason that origins and credentials do not show."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer.

    `status` is what Quart answers, for OPTIONS too: 200 wherever the URL has a route. An error under `@route_cors` is
    taken as raised (`abort`, an exception), not returned. Raises UndecidedError where run time decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if detail.options == "nobody":
        return Response(status)
    if request.method == "OPTIONS" and detail.options == "decorator":
        status = 200
    if status >= 400 and not policy.on_errors.known():
        return Response(status)
    if detail.refused:
        return Response(500)
    origins = policy.origins.known()
    is_open = any(isinstance(entry, AnyOrigin) for entry in origins.entries)
    if is_open and _known(detail.excludes_star):
        return Response(500)
    how = behaviour(policy.version)
    allowed = _allowed_origin(origins, _header(request, "Origin"), is_open and _known(detail.send_wildcard))
    vary = (("Vary", "Origin"),) if allowed != "*" and (allowed or how.varies_always) else ()
    if not allowed:
        return Response(status, vary)
    headers = [("Access-Control-Allow-Origin", allowed)]
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    exposed = policy.exposed.known()
    # The default is a list with an empty name, which is written as two quotes; without any, the header is empty.
    headers.append(("Access-Control-Expose-Headers", "" if exposed is None else _joined(exposed or ("",))))
    if request.method == "OPTIONS":
        headers += _preflight_headers(policy, request)
    return Response(status, (*headers, *vary))


def _allowed_origin(origins: Origins, origin: str | None, sends_star: bool) -> str | None:
    if not origin:
        return None
    if sends_star:
        return "*"
    return origin if origins.match(origin) is not None else None


def _preflight_headers(policy: Policy, request: Request) -> list[tuple[str, str]]:
    method = _header(request, "Access-Control-Request-Method")
    methods = policy.methods.known() or ()
    if not method or not _has(methods, method):
        return []
    headers = []
    allowed = policy.headers.known() or ()
    text = _header(request, "Access-Control-Request-Headers") or ""
    asked = [name for part in text.split(",") if (name := part.strip().strip('"'))]
    if "*" not in allowed:
        listed = {name.lower() for name in allowed}
        asked = sorted({name.lower() for name in asked} & listed)
    headers.append(("Access-Control-Allow-Headers", _joined(tuple(asked))))
    headers.append(("Access-Control-Allow-Methods", _joined(methods)))
    if (max_age := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(max_age)))
    return headers


def _has(methods: tuple[str, ...], method: str) -> bool:
    return "*" in methods or method.lower() in {name.lower() for name in methods}


def _joined(names: tuple[str, ...]) -> str:
    """The names as werkzeug's `HeaderSet` writes them: what is no token in quotes."""
    return ", ".join(name if _TOKEN.match(name) else f'"{name}"' for name in names)


def _known(value: Value[T]) -> T:
    if isinstance(value, Known):
        return value.value
    raise UndecidedError(value.reason if isinstance(value, Unknown) else "it depends")


def _header(request: Request, name: str) -> str | None:
    return next((value for given, value in request.headers if given.lower() == name.lower()), None)
