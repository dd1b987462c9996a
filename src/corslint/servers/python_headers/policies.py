"""From the traces of a module's functions to policies: one for each function or constant that names an origin."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corslint.finding import Label, Unread
from corslint.origins import Origins, Undecided
from corslint.policy import Fact, Policy, Preflight, Respond, Scope, Setting
from corslint.resolve.conditions import Conditions
from corslint.resolve.python import Resolver
from corslint.servers.python_headers import readings, ways
from corslint.servers.python_headers.answer import FIELDS, Detail
from corslint.servers.python_headers.frameworks import PRODUCTS, UNKNOWN_ERRORS, Surroundings, how_to
from corslint.servers.python_headers.layers import second_layers
from corslint.servers.python_headers.published import is_published
from corslint.servers.python_headers.readings import Reading, configurations, settled
from corslint.servers.python_headers.sightings import Candidate, of_constants, of_functions
from corslint.servers.python_headers.ways import TooManyError
from corslint.source import Span
from corslint.values import Known, Unknown, Value, alternatives

_EVERYWHERE = Scope()


def policies(resolver: Resolver, server: str, respond: Respond) -> Iterator[Policy | Unread]:
    """The policies of one module, in the order of the source."""
    around = Surroundings(resolver)
    found: list[Candidate] = []
    for one in of_functions(resolver, around):
        if isinstance(one, Unread):
            yield one
        else:
            found.append(one)
    constants = list(of_constants(resolver))
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


def _policy(candidate: Candidate, around: Surroundings, resolver: Resolver, server: str, respond: Respond) -> Policy:
    framework = candidate.framework or around.framework
    detail = Detail(candidate.lines, framework, ways.only_fails(candidate.lines))
    try:
        found = [(conditions, readings.read(detail, conditions)) for conditions in configurations(candidate.lines)]
    except TooManyError:
        found = [((), Reading(Unknown("it depends on too many conditions"), {}))]
    first = candidate.first
    own = first.function or first.constant
    origins: Value[Origins] = settled([(conditions, way.origins) for conditions, way in found])
    settings: dict[str, Any] = {field: _setting(field, candidate, found) for field in FIELDS}
    settings["vary"] = _vary(candidate, found, around)
    settings["origins"] = Setting("Access-Control-Allow-Origin", origins, first.span)
    function = candidate.function
    settings["on_errors"] = UNKNOWN_ERRORS if function is None else around.on_errors(function, framework)
    is_everywhere = function is not None and around.is_for_every_answer(function, framework)
    detail = replace(
        detail, refuses_with_headers=is_everywhere, read={name: setting.value for name, setting in settings.items()}
    )
    return Policy(
        server=server,
        product=PRODUCTS.get(framework or "", "Python"),
        name=f"headers set in `{own}`" if first.function else f"headers in `{own}`",
        key=f"headers@{own}",
        span=first.span,
        **settings,
        respond_with=respond,
        preflight=_preflight(candidate, around, framework),
        scope=_scope(candidate, around),
        facts=(*_facts(candidate, settings, framework), *second_layers(candidate, around, framework)),
        how_to=how_to(framework),
        detail=detail,
    )


def _scope(candidate: Candidate, around: Surroundings) -> Scope:
    """The paths that are answered with the headers, and whether what is there is published."""
    if candidate.function is None:
        return _EVERYWHERE
    scope = around.scope(candidate.function) if candidate.first.function == candidate.name else _EVERYWHERE
    return replace(scope, is_published=is_published(around.resolver, candidate.function))


def _preflight(candidate: Candidate, around: Surroundings, framework: str | None) -> Preflight:
    if candidate.only_options:
        return Preflight("unknown", None, None, "only OPTIONS is seen to be answered here")
    if candidate.function is None:
        return Preflight("unknown", None, None, "it is not known who answers OPTIONS")
    preflight = around.preflight(candidate.function, candidate.lines, framework)
    if preflight.answered_by == "product":
        if name := _set_elsewhere(candidate, around):
            return Preflight("unknown", None, None, f"{name} is set elsewhere in the file")
        if preflight.status is None:
            return replace(preflight, status=candidate.status)
    return preflight


def _set_elsewhere(candidate: Candidate, around: Surroundings) -> str | None:
    """A header of preflights that the file speaks of, but not among these lines."""
    names = {line.name for line in candidate.lines}
    for name in (FIELDS["methods"], FIELDS["headers"]):
        if name not in names and name in around.text:
            return _title(name)
    return None


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _setting(field: str, candidate: Candidate, found: Sequence[tuple[Conditions, Reading]]) -> Setting[Any]:
    header = FIELDS[field]
    name = _title(header)
    line = next((line for line in candidate.lines if line.name == header), None)
    value = settled([(conditions, _made(field, way.texts.get(header, Known(None)))) for conditions, way in found])
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


def _vary(candidate: Candidate, found: Sequence[tuple[Conditions, Reading]], around: Surroundings) -> Setting[bool]:
    line = next((line for line in candidate.lines if line.name == "vary"), None)
    if line is None:
        value: Value[bool] = Known(False)
        if around.speaks_of_vary:
            value = Unknown("`Vary` is set elsewhere in the file")
        return Setting("Vary", value, None, "default")
    varies: list[tuple[Conditions, Known[bool] | Unknown]] = []
    for conditions, way in found:
        text = way.texts.get("vary", Known(None))
        if isinstance(text, Known):
            names = {name.strip().lower() for name in (text.value or "").split(",")}
            varies.append((conditions, Known(not names.isdisjoint(("origin", "*")), line.span)))
        else:
            varies.append((conditions, text))
    return Setting("Vary", settled(varies), line.span)


def _facts(candidate: Candidate, settings: dict[str, Any], framework: str | None) -> Iterator[Fact]:
    if framework not in ("starlette", "asgi"):
        return
    for line in candidate.lines:
        for leaf in ways.constants(line.value):
            if isinstance(leaf, bool):
                span: Span = line.shown or line.span
                yield Fact(
                    "rejected-configuration",
                    f"every answer fails: Starlette sends texts only, and this is `{leaf}`",
                    (Label(span, "no text", primary=True),),
                    'write it as a text: "true"',
                    line.name,
                )
