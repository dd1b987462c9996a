"""What the annotation of a field makes of a value: https://docs.pydantic.dev/latest/concepts/conversion_table/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from corslint.resolve import classes, operations
from corslint.resolve.objects import ClassObject, Instance, Member, Url
from corslint.resolve.operations import Concrete
from corslint.source import Span
from corslint.values import Items, Known, Mapping, Mistake, OneOf, Unknown, Value, decided_by

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

Kind: TypeAlias = Literal[
    "any", "str", "bool", "int", "float", "list", "tuple", "set", "dict", "url", "class", "secret"
]

_MAX_DEPTH = 8
_KINDS: dict[str, Kind] = {
    "str": "str", "bool": "bool", "int": "int", "float": "float",
    "list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "Collection": "list",
    "tuple": "tuple", "Tuple": "tuple", "set": "set", "Set": "set", "frozenset": "set", "FrozenSet": "set",
    "dict": "dict", "Dict": "dict", "Mapping": "dict",
    "AnyUrl": "url", "AnyHttpUrl": "url", "HttpUrl": "url",
    "SecretStr": "secret", "SecretBytes": "secret", "Json": "secret",
    "StrictStr": "str", "StrictBool": "bool", "constr": "str", "conlist": "list", "conset": "set",
}  # fmt: skip
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Shape:
    """A type as far as it changes values."""

    kind: Kind = "any"
    items: Shape | None = None
    """Of the elements of a list, tuple or set."""
    choices: tuple[Shape, ...] = ()
    """Of a union, in order; empty for other types."""
    cls: ClassObject | None = None
    marks: tuple[cst.BaseExpression, ...] = field(default=(), compare=False)
    """What `Annotated` says besides."""

    @property
    def is_complex(self) -> bool:
        """Whether pydantic-settings takes its text from the environment for JSON."""
        if self.choices:
            return any(choice.is_complex for choice in self.choices)
        if self.cls is not None:
            return classes.kind(self.cls) in ("model", "record")
        return self.kind in ("list", "tuple", "set", "dict")

    @property
    def may_be_text(self) -> bool:
        """Whether a text that is no JSON is passed on as it is: a union of a list and something else."""
        return any(not choice.is_complex for choice in self.choices)


def shape_of(evaluator: Evaluator, node: cst.BaseExpression, depth: int = 0) -> Shape:
    """The shape an annotation gives."""
    import libcst

    if depth > _MAX_DEPTH:
        return Shape()
    match node:
        case libcst.SimpleString():
            return _from_text(node.raw_value)
        case libcst.BinaryOperation(operator=libcst.BitOr()):
            return _union([shape_of(evaluator, part, depth + 1) for part in (node.left, node.right)])
        case libcst.Subscript():
            parts = [part.slice.value for part in node.slice if isinstance(part.slice, libcst.Index)]
            return _subscripted(evaluator, _word(evaluator, node.value), parts, depth)
        case libcst.Call():
            word = _word(evaluator, node.func)
            return Shape(_KINDS.get(word, "any"))
        case libcst.Name() | libcst.Attribute():
            return _named(evaluator, node, depth)
    return Shape()


def _word(evaluator: Evaluator, node: cst.BaseExpression) -> str:
    names = evaluator.imports.qualified(node)
    return names[0].rpartition(".")[2] if names else evaluator.module.text(node).rpartition(".")[2]


def _from_text(text: str) -> Shape:
    """An annotation written as a text: `"list[str]"`."""
    found = re.fullmatch(r"\s*(?:typing\.)?(\w+)(?:\[\s*(\w+)\s*\])?\s*", text)
    if found is None:
        return Shape()
    items = Shape(_KINDS.get(found[2], "any")) if found[2] else None
    return Shape(_KINDS.get(found[1], "any"), items)


def _named(evaluator: Evaluator, node: cst.BaseExpression, depth: int) -> Shape:
    import libcst

    word = _word(evaluator, node)
    if isinstance(node, libcst.Name):
        aliased = evaluator.names.assigned_expression(node)
        if aliased is not None and aliased is not node:
            return shape_of(evaluator, aliased, depth + 1)
    if word in _KINDS:
        return Shape(_KINDS[word])
    value = evaluator.evaluate_plain(node)
    if isinstance(value, Known) and isinstance(value.value, ClassObject):
        return Shape("class", cls=value.value)
    return Shape()


def _subscripted(evaluator: Evaluator, word: str, parts: list[cst.BaseExpression], depth: int) -> Shape:
    if not parts:
        return Shape()
    if word in ("Optional", "Union"):
        return _union([shape_of(evaluator, part, depth + 1) for part in parts])
    if word == "Annotated":
        inner = shape_of(evaluator, parts[0], depth + 1)
        return replace(inner, marks=(*inner.marks, *parts[1:]))
    if word in ("Final", "ClassVar", "Required"):
        return shape_of(evaluator, parts[0], depth + 1)
    kind = _KINDS.get(word, "any")
    if kind in ("list", "tuple", "set"):
        return Shape(kind, shape_of(evaluator, parts[0], depth + 1))
    return Shape(kind)


def _union(shapes: list[Shape]) -> Shape:
    flat = tuple(one for shape in shapes for one in (shape.choices or (shape,)))
    return flat[0] if len(flat) == 1 else Shape("any", choices=flat)


def coerced(value: Concrete, shape: Shape, *, urls_are_texts: bool, span: Span) -> Concrete:
    """What pydantic makes of a value of this type; an unknown that `fails` where it refuses it."""
    if isinstance(value, Unknown):
        return value
    inner = value.value
    if shape.choices:
        return _first(value, shape, urls_are_texts=urls_are_texts, span=span)
    if inner is None:
        return value
    match shape.kind:
        case "bool" if isinstance(inner, str):
            if inner.strip().lower() in _TRUE | _FALSE:
                return replace(value, value=inner.strip().lower() in _TRUE)
            return _refused(value, "boolean", span, _NO_BOOLEAN)
        case "bool" if isinstance(inner, (int, float)):
            # https://docs.pydantic.dev/latest/concepts/conversion_table/: 0 and 1, and no other number.
            return replace(value, value=bool(inner)) if inner in (0, 1) else _refused(value, "boolean", span)
        case "int" if isinstance(inner, float) and not inner.is_integer():
            return _refused(value, "whole number", span)
        case "int" | "float" if isinstance(inner, (int, float)):
            return replace(value, value=int(inner) if shape.kind == "int" else float(inner))
        case "int" | "float" if isinstance(inner, str):
            number = int if shape.kind == "int" else float
            return operations.compute([value], lambda text: number(text), value.span, "reading it as a number")
        case "list" | "tuple" | "set":
            if not isinstance(inner, Items):
                return _refused(value, shape.kind, span)
            items = shape.items or Shape()
            found: list[Concrete] = []
            for item in inner.items:
                made = coerced(item, items, urls_are_texts=urls_are_texts, span=span)  # type: ignore[arg-type]
                if isinstance(made, Unknown) and made.fails:
                    return made
                found.append(made)
            return replace(value, value=Items(shape.kind, tuple(found)))
        case "url" if isinstance(inner, str):
            if urls_are_texts:
                return value
            text = _with_slash(inner)
            return _refused(value, "URL", span) if text is None else replace(value, value=Url(text))
        case "class" if shape.cls is not None:
            return _of_class(value, shape.cls)
        case "secret":
            return Unknown("it is kept as a secret", span)
        case "str" if not isinstance(inner, str) and not isinstance(inner, Member):
            return _refused(value, "text", span)
    return value


def stripped(value: Concrete, shape: Shape) -> Concrete:
    """The value without white space around its texts: `str_strip_whitespace=True`."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value.value, str) and shape.kind == "str":
        return replace(value, value=value.value.strip())
    if isinstance(value.value, Items) and shape.items is not None:
        items = tuple(stripped(one, shape.items) for one in value.value.items if not isinstance(one, OneOf))
        return replace(value, value=replace(value.value, items=items))
    return value


def _first(value: Known[object], shape: Shape, *, urls_are_texts: bool, span: Span) -> Concrete:
    """A member of a union that takes the value, an exact match before one that converts."""
    for choice in shape.choices:
        if _is_exact(value, choice):
            return coerced(value, choice, urls_are_texts=urls_are_texts, span=span)
    for choice in shape.choices:
        made = coerced(value, choice, urls_are_texts=urls_are_texts, span=span)
        if not (isinstance(made, Unknown) and made.fails):
            return made
    return value


def _is_exact(value: Value[object], shape: Shape) -> bool:
    """Whether a value is of a type as it is, which a union prefers to one that converts it.

    https://docs.pydantic.dev/latest/concepts/unions/#smart-mode
    """
    if shape.choices:
        return any(_is_exact(value, choice) for choice in shape.choices)
    if not isinstance(value, Known):
        return False
    inner = value.value
    if shape.kind in _EXACT:
        return type(inner) is _EXACT[shape.kind]
    if isinstance(inner, Items) and inner.kind == shape.kind:
        items = shape.items
        return items is None or all(_is_exact(item, items) for item in inner.items)
    return isinstance(inner, (Instance, Member)) and inner.cls == shape.cls


_EXACT: dict[str, type] = {"str": str, "bool": bool, "int": int, "float": float}
_NO_BOOLEAN = Mistake(
    "string-for-boolean", "the program does not start: pydantic reads no boolean in this", "write true or false"
)


def _refused(value: Known[object], what: str, span: Span, mistake: Mistake | None = None) -> Unknown:
    shown = operations.shown(value)
    text = "it" if shown is None else f"`{shown}`"
    by = value.override
    if by is not None:
        return decided_by(by, span, value.trail)
    return Unknown(
        f"{text} is refused, since it is no {what}", value.span or span, value.trail, fails=True, mistake=mistake
    )


def _of_class(value: Known[object], cls: ClassObject) -> Concrete:
    inner = value.value
    if isinstance(inner, (Instance, Member)):
        return value
    kind = classes.kind(cls)
    if isinstance(inner, Mapping) and kind in ("model", "record"):
        named: dict[str, Value[object]] = {
            key.value: item for key, item in inner.pairs if isinstance(key, Known) and isinstance(key.value, str)
        }
        return replace(value, value=Instance(cls, (), named, value.span))
    if kind == "enum" and isinstance(inner, (str, int)):
        from corslint.resolve.invocations import member_of

        found = member_of(cls, value, value.span or cls.evaluator.module.span(cls.node))
        assert isinstance(found, (Known, Unknown))
        return found
    return value


def _with_slash(text: str) -> str | None:
    """The URL as pydantic 2 prints it; None for what is none."""
    try:
        parts = urlsplit(text.strip())
        port, host = parts.port, parts.hostname
    except ValueError:
        return None
    if not parts.scheme or not host:
        return None
    user = parts.netloc.rpartition("@")[0]
    netloc = f"{user}@" if user else ""
    netloc += f"[{host}]" if ":" in host else host
    if port is not None and _PORTS.get(parts.scheme.lower()) != port:
        netloc += f":{port}"
    path = parts.path or ("/" if parts.scheme.lower() in _PORTS else "")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{netloc}{path}{query}{fragment}"
