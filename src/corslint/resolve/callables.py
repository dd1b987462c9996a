"""Functions given as values: `map(str.strip, texts)`, `default_factory=list`, `BeforeValidator(parse)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from corslint.resolve import calls, operations
from corslint.resolve.conditions import Frame
from corslint.resolve.objects import ClassObject, FunctionObject
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Span
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def apply(
    evaluator: Evaluator, node: cst.BaseExpression, given: Sequence[Value[object]], frame: Frame
) -> Value[object]:
    """What the function that an expression names gives for these arguments."""
    span = evaluator.module.span(node)
    for name in evaluator.imports.qualified(node):
        if name in _EMPTY and not given:
            return Known(_EMPTY[name], span)
        if name in _ON_ONE and len(given) == 1:
            return chained(given[0], lambda one, name=name: _ON_ONE[name](one, span))  # type: ignore[misc]
        method = name.removeprefix("builtins.str.")
        if method != name and method in operations.TEXT_METHODS and given:
            return combined(given, lambda picked, method=method: _method(picked, method, span))  # type: ignore[misc]

    def call(one: Concrete) -> Value[object]:
        from corslint.resolve.invocations import made

        arguments = calls.Arguments(tuple(given))
        if isinstance(one, Known) and isinstance(one.value, FunctionObject):
            return calls.call(one.value, arguments, span)
        if isinstance(one, Known) and isinstance(one.value, ClassObject):
            return made(one.value, arguments, one, span)
        if isinstance(one, Unknown) and evaluator.names.module_of(node) is None and evaluator.names.is_bound(node):
            return one
        return Unknown(f"`{evaluator.module.text(node)}()` is called at run time", span)

    return chained(evaluator.evaluate(node, frame), call)


def _method(picked: Sequence[Concrete], method: str, span: Span) -> Concrete:
    owner = picked[0]
    if isinstance(owner, Unknown):
        return owner
    if not isinstance(owner.value, str):
        return Unknown(f"`.{method}()` is asked of what is no text", span)
    return operations.text_method(owner, method, picked[1:], {}, span)


def _text(one: Concrete, span: Span) -> Concrete:
    if isinstance(one, Unknown):
        return one
    shown = operations.shown(one)
    return (
        Unknown("`str()` of it is not followed", span)
        if shown is None
        else Known(shown, one.span, one.trail, one.override)
    )


def _plain(make: Callable[..., object], what: str) -> Callable[[Concrete, Span], Concrete]:
    return lambda one, span: operations.compute([one], make, span, what)


_EMPTY: Mapping[str, object] = {
    "builtins.list": Items("list", ()),
    "builtins.tuple": Items("tuple", ()),
    "builtins.set": Items("set", ()),
    "builtins.frozenset": Items("set", ()),
    "builtins.dict": Pairs(()),
    "builtins.str": "",
    "builtins.bool": False,
    "builtins.int": 0,
}
_ON_ONE: Mapping[str, Callable[[Concrete, Span], Concrete]] = {
    "builtins.str": _text,
    "builtins.list": lambda one, span: operations.convert_kind("list", one, span),
    "builtins.tuple": lambda one, span: operations.convert_kind("tuple", one, span),
    "builtins.set": lambda one, span: operations.convert_kind("set", one, span),
    "builtins.bool": _plain(bool, "`bool()`"),
    "builtins.int": _plain(int, "`int()`"),
    "builtins.len": _plain(len, "`len()`"),
    "json.loads": operations.from_json,
}
