"""From a CORS filter to the policy it amounts to, and what the schema refuses.

https://github.com/kubernetes-sigs/gateway-api/blob/v1.5.0/apis/v1/httproute_types.go and shared_types.go beside it,
`CORSOrigin`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, TypeAlias

from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Exact, Origins, Pattern, Undecided
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, environment_of, fields_of, known, name_of, replace_value, texts
from corslint.servers.gateway_api.answer import respond
from corslint.source import Span
from corslint.syntax.yaml import Document, Mapping, Scalar, Sequence, walk
from corslint.syntax.yaml import Entry as Field
from corslint.values import Known, Unknown, convert

Names: TypeAlias = "tuple[str, ...] | None"
_FIELDS = ("allowOrigins", "allowCredentials", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge")
_ORIGIN = re.compile(r"\*\Z|https?://(?:(?:\*\.)?(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(?::[0-9]{1,5})?\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+\Z")
_HOW_TO = HowTo(
    list_origins='allowOrigins: ["https://app.example.com"]',
    drop_credentials="allowCredentials: false",
    answer_preflight="allowMethods and allowHeaders make the gateway do it",
)


def policies(document: Document) -> Iterator[Policy]:
    """The policy of every CORS filter of a document."""
    seen: set[int] = set()
    for visit in walk(document.root()):
        mapping = visit.mapping
        kind = mapping.scalar("type")
        if visit.path[-1:] != ("filters",) or kind is None or kind.value != "CORS":
            continue
        resource = next((one for one in reversed(visit.above) if _is_route(one)), None)
        for entry in mapping.all("cors"):
            if resource is not None and id(entry.value) not in seen:
                seen.add(id(entry.value))
                yield _Reader(document, entry, visit.above, resource).policy()


def _is_route(mapping: Mapping) -> bool:
    kind, version = mapping.scalar("kind"), mapping.scalar("apiVersion")
    if kind is None or kind.value != "HTTPRoute":
        return False
    return version is None or version.template or version.value.startswith("gateway.networking.k8s.io/")


class _Reader:
    """One filter, and the facts found on the way."""

    def __init__(self, document: Document, entry: Field, above: tuple[Mapping, ...], resource: Mapping) -> None:
        self.fields = fields_of(document, entry)
        self.rule = above[-1]
        self.resource = resource
        self.facts: list[Fact] = []

    def policy(self) -> Policy:
        fields = self.fields
        nothing: tuple[Entry, ...] = ()
        listed = fields.setting(("allowOrigins",), self.entries, nothing)
        value = convert(listed.value, lambda one: replace_value(one, Origins(one.value)))  # type: ignore[arg-type]
        origins = Setting(listed.name, value, listed.span, listed.given)
        credentials: Setting[bool | str | None] = fields.setting(("allowCredentials",), self.boolean, False)
        methods: Setting[Names] = fields.setting(("allowMethods",), self.methods, None)
        headers: Setting[Names] = fields.setting(("allowHeaders",), self.headers, None)
        exposed: Setting[Names] = fields.setting(("exposeHeaders",), self.exposed, None)
        max_age: Setting[int | str | None] = fields.setting(("maxAge",), self.seconds, 5)
        self.note_unknown()
        self.note_shadowed(origins, credentials, exposed)
        for wrong in dict.fromkeys(fields.wrong):
            text = f"Kubernetes refuses this HTTPRoute: {wrong.why}"
            self.fact("rejected-configuration", text, wrong.span, wrong.deed, wrong.field)
        name = name_of(self.resource)
        place = fields.place
        return Policy(
            server="gateway_api",
            product="Gateway API",
            name=f"HTTPRoute `{name}`" if name else "HTTPRoute",
            key=f"HTTPRoute@{name}" if name else "HTTPRoute",
            span=place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=Setting("Vary", Unknown("the gateway decides whether it sends `Vary`", place), place, "default"),
            private_network=Setting("Access-Control-Allow-Private-Network", Known(False), given="default"),
            respond_with=respond,
            preflight=Preflight("product", 204, place),
            scope=_scope(self.rule),
            environment=environment_of(self.resource),
            facts=tuple(self.facts),
            how_to=_HOW_TO,
        )

    def entries(self, fields: Fields, entry: Field) -> Known[tuple[Entry, ...]] | Unknown:
        listed = texts(fields, entry)
        if isinstance(listed, Unknown):
            return listed
        found: list[Entry] = []
        for item in listed:
            if isinstance(item, Unknown):
                found.append(Undecided(item.reason, item.span))
            elif item.value == "*":
                found.append(AnyOrigin(item.span))
                if len(listed) > 1:
                    fields.note(entry.name, item.span or entry.span, "`*` must stand alone", "remove it, or the others")
            elif not _ORIGIN.match(item.value):
                why = f"`{item.value}` is no origin to it"
                found.append(Undecided(why, item.span))
                fields.note(entry.name, item.span or entry.span, why, "write scheme and host: https://app.example.com")
            elif "*" in item.value:
                # "a greedy match to the left, including any number of DNS labels"
                found.append(Pattern(item.value, "go", "glob", span=item.span))
            else:
                found.append(Exact(item.value, item.span))
        return Known(tuple(found), entry.span)

    def boolean(self, fields: Fields, entry: Field) -> Known[Any] | Unknown:
        return yaml_fields.boolean(fields, entry)

    def methods(self, fields: Fields, entry: Field) -> Known[Names] | Unknown:
        return self.names(fields, entry, lambda name: name in _METHODS, "no method to it")

    def headers(self, fields: Fields, entry: Field) -> Known[Names] | Unknown:
        return self.names(fields, entry, lambda name: bool(_NAME.match(name)), "no name of a header")

    def exposed(self, fields: Fields, entry: Field) -> Known[Names] | Unknown:
        return self.names(fields, entry, lambda name: bool(_NAME.match(name)), "no name of a header", alone=False)

    def names(
        self, fields: Fields, entry: Field, is_valid: Callable[[str], bool], why: str, alone: bool = True
    ) -> Known[Names] | Unknown:
        found = yaml_fields.names(fields, entry)
        names = (found.value or ()) if isinstance(found, Known) else ()
        for name in names:
            if not is_valid(name):
                deed = f"write {name.upper()}" if name.upper() in _METHODS else "write one name an item"
                return fields.note(entry.name, entry.span, f"`{name}` is {why}", deed)
        if alone and "*" in names and len(names) > 1:
            return fields.note(entry.name, entry.span, "`*` must stand alone", "remove it, or the others")
        return found

    def seconds(self, fields: Fields, entry: Field) -> Known[int | str | None] | Unknown:
        value = entry.value
        text = known(value.text) if isinstance(value, Scalar) else None
        if isinstance(text, Unknown):
            return text
        is_number = isinstance(value, Scalar) and value.kind == "number"
        if text is None or not is_number or not re.fullmatch(r"[0-9]{1,9}", text.value) or int(text.value) < 1:
            shown = value.span.text if isinstance(value, Scalar) else "this"
            why = f"`maxAge` must be a number of seconds from 1 on, and `{shown}` is none"
            return fields.note(entry.name, entry.span, why, "write seconds, without quotes and unit")
        return replace_value(text, int(text.value))

    def fact(self, kind: str, text: str, span: Span, deed: str, setting: str, label: str = "", meant: str = "") -> None:
        self.facts.append(Fact(kind, text, (Label(span, label, primary=True),), deed, setting, meant))

    def note_unknown(self) -> None:
        for entry in self.fields.mapping.entries if self.fields.mapping else ():
            if not entry.name or entry.name in _FIELDS or entry.merged or "{{" in entry.name:
                continue
            near = get_close_matches(entry.name, _FIELDS, n=1, cutoff=0.8)
            meant = near[0] if near else ""
            text = f"Kubernetes drops `{entry.name}`: a CORS filter has no such field"
            deed = f"write {meant}" if meant else "remove it"
            self.fact("unknown-setting", text, entry.span, deed, entry.name, "dropped", meant)

    def note_shadowed(
        self, origins: Setting[Origins], credentials: Setting[bool | str | None], exposed: Setting[Names]
    ) -> None:
        nobody = isinstance(origins.value, Known) and not origins.value.value.entries
        if nobody and not self.fields.wrong and not self.fields.filled:
            text = "without allowOrigins no origin is let in, so the rest of this filter has no effect"
            self.fact("shadowed-setting", text, self.fields.place, f"add {_HOW_TO.list_origins}", "allowOrigins")
        names = exposed.value.value if isinstance(exposed.value, Known) else None
        is_on = isinstance(credentials.value, Known) and credentials.value.value is True
        if names and "*" in names and is_on:
            text = "with credentials a gateway must not send Access-Control-Expose-Headers with `*`"
            self.fact("shadowed-setting", text, exposed.span or self.fields.place, "name the headers", "exposeHeaders")


def _scope(rule: Mapping) -> Scope:
    """The paths of a rule: https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch."""
    matches = rule.get("matches")
    tests: list[PathTest] = []
    for match in matches.items if isinstance(matches, Sequence) else ():
        path = match.mapping("path") if isinstance(match, Mapping) else None
        value, kind = (path.scalar("value"), path.scalar("type")) if path else (None, None)
        if value is None or value.template or value.value == "/":
            return Scope()
        match kind.value if kind else "PathPrefix":
            case "Exact":
                tests.append(PathTest(value.value, "exact"))
            case "PathPrefix":
                bare = value.value.rstrip("/")
                tests += [PathTest(bare, "exact"), PathTest(f"{bare}/", "prefix")]
            case _:
                tests.append(PathTest(value.value, "fullmatch"))
    return Scope(", ".join(test.text for test in tests if not test.text.endswith("/")), tuple(tests))
