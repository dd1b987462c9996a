"""Exploitable, open to everyone, broken in the browser, or hygiene: every output tells which of them a finding is."""

from __future__ import annotations

import json as stdlib_json
from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Report
from corslint.output import Options, json, sarif, text

FASTAPI = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, {})
"""
FLASK = """\
from flask import Flask, request

app = Flask(__name__)


@app.after_request
def cors(response):
    response.headers["Access-Control-Allow-Origin"] = {origin}
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.vary.add("Origin")
    return response
"""
VIEW = """\
from flask import Flask

app = Flask(__name__)


@app.route("/orders", methods=["POST"])
def orders():
    return "ok", 200, {"Access-Control-Allow-Origin": "https://app.example.com"}
"""
DJANGO = """\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
CORS_ORIGIN_WHITELIST = ["https://app.example.com"]
"""
ANY_METHOD = 'allow_methods=["*"]'
OPEN = "open to strangers, but without the visitor's cookies"
BROKEN = "broken in the browser: what was meant to work is refused"
HYGIENE = "hygiene: nothing is open or broken by it"
CASES = [
    (FASTAPI.format(f'allow_origins=["*"], allow_credentials=True, {ANY_METHOD}'), "any-origin-with-credentials"),
    (FLASK.format(origin='request.headers["Origin"]'), "any-origin-with-credentials"),
    (FASTAPI.format(f'allow_origins=["null"], allow_credentials=True, {ANY_METHOD}'), "null-origin"),
]
LESSER = [
    (FASTAPI.format(f'allow_origins=["*"], {ANY_METHOD}'), "production-wildcard", "open", OPEN),
    (FASTAPI.format(f'allow_origins=["null"], {ANY_METHOD}'), "null-origin", "open", OPEN),
    (FLASK.format(origin='"*"'), "any-origin-with-credentials", "broken", BROKEN),
    (FASTAPI.format('allow_origins=["https://app.example.com"]'), "incomplete-preflight", "broken", BROKEN),
    (VIEW, "missing-preflight", "broken", BROKEN),
    (FASTAPI.format('allow_origin=["*"]'), "rejected-configuration", "broken", BROKEN),
    (DJANGO, "renamed-setting", "hygiene", HYGIENE),
]


def report(program: str) -> Report:
    path = "shop/settings.py" if "INSTALLED_APPS" in program else "app/main.py"
    made = engine.run([], Config(), stdin=StandardInput(path, program.encode()))
    assert not made.crashes
    return made


def told(made: Report) -> tuple[list[str], list[str], list[str]]:
    """The impacts of the findings in JSON and in SARIF, and the lines of the text that speak of them."""
    objects = stdlib_json.loads("\n".join(json.render(made, Options())))["findings"]
    results = sarif.document(made, Options())["runs"][0]["results"]
    tags = [tag for one in results for tag in one["properties"]["tags"]]
    lines = [line.partition("impact: ")[2] for line in text.render(made, Options()) if "= impact: " in line]
    return [one["impact"] for one in objects], tags, lines


@pytest.mark.parametrize(("program", "rule"), CASES)
def test_what_strangers_can_use_is_exploitable_and_its_title_says_so(program: str, rule: str) -> None:
    (finding,) = report(program).findings
    assert (finding.rule, str(finding.severity)) == (rule, "high")
    assert told(report(program)) == (["exploitable"], ["exploitable"], [])
    assert "any website can read" in finding.message


@pytest.mark.parametrize(("program", "rule", "impact", "line"), LESSER)
def test_what_is_less_says_what_it_is(program: str, rule: str, impact: str, line: str) -> None:
    (finding,) = report(program).findings
    assert finding.rule == rule
    assert told(report(program)) == ([impact], [impact], [line])


def test_a_proof_without_cookies_whose_answer_allows_them_is_exploitable_too() -> None:
    options = f'allow_origins="https://a.example.com", allow_credentials=True, {ANY_METHOD}'
    (finding,) = report(FASTAPI.format(options)).findings
    assert finding.rule == "string-for-list"
    assert finding.impact == "exploitable"


def test_a_text_with_which_the_program_does_not_start_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.py").write_text(
        """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    origins: list[str] = ["https://a.example.com"]


app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=Settings().origins, allow_methods=["*"])
"""
    )
    Path(".env").write_text("ORIGINS=https://a.example.com,https://b.example.com\n")
    (finding,) = engine.run(["."], Config()).findings
    assert (finding.rule, finding.proof, finding.impact) == ("string-for-list", None, "broken")
