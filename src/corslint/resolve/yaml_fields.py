"""The fields of one object of YAML, read as the types that a product's schema gives them.

What a template or a variable fills in is unknown; what has another type is noted, for products that refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from corslint.environment import Environment, of_path
from corslint.policy import Setting
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Document, Entry, Mapping, Node, Scalar, Sequence, Text, decide, embedded, scalars
from corslint.values import Known, Unknown, Value

T = TypeVar("T")

MAX_ITEMS = 2000
"""Items of one list; nobody lists as many by hand."""
_DEEPEST = 2
"""Block scalars inside each other that are read as YAML."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that is not of the type the product takes."""

    field: str
    """The name of the field, as it is written."""
    span: Span
    why: str
    """For people: "`allowMethods` must be a list"."""
    deed: str
    """How to write it."""


@dataclass(slots=True)
class Fields:
    """The fields of a mapping, and what was found wrong with those that were read."""

    document: Document
    place: Span
    """What stands for the mapping: its key, or its name."""
    mapping: Mapping | None
    """None where a template prints all of it."""
    filled: str = ""
    """What a template prints into the mapping, for people; empty where it prints nothing."""
    outer: tuple[Fields, ...] = ()
    """Mappings that a field is taken from where it is left out here, the nearest first."""
    needs_content: bool = False
    """Whether an empty list or text counts as left out."""
    wrong: list[Wrong] = field(default_factory=list)

    def entries(self, *names: str) -> tuple[Entry, ...]:
        """The entries of a field, by any of its names; without those that count as left out, as `null` does."""
        found = (entry for name in names for entry in (self.mapping.all(name) if self.mapping else ()))
        return tuple(entry for entry in found if not self._is_left_out(entry.value))

    def _is_left_out(self, value: Node) -> bool:
        if isinstance(value, Scalar) and value.kind == "null":
            return True
        is_empty = value.value == "" if isinstance(value, Scalar) else isinstance(value, Sequence) and not value.items
        return is_empty and self.needs_content and not (isinstance(value, Scalar) and value.template)

    def setting(
        self, names: tuple[str, ...], read: Callable[[Fields, Entry], Known[T] | Unknown], default: T
    ) -> Setting[T]:
        """A field by any of its names, or by its default; `read` gets these fields and one entry."""
        given = self.entries(*names)
        if not given:
            outer = next((one for one in self.outer if one.entries(*names)), None)
            if outer is not None and not self.filled:
                found = outer.setting(names, read, default)
                self.wrong += [one for one in outer.wrong if one not in self.wrong]
                return replace(found, given="inherited")
            absent: Known[T] | Unknown = Known(default)
            if self.filled:
                absent = Unknown(self.filled, self.place)
            return Setting(names[0], absent, self.place, "default")
        absent = Unknown(self.filled, self.place) if self.filled else Known(default)
        value: Value[T] = decide(
            self.document, self.place.start, [(entry.key.start, read(self, entry)) for entry in given], absent
        )
        return Setting(given[-1].name, value, given[-1].span)

    def note(self, name: str, span: Span, why: str, deed: str) -> Unknown:
        """Note a value that the product refuses."""
        self.wrong.append(Wrong(name, span, why, deed))
        return Unknown(why, span)


def fields_of(document: Document, entry: Entry, place: Span | None = None) -> Fields:
    """The fields of the mapping that an entry holds, or that a template prints there."""
    value = entry.value
    if isinstance(value, Mapping):
        filled = "the template prints further fields" if entry.filled else ""
        return Fields(document, place or entry.key.span, value, filled)
    known = value.text.known() if isinstance(value, Scalar) else None
    reason = known.reason if isinstance(known, Unknown) else f"how `{entry.name}` is read here is not known"
    return Fields(document, place or entry.key.span, None, reason)


def known(text: Text) -> Known[str] | Unknown:
    """What a text amounts to once variables are replaced by their defaults."""
    value = text.known()
    return expand(value.value, value.span) if isinstance(value, Known) else value


def boolean(fields: Fields, entry: Entry) -> Known[bool] | Unknown:
    """A boolean of YAML; a text that says one is noted as wrong, and read as what it says."""
    value = entry.value
    if not isinstance(value, Scalar):
        return fields.note(entry.name, entry.span, f"`{entry.name}` must be true or false", "write true or false")
    text = known(value.text)
    if isinstance(text, Unknown):
        return text
    says = {"yes": True, "on": True, "no": False, "off": False}.get(text.value.lower(), go.boolean(text.value))
    if value.kind != "boolean" and text.override is None:
        why = f"`{value.span.text}` is no boolean"
        fields.note(entry.name, entry.span, why, "write true or false, without quotes")
    return replace_value(text, bool(says))


def texts(fields: Fields, entry: Entry) -> tuple[Known[str] | Unknown, ...] | Unknown:
    """The items of a list of texts; anything but a list is noted as wrong."""
    value = entry.value
    if isinstance(value, Scalar) and isinstance(unknown := known(value.text), Unknown):
        return unknown
    if not isinstance(value, Sequence):
        return fields.note(
            entry.name, entry.span, f"`{entry.name}` must be a list", "write one item a line, after `- `"
        )
    found: list[Known[str] | Unknown] = []
    for item in value.items[:MAX_ITEMS]:
        if isinstance(item, Scalar):
            found.append(known(item.text))
        else:
            found.append(fields.note(entry.name, item.span, f"`{entry.name}` must be a list of texts", "write a text"))
    return tuple(found)


def names(fields: Fields, entry: Entry) -> Known[tuple[str, ...] | None] | Unknown:
    """A list of methods or headers; None for an empty one."""
    listed = texts(fields, entry)
    return listed if isinstance(listed, Unknown) else joined(listed, entry.span)


def joined(listed: tuple[Known[str] | Unknown, ...], span: Span) -> Known[tuple[str, ...] | None] | Unknown:
    """Names as one value; unknown where one of them is."""
    for item in listed:
        if isinstance(item, Unknown):
            return item
    # The default of a variable may be a list itself.
    each = tuple(item for item in listed if isinstance(item, Known))
    parts = [part.strip() for item in each for part in (item.value.split(",") if item.override else (item.value,))]
    override = next((item.override for item in each if item.override), None)
    return Known(tuple(filter(None, parts)) or None, span, override=override)


def comma_separated(fields: Fields, entry: Entry) -> Known[tuple[str, ...] | None] | Unknown:
    """Names in one text, with commas between; anything but a text is noted as wrong."""
    value = entry.value
    if not isinstance(value, Scalar):
        return fields.note(
            entry.name, entry.span, f"`{entry.name}` must be one text", 'write the names with commas: "GET, PUT"'
        )
    text = known(value.text)
    if isinstance(text, Unknown):
        return text
    return replace_value(text, tuple(filter(None, (part.strip() for part in text.value.split(",")))) or None)


def replace_value(text: Known[str], value: T) -> Known[T]:
    """Another value with the provenance of a text."""
    return Known(value, text.span, text.trail, text.override)


def whole_seconds(text: Known[str]) -> Known[int | str | None]:
    """A text as seconds, where it is a whole number; else as it stands, or None where it is empty."""
    stripped = text.value.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) < 19:
        return replace_value(text, int(stripped))
    return replace_value(text, text.value or None)


def documents_of(document: Document, word: str) -> Iterator[Document]:
    """A document, and those in its block scalars that hold a word (lower case), a few levels deep.

    Raises YamlError where the document itself cannot be read; a block that cannot is left out, for it may be anything.
    """
    from corslint.syntax.yaml import YamlError

    document.root()
    yield document
    waiting = [(document, 0)]
    while waiting:
        one, depth = waiting.pop()
        for scalar in scalars(one.root()):
            if scalar.style != "literal" or word not in scalar.value.lower():
                continue
            for inner in embedded(one, scalar):
                if word not in inner.masked.lower():
                    continue
                try:
                    is_mapping = isinstance(inner.root(), Mapping | Sequence)
                except YamlError:
                    continue
                if is_mapping:
                    yield inner
                    if depth + 1 < _DEEPEST:
                        waiting.append((inner, depth + 1))


def environment_of(resource: Mapping | None) -> Environment:
    """What the namespace of a Kubernetes object says of where it runs."""
    metadata = resource.mapping("metadata") if resource else None
    namespace = metadata.scalar("namespace") if metadata else None
    if namespace is None or namespace.template:
        return Environment()
    judged = of_path(namespace.value)
    return replace(judged, reason=f"its namespace is {namespace.value!r}") if judged.marked else judged


def name_of(resource: Mapping | None) -> str:
    """Namespace and name of a Kubernetes object, as "shop/web"; without what a template fills in."""
    metadata = resource.mapping("metadata") if resource else None
    parts = [metadata.scalar(key) for key in ("namespace", "name")] if metadata else []
    return "/".join(part.value for part in parts if part is not None and not part.template)


def sends_vary(node: Node | None) -> Span | None:
    """Where something below a node adds `Vary: Origin` to answers: as `vary: Origin`, or as a name and a value."""
    waiting = [node] if node is not None else []
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Sequence):
            waiting += one.items
        elif isinstance(one, Mapping):
            named = (one.scalar(key) for key in ("key", "name", "header"))
            names = {scalar.value.lower() for scalar in named if scalar is not None}
            for entry in one.entries:
                is_value = entry.name.lower() == "vary" or ("vary" in names and entry.name == "value")
                value = entry.value.scalar("value") if isinstance(entry.value, Mapping) else entry.value
                if is_value and isinstance(value, Scalar) and "origin" in value.value.lower():
                    return entry.span
                waiting.append(entry.value)
    return None
