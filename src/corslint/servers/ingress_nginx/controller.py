"""What the controller makes of the text of an annotation.

https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/internal/ingress/annotations/cors/main.go and
../parser/validators.go beside it. Invalid text is never refused there: it is logged, and a default takes its place.
The regular expressions accept the same texts as the ones in Go, but without nested repetition, on which Python's
engine takes exponential time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Text
from corslint.values import Known, Unknown

T = TypeVar("T")
Names: TypeAlias = "tuple[str, ...] | None"
"""A list of methods or headers; None where no header is sent."""

PREFIX = "nginx.ingress.kubernetes.io/"
"""Of every annotation, unless the controller runs with --annotations-prefix."""

DEFAULT_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
DEFAULT_HEADERS = (
    "DNT", "Keep-Alive", "User-Agent", "X-Requested-With", "If-Modified-Since", "Cache-Control", "Content-Type",
    "Range", "Authorization",
)  # fmt: skip
DEFAULT_MAX_AGE = 1728000

# corsOriginRegexValidator: any sequence of these passes, with or without commas.
_ORIGIN_LIST = re.compile(r"(?:[A-Za-z0-9.,-]|(?<=[a-z])://|\*\.|:[0-9]+)*\Z")
# corsOriginRegex
_ORIGIN = re.compile(r"[a-z]+://(?:\*\.)?[A-Za-z0-9.-]*(?::[0-9]+)?\Z")
# corsMethodsRegex, corsExposeHeadersRegex, HeadersVariable
_METHODS = re.compile(r"[A-Za-z](?:,?[\t\n\f\r ]?[A-Za-z])*,?[\t\n\f\r ]?\Z")
_EXPOSED = re.compile(r"[A-Za-z0-9_*-](?:,?[\t\n\f\r ]?[A-Za-z0-9_*-])*,?[\t\n\f\r ]?\Z")
_HEADERS = re.compile(r"[A-Za-z0-9_, -]*\Z")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")


@dataclass(frozen=True, slots=True)
class Complaint:
    """Text the controller does not take as it is written, and what it does instead."""

    text: str
    """For people, such as "`yes` is no boolean here, so credentials are allowed"."""
    span: Span


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What an annotation amounts to."""

    value: Known[T] | Unknown
    complaints: tuple[Complaint, ...] = ()


def _quoted(text: str) -> str:
    return f"`{text}`" if text else "an empty text"


def _known(text: Text) -> Known[str] | Unknown:
    value = text.known()
    return expand(value.value, value.span) if isinstance(value, Known) else value


def _boolean(text: Text, value: str) -> bool | None:
    # Without quotes it is YAML's own boolean, which reaches the controller, if at all, as `true` or `false`.
    if text.scalar.kind == "boolean":
        return value.lower() in ("true", "yes", "on")
    return go.boolean(value)


def enabled(text: Text) -> Reading[bool]:
    """`enable-cors`: anything but a boolean leaves CORS off."""
    value = _known(text)
    if isinstance(value, Unknown):
        return Reading(value)
    if (decided := _boolean(text, value.value)) is not None:
        return Reading(Known(decided, text.span, override=value.override))
    return Reading(
        Known(False, text.span),
        (Complaint(f"{_quoted(value.value)} is no boolean to the controller, so CORS stays off", text.span),),
    )


def credentials(text: Text) -> Reading[bool | str | None]:
    """`cors-allow-credentials`: anything but a boolean allows credentials."""
    value = _known(text)
    if isinstance(value, Unknown):
        return Reading(value)
    if (decided := _boolean(text, value.value)) is not None:
        return Reading(Known(decided, text.span, override=value.override))
    return Reading(
        Known(True, text.span),
        (Complaint(f"{_quoted(value.value)} is no boolean to the controller, so it allows credentials", text.span),),
    )


def max_age(text: Text) -> Reading[int | str | None]:
    """`cors-max-age`: anything but an integer is 20 days."""
    value = _known(text)
    if isinstance(value, Unknown):
        return Reading(value)
    if _INTEGER.match(value.value) and -(2**63) <= (seconds := int(value.value)) < 2**63:
        return Reading(Known(seconds, text.span, override=value.override))
    return Reading(
        Known(DEFAULT_MAX_AGE, text.span),
        (Complaint(f"{_quoted(value.value)} is no integer, so the controller sends {DEFAULT_MAX_AGE}", text.span),),
    )


def methods(text: Text) -> Reading[Names]:
    """`cors-allow-methods`: letters, with a comma or a space between the names; else the default list."""
    return _names(text, _METHODS, DEFAULT_METHODS, "a list of methods")


def headers(text: Text) -> Reading[Names]:
    """`cors-allow-headers`: names and commas, so no `*`; else the default list."""
    return _names(text, _HEADERS, DEFAULT_HEADERS, "a list of header names")


def exposed(text: Text) -> Reading[Names]:
    """`cors-expose-headers`: names, `*` and commas; else no header is sent."""
    return _names(text, _EXPOSED, None, "a list of header names")


def _names(text: Text, valid: re.Pattern[str], default: Names, what: str) -> Reading[Names]:
    value = _known(text)
    if isinstance(value, Unknown):
        return Reading(value)
    # normalizeString() trims every line; a line break itself is refused by the validator before.
    trimmed = value.value.strip()
    if trimmed and valid.match(trimmed) and not re.search(r"[\r\n]", value.value):
        names = tuple(name for part in trimmed.split(",") if (name := part.strip()))
        return Reading(Known(names, text.span, override=value.override))
    instead = "it sends its default list" if default else "it sends none"
    return Reading(
        Known(default, text.span),
        (Complaint(f"{_quoted(trimmed)} is not {what} to the controller, so {instead}", text.span),),
    )


def origins(text: Text) -> Reading[Origins]:
    """`cors-allow-origin`: a text that holds anything unexpected lets every origin in; an entry without scheme none."""
    parts = [(part, _known(part)) for part in text.split(",")]
    entries: list[Entry] = []
    complaints: list[Complaint] = []
    for part, value in parts:
        place = part.stripped().span
        if isinstance(value, Unknown):
            entries.append(Undecided(value.reason, place))
            continue
        # A variable's default may be a list itself.
        for written in value.value.split(","):
            origin = written.strip()
            if origin == "*":
                return Reading(Known(Origins((AnyOrigin(place),)), text.span))
            if not _ORIGIN_LIST.match(written.replace(" ", "")):
                why = f"`{origin}` is not valid here, so the controller allows every origin"
                return Reading(Known(Origins((AnyOrigin(place),)), text.span), (Complaint(why, place),))
            if not origin:
                continue
            if origin == "null":
                entries.append(Null(place))
            elif not _ORIGIN.match(origin):
                why = "has no scheme" if "://" not in origin else "is no origin"
                complaints.append(Complaint(f"`{origin}` {why}, so the controller skips it", place))
            else:
                entries.append(_entry(origin, place))
    if not text.value.strip():
        why = "an empty text is not valid here, so the controller allows every origin"
        return Reading(Known(Origins((AnyOrigin(text.span),)), text.span), (Complaint(why, text.span),))
    if not entries and complaints:
        last = complaints[-1]
        complaints[-1] = replace(last, text=f"{last.text}: none is left, and no CORS header is sent")
    override = next((value.override for _, value in parts if isinstance(value, Known) and value.override), None)
    return Reading(Known(Origins(tuple(entries)), text.span, override=override), tuple(complaints))


def _entry(origin: str, place: Span) -> Entry:
    """The test that `buildOriginRegex` makes of an origin: a search without case, anchored at its end only."""
    if "*" not in origin:
        return Exact(origin, place, ignore_case=True)
    # One label, since the class holds no dot.
    quoted = re.sub(r"[.]", r"\\.", origin).replace("*", r"[A-Za-z0-9\-]+", 1)
    return Pattern(f"({quoted})$", "pcre", "search", ignore_case=True, span=place)
