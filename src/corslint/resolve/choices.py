"""A dict that a variable chooses from: `configs[os.getenv("FLASK_ENV", "development")]`."""

from __future__ import annotations

import re

from corslint.resolve.conditions import Conditions, environment, merge, one_of, set_state
from corslint.source import Span
from corslint.syntax.python import shortened
from corslint.values import Alternative, Condition, Items, Known, Mapping, OneOf, Unknown, Value, alternatives

MAX_CHOICES = 12
"""Entries of a dict that are told apart."""
_TEXT_OR_VARIABLE = re.compile(
    r"""[ru]?(?P<quote>["'])(?:(?!(?P=quote)).)*(?P=quote)|None|(?:os\.)?(?:getenv|environ\.get)\([^()]*\)"""
    r"""(?:\.(?:lower|strip|casefold)\(\))*"""
)
"""How a key is written that is the variable as it is, or its default; not an f-string, nor a sum."""
_PARAMETER = re.compile(r"`(\w+)` is a parameter of .*")


def chosen(
    mapping: Mapping, key: Known[object] | Unknown, otherwise: Value[object] | None, span: Span | None
) -> Value[object] | None:
    """What a dict holds under a key that something outside of the source decides: each entry under its condition.

    `otherwise` is what stands for entries that are missing, None where the program fails then. None where the key is
    certain, or the dict is no plain choice among texts.
    """
    subject = _subject(key)
    names = [name.value for name, _ in mapping.pairs if isinstance(name, Known) and isinstance(name.value, str)]
    if subject is None or not names or len(names) != len(mapping.pairs) or len(names) > MAX_CHOICES:
        return None
    held = {name: value for name in names if (value := mapping.get(name)) is not None}
    default: Value[object] | None = None
    if isinstance(key, Known):
        default = held.pop(str(key.value), None) if isinstance(key.value, str) else None
    default = default or otherwise
    ways: list[tuple[Conditions, Value[object]]] = []
    others = [(name, value) for name, value in held.items() if default is None or not same(value, default)]
    for name, value in others:
        ways.append(((Condition(subject, set_state(name)),), value))
    if default is not None:
        ways.append((tuple(Condition(subject, f'is not "{name}"') for name, _ in others), default))
    found: list[Alternative[object]] = []
    for conditions, value in ways:
        for one in alternatives(value):
            both = merge(conditions, one.conditions)
            if both is not None:
                found.append(Alternative(both, one.value, environment(both)))
    return one_of(found, span)


def _subject(key: Known[object] | Unknown) -> str | None:
    """What decides a key, for people; None where it is certain."""
    if isinstance(key, Known):
        written = "" if key.span is None else key.span.text
        return key.override if key.override is not None and _TEXT_OR_VARIABLE.fullmatch(written) else None
    if key.variable is not None:
        return key.variable
    if parameter := _PARAMETER.fullmatch(key.reason):
        return parameter[1]
    if key.fails or key.span is None:
        return None
    return key.trail[0].text if key.trail else f"`{shortened(key.span.text)}`"


def same(one: Value[object], other: Value[object]) -> bool:
    """Whether two values are the same, wherever they stand."""
    if isinstance(one, OneOf) and isinstance(other, OneOf):
        ways = tuple(zip(one.alternatives, other.alternatives, strict=False))
        alike = all(a.conditions == b.conditions and same(a.value, b.value) for a, b in ways)
        return alike and len(one.alternatives) == len(other.alternatives)
    if not isinstance(one, Known) or not isinstance(other, Known) or one.override != other.override:
        return False
    if isinstance(one.value, Items) and isinstance(other.value, Items):
        items, others = one.value.items, other.value.items
        return len(items) == len(others) and all(same(a, b) for a, b in zip(items, others, strict=True))
    return type(one.value) is type(other.value) and one.value == other.value
