"""The model of Starlette's CORSMiddleware against the installed product: random configurations, random requests.

Runs with every release from 0.12 on; see scripts/conformance-versions.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal, TypeAlias

import pytest
from accuracy import compared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.releases import numbers
from corslint.servers import python_headers, starlette
from corslint.source import Source

VERSION = importlib.metadata.version("starlette")
RELEASE = numbers(VERSION)
PARAMETERS = tuple(inspect.signature(CORSMiddleware).parameters)[1:]
"""Of the class, after the application."""
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
    refused = st.sampled_from([None, True, 5, [None], [1, "a"], ["*", None], ["x", "\N{EURO SIGN}"]]).map(literal)
    return rarely(refused, usual)


def rarely(odd: st.SearchStrategy[Written], usual: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """The odd in one of forty cases."""
    return st.integers(0, 39).flatmap(lambda number: odd if number == 39 else usual)


def unordered(words: tuple[str, ...]) -> st.SearchStrategy[Written]:
    """A collection that may come in any order, for options where that makes no difference."""
    several = st.lists(st.sampled_from((*words, "*")), min_size=1, max_size=4, unique=True)
    return st.one_of(
        several.map(lambda v: Written(f"{{{', '.join(map(repr, v))}}}", set(v))),
        several.map(lambda v: Written(f"frozenset({v!r})", frozenset(v))),
        several.map(lambda v: Written(repr(dict.fromkeys(v)), dict.fromkeys(v))),
    )


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
    ).map(literal)
    | st.sampled_from(
        [
            Written(r"re.compile(r'https://.*\.example')", re.compile(r"https://.*\.example")),
            Written("re.compile('HTTPS://app[.]example', re.I)", re.compile("HTTPS://app[.]example", re.I)),
        ]
    ),
)
OPTIONS: dict[str, st.SearchStrategy[Written]] = {
    "allow_origins": listed(ORIGINS) | unordered(ORIGINS),
    "allow_methods": listed(METHODS),
    "allow_headers": listed(HEADERS),
    "allow_credentials": FLAGS,
    "allow_origin_regex": PATTERNS,
    "allow_private_network": FLAGS,
    "expose_headers": listed(("X-Total", "etag", "")),
    "max_age": st.sampled_from([0, 600, -1, "600", "1d", None, True, 1.5, "007"]).map(literal),
}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Written]:
    """Options as the installed release takes them, and rarely one that it does not take."""
    options = draw(st.fixed_dictionaries({}, optional={name: OPTIONS[name] for name in PARAMETERS}))
    if not draw(st.integers(0, 39)):
        odd = draw(st.sampled_from(("allow_private_network", "allow_origin", "allow_credential")))
        options[odd] = literal(True)
    return options


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


Handed: TypeAlias = Literal["added", "listed", "around"]


@dataclass(frozen=True)
class Configuration:
    """A configuration in one of the ways to hand it over."""

    text: str
    """The program, for corslint to read."""
    nameless: tuple[Any, ...]
    """Values that stand at their place in the order of the parameters."""
    named: dict[str, Any]
    handed: Handed = "added"
    """To `add_middleware`, in a list to the application's class, or around the whole application."""


HANDED: tuple[Handed, ...] = ("added", "added", "listed", "added", "around", "added")
STYLES = tuple(style for style, handed in enumerate(HANDED) if handed != "listed" or RELEASE >= (0, 13))
"""Starlette 0.12 has another `Middleware`, or none."""


def configured(options: dict[str, Written], style: int) -> Configuration:
    """These options in one of the ways to hand them over."""
    given = ", ".join(f"{name}={value.text}" for name, value in options.items())
    pairs = ", ".join(f"{name!r}: {value.text}" for name, value in options.items())
    assigned = "".join(f"{name.upper()} = {value.text}\n" for name, value in options.items())
    by_name = ", ".join(f"{name}={name.upper()}" for name in options)
    leading = tuple(takewhile(options.__contains__, PARAMETERS)) if style == 5 else ()
    mixed = [options[name].text for name in leading]
    mixed += [f"{name}={value.text}" for name, value in options.items() if name not in leading]
    text = [
        "from starlette.middleware.cors import CORSMiddleware\n"
        f"app = Starlette()\napp.add_middleware(CORSMiddleware, {given})\n",
        "from fastapi.middleware.cors import CORSMiddleware as Cors\n"
        f"{assigned}app = FastAPI()\napp.add_middleware(Cors, {by_name})\n",
        "import starlette.middleware.cors, starlette.middleware as m\n"
        "app = Starlette(middleware=[m.Middleware(starlette.middleware.cors.CORSMiddleware, " + given + ")])\n",
        "from starlette.middleware.cors import CORSMiddleware\n"
        f"settings = {{{pairs}}}\ndef create():\n"
        "    app = Starlette()\n    app.add_middleware(CORSMiddleware, **settings)\n",
        f"from starlette.middleware.cors import CORSMiddleware\napp = CORSMiddleware(Starlette(), {given})\n",
        "from starlette.middleware.cors import CORSMiddleware\n"
        f"app = Starlette()\napp.add_middleware({', '.join(['CORSMiddleware', *mixed])})\n",
    ][style]
    named = {name: value.value for name, value in options.items() if name not in leading}
    nameless = tuple(options[name].value for name in leading)
    return Configuration(f"import re\n{text}", nameless, named, HANDED[style])


def read_one(text: str) -> Policy:
    policies = list(starlette.read(Project(versions={"starlette": VERSION}), Source("main.py", text)))
    assert len(policies) == 1
    assert isinstance(policies[0], Policy)
    assert policies[0].version == VERSION
    return policies[0]


async def endpoint(request: StarletteRequest) -> PlainTextResponse:
    status = int(request.headers.get("x-status", "200"))
    if status == 500:
        raise RuntimeError("nobody handles this")
    return PlainTextResponse("", status)


def application(configuration: Configuration) -> Any:
    """A real application with the real middleware. Raises what the middleware raises."""
    routes = [Route("/", endpoint, methods=["GET", "POST", "OPTIONS"])]
    if configuration.handed == "listed":
        from starlette.middleware import Middleware

        return Starlette(routes=routes, middleware=[Middleware(CORSMiddleware, **configuration.named)])
    app = Starlette(routes=routes)
    if configuration.handed == "around":
        return CORSMiddleware(app, *configuration.nameless, **configuration.named)
    app.add_middleware(CORSMiddleware, *configuration.nameless, **configuration.named)
    return app


def by_hand(app: Any, method: str, headers: list[tuple[str, str]]) -> Response:
    """What an ASGI application sends, as a server gets it, with any release of Starlette."""
    started: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message)

    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "headers": raw,
        "client": ("192.0.2.1", 50000),
        "server": ("api.example", 443),
    }
    running = app(scope, receive, send)
    try:
        running.send(None)
    except StopIteration:
        pass
    except Exception:
        if not started:
            raise
        # The error page is out; Starlette hands the exception on to the server, for its log.
    else:
        raise AssertionError("the application waits for something")
    got = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in started[0].get("headers", ())]
    return Response(started[0]["status"], tuple(got))


def by_test_client(app: Any, method: str, headers: list[tuple[str, str]]) -> Response:
    """The same through Starlette's own client, which other releases have with other requirements and manners."""
    from starlette.testclient import TestClient

    got = TestClient(app, raise_server_exceptions=False).request(method, "/", headers=headers)
    return Response(got.status_code, tuple(got.headers.multi_items()))


ask_product = by_test_client if RELEASE >= (1, 7) else by_hand


def product(configuration: Configuration, request: Request, status: int, ask: Any = ask_product) -> Response:
    """The answer of the real middleware."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = ask(application(configuration), request.method, [*request.headers, ("x-status", str(status))])
    except (TypeError, ValueError, AttributeError, re.error):
        # Raised while the middleware is built: the application does not start, or a server in front answers 500.
        return Response(500)
    assert isinstance(got, Response)
    return Response(
        got.status,
        tuple((name, value) for name, value in got.headers if name.lower().startswith(CORS_HEADERS)),
    )


def comparable(response: Response) -> tuple[int, list[tuple[str, str]]]:
    return response.status, sorted((name.lower(), value) for name, value in response.headers)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """What is compared in this run, and what came out otherwise."""
    counted: Counter[str] = Counter()
    yield counted
    what = "answers to random requests under random configurations, refused ones among them"
    compared("Starlette", VERSION, what, counted["pairs"], counted["differences"])


@given(
    configurations(),
    st.sampled_from(STYLES),
    st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS),
)
@settings(max_examples=PAIRS // REQUESTS, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_model_answers_as_the_product_does(
    count: Counter[str], options: dict[str, Written], style: int, asked: list[tuple[Request, int]]
) -> None:
    configuration = configured(options, style)
    policy = read_one(configuration.text)
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product(configuration, request, status), policy.respond(request, status)
        count["differences"] += comparable(modelled) != comparable(expected)
        assert comparable(modelled) == comparable(expected), (configuration.text, request, status)


@pytest.mark.skipif(RELEASE < (1, 7), reason="only the newest releases are asked in both ways")
@given(configurations(), st.sampled_from(STYLES), requests())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_test_client_hears_what_the_application_says(
    options: dict[str, Written], style: int, asked: tuple[Request, int]
) -> None:
    configuration = configured(options, style)
    assert comparable(product(configuration, *asked, by_hand)) == comparable(product(configuration, *asked))


def test_latin_1_is_what_a_header_can_hold() -> None:
    # Starlette's client reads headers as UTF-8, so that only the application itself tells.
    request = Request("", "https://api.example/", "GET", (("Origin", "https://app.example"),))
    options = {"allow_origins": ["*"], "expose_headers": ["é"]}
    policy = read_one(
        "from starlette.middleware.cors import CORSMiddleware\n"
        "app.add_middleware(CORSMiddleware, allow_origins=['*'], expose_headers=['é'])\n"
    )
    expected = product(Configuration("", (), options), request, 200, by_hand)
    assert expected.values("Access-Control-Expose-Headers") == ["é"]
    assert comparable(policy.respond(request)) == comparable(expected)


def answers(**options: Any) -> int:
    """The status of a plain request to a real application with these options; 500 where it does not even start."""
    return product(Configuration("", (), options), Request("", "https://api.example/", "GET"), 200).status


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

    assert by_hand(Starlette(routes=[Route("/", with_bool)]), "GET", []).status == 500
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
