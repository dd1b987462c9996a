"""Settings split over files: which modules are judged, as which environment, and what is told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.finding import Finding, Report
from corslint.policy import Policy

HEAD = """\
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
"""
OPEN = HEAD + "CORS_ALLOW_ALL_ORIGINS = True\n"
LISTED = HEAD + 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n'
STAR = "from .base import *\n"
SETTINGS = "shop/settings"
NAMING_THE_PACKAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(files: dict[str, str] | None = None, config: Config | None = None, /, **modules: str) -> Report:
    """The report on a package of settings; among `files`, a name with a slash or a suffix is a path of its own."""
    for name, text in {**(files or {}), **modules}.items():
        path = Path(name if "/" in name or name.endswith(".py") else f"{SETTINGS}/{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    report = engine.run(["."], config or Config())
    assert not report.crashes
    return report


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def told(report: Report) -> list[tuple[str, str, str]]:
    return [
        (finding.rule, f"{finding.primary.span.path}:{finding.primary.span.line}", finding.policy.environment.kind)
        for finding in report.findings
        if finding.policy is not None
    ]


def judged(report: Report) -> dict[str, str]:
    """The modules that have a policy, with their environments."""
    return {policy.module: policy.environment.kind for policy in report.policies}


def policy_of(report: Report, module: str) -> Policy:
    (policy,) = [one for one in report.policies if one.module.endswith(module)]
    return policy


# --- what is told


def test_what_three_modules_take_over_is_told_once_for_the_worst_of_them() -> None:
    finding = only(run(base=OPEN, production=STAR, staging=STAR, dev=STAR))
    assert (finding.rule, finding.primary.span.path, finding.primary.span.line) == (
        "production-wildcard",
        "shop/settings/base.py",
        4,
    )
    assert finding.policy is not None
    assert finding.policy.environment.is_live
    assert "in effect in shop/settings/production.py and shop/settings/staging.py" in [
        label.text for label in finding.labels
    ]


def test_the_worst_environment_decides_how_bad_it_is() -> None:
    text = OPEN + "CORS_ALLOW_CREDENTIALS = True\n"
    report = run(base=text, dev=STAR)
    assert (only(report).rule, str(only(report).severity)) == ("any-origin-with-credentials", "medium")
    report = run(prod=STAR)
    assert (only(report).rule, str(only(report).severity)) == ("any-origin-with-credentials", "high")
    assert [label.text for label in only(report).labels if "in effect" in label.text] == [
        "in effect in shop/settings/prod.py"
    ]


def test_many_modules_are_counted() -> None:
    finding = only(run({f"shop_{number}": STAR for number in range(7)}, base=OPEN))
    (text,) = [label.text for label in finding.labels if "in effect" in label.text]
    assert text.endswith("shop/settings/shop_3.py and 3 more")


def test_a_module_that_leaves_out_what_the_others_replace() -> None:
    closed = STAR + "CORS_ALLOW_ALL_ORIGINS = False\n"
    report = run(base=OPEN, production=closed, staging=STAR)
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "staging")]


def test_the_value_of_debug_is_that_of_the_moment_and_the_file() -> None:
    report = run(base="DEBUG = True\n" + HEAD + "CORS_ALLOW_ALL_ORIGINS = DEBUG\n", production=STAR + "DEBUG = False\n")
    assert told(report) == [("production-wildcard", "shop/settings/base.py:1", "production")]


def test_debug_of_the_base_decides_in_the_module() -> None:
    report = run(base="DEBUG = True\n" + HEAD, production=STAR + "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n")
    assert told(report) == [("production-wildcard", "shop/settings/production.py:3", "production")]


def test_a_chain_of_modules() -> None:
    report = run(base=OPEN, common=STAR, shop="from .common import *\n")
    assert judged(report) == {"shop/settings/shop.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_a_module_whose_name_says_what_it_is_for_is_judged_though_another_builds_upon_it() -> None:
    closed = "from .production import *\nCORS_ALLOW_ALL_ORIGINS = False\n"
    report = run(base=OPEN, production=STAR, heroku=closed)
    assert judged(report) == {"shop/settings/production.py": "production", "shop/settings/heroku.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_modules_elsewhere_and_by_their_whole_name() -> None:
    report = run({"deploy/settings_live.py": "from shop.settings.base import *\n"}, base=OPEN)
    assert judged(report) == {"deploy/settings_live.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_a_package_taken_over_from_within() -> None:
    report = run(__init__=OPEN, production="from . import *\n", dev="from shop.settings import *\n")
    assert judged(report) == {"shop/settings/production.py": "production", "shop/settings/dev.py": "development"}
    assert told(report) == [("production-wildcard", "shop/settings/__init__.py:4", "production")]


def test_two_files_taken_over() -> None:
    report = run(base=HEAD, cors="CORS_ALLOW_ALL_ORIGINS = True\n", production=STAR + "from .cors import *\n")
    assert judged(report) == {"shop/settings/production.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/cors.py:1", "production")]


def test_a_package_that_picks_a_module_leaves_each_its_environment() -> None:
    pick = 'import os\nif os.getenv("ENV") == "production":\n    from .production import *\n'
    pick += "else:\n    from .dev import *\n"
    report = run(__init__=pick, base=HEAD, production=STAR + "CORS_ALLOW_ALL_ORIGINS = True\n", dev=STAR)
    assert judged(report) == {"shop/settings/production.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/production.py:2", "production")]


def test_a_base_is_judged_too_where_a_module_beside_it_is_named_and_missing() -> None:
    wsgi = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")\n'
    report = run({"shop/wsgi.py": wsgi}, base=OPEN, dev=STAR)
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]
    assert judged(run(production=STAR)) == {
        "shop/settings/dev.py": "development",
        "shop/settings/production.py": "production",
    }


@pytest.mark.parametrize("leaves", [("test",), ("tests", "e2e"), ("test", "example")])
def test_a_base_is_judged_too_where_nobody_runs_what_builds_upon_it_for_users(leaves: tuple[str, ...]) -> None:
    report = run({f"{SETTINGS}/{name}.py": STAR + "CORS_ALLOW_ALL_ORIGINS = False\n" for name in leaves}, base=OPEN)
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_a_base_is_judged_too_where_the_package_is_named_and_picks_at_run_time() -> None:
    pick = "import importlib, os\nglobals().update(vars(importlib.import_module(os.environ['SETTINGS'])))\n"
    report = run({"manage.py": NAMING_THE_PACKAGE}, __init__=pick, base=OPEN, dev=STAR)
    assert judged(report) == {"shop/settings/base.py": "production", "shop/settings/dev.py": "development"}
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_a_module_that_manage_py_names_is_judged_though_others_build_upon_it() -> None:
    manage = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.base")\n'
    report = run({"manage.py": manage}, base=OPEN, production=STAR + "CORS_ALLOW_ALL_ORIGINS = False\n")
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_a_module_that_cannot_be_read_leaves_the_base_to_be_judged() -> None:
    report = run(base=OPEN, production=STAR + "def (:\n")
    assert told(report) == [("production-wildcard", "shop/settings/base.py:4", "production")]


def test_names_that_are_not_read_are_told_where_they_stand() -> None:
    report = run(base=LISTED + "CORS_ALLOWED_METHODS = []\n", production=STAR, staging=STAR)
    assert told(report) == [("unknown-setting", "shop/settings/base.py:5", "production")]


# --- what is not


@pytest.mark.parametrize(
    "files",
    [
        {"base": OPEN, "dev": STAR},
        {"base": OPEN, "dev": STAR, "test": STAR, "local": STAR},
        {"base": OPEN, "production": STAR + "CORS_ALLOW_ALL_ORIGINS = False\n"},
        {"base": OPEN, "test": STAR, "shop": STAR + "CORS_ALLOW_ALL_ORIGINS = False\n"},
        {"cors": "CORS_ALLOW_ALL_ORIGINS = True\n", "test": HEAD + "from .cors import *\n"},
        {"tests/base.py": OPEN, "tests/settings.py": STAR},
        {"manage.py": NAMING_THE_PACKAGE, "__init__": "from .dev import *\n", "base": OPEN, "dev": STAR},
        {"manage.py": NAMING_THE_PACKAGE, "__init__": "", "base": OPEN, "dev": STAR}
        | {"production": STAR + "CORS_ALLOW_ALL_ORIGINS = False\n"},
        {"base": OPEN, "production": STAR + "del CORS_ALLOW_ALL_ORIGINS\n", "dev": STAR},
        {"base": OPEN, "production": STAR + "CORS_ALLOW_ALL_ORIGINS = not True\n", "dev": STAR},
        {"base": LISTED, "production": STAR, "dev": STAR + "CORS_ALLOW_ALL_ORIGINS = True\n"},
        {
            "base": LISTED,
            "production": STAR,
            "dev": STAR + "DEBUG = True\nif DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n",
        },
        {"base": HEAD, "dev": STAR + "CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"base": HEAD + "_CORS = True\n", "cors": "CORS_ALLOW_ALL_ORIGINS = False\n", "production": STAR},
        {"base": OPEN + '__all__ = ["MIDDLEWARE"]\n', "production": STAR},
        {"base": "DEBUG = False\n" + HEAD + "CORS_ALLOW_ALL_ORIGINS = DEBUG\n", "production": STAR + "DEBUG = True\n"},
        {"base": "DEBUG = False\n" + HEAD, "production": STAR + "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"base": LISTED, "test": STAR + 'MIDDLEWARE.remove("corsheaders.middleware.CorsMiddleware")\n'},
        {"base": LISTED, "test": STAR + "MIDDLEWARE = []\nINSTALLED_APPS = ['shop']\n"},
        {"base": OPEN, "production": "from .base import MIDDLEWARE\nROOT_URLCONF = 'x'\n", "dev": STAR},
        {"__init__": "from .dev import *\n", "base": HEAD, "dev": STAR + "CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings.py": LISTED + "try:\n    from local_settings import *\nexcept ImportError:\n    pass\n"}
        | {"local_settings.py": "CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings.py": LISTED, "settings_dev.py": "from settings import *\nCORS_ALLOW_ALL_ORIGINS = True\n"},
        {"base": STAR.replace("base", "other") + OPEN, "other": STAR, "dev": STAR},
    ],
)
def test_silent(files: dict[str, str]) -> None:
    assert told(run(files)) == []


# --- which environment


@pytest.mark.parametrize(
    ("module", "text", "environment"),
    [
        ("settings", "DEBUG = True\n", ("development", "DEBUG = True, line 1")),
        ("settings", "\n\nDEBUG = True\n", ("development", "DEBUG = True, line 3")),
        ("settings", "DEBUG = False\n", ("production", "nothing marks it otherwise")),
        ("settings", 'import os\nDEBUG = os.getenv("DEBUG")\n', ("production", "nothing marks it otherwise")),
        ("settings", "DEBUG = True\nDEBUG = False\n", ("production", "nothing marks it otherwise")),
        ("settings", 'DEBUG = "True"\n', ("production", "nothing marks it otherwise")),
        ("settings", "DEBUG = True\nfrom ours import *\n", ("production", "nothing marks it otherwise")),
        ("settings", "from ours import *\nDEBUG = True\n", ("development", "DEBUG = True, line 2")),
        ("settings", "TEMPLATE_DEBUG = True\n", ("production", "nothing marks it otherwise")),
        ("production", "DEBUG = True\n", ("production", "its path holds 'production'")),
        ("staging", "DEBUG = True\n", ("staging", "its path holds 'staging'")),
        ("test", "DEBUG = True\n", ("test", "its path holds 'test'")),
    ],
)
def test_the_environment_of_a_module(module: str, text: str, environment: tuple[str, str]) -> None:
    policy = policy_of(run({module: text + LISTED}), ".py")
    assert (policy.environment.kind, policy.environment.reason) == environment


def test_a_branch_that_is_not_taken_is_not_shown() -> None:
    branches = "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\nelse:\n    CORS_ALLOW_ALL_ORIGINS = False\n"
    finding = only(run(site=f"DEBUG = True\n{HEAD}{branches}CORS_ALLOW_CREDENTIALS = True\n"))
    assert finding.rule == "any-origin-with-credentials"
    assert [label.span.line for label in finding.labels] == [6, 9]


WSGI = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


@pytest.mark.parametrize(
    ("files", "doubt"),
    [
        ({"shop/settings.py": OPEN, "shop/wsgi.py": WSGI}, "shop/wsgi.py loads it"),
        ({"shop/settings.py": OPEN, "shop/asgi.py": WSGI, "shop/settings_dev.py": OPEN}, "shop/asgi.py loads it"),
        ({"shop/settings.py": OPEN}, "there are no other settings"),
    ],
)
def test_settings_with_debug_that_a_server_loads_are_told_of_mildly(files: dict[str, str], doubt: str) -> None:
    finding = only(run({path: f"DEBUG = True\n{text}" for path, text in files.items()}))
    assert (finding.rule, str(finding.severity)) == ("production-wildcard", "low")
    assert finding.primary.text == f"every origin is allowed; it counts as development, but {doubt}"
    assert finding.policy is not None
    assert finding.policy.environment.text == "development (DEBUG = True, line 1)"


@pytest.mark.parametrize(
    "files",
    [
        {"shop/settings.py": "DEBUG = True\n" + HEAD + "CORS_ALLOW_ALL_ORIGINS = DEBUG\n", "shop/wsgi.py": WSGI},
        {"shop/settings.py": "DEBUG = True\n" + HEAD + "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"shop/settings.py": "DEBUG = True\nLOCAL = DEBUG\n" + HEAD + "CORS_ALLOW_ALL_ORIGINS = LOCAL\n"},
        {"shop/settings.py": "DEBUG = True\n" + OPEN, "shop/wsgi.py": WSGI.replace("settings", "production")},
        {"shop/settings.py": "DEBUG = True\n" + LISTED, "shop/wsgi.py": WSGI},
        {"shop/dev.py": "DEBUG = True\n" + OPEN, "shop/wsgi.py": WSGI.replace("settings", "dev")},
        {
            "shop/settings.py": "DEBUG = True\n" + OPEN,
            "shop/production.py": "from .settings import *\nDEBUG = False\nCORS_ALLOW_ALL_ORIGINS = False\n",
        },
    ],
)
def test_silent_where_debug_decides_or_servers_load_something_else(files: dict[str, str]) -> None:
    assert told(run(files)) == []


def test_debug_that_is_taken_over() -> None:
    policy = policy_of(run(base="DEBUG = True\n" + LISTED, shop=STAR), "shop.py")
    assert policy.environment.reason == "DEBUG = True, shop/settings/base.py:1"


def test_what_the_configuration_says_of_a_module_wins() -> None:
    config = Config(environments={"staging": ("shop/settings/*.py",)})
    files = {"base": "DEBUG = True\n" + LISTED, "shop": STAR, "production": STAR, "dev": STAR}
    assert set(judged(run(files, config)).values()) == {"staging"}


def test_a_module_called_dev_is_development_also_where_debug_is_off() -> None:
    text = HEAD + 'import os\nDEBUG = os.getenv("DEBUG") == "1"\nCORS_ALLOWED_ORIGINS = ["http://localhost:3000"]\n'
    text += "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n"
    assert told(run(dev=text)) == []
    Path("shop/settings/dev.py").unlink()
    assert [(rule, kind) for rule, _, kind in told(run(site=text))] == [("local-origin-in-production", "production")]


# --- django-split-settings

PICK = """\
import os
from split_settings.tools import include, optional
ENV = os.environ.get("DJANGO_ENV") or "development"
include("components/*.py", {pick}, optional("environments/local.py"))
"""


def assembled(pick: str = 'f"environments/{ENV}.py"', **environments: str) -> dict[str, str]:
    files = {f"{SETTINGS}/environments/{name}.py": text for name, text in environments.items()}
    files[f"{SETTINGS}/__init__.py"] = PICK.format(pick=pick)
    files[f"{SETTINGS}/components/common.py"] = HEAD
    return files


@pytest.mark.parametrize(
    "pick", ['f"environments/{ENV}.py"', '"environments/%s.py" % ENV', '"environments/{}.py".format(ENV)']
)
def test_each_file_that_a_variable_picks_is_judged_with_what_is_always_included(pick: str) -> None:
    files = assembled(pick, production="DEBUG = False\n", development="DEBUG = True\nCORS_ALLOW_ALL_ORIGINS = True\n")
    files[f"{SETTINGS}/components/cors.py"] = "CORS_ALLOW_CREDENTIALS = True\n"
    report = run(files)
    assert judged(report) == {
        "shop/settings/environments/development.py": "development",
        "shop/settings/environments/production.py": "production",
    }
    assert len({policy.id for policy in report.policies}) == 2
    assert [(rule, kind) for rule, _, kind in told(report)] == [("any-origin-with-credentials", "development")]


def test_what_is_always_included_is_told_for_the_worst_of_those_picked() -> None:
    files = assembled(production="DEBUG = False\n", development="DEBUG = True\n")
    files[f"{SETTINGS}/components/cors.py"] = "CORS_ALLOW_ALL_ORIGINS = True\n"
    assert told(run(files)) == [("production-wildcard", "shop/settings/components/cors.py:1", "production")]


def test_one_file_that_includes_others() -> None:
    base = {f"{SETTINGS}/__init__.py": PICK.format(pick='"cors.py"'), f"{SETTINGS}/components/common.py": HEAD}
    report = run(base, cors="CORS_ALLOW_ALL_ORIGINS = True\n")
    assert judged(report) == {"shop/settings/__init__.py": "production"}
    assert told(report) == [("production-wildcard", "shop/settings/cors.py:1", "production")]


@pytest.mark.parametrize(
    "files",
    [
        assembled(production="CORS_ALLOW_ALL_ORIGINS = False\n", development="CORS_ALLOW_ALL_ORIGINS = True\n"),
        assembled(production="DEBUG = False\n", development="CORS_ALLOW_ALL_ORIGINS = True\n"),
        assembled(production="CORS_ALLOW_ALL_ORIGINS = False\n", development="")
        | {f"{SETTINGS}/components/cors.py": "CORS_ALLOW_ALL_ORIGINS = True\n"},
        assembled(pick="nothing_known()", test="CORS_ALLOW_ALL_ORIGINS = True\n"),
        assembled(pick='"missing.py"', test="CORS_ALLOW_ALL_ORIGINS = True\n"),
    ],
)
def test_silent_when_put_together(files: dict[str, str]) -> None:
    assert told(run(files)) == []
