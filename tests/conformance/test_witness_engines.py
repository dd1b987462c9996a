"""Each witness is put to the engine that the product would ask: V8 for JavaScript, nginx with its PCRE."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from accuracy import compared
from real_nginx import free_port, running, version

from corslint.origins import Dialect, find_witness

OPEN = [
    r"example\.com",
    r"example\.com$",
    r"^https://app\.example\.com",
    r"^https://app.example.com$",
    r"^https?://(app|api)\.example\.com|https://x\.y\.io$",
    r"^https://.*example\.com$",
    r"^https://[a-z0-9.-]*example\.co\.uk$",
    r"^https?://localhost",
    r"^http://192\.168\.",
    r"^https://\w+\.vercel\.app$",
    r"^https://[^/]*\.github\.io$",
    r"^https://ab.*\.vercel\.app$",
    r"^https://example\.[a-z]+$",
    r"^https://(?!evil).*example\.com$",
    r"^(?=.*\.com$)(?!.*\..*\.)https://shop",
    r"^https?:\/\/.*:3000$",
    r"^https://example\.com\b",
    r"\bexample\.com$",
    r"^https://[\w.-]+example\.com(:\d{2,5})?$",
    r"^https:\x2f\x2f.*example\.com$",
    r"^https://((a|b)+|c*)example\.com$",
    r"^https://[^a-df-z.]*xample\.com$",
    r"^https?://\d+\.\d+\.\d+\.\d+(:\d+)?$",
]
"""Patterns that both engines read alike."""


def witnesses(dialect: Dialect) -> list[str]:
    found = [find_witness(pattern, dialect=dialect, match="search") for pattern in OPEN]
    assert None not in found
    return [origin for origin in found if origin]


def test_v8_lets_each_witness_in() -> None:
    node = shutil.which("node")
    assert node, "node is missing"
    pairs = list(zip(OPEN, witnesses("js"), strict=True))
    program = (
        "const asked = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(asked.map(([pattern, origin]) => new RegExp(pattern).test(origin))))"
    )
    done = subprocess.run([node, "-e", program], input=json.dumps(pairs), capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert [pair for pair, let_in in zip(pairs, told, strict=True) if not let_in] == []
    compared("V8", "of node", "witnesses against the engine", len(pairs))


@pytest.mark.needs_nginx
def test_nginx_lets_each_witness_in(tmp_path: Path) -> None:
    port = free_port()
    servers = "\n".join(
        f"""
        map $http_origin $allowed{number} {{ default ""; "~{pattern}" $http_origin; }}
        server {{
            listen 127.0.0.1:{port};
            server_name case{number}.test;
            location / {{ add_header Access-Control-Allow-Origin $allowed{number}; return 204; }}
        }}"""
        for number, pattern in enumerate(pattern.replace("\\", "\\\\") for pattern in OPEN)
    )
    with running(servers, tmp_path, port) as nginx:
        for number, (pattern, origin) in enumerate(zip(OPEN, witnesses("pcre"), strict=True)):
            _, headers = nginx.ask(f"case{number}.test", "GET", "/", {"Origin": origin})
            assert headers == [("Access-Control-Allow-Origin", origin)], pattern
            _, headers = nginx.ask(f"case{number}.test", "GET", "/", {"Origin": "https://"})
            assert headers == [], pattern
    compared("nginx", version(), "witnesses against the engine", len(OPEN))
