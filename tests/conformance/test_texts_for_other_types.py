"""What the real products make of a text where a list, or a yes or a no, belongs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_cors import CORS
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

APP, PART, STRANGER = "https://app.example.com", "https://app.example.co", "https://evil.example"


def starlette_answers(origin: str, method: str = "GET", asked: str = "", **options: Any) -> tuple[int, dict[str, str]]:
    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/", page)])
    app.add_middleware(CORSMiddleware, **options)
    headers = {"Origin": origin} | ({"Access-Control-Request-Method": asked} if asked else {})
    answer = TestClient(app).request(method, "/", headers=headers)
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}


def test_starlette_lets_in_parts_of_a_text() -> None:
    for origin, allowed in ((APP, True), (PART, True), (STRANGER, False)):
        _, headers = starlette_answers(origin, allow_origins=APP)
        assert ("access-control-allow-origin" in headers) is allowed, origin


def test_starlette_finds_a_star_within_a_text() -> None:
    _, headers = starlette_answers(STRANGER, allow_origins="https://*.example.com")
    assert headers["access-control-allow-origin"] == "*"


def test_starlette_sends_the_letters_of_names() -> None:
    given: dict[str, Any] = {
        "allow_origins": [APP],
        "allow_methods": "PUT",
        "allow_headers": "X-A",
        "expose_headers": "X-B",
    }
    status, headers = starlette_answers(APP, "OPTIONS", "PUT", **given)
    assert (status, headers["access-control-allow-methods"]) == (200, "P, U, T")
    assert "X-A" not in headers["access-control-allow-headers"]
    assert starlette_answers(APP, **given)[1]["access-control-expose-headers"] == "X, -, B"


def test_starlette_takes_false_for_true() -> None:
    assert starlette_answers(APP, allow_origins=[APP], allow_credentials="false")[1][
        "access-control-allow-credentials"
    ] == ("true")


def flask_answers(origin: str, **options: Any) -> dict[str, str]:
    app = Flask(__name__)
    CORS(app, **options)
    app.add_url_rule("/", view_func=lambda: "")
    return {name.lower(): value for name, value in app.test_client().get("/", headers={"Origin": origin}).headers}


def test_flask_cors_does_not_divide_a_text() -> None:
    assert "access-control-allow-origin" not in flask_answers(APP, origins=f"{APP},{STRANGER}")
    assert flask_answers(APP, origins=APP)["access-control-allow-origin"] == APP


def test_flask_cors_takes_brackets_for_a_pattern() -> None:
    assert flask_answers(STRANGER, origins=f'["{APP}"]')["access-control-allow-origin"] == STRANGER


def test_flask_cors_takes_false_for_true() -> None:
    assert flask_answers(APP, supports_credentials="False")["access-control-allow-credentials"] == "true"


DJANGO = """\
import sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"], **eval(sys.argv[1]),
)
import django
django.setup()
from django.http import HttpResponse
from django.test import Client
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse(""))]
for origin in sys.argv[2:]:
    answer = Client().get("/", headers={"origin": origin})
    print(answer.get("access-control-allow-origin"), answer.get("access-control-allow-credentials"))
"""


def django_answers(settings: dict[str, object], *origins: str) -> list[str]:
    """What each origin is told by a process of its own, as Django is configured once in each."""
    command = [sys.executable, "-W", "ignore", "-c", DJANGO, repr(settings), *origins]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parent)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"CORS_ALLOWED_ORIGINS": APP}, ["None None", "null None", "None None"]),
        ({"CORS_ALLOWED_ORIGINS": [""]}, ["None None", "null None", "None None"]),
        ({"CORS_ALLOWED_ORIGINS": [None]}, ["None None", "None None", "None None"]),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": f"^{APP}$"}, [f"{APP} None", "null None", f"{STRANGER} None"]),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": [""]}, [f"{APP} None", "null None", f"{STRANGER} None"]),
        ({"CORS_ALLOW_ALL_ORIGINS": "False"}, ["* None", "* None", "* None"]),
        (
            {"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_CREDENTIALS": "False"},
            [f"{APP} true", "None None", "None None"],
        ),
    ],
    ids=lambda value: str(next(iter(value.items()))) if isinstance(value, dict) else "",
)
def test_django_reads_letters_and_takes_false_for_true(settings: dict[str, object], told: list[str]) -> None:
    assert django_answers(settings, APP, "null", STRANGER) == told
