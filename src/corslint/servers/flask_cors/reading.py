"""Where a Python file gives flask-cors its options: `CORS(app)`, `init_app`, `resources=`, `app.config`.

Views under `@cross_origin` are read in views.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Unread
from corslint.options import Option
from corslint.origins import Origins
from corslint.policy import Fact, HowTo, Policy, Preflight, Scope
from corslint.releases import Release, release_of
from corslint.resolve.conditions import merge
from corslint.resolve.modules import locate
from corslint.resolve.python import Reached, Resolver, resolver_of
from corslint.resolve.routes import PREFLIGHTED, routes_of
from corslint.servers.flask_cors import hooks, oddities
from corslint.servers.flask_cors.answer import is_refused, respond
from corslint.servers.flask_cors.configuration import (
    NAMES,
    Configuration,
    durations,
    option_value,
    read_configuration,
)
from corslint.servers.flask_cors.oddities import MAX_SEARCHED_FILES
from corslint.servers.flask_cors.options import settings
from corslint.servers.flask_cors.resources import RefusedError, Resource, resources
from corslint.servers.flask_cors.versions import Behaviour, behaviour
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Known, Unknown, Value, alternatives
from corslint.values import Mapping as MappingValue

if TYPE_CHECKING:
    import libcst as cst

EXTENSION = ("flask_cors.CORS", "flask_cors.extension.CORS", "flask.ext.cors.CORS", "flask_cors.core.CORS")
DECORATOR = ("flask_cors.cross_origin", "flask_cors.decorator.cross_origin", "flask.ext.cors.cross_origin")
_BLUEPRINTS = ("flask.Blueprint", "flask.blueprints.Blueprint", "flask_smorest.Blueprint", "apiflask.APIBlueprint")
HOW_TO = HowTo(
    list_origins='origins=["https://app.example.com"]',
    match_origins='origins=[r"^(?:PATTERN)$"]',
    drop_credentials="supports_credentials=False",
    send_vary="vary_header=True",
)
MAX_SITES = 200
"""Uses of the extension that are read in one file; each costs a look at the whole file."""


@dataclass(frozen=True, slots=True)
class _Site:
    """One place where the extension is put on an application or blueprint."""

    call: cst.Call
    app: cst.BaseExpression | None
    """None where it is not seen."""
    layers: tuple[tuple[Resolver, cst.Call], ...]
    """The calls whose keywords count, later ones winning."""


_IN_RESOURCE = '"origins": ["https://app.example.com"]'


def policies(project: Project, resolver: Resolver) -> Iterator[Policy | Unread]:
    """The policies that `CORS(...)` and `init_app(...)` put on applications and blueprints, of MAX_SITES at most."""
    seen: dict[str, int] = {}
    configurations: dict[str, Configuration] = {}
    unread: dict[str, tuple[Fact, ...]] = {}
    release = installed(project, resolver)
    how = behaviour(release.version if release else None)
    for count, site in enumerate(_sites(project, resolver)):
        if count == MAX_SITES:
            path = resolver.module.source.path
            yield Unread(path, f"uses CORS() more than {MAX_SITES} times", resolver.module.span(site.call))
            return
        reached = resolver.reached(site.call)
        if reached is None:
            continue
        app = None if site.app is None else dotted(site.app)
        if app is not None and app not in configurations:
            # A blueprint has no configuration.
            seen_by = None if _is_blueprint(resolver, app) else read_configuration(resolver, site.app, how)
            configurations[app] = seen_by or Configuration(how=how)
            unread[app] = tuple(oddities.unread_entries(project, resolver, configurations[app]))
        configuration = configurations.get(app or "") or Configuration(how=how)
        for policy in _policies_of(resolver, release, site, reached, configuration, unread.get(app or "", ())):
            number = seen[policy.key] = seen.get(policy.key, 0) + 1
            yield policy if number == 1 else replace(policy, key=f"{policy.key}#{number}")


def installed(project: Project, resolver: Resolver) -> Release | None:
    """The release of flask-cors that a file runs with, where known."""
    return release_of(project, resolver.module.source.path, "flask-cors")


def _sites(project: Project, resolver: Resolver) -> Iterator[_Site]:
    import libcst

    made: dict[str, cst.Call] = {}
    waiting: dict[cst.Call, str | None] = {}
    for call in resolver.calls(*EXTENSION):
        app = resolver.argument(call, 0, "app")
        if app is not None and not (isinstance(app.value, Known) and app.value.value is None):
            yield _Site(call, app.node, ((resolver, call),))
            continue
        name = resolver.module.assigned(call)
        waiting[call] = name
        if name is not None:
            made[name] = call
    for call in resolver.module.calls():
        if not isinstance(call.func, libcst.Attribute) or call.func.attr.value != "init_app":
            continue
        owner = call.func.value
        origin: tuple[Resolver, cst.Call] | None = None
        if isinstance(owner, libcst.Call):
            origin = (resolver, owner) if owner in waiting else None
        elif (name := dotted(owner)) is not None and name in made:
            origin = (resolver, made[name])
        elif "cors" in (dotted(owner) or "").lower():
            origin = _imported(project, resolver, owner)
        if origin is not None:
            app = resolver.argument(call, 0, "app")
            waiting.pop(origin[1], None)
            yield _Site(call, app.node if app is not None else None, (origin, (resolver, call)))
    for call, name in waiting.items():
        if name is None or not _is_applied_elsewhere(project, resolver.module.source, name):
            yield _Site(call, None, ((resolver, call),))


def _imported(project: Project, resolver: Resolver, owner: cst.BaseExpression) -> tuple[Resolver, cst.Call] | None:
    """The call that made an extension which is imported from another file."""
    name = resolver.qualified(owner)
    located = locate(project, resolver.module.source, name) if name else None
    if located is None:
        return None
    source, rest = located
    try:
        other = resolver_of(project, source)
    except SyntaxProblem:
        return None
    for call in other.calls(*EXTENSION):
        if other.module.assigned(call) == rest:
            return other, call
    return None


def _is_applied_elsewhere(project: Project, source: Source, name: str) -> bool:
    """Whether another file calls `init_app` of an extension of this name; that file then gives the policy."""
    words = f"{name.rpartition('.')[2]}.init_app("
    python = [listed.path for listed in project.files if listed.path.endswith(".py") and listed.path != source.path]
    for path in python[:MAX_SEARCHED_FILES]:
        other = project.source(path)
        if other is not None and words in other.text:
            return True
    return False


def _policies_of(
    resolver: Resolver,
    release: Release | None,
    site: _Site,
    reached: Reached,
    configuration: Configuration,
    unread: tuple[Fact, ...],
) -> Iterator[Policy]:
    module = resolver.module
    where = module.span(site.call)
    app = None if site.app is None else module.text(site.app)
    name = "CORS" if app is None else f"CORS on `{app}`"
    key = "CORS" if app is None else f"CORS@{app}"
    facts: list[Fact] = []
    how = configuration.how

    late = configuration.late(resolver, site.call)
    # Decorated views read the configuration with every request.
    if not any(True for _ in resolver.calls(*DECORATOR)):
        given = {name for layer, call in site.layers for name in layer.keywords(call)}
        facts += [oddities.late(entry, where) for entry in late if entry.is_known and NAMES[entry.name] not in given]
    facts += unread
    if app is not None:
        facts += hooks.before_requests(resolver, app, site.call)
    options = configuration.options(frozenset(late))
    for layer_resolver, call in site.layers:
        facts += add_keywords(layer_resolver, call, options, how)
    if site.app is None:
        _leave_open(options, where, how)
    top_settings, top_detail = settings(options, where, "extension", how)
    why_refused = [one for one in oddities.reasons(options, how) if one.at_start]
    whole = Policy(
        server="flask_cors",
        product="flask-cors",
        name=name,
        key=key,
        span=where,
        respond_with=respond,
        preflight=Preflight("product", 200, where, served=_served(resolver, app, options)),
        how_to=HOW_TO,
        detail=top_detail,
        conditions=reached.conditions,
        environment=environment_of(reached),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        **top_settings,
    )
    if is_refused(whole) and not why_refused:
        why_refused += oddities.of_wildcard(options, where)
    read_durations = cache(lambda: durations(resolver))
    read_routes = cache(lambda: oddities.routes_of(resolver))
    for found, more in _resources(options, how):
        # One without a pattern stands for resources that are not read at all.
        at_start = bool(found.refused) and not found.text
        if at_start:
            why_refused.append(oddities.of_resources(options, where, found.refused, at_start=True))
        conditions = merge(reached.conditions, more.conditions)
        if conditions is None:
            continue
        own, own_facts = _own_options(found, where, how, read_durations)
        # The extension itself asks whether to intercept exceptions, not the resource.
        own_options = {**options, **{name: option for name, option in own.items() if name != "intercept_exceptions"}}
        own_settings, detail = settings(own_options, where, "extension", how)
        refusals = [*why_refused, *oddities.reasons(own_options, how)]
        if found.refused and not at_start:
            refusals.append(oddities.of_resources(options, where, found.refused, at_start=False))
        policy = replace(
            whole,
            name=f"{name}, resource {found.text}" if found.text else name,
            key=f"{key}:{found.text}" if found.text else key,
            scope=found.scope,
            # Which of the routes lie in it is not followed.
            preflight=Preflight("product", 200, where) if found.scope.includes else whole.preflight,
            # What a resource says of itself counts more than what is said beside it.
            how_to=replace(HOW_TO, list_origins=_IN_RESOURCE) if "origins" in own else HOW_TO,
            conditions=conditions,
            environment=environment_of(Reached(conditions, reached.environment or more.environment)),
            facts=(
                *facts,
                *own_facts,
                *([oddities.dead(found, where)] if found.never else oddities.single_paths(found, where, read_routes())),
                *oddities.unmatched(own_options, how),
                *oddities.mistyped(own_options),
                *oddities.unset(configuration, own_options),
            ),
            **own_settings,
        )
        if is_refused(replace(policy, detail=detail)) and not any(one.at_start for one in refusals):
            refusals += oddities.of_wildcard(own_options, where)
        nobody = replace(policy.origins, value=Known(Origins(())))
        yield replace(
            policy,
            origins=nobody if found.never else policy.origins,
            detail=replace(detail, refused=bool(found.refused) or any(one.at_start for one in refusals)),
            facts=(*policy.facts, *oddities.refusals("the application does not start", refusals)),
        )


def _served(resolver: Resolver, app: str | None, options: Mapping[str, Option]) -> tuple[tuple[str, Span], ...]:
    """Methods of the routes of an application, where the methods that are allowed are listed."""
    if app is None or "methods" not in options:
        return ()
    routes = routes_of(resolver.project, resolver, app)
    return tuple((name, span) for name, span in routes.methods.items() if name in PREFLIGHTED)


def environment_of(reached: Reached) -> Environment:
    """The environment that the branch of a place implies; unmarked where it implies none."""
    kind = next((kind for kind in KINDS if kind == reached.environment), None)
    if kind is None:
        return Environment()
    return Environment(kind, "; ".join(map(str, reached.conditions)), marked=True)


# --- Options.


def _is_blueprint(resolver: Resolver, name: str) -> bool:
    return any(resolver.module.assigned(call) == name for call in resolver.calls(*_BLUEPRINTS))


def add_keywords(resolver: Resolver, call: cst.Call, options: dict[str, Option], how: Behaviour) -> list[Fact]:
    """Lay the keywords of a call over the options so far, and say what is odd about their names."""
    facts: list[Fact] = []
    hidden = resolver.unfollowed(call)
    given = resolver.keywords(call)
    if hidden is not None:
        for name in how.defaults:
            if name not in given:
                options[name] = Option(name, hidden, hidden.span)
    for name, argument in given.items():
        if name in how.defaults:
            options[name] = Option(name, option_value(resolver, argument.node, argument.value), argument.span)
        elif name != "app":
            facts.append(oddities.unread(name, argument.span, how))
    return facts


def _leave_open(options: dict[str, Option], where: Span, how: Behaviour) -> None:
    """Where `init_app` is called out of sight, what is not given yet may be given there or in the configuration."""
    for name in how.defaults:
        if name not in options:
            unknown = Unknown("`init_app()` and `app.config` decide it", where)
            options[name] = Option(name, unknown, where, "default")


def _resources(options: Mapping[str, Option], how: Behaviour) -> Iterator[tuple[Resource, Reached]]:
    option = options.get("resources")
    if option is None:
        yield Resource("", Scope()), Reached()
        return
    for way in alternatives(option.value):
        reached = Reached(way.conditions, way.environment)
        try:
            found = resources(way.value, how)
        except RefusedError as error:
            yield Resource("", Scope(), refused=str(error)), reached
            continue
        for resource in found:
            yield resource, reached


def _own_options(
    resource: Resource, where: Span, how: Behaviour, read_durations: Callable[[], Mapping[Span, Value[object]]]
) -> tuple[dict[str, Option], list[Fact]]:
    """The options of one resource, and what is odd about their names."""
    if resource.options is None:
        return {}, []
    if isinstance(resource.options, Unknown):
        return {name: Option(name, resource.options, resource.span) for name in how.defaults if name != "resources"}, []
    found: dict[str, Option] = {}
    facts: list[Fact] = []
    assert isinstance(resource.options.value, MappingValue)
    for key, value in resource.options.value.pairs:
        if not isinstance(key, Known) or not isinstance(key.value, str):
            continue
        span = _pair(key.span, value.span) or resource.span or where
        if key.value in how.defaults:
            if isinstance(value, Unknown) and value.span is not None and key.value == "max_age":
                value = read_durations().get(value.span, value)
            found[key.value] = Option(key.value, value, span)
        else:
            facts.append(oddities.unread(key.value, span, how))
    return found, facts


def _pair(key: Span | None, value: Span | None) -> Span | None:
    """`"origins": "*"` where key and value are written side by side, else the key."""
    if key is None or value is None or key.source is not value.source or value.start < key.end:
        return key
    between = key.source.text[key.end : value.start]
    return key.source.span(key.start, value.end) if between.strip() == ":" else key
