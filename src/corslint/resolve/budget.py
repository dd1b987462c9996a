"""How much is spent on one question to the resolver, over all modules that it leads to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from corslint.collect import Project
from corslint.values import Items, Known, Value

MAX_DEPTH = 150
"""Expressions, names and calls inside each other that are followed."""
MAX_STEPS = 200_000
"""Expressions evaluated for one question; long containers, and statements that change a name, count as well."""
MAX_CALLS = 12
"""Calls of the project's functions inside each other."""
MAX_CALLS_IN_ALL = 2_000
"""Calls of the project's functions for one question."""
MAX_TURNS_IN_ALL = 4_000
"""Turns of loops that are followed for one question."""
_MAX_FRAMES = 5_000
"""Frames of Python that this may need: bounded by MAX_DEPTH, and by how deep blocks are nested in a function."""


@dataclass(slots=True)
class Budget:
    """What the question that is being answered has spent so far; one per project."""

    depth: int = 0
    steps: int = 0
    calls: int = 0
    calls_in_all: int = 0
    turns: int = 0
    questions: int = 0
    active: set[object] = field(default_factory=set)
    """What is being evaluated: asked for again, it is defined in terms of itself."""
    passing: dict[object, Value[object] | None] = field(default_factory=dict)
    """Results that hold for this question only, such as those within one call of a function."""

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be followed."""
        return self.depth > MAX_DEPTH or self.steps > MAX_STEPS

    @property
    def may_keep(self) -> bool:
        """Whether a result is surely not cut short by the bounds."""
        return self.steps <= MAX_STEPS and self.depth <= MAX_DEPTH // 2

    @property
    def may_call(self) -> bool:
        """Whether one more call is followed."""
        return self.calls < MAX_CALLS and self.calls_in_all < MAX_CALLS_IN_ALL

    @contextmanager
    def call(self) -> Iterator[None]:
        """While a call is followed."""
        self.calls += 1
        self.calls_in_all += 1
        try:
            yield
        finally:
            self.calls -= 1

    def may_turn(self) -> bool:
        """Count one more turn of a loop; whether it is followed."""
        self.turns += 1
        return self.turns <= MAX_TURNS_IN_ALL

    def charge(self, value: Value[object] | None) -> None:
        """Count what it takes to make a long container."""
        if isinstance(value, Known) and isinstance(value.value, Items):
            self.steps += len(value.value.items) // 2

    @contextmanager
    def question(self) -> Iterator[None]:
        """While a question from outside is answered; only the outermost resets the bounds."""
        outermost = self.questions == 0
        limit = sys.getrecursionlimit()
        if outermost:
            self.steps = self.depth = self.calls = self.calls_in_all = self.turns = 0
            sys.setrecursionlimit(max(limit, _MAX_FRAMES))
        self.questions += 1
        try:
            yield
        finally:
            self.questions -= 1
            if outermost:
                sys.setrecursionlimit(limit)
                self.active.clear()
                self.passing.clear()


def budget_of(project: Project) -> Budget:
    """The budget all resolvers of a project share."""
    return project.once(_made)


def _made(project: Project) -> Budget:
    return Budget()
