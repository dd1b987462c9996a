"""dynaconf against itself: the same files and variables, read by the library and by the resolver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dynaconf  # type: ignore[import-untyped]
import pytest

from corslint import collect
from corslint.collect import Project
from corslint.finding import Unread
from corslint.resolve.python import resolver_of
from corslint.values import Items, Known, Mapping, OneOf, Unknown, Value

PLAIN = {
    "settings.toml": """
origins = ["https://a.example", "b"]
debug = true
name = "x"
[cors]
allow = ["c"]
max = 5
"""
}
LAYERED = {
    "settings.toml": """\
[default]
origins = ["d"]
name = "d"
only = 1
[development]
debug = true
origins = ["*"]
[production]
origins = ["https://p.example"]
debug = false
[global]
name = "g"
[staging.cors]
allow = ["s"]
""",
    ".secrets.toml": '[production]\nsecret = "t"\n',
}
YAML = {
    "settings.yaml": """
default:
  origins:
    - https://a.example
  debug: false
production:
  origins: []
  debug: true
"""
}
TWO = {"a.toml": 'origins = ["a"]\nname = "a"\n', "b.yaml": "ORIGINS: [b]\n", "a.local.toml": 'name = "l"\n'}
JSON = {"settings.json": '{"origins": ["j"], "debug": true, "cors": {"allow": ["k"]}}'}
KEYS = """
settings.origins
settings.ORIGINS
settings.get('ORIGINS', ['z'])
settings['origins']
settings.debug
settings.get('missing', 'm')
settings.name
settings.only
settings.secret
settings.get('name')
settings.cors.allow
settings.CORS.ALLOW
settings['cors']['allow']
settings.get('cors.allow', [])
settings('name', 'q')
settings.cors.max
settings.get('nothing')
settings.cors.get('max', 3)
""".strip().splitlines()
CASES = {
    "plain": (PLAIN, "settings_files=['settings.toml']"),
    "layered": (LAYERED, "settings_files=['settings.toml', '.secrets.toml'], environments=True"),
    "layered with a prefix": (LAYERED, "settings_files=['settings.toml'], environments=True, envvar_prefix='APP'"),
    "another start": (LAYERED, "settings_files='settings.toml', environments=True, env='production'"),
    "yaml": (YAML, "settings_files=['settings.yaml'], environments=True, load_dotenv=True"),
    "two files": (TWO, "settings_files=['a.toml', 'b.yaml']"),
    "json": (JSON, "settings_file='settings.json'"),
    "no file": ({}, "envvar_prefix=False"),
}


def read(value: Value[object], environment: str | None) -> Any:
    """The Python object of a value where `ENV_FOR_DYNACONF` is this, Unknown where there is none."""
    if isinstance(value, OneOf):
        wanted = f'is "{environment}"'
        states = {c.state for one in value.alternatives for c in one.conditions}
        for one in value.alternatives:
            here = {c.state for c in one.conditions}
            if wanted in here or (wanted not in states and all(state.startswith("is not") for state in here)):
                return read(one.value, environment)
        raise AssertionError(value)
    if isinstance(value, Unknown):
        return value
    if isinstance(value.value, Items):
        return [read(item, environment) for item in value.value.items]
    assert not isinstance(value.value, Mapping)
    return value.value


def resolved(program: str, name: str) -> Value[object]:
    """What a name is in a program beside the files in the working directory."""
    Path("config.py").write_text(f"from dynaconf import Dynaconf\n{program}")
    project = Project(tuple(one for one in collect.listing(["config.py"]) if not isinstance(one, Unread)))
    source = project.source("config.py")
    assert source is not None
    value = resolver_of(project, source).value_of_name(name)
    assert value is not None
    return value


@pytest.mark.parametrize("environment", [None, "production", "staging"])
@pytest.mark.parametrize("case", CASES)
def test_settings_are_those_that_dynaconf_reads(
    case: str, environment: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, options = CASES[case]
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        Path(name).write_text(text)
    if environment is not None:
        monkeypatch.setenv("ENV_FOR_DYNACONF", environment)
    settings: Any = eval(f"dynaconf.Dynaconf({options}, root_path='.')", {"dynaconf": dynaconf})
    known = 0
    for key in KEYS:
        found = read(resolved(f"settings = Dynaconf({options})\nx = {key}\n", "x"), environment)
        try:
            expected = eval(key, {"settings": settings})
        except (AttributeError, KeyError):
            assert isinstance(found, Unknown), key
            continue
        known += 1
        expected = list(expected) if isinstance(expected, list) else expected
        assert found == expected, key
    assert known >= 3


TEXTS = ["a,b", '["a", "b"]', "true", "True", "5", "'q'", "{a=1}", "a b", "", "[1", "1.5"]


@pytest.mark.parametrize("text", TEXTS)
def test_variables_are_read_as_toml(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"DYNACONF_ORIGINS='{text}'\n" if "'" not in text else f'DYNACONF_ORIGINS="{text}"\n')
    value = resolved("settings = Dynaconf()\nx = settings.origins\n", "x")
    assert isinstance(value, OneOf)
    (there,) = [one.value for one in value.alternatives if 'is ".env"' in {c.state for c in one.conditions}]
    monkeypatch.setenv("DYNACONF_ORIGINS", text)
    expected = dynaconf.Dynaconf().origins
    if isinstance(expected, dict):
        assert isinstance(there, Unknown)  # as a whole it is no plain dict
        return
    assert isinstance(there, Known)
    assert read(there, None) == expected


UNKNOWN = {
    "environments=True, merge_enabled=True": "what `merge_enabled` does to the settings is not followed",
    "settings_files=['*.toml']": "some of its settings files are not followed",
    "settings_files=['settings.py']": "some of its settings files are not followed",
    "settings_files=names()": "`settings_files` of `Dynaconf()` is not known",
    "validators=[Validator('ORIGINS', default=[])]": "a validator may change `origins`",
    "settings_files=['gone.toml']": "`origins` is not set in gone.toml",
}


@pytest.mark.parametrize("options", UNKNOWN)
def test_what_is_not_followed_is_told(options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    value = resolved(f"settings = Dynaconf({options})\nx = settings.origins\n", "x")
    assert isinstance(value, Unknown)
    assert value.reason == UNKNOWN[options]


FILES = {
    "[default": "settings.toml cannot be read",
    "origins = ['a', 'dynaconf_merge']\n": "settings.toml merges settings, which is not followed",
    "origins = '@json [1]'\n": "`origins` is `@json [1]`, which is carried out at run time",
    "origins__x = 1\n": "`origins__x` is a part of it",
    "debug = 1\n": "`origins` is not set in settings.toml",
    "a = " + "[" * 5000: "settings.toml cannot be read",
}


@pytest.mark.parametrize("text", FILES, ids=lambda text: text[:12])
def test_files_that_do_not_say(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_text(text)
    value = resolved("settings = Dynaconf(settings_files=['settings.toml'])\nx = settings.origins\n", "x")
    assert isinstance(value, Unknown)
    assert value.reason.startswith(FILES[text])


def test_a_value_stands_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_text(LAYERED["settings.toml"])
    value = resolved("s = Dynaconf(settings_files=['settings.toml'], environments=True)\nx = s.origins\n", "x")
    assert isinstance(value, OneOf)
    told = {
        str(one.conditions[-1]): (
            one.value.span.path,
            one.value.span.line,
            one.environment,
            getattr(one.value, "override", ""),
        )
        for one in value.alternatives
        if one.value.span is not None
    }
    assert told == {
        'when ENV_FOR_DYNACONF is "production"': ("settings.toml", 9, "production", "DYNACONF_ORIGINS"),
        'when ENV_FOR_DYNACONF is "staging"': ("settings.toml", 2, "staging", "DYNACONF_ORIGINS"),
        'when ENV_FOR_DYNACONF is not "staging"': ("settings.toml", 7, "development", "DYNACONF_ORIGINS"),
    }
