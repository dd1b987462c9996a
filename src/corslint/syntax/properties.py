"""`.properties` files, as Java and Spring Boot read them, with the place of each key and value.

The grammar is that of `java.util.Properties`
(https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)); a line
`#---` parts documents, which is Spring Boot's
(https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.files.multi-document).
Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corslint.source import Source, Span

MAX_PROPERTIES = 100_000
"""Properties of one file that are read."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_CONTENT = re.compile(r"[ \t\f]*(?P<text>(?:\\(?:\r\n|.|\Z)|[^\\\r\n])*)", re.DOTALL)
_KEY = re.compile(r"(?:\\.|[^\\=: \t\f])*", re.DOTALL)
_BETWEEN = re.compile(r"[ \t\f]*(?:[=:][ \t\f]*)?")
_PARTING = re.compile(r"[ \t\f]*[#!]---[ \t\f]*\Z")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(\r\n|\r|\n)[ \t\f]*|(.)|\Z)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Property:
    """One assignment."""

    key: str
    value: str
    key_span: Span
    value_span: Span
    """Empty where nothing is written."""

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return self.key_span.source.span(self.key_span.start, self.value_span.end)

    def stretch(self, start: int, end: int) -> Span:
        """Where a stretch of the value stands; all of the value where escapes hide it."""
        if self.value_span.text != self.value:
            return self.value_span
        return self.value_span.source.span(self.value_span.start + start, self.value_span.start + end)


def documents(source: Source) -> tuple[tuple[Property, ...], ...]:
    """The properties of each document of a file, in the order of the text; a key may repeat, the last one counts."""
    found: list[list[Property]] = [[]]
    count = 0
    for one in _statements(source):
        if one is None:
            found.append([])
        elif count < MAX_PROPERTIES:
            count += 1
            found[-1].append(one)
    return tuple(map(tuple, found))


def _statements(source: Source) -> Iterator[Property | None]:
    """The assignments; None for a line that parts documents."""
    text = source.text
    position = int(text.startswith("\ufeff"))
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None or line.end() == position:
            return
        stripped = line[0].lstrip(" \t\f")
        if not stripped.strip() or stripped[0] in "#!":
            position = line.end()
            if _PARTING.match(line[0].rstrip("\r\n")):
                yield None
            continue
        content = _CONTENT.match(text, position)
        assert content is not None
        yield _property(source, content.start("text"), content.end("text"))
        behind = _LINE.match(text, content.end())
        position = behind.end() if behind else len(text)


def _property(source: Source, start: int, end: int) -> Property:
    text = source.text
    key = _KEY.match(text, start, end)
    assert key is not None
    between = _BETWEEN.match(text, key.end(), end)
    assert between is not None
    value = source.span(between.end(), end)
    return Property(_decoded(key[0]), _decoded(value.text), source.span(*key.span()), value)


def _decoded(text: str) -> str:
    if "\\" not in text:
        return text

    def letter(found: re.Match[str]) -> str:
        code, newline, other = found.groups()
        if code:
            return chr(int(code, 16))
        return "" if newline or not other else _LETTERS.get(other, other)

    return _ESCAPE.sub(letter, text)
