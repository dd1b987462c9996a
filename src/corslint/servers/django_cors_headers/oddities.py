"""What is odd about the settings of a module, beyond their values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from corslint.finding import Label
from corslint.mistyped import LETTERS, text_for_flag, text_for_list, variable_for_list
from corslint.options import Option
from corslint.policy import Fact
from corslint.servers.django_cors_headers.answer import EXPOSE, HEADERS, LIST, METHODS, REGEXES, URLS, split_origin
from corslint.servers.django_cors_headers.options import (
    ALL,
    CREDENTIALS,
    NAMES,
    OLD_NAMES,
    PRIVATE_NETWORK,
    breakages,
    elements,
    is_dead,
)
from corslint.servers.django_cors_headers.versions import Behaviour
from corslint.source import Span
from corslint.values import Items, Known, truth

_REFERER = "CORS_REPLACE_HTTPS_REFERER"
_REMOVED: Mapping[str, str] = {
    "CORS_MODEL": "add a handler to the signal `check_request_enabled`",
    _REFERER: "list the origins in CSRF_TRUSTED_ORIGINS",
}
"""Settings that are not read any more, and what does their work now."""
_MEANT: Mapping[str, str] = {
    "CORS_ALLOW_ALL": ALL,
    "CORS_HEADERS": HEADERS,
    "CORS_MAX_AGE": "CORS_PREFLIGHT_MAX_AGE",
    "CORS_METHODS": METHODS,
    "CORS_ORIGINS": LIST,
    "CORS_ORIGIN_WHITELIST_REGEX": REGEXES,
    "CORS_SUPPORTS_CREDENTIALS": CREDENTIALS,
    "CORS_WHITELIST": LIST,
}
"""Names that other products give to what the settings do, or that fit them as well."""


@dataclass(frozen=True, slots=True)
class Given:
    """The CORS names of a module or class of settings."""

    own: Mapping[str, Span]
    """Those it sets itself, read or not, and where."""
    read: frozenset[str]
    """Those the product reads that are set here or inherited, old names included."""
    options: Mapping[str, Option]
    """What they amount to, by present name."""
    text: str
    """The whole file."""
    installed: bool
    """Whether the settings name the product, so that other CORS names are meant for it."""
    checked: bool
    """Whether `manage.py` runs the system checks of the product."""
    how: Behaviour
    is_used: Callable[[str], bool]
    """Whether a name of its own is read somewhere in the project."""


def oddities(given: Given) -> Iterator[Fact]:
    """Names that are old, shadowed or not read, and origins that the system checks refuse."""
    yield from _old_names(given)
    yield from _shadowed_by_all(given.options)
    yield from _mistyped(given.options)
    yield from _dead(given.options.get(URLS))
    if given.installed:
        yield from _broken(given.options)
        yield from _unread(given)
    if given.installed and given.checked:
        yield from _failed_checks(given.options)


def _old_names(given: Given) -> Iterator[Fact]:
    for old, new in OLD_NAMES.items():
        if old not in given.own:
            continue
        span = given.own[old]
        if new in given.read:
            yield Fact(
                "shadowed-setting",
                f"{old} has no effect: {new}, its present name, is set too",
                (Label(span, "never read", primary=True), *_labels(given.options[new].span, "is read in its place")),
                f"remove {old}",
                old,
            )
        elif given.how.present_names:
            yield Fact(
                "renamed-setting",
                f"{old} is the name of {new} from before version 3.5",
                (Label(span, f"now called {new}", primary=True),),
                f"write {new}",
                old,
            )


def _shadowed_by_all(options: Mapping[str, Option]) -> Iterator[Fact]:
    everyone = options.get(ALL)
    if everyone is None or not isinstance(everyone.value, Known) or not truth(everyone.value.value):
        return
    if any(slip.given for slip in text_for_flag(everyone)):
        return  # it was meant to be off, and that it is not is told with its cause
    for name, option in options.items():
        if name not in (LIST, REGEXES) or option.span is None or everyone.span is None:
            continue
        # A module that lets everyone in over the list of the module it builds upon means it.
        if option.span.source is not everyone.span.source:
            continue
        if isinstance(option.value, Known) and truth(option.value.value):
            yield Fact(
                "shadowed-setting",
                f"{option.name} has no effect: {everyone.name} lets every origin in",
                (Label(option.span, "never read", primary=True), Label(everyone.span, "lets every origin in")),
                f"remove {everyone.name} if only the list is meant",
                option.name,
            )


def _mistyped(options: Mapping[str, Option]) -> Iterator[Fact]:
    """Texts where the middleware goes through a list, or asks for a yes or a no."""
    for name in (ALL, CREDENTIALS, PRIVATE_NETWORK):
        if name in options:
            yield from text_for_flag(options[name])
    for name in (LIST, REGEXES, METHODS, HEADERS, EXPOSE):
        if name not in options:
            continue
        facts = text_for_list(options[name], LETTERS)
        # Patterns are shown as they are: what looks like several names in one of them is one.
        yield from (replace(one, help=one.help or _MENDED[REGEXES]) if name == REGEXES else one for one in facts)
        if name in (LIST, REGEXES):
            yield from variable_for_list(options[name], LETTERS)


def _dead(option: Option | None) -> Iterator[Fact]:
    """A pattern of paths without the slash at its beginning, as Django's own URL patterns have none."""
    if option is None or option.span is None or not is_dead(option):
        return
    yield Fact(
        "dead-resource",
        f"no answer carries a CORS header: no path ever matches {option.name}",
        (Label(option.span, "never matches, as paths begin with a slash", primary=True),),
        r'begin it with a slash: r"^/api/.*$"',
        option.name,
    )


def _unread(given: Given) -> Iterator[Fact]:
    """Names that look like settings of the product and are none."""
    for name, span in given.own.items():
        if name == PRIVATE_NETWORK and not given.how.private_network:
            yield Fact(
                "unknown-setting",
                f"django-cors-headers reads {name} since version 4.0",
                (Label(span, "not read by the release that is installed", primary=True),),
                "remove it, or install a newer release",
                name,
            )
        old = next((old for old, new in OLD_NAMES.items() if new == name), None)
        if old is not None and not given.how.present_names:
            yield Fact(
                "unknown-setting",
                f"django-cors-headers reads {name} since version 3.5",
                (Label(span, "not read by the release that is installed", primary=True),),
                f"write {old}, or install a newer release",
                name,
            )
        if name in NAMES or (name == _REFERER and given.how.replaces_referer):
            continue
        if name in _REMOVED:
            yield Fact(
                "unknown-setting",
                f"django-cors-headers has not read {name} since it was removed",
                (Label(span, "not read", primary=True),),
                _REMOVED[name],
                name,
            )
            continue
        meant = _meaning(name)
        if meant and len(re.findall(rf"\b{name}\b", given.text)) == 1 and not given.is_used(name):
            yield Fact(
                "unknown-setting",
                f"django-cors-headers reads no {name}",
                (Label(span, "not read", primary=True),),
                f"did you mean {meant}?",
                name,
            )


def _meaning(name: str) -> str | None:
    """The setting that somebody meant by a name; None where it cannot be told."""
    close = difflib.get_close_matches(name, sorted({*NAMES, *_MEANT} - OLD_NAMES.keys()), 1, 0.8)
    return _MEANT.get(close[0], close[0]) if close else None


def _broken(options: Mapping[str, Option]) -> Iterator[Fact]:
    """Settings that the middleware raises on, as soon as it uses them."""
    everyone = options.get(ALL)
    is_open = everyone is not None and isinstance(everyone.value, Known) and truth(everyone.value.value)
    for one in breakages(options):
        # What becomes of the characters of a text is told with the rule string-for-list.
        is_text = isinstance(one.option.value, Known) and isinstance(one.option.value.value, str)
        if one.option.span is None or (one.name in (LIST, REGEXES) and (is_open or is_text)):
            continue
        yield Fact(
            "rejected-configuration",
            f"{'every request fails' if one.name == URLS else 'requests fail'}: {one.option.name} {one.why}",
            (Label(one.option.span, "the middleware raises", primary=True),),
            _MENDED.get(one.name, "write a list of texts"),
            one.option.name,
        )


_MENDED = {
    URLS: r'write a regular expression, such as r"^/api/.*$"',
    LIST: 'list origins, such as "https://app.example.com"',
    REGEXES: r'list regular expressions, such as r"^https://[a-z0-9-]+\.example\.com$"',
}


def _failed_checks(options: Mapping[str, Option]) -> Iterator[Fact]:
    """What the middleware gets along with and the system checks of the product refuse.

    https://github.com/adamchainz/django-cors-headers/blob/4.9.0/src/corsheaders/checks.py
    """
    for name, (number, kind) in _CHECKS.items():
        option = options.get(name)
        known = option.value if option is not None else None
        if option is None or option.span is None or not isinstance(known, Known) or isinstance(known.value, str):
            continue
        if known.override is not None:
            continue  # where the variable is set, it is something else
        if kind == "bool":
            is_right = isinstance(known.value, bool)
        else:
            is_right = isinstance(known.value, Items) and known.value.kind != "set"
        if not is_right and not any(True for _ in breakages({name: option})):
            yield Fact(
                "rejected-configuration",
                f"`manage.py check` fails with corsheaders.E{number:03}: {option.name} is {_A[kind]}",
                (Label(known.span or option.span, f"is no {kind}", primary=True),),
                f"write {_A[kind]}, as `manage.py check` asks (corsheaders.E{number:03})",
                option.name,
            )
    yield from _bad_age(options.get("CORS_PREFLIGHT_MAX_AGE"))
    yield from _bad_origins(options.get(LIST))


_CHECKS: Mapping[str, tuple[int, str]] = {
    HEADERS: (1, "sequence"),
    METHODS: (2, "sequence"),
    CREDENTIALS: (3, "bool"),
    ALL: (5, "bool"),
    LIST: (6, "sequence"),
    REGEXES: (7, "sequence"),
    EXPOSE: (8, "sequence"),
    PRIVATE_NETWORK: (15, "bool"),
}
"""The number of the check of each setting, and what it asks for; what is a text is told with the rules on those."""
_A = {"bool": "True or False", "sequence": "a list or a tuple"}


def _bad_age(option: Option | None) -> Iterator[Fact]:
    known = option.value if option is not None else None
    if option is None or option.span is None or not isinstance(known, Known) or isinstance(known.value, bool):
        return
    # What is no number in the header either is told with the rule invalid-max-age.
    is_told = isinstance(known.value, str | float) and not re.fullmatch(r"\d*", str(known.value), re.ASCII)
    if not is_told and not (isinstance(known.value, int) and known.value >= 0):
        yield Fact(
            "rejected-configuration",
            f"`manage.py check` fails with corsheaders.E004: {option.name} is a number from 0 on",
            (Label(known.span or option.span, "is no such number", primary=True),),
            "write a whole number of seconds, without quotes, such as 600",
            option.name,
        )


def _bad_origins(option: Option | None) -> Iterator[Fact]:
    if option is None or not isinstance(option.value, Known) or isinstance(option.value.value, str):
        return
    for element in elements(option.value):
        text = element.value if isinstance(element, Known) else None
        # Two origins without a comma between them are one text, which is told as such.
        if not isinstance(text, str) or element.span is None or text.count("://") > 1:
            continue
        split = split_origin(text)
        if split is not None and all(split) and text.partition("://")[2] != split[1]:
            yield Fact(
                "rejected-configuration",
                "`manage.py check` fails with corsheaders.E014: an origin has no path",
                (Label(element.span, "ends after the host and the port", primary=True),),
                f'write "{"://".join(split)}"',
                option.name,
            )


def _labels(span: Span | None, text: str) -> tuple[Label, ...]:
    return () if span is None else (Label(span, text),)
