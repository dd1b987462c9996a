"""What django-cors-headers makes of its settings.

https://github.com/adamchainz/django-cors-headers/blob/4.9.0/src/corsheaders/conf.py and middleware.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from corslint.options import Option, SettingsWithErrors
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided, compiles
from corslint.policy import PathTest, Scope, Setting
from corslint.resolve.conditions import environment
from corslint.servers.django_cors_headers.answer import (
    BROKEN_LIST,
    BROKEN_NAMES,
    BROKEN_PATTERN,
    EXPOSE,
    HEADERS,
    LIST,
    METHODS,
    REGEXES,
    URLS,
    split_origin,
)
from corslint.servers.django_cors_headers.versions import NEWEST, Behaviour
from corslint.source import Span
from corslint.values import (
    Alternative,
    Compiled,
    Condition,
    Items,
    Known,
    OneOf,
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

ALL, PRIVATE_NETWORK = "CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_PRIVATE_NETWORK"
CREDENTIALS = "CORS_ALLOW_CREDENTIALS"
OLD_NAMES: Mapping[str, str] = {
    "CORS_ORIGIN_ALLOW_ALL": ALL,
    "CORS_ORIGIN_WHITELIST": LIST,
    "CORS_ORIGIN_REGEX_WHITELIST": REGEXES,
}
"""Names from before 3.5 (2020), and what they are called now. The new one wins, whatever its value."""
DEFAULT_METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
"""`corsheaders.defaults.default_methods`."""
DEFAULTS: Mapping[str, object] = {
    ALL: False,
    LIST: Items("tuple", ()),
    REGEXES: Items("tuple", ()),
    URLS: "^.*$",
    "CORS_ALLOW_METHODS": Items("tuple", tuple(map(Known, DEFAULT_METHODS))),
    "CORS_ALLOW_HEADERS": Items("tuple", tuple(map(Known, NEWEST.default_headers))),
    "CORS_EXPOSE_HEADERS": Items("tuple", ()),
    CREDENTIALS: False,
    PRIVATE_NETWORK: False,
    "CORS_PREFLIGHT_MAX_AGE": 86400,
}
"""Every setting under its present name, with what holds in the newest release where it is not given."""
NAMES = frozenset({*DEFAULTS, *OLD_NAMES})
"""Every setting that is read, old names included."""
_NO_TEXT = "holds an entry that is no text"
_LONGEST_SHOWN = 80
"""Characters of a text that a message repeats."""
# Characters that, alone, are a pattern which every origin passes.
_PASS_ALL = frozenset("^.|")
_LET_ALL_IN = ("", ".*", ".+", "^.*", "^.*$")


def defaults(how: Behaviour) -> Mapping[str, object]:
    """Every setting that a release reads, with what holds where it is not given."""
    found = {**DEFAULTS, HEADERS: Items("tuple", tuple(map(Known, how.default_headers)))}
    if not how.private_network:
        del found[PRIVATE_NETWORK]
    return found


def settings(
    options: Mapping[str, Option], where: Span, how: Behaviour
) -> tuple[SettingsWithErrors, Mapping[tuple[str, object], str]]:
    """The settings of a policy, and the spelling of its headers where it is not their value joined by ", ".

    `options` are those given, by their present name; `where` is the place where the others were left out.
    """
    spelled: dict[tuple[str, object], str] = {}
    without = defaults(how)

    def read(name: str, make: Callable[[Known[object]], Known[T] | Unknown]) -> Setting[T]:
        option = options.get(name) or Option(name, Known(without[name]), where, "default")
        value = convert(spread(option.value), make)
        return Setting(
            option.name, value, option.span, option.given, None if option.given == "default" else option.value
        )

    def listed(name: str) -> Callable[[Known[object]], Known[tuple[str, ...] | None] | Unknown]:
        return lambda known: _joined(name, known, spelled)

    return (
        SettingsWithErrors(
            origins=_origins(options, where, how),
            credentials=read(CREDENTIALS, _credentials),
            methods=read(METHODS, listed(METHODS)),
            headers=read(HEADERS, listed(HEADERS)),
            exposed=read(EXPOSE, listed(EXPOSE)),
            max_age=read("CORS_PREFLIGHT_MAX_AGE", lambda known: _max_age(known, spelled)),
            vary=Setting("Vary", Known(True), None, "default"),
            private_network=(
                read(PRIVATE_NETWORK, _flag)
                if how.private_network
                else Setting("private network", Known(False), None, "default")
            ),
            # Django makes a response of an exception before the middleware sees it.
            on_errors=Setting("errors", Known(True), None, "default"),
        ),
        spelled,
    )


def scope(option: Option | None) -> Scope:
    """The paths that CORS_URLS_REGEX leaves to the middleware; all, where run time decides."""
    value = option.value if option is not None else None
    if not isinstance(value, Known) or not isinstance(value.value, str | Compiled) or _no_pattern(value):
        return Scope()
    pattern = value.value if isinstance(value.value, Compiled) else Compiled(value.value)
    if pattern.pattern in ("", "^", ".*", "^.*", "^.*$", "/", "^/", "^/.*", "^/.*$", "/.*"):
        return Scope()
    return Scope(f"paths matching {pattern.pattern}", (PathTest(pattern.pattern, "match", pattern.ignore_case),))


@dataclass(frozen=True, slots=True)
class Breakage:
    """What the middleware raises on."""

    name: str
    """Of the setting, the present one."""
    option: Option
    why: str
    """For people, behind the name of the setting: "is no list"."""


def breakages(options: Mapping[str, Option]) -> Iterator[Breakage]:
    """The settings with which the middleware raises when it uses them, whatever is decided at run time."""
    tests: dict[str, Callable[[Known[object]], str]] = {
        URLS: _no_pattern,
        LIST: _no_origins,
        REGEXES: _no_patterns,
        EXPOSE: _no_names,
        HEADERS: _no_names,
        METHODS: _no_names,
    }
    for name, test in tests.items():
        option = options.get(name)
        value = option.value if option is not None else None
        if option is not None and isinstance(value, Known) and _is_certain(value) and (why := test(value)):
            yield Breakage(name, option, why)


def _is_certain(known: Known[object]) -> bool:
    """Whether no variable of the environment can replace a value or one of its elements."""
    return all(not isinstance(one, Known) or one.override is None for one in (known, *elements(known)))


def _no_pattern(known: Known[object]) -> str:
    """Why a value is no regular expression; empty if it is one."""
    if isinstance(known.value, Compiled):
        return ""
    if not isinstance(known.value, str):
        return "is no text"
    return "" if compiles(known.value) else f"holds {_shown(known.value)}, which is no regular expression"


def _no_list(known: Known[object]) -> str:
    return "" if isinstance(known.value, str | Items | MappingValue) else "is no list"


def _no_origins(known: Known[object]) -> str:
    return _no_list(known) or next((why for one in elements(known) if (why := _no_origin(one))), "")


def _no_origin(element: Value[object]) -> str:
    if not isinstance(element, Known):
        return ""
    if isinstance(element.value, str):
        return "" if split_origin(element.value) is not None else f"holds {_shown(element.value)}, which is no URL"
    # What is empty is compared as b"".
    return _NO_TEXT if not isinstance(element.value, bytes) and truth(element.value) else ""


def _no_patterns(known: Known[object]) -> str:
    for element in elements(known):
        # What follows an element that is decided at run time, or lets everybody in, may never be reached.
        if not isinstance(element, Known) or element.value in _LET_ALL_IN:
            break
        if why := _no_pattern(element):
            return why if isinstance(element.value, str) else _NO_TEXT
    return _no_list(known)


def _no_names(known: Known[object]) -> str:
    bad = any(isinstance(one, Known) and not isinstance(one.value, str) for one in elements(known))
    return _no_list(known) or (_NO_TEXT if bad else "")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def is_dead(option: Option | None) -> bool:
    """Whether CORS_URLS_REGEX leaves no path to the middleware by mistake.

    What matches nothing at all, such as `^$`, is meant so: a handler of the signal `check_request_enabled` decides.
    """
    tests = scope(option).includes
    return bool(tests) and all(test.is_dead and re.match(r"\^?(?:\((?:\?:)?)*\w", test.text) for test in tests)


def _origins(options: Mapping[str, Option], where: Span, how: Behaviour) -> Setting[Origins]:
    given = {
        name: options.get(name) or Option(name, Known(DEFAULTS[name]), where, "default")
        for name in (ALL, LIST, REGEXES)
    }
    values = _one_variable([spread(given[name].value) for name in (ALL, LIST, REGEXES)])
    value = combine(values, partial(_entries, how))
    speaking = next(
        (
            given[name]
            for name in (ALL, LIST, REGEXES)
            if any(
                not isinstance(way.value, Known) or truth(way.value.value) for way in alternatives(given[name].value)
            )
        ),
        next((given[name] for name in (LIST, ALL, REGEXES) if name in options), given[LIST]),
    )
    written = None if speaking.given == "default" else speaking.value
    parts = tuple(option.as_written() for option in given.values() if option.given != "default")
    return Setting(speaking.name, value, speaking.span, speaking.given, written, parts if len(parts) > 1 else ())


def _one_variable(values: Sequence[Value[object]]) -> list[Value[object]]:
    """The values such that one variable at most replaces the defaults among them; each other one is a condition."""
    everyone, *listed = values
    if isinstance(everyone, Known) and truth(everyone.value):
        return list(values)
    replaced = [one for one in listed if isinstance(one, Known) and one.override]
    main = next((one.override for one in replaced if truth(one.value)), replaced[0].override if replaced else None)
    return [_by_condition(one, main) for one in values]


def _by_condition(value: Value[object], variable: str | None) -> Value[object]:
    """The value, with a condition in the place of a variable that replaces it, unless it is this one."""
    if variable is None or not isinstance(value, Known) or value.override in (None, variable):
        return value
    assert value.override is not None
    unset, is_set = Condition(value.override, "is unset"), Condition(value.override, "is set")
    decided = decided_by(value.override, value.span, value.trail)
    ways = (((unset,), replace(value, override=None)), ((is_set,), decided))
    return OneOf(tuple(Alternative(when, one, environment(when)) for when, one in ways), value.span, value.trail)


def may_come_over_http(origins: Value[Origins]) -> bool:
    """Whether a page on http:// is let in, in a way that is known and more than an example."""
    return any(
        isinstance(way.value, Known) and any(map(_is_plain, way.value.value.entries))
        for way in alternatives(origins)
        if way.environment != "documentation"
    )


def _is_plain(entry: Entry) -> bool:
    if isinstance(entry, Exact):
        return not entry.text.lower().startswith("https:")
    if isinstance(entry, Pattern):
        return re.match(r"[\^(?:]*https\\?:", entry.text, re.IGNORECASE) is None
    return isinstance(entry, AnyOrigin | Reflected)


_OFF = {ALL: "False", REGEXES: "[]"}


def beside_the_list(options: Mapping[str, Option]) -> tuple[str, ...]:
    """What has to be written so that only the list of origins lets in: the other settings that may, switched off."""
    written = [(options[name].name, options[name].value, off) for name, off in _OFF.items() if name in options]
    return tuple(
        f"{name} = {off}"
        for name, value, off in written
        if any(not isinstance(way.value, Known) or truth(way.value.value) for way in alternatives(value))
    )


def _entries(how: Behaviour, picked: Sequence[Known[Any] | Unknown]) -> Known[Origins] | Unknown:
    allow_all, listed, regexes = picked
    if isinstance(allow_all, Known) and truth(allow_all.value):
        return Known(Origins((AnyOrigin(allow_all.span),)), allow_all.span, allow_all.trail, allow_all.override)
    entries: list[Entry] = []
    if isinstance(allow_all, Unknown):
        entries.append(Undecided(allow_all.reason, allow_all.span))
    of_list = _hosts if how.lists_hosts else _listed
    for value, make, broken in ((listed, of_list, BROKEN_LIST), (regexes, _patterns, BROKEN_PATTERN)):
        if isinstance(value, Unknown):
            entries.append(Undecided(value.reason, value.span))
        elif isinstance(value.value, str | Items | MappingValue):
            entries.extend(dict.fromkeys(make(value)))
        else:
            entries.append(Undecided(broken, value.span))
    undecided = [entry for entry in entries if isinstance(entry, Undecided)]
    if undecided == entries != [] and not any(one.reason in (BROKEN_LIST, BROKEN_PATTERN) for one in undecided):
        return Unknown(undecided[0].reason, undecided[0].span)
    source = listed if isinstance(listed, Known) and truth(listed.value) else regexes
    override = next((one.override for one in (source, *picked) if isinstance(one, Known) and one.override), None)
    if isinstance(source, Unknown):
        return Known(Origins(tuple(entries)), override=override)
    return Known(Origins(tuple(entries)), source.span, source.trail, override)


def elements(known: Known[object]) -> tuple[Value[object], ...]:
    """What a `for` loop over the value gives: the characters of a str, the keys of a dict."""
    value = known.value
    if isinstance(value, str):
        return tuple(Known(character, known.span) for character in value)
    if isinstance(value, MappingValue):
        return tuple(key for key, _ in value.pairs)
    return value.items if isinstance(value, Items) else ()


def _listed(known: Known[object]) -> Iterator[Entry]:
    is_broken = bool(_no_origins(known))
    for element in elements(known):
        if not isinstance(element, Known):
            yield _undecided(element)
        elif not isinstance(element.value, str):
            if _no_origin(element):
                yield Undecided(BROKEN_LIST, element.span)
        elif not is_broken or element.value == "null" or split_origin(element.value) is None:
            # Of a list that cannot be split, only `null` itself is found before that is tried.
            yield _of_text(element.value, element.span)


def _hosts(known: Known[object]) -> Iterator[Entry]:
    """What a list lets in whose entries are compared with the host and port of the origin, which `null` has not."""
    for element in elements(known):
        if not isinstance(element, Known):
            yield _undecided(element)
        elif isinstance(element.value, str):
            yield Null(element.span) if element.value in ("", "null") else Exact(element.value, element.span)


def _of_text(text: str, span: Span | None) -> Entry:
    """What one listed origin lets in: scheme and authority are compared, so that one without either admits `null`."""
    split = split_origin(text)
    if split == ("", ""):
        return Null(span)
    return Exact("://".join(split) if split and all(split) else text, span)


def _patterns(known: Known[object]) -> Iterator[Entry]:
    for element in elements(known):
        if not isinstance(element, Known):
            yield _undecided(element)
        elif isinstance(element.value, Compiled):
            yield Pattern(element.value.pattern, "python", "match", element.value.ignore_case, span=element.span)
        elif not isinstance(element.value, str):
            yield Undecided(BROKEN_PATTERN, element.span)
        elif element.value == "" or (isinstance(known.value, str) and element.value in _PASS_ALL):
            yield Reflected(element.span)
            return
        else:
            yield Pattern(element.value, "python", "match", span=element.span)


def _undecided(value: Value[object]) -> Undecided:
    return Undecided(value.reason if isinstance(value, Unknown) else "it depends on conditions", value.span)


def _joined(
    name: str, known: Known[object], spelled: dict[tuple[str, object], str]
) -> Known[tuple[str, ...] | None] | Unknown:
    if not isinstance(known.value, str | Items | MappingValue):
        return Unknown(BROKEN_NAMES, known.span, known.trail)
    texts: list[str] = []
    for element in elements(known):
        if not isinstance(element, Known):
            return element if isinstance(element, Unknown) else Unknown("it depends on conditions", element.span)
        if not isinstance(element.value, str):
            return Unknown(BROKEN_NAMES, element.span)
        texts.append(element.value)
    text = ", ".join(texts)
    names = tuple(texts)
    if not isinstance(known.value, str):
        names = tuple(stripped for part in text.split(",") if (stripped := part.strip()))
        if ", ".join(names) != text:
            spelled[name, names] = text
    # An empty list still makes an empty Allow-Methods or Allow-Headers, but no Expose-Headers.
    nothing = name == EXPOSE and not texts
    return Known(None if nothing else names, known.span, known.trail, known.override)


def _max_age(known: Known[object], spelled: dict[tuple[str, object], str]) -> Known[int | str | None] | Unknown:
    value = known.value
    if isinstance(value, Items | MappingValue | Compiled):
        return Unknown("it is no number", known.span)
    text = str(value) if value else None
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 20):
        return Known(text, known.span, known.trail, known.override)
    seconds = int(text)
    if text != str(seconds):
        spelled["CORS_PREFLIGHT_MAX_AGE", seconds] = text
    return Known(seconds, known.span, known.trail, known.override)


def _credentials(known: Known[object]) -> Known[bool | str | None]:
    return Known(truth(known.value), known.span, known.trail, known.override)


def _flag(known: Known[object]) -> Known[bool]:
    return Known(truth(known.value), known.span, known.trail, known.override)
