"""Findings that say the same of several places of a file, told as one.

Each of them has been ignored or reported by itself before: a comment at one place does not speak for the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

from corslint.finding import Finding, Label

MAX_LABELS = 9
"""How many of the other places are shown; all of them are counted."""


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the first of those alike standing for the others, in the order of the first."""
    entries = _gathered(findings, _series, lambda first, others: f"{first.message}; so for {others} more of this list")
    return _gathered(entries, _words, lambda first, others: f"{first.message}; so in {others + 1} places of this file")


def _gathered(
    findings: Iterable[Finding], key: Callable[[Finding], Hashable], told: Callable[[Finding, int], str]
) -> list[Finding]:
    shared: dict[Hashable, list[Finding]] = defaultdict(list)
    for finding in findings:
        shared[key(finding)].append(finding)
    return [_joined(one[0], one[1:], told(one[0], len(one) - 1)) if one[1:] else one[0] for one in shared.values()]


def _joined(first: Finding, others: list[Finding], message: str) -> Finding:
    labels = tuple(Label(one.primary.span, "here too") for one in others[:MAX_LABELS])
    return replace(
        first,
        message=message,
        labels=(*first.labels, *labels),
        edits=tuple(edit for one in (first, *others) for edit in one.edits),
        also=tuple(dict.fromkeys(rule for one in (first, *others) for rule in one.also)),
        alike=(*first.alike, *(each for one in others for each in (one, *one.alike))),
    )


def _series(finding: Finding) -> Hashable:
    """What entries of one list have in common that have the same flaw."""
    if finding.policy is None or not finding.series:
        return id(finding)
    return *_weight(finding), finding.policy.id, finding.series


def _words(finding: Finding) -> Hashable:
    """What findings have in common that say the same of the same words."""
    if finding.policy is None:
        return id(finding)
    text = re.sub(r"\s+", "", finding.primary.span.text)
    return *_weight(finding), finding.message, finding.help, finding.policy.product, finding.primary.text, text


def _weight(finding: Finding) -> tuple[Hashable, ...]:
    path = finding.primary.span.path
    return finding.rule, path, finding.severity, finding.confidence, finding.conditions
