"""Classes of settings, read and set up: what the model says of each is what django-configurations makes of it.

The classes are generated here; django-configurations sets them up, corslint reads them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest
from accuracy import compared
from configurations import importer  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint import engine
from corslint.config import Config
from corslint.origins import AnyOrigin, Exact
from corslint.policy import Policy
from corslint.values import Known

PROJECTS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000")) // 20
"""Generated files, each with up to three classes that nobody builds upon."""
NAMES = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_CREDENTIALS", "CORS_PREFLIGHT_MAX_AGE", "CORS_ALLOWED_ORIGINS")
STATEMENTS = (
    "CORS_ALLOW_ALL_ORIGINS = True",
    "CORS_ALLOW_ALL_ORIGINS = False",
    "CORS_ALLOW_ALL_ORIGINS = values.BooleanValue(True)",
    "CORS_ALLOW_CREDENTIALS = True",
    "CORS_ALLOW_CREDENTIALS = values.BooleanValue(False, environ_name='COOKIES')",
    "CORS_PREFLIGHT_MAX_AGE = values.IntegerValue(5)",
    "CORS_PREFLIGHT_MAX_AGE = values.PositiveIntegerValue(6, environ=False)",
    "CORS_ALLOWED_ORIGINS = ['https://a.example']",
    "CORS_ALLOWED_ORIGINS = values.ListValue(['https://b.example', 'https://c.example'])",
    "CORS_ALLOWED_ORIGINS = values.TupleValue(('https://d.example',), environ_prefix=None)",
    "CORS_ALLOWED_ORIGINS = values.ListValue()",
    "@property\n    def CORS_ALLOW_CREDENTIALS(self):\n        return self.CORS_ALLOW_ALL_ORIGINS",
    "@property\n    def CORS_ALLOW_ALL_ORIGINS(self):\n        return not self.CORS_ALLOWED_ORIGINS",
    "def CORS_PREFLIGHT_MAX_AGE(self):\n        return len(self.CORS_ALLOWED_ORIGINS)",
)
COMMON = """\
from configurations import Configuration, values
class Common(Configuration):
    ROOT_URLCONF = "shop.urls"
    INSTALLED_APPS = ["corsheaders"]
    MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
    CORS_ALLOW_ALL_ORIGINS = False
    CORS_ALLOW_CREDENTIALS = False
    CORS_PREFLIGHT_MAX_AGE = 1
    CORS_ALLOWED_ORIGINS = ["https://first.example"]
"""
LEAVES = ("One", "Two", "Three")


@st.composite
def modules(draw: st.DrawFn) -> str:
    """A common class, some that stand between, plain ones to mix in, and some upon which nobody builds."""
    text = [COMMON]

    def add(name: str, bases: str) -> None:
        text.append(f"class {name}{bases}:\n")
        drawn = draw(st.lists(st.sampled_from(STATEMENTS), max_size=3))
        text.extend(f"    {statement}\n" for statement in drawn or ["pass"])

    between = ["Common", *(f"Between{number}" for number in range(draw(st.integers(0, 2))))]
    for above, name in pairwise(between):
        add(name, f"({above})")
    mixins = [f"Mixin{number}" for number in range(draw(st.integers(0, 2)))]
    for mixin in mixins:
        add(mixin, "")
    for leaf in LEAVES[: draw(st.integers(1, 3))]:
        bases = [draw(st.sampled_from(between)), *draw(st.lists(st.sampled_from(mixins or ["Common"]), max_size=1))]
        add(leaf, f"({', '.join(draw(st.permutations(list(dict.fromkeys(bases)))))})")
    return "".join(text)


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    """How much was compared."""
    counted: Counter[str] = Counter()
    yield counted
    compared(
        "django-configurations",
        version("django-configurations"),
        "settings that generated classes get",
        counted["settings"],
    )


def really(text: str) -> dict[str, dict[str, Any]]:
    """What each class upon which nobody builds gives, as the importer of django-configurations has it."""
    namespace: dict[str, Any] = {"__name__": "generated"}
    with mock.patch.object(importer, "installed", True):
        exec(compile(text, "generated", "exec", dont_inherit=True), namespace)
    found: dict[str, dict[str, Any]] = {}
    for name in LEAVES:
        if name in namespace:
            namespace[name].setup()
            instance = namespace[name]()
            given = {setting: getattr(instance, setting) for setting in NAMES}
            found[name] = {key: value() if callable(value) else value for key, value in given.items()}
    return found


def said(policy: Policy) -> dict[str, object]:
    origins, credentials, age = policy.origins.value, policy.credentials.value, policy.max_age.value
    assert isinstance(origins, Known)
    assert isinstance(credentials, Known)
    assert isinstance(age, Known)
    entries = origins.value.entries
    return {
        "open": any(isinstance(entry, AnyOrigin) for entry in entries),
        "listed": [entry.text for entry in entries if isinstance(entry, Exact)],
        "credentials": credentials.value,
        "age": age.value,
    }


@given(modules())
@settings(max_examples=PROJECTS, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_class_is_what_django_configurations_makes_of_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, count: Counter[str], text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        classes = really(text)
    except TypeError:
        return  # no order of look-up for these bases
    (tmp_path / "settings.py").write_text(text)
    report = engine.run(["."], Config())
    assert not report.crashes
    policies = {policy.key.removeprefix("settings@"): policy for policy in report.policies}
    assert {name: said(policies[name]) for name in classes} == {
        name: {
            "open": bool(values["CORS_ALLOW_ALL_ORIGINS"]),
            "listed": [] if values["CORS_ALLOW_ALL_ORIGINS"] else list(values["CORS_ALLOWED_ORIGINS"]),
            "credentials": bool(values["CORS_ALLOW_CREDENTIALS"]),
            "age": values["CORS_PREFLIGHT_MAX_AGE"] or None,
        }
        for name, values in classes.items()
    }, text
    count["settings"] += len(NAMES) * len(classes)


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["settings"] >= 4 * PROJECTS
