"""A block with an `add_header` of its own, which drops those it would have inherited."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("headers-not-inherited")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw."""
    yield from facts.problems(policy, "headers-not-inherited")
