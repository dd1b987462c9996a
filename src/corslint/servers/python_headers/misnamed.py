"""Names of headers in a program that are nearly those of the CORS protocol, and that no browser reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from corslint.finding import Label, Unread
from corslint.misspelling import misspelt_header
from corslint.policy import Fact, Policy
from corslint.resolve.python import Resolver
from corslint.source import Span

_QUOTED = re.compile(r"[\"'](access-control-[a-z-]+)[\"']", re.IGNORECASE)


def told_of_names(resolver: Resolver, policies: Iterable[Policy | Unread]) -> Iterator[Policy | Unread]:
    """The policies of a file, with a fact for each such name in the function they are set in; the first for others."""
    found = list(policies)
    names = list(_misnamed(resolver)) if found and _are_there(resolver.module.source.text) else []
    taken: dict[int, list[Fact]] = {}
    for place, fact in names:
        own = (at for at, one in enumerate(found) if place is not None and one.span and place.touches(one.span))
        taken.setdefault(next(own, 0), []).append(fact)
    for at, one in enumerate(found):
        yield replace(one, facts=(*one.facts, *taken[at])) if at in taken and isinstance(one, Policy) else one


def _are_there(text: str) -> bool:
    return any(misspelt_header(name) for name in _QUOTED.findall(text))


def _misnamed(resolver: Resolver) -> Iterator[tuple[Span | None, Fact]]:
    """Each name as a fact, with the place of the function that it stands in."""
    import libcst

    module = resolver.module
    for node in module.find(libcst.SimpleString):
        text = node.evaluated_value
        name = text.decode("latin-1") if isinstance(text, bytes) else text
        if (meant := misspelt_header(name)) is not None:
            function = module.enclosing_function(node)
            yield (
                module.span(function) if function is not None else None,
                Fact(
                    "unknown-setting",
                    f"browsers know no header {name}, and go on without it",
                    (Label(module.span(node), "not read", primary=True),),
                    f"did you mean {meant}?",
                    name,
                    meant,
                ),
            )
