"""Put the same requests to the model and to a real HAProxy that runs what the controller's template renders.

The rendering below follows the controller's own source and shares no code with corslint:
https://github.com/jcmoraisjr/haproxy-ingress/blob/v0.16.1/pkg/converters/ingress/annotations/validator.go
https://github.com/jcmoraisjr/haproxy-ingress/blob/v0.16.1/rootfs/etc/templates/haproxy/haproxy.tmpl#L629
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence

import pytest
from accuracy import compared
from real_nginx import free_port, upstream

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import haproxy_ingress
from corslint.source import Source

pytestmark = pytest.mark.needs_haproxy

PREFIX = "haproxy-ingress.github.io/"
CONTROLLER = "0.16.1"
"""The release whose template is followed."""
SERVICE = """\
core.register_service("send-cors-preflight", "http", function(applet)
    applet:set_status(204)
    applet:add_header("Content-Length", 0)
    applet:add_header("Access-Control-Max-Age", applet:get_var("txn.cors_max_age"))
    applet:start_response()
end)
"""
SETTINGS: list[dict[str, str]] = [
    {},
    {"cors-allow-credentials": "true"},
    {"cors-allow-origin": "*"},
    {"cors-allow-origin": "*", "cors-allow-credentials": "true"},
    {"cors-allow-origin": "https://app.example.com"},
    {"cors-allow-origin": "https://app.example.com", "cors-allow-credentials": "1"},
    {"cors-allow-origin": "https://app.example.com,https://a.b.example.com", "cors-allow-credentials": "true"},
    {"cors-allow-origin": "https://app.example.com, https://a.b.example.com"},
    {"cors-allow-origin": "https://*.example.com", "cors-allow-credentials": "true"},
    {"cors-allow-origin": "*,https://app.example.com", "cors-allow-credentials": "true"},
    {"cors-allow-origin": "https://app.example.com,*", "cors-allow-credentials": "true"},
    {"cors-allow-origin": "null"},
    {"cors-allow-origin": ""},
    {"cors-allow-origin-regex": r"^https://[a-z]+\.example\.com$"},
    {"cors-allow-origin-regex": r"^https://[a-z]+\.example\.com$", "cors-allow-credentials": "true"},
    {
        "cors-allow-origin": "https://app.example.com",
        "cors-allow-origin-regex": r"https://[a-z]+\.example\.com null$",
        "cors-allow-credentials": "true",
    },
    {"cors-allow-origin": "https://app.example.com", "cors-allow-origin-regex": "*.example.com"},
    {"cors-allow-origin": "https://app.example.com", "cors-allow-methods": "*", "cors-allow-headers": "*"},
    {"cors-allow-methods": "GET, PUT", "cors-allow-headers": "X-Token,Content-Type", "cors-max-age": "1h"},
    {"cors-expose-headers": "X-Total", "cors-max-age": "600", "cors-allow-credentials": "yes"},
]
ORIGINS = [
    None,
    "https://app.example.com",
    "HTTPS://APP.EXAMPLE.COM",
    "https://a.b.example.com",
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://evil.null",
    "null",
    "*",
]
METHODS = [("GET", {}), ("OPTIONS", {"Access-Control-Request-Method": "PUT"}), ("OPTIONS", {})]
STATUSES = [200, 404, 500]


def render(given: dict[str, str]) -> list[str]:
    """What the template makes of the annotations, `cors-enable: "true"` taken as given."""
    one = r"([a-zA-Z][a-zA-Z0-9+.-]*://[A-Za-z0-9\-\.]*(:[0-9]+)?|\*)\Z"
    listed = given.get("cors-allow-origin", "*").split(",")
    origins = listed if all(re.match(one, origin) for origin in listed) else ["*"]
    patterns = [text for text in given.get("cors-allow-origin-regex", "").split(" ") if text]
    patterns = patterns if not any(text.startswith("*") for text in patterns) else []
    credentials = given.get("cors-allow-credentials") in ("1", "t", "T", "TRUE", "true", "True")
    methods = given.get("cors-allow-methods", "")
    if not re.match(r"([A-Za-z]+,?\s?)+\Z", methods):
        methods = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
    headers = given.get(
        "cors-allow-headers",
        "DNT,X-CustomHeader,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,"
        "Authorization",
    )
    age = given.get("cors-max-age", "")
    seconds = age if re.fullmatch(r"[0-9]+", age) else "86400"
    chooses = bool(patterns) or len(origins) > 1
    repeats = origins[0] == "*" and credentials
    lines = [
        "http-request set-var(txn.hdr_origin) req.hdr(Origin) if { req.hdr(Origin) -m found }",
        f"http-request set-var(txn.cors_max_age) str({seconds}) if METH_OPTIONS",
        "http-request use-service lua.send-cors-preflight if METH_OPTIONS",
        "acl cors_has_origin var(txn.hdr_origin) -m found",
    ]
    if chooses:
        lines.append(f"acl cors_allow_origin var(txn.hdr_origin) -m str {' '.join(origins)}")
        lines += [f"acl cors_allow_origin var(txn.hdr_origin) -m reg '{text}'" for text in patterns]
    value = '"%[var(txn.hdr_origin)]"' if chooses or repeats else f'"{origins[0]}"'
    add = "http-after-response set-header"
    matched = " cors_allow_origin" if chooses else ""
    lines.append(f"{add} Access-Control-Allow-Origin {value} if cors_has_origin{matched}")
    if chooses:
        lines.append(f'{add} Access-Control-Allow-Origin "{origins[0]}" if cors_has_origin !cors_allow_origin')
    lines.append(f'{add} Access-Control-Allow-Methods "{methods}" if cors_has_origin')
    lines.append(f'{add} Access-Control-Allow-Headers "{headers}" if cors_has_origin')
    if credentials:
        lines.append(f'{add} Access-Control-Allow-Credentials "true" if cors_has_origin')
    if exposed := given.get("cors-expose-headers"):
        lines.append(f'{add} Access-Control-Expose-Headers "{exposed}" if cors_has_origin')
    if chooses or repeats:
        lines.append(f"{add} Vary Origin if ! {{ res.hdr(Vary) -m found }}")
    return lines


def policy_of(given: dict[str, str]) -> Policy:
    lines = [f"    {PREFIX}{name}: '{text}'" for name, text in {"cors-enable": "true", **given}.items()]
    head = ["apiVersion: networking.k8s.io/v1", "kind: Ingress", "metadata:", "  name: shop", "  annotations:"]
    text = "\n".join([*head, *lines, "spec:", "  defaultBackend: {}", ""])
    (policy,) = haproxy_ingress.read(Project(), Source("ingress.yaml", text))
    assert isinstance(policy, Policy)
    return policy


@pytest.fixture(scope="module")
def haproxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program, "haproxy is missing"
    folder = tmp_path_factory.mktemp("haproxy")
    (folder / "services.lua").write_text(SERVICE)
    port = free_port()
    with upstream() as backend:
        numbers = range(len(SETTINGS))
        uses = [f"  use_backend b{number} if {{ path_beg /{number}/ }}" for number in numbers]
        backends = [
            "\n  ".join([f"backend b{number}", *render(SETTINGS[number]), f"server s 127.0.0.1:{backend}"])
            for number in numbers
        ]
        timeouts = "  timeout connect 5s\n  timeout client 20s\n  timeout server 20s"
        configuration = [
            "global",
            f"  lua-load {folder}/services.lua",
            f"defaults\n  mode http\n{timeouts}",
            f"frontend f\n  bind 127.0.0.1:{port}",
            *uses,
            *backends,
            "",
        ]
        (folder / "haproxy.cfg").write_text("\n".join(configuration))
        log = (folder / "log").open("wb")
        process = subprocess.Popen([program, "-db", "-f", str(folder / "haproxy.cfg")], stdout=log, stderr=log)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(10)
            log.close()


def seen(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that matter, lists without the blanks between their items."""
    return sorted(
        (name.lower(), ",".join(part for item in value.split(",") if (part := item.strip())))
        for name, value in headers
        if name.lower().startswith("access-control-") or name.lower() == "vary"
    )


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda n: str(SETTINGS[n])[1:-1] or "cors-enable alone")
def test_the_model_answers_as_haproxy_does(haproxy: int, number: int) -> None:
    policy = policy_of(SETTINGS[number])
    differences: list[object] = []
    asked = 0
    for origin in ORIGINS:
        for method, extra in METHODS:
            for status in STATUSES:
                sent = {**({"Origin": origin} if origin else {}), **extra}
                connection = http.client.HTTPConnection("127.0.0.1", haproxy, timeout=10)
                connection.request(method, f"/{number}/?status={status}", headers=sent)
                real = connection.getresponse()
                real.read()
                connection.close()
                request = Request(origin or "", "https://api.example/", method, tuple(sent.items()))
                model = policy.respond(request, status)
                asked += 1
                if (real.status, seen(real.getheaders())) != (model.status, seen(model.headers)):
                    differences.append((origin, method, status, real.status, seen(real.getheaders()), model))
    what = "answers of a real HAProxy with the directives that its template writes"
    compared("HAProxy Ingress", CONTROLLER, what, asked, len(differences))
    assert asked == 81
    assert not differences
