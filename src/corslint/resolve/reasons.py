"""Why a value is not known, when a part of it is not: said once, with the way there as its trail."""

from __future__ import annotations

from dataclasses import replace

from corslint.source import Span
from corslint.values import Place, Unknown


def through(inner: Unknown, place: Place) -> Unknown:
    """What decides an expression: whatever decides the part of it that is not known, one step further from there.

    `place` is the expression, with its own text as words. A reason that is passed on like this never piles up, however
    many names lie between the setting and what decides it.
    """
    if inner.trail and inner.trail[0].span == place.span:
        return inner
    return replace(inner, span=place.span if inner.span is None else inner.span, trail=(place, *inner.trail))


def variable(name: str, span: Span | None = None) -> Unknown:
    """What is unknown because an environment variable decides it."""
    return Unknown(f"the environment variable {name} decides it", span)


def call(function: str, span: Span | None = None, module: str = "") -> Unknown:
    """What is unknown because a function gives it back; `function` as it stands in the source, without parentheses."""
    of = f" of `{module}`" if module else ""
    return Unknown(f"`{function}()`{of} is called at run time", span)


def imported(name: str, module: str, span: Span | None = None) -> Unknown:
    """What is unknown because it comes from a module that is not part of the run."""
    return Unknown(f"`{name}` comes from `{module}`", span)
