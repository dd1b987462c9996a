"""The functions of Python itself that are followed, by qualified name. Each gives None for a form that is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from corslint.resolve import libraries, natives
from corslint.resolve.conditions import Frame
from corslint.resolve.functions import conversions, objects, patterns, records, sequences
from corslint.resolve.functions.given import Function
from corslint.resolve.objects import External
from corslint.resolve.ways import combined
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def _external(name: str) -> Function:
    def make(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        span = resolver.module.span(call)
        passed = resolver.passed(call, frame)
        if passed.unseen is not None:
            return passed.unseen
        return Known(External(name, resolver, call, passed.positional, passed.named), span)

    return make


def _native(name: str) -> Function:
    def function(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        passed, span = resolver.passed(call, frame), resolver.module.span(call)
        if passed.unseen is not None or passed.named:
            return passed.unseen
        failed = Unknown(f"`{resolver.module.text(call)}` is decided at run time", span)
        return combined(passed.positional, lambda picked: natives.applied(name, picked, span) or failed)

    return function


FUNCTIONS: Mapping[str, Function] = {
    **{name: _native(name) for name in natives.NATIVES},
    **{name: _external(name) for name in libraries.MAKERS},
    **conversions.FUNCTIONS,
    **objects.FUNCTIONS,
    **patterns.FUNCTIONS,
    **records.FUNCTIONS,
    **sequences.FUNCTIONS,
}
