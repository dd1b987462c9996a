"""The classes of the project: their bases, their kind, and what their bodies set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from corslint.resolve.conditions import Frame
from corslint.resolve.objects import ClassObject, FunctionObject, Member
from corslint.syntax.python import dotted
from corslint.values import Known, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

Kind: TypeAlias = Literal["plain", "record", "model", "settings", "enum"]
"""How the attributes of an instance come about; `record` is a dataclass or the like, `model` one of pydantic."""

MAX_CLASSES = 60
"""Classes a class may descend from."""
MAX_MEMBERS = 300
"""Members of an enumeration that is iterated over."""
_MODELS = frozenset({"BaseModel", "GenericModel", "SQLModel", "RootModel"})
_SETTINGS = frozenset({"BaseSettings"})
_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag", "TextChoices", "IntegerChoices"})
_RECORDS = frozenset({"dataclass", "define", "frozen", "attrs", "attrib", "mutable", "s", "NamedTuple", "Struct"})
_HARMLESS = frozenset({"object", "ABC", "Generic", "Protocol", "str", "int", "Hashable", "ABCMeta"})
"""Bases from outside that bring no attributes a setting could be mistaken for."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A class with all classes it descends from."""

    classes: tuple[ClassObject, ...]
    """Those of the project, in the order in which attributes are looked up."""
    outside: tuple[str, ...]
    """The qualified names of those from libraries."""
    unknown: Unknown | None
    """A base of which nothing is known."""


def ancestry(cls: ClassObject) -> Ancestry:
    """What a class descends from; depth first, which is Python's order but for diamonds."""
    kept = cls.evaluator.ancestries
    if cls.node not in kept:
        kept[cls.node] = Ancestry((cls,), (), None)  # for a class that descends from itself
        kept[cls.node] = _ancestry(cls)
    return kept[cls.node]


def _ancestry(cls: ClassObject) -> Ancestry:
    classes: list[ClassObject] = [cls]
    outside: list[str] = []
    unknown: Unknown | None = None
    evaluator = cls.evaluator
    for base in cls.node.bases:
        value = evaluator.evaluate(base.value, cls.frame)
        # Of a base that depends on conditions the first is taken, as of `try: from pydantic_settings import ...`.
        found = next((way.value.value for way in alternatives(value) if isinstance(way.value, Known)), None)
        if isinstance(found, ClassObject):
            above = ancestry(found)
            classes += [one for one in above.classes if one not in classes]
            outside += above.outside
            unknown = unknown or above.unknown
            continue
        expression = base.value
        import libcst

        if isinstance(expression, libcst.Subscript):  # Generic[T]
            expression = expression.value
        names = evaluator.imports.qualified(expression)
        outside += names
        known = {name.rpartition(".")[2] for name in names}
        if not known & (_MODELS | _SETTINGS | _ENUMS | _RECORDS | _HARMLESS):
            text = evaluator.module.text(base.value)
            unknown = unknown or Unknown(
                f"it may come from `{text}`, which is defined elsewhere", evaluator.module.span(base)
            )
    return Ancestry(tuple(classes[:MAX_CLASSES]), tuple(outside), unknown)


def kind(cls: ClassObject) -> Kind:
    """How the attributes of an instance come about."""
    import libcst

    above = ancestry(cls)
    last = {name.rpartition(".")[2] for name in above.outside}
    if last & _SETTINGS:
        return "settings"
    if last & _MODELS:
        return "model"
    if last & _ENUMS:
        return "enum"
    if last & _RECORDS:
        return "record"
    for one in above.classes:
        for decorator in one.node.decorators:
            mark = decorator.decorator
            bare = mark.func if isinstance(mark, libcst.Call) else mark
            if any(name.rpartition(".")[2] in _RECORDS for name in one.evaluator.imports.qualified(bare)):
                return "record"
    return "plain"


def members(cls: ClassObject) -> tuple[Known[object] | Unknown, ...] | None:
    """The members of an enumeration in order, aliases left out; None for another class, and one with too many."""
    from corslint.resolve.attributes import attribute  # which needs what classes declare

    if kind(cls) != "enum":
        return None
    kept = cls.evaluator.members
    if cls.node in kept:
        return kept[cls.node]
    kept[cls.node] = ()  # for a member that is made of the others
    span = cls.evaluator.module.span(cls.node)
    found: dict[object, Known[object] | Unknown] = {}
    names = cls.evaluator.scopes.names_of(cls.node)
    if len(names) > MAX_MEMBERS:
        return None
    for name in names:
        member = attribute(Known(cls), name, span)
        if isinstance(member, Known) and isinstance(member.value, Member):
            of = member.value.value
            if not isinstance(of, Known):
                found[name, None] = Unknown(f"the value of `{name}` is not known", span)
            else:
                found.setdefault((type(of.value), of.value), member)
    kept[cls.node] = tuple(found.values())
    return kept[cls.node]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a class body says of a name."""

    owner: ClassObject
    value: Value[object] | None
    """None for `x: int`, which has no value."""
    annotated: cst.AnnAssign | None


def declared(cls: ClassObject, name: str, after: ClassObject | None = None) -> Declared | None:
    """What the first class that sets or annotates a name says of it; only those behind `after`, if that is given."""
    for owner in behind(cls, after):
        value: Value[object] | None = None
        if owner.evaluator.scopes.binds(owner.node, name):
            value = owner.evaluator.flow(owner.node, name, None, owner.frame)
        written = annotated(owner).get(name)
        if value is not None or written is not None:
            return Declared(owner, value, written)
    return None


def behind(cls: ClassObject, after: ClassObject | None) -> tuple[ClassObject, ...]:
    """The classes in the order of look-up, or those of them that `super()` asks in the class `after`."""
    order = ancestry(cls).classes
    if after is None:
        return order
    places = [place for place, one in enumerate(order) if one.node is after.node]
    return order[places[0] + 1 :] if places else ()


def annotated(owner: ClassObject) -> dict[str, cst.AnnAssign]:
    """The annotated names of one class body, in order."""
    import libcst

    evaluator = owner.evaluator
    return {
        name: node
        for node in evaluator.module.within(owner.node.body, libcst.AnnAssign)
        if evaluator.scopes.scope(node) is owner.node and (name := dotted(node.target)) is not None
    }


def fields(cls: ClassObject) -> list[str]:
    """The fields of a record in the order of its constructor."""
    found: list[str] = []
    for owner in reversed(ancestry(cls).classes):
        found += [
            name
            for name, node in annotated(owner).items()
            if name not in found and "ClassVar" not in owner.evaluator.module.text(node.annotation)
        ]
    return found


def methods(cls: ClassObject) -> Iterator[tuple[ClassObject, cst.FunctionDef]]:
    """The functions in the bodies of a class and those it descends from."""
    for owner in ancestry(cls).classes:
        for function in own_methods(owner):
            yield owner, function


def own_methods(cls: ClassObject) -> tuple[cst.FunctionDef, ...]:
    """The functions in the body of a class."""
    return cls.evaluator.scopes.methods(cls.node)


def decorators(function: FunctionObject) -> dict[str, cst.BaseExpression]:
    """The decorators of a function by the last word of their qualified names."""
    import libcst

    found: dict[str, cst.BaseExpression] = {}
    if isinstance(function.node, libcst.Lambda):
        return found
    for decorator in function.node.decorators:
        mark = decorator.decorator
        bare = mark.func if isinstance(mark, libcst.Call) else mark
        for name in function.evaluator.imports.qualified(bare):
            found.setdefault(name.rpartition(".")[2], mark)
    return found


def configuration(cls: ClassObject, name: str) -> Value[object] | None:
    """An entry of pydantic's `model_config = SettingsConfigDict(...)` or of `class Config`; None where it is not set.

    https://docs.pydantic.dev/latest/api/config/
    """
    import libcst

    for owner in ancestry(cls).classes:
        evaluator = owner.evaluator
        calls: list[cst.Call | cst.Dict] = [*evaluator.module.within(owner.node.body, libcst.Call)]
        for call in (*calls, *evaluator.module.within(owner.node.body, libcst.Dict)):
            if evaluator.module.assigned(call) != "model_config" or evaluator.scopes.scope(call) is not owner.node:
                continue
            if isinstance(call, libcst.Call):
                for argument in call.args:
                    if argument.keyword is not None and argument.keyword.value == name:
                        return evaluator.evaluate(argument.value, owner.frame)
                continue
            for element in call.elements:
                if isinstance(element, libcst.DictElement):
                    key = evaluator.evaluate(element.key, Frame())
                    if isinstance(key, Known) and key.value == name:
                        return evaluator.evaluate(element.value, owner.frame)
        for inner in evaluator.module.within(owner.node.body, libcst.ClassDef):
            if inner.name.value == "Config" and evaluator.scopes.binds(inner, name):
                return evaluator.flow(inner, name, None, owner.frame)
    return None
