"""The frames people read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import PLAIN, REFUSED, at, finding, labelled, policy, report

from corslint.browser import Response, Verdict
from corslint.environment import Environment
from corslint.finding import Finding, Label, Proof, Report, Severity, Unread
from corslint.output import Options, text
from corslint.policy import Scope
from corslint.source import Source
from corslint.values import Condition


def lines(made: Report, options: Options = PLAIN) -> list[str]:
    return list(text.render(made, options))


def framed(one: Finding) -> list[str]:
    """The lines between the title and the lines that begin with `=`."""
    shown = lines(report(one))[1:]
    return shown[: next(index for index, line in enumerate(shown) if line.lstrip().startswith("="))]


def test_a_finding_with_two_labels_is_shown_as_the_contract_says() -> None:
    assert lines(report(finding())) == [
        "error[any-origin-with-credentials]: any website can read this API with the visitor's cookies",
        " --> app/main.py:5:5",
        "  |",
        '5 |     allow_origins=["*"],',
        "  |     ^^^^^^^^^^^^^^^^^^^ every origin is allowed",
        "6 |     allow_credentials=True,",
        "  |     ---------------------- and cookies are allowed with it",
        "  |",
        "  = policy: CORSMiddleware on `app` (Starlette 1.10), production",
        "  = proof: Origin: https://evil.example -> Access-Control-Allow-Origin: https://evil.example, "
        "Allow-Credentials: true",
        '  = help: name the origins you trust: allow_origins=["https://app.example.com"]',
        "  = more: corslint explain any-origin-with-credentials",
        "",
        "1 policy in 1 file. 1 finding (1 high).",
    ]


def test_the_word_is_error_for_high_warning_for_medium_and_low_note_for_info() -> None:
    titles = [lines(report(finding(severity=severity)))[0].split("[")[0] for severity in Severity]
    assert titles == ["note", "warning", "warning", "error"]


def test_labels_in_two_files_are_shown_file_by_file_and_the_numbers_share_one_gutter() -> None:
    settings = Source("app/settings.py", "\n" * 11 + 'ORIGINS = ["*"]\n')
    one = finding(
        [
            Label(at('["*"]', settings), "the list comes from here"),
            Label(at('allow_origins=["*"]'), "every origin", True),
        ]
    )
    assert framed(one) == [
        "  --> app/main.py:5:5",
        "   |",
        ' 5 |     allow_origins=["*"],',
        "   |     ^^^^^^^^^^^^^^^^^^^ every origin",
        "   |",
        "  ::: app/settings.py:12:11",
        "   |",
        '12 | ORIGINS = ["*"]',
        "   |           ----- the list comes from here",
        "   |",
    ]


def test_one_line_between_two_labels_is_shown_and_more_are_left_out() -> None:
    source = Source("a.conf", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")
    one = finding(
        [Label(at("one", source), "a", True), Label(at("three", source), "b"), Label(at("seven", source), "c")]
    )
    assert framed(one) == [
        " --> a.conf:1:1",
        "  |",
        "1 | one",
        "  | ^^^ a",
        "2 | two",
        "3 | three",
        "  | ----- b",
        "...",
        "7 | seven",
        "  | ----- c",
        "  |",
    ]


def test_two_labels_on_one_line_get_a_line_each() -> None:
    source = Source("a.py", "CORS(app, origins='*', supports_credentials=True)\n")
    one = finding([Label(at("supports_credentials=True", source), "b"), Label(at("origins='*'", source), "a", True)])
    assert framed(one)[2:-1] == [
        "1 | CORS(app, origins='*', supports_credentials=True)",
        "  |           ^^^^^^^^^^^ a",
        "  |                        ------------------------- b",
    ]


def test_the_same_label_twice_is_shown_once() -> None:
    label = Label(at('allow_origins=["*"]'), "every origin is allowed", primary=True)
    assert len(framed(finding([label, label]))) == 5


def test_a_label_over_several_lines_is_marked_on_the_first_and_says_that_it_goes_on() -> None:
    one = labelled("add_header X (\n  1\n);\nend\n", "add_header X (\n  1\n);", "this")
    assert framed(one)[2:-1] == ["1 | add_header X (", "  | ^^^^^^^^^^^^^^... this"]


def test_a_label_that_takes_in_the_line_end_does_not_go_on() -> None:
    assert framed(labelled("one\ntwo\n", "one\n"))[2:-1] == ["1 | one", "  | ^^^ here"]


def test_an_empty_place_gets_one_caret() -> None:
    source = Source("a.py", "f()\n")
    one = finding([Label(source.span(2, 2), "an argument is missing here", True)])
    assert framed(one)[2:-1] == ["1 | f()", "  |   ^ an argument is missing here"]


def test_the_end_of_a_file_can_be_marked() -> None:
    source = Source("a.conf", "server {\n")
    one = finding([Label(source.span(9, 9), "the brace is never closed", True)])
    assert framed(one)[2:-1] == ["2 |", "  | ^ the brace is never closed"]


def test_a_label_without_words_is_only_underlined() -> None:
    assert framed(labelled("abc\n", "b", ""))[3] == "  |  ^"


@pytest.mark.parametrize(
    ("source", "shown", "underlined"),
    [
        ("\tadd_header X;\n", "1 |     add_header X;", "  |                ^ here"),
        ("a\tX\n", "1 | a    X", "  |      ^ here"),
        ("'日本語', X\n", "1 | '日本語', X", "  |           ^ here"),
        ("'e\u0301', X\n", "1 | 'e\u0301', X", "  |      ^ here"),
        ("'\u200b', X\n", "1 | '\\u200b', X", "  |           ^ here"),
        ("'\u3000', X\n", "1 | '\u3000', X", "  |       ^ here"),
    ],
    ids=["tab first", "tab inside", "wide", "combining", "zero width", "ideographic space"],
)
def test_the_mark_stands_under_what_it_marks(source: str, shown: str, underlined: str) -> None:
    assert framed(labelled(source, "X"))[2:4] == [shown, underlined]


def test_wide_characters_are_underlined_in_their_full_width() -> None:
    assert framed(labelled("x = '日本'\n", "'日本'"))[3] == "  |     ^^^^^^ here"


def test_windows_line_endings_do_not_show() -> None:
    assert framed(labelled("one\r\ntwo X\r\n", "X"))[2:-1] == ["2 | two X", "  |     ^ here"]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("\x07", "\\x07"),
        ("\u202e", "\\u202e"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\x7f", "\\x7f"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_a_scanned_file_cannot_write_to_the_terminal(hostile: str, shown: str) -> None:
    source = Source(f"{hostile}.py", f"# {hostile} X\n")
    one = finding(
        [
            Label(at("X", source), f"label {hostile}", True, "value"),
            Label(at("#", source), f"step {hostile}", role="step"),
        ],
        message=f"message {hostile}",
        help=f"help {hostile}",
        policy=policy(name=f"name {hostile}", version=hostile),
        proof=Proof(
            REFUSED.request,
            None,
            Response(200, (("Access-Control-Allow-Origin", f"header {hostile}"),)),
            REFUSED.verdict,
        ),
        conditions=(Condition(hostile, "is set"),),
        reason=f"reason {hostile}",
    )
    made = report(one, ignored=(one,), unread=(Unread(f"{hostile}.conf", f"reason {hostile}"),))
    everything = "\n".join(lines(made, Options(verbose=True)))
    assert hostile not in everything
    assert everything.count(shown) == 14


def test_a_line_break_in_a_message_cannot_forge_a_line() -> None:
    shown = lines(report(finding(message="one\nerror[x]: two", help="three\r\nfour")))
    assert shown[0] == "error[any-origin-with-credentials]: one\\nerror[x]: two"
    assert "  = help: three\\r\\nfour" in shown


def test_a_very_long_line_is_cut_around_the_label() -> None:
    one = labelled("a" * 50_000 + "MARK" + "b" * 50_000 + "\n", "MARK")
    shown = framed(one)
    assert shown[2] == "1 | ..." + "a" * 40 + "MARK" + "b" * 116 + "..."
    assert shown[3] == "  | " + " " * 43 + "^^^^ here"


def test_the_end_of_a_very_long_line_is_shown_whole() -> None:
    one = labelled("a" * 1000 + "MARK\n", "MARK")
    assert framed(one)[2:4] == ["1 | ..." + "a" * 156 + "MARK", "  | " + " " * 159 + "^^^^ here"]


def test_a_label_longer_than_what_is_shown_of_a_line_ends_with_it() -> None:
    one = labelled("x = " + "M" * 1000 + "\n", "M" * 1000)
    assert framed(one)[2:4] == ["1 | x = " + "M" * 156 + "...", "  |     " + "^" * 156 + " here"]


def test_labels_far_apart_on_a_very_long_line_show_it_twice() -> None:
    source = Source("a.js", "A" + "." * 1000 + "B" + "." * 1000 + "\n")
    shown = framed(finding([Label(at("A", source), "a", True), Label(at("B", source), "b")]))[2:-1]
    assert [line[:10] for line in shown] == ["1 | A.....", "  | ^ a", "1 | ......", "  |       "]
    assert shown[3].endswith(" - b")
    assert shown[2][shown[3].index("-")] == "B"


@given(st.text(st.characters() | st.sampled_from("\t\r\n日\x1b\u0301")), st.data())
def test_any_places_in_any_text_can_be_shown(content: str, data: st.DataObject) -> None:
    source = Source("a.py", content)
    places = []
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        places.append(source.span(start, data.draw(st.integers(start, len(content)))))
    labels = [Label(span, f"label {number}", primary=number == 0) for number, span in enumerate(places)]
    shown = framed(finding(labels))
    for line in shown:
        assert all(character.isprintable() or unicodedata.category(character) == "Zs" for character in line)
        assert re.match(r" *(\d* \||-->|:::|\.\.\.)", line)
    if content:
        assert sorted(found for line in shown for found in re.findall(r"label \d$", line)) == [
            f"label {number}" for number in range(len(labels))
        ]


def test_a_very_long_message_is_cut() -> None:
    title = lines(report(finding(message="m" * 5000)))[0]
    assert title == f"error[any-origin-with-credentials]: {'m' * 1000}..."


def test_a_file_without_text_is_only_named() -> None:
    one = finding([Label(Source("deploy/site.conf", "").span(0, 0), "", True)], policy=None, proof=None)
    assert framed(one) == [" --> deploy/site.conf"]


def test_lesser_rules_are_named() -> None:
    one = finding(also=("null-origin", "insecure-origin"))
    assert "  = also: null-origin, insecure-origin" in lines(report(one))


def test_conditions_are_said_by_the_message_and_not_again() -> None:
    one = finding(conditions=(Condition("DEBUG", "is true"),), message="every website can read when DEBUG is true")
    assert sum("DEBUG" in line for line in lines(report(one))) == 1


SETTINGS = Source("app/settings.py", "class Settings:\n    debug = False\n\n    cors_origins = ['*']\n")
DEPENDENCIES = Source("app/deps.py", "".join(f"name{number} = 1\n" for number in range(9)))


def across_files(steps: int) -> Finding:
    """A value that a setting in another file uses, with so many steps between."""
    between = [DEPENDENCIES.span(10 * number, 10 * number + 5) for number in range(steps)]
    told = "`['*']`: default of Settings.cors_origins, app/settings.py:4; CORS_ORIGINS overrides it"
    return finding(
        [
            Label(at("['*']", SETTINGS), "every origin is allowed", True, "value"),
            Label(at('allow_origins=["*"]'), told, role="use"),
            Label(at("allow_credentials=True"), "and cookies are allowed with it"),
            *(Label(span, f"`{span.text}`", role="step") for span in between),
        ]
    )


def test_a_value_from_another_file_is_shown_where_it_stands_and_where_it_is_used() -> None:
    assert framed(across_files(0)) == [
        " --> app/settings.py:4:20",
        "  |",
        "4 |     cors_origins = ['*']",
        "  |                    ^^^^^ every origin is allowed",
        "  |",
        " ::: app/main.py:5:5",
        "  |",
        '5 |     allow_origins=["*"],',
        "  |     ------------------- `['*']`: default of Settings.cors_origins, app/settings.py:4; "
        "CORS_ORIGINS overrides it",
        "6 |     allow_credentials=True,",
        "  |     ---------------------- and cookies are allowed with it",
        "  |",
    ]


def test_steps_between_are_one_line_below_the_frames() -> None:
    shown = lines(report(across_files(2)))
    assert "  = via: `name0` (app/deps.py:1), `name1` (app/deps.py:2)" in shown
    assert framed(across_files(2)) == framed(across_files(0))


def test_many_steps_are_cut() -> None:
    (line,) = (line for line in lines(report(across_files(8))) if "via:" in line)
    assert line.endswith("`name4` (app/deps.py:5) and 3 more")


def test_a_value_that_stands_in_its_setting_has_no_line_on_the_way() -> None:
    assert not any("via:" in line for line in lines(report(finding())))


def test_a_policy_for_a_part_of_the_site_says_which() -> None:
    shown = lines(report(finding(policy=policy(scope=Scope("location /api/"), version=None))))
    assert "  = policy: CORSMiddleware on `app` (Starlette), location /api/, production" in shown


def test_the_part_of_the_site_is_not_said_twice() -> None:
    named = policy(name="location /api/", scope=Scope("location /api/"), product="nginx", version=None)
    assert "  = policy: location /api/ (nginx), production" in lines(report(finding(policy=named)))


def test_what_marks_the_environment_is_told_unless_it_is_the_condition_of_the_finding() -> None:
    marked = policy(environment=Environment("development", "DEBUG = True, line 12", marked=True), version=None)
    expected = "  = policy: CORSMiddleware on `app` (Starlette), development"
    assert f"{expected} (DEBUG = True, line 12)" in lines(report(finding(policy=marked)))
    assert expected in lines(report(finding(policy=replace(marked, conditions=(Condition("DEBUG", "is true"),)))))


ASKED = "PUT with Origin: https://app.example.com, x-token: 1"


@pytest.mark.parametrize(
    ("error", "preflight", "response", "shown"),
    [
        (
            "PreflightInvalidStatus",
            Response(405),
            Response(200, (("Access-Control-Allow-Origin", "*"),)),
            "preflight answered 405, no Access-Control-Allow-Origin",
        ),
        (
            "MethodDisallowedByPreflightResponse",
            Response(204, (("Access-Control-Allow-Origin", "*"), ("access-control-allow-methods", "GET, POST"))),
            Response(200),
            "preflight answered 204, Access-Control-Allow-Methods: GET, POST",
        ),
        (
            "HeaderDisallowedByPreflightResponse",
            Response(204, (("Access-Control-Allow-Origin", "*"),)),
            Response(200),
            "preflight answered 204, no Access-Control-Allow-Headers",
        ),
        (
            "MultipleAllowOriginValues",
            Response(204),
            Response(200, (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Origin", "https://b.example"))),
            "200, Access-Control-Allow-Origin: *, Allow-Origin: https://b.example",
        ),
        ("WildcardOriginNotAllowed", None, Response(500), "500, no Access-Control-Allow-Origin"),
    ],
)
def test_a_refused_request_is_proved_by_the_answer_that_stops_it(
    error: str, preflight: Response | None, response: Response, shown: str
) -> None:
    proof = Proof(REFUSED.request, preflight, response, replace(REFUSED.verdict, error=error))
    assert f"  = proof: {ASKED} -> {shown}; the browser refuses it ({error})" in lines(report(finding(proof=proof)))


def test_a_proof_shows_only_the_headers_that_decide() -> None:
    headers = (
        ("Vary", "Origin"),
        ("Access-Control-Max-Age", "600"),
        ("access-control-allow-origin", "*"),
        ("Access-Control-Expose-Headers", "x"),
    )
    proof = Proof(REFUSED.request, Response(200), Response(200, headers), Verdict(True, True, ()))
    assert f"  = proof: {ASKED} -> Access-Control-Allow-Origin: *" in lines(report(finding(proof=proof)))


def test_nothing_found_names_the_policies_that_were_judged() -> None:
    four = tuple(policy(span=Source(path, "x").span(0, 1)) for path in ("a.py", "a.py", "b.py", "c.conf"))
    assert lines(report(policies=four)) == ["No problems in 4 policies (3 files)."]


def test_no_settings_says_what_was_looked_for() -> None:
    assert lines(report(policies=(), files=212)) == [
        "No CORS settings found in 212 files (looked for: Python, nginx, YAML)."
    ]


def test_what_is_ignored_is_counted_even_if_nothing_else_is_found() -> None:
    ignored = finding(status="ignored", reason="sandboxed preview")
    assert lines(report(ignored=(ignored,))) == ["No problems in 1 policy (1 file), 1 ignored."]


def test_findings_are_counted_by_severity() -> None:
    made = report(
        finding(),
        finding(severity=Severity.LOW),
        finding(severity=Severity.LOW),
        ignored=(finding(),),
        baselined=(finding(), finding()),
    )
    assert lines(made)[-1] == "1 policy in 1 file. 3 findings (1 high, 2 low), 1 ignored, 2 in the baseline."


def test_one_unread_file_is_told_in_one_line() -> None:
    template = Source("deploy/nginx.conf.j2", "\n" * 11 + "{% if x %}\n")
    made = report(unread=(Unread(template.path, "template tag inside a block", at("{%", template)),))
    assert lines(made)[-1] == (
        "note: 1 file was not read whole: deploy/nginx.conf.j2 (template tag inside a block, line 12)"
    )


def test_several_unread_files_are_listed() -> None:
    made = report(unread=(Unread("a.py", "is a binary file"), Unread("b.py", "cannot be opened: permission denied")))
    assert lines(made)[-3:] == [
        "note: 2 files were not read whole:",
        "  a.py (is a binary file)",
        "  b.py (cannot be opened: permission denied)",
    ]


def test_quiet_shows_findings_only() -> None:
    made = report(finding(), unread=(Unread("a.py", "is a binary file"),))
    assert lines(made, Options(quiet=True))[-2:] == ["  = more: corslint explain any-origin-with-credentials", ""]
    assert lines(report(), Options(quiet=True)) == []


def test_verbose_says_what_is_ignored_and_why() -> None:
    made = report(ignored=(finding(status="ignored", reason="see ADR-12"), finding(status="ignored")))
    assert lines(made, Options(verbose=True))[:3] == [
        "ignored: any-origin-with-credentials at app/main.py:5:5: see ADR-12",
        "ignored: any-origin-with-credentials at app/main.py:5:5",
        "",
    ]


def test_statistics_count_instead_of_showing() -> None:
    low = finding(rule="missing-vary", severity=Severity.LOW)
    assert lines(report(low, finding(), low, *[finding()] * 9), Options(statistics=True)) == [
        "10  high    any-origin-with-credentials",
        " 2  low     missing-vary",
        "",
        "1 policy in 1 file. 12 findings (10 high, 2 low).",
    ]


def test_colours_are_only_used_when_asked_for() -> None:
    assert not any("\x1b" in line for line in lines(report(finding())))
    coloured = lines(report(finding()), Options(color=True))
    assert coloured[0].startswith("\x1b[1;31merror[any-origin-with-credentials]\x1b[0m")


def test_without_its_colours_a_coloured_report_is_the_plain_one() -> None:
    coloured = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines(report(finding()), Options(color=True))]
    assert coloured == lines(report(finding()))


def test_the_report_of_a_hostile_file_stays_small() -> None:
    source = Source("a.py", "x" * 4_000_000 + "MARK" + "\n" * 100_000)
    one = finding([Label(at("MARK", source), "m" * 1_000_000, True)])
    assert sum(map(len, lines(report(one)))) < 5_000


ENV = "DB_PASSWORD=hunter2\nCORS_ORIGINS=*\nSECRET_KEY=hunter3\nCORS_CREDENTIALS=true\nTOKEN=hunter4\n"


@pytest.mark.parametrize(
    "path",
    [".env", "app/.env.production", "prod.env", "docker-compose.yml", "Dockerfile", "Procfile", "k8s/secrets.yaml"],
)
def test_nothing_but_the_variable_in_question_is_shown_of_a_file_with_passwords(path: str) -> None:
    source = Source(path, ENV)
    one = finding([Label(at("*", source), "every origin", True), Label(at("true", source), "and cookies")])
    assert framed(one)[2:-1] == [
        "2 | CORS_ORIGINS=*",
        "  |              ^ every origin",
        "...",
        "4 | CORS_CREDENTIALS=true",
        "  |                  ---- and cookies",
    ]


@pytest.mark.parametrize(
    ("line", "shown", "underlined"),
    [
        (
            'environment: {DB_PASSWORD: hunter2, CORS_ORIGINS: "*", TOKEN: hunter3}',
            '1 | ...CORS_ORIGINS: "*", ...',
            "  |                   ^ here",
        ),
        ("ENV A=hunter2 CORS_ORIGINS=* TOKEN=hunter3", "1 | ...CORS_ORIGINS=* ...", "  |                 ^ here"),
        ("  - CORS_ORIGINS=*", "1 |   - CORS_ORIGINS=*", "  |                  ^ here"),
        ("export CORS_ORIGINS='*'  # hunter2", "1 | export CORS_ORIGINS='*'  ...", "  |                      ^ here"),
        ("hunter2 * hunter3", "1 | ...* ...", "  |    ^ here"),
    ],
)
def test_the_rest_of_the_line_stays_hidden(line: str, shown: str, underlined: str) -> None:
    assert framed(labelled(line + "\n", "*", path="docker-compose.yml"))[2:4] == [shown, underlined]


def test_two_variables_on_one_line_are_shown_one_by_one() -> None:
    source = Source("Dockerfile", "ENV A=* B=hunter2 C=true\n")
    one = finding([Label(at("*", source), "a", True), Label(at("true", source), "c")])
    assert framed(one)[2:-1] == ["1 | ENV A=* ...", "  |       ^ a", "1 | ...C=true", "  |      ---- c"]


def test_a_very_long_value_of_a_variable_is_cut() -> None:
    shown = framed(labelled("CORS_ORIGINS=" + "M" * 5000 + "\n", "M" * 5000, path=".env"))
    assert shown[2] == "1 | CORS_ORIGINS=" + "M" * 160 + "..."
    assert shown[3] == "  |              " + "^" * 147 + " here"


@pytest.mark.parametrize("path", ["settings/env.py", "secrets.py", "environment.yaml", "deploy/nginx.conf"])
def test_of_other_files_the_lines_around_are_shown(path: str) -> None:
    source = Source(path, ENV)
    one = finding([Label(at("*", source), "every origin", True), Label(at("true", source), "and cookies")])
    assert "3 | SECRET_KEY=hunter3" in framed(one)


def test_of_a_manifest_that_a_value_comes_from_the_lines_around_are_not_shown() -> None:
    source = Source("k8s/api.yaml", ENV)
    one = finding([Label(at("*", source), "every origin", True, "value"), Label(at("true", source), "and cookies")])
    assert not any("hunter" in line for line in framed(one))
