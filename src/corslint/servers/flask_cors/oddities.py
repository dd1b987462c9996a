"""What is odd about options of flask-cors, beyond their values."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from corslint.finding import Label
from corslint.policy import Fact
from corslint.servers.flask_cors.configuration import NAMES, Configuration, Entry
from corslint.servers.flask_cors.options import DEFAULTS, Option, refused
from corslint.servers.flask_cors.resources import Resource
from corslint.source import Span

RENAMED: Mapping[str, str] = {"headers": "allow_headers", "CORS_HEADERS": "CORS_ALLOW_HEADERS"}
"""Names that stopped being read with flask-cors 2.0 (2015), and what they are called since."""
_MEANT: Mapping[str, str] = {
    "allow_credentials": "supports_credentials",
    "allow_methods": "methods",
    "allow_origin": "origins",
    "allow_origins": "origins",
    "allowed_origins": "origins",
    "credentials": "supports_credentials",
}
"""Names that other products give to what the options do."""


def unread(name: str, span: Span) -> Fact:
    """A name that is not read: an old one, or none that ever was."""
    new = RENAMED.get(name)
    if new is not None:
        return Fact(
            "renamed-setting",
            f"flask-cors has not read `{name}` since version 2.0",
            (Label(span, f"now called `{new}`", primary=True),),
            f"write `{new}`",
            name,
        )
    prefix = "CORS_" if name.startswith("CORS_") else ""
    meant = _meant(name.removeprefix("CORS_").lower() if prefix else name)
    if meant is None:
        help_ = "remove it, or use one of " + ", ".join(NAMES if prefix else DEFAULTS)
    else:
        help_ = f"did you mean `{prefix}{meant.upper() if prefix else meant}`?"
    return Fact(
        "unknown-setting",
        f"flask-cors reads no `{name}`, and goes on without it",
        (Label(span, "not read", primary=True),),
        help_,
        name,
    )


@lru_cache(maxsize=1024)
def _meant(name: str) -> str | None:
    close = difflib.get_close_matches(name, [*DEFAULTS, *_MEANT], 1, 0.75)
    return _MEANT.get(close[0], close[0]) if close else None


def unread_entries(configuration: Configuration) -> list[Fact]:
    """The CORS_* entries of a configuration that are not read."""
    return [unread(entry.name, entry.span) for entry in configuration.entries if entry.name not in NAMES]


def late(entry: Entry, where: Span) -> Fact:
    """An entry that is set after the extension, at `where`, has read the configuration."""
    return Fact(
        "late-setting",
        f"`{entry.name}` has no effect: flask-cors has read the configuration before",
        (Label(entry.span, "set too late", primary=True), Label(where, "the configuration is read here")),
        f"set `{entry.name}` above the call, or pass the option to it",
        entry.name,
    )


def dead(resource: Resource, where: Span) -> Fact:
    """A resource that no path matches."""
    return Fact(
        "dead-resource",
        f"no path ever matches `{resource.text}`: paths begin with a slash",
        (Label(resource.span or where, "never matches", primary=True),),
        f"write `/{resource.text}/*`",
        "resources",
    )


def reasons(options: Mapping[str, Option]) -> list[tuple[Span, str]]:
    """The places of options that flask-cors refuses by themselves, each with why."""
    return [(option.span, why) for option, why in refused(options) if option.span is not None]


def of_wildcard(options: Mapping[str, Option], where: Span) -> list[tuple[Span, str]]:
    """The same for `*` and credentials, which it refuses together."""
    option = options.get("send_wildcard")
    why = "`send_wildcard`, credentials and every origin exclude each other"
    return [(option.span if option and option.span else where, why)]


def refusals(what: str, found: Sequence[tuple[Span, str]]) -> Iterator[Fact]:
    """A fact for each reason, once; `what` is what comes of it: "the application does not start"."""
    for span, why in dict.fromkeys(found):
        yield Fact(
            "rejected-configuration",
            f"{what}: {why}",
            (Label(span, "raises ValueError", primary=True),),
            "give an option that flask-cors accepts",
        )
