"""Guesses at what an entry was meant to let in."""

from __future__ import annotations

import re

import pytest

from corslint.candidates import MAX_CANDIDATES, candidates
from corslint.origins import AnyOrigin, Exact, Null, Pattern


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"^https?://.*\.example\.com$", "https://app.example.com"),
        (r"https://(app|api)\.example\.com", "https://api.example.com"),
        (r"^https://([a-z]+\.)?example\.co\.uk$", "https://example.co.uk"),
        (r"^https://pr-\d+\.example\.com$", "https://pr-1.example.com"),
        ("https://*.example.com", "https://app.example.com"),
        (".example.com", "https://app.example.com"),
        ("https://my-app.example.com", "https://my-app.example.com"),
    ],
)
def test_pattern_gives_hosts_of_its_domains(text: str, expected: str) -> None:
    assert expected in candidates(Pattern(text, "python", "search"))


def test_candidates_have_the_scheme_asked_for() -> None:
    pattern = Pattern(r"^https?://.*\.example\.com$", "python", "match")
    assert all(origin.startswith("http://") for origin in candidates(pattern, "http"))
    assert list(candidates(Exact("https://app.example.com"), "http")) == []
    assert list(candidates(Exact("http://App.example.com"), "http")) == ["http://app.example.com"]


@pytest.mark.parametrize("entry", [AnyOrigin(), Null(), Exact("nonsense"), Pattern(".*", "python", "search")])
def test_entry_that_names_no_host_gives_nothing(entry: AnyOrigin | Null | Exact | Pattern) -> None:
    assert list(candidates(entry)) == []


def test_long_pattern_gives_no_more_than_the_limit() -> None:
    text = "|".join(re.escape(f"host{number}.example.com") for number in range(500))
    assert len(list(candidates(Pattern(text, "python", "search")))) == MAX_CANDIDATES
