"""The kinds of failure that browsers print about CORS: `rules/console-errors.toml`, read once, when asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from corslint import catalogue

Browser: TypeAlias = Literal["chromium", "firefox", "safari"]
BROWSERS: tuple[Browser, ...] = get_args(Browser)
NETWORK = "Network"
"""The cause of a failure of the transport, which Chromium's `CorsError` has no name for."""
_PREFIX = "Preflight"
_CHROMIUM_PREFIX = r"(?P<preflight>Response to preflight request doesn't pass access control check: ?)?"


class TableError(Exception):
    """Raised when the table is missing or not of the form; the message says why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure."""

    cause: str
    """Chromium's `CorsError` name, without `Preflight` where the answer to the request can have the flaw too."""
    preflight: Literal["either", "always", "never"]
    """Which answer is at fault: the one to the preflight, or the one to the request itself."""
    title: str
    """What the browser objects to, in one line without a full stop."""
    plain: str
    """The same for somebody who has never heard of CORS; Markdown's backticks round code."""
    patterns: tuple[tuple[Browser, re.Pattern[str]], ...] = ()
    """What each browser prints, with the groups value, method, header, origin, url, status and preflight."""
    names: tuple[str, ...] = ()
    """Other names of the cause: Firefox's, MDN's, old ones."""
    could_be: tuple[str, ...] = ()
    """Other causes behind the same text."""
    either_way: bool = False
    """Whether the text leaves open which of the two answers is at fault."""
    vague: bool = False
    """Whether the text may also stand beside one that says more."""
    refused: bool = True
    """False for a warning about a request that gets through."""
    sent: bool = True
    """False where the browser sends nothing at all."""
    look_for: tuple[str, ...] = ()
    """The keys of the hints, the likeliest first."""
    look_for_at_preflight: tuple[str, ...] = ()
    """The same where the preflight failed; empty where that makes no difference."""
    rules: tuple[str, ...] = ()
    """The slugs of rules that find settings with this effect."""
    beyond: tuple[str, ...] = ()
    """Those that find what the answer of a single policy does not show."""

    @property
    def is_by_the_answer(self) -> bool:
        """Whether it is an answer of the server that the browser objects to."""
        return self.refused and self.sent and self.cause != NETWORK

    def prints(self, browser: Browser) -> bool:
        """Whether that browser has a sentence for it."""
        return any(one == browser for one, _ in self.patterns)

    def name(self, preflight: bool) -> str:
        """Chromium's name where the answer to the preflight is at fault, or where it is not."""
        return f"{_PREFIX}{self.cause}" if preflight and self.preflight == "either" else self.cause


@dataclass(frozen=True, slots=True)
class Hint:
    """Where to look when no policy explains a failure."""

    text: str
    status: frozenset[int] = frozenset()
    """The statuses of an answer that make it the first guess."""
    redirected: bool = False
    """Whether it is the first guess where the text tells of a redirect."""
    local: bool = False
    """Whether it is the first guess for a server on this machine."""
    browser: str | None = None
    """The only browser it is about."""


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table."""

    failures: tuple[Failure, ...]
    hints: dict[str, Hint]
    vague: tuple[tuple[Browser | None, re.Pattern[str]], ...]
    """Texts that do not tell the cause, with the browser where it shows."""
    answered: tuple[tuple[Browser | None, re.Pattern[str]], ...]
    """Lines about requests that were answered and handed over, with the browser where it shows."""
    translated: tuple[tuple[str, re.Pattern[str]], ...]
    """What a Firefox in another language prints where it names no header, with the cause."""
    vague_words: tuple[str, str]
    """Title and plain words for a text that does not tell the cause."""
    cut_off_words: tuple[str, str]
    """The same for a message without its end, that still tells which page it is about."""
    answered_words: tuple[str, str]

    def named(self, name: str) -> tuple[Failure, bool] | None:
        """The failure of a name in any spelling, and whether it is that of the preflight; None for any other text.

        Chromium's names may have the `k` of their source, Firefox's the digit at the end, and spaces may stand
        between the words, as in Firefox's network panel.
        """
        return _named().get(folded(name))


def folded(name: str) -> str:
    """A name without case, spaces and the digits at its end."""
    return re.sub(r"[\s_]", "", name).rstrip("0123456789").lower()


@cache
def table() -> Table:
    """The table. Raises TableError."""
    import tomli

    try:
        made = tomli.loads((catalogue.folder() / "console-errors.toml").read_text(encoding="utf-8"))
        return Table(
            failures=tuple(map(_failure, made["failure"])),
            hints={key: _hint(one) for key, one in made["hint"].items()},
            vague=tuple(
                (one.get("browser"), re.compile(pattern)) for one in made["vague"] for pattern in one["patterns"]
            ),
            answered=tuple(
                (one.get("browser"), re.compile(pattern)) for one in made["answered"] for pattern in one["patterns"]
            ),
            translated=tuple(
                (one["cause"], re.compile(pattern, re.IGNORECASE))
                for one in made["translated"]
                for pattern in one["patterns"]
            ),
            vague_words=(made["vague-text"]["title"], made["vague-text"]["plain"]),
            cut_off_words=(made["cut-off-text"]["title"], made["cut-off-text"]["plain"]),
            answered_words=(made["answered-text"]["title"], made["answered-text"]["plain"]),
        )
    except (OSError, catalogue.PageError, tomli.TOMLDecodeError, KeyError, re.error) as error:
        raise TableError(f"rules/console-errors.toml cannot be used: {error}") from None


def _failure(entry: dict[str, Any]) -> Failure:
    patterns: list[tuple[Browser, re.Pattern[str]]] = []
    for browser in BROWSERS:
        prefix = _CHROMIUM_PREFIX if browser == "chromium" else ""
        patterns += [(browser, re.compile(prefix + pattern)) for pattern in entry.get(browser, ())]
    return Failure(
        cause=entry["cause"],
        preflight=entry["preflight"],
        title=entry["title"],
        plain=entry["plain"],
        patterns=tuple(patterns),
        names=tuple(entry.get("names", ())),
        could_be=tuple(entry.get("could-be", ())),
        either_way=entry.get("either-way", False),
        vague=entry.get("vague", False),
        refused=entry.get("refused", True),
        sent=entry.get("sent", True),
        look_for=tuple(entry["look-for"]),
        look_for_at_preflight=tuple(entry.get("look-for-at-preflight", ())),
        rules=tuple(entry.get("rules", ())),
        beyond=tuple(entry.get("beyond", ())),
    )


def _hint(entry: dict[str, Any]) -> Hint:
    return Hint(
        text=entry["text"],
        status=frozenset(entry.get("status", ())),
        redirected=entry.get("redirected", False),
        local=entry.get("local", False),
        browser=entry.get("browser"),
    )


@cache
def _named() -> dict[str, tuple[Failure, bool]]:
    names: dict[str, tuple[Failure, bool]] = {}
    for failure in table().failures:
        for preflight in (False, True):
            for name in (failure.name(preflight), *failure.names):
                names.setdefault(folded(name), (failure, preflight or failure.preflight == "always"))
                names.setdefault(folded(f"k{name}"), (failure, preflight or failure.preflight == "always"))
    return names


@cache
def names() -> tuple[str, ...]:
    """Every name that is understood, as it is usually spelt; for suggestions."""
    spelt: dict[str, None] = {}
    for failure in table().failures:
        spelt |= dict.fromkeys((failure.name(False), failure.name(True), *failure.names))
    return tuple(spelt)
