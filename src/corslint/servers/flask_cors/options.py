"""What flask-cors makes of its options.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py, functions `serialize_options`,
`sanitize_regex_param` and `flexible_str`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from corslint.options import Option, SettingsWithErrors
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided, compiles
from corslint.policy import Setting
from corslint.servers.flask_cors.answer import Detail, is_regex
from corslint.source import Span
from corslint.values import Compiled, Items, Known, Unknown, Value, alternatives, convert, spread, truth
from corslint.values import Mapping as MappingValue

T = TypeVar("T")

DEFAULTS: Mapping[str, object] = {
    "origins": "*",
    "methods": Items("list", tuple(map(Known, ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")))),
    "allow_headers": "*",
    "expose_headers": None,
    "supports_credentials": False,
    "max_age": None,
    "send_wildcard": False,
    "automatic_options": True,
    "vary_header": True,
    "resources": r"/*",
    "intercept_exceptions": True,
    "always_send": True,
    "allow_private_network": False,
}
"""Every option, with what holds where it is not given."""
_LONGEST_SHOWN = 80
"""Characters of a text that a message repeats."""


@dataclass(slots=True)
class _Notes:
    """What is learnt on the way and fits into no setting."""

    not_text: set[str] = field(default_factory=set)
    header_patterns: dict[str, Compiled] = field(default_factory=dict)
    spelled: dict[tuple[str, object], str] = field(default_factory=dict)


def settings(
    options: Mapping[str, Option],
    where: Span,
    answers_options: Literal["extension", "decorator", "view", "nobody", "unknown"],
) -> tuple[SettingsWithErrors, Detail]:
    """The settings of a policy, and what its answer depends on besides.

    `options` are those given, by the name of the keyword; `where` is the place where the others were left out.
    """
    notes = _Notes()

    def read(name: str, make: Callable[[Known[object], _Notes], Known[T] | Unknown]) -> Setting[T]:
        option = options.get(name) or Option(name, Known(DEFAULTS[name]), where, "default")
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
        private_network=read("allow_private_network", _flag),
        # The extension's hook runs on errors too, with `intercept_exceptions` off as well; the decorator only sees
        # what its view returns.
        on_errors=Setting("errors", Known(answers_options == "extension"), None, "default"),
    )
    detail = Detail(
        send_wildcard=read("send_wildcard", _flag).value,
        always_send=read("always_send", _flag).value,
        options=answers_options,
        not_text=frozenset(notes.not_text),
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


def refused(options: Mapping[str, Option]) -> list[tuple[Option, str]]:
    """The options with which the product raises when it starts, whatever else is decided at run time, and why."""
    found = []
    for name in ("origins", "allow_headers"):
        if name in options:
            for way in alternatives(spread(options[name].value)):
                for element in elements(way.value) if isinstance(way.value, Known) else ():
                    text = element.value if isinstance(element, Known) else None
                    if isinstance(text, str) and text != "*" and is_regex(text) and not compiles(text):
                        found.append((options[name], not_a_pattern(text)))
    return found


def _origins(known: Known[object], notes: _Notes) -> Known[Origins]:
    return Known(
        Origins(tuple(_entry(element, notes) for element in elements(known))), known.span, known.trail, known.override
    )


def _entry(element: Value[object], notes: _Notes) -> Entry:
    if not isinstance(element, Known):
        return Undecided(element.reason if isinstance(element, Unknown) else "it depends on conditions", element.span)
    value, span = element.value, element.span
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
