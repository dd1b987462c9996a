"""A list of methods or headers that the product cannot read as one."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("malformed-header-list")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.live_problems(policy, "malformed-header-list")
