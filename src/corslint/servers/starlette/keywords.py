"""What the callers of a helper pass on through its `**kwargs`: `add_cors(app, allow_origins=[...])`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corslint.resolve import calls
from corslint.resolve.conditions import CALLED_IN, Frame, environment, merge, one_of
from corslint.resolve.objects import FunctionObject, settled
from corslint.resolve.parameters import callers
from corslint.resolve.python import Resolver
from corslint.values import Alternative, Condition, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst


def passed_on(resolver: Resolver, argument: cst.Arg) -> Value[object] | None:
    """The dict behind `**kwargs` for each caller of the function; None where not all of them are seen."""
    import libcst

    function = resolver.module.enclosing_function(argument)
    if function is None or argument.star != "**" or not isinstance(argument.value, libcst.Name):
        return None
    star, name = function.params.star_kwarg, argument.value.value
    is_method = isinstance(resolver.scopes.scope(function), libcst.ClassDef)
    if star is None or star.name.value != name or resolver.scopes.events(function, name) or is_method:
        return None
    found = None if function.decorators else callers(resolver.project).of(resolver, function)
    ways: list[Alternative[object]] = []
    for caller in found or ():
        other, call = caller.resolver, caller.node
        site = other.site(call)
        if site is None:
            continue
        if not isinstance(call, libcst.Call):
            return None
        span, frame = other.module.span(call), site[1]
        conditions = site[0]
        if found is not None and len(found) > 1:
            conditions = (Condition(f"`{function.name.value}()`", f"{CALLED_IN} {span.path}:{span.line}"), *conditions)
        value = _bound(FunctionObject(resolver, function), name, other, call, frame)
        for one in alternatives(settled(value)):
            both = merge(conditions, one.conditions)
            if both is not None:
                ways.append(Alternative(both, one.value, environment(both)))
    return one_of(ways, resolver.module.span(argument)) if ways else None


def _bound(function: FunctionObject, name: str, resolver: Resolver, call: cst.Call, frame: Frame) -> Value[object]:
    """What a parameter of a function is in one call."""

    def ask() -> Value[object]:
        passed = resolver.passed(call, frame)
        if passed.unseen is not None:
            return passed.unseen
        found = calls.bound(function, passed, resolver.module.span(call))
        return found if isinstance(found, Unknown) else found[name]

    return resolver.guarded(ask, call)
