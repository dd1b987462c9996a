"""The report for programs: version 1 of a promise."""

from __future__ import annotations

import json as stdlib_json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from made_reports import PLAIN, PRODUCTION, REFUSED, at, finding, labelled, policy, report

from corslint import __version__
from corslint.browser import Response
from corslint.finding import Crash, Edit, Label, Proof, Report, Severity, Unread
from corslint.origins import AnyOrigin, Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.output import json
from corslint.policy import Preflight, Setting
from corslint.source import Source
from corslint.values import DEPLOYMENT, Alternative, Condition, Known, OneOf, Place, Unknown

SCHEMA = Draft7Validator(stdlib_json.loads((Path(__file__).parent / "report.schema.json").read_text()))


def document(made: Report) -> Any:
    """The report as a program reads it, after it was checked against the schema."""
    text = "\n".join(json.render(made, PLAIN))
    assert text.isascii()
    parsed = stdlib_json.loads(text)
    SCHEMA.validate(parsed)
    return parsed


def test_a_finding_has_the_fields_of_the_contract() -> None:
    assert document(report(finding()))["findings"] == [
        {
            "rule": "any-origin-with-credentials",
            "group": "security",
            "impact": "exploitable",
            "severity": "high",
            "confidence": "high",
            "persona": "regular",
            "message": "any website can read this API with the visitor's cookies",
            "help": 'name the origins you trust: allow_origins=["https://app.example.com"]',
            "policy": "app/main.py#CORSMiddleware@app",
            "server": "starlette",
            "environment": "production",
            "location": {
                "path": "app/main.py",
                "line": 5,
                "column": 5,
                "end_line": 5,
                "end_column": 24,
                "offset": 98,
                "end_offset": 117,
            },
            "labels": [
                {
                    "path": "app/main.py",
                    "line": 5,
                    "column": 5,
                    "end_line": 5,
                    "end_column": 24,
                    "text": "every origin is allowed",
                    "primary": True,
                },
                {
                    "path": "app/main.py",
                    "line": 6,
                    "column": 5,
                    "end_line": 6,
                    "end_column": 27,
                    "text": "and cookies are allowed with it",
                    "primary": False,
                },
            ],
            "conditions": [],
            "also": [],
            "proof": {
                "request": {
                    "origin": "https://evil.example",
                    "url": "https://api.example/",
                    "method": "GET",
                    "headers": [],
                    "credentials": True,
                },
                "preflight": None,
                "status": 200,
                "response": {
                    "access-control-allow-origin": "https://evil.example",
                    "access-control-allow-credentials": "true",
                    "vary": "Origin",
                },
                "verdict": {"allowed": True, "error": None},
            },
            "fix": None,
            "status": "reported",
            "reason": None,
            "fingerprint": "v1:9f2c",
        }
    ]


def test_the_document_says_its_version_and_whose_it_is() -> None:
    made = document(report())
    assert made["version"] == 1
    assert made["tool"] == {"name": "corslint", "version": __version__}


def test_offsets_and_columns_count_code_points() -> None:
    location = document(report(labelled("é\U0001f600 = X\r\ny = X\n", "y")))["findings"][0]["location"]
    assert location == {
        "path": "a.py",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 2,
        "offset": 8,
        "end_offset": 9,
    }


def test_ignored_and_baselined_findings_are_kept_with_their_reason() -> None:
    ignored = finding(status="ignored", reason="see ADR-12")
    baselined = finding(status="baselined")
    made = document(report(finding(), ignored=(ignored,), baselined=(baselined,)))
    assert [(one["status"], one["reason"]) for one in made["findings"]] == [
        ("reported", None),
        ("ignored", "see ADR-12"),
        ("baselined", None),
    ]


def test_the_summary_counts() -> None:
    made = document(
        report(
            finding(),
            finding(severity=Severity.LOW),
            ignored=(finding(),),
            unread=(Unread("a.py", "is a binary file"), Unread("a.py", "is a binary file")),
            crashes=(Crash("null-origin judging a.py#x", "ValueError: 1", "Traceback ..."),),
        )
    )
    assert made["summary"] == {
        "files": 3,
        "policies": 1,
        "unread": 1,
        "findings": 2,
        "ignored": 1,
        "baselined": 0,
        "faults": 1,
        "severities": {"high": 1, "medium": 0, "low": 1, "info": 0},
    }
    assert made["faults"] == [{"where": "null-origin judging a.py#x", "error": "ValueError: 1"}]


def test_what_was_not_read_has_its_reason_and_line() -> None:
    source = Source("b.conf", "\n{")
    made = document(report(unread=(Unread("a.py", "is a binary file"), Unread("b.conf", "open", source.span(1, 2)))))
    assert made["unread"] == [
        {"path": "a.py", "line": None, "reason": "is a binary file"},
        {"path": "b.conf", "line": 2, "reason": "open"},
    ]


def test_a_refused_preflight_is_part_of_the_proof() -> None:
    twice = Response(200, (("Vary", "Origin"), ("Access-Control-Allow-Origin", "*"), ("vary", "Accept")))
    proof = document(report(finding(proof=replace(REFUSED, response=twice))))["findings"][0]["proof"]
    assert proof["request"]["headers"] == [{"name": "x-token", "value": "1"}]
    assert proof["request"]["credentials"] is False
    assert proof["preflight"] == {"status": 405, "headers": {}}
    assert proof["response"] == {"vary": "Origin, Accept", "access-control-allow-origin": "*"}
    assert proof["verdict"] == {"allowed": False, "error": "PreflightInvalidStatus"}


def test_a_finding_without_policy_and_proof_says_null() -> None:
    one = document(report(labelled("X", "X")))["findings"][0]
    assert [one[key] for key in ("policy", "server", "environment", "proof")] == [None] * 4


def test_an_edit_is_a_place_and_its_replacement() -> None:
    edited = finding(edits=(Edit(at('["*"]'), "[]", safe=False), Edit(at("True"), "False")))
    fix = document(report(edited))["findings"][0]["fix"]
    assert fix["safe"] is False
    assert [(edit["line"], edit["column"], edit["replacement"]) for edit in fix["edits"]] == [
        (5, 19, "[]"),
        (6, 23, "False"),
    ]


def test_a_policy_has_its_place_and_every_setting() -> None:
    made = policy(environment=PRODUCTION, version_reason="uv.lock locks it")
    (one,) = document(report(policies=(made,)))["policies"]
    assert {key: value for key, value in one.items() if key != "settings"} == {
        "id": "app/main.py#CORSMiddleware@app",
        "server": "starlette",
        "product": "Starlette",
        "version": "1.10",
        "version_reason": "uv.lock locks it",
        "name": "CORSMiddleware on `app`",
        "path": "app/main.py",
        "line": 3,
        "column": 1,
        "end_line": 3,
        "end_column": 20,
        "scope": "",
        "environment": "production",
        "environment_reason": "its path holds 'prod'",
        "conditions": [],
        "preflight": {"answered_by": "unknown", "status": None, "reason": ""},
    }
    assert one["settings"]["origins"] == {
        "name": "allow_origins",
        "given": "explicit",
        "location": {"path": "app/main.py", "line": 5, "column": 5, "end_line": 5, "end_column": 24},
        "state": "known",
        "value": [{"kind": "any"}],
        "override": None,
    }
    assert one["settings"]["max_age"] == {
        "name": "max_age",
        "given": "default",
        "location": None,
        "state": "known",
        "value": 600,
        "override": None,
    }
    assert one["settings"]["methods"]["value"] == ["GET"]


def test_a_policy_of_no_known_version_has_no_reason_for_one() -> None:
    (one,) = document(report(policies=(policy(version=None),)))["policies"]
    assert (one["version"], one["version_reason"]) == (None, None)


def test_every_kind_of_origin_is_readable() -> None:
    entries = (
        AnyOrigin(),
        Reflected(),
        Null(),
        Exact("https://a.example", ignore_case=True),
        Pattern(r"https://.*\.example", "python", "fullmatch", negated=True),
        Undecided("`load()` is called at run time"),
    )
    (one,) = document(report(policies=(policy(origins=Setting("origins", Known(Origins(entries)))),)))["policies"]
    assert one["settings"]["origins"]["value"] == [
        {"kind": "any"},
        {"kind": "reflected"},
        {"kind": "null"},
        {"kind": "exact", "text": "https://a.example", "ignore_case": True},
        {
            "kind": "pattern",
            "text": r"https://.*\.example",
            "dialect": "python",
            "match": "fullmatch",
            "ignore_case": False,
            "negated": True,
        },
        {"kind": "undecided", "reason": "`load()` is called at run time"},
    ]


def test_a_value_decided_at_run_time_has_the_reason_instead() -> None:
    unknown: Setting[bool | str | None] = Setting(
        "allow_credentials", Unknown("`load()` is called at run time"), at("allow_credentials=True")
    )
    (one,) = document(report(policies=(policy(credentials=unknown),)))["policies"]
    setting = one["settings"]["credentials"]
    assert (setting["state"], setting["reason"], setting["location"]["line"]) == (
        "unknown",
        "`load()` is called at run time",
        6,
    )
    assert "value" not in setting


def test_a_value_that_depends_lists_its_alternatives() -> None:
    depends: OneOf[bool | str | None] = OneOf(
        (
            Alternative((Condition("DEBUG", "is true"),), Known(True, override="CREDENTIALS"), "development"),
            Alternative((Condition("DEBUG", "is false"),), Unknown("it is read from a database")),
        )
    )
    (one,) = document(report(policies=(policy(credentials=Setting("allow_credentials", depends)),)))["policies"]
    assert one["settings"]["credentials"]["state"] == "depends"
    assert one["settings"]["credentials"]["alternatives"] == [
        {
            "conditions": ["when DEBUG is true"],
            "environment": "development",
            "state": "known",
            "value": True,
            "override": "CREDENTIALS",
        },
        {
            "conditions": ["when DEBUG is false"],
            "environment": None,
            "state": "unknown",
            "reason": "it is read from a database",
        },
    ]


def test_who_answers_the_preflight_is_part_of_a_policy() -> None:
    nobody = Preflight("nobody", 405, reason="the route takes GET only")
    (one,) = document(report(policies=(policy(preflight=nobody),)))["policies"]
    assert one["preflight"] == {"answered_by": "nobody", "status": 405, "reason": "the route takes GET only"}


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\ud800", "\u2028", "</script>", '"', "\\"])
def test_hostile_text_survives_as_it_is_and_breaks_nothing(hostile: str) -> None:
    one = document(report(labelled(f"# {hostile} X", "X", words=hostile, path="a.py")))["findings"][0]
    assert one["labels"][0]["text"] == hostile


def test_the_inventory_has_no_judgement() -> None:
    made = json.inventory(report(finding(), unread=(Unread("a.py", "is a binary file"),)))
    assert list(made) == ["version", "tool", "policies", "unread", "summary"]
    assert made["summary"] == {"files": 3, "policies": 1, "unread": 1}


def test_the_documentation_names_every_field_of_the_schema() -> None:
    documented = json.__doc__ or ""
    named: set[str] = set()

    def collect(schema: Any) -> None:
        if isinstance(schema, dict):
            named.update(schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ())
            for value in schema.values():
                collect(value)
        elif isinstance(schema, list):
            for value in schema:
                collect(value)

    collect(SCHEMA.schema)
    assert sorted(name for name in named if name not in documented) == []


def test_a_label_with_a_trail_into_another_file_keeps_that_file() -> None:
    settings = Source("app/settings.py", 'ORIGINS = ["*"]\n')
    one = finding([Label(at('allow_origins=["*"]'), "here", True), Label(at('["*"]', settings), "from here")])
    assert [label["path"] for label in document(report(one))["findings"][0]["labels"]] == [
        "app/main.py",
        "app/settings.py",
    ]


def test_the_proof_of_an_undetermined_answer_says_null() -> None:
    undetermined = Proof(REFUSED.request, None, Response(200), replace(REFUSED.verdict, allowed=None, error=None))
    assert document(report(finding(proof=undetermined)))["findings"][0]["proof"]["verdict"] == {
        "allowed": None,
        "error": None,
    }


SETTINGS = Source("app/settings.py", "class Settings:\n    cors_origins = ['*']\n")
DEPENDENCIES = Source("app/deps.py", "settings = Settings()\n")


def test_the_labels_on_the_way_of_a_value_say_their_part() -> None:
    one = finding(
        [
            Label(at("['*']", SETTINGS), "every origin is allowed", True, "value"),
            Label(at('allow_origins=["*"]'), "`['*']`: default of Settings.cors_origins", role="use"),
            Label(at("allow_credentials=True"), "and cookies are allowed with it"),
            Label(at("settings", DEPENDENCIES), "`settings`", role="step"),
        ]
    )
    labels = document(report(one))["findings"][0]["labels"]
    assert [(label["path"], label.get("role"), label["primary"]) for label in labels] == [
        ("app/settings.py", "value", True),
        ("app/main.py", "use", False),
        ("app/main.py", None, False),
        ("app/deps.py", "step", False),
    ]


def test_a_value_from_elsewhere_has_its_trail() -> None:
    trail = (
        Place(at("settings", DEPENDENCIES), "`settings`"),
        Place(at("cors_origins", SETTINGS), "default of Settings.cors_origins"),
    )
    origins = Setting("allow_origins", Known(Origins((AnyOrigin(),)), at("['*']", SETTINGS), trail, "CORS_ORIGINS"))
    (one,) = document(report(policies=(policy(origins=origins),)))["policies"]
    found = one["settings"]["origins"]
    assert found["override"] == "CORS_ORIGINS"
    assert [(step["path"], step["line"], step["text"]) for step in found["trail"]] == [
        ("app/deps.py", 1, "`settings`"),
        ("app/settings.py", 2, "default of Settings.cors_origins"),
    ]


def test_what_decides_at_run_time_has_its_place_and_the_way_there() -> None:
    decided = Unknown(
        "`load()` is called at run time",
        at("Settings()", DEPENDENCIES),
        (Place(at("settings", DEPENDENCIES), "`settings`"),),
    )
    (one,) = document(report(policies=(policy(credentials=Setting("allow_credentials", decided)),)))["policies"]
    found = one["settings"]["credentials"]
    assert (found["decided_at"]["path"], found["decided_at"]["column"]) == ("app/deps.py", 12)
    assert [step["text"] for step in found["trail"]] == ["`settings`"]


def test_an_origin_that_is_decided_at_run_time_has_its_place() -> None:
    entries = Origins((Undecided("`load()` is called at run time", at("Settings()", DEPENDENCIES)),))
    (one,) = document(report(policies=(policy(origins=Setting("origins", Known(entries))),)))["policies"]
    (entry,) = one["settings"]["origins"]["value"]
    assert (entry["kind"], entry["decided_at"]["path"], entry["decided_at"]["line"]) == ("undecided", "app/deps.py", 1)


def test_an_environment_file_is_named_and_those_not_used_are_not() -> None:
    with_file = Condition(DEPLOYMENT, 'is ".env.production"')
    without = Condition(DEPLOYMENT, 'is not ".env.production"')
    depends: OneOf[bool | str | None] = OneOf(
        (Alternative((with_file,), Known(True)), Alternative((without,), Known(False)))
    )
    made = document(
        report(finding(conditions=(with_file, without)), policies=(policy(credentials=Setting("x", depends)),))
    )
    assert made["findings"][0]["conditions"] == ["with .env.production"]
    alternatives = made["policies"][0]["settings"]["credentials"]["alternatives"]
    assert [one["conditions"] for one in alternatives] == [["with .env.production"], []]
