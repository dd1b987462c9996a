"""What Kong's plugin answers.

https://github.com/Kong/kong/blob/22246ef28c16842098369b494eef879222e30c7b/kong/plugins/cors/handler.lua
as it is since 3.8. Answers to preflights are given ahead of every plugin that asks for a login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Exact, Null, Undecided, UndecidedError, accepts
from corslint.policy import Policy

_PORTS = {"http": "80", "https": "443"}
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/@]*@)?([^/:]*)(?::([0-9]*))?)?")


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    continues: bool = False
    """Whether preflights go to the application, whose answer gets no header either."""
    needs_origin: bool = False
    """Whether a request without Origin gets no header."""
    is_closed: bool = False
    """Whether no route takes OPTIONS."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where a value that is not known yet decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    origin, wanted = _header(request, "Origin"), _header(request, "Access-Control-Request-Method")
    if request.method == "OPTIONS" and detail.is_closed:
        return Response(404, ())
    if request.method == "OPTIONS" and origin and wanted is not None:
        if detail.continues:
            return Response(status, ())
        return Response(200, tuple(_preflight(policy, request, origin)))
    if not origin and detail.needs_origin:
        return Response(status, ())
    headers = _common(policy, origin or "")
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    return Response(status, tuple(headers))


def _preflight(policy: Policy, request: Request, origin: str) -> list[tuple[str, str]]:
    headers = _common(policy, origin)
    names = policy.headers.known()
    value = ",".join(names) if names else _header(request, "Access-Control-Request-Headers")
    if value is not None:
        headers.append(("Access-Control-Allow-Headers", value))
    headers.append(("Access-Control-Allow-Methods", ",".join(policy.methods.known() or ())))
    if (seconds := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    if policy.private_network.known() and _header(request, "Access-Control-Request-Private-Network") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers


def _common(policy: Policy, origin: str) -> list[tuple[str, str]]:
    """`configure_origin` and `configure_credentials`."""
    credentials = policy.credentials.known() is True
    entries = policy.origins.known().entries
    allows_all = any(isinstance(entry, AnyOrigin) for entry in entries)
    if allows_all and credentials and origin:
        headers = [("Vary", "Origin"), ("Access-Control-Allow-Origin", origin)]
    elif allows_all and len(entries) == 1:
        headers = [("Access-Control-Allow-Origin", "*")]
    elif allows_all:
        headers = [("Vary", "Origin"), *([("Access-Control-Allow-Origin", "*")] if origin else [])]
    else:
        told = _told(entries, origin)
        headers = [("Vary", "Origin"), *([("Access-Control-Allow-Origin", told)] if told is not None else [])]
    if credentials and (not allows_all or origin):
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers


def _told(entries: tuple[Entry, ...], origin: str) -> str | None:
    """The Allow-Origin of a list: its one origin for everybody, or the origin that asks if one of them matches."""
    if len(entries) == 1 and isinstance(one := entries[0], Exact | Null):
        return "null" if isinstance(one, Null) else one.text
    undecided: str | None = None
    asking = normalised(origin)
    for entry in entries if origin else ():
        if isinstance(entry, Undecided):
            undecided = entry.reason
        elif asking == normalised(entry.text) if isinstance(entry, Exact) else accepts(entry, asking):
            return asking
    if undecided is not None:
        raise UndecidedError(undecided)
    return None


def normalised(text: str) -> str:
    """`normalize_origin`: scheme, host and port, without the default one and without a path; else the text itself."""
    found = _URL.match(text)
    scheme, host, port = found.groups() if found else (None, None, None)
    if not host:
        return text
    port = None if scheme and port == _PORTS.get(scheme) else port
    return (f"{scheme}://" if scheme else "") + host + (f":{port}" if port else "")


def _header(request: Request, name: str) -> str | None:
    return next((value for header, value in request.headers if header.lower() == name.lower()), None)
