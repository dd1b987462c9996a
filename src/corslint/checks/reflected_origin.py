"""The request's own origin is repeated without a check, by hand."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import list_origins
from corslint.finding import Problem
from corslint.policy import Policy
from corslint.questions import anyone, at_origins, entry_for, is_repeated, star_with_credentials, why_everyone
from corslint.rule import rule


@rule("reflected-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge echoes without credentials; with them it is `any-origin-with-credentials`."""
    proof = anyone(policy) if policy.environment.is_live else None
    if proof is None or anyone(policy, "include") or star_with_credentials(policy):
        return
    entry = entry_for(policy, proof.request.origin)
    if not is_repeated(entry):
        return
    yield Problem(
        "every website can read the answers: its own origin is repeated to it",
        (at_origins(policy, entry, why_everyone(policy, entry)),),
        f"repeat only origins you trust: {list_origins(policy)}",
        proof,
    )
