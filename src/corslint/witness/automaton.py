"""Automata that are built while they read: what can have been matched, for each text read backwards so far.

Origins are read from their end, where the domain stands: most patterns that are right say which domain that is, and so
leave little to read.
"""

from __future__ import annotations

from typing import Protocol

from corslint.origins import UndecidedError
from corslint.witness.tree import (
    ALPHABET,
    ANYTHING,
    WORD,
    At,
    Atomic,
    Back,
    Chars,
    Choice,
    Condition,
    Group,
    Look,
    Node,
    Place,
    Repeat,
    Sequence,
)

MAX_STATES = 20_000
"""How many states the expression may need, and how many sets of them may be met."""
MAX_MEMBERS = 500_000
"""How many members all these sets may have together, for the sake of memory."""
DEAD = -1
"""What is read so far, no text can complete."""
_EDGE, _IN_WORD, _BETWEEN = range(3)
_KINDS = {one: _IN_WORD if WORD >> ord(one) & 1 else _BETWEEN for one in ALPHABET}
_MIRRORED: dict[Place, Place] = {
    "start": "end",
    "end": "start",
    "opening": "closing",
    "closing": "opening",
    "before": "behind",
    "behind": "before",
}


class Reader(Protocol):
    """What reads texts over ALPHABET backwards."""

    start: int
    """The state before anything is read."""

    def step(self, state: int, character: str) -> int:
        """The state after one more character, DEAD if there is none."""

    def accepts(self, state: int) -> bool:
        """Whether the text may end (begin, as it is read backwards) here."""


def matches(reader: Reader, text: str) -> bool:
    """Whether a reader accepts a whole text; it must consist of characters of ALPHABET."""
    state = reader.start
    for character in reversed(text):
        state = reader.step(state, character)
        if state == DEAD:
            return False
    return reader.accepts(state)


class Automaton:
    """Reads texts over ALPHABET backwards, and tells whether an expression matches the whole of them.

    Of what no automaton can do (looking around, referring back, giving nothing back) it accepts at least as much.
    Raises UndecidedError while it is built or read where it would need more than MAX_STATES.
    """

    def __init__(self, node: Node) -> None:
        self._moves: list[tuple[int, int] | None] = []
        self._free: list[list[tuple[Place | None, int]]] = []
        self._final = self._state()
        self._anchored = False
        first = self._build(node, self._final)
        self._ids: dict[tuple[frozenset[int], int], int] = {}
        self._sets: list[tuple[frozenset[int], int]] = []
        self._steps: dict[tuple[int, str], int] = {}
        self._closures: dict[tuple[frozenset[int], int, int], frozenset[int]] = {}
        self._accepting: dict[int, bool] = {}
        self._members = 0
        self.start = self._id(frozenset((first,)), _EDGE)

    def _state(self) -> int:
        if len(self._moves) >= MAX_STATES:
            raise UndecidedError("the pattern repeats too much to be decided")
        self._moves.append(None)
        self._free.append([])
        return len(self._moves) - 1

    def _build(self, node: Node, after: int) -> int:
        """The state that reads `node`, mirrored, and goes on with `after`."""
        match node:
            case Chars():
                state = self._state()
                self._moves[state] = (node.mask, after)
            case At():
                state = self._state()
                self._anchored = True
                self._free[state].append((_MIRRORED.get(node.place, node.place), after))
            case Sequence():
                state = after
                for item in node.items:
                    state = self._build(item, state)
            case Choice():
                state = self._state()
                self._free[state] += [(None, self._build(item, after)) for item in node.items]
            case Look():
                state = after
            case Back():
                state = self._build(ANYTHING, after)
            case Atomic() | Group():
                state = self._build(node.item, after)
            case Condition():
                state = self._build(Choice((node.then, node.otherwise)), after)
            case Repeat():
                state = after
                if node.most is None:
                    state = self._state()
                    self._free[state] += [(None, self._build(node.item, state)), (None, after)]
                else:
                    for _ in range(node.most - node.least):
                        way = self._state()
                        self._free[way] += [(None, self._build(node.item, state)), (None, after)]
                        state = way
                for _ in range(node.least):
                    state = self._build(node.item, state)
        return state

    def _id(self, states: frozenset[int], before: int) -> int:
        if not states:
            return DEAD
        key = states, before if self._anchored else _EDGE
        if key not in self._ids:
            self._members += len(states)
            if len(self._sets) >= MAX_STATES or self._members > MAX_MEMBERS:
                raise UndecidedError("the pattern has too many readings to be decided")
            self._ids[key] = len(self._sets)
            self._sets.append(key)
        return self._ids[key]

    def _closure(self, states: frozenset[int], before: int, after: int) -> frozenset[int]:
        """All states that are reached without reading, between two characters of these kinds."""
        key = states, before, after if self._anchored else _EDGE
        if (known := self._closures.get(key)) is not None:
            return known
        behind, ahead = before == _IN_WORD, after == _IN_WORD
        holds: dict[Place | None, bool] = {
            None: True,
            "start": before == _EDGE,
            "end": after == _EDGE,
            "boundary": behind != ahead,
            "inside": behind == ahead,
            "opening": ahead and not behind,
            "closing": behind and not ahead,
            "before": not behind,
            "behind": not ahead,
        }
        seen, waiting = set(states), list(states)
        while waiting:
            for place, target in self._free[waiting.pop()]:
                if target not in seen and holds[place]:
                    seen.add(target)
                    waiting.append(target)
        self._closures[key] = found = frozenset(seen)
        self._members += len(found)
        return found

    def step(self, state: int, character: str) -> int:
        """The state after one more character, DEAD if there is none."""
        key = state, character
        if (known := self._steps.get(key)) is not None:
            return known
        states, before = self._sets[state]
        bit, kind = 1 << ord(character), _KINDS[character]
        targets = set()
        for one in self._closure(states, before, kind):
            move = self._moves[one]
            if move is not None and move[0] & bit:
                targets.add(move[1])
        self._steps[key] = found = self._id(frozenset(targets), kind)
        return found

    def accepts(self, state: int) -> bool:
        """Whether the text may end (begin, as it is read backwards) here."""
        if state not in self._accepting:
            states, before = self._sets[state]
            self._accepting[state] = self._final in self._closure(states, before, _EDGE)
        return self._accepting[state]
