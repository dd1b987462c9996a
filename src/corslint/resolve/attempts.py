"""`try: x = os.environ["X"]` with `except KeyError:`, which asks whether a variable is set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.resolve import operations
from corslint.resolve.conditions import Frame, Outcome
from corslint.resolve.natives import NATIVES
from corslint.syntax.python import body_statements, dotted
from corslint.values import Condition, Known, alternatives, decided_by

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

_ENVIRON = "os.environ"
_CAUGHT = frozenset({"KeyError", "LookupError", "Exception", "BaseException"})


def outcomes(evaluator: Evaluator, statement: cst.Try | cst.TryStar, frame: Frame) -> list[Outcome] | None:
    """The ways in which the body of a `try` is carried out (`truth`) or its only handler is, the latter first.

    None where that is decided by anything else than whether one environment variable is set.
    """
    name = _variable(evaluator, statement, frame)
    if name is None:
        return None
    span = evaluator.module.span(statement)
    found: list[Outcome] = []
    for way in alternatives(evaluator.variable(Known(name), None, frame, span)):
        if isinstance(way.value, Known) and way.value.value is None and operations.override(way.value) == name:
            found.append(Outcome(False, (*way.conditions, Condition(name, "is not defined"))))
            is_defined = Condition(name, "is defined", chosen=True)
            found.append(Outcome(True, (*way.conditions, is_defined), {name: decided_by(name, span)}))
        else:
            found.append(Outcome(True, way.conditions))
    return found


def _variable(evaluator: Evaluator, statement: cst.Try | cst.TryStar, frame: Frame) -> str | None:
    """The variable without which the first statement of the body, and nothing else in it, raises an exception."""
    import libcst

    small = [one for one in body_statements(statement.body) if not isinstance(one, libcst.Pass)]
    if len(statement.handlers) != 1 or not small:
        return None
    if not all(isinstance(one, libcst.Assign | libcst.AnnAssign | libcst.Return) for one in small):
        return None
    caught = _caught(statement.handlers[0])
    if not caught & _CAUGHT:
        return None
    needed = [set(_needed(evaluator, one, frame, caught == {"KeyError"})) for one in small]
    everything = set().union(*needed)
    name = next(iter(everything), None)
    return name if len(everything) == 1 and needed[0] else None


def _caught(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> set[str]:
    import libcst

    kind = handler.type
    kinds = [element.value for element in kind.elements] if isinstance(kind, libcst.Tuple) else [kind]
    return {"BaseException" if one is None else dotted(one) or "" for one in kinds}


def _needed(evaluator: Evaluator, statement: cst.CSTNode, frame: Frame, only_keys: bool) -> Iterator[str | None]:
    """The variables that a statement cannot do without; None for what else may go wrong in it.

    `only_keys`: whether other exceptions than KeyError are not caught, so that functions of Python may raise some.
    """
    import libcst

    module, qualified = evaluator.module, evaluator.imports.qualified
    for node in module.within(statement, libcst.Subscript, libcst.Call, libcst.IfExp, libcst.BooleanOperation):
        if isinstance(node, libcst.Subscript):
            index = node.slice[0].slice
            if _ENVIRON not in qualified(node.value) or not isinstance(index, libcst.Index):
                yield None
                continue
            name = evaluator.evaluate(index.value, frame)
            yield name.value if isinstance(name, Known) and isinstance(name.value, str) else None
            continue
        func = node.func if isinstance(node, libcst.Call) else None
        is_text_method = isinstance(func, libcst.Attribute) and func.attr.value in operations.TEXT_METHODS
        if func is None or not (is_text_method or (only_keys and NATIVES.keys() & set(qualified(func)))):
            yield None
