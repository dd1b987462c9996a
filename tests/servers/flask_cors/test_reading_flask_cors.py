"""What is read from Flask applications, and what is left alone."""

from __future__ import annotations

import pytest

from corslint.collect import Listed, Project
from corslint.finding import Severity, Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided
from corslint.policy import Policy
from corslint.servers import flask_cors
from corslint.values import Known, OneOf, Unknown


def read_all(files: dict[str, str], path: str) -> list[Policy | Unread]:
    project = Project(tuple(Listed(name, name) for name in files))
    for name, text in files.items():
        project.keep(name, text)
    source = project.source(path)
    assert source is not None
    return list(flask_cors.read(project, source))


def read(text: str, others: dict[str, str] | None = None) -> list[Policy]:
    policies = read_all({"app.py": text, **(others or {})}, "app.py")
    assert all(isinstance(policy, Policy) for policy in policies), policies
    return policies  # type: ignore[return-value]


def only(text: str, others: dict[str, str] | None = None) -> Policy:
    (policy,) = read(text, others)
    return policy


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    from dataclasses import replace

    return [replace(entry, span=None) for entry in policy.entries()]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


HEAD = """\
import os
import re

from flask import Flask
from flask_cors import CORS, cross_origin

app = Flask(__name__)
"""

# --- CORS(app)


def test_a_bare_extension_lets_everyone_in() -> None:
    policy = only(HEAD + "CORS(app)\n")
    assert policy.name == "CORS on `app`"
    assert policy.id == "app.py#CORS@app"
    assert policy.span.text == "CORS(app)"
    assert entries(policy) == [AnyOrigin()]
    assert policy.origins.given == "default"
    assert policy.origins.span == policy.span
    assert policy.credentials.value == Known(False)
    assert policy.methods.known() == ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    assert policy.headers.known() == ("*",)
    assert policy.max_age.known() is None
    assert policy.scope.text == ""
    assert policy.covers("/anything")
    assert policy.preflight.answered_by == "product"
    assert policy.facts == ()


def test_options_are_read_with_their_places() -> None:
    policy = only(
        HEAD
        + 'CORS(app, origins=["https://app.example.com", "null"], supports_credentials=True, methods=["get", "put"],\n'
        + '     allow_headers=["Content-Type", "X-*"], expose_headers="X-Total, X-Page",\n'
        + "     max_age=600, vary_header=False)\n"
    )
    assert entries(policy) == [Exact("https://app.example.com", ignore_case=True), Null()]
    assert [entry.span.text for entry in policy.entries() if entry.span] == ['"https://app.example.com"', '"null"']
    assert policy.origins.span is not None
    assert policy.origins.span.text == 'origins=["https://app.example.com", "null"]'
    assert policy.credentials.known() is True
    assert policy.methods.known() == ("GET", "PUT")
    assert policy.headers.known() == ("Content-Type", "X-*")
    assert policy.exposed.known() == ("X-Total", "X-Page")
    assert policy.max_age.known() == 600
    assert policy.vary.known() is False


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ('"*"', [AnyOrigin()]),
        ('".*"', [AnyOrigin()]),
        ('"https://*.example.com"', [Pattern("https://*.example.com", "python", "match", ignore_case=True)]),
        ('["http://localhost:*"]', [Pattern("http://localhost:*", "python", "match", ignore_case=True)]),
        ('re.compile(r"https://.*\\.example\\.com")', [Pattern(r"https://.*\.example\.com", "python", "match")]),
        ('"https://a.example, https://b.example"', [Exact("https://a.example, https://b.example", ignore_case=True)]),
        ('"https://.+.example.com"', [Exact("https://.+.example.com", ignore_case=True)]),
        ("None", [Exact("None", ignore_case=True)]),
        ('os.getenv("ORIGINS", "https://a.example").split(",")', [Exact("https://a.example", ignore_case=True)]),
        ('[origin, "https://b.example"]', [Undecided(""), Exact("https://b.example", ignore_case=True)]),
    ],
)
def test_origins_are_what_the_product_makes_of_them(origins: str, expected: list[Entry]) -> None:
    found = entries(only(HEAD + f"CORS(app, origins={origins})\n"))
    assert [Undecided("") if isinstance(entry, Undecided) else entry for entry in found] == expected


def test_a_text_is_true() -> None:
    policy = only(HEAD + 'CORS(app, supports_credentials="false")\n')
    assert policy.credentials.known() is True
    assert isinstance(policy.credentials.written, Known)
    assert policy.credentials.written.value == "false"


@pytest.mark.parametrize(
    "program",
    [
        "from flask_cors import CORS as Cors\nCors(app)",
        "import flask_cors\nflask_cors.CORS(app)",
        "import flask_cors as fc\nfc.CORS(app)",
        "from flask_cors import *\nCORS(app)",
        "from flask_cors.extension import CORS\nCORS(app=app)",
        "try:\n    from flask_cors import CORS\nexcept ImportError:\n    def CORS(app, **kw): ...\nCORS(app)",
        "import flask_cors\ncors = flask_cors.CORS()\ncors.init_app(app)",
        "from flask_cors import CORS\nCORS().init_app(app)",
        "from flask_cors import CORS\nclass Factory:\n    def make(self):\n        CORS(app)",
    ],
)
def test_forms_of_the_call(program: str) -> None:
    policy = only("from flask import Flask\napp = Flask(__name__)\n" + program + "\n")
    assert policy.name == "CORS on `app`"
    assert entries(policy) == [AnyOrigin()]


def test_init_app_wins_over_the_constructor() -> None:
    policy = only(HEAD + 'cors = CORS(origins="https://a.example", max_age=5)\ncors.init_app(app, max_age=9)\n')
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]
    assert policy.max_age.known() == 9
    assert policy.span.text == "cors.init_app(app, max_age=9)"


EXTENSIONS = 'from flask_cors import CORS\n\ncors = CORS(resources={r"/api/*": {"origins": "https://a.example"}})\n'
FACTORY = """\
from flask import Flask
from .extensions import cors

def create_app():
    app = Flask(__name__)
    cors.init_app(app)
"""


def test_an_extension_of_another_file_is_read_where_it_is_applied() -> None:
    files = {"shop/extensions.py": EXTENSIONS, "shop/factory.py": FACTORY}
    assert read_all(files, "shop/extensions.py") == []
    (policy,) = read_all(files, "shop/factory.py")
    assert isinstance(policy, Policy)
    assert policy.name == "CORS on `app`, resource /api/*"
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]


def test_an_extension_that_is_applied_out_of_sight_is_undetermined() -> None:
    (policy,) = read_all({"extensions.py": "from flask_cors import CORS\ncors = CORS()\n"}, "extensions.py")
    assert isinstance(policy, Policy)
    assert isinstance(policy.origins.value, Unknown)


def test_a_branch_is_a_condition() -> None:
    policy = only(HEAD + 'if os.getenv("FLASK_ENV") == "development":\n    CORS(app)\n')
    assert [str(condition) for condition in policy.conditions] == ['when FLASK_ENV is "development"']
    assert (policy.environment.kind, policy.environment.marked) == ("development", True)


def test_unknown_keywords_leave_the_options_open() -> None:
    policy = only(HEAD + "CORS(app, max_age=5, **load())\n")
    assert isinstance(policy.origins.value, Unknown)
    assert policy.max_age.known() == 5


def test_known_keywords_are_followed() -> None:
    policy = only(HEAD + 'options = {"origins": ["https://a.example"]}\nCORS(app, **options)\n')
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]


# --- resources


def test_one_policy_per_resource() -> None:
    first, second = read(
        HEAD
        + 'CORS(app, supports_credentials=True, resources={\n    r"/api/*": {"origins": "*"},\n'
        + '    "/health": {"origins": ["https://ops.example"], "supports_credentials": False},\n})\n'
    )
    assert (first.name, second.name) == ("CORS on `app`, resource /health", "CORS on `app`, resource /api/*")
    assert (first.key, second.key) == ("CORS@app:/health", "CORS@app:/api/*")
    assert (first.credentials.known(), second.credentials.known()) == (False, True)
    assert second.origins.span is not None
    assert second.origins.span.text == '"origins": "*"'
    # A literal path is that path alone and is tried first; `/api/*` means any number of slashes after `/api`.
    assert [path for path in ("/health", "/health/", "/api", "/apiary", "/") if first.covers(path)] == ["/health"]
    assert [path for path in ("/health", "/api", "/api/", "/apiary", "/") if second.covers(path)] == [
        "/api",
        "/api/",
        "/apiary",
    ]


def test_resources_as_a_text_or_list_share_the_options() -> None:
    policy = only(HEAD + 'CORS(app, resources=[r"/api/*", "/feed"], origins="https://a.example")\n')
    assert policy.name == "CORS on `app`, resource /api/*, /feed"
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]
    assert [path for path in ("/api/x", "/feed", "/feed/", "/") if policy.covers(path)] == ["/api/x", "/feed"]


@pytest.mark.parametrize(
    ("resources", "help_"),
    [
        ('{"api": {"origins": "*"}}', "write `/api`, or `/api/.*` for all paths below it"),
        ('{r"api/*": {"origins": "*"}}', "write `/api/.*`"),
        ('{r"^api/v1/.*$": {"origins": "*"}}', "write `/api/v1/.*`"),
        ('{r"(api|v1)/.*": {"origins": "*"}}', "begin the pattern with a slash"),
        ('"api/*"', "write `/api/.*`"),
        ('["api/*", "feed"]', "write `/api/.*`"),
        ('re.compile("api/.*")', "write `/api/.*`"),
    ],
)
def test_a_resource_without_a_slash_never_matches(resources: str, help_: str) -> None:
    policy = only(HEAD + f"CORS(app, supports_credentials=True, resources={resources})\n")
    assert [(fact.kind, fact.help) for fact in policy.facts] == [("dead-resource", help_)]
    assert not policy.covers("/api")
    assert entries(policy) == []


@pytest.mark.parametrize("resources", ['"/api"', '"/*"', '"*"', '".*"', '"/?api"', '["api/*", "/feed"]', "PATTERN"])
def test_a_resource_that_some_path_matches(resources: str) -> None:
    policy = only(HEAD + f"CORS(app, resources={resources})\n")
    assert kinds(policy) == []
    assert entries(policy) == [AnyOrigin()]


def test_resources_by_condition() -> None:
    policies = read(
        HEAD
        + 'CORS(app, resources={"/*": {"origins": "*"}} if app.debug else {"/*": {"origins": "https://a.example"}})\n'
    )
    assert [(entries(policy), [str(c) for c in policy.conditions]) for policy in policies] == [
        ([AnyOrigin()], ["when app.debug is true"]),
        ([Exact("https://a.example", ignore_case=True)], ["when app.debug is false"]),
    ]


# --- app.config


@pytest.mark.parametrize(
    "setting",
    [
        'app.config["CORS_ORIGINS"] = "https://a.example"',
        'app.config.update(CORS_ORIGINS="https://a.example")',
        'app.config.update({"CORS_ORIGINS": "https://a.example"})',
        'app.config.from_mapping(CORS_ORIGINS="https://a.example")',
        'app.config.setdefault("CORS_ORIGINS", "https://a.example")',
        'class Config:\n    CORS_ORIGINS = "https://a.example"\napp.config.from_object(Config)',
        'class Base:\n    CORS_ORIGINS = "https://a.example"\n'
        "class Config(Base): ...\napp.config.from_object(Config())",
    ],
)
def test_forms_of_configuration(setting: str) -> None:
    policy = only(HEAD + setting + "\nCORS(app)\n")
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]
    assert (policy.origins.name, policy.origins.given) == ("CORS_ORIGINS", "explicit")


@pytest.mark.parametrize(
    "call", ["from config import Config\napp.config.from_object(Config)", 'app.config.from_object("config.Config")']
)
def test_configuration_of_another_file(call: str) -> None:
    config = 'class Config:\n    CORS_ORIGINS = ["https://a.example"]\n    CORS_SUPPORTS_CREDENTIALS = True\n'
    policy = only(HEAD + call + "\nCORS(app)\n", {"config.py": config})
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]
    assert policy.credentials.known() is True
    assert policy.origins.span is not None
    assert policy.origins.span.path == "config.py"


def test_configuration_that_cannot_be_followed_is_undetermined_where_it_may_matter() -> None:
    program = HEAD + "app.config.from_object(config[os.environ['MODE']])\nCORS(app)\n"
    quiet = only(program, {"config.py": "class Config:\n    SECRET_KEY = 'x'\n"})
    assert entries(quiet) == [AnyOrigin()]
    unseen = only(program, {"config.py": "class Config:\n    CORS_ORIGINS = ['https://a.example']\n"})
    assert isinstance(unseen.origins.value, Unknown)


def test_a_keyword_wins_over_the_configuration() -> None:
    policy = only(HEAD + 'app.config["CORS_ORIGINS"] = "*"\nCORS(app, origins="https://a.example")\n')
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]


def test_none_in_the_configuration_is_the_default() -> None:
    policy = only(HEAD + 'app.config["CORS_ORIGINS"] = os.getenv("CORS_ORIGINS")\nCORS(app)\n')
    assert entries(policy) == [AnyOrigin()]
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "CORS_ORIGINS"


def test_configuration_by_condition() -> None:
    policy = only(HEAD + 'if app.debug:\n    app.config["CORS_ORIGINS"] = "http://localhost:3000"\nCORS(app)\n')
    assert isinstance(policy.origins.value, OneOf)
    assert [[str(c) for c in variant.conditions] for variant in policy.variants()] == [
        ["when app.debug is true"],
        ["when app.debug is false"],
    ]
    assert [entries(variant) for variant in policy.variants()] == [
        [Exact("http://localhost:3000", ignore_case=True)],
        [AnyOrigin()],
    ]


def test_configuration_after_the_extension_has_read_it_is_late() -> None:
    policy = only(HEAD + 'CORS(app)\napp.config["CORS_ORIGINS"] = "https://a.example"\n')
    assert entries(policy) == [AnyOrigin()]
    assert kinds(policy) == ["late-setting"]


def test_what_decorated_views_read_with_each_request_is_not_late() -> None:
    text = HEAD + 'CORS(app)\napp.config["CORS_ORIGINS"] = "https://a.example"\n'
    policies = read(text + '@app.route("/")\n@cross_origin()\ndef index(): ...\n')
    assert [kinds(policy) for policy in policies] == [[], []]


def test_what_the_call_says_itself_needs_no_configuration_late_or_not() -> None:
    entry = 'app.config["CORS_ORIGINS"] = ["https://b.example"]\n'
    policy = only(HEAD + 'CORS(app, origins="https://a.example")\n' + entry)
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]
    assert kinds(policy) == []


def test_configuration_of_another_application_is_not_taken() -> None:
    policy = only(HEAD + 'other = Flask("other")\nother.config["CORS_ORIGINS"] = "https://a.example"\nCORS(app)\n')
    assert entries(policy) == [AnyOrigin()]


# --- names that are not read


@pytest.mark.parametrize(
    ("program", "kind", "setting"),
    [
        ('CORS(app, origin="https://a.example")', "unknown-setting", "origin"),
        ("CORS(app, allow_credentials=True)", "unknown-setting", "allow_credentials"),
        ("CORS(app, support_credentials=True)", "unknown-setting", "support_credentials"),
        ('CORS(app, headers="Content-Type")', "renamed-setting", "headers"),
        ('app.config["CORS_HEADERS"] = "Content-Type"\nCORS(app)', "renamed-setting", "CORS_HEADERS"),
        ('CORS(app)\napp.config["CORS_HEADERS"] = "Content-Type"', "renamed-setting", "CORS_HEADERS"),
        ('app.config["CORS_ALLOWED_ORIGINS"] = "*"\nCORS(app)', "unknown-setting", "CORS_ALLOWED_ORIGINS"),
        ('CORS(app, resources={"/api/*": {"origins:": "https://a.example"}})', "unknown-setting", "origins:"),
    ],
)
def test_names_that_are_not_read(program: str, kind: str, setting: str) -> None:
    policy = only(HEAD + program + "\n")
    assert entries(policy) == [AnyOrigin()]
    assert [(fact.kind, fact.setting) for fact in policy.facts] == [(kind, setting)]
    assert setting in policy.facts[0].labels[0].span.text


@pytest.mark.parametrize(
    "program",
    [
        'app.config["CORS_ALLOWED_ORIGINS"] = ["https://a.example"]\nprint(app.config["CORS_ALLOWED_ORIGINS"])\n',
        'app.config["CORS_ENABLED"] = True\n',
        'app.config["CORS_LOG_LEVEL"] = "INFO"\n',
    ],
)
def test_entries_of_the_application_s_own(program: str) -> None:
    policy = only(HEAD + program + 'CORS(app, origins="https://a.example")\n')
    assert kinds(policy) == []


def test_entries_that_another_file_uses() -> None:
    text = HEAD + 'app.config["CORS_ALLOWED_ORIGINS"] = ["https://a.example"]\nCORS(app, origins="https://a.example")\n'
    assert kinds(only(text, {"views.py": "from flask import current_app\n"})) == ["unknown-setting"]
    assert kinds(only(text, {"views.py": 'allowed = current_app.config["CORS_ALLOWED_ORIGINS"]\n'})) == []


@pytest.mark.parametrize(
    ("name", "help_"),
    [
        ("origin", "did you mean `origins`?"),
        ("origins:", "did you mean `origins`?"),
        ("allow_credentials", "did you mean `supports_credentials`?"),
        ("support_credentials", "did you mean `supports_credentials`?"),
        ("methods_allowed_by_us", "remove it, or use one of "),
    ],
)
def test_what_was_meant(name: str, help_: str) -> None:
    policy = only(HEAD + f'CORS(app, **{{"{name}": 1}})\n')
    assert policy.facts[0].help.startswith(help_)


@pytest.mark.parametrize(
    "arguments",
    [
        "send_wildcard=True, supports_credentials=True",
        'origins="*.example.com"',
        'resources="*/api"',
        'resources={"/api/*": "*"}',
        "resources=None",
    ],
)
def test_what_the_extension_refuses_at_start(arguments: str) -> None:
    assert kinds(only(HEAD + f"CORS(app, {arguments})\n")) == ["rejected-configuration"]


@pytest.mark.parametrize("option", ["origins", "resources"])
def test_a_long_text_is_not_repeated_in_full(option: str) -> None:
    policy = only(HEAD + f"CORS(app, {option}={'*' * 10_000!r})\n")
    assert kinds(policy) == ["rejected-configuration"]
    assert len(policy.facts[0].text) < 250


# --- @cross_origin


def test_a_decorated_view_is_a_policy_of_its_route() -> None:
    policy = only(
        HEAD + '@app.route("/login/<int:user>")\n@cross_origin(origins="https://a.example")\ndef login(user): ...\n'
    )
    assert policy.name == "@cross_origin on `login`"
    assert policy.key == "cross_origin@login"
    assert policy.span.text == 'cross_origin(origins="https://a.example")'
    assert policy.scope.text == "route /login/<int:user>"
    assert [path for path in ("/login/5", "/login/x", "/login", "/x/login/5") if policy.covers(path)] == ["/login/5"]
    assert policy.on_errors.known() is False
    assert policy.preflight.answered_by == "product"


def test_the_prefix_of_a_blueprint_is_not_known() -> None:
    policy = only(
        "from flask import Blueprint\nfrom flask_cors import cross_origin\nbp = Blueprint('api', __name__)\n"
        "@bp.route('/items')\n@cross_origin()\ndef items(): ...\n"
    )
    assert [path for path in ("/items", "/api/v1/items", "/items/5") if policy.covers(path)] == [
        "/items",
        "/api/v1/items",
    ]


def test_a_decorator_above_the_route_is_dead() -> None:
    policy = only(HEAD + '@cross_origin()\n@app.route("/login")\ndef login(): ...\n')
    assert entries(policy) == []
    assert kinds(policy) == ["decorator-order"]
    assert policy.facts[0].severity is None


@pytest.mark.parametrize(("arguments", "severity"), [("", Severity.LOW), ('origins="https://a.example"', None)])
def test_a_dead_decorator_weighs_less_where_the_extension_sends_the_same(
    arguments: str, severity: Severity | None
) -> None:
    policies = read(HEAD + f'CORS(app)\n@cross_origin({arguments})\n@app.route("/login")\ndef login(): ...\n')
    assert [fact.severity for policy in policies for fact in policy.facts] == [severity]


def test_a_decorator_between_two_routes_is_alive() -> None:
    policy = only(HEAD + '@app.route("/a")\n@cross_origin()\n@app.route("/b")\ndef login(): ...\n')
    assert kinds(policy) == []
    assert policy.covers("/a")
    assert not policy.covers("/b")


def test_a_view_wrapped_by_hand() -> None:
    policy = only(HEAD + 'app.add_url_rule("/a", view_func=cross_origin()(items))\n')
    assert policy.name == "@cross_origin on `items`"


def test_a_decorated_view_follows_the_configuration_wherever_it_stands() -> None:
    policy = only(
        HEAD + '@app.route("/a")\n@cross_origin()\ndef a(): ...\napp.config["CORS_ORIGINS"] = "https://a.example"\n'
    )
    assert entries(policy) == [Exact("https://a.example", ignore_case=True)]


@pytest.mark.parametrize(
    ("head", "answered_by"),
    [
        ("class Items(MethodView):", "nobody"),
        ("class Items(MethodView):\n    def options(self): ...", "unknown"),
        ("class Items(OurView):", "unknown"),
        ("@cors_preflight('GET')\nclass Items(MethodView):", "unknown"),
        ("CORS(app)\nclass Items(MethodView):", "unknown"),
    ],
)
def test_preflights_to_class_based_views(head: str, answered_by: str) -> None:
    program = HEAD + f"from flask.views import MethodView\n{head}\n    @cross_origin()\n    def get(self): ...\n"
    policy = next(policy for policy in read(program) if policy.name == "@cross_origin on `Items.get`")
    assert policy.preflight.answered_by == answered_by


# --- what is left alone


@pytest.mark.parametrize(
    "program",
    [
        "from flask import Flask\napp = Flask(__name__)\n",
        "from flask import Flask\nfrom .security import CORS\napp = Flask(__name__)\nCORS(app)\n",
        "def CORS(app): ...\nCORS(app)\n",
        "from flask_cors import CORS\n",
        "from flask_cors import CORS\ndef CORS(app): ...\nCORS(app)\n",
        '"""\nfrom flask_cors import CORS\nCORS(app)\n"""\n',
        "# from flask_cors import CORS\n# CORS(app)\n",
        'TEXT = """\nfrom flask_cors import CORS\nCORS(app)\n"""\n',
        "from flask_cors import CORS\nif False:\n    CORS(app)\n",
        "from quart_cors import cors\nfrom quart import Quart\napp = cors(Quart(__name__))\n",
        "from flask_socketio import SocketIO\nimport flask_cors\nsocketio = SocketIO(app, cors_allowed_origins='*')\n",
        "import flask_cors\napp.config['CORS_ORIGINS'] = '*'\n",
        "from extensions import db\ndb.init_app(app)\n# cors.init_app(app)\n",
        "from extensions import cors\ncors.init_app(app)\n",
        "from flask_cors import CORS\nprint(CORS, isinstance(x, CORS))\n",
        "from flask_cors import CORS\nCORS = None\nCORS(app)\n",
        "from starlette.middleware.cors import CORSMiddleware\n# once flask_cors\napp.add_middleware(CORSMiddleware)\n",
    ],
)
def test_silent(program: str) -> None:
    assert read(program) == []


def test_resources_that_are_empty_protect_nothing() -> None:
    assert read(HEAD + "CORS(app, resources={})\n") == []


def test_a_file_that_does_not_parse_is_unread() -> None:
    (unread,) = read_all({"app.py": "from flask_cors import CORS\nCORS(app\n"}, "app.py")
    assert isinstance(unread, Unread)
    assert unread.path == "app.py"
    assert unread.span is not None
    assert unread.span.line == 2


def test_a_file_that_does_not_parse_and_has_no_cors_is_nobodys_business() -> None:
    assert read_all({"app.py": "db.init_app(app\n# flask_cors\n"}, "app.py") == []


def test_more_uses_than_anybody_writes_are_not_all_read() -> None:
    found = read_all({"app.py": HEAD + "CORS(app)\n" * 300}, "app.py")
    assert sum(isinstance(one, Policy) for one in found) == 200
    assert [one.reason for one in found if isinstance(one, Unread)] == ["uses CORS() more than 200 times"]


def test_a_duration_within_a_resource() -> None:
    text = "from datetime import timedelta\n" + HEAD
    policy = only(text + 'CORS(app, resources={"/api/.*": {"max_age": timedelta(minutes=5)}})\n')
    assert policy.max_age.known() == 300
    policy = only(text + 'CORS(app, resources={"/api/.*": {"max_age": long_enough()}})\n')
    assert isinstance(policy.max_age.value, Unknown)
