"""A setting that only the running program knows, so that nobody can be told to be safe or in danger."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Label, Problem
from corslint.origins import Undecided
from corslint.policy import Policy
from corslint.questions import anyone
from corslint.rule import rule
from corslint.source import Span
from corslint.values import Known, Unknown


@rule("undetermined")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge origins and credentials: they decide who gets in, the other settings only what works."""
    open_questions = list(_open_questions(policy))
    if not open_questions:
        return
    what = ", nor ".join(dict.fromkeys(question for question, _, _ in open_questions))
    reasons = "; ".join(dict.fromkeys(reason for _, reason, _ in open_questions))
    labels = dict.fromkeys((span or policy.span, reason) for _, reason, span in open_questions)
    yield Problem(
        f"cannot tell {what}: {reasons}",
        tuple(Label(span, reason, primary=number == 0) for number, (span, reason) in enumerate(labels)),
        "make sure that no value it can have lets in an origin you do not trust",
    )


def _open_questions(policy: Policy) -> Iterator[tuple[str, str, Span | None]]:
    """What is open, what decides it, and where."""
    origins, credentials = policy.origins, policy.credentials
    if isinstance(origins.value, Unknown):
        yield "who may read the answers", origins.value.reason, origins.value.span or origins.span
    elif not anyone(policy):
        for entry in policy.entries():
            if isinstance(entry, Undecided):
                yield "who may read the answers", entry.reason, entry.span or origins.span
    nobody = isinstance(origins.value, Known) and not origins.value.value.entries
    if isinstance(credentials.value, Unknown) and not nobody:
        yield "whether cookies are allowed", credentials.value.reason, credentials.value.span or credentials.span
