"""What is asked of objects and modules: `isinstance(x, list)`, `getattr(x, y)`, `super()`, `import_module(x)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corslint.resolve import operations
from corslint.resolve.attributes import attribute, has_attribute
from corslint.resolve.conditions import Frame
from corslint.resolve.functions.given import Function
from corslint.resolve.objects import ClassObject, Instance, Member, Super, is_thing
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

_TYPES: dict[str, type | tuple[type, ...]] = {
    "builtins.str": str,
    "builtins.bytes": bytes,
    "builtins.bool": bool,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": (set, frozenset),
    "builtins.frozenset": (set, frozenset),
    "builtins.dict": dict,
}
_KINDS: dict[str, type] = {"list": list, "tuple": tuple, "set": set}


def _isinstance(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    import libcst

    if len(call.args) != 2:
        return None
    written = call.args[1].value
    parts = [e.value for e in written.elements] if isinstance(written, (libcst.Tuple, libcst.List)) else [written]
    wanted: list[type] = []
    for part in parts:
        if isinstance(part, libcst.BinaryOperation):
            return None
        if isinstance(part, libcst.Subscript):
            part = part.value
        named = [_TYPES[name] for name in resolver.imports.qualified(part) if name in _TYPES]
        if not named:
            return None
        wanted += named[0] if isinstance(named[0], tuple) else (named[0],)
    span = resolver.module.span(call)

    def check(one: Concrete) -> Concrete:
        if isinstance(one, Unknown):
            return one
        inner = one.value
        if isinstance(inner, Items):
            found: object = _KINDS[inner.kind] in wanted
        elif isinstance(inner, Pairs):
            found = dict in wanted
        elif isinstance(inner, Member):
            found = inner.is_data and isinstance(operations.plain(one), tuple(wanted))
        else:
            found = isinstance(inner, tuple(wanted))
        # Where a variable replaces a text, it is a text still.
        by = None if isinstance(inner, str) else one.override
        return Known(found, span, override=by)

    return chained(resolver.evaluate(call.args[0].value, frame), check)


def _getattr(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    if len(call.args) not in (2, 3) or any(argument.keyword or argument.star for argument in call.args):
        return None
    span = resolver.module.span(call)
    given = resolver.arguments(call, frame)
    if given is None:
        return None

    def get(picked: Sequence[Concrete]) -> Value[object]:
        one, name, *default = picked
        if isinstance(one, Unknown) or isinstance(name, Unknown):
            return one if isinstance(one, Unknown) else name
        if not isinstance(name.value, str) or not is_thing(one.value):
            return Unknown(f"`{resolver.module.text(call)}` is not followed", span)
        instance = one.value
        if isinstance(instance, Instance) and default and not has_attribute(instance, name.value):
            return default[0]
        found = attribute(one, name.value, span)
        return Unknown(f"`{resolver.module.text(call)}` is not followed", span) if found is None else found

    return combined(given, get)


def _super(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    """`super()` in a method; https://docs.python.org/3/library/functions.html#super."""
    import libcst

    if call.args:
        return None
    for scope in resolver.scopes.around(call):
        owner = resolver.scopes.scope(scope)
        if isinstance(scope, libcst.FunctionDef) and isinstance(owner, libcst.ClassDef):
            first = next(iter(resolver.scopes.parameters(scope)), "")
            receiver = resolver.start(scope, first, frame)
            if isinstance(receiver, Known) and isinstance(receiver.value, (Instance, ClassObject)):
                return Known(Super(ClassObject(resolver, owner), receiver), resolver.module.span(call))
    return None


def _import_module(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 1:
        return None
    span = resolver.module.span(call)

    def load(one: Concrete) -> Value[object]:
        if isinstance(one, Unknown):
            return one
        found = resolver.imports.value(one.value, span) if isinstance(one.value, str) else None
        return Unknown(f"`{resolver.module.text(call)}` is called at run time", span) if found is None else found

    return chained(given[0], load)


def _typing_cast(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    return resolver.evaluate(call.args[1].value, frame) if len(call.args) == 2 else None


FUNCTIONS: Mapping[str, Function] = {
    "builtins.getattr": _getattr,
    "builtins.isinstance": _isinstance,
    "builtins.super": _super,
    "importlib.import_module": _import_module,
    "typing.cast": _typing_cast,
}
