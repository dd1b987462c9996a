"""Classes of django-configurations: which are judged, with what they inherit, and as which environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.finding import Report

IMPORT = "from configurations import Configuration\n"
COMMON = """\
class Common(Configuration):
    ROOT_URLCONF = "shop.urls"
    INSTALLED_APPS = ["corsheaders"]
    MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
"""
OPEN = COMMON + "    CORS_ALLOW_ALL_ORIGINS = True\n"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(**modules: str) -> Report:
    Path("shop").mkdir(exist_ok=True)
    for name, text in modules.items():
        Path(f"shop/{name}.py").write_text(text)
    report = engine.run(["."], Config())
    assert not report.crashes
    return report


def told(report: Report) -> list[tuple[str, str]]:
    return [(one.rule, f"{one.primary.span.path}:{one.primary.span.line}") for one in report.findings]


def judged(report: Report) -> dict[str, str]:
    return {policy.id: policy.environment.text for policy in report.policies}


def test_each_class_that_no_other_builds_upon_is_judged() -> None:
    report = run(
        settings=IMPORT
        + OPEN
        + "class Dev(Common):\n    DEBUG = True\n"
        + "class Production(Common):\n    pass\n"
        + "class Closed(Common):\n    CORS_ALLOW_ALL_ORIGINS = False\n"
    )
    assert judged(report) == {
        "shop/settings.py#settings@Dev": "development (the class is called 'Dev')",
        "shop/settings.py#settings@Production": "production (the class is called 'Production')",
        "shop/settings.py#settings@Closed": "production",
    }
    assert told(report) == [("production-wildcard", "shop/settings.py:6")]


def test_classes_in_files_of_their_own() -> None:
    report = run(
        common=IMPORT + OPEN,
        production="from .common import Common\nclass Production(Common):\n    DEBUG = False\n",
        local="from shop.common import Common\nclass Local(Common):\n    DEBUG = True\n",
    )
    assert set(judged(report)) == {"shop/production.py#settings@Production", "shop/local.py#settings@Local"}
    assert told(report) == [("production-wildcard", "shop/common.py:6")]
    assert "in effect in shop/production.py" in [label.text for label in report.findings[0].labels]


def test_a_class_that_sets_something_itself_is_judged_once() -> None:
    text = "from shop.common import Common as Base\nclass Staging(Base):\n    CORS_ALLOW_CREDENTIALS = True\n"
    report = run(common=IMPORT + OPEN, staging=text)
    assert judged(report) == {"shop/staging.py#settings@Staging": "staging (the class is called 'Staging')"}
    assert told(report) == [("any-origin-with-credentials", "shop/common.py:6")]


def test_mixins_and_chains() -> None:
    mixin = "class Cors:\n    CORS_ALLOW_ALL_ORIGINS = True\n"
    text = IMPORT + mixin + COMMON + "class Prod(Cors, Common):\n    pass\nclass ProdEu(Prod):\n    pass\n"
    report = run(settings=text)
    assert set(judged(report)) == {"shop/settings.py#settings@ProdEu"}
    assert told(report) == [("production-wildcard", "shop/settings.py:3")]


def test_debug_of_a_class() -> None:
    report = run(
        settings=IMPORT + OPEN + "class Shop(Common):\n    DEBUG = True\nclass Site(Common):\n    DEBUG = False\n"
    )
    assert judged(report) == {
        "shop/settings.py#settings@Shop": "development (DEBUG = True, line 8)",
        "shop/settings.py#settings@Site": "production",
    }


@pytest.mark.parametrize(
    "modules",
    [
        {"settings": IMPORT + OPEN + "class Dev(Common):\n    pass\n"},
        {"settings": IMPORT + OPEN + "class Production(Common):\n    CORS_ALLOW_ALL_ORIGINS = False\n"},
        {"settings": IMPORT + OPEN + "class Production(Common):\n    CORS_ALLOW_ALL_ORIGINS = not True\n"},
        {"settings": IMPORT + COMMON + "class Test(Common):\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings": "class Common:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings": "from other import Configuration\n" + OPEN},
        {"common": IMPORT + OPEN, "dev": "from .common import Common\nclass Dev(Common):\n    pass\n"},
        {
            "common": IMPORT + OPEN,
            "production": "from .common import Common\nclass Production(Common):\n    CORS_ALLOW_ALL_ORIGINS = False\n",
            "models": "class Common:\n    pass\nclass Other(Common):\n    pass\n",
        },
        {
            "common": IMPORT + OPEN,
            "dev": "from .common import Common\nclass Dev(Common):\n    pass\n",
            "broken": "from .common import Common\nclass Production(Common):\n    def (:\n",
        },
        {"common": IMPORT + OPEN.replace("(Configuration)", "(Other)"), "other": "class Other: ...\n"},
        {"common": IMPORT + "class A(B):\n    CORS_ALLOW_ALL_ORIGINS = True\nclass B(A):\n    pass\n"},
    ],
)
def test_silent(modules: dict[str, str]) -> None:
    assert told(run(**modules)) == []
