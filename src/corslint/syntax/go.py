"""How programs written in Go read texts."""

from __future__ import annotations

import re

# No lookaround, no atomic groups, no back references: https://github.com/google/re2/wiki/Syntax
_UNKNOWN_TO_RE2 = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:[=!>]|<[=!])|\\[1-9])")
_CLASS = re.compile(r"\\.|\[\^?\]?[^\]\\]*(?:\\.[^\]\\]*)*(?:\]|\\?\Z)", re.DOTALL)


def boolean(text: str) -> bool | None:
    """A boolean, by https://pkg.go.dev/strconv#ParseBool; None for any other text."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    return False if text in ("0", "f", "F", "FALSE", "false", "False") else None


def regex_error(pattern: str) -> str:
    """Why Go's `regexp` does not compile a pattern, for people; empty where no reason is certain."""
    # Inside brackets these mean themselves.
    plain = _CLASS.sub(lambda found: found[0] if found[0].startswith("\\") else "[]", pattern)
    if found := _UNKNOWN_TO_RE2.search(plain):
        return f"Go's regular expressions have no `{found[1]}`"
    return f"`{plain[0]}` has nothing to repeat" if plain.startswith(("*", "+", "?")) else ""
