"""The controller sends no Vary of its own; a snippet can."""

from __future__ import annotations

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import ingress_nginx
from corslint.source import Source

PREFIX = "nginx.ingress.kubernetes.io/"


def policy(snippet: str) -> Policy:
    text = f'metadata:\n  annotations:\n    {PREFIX}enable-cors: "true"\n    {PREFIX}cors-allow-origin: "https://app.example.com"\n'
    if snippet:
        text += f"    {PREFIX}configuration-snippet: |\n      {snippet}\n"
    (read,) = ingress_nginx.read(Project(), Source("ingress.yaml", f"kind: Ingress\n{text}spec: {{}}\n"))
    assert isinstance(read, Policy)
    return read


@pytest.mark.parametrize(
    "snippet",
    [
        'more_set_headers "Vary: Origin";',
        "add_header Vary Origin always;",
        'more_set_headers "Vary: Accept-Encoding, Origin";',
    ],
)
@pytest.mark.parametrize("origin", ["https://app.example.com", "https://other.example"])
def test_snippet_sends_vary_to_everyone(snippet: str, origin: str) -> None:
    request = Request(origin, "https://api.example/", headers=(("Origin", origin),))
    assert policy(snippet).respond(request).values("Vary") == ["Origin"]


@pytest.mark.parametrize(
    "snippet",
    ["", "# add_header Vary Origin;", "add_header Vary Accept-Encoding; add_header X-From Origin;", "set $x Vary;"],
)
def test_without_one_there_is_no_vary(snippet: str) -> None:
    request = Request(
        "https://app.example.com", "https://api.example/", headers=(("Origin", "https://app.example.com"),)
    )
    assert policy(snippet).respond(request).values("Vary") == []
