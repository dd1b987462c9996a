"""The model of aiohttp-cors against the installed product: random configurations, random requests over loopback."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp_cors as product_module
import pytest
from accuracy import compared
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.origins import AnyOrigin, Exact, Null
from corslint.policy import Policy
from corslint.servers import aiohttp_cors
from corslint.source import Source

VERSION = importlib.metadata.version("aiohttp-cors")
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of a configuration and a request; each configuration meets REQUESTS of them."""
REQUESTS = 40
CORS_HEADERS = ("vary", "access-control-")
LISTS = ("access-control-expose-headers", "access-control-allow-headers")
"""Headers whose names come in any order."""

ORIGINS = ("https://app.example", "https://APP.example", "http://localhost:3000", "null", "https://*.example", "")
ROUTES = ("GET", "POST", "PUT")
METHODS = ("GET", "POST", "PUT")
HEADERS = ("content-type", "X-Api-Key", "authorization", "x", "Accept", "")


@dataclass(frozen=True)
class Written:
    """Source text of an expression and the value it stands for."""

    text: str
    value: Any


def literal(value: object) -> Written:
    return Written(repr(value), value)


def rarely(odd: st.SearchStrategy[Written], usual: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """The odd in one of forty cases."""
    return st.integers(0, 39).flatmap(lambda number: odd if number == 39 else usual)


def names(words: tuple[str, ...], odd: tuple[object, ...]) -> st.SearchStrategy[Written]:
    several = st.lists(st.sampled_from((*words, "*")), max_size=3)
    usual = st.one_of(
        st.just(literal("*")),
        several.map(literal),
        several.map(tuple).map(literal),
        several.map(lambda v: Written(f"{','.join(v)!r}.split(',')", ",".join(v).split(","))),
    )
    return rarely(st.sampled_from(odd).map(literal), usual)


OPTIONS: dict[str, st.SearchStrategy[Written]] = {
    "allow_credentials": rarely(
        st.sampled_from(("true", 1, None)).map(literal), st.sampled_from((True, False)).map(literal)
    ),
    "expose_headers": names(("X-Total", "etag"), (None, 5, "X-Total", {"X-Total"})),
    "allow_headers": names(HEADERS, (None, 5, "X-Total", {"X-Total"}, ["x", None])),
    "max_age": rarely(
        st.sampled_from((-1, "600", 1.5)).map(literal), st.sampled_from((None, 0, 600, True)).map(literal)
    ),
    "allow_methods": names(METHODS, (5, "GET", {"GET"})),
}


@dataclass(frozen=True)
class Options:
    """The options of one or more origins."""

    named: dict[str, Written]
    is_dict: bool

    @property
    def text(self) -> str:
        if self.is_dict:
            return "{" + ", ".join(f"{name!r}: {one.text}" for name, one in self.named.items()) + "}"
        return "ResourceOptions(" + ", ".join(f"{name}={one.text}" for name, one in self.named.items()) + ")"

    def made(self) -> Any:
        """The real options. Raises what the product raises."""
        values = {name: one.value for name, one in self.named.items()}
        return values if self.is_dict else product_module.ResourceOptions(**values)  # type: ignore[no-untyped-call]


@st.composite
def options(draw: st.DrawFn) -> Options:
    named = draw(st.fixed_dictionaries({}, optional=OPTIONS))
    if not draw(st.integers(0, 39)):
        named["allow_origin"] = literal("*")
    return Options(named, draw(st.integers(0, 3)) == 3)


CONFIGURATIONS = st.dictionaries(st.sampled_from((*ORIGINS, "*", "*")), options(), min_size=1, max_size=3)
STYLES = 5


def configured(configuration: dict[str, Options], style: int) -> str:
    """A program with these options in one of the ways to hand them over."""
    pairs = ", ".join(f"{origin!r}: {one.text}" for origin, one in configuration.items())
    routes = "for route in list(app.router.routes()):\n    cors.add(route)\n"
    head = "import aiohttp_cors\nfrom aiohttp import web\nfrom aiohttp_cors import ResourceOptions\n"
    return [
        f"{head}cors = aiohttp_cors.setup(app, defaults={{{pairs}}})\n{routes}",
        f"{head}DEFAULTS = {{{pairs}}}\ndef create():\n    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)\n",
        f"from aiohttp_cors import CorsConfig, ResourceOptions\ncors = CorsConfig(app, defaults={{{pairs}}})\n",
        f"{head}config = {{{pairs}}}\ncors = aiohttp_cors.setup(app)\n"
        "resource = cors.add(app.router.add_resource('/'), config)\n# ResourceOptions\n",
        f"{head}cors = aiohttp_cors.setup(app)\n"
        f"for method in METHODS:\n    cors.add(app.router.add_route(method, '/', on_any), {{{pairs}}})\n",
    ][style]


def read_all(text: str) -> list[Policy]:
    policies = list(aiohttp_cors.read(Project(versions={"aiohttp-cors": VERSION}), Source("main.py", text)))
    assert policies, text
    assert all(isinstance(one, Policy) for one in policies)
    return policies  # type: ignore[return-value]


def speaking(policies: Sequence[Policy], origin: str | None) -> Policy:
    """The policy of the options that an origin gets: its own, else those of everyone."""
    named = [one for one in policies if any(_names(entry, origin) for entry in one.entries())]
    everyone = [one for one in policies if any(isinstance(entry, AnyOrigin) for entry in one.entries())]
    return (named or everyone or list(policies))[0]


def _names(entry: object, origin: str | None) -> bool:
    return (isinstance(entry, Exact) and entry.text == origin) or (isinstance(entry, Null) and origin == "null")


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status the application answers it with."""
    headers: list[tuple[str, str]] = []
    if draw(st.integers(0, 5)):
        headers.append(("Origin", draw(st.sampled_from(ORIGINS))))
    method = draw(st.sampled_from((*ROUTES, "OPTIONS", "OPTIONS", "OPTIONS")))
    if method == "OPTIONS":
        if draw(st.integers(0, 9)):
            headers.append(("Access-Control-Request-Method", draw(st.sampled_from(ROUTES))))
        if draw(st.booleans()):
            asked = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
            headers.append(("Access-Control-Request-Headers", ",".join(asked)))
    return Request("", "https://api.example/", method, tuple(headers)), draw(st.sampled_from((200, 204, 401, 404, 500)))


async def on_any(request: web.Request) -> web.Response:
    status = int(request.headers["x-status"])
    if status == 404:
        raise web.HTTPNotFound
    if status == 500:
        raise RuntimeError("nobody handles this")
    return web.Response(status=status)


def application(configuration: dict[str, Options], style: int) -> web.Application | None:
    """A real application; None where it does not start."""
    app = web.Application()
    try:
        made = {origin: one.made() for origin, one in configuration.items()}
        if style < 3:
            cors = product_module.setup(app, defaults=made)
            for method in ROUTES:
                cors.add(app.router.add_route(method, "/", on_any))
        elif style == 3:
            cors = product_module.setup(app)
            resource = cors.add(app.router.add_resource("/"), made)
            for method in ROUTES:
                cors.add(resource.add_route(method, on_any))
        else:
            cors = product_module.setup(app)
            for method in ROUTES:
                cors.add(app.router.add_route(method, "/", on_any), made)
    except (TypeError, ValueError, AttributeError):
        return None
    return app


async def ask(app: web.Application | None, asked: list[tuple[Request, int]]) -> list[Response]:
    """What the real application sends to each request, over loopback."""
    if app is None:
        return [Response(500) for _ in asked]
    answers: list[Response] = []
    async with TestClient(TestServer(app)) as client:
        for request, status in asked:
            headers = [*request.headers, ("x-status", str(status))]
            got = await client.request(request.method, "/", headers=headers)
            cors = tuple((name, value) for name, value in got.headers.items() if name.lower().startswith(CORS_HEADERS))
            answers.append(Response(got.status, cors))
    return answers


def comparable(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """An answer without the order of names, and of `*` only what every answer of aiohttp has."""
    headers: list[tuple[str, str]] = []
    for name, value in response.headers:
        if name.lower() in LISTS:
            value = ",".join(sorted(set(value.split(",")) - {"Connection", "Content-Type"}))
        headers.append((name.lower(), value))
    return response.status, sorted(headers)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("aiohttp-cors", VERSION, what, counted["pairs"], counted["differences"])


@pytest.mark.filterwarnings("ignore")  # of aiohttp and of releases of aiohttp-cors that are older than it
@given(CONFIGURATIONS, st.integers(0, STYLES - 1), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
@settings(max_examples=max(PAIRS // REQUESTS, 1), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_model_answers_as_the_product_does(
    count: Counter[str], configuration: dict[str, Options], style: int, asked: list[tuple[Request, int]]
) -> None:
    if style == 4:
        # Each route has its own options, so that a second route of the resource may be asked for without any.
        configuration = {origin: one for origin, one in configuration.items() if not one.is_dict} or configuration
    if style >= 3 and all(one.is_dict for one in configuration.values()):
        style = 0
    text = configured(configuration, style)
    policies = read_all(text)
    answers = asyncio.run(ask(application(configuration, style), asked))
    starts = not any(one.facts and one.facts[0].kind == "rejected-configuration" for one in policies)
    for (request, status), expected in zip(asked, answers, strict=True):
        origin = next((value for name, value in request.headers if name == "Origin"), None)
        policy = speaking(policies, origin)
        modelled = policy.respond(request, status) if starts else Response(500)
        if modelled.status in (204,) and expected.status == 204:
            modelled = replace(modelled, headers=_without_length(modelled.headers))
        count["pairs"] += 1
        count["differences"] += comparable(modelled) != comparable(expected)
        assert comparable(modelled) == comparable(expected), (text, request, status)


def _without_length(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Of `expose_headers="*"` without what an answer without a body does not have."""
    return tuple((name, value.replace("Content-Length,", "")) for name, value in headers)


@pytest.mark.parametrize(
    "written",
    [
        {"allow_credentials": literal("true")},
        {"allow_headers": literal("X-Api-Key")},
        {"max_age": literal(-1)},
        {"allow_origin": literal("*")},
    ],
)
def test_what_the_product_refuses_does_not_start(written: dict[str, Written]) -> None:
    configuration = {"https://app.example": Options(written, is_dict=False)}
    (policy,) = read_all(configured(configuration, 0))
    assert policy.facts[0].kind == "rejected-configuration"
    assert application(configuration, 0) is None
