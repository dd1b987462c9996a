"""The tests that stand between a request and a header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from corslint.origins import Entry
from corslint.source import Span
from corslint.values import Condition

HARMLESS, LOOKS_AT_REQUEST, ABOUT_ORIGIN = 0, 1, 2
"""How much an unknown check may have to do with the origin: nothing, unclear, or it decides."""


@dataclass(frozen=True, slots=True)
class Always:
    """A test whose outcome is certain."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Passes:
    """The request's origin passes one of these entries."""

    entries: tuple[Entry, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The request has a header of this (lower case) name, and it is not empty."""

    name: str


@dataclass(frozen=True, slots=True)
class MethodIs:
    """The request's method is one of these."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Holds:
    """A fact of the configuration."""

    condition: Condition
    environment: str | None = None
    """The environment it implies, if it does."""


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A test that cannot be carried out."""

    reason: str
    level: int
    """HARMLESS, LOOKS_AT_REQUEST or ABOUT_ORIGIN."""
    span: Span | None = None
    is_exception: bool = False
    """Whether it asks if something fails, which is taken to be no unless that is all there is."""


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a test."""

    test: Test


@dataclass(frozen=True, slots=True)
class All:
    """All of these tests."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of these tests."""

    tests: tuple[Test, ...]


Test: TypeAlias = Always | Passes | Sent | MethodIs | Holds | Open | Not | All | Some
TRUE, FALSE = Always(True), Always(False)


def negate(test: Test) -> Test:
    """The opposite of a test, simplified."""
    match test:
        case Always():
            return Always(not test.truth)
        case Not():
            return test.test
    return Not(test)


def both(*tests: Test) -> Test:
    """All of the tests, simplified."""
    kept: list[Test] = []
    for test in tests:
        for part in test.tests if isinstance(test, All) else (test,):
            if part == FALSE:
                return FALSE
            if part != TRUE and part not in kept:
                kept.append(part)
    return kept[0] if len(kept) == 1 else All(tuple(kept)) if kept else TRUE


def either(*tests: Test) -> Test:
    """At least one of the tests, simplified."""
    kept: list[Test] = []
    for test in tests:
        for part in test.tests if isinstance(test, Some) else (test,):
            if part == TRUE:
                return TRUE
            if isinstance(part, Passes) and kept and isinstance(kept[-1], Passes):
                entries = dict.fromkeys((*kept[-1].entries, *part.entries))
                kept[-1] = Passes(tuple(entries), kept[-1].span or part.span)
            elif part != FALSE and part not in kept:
                kept.append(part)
    if any(negate(part) in kept for part in kept):
        return TRUE
    return kept[0] if len(kept) == 1 else Some(tuple(kept)) if kept else FALSE


def atoms(test: Test) -> Iterator[Test]:
    """The tests a test is made of."""
    waiting, seen = [test], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        match one:
            case Not():
                waiting.append(one.test)
            case All() | Some():
                waiting.extend(reversed(one.tests))
            case _:
                yield one
