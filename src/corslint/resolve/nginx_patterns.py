"""Patterns that PCRE refuses for certain, so that nginx does not start with them.

Only what every version of PCRE refuses is told: brackets that are not paired, and nothing to repeat. A pattern that is
said to be fine may still be refused. https://www.pcre.org/current/doc/html/pcre2pattern.html
"""

from __future__ import annotations

import re

_NOT_FOLLOWED = re.compile(r"\\[QEc]|\(\*|\(\?(?:#|[A-Za-z^-]*x)|\(\?\(|\(\?[CRP0-9&+-]|\(\?<?[=!]|\[[.:=]")
"""Notations in which characters mean something else than what is followed here."""
_GROUP_START = re.compile(r"\(\?(?::|>|\||<[A-Za-z_]\w*>|'[A-Za-z_]\w*'|P<[A-Za-z_]\w*>|[imsnJU-]+:)")
_OPTIONS = re.compile(r"\(\?[imsnJU-]+\)")
_QUANTIFIER = re.compile(r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}")


def pattern_flaw(pattern: str) -> str:
    """What PCRE does not accept in a pattern, as a phrase; empty where nothing is certain."""
    if _NOT_FOLLOWED.search(pattern.replace(r"\\", "")):
        return ""
    depth, position, is_repeatable = 0, 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            if position + 1 == len(pattern):
                return "a backslash at its end"
            is_repeatable = pattern[position + 1] not in "bBAGzZK"
            position += 2
            continue
        if character == "[":
            end = _class_end(pattern, position)
            if end is None:
                return "a `[` that no `]` closes"
            position, is_repeatable = end, True
            continue
        if quantifier := _QUANTIFIER.match(pattern, position):
            if not is_repeatable:
                return f"a `{quantifier[0]}` with nothing before it to repeat"
            position = quantifier.end()
            position += pattern[position : position + 1] in ("?", "+")
            is_repeatable = False
            continue
        if options := _OPTIONS.match(pattern, position):
            position, is_repeatable = options.end(), False
            continue
        if character == "(":
            start = _GROUP_START.match(pattern, position)
            if start is None and pattern.startswith("(?", position):
                return ""
            depth += 1
            position, is_repeatable = start.end() if start else position + 1, False
            continue
        if character == ")":
            if not depth:
                return "a `)` that closes nothing"
            depth -= 1
        is_repeatable = character not in "|^$"
        position += 1
    return "a `(` that no `)` closes" if depth else ""


def _class_end(pattern: str, start: int) -> int | None:
    """Where the class that begins at `start` is over; None if it never is."""
    position = start + 1 + pattern.startswith("^", start + 1)
    position += pattern.startswith("]", position)  # as the first of a class it stands for itself
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1 if position < len(pattern) else None
