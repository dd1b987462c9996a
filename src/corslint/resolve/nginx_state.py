"""What is known while an nginx request is followed: pieces of text, values of variables, tests that were passed.

The same walk serves two questions. Put with a request, it gives the one text nginx would send. Put without an origin,
it gives every text there can be, each with the tests of the origin that lead to it (`State.tests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from corslint.origins import MATCH_SECONDS, Exact, Pattern, UndecidedError, accepts
from corslint.source import Span


@dataclass(frozen=True, slots=True)
class TheOrigin:
    """The request's `Origin`, whatever it is."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A group of a pattern that the origin has matched."""

    pattern: Pattern
    group: int | str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A piece that cannot be read off the files."""

    reason: str
    chosen: bool = False
    """Whether whoever sends the request chooses it freely."""


ORIGIN = TheOrigin()
MAX_TEXT = 65_536
"""Characters of a value; nginx's own buffers for headers are smaller."""
Part: TypeAlias = "str | TheOrigin | Captured | Opaque"
Text: TypeAlias = "tuple[Part, ...]"
"""A value, in pieces; texts that stand side by side are one piece, and an empty text is no piece."""


def join(*parts: Part) -> Text:
    """A text of these pieces, in the one form it can have; longer than MAX_TEXT, it counts as not known."""
    if sum(len(part) if isinstance(part, str) else 1 for part in parts) > MAX_TEXT:
        return (Opaque(f"it is longer than {MAX_TEXT} characters"),)
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def plain(text: Text) -> str | None:
    """The text itself, if all of it is known."""
    if not text:
        return ""
    return text[0] if len(text) == 1 and isinstance(text[0], str) else None


def opaque(text: Text) -> Opaque | None:
    """The first piece that cannot be read off the files."""
    return next((part for part in text if isinstance(part, Opaque)), None)


@dataclass(frozen=True, slots=True)
class Test:
    """A test of the origin, and how it went."""

    entry: Exact | Pattern
    holds: bool
    asserted: bool = True
    """Whether the configuration asks for this outcome; False where it is merely what is left after other cases."""


@dataclass(frozen=True, slots=True)
class Guess:
    """An outcome that nothing in the files or the request decides."""

    subject: str
    """For people: "`$host` is not `a.example`"."""
    holds: bool
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the request."""

    method: str
    origin: str | None = None
    """The `Origin` header, empty for none; None: any origin that a browser sends."""
    path: str | None = None
    """The URL path; None: not known."""
    query: str = ""
    headers: Mapping[str, str] | None = None
    """The request's headers by their lower-case names; None: not known."""
    target: str | None = None
    """The path and query as they came, neither decoded nor rewritten; None: what `path` and `query` say."""
    is_rewritten: bool = False
    """Whether a `rewrite` has given it a path, be it the same one."""
    came_as: str = ""
    """The method it came with, where nginx goes on with another."""

    @property
    def is_preflight(self) -> bool:
        """Whether it came as an OPTIONS request: those never carry credentials."""
        return (self.came_as or self.method) == "OPTIONS"

    def with_method(self, method: str) -> Asked:
        """The request as nginx goes on with it under another method."""
        return replace(self, method=method, came_as=self.came_as or self.method)


@dataclass(frozen=True, slots=True)
class State:
    """One way in which things can have gone so far."""

    asked: Asked
    variables: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    tests: Mapping[object, Test] = field(default_factory=lambda: MappingProxyType({}))
    """The tests of the origin, by what they ask, in order."""
    passed: tuple[Exact | Pattern, ...] = ()
    """Those of them that the origin passed."""
    guesses: tuple[Guess, ...] = ()
    places: Mapping[str, Span] = field(default_factory=lambda: MappingProxyType({}))
    """Where each variable got its value."""
    trail: tuple[Span, ...] = ()
    """The values that were looked up on the way, the last one nearest to what was found."""

    def assign(self, name: str, text: Text, place: Span) -> State:
        """The state after `set` gave a variable a value."""
        return replace(
            self,
            variables=MappingProxyType({**self.variables, name: text}),
            places=MappingProxyType({**self.places, name: place}),
        )

    def via(self, place: Span | None) -> State:
        """The state after a value was looked up at a place."""
        return self if place is None else replace(self, trail=(*self.trail, place))

    def tested(self, entry: Exact | Pattern, holds: bool, asserted: bool = True) -> State:
        """The state after a test of the origin."""
        tests = MappingProxyType({**self.tests, _key(entry): Test(entry, holds, asserted)})
        return replace(self, tests=tests, passed=(*self.passed, entry) if holds else self.passed)

    def without(self, entry: Exact | Pattern) -> State:
        """The state as if a test had not been made."""
        tests = {key: test for key, test in self.tests.items() if key != _key(entry)}
        passed = tuple(one for one in self.passed if _key(one) != _key(entry))
        return replace(self, tests=MappingProxyType(tests), passed=passed)

    def guessed(self, guess: Guess) -> State:
        """The state after an outcome that nothing decides."""
        return replace(self, guesses=(*self.guesses, guess))

    def decides(self, entry: Exact | Pattern) -> bool | None:
        """How a test of the origin must go after those made before; None if it can go both ways."""
        if isinstance(entry, Exact) and not entry.text:
            return False  # a browser always sends an origin across origins
        before = self.tests.get(_key(entry))
        if before is not None:
            return before.holds
        for passed in self.passed:
            try:
                if isinstance(passed, Exact):
                    return accepts(entry, passed.text)
                if isinstance(entry, Exact) and not accepts(passed, entry.text):
                    return False
            except UndecidedError:
                continue
        return None


def _key(entry: Exact | Pattern) -> object:
    """What a test asks, wherever it stands."""
    if isinstance(entry, Exact):
        return entry.text, entry.ignore_case
    return entry.text, entry.ignore_case, entry.match, entry.negated


@lru_cache(maxsize=1024)
def _compile(pattern: str, ignore_case: bool) -> Any:
    import regex

    return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)


def search(pattern: str, text: str, *, ignore_case: bool = False) -> Any:
    """Search as nginx does, unanchored; the match, or None.

    Raises UndecidedError for a pattern that cannot be read or takes longer than MATCH_SECONDS.
    """
    import regex

    try:
        return _compile(pattern, ignore_case).search(text, timeout=MATCH_SECONDS)
    except (regex.error, RecursionError, OverflowError) as error:
        raise UndecidedError(f"the pattern `{pattern}` cannot be read: {error}") from None
    except TimeoutError:
        raise UndecidedError(f"the pattern `{pattern}` takes too long to test") from None


def _groups(pattern: str, ignore_case: bool) -> Mapping[int | str, int]:
    """The groups of a pattern, numbered ones up to nine and named ones, each with its number."""
    import regex

    try:
        compiled = _compile(pattern, ignore_case)
    except (regex.error, RecursionError, OverflowError):
        return {}
    numbered: dict[int | str, int] = {number: number for number in range(1, min(compiled.groups, 9) + 1)}
    return {**numbered, **compiled.groupindex}


def _named_only(state: State) -> dict[str, Text]:
    return {name: text for name, text in state.variables.items() if not name.isdecimal()}


def not_captured(state: State) -> State:
    """The state after a pattern of the rewrite code did not match: `$1` to `$9` are empty, named groups stay.

    https://github.com/nginx/nginx/blob/master/src/http/ngx_http_script.c `ngx_http_script_regex_start_code`
    """
    return replace(state, variables=MappingProxyType(_named_only(state)))


def captured(state: State, pattern: str, match: Any, ignore_case: bool = False) -> State:
    """The state after a pattern matched: `$1` to `$9` and the named groups have values."""
    variables = _named_only(state)
    for group, number in _groups(pattern, ignore_case).items():
        variables[str(group)] = join(match[number] or "")
    return replace(state, variables=MappingProxyType(variables))


def captured_of_origin(state: State, pattern: Pattern) -> State:
    """The state after the origin, which is open, matched a pattern."""
    variables = _named_only(state)
    for group in _groups(pattern.text, pattern.ignore_case):
        variables[str(group)] = (Captured(pattern, group),)
    return replace(state, variables=MappingProxyType(variables))


def captured_of_path(state: State, pattern: str, *, ignore_case: bool = False) -> State:
    """The state after a location's pattern matched the path."""
    path = state.asked.path
    if path is not None:
        match = search(pattern, path, ignore_case=ignore_case)
        return state if match is None else captured(state, pattern, match, ignore_case)
    groups = _groups(pattern, ignore_case)
    parts = {str(group): (Opaque("it is a part of the path"),) for group in groups}
    return replace(state, variables=MappingProxyType({**_named_only(state), **parts}))
