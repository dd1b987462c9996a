"""Which environment a path or a condition speaks of."""

from __future__ import annotations

import pytest

from corslint.environment import KINDS, from_condition, of_name, of_path, of_value


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
        (".env.example", "documentation"),
        (".env.production.example", "documentation"),
        (".env.dist", "documentation"),
        (".env.template", "documentation"),
        ("shop/local_settings.py.dist", "documentation"),
        (".env.local", "development"),
        ("settings/ci.py", "test"),
        (".env.production.local", "production"),
        ("shop/settings_prod.py", "production"),
        ("config.dev.py", "development"),
        ("values-production-eu.yaml", "production"),
        ("web-development.yaml", "development"),
        ("live/nginx.conf", "production"),
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
        "devices/api.py",
        "contest.py",
        "prodigy/main.py",
        "Development Bank/main.py",
        "development_bank/settings.py",
        "software-development/main.py",
        "local-government/main.py",
        "livechat/main.py",
        "live-chat/main.py",
        "live_events/api.py",
        "production_orders/views.py",
        "film-production/app.py",
        "charts/templates/ingress.yaml",
        "distribution.py",
        "ci/nginx.conf",
        "circle.py",
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
        ('settings.environment != "prod"', True, "development"),
        ('settings.environment != "prod"', False, "production"),
        ('APP_ENV in ("dev", "test")', True, "development"),
        ('APP_ENV in ("dev", "test")', False, "production"),
        ('APP_ENV not in ("staging", "production")', True, "development"),
        ('APP_ENV in ("dev", "production")', True, None),
        ('APP_ENV in ("dev", "production")', False, None),
        ('"production" == ENV', True, "production"),
        ('ENV == "PRODUCTION"', True, "production"),
        ('ENV == "staging"', True, "staging"),
        ('ENV == "staging"', False, None),
        ('ENV == "demo"', True, None),
        ('os.environ["DJANGO_SETTINGS_MODULE"] == "shop.settings.production"', True, "production"),
        ('os.getenv("DJANGO_DEBUG") == "1"', True, "development"),
        ('os.getenv("DJANGO_DEBUG") == "0"', True, "production"),
        ('os.getenv("DJANGO_DEBUG") != "0"', True, "development"),
        ('os.getenv("debug", "false").lower() in ("true", "1")', True, "development"),
        ('os.getenv("APP_ENV", "dev") == "production"', True, "production"),
        ('os.getenv("APP_ENV", "production")', True, None),
        ("not settings.is_production", True, "development"),
        ("settings.DEBUG is False", True, "production"),
        ("settings.DEBUG is not None", True, "development"),
        ("settings.DEBUG == 0", True, "production"),
        ("eq .Values.debug false", True, "production"),
        ('"pytest" in sys.modules', True, "test"),
        ('"pytest" in sys.modules', False, None),
        ('"test" in sys.argv', True, "test"),
        ('"runserver" in sys.argv', True, "development"),
        ('"runserver" in sys.argv', False, None),
        ('"PYTEST_CURRENT_TEST" in os.environ', True, "test"),
        ('os.getenv("CI")', True, "test"),
        ("DEBUG_MODE", True, "development"),
        ("is_dev_server", True, "development"),
        ("__debug__", True, None),
        ("LOCAL_ORIGINS", True, None),
        ("PRODUCTION_ORIGINS", False, None),
        ("DEBUG_TOOLBAR", True, None),
        ('config["dev_origins"]', True, None),
        ('origin == "https://dev.example.com"', True, None),
        ('name == "our test server"', True, None),
        ('"contest" in name', True, None),
    ],
)
def test_condition_implies_an_environment(subject: str, holds: bool, kind: str | None) -> None:
    assert from_condition(subject, holds) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ProductionConfig", "production"),
        ("ProdSettings", "production"),
        ("DevConfig", "development"),
        ("DEVConfig", "development"),
        ("LocalSettings", "development"),
        ("TestingConfig", "test"),
        ("StagingConfig", "staging"),
        ("shop-dev", "development"),
    ],
)
def test_a_name_marks_an_environment(name: str, kind: str) -> None:
    environment = of_name(name, "the class")
    assert (environment.kind, environment.marked) == (kind, True)
    assert environment.reason == f"the class is called {name!r}"


@pytest.mark.parametrize("name", ["Config", "BaseSettings", "ProductSettings", "DeviceConfig", "Latest", "Contest", ""])
def test_a_name_that_marks_nothing(name: str) -> None:
    assert not of_name(name).marked


@pytest.mark.parametrize("text", ["https://dev.example.com", "a test", "*", "", "main", "true", "prod,dev"])
def test_a_text_that_names_no_environment(text: str) -> None:
    assert of_value(text) is None


def test_the_reason_is_told_where_there_is_one() -> None:
    assert of_path("deploy/prod/ingress.yaml").text == "production (its path holds 'prod')"
    assert of_path(".env.dist").text == "documentation (its name ends with '.dist')"
    assert of_path("app/main.py").text == "production"
