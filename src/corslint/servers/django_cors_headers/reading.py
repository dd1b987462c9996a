"""The CORS settings of a Django settings module with all it takes over, or of the classes of settings in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from corslint.collect import Project
from corslint.environment import Environment, of_name
from corslint.options import Option
from corslint.origins import Origins
from corslint.policy import HowTo, Policy, Preflight
from corslint.releases import Release, release_of
from corslint.resolve.conditions import UNBOUND
from corslint.resolve.python import Resolver
from corslint.servers.django_cors_headers.answer import URLS, Detail, respond
from corslint.servers.django_cors_headers.bodies import (
    Body,
    assembly_body,
    body_of,
    class_bodies,
    module_body,
    or_else,
    place,
)
from corslint.servers.django_cors_headers.forgery import trusted_origins
from corslint.servers.django_cors_headers.includes import Assembly
from corslint.servers.django_cors_headers.leaves import why_deployed
from corslint.servers.django_cors_headers.middleware import Installation, installation, is_installed
from corslint.servers.django_cors_headers.modules import bases, importers, said_by_path, stars
from corslint.servers.django_cors_headers.oddities import Given, oddities
from corslint.servers.django_cors_headers.options import (
    ALL,
    CREDENTIALS,
    NAMES,
    OLD_NAMES,
    beside_the_list,
    breakages,
    defaults,
    is_dead,
    may_come_over_http,
    scope,
    settings,
)
from corslint.servers.django_cors_headers.versions import Behaviour, behaviour
from corslint.source import Span
from corslint.values import Known, Value, alternatives

HOW_TO = HowTo(
    list_origins='CORS_ALLOWED_ORIGINS = ["https://app.example.com"]',
    match_origins='CORS_ALLOWED_ORIGIN_REGEXES = [r"^(?:PATTERN)$"]',
    drop_credentials="CORS_ALLOW_CREDENTIALS = False",
)


def _how_to(how: Behaviour, options: Mapping[str, Option]) -> HowTo:
    """How findings are mended in the names that the release reads."""
    told = replace(HOW_TO, close_others=beside_the_list(options))
    if how.present_names:
        return told
    origin = "app.example.com" if how.lists_hosts else "https://app.example.com"
    return replace(
        told,
        list_origins=f'CORS_ORIGIN_WHITELIST = ["{origin}"]',
        match_origins='CORS_ORIGIN_REGEX_WHITELIST = [r"^(?:PATTERN)$"]',
    )


def of_module(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """The policy of a module, if it sets something of CORS."""
    module = module_body(project, resolver)
    if any(name in NAMES for name in module.bound):
        yield _of_module(project, module)
    elif module.bound and is_installed(module.look_up):
        policy = _of_module(project, module)
        if policy.facts:
            yield policy


def of_assembly(project: Project, assembly: Assembly) -> Iterator[Policy]:
    """The policy of a module that includes others, with one of those that a variable picks."""
    body = assembly_body(project, assembly)
    if body is not None:
        yield _of_module(project, body)


def of_classes(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """The policy of each class of settings that gets something of CORS from a module."""
    for body in class_bodies(project, resolver):
        release = _release(project, body)
        policy = _policy(project, body, installation(body.look_up, body.where, _behaviour(release)), release)
        takes_out = body.above is not None and is_installed(body.above)
        yield _without_missing(policy) if takes_out and not _is_live(project, body, policy) else policy


def _of_module(project: Project, body: Body) -> Policy:
    release = _release(project, body)
    how = _behaviour(release)
    installed = installation(body.look_up, body.where, how)
    if not installed.runs:
        above = [body_of(project, one) for one in importers(project, body.resolver.module.source)]
        if any(installation(one.look_up, body.where, how).runs for one in above if one is not None):
            # Who builds upon this module adds the middleware.
            installed = Installation()
    policy = _policy(project, body, installed, release)
    if _is_live(project, body, policy) or all(one.kind != "middleware-missing" for one in policy.facts):
        return policy
    taken_over = (body_of(project, one) for one in bases(project, body.resolver.module.source))
    return _without_missing(policy) if any(is_installed(one.look_up) for one in taken_over if one) else policy


def _is_live(project: Project, body: Body, policy: Policy) -> bool:
    return policy.environment.is_live and said_by_path(project, body.resolver.module.source).is_live


def _without_missing(policy: Policy) -> Policy:
    """Settings for tests take middleware out to save time, which is no mistake."""
    return replace(policy, facts=tuple(one for one in policy.facts if one.kind != "middleware-missing"))


def _release(project: Project, body: Body) -> Release | None:
    """The release of django-cors-headers that the settings are for, where known."""
    return release_of(project, body.resolver.module.source.path, "django-cors-headers")


def _behaviour(release: Release | None) -> Behaviour:
    return behaviour(release.version if release is not None else None)


# --- The policy.


MAX_SEARCHED_FILES = 2000
"""Files looked through for one that reads a setting which the product does not."""


def _is_used(project: Project, body: Body, name: str) -> bool:
    """Whether another file of the project reads a name, and does not only set it."""
    used = re.compile(rf"\b{re.escape(name)}\b(?!\s*=[^=])")
    paths = [listed.path for listed in project.files if listed.path.endswith(".py")]
    others = filter(None, map(project.source, paths[:MAX_SEARCHED_FILES]))
    text = body.text
    return any(name in other.text and used.search(other.text) for other in others if other.text not in text)


def _policy(project: Project, body: Body, installed: Installation, release: Release | None) -> Policy:
    where = body.where
    given = {name: value for name in sorted(NAMES) if (value := body.look_up(name)) is not None}
    options: dict[str, Option] = {}
    how = _behaviour(release)
    old_names = {new: old for old, new in OLD_NAMES.items()}
    if not how.present_names:
        given = {name: value for name, value in given.items() if name not in old_names}
    for name, default in defaults(how).items():
        old = old_names.get(name, name)
        if name in given or old in given:
            value = or_else(given.get(name, UNBOUND), or_else(given.get(old, UNBOUND), Known(default)))
            options[name] = _option(body, name if name in given else old, value)
    named = Given(
        body.bound,
        frozenset(given),
        options,
        body.text,
        is_installed(body.look_up),
        installed.is_checked,
        how,
        lambda name: _is_used(project, body, name),
    )
    read_settings, spelled = settings(options, where, how)
    policy = Policy(
        server="django_cors_headers",
        product="django-cors-headers",
        name=f"django-cors-headers settings of `{body.name}`" if body.name else "django-cors-headers settings",
        key=f"settings@{body.name}" if body.name else "settings",
        span=place(project, body),
        module=body.resolver.module.source.path,
        respond_with=respond,
        preflight=Preflight("product", 200, where),
        scope=scope(options.get(URLS)),
        environment=_environment(project, body, options),
        facts=(
            *oddities(named),
            *installed.facts,
            *(installed.over_http if may_come_over_http(read_settings["origins"].value) else ()),
            *(trusted_origins(body.look_up) if CREDENTIALS in options else ()),
        ),
        how_to=_how_to(how, options),
        version=release.version if release is not None else None,
        version_reason=release.reason if release is not None else "",
        detail=Detail(installed.runs, spelled, any(one.name == URLS for one in breakages(options))),
        **read_settings,
    )
    if installed.runs and not is_dead(options.get(URLS)):
        return policy
    nobody = replace(policy.origins, value=Known(Origins(())))
    return replace(policy, origins=nobody, preflight=Preflight("unknown"))


def _environment(project: Project, body: Body, options: Mapping[str, Option]) -> Environment:
    """What the name of the class says; else `DEBUG = True`, unless the path says something, or a setting depends."""
    named = of_name(body.name, "the class")
    if named.marked:
        return named
    source = body.resolver.module.source
    if said_by_path(project, source).marked:
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
    doubt = "" if body.name or _depends_on_debug(options, debug.span) else why_deployed(project, source)
    return Environment("development", f"DEBUG = True, {place}", marked=True, doubt=doubt)


def _depends_on_debug(options: Mapping[str, Option], debug: Span) -> bool:
    """Whether what lets everybody in, or may do so, is set in a branch, or made of `DEBUG`."""
    named = [option for name, option in options.items() if name == ALL and option.given == "explicit"]
    for option in named or options.values():
        for way in alternatives(option.value):
            spans = [option.span, way.value.span, *(place.span for place in way.value.trail)]
            if any(one is not None and ("DEBUG" in one.text or one == debug) for one in spans):
                return True
        if option.span is not None and option.span.column > 1:
            return True
    return False


def _option(body: Body, name: str, value: Value[object]) -> Option:
    if name in body.own:
        return Option(name, value, body.own[name])
    if name in body.inherited:
        return Option(name, value, body.inherited[name], "inherited")
    way = next(iter(alternatives(value)))
    place = way.value.trail[-1].span if way.value.trail else way.value.span
    return Option(name, value, place, "inherited")
