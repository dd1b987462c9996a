"""The model of Sanic Extensions against the installed release: random applications, random requests, no difference.

`scripts/conformance-versions sanic-ext` runs this with other releases.
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
from corslint.servers import sanic_ext
from corslint.source import Source

pytestmark = pytest.mark.filterwarnings("ignore:websockets.legacy:DeprecationWarning")
VERSION = version("sanic-ext")
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of an application and a request; each application meets REQUESTS of them."""
REQUESTS = 40
CI_PAIRS = 2000
"""Up to here, each run compares the same."""
STATUSES = (200, 201, 302, 404, 500)
TEXTS = (
    "https://app.example.com",
    "http://localhost:3000",
    "https://app.example.com/",
    "https://a.example,https://b.example",
    "https://a.example, https://b.example",
    "https://*.example.com",
    "null",
    "",
)
PATTERNS = (
    re.compile(r"https://\w+\.example\.com"),
    re.compile("HTTPS://APP", re.IGNORECASE),
    re.compile(".*"),
)
ASKING = (
    "https://app.example.com",
    "https://app.example.com.evil.example",
    "https://app.example.com/",
    "http://localhost:3000",
    "https://a.example",
    "https://b.example",
    " https://b.example",
    "https://appXexample.com",
    "https://evil.example",
    "null",
    "*",
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


def names(*some: str) -> st.SearchStrategy[str]:
    """Several names, as a list, a tuple or a text, and none at all."""
    many = st.lists(st.sampled_from(some), max_size=3, unique=True)
    texts = st.tuples(many, st.sampled_from((",", ", "))).map(lambda pair: pair[1].join(pair[0]))
    return st.one_of(many, many.map(tuple), texts, st.none()).map(render)


ONE = st.sampled_from((*TEXTS, *PATTERNS, "*"))
FLAG = st.sampled_from(("True", "False", "'false'", "''", "0", "None"))
BAD = st.integers(0, 14).flatmap(lambda number: st.just("[5]" if number == 0 else "['https://app.example.com']"))
OPTIONS = {
    "CORS_ORIGINS": st.one_of(
        ONE.map(render),
        ONE.map(render),
        st.lists(ONE, max_size=3).map(render),
        st.lists(ONE, max_size=2).map(tuple).map(render),
        st.sampled_from(("None", "True", "5", "{'https://app.example.com'}")),
        BAD,
    ),
    "CORS_METHODS": names("GET", "post", "PUT", "*", "DELETE"),
    "CORS_ALLOW_HEADERS": names("Content-Type", "x-foo", "*", "authorization"),
    "CORS_EXPOSE_HEADERS": names("X-A", "x-b", "*"),
    "CORS_SUPPORTS_CREDENTIALS": FLAG,
    "CORS_MAX_AGE": st.sampled_from(("600", "0", "'0'", "'600'", "None", "'soon'", "-1", "1.5")),
    "CORS_ALWAYS_SEND": FLAG,
    "CORS_SEND_WILDCARD": FLAG,
    "CORS_VARY_HEADER": FLAG,
    "CORS_AUTOMATIC_OPTIONS": FLAG,
}
DECORATED = {
    "origin": st.one_of(ONE.map(render), st.lists(ONE, max_size=3).map(render), st.sampled_from(("None", "5"))),
    "allow_methods": OPTIONS["CORS_METHODS"],
    "allow_headers": OPTIONS["CORS_ALLOW_HEADERS"],
    "expose_headers": st.one_of(
        st.lists(st.sampled_from(("X-A", "x-b", "*")), max_size=3, unique=True).map(render),
        st.sampled_from(("'X-A'", "'*'", "''", "None")),
    ),
    "supports_credentials": FLAG,
    "max_age": OPTIONS["CORS_MAX_AGE"],
}
"""What the decorator of a route takes."""
HEAD = "import re\n\nfrom sanic import Sanic\nfrom sanic_ext import Config, Extend, cors\n\n"


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that configures its application, in one of the ways there are."""
    some = {name: draw(value) for name, value in OPTIONS.items() if name == "CORS_ORIGINS" or draw(st.booleans())}
    style = draw(
        st.sampled_from(
            ("route", "route", "attributes", "keys", "update", "class", "dict", "upper dict", "Config", "both")
        )
    )
    made = "app = Sanic('program', configure_logging=False)\n"
    pairs = ", ".join(f"{name.lower()!r}: {value}" for name, value in some.items())
    arguments = ", ".join(f"{name.lower()}={value}" for name, value in some.items())
    match style:
        case "route":
            some.pop("CORS_SEND_WILDCARD", None)
            decorated = {name: draw(value) for name, value in DECORATED.items() if draw(st.booleans())}
            text = made + "".join(f"app.config.{name} = {value}\n" for name, value in some.items()) + "Extend(app)\n"
            text += "\n\n@app.route('/', methods=['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])\n"
            text += f"@cors({', '.join(f'{name}={value}' for name, value in decorated.items())})\n"
            text += "async def items(request):\n    return await view(request)\n"
        case "attributes":
            text = made + "".join(f"app.config.{name} = {value}\n" for name, value in some.items()) + "Extend(app)\n"
        case "keys":
            text = made + "".join(f"app.config[{name!r}] = {value}\n" for name, value in some.items()) + "Extend(app)\n"
        case "update":
            pairs = ", ".join(f"{name!r}: {value}" for name, value in some.items())
            text = made + f"app.config.update({{{pairs}}})\nExtend(app)\n"
        case "class":
            body = "".join(f"    {name} = {value}\n" for name, value in some.items())
            text = f"class Settings:\n{body}\n\n{made}app.update_config(Settings)\nExtend(app)\n"
        case "dict":
            text = made + f"Extend(app, config={{{pairs}}})\n"
        case "upper dict":
            text = made + f"app.extend(config={{{', '.join(f'{n!r}: {v}' for n, v in some.items())}}})\n"
        case "Config":
            text = made + f"Extend(app, config=Config({arguments}))\n"
        case _:
            own = draw(OPTIONS["CORS_ORIGINS"])
            text = made + f"app.config.CORS_ORIGINS = {own}\nExtend(app, config={{{pairs}}})\n"
    return HEAD + text


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and what the route answers."""
    method = draw(st.sampled_from(("GET", "POST", "OPTIONS", "OPTIONS", "OPTIONS")))
    origin = draw(st.sampled_from(ASKING))
    headers = [] if origin is None else [("Origin", origin)]
    if method == "OPTIONS":
        for name, values in (
            ("Access-Control-Request-Method", ("PUT", "PUT", "GET")),
            ("Access-Control-Request-Headers", ("content-type", "X-Foo, authorization", "x-foo")),
        ):
            value = draw(st.none() | st.sampled_from(values))
            if value is not None:
                headers.append((name, value))
    for name, value in (("Cookie", "session=1"), ("Authorization", "Bearer x")):
        if draw(st.integers(0, 3)) == 0:
            headers.append((name, value))
    return Request(origin or "null", "https://api.example/", method, tuple(headers)), draw(st.sampled_from(STATUSES))


class Product:
    """The program, run by Sanic."""

    def __init__(self, program: str, loop: asyncio.AbstractEventLoop) -> None:
        """Raises what the program raises when it starts."""
        from sanic import Sanic
        from sanic.exceptions import SanicException
        from sanic.response import text

        Sanic.test_mode = True
        Sanic._app_registry.clear()
        self.status, self.loop = 200, loop

        async def view(request: Any) -> Any:
            if self.status == 500:
                raise RuntimeError("the view fails")
            if self.status >= 400:
                raise SanicException("the view refuses", status_code=self.status)
            return text("ok", status=self.status)

        found: dict[str, Any] = {"__name__": "program", "view": view}
        exec(program, found)
        self.app = found["app"]
        if "items" not in found:
            self.app.add_route(view, "/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        loop.run_until_complete(self._start())

    async def _start(self) -> None:
        waiting = iter(("lifespan.startup", "lifespan.shutdown"))

        async def receive() -> Any:
            return {"type": next(waiting)}

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message["type"])

        try:
            await self.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        except AttributeError:
            # Releases before 23.3 go on as if it was a request.
            if "lifespan.startup.complete" not in sent:
                raise

    def answer(self, request: Request, status: int) -> Response:
        self.status = status
        return self.loop.run_until_complete(self._answer(request))

    async def _answer(self, request: Request) -> Response:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "scheme": "https",
            "server": ("api.example", 443),
            "client": ("127.0.0.1", 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers],
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        got = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        return Response(sent[0]["status"], tuple(got))


LISTS = ("access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers")
"""Headers whose names the product sends in the order of a set, so in any."""


def cors(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """The part of an answer that matters, in an order that does not."""
    pairs = []
    for name, value in ((name.lower(), value.strip()) for name, value in response.headers):
        if name in LISTS:
            pairs.append((name, ",".join(sorted(one.strip() for one in value.split(",")))))
        elif name == "vary" or name.startswith("access-control-"):
            pairs.append((name, value))
    return response.status, sorted(pairs)


def read(program: str) -> list[Policy]:
    """The policy of the application, and that of a decorated route behind it."""
    policies = list(sanic_ext.read(Project(versions={"sanic-ext": VERSION}), Source("app.py", program)))
    assert len(policies) == 1 + program.count("@cors(")
    assert all(isinstance(policy, Policy) for policy in policies)
    return policies  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The documentation of the routes takes most of the time at the start.
    monkeypatch.setenv("SANIC_OAS", "False")
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
    compared("sanic-ext", VERSION, what, counted["pairs"], counted["differences"])


@settings(max_examples=PAIRS // (REQUESTS - 5), deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(programs(), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_an_application_answers_as_the_model_says(
    loop: asyncio.AbstractEventLoop, count: Counter[str], program: str, asked: list[tuple[Request, int]]
) -> None:
    from sanic.exceptions import SanicException

    policies = read(program)
    policy = policies[-1]
    refused = [one for one in policies if any(fact.kind == "rejected-configuration" for fact in one.facts)]
    try:
        product = Product(program, loop)
    except (SanicException, TypeError, AttributeError):
        count["pairs"] += 1
        assert refused, program
        assert {one.respond(*asked[0]) for one in refused} == {Response(500)}, program
        return
    assert not refused, program
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product.answer(request, status), policy.respond(request, status)
        count["differences"] += cors(modelled) != cors(expected)
        assert cors(modelled) == cors(expected), (program, request, status)


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PAIRS
    assert count["differences"] == 0
