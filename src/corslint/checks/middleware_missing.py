"""CORS settings that nothing reads, because the layer that would is not switched on."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("middleware-missing")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.problems(policy, "middleware-missing")
