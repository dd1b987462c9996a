"""The functions of Python itself that are followed, by qualified name. Each gives None for a form that is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve import libraries, natives, operations
from corslint.resolve.attributes import attribute, has_attribute
from corslint.resolve.callables import apply
from corslint.resolve.conditions import Frame
from corslint.resolve.dumps import dumped
from corslint.resolve.objects import ClassObject, External, FieldSpec, Instance, Member, Super, is_thing
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


def _dict(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    span = resolver.module.span(call)
    mapping = Mapping(())
    by: str | None = None
    for argument in call.args:
        value = resolver.evaluate(argument.value, frame)
        if len(call.args) == 1 and isinstance(value, Known) and isinstance(value.value, External):
            return value  # `dict(os.environ)`
        if argument.keyword is not None:
            name: Known[object] = Known(argument.keyword.value, resolver.module.span(argument.keyword))
            mapping = Mapping(tuple(operations.stored(mapping, name, value)))
        elif not argument.star and isinstance(value, Known) and isinstance(value.value, Items):
            for pair in value.value.items:
                parts = operations.elements(pair, "a pair") if isinstance(pair, (Known, Unknown)) else ()
                if isinstance(parts, Unknown) or len(parts) != 2:
                    return parts if isinstance(parts, Unknown) else None
                mapping = Mapping(tuple(operations.stored(mapping, *parts)))
            by = by or value.override
        elif argument.star == "*" or not isinstance(value, Known) or not isinstance(value.value, Mapping):
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


def _compile(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = _given(resolver, call, frame, "pattern", "flags")
    if given is None or given[0] is None:
        return None
    span = resolver.module.span(call)
    ignore_case = False
    flags = argument_of(call, 1, "flags")
    if flags is not None:
        if _IGNORE_CASE.isdisjoint(resolver.imports.qualified(flags.value)):
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
        elif isinstance(inner, Mapping):
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


def _typing_cast(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    return resolver.evaluate(call.args[1].value, frame) if len(call.args) == 2 else None


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


def _split_pattern(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    """`re.split("[, ]+", text)`; only patterns that cannot take long are carried out."""
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 2:
        return None
    pattern = given[0]
    if not isinstance(pattern, Known) or not isinstance(pattern.value, str) or len(pattern.value) > 20:
        return None
    if not re.fullmatch(r"(?:\\s|\[[^\]\[]*\]|[^\\()*+?|\[\]{}])(?:[+*](?:\\s\*)?)?|\\s\*[,;]\\s\*", pattern.value):
        return None
    return combined(
        given, lambda picked: operations.compute(picked, re.split, resolver.module.span(call), "`re.split()`")
    )


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


def _asdict(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    if len(call.args) != 1:
        return None
    span = resolver.module.span(call)
    value = resolver.evaluate(call.args[0].value, frame)
    return chained(value, lambda one: one if isinstance(one, Unknown) else dumped(one, span))


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


def _same(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    return resolver.evaluate(call.args[0].value, frame) if len(call.args) == 1 else None


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


FUNCTIONS: dict[str, Function] = {
    "builtins.super": _super,
    **{name: _native(name) for name in natives.NATIVES},
    **{name: _external(name) for name in libraries.MAKERS},
    "builtins.isinstance": _isinstance,
    "builtins.getattr": _getattr,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.any": _some(False),
    "builtins.all": _some(True),
    "builtins.iter": _same,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "typing.cast": _typing_cast,
    "itertools.chain": _chain,
    "re.split": _split_pattern,
    "importlib.import_module": _import_module,
    "dataclasses.asdict": _asdict,
    "attrs.asdict": _asdict,
    "attr.asdict": _asdict,
    "builtins.vars": _asdict,
    "dataclasses.field": _field,
    "attr.ib": _field,
    "attr.field": _field,
    "attrs.field": _field,
    "pydantic.Field": _field,
    "pydantic.v1.Field": _field,
    "pydantic.fields.Field": _field,
    "sqlmodel.Field": _field,
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.environ.setdefault": _getenv,
    "builtins.dict": _dict,
    "builtins.bool": _bool,
    "re.compile": _compile,
}
