"""SARIF 2.1.0, against the standard's own schema."""

from __future__ import annotations

import json as stdlib_json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from made_reports import HYGIENE, PAGE, PRODUCTION, REFUSED, at, finding, labelled, policy, report

from corslint import __version__
from corslint.finding import Crash, Edit, Label, Report, Severity, Unread
from corslint.output import Options, sarif
from corslint.source import Source
from corslint.values import DEPLOYMENT, Condition

SCHEMA = Draft4Validator(
    stdlib_json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text()),
    format_checker=Draft4Validator.FORMAT_CHECKER,
)
PAGES = (PAGE, HYGIENE)


def run(made: Report, exit_code: int = 0) -> Any:
    """The one run of the log, after the log was checked against the schema."""
    text = "\n".join(sarif.render(made, Options(pages=PAGES, exit_code=exit_code)))
    parsed = stdlib_json.loads(text)
    SCHEMA.validate(parsed)
    assert parsed["version"] == "2.1.0"
    return parsed["runs"][0]


def result(made: Report) -> Any:
    (one,) = run(made)["results"]
    return one


def test_the_schema_refuses_what_is_no_sarif() -> None:
    assert not SCHEMA.is_valid({"version": "2.1.0"})
    assert not SCHEMA.is_valid({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})


def test_a_finding_has_its_place_message_and_fingerprint() -> None:
    one = result(report(finding()))
    assert one == {
        "ruleId": "any-origin-with-credentials",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "any website can read this API with the visitor's cookies. "
            'name the origins you trust: allow_origins=["https://app.example.com"].'
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "app/main.py", "uriBaseId": "%SRCROOT%"},
                    "region": {
                        "startLine": 5,
                        "startColumn": 5,
                        "endLine": 5,
                        "endColumn": 24,
                        "snippet": {"text": 'allow_origins=["*"]'},
                    },
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 0,
                "physicalLocation": {
                    "artifactLocation": {"uri": "app/main.py", "uriBaseId": "%SRCROOT%"},
                    "region": {
                        "startLine": 6,
                        "startColumn": 5,
                        "endLine": 6,
                        "endColumn": 27,
                        "snippet": {"text": "allow_credentials=True"},
                    },
                },
                "message": {"text": "and cookies are allowed with it"},
            }
        ],
        "partialFingerprints": {"corslint/v1": "v1:9f2c", "primaryLocationLineHash": "9f2c:1"},
        "properties": {
            "tags": ["exploitable"],
            "severity": "high",
            "confidence": "high",
            "policy": "app/main.py#CORSMiddleware@app",
            "environment": "production",
            "proof": "Origin: https://evil.example -> Access-Control-Allow-Origin: https://evil.example, "
            "Allow-Credentials: true",
        },
    }


def test_a_rule_carries_its_whole_page() -> None:
    security, hygiene = run(report())["tool"]["driver"]["rules"]
    assert security == {
        "id": "any-origin-with-credentials",
        "name": "AnyOriginWithCredentials",
        "shortDescription": {"text": "any website can use this API with its visitors' credentials"},
        "fullDescription": {"text": "It lets everybody in."},
        "help": {"text": PAGE.body, "markdown": PAGE.body},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["security", "external/cwe/cwe-942"],
            "precision": "high",
            "problem.severity": "error",
            "security-severity": "8.1",
        },
    }
    # GitHub shows a rule with a security severity as a vulnerability.
    assert hygiene["properties"] == {"tags": ["hygiene"], "precision": "high", "problem.severity": "recommendation"}
    assert hygiene["defaultConfiguration"] == {"level": "note"}


def test_the_tool_says_its_version_and_how_it_counts_columns() -> None:
    made = run(report())
    assert made["tool"]["driver"]["name"] == "corslint"
    assert made["tool"]["driver"]["semanticVersion"] == __version__
    assert made["columnKind"] == "unicodeCodePoints"


def test_the_log_names_no_folder_of_the_machine_it_was_made_on() -> None:
    assert run(report(finding()))["originalUriBaseIds"] == {
        "%SRCROOT%": {"description": {"text": "The folder that corslint was started in."}}
    }
    assert str(Path.cwd()) not in "\n".join(sarif.render(report(finding()), Options(pages=PAGES)))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("app/main.py", "app/main.py"),
        ("my app/a#b?c%.py", "my%20app/a%23b%3Fc%25.py"),
        ("ünï/日.py", "%C3%BCn%C3%AF/%E6%97%A5.py"),
        ("c:x.py", "c%3Ax.py"),
        ("b\udcff.py", "b%FF.py"),
        ("../other/a.py", "../other/a.py"),
    ],
)
def test_a_path_is_a_relative_encoded_uri(path: str, uri: str) -> None:
    location = result(report(labelled("X", "X", path=path)))["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_a_file_outside_the_root_is_an_absolute_uri() -> None:
    location = result(report(labelled("X", "X", path="/etc/nginx/a b.conf")))["locations"][0]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "file:///etc/nginx/a%20b.conf"}


def test_a_finding_of_a_rule_without_page_has_no_index() -> None:
    assert "ruleIndex" not in result(report(finding(rule="other")))


def test_an_ignored_finding_is_suppressed_in_the_source_with_its_reason() -> None:
    one = result(report(ignored=(finding(status="ignored", reason="see ADR-12"),)))
    assert one["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "see ADR-12"}]


def test_a_baselined_finding_is_suppressed_from_outside() -> None:
    one = result(report(baselined=(finding(status="baselined"),)))
    assert one["suppressions"] == [{"kind": "external", "status": "accepted"}]


def test_a_reported_finding_is_not_suppressed() -> None:
    assert "suppressions" not in result(report(finding()))


def test_an_edit_is_a_fix() -> None:
    (fix,) = result(report(finding(edits=(Edit(at('["*"]'), '["https://app.example.com"]', safe=False),))))["fixes"]
    assert fix["description"]["text"] == "unsafe: look at it before you keep it"
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "app/main.py", "uriBaseId": "%SRCROOT%"},
            "replacements": [
                {
                    "deletedRegion": {"startLine": 5, "startColumn": 19, "endLine": 5, "endColumn": 24},
                    "insertedContent": {"text": '["https://app.example.com"]'},
                }
            ],
        }
    ]


def test_what_was_not_read_is_a_notification_and_the_run_did_not_succeed() -> None:
    source = Source("b.conf", "\n{")
    unread = (Unread("a b.py", "is a binary file"), Unread("b.conf", "the brace is never closed", source.span(1, 2)))
    (invocation,) = run(report(unread=unread), exit_code=3)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    first, second = invocation["toolExecutionNotifications"]
    assert first == {
        "level": "warning",
        "descriptor": {"id": "unreadable-input"},
        "message": {"text": "a b.py was not read: is a binary file."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a%20b.py", "uriBaseId": "%SRCROOT%"}}}],
    }
    assert second["locations"][0]["physicalLocation"]["region"]["startLine"] == 2


@pytest.mark.parametrize(("exit_code", "successful"), [(0, True), (1, True), (3, False), (4, False)])
def test_a_run_with_findings_is_a_successful_one(exit_code: int, successful: bool) -> None:
    assert run(report(), exit_code)["invocations"][0]["executionSuccessful"] is successful


def test_a_fault_of_corslint_is_a_notification_of_level_error() -> None:
    (invocation,) = run(report(crashes=(Crash("null-origin judging a.py#x", "ValueError: 1", ""),)), 4)["invocations"]
    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "corslint failed at null-origin judging a.py#x: ValueError: 1."}}
    ]


def test_conditions_and_lesser_rules_are_properties() -> None:
    one = finding(
        conditions=(Condition("DEBUG", "is true"),),
        also=("null-origin",),
        proof=REFUSED,
        policy=policy(environment=PRODUCTION),
    )
    properties = result(report(one))["properties"]
    assert properties["conditions"] == ["when DEBUG is true"]
    assert properties["also"] == ["null-origin"]
    assert properties["proof"].endswith("the browser refuses it (PreflightInvalidStatus)")


def test_an_empty_place_has_no_snippet() -> None:
    source = Source("a.py", "f()\n")
    region = result(report(finding([Label(source.span(2, 2), "", True)])))["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 3}


def test_a_snippet_of_a_huge_region_is_left_out() -> None:
    region = result(report(labelled("X" * 5000, "X" * 5000)))["locations"][0]["physicalLocation"]["region"]
    assert "snippet" not in region


def test_half_characters_do_not_reach_the_log() -> None:
    one = labelled("# \ud800 X", "# \ud800 X", words="\udfff")
    text = "\n".join(sarif.render(report(one), Options(pages=PAGES)))
    assert "\\ud" not in text


def test_every_severity_has_a_level() -> None:
    made = run(report(*(finding(severity=severity) for severity in Severity)))
    assert [one["level"] for one in made["results"]] == ["note", "warning", "warning", "error"]


SETTINGS = Source("app/settings.py", "class Settings:\n    cors_origins = ['*']\n")
DEPENDENCIES = Source("app/deps.py", "settings = get()\nget = Settings\n")


def test_the_way_of_a_value_is_a_code_flow_from_the_value_to_its_use() -> None:
    one = result(
        report(
            finding(
                [
                    Label(at("['*']", SETTINGS), "every origin is allowed", True, "value"),
                    Label(at('allow_origins=["*"]'), "`['*']`: default of Settings.cors_origins", role="use"),
                    Label(at("allow_credentials=True"), "and cookies are allowed with it"),
                    Label(at("settings", DEPENDENCIES), "`settings`", role="step"),
                    Label(at("Settings", DEPENDENCIES), "`get()`", role="step"),
                ]
            )
        )
    )
    (flow,) = one["codeFlows"]
    (thread,) = flow["threadFlows"]
    assert [
        (
            step["location"]["physicalLocation"]["artifactLocation"]["uri"],
            step["location"]["physicalLocation"]["region"]["startLine"],
            step["location"]["message"]["text"],
            step["importance"],
        )
        for step in thread["locations"]
    ] == [
        ("app/settings.py", 2, "every origin is allowed", "essential"),
        ("app/deps.py", 2, "`get()`", "important"),
        ("app/deps.py", 1, "`settings`", "important"),
        ("app/main.py", 5, "`['*']`: default of Settings.cors_origins", "essential"),
    ]
    assert [related["message"]["text"] for related in one["relatedLocations"]] == [
        "`['*']`: default of Settings.cors_origins",
        "and cookies are allowed with it",
        "`settings`",
        "`get()`",
    ]


def test_a_value_that_stands_in_its_setting_has_no_code_flow() -> None:
    assert "codeFlows" not in result(report(finding()))


def test_environment_files_that_are_not_used_are_no_condition() -> None:
    without = Condition(DEPLOYMENT, 'is not ".env.production"')
    told = result(report(finding(conditions=(without, Condition("DEBUG", "is true")))))["properties"]["conditions"]
    assert told == ["when DEBUG is true"]


@pytest.mark.parametrize(("path", "shows"), [("docker-compose.yml", False), ("traefik.yml", True)])
def test_lines_of_a_file_with_passwords_are_no_snippet(path: str, shows: bool) -> None:
    source = Source(path, "api:\n  PASSWORD: hunter2\n  CORS: '*'\n")
    whole = result(report(finding([Label(source.span(0, len(source.text)), "here", True)])))
    assert ("hunter2" in str(whole)) is shows
    part = result(report(finding([Label(at("'*'", source), "here", True)])))
    assert part["locations"][0]["physicalLocation"]["region"]["snippet"] == {"text": "'*'"}
