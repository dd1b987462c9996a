"""The search for a witness: first among the natural ones, then among all origins, shortest first."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache

from corslint.origins import MAX_PATTERN, Dialect, Match, UndecidedError, parse_origin
from corslint.witness.automaton import DEAD, Automaton, Reader, matches
from corslint.witness.confirm import Engine
from corslint.witness.guarded import guarded, guards
from corslint.witness.language import Expression, anywhere, expression, left_out, serialised
from corslint.witness.literals import parts, runs
from corslint.witness.owners import Owners, owned_parts, owners
from corslint.witness.parser import Parser
from corslint.witness.strangers import NAME, START, Owned, Stage, Strangers
from corslint.witness.suffixes import COMMON, Suffixes, all_suffixes, platform_of
from corslint.witness.taste import natural_origins, read_origins
from corslint.witness.tree import ALPHABET, MAX_LENGTH, Node
from corslint.witness.widths import width

MAX_STEPS = 20_000
"""How many states may be visited and origins tried, about two seconds long, before a pattern counts as undecided."""
SECONDS = 3.0
"""Of the processor, that a search may take where its steps are slow: a busy machine decides what an idle one does."""
MAX_VISITED = 150_000
"""How many combinations of states may be visited, for the sake of memory."""
_STEPS_OF_DOUBT = 3000
_STEPS_FOR_BETTER = 2000
_SECONDS_IN_CLEAR = 0.5
_MAX_PAIRS = 20_000
_MAX_TRIED = 200
"""How many witnesses of a pattern that is only read approximately are put to an engine."""
_State = tuple[int, int, Stage, str, int]


def find_witness(
    pattern: str, *, dialect: Dialect, match: Match, own: Iterable[str] = (), ignore_case: bool = False
) -> str | None:
    """An origin that the pattern lets in and a stranger can own; see `corslint.origins.find_witness`."""
    if len(pattern) > MAX_PATTERN:
        raise UndecidedError("the pattern is too long to be decided")
    asked = expression(pattern, dialect, match, ignore_case=ignore_case)
    node = Parser(asked.text, asked.dialect, ignore_case=asked.ignore_case).parse()
    if width(node)[0] > MAX_LENGTH:
        return None
    if match == "within":
        found = parts(pattern)
    else:
        found = runs(node, open_before=asked.how == "search", open_after=asked.how != "fullmatch")
    return _Search(asked, node, owners(found), own).first()


@lru_cache(maxsize=2)
def _syntax(scheme: str) -> Automaton:
    return Automaton(serialised(scheme))


@lru_cache(maxsize=1)
def _strangers() -> Strangers:
    return Strangers(all_suffixes())


class _Search:
    """One pattern, with what is ours and the time that is left."""

    def __init__(self, asked: Expression, node: Node, named: Owners, own: Iterable[str]) -> None:
        self._asked = asked
        self._node = node
        self._engine = Engine(node, asked.how)
        self._deadline = time.thread_time() + SECONDS
        self._steps_left = MAX_STEPS
        self._owners = named
        domains, globs = owned_parts(own)
        self._owned = Owned(self._owners.domains, domains, all_suffixes())
        self._left_out = left_out(self._owners.scopes, (*globs, *(f"*://{one}*" for one in named.addresses)))
        self._too_large: UndecidedError | None = None
        self._pattern: Reader | None = None
        tests, self._exact = guards(node, whole=asked.how != "search")
        try:
            self._pattern = guarded(Automaton(anywhere(node, asked)), tests)
        except UndecidedError as error:
            self._too_large = error
        self._tried = 0
        self._doubt = ""

    def first(self) -> str | None:
        """The best witness, None where it is proven that there is none.

        A domain of a stranger's own is worse than a name on a platform that the pattern opens as a whole.
        """
        shared: str | None = None
        try:
            for scheme in ("https", "http"):
                for origin in self._witnesses(scheme):
                    on_platform = platform_of(origin.rpartition("/")[2].partition(":")[0].removesuffix("."))
                    if (shared is None or not on_platform) and self._holds(origin):
                        if not on_platform:
                            return origin
                        shared = origin
                        self._steps_left = min(self._steps_left, _STEPS_FOR_BETTER)
        except UndecidedError:
            shared = shared or self._in_clear()
            if shared is None:
                raise
        if shared is None and self._doubt:
            raise UndecidedError(self._doubt)
        return shared

    def _in_clear(self) -> str | None:
        """A natural witness of http, where too much is open, or ours, to look at all of https first."""
        self._steps_left, self._deadline = _STEPS_OF_DOUBT, time.thread_time() + _SECONDS_IN_CLEAR
        try:
            return next((origin for origin in self._natural("http") if self._holds(origin)), None)
        except UndecidedError:
            return None

    def _holds(self, origin: str) -> bool:
        """Whether an origin that the automaton accepts is one, and an engine accepts it too."""
        if parse_origin(origin) is None:  # a label or the host is too long
            self._doubt = "no origin is found that the pattern lets in, of those that are not too long"
            return False
        self._tried += 1
        if self._tried > _MAX_TRIED:
            raise UndecidedError("the pattern looks around or refers back in a way that cannot be decided")
        self._step()
        if self._engine.lets_in(origin):
            return True
        # Now nothing can be proven any more, only found.
        self._steps_left = min(self._steps_left, _STEPS_OF_DOUBT)
        self._doubt = (
            "the pattern is read differently by the engine that confirms it"
            if self._exact
            else "the pattern looks around or refers back in a way that cannot be decided"
        )
        return False

    def _step(self) -> None:
        """Count a step. Raises UndecidedError where there have been too many."""
        self._steps_left -= 1
        if self._steps_left < 0 or time.thread_time() > self._deadline:
            raise UndecidedError(self._doubt or "the pattern takes too long to be decided")

    def _natural(self, scheme: str) -> Iterator[str]:
        syntax, strangers, how = _syntax(scheme), _strangers(), self._asked.how
        read = read_origins(self._node, scheme, open_before=how == "search", open_after=how != "fullmatch")
        for origin in (*natural_origins(self._owners, scheme), *read):
            if self._is_witness(origin, syntax, strangers):
                yield origin

    def _witnesses(self, scheme: str) -> Iterator[str]:
        yield from self._natural(scheme)
        syntax, strangers = _syntax(scheme), _strangers()
        if self._pattern is None:
            self._doubt = str(self._too_large)
            return
        useful = self._useful(self._pattern, syntax)
        if useful is not None and not useful:
            return
        shared = tuple(self._owners.shared)
        common = Strangers(Suffixes((*COMMON, *shared)))
        for with_final_dot in (False, True):
            for origin in self._shortest(self._pattern, syntax, common, useful, with_final_dot=with_final_dot):
                if self._is_witness(origin, syntax, strangers):
                    yield origin
        yield from self._shortest(self._pattern, syntax, strangers, useful)

    def _is_witness(self, origin: str, syntax: Automaton, strangers: Strangers) -> bool:
        """Whether the automata accept an origin; without one for the pattern, only the engine can say."""
        if len(origin) > MAX_LENGTH or any(one not in ALPHABET for one in origin) or not matches(syntax, origin):
            return False
        stage: Stage | None = START
        tail: str | None = ""
        for character in reversed(origin):
            if stage is not None:
                stage = strangers.step(stage, character)
            if tail is not None:
                tail = self._owned.step(tail, character)
        if stage is None or tail is None or matches(self._left_out, origin):
            return False
        if self._pattern is not None:
            return matches(self._pattern, origin)
        self._step()
        return self._engine.lets_in(origin)

    def _useful(self, pattern: Reader, syntax: Automaton) -> set[tuple[int, int]] | None:
        """The pairs of states from which an origin of any owner can still be read; None if there are too many."""
        start = pattern.start, syntax.start
        before: dict[tuple[int, int], set[tuple[int, int]]] = {start: set()}
        waiting = [start]
        ends: list[tuple[int, int]] = []
        while waiting:
            self._step()
            pair = waiting.pop()
            if syntax.accepts(pair[1]) and pattern.accepts(pair[0]):
                ends.append(pair)
            for character in ALPHABET:
                second = syntax.step(pair[1], character)
                if second == DEAD or (first := pattern.step(pair[0], character)) == DEAD:
                    continue
                following = first, second
                if following not in before:
                    if len(before) >= _MAX_PAIRS:
                        return None
                    before[following] = set()
                    waiting.append(following)
                before[following].add(pair)
        useful = set(ends)
        while ends:
            for pair in before[ends.pop()]:
                if pair not in useful:
                    useful.add(pair)
                    ends.append(pair)
        return useful

    def _shortest(
        self,
        pattern: Reader,
        syntax: Automaton,
        strangers: Strangers,
        useful: set[tuple[int, int]] | None,
        *,
        with_final_dot: bool = True,
    ) -> Iterator[str]:
        """All that is accepted by everything, one of each kind, the shortest first."""
        start: _State = (pattern.start, syntax.start, START, "", self._left_out.start)
        came_from: dict[_State, tuple[_State, str] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            self._step()
            state = waiting.popleft()
            matched, written, stage, tail, ours = state
            free = ours == DEAD or not self._left_out.accepts(ours)
            if free and syntax.accepts(written) and pattern.accepts(matched):
                yield _text(state, came_from)
            for character in ALPHABET:
                next_written = syntax.step(written, character)
                if next_written == DEAD:
                    continue
                next_matched = pattern.step(matched, character)
                if next_matched == DEAD or (useful is not None and (next_matched, next_written) not in useful):
                    continue
                next_stage = strangers.step(stage, character)
                next_tail = self._owned.step(tail, character)
                if next_stage is None or next_tail is None:
                    continue
                if not with_final_dot and character == "." and next_stage == NAME:
                    continue
                next_ours = ours if ours == DEAD else self._left_out.step(ours, character)
                following = (next_matched, next_written, next_stage, next_tail, next_ours)
                if following not in came_from:
                    if len(came_from) >= MAX_VISITED:
                        raise UndecidedError("the pattern leaves too many ways open to be decided")
                    came_from[following] = (state, character)
                    waiting.append(following)


def _text(state: _State, came_from: dict[_State, tuple[_State, str] | None]) -> str:
    characters = []
    while (step := came_from[state]) is not None:
        state, character = step
        characters.append(character)
    return "".join(characters)
