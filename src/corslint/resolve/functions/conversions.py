"""What is made of a value: `bool(x)`, `dict(x)`, `os.getenv(x)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from corslint.resolve import operations
from corslint.resolve.conditions import Frame
from corslint.resolve.functions.given import Function, given_by
from corslint.resolve.objects import External
from corslint.resolve.ways import chained
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def _getenv(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = given_by(resolver, call, frame, "key", "default")
    if given is None or given[0] is None:
        return None
    name, default = given[0], given[1]
    span = resolver.module.span(call)
    return chained(name, lambda one: resolver.variable(one, default, frame, span))


def _dict(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    span = resolver.module.span(call)
    mapping = Pairs(())
    by: str | None = None
    for argument in call.args:
        value = resolver.evaluate(argument.value, frame)
        if len(call.args) == 1 and isinstance(value, Known) and isinstance(value.value, External):
            return value  # `dict(os.environ)`
        if argument.keyword is not None:
            name: Known[object] = Known(argument.keyword.value, resolver.module.span(argument.keyword))
            mapping = Pairs(tuple(operations.stored(mapping, name, value)))
        elif not argument.star and isinstance(value, Known) and isinstance(value.value, Items):
            for pair in value.value.items:
                parts = operations.elements(pair, "a pair") if isinstance(pair, (Known, Unknown)) else ()
                if isinstance(parts, Unknown) or len(parts) != 2:
                    return parts if isinstance(parts, Unknown) else None
                mapping = Pairs(tuple(operations.stored(mapping, *parts)))
            by = by or value.override
        elif argument.star == "*" or not isinstance(value, Known) or not isinstance(value.value, Pairs):
            return value if isinstance(value, Unknown) else None
        else:
            mapping = operations.merged(mapping, value.value)
            by = by or value.override
    return Known(mapping, span, override=by)


def _bool(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None
    return resolver.truth_of(call.args[0].value, frame, call)


def _same(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    return resolver.evaluate(call.args[0].value, frame) if len(call.args) == 1 else None


FUNCTIONS: Mapping[str, Function] = {
    "builtins.bool": _bool,
    "builtins.dict": _dict,
    "builtins.iter": _same,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "os.environ.get": _getenv,
    "os.environ.setdefault": _getenv,
    "os.getenv": _getenv,
}
