"""What the operators and methods of Python that judge an origin let in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import translate
from itertools import islice
from typing import Literal, TypeAlias

from corslint.origins import Entry, Exact, Match, Pattern, Undecided, UndecidedError, accepts
from corslint.servers.python_headers.conditions import (
    ABOUT_ORIGIN,
    FALSE,
    HARMLESS,
    LOOKS_AT_REQUEST,
    TRUE,
    Always,
    MethodIs,
    Open,
    Passes,
    Sent,
    Test,
    both,
    either,
    negate,
)
from corslint.servers.python_headers.terms import (
    Absent,
    Choice,
    Container,
    Header,
    Joined,
    Marker,
    Opaque,
    Parsed,
    Part,
    Ref,
    Term,
    Text,
    Truth,
    leaves,
)
from corslint.servers.python_headers.words import ASKED, request_header
from corslint.source import Span
from corslint.values import Compiled, Items, Known, Mapping, Unknown, Value, truth

RegexHow: TypeAlias = Literal["search", "match", "fullmatch"]
NEGATIONS = {"!=": "==", "not in": "in", "is not": "is"}
MAX_LEAVES = 24
"""Ways a compared value can turn out that are told apart."""
_SCHEME = r"[^:/?#]+://"
_PORT = r"(?::\d+)?"
_HAS_HOST = Passes((Pattern("://", "python", "contains"),))
_EMPTY_PARTS = frozenset({"query", "fragment", "username", "password", "params"})
_ANCHORS = re.compile(r"\\[AZz]|\^|\$|\(\?")


def level_of(term: Term) -> int:
    """How much an unknown value may have to do with the origin."""
    match term:
        case Opaque():
            return term.level
        case Header():
            return ABOUT_ORIGIN if term.name in ("origin", "host", "referer", "x-forwarded-host") else HARMLESS
        case Choice():
            several = tuple(islice(leaves(term), MAX_LEAVES + 1))
            return ABOUT_ORIGIN if len(several) > MAX_LEAVES else max(map(level_of, several))
        case Truth():
            return ABOUT_ORIGIN
        case Part() | Parsed():
            return level_of(term.of)
        case Joined():
            return max((level_of(part) for part in term.parts), default=HARMLESS)
        case Container():
            return max((level_of(item) for item in term.items), default=HARMLESS)
        case Text() if isinstance(term.value, Unknown):
            return ABOUT_ORIGIN
        case Marker():
            return HARMLESS if term.what == "method" else LOOKS_AT_REQUEST
    return HARMLESS


def why(term: Term) -> str | None:
    """The reason for which a value is not known, if it is not."""
    for leaf in leaves(term):
        if isinstance(leaf, Opaque):
            return leaf.reason
        if isinstance(leaf, Text) and isinstance(leaf.value, Unknown):
            return leaf.value.reason
    return None


def truth_of(term: Term, span: Span | None = None) -> Test:
    """Whether a value counts as true."""
    match term:
        case Text():
            if isinstance(term.value, Unknown):
                return Open(term.value.reason, ABOUT_ORIGIN, span)
            return Always(truth(term.value.value))
        case Absent():
            return FALSE
        case Header():
            if term.name not in ASKED and term.name != "origin":
                return Open(f"the request header {term.name} decides it", HARMLESS, span)
            if isinstance(term.missing, Opaque):
                return Sent(term.name)
            return either(Sent(term.name), truth_of(term.missing, span))
        case Choice():
            return _by_choice(term, lambda leaf: truth_of(leaf, span))
        case Truth():
            return term.test
        case Part():
            if not _is_origin(term.of):
                return Open(f"the {term.name} of a value decides it", level_of(term.of), span)
            if term.name in _EMPTY_PARTS:
                return FALSE
            return negate(_HAS_HOST) if term.name == "path" else _HAS_HOST
        case Opaque():
            return Open(term.reason, term.level, span or term.span)
        case Joined():
            known = any(isinstance(part, Text) and isinstance(part.value, Known) for part in term.parts)
            return TRUE if known else Open("a text put together at run time decides it", level_of(term), span)
        case Container():
            return Always(bool(term.items))
        case _:
            return TRUE


def _by_choice(term: Choice, test: Callable[[Term], Test]) -> Test:
    yes = _by_choice(term.yes, test) if isinstance(term.yes, Choice) else test(term.yes)
    no = _by_choice(term.no, test) if isinstance(term.no, Choice) else test(term.no)
    if yes == TRUE:
        return either(term.test, no)
    if no == TRUE:
        return either(negate(term.test), yes)
    return either(both(term.test, yes), both(negate(term.test), no))


def compare(symbol: str, left: Term, right: Term, span: Span, text: str) -> Test:
    """`left == right`, `left in right` and their opposites; `text` is the source of the whole."""
    if symbol in NEGATIONS:
        return negate(compare(NEGATIONS[symbol], left, right, span, text))
    for term in (left, right):
        if isinstance(term, Choice) and sum(1 for _ in islice(leaves(term), MAX_LEAVES + 1)) > MAX_LEAVES:
            return Open(f"`{text}` depends on too many conditions", ABOUT_ORIGIN, span)
    if isinstance(left, Choice):
        return _by_choice(left, lambda leaf: compare(symbol, leaf, right, span, text))
    if isinstance(right, Choice):
        return _by_choice(right, lambda leaf: compare(symbol, left, leaf, span, text))
    if symbol in ("==", "is"):
        return _equal(left, right, span, text)
    if symbol == "in":
        return _within(left, right, span, text)
    return _unknown(left, right, span, text)


def _unknown(left: Term, right: Term, span: Span, text: str) -> Test:
    level = max(level_of(left), level_of(right))
    reason = why(left) or why(right)
    return Open(f"`{text}` decides it" + (f": {reason}" if reason else ""), level, span)


def _plain(term: Term) -> object:
    """The constant behind a term, bytes as text; the term itself where it is none."""
    if isinstance(term, Text) and isinstance(term.value, Known):
        value = term.value.value
        return value.decode("latin-1") if isinstance(value, bytes) else value
    return term


def is_none(term: Term) -> bool:
    """Whether a value is certainly None."""
    return _plain(term) is None


def _equal(left: Term, right: Term, span: Span, text: str) -> Test:
    if isinstance(left, Text) and not isinstance(right, Text):
        left, right = right, left
    other = _plain(right)
    match left:
        case Header(name="origin"):
            if isinstance(right, Header) and right.name == "origin":
                return TRUE
            if other is None:
                return negate(Sent("origin")) if _plain(left.missing) is None else FALSE
            if other == "":
                return negate(Sent("origin"))
            passes = Passes((_exact(right, f"the origin is compared in `{text}`"),), span)
            return _or_missing(left, passes, lambda missing: _equal(missing, right, span, text))
        case Header() if other is None or other == "":
            return negate(truth_of(left, span))
        case Marker(what="method") if isinstance(other, str):
            return MethodIs(frozenset({other.upper()}))
        case Marker(what="header name") if isinstance(other, str):
            return Sent("origin") if other.lower() == "origin" else Open("another header is looked at", HARMLESS, span)
        case Part() if isinstance(other, str):
            return _part_test(left, "exact", other, span)
        case Part() if other is None:
            return negate(truth_of(left))
        case Part() if _is_origin(left.of):
            return Passes((Undecided(why(right) or f"`{text}` decides it", span),), span)
        case Truth() if other is None:
            return negate(left.test)  # `re.match()` gives None where it does not match
        case Truth() if isinstance(other, bool):
            return left.test if other else negate(left.test)
        case Text() if isinstance(right, Text):
            one = _plain(left)
            if isinstance(one, Text) or isinstance(other, Text):
                return _unknown(left, right, span, text)
            return Always(one == other)
    if other is None and isinstance(left, Ref | Marker | Container | Joined):
        return FALSE
    return _unknown(left, right, span, text)


def _within(left: Term, right: Term, span: Span, text: str) -> Test:
    whole, part = _plain(right), _plain(left)
    match left:
        case Header(name="origin"):
            passes = Passes(tuple(_listed(right, f"`{text}` decides it")), span)
            return _or_missing(left, passes, lambda missing: _within(missing, right, span, text))
        case Marker(what="method"):
            names = [_plain(item) for item in _items(right)]
            if names and all(isinstance(name, str) for name in names):
                return MethodIs(frozenset(str(name).upper() for name in names))
            return Open(f"`{text}` decides it", HARMLESS, span)
        case Marker(what="header name"):
            return Open("several headers are looked at", LOOKS_AT_REQUEST, span)
        case Part():
            return either(*(_equal(left, item, span, text) for item in _items(right) or (Opaque(text, ABOUT_ORIGIN),)))
    if isinstance(part, str):
        if isinstance(right, Header) and right.name == "origin":
            passes = Passes((Pattern(part, "python", "contains", span=_span_of(left)),), span)
            return _or_missing(right, passes, lambda missing: _within(left, missing, span, text))
        if isinstance(right, Marker) and right.what in ("headers", "request"):
            name = request_header(part) or ""
            return Sent(name) if name == "origin" or name in ASKED else Open(f"the header {name}", HARMLESS, span)
        if isinstance(right, Part):
            return _part_test(right, "contains", part, span)
        if isinstance(whole, str):
            return Always(part in whole)
    if isinstance(left, Text) and not isinstance(part, Text) and isinstance(right, Text | Container):
        items = [_plain(item) for item in _items(right)]
        if not isinstance(whole, Text) and part in items:
            return TRUE
        if not isinstance(whole, Text) and all(not isinstance(item, Opaque | Text) for item in items):
            return FALSE
    return _unknown(left, right, span, text)


def _items(term: Term) -> list[Term]:
    """What iterating over a constant gives; nothing where it is not known."""
    if isinstance(term, Container):
        return list(term.items)
    return [Text(item) for item in _elements(_plain(term)) if not _is_one_of(item)]  # type: ignore[arg-type]


def _elements(value: object) -> Sequence[Value[object]]:
    if isinstance(value, Items):
        return value.items
    if isinstance(value, Mapping):
        return tuple(name for name, _ in value.pairs)
    return ()


def _is_one_of(value: Value[object]) -> bool:
    return not isinstance(value, Known | Unknown)


def _span_of(term: Term) -> Span | None:
    return term.value.span if isinstance(term, Text) else getattr(term, "span", None)


def _exact(term: Term, reason: str) -> Entry:
    value, span = _plain(term), _span_of(term)
    if isinstance(value, str):
        return Exact(value, span)
    return Undecided(why(term) or reason, span)


def _listed(right: Term, reason: str) -> Iterator[Entry]:
    """What `origin in right` lets in."""
    value = _plain(right)
    if isinstance(value, str):
        yield Pattern(value, "python", "within", span=_span_of(right))
    elif isinstance(value, Items | Mapping) or isinstance(right, Container):
        items = _items(right)
        for item in items:
            if _plain(item) is not None:
                yield _exact(item, reason)
        if len(items) < len(_elements(value)):
            yield Undecided("an element depends on conditions", _span_of(right))
    else:
        yield Undecided(why(right) or reason, _span_of(right))


def affix(owner: Term, match: Literal["prefix", "suffix"], argument: Term, span: Span, text: str) -> Test:
    """`owner.startswith(argument)` and `owner.endswith(argument)`; a tuple tests each of its texts."""
    if isinstance(owner, Choice):
        return _by_choice(owner, lambda leaf: affix(leaf, match, argument, span, text))
    if isinstance(argument, Choice):
        return _by_choice(argument, lambda leaf: affix(owner, match, leaf, span, text))
    value = _plain(argument)
    if isinstance(value, Items) or isinstance(argument, Container):
        return either(*(affix(owner, match, item, span, text) for item in _items(argument)))
    if isinstance(owner, Header) and owner.name == "origin":
        if isinstance(value, str):
            passes = Passes((Pattern(value, "python", match, span=_span_of(argument)),), span)
            return _or_missing(owner, passes, lambda missing: affix(missing, match, argument, span, text))
        return Passes((Undecided(why(argument) or f"`{text}` decides it", span),), span)
    if isinstance(owner, Part) and isinstance(value, str):
        return _part_test(owner, match, value, span)
    if isinstance(owner, Part) and _is_origin(owner.of):
        return Passes((Undecided(why(argument) or f"`{text}` decides it", span),), span)
    known = _plain(owner)
    if isinstance(known, str) and isinstance(value, str):
        return Always(known.startswith(value) if match == "prefix" else known.endswith(value))
    return Open(f"`{text}` decides it", max(level_of(owner), level_of(argument)), span)


def regex(how: RegexHow, pattern: Term, subject: Term, ignore_case: bool, span: Span, text: str) -> Test:
    """`re.match(pattern, subject)` and the like; `pattern` may be compiled."""
    if isinstance(subject, Choice):
        return _by_choice(subject, lambda leaf: regex(how, pattern, leaf, ignore_case, span, text))
    if isinstance(pattern, Choice):
        return _by_choice(pattern, lambda leaf: regex(how, leaf, subject, ignore_case, span, text))
    given = _plain(pattern)
    value = given.pattern if isinstance(given, Compiled) else given
    ignore_case = given.ignore_case if isinstance(given, Compiled) else ignore_case
    constant = _plain(subject)
    if isinstance(constant, str) and isinstance(value, str):
        return _of_constant(Pattern(value, "python", how, ignore_case), constant, span, text)
    if not _is_origin(subject.of if isinstance(subject, Part) else subject):
        return Open(f"`{text}` decides it", max(level_of(subject), level_of(pattern)), span)
    if not isinstance(value, str):
        return Passes((Undecided(why(pattern) or f"`{text}` decides it", span),), span)
    where = _span_of(pattern)
    if isinstance(subject, Header):
        passes = Passes((Pattern(value, "python", how, ignore_case, span=where),), span)
        return _or_missing(subject, passes, lambda other: regex(how, pattern, other, ignore_case, span, text))
    if isinstance(subject, Part) and subject.name in ("hostname", "netloc"):
        bare = value.removeprefix("^").removesuffix("$") if how != "search" else value
        if not _ANCHORS.search(bare) and not (how == "match" and not value.endswith("$")):
            return _host_test(subject.name, f"(?:{bare})" if how != "search" else f"[^/]*(?:{bare})[^/]*", where, span)
    return Passes((Undecided(f"`{text}` decides it", span),), span)


def _of_constant(pattern: Pattern, text: str, span: Span, source: str) -> Test:
    try:
        return Always(accepts(pattern, text))
    except UndecidedError:
        return Open(f"`{source}` decides it", ABOUT_ORIGIN, span)


def _or_missing(owner: Header, passes: Test, test: Callable[[Term], Test]) -> Test:
    """The test of a header, and of what stands in its place where the request has none."""
    if not isinstance(owner.missing, Text) or _plain(owner.missing) is None:
        return passes
    return either(passes, both(negate(Sent(owner.name)), test(owner.missing)))


def glob(subject: Term, pattern: Term, span: Span, text: str) -> Test:
    """`fnmatch.fnmatch(subject, pattern)`."""
    value = _plain(pattern)
    if not isinstance(value, str) or not (isinstance(subject, Header) and subject.name == "origin"):
        return _unknown(subject, pattern, span, text)
    if re.search(r"[?\[]", value):
        return Passes((Pattern(translate(value), "python", "match", span=_span_of(pattern)),), span)
    return Passes((Pattern(value, "python", "glob", span=_span_of(pattern)),), span)


def _part_test(part: Part, match: Match | Literal["exact"], value: str, span: Span) -> Test:
    """A test of a part of a parsed origin, said of the whole origin."""
    if not _is_origin(part.of):
        return Open("a part of another value is compared", level_of(part.of), span)
    match part.name:
        case "scheme" if match == "exact":
            return Passes((Pattern(f"{value}://", "python", "prefix", span=span),), span) if value else FALSE
        case "path" if match == "exact":
            return _HAS_HOST if value == "" else FALSE
        case name if name in _EMPTY_PARTS and match == "exact":
            return Always(value == "")
        case "hostname" | "netloc":
            if match == "exact" and value == "":
                return negate(_HAS_HOST)
            text = re.escape(f"[{value}]" if ":" in value and part.name == "hostname" else value)
            before = "" if match in ("exact", "prefix") else r"[^/]*" if part.name == "netloc" else r"[^/:]*"
            after = "" if match in ("exact", "suffix") else r"[^/]*" if part.name == "netloc" else r"[^/:]*"
            return _host_test(part.name, f"{before}{text}{after}", span, span)
    return Passes((Undecided(f"the {part.name} of the origin decides it", span),), span)


def _is_origin(term: Term) -> bool:
    return isinstance(term, Header) and term.name == "origin"


def _host_test(name: str, host: str, shown: Span | None, span: Span) -> Test:
    port = _PORT if name == "hostname" else ""
    return Passes((Pattern(f"{_SCHEME}{host}{port}", "python", "fullmatch", span=shown),), span)


def joined(parts: Sequence[Term], span: Span) -> Term:
    """Texts put together; what only takes an origin apart and joins it again is the origin."""
    kept: list[Term] = []
    for part in parts:
        if isinstance(part, Text) and kept and isinstance(kept[-1], Text):
            one, other = _plain(kept[-1]), _plain(part)
            if isinstance(one, str) and isinstance(other, str):
                kept[-1] = Text(Known(one + other, span))
                continue
        kept.append(part)
    if len(kept) == 1 and isinstance(kept[0], Text | Opaque):
        return kept[0]
    match kept:
        case [Part(of=one, name="scheme"), Text(value=Known(value="://")), Part(of=other, name="netloc")]:
            if one == other:
                return one
    return Joined(tuple(kept), span)
