"""Finds the plugin in declarative configuration and in Kubernetes, and makes policies of it.

https://github.com/Kong/kong/blob/22246ef28c16842098369b494eef879222e30c7b/kong/plugins/cors/schema.lua and
https://github.com/Kong/kubernetes-ingress-controller/blob/v3.5.0/pkg/apis/configuration/v1/kongplugin_types.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

from corslint.environment import Environment
from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Origins, Undecided
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, environment_of, fields_of, known, name_of, replace_value, texts
from corslint.servers.kong.answer import Detail, respond
from corslint.servers.kong.origins import entry as origin_entry
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax.yaml import Document, Mapping, Scalar, Sequence, walk
from corslint.syntax.yaml import Entry as Field
from corslint.values import Known, Unknown, convert

Names: TypeAlias = "tuple[str, ...] | None"
METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")
"""What may be listed, and is without a list."""
_FIELDS = (
    "origins",
    "headers",
    "exposed_headers",
    "methods",
    "max_age",
    "credentials",
    "private_network",
    "preflight_continue",
    "allow_origin_absent",
)
_HOW_TO = HowTo(
    list_origins='origins: ["https://app.example.com"]',
    match_origins="origins: ['PATTERN']",
    drop_credentials="credentials: false",
    answer_preflight="preflight_continue: false, and a route that takes OPTIONS",
)


@dataclass(frozen=True, slots=True)
class _Use:
    """One place where the plugin is used."""

    document: Document
    fields: Fields
    name: str
    """For people: "plugin `cors` of service `shop`"."""
    key: str
    holder: Mapping | None = None
    """The route or the service it is used for."""
    resource: Mapping | None = None
    is_refused: str = "Kong refuses this configuration"


def policies(document: Document) -> Iterator[Policy]:
    """The policy of every use of the plugin in a document."""
    root = document.root()
    is_declarative = isinstance(root, Mapping) and root.get("_format_version") is not None
    for visit in walk(root):
        use = _of_kubernetes(document, visit.mapping)
        if use is None and is_declarative and visit.path[-1:] == ("plugins",):
            use = _of_list(document, visit.mapping, visit.above[-1], visit.path)
        if use is not None:
            yield _Reader(use).policy()


def _of_list(document: Document, plugin: Mapping, holder: Mapping, path: tuple[str, ...]) -> _Use | None:
    """An item of a `plugins` list, unless it is another plugin or switched off."""
    names = plugin.all("name")
    name = plugin.scalar("name")
    if name is None or name.value != "cors" or _says(plugin, "enabled", "false"):
        return None
    fields = _config(document, plugin, names[-1].span)
    if len(path) < 2:
        target = next((f"{key} `{_named(plugin, key)}`" for key in ("route", "service") if _named(plugin, key)), "")
        suffix = target.replace("`", "").replace(" ", ":")
        return _Use(document, fields, f"plugin `cors`{' of ' if target else ''}{target}", f"cors@{suffix or 'global'}")
    kind = path[-2].removesuffix("s")
    called = holder.scalar("name")
    shown = f"{kind} `{called.value}`" if called is not None and not called.template else kind
    key = f"cors@{kind}:{called.value}" if called is not None else f"cors@{kind}"
    return _Use(document, fields, f"plugin `cors` of {shown}", key, holder)


def _of_kubernetes(document: Document, resource: Mapping) -> _Use | None:
    kind, plugin = resource.scalar("kind"), resource.scalar("plugin")
    if kind is None or kind.value not in ("KongPlugin", "KongClusterPlugin") or plugin is None:
        return None
    if plugin.value != "cors" or _says(resource, "disabled", "true"):
        return None
    fields = _config(document, resource, resource.all("plugin")[-1].span)
    name = name_of(resource)
    shown = f"{kind.value} `{name}`" if name else kind.value
    key = f"{kind.value}@{name}" if name else kind.value
    return _Use(document, fields, shown, key, None, resource, f"Kong refuses this {kind.value}")


def _config(document: Document, plugin: Mapping, place: Span) -> Fields:
    for name in ("configFrom", "configPatches", "_config"):
        if plugin.get(name) is not None:
            return Fields(document, place, plugin.mapping("config"), f"`{name}` fills in further fields")
    found = plugin.all("config")
    if found and not (isinstance(found[-1].value, Scalar) and found[-1].value.kind == "null"):
        return fields_of(document, found[-1], place)
    return Fields(document, place, None, "")


def _says(mapping: Mapping, name: str, value: str) -> bool:
    found = mapping.scalar(name)
    return found is not None and found.value.lower() == value


def _named(plugin: Mapping, key: str) -> str:
    """What a plugin is used for that stands in the outermost list."""
    node = plugin.get(key)
    if isinstance(node, Mapping):
        node = node.get("name") or node.get("id")
    return node.value if isinstance(node, Scalar) and not node.template else ""


class _Reader:
    """One use, and the facts found on the way."""

    def __init__(self, use: _Use) -> None:
        self.use = use
        self.fields = use.fields
        self.facts: list[Fact] = []

    def policy(self) -> Policy:
        fields, place = self.fields, self.fields.place
        everybody: tuple[Entry, ...] = (AnyOrigin(place),)
        listed = fields.setting(("origins",), self.entries, everybody)
        value = convert(listed.value, lambda one: replace_value(one, Origins(one.value)))  # type: ignore[arg-type]
        origins = Setting(listed.name, value, listed.span, listed.given)
        credentials: Setting[bool | str | None] = fields.setting(("credentials",), self.boolean, False)
        methods: Setting[Names] = fields.setting(("methods",), self.methods, METHODS)
        headers: Setting[Names] = fields.setting(("headers",), yaml_fields.names, None)
        exposed: Setting[Names] = fields.setting(("exposed_headers",), yaml_fields.names, None)
        max_age: Setting[int | str | None] = fields.setting(("max_age",), self.seconds, None)
        network: Setting[bool] = fields.setting(("private_network",), self.boolean, False)
        continues = self.is_set("preflight_continue", False)
        self.note_unknown()
        self.note_others(origins)
        for wrong in dict.fromkeys(fields.wrong):
            text = f"{self.use.is_refused}: {wrong.why}"
            self.fact("rejected-configuration", text, wrong.span, wrong.deed, wrong.field)
        closed = self.without_options()
        if continues:
            preflight = Preflight("application", None, place, "preflight_continue leaves OPTIONS to the application")
        elif closed is not None:
            preflight = Preflight("nobody", 404, closed, "the route takes no OPTIONS")
        else:
            preflight = Preflight("product", 200, place)
        return Policy(
            server="kong",
            product="Kong",
            name=self.use.name,
            key=self.use.key,
            span=place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=Setting("Vary", Known(True), place, "default"),
            private_network=network,
            respond_with=respond,
            preflight=preflight,
            scope=self.scope(),
            environment=environment_of(self.use.resource) if self.use.resource else Environment(),
            facts=tuple(self.facts),
            how_to=_HOW_TO,
            detail=Detail(continues, not self.is_set("allow_origin_absent", True), closed is not None),
        )

    # Fields

    def entries(self, fields: Fields, entry: Field) -> Known[tuple[Entry, ...]] | Unknown:
        listed = texts(fields, entry)
        if isinstance(listed, Unknown):
            return listed
        found: list[Entry] = []
        for item in listed:
            if isinstance(item, Unknown):
                found.append(Undecided(item.reason, item.span))
                continue
            # The default of a variable may be a list itself.
            for text in item.value.split(",") if item.override else (item.value,):
                made = origin_entry(text.strip() if item.override else text, item.span)
                found.append(made)
                if text != "*" and (why := go.structure_error(text)):
                    deed = "write the origin, or a regular expression such as https://.*\\.example\\.com"
                    fields.note(entry.name, item.span or entry.span, f"`{text}` is no regular expression: {why}", deed)
        return Known(tuple(found) or (AnyOrigin(entry.span),), entry.span)

    def boolean(self, fields: Fields, entry: Field) -> Known[Any] | Unknown:
        return yaml_fields.boolean(fields, entry)

    def methods(self, fields: Fields, entry: Field) -> Known[Names] | Unknown:
        found = yaml_fields.names(fields, entry)
        for name in (found.value or ()) if isinstance(found, Known) else ():
            if name not in METHODS:
                deed = f"write {name.upper()}" if name.upper() in METHODS else "leave methods out to allow all of them"
                return fields.note(entry.name, entry.span, f"`{name}` is no method to it", deed)
        return found

    def seconds(self, fields: Fields, entry: Field) -> Known[int | str | None] | Unknown:
        value = entry.value
        text = known(value.text) if isinstance(value, Scalar) else None
        if isinstance(text, Unknown):
            return text
        is_number = isinstance(value, Scalar) and (value.kind == "number" or (text and text.override))
        if text is None or not is_number:
            shown = value.span.text if isinstance(value, Scalar) else "this"
            return fields.note(entry.name, entry.span, f"`{shown}` is no number", "write seconds, without quotes")
        return yaml_fields.whole_seconds(text)

    def is_set(self, name: str, default: bool) -> bool:
        value = self.fields.setting((name,), self.boolean, default).value
        return value.value is True if isinstance(value, Known) else default

    # Facts

    def fact(self, kind: str, text: str, span: Span, deed: str, setting: str) -> None:
        self.facts.append(Fact(kind, text, (Label(span, "", primary=True),), deed, setting))

    def note_unknown(self) -> None:
        for entry in self.fields.mapping.entries if self.fields.mapping else ():
            if not entry.name or entry.name in _FIELDS or "{{" in entry.name:
                continue
            near = get_close_matches(entry.name, _FIELDS, n=1, cutoff=0.8)
            deed = f"write {near[0]}" if near else "remove it"
            self.fields.note(entry.name, entry.key.span, f"the plugin has no field `{entry.name}`", deed)

    def note_others(self, origins: Setting[Origins]) -> None:
        entries = origins.value.value.entries if isinstance(origins.value, Known) else ()
        if not any(isinstance(entry, AnyOrigin) for entry in entries):
            return
        others = [entry.span for entry in entries if not isinstance(entry, AnyOrigin) and entry.span]
        if others:
            text = "`*` lets every origin in, so the others in the list have no effect"
            labels = tuple(Label(span, "" if n else "has no effect", primary=n == 0) for n, span in enumerate(others))
            self.facts.append(Fact("shadowed-setting", text, labels, "remove `*`, or the others", "origins"))

    def without_options(self) -> Span | None:
        """Where a route lists methods without OPTIONS, so that a preflight finds no route; None where one may."""
        own = _methods(self.use.holder) if self.use.holder is not None else None
        if own is None or "OPTIONS" in own[1]:
            return None
        root = self.use.document.root()
        for visit in walk(root):
            if visit.path[-1:] == ("routes",) and visit.mapping is not self.use.holder:
                other = _methods(visit.mapping)
                if other is None or "OPTIONS" in other[1]:
                    return None
        return own[0]

    def scope(self) -> Scope:
        paths = self.use.holder.get("paths") if self.use.holder is not None else None
        tests: list[PathTest] = []
        for item in paths.items if isinstance(paths, Sequence) else ():
            if not isinstance(item, Scalar) or item.template or item.value == "/":
                return Scope()
            is_regex = item.value.startswith("~")
            tests.append(PathTest(item.value.removeprefix("~"), "match" if is_regex else "prefix"))
        return Scope(", ".join(test.text for test in tests), tuple(tests))


def _methods(route: Mapping) -> tuple[Span, frozenset[str]] | None:
    """The methods that a route takes, and where they stand; None where it takes all, or they are not to be seen."""
    found = route.all("methods")
    if not found or not isinstance(listed := found[-1].value, Sequence) or not listed.items:
        return None
    if not all(isinstance(item, Scalar) and not item.template for item in listed.items):
        return None
    names = frozenset(item.value for item in listed.items if isinstance(item, Scalar))
    return found[-1].span, names if all(re.fullmatch("[A-Z]+", name) for name in names) else frozenset({"OPTIONS"})
