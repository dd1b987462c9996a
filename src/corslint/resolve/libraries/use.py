"""One use of an object of a library, and what such uses have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from corslint.resolve import callables
from corslint.resolve.calls import Arguments
from corslint.resolve.conditions import Frame, overridden
from corslint.resolve.objects import External
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Span
from corslint.values import Items, Known, Place, Unknown, Value, decided_by

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator


@dataclass(frozen=True, slots=True)
class Use:
    """A call of an object that a library makes, or of one of its methods."""

    owner: External
    evaluator: Evaluator
    """Of the module it stands in."""
    frame: Frame
    span: Span
    arguments: Arguments = field(default_factory=Arguments)
    node: cst.CSTNode | None = None
    """Where it is written; None where the object was passed to what calls it."""

    def given(self, *names: str) -> dict[str, Value[object]] | None:
        """The arguments by name; None for a call with others, or with some that are not seen."""
        return given(self.arguments, *names)

    def made(self, *names: str) -> dict[str, Value[object]] | None:
        """What the object was made with, by name; None where there is more."""
        return given(Arguments(self.owner.positional, self.owner.named), *names)

    def apply(self, function: Concrete, *values: Value[object]) -> Value[object]:
        """What a function that was passed gives for these values."""
        return callables.applied(self.evaluator, function, Arguments(values), self.frame, self.span)

    def apply_each(self, function: Value[object], value: Value[object]) -> Value[object]:
        """As `apply`, for a function that depends on conditions; an unknown value stays what it is."""
        return chained(
            value,
            lambda one: one if isinstance(one, Unknown) else chained(function, lambda way: self.apply(way, one)),
        )

    def variable(
        self,
        name: Value[object] | None,
        unset: Value[object] | None,
        read: Callable[[Known[object]], Value[object]],
        prefix: str = "",
    ) -> Value[object] | None:
        """An environment variable: `unset` where nothing sets it (None: it is refused), else what `read` makes of it.

        None where there is no name.
        """
        return None if name is None else chained(name, lambda one: self._variable(one, unset, read, prefix))

    def _variable(
        self,
        name: Concrete,
        unset: Value[object] | None,
        read: Callable[[Known[object]], Value[object]],
        prefix: str,
    ) -> Value[object]:
        if isinstance(name, Unknown):
            return name
        if not isinstance(name.value, str):
            return Unknown("the name of the environment variable is no text", self.span)
        variable = prefix + name.value
        assumed = self.frame.assumed.get(variable)
        if assumed is not None:
            return read(assumed) if isinstance(assumed, Known) and isinstance(assumed.value, str) else assumed
        if unset is None:
            default: Value[object] = decided_by(variable, self.span)
        else:
            default = overridden(self._told(unset), variable, Place(self.span, f"default of {variable}"))
        return self.evaluator.deployed(
            (variable,), default, lambda text: text if isinstance(text, Unknown) else read(text)
        )

    def _told(self, unset: Value[object]) -> Value[object]:
        """A default; a bare yes or no stands where it is asked for, since a variable that is set may say no as well."""

        def told(one: Concrete) -> Concrete:
            if isinstance(one, Known) and isinstance(one.value, bool) and (one.span is None or one.span.text in _FLAGS):
                return replace(one, span=self.span)
            return one

        return chained(unset, told)


_FLAGS = ("True", "False")
Method: TypeAlias = "Callable[[Use], Value[object] | None]"
"""What a method gives; None for a form that is not followed."""
Attribute: TypeAlias = "Callable[[External, str, Span], Value[object] | None]"
"""What an attribute is; None for one that is not followed."""


def given(arguments: Arguments, *names: str) -> dict[str, Value[object]] | None:
    """Arguments by name; None where there are others, or some that are not seen."""
    if arguments.unseen is not None or len(arguments.positional) > len(names):
        return None
    found = dict(zip(names, arguments.positional, strict=False))
    for name, value in arguments.named.items():
        if name in found or name not in names:
            return None
        found[name] = value
    return found


def gathered(parts: Known[object], kind: Literal["list", "tuple"], items: Sequence[Value[object]]) -> Value[object]:
    """A list of what became of each part; where one is refused, so is the whole."""

    def collect(picked: Sequence[Concrete]) -> Concrete:
        refused = next((one for one in picked if isinstance(one, Unknown) and one.fails), None)
        return refused or replace(parts, value=Items(kind, tuple(picked)))

    return combined(items, collect)


def is_none(value: Value[object] | None) -> bool:
    """Whether an argument is left out, or certainly None."""
    return value is None or (isinstance(value, Known) and value.value is None)
