"""A text where True or False belongs: Python takes every text for true, `"false"` as well."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.browser import Request
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.policy import Fact, Policy
from corslint.preflights import guest
from corslint.questions import STRANGERS, anyone, ask, at_origins, entry_for, why_everyone
from corslint.rule import rule
from corslint.source import Span


@rule("string-for-boolean")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by who gets in because of it; what is on and does no harm is worth a word only."""
    if policy.environment.kind == "test":
        return
    for fact in facts.of_kind(policy, "string-for-boolean"):
        if fact.text:
            severity = Severity.MEDIUM if fact.severity is None else fact.severity
            yield Problem(fact.text, fact.labels, fact.help, None, severity, Confidence.MEDIUM, regardless=True)
        elif fact.setting == policy.credentials.name:
            yield _of_credentials(policy, fact)
        elif _lets_everyone_in(policy, fact.labels[0].span):
            proof = anyone(policy, "include")
            message = f"any website can {policy.opens} with the visitor's cookies" if proof else _EVERYONE
            yield Problem(message, fact.labels, fact.help, proof or anyone(policy), explains=True)
        else:
            yield Problem(f"{fact.setting} is on", fact.labels, fact.help, None, Severity.LOW)


_EVERYONE = "every website can read the answers"


def _lets_everyone_in(policy: Policy, place: Span) -> bool:
    return any(entry.span == place for entry in policy.entries()) and anyone(policy) is not None


def _of_credentials(policy: Policy, fact: Fact) -> Problem:
    if proof := anyone(policy, "include"):
        entry = entry_for(policy, STRANGERS[0])
        beside = at_origins(policy, entry, why_everyone(policy, entry))
        labels = (*fact.labels, Label(beside.span, beside.text))
        message = f"any website can {policy.opens} with the visitor's cookies"
        return Problem(message, labels, fact.help, proof, explains=True)
    visitor = guest(policy)
    proof = ask(visitor[0], Request(visitor[1], policy.url, credentials="include")) if visitor else None
    message = "cookies are sent and answers made for the visitor can be read, though the setting says no"
    return Problem(message, fact.labels, fact.help, proof, Severity.MEDIUM, explains=True)
