"""What a function of a Flask application answers itself, before what it guards is asked.

https://flask.palletsprojects.com/en/stable/api/#flask.Flask.before_request
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.syntax.python_guards import inside, looks_at_method, needs_a_login, speaks_of_login
from corslint.values import Known

if TYPE_CHECKING:
    import libcst as cst

_STATUS = re.compile(r"\b[1-5]\d\d\b")
_RAISED = {"Unauthorized": 401, "Forbidden": 403}
_DEFAULTS = {"redirect": 302, "unauthorized": 401}
"""Functions that answer with a status of their own where none is given."""
_STATUS_PLACES = {"abort": 0, "redirect": 1, "make_response": 1, "Response": 1}


def hooks_of(resolver: Resolver, app: str, hook: str) -> list[tuple[cst.FunctionDef, Span]]:
    """The functions that a file registers as a hook of an application, by decorator or by call, and where."""
    import libcst

    module, name = resolver.module, f"{app}.{hook}"
    found: list[tuple[cst.FunctionDef, Span]] = [
        (function, module.span(function.name))
        for function in module.find(libcst.FunctionDef)
        if any(dotted(one.decorator) == name for one in function.decorators)
    ]
    for other in module.calls():
        if dotted(other.func) == name and len(other.args) == 1:
            named = resolver.definition(other.args[0].value)
            if isinstance(named, libcst.FunctionDef):
                found.append((named, module.span(other)))
    return found


def turns_away(resolver: Resolver, function: cst.FunctionDef) -> bool:
    """Whether a function answers a request without a login itself, a preflight as well."""
    text = resolver.module.span(function).text
    if looks_at_method(text) or "access-control-" in text.lower():
        return False
    return any(
        (status == 401 or (status is not None and 300 <= status <= 403 and speaks_of_login(text)))
        and not needs_a_login(resolver.module, node)
        for node, status in _answers(resolver, function)
    )


def _answers(resolver: Resolver, function: cst.FunctionDef) -> Iterator[tuple[cst.CSTNode, int | None]]:
    """Each answer that a function gives, with its status; None where that is not known."""
    import libcst

    for node in inside(function.body):
        if isinstance(node, libcst.Return) and isinstance(node.value, libcst.Tuple) and len(node.value.elements) > 1:
            yield node, _number(resolver, node.value.elements[1].value)
        elif isinstance(node, libcst.Return) and isinstance(node.value, libcst.Call):
            yield node, _status(resolver, node.value)
        elif isinstance(node, libcst.Expr) and isinstance(node.value, libcst.Call):
            if _last(node.value.func) == "abort":
                yield node, _status(resolver, node.value)
        elif isinstance(node, libcst.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, libcst.Call) else node.exc
            if (status := _RAISED.get(_last(raised))) is not None:
                yield node, status


def _status(resolver: Resolver, call: cst.Call) -> int | None:
    name = _last(call.func)
    place = _STATUS_PLACES.get(name)
    given = None if place is None else resolver.argument(call, place, "code" if name == "redirect" else "status")
    return _DEFAULTS.get(name) if given is None else _number(resolver, given.node)


def _number(resolver: Resolver, node: cst.BaseExpression) -> int | None:
    value = resolver.value(node)
    if isinstance(value, Known) and isinstance(value.value, int):
        return value.value
    found = _STATUS.search(resolver.module.span(node).text)
    return int(found[0]) if found else None


def _last(node: cst.BaseExpression) -> str:
    return (dotted(node) or "").rpartition(".")[2]
