"""Types of pydantic as objects: https://docs.pydantic.dev/latest/concepts/type_adapter/."""

from __future__ import annotations

from collections.abc import Mapping

from corslint.resolve import operations
from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.resolve.operations import Concrete
from corslint.resolve.shapes import coerced, shape_of
from corslint.resolve.ways import chained
from corslint.values import Value


def _validate(use: Use) -> Value[object] | None:
    call, values = use.owner.call, use.arguments.positional
    if call is None or not call.args or len(values) != 1 or use.arguments.named:
        return None
    shape = shape_of(use.owner.evaluator, call.args[0].value)
    return chained(values[0], lambda one: coerced(one, shape, urls_are_texts=False, span=use.span))


def _validate_json(use: Use) -> Value[object] | None:
    call, values = use.owner.call, use.arguments.positional
    if call is None or not call.args or len(values) != 1 or use.arguments.named:
        return None
    shape = shape_of(use.owner.evaluator, call.args[0].value)

    def read(one: Concrete) -> Concrete:
        return coerced(operations.from_json(one, use.span), shape, urls_are_texts=False, span=use.span)

    return chained(values[0], read)


METHODS: Mapping[tuple[str, str], Method] = {
    ("pydantic.TypeAdapter", "validate_python"): _validate,
    ("pydantic.TypeAdapter", "validate_json"): _validate_json,
}
ATTRIBUTES: Mapping[str, Attribute] = {}
READY: Mapping[str, tuple[str, str]] = {}
MAKERS = frozenset({"pydantic.TypeAdapter"})
