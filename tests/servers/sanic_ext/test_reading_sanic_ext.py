"""What is read from Sanic applications, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.config import Config
from corslint.engine import StandardInput, run
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern
from corslint.policy import Policy
from corslint.servers import sanic_ext
from corslint.values import Known, OneOf, Unknown


def read_all(files: dict[str, str], release: str | None = None) -> list[Policy | Unread]:
    versions = {} if release is None else {"sanic-ext": release}
    project = Project(tuple(Listed(name, name) for name in files), versions=versions)
    for name, text in files.items():
        project.keep(name, text)
    source = project.source("app.py")
    assert source is not None
    return list(sanic_ext.read(project, source))


def read(text: str, others: dict[str, str] | None = None, release: str | None = None) -> list[Policy]:
    policies = read_all({"app.py": text, **(others or {})}, release)
    assert all(isinstance(policy, Policy) for policy in policies), policies
    return policies  # type: ignore[return-value]


def only(text: str, others: dict[str, str] | None = None, release: str | None = None) -> Policy:
    (policy,) = read(text, others, release)
    return policy


def rules(text: str, path: str = "app.py") -> list[str]:
    report = run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes
    return [finding.rule for finding in report.findings]


def entries(policy: Policy) -> list[Entry]:
    return [replace(entry, span=None) for entry in policy.entries()]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


def allowed(policy: Policy, origin: str) -> str | None:
    response = policy.respond(Request(origin, policy.url, "GET", (("Origin", origin),)))
    return next(iter(response.values("Access-Control-Allow-Origin")), None)


APP = "https://app.example.com"
FOREIGN = "https://app.example.com.evil.example"
HEAD = "import os\nimport re\n\nfrom sanic import Sanic\nfrom sanic_ext import Config, Extend\n\n"
MADE = HEAD + 'app = Sanic("shop")\n'

# --- Where it stands


@pytest.mark.parametrize(
    "text",
    [
        MADE + "app.config.CORS_ORIGINS = 'https://app.example.com'\n",
        MADE + "app.config['CORS_ORIGINS'] = 'https://app.example.com'\n",
        MADE + "app.config.update({'CORS_ORIGINS': 'https://app.example.com'})\nExtend(app)\n",
        MADE + "app.config.update(CORS_ORIGINS='https://app.example.com')\n",
        MADE + "app.update_config({'CORS_ORIGINS': 'https://app.example.com'})\n",
        MADE + "app.config.update_config({'CORS_ORIGINS': 'https://app.example.com'})\n",
        MADE + "Extend(app, config={'cors_origins': 'https://app.example.com'})\n",
        MADE + "Extend(app, config={'CORS_ORIGINS': 'https://app.example.com'})\n",
        MADE + "Extend(app, config=Config(cors_origins='https://app.example.com'))\n",
        MADE + "app.extend(config={'cors_origins': 'https://app.example.com'})\n",
        MADE + "app.config.CORS_ORIGINS = 'https://app.example.com'\nExtend(app, config={'cors_origins': '*'})\n",
        MADE + "app.config.CORS_ORIGINS = '*'\napp.config.CORS_ORIGINS = 'https://app.example.com'\n",
        MADE + "ORIGIN = 'https://app.example.com'\napp.config.CORS_ORIGINS = ORIGIN\n",
        HEAD + "class Settings:\n    CORS_ORIGINS = 'https://app.example.com'\n\n\n"
        "app = Sanic('shop')\napp.update_config(Settings)\n",
        HEAD + "from sanic.config import Config as Base\n\n\nclass Settings(Base):\n"
        "    CORS_ORIGINS: str = 'https://app.example.com'\n\n\napp = Sanic('shop', config=Settings())\n",
        "from sanic import Sanic\n\n\ndef configure(app: Sanic):\n    app.config.CORS_ORIGINS = 'https://app.example.com'\n",
    ],
)
def test_one_origin(text: str) -> None:
    policy = only(text)
    assert entries(policy) == [Exact(APP)]
    assert policy.credentials.known() is False
    assert (allowed(policy, APP), allowed(policy, FOREIGN)) == (APP, None)


@pytest.mark.parametrize(
    "text",
    [
        MADE,
        MADE + "Extend(app)\n",
        MADE + "Extend(app, config={'oas': False, 'cors': False})\n",
        MADE + "app.config.CORS = False\napp.config.CORS_ORIGINS = '*'\n",
        MADE + "# app.config.CORS_ORIGINS = '*'\n",
        MADE + "TEXT = \"app.config.CORS_ORIGINS = '*'\"\n",
        MADE + "if False:\n    app.config.CORS_ORIGINS = '*'\n",
        MADE + "app.config.MY_CORS_ORIGINS = '*'\nsettings.CORS_ORIGINS = '*'\n",
        MADE + "app.config.CORS_REPORT_TO = 'https://cors.example'\n",
        MADE + "from sanic_cors import CORS\napp.config.CORS_ORIGINS = '*'\nCORS(app)\n",
        "from flask import Flask\napp = Flask('shop')\napp.config['CORS_ORIGINS'] = '*'\n",
        "from quart import Quart\napp = Quart('sanic')\napp.config['CORS_ORIGINS'] = '*'\n",
    ],
)
def test_nothing_is_read(text: str) -> None:
    assert read(text) == []


def test_a_file_that_cannot_be_parsed_is_unread() -> None:
    assert isinstance(read_all({"app.py": MADE + "app.config.CORS_ORIGINS = [\n"})[0], Unread)


def test_two_applications_of_a_file_have_a_policy_each() -> None:
    text = (
        MADE
        + "app.config.CORS_ORIGINS = '*'\nadmin = Sanic('admin')\nadmin.config.CORS_ORIGINS = 'https://a.example'\n"
    )
    assert [policy.key for policy in read(text)] == ["CORS@app", "CORS@admin"]


# --- What the values mean


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'*'", [AnyOrigin()]),
        ("re.compile('.*')", [AnyOrigin()]),
        ("['*']", [Exact("*")]),
        ("'https://a.example, https://b.example'", [Exact("https://a.example"), Exact("https://b.example")]),
        ("['https://a.example', 'null']", [Exact("https://a.example"), Null()]),
        ("['https://a.example,https://b.example']", [Exact("https://a.example,https://b.example")]),
        ("re.compile('https://a', re.I)", [Pattern("https://a", "python", "match", ignore_case=True)]),
        ("('https://a.example',)", []),
        ("{'https://a.example'}", []),
        ("''", []),
        ("None", []),
        ("True", []),
    ],
)
def test_origins(written: str, expected: list[Entry]) -> None:
    assert entries(only(MADE + f"app.config.CORS_ORIGINS = {written}\n")) == expected


@pytest.mark.parametrize(
    ("release", "gets_in"), [("25.12.0", False), ("24.12.0", True), ("23.12.0", True), ("22.9.0", True), (None, False)]
)
def test_before_25_12_an_origin_is_a_beginning(release: str | None, gets_in: bool) -> None:
    policy = only(MADE + "app.config.CORS_ORIGINS = 'https://app.example.com'\n", release=release)
    assert (allowed(policy, FOREIGN) is not None) is gets_in
    assert allowed(policy, "https://appXexample.com") is None


def test_before_22_9_a_text_is_a_pattern_and_a_list_is_passed_over() -> None:
    text = MADE + "app.config.CORS_ORIGINS = 'https://app.example.com'\n"
    assert allowed(only(text, release="22.6.2"), "https://appXexample.com") == "https://appXexample.com"
    assert entries(only(MADE + "app.config.CORS_ORIGINS = ['https://app.example.com']\n", release="22.6.2")) == []


def test_a_star_and_credentials_do_not_start() -> None:
    policy = only(MADE + "app.config.CORS_ORIGINS = '*'\napp.config.CORS_SUPPORTS_CREDENTIALS = True\n")
    assert kinds(policy) == ["rejected-configuration"]
    assert policy.respond(Request(APP, policy.url)).status == 500


def test_a_star_in_one_branch_and_credentials_in_the_other_start() -> None:
    text = MADE + (
        "if os.getenv('OPEN'):\n    app.config.CORS_ORIGINS = '*'\n    app.config.CORS_SUPPORTS_CREDENTIALS = False\n"
        "else:\n    app.config.CORS_ORIGINS = ['https://a.example']\n    app.config.CORS_SUPPORTS_CREDENTIALS = True\n"
    )
    policy = only(text)
    assert isinstance(policy.origins.value, OneOf)
    assert kinds(policy) == []


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("CORS_ORIGINS = [5]", "rejected-configuration"),
        ("CORS_METHODS = 5", "rejected-configuration"),
        ("CORS_SUPPORTS_CREDENTIALS = 'false'", "string-for-boolean"),
        ("CORS_ORIGINS = ('https://app.example.com',)", "malformed-origin"),
        ("CORS_ORIGINS = ['*']", "malformed-origin"),
        ("CORS_ORIGINS = '*,https://app.example.com'", "malformed-origin"),
        ("CORS_ALLOW_ORIGINS = '*'", "unknown-setting"),
        ("CORS_ORIGIN = '*'", "unknown-setting"),
    ],
)
def test_odd_values(entry: str, kind: str) -> None:
    assert kinds(only(MADE + f"app.config.{entry}\n")) == [kind]


def test_what_is_set_after_the_extension_is_late() -> None:
    policy = only(MADE + "Extend(app)\napp.config.CORS_ORIGINS = 'https://app.example.com'\n")
    assert kinds(policy) == ["late-setting"]
    assert allowed(policy, APP) is None


def test_keywords_of_the_extension_are_passed_over() -> None:
    assert kinds(only(MADE + "Extend(app, cors_origins='*')\n")) == ["unknown-setting"]


def test_values_from_elsewhere() -> None:
    settings = {"settings.py": "ORIGINS = ['https://app.example.com']\n"}
    assert entries(only(MADE + "from settings import ORIGINS\napp.config.CORS_ORIGINS = ORIGINS\n", settings)) == [
        Exact(APP)
    ]
    by_variable = only(MADE + "app.config.CORS_ORIGINS = os.getenv('ORIGINS', 'https://app.example.com')\n")
    assert isinstance(by_variable.origins.value, Known)
    assert by_variable.origins.value.override == "ORIGINS"
    assert isinstance(only(MADE + "app.config.CORS_ORIGINS = os.environ['O']\n").origins.value, Unknown)
    assert isinstance(only(MADE + "app.config.CORS_ORIGINS = os.getenv('O')\n").origins.value, Unknown)


# --- What must stay silent

QUIET = "app.config.CORS_ALLOW_HEADERS = ['Content-Type']\n"


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("app.py", "CORS_ORIGINS = 'https://app.example.com'"),
        ("app.py", "CORS_ORIGINS = 'https://app.example.com, https://b.example'"),
        ("app.py", "CORS_ORIGINS = ['https://app.example.com']"),
        ("app.py", "CORS_ORIGINS = ['http://localhost:3000']"),
        ("app.py", r"CORS_ORIGINS = re.compile(r'https://[a-z]+\.example\.com$')"),
        ("app.py", "CORS_ORIGINS = os.getenv('ORIGINS', 'https://app.example.com').split(',')"),
        ("app.py", "CORS_ORIGINS = ''"),
        ("app.py", "CORS_ORIGINS = []"),
        ("app.py", "CORS_MAX_AGE = 600"),
        ("app.py", "CORS_METHODS = 'GET,POST'"),
        ("dev/app.py", "CORS_ORIGINS = '*'"),
        ("tests/test_app.py", "CORS_ORIGINS = '*'"),
        ("tests/conftest.py", "CORS_SUPPORTS_CREDENTIALS = 'false'"),
        ("examples/app.py", "CORS_ORIGINS = '*'"),
        ("docs/app.py", "CORS_ORIGINS = '*'"),
    ],
)
def test_silent(path: str, entry: str) -> None:
    text = MADE + f"app.config.{entry}\n" + QUIET
    assert len(read(text)) == 1
    assert rules(text, path) == []


def test_before_25_12_what_is_advised_needs_a_later_release() -> None:
    text = MADE + "app.config.CORS_ORIGINS = 'https://app.example.com'\n"
    assert only(text).how_to.list_origins == 'CORS_ORIGINS = ["https://app.example.com"]'
    assert only(text, release="24.12.0").how_to.list_origins.startswith("with sanic-ext 25.12 or later, ")


# --- Decorated routes

ROUTE = """\
from sanic import Blueprint
from sanic_ext import cors

bp = Blueprint("api")


@bp.get("/me")
@cors({})
async def me(request):
    pass
"""


def test_a_route_says_who_may_read_it() -> None:
    policy = only(ROUTE.format("origin='https://app.example.com', allow_headers=['Content-Type']"))
    assert (policy.name, policy.scope.text) == ("cors on `me`", "view `me`")
    assert (allowed(policy, APP), allowed(policy, FOREIGN)) == (APP, None)
    assert rules(ROUTE.format("origin='https://app.example.com', allow_headers=['Content-Type']")) == []


def test_a_route_takes_a_star_and_credentials_together() -> None:
    text = ROUTE.format("origin='*', supports_credentials=True, allow_headers=['Content-Type']")
    assert kinds(only(text)) == []
    assert rules(text) == ["any-origin-with-credentials"]


def test_a_route_takes_what_it_leaves_out_from_the_application() -> None:
    application = "from sanic import Sanic\napp = Sanic('shop')\napp.config.CORS_ORIGINS = 'https://app.example.com'\n"
    own, route = read(application + ROUTE.format("max_age=60"))
    assert entries(own) == entries(route) == [Exact(APP)]
    assert (own.max_age.known(), route.max_age.known()) == (5, 60)


def test_an_unknown_keyword_of_a_route_does_not_start() -> None:
    policy = only(ROUTE.format("origins='https://app.example.com'"))
    assert kinds(policy) == ["rejected-configuration"]
    assert policy.respond(Request(APP, policy.url)).status == 500


def test_a_text_of_exposed_headers_is_taken_apart_on_a_route() -> None:
    policy = only(ROUTE.format("origin='https://app.example.com', expose_headers='X-A'"))
    response = policy.respond(Request(APP, policy.url, "GET", (("Origin", APP),)))
    assert response.values("Access-Control-Expose-Headers") == ["X,-,A"]


def test_a_number_without_end_is_no_crash() -> None:
    policy = only(
        MADE + f"app.config.CORS_ORIGINS = 'https://app.example.com'\napp.config.CORS_MAX_AGE = '{'9' * 5000}'\n"
    )
    assert policy.max_age.known() == "9" * 5000
