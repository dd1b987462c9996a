"""What is read from Litestar programs, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Undecided
from corslint.policy import Policy, Setting
from corslint.servers import litestar, python_headers, starlette
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown

HEAD = """\
import os
from litestar import Litestar
from litestar.config.cors import CORSConfig
"""


def read_all(text: str, version: str | None = None) -> list[Policy | Unread]:
    versions = {"litestar": version} if version else {}
    return list(litestar.read(Project(versions=versions), Source("main.py", text)))


def only(text: str, version: str | None = None) -> Policy:
    (policy,) = read_all(HEAD + text + "\n", version)
    assert isinstance(policy, Policy)
    return policy


def made(options: str, version: str | None = None) -> Policy:
    return only(f"app = Litestar([], cors_config=CORSConfig({options}))", version)


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def known(setting: Setting[Any]) -> object:
    assert isinstance(setting.value, Known)
    return setting.value.value


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


# --- Where the object is made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("app = Litestar([], cors_config=CORSConfig(OPTIONS))", "CORSConfig of `app`"),
        ("cors = CORSConfig(OPTIONS)\nweb.app = Litestar([], cors_config=cors)", "CORSConfig of `web.app`"),
        ("cors = CORSConfig(OPTIONS)", "CORSConfig"),
        ("def create():\n    cors = CORSConfig(OPTIONS)\n    return Litestar([], cors_config=cors)", "CORSConfig"),
        ("import litestar.config.cors as c\ncors = c.CORSConfig(OPTIONS)", "CORSConfig"),
        ("from litestar.config import cors\nx = cors.CORSConfig(OPTIONS)", "CORSConfig"),
        ("from litestar.config.cors import CORSConfig as Cors\nx = Cors(OPTIONS)", "CORSConfig"),
        ("Cors = CORSConfig\nx = Cors(OPTIONS)", "CORSConfig"),
        ("def on_app_init(config):\n    config.cors_config = CORSConfig(OPTIONS)\n    return config", "CORSConfig"),
        (
            "class Cors(InitPluginProtocol):\n    def on_app_init(self, config):\n"
            "        config.cors_config = CORSConfig(OPTIONS)\n        return config",
            "CORSConfig",
        ),
        ("app = Litestar.from_config(AppConfig(cors_config=CORSConfig(OPTIONS)))", "CORSConfig"),
        ("kw = {'allow_origins': ['*']}\ncors = CORSConfig(**kw)", "CORSConfig"),
        ("kw = dict(allow_origins=['*'])\ncors = CORSConfig(**{**kw})", "CORSConfig"),
        ("cors = CORSConfig(['*'])", "CORSConfig"),
        ("@dataclass\nclass Settings:\n    origins = ['*']\ncors = CORSConfig(Settings().origins)", "CORSConfig"),
    ],
)
def test_it_is_found(text: str, name: str) -> None:
    policy = only(text.replace("OPTIONS", "allow_origins=['*']"))
    assert policy.name == name
    assert entries(policy) == [AnyOrigin()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app = Litestar([])",
        "app = Litestar([], cors_config=None)",
        "app = Litestar([], cors_config=load())",
        "print(CORSConfig)",
        "isinstance(x, CORSConfig)",
        "def f(config: CORSConfig) -> CORSConfig: ...",
        "# CORSConfig(allow_origins=['*'])",
        "DOC = '''CORSConfig(allow_origins=['*'])'''",
        "if False:\n    cors = CORSConfig(allow_origins=['*'])",
        "USE_CORS = False\nif USE_CORS:\n    cors = CORSConfig(allow_origins=['*'])",
        "class CORSConfig: pass\ncors = CORSConfig(allow_origins=['*'])",
        "from chalice import CORSConfig\napi = CORSConfig(allow_origin='*')",
        "from aws_lambda_powertools.event_handler import CORSConfig\napi = CORSConfig(allow_origin='*')",
        "from app.settings import CORSConfig\ncors = CORSConfig(allow_origins=['*'])",
        "cors = config.CORSConfig(allow_origins=['*'])",
        "cors = get_config().CORSConfig(allow_origins=['*'])",
        "from litestar.config.csrf import CSRFConfig\ncsrf = CSRFConfig(secret='x')",
        "from litestar.config.allowed_hosts import AllowedHostsConfig\nhosts = AllowedHostsConfig(['*'])",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert read_all(HEAD + text + "\n") == []


def test_a_file_without_the_words_is_not_even_parsed() -> None:
    assert read_all("import litestar\ndef f(:\n") == []
    assert read_all("from chalice import CORSConfig\ndef f(:\n") == []


def test_a_file_that_does_not_parse_is_reported() -> None:
    (unread,) = read_all(HEAD + "cors = CORSConfig(allow_origins=[\n")
    assert isinstance(unread, Unread)


@pytest.mark.parametrize(
    "text",
    [
        "app = Litestar([], cors_config=CORSConfig(allow_origins=['*']))",
        "from litestar.middleware.cors import CORSMiddleware\n"
        "app = CORSMiddleware(app, config=CORSConfig(allow_origins=['*']))",
        "from litestar.middleware.cors import CORSMiddleware\n"
        "app = Litestar([], middleware=[DefineMiddleware(CORSMiddleware, config=CORSConfig(allow_origins=['*']))])",
    ],
)
def test_no_other_server_reads_the_same(text: str) -> None:
    source = Source("main.py", HEAD + text + "\n")
    assert len(list(litestar.read(Project(), source))) == 1
    assert list(starlette.read(Project(), source)) == []
    assert list(python_headers.read(Project(), source)) == []


def test_starlette_s_middleware_in_a_litestar_program_is_starlette_s() -> None:
    text = (
        "from litestar import Litestar\nfrom litestar.middleware import DefineMiddleware\n"
        "from starlette.middleware.cors import CORSMiddleware\n"
        "app = Litestar([], middleware=[DefineMiddleware(CORSMiddleware, allow_origins=['*'])])\n"
    )
    assert len(list(starlette.read(Project(), Source("main.py", text)))) == 1
    assert read_all(text) == []


# --- What is given


def test_defaults() -> None:
    policy = made("")
    assert entries(policy) == [AnyOrigin()]
    assert (policy.origins.given, policy.credentials.given) == ("default", "default")
    assert known(policy.credentials) is False
    assert (known(policy.methods), known(policy.headers), known(policy.exposed)) == (("*",), ("*",), None)
    assert known(policy.max_age) == 600
    assert (policy.preflight.answered_by, policy.preflight.status) == ("product", 204)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("allow_origins=['https://app.example.com']", [Exact("https://app.example.com")]),
        ("allow_origins=('https://app.example.com', 'null')", [Exact("https://app.example.com"), Null()]),
        ("allow_origins=['https://*.example.com']", [Pattern("https://*.example.com", "python", "glob")]),
        ("allow_origins=[]", []),
        ("allow_origins=['']", [Exact("")]),
        ("allow_origins=os.environ['X'].split(',')", None),
        ("allow_origins=[load()]", [Undecided("CALLED")]),
        ("allow_origins=['https://a.example', load()]", [Exact("https://a.example"), Undecided("CALLED")]),
        ("allow_origins=['https://a.example', '*']", [AnyOrigin(), Exact("https://a.example")]),
        ("allow_origins='https://*.example.com'", [AnyOrigin()]),
        ("allow_origins='ab'", [Pattern("a|b", "python", "fullmatch")]),
        ("allow_origins=[], allow_origin_regex='https://a'", [Pattern("https://a", "python", "fullmatch")]),
        ("allow_origin_regex='https://a'", [AnyOrigin(), Pattern("https://a", "python", "fullmatch")]),
        ("allow_origins=[], allow_origin_regex=''", []),
        ("['https://a.example'], ['GET'], ['X-A'], True", [Exact("https://a.example")]),
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
    policy = made("allow_origins=['*'] if os.getenv('DEBUG') else ['https://app.example.com']")
    assert isinstance(policy.origins.value, OneOf)
    assert [entries(one) for one in policy.variants()] == [[Exact("https://app.example.com")], [AnyOrigin()]]


def test_a_branch_says_which_environment_it_is_for() -> None:
    policy = only("DEBUG = bool(os.getenv('DEBUG'))\nif DEBUG:\n    cors = CORSConfig()")
    assert policy.environment.kind == "development"


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("", [Exact("https://a.example")]),
        ("cors.allow_origins = ['*']", [AnyOrigin()]),
        ("cors.allow_origins.append('*')", [AnyOrigin(), Exact("https://a.example")]),
        ("cors.allow_origins.extend(['https://b.example'])", [Exact("https://a.example"), Exact("https://b.example")]),
        ("other.allow_origins = ['*']", [Exact("https://a.example")]),
        ("cors.origins = ['*']", [Exact("https://a.example")]),
        ("def f():\n    cors = g()\n    cors.allow_origins = ['*']", [Exact("https://a.example")]),
        ("if debug():\n    cors.allow_origins = ['*']", None),
        ("cors.allow_origins += more()", None),
        ("cors.allow_origins.append(load())", [Exact("https://a.example"), Undecided("CALLED")]),
    ],
)
def test_what_is_put_into_it_later(later: str, expected: list[Entry] | None) -> None:
    policy = only(f"cors = CORSConfig(['https://a.example'])\n{later}")
    if expected is None:
        assert isinstance(policy.origins.value, Unknown)
        return
    found = [replace(one, reason="CALLED") if isinstance(one, Undecided) else one for one in entries(policy)]
    assert found == expected


def test_what_may_be_given_unseen_is_unknown() -> None:
    policy = made("allow_credentials=True, **load()")
    assert isinstance(policy.origins.value, Unknown)
    assert known(policy.credentials) is True


def test_settings_of_another_module(tmp_path: Path) -> None:
    settings = "class Settings:\n    ORIGINS = ['https://app.example.com']\nsettings = Settings()\n"
    (tmp_path / "settings.py").write_text(settings)
    text = f"{HEAD}from settings import settings\nc = CORSConfig(cast('list[str]', settings.ORIGINS))\n"
    file = tmp_path / "main.py"
    file.write_text(f"from typing import cast\n{text}")
    project = Project(tuple(Listed(str(path), str(path)) for path in (tmp_path / "settings.py", file)))
    (policy,) = litestar.read(project, Source(str(file), file.read_text()))
    assert isinstance(policy, Policy)
    assert entries(policy) == [Exact("https://app.example.com")]


# --- What the product makes of odd values


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("allow_credential=True", "the application does not start: CORSConfig takes no `allow_credential`"),
        ("allow_private_network=True", "the application does not start: CORSConfig takes no `allow_private_network`"),
        ("allow_headers=None", "the application does not start: None is no collection of texts"),
        ("[], [], [], True, None, [], 600, 1", "the application does not start: CORSConfig takes 7 values"),
        ("allow_origins=None", "every request of another site fails: None is no collection of texts"),
        ("allow_origins=[None]", "every request of another site fails: None is no text"),
        ("allow_methods=5", "every request of another site fails: 5 is no collection of texts"),
        ("expose_headers=7", "every request of another site fails: 7 is no collection of texts"),
        (
            "allow_origins=[], allow_origin_regex='('",
            "every request of another site fails: '(' is no regular expression",
        ),
    ],
)
def test_what_the_product_refuses(options: str, text: str) -> None:
    policy = made(options)
    assert [(fact.kind, fact.text) for fact in policy.facts] == [("rejected-configuration", text)]


@pytest.mark.parametrize(
    "options",
    [
        "expose_headers=None",
        "max_age=None",
        "allow_origin_regex=None",
        "allow_origins=['*', None]",
        "allow_origins=['*']",
        "allow_origins=load()",
        "allow_methods=[]",
        "**{'allow_origins': ['https://a.example']}",
    ],
)
def test_what_it_takes(options: str) -> None:
    assert kinds(made(options)) == []


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("allow_origin_regex='https://a'", "shadowed-setting"),
        ("allow_origins=['*', 'https://a.example']", "shadowed-setting"),
        ("allow_origins='https://a.example'", "string-for-list"),
        ("allow_methods='GET, POST'", "string-for-list"),
        ("allow_credentials='false'", "string-for-boolean"),
    ],
)
def test_facts(options: str, kind: str) -> None:
    assert kinds(made(options)) == [kind]


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ("allow_origins=[os.getenv('ORIGIN')]", ["every request of another site fails"]),
        ("allow_origins=['https://a.example', os.environ.get('ORIGIN')]", ["every request of another site fails"]),
        ("allow_origins=['*', os.getenv('ORIGIN')]", []),
        ("allow_origins=[os.getenv('ORIGIN', 'https://a.example')]", []),
        ("allow_origins=[os.environ['ORIGIN']]", []),
        ("allow_origins=[load()]", []),
    ],
)
def test_a_variable_without_a_default_is_none_where_it_is_not_set(options: str, texts: list[str]) -> None:
    assert [fact.text for fact in made(options).facts if fact.kind == "rejected-configuration"] == texts


# --- What changed between releases


@pytest.mark.parametrize(
    ("version", "let_in"),
    [("2.19.0", True), ("2.20.0", False), (None, False)],
)
def test_a_dot_is_any_character_before_2_20(version: str | None, let_in: bool) -> None:
    policy = made("allow_origins=['https://app.example.com']", version)
    answer = policy.respond(Request("", "/", "GET", (("Origin", "https://appxexample.com"),)))
    assert (answer.values("Access-Control-Allow-Origin") == ["https://appxexample.com"]) is let_in
    remedies = [one.remedy for one in policy.entries() if isinstance(one, Pattern)]
    assert [remedy.startswith("update Litestar to 2.20") for remedy in remedies] == [True] * let_in


@pytest.mark.parametrize(("version", "status"), [("2.15.1", 400), ("2.15.2", 204), (None, 204)])
def test_json_has_to_be_allowed_by_name_before_2_15_2(version: str | None, status: int) -> None:
    headers = (
        ("Origin", "https://app.example.com"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    )
    policy = made("allow_origins=['https://app.example.com'], allow_headers=['X-Api-Key']", version)
    assert policy.respond(Request("", "/", "OPTIONS", headers)).status == status


@pytest.mark.parametrize(("version", "sent"), [("2.6.4", []), ("2.8.0", ["GET"]), ("2.9.0", ["GET"]), (None, ["GET"])])
def test_other_answers_name_the_methods_since_2_7(version: str | None, sent: list[str]) -> None:
    policy = made("allow_methods=['GET']", version)
    answer = policy.respond(Request("", "/", "GET", (("Origin", "https://app.example.com"),)))
    assert answer.values("Access-Control-Allow-Methods") == sent
