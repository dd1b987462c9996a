"""Classes of settings, of django-configurations and by hand: which are judged, with what, as which environment."""

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
CLOSED = "    CORS_ALLOW_ALL_ORIGINS = False\n"
FIELDS = "    MIDDLEWARE = []\n    CORS_ALLOW_ALL_ORIGINS = True\n    CORS_ALLOW_CREDENTIALS = True\n"
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


def test_a_chain_of_files() -> None:
    report = run(
        common=IMPORT + OPEN,
        shop="from .common import Common\nclass Shop(Common):\n    pass\n",
        production="from .shop import Shop\nclass Production(Shop):\n    CORS_URLS_REGEX = '^/api/'\n",
        staging="from .shop import Shop\nclass Staging(Shop):\n    pass\n",
    )
    assert set(judged(report)) == {"shop/production.py#settings@Production", "shop/staging.py#settings@Staging"}
    assert told(report) == [("production-wildcard", "shop/common.py:6")]


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


def test_a_class_upon_which_only_tests_build_is_judged_too() -> None:
    text = IMPORT + OPEN + "class Test(Common):\n    CORS_ALLOW_ALL_ORIGINS = False\n"
    report = run(settings=text)
    assert judged(report) == {
        "shop/settings.py#settings@Common": "production",
        "shop/settings.py#settings@Test": "test (the class is called 'Test')",
    }
    assert told(report) == [("production-wildcard", "shop/settings.py:6")]


def test_methods_and_properties_are_settings() -> None:
    text = COMMON + "    def CORS_ALLOW_CREDENTIALS(self):\n        return self.LOGIN\n    LOGIN = True\n"
    text += "    @property\n    def CORS_ALLOW_ALL_ORIGINS(self):\n        return not self.LISTED\n    LISTED = []\n"
    assert told(run(settings=IMPORT + text)) == [("any-origin-with-credentials", "shop/settings.py:11")]


def test_values_that_variables_replace() -> None:
    text = COMMON + "    CORS_ALLOW_ALL_ORIGINS = values.BooleanValue(True)\n"
    text += "class Production(Common):\n    CORS_ALLOW_CREDENTIALS = values.BooleanValue(True, environ_prefix='SHOP')\n"
    (finding,) = run(settings="from configurations import Configuration, values\n" + text).findings
    assert finding.rule == "any-origin-with-credentials"
    assert finding.message.endswith("when DJANGO_CORS_ALLOW_ALL_ORIGINS and SHOP_CORS_ALLOW_CREDENTIALS are unset")


def test_what_a_class_takes_over_from_the_first_of_two_wins_with_all_that_it_builds_upon() -> None:
    text = IMPORT + COMMON + "class Closed(Common):\n    CORS_ALLOW_ALL_ORIGINS = False\n"
    text += "class Shop(Closed):\n    pass\nclass Open:\n    CORS_ALLOW_ALL_ORIGINS = True\n"
    assert told(run(settings=text + "class Production(Shop, Open):\n    pass\n")) == []
    Path("shop/settings.py").unlink()
    assert told(run(settings=text + "class Production(Open, Shop):\n    pass\n")) == [
        ("production-wildcard", "shop/settings.py:11")
    ]


# --- classes by hand

LOADER = """class Settings:
    @classmethod
    def load_settings(cls, name):
        for member, value in inspect.getmembers(cls()):
            setattr(sys.modules[name], member, value)
"""
BY_HAND = """from corsheaders.defaults import default_headers
from .loader import Settings
class CommunitySettings(Settings):
    DEBUG = False
    @property
    def MIDDLEWARE(self):
        middleware = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
        if self.DEBUG:
            middleware.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
        return middleware
    CORS_ALLOW_HEADERS = list(default_headers) + ["x-a"]
    CORS_ALLOW_ALL_ORIGINS = True
"""


def test_a_class_whose_names_a_module_takes_over() -> None:
    report = run(loader=LOADER, base=BY_HAND + "CommunitySettings.load_settings(__name__)\n")
    assert judged(report) == {"shop/base.py#settings@CommunitySettings": "production"}
    assert told(report) == [("production-wildcard", "shop/base.py:12")]
    (policy,) = report.policies
    assert policy.headers.value.value[-1] == "x-a"  # type: ignore[union-attr, index]


def test_classes_by_hand_in_files_of_their_own() -> None:
    docker = "from .base import CommunitySettings\nclass DockerSettings(CommunitySettings):\n    DEBUG = True\n"
    closed = "from .base import CommunitySettings\nclass Test(CommunitySettings):\n    CORS_ALLOW_ALL_ORIGINS = False\n"
    report = run(loader=LOADER, base=BY_HAND, test=closed)
    assert told(report) == [("production-wildcard", "shop/base.py:12")]
    assert judged(run(docker=docker)) == {
        "shop/docker.py#settings@DockerSettings": "development (DEBUG = True, line 3)",
        "shop/test.py#settings@Test": "test (the class is called 'Test')",
    }


def test_a_class_without_the_middleware() -> None:
    text = "class Settings:\n    MIDDLEWARE = ['a.B']\n    CORS_ALLOW_ALL_ORIGINS = True\n"
    assert told(run(settings=text)) == [("middleware-missing", "shop/settings.py:2")]


def test_a_class_that_builds_upon_one_from_elsewhere() -> None:
    assert told(run(settings="from other import Configuration\n" + OPEN)) == [
        ("production-wildcard", "shop/settings.py:6")
    ]


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
        {"settings": IMPORT + COMMON + "    def CORS_ALLOW_ALL_ORIGINS(self):\n        return False\n"},
        {"settings": IMPORT + OPEN + "class Test(Common):\n    MIDDLEWARE = []\nclass Production(Common):\n" + CLOSED},
        # By hand.
        {"settings": BY_HAND.replace("True", "False"), "loader": LOADER},
        {"settings": BY_HAND + "class Production(CommunitySettings):\n" + CLOSED, "loader": LOADER},
        {"settings": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n" + FIELDS},
        {"settings": "from .pydantic import Base\nclass Settings(Base):\n" + FIELDS}
        | {"pydantic": "from pydantic_settings import BaseSettings\nclass Base(BaseSettings):\n    pass\n"},
        {"settings": "from fastapi import FastAPI\nclass Settings:\n" + FIELDS},
        {"settings": "from flask import Flask\nclass Config:\n" + FIELDS},
        {
            "settings": "import dataclasses\n@dataclasses.dataclass\nclass Config:\n"
            + FIELDS
            + "    DEFAULT_AUTO_FIELD = 1\n"
        },
        {"settings": "import django\nclass Config:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings": "import django\nMIDDLEWARE = []\nclass Config:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {"settings": "import corsheaders\nMIDDLEWARE = []\nclass Config:\n    CORS_ALLOW_ALL_ORIGINS = True\n"},
        {
            "test_it": "import django\ndef test():\n    class Config:\n        MIDDLEWARE = []\n"
            "        CORS_ALLOW_METHODS = []\n"
        },
        {"common": IMPORT + "class A(B):\n    CORS_ALLOW_ALL_ORIGINS = True\nclass B(A):\n    pass\n"},
    ],
)
def test_silent(modules: dict[str, str]) -> None:
    assert told(run(**modules)) == []
