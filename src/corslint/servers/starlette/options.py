"""What CORSMiddleware makes of its keywords.

https://github.com/Kludex/starlette/blob/1.10.0/starlette/middleware/cors.py, `CORSMiddleware.__init__`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from corslint.options import Option, Settings
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
    alternatives,
    combine,
    convert,
    decided_by,
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


class _Rejected(Exception):
    """Raised where the class raises; the message is the reason, for people."""


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
            max_age=self._read("max_age", _max_age),
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
            reasons = [_why(way.value, make) for way in alternatives(spread(option.value))]
            if reasons and all(reasons):
                yield Rejection(option, reasons[0] or "")

    def _option(self, name: str) -> Option:
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        option = self._option(name)

        def change(known: Known[object]) -> Known[T] | Unknown:
            if unset := _unset(known):
                return unset
            try:
                made = make(known)
            except _Rejected as rejected:
                return Unknown(f"the middleware refuses it: {rejected}", known.span, known.trail)
            if isinstance(made, Unknown):
                return made
            return Known(made, known.span, known.trail, known.override)

        value = convert(spread(option.value), change)
        return Setting(name, value, option.span, option.given, _written(option))

    def _origins(self) -> Setting[Origins]:
        listed, regex = self._option("allow_origins"), self._option("allow_origin_regex")

        def make(picked: Sequence[Known[object] | Unknown]) -> Known[Origins] | Unknown:
            one, two = picked
            entries: list[Entry] = []
            undecided: Unknown | None = None
            for part, read in ((one, _entries), (two, lambda known: _pattern(known, self.how))):
                found = _entries_of(part, read)
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
        return Setting(main.name, value, main.span, main.given, _written(main))

    def _methods(self, known: Known[object]) -> tuple[str, ...] | Unknown:
        if _holds_star(known):
            return self.how.every_method
        texts = _texts(known)
        if isinstance(known.value, str) and isinstance(texts, tuple):
            self.methods_from_text.add(texts)
        return texts

    def _headers(self, known: Known[object]) -> tuple[str, ...] | Unknown:
        texts = _texts(known)
        if _holds_star(known):
            return ("*",)
        if isinstance(texts, Unknown) or not self.how.safelisted_headers:
            return texts
        return tuple(sorted({*self.how.safelisted_headers, *texts}))


def _written(option: Option) -> Value[object] | None:
    return None if option.given == "default" else option.value


def _why(value: Known[object] | Unknown, make: Callable[[Known[object]], object]) -> str | None:
    if isinstance(value, Unknown) or _unset(value):
        return None
    try:
        make(value)
    except _Rejected as rejected:
        return str(rejected)
    return None


def _unset(known: Known[object]) -> Unknown | None:
    """A variable without a default: whoever reads it this way means it to be set.

    Where the source says `None` for it, nothing is what is meant unless somebody sets it.
    """
    is_written = known.span is not None and known.span.text == "None"
    if known.value is None and known.override is not None and not is_written:
        return decided_by(known.override, known.span, known.trail)
    return None


def _elements(known: Known[object]) -> tuple[Value[object], ...]:
    """What iterating over a value gives."""
    if isinstance(known.value, Items):
        return known.value.items
    if isinstance(known.value, MappingValue):
        return tuple(key for key, _ in known.value.pairs)
    if isinstance(known.value, str):
        return tuple(Known(character, known.span) for character in known.value)
    raise _Rejected(f"{_shown(known.value)} is no collection of texts")


def _shown(value: object) -> str:
    if isinstance(value, Items):
        return f"a {value.kind}"
    if isinstance(value, MappingValue):
        return "a dict"
    return "a compiled pattern" if isinstance(value, Compiled) else repr(value)


def holds_star(known: Known[object]) -> bool:
    """Whether `*` is in a collection; False for what is none."""
    return isinstance(known.value, Items | MappingValue | str) and _holds_star(known)


def _holds_star(known: Known[object]) -> bool:
    return any(isinstance(element, Known) and element.value == "*" for element in _elements(known))


def _texts(known: Known[object]) -> tuple[str, ...] | Unknown:
    """The texts that are joined with ", " or compared."""
    texts: list[str] = []
    for element in _elements(known):
        if isinstance(element, Unknown):
            return element
        if not isinstance(element, Known):
            return Unknown("it depends on conditions", element.span)
        if unset := _unset(element):
            return unset
        if not isinstance(element.value, str):
            raise _Rejected(f"{_shown(element.value)} is no text")
        texts.append(element.value)
    return tuple(texts)


def _entries_of(
    part: Known[object] | Unknown, read: Callable[[Known[object]], list[Entry] | Unknown]
) -> list[Entry] | Unknown:
    if isinstance(part, Unknown):
        return part
    if unset := _unset(part):
        return unset
    try:
        return read(part)
    except _Rejected:
        return []


def _entries(known: Known[object]) -> list[Entry]:
    """The members of `allow_origins`; a str is searched for the origin instead (`origin in self.allow_origins`)."""
    if isinstance(known.value, str):
        if "*" in known.value:
            return [AnyOrigin(known.span)]
        return [Pattern(known.value, "python", "within", span=known.span)]
    return [entry for element in _elements(known) if (entry := _entry(element)) is not None]


def _entry(element: Value[object]) -> Entry | None:
    if isinstance(element, Unknown):
        return Undecided(element.reason, element.span)
    if not isinstance(element, Known):
        return Undecided("it depends on conditions", element.span)
    if unset := _unset(element):
        return Undecided(unset.reason, unset.span)
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
        raise _Rejected(f"{_shown(value)} is no regular expression")
    if not compiles(value):
        raise _Rejected(f"{value!r} is no regular expression")
    return [Pattern(value, "python", how.regex_match, span=known.span)]


def _exposed(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    return _texts(known) if truth(known.value) else None


def _max_age(known: Known[object]) -> int | str | Unknown | None:
    """`str(max_age)`, whatever it is; kept as a number where the header is that number."""
    value = known.value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and str(int(value)) == value:
        return int(value)
    if value is None or isinstance(value, (str, bool, float)):
        return str(value)
    return Unknown("it is no number", known.span)
