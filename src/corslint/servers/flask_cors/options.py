"""What flask-cors makes of its options.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py, functions `serialize_options`,
`sanitize_regex_param` and `flexible_str`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from corslint.options import Option, SettingsWithErrors
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided, compiles
from corslint.policy import Setting
from corslint.servers.flask_cors.answer import Detail, is_regex
from corslint.servers.flask_cors.versions import Behaviour
from corslint.source import Span
from corslint.values import Alternative, Compiled, Items, Known, Unknown, Value, alternatives, convert, spread, truth
from corslint.values import Mapping as MappingValue

T = TypeVar("T")

_LONGEST_SHOWN = 80
"""Characters of a text that a message repeats."""


@dataclass(slots=True)
class _Notes:
    """What is learnt on the way and fits into no setting."""

    not_text: set[str] = field(default_factory=set)
    headers_not_text: set[str] = field(default_factory=set)
    header_patterns: dict[str, Compiled] = field(default_factory=dict)
    spelled: dict[tuple[str, object], str] = field(default_factory=dict)


def settings(
    options: Mapping[str, Option],
    where: Span,
    answers_options: Literal["extension", "decorator", "view", "nobody", "unknown"],
    how: Behaviour,
) -> tuple[SettingsWithErrors, Detail]:
    """The settings of a policy, and what its answer depends on besides.

    `options` are those given, by the name of the keyword; `where` is the place where the others were left out.
    """
    notes = _Notes()

    def read(name: str, make: Callable[[Known[object], _Notes], Known[T] | Unknown]) -> Setting[T]:
        option = options.get(name) or Option(name, Known(how.defaults[name]), where, "default")
        written = spread(option.value)
        value = convert(written, lambda known: make(known, notes))
        return Setting(
            option.name, value, option.span, option.given, None if option.given == "default" else option.value
        )

    read_settings = SettingsWithErrors(
        origins=read("origins", _origins),
        credentials=read("supports_credentials", _credentials),
        methods=read("methods", _methods),
        headers=read("allow_headers", _headers),
        exposed=read("expose_headers", _exposed),
        max_age=read("max_age", _max_age),
        vary=read("vary_header", _flag),
        private_network=(
            read("allow_private_network", _flag)
            if how.private_network == "option"
            else Setting("private network", Known(how.private_network == "always"), None, "default")
        ),
        # The extension's hook runs on errors too, with `intercept_exceptions` off as well; the decorator only sees
        # what its view returns.
        on_errors=Setting("errors", Known(answers_options == "extension"), None, "default"),
    )
    detail = Detail(
        send_wildcard=read("send_wildcard", _flag).value,
        always_send=read("always_send", _flag).value,
        options=answers_options,
        refused=refuses_methods(options, how),
        intercepts=read("intercept_exceptions", _flag).value,
        not_text=frozenset(notes.not_text),
        headers_not_text=frozenset(notes.headers_not_text),
        header_patterns=notes.header_patterns,
        spelled=notes.spelled,
    )
    return read_settings, detail


def elements(known: Known[object]) -> tuple[Value[object], ...]:
    """The elements of a value that the product iterates, a str counting as one element."""
    if isinstance(known.value, Items):
        return known.value.items
    if isinstance(known.value, MappingValue):
        return tuple(key for key, _ in known.value.pairs)
    return (known,)


def not_a_pattern(text: str) -> str:
    """Why a text is refused that looks like a regular expression, for people."""
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return f"{shown!r} is taken for a regular expression, and is none"


def refuses_methods(options: Mapping[str, Option], how: Behaviour) -> bool:
    """Whether `methods` is None, and flask-cors raises on that."""
    value = options["methods"].value if "methods" in options else None
    return isinstance(value, Known) and value.value is None and not how.takes_anything


def _is_certain(way: Alternative[object], element: Value[object]) -> bool:
    """Whether neither a condition nor a variable of the environment decides that it is so."""
    return not way.conditions and all(isinstance(one, Known) and one.override is None for one in (way.value, element))


@dataclass(frozen=True, slots=True)
class Flaw:
    """An element of an option that flask-cors can compare with nothing."""

    option: Option
    why: str
    """For people."""
    is_pattern: bool
    """Whether it is taken for a regular expression, and is none; else it is no text."""


def flaws(options: Mapping[str, Option], how: Behaviour) -> Iterator[Flaw]:
    """The elements that are refused or never matched, whatever else is decided at run time."""
    for name in ("origins", "allow_headers"):
        option = options.get(name)
        if option is None:
            continue
        for way in alternatives(spread(option.value)):
            for element in elements(way.value) if isinstance(way.value, Known) else ():
                value = element.value if isinstance(element, Known) else ""
                if value in ("*", ".*") and how.bad_pattern != "start":
                    break  # nothing is compared with what follows
                if isinstance(value, str) and value != "*" and is_regex(value) and not compiles(value):
                    yield Flaw(option, not_a_pattern(value), True)
                elif isinstance(value, int | float | None) and not how.takes_anything and _is_certain(way, element):
                    yield Flaw(option, f"{value!r} is no text", False)


def _origins(known: Known[object], notes: _Notes) -> Known[Origins]:
    return Known(
        Origins(tuple(_entry(element, notes) for element in elements(known))), known.span, known.trail, known.override
    )


def _entry(element: Value[object], notes: _Notes) -> Entry:
    if not isinstance(element, Known):
        return Undecided(element.reason if isinstance(element, Unknown) else "it depends on conditions", element.span)
    value, span = element.value, element.span
    if value is None and element.override is not None:
        # Whoever reads a variable without a default means it to be set.
        return Undecided(f"the environment variable {element.override} decides it", span)
    if isinstance(value, Compiled):
        return Pattern(value.pattern, "python", "match", value.ignore_case, span=span)
    if not isinstance(value, str):
        # `str()` of whatever it is; None is what an unset variable leaves behind.
        if not isinstance(value, int | float | None):
            return Undecided("it is no text", span)
        notes.not_text.add(str(value))
        return Exact(str(value), span, ignore_case=True)
    if value in ("*", ".*"):
        return AnyOrigin(span)
    if is_regex(value):
        return Pattern(value, "python", "match", ignore_case=True, span=span)
    return Null(span) if value.casefold() == "null" else Exact(value, span, ignore_case=True)


def _headers(known: Known[object], notes: _Notes) -> Known[tuple[str, ...] | None] | Unknown:
    allowed = []
    for element in elements(known):
        if not isinstance(element, Known):
            return element if isinstance(element, Unknown) else Unknown("it depends on conditions", element.span)
        if isinstance(element.value, Compiled):
            notes.header_patterns[element.value.pattern] = element.value
            allowed.append(element.value.pattern)
        elif isinstance(element.value, str):
            allowed.append("*" if element.value == ".*" else element.value)
        elif isinstance(element.value, int | float | None):
            notes.headers_not_text.add(str(element.value))
            allowed.append(str(element.value))
        else:
            return Unknown("an element is no text", element.span)
    return Known(tuple(allowed), known.span, known.trail, known.override)


def _methods(known: Known[object], notes: _Notes) -> Known[tuple[str, ...] | None] | Unknown:
    text = _joined(known)
    return text if isinstance(text, Unknown) else _listed("methods", known, text and text.upper(), notes)


def _exposed(known: Known[object], notes: _Notes) -> Known[tuple[str, ...] | None] | Unknown:
    text = _joined(known)
    return text if isinstance(text, Unknown) else _listed("expose_headers", known, text, notes)


def _joined(known: Known[object]) -> str | Unknown | None:
    """The text of the header: a list is sorted and joined, anything else is taken as it is."""
    if known.value is None:
        return None
    if not isinstance(known.value, Items | MappingValue):
        return str(known.value)
    texts = []
    for element in elements(known):
        if not isinstance(element, Known):
            return element if isinstance(element, Unknown) else Unknown("it depends on conditions", element.span)
        if not isinstance(element.value, str):
            return Unknown("an element is no text", element.span)
        texts.append(element.value)
    return ", ".join(sorted(texts))


def _listed(setting: str, known: Known[object], text: str | None, notes: _Notes) -> Known[tuple[str, ...] | None]:
    # A header without a value is not sent.
    names = tuple(stripped for name in text.split(",") if (stripped := name.strip())) if text else None
    if text and names is not None and ", ".join(names) != text:
        notes.spelled[setting, names] = text
    return Known(names, known.span, known.trail, known.override)


def _max_age(known: Known[object], notes: _Notes) -> Known[int | str | None] | Unknown:
    value = known.value
    if isinstance(value, Items | MappingValue | Compiled):
        return Unknown("it is no number", known.span)
    # A number 0 is not sent, the text "0" is.
    text = str(value) if value else None
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 20):
        return Known(text, known.span, known.trail, known.override)
    seconds = int(text)
    if text != str(seconds):
        notes.spelled["max_age", seconds] = text
    return Known(seconds, known.span, known.trail, known.override)


def _credentials(known: Known[object], notes: _Notes) -> Known[bool | str | None]:
    return Known(truth(known.value), known.span, known.trail, known.override)


def _flag(known: Known[object], notes: _Notes) -> Known[bool]:
    return Known(truth(known.value), known.span, known.trail, known.override)
