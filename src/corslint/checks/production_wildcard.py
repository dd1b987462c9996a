"""Every website may read what this serves, outside of development and of static files."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import list_origins
from corslint.finding import Problem
from corslint.origins import Reflected
from corslint.policy import Policy
from corslint.questions import STRANGERS, anyone, at_origins, entry_for, star_with_credentials, why_everyone
from corslint.rule import rule
from corslint.static_files import is_static


@rule("production-wildcard")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that ask no questions; with credentials, or echoed by hand, it is another rule's business."""
    if not policy.environment.is_live or is_static(policy.scope):
        return
    proof = anyone(policy)
    if proof is None or anyone(policy, "include") or star_with_credentials(policy):
        return
    entry = entry_for(policy, STRANGERS[0])
    if isinstance(entry, Reflected):
        return
    yield Problem(
        "every website can read the answers",
        (at_origins(policy, entry, why_everyone(policy, entry)),),
        f"name the origins you trust: {list_origins(policy)}; if it is public on purpose, ignore this and say so",
        proof,
    )
