"""Where a trace of a function stands: what its names are, and under which conditions the place is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corslint.servers.python_headers.conditions import FALSE, HARMLESS, TRUE, All, Test, both, either, negate
from corslint.servers.python_headers.terms import Bag, Choice, Opaque, Ref, Term


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The tests that lead to a place, as a chain, so that branches share what lies before them."""

    parent: Path | None = None
    test: Test = TRUE

    def then(self, test: Test) -> Path:
        """The path that goes on where the test holds."""
        return self if test == TRUE else Path(self, test)

    def whole(self) -> Test:
        """All tests on the path."""
        return self.since(None)

    def since(self, fork: Path | None) -> Test:
        """The tests since a place before; all of them for None."""
        tests: list[Test] = []
        current: Path | None = self
        while current is not None and current is not fork:
            tests.append(current.test)
            current = current.parent
        return both(*reversed(tests))


@dataclass(slots=True)
class State:
    """The names of a function, and the path to where it is being traced."""

    names: dict[str, Term] = field(default_factory=dict)
    """By name, or by dotted name for attributes that were set."""
    path: Path = field(default_factory=Path)
    bound: set[str] = field(default_factory=set)
    """The names that are set by a call or a loop that is followed, not by the statements around."""

    def fork(self, test: Test = TRUE) -> State | None:
        """A branch in which a test holds; None where it never does."""
        if test == FALSE:
            return None
        return State(dict(self.names), self.path.then(test), set(self.bound))


def merge(states: Sequence[State | None], fork: Path, *, complete: bool = False) -> State | None:
    """The state behind branches that began at `fork`; None where none of them goes on.

    `complete`: the branches are all ways that begin there, so nothing has been decided behind them.
    """
    going = [state for state in states if state is not None]
    if not going:
        return None
    *others, last = going
    if not others and not complete:
        return last
    names, bound = last.names, set(last.bound)
    joined: dict[tuple[int, int], Ref] = {}
    tests = _in_turn([state.path.since(fork) for state in others])
    for state, test in zip(reversed(others), reversed(tests), strict=True):
        names = {
            name: _merged(test, state.names.get(name), names.get(name), joined) for name in {**names, **state.names}
        }
        bound |= state.bound
    path = fork if complete else fork.then(either(*tests, last.path.since(fork)))
    return State(names, path, bound)


def _in_turn(tests: Sequence[Test]) -> list[Test]:
    """The tests as they are asked one after the other: without what is known because those before have failed."""
    found: list[Test] = []
    for test in tests:
        parts = test.tests if isinstance(test, All) else (test,)
        found.append(both(*(part for part in parts if negate(part) not in found)))
    return found


def _merged(test: Test, one: Term | None, other: Term | None, joined: dict[tuple[int, int], Ref]) -> Term:
    """One of two values, by a test."""
    if one is None or other is None:
        return one or other or Opaque("it is not set", HARMLESS)
    if one is other or one == other:
        return one
    if isinstance(one, Ref) or isinstance(other, Ref):
        key = (id(one), id(other))
        if isinstance(one, Ref) and isinstance(other, Ref):
            key = (id(one.bag), id(other.bag))
        if key not in joined:
            joined[key] = _merged_bags(test, one, other)
        return joined[key]
    return Choice(test, one, other)


def _merged_bags(test: Test, one: Term, other: Term) -> Ref:
    """Headers that come from one of two branches."""
    bags = [term.bag for term in (one, other) if isinstance(term, Ref)]
    made = Bag(
        "response" if any(bag.kind == "response" for bag in bags) else "dict",
        bags[0].name,
        framework=next((bag.framework for bag in bags if bag.framework), None),
        is_sink=any(bag.is_sink for bag in bags),
    )
    for term, guard in ((one, test), (other, negate(test))):
        for line in term.bag.lines if isinstance(term, Ref) else ():
            made.put(replace(line, when=both(guard, line.when)))
    for bag in bags:
        bag.merged_into = made
    return Ref(made)
