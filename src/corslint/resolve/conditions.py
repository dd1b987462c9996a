"""Conditions under which a place of a program is reached or a value holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.environment import from_condition, of_name, of_path, of_value, opposite
from corslint.source import Span
from corslint.values import MAX_COMBINATIONS, Alternative, Condition, Known, OneOf, Place, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.syntax.python import Scope

Conditions: TypeAlias = tuple[Condition, ...]
CALLED_IN = "is called in"
"""Begins the state of a function on which its parameters depend: "is called in wsgi.py"; followed by a path, and by the
line where that file calls it more than once."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds besides the source while an expression is evaluated."""

    bindings: Mapping[tuple[cst.CSTNode, str], Value[object]] = field(default_factory=dict)
    """Values of names by their scope: loop variables, parameters of a call that is followed."""
    assumed: Mapping[str, Known[object] | Unknown] = field(default_factory=dict)
    """Environment variables taken to be set, as in the branch of `if os.getenv("X")`."""
    token: object | None = None
    """Stands for the bindings, each set of which is made once; None where there are none."""

    @property
    def key(self) -> tuple[object, ...]:
        """Tells frames apart that may share results."""
        assumed = sorted((name, repr(getattr(value, "value", None))) for name, value in self.assumed.items())
        return (self.token, *assumed)

    def bind(self, scope: Scope, names: Mapping[str, Value[object]]) -> Frame:
        """The frame with these names of a scope."""
        bindings: dict[tuple[cst.CSTNode, str], Value[object]] = dict(self.bindings)
        bindings.update({(scope, name): value for name, value in names.items()})
        return replace(self, bindings=bindings, token=object())

    def assume(self, assumed: Mapping[str, Known[object] | Unknown]) -> Frame:
        """The frame with these environment variables taken to be set."""
        return replace(self, assumed={**self.assumed, **assumed}) if assumed else self


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a test can turn out."""

    truth: bool
    conditions: Conditions = ()
    assumed: Mapping[str, Known[object] | Unknown] = field(default_factory=dict)

    def negated(self) -> Outcome:
        """The outcome of `not test`."""
        return replace(self, truth=not self.truth)


def merge(one: Conditions, other: Conditions) -> Conditions | None:
    """Both together, each once; None where they cannot hold together."""
    merged = list(one)
    for condition in other:
        if any(condition.excludes(known) for known in merged):
            return None
        if condition not in merged and not any(known.implies(condition) for known in merged):
            merged = [known for known in merged if not condition.implies(known)]
            merged.append(condition)
    return tuple(merged)


def environment(conditions: Iterable[Condition]) -> str | None:
    """The environment that conditions imply.

    What one of them names outright wins over what another only leaves: where DEBUG is false and ENV is "staging", it is
    staging. Where they leave different ones, such as neither "dev" nor "production", there is none.
    """
    left: list[str] = []
    conditions = tuple(conditions)
    for condition in conditions:
        if condition.environment is not None:
            return condition.environment
    for condition in conditions:
        found, is_named = _environment(condition)
        if found is not None and is_named:
            return found
        if found is not None:
            left.append(found)
    return left[0] if len(set(left)) == 1 else None


def _environment(condition: Condition) -> tuple[str | None, bool]:
    """What a condition implies, and whether it names that itself rather than the opposite."""
    if condition.state in ("is true", "is set", "is false", "is unset"):
        holds = condition.state in ("is true", "is set")
        return from_condition(condition.subject, holds), holds is not _turned_round(condition.subject)
    if found_text := re.fullmatch(r'is (not )?"(.*)"', condition.state):
        named = of_value(found_text[2])
        if named is not None:
            return (opposite(named), False) if found_text[1] else (named, True)
        says_yes = _YES_OR_NO.get(found_text[2].lower())
        if says_yes is None:
            return None, False
        holds = says_yes is not bool(found_text[1])
        return from_condition(condition.subject, holds), holds
    if called := re.fullmatch(rf"{CALLED_IN} (.*?)(?::\d+)?", condition.state):
        taken = of_path(called[1])
        return (taken.kind, True) if taken.marked else (None, False)
    if condition.state == "succeeds" and (module := re.search(r"\bfrom [.\w]*?(\w+) import \*", condition.subject)):
        taken = of_name(module[1])
        return (taken.kind, True) if taken.marked else (None, False)
    return None, False


_YES_OR_NO = {
    **dict.fromkeys(("1", "true", "yes", "on", "t", "y"), True),
    **dict.fromkeys(("0", "false", "no", "off", "f", "n", ""), False),
}
"""What a variable that is a flag may be compared with: `DEBUG == "1"`."""


def _turned_round(subject: str) -> bool:
    """Whether a condition in the words of the source asks for the opposite: `ENV != "production"`, `not is_dev`."""
    return re.search(r"!=|\bnot\b|\bne\b", subject) is not None


def set_state(text: str) -> str:
    """The state of a subject that equals a text."""
    return f'is "{text}"'


class _Unbound:
    """What a name is that nothing binds."""


UNBOUND: Known[object] = Known(_Unbound())
"""Stands in `Resolver.ways_of_name` for the ways in which nothing binds a name; compare by identity."""


_SET_OR_NOT = (("is unset", "is set"), ("is not defined", "is defined"))


def one_of(ways: Sequence[Alternative[object]], span: Span | None) -> Value[object]:
    """The value that turns out in these ways; a single way holds without conditions."""
    if not ways:
        return Unknown("it is never reached", span)
    if len(ways) == 1:
        return ways[0].value
    if len(ways) > MAX_COMBINATIONS:
        return Unknown("it depends on too many conditions", span)
    if len(ways) == 2:
        unset, other = ways
        if (
            tuple(condition.state for condition in (*unset.conditions, *other.conditions)) in _SET_OR_NOT
            and isinstance(unset.value, Known)
            and unset.value is not UNBOUND
            and isinstance(other.value, Unknown)
        ):
            # One variable decides and is the value: what holds without it is its default.
            return overridden(unset.value, unset.conditions[0].subject, None)
    return OneOf(tuple(ways), span)


def overridden(value: Value[object], name: str, place: Place | None) -> Value[object]:
    """A default that the environment variable `name` replaces."""

    def mark(one: Known[object] | Unknown) -> Known[object] | Unknown:
        trail = one.trail if place is None else (place, *one.trail)
        return replace(one, trail=trail, override=name) if isinstance(one, Known) else replace(one, trail=trail)

    if isinstance(value, OneOf):
        return replace(value, alternatives=tuple(replace(one, value=mark(one.value)) for one in value.alternatives))
    return mark(value)
