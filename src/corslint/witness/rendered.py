"""Trees as regular expressions of the library `regex`, over the characters of origins."""

from __future__ import annotations

from corslint.witness.tree import (
    ALPHABET,
    USED,
    At,
    Atomic,
    Back,
    Chars,
    Choice,
    Condition,
    Group,
    Look,
    Node,
    Place,
    Repeat,
    Sequence,
)

_PLACES: dict[Place, str] = {
    "start": r"\A",
    "end": r"\Z",
    "boundary": r"\b",
    "inside": r"\B",
    "opening": r"\b(?=\w)",
    "closing": r"\b(?<=\w)",
    "before": r"(?<!\w)",
    "behind": r"(?!\w)",
}


def rendered(node: Node) -> str:
    """The text that matches what the tree does, of all texts over ALPHABET."""
    pieces: list[str] = []
    _write(node, pieces)
    return "".join(pieces)


def _write(node: Node, pieces: list[str]) -> None:
    match node:
        case Chars():
            pieces.append(_characters(node.mask))
        case At():
            pieces.append(_PLACES[node.place])
        case Sequence():
            for item in node.items:
                _write(item, pieces)
        case Choice():
            _enclosed("(?:", node.items, pieces)
        case Repeat():
            _enclosed("(?:", (node.item,), pieces)
            pieces.append(f"{{{node.least},{'' if node.most is None else node.most}}}{'?' * node.lazy}")
        case Look():
            _enclosed(f"(?{'' if node.ahead else '<'}{'!' if node.negated else '='}", (node.item,), pieces)
        case Atomic():
            _enclosed("(?>", (node.item,), pieces)
        case Group():
            _enclosed(f"(?P<g{node.number}>", (node.item,), pieces)
        case Back():
            back = f"(?P=g{node.number})"
            pieces.append(f"(?(g{node.number}){back}|)" if node.or_empty else back)
        case Condition():
            _enclosed(f"(?(g{node.number})", (node.then, node.otherwise), pieces)


def _enclosed(opening: str, ways: tuple[Node, ...], pieces: list[str]) -> None:
    pieces.append(opening)
    for at, way in enumerate(ways):
        if at:
            pieces.append("|")
        _write(way, pieces)
    if not ways:
        pieces.append("(?!)")
    pieces.append(")")


def _characters(mask: int) -> str:
    if mask == USED:
        return r"[\s\S]"
    members = [one for one in ALPHABET if mask >> ord(one) & 1]
    if not members:
        return "(?!)"
    if len(members) == 1:
        return members[0] if members[0].isalnum() else f"\\{members[0]}"
    return f"[{''.join(_ranges(sorted(map(ord, members))))}]"


def _ranges(codes: list[int]) -> list[str]:
    ranges: list[str] = []
    at = 0
    while at < len(codes):
        end = at
        while end + 1 < len(codes) and codes[end + 1] == codes[end] + 1:
            end += 1
        low, high = f"\\x{codes[at]:02x}", f"\\x{codes[end]:02x}"
        ranges.append(low if at == end else f"{low}-{high}")
        at = end + 1
    return ranges
