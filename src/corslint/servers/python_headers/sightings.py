"""Where a module puts Access-Control-Allow-Origin on an answer: its functions followed, its constants looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corslint.finding import Unread
from corslint.resolve.python import Resolver
from corslint.servers.python_headers import terms, ways
from corslint.servers.python_headers.conditions import MethodIs, Test, both, negate
from corslint.servers.python_headers.frameworks import Surroundings
from corslint.servers.python_headers.terms import Bag, Line
from corslint.servers.python_headers.trace import Traced, Tracer
from corslint.servers.python_headers.ways import TooManyError
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.syntax.python import body_statements, dotted

if TYPE_CHECKING:
    import libcst as cst

_OPTIONS = MethodIs(frozenset({"OPTIONS"}))
_OPTIONS_HANDLERS = frozenset({"do_OPTIONS", "options", "on_options"})
_OTHER_HANDLERS = re.compile(r"^(?:do_(?!OPTIONS)[A-Z]+|get|post|put|patch|delete|on_(?:get|post|put|patch|delete))$")
_MENTIONS = re.compile(r"(?i)access[-_]control[-_]allow[-_]origin")
_SENT_HEADERS = re.compile(r"(?i)(?:response|cors|extra_response|default_response)_?headers")
_RECORDED = frozenset({"date", "server", "content-length", "etag", "x-request-id", "via", "cf-ray", "last-modified"})
"""Headers that nobody configures: a dict with one of them is what another server once answered."""
_TEST = re.compile(r"^(?:test|Test)|^(?:setUp|tearDown)$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Headers that a function, or a constant, puts on an answer."""

    function: cst.FunctionDef | None
    """The function that was followed; None for a constant of the module."""
    name: str
    lines: tuple[Line, ...]
    framework: str | None
    status: int | None = None
    only_options: bool = False
    """Whether these are headers of answers to OPTIONS and of no others."""

    @property
    def places(self) -> frozenset[int]:
        """Where Access-Control-Allow-Origin is set."""
        return frozenset(line.span.start for line in self.lines if line.name == ALLOW_ORIGIN)

    @property
    def first(self) -> Line:
        """The first line that sets Access-Control-Allow-Origin, in the function itself if there is one."""
        lines = [line for line in self.lines if line.name == ALLOW_ORIGIN]
        return next((line for line in lines if line.function == self.name), lines[0])


def of_functions(resolver: Resolver, around: Surroundings) -> Iterator[Candidate | Unread]:
    """What the functions of a module put on their answers, as each of them is followed by itself."""
    import libcst

    tracer = Tracer(resolver)
    traced: list[Traced] = []
    hot = _hot(resolver)
    for function in resolver.module.find(libcst.FunctionDef):
        outside = resolver.module.enclosing_function(function)
        if outside is None and function in hot and not _is_test(function, resolver):
            traced += tracer.trace(function)
    if tracer.is_exhausted:
        yield Unread(resolver.module.source.path, "sets headers in more code than is followed")
    for one in traced:
        yield from _candidates(one, traced, resolver, around)


def _is_test(function: cst.FunctionDef, resolver: Resolver) -> bool:
    owner = resolver.module.enclosing_class(function)
    names = [function.name.value, *([owner.name.value] if owner is not None else [])]
    return any(_TEST.search(name) for name in names)


def _hot(resolver: Resolver) -> set[cst.FunctionDef]:
    """The functions that mention the header, a constant that does, or one of those functions."""
    import libcst

    words = [_MENTIONS.pattern.removeprefix("(?i)")]
    module = resolver.module
    for node in module.walk():
        if not isinstance(node, libcst.Assign | libcst.AnnAssign):
            continue
        if module.enclosing_function(node) is None and _MENTIONS.search(module.span(node).text):
            target = node.target if isinstance(node, libcst.AnnAssign) else node.targets[0].target
            name = dotted(target)
            if name is not None:
                words.append(rf"\b{re.escape(name.rpartition('.')[2])}\b")
    functions = {function: module.span(function).text for function in module.find(libcst.FunctionDef)}
    hot: set[cst.FunctionDef] = set()
    for _ in range(4):
        pattern = re.compile("|".join(dict.fromkeys(words)), re.IGNORECASE)
        new = {function for function, text in functions.items() if function not in hot and pattern.search(text)}
        if not new:
            break
        hot |= new
        words = [rf"\b{re.escape(function.name.value)}\(" for function in new]
    return hot


def _candidates(
    traced: Traced, others: Sequence[Traced], resolver: Resolver, around: Surroundings
) -> Iterator[Candidate]:
    """The answers of one function, its answer to OPTIONS joined to each of the others."""
    bags = [bag for bag in traced.bags if _is_answer(bag)]
    route = around.route(traced.function)
    if traced.function.name.value in _OPTIONS_HANDLERS or (route is not None and route.methods == ("OPTIONS",)):
        preflights, mains = bags, []
    else:
        preflights = [bag for bag in bags if _only_options(bag)]
        mains = [bag for bag in bags if bag not in preflights]
    defaults = _defaults(traced, others, resolver)
    for bag in mains:
        lines = defaults + bag.lines
        handler = preflights[0] if preflights else _options_handler(traced, others, resolver)
        if handler is not None:
            lines = _guarded(negate(_OPTIONS), lines) + _guarded(_OPTIONS, handler.lines)
        status = None if handler is None else handler.status
        yield Candidate(traced.function, traced.name, tuple(lines), bag.framework, status)
    for bag in () if mains else preflights:
        lines = _guarded(_OPTIONS, bag.lines)
        yield Candidate(traced.function, traced.name, tuple(lines), bag.framework, bag.status, only_options=True)


def _guarded(test: Test, lines: Sequence[Line]) -> list[Line]:
    """The lines where they are only carried out if a test holds."""
    return [replace(line, when=both(test, line.when)) for line in lines]


def _is_answer(bag: Bag) -> bool:
    """Whether the header is set, and not only handed on from another server's answer."""
    leaves = [leaf for line in bag.lines if line.name == ALLOW_ORIGIN for leaf in terms.leaves(line.value)]
    return any(not (isinstance(leaf, terms.Header) and leaf.name == ALLOW_ORIGIN) for leaf in leaves)


def _only_options(bag: Bag) -> bool:
    """Whether the answer is one to OPTIONS and nothing else."""
    for method in ("GET", "POST"):
        for term, _ in ways.values(bag.lines):
            try:
                if any(not ways.is_absent(leaf) for _, leaf in ways.ways(term, (), method)):
                    return False
            except TooManyError:
                return False
    return True


def _options_handler(traced: Traced, others: Sequence[Traced], resolver: Resolver) -> Bag | None:
    """What the method of the same class answers that handles OPTIONS."""
    if not _OTHER_HANDLERS.match(traced.function.name.value):
        return None
    owner = resolver.module.enclosing_class(traced.function)
    for other in others:
        if other.function.name.value in _OPTIONS_HANDLERS and resolver.module.enclosing_class(other.function) is owner:
            return other.bags[0] if owner is not None and other.bags else None
    return None


def _defaults(traced: Traced, others: Sequence[Traced], resolver: Resolver) -> list[Line]:
    """What Tornado sets before any method of the same class runs."""
    owner = resolver.module.enclosing_class(traced.function)
    if owner is None or not _OTHER_HANDLERS.match(traced.function.name.value):
        return []
    for other in others:
        if (
            other.function.name.value == "set_default_headers"
            and resolver.module.enclosing_class(other.function) is owner
        ):
            return list(other.bags[0].lines) if other.bags else []
    return []


def of_constants(resolver: Resolver) -> Iterator[Candidate]:
    """Dicts of the module that hold the header: called after CORS, or the response headers of a configuration."""
    import libcst

    tracer = Tracer(resolver)
    for statement in body_statements(resolver.module.tree):
        if isinstance(statement, libcst.Assign | libcst.AnnAssign) and statement.value is not None:
            target = statement.target if isinstance(statement, libcst.AnnAssign) else statement.targets[0].target
            if isinstance(target, libcst.Name) and "cors" in target.value.lower():
                bag = tracer.constant_bag(target)
                if bag is not None and _is_answer(bag):
                    yield Candidate(None, target.value, tuple(bag.lines), None)
            elif isinstance(statement.value, libcst.Dict):
                for element in resolver.module.within(statement.value, libcst.DictElement):
                    key = _response_headers(resolver, element)
                    bag = (
                        tracer.nested_bag(element.value, key)
                        if key and isinstance(element.value, libcst.Dict)
                        else None
                    )
                    if key and bag is not None and _is_answer(bag):
                        yield Candidate(None, key, tuple(bag.lines), None)


def _response_headers(resolver: Resolver, element: cst.DictElement) -> str | None:
    """The key of a dict of headers that a program is told to send; None for others, also for a recorded answer."""
    import libcst

    if not isinstance(element.key, libcst.SimpleString) or not isinstance(element.value, libcst.Dict):
        return None
    key = element.key.raw_value
    names = {
        one.key.raw_value.lower()
        for one in element.value.elements
        if isinstance(one, libcst.DictElement) and isinstance(one.key, libcst.SimpleString)
    }
    return key if _SENT_HEADERS.fullmatch(key) and names.isdisjoint(_RECORDED) else None
