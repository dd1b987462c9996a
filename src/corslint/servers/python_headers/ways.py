"""The ways through the tests of a program to the values of Access-Control-Allow-Origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from corslint.resolve.conditions import Conditions
from corslint.servers.python_headers import terms
from corslint.servers.python_headers.conditions import All, Always, Holds, MethodIs, Not, Open, Sent, Some, Test
from corslint.servers.python_headers.terms import Absent, Choice, Line, Term, Text
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.source import Span
from corslint.values import Known

MAX_STEPS = 20_000
"""Tests that are looked at to find the ways through a program."""
Literal_: TypeAlias = "tuple[Test, bool]"
"""A test and its outcome."""


class TooManyError(Exception):
    """Raised where there are more ways through a program than are looked at."""


def values(lines: Sequence[Line]) -> Iterator[tuple[Term, Span | None]]:
    """The value of Allow-Origin as one term, and one more for each time it is added."""
    term: Term = Absent()
    shown: Span | None = None
    for line in lines:
        if line.name != ALLOW_ORIGIN:
            continue
        place = line.shown or line.span
        match line.op:
            case "set":
                term, shown = Choice(line.when, line.value, term), place
            case "default":
                term, shown = _filled(term, Choice(line.when, line.value, Absent())), shown or place
            case "remove":
                term = Choice(line.when, Absent(), term)
            case _:
                yield Choice(line.when, line.value, Absent()), place
    if shown is not None:
        yield term, shown


def _filled(term: Term, filling: Term) -> Term:
    """The term with something else where it is absent."""
    if isinstance(term, Absent):
        return filling
    if isinstance(term, Choice):
        return Choice(term.test, _filled(term.yes, filling), _filled(term.no, filling))
    return term


def ways(
    term: Term, conditions: Conditions, method: str, fails: bool = False
) -> Iterator[tuple[tuple[Literal_, ...], Term]]:
    """The ways a value can come about in a request of a method from another origin.

    Each with the tests on it and the value at its end. Raises TooManyError past MAX_STEPS.
    """
    return _Ways(conditions, method, fails).of(term)


def only_fails(lines: Sequence[Line]) -> bool:
    """Whether Allow-Origin is only set where something fails."""
    try:
        for method in ("GET", "OPTIONS"):
            for term, _ in values(lines):
                if any(not isinstance(leaf, Absent) for _, leaf in ways(term, (), method)):
                    return False
    except TooManyError:
        return False
    return True


def is_absent(term: Term) -> bool:
    """Whether a way ends without a header."""
    return isinstance(term, Absent)


def constants(term: Term) -> Iterator[object]:
    """The constants that a value can be."""
    for leaf in terms.leaves(term):
        if isinstance(leaf, Text) and isinstance(leaf.value, Known):
            yield leaf.value.value


class _Ways:
    """One look through the tests of a value."""

    def __init__(self, conditions: Conditions, method: str, fails: bool) -> None:
        self.fails = fails
        self.conditions = conditions
        self.method = method
        self.left = MAX_STEPS

    def of(self, term: Term, before: tuple[Literal_, ...] = ()) -> Iterator[tuple[tuple[Literal_, ...], Term]]:
        """Each way with the tests on it and the value at its end. Raises TooManyError past MAX_STEPS."""
        self._count()
        if not isinstance(term, Choice):
            yield before, term
            return
        for wanted, branch in ((True, term.yes), (False, term.no)):
            for literals in self.outcomes(term.test, wanted, before):
                yield from self.of(branch, literals)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooManyError

    def outcomes(self, test: Test, wanted: bool, before: tuple[Literal_, ...]) -> Iterator[tuple[Literal_, ...]]:
        """The ways a test can have an outcome, added to the tests before it."""
        self._count()
        known = self._known(test, before)
        if known is not None:
            if known is wanted:
                yield before
            return
        match test:
            case Not():
                yield from self.outcomes(test.test, not wanted, before)
            case All(tests=tests) | Some(tests=tests):
                if isinstance(test, All) is wanted:
                    yield from self._each(tests, wanted, before)
                else:
                    for one in tests:
                        yield from self.outcomes(one, wanted, before)
            case _:
                yield (*before, (test, wanted))

    def _each(
        self, tests: Sequence[Test], wanted: bool, before: tuple[Literal_, ...]
    ) -> Iterator[tuple[Literal_, ...]]:
        if not tests:
            yield before
            return
        for literals in self.outcomes(tests[0], wanted, before):
            yield from self._each(tests[1:], wanted, literals)

    def _known(self, test: Test, before: tuple[Literal_, ...]) -> bool | None:
        """The outcome of a test where the tests before it leave no choice."""
        self._count()
        match test:
            case Not():
                inner = self._known(test.test, before)
                return None if inner is None else not inner
            case All(tests=tests) | Some(tests=tests):
                stop = isinstance(test, Some)
                found = [self._known(one, before) for one in tests]
                if stop in found:
                    return stop
                return None if None in found else not stop
        certain = self._certain(test)
        if certain is not None:
            return certain
        return next((outcome for literal, outcome in before if literal == test), None)

    def _certain(self, test: Test) -> bool | None:
        match test:
            case Always():
                return test.truth
            case Sent(name="origin"):
                return True
            case Open(is_exception=True):
                return self.fails
            case MethodIs():
                if self.method == "OPTIONS":
                    return "OPTIONS" in test.names
                return False if test.names == frozenset({"OPTIONS"}) else None
            case Holds():
                return any(known.implies(test.condition) for known in self.conditions)
        return None
