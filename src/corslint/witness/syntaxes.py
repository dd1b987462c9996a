"""What the dialects of regular expressions write differently, and what each refuses.

Measured on Python 3.11, PCRE2 10.42, Go 1.27 and RE2, Java 17, the crate `regex` of pydantic-core 2.50 and V8 11.3.
Where versions of one engine are known to differ, nothing is assumed: such a pattern is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corslint.origins import Dialect
from corslint.witness.tree import Place

_PLACES: Mapping[str, Place] = {"b": "boundary", "B": "inside"}
_CONTROLS = {"f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Syntax:
    """One dialect."""

    places: Mapping[str, Place] = field(default_factory=lambda: _PLACES)
    """Escapes of places between characters."""
    controls: Mapping[str, str] = field(default_factory=lambda: _CONTROLS)
    """Escapes of control characters."""
    sets: str = "dDwWsS"
    """Escapes of sets."""
    count: re.Pattern[str] = re.compile(r"\{(?P<least>[0-9]+)(?:(?P<comma>,)(?P<most>[0-9]*))?\}")
    """A counted repetition."""
    doubtful_count: re.Pattern[str] | None = None
    """A brace that is no repetition, but is one to other versions, or an error."""
    most_copies: int = 10**9
    """How often anything may be repeated by count."""
    most_weight: int = 0
    """About how many bytes the engine makes of a pattern at most; 0 where it has no such limit."""
    weights: Mapping[str, int] = field(default_factory=dict)
    """About how many bytes a character or class takes that is written with such a text, the heaviest first."""
    repeats_places: bool = False
    """Whether `^*` is no error."""
    repeats_lookbehind: bool = True
    repeats_repetitions: bool = False
    """Whether `a**` is no error."""
    possessive: bool = False
    """Whether there are possessive quantifiers and atomic groups."""
    looks: bool = False
    """Whether there are tests of what stands before and after."""
    references: bool = False
    """Whether there are references to what a group has matched."""
    conditions: bool = False
    comments: bool = False
    """Whether `(?#...)` is a comment."""
    quotes: bool = False
    """Whether `\\Q...\\E` quotes."""
    names: tuple[str, ...] = ()
    """How the name of a group may begin, after `(?`."""
    name: re.Pattern[str] = _IDENTIFIER
    flags: str = ""
    """Letters of flags."""
    flags_off: str = ""
    """Letters that may stand after a hyphen."""
    strict_flags: bool = True
    """Whether flags must be neither empty, nor repeated, nor set and cleared at once."""
    leading_bracket: bool = True
    """Whether `]` is a member of a class where it is the first."""
    posix: bool = False
    nested_classes: bool = False
    operators: tuple[str, ...] = ()
    """Of sets, within classes."""
    loose_ranges: bool = False
    """Whether the hyphen of `[\\d-a]` stands for itself."""
    folds_beyond: Mapping[str, str] = field(default_factory=dict)
    """What equals an ASCII letter when case is ignored, though it is none."""

    def weight(self, text: str) -> int:
        """About how many bytes the engine makes of a character or class."""
        return next((weight for part, weight in self.weights.items() if part in text), 2)


_LOOKALIKES = {"\u017f": "s", "\u212a": "k"}
_DOTTED = {"\u0130": "i", "\u0131": "i"}

SYNTAXES: Mapping[Dialect, Syntax] = {
    "python": Syntax(
        places={**_PLACES, "A": "start", "Z": "end"},
        controls={**_CONTROLS, "a": "\a", "v": "\v"},
        count=re.compile(r"\{(?P<least>[0-9]+|(?=,))(?:(?P<comma>,)(?P<most>[0-9]*))?\}"),
        possessive=True,
        looks=True,
        references=True,
        conditions=True,
        comments=True,
        names=("P<",),
        name=re.compile(r"(?!\d)\w+\Z"),
        flags="aimsux",
        flags_off="imsx",
        folds_beyond={**_LOOKALIKES, **_DOTTED},
    ),
    "pcre": Syntax(
        places={**_PLACES, "A": "start", "Z": "end", "z": "end", "G": "start"},
        controls={**_CONTROLS, "a": "\a", "e": "\x1b"},
        sets="dDwWsShHvV",
        # Newer ones take blanks, and a count without its least.
        doubtful_count=re.compile(r"\{[ \t]*(?:[0-9]+[ \t]*(?:,[ \t]*[0-9]*[ \t]*)?|,[ \t]*[0-9]+[ \t]*)\}"),
        most_copies=65535,
        most_weight=45_000,
        weights={"[": 34},
        possessive=True,
        looks=True,
        references=True,
        conditions=True,
        comments=True,
        quotes=True,
        names=("P<", "<", "'"),
        name=re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}\Z"),
        flags="imnsxUJ",
        flags_off="imnsxUJ",
        strict_flags=False,
        posix=True,
    ),
    "go": Syntax(
        places={**_PLACES, "A": "start", "z": "end"},
        controls={**_CONTROLS, "a": "\a", "v": "\v"},
        count=re.compile(r"\{(?P<least>0|[1-9][0-9]*)(?:(?P<comma>,)(?P<most>0|[1-9][0-9]*)?)?\}"),
        most_copies=1000,
        repeats_places=True,
        quotes=True,
        names=("P<", "<"),
        name=re.compile(r"[A-Za-z0-9_]+\Z"),
        flags="imsU",
        flags_off="imsU",
        strict_flags=False,
        posix=True,
        loose_ranges=True,
        folds_beyond=_LOOKALIKES,
    ),
    "java": Syntax(
        places={**_PLACES, "A": "start", "Z": "end", "z": "end", "G": "start"},
        controls={**_CONTROLS, "a": "\a", "e": "\x1b"},
        sets="dDwWsShHvV",
        doubtful_count=re.compile(r"\{"),
        repeats_places=True,
        possessive=True,
        looks=True,
        references=True,
        quotes=True,
        names=("<",),
        name=re.compile(r"[A-Za-z][A-Za-z0-9]*\Z"),
        flags="dimsuxU",
        flags_off="dimsuxU",
        strict_flags=False,
        nested_classes=True,
        operators=("&&",),
        loose_ranges=True,
    ),
    "rust": Syntax(
        places={**_PLACES, "A": "start", "z": "end"},
        controls={**_CONTROLS, "a": "\a", "v": "\v"},
        count=re.compile(r"\{\s*(?P<least>[0-9]+)\s*(?:(?P<comma>,)\s*(?P<most>[0-9]*)\s*)?\}"),
        doubtful_count=re.compile(r"\{"),
        most_weight=8_000_000,
        weights={
            **dict.fromkeys((r"\w", r"\W", "[:^", r"\p", r"\P"), 52_000),
            **dict.fromkeys((r"\D", r"\d", r"\S", r"\s"), 13_000),
            **dict.fromkeys((".", "[^"), 1_100),
        },
        repeats_places=True,
        repeats_repetitions=True,
        names=("P<", "<"),
        flags="imsuxUR",
        flags_off="imsuxUR",
        posix=True,
        nested_classes=True,
        operators=("&&", "--", "~~"),
        folds_beyond=_LOOKALIKES,
    ),
    "js": Syntax(
        controls={**_CONTROLS, "v": "\v"},
        repeats_lookbehind=False,
        looks=True,
        references=True,
        names=("<",),
        name=re.compile(r"(?!\d)[\w$]+\Z"),
        leading_bracket=False,
        loose_ranges=True,
    ),
}
