"""From a policy in the words of its product to the one that Envoy applies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, ClassVar, TypeAlias, TypeGuard

from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Origins
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, environment_of, known, replace_value, sends_vary, whole_seconds
from corslint.servers.envoy import chain, matchers
from corslint.servers.envoy.answer import Detail, respond
from corslint.servers.envoy.notation import Found
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown, convert

Names: TypeAlias = "tuple[str, ...] | None"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"})
"""What Istio takes: `supportedCORSMethods` in pkg/config/validation/validation.go."""
_HEADER = re.compile(r"[-_A-Za-z0-9]+\Z|\*\Z")


def policy(found: Found) -> Policy:
    """The policy of one place."""
    return _READERS[found.notation](found).policy()


class _Reader:
    """What the four notations have in common."""

    product: ClassVar[str]
    origins_name: ClassVar[str]
    credentials_name: ClassVar[tuple[str, ...]]
    methods_name: ClassVar[tuple[str, ...]]
    headers_name: ClassVar[tuple[str, ...]]
    exposed_name: ClassVar[tuple[str, ...]]
    max_age_name: ClassVar[tuple[str, ...]]
    network_name: ClassVar[tuple[str, ...]] = ()
    others: ClassVar[tuple[str, ...]] = ()
    """Further fields of the mapping."""
    how_to: ClassVar[HowTo]

    def __init__(self, found: Found) -> None:
        self.found = found
        self.fields = found.fields
        self.facts: list[Fact] = []

    def policy(self) -> Policy:
        found, fields = self.found, self.fields
        origins = self.origins()
        credentials: Setting[bool | str | None] = fields.setting(self.credentials_name, self.boolean, False)
        methods: Setting[Names] = fields.setting(self.methods_name, self.methods, None)
        headers: Setting[Names] = fields.setting(self.headers_name, self.headers, None)
        exposed: Setting[Names] = fields.setting(self.exposed_name, self.headers, None)
        max_age: Setting[int | str | None] = fields.setting(self.max_age_name, self.max_age, None)
        network: Setting[bool] = (
            fields.setting(self.network_name, self.boolean, False)
            if self.network_name
            else Setting("Access-Control-Allow-Private-Network", Known(False), fields.place, "default")
        )
        self.note_unknown()
        self.note_missing()
        is_dead = self.note_dead()
        self.note_others(origins)
        barrier = None if is_dead else self.barrier()
        closed, is_passed_by = (None, False) if is_dead or barrier else self.without_options()
        for wrong in dict.fromkeys(fields.wrong):
            self.fact("rejected-configuration", f"{self.refusal}: {wrong.why}", wrong.span, wrong.deed, wrong.field)
        place = fields.place
        return Policy(
            server="envoy",
            product=self.product,
            name=found.name,
            key=found.key,
            span=place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=self.vary(),
            private_network=network,
            respond_with=respond,
            preflight=self.preflight(barrier, closed, is_passed_by),
            scope=self.scope(),
            environment=environment_of(found.resource),
            facts=tuple(self.facts),
            how_to=self.how_to,
            detail=Detail(
                self.forwards(), is_dead, barrier.status if barrier else 404 if closed else None, is_passed_by
            ),
        )

    # What differs

    @property
    def refusal(self) -> str:
        """Who refuses what is wrong."""
        return f"{self.product} refuses this {self.found.name.partition(' ')[0]}"

    def origins(self) -> Setting[Origins]:
        raise NotImplementedError

    def max_age(self, fields: Fields, entry: y.Entry) -> Known[int | str | None] | Unknown:
        """As a duration, such as `24h`."""
        text = self.text(fields, entry)
        if isinstance(text, Unknown):
            return text
        seconds = go.seconds(text.value)
        if seconds is None or seconds < 0:
            why = f"`{text.value}` is no duration"
            return fields.note(entry.name, entry.span, why, "write a number with its unit, such as 1h")
        return replace_value(text, int(seconds))

    def methods(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        return yaml_fields.names(fields, entry)

    def headers(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        return yaml_fields.names(fields, entry)

    def boolean(self, fields: Fields, entry: y.Entry) -> Known[Any] | Unknown:
        return yaml_fields.boolean(fields, entry)

    def forwards(self) -> bool:
        return True

    def note_dead(self) -> bool:
        """Whether Envoy never applies the policy; with the fact that says why."""
        return False

    def barrier(self) -> chain.Barrier | None:
        return None

    def routes(self) -> tuple[Span | None, list[Span | None]]:
        """Where the own route, and each route beside it, asks for what no preflight has."""
        return None, []

    def note_missing(self) -> None:
        """What must be said and is not."""

    def scope(self) -> Scope:
        return Scope()

    def vary_nodes(self) -> Iterable[y.Node | None]:
        """Where headers of answers are set beside the policy."""
        return ()

    # What is shared

    def without_options(self) -> tuple[Span | None, bool]:
        """Where no route takes OPTIONS; or whether another than the own one does."""
        own, others = self.routes()
        if own is None:
            return None, False
        return (own, False) if all(others) else (None, True)

    def preflight(self, barrier: chain.Barrier | None, closed: Span | None, is_passed_by: bool) -> Preflight:
        if barrier is not None:
            return Preflight("product", barrier.status, barrier.span, barrier.reason, barrier.span)
        if closed is not None:
            return Preflight("nobody", 404, closed, "no route takes an OPTIONS request")
        if is_passed_by:
            return Preflight("application", None, self.fields.place, "another route takes OPTIONS")
        return Preflight("product", 200, self.fields.place)

    def text(self, fields: Fields, entry: y.Entry) -> Known[str] | Unknown:
        """A text, which must be quoted where YAML would make a number of it."""
        value = entry.value
        if not isinstance(value, y.Scalar) or value.kind in ("number", "boolean"):
            shown = value.span.text if isinstance(value, y.Scalar) else "this"
            return fields.note(
                entry.name, entry.span, f"`{entry.name}` must be a text, and `{shown}` is none", "quote it"
            )
        return known(value.text)

    def listed(
        self, names: tuple[str, ...], read: Callable[[Fields, y.Entry], Known[tuple[Entry, ...]] | Unknown]
    ) -> Setting[Origins]:
        """A setting of origins, by any of its names."""
        nothing: tuple[Entry, ...] = ()
        setting = self.fields.setting(names, read, nothing)
        value = convert(setting.value, lambda one: replace_value(one, Origins(one.value)))  # type: ignore[arg-type]
        return Setting(setting.name, value, setting.span, setting.given)

    def fact(self, kind: str, text: str, span: Span, deed: str, setting: str, label: str = "", meant: str = "") -> None:
        self.facts.append(Fact(kind, text, (Label(span, label, primary=True),), deed, setting, meant))

    def vary(self) -> Setting[bool]:
        for node in self.vary_nodes():
            if (span := sends_vary(node)) is not None:
                return Setting("Vary", Known(True), span)
        return Setting("Vary", Known(False), self.fields.place, "default")

    @property
    def known_names(self) -> tuple[str, ...]:
        """All fields of the mapping."""
        return (
            self.origins_name,
            *self.credentials_name,
            *self.methods_name,
            *self.headers_name,
            *self.exposed_name,
            *self.max_age_name,
            *self.network_name,
            *self.others,
        )

    def note_unknown(self) -> None:
        """Fields that the schema does not know: Kubernetes drops them."""
        if self.found.resource is None or self.fields.mapping is None:
            return
        for entry in self.fields.mapping.entries:
            if not entry.name or entry.name in self.known_names or entry.merged or "{{" in entry.name:
                continue
            meant = closest(entry.name, self.known_names)
            deed = f"write {meant}" if meant else "remove it"
            text = f"Kubernetes drops `{entry.name}`: a CORS policy of {self.product} has no such field"
            self.fact("unknown-setting", text, entry.span, deed, entry.name, "dropped", meant)

    def note_others(self, origins: Setting[Origins]) -> None:
        if not isinstance(origins.value, Known):
            return
        entries = origins.value.value.entries
        everybody = next((entry for entry in entries if isinstance(entry, AnyOrigin)), None)
        others = [entry.span for entry in entries if entry is not everybody and entry.span]
        if everybody is not None and others:
            self.facts.append(
                Fact(
                    "shadowed-setting",
                    "`*` lets every origin in, so the others in the list have no effect",
                    tuple(Label(span, "" if n else "has no effect", primary=n == 0) for n, span in enumerate(others)),
                    "remove `*`, or the others",
                    origins.name,
                )
            )
        says = self.fields.mapping is not None and bool(self.fields.mapping.entries)
        if not entries and says and not self.fields.wrong and not self.fields.filled:
            text = f"without {self.origins_name} no origin is let in, so the rest of this policy has no effect"
            self.fact("shadowed-setting", text, self.fields.place, f"add {self.how_to.list_origins}", self.origins_name)


def closest(written: str, known_names: Iterable[str]) -> str:
    """The field that was probably meant; empty where none is near."""
    plain = {name.replace("_", "").lower(): name for name in known_names}
    near = get_close_matches(written.replace("_", "").replace("-", "").lower(), plain, n=1, cutoff=0.8)
    return plain[near[0]] if near else ""


class _Envoy(_Reader):
    """https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/filters/http/cors/v3/cors.proto"""

    product = "Envoy"
    origins_name = "allow_origin_string_match"
    credentials_name = ("allow_credentials", "allowCredentials")
    methods_name = ("allow_methods", "allowMethods")
    headers_name = ("allow_headers", "allowHeaders")
    exposed_name = ("expose_headers", "exposeHeaders")
    max_age_name = ("max_age", "maxAge")
    network_name = ("allow_private_network_access", "allowPrivateNetworkAccess")
    forwarding: ClassVar[tuple[str, ...]] = ("forward_not_matching_preflights", "forwardNotMatchingPreflights")
    enabling: ClassVar[tuple[str, ...]] = ("filter_enabled", "filterEnabled")
    others = ("@type", "allowOriginStringMatch", "shadow_enabled", "shadowEnabled", *forwarding, *enabling)
    renamed: ClassVar[dict[str, str]] = {
        "allow_origin": "allow_origin_string_match",
        "allow_origin_regex": "allow_origin_string_match",
        "enabled": "filter_enabled",
    }
    """Fields of the API before v3, which Envoy 1.40 was seen to refuse, with those that took their place."""
    how_to = HowTo(
        list_origins='allow_origin_string_match: [{exact: "https://app.example.com"}]',
        add_origin='allow_origin_string_match: exact: "https://app.example.com";',
        list_items="NAME: ITEMS",
        match_origins="allow_origin_string_match: [{safe_regex: {regex: 'PATTERN'}}]",
        drop_credentials="allow_credentials: false",
        send_vary="response_headers_to_add: [{header: {key: Vary, value: Origin}}] at the route",
        answer_preflight="allow_methods and allow_headers make Envoy do it",
    )

    @property
    def refusal(self) -> str:
        return "Envoy refuses this configuration"

    def origins(self) -> Setting[Origins]:
        for names, read in (
            (("allow_origin_string_match", "allowOriginStringMatch"), matchers.of_envoy),
            (("allow_origin",), matchers.exact),
            (("allow_origin_regex",), matchers.regexes),
        ):
            if any(one.entries(*names) for one in (self.fields, *self.fields.outer)):
                return self.listed(names, read)
        return self.listed(("allow_origin_string_match",), matchers.of_envoy)

    def boolean(self, fields: Fields, entry: y.Entry) -> Known[Any] | Unknown:
        """Also as a text, or as a mapping with `value`, as protobuf's JSON has it."""
        value = entry.value
        if isinstance(value, y.Mapping):
            inner = value.all("value")
            return self.boolean(fields, inner[-1]) if inner else Known(False, entry.span)
        if isinstance(value, y.Scalar) and value.value in ("true", "false"):
            return Known(value.value == "true", value.span)
        return yaml_fields.boolean(fields, entry)

    def methods(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        return yaml_fields.comma_separated(fields, entry)

    headers = methods

    def max_age(self, fields: Fields, entry: y.Entry) -> Known[int | str | None] | Unknown:
        """A text that is sent as it stands."""
        text = self.text(fields, entry)
        return text if isinstance(text, Unknown) else whole_seconds(text)

    def forwards(self) -> bool:
        setting = self.fields.setting(self.forwarding, self.boolean, True)
        return not (isinstance(setting.value, Known) and setting.value.value is False)

    def note_unknown(self) -> None:
        for entry in self.fields.mapping.entries if self.fields.mapping else ():
            if entry.name in self.renamed:
                other = self.renamed[entry.name]
                text = f"Envoy's API of today has no `{entry.name}`, and refuses it: `{other}` took its place"
                self.fact("renamed-setting", text, entry.span, f"write {other}", entry.name, "", other)
            elif entry.name and entry.name not in self.known_names and "{{" not in entry.name:
                meant = closest(entry.name, self.known_names)
                why = f"a CORS policy has no field `{entry.name}`"
                self.fields.note(entry.name, entry.key.span, why, f"write {meant}" if meant else "remove it")

    def note_dead(self) -> bool:
        fields, found = self.fields, self.found
        if found.ignored_for is not None:
            text = "the CORS filter has a configuration of its own here, so this one is ignored"
            self.fact("shadowed-setting", text, fields.place, "remove it", fields.place.text, "is ignored")
            return True
        if chain.is_switched_off(fields):
            return True
        if (span := chain.answered_by_envoy(found.holder)) is not None:
            text = (
                "what Envoy redirects or answers itself never meets the CORS filter, so none of these headers is sent"
            )
            self.fact("shadowed-setting", text, span, "answer such requests behind Envoy, or without CORS", "cors")
            return True
        filters = chain.filters_around(found.above)
        if filters is not None and not chain.has_cors(filters):
            text = "without the filter envoy.filters.http.cors in http_filters none of these headers is sent"
            self.fact("shadowed-setting", text, fields.place, "put it ahead of the router", "http_filters")
            return True
        return False

    def barrier(self) -> chain.Barrier | None:
        filters = chain.filters_around(self.found.above)
        return chain.barrier(filters) if filters is not None else None

    def routes(self) -> tuple[Span | None, list[Span | None]]:
        """Of a virtual host its first route speaks for all: where each asks for what no preflight has, none is left."""
        holder, above = self.found.holder, self.found.above
        around = (holder, *reversed(above))
        listed = next((routes for one in around if _is_list(routes := one.get("routes"))), None)
        if listed is None:
            return None, []
        every = [chain.without_options(one.mapping("match")) for one in listed.items if isinstance(one, y.Mapping)]
        if not every:
            return None, []
        if holder.get("routes") is not None:
            return (every[0], []) if all(every) else (None, [])
        route = holder if self.found.is_typed else above[-1]
        return chain.without_options(route.mapping("match")), every

    def scope(self) -> Scope:
        route = self.found.holder if self.found.is_typed else next(iter(reversed(self.found.above)), None)
        match = route.mapping("match") if route is not None else None
        return _scope([match], ("prefix", "path_separated_prefix"), ("path",)) if match is not None else Scope()

    def vary_nodes(self) -> Iterable[y.Node | None]:
        for mapping in (self.found.holder, *self.found.above):
            yield from _added(mapping)
        routes = self.found.holder.get("routes")
        each = [_added(item) for item in routes.items if isinstance(item, y.Mapping)] if _is_list(routes) else []
        if all(any(sends_vary(node) for node in added) for added in each):
            yield from (node for added in each for node in added)


def _added(mapping: y.Mapping) -> list[y.Node | None]:
    return [mapping.get(name) for name in ("response_headers_to_add", "responseHeadersToAdd")]


def _is_list(node: y.Node | None) -> TypeGuard[y.Sequence]:
    return isinstance(node, y.Sequence)


class _Istio(_Reader):
    """https://istio.io/latest/docs/reference/config/networking/virtual-service/#CorsPolicy"""

    product = "Istio"
    origins_name = "allowOrigins"
    credentials_name = ("allowCredentials",)
    methods_name = ("allowMethods",)
    headers_name = ("allowHeaders",)
    exposed_name = ("exposeHeaders",)
    max_age_name = ("maxAge",)
    others = ("allowOrigin", "unmatchedPreflights")
    how_to = HowTo(
        list_origins='allowOrigins: [{exact: "https://app.example.com"}]',
        add_origin='allowOrigins: exact: "https://app.example.com";',
        list_items='NAME: ["ITEMS"]',
        match_origins="allowOrigins: [{regex: 'PATTERN'}]",
        drop_credentials="allowCredentials: false",
        send_vary="headers: {response: {add: {vary: Origin}}} beside corsPolicy",
        answer_preflight="allowMethods and allowHeaders make Istio do it",
    )

    def origins(self) -> Setting[Origins]:
        old = self.fields.entries("allowOrigin")
        if not old or self.fields.entries("allowOrigins"):
            if old:
                text = "`allowOrigins` is read alone where both are given"
                self.fact("shadowed-setting", text, old[0].span, "remove it", "allowOrigin", "has no effect")
            return self.listed(("allowOrigins",), matchers.of_istio)
        text = "`allowOrigin` is deprecated: `allowOrigins` took its place"
        self.fact("renamed-setting", text, old[0].span, "write allowOrigins, with `exact:` before each", "allowOrigin")
        return self.listed(("allowOrigin",), matchers.exact)

    def methods(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        found = yaml_fields.names(fields, entry)
        for name in (found.value or ()) if isinstance(found, Known) and not found.override else ():
            if name not in _METHODS:
                deed = f"write {name.upper()}" if name.upper() in _METHODS else "write methods in capitals, one an item"
                return fields.note(entry.name, entry.span, f"`{name}` is no method to it", deed)
        return found

    def headers(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        found = yaml_fields.names(fields, entry)
        for name in (found.value or ()) if isinstance(found, Known) and not found.override else ():
            if not _HEADER.match(name):
                deed = "write one name an item"
                return fields.note(entry.name, entry.span, f"`{name}` is no name of a header", deed)
        return found

    def forwards(self) -> bool:
        said = self.fields.mapping.scalar("unmatchedPreflights") if self.fields.mapping else None
        return said is None or said.value != "IGNORE"

    def note_dead(self) -> bool:
        if (span := chain.answered_by_envoy(self.found.holder)) is None:
            return False
        text = "what Istio redirects or answers itself carries no CORS header, so this policy has no effect"
        self.fact("shadowed-setting", text, span, "remove the policy, or let a service answer", "corsPolicy")
        return True

    def routes(self) -> tuple[Span | None, list[Span | None]]:
        listed = self.found.above[-1].get("http") if self.found.above else None
        every = [
            chain.without_options_in_istio(one)
            for one in (listed.items if _is_list(listed) else ())
            if isinstance(one, y.Mapping)
        ]
        return chain.without_options_in_istio(self.found.holder), every

    def scope(self) -> Scope:
        matches = self.found.holder.get("match")
        if not isinstance(matches, y.Sequence):
            return Scope()
        return _scope([one.mapping("uri") if isinstance(one, y.Mapping) else None for one in matches.items])

    def vary_nodes(self) -> Iterable[y.Node | None]:
        headers = self.found.holder.mapping("headers")
        return (headers.get("response") if headers else None,)


class _Gateway(_Reader):
    """https://gateway.envoyproxy.io/docs/api/extension_types/#cors"""

    product = "Envoy Gateway"
    origins_name = "allowOrigins"
    credentials_name = ("allowCredentials",)
    methods_name = ("allowMethods",)
    headers_name = ("allowHeaders",)
    exposed_name = ("exposeHeaders",)
    max_age_name = ("maxAge",)
    how_to = HowTo(
        list_origins='allowOrigins: ["https://app.example.com"]',
        drop_credentials="allowCredentials: false",
        send_vary="a ResponseHeaderModifier at the route: {add: [{name: Vary, value: Origin}]}",
        answer_preflight="allowMethods and allowHeaders make Envoy Gateway do it",
    )

    @property
    def refusal(self) -> str:
        return "Kubernetes refuses this SecurityPolicy"

    def origins(self) -> Setting[Origins]:
        return self.listed(("allowOrigins",), matchers.of_gateway)

    def vary(self) -> Setting[bool]:
        place = self.fields.place
        return Setting("Vary", Unknown("the route decides whether `Vary` is sent", place), place, "default")


class _Contour(_Reader):
    """https://projectcontour.io/docs/1.33/config/cors/"""

    product = "Contour"
    origins_name = "allowOrigin"
    credentials_name = ("allowCredentials",)
    methods_name = ("allowMethods",)
    headers_name = ("allowHeaders",)
    exposed_name = ("exposeHeaders",)
    max_age_name = ("maxAge",)
    network_name = ("allowPrivateNetwork",)
    how_to = HowTo(
        list_origins='allowOrigin: ["https://app.example.com"]',
        match_origins="allowOrigin: ['PATTERN']",
        drop_credentials="allowCredentials: false",
        send_vary="responseHeadersPolicy: {set: [{name: Vary, value: Origin}]} at each route",
        answer_preflight="allowMethods and allowHeaders make Contour do it",
    )

    def origins(self) -> Setting[Origins]:
        return self.listed(("allowOrigin",), matchers.of_contour)

    def note_missing(self) -> None:
        for name in ("allowOrigin", "allowMethods"):
            mapping = self.fields.mapping
            if (
                self.found.resource is not None
                and mapping is not None
                and not self.fields.filled
                and not mapping.all(name)
            ):
                self.fields.note(name, self.fields.place, f"`{name}` is left out", f"add {name}")

    def vary_nodes(self) -> Iterable[y.Node | None]:
        return (self.found.resource,)


class _Emissary(_Reader):
    """https://www.getambassador.io/docs/emissary/latest/topics/using/cors"""

    product = "Emissary-ingress"
    origins_name = "origins"
    credentials_name = ("credentials",)
    methods_name = ("methods",)
    headers_name = ("headers",)
    exposed_name = ("exposed_headers",)
    max_age_name = ("max_age",)
    others = ("v2CommaSeparatedOrigins",)
    how_to = HowTo(
        list_origins='origins: ["https://app.example.com"]',
        drop_credentials="credentials: false",
        send_vary="add_response_headers: {vary: Origin}",
        answer_preflight="methods and headers make Emissary-ingress do it",
    )

    @property
    def takes_lists_only(self) -> bool:
        """Whether the schema of v3alpha1 holds: that of v2 takes texts too, and that of the Module anything."""
        version = self.found.resource.scalar("apiVersion") if self.found.resource else None
        is_mapping = not self.found.key.startswith("Module")
        return is_mapping and version is not None and version.value == "getambassador.io/v3alpha1"

    def origins(self) -> Setting[Origins]:
        return self.listed(("origins",), matchers.exact if self.takes_lists_only else matchers.of_emissary)

    def methods(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        is_text = isinstance(entry.value, y.Scalar) and not self.takes_lists_only
        return yaml_fields.comma_separated(fields, entry) if is_text else yaml_fields.names(fields, entry)

    headers = methods

    def max_age(self, fields: Fields, entry: y.Entry) -> Known[int | str | None] | Unknown:
        """A text that is sent as it stands."""
        if self.found.resource is None and isinstance(entry.value, y.Scalar):
            text = known(entry.value.text)
        else:
            text = self.text(fields, entry)
        return text if isinstance(text, Unknown) else whole_seconds(text)

    def scope(self) -> Scope:
        prefix, is_regex = self.found.holder.scalar("prefix"), self.found.holder.scalar("prefix_regex")
        if prefix is None or prefix.template or not prefix.value.startswith("/") or is_regex is not None:
            return Scope("" if prefix is None else prefix.value)
        return Scope(prefix.value, (PathTest(prefix.value, "prefix"),) if prefix.value != "/" else ())

    def vary_nodes(self) -> Iterable[y.Node | None]:
        return (self.found.holder.get("add_response_headers"),)


def _scope(
    matches: Iterable[y.Mapping | None], prefixes: tuple[str, ...] = ("prefix",), paths: tuple[str, ...] = ("exact",)
) -> Scope:
    """The paths that one of several conditions asks for; everything where one of them asks for none."""
    tests: list[PathTest] = []
    for match in matches:
        found: PathTest | None = None
        for entry in match.entries if match is not None else ():
            value = entry.value.get("regex") if isinstance(entry.value, y.Mapping) else entry.value
            if not isinstance(value, y.Scalar) or value.template:
                continue
            if entry.name in prefixes and value.value not in ("", "/"):
                found = PathTest(value.value, "prefix")
            elif entry.name in paths:
                found = PathTest(value.value, "exact")
            elif entry.name in ("regex", "safe_regex"):
                found = PathTest(value.value, "fullmatch")
        if found is None:
            return Scope()
        tests.append(found)
    return Scope(", ".join(test.text for test in tests), tuple(tests))


_READERS: dict[str, Callable[[Found], _Reader]] = {
    "envoy": _Envoy,
    "istio": _Istio,
    "gateway": _Gateway,
    "contour": _Contour,
    "emissary": _Emissary,
}
