"""Put the same requests to the model and to a real nginx that runs what the controller's template renders.

The rendering below follows the controller's own source step by step and shares no code with corslint:
https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/internal/ingress/annotations/cors/main.go
https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/internal/ingress/controller/template/template.go#L1697
https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/rootfs/etc/nginx/template/nginx.tmpl#L872
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from accuracy import compared

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import ingress_nginx
from corslint.source import Source

pytestmark = pytest.mark.needs_nginx

PREFIX = "nginx.ingress.kubernetes.io/"
CONTROLLER = "1.15.1"
"""The release whose template is followed."""
MODULE = "ngx_http_headers_more_filter_module.so"

SETTINGS: list[dict[str, str]] = [
    {},
    {"cors-allow-origin": "*", "cors-allow-credentials": "false"},
    {"cors-allow-origin": "https://app.example.com"},
    {"cors-allow-origin": "https://app.example.com, http://localhost:3000,", "cors-allow-credentials": "no"},
    {"cors-allow-origin": "https://*.example.com", "cors-max-age": "600"},
    {"cors-allow-origin": "https://*.example.com:8443,null", "cors-allow-methods": "GET, POST"},
    {"cors-allow-origin": "https://app.example.com/", "cors-allow-credentials": "False"},
    {"cors-allow-origin": ""},
    {"cors-allow-origin": "app.example.com"},
    {"cors-allow-origin": "app.example.com, https://app.example.com", "cors-allow-headers": "*"},
    {"cors-allow-origin": "https://a.example.com https://app.example.com"},
    {"cors-allow-origin": "HTTPS://app.example.com,null", "cors-expose-headers": "X-Total, *"},
    {"cors-allow-methods": "GET,  POST", "cors-allow-headers": "X-Token,Content-Type", "cors-max-age": "1h"},
    {"cors-allow-methods": "get POST,", "cors-expose-headers": "X-Total; X-Page", "cors-max-age": "-1"},
    {"cors-allow-origin": "https://app.example.com, *", "cors-allow-headers": ""},
    {"cors-allow-origin": "https://app.example.com\n", "cors-allow-methods": "GET\n"},
    {"cors-allow-origin": "https://", "cors-allow-credentials": "1"},
]
ORIGINS = [
    None,
    "https://app.example.com",
    "HTTPS://APP.EXAMPLE.COM",
    "https://app.example.com:8443",
    "https://a.b.example.com",
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://appXexample.com",
    "https://evilexample.com",
    "http://localhost:3000",
    "https://evil.null",
    "null",
]
METHODS = [("GET", {}), ("OPTIONS", {"Access-Control-Request-Method": "PUT"}), ("OPTIONS", {}), ("DELETE", {})]
PATHS = ["200", "404", "500", "locked"]


def render(given: dict[str, str]) -> str:
    """What the template makes of the annotations, `enable-cors: "true"` taken as given."""
    lines: list[str] = []
    origins = _origins(given)
    if origins == ["*"]:
        lines += ["set $http_origin *;", "set $cors 'true';"]
    elif origins:
        tests = "|".join(
            f"({_quote_meta(o).replace(chr(92) + '*', '[A-Za-z0-9' + chr(92) + '-]+', 1)})" for o in origins
        )
        lines += [f"if ($http_origin ~* ({tests})$ ) {{ set $cors 'true'; }}"]
    lines += ["if ($request_method = 'OPTIONS') { set $cors ${cors}options; }"]
    headers = ["more_set_headers 'Access-Control-Allow-Origin: $http_origin';"]
    if _bool(given.get("cors-allow-credentials")):
        headers += ["more_set_headers 'Access-Control-Allow-Credentials: true';"]
    methods = _text(given, "cors-allow-methods", r"^([A-Za-z]+,?\s?)+\Z", "GET, PUT, POST, DELETE, PATCH, OPTIONS")
    allowed = _text(
        given,
        "cors-allow-headers",
        r"^[A-Za-z0-9_, -]*\Z",
        "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
    )
    exposed = _text(given, "cors-expose-headers", r"^(([A-Za-z0-9\-_]+|\*),?\s?)+\Z", "")
    headers += [f"more_set_headers 'Access-Control-Allow-Methods: {methods}';"]
    headers += [f"more_set_headers 'Access-Control-Allow-Headers: {allowed}';"]
    if exposed:
        headers += [f"more_set_headers 'Access-Control-Expose-Headers: {exposed}';"]
    age = given.get("cors-max-age", "")
    seconds = int(age) if re.match(r"[+-]?[0-9]+\Z", age) else 1728000
    headers += [f"more_set_headers 'Access-Control-Max-Age: {seconds}';"]
    lines += ['if ($cors = "true") {', *headers, "}"]
    lines += ['if ($cors = "trueoptions") {', *headers]
    lines += ["more_set_headers 'Content-Type: text/plain charset=UTF-8';", "more_set_headers 'Content-Length: 0';"]
    return "\n".join([*lines, "return 204;", "}"])


def _origins(given: dict[str, str]) -> list[str]:
    text = given.get("cors-allow-origin")
    valid = r"^((((([a-z]+://)?(\*\.)?[A-Za-z0-9\-.]*(:\d+)?,?)|null)+)|\*)?\Z"
    if text is None or not text.strip() or not re.match(valid, text.replace(" ", "")):
        return ["*"]
    kept: list[str] = []
    for origin in filter(None, map(str.strip, text.split(","))):
        if origin == "*":
            return ["*"]
        if re.match(r"^([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:\d+)?|\*|null)?\Z", origin):
            kept.append(origin)
    return kept


def _text(given: dict[str, str], name: str, valid: str, default: str) -> str:
    text = given.get(name, "")
    is_valid = re.match(valid, text.replace(" ", "")) and not re.search(r"[\r\n]", text) and re.match(valid, text)
    return text.strip() if text.strip() and is_valid else default


def _bool(text: str | None) -> bool:
    return text not in ("0", "f", "F", "FALSE", "false", "False")


def _quote_meta(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def manifest(given: dict[str, str]) -> str:
    quoted = {name: text.replace("\n", "\\n") for name, text in {"enable-cors": "true", **given}.items()}
    lines = [f'    {PREFIX}{name}: "{text}"' for name, text in quoted.items()]
    head = ["apiVersion: networking.k8s.io/v1", "kind: Ingress", "metadata:", "  name: shop", "  annotations:"]
    return "\n".join([*head, *lines, "spec:", "  defaultBackend: {}", ""])


def policy_of(given: dict[str, str]) -> Policy:
    (policy,) = ingress_nginx.read(Project(), Source("ingress.yaml", manifest(given)))
    assert isinstance(policy, Policy)
    return policy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    modules = [path / MODULE for path in map(Path, ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"))]
    module = next((path for path in modules if path.exists()), None)
    assert os.path.exists(program), "nginx is missing"
    assert module, f"{MODULE} is missing (Debian: libnginx-mod-http-headers-more-filter)"
    folder = tmp_path_factory.mktemp("nginx")
    port, backend = free_port(), free_port()
    (folder / "users").write_text("")
    locations: list[str] = []
    for number, given in enumerate(SETTINGS):
        rules = render(given)
        locations += [f"location /{number}/ {{\n{rules}\nproxy_pass http://127.0.0.1:{backend}/;\n}}"]
        locations += [
            f"location /{number}/locked {{\n{rules}\nauth_basic x; auth_basic_user_file {folder}/users;\n"
            f"proxy_pass http://127.0.0.1:{backend}/200;\n}}"
        ]
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"""
        load_module {module};
        daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{}}
        http {{
            access_log off; {temporary}
            server {{ listen 127.0.0.1:{port}; {os.linesep.join(locations)} }}
            server {{
                listen 127.0.0.1:{backend};
                location = /200 {{ return 200; }}
                location = /404 {{ return 404; }}
                location = /500 {{ return 500; }}
            }}
        }}
        """
    )
    process = subprocess.Popen([program, "-p", str(folder), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def seen(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that matter, lists without the blanks between their items."""
    return sorted(
        (name.lower(), ",".join(part for item in value.split(",") if (part := item.strip())))
        for name, value in headers
        if name.lower().startswith("access-control-") or name.lower() == "vary"
    )


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda n: str(SETTINGS[n])[1:-1] or "enable-cors alone")
def test_the_model_answers_as_nginx_does(nginx: int, number: int) -> None:
    policy = policy_of(SETTINGS[number])
    differences: list[object] = []
    asked = 0
    connection = http.client.HTTPConnection("127.0.0.1", nginx, timeout=10)
    for origin in ORIGINS:
        for method, extra in METHODS:
            for path in PATHS:
                sent = {**({"Origin": origin} if origin else {}), **extra}
                connection.request(method, f"/{number}/{path}", headers=sent)
                real = connection.getresponse()
                real.read()
                behind = 401 if path == "locked" else int(path)
                model = policy.respond(
                    Request(origin or "", "https://api.example/", method, tuple(sent.items())), behind
                )
                asked += 1
                if (real.status, seen(real.getheaders())) != (model.status, seen(list(model.headers))):
                    differences.append((origin, method, path, real.status, seen(real.getheaders()), model))
    connection.close()
    compared(
        "ingress-nginx",
        CONTROLLER,
        "answers of a real nginx with the directives that its template writes",
        asked,
        len(differences),
    )
    assert asked == 192
    assert not differences
