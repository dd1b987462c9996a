"""CORS filters of HTTPRoutes as people write them, the policies they amount to, and what a gateway answers.

No gateway can run in these tests. The cases of RECORDED are those of the conformance tests of the Gateway API itself,
which every gateway has to pass: https://github.com/kubernetes-sigs/gateway-api/blob/v1.5.0/conformance/tests/
httproute-cors.go. Where they leave a choice, the expected answer is the one that Envoy gives.
"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from corslint import engine
from corslint.browser import Request
from corslint.collect import Project
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.servers import gateway_api
from corslint.source import Source
from corslint.values import Known


def read(text: str, path: str = "deploy/route.yaml") -> list[Policy | Unread]:
    return list(gateway_api.read(Project(), Source(path, dedent(text))))


def route(cors: str, namespace: str = "shop", kind: str = "HTTPRoute") -> str:
    head = f"apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: web\n  namespace: {namespace}\n"
    rules = "spec:\n  rules:\n  - matches: [{path: {type: PathPrefix, value: /api}}]\n    filters:\n    - type: CORS\n"
    return head + rules + "      cors:\n" + indent(dedent(cors), "        ")


def policy(cors: str) -> Policy:
    (found,) = read(route(cors))
    assert isinstance(found, Policy)
    return found


def facts(found: Policy) -> list[tuple[str, str]]:
    return [(fact.kind, fact.text) for fact in found.facts]


def rules(text: str, path: str = "deploy/route.yaml") -> list[str]:
    report = engine.run([], Config(), stdin=StandardInput(path, dedent(text).encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies, "nothing was read"
    return sorted(f"{one.rule} {one.severity}" for one in report.findings)


FIRST = """\
allowOrigins:
- "https://www.foo.com"
- "https://*.bar.com"
allowMethods:
- GET
- OPTIONS
allowHeaders:
- "x-header-1"
- "x-header-2"
exposeHeaders:
- "x-header-3"
- "x-header-4"
allowCredentials: true
maxAge: 3600
"""
SECOND = 'allowOrigins: ["https://www.foo.com"]\nallowMethods: ["*"]\n'
ANY = 'allowOrigins: ["*"]\nallowMethods: ["PUT"]\nallowCredentials: false\n'
EVERYTHING = 'allowOrigins: ["*"]\nallowMethods: ["*"]\nallowHeaders: ["*"]\nallowCredentials: {}\n'
ASKED = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-header-1, x-header-2"}
PUT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-header-1, x-header-2"}
ALLOWED = {
    "Access-Control-Allow-Methods": "GET,OPTIONS",
    "Access-Control-Allow-Headers": "x-header-1,x-header-2",
    "Access-Control-Expose-Headers": "x-header-3,x-header-4",
    "Access-Control-Max-Age": "3600",
    "Access-Control-Allow-Credentials": "true",
}
RECORDED: dict[str, tuple[str, str, dict[str, str], dict[str, str]]] = {
    "preflight of an exact origin": (
        FIRST,
        "OPTIONS",
        {"Origin": "https://www.foo.com", **ASKED},
        {"Access-Control-Allow-Origin": "https://www.foo.com", **ALLOWED},
    ),
    "preflight of a wildcard": (
        FIRST,
        "OPTIONS",
        {"Origin": "https://www.bar.com", **ASKED},
        {"Access-Control-Allow-Origin": "https://www.bar.com", **ALLOWED},
    ),
    "preflight of a wildcard over several labels": (
        FIRST,
        "OPTIONS",
        {"Origin": "https://xpto.www.bar.com", **ASKED},
        {"Access-Control-Allow-Origin": "https://xpto.www.bar.com", **ALLOWED},
    ),
    "preflight of a stranger": (FIRST, "OPTIONS", {"Origin": "https://foobar.com", **ASKED}, {}),
    "request of a stranger": (FIRST, "GET", {"Origin": "https://foobar.com"}, {}),
    "any method": (
        SECOND,
        "OPTIONS",
        {"Origin": "https://www.foo.com", "Access-Control-Request-Method": "POST"},
        {
            "Access-Control-Allow-Origin": "https://www.foo.com",
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Max-Age": "5",
        },
    ),
    "any origin": (
        ANY,
        "OPTIONS",
        {"Origin": "https://foobar.com:12345", "Access-Control-Request-Method": "PUT"},
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Max-Age": "5",
        },
    ),
    "request of any origin": (
        ANY,
        "PUT",
        {"Origin": "https://foobar.com:12345"},
        {"Access-Control-Allow-Origin": "*"},
    ),
    "any origin with credentials": (
        EVERYTHING.format("true"),
        "OPTIONS",
        {"Origin": "https://other.foo.com", **PUT},
        {
            "Access-Control-Allow-Origin": "https://other.foo.com",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Allow-Headers": "x-header-1, x-header-2",
            "Access-Control-Max-Age": "5",
        },
    ),
    "request of any origin with credentials": (
        EVERYTHING.format("true"),
        "GET",
        {"Origin": "https://other.foo.com"},
        {"Access-Control-Allow-Origin": "https://other.foo.com", "Access-Control-Allow-Credentials": "true"},
    ),
    "request of any origin without": (
        EVERYTHING.format("false"),
        "GET",
        {"Origin": "https://other.foo.com"},
        {"Access-Control-Allow-Origin": "*"},
    ),
    "no origin": (FIRST, "GET", {}, {}),
}


@pytest.mark.parametrize("case", RECORDED)
def test_the_model_answers_as_the_conformance_tests_ask_for(case: str) -> None:
    cors, method, sent, expected = RECORDED[case]
    request = Request(sent.get("Origin", ""), "https://api.example/api", method, tuple(sent.items()))
    assert dict(policy(cors).respond(request).headers) == expected


def test_a_route() -> None:
    found = policy(FIRST)
    assert (found.name, found.id) == ("HTTPRoute `shop/web`", "deploy/route.yaml#HTTPRoute@shop/web")
    assert found.facts == ()
    assert [found.covers(path) for path in ("/api", "/api/x", "/apix", "/")] == [True, True, False, False]
    assert found.max_age.value == Known(3600, found.max_age.value.span)


@pytest.mark.parametrize(
    "text",
    [
        route("allowOrigins: ['*']\n").replace("type: CORS", "type: RequestMirror"),
        route("allowOrigins: ['*']\n").replace("gateway.networking.k8s.io", "example.com"),
        route("allowOrigins: ['*']\n", kind="TCPRoute"),
        "# HTTPRoute\nfilters: [{type: CORS, cors: {allowOrigins: ['*']}}]\n",
        "kind: HTTPRoute\ncors: {allowOrigins: ['*']}\n",
        "kind: HTTPRoute\nspec: {rules: [{filters: [{type: CORS}]}]}\n# cors: x\n",
    ],
)
def test_what_is_somebody_elses(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("cors", "why"),
    [
        ("allowOrigins: ['https://a.example/']\n", "`https://a.example/` is no origin to it"),
        ("allowOrigins: ['null']\n", "`null` is no origin to it"),
        ("allowOrigins: ['a.example']\n", "`a.example` is no origin to it"),
        ("allowOrigins: ['https://*a.example']\n", "`https://*a.example` is no origin to it"),
        ("allowOrigins: ['*', 'https://a.example']\n", "`*` must stand alone"),
        ("allowOrigins: '*'\n", "`allowOrigins` must be a list"),
        ("allowOrigins: ['https://a.example']\nallowMethods: [get]\n", "`get` is no method to it"),
        ("allowOrigins: ['https://a.example']\nallowMethods: ['*', GET]\n", "`*` must stand alone"),
        ("allowOrigins: ['https://a.example']\nallowHeaders: ['a b']\n", "`a b` is no name of a header"),
        ("allowOrigins: ['https://a.example']\nallowCredentials: 'true'\n", "`'true'` is no boolean"),
        ("allowOrigins: ['*']\nmaxAge: 1h\n", "`maxAge` must be a number of seconds from 1 on, and `1h` is none"),
        ("allowOrigins: ['*']\nmaxAge: 0\n", "`maxAge` must be a number of seconds from 1 on, and `0` is none"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses(cors: str, why: str) -> None:
    assert facts(policy(cors)) == [("rejected-configuration", f"Kubernetes refuses this HTTPRoute: {why}")]


COOKIES = "allowCredentials: true\n"
OPEN = "allowMethods: [GET]\nallowHeaders: [content-type]\n"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        (route("allowOrigins: ['*']\nallowCredentials: true\n" + OPEN), "a.yaml", ["any-origin-with-credentials high"]),
        (
            route("allowOrigins: ['https://*']\nallowCredentials: true\n" + OPEN),
            "a.yaml",
            ["any-origin-with-credentials high"],
        ),
        (route("allowOrigins: ['*']\n" + OPEN), "a.yaml", ["production-wildcard medium"]),
        (route("allowOrigins: ['*']\n" + OPEN), "tests/a.yaml", []),
        (route("allowOrigins: ['*']\n" + OPEN, "dev"), "a.yaml", []),
        (route("allowOrigins: ['http://*']\n" + OPEN), "a.yaml", ["origin-pattern-bypass medium"]),
        (route("allowOrigins: ['https://*.a.example']\n" + OPEN), "a.yaml", []),
        (route("allowOrigins: ['https://a.example:443']\n" + OPEN), "a.yaml", ["malformed-origin medium"]),
        (route("allowOrigins: ['https://a.example']\n"), "a.yaml", ["incomplete-preflight medium"]),
        (route("allowOrigins: ['https://a.example']\nallowMethods: ['*']\nallowHeaders: ['*']\n"), "a.yaml", []),
        (
            route("allowOrigins: ['https://a.example']\nallowMethods: ['*']\nallowHeaders: ['*']\n" + COOKIES),
            "a.yaml",
            [],
        ),
        (route("allowMethods: [GET]\n"), "a.yaml", ["shadowed-setting low"]),
        (route("{{- toYaml .Values.cors | nindent 10 }}\n"), "templates/a.yaml", ["undetermined info"]),
    ],
)  # fmt: skip
def test_findings(text: str, path: str, expected: list[str]) -> None:
    assert rules(text, path) == expected


def test_broken_yaml_is_reported() -> None:
    (unread,) = read("kind: HTTPRoute\ncors: [\n")
    assert isinstance(unread, Unread)
