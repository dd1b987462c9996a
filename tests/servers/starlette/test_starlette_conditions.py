"""When CORSMiddleware is put to use at all: branches, early returns, and parameters whose callers nobody sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corslint.collect import Listed, Project
from corslint.origins import AnyOrigin, Entry, Exact
from corslint.policy import Policy
from corslint.servers import starlette
from corslint.values import Known, OneOf, Unknown

HEAD = """\
import os
from dataclasses import dataclass
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
"""
ADD = "app.add_middleware(CORSMiddleware, allow_origins=['*'])"


def read(text: str, **others: str) -> list[Policy]:
    files = {"main.py": HEAD + text + "\n", **{f"{name}.py": body for name, body in others.items()}}
    project = Project(tuple(Listed(path, path) for path in files))
    sources = [project.keep(path, body) for path, body in files.items()]
    found = list(starlette.read(project, sources[0]))
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def only(text: str, **others: str) -> Policy:
    (policy,) = read(text, **others)
    return policy


def conditions(policy: Policy) -> list[str]:
    return [str(condition) for condition in policy.conditions]


def origins(policy: Policy) -> list[Entry]:
    return [replace(entry, span=None) for entry in policy.entries()]


SETTINGS = (
    "from pydantic_settings import BaseSettings\n"
    "class Settings(BaseSettings):\n"
    "    ENV: str = 'dev'\n"
    "    ORIGINS: list[str] = []\n"
    "settings = Settings()\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"if os.getenv('CORS') == '1':\n    {ADD}", ['when CORS is "1"']),
        (f"if os.getenv('CORS') == '1':\n    pass\nelse:\n    {ADD}", ['when CORS is not "1"']),
        (f"def up(app):\n    if os.getenv('CORS') != '1':\n        return\n    {ADD}\nup(app)", ['when CORS is "1"']),
        (
            "def up(app):\n    if os.getenv('A') == '1':\n        if os.getenv('B') == '1':\n            return\n"
            f"        {ADD}",
            ['when A is "1"', 'when B is not "1"'],
        ),
        (f"def up(app):\n    if os.getenv('CORS'):\n        print(1)\n    {ADD}\nup(app)", []),
        (f"def up(app):\n    {ADD}\n    if os.getenv('CORS'):\n        return", []),
        (f"def other():\n    if os.getenv('CORS'):\n        return\ndef up(app):\n    {ADD}", []),
        (f"if os.getenv('X'):\n    print()\n{ADD}", []),
        (f"match os.getenv('MODE'):\n    case 'a':\n        {ADD}", ['when MODE is "a"']),
        (f"match load():\n    case _:\n        {ADD}", []),
    ],
)
def test_what_decides_whether_it_is_reached_is_told(text: str, expected: list[str]) -> None:
    assert conditions(only(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "if settings.ORIGINS:\n    app.add_middleware(CORSMiddleware, allow_origins=settings.ORIGINS)",
        "def up(app):\n    if not settings.ORIGINS:\n        return\n"
        "    app.add_middleware(CORSMiddleware, allow_origins=settings.ORIGINS)\nup(app)",
    ],
)
def test_a_list_that_must_not_be_empty_is_not_the_empty_default(text: str) -> None:
    policy = only("from config import settings\n" + text, config=SETTINGS)
    assert conditions(policy) == ["when ORIGINS is set"]
    assert isinstance(policy.origins.value, Unknown)
    assert policy.origins.value.reason == "the environment variable ORIGINS decides it"


def test_an_environment_that_a_condition_implies_is_that_of_the_policy() -> None:
    policy = only(f"from config import settings\nif settings.ENV == 'dev':\n    {ADD}", config=SETTINGS)
    assert (policy.environment.kind, conditions(policy)) == ("development", ['when ENV is "dev"'])


# --- Functions whose callers nobody sees


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (f"def up(app, cors=False):\n    if cors:\n        {ADD}", "when cors is true"),
        (f"def up(app, cors=None):\n    if cors is not None:\n        {ADD}", "when `cors is not None` is true"),
        (f"def up(app, production=True):\n    if not production:\n        {ADD}", "when `not production` is true"),
        (f"def up(app, plain=True):\n    if plain:\n        pass\n    else:\n        {ADD}", "when plain is false"),
        (
            f"class S:\n    cors = False\n    def up(self, app):\n        if self.cors:\n            {ADD}",
            "when self.cors is true",
        ),
    ],
)
def test_a_default_does_not_make_it_dead(text: str, condition: str) -> None:
    policy = only(text)
    assert (conditions(policy), origins(policy)) == ([condition], [AnyOrigin()])


def test_the_default_that_was_ruled_out_is_not_its_value() -> None:
    policy = only("def up(app, us=None):\n    if us:\n        app.add_middleware(CORSMiddleware, allow_origins=us)")
    assert isinstance(policy.origins.value, Unknown)
    assert policy.origins.value.reason == "`us` is a parameter of `up()`"
    assert policy.facts == ()


@pytest.mark.parametrize(
    "text",
    [
        f"if False:\n    {ADD}",
        f"def up(app):\n    if False:\n        {ADD}",
        f"CORS = False\ndef up(app):\n    if CORS:\n        {ADD}",
        f"def up(app, cors):\n    if cors:\n        {ADD}\nup(app, False)",
        f"def up(app, cors=False):\n    if cors:\n        {ADD}\nup(app, cors=False)\nup(FastAPI(), cors=False)",
    ],
)
def test_what_is_certainly_dead_is_left_alone(text: str) -> None:
    assert read(text) == []


# --- Functions that are called


def test_a_function_that_is_called_for_several_applications_is_one_policy() -> None:
    text = (
        "def up(app, settings):\n    app.add_middleware(CORSMiddleware, allow_origins=[settings.ENV])\n"
        "from config import settings\nup(FastAPI(), settings)\nup(app, settings)"
    )
    policy = only(text, config=SETTINGS)
    assert (policy.name, policy.key) == ("CORSMiddleware on `app`", "CORSMiddleware@up.app")
    assert origins(policy) == [Exact("dev")]


CONFIG = """\
@dataclass
class Config:
    us: tuple[str, ...] = ()
    def wrap(self, app):
        return CORSMiddleware(app=app, allow_origins=self.us)
"""


def test_what_depends_on_self_is_told_for_each_object() -> None:
    policy = only(CONFIG + "ours = Config(us=('https://me.example',))\ntheirs = Config(('*',))")
    assert isinstance(policy.origins.value, OneOf)
    found = {str(way.conditions[0]): way.value for way in policy.origins.value.alternatives}
    assert list(found) == ["when `Config()` is called in main.py:11", "when `Config()` is called in main.py:12"]
    entries = [[replace(e, span=None) for e in way.value.entries] for way in found.values() if isinstance(way, Known)]
    assert entries == [[Exact("https://me.example")], [AnyOrigin()]]


def test_the_objects_may_be_made_elsewhere() -> None:
    policy = only(CONFIG, other="from main import Config\nours = Config(us=['https://me.example'])\n")
    assert origins(policy) == [Exact("https://me.example")]


@pytest.mark.parametrize("other", ["", "from somewhere import Config\nours = Config(us=['*'])\n"])
def test_objects_of_which_none_is_seen_are_not_known(other: str) -> None:
    assert isinstance(only(CONFIG, other=other).origins.value, Unknown)


# --- Options that are passed as a dict


def test_an_option_that_a_dict_holds_in_some_cases_is_the_default_in_the_others() -> None:
    policy = only(
        "us = {'allow_origins': ['https://me.example']}\n"
        "if os.getenv('MODE') == 'open':\n    us = {'allow_origins': ['*'], 'allow_credentials': True}\n"
        "app.add_middleware(CORSMiddleware, **us)"
    )
    found = {tuple(map(str, one.conditions)): (origins(one), one.credentials.known()) for one in policy.variants()}
    assert found == {
        ('when MODE is "open"',): ([AnyOrigin()], True),
        ('when MODE is not "open"',): ([Exact("https://me.example")], False),
    }


def test_a_dict_may_be_what_a_function_gives() -> None:
    config = "def options(settings):\n    return dict(allow_origins=[settings.ENV], allow_credentials=True)\n"
    text = "from config import options, settings\napp.add_middleware(CORSMiddleware, **options(settings))"
    policy = only(text, config=config + SETTINGS)
    assert (origins(policy), policy.credentials.known()) == ([Exact("dev")], True)
    assert policy.origins.span is not None
    assert policy.origins.span.text == "**options(settings)"


HELPER = "def add_cors(app, **options):\n    app.add_middleware(CORSMiddleware, allow_credentials=True, **options)\n"


def test_what_a_helper_passes_on_is_what_its_caller_gives() -> None:
    policy = only(HELPER + "add_cors(app, allow_origins=['https://me.example'])")
    assert (origins(policy), policy.credentials.known()) == ([Exact("https://me.example")], True)


def test_a_helper_with_several_callers_has_a_way_for_each() -> None:
    other = "from main import add_cors\nadd_cors(api, allow_origins=['*'])\n"
    policy = only(HELPER + "add_cors(app, allow_origins=['https://me.example'])", other=other)
    found = {str(one.conditions[0]): origins(one) for one in policy.variants()}
    assert found == {
        "when `add_cors()` is called in main.py:8": [Exact("https://me.example")],
        "when `add_cors()` is called in other.py:2": [AnyOrigin()],
    }


@pytest.mark.parametrize("call", ["", "add_cors(app, **load())", "run(add_cors)"])
def test_a_helper_whose_callers_are_not_seen_is_not_known(call: str) -> None:
    assert isinstance(only(HELPER + call).origins.value, Unknown)
