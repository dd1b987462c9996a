"""When a use of the middleware is reached, as far as the function it stands in tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from corslint.resolve.conditions import Conditions, Frame, Outcome, environment, merge
from corslint.resolve.parameters import passed
from corslint.resolve.python import Reached, Resolver
from corslint.syntax.python import dotted
from corslint.values import Condition, Unknown

if TYPE_CHECKING:
    import libcst as cst


@dataclass(frozen=True, slots=True)
class Reach:
    """When a place is reached."""

    reached: Reached
    unknown: dict[str, Unknown] = field(default_factory=dict)
    """The parameters whose defaults would keep it from being reached, and which are therefore not known there."""
    is_assumed: bool = False
    """Whether it is only reached for callers that are not seen."""


def reach(resolver: Resolver, node: cst.CSTNode) -> Reach | None:
    """When a place is reached: the branches around it, and what returned before; None for dead code.

    A default of a parameter makes no code dead, nor does an attribute of `self`: whoever calls the function, from
    wherever, may have it otherwise.
    """
    found = resolver.reached(node)
    if found is None:
        return _for_other_callers(resolver, node)
    conditions = found.conditions
    for guard in _guards(resolver, node):
        ways = [way for way in resolver.guarded_test(guard.test, Frame()) if not way.truth]
        if len(ways) == 1:
            conditions = merge(conditions, ways[0].conditions) or conditions
    for _, outcome in _cases(resolver, node):
        conditions = merge(conditions, outcome.conditions) or conditions
    return Reach(Reached(conditions, found.environment or environment(conditions)))


def _cases(resolver: Resolver, node: cst.CSTNode) -> Iterator[tuple[cst.MatchCase | None, Outcome]]:
    """The cases of `match` statements around a place, where one outcome leads to each."""
    import libcst

    for inner, outer in pairwise([node, *resolver.module.ancestors(node)]):
        if isinstance(outer, libcst.Match) and isinstance(inner, libcst.MatchCase):
            ways = [way for way in resolver.decisions.cases(outer, Frame()) if way[0] is inner]
            yield from ways if len(ways) == 1 else ()


def _guards(resolver: Resolver, node: cst.CSTNode) -> Iterator[cst.If]:
    """`if not enabled: return` ahead of a place, in the function it stands in; outer ones first."""
    import libcst

    found: list[cst.If] = []
    for inner, outer in pairwise([node, *resolver.module.ancestors(node)]):
        if isinstance(outer, libcst.IndentedBlock):
            index = next((index for index, one in enumerate(outer.body) if one is inner), 0)
            found[:0] = [one for one in outer.body[:index] if isinstance(one, libcst.If) and _returns(one)]
        if isinstance(outer, (libcst.FunctionDef, libcst.Lambda)):
            break
    return iter(found)


def _returns(statement: cst.If) -> bool:
    import libcst

    last = statement.body.body[-1] if statement.body.body else None
    if isinstance(last, libcst.SimpleStatementLine):
        last = last.body[-1]
    return statement.orelse is None and isinstance(last, libcst.Return)


def _for_other_callers(resolver: Resolver, node: cst.CSTNode) -> Reach | None:
    import libcst

    module = resolver.module
    conditions: Conditions = ()
    unknown: dict[str, Unknown] = {}
    function = module.enclosing_function(node)
    parameters = {} if function is None else resolver.scopes.parameters(function)
    for inner, outer in pairwise([node, *module.ancestors(node)]):
        if not isinstance(outer, (libcst.If, libcst.IfExp, libcst.While)) or inner is outer.test:
            continue
        truth = inner is outer.body
        ways = [way for way in resolver.guarded_test(outer.test, Frame()) if way.truth is truth]
        if ways:
            more = ways[0].conditions if len(ways) == 1 else ()
        else:
            names = [
                one for one in (outer.test, *module.within(outer.test, libcst.Name)) if isinstance(one, libcst.Name)
            ]
            given = {one.value for one in names} & parameters.keys()
            if function is None or not given or function not in module.ancestors(outer):
                return None
            if all(passed(resolver, function, name) is not None for name in given):
                return None  # its callers are all seen
            why = f"is a parameter of `{function.name.value}()`"
            unknown.update({name: Unknown(f"`{name}` {why}", module.span(parameters[name])) for name in given})
            text = module.text(outer.test)
            subject = text if dotted(outer.test) else f"`{text}`"
            more = (Condition(subject, "is true" if truth else "is false"),)
        merged = merge(more, conditions)
        if merged is None:
            return None
        conditions = merged
    if function is not None and isinstance(resolver.scopes.scope(function), libcst.ClassDef):
        unknown.pop(next(iter(parameters)), None)  # only one attribute of `self` is in question
    return Reach(Reached(conditions, environment(conditions)), unknown, is_assumed=True) if conditions else None
