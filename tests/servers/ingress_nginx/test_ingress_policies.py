"""Manifests as people write them, and the policies they amount to."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from corslint.collect import Project
from corslint.finding import Severity, Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided
from corslint.policy import Policy
from corslint.servers import ingress_nginx
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown, Value

PREFIX = "nginx.ingress.kubernetes.io/"
DEFAULT_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
DEFAULT_HEADERS = (
    "DNT", "Keep-Alive", "User-Agent", "X-Requested-With", "If-Modified-Since", "Cache-Control", "Content-Type",
    "Range", "Authorization",
)  # fmt: skip


def read(text: str, path: str = "deploy/ingress.yaml") -> list[Policy | Unread]:
    return list(ingress_nginx.read(Project(), Source(path, dedent(text))))


def policies(text: str, path: str = "deploy/ingress.yaml") -> list[Policy]:
    found = read(text, path)
    assert all(isinstance(one, Policy) for one in found)
    return [one for one in found if isinstance(one, Policy)]


def policy(text: str) -> Policy:
    (found,) = policies(text)
    return found


def ingress(annotations: str, spec: str = "spec: {}") -> str:
    lines = [f"    {PREFIX}{line.strip()}" for line in annotations.strip().splitlines()]
    head = ["apiVersion: networking.k8s.io/v1", "kind: Ingress", "metadata:", "  name: shop", "  annotations:"]
    return "\n".join([*head, *lines, spec, ""])


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
            return one.text
        case Pattern():
            return f"~{one.text}"
        case Undecided():
            return f"? {one.reason}"
        case _:
            raise AssertionError(one)


def shown(found: Policy) -> dict[str, object]:
    """The settings that are given."""
    names = ("origins", "credentials", "methods", "headers", "exposed", "max_age")
    settings = {name: getattr(found, name) for name in names}
    return {name: short(one.value) for name, one in settings.items() if one.given != "default"}


def facts(found: Policy) -> list[tuple[str, str, str]]:
    """Each fact with the text its first label points at."""
    return [(fact.kind, fact.text, fact.labels[0].span.text) for fact in found.facts]


# Values


def test_the_switch_alone_lets_every_origin_in_with_credentials() -> None:
    found = policy(ingress('enable-cors: "true"'))
    assert (found.name, found.id) == ("Ingress `shop`", "deploy/ingress.yaml#Ingress@shop")
    assert short(found.origins.value) == ["*"]
    assert short(found.credentials.value) is True
    assert short(found.methods.value) == DEFAULT_METHODS
    assert short(found.headers.value) == DEFAULT_HEADERS
    assert short(found.exposed.value) is None
    assert short(found.max_age.value) == 1728000
    assert short(found.vary.value) is False
    assert short(found.on_errors.value) is True
    assert (found.preflight.answered_by, found.preflight.status) == ("product", 204)
    assert {setting.given for setting in found.settings()} == {"default"}
    assert found.span.text == f'{PREFIX}enable-cors: "true"'
    assert found.origins.span == found.credentials.span == found.span
    assert found.facts == ()


def test_every_annotation_is_read_with_its_place() -> None:
    text = """\
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
          namespace: web
          annotations:
            cert-manager.io/cluster-issuer: letsencrypt
            nginx.ingress.kubernetes.io/enable-cors: "true"
            nginx.ingress.kubernetes.io/cors-allow-origin: "https://shop.example.com, https://*.a.example.com,null"
            nginx.ingress.kubernetes.io/cors-allow-credentials: "false"
            nginx.ingress.kubernetes.io/cors-allow-methods: "GET, POST"
            nginx.ingress.kubernetes.io/cors-allow-headers: "X-Token,Content-Type"
            nginx.ingress.kubernetes.io/cors-expose-headers: "X-Total"
            nginx.ingress.kubernetes.io/cors-max-age: "600"
        spec:
          rules:
            - host: shop.example.com
              http:
                paths:
                  - path: /api
                    pathType: Prefix
                    backend: {service: {name: api, port: {number: 80}}}
        """
    found = policy(text)
    assert shown(found) == {
        "origins": ["https://shop.example.com", r"~(https://[A-Za-z0-9\-]+\.a\.example\.com)$", "null"],
        "credentials": False,
        "methods": ("GET", "POST"),
        "headers": ("X-Token", "Content-Type"),
        "exposed": ("X-Total",),
        "max_age": 600,
    }
    assert found.key == "Ingress@web/shop"
    spans = [one.span for one in found.entries() if one.span]
    assert [(span.line, span.column, span.text) for span in spans] == [
        (9, 53, "https://shop.example.com"),
        (9, 79, "https://*.a.example.com"),
        (9, 103, "null"),
    ]
    assert found.credentials.span is not None
    assert found.credentials.span.text == f'{PREFIX}cors-allow-credentials: "false"'
    assert found.scope.text == "shop.example.com/api"
    assert [found.covers(path) for path in ("/api", "/api/x", "/apix", "/")] == [True, True, False, False]
    assert found.facts == ()


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("https://app.example.com", ["https://app.example.com"]),
        ("https://a.example:8443,capacitor://localhost", ["https://a.example:8443", "capacitor://localhost"]),
        ("*", ["*"]),
        ("https://a.example, *", ["*"]),
        (" https://a.example ,, ", ["https://a.example"]),
        ("null", ["null"]),
    ],
)
def test_a_valid_list_of_origins_is_taken_as_it_is(value: str, origins: list[str]) -> None:
    found = policy(ingress(f'enable-cors: "true"\ncors-allow-origin: "{value}"'))
    assert short(found.origins.value) == origins
    assert found.facts == ()


@pytest.mark.parametrize(
    ("value", "bad"),
    [
        ("https://a.example/", "https://a.example/"),
        ("https://a.example,*.b.example/x", "*.b.example/x"),
        ("'https://a.example'", "'https://a.example'"),
        ("https://(a|b).example", "https://(a|b).example"),
        ("https://app.*", "https://app.*"),
        ("https://a.example,HTTPS://b.example", "HTTPS://b.example"),
        ("https://a.example;https://b.example", "https://a.example;https://b.example"),
    ],
)
def test_one_unexpected_character_lets_every_origin_in(value: str, bad: str) -> None:
    found = policy(ingress(f'enable-cors: "true"\ncors-allow-origin: "{value}"'))
    assert short(found.origins.value) == ["*"]
    said = f"`{bad}` is not valid here, so the controller allows every origin"
    assert facts(found) == [("malformed-origin", said, bad)]
    assert found.entries()[0].span == found.facts[0].labels[0].span


def test_an_empty_text_lets_every_origin_in() -> None:
    found = policy(ingress('enable-cors: "true"\ncors-allow-origin: ""'))
    assert short(found.origins.value) == ["*"]
    said = "an empty text is not valid here, so the controller allows every origin"
    assert [(kind, text) for kind, text, _ in facts(found)] == [("malformed-origin", said)]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("b.example", "has no scheme"),
        ("*.b.example", "has no scheme"),
        ("https://b.example https://c.example", "is no origin"),
    ],
)
def test_an_entry_that_is_no_origin_is_skipped(bad: str, why: str) -> None:
    found = policy(ingress(f'enable-cors: "true"\ncors-allow-origin: "https://a.example, {bad}"'))
    assert short(found.origins.value) == ["https://a.example"]
    assert facts(found) == [("malformed-origin", f"`{bad}` {why}, so the controller skips it", bad)]


def test_a_block_scalar_ends_with_a_line_break_and_so_lets_everybody_in() -> None:
    text = ingress('enable-cors: "true"\ncors-allow-origin: |').replace("|\n", "|\n      https://a.example\n")
    assert short(policy(text).origins.value) == ["*"]
    assert short(policy(text.replace("|", ">-")).origins.value) == ["https://a.example"]


def test_no_origin_left_means_that_the_application_answers() -> None:
    found = policy(ingress('enable-cors: "true"\ncors-allow-origin: b.example'))
    assert found.entries() == ()
    assert found.preflight.answered_by == "application"


@pytest.mark.parametrize(
    ("line", "setting", "value", "kind", "said"),
    [
        ('cors-allow-credentials: "no"', "credentials", True, "invalid-credentials-value",
         "`no` is no boolean to the controller, so it allows credentials"),
        ('cors-allow-credentials: ""', "credentials", True, "invalid-credentials-value",
         "an empty text is no boolean to the controller, so it allows credentials"),
        ('cors-max-age: "1h"', "max_age", 1728000, "invalid-max-age",
         "`1h` is no integer, so the controller sends 1728000"),
        ('cors-allow-headers: "*"', "headers", DEFAULT_HEADERS, "malformed-header-list",
         "`*` is not a list of header names to the controller, so it sends its default list"),
        ('cors-allow-methods: "*"', "methods", DEFAULT_METHODS, "malformed-header-list",
         "`*` is not a list of methods to the controller, so it sends its default list"),
        ('cors-expose-headers: "X-Total; X-Page"', "exposed", None, "malformed-header-list",
         "`X-Total; X-Page` is not a list of header names to the controller, so it sends none"),
    ],
)  # fmt: skip
def test_invalid_text_gives_way_to_a_default(line: str, setting: str, value: object, kind: str, said: str) -> None:
    found = policy(ingress(f'enable-cors: "true"\ncors-allow-origin: https://a.example\n{line}'))
    assert shown(found)[setting] == value
    assert [(fact, text) for fact, text, _ in facts(found)] == [(kind, said)]


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ('cors-allow-methods: "*"', Severity.LOW),
        ('cors-allow-methods: "GET|PUT"', None),
        ('cors-allow-headers: "*"', None),
    ],
)
def test_every_method_weighs_less_as_the_default_list_holds_those_in_use(line: str, severity: Severity | None) -> None:
    found = policy(ingress(f'enable-cors: "true"\ncors-allow-origin: https://a.example\n{line}'))
    assert [(fact.severity, fact.meant) for fact in found.facts] == [(severity, line.partition(":")[0])]


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_a_boolean_is_what_go_takes_for_one(text: str) -> None:
    found = policy(ingress(f'enable-cors: "{text}"\ncors-allow-credentials: "{text}"'))
    assert short(found.credentials.value) is True
    assert found.facts == ()


# The switch


@pytest.mark.parametrize("text", ["false", "0", "F", "False"])
def test_switched_off_is_no_policy(text: str) -> None:
    assert policies(ingress(f'enable-cors: "{text}"\ncors-allow-origin: "*"')) == []


def test_annotations_without_the_switch_have_no_effect() -> None:
    found = policy(ingress('cors-allow-origin: "*"\ncors-max-age: "600"'))
    assert found.entries() == ()
    assert [(fact.kind, fact.text, len(fact.labels)) for fact in found.facts] == [
        ("shadowed-setting", "without `enable-cors` the controller sends no CORS header", 2)
    ]


def test_a_switch_that_is_no_boolean_is_off() -> None:
    found = policy(ingress('enable-cors: "yes"\ncors-allow-origin: "*"'))
    assert found.entries() == ()
    assert facts(found) == [("shadowed-setting", "`yes` is no boolean to the controller, so CORS stays off", "yes")]


def test_values_without_quotes_are_refused_by_kubernetes() -> None:
    found = policy(ingress("enable-cors: true\ncors-allow-origin: https://a.example\ncors-max-age: 600"))
    assert facts(found) == [
        ("rejected-configuration", "Kubernetes refuses this Ingress: the values of annotations must be texts", "true")
    ]
    assert [label.span.text for label in found.facts[0].labels] == ["true", "600"]
    assert found.facts[0].help == f'quote it: {PREFIX}enable-cors: "true"'


# Where the annotations stand


def test_helm_values_are_read_under_any_key() -> None:
    text = """\
        replicaCount: 2
        ingress:
          enabled: true
          annotations:
            nginx.ingress.kubernetes.io/enable-cors: "true"
            nginx.ingress.kubernetes.io/cors-allow-origin: "https://a.example"
          hosts:
            - host: chart.local
        """
    found = policy(text)
    assert (found.name, found.key) == ("annotations under `ingress.annotations`", "annotations@ingress.annotations")
    assert shown(found) == {"origins": ["https://a.example"]}
    assert short(found.credentials.value) is True
    assert found.facts == ()


@pytest.mark.parametrize(
    "text",
    [
        f'ingress:\n  annotations:\n    {PREFIX}cors-allow-origin: "*"\n',
        f'kind: Ingress\nmetadata:\n  name: shop\n  annotations:\n    {PREFIX}cors-allow-origin: "*"\n',
    ],
)
def test_values_and_patches_without_the_switch_may_be_merged_with_one(text: str) -> None:
    found = policy(text)
    assert shown(found) == {"origins": ["*"]}
    assert short(found.credentials.value) == (
        "? `cors-allow-credentials` is not set here, and may be where this is merged with other annotations"
    )
    assert found.facts == ()


def test_unquoted_values_in_a_values_file_may_be_quoted_by_the_template() -> None:
    found = policy(f"ingress:\n  annotations:\n    {PREFIX}enable-cors: true\n    {PREFIX}cors-max-age: 600\n")
    assert short(found.max_age.value) == 600
    assert found.facts == ()


def test_a_list_of_objects_and_a_file_of_documents() -> None:
    text = f"""\
        apiVersion: v1
        kind: List
        items:
          - kind: Ingress
            metadata: {{name: a, annotations: {{{PREFIX}enable-cors: "true"}}}}
            spec: {{}}
          - kind: Service
            metadata: {{name: a}}
        ---
        kind: Ingress
        metadata: {{name: b, annotations: {{{PREFIX}enable-cors: "true"}}}}
        spec: {{}}
        ---
        kind: Ingress
        metadata: {{name: b, annotations: {{{PREFIX}enable-cors: "true"}}}}
        spec: {{}}
        """
    assert [found.key for found in policies(text)] == ["Ingress@a", "Ingress@b", "Ingress@b"]


def test_json_is_read() -> None:
    annotations = f'{{"{PREFIX}enable-cors": "true"}}'
    text = f'{{"kind": "Ingress", "metadata": {{"name": "a", "annotations":\n{annotations}}}, "spec": {{}}}}'
    (found,) = policies(text, "ingress.json")
    assert (found.key, found.span.line) == ("Ingress@a", 2)


def test_an_ingress_inside_another_resource_is_read() -> None:
    text = f"""\
        kind: HelmRelease
        metadata: {{name: shop}}
        spec:
          values:
            ingress:
              annotations:
                {PREFIX}enable-cors: "true"
        """
    assert policy(text).key == "annotations@spec.values.ingress.annotations"


def test_what_an_anchor_repeats_is_judged_once() -> None:
    text = f"""\
        x: &cors
          {PREFIX}enable-cors: "true"
        a: {{annotations: *cors}}
        b:
          annotations:
            <<: *cors
        """
    assert [found.key for found in policies(text)] == ["annotations@x"]


@pytest.mark.parametrize(
    ("namespace", "kind"),
    [("shop-dev", "development"), ("staging", "staging"), ("prod", "production")],
)
def test_a_namespace_may_mark_the_environment(namespace: str, kind: str) -> None:
    text = ingress('enable-cors: "true"').replace("  name: shop\n", f"  name: shop\n  namespace: {namespace}\n")
    environment = policy(text).environment
    assert (environment.kind, environment.marked) == (kind, True)
    assert environment.reason == f"its namespace is {namespace!r}"


def test_any_other_namespace_marks_nothing() -> None:
    text = ingress('enable-cors: "true"').replace("  name: shop\n", "  name: shop\n  namespace: shop\n")
    assert policy(text).environment.marked is False


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("{path: /api, pathType: Exact}", ["/api"], ["/api/", "/api/x"]),
        ("{path: /api, pathType: ImplementationSpecific}", ["/api", "/apix"], ["/", "/x"]),
        ("{path: /api/, pathType: Prefix}", ["/api/", "/api/x"], ["/apix"]),
        ("{path: /, pathType: Prefix}", ["/", "/x"], []),
        ('{path: "{{ .Values.path }}", pathType: Prefix}', ["/", "/x"], []),
        ("{backend: {}}", ["/", "/x"], []),
    ],
)
def test_the_scope_is_that_of_the_paths(rule: str, inside: list[str], outside: list[str]) -> None:
    found = policy(ingress('enable-cors: "true"', f"spec: {{rules: [{{http: {{paths: [{rule}]}}}}]}}"))
    assert [path for path in inside + outside if found.covers(path)] == inside


def test_paths_are_expressions_where_an_annotation_says_so() -> None:
    text = ingress(
        'enable-cors: "true"\nuse-regex: "true"',
        "spec: {rules: [{http: {paths: [{path: '/v[0-9]+', pathType: ImplementationSpecific}]}}]}",
    )
    assert [policy(text).covers(path) for path in ("/v12/x", "/V1", "/v", "/a/v1")] == [True, True, False, False]


# Templates


def test_a_chart_whose_template_decides() -> None:
    text = """\
        {{- if .Values.ingress.enabled -}}
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: {{ include "shop.fullname" . }}
          labels:
            {{- include "shop.labels" . | nindent 4 }}
          annotations:
            nginx.ingress.kubernetes.io/enable-cors: "true"
            nginx.ingress.kubernetes.io/cors-allow-origin: {{ .Values.origin | quote }}
            {{- if .Values.debug }}
            nginx.ingress.kubernetes.io/cors-max-age: "1"
            {{- else }}
            nginx.ingress.kubernetes.io/cors-max-age: "600"
            {{- end }}
            {{- if .Values.anonymous }}
            nginx.ingress.kubernetes.io/cors-allow-credentials: "false"
            {{- end }}
        spec:
          rules:
            {{- range .Values.hosts }}
            - host: {{ . }}
            {{- end }}
        {{- end }}
        """
    found = policy(text)
    assert (found.name, found.key) == ("Ingress", "Ingress")
    assert shown(found) == {
        "origins": ["? the template fills in `{{ .Values.origin | quote }}`"],
        "max_age": {"when `.Values.debug` is not true": 600, "when `.Values.debug` is true": 1},
        "credentials": {"when `.Values.anonymous` is true": False, "when `.Values.anonymous` is not true": True},
    }
    assert sum(1 for _ in found.variants()) == 4
    assert found.facts == ()


def test_a_template_may_print_more_annotations() -> None:
    text = f"""\
        kind: Ingress
        metadata:
          name: shop
          annotations:
            {PREFIX}cors-allow-origin: "*"
            {{{{- toYaml .Values.ingress.annotations | nindent 4 }}}}
        spec: {{}}
        """
    found = policy(text)
    assert found.facts == ()
    assert str(short(found.credentials.value)).startswith("? `cors-allow-credentials` is not set here")


def test_a_templated_switch_is_a_condition() -> None:
    found = policy(ingress("enable-cors: {{ .Values.cors | quote }}\ncors-allow-origin: https://a.example"))
    assert [str(condition) for condition in found.conditions] == ["when enable-cors is true"]
    assert shown(found) == {"origins": ["https://a.example"]}


def test_a_variable_is_read_at_its_default() -> None:
    found = policy(ingress('enable-cors: "true"\ncors-allow-origin: "${ORIGINS:=https://a.example,https://b.example}"'))
    assert short(found.origins.value) == ["https://a.example", "https://b.example"]
    assert isinstance(found.origins.value, Known)
    assert found.origins.value.override == "ORIGINS"


# Silence

NOTHING = {
    "an Ingress without CORS": ingress('ssl-redirect: "true"\nrewrite-target: /'),
    "a comment": f"# {PREFIX}enable-cors: 'true'\nkind: Ingress\nmetadata: {{name: a}}\n",
    "documentation in a text": f"kind: ConfigMap\ndata:\n  help: |\n    set {PREFIX}enable-cors: 'true'\n",
    "another controller": 'kind: Ingress\nmetadata:\n  annotations:\n    haproxy.org/cors-enable: "true"\n',
    "the old prefix": 'kind: Ingress\nmetadata:\n  annotations:\n    ingress.kubernetes.io/enable-cors: "true"\n',
    "another kind": f'kind: Service\nmetadata:\n  annotations:\n    {PREFIX}enable-cors: "true"\n',
    "a list of names": f"- {PREFIX}enable-cors\n- {PREFIX}cors-allow-origin\n",
    "a chart that prints them": "kind: Ingress\nmetadata:\n  annotations:\n    {{- toYaml .Values.a | nindent 4 }}\n",
    "OpenAPI": "openapi: 3.0.0\npaths:\n  /cors:\n    options:\n      summary: enable-cors\n",
    "a workflow": f"on: push\njobs:\n  cors:\n    steps:\n      - run: grep {PREFIX}enable-cors k8s\n",
    "broken, and of something else": "a: [\n",
    "broken, with other annotations of the controller": f"a: [\n# {PREFIX}auth-url\n",
    "empty": "",
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_to_say(case: str) -> None:
    assert read(NOTHING[case]) == []


def test_a_broken_document_with_cors_is_unread_and_the_others_are_read() -> None:
    good = ingress('enable-cors: "true"')
    found = read(f"{good}---\nkind: Ingress\nmetadata:\n  annotations:\n    {PREFIX}enable-cors: [true\n---\n{good}")
    assert [type(one).__name__ for one in found] == ["Policy", "Unread", "Policy"]
    (unread,) = (one for one in found if isinstance(one, Unread))
    assert unread.reason == "is no valid YAML: this bracket is never closed"
    assert unread.span is not None
    assert (unread.span.line, unread.span.column) == (12, 46)


@pytest.mark.parametrize(
    "path",
    [
        "deploy/ingress.yaml",
        "ingress.yml",
        "ingress.json",
        "ingress.yaml.j2",
        "chart/templates/ingress.yaml",
        "chart/templates/web/ingress.tpl",
        "i.yaml.gotmpl",
    ],
)
def test_files_are_known_by_their_names(path: str) -> None:
    assert ingress_nginx.FILES.search(path)


@pytest.mark.parametrize(
    "path", ["README.md", "ingress.yaml.bak", "yaml", "ingress.yamlx", "main.tpl", "templates/_helpers.tpl"]
)
def test_other_files_are_left_alone(path: str) -> None:
    assert not ingress_nginx.FILES.search(path)


@pytest.mark.parametrize("line", ['enable-cors: "true"', 'cors-max-age: "1"', 'cors-allow-origin: "*"'])
def test_the_words_are_in_every_file_that_counts(line: str) -> None:
    data = ingress(line).lower().encode()
    assert any(word in data for word in ingress_nginx.WORDS)
