"""How programs written in Go read texts."""

from __future__ import annotations

import re

# No lookaround, no atomic groups, no back references: https://github.com/google/re2/wiki/Syntax
_UNKNOWN_TO_RE2 = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:[=!>]|<[=!])|\\[1-9])")
_CLASS = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?[^\]\\]*(?:\\.[^\]\\]*)*(?:\]|\\?\Z)", re.DOTALL)
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"[+-]?(?:{_PART.pattern})+")
_LONGEST_DURATION = 60
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_ESCAPED = re.compile(r"\\.", re.DOTALL)


def boolean(text: str) -> bool | None:
    """A boolean, by https://pkg.go.dev/strconv#ParseBool; None for any other text."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    return False if text in ("0", "f", "F", "FALSE", "false", "False") else None


def seconds(text: str) -> float | None:
    """A duration in seconds, by https://pkg.go.dev/time#ParseDuration; None for any other text."""
    if text.lstrip("+-") == "0":
        return 0.0
    if len(text) > _LONGEST_DURATION or not _DURATION.fullmatch(text):
        return None
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -total if text.startswith("-") else total


def regex_error(pattern: str) -> str:
    """Why Go's `regexp` does not compile a pattern, for people; empty where no reason is certain."""
    if found := _UNKNOWN_TO_RE2.search(_CLASS.sub(_without_literals, pattern)):
        return f"Go's regular expressions have no `{found[1]}`"
    return structure_error(pattern)


def structure_error(pattern: str) -> str:
    """Why no engine compiles a pattern, for people; empty where no reason is certain."""
    plain = _CLASS.sub(_without_literals, pattern)
    if plain.startswith(("*", "+", "?")):
        return f"`{plain[0]}` has nothing to repeat"
    groups = _ESCAPED.sub("", plain)
    return "its parentheses do not match" if groups.count("(") != groups.count(")") else ""


def _without_literals(found: re.Match[str]) -> str:
    # Between \\Q and \\E and inside brackets everything means itself.
    if found[0].startswith("\\Q"):
        return "x"
    return found[0] if found[0].startswith("\\") else "[]"
