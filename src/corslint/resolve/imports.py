"""Values that come from other modules of the project: only the modules on the trail are parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corslint.resolve.modules import locate
from corslint.resolve.names import MAX_LINKS
from corslint.resolve.objects import ModuleObject
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.source import Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


@dataclass(frozen=True, slots=True)
class Imports:
    """Looks up what one module takes from others."""

    evaluator: Evaluator

    def value(self, name: str, span: Span, certain: int = 0) -> Value[object] | None:
        """What a qualified name stands for in the module that sets it; None where that is not part of the project.

        The first parts of the name are modules, as many as `certain` says.
        """
        # Imported here, since a module's resolver is made of the resolvers of others.
        from corslint.resolve.python import resolver_of

        evaluator = self.evaluator
        located = locate(evaluator.project, evaluator.module.source, name, certain)
        if located is None:
            return None
        source, rest = located
        try:
            other = resolver_of(evaluator.project, source)
        except SyntaxProblem as problem:
            return Unknown(f"{source.path} cannot be read ({problem})", span)
        return other.exported(rest, span) if rest else Known(ModuleObject(other, name), span)

    def qualified(self, node: cst.BaseExpression) -> tuple[str, ...]:
        """As `Names.qualified`, with what a module of the project only passes on by the name of where it comes from.

        `compat.BaseSettings` is `pydantic_settings.BaseSettings` if that is what `compat` imports.
        """
        found: list[str] = []
        kept = self.evaluator.passed_on
        for name in self.evaluator.names.qualified(node):
            if name not in kept:
                kept[name] = self._followed(name, 0)
            found += kept[name]
        return tuple(dict.fromkeys(found))

    def _followed(self, name: str, links: int) -> tuple[str, ...]:
        from corslint.resolve.python import resolver_of

        evaluator = self.evaluator
        located = locate(evaluator.project, evaluator.module.source, name) if links < MAX_LINKS else None
        if located is None or not located[1]:
            return (name,)
        try:
            other = resolver_of(evaluator.project, located[0])
        except SyntaxProblem:
            return (name,)
        first, _, rest = located[1].partition(".")
        found: list[str] = []
        for brought in other.names.of_name(first):
            found += other.imports._followed(f"{brought}.{rest}" if rest else brought, links + 1)
        return tuple(found) or (name,)


def through(value: Value[object], names: list[str], span: Span) -> Value[object]:
    """What `value.name.name` is for each way the value can turn out."""
    for name in names:

        def step(one: Concrete, name: str = name) -> Value[object]:
            from corslint.resolve.attributes import attribute

            found = attribute(one, name, span)
            return Unknown(f"`.{name}` of it is not followed", span) if found is None else found

        value = chained(value, step)
    return value
