"""Sets of characters that have a name: classes of POSIX, properties of Unicode, and the escapes that stand for sets.

Only ASCII counts, since origins hold nothing else. Sets are integers, as `tree.mask_of` writes them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from corslint.origins import Dialect
from corslint.witness.tree import ASCII, WORD, mask_of

LOWER = mask_of("abcdefghijklmnopqrstuvwxyz")
UPPER = mask_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LETTERS = LOWER | UPPER
DIGITS = mask_of("0123456789")
BLANKS = mask_of(" \t\n\r\f\v")
_BLANK = mask_of(" \t")
_PRINTED = mask_of("".join(map(chr, range(33, 127))))

ESCAPES = {"d": DIGITS, "w": WORD, "s": BLANKS, "h": _BLANK, "v": mask_of("\n\v\f\r")}
"""What `\\d` and its like stand for; in upper case, all others."""
POSIX = {
    "alpha": LETTERS,
    "alnum": LETTERS | DIGITS,
    "ascii": ASCII,
    "blank": _BLANK,
    "cntrl": mask_of("".join(map(chr, range(32))) + "\x7f"),
    "digit": DIGITS,
    "graph": _PRINTED,
    "lower": LOWER,
    "print": _PRINTED | mask_of(" "),
    "punct": _PRINTED & ~(LETTERS | DIGITS),
    "space": BLANKS,
    "upper": UPPER,
    "word": WORD,
    "xdigit": DIGITS | mask_of("abcdefABCDEF"),
}
"""https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap09.html#tag_09_03_05, with `ascii` and `word`."""
_SUBCATEGORIES = {"C": "cfos", "L": "lmotu", "M": "cen", "N": "dlo", "P": "cdefios", "S": "ckmo", "Z": "lps"}
_CATEGORIES = frozenset(
    {*_SUBCATEGORIES, *(major + minor for major, all_of in _SUBCATEGORIES.items() for minor in all_of)}
)
"""https://www.unicode.org/reports/tr44/#General_Category_Values"""
_SCRIPTS = frozenset(
    {"Arabic", "Armenian", "Cyrillic", "Georgian", "Greek", "Han", "Hangul", "Hebrew", "Hiragana", "Katakana", "Thai"}
)
"""Scripts that have no character in ASCII."""
_LONG_CATEGORIES = {
    "letter": "L", "uppercaseletter": "Lu", "lowercaseletter": "Ll", "casedletter": "LC", "mark": "M", "number": "N",
    "decimalnumber": "Nd", "digit": "Nd", "punctuation": "P", "punct": "P", "dashpunctuation": "Pd", "symbol": "S",
    "separator": "Z", "spaceseparator": "Zs", "other": "C", "control": "Cc", "cntrl": "Cc",
}  # fmt: skip
_BINARY = {
    "alphabetic": LETTERS,
    "alpha": LETTERS,
    "lowercase": LOWER,
    "lower": LOWER,
    "uppercase": UPPER,
    "upper": UPPER,
    "whitespace": BLANKS,
    "asciihexdigit": POSIX["xdigit"],
    "ahex": POSIX["xdigit"],
    "hexdigit": POSIX["xdigit"],
    "any": ASCII,
    "ascii": ASCII,
}
_OF_JAVA = {
    **{name.title(): POSIX[name] for name in POSIX if name not in ("ascii", "word", "xdigit")},
    "XDigit": POSIX["xdigit"],
    "ASCII": ASCII,
    "all": ASCII,
    "L1": ASCII,
    "InBasicLatin": ASCII,
    "InBASIC_LATIN": ASCII,
    "javaLowerCase": LOWER,
    "javaUpperCase": UPPER,
    "javaAlphabetic": LETTERS,
    "javaLetter": LETTERS,
    "javaDigit": DIGITS,
    "javaLetterOrDigit": LETTERS | DIGITS,
    "javaWhitespace": BLANKS,
    "IsAlphabetic": LETTERS,
    "IsLetter": LETTERS,
    "IsLowercase": LOWER,
    "IsUppercase": UPPER,
    "IsDigit": DIGITS,
    "IsWhite_Space": BLANKS,
}
"""https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html"""
_KEYED_BY = re.compile(r"(?P<key>gc|general_?category|sc|script|scx|script_?extensions)=(?P<value>.+)\Z", re.IGNORECASE)


def property_set(name: str, dialect: Dialect) -> int | None:
    """What the property of this name stands for; None where the dialect, or some version of it, has none."""
    match dialect:
        case "pcre" | "go":
            return _script(name) if name not in ("Any", "L&") else (ASCII if name == "Any" else _of_l(name, dialect))
        case "java":
            return _of_java(name)
        case "rust":
            return _of_rust(name)
        case _:
            return None


def _of_l(name: str, dialect: Dialect) -> int | None:
    return LETTERS if dialect == "pcre" and name == "L&" else None


@lru_cache(maxsize=64)
def _category(name: str) -> int | None:
    if name not in _CATEGORIES:
        return None
    return mask_of("".join(one for one in map(chr, range(128)) if unicodedata.category(one).startswith(name)))


def _script(name: str) -> int | None:
    """A category or a script by its proper name."""
    if name in _SCRIPTS:
        return 0
    found = {"Latin": LETTERS, "Common": ASCII & ~LETTERS}.get(name)
    return _category(name) if found is None else found


def _of_java(name: str) -> int | None:
    if name in _OF_JAVA:
        return _OF_JAVA[name]
    if keyed := _KEYED_BY.match(name):
        is_category = keyed["key"].lower().startswith("g")
        return (_category if is_category else _only_script)(keyed["value"])
    if name.startswith("Is"):
        return _script(name[2:])
    return LETTERS if name == "LC" else _category(name)


def _only_script(name: str) -> int | None:
    return None if name in _CATEGORIES else _script(name)


def _of_rust(name: str) -> int | None:
    """Names are compared without their case, blanks, hyphens and underscores (UAX44-LM3)."""
    if keyed := _KEYED_BY.match(name):
        name = keyed["value"]
    elif "=" in name or ":" in name:
        return None
    bare = re.sub(r"[\s_-]", "", name).lower()
    bare = bare.removeprefix("is") or bare
    if bare in _BINARY and not keyed:
        return _BINARY[bare]
    category = _LONG_CATEGORIES.get(bare, bare.capitalize())
    return LETTERS if category in ("LC", "Lc") else _script(category)


def folded(mask: int) -> int:
    """A set with what equals its members when case is ignored."""
    return mask | (mask & UPPER) << 32 | (mask & LOWER) >> 32
