"""The model of Falcon's CORSMiddleware against the installed product: random configurations, random requests.

Runs with releases from 3.0 on; see scripts/conformance-versions.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import falcon.asgi
import falcon.testing
import pytest
from accuracy import compared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.releases import numbers
from corslint.servers import falcon as server
from corslint.source import Source

VERSION = importlib.metadata.version("falcon")
PARAMETERS = tuple(inspect.signature(falcon.CORSMiddleware).parameters)
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of a configuration and a request; each configuration meets REQUESTS of them."""
REQUESTS = 16
CORS_HEADERS = ("vary", "access-control-")

ORIGINS = ("https://app.example", "https://APP.example", "http://localhost:3000", "null", "https://b.example")
METHODS = ("GET", "POST", "PUT")
"""Of the resource, as the product lists them."""


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


def origins(odd: tuple[object, ...]) -> st.SearchStrategy[Written]:
    several = st.lists(st.sampled_from(ORIGINS), max_size=3)
    usual = st.one_of(
        st.just(literal("*")),
        st.sampled_from(ORIGINS).map(literal),
        several.map(literal),
        several.map(tuple).map(literal),
        several.map(lambda v: Written(f"{','.join(v)!r}.split(',')", ",".join(v).split(","))),
        several.map(lambda v: Written(f"frozenset({v!r})", frozenset(v))),
        several.map(lambda v: literal(", ".join(v))),
        several.map(lambda v: Written(repr(dict.fromkeys(v)), dict.fromkeys(v))),
    )
    return rarely(st.sampled_from(odd).map(literal), usual)


OPTIONS: dict[str, st.SearchStrategy[Written]] = {
    "allow_origins": origins((None, True, ["*"], ["https://app.example", "*"], 5)),
    "allow_credentials": st.just(literal(None)) | origins((True, False, ["*"], 5)),
    "expose_headers": rarely(
        st.sampled_from((5, [None], True)).map(literal),
        st.sampled_from((None, "", "*", "X-Total, ETag", ["X-Total"], ("X-Total", "ETag"), [])).map(literal),
    ),
    "allow_private_network": st.sampled_from((True, False, "no", "", None)).map(literal),
}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Written]:
    """Parameters as the installed release takes them, and rarely one that it does not take."""
    options = draw(st.fixed_dictionaries({}, optional={name: OPTIONS[name] for name in PARAMETERS}))
    if not draw(st.integers(0, 39)):
        odd = draw(st.sampled_from(("allow_private_network", "allow_origin", "allow_methods")))
        options.setdefault(odd, literal(True))
    return options


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status the application answers it with."""
    headers: list[tuple[str, str]] = []
    if draw(st.integers(0, 5)):
        headers.append(("Origin", draw(st.sampled_from(ORIGINS))))
    method = draw(st.sampled_from((*METHODS, "OPTIONS", "OPTIONS", "OPTIONS")))
    if method == "OPTIONS":
        if draw(st.integers(0, 9)):
            headers.append(("Access-Control-Request-Method", draw(st.sampled_from((*METHODS, "DELETE")))))
        if draw(st.booleans()):
            headers.append(("Access-Control-Request-Headers", draw(st.sampled_from(("content-type", "x-a, X-B")))))
        if draw(st.booleans()):
            headers.append(("Access-Control-Request-Private-Network", draw(st.sampled_from(("true", "false")))))
    return Request("", "https://api.example/", method, tuple(headers)), draw(st.sampled_from((200, 204, 401, 404, 500)))


STYLES = 5


def configured(options: dict[str, Written], style: int) -> str:
    """A program with these options in one of the ways to hand them over."""
    given = ", ".join(f"{name}={value.text}" for name, value in options.items())
    pairs = ", ".join(f"{name!r}: {value.text}" for name, value in options.items())
    return [
        f"import falcon\napp = falcon.App(middleware=falcon.CORSMiddleware({given}))\n",
        "import falcon.asgi\nfrom falcon.middleware import CORSMiddleware as Cors\n"
        f"cors = Cors({given})\napp = falcon.asgi.App(middleware=[cors])\n",
        f"from falcon import App, CORSMiddleware\napp = App()\napp.add_middleware(CORSMiddleware({given}))\n",
        f"import falcon\nOPTIONS = {{{pairs}}}\ndef create():\n"
        "    app = falcon.App(middleware=[Other(), falcon.CORSMiddleware(**OPTIONS)])\n    return app\n",
        "import falcon\napp = falcon.App(cors_enable=True)\n",
    ][style]


def read_one(text: str) -> Policy:
    policies = list(server.read(Project(versions={"falcon": VERSION}), Source("main.py", text)))
    assert len(policies) == 1
    assert isinstance(policies[0], Policy)
    return replace(policies[0], preflight=replace(policies[0].preflight, takes=METHODS))


class Item:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        status = int(req.get_header("x-status") or "200")
        if status == 500:
            raise RuntimeError("nobody handles this")
        if status == 404:
            raise falcon.HTTPNotFound()
        resp.status = falcon.code_to_http_status(status)

    on_post = on_put = on_get


class AsyncItem:
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        Item().on_get(req, resp)

    on_post = on_put = on_get


def application(options: dict[str, Written], style: int) -> Any:
    """A real application; None where it does not start."""
    try:
        if style == 4:
            app: Any = falcon.App(cors_enable=True)
        else:
            cors: Any = falcon.CORSMiddleware(**{name: value.value for name, value in options.items()})
            app = falcon.asgi.App(middleware=[cors]) if style == 1 else falcon.App(middleware=cors)
    except (TypeError, ValueError):
        return None
    app.add_route("/", AsyncItem() if style == 1 else Item())
    return app


def product(app: Any, request: Request, status: int) -> Response:
    """What the real application sends."""
    if app is None:
        return Response(500)
    headers = dict([*request.headers, ("x-status", str(status))])
    got = falcon.testing.simulate_request(app, request.method, "/", headers=headers)
    cors = [(name, value) for name, value in got.headers.items() if name.lower().startswith(CORS_HEADERS)]
    cors = [one for one in cors if (one[0].lower(), one[1]) != ("vary", "Accept")]  # of errors, which may be XML
    return Response(got.status_code, tuple(cors))


def comparable(response: Response) -> tuple[int, list[tuple[str, str]]]:
    return response.status, sorted((name.lower(), value) for name, value in response.headers)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("Falcon", VERSION, what, counted["pairs"], counted["differences"])


@pytest.mark.filterwarnings("ignore")  # old releases on a newer Python
@given(configurations(), st.integers(0, STYLES - 1), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
@settings(max_examples=max(PAIRS // REQUESTS, 1), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_model_answers_as_the_product_does(
    count: Counter[str], options: dict[str, Written], style: int, asked: list[tuple[Request, int]]
) -> None:
    text = configured(options, style)
    policy = read_one(text)
    app = application(options, style)
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product(app, request, status), policy.respond(request, status)
        count["differences"] += comparable(modelled) != comparable(expected)
        assert comparable(modelled) == comparable(expected), (text, request, status)


@pytest.mark.skipif(numbers(VERSION) < (4,), reason="before 4.0 an application may have both")
def test_an_application_has_one_of_them() -> None:
    with pytest.raises(ValueError, match="cors_enable"):
        falcon.App(cors_enable=True, middleware=falcon.CORSMiddleware())
    text = "import falcon\napp = falcon.App(cors_enable=True, middleware=falcon.CORSMiddleware())\n"
    policies = list(server.read(Project(versions={"falcon": VERSION}), Source("main.py", text)))
    assert isinstance(policies[0], Policy)
    assert "rejected-configuration" in {fact.kind for fact in policies[0].facts}
