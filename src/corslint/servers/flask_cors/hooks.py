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
from corslint.resolve.refusals import hooks_of, turns_away
from corslint.syntax.python import SyntaxProblem
from corslint.syntax.python_guards import inside

if TYPE_CHECKING:
    import libcst as cst


def before_requests(resolver: Resolver, app: str, call: cst.Call) -> Iterator[Fact]:
    """A fact for each hook of an application, called `app`, that turns away whoever has not logged in.

    Flask calls them ahead of all else, also for OPTIONS; `call` is what puts flask-cors to use.
    """
    module, scope = resolver.module, resolver.scopes.scope(call)
    for function, span in hooks_of(resolver, app, "before_request"):
        if resolver.scopes.scope(function) is scope and turns_away(resolver, function):
            yield Fact(
                "middleware-order",
                f"requests that need a preflight never arrive: `{function.name.value}` turns OPTIONS away",
                (
                    Label(span, "runs before OPTIONS is answered, and asks for what no preflight has", primary=True),
                    Label(module.span(call), "adds its headers to the refusal, which does not help"),
                ),
                'let OPTIONS pass: begin with `if request.method == "OPTIONS": return None`',
            )


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
        if any(turns_away(owner, function) for function in inner):
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
