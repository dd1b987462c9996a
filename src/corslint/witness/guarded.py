"""An expression together with tests of what it matches: all of some others must match too, and none of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from corslint.origins import UndecidedError
from corslint.witness import tree
from corslint.witness.automaton import DEAD, MAX_STATES, Automaton, Reader
from corslint.witness.tree import ANYTHING, At, Look, Node, is_regular

MAX_TESTS = 8
"""How many tests are read exactly."""


def guards(node: Node, *, whole: bool) -> tuple[list[Look], bool]:
    """The tests of what follows where a text begins, and whether automata decide exactly, those tests included.

    Such tests are regular where others are not. With `whole` a match can only begin where the text does.
    """
    items = node.items if isinstance(node, tree.Sequence) else (node,)
    anchored, rest = whole, list(items)
    found: list[Look] = []
    while rest:
        first = rest[0]
        if isinstance(first, At) and first.place == "start":
            anchored = True
        elif anchored and isinstance(first, Look) and first.ahead and is_regular(first.item) and len(found) < MAX_TESTS:
            found.append(first)
        else:
            break
        del rest[0]
    return found, all(map(is_regular, rest))


def guarded(pattern: Automaton, tests: Sequence[Look]) -> Reader:
    """What reads the texts that a pattern matches of which all tests hold, at their beginning."""
    if not tests:
        return pattern
    readers = [(Automaton(tree.Sequence((test.item, ANYTHING))), test.negated) for test in tests]
    wanted = [reader for reader, negated in readers if not negated]
    return Guarded([pattern, *wanted], [reader for reader, negated in readers if negated])


class Guarded:
    """Reads texts over ALPHABET backwards with several readers at once.

    Raises UndecidedError where their states have more than MAX_STATES combinations.
    """

    def __init__(self, wanted: Sequence[Reader], unwanted: Sequence[Reader]) -> None:
        self._parts = (*wanted, *unwanted)
        self._wanted = len(wanted)
        self._combinations: list[tuple[int, ...]] = []
        self._ids: dict[tuple[int, ...], int] = {}
        self._steps: dict[tuple[int, str], int] = {}
        self.start = self._id(tuple(part.start for part in self._parts))

    def _id(self, states: tuple[int, ...]) -> int:
        if DEAD in states[: self._wanted]:
            return DEAD
        if states not in self._ids:
            if len(self._combinations) >= MAX_STATES:
                raise UndecidedError("the pattern has too many readings to be decided")
            self._ids[states] = len(self._combinations)
            self._combinations.append(states)
        return self._ids[states]

    def step(self, state: int, character: str) -> int:
        """The state after one more character, DEAD if there is none."""
        key = state, character
        if key not in self._steps:
            pairs = zip(self._parts, self._combinations[state], strict=True)
            self._steps[key] = self._id(
                tuple(DEAD if one == DEAD else part.step(one, character) for part, one in pairs)
            )
        return self._steps[key]

    def accepts(self, state: int) -> bool:
        """Whether the text may end (begin, as it is read backwards) here."""
        pairs = zip(self._parts, self._combinations[state], strict=True)
        accepted = [one != DEAD and part.accepts(one) for part, one in pairs]
        return all(accepted[: self._wanted]) and not any(accepted[self._wanted :])
