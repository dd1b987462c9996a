"""Settings under names nobody reads, at places where they come too late, and values that are refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_cors import CORS
from single_files import DJANGO, findings, in_django, in_flask
from starlette.testclient import TestClient

from corslint import engine
from corslint.config import Config
from corslint.finding import Finding

LISTED = 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n'


def of(slug: str, found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.rule == slug]


# Names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_ALLOW_ALL", "CORS_ALLOW_ALL_ORIGINS"),
        ("CORS_ALLOW_CREDENTIAL", "CORS_ALLOW_CREDENTIALS"),
        ("CORS_ALLOWED_HEADERS", "CORS_ALLOW_HEADERS"),
        ("CORS_ALLOWED_METHODS", "CORS_ALLOW_METHODS"),
        ("CORS_ALLOWED_ORIGIN_REGEX", "CORS_ALLOWED_ORIGIN_REGEXES"),
        ("CORS_ALLOW_ORIGIN", "CORS_ALLOWED_ORIGINS"),
        ("CORS_EXPOSED_HEADERS", "CORS_EXPOSE_HEADERS"),
        ("CORS_MAX_AGE", "CORS_PREFLIGHT_MAX_AGE"),
        ("CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"),
        ("CORS_SUPPORTS_CREDENTIALS", "CORS_ALLOW_CREDENTIALS"),
        ("CORS_URL_REGEX", "CORS_URLS_REGEX"),
        ("CORS_WHITELIST", "CORS_ALLOWED_ORIGINS"),
    ],
)
def test_a_name_that_django_does_not_read_is_told_with_the_one_meant(name: str, meant: str) -> None:
    (found,) = of("unknown-setting", in_django(f"{LISTED}{name} = ['x']"))
    assert found.help == f"did you mean {meant}?"


@pytest.mark.parametrize("name", ["CORS_ENABLED", "CORS_PROXY_URL", "CORS_DEBUG", "CORS_ALLOWED_HOSTS"])
def test_a_name_like_none_that_is_read_is_somebody_elses(name: str) -> None:
    assert not of("unknown-setting", in_django(f"{LISTED}{name} = ['x']"))


def test_a_name_that_is_used_is_no_mistake() -> None:
    assert not of(
        "unknown-setting", in_django('CORS_ORIGINS = ["https://a.example"]\nCORS_ALLOWED_ORIGINS = CORS_ORIGINS')
    )


def test_a_name_that_another_file_reads_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(DJANGO.format(settings=LISTED + 'CORS_ORIGINS = ["https://a.example"]'))
    assert len(of("unknown-setting", list(engine.run([str(tmp_path)], Config()).findings))) == 1
    (tmp_path / "views.py").write_text("from django.conf import settings\n\nORIGINS = settings.CORS_ORIGINS\n")
    assert not of("unknown-setting", list(engine.run([str(tmp_path)], Config()).findings))


# Values that the system checks of django-cors-headers refuse

CHECKED = """\
import sys
from django.conf import settings
settings.configure(SECRET_KEY="x", INSTALLED_APPS=["corsheaders"], **eval(sys.argv[1]))
import django
django.setup()
from django.core.checks import run_checks
print(*sorted(one.id for one in run_checks() if one.id.startswith("corsheaders.")))
"""


@pytest.mark.parametrize(
    ("name", "value", "refused_as"),
    [
        ("CORS_ALLOW_HEADERS", "{'content-type'}", "corsheaders.E001"),
        ("CORS_ALLOW_METHODS", "{'GET'}", "corsheaders.E002"),
        ("CORS_ALLOW_CREDENTIALS", "1", "corsheaders.E003"),
        ("CORS_PREFLIGHT_MAX_AGE", "'600'", "corsheaders.E004"),
        ("CORS_PREFLIGHT_MAX_AGE", "-1", "corsheaders.E004"),
        ("CORS_PREFLIGHT_MAX_AGE", "None", "corsheaders.E004"),
        ("CORS_ALLOW_ALL_ORIGINS", "['*']", "corsheaders.E005"),
        ("CORS_ALLOWED_ORIGINS", "{'https://app.example.com'}", "corsheaders.E006"),
        ("CORS_EXPOSE_HEADERS", "{'x-total'}", "corsheaders.E008"),
        ("CORS_ALLOW_PRIVATE_NETWORK", "0", "corsheaders.E015"),
        ("CORS_ALLOWED_ORIGINS", "['https://app.example.com/']", "corsheaders.E014"),
        ("CORS_ALLOW_HEADERS", "('content-type',)", ""),
        ("CORS_ALLOW_CREDENTIALS", "True", ""),
        ("CORS_PREFLIGHT_MAX_AGE", "0", ""),
        ("CORS_ALLOW_ALL_ORIGINS", "False", ""),
        ("CORS_ALLOWED_ORIGINS", "['https://app.example.com']", ""),
        ("CORS_EXPOSE_HEADERS", "[]", ""),
    ],
)
def test_what_manage_py_refuses_is_told(name: str, value: str, refused_as: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", CHECKED, f"{{{name!r}: {value}}}"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip() == refused_as
    found = in_django(f"{name} = {value}")
    told = [one.message.partition(":")[0] for one in of("rejected-configuration", found)]
    # What lets everybody in as well is told with that.
    told += [one.help for one in found if "rejected-configuration" in one.also]
    assert len(told) == bool(refused_as)
    assert all(refused_as in text and "`manage.py check`" in text for text in told)


@pytest.mark.parametrize("value", ["'1h'", "600.5"])
def test_an_age_that_is_no_number_is_told_once(value: str) -> None:
    assert [one.rule for one in in_django(f"{LISTED}CORS_PREFLIGHT_MAX_AGE = {value}")] == ["invalid-max-age"]


def test_two_origins_without_a_comma_are_told_once() -> None:
    found = in_django('CORS_ALLOWED_ORIGINS = ["https://a.example" "https://b.example"]')
    assert [one.rule for one in found] == ["malformed-origin"]


# Paths


@pytest.mark.parametrize(
    ("resource", "routes", "helped"),
    [
        ("/api", ["/api/items"], "write `/api/.*` for all paths below it"),
        ("/", ["/items"], "write `/.*` for all paths below it"),
        ("/api", ["/api"], None),
        ("/api", ["/api/", "/api/items"], None),
        ("/api/items", ["/api/items"], None),
        ("/api", ["/other"], None),
        ("/api", [], None),
        (r"/api/.*", ["/api/items"], None),
        ("/", ["/", "/items"], None),
    ],
)
def test_a_plain_path_stands_for_itself_alone(resource: str, routes: list[str], helped: str | None) -> None:
    options = {"origins": "https://app.example.com"}
    text = f"CORS(app, resources={{{resource!r}: {options!r}}})\n"
    for number, route in enumerate(routes):
        text += f'\n@app.route("{route}")\ndef view{number}():\n    return ""\n'
    assert [one.help for one in of("dead-resource", in_flask(text))] == ([helped] if helped else [])
    app = Flask("app")
    CORS(app, resources={resource: options})
    for number, route in enumerate(routes):
        app.add_url_rule(route, str(number), lambda: "")
    asked = {"Origin": "https://app.example.com"}
    answered = [
        app.test_client().get(route, headers=asked).headers.get("Access-Control-Allow-Origin") for route in routes
    ]
    if helped:
        assert answered == [None]


def test_the_prefix_of_a_blueprint_counts_as_a_path() -> None:
    text = 'CORS(app, resources={"/api": {"origins": "https://a.example"}})\n'
    assert not of("dead-resource", in_flask(text))
    assert len(of("dead-resource", in_flask(text + 'app.register_blueprint(api, url_prefix="/api")'))) == 1


# Places


STARTING = {
    "event": (
        "app = FastAPI()\n\n\n@app.on_event('startup')\ndef start():\n"
        "    app.add_middleware(CORSMiddleware, **OPTIONS)\n"
    ),
    "lifespan": (
        "@asynccontextmanager\nasync def life(app):\n    app.add_middleware(CORSMiddleware, **OPTIONS)\n    yield\n\n\n"
        "app = FastAPI(lifespan=life)\n"
    ),
}
INSTANCE = "app = FastAPI()\napp.add_middleware(CORSMiddleware(app, **OPTIONS))\n"
RIGHT = {
    "module": "app = FastAPI()\napp.add_middleware(CORSMiddleware, **OPTIONS)\n",
    "factory": (
        "def make():\n    app = FastAPI()\n    app.add_middleware(CORSMiddleware, **OPTIONS)\n    return app\n\n\n"
        "app = make()\n"
    ),
    "wrapped": "app = CORSMiddleware(FastAPI(), **OPTIONS)\n",
}
HEAD = """\
from contextlib import asynccontextmanager
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

OPTIONS = dict(allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"])


"""


def refused(text: str) -> list[str]:
    return [one.message for one in of("rejected-configuration", findings("app/main.py", HEAD + text))]


def made(text: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(HEAD + text, "main.py", "exec"), names)
    return names["app"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", STARTING.values(), ids=STARTING)
def test_nothing_is_added_to_an_application_that_runs(text: str) -> None:
    assert refused(text) == ["the application does not start: nothing can be added to one that runs"]
    with pytest.raises(RuntimeError, match="Cannot add middleware"), TestClient(made(text)):
        pass


def test_an_object_is_no_class() -> None:
    assert refused(INSTANCE) == [
        "every request fails: add_middleware takes the class itself, and the options beside it"
    ]
    with pytest.raises(TypeError):
        TestClient(made(INSTANCE)).get("/")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_where_it_belongs_nothing_is_said(text: str) -> None:
    assert not refused(text)
    with TestClient(made(text)) as client:
        answer = client.get("/", headers={"Origin": "https://app.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_older_releases_take_middleware_at_any_time(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(HEAD + STARTING["event"])
    (tmp_path / "requirements.txt").write_text("starlette==0.23.1\n")
    assert not of("rejected-configuration", list(engine.run([str(tmp_path)], Config()).findings))
