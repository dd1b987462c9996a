"""What names of a program stand for besides data: classes, functions, instances, members of enumerations, URLs.

They travel as the `value` of a `Known` while an expression is evaluated, also from one module to another, and never
leave the resolver: `settled` turns those that are left over into data or into a reason.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve.conditions import Frame
from corslint.source import Span
from corslint.values import Items, Known, Mapping, OneOf, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Scope


@dataclass(frozen=True, slots=True)
class ClassObject:
    """A class of the project."""

    evaluator: Evaluator
    """Of the module it is defined in."""
    node: cst.ClassDef
    frame: Frame = field(default_factory=Frame, compare=False)
    """What holds where it is defined, for a class inside of a function."""

    def __str__(self) -> str:
        return f"`{self.node.name.value}` is a class"


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """A function, method or lambda of the project."""

    evaluator: Evaluator
    node: cst.FunctionDef | cst.Lambda
    frame: Frame = field(default_factory=Frame, compare=False)
    """What holds where it is defined: the names of the functions around it."""
    receiver: Known[object] | None = None
    """What a method gets as its first argument."""

    @property
    def name(self) -> str:
        """How messages call it."""
        name = getattr(self.node, "name", None)
        return "lambda" if name is None else str(name.value)

    def __str__(self) -> str:
        return f"`{self.name}` is a function"


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """A name that an instance goes by, at one place."""

    evaluator: Evaluator
    scope: Scope
    name: str
    until: cst.CSTNode | None
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a class of the project."""

    cls: ClassObject
    positional: tuple[Value[object], ...] = ()
    """What it was made with."""
    named: MappingOf[str, Value[object]] = field(default_factory=dict)
    span: Span | None = None
    """The call that made it."""
    unseen: bool = False
    """Whether nothing is known of the call that made it, as for a parameter of which only the type is known."""
    homes: tuple[Home, ...] = ()
    """The names it goes by whose attributes statements set after it was made: `settings.debug = True`."""
    variables: tuple[str, str] | None = None
    """How variables for its fields begin, and what stands between the names of nested ones: ("APP_CORS__", "__")."""

    def __str__(self) -> str:
        return f"it is an object of the class `{self.cls.node.name.value}`"


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """What `super()` gives in a method."""

    cls: ClassObject
    """The class the method is defined in; those behind it in the order of look-up are asked."""
    receiver: Known[object]
    """The instance or class that the method was called of."""

    def __str__(self) -> str:
        return "it is `super()`"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration; two are equal if they are the same member."""

    cls: ClassObject
    name: str
    value: Value[object] = field(compare=False)
    is_data: bool = field(compare=False)
    """Whether it may be used as its value is: `class E(str, Enum)`."""

    def __str__(self) -> str:
        return f"it is the member `{self.name}` of the enumeration `{self.cls.node.name.value}`"


@dataclass(frozen=True, slots=True)
class ModuleObject:
    """A module of the project."""

    evaluator: Evaluator
    name: str = field(compare=False)
    """As it was asked for."""

    def __str__(self) -> str:
        return f"`{self.name}` is a module"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL object of pydantic 2, which equals no text: https://docs.pydantic.dev/latest/api/networks/."""

    text: str
    """What `str()` gives: a URL without a path has got a slash."""

    def __str__(self) -> str:
        return f"it is a URL object, and not the text {self.text!r}"


@dataclass(frozen=True, slots=True, eq=False)
class FieldSpec:
    """What `Field(...)` of pydantic, `field(...)` of dataclasses and their like say of a field."""

    default: Value[object] | None
    """None where the field is required."""
    variables: tuple[str, ...] = ()
    """The names under which the environment sets it, where they are given."""

    def __str__(self) -> str:
        return "it is the description of a field"


@dataclass(frozen=True, slots=True)
class Native:
    """A function or class of Python or of a library that is followed."""

    name: str
    """Its qualified name: "builtins.list", "json.loads"."""

    def __str__(self) -> str:
        return f"it is the function `{self.name.removeprefix('builtins.')}`"


@dataclass(frozen=True, slots=True, eq=False)
class External:
    """An object that a library makes, `environ.Env(...)`, or brings along, `decouple.config`; or a method of it."""

    name: str
    """The qualified name of what was called, or of the object."""
    evaluator: Evaluator
    """Of the module that makes it."""
    call: cst.Call | None = None
    """The call that made it; None for an object that the library brings along."""
    positional: tuple[Value[object], ...] = ()
    """What it was made with."""
    named: MappingOf[str, Value[object]] = field(default_factory=dict)
    method: str = "__call__"
    """What calling it calls: "list" for `env.list` in `read = env.list`."""

    def __str__(self) -> str:
        return f"it is an object of `{self.name}`"


Thing: TypeAlias = (
    ClassObject | FunctionObject | Instance | Super | Member | ModuleObject | Url | FieldSpec | Native | External
)
_THINGS = (ClassObject, FunctionObject, Instance, Super, Member, ModuleObject, Url, FieldSpec, Native, External)


def is_thing(value: object) -> bool:
    """Whether a value is no data."""
    return isinstance(value, _THINGS)


def settled(value: Value[object]) -> Value[object]:
    """The value as data: members that are texts become texts; of other things it is said that they are no data."""
    if isinstance(value, OneOf):
        changed = tuple(replace(way, value=_settled(way.value)) for way in value.alternatives)
        return value if changed == value.alternatives else replace(value, alternatives=changed)
    return _settled(value)


def _settled(value: Known[object] | Unknown) -> Known[object] | Unknown:
    if isinstance(value, Unknown):
        return value
    inner = value.value
    if isinstance(inner, Items):
        items = tuple(settled(item) for item in inner.items)
        same = all(a is b for a, b in zip(items, inner.items, strict=True))
        return value if same else replace(value, value=replace(inner, items=items))
    if isinstance(inner, Mapping):
        pairs = tuple((settled(key), settled(item)) for key, item in inner.pairs)
        same = all(a[0] is b[0] and a[1] is b[1] for a, b in zip(pairs, inner.pairs, strict=True))
        return value if same else replace(value, value=replace(inner, pairs=pairs))
    if isinstance(inner, Url):
        # As a text it equals no origin either, since it has got a slash.
        return replace(value, value=inner.text)
    if isinstance(inner, Member) and inner.is_data and isinstance(inner.value, Known):
        return replace(inner.value, trail=(*value.trail, *inner.value.trail))
    if isinstance(inner, _THINGS):
        return Unknown(str(inner), value.span, value.trail)
    return value
