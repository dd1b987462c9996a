"""The model of Starlette's CORSMiddleware against the installed product: random configurations, random requests."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import python_headers, starlette
from corslint.source import Source

PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of a configuration and a request; each configuration meets REQUESTS of them."""
REQUESTS = 8
CORS_HEADERS = ("vary", "access-control-")

ORIGINS = (
    "https://app.example",
    "https://app.example.evil.example",
    "http://localhost:3000",
    "https://a.app.example",
    "https://APP.example",
    "https://app.exampl",
    "null",
    "",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "QUERY", "get", "G", "ET")
HEADERS = ("content-type", "X-Api-Key", "authorization", "x", "Accept", " x-api-key ", "")


@dataclass(frozen=True)
class Written:
    """Source text of an expression and the value it stands for."""

    text: str
    value: object


def literal(value: object) -> Written:
    return Written(repr(value), value)


def listed(words: tuple[str, ...], *, star: bool = True) -> st.SearchStrategy[Written]:
    """A collection of texts in each of the spellings that programs use, right and wrong."""
    choice = st.sampled_from((*words, "*") if star else words)
    several = st.lists(choice, min_size=1, max_size=4)
    usual = st.one_of(
        several.map(literal),
        several.map(tuple).map(literal),
        several.map(lambda v: Written(f"{v!r} + ['x-more']", [*v, "x-more"])),
        several.map(lambda v: Written(f"{','.join(v)!r}.split(',')", ",".join(v).split(","))),
        several.map(lambda v: Written(f"[o.strip() for o in {v!r} if o]", [o.strip() for o in v if o])),
        choice.map(literal),
        several.map(lambda v: literal(", ".join(v))),
        st.just(literal(())),
    )
    refused = st.sampled_from([None, True, 5, [None], [1, "a"]]).map(literal)
    return rarely(refused, usual)


def rarely(odd: st.SearchStrategy[Written], usual: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """The odd in one of forty cases."""
    return st.integers(0, 39).flatmap(lambda number: odd if number == 39 else usual)


FLAGS = st.sampled_from([True, False, "true", "false", "", 0, 1, None, []]).map(literal)
PATTERNS = rarely(
    st.sampled_from(["https://(", ["https://.*"], 5]).map(literal),
    st.sampled_from(
        [
            None,
            "",
            r"https://.*\.example",
            r"https://app.example",
            r"https?://.*",
            r"^https://app\.example$",
            ".*",
            "HTTPS://APP.EXAMPLE",
            r"(?i)https://app\.example",
            r"null|http://localhost:\d+",
        ]
    ).map(literal),
)
OPTIONS: dict[str, st.SearchStrategy[Written]] = {
    "allow_origins": listed(ORIGINS),
    "allow_methods": listed(METHODS),
    "allow_headers": listed(HEADERS),
    "allow_credentials": FLAGS,
    "allow_origin_regex": PATTERNS,
    "allow_private_network": FLAGS,
    "expose_headers": listed(("X-Total", "etag", "")),
    "max_age": st.sampled_from([0, 600, -1, "600", "1d", None, True, 1.5, "007"]).map(literal),
}
CONFIGURATIONS = st.fixed_dictionaries({}, optional=OPTIONS)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status the application answers it with."""
    headers: list[tuple[str, str]] = []
    if draw(st.integers(0, 5)):
        headers.append(("Origin", draw(st.sampled_from(ORIGINS))))
    method = draw(st.sampled_from(("GET", "POST", "OPTIONS", "OPTIONS", "OPTIONS")))
    if method == "OPTIONS":
        if draw(st.integers(0, 9)):  # at 0, which hypothesis prefers, it is no preflight
            headers.append(("Access-Control-Request-Method", draw(st.sampled_from(METHODS))))
        if draw(st.booleans()):
            names = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
            headers.append(("Access-Control-Request-Headers", ",".join(names)))
        if not draw(st.integers(0, 4)):
            headers.append(("Access-Control-Request-Private-Network", draw(st.sampled_from(("true", "false")))))
    if draw(st.booleans()):
        headers.append(("Cookie", "session=1"))
    status = draw(st.sampled_from((200, 200, 204, 401, 404, 500, 503)))
    return Request("", "https://api.example/", method, tuple(headers)), status


def render(options: dict[str, Written], style: int) -> str:
    """A program with these options, in one of the ways to hand them over."""
    given = ", ".join(f"{name}={value.text}" for name, value in options.items())
    pairs = ", ".join(f"{name!r}: {value.text}" for name, value in options.items())
    assigned = "".join(f"{name.upper()} = {value.text}\n" for name, value in options.items())
    by_name = ", ".join(f"{name}={name.upper()}" for name in options)
    return [
        "from starlette.middleware.cors import CORSMiddleware\n"
        f"app = Starlette()\napp.add_middleware(CORSMiddleware, {given})\n",
        "from fastapi.middleware.cors import CORSMiddleware as Cors\n"
        f"{assigned}app = FastAPI()\napp.add_middleware(Cors, {by_name})\n",
        "import starlette.middleware.cors, starlette.middleware as m\n"
        "app = Starlette(middleware=[m.Middleware(starlette.middleware.cors.CORSMiddleware, " + given + ")])\n",
        "from starlette.middleware.cors import CORSMiddleware\n"
        f"settings = {{{pairs}}}\ndef create():\n"
        "    app = Starlette()\n    app.add_middleware(CORSMiddleware, **settings)\n",
    ][style]


def read_one(text: str) -> Policy:
    policies = list(starlette.read(Project(), Source("main.py", text)))
    assert len(policies) == 1
    assert isinstance(policies[0], Policy)
    return policies[0]


async def endpoint(request: StarletteRequest) -> PlainTextResponse:
    status = int(request.headers.get("x-status", "200"))
    if status == 500:
        raise RuntimeError("nobody handles this")
    return PlainTextResponse("", status)


def product(options: dict[str, Any], request: Request, status: int) -> Response:
    """The answer of the real middleware."""
    app = Starlette(routes=[Route("/", endpoint, methods=["GET", "POST", "OPTIONS"])])
    app.add_middleware(CORSMiddleware, **options)
    client = TestClient(app, raise_server_exceptions=False)
    headers = [*request.headers, ("x-status", str(status))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = client.request(request.method, "/", headers=headers)
    except (TypeError, ValueError, AttributeError, re.error):
        # Raised while the middleware is built: a server in front of it answers 500.
        return Response(500)
    return Response(
        got.status_code,
        tuple((name, value) for name, value in got.headers.multi_items() if name.lower().startswith(CORS_HEADERS)),
    )


def comparable(response: Response) -> tuple[int, list[tuple[str, str]]]:
    return response.status, sorted((name.lower(), value) for name, value in response.headers)


@given(CONFIGURATIONS, st.integers(0, 3), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
@settings(max_examples=PAIRS // REQUESTS, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_model_answers_as_the_product_does(
    options: dict[str, Written], style: int, asked: list[tuple[Request, int]]
) -> None:
    text = render(options, style)
    policy = read_one(text)
    plain = {name: value.value for name, value in options.items()}
    for request, status in asked:
        expected = product(plain, request, status)
        assert comparable(policy.respond(request, status)) == comparable(expected), (text, request, status)


def answers(**options: Any) -> int:
    """The status of a plain request to a real application with these options, which starts whatever they are."""
    app = Starlette(routes=[Route("/", endpoint)])
    app.add_middleware(CORSMiddleware, **options)
    return product(options, Request("", "https://api.example/", "GET"), 200).status


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ('allow_credantials=True, allow_origins=["https://app.example"]', {"allow_credantials": True}),
        ('allow_origin=["https://app.example"]', {"allow_origin": ["https://app.example"]}),
        ("allow_origins=None", {"allow_origins": None}),
        ('allow_origin_regex=["https://.*"]', {"allow_origin_regex": ["https://.*"]}),
        ('allow_origin_regex="*.example"', {"allow_origin_regex": "*.example"}),
    ],
)
def test_what_the_middleware_refuses_fails_with_each_request(written: str, options: dict[str, Any]) -> None:
    policy = read_one(
        f"from starlette.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, {written})\n"
    )
    assert [fact.kind for fact in policy.facts] == ["rejected-configuration"]
    assert policy.respond(Request("", "https://api.example/", "GET")).status == answers(**options) == 500


def test_a_header_that_is_no_text_fails_with_each_answer() -> None:
    async def with_bool(request: StarletteRequest) -> PlainTextResponse:
        response = PlainTextResponse("")
        response.headers["Access-Control-Allow-Credentials"] = True  # type: ignore[assignment]
        return response

    client = TestClient(Starlette(routes=[Route("/", with_bool)]), raise_server_exceptions=False)
    assert client.get("/").status_code == 500
    text = (
        "from starlette.responses import PlainTextResponse\n\n\nasync def view(request):\n"
        '    response = PlainTextResponse("")\n'
        '    response.headers["Access-Control-Allow-Origin"] = "https://app.example"\n'
        '    response.headers["Access-Control-Allow-Credentials"] = True\n'
        "    return response\n"
    )
    (policy,) = python_headers.read(Project(), Source("main.py", text))
    assert isinstance(policy, Policy)
    assert [fact.kind for fact in policy.facts] == ["rejected-configuration"]
