"""What CORSConfig makes of its fields.

https://github.com/litestar-org/litestar/blob/v2.25.0/litestar/config/cors.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from corslint.iteration import RefusedError, elements, holds, shown, texts, unset
from corslint.options import Option, Settings, entries_of, number_as_text, setting, why_refused
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided, compiles
from corslint.policy import Setting
from corslint.servers.litestar.answer import Moment
from corslint.servers.litestar.versions import Behaviour
from corslint.source import Span
from corslint.values import Items, Known, Unknown, Value, alternatives, combine, spread, truth

T = TypeVar("T")
DEFAULTS: Mapping[str, object] = {
    "allow_origins": Items("list", (Known("*"),)),
    "allow_methods": Items("list", (Known("*"),)),
    "allow_headers": Items("list", (Known("*"),)),
    "allow_credentials": False,
    "allow_origin_regex": None,
    "expose_headers": Items("list", ()),
    "max_age": 600,
}
"""The fields in their order, with what holds where one is not given."""
PARAMETERS = tuple(DEFAULTS)
_UPDATE = "update Litestar to 2.20 or later, which takes an origin in the list as it is written"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value with which the class raises."""

    option: Option
    why: str
    when: frozenset[Moment]


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of one object, read."""

    how: Behaviour
    options: Mapping[str, Option]
    where: Span

    def settings(self) -> Settings:
        """The settings of a policy."""
        return Settings(
            origins=self._origins(),
            credentials=self._read("allow_credentials", lambda known: truth(known.value)),
            methods=self._read("allow_methods", _methods),
            headers=self._read("allow_headers", _lowered),
            exposed=self._read("expose_headers", _exposed),
            max_age=self._read("max_age", number_as_text),
            vary=Setting("Vary", Known(True), None, "default"),
            private_network=Setting("private network access", Known(False), None, "default"),
        )

    def rejections(self) -> Iterator[Rejection]:
        """The fields with which the class raises, whatever else is decided at run time."""
        makers: dict[str, Callable[[Known[object]], object]] = {
            "allow_headers": _lowered,
            "allow_methods": texts,
            "expose_headers": _exposed,
            "allow_origins": self._list,
        }
        if not self.is_open():
            makers["allow_origin_regex"] = self._pattern
        for name, make in makers.items():
            option = self.option(name)
            if (why := why_refused(option, make)) is not None:
                yield Rejection(option, why, self._when(option))

    def _when(self, option: Option) -> frozenset[Moment]:
        """When the class raises with what it cannot take for a field."""
        if option.name == "allow_headers":
            return frozenset({"start"})
        if option.name == "expose_headers" and self.how.preflight_by == "middleware":
            return frozenset({"answers"})
        if option.name != "allow_methods":
            return frozenset({"preflights", "answers"})
        moments: set[Moment] = set()
        if not _holds_star(option.value):
            moments.add("preflights")
        if self.how.names_lists == "always" or (self.how.names_lists == "where missing" and _counts(option.value)):
            moments.add("answers")
        return frozenset(moments)

    def is_open(self) -> bool:
        """Whether the list lets every origin in, in whichever way it turns out."""
        return all(_holds_star(way.value) for way in alternatives(self.option("allow_origins").value))

    def option(self, name: str) -> Option:
        """What is given for a field, or its default."""
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        return setting(self.option(name), make, "Litestar")

    def _origins(self) -> Setting[Origins]:
        listed, regex = self.option("allow_origins"), self.option("allow_origin_regex")

        def make(picked: Sequence[Known[object] | Unknown]) -> Known[Origins] | Unknown:
            one, two = picked
            entries: list[Entry] = []
            undecided: Unknown | None = None
            for part, read in ((one, self._list), (two, self._pattern)):
                found = entries_of(part, read)
                if isinstance(found, Unknown):
                    undecided = undecided or found
                    entries.append(Undecided(found.reason, found.span))
                else:
                    entries.extend(found)
            if undecided is not None and all(isinstance(entry, Undecided) for entry in entries):
                return undecided
            by = next((part.override for part in (one, two) if isinstance(part, Known) and part.override), None)
            return Known(Origins(tuple(entries)), one.span, one.trail, by)

        value = combine([spread(listed.value), spread(regex.value)], make)
        return Setting(listed.name, value, listed.span, listed.given, listed.written)

    def _list(self, known: Known[object]) -> list[Entry]:
        if holds(known, "*"):
            everyone = next((one for one in elements(known) if isinstance(one, Known) and one.value == "*"), known)
            others = () if isinstance(known.value, str) else elements(known)
            return [
                AnyOrigin(everyone.span),
                *(entry for one in others if one is not everyone for entry in _beside(one)),
            ]
        if isinstance(known.value, str):
            letters = "|".join(
                re.escape(letter) if self.how.origins_are_text else letter for letter in dict.fromkeys(known.value)
            )
            if not compiles(letters):
                raise RefusedError(f"the letters of {known.value!r} are no regular expressions")
            return [Pattern(letters, "python", "fullmatch", span=known.span)]
        return [self._entry(element) for element in elements(known)]

    def _entry(self, element: Value[object]) -> Entry:
        if isinstance(element, Unknown):
            return Undecided(element.reason, element.span)
        if not isinstance(element, Known):
            return Undecided("it depends on conditions", element.span)
        if missing := unset(element):
            return Undecided(missing.reason, missing.span)
        text = element.value
        if not isinstance(text, str):
            raise RefusedError(f"{shown(text)} is no text")
        if self.how.origins_are_text and "*" in text:
            return Pattern(text, "python", "glob", span=element.span)
        if self.how.origins_are_text or not re.search(r"[.^$*+?{}\[\]\\|()]", text):
            return Null(element.span) if text == "null" else Exact(text, element.span)
        read = _as_expression(text)
        if not compiles(read):
            raise RefusedError(f"{text!r} is no regular expression, which it is read as before Litestar 2.20")
        return Pattern(read, "python", "fullmatch", span=element.span, remedy=_UPDATE)

    def _pattern(self, known: Known[object]) -> list[Entry]:
        if not truth(known.value):
            return []
        listed = self.option("allow_origins").value
        if not self.how.origins_are_text and isinstance(listed, Known) and not _is_list(listed):
            raise RefusedError("before Litestar 2.20 `allow_origins` must be a list beside a regular expression")
        if not isinstance(known.value, str):
            raise RefusedError(f"{shown(known.value)} is no text with a regular expression")
        text = known.value if self.how.origins_are_text else _as_expression(known.value)
        # Flags that hold for a whole expression may only stand at its beginning, and this comes behind the list.
        if not compiles(text if self._is_first() else f"|{text}"):
            raise RefusedError(f"{known.value!r} is no regular expression")
        return [Pattern(text, "python", "fullmatch", span=known.span)]

    def _is_first(self) -> bool:
        """Whether nothing may stand before the regular expression."""
        listed = self.option("allow_origins").value
        return not isinstance(listed, Known) or not truth(listed.value)


def _as_expression(text: str) -> str:
    """The regular expression that releases before 2.20 make of an origin, and of a regular expression too."""
    return text.replace("*.", r".*\.")


def _is_list(known: Known[object]) -> bool:
    return isinstance(known.value, Items) and known.value.kind == "list"


def _beside(element: Value[object]) -> Iterator[Entry]:
    """An origin that makes no difference beside `*`."""
    if isinstance(element, Known) and isinstance(element.value, str):
        yield Exact(element.value, element.span)


def _holds_star(value: Value[object]) -> bool:
    try:
        return isinstance(value, Known) and holds(value, "*")
    except RefusedError:
        return False


def _counts(value: Value[object]) -> bool:
    return not isinstance(value, Known) or truth(value.value)


def _methods(known: Known[object]) -> tuple[str, ...] | Unknown:
    """The methods; also of what is refused elsewhere, but fine for the answers that do not name them."""
    try:
        return texts(known)
    except RefusedError:
        if not truth(known.value):
            return ()
        if _holds_star(known):
            return ("*",)
        raise


def _lowered(known: Known[object]) -> tuple[str, ...] | Unknown:
    found = texts(known)
    return found if isinstance(found, Unknown) else tuple(map(str.lower, found))


def _exposed(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    return texts(known) if truth(known.value) else None
