"""What is read from Quart applications, and what is left alone."""

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
from corslint.servers import quart_cors
from corslint.values import Known, OneOf, Unknown


def read_all(files: dict[str, str], release: str | None = None) -> list[Policy | Unread]:
    versions = {} if release is None else {"quart-cors": release}
    project = Project(tuple(Listed(name, name) for name in files), versions=versions)
    for name, text in files.items():
        project.keep(name, text)
    source = project.source("app.py")
    assert source is not None
    return list(quart_cors.read(project, source))


def only(text: str, others: dict[str, str] | None = None, release: str | None = None) -> Policy:
    (policy,) = read_all({"app.py": text, **(others or {})}, release)
    assert isinstance(policy, Policy)
    return policy


def rules(text: str, path: str = "app.py") -> list[str]:
    report = run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes
    return [finding.rule for finding in report.findings]


def entries(policy: Policy) -> list[Entry]:
    return [replace(entry, span=None) for entry in policy.entries()]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


def headers(policy: Policy, origin: str) -> dict[str, str]:
    response = policy.respond(Request(origin, policy.url, "GET", (("Origin", origin),)))
    return dict(response.headers)


APP = "https://app.example.com"
EVIL = "https://evil.example"
HEAD = "import os\nimport re\n\nfrom quart import Blueprint, Quart\nfrom quart_cors import cors, route_cors\n\n"
MADE = HEAD + "app = Quart(__name__)\n"

# --- Where it stands


@pytest.mark.parametrize(
    "text",
    [
        MADE + "app = cors(app, allow_origin='https://app.example.com')\n",
        MADE + "cors(app, allow_origin=['https://app.example.com'])\n",
        MADE + "cors(app, allow_origin={'https://app.example.com'})\n",
        HEAD + "app = cors(Quart(__name__), allow_origin='https://app.example.com')\n",
        HEAD + "bp = Blueprint('bp', __name__)\nbp = cors(bp, allow_origin='https://app.example.com')\n",
        MADE + "app.config['QUART_CORS_ALLOW_ORIGIN'] = ['https://app.example.com']\ncors(app)\n",
        MADE + "cors(app)\napp.config['QUART_CORS_ALLOW_ORIGIN'] = ['https://app.example.com']\n",
        MADE + "cors(app)\napp.config.update({'QUART_CORS_ALLOW_ORIGIN': ['https://app.example.com']})\n",
        MADE + "cors(app, allow_origin=None)\napp.config.update(QUART_CORS_ALLOW_ORIGIN=['https://app.example.com'])\n",
        HEAD + "class Settings:\n    QUART_CORS_ALLOW_ORIGIN = ['https://app.example.com']\n\n\n"
        "app = Quart(__name__)\napp.config.from_object(Settings)\ncors(app)\n",
        MADE + "ORIGINS = ['https://app.example.com']\ncors(app, allow_origin=ORIGINS)\n",
        MADE + "OPTIONS = {'allow_origin': 'https://app.example.com'}\ncors(app, **OPTIONS)\n",
        "import quart_cors\n\napp = quart_cors.cors(make(), allow_origin='https://app.example.com')\n",
        "from quart_cors import cors as allow\n\nallow(app, allow_origin='https://app.example.com')\n",
        MADE
        + "@app.route('/')\n@route_cors(allow_origin='https://app.example.com')\nasync def view():\n    return ''\n",
    ],
)
def test_one_origin(text: str) -> None:
    policy = only(text)
    assert entries(policy) == [Exact(APP)]
    assert headers(policy, APP)["Access-Control-Allow-Origin"] == APP
    assert headers(policy, EVIL) == {"Vary": "Origin"}
    assert rules(text) == []


@pytest.mark.parametrize(
    "text",
    [
        MADE,
        MADE + "app.config['QUART_CORS_ALLOW_ORIGIN'] = ['*']\n",
        "from mine import cors\ncors(app)\n",
        "# from quart_cors import cors\n",
        MADE + "if False:\n    cors(app)\n",
        MADE + "TEXT = 'cors(app)'\n",
        "from quart_cors import websocket_cors\n\n\n@websocket_cors()\nasync def live():\n    pass\n",
    ],
)
def test_nothing_is_read(text: str) -> None:
    assert read_all({"app.py": text}) == []


def test_a_file_that_cannot_be_parsed_is_unread() -> None:
    assert isinstance(read_all({"app.py": "from quart_cors import cors\ncors(app,\n"})[0], Unread)


# --- What the values mean


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", [AnyOrigin()]),
        ("allow_origin='*'", [AnyOrigin()]),
        ("allow_origin=['*']", [AnyOrigin()]),
        ("allow_origin=None", [AnyOrigin()]),
        ("allow_origin=[]", []),
        ("allow_origin=''", [Exact("")]),
        ("allow_origin=['https://a.example', 'null', None, 5]", [Exact("https://a.example"), Null()]),
        ("allow_origin='https://a.example,https://b.example'", [Exact("https://a.example,https://b.example")]),
        ("allow_origin=re.compile('https://a', re.I)", [Pattern("https://a", "python", "match", ignore_case=True)]),
    ],
)
def test_origins(written: str, expected: list[Entry]) -> None:
    assert entries(only(MADE + f"cors(app, {written})\n")) == expected


def test_a_text_of_the_configuration_is_taken_apart() -> None:
    text = MADE + "app.config['QUART_CORS_ALLOW_ORIGIN'] = '{}'\ncors(app)\n"
    policy = only(text.format(APP))
    assert Exact("h") in entries(policy)
    assert kinds(policy) == ["string-for-list"]
    assert kinds(only(text.format("*"))) == []
    assert AnyOrigin() in entries(only(text.format("https://*.example.com")))


def test_a_variable_in_the_configuration_is_a_text_where_it_is_set() -> None:
    text = MADE + "app.config['QUART_CORS_ALLOW_ORIGIN'] = {}\ncors(app)\n"
    assert kinds(only(text.format("os.environ.get('ORIGIN', '*')"))) == ["string-for-list"]
    assert kinds(only(text.format("os.environ.get('ORIGINS', 'https://a.example').split(',')"))) == []


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ("allow_credentials=True", "true"),
        ("allow_credentials=False", None),
        ("allow_credentials='true'", None),
        ("allow_credentials=1", None),
    ],
)
def test_only_true_allows_credentials(options: str, sent: str | None) -> None:
    policy = only(MADE + f"cors(app, allow_origin='{APP}', {options})\n")
    assert headers(policy, APP).get("Access-Control-Allow-Credentials") == sent


def test_false_does_not_take_back_what_is_configured() -> None:
    configured = MADE + "app.config['QUART_CORS_ALLOW_CREDENTIALS'] = True\n"
    policy = only(configured + f"cors(app, allow_origin='{APP}', allow_credentials=False)\n")
    assert headers(policy, APP)["Access-Control-Allow-Credentials"] == "true"
    repeating = only(MADE + "cors(app, send_origin_wildcard=False)\n")
    assert headers(repeating, EVIL)["Access-Control-Allow-Origin"] == "*"
    configured = MADE + "app.config['QUART_CORS_SEND_ORIGIN_WILDCARD'] = False\ncors(app)\n"
    assert headers(only(configured), EVIL)["Access-Control-Allow-Origin"] == EVIL
    assert headers(only(configured, release="0.7.0"), EVIL)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("allow_credentials=True", "rejected-configuration"),
        ("allow_origin=['*'], allow_credentials='false'", "rejected-configuration"),
        (f"allow_origin='{APP}', max_age='soon'", "rejected-configuration"),
        ("allow_origins=['https://app.example.com']", "rejected-configuration"),
        (f"allow_origin='{APP}', allow_credentials='yes'", "invalid-credentials-value"),
        ("allow_origin='https://a.example, https://b.example'", "string-for-list"),
        (f"allow_origin='{APP}', allow_headers='A,B'", "string-for-list"),
    ],
)
def test_odd_values(options: str, kind: str) -> None:
    policy = only(MADE + f"cors(app, {options})\n")
    assert kinds(policy) == [kind]
    if kind == "rejected-configuration":
        assert policy.respond(Request(APP, policy.url, "GET", (("Origin", APP),))).status == 500


def test_a_decorator_above_the_route_does_nothing() -> None:
    text = MADE + "@route_cors()\n@app.route('/')\nasync def view():\n    return ''\n"
    policy = only(text)
    assert kinds(policy) == ["decorator-order"]
    assert headers(policy, EVIL) == {}
    assert rules(text) == ["decorator-order"]


@pytest.mark.parametrize(
    ("route", "covered", "other"),
    [("@app.get('/items')", "/items", "/other"), ("@app.route('/items/<item>')", "/items/5", None)],
)
def test_the_paths_of_a_decorated_view(route: str, covered: str, other: str | None) -> None:
    policy = only(MADE + f"{route}\n@route_cors(allow_origin='{APP}')\nasync def view():\n    return ''\n")
    assert policy.covers(covered)
    assert other is None or not policy.covers(other)
    assert policy.respond(Request(APP, policy.url, "GET", (("Origin", APP),)), 404).headers == ()


def test_values_from_elsewhere() -> None:
    settings = {"settings.py": "ORIGINS = ['https://app.example.com']\n"}
    text = MADE + "from settings import ORIGINS\ncors(app, allow_origin=ORIGINS)\n"
    assert entries(only(text, settings)) == [Exact(APP)]
    by_variable = only(MADE + "cors(app, allow_origin=os.getenv('ORIGIN', 'https://app.example.com'))\n")
    assert isinstance(by_variable.origins.value, Known)
    assert by_variable.origins.value.override == "ORIGIN"
    assert isinstance(only(MADE + "cors(app, allow_origin=load())\n").origins.value, Unknown)
    branches = MADE + "cors(app, allow_origin='*' if app.debug else 'https://app.example.com')\n"
    assert isinstance(only(branches).origins.value, OneOf)


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("app.py", f"allow_origin='{APP}', allow_credentials=True"),
        ("app.py", f"allow_origin='{APP}', allow_credentials='false'"),
        ("app.py", "allow_origin=['http://localhost:3000']"),
        ("app.py", r"allow_origin=re.compile(r'https://[a-z]+\.example\.com$')"),
        ("app.py", f"allow_origin='{APP}', max_age=600"),
        ("app.py", f"allow_origin='{APP}', allow_headers='content-type'"),
        ("app.py", "allow_origin=[]"),
        ("dev/app.py", "allow_origin='*'"),
        ("tests/test_app.py", "allow_origin='*'"),
        ("tests/test_app.py", "allow_credentials=True"),
        ("examples/app.py", ""),
        ("docs/app.py", ""),
    ],
)
def test_silent(path: str, options: str) -> None:
    text = MADE + f"cors(app, {options})\n"
    assert isinstance(only(text), Policy)
    assert rules(text, path) == []


def test_a_long_text_is_not_repeated_whole() -> None:
    policy = only(MADE + f"cors(app, max_age='{'soon' * 500}')\n")
    assert len(policy.facts[0].text) < 150
