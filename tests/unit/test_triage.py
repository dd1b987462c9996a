"""Ignore comments and the choice of rules, with a server of our own."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import stub_server

from corslint import engine, triage
from corslint.catalogue import PageError
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Label, Report
from corslint.source import Source


@pytest.fixture(autouse=True)
def only_the_stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "servers", lambda: (stub_server,))
    monkeypatch.chdir(tmp_path)


def run(text: str, config: Config | None = None) -> Report:
    return engine.run([], config or Config(), stdin=StandardInput("app.stub", text.encode()))


def told(report: Report) -> list[tuple[str, int]]:
    return [(finding.rule, finding.primary.span.line) for finding in report.findings]


def hushed(report: Report) -> list[tuple[str, int, str | None]]:
    return [(finding.rule, finding.primary.span.line, finding.reason) for finding in report.ignored]


@pytest.mark.parametrize(
    "text",
    [
        "cors null  # corslint: ignore[null-origin] -- a sandboxed frame\n",
        "# corslint: ignore[null-origin] -- a sandboxed frame\ncors null\n",
        "  # corslint: ignore[null-origin] -- a sandboxed frame\n  # more on this\n\n  cors null\n",
        "// corslint: ignore[null-origin] -- a sandboxed frame\ncors null\n",
        "/* corslint: ignore[null-origin] -- a sandboxed frame */\ncors null\n",
        "{{/* corslint: ignore[null-origin] -- a sandboxed frame */}}\ncors null\n",
        "<!-- corslint: ignore[null-origin] -- a sandboxed frame -->\ncors null\n",
        "#corslint:ignore[null-origin]--a sandboxed frame\ncors null\n",
        "cors null  # TODO: look again  # corslint: ignore[null-origin] -- a sandboxed frame\n",
        "cors null  # corslint: ignore[null-origin] -- a sandboxed frame\r\n",
        "# corslint: file-ignore[null-origin] -- a sandboxed frame\n\ncors https://app.example.com\ncors null\n",
    ],
)
def test_comment_ignores_the_finding_with_its_reason(text: str) -> None:
    report = run(text)
    assert told(report) == []
    ((rule, _, reason),) = hushed(report)
    assert (rule, reason) == ("null-origin", "a sandboxed frame")
    assert report.ignored[0].status == "ignored"


def test_comment_may_name_several_rules() -> None:
    report = run("# corslint: ignore[null-origin, production-wildcard]\ncors null\n")
    assert hushed(report) == [("null-origin", 2, None)]
    assert told(report) == [("unused-ignore", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "# corslint: ignore[null-origin]\ncors https://app.example.com\ncors null\n",
        "cors https://app.example.com  # corslint: ignore[null-origin]\ncors null\n",
        "cors null\n# corslint: ignore[null-origin]\n",
    ],
)
def test_comment_elsewhere_ignores_nothing_and_is_unused(text: str) -> None:
    assert sorted(rule for rule, _ in told(run(text))) == ["null-origin", "unused-ignore"]


def test_comment_for_another_rule_ignores_nothing() -> None:
    text = "cors null  # corslint: ignore[insecure-origin]\n"
    assert told(run(text)) == [("null-origin", 1), ("unused-ignore", 1)]


def test_comment_for_a_rule_that_did_not_run_is_not_judged() -> None:
    text = "cors https://app.example.com  # corslint: ignore[null-origin]\n"
    assert told(run(text, Config(ignore=("null-origin",)))) == []
    assert told(run(text, Config(select=("correctness", "hygiene")))) == []


@pytest.mark.parametrize(
    "config",
    [
        Config(min_severity="high"),
        Config(min_confidence="high"),
        Config(per_file_ignores={"*.stub": ("production-wildcard",)}),
    ],
)
def test_comment_for_a_finding_that_is_not_shown_is_used_all_the_same(config: Config) -> None:
    report = run("cors *  # corslint: ignore[production-wildcard]\n", config)
    assert (report.findings, report.ignored) == ((), ())


@pytest.mark.parametrize(
    "comment",
    [
        "# corslint: ignore",
        "# corslint: ignore[]",
        "# corslint: ignore[ , ]",
        "# corslint: ignore null-origin",
        "# corslint: ignore[null-origin] because",
        "# corslint: disable[null-origin]",
        "# corslint:",
    ],
)
def test_comment_of_another_form_is_malformed_and_ignores_nothing(comment: str) -> None:
    assert told(run(f"cors null  {comment}\n")) == [("null-origin", 1), ("malformed-ignore", 1)]


def test_comment_without_a_reason_is_malformed_where_a_reason_is_required() -> None:
    text = "cors null  # corslint: ignore[null-origin]\n"
    assert told(run(text)) == []
    assert told(run(text, Config(require_reason=True))) == [("malformed-ignore", 1)]
    assert told(run("cors null  # corslint: ignore[null-origin] -- why\n", Config(require_reason=True))) == []


def test_unknown_rule_is_told_with_the_nearest_one() -> None:
    report = run("cors null  # corslint: ignore[nul-origin]\n")
    assert told(report) == [("null-origin", 1), ("unknown-rule-in-ignore", 1)]
    assert "did you mean 'null-origin'?" in report.findings[1].help


def test_comment_in_a_file_that_was_only_followed_counts_but_is_not_judged() -> None:
    followed = Source("included.stub", "null  # corslint: ignore[null-origin] -- why\n# corslint: ignore[nul-origin]\n")
    read = run("cors null\n")
    moved = replace(read.findings[0], labels=(Label(followed.span(0, 4), primary=True),))
    report = triage.sort(replace(read, findings=(moved,)), [], Config())
    assert (told(report), hushed(report)) == ([], [("null-origin", 1, "why")])


def test_no_ignores_makes_comments_mute() -> None:
    text = "cors null  # corslint: ignore[null-origin]\ncors https://app.example.com  # corslint: ignore[nul-origin]\n"
    assert told(run(text, Config(no_ignores=True))) == [("null-origin", 1)]


def test_complaints_about_comments_can_be_left_out_like_any_finding() -> None:
    text = "cors https://app.example.com  # corslint: ignore[null-origin]\n"
    assert told(run(text, Config(ignore=("unused-ignore",)))) == []


def test_complaints_have_fingerprints() -> None:
    text = "cors https://app.example.com  # corslint: ignore[null-origin]\n" * 2
    fingerprints = [finding.fingerprint for finding in run(text).findings]
    assert len(set(fingerprints)) == 2
    assert all(fingerprint.startswith("v1:") for fingerprint in fingerprints)


def test_rules_and_groups_are_chosen() -> None:
    text = "cors null\ncors https://app.example.com/\ncors ?\n"
    assert told(run(text)) == [("null-origin", 1), ("malformed-origin", 2), ("undetermined", 3)]
    assert told(run(text, Config(select=("security",)))) == [("null-origin", 1)]
    assert told(run(text, Config(select=("security",), extend_select=("undetermined",)))) == [
        ("null-origin", 1),
        ("undetermined", 3),
    ]
    assert told(run(text, Config(ignore=("security", "undetermined")))) == [("malformed-origin", 2)]
    assert told(run(text, Config(min_severity="low"))) == [("null-origin", 1), ("malformed-origin", 2)]


def test_severity_of_the_configuration_counts_before_the_least_severity() -> None:
    config = Config(severity={"null-origin": "low"}, min_severity="medium")
    assert told(run("cors null\ncors *\n", config)) == [("production-wildcard", 2)]


@pytest.mark.parametrize("glob", ["app.stub", "*.stub", "**"])
def test_rules_are_left_out_per_file(glob: str) -> None:
    assert told(run("cors null\n", Config(per_file_ignores={glob: ("null-origin",)}))) == []
    assert told(run("cors null\n", Config(per_file_ignores={glob: ("security",)}))) == []
    assert told(run("cors null\n", Config(per_file_ignores={"other/**": ("null-origin",)}))) == [("null-origin", 1)]


@pytest.mark.parametrize(
    "config",
    [
        Config(select=("nul-origin",)),
        Config(extend_select=("nul-origin",)),
        Config(ignore=("nul-origin",)),
        Config(per_file_ignores={"*": ("nul-origin",)}),
        Config(severity={"nul-origin": "low"}),
    ],
)
def test_unknown_rule_in_the_configuration_is_an_error(config: Config) -> None:
    with pytest.raises(PageError, match="there is no rule or group 'nul-origin'; did you mean 'null-origin'"):
        run("cors null\n", config)


def test_long_lines_take_no_long_time() -> None:
    start = time.perf_counter()
    run(
        "cors null\n"
        + "x" * 2_000_000
        + "\n# corslint: ignore[null-origin] -- "
        + " " * 1_000_000
        + "x\n# corslint:"
        + "#" * 500_000
    )
    assert time.perf_counter() - start < 30
