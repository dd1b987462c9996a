"""`${NAME:default}` in values: the property of that name, the default, or unknown.

https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.files.property-placeholders
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from corslint.values import Known, Unknown

MAX_PLACEHOLDERS = 50
"""Placeholders that one value may lead to; a circle of them ends here."""

Piece: TypeAlias = "Known[str] | Unknown"
Lookup: TypeAlias = "Callable[[str], Piece | None]"


def filled(given: Piece, lookup: Lookup) -> Piece:
    """The text with each placeholder at the value of its property, else at its default.

    `override` of the result is the first that stands at its default: a variable of that name takes its place.
    """
    if isinstance(given, Unknown) or "${" not in given.value:
        return given
    text, override = given.value, given.override
    for _ in range(MAX_PLACEHOLDERS):
        # The innermost first: what begins last ends first.
        start = text.rfind("${")
        if start < 0:
            return replace(given, value=text, override=override)
        end = text.find("}", start)
        if end < 0:
            break
        name, colon, default = text[start + 2 : end].partition(":")
        found = lookup(name.strip())
        if isinstance(found, Unknown):
            return Unknown(found.reason, given.span)
        if found is not None:
            value, override = found.value, override or found.override
        elif colon:
            value, override = default, name.strip()
        else:
            return Unknown(f"`{name.strip()}` is set where this runs", given.span)
        text = text[:start] + value + text[end + 1 :]
    return Unknown("its placeholders cannot be followed", given.span)
