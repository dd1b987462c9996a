"""Nothing answers the OPTIONS request that browsers send ahead of most requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corslint.advice import answer_preflight
from corslint.finding import Label, Problem
from corslint.policy import Policy
from corslint.preflights import Refused, meets_preflights, refused
from corslint.rule import rule


@rule("missing-preflight")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that speak of requests which need a preflight; a plain GET never meets OPTIONS."""
    preflight = policy.preflight
    if preflight.answered_by != "nobody" or preflight.blocked_by is not None or not meets_preflights(policy):
        return
    failing = refused(policy)
    if failing:
        yield Problem(
            f"{_what(failing)} never arrive: nothing answers the OPTIONS request that browsers send first",
            (Label(preflight.span or policy.span, preflight.reason or "OPTIONS is refused here", primary=True),),
            answer_preflight(policy),
            failing[0].proof,
        )


def _what(failing: Sequence[Refused]) -> str:
    names = [one.name for one in failing]
    if "POST" in names or "content-type" in names:
        return "requests with JSON"
    return f"{names[0]} requests" if names[0].isupper() else f"requests with `{names[0]}`"
