"""Annotations of GitHub Actions."""

from __future__ import annotations

from made_reports import PLAIN, finding, labelled, report

from corslint.finding import Label, Report, Severity, Unread
from corslint.output import Options, github
from corslint.source import Source


def lines(made: Report, options: Options = PLAIN) -> list[str]:
    return list(github.render(made, options))


def test_a_finding_is_an_annotation_of_its_place() -> None:
    assert lines(report(finding())) == [
        "::error title=any-origin-with-credentials,file=app/main.py,line=5,col=5,endLine=5,endColumn=24::"
        "any website can read this API with the visitor's cookies"
        "%0Aproof: Origin: https://evil.example -> Access-Control-Allow-Origin: https://evil.example, "
        "Allow-Credentials: true"
        '%0Ahelp: name the origins you trust: allow_origins=["https://app.example.com"]'
        "%0Amore: corslint explain any-origin-with-credentials",
        "1 policy in 1 file. 1 finding (1 high).",
    ]


def test_the_command_follows_the_severity() -> None:
    commands = [lines(report(finding(severity=severity)))[0].split(" ")[0] for severity in Severity]
    assert commands == ["::notice", "::warning", "::warning", "::error"]


def test_columns_are_left_out_where_a_finding_runs_over_lines() -> None:
    source = Source("a.py", "f(\n  1,\n)\n")
    shown = lines(report(finding([Label(source.span(0, 9), "", True)])))[0]
    assert shown.startswith("::error title=any-origin-with-credentials,file=a.py,line=1,endLine=3::")


def test_characters_with_a_meaning_in_commands_are_escaped() -> None:
    one = labelled("X", "X", path="a,b:c%.py")
    shown = lines(report(finding(one.labels, message="50%\r\n::set-output name=x::y", proof=None)))[0]
    assert "file=a%2Cb%3Ac%25.py,line=1" in shown
    assert "::50%25\\r\\n::set-output name=x::y%0Ahelp:" in shown
    assert "\n" not in shown


def test_an_unread_file_is_a_warning() -> None:
    source = Source("b.conf", "\n\nX")
    made = report(unread=(Unread("a.py", "is a binary file"), Unread("b.conf", "unclosed brace", source.span(2, 3))))
    assert lines(made)[:2] == [
        "::warning title=not read,file=a.py::this file was not read: is a binary file",
        "::warning title=not read,file=b.conf,line=3::this file was not read: unclosed brace",
    ]


def test_a_clean_run_says_so_in_a_plain_line() -> None:
    assert lines(report()) == ["No problems in 1 policy (1 file)."]
    assert lines(report(), Options(quiet=True)) == []
