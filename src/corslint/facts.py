"""What the reader of a server saw, turned into problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint.finding import Problem, Severity
from corslint.policy import Policy


def problems(policy: Policy, kind: str, severity: Severity | None = None) -> Iterator[Problem]:
    """A problem for each fact of one kind; the first label is primary where none is marked so."""
    for fact in policy.facts:
        if fact.kind == kind and fact.labels:
            first = next((number for number, label in enumerate(fact.labels) if label.primary), 0)
            labels = tuple(replace(label, primary=number == first) for number, label in enumerate(fact.labels))
            yield Problem(fact.text, labels, fact.help, severity=severity)
