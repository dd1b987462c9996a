"""Patterns that PCRE refuses; tests/conformance/test_nginx_refused.py holds them against the real one."""

from __future__ import annotations

import pytest

from corslint.resolve.nginx_patterns import pattern_flaw


@pytest.mark.parametrize(
    ("pattern", "flaw"),
    [
        ("*.example.com", "a `*` with nothing before it to repeat"),
        ("^https://(a|*)", "a `*` with nothing before it to repeat"),
        ("^+", "a `+` with nothing before it to repeat"),
        ("a**", "a `*` with nothing before it to repeat"),
        ("{2}", "a `{2}` with nothing before it to repeat"),
        ("^(a|b$", "a `(` that no `)` closes"),
        ("a)$", "a `)` that closes nothing"),
        ("[a-z", "a `[` that no `]` closes"),
        (r"[\]", "a `[` that no `]` closes"),
        ("a\\", "a backslash at its end"),
    ],
)
def test_what_is_wrong(pattern: str, flaw: str) -> None:
    assert pattern_flaw(pattern) == flaw


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        r"^https?://([a-z0-9-]+\.)*example\.com(:\d{2,5})?$",
        "a*+b*?c++d??",
        "[]()*+?|]+",
        "[^]]*",
        r"\(\[\*\\",
        "(?i)^a(?:b|c)*(?<name>d)?",
        "a{,2}{x}{",
        "(|a)*",
        # not followed, so nothing is said
        r"\Q(\E",
        "(?x) ( # one",
        "(*ANYCRLF)*",
        "(?=a",
        "[[:alpha:]",
    ],
)
def test_what_is_accepted_or_not_followed(pattern: str) -> None:
    assert pattern_flaw(pattern) == ""


def test_long_patterns_take_no_long_time() -> None:
    assert pattern_flaw("(" * 100_000) == "a `(` that no `)` closes"
    assert pattern_flaw("[" * 100_000) == "a `[` that no `]` closes"
