"""The condition of an `if`, as `ngx_http_rewrite_if_condition` reads it.

https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_rewrite_module.c
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from corslint.source import Span
from corslint.syntax.nginx import Directive


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of an `if`."""

    directive: Directive
    kind: Literal["set", "equals", "matches", "other"]
    subject: str
    """The name of the variable it tests."""
    operand: str
    span: Span
    """Where the operand stands; for a test without one, the variable."""
    negated: bool = False
    ignore_case: bool = False

    def __str__(self) -> str:
        return " ".join(" ".join(word.span.text.split()) for word in self.directive.args).strip("() ")


Operator: TypeAlias = "tuple[Literal['equals', 'matches'], bool, bool]"

_OPERATORS: dict[str, Operator] = {
    "=": ("equals", False, False),
    "!=": ("equals", True, False),
    "~": ("matches", False, False),
    "~*": ("matches", False, True),
    "!~": ("matches", True, False),
    "!~*": ("matches", True, True),
}
"""Each with its kind, whether it is negated, and whether it ignores case."""
_FILE_TESTS = frozenset({"-f", "!-f", "-d", "!-d", "-e", "!-e", "-x", "!-x"})
_VARIABLE = re.compile(r"\$[A-Za-z0-9_]+")


def read_condition(directive: Directive) -> Condition | str:
    """The condition of an `if`, or why nginx refuses it."""
    if directive.templated:
        return Condition(directive, "other", "", "", directive.head)
    words = _inside_parentheses(directive)
    if words is None:
        return "nginx refuses this `if`: its condition must stand in parentheses"
    texts = [text for text, _ in words]
    if len(words) == 2 and texts[0] in _FILE_TESTS:
        return Condition(directive, "other", "", *words[1])
    if not words or not texts[0].startswith("$"):
        return "nginx refuses this `if`: its condition must begin with a variable"
    if texts[0].startswith("${"):  # filled in before nginx sees it
        return Condition(directive, "other", "", "", directive.head)
    if not _VARIABLE.fullmatch(texts[0]):
        return f"nginx refuses this `if`: `{texts[0]}` is no variable, an operator needs spaces around it"
    name = texts[0][1:]
    if len(words) == 1:
        return Condition(directive, "set", name, "", words[0][1])
    if texts[1] not in _OPERATORS:
        return f"nginx refuses this `if`: `{texts[1]}` is no operator it knows"
    if len(words) != 3:
        return "nginx refuses this `if`: a value with spaces needs quotes"
    kind, negated, ignore_case = _OPERATORS[texts[1]]
    return Condition(directive, kind, name, *words[2], negated, ignore_case)


def _inside_parentheses(directive: Directive) -> list[tuple[str, Span]] | None:
    """The words of the condition with their places, without quotes and the outer parentheses."""
    words = [(word.value, word.start + len(word.quote), word.end - len(word.quote)) for word in directive.args]
    if not words or not words[0][0].startswith("(") or not words[-1][0].endswith(")"):
        return None
    value, start, end = words[0]
    words[0] = (value[1:], start + 1, end)
    value, start, end = words[-1]
    words[-1] = (value[:-1], start, end - 1)
    last = len(words) - 1
    return [
        (value, Span(directive.source, start, end))
        for number, (value, start, end) in enumerate(words)
        if value or number not in (0, last)
    ]
