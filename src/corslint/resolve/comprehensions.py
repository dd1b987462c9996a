"""Comprehensions over what is known: one frame per turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from corslint.resolve import operations
from corslint.resolve.conditions import Frame
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import combined
from corslint.syntax.python import Module
from corslint.values import Known, Mapping, OneOf, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Scope


@dataclass(frozen=True, slots=True)
class Comprehensions:
    """Evaluates the comprehensions of one module."""

    evaluator: Evaluator

    @property
    def module(self) -> Module:
        """The module."""
        return self.evaluator.module

    def sequence(
        self, kind: Literal["list", "set"], node: cst.ListComp | cst.SetComp | cst.GeneratorExp, frame: Frame
    ) -> Value[object]:
        """A list or set comprehension, or a generator taken as a list."""
        span = self.module.span(node)
        turns = self._turns(node, node.for_in, frame)
        if isinstance(turns, Unknown):
            return turns
        inner, by = turns
        values = [self.evaluator.evaluate(node.elt, turn) for turn in inner]

        def make(picked: Sequence[Concrete]) -> Concrete:
            made = operations.container(kind, picked, span)
            return replace(made, override=by) if isinstance(made, Known) else made

        return combined(values, make)

    def mapping(self, node: cst.DictComp, frame: Frame) -> Value[object]:
        """A dict comprehension."""
        span = self.module.span(node)
        turns = self._turns(node, node.for_in, frame)
        if isinstance(turns, Unknown):
            return turns
        inner, by = turns
        mapping = Mapping(())
        for turn in inner:
            name = self.evaluator.evaluate(node.key, turn)
            if isinstance(name, OneOf):
                return Unknown("its keys depend on conditions", span)
            mapping = Mapping(tuple(operations.stored(mapping, name, self.evaluator.evaluate(node.value, turn))))
        return Known(mapping, span, override=by)

    def _turns(self, node: cst.BaseComp, loop: cst.CompFor, frame: Frame) -> tuple[list[Frame], str | None] | Unknown:
        """A frame per turn that passes the conditions, and the variable that decides which turns there are."""
        span = self.module.span(node)
        frames, by = [frame], None
        current: cst.CompFor | None = loop
        while current is not None:
            following: list[Frame] = []
            for outer in frames:
                iterated = self.evaluator.evaluate(current.iter, outer)
                if isinstance(iterated, OneOf):
                    return Unknown(f"`{self.module.text(node)}` goes over what depends on conditions", span)
                items = operations.elements(iterated, "`for`")
                if isinstance(items, Unknown):
                    return items
                by = by or (iterated.override if isinstance(iterated, Known) else None)
                for item in items:
                    names = self.evaluator.unpack(current.target, item)
                    if names is None:
                        return Unknown(f"`{self.module.text(current.target)}` is not followed", span)
                    inner = outer.bind(cast("Scope", node), names)
                    kept = self._passes(current, inner)
                    if isinstance(kept, Unknown):
                        return kept
                    keep, deciding = kept
                    by = by or deciding
                    if keep:
                        following.append(inner)
                if len(following) > operations.MAX_ITEMS:
                    return Unknown(f"it has more than {operations.MAX_ITEMS} elements", span)
            frames, current = following, current.inner_for_in
        return frames, by

    def _passes(self, loop: cst.CompFor, frame: Frame) -> tuple[bool, str | None] | Unknown:
        """Whether a turn passes the `if`s of a comprehension, and the variable that decides it."""
        by: str | None = None
        for condition in loop.ifs:
            found = self.evaluator.evaluate(condition.test, frame)
            if isinstance(found, OneOf):
                return Unknown(
                    f"`{self.module.text(condition.test)}` decides its elements",
                    self.module.span(condition),
                )
            if isinstance(found, Unknown):
                return found
            by = by or operations.override(found)
            if not operations.is_true(found):
                return False, by
        return True, by
