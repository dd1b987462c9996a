"""Random patterns of every dialect are read as the dialect's real engine reads them, and witnesses follow from it.

CORSLINT_CONFORMANCE_PAIRS sets about how many texts each engine is asked.
"""

from __future__ import annotations

import os
import random
import re
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache

import pytest
import real_engines
from accuracy import compared
from generated_patterns import random_pattern
from publicsuffixlist import PublicSuffixList
from real_engines import Asked, Verdicts

from corslint.origins import Dialect, UndecidedError, find_witness, parse_origin
from corslint.witness.automaton import Automaton, matches
from corslint.witness.guarded import guarded, guards
from corslint.witness.language import anywhere, expression
from corslint.witness.literals import runs
from corslint.witness.owners import owners
from corslint.witness.parser import Parser

PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
TEXTS = 40
PATTERNS = max(PAIRS // TEXTS * 5, 100)
PUBLIC_SUFFIXES = PublicSuffixList(accept_unknown=False)
ENGINES: list[tuple[Dialect, str, Callable[[Sequence[Asked]], list[Verdicts | None]]]] = [
    ("python", "re", real_engines.python),
    ("pcre", "PCRE2", real_engines.pcre),
    ("go", "RE2", real_engines.re2),
    ("rust", "the crate regex", real_engines.rust),
    ("js", "V8", real_engines.v8),
]


@lru_cache(maxsize=1)
def origins() -> tuple[tuple[str, str], ...]:
    """Short origins, each with the domain that somebody has registered for it."""
    numbers = random.Random(7)
    found: dict[str, str] = {}
    while len(found) < 150:
        name = "".join(numbers.choice("ab.-c01x") for _ in range(numbers.randint(1, 4)))
        host = name + numbers.choice((".ba", ".com", ".com.ba"))
        text = f"{numbers.choice(('https', 'http'))}://{host}{numbers.choice(('', '', ':8080'))}"
        registered = PUBLIC_SUFFIXES.privatesuffix(host)
        if registered and parse_origin(text) and not re.search(r"(?:^|\.)-|-(?:\.|$)", host):
            found[text] = registered
    return tuple(found.items())


def some_texts(numbers: random.Random) -> list[str]:
    """Texts of the characters of origins, few of which are origins."""
    return [
        numbers.choice(("https://", "http://", "//", ""))
        + "".join(numbers.choice("ab.-c0x1_") for _ in range(numbers.randint(1, 5)))
        + numbers.choice((".ba", ".com", ".com.ba", ".", "xxx", ""))
        + numbers.choice(("", "", ":8080", "/"))
        for _ in range(TEXTS)
    ]


def some_patterns(dialect: str, count: int) -> tuple[random.Random, list[str]]:
    numbers = random.Random(zlib.crc32(dialect.encode()))
    return numbers, [random_pattern(numbers, numbers.choice((0, 0.05, 0.15))) for _ in range(count)]


@pytest.mark.parametrize(("dialect", "name", "engine"), ENGINES, ids=[name for _, name, _ in ENGINES])
def test_a_pattern_is_read_as_the_engine_reads_it(
    dialect: Dialect, name: str, engine: Callable[[Sequence[Asked]], list[Verdicts | None]]
) -> None:
    numbers, patterns = some_patterns(dialect, PATTERNS)
    asked = [(pattern, some_texts(numbers)) for pattern in patterns]
    differences: list[object] = []
    pairs = unread = 0
    for (pattern, texts), told in zip(asked, engine(asked), strict=True):
        try:
            node = Parser(pattern, dialect).parse()
            tests, exact = guards(node, whole=False)
            wanted = expression(pattern, dialect, "search", ignore_case=False)
            reader = guarded(Automaton(anywhere(node, wanted)), tests)
            found = [matches(reader, text) for text in texts]
        except UndecidedError:
            unread += told is not None
            continue
        if told is None:
            differences.append((pattern, "refused"))
            continue
        pairs += len(texts)
        # What no automaton does is read as something that matches at least as much.
        differences += [
            (pattern, text, mine, real)
            for text, mine, real in zip(texts, found, told, strict=True)
            if mine != real and (exact or real)
        ]
    compared(name, "as installed", "texts against random patterns", pairs, len(differences))
    assert differences == []
    assert pairs > PATTERNS * TEXTS // 8
    assert unread < PATTERNS // 20


@pytest.mark.parametrize(("dialect", "name", "engine"), ENGINES, ids=[name for _, name, _ in ENGINES])
def test_a_witness_gets_in_and_none_is_overlooked(
    dialect: Dialect, name: str, engine: Callable[[Sequence[Asked]], list[Verdicts | None]]
) -> None:
    _, patterns = some_patterns(f"witnesses of {dialect}", max(PATTERNS // 2, 100))
    short = [text for text, _ in origins()]
    told = engine([(pattern, short) for pattern in patterns])
    witnesses: list[tuple[str, list[str]]] = []
    differences: list[object] = []
    for pattern, verdicts in zip(patterns, told, strict=True):
        try:
            witness = find_witness(pattern, dialect=dialect, match="search")
        except UndecidedError:
            continue
        if verdicts is None:
            differences.append((pattern, "refused"))
        elif witness is not None:
            witnesses.append((pattern, [witness]))
        else:
            node = Parser(pattern, dialect).parse()
            ours = owners(runs(node, open_before=True, open_after=True)).domains
            overlooked = [
                text
                for (text, domain), let_in in zip(origins(), verdicts, strict=True)
                if let_in and domain not in ours
            ]
            differences += [(pattern, overlooked)] if overlooked else []
    differences += [
        (*asked, let_in) for asked, let_in in zip(witnesses, engine(witnesses), strict=True) if let_in != [True]
    ]
    compared(name, "as installed", "short origins and witnesses of random patterns", len(patterns) * len(short))
    assert differences == []
    assert witnesses
