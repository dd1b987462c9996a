"""The model of Socket.IO servers against the installed release: random servers, random requests, no difference.

`scripts/conformance-versions python-engineio` runs this with other releases.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from accuracy import compared
from hypothesis import given, settings
from hypothesis import strategies as st

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.releases import numbers
from corslint.servers import socketio
from corslint.source import Source

VERSION = version("python-engineio")
RELEASE = numbers(VERSION)
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of a server and a request; each server meets REQUESTS of them."""
REQUESTS = 8
CI_PAIRS = 2000
"""Up to here, each run compares the same."""
PROTOCOL = "4" if RELEASE >= (4,) else "3"
HOST = "api.example"
ORIGINS: tuple[Any, ...] = (
    "https://app.example.com",
    "http://localhost:3000",
    "https://app.example.com/",
    "https://a.example,https://b.example",
    "https://*.example.com",
    "null",
    "*",
    "",
    None,
    5,
    re.compile(r"https://\w+\.example\.com"),
)
ASKING = (
    "https://app.example.com",
    "http://localhost:3000",
    "https://app.example.com/",
    "https://a.example,https://b.example",
    "https://a.example",
    "https://evil.example",
    f"https://{HOST}",
    f"http://{HOST}",
    "null",
    "",
    None,
)


def render(value: Any) -> str:
    """A value as a program writes it."""
    match value:
        case re.Pattern():
            return f"re.compile({value.pattern!r})"
        case list():
            return f"[{', '.join(map(render, value))}]"
        case tuple():
            return f"({''.join(render(item) + ', ' for item in value)})"
    return repr(value)


MANY = st.lists(st.sampled_from(ORIGINS), max_size=3)
TEXTS = st.sampled_from([one for one in ORIGINS if isinstance(one, str)])
NO_ORIGINS = st.sampled_from((True, False, 1.5, re.compile("https://.*"), b"*"))
"""What the server raises on."""
ALLOWED = st.one_of(
    st.sampled_from(ORIGINS).map(render),
    MANY.map(render),
    MANY.map(tuple).map(render),
    st.lists(TEXTS, min_size=1, max_size=3).map(lambda some: f"{{{', '.join(map(repr, some))}}}"),
    st.lists(TEXTS, max_size=2).map(lambda some: repr(dict.fromkeys(some, 1))),
    st.integers(0, 5).flatmap(lambda number: NO_ORIGINS.map(render) if number == 0 else st.just("[]")),
    st.sampled_from(("lambda origin: True", "lambda origin, environ: True", "everybody"))
    if RELEASE >= (4, 12)
    else st.just("'*'"),
)
"""What stands behind `cors_allowed_origins=`, as a program writes it."""
CREDENTIALS = ("True", "False", "'false'", "''", "0", "1", "None", "[]", "['x']")
HEAD = "import re\n\n\ndef everybody(*given):\n    return True\n\n\n"
MAKERS = ["import engineio\nserver = engineio.Server(async_mode='threading', {})\n"]
if RELEASE >= (4, 8):
    MAKERS += [
        "import engineio\nserver = engineio.AsyncServer(async_mode='asgi', {})\n",
        "import socketio\nserver = socketio.Server(async_mode='threading', {})\n",
        "from socketio import AsyncServer\nserver = AsyncServer(async_mode='asgi', {})\n",
        "from flask import Flask\nfrom flask_socketio import SocketIO\n"
        "app = Flask(__name__)\nserver = SocketIO(app, async_mode='threading', {})\n",
        "from flask import Flask\nfrom flask_socketio import SocketIO\n"
        "server = SocketIO(async_mode='threading', cors_allowed_origins='https://a.example', cors_credentials=False)\n"
        "server.init_app(Flask(__name__), {})\n",
    ]
OWNERS = (("flask", "server.server.eio"), ("socketio", "server.eio"), ("engineio", "server"))
"""What holds the options of a server of each kind."""


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that makes a server, and may change its options afterwards."""
    options = []
    if draw(st.integers(0, 9)):
        options.append(f"cors_allowed_origins={draw(ALLOWED)}")
    if draw(st.booleans()):
        options.append(f"cors_credentials={draw(st.sampled_from(CREDENTIALS))}")
    text = HEAD + draw(st.sampled_from(MAKERS)).format(", ".join(options))
    if draw(st.integers(0, 4)) == 0:
        owner = next(owner for kind, owner in OWNERS if kind in text)
        text += f"{owner}.cors_allowed_origins = {draw(ALLOWED)}\n"
    return text


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request of a client, and what becomes of its session."""
    method = draw(st.sampled_from(("GET", "GET", "POST", "OPTIONS", "OPTIONS", "PUT", "HEAD")))
    origin = draw(st.sampled_from(ASKING))
    headers = [] if origin is None else [("Origin", origin)]
    for name, values in (
        ("Access-Control-Request-Method", ("POST", "PUT")),
        ("Access-Control-Request-Headers", ("content-type", "x-foo, authorization", "")),
    ):
        value = draw(st.none() | st.sampled_from(values))
        if value is not None:
            headers.append((name, value))
    status = draw(st.sampled_from((200, 400))) if method == "GET" else 400
    scheme = draw(st.sampled_from(("http", "https")))
    return Request(origin or "null", f"{scheme}://{HOST}/socket.io/", method, tuple(headers)), status


class Product:
    """The program, run by the real server."""

    def __init__(self, program: str) -> None:
        names: dict[str, Any] = {"__name__": "program"}
        exec(program, names)
        server = names["server"]
        server = getattr(server, "server", server)
        self.server = getattr(server, "eio", server)
        # A client that connects would be pinged by a thread of its own.
        self.server.start_background_task = lambda *given, **named: None
        self.server.start_service_task = False

    def answer(self, request: Request, status: int) -> Response:
        query = f"transport=polling&EIO={PROTOCOL}" + ("&sid=unknown" if status == 400 else "")
        try:
            if self.server.is_asyncio_based():
                return asyncio.run(self._by_asgi(request, query))
            return self._by_wsgi(request, query)
        except TypeError:
            return Response(500)

    def _by_wsgi(self, request: Request, query: str) -> Response:
        scheme = request.url.partition(":")[0]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": "/socket.io/",
            "QUERY_STRING": query,
            "HTTP_HOST": HOST,
            "wsgi.url_scheme": scheme,
            "wsgi.input": io.BytesIO(),
        }
        environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers})
        answers: list[Response] = []
        self.server.handle_request(
            environ, lambda line, headers: answers.append(Response(int(line[:3]), tuple(headers)))
        )
        return answers[0]

    async def _by_asgi(self, request: Request, query: str) -> Response:
        headers = [("Host", HOST), ("X-Forwarded-Proto", request.url.partition(":")[0]), *request.headers]
        scope = {
            "type": "http",
            "method": request.method,
            "path": "/socket.io/",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.server.handle_request(scope, receive, send)
        got = [(name.decode().title(), value.decode()) for name, value in sent[0]["headers"]]
        return Response(sent[0]["status"], tuple(got))


def cors(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """The part of an answer that matters, in an order that does not."""
    names = ((name.lower(), value) for name, value in response.headers)
    return response.status, sorted(pair for pair in names if pair[0] == "vary" or pair[0].startswith("access-control-"))


def read_one(program: str) -> Policy | None:
    read = list(socketio.read(Project(versions={"python-engineio": VERSION}), Source("app.py", program)))
    assert len(read) <= 1
    assert all(isinstance(policy, Policy) for policy in read)
    return read[0] if read else None  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("python-engineio", VERSION, what, counted["pairs"], counted["differences"])


@settings(max_examples=PAIRS // REQUESTS + 10, deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(programs(), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_a_server_answers_as_the_model_says(
    count: Counter[str], program: str, asked: list[tuple[Request, int]]
) -> None:
    policy = read_one(program)
    if policy is None:
        assert "cors_" not in program.split("server = ")[-1], program
        return
    product = Product(program)
    failed = False
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product.answer(request, status), policy.respond(request, status)
        count["differences"] += cors(modelled) != cors(expected)
        assert cors(modelled) == cors(expected), (program, request)
        failed = failed or expected.status == 500
    told = any(fact.kind == "rejected-configuration" for fact in policy.facts)
    assert told or not failed, program


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PAIRS * 0.9
    assert count["differences"] == 0
