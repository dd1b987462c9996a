"""What is known about a value, and how we came to know it.

`Known` is one value, `OneOf` several of which the conditions decide, `Unknown` a reason why only the running program
can say. Containers hold values themselves, so that each element keeps its own place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from corslint.source import Span

T = TypeVar("T")
S = TypeVar("S")
MAX_COMBINATIONS = 64
"""How many ways in which several values turn out together are told apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """One step of a trail: where a value was looked up, and in which words to say so."""

    span: Span
    text: str
    """Such as "default of CORS_ORIGINS"."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A value that can be read off the source."""

    value: T
    span: Span | None = None
    """Where the value itself is written; None for a default that stands nowhere."""
    trail: tuple[Place, ...] = ()
    """The places between the setting and the value, nearest the setting first."""
    override: str | None = None
    """The environment variable that replaces this value where it is set."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a program does not start with a value: what a rule tells, besides that the value is not known."""

    rule: str
    consequence: str
    """In one line, without a full stop."""
    help: str
    """The deed that mends it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is decided at run time."""

    reason: str
    """What decides it, such as "`load_origins()` is called at run time"."""
    span: Span | None = None
    trail: tuple[Place, ...] = ()
    fails: bool = False
    """Whether the program raises an exception here, so that there is no value at all."""
    mistake: Mistake | None = None
    """What is wrong with the value, where that is known to be a mistake."""
    variable: str | None = None
    """The environment variable that holds the value, where it is one and nothing is made of it."""


DEPLOYMENT = "the deployment"
"""The subject of conditions on which environment file is used: `is ".env.production"`, `is not ".env.production"`.

A service of a compose file goes by the file and its name: `is "docker-compose.yml#api"`.
"""
_FLAGS = {"is true", "is false", "is defined"}
_TOGETHER = (
    {"is set", "is defined", "is false"},
    {"is set", "is defined", "is true"},
    {"is unset", "is empty", "is defined", "is false"},
)
"""States of a variable that speak of different things: "is set" is to hold a text, "is defined" also an empty one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact that decides between alternatives: `subject` ("DEBUG") and the `state` it must have ("is true")."""

    subject: str
    state: str
    environment: str | None = field(default=None, compare=False)
    """The environment it implies, where the words do not tell: that of a deployment."""
    chosen: bool = field(default=False, compare=False)
    """Whether it only holds where somebody sets a variable so, which is otherwise as the source has it."""

    def __str__(self) -> str:
        if self.subject == DEPLOYMENT and (found := re.fullmatch(r'is (not )?"(.*)"', self.state, re.DOTALL)):
            path, _, part = found[2].partition("#")
            kind = "service " if "compose" in path else ""
            return f"with{'out' if found[1] else ''} " + (f'{kind}"{part}" of {path}' if part else path)
        return f"when {self.subject} {self.state}"

    def excludes(self, other: Condition) -> bool:
        """Whether the two cannot hold together.

        `is "a"` and `is "b"` cannot; `is not "a"` and `is not "b"` can, and so can `is "a"` and `is set`. Of two other
        states of one subject, only one can hold.
        """
        states = {self.state, other.state}
        if self.subject != other.subject or len(states) == 1:
            return False
        if any(state.startswith("is not ") for state in states):
            return f"is not {self.state[3:]}" == other.state or f"is not {other.state[3:]}" == self.state
        texts = [state for state in states if state.startswith('is "')]
        if len(texts) == 1 and not states.isdisjoint({"is set", "is unset", "is empty"}):
            return (texts[0] == 'is ""') is ("is set" in states)
        return not any(states <= together for together in _TOGETHER) and not (len(texts) == 1 and states & _FLAGS)

    def implies(self, other: Condition) -> bool:
        """Whether the other must hold where this one does: `is "a"` implies `is not "b"`."""
        if self.subject != other.subject or self.excludes(other):
            return False
        return self.state == other.state or (self.state.startswith('is "') and other.state.startswith('is not "'))

    def opposite(self) -> Condition:
        """What holds exactly where this does not."""
        for one, other in (("is true", "is false"), ("is set", "is unset"), ("succeeds", "fails")):
            if self.state in (one, other):
                return Condition(self.subject, other if self.state == one else one)
        if self.state.startswith("is not "):
            return Condition(self.subject, "is " + self.state.removeprefix("is not "))
        return Condition(self.subject, "is not " + self.state.removeprefix("is "))


@dataclass(frozen=True, slots=True)
class Alternative(Generic[T]):
    """One branch of a `OneOf`."""

    conditions: tuple[Condition, ...]
    value: Known[T] | Unknown
    environment: str | None = None
    """The environment the conditions imply ("production", "development" ...), if they do."""


@dataclass(frozen=True, slots=True)
class OneOf(Generic[T]):
    """Several values, of which conditions outside the source pick one. Alternatives are never nested."""

    alternatives: tuple[Alternative[T], ...]
    span: Span | None = None
    trail: tuple[Place, ...] = ()


Value: TypeAlias = Known[T] | OneOf[T] | Unknown


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple, set or frozenset of a program, with a value per element."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Value[object], ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict of a program, as pairs in order; a later pair wins over an earlier one with the same key."""

    pairs: tuple[tuple[Value[object], Value[object]], ...]

    def get(self, key: object) -> Value[object] | None:
        """The value the mapping has under a known key."""
        found: Value[object] | None = None
        for name, value in self.pairs:
            if isinstance(name, Known) and name.value == key:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled regular expression (`re.compile`) and its flags as the product sees them."""

    pattern: str
    ignore_case: bool = False


def alternatives(value: Value[T]) -> tuple[Alternative[T], ...]:
    """The ways a value can turn out; one without conditions unless it is a `OneOf`."""
    if isinstance(value, OneOf):
        return value.alternatives
    return (Alternative((), value),)


def convert(value: Value[T], change: Callable[[Known[T]], Known[S] | Unknown]) -> Value[S]:
    """Apply `change` to each known way a value can turn out; unknown ones stay what they are."""
    if isinstance(value, Known):
        return change(value)
    if isinstance(value, Unknown):
        return value
    return OneOf(
        tuple(
            Alternative(
                one.conditions, change(one.value) if isinstance(one.value, Known) else one.value, one.environment
            )
            for one in value.alternatives
        ),
        value.span,
        value.trail,
    )


def combine(
    values: Sequence[Value[Any]], make: Callable[[Sequence[Known[Any] | Unknown]], Known[S] | Unknown]
) -> Value[S]:
    """What `make` makes of several values, for each way in which they can turn out together.

    Ways whose conditions exclude each other are left out; past MAX_COMBINATIONS the whole is unknown.
    """
    ways: list[tuple[tuple[Condition, ...], str | None, list[Known[Any] | Unknown]]] = [((), None, [])]
    for value in values:
        ways = [
            (
                conditions + tuple(c for c in one.conditions if c not in conditions),
                implied or one.environment,
                [*picked, one.value],
            )
            for conditions, implied, picked in ways
            for one in alternatives(value)
            if not any(a.excludes(b) for a in conditions for b in one.conditions)
        ]
        if len(ways) > MAX_COMBINATIONS:
            return Unknown("it depends on too many conditions")
    if len(ways) == 1 and not ways[0][0]:
        return make(ways[0][2])
    return OneOf(
        tuple(
            Alternative(conditions, make([replaced_under(one, conditions) for one in picked]), implied)
            for conditions, implied, picked in ways
        )
    )


def replaced_under(value: Known[T] | Unknown, conditions: Sequence[Condition]) -> Known[T] | Unknown:
    """The value where these conditions hold: a default is none where the variable that replaces it is set.

    Also within a list.
    """
    if isinstance(value, Unknown):
        return value
    if value.override is not None and any(
        condition.subject == value.override and condition.state in ("is set", "is defined") for condition in conditions
    ):
        return decided_by(value.override, value.span, value.trail)
    if isinstance(value.value, Items):
        items = tuple(
            item if isinstance(item, OneOf) else replaced_under(item, conditions) for item in value.value.items
        )
        if any(a is not b for a, b in zip(items, value.value.items, strict=True)):
            return replace(value, value=replace(value.value, items=items))
    return value


def decided_by(variable: str, span: Span | None = None, trail: tuple[Place, ...] = ()) -> Unknown:
    """What is unknown because an environment variable holds it, in the words that every reader uses."""
    return Unknown(f"the environment variable {variable} decides it", span, trail, variable=variable)


def spread(value: Value[object]) -> Value[object]:
    """The same value with the alternatives among the elements of a list brought outside: each list is concrete."""
    ways: list[Alternative[object]] = []
    for outer in alternatives(value):
        for inner in alternatives(_spread_items(outer.value)):
            if any(a.excludes(b) for a in outer.conditions for b in inner.conditions):
                continue
            conditions = outer.conditions + tuple(c for c in inner.conditions if c not in outer.conditions)
            ways.append(Alternative(conditions, inner.value, outer.environment or inner.environment))
    if len(ways) == 1 and not ways[0].conditions:
        return ways[0].value
    if len(ways) > MAX_COMBINATIONS:
        return Unknown("it depends on too many conditions", value.span, value.trail)
    return OneOf(tuple(ways), value.span, value.trail)


def _spread_items(value: Known[object] | Unknown) -> Value[object]:
    if not isinstance(value, Known) or not isinstance(value.value, Items):
        return value
    items = value.value
    if not any(isinstance(item, OneOf) for item in items.items):
        return value
    return combine(items.items, lambda picked: replace(value, value=replace(items, items=tuple(picked))))


def truth(value: object) -> bool:
    """Whether a value counts as true where Python asks for a condition."""
    if isinstance(value, Items):
        return bool(value.items)
    return bool(value.pairs) if isinstance(value, Mapping) else bool(value)


def places(value: Value[T]) -> Iterator[Place]:
    """The trail of a value, and of each of its alternatives."""
    yield from value.trail
    if isinstance(value, OneOf):
        for one in value.alternatives:
            yield from one.value.trail
