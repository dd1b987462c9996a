"""Who a program lets in, read off the tests and values on each way through it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided, UndecidedError
from corslint.resolve.conditions import Conditions
from corslint.servers.python_headers.answer import Detail
from corslint.servers.python_headers.conditions import ABOUT_ORIGIN, LOOKS_AT_REQUEST, Open, Passes
from corslint.servers.python_headers.terms import Absent, Header, Joined, Opaque, Term, Text
from corslint.servers.python_headers.ways import Literal_, TooManyError, values, ways
from corslint.source import Span
from corslint.values import Known, Place, Unknown

MAX_CONJUNCTIONS = 32
"""Combinations of entries that must all let an origin in."""


def origins_of(detail: Detail, conditions: Conditions, method: str) -> Known[Origins] | Unknown:
    """Who is let in by the answers to a method, in one configuration."""
    entries: list[Entry] = []
    notes: list[Known[object]] = []
    try:
        for term, shown in values(detail.lines):
            for literals, leaf in ways(term, conditions, method, detail.fails):
                entries.extend(_entries(literals, leaf, shown, notes))
    except (TooManyError, RecursionError):
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
