"""Patterns of public code: the engine, the hand and the enumeration of origins say the same of each."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from collected_patterns import COLLECTED, Collected
from tried_origins import as_regex, first_stranger

from corslint.origins import Pattern, UndecidedError, accepts, find_witness, parse_origin

DECIDED = [one for one in COLLECTED if one.verdict != "unreadable"]
WITH_WITNESS = [one for one in COLLECTED if one.witness is not None]


def named(one: Collected) -> str:
    return f"{one.dialect}-{one.match}-{one.pattern}"


def witness_of(one: Collected) -> str | None:
    return find_witness(one.pattern, dialect=one.dialect, match=one.match, ignore_case=one.ignore_case)


def test_the_collection_is_broad() -> None:
    assert len({(one.dialect, one.match, one.ignore_case, one.pattern) for one in COLLECTED}) == len(COLLECTED) >= 580
    assert min(Counter(one.verdict for one in DECIDED).values()) >= 70
    products = Counter(one.product for one in COLLECTED)
    assert {one for one in products if products[one] >= 20} >= {
        "Starlette",
        "django-cors-headers",
        "flask-cors",
        "Python, by hand",
        "nginx",
        "Apache",
        "Express, NestJS and their like",
        "Go, by hand",
        "Spring",
    }


@pytest.mark.parametrize("one", DECIDED, ids=named)
def test_the_witness_is_the_one_that_a_person_would_name(one: Collected) -> None:
    assert witness_of(one) == one.witness


@pytest.mark.parametrize("one", DECIDED, ids=named)
def test_trying_origins_one_by_one_finds_the_same_kind_of_stranger(one: Collected) -> None:
    found = first_stranger(one.pattern, one.dialect, one.match, ignore_case=one.ignore_case)
    assert (found[1] if found else "nobody") == one.verdict, found


@pytest.mark.parametrize("one", WITH_WITNESS, ids=named)
def test_the_witness_gets_past_the_real_matching(one: Collected) -> None:
    assert one.witness is not None
    assert parse_origin(one.witness)
    text, how = as_regex(one.pattern, one.dialect, one.match)
    assert getattr(re.compile(text, re.IGNORECASE if one.ignore_case else 0), how)(one.witness)
    assert accepts(Pattern(one.pattern, one.dialect, one.match, one.ignore_case), one.witness)


@pytest.mark.parametrize("one", [one for one in COLLECTED if one.verdict == "unreadable"], ids=named)
def test_what_no_product_can_read_is_not_called_safe(one: Collected) -> None:
    with pytest.raises(UndecidedError):
        witness_of(one)
