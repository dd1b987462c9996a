"""The CORS configurations in a file, whether it is YAML or `.properties`, and what they take over from others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from corslint.collect import Project
from corslint.servers.spring import names
from corslint.servers.spring.placeholders import Piece, filled
from corslint.source import Source, Span
from corslint.syntax import properties, yaml
from corslint.values import Known, Unknown

Kind: TypeAlias = Literal["gateway", "route", "actuator", "graphql"]

_PROFILE = re.compile(r"(?P<base>(?:.*/)?(?:application|bootstrap))-[^/]+\.(?:ya?ml|properties)\Z")
_ENDINGS = (".yml", ".yaml", ".properties")
_ACTIVATED_BY = ("spring.config.activate.onprofile", "spring.profiles")
_OF_SPRING = re.compile(r"globalcors|management\.endpoints\.web\.cors|spring\.graphql\.cors")


@dataclass(frozen=True, slots=True)
class Option:
    """One setting where it is given."""

    name: str
    """As the documentation spells it; as it is written, where Spring has no such setting."""
    written: str
    span: Span
    whole: Piece | None
    """Its value, if that is a single text."""
    pieces: tuple[Piece, ...]
    """Its value as a list; a single text is cut at its commas, as Spring does."""


@dataclass(slots=True)
class Site:
    """One CORS configuration."""

    kind: Kind
    key: str
    """What it is for, as it is written: the path of the gateway's map, the id of a route."""
    place: Span
    options: list[Option] = field(default_factory=list)
    unknown: list[Option] = field(default_factory=list)
    paths: tuple[str, ...] = ()
    """The patterns in the `Path` predicates of a route."""

    def all(self, name: str) -> list[Option]:
        """Each place where a setting is given; several where a template decides, or where one is repeated."""
        return [option for option in self.options if option.name == name]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    sites: tuple[Site, ...]
    profile: str = ""
    """The profiles for which it holds; empty for all."""
    tree: yaml.Document | None = None
    """Of a YAML file, for the branches of a template."""


@dataclass(frozen=True, slots=True)
class File:
    """What a file holds."""

    path: str
    documents: tuple[Document, ...] = ()
    errors: tuple[yaml.YamlError, ...] = ()

    def sites(self) -> Iterator[tuple[Document, Site]]:
        """Each configuration, with its document."""
        for document in self.documents:
            for site in document.sites:
                yield document, site


def read(source: Source) -> File:
    """The CORS configurations of a file; kept with the source."""
    return source.parsed(_read)


def inherited(project: Project, file: File, document: Document, site: Site) -> tuple[Option, ...]:
    """The settings that hold beside those of a profile: of the file's document for all profiles, and of its base file.

    https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.files.profile-specific
    """
    above: list[File] = []
    named = _PROFILE.match(file.path)
    for ending in _ENDINGS if named else ():
        source = project.source(named["base"] + ending) if named else None
        if source is not None:
            above.append(read(source))
    if document.profile:
        above.append(file)
    given: dict[str, list[Option]] = {}
    for one in above:
        for other, same in one.sites():
            if not other.profile and other is not document and (same.kind, same.key) == (site.kind, site.key):
                given.update({option.name: same.all(option.name) for option in same.options})
    own = {option.name for option in site.options}
    return tuple(option for name, options in given.items() if name not in own for option in options)


def _read(source: Source) -> File:
    if source.path.lower().rsplit(".", 1)[-1] == "properties" or ".properties." in source.path.lower():
        return File(source.path, tuple(map(_of_properties, properties.documents(source))))
    found: list[Document] = []
    errors: list[yaml.YamlError] = []
    for tree in source.parsed(yaml.documents):
        if "cors" not in tree.text.lower():
            continue
        try:
            root = tree.root()
        except yaml.YamlError as error:
            if _OF_SPRING.search(tree.text):
                errors.append(error)
            continue
        found.append(_of_yaml(tree, root))
    return File(source.path, tuple(found), tuple(errors))


# --- YAML


def _of_yaml(tree: yaml.Document, root: yaml.Node | None) -> Document:
    sites: dict[tuple[Kind, str, int], Site] = {}
    scalars: dict[str, yaml.Scalar] = {}
    for visit in yaml.walk(root):
        above = tuple(part for key in visit.path for part in names.parts(key))
        for entry in visit.mapping.entries:
            keys = (*above, *names.parts(entry.name))
            if isinstance(entry.value, yaml.Scalar):
                scalars.setdefault(".".join(map(names.uniform, keys)), entry.value)
            if not isinstance(entry.value, yaml.Mapping) and (place := _place(keys)):
                kind, key, option = place
                site = sites.get((kind, key, visit.mapping.start))
                if site is None:
                    site = sites[kind, key, visit.mapping.start] = _site(kind, key, visit, entry)
                _put(site, option, entry.span, *_values(entry.value))
    if not sites:
        return Document(())

    def lookup(name: str) -> Piece | None:
        found = scalars.get(".".join(names.path((name,))))
        return None if found is None else found.text.known()

    profile = next((scalars[name].value for name in _ACTIVATED_BY if name in scalars), "")
    return Document(tuple(_filled(site, lookup) for site in sites.values()), profile, tree)


def _site(kind: Kind, key: str, visit: yaml.Visit, entry: yaml.Entry) -> Site:
    """A configuration, named by the key it stands under."""
    above = next((e for e in visit.above[-1].entries if e.value is visit.mapping), None) if visit.above else None
    place = entry.span if above is None else above.key.span
    if kind != "route" or len(visit.above) < 2:
        return Site(kind, key, place)
    route = visit.above[-2]
    name = route.scalar("id")
    predicates = route.get("predicates")
    texts = predicates.items if isinstance(predicates, yaml.Sequence) else ()
    paths = tuple(
        path.strip()
        for text in texts
        if isinstance(text, yaml.Scalar) and text.value.replace(" ", "").startswith("Path=")
        for path in text.value.partition("=")[2].split(",")
    )
    return Site(kind, name.value if name else "", place, paths=paths)


def _values(node: yaml.Node) -> tuple[Piece | None, tuple[Piece, ...]]:
    if isinstance(node, yaml.Scalar):
        return node.text.known(), tuple(part.stripped().known() for part in node.text.split(","))
    items = node.items if isinstance(node, yaml.Sequence) else ()
    return None, tuple(
        item.text.stripped().known()
        if isinstance(item, yaml.Scalar)
        else Unknown("how Spring reads this is not known", item.span)
        for item in items
    )


# --- .properties


def _of_properties(given: tuple[properties.Property, ...]) -> Document:
    sites: dict[tuple[Kind, str], Site] = {}
    texts: dict[str, properties.Property] = {}
    for one in given:
        keys = names.parts(one.key)
        texts[".".join(map(names.uniform, keys))] = one
        is_item = bool(keys) and re.fullmatch(r"\[\d+\]", keys[-1]) is not None
        if place := _place(keys[:-1] if is_item else keys):
            kind, key, option = place
            site = sites.setdefault((kind, key), Site(kind, key, one.key_span))
            whole: Piece = Known(one.value, one.value_span)
            last = site.options[-1] if site.options else None
            if is_item and last is not None and last.written == option:
                site.options[-1] = replace(last, whole=None, pieces=(*last.pieces, whole))
            else:
                _put(site, option, one.span, whole, (whole,) if is_item else tuple(_cut(one)))

    def lookup(name: str) -> Piece | None:
        found = texts.get(".".join(names.path((name,))))
        return None if found is None else Known(found.value, found.value_span)

    profile = next((texts[name].value for name in _ACTIVATED_BY if name in texts), "")
    return Document(tuple(_filled(site, lookup) for site in sites.values()), profile)


def _cut(one: properties.Property) -> Iterator[Piece]:
    for found in re.finditer(r"(?:\$\{[^}]*\}|[^,])+", one.value):
        text = found[0].strip()
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield Known(text, one.stretch(start, start + len(text)))


# --- Both


def _place(keys: tuple[str, ...]) -> tuple[Kind, str, str] | None:
    """What a property belongs to: the kind of configuration, its key, and the option as it is written."""
    path = tuple(map(names.uniform, keys))
    if path[:-1] == ("management", "endpoints", "web", "cors"):
        return "actuator", "", keys[-1]
    if path[:-1] == ("spring", "graphql", "cors"):
        return "graphql", "", keys[-1]
    if path[:3] != ("spring", "cloud", "gateway"):
        return None
    path, keys = path[3:], keys[3:]
    if path[:1] == ("server",):
        path, keys = path[2:], keys[2:]
    if path[:2] == ("globalcors", "corsconfigurations") and len(path) == 4:
        return "gateway", keys[2], keys[3]
    if path[:1] == ("routes",):
        index = keys[1] if keys[1:2] and keys[1].startswith("[") else ""
        path, keys = (path[2:], keys[2:]) if index else (path[1:], keys[1:])
        if path[:2] == ("metadata", "cors") and len(path) == 3:
            return "route", index, keys[2]
    return None


def _put(site: Site, written: str, span: Span, whole: Piece | None, pieces: Iterable[Piece]) -> None:
    uniform = names.uniform(written)
    # A route's metadata is a map of its own, whose keys are looked up letter for letter.
    known = names.OPTIONS.get(uniform) if site.kind != "route" or written == names.CAMEL.get(uniform) else None
    pieces = tuple(pieces)
    if site.kind == "route" and whole is not None:
        pieces = (whole,)
    option = Option(known or written, written, span, whole, pieces)
    (site.options if known else site.unknown).append(option)


def _filled(site: Site, lookup: Callable[[str], Piece | None]) -> Site:
    """The configuration with its placeholders replaced; the default of one may be a list itself."""
    options: list[Option] = []
    for option in site.options:
        pieces: list[Piece] = []
        for piece in option.pieces:
            value = filled(piece, lookup)
            if isinstance(value, Unknown) or value is piece:
                pieces.append(value)
            else:
                pieces += [replace(value, value=part.strip()) for part in value.value.split(",")]
        whole = None if option.whole is None else filled(option.whole, lookup)
        options.append(replace(option, whole=whole, pieces=tuple(pieces)))
    return replace(site, options=options)
