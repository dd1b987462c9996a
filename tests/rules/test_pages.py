"""Every example on a rule page is a test: a refused line is refused for its reason, an accepted file is silent."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from corslint import catalogue, engine, judgement
from corslint.catalogue import Block, RulePage
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Report

MARK = re.compile(r"(?:#|//)\s*<- (?P<rules>[a-z-]+(?:, [a-z-]+)*)\s*$", re.MULTILINE)
BLOCKS = [
    pytest.param(page, block, id=f"{page.slug}:{block.line}-{block.expect}")
    for page in catalogue.rules()
    for block in page.blocks
]


@cache
def lint(block: Block) -> Report:
    return engine.run([], Config(), stdin=StandardInput(block.path, block.code.encode()))


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_example(page: RulePage, block: Block) -> None:
    report = lint(block)
    assert not report.crashes, report.crashes[0].details
    expected = Counter(
        (block.code.count("\n", 0, found.start()) + 1, rule)
        for found in MARK.finditer(block.code)
        for rule in found["rules"].split(", ")
    )
    found = Counter((finding.primary.span.line, finding.rule) for finding in report.findings)
    assert found == expected
    if block.expect == "refuse":
        assert page.slug in {rule for _, rule in expected}, "a refuse block marks the line of its own rule"
    else:
        assert not expected, "an accept block marks nothing"
    for finding in report.findings:
        about = catalogue.page(finding.rule)
        named = finding.policy is None or not about.servers or finding.policy.server in about.servers
        assert named, "a page names every server that its rule fires on"
    if page.group == "security" and block.expect == "refuse":
        assert all(finding.proof is not None for finding in report.findings if finding.rule == page.slug)


@pytest.mark.parametrize("page", catalogue.rules(), ids=lambda page: page.slug)
def test_each_server_of_a_rule_has_a_refuse_and_an_accept_example(page: RulePage) -> None:
    seen: dict[str, set[str]] = {"refuse": set(), "accept": set()}
    for block in page.blocks:
        seen[block.expect] |= {policy.server for policy in lint(block).policies}
    assert set(page.servers) - seen["refuse"] == set(), "servers without a refuse example"
    assert set(page.servers) - seen["accept"] == set(), "servers without an accept example"


@pytest.mark.parametrize("page", catalogue.rules(), ids=lambda page: page.slug)
def test_page_has_its_sections(page: RulePage) -> None:
    for heading in ("What it does", "Why it matters", "Use instead", "References"):
        assert page.section(heading), heading
    assert page.body.count("```") == 2 * len(page.blocks), "a fence without refuse or accept is not tested"


def test_every_check_has_a_page_and_every_page_a_check() -> None:
    judgement.load_checks()
    from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS

    about_ignores = {"unused-ignore", "unknown-rule-in-ignore", "malformed-ignore"}
    assert set(POLICY_CHECKS) | set(PROJECT_CHECKS) | about_ignores == set(catalogue.slugs())
