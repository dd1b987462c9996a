"""What is read from programs with aiohttp-cors, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Undecided
from corslint.policy import Policy, Setting
from corslint.servers import aiohttp_cors, python_headers, starlette
from corslint.source import Source
from corslint.values import Known, Unknown

HEAD = """\
import os
import aiohttp_cors
from aiohttp import web
from aiohttp_cors import ResourceOptions
app = web.Application()
"""
ANY = "{'*': ResourceOptions()}"


def read_all(text: str) -> list[Policy | Unread]:
    return list(aiohttp_cors.read(Project(), Source("main.py", text)))


def read(text: str) -> list[Policy]:
    found = read_all(HEAD + text + "\n")
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def only(text: str) -> Policy:
    (policy,) = read(text)
    return policy


def given(options: str) -> Policy:
    """The policy of one origin with these options."""
    return only(f"cors = aiohttp_cors.setup(app, defaults={{'https://a.example': ResourceOptions({options})}})")


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def known(setting: Setting[Any]) -> object:
    assert isinstance(setting.value, Known)
    return setting.value.value


# --- Where options are given


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"cors = aiohttp_cors.setup(app, defaults={ANY})", "defaults of `app`"),
        (f"cors = aiohttp_cors.setup(self.app, defaults={ANY})", "defaults of `self.app`"),
        (f"from aiohttp_cors import setup as use\ncors = use(app, defaults={ANY})", "defaults of `app`"),
        (f"cors = aiohttp_cors.CorsConfig(app, defaults={ANY})", "defaults of `app`"),
        (f"D = {ANY}\ncors = aiohttp_cors.setup(app, defaults=D)", "defaults of `app`"),
        ("O = ResourceOptions()\ncors = aiohttp_cors.setup(app, defaults={'*': O})", "defaults of `app`"),
        ("cors = aiohttp_cors.setup(app, defaults={'*': {}})", "defaults of `app`"),
        ("cors = aiohttp_cors.setup(app, defaults={o: ResourceOptions() for o in ['*']})", "defaults of `app`"),
        (f"cors.add(app.router.add_get('/a', h), {ANY})", "route `/a`"),
        (f"cors.add(app.router.add_route('GET', '/a', h), config={ANY})", "route `/a`"),
        (f"r = app.router.add_resource('/a')\ncors.add(r, {ANY})", "route `/a`"),
        (
            f"r = cors.add(app.router.add_resource('/a'))\ncors.add(r.add_route('GET', h), {ANY})",
            "route `/a`",
        ),
        (f"for route in app.router.routes():\n    cors.add(route, {ANY})", "route `route`"),
        (f"class V(web.View, aiohttp_cors.CorsViewMixin):\n    cors_config = {ANY}", "view `V`"),
        (f"class V:\n    @aiohttp_cors.custom_cors({ANY})\n    async def get(self): ...", "custom_cors"),
        (f"allow(lambda route: allow(route, {ANY}))", "options"),
        (
            "try:\n    import aiohttp_cors\nexcept ImportError:\n    aiohttp_cors = None\n"
            f"if aiohttp_cors:\n    aiohttp_cors.setup(app, defaults={ANY})",
            "defaults of `app`",
        ),
    ],
)
def test_it_is_found(text: str, name: str) -> None:
    policy = only(text)
    assert policy.name == name
    assert entries(policy) == [AnyOrigin()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cors = aiohttp_cors.setup(app)",
        "cors = aiohttp_cors.setup(app, defaults=None)",
        "cors = aiohttp_cors.setup(app, defaults={})",
        "cors.add(route)",
        "cors.add(route, None)",
        "cors.add(route, config)",
        "seen.add('a', {'*': 1})",
        "allow(route, {'*': 1})",
        "allow(route, {'*': make()})",
        "table.add(row, {'*': make()})",
        f"# cors.add(route, {ANY})",
        f"if False:\n    aiohttp_cors.setup(app, defaults={ANY})",
        "class aiohttp_cors: pass\naiohttp_cors.setup(app, defaults={'*': {}})",
        "import other\nother.setup(app, defaults={'*': {}})",
        "class ResourceOptions: pass\ncors.add(route, {'*': ResourceOptions()})",
        f"class V(web.View):\n    cors_config = {ANY}",
        f"class V(web.View, aiohttp_cors.CorsViewMixin):\n    other_config = {ANY}",
        "ResourceOptions(allow_credentials=True)",
        "OPTIONS = {'*': ResourceOptions()}",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_a_file_without_the_word_is_not_even_parsed() -> None:
    assert read_all("from aiohttp import web\ndef f(:\n") == []


def test_a_file_that_does_not_parse_is_reported() -> None:
    (unread,) = read_all(HEAD + "cors = aiohttp_cors.setup(app, defaults={\n")
    assert isinstance(unread, Unread)


def test_no_other_server_reads_the_same() -> None:
    source = Source("main.py", f"{HEAD}cors = aiohttp_cors.setup(app, defaults={ANY})\n")
    assert len(list(aiohttp_cors.read(Project(), source))) == 1
    assert list(starlette.read(Project(), source)) == []
    assert list(python_headers.read(Project(), source)) == []


# --- Who gets what


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("{'https://a.example': O, 'null': O}", [[Exact("https://a.example"), Null()]]),
        ("{'https://a.example': ResourceOptions(), 'https://b.example': ResourceOptions()}", None),
        (
            "{'https://a.example': ResourceOptions(allow_credentials=True), '*': ResourceOptions()}",
            [[Exact("https://a.example")], [AnyOrigin()]],
        ),
        ("{'https://*.a.example': O}", [[Exact("https://*.a.example")]]),
        ("{o: O for o in ('https://a.example', 'https://b.example')}", None),
        ("{'https://a.example': O, load(): O}", [[Exact("https://a.example"), Undecided("CALLED")]]),
    ],
)
def test_origins_with_the_same_options_are_one_policy(mapping: str, expected: list[list[Entry]] | None) -> None:
    policies = read(f"O = ResourceOptions()\ncors = aiohttp_cors.setup(app, defaults={mapping})")
    found = [
        [replace(one, reason="CALLED") if isinstance(one, Undecided) else one for one in entries(policy)]
        for policy in policies
    ]
    assert found == (expected or [[Exact("https://a.example"), Exact("https://b.example")]])


@pytest.mark.parametrize(
    "mapping",
    ["load()", "{**more}", "{os.environ['ORIGIN']: O}", "{o: O for o in load()}", "{os.getenv('ORIGIN'): O}"],
)
def test_origins_that_run_time_decides(mapping: str) -> None:
    policy = only(f"O = ResourceOptions()\ncors = aiohttp_cors.setup(app, defaults={mapping})")
    assert isinstance(policy.origins.value, Unknown)
    assert policy.facts[-1].kind == "missing-vary"


def test_defaults_of_the_options() -> None:
    policy = given("")
    assert known(policy.credentials) is False
    assert (known(policy.methods), known(policy.headers), known(policy.exposed)) == (None, (), None)
    assert (known(policy.max_age), known(policy.vary)) == (None, False)
    assert {setting.given for setting in policy.settings()} - {"explicit"} == {"default"}


def test_options_of_a_dict() -> None:
    policy = only("aiohttp_cors.setup(app, defaults={'https://a.example': {'allow_credentials': True, 'max_age': 9}})")
    assert (known(policy.credentials), known(policy.max_age)) == (True, 9)


@pytest.mark.parametrize(
    ("route", "path", "takes"),
    [
        ("app.router.add_get('/a', h)", "route /a", ("GET", "HEAD")),
        ("app.router.add_post('/a', h)", "route /a", ("POST",)),
        ("app.router.add_route('put', '/a', h)", "route /a", ("PUT",)),
        ("app.router.add_route('*', '/a', h)", "route /a", ()),
        ("app.router.add_route(method, '/a', h)", "route /a", ()),
        ("app.router.add_resource('/a/{id}')", "route /a/{id}", ()),
        ("route", "", ()),
    ],
)
def test_the_route_that_is_added(route: str, path: str, takes: tuple[str, ...]) -> None:
    policy = only(f"cors.add({route}, {ANY})")
    assert (policy.scope.text, policy.preflight.takes) == (path, takes)


# --- What the product makes of odd values


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("allow_credentials='true'", "'true' is neither True nor False"),
        ("allow_credentials=None", "None is neither True nor False"),
        ("allow_headers='X-Api-Key'", "'X-Api-Key' is neither a list of names nor \"*\""),
        ("allow_headers={'X-Api-Key'}", 'a set is neither a list of names nor "*"'),
        ("expose_headers=None", 'None is neither a list of names nor "*"'),
        ("allow_methods='GET'", "'GET' is neither a list of names nor \"*\""),
        ("max_age=-1", "-1 is no number of seconds"),
        ("max_age='600'", "'600' is no number of seconds"),
        ("allow_header='*'", "there is no option `allow_header`"),
        ("True", "options are taken by name only"),
    ],
)
def test_what_the_product_refuses(options: str, why: str) -> None:
    policy = given(options)
    assert [fact.text for fact in policy.facts if fact.kind == "rejected-configuration"] == [
        f"the application does not start: {why}"
    ]
    assert policy.respond(Request("", "/", "GET", (("Origin", "https://a.example"),))).status == 500


@pytest.mark.parametrize(
    "mapping",
    ["{None: ResourceOptions()}", "{'*': {'allow_methods': '*'}}", "{'*': {'allow_origin': '*'}}"],
)
def test_what_a_dict_is_refused_for(mapping: str) -> None:
    policy = only(f"aiohttp_cors.setup(app, defaults={mapping})")
    assert policy.facts[0].kind == "rejected-configuration"


@pytest.mark.parametrize(
    "options",
    [
        "allow_headers='*'",
        "allow_headers=['*']",
        "allow_headers=()",
        "allow_methods=None",
        "max_age=None",
        "max_age=0",
        "expose_headers=['X-Total']",
        "allow_credentials=load()",
        "**load()",
        "**{'max_age': 9}",
    ],
)
def test_what_it_takes(options: str) -> None:
    assert [fact.kind for fact in given(options).facts] == ["missing-vary"]


def test_a_star_in_a_list_of_headers_is_a_name() -> None:
    headers = (
        ("Origin", "https://a.example"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "x-api-key"),
    )
    asked = Request("", "/", "OPTIONS", headers)
    assert given("allow_headers='*'").respond(asked).status == 200
    assert given("allow_headers=['*']").respond(asked).status == 403


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("", True),
        ("# it varies", True),
        ("async def vary(request, response):\n    response.headers.add('Vary', 'Origin')", False),
        ("async def vary(request, response):\n    response.headers[hdrs.VARY] = 'Origin'", False),
    ],
)
def test_a_program_that_sends_vary_itself(text: str, decided: bool) -> None:
    policy = only(f"aiohttp_cors.setup(app, defaults={ANY})\n{text}")
    assert isinstance(policy.vary.value, Known) is decided


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("os.getenv('ORIGIN')", ["the application does not start where ORIGIN is not set"]),
        ("os.getenv('ORIGIN', 'https://a.example')", []),
        ("os.environ['ORIGIN']", []),
    ],
)
def test_a_variable_without_a_default_is_none_where_it_is_not_set(key: str, told: list[str]) -> None:
    policy = only(f"aiohttp_cors.setup(app, defaults={{{key}: ResourceOptions()}})")
    assert [fact.text for fact in policy.facts if fact.kind == "rejected-configuration"] == told
