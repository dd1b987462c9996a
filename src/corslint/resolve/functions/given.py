"""The arguments of a call by position or name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve.conditions import Frame
from corslint.values import Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

Function: TypeAlias = "Callable[[Evaluator, cst.Call, Frame], Value[object] | None]"
"""What a call gives; None for a form that is not followed."""


def given_by(resolver: Evaluator, call: cst.Call, frame: Frame, *names: str) -> list[Value[object] | None] | None:
    """The arguments by position or name, None for one left out; None for a call with others."""
    found: dict[str, Value[object]] = {}
    position = 0
    for argument in call.args:
        if argument.star:
            return None
        if argument.keyword is not None:
            name = argument.keyword.value
        elif position < len(names):
            name = names[position]
            position += 1
        else:
            return None
        if name not in names or name in found:
            return None
        found[name] = resolver.evaluate(argument.value, frame)
    return [found.get(name) for name in names]
