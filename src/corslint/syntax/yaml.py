"""YAML and JSON as nodes that know their place.

The nodes are built from the events of PyYAML's C loader. Its own `compose_all` does the same by a recursion that takes
the process down on 100,000 nested brackets; here depth and size are bounded while the events come in, and it is faster.
Nothing is ever constructed: tags run no code, and an alias is the node it names, so a bomb of aliases stays small.

A file is cut at its document markers first, which may stand nowhere else
(https://yaml.org/spec/1.2.2/#912-document-markers). So a file of ten thousand documents costs no more than those that
are asked for, and a broken one does not hide the others.

`yaml` itself is imported on first use.
"""

from __future__ import annotations

import collections.abc
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from corslint.environment import from_condition
from corslint.source import Source, Span
from corslint.syntax import templates
from corslint.syntax.templates import Branch, Branches, Tag
from corslint.values import Alternative, Condition, Known, OneOf, Unknown, Value

if TYPE_CHECKING:
    import yaml

T = TypeVar("T")

MAX_DEPTH = 200
"""Collections inside each other; nobody writes a tenth of it by hand."""
MAX_NODES = 250_000
"""Nodes of one document, with the entries that merge keys bring in: some 80 MB, and a second or two to read."""
MAX_DOCUMENTS = 50_000
"""Documents of one file."""
MAX_EMBEDDED = 200
"""Documents of one block scalar; what follows is left out."""
MAX_SLOW_CHARACTERS = 1_000_000
"""A longer document is refused where PyYAML was built without libyaml: its own scanner takes 3 s for this much."""

_MARKER = re.compile(r"(?:^|(?<=\r)(?!\n))(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_INNER_MARKER = re.compile(r"^[ ]*---[ \t]*$\n?", re.MULTILINE)
_CONTENT = re.compile(r"^[ \t]*[^\s#%]", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_JSON = re.compile(r"\.(?:jsonc?|json5)(?:\.(?:j2|tpl|tmpl|template))?\Z", re.IGNORECASE)
_JSON_TOKEN = re.compile(r'"|//[^\r\n]*|/\*')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_OPAQUE = r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\$\{[^{}]{0,500}\}|"
_STANDARD_TAGS = ("!", "tag:yaml.org,2002:str")

Style: TypeAlias = Literal["plain", "single", "double", "literal", "folded"]
_STYLES: dict[str | None, Style] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
Kind: TypeAlias = Literal["string", "boolean", "number", "null"]
# The types of YAML 1.1, as Kubernetes reads manifests (https://yaml.org/type/).
_BOOLEAN = re.compile(r"(?i:true|false|yes|no|on|off)\Z")
_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?i:inf))\Z|\.(?i:nan)\Z"
)
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])


class YamlError(Exception):
    """Raised when a document cannot be read."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        """For people, without a full stop and without the place."""
        self.span = span

    @property
    def line(self) -> int:
        """1-based."""
        return self.span.line

    @property
    def column(self) -> int:
        """1-based, in code points."""
        return self.span.column


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A single value. Two are equal only if they are the same place."""

    source: Source
    start: int
    end: int
    value: str
    """Decoded, but for template tags, which stay as they are written where that can be told."""
    style: Style = "plain"
    tag: str | None = None
    """As resolved by the parser, such as `!Ref`; None where none is written."""
    template: bool = False
    """Whether a template tag decides part of it."""
    exact: int | None = None
    """The offset of the value's first character where the source spells the value letter for letter."""

    @property
    def span(self) -> Span:
        """The scalar with its quotes."""
        return self.source.span(self.start, self.end)

    @property
    def text(self) -> Text:
        """All of its value."""
        return Text(self, 0, len(self.value))

    @property
    def kind(self) -> Kind:
        """What YAML 1.1 takes it for."""
        if self.style != "plain" or self.template or self.tag is not None:
            return "string"
        if self.value in _NULLS:
            return "null"
        if _BOOLEAN.match(self.value):
            return "boolean"
        return "number" if _NUMBER.match(self.value) else "string"


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of a scalar's value: `start` and `end` count within the value."""

    scalar: Scalar
    start: int
    end: int

    @property
    def value(self) -> str:
        """The text itself."""
        return self.scalar.value[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where it stands; the whole scalar where escapes or folding hide it."""
        scalar = self.scalar
        if scalar.exact is not None:
            return scalar.source.span(scalar.exact + self.start, scalar.exact + self.end)
        value = self.value
        written = scalar.span
        if value and written.text.count(value) == 1:
            start = scalar.start + written.text.index(value)
            return scalar.source.span(start, start + len(value))
        return written

    def known(self) -> Known[str] | Unknown:
        """The value, unless a template or a tag such as `!Ref` makes it."""
        scalar = self.scalar
        if scalar.tag is not None and scalar.tag not in _STANDARD_TAGS:
            return Unknown(f"`{scalar.tag}` is resolved when this is deployed", self.span)
        if scalar.template:
            tags = templates.find(self.value) if scalar.exact is not None else ()
            if tags:
                return Unknown(f"the template fills in `{tags[0].text}`", self.span)
            if scalar.exact is None:
                return Unknown("the template fills it in", self.span)
        return Known(self.value, self.span)

    def part(self, start: int, end: int) -> Text:
        """A stretch of this stretch."""
        return Text(self.scalar, self.start + start, self.start + end)

    def stripped(self) -> Text:
        """Without white space at its ends."""
        value = self.value
        start = len(value) - len(value.lstrip())
        return self.part(start, max(start, len(value.rstrip())))

    def split(self, separator: str = ",") -> tuple[Text, ...]:
        """The parts between separators of one character, as they stand.

        A separator inside a template tag or a `${VARIABLE:-default}` does not separate.
        """
        parts: list[Text] = []
        value = self.value
        start = 0
        for found in re.finditer(_OPAQUE + re.escape(separator), value):
            if found[0] == separator:
                parts.append(self.part(start, found.start()))
                start = found.end()
        parts.append(self.part(start, len(value)))
        return tuple(parts)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list."""

    source: Source
    start: int
    end: int
    items: tuple[Node, ...]
    tag: str | None = None

    @property
    def span(self) -> Span:
        """From the first item, or the bracket, to the last."""
        return self.source.span(self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key and its value."""

    key: Node
    value: Node
    end: int
    """Where the value ends, or the alias that stands for it."""
    filled: bool = False
    """Whether a template prints further content below the key."""
    merged: bool = False
    """Whether it comes in through a merge key (https://yaml.org/type/merge.html)."""

    @property
    def name(self) -> str:
        """The key's text; empty for a key that is no scalar."""
        return self.key.value if isinstance(self.key, Scalar) else ""

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return self.key.source.span(self.key.start, max(self.key.end, self.end))


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A dict, in the order in which it is written; keys may repeat."""

    source: Source
    start: int
    end: int
    entries: tuple[Entry, ...]
    """Its own, and behind them those that merge keys bring in and no own key hides."""
    tag: str | None = None

    @property
    def span(self) -> Span:
        """From the first key, or the brace, to the end of the last value."""
        return self.source.span(self.start, self.end)

    def all(self, name: str) -> tuple[Entry, ...]:
        """Every entry with this key."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def get(self, name: str) -> Node | None:
        """The value under a key; the last one where the key repeats, as most parsers have it."""
        found = self.all(name)
        return found[-1].value if found else None

    def scalar(self, name: str) -> Scalar | None:
        """The scalar under a key, if it is one."""
        found = self.get(name)
        return found if isinstance(found, Scalar) else None

    def mapping(self, name: str) -> Mapping | None:
        """The mapping under a key, if it is one."""
        found = self.get(name)
        return found if isinstance(found, Mapping) else None


Node: TypeAlias = "Scalar | Sequence | Mapping"


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document of a file, read on demand."""

    source: Source
    start: int
    end: int
    tags: tuple[Tag, ...]
    """The template tags in it."""
    masked: str = field(repr=False)
    """The text without them, as the parser gets it."""
    refusal: str = ""
    """Why it is not read at all, where that is so."""
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """As it is written."""
        return self.source.text[self.start : self.end]

    def root(self) -> Node | None:
        """The outermost node; None if the document is empty. Raises YamlError, each time it is asked."""
        if "root" not in self._kept:
            try:
                self._kept["root"] = _Builder(self).build()
            except YamlError as error:
                self._kept["root"] = error
        root = self._kept["root"]
        if isinstance(root, YamlError):
            raise root
        return cast("Node | None", root)

    def branches(self, offset: int) -> tuple[Branch, ...]:
        """The template conditions that must hold for a place of the source to be rendered, the outermost first."""
        if not self.tags:
            return ()
        if "branches" not in self._kept:
            self._kept["branches"] = Branches(self.tags)
        return cast(Branches, self._kept["branches"]).at(offset)


def documents(source: Source) -> tuple[Document, ...]:
    """The documents of a file that hold more than comments. Use it as `source.parsed(documents)`, which keeps them."""
    tags = templates.find(source.text)
    masked = templates.mask(source.text, tags)
    stretches: collections.abc.Sequence[tuple[int, int]]
    if _JSON.search(source.path):
        masked = _without_comments(masked)
        # YAML knows no surrogate pairs, as JSON writes what lies beyond the basic plane, and fewer characters.
        masked = _FORBIDDEN.sub("\ufffd", _SURROGATE.sub(r"\\uFFFD", masked))
        stretches = [(int(source.text.startswith("\ufeff")), len(masked))]
    else:
        stretches = tuple(islice(_stretches(masked), MAX_DOCUMENTS + 1))
    if len(stretches) > MAX_DOCUMENTS:
        return (Document(source, 0, len(masked), tags, masked, f"holds more than {MAX_DOCUMENTS} documents"),)
    starts = [tag.start for tag in tags]
    return tuple(
        Document(source, start, end, tags[bisect_left(starts, start) : bisect_left(starts, end)], masked[start:end])
        for start, end in stretches
    )


def _without_comments(text: str) -> str:
    """JSON with comments, as editors and compilers allow it, with blanks in their place."""
    pieces: list[str] = []
    last = position = 0
    while found := _JSON_TOKEN.search(text, position):
        if found[0] == '"':
            position = _string_end(text, found.end())
            continue
        position = found.end()
        if found[0] == "/*":
            closing = text.find("*/", position)
            position = len(text) if closing < 0 else closing + 2
        pieces += [text[last : found.start()], re.sub(r"[^\r\n]", " ", text[found.start() : position])]
        last = position
    return "".join([*pieces, text[last:]])


def _string_end(text: str, position: int) -> int:
    while (quote := text.find('"', position)) >= 0:
        before = text[position:quote]
        position = quote + 1
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return position
    return len(text)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where the documents stand. A stretch of comments is none, one of directives belongs to the document behind it."""
    directives: int | None = None
    # The parser does not count a byte order mark.
    bounds = [int(text.startswith("\ufeff")), *(found.start() for found in _MARKER.finditer(text)), len(text)]
    for start, end in pairwise(bounds):
        stretch = text[start + 3 : end] if _MARKER.match(text, start) else text[start:end]
        directive = _DIRECTIVE.search(text, start, end)
        if _CONTENT.search(stretch):
            yield start if directives is None else directives, end
            directives = None
        else:
            directives = directive.start() if directive else None


class _Open:
    """A collection whose end has not come yet."""

    __slots__ = ("anchor", "children", "flow", "is_mapping", "start", "tag")

    def __init__(self, event: yaml.events.CollectionStartEvent, start: int, is_mapping: bool) -> None:
        self.anchor: str | None = event.anchor
        self.tag: str | None = event.tag
        self.flow = bool(event.flow_style)
        self.is_mapping = is_mapping
        self.start = start
        self.children: list[tuple[Node, int, int]] = []
        """Each node with the stretch where it, or the alias for it, stands."""


class _Builder:
    """Makes the nodes of one document of the parser's events."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.source = document.source
        self.base = document.start
        self.tag_starts = [tag.start for tag in document.tags]
        self.prints = [tag.start for tag in document.tags if (tag.alone or tag.below) and tag.prints]
        self.anchors: dict[str, Node | None] = {}
        self.stack: list[_Open] = []
        self.roots: list[Node] = []
        self.nodes = 0

    def build(self) -> Node | None:
        import yaml

        if self.document.refusal:
            raise self.error(self.document.refusal, 0)
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        if not yaml.__with_libyaml__ and len(self.document.masked) > MAX_SLOW_CHARACTERS:
            raise self.error("is too large to read without libyaml; install PyYAML with it", self.base)
        try:
            for event in yaml.parse(self.document.masked, Loader=loader):
                if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent)):
                    continue
                # Marks count code points from the start of the text, a byte order mark and \r\n as what they are.
                start, end = event.start_mark.index, event.end_mark.index  # type: ignore[union-attr]
                if isinstance(event, yaml.ScalarEvent):
                    self.count(start)
                    self.add_scalar(event, start, end)
                elif isinstance(event, yaml.AliasEvent):
                    self.count(start)
                    self.add_alias(event, start, end)
                elif isinstance(event, yaml.CollectionStartEvent):
                    self.count(start)
                    self.open(event, start, isinstance(event, yaml.MappingStartEvent))
                elif isinstance(event, yaml.CollectionEndEvent):
                    self.close(start, end)
        except yaml.reader.ReaderError:
            found = _FORBIDDEN.search(self.document.masked)
            character = f"U+{ord(found[0]):04X}" if found else "a character"
            raise self.error(f"{character} may not stand in YAML", found.start() if found else 0) from None
        except UnicodeEncodeError as error:
            raise self.error("half a surrogate pair may not stand in YAML", error.start) from None
        except yaml.MarkedYAMLError as error:
            raise self.failure(error) from None
        if len(self.roots) > 1:
            raise self.error("a document begins here that no marker announces", self.roots[1].start - self.base)
        return self.roots[0] if self.roots else None

    def failure(self, error: yaml.MarkedYAMLError) -> YamlError:
        """The parser's error, for people; what was still open when the text ended is shown where it began."""
        message = error.problem or error.context or "cannot be parsed"
        mark = error.problem_mark or error.context_mark
        index = mark.index if mark else 0
        if index >= len(self.document.masked.rstrip()):
            if self.stack and self.stack[-1].flow:
                return self.error("this bracket is never closed", self.stack[-1].start - self.base)
            if error.context_mark and error.context:
                return self.error(f"{error.context}, {message}", error.context_mark.index)
        return self.error(message, index)

    def error(self, message: str, index: int) -> YamlError:
        start = min(self.base + index, self.document.end)
        return YamlError(message, self.source.span(start, start))

    def count(self, index: int, nodes: int = 1) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.error(f"more than {MAX_NODES} values in one document", index)

    def add(self, node: Node, start: int, end: int) -> None:
        if self.stack:
            self.stack[-1].children.append((node, start, end))
        else:
            self.roots.append(node)

    def add_scalar(self, event: yaml.ScalarEvent, start: int, end: int) -> None:
        masked, base = self.document.masked, self.base
        if event.anchor is not None or event.tag is not None:
            properties = _PROPERTIES.match(masked, start, end)
            start = properties.end() if properties else start
        style = _STYLES.get(event.style, "plain")
        is_template = self.is_template(base + start, base + end)
        if style in ("literal", "folded"):
            # The parser counts the blank lines behind a block scalar in, and so the template tags that became blank.
            is_template = self.printed(base + start, base + end)
            end = start + len(masked[start:end].rstrip())
            is_template = is_template or self.is_template(base + start, base + end)
        value = event.value
        exact: int | None = None
        body = start + (style in ("single", "double"))
        if style not in ("literal", "folded") and masked.startswith(value, body):
            exact = base + body
            value = self.source.text[exact : exact + len(value)]
        start, end = base + start, base + end
        node = Scalar(self.source, start, end, value, style, event.tag, is_template, exact)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self.add(node, start, end)

    def is_template(self, start: int, end: int) -> bool:
        index = bisect_left(self.tag_starts, end)
        while index:
            index -= 1
            tag = self.document.tags[index]
            if tag.end <= start:
                return False
            if not tag.is_comment:
                return True
        return False

    def add_alias(self, event: yaml.AliasEvent, start: int, end: int) -> None:
        if event.anchor not in self.anchors:
            raise self.error(f"there is no anchor &{event.anchor} above", start)
        node = self.anchors[event.anchor]
        start, end = self.base + start, self.base + end
        # A collection that holds itself has no end; no product takes one for configuration.
        self.add(node or Scalar(self.source, start, end, "", tag="recursive alias"), start, end)

    def open(self, event: yaml.events.CollectionStartEvent, start: int, is_mapping: bool) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} collections inside each other", start)
        self.stack.append(_Open(event, self.base + start, is_mapping))
        if event.anchor is not None:
            self.anchors[event.anchor] = None

    def close(self, start: int, end: int) -> None:
        done = self.stack.pop()
        # A block collection ends, for the parser, where the next thing begins.
        limit = self.base + start
        end = self.base + end if done.flow or not done.children else done.children[-1][2]
        node: Node
        if done.is_mapping:
            node = Mapping(self.source, done.start, end, self.entries(done.children, limit), done.tag)
        else:
            node = Sequence(self.source, done.start, end, tuple(child for child, _, _ in done.children), done.tag)
        if done.anchor is not None:
            self.anchors[done.anchor] = node
        self.add(node, done.start, end)

    def entries(self, children: list[tuple[Node, int, int]], limit: int) -> tuple[Entry, ...]:
        own: list[Entry] = []
        merges: list[Node] = []
        for index in range(0, len(children), 2):
            (key, _, key_end), (value, start, end) = children[index : index + 2]
            if isinstance(key, Scalar) and key.value == "<<" and key.style == "plain" and _can_merge(value):
                merges.append(value)
                continue
            below = children[index + 2][1] if index + 2 < len(children) else limit
            filled = self.printed(key_end, below)
            if filled and isinstance(value, Scalar) and start == end:
                value = replace(value, template=True, exact=None)
            own.append(Entry(key, value, end, filled))
        return (*own, *self.merged(merges, {entry.name for entry in own}, limit))

    def printed(self, start: int, end: int) -> bool:
        index = bisect_left(self.prints, start)
        return index < len(self.prints) and self.prints[index] < end

    def merged(self, merges: list[Node], names: set[str], limit: int) -> Iterator[Entry]:
        for merge in merges:
            for mapping in merge.items if isinstance(merge, Sequence) else (merge,):
                assert isinstance(mapping, Mapping)
                self.count(limit - self.base, len(mapping.entries))
                for entry in mapping.entries:
                    if entry.name not in names:
                        names.add(entry.name)
                        yield replace(entry, merged=True)


def _can_merge(value: Node) -> bool:
    if isinstance(value, Sequence):
        return all(isinstance(item, Mapping) for item in value.items)
    return isinstance(value, Mapping)


@dataclass(frozen=True, slots=True)
class Visit:
    """A mapping met on a walk, and the way to it."""

    mapping: Mapping
    path: tuple[str, ...]
    """The keys above it, the outermost first; lists leave no trace."""
    above: tuple[Mapping, ...]
    """The mappings these keys stand in."""


def walk(root: Node | None) -> Iterator[Visit]:
    """Every mapping of a document, once, in the order of the text; one that aliases repeat, where it is defined."""
    seen: set[int] = set()
    waiting: list[tuple[Node, tuple[str, ...], tuple[Mapping, ...]]] = [(root, (), ())] if root else []
    while waiting:
        node, path, above = waiting.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            yield Visit(node, path, above)
            inside = [(entry.value, (*path, entry.name), (*above, node)) for entry in node.entries if not entry.merged]
        else:
            inside = [(item, path, above) for item in node.items]
        waiting += reversed(inside)


def embedded(document: Document, scalar: Scalar) -> tuple[Document, ...]:
    """The documents of YAML that a literal block scalar holds, as a ConfigMap has them; none for any other scalar.

    The block is parsed where it stands, so every place in it is one of the file.
    """
    if scalar.style != "literal" or scalar.source is not document.source:
        return ()
    text = document.masked
    first = text.find("\n", scalar.start - document.start) + 1
    end = scalar.end - document.start
    if not 0 < first < end:
        return ()
    inner = text[first:end]
    bounds = [0, *(at for found in _INNER_MARKER.finditer(inner) for at in (found.start(), found.end())), len(inner)]
    stretches = [(bounds[n], bounds[n + 1]) for n in range(0, min(len(bounds), 2 * MAX_EMBEDDED), 2)]
    starts = [tag.start for tag in document.tags]
    base = document.start + first
    return tuple(
        Document(
            document.source,
            base + start,
            base + end,
            document.tags[bisect_left(starts, base + start) : bisect_left(starts, base + end)],
            inner[start:end],
        )
        for start, end in stretches
        if _CONTENT.search(inner[start:end])
    )


def scalars(root: Node | None) -> Iterator[Scalar]:
    """Every scalar of a document that is not a key, once, in the order of the text."""
    seen: set[int] = set()
    waiting: list[Node] = [root] if root else []
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Mapping):
            waiting += [entry.value for entry in reversed(node.entries) if not entry.merged]
        else:
            waiting += reversed(node.items)


def decide(
    document: Document, base: int, given: Iterable[tuple[int, Known[T] | Unknown]], absent: Known[T] | Unknown
) -> Value[T]:
    """What a setting amounts to that a template gives in some of its branches.

    `given` are the places where it stands, with what stands there. Conditions that hold at the offset `base` anyway do
    not count. What cannot be told apart by one `if` and its `else` is unknown.
    """
    common = document.branches(base)
    ways = [(tuple(b for b in document.branches(at) if b not in common), value) for at, value in given]
    if not ways:
        return absent
    # Without a template, and where no branch tells them apart, the last one wins.
    if not ways[-1][0]:
        return ways[-1][1]
    last, value = ways[-1]
    other = next((earlier for branches, earlier in reversed(ways[:-1]) if branches == _negated(last)), None)
    plain = next((earlier for branches, earlier in reversed(ways[:-1]) if not branches), absent)
    if len(last) > 1 or (len(ways) > 1 and other is None and plain is absent):
        return Unknown("the template decides between several values", value.span)
    return OneOf((_when(last, value), _when(_negated(last), plain if other is None else other)))


def _negated(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    return tuple(Branch(branch.test, not branch.holds) for branch in branches)


def _when(branches: tuple[Branch, ...], value: Known[T] | Unknown) -> Alternative[T]:
    conditions = tuple(Condition(f"`{b.test}`", "is true" if b.holds else "is not true") for b in branches)
    implied = next((kind for b in branches if (kind := from_condition(b.test, b.holds))), None)
    return Alternative(conditions, value, implied)
