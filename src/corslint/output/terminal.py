"""What may be shown on a terminal, how wide it is there, and colours.

Everything that comes from a scanned file passes through here: control characters would let a file write to the
terminal (CWE-150), and invisible or right-to-left ones let it show other code than it holds (https://trojansource.codes).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

TAB = "    "
"""What a tab is shown as inside a line of source."""
MAX_TEXT = 1000
"""Characters of a message that are shown; scanned values may be of any length."""

Colour = Literal["error", "warning", "note", "frame", "bold", "dim"]
_CODES: dict[Colour, str] = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "frame": "1;34",
    "bold": "1",
    "dim": "2",
}


def shown(text: str) -> str:
    r"""`text` with every character that is no plain visible one as its escape: `\x1b`, `\u202e`, `\n`."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    """`text` as it may stand in a message: escaped, and cut where it is very long."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + "..."
    return shown(text)


def source_line(text: str) -> str:
    """A stretch of a line of source as it is shown: tabs spread, the rest escaped."""
    return (
        shown(text.replace("\t", TAB))
        if text.isascii()
        else "".join(TAB if character == "\t" else _shown(character) for character in text)
    )


def columns(text: str) -> int:
    """How many columns of a terminal `text`, as already shown, takes up."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


@dataclass(frozen=True, slots=True)
class Painter:
    """Colours text, or leaves it as it is."""

    on: bool

    def __call__(self, colour: Colour, text: str) -> str:
        """`text` in a colour."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.on and text else text
