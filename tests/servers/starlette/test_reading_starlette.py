"""What is read from Starlette and FastAPI programs, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from corslint.collect import Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided
from corslint.policy import Policy, Setting
from corslint.servers import starlette
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown

HEAD = """\
import os
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
app = FastAPI()
"""
FASTAPI_HEADERS = ("Accept", "Accept-Language", "Content-Language", "Content-Type")

CALLED = Undecided("`load()` is called at run time")


def read_all(text: str) -> list[Policy | Unread]:
    return list(starlette.read(Project(), Source("main.py", text)))


def read(text: str) -> list[Policy]:
    found = read_all(HEAD + text + "\n")
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def only(text: str) -> Policy:
    (policy,) = read(text)
    return policy


def added(options: str) -> Policy:
    return only(f"app.add_middleware(CORSMiddleware, {options})")


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def known(setting: Setting[Any]) -> object:
    assert isinstance(setting.value, Known)
    return setting.value.value


def reason(setting: Setting[Any]) -> str:
    assert isinstance(setting.value, Unknown)
    return setting.value.reason


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


# --- Where the middleware is put to use


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("app.add_middleware(CORSMiddleware, OPTIONS)", "app"),
        ("app.add_middleware(middleware_class=CORSMiddleware, OPTIONS)", "app"),
        ("self.api.add_middleware(CORSMiddleware, OPTIONS)", "self.api"),
        ("app = Starlette(middleware=[Middleware(CORSMiddleware, OPTIONS)])", "app"),
        ("api = FastAPI(middleware=(Middleware(CORSMiddleware, ['*']),))", "api"),
        ("m = [Middleware(CORSMiddleware, OPTIONS)]\napi = Starlette(middleware=m)", "api"),
        ("m = [Middleware(CORSMiddleware, OPTIONS)]", "m"),
        ("app = CORSMiddleware(app, OPTIONS)", "app"),
        ("app = CORSMiddleware(app=FastAPI(), OPTIONS)", ""),
        (
            "import starlette.middleware.cors\napp.add_middleware(starlette.middleware.cors.CORSMiddleware, OPTIONS)",
            "app",
        ),
        ("from starlette.middleware import cors\napp.add_middleware(cors.CORSMiddleware, OPTIONS)", "app"),
        ("from starlette.middleware.cors import CORSMiddleware as C\napp.add_middleware(C, OPTIONS)", "app"),
        ("C = CORSMiddleware\napp.add_middleware(C, OPTIONS)", "app"),
        ("def create():\n    api = FastAPI()\n    api.add_middleware(CORSMiddleware, OPTIONS)\n    return api", "api"),
        ("kw = {'allow_origins': ['*']}\napp.add_middleware(CORSMiddleware, **kw)", "app"),
        ("app.add_middleware(CORSMiddleware, **{'allow_origins': ['*']})", "app"),
        ("from functools import partial\napp.add_middleware(partial(CORSMiddleware, OPTIONS))", "app"),
        ("from functools import partial\nC = partial(CORSMiddleware, OPTIONS)\napp.add_middleware(C)", "app"),
        ("from functools import partial\nmake(partial(CORSMiddleware, OPTIONS))", ""),
        ("class C(CORSMiddleware):\n    '''Ours.'''\napp.add_middleware(C, OPTIONS)", "app"),
        ("class C(CORSMiddleware):\n    allow = 1\napp.add_middleware(C, OPTIONS)", "app"),
        ("class C(CORSMiddleware): pass\nclass D(C): ...\napp.add_middleware(D, OPTIONS)", "app"),
    ],
)
def test_it_is_found(text: str, target: str) -> None:
    policy = only(text.replace("OPTIONS", "allow_origins=['*']"))
    assert policy.name == (f"CORSMiddleware on `{target}`" if target else "CORSMiddleware")
    assert entries(policy) == [AnyOrigin()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from starlette.middleware.gzip import GZipMiddleware\napp.add_middleware(GZipMiddleware)",
        "print(CORSMiddleware)",
        "isinstance(x, CORSMiddleware)",
        "# app.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "DOC = '''app.add_middleware(CORSMiddleware, allow_origins=['*'])'''",
        "if False:\n    app.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "USE_CORS = False\nif USE_CORS:\n    app.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "class CORSMiddleware: pass\napp.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "import falcon\napp.add_middleware(falcon.CORSMiddleware(allow_origins='*'))",
        "class C(CORSMiddleware):\n    def __init__(self, app):\n        super().__init__(app, allow_origins=['*'])",
        "app.add_middleware(BaseHTTPMiddleware, dispatch=cors)",
        "app.add_middleware()",
        "app.add_middleware(*stack)",
        "add_middleware(CORSMiddleware)",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_a_file_without_the_word_is_not_even_parsed() -> None:
    assert read_all("def f(:\n") == []
    assert read_all("# corsheaders.middleware.CorsMiddleware\ndef f(:\n") == []


def test_a_file_that_does_not_parse_is_reported() -> None:
    (unread,) = read_all(HEAD + "app.add_middleware(CORSMiddleware, allow_origins=[\n")
    assert isinstance(unread, Unread)
    assert unread.path == "main.py"
    assert unread.reason == "'[' was never closed"
    assert unread.span is not None
    assert unread.span.line == 8


def test_uses_are_told_apart_by_key() -> None:
    policies = read(
        "app.add_middleware(CORSMiddleware)\napp.add_middleware(CORSMiddleware)\n"
        "def create():\n    api = FastAPI()\n    api.add_middleware(CORSMiddleware)"
    )
    keys = ["CORSMiddleware@app", "CORSMiddleware@app#2", "CORSMiddleware@create.api"]
    assert [policy.key for policy in policies] == keys


def test_a_mounted_application_speaks_for_its_paths() -> None:
    policy = only("api = FastAPI()\napi.add_middleware(CORSMiddleware)\napp.mount('/api', api)")
    assert policy.covers("/api/items")
    assert policy.covers("/api")
    assert not policy.covers("/apiary")
    assert not policy.covers("/")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Mount('/api', routes=[], middleware=[Middleware(CORSMiddleware)])", "/api/x", "/other"),
        ("Route('/one', f, middleware=[Middleware(CORSMiddleware)])", "/one", "/one/x"),
    ],
)
def test_middleware_of_a_route_speaks_for_its_path(text: str, inside: str, outside: str) -> None:
    policy = only(f"app = Starlette(routes=[{text}])")
    assert policy.covers(inside)
    assert not policy.covers(outside)


def test_a_branch_gives_its_conditions() -> None:
    policy = only("if settings.DEBUG:\n    app.add_middleware(CORSMiddleware, allow_origins=['*'])")
    assert [str(condition) for condition in policy.conditions] == ["when settings.DEBUG is true"]
    assert (policy.environment.kind, policy.environment.marked) == ("development", True)


# --- Origins


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("allow_origins=['*']", [AnyOrigin()]),
        ("allow_origins=('*',)", [AnyOrigin()]),
        ("allow_origins='*'", [AnyOrigin()]),
        ("allow_origins=['https://a.example', '*']", [Exact("https://a.example"), AnyOrigin()]),
        ("allow_origins=['https://a.example', 'null']", [Exact("https://a.example"), Null()]),
        ("allow_origins={'https://a.example'}", [Exact("https://a.example")]),
        ("allow_origins={'https://a.example': 1}", [Exact("https://a.example")]),
        ("allow_origins='https://a.example'", [Pattern("https://a.example", "python", "within")]),
        ("allow_origins=('https://a.example')", [Pattern("https://a.example", "python", "within")]),
        ("allow_origins='https://a.example, *'", [AnyOrigin()]),
        ("allow_origins=[]", []),
        ("", []),
        ("allow_origins=['']", [Exact("")]),
        ("allow_origins=[None, 5]", []),
        ("allow_origin_regex=r'https://.*\\.a\\.example'", [Pattern(r"https://.*\.a\.example", "python", "fullmatch")]),
        ("allow_origin_regex=None", []),
        (
            "allow_origins=['https://b.example'], allow_origin_regex='a'",
            [Exact("https://b.example"), Pattern("a", "python", "fullmatch")],
        ),
        ("allow_origin_regex=load()", None),
        ("allow_origins=['https://a.example', load()]", [Exact("https://a.example"), CALLED]),
        ("allow_origins=['https://a.example'], allow_origin_regex=load()", [Exact("https://a.example"), CALLED]),
        ("allow_origins=[os.getenv('FRONT')]", [Undecided("the environment variable FRONT decides it")]),
        ("allow_origins=os.getenv('FRONT', 'https://a.example').split(',')", [Exact("https://a.example")]),
        ("allow_origins=[o.strip() for o in os.getenv('FRONT', '').split(',') if o]", []),
    ],
)
def test_origins(options: str, expected: list[Entry] | None) -> None:
    policy = added(options)
    if expected is None:
        assert reason(policy.origins) == "`load()` is called at run time"
    else:
        assert entries(policy) == expected


def test_the_places_of_origins() -> None:
    policy = added('allow_origins=["https://a.example", "https://b.example"]')
    assert policy.origins.span is not None
    assert policy.origins.span.text == 'allow_origins=["https://a.example", "https://b.example"]'
    assert [entry.span and entry.span.text for entry in policy.entries()] == [
        '"https://a.example"',
        '"https://b.example"',
    ]


def test_a_default_is_shown_at_the_call() -> None:
    policy = added("allow_methods=['GET']")
    assert policy.origins.given == "default"
    assert policy.origins.span == policy.span


def test_a_list_that_a_variable_replaces() -> None:
    policy = added("allow_origins=os.getenv('FRONT', '*').split(',')")
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "FRONT"
    assert entries(policy) == [AnyOrigin()]


def test_branches_are_kept_apart() -> None:
    policy = added("allow_origins=['*'] if DEBUG else ['https://a.example'], allow_credentials=not DEBUG")
    assert isinstance(policy.origins.value, OneOf)
    variants = [
        (entries(variant), known(variant.credentials), variant.environment.kind) for variant in policy.variants()
    ]
    assert variants == [
        ([AnyOrigin()], False, "development"),
        ([Exact("https://a.example")], True, "production"),
    ]


def test_what_another_module_decides_is_not_guessed() -> None:
    policy = only("from .settings import settings\napp.add_middleware(CORSMiddleware, allow_origins=settings.ORIGINS)")
    assert "settings" in reason(policy.origins)
    assert known(policy.credentials) is False


# --- The other options


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", False),
        ("allow_credentials=True", True),
        ("allow_credentials='false'", True),
        ("allow_credentials=''", False),
        ("allow_credentials=0", False),
        ("allow_credentials=['x']", True),
        ("allow_credentials=os.getenv('C', 'false') == 'true'", False),
    ],
)
def test_credentials_count_as_python_counts_truth(options: str, expected: bool) -> None:
    assert known(added(options).credentials) is expected


@pytest.mark.parametrize(
    ("options", "methods"),
    [
        ("", ("GET",)),
        ("allow_methods=['get', 'POST']", ("get", "POST")),
        ("allow_methods=['*']", ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")),
        ("allow_methods='*'", ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")),
        ("allow_methods='GET'", ("G", "E", "T")),
    ],
)
def test_methods(options: str, methods: tuple[str, ...]) -> None:
    assert known(added(options).methods) == methods


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ("", FASTAPI_HEADERS),
        ("allow_headers=['x-a']", (*FASTAPI_HEADERS, "x-a")),
        ("allow_headers=['*']", ("*",)),
        ("allow_headers=['x-a', '*']", ("*",)),
    ],
)
def test_headers(options: str, headers: tuple[str, ...]) -> None:
    assert known(added(options).headers) == headers


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", (None, 600, False)),
        ("expose_headers=['x-a'], max_age=0, allow_private_network=True", (("x-a",), 0, True)),
        ("expose_headers='ab', max_age='600'", (("a", "b"), 600, False)),
        ("max_age=None", (None, "None", False)),
        ("max_age='1d'", (None, "1d", False)),
        ("max_age=True", (None, "True", False)),
    ],
)
def test_remaining_options(options: str, expected: tuple[object, ...]) -> None:
    policy = added(options)
    assert (known(policy.exposed), known(policy.max_age), known(policy.private_network)) == expected


def test_options_by_position() -> None:
    policy = only("app = CORSMiddleware(app, ['https://a.example'], ['PUT'], ['x-a'], True)")
    assert entries(policy) == [Exact("https://a.example")]
    assert known(policy.methods) == ("PUT",)
    assert known(policy.credentials) is True


def test_a_partial_and_what_is_added_to_it() -> None:
    policy = only(
        "from functools import partial\nC = partial(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n"
        "app.add_middleware(C, allow_credentials=False)"
    )
    assert entries(policy) == [AnyOrigin()]
    assert known(policy.credentials) is False


# --- What cannot be seen, and what the product refuses


def test_options_that_cannot_be_followed_leave_the_rest_open() -> None:
    policy = added("allow_credentials=True, **load()")
    assert reason(policy.origins) == "`load()` is called at run time"
    assert known(policy.credentials) is True


def test_a_class_of_the_same_name_from_elsewhere_is_not_judged() -> None:
    policy = only("from .cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['*'])")
    assert reason(policy.origins) == "`CORSMiddleware` is imported from `.cors`, which may change what it does"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("allow_credantials=True", "every request fails: CORSMiddleware takes no `allow_credantials`"),
        ("allow_origins=None", "every request fails: None is no collection of texts"),
        ("allow_origin_regex=['a']", "every request fails: a list is no regular expression"),
        ("allow_origin_regex='('", "every request fails: '(' is no regular expression"),
        ("allow_methods=True", "every request fails: True is no collection of texts"),
        ("expose_headers=[None]", "every request fails: None is no text"),
    ],
)
def test_what_the_product_refuses(options: str, text: str) -> None:
    policy = added(options)
    assert [(fact.kind, fact.text) for fact in policy.facts] == [("rejected-configuration", text)]
    assert policy.facts[0].labels[0].span.text == options
    assert not policy.entries()


def test_a_misspelled_option_is_named() -> None:
    assert added("allow_credantials=True").facts[0].help == "did you mean `allow_credentials`?"


@pytest.mark.parametrize(
    ("options", "useless"),
    [
        ("allow_origins=['*', 'https://a.example']", ["'https://a.example'"]),
        ("allow_origins=['*'], allow_origin_regex='https://a'", ["allow_origin_regex='https://a'"]),
    ],
)
def test_origins_beside_a_wildcard_make_no_difference(options: str, useless: list[str]) -> None:
    (fact,) = added(options).facts
    assert fact.kind == "shadowed-setting"
    assert [label.span.text for label in fact.labels[:-1]] == useless


@pytest.mark.parametrize(
    "options",
    [
        "allow_origins=['*']",
        "allow_origins=['*'], allow_origin_regex=None",
        "allow_origins=['*'] if DEBUG else ['https://a.example'], allow_origin_regex='https://b'",
        "allow_origins=['https://a.example'], allow_origin_regex='https://b'",
    ],
)
def test_nothing_is_shadowed(options: str) -> None:
    assert kinds(added(options)) == []


def test_errors_that_nobody_handles_are_answered_outside() -> None:
    assert known(added("allow_origins=['*']").on_errors) is False
    assert known(only("app = CORSMiddleware(app, allow_origins=['*'])").on_errors) is True


def test_the_product_answers_preflights() -> None:
    assert added("").preflight.answered_by == "product"


def test_a_variable_for_which_the_source_says_none_is_not_expected_to_be_set() -> None:
    by_default = added('allow_origins=["https://a.example"], allow_origin_regex=os.getenv("PATTERN", None)')
    assert entries(by_default) == [Exact("https://a.example")]


def test_a_variable_without_a_default_is() -> None:
    without = added('allow_origins=["https://a.example"], allow_origin_regex=os.getenv("PATTERN")')
    assert [type(entry).__name__ for entry in entries(without)] == ["Exact", "Undecided"]


def test_connexion_adds_middleware_at_a_position() -> None:
    call = 'app.add_middleware(CORSMiddleware, position=BEFORE, allow_origins=["https://a.example"])'
    assert kinds(only(f"import connexion\napp = connexion.FlaskApp('x')\n{call}")) == []
    assert kinds(only(call)) == ["rejected-configuration"]
