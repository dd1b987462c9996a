"""What Python's own loops and comparisons make of a value, for products that put an option to use without a look at it.

A list and a tuple give their elements, a dict its keys and a text its characters; what cannot be gone through, and what
is no text where texts are joined, raises TypeError in the product.
"""

from __future__ import annotations

from corslint.values import Compiled, Items, Known, Mapping, Unknown, Value, decided_by


class RefusedError(Exception):
    """Raised where the product raises; the message is the reason, for people."""


def shown(value: object) -> str:
    """A value in a few words, for messages."""
    if isinstance(value, Items):
        return f"a {value.kind}"
    if isinstance(value, Mapping):
        return "a dict"
    return "a compiled pattern" if isinstance(value, Compiled) else repr(value)


def unset(known: Known[object]) -> Unknown | None:
    """What is unknown of a variable without a default: whoever reads it this way means it to be set; else None.

    Where the source says `None` for it, nothing is what is meant unless somebody sets it.
    """
    is_written = known.span is not None and known.span.text == "None"
    if known.value is None and known.override is not None and not is_written:
        return decided_by(known.override, known.span, known.trail)
    return None


def elements(known: Known[object]) -> tuple[Value[object], ...]:
    """What going through a value gives. Raises RefusedError for one that cannot be gone through."""
    if isinstance(known.value, Items):
        return known.value.items
    if isinstance(known.value, Mapping):
        return tuple(key for key, _ in known.value.pairs)
    if isinstance(known.value, str):
        return tuple(Known(character, known.span) for character in known.value)
    raise RefusedError(f"{shown(known.value)} is no collection of texts")


def holds(known: Known[object], text: str) -> bool:
    """Whether `text in value`, as far as the elements are known: among the elements, or as a part of a text.

    Raises RefusedError for what cannot be gone through.
    """
    if isinstance(known.value, str):
        return text in known.value
    return any(isinstance(element, Known) and element.value == text for element in elements(known))


def texts(known: Known[object]) -> tuple[str, ...] | Unknown:
    """The texts that going through a value gives; what run time decides where it decides one.

    Raises RefusedError where the value cannot be gone through, or holds something else than texts.
    """
    found: list[str] = []
    for element in elements(known):
        if isinstance(element, Unknown):
            return element
        if not isinstance(element, Known):
            return Unknown("it depends on conditions", element.span)
        if missing := unset(element):
            return missing
        if not isinstance(element.value, str):
            raise RefusedError(f"{shown(element.value)} is no text")
        found.append(element.value)
    return tuple(found)
