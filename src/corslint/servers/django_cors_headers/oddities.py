"""What is odd about the settings of a module, beyond their values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
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
from corslint.values import Known, truth

_REFERER = "CORS_REPLACE_HTTPS_REFERER"
_REMOVED: Mapping[str, str] = {
    "CORS_MODEL": "add a handler to the signal `check_request_enabled`",
    _REFERER: "list the origins in CSRF_TRUSTED_ORIGINS",
}
"""Settings that are not read any more, and what does their work now."""


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
        yield from _failed_checks(given.options.get(LIST))


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
                f"remove {everyone.name}, or the list if every origin is meant",
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
        close = difflib.get_close_matches(name, sorted(NAMES - OLD_NAMES.keys()), 1, 0.8)
        used = len(re.findall(rf"\b{name}\b", given.text))
        if close and used == 1:
            yield Fact(
                "unknown-setting",
                f"django-cors-headers reads no {name}",
                (Label(span, "not read", primary=True),),
                f"did you mean {close[0]}?",
                name,
            )


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


def _failed_checks(option: Option | None) -> Iterator[Fact]:
    """Origins that the middleware reads and the system checks refuse: corsheaders.E014."""
    if option is None or not isinstance(option.value, Known) or isinstance(option.value.value, str):
        return
    for element in elements(option.value):
        text = element.value if isinstance(element, Known) else None
        if not isinstance(text, str) or element.span is None:
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
