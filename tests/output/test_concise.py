"""One line per finding."""

from __future__ import annotations

from made_reports import PLAIN, finding, labelled, report

from corslint.finding import Report, Severity, Unread
from corslint.output import Options, concise


def lines(made: Report, options: Options = PLAIN) -> list[str]:
    return list(concise.render(made, options))


def test_a_finding_is_one_line_with_its_place_first() -> None:
    assert lines(
        report(finding(), finding(severity=Severity.LOW, rule="missing-vary", message="caches mix it up"))
    ) == [
        "app/main.py:5:5: error[any-origin-with-credentials] any website can read this API with the visitor's cookies",
        "app/main.py:5:5: warning[missing-vary] caches mix it up",
        "1 policy in 1 file. 2 findings (1 high, 1 low).",
    ]


def test_what_was_not_read_is_told() -> None:
    assert lines(report(unread=(Unread("a.py", "is a binary file"),))) == [
        "No problems in 1 policy (1 file).",
        "note: 1 file was not read whole: a.py (is a binary file)",
    ]


def test_quiet_shows_findings_only() -> None:
    assert lines(report(unread=(Unread("a.py", "is a binary file"),)), Options(quiet=True)) == []


def test_a_finding_stays_one_line_whatever_it_quotes() -> None:
    shown = lines(report(finding(message="one\ntwo\x1b[2J")))
    assert shown[0].endswith("one\\ntwo\\x1b[2J")


def test_a_file_name_cannot_give_orders_to_the_runner_of_a_workflow() -> None:
    shown = lines(report(labelled("X", "X", path="::stop-commands::x.py")))
    assert shown[0].startswith("./::stop-commands::x.py:1:1: error[")
