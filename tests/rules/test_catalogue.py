"""The catalogue is whole: every rule has its page, its check, and examples for each server that it can fire on."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from corslint import catalogue, cli, engine, judgement
from corslint.catalogue import RulePage
from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS

SECURITY = {
    "any-origin-with-credentials": "high",
    "reflected-origin": "medium",
    "null-origin": "medium",
    "origin-pattern-bypass": "high",
    "shared-suffix-origin": "high",
    "production-wildcard": "medium",
    "insecure-origin": "medium",
    "local-origin-in-production": "medium",
    "private-network-any-origin": "info",
    "exposes-sensitive-header": "low",
    "string-for-list": "high",
    "string-for-boolean": "high",
    "unset-origin": "medium",
}
CORRECTNESS = {
    "missing-preflight": "medium",
    "incomplete-preflight": "medium",
    "blocked-preflight": "medium",
    "literal-wildcard-with-credentials": "medium",
    "authorization-not-covered": "info",
    "many-origins-in-header": "high",
    "malformed-origin": "medium",
    "malformed-header-list": "medium",
    "missing-vary": "low",
    "invalid-credentials-value": "medium",
    "invalid-method": "medium",
    "invalid-max-age": "low",
    "excessive-max-age": "info",
    "duplicate-cors-layer": "high",
    "headers-missing-on-errors": "low",
    "headers-not-inherited": "medium",
    "middleware-order": "medium",
    "middleware-missing": "medium",
    "decorator-order": "medium",
    "shadowed-setting": "low",
    "late-setting": "medium",
    "dead-resource": "medium",
    "unknown-setting": "medium",
    "renamed-setting": "low",
    "rejected-configuration": "medium",
    "untrusted-csrf-origin": "info",
}
HYGIENE = {
    "undetermined": "info",
    "unreadable-input": "low",
    "unused-ignore": "low",
    "unknown-rule-in-ignore": "low",
    "malformed-ignore": "low",
}
ABOUT_IGNORES = frozenset(name for name in HYGIENE if "ignore" in name)
"""Told by what sorts the findings: there is no check that could."""
PAGES = pytest.mark.parametrize("page", catalogue.rules(), ids=lambda page: page.slug)
SERVERS = frozenset(server.NAME for server in engine.servers())


@pytest.mark.parametrize(
    ("group", "rules"), [("security", SECURITY), ("correctness", CORRECTNESS), ("hygiene", HYGIENE)]
)
def test_every_rule_of_the_catalogue_has_a_page(group: str, rules: dict[str, str]) -> None:
    assert {page.slug: str(page.severity) for page in catalogue.rules() if page.group == group} == rules


@PAGES
def test_a_rule_has_a_check_in_a_module_of_its_name(page: RulePage) -> None:
    judgement.load_checks()
    module = f"corslint.checks.{page.slug.replace('-', '_')}"
    if page.slug in ABOUT_IGNORES:
        assert find_spec(module) is None
        return
    for check in (POLICY_CHECKS.get(page.slug), PROJECT_CHECKS.get(page.slug)):
        assert check is None or check.__module__ == module
    assert page.slug in POLICY_CHECKS or page.slug in PROJECT_CHECKS


@PAGES
def test_a_page_names_servers_that_there_are(page: RulePage) -> None:
    assert set(page.servers) <= SERVERS
    assert page.servers or page.group == "hygiene"


@PAGES
def test_a_page_refuses_and_accepts(page: RulePage) -> None:
    assert {block.expect for block in page.blocks} == {"refuse", "accept"}


def test_the_whole_table_is_printed_in_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rules", "--format", "markdown"]) == 0
    printed = capsys.readouterr().out
    rows = re.findall(r"^\| `([a-z-]+)` \| (info|low|medium|high) \| (.+) \|$", printed, re.MULTILINE)
    assert sorted(slug for slug, _, _ in rows) == list(catalogue.slugs())
    assert [(severity, title.replace("\\|", "|")) for _, severity, title in rows] == [
        (str(catalogue.page(slug).severity), catalogue.page(slug).title) for slug, _, _ in rows
    ]
    assert re.findall(r"^## (.+)$", printed, re.MULTILINE) == ["security", "correctness", "hygiene"]


def test_every_check_is_about_a_rule() -> None:
    folder = Path(judgement.__file__).parent / "checks"
    modules = {file.stem.replace("_", "-") for file in folder.glob("*.py") if file.stem != "__init__"}
    assert modules == set(catalogue.slugs()) - ABOUT_IGNORES
