"""From CORSMiddleware and `cors_enable` in a program to policies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corslint.called import Called, called, environment_of, instead_of, never_starts, owner_of, where_unset
from corslint.collect import Project
from corslint.finding import Label, Severity
from corslint.options import Option
from corslint.policy import Fact, HowTo, Policy, Preflight
from corslint.releases import Release, release_of
from corslint.resolve.python import Argument, Reached, Resolver
from corslint.resolve.ways import under
from corslint.servers.falcon.answer import Detail, respond
from corslint.servers.falcon.options import Reading
from corslint.servers.falcon.versions import FIRST_RELEASES, Behaviour, behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Known, Unknown, Value, alternatives, truth

if TYPE_CHECKING:
    import libcst as cst

_CLASS = frozenset({"falcon.CORSMiddleware", "falcon.middleware.CORSMiddleware"})
_APPLICATIONS = frozenset(
    {
        "falcon.App",
        "falcon.app.App",
        "falcon.API",
        "falcon.api.API",
        "falcon.asgi.App",
        "falcon.asgi.app.App",
    }
)
_HOW_TO = HowTo(
    list_origins='allow_origins=["https://app.example.com"]',
    drop_credentials="allow_credentials=None",
    send_vary=(
        'add a middleware with a `process_response` that does `resp.append_header("Vary", "Origin")`; '
        "Falcon has no setting for it"
    ),
)
_ENABLED = replace(
    _HOW_TO,
    list_origins='middleware=falcon.CORSMiddleware(allow_origins=["https://app.example.com"]) in place of cors_enable',
)
_SETS_VARY = re.compile(r"""["']vary["']|\bresp\w*\.vary\b""", re.IGNORECASE)


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """A policy for each CORSMiddleware that is made in one file, and for each application with `cors_enable`."""
    release = release_of(project, resolver.module.source.path, "falcon")
    how = behaviour(release.version if release else None)
    seen: Counter[str] = Counter()
    vary: Value[bool] = Known(False)
    if _SETS_VARY.search(resolver.module.source.text):
        vary = Unknown("the program sends Vary itself")
    made = list(_made(resolver))
    targets = {one.call: one.target for one in made}
    for call in resolver.module.calls():
        enabled = None
        if resolver.refers(call.func, _APPLICATIONS):
            enabled = resolver.argument(call, None, "cors_enable")
        if enabled is None and call not in targets:
            continue
        reached = resolver.reached(call)
        if reached is not None and enabled is not None:
            reached = _switched_on(enabled, reached)
        if reached is None:
            continue
        kind = "CORSMiddleware" if enabled is None else "cors_enable"
        target = targets[call] if enabled is None else resolver.module.assigned(call) or ""
        key = f"{kind}@{owner_of(resolver, call, target)}"
        seen[key] += 1
        key += f"#{seen[key]}" if seen[key] > 1 else ""
        name = f"{kind} of `{target}`" if target else kind
        if enabled is None:
            given = called(resolver, call, how.options, reached)
            yield _policy(resolver.module.span(call), given, reached, key, name, vary, how, release)
            continue
        origins = Option("allow_origins", Known("*", enabled.span), enabled.span)
        given = Called({"allow_origins": origins}, (), None, None)
        policy = _policy(enabled.span, given, reached, key, name, vary, how, release)
        facts = tuple(_beside(resolver, call, target, enabled.span, made)) if how.is_alone else ()
        yield replace(policy, how_to=_ENABLED, facts=(*policy.facts, *facts), detail=Detail(bool(facts)))


@dataclass(frozen=True, slots=True)
class _Made:
    """A CORSMiddleware that is made, and the application that gets it, where that is seen."""

    call: cst.Call
    holder: cst.Call | None
    target: str


def _made(resolver: Resolver) -> Iterator[_Made]:
    """Those of one file, in the order of the source."""
    by_name = None
    for call in resolver.module.calls():
        if resolver.refers(call.func, _CLASS):
            by_name = _names(resolver) if by_name is None else by_name
            holder = _holder(resolver, call)
            target = (resolver.module.assigned(holder) or "") if holder is not None else _adding(resolver, call)
            yield _Made(call, holder, target or by_name.get(resolver.module.assigned(call) or "", ""))


def _switched_on(enabled: Argument, reached: Reached) -> Reached | None:
    """When `cors_enable` is true; None where it never is, or nobody knows."""
    for way in alternatives(under(enabled.value, reached.conditions)):
        if isinstance(way.value, Known) and truth(way.value.value):
            conditions = (*reached.conditions, *(one for one in way.conditions if one not in reached.conditions))
            return Reached(conditions, way.environment or reached.environment)
    return None


def _policy(
    where: Span,
    given: Called,
    reached: Reached,
    key: str,
    name: str,
    vary: Value[bool],
    how: Behaviour,
    release: Release | None,
) -> Policy:
    reading = Reading(given.filled(how.options), where, vary)
    rejected = tuple(_rejections(given, reading, how))
    return Policy(
        server="falcon",
        product="Falcon",
        name=name,
        key=key,
        span=where,
        **reading.settings(),
        respond_with=respond,
        preflight=Preflight("product", 200, where),
        environment=environment_of(reached),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*rejected, Fact("missing-vary", "", (), "", "Vary", severity=Severity.LOW)),
        how_to=_HOW_TO,
        conditions=reached.conditions,
        detail=Detail(any(fact.severity is None for fact in rejected)),
    )


def _rejections(given: Called, reading: Reading, how: Behaviour) -> Iterator[Fact]:
    """What the class raises with when it is made."""
    for option in given.strange:
        first = FIRST_RELEASES.get(option.name)
        why = f"CORSMiddleware takes no `{option.name}`" + (f" before Falcon {first}" if first else "")
        help_ = "remove it, or update Falcon" if first else instead_of(option.name, how.options)
        yield never_starts(why, option.span or reading.where, help_, option.name)
    if given.surplus is not None:
        yield never_starts(
            f"CORSMiddleware takes {len(how.options)} values", given.surplus, "give each value by its name"
        )
    if "allow_origins" in given.options:
        option = given.options["allow_origins"]
        yield from where_unset(option.value, "the application does not start", "collection of texts", option.name)
    for one in reading.rejections():
        name = one.option.name
        help_ = f'write {name}="*"' if "*" in one.why else _meant(one.option)
        yield never_starts(one.why, one.option.span or reading.where, help_, name)


def _meant(option: Option) -> str:
    if option.name == "allow_credentials":
        return 'it takes origins: allow_credentials="*" for all that are allowed, None for none'
    return f"give `{option.name}` a text or a list of texts"


def _beside(resolver: Resolver, call: cst.Call, target: str, where: Span, made: list[_Made]) -> Iterator[Fact]:
    """A CORSMiddleware besides the one that `cors_enable` makes."""
    for other in made:
        if (other.holder is call or (target and other.target == target)) and resolver.reached(other.call) is not None:
            yield Fact(
                "rejected-configuration",
                "the application does not start: `cors_enable` makes a CORSMiddleware, and there is another",
                (
                    Label(where, "makes one that lets every origin in", primary=True),
                    Label(resolver.module.span(other.call), "is the other"),
                ),
                "remove cors_enable",
                "cors_enable",
            )
            return


def _holder(resolver: Resolver, call: cst.Call) -> cst.Call | None:
    """The application that gets the object as `middleware`, directly or in a list."""
    import libcst

    for outer in resolver.module.ancestors(call):
        if isinstance(outer, libcst.Arg):
            holder = resolver.module.parent(outer)
            given = outer.keyword is not None and outer.keyword.value == "middleware"
            is_app = isinstance(holder, libcst.Call) and resolver.refers(holder.func, _APPLICATIONS)
            return holder if given and is_app and isinstance(holder, libcst.Call) else None
        if isinstance(outer, (libcst.BaseSmallStatement, libcst.BaseCompoundStatement)):
            break
    return None


def _adding(resolver: Resolver, call: cst.Call) -> str:
    """The application whose `add_middleware` gets the object."""
    import libcst

    for outer in resolver.module.ancestors(call):
        if isinstance(outer, libcst.Call):
            adds = isinstance(outer.func, libcst.Attribute) and outer.func.attr.value == "add_middleware"
            return dotted(outer.func.value) or "" if adds and isinstance(outer.func, libcst.Attribute) else ""
        if isinstance(outer, (libcst.BaseSmallStatement, libcst.BaseCompoundStatement)):
            break
    return ""


def _names(resolver: Resolver) -> dict[str, str]:
    """The applications that get something by its name as `middleware`, by that name."""
    import libcst

    found: dict[str, str] = {}
    for argument in resolver.module.find(libcst.Arg):
        if argument.keyword is None or argument.keyword.value != "middleware":
            continue
        app = resolver.module.parent(argument)
        elements = argument.value.elements if isinstance(argument.value, (libcst.List, libcst.Tuple)) else ()
        for value in (argument.value, *(one.value for one in elements)):
            name = dotted(value)
            if name is not None and app is not None:
                found[name] = resolver.module.assigned(app) or ""
    return found
