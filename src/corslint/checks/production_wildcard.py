"""Every website may read what this serves, outside of development and of static files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint import facts
from corslint.advice import trusting
from corslint.finding import Problem, Severity
from corslint.policy import Policy
from corslint.questions import anyone, at_open_origins, entry_for, is_repeated, star_with_credentials
from corslint.rule import rule
from corslint.static_files import is_static


@rule("production-wildcard")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that ask no questions; with credentials, or echoed by hand, it is another rule's business."""
    environment = policy.environment
    if not (environment.is_live or environment.doubt) or is_static(policy.scope) or policy.constant:
        return
    told = list(facts.problems(policy, "production-wildcard"))
    yield from told
    if told:
        return
    proof = anyone(policy)
    if proof is None or anyone(policy, "include") or star_with_credentials(policy):
        return
    entry = entry_for(policy, proof.request.origin)
    if is_repeated(entry):
        return
    where = at_open_origins(policy, entry)
    if not environment.is_live:
        where = replace(where, text=f"{where.text}; it counts as {environment.kind}, but {environment.doubt}")
    yield Problem(
        "every website can read the answers",
        (where,),
        f"{trusting(policy)}; if it is public on purpose, ignore this and say so",
        proof,
        None if environment.is_live else Severity.LOW,
    )
