"""Who sets an environment variable for a program, and to what."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

import pytest

from corslint import collect
from corslint.collect import Listed, Project
from corslint.finding import Label, Unread
from corslint.output.frame import frame
from corslint.output.terminal import Painter
from corslint.resolve.deployments import MAX_ASSIGNMENTS, Assignment, assignments
from corslint.source import Source
from corslint.values import Known

NAME = "CORS_ORIGINS"
PROGRAM = "backend/app/main.py"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory inside no checkout, with git as a fresh account has it."""
    for variable, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
    }.items():
        monkeypatch.setenv(variable, value)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def checkout(files: dict[str, str], *, program: str = PROGRAM) -> None:
    """A repository that holds these files and the program."""
    for path, text in {program: "", **files}.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(dedent(text))
    subprocess.run(["git", "init", "-q"], check=True, capture_output=True)


def run(*paths: str) -> Project:
    """What a run over these paths starts from."""
    return Project(tuple(one for one in collect.listing(paths) if not isinstance(one, Unread)))


def ask(program: str = PROGRAM, name: str = NAME, project: Project | None = None) -> tuple[Assignment, ...]:
    project = project or run(program)
    source = project.source(program)
    assert source is not None
    return assignments(project, source, name)


def told(found: Iterable[Assignment]) -> list[tuple[str, str]]:
    """The sources, each with its value, or `?` and the reason."""
    return [(one.source, one.value.value if isinstance(one.value, Known) else f"? {one.value.reason}") for one in found]


def values(files: dict[str, str], *, program: str = PROGRAM) -> list[str]:
    checkout(files, program=program)
    return [value for _, value in told(ask(program))]


def test_nothing_sets_a_variable_that_nobody_mentions() -> None:
    checkout({".env": "OTHER=*", "docker-compose.yml": "services: {api: {environment: {OTHER: 1}}}"})
    assert ask() == ()


def test_an_assignment_says_where_it_is_and_what_it_stands_for() -> None:
    checkout({"backend/.env.production": "A=1\nCORS_ORIGINS=https://a.example # app\n"})
    (found,) = ask()
    assert found.name == NAME
    assert found.source == found.deployment == "backend/.env.production"
    assert (found.environment.kind, found.environment.marked) == ("production", True)
    assert isinstance(found.value, Known)
    assert found.value.span is not None
    assert (found.value.span.path, found.value.span.line, found.value.span.text) == (
        "backend/.env.production",
        2,
        "https://a.example",
    )


@pytest.mark.parametrize(
    ("name", "kind", "marked"),
    [
        (".env", "production", False),
        (".env.production", "production", True),
        (".env.prod", "production", True),
        ("prod.env", "production", True),
        (".env.staging", "staging", True),
        (".env.local", "development", True),
        (".env.dev", "development", True),
        (".env.test", "test", True),
        (".env.ci", "test", True),
        (".env_circleci", "test", True),
        (".env.docker", "production", False),
        (".flaskenv", "production", False),
        (".env.example", "documentation", True),
        (".env.sample", "documentation", True),
        (".env.template", "documentation", True),
        (".env.dist", "documentation", True),
        (".env.production.template", "documentation", True),
        (".env-example", "documentation", True),
        ("env.example", "documentation", True),
        ("env.dist", "documentation", True),
        ("example.env", "documentation", True),
    ],
)
def test_the_name_of_an_env_file_says_what_it_is_for(name: str, kind: str, marked: bool) -> None:
    checkout({name: "CORS_ORIGINS=*"})
    (found,) = ask()
    assert (found.environment.kind, found.environment.marked) == (kind, marked)


@pytest.mark.parametrize(
    "name",
    ["env.py", ".env.py", "src.env.ts", ".env.vault", ".env.gpg", ".env.enc", "environment", "env", ".environment",
     "env.yaml", ".env.json", "README.env.md", "setenv.sh", "envoy.conf", ".env.bak"],
)  # fmt: skip
def test_other_files_are_no_env_files(name: str) -> None:
    assert values({name: "CORS_ORIGINS=*"}) == []


@pytest.mark.parametrize("path", ["frontend/.env", "backend/app/deeper/.env", "backend/other/.env", "../.env"])
def test_an_env_file_elsewhere_is_somebody_elses(path: str) -> None:
    assert values({path: "CORS_ORIGINS=*"}) == []


def test_a_nearer_env_file_hides_one_of_its_name() -> None:
    found = values({".env": "CORS_ORIGINS=far", "backend/.env": "CORS_ORIGINS=near", ".env.prod": "CORS_ORIGINS=prod"})
    assert found == ["near", "prod"]


def test_a_nearer_env_file_hides_one_of_its_name_even_if_it_says_nothing() -> None:
    assert values({".env": "CORS_ORIGINS=far", "backend/.env": "OTHER=1"}) == []


def test_an_empty_value_is_a_value() -> None:
    assert values({".env": "CORS_ORIGINS=\n"}) == [""]


@pytest.mark.parametrize("text", ["CORS_ORIGINS\n", "# CORS_ORIGINS=*\n", "MY_CORS_ORIGINS=*\n", "X=CORS_ORIGINS\n"])
def test_a_line_that_sets_nothing_is_none(text: str) -> None:
    assert values({".env": text}) == []


def test_what_is_encrypted_is_not_known() -> None:
    assert values({".env.prod": "CORS_ORIGINS=ENC[AES256_GCM,data:abc=,iv:x,tag:y,type:str]"}) == ["? it is encrypted"]


def test_what_a_template_fills_in_is_not_known() -> None:
    assert values({".env": "CORS_ORIGINS={{cookiecutter.origins}}"}) == [
        "? the template fills in `{{cookiecutter.origins}}`"
    ]


def test_a_file_that_git_ignores_sets_nothing() -> None:
    checkout({".gitignore": ".env\n", ".env": "CORS_ORIGINS=*", "backend/.env.example": "CORS_ORIGINS=x"})
    assert told(ask()) == [("backend/.env.example", "x")]


def test_a_file_that_git_ignores_is_read_if_the_user_names_it() -> None:
    checkout({".gitignore": ".env\n", ".env": "CORS_ORIGINS=*"})
    assert told(ask(project=run(PROGRAM, ".env"))) == [(".env", "*")]


@pytest.mark.parametrize("paths", [(".",), ("backend",), (PROGRAM,)])
def test_it_is_no_matter_which_part_of_a_checkout_is_linted(paths: tuple[str, ...]) -> None:
    checkout({".env.prod": "CORS_ORIGINS=a", "deploy/compose.yaml": COMPOSE})
    assert told(ask(project=run(*paths))) == [
        ('service "api" of deploy/compose.yaml', "https://a.example"),
        (".env.prod", "a"),
    ]


COMPOSE = """
    services:
      api:
        build: ../backend
        environment:
          CORS_ORIGINS: https://a.example
    """


def test_it_is_no_matter_where_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout({
        ".env.prod": "CORS_ORIGINS=a",
        "backend/.env.dev": "CORS_ORIGINS=b",
        ".gitignore": ".env",
        ".env": "CORS_ORIGINS=c",
    })  # fmt: skip
    monkeypatch.chdir("backend/app")
    assert told(ask("main.py")) == [("../.env.dev", "b"), ("../../.env.prod", "a")]


def test_a_file_given_by_its_absolute_path(here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checkout({"backend/.env.dev": "CORS_ORIGINS=b"})
    (tmp_path / "example").mkdir()
    monkeypatch.chdir(tmp_path / "example")
    (found,) = ask(str(here / PROGRAM))
    assert found.source == str(here / "backend/.env.dev")
    assert found.environment.reason == "its path holds 'dev'"


def test_without_a_checkout_the_folders_around_are_looked_at(here: Path) -> None:
    (here / "app").mkdir()
    (here / "app/main.py").write_text("")
    (here / ".env.prod").write_text("CORS_ORIGINS=a")
    (here.parent / ".env").write_text("CORS_ORIGINS=b")
    assert told(ask("app/main.py")) == [(".env.prod", "a")]


def test_excluded_files_set_nothing() -> None:
    checkout({"venv/lib/.env": "CORS_ORIGINS=*", "node_modules/x/compose.yaml": COMPOSE, "old/compose.yaml": COMPOSE})
    project = Project((Listed(PROGRAM, PROGRAM, named=True),), exclude=("venv", "node_modules", "old"))
    assert ask(project=project) == ()


def test_marks_of_the_configuration_win() -> None:
    checkout({".env.dev": "CORS_ORIGINS=*"})
    project = Project((Listed(PROGRAM, PROGRAM, named=True),), environment_marks=(("production", ".env.dev"),))
    (found,) = ask(project=project)
    assert found.environment.kind == "production"


def test_the_folder_the_user_points_at_marks_nothing() -> None:
    checkout({"examples/.env": "CORS_ORIGINS=*"}, program="examples/main.py")
    (found,) = ask("examples/main.py", project=run("examples"))
    assert not found.environment.marked


# Compose


@pytest.mark.parametrize(
    ("environment", "value"),
    [
        ("{CORS_ORIGINS: '*'}", "*"),
        ("{CORS_ORIGINS: ''}", ""),
        ("{CORS_ORIGINS: 1}", "1"),
        ("['CORS_ORIGINS=*']", "*"),
        ("[CORS_ORIGINS=a=b]", "a=b"),
        ("[CORS_ORIGINS=]", ""),
        ("""['CORS_ORIGINS="*"']""", '"*"'),
        ("[CORS_ORIGINS=1, CORS_ORIGINS=2]", "2"),
        ("{CORS_ORIGINS: '${X:-https://a.example}'}", "https://a.example"),
        ("{CORS_ORIGINS: '^https://a$$'}", "^https://a$"),
        ("{CORS_ORIGINS: }", "? `CORS_ORIGINS` is set where Compose runs"),
        ("[CORS_ORIGINS]", "? `CORS_ORIGINS` is set where Compose runs"),
        ("{CORS_ORIGINS: '${X}'}", "? `X` is set where this is deployed"),
        ("{CORS_ORIGINS: $X}", "? `X` is set where this is deployed"),
        ("{CORS_ORIGINS: '${X:?set it}'}", "? `X` is set where this is deployed"),
        ("{CORS_ORIGINS: !reset null}", "? `!reset` is resolved when this is deployed"),
    ],
)
def test_what_a_service_is_given(environment: str, value: str) -> None:
    assert values({"compose.yaml": f"services: {{api: {{environment: {environment}}}}}"}) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "services: {api: {environment: {OTHER: CORS_ORIGINS}}}",
        "services: {api: {environment: CORS_ORIGINS}}",
        "services: {api: {environment: [[CORS_ORIGINS=*], {CORS_ORIGINS: '*'}]}}",
        "services: {api: {environment: {CORS_ORIGINS: ['*']}}}",
        "services: {api: {labels: {CORS_ORIGINS: '*'}}}",
        "services: [CORS_ORIGINS=*]",
        "services: CORS_ORIGINS",
        "environment: {CORS_ORIGINS: '*'}",
        "services: {api: {environment: {CORS_ORIGINS: '*'}}",
        "CORS_ORIGINS",
        "",
    ],
)
def test_what_is_no_environment_of_a_service_sets_nothing(text: str) -> None:
    assert values({"compose.yaml": text}) == []


@pytest.mark.parametrize(
    "name",
    ["compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "docker-compose-prod.yml", "prod.compose.yml"],
)  # fmt: skip
def test_files_of_compose(name: str) -> None:
    assert values({name: "services: {api: {environment: {CORS_ORIGINS: '*'}}}"}) == ["*"]


def test_a_merge_key_brings_variables_in() -> None:
    text = """
        x-common: &common
          CORS_ORIGINS: https://a.example
        services:
          api:
            environment:
              <<: *common
              OTHER: 1
        """
    assert values({"docker-compose.yml": text}) == ["https://a.example"]


def test_the_env_file_beside_fills_in_variables_and_is_where_the_value_stands() -> None:
    checkout({
        "docker-compose.yml": "services: {api: {environment: {CORS_ORIGINS: '${ORIGINS:-*}'}}}",
        ".env": "ORIGINS=https://a.example\n",
    })  # fmt: skip
    (found,) = ask()
    assert isinstance(found.value, Known)
    assert found.value.value == "https://a.example"
    assert found.value.override is None
    assert found.value.span is not None
    assert found.value.span.path == ".env"
    assert [place.text for place in found.value.trail] == ['CORS_ORIGINS of service "api"']


def test_an_env_file_beside_that_git_ignores_fills_nothing_in() -> None:
    checkout({
        "docker-compose.yml": "services: {api: {environment: {CORS_ORIGINS: '${CORS_ORIGINS:-https://a.example}'}}}",
        ".env": "CORS_ORIGINS=*",
        ".gitignore": ".env",
    })  # fmt: skip
    (found,) = ask()
    assert isinstance(found.value, Known)
    assert (found.value.value, found.value.override) == ("https://a.example", "CORS_ORIGINS")


@pytest.mark.parametrize(
    "form", ["env_file: api.env", "env_file: [first.env, api.env]", "env_file: [{path: api.env, required: false}]"]
)
def test_an_env_file_of_a_service(form: str) -> None:
    checkout({
        "deploy/compose.yaml": f"services:\n  api:\n    build: ..\n    {form}\n",
        "deploy/api.env": "CORS_ORIGINS=a",
        "deploy/first.env": "CORS_ORIGINS=first",
    })  # fmt: skip
    (found,) = ask()
    assert told([found]) == [('deploy/api.env, env_file of service "api" of deploy/compose.yaml', "a")]
    assert found.deployment == "deploy/compose.yaml#api"


def test_environment_wins_over_env_file() -> None:
    files = {
        "compose.yaml": "services: {api: {env_file: x.env, environment: [CORS_ORIGINS=b]}}",
        "x.env": "CORS_ORIGINS=a",
    }
    checkout(
        {f"deploy/{name}": text for name, text in files.items()} | {"compose.yaml": "include: [deploy/compose.yaml]"}
    )
    assert ask() == ()  # the program lies elsewhere
    assert told(ask("deploy/main.py", project=_with("deploy/main.py"))) == [
        ('service "api" of deploy/compose.yaml', "b"),
        ("deploy/x.env", "a"),
    ]


def _with(path: str) -> Project:
    Path(path).write_text("")
    return run(path)


def test_an_env_file_that_a_service_reads_is_told_of_once() -> None:
    found = values({"compose.yaml": "services: {api: {env_file: .env}}", ".env": "CORS_ORIGINS=a"})
    assert found == ["a"]


@pytest.mark.parametrize(
    "path", ["missing.env", "../outside.env", "/etc/passwd", "${HOME}/x.env", "ignored.env", ".", ""]
)
def test_an_env_file_that_is_not_there_sets_nothing(path: str) -> None:
    files = {
        "compose.yaml": f"services: {{api: {{env_file: '{path}'}}}}",
        "ignored.env": "CORS_ORIGINS=*",
        ".gitignore": "ignored.env",
        "../outside.env": "CORS_ORIGINS=*",
    }
    assert values(files) == []


@pytest.mark.parametrize("services", ["{worker: &s {env_file: x.env}, api: {<<: *s, ports: [8000]}, beat: *s}"])
def test_services_that_share_a_place_are_told_of_once_by_the_one_that_listens(services: str) -> None:
    checkout({"compose.yaml": f"services: {services}", "x.env": "CORS_ORIGINS=a"})
    assert told(ask()) == [('x.env, env_file of service "api" of compose.yaml', "a")]


def test_services_built_from_elsewhere_are_somebody_elses() -> None:
    text = """
        services:
          api:
            build: {context: ./backend, dockerfile: Dockerfile}
            environment: [CORS_ORIGINS=api]
          web:
            build: ./frontend
            environment: [CORS_ORIGINS=web]
          proxy:
            image: traefik
            environment: [CORS_ORIGINS=proxy]
        """
    assert values({"docker-compose.yml": text}) == ["api"]


def test_a_service_of_an_image_reaches_what_lies_below() -> None:
    text = "services: {api: {image: ghcr.io/x/api, environment: [CORS_ORIGINS=a]}}"
    assert values({"docker-compose.yml": text, "frontend/compose.yml": text}) == ["a"]


def test_an_override_file_builds_what_the_file_under_it_builds() -> None:
    checkout({
        "docker-compose.yml": "services: {api: {build: backend}, web: {build: frontend}}",
        "docker-compose.prod.yml": "services: {api: {environment: [CORS_ORIGINS=a]}, web: {environment: [X=b]}}",
    })  # fmt: skip
    (found,) = ask()
    assert told([found]) == [('service "api" of docker-compose.prod.yml', "a")]
    assert found.environment.kind == "production"


def test_a_service_may_extend_another() -> None:
    files = {
        "compose.yaml": "services: {api: {extends: base, build: .}, base: {extends: {file: deploy/x.yml, service: z}}}",
        "deploy/x.yml": "services: {z: {environment: [CORS_ORIGINS=a]}}",
    }
    assert values(files) == ["a"]


@pytest.mark.parametrize(
    "extends",
    ["api", "nobody", "{service: api, file: compose.yaml}", "{file: x.yml}", "[]", "{service: api, file: /x}"],
)
def test_services_that_extend_themselves_or_nobody_set_nothing(extends: str) -> None:
    assert values({"compose.yaml": f"# CORS_ORIGINS\nservices: {{api: {{extends: {extends}}}}}"}) == []


@pytest.mark.parametrize(
    ("service", "kind"),
    [("api-dev", "development"), ("api", "production"), ("test", "test"), ("api-staging", "staging")],
)
def test_the_name_of_a_service_says_what_it_is_for(service: str, kind: str) -> None:
    checkout({"compose.yaml": f"services: {{{service}: {{environment: [CORS_ORIGINS=a]}}}}"})
    (found,) = ask()
    assert found.environment.kind == kind


def test_a_profile_says_what_a_service_is_for() -> None:
    checkout({"compose.yaml": "services: {api: {profiles: [dev], environment: [CORS_ORIGINS=a]}}"})
    (found,) = ask()
    assert (found.environment.kind, found.environment.reason) == ("development", "it is called 'dev'")


# Kubernetes


def deployment(env: str, *, name: str = "api", namespace: str = "", container: str = "") -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"
        f"spec:\n  template:\n    spec:\n      containers:\n      - name: {container or name}\n        {env}\n"
    )


def config_map(value: str, *, name: str = "web", key: str = NAME) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{{key}: {value!r}}}\n"


@pytest.mark.parametrize(
    ("env", "value"),
    [
        ("env: [{name: CORS_ORIGINS, value: '*'}]", "*"),
        ("env: [{name: CORS_ORIGINS, value: ''}]", ""),
        ("env: [{name: CORS_ORIGINS}]", ""),
        ("env: [{name: CORS_ORIGINS, value: a}, {name: CORS_ORIGINS, value: b}]", "b"),
        ("env: [{name: CORS_ORIGINS, value: $(HOST)/x}]", "? `HOST` is set where this is deployed"),
        ("env: [{name: CORS_ORIGINS, value: $$(HOST)}]", "$(HOST)"),
        ("env: [{name: CORS_ORIGINS, value: '{{ .Values.cors }}'}]", "? the template fills in `{{ .Values.cors }}`"),
        ("env: [{name: CORS_ORIGINS, valueFrom: {secretKeyRef: {name: s, key: k}}}]", '? the Secret "s" holds it'),
        (
            "env: [{name: CORS_ORIGINS, valueFrom: {configMapKeyRef: {name: c, key: k}}}]",
            '? the ConfigMap "c" holds it',
        ),
        ("env: [{name: CORS_ORIGINS, valueFrom: {fieldRef: {fieldPath: x}}}]", "? Kubernetes fills it in"),
    ],
)
def test_what_a_container_is_given(env: str, value: str) -> None:
    checkout({"k8s/api.yaml": deployment(env)})
    assert told(ask()) == [('Deployment "api" of k8s/api.yaml', value)]


@pytest.mark.parametrize(
    "text",
    [
        deployment("env: {CORS_ORIGINS: '*'}"),
        deployment("args: [CORS_ORIGINS]"),
        deployment("env: [CORS_ORIGINS]"),
        deployment("env: [{name: OTHER, value: CORS_ORIGINS}]"),
        deployment("env: [[{name: CORS_ORIGINS, value: '*'}]]"),
        "kind: ConfigMap\ndata: {OTHER: CORS_ORIGINS}",
        "kind: ConfigMap\ndata: [CORS_ORIGINS]",
        "kind: ConfigMap\nCORS_ORIGINS: '*'",
        "kind: ConfigMap\ndata: {CORS_ORIGINS: [a]}",
        "kind: ConfigMap\ndata: {CORS_ORIGINS: a",
        "kind: Other\ndata: {CORS_ORIGINS: a}",
        "containers: CORS_ORIGINS",
        "- kind: ConfigMap\n  data: {CORS_ORIGINS: '*'}",
    ],
)
def test_what_gives_a_container_nothing(text: str) -> None:
    assert values({"k8s/api.yaml": text}) == []


@pytest.mark.parametrize(
    ("name", "container", "title"),
    [
        ("'{{ include \"x.fullname\" . }}-api'", "app", 'Deployment "api" of k8s/api.yaml'),
        ("'{{ include \"x.fullname\" . }}'", "app", 'Deployment "app" of k8s/api.yaml'),
        ("'{{ include \"x.fullname\" . }}'", "'{{ .Chart.Name }}'", "Deployment of k8s/api.yaml"),
    ],
)
def test_what_a_template_prints_is_no_name_for_people(name: str, container: str, title: str) -> None:
    checkout({"k8s/api.yaml": deployment("env: [{name: CORS_ORIGINS, value: a}]", name=name, container=container)})
    assert told(ask()) == [(title, "a")]


def test_a_config_map_that_a_container_takes_in() -> None:
    checkout({
        "k8s/api.yaml": deployment("envFrom: [{configMapRef: {name: web}}]", namespace="staging"),
        "k8s/config.yaml": config_map("https://a.example"),
    })  # fmt: skip
    (found,) = ask()
    assert told([found]) == [('ConfigMap "web" of k8s/config.yaml', "https://a.example")]
    assert found.deployment == "k8s/api.yaml#api"
    assert found.environment.kind == "staging"


def test_env_wins_over_the_config_map_a_container_takes_in() -> None:
    text = deployment("env: [{name: CORS_ORIGINS, value: a}]\n        envFrom: [{configMapRef: {name: web}}]")
    assert values({"k8s/api.yaml": text, "k8s/config.yaml": config_map("b")}) == ["a"]


def test_a_key_of_a_config_map_under_another_name() -> None:
    env = "env: [{name: CORS_ORIGINS, valueFrom: {configMapKeyRef: {name: web, key: origins}}}]"
    checkout({"k8s/api.yaml": deployment(env), "k8s/config.yaml": config_map("a", key="origins")})
    (found,) = ask()
    assert isinstance(found.value, Known)
    assert found.value.value == "a"
    assert found.value.span is not None
    assert found.value.span.path == "k8s/config.yaml"
    assert [place.span.path for place in found.value.trail] == ["k8s/api.yaml"]


def test_a_config_map_alone_is_believed() -> None:
    checkout({"k8s/config.yaml": config_map("a")})
    (found,) = ask()
    assert (found.source, found.deployment) == ('ConfigMap "web" of k8s/config.yaml', "k8s/config.yaml#web")


def test_each_overlay_is_a_deployment_of_its_own() -> None:
    checkout({
        "k8s/base/api.yaml": deployment("envFrom: [{configMapRef: {name: web}}]"),
        "k8s/overlays/dev/config.yaml": config_map("*"),
        "k8s/overlays/prod/config.yaml": config_map("https://a.example"),
    })  # fmt: skip
    found = ask()
    assert {one.environment.kind: told([one])[0][1] for one in found} == {
        "development": "*",
        "production": "https://a.example",
    }
    assert len({one.deployment for one in found}) == 2


def test_a_config_map_that_kustomize_makes() -> None:
    checkout({
        "k8s/api.yaml": deployment("envFrom: [{configMapRef: {name: web}}]"),
        "k8s/kustomization.yaml": "configMapGenerator: [{name: web, literals: ['CORS_ORIGINS=\"*\"']}]",
    })  # fmt: skip
    assert told(ask()) == [('ConfigMap "web" of k8s/kustomization.yaml', "*")]


def test_an_env_file_that_kustomize_makes_a_config_map_of() -> None:
    checkout({
        "k8s/kustomization.yaml": "configMapGenerator: [{name: web, envs: [web.env]}]",
        "k8s/web.env": "CORS_ORIGINS=a",
    })  # fmt: skip
    assert told(ask()) == [('ConfigMap "web" of k8s/kustomization.yaml', "a")]


@pytest.mark.parametrize("part", ["stringData: {CORS_ORIGINS: hunter2}", "data: {CORS_ORIGINS: aHVudGVyMg==}"])
def test_what_a_secret_holds_is_never_told(part: str) -> None:
    checkout({
        "k8s/api.yaml": deployment("envFrom: [{secretRef: {name: s}}]"),
        "k8s/secret.yaml": f"kind: Secret\nmetadata: {{name: s}}\n{part}\n",
    })  # fmt: skip
    (found,) = ask()
    assert told([found]) == [('Secret "s" of k8s/secret.yaml', '? the Secret "s" holds it')]
    assert found.value.span is None
    assert "hunter2" not in repr(found)


def test_of_workloads_that_differ_the_one_named_like_the_program_counts() -> None:
    files = {
        f"k8s/{name}.yaml": deployment(f"env: [{{name: CORS_ORIGINS, value: {name}}}]", name=name)
        for name in ("orders-api", "users-api", "web")
    }
    assert values(files, program="services/orders/app/main.py") == ["orders-api"]


def test_of_many_workloads_that_differ_none_counts_if_no_name_tells() -> None:
    files = {
        f"k8s/{name}.yaml": deployment(f"env: [{{name: CORS_ORIGINS, value: {name}}}]", name=name)
        for name in ("orders", "users", "web")
    }
    assert values(files) == []


def test_of_two_workloads_that_differ_both_count_if_no_name_tells() -> None:
    files = {
        f"k8s/{name}.yaml": deployment(f"env: [{{name: CORS_ORIGINS, value: {name}}}]", name=name)
        for name in ("orders", "users")
    }
    assert values(files) == ["orders", "users"]


def test_many_workloads_that_agree_count() -> None:
    files = {
        f"k8s/{name}.yaml": deployment("env: [{name: CORS_ORIGINS, value: '*'}]", name=name)
        for name in ("orders", "users", "web")
    }
    assert values(files) == ["*", "*", "*"]


def test_a_pair_of_containers_is_told_apart() -> None:
    two = deployment(
        "env: [{name: CORS_ORIGINS, value: a}]\n      - name: side\n        env: [{name: CORS_ORIGINS, value: b}]"
    )
    checkout({"k8s/api.yaml": two})
    assert [one.deployment for one in ask()] == ["k8s/api.yaml#api/api", "k8s/api.yaml#api/side"]


# Images, processes, platforms


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("FROM x\nENV CORS_ORIGINS=*", "*"),
        ("FROM x\nENV CORS_ORIGINS *", "*"),
        ("FROM x\nENV CORS_ORIGINS https://a.example https://b.example ", "https://a.example https://b.example"),
        ("FROM x\nenv A=1 \\\n  # why\n  CORS_ORIGINS='a b' \\\n  B=2\n", "a b"),
        ('FROM x\nENV CORS_ORIGINS="https://a.example"', "https://a.example"),
        (r'FROM x\nENV CORS_ORIGINS="[\"a\"]"'.replace(r"\n", "\n"), '["a"]'),
        ("FROM x\nENV CORS_ORIGINS=", ""),
        ("FROM x\nENV H=a.example\nENV CORS_ORIGINS=https://$H", "https://a.example"),
        ("FROM x\nENV CORS_ORIGINS=${X:-a}", "a"),
        ("FROM x\nENV CORS_ORIGINS='$X'", "$X"),
        ("FROM x\nARG X=a\nENV CORS_ORIGINS=$X", "? `X` is set where this is deployed"),
        ("FROM x AS base\nENV CORS_ORIGINS=a\nFROM base\nRUN y", "a"),
        ("FROM x AS base\nENV CORS_ORIGINS=a\nFROM base\nENV CORS_ORIGINS=b", "b"),
        ("FROM --platform=linux/amd64 x\nENV CORS_ORIGINS=a", "a"),
    ],
)
def test_what_an_image_holds(text: str, value: str) -> None:
    assert values({"backend/Dockerfile": text}) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "FROM x AS build\nENV CORS_ORIGINS=a\nFROM y\nRUN z",
        "FROM x\nARG CORS_ORIGINS=a",
        "FROM x\n# ENV CORS_ORIGINS=a",
        "FROM x\nRUN CORS_ORIGINS=a y",
        "FROM x\nENV A=CORS_ORIGINS",
        "ENV CORS_ORIGINS=a",
        "FROM x\nENV",
        "FROM x\nENV \\",
    ],
)
def test_what_an_image_does_not_hold(text: str) -> None:
    assert values({"backend/Dockerfile": text, "frontend/Dockerfile": "FROM x\nENV CORS_ORIGINS=b"}) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("web: CORS_ORIGINS=* gunicorn app", "*"),
        ("web: A=1 CORS_ORIGINS='a b' gunicorn app", "a b"),
        ("web: env CORS_ORIGINS=a gunicorn app", "a"),
        ("web: export CORS_ORIGINS=a && gunicorn app", "a"),
        ("web: CORS_ORIGINS=$ORIGINS gunicorn app", "? `ORIGINS` is set where this is deployed"),
        ("web: CORS_ORIGINS=`cat x` gunicorn app", "? a command decides it"),
        ("web: CORS_ORIGINS=$(cat x) gunicorn app", "? a command decides it"),
    ],
)
def test_what_stands_before_a_command(text: str, value: str) -> None:
    checkout({"Procfile": f"# processes\n{text}\n"})
    assert told(ask()) == [('process "web" of Procfile', value)]


@pytest.mark.parametrize("text", ["web: gunicorn app CORS_ORIGINS=*", "CORS_ORIGINS=*", "web CORS_ORIGINS=* x", "web:"])
def test_what_is_no_assignment_before_a_command(text: str) -> None:
    assert values({"Procfile": text}) == []


@pytest.mark.parametrize(
    ("path", "text", "source", "value"),
    [
        ("render.yaml", "services: [{name: api, envVars: [{key: CORS_ORIGINS, value: a}]}]", '"api" of render.yaml',
         "a"),
        ("render.yaml", "services: [{name: api, envVars: [{key: CORS_ORIGINS, sync: false}]}]", '"api" of render.yaml',
         "? it is set where this is deployed"),
        ("app.json", '{"name": "x", "env": {"CORS_ORIGINS": {"value": "a"}}}', '"x" of app.json', "a"),
        ("app.json", '{"env": {"CORS_ORIGINS": "a"}}', "app.json", "a"),
        ("app.yaml", "runtime: python\nenv_variables: {CORS_ORIGINS: a}", "app.yaml", "a"),
        ("vercel.json", '{"env": {"CORS_ORIGINS": "a"}}', "vercel.json", "a"),
        ("serverless.yml", "provider: {environment: {CORS_ORIGINS: a}}", '"provider" of serverless.yml', "a"),
        ("template.yaml", "Resources: {Api: {Properties: {Environment: {Variables: {CORS_ORIGINS: a}}}}}",
         '"Environment" of template.yaml', "a"),
        ("chart/values.yaml", "env: {CORS_ORIGINS: a}", "chart/values.yaml", "a"),
        ("chart/values-prod.yaml", "api: {env: [{name: CORS_ORIGINS, value: a}]}",
         '"api" of chart/values-prod.yaml', "a"),
        ("fly.toml", "[env]\n  PORT = '1'\n  CORS_ORIGINS = '[\"a\"]' # x\n[http]\n", "fly.toml", '["a"]'),
    ],
)  # fmt: skip
def test_what_a_platform_is_told(path: str, text: str, source: str, value: str) -> None:
    checkout({path: text})
    assert told(ask()) == [(source, value)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.json", '{"CORS_ORIGINS": "a"}'),
        ("app.json", '{"env": {"CORS_ORIGINS": '),
        ("other.json", '{"env": {"CORS_ORIGINS": "a"}}'),
        ("values.yaml", "cors: {CORS_ORIGINS: a}"),
        ("values.yaml", "environment: CORS_ORIGINS"),
        ("fly.toml", "CORS_ORIGINS = 'a'\n[env]\n"),
        ("fly.toml", "[env]\nX = 'CORS_ORIGINS'\n[other]\nCORS_ORIGINS = 'a'\n"),
        ("fly.toml", '[env]\nCORS_ORIGINS = """a\n'),
    ],
)
def test_what_a_platform_is_not_told(path: str, text: str) -> None:
    assert values({path: text}) == []


def test_a_manifest_called_like_a_platforms_file_is_read_once() -> None:
    assert values({"app.yaml": deployment("env: [{name: CORS_ORIGINS, value: a}]")}) == ["a"]


# Reports

SECRETS = {
    ".env": "PASSWORD=hunter2\nCORS_ORIGINS=a # hunter2\nTOKEN='hunter2\nhunter2'\n",
    ".flaskenv": "PASSWORD=hunter2\nCORS_ORIGINS=a\nTOKEN=hunter2\n",
    "compose.yaml": "services: {api: {environment: {P: hunter2, CORS_ORIGINS: a, T: hunter2}}}",
    "docker-compose.yml": """
        services:
          api:
            environment:
              - PASSWORD=hunter2
              - CORS_ORIGINS=a # hunter2
              - TOKEN=hunter2
        """,
    "Dockerfile": "FROM x\nENV P=hunter2 CORS_ORIGINS=a T=hunter2",
    "Procfile": "web: P=hunter2 CORS_ORIGINS=a T=hunter2 gunicorn hunter2",
    "render.yaml": "envVars: [{key: P, value: hunter2}, {key: CORS_ORIGINS, value: a}, {key: T, value: hunter2}]",
    "app.json": '{"env": {"P": "hunter2", "CORS_ORIGINS": "a", "T": "hunter2"}}',
    "fly.toml": "[env]\nP = 'hunter2'\nCORS_ORIGINS = 'a' # hunter2\nT = 'hunter2'\n",
    "values.yaml": "env: {P: hunter2, CORS_ORIGINS: a, T: hunter2}",
    "k8s/config.yaml": "kind: ConfigMap\nmetadata: {name: x}\ndata: {P: hunter2, CORS_ORIGINS: a, T: hunter2}\n",
    "k8s/api.yaml": (
        "kind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n  - env:\n"
        "    - {name: P, value: hunter2}\n    - {name: CORS_ORIGINS, value: a}\n    - {name: T, value: hunter2}\n"
    ),
}


@pytest.mark.parametrize("path", SECRETS)
def test_a_report_shows_no_other_variable_of_the_file(path: str) -> None:
    checkout({path: SECRETS[path]})
    (found,) = ask()
    assert isinstance(found.value, Known)
    span = found.value.span
    assert span is not None
    labels = (Label(span, "here", primary=True, role="value"),)
    shown = "\n".join(frame(labels, 3, "error", Painter(False)))
    assert "hunter" not in shown
    assert "hunter" not in repr(found)
    assert span.text == "a"


def test_nor_of_a_file_whose_name_does_not_tell_that_it_holds_variables() -> None:
    checkout({
        "compose.yaml": "services: {api: {env_file: .envs/.production/.django}}",
        ".envs/.production/.django": "PASSWORD=hunter2\nCORS_ORIGINS=a # hunter2\nTOKEN=hunter2\n",
    })  # fmt: skip
    (found,) = ask()
    assert found.value.span is not None
    assert found.value.span.source.is_private
    assert "hunter" not in "\n".join(
        frame((Label(found.value.span, "here", primary=True),), 3, "error", Painter(False))
    )


# All together


def test_the_nearest_comes_first() -> None:
    checkout({
        ".env": "CORS_ORIGINS=root",
        "backend/Dockerfile": "FROM x\nENV CORS_ORIGINS=image",
        "backend/app/.env.dev": "CORS_ORIGINS=dev",
        "k8s/config.yaml": config_map("map"),
    })  # fmt: skip
    assert [value for _, value in told(ask())] == ["dev", "image", "root", "map"]


def test_no_more_are_told_than_anybody_reads() -> None:
    assert len(values({f"{n}.env": "CORS_ORIGINS=*" for n in range(40)})) == MAX_ASSIGNMENTS


@pytest.mark.parametrize("content", [b"\0\0\0", b"\xff\xfe\xfa CORS_ORIGINS", b"CORS_ORIGINS: [\x80", b""])
@pytest.mark.parametrize("name", [".env", "compose.yaml", "k8s.yaml", "Dockerfile", "Procfile", "app.json", "fly.toml"])
def test_what_cannot_be_read_sets_nothing(name: str, content: bytes) -> None:
    checkout({})
    Path(name).write_bytes(content)
    assert ask() == ()


@pytest.mark.parametrize("name", [".env", "compose.yaml", "Dockerfile", "Procfile", "app.json"])
def test_a_folder_or_a_link_to_nothing_sets_nothing(name: str) -> None:
    checkout({"x/.keep": ""})
    Path(name).symlink_to("nowhere")
    Path("backend", name).mkdir()
    assert ask() == ()


def test_a_link_that_leads_out_of_the_checkout_sets_nothing(here: Path) -> None:
    (here.parent / "credentials").write_text("CORS_ORIGINS=hunter2")
    checkout({"backend/shared": "CORS_ORIGINS=a"})
    Path(".env").symlink_to(here.parent / "credentials")
    Path("compose.yaml").write_text("services: {api: {env_file: [link]}}")
    Path("link").symlink_to("../credentials")
    assert ask() == ()
    Path("backend/.env.prod").symlink_to("shared")
    assert told(ask()) == [("backend/.env.prod", "a")]


HOSTILE = {
    "Containerfile": "FROM x\n" + "".join(f"ENV A{n}=1\n" for n in range(100_000)) + "ENV CORS_ORIGINS=a",
    "x.Dockerfile": "FROM x AS s\nENV CORS_ORIGINS=a\n" + "FROM s AS s\n" * 100_000,
    ".env": "CORS_ORIGINS=" + "${A:-" * 100_000,
    "compose.yaml": "services: {" + "a: {environment: [CORS_ORIGINS=1" * 300,
    "docker-compose.yml": "services: # CORS_ORIGINS\n"
    + "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(3_000)),
    "Dockerfile": "FROM x\nENV CORS_ORIGINS=" + '"' * 300_001 + "\nENV CORS_ORIGINS \\" + "\n#" * 200_000,
    "Procfile": "web: CORS_ORIGINS=" + "'\"\\" * 100_000,
    "k8s.yaml": "".join(f"---\n{config_map('x', name=f'm{n}')}" for n in range(1_500))
    + "".join(f"---\n{deployment(f'envFrom: [{{configMapRef: {{name: m{n}}}}}]', name=f'm{n}')}" for n in range(300)),
    "fly.toml": "[env]\nCORS_ORIGINS = '" * 50_000,
    "values.yaml": "a: &a {env: {CORS_ORIGINS: 1}}\n" + "".join(f"b{n}: {{env: *a, x: *a}}\n" for n in range(5_000)),
    "app.json": '{"env":' * 100_000 + '"CORS_ORIGINS"',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon(name: str) -> None:
    checkout({})
    Path(name).write_text(HOSTILE[name])
    before = time.process_time()
    assert len(ask()) <= MAX_ASSIGNMENTS
    assert time.process_time() - before < 10


def test_nothing_is_read_before_a_variable_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout({".env": "CORS_ORIGINS=*", "k8s/config.yaml": config_map("a")})
    project = run(".")
    read: list[str] = []
    original = collect.read_bytes

    def counted(path: str, limit: int = collect.MAX_SCANNED_BYTES) -> bytes | Unread:
        read.append(path)
        return original(path, limit)

    monkeypatch.setattr(collect, "read_bytes", counted)
    source = project.source(PROGRAM)
    assert source is not None
    assert read == [PROGRAM]
    assignments(project, source, NAME)
    assert ".env" in read
    count = len(read)
    assignments(project, source, NAME)
    assignments(project, source, "OTHER")
    assert len(read) == count


def test_a_checkout_of_thousands_of_files_costs_little() -> None:
    checkout(
        {f"src/p{n % 50}/m{n}.py": "" for n in range(4_900)} | {f"k8s/{n}.yaml": config_map("a") for n in range(50)}
    )
    project = run(PROGRAM)
    source = project.source(PROGRAM)
    assert source is not None
    before = time.process_time()
    assignments(project, source, "OTHER")
    assert time.process_time() - before < 0.5


def test_a_source_of_standard_input_is_answered_like_a_file() -> None:
    checkout({".env.prod": "CORS_ORIGINS=a"})
    project = Project((Listed("backend/new.py", "backend/new.py", named=True),))
    source = project.keep("backend/new.py", "")
    assert isinstance(source, Source)
    assert told(assignments(project, source, NAME)) == [(".env.prod", "a")]
