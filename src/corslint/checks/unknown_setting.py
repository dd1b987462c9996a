"""A setting under a name that the product does not read."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("unknown-setting")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.live_problems(policy, "unknown-setting")
