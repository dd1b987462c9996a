"""From files to findings, with a server of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stub_server

from corslint import engine, judgement, rule
from corslint.collect import MissingPathError
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Label, Problem, Report, Severity
from corslint.policy import Policy


@pytest.fixture(autouse=True)
def only_the_stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "servers", lambda: (stub_server,))
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/") + ".stub")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(text: str, config: Config | None = None, path: str = "app.stub") -> Report:
    return engine.run([], config or Config(), stdin=StandardInput(path, text.encode()))


def told(report: Report) -> list[tuple[str, int]]:
    return [(finding.rule, finding.primary.span.line) for finding in report.findings]


def test_files_are_read_by_the_servers_that_want_them() -> None:
    write(app="cors *\n", other="nothing here\n", deploy__site="cors * credentials\n")
    Path("app.txt").write_text("cors *\n")
    report = engine.run(["."], Config())
    assert [(finding.primary.span.path, finding.rule) for finding in report.findings] == [
        ("app.stub", "production-wildcard"),
        ("deploy/site.stub", "any-origin-with-credentials"),
    ]
    assert [policy.id for policy in report.policies] == ["app.stub#cors:*", "deploy/site.stub#cors:* credentials"]
    assert report.files == 4


def test_equal_policies_of_a_file_get_keys_of_their_own() -> None:
    write(app="cors *\ncors *\ncors credentials\ncors *\n", other="cors *\n")
    report = engine.run(["."], Config())
    assert [policy.id for policy in report.policies] == [
        "app.stub#cors:*",
        "app.stub#cors:*#2",
        "app.stub#cors:credentials",
        "app.stub#cors:*#3",
        "other.stub#cors:*",
    ]


def test_configuration_names_further_files_of_a_server() -> None:
    Path("app.txt").write_text("cors *\n")
    assert told(engine.run(["."], Config())) == []
    assert told(engine.run(["."], Config(servers={"stub": ("*.txt",)}))) == [("production-wildcard", 1)]


def test_missing_path_is_an_error() -> None:
    with pytest.raises(MissingPathError, match=r"nowhere\.stub"):
        engine.run(["nowhere.stub"], Config())


def test_finding_carries_what_the_page_of_its_rule_says() -> None:
    (finding,) = run("cors null\n").findings
    assert (finding.rule, finding.group, finding.persona) == ("null-origin", "security", "regular")
    assert finding.policy is not None
    assert finding.policy.key == "cors:null"


def test_environment_comes_from_the_path() -> None:
    write(dev__app="cors *\n", prod__app="cors http://localhost:3000\n", app="cors http://localhost:3000\n")
    report = engine.run(["."], Config())
    assert [(finding.primary.span.path, finding.rule) for finding in report.findings] == [
        ("prod/app.stub", "local-origin-in-production")
    ]


def test_folder_the_user_points_at_marks_nothing() -> None:
    write(examples__app="cors *\n")
    assert told(engine.run(["examples"], Config())) == [("production-wildcard", 1)]
    assert told(engine.run(["."], Config())) == []


def test_environment_of_the_command_line_and_of_the_configuration_win() -> None:
    write(dev__app="cors *\n")
    assert told(engine.run(["."], Config(environment="production"))) == [("production-wildcard", 1)]
    marks = Config(environments={"production": ("dev/**",)})
    assert told(engine.run(["dev"], marks)) == [("production-wildcard", 1)]
    assert told(run("cors * prod\n", path="dev/app.stub")) == [("production-wildcard", 1)]
    said_by_both = Config(environments={"development": ("dev/**",)})
    assert told(run("cors * prod\n", said_by_both, path="dev/app.stub")) == []


def test_what_is_marked_as_development_stays_so_where_debug_is_off() -> None:
    policy = run("cors * if-debug\n", path="dev/app.stub").policies[0]
    assert {variant.environment.kind for variant in policy.variants()} == {"development"}


def test_finding_in_one_variant_has_its_condition() -> None:
    (finding,) = run("cors https://app.example.com if-debug credentials\n").findings
    assert (finding.rule, [str(condition) for condition in finding.conditions]) == (
        "any-origin-with-credentials",
        ["when DEBUG is true"],
    )


def test_finding_in_every_variant_has_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(policy: Policy) -> Iterator[Problem]:
        severity = Severity.LOW if policy.environment.kind == "production" else None
        yield Problem(f"in {policy.environment.kind}", (Label(policy.span, primary=True),), "", severity=severity)

    judgement.load_checks()
    monkeypatch.setattr(judgement, "POLICY_CHECKS", {"null-origin": always})
    (finding,) = run("cors null if-debug\n").findings
    assert finding.conditions == ()
    assert (finding.message, finding.severity) == ("in development", Severity.MEDIUM), "the page's severity is worse"


def test_rule_that_is_not_chosen_does_not_take_the_place_of_one_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def grave(policy: Policy) -> Iterator[Problem]:
        yield Problem("grave", (Label(policy.span, primary=True),), "", severity=Severity.HIGH)

    def light(policy: Policy) -> Iterator[Problem]:
        yield Problem("light", (Label(policy.span, primary=True),), "", severity=Severity.LOW)

    judgement.load_checks()
    monkeypatch.setattr(judgement, "POLICY_CHECKS", {"null-origin": grave, "insecure-origin": light})
    both = run("cors https://app.example.com\n")
    assert [(finding.rule, finding.also) for finding in both.findings] == [("null-origin", ("insecure-origin",))]
    assert told(run("cors https://app.example.com\n", Config(ignore=("null-origin",)))) == [("insecure-origin", 1)]


def test_equal_findings_have_different_fingerprints_that_outlive_edits_elsewhere() -> None:
    before = [*run("cors *\ncors *\n").each()]
    after = [*run("\n\n# a comment\ncors *\n\ncors *\ncors null\n").each()]
    assert len({finding.fingerprint for finding in before}) == 2
    assert [finding.fingerprint for finding in after][:2] == [finding.fingerprint for finding in before]
    assert all(finding.fingerprint.startswith("v1:") and len(finding.fingerprint) == 35 for finding in after)


def test_findings_are_in_the_order_of_the_file() -> None:
    assert told(run("cors null\ncors *\ncors * credentials\n")) == [
        ("null-origin", 1),
        ("production-wildcard", 2),
        ("any-origin-with-credentials", 3),
    ]


def test_unread_place_is_a_finding_and_the_rest_is_judged() -> None:
    report = run("broken\ncors null\n")
    assert told(report) == [("unreadable-input", 1), ("null-origin", 2)]
    assert [(one.path, one.reason) for one in report.unread] == [("app.stub", "is broken")]


def test_place_that_two_servers_cannot_read_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    write(app="broken # cors\n")
    monkeypatch.setattr(engine, "servers", lambda: (stub_server, stub_server))
    report = engine.run(["."], Config())
    assert len(report.unread) == len(report.findings) == 1


def test_crash_of_a_server_is_reported_and_the_other_files_are_judged() -> None:
    write(a="crash # cors\n", b="cors null\n")
    report = engine.run(["."], Config())
    assert told(report) == [("null-origin", 1)]
    (crash,) = report.crashes
    assert (crash.where, crash.error) == ("stub reading a.stub", "RuntimeError: the stub crashed")


def test_crash_of_a_check_is_reported_and_the_other_checks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(policy: Policy) -> Iterator[Problem]:
        raise ValueError("oh")

    judgement.load_checks()
    sound = rule.POLICY_CHECKS["null-origin"]
    monkeypatch.setattr(judgement, "POLICY_CHECKS", {"insecure-origin": crash, "null-origin": sound})
    report = run("cors null\n")
    assert told(report) == [("null-origin", 1)]
    assert [crash.where for crash in report.crashes] == ["insecure-origin judging app.stub#cors:null"]


def test_standard_input_goes_by_the_name_it_is_given() -> None:
    assert told(run("cors *\n", path="tests/app.stub")) == []
    assert told(run("cors *\n", path="app.txt")) == []


def test_standard_input_that_is_no_text_is_unread() -> None:
    report = engine.run([], Config(), stdin=StandardInput("app.stub", b"cors \0"))
    assert [one.reason for one in report.unread] == ["is a binary file"]


def test_file_without_the_words_is_not_decoded() -> None:
    Path("latin.stub").write_bytes(b"\xff\xfe\xfd nothing of interest \0")
    report = engine.run(["."], Config())
    assert (report.findings, report.unread, report.files) == ((), (), 1)


def test_file_that_cannot_be_opened_is_unread_and_the_others_are_judged() -> None:
    write(app="cors *\n")
    Path("loop.stub").symlink_to("loop.stub")
    report = engine.run(["loop.stub", "app.stub"], Config())
    assert [one.path for one in report.unread] == ["loop.stub"]
    assert ("production-wildcard", 1) in told(report)


def test_one_cause_in_one_file_is_told_once_with_the_number_of_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    def blame(policy: Policy) -> Iterator[Problem]:
        yield Problem("`load()` decides", (Label(policy.span, primary=True),), "look there", cause="load()")

    judgement.load_checks()
    monkeypatch.setattr(judgement, "POLICY_CHECKS", {"undetermined": blame})
    (alone,) = run("cors https://app.example.com\n").findings
    assert alone.message == "`load()` decides"
    (finding,) = run("cors https://app.example.com\ncors https://b.example.com\ncors https://c.example.com\n").findings
    assert (finding.message, finding.primary.span.line) == ("`load()` decides; so for 3 policies of this file", 1)
