"""What a header's value depends on: the request, the configuration, or what nobody can see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from corslint.servers.python_headers.conditions import ABOUT_ORIGIN, TRUE, All, Not, Some, Test, atoms
from corslint.source import Span
from corslint.values import Known, Unknown

MAX_SIZE = 2_000
"""Terms and tests in one value; a larger one is not followed."""
MAX_LINES = 200
"""Headers set on one response, in all branches together."""


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
