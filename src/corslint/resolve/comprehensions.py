"""Comprehensions over what is known: one frame per turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from corslint.resolve import operations
from corslint.resolve.conditions import Conditions, Frame, environment, merge, one_of
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import combined
from corslint.syntax.python import Module
from corslint.values import MAX_COMBINATIONS, Alternative, Known, Mapping, OneOf, Place, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Scope


Kept: TypeAlias = "tuple[Conditions, list[Frame], str | None, Unknown | None]"
"""The parts of a `Turns` while turns are added to it."""


@dataclass(frozen=True, slots=True)
class Turns:
    """One way in which the turns of a comprehension come about."""

    conditions: Conditions
    frames: tuple[Frame, ...]
    """One per turn that passes the conditions."""
    override: str | None = None
    """The environment variable that decides which turns there are."""
    unknown: Unknown | None = None
    """Why the turns are not known."""
    trail: tuple[Place, ...] = ()
    """Where what the outermost loop goes over came from."""


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

        def build(turns: Turns) -> Value[object]:
            values = [self.evaluator.evaluate(node.elt, turn) for turn in turns.frames]

            def make(picked: Sequence[Concrete]) -> Concrete:
                made = operations.container(kind, picked, span)
                return replace(made, override=turns.override, trail=turns.trail) if isinstance(made, Known) else made

            return combined(values, make)

        return self._each_way(node, build, frame)

    def mapping(self, node: cst.DictComp, frame: Frame) -> Value[object]:
        """A dict comprehension."""
        span = self.module.span(node)

        def build(turns: Turns) -> Value[object]:
            mapping = Mapping(())
            for turn in turns.frames:
                name = self.evaluator.evaluate(node.key, turn)
                if isinstance(name, OneOf):
                    return Unknown("its keys depend on conditions", span)
                mapping = Mapping(tuple(operations.stored(mapping, name, self.evaluator.evaluate(node.value, turn))))
            return Known(mapping, span, override=turns.override)

        return self._each_way(node, build, frame)

    def _each_way(
        self, node: cst.BaseSimpleComp | cst.DictComp, build: Callable[[Turns], Value[object]], frame: Frame
    ) -> Value[object]:
        """What is built of the turns, for each way in which it can turn out which turns there are."""
        found: list[Alternative[object]] = []
        ways = self._ways(node, node.for_in, [Turns((), (frame,))])
        if isinstance(ways, Unknown):
            return ways
        for turns in ways:
            value: Value[object] = turns.unknown if turns.unknown is not None else build(turns)
            for one in alternatives(value):
                both = merge(turns.conditions, one.conditions)
                if both is not None:
                    found.append(Alternative(both, one.value, environment(both)))
        return one_of(found, self.module.span(node))

    def _ways(self, node: cst.BaseComp, loop: cst.CompFor | None, ways: list[Turns]) -> list[Turns] | Unknown:
        """The ways behind a `for` and those inside of it."""
        span = self.module.span(node)
        while loop is not None:
            following: list[Turns] = []
            for before in ways:
                grown = [replace(before, frames=())]
                for outer in before.frames:
                    grown = [after for way in grown for after in self._turned(node, loop, way, outer)]
                    if len(grown) > MAX_COMBINATIONS:
                        return Unknown("it depends on too many conditions", span)
                    if any(len(way.frames) > operations.MAX_ITEMS for way in grown):
                        return Unknown(f"it has more than {operations.MAX_ITEMS} elements", span)
                following += grown
            ways, loop = following, loop.inner_for_in
        return ways

    def _turned(self, node: cst.BaseComp, loop: cst.CompFor, way: Turns, outer: Frame) -> list[Turns]:
        """One way with the turns of a loop within one turn of the loop around it."""
        found: list[Turns] = []
        for one in alternatives(self.evaluator.evaluate(loop.iter, outer)):
            both = merge(way.conditions, one.conditions)
            if both is None:
                continue
            items = operations.elements(one.value, "`for`")
            if way.unknown is not None or isinstance(items, Unknown):
                unknown = way.unknown or (items if isinstance(items, Unknown) else None)
                found.append(replace(way, conditions=both, unknown=unknown))
                continue
            by = one.value.override if isinstance(one.value, Known) else None
            # All turns of the loop are added to one list, which is only copied where a way splits.
            current: list[Kept] = [(both, list(way.frames), way.override or by, None)]
            for item in items:
                names = self.evaluator.unpack(loop.target, item)
                if names is None:
                    unknown = Unknown(f"`{self.module.text(loop.target)}` is not followed", self.module.span(loop))
                    return [replace(way, conditions=both, unknown=unknown)]
                inner = outer.bind(cast("Scope", node), names)
                current = [after for before in current for after in self._filtered(node, loop, inner, *before)]
            trail = way.trail or one.value.trail
            found += [Turns(conditions, tuple(frames), over, none, trail) for conditions, frames, over, none in current]
        return found

    def _filtered(
        self,
        node: cst.BaseComp,
        loop: cst.CompFor,
        turn: Frame,
        path: Conditions,
        frames: list[Frame],
        by: str | None,
        unknown: Unknown | None,
    ) -> list[Kept]:
        """The ways behind the `if`s of a loop in one turn: with the turn, or without it."""
        if unknown is not None:
            return [(path, frames, by, unknown)]
        for condition in loop.ifs:
            turn = self._named(node, condition, turn)
            found = self.evaluator.evaluate(condition.test, turn)
            if isinstance(found, Unknown):
                return [(path, frames, by, found)]
            if isinstance(found, OneOf):
                return self._split(loop, turn, path, frames, by)
            by = by or operations.override(found)
            if not operations.is_true(found):
                return [(path, frames, by, None)]
        frames.append(turn)
        return [(path, frames, by, None)]

    def _named(self, node: cst.BaseComp, condition: cst.CompIf, turn: Frame) -> Frame:
        """A turn with the names that `:=` gives in a condition, for what comes behind it."""
        import libcst

        test = condition.test.left if isinstance(condition.test, libcst.Comparison) else condition.test
        if not isinstance(test, libcst.NamedExpr) or not isinstance(test.target, libcst.Name):
            return turn
        return turn.bind(cast("Scope", node), {test.target.value: self.evaluator.evaluate(test.value, turn)})

    def _split(
        self, loop: cst.CompFor, turn: Frame, path: Conditions, frames: list[Frame], by: str | None
    ) -> list[Kept]:
        """The ways behind the `if`s of a loop where conditions from outside decide them."""
        tests = [self.evaluator.evaluate(condition.test, turn) for condition in loop.ifs]
        ways: list[Kept] = []

        def passes(picked: Sequence[Concrete]) -> Concrete:
            for one in picked:
                if isinstance(one, Unknown):
                    return one
                if not operations.is_true(one):
                    return Known(False)
            return Known(True)

        for way in alternatives(combined(tests, passes)):
            both = merge(path, way.conditions)
            if both is None:
                continue
            if isinstance(way.value, Unknown):
                ways.append((both, frames, by, way.value))
            else:
                ways.append((both, [*frames, turn] if way.value.value else list(frames), by, None))
        return ways
