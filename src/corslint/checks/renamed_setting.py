"""A setting under a name that the product no longer reads, or will not for long."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.rule import rule


@rule("renamed-setting")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw; an example may show names that another program passes on."""
    if policy.environment.kind != "documentation":
        yield from facts.problems(policy, "renamed-setting")
