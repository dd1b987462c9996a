"""What the resolver noticed to be a mistake, as facts of the policy, whichever server reads the value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint.finding import Label
from corslint.policy import Fact, Policy
from corslint.values import Unknown, alternatives


def noticed(policy: Policy) -> Policy:
    """The policy with a fact for each of its values with which the program does not start."""
    facts = tuple(dict.fromkeys(_facts(policy)))
    return replace(policy, facts=(*policy.facts, *facts)) if facts else policy


def _facts(policy: Policy) -> Iterator[Fact]:
    for setting in policy.settings():
        for way in alternatives(setting.value):
            if not isinstance(way.value, Unknown) or way.value.mistake is None:
                continue
            mistake, place = way.value.mistake, way.value.span or setting.span or policy.span
            yield Fact(
                mistake.rule,
                mistake.consequence,
                (Label(place, "is read when the program starts", primary=True),),
                mistake.help,
                setting.name,
                conditions=way.conditions,
            )
