"""`corslint check`: options, exit codes, where things are printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from command_line import Done, Run, write

BAD = "allow null\n"
"""One finding of medium severity: null-origin."""
GOOD = "allow https://app.example.com\n"


def rules(out: str) -> list[tuple[str, str]]:
    """The path and rule of each finding of a JSON report that is reported."""
    return [
        (one["location"]["path"], one["rule"]) for one in json.loads(out)["findings"] if one["status"] == "reported"
    ]


class TestExitCodes:
    """The same in every format."""

    @pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github"])
    @pytest.mark.parametrize(
        ("text", "options", "code"),
        [
            (GOOD, (), 0),
            (BAD, (), 1),
            ("nothing of interest\n", (), 0),
            ("nothing of interest\n", ("--require-policies",), 3),
            (GOOD, ("--require-policies",), 0),
            ("broken\n", (), 3),
            ("broken\n", ("--strict",), 1),
            ("broken\n", ("--strict", "--exit-zero"), 0),
            ("broken\n", ("--exit-zero",), 3),
            ("broken\n", ("--fail-on", "never"), 3),
            ("broken\n" + BAD, (), 1),
            ("broken\n" + BAD, ("--exit-zero",), 3),
            ("broken\n" + GOOD, (), 3),
            (BAD, ("--exit-zero",), 0),
            (BAD, ("--fail-on", "medium"), 1),
            (BAD, ("--fail-on", "high"), 0),
            (BAD, ("--fail-on", "never"), 0),
            (BAD, ("--min-severity", "high"), 0),
            (BAD, ("--ignore", "null-origin"), 0),
            (BAD, ("--select", "missing-vary"), 0),
            ("crash\n", (), 4),
            ("crash\n" + BAD, (), 4),
            ("crash\n", ("--exit-zero",), 4),
        ],
    )
    def test_a_run_ends_with(self, run: Run, form: str, text: str, options: tuple[str, ...], code: int) -> None:
        write("a.stub", text)
        assert run("check", "--format", form, *options).code == code

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("check", "nope.stub"), "nope.stub: no such file or folder"),
            (("check", "--bogus"), "No such option"),
            (("check", "--fail-on", "worst"), "'worst' is not one of"),
            (
                ("check", "--select", "nul-origin"),
                "there is no rule or group 'nul-origin' (did you mean 'null-origin'?)",
            ),
            (("check", "--ignore", "null-origin,missing-vry"), "there is no rule or group 'missing-vry'"),
            (("check", "--extend-select", "securty"), "(did you mean 'security'?)"),
            (("check", "--per-file-ignores", "tests"), "'tests' is not of the form GLOB:RULE"),
            (("check", "--per-file-ignores", "a:nope"), "there is no rule or group 'nope'"),
            (("check", "--server", "stab=x"), "there is no server 'stab' (did you mean 'stub'?)"),
            (("check", "--server", "stub"), "'stub' is not of the form NAME=GLOB"),
            (("check", "--framework", "starlette"), "'starlette' is not of the form NAME=VERSION"),
            (("check", "--framework", "starlete=1.0"), "there is no product 'starlete' (did you mean 'starlette'?)"),
            (("policies", "--framework", "rails=8"), "there is no product 'rails' (there are starlette, fastapi, "),
            (("check", "--framework", "starlette=latest"), "'latest' is not a version such as 1.10"),
            (("check", "--report", "sarif"), "'sarif' is not of the form FORMAT=FILE"),
            (("check", "--report", "serif=x"), "there is no format 'serif' (did you mean 'sarif'?)"),
            (
                ("check", "--report", "json=no/such/folder/x"),
                "cannot write no/such/folder/x: No such file or directory",
            ),
            (("check", "--format", "xml"), "'xml' is not one of"),
            (("check", "--environment", "moon"), "'moon' is not one of"),
            (("check", "-"), "`-` needs --stdin-filename"),
            (("check", "-", "a.stub", "--stdin-filename", "b.stub"), "cannot be given together"),
            (("check", "--stdin-filename", "b.stub"), "the path must be `-`"),
            (("check", "--statistics", "--format", "json"), "it does not go with --format json"),
            (("check", "--config", "nope.toml"), "nope.toml: cannot be read: No such file or directory"),
            (("check", "--config", "corslint.toml", "--isolated"), "--config and --isolated exclude each other"),
        ],
    )
    def test_a_wrong_call_ends_with_2_and_one_line(self, run: Run, arguments: tuple[str, ...], said: str) -> None:
        done = run(*arguments)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("corslint: error: ")
        assert said in done.err
        assert done.err.count("\n") == 1

    def test_a_wrong_configuration_ends_with_2_and_the_line(self, run: Run) -> None:
        write("corslint.toml", "\nignroe = []\n")
        assert run("check") == Done(
            2, "", "corslint: error: corslint.toml:2: unknown key 'ignroe' (did you mean 'ignore'?)\n"
        )

    def test_an_unknown_rule_in_the_configuration_ends_with_2(self, run: Run) -> None:
        write("corslint.toml", 'ignore = ["nul-origin"]\n')
        done = run("check")
        assert done.code == 2
        assert "`ignore` names the unknown rule 'nul-origin' (did you mean 'null-origin'?)" in done.err

    def test_one_missing_path_stops_the_run_even_if_others_exist(self, run: Run) -> None:
        write("a.stub", BAD)
        assert run("check", "a.stub", "nope").code == 2

    @pytest.mark.parametrize(
        "accept",
        [
            ("--ignore", "unreadable-input"),
            ("--per-file-ignores", "a.stub:unreadable-input"),
        ],
    )
    def test_a_file_that_somebody_knows_is_not_read_leaves_the_run_complete(
        self, run: Run, accept: tuple[str, ...]
    ) -> None:
        write("a.stub", "broken\n")
        done = run("check", *accept)
        assert done.code == 0
        assert "note: 1 file was not read whole: a.stub" in done.out

    def test_a_comment_can_accept_it_too(self, run: Run) -> None:
        write("a.stub", "broken # corslint: ignore[unreadable-input] -- generated\n")
        assert run("check").code == 0

    def test_a_whole_group_ignored_does_not_hide_that_a_file_was_not_read(self, run: Run) -> None:
        write("a.stub", "broken\n")
        assert run("check", "--ignore", "ALL").code == 3
        assert run("check", "--select", "null-origin").code == 3


class TestFaults:
    """What corslint does about its own mistakes."""

    def test_a_crash_is_told_apart_from_the_report_and_the_rest_goes_on(self, run: Run) -> None:
        write("a.stub", "crash\n")
        write("b.stub", BAD)
        done = run("check", "--format", "concise")
        assert done.lines[0].startswith("b.stub:1:7: warning[null-origin]")
        assert "corslint: error: corslint itself failed, stub reading a.stub: ZeroDivisionError" in done.err
        assert "Please report it" in done.err
        assert "Traceback" not in done.err

    def test_verbose_adds_what_we_need_to_mend_it(self, run: Run) -> None:
        write("a.stub", "crash\n")
        assert "Traceback (most recent call last)" in run("check", "-v").err

    def test_a_fault_outside_the_engine_is_told_with_its_traceback(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from corslint import engine

        def fail(*_: object, **__: object) -> None:
            raise RecursionError("too deep")

        monkeypatch.setattr(engine, "run", fail)
        done = run("check")
        assert done.code == 4
        assert "corslint: error: corslint itself failed: RecursionError: too deep" in done.err

    def test_an_interrupt_ends_quietly(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        from corslint import engine

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(engine, "run", interrupt)
        done = run("check")
        assert (done.code, done.out, done.err.strip()) == (130, "", "")


class TestPaths:
    """What is looked at."""

    def test_the_working_directory_is_the_default(self, run: Run) -> None:
        write("deep/a.stub", BAD)
        assert rules(run("check", "--format", "json").out) == [("deep/a.stub", "null-origin")]

    def test_nothing_found_says_what_was_looked_for(self, run: Run) -> None:
        write("a.txt", "x")
        assert run("check").out == "No CORS settings found in 1 file (looked for: stub files).\n"

    def test_standard_input_goes_by_the_name_it_is_given(self, run: Run) -> None:
        done = run("check", "-", "--stdin-filename", "app/x.stub", "--format", "concise", stdin=BAD.encode())
        assert done.code == 1
        assert done.lines[0].startswith("app/x.stub:1:7: warning[null-origin]")

    def test_an_absolute_name_for_standard_input_is_shown_relative(self, run: Run, folder: Path) -> None:
        done = run("check", "-", "--stdin-filename", f"{folder}/x.stub", "--format", "json", stdin=BAD.encode())
        assert rules(done.out) == [("x.stub", "null-origin")]

    def test_standard_input_finds_the_configuration_of_its_name(self, run: Run) -> None:
        write("app/corslint.toml", 'ignore = ["null-origin"]\n')
        assert run("check", "-", "--stdin-filename", "app/x.stub", stdin=BAD.encode()).code == 0
        assert run("check", "-", "--stdin-filename", "x.stub", stdin=BAD.encode()).code == 1

    def test_excluded_files_are_left_out(self, run: Run) -> None:
        write("a/x.stub", BAD)
        write("b/x.stub", BAD)
        assert rules(run("check", "--extend-exclude", "a", "--format", "json").out) == [("b/x.stub", "null-origin")]
        assert rules(run("check", "--exclude", "b/*", "--format", "json").out) == [("a/x.stub", "null-origin")]

    def test_a_named_file_is_read_though_excluded_unless_forced(self, run: Run) -> None:
        write("a/x.stub", BAD)
        assert run("check", "--exclude", "a", "a/x.stub").code == 1
        assert run("check", "--exclude", "a", "--force-exclude", "a/x.stub").code == 0

    def test_exclude_replaces_what_is_configured_and_extend_exclude_adds(self, run: Run) -> None:
        write("corslint.toml", 'exclude = ["a"]\n')
        write("a/x.stub", BAD)
        assert run("check").code == 0
        assert run("check", "--extend-exclude", "b").code == 0
        assert run("check", "--exclude", "b").code == 1

    def test_files_can_be_given_to_a_server(self, run: Run) -> None:
        write("ops/x.tpl", BAD)
        assert run("check").code == 0
        assert rules(run("check", "--server", "stub=ops/*.tpl", "--format", "json").out) == [
            ("ops/x.tpl", "null-origin")
        ]


class TestRules:
    """Which rules speak."""

    def test_select_on_the_command_line_is_all_that_is_selected(self, run: Run) -> None:
        write("corslint.toml", 'ignore = ["null-origin"]\nextend-select = ["hygiene"]\n')
        write("a.stub", BAD)
        assert run("check").code == 0
        assert run("check", "--select", "null-origin").code == 1

    def test_ignore_on_the_command_line_adds_to_the_configured(self, run: Run) -> None:
        write("corslint.toml", 'ignore = ["missing-vary"]\n')
        write("a.stub", BAD)
        assert run("check", "--ignore", "null-origin").code == 0

    def test_a_group_can_be_named_and_a_list_given(self, run: Run) -> None:
        write("a.stub", BAD)
        assert run("check", "--select", "correctness, security").code == 1
        assert run("check", "--select", "correctness", "--select", "hygiene").code == 0

    def test_rules_can_be_ignored_per_file(self, run: Run) -> None:
        write("tests/a.stub", BAD)
        write("b.stub", BAD)
        done = run("check", "--per-file-ignores", "tests/**:missing-vary,null-origin", "--format", "json")
        assert rules(done.out) == [("b.stub", "null-origin")]

    def test_the_environment_can_be_told(self, run: Run) -> None:
        write("tests/a.stub", BAD)
        one = json.loads(run("check", "--environment", "production", "--format", "json").out)["findings"][0]
        assert one["environment"] == "production"

    def test_ignore_comments_are_heeded_unless_told_not_to(self, run: Run) -> None:
        write("a.stub", "allow null  # corslint: ignore[null-origin] -- sandboxed preview\n")
        done = run("check")
        assert (done.code, done.out) == (0, "No problems in 1 policy (1 file), 1 ignored.\n")
        assert run("check", "--no-ignores").code == 1

    def test_verbose_shows_what_is_ignored_and_which_configuration_holds(self, run: Run) -> None:
        write("corslint.toml", "")
        write("a.stub", "allow null  # corslint: ignore[null-origin] -- sandboxed preview\n")
        done = run("check", "-v")
        assert done.lines[0] == "ignored: null-origin at a.stub:1:7: sandboxed preview"
        assert done.err == "corslint: configuration: corslint.toml\n"
        assert run("check", "-v", "--isolated").err == "corslint: configuration: none found\n"


class TestOutput:
    """Where it goes and how it looks."""

    def test_text_is_the_default_and_shows_the_frame(self, run: Run) -> None:
        write("a.stub", BAD)
        done = run("check")
        assert done.lines[0].startswith("warning[null-origin]: ")
        assert done.lines[1:4] == [" --> a.stub:1:7", "  |", "1 | allow null"]
        assert done.lines[-1] == "1 policy in 1 file. 1 finding (1 medium)."
        assert done.err == ""

    def test_reports_are_written_besides(self, run: Run) -> None:
        write("a.stub", BAD)
        done = run("check", "--report", "sarif=out.sarif", "--report", "json=out.json", "--color", "always")
        assert done.code == 1
        assert "\x1b[" in done.out
        assert json.loads(Path("out.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "null-origin"
        assert rules(Path("out.json").read_text()) == [("a.stub", "null-origin")]

    def test_sarif_carries_every_rule_and_the_exit_code(self, run: Run) -> None:
        write("a.stub", "broken\n")
        log = json.loads(run("check", "--format", "sarif").out)["runs"][0]
        assert log["invocations"][0]["exitCode"] == 3
        assert log["invocations"][0]["executionSuccessful"] is False
        assert "null-origin" in [one["id"] for one in log["tool"]["driver"]["rules"]]

    def test_the_format_can_come_from_the_environment(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.stub", BAD)
        monkeypatch.setenv("CORSLINT_FORMAT", "concise")
        assert run("check").lines[0].startswith("a.stub:1:7: ")
        assert run("check", "--format", "json").out.startswith("{")

    def test_the_runner_of_a_workflow_does_not_change_the_format(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("a.stub", BAD)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        assert run("check").lines[0].startswith("warning[null-origin]: ")

    def test_statistics_count(self, run: Run) -> None:
        write("a.stub", BAD)
        write("b.stub", BAD)
        assert run("check", "--statistics", "--select", "null-origin").lines[0] == "2  medium  null-origin"

    def test_quiet_says_nothing_where_nothing_is_wrong(self, run: Run) -> None:
        write("a.stub", GOOD)
        assert run("check", "-q").out == ""
        assert run("-q", "check").out == ""

    @pytest.mark.parametrize(
        ("variables", "option", "coloured"),
        [
            ({}, "auto", False),
            ({}, "always", True),
            ({}, "never", False),
            ({"FORCE_COLOR": "1"}, "auto", True),
            ({"NO_COLOR": "1"}, "auto", False),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
            ({"NO_COLOR": "1"}, "always", True),
            ({"FORCE_COLOR": "1"}, "never", False),
        ],
    )
    def test_colours(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], option: str, coloured: bool
    ) -> None:
        write("a.stub", BAD)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert ("\x1b[" in run("check", "--color", option).out) is coloured

    def test_a_terminal_is_coloured(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.stub", BAD)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm")
        assert "\x1b[" in run("check").out
        monkeypatch.setenv("TERM", "dumb")
        assert "\x1b[" not in run("check").out
