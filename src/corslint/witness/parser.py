"""A parser of regular expressions as Python, PCRE, Go, Java, Rust and JavaScript read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from corslint.origins import Dialect, UndecidedError
from corslint.witness.tree import (
    ANY,
    ANYTHING,
    ASCII,
    EMPTY,
    NEVER,
    USED,
    WORD,
    At,
    Chars,
    Choice,
    Node,
    Place,
    Sequence,
    mask_of,
    repeated,
)

MAX_DEPTH = 80
"""How deeply groups may be nested."""
_LOWER = mask_of("abcdefghijklmnopqrstuvwxyz")
_UPPER = mask_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = mask_of("0123456789")
_BLANKS = mask_of(" \t\n\r\f\v")
_PRINTED = mask_of("".join(map(chr, range(33, 127))))
_SETS = {
    "d": _DIGITS,
    "w": WORD,
    "s": _BLANKS,
    "h": mask_of(" \t"),
    "v": mask_of("\n\v\f\r"),
}
_NAMED_SETS = {
    "alpha": _LOWER | _UPPER,
    "alnum": _LOWER | _UPPER | _DIGITS,
    "ascii": ASCII,
    "blank": mask_of(" \t"),
    "cntrl": mask_of("".join(map(chr, range(32))) + "\x7f"),
    "digit": _DIGITS,
    "graph": _PRINTED,
    "lower": _LOWER,
    "print": _PRINTED | mask_of(" "),
    "punct": _PRINTED & ~(_LOWER | _UPPER | _DIGITS),
    "space": _BLANKS,
    "upper": _UPPER,
    "word": WORD,
    "xdigit": _DIGITS | mask_of("abcdefABCDEF"),
    "any": ASCII,
    "l": _LOWER | _UPPER,
    "letter": _LOWER | _UPPER,
    "ll": _LOWER,
    "lu": _UPPER,
    "n": _DIGITS,
    "nd": _DIGITS,
    "alphabetic": _LOWER | _UPPER,
    "lowercase": _LOWER,
    "uppercase": _UPPER,
    "latin": _LOWER | _UPPER,
    "white_space": _BLANKS,
    "p": mask_of("!\"#%&'()*,-./:;?@[\\]_{}"),
    "pd": mask_of("-"),
    "s": mask_of("$+<=>^`|~"),
}
"""Sets by their POSIX name, their Unicode category or property, in lower case."""
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "a": "\a", "e": "\x1b", "0": "\0"}
_LOOKALIKES = {"\u017f": "s", "\u212a": "k"}
"""What equals an ASCII letter when case is ignored, though it is none."""
_PLACES: dict[str, Place] = {"b": "boundary", "B": "inside", "A": "start", "Z": "end", "z": "end", "G": "start"}
_COUNT = re.compile(r"\{(?P<least>[0-9]*)(?P<comma>,)?(?P<most>[0-9]*)\}")
_HEXADECIMAL = re.compile(
    r"x\{([0-9a-fA-F]{1,8})\}|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,8})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
)
_REFERENCE = re.compile(r"[1-9][0-9]*|k[<{'][^>}']*[>}']|g(?:-?[0-9]+|\{[^}]*\})")
_PROPERTY = re.compile(r"([pP])(?:\{(\^?)(?:Is|In|General_Category=|gc=|Script=|sc=)?=?([\w ]+)\}|([A-Z]))")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_FLAGS = re.compile(r"\(\?(\^?)([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])")
_NAME = re.compile(r"\(\?(?:P?<(?![=!])[^>]*>|'[^']*')")
_LOOK = re.compile(r"\(\?<?[=!]")
_BEGINNING = re.compile(r"\^|\\A")
_AHEAD = re.compile(r"\(\?[=!]")
_CONDITION = re.compile(r"\(\?\((?!\?)[^)]*\)")
_CALL = re.compile(r"\(\?(?:R|[+-]?[0-9]+|&\w+|P>\w+)\)|\\g[<']")
_VERB = re.compile(r"\(\*(?:UTF8?|UCP|LF|CR|CRLF|ANY|ANYCRLF|NO_\w+|LIMIT_\w+=\d+)\)")


@dataclass(frozen=True, slots=True)
class Guard:
    """A test of what follows where a text begins."""

    node: Node
    negated: bool


class Parser:
    """Reads one regular expression.

    What no automaton can do (looking around, references to groups, atomic groups) is read as something that matches at
    least as much; `approximate` tells that this has happened. With `whole` a match can only begin where the text does.
    """

    def __init__(self, text: str, dialect: Dialect, *, ignore_case: bool = False, whole: bool = False) -> None:
        self.text = text
        self.whole = whole
        self.dialect = dialect
        self.ignore_case = ignore_case
        self.extended = False
        self.approximate = False
        self.required: list[Node] = []
        """What has to follow somewhere, though it is not part of the tree."""
        self.guards: list[Guard] = []
        """What has to follow, or must not, where the text begins: it decides together with the tree."""
        self._position = 0
        self._depth = 0

    def parse(self) -> Node:
        """The tree. Raises UndecidedError for what is not read, or nested deeper than MAX_DEPTH."""
        while found := self._take(_VERB):
            if self.dialect != "pcre":
                raise self._unread(found[0])
        node = self._guarded()
        if self._position < len(self.text):
            raise self._unread("a closing parenthesis")
        return node

    def _guarded(self) -> Node:
        """The tree, with the tests that stand before all else kept apart: these are regular where others are not."""
        before = self._position, self.ignore_case, self.extended
        while (flags := _FLAGS.match(self.text, self._position)) and flags[4] == ")":
            self._position = flags.end()
            self._set_flags(flags)
        anchored = self._take(_BEGINNING)
        if not (anchored or self.whole) or not _AHEAD.match(self.text, self._position):
            self._position, self.ignore_case, self.extended = before
            return self._alternation()
        while found := _AHEAD.match(self.text, self._position):
            self._position = found.end()
            self._depth += 1
            node = self._closed()
            self._depth -= 1
            if self._next() in ("*", "+", "?", "{"):
                break
            self.guards.append(Guard(node, found[0] == "(?!"))
        else:
            node = self._alternation()
            irregular = self.approximate and any(guard.negated for guard in self.guards)
            if not irregular and not isinstance(node, Choice):
                self.required += [guard.node for guard in self.guards if not guard.negated]
                return Sequence((At("start"), node)) if anchored else node
        # Alternatives, of which only the first is guarded.
        self._position, self.ignore_case, self.extended = before
        self.guards, self.required, self.approximate = [], [], False
        return self._alternation()

    def _unread(self, what: str) -> UndecidedError:
        shown = self.text if len(self.text) <= 80 else f"{self.text[:77]}..."
        return UndecidedError(f"the pattern {shown!r} cannot be decided: {what} at {self._position}")

    def _next(self) -> str:
        return self.text[self._position : self._position + 1]

    def _starts(self, text: str) -> bool:
        return self.text.startswith(text, self._position)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self._position)
        if found:
            self._position = found.end()
        return found

    def _alternation(self) -> Node:
        ways = [self._sequence()]
        while self._next() == "|":
            self._position += 1
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._next() not in ("", "|", ")"):
            if self.extended and self._skip_blank():
                continue
            if self._starts("\\Q") and self.dialect in ("pcre", "java", "go"):
                items += self._quoted()
            elif (atom := self._atom()) is not None:
                items.append(atom)
            while items and (counted := self._quantifier()) is not None:
                items[-1] = repeated(items[-1], *counted)
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _skip_blank(self) -> bool:
        found = self._take(re.compile(r"\s+|#[^\n]*"))
        return found is not None

    def _quoted(self) -> list[Node]:
        end = self.text.find("\\E", self._position)
        quoted = self.text[self._position + 2 : end if end >= 0 else None]
        self._position = end + 2 if end >= 0 else len(self.text)
        return [self._literal(one) for one in quoted]

    def _quantifier(self) -> tuple[int, int | None] | None:
        if self.extended:
            while self._skip_blank():
                pass
        sign = self._next()
        counted: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign)
        if counted is not None:
            self._position += 1
        elif sign != "{" or (counted := self._count()) is None:
            return None
        if self._next() == "?":
            self._position += 1
        elif self._next() == "+" and self.dialect in ("python", "pcre", "java"):
            self._position += 1
            self.approximate = True  # a possessive quantifier never gives back what it took
        return counted

    def _count(self) -> tuple[int, int | None] | None:
        found = _COUNT.match(self.text, self._position)
        if found is None or not (found["least"] or (found["most"] and self.dialect == "python")):
            return None
        if max(len(found["least"]), len(found["most"])) > 9:
            raise self._unread("a count of too many digits")
        self._position = found.end()
        least = int(found["least"] or 0)
        if not found["comma"]:
            return least, least
        return least, int(found["most"]) if found["most"] else None

    def _atom(self) -> Node | None:
        """The next part; None for what is no part, such as a comment: what is repeated then stands before it."""
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            self._position += 1
            return Chars(self._class() & USED)
        if character == "\\":
            return self._escape()
        self._position += 1
        if character == ".":
            return ANY
        if character in "^$":
            return At("start" if character == "^" else "end")
        if character in "*+?":
            raise self._unread("nothing to repeat")
        return self._literal(character)

    def _literal(self, character: str) -> Chars:
        return Chars(self._one(character) & USED)

    def _one(self, character: str) -> int:
        if self.ignore_case and character in _LOOKALIKES:
            character = _LOOKALIKES[character]
        return self._folded(mask_of(character)) if ord(character) < 128 else 0

    def _folded(self, mask: int) -> int:
        if not self.ignore_case:
            return mask
        return mask | (mask & _UPPER) << 32 | (mask & _LOWER) >> 32

    def _group(self) -> Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._unread("groups nested too deeply")
        before = self.ignore_case, self.extended
        node = self._open_group()
        self._depth -= 1
        if node is None:  # a comment, or flags for the rest of the group they stand in
            return None
        self.ignore_case, self.extended = before
        return node

    def _open_group(self) -> Node | None:
        if _CALL.match(self.text, self._position):
            raise self._unread("a pattern that calls itself")
        if self._starts("(?#"):
            end = self.text.find(")", self._position)
            if end < 0:
                raise self._unread("an open comment")
            self._position = end + 1
            return None
        if self._starts("(?P="):
            self._position = self.text.find(")", self._position) + 1 or len(self.text)
            return self._irregular(ANYTHING)
        if look := self._take(_LOOK):
            node = self._closed()
            if look[0].endswith("="):
                self.required.append(node)
            return self._irregular(EMPTY)
        if self._take(_CONDITION):
            ways = self._closed()
            return self._irregular(ways if isinstance(ways, Choice) else Choice((ways, EMPTY)))
        if self._starts("(?>"):
            self._position += 3
            return self._irregular(self._closed())
        if self._starts("(?|"):
            self._position += 3
            return self._closed()
        if self._take(_NAME):
            return self._closed()
        if self._starts("(?"):
            found = self._take(_FLAGS)
            if found is None:
                raise self._unread("a group of an unknown kind")
            self._set_flags(found)
            return self._closed() if found[4] == ":" else None
        if self._starts("(*"):
            raise self._unread("a verb")
        self._position += 1
        return self._closed()

    def _closed(self) -> Node:
        node = self._alternation()
        if self._next() != ")":
            raise self._unread("an open group")
        self._position += 1
        return node

    def _irregular(self, node: Node) -> Node:
        self.approximate = True
        return node

    def _set_flags(self, found: re.Match[str]) -> None:
        on, off = found[2], found[3] or ""
        if found[1]:
            self.ignore_case = self.extended = False
        self.ignore_case = ("i" in on or self.ignore_case) and "i" not in off
        self.extended = ("x" in on or self.extended) and "x" not in off

    def _escape(self) -> Node:
        self._position += 1
        if self._take(_REFERENCE):
            return self._irregular(ANYTHING)
        character = self._next()
        if character in _PLACES and not (self.dialect == "js" and character in "AZzG"):
            self._position += 1
            if self._starts("{") and self.dialect == "rust" and self._take(re.compile(r"\{[\w-]+\}")):
                return self._irregular(EMPTY)
            return At(_PLACES[character])
        if character in ("<", ">") and self.dialect == "rust":
            self._position += 1
            return self._irregular(EMPTY)
        if self.dialect != "js" and character in ("K", "E", "N", "X", "C", "R"):
            self._position += 1
            if character in "KE":
                return EMPTY
            return NEVER if character == "R" else ANY
        return Chars(self._escaped() & USED)

    def _escaped(self) -> int:
        """The set that an escape stands for, after its backslash, in a class or out of one."""
        if found := self._take(_PROPERTY):
            name = (found[3] or found[4]).lower()
            if name not in _NAMED_SETS:
                raise self._unread(f"the property {name}")
            mask = self._folded(_NAMED_SETS[name])
            return mask if (found[1] == "p") is not bool(found[2]) else ASCII & ~mask
        if found := self._take(_HEXADECIMAL):
            code = int(next(filter(None, found.groups())), 16)
            return self._one(chr(code)) if code < 0x110000 else 0
        character = self._next()
        if not character:
            raise self._unread("a backslash at the end")
        self._position += 1
        if character.lower() in _SETS and (character not in "hHV" or self.dialect in ("pcre", "java")):
            if character == "v" and self.dialect not in ("pcre", "java"):
                return mask_of("\v")
            mask = _SETS[character.lower()]
            return mask if character.islower() else ASCII & ~mask
        if character == "c" and self._next():
            self._position += 1
            return 0
        if character == "0" and (found := self._take(re.compile(r"[0-7]{1,3}"))):
            return self._one(chr(int(found[0], 8) & 127))
        if character in _CONTROLS:
            return mask_of(_CONTROLS[character])
        if character.isalpha() and self.dialect != "js":
            raise self._unread(f"the escape \\{character}")
        return self._one(character)

    def _class(self) -> int:
        """The set of a class, whose opening bracket has been read."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._unread("classes nested too deeply")
        negated = self._next() == "^"
        if negated:
            self._position += 1
        mask, total = 0, 0
        combine: Callable[[int, int], int] = int.__or__
        first = self.dialect != "js"
        while first or self._next() != "]":
            first = False
            if not self._next():
                raise self._unread("an open class")
            operator = self._operator()
            if operator is None:
                mask |= self._member()
            else:
                total, mask, combine = combine(total, mask), 0, operator
        self._position += 1
        self._depth -= 1
        mask = combine(total, mask)
        return ASCII & ~mask if negated else mask

    def _operator(self) -> Callable[[int, int], int] | None:
        operators: dict[str, Callable[[int, int], int]] = {"&&": int.__and__}
        if self.dialect == "rust":
            operators |= {"--": lambda one, other: one & ~other, "~~": int.__xor__}
        sign = self.text[self._position : self._position + 2]
        if self.dialect not in ("java", "rust") or sign not in operators:
            return None
        self._position += 2
        return operators[sign]

    def _member(self) -> int:
        """One member of a class: a set of its own, a character, or a range."""
        if self._next() == "[":
            if self.dialect in ("pcre", "go", "rust") and (found := self._take(_POSIX)):
                if found[2].lower() not in _NAMED_SETS:
                    raise self._unread(f"the class {found[2]}")
                mask = self._folded(_NAMED_SETS[found[2].lower()])
                return ASCII & ~mask if found[1] else mask
            if self.dialect in ("java", "rust"):
                self._position += 1
                return self._class()
        if self._starts("\\Q") and self.dialect in ("pcre", "java", "go"):
            mask = 0
            for node in self._quoted():
                mask |= node.mask if isinstance(node, Chars) else 0
            return mask
        low, low_mask = self._bound()
        following = self.text[self._position + 1 : self._position + 2]
        if self._next() != "-" or following in ("]", "") or low is None:
            return low_mask
        if self.dialect in ("java", "rust") and following in ("[", "-"):
            return low_mask
        self._position += 1
        high, high_mask = self._bound()
        if high is None:  # `[a-\d]`: the hyphen stands for itself
            return low_mask | high_mask | mask_of("-")
        if high < low:
            raise self._unread("a range that runs backwards")
        mask = 0
        for code in range(low, min(high, 127) + 1):
            mask |= 1 << code
        return self._folded(mask)

    def _bound(self) -> tuple[int | None, int]:
        """A character with its code point, or a set without one."""
        character = self._next()
        if character != "\\":
            self._position += 1
            return ord(character), self._one(character)
        self._position += 1
        start = self._position
        if self._next() == "b":
            self._position += 1
            return 8, 0
        if found := self._take(re.compile(r"[0-7]{1,3}")):
            code = int(found[0], 8)
            return code, self._one(chr(code))
        mask = self._escaped()
        written = self.text[start : self._position]
        if found := _HEXADECIMAL.fullmatch(written):
            return int(next(filter(None, found.groups())), 16), mask
        if len(written) == 1 and (not written.isalpha() or (mask and mask & (mask - 1) == 0)):
            return ord(_CONTROLS.get(written, written)), mask
        if len(written) == 1 and self.dialect == "js" and written.lower() not in _SETS:
            return ord(written), mask
        return None, mask
