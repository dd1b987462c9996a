"""Where the reading of a pattern stands, and the flags in force there."""

from __future__ import annotations

import re

from corslint.origins import Dialect, UndecidedError
from corslint.witness.charsets import folded
from corslint.witness.syntaxes import SYNTAXES
from corslint.witness.tree import mask_of

MAX_DEPTH = 80
"""How deeply groups and classes may be nested."""


class Cursor:
    """A position in a pattern."""

    def __init__(self, text: str, dialect: Dialect, *, ignore_case: bool) -> None:
        self.text = _units(text, dialect)
        self.position = 0
        self.dialect: Dialect = dialect
        self.syntax = SYNTAXES[dialect]
        self.ignore_case = ignore_case
        self.extended = False
        """Whether blanks and comments are skipped."""
        self.folds_beyond = self.syntax.folds_beyond
        """What equals an ASCII letter when case is ignored, though it is none."""
        self._depth = 0

    def unread(self, what: str) -> UndecidedError:
        """The error that says what is not read here."""
        shown = self.text if len(self.text) <= 80 else f"{self.text[:77]}..."
        return UndecidedError(f"the pattern {shown!r} cannot be decided: {what} at {self.position}")

    def next(self) -> str:
        """The character here; empty at the end."""
        return self.text[self.position : self.position + 1]

    def starts(self, text: str) -> bool:
        """Whether this text follows."""
        return self.text.startswith(text, self.position)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass what a pattern matches here."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def passed(self, text: str) -> bool:
        """Pass this text, if it follows."""
        if not self.starts(text):
            return False
        self.position += len(text)
        return True

    def deeper(self) -> None:
        """Enter a group or class. Raises UndecidedError below MAX_DEPTH."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.unread("groups nested too deeply")

    def higher(self) -> None:
        """Leave a group or class."""
        self._depth -= 1

    @property
    def is_outside(self) -> bool:
        """Whether no group is open."""
        return self._depth == 0

    def between(self, low: int, high: int) -> int:
        """The set of the characters between two code points, and of what equals them here."""
        mask = 0
        for code in range(low, min(high, 127) + 1):
            mask |= 1 << code
        if not self.ignore_case:
            return mask
        for beyond, letter in self.folds_beyond.items():
            if low <= ord(beyond) <= high:
                mask |= mask_of(letter)
        return folded(mask)


def _units(text: str, dialect: Dialect) -> str:
    """The text as the engine sees it: nginx's PCRE in bytes, JavaScript in halves of surrogate pairs."""
    if dialect == "pcre" and not text.isascii():
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
    if dialect == "js" and not text.isascii():
        units = text.encode("utf-16-le", "surrogatepass")
        return "".join(chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2))
    return text
