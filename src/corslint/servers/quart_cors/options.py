"""What Quart-CORS makes of its options.

https://github.com/pgjones/quart-cors/blob/0.8.0/src/quart_cors/__init__.py, functions `_sanitise_origin_set`,
`_sanitise_header_set` and `_sanitise_max_age`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from corslint.finding import Label
from corslint.mistyped import LETTERS, text_for_list, variable_for_list
from corslint.options import Option, SettingsWithErrors
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided
from corslint.policy import Fact, Setting
from corslint.resolve.conditions import merge
from corslint.servers.quart_cors.answer import Detail
from corslint.servers.quart_cors.versions import Behaviour
from corslint.source import Span
from corslint.syntax.python import shortened
from corslint.values import Compiled, Items, Known, Unknown, Value, alternatives, convert, decided_by, spread, truth

T = TypeVar("T")

DEFAULTS: Mapping[str, object] = {
    "allow_credentials": False,
    "allow_headers": Items("list", (Known("*"),)),
    "allow_methods": Items("list", tuple(map(Known, ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")))),
    "allow_origin": Items("list", (Known("*"),)),
    "expose_headers": Items("list", (Known(""),)),
    "max_age": None,
    "send_origin_wildcard": True,
}
"""Every option that the configuration knows too, with what holds where it is not given."""
PREFIX = "QUART_CORS_"
_LISTS = ("allow_headers", "allow_methods", "allow_origin", "expose_headers")
_NO = frozenset({"false", "no", "off", "none", "null", "0"})
"""Texts that were meant to switch credentials off, which any text does."""
_ONE = "one text is one {}: it is not divided at its commas"


@dataclass(frozen=True, slots=True)
class Reading:
    """The options of one application or view, read."""

    keywords: Mapping[str, Option]
    configured: Mapping[str, Option]
    """The entries of the configuration, by the name of the keyword each stands for."""
    where: Span
    """The place where the others were left out."""
    how: Behaviour

    def settings(self, answers: Literal["extension", "decorator", "view", "nobody"]) -> SettingsWithErrors:
        """The settings of a policy; `answers` says who answers OPTIONS."""
        return SettingsWithErrors(
            origins=self._read("allow_origin", _origins),
            credentials=self._read("allow_credentials", lambda known: known.value is True),
            methods=self._read("allow_methods", _names),
            headers=self._read("allow_headers", _names),
            exposed=self._read("expose_headers", _exposed),
            max_age=self._read("max_age", _max_age),
            vary=Setting("Vary", Known(True), None, "default"),
            private_network=Setting("private network", Known(False), None, "default"),
            on_errors=Setting("errors", Known(answers == "extension"), None, "default"),
        )

    def detail(self, answers: Literal["extension", "decorator", "view", "nobody"]) -> Detail:
        """What the answer depends on besides."""
        flag = self._read("send_origin_wildcard", lambda known: truth(known.value))
        return Detail(
            send_wildcard=flag.value if self.how.repeats_on_demand else Known(True),
            excludes_star=self._read("allow_credentials", lambda known: truth(known.value)).value,
            options=answers,
            refused=any(True for _ in self._refusals()),
        )

    def facts(self) -> Iterator[Fact]:
        """What is odd about the values."""
        for option, why in self._refusals():
            yield Fact(
                "rejected-configuration",
                f"every request fails: {why}",
                (Label(option.span or self.where, "raises an exception with each request", primary=True),),
                f"give `{option.name}` what the documentation asks for",
                option.name,
            )
        yield from self._star_with_credentials()
        yield from self._texts()

    def _star_with_credentials(self) -> Iterator[Fact]:
        origins, credentials = self._option("allow_origin"), self._option("allow_credentials")
        for one in alternatives(spread(origins.value)):
            for other in alternatives(credentials.value):
                both = merge(one.conditions, other.conditions)
                if both is None or not (isinstance(one.value, Known) and isinstance(other.value, Known)):
                    continue
                found = _origins(one.value)
                star = next((entry for entry in found.entries if isinstance(entry, AnyOrigin)), None)
                if star is None or not truth(other.value.value) or self._is_meant_otherwise(one.value):
                    continue
                beside = credentials.span or self.where
                labels: tuple[Label, ...] = (
                    Label(star.span or origins.span or self.where, "lets every origin in", primary=True),
                    Label(beside, "allows credentials"),
                )
                if origins.given == "default":
                    labels = (Label(beside, f"without {origins.name} every origin is allowed", primary=True),)
                yield Fact(
                    "rejected-configuration",
                    "every request fails: `*` and credentials exclude each other",
                    labels,
                    'name the origins you trust: allow_origin=["https://app.example.com"]',
                    origins.name,
                    conditions=both,
                )

    def _is_meant_otherwise(self, known: Known[object]) -> bool:
        """Whether the star is a letter of a longer text, which is told as such."""
        return isinstance(known.value, str) and known.value != "*"

    def _texts(self) -> Iterator[Fact]:
        """Texts where a list belongs, and what stands for True."""
        kinds = {
            "allow_origin": "origin",
            "allow_methods": "method",
            "allow_headers": "header",
            "expose_headers": "header",
        }
        for name, kind in kinds.items():
            option = self._option(name)
            if option.name.startswith(PREFIX):
                yield from text_for_list(option, LETTERS)
                yield from variable_for_list(option, LETTERS)
            elif name in self.keywords:
                written = replace(option, value=self.keywords[name].value)
                for fact in text_for_list(written, _ONE.format(kind)):
                    if "," in fact.given or fact.given.count("://") > 1:
                        yield fact
        option = self._option("allow_credentials")
        for way in alternatives(option.value):
            given = way.value.value if isinstance(way.value, Known) else None
            if given is True or not truth(given) or str(given).lower() in _NO:
                continue
            yield Fact(
                "invalid-credentials-value",
                "requests with cookies fail: nothing but True itself allows them",
                (Label(way.value.span or option.span or self.where, "is not True", primary=True),),
                "write True, without quotes",
                option.name,
                conditions=way.conditions,
            )

    def _refusals(self) -> Iterator[tuple[Option, str]]:
        option = self._option("max_age")
        ways = alternatives(option.value)
        reasons = [_why_no_age(way.value) for way in ways]
        if all(reasons):
            yield option, reasons[0] or ""

    def _option(self, name: str) -> Option:
        """The keyword, unless it is None; else what the configuration holds, else the default.

        A text of a keyword is put into a list; one of the configuration is not.
        """
        usual = self.configured.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")
        given = self.keywords.get(name)
        if given is None:
            return usual
        lost = name in ("allow_credentials", "send_origin_wildcard")  # `value or configured`
        if all(_is_left(way.value, lost) for way in alternatives(given.value)):
            return usual if name in self.configured else replace(given, value=usual.value)

        def change(known: Known[object]) -> Known[object]:
            if _is_left(known, lost) and isinstance(usual.value, Known):
                return usual.value
            is_one = name in _LISTS and isinstance(known.value, str | Compiled)
            return replace(known, value=Items("list", (known,))) if is_one else known

        return replace(given, value=convert(given.value, change))

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        option = self._option(name)

        def change(known: Known[object]) -> Known[T] | Unknown:
            if known.value is None and known.override is not None:
                return decided_by(known.override, known.span, known.trail)
            made = make(known)
            return made if isinstance(made, Unknown) else Known(made, known.span, known.trail, known.override)

        written = None if option.given == "default" else option.value
        return Setting(option.name, convert(spread(option.value), change), option.span, option.given, written)


def _is_left(value: Known[object] | Unknown, lost: bool) -> bool:
    """Whether a keyword leaves the decision to the configuration."""
    if isinstance(value, Unknown) or value.override is not None:
        return False
    return value.value is None or (lost and not truth(value.value))


def _elements(known: Known[object]) -> tuple[Value[object], ...]:
    if isinstance(known.value, Items):
        return known.value.items
    if isinstance(known.value, str):
        return tuple(Known(letter, known.span) for letter in dict.fromkeys(known.value))
    return ()


def _origins(known: Known[object]) -> Origins:
    return Origins(tuple(entry for element in _elements(known) if (entry := _entry(element)) is not None))


def _entry(element: Value[object]) -> Entry | None:
    """An element of the origins; None for what equals no text."""
    if not isinstance(element, Known):
        return Undecided(element.reason if isinstance(element, Unknown) else "it depends", element.span)
    value, span = element.value, element.span
    if value is None and element.override is not None:
        return Undecided(decided_by(element.override).reason, span)
    if isinstance(value, Compiled):
        return Pattern(value.pattern, "python", "match", value.ignore_case, span=span)
    if not isinstance(value, str):
        return None
    if value == "*":
        return AnyOrigin(span)
    return Null(span) if value == "null" else Exact(value, span)


def _names(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    names = []
    for element in _elements(known):
        if not isinstance(element, Known):
            return element if isinstance(element, Unknown) else Unknown("it depends on conditions", element.span)
        if not isinstance(element.value, str):
            return Unknown("an element is no text", element.span)
        names.append(element.value)
    return tuple(names)


def _exposed(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    names = _names(known)
    if not isinstance(names, tuple):
        return names
    # The default, a list with an empty name, is an empty list here, and no name at all is None.
    return (() if names == ("",) else names) if names else None


def _max_age(known: Known[object]) -> int | str | Unknown | None:
    value = known.value
    if value is None:
        return None
    if isinstance(value, str | int | float):
        try:
            return int(value)
        except (ValueError, OverflowError):
            return Unknown("every request fails with what is no number", known.span)
    return Unknown("it is no number", known.span)


def _why_no_age(value: Known[object] | Unknown) -> str | None:
    if isinstance(value, Unknown) or not isinstance(value.value, str):
        return None
    return f"{shortened(repr(value.value))} is no number of seconds" if isinstance(_max_age(value), Unknown) else None
