"""Traefik's three notations as people write them, and the policies they amount to."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided
from corslint.policy import Policy
from corslint.servers import traefik
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown, Value


def read(text: str, path: str = "traefik/dynamic.yaml", **others: str) -> list[Policy | Unread]:
    """What is read of a file; `others` are the run's other files, with `__` for a dot."""
    names = {name.replace("__", "."): other for name, other in others.items()}
    project = Project(tuple(Listed(name, name) for name in (path, *names)))
    for name, other in names.items():
        project.keep(name, other)
    return list(traefik.read(project, Source(path, dedent(text))))


def policies(text: str, path: str = "traefik/dynamic.yaml", **others: str) -> list[Policy]:
    found = read(text, path, **others)
    assert all(isinstance(one, Policy) for one in found)
    return [one for one in found if isinstance(one, Policy)]


def policy(text: str, path: str = "traefik/dynamic.yaml", **others: str) -> Policy:
    (found,) = policies(text, path, **others)
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
        case Reflected():
            return "reflected"
        case Null():
            return "null"
        case Exact():
            return one.text
        case Pattern():
            assert (one.dialect, one.match) == ("go", "search")
            return f"~{one.text}"
        case Undecided():
            return f"? {one.reason}"


def shown(found: Policy) -> dict[str, object]:
    """The settings that are given."""
    names = ("origins", "credentials", "methods", "headers", "exposed", "max_age", "vary")
    settings = {name: getattr(found, name) for name in names}
    return {name: short(one.value) for name, one in settings.items() if one.given != "default"}


def facts(found: Policy) -> list[tuple[str, str, str]]:
    """Each fact with the text its first label points at."""
    return [(fact.kind, fact.text, fact.labels[0].span.text) for fact in found.facts]


def compose(*labels: str, image: str = "app", more: str = "") -> str:
    lines = "".join(f'      - "{label}"\n' for label in labels)
    return f"services:\n  app:\n    image: {image}\n    labels:\n{lines}{more}"


def label(option: str) -> str:
    return f"traefik.http.middlewares.cors.headers.{option}"


# The file provider


def test_a_file_of_the_file_provider() -> None:
    text = """\
        http:
          routers:
            api:
              rule: "Host(`api.example.com`) && PathPrefix(`/v1`)"
              middlewares: ["api-cors@file"]
              service: api
          middlewares:
            api-cors:
              headers:
                accessControlAllowCredentials: true
                accessControlAllowMethods: [GET, PUT]
                accessControlAllowHeaders:
                  - Content-Type
                  - X-Token
                accessControlAllowOriginList:
                  - https://app.example.com
                  - "null"
                accessControlAllowOriginListRegex: ['^https://[a-z]+\\.example\\.com$']
                accessControlExposeHeaders: ["X-Total"]
                accessControlMaxAge: 100
                addVaryHeader: true
            compressed:
              compress: {}
        """
    found = policy(text)
    assert (found.name, found.id) == ("middleware `api-cors`", "traefik/dynamic.yaml#Middleware@api-cors")
    assert shown(found) == {
        "origins": ["https://app.example.com", "null", r"~^https://[a-z]+\.example\.com$"],
        "credentials": True,
        "methods": ("GET", "PUT"),
        "headers": ("Content-Type", "X-Token"),
        "exposed": ("X-Total",),
        "max_age": 100,
        "vary": True,
    }
    spans = [one.span for one in found.entries() if one.span]
    assert [(span.line, span.column, span.text) for span in spans] == [
        (16, 13, "https://app.example.com"),
        (17, 14, "null"),
        (18, 46, r"^https://[a-z]+\.example\.com$"),
    ]
    assert (found.preflight.answered_by, found.preflight.status) == ("product", 200)
    assert (found.span.line, found.span.text) == (8, "api-cors")
    assert found.credentials.span is not None
    assert found.credentials.span.text == "accessControlAllowCredentials: true"
    assert found.scope.text == "Host(`api.example.com`) && PathPrefix(`/v1`)"
    assert [found.covers(path) for path in ("/v1", "/v1/x", "/")] == [True, True, False]
    assert found.facts == ()


def test_defaults() -> None:
    found = policy("http: {middlewares: {c: {headers: {accessControlAllowOriginList: ['https://a.example']}}}}\n")
    assert shown(found) == {"origins": ["https://a.example"]}
    assert short(found.credentials.value) is False
    assert short(found.methods.value) is None
    assert short(found.headers.value) is None
    assert short(found.exposed.value) is None
    assert short(found.max_age.value) is None
    assert short(found.vary.value) is False
    assert short(found.on_errors.value) is True
    assert found.version is None
    assert found.origins.span is not None
    assert found.methods.span == found.span
    assert found.scope.includes == ()


def test_names_of_options_are_taken_in_any_case_and_lists_as_texts() -> None:
    text = """\
        HTTP:
          Middlewares:
            c:
              Headers:
                AccessControlAllowOriginList: "https://a.example, https://b.example"
                ACCESSCONTROLALLOWMETHODS: GET
        """
    assert shown(policy(text)) == {"origins": ["https://a.example", "https://b.example"], "methods": ("GET",)}


def test_any_other_option_than_the_origins_makes_traefik_answer_preflights() -> None:
    found = policy("http: {middlewares: {c: {headers: {addVaryHeader: true}}}}\n")
    assert found.entries() == ()
    assert found.preflight.answered_by == "product"


def test_custom_response_headers_are_texts() -> None:
    text = """\
        http:
          middlewares:
            open:
              headers:
                customResponseHeaders:
                  Access-Control-Allow-Origin: "https://a.example, https://b.example"
                  access-control-allow-credentials: "True"
                  Access-Control-Allow-Methods: "GET, PUT"
                  Access-Control-Expose-Headers: ""
                  Vary: Accept-Encoding, Origin
        """
    found = policy(text)
    assert shown(found) == {
        "origins": ["https://a.example, https://b.example"],
        "credentials": "True",
        "methods": ("GET", "PUT"),
        "vary": True,
    }
    assert found.origins.name == "Access-Control-Allow-Origin"
    assert found.preflight.answered_by == "application"
    assert found.facts == ()


# Kubernetes


def test_a_kubernetes_middleware() -> None:
    text = """\
        apiVersion: traefik.io/v1alpha1
        kind: Middleware
        metadata:
          name: cors
          namespace: staging
        spec:
          headers:
            accessControlAllowOriginList:
              - "https://app.example.com"
            accessControlAllowCredentials: true
            accessControlMaxAge: 100
        ---
        apiVersion: traefik.containo.us/v1alpha1
        kind: Middleware
        metadata: {name: old}
        spec: {headers: {accessControlAllowOriginList: ["*"]}}
        ---
        apiVersion: traefik.io/v1alpha1
        kind: IngressRoute
        metadata: {name: web}
        spec:
          routes:
            - match: Host(`a.example`)
              middlewares: []
        """
    first, second = policies(text)
    assert (first.key, first.name) == ("Middleware@staging/cors", "middleware `staging/cors`")
    assert (first.environment.kind, first.environment.marked) == ("staging", True)
    assert shown(first) == {"origins": ["https://app.example.com"], "credentials": True, "max_age": 100}
    assert shown(second) == {"origins": ["*"]}
    assert first.facts == second.facts == ()


def test_a_kubernetes_middleware_is_held_against_its_schema() -> None:
    text = """\
        apiVersion: traefik.io/v1alpha1
        kind: Middleware
        metadata: {name: cors}
        spec:
          headers:
            accesscontrolallowheaders: [X-A]
            accessControlAllowOriginList: https://a.example
            accessControlAllowCredentials: "true"
            accessControlMaxAge: "100"
        """
    found = policy(text)
    assert short(found.credentials.value) is True
    assert short(found.max_age.value) == 100
    assert facts(found) == [
        (
            "unknown-setting",
            "Kubernetes drops `accesscontrolallowheaders`: the resource has no such field",
            "accesscontrolallowheaders: [X-A]",
        ),
        (
            "rejected-configuration",
            "Kubernetes refuses this Middleware: `accessControlAllowOriginList` must be a list",
            "accessControlAllowOriginList: https://a.example",
        ),
        (
            "rejected-configuration",
            'Kubernetes refuses this Middleware: `"true"` is no boolean',
            'accessControlAllowCredentials: "true"',
        ),
        (
            "rejected-configuration",
            'Kubernetes refuses this Middleware: `"100"` is no number',
            'accessControlMaxAge: "100"',
        ),
    ]


# Labels


def test_labels_as_a_list() -> None:
    text = compose(
        "traefik.enable=true",
        "traefik.http.routers.app.rule=Host(`app.example.com`)",
        "traefik.http.routers.app.middlewares=auth,cors@docker",
        label("accesscontrolalloworiginlist=https://a.example, https://b.example"),
        label("accesscontrolallowmethods=GET,PUT"),
        label("AccessControlAllowCredentials=true"),
        label("accesscontrolmaxage=100"),
        label("addvaryheader=true"),
    )
    found = policy(text, "docker-compose.yml")
    assert shown(found) == {
        "origins": ["https://a.example", "https://b.example"],
        "credentials": True,
        "methods": ("GET", "PUT"),
        "max_age": 100,
        "vary": True,
    }
    spans = [one.span for one in found.entries() if one.span]
    assert [(span.line, span.column, span.text) for span in spans] == [
        (8, 77, "https://a.example"),
        (8, 96, "https://b.example"),
    ]
    assert (found.span.line, found.span.column, found.span.text) == (8, 35, "cors")
    assert found.scope.text == "Host(`app.example.com`)"
    assert found.scope.includes == ()
    assert found.facts == ()


def test_labels_as_a_map_and_of_a_swarm_service() -> None:
    text = """\
        services:
          app:
            image: app
            deploy:
              labels:
                traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist: "*"
                traefik.http.middlewares.cors.headers.customresponseheaders.X-A: "1"
          web:
            image: web
            labels:
              traefik.http.middlewares.web.headers.accesscontrolalloworiginlist: https://web.example
        """
    first, second = policies(text)
    assert (first.key, shown(first)) == ("Middleware@cors", {"origins": ["*"]})
    assert (second.key, shown(second)) == ("Middleware@web", {"origins": ["https://web.example"]})


def test_labels_of_ansible_and_other_tools() -> None:
    text = """\
        - name: run it
          docker_container:
            name: app
            labels:
              traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist: "https://{{ domain }}"
              traefik.http.middlewares.cors.headers.accesscontrolalloworiginlistregex: "^https://a\\\\.example$"
        """
    assert shown(policy(text)) == {
        "origins": ["? the template fills in `{{ domain }}`", r"~^https://a\.example$"],
    }


def test_compose_replaces_variables_and_doubles_its_dollars() -> None:
    text = compose(
        label("accesscontrolalloworiginlist=${ORIGINS:-https://a.example,https://b.example},https://${HOST}"),
        label("accesscontrolalloworiginlistregex=^https://[a-z]+[.]example$$"),
        label("accesscontrolallowcredentials=${CREDENTIALS:-true}"),
    )
    found = policy(text)
    assert shown(found) == {
        "origins": [
            "https://a.example",
            "https://b.example",
            "? `HOST` is set where this is deployed",
            "~^https://[a-z]+[.]example$",
        ],
        "credentials": True,
    }
    assert isinstance(found.origins.value, Known)
    assert found.origins.value.override == "ORIGINS"


def test_several_middlewares_of_one_service() -> None:
    text = compose(
        "traefik.http.middlewares.one.headers.accesscontrolalloworiginlist=*",
        "traefik.http.middlewares.two.headers.accesscontrolalloworiginlist=https://a.example",
        "traefik.http.middlewares.ONE.headers.accesscontrolmaxage=1",
        "traefik.http.middlewares.three.compress=true",
    )
    assert [(found.name, shown(found)) for found in policies(text)] == [
        ("middleware `one`", {"origins": ["*"], "max_age": 1}),
        ("middleware `two`", {"origins": ["https://a.example"]}),
    ]


def test_a_name_that_occurs_twice() -> None:
    text = """\
        services:
          a: {labels: ["traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist=*"]}
          b: {labels: ["traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist=*"]}
        """
    assert [found.key for found in policies(text)] == ["Middleware@cors", "Middleware@cors"]


def test_labels_that_an_anchor_repeats_are_judged_once() -> None:
    text = """\
        x-labels: &labels
          traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist: "*"
        services:
          a: {labels: *labels}
          b:
            labels:
              <<: *labels
              traefik.enable: "true"
        """
    assert [found.key for found in policies(text)] == ["Middleware@cors"]


def test_the_version_is_that_of_the_image_beside_it() -> None:
    text = compose(label("accesscontrolalloworiginlist=*"), more="  proxy:\n    image: traefik:v3.6.4\n")
    found = policy(text)
    assert (found.version, found.version_reason) == ("3.6.4", "the tag of the image")
    assert short(found.max_age.value) == 0


def test_the_version_the_user_says_comes_before_the_image() -> None:
    text = compose(label("accesscontrolalloworiginlist=*"), more="  proxy:\n    image: traefik:v3.6.4\n")
    (found,) = traefik.read(Project(versions={"traefik": "3.7"}), Source("compose.yaml", text))
    assert isinstance(found, Policy)
    assert (found.version, found.version_reason) == ("3.7", "the configuration says so")
    assert short(found.max_age.value) is None


# What has no effect, or is refused


def test_an_old_option() -> None:
    found = policy("http: {middlewares: {c: {headers: {accessControlAllowOrigin: '*'}}}}\n")
    assert found.entries() == ()
    assert facts(found) == [
        (
            "renamed-setting",
            "Traefik refuses a configuration with `accessControlAllowOrigin`: "
            "accessControlAllowOriginList took its place in Traefik 2.2",
            "accessControlAllowOrigin: '*'",
        )
    ]


@pytest.mark.parametrize(
    ("value", "origins"),
    [("*", ["*"]), ("origin-list-or-null", ["reflected"]), ("https://a.example", [])],
)
def test_the_old_option_where_traefik_is_old(value: str, origins: list[str]) -> None:
    text = compose(label(f"accesscontrolalloworigin={value}"), more="  proxy: {image: 'traefik:v2.1.9'}\n")
    found = policy(text)
    assert short(found.origins.value) == origins
    assert found.facts == ()


def test_a_wildcard_among_others() -> None:
    found = policy(compose(label("accesscontrolalloworiginlist=https://a.example,*")))
    assert facts(found) == [
        (
            "shadowed-setting",
            "`*` lets every origin in, so the others in the list have no effect",
            "https://a.example",
        )
    ]


def test_an_exposed_wildcard_with_credentials() -> None:
    text = compose(
        label("accesscontrolalloworiginlist=https://a.example"),
        label("accesscontrolallowcredentials=true"),
        label("accesscontrolexposeheaders=*"),
    )
    said = "with credentials Traefik sends no Access-Control-Expose-Headers that holds `*`"
    assert [(kind, text) for kind, text, _ in facts(policy(text))] == [("shadowed-setting", said)]
    assert facts(policy(text + "  proxy: {image: 'traefik:3.5'}\n")) == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("https://b.example", "an origin that is not in the list still gets this header, and preflights never do"),
        ("*", "the list lets every origin in already, so this header has no effect"),
    ],
)
def test_a_list_and_a_custom_header(listed: str, said: str) -> None:
    text = compose(
        label("customresponseheaders.Access-Control-Allow-Origin=https://a.example"),
        label(f"accesscontrolalloworiginlist={listed}"),
    )
    found = policy(text)
    assert short(found.origins.value) == [listed, "https://a.example"]
    assert facts(found) == [("shadowed-setting", said, "https://a.example")]


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("accesscontrolallowcredentials=yes", "Traefik refuses this: `yes` is no boolean"),
        ("accesscontrolmaxage=1h", "Traefik refuses this: `1h` is no number"),
        (
            "accesscontrolalloworiginlistregex=^https://(?!evil)",
            "Traefik refuses this middleware: Go's regular expressions have no `(?!`",
        ),
        (
            "accesscontrolalloworiginlistregex=*.example.com",
            "Traefik refuses this middleware: `*` has nothing to repeat",
        ),
    ],
)
def test_a_value_that_traefik_refuses(option: str, why: str) -> None:
    found = policy(compose(label("accesscontrolalloworiginlist=https://a.example"), label(option)))
    assert [(kind, text) for kind, text, _ in facts(found)] == [("rejected-configuration", why)]


# Routers

UNUSED = "no router uses this middleware, so none of its headers is sent"
ROUTER = "traefik.http.routers.app.rule=Host(`app.example.com`)"
CORS = "traefik.http.middlewares.api-cors.headers.accesscontrolalloworiginlist=https://a.example"


def test_a_middleware_that_the_router_beside_it_forgets() -> None:
    found = policy(compose(ROUTER, CORS), "compose.yaml")
    assert facts(found) == [("shadowed-setting", UNUSED, "api-cors")]
    assert found.facts[0].help == "name it at the router: middlewares=api-cors"


def test_a_middleware_of_a_file_that_no_router_names() -> None:
    text = """\
        http:
          routers:
            app: {rule: "Host(`a.example`)", middlewares: [auth]}
          middlewares:
            api-cors: {headers: {accessControlAllowOriginList: ["https://a.example"]}}
        """
    assert facts(policy(text)) == [("shadowed-setting", UNUSED, "api-cors")]


@pytest.mark.parametrize(
    "text",
    [
        compose(CORS),
        compose(ROUTER, CORS, "traefik.http.routers.app.middlewares=Api-Cors"),
        compose(ROUTER, CORS, "traefik.http.routers.app.middlewares=auth, api-cors@docker"),
        compose(ROUTER, CORS, "traefik.http.middlewares.all.chain.middlewares=api-cors"),
        compose(ROUTER, CORS, image="traefik:v3"),
        compose(ROUTER, CORS, image="'${IMAGE}'").replace("    image: '${IMAGE}'\n", ""),
        compose(ROUTER, CORS, more="  proxy:\n    command: --entrypoints.web.http.middlewares=api-cors@docker\n"),
        compose(ROUTER, CORS, more="# api-cors is used elsewhere\n"),
        compose(ROUTER, CORS).replace("api-cors", "${NAME}"),
        compose(ROUTER, CORS).replace("api-cors", "{{ name }}"),
        "http: {middlewares: {api-cors: {headers: {accessControlAllowOriginList: [a]}}}}\n",
    ],
)
def test_nothing_is_said_of_a_middleware_that_may_be_used(text: str) -> None:
    assert [found.facts for found in policies(text, "compose.yaml")] == [()]


def test_nothing_is_said_where_another_file_of_the_run_names_it() -> None:
    others = {"other__yml": "services: {b: {labels: ['traefik.http.routers.b.middlewares=api-cors@docker']}}\n"}
    assert policy(compose(ROUTER, CORS), "compose.yaml", **others).facts == ()
    assert len(policy(compose(ROUTER, CORS), "compose.yaml", readme__md="api-cors").facts) == 1


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("PathPrefix(`/api`)", ["/api", "/apix"], ["/"]),
        ("Host(`a.example`) && Path('/api')", ["/api"], ["/api/"]),
        ("PathPrefix(`/api`) || Host(`b`)", ["/", "/api"], []),
        ("!PathPrefix(`/api`)", ["/", "/api"], []),
        ("PathPrefix(`/a`, `/b`)", ["/", "/a"], []),
        ("PathRegexp(`^/a`)", ["/", "/a"], []),
        ("Host(`a.example`)", ["/", "/a"], []),
        ("PathPrefix(`/{name:[a-z]+}`)", ["/", "/a"], []),
    ],
)
def test_the_scope_is_that_of_the_routers(rule: str, inside: list[str], outside: list[str]) -> None:
    text = compose(f"traefik.http.routers.app.rule={rule}", CORS, "traefik.http.routers.app.middlewares=api-cors")
    found = policy(text)
    assert [path for path in inside + outside if found.covers(path)] == inside


# Templates


def test_a_chart_whose_template_decides() -> None:
    text = """\
        apiVersion: traefik.io/v1alpha1
        kind: Middleware
        metadata:
          name: {{ include "app.name" . }}-cors
        spec:
          headers:
            accessControlAllowOriginList:
              {{- range .Values.origins }}
              - {{ . | quote }}
              {{- end }}
            {{- if .Values.debug }}
            accessControlAllowCredentials: true
            {{- end }}
            accessControlMaxAge: {{ .Values.maxAge }}
        """
    found = policy(text)
    assert found.key == "Middleware"
    assert shown(found) == {
        "origins": ["? the template fills in `{{ . | quote }}`"],
        "credentials": {"when `.Values.debug` is true": True, "when `.Values.debug` is not true": False},
        "max_age": "? the template fills in `{{ .Values.maxAge }}`",
    }
    assert found.facts == ()


# Silence

NOTHING = {
    "a middleware without CORS": "http: {middlewares: {a: {headers: {frameDeny: true, stsSeconds: 1}}}}\n",
    "CORS switched off": "http: {middlewares: {a: {headers: {accessControlAllowCredentials: false}}}}\n",
    "empty lists": "http: {middlewares: {a: {headers: {accessControlAllowMethods: [], addVaryHeader: false}}}}\n",
    "other custom headers": "http: {middlewares: {a: {headers: {customResponseHeaders: {X-A: '1'}}}}}\n",
    "a header that is taken away": compose(label("customresponseheaders.Access-Control-Allow-Origin=")),
    "a header of requests": compose(label("customrequestheaders.Access-Control-Allow-Origin=*")),
    "a header that says nothing of origins": compose(label("customresponseheaders.Access-Control-Max-Age=1")),
    "compose without Traefik": "services:\n  app:\n    environment:\n      - accessControlAllowOriginList=*\n",
    "a Middleware of others": "kind: Middleware\napiVersion: a.io/v1\nspec: {headers: {accessControlMaxAge: 1}}\n",
    "another kind": "kind: Headers\nspec:\n  headers:\n    accessControlAllowOriginList: ['*']\n",
    "the schema of the resource": "kind: CustomResourceDefinition\nspec: {headers: {accessControlMaxAge: {}}}\n",
    "a comment": "# accessControlAllowOriginList: ['*']\nhttp: {}\n",
    "a text": "data:\n  help: set traefik.http.middlewares.a.headers.accesscontrolmaxage=1\n",
    "OpenAPI": "openapi: 3.0.0\npaths:\n  /x:\n    get:\n      headers: {Access-Control-Allow-Origin: {}}\n",
    "a workflow": "on: push\njobs:\n  a:\n    steps:\n      - run: grep accessControlAllowOriginList\n",
    "broken, and of something else": "a: [\n",
    "empty": "",
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_to_say(case: str) -> None:
    assert read(NOTHING[case]) == []


def test_a_broken_file_with_cors_is_unread() -> None:
    (unread,) = read("http:\n  middlewares:\n\tcors: {headers: {accessControlMaxAge: 1}}\n")
    assert isinstance(unread, Unread)
    assert unread.reason == "is no valid YAML: found character that cannot start any token"
    assert unread.span is not None
    assert unread.span.line == 3


@pytest.mark.parametrize(
    "text",
    [
        compose(label("accesscontrolalloworiginlist=*")),
        compose(label("addVaryHeader=true")),
        "customResponseHeaders: {Access-Control-Allow-Origin: '*'}",
    ],
)
def test_the_words_are_in_every_file_that_counts(text: str) -> None:
    assert any(word in text.lower().encode() for word in traefik.WORDS)
