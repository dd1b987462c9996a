"""What a program answers that sets CORS headers by hand: its own statements, carried out for one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Origins, UndecidedError
from corslint.policy import Policy
from corslint.servers.python_headers import running
from corslint.servers.python_headers.conditions import ABOUT_ORIGIN, HARMLESS, LOOKS_AT_REQUEST, Open, atoms
from corslint.servers.python_headers.terms import Absent, Line
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.values import Value, alternatives

FIELDS: Mapping[str, str] = {
    "credentials": "access-control-allow-credentials",
    "methods": "access-control-allow-methods",
    "headers": "access-control-allow-headers",
    "exposed": "access-control-expose-headers",
    "max_age": "access-control-max-age",
    "private_network": "access-control-allow-private-network",
}
"""The header behind each setting of a policy."""
_SPELLED: Mapping[str, str] = {
    "vary": "Vary",
    **{name: "-".join(part.capitalize() for part in name.split("-")) for name in (ALLOW_ORIGIN, *FIELDS.values())},
}
_AS_TEXT = frozenset({"flask", "django", "http.server", "quart", "tornado", "web.py"})
"""Frameworks that send `str(value)` of numbers, truth values and mostly None too, as Werkzeug's `Headers` does."""
_TEXT_ONLY = frozenset({"starlette", "asgi"})
"""Frameworks that raise for anything but a text, which is a 500: `MutableHeaders` calls `.encode()`."""


class RefusedError(Exception):
    """Raised where the framework refuses a header's value, so that the answer is a 500."""


@dataclass(frozen=True, slots=True)
class Detail:
    """The program behind a policy."""

    lines: tuple[Line, ...]
    framework: str | None = None
    fails: bool = False
    """Whether it only sets the headers where something fails."""
    refuses_with_headers: bool = False
    """Whether the refusal of OPTIONS has the headers too, where nobody answers it."""
    read: Mapping[str, Value[object]] = field(default_factory=dict)
    """The settings as they were read off the program: one that has another value now was put there by a check."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer.

    `status` is what the program answers otherwise. Raises UndecidedError where run time decides, also where it is not
    known who answers OPTIONS.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else Detail(())
    if request.method == "OPTIONS":
        if policy.preflight.answered_by == "unknown":
            raise UndecidedError(policy.preflight.reason or "it is not known who answers OPTIONS")
        status = policy.preflight.status or status
        if policy.preflight.answered_by == "nobody":
            return Response(status, tuple(_headers(policy, detail, request)) if detail.refuses_with_headers else ())
    if status >= 400 and not policy.on_errors.known():
        return Response(status)
    try:
        return Response(status, tuple(_headers(policy, detail, request)))
    except RefusedError:
        return Response(500)


def _headers(policy: Policy, detail: Detail, request: Request) -> list[tuple[str, str]]:
    sent = {name.lower(): value for name, value in request.headers}
    asked = running.Request(request.method, sent, policy.conditions, detail.fails)
    replaced = {name for name in ("origins", "vary", *FIELDS) if not _is_as_read(policy, detail, name)}
    found: dict[str, list[str]] = {}
    if "origins" in replaced:
        found[ALLOW_ORIGIN] = _by_entries(policy.origins.known(), asked.headers.get("origin"))
    headers = {"vary": "vary", "origins": ALLOW_ORIGIN, **FIELDS}
    found |= carry_out(detail, asked, skipped={headers[name] for name in replaced})
    for name in replaced & FIELDS.keys():
        text = _written(getattr(policy, name).known())
        if text is not None:
            found[FIELDS[name]] = [text]
    if "vary" in replaced and policy.vary.known():
        found["vary"] = ["Origin"]
    return [(_SPELLED.get(name, name), value) for name, values in found.items() for value in values]


def _is_as_read(policy: Policy, detail: Detail, name: str) -> bool:
    read, value = detail.read.get(name), getattr(policy, name).value
    return read is not None and (value == read or any(value == one.value for one in alternatives(read)))


def _by_entries(origins: Origins, origin: str | None) -> list[str]:
    if any(isinstance(entry, AnyOrigin) for entry in origins.entries):
        return ["*"]
    return [origin] if origin and origins.match(origin) is not None else []


def _written(value: object) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return "true"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def carry_out(detail: Detail, request: running.Request, skipped: Collection[str] = ()) -> dict[str, list[str]]:
    """The headers of the answer by lower-case name, each with its values in order.

    Checks that have nothing to do with the origin are taken to let the headers through. Raises UndecidedError where
    run time decides and RefusedError where the framework raises.
    """
    accepted = {
        atom
        for line in detail.lines
        if line.name == ALLOW_ORIGIN
        for atom in atoms(line.when)
        if isinstance(atom, Open) and atom.level <= LOOKS_AT_REQUEST
    }
    found: dict[str, list[str]] = {}
    try:
        for line in detail.lines:
            if line.name not in skipped:
                _set(found, line, detail, request, accepted)
    except RecursionError:
        raise UndecidedError("it goes through too many steps to follow") from None
    return {name: values for name, values in found.items() if values}


def _set(
    found: dict[str, list[str]], line: Line, detail: Detail, request: running.Request, accepted: set[Open]
) -> None:
    outcome = running.decide(line.when, request)
    if outcome is False:
        return
    current = found.setdefault(line.name, [])
    if line.op == "remove":
        if outcome is True:
            current.clear()
        return
    if isinstance(outcome, Open) and outcome.level >= ABOUT_ORIGIN:
        raise UndecidedError(outcome.reason)
    value = running.value_of(line.value, request)
    if isinstance(value, Absent):
        return
    text = spelled(value, detail.framework)
    if isinstance(outcome, Open):
        _require_harmless(outcome, line, text, request, accepted)
        if text in current:
            return
        if current and line.op != "vary":
            raise UndecidedError(outcome.reason)
    match line.op:
        case "set":
            current[:] = [text]
        case "add":
            current.append(text)
        case "default" if not current:
            current.append(text)
        case "vary":
            current[:] = [_with_name(current, text)]


def _require_harmless(outcome: Open, line: Line, text: str, request: running.Request, accepted: set[Open]) -> None:
    """Raises UndecidedError where an unknown check may be one of the origin after all."""
    if outcome.level == HARMLESS:
        return
    if line.name == ALLOW_ORIGIN:
        if text == request.headers.get("origin"):
            raise UndecidedError(outcome.reason)
    elif outcome not in accepted:
        raise UndecidedError(outcome.reason)


def _with_name(current: list[str], text: str) -> str:
    names = [name.strip() for value in (*current, text) for name in value.split(",") if name.strip()]
    first = {name.lower(): name for name in reversed(names)}
    return ", ".join(first[key] for key in dict.fromkeys(map(str.lower, names)))


def spelled(value: object, framework: str | None) -> str:
    """What a framework sends for a value of the program.

    Raises RefusedError where it raises, and UndecidedError where that is not known.
    """
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    if framework in _TEXT_ONLY:
        raise RefusedError
    if framework == "tornado" and value is None:
        raise RefusedError
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, bool | float | None):
        if framework in _AS_TEXT:
            return str(value)
        if framework == "lambda" and value is not None:
            # The gateway reads JSON, in which True is `true`.
            return str(value).lower()
    raise UndecidedError(f"what is sent for `{value}` depends on the framework")
