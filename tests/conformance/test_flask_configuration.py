"""Application factories and their configuration: what the resolver says `app.config` holds is what Flask has there.

The programs are generated here; Flask runs them, corslint reads them.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest
from accuracy import compared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint.collect import Listed, Project
from corslint.resolve.operations import plain
from corslint.resolve.python import resolver_of
from corslint.values import Condition, Known, Unknown, Value, alternatives

PROGRAMS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000")) // 20
TEXTS = ("a", "b", "c", "d")
MODES = ("base", "development", "production")
CONFIG = """\
class Base:
    X = "base"

class Development(Base):
    Y = "development"
    y = "not upper case"

class Production(Base):
    X = Base.X + "-production"

    def __init__(self):
        self.Y = "made"

X = "module"
CONFIGS = {"base": Base, "development": Development, "production": Production}

def chosen():
    return Production
"""
APP = """\
import os
from flask import Flask, current_app
from . import config
from .config import CONFIGS, Base, Development, Production, chosen
from .probes import probe

def create_app(name="development"):
    app = Flask(__name__)
{body}
    return app

def configure(it):
    it.config["Y"] = "configured"
    probe(it.config.get("X"))

def asked(app):
    probe(app.config.get("X", "nothing"))
"""
STATEMENTS = (
    'app.config["X"] = "{0}"',
    'app.config["Y"] = app.config.get("X", "{0}") + "-more"',
    'app.config["X"] = app.config["Y"] = "{1}"',
    'app.config.update(X="{0}", Y="{1}")',
    'app.config.update({{"Y": "{0}"}}, X="{1}")',
    'app.config.update(dict(X="{0}"))',
    'app.config.from_mapping(Y="{0}", lower="{1}")',
    'app.config.setdefault("Y", "{0}")',
    "app.config.from_object(Base)",
    "app.config.from_object(Development())",
    "app.config.from_object(Production())",
    "app.config.from_object(Production)",
    'app.config.from_object("{{package}}.config.Development")',
    'app.config.from_object(f"{{package}}.config")',
    "app.config.from_object(config)",
    "app.config.from_object(CONFIGS[name])",
    "app.config.from_object(CONFIGS.get(name, Base))",
    "app.config.from_object(chosen())",
    'app.config.from_pyfile("local.py")',
    'app.config.from_pyfile("missing.py", silent=True)',
    "configure(app)",
    "asked(app)",
    'if name == "production":\n        app.config["X"] = "{0}"',
    'if app.config.get("X") == "{0}":\n        app.config["Y"] = "{1}"',
    'if app.config.get("Y"):\n        app.config.from_object(Base)\n    else:\n        app.config["Y"] = "{0}"',
    'if app.config["TESTING"]:\n        app.config["X"] = "{0}"',
    'probe(app.config.get("X"))',
    'probe(app.config.get("Y", "none"))',
    'probe(app.config["X"])',
    'probe([app.config.get("X"), app.config.get("Y")])',
)
RUN = {
    "create_app()": "",
    'create_app("production")': "",
    'create_app(name="base")': "",
    'create_app(os.getenv("MODE", "development"))': "development",
    'create_app(os.getenv("MODE") or "base")': "base",
    'create_app(os.environ.get("MODE", "production"))': "production",
}
"""How the factory is called, and what stands in for MODE where that is not set."""
PROBES = """\
SEEN = []

def probe(value):
    import sys
    caller = sys._getframe(1)
    SEEN.append((caller.f_code.co_filename, caller.f_lineno, value))
"""
numbers = itertools.count()


@st.composite
def programs(draw: st.DrawFn) -> dict[str, str]:
    """The modules of a program by their names."""
    body: list[str] = []
    for statement in draw(st.lists(st.sampled_from(STATEMENTS), min_size=2, max_size=7)):
        texts = draw(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=2))
        body.append("    " + statement.format(*texts))
    body.append('    probe(app.config.get("X", "never set"))\n    probe(app.config.get("Y"))')
    run = draw(st.sampled_from(sorted(RUN)))
    return {
        "__init__": "",
        "probes": PROBES,
        "config": CONFIG,
        "local": f'X = "{draw(st.sampled_from(TEXTS))}"\n',
        "app": APP.format(body="\n".join(body)),
        "wsgi": f"import os\nfrom .app import create_app\n\napplication = {run}\n",
    }


@pytest.fixture(scope="module")
def count() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    what = "entries of `app.config` in generated application factories"
    compared("Flask", version("flask"), what, counted["pairs"], counted["differences"])


@settings(
    max_examples=PROGRAMS,
    deadline=None,
    derandomize=PROGRAMS <= 100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(programs())
def test_the_configuration_is_what_flask_holds(
    count: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: dict[str, str]
) -> None:
    package = f"generated_flask_{next(numbers)}"
    folder = tmp_path / package
    folder.mkdir()
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text.replace("{package}", package))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    told = resolved(package, modules)
    default = next(text for call, text in RUN.items() if modules["wsgi"].endswith(f"{call}\n"))
    for mode in (None, *MODES):
        for line, value in run(monkeypatch, package, mode):
            here = in_mode(told[line], mode, default)
            if isinstance(here, Unknown):
                count["unknown"] += 1
                continue
            count["pairs"] += 1
            count["differences"] += plain(here) != value
            assert plain(here) == value, (mode, line, modules["app"], modules["wsgi"])


def test_enough_was_compared(count: Counter[str]) -> None:
    assert count["pairs"] >= 5 * PROGRAMS
    assert count["differences"] == 0
    # What is only known of the one who runs it must be rare.
    assert count["unknown"] * 20 <= count["pairs"]


def run(monkeypatch: pytest.MonkeyPatch, package: str, mode: str | None) -> list[tuple[int, object]]:
    """What the probes of a program see, by their lines, where MODE is set like this."""
    for loaded in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    monkeypatch.delenv("MODE", raising=False)
    if mode is not None:
        monkeypatch.setenv("MODE", mode)
    probes = importlib.import_module(f"{package}.probes")
    with contextlib.suppress(KeyError):  # of `app.config["X"]` where nothing has set it; what was seen before counts
        importlib.import_module(f"{package}.wsgi")
    return [(line, value) for _, line, value in probes.SEEN]


def resolved(package: str, modules: Mapping[str, str]) -> dict[int, Value[object]]:
    """What the resolver says of each probe, by its line."""
    project = Project(tuple(Listed(f"{package}/{name}.py", f"{package}/{name}.py") for name in modules))
    source = project.source(f"{package}/app.py")
    assert source is not None
    resolver = resolver_of(project, source)
    calls = [call for call in resolver.module.calls() if resolver.module.text(call.func) == "probe"]
    return {resolver.module.span(call).line: resolver.value(call.args[0].value) for call in calls}


def in_mode(value: Value[object], mode: str | None, default: str) -> Known[object] | Unknown:
    """What a value is in one mode."""
    if any(one.subject != "MODE" for way in alternatives(value) for one in way.conditions):
        return Unknown("a test of the program is not followed")
    ways = [way.value for way in alternatives(value) if all(holds(one, mode, default) for one in way.conditions)]
    assert len(ways) == 1, (value, mode)
    (one,) = ways
    if isinstance(one, Known) and one.override == "MODE" and mode is not None:
        return Unknown("MODE replaces it")
    return one


def holds(condition: Condition, mode: str | None, default: str) -> bool:
    """Whether a condition holds; what MODE is compared with is what the program gets for it, its default included."""
    if found := re.fullmatch(r'is (not )?"(.*)"', condition.state):
        return ((mode or default) == found[2]) is not bool(found[1])
    return (mode is not None) is (condition.state in ("is set", "is defined"))
