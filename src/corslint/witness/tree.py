"""Regular expressions as trees, over the few characters that an origin can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-._:/[]"
"""The characters of serialised origins, in the order in which they are tried."""
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

Place: TypeAlias = Literal["start", "end", "boundary", "inside", "opening", "closing", "before", "behind"]
"""Where a match of no character holds: where the text starts and ends; at the boundary of a word, and where there is
none; where a word opens, and where one closes; where no word stands before, and where none follows."""


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
    lazy: bool = False
    """Whether fewer are tried first; that matters only where nothing is given back, in Atomic and Look."""


@dataclass(frozen=True, slots=True)
class At:
    """A place between characters."""

    place: Place


@dataclass(frozen=True, slots=True)
class Look:
    """A test of what stands after a place, or before it."""

    item: Node
    ahead: bool = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Atomic:
    """What never gives back what it took."""

    item: Node


@dataclass(frozen=True, slots=True)
class Group:
    """What other parts refer to by a number."""

    item: Node
    number: int


@dataclass(frozen=True, slots=True)
class Back:
    """The text that a group has matched."""

    number: int
    or_empty: bool = False
    """Whether it matches the empty text where the group has matched nothing yet."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of two, by whether a group has matched."""

    number: int
    then: Node
    otherwise: Node


Node: TypeAlias = Chars | Sequence | Choice | Repeat | At | Look | Atomic | Group | Back | Condition

EMPTY = Sequence()
NEVER = Choice()
ANY = Chars(USED, dot=True)
ANYTHING = Repeat(ANY)


def literal(text: str) -> Sequence:
    """The tree that matches one text and nothing else."""
    return Sequence(tuple(Chars(mask_of(one) & USED if ord(one) < 128 else 0) for one in text))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Sequence() | Choice():
            return node.items
        case Repeat() | Look() | Atomic() | Group():
            return (node.item,)
        case Condition():
            return (node.then, node.otherwise)
        case Chars() | At() | Back():
            return ()


def below(node: Node) -> Iterator[Node]:
    """A node with all below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children(one)


def is_regular(node: Node) -> bool:
    """Whether an automaton can match it exactly."""
    return not any(isinstance(one, Look | Atomic | Back | Condition) for one in below(node))


def is_nullable(node: Node, *, somewhere: bool = False) -> bool:
    """Whether the empty text matches everywhere, or at least in some places."""
    match node:
        case Chars():
            return False
        case At() | Look() | Back():
            return somewhere
        case Atomic():  # it may take more, and not give it back
            return somewhere and is_nullable(node.item, somewhere=True)
        case Group():
            return is_nullable(node.item, somewhere=somewhere)
        case Condition():
            return somewhere and any(is_nullable(one, somewhere=True) for one in children(node))
        case Sequence():
            return all(is_nullable(item, somewhere=somewhere) for item in node.items)
        case Choice():
            return any(is_nullable(item, somewhere=somewhere) for item in node.items)
        case Repeat():
            return node.least == 0 or is_nullable(node.item, somewhere=somewhere)


def repeated(item: Node, least: int, most: int | None, *, lazy: bool = False) -> Node:
    """A repetition, cut down to what the length of an origin leaves of it."""
    if most is not None and least > most:
        return NEVER
    if isinstance(item, At):
        return item if least else EMPTY
    if most is not None and most > MAX_LENGTH:
        most = None
    if least > 1 and is_nullable(item) and not any(isinstance(one, Group) for one in below(item)):
        least = 0
    if least > MAX_LENGTH and not is_nullable(item, somewhere=True):
        return NEVER
    if isinstance(item, Repeat) and item.least <= 1 and item.most is None and most != 0 and item.lazy is lazy:
        least = (item.least if least else 0) if least <= 1 else least * item.least
        return Repeat(item.item, least, lazy=lazy)
    return Repeat(item, least, most, lazy)
