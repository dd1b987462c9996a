"""Snippets that send Access-Control-Allow-Origin beside the controller."""

from __future__ import annotations

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "{enabled}"
    nginx.ingress.kubernetes.io/cors-allow-origin: "https://app.example.com"
    nginx.ingress.kubernetes.io/configuration-snippet: |
      {snippet}
spec: {{}}
"""


def found(snippet: str, enabled: str = "true") -> list[str]:
    text = INGRESS.format(snippet=snippet.replace("\n", "\n      "), enabled=enabled)
    report = engine.run(
        [], Config(select=("duplicate-cors-layer",)), stdin=StandardInput("deploy/ingress.yaml", text.encode())
    )
    assert not report.crashes
    assert not report.unread
    return [finding.message for finding in report.findings]


@pytest.mark.parametrize(
    "snippet",
    [
        "add_header Access-Control-Allow-Origin https://app.example.com always;",
        'add_header "Access-Control-Allow-Origin" "$http_origin";',
        "more_set_headers 'X-A: 1';\nif ($http_origin) {\n  add_header access-control-allow-origin *;\n}",
    ],
)
def test_what_a_snippet_adds_is_sent_beside_what_the_controller_sets(snippet: str) -> None:
    assert found(snippet) == ["Access-Control-Allow-Origin is sent twice, and browsers refuse such an answer"]


@pytest.mark.parametrize(
    "snippet",
    [
        'more_set_headers "Access-Control-Allow-Origin: https://app.example.com";',
        "# add_header Access-Control-Allow-Origin *;",
        "add_header Access-Control-Allow-Methods GET;",
        "add_header X-Frame-Options DENY;",
        "if ($request_method = 'OPTIONS') {\n  add_header Access-Control-Allow-Origin *;\n  return 204;\n}",
        "if ($request_method ~* OPTIONS) {\n  add_header Access-Control-Allow-Origin *;\n}",
    ],
)
def test_what_replaces_it_or_is_never_reached_makes_no_second_line(snippet: str) -> None:
    assert not found(snippet)


def test_where_the_controller_sends_nothing_a_snippet_is_alone() -> None:
    assert not found("add_header Access-Control-Allow-Origin *;", enabled="false")
