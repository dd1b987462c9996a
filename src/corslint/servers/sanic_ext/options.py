"""What Sanic Extensions make of the CORS_* entries of a configuration.

https://github.com/sanic-org/sanic-ext/blob/v25.12.0/sanic_ext/extensions/http/cors.py, functions
`_setup_cors_settings` and `_parse_allow_origins`, and the defaults in sanic_ext/config.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from corslint.finding import Label
from corslint.mistyped import text_for_flag
from corslint.options import Option, Settings
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided, compiles
from corslint.policy import Fact, Setting
from corslint.resolve.conditions import merge
from corslint.servers.sanic_ext.answer import Detail, Written
from corslint.servers.sanic_ext.versions import Behaviour
from corslint.source import Span
from corslint.syntax.python import shortened
from corslint.values import (
    Compiled,
    Items,
    Known,
    Unknown,
    Value,
    alternatives,
    convert,
    decided_by,
    spread,
    truth,
)
from corslint.values import Mapping as MappingValue

T = TypeVar("T")

DEFAULTS: Mapping[str, object] = {
    "CORS": True,
    "CORS_ALLOW_HEADERS": "*",
    "CORS_ALWAYS_SEND": True,
    "CORS_AUTOMATIC_OPTIONS": True,
    "CORS_EXPOSE_HEADERS": "",
    "CORS_MAX_AGE": 5,
    "CORS_METHODS": "",
    "CORS_ORIGINS": "",
    "CORS_SEND_WILDCARD": False,
    "CORS_SUPPORTS_CREDENTIALS": False,
    "CORS_VARY_HEADER": True,
}
"""Every entry that is read, with what holds where it is not given."""
_FLAGS = ("CORS_SUPPORTS_CREDENTIALS", "CORS_SEND_WILDCARD", "CORS_ALWAYS_SEND", "CORS_AUTOMATIC_OPTIONS", "CORS")


class _Refused(Exception):
    """Raised where the product raises; the message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The entries of one configuration, read."""

    options: Mapping[str, Option]
    """Those given, by their name."""
    where: Span
    """The place where the others were left out."""
    how: Behaviour
    by_route: frozenset[str] | None = None
    """The entries that a decorator of a route gives, for which `*` and credentials go together; None for none."""

    def settings(self) -> Settings:
        """The settings of a policy."""
        return Settings(
            origins=self._read("CORS_ORIGINS", self._origins),
            credentials=self._read("CORS_SUPPORTS_CREDENTIALS", _flag),
            methods=self._read("CORS_METHODS", lambda known: _upper(_names(known))),
            headers=self._read("CORS_ALLOW_HEADERS", _names),
            exposed=self._read("CORS_EXPOSE_HEADERS", self._exposed),
            max_age=self._read("CORS_MAX_AGE", _max_age),
            vary=Setting("Vary", Known(True), None, "default"),
            private_network=Setting("private network", Known(False), None, "default"),
        )

    def detail(self) -> Detail:
        """What the answer depends on besides."""
        return Detail(
            always_send=self._read("CORS_ALWAYS_SEND", _flag).value,
            automatic_options=self._read("CORS_AUTOMATIC_OPTIONS", _flag).value,
            send_wildcard=self._read("CORS_SEND_WILDCARD", _flag).value,
            starts_with_star=self.by_route is not None,
            refused=any(True for _ in self._refusals()),
        )

    def facts(self) -> Iterator[Fact]:
        """What is odd about the values."""
        for name in _FLAGS:
            if name in self.options:
                yield from text_for_flag(self.options[name])
        for option, why in self._refusals():
            yield Fact(
                "rejected-configuration",
                f"the application does not start: {why}",
                (Label(option.span or self.where, "raises an exception at the start", primary=True),),
                "write one text with commas, or a list of texts",
                option.name,
            )
        if self.by_route is None:
            yield from self._star_with_credentials()
        origins = self._option("CORS_ORIGINS")
        for way in alternatives(spread(origins.value)):
            if isinstance(way.value, Known):
                yield from self._lost(way.value, way.value.span or origins.span or self.where)

    def _star_with_credentials(self) -> Iterator[Fact]:
        origins, credentials = self._option("CORS_ORIGINS"), self._option("CORS_SUPPORTS_CREDENTIALS")
        for one in alternatives(origins.value):
            for other in alternatives(credentials.value):
                both = merge(one.conditions, other.conditions)
                if both is None or not (isinstance(one.value, Known) and isinstance(other.value, Known)):
                    continue
                if one.value.value == "*" and truth(other.value.value):
                    beside = (
                        ()
                        if credentials.span is None or credentials.span == origins.span
                        else (Label(credentials.span, "allows credentials"),)
                    )
                    yield Fact(
                        "rejected-configuration",
                        'the application does not start: `"*"` and credentials exclude each other',
                        (
                            Label(one.value.span or origins.span or self.where, "raises SanicException", primary=True),
                            *beside,
                        ),
                        "name the origins you trust, or allow no credentials",
                        "CORS_ORIGINS",
                        conditions=both,
                    )

    def _lost(self, known: Known[object], span: Span) -> Iterator[Fact]:
        """Origins that are passed over silently."""
        value = known.value
        if isinstance(value, Items) and value.items and (value.kind != "list" or not self.how.takes_lists):
            yield Fact(
                "malformed-origin",
                f"this lets nobody in: a {value.kind} is passed over",
                (Label(span, "is not read", primary=True),),
                "write one text with commas" if not self.how.takes_lists else "write a list, in square brackets",
                "CORS_ORIGINS",
            )
            return
        stars = [one for one in value.items if isinstance(one, Known)] if isinstance(value, Items) else [known]
        for one in stars:
            parts = one.value.split(",") if one is known and isinstance(one.value, str) else [one.value]
            if "*" in parts and (one is not known or len(parts) > 1) and self.how.compares != "pattern":
                yield Fact(
                    "malformed-origin",
                    "this lets nobody in: only `*` alone stands for every origin",
                    (Label(one.span or span, "is compared as text", primary=True),),
                    "name the origins you trust",
                    "CORS_ORIGINS",
                )

    def _refusals(self) -> Iterator[tuple[Option, str]]:
        """The entries with which the application does not start, whatever else is decided at run time."""
        makers: dict[str, Callable[[Known[object]], object]] = {
            "CORS_ORIGINS": self._origins,
            "CORS_METHODS": _names,
            "CORS_ALLOW_HEADERS": _names,
            "CORS_EXPOSE_HEADERS": self._exposed,
        }
        for name, make in makers.items():
            option = self._option(name)
            reasons = [_why(way.value, make) for way in alternatives(spread(option.value))]
            if all(reasons):
                yield option, reasons[0] or ""

    def _option(self, name: str) -> Option:
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        option = self._option(name)

        def change(known: Known[object]) -> Known[T] | Unknown:
            try:
                made = make(known)
            except _Refused as refused:
                return Unknown(f"the application does not start: {refused}", known.span, known.trail)
            return made if isinstance(made, Unknown) else Known(made, known.span, known.trail, known.override)

        written = None if option.given == "default" else option.value
        return Setting(option.name, convert(spread(option.value), change), option.span, option.given, written)

    def _exposed(self, known: Known[object]) -> tuple[str, ...] | Unknown | None:
        return _as_written(known) if "CORS_EXPOSE_HEADERS" in (self.by_route or ()) else _names(known)

    def _origins(self, known: Known[object]) -> Written | Unknown:
        value, span = known.value, known.span
        if value is None and known.override is not None:
            return decided_by(known.override, span, known.trail)
        if isinstance(value, str):
            if value in ("", "*"):
                return Written((AnyOrigin(span),) if value else (), text=value)
            parts = [part.strip() if self.how.strips else part for part in value.split(",")]
            return Written(tuple(self._text(part, span) for part in parts), text=value)
        if isinstance(value, Compiled):
            return Written((_pattern(value, span),))
        if isinstance(value, Items) and value.kind == "list" and self.how.takes_lists:
            return Written(tuple(map(self._entry, value.items)))
        return Written(())

    def _entry(self, element: Value[object]) -> Entry:
        if not isinstance(element, Known):
            return Undecided(element.reason if isinstance(element, Unknown) else "it depends", element.span)
        if element.value is None and element.override is not None:
            return Undecided(decided_by(element.override).reason, element.span)
        if isinstance(element.value, Compiled):
            return _pattern(element.value, element.span)
        if not isinstance(element.value, str):
            raise _Refused(f"{_shown(element.value)} is no text")
        return self._text(element.value, element.span)

    def _text(self, text: str, span: Span | None) -> Entry:
        if self.how.compares == "pattern":
            if not compiles(text):
                raise _Refused(f"{shortened(repr(text))} is taken for a regular expression, and is none")
            return _pattern(Compiled(text), span)
        if self.how.compares == "beginning":
            return Pattern(text, "python", "prefix", span=span)
        return Null(span) if text == "null" else Exact(text, span)


def _pattern(compiled: Compiled, span: Span | None) -> Entry:
    if compiled == Compiled(".*"):
        return AnyOrigin(span)
    return Pattern(compiled.pattern, "python", "match", compiled.ignore_case, span=span)


def _why(value: Known[object] | Unknown, make: Callable[[Known[object]], object]) -> str | None:
    if isinstance(value, Unknown):
        return None
    try:
        make(value)
    except _Refused as refused:
        return str(refused)
    return None


def _shown(value: object) -> str:
    """A value that is refused, for people."""
    if isinstance(value, Items):
        return f"a {value.kind}"
    if isinstance(value, Compiled):
        return "a compiled pattern"
    return "a dict" if isinstance(value, MappingValue) else shortened(repr(value))


def _flag(known: Known[object]) -> bool:
    return truth(known.value)


def _names(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    """A list, or a text divided at its commas, in lower case; blanks stay where they are."""
    if not truth(known.value):
        return None
    if isinstance(known.value, str):
        return tuple(dict.fromkeys(known.value.lower().split(",")))
    if not isinstance(known.value, Items):
        raise _Refused(f"{_shown(known.value)} is neither a text nor a list")
    names = []
    for element in known.value.items:
        if not isinstance(element, Known):
            return element if isinstance(element, Unknown) else Unknown("it depends on conditions", element.span)
        if not isinstance(element.value, str):
            raise _Refused(f"{_shown(element.value)} is no text")
        names.append(element.value.lower())
    return tuple(dict.fromkeys(names))


def _as_written(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    """The elements of what is joined with commas, of a text its letters."""
    if isinstance(known.value, str):
        return tuple(known.value) or None
    if not truth(known.value) or not isinstance(known.value, Items):
        return None
    texts = [one.value for one in known.value.items if isinstance(one, Known) and isinstance(one.value, str)]
    return tuple(texts) if len(texts) == len(known.value.items) else Unknown("an element is no text", known.span)


def _upper(names: tuple[str, ...] | Unknown | None) -> tuple[str, ...] | Unknown | None:
    return tuple(name.upper() for name in names) if isinstance(names, tuple) else names


def _max_age(known: Known[object]) -> int | str | Unknown | None:
    value = known.value
    if isinstance(value, Items | Compiled):
        return Unknown("it is no number", known.span)
    text = str(value) if value else ""
    if text.isascii() and text.isdecimal() and len(text) < 20 and str(int(text)) == text:
        return int(text)
    return text or None
