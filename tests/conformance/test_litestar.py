"""The model of Litestar against the installed product: random configurations, random requests.

Runs with releases from 2.0 on; see scripts/conformance-versions.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator, MutableMapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest
from accuracy import compared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, get, post, put
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.config.cors import CORSConfig

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import litestar
from corslint.source import Source

VERSION = importlib.metadata.version("litestar")
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of a configuration and a request; each configuration meets REQUESTS of them."""
REQUESTS = 16
CORS_HEADERS = ("vary", "access-control-")

ORIGINS = (
    "https://app.example",
    "https://app-example",
    "https://app.example.evil.example",
    "http://localhost:3000",
    "https://a.app.example",
    "https://evilapp.example",
    "https://APP.example",
    "null",
    "a",
    "",
)
LISTED = (
    *ORIGINS,
    "https://*.app.example",
    "https://*app.example",
    "https://app.*",
    "*.example",
    "https://[a",
    "http*",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "get", "G", "ET")
HEADERS = ("content-type", "X-Api-Key", "authorization", "x", "Accept", " x-api-key ", "")


@dataclass(frozen=True)
class Written:
    """Source text of an expression and the value it stands for."""

    text: str
    value: object


def literal(value: object) -> Written:
    return Written(repr(value), value)


def rarely(odd: st.SearchStrategy[Written], usual: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """The odd in one of forty cases."""
    return st.integers(0, 39).flatmap(lambda number: odd if number == 39 else usual)


def listed(words: tuple[str, ...]) -> st.SearchStrategy[Written]:
    """A collection of texts in each of the spellings that programs use, right and wrong."""
    choice = st.sampled_from((*words, "*"))
    several = st.lists(choice, min_size=1, max_size=4)
    usual = st.one_of(
        several.map(literal),
        several.map(tuple).map(literal),
        several.map(lambda v: Written(f"{v!r} + ['x-more']", [*v, "x-more"])),
        several.map(lambda v: Written(f"{','.join(v)!r}.split(',')", ",".join(v).split(","))),
        several.map(lambda v: Written(f"{{{', '.join(map(repr, v))}}}", set(v))),
        several.map(lambda v: Written(repr(dict.fromkeys(v)), dict.fromkeys(v))),
        choice.map(literal),
        several.map(lambda v: literal(", ".join(v))),
        st.just(literal([])),
    )
    refused = st.sampled_from([None, True, 5, [None], [1, "a"], ["*", None], ["x", "\N{EURO SIGN}"]]).map(literal)
    return rarely(refused, usual)


PATTERNS = rarely(
    st.sampled_from(["https://(", ["https://.*"], 5]).map(literal)
    | st.just(Written("re.compile('https://.*')", re.compile("https://.*"))),
    st.sampled_from(
        [
            None,
            "",
            r"https://.*\.example",
            r"https://app.example",
            r"https://.*.app.example",
            r"https?://.*",
            r"^https://app\.example$",
            "HTTPS://APP.EXAMPLE",
            r"(?i)https://app\.example",
            r"null|http://localhost:\d+",
        ]
    ).map(literal),
)
OPTIONS: dict[str, st.SearchStrategy[Written]] = {
    "allow_origins": listed(LISTED),
    "allow_methods": listed(METHODS),
    "allow_headers": listed(HEADERS),
    "allow_credentials": st.sampled_from([True, False, "true", "no", "", 0, 1, None]).map(literal),
    "allow_origin_regex": PATTERNS,
    "expose_headers": listed(("X-Total", "etag", "")),
    "max_age": st.sampled_from([0, 600, -1, "600", "1d", None, True, 1.5, "007"]).map(literal),
}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Written]:
    """Fields of the class, and rarely one that it does not have."""
    options = draw(st.fixed_dictionaries({}, optional=OPTIONS))
    if not draw(st.integers(0, 39)):
        options[draw(st.sampled_from(("allow_private_network", "allow_origin")))] = literal(True)
    return options


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status the application answers it with."""
    headers: list[tuple[str, str]] = []
    if draw(st.integers(0, 5)):
        headers.append(("Origin", draw(st.sampled_from(ORIGINS))))
    method = draw(st.sampled_from(("GET", "POST", "PUT", "OPTIONS", "OPTIONS", "OPTIONS")))
    if method == "OPTIONS":
        headers = headers or [("Origin", "https://app.example")]
        if not headers[0][1]:
            headers = [("Origin", "null")]  # what is no preflight is the application's
        if draw(st.integers(0, 9)):
            headers.append(("Access-Control-Request-Method", draw(st.sampled_from(METHODS))))
        if draw(st.booleans()):
            names = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
            headers.append(("Access-Control-Request-Headers", ",".join(names)))
    if draw(st.booleans()):
        headers.append(("Cookie", "session=1"))
    status = draw(st.sampled_from((200, 200, 204, 401, 404, 500, 503)))
    return Request("", "https://api.example/", method, tuple(headers)), status


STYLES = 6


def configured(options: dict[str, Written], style: int) -> str:
    """A program with these options in one of the ways to hand them over."""
    given = ", ".join(f"{name}={value.text}" for name, value in options.items())
    pairs = ", ".join(f"{name!r}: {value.text}" for name, value in options.items())
    assigned = "".join(f"{name.upper()} = {value.text}\n" for name, value in options.items())
    by_name = ", ".join(f"{name}={name.upper()}" for name in options)
    at_once = [name for name in options if name not in ("allow_origins", "max_age") and name in OPTIONS]
    later = "".join(
        f"config.{name} = {options[name].text}\n" for name in ("allow_origins", "max_age") if name in options
    )
    odd = [name for name in options if name not in OPTIONS]
    first = ", ".join(f"{name}={options[name].text}" for name in (*at_once, *odd))
    return (
        "import re\n"
        + [
            "from litestar import Litestar\nfrom litestar.config.cors import CORSConfig\n"
            f"app = Litestar([], cors_config=CORSConfig({given}))\n",
            "from litestar import Litestar\nfrom litestar.config.cors import CORSConfig as Cors\n"
            f"{assigned}cors = Cors({by_name})\napp = Litestar(cors_config=cors)\n",
            f"import litestar.config.cors\ncors = litestar.config.cors.CORSConfig({given})\n",
            "from litestar.config import cors\n"
            f"settings = {{{pairs}}}\ndef on_app_init(app_config):\n"
            "    app_config.cors_config = cors.CORSConfig(**settings)\n    return app_config\n",
            "from litestar.config.cors import CORSConfig\n"
            "class Plugin:\n    def on_app_init(self, app_config):\n"
            f"        app_config.cors_config = CORSConfig({given})\n"
            "        return app_config\n",
            f"from litestar.config.cors import CORSConfig\nconfig = CORSConfig({first})\n{later}",
        ][style]
    )


def read_one(text: str) -> Policy:
    policies = list(litestar.read(Project(versions={"litestar": VERSION}), Source("main.py", text)))
    assert len(policies) == 1
    assert isinstance(policies[0], Policy)
    assert policies[0].version == VERSION
    return policies[0]


@get("/")
async def on_get(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[None]:
    return LitestarResponse(None, status_code=int(request.headers["x-status"]))


@post("/")
async def on_post(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[None]:
    return LitestarResponse(None, status_code=int(request.headers["x-status"]))


@put("/")
async def on_put(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[None]:
    if request.headers["x-status"] == "500":
        raise RuntimeError("nobody handles this")
    return LitestarResponse(None, status_code=int(request.headers["x-status"]))


def application(options: dict[str, Written]) -> Litestar | None:
    """A real application; None where it does not start."""
    try:
        # Before 2.20 the regular expression is put into the list that was given.
        config = CORSConfig(**{name: copy(value.value) for name, value in options.items()})  # type: ignore[arg-type]
    except (TypeError, AttributeError):
        return None
    return Litestar([on_get, on_post, on_put], cors_config=config, openapi_config=None, logging_config=None)


def product(app: Litestar | None, request: Request, status: int) -> Response:
    """What the real application sends, as a server gets it."""
    if app is None:
        return Response(500)
    started: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message)

    headers = [*request.headers, ("x-status", str(status))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("192.0.2.1", 50000),
        "server": ("api.example", 443),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
        except Exception:
            if not started:
                return Response(500)
    got = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in started[0].get("headers", ())]
    cors = tuple((name, value) for name, value in got if name.lower().startswith(CORS_HEADERS))
    return Response(started[0]["status"], cors)


def comparable(response: Response) -> tuple[int, list[tuple[str, str]]]:
    return response.status, sorted((name.lower(), value) for name, value in response.headers)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("Litestar", VERSION, what, counted["pairs"], counted["differences"])


@given(configurations(), st.integers(0, STYLES - 1), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
@settings(max_examples=max(PAIRS // REQUESTS, 1), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_model_answers_as_the_product_does(
    count: Counter[str], options: dict[str, Written], style: int, asked: list[tuple[Request, int]]
) -> None:
    text = configured(options, style)
    policy = read_one(text)
    app = application(options)
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product(app, request, status), policy.respond(request, status)
        count["differences"] += comparable(modelled) != comparable(expected)
        assert comparable(modelled) == comparable(expected), (text, request, status)


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("allow_origin=['https://app.example']", {"allow_origin": literal(["https://app.example"])}),
        ("allow_headers=None", {"allow_headers": literal(None)}),
        ("allow_origins=None", {"allow_origins": literal(None)}),
        (
            "allow_origins=['a'], allow_origin_regex='https://('",
            {"allow_origins": literal(["a"]), "allow_origin_regex": literal("https://(")},
        ),
    ],
)
def test_what_the_product_refuses_fails(written: str, options: dict[str, Written]) -> None:
    policy = read_one(f"from litestar.config.cors import CORSConfig\ncors = CORSConfig({written})\n")
    assert [fact.kind for fact in policy.facts] == ["rejected-configuration"]
    request = Request("", "https://api.example/", "GET", (("Origin", "https://app.example"),))
    assert policy.respond(request).status == product(application(options), request, 200).status == 500
