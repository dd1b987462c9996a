"""Follows branches and loops: each way under its test, and what is known where they meet again."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.servers.python_headers.comparisons import compare, level_of
from corslint.servers.python_headers.conditions import (
    ABOUT_ORIGIN,
    HARMLESS,
    TRUE,
    Open,
    Sent,
    Test,
    both,
    negate,
)
from corslint.servers.python_headers.expressions import Expressions, bind_pair
from corslint.servers.python_headers.state import Path, State, merge
from corslint.servers.python_headers.terms import (
    MAX_SIZE,
    Bag,
    Line,
    Marker,
    Opaque,
    Ref,
    Sizes,
    Term,
    Text,
)
from corslint.servers.python_headers.writes import Writes
from corslint.syntax.python import body_statements
from corslint.values import Known

if TYPE_CHECKING:
    import libcst as cst

_READS_ORIGIN = re.compile(r"(?:headers|meta|environ)\[['\"](?:http_)?origin['\"]\]", re.IGNORECASE)


@dataclass(slots=True)
class Frame:
    """A function that is being followed."""

    fork: Path
    returned: list[tuple[State, Term]] = field(default_factory=list)
    raised: bool = False
    ended: int = 0
    """How many ways have left the function so far."""
    turned: int = 0
    """How many ways have left the turn of a loop so far."""
    loops: list[tuple[list[State], list[State]]] = field(default_factory=list)
    """For each loop around, innermost last: where it was left, and where its turn was."""


class Branches(ABC):
    """The statements that have blocks in them."""

    def __init__(self, resolver: Resolver, expressions: Expressions, writes: Writes) -> None:
        self.resolver = resolver
        self.module = resolver.module
        self.expressions = expressions
        self.writes = writes
        self.frames: list[Frame] = []
        """The functions that are being followed, the innermost last."""
        self.sizes = Sizes()

    @abstractmethod
    def block(self, statements: Iterable[cst.CSTNode], state: State | None) -> State | None:
        """The state behind some statements; None where no path goes on."""

    def raises(self) -> None:
        self.frames[-1].raised = True
        self.frames[-1].ended += 1

    def _lost(self) -> tuple[int, int]:
        """How many ways have left the block being followed so far; the same number means that all went on."""
        return self.frames[-1].ended, self.frames[-1].turned

    def small(self, term: Term, node: cst.CSTNode) -> Term:
        """A value, or one that is not known in place of one too large to look at."""
        if self.sizes.of(term) <= MAX_SIZE:
            return term
        return Opaque("it is put together in too many steps", ABOUT_ORIGIN, self.module.span(node))

    def branch(self, node: cst.If, state: State) -> State | None:
        test = self.expressions.judgements.test(node.test, state)
        if self.sizes.of(test) > MAX_SIZE:
            test = Open(f"`{self.module.text(node.test)}` decides it", ABOUT_ORIGIN, self.module.span(node.test))
        fork, lost = state.path, self._lost()
        yes, no = state.fork(test), state.fork(negate(test))
        if yes is not None:
            yes = self.block(body_statements(node.body), yes)
        if no is not None and node.orelse is not None:
            import libcst

            if isinstance(node.orelse, libcst.If):
                no = self.branch(node.orelse, no)
            else:
                no = self.block(body_statements(node.orelse.body), no)
        return merge([yes, no], fork, complete=self._lost() == lost)

    def loop(self, node: cst.For, state: State) -> State | None:
        iterated = self.expressions.term(node.iter, state)
        turns: list[tuple[Test, dict[str, Term]]] = []
        if isinstance(iterated, Marker) and iterated.what == "headers":
            inner = State()
            bind_pair(node.target, inner)
            turns.append((TRUE, inner.names))
        elif isinstance(iterated, Ref):
            return self._over_headers(node, iterated.bag, state)
        else:
            for item in self.expressions.elements(node.iter, state):
                unknown = isinstance(item, Opaque)
                names = self._unpacked(node.target, item, node.iter, state)
                turns.append((Open("a loop decides it", HARMLESS) if unknown else TRUE, names))
        return self.turns(turns, node.body, state, node.orelse)

    def _unpacked(
        self, target: cst.BaseExpression, item: Term, over: cst.BaseExpression, state: State
    ) -> dict[str, Term]:
        import libcst

        if isinstance(target, libcst.Name):
            return {target.value: item}
        names: dict[str, Term] = {}
        if isinstance(target, libcst.Tuple):
            values = self.expressions.parts(item, len(target.elements))
            for position, element in enumerate(target.elements):
                if isinstance(element.value, libcst.Name):
                    names[element.value.value] = values[position] if values else self.expressions.opaque(over, state)
        return names

    def _over_headers(self, node: cst.For, bag: Bag, state: State) -> State | None:
        """`for name, value in headers.items(): response.headers[name] = value`."""
        import libcst

        if not isinstance(node.target, libcst.Tuple) or len(node.target.elements) != 2:
            return self.turns([(Open("a loop decides it", HARMLESS), {})], node.body, state)
        one, other = (element.value for element in node.target.elements)
        current: State | None = state
        if not isinstance(one, libcst.Name) or not isinstance(other, libcst.Name):
            return state
        before = len(self.writes.bags)
        for line in tuple(bag.lines):
            if current is None:
                return None
            turn = {one.value: Text(Known(line.name)), other.value: line.value}
            current = self.turns([(line.when, turn)], node.body, current, replaying=line)
        bag.passed_on = bag.passed_on or len(self.writes.bags) > before or bool(bag.lines)
        return current

    def turns(
        self,
        turns: Sequence[tuple[Test, dict[str, Term]]],
        body: cst.BaseSuite,
        state: State,
        orelse: cst.Else | None = None,
        replaying: Line | None = None,
    ) -> State | None:
        """The state behind a loop, each turn with its test and its names."""
        fork, frame = state.path, self.frames[-1]
        ended = frame.ended
        current: State | None = state
        left: list[State] = []
        self.writes.replaying.append(replaying)
        for test, names in turns:
            if current is None:
                break
            here, lost = current.path, self._lost()
            skipped = current.fork(negate(test)) if test != TRUE else None
            turn = current.fork(test)
            if turn is None:
                continue
            turn.names.update(names)
            turn.bound |= names.keys()
            continued: list[State] = []
            broken = len(left)
            frame.loops.append((left, continued))
            after = self.block(body_statements(body), turn)
            frame.loops.pop()
            states = [*continued, after, *([skipped] if skipped is not None else [])]
            current = merge(states, here, complete=self._lost()[0] == lost[0] and len(left) == broken)
            if current is not None:
                current.names = {name: self.small(term, body) for name, term in current.names.items()}
        self.writes.replaying.pop()
        if orelse is not None and current is not None:
            current = self.block(body_statements(orelse.body), current)
        if not left:
            return current
        return merge([*left, current], fork, complete=frame.ended == ended)

    def attempt(self, node: cst.Try | cst.TryStar, state: State) -> State | None:
        fork, lost = state.path, self._lost()
        if self._reads_origin(node.body):
            fails: Test = negate(Sent("origin"))
        else:
            fails = Open("an exception decides it", HARMLESS, self.module.span(node), is_exception=True)
        branches: list[State | None] = []
        trying = state.fork(negate(fails)) if node.handlers else state.fork()
        end = None if trying is None else self.block(body_statements(node.body), trying)
        if end is not None and node.orelse is not None:
            end = self.block(body_statements(node.orelse.body), end)
        branches.append(end)
        for handler in node.handlers:
            begun = state.fork(fails)
            branches.append(None if begun is None else self.block(body_statements(handler.body), begun))
        after = merge(branches, fork, complete=self._lost() == lost)
        if node.finalbody is not None and after is not None:
            after = self.block(body_statements(node.finalbody.body), after)
        return after

    def _reads_origin(self, body: cst.BaseSuite) -> bool:
        """Whether a block fails where the request has no Origin: `request.headers["Origin"]`."""
        return _READS_ORIGIN.search(self.module.span(body).text) is not None

    def cases(self, node: cst.Match, state: State) -> State | None:
        import libcst

        subject = self.expressions.term(node.subject, state)
        fork, lost = state.path, self._lost()
        rest: State | None = state.fork()
        branches: list[State | None] = []
        for case in node.cases:
            if rest is None:
                break
            pattern = case.pattern
            test: Test = Open("a `match` decides it", max(level_of(subject), HARMLESS), self.module.span(case))
            if isinstance(pattern, libcst.MatchValue):
                span, text = self.module.span(pattern), self.module.text(pattern)
                test = compare("==", subject, self.expressions.term(pattern.value, rest), span, text)
            elif isinstance(pattern, libcst.MatchAs) and pattern.pattern is None:
                test = TRUE
            if case.guard is not None:
                test = both(test, self.expressions.judgements.test(case.guard, rest))
            begun = rest.fork(test)
            branches.append(None if begun is None else self.block(body_statements(case.body), begun))
            rest = rest.fork(negate(test))
        return merge([*branches, rest], fork, complete=self._lost() == lost)
