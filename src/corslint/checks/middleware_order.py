"""A CORS layer behind another one that answers first."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("middleware-order")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.live_problems(policy, "middleware-order")
