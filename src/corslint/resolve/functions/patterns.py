"""Regular expressions: `re.compile`, `re.split`, and whether one matches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corslint.origins import MATCH_SECONDS
from corslint.resolve import operations
from corslint.resolve.conditions import Frame
from corslint.resolve.functions.given import Function, given_by
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import combined
from corslint.syntax.python import argument as argument_of
from corslint.values import Compiled, Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

_IGNORE_CASE = {"re.IGNORECASE", "re.I"}


def _compile(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    given = given_by(resolver, call, frame, "pattern", "flags")
    if given is None or given[0] is None:
        return None
    span = resolver.module.span(call)
    ignore_case = False
    flags = argument_of(call, 1, "flags")
    if flags is not None:
        if _IGNORE_CASE.isdisjoint(resolver.imports.qualified(flags.value)):
            return Unknown("a pattern with such flags is not followed", span)
        ignore_case = True

    def make(picked: Sequence[Concrete]) -> Concrete:
        value = picked[0]
        if isinstance(value, Unknown):
            return value
        if not isinstance(value.value, str):
            return Unknown("it is compiled from what is no text", span)
        return Known(Compiled(value.value, ignore_case), value.span or span, value.trail, value.override)

    return combined([given[0]], make)


def _split_pattern(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
    """`re.split("[, ]+", text)`; only patterns that cannot take long are carried out."""
    given = resolver.arguments(call, frame)
    if given is None or len(given) != 2:
        return None
    pattern = given[0]
    if not isinstance(pattern, Known) or not isinstance(pattern.value, str) or len(pattern.value) > 20:
        return None
    if not re.fullmatch(r"(?:\\s|\[[^\]\[]*\]|[^\\()*+?|\[\]{}])(?:[+*](?:\\s\*)?)?|\\s\*[,;]\\s\*", pattern.value):
        return None
    return combined(
        given, lambda picked: operations.compute(picked, re.split, resolver.module.span(call), "`re.split()`")
    )


def _matching(method: str) -> Function:
    """`re.match(pattern, text)` and the like, of which only whether there is a match is followed."""

    def function(resolver: Evaluator, call: cst.Call, frame: Frame) -> Value[object] | None:
        given = given_by(resolver, call, frame, "pattern", "string", "flags")
        if given is None or given[0] is None or given[1] is None:
            return None
        flags = argument_of(call, 2, "flags")
        ignore_case = flags is not None
        if flags is not None and _IGNORE_CASE.isdisjoint(resolver.imports.qualified(flags.value)):
            return Unknown("a pattern with such flags is not followed", resolver.module.span(call))
        span = resolver.module.span(call)

        def match(pattern: object, text: object) -> object:
            import regex

            if not isinstance(pattern, str) or not isinstance(text, str):
                raise TypeError("it takes two texts")
            compiled = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
            return True if getattr(compiled, method)(text, timeout=MATCH_SECONDS) else None

        def make(picked: Sequence[Concrete]) -> Concrete:
            import regex

            try:
                return operations.compute(picked, match, span, f"`re.{method}()`")
            except (regex.error, TimeoutError):
                return Unknown(f"`{resolver.module.text(call)}` is decided at run time", span)

        return combined([given[0], given[1]], make)

    return function


FUNCTIONS: Mapping[str, Function] = {
    "re.compile": _compile,
    "re.fullmatch": _matching("fullmatch"),
    "re.match": _matching("match"),
    "re.search": _matching("search"),
    "re.split": _split_pattern,
}
