"""A setting that the product refuses when it starts, on every request, or when it checks itself."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("rejected-configuration")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.live_problems(policy, "rejected-configuration")
