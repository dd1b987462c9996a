"""The texts that stand literally in a pattern, put together across its groups and alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

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
    below,
    children,
)

MAX_TEXTS = 400
"""How many texts of one part of a pattern are kept together with what stands beside it."""
_LONGEST = 300
_FEW = 3
"""A class of so few characters counts as written out; the dot between words is read as the dot it was meant to be."""
_MOST_COPIES = 8
_NOTHING = frozenset({""})


@dataclass(frozen=True, slots=True)
class Texts:
    """What is literal in a part of a pattern.

    Either all of it (`exact`), or what it can begin and end with and what stands between, with gaps around.
    """

    exact: frozenset[str] | None = None
    prefixes: frozenset[str] = _NOTHING
    suffixes: frozenset[str] = _NOTHING
    inner: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    """What all of it can be where nothing stands in the gaps."""

    def complete(self) -> frozenset[str]:
        """What all of it can be."""
        return self.whole if self.exact is None else self.exact

    def begins(self) -> frozenset[str]:
        """What it can begin with."""
        return self.prefixes if self.exact is None else self.exact

    def ends(self) -> frozenset[str]:
        """What it can end with."""
        return self.suffixes if self.exact is None else self.exact


_GAP = Texts()


@dataclass(frozen=True, slots=True)
class Run:
    """A literal text, and whether something else may stand directly before and after it."""

    text: str
    open_before: bool
    open_after: bool


def runs(node: Node, *, open_before: bool, open_after: bool) -> list[Run]:
    """The literal runs of a pattern, the longest first, and those of what it looks for."""
    found = _of_texts(_texts(node), open_before=open_before, open_after=open_after)
    for look in below(node):
        if isinstance(look, Look) and not look.negated:
            found += _of_texts(_texts(look.item), open_before=True, open_after=True)
    return sorted((run for run in set(found) if run.text), key=lambda run: (-len(run.text), run.text))


def _of_texts(texts: Texts, *, open_before: bool, open_after: bool) -> list[Run]:
    if texts.exact is not None:
        return [Run(text, open_before, open_after) for text in texts.exact]
    found = [Run(text, open_before, True) for text in texts.prefixes]
    found += [Run(text, True, open_after) for text in texts.suffixes]
    found += [Run(text, open_before, open_after) for text in texts.whole]
    return found + [Run(text, True, True) for text in texts.inner]


def parts(text: str) -> list[Run]:
    """The runs of a text that lists origins."""
    return [Run(part, False, False) for part in dict.fromkeys(re.split(r"[^a-z0-9.:/_-]+", text.lower())) if part]


def _texts(node: Node) -> Texts:
    match node:
        case Chars():
            if node.dot:
                return Texts(frozenset({"."}))
            few = [one for one in ALPHABET if node.mask >> ord(one) & 1] if node.mask else []
            return Texts(frozenset(few)) if len(few) <= _FEW else _GAP
        case At() | Look():
            return Texts(_NOTHING)
        case Back():
            return _GAP
        case Atomic() | Group():
            return _texts(node.item)
        case Condition():
            return _either(map(_texts, children(node)))
        case Sequence():
            total = Texts(_NOTHING)
            for item in node.items:
                total = _joined(total, _texts(item))
            return total
        case Choice():
            return _either([_texts(item) for item in node.items])
        case Repeat():
            return _repeated(node)


def _repeated(node: Repeat) -> Texts:
    absent: frozenset[str] = _NOTHING if node.least == 0 else frozenset()
    if isinstance(node.item, Chars) and node.item.dot:
        return Texts(whole=absent)
    item = _texts(node.item)
    if node.least == 0 and node.most == 1:
        return _either([item, Texts(_NOTHING)])
    if node.least == node.most and node.least <= _MOST_COPIES:
        total = Texts(_NOTHING)
        for _ in range(node.least):
            total = _joined(total, item)
        return total
    once = item.complete() if node.least <= 1 else frozenset()
    return Texts(None, _few(item.begins() | absent), _few(item.ends() | absent), item.inner, _few(once | absent))


def _either(ways: Iterable[Texts]) -> Texts:
    ways = list(ways)
    if all(way.exact is not None for way in ways):
        exact: frozenset[str] = frozenset().union(*(way.begins() for way in ways))
        if len(exact) <= MAX_TEXTS * 10:
            return Texts(exact)
        return Texts(None, _NOTHING, _NOTHING, exact)
    return Texts(
        None,
        _few(frozenset().union(*(way.begins() for way in ways))),
        _few(frozenset().union(*(way.ends() for way in ways))),
        frozenset().union(*(way.inner for way in ways)),
        _few(frozenset().union(*(way.complete() for way in ways))),
    )


def _joined(left: Texts, right: Texts) -> Texts:
    if left.exact is not None and right.exact is not None:
        both = _product(left.exact, right.exact)
        return Texts(both) if both is not None else Texts(None, left.exact, right.exact)
    inner = left.inner | right.inner
    prefixes, suffixes = left.begins(), right.ends()
    if left.exact is not None:
        joined = _product(left.exact, right.prefixes)
        prefixes, inner = (joined, inner) if joined is not None else (left.exact, inner | right.prefixes)
    elif right.exact is not None:
        joined = _product(left.suffixes, right.exact)
        suffixes, inner = (joined, inner) if joined is not None else (right.exact, inner | left.suffixes)
    else:
        joined = _product(left.suffixes, right.prefixes)
        inner |= joined if joined is not None else left.suffixes | right.prefixes
    whole = _product(left.complete(), right.complete()) or frozenset()
    return Texts(None, _few(prefixes), _few(suffixes), _few(inner), whole)


def _product(left: frozenset[str], right: frozenset[str]) -> frozenset[str] | None:
    """Each text of one with each of the other; None where there would be too many, or they would be too long."""
    if len(left) * len(right) > MAX_TEXTS:
        return None
    both = frozenset(one + other for one in left for other in right)
    return both if max(map(len, both), default=0) <= _LONGEST else None


def _few(texts: frozenset[str]) -> frozenset[str]:
    return texts if len(texts) <= MAX_TEXTS * 10 else frozenset(sorted(texts)[: MAX_TEXTS * 10])
