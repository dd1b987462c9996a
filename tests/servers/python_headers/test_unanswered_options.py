"""Who answers OPTIONS where headers are set by hand: what is read of a program, and what the program really does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings as django_settings

from corslint.browser import Request, preflight_request
from corslint.browser.deviations import CHROMIUM
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import python_headers
from corslint.source import Source

if not django_settings.configured:
    import django

    django_settings.configure(DEBUG=False, SECRET_KEY="not a secret", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)
    django.setup()

urlpatterns: list[Any] = []
APP = "https://app.example.com"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"

HTTP_SERVER = f"""\
from http.server import BaseHTTPRequestHandler
class Orders(BaseHTTPRequestHandler):
    def end_headers(self):
        self.send_header("{ALLOW_ORIGIN}", "{APP}")
        super().end_headers()
    def do_POST(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *parts):
        pass
"""
HTTP_SERVER_BY_METHOD = f"""\
from http.server import BaseHTTPRequestHandler
class Orders(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(204)
        self.send_header("{ALLOW_ORIGIN}", "{APP}")
        self.end_headers()
    def log_message(self, *parts):
        pass
"""
FASTAPI_MIDDLEWARE = f"""\
from fastapi import FastAPI
app = FastAPI()
@app.middleware("http")
async def cors(request, call_next):
    response = await call_next(request)
    response.headers["{ALLOW_ORIGIN}"] = "{APP}"
    return response
@app.post("/orders")
def orders():
    return 1
"""
FASTAPI_ROUTE = f"""\
from fastapi import FastAPI, Response
app = FastAPI()
@app.post("/orders")
def orders(response: Response):
    response.headers["{ALLOW_ORIGIN}"] = "{APP}"
"""
FLASK_LOGIN = f"""\
from flask import Flask, request
app = Flask(__name__)
@app.before_request
def login():
    if not request.headers.get("Authorization"):
        return "log in first", 401
@app.after_request
def cors(response):
    response.headers["{ALLOW_ORIGIN}"] = "{APP}"
    return response
@app.route("/orders", methods=["POST"])
def orders():
    return ""
"""
FLASK_VIEW = f"""\
from flask import Flask
app = Flask(__name__)
@app.route("/orders", methods=["POST"])
def orders():
    return "", 200, {{"{ALLOW_ORIGIN}": "{APP}"}}
"""
DJANGO_VIEW = f"""\
from django.http import JsonResponse
from django.views.decorators.http import require_http_methods
@require_http_methods(["POST"])
def orders(request):
    response = JsonResponse({{}})
    response["{ALLOW_ORIGIN}"] = "{APP}"
    return response
"""
AIOHTTP = f"""\
from aiohttp import web
@web.middleware
async def cors(request, handler):
    response = await handler(request)
    response.headers["{ALLOW_ORIGIN}"] = "{APP}"
    return response
async def orders(request):
    return web.Response()
app = web.Application(middlewares=[cors])
app.router.add_post("/orders", orders)
"""


def read(program: str) -> Policy:
    source = Source("main.py", program)
    (policy,) = python_headers.read(Project(), source)
    assert isinstance(policy, Policy)
    return policy


def of_http_server(names: dict[str, Any], headers: dict[str, str]) -> tuple[int, str | None]:
    handler: type[BaseHTTPRequestHandler] = names["Orders"]
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        connection.request("OPTIONS", "/orders", headers=headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        thread.join(10)
    return response.status, response.getheader(ALLOW_ORIGIN)


def of_fastapi(names: dict[str, Any], headers: dict[str, str]) -> tuple[int, str | None]:
    from starlette.testclient import TestClient

    with TestClient(names["app"]) as client:
        response = client.options("/orders", headers=headers)
    return response.status_code, response.headers.get(ALLOW_ORIGIN)


def of_flask(names: dict[str, Any], headers: dict[str, str]) -> tuple[int, str | None]:
    response = names["app"].test_client().options("/orders", headers=headers)
    return response.status_code, response.headers.get(ALLOW_ORIGIN)


def of_django(names: dict[str, Any], headers: dict[str, str]) -> tuple[int, str | None]:
    from django.test import RequestFactory

    response = names["orders"](RequestFactory().options("/orders", headers=headers))
    return response.status_code, response.headers.get(ALLOW_ORIGIN)


def of_aiohttp(names: dict[str, Any], headers: dict[str, str]) -> tuple[int, str | None]:
    from aiohttp.test_utils import TestClient, TestServer

    async def ask() -> tuple[int, str | None]:
        async with TestClient(TestServer(names["app"])) as client:
            response = await client.options("/orders", headers=headers)
            return response.status, response.headers.get(ALLOW_ORIGIN)

    return asyncio.run(ask())


Ask = Callable[[dict[str, Any], dict[str, str]], tuple[int, str | None]]


@pytest.mark.parametrize(
    ("program", "ask", "answered_by", "status"),
    [
        pytest.param(HTTP_SERVER, of_http_server, "nobody", 501, id="http.server"),
        pytest.param(HTTP_SERVER_BY_METHOD, of_http_server, "nobody", 501, id="http.server by method"),
        pytest.param(FASTAPI_MIDDLEWARE, of_fastapi, "nobody", 405, id="FastAPI middleware"),
        pytest.param(FASTAPI_ROUTE, of_fastapi, "nobody", 405, id="FastAPI route"),
        pytest.param(FLASK_LOGIN, of_flask, "product", 401, id="Flask with a login"),
        pytest.param(FLASK_VIEW, of_flask, "nobody", 200, id="Flask view"),
        pytest.param(DJANGO_VIEW, of_django, "nobody", 405, id="Django view"),
        pytest.param(AIOHTTP, of_aiohttp, "nobody", 405, id="aiohttp middleware"),
    ],
)
def test_the_model_answers_as_the_program_does(program: str, ask: Ask, answered_by: str, status: int) -> None:
    policy = read(program)
    request = Request(APP, "https://api.example/orders", "POST", (("Content-Type", "application/json"),))
    asked = preflight_request(request, CHROMIUM)
    names: dict[str, Any] = {"__name__": "main"}
    exec(program, names)
    said = policy.respond(asked)
    assert policy.preflight.answered_by == answered_by
    assert (said.status, next(iter(said.values(ALLOW_ORIGIN)), None)) == ask(names, dict(asked.headers))
    assert said.status == status


OPTIONS_ROUTE = '@app.options("/orders")\ndef allow():\n    return 1\n'
DO_OPTIONS = "    def do_OPTIONS(self):\n        self.send_response(204)\n        self.end_headers()\n"
BOTTLE = f"""\
from bottle import hook, post, response, run
@hook("after_request")
def cors():
    response.headers["{ALLOW_ORIGIN}"] = "{APP}"
@post("/orders")
def orders():
    return ""
run()
"""
TORNADO = f"""\
import tornado.web
class Orders(tornado.web.RequestHandler):
    def set_default_headers(self):
        self.set_header("{ALLOW_ORIGIN}", "{APP}")
    def post(self):
        pass
"""


@pytest.mark.parametrize(
    ("program", "takes"),
    [
        (HTTP_SERVER, ("POST",)),
        (HTTP_SERVER.replace("BaseHTTPRequestHandler", "SimpleHTTPRequestHandler"), ("GET", "HEAD", "POST")),
        (FASTAPI_MIDDLEWARE, ("POST",)),
        (DJANGO_VIEW, ("POST",)),
        (AIOHTTP, ("POST",)),
        (BOTTLE, ("GET", "POST")),
        (TORNADO, ("POST",)),
        (TORNADO.replace("def post", "def get"), ("GET",)),
        (TORNADO + "class More(Orders):\n    def put(self):\n        pass\n", ("POST", "PUT")),
    ],
)
def test_what_the_program_takes(program: str, takes: tuple[str, ...]) -> None:
    assert (read(program).preflight.answered_by, read(program).preflight.takes) == ("nobody", takes)


@pytest.mark.parametrize(
    "program",
    [
        HTTP_SERVER + DO_OPTIONS,
        HTTP_SERVER.replace("(BaseHTTPRequestHandler)", "(Base)"),
        HTTP_SERVER.replace("(BaseHTTPRequestHandler)", "(Mixin, BaseHTTPRequestHandler)"),
        FASTAPI_MIDDLEWARE + OPTIONS_ROUTE,
        FASTAPI_MIDDLEWARE.replace("app = FastAPI()", "from shop import app"),
        DJANGO_VIEW.replace('["POST"]', '["POST", "OPTIONS"]'),
        DJANGO_VIEW.replace('@require_http_methods(["POST"])\n', ""),
        AIOHTTP.replace("add_post", "add_route"),
        AIOHTTP + 'app.router.add_options("/orders", orders)\n',
        AIOHTTP.replace("app = web.Application(middlewares=[cors])", "from shop import app"),
        BOTTLE.replace("run()", ""),
        BOTTLE + "@route('/orders', method='OPTIONS')\ndef allow():\n    return ''\n",
        BOTTLE.replace("run()", "app.mount('/v2', other)\nrun()"),
        TORNADO + "    def options(self):\n        pass\n",
        TORNADO.replace("    def post(self):\n        pass\n", ""),
        TORNADO.replace("tornado.web.RequestHandler", "Base"),
    ],
)
def test_what_may_be_answered_is_not_said_to_be_refused(program: str) -> None:
    assert read(program).preflight.answered_by != "nobody"


LOOKS_AT_METHOD = FLASK_LOGIN.replace("if not", 'if request.method != "OPTIONS" and not')
ONLY_NOTES = FLASK_LOGIN.replace('return "log in first", 401', "print(request.path)")
OF_ANOTHER = FLASK_LOGIN.replace("@app.before_request", "@other.before_request")


@pytest.mark.parametrize("program", [LOOKS_AT_METHOD, ONLY_NOTES, OF_ANOTHER])
def test_a_hook_that_lets_options_pass_blocks_nothing(program: str) -> None:
    preflight = read(program).preflight
    assert (preflight.answered_by, preflight.status, preflight.blocked_by) == ("product", 200, None)
