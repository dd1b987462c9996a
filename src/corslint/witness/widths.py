"""How many characters a part of a pattern can match: some engines look only a fixed way back."""

from __future__ import annotations

from corslint.witness.tree import At, Atomic, Back, Chars, Choice, Condition, Group, Look, Node, Repeat, Sequence

Width = tuple[int, int | None]
"""The least and the most; None where there is no limit."""


def width(node: Node) -> Width:
    """The width of what a node matches."""
    match node:
        case Chars():
            return 1, 1
        case At() | Look():
            return 0, 0
        case Sequence():
            total: Width = (0, 0)
            for item in node.items:
                total = _sum(total, width(item))
            return total
        case Choice():
            return _either([width(item) for item in node.items])
        case Condition():
            return _either([width(node.then), width(node.otherwise)])
        case Repeat():
            least, most = width(node.item)
            return least * node.least, None if most is None or node.most is None else most * node.most
        case Atomic() | Group():
            return width(node.item)
        case Back():
            return 0, None


def _sum(one: Width, other: Width) -> Width:
    return one[0] + other[0], None if one[1] is None or other[1] is None else one[1] + other[1]


def _either(ways: list[Width]) -> Width:
    most = [way[1] for way in ways]
    highest = None if None in most else max((one for one in most if one is not None), default=0)
    return min((way[0] for way in ways), default=0), highest


def is_fixed(node: Node) -> bool:
    """Whether all that a node matches is of one width."""
    least, most = width(node)
    return least == most


def is_bounded(node: Node) -> bool:
    """Whether there is a longest text that a node matches."""
    return width(node)[1] is not None
