"""ingress-nginx as people spell it: what is found, where, how bad, and above all what is not.

NGINX stands for `nginx.ingress.kubernetes.io`, ACAO and ACAC for two headers, INGRESS and SPEC for what stands around
annotations; the marks are explained in `conftest`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

Differences: TypeAlias = Callable[[Mapping[str, str]], list[str]]

SHORT = {
    "NGINX/": "nginx.ingress.kubernetes.io/",
    "ACAO": "Access-Control-Allow-Origin",
    "ACAC": "Access-Control-Allow-Credentials",
    "INGRESS": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop",
    "SPEC": """\
spec:
  rules:
    - host: api.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: shop
                port:
                  number: 80""",
}

FOUND = {
    "the switch alone": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"  # <- medium any-origin-with-credentials
SPEC
""",
    "everyone": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"  # <- medium any-origin-with-credentials
SPEC
""",
    "everyone without credentials": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"  # <- medium production-wildcard
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "everyone with credentials": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"  # <- medium any-origin-with-credentials
    NGINX/cors-allow-credentials: "true"
SPEC
""",
    "one origin without Vary": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"  # <- medium missing-vary
SPEC
""",
    "one origin without Vary and credentials": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"  # <- low missing-vary
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "subdomains of a platform": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://*.vercel.app"  # <- high shared-suffix-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "plain http": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "http://app.example"  # <- medium insecure-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a slash behind the origin": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example/"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a slash behind the origin, without credentials": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example/"  # <- medium production-wildcard
    NGINX/cors-allow-credentials: "false"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a wildcard with a slash": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*.foo.com/"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "an empty text": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: ""  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "an origin without a scheme": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "foo.com"  # <- medium malformed-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "null": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "null"  # <- high null-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "credentials that are yes": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-credentials: "yes"  # <- medium invalid-credentials-value
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a value without quotes": """
INGRESS
  annotations:
    NGINX/enable-cors: true  # <- medium rejected-configuration
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "an origin without the switch": """
INGRESS
  annotations:
    NGINX/cors-allow-origin: "https://app.example"  # <- low shadowed-setting
SPEC
""",
    "headers without Content-Type": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-headers: "X-Token"  # <- medium incomplete-preflight
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a star for headers": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-headers: "*"  # <- medium malformed-header-list
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a star for methods": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-methods: "*"  # <- low malformed-header-list
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a day in letters": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-max-age: "1d"  # <- low invalid-max-age
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a snippet that adds the header once more": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"  # <- medium missing-vary
    NGINX/configuration-snippet: |  # <- high duplicate-cors-layer
      add_header ACAO https://app.example always;
SPEC
""",
    "a snippet alone: repeated with credentials": """
INGRESS
  annotations:
    NGINX/configuration-snippet: |
      add_header ACAO $http_origin always;  # <- high any-origin-with-credentials (missing-vary)
      add_header ACAC true always;
SPEC
""",
    "a snippet of the server: repeated with credentials": """
INGRESS
  annotations:
    NGINX/server-snippet: |
      add_header ACAO $http_origin always;  # <- high any-origin-with-credentials (missing-vary)
      add_header ACAC true always;
SPEC
""",
    "a snippet with headers-more: repeated with credentials": """
INGRESS
  annotations:
    NGINX/configuration-snippet: |
      more_set_headers "ACAO: $http_origin";  # <- high any-origin-with-credentials (missing-vary)
      more_set_headers "ACAC: true";
SPEC
""",
    "a snippet in quotes": r"""
INGRESS
  annotations:
    NGINX/configuration-snippet: "more_set_headers \"ACAO: *\";"  # <- low unreadable-input
SPEC
""",
    "a ConfigMap with all of nginx": """
apiVersion: v1
kind: ConfigMap
metadata:
  name: nginx
data:
  nginx.conf: |
    events {}
    http {
      server {
        location / {
          add_header ACAO $http_origin always;  # <- high any-origin-with-credentials (missing-vary)
          add_header ACAC true always;
          proxy_pass http://127.0.0.1:8000;
        }
      }
    }
""",
    "a ConfigMap with a server": """
apiVersion: v1
kind: ConfigMap
metadata:
  name: nginx
data:
  default.conf: |
    server {
      location / {
        add_header ACAO * always;  # <- medium production-wildcard
        proxy_pass http://127.0.0.1:8000;
      }
    }
""",
    "values of a chart: everyone": """
ingress:
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"  # <- medium any-origin-with-credentials
""",
    "two origins, one with a path": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://a.example, https://b.example/app"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "two origins with a space between": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://a.example https://b.example"  # <- medium malformed-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a pattern that is none here": r"""
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://.*\\.example\\.com"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "quotes inside": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "'https://a.example'"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "everyone among others": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://a.example, *"  # <- medium any-origin-with-credentials
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "an origin of the values": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "{{ .Values.origin }}"  # <- info undetermined
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a wildcard without a scheme": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*.example.com"  # <- medium malformed-origin
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "everyone where nothing but the switch is given, and credentials are off": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"  # <- medium production-wildcard
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "the switch says yes": """
INGRESS
  annotations:
    NGINX/enable-cors: "yes"  # <- low shadowed-setting
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
}
"""Manifests in which something is found."""

SILENT = {
    "one origin": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "two origins": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://a.example, https://b.example:8443"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "subdomains": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://*.example.com"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "CORS is off, and the rest is kept": """
INGRESS
  annotations:
    NGINX/enable-cors: "false"
    NGINX/cors-allow-origin: "*"
SPEC
""",
    "GET alone": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-methods: "GET"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "methods and headers": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-methods: "PUT, GET"
    NGINX/cors-allow-headers: "Content-Type"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "ten minutes": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-max-age: "600"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a namespace for development": """
INGRESS
  namespace: dev
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "a list over two lines": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: >-
      https://a.example,
      https://b.example
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "subdomains of one domain": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://*.example.com, https://example.com"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a scheme of an app": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "capacitor://localhost, https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "credentials switched off": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-credentials: "false"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "credentials as a letter": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-credentials: "t"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "fewer methods": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-methods: "GET, POST"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "more headers": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-headers: "Content-Type, Authorization, X-Request-Id"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "exposed headers": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-expose-headers: "X-Total-Count, X-Page"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "every exposed header": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-credentials: "false"
    NGINX/cors-expose-headers: "*"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "an hour": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-max-age: "3600"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a login before it": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/auth-url: "https://auth.example/check"
    NGINX/auth-signin: "https://auth.example/"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a password before it": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/auth-type: basic
    NGINX/auth-secret: users
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "addresses before it": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/whitelist-source-range: "10.0.0.0/8"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a redirect to https": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/ssl-redirect: "true"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a rewritten path": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/rewrite-target: /$1
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "Vary by add_header": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      add_header Vary Origin always;
SPEC
""",
    "Vary beside others": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "X-Frame-Options: DENY";
      more_set_headers "Vary: Accept-Encoding, Origin";
SPEC
""",
    "CORS is off": """
INGRESS
  annotations:
    NGINX/enable-cors: "false"
SPEC
""",
    "no CORS at all": """
INGRESS
  annotations:
    NGINX/ssl-redirect: "true"
SPEC
""",
    "a namespace for tests": """
INGRESS
  namespace: test
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "a class of another controller": """
INGRESS
  annotations:
    haproxy.org/enable-cors: "true"
    haproxy.org/cors-allow-origin: "https://app.example"
    haproxy.org/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "a service": """
apiVersion: v1
kind: Service
metadata:
  name: s
  annotations:
    NGINX/enable-cors: "true"
""",
    "a reason": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"  # corslint: ignore[production-wildcard] -- public data
    NGINX/cors-allow-credentials: "false"
SPEC
""",
    "plain http to this machine, for development": """
INGRESS
  namespace: dev
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "http://localhost:3000"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
    "fonts for everyone": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "*"
    NGINX/cors-allow-credentials: "false"
spec:
  rules:
    - host: api.example.com
      http:
        paths:
          - path: /fonts
            pathType: Prefix
            backend:
              service:
                name: shop
                port:
                  number: 80
""",
    "a snippet that more_set_headers replaces": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/configuration-snippet: |
      more_set_headers "X-A: b";
      more_set_headers "Vary: Origin";
SPEC
""",
    "values of a chart": """
ingress:
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://app.example"
    NGINX/cors-allow-credentials: "true"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
""",
    "a port": """
INGRESS
  annotations:
    NGINX/enable-cors: "true"
    NGINX/cors-allow-origin: "https://a.example:8443"
    NGINX/configuration-snippet: |
      more_set_headers "Vary: Origin";
SPEC
""",
}
"""Manifests in which nothing is."""


def spelled_out(text: str) -> str:
    """A manifest with what stands around its annotations."""
    for short, meant in SHORT.items():
        text = text.replace(short, meant)
    return text.lstrip("\n")


MANIFESTS = {name: spelled_out(text) for name, text in {**FOUND, **SILENT}.items()}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest(name: str, differences: Differences) -> None:
    assert differences({"k8s/ingress.yaml": MANIFESTS[name]}) == []


@pytest.mark.parametrize("name", MANIFESTS)
def test_one_of_several_documents(name: str, differences: Differences) -> None:
    other = "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n"
    assert differences({"k8s/all.yaml": f"{other}---\n{MANIFESTS[name]}---\n{other}"}) == []


EVERYONE = [
    name
    for name, text in FOUND.items()
    if ("any-origin" in text or "production-wildcard" in text) and "ACAO" not in text
]
"""Where everyone is let in, and by annotations."""


@pytest.mark.parametrize("name", EVERYONE)
def test_naming_the_origin_mends_it(name: str, differences: Differences) -> None:
    lines = re.sub(r"[ ]*# <- .*", "", MANIFESTS[name]).split("\n")
    kept = [line for line in lines if "cors-allow-origin" not in line]
    at = next(number for number, line in enumerate(kept) if "enable-cors" in line)
    prefix = kept[at].partition("enable-cors")[0]
    kept.insert(at + 1, f'{prefix}cors-allow-origin: "https://app.example.com"')
    if not any("configuration-snippet" in line for line in kept):
        kept.insert(at + 1, f"{prefix}configuration-snippet: |\n      more_set_headers 'Vary: Origin';")
    assert differences({"k8s/ingress.yaml": "\n".join(kept)}) == []


def test_more_stays_silent_than_is_found() -> None:
    assert len(SILENT) + len(EVERYONE) > len(FOUND)
    for texts, is_marked in ((FOUND, True), (SILENT, False)):
        assert [name for name, text in texts.items() if ("# <- " in text) != is_marked] == []
