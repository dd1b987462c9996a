"""A file that was read, and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

Tree = TypeVar("Tree")
_PRIVATE = re.compile(
    r"""(?:.*/)?(?: \.?env(?:rc)?(?:[._-][^/]*)? | [^/]*[._-]env(?:rc)? | \.[^/]*env
    | (?:[^/]*[._-])?(?:docker-)?compose(?:[._-][^/]*)?\.ya?ml
    | [^/]*(?:docker|container)file(?:[._-][^/]*)? | procfile(?:\.\w+)?
    | [^/]*\.(?:tfvars|properties) ) | .*secret.*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CODE = (".py", ".pyi", ".js", ".ts", ".conf", ".md")
"""Files of which the path alone says nothing: people read their source every day."""
_VEIL = object()


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Exception


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One file: its path and its text, decoded but otherwise untouched (line endings are kept)."""

    path: str
    """Relative to the working directory, with forward slashes; what every report prints."""
    text: str = field(repr=False)
    _kept: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def is_private(self) -> bool:
        """Whether passwords stand beside the settings, by its path or by `veil`: env files, Compose, images, secrets.

        Of these no report shows more than the setting in question.
        """
        if _VEIL in self._kept:
            return True
        return not self.path.lower().endswith(_CODE) and _PRIVATE.fullmatch(self.path) is not None

    def veil(self) -> None:
        """Make it private, whatever its path: who parses it knows that it holds variables."""
        self._kept[_VEIL] = True

    def parsed(self, parse: Callable[[Source], Tree]) -> Tree:
        """The tree `parse` makes of this file; parsed on first use, then kept.

        Raises whatever `parse` raises, each time it is asked.
        """
        if parse not in self._kept:
            try:
                self._kept[parse] = parse(self)
            except Exception as error:
                self._kept[parse] = _Failure(error)
        kept = self._kept[parse]
        if isinstance(kept, _Failure):
            raise kept.error
        return cast(Tree, kept)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, both 1-based; columns count code points."""
        starts = self.parsed(_line_starts)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column, kept inside the text."""
        starts = self.parsed(_line_starts)
        if line > len(starts):
            return len(self.text)
        return min(starts[line - 1] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line ending; empty past the end."""
        starts = self.parsed(_line_starts)
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The place between two offsets."""
        return Span(self, start, end)


def _line_starts(source: Source) -> list[int]:
    # Python, nginx and YAML all end a line at \n, \r\n or a lone \r, and nowhere else.
    starts = [0]
    text = source.text
    position = 0
    if "\r" not in text:
        while (position := text.find("\n", position) + 1) > 0:
            starts.append(position)
        return starts
    for index, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file: `start` and `end` are offsets in code points, the end not included."""

    source: Source
    start: int
    end: int

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.source.path

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """1-based line of the first character."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """1-based column of the first character, in code points."""
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        """1-based line of the end."""
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """1-based column just past the last character, in code points."""
        return self.source.position(self.end)[1]

    def touches(self, other: Span) -> bool:
        """Whether the two lie in one file and share a character."""
        return self.source is other.source and self.start < other.end and other.start < self.end
