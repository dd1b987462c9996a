"""What is read from Django settings, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided
from corslint.policy import Policy
from corslint.servers import django_cors_headers
from corslint.values import Known, Unknown

HEAD = """\
import os
import re

DEBUG = False
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "corsheaders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
]
"""


def read_all(files: dict[str, str], path: str) -> list[Policy | Unread]:
    project = Project(tuple(Listed(name, name) for name in files))
    for name, text in files.items():
        project.keep(name, text)
    source = project.source(path)
    assert source is not None
    return list(django_cors_headers.read(project, source))


def read(text: str, path: str = "shop/settings.py", others: dict[str, str] | None = None) -> list[Policy]:
    policies = read_all({path: text, **(others or {})}, path)
    assert all(isinstance(policy, Policy) for policy in policies), policies
    return policies  # type: ignore[return-value]


def only(text: str, path: str = "shop/settings.py", others: dict[str, str] | None = None) -> Policy:
    (policy,) = read(text, path, others)
    return policy


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


# --- settings


def test_a_list_of_origins() -> None:
    policy = only(HEAD + 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n')
    assert policy.name == "django-cors-headers settings"
    assert policy.id == "shop/settings.py#settings"
    assert policy.span.text == 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]'
    assert entries(policy) == [Exact("https://app.example.com")]
    assert policy.origins.name == "CORS_ALLOWED_ORIGINS"
    assert policy.origins.span == policy.span
    assert [entry.span.text for entry in policy.entries() if entry.span] == ['"https://app.example.com"']
    assert policy.credentials.known() is False
    assert policy.methods.known() == ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
    assert policy.headers.known() == (
        "accept",
        "authorization",
        "content-type",
        "user-agent",
        "x-csrftoken",
        "x-requested-with",
    )
    assert policy.exposed.known() is None
    assert policy.max_age.known() == 86400
    assert policy.credentials.given == "default"
    assert policy.facts == ()


def test_all_settings() -> None:
    policy = only(
        HEAD
        + "from corsheaders.defaults import default_headers, default_methods\n"
        + "CORS_ALLOW_ALL_ORIGINS = True\n"
        + "CORS_ALLOW_CREDENTIALS = True\n"
        + 'CORS_ALLOW_HEADERS = [*default_headers, "x-api-key"]\n'
        + "CORS_ALLOW_METHODS = list(default_methods) + ['VIEW']\n"
        + 'CORS_EXPOSE_HEADERS = ["X-Total"]\n'
        + "CORS_PREFLIGHT_MAX_AGE = 0\n"
        + "CORS_ALLOW_PRIVATE_NETWORK = True\n"
        + 'CORS_URLS_REGEX = r"^/api/.*$"\n'
    )
    assert entries(policy) == [AnyOrigin()]
    assert policy.origins.name == "CORS_ALLOW_ALL_ORIGINS"
    assert policy.credentials.known() is True
    assert (policy.headers.known() or ())[-2:] == ("x-requested-with", "x-api-key")
    assert (policy.methods.known() or ())[-2:] == ("PUT", "VIEW")
    assert policy.exposed.known() == ("X-Total",)
    assert policy.max_age.known() is None
    assert policy.private_network.known() is True
    assert policy.scope.text == "paths matching ^/api/.*$"
    assert [path for path in ("/api/", "/apis/", "/") if policy.covers(path)] == ["/api/"]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('CORS_ALLOWED_ORIGINS = ["https://a.example/"]', [Exact("https://a.example")]),
        ('CORS_ALLOWED_ORIGINS = ["https://a.example/path?x"]', [Exact("https://a.example")]),
        ('CORS_ALLOWED_ORIGINS = ["HTTPS://A.example"]', [Exact("https://A.example")]),
        ('CORS_ALLOWED_ORIGINS = ["null"]', [Null()]),
        ('CORS_ALLOWED_ORIGINS = [""]', [Null()]),
        ('CORS_ALLOWED_ORIGINS = os.environ.get("ORIGINS", "").split(",")', [Null()]),
        ('CORS_ALLOWED_ORIGINS = ["*"]', [Null()]),
        ('CORS_ALLOWED_ORIGINS = ["a.example"]', [Null()]),
        ('CORS_ALLOWED_ORIGINS = ["localhost:3000"]', [Exact("localhost:3000")]),
        ('CORS_ALLOWED_ORIGINS = "https://a.example"', [Null()]),
        ("CORS_ALLOWED_ORIGINS = []", []),
        ('CORS_ALLOWED_ORIGINS = {"https://a.example"}', [Exact("https://a.example")]),
        (
            'CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\\w+\\.a\\.example$"]',
            [Pattern(r"^https://\w+\.a\.example$", "python", "match")],
        ),
        (
            'CORS_ALLOWED_ORIGIN_REGEXES = [re.compile("https://a", re.I)]',
            [Pattern("https://a", "python", "match", ignore_case=True)],
        ),
        ('CORS_ALLOWED_ORIGIN_REGEXES = r"^https://a\\.example$"', [Reflected()]),
        ('CORS_ALLOWED_ORIGIN_REGEXES = "ab"', [Pattern("a", "python", "match"), Pattern("b", "python", "match")]),
        ('CORS_ALLOWED_ORIGIN_REGEXES = [""]', [Reflected()]),
        ('CORS_ALLOW_ALL_ORIGINS = "False"', [AnyOrigin()]),
        ('CORS_ALLOW_ALL_ORIGINS = ["*"]', [AnyOrigin()]),
        ("CORS_ALLOW_ALL_ORIGINS = False", []),
        ("CORS_ORIGIN_ALLOW_ALL = True", [AnyOrigin()]),
        ('CORS_ORIGIN_WHITELIST = ("https://a.example",)', [Exact("https://a.example")]),
    ],
)
def test_origins_are_what_the_middleware_makes_of_them(setting: str, expected: list[Entry]) -> None:
    assert entries(only(HEAD + setting + "\n")) == expected


def test_what_was_written_is_kept() -> None:
    policy = only(HEAD + 'CORS_ALLOW_CREDENTIALS = "False"\nCORS_ALLOW_ALL_ORIGINS = "False"\n')
    assert policy.credentials.known() is True
    assert isinstance(policy.credentials.written, Known)
    assert policy.credentials.written.value == "False"
    assert isinstance(policy.origins.written, Known)
    assert policy.origins.written.value == "False"


def test_the_last_assignment_counts() -> None:
    policy = only(
        HEAD
        + 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\nCORS_ALLOWED_ORIGINS += ["https://b.example"]\n'
        + 'CORS_ALLOWED_ORIGINS.append("https://c.example")\nCORS_ALLOW_HEADERS = ["a"]\nCORS_ALLOW_HEADERS = ["b"]\n'
    )
    assert entries(policy) == [Exact(f"https://{name}.example") for name in "abc"]
    assert policy.headers.known() == ("b",)


def test_debug_decides() -> None:
    policy = only(
        HEAD.replace("DEBUG = False", 'DEBUG = os.getenv("DEBUG") == "1"')
        + 'if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\nelse:\n    CORS_ALLOWED_ORIGINS = ["https://a.example"]\n'
        + "CORS_ALLOW_CREDENTIALS = True\n"
    )
    found = {str(variant.conditions[0]): entries(variant) for variant in policy.variants()}
    assert found == {
        "when DEBUG is true": [AnyOrigin()],
        "when DEBUG is false": [Exact("https://a.example")],
    }


def test_a_setting_of_one_branch_has_its_default_in_the_other() -> None:
    policy = only(HEAD + 'if os.getenv("STAGE"):\n    CORS_ALLOW_ALL_ORIGINS = True\n')
    found = {str(variant.conditions[0]): entries(variant) for variant in policy.variants()}
    assert found == {"when STAGE is set": [AnyOrigin()], "when STAGE is unset": []}


def test_all_origins_where_debug_is_on() -> None:
    policy = only(
        HEAD.replace("DEBUG = False", 'DEBUG = bool(os.getenv("DEBUG"))') + "CORS_ALLOW_ALL_ORIGINS = DEBUG\n"
    )
    assert entries(policy) == []
    policy = only(HEAD.replace("DEBUG = False", "DEBUG = load()") + "CORS_ALLOW_ALL_ORIGINS = DEBUG\n")
    assert isinstance(policy.origins.value, Unknown)


OPENED_BY = 'CORS_ALLOW_ALL_ORIGINS = bool(os.getenv("OPEN"))\n'


def test_a_variable_that_opens_the_policy_beside_a_list_is_named() -> None:
    policy = only(HEAD + OPENED_BY + 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\n')
    assert entries(policy) == [Exact("https://a.example")]
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "OPEN"


def test_of_two_variables_that_let_origins_in_both_are_named() -> None:
    policy = only(HEAD + OPENED_BY + 'CORS_ALLOWED_ORIGINS = os.getenv("LIST", "https://a.example").split(",")\n')
    unset, is_set = policy.variants()
    assert [str(one) for one in unset.conditions] == ["when OPEN is unset"]
    assert entries(unset) == [Exact("https://a.example")]
    assert isinstance(unset.origins.value, Known)
    assert unset.origins.value.override == "LIST"
    assert [str(one) for one in is_set.conditions] == ["when OPEN is set"]
    assert isinstance(is_set.entries()[0], Undecided)


@pytest.mark.parametrize(
    "text",
    [
        'CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = os.getenv("LIST", "https://a.example").split(",")\n',
        OPENED_BY + 'CORS_ALLOWED_ORIGINS = os.getenv("OPEN", "https://a.example").split(",")\n',
        OPENED_BY,
        'CORS_ALLOWED_ORIGINS = os.getenv("LIST", "https://a.example").split(",")\n',
    ],
)
def test_of_one_variable_there_are_no_two_ways(text: str) -> None:
    assert len(list(only(HEAD + text).variants())) == 1


def test_what_runs_at_start_is_undetermined() -> None:
    policy = only(HEAD + 'CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS")\nCORS_ALLOW_CREDENTIALS = True\n')
    assert isinstance(policy.origins.value, Unknown)
    assert policy.credentials.known() is True


# --- names


def test_an_old_name_is_read_and_noted() -> None:
    policy = only(HEAD + 'CORS_ORIGIN_WHITELIST = ["https://a.example"]\n')
    assert policy.origins.name == "CORS_ORIGIN_WHITELIST"
    assert [(fact.kind, fact.setting) for fact in policy.facts] == [("renamed-setting", "CORS_ORIGIN_WHITELIST")]


def test_the_present_name_wins_over_the_old_one() -> None:
    policy = only(HEAD + "CORS_ORIGIN_ALLOW_ALL = True\nCORS_ALLOW_ALL_ORIGINS = False\n")
    assert entries(policy) == []
    assert [(fact.kind, fact.setting) for fact in policy.facts] == [("shadowed-setting", "CORS_ORIGIN_ALLOW_ALL")]


def test_a_list_beside_all_origins_is_shadowed() -> None:
    policy = only(HEAD + 'CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = ["https://a.example"]\n')
    assert [(fact.kind, fact.setting) for fact in policy.facts] == [("shadowed-setting", "CORS_ALLOWED_ORIGINS")]
    assert [label.span.line for label in policy.facts[0].labels] == [15, 14]


@pytest.mark.parametrize(
    "settings",
    [
        "CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = []\n",
        'CORS_ALLOW_ALL_ORIGINS = False\nCORS_ALLOWED_ORIGINS = ["https://a.example"]\n',
        'CORS_ALLOW_ALL_ORIGINS = bool(os.getenv("X"))\nCORS_ALLOWED_ORIGINS = ["https://a.example"]\n',
        'CORS_HOSTS = ["a.example"]\nCORS_ALLOWED_ORIGINS = ["https://" + host for host in CORS_HOSTS]\n',
        "CORS_ALLOWED_ORIGINS = []\nCORS_ALLOWED_ORIGINS_LOCAL = []\nprint(CORS_ALLOWED_ORIGINS_LOCAL)\n",
    ],
)
def test_nothing_to_note(settings: str) -> None:
    assert kinds(only(HEAD + settings)) == []


@pytest.mark.parametrize(
    ("name", "help_"),
    [
        ("CORS_ALLOWED_METHODS", "did you mean CORS_ALLOW_METHODS?"),
        ("CORS_ALLOW_ORIGINS", "did you mean CORS_ALLOWED_ORIGINS?"),
        ("CORS_REPLACE_HTTPS_REFERER", "list the origins in CSRF_TRUSTED_ORIGINS"),
    ],
)
def test_names_that_are_not_read(name: str, help_: str) -> None:
    policy = only(HEAD + f"{name} = []\n")
    assert [(fact.kind, fact.setting, fact.help) for fact in policy.facts] == [("unknown-setting", name, help_)]


def test_an_origin_with_a_path_fails_the_system_checks() -> None:
    policy = only(HEAD + 'CORS_ALLOWED_ORIGINS = ["https://a.example/"]\n')
    assert kinds(policy) == ["rejected-configuration"]
    assert policy.facts[0].help == 'write "https://a.example"'


def test_without_the_app_there_are_no_system_checks_to_fail() -> None:
    text = HEAD.replace('"corsheaders",', '"shop",')
    assert kinds(only(text + 'CORS_ALLOWED_ORIGINS = ["https://a.example/"]\n')) == ["middleware-missing"]


@pytest.mark.parametrize("pattern", ['r"^api/.*$"', '"api/"', 're.compile("^v1/")', 'r"^(api|v1)/.*$"'])
def test_a_pattern_of_paths_without_its_slash(pattern: str) -> None:
    policy = only(HEAD + f"CORS_ALLOW_ALL_ORIGINS = True\nCORS_URLS_REGEX = {pattern}\n")
    assert kinds(policy) == ["dead-resource"]
    assert not policy.covers("/api/items")
    assert not policy.entries()


@pytest.mark.parametrize("pattern", ['r"^/api/.*$"', 'r"^/?api/"', '".*"', 'r"^$"', '"/"', 'r"^(?!admin)"', "PATTERN"])
def test_a_pattern_of_paths_that_some_match_or_none_is_meant_to(pattern: str) -> None:
    assert kinds(only(HEAD + f"CORS_ALLOW_ALL_ORIGINS = True\nCORS_URLS_REGEX = {pattern}\n")) == []


# --- middleware

NO_MIDDLEWARE = HEAD.replace('    "corsheaders.middleware.CorsMiddleware",\n', "")
ORIGINS = 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\n'


def test_without_the_middleware_nobody_is_let_in() -> None:
    policy = only(NO_MIDDLEWARE + ORIGINS)
    assert entries(policy) == []
    assert kinds(policy) == ["middleware-missing"]
    assert policy.facts[0].labels[0].span.text.startswith('[\n    "django.middleware.security')


@pytest.mark.parametrize(
    "change",
    [
        'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *MIDDLEWARE]\n',
        'MIDDLEWARE.insert(0, "corsheaders.middleware.CorsMiddleware")\n',
        'MIDDLEWARE += ("shop.middleware.OurCorsMiddleware",)\n',
        'if os.getenv("CORS"):\n    MIDDLEWARE += ["corsheaders.middleware.CorsMiddleware"]\n',
        "MIDDLEWARE += load()\n",
        "del MIDDLEWARE\n",
    ],
)
def test_middleware_that_may_be_there(change: str) -> None:
    assert kinds(only(NO_MIDDLEWARE + change + ORIGINS)) == []


def test_without_the_app_the_checks_are_lost() -> None:
    policy = only(HEAD.replace('    "corsheaders",\n', "") + ORIGINS)
    assert entries(policy) == [Exact("https://a.example")]
    assert kinds(policy) == ["middleware-missing"]
    assert policy.facts[0].setting == "INSTALLED_APPS"


def test_a_list_of_apps_that_starts_empty_is_filled_elsewhere() -> None:
    text = 'INSTALLED_APPS = []\nMIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\n'
    text += 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\n'
    text += "try:\n    from site_settings import *\nexcept ImportError:\n    pass\n"
    assert kinds(only(text)) == []


COMMON_FIRST = """\
ALLOWED_HOSTS = ["a.example"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "corsheaders.middleware.CorsMiddleware",
]
"""


def test_below_the_common_middleware() -> None:
    policy = only(COMMON_FIRST + ORIGINS)
    assert kinds(policy) == ["middleware-order"]
    assert [label.span.text for label in policy.facts[0].labels] == [
        '"corsheaders.middleware.CorsMiddleware"',
        '"django.middleware.common.CommonMiddleware"',
    ]
    assert kinds(only(COMMON_FIRST + "APPEND_SLASH = False\n" + ORIGINS)) == []


@pytest.mark.parametrize(
    ("redirect", "expected"),
    [
        ("", []),
        ("SECURE_SSL_REDIRECT = False\n", []),
        ("SECURE_SSL_REDIRECT = True\n", ["middleware-order"]),
        ("if not DEBUG:\n    SECURE_SSL_REDIRECT = True\n", ["middleware-order"]),
    ],
)
def test_below_the_security_middleware(redirect: str, expected: list[str]) -> None:
    assert kinds(
        only(HEAD + redirect + 'CORS_ALLOWED_ORIGINS = ["https://a.example.com", "http://b.example.com"]\n')
    ) == (expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("CORS_ALLOW_ALL_ORIGINS = True\n", ["middleware-order"]),
        ('CORS_ALLOWED_ORIGIN_REGEXES = [r"^https?://.*\\.example\\.com$"]\n', ["middleware-order"]),
        ('CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://.*\\.example\\.com$"]\n', []),
        (ORIGINS, []),
        ("CORS_ALLOWED_ORIGINS = []\n", []),
        (r'CORS_URLS_REGEX = r"^/api/.*$"' + "\n", []),
    ],
)
def test_pages_on_https_never_meet_the_redirect_from_http(settings: str, expected: list[str]) -> None:
    assert kinds(only(HEAD + "SECURE_SSL_REDIRECT = True\n" + settings)) == expected


def test_old_middleware_lists_count() -> None:
    text = 'MIDDLEWARE_CLASSES = ("django.middleware.common.CommonMiddleware",)\n'
    assert kinds(only(text + ORIGINS)) == ["middleware-missing"]


def test_the_middleware_that_was_removed() -> None:
    text = HEAD.replace("]\n", '    "corsheaders.middleware.CorsPostCsrfMiddleware",\n]\n') + ORIGINS
    assert "rejected-configuration" in kinds(only(text))


# --- packages of settings

BASE = HEAD + "CORS_ALLOW_CREDENTIALS = True\nCORS_ALLOWED_ORIGINS = ['http://localhost:3000']\n"
PRODUCTION = "from .base import *\n\nCORS_ALLOWED_ORIGINS = ['https://a.example']\n"
DEVELOPMENT = "from shop.settings.base import *\n\nCORS_ALLOW_ALL_ORIGINS = True\nMIDDLEWARE += ['debug']\n"
PACKAGE = {
    "shop/settings/base.py": BASE,
    "shop/settings/production.py": PRODUCTION,
    "shop/settings/dev.py": DEVELOPMENT,
}


def of_package(path: str, files: dict[str, str]) -> list[Policy]:
    return [policy for policy in read_all(files, path) if isinstance(policy, Policy)]


def test_a_module_is_judged_with_what_it_inherits() -> None:
    (policy,) = of_package("shop/settings/production.py", PACKAGE)
    assert entries(policy) == [Exact("https://a.example")]
    assert (policy.credentials.known(), policy.credentials.given) == (True, "inherited")
    assert policy.credentials.span is not None
    assert (policy.credentials.span.path, policy.credentials.span.line) == ("shop/settings/base.py", 14)
    assert kinds(policy) == []


def test_all_origins_over_an_inherited_list_is_meant() -> None:
    (policy,) = of_package("shop/settings/dev.py", PACKAGE)
    assert entries(policy) == [AnyOrigin()]
    assert kinds(policy) == []


def test_a_base_whose_settings_all_others_replace_is_not_judged() -> None:
    assert of_package("shop/settings/base.py", PACKAGE) == []


def test_a_base_is_judged_as_those_who_take_it_as_it_is() -> None:
    plain = PACKAGE | {"shop/settings/local.py": "from .base import *\nDEBUG = True\n"}
    (policy,) = of_package("shop/settings/base.py", plain)
    assert entries(policy) == [Exact("http://localhost:3000")]
    assert (policy.id, policy.module) == ("shop/settings/local.py#settings", "shop/settings/local.py")
    assert policy.span.text == "from .base import *"
    plain["shop/settings/prod.py"] = "from .base import *\n"
    policies = of_package("shop/settings/base.py", plain)
    assert [policy.module for policy in policies] == ["shop/settings/local.py", "shop/settings/prod.py"]
    assert {policy.origins.span for policy in policies} == {policies[0].origins.span}


def test_a_module_others_build_upon_is_judged_by_itself_unless_it_is_called_a_base() -> None:
    files = {
        "shop/settings.py": BASE,
        "shop/test_settings.py": "from .settings import *\nCORS_ALLOW_ALL_ORIGINS = True\n",
    }
    (policy,) = of_package("shop/settings.py", files)
    assert entries(policy) == [Exact("http://localhost:3000")]


def test_the_middleware_may_be_added_by_those_who_build_upon_the_module() -> None:
    files = {
        "shop/settings/base.py": NO_MIDDLEWARE + ORIGINS,
        "shop/settings/prod.py": "from .base import *\nMIDDLEWARE += ['corsheaders.middleware.CorsMiddleware']\n",
    }
    (policy,) = of_package("shop/settings/base.py", files)
    assert kinds(policy) == ["middleware-order"]
    files["shop/settings/prod.py"] = files["shop/settings/prod.py"].replace("+= ", "= ").replace("]", "] + MIDDLEWARE")
    (policy,) = of_package("shop/settings/base.py", files)
    assert kinds(policy) == []
    files["shop/settings/prod.py"] = "from .base import *\n"
    (policy,) = of_package("shop/settings/base.py", files)
    assert kinds(policy) == ["middleware-missing"]


def test_local_settings_at_the_end_replace_what_stands_above() -> None:
    files = {
        "shop/settings.py": HEAD + ORIGINS + "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n",
        "shop/local_settings.py": "CORS_ALLOW_ALL_ORIGINS = True\n",
    }
    (policy,) = of_package("shop/settings.py", files)
    found = {str(variant.conditions[0]): entries(variant) for variant in policy.variants()}
    assert found == {
        "when `from .local_settings import *` succeeds": [AnyOrigin()],
        "when `from .local_settings import *` fails": [Exact("https://a.example")],
    }


def test_a_part_that_settings_take_over_is_judged_with_them() -> None:
    files = {"shop/settings/cors.py": ORIGINS, "shop/settings/__init__.py": HEAD + "from .cors import *\n"}
    (policy,) = of_package("shop/settings/cors.py", files)
    assert entries(policy) == [Exact("https://a.example")]
    assert policy.module == "shop/settings/__init__.py"
    assert of_package("shop/settings/__init__.py", files) == []


def test_a_star_import_from_outside_of_the_run_leaves_the_middleware_open() -> None:
    policy = only("from platform_settings.base import *\nALLOWED_HOSTS = []\nMIDDLEWARE += ['x']\n" + ORIGINS)
    assert kinds(policy) == []


# --- django-configurations


def test_each_class_of_settings_is_a_policy_with_what_it_inherits() -> None:
    development, production = read(
        "from configurations import Configuration\n\nclass Base(Configuration):\n    CORS_ALLOW_CREDENTIALS = True\n"
        "    MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware']\n\n"
        "class Dev(Base):\n    CORS_ALLOW_ALL_ORIGINS = True\n\n"
        "class Production(Base):\n    CORS_ALLOWED_ORIGINS = ['https://a.example']\n"
    )
    assert (development.name, production.name) == (
        "django-cors-headers settings of `Dev`",
        "django-cors-headers settings of `Production`",
    )
    assert (entries(development), entries(production)) == ([AnyOrigin()], [Exact("https://a.example")])
    assert (development.environment.kind, production.environment.kind) == ("development", "production")
    assert development.credentials.known() is True


# --- what is left alone


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + '"""\nCORS_ALLOWED_ORIGINS = ["*"]\n"""\n',
        HEAD + "# CORS_ALLOW_ALL_ORIGINS = True\n",
        HEAD + 'TEMPLATE = """\nCORS_ALLOW_ALL_ORIGINS = True\n"""\n',
        HEAD + 'SOCKETIO_CORS_ALLOWED_ORIGINS = "*"\n',
        HEAD + 'AUTH_CORS_ORIGIN_WHITELIST = ["*"]\n',
        HEAD + "CORS_HELPER = 1\n",
        HEAD + 'def f():\n    CORS_ALLOWED_ORIGINS = ["*"]\n',
        HEAD + 'class Other:\n    CORS_ALLOWED_ORIGINS = ["*"]\n',
        HEAD + "if CORS_ALLOW_ALL_ORIGINS == True:\n    pass\n",
        HEAD + "print(settings.CORS_ALLOWED_ORIGINS)\n",
        'from flask import Flask\nCORS_ORIGIN_WHITELIST = ["*"]\n',
        'class Config:\n    CORS_ORIGIN_WHITELIST = ["*"]\n    CORS_ALLOW_CREDENTIALS = True\n',
        "from pydantic_settings import BaseSettings\nCORS_ALLOW_ALL_ORIGINS = True\n",
        'import os\nCORS_ALLOWED_ORIGINS = os.getenv("CORS", "*").split(",")\nCORS_ALLOW_CREDENTIALS = True\n',
        "from fastapi import FastAPI\nCORS_ALLOW_METHODS = ['*']\n",
        'from os import environ\nCORS_ALLOWED_ORIGINS = environ["CORS"].split(",")\n',
        'from starlette.config import Config\nALLOWED_HOSTS = ["*"]\nCORS_ALLOWED_ORIGINS = ["*"]\n',
    ],
)
def test_silent(text: str) -> None:
    assert read(text, "shop/config.py") == []


def test_middleware_with_constants_of_its_own_is_no_settings() -> None:
    text = "from django import http\nfrom django.conf import settings\nCORS_ALLOWED_ORIGINS = '*'\n"
    text += "def add(response):\n    response['Access-Control-Allow-Origin'] = CORS_ALLOWED_ORIGINS\n"
    assert read(text, "shop/middleware/cors.py", {"shop/settings.py": HEAD, "manage.py": ""}) == []
    assert len(read(text, "shop/cors.py", {"shop/settings.py": f"from .cors import *\n{HEAD}"})) == 1


def test_plain_names_are_settings_below_manage_py() -> None:
    text = 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\n'
    assert read(text, "shop/settings/cors.py") == []
    assert len(read(text, "shop/settings/cors.py", {"manage.py": "import django\n"})) == 1


def test_settings_that_do_not_parse_are_unread() -> None:
    (unread,) = read_all({"settings.py": HEAD + "CORS_ALLOWED_ORIGINS = [\n"}, "settings.py")
    assert isinstance(unread, Unread)
    assert unread.span is not None


def test_a_base_that_does_not_parse_does_not_hide_the_module() -> None:
    policy = only(PRODUCTION, "shop/settings/production.py", {"shop/settings/base.py": "MIDDLEWARE = [\n"})
    assert entries(policy) == [Exact("https://a.example")]
