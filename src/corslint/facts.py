"""What the reader of a server saw, turned into problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corslint.finding import Problem, Severity
from corslint.policy import Fact, Policy
from corslint.preflights import MAX_NAMES

WHATEVER_THE_VALUE = frozenset(
    {
        "decorator-order",
        "headers-not-inherited",
        "late-setting",
        "middleware-missing",
        "middleware-order",
        "renamed-setting",
        "unknown-setting",
    }
)
"""Kinds of facts that speak of a setting or a place as such: what a variable holds makes no difference."""


OPEN_TO_ALL = ("any-origin-with-credentials", "production-wildcard")
"""The rules on settings that let every website in, as the default of some products does."""

_SAME_CAUSE = frozenset({"late-setting", "rejected-configuration", "shadowed-setting", "unknown-setting"})
"""Kinds of facts that are mended with the list of origins, where they speak of it."""


def problems(policy: Policy, kind: str, severity: Severity | None = None) -> Iterator[Problem]:
    """A problem for each fact of one kind; the first label is primary where none is marked so.

    Where it keeps origins from being read, so that every website gets in, it is told with that.
    """
    for fact in policy.facts:
        if fact.kind == kind and fact.labels:
            first = next((number for number, label in enumerate(fact.labels) if label.primary), 0)
            labels = tuple(replace(label, primary=number == first) for number, label in enumerate(fact.labels))
            weight = severity if fact.severity is None else fact.severity
            follows = OPEN_TO_ALL if _is_of_origins(policy, fact) else ()
            yield Problem(fact.text, labels, fact.help, fact.proof, weight, follows=follows)


def _is_of_origins(policy: Policy, fact: Fact) -> bool:
    """Whether a fact speaks of what lets origins in, or keeps others from mattering."""
    if fact.kind not in _SAME_CAUSE:
        return False
    if policy.origins.name in (fact.meant, fact.setting):
        return True
    spans = [policy.origins.span, *(entry.span for entry in policy.entries())]
    return any(label.span == span for label in fact.labels for span in spans)


def live_problems(policy: Policy, kind: str) -> Iterator[Problem]:
    """The same outside of tests: there, what is wrong may be what is tested."""
    if policy.environment.kind != "test":
        yield from problems(policy, kind)


def of_kind(policy: Policy, kind: str, setting: str | None = None) -> Iterator[Fact]:
    """The facts of one kind, where one is given of one setting; those without a place are left out."""
    for fact in policy.facts:
        if fact.kind == kind and fact.labels and setting in (None, fact.setting):
            yield fact


def names_in(fact: Fact) -> tuple[str, ...]:
    """What somebody lists in a text who takes it for a list, also in the notation of one: MAX_NAMES at most."""
    found = re.split(r"[\s,;\"'\[\](){}]+", fact.given)
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_NAMES]


def misread_names(policy: Policy) -> dict[str, frozenset[str]]:
    """By setting the names, in lower case, that stand in a text where a list belongs.

    What comes of that is told with its cause.
    """
    return {
        fact.setting: frozenset(name.lower() for name in names_in(fact)) for fact in of_kind(policy, "string-for-list")
    }


def without_effect(policy: Policy) -> frozenset[str]:
    """The names of settings that have their default only because what was written for them is not read.

    What follows from that default has been reported with its cause.
    """
    return frozenset(fact.meant for fact in policy.facts if fact.meant)
