"""Which origins a header line of nginx lets in: every text it can send, and the tests of the origin that lead there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corslint.misspelling import NO_ORIGINS
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided, UndecidedError, accepts
from corslint.resolve.nginx_blocks import Line
from corslint.resolve.nginx_run import Answer, Walk, sent_lines
from corslint.resolve.nginx_state import ORIGIN, Captured, Opaque, State, Text, opaque, plain
from corslint.source import Span

ALLOW_ORIGIN = "access-control-allow-origin"
_MAX_MERGED = 64
"""Deliveries of one text that are compared with each other for tests that do not matter."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way in which an Allow-Origin header is sent."""

    answer: Answer
    line: Line
    state: State
    text: Text
    """Never empty: nginx does not send an empty header."""

    @property
    def span(self) -> Span:
        """Where the text is written: in the directive, or in the `map` or `set` that its variable comes from."""
        return self.state.trail[-1] if self.state.trail else self.line.span

    @property
    def is_open(self) -> bool:
        """Whether the text is sent to origins that passed no test."""
        known = plain(self.text)
        to_anyone = known == "*" or self.text == (ORIGIN,) or _is_chosen(self.text)
        return to_anyone and not self.state.passed


def deliveries(walk: Walk, answers: Sequence[Answer]) -> Iterator[Delivery]:
    """The ways in which the answers carry Allow-Origin, whatever their status."""
    for answer in answers:
        for line in sent_lines(answer.block, 200):
            if line.key == ALLOW_ORIGIN:
                start = replace(answer.state, trail=())
                for state, text in walk.variables.fill(line.text, start, templated=line.word.templated):
                    if text:
                        yield Delivery(answer, line, state, text)


def entries(found: Sequence[Delivery]) -> tuple[Entry, ...]:
    """The origins let in, each entry once, in the order of the file; those that anyone passes at the end."""
    entered: dict[Entry, None] = {}
    for delivery in _without_idle_tests(found):
        entry = _entry(delivery)
        if entry is not None:
            entered.setdefault(entry, None)
    return tuple(sorted(entered, key=_rank))


def _rank(entry: Entry) -> tuple[bool, str, int]:
    is_open = isinstance(entry, (AnyOrigin, Reflected)) or (isinstance(entry, Pattern) and entry.negated)
    return (is_open, entry.span.path, entry.span.start) if entry.span else (is_open, "", 0)


def _entry(delivery: Delivery) -> Entry | None:
    text, span = delivery.text, delivery.span
    passed = delivery.state.passed
    failed = [test.entry for test in delivery.state.tests.values() if not test.holds and test.asserted]
    known = plain(text)
    if known is not None and ":" in delivery.line.name:
        # `add_header ACAO: *` sends a second colon, which is part of the value to whoever reads it.
        return Exact(f": {known}", span)
    if known == "*":
        return _all_of(passed) if passed else AnyOrigin(span)
    if known == "null":
        return Null(span)
    if known is not None:
        return Exact(known, span)
    if text == (ORIGIN,):
        if passed:
            return _all_of(passed)
        return _none_of(failed, span) if failed else Reflected(span)
    if isinstance(text[0], Captured) and len(text) == 1:
        return _captured(text[0], span)
    if delivery.line.text.replace("{", "").replace("}", "") in NO_ORIGINS:
        return Exact(delivery.line.text, span)
    if _is_chosen(text):
        return _all_of(passed) if passed else Reflected(span)
    part = opaque(text)
    if part is not None:
        return Undecided(part.reason, span)
    if any(isinstance(one, Captured) for one in text):
        return Undecided("it is put together from parts of the origin", span)
    return Exact("".join("$http_origin" if one == ORIGIN else str(one) for one in text), span)


def _is_chosen(text: Text) -> bool:
    return len(text) == 1 and isinstance(text[0], Opaque) and text[0].chosen


def _all_of(tests: Sequence[Exact | Pattern]) -> Entry | None:
    """The origins that pass all of the tests; None where none can."""
    exact = next((test for test in tests if isinstance(test, Exact)), None)
    if exact is not None:
        try:
            return exact if all(accepts(test, exact.text) for test in tests) else None
        except UndecidedError:
            return exact
    first, *others = dict.fromkeys(tests)
    if not others or not isinstance(first, Pattern):
        return first
    patterns = [first, *(other for other in others if isinstance(other, Pattern))]
    text = "".join(rf"(?=[\s\S]*?{_as_group(pattern)})" for pattern in patterns)
    return Pattern(rf"\A{text}", "pcre", "search", span=first.span)


def _none_of(tests: Sequence[Exact | Pattern], span: Span) -> Entry:
    """The origins that pass none of the tests."""
    found = list(dict.fromkeys(tests))
    if len(found) == 1 and isinstance(found[0], Pattern):
        return replace(found[0], negated=True)
    if all(isinstance(one, Exact) for one in found):
        return Reflected(span)  # all but a few
    text = "|".join(_as_group(one) for one in found if isinstance(one, Pattern))
    return Pattern(text, "pcre", "search", negated=True, span=found[0].span)


def _as_group(pattern: Pattern) -> str:
    return f"(?i:{pattern.text})" if pattern.ignore_case else f"(?:{pattern.text})"


def _captured(part: Captured, span: Span) -> Entry:
    """What a header lets in that repeats what a pattern captured.

    The browser compares it with the whole origin: a group that is all of the pattern makes a search a full match.
    """
    body = part.pattern.text.removeprefix("^").removesuffix("$")
    opening = "(" if isinstance(part.group, int) else f"(?<{part.group}>"
    if part.group in (1, "1") or not isinstance(part.group, int):
        for start in (opening, opening.replace("?<", "?P<")):
            if body.startswith(start) and _closes_at_the_end(body):
                return replace(part.pattern, match="fullmatch", text=part.pattern.text)
    return Undecided("it is a part of the origin", span)


def _closes_at_the_end(body: str) -> bool:
    """Whether the parenthesis that opens a pattern is closed by its last character."""
    depth, position, in_class = 0, 0, False
    while position < len(body):
        character = body[position]
        if character == "\\":
            position += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if not depth:
                return position == len(body) - 1
        position += 1
    return False


def _without_idle_tests(found: Sequence[Delivery]) -> Iterator[Delivery]:
    """The deliveries, without tests that make no difference: where the text is sent however they went."""
    groups: dict[object, list[Delivery]] = {}
    for delivery in found:
        groups.setdefault((id(delivery.line.word), delivery.text, delivery.span), []).append(delivery)
    for group in groups.values():
        if len(group) > 1 and group[0].text != () and len(group) <= _MAX_MERGED:
            yield from _merged(group)
        else:
            yield from group


def _merged(group: Sequence[Delivery]) -> Iterator[Delivery]:
    ways = {_outcomes(one): one for one in group}
    changed = True
    while changed:
        changed = False
        for way, delivery in list(ways.items()):
            for entry, holds in way:
                rest = way - {(entry, holds)}
                if rest | {(entry, not holds)} in ways:
                    ways.pop(way)
                    ways.pop(rest | {(entry, not holds)})
                    ways[rest] = replace(delivery, state=delivery.state.without(entry))
                    changed = True
                    break
            if changed:
                break
    for way, delivery in ways.items():
        if not any(other < way for other in ways):
            yield delivery


def _outcomes(delivery: Delivery) -> frozenset[tuple[Exact | Pattern, bool]]:
    return frozenset((test.entry, test.holds) for test in delivery.state.tests.values())
