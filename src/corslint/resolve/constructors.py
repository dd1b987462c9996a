"""What the constructors of a class leave on an instance: `self.name = ...`, also by way of `super().__init__(...)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve import calls, classes
from corslint.resolve.calls import Arguments
from corslint.resolve.conditions import Frame
from corslint.resolve.objects import ClassObject, FunctionObject, Instance
from corslint.source import Span
from corslint.syntax.python import body_statements
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

ClassMethod: TypeAlias = "tuple[ClassObject, cst.FunctionDef]"
"""A function in the body of a class."""

CONSTRUCTORS = ("__init__", "__post_init__", "model_post_init")
"""In the order in which they run."""


def stored(owner: Known[object], instance: Instance, name: str, span: Span) -> Value[object] | None:
    """What an instance holds under a name once it is made; None where no method stores the name."""
    text = f"self.{name}"
    for cls, method in classes.methods(instance.cls):
        events = cls.evaluator.scopes.events(method, text)
        if events and method.name.value not in CONSTRUCTORS:
            reason = f"`{text}` is set in `{method.name.value}()`"
            return Unknown(reason, cls.evaluator.module.span(events[0].node))
    found: Value[object] | None = None
    for kind in CONSTRUCTORS:
        found = _Run(owner, instance, kind, text, span).behind(None, _given(instance, kind), found)
    return found


def before(
    owner: Known[object], method: ClassMethod, text: str, until: cst.CSTNode, frame: Frame, span: Span
) -> Value[object] | None:
    """What `self.name` is in a constructor by way of `super().__init__()`, if that was called before a place."""
    cls, function = method
    assert isinstance(owner.value, Instance)
    evaluator = cls.evaluator
    inner = _super_call(cls, function)
    if inner is None or evaluator.module.order(inner) > evaluator.module.order(until):
        return None
    return _Run(owner, owner.value, function.name.value, text, span).behind(cls, evaluator.passed(inner, frame), None)


def _given(instance: Instance, kind: str) -> Arguments | None:
    """What a constructor is called with; None where that is not known."""
    if instance.unseen:
        return None
    if kind == "__init__":
        return Arguments(instance.positional, instance.named)
    return Arguments((Unknown("it is the context of a validation"),) if kind == "model_post_init" else ())


@dataclass(frozen=True, slots=True)
class _Run:
    """One kind of constructor of one instance, and one name that it may store."""

    owner: Known[object]
    instance: Instance
    kind: str
    text: str
    span: Span

    def behind(
        self, after: ClassObject | None, arguments: Arguments | None, start: Value[object] | None
    ) -> Value[object] | None:
        """What the constructor that comes next behind a class leaves; `start` where it stores nothing."""
        found = self._next(after)
        if found is None or not self._touches(after):
            return start
        budget = found[0].evaluator.budget
        if not budget.may_call:
            return Unknown(f"`{self.text}` goes through too many constructors to follow", self.span)
        with budget.call():
            return self._carried_out(*found, arguments, start)

    def _carried_out(
        self, cls: ClassObject, method: cst.FunctionDef, arguments: Arguments | None, start: Value[object] | None
    ) -> Value[object] | None:
        evaluator = cls.evaluator
        bound: dict[str, Value[object]] | Unknown = {}
        if arguments is not None:
            bound = arguments.unseen or calls.bound(
                FunctionObject(evaluator, method, cls.frame, self.owner), arguments, self.span
            )
        if isinstance(bound, Unknown):
            return bound
        for first in list(evaluator.scopes.parameters(method))[:1]:
            bound[first] = self.owner
        frame = cls.frame.bind(method, bound)
        events = evaluator.scopes.events(method, self.text)
        inner = _super_call(cls, method)
        if inner is not None and self._touches(cls):
            start = self.behind(cls, evaluator.passed(inner, frame), start)
            order = evaluator.module.order
            if any(order(event.node) < order(inner) for event in events):
                return Unknown(f"`{self.text}` is set before `super()` sets it", evaluator.module.span(inner))
        if not events:
            return start
        return evaluator.flow(method, self.text, None, frame, start) or start

    def _next(self, after: ClassObject | None) -> ClassMethod | None:
        for cls in classes.behind(self.instance.cls, after):
            for method in classes.own_methods(cls):
                if method.name.value == self.kind:
                    return cls, method
        return None

    def _touches(self, after: ClassObject | None) -> bool:
        """Whether the constructor behind a class, or one that it calls, stores the name."""
        found = self._next(after)
        while found is not None:
            cls, method = found
            if cls.evaluator.scopes.events(method, self.text):
                return True
            found = None if _super_call(cls, method) is None else self._next(cls)
        return False


def _super_call(cls: ClassObject, method: cst.FunctionDef) -> cst.Call | None:
    """The call of `super().__init__(...)` among the statements of a constructor."""
    import libcst

    for statement in body_statements(method.body):
        call = statement.value if isinstance(statement, libcst.Expr) else None
        func = call.func if isinstance(call, libcst.Call) else None
        if (
            isinstance(call, libcst.Call)
            and isinstance(func, libcst.Attribute)
            and func.attr.value == method.name.value
            and isinstance(func.value, libcst.Call)
            and isinstance(func.value.func, libcst.Name)
            and func.value.func.value == "super"
        ):
            return call
    return None
