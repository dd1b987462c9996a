"""The list of rules and a rule's page."""

from __future__ import annotations

import json
from dataclasses import replace

from made_reports import HYGIENE, PAGE

from corslint.finding import Severity
from corslint.output import rulebook

LOW = replace(PAGE, slug="exposes-sensitive-header", title="a | is exposed", severity=Severity.LOW)


def test_the_list_goes_by_group_and_severity() -> None:
    assert list(rulebook.text([HYGIENE, LOW, PAGE])) == [
        "security:",
        "  any-origin-with-credentials  high    any website can use this API with its visitors' credentials",
        "  exposes-sensitive-header     low     a | is exposed",
        "",
        "hygiene:",
        "  unused-ignore                info    a comment ignores nothing",
        "",
        "corslint explain RULE shows what a rule finds, why it matters and what to write instead.",
    ]


def test_markdown_has_a_table_for_each_group() -> None:
    assert list(rulebook.markdown([LOW])) == [
        "## security",
        "",
        "| rule | severity | finds |",
        "|---|---|---|",
        "| `exposes-sensitive-header` | low | a \\| is exposed |",
        "",
    ]


def test_json_has_the_front_matter() -> None:
    made = json.loads("\n".join(rulebook.json([PAGE])))
    assert made["version"] == 1
    assert made["rules"] == [
        {
            "rule": "any-origin-with-credentials",
            "title": "any website can use this API with its visitors' credentials",
            "group": "security",
            "severity": "high",
            "confidence": "high",
            "persona": "regular",
            "since": "0.1.0",
            "servers": ["starlette"],
            "cwe": 942,
            "fix": "none",
        }
    ]


def test_a_page_says_whether_an_example_is_refused_or_accepted() -> None:
    body = "Text.\n\n```python refuse settings/prod.py\nX = 1\n```\n\n```nginx accept\nx;\n```\n"
    assert list(rulebook.page_text(replace(PAGE, body=body, cwe=None))) == [
        "any-origin-with-credentials: any website can use this API with its visitors' credentials",
        "security, severity high, confidence high, since 0.1.0",
        "",
        "Text.",
        "",
        "Refused (settings/prod.py):",
        "",
        "```python",
        "X = 1",
        "```",
        "",
        "Accepted:",
        "",
        "```nginx",
        "x;",
        "```",
    ]


def test_a_page_as_json_has_the_body_in_markdown() -> None:
    made = json.loads("\n".join(rulebook.page_json(PAGE)))
    assert (made["rule"], made["body"]) == ("any-origin-with-credentials", PAGE.body)
