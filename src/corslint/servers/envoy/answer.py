"""What Envoy's CORS filter answers.

https://github.com/envoyproxy/envoy/blob/v1.40.0/source/extensions/filters/http/cors/cors_filter.cc. An origin that is
let in is repeated, never told as `*`; no `Vary` is sent; what the application sends under these names is replaced,
whatever its status, and also where Envoy itself answers with an error. A `*` that stands alone for methods or headers
is replaced by what is asked for: https://github.com/envoyproxy/envoy/issues/36066 says so of 1.31, and older releases
are not told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.origins import Entry, Undecided, UndecidedError, accepts
from corslint.policy import Policy

_NAMES = (("methods", "Methods", "Method"), ("headers", "Headers", "Headers"))


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    forwards: bool = True
    """Whether preflights of origins that are not let in go to the application."""
    is_dead: bool = False
    """Whether the filter never sees a request of this route."""
    turned_away: int | None = None
    """The status with which a filter ahead of it answers every preflight, or the router for want of a route."""
    is_passed_by: bool = False
    """Whether preflights take another route, so that the application answers them."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where a value that is not known yet decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    origin = _header(request, "Origin")
    wanted = _header(request, "Access-Control-Request-Method")
    is_preflight = request.method == "OPTIONS" and bool(origin) and bool(wanted)
    if is_preflight and detail.turned_away is not None:
        return Response(detail.turned_away, ())
    if request.method == "OPTIONS" and detail.is_passed_by:
        return Response(status, ())
    is_let_in = bool(origin) and not detail.is_dead and _lets_in(policy.origins.known().entries, origin)
    if is_preflight and not detail.is_dead and (is_let_in or not detail.forwards):
        return Response(200, tuple(_preflight(policy, request, origin if is_let_in else None)))
    headers = list(_simple(policy, origin)) if is_let_in else []
    if policy.vary.known():
        headers.append(("Vary", "Origin"))
    return Response(status, tuple(headers))


def _lets_in(entries: tuple[Entry, ...], origin: str) -> bool:
    """Whether an entry matches; one that matches `*` is AnyOrigin already."""
    undecided: str | None = None
    for entry in entries:
        if isinstance(entry, Undecided):
            undecided = entry.reason
        elif accepts(entry, origin):
            return True
    if undecided is not None:
        raise UndecidedError(undecided)
    return False


def _simple(policy: Policy, origin: str) -> list[tuple[str, str]]:
    headers = [("Access-Control-Allow-Origin", origin)]
    if policy.credentials.known() is True:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    return headers


def _preflight(policy: Policy, request: Request, origin: str | None) -> list[tuple[str, str]]:
    headers = [] if origin is None else _simple(policy, origin)
    if origin is None and policy.credentials.known() is True:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    for setting, name, asked in _NAMES:
        if names := getattr(policy, setting).known():
            # Alone, `*` stands for whatever is asked for; if nothing is, an empty header is sent.
            value = _header(request, f"Access-Control-Request-{asked}") if names == ("*",) else ",".join(names)
            headers.append((f"Access-Control-Allow-{name}", value))
    if (seconds := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    if policy.private_network.known() and _header(request, "Access-Control-Request-Private-Network") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers


def _header(request: Request, name: str) -> str:
    return next((value for header, value in request.headers if header.lower() == name.lower()), "")
