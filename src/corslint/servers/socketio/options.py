"""What python-engineio makes of `cors_allowed_origins` and `cors_credentials`.

https://github.com/miguelgrinberg/python-engineio/blob/v4.15.1/src/engineio/base_server.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from corslint.browser import Request, Response, Verdict
from corslint.finding import Label, Proof
from corslint.mistyped import text_for_flag, text_for_list
from corslint.options import Option, Settings
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Undecided
from corslint.policy import Fact, Setting
from corslint.resolve.conditions import Conditions, merge
from corslint.servers.socketio.answer import METHODS, Allowed
from corslint.servers.socketio.versions import STAR_IN_LIST, Behaviour
from corslint.source import Span
from corslint.syntax.python import shortened
from corslint.values import (
    Alternative,
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

ORIGINS, CREDENTIALS = "cors_allowed_origins", "cors_credentials"
_ONE = "one text is one origin: it is not divided at its commas"


@dataclass(frozen=True, slots=True)
class Reading:
    """The options of one socket, read."""

    options: Mapping[str, Option]
    """Those given, by their name."""
    where: Span
    """The place where the others were left out."""
    how: Behaviour

    def settings(self) -> Settings:
        """The settings of a policy."""
        origins, credentials = self.option(ORIGINS, None), self.option(CREDENTIALS, True)
        default = origins.given == "default"
        return Settings(
            origins=Setting(
                ORIGINS,
                convert(spread(origins.value), self._origins),
                origins.span,
                origins.given,
                None if default else origins.value,
            ),
            credentials=Setting(
                CREDENTIALS,
                convert(credentials.value, lambda known: _same_place(known, truth(known.value))),
                credentials.span,
                credentials.given,
                None if credentials.given == "default" else credentials.value,
            ),
            methods=Setting("methods", Known(METHODS), None, "default"),
            headers=Setting("headers", Known(("*",)), None, "default"),
            exposed=Setting("exposed headers", Known(None), None, "default"),
            max_age=Setting("max age", Known(None), None, "default"),
            vary=Setting("Vary", Known(False), None, "default"),
            private_network=Setting("private network", Known(False), None, "default"),
        )

    def facts(self, *, serves_websockets: bool) -> Iterator[Fact]:
        """What is odd about the values."""
        if CREDENTIALS in self.options:
            yield from text_for_flag(self.options[CREDENTIALS])
        option = self.options.get(ORIGINS)
        if option is None:
            return
        for fact in text_for_list(option, _ONE):
            if fact.given.count("://") > 1 or "," in fact.given:
                yield fact
        ways = alternatives(spread(option.value))
        for way in ways:
            if not isinstance(way.value, Known):
                continue
            span = option.span or self.where
            if (why := _why_refused(way.value)) is not None:
                yield Fact(
                    "rejected-configuration",
                    f"every request fails: {why}",
                    (Label(span, "raises TypeError with each request", primary=True),),
                    'list origins: cors_allowed_origins=["https://app.example.com"]',
                    ORIGINS,
                    conditions=way.conditions,
                )
            yield from self._stars(way.value, span, alone=len(ways) == 1)
            yield from _patterns(way.value)
            if serves_websockets:
                yield from self._open_to_websockets(way, span)

    def _open_to_websockets(self, way: Alternative[object], span: Span) -> Iterator[Fact]:
        """Origins by which nobody is kept from a websocket, where polling goes without cookies or not at all."""
        assert isinstance(way.value, Known)
        if _is_switched_off(way.value):
            yield _unchecked(way.value.span or span, "switches the check of origins off", way.conditions)
            return
        found = self._origins(way.value)
        entries = found.value.entries if isinstance(found, Known) else ()
        star = next((entry for entry in entries if isinstance(entry, AnyOrigin)), None)
        for other in alternatives(self.option(CREDENTIALS, True).value):
            both = merge(way.conditions, other.conditions)
            if star is None or both is None or not isinstance(other.value, Known) or truth(other.value.value):
                continue
            label = f"every origin is allowed, and {CREDENTIALS} says nothing of websockets"
            yield _unchecked(star.span or span, label, both)

    def option(self, name: str, default: object) -> Option:
        """The option, or what holds where it is not given."""
        return self.options.get(name) or Option(name, Known(default), self.where, "default")

    def _stars(self, known: Known[object], span: Span, *, alone: bool) -> Iterator[Fact]:
        """A `*` in a list: what stands beside it has no effect, or it has none itself."""
        items = _elements(known) if not isinstance(known.value, str) else ()
        star = next((one for one in items or () if isinstance(one, Known) and one.value == "*"), None)
        if star is None:
            return
        others = [one.span for one in items or () if isinstance(one, Known) and one.value != "*" and one.span]
        if not self.how.takes_star_in_list:
            yield Fact(
                "malformed-origin",
                f"before python-engineio {STAR_IN_LIST} a `*` in a list lets nobody in",
                (Label(star.span or span, "is compared as text", primary=True),),
                "name the origins you trust",
                ORIGINS,
            )
        elif others and alone and star.span is not None:
            yield Fact(
                "shadowed-setting",
                "the origins named here make no difference: `*` lets every origin in",
                (
                    *(Label(other, "has no effect", primary=number == 0) for number, other in enumerate(others)),
                    Label(star.span, "lets every origin in"),
                ),
                'remove `"*"`, or the rest if every origin is meant',
                ORIGINS,
            )

    def _origins(self, known: Known[object]) -> Known[Origins] | Unknown:
        value = known.value
        if value is None:
            is_written = known.span is not None and known.span.text == "None"
            if known.override is not None and not is_written:
                return decided_by(known.override, known.span, known.trail)
            by_default = Allowed() if self.how.checks_origin else Origins((AnyOrigin(known.span),))
            return _same_place(known, by_default)
        if isinstance(value, str):
            return _same_place(known, Origins((AnyOrigin(known.span) if value == "*" else _exact(value, known.span),)))
        elements = _elements(known)
        if elements is None:
            return _same_place(known, Allowed(by="failure"))
        if _is_switched_off(known):
            return _same_place(known, Allowed(by="nothing"))
        entries = (self._entry(element) for element in elements)
        return _same_place(known, Origins(tuple(entry for entry in entries if entry is not None)))

    def _entry(self, element: Value[object]) -> Entry | None:
        """An element of a list; None for what equals no text."""
        if not isinstance(element, Known):
            return Undecided(element.reason if isinstance(element, Unknown) else "it depends", element.span)
        if element.value is None and element.override is not None:
            unset = decided_by(element.override, element.span)
            return Undecided(unset.reason, element.span)
        if not isinstance(element.value, str):
            return None
        if element.value == "*":
            return AnyOrigin(element.span) if self.how.takes_star_in_list else None
        return _exact(element.value, element.span)


def _is_switched_off(known: Known[object]) -> bool:
    """Whether nothing is checked: with `[]`, and not with another collection that is empty."""
    return isinstance(known.value, Items) and known.value.kind == "list" and not known.value.items


def _unchecked(span: Span, label: str, conditions: Conditions) -> Fact:
    """Browsers keep other sites from polling with cookies. Of websockets they ask the server alone.

    https://websockets.spec.whatwg.org/#feedback-from-the-protocol
    """
    handshake = Request(
        "https://evil.example",
        "https://api.example/socket.io/?EIO=4&transport=websocket",
        headers=(("Upgrade", "websocket"),),
        credentials="include",
    )
    step = "a websocket is not subject to CORS: it is the server that has to look at the origin, and it does not"
    return Fact(
        "production-wildcard",
        "every website can open a websocket here with the visitor's cookies, and read its events",
        (Label(span, label, primary=True),),
        'name the origins you trust: cors_allowed_origins=["https://app.example.com"]; '
        "without the option it is the server's own",
        ORIGINS,
        conditions=conditions,
        proof=Proof(handshake, None, Response(101), Verdict(True, False, (step,))),
    )


def _patterns(known: Known[object]) -> Iterator[Fact]:
    for one in _elements(known) or ():
        if isinstance(one, Known) and isinstance(one.value, Compiled) and one.span is not None:
            yield Fact(
                "malformed-origin",
                "this lets nobody in: a compiled pattern equals no origin",
                (Label(one.span, "is compared, not matched", primary=True),),
                "give a function: cors_allowed_origins=lambda origin, environ: bool(PATTERN.fullmatch(origin))",
                ORIGINS,
            )


def _exact(text: str, span: Span | None) -> Entry:
    return Null(span) if text == "null" else Exact(text, span)


def _elements(known: Known[object]) -> tuple[Value[object], ...] | None:
    """The elements of a collection; None for what is none."""
    if isinstance(known.value, Items):
        return known.value.items
    if isinstance(known.value, MappingValue):
        return tuple(key for key, _ in known.value.pairs)
    return None


def _why_refused(known: Known[object]) -> str | None:
    """Why an origin cannot be compared with this; None where it can."""
    if known.value is None or isinstance(known.value, str) or _elements(known) is not None:
        return None
    shown = "a compiled pattern" if isinstance(known.value, Compiled) else shortened(repr(known.value))
    return f"{shown} is neither a text, nor a list, nor a function"


def _same_place(known: Known[object], value: T) -> Known[T]:
    return Known(value, known.span, known.trail, known.override)
