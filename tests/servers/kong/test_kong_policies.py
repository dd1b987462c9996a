"""Kong's plugin as people write it, the policies it amounts to, and what it answers.

Kong itself cannot run in these tests. ORIGINS is the table of its own test of the plugin, and ANSWERS are the answers
that the same file expects, spec/03-plugins/13-cors/01-access_spec.lua. READ are cases read off
https://github.com/Kong/kong/blob/22246ef28c16842098369b494eef879222e30c7b/kong/plugins/cors/handler.lua
"""

from __future__ import annotations

import json
from textwrap import dedent, indent
from typing import Any

import pytest

from corslint import engine
from corslint.browser import Request
from corslint.collect import Project
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.servers import kong
from corslint.source import Source


def read(text: str, path: str = "kong.yml") -> list[Policy | Unread]:
    return list(kong.read(Project(), Source(path, dedent(text))))


def declared(config: dict[str, Any] | None, **route: Any) -> str:
    plugin: dict[str, Any] = {"name": "cors"}
    if config is not None:
        plugin["config"] = config
    return json.dumps({"_format_version": "3.0", "routes": [{"name": "a", **route, "plugins": [plugin]}]})


def policy(config: dict[str, Any] | None, **route: Any) -> Policy:
    (found,) = read(declared(config, **route), "kong.json")
    assert isinstance(found, Policy)
    return found


def answer(found: Policy, method: str, sent: dict[str, str], status: int = 200) -> tuple[int, dict[str, str]]:
    response = found.respond(
        Request(sent.get("Origin", ""), "https://api.example/", method, tuple(sent.items())), status
    )
    assert len(dict(response.headers)) == len(response.headers), "no header is sent twice"
    return response.status, dict(response.headers)


def rules(text: str, path: str = "kong.yml") -> list[str]:
    report = engine.run([], Config(), stdin=StandardInput(path, dedent(text).encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies, "nothing was read"
    return sorted(f"{one.rule} {one.severity}" for one in report.findings)


ASKING = (
    "http://evil.test", "http://foo.test", "http://foo.test.evil.test", "http://something.foo.test",
    "http://evilfoo.test", "http://foo.test:80", "http://foo.test:8000", "https://foo.test:8000", "http://foo.test:90",
    "http://foobtest", "https://bar.test:1234",
)  # fmt: skip
NORMALISED = {"http://foo.test:80": "http://foo.test"}
ON_ANY_PORT = {
    "http://foo.test",
    "http://foo.test:80",
    "http://foo.test:8000",
    "https://foo.test:8000",
    "http://foo.test:90",
}
ORIGINS: list[tuple[list[str], set[str]]] = [
    (["foo\\.test"], ON_ANY_PORT),
    (["(.*[./])?foo\\.test"], {*ON_ANY_PORT, "http://something.foo.test"}),
    (["(.*[./])?foo\\.test:8000"], {"http://foo.test:8000", "https://foo.test:8000"}),
    (["https://(.*[.])?foo\\.test:8000"], {"https://foo.test:8000"}),
    (
        ["^http://(.*[.])?foo\\.test(:(80|90))?$"],
        {"http://foo.test", "http://something.foo.test", "http://foo.test:80", "http://foo.test:90"},
    ),
    (["foo.test", "bar.test"], set()),
    (["http://foo.test", "https://bar.test:1234"], {"http://foo.test", "http://foo.test:80", "https://bar.test:1234"}),
    (["bar.test", "foo\\.test"], ON_ANY_PORT),
    (["bar.test", "(.*\\.)?foo\\.test"], {*ON_ANY_PORT, "http://something.foo.test"}),
    (["bar.test", "(.*[./])?foo\\.test:8000"], {"http://foo.test:8000", "https://foo.test:8000"}),
    (["bar.test", "https://(.*\\.)?foo\\.test:8000"], {"https://foo.test:8000"}),
]


@pytest.mark.parametrize(("origins", "expected"), ORIGINS, ids=[" ".join(origins) for origins, _ in ORIGINS])
def test_origins_are_compared_as_kong_tests_them(origins: list[str], expected: set[str]) -> None:
    found = policy({"origins": origins})
    let_in = {asking for asking in ASKING if _told(found, asking) == NORMALISED.get(asking, asking)}
    assert let_in == expected
    assert all(_told(found, asking) is None for asking in set(ASKING) - expected)


@pytest.mark.parametrize("only", ["foo.test", "https://bar.test:1234"])
def test_a_list_of_one_plain_origin_is_sent_to_everybody(only: str) -> None:
    found = policy({"origins": [only]})
    assert {_told(found, asking) for asking in ASKING} == {only}


def _told(found: Policy, origin: str) -> str | None:
    return answer(found, "GET", {"Origin": origin})[1].get("Access-Control-Allow-Origin")


ALL = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT"
PREFLIGHT = {"Origin": "origin1.test", "Access-Control-Request-Method": "GET"}
ONE: dict[str, Any] = {
    "origins": ["example.test"],
    "methods": ["GET"],
    "headers": ["origin", "type", "accepts"],
    "exposed_headers": ["x-auth-token"],
    "max_age": 23,
    "credentials": True,
}
ANSWERS: dict[str, tuple[dict[str, Any] | None, str, dict[str, str], dict[str, str]]] = {
    "preflight without configuration": (
        None,
        "OPTIONS",
        PREFLIGHT,
        {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": ALL},
    ),
    "preflight without origins": (
        {"origins": []},
        "OPTIONS",
        PREFLIGHT,
        {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": ALL},
    ),
    "preflight of everybody with credentials": (
        {"origins": ["*"], "credentials": True},
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": "origin1.test",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": ALL,
            "Vary": "Origin",
        },
    ),
    "preflight of one origin": (
        ONE,
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": "example.test",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Headers": "origin,type,accepts",
            "Access-Control-Max-Age": "23",
            "Vary": "Origin",
        },
    ),
    "preflight that asks for headers": (
        None,
        "OPTIONS",
        {**PREFLIGHT, "Access-Control-Request-Headers": "origin,accepts"},
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": ALL,
            "Access-Control-Allow-Headers": "origin,accepts",
        },
    ),
    "request without configuration": (None, "GET", {}, {"Access-Control-Allow-Origin": "*"}),
    "request of one origin": (
        ONE,
        "GET",
        {},
        {
            "Access-Control-Allow-Origin": "example.test",
            "Access-Control-Expose-Headers": "x-auth-token",
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        },
    ),
    "request of everybody with credentials": (
        {"origins": ["*"], "credentials": True},
        "GET",
        {"Origin": "http://www.example.test"},
        {
            "Access-Control-Allow-Origin": "http://www.example.test",
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        },
    ),
    "request without origin of everybody with credentials": (
        {"origins": ["*"], "credentials": True},
        "GET",
        {},
        {"Access-Control-Allow-Origin": "*"},
    ),
    "request of a pattern": (
        {"origins": [".*\\.?example(?:-foo)?.test"]},
        "GET",
        {"Origin": "http://www.example-foo.test"},
        {"Access-Control-Allow-Origin": "http://www.example-foo.test", "Vary": "Origin"},
    ),
    "request that no pattern matches": (
        {"origins": [".*\\.?example(?:-foo)?.test"]},
        "GET",
        {"Origin": "http://www.other.test"},
        {"Vary": "Origin"},
    ),
}
READ: dict[str, tuple[dict[str, Any] | None, str, dict[str, str], dict[str, str]]] = {
    "several with everybody among them": (
        {"origins": ["https://a.example", "*"]},
        "GET",
        {"Origin": "https://b.example"},
        {"Access-Control-Allow-Origin": "*", "Vary": "Origin"},
    ),
    "several with everybody among them, with credentials": (
        {"origins": ["https://a.example", "*"], "credentials": True},
        "GET",
        {"Origin": "https://b.example"},
        {
            "Access-Control-Allow-Origin": "https://b.example",
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        },
    ),
    "a stranger is still told of credentials": (
        {"origins": ["https://a.example", "https://b.example"], "credentials": True},
        "GET",
        {"Origin": "https://c.example"},
        {"Access-Control-Allow-Credentials": "true", "Vary": "Origin"},
    ),
    "a slash behind one of several origins does no harm": (
        {"origins": ["https://a.example/", "https://b.example:443"]},
        "GET",
        {"Origin": "https://b.example"},
        {"Access-Control-Allow-Origin": "https://b.example", "Vary": "Origin"},
    ),
    "only the last of several alternatives ends": (
        {"origins": ["https://a\\.example|https://b\\.example"]},
        "GET",
        {"Origin": "https://a.example.evil.test"},
        {"Access-Control-Allow-Origin": "https://a.example.evil.test", "Vary": "Origin"},
    ),
    "so among hosts": (
        {"origins": ["a\\.example|b\\.example"]},
        "GET",
        {"Origin": "https://a.example.evil.test"},
        {"Access-Control-Allow-Origin": "https://a.example.evil.test", "Vary": "Origin"},
    ),
    "alternatives in a group both do": (
        {"origins": ["(a|b)\\.example"]},
        "GET",
        {"Origin": "https://a.example.evil.test"},
        {"Vary": "Origin"},
    ),
    "nothing is said where no origin is sent": (
        {"origins": ["https://a.example"], "allow_origin_absent": False},
        "GET",
        {},
        {},
    ),
    "preflights are left to the application": (
        {"origins": ["https://a.example"], "preflight_continue": True},
        "OPTIONS",
        PREFLIGHT,
        {},
    ),
    "private network": (
        {"origins": ["*"], "private_network": True},
        "OPTIONS",
        {**PREFLIGHT, "Access-Control-Request-Private-Network": "true"},
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": ALL,
            "Access-Control-Allow-Private-Network": "true",
        },
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_the_model_answers_as_kong_tests_it(case: str) -> None:
    config, method, sent, expected = ANSWERS[case]
    assert answer(policy(config), method, sent) == (200, expected)


@pytest.mark.parametrize("case", READ)
def test_the_model_answers_as_the_source_says(case: str) -> None:
    config, method, sent, expected = READ[case]
    assert answer(policy(config), method, sent)[1] == expected


def test_errors_and_logins_carry_the_headers_too() -> None:
    found = policy({"origins": ["https://a.example"]})
    assert answer(found, "GET", {"Origin": "https://a.example"}, 401)[0] == 401
    assert answer(found, "GET", {"Origin": "https://a.example"}, 401)[1] != {}
    assert answer(found, "OPTIONS", {**PREFLIGHT}, 401)[0] == 200


# What is read


def test_where_the_plugin_is_used() -> None:
    text = """\
        _format_version: "3.0"
        services:
        - name: shop
          url: http://shop.internal
          plugins:
          - name: rate-limiting
          - name: cors
            config: {origins: [https://app.example.com]}
          routes:
          - name: api
            paths: [/api, "~/v[0-9]+"]
            plugins:
            - name: cors
            - name: cors
              enabled: false
        plugins:
        - name: cors
          service: other
          config:
        - name: key-auth
        """
    found = [one for one in read(text) if isinstance(one, Policy)]
    assert [(one.name, one.key) for one in found] == [
        ("plugin `cors` of service `shop`", "cors@service:shop"),
        ("plugin `cors` of route `api`", "cors@route:api"),
        ("plugin `cors` of service `other`", "cors@service:other"),
    ]
    assert [one.origins.given for one in found] == ["explicit", "default", "default"]
    assert [found[1].covers(path) for path in ("/api/x", "/v1", "/")] == [True, True, False]
    assert (found[1].span.line, found[1].span.text) == (13, "name: cors")


def test_kubernetes_and_a_config_map() -> None:
    text = """\
        apiVersion: configuration.konghq.com/v1
        kind: KongClusterPlugin
        metadata: {name: cors-all, namespace: dev}
        plugin: cors
        config:
          origins: ["https://app.example.com"]
          max_age: 600
        ---
        apiVersion: v1
        kind: ConfigMap
        data:
          kong.yml: |
            _format_version: "2.1"
            plugins:
            - name: cors
              config:
                credentials: true
        """
    first, second = read(text, "kongplugin.yaml")
    assert isinstance(first, Policy)
    assert isinstance(second, Policy)
    assert (first.name, first.environment.kind) == ("KongClusterPlugin `dev/cors-all`", "development")
    assert (second.name, second.span.line) == ("plugin `cors`", 15)


@pytest.mark.parametrize(
    "text",
    [
        "plugins:\n- name: cors\n",
        "_format_version: '1'\nplugins:\n- name: cors-2\n",
        "_format_version: '1'\nother:\n- name: cors\n",
        "_format_version: '1'\nplugins:\n- name: cors\n  enabled: false\n",
        "kind: KongPlugin\nplugin: cors\ndisabled: true\n",
        "kind: KongPlugin\nplugin: key-auth\n# name: cors\n",
        "kind: Other\nplugin: cors\n",
    ],
)
def test_what_is_somebody_elses_or_off(text: str) -> None:
    assert read(text) == []


def test_what_comes_from_elsewhere_is_undetermined() -> None:
    head = "kind: KongPlugin\nmetadata: {name: a}\nplugin: cors\n"
    assert rules(head + "configFrom: {secretKeyRef: {name: a, key: b}}\n") == ["undetermined info"]
    assert rules(head + "config: {{ toYaml .Values.cors | nindent 2 }}\n", "templates/a.yaml") == ["undetermined info"]
    assert rules(head + "config:\n  {{- toYaml .Values.cors | nindent 2 }}\n", "templates/a.yaml") == [
        "undetermined info"
    ]
    origins = "config:\n  origins:\n  {{- range .Values.origins }}\n  - {{ . }}\n  {{- end }}\n"
    assert rules(head + origins, "templates/a.yaml") == ["undetermined info"]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("origins: ['*.example.com']", "`*.example.com` is no regular expression: `*` has nothing to repeat"),
        ("origins: ['https://(a.example.com']", "`https://(a.example.com` is no regular expression: its parentheses"),
        ("origins: '*'", "`origins` must be a list"),
        ("origins: [https://a.example]\nmethods: [get]", "`get` is no method to it"),
        ("origins: [https://a.example]\nmethods: ['*']", "`*` is no method to it"),
        ("origins: [https://a.example]\nheaders: X-A", "`headers` must be a list"),
        ("origins: [https://a.example]\nmax_age: '60'", "`'60'` is no number"),
        ("origins: [https://a.example]\ncredentials: 'true'", "`'true'` is no boolean"),
        ("origins: [https://a.example]\nallow_credentials: true", "the plugin has no field `allow_credentials`"),
        ("origin: [https://a.example]", "the plugin has no field `origin`"),
    ],
)
def test_what_kong_refuses(config: str, why: str) -> None:
    text = "kind: KongPlugin\nplugin: cors\nconfig:\n" + indent(config, "  ")
    (found,) = read(text)
    assert isinstance(found, Policy)
    ((kind, told),) = [(fact.kind, fact.text) for fact in found.facts]
    assert kind == "rejected-configuration"
    assert told.startswith(f"Kong refuses this KongPlugin: {why}")


# What is found


@pytest.mark.parametrize(
    "config",
    [
        {"credentials": True},
        {"origins": ["*"], "credentials": True},
        {"origins": [], "credentials": True},
        {"origins": ["https://a.example", "*"], "credentials": True},
        {"origins": [".*"], "credentials": True},
        {"origins": ["https?://.*"], "credentials": True},
        {"origins": ["^.+$"], "credentials": True},
    ],
)
def test_everybody_with_cookies(config: dict[str, Any]) -> None:
    assert "any-origin-with-credentials high" in rules(declared(config), "kong.json")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, ["production-wildcard medium"]),
        ({"origins": ["*"]}, ["production-wildcard medium"]),
        ({"origins": ["https://a.example"]}, []),
        ({"origins": ["https://a.example", "https://b.example"], "credentials": True}, []),
        ({"origins": ["https://.*\\.example\\.com"], "credentials": True}, []),
        ({"origins": ["https://.*\\.example\\.com$"], "credentials": True}, []),
        ({"origins": ["https://.*.example.com"], "credentials": True}, ["origin-pattern-bypass high"]),
        ({"origins": ["https://*.example.com"], "credentials": True}, ["origin-pattern-bypass high"]),
        ({"origins": ["https://(a|b)\\.example\\.com"], "credentials": True}, []),
        ({"origins": ["https://a\\.example\\.com|https://b\\.example\\.com"]}, ["origin-pattern-bypass medium"]),
        ({"origins": ["(.*\\.)?example\\.com", "https://a.example"]}, ["insecure-origin low"]),
        ({"origins": ["null", "https://a.example"]}, ["null-origin medium"]),
        ({"origins": ["https://a.example/"]}, ["malformed-origin medium"]),
        ({"origins": ["https://a.example/", "https://b.example/"]}, []),
        ({"origins": ["a.example", "b.example"]}, ["malformed-origin medium"]),
        ({"origins": ["https://a.example"], "headers": ["*"]}, ["authorization-not-covered info"]),
        (
            {"origins": ["https://a.example"], "headers": ["*"], "credentials": True},
            ["literal-wildcard-with-credentials medium"],
        ),
        ({"origins": ["https://a.example"], "headers": ["X-A"]}, ["incomplete-preflight medium"]),
        ({"origins": ["http://localhost:3000"], "credentials": True}, []),
    ],
)
def test_findings(config: dict[str, Any] | None, expected: list[str]) -> None:
    assert rules(declared(config), "kong.json") == expected


def test_development_is_left_alone() -> None:
    assert rules(declared(None), "dev/kong.json") == []


def test_a_route_that_takes_no_options_never_meets_the_plugin() -> None:
    config = {"origins": ["https://a.example"], "methods": ["GET", "PUT"]}
    assert rules(declared(config, methods=["GET", "PUT"]), "kong.json") == ["missing-preflight medium"]
    assert rules(declared(config, methods=["GET", "PUT", "OPTIONS"]), "kong.json") == []
    assert rules(declared(config), "kong.json") == []
    beside = json.loads(declared(config, methods=["GET", "PUT"]))
    beside["routes"].append({"name": "preflights", "methods": ["OPTIONS"]})
    assert rules(json.dumps(beside), "kong.json") == []


def test_broken_yaml_is_reported() -> None:
    (unread,) = read("_format_version: '1'\nplugins: [\n- name: cors\n")
    assert isinstance(unread, Unread)
