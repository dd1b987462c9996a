"""Who a program lets in, and its other settings: read off the tests and values behind its headers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from corslint.candidates import candidates
from corslint.origins import (
    AnyOrigin,
    Entry,
    Exact,
    Null,
    Origins,
    Pattern,
    Reflected,
    Undecided,
    UndecidedError,
    accepts,
)
from corslint.resolve.conditions import Conditions, environment, merge
from corslint.servers.python_headers import terms
from corslint.servers.python_headers.answer import Detail, RefusedError, carry_out
from corslint.servers.python_headers.terms import (
    ABOUT_ORIGIN,
    LOOKS_AT_REQUEST,
    Absent,
    All,
    Always,
    Choice,
    Header,
    Holds,
    Joined,
    Line,
    MethodIs,
    Not,
    Opaque,
    Open,
    Passes,
    Sent,
    Some,
    Term,
    Test,
    Text,
    atoms,
    atoms_of,
)
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.source import Span
from corslint.values import Alternative, Condition, Known, OneOf, Place, Unknown, Value

T = TypeVar("T")
MAX_STEPS = 20_000
"""Tests that are looked at to find the ways through a program."""
MAX_CONDITIONS = 5
"""Facts of the configuration that are told apart."""
MAX_CONJUNCTIONS = 32
"""Combinations of entries that must all let an origin in."""
SAMPLE = "https://app.example.com"
"""The origin that other headers are read off for, where every origin, or none known, is let in."""
_ECHOED = "x-corslint-echo"
Literal_: TypeAlias = "tuple[Test, bool]"


class TooManyError(Exception):
    """Raised where there are more ways through a program than are looked at."""


def configurations(lines: Sequence[Line]) -> list[Conditions]:
    """The facts of the configuration that headers depend on, in each combination that can hold.

    Raises TooManyError past MAX_CONDITIONS.
    """
    found: dict[Condition, None] = {}
    for line in lines:
        for atom in (*atoms(line.when), *atoms_of(line.value)):
            if isinstance(atom, Holds):
                found[atom.condition] = None
    if len(found) > MAX_CONDITIONS:
        raise TooManyError
    ways: list[Conditions] = [()]
    for condition in found:
        opposite = Condition(condition.subject, _opposite(condition.state))
        ways = [both for way in ways for one in (condition, opposite) if (both := merge(way, (one,))) is not None]
    return list(dict.fromkeys(ways))


def _opposite(state: str) -> str:
    """The state that holds exactly where this one does not."""
    pairs = {"is true": "is false", "is set": "is unset"}
    for one, other in pairs.items():
        if state in (one, other):
            return other if state == one else one
    if state.startswith("is not "):
        return "is " + state.removeprefix("is not ")
    return "is not " + state.removeprefix("is ")


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings in one configuration."""

    origins: Known[Origins] | Unknown
    texts: dict[str, Known[str | None] | Unknown]
    """By header name; None for one that is not sent."""


def read(detail: Detail, conditions: Conditions) -> Reading:
    """What a program does in one configuration."""
    method, origins = "GET", _origins(detail, conditions, "GET")
    if isinstance(origins, Known) and not origins.value.entries:
        method, origins = "OPTIONS", _origins(detail, conditions, "OPTIONS")
    names = dict.fromkeys(line.name for line in detail.lines if line.name != ALLOW_ORIGIN)
    sample = _sample(origins)
    texts = {name: _text(detail, name, sample, conditions, method) for name in names}
    return Reading(origins, texts)


def settled(found: Sequence[tuple[Conditions, Known[T] | Unknown]]) -> Value[T]:
    """One value for all configurations, or one for each."""
    first = found[0][1]
    if all(value == first for _, value in found):
        return first
    return OneOf(tuple(Alternative(conditions, value, environment(conditions)) for conditions, value in found))


def _text(detail: Detail, name: str, sample: str, conditions: Conditions, method: str) -> Known[str | None] | Unknown:
    """The text of a header in the answer to an origin that is let in, or in the answer to its preflight."""
    lines = [line for line in detail.lines if line.name == name]
    reasons: list[str] = []
    for asked in dict.fromkeys((method, "OPTIONS", "POST")):
        headers = {
            "origin": sample,
            "access-control-request-method": "PUT",
            "access-control-request-headers": _ECHOED,
            "access-control-request-private-network": "true",
        }
        skipped = {line.name for line in detail.lines} - {name}
        try:
            values = carry_out(detail, terms.Request(asked, headers, conditions, detail.fails), skipped).get(name)
        except UndecidedError as error:
            reasons.append(str(error))
            continue
        except RefusedError:
            return Known(None)
        if values:
            text = ", ".join(values)
            text = "*" if _ECHOED in text else text
            return _known(text, lines)
    return Unknown(reasons[0], lines[0].shown or lines[0].span) if reasons else Known(None)


def _known(text: str, lines: Sequence[Line]) -> Known[str | None]:
    """The text with the place it is written at, and what may replace it."""
    for line in reversed(lines):
        for leaf in terms.leaves(line.value):
            value = leaf.value if isinstance(leaf, Text) else None
            if isinstance(value, Known) and str(value.value) in (text, text.title()):
                return Known(text, value.span or line.shown, value.trail, value.override)
    return Known(text, lines[-1].shown or lines[-1].span)


def _sample(origins: Known[Origins] | Unknown) -> str:
    for entry in origins.value.entries if isinstance(origins, Known) else ():
        if isinstance(entry, Exact):
            return entry.text
        if isinstance(entry, Pattern):
            for origin in candidates(entry):
                try:
                    if accepts(entry, origin):
                        return origin
                except UndecidedError:
                    break
    return SAMPLE


# --- Origins


def _origins(detail: Detail, conditions: Conditions, method: str) -> Known[Origins] | Unknown:
    entries: list[Entry] = []
    notes: list[Known[object]] = []
    try:
        for term, shown in values(detail.lines):
            for literals, leaf in ways(term, conditions, method, detail.fails):
                entries.extend(_entries(literals, leaf, shown, notes))
    except TooManyError:
        return Unknown("it depends on too many conditions")
    unique = _distinct(entries)
    if unique and all(isinstance(entry, Undecided) for entry in unique):
        undecided = unique[0]
        return Unknown(getattr(undecided, "reason", ""), undecided.span)
    trail: tuple[Place, ...] = notes[0].trail if len(notes) == 1 else ()
    override = next((note.override for note in notes if note.override), None)
    span = notes[0].span if len(notes) == 1 else None
    return Known(Origins(tuple(unique)), span, trail, override)


def _distinct(entries: Sequence[Entry]) -> list[Entry]:
    found: dict[object, Entry] = {}
    for entry in entries:
        found.setdefault(replace(entry, span=None), entry)
    # An origin that is named is let in by its name, whoever else gets in.
    return sorted(found.values(), key=lambda entry: isinstance(entry, AnyOrigin | Reflected))


def values(lines: Sequence[Line]) -> Iterator[tuple[Term, Span | None]]:
    """The value of Allow-Origin as one term, and one more for each time it is added."""
    term: Term = Absent()
    shown: Span | None = None
    for line in lines:
        if line.name != ALLOW_ORIGIN:
            continue
        place = line.shown or line.span
        match line.op:
            case "set":
                term, shown = Choice(line.when, line.value, term), place
            case "default":
                term, shown = _filled(term, Choice(line.when, line.value, Absent())), shown or place
            case "remove":
                term = Choice(line.when, Absent(), term)
            case _:
                yield Choice(line.when, line.value, Absent()), place
    if shown is not None:
        yield term, shown


def _filled(term: Term, filling: Term) -> Term:
    """The term with something else where it is absent."""
    if isinstance(term, Absent):
        return filling
    if isinstance(term, Choice):
        return Choice(term.test, _filled(term.yes, filling), _filled(term.no, filling))
    return term


def ways(
    term: Term, conditions: Conditions, method: str, fails: bool = False
) -> Iterator[tuple[tuple[Literal_, ...], Term]]:
    """The ways a value can come about in a request of a method from another origin.

    Each with the tests on it and the value at its end. Raises TooManyError past MAX_STEPS.
    """
    return _Ways(conditions, method, fails).of(term)


def only_fails(lines: Sequence[Line]) -> bool:
    """Whether Allow-Origin is only set where something fails."""
    try:
        for method in ("GET", "OPTIONS"):
            for term, _ in values(lines):
                if any(not isinstance(leaf, Absent) for _, leaf in ways(term, (), method)):
                    return False
    except TooManyError:
        return False
    return True


def is_absent(term: Term) -> bool:
    """Whether a way ends without a header."""
    return isinstance(term, Absent)


def constants(term: Term) -> Iterator[object]:
    """The constants that a value can be."""
    for leaf in terms.leaves(term):
        if isinstance(leaf, Text) and isinstance(leaf.value, Known):
            yield leaf.value.value


class _Ways:
    """One look through the tests of a value."""

    def __init__(self, conditions: Conditions, method: str, fails: bool) -> None:
        self.fails = fails
        self.conditions = conditions
        self.method = method
        self.left = MAX_STEPS

    def of(self, term: Term, before: tuple[Literal_, ...] = ()) -> Iterator[tuple[tuple[Literal_, ...], Term]]:
        """Each way with the tests on it and the value at its end. Raises TooManyError past MAX_STEPS."""
        self._count()
        if not isinstance(term, Choice):
            yield before, term
            return
        for wanted, branch in ((True, term.yes), (False, term.no)):
            for literals in self.outcomes(term.test, wanted, before):
                yield from self.of(branch, literals)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooManyError

    def outcomes(self, test: Test, wanted: bool, before: tuple[Literal_, ...]) -> Iterator[tuple[Literal_, ...]]:
        """The ways a test can have an outcome, added to the tests before it."""
        self._count()
        known = self._known(test, before)
        if known is not None:
            if known is wanted:
                yield before
            return
        match test:
            case Not():
                yield from self.outcomes(test.test, not wanted, before)
            case All(tests=tests) | Some(tests=tests):
                if isinstance(test, All) is wanted:
                    yield from self._each(tests, wanted, before)
                else:
                    for one in tests:
                        yield from self.outcomes(one, wanted, before)
            case _:
                yield (*before, (test, wanted))

    def _each(
        self, tests: Sequence[Test], wanted: bool, before: tuple[Literal_, ...]
    ) -> Iterator[tuple[Literal_, ...]]:
        if not tests:
            yield before
            return
        for literals in self.outcomes(tests[0], wanted, before):
            yield from self._each(tests[1:], wanted, literals)

    def _known(self, test: Test, before: tuple[Literal_, ...]) -> bool | None:
        """The outcome of a test where the tests before it leave no choice."""
        self._count()
        match test:
            case Not():
                inner = self._known(test.test, before)
                return None if inner is None else not inner
            case All(tests=tests) | Some(tests=tests):
                stop = isinstance(test, Some)
                found = [self._known(one, before) for one in tests]
                if stop in found:
                    return stop
                return None if None in found else not stop
        certain = self._certain(test)
        if certain is not None:
            return certain
        return next((outcome for literal, outcome in before if literal == test), None)

    def _certain(self, test: Test) -> bool | None:
        match test:
            case Always():
                return test.truth
            case Sent(name="origin"):
                return True
            case Open(is_exception=True):
                return self.fails
            case MethodIs():
                if self.method == "OPTIONS":
                    return "OPTIONS" in test.names
                return False if test.names == frozenset({"OPTIONS"}) else None
            case Holds():
                return any(known.implies(test.condition) for known in self.conditions)
        return None


def _entries(
    literals: Sequence[Literal_], leaf: Term, shown: Span | None, notes: list[Known[object]]
) -> Iterator[Entry]:
    """What one way through the program lets in."""
    passed = [test.entries for test, outcome in literals if isinstance(test, Passes) and outcome]
    refused = [test.entries for test, outcome in literals if isinstance(test, Passes) and not outcome]
    unknown = max((test for test, _ in literals if isinstance(test, Open)), key=lambda test: test.level, default=None)
    if isinstance(leaf, Joined) and len(leaf.parts) == 1:
        leaf = leaf.parts[0]
    match leaf:
        case Absent():
            return
        case Header(name="origin"):
            is_open = unknown is not None and unknown.level >= LOOKS_AT_REQUEST
            if passed:
                for entry in _both(passed, refused):
                    # What a list lets in at most is in the list; of a pattern less may be left.
                    yield entry if unknown is None or not is_open or isinstance(entry, Exact) else _undecided(unknown)
            elif unknown is not None and is_open:
                yield _undecided(unknown)
            elif len(refused) == 1 and len(refused[0]) == 1 and isinstance(refused[0][0], Pattern):
                yield replace(refused[0][0], negated=True)
            elif any(isinstance(entry, Undecided) for entries in refused for entry in entries):
                yield from (entry for entries in refused for entry in entries if isinstance(entry, Undecided))
            else:
                yield Reflected(leaf.span or shown)
        case Text(value=Unknown() as value):
            yield Undecided(value.reason, value.span or shown)
        case Text(value=Known() as known):
            notes.append(known)
            yield from _of_constant(known, passed, refused, unknown, shown)
        case Opaque():
            yield Undecided(leaf.reason, leaf.span or shown)
        case _:
            yield Undecided("the value is put together at run time", shown)


def _undecided(unknown: Open) -> Undecided:
    return Undecided(unknown.reason, unknown.span)


def _of_constant(
    known: Known[object],
    passed: Sequence[tuple[Entry, ...]],
    refused: Sequence[tuple[Entry, ...]],
    unknown: Open | None,
    shown: Span | None,
) -> Iterator[Entry]:
    text = known.value.decode("latin-1") if isinstance(known.value, bytes) else known.value
    span = known.span or shown
    if text == "*":
        if passed:
            yield from _both(passed, refused)
        elif unknown is not None and unknown.level >= ABOUT_ORIGIN:
            yield _undecided(unknown)
        else:
            yield AnyOrigin(span)
    elif text == "null":
        yield Null(span)
    elif text is None and known.override is not None:
        yield Undecided(f"the environment variable {known.override} decides it", span)
    elif isinstance(text, str) and text and all(_may_pass(entries, text) for entries in passed):
        yield Exact(text, span)


def _may_pass(entries: Sequence[Entry], origin: str) -> bool:
    try:
        return Origins(tuple(entries)).match(origin) is not None
    except UndecidedError:
        return True


def _both(passed: Sequence[tuple[Entry, ...]], refused: Sequence[tuple[Entry, ...]]) -> Iterator[Entry]:
    """What passes one entry of each list, and none of those that are refused."""
    combinations = itertools.product(*passed)
    for number, entries in enumerate(combinations):
        if number == MAX_CONJUNCTIONS and len(passed) > 1:
            yield Undecided("several checks of the origin decide it", entries[0].span)
            return
        found = _conjunction(entries)
        if isinstance(found, Exact) and any(_certainly_passes(others, found.text) for others in refused):
            continue
        if found is not None:
            yield found


def _certainly_passes(entries: Sequence[Entry], origin: str) -> bool:
    try:
        return Origins(tuple(entries)).match(origin) is not None
    except UndecidedError:
        return False


def _conjunction(entries: Sequence[Entry]) -> Entry | None:
    """One entry that lets in what all of these do; None where that is nothing."""
    if len(entries) == 1:
        return entries[0]
    for entry in entries:
        if isinstance(entry, Undecided):
            return entry
        if isinstance(entry, Pattern) and entry.match == "within":
            return Undecided("several checks of the origin decide it", entry.span)
    for entry in entries:
        if isinstance(entry, Exact):
            return entry if all(_may_pass((other,), entry.text) for other in entries) else None
    patterns = [entry for entry in dict.fromkeys(entries) if isinstance(entry, Pattern)]
    if any("://" in pattern.text for pattern in patterns if pattern.match != "contains"):
        patterns = [pattern for pattern in patterns if (pattern.match, pattern.text) != ("contains", "://")]
    if _exclude_each_other([pattern.text for pattern in patterns if pattern.match == "prefix"]):
        return None
    if len(patterns) == 1:
        return patterns[0]
    kinds = sorted((pattern.match for pattern in patterns), key=str)
    first = min((pattern for pattern in patterns), key=lambda pattern: pattern.match != "suffix")
    if kinds == ["prefix", "suffix"]:
        prefix, suffix = sorted(patterns, key=lambda pattern: pattern.match)
        text = f"{re.escape(prefix.text)}.*{re.escape(suffix.text)}"
        return Pattern(text, "python", "fullmatch", span=first.span)
    if kinds == ["fullmatch", "prefix"]:
        whole, prefix = sorted(patterns, key=lambda pattern: pattern.match)
        scheme = r"[^:/?#]+://"
        if prefix.text.endswith("://") and whole.text.startswith(scheme):
            text = re.escape(prefix.text) + whole.text.removeprefix(scheme)
            return Pattern(text, "python", "fullmatch", whole.ignore_case, span=whole.span)
    text = "".join(f"(?={_as_regex(pattern)})" for pattern in patterns)
    return Pattern(text, "python", "match", span=first.span)


def _exclude_each_other(prefixes: Sequence[str]) -> bool:
    """Whether no text can begin with all of these."""
    longest = max(prefixes, key=len, default="")
    return any(not longest.startswith(prefix) for prefix in prefixes)


def _as_regex(pattern: Pattern) -> str:
    """A regular expression that matches from the start where a pattern passes."""
    text = re.escape(pattern.text)
    match pattern.match:
        case "prefix":
            found = text
        case "suffix":
            found = rf".*{text}\Z"
        case "contains":
            found = f".*{text}"
        case "glob":
            found = ".*".join(map(re.escape, pattern.text.split("*"))) + r"\Z"
        case "search":
            found = f".*?(?:{pattern.text})"
        case "match":
            found = f"(?:{pattern.text})"
        case "fullmatch" | "within":
            found = rf"(?:{pattern.text})\Z"
    return f"(?i:{found})" if pattern.ignore_case else found
