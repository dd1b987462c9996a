"""Several values at once: what becomes of all the ways in which they can turn out together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from corslint.resolve.conditions import Conditions, environment, merge, one_of
from corslint.resolve.operations import Concrete
from corslint.resolve.reasons import through
from corslint.values import MAX_COMBINATIONS, Alternative, OneOf, Place, Unknown, Value, alternatives, replaced_under


def combined(values: Sequence[Value[object]], make: Callable[[Sequence[Concrete]], Value[object]]) -> Value[object]:
    """What `make` gives for each way the values can turn out together."""
    if not any(isinstance(value, OneOf) for value in values):
        return make(cast("Sequence[Concrete]", values))
    ways: list[tuple[Conditions, list[Concrete]]] = [((), [])]
    for value in values:
        ways = [
            (both, [*picked, one.value])
            for conditions, picked in ways
            for one in alternatives(value)
            if (both := merge(conditions, one.conditions)) is not None
        ]
        if len(ways) > MAX_COMBINATIONS:
            return Unknown("it depends on too many conditions")
    found: list[Alternative[object]] = []
    for conditions, picked in ways:
        for one in alternatives(make(picked)):
            both = merge(conditions, one.conditions)
            if both is not None:
                found.append(Alternative(both, one.value, environment(both)))
    return one_of(found, None)


def chained(value: Value[object], make: Callable[[Concrete], Value[object]]) -> Value[object]:
    """What `make` gives for each way one value can turn out."""
    return combined([value], lambda picked: make(picked[0]))


def under(value: Value[object], conditions: Conditions) -> Value[object]:
    """A value where some conditions hold already: what they exclude is left out, what they imply is not repeated."""
    if not conditions:
        return value
    if not isinstance(value, OneOf):
        return replaced_under(value, conditions)
    found: list[Alternative[object]] = []
    for way in value.alternatives:
        both = merge(conditions, way.conditions)
        if both is None:
            continue
        left = tuple(c for c in way.conditions if not any(known.implies(c) for known in conditions))
        found.append(replace(way, conditions=left, value=replaced_under(way.value, both)))
    return one_of(found, value.span)


def with_place(value: Value[object], place: Place) -> Value[object]:
    """The value with one more step at the near end of its trail."""
    if isinstance(value, Unknown):
        return through(value, place)
    return replace(value, trail=(place, *value.trail))
