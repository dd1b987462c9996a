"""Something turns the OPTIONS request away before the CORS headers are looked at: a login, a redirect, a rule."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import answer_preflight
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.policy import Policy
from corslint.preflights import meets_preflights, refused, what_fails
from corslint.rule import rule


@rule("blocked-preflight")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge places that let other requests pass; where nothing does, it is not the preflight that is blocked."""
    preflight = policy.preflight
    if preflight.blocked_by is None or not meets_preflights(policy):
        return
    failing = [one for one in refused(policy) if one.proof.preflight and not 200 <= one.proof.preflight.status < 300]
    if not failing or failing[0].proof.response.status >= 400:
        return
    proof = failing[0].proof
    has_moved = proof.response.status >= 300
    asks_for_login = preflight.status == 401 or ((preflight.status or 0) in range(300, 400) and not has_moved)
    yield Problem(
        f"{what_fails(failing)} never arrive: the OPTIONS request that browsers send first is turned away",
        (Label(preflight.blocked_by, preflight.reason or "OPTIONS does not get past this", primary=True),),
        "let OPTIONS past it: what stands behind answers it"
        if preflight.answered_by == "product"
        else f"let OPTIONS past it, and {answer_preflight(policy)}",
        proof,
        # What is redirected as a whole has moved: pages that ask the new address have no trouble.
        severity=Severity.LOW if has_moved else None,
        # A program that is asked who may enter can make an exception that is not seen.
        confidence=Confidence.MEDIUM if asks_for_login else None,
    )
