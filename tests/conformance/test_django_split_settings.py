"""Settings split over files, read and loaded: what the model says of each module is what Django makes of it.

The modules are generated here; Django imports them, corslint reads them.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accuracy import compared
from django import get_version
from django.conf import Settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint import engine
from corslint.browser import Request
from corslint.config import Config
from corslint.origins import AnyOrigin, Exact, Pattern
from corslint.policy import Policy

PROJECTS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000")) // 10
"""Generated projects, each with up to four modules that Django loads."""
ORIGINS = tuple(f"https://{letter}.example" for letter in "abcdef")

# --- What a module may do, once the names it uses are there.

STATEMENTS = (
    "DEBUG = True",
    "DEBUG = False",
    "DEBUG = not DEBUG",
    "CORS_ALLOW_ALL_ORIGINS = True",
    "CORS_ALLOW_ALL_ORIGINS = False",
    "CORS_ALLOW_ALL_ORIGINS = DEBUG",
    "CORS_ALLOW_ALL_ORIGINS = not DEBUG",
    "CORS_ALLOW_CREDENTIALS = DEBUG",
    "CORS_ALLOW_CREDENTIALS = True",
    "CORS_ALLOWED_ORIGINS = ['{0}']",
    "CORS_ALLOWED_ORIGINS = list(TRUSTED)",
    "CORS_ALLOWED_ORIGINS = [*CORS_ALLOWED_ORIGINS, '{0}']",
    "CORS_ALLOWED_ORIGINS = CORS_ALLOWED_ORIGINS + [FRONTEND]",
    "CORS_ALLOWED_ORIGINS += ['{0}', '{1}']",
    "CORS_ALLOWED_ORIGINS.append('{0}')",
    "CORS_ALLOWED_ORIGINS.extend(TRUSTED)",
    "CORS_ALLOWED_ORIGINS = [one for one in CORS_ALLOWED_ORIGINS if one != '{0}']",
    "CORS_ALLOWED_ORIGINS = [] if DEBUG else ['{0}']",
    "CORS_ALLOWED_ORIGIN_REGEXES = [rf'^{{FRONTEND}}$']",
    "FRONTEND = '{0}'",
    "TRUSTED = ('{0}', '{1}')",
    "TRUSTED += ('{0}',)",
    "CORS_PREFLIGHT_MAX_AGE = 60 if DEBUG else 3600",
    "CORS_ALLOW_HEADERS = ['x-a'] if DEBUG else ['x-b', 'x-c']",
    "if DEBUG:\n    CORS_ALLOWED_ORIGINS += ['{0}']",
    "if not DEBUG:\n    CORS_ALLOWED_ORIGINS = ['{0}']\nelse:\n    FRONTEND = '{1}'",
    "if FRONTEND in CORS_ALLOWED_ORIGINS:\n    CORS_ALLOW_CREDENTIALS = True",
    "for one in TRUSTED:\n    CORS_ALLOWED_ORIGINS.append(one)",
)
FIRST = """\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
DEBUG = {debug}
FRONTEND = "https://front.example"
TRUSTED = ("https://trusted.example",)
CORS_ALLOWED_ORIGINS = ["https://first.example"]
"""


@st.composite
def statements(draw: st.DrawFn) -> str:
    drawn = draw(st.lists(st.sampled_from(STATEMENTS), max_size=5))
    origins = draw(st.lists(st.sampled_from(ORIGINS), min_size=2, max_size=2))
    return "".join(f"{one.format(*origins)}\n" for one in drawn)


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """The modules of a package of settings by their names."""
    modules = {"base": FIRST.format(debug=draw(st.booleans())) + draw(statements())}
    if draw(st.booleans()):
        modules["extra"] = (
            draw(st.sampled_from(("", "__all__ = ['FRONTEND']\n"))) + "FRONTEND = 'https://extra.example'\n"
        )
        modules["extra"] += "_HIDDEN = CORS_ALLOW_CREDENTIALS = True\n"
    for name in draw(
        st.lists(st.sampled_from(("production", "dev", "eu", "shop")), min_size=1, max_size=4, unique=True)
    ):
        below = draw(st.sampled_from(["base", *(one for one in ("production", "dev") if one in modules)]))
        how = draw(st.sampled_from((".{}", "{package}.{}")))
        text = f"from {how.format(below, package='{package}')} import *\n"
        if "extra" in modules and draw(st.booleans()):
            text += "try:\n    from .nowhere import *\nexcept ImportError:\n    from .extra import *\n"
        modules[name] = text + draw(statements())
    return modules


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    what = "settings of generated modules that are split over files"
    compared("Django", get_version(), what, counted["pairs"], counted["differences"])


numbers = itertools.count()


@settings(
    max_examples=PROJECTS,
    deadline=None,
    derandomize=PROJECTS <= 200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(projects())
def test_each_module_is_what_django_loads(
    count: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: dict[str, str]
) -> None:
    package = f"generated_settings_{next(numbers)}"
    write(tmp_path / package, package, modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.chdir(tmp_path)
    report = engine.run([package], Config())
    assert not report.crashes
    judged = {policy.module.rpartition("/")[2].removesuffix(".py"): policy for policy in report.policies}
    taken_over = {name for name in modules for text in modules.values() if f".{name} import *" in text}
    # `shop.py` may do no more than pick `production.py`, which is judged itself.
    assert set(modules) - taken_over - {"extra", "eu", "shop"} <= judged.keys()
    for name, policy in judged.items():
        # What is not there cannot be taken over; a file that git ignores may be there all the same.
        (here,) = [one for one in policy.variants() if not any(when.state == "succeeds" for when in one.conditions)]
        # Each in a process of its own: what one changes in a list of the base is not seen by the others.
        for loaded_before in [one for one in sys.modules if one.partition(".")[0] == package]:
            del sys.modules[loaded_before]
        told, loaded = of_policy(here), of_django(Settings(f"{package}.{name}"))
        count["pairs"] += 1
        count["differences"] += told != loaded
        assert told == loaded, modules


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= PROJECTS
    assert count["differences"] == 0


def write(folder: Path, package: str, modules: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text.replace("{package}", package))


def of_django(loaded: Any) -> dict[str, object]:
    everyone = getattr(loaded, "CORS_ALLOW_ALL_ORIGINS", False)
    return {
        "everyone": everyone,
        "listed": [] if everyone else list(dict.fromkeys(loaded.CORS_ALLOWED_ORIGINS)),
        "patterns": [] if everyone else list(getattr(loaded, "CORS_ALLOWED_ORIGIN_REGEXES", [])),
        "credentials": getattr(loaded, "CORS_ALLOW_CREDENTIALS", False),
        "max age": getattr(loaded, "CORS_PREFLIGHT_MAX_AGE", 86400),
        "headers": list(getattr(loaded, "CORS_ALLOW_HEADERS", ["x-default"])),
    }


def of_policy(policy: Policy) -> dict[str, object]:
    entries = policy.origins.known().entries
    return {
        "everyone": any(isinstance(one, AnyOrigin) for one in entries),
        "listed": list(dict.fromkeys(one.text for one in entries if isinstance(one, Exact))),
        "patterns": [one.text for one in entries if isinstance(one, Pattern)],
        "credentials": policy.credentials.known(),
        "max age": policy.max_age.known(),
        "headers": ["x-default"] if policy.headers.given == "default" else list(policy.headers.known() or ()),
    }


# --- The same by requests to a project that runs.

ASK = """
import json, sys
import django
from django.conf import settings
django.setup()
from django.test import Client
answers = []
for origin in sys.argv[1:]:
    response = Client().get("/", headers={"origin": origin})
    answers.append([response.headers.get(f"Access-Control-Allow-{name}") for name in ("Origin", "Credentials")])
print(json.dumps(answers))
"""
SHOP = {
    "base": FIRST.format(debug=True)
    + "SECRET_KEY = 'not a secret'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = '{package}.urls'\n"
    + "CORS_ALLOW_ALL_ORIGINS = DEBUG\nCORS_ALLOW_CREDENTIALS = True\n",
    "urls": "urlpatterns = []\n",
    "dev": "from .base import *\n",
    "staging": "from .base import *\nDEBUG = False\n",
    "production": "from .base import *\nDEBUG = False\nCORS_ALLOW_ALL_ORIGINS = DEBUG\n",
    "eu": "from .production import *\nCORS_ALLOWED_ORIGINS += ['https://eu.example']\nCORS_ALLOW_CREDENTIALS = DEBUG\n",
}


@pytest.mark.parametrize("module", ["dev", "staging", "production", "eu"])
def test_a_project_that_runs_answers_as_the_model_of_its_module_says(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "shop", "shop", SHOP)
    monkeypatch.chdir(tmp_path)
    (policy,) = [one for one in engine.run(["."], Config()).policies if one.module == f"shop/{module}.py"]
    asked = ("https://evil.example", "https://first.example", "https://eu.example")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": f"shop.{module}", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK, *asked], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told = []
    for origin in asked:
        answer = policy.respond(Request(origin, "https://testserver/", headers=(("Origin", origin),)), 404)
        values = [answer.values(f"Access-Control-Allow-{name}") for name in ("Origin", "Credentials")]
        told.append([one[0] if one else None for one in values])
    assert told == json.loads(done.stdout)
