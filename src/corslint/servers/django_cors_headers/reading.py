"""The CORS settings of a Django settings module with all it takes over, or of the classes of settings in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import Environment, of_name, of_path
from corslint.options import Option
from corslint.origins import Origins
from corslint.policy import HowTo, Policy, Preflight
from corslint.releases import Release, release_of
from corslint.resolve.conditions import UNBOUND, environment, merge
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.django_cors_headers.answer import URLS, Detail, respond
from corslint.servers.django_cors_headers.middleware import Installation, installation, is_installed
from corslint.servers.django_cors_headers.modules import bases, importers, stars
from corslint.servers.django_cors_headers.oddities import Given, oddities
from corslint.servers.django_cors_headers.options import (
    NAMES,
    OLD_NAMES,
    beside_the_list,
    breakages,
    defaults,
    is_dead,
    scope,
    settings,
)
from corslint.servers.django_cors_headers.versions import Behaviour, behaviour
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Alternative, Known, OneOf, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

HOW_TO = HowTo(
    list_origins='CORS_ALLOWED_ORIGINS = ["https://app.example.com"]',
    match_origins='CORS_ALLOWED_ORIGIN_REGEXES = [r"^(?:PATTERN)$"]',
    drop_credentials="CORS_ALLOW_CREDENTIALS = False",
)


@dataclass(frozen=True, slots=True)
class _Body:
    """The module, or a class in it, whose names are settings."""

    resolver: Resolver
    name: str
    """Of the class; empty for the module."""
    look_up: Callable[[str], Value[object] | None]
    """What a name is in the end, with `UNBOUND` for the ways in which it is not set; None where it never is."""
    own: Mapping[str, Span]
    """The CORS settings that are set here and not inherited, and where."""
    inherited: Mapping[str, Span] = field(default_factory=lambda: dict[str, Span]())
    """Those of the files whose names the module takes over, and where each is set last."""
    text: str = ""
    """All of these files, the module included."""

    @property
    def bound(self) -> Mapping[str, Span]:
        """All of them, the nearest place of each, its own first."""
        return {**self.own, **{name: span for name, span in self.inherited.items() if name not in self.own}}

    @property
    def where(self) -> Span:
        """The place that stands for settings that are left out."""
        return next(iter(self.bound.values()))


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """The policy of the module, and of each class of settings in it."""
    module = _module_body(project, resolver)
    if any(name in NAMES for name in module.bound):
        yield _of_module(project, module)
    elif module.bound and is_installed(module.look_up):
        policy = _of_module(project, module)
        if policy.facts:
            yield policy
    for body in _class_bodies(resolver):
        release = _release(project, body)
        yield _policy(project, body, installation(body.look_up, body.where, _behaviour(release)), release)


def _of_module(project: Project, body: _Body) -> Policy:
    release = _release(project, body)
    how = _behaviour(release)
    installed = installation(body.look_up, body.where, how)
    if not installed.runs:
        above = [_body_of(project, one) for one in importers(project, body.resolver.module.source)]
        if any(installation(one.look_up, body.where, how).runs for one in above if one is not None):
            # Who builds upon this module adds the middleware.
            installed = Installation()
    policy = _policy(project, body, installed, release)
    taken_over = [_body_of(project, one) for one in bases(project, body.resolver.module.source)]
    is_live = policy.environment.is_live and _said_by_path(project, body.resolver.module.source).is_live
    if not is_live and any(is_installed(one.look_up) for one in taken_over if one is not None):
        # Settings for tests take middleware out to save time.
        policy = replace(policy, facts=tuple(one for one in policy.facts if one.kind != "middleware-missing"))
    return policy


def _release(project: Project, body: _Body) -> Release | None:
    """The release of django-cors-headers that the settings are for, where known."""
    return release_of(project, body.resolver.module.source.path, "django-cors-headers")


def _behaviour(release: Release | None) -> Behaviour:
    return behaviour(release.version if release is not None else None)


def _body_of(project: Project, source: Source) -> _Body | None:
    try:
        return _module_body(project, resolver_of(project, source))
    except SyntaxProblem:
        return None


def _module_body(project: Project, resolver: Resolver) -> _Body:
    source = resolver.module.source
    inherited: dict[str, Span] = {}
    texts = [source.text]
    for base in bases(project, source):
        texts.append(base.text)
        try:
            above = resolver_of(project, base)
        except SyntaxProblem:
            continue
        inherited = {**_own(above, above.module.tree), **inherited}
    own = _own(resolver, resolver.module.tree)
    return _Body(resolver, "", resolver.ways_of_name, own, inherited, "\n".join(texts))


def _own(resolver: Resolver, owner: cst.Module | cst.ClassDef) -> dict[str, Span]:
    """The CORS names bound in a scope itself, each with the last statement that does, in the order of the source."""
    import libcst

    found: dict[str, Span] = {}
    for node in resolver.module.find(libcst.Assign, libcst.AnnAssign, libcst.AugAssign, libcst.Call):
        if resolver.scopes.scope(node) is not owner:
            continue
        for name in _bound(node):
            if name.startswith("CORS_"):
                found[name] = resolver.module.span(node)
    return found


def _bound(node: cst.CSTNode) -> list[str]:
    import libcst

    targets: list[cst.CSTNode] = []
    if isinstance(node, libcst.Assign):
        targets = [target.target for target in node.targets]
    elif isinstance(node, libcst.AugAssign) or (isinstance(node, libcst.AnnAssign) and node.value is not None):
        targets = [node.target]
    elif isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
        targets = [node.func.value] if node.func.attr.value in ("append", "extend", "insert") else []
    return [target.value for target in targets if isinstance(target, libcst.Name)]


# --- Classes of django-configurations.


def _class_bodies(resolver: Resolver) -> Iterator[_Body]:
    """The classes of settings that no other class of the file builds upon.

    https://django-configurations.readthedocs.io/
    """
    import libcst

    if "configurations" not in resolver.module.source.text:
        return
    classes = {
        node: [base for base in map(resolver.definition, (one.value for one in node.bases)) if base is not None]
        for node in resolver.module.find(libcst.ClassDef)
        if _is_configuration(resolver, node)
    }
    for node in classes:
        if any(node in parents for parents in classes.values()):
            continue
        line = list(_line(resolver, node))
        own: dict[str, Span] = {}
        for one in reversed(line):
            own |= _own(resolver, one)
        if any(name in NAMES for name in own):
            look_up = _class_look_up(resolver, line)
            yield _Body(resolver, node.name.value, look_up, own, text=resolver.module.source.text)


def _is_configuration(resolver: Resolver, node: cst.ClassDef) -> bool:
    names = ("configurations.Configuration", "configurations.base.Configuration")
    return any(resolver.refers(base.value, names) for one in _line(resolver, node) for base in one.bases)


def _line(resolver: Resolver, node: cst.ClassDef) -> Iterator[cst.ClassDef]:
    """A class and those of the file that it builds upon, nearest first."""
    import libcst

    waiting, seen = [node], {node}
    while waiting:
        current = waiting.pop(0)
        yield current
        for base in current.bases:
            found = resolver.definition(base.value)
            if isinstance(found, libcst.ClassDef) and found not in seen:
                seen.add(found)
                waiting.append(found)


def _class_look_up(resolver: Resolver, line: list[cst.ClassDef]) -> Callable[[str], Value[object] | None]:
    def look_up(name: str) -> Value[object] | None:
        found: Value[object] = UNBOUND
        for one in line:
            own = resolver.ways_of_name(name, one)
            if own is not None:
                found = _or_else(found, own)
        return None if found is UNBOUND else found

    return look_up


def _or_else(value: Value[object], fallback: Value[object]) -> Value[object]:
    """A value, and another in the ways in which it is not set."""
    ways: list[Alternative[object]] = []
    for way in alternatives(value):
        if way.value is not UNBOUND:
            ways.append(way)
            continue
        for other in alternatives(fallback):
            both = merge(way.conditions, other.conditions)
            if both is not None:
                ways.append(Alternative(both, other.value, environment(both)))
    if not ways:
        return Unknown("its conditions exclude each other", value.span)
    return OneOf(tuple(ways), value.span) if len(ways) > 1 else ways[0].value


# --- The policy.


def _policy(project: Project, body: _Body, installed: Installation, release: Release | None) -> Policy:
    where = body.where
    given = {name: value for name in sorted(NAMES) if (value := body.look_up(name)) is not None}
    options: dict[str, Option] = {}
    how = _behaviour(release)
    old_names = {new: old for old, new in OLD_NAMES.items()}
    for name, default in defaults(how).items():
        old = old_names.get(name, name)
        if name in given or old in given:
            value = _or_else(given.get(name, UNBOUND), _or_else(given.get(old, UNBOUND), Known(default)))
            options[name] = _option(body, name if name in given else old, value)
    named = Given(
        body.bound,
        frozenset(given),
        options,
        body.text,
        is_installed(body.look_up),
        installed.is_checked,
        how,
    )
    read_settings, spelled = settings(options, where, how)
    policy = Policy(
        server="django_cors_headers",
        product="django-cors-headers",
        name=f"django-cors-headers settings of `{body.name}`" if body.name else "django-cors-headers settings",
        key=f"settings@{body.name}" if body.name else "settings",
        span=_place(project, body),
        module=body.resolver.module.source.path,
        respond_with=respond,
        preflight=Preflight("product", 200, where),
        scope=scope(options.get(URLS)),
        environment=_environment(project, body, options),
        facts=(*oddities(named), *installed.facts),
        how_to=replace(HOW_TO, close_others=beside_the_list(options)),
        version=release.version if release is not None else None,
        version_reason=release.reason if release is not None else "",
        detail=Detail(installed.runs, spelled, any(one.name == URLS for one in breakages(options))),
        **read_settings,
    )
    if installed.runs and not is_dead(options.get(URLS)):
        return policy
    nobody = replace(policy.origins, value=Known(Origins(())))
    return replace(policy, origins=nobody, preflight=Preflight("unknown"))


def _place(project: Project, body: _Body) -> Span:
    """Where the module sets something of CORS; else the star import that brings something of it."""
    if body.own:
        return next(iter(body.own.values()))
    paths = {span.path for span in body.inherited.values()}
    for span, found in stars(project, body.resolver):
        if found is not None and any(one.path in paths for one in (found, *bases(project, found))):
            return span
    return body.where


def _environment(project: Project, body: _Body, options: Mapping[str, Option]) -> Environment:
    """What the name of the class says; else `DEBUG = True`, unless the path says something, or a setting depends."""
    named = of_name(body.name, "the class")
    if named.marked:
        return named
    source = body.resolver.module.source
    if _said_by_path(project, source).marked:
        return Environment()
    debug = body.look_up("DEBUG")
    if not isinstance(debug, Known) or debug.value is not True or debug.override is not None or debug.span is None:
        return Environment()
    if any(way.environment == "production" for option in options.values() for way in alternatives(option.value)):
        return Environment()
    for span, found in stars(project, body.resolver):
        # What is taken over from elsewhere may say otherwise.
        if found is None and (span.path != debug.span.path or span.start > debug.span.start):
            return Environment()
    place = f"line {debug.span.line}" if debug.span.path == source.path else f"{debug.span.path}:{debug.span.line}"
    return Environment("development", f"DEBUG = True, {place}", marked=True)


def _said_by_path(project: Project, source: Source) -> Environment:
    listed = project.listed(source.path)
    return of_path(source.path, inside=listed.inside if listed is not None else None)


def _option(body: _Body, name: str, value: Value[object]) -> Option:
    if name in body.own:
        return Option(name, value, body.own[name])
    if name in body.inherited:
        return Option(name, value, body.inherited[name], "inherited")
    way = next(iter(alternatives(value)))
    place = way.value.trail[-1].span if way.value.trail else way.value.span
    return Option(name, value, place, "inherited")
