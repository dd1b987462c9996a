"""What `owner.name` is for the classes of the project, their instances and the members of enumerations."""

from __future__ import annotations

from dataclasses import replace

from corslint.resolve import calls, classes, constructors, libraries
from corslint.resolve.calls import Arguments
from corslint.resolve.fields import field_value
from corslint.resolve.objects import (
    ClassObject,
    External,
    FieldSpec,
    FunctionObject,
    Instance,
    Member,
    ModuleObject,
    Super,
)
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.source import Span
from corslint.values import Known, Unknown, Value

_MIXINS = frozenset({"str", "int", "StrEnum", "IntEnum", "TextChoices", "IntegerChoices"})
PROPERTIES = frozenset({"property", "cached_property"})
"""Decorators, by the last word of their names, that make a function an attribute."""


def attribute(owner: Concrete, name: str, span: Span) -> Value[object] | None:
    """What an attribute of a value is; None where the value is nothing with attributes of the project."""
    if isinstance(owner, Unknown):
        return owner
    match owner.value:
        case Instance() as instance:
            found = _of_instance(owner, instance, name, span)
            for home in instance.homes:
                dotted = f"{home.name}.{name}"
                if home.evaluator.scopes.events(home.scope, dotted):
                    found = home.evaluator.flow(home.scope, dotted, home.until, home.frame, found) or found
            return found if owner.override is None else _replaceable(found, owner.override)
        case ClassObject() as cls:
            return _of_class(owner, cls, name, span)
        case ModuleObject(evaluator=module):
            return module.member(name, span)
        case Member(value=value) if name == "value":
            return value
        case Member() as member if name == "name":
            return Known(member.name, span)
        case Member() as member:
            return _of_class(owner, member.cls, name, span)
        case Super() as above:
            return _of_super(above, name, span)
        case External():
            return libraries.attribute(owner, name, span)
    return None


def _replaceable(value: Value[object], by: str) -> Value[object]:
    """A part of what a variable replaces as a whole."""

    def mark(one: Concrete) -> Concrete:
        return replace(one, override=by) if isinstance(one, Known) and one.override is None else one

    return chained(value, mark)


def has_attribute(instance: Instance, name: str) -> bool:
    """Whether an instance surely may have an attribute: its class declares it, or anything may bring it."""
    if classes.declared(instance.cls, name) is not None or classes.ancestry(instance.cls).unknown is not None:
        return True
    if name in instance.named:
        return True
    text = f"self.{name}"
    methods = list(classes.methods(instance.cls))
    return any(
        cls.evaluator.scopes.events(method, text) or method.name.value.startswith("__getattr")
        for cls, method in methods
    )


def _of_class(owner: Known[object], cls: ClassObject, name: str, span: Span) -> Value[object]:
    kind = classes.kind(cls)
    if kind in ("settings", "model") and (found := classes.declared(cls, name)) and found.annotated is not None:
        return _of_instance(owner, Instance(cls), name, span)
    declared = classes.declared(cls, name)
    if declared is None or declared.value is None:
        return _missing(cls, name, span)

    def bound(way: Concrete) -> Value[object]:
        if isinstance(way, Unknown):
            return way
        if isinstance(way.value, FunctionObject):
            marks = classes.decorators(way.value)
            if PROPERTIES & marks.keys():
                return calls.call(replace(way.value, receiver=owner), Arguments(), span)
            this: Known[object] = Known(cls)
            receiver = this if "classmethod" in marks else None
            return replace(way, value=replace(way.value, receiver=receiver))
        if isinstance(way.value, FieldSpec):
            return way.value.default or Unknown(f"`{name}` has no default", span)
        if kind == "enum" and not name.startswith("_"):
            last = {outside.rpartition(".")[2] for outside in classes.ancestry(cls).outside}
            return Known(Member(cls, name, way, bool(last & _MIXINS)), span)
        return way

    return chained(declared.value, bound)


def _of_instance(owner: Known[object], instance: Instance, name: str, span: Span) -> Value[object]:
    cls = instance.cls
    kind = classes.kind(cls)
    declared = classes.declared(cls, name)
    if instance.unseen and (kind in ("record", "model") or _differs_below(cls, name)):
        is_method = declared is not None and _function(declared.value) is not None
        if not is_method:
            return Unknown(f"`{name}` is not the same for every `{cls.node.name.value}`", span)
    function = None if declared is None else _function(declared.value)
    if function is not None:
        return _method(function, owner, cls, span)
    if instance.homes:
        # What statements set after it was made is not there yet in its constructor.
        instance = replace(instance, homes=())
        owner = replace(owner, value=instance)
    if kind in ("record", "model", "settings") and declared is not None:
        found = field_value(instance, declared, name, kind, span)
        if found is not None:
            return found
    stored = constructors.stored(owner, instance, name, span)
    if stored is not None:
        return stored
    if declared is not None and declared.value is not None:
        return declared.value
    return _missing(cls, name, span)


def without_constructor(owner: Known[object], instance: Instance, name: str, span: Span) -> Value[object]:
    """What an attribute of an instance is that its constructor has not set."""
    kind, found = classes.kind(instance.cls), classes.declared(instance.cls, name)
    if found is not None and kind in ("record", "model", "settings"):
        value = field_value(instance, found, name, kind, span)
        if value is not None:
            return value
    return _missing(instance.cls, name, span) if found is None or found.value is None else found.value


def _method(function: FunctionObject, owner: Known[object], cls: ClassObject, span: Span) -> Value[object]:
    """A function of a class as an attribute of an instance: what it gives, for a property."""
    marks = classes.decorators(function)
    if PROPERTIES & marks.keys():
        return calls.call(replace(function, receiver=owner), Arguments(), span)
    this: Known[object] = Known(cls)
    receiver = None if "staticmethod" in marks else this if "classmethod" in marks else owner
    return Known(replace(function, receiver=receiver), span)


def _of_super(above: Super, name: str, span: Span) -> Value[object]:
    receiver = above.receiver
    cls = receiver.value.cls if isinstance(receiver.value, Instance) else receiver.value
    assert isinstance(cls, ClassObject)
    declared = classes.declared(cls, name, above.cls)
    if declared is None or declared.value is None:
        return _missing(above.cls, name, span)

    def bound(way: Concrete) -> Value[object]:
        if isinstance(way, Known) and isinstance(way.value, FunctionObject):
            return _method(way.value, receiver, cls, span)
        return way

    return chained(declared.value, bound)


def _function(value: Value[object] | None) -> FunctionObject | None:
    if isinstance(value, Known) and isinstance(value.value, FunctionObject):
        return value.value
    return None


def _missing(cls: ClassObject, name: str, span: Span) -> Unknown:
    for owner, method in classes.methods(cls):
        if method.name.value in ("__getattr__", "__getattribute__"):
            reason = f"`{name}` is decided at run time by `{method.name.value}()`"
            return Unknown(reason, owner.evaluator.module.span(method.name))
    unknown = classes.ancestry(cls).unknown
    if unknown is not None:
        return replace(unknown, reason=unknown.reason.replace("it may", f"`{name}` may", 1))
    return Unknown(f"`{cls.node.name.value}` has no `{name}`", span)


def _differs_below(cls: ClassObject, name: str) -> bool:
    """Whether a class of the same module that descends from this one sets the name too."""
    import libcst

    evaluator = cls.evaluator
    for node in evaluator.module.find(libcst.ClassDef):
        below = ClassObject(evaluator, node)
        if node is cls.node or not evaluator.scopes.binds(node, name):
            continue
        if any(one.node is cls.node for one in classes.ancestry(below).classes):
            return True
    return False
