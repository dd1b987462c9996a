"""A parser of regular expressions as Python, PCRE, Go, Java, Rust and JavaScript read them.

What an engine refuses to compile is refused here too: no product can load such a pattern, so it lets nobody in, and
what is read otherwise than the engine reads it proves nothing.
"""

from __future__ import annotations

import re
from typing import Literal

from corslint.origins import Dialect
from corslint.witness.classes import read_class
from corslint.witness.cursor import Cursor
from corslint.witness.escapes import escaped
from corslint.witness.tree import (
    ANY,
    EMPTY,
    NEVER,
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
    repeated,
)
from corslint.witness.widths import is_bounded, is_fixed

_BLANK = re.compile(r"\s+|#[^\n]*")
_FLAGS = re.compile(r"\(\?(\^?)([a-zA-Z]*)(?:(-)([a-zA-Z]*))?([:)])")
_LOOK = re.compile(r"\(\?(<?)([=!])")
_NAMED = re.compile(r"\(\?(P?<|')([^>')]*)[>']")
_CONDITION = re.compile(r"\(\?\((?:([1-9][0-9]{0,2})|<?([A-Za-z_][A-Za-z0-9_]*)>?)\)")
_NUMBER = re.compile(r"[1-9][0-9]*")
_BY_NAME = re.compile(r"k(?:<([^>]*)>|\{([^}]*)\}|'([^']*)')|\(\?P=([^)]*)\)")
_BY_G = re.compile(r"g(?:\{(-?)([1-9][0-9]?)\}|(-?)([1-9][0-9]?))")
_BOUNDARIES: dict[str, Place] = {
    r"b{start}": "opening",
    r"<": "opening",
    r"b{end}": "closing",
    r">": "closing",
    r"b{start-half}": "before",
    r"b{end-half}": "behind",
}
"""https://docs.rs/regex/latest/regex/#empty-matches"""
_OWN_KIND = re.compile(r"\{\s*[^\s0-9]")
_CAPTURE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*(?:\]|\Z)|(\((?!\?)|\(\?<(?![=!]))", re.DOTALL)
_REFERENCES = re.compile(r"\\[1-9kg]|\(\?P=|\(\?\(")

_GROUP_WEIGHT = 10

_Kind = Literal["nothing", "comment", "item", "place", "repetition"]
"""What a quantifier would repeat."""


class Parser:
    """Reads one regular expression."""

    def __init__(self, text: str, dialect: Dialect, *, ignore_case: bool = False) -> None:
        self._cursor = Cursor(text, dialect, ignore_case=ignore_case)
        self._syntax = self._cursor.syntax
        self._dialect = dialect
        self._names: dict[str, int] = {}
        self._groups = 0
        self._counted_groups: int | None = None
        self._open_groups: set[int] = set()
        self._highest_reference = 0
        self._shares_numbers = False
        self._lazy = False
        """Whether quantifiers are lazy unless they are followed by a question mark."""
        self._has_begun = False
        self._looking = 0
        self._copies = 1
        """How often the part that was read last is repeated, by all the counts in it together."""
        self._weight = 0
        """About how many bytes the engine makes of the part that was read last."""
        self._may_refer = self._syntax.references and _REFERENCES.search(text) is not None

    def parse(self) -> Node:
        """The tree. Raises UndecidedError for what is not read, or nested deeper than `cursor.MAX_DEPTH`."""
        node = self._alternation()
        if self._cursor.next():
            raise self._cursor.unread("a closing parenthesis")
        if self._highest_reference > self._groups and self._dialect == "pcre":
            raise self._cursor.unread("a reference to a group that does not exist")
        if self._highest_reference and self._shares_numbers:
            raise self._cursor.unread("a reference to groups that share a number")
        return node

    def _alternation(self) -> Node:
        ways = [self._sequence()]
        copies, weight = self._copies, self._weight
        while self._cursor.passed("|"):
            self._has_begun = True
            ways.append(self._sequence())
            copies, weight = max(copies, self._copies), weight + self._weight
        self._copies, self._weight = copies, weight
        return ways[0] if len(ways) == 1 else Choice(tuple(ways))

    def _sequence(self) -> Node:
        cursor = self._cursor
        items: list[Node] = []
        last: _Kind = "nothing"
        highest, weight, lasting = 1, 0, 0
        while cursor.next() not in ("", "|", ")"):
            if cursor.extended and cursor.take(_BLANK):
                continue
            if (counted := self._quantifier()) is not None:
                self._weight = lasting
                last = self._repeat(items, last, counted)
                weight += self._weight - lasting
                lasting = self._weight
            elif self._syntax.quotes and cursor.passed("\\Q"):
                self._copies = 1
                quoted = self._quoted()
                items += quoted
                last = "item" if quoted else last
            else:
                self._copies = 1
                node, kind = self._atom()
                if node is not None:
                    items.append(node)
                    self._has_begun = True
                last = last if kind == "comment" else kind
                lasting = self._weight
                weight += lasting
            highest = max(highest, self._copies)
            if self._syntax.most_weight and weight > self._syntax.most_weight:
                raise cursor.unread("more than the engine may take")
        self._copies, self._weight = highest, weight + _GROUP_WEIGHT
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _quoted(self) -> list[Node]:
        cursor = self._cursor
        end = cursor.text.find("\\E", cursor.position)
        quoted = cursor.text[cursor.position : end if end >= 0 else None]
        if self._dialect == "go" and end < 0:
            raise cursor.unread("an open quotation")
        if cursor.extended:
            raise cursor.unread("a quotation where blanks are skipped")
        cursor.position = end + 2 if end >= 0 else len(cursor.text)
        return [self._literal(one) for one in quoted]

    def _literal(self, character: str) -> Chars:
        return Chars(self._cursor.between(ord(character), ord(character)) & USED)

    def _quantifier(self) -> tuple[int, int | None] | None:
        """How often the part before is repeated; None where no quantifier follows."""
        cursor = self._cursor
        sign = cursor.next()
        if found := {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign):
            cursor.position += 1
            return found
        if sign != "{":
            return None
        counted = cursor.take(self._syntax.count)
        if counted is None:
            if self._syntax.doubtful_count and self._syntax.doubtful_count.match(cursor.text, cursor.position):
                raise cursor.unread("a brace")
            return None
        least, most = counted["least"], counted["most"]
        if max(len(least), len(most or "")) > 9:
            raise cursor.unread("a count of too many digits")
        low = int(least or 0)
        high = low if not counted["comma"] else int(most) if most else None
        if max(low, high or 0) > self._syntax.most_copies or (high is not None and high < low):
            raise cursor.unread("a count that is not allowed")
        self._check_copies(low if high is None else high)
        return low, high

    def _check_copies(self, count: int) -> None:
        # Go counts the copies that counts within counts make.
        if self._dialect == "go" and self._syntax.most_copies < self._copies * count:
            raise self._cursor.unread("too many repetitions")

    def _repeat(self, items: list[Node], last: _Kind, counted: tuple[int, int | None]) -> _Kind:
        """Repeat the last item; what has been repeated then."""
        cursor = self._cursor
        by_count = cursor.text[cursor.position - 1] == "}"
        if by_count and self._dialect == "java" and last in ("nothing", "repetition"):
            items.append(EMPTY)  # it repeats nothing at all
        elif last == "nothing" or (last == "place" and not self._syntax.repeats_places):
            raise cursor.unread("nothing to repeat")
        elif last == "repetition" and not self._syntax.repeats_repetitions:
            raise cursor.unread("a repetition of a repetition")
        if by_count:
            count = max(counted[0] if counted[1] is None else counted[1], 1)
            self._copies *= count
            if self._dialect != "pcre" or not isinstance(items[-1], Chars):
                self._weight *= count
        if cursor.extended and self._dialect == "java" and re.compile(r"\s+[?+]").match(cursor.text, cursor.position):
            raise cursor.unread("a blank after a quantifier")
        if self._syntax.possessive and cursor.passed("+"):
            # Only PCRE takes back something within an item.
            item = items[-1] if self._dialect == "pcre" else Atomic(items[-1])
            items[-1] = Atomic(Repeat(item, *counted))
        else:
            lazy = cursor.passed("?") is not self._lazy
            items[-1] = repeated(items[-1], *counted, lazy=lazy)
        return "repetition"

    def _atom(self) -> tuple[Node | None, _Kind]:
        """The next part; None for what is no part, such as a comment."""
        cursor = self._cursor
        character = cursor.next()
        if character == "(":
            return self._group()
        start = cursor.position
        cursor.position += 1
        if character == "[":
            mask = read_class(cursor)
            self._weight = self._syntax.weight(cursor.text[start : cursor.position])
            return Chars(mask & USED), "item"
        self._weight = self._syntax.weight(cursor.text[start : start + 2])
        if character == "\\":
            return self._escape()
        if character == ".":
            return ANY, "item"
        if character in "^$":
            return At("start" if character == "^" else "end"), "place"
        return self._literal(character), "item"

    def _escape(self) -> tuple[Node | None, _Kind]:
        cursor, syntax = self._cursor, self._syntax
        if syntax.references and (back := self._reference()) is not None:
            return back, "item"
        for written, place in _BOUNDARIES.items() if self._dialect == "rust" else ():
            if cursor.passed(written):
                return At(place), "place"
        letter = cursor.next()
        if letter and letter in syntax.places:
            cursor.position += 1
            if self._dialect in ("java", "rust") and _OWN_KIND.match(cursor.text, cursor.position):
                raise cursor.unread("a boundary of its own kind")
            return At(syntax.places[letter]), "place"
        if letter and letter in {"pcre": "XCNREK", "java": "XR"}.get(self._dialect, ""):
            return self._special(letter)
        return Chars(escaped(cursor, in_class=False).mask & USED), "item"

    def _special(self, letter: str) -> tuple[Node | None, _Kind]:
        cursor = self._cursor
        cursor.position += 1
        if letter == "E":  # it ends no quotation
            return None, "comment"
        if letter == "K":
            if self._looking:
                raise cursor.unread("the escape \\K in a test")
            return EMPTY, "place"
        if letter == "N" and cursor.starts("{"):
            raise cursor.unread("the escape \\N{")
        return (NEVER if letter == "R" else Chars(USED)), "item"

    def _reference(self) -> Node | None:
        """A reference to a group, after its backslash; None where there is none."""
        cursor = self._cursor
        start = cursor.position
        if found := cursor.take(_NUMBER):
            number = self._numbered(found[0])
            if number is None:
                cursor.position = start
                return None
            return self._back(number)
        if self._dialect == "python" or (self._dialect == "js" and "(?<" not in cursor.text):
            return None
        if found := cursor.take(_BY_NAME):
            if self._dialect != "pcre" and found[1] is None:
                raise cursor.unread("a reference")
            return self._back(self._by_name(next(name for name in found.groups() if name is not None)))
        if self._dialect == "pcre" and (found := cursor.take(_BY_G)):
            number = int(found[2] or found[4])
            return self._back(self._groups + 1 - number if found[1] or found[3] else number)
        if cursor.next() == "k":
            raise cursor.unread("an unfinished reference")
        return None

    def _all_groups(self) -> int:
        """How many groups the pattern has, those that are still to come included."""
        if self._counted_groups is None:
            self._counted_groups = sum(1 for found in _CAPTURE.finditer(self._cursor.text) if found[1])
        return self._counted_groups

    def _numbered(self, digits: str) -> int | None:
        """The group that digits refer to; None where they are the number of a character."""
        cursor = self._cursor
        number = int(digits[:4])
        if self._dialect == "js":
            return number if number <= self._all_groups() else None
        if self._dialect == "pcre":
            return number if number < 10 or digits[0] in "89" or number <= self._groups else None
        if self._dialect == "python":
            if re.match(r"[1-7][0-7]{2}", digits) or re.match(
                r"[0-7]{3}", cursor.text[cursor.position - len(digits) :]
            ):
                return None
            cursor.position += min(len(digits), 2) - len(digits)
            return int(digits[:2])
        # Java takes as many digits as make the number of a group.
        used = 1
        while used < len(digits) and int(digits[: used + 1]) <= self._groups:
            used += 1
        cursor.position += used - len(digits)
        return int(digits[:used])

    def _by_name(self, name: str) -> int:
        if name not in self._names:
            raise self._cursor.unread(f"a reference to {name!r}")
        return self._names[name]

    def _back(self, number: int) -> Node:
        if self._dialect == "python" and (number > self._groups or number in self._open_groups or self._looking):
            raise self._cursor.unread("a reference to a group that is not closed")
        if number < 1:
            raise self._cursor.unread("a reference to a group that does not exist")
        if self._dialect == "java" and number > self._groups:
            return NEVER
        self._highest_reference = max(self._highest_reference, number)
        return Back(number, or_empty=self._dialect == "js")

    def _group(self) -> tuple[Node | None, _Kind]:
        cursor = self._cursor
        if self._syntax.comments and cursor.passed("(?#"):
            end = cursor.text.find(")", cursor.position)
            if end < 0:
                raise cursor.unread("an open comment")
            cursor.position = end + 1
            return None, "comment"
        at_start = cursor.is_outside and not self._has_begun
        cursor.deeper()
        before = cursor.ignore_case, cursor.extended, cursor.folds_beyond, self._lazy
        node = self._opened(at_start=at_start)
        cursor.higher()
        if node is None:  # flags for the rest of the group they stand in
            return None, "nothing"
        cursor.ignore_case, cursor.extended, cursor.folds_beyond, self._lazy = before
        is_behind = isinstance(node, Look) and not node.ahead
        return node, "place" if is_behind and not self._syntax.repeats_lookbehind else "item"

    def _opened(self, *, at_start: bool) -> Node | None:
        """What a parenthesis opens; None for flags."""
        cursor, syntax = self._cursor, self._syntax
        if (
            self._dialect in ("python", "pcre")
            and cursor.starts("(?P=")
            and (found := _BY_NAME.match(cursor.text, cursor.position))
        ):
            cursor.position = found.end()
            return self._back(self._by_name(found[4]))
        if syntax.looks and (look := cursor.take(_LOOK)):
            return self._look(ahead=not look[1], negated=look[2] == "!")
        if syntax.conditions and (condition := cursor.take(_CONDITION)):
            return self._condition(condition)
        if syntax.possessive and cursor.passed("(?>"):
            return Atomic(self._closed())
        if self._dialect == "pcre" and cursor.passed("(?|"):
            self._shares_numbers = True
            return self._closed()
        if (named := _NAMED.match(cursor.text, cursor.position)) and named[1] in syntax.names:
            cursor.position = named.end()
            return self._captured(named[2])
        if cursor.starts("(?"):
            found = cursor.take(_FLAGS)
            if found is None:
                raise cursor.unread("a group of an unknown kind")
            self._set_flags(found, at_start=at_start)
            return self._closed() if found[5] == ":" else None
        if cursor.starts("(*") and self._dialect == "pcre":
            raise cursor.unread("a verb")
        if (
            cursor.extended
            and self._dialect in ("java", "rust")
            and re.compile(r"\(\s+\?").match(cursor.text, cursor.position)
        ):
            raise cursor.unread("a blank in the beginning of a group")
        cursor.position += 1
        return self._captured(None)

    def _captured(self, name: str | None) -> Node:
        cursor = self._cursor
        self._groups += 1
        number = self._groups
        if name is not None:
            if not self._syntax.name.match(name) or name in self._names:
                raise cursor.unread(f"a group named {name!r}")
            self._names[name] = number
        self._open_groups.add(number)
        node = self._closed()
        self._open_groups.discard(number)
        return Group(node, number) if self._may_refer else node

    def _look(self, *, ahead: bool, negated: bool) -> Node:
        self._looking += 1
        node = self._closed()
        self._looking -= 1
        if not ahead and not self._may_look_back(node):
            raise self._cursor.unread("a test of what stands before, of no fixed length")
        return Look(node, ahead, negated)

    def _may_look_back(self, node: Node) -> bool:
        match self._dialect:
            case "python":
                return is_fixed(node)
            case "pcre":
                return all(map(is_fixed, node.items if isinstance(node, Choice) else (node,)))
            case "java":
                return is_bounded(node)
            case _:
                return True

    def _condition(self, found: re.Match[str]) -> Node:
        number = int(found[1]) if found[1] else self._by_name(found[2])
        if self._dialect == "python" and number > self._groups:
            raise self._cursor.unread("a condition on a group that does not exist")
        self._highest_reference = max(self._highest_reference, number)
        ways = self._closed()
        if not isinstance(ways, Choice):
            return Condition(number, ways, EMPTY)
        if len(ways.items) > 2:
            raise self._cursor.unread("a condition with more than two branches")
        return Condition(number, ways.items[0], ways.items[1])

    def _closed(self) -> Node:
        node = self._alternation()
        if not self._cursor.passed(")"):
            raise self._cursor.unread("an open group")
        return node

    def _set_flags(self, found: re.Match[str], *, at_start: bool) -> None:
        cursor, syntax = self._cursor, self._syntax
        on, off, is_group = found[2], found[4] or "", found[5] == ":"
        refused = bool(set(on) - set(syntax.flags) or set(off) - set(syntax.flags_off))
        refused |= bool(found[1]) and (self._dialect != "pcre" or bool(found[3]))
        if syntax.strict_flags:
            refused |= not (on or off) and not (is_group and not found[3])
            refused |= bool(found[3]) and not off
            refused |= bool(set(on) & set(off))
        if self._dialect == "go":
            refused |= bool(found[3]) and not off
        if self._dialect == "rust":
            refused |= len(set(on + off)) < len(on + off) or "u" in off
        if self._dialect == "python":
            # Older versions let flags stand anywhere, for the whole.
            refused |= {"a", "u"} <= set(on) or (not is_group and (not at_start or bool(off)))
        if self._dialect == "pcre":
            refused |= "n" in on + off or "xx" in on
        if self._dialect == "js":
            refused = refused or bool(on or off or found[3])
        if refused:
            raise cursor.unread("flags that are not allowed")
        if found[1]:
            cursor.ignore_case = cursor.extended = False
        cursor.ignore_case = ("i" in on or cursor.ignore_case) and "i" not in off
        cursor.extended = ("x" in on or cursor.extended) and "x" not in off
        if self._dialect in ("pcre", "go", "rust"):
            self._lazy = ("U" in on or self._lazy) and "U" not in off
        self._set_unicode(on, off)

    def _set_unicode(self, on: str, off: str) -> None:
        """What equals a letter when case is ignored depends on these flags."""
        from corslint.witness.syntaxes import SYNTAXES

        if self._dialect == "python" and "a" in on:
            self._cursor.folds_beyond = {}
        elif self._dialect == "python" and "u" in on:
            self._cursor.folds_beyond = self._syntax.folds_beyond
        elif self._dialect == "java" and set("uU") & set(on):
            self._cursor.folds_beyond = SYNTAXES["python"].folds_beyond
        elif self._dialect == "java" and set("uU") & set(off):
            self._cursor.folds_beyond = {}
