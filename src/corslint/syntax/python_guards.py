"""What a function asks of a request before it lets it pass, as far as the text of the function shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from corslint.syntax.python import Module

if TYPE_CHECKING:
    import libcst as cst

_LOGIN = re.compile(r"auth|token|api_?key|session|cookie|login|user|credential|jwt|bearer|passw", re.IGNORECASE)
_METHOD = re.compile(r"\.method\b|\boptions\b|[\"']method[\"']", re.IGNORECASE)


def speaks_of_login(text: str) -> bool:
    """Whether a text of a program has a word for what tells one visitor from another."""
    return bool(_LOGIN.search(text))


def looks_at_method(text: str) -> bool:
    """Whether a text of a program may treat requests by their method."""
    return bool(_METHOD.search(text))


def inside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What is below a node, in order, without the functions and classes that are defined there."""
    import libcst

    waiting = [*reversed(node.children)]
    while waiting:
        child = waiting.pop()
        if not isinstance(child, (libcst.FunctionDef, libcst.ClassDef, libcst.Lambda)):
            yield child
            waiting.extend(reversed(child.children))


def needs_a_login(module: Module, node: cst.CSTNode) -> bool:
    """Whether a place of a function is only reached with a login, if a wrong one; a request without any passes by."""
    import libcst

    for inner, outer in pairwise((node, *module.ancestors(node))):
        if isinstance(outer, libcst.If) and inner is outer.body and _is_presence(outer.test):
            if speaks_of_login(module.span(outer.test).text):
                return True
        elif isinstance(outer, libcst.IndentedBlock) and inner in outer.body:
            if any(_lets_pass(module, one) for one in outer.body[: outer.body.index(inner)]):
                return True
        elif isinstance(outer, libcst.FunctionDef):
            break
    return False


def _lets_pass(module: Module, statement: cst.BaseStatement) -> bool:
    """Whether a statement lets requests go on that come without a login: `if not token: return`."""
    import libcst

    if not isinstance(statement, libcst.If) or not _is_absence(statement.test):
        return False
    if not speaks_of_login(module.span(statement.test).text) or not statement.body.body:
        return False
    last = statement.body.body[-1]
    given = last.body[-1] if isinstance(last, libcst.SimpleStatementLine) else last
    if not isinstance(given, libcst.Return):
        return False
    is_none = given.value is None or (isinstance(given.value, libcst.Name) and given.value.value == "None")
    return is_none or isinstance(given.value, libcst.Await)


def _is_absence(test: cst.BaseExpression) -> bool:
    import libcst

    if isinstance(test, libcst.UnaryOperation):
        return isinstance(test.operator, libcst.Not) and _is_presence(test.expression)
    if isinstance(test, libcst.BooleanOperation):
        return _is_absence(test.left) or _is_absence(test.right)
    return isinstance(test, libcst.Comparison) and isinstance(test.comparisons[0].operator, (libcst.NotIn, libcst.Is))


def _is_presence(test: cst.BaseExpression) -> bool:
    """Whether a test asks if there is something: `token`, `token := ...`, `"authorization" in headers`."""
    import libcst

    if isinstance(test, libcst.BooleanOperation):
        return isinstance(test.operator, libcst.And) and (_is_presence(test.left) or _is_presence(test.right))
    if isinstance(test, libcst.Comparison):
        return isinstance(test.comparisons[0].operator, (libcst.In, libcst.IsNot))
    if isinstance(test, libcst.Call):
        return isinstance(test.func, libcst.Attribute) and test.func.attr.value in ("get", "startswith")
    return isinstance(test, (libcst.Name, libcst.Attribute, libcst.NamedExpr))
