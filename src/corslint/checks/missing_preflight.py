"""Nothing answers the OPTIONS request that browsers send ahead of most requests."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import answer_preflight
from corslint.finding import Label, Problem
from corslint.policy import Policy
from corslint.preflights import meets_preflights, refused, what_fails
from corslint.rule import rule


@rule("missing-preflight")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that speak of requests which need a preflight; a plain GET never meets OPTIONS."""
    preflight = policy.preflight
    if preflight.answered_by != "nobody" or preflight.blocked_by is not None or not meets_preflights(policy):
        return
    failing = refused(policy)
    # What is answered with a redirect or an error anyway has been moved or closed, OPTIONS or not.
    if failing and failing[0].proof.response.status < 300:
        is_bare = preflight.status is not None and 200 <= preflight.status < 300
        yield Problem(
            f"{what_fails(failing)} never arrive: "
            + (
                "the OPTIONS request that browsers send first is answered without CORS headers"
                if is_bare
                else "nothing answers the OPTIONS request that browsers send first"
            ),
            (Label(preflight.span or policy.span, preflight.reason or "OPTIONS is refused here", primary=True),),
            answer_preflight(policy),
            failing[0].proof,
        )
