"""The fields of records and models: `Field(...)`, `asdict(x)`, `parse_obj_as(list[str], x)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from corslint.resolve.callables import apply
from corslint.resolve.conditions import Frame
from corslint.resolve.dumps import dumped
from corslint.resolve.functions.given import Function
from corslint.resolve.objects import FieldSpec
from corslint.resolve.shapes import coerced, shape_of
from corslint.resolve.ways import chained
from corslint.values import Items, Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def _field(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    """`Field(...)` of pydantic, `field(...)` of dataclasses: https://docs.pydantic.dev/latest/concepts/fields/."""
    import libcst

    default: Value[object] | None = None
    variables: list[str] = []
    for position, argument in enumerate(call.args):
        name = None if argument.keyword is None else argument.keyword.value
        if argument.star:
            return None
        if name in ("default_factory", "factory"):
            default = apply(resolver, argument.value, [], frame)
        elif name == "default" or (name is None and position == 0):
            if not isinstance(argument.value, libcst.Ellipsis):
                default = resolver.evaluate(argument.value, frame)
        elif name in ("env", "alias", "validation_alias"):
            # The validation alias wins over the alias, which then only names an argument.
            variables = _names(resolver, argument.value, frame)
            if name == "validation_alias":
                break
    return Known(FieldSpec(default, tuple(variables)), resolver.module.span(call))


def _names(resolver: Evaluator, node: cst.BaseExpression, frame: Frame) -> list[str]:
    """The names of `env="X"`, `env=["X", "Y"]` and `AliasChoices("X", "Y")`."""
    import libcst

    if isinstance(node, libcst.Call):
        return [name for argument in node.args for name in _names(resolver, argument.value, frame)]
    value = resolver.evaluate(node, frame)
    if isinstance(value, Known) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, Known) and isinstance(value.value, Items):
        return [item.value for item in value.value.items if isinstance(item, Known) and isinstance(item.value, str)]
    return []


def _asdict(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    if len(call.args) != 1:
        return None
    span = resolver.module.span(call)
    value = resolver.evaluate(call.args[0].value, frame)
    return chained(value, lambda one: one if isinstance(one, Unknown) else dumped(one, span))


def _parse(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    """https://docs.pydantic.dev/1.10/usage/models/#parsing-data-into-a-specified-type."""
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 2:
        return None
    shape, span = shape_of(resolver, call.args[0].value), resolver.module.span(call)
    return chained(given[1], lambda one: coerced(one, shape, urls_are_texts=True, span=span))


FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(("attr.asdict", "attrs.asdict", "builtins.vars", "dataclasses.asdict"), _asdict),
    **dict.fromkeys(("attr.field", "attr.ib", "attrs.field", "dataclasses.field", "sqlmodel.Field"), _field),
    **dict.fromkeys(("pydantic.Field", "pydantic.fields.Field", "pydantic.v1.Field"), _field),
    **dict.fromkeys(("pydantic.parse_obj_as", "pydantic.tools.parse_obj_as", "pydantic.v1.parse_obj_as"), _parse),
}
