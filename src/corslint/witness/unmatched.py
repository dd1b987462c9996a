"""Patterns that match nothing that a browser sends as an origin."""

from __future__ import annotations

from functools import lru_cache

from corslint.origins import MAX_PATTERN, Dialect, Match, UndecidedError
from corslint.witness.automaton import DEAD, Automaton, Reader
from corslint.witness.guarded import guarded, guards
from corslint.witness.language import anywhere, expression, serialised
from corslint.witness.parser import Parser
from corslint.witness.tree import ALPHABET, Choice

MAX_PAIRS = 20_000
_REST = r"[a-z0-9.-]"
_OTHER_SCHEME = (
    rf"[a-gi-z]{_REST}*|h(?:[a-su-z0-9.-]{_REST}*)?|ht(?:[a-su-z0-9.-]{_REST}*)?|htt(?:[a-oq-z0-9.-]{_REST}*)?"
    rf"|http[a-rt-z0-9.-]{_REST}*|https{_REST}+"
)
_OTHERS = rf"null|(?:{_OTHER_SCHEME})://[a-z0-9._:\[\]-]*|https?://\[[0-9a-f:.]+\](?::[1-9][0-9]*)?"
"""Opaque origins, those of programs that show pages of their own, such as `capacitor://localhost`, and addresses."""


def matches_nothing(pattern: str, *, dialect: Dialect, match: Match, ignore_case: bool = False) -> bool:
    """Whether a pattern provably matches no origin of any scheme, and not `null` either.

    Raises UndecidedError where it cannot be read, or is too large.
    """
    if len(pattern) > MAX_PATTERN:
        raise UndecidedError("the pattern is too long to be decided")
    asked = expression(pattern, dialect, match, ignore_case=ignore_case)
    node = Parser(asked.text, asked.dialect, ignore_case=asked.ignore_case).parse()
    tests, _ = guards(node, whole=asked.how != "search")
    return _are_apart(guarded(Automaton(anywhere(node, asked)), tests), _sent())


@lru_cache(maxsize=1)
def _sent() -> Automaton:
    return Automaton(Choice((serialised("https"), serialised("http"), Parser(_OTHERS, "python").parse())))


def _are_apart(first: Reader, second: Reader) -> bool:
    """Whether two readers accept no text in common."""
    start = first.start, second.start
    seen, waiting = {start}, [start]
    while waiting:
        one, other = waiting.pop()
        if second.accepts(other) and first.accepts(one):
            return False
        for character in ALPHABET:
            following = first.step(one, character), second.step(other, character)
            if DEAD in following or following in seen:
                continue
            if len(seen) >= MAX_PAIRS:
                raise UndecidedError("the pattern has too many readings to be decided")
            seen.add(following)
            waiting.append(following)
    return True
