"""What runs before CORSMiddleware: what the real Starlette answers then, and what is reported."""

from __future__ import annotations

import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Severity
from corslint.policy import Fact

APP = "https://app.example.com"
HEAD = """\
import re
from fastapi import FastAPI, HTTPException, Request, status
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.httpsredirect import HTTPSRedirectMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

OPTIONS = dict(allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"])
KEYS = {"1"}
"""
CORS = "app.add_middleware(CORSMiddleware, **OPTIONS)\n"
PAGE = '\n\n@app.get("/")\ndef page():\n    return {}\n'


def dispatching(body: str) -> str:
    """A middleware of the name Other with this body."""
    method = textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
    return f"class Other(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n{method}\n\n\n"


def facts(text: str) -> list[Fact]:
    report = engine.run([], Config(), stdin=StandardInput("app/main.py", text.encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies
    return [fact for policy in report.policies for fact in policy.facts if fact.kind == "middleware-order"]


def preflight(text: str) -> tuple[int, str | None]:
    """The status with which the program of this text answers a preflight, and the origin that it allows."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "main.py", "exec"), names)
    client = TestClient(names["app"], raise_server_exceptions=False, follow_redirects=False)
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-api-key"}
    answer = client.options("/", headers=asked)
    return answer.status_code, answer.headers.get("access-control-allow-origin")


TURNING_AWAY = {
    "no key": ('if request.headers.get("x-api-key") not in KEYS:\n    return JSONResponse({}, status_code=401)', 401),
    "by position": ('if "authorization" not in request.headers:\n    return Response("", 401)', 401),
    "by name of the status": (
        'if not request.cookies.get("user"):\n    return PlainTextResponse("", status.HTTP_403_FORBIDDEN)',
        403,
    ),
    "to the login": ('if not request.cookies.get("session"):\n    return RedirectResponse("/login")', 307),
    "what fails": ('try:\n    request.headers["authorization"]\nexcept KeyError:\n    return Response("", 401)', 401),
    "public paths": (
        'if request.url.path == "/health":\n    return await call_next(request)\n'
        'if "authorization" not in request.headers:\n    return Response("", 401)',
        401,
    ),
    "raised": ('if "authorization" not in request.headers:\n    raise HTTPException(status_code=401)', 500),
}
NOT_TURNING_AWAY = {
    "only others": (
        'if request.method != "OPTIONS" and "authorization" not in request.headers:\n    return Response("", 401)'
    ),
    "wrong logins": (
        'if token := request.headers.get("authorization"):\n    if token not in KEYS:\n        return Response("", 401)'
    ),
    "wrong logins, tried": (
        'if "authorization" in request.headers:\n    try:\n        int(request.headers["authorization"])\n'
        '    except ValueError:\n        return Response("", 401)'
    ),
    "none at all passes": (
        'if "authorization" not in request.headers:\n    return await call_next(request)\n'
        'if request.headers["authorization"] not in KEYS:\n    return Response("", 401)'
    ),
    "sometimes": "if len(KEYS) > 9:\n    return JSONResponse({}, status_code=429)",
    "not found": 'if request.query_params.get("source") == "none":\n    return Response("", status_code=404)',
    "rescue": 'try:\n    return await call_next(request)\nexcept Exception:\n    return Response("", status_code=500)',
    "rescue of logins": (
        'try:\n    return await call_next(request)\nexcept PermissionError:\n    return Response("", status_code=401)'
    ),
}
SILENT = {
    "passes on": "request.state.user = 1",
    "adds a header": 'response = await call_next(request)\nresponse.headers["x-time"] = "1"\nreturn response',
    "makes it anew": (
        "response = await call_next(request)\n"
        "body = b''.join([part async for part in response.body_iterator])\n"
        "return Response(body, status_code=response.status_code, headers=dict(response.headers))"
    ),
    "says all is well": 'if request.url.path == "/health":\n    return PlainTextResponse("OK")',
    "checks the host": ('if request.headers.get("host") == "evil.example":\n    return Response("", status_code=400)'),
    "sends the headers itself": (
        'if "authorization" not in request.headers and request.url.path != "/":\n'
        '    return Response("", 401, {"Access-Control-Allow-Origin": "https://app.example.com"})'
    ),
}


@pytest.mark.parametrize(("body", "status"), TURNING_AWAY.values(), ids=TURNING_AWAY)
def test_what_asks_for_a_login_first_turns_preflights_away(body: str, status: int) -> None:
    other = HEAD + dispatching(body + "\nreturn await call_next(request)") + "app = FastAPI()\n"
    outside = other + CORS + "app.add_middleware(Other)\n" + PAGE
    assert preflight(outside) == (status, None)
    (fact,) = facts(outside)
    assert fact.text == "requests that need a preflight never arrive: `Other` turns OPTIONS away"
    assert fact.help == "add CORSMiddleware last: what is added last runs first"
    inside = other + "app.add_middleware(Other)\n" + CORS + PAGE
    assert preflight(inside) == (200, APP)
    assert not facts(inside)


@pytest.mark.parametrize("body", NOT_TURNING_AWAY.values(), ids=NOT_TURNING_AWAY)
def test_what_answers_only_some_requests_itself_is_worth_less(body: str) -> None:
    outside = HEAD + dispatching(body + "\nreturn await call_next(request)") + "app = FastAPI()\n" + CORS
    outside += "app.add_middleware(Other)\n" + PAGE
    assert preflight(outside) == (200, APP)
    (fact,) = facts(outside)
    assert fact.text == "pages cannot read what `Other` answers by itself, as that has no CORS headers"
    assert fact.severity is Severity.LOW


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_what_answers_nothing_that_pages_would_miss_is_fine(body: str) -> None:
    outside = HEAD + dispatching(body + "\nreturn await call_next(request)") + "app = FastAPI()\n" + CORS
    outside += "app.add_middleware(Other)\n" + PAGE
    assert preflight(outside) == (200, APP)
    assert not facts(outside)


OTHER = dispatching(
    'if "authorization" not in request.headers:\n    return Response("", 401)\nreturn await call_next(request)'
)
FUNCTION = """\
async def other(request: Request, call_next):
    if "authorization" not in request.headers:
        return Response("", 401)
    return await call_next(request)


"""
ASGI = """\
class Other:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and not dict(scope["headers"]).get(b"authorization"):
            await PlainTextResponse("", status_code=401)(scope, receive, send)
            return
        await self.app(scope, receive, send)


"""
BACKEND = """\
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware


class Backend(AuthenticationBackend):
    async def authenticate(self, conn):
        if "authorization" not in conn.headers:
            {absent}
        if conn.headers["authorization"] not in KEYS:
            raise AuthenticationError("wrong login")
        return AuthCredentials(["authenticated"]), SimpleUser("one")


"""
WHOLE = {
    "decorated": ("app = FastAPI()\n" + CORS + '\n\n@app.middleware("http")\n' + FUNCTION, (401, None)),
    "called": (FUNCTION + "app = FastAPI()\n" + CORS + 'app.middleware("http")(other)\n', (401, None)),
    "decorated before": ('app = FastAPI()\n\n\n@app.middleware("http")\n' + FUNCTION + CORS, (200, APP)),
    "ASGI": (ASGI + "app = FastAPI()\n" + CORS + "app.add_middleware(Other)\n", (401, None)),
    "first of a list": (
        OTHER + "app = FastAPI(middleware=[Middleware(Other), Middleware(CORSMiddleware, **OPTIONS)])\n",
        (401, None),
    ),
    "last of a list": (
        OTHER + "app = FastAPI(middleware=[Middleware(CORSMiddleware, **OPTIONS), Middleware(Other)])\n",
        (200, APP),
    ),
    "added to a list": (
        OTHER + "app = FastAPI(middleware=[Middleware(CORSMiddleware, **OPTIONS)])\napp.add_middleware(Other)\n",
        (401, None),
    ),
    "in a factory": (
        OTHER
        + "def make():\n    app = FastAPI()\n    app.add_middleware(CORSMiddleware, **OPTIONS)\n"
        + "    app.add_middleware(Other)\n    return app\n\n\napp = make()\n",
        (401, None),
    ),
    "to https": ("app = FastAPI()\n" + CORS + "app.add_middleware(HTTPSRedirectMiddleware)\n", (307, None)),
    "authenticated": (
        BACKEND.format(absent='raise AuthenticationError("no login")')
        + "app = FastAPI()\n"
        + CORS
        + "app.add_middleware(AuthenticationMiddleware, backend=Backend())\n",
        (400, None),
    ),
    "compressed": ("app = FastAPI()\n" + CORS + "app.add_middleware(GZipMiddleware)\n", (200, APP)),
    "on another application": (
        OTHER + "app, api = FastAPI(), FastAPI()\n" + CORS + "api.add_middleware(Other)\n",
        (200, APP),
    ),
    "around everything": (
        OTHER + "app = inner = FastAPI()\ninner.add_middleware(Other)\napp = CORSMiddleware(inner, **OPTIONS)\n",
        (200, APP),
    ),
}


@pytest.mark.parametrize(("text", "answer"), WHOLE.values(), ids=WHOLE)
def test_it_is_reported_where_the_real_preflight_fails(text: str, answer: tuple[int, str | None]) -> None:
    assert preflight(HEAD + text) == answer
    assert len(facts(HEAD + text)) == (answer[0] != 200)


def test_a_backend_that_lets_strangers_pass_lets_preflights_pass() -> None:
    text = HEAD + BACKEND.format(absent="return None") + "app = FastAPI()\n" + CORS
    text += "app.add_middleware(AuthenticationMiddleware, backend=Backend())\n"
    assert preflight(text) == (200, APP)
    (fact,) = facts(text)
    assert fact.text.startswith("pages cannot read what `AuthenticationMiddleware` answers by itself")
    assert fact.severity is Severity.LOW


def test_a_middleware_may_stand_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/login.py").write_text(HEAD + OTHER)
    (tmp_path / "app/main.py").write_text(
        HEAD + "from .login import Other\n\napp = FastAPI()\n" + CORS + "app.add_middleware(Other)\n"
    )
    report = engine.run([str(tmp_path)], Config())
    assert [one.rule for one in report.findings if one.rule == "middleware-order"] == ["middleware-order"]


def test_what_comes_from_elsewhere_is_not_judged() -> None:
    assert not facts(
        HEAD + "from vendor import AuthMiddleware\n\napp = FastAPI()\n" + CORS + "app.add_middleware(AuthMiddleware)"
    )
