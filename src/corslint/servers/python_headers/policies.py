"""From the traces of a module's functions to policies: one for each function or constant that names an origin."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from corslint.finding import Label, Unread
from corslint.origins import Origins, Undecided
from corslint.policy import Fact, Policy, Preflight, Respond, Scope, Setting
from corslint.resolve.python import Resolver
from corslint.servers.python_headers import admission, terms
from corslint.servers.python_headers.admission import Reading, TooManyError, configurations, settled
from corslint.servers.python_headers.answer import FIELDS, Detail
from corslint.servers.python_headers.frameworks import PRODUCTS, Surroundings, how_to
from corslint.servers.python_headers.terms import Bag, Line, MethodIs, Test, both, negate
from corslint.servers.python_headers.trace import Traced, Tracer
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.source import Span
from corslint.syntax.python import body_statements, dotted
from corslint.values import Known, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

_OPTIONS = MethodIs(frozenset({"OPTIONS"}))
_OPTIONS_HANDLERS = frozenset({"do_OPTIONS", "options", "on_options"})
_OTHER_HANDLERS = re.compile(r"^(?:do_(?!OPTIONS)[A-Z]+|get|post|put|patch|delete|on_(?:get|post|put|patch|delete))$")
_MENTIONS = re.compile(r"(?i)access[-_]control[-_]allow[-_]origin")
_EVERYWHERE = Scope()
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


def policies(resolver: Resolver, server: str, respond: Respond) -> Iterator[Policy | Unread]:
    """The policies of one module, in the order of the source."""
    around = Surroundings(resolver)
    found: list[Candidate] = []
    for one in _of_functions(resolver, around):
        if isinstance(one, Unread):
            yield one
        else:
            found.append(one)
    constants = list(_of_constants(resolver))
    found += [one for one in constants if not any(one.places <= other.places for other in found)]
    if any(not one.only_options for one in found):
        found = [one for one in found if not one.only_options]
    groups: dict[frozenset[int], list[Candidate]] = defaultdict(list)
    for candidate in found:
        groups[candidate.places].append(candidate)
    kept: list[tuple[Candidate, Policy]] = []
    for candidates in groups.values():
        framework = next((one.framework for one in candidates if one.framework), None)
        candidates = [one if one.framework else replace(one, framework=framework) for one in candidates]
        kept += _chosen([(one, _policy(one, around, resolver, server, respond)) for one in candidates])
    seen: Counter[str] = Counter()
    told: list[object] = []
    for _, policy in sorted(kept, key=lambda pair: pair[1].span.start):
        if (policy.key, _gist(policy)) in told:
            continue
        told.append((policy.key, _gist(policy)))
        seen[policy.key] += 1
        count = seen[policy.key]
        yield replace(policy, key=f"{policy.key}#{count}") if count > 1 else policy


def _chosen(candidates: list[tuple[Candidate, Policy]]) -> list[tuple[Candidate, Policy]]:
    """Of several views on the same lines: the function by itself where it can be read so, else as it is called."""
    own = [pair for pair in candidates if pair[0].function is None or _is_own(pair[0])]
    others = [pair for pair in candidates if pair not in own]
    if own and not (_is_open(own[0][1]) and any(not _is_open(policy) for _, policy in others)):
        candidate, policy = own[0]
        if policy.preflight.answered_by == "unknown":
            for _, other in others:
                if other.preflight.answered_by == "product" and _same(policy, other):
                    return [(candidate, _with_preflight(policy, other))]
        return [(candidate, policy)]
    unique: list[tuple[Candidate, Policy]] = []
    for pair in others or own:
        if not any(_same(pair[1], policy) for _, policy in unique):
            unique.append(pair)
    decided = [pair for pair in unique if not _is_open(pair[1])]
    return decided or unique[:1]


def _with_preflight(policy: Policy, other: Policy) -> Policy:
    """A policy with what a caller of the function answers to OPTIONS."""
    settings = {name: getattr(other, name) for name in ("methods", "headers", "max_age", "exposed", "vary")}
    return replace(policy, preflight=other.preflight, detail=other.detail, **settings)


def _is_own(candidate: Candidate) -> bool:
    """Whether the lines stand in the function that was followed."""
    return candidate.first.function == candidate.name


def _is_open(policy: Policy) -> bool:
    ways = [way.value for way in alternatives(policy.origins.value)]
    return any(
        isinstance(way, Unknown) or any(isinstance(entry, Undecided) for entry in way.value.entries) for way in ways
    )


def _same(one: Policy, other: Policy) -> bool:
    """Whether two policies let in the same origins with the same credentials, wherever that is written."""
    return _gist(one) == _gist(other)


def _gist(policy: Policy) -> object:
    found: list[object] = []
    for way in alternatives(policy.origins.value):
        known = way.value.value.entries if isinstance(way.value, Known) else (way.value.reason,)
        found.append((way.conditions, tuple(one if isinstance(one, str) else replace(one, span=None) for one in known)))
    credentials = alternatives(policy.credentials.value)
    found += [(one.conditions, one.value.value if isinstance(one.value, Known) else None) for one in credentials]
    return found


# --- Candidates


def _of_functions(resolver: Resolver, around: Surroundings) -> Iterator[Candidate | Unread]:
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
        for term, _ in admission.values(bag.lines):
            try:
                if any(not admission.is_absent(leaf) for _, leaf in admission.ways(term, (), method)):
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


def _of_constants(resolver: Resolver) -> Iterator[Candidate]:
    """Dicts of the module that are called after CORS and hold the header."""
    import libcst

    tracer = Tracer(resolver)
    for statement in body_statements(resolver.module.tree):
        if isinstance(statement, libcst.Assign | libcst.AnnAssign) and statement.value is not None:
            target = statement.target if isinstance(statement, libcst.AnnAssign) else statement.targets[0].target
            if isinstance(target, libcst.Name) and "cors" in target.value.lower():
                bag = tracer.constant_bag(target)
                if bag is not None and _is_answer(bag):
                    yield Candidate(None, target.value, tuple(bag.lines), None)


# --- Policies


def _policy(candidate: Candidate, around: Surroundings, resolver: Resolver, server: str, respond: Respond) -> Policy:
    framework = candidate.framework or around.framework
    detail = Detail(candidate.lines, framework, admission.only_fails(candidate.lines))
    ways: list[tuple[tuple[Any, ...], Reading]] = []
    try:
        ways = [(conditions, admission.read(detail, conditions)) for conditions in configurations(candidate.lines)]
    except TooManyError:
        ways = [((), Reading(Unknown("it depends on too many conditions"), {}))]
    first = candidate.first
    own = first.function or first.constant
    origins: Value[Origins] = settled([(conditions, way.origins) for conditions, way in ways])
    settings: dict[str, Any] = {field: _setting(field, candidate, ways) for field in FIELDS}
    settings["vary"] = _vary(candidate, ways, around)
    settings["origins"] = Setting("Access-Control-Allow-Origin", origins, first.span)
    function = candidate.function
    preflight = Preflight("unknown", None, None, "it is not known who answers OPTIONS")
    if candidate.only_options:
        preflight = Preflight("unknown", None, None, "only OPTIONS is seen to be answered here")
    elif function is not None:
        preflight = around.preflight(function, candidate.lines, framework)
        if preflight.answered_by == "product" and preflight.status is None:
            preflight = replace(preflight, status=candidate.status)
        if preflight.answered_by == "product" and (name := _set_elsewhere(candidate, around)):
            preflight = Preflight("unknown", None, None, f"{name} is set elsewhere in the file")
        settings["on_errors"] = around.on_errors(function, framework)
    else:
        settings["on_errors"] = Setting(
            "errors", Unknown("it is not followed what errors are answered"), None, "default"
        )
    detail = replace(detail, read={name: setting.value for name, setting in settings.items()})
    return Policy(
        server=server,
        product=PRODUCTS.get(framework or "", "Python"),
        name=f"headers set in `{own}`" if first.function else f"headers in `{own}`",
        key=f"headers@{own}",
        span=first.span,
        **settings,
        respond_with=respond,
        preflight=preflight,
        scope=around.scope(function) if function is not None and first.function == candidate.name else _EVERYWHERE,
        facts=tuple(_facts(candidate, settings, framework)),
        how_to=how_to(framework),
        detail=detail,
    )


def _set_elsewhere(candidate: Candidate, around: Surroundings) -> str | None:
    """A header of preflights that the file speaks of, but not among these lines."""
    names = {line.name for line in candidate.lines}
    for name in (FIELDS["methods"], FIELDS["headers"]):
        if name not in names and name in around.text:
            return _title(name)
    return None


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _setting(field: str, candidate: Candidate, ways: Sequence[tuple[tuple[Any, ...], Reading]]) -> Setting[Any]:
    header = FIELDS[field]
    name = _title(header)
    line = next((line for line in candidate.lines if line.name == header), None)
    value = settled([(conditions, _made(field, way.texts.get(header, Known(None)))) for conditions, way in ways])
    if line is None:
        return Setting(name, value, None, "default")
    return Setting(name, value, line.span)


def _made(field: str, text: Known[str | None] | Unknown) -> Known[Any] | Unknown:
    """What a header's text says, in the form the setting has."""
    if isinstance(text, Unknown):
        return text
    written = text.value
    made: object = written
    match field:
        case "methods" | "headers" | "exposed":
            made = None if written is None else tuple(part for item in written.split(",") if (part := item.strip()))
        case "max_age":
            is_number = written is not None and re.fullmatch(r"\d{1,18}", written) is not None
            made = int(written) if is_number and written is not None else written
        case "private_network":
            made = written == "true"
    return Known(made, text.span, text.trail, text.override)


def _vary(candidate: Candidate, ways: Sequence[tuple[tuple[Any, ...], Reading]], around: Surroundings) -> Setting[bool]:
    line = next((line for line in candidate.lines if line.name == "vary"), None)
    if line is None:
        value: Value[bool] = Known(False)
        if around.speaks_of_vary:
            value = Unknown("`Vary` is set elsewhere in the file")
        return Setting("Vary", value, None, "default")
    found: list[tuple[tuple[Any, ...], Known[bool] | Unknown]] = []
    for conditions, way in ways:
        text = way.texts.get("vary", Known(None))
        if isinstance(text, Known):
            names = {name.strip().lower() for name in (text.value or "").split(",")}
            found.append((conditions, Known(not names.isdisjoint(("origin", "*")), line.span)))
        else:
            found.append((conditions, text))
    return Setting("Vary", settled(found), line.span)


def _facts(candidate: Candidate, settings: dict[str, Any], framework: str | None) -> Iterator[Fact]:
    if framework not in ("starlette", "asgi"):
        return
    for line in candidate.lines:
        for leaf in admission.constants(line.value):
            if isinstance(leaf, bool):
                span: Span = line.shown or line.span
                yield Fact(
                    "rejected-configuration",
                    f"every answer fails: Starlette sends texts only, and this is `{leaf}`",
                    (Label(span, "no text", primary=True),),
                    'write it as a text: "true"',
                    line.name,
                )
