"""Two layers that both send the header of which browsers take one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint import facts
from corslint.browser import Request
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.questions import STRANGERS, ask, is_crowded
from corslint.rule import rule


@rule("duplicate-cors-layer")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw, with the answer where the model of the product shows both lines."""
    for problem in facts.live_problems(policy, "duplicate-cors-layer"):
        proof = ask(policy, Request(STRANGERS[0], policy.url))
        yield replace(problem, proof=proof if proof is not None and is_crowded(proof.response) else None)
