"""Objects of the standard library: `functools.partial`, `operator.attrgetter`, what `urlparse` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import ParseResult, SplitResult, urlparse, urlsplit

from corslint.resolve import callables, operations
from corslint.resolve.calls import Arguments
from corslint.resolve.libraries.use import Attribute, Method, Use, given
from corslint.resolve.objects import External
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Span
from corslint.values import Items, Known, Unknown, Value

_PARTS = {
    "urllib.parse.urlparse": ("scheme", "netloc", "path", "params", "query", "fragment"),
    "urllib.parse.urlsplit": ("scheme", "netloc", "path", "query", "fragment"),
}
_READ: Mapping[str, Callable[[str], ParseResult | SplitResult]] = {
    "urllib.parse.urlparse": urlparse,
    "urllib.parse.urlsplit": urlsplit,
}


def _partial(use: Use) -> Value[object] | None:
    if not use.owner.positional:
        return None
    function, *first = use.owner.positional
    passed = Arguments((*first, *use.arguments.positional), {**use.owner.named, **use.arguments.named})
    return chained(function, lambda one: callables.applied(use.evaluator, one, passed, use.frame, use.span))


def _attribute_getter(use: Use) -> Value[object] | None:
    from corslint.resolve.attributes import attribute

    names, values = use.owner.positional, use.arguments.positional
    if len(names) != 1 or len(values) != 1 or not isinstance(names[0], Known) or not isinstance(names[0].value, str):
        return None
    value = values[0]
    for name in names[0].value.split("."):

        def step(one: Concrete, name: str = name) -> Value[object]:
            return attribute(one, name, use.span) or Unknown(f"`.{name}` of it is not followed", use.span)

        value = chained(value, step)
    return value


def _item_getter(use: Use) -> Value[object] | None:
    keys, values = use.owner.positional, use.arguments.positional
    if len(keys) != 1 or len(values) != 1:
        return None
    return chained(values[0], lambda one: chained(keys[0], lambda key: operations.index(one, key, use.span)))


def _parse(use: Use) -> Value[object] | None:
    """`urlparse` called as a value."""
    if len(use.arguments.positional) != 1 or use.arguments.named:
        return None
    made = External(use.owner.name, use.evaluator, positional=use.arguments.positional)
    return Known(made, use.span, override=operations.override(*use.arguments.positional))


def _part(external: External, name: str, span: Span) -> Value[object] | None:
    """An attribute of what `urlparse` gives: https://docs.python.org/3/library/urllib.parse.html."""
    made = given(Arguments(external.positional, external.named), "url", "scheme", "allow_fragments")
    if made is None or set(made) != {"url"}:
        return None
    if name not in (*_PARTS[external.name], "hostname", "port", "username", "password"):
        return None
    read = _READ[external.name]
    return combined(
        [made["url"]],
        lambda picked: operations.compute(picked, lambda url: getattr(read(url), name), span, f"`.{name}`"),
    )


def _whole(use: Use) -> Value[object] | None:
    """`.geturl()`."""
    made = use.made("url", "scheme", "allow_fragments")
    if made is None or set(made) != {"url"} or use.arguments.positional:
        return None
    read = _READ[use.owner.name]
    return combined(
        [made["url"]],
        lambda picked: operations.compute(picked, lambda url: read(url).geturl(), use.span, "`.geturl()`"),
    )


def _piece(use: Use) -> Value[object] | None:
    """`urlparse(url)[1]`."""
    names = _PARTS[use.owner.name]
    parts = [_part(use.owner, name, use.span) for name in names]
    known = [part for part in parts if part is not None]
    if len(known) != len(names):
        return None

    def pick(picked: list[Concrete]) -> Value[object]:
        index, *texts = picked
        return operations.index(Known(Items("tuple", tuple(texts)), use.span), index, use.span)

    return combined([*use.arguments.positional, *known], pick)  # type: ignore[arg-type]


METHODS: Mapping[tuple[str, str], Method] = {
    ("functools.partial", "__call__"): _partial,
    ("operator.attrgetter", "__call__"): _attribute_getter,
    ("operator.itemgetter", "__call__"): _item_getter,
    **{(name, "parse"): _parse for name in _READ},
    **{(name, "geturl"): _whole for name in _READ},
    **{(name, "__getitem__"): _piece for name in _READ},
}
ATTRIBUTES: Mapping[str, Attribute] = dict.fromkeys(_READ, _part)
READY: Mapping[str, tuple[str, str]] = {name: (name, "parse") for name in _READ}
MAKERS = frozenset({"functools.partial", "operator.attrgetter", "operator.itemgetter", *_READ})
