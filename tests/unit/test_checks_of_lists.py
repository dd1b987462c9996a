"""The checks on what a preflight lists and how long it holds, put to a product of our own; the pages ask real ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stub_product import UNKNOWN, at
from stub_product import policy as stub

from corslint import judgement
from corslint.environment import Environment
from corslint.finding import Problem
from corslint.origins import Exact
from corslint.policy import Policy, Setting
from corslint.rule import POLICY_CHECKS
from corslint.values import Known

judgement.load_checks()
APP = "https://app.example.com"
HERE = at("serve")
TEST = Environment("test", "its path holds 'tests'", marked=True)


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


# excessive-max-age


def remembered(seconds: int | str | None) -> Policy:
    return stub(Exact(APP), max_age=Setting("max_age", Known(seconds), HERE))


@pytest.mark.parametrize("seconds", [86_401, 1_728_000, "2592000", 10**18])
def test_more_than_a_day_is_more_than_any_browser_remembers(seconds: int | str) -> None:
    assert one("excessive-max-age", remembered(seconds)).primary.text.endswith("which Chromium cuts to 7,200")


@pytest.mark.parametrize("seconds", [None, 0, -1, 600, 7200, 86_400, "86400", "", "1728000s", "1e9", "²" * 9])
def test_a_day_is_not_too_much_and_what_is_no_number_is_another_rules_business(seconds: int | str | None) -> None:
    assert not found("excessive-max-age", remembered(seconds))


def test_a_default_and_what_run_time_decides_are_nobodys_excess() -> None:
    judged = remembered(1_728_000)
    assert not found("excessive-max-age", replace(judged, max_age=replace(judged.max_age, given="default")))
    assert not found("excessive-max-age", replace(judged, max_age=replace(judged.max_age, value=UNKNOWN)))
    assert not found("excessive-max-age", replace(judged, environment=TEST))
