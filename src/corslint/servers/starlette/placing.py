"""Places at which CORSMiddleware cannot be put to use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.finding import Label
from corslint.policy import Fact
from corslint.resolve.python import Resolver
from corslint.servers.starlette.sites import Site
from corslint.servers.starlette.versions import Behaviour
from corslint.syntax.python import dotted

if TYPE_CHECKING:
    import libcst as cst


def facts(resolver: Resolver, site: Site, how: Behaviour) -> Iterator[Fact]:
    """A fact where an object stands in the place of the class, or the application runs already."""
    import libcst

    module = resolver.module
    argument = module.parent(site.node)
    outer = module.parent(argument) if isinstance(argument, libcst.Arg) else None
    if isinstance(outer, libcst.Call) and outer.args[0] is argument and _takes_class(outer):
        yield Fact(
            "rejected-configuration",
            "every request fails: add_middleware takes the class itself, and the options beside it",
            (Label(site.span, "makes an object", primary=True),),
            "write app.add_middleware(CORSMiddleware, allow_origins=[...])",
        )
    function = module.enclosing_function(site.node)
    if function is None or site.wraps or not how.is_closed_at_start:
        return
    if any(_is_at_start(resolver, function, call) for call in module.calls()):
        yield Fact(
            "rejected-configuration",
            "the application does not start: nothing can be added to one that runs",
            (Label(site.span, "runs when the application has been put together", primary=True),),
            "add it right after the application is made, outside of startup and lifespan",
        )


def _takes_class(call: cst.Call) -> bool:
    return (dotted(call.func) or "").rpartition(".")[2] in ("add_middleware", "Middleware")


def _is_at_start(resolver: Resolver, function: cst.FunctionDef, call: cst.Call) -> bool:
    """Whether a call has a function run at the start: by decorating it, or as an argument."""
    import libcst

    name = (dotted(call.func) or "").rpartition(".")[2]
    if name == "on_event":
        decorates = any(one.decorator is call for one in function.decorators)
        return decorates and "startup" in resolver.module.span(call).text
    if name == "add_event_handler" and len(call.args) == 2:
        return "startup" in resolver.module.span(call.args[0]).text and _names(call.args[1].value, function)
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == "lifespan":
            return _names(argument.value, function)
        if argument.keyword is not None and argument.keyword.value == "on_startup":
            listed = argument.value.elements if isinstance(argument.value, (libcst.List, libcst.Tuple)) else ()
            return any(_names(one.value, function) for one in listed)
    return False


def _names(node: cst.BaseExpression, function: cst.FunctionDef) -> bool:
    return dotted(node) == function.name.value
