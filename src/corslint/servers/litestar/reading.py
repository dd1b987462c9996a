"""From a CORSConfig in a program to its policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from corslint.called import Called, Changes, called, environment_of, instead_of, owner_of, where_unset
from corslint.collect import Project
from corslint.finding import Label
from corslint.mistyped import LETTERS, text_for_flag, text_for_list, variable_for_list
from corslint.options import Option
from corslint.origins import AnyOrigin, Exact, Null
from corslint.policy import Fact, HowTo, Policy, Preflight, Setting
from corslint.releases import release_of
from corslint.resolve.python import Reached, Resolver
from corslint.servers.litestar.answer import Detail, Moment, respond
from corslint.servers.litestar.options import PARAMETERS, Reading
from corslint.servers.litestar.versions import behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Items, Known, alternatives, spread

if TYPE_CHECKING:
    import libcst as cst

_CLASS = "litestar.config.cors.CORSConfig"
_HOW_TO = HowTo(
    list_origins='allow_origins=["https://app.example.com"]',
    match_origins='allow_origin_regex=r"PATTERN"',
    drop_credentials="allow_credentials=False",
)


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """A policy for each CORSConfig that is made in one file."""
    seen: Counter[str] = Counter()
    calls = [call for call in resolver.module.calls() if _is_class(resolver, call.func)]
    applications = _applications(resolver) if calls else {}
    changes = Changes(resolver)
    for call in calls:
        reached = resolver.reached(call)
        if reached is not None:
            name = resolver.module.assigned(call)
            target = applications.get(call, "") or applications.get(name, "")
            owner = owner_of(resolver, call, target or name or "")
            seen[owner] += 1
            key = f"CORSConfig@{owner}" + (f"#{seen[owner]}" if seen[owner] > 1 else "")
            yield _policy(project, resolver, call, reached, key, target, changes)


def _is_class(resolver: Resolver, node: cst.BaseExpression) -> bool:
    if resolver.refers(node, {_CLASS}):
        return True
    return (dotted(node) or "").endswith("CORSConfig") and _CLASS in resolver.imports.qualified(node)


def _applications(resolver: Resolver) -> dict[cst.BaseExpression | str | None, str]:
    """The applications that get an object as `cors_config`, as the source calls them, by the object and its name."""
    import libcst

    found: dict[cst.BaseExpression | str | None, str] = {}
    for argument in resolver.module.find(libcst.Arg):
        if argument.keyword is not None and argument.keyword.value == "cors_config":
            holder = resolver.module.parent(argument)
            target = (resolver.module.assigned(holder) or "") if holder is not None else ""
            found[argument.value] = target
            if (name := dotted(argument.value)) is not None:
                found[name] = target
    return found


def _policy(
    project: Project,
    resolver: Resolver,
    call: cst.Call,
    reached: Reached,
    key: str,
    target: str,
    changes: Changes,
) -> Policy:
    where = resolver.module.span(call)
    release = release_of(project, resolver.module.source.path, "litestar")
    how = behaviour(release.version if release else None)
    given = called(resolver, call, PARAMETERS, reached)
    options = given.filled(PARAMETERS)
    options = {**options, **changes.later(call, PARAMETERS, options)}
    reading = Reading(how, options, where)
    refused = list(_refused(given, reading))
    return Policy(
        server="litestar",
        product="Litestar",
        name=f"CORSConfig of `{target}`" if target else "CORSConfig",
        key=key,
        span=where,
        **reading.settings(),
        respond_with=respond,
        preflight=Preflight("product", 204, where),
        environment=environment_of(reached),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*(fact for _, fact in refused), *_shadowed(reading), *_mistyped(options), *_unset(reading)),
        how_to=_how_to(reading),
        conditions=reached.conditions,
        detail=Detail(frozenset(moment for when, _ in refused for moment in when)),
    )


def _how_to(reading: Reading) -> HowTo:
    regex = reading.option("allow_origin_regex")
    if regex.given == "default" or (isinstance(regex.value, Known) and regex.value.value is None):
        return _HOW_TO
    return replace(_HOW_TO, close_others=("allow_origin_regex=None",))


def _refused(given: Called, reading: Reading) -> Iterator[tuple[frozenset[Moment], Fact]]:
    """What the class raises with, each with when it does."""
    at_start: frozenset[Moment] = frozenset({"start"})
    for option in given.strange:
        why, help_ = f"CORSConfig takes no `{option.name}`", instead_of(option.name, PARAMETERS)
        yield at_start, _rejected(at_start, why, option.span or reading.where, help_, option.name)
    if given.surplus is not None:
        why, help_ = f"CORSConfig takes {len(PARAMETERS)} values", "give each value by its name"
        yield at_start, _rejected(at_start, why, given.surplus, help_)
    for one in reading.rejections():
        help_ = f"give `{one.option.name}` what the documentation asks for"
        yield one.when, _rejected(one.when, one.why, one.option.span or reading.where, help_, one.option.name)


def _rejected(when: frozenset[Moment], why: str, place: Span, help_: str, setting: str = "") -> Fact:
    fails = "the application does not start" if "start" in when else "every request of another site fails"
    if when == {"preflights"}:
        fails = "every preflight fails"
    return Fact("rejected-configuration", f"{fails}: {why}", (Label(place, why, primary=True),), help_, setting)


def _mistyped(options: dict[str, Option]) -> Iterator[Fact]:
    """Texts where a list is gone through, or where a yes or a no is asked for."""
    if "allow_credentials" in options:
        yield from text_for_flag(options["allow_credentials"])
    for name in ("allow_origins", "allow_methods", "allow_headers", "expose_headers"):
        if name in options:
            yield from text_for_list(options[name], LETTERS)
    if "allow_origins" in options:
        yield from variable_for_list(options["allow_origins"], LETTERS)


def _unset(reading: Reading) -> Iterator[Fact]:
    """Variables without a default among the origins: Litestar takes None for a text, and fails."""
    for way in () if reading.is_open() else alternatives(spread(reading.option("allow_origins").value)):
        if isinstance(way.value, Known) and isinstance(way.value.value, Items):
            for item in way.value.value.items:
                fails = "every request of another site fails"
                yield from where_unset(item, fails, "text", "allow_origins", way.conditions, is_said=True)


def _shadowed(reading: Reading) -> Iterator[Fact]:
    """Origins that make no difference, as `*` is among them: also where it is so for want of a list."""
    if not reading.is_open():
        return
    origins: Setting[object] = reading.settings()["origins"]  # type: ignore[assignment]
    ways = [way.value for way in alternatives(origins.value)]
    entries = getattr(ways[0].value, "entries", ()) if len(ways) == 1 and isinstance(ways[0], Known) else ()
    spans = [one.span for one in entries if isinstance(one, (Exact, Null)) and one.span is not None]
    regex, listed = reading.option("allow_origin_regex"), reading.option("allow_origins")
    if regex.given != "default" and regex.span and not (isinstance(regex.value, Known) and not regex.value.value):
        spans.append(regex.span)
    everyone = next((one.span for one in entries if isinstance(one, AnyOrigin) and one.span), listed.span)
    if not spans or everyone is None:
        return
    by_default = listed.given == "default"
    yield Fact(
        "shadowed-setting",
        "the regular expression makes no difference: without `allow_origins` every origin gets in"
        if by_default
        else "the origins named here make no difference: `*` lets every origin in",
        (
            *(Label(span, "has no effect", primary=number == 0) for number, span in enumerate(spans)),
            Label(everyone, "names no origins, which lets every origin in" if by_default else "lets every origin in"),
        ),
        "write `allow_origins=[]` beside it" if by_default else 'remove `"*"`, or the rest if every origin is meant',
        "allow_origins",
    )
