"""Subclasses of CORSMiddleware: what they are made with, what they decide themselves, and where they are put to use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact
from corslint.policy import Policy, Setting
from corslint.servers import starlette
from corslint.values import Known, Unknown

IMPORTS = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n"
ME = "https://me.example"


def read_files(files: dict[str, str]) -> list[Policy]:
    """The policies of a project, as a run finds them."""
    project = Project(tuple(Listed(path, path) for path in files))
    sources = [project.keep(path, text) for path, text in files.items()]
    found: list[Policy | Unread] = []
    for source in sources:
        if any(word in source.text.lower().encode() for word in starlette.WORDS):
            found += starlette.read(project, source)
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def only(text: str, **others: str) -> Policy:
    (policy,) = read_files({"main.py": IMPORTS + text + "\n", **{f"{name}.py": body for name, body in others.items()}})
    return policy


def origins(policy: Policy) -> list[Entry]:
    return [replace(entry, span=None) for entry in policy.entries()]


def known(setting: Setting[Any]) -> object:
    assert isinstance(setting.value, Known), setting.value
    return setting.value.value


def reason(setting: Setting[Any]) -> str:
    assert isinstance(setting.value, Unknown), setting.value
    return setting.value.reason


def undecided(policy: Policy) -> dict[str, str]:
    """The settings that are decided at run time, with the reasons."""
    names = ("origins", "credentials", "methods", "headers", "exposed", "max_age", "private_network")
    settings = {name: getattr(policy, name) for name in names}
    return {name: one.value.reason for name, one in settings.items() if isinstance(one.value, Unknown)}


def subclass(*lines: str, base: str = "CORSMiddleware", name: str = "C") -> str:
    return f"class {name}({base}):\n" + "".join(f"    {line}\n" for line in lines)


# --- What it is made with


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        (("def __init__(self, app):", f"    super().__init__(app, allow_origins=['{ME}'])"), ""),
        (("def __init__(self, app):", f"    super().__init__(app, ['{ME}'])"), ""),
        (("def __init__(self, app):", f"    super(C, self).__init__(app, allow_origins=['{ME}'])"), ""),
        (("def __init__(self, app):", f"    CORSMiddleware.__init__(self, app, allow_origins=['{ME}'])"), ""),
        (("def __init__(self, app):", f"    mine = ['{ME}']", "    super().__init__(app, allow_origins=mine)"), ""),
        (("def __init__(self, app, **kw):", "    super().__init__(app, **kw)"), f"allow_origins=['{ME}']"),
        (("def __init__(self, *a, x=1, **kw):", "    super().__init__(*a, **kw)"), f"x=2, allow_origins=['{ME}']"),
        (("def __init__(self, *args, **kw):", "    super().__init__(*args, **kw)"), f"['{ME}']"),
        (("def __init__(self, app, site):", "    super().__init__(app, allow_origins=[site])"), f"site='{ME}'"),
        (("def __init__(self, app, site):", "    super().__init__(app, allow_origins=[site])"), f"'{ME}'"),
        (("def __init__(self, app, us=('" + ME + "',)):", "    super().__init__(app, allow_origins=us)"), ""),
        (("def __init__(self, app, us=('*',)):", "    super().__init__(app, allow_origins=us)"), f"us=['{ME}']"),
        (
            (
                "def __init__(self, app, **kw):",
                f"    kw['allow_origins'] = ['{ME}']",
                "    super().__init__(app, **kw)",
            ),
            "",
        ),
        (
            (
                "def __init__(self, app):",
                "    super().__init__(app, allow_origins=self.mine())",
                "def mine(self):",
                f"    return ['{ME}']",
            ),
            "",
        ),
        (
            (
                "def __init__(self, app):",
                "    self.allow_origins = ['*']",
                f"    super().__init__(app, allow_origins=['{ME}'])",
            ),
            "",
        ),
    ],
)
def test_its_options_are_those_that_reach_the_class_of_the_product(lines: tuple[str, ...], options: str) -> None:
    policy = only(subclass(*lines) + f"app.add_middleware(C, {options})")
    assert origins(policy) == [Exact(ME)]
    assert undecided(policy) == {}
    assert policy.facts == ()


def test_options_go_through_each_class_on_the_way() -> None:
    text = subclass("def __init__(self, app, **kw):", "    super().__init__(app, allow_credentials=True, **kw)")
    text += subclass(
        "def __init__(self, app):", f"    super().__init__(app, allow_origins=['{ME}'])", base="C", name="D"
    )
    policy = only(text + "app.add_middleware(D)")
    assert (origins(policy), known(policy.credentials)) == ([Exact(ME)], True)


def test_what_the_site_gives_stands_there_and_what_the_class_adds_stands_there() -> None:
    lines = ("def __init__(self, app, **kw):", "    super().__init__(app, allow_credentials=True, **kw)")
    policy = only(subclass(*lines) + "app.add_middleware(C, allow_origins=['*'])")
    assert policy.origins.span is not None
    assert policy.credentials.span is not None
    assert policy.origins.span.text == "allow_origins=['*']"
    assert policy.credentials.span.text == "allow_credentials=True"


@pytest.mark.parametrize(
    ("lines", "options", "why"),
    [
        (("def __init__(self, app):", "    self.app = app"), "", "`C.__init__()` calls that of CORSMiddleware not"),
        (
            ("def __init__(self, app):", "    super().__init__(app)"),
            "x=1",
            "`C.__init__()` does not take these arguments",
        ),
        (
            ("def __init__(self, app, x):", "    super().__init__(app) if x else super().__init__(app, ['*'])"),
            "x=1",
            "`C.__init__()` calls that of CORSMiddleware more than once",
        ),
        (
            ("def __init__(self, app, **kw):", "    super().__init__(app, **read(kw))"),
            "",
            "`**read(kw)` is not followed",
        ),
    ],
)
def test_where_its_init_is_not_followed_nothing_is_known(lines: tuple[str, ...], options: str, why: str) -> None:
    assert set(undecided(only(subclass(*lines) + f"app.add_middleware(C, {options})")).values()) == {why}


# --- What it decides itself


@pytest.mark.parametrize(
    ("lines", "decided"),
    [
        (
            ("def is_allowed_origin(self, origin):", "    return True"),
            {"origins": "`C.is_allowed_origin()` decides it"},
        ),
        (
            ("def preflight_response(self, request_headers):", "    return None"),
            dict.fromkeys(("methods", "headers", "max_age", "private_network"), "`C.preflight_response()` decides it"),
        ),
        (
            ("async def simple_response(self, *a, **kw):", "    pass"),
            dict.fromkeys(("origins", "credentials", "exposed"), "`C.simple_response()` decides it"),
        ),
        (
            ("def __init__(self, app, **kw):", "    super().__init__(app, **kw)", "    self.allow_origins = load()"),
            {"origins": "`C.__init__()` sets `self.allow_origins`"},
        ),
        (
            ("def reload(self):", "    self.preflight_headers['Access-Control-Max-Age'] = '5'"),
            dict.fromkeys(
                ("credentials", "methods", "headers", "max_age", "private_network"),
                "`C.reload()` sets `self.preflight_headers`",
            ),
        ),
        (
            ("@property", "def allow_origins(self):", "    return load()"),
            {"origins": "`C.allow_origins` decides it"},
        ),
        (
            ("async def __call__(self, scope, receive, send):", "    await answer(scope, receive, send)"),
            dict.fromkeys(
                ("origins", "credentials", "methods", "headers", "exposed", "max_age", "private_network"),
                "`C.__call__()` decides it",
            ),
        ),
        (("def log(self, origin):", "    print(origin, self.allow_origins)"), {}),
        (("allow_origins = property(load)",), {"origins": "`C.allow_origins` decides it"}),
        (("name = 'ours'",), {}),
        (("allow_credentials = False",), {}),
    ],
)
def test_what_it_overrides_is_undetermined_and_the_rest_is_known(
    lines: tuple[str, ...], decided: dict[str, str]
) -> None:
    text = subclass(*lines) + f"app.add_middleware(C, allow_origins=['{ME}'], allow_credentials=True)"
    policy = only(text)
    assert undecided(policy) == decided
    if "origins" not in decided:
        assert origins(policy) == [Exact(ME)]


def test_a_call_that_only_chooses_requests_limits_the_scope() -> None:
    lines = (
        "async def __call__(self, scope, receive, send):",
        "    if not scope['path'].startswith('/api'):",
        "        await self.app(scope, receive, send)",
        "        return",
        "    return await super().__call__(scope, receive, send)",
    )
    policy = only(subclass(*lines) + "app.add_middleware(C, allow_origins=['*'])")
    assert policy.scope.text == "where `C.__call__()` lets it"
    assert (origins(policy), undecided(policy)) == ([AnyOrigin()], {})


def test_a_call_that_changes_the_request_decides_everything() -> None:
    lines = (
        "async def __call__(self, scope, receive, send):",
        "    scope['headers'] = []",
        "    await super().__call__(scope, receive, send)",
    )
    policy = only(subclass(*lines) + "app.add_middleware(C, allow_origins=['*'])")
    assert reason(policy.origins) == "`C.__call__()` decides it"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "from tracing import Traced\nclass C(Traced, CORSMiddleware): pass\n",
            "`C` descends from `tracing.Traced`, which may change what CORSMiddleware does",
        ),
        ("@patched\nclass C(CORSMiddleware): pass\n", "`C` is decorated, which may change what CORSMiddleware does"),
    ],
)
def test_a_class_that_something_else_changes_is_not_judged(text: str, why: str) -> None:
    assert reason(only(text + "app.add_middleware(C, allow_origins=['*'])").origins) == why


# --- Where it is put to use


def test_it_may_come_from_another_module() -> None:
    cors = "from starlette.middleware.cors import CORSMiddleware\nclass OurCORS(CORSMiddleware): pass\n"
    policy = only("from cors import OurCORS\napp.add_middleware(OurCORS, allow_origins=['*'])", cors=cors)
    assert (policy.span.path, origins(policy)) == ("main.py", [AnyOrigin()])


def test_the_class_may_come_through_another_module() -> None:
    compat = "from starlette.middleware.cors import CORSMiddleware\n"
    policy = only(
        "from compat import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['*'])", compat=compat
    )
    assert origins(policy) == [AnyOrigin()]


SITE = "from fastapi import FastAPI\nfrom ours import {name}\napp = FastAPI()\napp.add_middleware({name}{options})\n"
OURS = (
    "from starlette.middleware.cors import CORSMiddleware\n"
    "class Local(CORSMiddleware):\n"
    "    def __init__(self, app):\n"
    f"        super().__init__(app, allow_origins=['{ME}'])\n"
)


def test_a_file_that_does_not_speak_of_cors_is_reached_from_the_class() -> None:
    (policy,) = read_files({"app.py": SITE.format(name="Local", options=""), "ours.py": OURS})
    assert (policy.span.path, policy.span.line, policy.id) == ("app.py", 4, "app.py#Local of ours.py@app")
    assert origins(policy) == [Exact(ME)]


def test_it_is_reached_through_a_package_and_a_further_subclass() -> None:
    files = {
        "web/cors.py": OURS,
        "web/__init__.py": "from .cors import Local\n",
        "ours.py": "from web import Local\nclass Mine(Local):  # a middleware\n    pass\n",
        "app.py": SITE.format(name="Mine", options=""),
    }
    (policy,) = read_files(files)
    assert (policy.span.path, origins(policy)) == ("app.py", [Exact(ME)])


def test_it_is_reached_by_another_name() -> None:
    ours = "from starlette.middleware.cors import CORSMiddleware\nCrossing = CORSMiddleware\n"
    (policy,) = read_files({"app.py": SITE.format(name="Crossing", options=", allow_origins=['*']"), "ours.py": ours})
    assert (policy.span.path, origins(policy)) == ("app.py", [AnyOrigin()])


def test_a_use_is_found_once() -> None:
    files = {
        "a.py": SITE.format(name="Local", options=""),
        "b.py": "# Not CORSMiddleware itself:\n" + SITE.format(name="Local", options=""),
        "c.py": SITE.format(name="OwnCORS", options=""),
        "ours.py": OURS + "class OwnCORS(Local): pass\n",
    }
    assert sorted(policy.span.path for policy in read_files(files)) == ["a.py", "b.py", "c.py"]


@pytest.mark.parametrize(
    "app",
    [
        "from elsewhere import Local\nfrom fastapi import FastAPI\napp = FastAPI()\napp.add_middleware(Local)\n",
        "class Local: pass\napp.add_middleware(Local)\n",
        "from ours import Local\nassert issubclass(Local, object)  # a middleware\n",
        "from ours import Local\nname = 'Middleware'\n",
    ],
)
def test_another_thing_of_that_name_is_left_alone(app: str) -> None:
    assert read_files({"app.py": app, "ours.py": OURS}) == []


def test_a_class_of_the_project_that_is_no_subclass_is_left_alone() -> None:
    own = "class CORSMiddleware:\n    def __init__(self, app): self.app = app\n"
    assert read_files({"app.py": SITE.format(name="CORSMiddleware", options=""), "ours.py": own}) == []


# --- Options beside the class


@pytest.mark.parametrize(
    "text",
    [
        "def config():\n    return {'middleware_class': CORSMiddleware, 'allow_origins': ['*']}\n",
        "CONFIG = {'middleware_class': CORSMiddleware}\nCONFIG['allow_origins'] = ['*']\n",
        "CONFIG = {'class': CORSMiddleware, 'options': {'allow_origins': ['*']}}\n",
        "ALL = [(CORSMiddleware, {'allow_origins': ['*']})]\nfor c, kw in ALL:\n    app.add_middleware(c, **kw)\n",
        "KW = {'allow_origins': ['*']}\nALL = [[CORSMiddleware, KW]]\n",
        "ALL = {CORSMiddleware: {'allow_origins': ['*']}}\n",
        "CONFIG = dict(middleware_class=CORSMiddleware, allow_origins=['*'])\n",
        "make(CORSMiddleware, allow_origins=['*'])\n",
        "make(cls=CORSMiddleware, allow_origins=['*'])\n",
    ],
)
def test_options_that_stand_beside_the_class_are_read(text: str) -> None:
    policy = only(text)
    assert origins(policy) == [AnyOrigin()]
    assert policy.name == "CORSMiddleware"


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(x, (CORSMiddleware, FastAPI))",
        "KNOWN = [CORSMiddleware, 'cors']",
        "KNOWN = (CORSMiddleware, {'order': 1})",
        "KNOWN = {'CORSMiddleware': {'allow_origins': ['*']}}",
        "KNOWN = {'name': CORSMiddleware}",
        "make(CORSMiddleware)",
        "make(CORSMiddleware, order=1)",
    ],
)
def test_the_class_without_options_is_left_alone(text: str) -> None:
    assert read_files({"main.py": IMPORTS + text + "\n"}) == []


# --- Where nothing names the class at the place itself


@pytest.mark.parametrize(
    "text",
    [
        "def up(app, cls=CORSMiddleware, **kw):\n    app.add_middleware(cls, allow_origins=['*'])",
        "class C(CORSMiddleware):\n    @classmethod\n    def up(cls, app):\n"
        "        app.add_middleware(cls, allow_origins=['*'])",
    ],
)
def test_a_parameter_may_tell_the_class(text: str) -> None:
    assert origins(only(text)) == [AnyOrigin()]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("cls = load('CORSMiddleware')\napp.add_middleware(cls, allow_origins=['*'])", "cls"),
        ("app.add_middleware(load('CORSMiddleware'), allow_origin_regex='.*')", "load('CORSMiddleware')"),
        (
            "class Base:\n    kind = CORSMiddleware\n    def up(self, app):\n"
            "        app.add_middleware(self.kind, allow_origins=['*'])",
            "self.kind",
        ),
    ],
)
def test_origins_for_a_class_that_nobody_names_are_a_policy_that_is_not_known(text: str, what: str) -> None:
    assert reason(only(text).origins) == f"`{what}` may be another class than CORSMiddleware"


@pytest.mark.parametrize(
    "text",
    [
        "from robyn import Cors\napp.add_middleware(Cors, allow_origins=['*'])",
        "class Cors: pass\napp.add_middleware(Cors, allow_origins=['*'])",
        "cls = load('gzip')\napp.add_middleware(cls, minimum_size=1)",
        "def up(app, cls):\n    app.add_middleware(cls)",
        "class Cors:\n    @classmethod\n    def up(cls, app):\n        app.add_middleware(cls)",
    ],
)
def test_another_class_is_left_alone(text: str) -> None:
    assert read_files({"main.py": IMPORTS + text + "\n"}) == []
