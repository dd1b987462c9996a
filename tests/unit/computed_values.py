"""Whether a resolved value allows for what the real Python computed (see `real_python`), in an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from corslint.values import Condition, Items, Known, OneOf, Unknown, Value, alternatives
from corslint.values import Mapping as Pairs


def agrees(value: Value[object], actual: Any, environment: Mapping[str, str]) -> bool:
    """Whether the value is, or may be, the actual one; what is not known may be anything.

    `actual` is the JSON of a value. A default that a variable replaces must only hold where no variable is set, since
    the one variable that is named need not be the only one.
    """
    if isinstance(value, Unknown):
        return True
    if isinstance(value, OneOf):
        possible = [
            (certain(way.conditions, environment), agrees(way.value, actual, environment))
            for way in value.alternatives
            if certain(way.conditions, environment) is not False
        ]
        return any(fits for _, fits in possible) and all(fits for sure, fits in possible if sure)
    if value.override is not None and environment:
        return True
    inner = value.value
    if isinstance(inner, Items):
        if actual["type"] != inner.kind:
            return False
        if inner.kind == "set":
            return _same_set(inner, actual["items"], environment)
        return len(inner.items) == len(actual["items"]) and all(
            agrees(mine, theirs, environment) for mine, theirs in zip(inner.items, actual["items"], strict=True)
        )
    if isinstance(inner, Pairs):
        return actual["type"] == "dict" and _same_pairs(inner, actual["pairs"], environment)
    return bool(actual["type"] == type(inner).__name__ and actual.get("value") == inner)


def _same_set(mine: Items, theirs: list[Any], environment: Mapping[str, str]) -> bool:
    """Each element of either has its like in the other."""
    return all(any(agrees(one, other, environment) for other in theirs) for one in mine.items) and all(
        any(agrees(one, other, environment) for one in mine.items) for other in theirs
    )


def _same_pairs(mine: Pairs, theirs: list[Any], environment: Mapping[str, str]) -> bool:
    """Each pair has its like, in any order; what is computed has no key that is not resolved."""
    return len(theirs) <= len(mine.pairs) and all(
        any(
            agrees(key, other, environment) and agrees(value, item, environment)
            for other, item in theirs
            if isinstance(key, Known)
        )
        for key, value in mine.pairs
    )


def certain(conditions: tuple[Condition, ...], environment: Mapping[str, str]) -> bool | None:
    """Whether conditions hold in an environment; None where that cannot be told from it."""
    known = [holds(condition, environment) for condition in conditions]
    return False if False in known else None if None in known else True


def holds(condition: Condition, environment: Mapping[str, str]) -> bool | None:
    """Whether a condition on a variable holds; None for conditions in the words of the source.

    Imports succeed, but those of `missing_library`.
    """
    if re.match(r"`(from|import) ", condition.subject):
        return ("missing_library" in condition.subject) is (condition.state == "fails")
    if not re.fullmatch(r"[A-Z_0-9]+", condition.subject):
        return None
    text = environment.get(condition.subject)
    if condition.state in ("is set", "is unset"):
        return bool(text) is (condition.state == "is set")
    if condition.state in ("is defined", "is not defined"):
        return (text is not None) is (condition.state == "is defined")
    compared = re.fullmatch(r'is (not )?"(.*)"', condition.state)
    if compared and text is not None:
        return (text == compared[2]) is (compared[1] is None)
    return None  # of a variable that is unset, its default is meant


def is_unknown(value: Value[object]) -> bool:
    """Whether nothing is known of a value, or of a part of it, in some way it can turn out."""
    for way in alternatives(value):
        if certain(way.conditions, {}) is False and any(c.state in ("succeeds", "fails") for c in way.conditions):
            continue
        inner = way.value.value if isinstance(way.value, Known) else None
        if isinstance(way.value, Unknown):
            return True
        if isinstance(inner, Items) and any(is_unknown(item) for item in inner.items):
            return True
        if isinstance(inner, Pairs) and any(is_unknown(part) for pair in inner.pairs for part in pair):
            return True
    return False
