"""Requests and what is expected of them, as people write them: on the command line, or as test cases in a file.

```toml
[[case]]
name = "the app may save"
origin = "https://app.example.com"
method = "PUT"
headers = ["authorization", "content-type: application/json"]
credentials = true
url = "/api/items"
expect = "allowed"
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from corslint.browser.exchange import origin_of
from corslint.browser.safelist import is_token, why_not_sendable
from corslint.config import suggestion
from corslint.origins import DEFAULT_PORTS, parse_origin
from corslint.simulation import Question

Expectation: TypeAlias = Literal["allowed", "refused"]
EXPECTATIONS: tuple[Expectation, ...] = ("allowed", "refused")
MAX_CASES = 10_000

_TABLES = ("case", "cases")
_KEYS = (
    "name",
    "origin",
    "method",
    "header",
    "headers",
    "credentials",
    "url",
    "status",
    "policy",
    "private-network",
    "expect",
)
_USUAL_VALUES = {"content-type": "application/json", "authorization": "Bearer token"}
"""What a header holds where nobody says; for all others any value will do."""


class CaseError(Exception):
    """Raised for a request that no browser sends, and for a case that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what is expected to become of it."""

    name: str
    question: Question
    expect: Expectation | None
    policy: str | None = None
    """Part of the name of the policies that are meant; None: all."""


def origin(text: str) -> str:
    """A serialised origin, as browsers send it. Raises CaseError."""
    if text == "null" or (parse_origin(text) is not None and not text.endswith(".")):
        return text
    parts = _split(text.strip().lower().rstrip("."))
    meant = ""
    if parts is not None and parts.scheme and parts.hostname:
        port = None if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else parts.port
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        meant = f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")
    elif "://" not in text and parse_origin(f"https://{text}") is not None:
        meant = f"https://{text}"
    elif text.strip().lower() == "null":
        meant = "null"
    hint = f", did you mean {meant}?" if meant == "null" or parse_origin(meant) is not None else ""
    raise CaseError(f"{text!r} is no origin as browsers send it: scheme, host and port, nothing else{hint}")


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def method(text: str) -> str:
    """A method that a script may use. Raises CaseError."""
    if trouble := why_not_sendable(text, ()):
        raise CaseError(f"{text!r} is no method that a script can send: {trouble}")
    return text


def header(text: str) -> tuple[str, str]:
    """A header written as `NAME` or `NAME: VALUE`. Raises CaseError."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not is_token(name) or (trouble := why_not_sendable("GET", ((name, value),))):
        why = f": {trouble}" if is_token(name) else ""
        raise CaseError(f"{text!r} is no header that a script can set{why}; write NAME or NAME: VALUE")
    return name, value if colon else _USUAL_VALUES.get(name.lower(), "1")


def url(text: str) -> str:
    """A path from the root, or an absolute URL. Raises CaseError."""
    is_path = text.startswith("/") and not text.startswith("//")
    if not is_path and origin_of(text) is None:
        raise CaseError(f"{text!r} is no path that begins with / and no http(s) URL")
    return text


def status(number: object) -> int:
    """A status that an application answers. Raises CaseError."""
    if not isinstance(number, int) or isinstance(number, bool) or not 200 <= number <= 599:
        raise CaseError(f"{number!r} is no status of an answer: it must be a number from 200 to 599")
    return number


def read(path: str, data: bytes) -> tuple[Case, ...]:
    """The cases of a TOML file. Raises CaseError, which names the file and the case."""
    import tomli

    try:
        table = tomli.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CaseError(f"{path}: is not UTF-8") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits raises another
        raise CaseError(f"{path}: is no valid TOML: {error}") from None
    except RecursionError:
        raise CaseError(f"{path}: is nested too deeply") from None
    cases: list[Mapping[str, object]] = []
    for name, found in table.items():
        if name not in _TABLES:
            raise CaseError(f"{path}: there is no key {name!r}{suggestion(name, _TABLES)}; cases begin with [[case]]")
        if not isinstance(found, list) or not all(isinstance(case, dict) for case in found):
            raise CaseError(f"{path}: cases begin with [[{name}]], in two brackets")
        cases += found
    if not cases:
        raise CaseError(f"{path}: holds no [[case]]")
    if len(cases) > MAX_CASES:
        raise CaseError(f"{path}: holds more than {MAX_CASES} cases")
    return tuple(_case(path, number, case) for number, case in enumerate(cases, 1))


def _case(path: str, number: int, table: Mapping[str, object]) -> Case:
    name = table.get("name", f"case {number}")
    where = f"{path}: case {number}" + (f" ({name})" if "name" in table else "")
    for key in table:
        if key not in _KEYS:
            raise CaseError(f"{where}: there is no key {key!r}{suggestion(key, _KEYS)}")
    try:
        expect = _text(table, "expect")
        if expect not in EXPECTATIONS:
            said = f"is {expect!r}" if expect else "is missing"
            raise CaseError(f'expect {said}: write "allowed" or "refused"{suggestion(expect or "", EXPECTATIONS)}')
        if not _text(table, "origin"):
            raise CaseError('origin is missing, such as "https://app.example.com"')
        question = Question(
            origin(_text(table, "origin")),
            method(_text(table, "method") or "GET"),
            tuple(header(one) for key in ("header", "headers") for one in _texts(table, key)),
            _flag(table, "credentials"),
            url(_text(table, "url")) if "url" in table else None,
            status(table.get("status", 200)),
            _flag(table, "private-network"),
        )
        return Case(_text({"name": name}, "name"), question, expect, _text(table, "policy") or None)
    except CaseError as error:
        raise CaseError(f"{where}: {error}") from None


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise CaseError(f"{key} must be a text in quotes, not {value!r}")
    return value


def _texts(table: Mapping[str, object], key: str) -> list[str]:
    value = table.get(key, [])
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise CaseError(f'{key} must be a list of texts, such as ["authorization"]')
    return texts


def _flag(table: Mapping[str, object], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise CaseError(f"{key} must be true or false, not {value!r}")
    return value
