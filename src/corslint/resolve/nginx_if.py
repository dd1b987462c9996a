"""How the condition of an `if` turns out."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.origins import Exact, Pattern
from corslint.resolve.nginx_conditions import Condition
from corslint.resolve.nginx_state import (
    ORIGIN,
    Guess,
    State,
    Text,
    TheOrigin,
    captured,
    captured_of_origin,
    not_captured,
    opaque,
    plain,
    search,
)
from corslint.resolve.nginx_variables import Variables


def decide(condition: Condition, variables: Variables, state: State) -> Iterator[tuple[State, bool]]:
    """The ways in which a condition can turn out."""
    if condition.kind == "other":
        yield from _guess(condition, state)
        return
    for now, subject in variables.value(condition.subject, state):
        if condition.kind == "set":
            yield from _is_set(condition, subject, now)
        elif condition.kind == "equals":
            for after, operand in variables.fill(condition.operand, now):
                yield from _equals(condition, subject, operand, after)
        else:
            yield from _matches(condition, subject, now)


def _is_set(condition: Condition, subject: Text, state: State) -> Iterator[tuple[State, bool]]:
    text = plain(subject)
    if text is not None:
        yield state, text not in ("", "0")
    elif any(isinstance(part, TheOrigin) or (isinstance(part, str) and part != "0") for part in subject):
        yield state, True
    else:
        yield from _guess(condition, state)


def _equals(condition: Condition, subject: Text, operand: Text, state: State) -> Iterator[tuple[State, bool]]:
    if subject == operand and opaque(subject) is None:
        yield state, not condition.negated
        return
    left, right = plain(subject), plain(operand)
    if left is not None and right is not None:
        yield state, (left == right) is not condition.negated
        return
    if right is None and left is not None:
        subject, left, right = operand, None, left
    around = _around_origin(subject)
    if right is None or around is None:
        yield from _guess(condition, state)
        return
    before, after = around
    if not right.startswith(before) or not right.endswith(after) or len(right) <= len(before) + len(after):
        yield state, condition.negated
        return
    entry = Exact(right[len(before) : len(right) - len(after)], condition.span)
    yield from _test(condition, entry, state)


def _around_origin(text: Text) -> tuple[str, str] | None:
    """The known text before and after the origin, if that is all there is."""
    if text.count(ORIGIN) != 1 or any(not isinstance(part, (str, TheOrigin)) for part in text):
        return None
    at = text.index(ORIGIN)
    return "".join(map(str, text[:at])), "".join(map(str, text[at + 1 :]))


def _matches(condition: Condition, subject: Text, state: State) -> Iterator[tuple[State, bool]]:
    text = plain(subject)
    if text is not None:
        match = search(condition.operand, text, ignore_case=condition.ignore_case)
        if match is None:
            state = not_captured(state)
        else:
            state = captured(state, condition.operand, match, condition.ignore_case)
        yield state, (match is not None) is not condition.negated
    elif subject == (ORIGIN,):
        entry = Pattern(condition.operand, "pcre", "search", condition.ignore_case, span=condition.span)
        yield from _test(condition, entry, state)
    else:
        yield from _guess(condition, state)


def _test(condition: Condition, entry: Exact | Pattern, state: State) -> Iterator[tuple[State, bool]]:
    decided = state.decides(entry)
    for holds in (True, False):
        if decided is not None and decided is not holds:
            continue
        after = state if decided is not None else state.tested(entry, holds)
        if isinstance(entry, Pattern):
            after = captured_of_origin(after, entry) if holds else not_captured(after)
        yield after, holds is not condition.negated


def _guess(condition: Condition, state: State) -> Iterator[tuple[State, bool]]:
    """Both outcomes, the one that leaves the `if` alone first: most conditions are about unusual requests."""
    subject = str(condition)
    for guess in state.guesses:
        if guess.subject == subject:
            yield state, guess.holds
            return
    for holds in (False, True):
        yield state.guessed(Guess(subject, holds, condition.directive.head)), holds
