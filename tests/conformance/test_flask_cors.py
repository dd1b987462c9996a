"""The model of flask-cors against the installed release: random applications, random requests, no difference.

`scripts/conformance-versions flask-cors` runs this with other releases.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import pytest
from accuracy import compared
from flask import Flask, abort
from hypothesis import event, given, settings
from hypothesis import strategies as st

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.releases import numbers
from corslint.servers import flask_cors
from corslint.source import Source

VERSION = version("flask-cors")
RELEASE = numbers(VERSION)
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of an application and a request; each application meets REQUESTS of them."""
REQUESTS = 8
CI_PAIRS = 2000
"""Up to here, each run compares the same."""
START = "the application does not start: "
"""How a fact begins that says so."""
PATHS = ("/", "/api", "/api/items", "/apiary", "/API/items", "/files/a")
ORIGINS: tuple[Any, ...] = (
    "https://app.example.com",
    "http://localhost:3000",
    "https://app.example.com/",
    "HTTPS://App.Example.com",
    "https://a.example, https://b.example",
    "https://*.example.com",
    r"^https://.*\.example\.com$",
    "http://localhost:*",
    "https://.+.example.com",
    "http://[::1]:3000",
    "null",
    "*",
    ".*",
    "",
    None,
    5,
    re.compile(r"https://\w+\.example\.com"),
    re.compile("HTTPS://APP", re.IGNORECASE),
    re.compile(".*"),
)
ASKING = (
    "https://app.example.com",
    "http://localhost:3000",
    "http://localhost.evil.example",
    "https://example.com.evil.example",
    "https://a.example.com",
    "https://b.example",
    "https://evil.example",
    "http://[::1]:3000",
    "null",
    "None",
    "",
    None,
)
BAD_ORIGINS = ("*.example.com", "https://(app.example.com")
"""Taken for regular expressions, and are none."""
HEADERS: tuple[Any, ...] = ("*", "Content-Type", "A,B", "X-*", r"x-\w+", "x-foo", re.compile("X-F"), None, 5)
BAD_HEADERS = ("*-token", "x-[")


def one_or_many(values: tuple[Any, ...], bad: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """One value or several of them, with a bad one among them now and then."""
    one = rarely(st.sampled_from(bad), st.sampled_from(values))
    many = st.lists(one, max_size=3)
    return one | many | many.map(tuple)


def rarely(odd: st.SearchStrategy[Any], usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The odd in one of thirty cases."""
    return st.integers(0, 29).flatmap(lambda number: odd if number == 29 else usual)


FLAG = st.sampled_from((True, False))
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "origins": one_or_many(ORIGINS, BAD_ORIGINS),
        "methods": rarely(
            st.none(), st.sampled_from((["get", "POST"], "PUT, DELETE", "GET,PUT", "*", [], "", ("PATCH",)))
        ),
        "allow_headers": one_or_many(HEADERS, BAD_HEADERS),
        "expose_headers": st.sampled_from(("X-A", ["X-B", "X-A"], "X-A,X-B", "*", [], "", None)),
        "supports_credentials": st.sampled_from((True, False, "false", "", 1, 0, [], ["x"])),
        "max_age": st.sampled_from((600, 0, "0", "600", "0600", None, 1.5, True, "soon", -1, timedelta(minutes=5))),
        "send_wildcard": FLAG,
        "vary_header": FLAG,
        "always_send": FLAG,
        "allow_private_network": FLAG,
        "intercept_exceptions": FLAG,
    },
)
PATTERNS = (
    "*",
    "/*",
    "/",
    "/api",
    "/api/*",
    "/api/.*",
    r"/api(/.*)?$",
    "/files/*",
    "api",
    "/API/.*",
    "/Api/Items",
    ".*/items",
)
BAD_PATTERNS = ("*/api", "/api(", "/files/[a")
COMPILED = (re.compile("/api"), re.compile("/API", re.IGNORECASE), re.compile("/files/.*"))
PATTERN = rarely(st.sampled_from(BAD_PATTERNS), st.sampled_from((*PATTERNS, *COMPILED)))
RESOURCES = rarely(
    st.sampled_from((None, 5, {"/api/*": "*"})),
    PATTERN
    | st.lists(PATTERN, min_size=1, max_size=3, unique=True)
    | st.dictionaries(PATTERN, OPTIONS, min_size=1, max_size=3),
)
ASKED_METHODS = ("GET", "PUT", "patch", "DELETE", "E, P", "*", "PROPFIND")
ASKED_HEADERS = ("content-type", "x-foo, authorization", "a", "b,a", "X-Foo", "a , b", "a,,b", "none, 5")


@st.composite
def requests(draw: st.DrawFn, paths: tuple[str, ...] = PATHS) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status of the view."""
    method = draw(st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "OPTIONS", "OPTIONS")))
    origin = draw(st.sampled_from(ASKING))
    headers = [] if origin is None else [("Origin", origin)]
    if method == "OPTIONS":
        for name, values in (
            ("Access-Control-Request-Method", ASKED_METHODS),
            ("Access-Control-Request-Headers", ASKED_HEADERS),
            ("Access-Control-Request-Private-Network", ("true", "false")),
        ):
            value = draw(st.none() | st.sampled_from(values))
            if value is not None:
                headers.append((name, value))
    # Flask answers OPTIONS by itself wherever there is a route.
    status = 200 if method == "OPTIONS" else draw(st.sampled_from((200, 201, 302, 404, 500)))
    url = "https://api.example" + draw(st.sampled_from(paths))
    return Request(origin or "null", url, method, tuple(headers)), status


def render(value: Any) -> str:
    """A value as a program writes it."""
    match value:
        case re.Pattern():
            return f"re.compile({value.pattern!r}{', re.IGNORECASE' if value.flags & re.IGNORECASE else ''})"
        case timedelta():
            return f"timedelta(seconds={value.seconds})"
        case list():
            return f"[{', '.join(map(render, value))}]"
        case tuple():
            return f"({''.join(render(item) + ', ' for item in value)})"
        case dict():
            return "{" + ", ".join(f"{render(key)}: {render(item)}" for key, item in value.items()) + "}"
    return repr(value)


def arguments(options: dict[str, Any]) -> str:
    return "".join(f", {name}={render(value)}" for name, value in options.items())


HEAD = """\
import re
from datetime import timedelta

from flask import Flask
from flask_cors import CORS, cross_origin

app = Flask(__name__)
"""


@st.composite
def extensions(draw: st.DrawFn) -> str:
    """A program that applies the extension to its application."""
    options = draw(OPTIONS)
    if draw(FLAG):
        options["resources"] = draw(RESOURCES)
    configured = draw(OPTIONS) if draw(FLAG) else {}
    lines = [f"app.config['CORS_{name.upper()}'] = {render(value)}" for name, value in configured.items()]
    if draw(FLAG):
        lines.append(f"CORS(app{arguments(options)})")
    else:
        constructed = draw(OPTIONS) if draw(FLAG) else {}
        lines.append(f"cors = CORS({arguments(constructed)[2:]})")
        lines.append(f"cors.init_app(app{arguments(options)})")
    return HEAD + "\n".join(lines)


@st.composite
def decorations(draw: st.DrawFn) -> str:
    """A program with a decorated view."""
    options = draw(OPTIONS)
    configured = draw(OPTIONS) if draw(FLAG) else {}
    if draw(st.integers(0, 3)) == 0:
        options["automatic_options"] = draw(FLAG)
    if draw(st.integers(0, 3)) == 0:
        configured["automatic_options"] = draw(FLAG)
    methods = draw(st.sampled_from(("['GET', 'POST']", "['GET', 'POST', 'OPTIONS']")))
    lines = [f"app.config['CORS_{name.upper()}'] = {render(value)}" for name, value in configured.items()]
    lines.append(f"@app.route('/api/items', methods={methods})")
    lines.append(f"@cross_origin({arguments(options)[2:]})")
    return HEAD + "\n".join(lines) + "\ndef items():\n    return view()\n"


class Product:
    """The program, run by Flask."""

    def __init__(self, program: str) -> None:
        """Raises what the program raises when it starts."""
        self.program, self.status = program, 200
        names: dict[str, Any] = {"__name__": "program", "view": self.view}
        exec(program, names)
        app: Flask = names["app"]
        app.config["PROPAGATE_EXCEPTIONS"] = False
        if not any(rule.endpoint == "items" for rule in app.url_map.iter_rules()):
            for number, path in enumerate(PATHS):
                app.add_url_rule(path, f"view{number}", self.view, methods=["GET", "POST"])
        self.client = app.test_client()

    def view(self) -> Any:
        if self.status == 500:
            raise RuntimeError("the view fails")
        if self.status >= 400:
            abort(self.status)
        return "ok", self.status

    def answer(self, request: Request, status: int) -> Response:
        self.status = status
        try:
            answer = self.client.open(request.url, method=request.method, headers=list(request.headers))
        except Exception:
            # Raised in a hook that runs after error handlers too: a server in front of Flask answers.
            return Response(500)
        return Response(answer.status_code, tuple(answer.headers.items()))


def cors(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """The part of an answer that matters, in an order that does not."""
    names = ((name.lower(), value) for name, value in response.headers)
    return response.status, sorted(pair for pair in names if pair[0] == "vary" or pair[0].startswith("access-control-"))


def read(program: str) -> list[Policy]:
    policies = list(flask_cors.read(Project(versions={"flask-cors": VERSION}), Source("app.py", program)))
    assert all(isinstance(policy, Policy) for policy in policies)
    return policies  # type: ignore[return-value]


def path_of(request: Request) -> str:
    return request.url.removeprefix("https://api.example")


def model(policies: list[Policy], request: Request, status: int) -> Response:
    for policy in policies:
        if policy.covers(path_of(request)):
            return policy.respond(request, status)
    return Response(status)


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
    compared("flask-cors", VERSION, what, counted["pairs"], counted["differences"])


def compare(count: Counter[str], policies: list[Policy], product: Product, asked: list[tuple[Request, int]]) -> None:
    """Put the requests to both. Where the product fails on one, something must have been said."""
    facts = [fact.kind for policy in policies for fact in policy.facts]
    for request, status in asked:
        count["pairs"] += 1
        expected, modelled = product.answer(request, status), model(policies, request, status)
        count["differences"] += cors(modelled) != cors(expected)
        assert cors(modelled) == cors(expected), (product.program, request)
        assert status == 500 or expected.status != 500 or "rejected-configuration" in facts, product.program


@settings(max_examples=PAIRS * 2 // 3 // (REQUESTS - 2), deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(extensions(), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_an_application_answers_as_the_model_says(
    count: Counter[str], program: str, asked: list[tuple[Request, int]]
) -> None:
    policies = read(program)
    # The policies of other resources of the same application are not to blame.
    refused = [policy for policy in policies if any(fact.text.startswith(START) for fact in policy.facts)]
    try:
        product = Product(program)
    except (ValueError, AttributeError, TypeError):
        event("does not start")
        covered = [(policy, *one) for policy in refused for one in asked if policy.covers(path_of(one[0]))]
        count["pairs"] += max(len(covered), 1)
        assert refused, program
        assert {policy.respond(request, status) for policy, request, status in covered} <= {Response(500)}, program
        return
    assert not refused, program
    compare(count, policies, product, asked)


@settings(max_examples=PAIRS // 3 // (REQUESTS - 2), deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(decorations(), st.lists(requests(("/api/items",)), min_size=REQUESTS, max_size=REQUESTS))
def test_a_decorated_view_answers_as_the_model_says(
    count: Counter[str], program: str, asked: list[tuple[Request, int]]
) -> None:
    compare(count, read(program), Product(program), asked)


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PAIRS
    assert count["differences"] == 0


PREFLIGHT = Request(
    "https://app.example.com",
    "https://api.example/api/items",
    "OPTIONS",
    (("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT")),
)
CLASS_BASED = (
    HEAD
    + """
from flask.views import MethodView

class Items(MethodView):
{members}

app.add_url_rule("/api/items", view_func=Items.as_view("items"))
"""
)
DECORATED_METHOD = """\
    @cross_origin()
    def put(self):
        return view()
"""
DECORATED_CLASS = """\
    decorators = [cross_origin()]

    def put(self):
        return view()
"""


@pytest.mark.parametrize("members", [DECORATED_METHOD, DECORATED_CLASS])
def test_flask_answers_preflights_to_class_based_views_without_the_decorator(members: str) -> None:
    program = CLASS_BASED.format(members=members)
    put = Request("https://app.example.com", PREFLIGHT.url, "PUT", (("Origin", "https://app.example.com"),))
    policies, product = read(program), Product(program)
    assert cors(model(policies, PREFLIGHT, 200)) == cors(product.answer(PREFLIGHT, 200)) == (200, [])
    assert cors(model(policies, put, 200)) == cors(product.answer(put, 200))
    assert policies[0].preflight.answered_by == "nobody"


def test_a_decorator_above_the_route_does_nothing() -> None:
    program = HEAD + "@cross_origin()\n@app.route('/api/items')\ndef items():\n    return view()\n"
    policies, product = read(program), Product(program)
    get = Request("https://app.example.com", PREFLIGHT.url, "GET", (("Origin", "https://app.example.com"),))
    for request in (get, PREFLIGHT):
        assert cors(model(policies, request, 200)) == cors(product.answer(request, 200)) == (200, [])
    assert [fact.kind for fact in policies[0].facts] == ["decorator-order"]


def test_a_blueprint_has_no_configuration() -> None:
    program = HEAD + (
        "from flask import Blueprint\n"
        "app.config['CORS_ORIGINS'] = ['https://app.example.com']\n"
        "bp = Blueprint('bp', __name__)\n"
        "CORS(bp)\n"
        "bp.add_url_rule('/api/items', 'items', lambda: view())\n"
        "app.register_blueprint(bp)\n"
    )
    policies = read(program)
    names: dict[str, Any] = {"__name__": "program", "view": lambda: "ok"}
    exec(program, names)
    headers = {"Origin": "https://other.example"}
    real = names["app"].test_client().get("/api/items", headers=headers)
    asked = Request("https://other.example", PREFLIGHT.url, "GET", tuple(headers.items()))
    assert cors(model(policies, asked, 200)) == cors(Response(200, tuple(real.headers.items())))
    assert policies[0].name == "CORS on `bp`"


GET = Request("https://other.example", PREFLIGHT.url, "GET", (("Origin", "https://other.example"),))
VIEW = "@app.route('/api/items')\ndef items():\n    return view()\n"


def kinds(program: str) -> list[str]:
    return [fact.kind for policy in read(program) for fact in policy.facts]


@pytest.mark.parametrize(
    "options", ["send_wildcard=True, supports_credentials=True", "resources=None", "resources={'/api/*': '*'}"]
)
def test_an_application_with_refused_options_does_not_start(options: str) -> None:
    program = HEAD + f"CORS(app, {options})\n"
    with pytest.raises((ValueError, AttributeError, TypeError)):
        Product(program)
    assert kinds(program) == ["rejected-configuration"]


@pytest.mark.parametrize(
    ("options", "passed_over"),
    [
        ("origins='*.example.com'", "malformed-origin"),
        ("allow_headers=['*-token']", "malformed-header-list"),
        ("resources='*/api'", "dead-resource"),
        ("resources={'*/api': {}}", "dead-resource"),
    ],
)
def test_what_is_no_regular_expression_is_refused_in_a_way_that_depends_on_the_release(
    options: str, passed_over: str
) -> None:
    program = HEAD + f"CORS(app, {options})\n"
    asked = replace(PREFLIGHT, headers=(*PREFLIGHT.headers, ("Access-Control-Request-Headers", "x-token")))
    how = "start" if RELEASE >= (6, 0, 5) else "unmatched" if RELEASE >= (6,) else "request"
    if how == "start":
        with pytest.raises(ValueError, match="Invalid regular expression"):
            Product(program)
        assert [fact.text.startswith(START) for fact in read(program)[0].facts] == [True]
        return
    answers = cors(Product(program).answer(asked, 200)), cors(model(read(program), asked, 200))
    assert answers[0] == answers[1]
    assert answers[0][0] == (500 if how == "request" else 200)
    assert kinds(program) == ["rejected-configuration" if how == "request" else passed_over]


@pytest.mark.parametrize("options", ["origins=None", "origins=[None]", "allow_headers=[None]"])
def test_what_is_no_text_fails_each_request_or_is_compared_as_text(options: str) -> None:
    program = HEAD + f"CORS(app, {options})\n"
    asked = replace(PREFLIGHT, headers=(*PREFLIGHT.headers, ("Access-Control-Request-Headers", "none")))
    answers = cors(Product(program).answer(asked, 200)), cors(model(read(program), asked, 200))
    assert answers[0] == answers[1]
    assert answers[0][0] == (200 if RELEASE >= (6, 0, 5) else 500)
    assert kinds(program) == ([] if RELEASE >= (6, 0, 5) else ["rejected-configuration"])


def test_a_view_with_refused_options_fails_with_each_request() -> None:
    decorator = "@app.route('/api/items')\n@cross_origin(send_wildcard=True, supports_credentials=True)\n"
    program = HEAD + decorator + "def items():\n    return view()\n"
    assert cors(Product(program).answer(GET, 200)) == cors(model(read(program), GET, 200)) == (500, [])
    assert kinds(program) == ["rejected-configuration"]


@pytest.mark.parametrize(
    "arguments",
    [
        "app, origin='https://app.example.com'",
        "app, allow_origins=['https://app.example.com']",
        "app, resources={'/api/*': {'origin': 'https://app.example.com'}}",
    ],
)
def test_an_unknown_option_is_only_worth_a_line_in_the_log(arguments: str, caplog: pytest.LogCaptureFixture) -> None:
    logging.disable(logging.NOTSET)
    program = HEAD + f"CORS({arguments})\n{VIEW}"
    with caplog.at_level(logging.WARNING):
        product = Product(program)
    assert "Unknown option passed to Flask-CORS" in caplog.text
    answers = cors(product.answer(GET, 200)), cors(model(read(program), GET, 200))
    assert answers[0] == answers[1]
    assert ("access-control-allow-origin", "https://other.example") in answers[0][1]
    assert kinds(program) == ["unknown-setting"]


def test_an_unknown_entry_of_the_configuration_changes_nothing() -> None:
    program = HEAD + f"app.config['CORS_ALLOWED_ORIGINS'] = 'https://app.example.com'\nCORS(app)\n{VIEW}"
    assert ("access-control-allow-origin", "https://other.example") in cors(Product(program).answer(GET, 200))[1]
    assert kinds(program) == ["unknown-setting"]


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ("CORS(app)\n{entry}", ["late-setting"]),
        ("extension = CORS()\nextension.init_app(app)\n{entry}", ["late-setting"]),
        ("{entry}CORS(app)\n", []),
        ("extension = CORS()\n{entry}extension.init_app(app)\n", []),
    ],
)
def test_the_configuration_is_read_once(setup: str, expected: list[str]) -> None:
    program = HEAD + setup.format(entry="app.config['CORS_ORIGINS'] = 'https://app.example.com'\n") + VIEW
    is_open = ("access-control-allow-origin", "https://other.example") in cors(Product(program).answer(GET, 200))[1]
    assert is_open == bool(expected)
    assert kinds(program) == expected


def test_decorated_views_read_the_configuration_with_each_request() -> None:
    program = HEAD + "CORS(app)\napp.config['CORS_ORIGINS'] = 'https://app.example.com'\n"
    program += VIEW.replace("\n", "\n@cross_origin()\n", 1)
    without_origin = Request("null", GET.url, "GET")
    sent = ("access-control-allow-origin", "https://app.example.com")
    assert sent in cors(Product(program).answer(without_origin, 200))[1]
    assert sent not in cors(Product(program.replace("@cross_origin()\n", "")).answer(without_origin, 200))[1]
    assert kinds(program) == []


@pytest.mark.parametrize("pattern", ["api", "api/*", "^api/.*$", "(api|v1)/.*", "^/api/", "/api", "/*api", "/?api"])
def test_a_dead_resource_matches_no_path(pattern: str) -> None:
    program = HEAD + f"CORS(app, resources={{{pattern!r}: {{'origins': '*'}}}})\n"
    program += "".join(f"app.add_url_rule({path!r}, {path!r}, lambda: view())\n" for path in PATHS)
    product = Product(program)
    asked = [Request(GET.origin, f"https://api.example{path}", "GET", GET.headers) for path in PATHS]
    reached = [request for request in asked if cors(product.answer(request, 200))[1]]
    assert kinds(program) == ([] if reached else ["dead-resource"])
