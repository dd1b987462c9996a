"""The functions of Python itself that are followed, by qualified name. Each gives None for a form that is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from corslint.resolve import operations
from corslint.resolve.conditions import Frame
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.syntax.python import argument as argument_of
from corslint.values import Compiled, Items, Known, Mapping, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

Function: TypeAlias = "Callable[[Evaluator, cst.Call, Frame], Value[object] | None]"


_IGNORE_CASE = {"re.IGNORECASE", "re.I"}


def _given(resolver: Evaluator, call: cst.Call, frame: Frame, *names: str) -> list[Value[object] | None] | None:
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


def _getenv(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = _given(resolver, call, frame, "key", "default")
    if given is None or given[0] is None:
        return None
    name, default = given[0], given[1]
    span = resolver.module.span(call)
    return chained(name, lambda one: resolver.variable(one, default, frame, span))


def _container(kind: Literal["list", "tuple", "set"]) -> Function:
    def make(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        span = resolver.module.span(call)
        given = resolver.arguments(call, frame)
        if given is None or len(given) > 1:
            return None
        if not given:
            return Known(Items(kind, ()), span)
        return chained(given[0], lambda one: operations.convert_kind(kind, one, span))

    return make


def _dict(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    span = resolver.module.span(call)
    mapping = Mapping(())
    by: str | None = None
    for argument in call.args:
        value = resolver.evaluate(argument.value, frame)
        if argument.keyword is not None:
            name: Known[object] = Known(argument.keyword.value, resolver.module.span(argument.keyword))
            mapping = Mapping(tuple(operations.stored(mapping, name, value)))
        elif argument.star == "*" or not isinstance(value, Known) or not isinstance(value.value, Mapping):
            return value if isinstance(value, Unknown) else None
        else:
            mapping = operations.merged(mapping, value.value)
            by = by or value.override
    return Known(mapping, span, override=by)


def _sorted(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    span = resolver.module.span(call)
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None
    return chained(given[0], lambda one: operations.ordered(one, False, span))


def _computed(make: Callable[..., object], what: str) -> Function:
    def function(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        span = resolver.module.span(call)
        given = resolver.arguments(call, frame)
        if given is None:
            return None
        return combined(given, lambda picked: operations.compute(picked, make, span, what))

    return function


def _str(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    span = resolver.module.span(call)
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None

    def make(picked: Sequence[Concrete]) -> Concrete:
        value = picked[0]
        if isinstance(value, Unknown):
            return value
        text = operations.shown(value)
        if text is None:
            return Unknown("`str()` of it is not followed", span)
        return Known(text, value.span, value.trail, value.override)

    return combined(given, make)


def _bool(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None
    return resolver.truth_of(call.args[0].value, frame, call)


def _compile(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = _given(resolver, call, frame, "pattern", "flags")
    if given is None or given[0] is None:
        return None
    span = resolver.module.span(call)
    ignore_case = False
    flags = argument_of(call, 1, "flags")
    if flags is not None:
        if _IGNORE_CASE.isdisjoint(resolver.names.qualified(flags.value)):
            return Unknown("a pattern with such flags is not followed", span)
        ignore_case = True

    def make(picked: Sequence[Concrete]) -> Concrete:
        value = picked[0]
        if isinstance(value, Unknown):
            return value
        if not isinstance(value.value, str):
            return Unknown("it is compiled from what is no text", span)
        return Known(Compiled(value.value, ignore_case), value.span or span, value.trail, value.override)

    return combined([given[0]], make)


def _json(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None
    span = resolver.module.span(call)
    return combined(given, lambda picked: operations.from_json(picked[0], span))


FUNCTIONS: dict[str, Function] = {
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.environ.setdefault": _getenv,
    "builtins.list": _container("list"),
    "builtins.tuple": _container("tuple"),
    "builtins.set": _container("set"),
    "builtins.frozenset": _container("set"),
    "builtins.dict": _dict,
    "builtins.sorted": _sorted,
    "builtins.str": _str,
    "builtins.bool": _bool,
    "builtins.int": _computed(int, "`int()`"),
    "builtins.float": _computed(float, "`float()`"),
    "builtins.len": _computed(len, "`len()`"),
    "re.compile": _compile,
    "re.escape": _computed(re.escape, "`re.escape()`"),
    "json.loads": _json,
}
