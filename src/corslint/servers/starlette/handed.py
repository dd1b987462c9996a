"""What a program hands over as the middleware class: the product's own, a `functools.partial` of it, or a subclass."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve.classes import ancestry
from corslint.resolve.objects import ClassObject
from corslint.resolve.python import Resolver
from corslint.syntax.python import dotted
from corslint.values import Known, Unknown, alternatives

if TYPE_CHECKING:
    import libcst as cst

NAME = "CORSMiddleware"
CLASS = frozenset({"starlette.middleware.cors.CORSMiddleware", "fastapi.middleware.cors.CORSMiddleware"})
PARTIAL = frozenset({"functools.partial"})
MAX_LINKS = 10
"""`functools.partial` calls and names that are followed to the class."""
_TELLING = frozenset({"allow_origins", "allow_origin_regex"})
# Classes of the same name that belong to other products.
_STRANGERS = ("falcon.", "litestar.", "flask_", "corsheaders.", "sanic", "robyn", "connexion.", "aiohttp")

_OTHER_FRAMEWORK = re.compile(r"^\s*(?:from|import)\s+(?:falcon|litestar|aiohttp|sanic|tornado|bottle)\b", re.MULTILINE)

Candidate: TypeAlias = "Callable[[cst.BaseExpression], bool]"
"""Whether an expression is worth a look into the module that it is imported from."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What a program hands over as the middleware class."""

    calls: tuple[cst.Call, ...] = ()
    """The `functools.partial` calls on the way, innermost first: each may fix options."""
    subclass: ClassObject | None = None
    """The class of the project that descends from the product's."""
    changed: Unknown | None = None
    """Why it may do something else than the product's own."""


def speaks_of_cors(resolver: Resolver) -> Candidate:
    """Whether a name speaks of CORS, its own or the one it is imported by, or is that of a class of the file."""

    def is_candidate(node: cst.BaseExpression) -> bool:
        names = resolver.names.qualified(node) or (dotted(node) or "",)
        return any("cors" in name.rpartition(".")[2].lower() for name in names) or is_defined_here(resolver, node)

    return is_candidate


def is_defined_here(resolver: Resolver, node: cst.BaseExpression) -> bool:
    """Whether an expression names a class of this file, or what a `functools.partial` of this file gave."""
    import libcst

    if not isinstance(node, libcst.Name):
        return isinstance(node, libcst.IfExp)
    if isinstance(resolver.definition(node), libcst.ClassDef):
        return True
    assigned = resolver.names.assigned_expression(node)
    return isinstance(assigned, libcst.Call) and resolver.refers(assigned.func, PARTIAL)


def handed(resolver: Resolver, node: cst.BaseExpression, is_candidate: Candidate, links: int = 0) -> Handed | None:
    """The middleware class behind an expression; None for anything else."""
    import libcst

    if links > MAX_LINKS:
        return None
    if resolver.refers(node, CLASS):
        return Handed()
    if isinstance(node, libcst.Call):
        if not resolver.refers(node.func, PARTIAL):
            return None
        first = first_of(node)
        inner = None if first is None else handed(resolver, first, is_candidate, links + 1)
        return None if inner is None else replace(inner, calls=(*inner.calls, node))
    parameter = _parameter(resolver, node)
    if parameter is not None:
        return _of_parameter(resolver, parameter, is_candidate, links)
    if not isinstance(node, (libcst.Name, libcst.Attribute, libcst.IfExp)) or not is_candidate(node):
        return None
    if not CLASS.isdisjoint(resolver.imports.qualified(node)):
        return Handed()
    cls = class_behind(resolver, node)
    if cls is not None:
        return Handed(subclass=cls) if descends(cls) else None
    assigned = resolver.names.assigned_expression(node) if isinstance(node, libcst.Name) else None
    if isinstance(assigned, libcst.Call):
        return handed(resolver, assigned, is_candidate, links + 1)
    name = resolver.qualified(node)
    if name is not None and is_namesake(name) and not _serves_another(resolver):
        source = name.rpartition(".")[0]
        why = f"`{resolver.module.text(node)}` is imported from `{source}`, which may change what it does"
        return Handed(changed=Unknown(why, resolver.module.span(node)))
    return None


def _serves_another(resolver: Resolver) -> bool:
    """Whether a file is about another framework, whose middleware may have the same name, and not about Starlette."""
    text = resolver.module.source.text
    return _OTHER_FRAMEWORK.search(text) is not None and not re.search(r"starlette|fastapi", text)


def _parameter(resolver: Resolver, node: cst.BaseExpression) -> cst.Param | None:
    """The parameter that an expression names, if nothing else sets it."""
    import libcst

    function = resolver.module.enclosing_function(node) if isinstance(node, libcst.Name) else None
    if function is None or not isinstance(node, libcst.Name) or resolver.scopes.events(function, node.value):
        return None
    return resolver.scopes.parameter(function, node.value)


def _of_parameter(resolver: Resolver, parameter: cst.Param, is_candidate: Candidate, links: int) -> Handed | None:
    """The class that is the default of a parameter, or the one that a class method is called of."""
    import libcst

    function = resolver.module.enclosing(parameter, libcst.FunctionDef)
    if parameter.default is not None:
        return handed(resolver, parameter.default, is_candidate, links + 1)
    owner = None if function is None else resolver.scopes.scope(function)
    if function is None or not isinstance(owner, libcst.ClassDef) or parameter is not function.params.params[0]:
        return None
    marked = any(resolver.refers(one.decorator, {"builtins.classmethod"}) for one in function.decorators)
    cls = ClassObject(resolver, owner)
    return Handed(subclass=cls) if marked and owner.bases and descends(cls) else None


def unseen(resolver: Resolver, call: cst.Call, node: cst.BaseExpression) -> Handed | None:
    """What is handed over along with origins, where nothing tells which class it is; None for a known one."""
    import libcst

    named = {one.keyword.value for one in call.args if one.keyword is not None}
    if named.isdisjoint(_TELLING) or not isinstance(node, (libcst.Name, libcst.Attribute, libcst.Call)):
        return None
    if resolver.names.qualified(node) or resolver.definition(node) is not None:
        return None
    why = f"`{resolver.module.text(node)}` may be another class than CORSMiddleware"
    return Handed(changed=Unknown(why, resolver.module.span(node)))


def first_of(call: cst.Call) -> cst.BaseExpression | None:
    """The first argument that is given without a name."""
    return next((one.value for one in call.args if one.keyword is None and not one.star), None)


def class_behind(resolver: Resolver, node: cst.BaseExpression) -> ClassObject | None:
    """The class of the project that an expression names; of several the one that descends from the product's."""
    site = resolver.site(node)
    if site is None:
        return None
    value = resolver.guarded(lambda: resolver.evaluate(node, site[1]), node)
    found = [way.value.value for way in alternatives(value) if isinstance(way.value, Known)]
    classes = [one for one in found if isinstance(one, ClassObject)]
    return next(filter(descends, classes), classes[0] if classes else None)


def descends(cls: ClassObject) -> bool:
    """Whether a class of the project descends from the product's, or from a class that passes for it."""
    return any(name in CLASS or is_namesake(name) for name in ancestry(cls).outside)


def is_namesake(name: str) -> bool:
    """Whether a qualified name may be the product's class under the roof of another package."""
    return name.endswith(f".{NAME}") and not name.startswith(_STRANGERS)
