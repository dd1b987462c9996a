"""What Python's operators, methods and builtins make of known values, computed without running anything scanned.

Only operations whose result is bounded by their operands are carried out; the others give `Unknown`. Where the result
is a part of a text that stands in the source, it keeps the exact place of that part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias, cast

from corslint.resolve.choices import chosen
from corslint.resolve.objects import ClassObject, Member, Url, is_thing
from corslint.source import Span
from corslint.values import Compiled, Items, Known, Mapping, OneOf, Place, Unknown, Value, truth

Concrete: TypeAlias = Known[object] | Unknown

MAX_ITEMS = 20_000
"""Elements of one container; a longer one is unknown."""
MAX_TRAIL = 16
"""Places on the way to one value that are kept."""
MAX_TEXT = 200_000
"""Characters of one text; a longer one is unknown."""


class _Opaque(Exception):
    """Raised where a value holds something unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def overrides(value: Value[object]) -> Iterator[str]:
    """The environment variables that decide a value or any of its elements."""
    if isinstance(value, Known):
        if value.override is not None:
            yield value.override
        if isinstance(value.value, Items):
            for item in value.value.items:
                yield from overrides(item)
        elif isinstance(value.value, Mapping):
            for pair in value.value.pairs:
                for part in pair:
                    yield from overrides(part)
    elif isinstance(value, OneOf):
        for one in value.alternatives:
            yield from overrides(one.value)


def override(*values: Value[object]) -> str | None:
    """The first environment variable that decides any of the values."""
    for value in values:
        for name in overrides(value):
            return name
    return None


def plain(value: Value[object]) -> object:
    """The Python object itself: containers become list, tuple, set and dict.

    Raises an exception that `compute` turns back into `Unknown` where any part is not known.
    """
    if isinstance(value, Unknown):
        raise _Opaque(value)
    if isinstance(value, OneOf):
        raise _Opaque(Unknown("it depends on conditions", value.span, value.trail))
    inner = value.value
    if isinstance(inner, Items):
        kinds: dict[str, Callable[[list[object]], object]] = {"list": list, "tuple": tuple, "set": set}
        return kinds[inner.kind]([plain(item) for item in inner.items])
    if isinstance(inner, Mapping):
        return {plain(name): plain(item) for name, item in inner.pairs}
    if isinstance(inner, Compiled):
        raise _Opaque(Unknown("it is a compiled pattern", value.span, value.trail))
    if isinstance(inner, Member) and inner.is_data:
        return plain(inner.value)
    if is_thing(inner) and not isinstance(inner, (Member, ClassObject)):
        raise _Opaque(Unknown(str(inner), value.span, value.trail))
    return inner


def equal(one: Known[object], other: Known[object]) -> bool:
    """Whether two values are surely the same."""
    if is_thing(one.value) or is_thing(other.value):
        return one.value == other.value
    try:
        return plain(one) == plain(other)
    except (_Opaque, TypeError):
        return one == other


def lift(value: object, span: Span | None = None, by: str | None = None) -> Concrete:
    """A Python object as a value; the elements of containers get the place of the whole."""
    if isinstance(value, (list, tuple, set, frozenset)):
        kind: Literal["list", "tuple", "set"] = (
            "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
        )
        return Known(Items(kind, tuple(lift(item, span) for item in value)), span, override=by)
    if isinstance(value, dict):
        pairs = tuple((lift(name, span), lift(item, span)) for name, item in value.items())
        return Known(Mapping(pairs), span, override=by)
    if value is None or isinstance(value, (str, bytes, bool, int, float)):
        return Known(value, span, override=by)
    return Unknown(f"a value of type `{type(value).__name__}` is not followed", span)


_FAILURES = (TypeError, ValueError, SyntaxError, LookupError, AttributeError, ArithmeticError)


def compute(values: Sequence[Value[object]], make: Callable[..., object], span: Span | None, what: str) -> Concrete:
    """What `make` gives for the plain operands; `what` names the operation where it fails on them."""
    by = override(*values)
    try:
        result = make(*map(plain, values))
    except _Opaque as opaque:
        return opaque.unknown
    except (*_FAILURES, RecursionError, MemoryError) as error:
        return failed(what, error, by, span)
    if isinstance(result, (str, bytes)) and len(result) > MAX_TEXT:
        return Unknown(f"{what} gives a very long text", span)
    return lift(result, span, by)


def failed(what: str, error: Exception, by: str | None, span: Span | None) -> Unknown:
    """The reason where an operation raises an exception on what we know."""
    if by is not None:
        return Unknown(f"the environment variable {by} decides it; {what} fails without it", span, fails=True)
    return Unknown(f"{what} fails: {error}", span, fails=True)


# --- Containers.


def container(kind: Literal["list", "tuple", "set"], items: Sequence[Concrete], span: Span | None) -> Concrete:
    """A container of these elements; equal elements of a set count once."""
    if len(items) > MAX_ITEMS:
        return Unknown(f"it has more than {MAX_ITEMS} elements", span)
    if kind == "set":
        items = distinct(items)
    return Known(Items(kind, tuple(items)), span)


def distinct(items: Sequence[Concrete]) -> list[Concrete]:
    """The elements without those that equal an earlier one."""
    seen: set[object] = set()
    kept: list[Concrete] = []
    for item in items:
        try:
            key = plain(item)
            if key in seen:
                continue
            seen.add(key)
        except (_Opaque, TypeError):
            pass
        kept.append(item)
    return kept


def elements(value: Concrete, what: str) -> tuple[Concrete, ...] | Unknown:
    """What iterating over a value gives."""
    if isinstance(value, Unknown):
        return value
    inner = value.value
    if isinstance(inner, Items):
        return cast("tuple[Concrete, ...]", inner.items)  # the resolver brings alternatives outside
    if isinstance(inner, ClassObject):
        from corslint.resolve.classes import members

        found = members(inner)
        return Unknown(str(inner), value.span, value.trail) if found is None else found
    if isinstance(inner, Mapping):
        names: list[Concrete] = []
        for name, _ in inner.pairs:
            if isinstance(name, OneOf):
                return Unknown("its keys depend on conditions", value.span)
            names.append(name)
        return tuple(distinct(names))
    if isinstance(inner, str):
        return tuple(Known(character, value.span) for character in inner)
    if is_thing(inner):
        return Unknown(str(inner), value.span, value.trail)
    return failed(what, TypeError(f"{inner!r} cannot be iterated over"), value.override, value.span)


def convert_kind(kind: Literal["list", "tuple", "set"], value: Concrete, span: Span | None) -> Concrete:
    """`list(x)`, `tuple(x)`, `set(x)`."""
    found = elements(value, f"`{kind}()`")
    if isinstance(found, Unknown):
        return found
    made = container(kind, found, span)
    if isinstance(made, Known) and isinstance(value, Known):
        return replace(made, trail=value.trail, override=value.override)
    return made


def ordered(value: Concrete, reverse: bool, span: Span | None) -> Concrete:
    """`sorted(x)`."""
    found = elements(value, "`sorted()`")
    if isinstance(found, Unknown):
        return found
    for item in found:
        if isinstance(item, Unknown):
            return item
    try:
        made = sorted(found, key=lambda item: plain(item), reverse=reverse)  # type: ignore[arg-type, return-value]
    except (TypeError, _Opaque) as error:
        return failed("`sorted()`", error, override(value), span)
    return Known(Items("list", tuple(made)), span, override=override(value))


def merged(left: Mapping, right: Mapping) -> Mapping:
    """`left | right`: later pairs win, first places stay."""
    pairs: list[tuple[Value[object], Value[object]]] = list(left.pairs)
    for name, value in right.pairs:
        pairs = stored(Mapping(tuple(pairs)), name, value)
    return Mapping(tuple(pairs))


def stored(mapping: Mapping, name: Value[object], value: Value[object]) -> list[tuple[Value[object], Value[object]]]:
    """The pairs after `mapping[name] = value`."""
    pairs = list(mapping.pairs)
    for index, (known, _) in enumerate(pairs):
        if isinstance(known, Known) and isinstance(name, Known) and _same(known.value, name.value):
            pairs[index] = (known, value)
            return pairs
    pairs.append((name, value))
    return pairs


def _same(left: object, right: object) -> bool:
    return left == right


# --- Operators.


def add(left: Concrete, right: Concrete, span: Span | None) -> Concrete:
    """`left + right`."""
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    one, other = left.value, right.value
    if isinstance(one, Items) and isinstance(other, Items):
        if one.kind != other.kind or one.kind == "set":
            return failed("`+`", TypeError(f"{one.kind} and {other.kind} do not add"), override(left, right), span)
        made = container(one.kind, (*one.items, *other.items), span)  # type: ignore[arg-type]
        if isinstance(made, Known):
            return replace(made, override=left.override or right.override, trail=_trail(left, right))
        return made
    if isinstance(one, (str, bytes, int, float)) and isinstance(other, (str, bytes, int, float)):
        return _joined(compute((left, right), lambda a, b: a + b, span, "`+`"), left, right)
    for operand in (left, right):
        if is_thing(operand.value):
            return Unknown(str(operand.value), span)
    return failed("`+`", TypeError("the operands do not add"), override(left, right), span)


def _joined(value: Concrete, *parts: Known[object]) -> Concrete:
    return replace(value, trail=_trail(*parts))


def _trail(*parts: Known[object]) -> tuple[Place, ...]:
    """The trails of several values as one; a sum of sums would double it each time."""
    return tuple(dict.fromkeys(place for part in parts for place in part.trail))[:MAX_TRAIL]


def operate(symbol: str, left: Concrete, right: Concrete, span: Span | None) -> Concrete:
    """A binary operator by its symbol."""
    if symbol == "+":
        return add(left, right, span)
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    one, other = left.value, right.value
    what = f"`{symbol}`"
    if symbol == "|" and isinstance(one, Mapping) and isinstance(other, Mapping):
        return Known(merged(one, other), span, override=left.override or right.override)
    if isinstance(one, Items) and isinstance(other, Items) and one.kind == other.kind == "set":
        return _set_operation(symbol, left, right, span)
    if symbol == "*":
        return _repeated(left, right, span)
    if symbol == "%" and isinstance(one, str):
        # A width or precision could ask for a text of any length.
        if re.search(r"%(?![sdr%])", one):
            return Unknown("its `%` formatting is not followed", span)
        return compute((left, right), lambda a, b: a % b, span, what)
    simple: dict[str, Callable[[Any, Any], object]] = {
        "-": lambda a, b: a - b,
        "/": lambda a, b: a / b,
        "//": lambda a, b: a // b,
        "%": lambda a, b: a % b,
    }
    numbers = (int, float)
    if symbol in simple and isinstance(one, numbers) and isinstance(other, numbers):
        return compute((left, right), simple[symbol], span, what)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return Unknown(f"{what} of numbers is not followed", span)
    for operand in (left, right):
        if is_thing(operand.value):
            return Unknown(str(operand.value), span)
    return failed(what, TypeError("the operands do not fit"), override(left, right), span)


def _set_operation(symbol: str, left: Known[object], right: Known[object], span: Span | None) -> Concrete:
    assert isinstance(left.value, Items)
    assert isinstance(right.value, Items)
    by = override(left, right) if symbol != "|" else left.override or right.override
    if symbol == "|":
        made = container("set", (*left.value.items, *right.value.items), span)  # type: ignore[arg-type]
        return replace(made, override=by) if isinstance(made, Known) else made
    keep: dict[str, Callable[[bool], bool]] = {"-": lambda inside: not inside, "&": lambda inside: inside}
    if symbol not in keep:
        return compute((left, right), lambda a, b: a ^ b, span, f"`{symbol}`")
    try:
        others = plain(right)
        kept = tuple(item for item in left.value.items if keep[symbol](plain(item) in others))  # type: ignore[operator]
    except (_Opaque, TypeError) as error:
        return error.unknown if isinstance(error, _Opaque) else failed(f"`{symbol}`", error, by, span)
    return Known(Items("set", kept), span, override=by)


def _repeated(left: Known[object], right: Known[object], span: Span | None) -> Concrete:
    one, other = left.value, right.value
    if isinstance(one, int) and not isinstance(other, int):
        left, right, one, other = right, left, other, one
    if not isinstance(other, int):
        return failed("`*`", TypeError("the operands do not fit"), override(left, right), span)
    times = max(int(other), 0)
    if isinstance(one, (str, bytes)):
        if len(one) * times > MAX_TEXT:
            return Unknown("`*` gives a very long text", span)
        return compute((left, right), lambda a, b: a * b, span, "`*`")
    if isinstance(one, Items) and one.kind != "set":
        if len(one.items) * times > MAX_ITEMS:
            return Unknown(f"it has more than {MAX_ITEMS} elements", span)
        return Known(Items(one.kind, one.items * times), span, override=left.override or right.override)
    if isinstance(one, (int, float)):
        if abs(one) > 1e12 or times > 1e12:
            return Unknown("`*` of large numbers is not followed", span)
        return compute((left, right), lambda a, b: a * b, span, "`*`")
    return failed("`*`", TypeError("the operands do not fit"), override(left, right), span)


def compare(symbol: str, left: Concrete, right: Concrete, span: Span | None) -> Concrete:
    """`==`, `<`, `in`, `is not` ... : `symbol` in one spelling, words apart by one space."""
    if symbol in ("is", "is not") and isinstance(right, Known) and right.value in (None, True, False):
        if isinstance(left, Unknown):
            return left
        same = left.value is right.value
        return Known(same if symbol == "is" else not same, span, override=left.override)
    tests: dict[str, Callable[[Any, Any], object]] = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "in": lambda a, b: a in b,
        "not in": lambda a, b: a not in b,
    }
    if symbol not in tests:
        return Unknown(f"`{symbol}` is not followed", span)
    return compute((left, right), tests[symbol], span, f"`{symbol}`")


def index(owner: Concrete, key: Concrete, span: Span | None) -> Value[object]:
    """`owner[key]`."""
    if isinstance(owner, Unknown):
        return owner
    inner = owner.value
    if isinstance(inner, Mapping) and (choice := chosen(inner, key, None, span)) is not None:
        return choice
    if isinstance(key, Unknown):
        return key
    if isinstance(inner, Mapping):
        if any(not isinstance(name, Known) for name, _ in inner.pairs):
            return Unknown("some of its keys are not known", span)
        found = inner.get(key.value)
        if found is None:
            return failed(f"the key {key.value!r}", KeyError(key.value), override(owner, key), span)
        return found
    if isinstance(inner, Items) and inner.kind != "set" and isinstance(key.value, int):
        try:
            item = inner.items[key.value]
            by = owner.override or key.override
            if by is not None and isinstance(item, Known) and item.override is None:
                return replace(item, override=by)
            return item
        except IndexError as error:
            return failed(f"the index {key.value}", error, override(owner, key), span)
    if isinstance(inner, ClassObject) and isinstance(key.value, str):
        from corslint.resolve.attributes import attribute

        member = attribute(owner, key.value, span or inner.evaluator.module.span(inner.node))
        if isinstance(member, Known) and isinstance(member.value, Member):
            return replace(member, override=key.override)
    return compute((owner, key), lambda a, b: a[b], span, "the index")


def cut(owner: Concrete, bounds: slice, span: Span | None) -> Concrete:
    """`owner[a:b:c]` with known bounds."""
    if isinstance(owner, Unknown):
        return owner
    inner = owner.value
    if isinstance(inner, Items) and inner.kind != "set":
        try:
            return Known(Items(inner.kind, inner.items[bounds]), span, owner.trail, owner.override)
        except (TypeError, ValueError) as error:
            return failed("the slice", error, owner.override, span)
    return compute((owner,), lambda a: a[bounds], span, "the slice")


# --- Methods of texts.

_SIMPLE_METHODS = frozenset({
    "lower", "upper", "casefold", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "removeprefix",
    "removesuffix", "startswith", "endswith", "isdigit", "isalpha", "isalnum", "isnumeric", "isspace", "find",
    "rfind", "count", "partition", "rpartition", "index", "islower", "isupper",
})  # fmt: skip
_PARTS = frozenset({"split", "rsplit", "splitlines"})
TEXT_METHODS = _SIMPLE_METHODS | _PARTS | {"replace", "format", "join"}
"""The methods of texts that are followed."""


def text_method(
    owner: Known[object], name: str, arguments: Sequence[Concrete], named: dict[str, Concrete], span: Span | None
) -> Concrete:
    """A method of a str. `span` is the place of the call."""
    text = owner.value
    assert isinstance(text, str)
    what = f"`.{name}()`"
    operands = (owner, *arguments, *named.values())
    for operand in operands:
        if isinstance(operand, Unknown):
            return operand
    by = override(*operands)
    if name == "join" and len(arguments) == 1 and not named:
        return _join(owner, arguments[0], span)
    try:
        given = [plain(value) for value in arguments]
        keywords = {key: plain(value) for key, value in named.items()}
        if name in _PARTS:
            pieces = getattr(text, name)(*given, **keywords)
            if len(pieces) > MAX_ITEMS:
                return Unknown(f"{what} gives more than {MAX_ITEMS} elements", span)
            found = tuple(_pieces(owner, pieces))
            return Known(Items("list", found), owner.span, owner.trail, by)
        if name == "replace":
            return _replaced(owner, given, keywords, span, by)
        if name == "format":
            if re.search(r"\{[^{}]*[.\[:!]|\{[^{}]*\{", text.replace("{{", "").replace("}}", "")):
                return Unknown(f"{what} with more than plain fields is not followed", span)
            if len(text) * (1 + max((len(str(v)) for v in (*given, *keywords.values())), default=0)) > MAX_TEXT * 10:
                return Unknown(f"{what} gives a very long text", span)
            result: object = text.format(*given, **keywords)
        elif name in _SIMPLE_METHODS:
            result = getattr(text, name)(*given, **keywords)
        else:
            return Unknown(f"{what} is not followed", span)
    except _Opaque as opaque:
        return opaque.unknown
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        return failed(what, error, by, span)
    if isinstance(result, str):
        return Known(result, _part(owner, result) or owner.span or span, owner.trail, by)
    return lift(result, span, by)


def _replaced(
    owner: Known[object], given: list[object], keywords: dict[str, object], span: Span | None, by: str | None
) -> Concrete:
    text = owner.value
    assert isinstance(text, str)
    if len(given) < 2 or not isinstance(given[0], str) or not isinstance(given[1], str):
        return failed("`.replace()`", TypeError("it takes two texts"), by, span)
    if len(text) + (text.count(given[0]) + 1) * len(given[1]) > MAX_TEXT:
        return Unknown("`.replace()` gives a very long text", span)
    result = text.replace(*given, **keywords)  # type: ignore[arg-type]
    return Known(result, owner.span or span, owner.trail, by)


def _join(owner: Known[object], items: Concrete, span: Span | None) -> Concrete:
    found = elements(items, "`.join()`")
    if isinstance(found, Unknown):
        return found
    texts: list[str] = []
    size = 0
    for item in found:
        if isinstance(item, Unknown):
            return item
        text = item.value.value if isinstance(item.value, Member) and item.value.is_data else item
        if not isinstance(text, Known) or not isinstance(text.value, str):
            return failed("`.join()`", TypeError("an element is no text"), override(items), span)
        texts.append(text.value)
        size += len(text.value) + len(str(owner.value))
        if size > MAX_TEXT:
            return Unknown("`.join()` gives a very long text", span)
    return Known(str(owner.value).join(texts), span, override=override(owner, items))


def _inner(owner: Known[object]) -> Span | None:
    """The place of the bare text inside its quotes, where the source spells it without escapes."""
    if owner.span is None or not isinstance(owner.value, str):
        return None
    written = owner.span.text
    if written == owner.value:
        return owner.span
    found = re.match(r"[A-Za-z]{0,2}('''|\"\"\"|'|\")", written)
    if found is None or not written.endswith(found[1]):
        return None
    start, end = owner.span.start + found.end(), owner.span.end - len(found[1])
    inner = Span(owner.span.source, start, end)
    return inner if start <= end and inner.text == owner.value else None


def _part(owner: Known[object], part: str) -> Span | None:
    """The place of a stretch of a text that stands in the source."""
    inner = _inner(owner)
    if inner is None or not part:
        return None
    at = inner.text.find(part)
    return None if at < 0 else Span(inner.source, inner.start + at, inner.start + at + len(part))


def _pieces(owner: Known[object], pieces: Sequence[str]) -> Iterator[Concrete]:
    """The pieces of a text in order, each with its own place where it can be told."""
    inner = _inner(owner)
    position = 0
    for piece in pieces:
        at = -1 if inner is None else inner.text.find(piece, position)
        if inner is None or at < 0:
            yield Known(piece, owner.span)
            continue
        position = at + len(piece)
        yield Known(piece, Span(inner.source, inner.start + at, inner.start + position) if piece else owner.span)


# --- Containers changed in place.


def change(owner: Concrete, method: str, arguments: Sequence[Concrete], span: Span | None) -> Concrete:
    """The container after a method that changes it, such as `append`."""
    if isinstance(owner, Unknown):
        return owner
    inner = owner.value
    if isinstance(inner, Mapping):
        return _change_mapping(owner, inner, method, arguments, span)
    if not isinstance(inner, Items):
        return failed(f"`.{method}()`", TypeError("the value has no such method"), owner.override, span)
    items: list[Concrete] = list(inner.items)  # type: ignore[arg-type]
    one = arguments[0] if arguments else None
    by = owner.override
    match (inner.kind, method, len(arguments)):
        case ("list", "append", 1) | ("set", "add", 1):
            assert one is not None
            items.append(one)
        case ("list", "extend", 1):
            assert one is not None
            more = elements(one, "`.extend()`")
            if isinstance(more, Unknown):
                return more
            items.extend(more)
            by = by or (one.override if isinstance(one, Known) else None)
        case ("set", "update", _):
            for argument in arguments:
                more = elements(argument, "`.update()`")
                if isinstance(more, Unknown):
                    return more
                items.extend(more)
        case ("list", "insert", 2):
            place, new = arguments
            if not isinstance(place, Known) or not isinstance(place.value, int):
                return Unknown("the place of `.insert()` is not known", span)
            items.insert(place.value, new)
        case ("list", "reverse", 0):
            items.reverse()
        case ("list" | "set", "clear", 0):
            items, by = [], None
        case ("list", "remove", 1) | ("set", "remove" | "discard", 1):
            assert one is not None
            try:
                wanted = plain(one)
                found = next((i for i, item in enumerate(items) if plain(item) == wanted), None)
            except _Opaque as opaque:
                return opaque.unknown
            by = override(owner, one)
            if found is not None:
                del items[found]
            elif method == "remove":
                return failed("`.remove()`", ValueError("the element is not there"), by, span)
        case ("list", "pop", 0 | 1):
            at = one.value if isinstance(one, Known) else -1 if one is None else None
            if not isinstance(at, int):
                return Unknown("the place of `.pop()` is not known", span)
            try:
                items.pop(at)
            except IndexError as error:
                return failed("`.pop()`", error, by, span)
        case ("list", "sort", 0):
            return ordered(owner, False, owner.span)
        case _:
            return Unknown(f"it is changed by `.{method}()`", span)
    made = container(inner.kind, items, owner.span)
    return replace(made, trail=owner.trail, override=by) if isinstance(made, Known) else made


def _change_mapping(
    owner: Known[object], inner: Mapping, method: str, arguments: Sequence[Concrete], span: Span | None
) -> Concrete:
    match (method, arguments):
        case ("update", [Known(value=Mapping() as more)]):
            return replace(owner, value=merged(inner, more))
        case ("setdefault", [Known() as name, *rest]) if len(rest) <= 1 and not _has_unknown_keys(inner):
            if inner.get(name.value) is not None:
                return owner
            return replace(owner, value=Mapping(tuple(stored(inner, name, rest[0] if rest else Known(None, span)))))
        case ("pop", [Known() as name, *rest]) if not _has_unknown_keys(inner):
            if inner.get(name.value) is None and not rest:
                return failed("`.pop()`", KeyError(name.value), owner.override, span)
            kept = tuple(p for p in inner.pairs if not (isinstance(p[0], Known) and p[0].value == name.value))
            return replace(owner, value=Mapping(kept))
        case ("clear", []):
            return replace(owner, value=Mapping(()), override=None)
    return Unknown(f"it is changed by `.{method}()`", span)


def _has_unknown_keys(mapping: Mapping) -> bool:
    return any(not isinstance(name, Known) for name, _ in mapping.pairs)


def store(owner: Concrete, key: Concrete, value: Value[object], span: Span | None) -> Concrete:
    """The container after `owner[key] = value`."""
    if isinstance(owner, Unknown):
        return owner
    if isinstance(key, Unknown):
        return key
    inner = owner.value
    if isinstance(inner, Mapping):
        return replace(owner, value=Mapping(tuple(stored(inner, key, value))))
    if (
        isinstance(inner, Items)
        and inner.kind == "list"
        and isinstance(key.value, int)
        and not isinstance(value, OneOf)
    ):
        items = list(inner.items)
        try:
            items[key.value] = value
        except IndexError as error:
            return failed("the index", error, owner.override, span)
        return replace(owner, value=Items("list", tuple(items)))
    return Unknown("an element of it is set", span)


def mapping_method(
    owner: Known[object], name: str, arguments: Sequence[Concrete], span: Span | None
) -> Value[object] | None:
    """A method of a dict that only reads; None for one that is not followed."""
    inner = owner.value
    assert isinstance(inner, Mapping)
    if name == "copy" and not arguments:
        return owner
    if _has_unknown_keys(inner) and name != "values":
        return Unknown("some of its keys are not known", span)
    match (name, arguments):
        case ("get", [key, *rest]) if len(rest) <= 1:
            found = chosen(inner, key, rest[0] if rest else Known(None, span), span)
            if found is not None or isinstance(key, Unknown):
                return found or key
            found = inner.get(key.value)
            return found if found is not None else rest[0] if rest else Known(None, span)
        case ("keys", []):
            return Known(Items("list", tuple(key for key, _ in inner.pairs)), span, owner.trail, owner.override)
        case ("values" | "items", []):
            if any(isinstance(value, OneOf) for _, value in inner.pairs):
                return Unknown("its values depend on conditions", span)
            items: list[Concrete] = [
                value if name == "values" else Known(Items("tuple", (key, value)), span)  # type: ignore[misc]
                for key, value in inner.pairs
            ]
            return Known(Items("list", tuple(items)), span, owner.trail, owner.override)
    return None


def from_json(value: Concrete, span: Span | None) -> Concrete:
    """`json.loads(text)`."""
    return compute((value,), json.loads, span, "`json.loads()`")


def shown(value: Known[object]) -> str | None:
    """What `str(value)` and an f-string make of a value; None where that is not followed."""
    inner = value.value
    if inner is None or isinstance(inner, (str, bool, int, float)):
        return str(inner)
    return inner.text if isinstance(inner, Url) else None


def is_true(value: Known[object]) -> bool:
    """Whether the value counts as true in a condition."""
    return truth(value.value)
