"""Template tags in files of another language: found, hidden from the parser, and asked what decides a place.

Helm and Traefik use Go templates (https://pkg.go.dev/text/template), Ansible and Salt use Jinja
(https://jinja.palletsprojects.com/en/stable/templates/). Neither is rendered here: a tag is replaced by text of the
same length, so that every line and column behind it stays true.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MAX_TAGS = 100_000

_OPEN = re.compile(r"\{\{|\{%[-+]?\s*[A-Za-z]|\{#[-\s]")
_GO_COMMENT = re.compile(r"\{\{-?\s*/\*")
_GO_COMMENT_END = re.compile(r"\*/\s*-?\}\}")
_CLOSE = {"{{": re.compile(r"\}\}"), "{%": re.compile(r"%\}"), "{#": re.compile(r"#\}")}
_LINE_END = re.compile(r"[\r\n]")
_NOT_LINE_END = re.compile(r"[^\r\n]")
_KEY = re.compile(r"(?P<indent> *)[^\s#-][^\r\n]*:[ \t]*")
_NEXT_LINE = re.compile(r"[ \t]*(?:(?:\r\n|\r|\n)[ \t]*(?:\{\{[^\r\n]*)?){0,40}(?:\r\n|\r|\n)(?P<indent> *)(?=[^\s{])")
"""The next line that is more than a tag."""
_GO_WORD = re.compile(
    r"(if|else if|else|end|with|range|define|block|break|continue|\$\w+\s*:?=|/\*)(?!\w)\s*(.*)", re.S
)
_JINJA_WORD = re.compile(r"(\w+)\s*(.*)", re.S)
_OPENING = frozenset(["if", "with", "range", "define", "block", "for", "macro", "call", "filter", "raw", "unless"])


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition of a template and the way it must turn out for a place to be rendered."""

    test: str
    """As it is written, such as `.Values.cors.enabled`."""
    holds: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, with its delimiters."""

    start: int
    end: int
    text: str
    alone: bool = False
    """Whether its lines hold nothing but tags and white space."""
    below: bool = False
    """Whether it prints lines below the key it stands behind, and more of them follow in the file."""

    @property
    def word(self) -> str:
        """The keyword of a tag that steers or comments ("if", "end", "#"); empty for one that prints something."""
        return self._parts()[0]

    @property
    def test(self) -> str:
        """What stands behind the keyword."""
        return self._parts()[1]

    @property
    def is_comment(self) -> bool:
        """Whether it leaves no trace."""
        return self.word in ("#", "/*")

    @property
    def prints(self) -> bool:
        """Whether text comes out where the tag stands."""
        return not self.word or self.word == "include"

    def _parts(self) -> tuple[str, str]:
        inner = self.text[2:-2].strip("-+ \t\r\n")
        if self.text.startswith("{#"):
            return "#", ""
        if self.text.startswith("{%"):
            found = _JINJA_WORD.match(inner)
            return (found[1], found[2]) if found else ("#", "")
        found = _GO_WORD.match(inner)
        return (found[1], found[2]) if found else ("", inner)


def find(text: str) -> tuple[Tag, ...]:
    """The first MAX_TAGS tags of a text, in order, in linear time.

    An opening delimiter without a closing one is no tag.
    """
    found: list[tuple[int, int]] = []
    without_end: set[str] = set()
    position = 0
    while len(found) < MAX_TAGS and (opening := _OPEN.search(text, position)):
        start, delimiter = opening.start(), opening[0][:2]
        end = -1
        if delimiter not in without_end:
            comment = _GO_COMMENT.match(text, start) if "/*" not in without_end else None
            closing = (_GO_COMMENT_END if comment else _CLOSE[delimiter]).search(text, start + 2)
            if closing is None:
                without_end.add("/*" if comment else delimiter)
            else:
                end = closing.end()
                # A delimiter that was never closed must not swallow everything up to the next tag.
                inner = -1 if comment else text.rfind(delimiter, start + 2, end)
                if inner > 0 and text[inner - 1] not in "\"'`":
                    start = inner
        if end < 0:
            position = opening.end()
            continue
        found.append((start, end))
        position = end
    if not found:
        return ()
    before = _blank_before(text, found)
    after = _blank_after(text, found)
    return tuple(
        Tag(start, end, text[start:end], is_alone, not is_alone and _prints_below(text, start, end))
        for (start, end), is_alone in zip(found, map(all, zip(before, after, strict=True)), strict=True)
    )


def _prints_below(text: str, start: int, end: int) -> bool:
    """Whether a tag stands for lines between a key and others below it: `labels: {{- include "x" . | nindent 4 }}`.

    https://helm.sh/docs/chart_template_guide/function_list/#nindent
    """
    if "nindent" not in text[start:end]:
        return False
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    key = _KEY.fullmatch(text, line, start)
    following = _NEXT_LINE.match(text, end)
    return key is not None and following is not None and len(following["indent"]) > len(key["indent"])


def _blank_before(text: str, found: Sequence[tuple[int, int]]) -> list[bool]:
    blank: list[bool] = []
    last = 0
    for start, end in found:
        gap = _LINE_END.split(text[last:start])
        blank.append(not gap[-1].strip() and (len(gap) > 1 or not blank or blank[-1]))
        last = end
    return blank


def _blank_after(text: str, found: Sequence[tuple[int, int]]) -> list[bool]:
    blank: list[bool] = []
    last = len(text)
    for start, end in reversed(found):
        gap = _LINE_END.split(text[end:last])
        blank.append(not gap[0].strip() and (len(gap) > 1 or not blank or blank[-1]))
        last = start
    return blank[::-1]


def mask(text: str, tags: Sequence[Tag]) -> str:
    """The text with every tag replaced, at the same length.

    A tag that stands alone becomes empty lines: blanks would be too deep an indentation where a YAML block scalar
    begins. A comment becomes blanks, as does what prints lines below a key; any other tag one word.
    """
    pieces: list[str] = []
    last = 0
    for tag in tags:
        before = text[last : tag.start]
        if tag.alone:
            kept = before.rstrip(" \t")
            pieces.append(kept + "\n" * (len(before) - len(kept)))
            pieces.append(_NOT_LINE_END.sub("\n", tag.text))
        else:
            first, *rest = re.split(r"(?=[\r\n])", tag.text, maxsplit=1)
            pieces.append(before)
            leaves_nothing = tag.is_comment or tag.below
            pieces.append(" " * len(first) if leaves_nothing else "T" + "_" * (len(first) - 1))
            pieces += [_NOT_LINE_END.sub(" ", more) for more in rest]
        last = tag.end
    pieces.append(text[last:])
    return "".join(pieces)


class Branches:
    """Which conditions of the template must hold for a place to be rendered."""

    def __init__(self, tags: Sequence[Tag]) -> None:
        self._ends: list[int] = [0]
        self._branches: list[tuple[Branch, ...]] = [()]
        open_blocks: list[tuple[Branch, ...]] = []
        for tag in tags:
            word = tag.word
            if word in ("elif", "else if"):
                if open_blocks:
                    open_blocks[-1] = (*_otherwise(open_blocks[-1]), Branch(tag.test, True))
            elif word == "else":
                if open_blocks:
                    open_blocks[-1] = _otherwise(open_blocks[-1])
            elif word in _OPENING:
                open_blocks.append((Branch(tag.test, True),) if word == "if" else ())
            elif word.startswith("end"):
                if open_blocks:
                    open_blocks.pop()
            else:
                continue
            self._ends.append(tag.end)
            self._branches.append(tuple(branch for block in open_blocks[:_DEEPEST] for branch in block[:_DEEPEST]))

    def at(self, offset: int) -> tuple[Branch, ...]:
        """The conditions above an offset, the outermost first."""
        return self._branches[bisect_right(self._ends, offset) - 1]


_DEEPEST = 10
"""Levels of `if`, and links of one `else if` chain, that are told apart: nobody nests deeper by hand."""


def _otherwise(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    return tuple(Branch(branch.test, False) for branch in branches[:_DEEPEST])
