"""Values with which a program does not start are findings where they stand, whichever server reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import corslint

SETTINGS = """
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    origins: {shape} = {default}
    credentials: bool = False

settings = Settings()
"""
APPLICATION = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from settings import settings

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins={origins},
    allow_credentials=settings.credentials,
    allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    allow_headers=["content-type"],
)
"""


def findings(
    folder: Path,
    variables: str,
    shape: str = "list[str]",
    default: str = '["https://a.example"]',
    origins: str = "settings.origins",
) -> list[str]:
    (folder / "settings.py").write_text(SETTINGS.format(shape=shape, default=default))
    (folder / "main.py").write_text(APPLICATION.format(origins=origins))
    (folder / ".env").write_text(variables)
    report = corslint.check(["."])
    assert not report.crashes
    return [f"{one.primary.span.path}:{one.primary.span.line} {one.rule}: {one.message}" for one in report.findings]


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_list_written_as_text(tmp_path: Path) -> None:
    assert findings(tmp_path, "# who may call\nORIGINS=https://a.example,https://b.example\n") == [
        ".env:2 string-for-list: the program does not start, with .env: `Settings.origins` reads JSON, and this is none"
    ]


def test_a_flag_that_is_none(tmp_path: Path) -> None:
    assert findings(tmp_path, "CREDENTIALS=sometimes\n") == [
        ".env:1 string-for-boolean: the program does not start, with .env: pydantic reads no boolean in this"
    ]


@pytest.mark.parametrize(
    ("variables", "more"),
    [
        ('ORIGINS=["https://a.example"]\n', {}),
        ("CREDENTIALS=off\n", {}),
        ("ORIGINS_OF_FRUIT=Spain,Chile\n", {}),
        # Read as text where it is no JSON: a union, or a field that is not decoded.
        ("ORIGINS=https://a.example\n", {"shape": "list[str] | str", "origins": "[settings.origins]"}),
        (
            "ORIGINS=https://a.example,https://b.example\n",
            {"shape": "str", "default": '""', "origins": 'settings.origins.split(",")'},
        ),
    ],
)
def test_values_that_pydantic_reads_as_they_are_meant(tmp_path: Path, variables: str, more: dict[str, str]) -> None:
    assert not [one for one in findings(tmp_path, variables, **more) if "string-for" in one]


def test_an_example_says_less_surely_what_runs(tmp_path: Path) -> None:
    findings(tmp_path, "")
    (tmp_path / ".env.example").write_text("ORIGINS=https://a.example,https://b.example\n")
    (told,) = corslint.check(["."]).findings
    assert (told.rule, told.primary.span.path, str(told.confidence)) == ("string-for-list", ".env.example", "low")


@pytest.mark.parametrize(
    ("name", "value", "shape", "starts"),
    [
        ("ORIGINS", "https://a.example,https://b.example", "list[str]", False),
        ("ORIGINS", '["https://a.example"]', "list[str]", True),
        ("ORIGINS", "https://a.example", "list[str] | str", True),
        ("CREDENTIALS", "sometimes", "list[str]", False),
        ("CREDENTIALS", "off", "list[str]", True),
    ],
)
def test_the_real_pydantic_starts_or_does_not(name: str, value: str, shape: str, starts: bool) -> None:
    program = SETTINGS.format(shape=shape, default='["https://a.example"]')
    environment = {**os.environ, name: value}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) is starts, done.stderr.decode()[-500:]
