"""Emissary-ingress: Mapping and Module."""

from __future__ import annotations

from collections.abc import Iterable

from corslint.origins import Origins
from corslint.policy import HowTo, PathTest, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, known, whole_seconds
from corslint.servers.envoy import matchers
from corslint.servers.envoy.reader import Names, Reader
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown


class Emissary(Reader):
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
