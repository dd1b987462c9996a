"""Functions given as values: `map(str.strip, texts)`, `default_factory=list`, `BeforeValidator(parse)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corslint.resolve import calls, natives
from corslint.resolve.calls import Arguments
from corslint.resolve.conditions import Frame
from corslint.resolve.objects import ClassObject, External, FunctionObject, Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Span
from corslint.values import Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def apply(
    evaluator: Evaluator, node: cst.BaseExpression, given: Sequence[Value[object]], frame: Frame
) -> Value[object]:
    """What the function that an expression names gives for these arguments."""
    span = evaluator.module.span(node)

    def call(function: Concrete) -> Value[object]:
        if isinstance(function, Unknown) and (evaluator.names.module_of(node) or not evaluator.names.is_bound(node)):
            return Unknown(f"`{evaluator.module.text(node)}()` is called at run time", span)
        return applied(evaluator, function, Arguments(tuple(given)), frame, span)

    return chained(evaluator.evaluate(node, frame), call)


def applied(evaluator: Evaluator, function: Concrete, arguments: Arguments, frame: Frame, span: Span) -> Value[object]:
    """What a function gives for these arguments; `evaluator` and `frame` are those of the place that calls it."""
    from corslint.resolve.invocations import made
    from corslint.resolve.libraries import Use, used

    if isinstance(function, Unknown):
        return function
    found: Value[object] | None = None
    match function.value:
        case FunctionObject() as own:
            return calls.call(own, arguments, span)
        case ClassObject() as cls:
            return made(cls, arguments, function, span)
        case External() as external:
            found = used(Use(external, evaluator, frame, span, arguments), by=function.override)
        case Native(name=name) if not arguments.named and arguments.unseen is None:
            found = combined(arguments.positional, lambda given: natives.applied(name, given, span) or _unseen(span))
    return _unseen(span) if found is None else found


def _unseen(span: Span) -> Unknown:
    return Unknown(f"`{span.text}` is called at run time", span)
