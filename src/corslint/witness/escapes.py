"""Escapes that stand for characters, in classes and out of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from corslint.witness.charsets import ESCAPES, LETTERS, folded, property_set
from corslint.witness.cursor import Cursor
from corslint.witness.tree import ASCII

_PROPERTY = re.compile(r"\{(\^?)([^}]*)\}|([A-Za-z])")
_CASED = frozenset({"Lower", "Upper", "javaLowerCase", "javaUpperCase", "Ll", "Lu", "Lt", "IsLowercase", "IsUppercase"})
_OCTAL = re.compile(r"[0-7]{1,3}")
_HEXADECIMAL = {
    "python": r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})",
    "pcre": r"x\{([0-9a-fA-F]+)\}|x(?!\{)([0-9a-fA-F]{0,2})",
    "go": r"x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})",
    "java": r"x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})",
    "rust": r"[xuU]\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})",
    "js": r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})",
}
_BY_HEXADECIMAL = {dialect: re.compile(pattern) for dialect, pattern in _HEXADECIMAL.items()}
_HIGHEST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Escaped:
    """What an escape stands for."""

    mask: int
    code: int | None = None
    """The code point, where it is a character and not a set."""


def escaped(cursor: Cursor, *, in_class: bool) -> Escaped:
    """The character or set of an escape, whose backslash has been passed. Raises UndecidedError for an unknown one."""
    letter = cursor.next()
    if not letter:
        raise cursor.unread("a backslash at the end")
    if letter.isdigit() and letter.isascii():
        return _character(cursor, _octal(cursor, in_class))
    if letter in cursor.syntax.sets:
        cursor.position += 1
        mask = ESCAPES[letter.lower()]
        return Escaped(mask if letter.islower() else ASCII & ~mask)
    if letter in "pP" and cursor.dialect in ("pcre", "go", "java", "rust"):
        return Escaped(_property(cursor))
    if letter in cursor.syntax.controls:
        cursor.position += 1
        return Escaped(0, ord(cursor.syntax.controls[letter]))
    if letter == "b" and in_class and cursor.dialect in ("python", "pcre", "js"):
        cursor.position += 1
        return Escaped(0, 8)
    if (code := _numbered(cursor, letter, in_class)) is not None:
        return _character(cursor, code)
    if letter.isascii() and letter.isalpha() and (cursor.dialect != "js" or letter in "pP"):
        raise cursor.unread(f"the escape \\{letter}")
    if not letter.isascii() and cursor.dialect in ("go", "rust"):
        raise cursor.unread(f"the escape \\{letter}")
    cursor.position += 1
    return _character(cursor, ord(letter))


def _character(cursor: Cursor, code: int) -> Escaped:
    return Escaped(cursor.between(code, code), code)


def _numbered(cursor: Cursor, letter: str, in_class: bool) -> int | None:
    """The code point of an escape that names it, by its number or otherwise; None for other escapes."""
    if letter in "xuU" and (found := cursor.take(_BY_HEXADECIMAL[cursor.dialect])):
        code = int(next(filter(None, found.groups()), "0"), 16)
        if code > (0xFF if cursor.dialect == "pcre" else _HIGHEST):
            raise cursor.unread(f"the character {code:x}")
        return code
    if cursor.dialect == "js" and cursor.starts("u{"):
        raise cursor.unread("an escape that depends on the flag u")
    if letter == "c" and cursor.dialect in ("pcre", "java", "js"):
        return _control(cursor, in_class)
    if letter == "N" and cursor.dialect == "python" and (found := cursor.take(re.compile(r"N\{([^}]+)\}"))):
        try:
            return ord(unicodedata.lookup(found[1]))
        except (KeyError, TypeError):
            raise cursor.unread("the name of a character") from None
    if letter == "o" and cursor.dialect == "pcre" and (found := cursor.take(re.compile(r"o\{([0-3]?[0-7]{1,2})\}"))):
        return int(found[1], 8)
    return None


def _control(cursor: Cursor, in_class: bool) -> int:
    following = cursor.text[cursor.position + 1 : cursor.position + 2]
    if cursor.dialect == "js":
        if re.match(r"[A-Za-z0-9_]" if in_class else r"[A-Za-z]", following):
            cursor.position += 2
            return ord(following) % 32
        return ord("\\")  # and the c stands for itself
    if not following or (cursor.dialect == "pcre" and not " " <= following <= "~"):
        raise cursor.unread("an unfinished escape")
    cursor.position += 2
    return ord(following.upper() if cursor.dialect == "pcre" else following) ^ 64


def _octal(cursor: Cursor, in_class: bool) -> int:
    """The code point of digits that refer to no group."""
    dialect, digit = cursor.dialect, cursor.next()
    found = None
    if dialect == "java":
        found = None if in_class and digit != "0" else re.compile(r"0([0-3][0-7]{2}|[0-7]{1,2})")
    elif dialect == "js":
        found = re.compile(r"([0-3][0-7]{0,2}|[4-7][0-7]?|[89])")
    elif dialect == "python":
        found = re.compile(r"(0[0-7]{0,2}|[0-7]{1,3})" if in_class else r"(0[0-7]{0,2}|[0-3][0-7]{2})")
    elif dialect == "pcre":
        found = re.compile(r"([0-7]{1,3}|[89])" if in_class else r"([0-7]{1,3})")
    elif dialect == "go":
        found = re.compile(r"(0[0-7]{0,2}|[1-7][0-7]{1,2})")
    taken = cursor.take(found) if found else None
    if taken is None:
        raise cursor.unread(f"the escape \\{digit}")
    code = ord(taken[1]) if taken[1] in ("8", "9") else int(taken[1], 8)
    if code > 0xFF and dialect in ("python", "pcre"):
        raise cursor.unread("an octal number that is too large")
    return code


def _property(cursor: Cursor) -> int:
    negated = cursor.next() == "P"
    cursor.position += 1
    found = cursor.take(_PROPERTY)
    if found is None:
        raise cursor.unread("an unfinished property")
    name = found[2] if found[3] is None else found[3]
    if found[1] and cursor.dialect not in ("pcre", "go"):
        raise cursor.unread("a negated property")
    mask = property_set(name, cursor.dialect)
    if mask is None:
        raise cursor.unread(f"the property {name}")
    if cursor.ignore_case and cursor.dialect in ("go", "rust"):
        mask = folded(mask)
    elif cursor.ignore_case and cursor.dialect == "java" and name.removeprefix("Is") in _CASED | {"Lowercase"}:
        mask = LETTERS
    return ASCII & ~mask if negated is not bool(found[1]) else mask
