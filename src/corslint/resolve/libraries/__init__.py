"""What the objects of libraries give when they are called: `env.list("X")`, `config("X", cast=Csv())`.

One module per library. Its `METHODS` say what calling an object gives, by the qualified name of what made the object
and the method, `__call__` for the object itself and `__getitem__` for `object[key]`; its `ATTRIBUTES` what `object.x`
is, by the qualified name; its `READY` names the objects that the library brings along, by the name of what makes the
like of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from corslint.resolve.conditions import overridden
from corslint.resolve.libraries import (
    decouple,
    django_configurations,
    django_environ,
    dynaconf,
    environs,
    flask,
    process,
    pydantic_types,
    standard,
    starlette_config,
)
from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.resolve.natives import native
from corslint.resolve.objects import External
from corslint.resolve.ways import chained
from corslint.source import Span
from corslint.values import Known, Value

if TYPE_CHECKING:
    from corslint.resolve.evaluator import Evaluator

__all__ = ["ATTRIBUTES", "MAKERS", "METHODS", "READY", "Use", "attribute", "brought", "used"]
_LIBRARIES = (
    decouple,
    django_configurations,
    django_environ,
    dynaconf,
    environs,
    flask,
    process,
    pydantic_types,
    standard,
    starlette_config,
)
METHODS: Mapping[tuple[str, str], Method] = {key: made for one in _LIBRARIES for key, made in one.METHODS.items()}
"""By the qualified name of what made the object, and the method."""
ATTRIBUTES: Mapping[str, Attribute] = {key: made for one in _LIBRARIES for key, made in one.ATTRIBUTES.items()}
"""By the qualified name of what made the object."""
READY: Mapping[str, tuple[str, str]] = {key: made for one in _LIBRARIES for key, made in one.READY.items()}
"""Objects that libraries bring along: the name of what makes the like of them, and the method they stand for."""
MAKERS = frozenset(maker for one in _LIBRARIES for maker in one.MAKERS)
"""What makes an object, by qualified name."""


def brought(name: str, evaluator: Evaluator) -> Known[object] | None:
    """What a qualified name of a library stands for: a function that is followed, or an object; None for neither."""
    if name in READY:
        maker, method = READY[name]
        return Known(External(maker, evaluator, method=method))
    owner, _, method = name.rpartition(".")
    if owner in READY and (READY[owner][0], method) in METHODS:
        return Known(External(READY[owner][0], evaluator, method=method))
    return native(name)


def attribute(owner: Known[object], name: str, span: Span) -> Value[object] | None:
    """What an attribute of an object is: a method of it, or a value; None for one that is not followed."""
    external = owner.value
    assert isinstance(external, External)
    if (external.name, name) in METHODS:
        return replace(owner, value=replace(external, method=name))
    followed = ATTRIBUTES.get(external.name)
    found = None if followed is None else followed(external, name, span)
    return None if found is None else _replaced(found, owner.override)


def used(use: Use, method: str = "__call__", by: str | None = None) -> Value[object] | None:
    """What calling an object or a method of it gives; None for what is not followed.

    `by` is the environment variable that replaces the object.
    """
    if use.arguments.unseen is not None:
        return use.arguments.unseen
    followed = METHODS.get((use.owner.name, use.owner.method if method == "__call__" else method))
    found = None if followed is None else followed(use)
    return None if found is None else _replaced(found, by)


def _replaced(value: Value[object], by: str | None) -> Value[object]:
    """A value that the variable `by` replaces with the object that it comes from, unless one replaces it alone."""
    if by is None:
        return value
    return chained(
        value, lambda one: one if isinstance(one, Known) and one.override is not None else overridden(one, by, None)
    )
