"""What is said where everyone is let in, word by word: exploitable, open, or broken, for each release that matters.

The message tells what comes of it, the labels the facts, the help the deed. LIST, CREDENTIALS and REST stand for what a
middleware of Traefik holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from corslint.finding import Report

Linted: TypeAlias = Callable[[Mapping[str, str]], Report]

NGINX = """\
server {
    location / {
        add_header Access-Control-Allow-Origin ORIGIN always;
        add_header Access-Control-Allow-Credentials CREDENTIALS always;
        proxy_pass http://app;
    }
}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
ANNOTATIONSspec:
  rules: [{host: api.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]
"""
MIDDLEWARE = """\
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: cors
spec:
  headers:
    accessControlAllowOriginList: ["*"]
    accessControlAllowCredentials: true
    accessControlAllowMethods: [GET, POST]
    accessControlAllowHeaders: [Content-Type]
    addVaryHeader: true
"""
PREFIX = "nginx.ingress.kubernetes.io/"
ROBBERY = "any website can read this API with the visitor's cookies"
BROKEN = "browsers refuse every request with cookies: `*` and credentials exclude each other"
OPEN = "every website can read the answers"
HALF_OPEN = "; who sends no cookies can read the answers"
TOGETHER = "and cookies are allowed, which browsers refuse together with `*`"
NAME_IT = 'add_header Access-Control-Allow-Origin "https://app.example.com" always'
ON_PURPOSE = "; if it is public on purpose, ignore this and say so"
TRAEFIK_LIST = 'accessControlAllowOriginList: ["https://app.example.com"]'


def nginx(origin: str, credentials: str = "true") -> dict[str, str]:
    return {"nginx.conf": NGINX.replace("ORIGIN", origin).replace("CREDENTIALS", credentials)}


def ingress(*annotations: str) -> dict[str, str]:
    lines = "".join(f"    {PREFIX}{one}\n" for one in annotations)
    return {"k8s/ingress.yaml": INGRESS.replace("ANNOTATIONS", lines)}


def traefik(image: str = "", api_version: str = "traefik.io/v1alpha1") -> dict[str, str]:
    files = {"k8s/cors.yaml": MIDDLEWARE.replace("traefik.io/v1alpha1", api_version)}
    if image:
        files["k8s/traefik.yaml"] = f"kind: Deployment\nspec:\n  containers:\n    - name: it\n      image: {image}\n"
    return files


WORDS: dict[str, tuple[dict[str, str], str, str, str, list[str], str]] = {
    "nginx sends a star and true": (
        nginx("*"),
        "any-origin-with-credentials",
        "medium",
        BROKEN,
        [f"every origin is allowed{HALF_OPEN}", TOGETHER],
        f"either remove the line that sends Access-Control-Allow-Credentials, or name the origins that need cookies: "
        f"{NAME_IT}",
    ),
    "nginx repeats the origin, and true": (
        nginx("$http_origin"),
        "any-origin-with-credentials",
        "high",
        ROBBERY,
        ["repeats the origin of whoever asks", "and cookies are allowed with it"],
        f"name the origins you trust: {NAME_IT}; tell caches what the answer depends on: add_header Vary Origin always",
    ),
    "nginx repeats the origin": (
        nginx("$http_origin", "false"),
        "reflected-origin",
        "medium",
        f"{OPEN}: its own origin is repeated to it",
        ["repeats the origin of whoever asks"],
        f"repeat only origins you trust: {NAME_IT}; tell caches what the answer depends on: add_header Vary Origin "
        "always",
    ),
    "nginx sends a star": (
        nginx("*", "false"),
        "production-wildcard",
        "medium",
        OPEN,
        ["every origin is allowed"],
        f"name the origins you trust: {NAME_IT}{ON_PURPOSE}",
    ),
    "ingress-nginx with nothing but the switch": (
        ingress(),
        "any-origin-with-credentials",
        "medium",
        BROKEN,
        [
            "without cors-allow-origin every origin is allowed, and without cors-allow-credentials cookies are"
            f"{HALF_OPEN}"
        ],
        f'either {PREFIX}cors-allow-credentials: "false", or name the origins that need cookies: '
        f'{PREFIX}cors-allow-origin: "https://app.example.com"',
    ),
    "ingress-nginx with a star": (
        ingress('cors-allow-origin: "*"'),
        "any-origin-with-credentials",
        "medium",
        BROKEN,
        [f"every origin is allowed{HALF_OPEN}", "without cors-allow-credentials cookies are allowed"],
        f'either {PREFIX}cors-allow-credentials: "false", or name the origins that need cookies: '
        f'{PREFIX}cors-allow-origin: "https://app.example.com"',
    ),
    "ingress-nginx opens up where an origin is not valid": (
        ingress('cors-allow-origin: "https://app.example/"', 'cors-allow-credentials: "false"'),
        "production-wildcard",
        "medium",
        OPEN,
        ["`https://app.example/` is not valid here, so the controller allows every origin"],
        f'name the origins you trust: {PREFIX}cors-allow-origin: "https://app.example.com"{ON_PURPOSE}',
    ),
    "ingress-nginx opens up where the text is empty": (
        ingress('cors-allow-origin: ""', 'cors-allow-credentials: "false"'),
        "production-wildcard",
        "medium",
        OPEN,
        ["an empty text is not valid here, so the controller allows every origin"],
        f'name the origins you trust: {PREFIX}cors-allow-origin: "https://app.example.com"{ON_PURPOSE}',
    ),
    "ingress-nginx is off where no origin is left": (
        ingress('cors-allow-origin: "app.example"'),
        "malformed-origin",
        "medium",
        "`app.example` has no scheme, so the controller skips it: none is left, and no CORS header is sent",
        ["not taken as it stands"],
        "write origins as browsers send them, with commas between: https://app.example.com",
    ),
    "ingress-nginx allows credentials where the value is no boolean": (
        ingress(
            'cors-allow-origin: "https://app.example"',
            'cors-allow-credentials: "yes"',
            "configuration-snippet: 'more_set_headers \"Vary: Origin\";'",
        ),
        "invalid-credentials-value",
        "medium",
        "`yes` is no boolean to the controller, so it allows credentials",
        ["not taken as it stands"],
        'write "true" or "false"',
    ),
    "Traefik of a release that is not known: both are said": (
        traefik(),
        "any-origin-with-credentials",
        "high",
        ROBBERY,
        [
            "every origin is allowed",
            "with this, Traefik 3.6.22, 3.7.6 and later repeat the origin of whoever asks; those before send `*`,"
            " and browsers refuse that",
        ],
        f"name the origins you trust: {TRAEFIK_LIST}",
    ),
    "Traefik 3.6.21 sends a star": (
        traefik("traefik:v3.6.21"),
        "any-origin-with-credentials",
        "medium",
        BROKEN,
        [
            f"every origin is allowed{HALF_OPEN}",
            "and cookies are allowed, which browsers refuse together with the `*` of Traefik 3.6.21; 3.6.22, 3.7.6 and"
            " later let every website in",
        ],
        f"either accessControlAllowCredentials: false, or name the origins that need cookies: {TRAEFIK_LIST}",
    ),
    "Traefik 3.6.22 repeats the origin": (
        traefik("docker.io/library/traefik:v3.6.22"),
        "any-origin-with-credentials",
        "high",
        ROBBERY,
        [
            "every origin is allowed",
            "with this, Traefik 3.6.22 repeats the origin of whoever asks in place of `*`",
        ],
        f"name the origins you trust: {TRAEFIK_LIST}",
    ),
    "Traefik 2, by the apiVersion": (
        traefik(api_version="traefik.containo.us/v1alpha1"),
        "any-origin-with-credentials",
        "medium",
        BROKEN,
        [
            f"every origin is allowed{HALF_OPEN}",
            "and cookies are allowed, which browsers refuse together with the `*` of Traefik 2; 3.6.22, 3.7.6 and later"
            " let every website in",
        ],
        f"either accessControlAllowCredentials: false, or name the origins that need cookies: {TRAEFIK_LIST}",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_what_is_said(name: str, linted: Linted) -> None:
    files, rule, severity, message, labels, deed = WORDS[name]
    found = linted(files).findings
    told = next(one for one in found if one.rule == rule)
    assert {one.rule for one in found} == {rule}
    assert (str(told.severity), told.message) == (severity, message)
    assert [label.text for label in told.labels] == labels
    assert told.help == deed


@pytest.mark.parametrize(
    ("files", "version", "reason"),
    [
        (traefik(), None, ""),
        (traefik("traefik:v3.7.6"), "3.7.6", "the tag of the image in traefik.yaml"),
        (traefik("traefik:latest"), None, ""),
        (traefik("${REGISTRY}/traefik:2.11"), None, ""),
        (traefik("registry.example:5000/mirror/traefik:2.11"), "2.11", "the tag of the image in traefik.yaml"),
        (traefik("traefik:${TAG:-v3.6.1}"), "3.6.1", "the tag of the image in traefik.yaml"),
        (traefik("traefik/whoami:v1.10"), None, ""),
        (traefik("my-traefik:v2.0"), None, ""),
        (traefik(api_version="traefik.containo.us/v1alpha1"), "2", "Traefik 3 knows no apiVersion traefik.containo.us"),
        ({**traefik(), "Dockerfile": "FROM traefik:3.7.9\n"}, "3.7.9", "the tag of the image in Dockerfile"),
        (
            {**traefik(), "values.yaml": "image:\n  repository: traefik\n  tag: v3.6.30\n"},
            "3.6.30",
            "the tag of the image in values.yaml",
        ),
        (
            {
                **traefik(),
                "Chart.yaml": "dependencies:\n  - name: traefik\n    repository: x\n    version: 27.0.2\n",
            },
            "2",
            "the Helm chart in Chart.yaml is one of Traefik 2",
        ),
        (
            {**traefik(), "Chart.yaml": "dependencies:\n  - name: traefik\n    version: 37.1.0\n"},
            None,
            "",
        ),
        (
            {**traefik("traefik:v2.11"), "old.yaml": "image: traefik:v3.7.6\n"},
            "2.11",
            "the tag of the image in traefik.yaml",
        ),
        (
            {**traefik("traefik:v2.11"), "k8s/other.yaml": "image: traefik:v3.7.6\n"},
            None,
            "",
        ),
        (
            {**traefik("traefik:v3.7.6"), "k8s/other.yaml": "image: traefik:v3.7.9\n"},
            "3.7.9",
            "the tag of the image in other.yaml",
        ),
    ],
)
def test_which_traefik_it_is(files: dict[str, str], version: str | None, reason: str, linted: Linted) -> None:
    (policy,) = linted(files).policies
    assert (policy.version, policy.version_reason) == (version, reason)
