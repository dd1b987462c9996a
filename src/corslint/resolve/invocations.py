"""What calling a value gives: functions and classes of the project, members of enumerations, objects of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corslint.resolve import calls, classes
from corslint.resolve.attributes import attribute
from corslint.resolve.callables import applied
from corslint.resolve.conditions import Frame
from corslint.resolve.dumps import DUMPING, dumped
from corslint.resolve.functions import FUNCTIONS
from corslint.resolve.libraries import Use, used
from corslint.resolve.objects import ClassObject, External, FunctionObject, Instance, Member, Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.source import Span
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


def called(
    evaluator: Evaluator, callee: Known[object], call: cst.Call, frame: Frame, method: str = "__call__"
) -> Value[object] | None:
    """What a call gives; `method` is called of `callee`, which itself is called if that is `__call__`.

    None for what cannot be called or is not followed.
    """
    thing, span = callee.value, evaluator.module.span(call)
    if isinstance(thing, External):
        use = Use(thing, evaluator, frame, span, evaluator.passed(call, frame), call)
        return used(use, method, callee.override)
    if isinstance(thing, Native):
        if method != "__call__":
            return None
        followed = FUNCTIONS.get(thing.name)
        passed = evaluator.passed(call, frame)
        return applied(evaluator, callee, passed, frame, span) if followed is None else followed(evaluator, call, frame)
    if method == "__call__":
        if isinstance(thing, FunctionObject):
            return calls.call(thing, evaluator.passed(call, frame), span)
        if isinstance(thing, ClassObject):
            return made(thing, evaluator.passed(call, frame), callee, evaluator.module.span(call))
    if not isinstance(thing, (ClassObject, Instance, Member)):
        return None

    def of(one: Concrete) -> Value[object]:
        if isinstance(one, Unknown):
            return one
        found = called(evaluator, one, call, frame)
        return Unknown(f"`.{method}()` is not followed", span) if found is None else found

    if isinstance(thing, Instance) and method in DUMPING and classes.declared(thing.cls, method) is None:
        arguments = evaluator.passed(call, frame)
        if arguments.unseen is None and not arguments.positional and not arguments.named.keys() - {"mode"}:
            return dumped(callee, span)
    found = attribute(callee, method, span)
    return None if found is None else chained(found, of)


def made(cls: ClassObject, arguments: calls.Arguments, callee: Known[object], span: Span) -> Value[object]:
    """The instance a call of a class makes, or the member of an enumeration it looks up."""
    if classes.kind(cls) != "enum":
        unseen = arguments.unseen is not None
        return Known(Instance(cls, arguments.positional, arguments.named, span, unseen), span)
    if len(arguments.positional) != 1:
        return Unknown(f"`{cls.node.name.value}()` is not followed", span)

    def member(value: Concrete) -> Value[object]:
        return value if isinstance(value, Unknown) else member_of(cls, value, span)

    return chained(arguments.positional[0], member)


def member_of(cls: ClassObject, value: Known[object], span: Span) -> Value[object]:
    """The member of an enumeration with this value."""
    for name in cls.evaluator.scopes.names_of(cls.node):
        found = attribute(Known(cls), name, span)
        if isinstance(found, Known) and isinstance(found.value, Member):
            of = found.value.value
            if isinstance(of, Known) and of.value == value.value:
                return Known(found.value, span, value.trail, value.override)
    return Unknown(f"`{cls.node.name.value}` has no such member", span, fails=True)
