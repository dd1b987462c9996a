"""What answers a preflight before flask-cors or Flask do: hooks, and decorators above `@cross_origin`.

https://flask.palletsprojects.com/en/stable/api/#flask.Flask.before_request
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.finding import Label
from corslint.policy import Fact
from corslint.resolve.modules import locate
from corslint.resolve.python import Resolver, resolver_of
from corslint.source import Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.syntax.python_guards import inside, looks_at_method, needs_a_login, speaks_of_login
from corslint.values import Known

if TYPE_CHECKING:
    import libcst as cst

_STATUS = re.compile(r"\b[1-5]\d\d\b")
_RAISED = {"Unauthorized": 401, "Forbidden": 403}
_DEFAULTS = {"redirect": 302, "unauthorized": 401}
"""Functions that answer with a status of their own where none is given."""
_STATUS_PLACES = {"abort": 0, "redirect": 1, "make_response": 1, "Response": 1}


def before_requests(resolver: Resolver, app: str, call: cst.Call) -> Iterator[Fact]:
    """A fact for each hook of an application, called `app`, that turns away whoever has not logged in.

    Flask calls them ahead of all else, also for OPTIONS; `call` is what puts flask-cors to use.
    """
    import libcst

    module, scope = resolver.module, resolver.scopes.scope(call)
    found: list[tuple[cst.FunctionDef, Span]] = [
        (function, module.span(function.name))
        for function in module.find(libcst.FunctionDef)
        if any(_is_hook(one.decorator, app) for one in function.decorators)
    ]
    for other in module.calls():
        if _is_hook(other.func, app) and len(other.args) == 1:
            named = resolver.definition(other.args[0].value)
            if isinstance(named, libcst.FunctionDef):
                found.append((named, module.span(other)))
    for function, span in found:
        if resolver.scopes.scope(function) is scope and _turns_away(resolver, function):
            yield Fact(
                "middleware-order",
                f"requests that need a preflight never arrive: `{function.name.value}` turns OPTIONS away",
                (
                    Label(span, "runs before OPTIONS is answered, and asks for what no preflight has", primary=True),
                    Label(module.span(call), "adds its headers to the refusal, which does not help"),
                ),
                'let OPTIONS pass: begin with `if request.method == "OPTIONS": return None`',
            )


def _is_hook(node: cst.BaseExpression, app: str) -> bool:
    return dotted(node) == f"{app}.before_request"


def decorators(
    project: Project, resolver: Resolver, call: cst.Call, above: Sequence[cst.Decorator], *, extended: bool
) -> Iterator[Fact]:
    """A fact for each decorator between the route and `@cross_origin` that keeps preflights from the latter.

    `extended` is whether the extension answers them too.
    """
    import libcst

    for one in above:
        named = one.decorator.func if isinstance(one.decorator, libcst.Call) else one.decorator
        owner, definition = _definition(project, resolver, named)
        if definition is None:
            continue
        name, span = definition.name.value, resolver.module.span(one)
        text = owner.module.span(definition).text
        inner = _nested(definition)
        if any(_turns_away(owner, function) for function in inner):
            message, fact = f"`{name}` turns OPTIONS away", "runs first, and asks for what no preflight has"
        elif inner and not extended and not re.search(r"\bwraps\b|update_wrapper|__dict__|__wrapped__", text):
            if not _returns_one_of(definition, inner):
                continue
            message, fact = "Flask answers OPTIONS without CORS headers", "hides from Flask what it decorates"
        else:
            continue
        yield Fact(
            "decorator-order",
            f"requests that need a preflight never arrive: {message}",
            (Label(resolver.module.span(call), "is only reached behind it", primary=True), Label(span, fact)),
            f"put @cross_origin above `{resolver.module.text(one).strip()}`, right below the route",
        )


def _nested(definition: cst.FunctionDef) -> list[cst.FunctionDef]:
    """The functions defined inside of another, however deep."""
    import libcst

    found: list[cst.FunctionDef] = []
    waiting = list(definition.body.children)
    while waiting:
        node = waiting.pop()
        if isinstance(node, libcst.FunctionDef):
            found.append(node)
        waiting.extend(node.children)
    return found


def _definition(
    project: Project, resolver: Resolver, node: cst.BaseExpression
) -> tuple[Resolver, cst.FunctionDef | None]:
    import libcst

    definition = resolver.definition(node)
    if definition is not None:
        return resolver, definition if isinstance(definition, libcst.FunctionDef) else None
    name = resolver.qualified(node)
    located = locate(project, resolver.module.source, name) if name else None
    if located is None:
        return resolver, None
    try:
        owner = resolver_of(project, located[0])
    except SyntaxProblem:
        return resolver, None
    for one in owner.module.tree.body:
        if isinstance(one, libcst.FunctionDef) and one.name.value == located[1]:
            return owner, one
    return owner, None


def _returns_one_of(definition: cst.FunctionDef, inner: Sequence[cst.FunctionDef]) -> bool:
    import libcst

    names = {function.name.value for function in inner}
    returned = [one.value for one in inside(definition.body) if isinstance(one, libcst.Return)]
    return bool(returned) and all(isinstance(one, libcst.Name) and one.value in names for one in returned)


def _turns_away(resolver: Resolver, function: cst.FunctionDef) -> bool:
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
