"""Envoy's own configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from corslint.origins import Origins
from corslint.policy import HowTo, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, sends_vary, whole_seconds
from corslint.servers.envoy import chain, matchers
from corslint.servers.envoy.reader import Names, Reader, closest, is_list, scope_of
from corslint.source import Span
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown


class Envoy(Reader):
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
        listed = next((routes for one in around if is_list(routes := one.get("routes"))), None)
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
        return scope_of([match], ("prefix", "path_separated_prefix"), ("path",)) if match is not None else Scope()

    def vary_nodes(self) -> Iterable[y.Node | None]:
        for mapping in (self.found.holder, *self.found.above):
            yield from _added(mapping)
        routes = self.found.holder.get("routes")
        each = [_added(item) for item in routes.items if isinstance(item, y.Mapping)] if is_list(routes) else []
        if all(any(sends_vary(node) for node in added) for added in each):
            yield from (node for added in each for node in added)


def _added(mapping: y.Mapping) -> list[y.Node | None]:
    return [mapping.get(name) for name in ("response_headers_to_add", "responseHeadersToAdd")]
