"""Names that `from .base import *` brings in from another file of the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.resolve.conditions import UNBOUND
from corslint.resolve.modules import locate
from corslint.syntax.python import SyntaxProblem
from corslint.values import Items, Known, OneOf, Place, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.resolve.python import Resolver


@dataclass(slots=True)
class StarImports:
    """The star imports of one module."""

    resolver: Evaluator
    _asked: set[str] = field(default_factory=set)

    def provide(self, name: str) -> None:
        """Note for each star import that brings in this name that it does."""
        scopes = self.resolver.scopes
        # An underscore keeps a name out of a star import.
        if not scopes.star_imports or name in self._asked or name.startswith("_"):
            return
        self._asked.add(name)
        for statement in scopes.star_imports:
            if self.value(statement, name) is not None:
                scopes.add_star(statement, name)

    def value(self, statement: cst.ImportFrom, name: str) -> Value[object] | None:
        """What a star import gives a name; None where it does not, or comes from outside of the run."""
        # Imported here, since a module's resolver is made of the resolvers of others.
        from corslint.resolve.names import module_name
        from corslint.resolve.python import resolver_of

        resolver = self.resolver
        located = locate(resolver.project, resolver.module.source, module_name(statement))
        if located is None or located[1]:
            return None
        try:
            brought = resolver_of(resolver.project, located[0])
            found = brought.brought(name) if _is_exported(brought, name) else None
        except (SyntaxProblem, RecursionError):
            return None
        if found is None:
            return None
        place = Place(resolver.module.span(statement), f"`{name}` comes from here")
        if isinstance(found, OneOf):
            ways = tuple(replace(way, value=_through(way.value, place)) for way in found.alternatives)
            return replace(found, alternatives=ways)
        return _through(found, place)


def _is_exported(module: Resolver, name: str) -> bool:
    """Whether a star import brings a name along: one that `__all__` lists, where that is known."""
    listed = module.value_of_name("__all__") if "__all__" in module.module.source.text else None
    if not isinstance(listed, Known) or not isinstance(listed.value, Items):
        return True
    texts = [item.value if isinstance(item, Known) else None for item in listed.value.items]
    return name in texts or None in texts


def _through(value: Known[object] | Unknown, place: Place) -> Known[object] | Unknown:
    return value if value is UNBOUND else replace(value, trail=(place, *value.trail))
