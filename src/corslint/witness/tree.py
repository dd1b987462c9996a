"""Regular expressions as trees, over the few characters that an origin can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-._:/"
"""The characters of serialised origins, but for the brackets of IPv6, in the order in which they are tried."""
MAX_LENGTH = 270
"""Characters of the longest serialised origin: `https://`, 253 of a host, a final dot, a colon and a port."""


def mask_of(characters: str) -> int:
    """A set of ASCII characters as an integer, with one bit for each code point."""
    mask = 0
    for character in characters:
        mask |= 1 << ord(character)
    return mask


ASCII = (1 << 128) - 1
USED = mask_of(ALPHABET)
"""The characters that can occur; all others are left out of every set."""
WORD = mask_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

Place: TypeAlias = Literal["start", "end", "boundary", "inside"]
"""Where a match of no character holds; `boundary` and `inside` (its contrary) are about words."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    mask: int
    """The set, as `mask_of` writes it, within USED."""
    dot: bool = False
    """Whether it is written as the dot that stands for any character."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; without items, the empty text."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; without items, nothing matches."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """The item again and again; `most` is None where there is no limit."""

    item: Node
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class At:
    """A place between characters."""

    place: Place


Node: TypeAlias = Chars | Sequence | Choice | Repeat | At

EMPTY = Sequence()
NEVER = Choice()
ANY = Chars(USED, dot=True)
ANYTHING = Repeat(ANY)


def literal(text: str) -> Sequence:
    """The tree that matches one text and nothing else."""
    return Sequence(tuple(Chars(mask_of(one) & USED if ord(one) < 128 else 0) for one in text))


def is_nullable(node: Node, *, somewhere: bool = False) -> bool:
    """Whether the empty text matches everywhere, or at least in some places."""
    match node:
        case Chars():
            return False
        case At():
            return somewhere
        case Sequence():
            return all(is_nullable(item, somewhere=somewhere) for item in node.items)
        case Choice():
            return any(is_nullable(item, somewhere=somewhere) for item in node.items)
        case Repeat():
            return node.least == 0 or is_nullable(node.item, somewhere=somewhere)


def repeated(item: Node, least: int, most: int | None) -> Node:
    """A repetition, cut down to what the length of an origin leaves of it."""
    if most is not None and least > most:
        return NEVER
    if most is not None and most > MAX_LENGTH:
        most = None
    if least > 1 and is_nullable(item):
        least = 0
    if least > MAX_LENGTH and not is_nullable(item, somewhere=True):
        return NEVER
    if isinstance(item, Repeat) and item.least <= 1 and item.most is None and most != 0:
        return Repeat(item.item, item.least if least else 0) if least <= 1 else Repeat(item.item, least * item.least)
    return Repeat(item, least, most)
