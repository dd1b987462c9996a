"""What the middleware answers: pkg/middlewares/headers/header.go.

https://github.com/traefik/traefik/blob/v3.7.9/pkg/middlewares/headers/header.go, and for releases before 3.6.22 and
3.7.6 https://github.com/traefik/traefik/blob/v3.6.21/pkg/middlewares/headers/header.go.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Exact, Null, Reflected, Undecided, UndecidedError, accepts
from corslint.policy import Policy


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    handles_preflights: bool = True
    """Whether one of the middleware's own CORS options is set; then it answers every preflight itself."""
    reflects: bool = True
    """Whether `*` with credentials is answered with the request's own values."""
    fixed: frozenset[str] = frozenset()
    """The settings that come from `customResponseHeaders`: texts for every answer but those to preflights."""
    fixed_origin: Entry | None = None
    """The entry that stands for the Access-Control-Allow-Origin among these."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where a value that is not known yet decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail()
    if not (detail.handles_preflights and _is_preflight(request)):
        return Response(status, tuple(_simple(policy, request, detail)))
    return Response(200, tuple(_preflight(policy, request, detail)))


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and _header(request, "Origin") != "" and _wanted_method(request) != ""


def _wanted_method(request: Request) -> str:
    return _header(request, "Access-Control-Request-Method")


def _header(request: Request, name: str) -> str:
    return next((value for header, value in request.headers if header.lower() == name.lower()), "")


def _preflight(policy: Policy, request: Request, detail: Detail) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    mirrors = detail.reflects and _credentials(policy, detail)
    if _credentials(policy, detail):
        headers.append(("Access-Control-Allow-Credentials", "true"))
    for setting, asked in (
        ("headers", _header(request, "Access-Control-Request-Headers")),
        ("methods", _wanted_method(request)),
    ):
        if names := _names(policy, setting, detail):
            value = asked if mirrors and "*" in names else ",".join(names)
            if value:
                headers.append((f"Access-Control-Allow-{setting.title()}", value))
    if (origin := _match(policy, request, detail)) is not None:
        headers.append(("Access-Control-Allow-Origin", origin))
    if "max_age" not in detail.fixed and (seconds := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", str(seconds)))
    if detail.reflects and "exposed" not in detail.fixed:
        headers += _exposed(policy, detail)
    return headers


def _simple(policy: Policy, request: Request, detail: Detail) -> list[tuple[str, str]]:
    headers: dict[str, str] = {}
    if detail.fixed_origin in policy.origins.known().entries:
        headers["Access-Control-Allow-Origin"] = _text(detail.fixed_origin)
    if (origin := _match(policy, request, detail)) is not None:
        headers["Access-Control-Allow-Origin"] = origin
    credentials = policy.credentials.known()
    if credentials:
        headers["Access-Control-Allow-Credentials"] = "true" if credentials is True else credentials
    for setting, name in (("methods", "Allow-Methods"), ("headers", "Allow-Headers"), ("exposed", "Expose-Headers")):
        if setting in detail.fixed:
            headers[f"Access-Control-{name}"] = ", ".join(getattr(policy, setting).known() or ())
    if "max_age" in detail.fixed:
        headers["Access-Control-Max-Age"] = str(policy.max_age.known())
    headers.update(_exposed(policy, detail))
    if policy.vary.known():
        headers["Vary"] = "Origin"
    return list(headers.items())


def _exposed(policy: Policy, detail: Detail) -> list[tuple[str, str]]:
    names = _names(policy, "exposed", detail)
    if not names or (detail.reflects and "*" in names and _credentials(policy, detail)):
        return []
    return [("Access-Control-Expose-Headers", ",".join(names))]


def _credentials(policy: Policy, detail: Detail) -> bool:
    """`accessControlAllowCredentials`, whatever a custom header says."""
    return "credentials" not in detail.fixed and policy.credentials.known() is True


def _names(policy: Policy, setting: str, detail: Detail) -> tuple[str, ...]:
    """A list option, whatever a custom header says."""
    names: tuple[str, ...] | None = None if setting in detail.fixed else getattr(policy, setting).known()
    return names or ()


def _match(policy: Policy, request: Request, detail: Detail) -> str | None:
    """The Allow-Origin that the lists give: `matchOrigin`. A request without Origin counts as one from ''."""
    origin = _header(request, "Origin")
    undecided: Undecided | None = None
    for entry in policy.origins.known().entries:
        if entry is detail.fixed_origin:
            continue
        if isinstance(entry, Undecided):
            undecided = entry
        elif isinstance(entry, AnyOrigin):
            return origin if detail.reflects and _credentials(policy, detail) else "*"
        elif isinstance(entry, Reflected):
            return origin or "null"
        elif accepts(entry, origin):
            return origin
    if undecided is not None:
        raise UndecidedError(undecided.reason)
    return None


def _text(entry: Entry | None) -> str:
    match entry:
        case AnyOrigin():
            return "*"
        case Null():
            return "null"
        case Exact():
            return entry.text
        case Undecided():
            raise UndecidedError(entry.reason)
    return ""
