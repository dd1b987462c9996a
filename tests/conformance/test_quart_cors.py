"""The model of Quart-CORS against the installed release: random applications, random requests, no difference.

`scripts/conformance-versions quart-cors` runs this with other releases.
"""

from __future__ import annotations

import asyncio
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
from corslint.servers import quart_cors
from corslint.source import Source

VERSION = version("quart-cors")
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of an application and a request; each application meets REQUESTS of them."""
REQUESTS = 20
CI_PAIRS = 2000
"""Up to here, each run compares the same."""
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
    re.compile("HTTPS://APP", re.IGNORECASE),
    re.compile(".*"),
)
ASKING = (
    "https://app.example.com",
    "https://app.example.com.evil.example",
    "http://localhost:3000",
    "https://a.example",
    "https://evil.example",
    "null",
    "h",
    "",
    None,
)


def render(value: Any) -> str:
    """A value as a program writes it."""
    match value:
        case re.Pattern():
            return f"re.compile({value.pattern!r}{', re.IGNORECASE' if value.flags & re.IGNORECASE else ''})"
        case list():
            return f"[{', '.join(map(render, value))}]"
        case tuple():
            return f"({''.join(render(item) + ', ' for item in value)})"
    return repr(value)


def several(values: list[Any]) -> list[Any]:
    """Values without what else stands beside a `*`: which of them comes first is the set's affair."""
    return ["*"] if "*" in values else values


ONE = st.sampled_from([one for one in ORIGINS if one != 5])
MANY = st.lists(st.sampled_from(ORIGINS), max_size=3).map(several)
NAMES = st.lists(st.sampled_from(("X-A", "x-b", "content-type", "*", "a b")), max_size=3, unique=True)
METHODS = st.lists(st.sampled_from(("GET", "put", "POST", "*")), max_size=3, unique=True)
FLAG = st.sampled_from(("True", "False", "'false'", "''", "0", "1", "None"))
OPTIONS = {
    "allow_origin": st.one_of(ONE.map(render), MANY.map(render), MANY.map(tuple).map(render)),
    "allow_methods": st.one_of(METHODS.map(render), st.sampled_from(("'GET'", "'GET,PUT'", "None"))),
    "allow_headers": st.one_of(NAMES.map(render), st.sampled_from(("'content-type'", "'*'", "'a,b'", "None"))),
    "expose_headers": st.one_of(NAMES.map(render), st.sampled_from(("'X-A'", "'X-A,X-B'", "''", "None"))),
    "allow_credentials": FLAG,
    "max_age": st.sampled_from(("600", "0", "'600'", "1.5", "None", "True", "-1")) | st.just("600"),
    "send_origin_wildcard": FLAG if numbers(VERSION) >= (0, 8) else st.just("None"),
}
CONFIGURED = {
    **OPTIONS,
    "allow_origin": st.one_of(MANY.map(render), st.sampled_from(("'*'", "'https://app.example.com'", "'null'", "''"))),
    "allow_methods": st.one_of(METHODS.map(render), st.just("'GET'")),
    "allow_headers": st.one_of(NAMES.map(render), st.just("'*'")),
    "expose_headers": st.one_of(NAMES.map(render), st.just("'X-A'")),
}
HEAD = """\
import re

from quart import Quart
from quart_cors import cors, route_cors

app = Quart(__name__)
"""


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that applies the extension to its application, or decorates a view."""

    def some(options: dict[str, st.SearchStrategy[str]], usual: str) -> dict[str, str]:
        return {name: draw(value) for name, value in options.items() if name == usual or draw(st.integers(0, 2)) == 0}

    keywords = some(OPTIONS, "allow_origin" if draw(st.integers(0, 3)) else "")
    if "send_origin_wildcard" in keywords and numbers(VERSION) < (0, 8):
        del keywords["send_origin_wildcard"]
    arguments = "".join(f", {name}={value}" for name, value in keywords.items())
    configured = some(CONFIGURED, "") if draw(st.booleans()) else {}
    lines = "".join(f"app.config['QUART_CORS_{name.upper()}'] = {value}\n" for name, value in configured.items())
    if draw(st.booleans()):
        applied = draw(st.sampled_from(("app = cors(app{})\n", "cors(app{})\n"))).format(arguments)
        return HEAD + draw(st.sampled_from((lines + applied, applied + lines)))
    view = "async def items():\n    return await view()\n"
    route = "@app.route('/', methods=['GET', 'POST'])\n"
    decorator = f"@route_cors({arguments[2:]})\n"
    order = decorator + route if draw(st.integers(0, 9)) == 0 else route + decorator
    return HEAD + lines + order + view


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status of the view."""
    method = draw(st.sampled_from(("GET", "POST", "OPTIONS", "OPTIONS", "OPTIONS")))
    origin = draw(st.sampled_from(ASKING))
    headers = [] if origin is None else [("Origin", origin)]
    if method == "OPTIONS":
        for name, values in (
            ("Access-Control-Request-Method", ("PUT", "GET", "put", "PATCH")),
            ("Access-Control-Request-Headers", ("content-type", "X-A, x-b", "x-foo, authorization", "")),
        ):
            value = draw(st.none() | st.sampled_from(values))
            if value is not None:
                headers.append((name, value))
    # Quart answers OPTIONS by itself wherever there is a route.
    status = 200 if method == "OPTIONS" else draw(st.sampled_from((200, 201, 302, 404, 500)))
    return Request(origin or "null", "https://api.example/", method, tuple(headers)), status


class Product:
    """The program, run by Quart."""

    def __init__(self, program: str, loop: asyncio.AbstractEventLoop) -> None:
        self.status, self.loop = 200, loop
        names: dict[str, Any] = {"__name__": "program", "view": self.view}
        exec(program, names)
        self.app = names["app"]
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        if "items" not in self.app.view_functions:
            self.app.add_url_rule("/", "items", self.view, methods=["GET", "POST"])

    async def view(self) -> Any:
        from quart import abort

        if self.status == 500:
            raise RuntimeError("the view fails")
        if self.status >= 400:
            abort(self.status)
        return "ok", self.status

    def answer(self, request: Request, status: int) -> Response:
        self.status = status
        return self.loop.run_until_complete(self._answer(request))

    async def _answer(self, request: Request) -> Response:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.1"},
            "http_version": "1.1",
            "method": request.method,
            "path": "/",
            "raw_path": b"/",
            "root_path": "",
            "query_string": b"",
            "scheme": "https",
            "server": ("api.example", 443),
            "client": ("127.0.0.1", 1),
            "headers": [
                (b"host", b"api.example"),
                *((name.lower().encode(), value.encode()) for name, value in request.headers),
            ],
            "extensions": {},
        }
        sent: list[Any] = []
        answered = asyncio.Event()
        waiting = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if not waiting:
                await answered.wait()
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        try:
            await self.app(scope, receive, send)
        except Exception:
            # Raised in a hook that runs after error handlers too: a server in front of Quart answers.
            return Response(500)
        got = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        return Response(sent[0]["status"], tuple(got))


def cors(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """The part of an answer that matters, in an order that does not."""
    pairs = []
    for name, value in ((name.lower(), value) for name, value in response.headers):
        if name == "access-control-allow-headers":
            pairs.append((name, ",".join(sorted(one.strip() for one in value.split(",")))))
        elif name == "vary" or name.startswith("access-control-"):
            pairs.append((name, value))
    return response.status, sorted(pairs)


def read_one(program: str) -> Policy:
    (policy,) = quart_cors.read(Project(versions={"quart-cors": VERSION}), Source("app.py", program))
    assert isinstance(policy, Policy)
    return policy


def is_misread(policy: Policy) -> bool:
    """Whether a text stands where a list belongs, of which `*` may be a letter."""
    return any(fact.kind == "string-for-list" for fact in policy.facts)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("quart-cors", VERSION, what, counted["pairs"], counted["differences"])


@settings(max_examples=PAIRS // REQUESTS + 5, deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(programs(), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_an_application_answers_as_the_model_says(
    loop: asyncio.AbstractEventLoop, count: Counter[str], program: str, asked: list[tuple[Request, int]]
) -> None:
    policy, product = read_one(program), Product(program, loop)
    told = any(fact.kind == "rejected-configuration" for fact in policy.facts)
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product.answer(request, status), policy.respond(request, status)
        count["differences"] += cors(modelled) != cors(expected)
        assert cors(modelled) == cors(expected), (program, request, status)
        assert told or status == 500 or expected.status != 500 or is_misread(policy), program


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PAIRS
    assert count["differences"] == 0


@pytest.mark.parametrize("keyword", ["allow_origins=['*']", "supports_credentials=True"])
def test_an_unknown_keyword_does_not_start(loop: asyncio.AbstractEventLoop, keyword: str) -> None:
    program = HEAD + f"cors(app, {keyword})\n"
    policy = read_one(program)
    with pytest.raises(TypeError):
        Product(program, loop)
    assert [fact.kind for fact in policy.facts] == ["rejected-configuration"]
    assert policy.respond(Request("https://a.example", "https://api.example/")) == Response(500)
