"""django-configurations: https://github.com/jazzband/django-configurations/blob/2.5.1/configurations/values.py.

`DEBUG = values.BooleanValue(False)` in a class of settings is the variable `DJANGO_DEBUG`, and False where it is unset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from corslint.resolve import natives, operations
from corslint.resolve.libraries.use import Attribute, Method, Use, gathered, is_none
from corslint.resolve.objects import Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

Options: TypeAlias = "Mapping[str, Value[object]]"
Read: TypeAlias = Callable[[Use, Options, Concrete], Value[object]]
"""Makes a value of a default, or of the text of a variable, with the options of the call."""

_TRUE = frozenset({"yes", "y", "true", "1"})
_FALSE = frozenset({"no", "n", "false", "0", ""})
_COMMON = ("default", "environ", "environ_name", "environ_prefix", "environ_required")


def _method(read: Read, default: Read, *options: str, is_required: bool = False) -> Method:
    """What a class of values gives: `read` makes it of a text, `default` of what holds where no variable is set."""

    def method(use: Use) -> Value[object] | None:
        given = use.given(*_COMMON, "late_binding", *options)
        if given is None:
            return None
        name = given.get("environ_name")
        asked: list[Value[object]] = [
            Known(True) if is_required else given.get("environ", Known(True)),
            Known(True) if is_required else given.get("environ_required", Known(False)),
            given.get("environ_prefix", Known("DJANGO")),
            _attribute(use) if name is None or is_none(name) else name,
        ]

        def make(picked: Sequence[Concrete]) -> Value[object]:
            told = [one for one in picked if isinstance(one, Known)]
            if len(told) < len(picked):
                return next(one for one in picked if isinstance(one, Unknown))
            reads, required, prefix, variable = told
            unset = chained(given.get("default", Known(None, use.span)), lambda one: default(use, given, one))
            if not operations.is_true(reads) or (isinstance(unset, Unknown) and unset.fails):
                return unset  # a default that is refused is so whatever is set
            found = use.variable(
                variable,
                None if operations.is_true(required) else unset,
                lambda text: read(use, given, text),
                f"{str(prefix.value).removesuffix('_')}_" if prefix.value else "",
            )
            return found or Unknown("it has no name", use.span)

        return combined(asked, make)

    return method


def _attribute(use: Use) -> Concrete:
    """The name of the setting that a value is assigned to, as a variable is called."""
    name = None if use.node is None else use.evaluator.module.assigned(use.node)
    if name is None:
        return Unknown("it is no setting itself, so no variable is called like it", use.span)
    return Known(name.rpartition(".")[2].upper())


def _as_it_is(use: Use, options: Options, value: Concrete) -> Value[object]:
    return value


def _refused(value: Known[object], why: str) -> Unknown:
    return Unknown(f"{value.value!r} is refused, since it {why}", value.span, value.trail, fails=True)


# --- Plain values.


def _flag(use: Use, options: Options, text: Concrete) -> Value[object]:
    if isinstance(text, Unknown):
        return text
    said = str(text.value).strip().lower()
    if said in _TRUE | _FALSE:
        return replace(text, value=said in _TRUE)
    return _refused(text, "says neither yes nor no")


def _default_flag(use: Use, options: Options, value: Concrete) -> Value[object]:
    if isinstance(value, Unknown) or value.value in (True, False):
        return value
    return _refused(value, "is neither true nor false")


def _number(kind: str, *, is_positive: bool = False) -> Read:
    function: Known[object] = Known(Native(f"builtins.{kind}"))

    def read(use: Use, options: Options, text: Concrete) -> Value[object]:
        def checked(one: Concrete) -> Concrete:
            if is_positive and isinstance(one, Known) and isinstance(one.value, int) and one.value < 0:
                return _refused(one, "is negative")
            return one

        return chained(use.apply(function, text), checked)

    return read


def _secret(use: Use, options: Options, text: Concrete) -> Value[object]:
    return _refused(text, "is empty") if isinstance(text, Known) and not text.value else text


# --- Lists.


def _sequence(kind: Literal["list", "tuple"], separator: str = "separator", by: str = ",") -> Read:
    """The texts between separators, without spaces around them and without empty ones."""

    def read(use: Use, options: Options, text: Concrete) -> Value[object]:
        def cut(delimiter: Concrete) -> Value[object]:
            if isinstance(text, Unknown) or isinstance(delimiter, Unknown):
                return text if isinstance(text, Unknown) else delimiter
            parts = operations.text_method(_stripped(use, text), "split", [delimiter], {}, use.span)
            if isinstance(parts, Unknown) or not isinstance(parts.value, Items):
                return parts
            texts = [_stripped(use, one) for one in parts.value.items if isinstance(one, Known)]
            kept = Items(kind, tuple(one for one in texts if one.value != ""))
            return _converted(use, options, kind, replace(parts, value=kept))

        return chained(options.get(separator, Known(by)), cut)

    return read


def _stripped(use: Use, text: Known[object]) -> Known[object]:
    stripped = operations.text_method(text, "strip", [], {}, use.span)
    assert isinstance(stripped, Known)  # it is the text of a variable, or a part of it
    return stripped


def _default_sequence(kind: Literal["list", "tuple", "set"]) -> Read:
    def read(use: Use, options: Options, value: Concrete) -> Value[object]:
        if isinstance(value, Known) and value.value is None:
            return replace(value, value=Items(kind, ()))
        made = natives.applied(f"builtins.{kind}", [value], use.span)
        if not isinstance(made, Known):
            return made or Unknown("what is made of its default is not followed", use.span)
        if isinstance(value, Known) and isinstance(value.value, Items):
            made = replace(made, span=value.span)
        return _converted(use, options, kind, made)

    return read


def _converted(use: Use, options: Options, kind: Literal["list", "tuple", "set"], made: Known[object]) -> Value[object]:
    converter = options.get("converter")
    if converter is None or is_none(converter):
        return made
    if kind == "set" or not isinstance(made.value, Items):
        return Unknown("`converter` is not followed here", use.span)
    return gathered(made, kind, [use.apply_each(converter, one) for one in made.value.items])


def _set(use: Use, options: Options, text: Concrete) -> Value[object]:
    return chained(
        _sequence("list")(use, options, text),
        lambda one: natives.applied("builtins.set", [one], use.span) or Unknown("it is not followed", use.span),
    )


def _nested(kind: Literal["list", "tuple"]) -> Read:
    outer, inner = _sequence(kind, "seq_separator", ";"), _sequence(kind)

    def read(use: Use, options: Options, text: Concrete) -> Value[object]:
        plain = {name: value for name, value in options.items() if name == "seq_separator"}

        def parted(one: Concrete) -> Value[object]:
            if isinstance(one, Unknown) or not isinstance(one.value, Items):
                return one
            parts = [part for part in one.value.items if isinstance(part, Known)]
            return gathered(one, kind, [inner(use, options, part) for part in parts])

        return chained(outer(use, plain, text), parted)

    return read


def _default_nested(kind: Literal["list", "tuple"]) -> Read:
    def read(use: Use, options: Options, value: Concrete) -> Value[object]:
        if not is_none(options.get("converter")):
            return Unknown("`converter` is not followed here", use.span)
        return _default_sequence(kind)(use, options, value)

    return read


# --- Dicts.


def _dict(use: Use, options: Options, text: Concrete) -> Value[object]:
    if isinstance(text, Known) and not text.value:
        return replace(text, value=Pairs(()))
    found = natives.applied("ast.literal_eval", [text], use.span)
    if isinstance(found, Known) and not isinstance(found.value, Pairs) and isinstance(text, Known):
        return _refused(text, "is no dict")
    return found or Unknown("it is not followed", use.span)


def _default_dict(use: Use, options: Options, value: Concrete) -> Value[object]:
    if isinstance(value, Known) and value.value is None:
        return replace(value, value=Pairs(()))
    if isinstance(value, Unknown) or isinstance(value.value, Pairs):
        return value
    return Unknown("what is made of its default is not followed", use.span)


_LISTED = ("separator", "converter")
_CLASSES: Mapping[str, Method] = {
    "Value": _method(_as_it_is, _as_it_is),
    "BooleanValue": _method(_flag, _default_flag),
    "IntegerValue": _method(_number("int"), _as_it_is),
    "PositiveIntegerValue": _method(_number("int", is_positive=True), _as_it_is),
    "FloatValue": _method(_number("float"), _as_it_is),
    "ListValue": _method(_sequence("list"), _default_sequence("list"), *_LISTED),
    "BackendsValue": _method(_sequence("list"), _default_sequence("list"), "separator"),
    "TupleValue": _method(_sequence("tuple"), _default_sequence("tuple"), *_LISTED),
    "SetValue": _method(_set, _default_sequence("set"), *_LISTED),
    "SingleNestedListValue": _method(_nested("list"), _default_nested("list"), *_LISTED, "seq_separator"),
    "SingleNestedTupleValue": _method(_nested("tuple"), _default_nested("tuple"), *_LISTED, "seq_separator"),
    "DictValue": _method(_dict, _default_dict),
    # These refuse what is not valid and leave the rest alone.
    "EmailValue": _method(_as_it_is, _as_it_is),
    "URLValue": _method(_as_it_is, _as_it_is),
    "IPValue": _method(_as_it_is, _as_it_is),
    "RegexValue": _method(_as_it_is, _as_it_is, "regex"),
    "SecretValue": _method(_secret, _as_it_is, is_required=True),
}
METHODS: Mapping[tuple[str, str], Method] = {
    (f"configurations.values.{name}", "__call__"): method for name, method in _CLASSES.items()
}
ATTRIBUTES: Mapping[str, Attribute] = {}
MAKERS: frozenset[str] = frozenset()
READY: Mapping[str, tuple[str, str]] = {name: (name, call) for name, call in METHODS}
"""The classes themselves, which are called as functions would be."""
