"""Istio's VirtualService."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corslint.origins import Origins
from corslint.policy import HowTo, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields
from corslint.servers.envoy import chain, matchers
from corslint.servers.envoy.reader import Names, Reader, is_list, scope_of
from corslint.source import Span
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"})
"""What Istio takes: `supportedCORSMethods` in pkg/config/validation/validation.go."""
_HEADER = re.compile(r"[-_A-Za-z0-9]+\Z|\*\Z")


class Istio(Reader):
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
            for one in (listed.items if is_list(listed) else ())
            if isinstance(one, y.Mapping)
        ]
        return chain.without_options_in_istio(self.found.holder), every

    def scope(self) -> Scope:
        matches = self.found.holder.get("match")
        if not isinstance(matches, y.Sequence):
            return Scope()
        return scope_of([one.mapping("uri") if isinstance(one, y.Mapping) else None for one in matches.items])

    def vary_nodes(self) -> Iterable[y.Node | None]:
        headers = self.found.holder.mapping("headers")
        return (headers.get("response") if headers else None,)
