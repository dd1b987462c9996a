"""The fields of an instance as a dict: `model_dump()`, `dict()`, `asdict(x)`, `vars(x)`."""

from __future__ import annotations

from corslint.resolve import classes
from corslint.resolve.attributes import attribute
from corslint.resolve.objects import Instance
from corslint.source import Span
from corslint.values import Known, Mapping, Unknown, Value

DUMPING = frozenset({"model_dump", "dict", "_asdict"})
"""Methods of models and named tuples that give their fields."""


def dumped(owner: Known[object], span: Span) -> Value[object]:
    """The fields of a dataclass, a model or a settings object, in the order of its constructor; not nested ones."""
    instance = owner.value
    if not isinstance(instance, Instance) or classes.kind(instance.cls) not in ("record", "model", "settings"):
        return Unknown("its fields are not followed", span)
    pairs: list[tuple[Value[object], Value[object]]] = []
    for name in classes.fields(instance.cls):
        value = attribute(owner, name, span)
        found = Unknown(f"`{name}` is not followed", span) if value is None else value
        pairs.append((Known(name, span), found))
    return Known(Mapping(tuple(pairs)), span, owner.trail)
