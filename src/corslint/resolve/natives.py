"""Functions and classes of Python and of libraries that make a value of plain values, by qualified name."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urljoin

from corslint.resolve import operations
from corslint.resolve.objects import Native
from corslint.resolve.operations import Concrete
from corslint.source import Span
from corslint.values import Items, Known, OneOf, Unknown
from corslint.values import Mapping as Pairs

Function: TypeAlias = Callable[[Sequence[Concrete], Span], "Concrete | None"]
"""Makes a value of the positional arguments; None for a form that is not followed."""
_METHODS = "builtins.str."
_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


def native(name: str) -> Known[object] | None:
    """The function that goes by a qualified name; None where it is not followed."""
    method = name.removeprefix(_METHODS)
    followed = name in NATIVES or (method != name and method in operations.TEXT_METHODS)
    return Known(Native(name)) if followed else None


def applied(name: str, given: Sequence[Concrete], span: Span) -> Concrete | None:
    """What a function gives for these arguments; None for a form that is not followed."""
    for one in given:
        if isinstance(one, Unknown):
            return one
    if name in NATIVES:
        return NATIVES[name](given, span)
    method = name.removeprefix(_METHODS)
    if not given or not isinstance(given[0], Known):
        return None
    if not isinstance(given[0].value, str):
        return operations.failed(f"`str.{method}()`", TypeError("it is no text"), operations.override(*given), span)
    return operations.text_method(given[0], method, given[1:], {}, span)


def split(text: Known[object], delimiters: str) -> Concrete:
    """The parts between any of the delimiters as `shlex` tells them, which knows quotes and comments.

    As decouple and Starlette have it: `shlex(text, posix=True)` with `whitespace_split`. Empty parts are left out.
    """
    if not isinstance(text.value, str):
        return operations.failed("splitting it", TypeError("it is no text"), text.override, text.span)
    if len(delimiters) == 1 and not re.search(r"""["'\\#\n]""", text.value):
        found = operations.text_method(text, "split", [Known(delimiters)], {}, text.span)
        if isinstance(found, Known) and isinstance(found.value, Items):
            kept = tuple(one for one in found.value.items if isinstance(one, Known) and one.value)
            return replace(found, value=Items("list", kept))
        return found

    def carry_out(value: str) -> list[str]:
        splitter = shlex.shlex(value, posix=True)
        splitter.whitespace, splitter.whitespace_split = delimiters, True
        return list(splitter)

    found = operations.compute([text], carry_out, text.span, "splitting it")
    return replace(found, trail=text.trail)


def _text(given: Sequence[Concrete], span: Span) -> Concrete | None:
    if not given:
        return Known("", span)
    one = given[0]
    if len(given) != 1 or isinstance(one, Unknown):
        return None
    text = operations.shown(one)
    if text is None:
        return Unknown("`str()` of it is not followed", span)
    return Known(text, one.span, one.trail, one.override)


def _truth(given: Sequence[Concrete], span: Span) -> Concrete | None:
    if not given:
        return Known(False, span)
    one = given[0]
    if len(given) != 1 or isinstance(one, Unknown):
        return None
    return Known(operations.is_true(one), span, one.trail, operations.override(one))


def _container(kind: Literal["list", "tuple", "set"]) -> Function:
    def make(given: Sequence[Concrete], span: Span) -> Concrete | None:
        if len(given) > 1:
            return None
        return operations.convert_kind(kind, given[0], span) if given else Known(Items(kind, ()), span)

    return make


def _dict(given: Sequence[Concrete], span: Span) -> Concrete | None:
    if not given:
        return Known(Pairs(()), span)
    one = given[0]
    return one if len(given) == 1 and isinstance(one, Known) and isinstance(one.value, Pairs) else None


def _plain(make: Callable[..., object], *, name: str = "", least: int = 1, most: int = 1) -> Function:
    def carry_out(given: Sequence[Concrete], span: Span) -> Concrete | None:
        if not least <= len(given) <= most:
            return None
        found = operations.compute(given, make, span, f"`{name or make.__name__}()`")
        one = given[0] if given else None
        return replace(found, trail=one.trail) if isinstance(one, Known) else found

    return carry_out


def _says_yes(text: str) -> int:
    """https://docs.python.org/3.11/distutils/apiref.html#distutils.util.strtobool."""
    if text.lower() in _TRUE | _FALSE:
        return int(text.lower() in _TRUE)
    raise ValueError(f"{text!r} says neither yes nor no")


def _decouple_says_yes(text: object) -> bool:
    """https://github.com/HBNetwork/python-decouple/blob/v3.8/decouple.py."""
    return text if isinstance(text, bool) else bool(_says_yes(text))  # type: ignore[arg-type]


def _comma_separated(given: Sequence[Concrete], span: Span) -> Concrete | None:
    """`CommaSeparatedStrings`: https://github.com/encode/starlette/blob/0.47.0/starlette/datastructures.py."""
    one = given[0] if len(given) == 1 else None
    if not isinstance(one, Known):
        return None
    if not isinstance(one.value, str):
        return operations.convert_kind("list", one, span)
    parts = split(one, ",")
    if isinstance(parts, Unknown) or not isinstance(parts.value, Items):
        return parts
    texts = (part for part in parts.value.items if isinstance(part, Known))
    stripped = tuple(operations.text_method(part, "strip", [], {}, span) for part in texts)
    return replace(parts, value=Items("list", stripped))


def _turns(make: Callable[[Sequence[tuple[Concrete, ...]]], Iterable[Concrete]], what: str) -> Function:
    """A function that iterates over its arguments; what it gives is taken for a list."""

    def carry_out(given: Sequence[Concrete], span: Span) -> Concrete | None:
        parts: list[tuple[Concrete, ...]] = []
        for one in given:
            found = operations.elements(one, what)
            if isinstance(found, Unknown):
                return found
            parts.append(found)
        made = operations.container("list", list(make(parts)), span)
        by = next((one.override for one in given if isinstance(one, Known) and one.override), None)
        return replace(made, override=by) if isinstance(made, Known) else made

    return carry_out


def _tuple(*parts: Concrete) -> Concrete:
    return Known(Items("tuple", parts))


def _enumerated(given: Sequence[Concrete], span: Span) -> Concrete | None:
    start = given[1].value if len(given) == 2 and isinstance(given[1], Known) else 0
    if not 1 <= len(given) <= 2 or not isinstance(start, int):
        return None
    number = _turns(lambda parts: [_tuple(Known(i), one) for i, one in enumerate(parts[0], start)], "`enumerate()`")
    return number(given[:1], span)


def _range(given: Sequence[Concrete], span: Span) -> Concrete | None:
    def numbers(*bounds: int) -> list[int]:
        found = range(*bounds)
        if len(found) > operations.MAX_ITEMS:
            raise ValueError("it is very long")
        return list(found)

    return operations.compute(given, numbers, span, "`range()`") if given else None


def _from_keys(given: Sequence[Concrete], span: Span) -> Concrete | None:
    if not 1 <= len(given) <= 2:
        return None
    names = operations.convert_kind("list", given[0], span)
    if not isinstance(names, Known) or not isinstance(names.value, Items):
        return names
    value: Concrete = given[1] if len(given) == 2 else Known(None, span)
    items = [one for one in names.value.items if not isinstance(one, OneOf)]
    pairs = tuple((name, value) for name in operations.distinct(items))
    return Known(Pairs(pairs), span, override=names.override)


def _next(given: Sequence[Concrete], span: Span) -> Concrete | None:
    if not 1 <= len(given) <= 2:
        return None
    found = operations.elements(given[0], "`next()`")
    if isinstance(found, Unknown):
        return found
    if found:
        by = operations.override(given[0])
        first = found[0]
        return replace(first, override=first.override or by) if isinstance(first, Known) else first
    return given[1] if len(given) == 2 else operations.failed("`next()`", StopIteration(), None, span)


_STRTOBOOL = _plain(_says_yes, name="strtobool")
NATIVES: Mapping[str, Function] = {
    "builtins.str": _text,
    "builtins.bool": _truth,
    "builtins.int": _plain(int, least=0, most=2),
    "builtins.float": _plain(float, least=0),
    "builtins.len": _plain(len),
    "builtins.list": _container("list"),
    "builtins.tuple": _container("tuple"),
    "builtins.set": _container("set"),
    "builtins.frozenset": _container("set"),
    "builtins.dict": _dict,
    "builtins.sorted": lambda given, span: operations.ordered(given[0], False, span) if len(given) == 1 else None,
    "builtins.enumerate": _enumerated,
    "builtins.zip": _turns(lambda parts: [_tuple(*row) for row in zip(*parts, strict=False)], "`zip()`"),
    "builtins.reversed": _turns(lambda parts: reversed(parts[0]) if len(parts) == 1 else (), "`reversed()`"),
    "builtins.range": _range,
    "builtins.next": _next,
    "builtins.max": _plain(max, most=20),
    "builtins.min": _plain(min, most=20),
    "builtins.dict.fromkeys": _from_keys,
    "json.loads": lambda given, span: operations.from_json(given[0], span) if len(given) == 1 else None,
    "ast.literal_eval": _plain(ast.literal_eval),
    "re.escape": _plain(re.escape),
    "shlex.split": _plain(shlex.split),
    "urllib.parse.urljoin": _plain(urljoin, least=2, most=2),
    "urllib.parse.quote": _plain(quote, most=2),
    "urllib.parse.quote_plus": _plain(quote_plus, most=2),
    "urllib.parse.unquote": _plain(unquote),
    "urllib.parse.unquote_plus": _plain(unquote_plus),
    "distutils.util.strtobool": _STRTOBOOL,
    "setuptools._distutils.util.strtobool": _STRTOBOOL,
    "setuptools.distutils.util.strtobool": _STRTOBOOL,
    "decouple.strtobool": _plain(_decouple_says_yes, name="strtobool"),
    "starlette.datastructures.CommaSeparatedStrings": _comma_separated,
    "starlette.config.CommaSeparatedStrings": _comma_separated,
}
