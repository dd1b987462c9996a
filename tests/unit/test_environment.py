"""Which environment a path or a condition speaks of."""

from __future__ import annotations

import pytest

from corslint.environment import KINDS, from_condition, of_path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop/settings/production.py", "production"),
        ("deploy/prod/ingress.yaml", "production"),
        ("appsettings.Production.json", "production"),
        (".env.production", "production"),
        ("values-prod.yaml", "production"),
        ("config/live/nginx.conf", "production"),
        ("shop/settings/dev.py", "development"),
        ("shop/settings/local.py", "development"),
        ("docker-compose.override.yml", "development"),
        ("local.settings.json", "development"),
        ("LocalSettings.py", "development"),
        (".devcontainer/nginx.conf", "development"),
        ("deploy/staging/values.yaml", "staging"),
        ("values-qa.yaml", "staging"),
        ("tests/test_main.py", "test"),
        ("app/test_main.py", "test"),
        ("app/main_test.py", "test"),
        ("app/conftest.py", "test"),
        ("fixtures/nginx.conf", "test"),
        ("docs/tutorial/main.py", "documentation"),
        ("docs_src/cors/tutorial001.py", "documentation"),
        ("examples/prod/nginx.conf", "documentation"),
        ("tests/settings/production.py", "test"),
        ("nginx.conf.example", "documentation"),
    ],
)
def test_path_marks_an_environment(path: str, kind: str) -> None:
    environment = of_path(path)
    assert (environment.kind, environment.marked) == (kind, True)


@pytest.mark.parametrize(
    "path",
    [
        "app/main.py",
        "shop/settings.py",
        "shop/settings/base.py",
        "nginx/site.conf",
        "device/main.py",
        "products/main.py",
        "locale/main.py",
        "latest/main.py",
        "contest/main.py",
        "delivery/api.py",
        "document/main.py",
        "lives/main.py",
        "",
    ],
)
def test_path_that_marks_nothing_counts_as_live(path: str) -> None:
    environment = of_path(path)
    assert (environment.kind, environment.marked, environment.is_live) == ("production", False, True)


def test_reason_names_the_word() -> None:
    assert of_path("deploy/prod/ingress.yaml").reason == "its path holds 'prod'"


def test_marks_of_the_configuration_win() -> None:
    marks = (("development", "deploy/prod/*"), ("production", "*.py"))
    assert of_path("deploy/prod/ingress.yaml", marks).kind == "development"  # type: ignore[arg-type]
    assert of_path("tests/main.py", marks).kind == "production"  # type: ignore[arg-type]
    assert of_path("docs/index.md", marks).kind == "documentation"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "glob", ["deploy/prod/**", "deploy/**", "deploy/prod/ingress.yaml", "**/prod/**", "*.yaml", "prod", "/deploy/"]
)
def test_marks_are_globs_as_everywhere_in_the_configuration(glob: str) -> None:
    assert of_path("deploy/prod/ingress.yaml", (("test", glob),)).kind == "test"


@pytest.mark.parametrize("glob", ["rod", "deploy/prod/*.py", "Deploy/**", "ingress", "eploy/**"])
def test_marks_match_whole_names(glob: str) -> None:
    assert of_path("deploy/prod/ingress.yaml", (("test", glob),)).kind == "production"


def test_words_count_inside_and_marks_on_the_whole_path() -> None:
    assert of_path("examples/app/main.py", inside="app/main.py").kind == "production"
    assert of_path("examples/app/main.py", (("test", "examples/**"),), inside="app/main.py").kind == "test"


@pytest.mark.parametrize("kind", KINDS)
def test_only_production_and_staging_are_live(kind: str) -> None:
    environment = of_path("x", ((kind, "x"),))  # type: ignore[arg-type]
    assert environment.is_live is (kind in ("production", "staging"))


@pytest.mark.parametrize(
    ("subject", "holds", "kind"),
    [
        ("DEBUG", True, "development"),
        ("DEBUG", False, "production"),
        ("settings.DEBUG", True, "development"),
        ("IS_DEV", True, "development"),
        ("isDev", True, "development"),
        ("app.debug", False, "production"),
        ('ENV == "development"', True, "development"),
        ('ENV == "production"', True, "production"),
        ('ENV == "production"', False, "development"),
        ('ENV != "production"', True, "development"),
        ('ENV != "production"', False, "production"),
        ('ne .Values.env "production"', True, "development"),
        ('eq .Values.env "production"', True, "production"),
        ("not DEBUG", True, "production"),
        ("isProduction", True, "production"),
        ("TESTING", True, "test"),
        ("TESTING", False, None),
        ("CORS_ORIGINS", True, None),
        ("PRODUCTS", True, None),
        ("DEVICE", True, None),
        ("notifications", True, None),
    ],
)
def test_condition_implies_an_environment(subject: str, holds: bool, kind: str | None) -> None:
    assert from_condition(subject, holds) == kind
