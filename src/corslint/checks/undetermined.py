"""A setting that only the running program knows, so that nobody can be told to be safe or in danger."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.browser import Request
from corslint.finding import Label, Problem
from corslint.intruders import open_question
from corslint.origins import AnyOrigin, Undecided, UndecidedError
from corslint.policy import Policy
from corslint.provenance import holds
from corslint.questions import STRANGERS, anyone, prove
from corslint.rule import rule
from corslint.source import Span
from corslint.values import Known, Unknown
from corslint.wording import decider


@rule("undetermined")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge origins and credentials: they decide who gets in, the other settings only what works."""
    if any(condition.state == "is set" for condition in policy.conditions):
        # Whoever sets the variable knows what to; what holds without it is judged as a variant of its own.
        return
    told = ("rejected-configuration", "string-for-list", "string-for-boolean", "unset-origin", "duplicate-cors-layer")
    refused = [one.span for fact in policy.facts if fact.kind in told for one in fact.labels]
    open_questions = [
        question
        for question in _open_questions(policy)
        if not any((question[3] or question[2] or policy.span).touches(span) for span in refused)
    ]
    if not open_questions:
        return
    what = ", nor ".join(dict.fromkeys(question for question, _, _, _ in open_questions))
    said: dict[str, str] = {}
    for _, reason, setting, cause in open_questions:
        said.setdefault(reason, decider(reason, cause, setting or policy.origins.span or policy.span))
    reasons = "; ".join(said.values())
    labels: dict[Span, str] = {}
    for _, reason, setting, cause in open_questions:
        if setting is not None and cause is not None and not holds(setting, cause):
            labels.setdefault(setting, "decided elsewhere")
        words = "and by the same here" if reason in labels.values() else reason
        labels.setdefault(cause or setting or policy.span, words)
    yield Problem(
        f"cannot tell {what}: {reasons}",
        tuple(Label(span, text, primary=number == 0) for number, (span, text) in enumerate(labels.items())),
        "make sure that no value it can have lets in an origin you do not trust",
        cause=f"{what}: {reasons}",
    )


def _open_questions(policy: Policy) -> Iterator[tuple[str, str, Span | None, Span | None]]:
    """What is open, what decides it, where the setting stands, and where what decides it."""
    origins, credentials = policy.origins, policy.credentials
    if isinstance(origins.value, Unknown):
        yield "who may read the answers", origins.value.reason, origins.span, origins.value.span
    elif not anyone(policy):
        entries = policy.entries()
        for entry in entries:
            if isinstance(entry, Undecided):
                yield "who may read the answers", entry.reason, None, entry.span or origins.span
            elif policy.environment.is_live and (reason := open_question(policy, entry)):
                yield "whether strangers get in", reason, None, entry.span or origins.span
            elif isinstance(entry, AnyOrigin) and len(entries) > 1 and (reason := _why_undecided(policy)):
                # Every origin in some answers, and others in others.
                yield "who may read the answers", reason, None, entry.span or origins.span
    nobody = isinstance(origins.value, Known) and not origins.value.value.entries
    if isinstance(credentials.value, Unknown) and not nobody:
        yield "whether cookies are allowed", credentials.value.reason, credentials.span, credentials.value.span


def _why_undecided(policy: Policy) -> str | None:
    """Why it cannot be told what a stranger is answered; None where it can."""
    try:
        prove(policy, Request(STRANGERS[0], policy.url))
    except UndecidedError as error:
        return str(error)
    return None
