"""Variables of CORS headers that nothing defines: nginx does not start with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corslint.resolve.nginx_blocks import Block, Configuration, Line, Rejection
from corslint.resolve.nginx_variables import is_built_in, names_in
from corslint.source import Source
from corslint.syntax.nginx import DIRECTIVES, parse

_GLOB = re.compile(r"(?:^|[\s{;])include\s[^;]*[*?\[]")
_GROUP = re.compile(r"\(\?P?[<'](\w+)[>']")
_LETTERS = re.compile(r"[a-z][a-z0-9_]*")


def unknown_variables(configuration: Configuration) -> Iterator[Rejection]:
    """The lines with such a variable, each once; none where another file or module may define it.

    A name in capitals is one that is filled in when the file is deployed.
    """
    expansion = configuration.expansion
    sources = [expansion.root, *expansion.sources.values()]
    is_whole = configuration.whole and not expansion.missing
    if not is_whole or any(_GLOB.search(one.text) or one.parsed(parse).tags for one in sources):
        return
    perhaps = frozenset(_perhaps_defined(sources))
    for line in _lines(configuration):
        for name in names_in(line.text):
            if not _LETTERS.fullmatch(name) or is_built_in(name) or name in perhaps:
                continue
            if name in configuration.definitions or name in configuration.assigned:
                continue
            if configuration.defined_elsewhere(name) is None:
                reason = f"nginx refuses `${name}` here: nothing gives that variable a value"
                yield Rejection(line.span, reason, cors=True)


def _lines(configuration: Configuration) -> Iterator[Line]:
    seen: set[int] = set()
    for http in configuration.https:
        for block in (http, *(inner for server in http.servers for inner in server.walk())):
            for line in _own(block):
                if line.is_cors and not line.word.templated and id(line.word) not in seen:
                    seen.add(id(line.word))
                    yield line


def _own(block: Block) -> Iterator[Line]:
    yield from (*block.own, *block.own_commands)
    for step in block.ifs:
        yield from (*step.block.own, *step.block.own_commands)


def _perhaps_defined(sources: Iterable[Source]) -> Iterator[str]:
    """The variables that directives we do not know, or groups of patterns, may define."""
    for source in sources:
        yield from _GROUP.findall(source.text)
        for directive in source.parsed(parse).walk():
            if directive.name.value not in DIRECTIVES:
                yield from (word.removeprefix("$") for word in directive.values if word.startswith("$"))
            yield from ([directive.name.value.removeprefix("$")] if directive.name.value.startswith("$") else [])
