"""What Go reads, and what it does not."""

from __future__ import annotations

import pytest

from corslint.syntax import go


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    assert go.boolean(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false(text: str) -> None:
    assert go.boolean(text) is False


@pytest.mark.parametrize("text", ["", "yes", "on", "tRUE", " true", "2", "no"])
def test_no_boolean(text: str) -> None:
    assert go.boolean(text) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"^https://([a-z]+\.)?example\.com$",
        r"https?://(?:a|b)\.example(:\d+)?",
        r"(?i)^https://a\.example$",
        r"(?P<name>a)",
        r"[(?=*]",
        r"[]()*]x",
        r"\(\?=\)",
        r"\\d",
        r"a*?b+?c??",
        r"^*",
        r"\Q(?=\E",
        r"",
        r"\pL\x{1F600}",
        r"[\]()]",
    ],
)
def test_an_expression_without_a_certain_fault(pattern: str) -> None:
    assert go.regex_error(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"^https://(?!evil)", "Go's regular expressions have no `(?!`"),
        (r"(?<=a)b", "Go's regular expressions have no `(?<=`"),
        (r"(?>a)", "Go's regular expressions have no `(?>`"),
        (r"(a)\1", r"Go's regular expressions have no `\1`"),
        (r"*.example.com", "`*` has nothing to repeat"),
        (r"a(b", "its parentheses do not match"),
        (r"a)", "its parentheses do not match"),
    ],
)
def test_an_expression_that_go_refuses(pattern: str, why: str) -> None:
    assert go.regex_error(pattern) == why


def test_hostile_expressions_are_judged_at_once() -> None:
    for pattern in ("[" * 100_000, "(" * 100_000, "\\" * 100_001, "[\\" * 50_000, "\\Q" * 50_000):
        go.regex_error(pattern)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", 86400.0),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        (".5m", 30.0),
        ("100ms", 0.1),
        ("0", 0.0),
        ("-1s", -1.0),
        ("60", None),
        ("1d", None),
        ("", None),
        ("1 h", None),
        ("h", None),
        ("1s" * 50, None),
    ],
)
def test_durations(text: str, expected: float | None) -> None:
    assert go.seconds(text) == (None if expected is None else pytest.approx(expected))
