"""Envoy Gateway's SecurityPolicy."""

from __future__ import annotations

from corslint.origins import Origins
from corslint.policy import HowTo, Setting
from corslint.servers.envoy import matchers
from corslint.servers.envoy.reader import Reader
from corslint.values import Unknown


class Gateway(Reader):
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
