"""What a header's value and the checks around it depend on: the request, the configuration, or what nobody can see.

A `Term` stands for a value of the running program, a `Test` for a condition; both are made by `trace` and are carried
out here for one request, or taken apart in `admission` to say who is let in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from corslint.origins import Entry, Origins, UndecidedError
from corslint.source import Span
from corslint.values import Condition, Known, Unknown

HARMLESS, LOOKS_AT_REQUEST, ABOUT_ORIGIN = 0, 1, 2
"""How much an unknown check may have to do with the origin: nothing, unclear, or it decides."""
MAX_STEPS = 20_000
"""Terms and tests carried out for one answer."""
MAX_SIZE = 2_000
"""Terms and tests in one value; a larger one is not followed."""
MAX_LINES = 200
"""Headers set on one response, in all branches together."""


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


@dataclass(frozen=True, slots=True)
class Text:
    """A constant of the program, also one that is no text; alternatives are `Choice`s outside."""

    value: Known[object] | Unknown


@dataclass(frozen=True, slots=True)
class Absent:
    """No header at all."""


@dataclass(frozen=True, slots=True)
class Header:
    """The value of a request header: `origin`, or another one by its lower-case name."""

    name: str
    missing: Term
    """What stands here where the request has no such header."""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values."""

    test: Test
    yes: Term
    no: Term


@dataclass(frozen=True, slots=True)
class Truth:
    """The outcome of a test as a value."""

    test: Test


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts put together."""

    parts: tuple[Term, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What `urlparse` makes of a value."""

    of: Term


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a parsed origin, such as its host name."""

    of: Term
    name: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that only the running program knows."""

    reason: str
    level: int
    span: Span | None = None
    parameter: bool = False
    """Whether it is what a caller passes, which the place of the call may show."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A value of the program that is only looked into: the request, its headers, a pair of them while they are read."""

    what: Literal["headers", "request", "header name", "header value", "method"]


@dataclass(frozen=True, slots=True)
class Container:
    """A list, tuple or set with an element that the program only knows when it runs."""

    items: tuple[Term, ...]


@dataclass(eq=False, slots=True)
class Bag:
    """Headers that are put together: those of a response, or a dict or list that may become them."""

    kind: Literal["response", "dict"]
    name: str
    lines: list[Line] = field(default_factory=list)
    framework: str | None = None
    """Whose notation the headers are set in, where that shows."""
    status: int | None = None
    passed_on: bool = False
    """Whether its lines became those of another bag, or went into a request."""
    is_sink: bool = False
    """Whether it is certain that it becomes a response's headers."""
    merged_into: Bag | None = None
    """What it is part of behind a branch."""

    def put(self, line: Line) -> None:
        """Add a header; past MAX_LINES nobody knows any more what is sent."""
        if len(self.lines) < MAX_LINES:
            self.lines.append(line)
        elif len(self.lines) == MAX_LINES:
            too_many = Opaque("it sets headers in too many places to follow", ABOUT_ORIGIN, line.span)
            last = next((one for one in reversed(self.lines) if one.name == "access-control-allow-origin"), line)
            self.lines.append(replace(last, value=too_many, when=TRUE, op="set"))

    def final(self) -> Bag:
        """The headers these are part of in the end."""
        bag = self
        while bag.merged_into is not None:
            bag = bag.merged_into
        return bag


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that is, or has, these headers."""

    bag: Bag


@dataclass(frozen=True, slots=True)
class Several:
    """The parts of a tuple, such as Flask's `return body, status, headers`."""

    terms: tuple[Term, ...]


Term: TypeAlias = (
    Text | Absent | Header | Choice | Truth | Joined | Parsed | Part | Opaque | Marker | Container | Ref | Several
)
NONE = Text(Known(None))


@dataclass(frozen=True, slots=True)
class Line:
    """A header that is set, added, or taken away."""

    name: str
    """Lower case."""
    value: Term
    when: Test
    op: Literal["set", "add", "default", "remove", "vary"]
    span: Span
    """The statement or the pair; also tells lines apart."""
    shown: Span | None = None
    """Where the value stands."""
    function: str = ""
    """The function it stands in, `Handler.get`; empty for a constant of the module."""
    constant: str = ""
    """The constant of the module that it is part of."""


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


class Sizes:
    """How large terms are, each counted as often as it occurs; asked once for each."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[object, int]] = {}

    def of(self, part: Term | Test) -> int:
        """The number of terms and tests in a term or a test."""
        kept = self._kept.get(id(part))
        if kept is not None:
            return kept[1]
        inside: tuple[Term | Test, ...] = ()
        match part:
            case Choice():
                inside = (part.test, part.yes, part.no)
            case Joined():
                inside = part.parts
            case Truth():
                inside = (part.test,)
            case Not():
                inside = (part.test,)
            case All() | Some():
                inside = part.tests
            case Header():
                inside = (part.missing,)
            case Part() | Parsed():
                inside = (part.of,)
            case Container():
                inside = part.items
            case Several():
                inside = part.terms
            case _:
                pass
        size = 1 + sum(map(self.of, inside))
        self._kept[id(part)] = (part, size)
        return size


def leaves(term: Term) -> Iterator[Term]:
    """The values that a term can have, choices resolved; each once."""
    waiting, seen = [term], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Choice):
            waiting += (one.no, one.yes)
        else:
            yield one


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


def atoms_of(term: Term) -> Iterator[Test]:
    """The tests that choices inside of a term are made by."""
    waiting, seen = [term], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        match one:
            case Choice():
                yield from atoms(one.test)
                waiting += (one.no, one.yes)
            case Truth():
                yield from atoms(one.test)
            case Header():
                waiting.append(one.missing)
            case Joined():
                waiting.extend(one.parts)
            case Part() | Parsed():
                waiting.append(one.of)
            case _:
                pass
