"""A time to remember preflights that is longer than any browser remembers anything."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.browser import CHROMIUM, FIREFOX
from corslint.finding import Label, Problem
from corslint.policy import Policy
from corslint.rule import rule
from corslint.values import Known

LONGEST = max(profile.longest_max_age or 0 for profile in (CHROMIUM, FIREFOX))
"""Seconds. Safari keeps to less than both: https://github.com/WebKit/WebKit, CrossOriginPreflightResultCache.cpp."""


@rule("excessive-max-age")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge what somebody wrote; what a product says by itself is nobody's mistake."""
    setting = policy.max_age
    seconds = _seconds(setting.value.value) if isinstance(setting.value, Known) else 0
    if policy.environment.kind == "test" or setting.given == "default" or setting.span is None or seconds <= LONGEST:
        return
    if any(facts.of_kind(policy, "invalid-max-age")):
        return  # what the product takes in the place of a text that it cannot read
    yield Problem(
        "browsers ask for permission again long before this time is over: none remembers it for more than a day",
        (
            Label(
                setting.span, f"{seconds:,} seconds, which Chromium cuts to {CHROMIUM.longest_max_age:,}", primary=True
            ),
        ),
        f"say no more than a day, {LONGEST} seconds",
    )


def _seconds(value: int | str | None) -> int:
    """The number of seconds; 0 for what is none, which is another rule's business."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
