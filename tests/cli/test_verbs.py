"""The verbs besides `check`, the help, and what is no verb."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from command_line import Done, Run, write

from corslint import __version__, catalogue
from corslint.cli.verbs import MODULES
from corslint.config import keys, schema


class TestNoVerb:
    """A path or a misspelt verb gets what was probably meant."""

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            (".", "there is no verb '.'; did you mean `corslint check .`?"),
            ("app", "there is no verb 'app'; did you mean `corslint check app`?"),
            ("no/such.py", "there is no verb 'no/such.py'; did you mean `corslint check no/such.py`?"),
            ("main.py", "there is no verb 'main.py'; did you mean `corslint check main.py`?"),
            ("chekc", "there is no verb 'chekc' (did you mean 'check'?)"),
            ("explian", "there is no verb 'explian' (did you mean 'explain'?)"),
            ("zzz", "there is no verb 'zzz'"),
        ],
    )
    def test_a_word_that_is_no_verb(self, run: Run, word: str, said: str) -> None:
        Path("app").mkdir()
        assert run(word) == Done(2, "", f"corslint: error: {said}\n")

    def test_nothing_at_all_shows_the_help_and_ends_with_2(self, run: Run) -> None:
        done = run()
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: corslint [OPTIONS]")


class TestHelp:
    """`-h`."""

    def test_it_lists_the_verbs_in_the_order_of_their_use(self, run: Run) -> None:
        done = run("-h")
        assert done.code == 0
        listed = [line.split()[0] for line in done.out.split("Commands:\n")[1].split("\n\n")[0].splitlines() if line]
        assert [word for word in listed if word in MODULES] == [
            "check",
            "explain",
            "simulate",
            "policies",
            "rules",
            "config",
            "completions",
        ]

    @pytest.mark.parametrize("verb", MODULES)
    @pytest.mark.parametrize("columns", ["80", "100", "200"])
    def test_every_help_fits_into_100_columns(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, verb: str, columns: str
    ) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        done = run(verb, "--help")
        assert done.code == 0
        assert max(map(len, done.lines)) <= 100
        assert done.out == run(verb, "-h").out

    def test_the_options_of_check_stand_under_headings(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "100")
        headings = [line for line in run("check", "-h").lines if line.endswith(":") and not line.startswith(" ")]
        assert headings == ["Rules:", "Failing:", "Ignores:", "Files:", "Output:", "General:"]

    def test_the_version_comes_from_one_place(self, run: Run) -> None:
        assert run("-V") == Done(0, f"corslint {__version__}\n", "")
        assert run("--version").out == run("-V").out


class TestExplain:
    """The page of a rule."""

    def test_a_page_has_the_title_the_severity_and_the_sections(self, run: Run) -> None:
        done = run("explain", "null-origin")
        assert done.code == 0
        assert done.lines[0].startswith("null-origin: ")
        assert done.lines[1].startswith("security, severity medium, confidence high, since 0.1.0, CWE-942")
        assert "## Why it matters" in done.lines
        assert "Refused:" in done.lines
        assert "+++" not in done.out

    def test_a_typo_gets_a_suggestion(self, run: Run) -> None:
        assert run("explain", "nul-orgin") == Done(
            2, "", "corslint: error: there is no rule 'nul-orgin' (did you mean 'null-origin'?)\n"
        )

    def test_a_name_like_no_other_is_sent_to_the_list(self, run: Run) -> None:
        assert run("explain", "zzz").err == "corslint: error: there is no rule 'zzz', see `corslint rules`\n"

    def test_a_rule_needs_no_paths(self, run: Run) -> None:
        assert run("explain", "null-origin", ".") == Done(
            2,
            "",
            "corslint: error: null-origin is a rule, and its page needs no paths; `corslint check` looks for it\n",
        )

    def test_it_needs_something_to_explain(self, run: Run) -> None:
        assert run("explain") == Done(2, "", "corslint: error: Missing argument 'RULE|\"CONSOLE TEXT\"'.\n")

    def test_json_has_the_page_in_markdown(self, run: Run) -> None:
        made = json.loads(run("explain", "null-origin", "--format", "json").out)
        assert (made["rule"], made["group"]) == ("null-origin", "security")
        assert made["body"] == catalogue.page("null-origin").body

    def test_a_terminal_gets_a_pager(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        paged: list[str] = []
        monkeypatch.setattr("click.echo_via_pager", lambda lines: paged.extend(lines))
        assert run("explain", "null-origin").out == ""
        assert paged[0].startswith("null-origin: ")


class TestRules:
    """The list of rules."""

    def test_every_rule_is_listed_in_every_format(self, run: Run) -> None:
        for form in ("text", "json", "markdown"):
            done = run("rules", "--format", form)
            assert done.code == 0
            assert [slug for slug in catalogue.slugs() if slug not in done.out] == []

    def test_a_selection_can_be_listed(self, run: Run) -> None:
        made = json.loads(run("rules", "--select", "null-origin,hygiene", "--format", "json").out)
        groups = {one["group"] for one in made["rules"]}
        assert "null-origin" in [one["rule"] for one in made["rules"]]
        assert groups <= {"security", "hygiene"}

    def test_an_unknown_name_is_refused(self, run: Run) -> None:
        assert run("rules", "--select", "nul-origin").code == 2


class TestPolicies:
    """The inventory."""

    def test_the_policies_are_listed_without_judgement(self, run: Run) -> None:
        write("a.stub", "allow null\n")
        done = run("policies")
        assert done.code == 0
        assert done.lines[:2] == ["a.stub:1:1  allow null (Stub), production", "  origins          null"]
        assert done.lines[-1] == "1 policy in 1 file."

    def test_json_has_no_findings(self, run: Run) -> None:
        write("a.stub", "allow null\n")
        made = json.loads(run("policies", "--format", "json").out)
        assert made["policies"][0]["id"] == "a.stub#allow@1"
        assert "findings" not in made

    def test_markdown_is_a_table(self, run: Run) -> None:
        write("a.stub", "allow null\n")
        assert run("policies", "--format", "markdown").lines[2].startswith("| allow null | a.stub:1 | Stub |")

    def test_what_was_not_read_makes_the_inventory_incomplete(self, run: Run) -> None:
        write("a.stub", "broken\n")
        assert run("policies").code == 3

    def test_a_fault_ends_with_4(self, run: Run) -> None:
        write("a.stub", "crash\n")
        assert run("policies").code == 4

    def test_a_missing_path_ends_with_2(self, run: Run) -> None:
        assert run("policies", "nope") == Done(2, "", "corslint: error: nope: no such file or folder\n")


class TestConfig:
    """The configuration that holds."""

    def test_all_of_it_is_shown_as_it_would_stand_in_the_file(self, run: Run) -> None:
        import tomli

        from corslint.config import load

        write(
            "corslint.toml", 'fail-on = "high"\nextend-exclude = ["a\\"b"]\n[per-file-ignores]\n"x/*" = ["security"]\n'
        )
        before = load()
        done = run("config")
        assert done.lines[0] == "# corslint.toml"
        assert tomli.loads(done.out)["fail-on"] == "high"
        write("corslint.toml", done.out)
        assert load() == before

    def test_without_a_file_the_defaults_are_shown(self, run: Run) -> None:
        done = run("config")
        assert done.lines[0] == "# no configuration file: the defaults"
        assert 'select = ["ALL"]' in done.lines

    def test_a_key_is_explained(self, run: Run) -> None:
        write(".corslint.toml", 'fail-on = "high"\n')
        assert run("config", "fail-on").lines == [
            "The severity from which a finding makes the run fail.",
            "One of: info, low, medium, high, never",
            'Default: "low"',
            'Here: "high" (.corslint.toml)',
        ]

    @pytest.mark.parametrize("key", keys())
    def test_every_key_can_be_asked_for(self, run: Run, key: str) -> None:
        done = run("config", key)
        assert done.code == 0
        assert done.lines[-1].endswith("(no configuration file)")

    def test_an_unknown_key_gets_a_suggestion(self, run: Run) -> None:
        assert run("config", "fail_on").err == "corslint: error: there is no key 'fail_on' (did you mean 'fail-on'?)\n"

    def test_the_schema_is_printed(self, run: Run) -> None:
        assert json.loads(run("config", "--schema").out) == schema()

    def test_the_files_that_would_be_looked_at_are_listed(self, run: Run) -> None:
        for path in ("a.stub", "b/c.stub", "old/d.stub", "readme.txt", "ops/e.tpl"):
            write(path, "")
        write("corslint.toml", 'extend-exclude = ["old"]\n[servers]\nstub = ["ops/*.tpl"]\n')
        assert run("config", "--show-files").lines == ["a.stub", "b/c.stub", "ops/e.tpl"]
        assert run("config", "--show-files", "b").lines == ["b/c.stub"]
        assert run("config", "--show-files", "nope").code == 2

    def test_the_file_can_be_named_by_the_environment(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        write("ci.toml", 'fail-on = "high"\n')
        monkeypatch.setenv("CORSLINT_CONFIG", "ci.toml")
        assert run("config").lines[0] == "# ci.toml"
        assert run("config", "--isolated").lines[0] == "# no configuration file: the defaults"

    def test_a_file_named_on_the_command_line_wins_over_the_environment(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("ci.toml", "")
        write("mine.toml", "")
        monkeypatch.setenv("CORSLINT_CONFIG", "ci.toml")
        assert run("config", "--config", "mine.toml").lines[0] == "# mine.toml"


class TestSharedOptions:
    """They may stand before the verb or after it."""

    @pytest.mark.parametrize("arguments", [("--config", "x.toml", "config"), ("config", "--config", "x.toml")])
    def test_both_places_mean_the_same(self, run: Run, arguments: tuple[str, ...]) -> None:
        write("x.toml", "")
        assert run(*arguments).lines[0] == "# x.toml"

    def test_the_one_after_the_verb_wins(self, run: Run) -> None:
        write("x.toml", "")
        write("y.toml", "")
        assert run("--config", "x.toml", "config", "--config", "y.toml").lines[0] == "# y.toml"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completions_of_a_shell_are_a_script(run: Run, shell: str) -> None:
    done = run("completions", shell)
    assert done.code == 0
    assert "_CORSLINT_COMPLETE" in done.out


def test_there_are_no_completions_for_other_shells(run: Run) -> None:
    assert run("completions", "tcsh").code == 2
