"""Finds `headers` middlewares in the three notations, and gives their options one form.

Option names are compared without case in files and labels: `EqualFold` in
https://github.com/traefik/paerser/blob/v0.2.2/parser/nodes_metadata.go; a Kubernetes resource is held against its
schema, which knows one spelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from corslint.source import Span
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Mapping, Node, Scalar, Sequence, Text, walk
from corslint.values import Known, Unknown

Notation: TypeAlias = Literal["file", "resource", "labels"]

OPTIONS = (
    "accessControlAllowCredentials",
    "accessControlAllowHeaders",
    "accessControlAllowMethods",
    "accessControlAllowOriginList",
    "accessControlAllowOriginListRegex",
    "accessControlExposeHeaders",
    "accessControlMaxAge",
    "addVaryHeader",
    "accessControlAllowOrigin",
)
"""Those of our concern, as the documentation spells them; the last one only until Traefik 2.1."""
_SPELLED = {name.lower(): name for name in OPTIONS}


@dataclass(frozen=True, slots=True)
class Option:
    """One option where it is given."""

    name: str
    """As the documentation spells it."""
    written: str
    """As it is spelled here."""
    span: Span
    text: Text | None
    """Its value, if that is a single text."""
    items: tuple[Text, ...] | None
    """The items of its value, if that is a list of texts."""

    @property
    def scalar(self) -> Scalar | None:
        """The single text as a node."""
        return self.text.scalar if self.text else None


@dataclass(frozen=True, slots=True)
class Header:
    """One entry of `customResponseHeaders`."""

    name: str
    """Lower case."""
    span: Span
    text: Text


@dataclass(frozen=True, slots=True)
class Label:
    """A container label, of the list form (`key=value`) or the map form."""

    parts: tuple[Text, ...]
    """The key, cut at its dots."""
    value: Text
    span: Span
    merged: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The parts in lower case."""
        return tuple(part.value.lower() for part in self.parts)


@dataclass(slots=True)
class Middleware:
    """A `headers` middleware."""

    name: str
    notation: Notation
    place: Span
    """Where its name stands."""
    options: list[Option] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    misspelled: list[Option] = field(default_factory=list)
    """Options of a Kubernetes resource in the wrong case, which its schema does not know."""
    root: Node | None = None
    """The outermost node of its document."""
    resource: Mapping | None = None
    """The Kubernetes object."""
    service: Mapping | None = None
    """The Compose service that carries the labels."""
    labels: tuple[Label, ...] = ()
    """All labels beside it."""

    @property
    def start(self) -> int:
        """The offset of the first option."""
        spans = [option.span for option in (*self.options, *self.misspelled)]
        return min(span.start for span in (*spans, *(header.span for header in self.headers)))

    def all(self, name: str) -> list[Option]:
        """Each place where an option is given; several where a template decides, or where one is repeated."""
        return [option for option in self.options if option.name == name]

    def known(self, text: Text) -> Known[str] | Unknown:
        """What a text amounts to once variables and the dollar signs of Compose are replaced."""
        value = text.known()
        if isinstance(value, Unknown):
            return value
        return expand(value.value, value.span, compose=self.service is not None)

    def listed(self, option: Option) -> tuple[Known[str] | Unknown, ...]:
        """The items of a list option; a single text is cut at its commas, as Traefik does."""
        if option.items is not None:
            return tuple(self.known(item.stripped()) for item in option.items)
        if option.text is None:
            return (Unknown(f"how Traefik reads `{option.written}` here is not known", option.span),)
        found: list[Known[str] | Unknown] = []
        for part in option.text.split(","):
            value = self.known(part.stripped())
            if isinstance(value, Unknown) or value.override is None:
                found.append(value)
            else:
                # The default of a variable may be a list itself.
                found += [replace(value, value=piece.strip()) for piece in value.value.split(",")]
        return tuple(found)


def middlewares(root: Node | None) -> Iterator[Middleware]:
    """Every middleware of a document that gives one of our options or a custom response header."""
    seen: set[int] = set()
    for visit in walk(root):
        found: list[Middleware] = []
        path = [key.lower() for key in visit.path]
        if len(path) >= 4 and (path[-4], path[-3], path[-1]) == ("http", "middlewares", "headers"):
            name = visit.path[-2]
            place = next(e.key for e in visit.above[-2].entries if e.value is visit.above[-1]).span
            found.append(_of_mapping(visit.mapping, Middleware(name, "file", place)))
        elif _is_resource(visit.mapping):
            found += _of_resource(visit.mapping)
        else:
            is_service = path[:1] == ["services"] and len(path) >= 2
            service = (visit.above[2] if len(visit.above) > 2 else visit.mapping) if is_service else None
            for labels in _labels(visit.mapping, seen):
                found += _of_labels(labels, service)
        for one in found:
            if one.options or one.headers or one.misspelled:
                one.root = root
                yield one


def _is_resource(mapping: Mapping) -> bool:
    kind, version = mapping.scalar("kind"), mapping.scalar("apiVersion")
    if kind is None or kind.value != "Middleware":
        return False
    return version is None or version.template or version.value.startswith(("traefik.io/", "traefik.containo.us/"))


def _of_resource(resource: Mapping) -> Iterator[Middleware]:
    metadata, spec = resource.mapping("metadata"), resource.mapping("spec")
    headers = spec.mapping("headers") if spec else None
    if headers is None:
        return
    parts = [metadata.scalar(key) for key in ("namespace", "name")] if metadata else []
    name = "/".join(part.value for part in parts if part is not None and not part.template)
    place = parts[1].span if parts and parts[1] is not None else headers.span
    yield _of_mapping(headers, Middleware(name, "resource", place, resource=resource))


def _of_mapping(headers: Mapping, found: Middleware) -> Middleware:
    for entry in headers.entries:
        lower = entry.name.lower()
        if lower in _SPELLED:
            value = entry.value
            items = (
                tuple(item.text for item in value.items if isinstance(item, Scalar))
                if isinstance(value, Sequence)
                else None
            )
            if isinstance(value, Sequence) and items is not None and len(items) != len(value.items):
                items = None
            option = Option(
                _SPELLED[lower], entry.name, entry.span, value.text if isinstance(value, Scalar) else None, items
            )
            known = found.notation != "resource" or entry.name in OPTIONS
            (found.options if known else found.misspelled).append(option)
        elif lower == "customresponseheaders" and isinstance(entry.value, Mapping):
            found.headers += [
                Header(header.name.lower(), header.span, header.value.text)
                for header in entry.value.entries
                if isinstance(header.value, Scalar)
            ]
    return found


def _items(node: Node) -> tuple[Text, ...] | None:
    if not isinstance(node, Sequence):
        return None
    items = tuple(item.text for item in node.items if isinstance(item, Scalar))
    return items if len(items) == len(node.items) else None


def _labels(mapping: Mapping, seen: set[int]) -> Iterator[tuple[Label, ...]]:
    """The sets of labels that a mapping is, or holds as lists."""
    own = [entry for entry in mapping.entries if entry.name.lower().startswith("traefik.http.")]
    if own:
        yield tuple(
            Label(entry.key.text.split("."), entry.value.text, entry.span, entry.merged)
            for entry in own
            if isinstance(entry.key, Scalar) and isinstance(entry.value, Scalar)
        )
    for entry in mapping.entries:
        if not isinstance(entry.value, Sequence) or entry.merged or id(entry.value) in seen:
            continue
        texts = [item.text for item in entry.value.items if isinstance(item, Scalar)]
        if any(text.value[:13].lower() == "traefik.http." for text in texts):
            seen.add(id(entry.value))
            yield tuple(_label(text) for text in texts)


def _label(text: Text) -> Label:
    cut = text.value.find("=")
    cut = len(text.value) if cut < 0 else cut
    value = text.part(min(cut + 1, len(text.value)), len(text.value))
    return Label(text.part(0, cut).split("."), value, text.span)


def _of_labels(labels: tuple[Label, ...], service: Mapping | None) -> Iterable[Middleware]:
    found: dict[str, Middleware] = {}
    own: set[str] = set()
    for label in labels:
        words = label.words
        if words[:3] != ("traefik", "http", "middlewares") or words[4:5] != ("headers",) or len(words) < 6:
            continue
        name = label.parts[3].value
        one = found.setdefault(
            name.lower(),
            Middleware(name, "labels", label.parts[3].span, service=service, labels=labels),
        )
        if not label.merged:
            own.add(name.lower())
        option, _, index = words[5].partition("[")
        if option in _SPELLED and len(words) == 6:
            text = None if index else label.value
            one.options.append(Option(_SPELLED[option], label.parts[5].value, label.span, text, None))
        elif option == "customresponseheaders" and len(words) > 6:
            one.headers.append(Header(".".join(words[6:]), label.span, label.value))
    # What merge keys bring in is judged where it is written.
    return [one for key, one in found.items() if key in own]
