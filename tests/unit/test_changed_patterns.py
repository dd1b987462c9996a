"""Collected patterns with one to three mistakes more: the engine finds what trying origins finds, and nothing else."""

from __future__ import annotations

import random
import re
import warnings

import pytest
from collected_patterns import COLLECTED, Collected
from tried_origins import as_regex, first_stranger, named_by, owned_by

from corslint.origins import Match, UndecidedError, find_witness

CHANGES = (
    (r"\.", "."),
    (".", r"\."),
    ("$", ""),
    ("^", ""),
    (r"\.", "-"),
    ("https://", "https?://"),
    ("https://", ""),
    ("://", "://(.*)"),
    ("//", "//."),
    (".*", "[^.]*"),
    (".*", "[a-z]+"),
    ("[a-z0-9-]+", ".*"),
    ("[a-z0-9-]+", r"\w+"),
    (r"\d+", ".+"),
    ("+", "*"),
    ("?", ""),
    ("|", ""),
    (")?", ")"),
    ("(", "(.*-"),
    ("-", "."),
    ("com", "co"),
    ("com", "com.*"),
    (r"\.com", r"\.(com|net)"),
    (r"\.com", r"\.[a-z]+"),
    (".com", ".co.uk"),
    ("vercel", "(vercel|netlify)"),
    ("localhost", "localhost.*"),
)
"""What people forget and mistake, as a text and what stands in its place."""
SLOW = re.compile(r"[*+]\)*[*+{]|[*+]\)[*+]|\(\\w\*")
"""Repetitions of repetitions, over which `re` takes ages."""


def changed(one: Collected, chance: random.Random) -> tuple[str, Match] | None:
    """A pattern with something changed, and how it is matched; None where it does not change, or `re` refuses it."""
    if one.match not in ("search", "match", "fullmatch"):
        return None
    text = one.pattern
    for _ in range(chance.randint(1, 3)):
        old, new = chance.choice(CHANGES)
        if places := [found.start() for found in re.finditer(re.escape(old), text)]:
            at = chance.choice(places)
            text = text[:at] + new + text[at + len(old) :]
    match: Match = chance.choice(("search", "match", "fullmatch"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `[[` and `--` in a set, which a later Python may read otherwise
        try:
            re.compile(as_regex(text, one.dialect, match)[0])
        except re.error:
            return None
    return (text, match) if text != one.pattern and not SLOW.search(text) else None


@pytest.mark.parametrize("seed", range(6))
def test_a_changed_pattern_is_judged_as_by_trying_origins(seed: int) -> None:
    chance = random.Random(seed)
    judged = 0
    for one in chance.sample(COLLECTED, 120):
        if (change := changed(one, chance)) is None:
            continue
        text, match = change
        tried = first_stranger(text, one.dialect, match, ignore_case=one.ignore_case)
        try:
            witness = find_witness(text, dialect=one.dialect, match=match, ignore_case=one.ignore_case)
        except UndecidedError:
            continue
        judged += 1
        stranger = None
        if witness is not None:
            expression, how = as_regex(text, one.dialect, match)
            flags = re.IGNORECASE if one.ignore_case else 0
            assert getattr(re.compile(expression, flags), how)(witness), (text, match, witness)
            stranger = owned_by(witness, named_by(text, one.dialect, match, ignore_case=one.ignore_case))
            assert stranger, (text, match, witness)
        # What is tried is not all there is: the engine may find more.
        assert stranger == "foreign" or tried is None or tried[1] == stranger, (text, match, witness, tried)
    assert judged > 30
