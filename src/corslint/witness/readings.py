"""Texts that a pattern matches, as somebody would write them: plain words where it leaves something open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product

from corslint.witness.tree import (
    ALPHABET,
    At,
    Atomic,
    Back,
    Chars,
    Choice,
    Condition,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
    mask_of,
)

MAX_READINGS = 48
_MAX_WAYS = 8
_LONGEST = 300
_EVERYWHERE = "evil.example"
"""What stands for any text at all, besides a word: the domain of a stranger."""
_LETTERS = "a1-"
_DOT = ("-", ".")
"""What a dot that means any character is read as: the stranger's character first, then the one that was meant."""


def readings(node: Node, word: str) -> list[str]:
    """Some texts that a pattern matches, the plainest first; `word` stands where it leaves open which one."""
    return _some(_texts(node, word, MAX_READINGS))


def _texts(node: Node, word: str, most: int) -> list[str]:
    match node:
        case Chars():
            return list(_DOT) if node.dot else _first(node.mask)
        case Sequence():
            texts = [""]
            for item in node.items:
                texts = _some(before + after for before, after in product(texts, _texts(item, word, _MAX_WAYS)))
            return texts[:most]
        case Choice():
            return _some(text for item in node.items for text in _texts(item, word, _MAX_WAYS))
        case Repeat():
            return _repeated(node, word)
        case Atomic() | Group():
            return _texts(node.item, word, most)
        case Condition():
            return _texts(Choice((node.then, node.otherwise)), word, most)
        case At() | Look() | Back():
            return [""]


def _some(texts: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(text for text in texts if len(text) <= _LONGEST), MAX_READINGS))


def _first(mask: int) -> list[str]:
    """The plainest character of a set."""
    return list(islice((one for one in (*_LETTERS, *ALPHABET) if mask >> ord(one) & 1), 1))


def _repeated(node: Repeat, word: str) -> list[str]:
    absent = [""] if node.least == 0 else []
    if not isinstance(node.item, Chars):
        times = min(max(node.least, 1), _LONGEST + 1)
        return _some((*absent, *(text * times for text in _texts(node.item, word, _MAX_WAYS))))
    if node.most == 0:
        return absent
    return _some((*_words(node, node.item, word), *absent))


def _words(node: Repeat, item: Chars, word: str) -> Iterator[str]:
    """What a run of characters of a set is read as."""
    found = [text for text in (word, "1", "a") if _fits(text, node, item)][:1]
    yield from found or [one * max(node.least, 1) for one in _first(item.mask)]
    if item.dot and _fits(_EVERYWHERE, node, item):
        yield _EVERYWHERE


def _fits(text: str, node: Repeat, item: Chars) -> bool:
    return node.least <= len(text) <= (node.most or len(text)) and mask_of(text) & ~item.mask == 0
