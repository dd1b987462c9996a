"""Findings that say the same of several places are told as one, and each can be ignored by itself."""

from __future__ import annotations

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Finding, Report

HEAD = """\
from flask import Flask
from flask_cors import CORS, cross_origin

app = Flask(__name__)
"""
VIEW = """

@app.get("/{name}")
@cross_origin({options})
def {name}():
    return "{name}"
"""
STAR = 'origins="*"'
APP = 'origins="https://app.example.com"'


def views(*options: str) -> str:
    return HEAD + "".join(VIEW.format(name=f"view{number}", options=one) for number, one in enumerate(options))


def run(text: str, path: str = "shop/main.py") -> Report:
    report = engine.run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes
    return report


def listed(*origins: str) -> str:
    entries = "".join(f"    {origin!r},\n" for origin in origins)
    return f"{HEAD}CORS(app, origins=[\n{entries}])\n"


def lines(finding: Finding) -> list[int]:
    return [label.span.line for label in finding.labels]


def test_the_same_decorator_over_many_views_is_told_once() -> None:
    (one,) = run(views(*[STAR] * 90)).findings
    assert one.message == "every website can read the answers; so in 90 places of this file"
    assert lines(one) == [8 + 6 * number for number in range(10)], "the first and nine others"
    assert len(one.alike) == 89


def test_what_says_something_else_stays_apart() -> None:
    report = run(views(STAR, APP, 'origins="*", supports_credentials=True', STAR, 'origins=["*"]', 'origins="null"'))
    assert [(one.rule, lines(one)[0], len(one.alike)) for one in report.findings] == [
        ("production-wildcard", 8, 2),
        ("any-origin-with-credentials", 20, 0),
        ("null-origin", 38, 0),
    ]


def test_a_comment_at_one_place_speaks_for_that_place_alone() -> None:
    text = views(STAR, STAR, STAR).replace(
        f"({STAR})", f"({STAR})  # corslint: ignore[production-wildcard] -- public", 1
    )
    report = run(text)
    assert [lines(one) for one in report.findings] == [[14, 20]]
    assert [lines(one) for one in report.ignored] == [[8]]
    assert [lines(one)[0] for one in report.each()] == [14, 20, 8]


def test_two_files_are_two_findings() -> None:
    (one,) = run(views(STAR)).findings
    assert one.message == "every website can read the answers"
    assert not one.alike


LOCAL = tuple(f"http://localhost:{port}" for port in range(3000, 3008))


def test_local_origins_of_one_list_are_told_once() -> None:
    (one,) = run(listed("https://app.example.com", *LOCAL), "deploy/production/main.py").findings
    assert one.rule == "local-origin-in-production"
    assert one.message == (
        "whatever serves a page on http://localhost:3000 of a visitor's machine or network can read the answers;"
        " so for 7 more of this list"
    )
    assert lines(one) == list(range(7, 15))


def test_entries_with_the_same_flaw_are_told_once_and_mended_together() -> None:
    report = run(listed("https://a.example/", "https://b.example/", "https://c.example:443", "b.example"))
    told = [(one.primary.text, lines(one), len(one.edits)) for one in report.findings if one.rule == "malformed-origin"]
    assert told == [
        ("an origin ends without a slash", [6, 7], 2),
        ("browsers leave out the port 443, which is the default of https", [8], 1),
        ("the scheme is missing", [9], 1),
    ]


def test_plain_http_is_told_once_for_a_list() -> None:
    (one,) = run(listed("http://a.example", "https://b.example", "http://c.example")).findings
    assert (one.rule, lines(one)) == ("insecure-origin", [6, 8])
    assert one.message.endswith("http://a.example can read the answers; so for 1 more of this list")


@pytest.mark.parametrize("path", ["shop/main.py", "deploy/production/main.py"])
def test_one_entry_is_told_as_ever(path: str) -> None:
    (one,) = run(listed("https://app.example.com", "http://a.example"), path).findings
    assert one.message == "whoever controls the network between a visitor and http://a.example can read the answers"
