"""A pattern that lets in whoever has a site on a platform that hands out names to everybody."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Problem, Severity
from corslint.intruders import Intruder, intruder
from corslint.origins import Entry, UndecidedError
from corslint.policy import Policy
from corslint.questions import anyone, at_credentials, at_origins, each_entry
from corslint.rule import rule


@rule("shared-suffix-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge each pattern by a site of a stranger on the platform that it names."""
    if not policy.environment.is_live or anyone(policy):
        return
    for asked, entry in each_entry(policy):
        try:
            found = intruder(policy, asked, entry)
        except UndecidedError:
            continue
        if found is not None and found.suffix:
            yield _problem(policy, entry, found)


def _problem(policy: Policy, entry: Entry, found: Intruder) -> Problem:
    reach = "answers made for the visitor" if found.with_credentials else "the answers"
    primary = at_origins(policy, entry, f"lets in {found.origin}")
    beside = at_credentials(policy, "and cookies are allowed with it", primary) if found.with_credentials else ()
    return Problem(
        f"anybody can put a site on {found.suffix} and read {reach}",
        (primary, *beside),
        f"let the name begin or end with what only your sites on {found.suffix} are called, "
        "such as the name of the project and of the team",
        found.proof,
        Severity.HIGH if found.with_credentials else Severity.MEDIUM,
    )
