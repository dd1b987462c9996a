"""Every website may read what this serves, outside of development and of static files."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import list_origins
from corslint.finding import Problem, Severity
from corslint.policy import Policy
from corslint.questions import anyone, at_origins, entry_for, is_repeated, star_with_credentials, why_everyone
from corslint.rule import rule
from corslint.static_files import is_static


@rule("production-wildcard")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that ask no questions; with credentials, or echoed by hand, it is another rule's business."""
    environment = policy.environment
    if not (environment.is_live or environment.doubt) or is_static(policy.scope):
        return
    proof = anyone(policy)
    if proof is None or anyone(policy, "include") or star_with_credentials(policy):
        return
    entry = entry_for(policy, proof.request.origin)
    if is_repeated(entry):
        return
    why = why_everyone(policy, entry)
    if not environment.is_live:
        why += f"; it counts as {environment.kind}, but {environment.doubt}"
    yield Problem(
        "every website can read the answers",
        (at_origins(policy, entry, why),),
        f"name the origins you trust: {list_origins(policy)}; if it is public on purpose, ignore this and say so",
        proof,
        None if environment.is_live else Severity.LOW,
    )
