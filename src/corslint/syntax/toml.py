"""TOML with positions, as the nodes that `syntax.yaml` makes, so that what reads one notation reads the other.

tomli says whether a file is valid and gives no places (https://toml.io/en/v1.0.0 is the grammar); only valid text is
read here, so that nothing needs to be refused a second time. Tags of Go templates are read as the text they stand in.
Time grows linearly with the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from corslint.source import Source, Span
from corslint.syntax import templates
from corslint.syntax.yaml import Document, Entry, Mapping, Node, Scalar, Sequence, Style, YamlError

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
"""A number, a boolean or a date, which may hold one space."""
_STRINGS = (
    ('"""', re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)),
    ("'''", re.compile(r"'''.*?'{3,5}", re.DOTALL)),
    ('"', re.compile(r'"(?:[^"\\\n]|\\.)*"')),
    ("'", re.compile(r"'[^'\n]*'")),
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[ \t]*\r?\n\s*|(.))", re.DOTALL)
_MEANING = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


def document(source: Source) -> Document:
    """The one document of a file. Its `root` raises YamlError where the text is no valid TOML."""
    import tomli

    tags = templates.find(source.text)
    masked = templates.mask(source.text, tags)
    root: Node | YamlError
    try:
        tomli.loads(masked.removeprefix("\ufeff").replace("\r\n", "\n"))
        root = _Reader(source, masked).read()
    except tomli.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        at = source.offset(int(found[1]), int(found[2])) if found and found[1] else len(source.text)
        root = YamlError(_POSITION.sub("", str(error)), Span(source, at, at))
    except RecursionError:
        root = YamlError("nests too deep", Span(source, 0, 0))
    return Document(source, 0, len(masked), tags, masked, _kept={"root": root})


@dataclass(slots=True, eq=False)
class _Table:
    """A table under way."""

    entries: dict[str, tuple[Scalar, _Table | list[_Table] | Node, int]] = field(default_factory=dict)
    """By name: the key where it stands first, the value, and where that ends."""


class _Reader:
    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.position = int(text.startswith("\ufeff"))

    def read(self) -> Mapping:
        root = _Table()
        table = root
        while True:
            self.skip(_BLANK)
            if self.position >= len(self.text):
                return self.mapping(root, 0, len(self.text))
            if self.text[self.position] == "[":
                table = self.header(root)
            else:
                self.pair(table)

    def skip(self, pattern: re.Pattern[str]) -> None:
        self.position = pattern.match(self.text, self.position).end()  # type: ignore[union-attr] # it matches nothing at least

    # Tables

    def header(self, root: _Table) -> _Table:
        """The table that `[a.b]` or `[[a.b]]` opens."""
        is_item = self.text.startswith("[[", self.position)
        self.position += 1 + is_item
        *above, last = self.keys()
        self.position += 1 + is_item
        around = root
        for key in above:
            around = self.inside(around, key)
        if not is_item:
            return self.inside(around, last)
        made = _Table()
        known = around.entries.get(last.value)
        if known is not None and isinstance(known[1], list):
            known[1].append(made)
        else:
            around.entries[last.value] = (last, [made], last.end)
        return made

    def inside(self, around: _Table, key: Scalar) -> _Table:
        """The table under a key, made where there is none yet; of several the last."""
        known = around.entries.get(key.value)
        if known is None:
            made = _Table()
            around.entries[key.value] = (key, made, key.end)
            return made
        value = known[1]
        if isinstance(value, list):
            return value[-1]
        return value if isinstance(value, _Table) else _Table()

    def pair(self, table: _Table) -> None:
        *above, last = self.keys()
        for key in above:
            table = self.inside(table, key)
        self.position += 1  # the equals sign
        self.skip(_SPACE)
        value = self.value()
        table.entries[last.value] = (last, value, self.position)

    def keys(self) -> list[Scalar]:
        """A dotted key, up to what follows it."""
        found: list[Scalar] = []
        while True:
            self.skip(_SPACE)
            if self.text[self.position] in "\"'":
                found.append(self.string())
            else:
                start = self.position
                self.skip(_BARE)
                found.append(Scalar(self.source, start, self.position, self.text[start : self.position], exact=start))
            self.skip(_SPACE)
            if self.text[self.position] != ".":
                return found
            self.position += 1

    # Values

    def value(self) -> Node:
        character = self.text[self.position]
        if character in "\"'":
            return self.string()
        if character == "[":
            return self.array()
        if character == "{":
            return self.inline()
        start = self.position
        self.skip(_PLAIN)
        written = self.source.text[start : self.position]
        return self.scalar(start, written, "plain", exact=True)

    def array(self) -> Sequence:
        start = self.position
        self.position += 1
        items: list[Node] = []
        while True:
            self.skip(_BLANK)
            if self.text[self.position] == "]":
                self.position += 1
                return Sequence(self.source, start, self.position, tuple(items))
            if self.text[self.position] == ",":
                self.position += 1
            else:
                items.append(self.value())

    def inline(self) -> Mapping:
        start = self.position
        self.position += 1
        table = _Table()
        while True:
            self.skip(_BLANK)
            if self.text[self.position] == "}":
                self.position += 1
                return self.mapping(table, start, self.position)
            if self.text[self.position] == ",":
                self.position += 1
            else:
                self.pair(table)

    def string(self) -> Scalar:
        start = self.position
        mark, pattern = next(one for one in _STRINGS if self.text.startswith(one[0], start))
        self.skip(pattern)
        width = len(mark)
        written = self.source.text[start + width : self.position - width]
        if width == 3:
            written = re.sub(r"\A\r?\n", "", written)
        value = _ESCAPE.sub(_unescaped, written) if mark[0] == '"' else written
        style: Style = "double" if mark[0] == '"' else "single"
        return self.scalar(start, value, style, exact=width == 1 and value == written)

    def scalar(self, start: int, value: str, style: Style, *, exact: bool) -> Scalar:
        template = self.source.text[start : self.position] != self.text[start : self.position]
        first = start + (style != "plain")
        return Scalar(
            self.source, start, self.position, value, style, template=template, exact=first if exact else None
        )

    # The nodes

    def mapping(self, table: _Table, start: int, end: int) -> Mapping:
        entries = []
        for key, value, stop in table.entries.values():
            node = self.node(value, stop)
            entries.append(Entry(key, node, max(stop, node.end)))
        return Mapping(self.source, start, end, tuple(entries))

    def node(self, value: _Table | list[_Table] | Node, stop: int) -> Node:
        if isinstance(value, list):
            items = tuple(self.node(one, stop) for one in value)
            return Sequence(self.source, items[0].start, items[-1].end, items)
        if not isinstance(value, _Table):
            return value
        spans = [(key.start, stop) for key, _, stop in value.entries.values()] or [(stop, stop)]
        made = self.mapping(value, min(spans)[0], max(stop for _, stop in spans))
        return Mapping(self.source, made.start, max([made.end, *(one.end for one in made.entries)]), made.entries)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return _MEANING.get(found[3], found[3]) if found[3] else ""
