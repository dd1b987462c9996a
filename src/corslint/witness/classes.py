"""Classes of characters in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

from corslint.witness.charsets import POSIX, folded
from corslint.witness.cursor import Cursor
from corslint.witness.escapes import Escaped, escaped
from corslint.witness.tree import ASCII

_POSIX = re.compile(r"\[:(\^?)([^\]]*?):\]")
_MISPLACED = re.compile(r"([:.=])[^\]]*\1\]")
_COLLATION = re.compile(r"\[([.=])[^\]]*?\1\]")
_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "&&": int.__and__,
    "--": lambda one, other: one & ~other,
    "~~": int.__xor__,
}


def read_class(cursor: Cursor) -> int:
    """The set of a class, whose opening bracket has been passed. Raises UndecidedError for what is not read."""
    cursor.deeper()
    if cursor.dialect == "pcre" and _MISPLACED.match(cursor.text, cursor.position):
        raise cursor.unread("a named class outside of a class")
    negated = cursor.passed("^")
    mask = _members(cursor, negated=negated)
    cursor.higher()
    return ASCII & ~mask if negated else mask


def _members(cursor: Cursor, *, negated: bool) -> int:
    syntax = cursor.syntax
    mask = total = 0
    operation: Callable[[int, int], int] = int.__or__
    is_empty = True
    if cursor.dialect == "rust":  # hyphens at the beginning stand for themselves
        while cursor.passed("-"):
            mask |= 1 << ord("-")
            is_empty = False
        if is_empty and cursor.passed("]"):  # and so does a bracket: it begins no range
            mask |= 1 << ord("]")
            is_empty = False
    is_first = syntax.leading_bracket and is_empty
    while is_first or cursor.next() != "]":
        if not cursor.next():
            raise cursor.unread("an open class")
        operator = cursor.text[cursor.position : cursor.position + 2]
        if operator in syntax.operators:
            _check_operator(cursor, is_empty or negated)
            cursor.position += 2
            total, mask, operation = operation(total, mask), 0, _OPERATIONS[operator]
            is_empty = True
        else:
            mask |= _member(cursor)
            is_empty = False
        is_first = False
    if is_empty and syntax.operators:
        _check_operator(cursor, is_empty)
    cursor.position += 1
    return operation(total, mask)


def _check_operator(cursor: Cursor, is_doubtful: bool) -> None:
    # Java has its own mind about these, and Java 8 negates the first part alone.
    if cursor.dialect == "java" and (is_doubtful or cursor.starts("&&&") or cursor.text.count("&&") > 2):
        raise cursor.unread("an intersection that versions read differently")


def _member(cursor: Cursor) -> int:
    """One member: a set of its own, a character, or a range."""
    syntax = cursor.syntax
    if cursor.next() == "[":
        if syntax.posix and (named := _named(cursor)) is not None:
            return named
        if syntax.nested_classes:
            cursor.position += 1
            return read_class(cursor)
    if cursor.extended and syntax.nested_classes and (cursor.next().isspace() or cursor.next() == "#"):
        raise cursor.unread("a blank in a class")
    if syntax.quotes and cursor.dialect != "go" and cursor.passed("\\Q"):
        return _quoted(cursor)
    low = _bound(cursor)
    following = cursor.text[cursor.position + 1 : cursor.position + 2]
    if cursor.next() != "-" or following in ("]", ""):
        return low.mask
    if syntax.nested_classes and (following == "[" or (cursor.dialect == "rust" and following == "-")):
        return low.mask
    if low.code is None:
        # `[\d-a]`: the hyphen stands for itself, or it is an error.
        if not syntax.loose_ranges:
            raise cursor.unread("a range that begins with a set")
        if cursor.dialect != "js":
            return low.mask
    cursor.position += 1
    if cursor.dialect in ("pcre", "java") and cursor.starts("\\Q"):
        raise cursor.unread("a quotation in a range")
    if cursor.starts("[:") and cursor.dialect == "pcre":
        raise cursor.unread("a range that ends with a set")
    high = _bound(cursor)
    if low.code is None or high.code is None:
        if cursor.dialect != "js":
            raise cursor.unread("a range that ends with a set")
        return low.mask | high.mask | 1 << ord("-")
    if high.code < low.code:
        raise cursor.unread("a range that runs backwards")
    return cursor.between(low.code, high.code)


def _named(cursor: Cursor) -> int | None:
    """A class of POSIX; None where there is none."""
    if cursor.dialect == "pcre" and _COLLATION.match(cursor.text, cursor.position):
        raise cursor.unread("a collation")
    found = _POSIX.match(cursor.text, cursor.position)
    if found is None:
        return None
    if found[2] not in POSIX:
        if cursor.dialect == "rust":
            return None
        raise cursor.unread(f"the class {found[2]}")
    cursor.position = found.end()
    if cursor.starts("-") and not cursor.starts("-]") and cursor.dialect == "pcre":
        raise cursor.unread("a range that begins with a set")
    mask = folded(POSIX[found[2]]) if cursor.ignore_case else POSIX[found[2]]
    return ASCII & ~mask if found[1] else mask


def _quoted(cursor: Cursor) -> int:
    end = cursor.text.find("\\E", cursor.position)
    if end < 0:
        raise cursor.unread("an open quotation")
    mask = 0
    for one in cursor.text[cursor.position : end]:
        mask |= cursor.between(ord(one), ord(one))
    cursor.position = end + 2
    if cursor.starts("-") and not cursor.starts("-]"):
        raise cursor.unread("a quotation in a range")
    return mask


def _bound(cursor: Cursor) -> Escaped:
    """A character with its code point, or a set without one."""
    if not cursor.passed("\\"):
        character = cursor.next()
        if not character:
            raise cursor.unread("an open class")
        cursor.position += 1
        return Escaped(cursor.between(ord(character), ord(character)), ord(character))
    return escaped(cursor, in_class=True)
