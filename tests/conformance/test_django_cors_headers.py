"""The model of django-cors-headers against the installed release: random settings, random requests, no difference.

`scripts/conformance-versions django-cors-headers` runs this with other releases.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import django
import pytest
from accuracy import compared
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import path
from hypothesis import given, settings
from hypothesis import strategies as st

from corslint import judgement
from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.releases import numbers
from corslint.rule import POLICY_CHECKS
from corslint.servers import django_cors_headers
from corslint.source import Source

VERSION = version("django-cors-headers")
RELEASE = numbers(VERSION)
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
"""Pairs of settings and a request; all settings meet REQUESTS of them."""
REQUESTS = 8
CI_PAIRS = 2000
"""Up to here, each run compares the same."""


class View:
    """A view that answers with the status it is told, by raising where that is 500."""

    status = 200

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.status == 500:
            raise RuntimeError("the view fails")
        return HttpResponse("ok", status=self.status)


view = View()
PATHS = ("/", "/api/items", "/API/items", "/files/a")
urlpatterns = [*(path(one[1:], view) for one in PATHS), path("slashed/", view)]

django_settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
)
django.setup()

from django.test import Client, override_settings  # noqa: E402 - needs the settings

LISTED: tuple[Any, ...] = (
    "https://app.example.com",
    "http://localhost:3000",
    "https://app.example.com/",
    "HTTPS://App.Example.com",
    "https://a.example/path",
    " https://b.example",
    "https://c.example ",
    "https://*.example.com",
    "*",
    "",
    "null",
    "example.com",
    "localhost:3000",
    "//app.example.com",
    "file://",
    None,
    0,
)
BAD_LISTED = ("http://[", 5, True, ["https://app.example.com"], re.compile("x"))
PATTERNS: tuple[Any, ...] = (
    r"^https://.*\.example\.com$",
    r"https://\w+\.example\.com",
    "",
    ".*",
    re.compile("HTTPS://APP", re.IGNORECASE),
)
BAD_PATTERNS = ("(", "*", None, 5, [".*"])
NO_LISTS = (None, 5, True, re.compile("x"))
ASKING = (
    "https://app.example.com",
    "https://App.Example.com",
    "http://localhost:3000",
    "https://a.example",
    "https://b.example",
    "https://c.example",
    "https://a.example.com.evil.example",
    "https://evil.example",
    "file://",
    "null",
    "http://[",
    "",
    None,
)


def rarely(odd: st.SearchStrategy[Any], usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The odd in one of thirty cases."""
    return st.integers(0, 29).flatmap(lambda number: odd if number == 29 else usual)


def one_or_many(values: tuple[Any, ...], bad: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """A text or a list; now and then one with something bad in it, or no list at all."""
    one = rarely(st.sampled_from(bad or values), st.sampled_from(values))
    text = st.sampled_from([value for value in (*values, *bad) if isinstance(value, str)])
    many = st.lists(one, max_size=3)
    return rarely(st.sampled_from(NO_LISTS), text | many | many.map(tuple))


def names(*usual: Any) -> st.SearchStrategy[Any]:
    return rarely(st.sampled_from((*NO_LISTS, [None], ["x-a", 5])), st.sampled_from(usual))


ALLOW_ALL = st.sampled_from((True, False, "False", "", ["*"], 0, None))
LIST = one_or_many(LISTED, BAD_LISTED)
REGEXES = one_or_many(PATTERNS, BAD_PATTERNS)
FLAG = st.sampled_from((True, False, "false", "", 1, 0))
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "CORS_ALLOW_ALL_ORIGINS": ALLOW_ALL,
        "CORS_ORIGIN_ALLOW_ALL": ALLOW_ALL,
        "CORS_ALLOWED_ORIGINS": LIST,
        "CORS_ORIGIN_WHITELIST": LIST,
        "CORS_ALLOWED_ORIGIN_REGEXES": REGEXES,
        "CORS_ORIGIN_REGEX_WHITELIST": REGEXES,
        "CORS_URLS_REGEX": rarely(
            st.sampled_from(("(", "*", None, 5, [r"^/api/.*$"])),
            st.sampled_from((r"^/api/.*$", "/files", "^.*$", re.compile("/API", re.IGNORECASE))),
        ),
        "CORS_ALLOW_METHODS": names(["get", "POST"], "GET", ["PUT, DELETE"], [], ("GET,PUT",)),
        "CORS_ALLOW_HEADERS": names(["*"], "*", ["Content-Type", "x-a"], [], ("authorization",)),
        "CORS_EXPOSE_HEADERS": names(["X-B", "X-A"], "X-A", ["X-A,X-B"], [], "", ["*"]),
        "CORS_ALLOW_CREDENTIALS": FLAG,
        "CORS_ALLOW_PRIVATE_NETWORK": FLAG,
        "CORS_PREFLIGHT_MAX_AGE": st.sampled_from((600, 0, "0", "600", "0600", None, 1.5, True, "soon", -1)),
    },
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, int]:
    """A request as it stands on the wire, and the status of the view."""
    method = draw(st.sampled_from(("GET", "POST", "OPTIONS", "OPTIONS", "OPTIONS")))
    origin = draw(st.sampled_from(ASKING))
    headers = [] if origin is None else [("Origin", origin)]
    if method == "OPTIONS":
        for name, values in (
            ("Access-Control-Request-Method", ("GET", "PUT", "patch", "PROPFIND", "")),
            ("Access-Control-Request-Headers", ("content-type", "x-foo, authorization", "a")),
            ("Access-Control-Request-Private-Network", ("true", "false")),
        ):
            value = draw(st.none() | st.sampled_from(values))
            if value is not None:
                headers.append((name, value))
    url = "https://api.example" + draw(st.sampled_from(PATHS))
    return Request(origin or "null", url, method, tuple(headers)), draw(st.sampled_from((200, 201, 302, 404, 500)))


def render(value: Any) -> str:
    """A value as a settings module writes it."""
    match value:
        case re.Pattern():
            return f"re.compile({value.pattern!r}{', re.IGNORECASE' if value.flags & re.IGNORECASE else ''})"
        case list():
            return f"[{', '.join(map(render, value))}]"
        case tuple():
            return f"({''.join(render(item) + ', ' for item in value)})"
    return repr(value)


def module(options: dict[str, Any]) -> str:
    lines = [f"{name} = {render(value)}" for name, value in options.items()]
    middleware = "MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware']\n"
    return "import re\n\nALLOWED_HOSTS = ['api.example']\n" + middleware + "\n".join(lines) + "\n"


def answer(request: Request, status: int) -> Response:
    view.status = status
    client = Client(raise_request_exception=False)
    url_path = request.url.removeprefix("https://api.example")
    response = client.generic(request.method, url_path, headers=dict(request.headers))
    return Response(response.status_code, tuple(response.headers.items()))


def cors(response: Response) -> tuple[int, list[tuple[str, str]]]:
    """The part of an answer that matters, in an order that does not."""
    names = ((name.lower(), value) for name, value in response.headers)
    return response.status, sorted(pair for pair in names if pair[0] == "vary" or pair[0].startswith("access-control-"))


def read(text: str) -> list[Policy]:
    policies = list(
        django_cors_headers.read(
            Project(versions={"django-cors-headers": VERSION}), Source("project/settings.py", text)
        )
    )
    assert all(isinstance(policy, Policy) for policy in policies)
    return policies  # type: ignore[return-value]


def model(policies: list[Policy], request: Request, status: int) -> Response:
    for policy in policies:
        if policy.covers(request.url.removeprefix("https://api.example")):
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
    compared("django-cors-headers", VERSION, what, counted["pairs"], counted["differences"])


@settings(max_examples=PAIRS // REQUESTS, deadline=None, derandomize=PAIRS <= CI_PAIRS)
@given(OPTIONS.filter(bool), st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS))
def test_a_project_answers_as_the_model_says(
    count: Counter[str], options: dict[str, Any], asked: list[tuple[Request, int]]
) -> None:
    policies = read(module(options))
    assert len(policies) == 1
    assert policies[0].version == VERSION
    # What a text does that is taken for a list, letter by letter, is no matter of being refused.
    letters = any(isinstance(one, str) for name, one in options.items() if "ORIGIN" in name)
    is_said = letters or facts_of(policies, "rejected-configuration")
    with override_settings(**options):
        for request, status in asked:
            count["pairs"] += 1
            expected, modelled = answer(request, status), model(policies, request, status)
            count["differences"] += cors(modelled) != cors(expected)
            assert cors(modelled) == cors(expected), (options, request)
            is_bad = expected.status == 500 and status != 500 and dict(request.headers).get("Origin") != "http://["
            assert is_said or not is_bad, options


def facts_of(policies: list[Policy], kind: str) -> bool:
    return any(fact.kind == kind for policy in policies for fact in policy.facts)


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PAIRS
    assert count["differences"] == 0


ALLOWED = [("Origin", "https://app.example.com")]
SETTINGS = """\
ALLOWED_HOSTS = ["api.example"]
INSTALLED_APPS = ["corsheaders"]
SECURE_SSL_REDIRECT = True
MIDDLEWARE = [
    {above}"corsheaders.middleware.CorsMiddleware",
]
CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
"""


def facts(text: str) -> list[str]:
    return [fact.kind for policy in read(text) for fact in policy.facts]


def stack(*above: str) -> dict[str, Any]:
    return {
        "MIDDLEWARE": [*above, "corsheaders.middleware.CorsMiddleware"],
        "CORS_ALLOWED_ORIGINS": ["https://app.example.com"],
    }


def test_below_the_common_middleware_the_redirect_to_the_slash_has_no_headers() -> None:
    common = "django.middleware.common.CommonMiddleware"
    with override_settings(**stack(common)):
        redirect = Client().get("/slashed", headers=dict(ALLOWED))
    assert cors(Response(redirect.status_code, tuple(redirect.headers.items()))) == (301, [])
    with override_settings(MIDDLEWARE=[*reversed(stack(common)["MIDDLEWARE"])], CORS_ALLOW_ALL_ORIGINS=True):
        redirect = Client().get("/slashed", headers=dict(ALLOWED))
    assert (redirect.status_code, redirect["Access-Control-Allow-Origin"]) == (301, "*")
    assert facts(SETTINGS.format(above=f'"{common}",\n    ')) == ["middleware-order"]


def test_below_the_security_middleware_a_preflight_to_http_is_redirected() -> None:
    security = "django.middleware.security.SecurityMiddleware"
    with override_settings(**stack(security), SECURE_SSL_REDIRECT=True):
        headers = {**dict(ALLOWED), "Access-Control-Request-Method": "PUT"}
        redirect = Client().options("/api/items", headers=headers)
        safe = Client().options("/api/items", headers=headers, secure=True)
    assert cors(Response(redirect.status_code, tuple(redirect.headers.items()))) == (301, [])
    assert (safe.status_code, safe["Access-Control-Allow-Origin"]) == (200, "https://app.example.com")
    over_http = SETTINGS.replace("https://app.example.com", "http://app.example.com").format(
        above=f'"{security}",\n    '
    )
    assert facts(over_http) == ["middleware-order"]
    assert facts(over_http.replace("= True", "= False")) == []
    # A page on https:// may not call http://, so nobody is there to meet the redirect.
    assert facts(SETTINGS.format(above=f'"{security}",\n    ')) == []


def test_without_the_middleware_the_settings_do_nothing() -> None:
    text = SETTINGS.format(above="").replace("corsheaders.middleware.CorsMiddleware", "app.middleware.Timing")
    asked = Request("https://app.example.com", "https://api.example/api/items", "GET", tuple(ALLOWED))
    with override_settings(MIDDLEWARE=[], CORS_ALLOWED_ORIGINS=["https://app.example.com"]):
        assert cors(answer(asked, 200)) == cors(model(read(text), asked, 200)) == (200, [])
    assert facts(text) == ["middleware-missing"]


TRUSTED: tuple[list[str], ...] = (
    [],
    ["https://app.example.com"],
    ["http://app.example.com"],
    ["https://*.example.com"],
    ["https://*.app.example.com"],
    ["https://app.example.com:8443"],
    ["https://*.example.com:8443"],
    ["https://example.com", "http://*.localhost"],
)
POSTING = (
    "https://app.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://example.com",
    "http://app.localhost",
)


def test_django_takes_a_post_for_forged_where_the_origin_is_said_to_be_untrusted() -> None:
    judgement.load_checks()
    token = "a" * 32
    layers = ["corsheaders.middleware.CorsMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
    for trusted in TRUSTED:
        for origin in POSTING:
            options = {"CORS_ALLOWED_ORIGINS": [origin], "CORS_ALLOW_CREDENTIALS": True}
            options |= {"CSRF_TRUSTED_ORIGINS": trusted, "MIDDLEWARE": layers}
            with override_settings(**options):
                client = Client(enforce_csrf_checks=True)
                client.cookies["csrftoken"] = token
                headers = {"Origin": origin, "X-CSRFToken": token}
                status = client.post("/api/items", headers=headers, secure=True).status_code
            text = 'INSTALLED_APPS = ["corsheaders"]\n' + "".join(
                f"{name} = {one!r}\n" for name, one in options.items()
            )
            told = list(POLICY_CHECKS["untrusted-csrf-origin"](read(text)[0]))
            assert status == (403 if told else 200), (trusted, origin)


def check_ids() -> list[str]:
    return [message.id for message in run_checks()]


@pytest.mark.parametrize(
    ("origin", "failing"),
    [
        ("https://app.example.com", []),
        ("https://app.example.com:8443", []),
        ("null", []),
        ("file://", []),
        ("https://app.example.com/", ["corsheaders.E014"]),
        ("https://app.example.com/api", ["corsheaders.E014"]),
        ("https://app.example.com?x", ["corsheaders.E014"]),
    ],
)
def test_an_origin_with_a_path_fails_the_system_checks(origin: str, failing: list[str]) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[origin]):
        assert check_ids() == failing
    text = SETTINGS.format(above="").replace("https://app.example.com", origin)
    assert facts(text) == (["rejected-configuration"] if failing else [])


def test_without_the_app_the_system_checks_do_not_look() -> None:
    command = [sys.executable, "-c", WITHOUT_APP]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    text = SETTINGS.format(above="").replace('["corsheaders"]', '["shop"]').replace(".com", ".com/")
    assert facts(text) == ["middleware-missing"]


WITHOUT_APP = """
import django
from django.conf import settings
settings.configure(
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"], CORS_ALLOWED_ORIGINS=["https://app.example.com/"]
)
django.setup()
from django.core.checks import run_checks
print(run_checks())
"""


@pytest.mark.parametrize("name", ["CORS_ALLOW_ORIGINS", "CORS_ALLOWED_ORIGIN", "CORS_ALLOWED_ORIGIN_REGEX"])
def test_a_misspelt_setting_lets_nobody_in(name: str) -> None:
    asked = Request("https://app.example.com", "https://api.example/api/items", "GET", tuple(ALLOWED))
    with override_settings(**{name: ["https://app.example.com"]}):
        assert check_ids() == []
        assert cors(answer(asked, 200)) == (200, [("vary", "origin" if RELEASE >= (4,) else "Origin")])
    assert facts(SETTINGS.format(above="").replace("CORS_ALLOWED_ORIGINS", name)) == ["unknown-setting"]


@pytest.mark.parametrize(
    ("name", "failing", "removed_in"), [("CORS_MODEL", "E012", 3), ("CORS_REPLACE_HTTPS_REFERER", "E013", 4)]
)
def test_settings_that_were_removed_fail_the_system_checks(name: str, failing: str, removed_in: int) -> None:
    removed = RELEASE[0] >= removed_in
    with override_settings(**{name: True}):
        assert check_ids() == ([f"corsheaders.{failing}"] if removed else [])
    assert facts(SETTINGS.format(above="") + f"{name} = True\n") == (["unknown-setting"] if removed else [])


def test_the_middleware_that_was_removed_cannot_be_imported() -> None:
    removed = "corsheaders.middleware.CorsPostCsrfMiddleware"
    text = SETTINGS.format(above=f'"{removed}",\n    ')
    if RELEASE >= (4,):
        with override_settings(MIDDLEWARE=[removed]), pytest.raises(ImportError):
            Client().get("/api/items")
        assert facts(text) == ["rejected-configuration"]
    else:
        with override_settings(MIDDLEWARE=[removed]):
            assert Client().get("/api/items").status_code == 200
        assert facts(text) == []


def test_a_setting_that_came_later_is_not_read() -> None:
    asked = (*ALLOWED, ("Access-Control-Request-Private-Network", "true"))
    request = Request("https://app.example.com", "https://api.example/api/items", "GET", asked)
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"], CORS_ALLOW_PRIVATE_NETWORK=True):
        sent = ("access-control-allow-private-network", "true") in cors(answer(request, 200))[1]
    assert sent is (RELEASE >= (4,))
    assert facts(SETTINGS.format(above="") + "CORS_ALLOW_PRIVATE_NETWORK = True\n") == (
        [] if sent else ["unknown-setting"]
    )


@pytest.mark.parametrize(
    ("setting", "failing"),
    [
        ({"CORS_URLS_REGEX": "("}, "every request"),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": ["*.example.com"]}, "requests"),
        ({"CORS_ALLOWED_ORIGINS": None}, "requests"),
        ({"CORS_ALLOWED_ORIGINS": ["http://["]}, "requests"),
        ({"CORS_EXPOSE_HEADERS": None}, "requests"),
        ({"CORS_EXPOSE_HEADERS": ["x-total", 5]}, "requests"),
    ],
)
def test_a_setting_that_cannot_be_used_fails_requests(setting: dict[str, Any], failing: str) -> None:
    asked = Request("https://app.example.com", "https://api.example/api/items", "GET", tuple(ALLOWED))
    options = {"CORS_ALLOWED_ORIGINS": ["https://app.example.com"], **setting}
    if "CORS_ALLOWED_ORIGIN_REGEXES" in setting:
        del options["CORS_ALLOWED_ORIGINS"]
    policies = read(module(options))
    with override_settings(**options):
        assert cors(answer(asked, 200)) == cors(model(policies, asked, 200)) == (500, [])
        without = Request("null", asked.url, "GET")
        assert answer(without, 200).status == (500 if failing == "every request" else 200)
    (fact,) = policies[0].facts
    assert fact.kind == "rejected-configuration"
    assert fact.text.startswith(f"{failing} fail")


@pytest.mark.parametrize("pattern", ["^api/.*$", "api/", "(api|v1)/", "^/api/.*$", "/api", "^/?api", ".*"])
def test_a_pattern_of_paths_without_its_slash_matches_none(pattern: str) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"], CORS_URLS_REGEX=pattern):
        urls = (f"https://api.example{one}" for one in PATHS)
        answers = [answer(Request("https://app.example.com", url, "GET", tuple(ALLOWED)), 200) for url in urls]
    reached = any(cors(one)[1] for one in answers)
    assert facts(SETTINGS.format(above="") + f"CORS_URLS_REGEX = {pattern!r}\n") == (
        [] if reached else ["dead-resource"]
    )


def test_a_max_age_that_is_no_number_is_sent_as_it_stands() -> None:
    asked = (*ALLOWED, ("Access-Control-Request-Method", "PUT"))
    preflight = Request("https://app.example.com", "https://api.example/api/items", "OPTIONS", asked)
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"], CORS_PREFLIGHT_MAX_AGE="1h"):
        assert check_ids() == ["corsheaders.E004"]
        assert ("access-control-max-age", "1h") in cors(answer(preflight, 200))[1]
    (policy,) = read(SETTINGS.format(above="") + 'CORS_PREFLIGHT_MAX_AGE = "1h"\n')
    assert policy.max_age.known() == "1h"
