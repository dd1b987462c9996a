"""Envoy, Istio, Contour and Emissary as people write them, and the policies they amount to."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

import pytest

from corslint import engine
from corslint.browser import Request
from corslint.collect import Project
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided
from corslint.policy import Policy
from corslint.servers import envoy
from corslint.servers.envoy.matchers import is_url
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown, Value


def read(text: str, path: str = "deploy/route.yaml") -> list[Policy | Unread]:
    return list(envoy.read(Project(), Source(path, dedent(text))))


def policies(text: str, path: str = "deploy/route.yaml") -> list[Policy]:
    found = read(text, path)
    assert all(isinstance(one, Policy) for one in found)
    return [one for one in found if isinstance(one, Policy)]


def policy(text: str, path: str = "deploy/route.yaml") -> Policy:
    (found,) = policies(text, path)
    return found


def short(value: Value[Any]) -> object:
    """A value without its places."""
    match value:
        case Unknown():
            return f"? {value.reason}"
        case OneOf():
            return {" and ".join(map(str, one.conditions)): short(one.value) for one in value.alternatives}
        case Known(found):
            return [entry(one) for one in found.entries] if hasattr(found, "entries") else found


def entry(one: Entry) -> str:
    match one:
        case AnyOrigin():
            return "*"
        case Null():
            return "null"
        case Exact():
            return one.text + (" (any case)" if one.ignore_case else "")
        case Pattern():
            return f"{one.match} {one.text}"
        case Undecided():
            return f"? {one.reason}"
        case _:
            raise AssertionError(one)


def shown(found: Policy) -> dict[str, object]:
    """The settings that are given."""
    names = ("origins", "credentials", "methods", "headers", "exposed", "max_age", "vary", "private_network")
    settings = {name: getattr(found, name) for name in names}
    return {name: short(one.value) for name, one in settings.items() if one.given != "default"}


def facts(found: Policy) -> list[tuple[str, str, str]]:
    """Each fact with the text its first label points at."""
    return [(fact.kind, fact.text, fact.labels[0].span.text) for fact in found.facts]


def rules(text: str, path: str = "deploy/route.yaml") -> list[str]:
    """The rules that are broken, each as "rule severity"."""
    report = engine.run([], Config(), stdin=StandardInput(path, dedent(text).encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies, "nothing was read"
    return sorted(f"{one.rule} {one.severity}" for one in report.findings)


def istio(policy: str, more: str = "", kind: str = "VirtualService", group: str = "networking.istio.io/v1beta1") -> str:
    head = f"apiVersion: {group}\nkind: {kind}\nmetadata:\n  name: web\nspec:\n  http:\n    - route: []\n"
    vary = "      headers: {response: {set: {Vary: Origin}}}\n"
    return head + vary + indent(dedent(more), "      ") + "      corsPolicy:\n" + indent(dedent(policy), "        ")


def contour(policy: str) -> str:
    head = "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: web}\nspec:\n"
    routes = "  routes: [{responseHeadersPolicy: {set: [{name: vary, value: Origin}]}}]\n"
    return head + routes + "  virtualhost:\n    fqdn: a.example\n    corsPolicy:\n" + indent(dedent(policy), "      ")


def emissary(policy: str, kind: str = "Mapping", version: str = "v2") -> str:
    head = f"apiVersion: getambassador.io/{version}\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n"
    if kind == "Module":
        return head + "  config:\n    cors:\n" + indent(dedent(policy), "      ")
    vary = "  add_response_headers: {vary: {append: true, value: Origin}}\n"
    return head + "  prefix: /api/\n  service: a\n" + vary + "  cors:\n" + indent(dedent(policy), "    ")


TYPED = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"


def host(policy: str, more: str = "") -> str:
    head = (
        "virtual_hosts:\n- name: web\n  domains: [a.example]\n  routes: [{match: {prefix: /}, route: {cluster: a}}]\n"
        "  response_headers_to_add: [{header: {key: vary, value: Origin}}]\n"
    )
    typed = f'  typed_per_filter_config:\n    envoy.filters.http.cors:\n      "@type": {TYPED}\n'
    return head + indent(dedent(more), "  ") + typed + indent(dedent(policy), "      ")


# What is read


def test_istio() -> None:
    text = """\
        apiVersion: networking.istio.io/v1beta1
        kind: VirtualService
        metadata:
          name: ratings
          namespace: staging
        spec:
          hosts: [ratings.example.com]
          http:
          - match:
            - uri: {prefix: /api}
            - uri: {exact: /health}
            route:
            - destination: {host: ratings}
            corsPolicy:
              allowOrigins:
              - exact: https://app.example.com
              - prefix: https://app.
              - regex: https://.*\\.example\\.com
              - exact: "null"
              allowMethods: [POST, GET]
              allowHeaders:
              - X-Token
              exposeHeaders: [X-Total]
              allowCredentials: true
              maxAge: "1h30m"
              unmatchedPreflights: IGNORE
          - route:
            - destination: {host: other}
        """
    found = policy(text)
    assert (found.product, found.name, found.id) == (
        "Istio",
        "VirtualService `staging/ratings`",
        "deploy/route.yaml#VirtualService@staging/ratings",
    )
    assert shown(found) == {
        "origins": ["https://app.example.com", "prefix https://app.", r"fullmatch https://.*\.example\.com", "null"],
        "credentials": True,
        "methods": ("POST", "GET"),
        "headers": ("X-Token",),
        "exposed": ("X-Total",),
        "max_age": 5400,
    }
    spans = [one.span for one in found.entries() if one.span]
    assert [(span.line, span.column, span.text) for span in spans[:2]] == [
        (16, 16, "https://app.example.com"),
        (17, 17, "https://app."),
    ]
    assert [found.covers(path) for path in ("/api/x", "/health", "/other")] == [True, True, False]
    assert (found.environment.kind, found.environment.marked) == ("staging", True)
    assert found.span.text == "corsPolicy"
    assert found.facts == ()
    asked = (("Origin", "https://b.example"), ("Access-Control-Request-Method", "PUT"))
    assert found.respond(Request("", "https://api.example/", "OPTIONS", asked), 404).status == 200


def test_contour() -> None:
    found = policy(
        contour(
            """\
            allowCredentials: true
            allowPrivateNetwork: false
            allowOrigin:
              - https://app.example.com
              - https://[a-z]+\\.example\\.com
              - "null"
            allowMethods: [GET]
            allowHeaders: [authorization]
            maxAge: "10m"
            """
        )
    )
    assert (found.product, found.name) == ("Contour", "HTTPProxy `web`")
    assert shown(found) == {
        "origins": ["https://app.example.com (any case)", r"fullmatch https://[a-z]+\.example\.com", "fullmatch null"],
        "credentials": True,
        "methods": ("GET",),
        "headers": ("authorization",),
        "max_age": 600,
        "vary": True,
        "private_network": False,
    }


def test_emissary() -> None:
    found = policy(
        emissary(
            """\
            origins:
            - https://app.example.com
            - https://other.example.com
            methods: GET, POST
            headers:
            - Content-Type
            credentials: true
            exposed_headers: X-A,X-B
            max_age: "600"
            """
        )
    )
    assert (found.product, found.name) == ("Emissary-ingress", "Mapping `web`")
    assert shown(found) == {
        "origins": ["https://app.example.com", "https://other.example.com"],
        "credentials": True,
        "methods": ("GET", "POST"),
        "headers": ("Content-Type",),
        "exposed": ("X-A", "X-B"),
        "max_age": 600,
        "vary": True,
    }
    assert [found.covers(path) for path in ("/api/x", "/")] == [True, False]


def test_the_newer_schema_of_emissary_takes_lists_only() -> None:
    text = "origins: 'https://a.example,https://b.example'\nmethods: GET, POST\n"
    found = policy(emissary(text, version="v3alpha1"))
    assert facts(found) == [
        (
            "rejected-configuration",
            "Emissary-ingress refuses this Mapping: `origins` must be a list",
            text.split("\n")[0],
        ),
        (
            "rejected-configuration",
            "Emissary-ingress refuses this Mapping: `methods` must be a list",
            "methods: GET, POST",
        ),
    ]
    assert facts(policy(emissary(text))) == []


def test_the_module_of_emissary_speaks_for_everything() -> None:
    found = policy(emissary("origins: 'https://a.example,https://b.example'\nmax_age: '60'\n", "Module"))
    assert shown(found) == {"origins": ["https://a.example", "https://b.example"], "max_age": 60}
    assert found.covers("/whatever")


def test_mappings_in_an_annotation() -> None:
    text = """\
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          annotations:
            getambassador.io/config: |
              ---
              apiVersion: ambassador/v1
              kind: Mapping
              name: first
              prefix: /a/
              service: a
              cors:
                origins: "*"
              ---
              apiVersion: ambassador/v1
              kind: Mapping
              name: second
              prefix: /b/
              service: b
        """
    found = policy(text)
    assert (found.name, shown(found)) == ("Mapping `first`", {"origins": ["*"]})
    (any_origin,) = found.entries()
    assert any_origin.span is not None
    assert (any_origin.span.line, any_origin.span.text) == (14, "*")


def test_envoy_in_a_config_map() -> None:
    text = f"""\
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: envoy}}
        data:
          envoy.yaml: |
            static_resources:
              listeners:
              - filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      http_filters:
                      - name: envoy.filters.http.cors
                      - name: envoy.filters.http.router
                      route_config:
                        virtual_hosts:
                        - name: web
                          domains: ["*"]
                          typed_per_filter_config:
                            envoy.filters.http.cors:
                              "@type": {TYPED}
                              allow_origin_string_match:
                              - safe_regex: {{regex: 'https://.*\\.example\\.com'}}
                              - suffix: .example.com
                                ignore_case: true
                              allow_methods: GET, PUT
                              max_age: "600"
                          routes:
                          - match: {{prefix: "/"}}
                            route: {{cluster: web}}
        """
    found = policy(text)
    assert (found.product, found.name) == ("Envoy", "virtual host `web`")
    assert shown(found) == {
        "origins": [r"fullmatch https://.*\.example\.com", "suffix .example.com"],
        "methods": ("GET", "PUT"),
        "max_age": 600,
    }
    assert found.span.line == 20
    assert found.facts == ()


def test_a_route_takes_from_its_virtual_host_what_it_leaves_out() -> None:
    text = f"""\
        virtual_hosts:
        - name: web
          domains: ["*"]
          typed_per_filter_config:
            envoy.filters.http.cors:
              "@type": {TYPED}
              allow_origin_string_match: [{{exact: "https://app.example.com"}}]
              allow_credentials: true
              allow_headers: x-a
          routes:
          - match: {{prefix: /open}}
            typed_per_filter_config:
              envoy.filters.http.cors:
                "@type": {TYPED}
                allow_origin_string_match: [{{prefix: "*"}}]
                allow_headers: ""
            route: {{cluster: a}}
        """
    whole, route = policies(text)
    assert shown(whole)["origins"] == ["https://app.example.com"]
    assert shown(route) == {"origins": ["*"], "credentials": True, "headers": ("x-a",)}
    assert route.credentials.given == "inherited"
    assert [route.covers(path) for path in ("/open/x", "/")] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "a: {corsPolicy: {allowedOrigins: ['*'], allowCredentials: true}}\n",  # Azure Container Apps
        "cors: {allow_origins: ['*']}\n",
        "corsPolicy: disabled\n",
        "corsPolicy: {allowOrigins: ['*'], allowMethods: ['*']}\n",  # the values of some chart
        istio("allowOrigins: [{exact: '*'}]\n", group="networking.example.com/v1"),
        istio("allowOrigins: [{exact: '*'}]\n", kind="BackendPolicy"),
        "kind: Mapping\napiVersion: example.com/v1\nspec: {cors: {origins: ['*']}}\n# getambassador.io/x\n",
        "# corspolicy\na: 1\n",
        "spec: {corsPolicy: }\n",
        f"x: {{typed_per_filter_config: {{a: {{'@type': {TYPED.replace('CorsPolicy', 'Other')}}}}}}} # corspolicy\n",
    ],
)
def test_what_is_somebody_elses(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ("[{exact: '*'}]", ["*"]),
        ("[{prefix: '*'}]", ["*"]),
        ("[{suffix: '*'}]", ["*"]),
        ("[{contains: '*'}]", ["*"]),
        (r"[{safe_regex: {regex: '\*'}}]", ["*"]),
        ("[{safe_regex: {regex: '.*'}}]", ["*"]),
        ("[{safe_regex: {google_re2: {}, regex: '.+'}}]", ["*"]),
        ("[{safe_regex: {regex: 'https://.*'}}]", ["fullmatch https://.*"]),
        ("[{prefix: 'https://*'}]", ["prefix https://*"]),
        ("[{exact: ''}]", []),
        ("[{exact: https://A.example, ignore_case: true}]", ["https://A.example (any case)"]),
        ("[{exact: '${ORIGIN:-https://a.example}'}]", ["https://a.example"]),
        ("[{exact: '${ORIGIN}'}]", ["? `ORIGIN` is set where this is deployed"]),
        ("[{exact: '{{ origin }}'}]", ["? the template fills in `{{ origin }}`"]),
        ("[{custom: {name: a}}]", ["? how `custom` compares is not known"]),
    ],
)
def test_matchers(matchers: str, expected: list[str]) -> None:
    assert shown(policy(host(f"allow_origin_string_match: {matchers}\n"))).get("origins") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://app.example.com", True),
        ("https://app.example.com:8443", True),
        ("http://localhost:3000", True),
        ("https://*.example.com", True),
        ("https://.*.example.com", True),
        ("https://(a)+.example.com", True),
        ("https://app.example.com/", False),
        ("https://app.example.com/path", False),
        ("https://app.example.com?x", False),
        (r"https://.*\.example\.com", False),
        ("https://(a|b).example.com", False),
        ("https://[a-z]+.example.com", False),
        ("https://localhost:*", False),
        ("HTTPS://app.example.com", False),
        ("app.example.com", False),
        ("*.example.com", False),
        ("^https://app.example.com$", False),
        ("https://", False),
        ("null", False),
        ("https://us er.example.com", False),
        ("https://user@example.com", False),
    ],
)
def test_what_contour_takes_for_an_origin(text: str, expected: bool) -> None:
    assert is_url(text) is expected


# What Helm and variables decide


def test_values_of_a_template_are_undecided() -> None:
    text = istio(
        """\
        allowOrigins:
        {{- range .Values.origins }}
        - exact: {{ . | quote }}
        {{- end }}
        allowCredentials: {{ .Values.credentials }}
        allowMethods: {{ toJson .Values.methods }}
        """
    )
    assert shown(policy(text, "templates/route.yaml")) == {
        "origins": ["? the template fills in `{{ . | quote }}`"],
        "credentials": "? the template fills in `{{ .Values.credentials }}`",
        "methods": "? the template fills in `{{ toJson .Values.methods }}`",
        "vary": True,
    }


def test_a_policy_that_a_template_prints_is_undetermined_and_nothing_else() -> None:
    whole = istio("{{- toYaml .Values.cors | nindent 8 }}\n")
    assert rules(whole, "templates/route.yaml") == ["undetermined info"]
    more = istio("allowMethods: [GET]\n{{- toYaml .Values.cors | nindent 8 }}\n")
    assert rules(more, "templates/route.yaml") == ["undetermined info"]


def test_branches_of_a_template_are_told_apart() -> None:
    text = istio(
        """\
        {{- if .Values.open }}
        allowOrigins: [{exact: "*"}]
        {{- else }}
        allowOrigins: [{exact: "https://app.example.com"}]
        {{- end }}
        """
    )
    assert shown(policy(text, "templates/route.yaml"))["origins"] == {
        "when `.Values.open` is true": ["*"],
        "when `.Values.open` is not true": ["https://app.example.com"],
    }


def test_several_documents_and_a_broken_one() -> None:
    good = istio("allowOrigins: [{exact: https://a.example}]\n")
    first, unread, last = read(f"{good}---\ncorsPolicy: [\n---\n{good}")
    assert isinstance(first, Policy)
    assert isinstance(unread, Unread)
    assert isinstance(last, Policy)
    assert [first.key, last.key] == ["VirtualService@web", "VirtualService@web"]


def test_an_anchored_policy_is_judged_once() -> None:
    text = "x-cors: &cors\n  allowOrigins: [{exact: '*'}]\na: {corsPolicy: *cors}\nb: {corsPolicy: *cors}\n"
    assert shown(policy(text)) == {"origins": ["*"]}


# What is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("allowOrigins: '*'\n", "`allowOrigins` must be a list"),
        ("allowOrigins: ['*']\n", "an item of `allowOrigins` must say how it is compared"),
        ("allowOrigins: [{suffix: a}]\n", "an item of `allowOrigins` must hold one of exact, prefix, regex"),
        ("allowOrigins: [{exact: ''}]\n", "`exact` must not be empty"),
        ("allowOrigins: [{regex: '*.example.com'}]\n", "`*` has nothing to repeat"),
        ("allowOrigins: [{exact: https://a.example}]\nallowMethods: GET\n", "`allowMethods` must be a list"),
        ("allowOrigins: [{exact: https://a.example}]\nallowMethods: [get]\n", "`get` is no method to it"),
        ("allowOrigins: [{exact: https://a.example}]\nallowHeaders: ['a, b']\n", "`a, b` is no name of a header"),
        (
            "allowOrigins: [{exact: https://a.example}]\nallowHeaders: [{a: b}]\n",
            "`allowHeaders` must be a list of texts",
        ),
        ("allowOrigins: [{exact: https://a.example}]\nmaxAge: 600\n", "`maxAge` must be a text, and `600` is none"),
        ("allowOrigins: [{exact: https://a.example}]\nmaxAge: 1 day\n", "`1 day` is no duration"),
        ("allowOrigins: [{exact: https://a.example}]\nallowCredentials: 'true'\n", "`'true'` is no boolean"),
        (
            "allowOrigins: [{exact: https://a.example}]\nallowCredentials: [a]\n",
            "`allowCredentials` must be true or false",
        ),
    ],
)
def test_what_istio_refuses(text: str, expected: str) -> None:
    found = facts(policy(istio(text)))
    assert [(kind, words) for kind, words, _ in found] == [
        ("rejected-configuration", f"Istio refuses this VirtualService: {expected}")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("allowMethods: [GET]\n", "`allowOrigin` is left out"),
        ("allowOrigin: ['*']\n", "`allowMethods` is left out"),
        (
            "allowOrigin: ['*.example.com']\nallowMethods: [GET]\n",
            "`*.example.com` is neither an origin nor an expression: `*` has nothing to repeat",
        ),
        ("allowOrigin: ['*']\nallowMethods: [GET]\nmaxAge: '60'\n", "`60` is no duration"),
    ],
)
def test_what_contour_refuses(text: str, expected: str) -> None:
    kinds = [(kind, words) for kind, words, _ in facts(policy(contour(text))) if kind != "shadowed-setting"]
    assert kinds == [("rejected-configuration", f"Contour refuses this HTTPProxy: {expected}")]


def test_names_that_are_not_known() -> None:
    found = policy(istio("allowOrigins: [{exact: https://a.example}]\nallowCredential: true\nexposedHeaders: [a]\n"))
    assert facts(found) == [
        (
            "unknown-setting",
            "Kubernetes drops `allowCredential`: a CORS policy of Istio has no such field",
            "allowCredential: true",
        ),
        (
            "unknown-setting",
            "Kubernetes drops `exposedHeaders`: a CORS policy of Istio has no such field",
            "exposedHeaders: [a]",
        ),
    ]
    assert [fact.help for fact in found.facts] == ["write allowCredentials", "write exposeHeaders"]


def test_names_of_old() -> None:
    text = "virtual_hosts: [{name: a, domains: ['*'], cors: {allow_origin: ['*'], enabled: true}, routes: []}]\n"
    found = policy(text)
    assert shown(found) == {"origins": ["*"]}
    assert [(kind, text) for kind, _, text in facts(found)] == [
        ("renamed-setting", "allow_origin: ['*']"),
        ("renamed-setting", "enabled: true"),
    ]
    old = policy(istio("allowOrigin: ['*']\n"))
    assert shown(old)["origins"] == ["*"]
    assert [kind for kind, _, _ in facts(old)] == ["renamed-setting"]


# What has no effect


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (istio("allowCredentials: true\n"), "without allowOrigins no origin is let in"),
        (istio("allowOrigins: [{exact: '*'}, {exact: https://a.example}]\n"), "`*` lets every origin in"),
        (istio("allowOrigin: [a]\nallowOrigins: [{exact: https://a.example}]\n"), "`allowOrigins` is read alone"),
        (
            istio("allowOrigins: [{exact: '*'}]\n", more="redirect: {uri: /x}\n"),
            "what Istio redirects or answers itself carries no CORS header",
        ),
        (
            "http_filters: [{name: envoy.filters.http.router}]\nroute_config:\n" + indent(host("max_age: '1'"), "  "),
            "without the filter envoy.filters.http.cors",
        ),
    ],
)
def test_what_has_no_effect(text: str, why: str) -> None:
    found = facts(policy(text))
    assert found[0][0] == "shadowed-setting"
    assert found[0][1].startswith(why)


@pytest.mark.parametrize(
    "share", ["{default_value: {numerator: 0}}", "{default_value: {}}", "{defaultValue: {numerator: 0}}"]
)
def test_a_filter_that_is_switched_off_answers_nothing(share: str) -> None:
    text = host(f"allow_origin_string_match: [{{exact: '*'}}]\nallow_credentials: true\nfilter_enabled: {share}\n")
    assert rules(text) == []


# What is found


@pytest.mark.parametrize(
    "text",
    [
        istio("allowOrigins: [{exact: '*'}]\nallowCredentials: true\n"),
        istio("allowOrigins: [{prefix: '*'}]\nallowCredentials: true\n"),
        istio("allowOrigins: [{prefix: http}]\nallowCredentials: true\n"),
        istio("allowOrigins: [{regex: '.*'}]\nallowCredentials: true\n"),
        istio("allowOrigins: [{regex: 'https?://.+'}]\nallowCredentials: yes\n"),
        istio(r"allowOrigins: [{regex: '\*'}]" + "\nallowCredentials: true\n"),
        contour("allowOrigin: ['*']\nallowMethods: [GET]\nallowCredentials: true\n"),
        contour("allowOrigin: ['.*']\nallowMethods: [GET]\nallowCredentials: true\n"),
        emissary("origins: ['*']\ncredentials: true\n"),
        emissary("origins: '*'\ncredentials: true\n"),
        host("allow_origin_string_match: [{exact: '*'}]\nallow_credentials: true\n"),
        host("allow_origin_string_match: [{contains: ''}, {prefix: https}]\nallow_credentials: {value: true}\n"),
        host("allow_origin_string_match: [{safe_regex: {regex: '.*'}}]\nallow_credentials: 'true'\n"),
        host("allow_origin_string_match: [{suffix: ''}, {exact: '*'}]\nallow_credentials: true\n"),
    ],
)
def test_everybody_with_cookies(text: str) -> None:
    assert "any-origin-with-credentials high" in rules(text)


COOKIES = "allowCredentials: true\n"
TEXTS = "allow_methods: GET\nallow_headers: content-type\n"
OPEN = "allowMethods: [GET]\nallowHeaders: [content-type]\n"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        (istio("allowOrigins: [{exact: '*'}]\n" + OPEN), "deploy/a.yaml", ["production-wildcard medium"]),
        (istio("allowOrigins: [{exact: '*'}]\n" + OPEN), "deploy/dev/a.yaml", []),
        (
            istio("allowOrigins: [{exact: '*'}]\n" + OPEN).replace("name: web", "name: web\n  namespace: dev"),
            "a.yaml",
            [],
        ),
        (
            istio("allowOrigins: [{prefix: 'https://app.example.com'}]\nallowCredentials: true\n" + OPEN),
            "deploy/a.yaml",
            ["origin-pattern-bypass high"],
        ),
        (
            istio("allowOrigins: [{regex: 'https://.*example\\.com'}]\n" + OPEN),
            "deploy/a.yaml",
            ["origin-pattern-bypass medium"],
        ),
        (
            host("allow_origin_string_match: [{suffix: example.com}]\n" + TEXTS),
            "envoy.yaml",
            ["origin-pattern-bypass medium"],
        ),
        (
            host("allow_origin_string_match: [{contains: example.com}]\n" + TEXTS),
            "envoy.yaml",
            ["origin-pattern-bypass medium"],
        ),
        (istio("allowOrigins: [{regex: 'https://(www\\.)?example\\.com'}]\n" + OPEN), "deploy/a.yaml", []),
        (istio("allowOrigins: [{exact: 'null'}]\n" + OPEN), "deploy/a.yaml", ["null-origin medium"]),
        (istio("allowOrigins: [{exact: 'http://a.example'}]\n" + OPEN), "deploy/a.yaml", ["insecure-origin low"]),
        (istio("allowOrigins: [{exact: 'http://localhost:3000'}]\n" + OPEN), "deploy/a.yaml", []),
        (
            istio("allowOrigins: [{exact: 'http://localhost:3000'}]\n" + OPEN),
            "deploy/prod/a.yaml",
            ["local-origin-in-production medium"],
        ),
        (istio("allowOrigins: [{exact: https://a.example}]\n"), "deploy/a.yaml", ["incomplete-preflight medium"]),
        (
            istio("allowOrigins: [{exact: https://a.example}]\nallowMethods: ['*']\nallowHeaders: ['*']\n" + COOKIES),
            "deploy/a.yaml",
            [],
        ),
        (
            contour("allowOrigin: ['https://*.example.com']\nallowMethods: [GET]\nallowHeaders: [content-type]\n"),
            "deploy/a.yaml",
            ["malformed-origin medium"],
        ),
        (
            emissary("origins: 'https://a.example, https://b.example'\nmethods: GET\nheaders: content-type\n"),
            "deploy/a.yaml",
            ["malformed-origin medium"],
        ),
        (
            istio("allowOrigins: [{exact: https://a.example}]\n" + OPEN).replace("{set: {Vary: Origin}}", "{}"),
            "deploy/a.yaml",
            ["missing-vary low"],
        ),
    ],
)
def test_findings(text: str, path: str, expected: list[str]) -> None:
    assert rules(text, path) == expected


# Envoy Gateway


def security(cors: str, group: str = "gateway.envoyproxy.io/v1alpha1", kind: str = "SecurityPolicy") -> str:
    head = f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  targetRefs: []\n  cors:\n"
    return head + indent(dedent(cors), "    ")


def test_a_security_policy() -> None:
    found = policy(
        security(
            """\
            allowOrigins: ["https://app.example.com", "https://*.example.com", "http://localhost:*"]
            allowMethods: [GET]
            allowHeaders: ["x-a"]
            maxAge: 1h
            allowCredentials: true
            """
        )
    )
    assert (found.product, found.name) == ("Envoy Gateway", "SecurityPolicy `web`")
    assert shown(found) == {
        "origins": ["https://app.example.com", "glob https://*.example.com", "glob http://localhost:*"],
        "credentials": True,
        "methods": ("GET",),
        "headers": ("x-a",),
        "max_age": 3600,
    }
    assert found.facts == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('allowOrigins: ["*"]\nallowCredentials: true\n', ["any-origin-with-credentials high"]),
        ('allowOrigins: ["https://*"]\nallowCredentials: true\n', ["any-origin-with-credentials high"]),
        ('allowOrigins: ["*"]\n', ["production-wildcard medium"]),
        ('allowOrigins: ["https://*.example.com"]\nallowCredentials: true\n', []),
        ('allowOrigins: ["https://*:8443"]\n', ["origin-pattern-bypass medium"]),
        ('allowOrigins: ["null"]\n', ["rejected-configuration medium"]),
        ('allowOrigins: ["https://a.example/"]\n', ["rejected-configuration medium"]),
    ],
)
def test_findings_in_a_security_policy(text: str, expected: list[str]) -> None:
    assert rules(security(text + "allowMethods: [GET]\nallowHeaders: [content-type]\n")) == expected


def test_a_security_policy_that_is_merged_with_another_is_undetermined() -> None:
    text = security("allowMethods: [GET]\n").replace("targetRefs: []", "mergeType: StrategicMerge")
    assert rules(text) == ["undetermined info"]


def test_other_security_policies_are_not_ours() -> None:
    assert read(security("allowOrigins: ['*']\n", group="example.com/v1")) == []
    assert read(security("allowOrigins: ['*']\n", kind="ClientTrafficPolicy")) == []


# Preflights that find no route


def service(*routes: str) -> str:
    head = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  http:\n"
    return head + "".join(f"  - {route}\n" for route in routes)


CORS = (
    "corsPolicy: {allowOrigins: [{exact: https://a.example}], allowMethods: [GET, PUT], allowHeaders: [content-type]}, "
    "headers: {response: {set: {vary: Origin}}}"
)


@pytest.mark.parametrize(
    ("routes", "answered_by"),
    [
        ([f"{{match: [{{method: {{exact: GET}}}}, {{method: {{exact: PUT}}}}], {CORS}}}"], "nobody"),
        ([f"{{match: [{{method: {{regex: GET|PUT}}}}], {CORS}}}"], "nobody"),
        ([f"{{match: [{{method: {{exact: PUT}}}}], {CORS}}}", "{match: [{method: {exact: POST}}]}"], "nobody"),
        ([f"{{match: [{{method: {{exact: PUT}}}}], {CORS}}}", "{route: []}"], "application"),
        ([f"{{match: [{{method: {{exact: PUT}}}}, {{uri: {{prefix: /}}}}], {CORS}}}"], "product"),
        ([f"{{match: [{{method: {{exact: OPTIONS}}}}], {CORS}}}"], "product"),
        ([f"{{match: [{{method: {{regex: .*}}}}], {CORS}}}"], "product"),
        ([f"{{match: [{{method: {{exact: '{{{{ .Values.method }}}}'}}}}], {CORS}}}"], "product"),
        ([f"{{{CORS}}}"], "product"),
    ],
)
def test_routes_of_istio_that_take_no_options(routes: list[str], answered_by: str) -> None:
    text = service(*routes)
    found = policies(text)[0]
    assert found.preflight.answered_by == answered_by
    assert ("missing-preflight medium" in rules(text)) is (answered_by == "nobody")


@pytest.mark.parametrize(
    ("match", "answered_by"),
    [
        ("{prefix: /, grpc: {}}", "nobody"),
        ("{prefix: /, headers: [{name: ':method', exact_match: GET}]}", "nobody"),
        ("{prefix: /, headers: [{name: ':method', exact_match: GET, invert_match: true}]}", "product"),
        ("{prefix: /, headers: [{name: x-a, exact_match: GET}]}", "product"),
        ("{prefix: /}", "product"),
    ],
)
def test_routes_of_envoy_that_take_no_options(match: str, answered_by: str) -> None:
    text = host('allow_origin_string_match: [{exact: "https://a.example"}]\n' + TEXTS)
    found = policy(text.replace("{prefix: /}", match))
    assert found.preflight.answered_by == answered_by


def test_a_policy_that_says_nothing_has_nothing_that_could_be_without_effect() -> None:
    assert facts(policy(emissary("{}\n"))) == []
