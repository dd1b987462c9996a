"""Hand-written headers, read and carried out without running them, against the same programs run by the real framework.

The programs are put together from the ways in which people read the origin, check it, and set headers; only they are
executed.
"""

from __future__ import annotations

import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from importlib.metadata import version
from typing import Any

import pytest
from accuracy import compared
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import python_headers
from corslint.source import Source

if not django_settings.configured:
    import django

    django_settings.configure(DEBUG=False, SECRET_KEY="not a secret", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)
    django.setup()

from django.test import Client, override_settings

urlpatterns: list[Any] = []

ORIGINS = (
    "https://app.example.com",
    "https://b.example",
    "http://localhost:3000",
    "https://deep.app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evilexample.com",
    "https://app.example.co",
    "https://evil.example",
    "null",
    None,
)
ASKED_HEADERS: tuple[tuple[str, str], ...] = (
    ("Access-Control-Request-Method", "PUT"),
    ("Access-Control-Request-Headers", "content-type"),
)

CONSTANTS = """
import re
from urllib.parse import urlparse

ALLOWED = ["https://app.example.com", "http://localhost:3000"]
HOSTS = {"app.example.com", "localhost"}
ENDINGS = (".example.com", ".b.example")
PATTERN = re.compile(r"https?://(\\w+\\.)?example\\.com", re.IGNORECASE)
BLOCKED = {"https://evil.example"}
DEFAULT = ALLOWED[0]
NAME = "Access-Control-Allow-Origin"


def is_allowed(origin):
    if not origin:
        return False
    if origin in ALLOWED:
        return True
    for ending in ENDINGS:
        if origin.endswith(ending):
            return True
    return False


def has_good_host(origin):
    try:
        parsed = urlparse(origin)
        if parsed.scheme not in ("http", "https"):
            return False
        host = (parsed.hostname or "").lower()
        return host == "b.example" or host.endswith(".example.com")
    except ValueError:
        return False
"""

CHECKS = (
    "True",
    "origin in ALLOWED",
    "origin not in ALLOWED",
    'origin == "https://app.example.com"',
    'origin in {"https://app.example.com", "https://b.example"}',
    'origin and origin.endswith(".example.com")',
    "origin and origin.endswith(ENDINGS)",
    'origin and origin.startswith("https://app.example.com")',
    'origin and origin.startswith("https://") and origin.endswith("example.com")',
    'origin and "example.com" in origin',
    'origin and origin in "https://app.example.com,https://b.example"',
    r're.match(r"https://.*\.example\.com", origin or "")',
    r'origin is not None and re.fullmatch(r"https://[a-z]+\.example\.com", origin)',
    r'origin and re.search("EXAMPLE", origin, re.IGNORECASE) is not None',
    "origin and PATTERN.search(origin)",
    "PATTERN.match(origin or '')",
    "any(origin == one for one in ALLOWED)",
    "origin and any(origin.endswith(one) for one in ENDINGS)",
    "is_allowed(origin)",
    "has_good_host(origin)",
    'origin and (urlparse(origin).hostname or "").endswith("example.com")',
    "origin and urlparse(origin).hostname in HOSTS",
    'origin and urlparse(origin).netloc == "localhost:3000"',
    "origin not in BLOCKED",
    'not is_allowed(origin) and origin != "null"',
    'origin is None or origin == "null"',
)

# Each sets ACAO by the check and keeps to names `origin` and `response`; SET(name, value) is written by the framework.
BODIES = (
    """
    if CHECK:
        SET("Access-Control-Allow-Origin", origin or "*")
        SET("Access-Control-Allow-Credentials", "true")
        SET("Vary", "Origin")
    """,
    """
    SET("Vary", "Accept-Encoding")
    if not (CHECK):
        return response
    SET("access-control-allow-origin", origin or "null")
    SET("Access-Control-Expose-Headers", "X-Total, X-Page")
    """,
    """
    SET("Access-Control-Allow-Origin", origin if CHECK else DEFAULT)
    """.replace("origin if", "(origin or DEFAULT) if"),
    """
    allowed = CHECK
    if allowed and origin:
        SET(NAME, f"{origin}")
    elif not origin:
        SET(NAME, "*")
    else:
        SET(NAME, DEFAULT)
        SET("Access-Control-Allow-Credentials", "false")
    """,
    """
    chosen = DEFAULT
    for one in (*ALLOWED, "https://b.example"):
        if origin == one:
            chosen = origin
            break
    else:
        if CHECK:
            chosen = "*"
    SET("Access-Control-Allow-Origin", chosen)
    if chosen != "*":
        SET("Access-Control-Allow-Credentials", "true")
    """,
    """
    if request.method == "OPTIONS":
        SET("Access-Control-Allow-Methods", "GET, PUT")
        SET("Access-Control-Allow-Headers", request.headers.get("Access-Control-Request-Headers", "*"))
        SET("Access-Control-Max-Age", "600")
    if origin and CHECK:
        SET("Access-Control-Allow-Origin", origin)
    elif request.method in ("GET", "HEAD"):
        SET("Access-Control-Allow-Origin", "*")
    """,
    """
    headers = {"Access-Control-Allow-Methods": "GET, POST", "X-Other": "1"}
    if CHECK:
        headers["Access-Control-Allow-Origin"] = origin or "*"
    for name, value in headers.items():
        SET(name, value)
    """,
    """
    try:
        value = request.headers["Origin"]
        credentials = "true"
    except KeyError:
        value = "*"
        credentials = "false"
    if CHECK:
        SET("Access-Control-Allow-Origin", value)
        SET("Access-Control-Allow-Credentials", credentials)
    """,
)

READS = {
    "flask": (
        'request.headers.get("Origin")',
        'request.headers.get("origin", "")',
        "request.origin",
        'request.environ.get("HTTP_ORIGIN")',
        'request.headers.get("ORIGIN") or None',
    ),
    "django": (
        'request.META.get("HTTP_ORIGIN")',
        'request.headers.get("Origin")',
        'request.headers.get("origin", "")',
    ),
    "starlette": ('request.headers.get("origin")', 'request.headers.get("Origin", "")'),
}
NOTATIONS = {
    "flask": (
        "response.headers[{name}] = {value}",
        "response.headers.add({name}, {value})",
        "response.headers.set({name}, {value})",
        "response.headers.setdefault({name}, {value})",
        "response.headers.update({{{name}: {value}}})",
        "response.headers.extend({{{name}: {value}}})",
    ),
    "django": (
        "response[{name}] = {value}",
        "response.headers[{name}] = {value}",
        "response.setdefault({name}, {value})",
    ),
    "starlette": (
        "response.headers[{name}] = {value}",
        "response.headers.append({name}, {value})",
        "response.headers.setdefault({name}, {value})",
        "response.headers.update({{{name}: {value}}})",
    ),
}
FRAMES = {
    "flask": (
        """
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def index():
    return jsonify({"a": 1})


@app.after_request
def add_headers(response):
    origin = READ
BODY
    return response
""",
        """
from flask import Flask, jsonify, make_response, request

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def index():
    response = make_response(jsonify({"a": 1}), 200)
    origin = READ
BODY
    return response
""",
        """
import flask
from flask import request

app = flask.Flask(__name__)


def index():
    return "ok"


def add_headers(response):
    return finished(response, READ)


def finished(response, origin):
BODY
    return response


app.add_url_rule("/", "index", index, methods=["GET", "POST"])
app.after_request(add_headers)
""",
    ),
    "django": (
        """
from django.http import HttpResponse
from django.urls import path


class Headers:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        origin = READ
BODY4
        return response


def view(request):
    return HttpResponse("ok")


urlpatterns = [path("", view)]
""",
        """
from django.http import JsonResponse
from django.urls import path


def view(request):
    response = JsonResponse({"a": 1})
    origin = READ
BODY
    return response


urlpatterns = [path("", view)]
""",
    ),
    "starlette": (
        """
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Headers(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        origin = READ
BODY4
        return response


def index(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", index, methods=["GET", "POST"])], middleware=[Middleware(Headers)])
""",
        """
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.get("/")
def index(request: Request, response: Response):
    origin = READ
BODY
    return {"a": 1}
""",
    ),
}


def program(framework: str, frame: str, body: str, check: str, read: str, notation: str) -> str:
    lines = []
    for line in textwrap.dedent(body).replace("CHECK", f"({check})").strip("\n").splitlines():
        text = line.lstrip()
        if text.startswith("SET("):
            name, _, value = text.removeprefix("SET(").removesuffix(")").partition(", ")
            line = line[: len(line) - len(text)] + notation.format(name=name, value=value)
        lines.append(line)
    written = textwrap.indent("\n".join(lines), "    ")
    if "def index(request: Request, response: Response)" in frame:
        written = written.replace("return response", 'return {"a": 1}')
    frame = frame.replace("BODY4", textwrap.indent(written, "    ")).replace("BODY", written).replace("READ", read)
    return CONSTANTS + frame


def programs(framework: str) -> st.SearchStrategy[str]:
    return st.builds(
        program,
        st.just(framework),
        st.sampled_from(FRAMES[framework]),
        st.sampled_from(BODIES),
        st.sampled_from(CHECKS),
        st.sampled_from(READS[framework]),
        st.sampled_from(NOTATIONS[framework]),
    )


Ask = Callable[[str, Mapping[str, str]], "tuple[int, list[tuple[str, str]]]"]


def executed(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated.py", "exec", dont_inherit=True), names)
    return names


def ask_flask(source: str) -> Ask:
    client = executed(source)["app"].test_client()

    def ask(method: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
        answer = client.open("/", method=method, headers=dict(headers))
        return answer.status_code, list(answer.headers)

    return ask


def ask_django(source: str) -> Ask:
    names = executed(source)

    def ask(method: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
        urlpatterns[:] = names["urlpatterns"]
        middleware = [f"{__name__}.middleware"] if "Headers" in names else []
        globals()["middleware"] = names.get("Headers")
        with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, INSTALLED_APPS=[]):
            from django.urls import clear_url_caches

            clear_url_caches()
            answer = Client().generic(method, "/", headers=dict(headers))
        return answer.status_code, list(answer.headers.items())

    return ask


def ask_starlette(source: str) -> Ask:
    from starlette.testclient import TestClient

    client = TestClient(executed(source)["app"], raise_server_exceptions=False)

    def ask(method: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
        answer = client.request(method, "/", headers=dict(headers))
        return answer.status_code, list(answer.headers.multi_items())

    return ask


ASK = {"flask": ask_flask, "django": ask_django, "starlette": ask_starlette}


def policy_of(source: str) -> Policy:
    (policy,) = python_headers.read(Project(), Source("app/main.py", source))
    assert isinstance(policy, Policy)
    return policy


def wires(with_options: bool) -> Iterator[tuple[str, dict[str, str]]]:
    for origin in ORIGINS:
        headers = {} if origin is None else {"Origin": origin}
        yield "GET", headers
        if with_options and origin is not None:
            yield "OPTIONS", {**headers, **dict(ASKED_HEADERS)}


def comparable(headers: object) -> list[tuple[str, str]]:
    pairs = [(name.lower(), value) for name, value in headers]  # type: ignore[attr-defined]
    return sorted(pair for pair in pairs if pair[0].startswith("access-control-") or pair[0] == "vary")


def check(source: str, framework: str) -> int:
    """Compare the answers of a program; how many there were."""
    policy = policy_of(source)
    answered = policy.preflight.answered_by in ("product", "nobody")
    ask = ASK[framework](source)
    asked = list(wires(answered))
    for method, headers in asked:
        status, sent = ask(method, headers)
        request = Request(headers.get("Origin", ""), "https://api.example/", method, tuple(headers.items()))
        response: Response = python_headers.respond(policy, request)
        assert comparable(response.headers) == comparable(sent), (method, headers, source)
        assert response.status == status, (method, headers, source)
    return len(asked)


@pytest.mark.parametrize("framework", ["flask", "django", "starlette"])
def test_programs_answer_as_the_framework_lets_them(framework: str) -> None:
    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(programs(framework))
    def each(source: str) -> None:
        counted[framework] += check(source, framework)

    counted = Counter[str]()
    each()
    what = "answers of generated programs that set the headers by hand"
    compared(framework.capitalize(), version(framework), what, counted[framework])


FLASK = """
from flask import Flask, Response, jsonify, make_response, request

app = Flask(__name__)
"""
DJANGO = """
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.views import View


class Named(View):
    def get(self, request):
        return answer(request)


urlpatterns = [path("", Named.as_view())]
"""
STARLETTE = """
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

app = FastAPI()
"""
SHAPES = {
    "flask": (
        """
@app.route("/")
def view():
    return {"a": 1}, 200, {"Access-Control-Allow-Origin": "https://app.example.com", "Vary": "Origin"}
""",
        """
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


@app.route("/")
def view():
    return jsonify(a=1), 200, CORS
""",
        """
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


@app.route("/")
def view():
    return Response("ok", headers={**CORS, "Access-Control-Expose-Headers": "X-Total"})
""",
        """
@app.route("/")
def view():
    return Response("ok", 200, [("Access-Control-Allow-Origin", "*"), ("Vary", "Origin")])
""",
        """
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


@app.route("/")
def view():
    response = make_response("ok", 200, CORS)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
    response.headers["Access-Control-Allow-Credentials"] = True
    return response
""",
        """
@app.route("/")
def view():
    response = jsonify(a=1)
    response.headers.add("Access-Control-Allow-Origin", "*")
    response.headers.add("Access-Control-Allow-Origin", request.headers.get("Origin", "none"))
    response.headers.extend([("Vary", "Origin"), ("Vary", "Cookie")])
    return response


@app.route("/other")
def other():
    return "ok"
""",
        """
@app.route("/", methods=["POST", "GET"])
def view():
    response = jsonify(a=1)
    response.access_control_allow_origin = "https://app.example.com"
    response.access_control_allow_credentials = True
    response.access_control_expose_headers = ["X-Total"]
    response.vary.add("Origin")
    response.vary.add("Cookie")
    return response
""",
        """
@app.after_request
def hook(response):
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Max-Age"] = 600
    if request.method != "OPTIONS":
        del response.headers["Access-Control-Allow-Origin"]
        response.headers |= {"Access-Control-Allow-Origin": str(request.origin)}
    return response


@app.route("/")
def view():
    return "ok"
""",
    ),
    "django": (
        """
def answer(request):
    response = HttpResponse("ok", headers={"Access-Control-Allow-Origin": "*"})
    response["Access-Control-Allow-Credentials"] = True
    response["Access-Control-Max-Age"] = 86400
    return response
""",
        """
def answer(request):
    response = JsonResponse({"a": 1})
    response.headers["Access-Control-Allow-Origin"] = request.META.get("HTTP_ORIGIN")
    patch_vary_headers(response, ["Origin"])
    return response
""",
        """
def answer(request):
    response = JsonResponse({"a": 1})
    response["Access-Control-Allow-Origin"] = "https://a.example, https://b.example"
    response.setdefault("access-control-allow-origin", "*")
    response["Vary"] = "Cookie"
    patch_vary_headers(response, ("Origin", "Cookie"))
    return response
""",
    ),
    "starlette": (
        """
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


@app.get("/")
def view():
    return JSONResponse({}, headers=CORS)
""",
        """
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


@app.get("/")
def view(request: Request):
    headers = dict(CORS)
    headers.update({"Access-Control-Allow-Origin": request.headers.get("Origin", "*")})
    return PlainTextResponse("ok", headers=headers)
""",
        """
@app.middleware("http")
async def hook(request: Request, call_next):
    response = await call_next(request)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
    response.headers.add_vary_header("Origin")
    return response


@app.get("/")
def view():
    return {}
""",
        """
@app.get("/")
def view():
    response = Response("ok")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Credentials"] = True
    return response
""",
    ),
}
STARTS = {"flask": FLASK, "django": DJANGO, "starlette": STARLETTE}


@pytest.mark.parametrize(
    ("framework", "shape"), [(framework, shape) for framework, shapes in SHAPES.items() for shape in shapes]
)
def test_each_way_to_set_a_header_is_carried_out_as_the_framework_does(framework: str, shape: str) -> None:
    check(STARTS[framework] + shape, framework)


SERVER = """
from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    def cors(self):
        origin = self.headers.get("Origin")
        self.send_header("Access-Control-Allow-Origin", origin)
        if origin in ("https://app.example.com", "https://b.example"):
            self.send_header("Access-Control-Allow-Credentials", True)

    def do_OPTIONS(self):
        self.send_response(204)
        self.cors()
        self.send_header("Access-Control-Allow-Methods", "GET")
        self.send_header("Access-Control-Allow-Methods", "PUT")
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.cors()
        self.send_header("Vary", "Origin")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass
"""


def test_the_server_of_the_standard_library_sends_what_is_read_off_its_handler() -> None:
    policy = policy_of(SERVER)
    assert policy.preflight.answered_by == "product"
    server = ThreadingHTTPServer(("127.0.0.1", 0), executed(SERVER)["Handler"])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for method, headers in wires(with_options=True):
            connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
            connection.request(method, "/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            request = Request(headers.get("Origin", ""), "https://api.example/", method, tuple(headers.items()))
            response = python_headers.respond(policy, request)
            assert comparable(response.headers) == comparable(answer.getheaders()), (method, headers)
            assert response.status == answer.status, (method, headers)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
