"""A variable that is not set leaves an entry behind, and that entry lets somebody in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corslint import facts
from corslint.finding import Confidence, Label, Problem, Proof, Severity
from corslint.origins import AnyOrigin, Entry, Origins
from corslint.policy import Policy
from corslint.questions import anyone, entering
from corslint.rule import rule
from corslint.source import Span
from corslint.values import Known

_VARIABLE = re.compile(r"""(?:getenv|environ\.get)\(\s*["'](?P<name>\w+)["']\s*,\s*\Z""")
"""The call whose default stands right behind it."""


@rule("unset-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge the entries that hold nothing by who gets in through them; where nobody does, they do no harm."""
    if policy.environment.kind == "test":
        return
    for place in dict.fromkeys(entry.span for entry in policy.entries() if entry.span and _holds_nothing(entry)):
        alone = _with_only(policy, place)
        if proof := _everyone(alone):
            yield _problem(proof, Label(place, f"{_left_by(place)}, as a pattern, matches every origin", primary=True))
        elif proof := entering(alone, "null", "include") or entering(alone, "null"):
            told = f"{_left_by(place)} equals `null`: neither has a scheme or a host"
            yield _problem(proof, Label(place, told, primary=True))
    for fact in facts.of_kind(policy, "unset-origin"):
        if fact.text:
            yield Problem(fact.text, fact.labels, fact.help, None, Severity.MEDIUM, Confidence.MEDIUM)
        elif proof := _everyone(_with_only(policy, fact.labels[0].span)):
            yield replace(_problem(proof, fact.labels[0]), help=fact.help)


def _holds_nothing(entry: Entry) -> bool:
    # Where the product takes an empty text for "every origin", it is no entry of a list.
    return entry.span is not None and entry.span.text.strip("\"'") == "" and not isinstance(entry, AnyOrigin)


def _left_by(place: Span) -> str:
    variable = _VARIABLE.search(place.source.text, max(place.start - 200, 0), place.start)
    return f"what is left without {variable['name']}" if variable else "the empty text"


def _with_only(policy: Policy, place: Span) -> Policy:
    own = tuple(entry for entry in policy.entries() if entry.span == place)
    return replace(policy, origins=replace(policy.origins, value=Known(Origins(own))))


def _everyone(policy: Policy) -> Proof | None:
    return anyone(policy, "include") or anyone(policy)


def _problem(proof: Proof, label: Label) -> Problem:
    with_credentials = proof.request.credentials == "include"
    if proof.request.origin == "null":
        what = "answers made for the visitor" if with_credentials else "the answers"
        message = f"any website can read {what} through a sandboxed frame"
    elif with_credentials:
        message = "any website can read this API with the visitor's cookies"
    else:
        message = "every website can read the answers"
    return Problem(
        message,
        (label,),
        'leave out what is empty: [one.strip() for one in text.split(",") if one.strip()]',
        proof,
        Severity.HIGH if with_credentials else Severity.MEDIUM,
        explains=True,
    )
