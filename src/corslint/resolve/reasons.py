"""Why a value is not known, when a part of it is not: said once, with the way there as its trail."""

from __future__ import annotations

from dataclasses import replace

from corslint.values import Place, Unknown


def through(inner: Unknown, place: Place) -> Unknown:
    """What decides an expression: whatever decides the part of it that is not known, one step further from there.

    `place` is the expression, with its own text as words. A reason that is passed on like this never piles up, however
    many names lie between the setting and what decides it.
    """
    if inner.trail and inner.trail[0].span == place.span:
        return inner
    return replace(inner, span=place.span if inner.span is None else inner.span, trail=(place, *inner.trail))
