"""Contour's HTTPProxy."""

from __future__ import annotations

from collections.abc import Iterable

from corslint.origins import Origins
from corslint.policy import HowTo, Setting
from corslint.servers.envoy import matchers
from corslint.servers.envoy.reader import Reader
from corslint.syntax import yaml as y


class Contour(Reader):
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
