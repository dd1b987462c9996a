"""Carries out terms and tests for one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from corslint.origins import Origins, UndecidedError
from corslint.servers.python_headers.conditions import (
    All,
    Always,
    Holds,
    MethodIs,
    Not,
    Open,
    Passes,
    Sent,
    Some,
    Test,
)
from corslint.servers.python_headers.terms import Absent, Choice, Header, Joined, Opaque, Part, Term, Text, Truth
from corslint.values import Condition, Unknown

MAX_STEPS = 20_000
"""Terms and tests carried out for one answer."""


@dataclass(slots=True)
class Request:
    """A request as terms see it, with what is assumed of the configuration."""

    method: str
    headers: Mapping[str, str]
    """By lower-case name."""
    conditions: tuple[Condition, ...] = ()
    fails: bool = False
    """Whether what can fail does."""
    steps: int = 0

    def step(self) -> None:
        """Count a step. Raises UndecidedError past MAX_STEPS."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise UndecidedError("it depends on too many conditions")


def decide(test: Test, request: Request) -> bool | Open:
    """The outcome of a test for one request; the check that cannot be carried out where it depends on that.

    Raises UndecidedError where an entry or a condition of the configuration cannot be judged.
    """
    request.step()
    match test:
        case Always():
            return test.truth
        case Passes():
            origin = request.headers.get("origin")
            return bool(origin) and Origins(test.entries).match(origin or "") is not None
        case Sent():
            return bool(request.headers.get(test.name))
        case MethodIs():
            return request.method in test.names
        case Holds():
            return _holds(test.condition, request.conditions)
        case Open():
            return request.fails if test.is_exception else test
        case Not():
            inner = decide(test.test, request)
            return inner if isinstance(inner, Open) else not inner
        case All():
            return _first(test.tests, request, stop=False)
        case Some():
            return _first(test.tests, request, stop=True)


def _first(tests: tuple[Test, ...], request: Request, *, stop: bool) -> bool | Open:
    unknown: Open | None = None
    undecided: UndecidedError | None = None
    for test in tests:
        try:
            found = decide(test, request)
        except UndecidedError as error:
            undecided = error
            continue
        if found is stop:
            return stop
        if isinstance(found, Open) and (unknown is None or found.level > unknown.level):
            unknown = found
    if undecided is not None:
        raise undecided
    return (not stop) if unknown is None else unknown


def _holds(condition: Condition, known: tuple[Condition, ...]) -> bool:
    if any(one.implies(condition) for one in known):
        return True
    if any(one.excludes(condition) for one in known):
        return False
    raise UndecidedError(f"it depends on whether {condition.subject} {condition.state}")


def value_of(term: Term, request: Request) -> object:
    """The value for one request; an `Absent` where no header is set.

    Raises UndecidedError where only the running program knows.
    """
    request.step()
    match term:
        case Text():
            if isinstance(term.value, Unknown):
                raise UndecidedError(term.value.reason)
            return term.value.value
        case Absent():
            return term
        case Header():
            found = request.headers.get(term.name)
            return value_of(term.missing, request) if found is None else found
        case Choice():
            outcome = decide(term.test, request)
            if not isinstance(outcome, Open):
                return value_of(term.yes if outcome else term.no, request)
            yes, no = value_of(term.yes, request), value_of(term.no, request)
            if yes == no:
                return yes
            raise UndecidedError(outcome.reason)
        case Truth():
            truth = decide(term.test, request)
            if isinstance(truth, Open):
                raise UndecidedError(truth.reason)
            return truth
        case Joined():
            return "".join(str(value_of(part, request)) for part in term.parts)
        case Part():
            return part_of(str(value_of(term.of, request)), term.name)
        case Opaque():
            raise UndecidedError(term.reason)
    raise UndecidedError("it is put together at run time")


def part_of(text: str, name: str) -> object:
    """An attribute of `urlsplit(text)`. Raises UndecidedError where it cannot be had."""
    try:
        return getattr(urlsplit(text), name)
    except (ValueError, AttributeError):
        raise UndecidedError(f"the `{name}` of an origin is not followed") from None
