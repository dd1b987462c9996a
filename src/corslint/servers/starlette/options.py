"""What CORSMiddleware makes of its keywords.

https://github.com/Kludex/starlette/blob/1.10.0/starlette/middleware/cors.py, `CORSMiddleware.__init__`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from corslint.iteration import RefusedError, elements, shown, texts, unset
from corslint.options import Option, Settings, entries_of, number_as_text, setting, why_refused
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided, compiles
from corslint.policy import Setting
from corslint.servers.starlette.answer import Detail
from corslint.servers.starlette.versions import Behaviour
from corslint.source import Span
from corslint.values import (
    Compiled,
    Items,
    Known,
    Unknown,
    Value,
    combine,
    spread,
    truth,
)
from corslint.values import Mapping as MappingValue

T = TypeVar("T")

DEFAULTS: Mapping[str, object] = {
    "allow_origins": Items("tuple", ()),
    "allow_methods": Items("tuple", (Known("GET"),)),
    "allow_headers": Items("tuple", ()),
    "allow_credentials": False,
    "allow_origin_regex": None,
    "allow_private_network": False,
    "expose_headers": Items("tuple", ()),
    "max_age": 600,
}
"""Every option but `app`, with what holds where it is not given."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value with which the class raises when it is built."""

    option: Option
    why: str


@dataclass(slots=True)
class Reading:
    """The options of one site, read."""

    how: Behaviour
    options: Mapping[str, Option]
    where: Span
    methods_from_text: set[tuple[str, ...]] = field(default_factory=set)

    def settings(self) -> tuple[Settings, Detail]:
        """The settings of a policy, and what its answer depends on besides."""
        settings = Settings(
            origins=self._origins(),
            credentials=self._read("allow_credentials", lambda known: truth(known.value)),
            methods=self._read("allow_methods", self._methods),
            headers=self._read("allow_headers", self._headers),
            exposed=self._read("expose_headers", _exposed),
            max_age=self._read("max_age", number_as_text),
            vary=Setting("Vary", Known(True), None, "default"),
            private_network=self._read("allow_private_network", lambda known: truth(known.value)),
        )
        detail = Detail(frozenset(self.methods_from_text), rejected=bool(list(self.rejections())))
        return settings, detail

    def rejections(self) -> Iterator[Rejection]:
        """The options with which the class raises, whatever else is decided at run time."""
        makers: dict[str, Callable[[Known[object]], object]] = {
            "allow_origins": lambda known: _entries(known),
            "allow_origin_regex": lambda known: _pattern(known, self.how),
            "allow_methods": self._methods,
            "allow_headers": self._headers,
            "expose_headers": _exposed,
        }
        for name, make in makers.items():
            option = self._option(name)
            if (why := why_refused(option, make)) is not None:
                yield Rejection(option, why)

    def _option(self, name: str) -> Option:
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        return setting(self._option(name), make, "the middleware")

    def _origins(self) -> Setting[Origins]:
        listed, regex = self._option("allow_origins"), self._option("allow_origin_regex")

        def make(picked: Sequence[Known[object] | Unknown]) -> Known[Origins] | Unknown:
            one, two = picked
            entries: list[Entry] = []
            undecided: Unknown | None = None
            for part, read in ((one, _entries), (two, lambda known: _pattern(known, self.how))):
                found = entries_of(part, read)
                if isinstance(found, Unknown):
                    undecided = undecided or found
                    entries.append(Undecided(found.reason, found.span))
                else:
                    entries.extend(found)
            if undecided is not None and all(isinstance(entry, Undecided) for entry in entries):
                return undecided
            # The place of the value that decides: the regular expression alone, or the list.
            shown = two if listed.given == "default" and isinstance(two, Known) and two.value is not None else one
            if isinstance(shown, Unknown):
                return Known(Origins(tuple(entries)), shown.span, shown.trail)
            by = next((part.override for part in (one, two) if isinstance(part, Known) and part.override), None)
            return Known(Origins(tuple(entries)), shown.span, shown.trail, by)

        value = combine([spread(listed.value), spread(regex.value)], make)
        main = regex if listed.given == "default" and regex.given != "default" else listed
        parts = tuple(option.as_written() for option in (listed, regex) if option.given != "default")
        return Setting(main.name, value, main.span, main.given, main.written, parts if len(parts) > 1 else ())

    def _methods(self, known: Known[object]) -> tuple[str, ...] | Unknown:
        if _holds_star(known):
            return self.how.every_method
        found = texts(known)
        if isinstance(known.value, str) and isinstance(found, tuple):
            self.methods_from_text.add(found)
        return found

    def _headers(self, known: Known[object]) -> tuple[str, ...] | Unknown:
        found = texts(known)
        if _holds_star(known):
            return ("*",)
        if isinstance(found, Unknown) or not self.how.safelisted_headers:
            return found
        return tuple(sorted({*self.how.safelisted_headers, *found}))


def holds_star(known: Known[object]) -> bool:
    """Whether `*` is in a collection; False for what is none."""
    return isinstance(known.value, Items | MappingValue | str) and _holds_star(known)


def _holds_star(known: Known[object]) -> bool:
    return any(isinstance(element, Known) and element.value == "*" for element in elements(known))


def _entries(known: Known[object]) -> list[Entry]:
    """The members of `allow_origins`; a str is searched for the origin instead (`origin in self.allow_origins`)."""
    if isinstance(known.value, str):
        if "*" in known.value:
            return [AnyOrigin(known.span)]
        return [Pattern(known.value, "python", "within", span=known.span)]
    return [entry for element in elements(known) if (entry := _entry(element)) is not None]


def _entry(element: Value[object]) -> Entry | None:
    if isinstance(element, Unknown):
        return Undecided(element.reason, element.span)
    if not isinstance(element, Known):
        return Undecided("it depends on conditions", element.span)
    if missing := unset(element):
        return Undecided(missing.reason, missing.span)
    if not isinstance(element.value, str):
        return None  # compared with a text it is never equal
    if element.value == "*":
        return AnyOrigin(element.span)
    return Null(element.span) if element.value == "null" else Exact(element.value, element.span)


def _pattern(known: Known[object], how: Behaviour) -> list[Entry]:
    value = known.value
    if value is None:
        return []
    if isinstance(value, Compiled):
        return [Pattern(value.pattern, "python", how.regex_match, value.ignore_case, span=known.span)]
    if not isinstance(value, str):
        raise RefusedError(f"{shown(value)} is no regular expression")
    if not compiles(value):
        raise RefusedError(f"{value!r} is no regular expression")
    return [Pattern(value, "python", how.regex_match, span=known.span)]


def _exposed(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    return texts(known) if truth(known.value) else None
