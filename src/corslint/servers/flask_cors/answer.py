"""What flask-cors answers.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py, functions `get_cors_headers` and
`set_cors_headers`; for views under `@cross_origin` also flask_cors/decorator.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from corslint.browser import Request, Response
from corslint.origins import (
    AnyOrigin,
    Entry,
    Exact,
    Null,
    Origins,
    Pattern,
    Undecided,
    UndecidedError,
    accepts,
    compiles,
)
from corslint.policy import Policy
from corslint.servers.flask_cors.versions import Behaviour, behaviour
from corslint.values import Compiled, Known, Unknown, Value

T = TypeVar("T")

REGEX_HINTS = frozenset("*\\]?$^[]()")
"""A str with one of these is taken for a regular expression (`probably_regex` in flask_cors/core.py)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    send_wildcard: Value[bool]
    """Whether a policy for every origin says `*` instead of repeating the origin."""
    always_send: Value[bool]
    """Whether a request without an Origin header gets headers too."""
    options: Literal["extension", "decorator", "view", "nobody", "unknown"] = "extension"
    """Who answers OPTIONS: Flask, and the extension adds its headers; the decorator itself; the view below the
    decorator; or Flask before the decorator is reached, so that nobody adds headers. Unknown where something else in
    the application may."""
    refused: bool = False
    """Whether flask-cors raises on the options it was given, for a reason that this policy does not show."""
    intercepts: Value[bool] = Known(True)  # noqa: RUF009 - frozen
    """Whether the extension adds its headers to the answers of error handlers, before it does so to every answer."""
    not_text: frozenset[str] = frozenset()
    """Origins that are no str in the program, as text: never sent by themselves."""
    headers_not_text: frozenset[str] = frozenset()
    """Allowed headers that are no str in the program, as text."""
    header_patterns: Mapping[str, Compiled] = field(default_factory=dict)
    """Allowed headers that are compiled patterns, by the text they have in the policy."""
    spelled: Mapping[tuple[str, object], str] = field(default_factory=dict)
    """The header's text by setting and value, where it is not the value joined by ", "."""


_DEFAULT = Detail(send_wildcard=Known(False), always_send=Known(True))


class _FailsError(Exception):
    """Raised where flask-cors raises while it answers; what Flask then sends has no CORS headers."""


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer to a request for a path that the policy covers.

    `status` is what Flask answers, for OPTIONS too: 200 wherever the URL has a route. An error under `@cross_origin`
    is taken as raised (`abort`, an exception), not returned. Options that flask-cors refuses are a 500: under the
    decorator on every request; the extension does not let the application start. Raises UndecidedError where run time
    decides.
    """
    detail = policy.detail if isinstance(policy.detail, Detail) else _DEFAULT
    is_options = request.method == "OPTIONS"
    if is_options and detail.options == "unknown":
        raise UndecidedError("what answers OPTIONS before the decorator is reached is not seen")
    if is_options and detail.options == "nobody":
        return Response(status)
    if is_refused(policy):
        return Response(500)
    if is_options and detail.options == "decorator":
        status = 200
    if status >= 400 and not policy.on_errors.known():
        return Response(status)
    try:
        headers = _headers(policy, detail, request)
    except _FailsError:
        return Response(500)
    is_answered = any(name == "Access-Control-Allow-Origin" for name, _ in headers)
    if status >= 400 and not is_answered and detail.options == "extension" and _known(detail.intercepts):
        # It knows by Allow-Origin that it has added its headers; an empty one is not sent.
        headers *= 2
    return Response(status, headers)


def is_refused(policy: Policy) -> bool:
    """Whether flask-cors raises on the options alone, before there is a request; False where run time decides."""
    detail = policy.detail if isinstance(policy.detail, Detail) else _DEFAULT
    if detail.refused:
        return True
    entries = policy.entries()
    if behaviour(policy.version).bad_pattern == "start":
        if any(isinstance(entry, Pattern) and not compiles(entry.text) for entry in entries):
            return True
        headers = policy.headers.value
        names = headers.value or () if isinstance(headers, Known) else ()
        if any(name != "*" and is_regex(name) and not compiles(name) for name in names):
            return True
    return any(isinstance(entry, AnyOrigin) for entry in entries) and all(
        isinstance(value, Known) and value.value for value in (policy.credentials.value, detail.send_wildcard)
    )


def _headers(policy: Policy, detail: Detail, request: Request) -> tuple[tuple[str, str], ...]:
    how = behaviour(policy.version)
    allowed = _allowed_origins(policy, detail, how, _header(request, "Origin"))
    if not allowed:
        return ()
    # All of them are put in a MultiDict, of which only the first value of a name is sent, and that if it is not empty.
    headers = [("Access-Control-Allow-Origin", allowed[0])] if allowed[0] else []
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", _text(detail, "expose_headers", exposed)))
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if how.private_network != "never" and _header(request, "Access-Control-Request-Private-Network") == "true":
        answer = "true" if policy.private_network.known() else "false"
        headers.append(("Access-Control-Allow-Private-Network", answer))
    if request.method == "OPTIONS":
        headers += _preflight_headers(policy, detail, how, request)
    if _varies(policy, allowed):
        headers.append(("Vary", "Origin"))
    return tuple(headers)


def _allowed_origins(policy: Policy, detail: Detail, how: Behaviour, origin: str) -> list[str]:
    origins = policy.origins.known()
    entries = origins.entries
    any_origin = any(isinstance(entry, AnyOrigin) for entry in entries)
    if origin:
        if any_origin and _known(detail.send_wildcard):
            return ["*"]
        return [origin] if _lets_in(origins, detail, how, origin) else []
    if not _known(detail.always_send):
        return []
    if any_origin:
        return [] if policy.credentials.known() else ["*"]
    for entry in entries:
        if isinstance(entry, Undecided):
            raise UndecidedError(entry.reason)
        if _fails(entry, detail, how) and not isinstance(entry, Pattern):
            raise _FailsError
    literals = [
        "null" if isinstance(entry, Null) else entry.text for entry in entries if isinstance(entry, Exact | Null)
    ]
    return sorted(text for text in literals if text not in detail.not_text)


def _lets_in(origins: Origins, detail: Detail, how: Behaviour, origin: str) -> bool:
    undecided: Undecided | None = None
    fails = False
    for entry in origins.entries:
        if isinstance(entry, Undecided):
            undecided = entry
        elif isinstance(entry, Null):
            if origin.casefold() == "null":
                return True
        elif _fails(entry, detail, how):
            fails = True
            break
        elif _is_comparable(entry) and accepts(entry, origin):
            return True
    if undecided is not None:
        raise UndecidedError(undecided.reason)
    if fails:
        raise _FailsError
    return False


def _is_comparable(entry: Entry) -> bool:
    return not isinstance(entry, Pattern) or compiles(entry.text)


def _fails(entry: Entry, detail: Detail, how: Behaviour) -> bool:
    """Whether a request fails that is compared with an entry."""
    if isinstance(entry, Pattern):
        return how.bad_pattern == "request" and not compiles(entry.text)
    return isinstance(entry, Exact) and entry.text in detail.not_text and not how.takes_anything


def _preflight_headers(policy: Policy, detail: Detail, how: Behaviour, request: Request) -> list[tuple[str, str]]:
    asked = _header(request, "Access-Control-Request-Method").upper()
    methods = policy.methods.known()
    if not asked or not methods:
        return []
    text = _text(detail, "methods", methods)
    # A test of the joined text, so that `E, P` would pass too.
    if asked not in text:
        return []
    headers = []
    if echoed := _echoed_headers(policy, detail, how, _header(request, "Access-Control-Request-Headers")):
        headers.append(("Access-Control-Allow-Headers", echoed))
    if (max_age := policy.max_age.known()) is not None:
        headers.append(("Access-Control-Max-Age", _text(detail, "max_age", max_age)))
    headers.append(("Access-Control-Allow-Methods", text))
    return headers


def _echoed_headers(policy: Policy, detail: Detail, how: Behaviour, asked: str) -> str:
    if not asked:
        return ""
    allowed = policy.headers.known() or ()
    names = (name.strip() for name in asked.split(","))
    return ", ".join(sorted(name for name in names if any(_header_passes(detail, how, one, name) for one in allowed)))


def _header_passes(detail: Detail, how: Behaviour, allowed: str, name: str) -> bool:
    if allowed in ("*", ".*"):
        return True
    if allowed in detail.headers_not_text and not how.takes_anything:
        raise _FailsError
    if (compiled := detail.header_patterns.get(allowed)) is not None:
        return accepts(Pattern(compiled.pattern, "python", "match", compiled.ignore_case), name)
    if is_regex(allowed):
        if not compiles(allowed):
            if how.bad_pattern == "request":
                raise _FailsError
            return False
        return accepts(Pattern(allowed, "python", "match", ignore_case=True), name)
    return allowed.casefold() == name.casefold()


def _varies(policy: Policy, allowed: list[str]) -> bool:
    entries = policy.origins.known().entries
    if allowed[0] == "*" or not (
        len(entries) > 1 or len(allowed) > 1 or any(isinstance(entry, AnyOrigin | Pattern) for entry in entries)
    ):
        return False
    return policy.vary.known()


def is_regex(text: str) -> bool:
    """Whether flask-cors takes a str for a regular expression."""
    return not REGEX_HINTS.isdisjoint(text)


def _text(detail: Detail, setting: str, value: object) -> str:
    spelled = detail.spelled.get((setting, value))
    if spelled is not None:
        return spelled
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _known(value: Value[T]) -> T:
    if isinstance(value, Known):
        return value.value
    raise UndecidedError(value.reason if isinstance(value, Unknown) else "it depends")


def _header(request: Request, name: str) -> str:
    return next((value for other, value in request.headers if other.lower() == name.lower()), "")
