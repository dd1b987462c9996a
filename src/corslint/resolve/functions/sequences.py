"""Functions over what can be iterated: `map`, `filter`, `any`, `chain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from corslint.resolve import operations
from corslint.resolve.callables import apply
from corslint.resolve.conditions import Frame
from corslint.resolve.functions.given import Function
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def _map(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    if len(call.args) != 2 or any(argument.keyword or argument.star for argument in call.args):
        return None
    span, function = resolver.module.span(call), call.args[0].value

    def each(one: Concrete) -> Value[object]:
        items = operations.elements(one, "`map()`")
        if isinstance(items, Unknown):
            return items
        by = one.override if isinstance(one, Known) else None
        made = [apply(resolver, function, [item], frame) for item in items]

        def collect(picked: Sequence[Concrete]) -> Concrete:
            found = operations.container("list", picked, span)
            return replace(found, override=by) if isinstance(found, Known) else found

        return combined(made, collect)

    return chained(resolver.evaluate(call.args[1].value, frame), each)


def _filter(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    if len(call.args) != 2 or any(argument.keyword or argument.star for argument in call.args):
        return None
    span, function = resolver.module.span(call), call.args[0].value
    plain = resolver.module.text(function) == "None"

    def each(one: Concrete) -> Value[object]:
        items = operations.elements(one, "`filter()`")
        if isinstance(items, Unknown):
            return items
        tests = list(items) if plain else [apply(resolver, function, [item], frame) for item in items]

        def collect(picked: Sequence[Concrete]) -> Concrete:
            kept: list[Concrete] = []
            for item, test in zip(items, picked, strict=True):
                if isinstance(test, Unknown):
                    return test
                if operations.is_true(test):
                    kept.append(item)
            found = operations.container("list", kept, span)
            by = operations.override(one, *picked)
            return replace(found, override=by) if isinstance(found, Known) else found

        return combined(tests, collect)

    return chained(resolver.evaluate(call.args[1].value, frame), each)


def _some(empty: bool) -> Function:
    """`any` and `all`: the answer for nothing at all, and the one that a single element can change."""

    def function(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        given = resolver.arguments(call, frame)
        if given is None or len(given) != 1:
            return None
        span = resolver.module.span(call)

        def check(one: Concrete) -> Concrete:
            items = operations.elements(one, "it")
            if isinstance(items, Unknown):
                return items
            unknown: Unknown | None = None
            for item in items:
                if isinstance(item, Unknown):
                    unknown = unknown or item
                elif operations.is_true(item) is not empty:
                    return Known(not empty, span, override=operations.override(item))
            return unknown or Known(empty, span, override=operations.override(one))

        return chained(given[0], check)

    return function


def _chain(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = resolver.arguments(call, frame)
    if given is None:
        return None
    span = resolver.module.span(call)

    def join(picked: Sequence[Concrete]) -> Concrete:
        items: list[Concrete] = []
        for one in picked:
            found = operations.elements(one, "`chain()`")
            if isinstance(found, Unknown):
                return found
            items.extend(found)
        made = operations.container("list", items, span)
        by = next((one.override for one in picked if isinstance(one, Known) and one.override), None)
        return replace(made, override=by) if isinstance(made, Known) else made

    return combined(given, join)


FUNCTIONS: Mapping[str, Function] = {
    "builtins.all": _some(True),
    "builtins.any": _some(False),
    "builtins.filter": _filter,
    "builtins.map": _map,
    "itertools.chain": _chain,
}
