"""What is the same for whoever asks: hosts and paths of files that other sites embed."""

from __future__ import annotations

import pytest

from corslint.policy import Scope
from corslint.static_files import is_static


@pytest.mark.parametrize(
    "text",
    [
        "location / of server cdn.example.com",
        "location / of server eu1.cdn.example.com",
        "location / of server {{ short_name }}.cdn.example.com",
        "location / of server static-eu.example.com",
        "location /hls",
        "location /dash",
        "location ~ \\.woff2$",
        "location = /openapi.json",
        "location ~ ^/swagger\\.yaml$",
        "location = /jwks.json",
        "location = /sitemap.xml",
        "location ^~ /realms/main/.well-known/",
        "route /auth/.well-known/<name>",
    ],
)
def test_files_that_other_sites_embed(text: str) -> None:
    assert is_static(Scope(text))


@pytest.mark.parametrize(
    "text",
    [
        "location / of server api.example.com",
        "location / of server api.media.example",
        "location / of server api.cdnetworks.example",
        "location /dashboard",
        "location /dash-api",
        "location /api/hls",
        "location /openapi",
        "location /swagger-private",
        "location /jwks",
        "location /api/well-known",
        "location /my.well-known/",
    ],
)
def test_answers_of_a_program(text: str) -> None:
    assert not is_static(Scope(text))


def test_what_a_program_publishes_needs_no_path_that_says_so() -> None:
    assert is_static(Scope("route /<name>", is_published=True))
