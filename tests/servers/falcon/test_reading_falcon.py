"""What is read from Falcon programs, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Undecided
from corslint.policy import Policy, Setting
from corslint.servers import falcon, python_headers, starlette
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown

HEAD = """\
import os
import falcon
import falcon.asgi
"""


def read_all(text: str, version: str | None = None) -> list[Policy | Unread]:
    versions = {"falcon": version} if version else {}
    return list(falcon.read(Project(versions=versions), Source("main.py", text)))


def read(text: str, version: str | None = None) -> list[Policy]:
    found = read_all(HEAD + text + "\n", version)
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def made(options: str, version: str | None = None) -> Policy:
    (policy,) = read(f"app = falcon.App(middleware=falcon.CORSMiddleware({options}))", version)
    return policy


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def known(setting: Setting[Any]) -> object:
    assert isinstance(setting.value, Known)
    return setting.value.value


def refusals(policy: Policy) -> list[str]:
    return [fact.text for fact in policy.facts if fact.kind == "rejected-configuration"]


def told(policy: Policy, origin: str) -> dict[str, str]:
    """The headers of an answer to this origin."""
    return dict(policy.respond(Request("", "/", "GET", (("Origin", origin),))).headers)


# --- Where the middleware is made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("app = falcon.App(cors_enable=True)", "cors_enable of `app`"),
        ("app = application = falcon.App(cors_enable=True)", "cors_enable of `app`"),
        ("app = falcon.asgi.App(cors_enable=True)", "cors_enable of `app`"),
        ("app = falcon.API(cors_enable=True)", "cors_enable of `app`"),
        ("from falcon import App as A\nself.app = A(cors_enable=True)", "cors_enable of `self.app`"),
        ("serve(falcon.App(cors_enable=1))", "cors_enable"),
        ("ON = True\napp = falcon.App(cors_enable=ON)", "cors_enable of `app`"),
        ("app = falcon.App(**{'cors_enable': True})", "cors_enable of `app`"),
        ("app = falcon.App(middleware=falcon.CORSMiddleware())", "CORSMiddleware of `app`"),
        ("app = falcon.App(middleware=[Log(), falcon.CORSMiddleware('*')])", "CORSMiddleware of `app`"),
        ("cors = falcon.CORSMiddleware()\napp = falcon.App(middleware=[cors])", "CORSMiddleware of `app`"),
        ("app.add_middleware(falcon.CORSMiddleware())", "CORSMiddleware of `app`"),
        ("app.add_middleware([falcon.CORSMiddleware()])", "CORSMiddleware of `app`"),
        ("from falcon.middleware import CORSMiddleware\nc = CORSMiddleware(allow_origins='*')", "CORSMiddleware"),
        ("def create():\n    return falcon.App(middleware=falcon.CORSMiddleware())", "CORSMiddleware"),
    ],
)
def test_it_is_found(text: str, name: str) -> None:
    (policy,) = read(text)
    assert policy.name == name
    assert entries(policy) == [AnyOrigin()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app = falcon.App()",
        "app = falcon.App(cors_enable=False)",
        "app = falcon.App(cors_enable=0)",
        "app = falcon.App(cors_enable=load())",
        "app = falcon.App(cors_enable=os.environ['CORS'])",
        "app = make(cors_enable=True)",
        "app = bottle.App(cors_enable=True)",
        "cors_enable = True",
        "print(falcon.CORSMiddleware)",
        "isinstance(x, falcon.CORSMiddleware)",
        "# app = falcon.App(cors_enable=True)",
        "if False:\n    app = falcon.App(cors_enable=True)",
        "class CORSMiddleware: pass\napp = falcon.App(middleware=CORSMiddleware())",
        "from falcon_cors import CORS\napp = falcon.App(middleware=[CORS(allow_all_origins=True).middleware])",
        "from starlette.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "from mine import CORSMiddleware\napp = falcon.App(middleware=CORSMiddleware())",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_a_file_without_the_words_is_not_even_parsed() -> None:
    assert read_all("import falcon\ndef f(:\n") == []
    assert read_all("from starlette.middleware.cors import CORSMiddleware\ndef f(:\n") == []


def test_a_file_that_does_not_parse_is_reported() -> None:
    (unread,) = read_all(HEAD + "app = falcon.App(cors_enable=True\n")
    assert isinstance(unread, Unread)


@pytest.mark.parametrize(
    "text",
    [
        "app = falcon.App(cors_enable=True)",
        "app = falcon.App(middleware=falcon.CORSMiddleware(allow_origins='*', allow_credentials='*'))",
        "from falcon.middleware import CORSMiddleware\napp.add_middleware(CORSMiddleware(allow_origins='*'))",
    ],
)
def test_no_other_server_reads_the_same(text: str) -> None:
    source = Source("main.py", f"{HEAD}{text}\n")
    assert len(list(falcon.read(Project(), source))) == 1
    assert list(starlette.read(Project(), source)) == []
    assert list(python_headers.read(Project(), source)) == []


# --- What is given


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [AnyOrigin()]),
        ("'*'", [AnyOrigin()]),
        ("allow_origins='https://a.example'", [Exact("https://a.example")]),
        ("allow_origins=['https://a.example', 'null']", [Exact("https://a.example"), Null()]),
        ("allow_origins={'https://a.example'}", [Exact("https://a.example")]),
        ("allow_origins=[]", []),
        ("allow_origins='https://a.example,https://b.example'", [Exact("https://a.example,https://b.example")]),
        ("allow_origins=['https://a.example', load()]", [Exact("https://a.example"), Undecided("CALLED")]),
        ("allow_origins=load()", None),
        ("allow_origins=os.environ['X']", None),
        ("allow_origins=[os.environ['X']]", None),
        ("**load()", None),
    ],
)
def test_origins(options: str, expected: list[Entry] | None) -> None:
    policy = made(options)
    if expected is None:
        assert isinstance(policy.origins.value, Unknown)
        return
    found = [replace(one, reason="CALLED") if isinstance(one, Undecided) else one for one in entries(policy)]
    assert found == expected


def test_alternatives_stay_apart() -> None:
    policy = made("allow_origins='*' if os.getenv('DEBUG') else 'https://a.example'")
    assert isinstance(policy.origins.value, OneOf)
    assert [entries(one) for one in policy.variants()] == [[Exact("https://a.example")], [AnyOrigin()]]


@pytest.mark.parametrize(
    ("credentials", "with_them", "without"),
    [
        ("None", [], ["https://a.example", "https://b.example"]),
        ("'*'", ["https://a.example", "https://b.example"], []),
        ("'https://a.example'", ["https://a.example"], ["https://b.example"]),
        ("['https://a.example']", ["https://a.example"], ["https://b.example"]),
        ("[]", [], ["https://a.example"]),
        ("'true'", [], ["https://a.example"]),
    ],
)
def test_credentials_name_origins(credentials: str, with_them: list[str], without: list[str]) -> None:
    policy = made(f"allow_origins='*', allow_credentials={credentials}")
    for origin in with_them:
        assert told(policy, origin) == {
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Origin": origin,
        }
    for origin in without:
        assert told(policy, origin) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("allow_credentials=True", "True is no collection of texts"),
        ("allow_credentials=False", "False is no collection of texts"),
        ("allow_credentials=['*']", "`*` may stand for itself only, and not in a list"),
        ("allow_origins=['*']", "`*` may stand for itself only, and not in a list"),
        ("allow_origins=['https://a.example', '*']", "`*` may stand for itself only, and not in a list"),
        ("allow_origins=None", "None is no collection of texts"),
        ("expose_headers=[1]", "1 is no text"),
        ("allow_methods=['GET']", "CORSMiddleware takes no `allow_methods`"),
        ("'*', None, None, False, 1", "CORSMiddleware takes 4 values"),
    ],
)
def test_what_the_product_refuses(options: str, why: str) -> None:
    policy = made(options)
    assert refusals(policy) == [f"the application does not start: {why}"]
    assert policy.respond(Request("", "/", "GET")).status == 500


@pytest.mark.parametrize(
    "options",
    [
        "allow_origins='*'",
        "allow_origins=()",
        "allow_credentials=None",
        "allow_credentials='*'",
        "expose_headers='*'",
        "expose_headers=[]",
        "allow_private_network='no'",
        "allow_origins=load()",
        "allow_origins=[None]",
    ],
)
def test_what_it_takes(options: str) -> None:
    assert refusals(made(options)) == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("app = falcon.App(cors_enable=True, middleware=falcon.CORSMiddleware())", True),
        ("app = falcon.App(cors_enable=True, middleware=[Log(), falcon.CORSMiddleware()])", True),
        ("app = falcon.App(cors_enable=True)\napp.add_middleware(falcon.CORSMiddleware())", True),
        ("app = falcon.App(cors_enable=True, middleware=[Log()])", False),
        ("app = falcon.App(cors_enable=True)\nother.add_middleware(falcon.CORSMiddleware())", False),
        ("app = falcon.App(cors_enable=True)\napp = falcon.App(middleware=Log())\nfalcon.CORSMiddleware()", False),
    ],
)
def test_there_is_one_of_them(text: str, refused: bool) -> None:
    assert bool(refusals(read(text)[0])) is refused
    assert refusals(read(text, "3.1.3")[0]) == []


def test_private_networks_came_with_4_1() -> None:
    assert refusals(made("allow_private_network=True", "4.0.2")) == [
        "the application does not start: CORSMiddleware takes no `allow_private_network` before Falcon 4.1"
    ]
    assert refusals(made("allow_private_network=True", "4.1.0")) == []


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("", True),
        ("# it varies", True),
        (
            "class V:\n    def process_response(self, req, resp, *_):\n        resp.append_header('Vary', 'Origin')",
            False,
        ),
        ("class V:\n    def process_response(self, req, resp, *_):\n        resp.vary = ['Origin']", False),
    ],
)
def test_a_program_that_sends_vary_itself(text: str, decided: bool) -> None:
    (policy,) = read(f"app = falcon.App(cors_enable=True)\n{text}")
    assert isinstance(policy.vary.value, Known) is decided


@pytest.mark.parametrize("framework", ["falcon", "litestar", "aiohttp"])
def test_a_class_of_the_program_is_not_taken_for_starlette_s(framework: str) -> None:
    text = f"import {framework}\nfrom app.cors import CORSMiddleware\nc = CORSMiddleware(allow_origins='*')\n"
    assert list(starlette.read(Project(), Source("main.py", text))) == []
    with_fastapi = Source("main.py", f"from fastapi import FastAPI\n{text}")
    assert len(list(starlette.read(Project(), with_fastapi))) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("allow_origins=os.getenv('ORIGIN')", ["the application does not start where ORIGIN is not set"]),
        ("allow_origins=[os.getenv('ORIGIN')]", []),
        ("allow_origins=os.getenv('ORIGIN', '*')", []),
        ("allow_origins='*', allow_credentials=os.getenv('ORIGIN')", []),
    ],
)
def test_a_variable_without_a_default_is_none_where_it_is_not_set(options: str, told: list[str]) -> None:
    assert refusals(made(options)) == told
