"""Where values come from, over small repositories: the real reader, every verb and every format."""

from __future__ import annotations

import json

import pytest
from command_line import Done, Run, write

from corslint import cli

MAIN = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from .settings import settings

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
"""
SETTINGS = """\
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    cors_origins: list[str] = ["*"]

settings = Settings()
"""
RULE = ("--select", "any-origin-with-credentials")
MESSAGE = "any website can read this API with the visitor's cookies"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `corslint` with everything real."""

    def call(*arguments: str) -> Done:
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call


@pytest.fixture
def api() -> None:
    """An application whose origins are the default of a settings class in another module."""
    write("app/__init__.py", "")
    write("app/main.py", MAIN)
    write("app/settings.py", SETTINGS)


@pytest.mark.usefixtures("api")
def test_text_shows_the_default_its_use_and_what_overrides_it(run: Run) -> None:
    assert run("check", *RULE).lines[:13] == [
        f"error[any-origin-with-credentials]: {MESSAGE} when CORS_ORIGINS is unset",
        "  --> app/settings.py:4:32",
        "   |",
        ' 4 |     cors_origins: list[str] = ["*"]',
        "   |                                ^^^ every origin is allowed",
        "   |",
        "  ::: app/main.py:9:5",
        "   |",
        " 9 |     allow_origins=settings.cors_origins,",
        '   |     ----------------------------------- `["*"]`: default of Settings.cors_origins, app/settings.py:4; '
        "CORS_ORIGINS overrides it",
        "10 |     allow_credentials=True,",
        "   |     ---------------------- and cookies are allowed with it",
        "   |",
    ]


@pytest.mark.usefixtures("api")
def test_concise_lines_name_the_condition(run: Run) -> None:
    (line, _) = run("check", *RULE, "--format", "concise").lines
    assert line == f"app/settings.py:4:32: error[any-origin-with-credentials] {MESSAGE} when CORS_ORIGINS is unset"


@pytest.mark.usefixtures("api")
def test_an_ignore_comment_counts_at_either_end_of_the_way(run: Run) -> None:
    comment = "  # corslint: ignore[any-origin-with-credentials] -- public"
    use, value = "allow_origins=settings.cors_origins,", 'cors_origins: list[str] = ["*"]'
    write("app/main.py", MAIN.replace(use, use + comment))
    assert run("check", *RULE).code == 0
    write("app/main.py", MAIN)
    write("app/settings.py", SETTINGS.replace(value, value + comment))
    assert run("check", *RULE).code == 0


@pytest.mark.usefixtures("api")
def test_an_environment_file_is_named_in_every_format_and_nothing_else_of_it_shown(run: Run) -> None:
    write("app/settings.py", SETTINGS.replace('["*"]', "[]"))
    write(".env.production", 'SECRET_KEY=hunter2\nCORS_ORIGINS=["*"]\nPASSWORD=hunter3\n')
    for form in ("text", "concise", "json", "sarif", "github"):
        done = run("check", *RULE, "--format", form)
        assert f"{MESSAGE}, with .env.production" in done.out
        assert "hunter" not in done.out
        assert "the deployment" not in done.out


@pytest.mark.usefixtures("api")
def test_sarif_leads_from_the_default_to_the_middleware(run: Run) -> None:
    (result,) = json.loads(run("check", *RULE, "--format", "sarif").out)["runs"][0]["results"]
    places = [one["location"]["physicalLocation"] for one in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    ends = [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in (places[0], places[-1])]
    assert ends == [("app/settings.py", 4), ("app/main.py", 9)]


@pytest.mark.usefixtures("api")
def test_simulate_says_on_which_default_its_answer_stands(run: Run) -> None:
    done = run("simulate", "--origin", "https://evil.example", "--credentials")
    assert done.lines[1] == "  when CORS_ORIGINS is unset"


def test_policies_name_what_decides_with_file_and_line(run: Run) -> None:
    write("app/__init__.py", "")
    write("app/main.py", MAIN)
    write(
        "app/settings.py",
        "import tenants\n\nclass Settings:\n    cors_origins = tenants.load()\n\nsettings = Settings()\n",
    )
    (line,) = (line for line in run("policies").lines if line.startswith("  origins"))
    assert line.startswith("  origins          decided at run time: ")
    assert line.count("decided at run time") == 1
    assert "`tenants.load()`" in line
    assert line.endswith(" (app/settings.py:4)")
    (policy,) = json.loads(run("policies", "--format", "json").out)["policies"]
    decided = policy["settings"]["origins"]["decided_at"]
    assert (decided["path"], decided["line"]) == ("app/settings.py", 4)


def test_django_shows_the_base_module_and_the_star_import_that_uses_it(run: Run) -> None:
    write("shop/__init__.py", "")
    write("shop/settings/__init__.py", "")
    write(
        "shop/settings/base.py",
        'INSTALLED_APPS = ["corsheaders"]\n'
        'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]\n'
        "CORS_ALLOW_CREDENTIALS = True\n"
        'CORS_ALLOWED_ORIGINS = ["http://shop.example.com"]\n',
    )
    write("shop/settings/production.py", "from .base import *\n\nDEBUG = False\n")
    done = run("check", "--select", "insecure-origin")
    assert " --> shop/settings/base.py:4:25" in done.lines
    assert (
        '  | ------------------- `["http://shop.example.com"]`: `CORS_ALLOWED_ORIGINS`, shop/settings/base.py:4'
        in done.lines
    )
