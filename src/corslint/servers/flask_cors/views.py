"""Views under `@cross_origin`.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/decorator.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from corslint.collect import Project, read_bytes
from corslint.finding import Label, Severity
from corslint.options import Option
from corslint.origins import Origins
from corslint.policy import Fact, PathTest, Policy, Preflight, Scope
from corslint.resolve.python import Resolver
from corslint.resolve.routes import methods_of
from corslint.servers.flask_cors import hooks, oddities
from corslint.servers.flask_cors.answer import is_refused, respond
from corslint.servers.flask_cors.configuration import read_configuration
from corslint.servers.flask_cors.oddities import MAX_SEARCHED_FILES
from corslint.servers.flask_cors.options import settings
from corslint.servers.flask_cors.reading import (
    DECORATOR,
    EXTENSION,
    HOW_TO,
    add_keywords,
    environment_of,
    installed,
)
from corslint.servers.flask_cors.versions import Behaviour, behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Items, Known, truth

if TYPE_CHECKING:
    import libcst as cst

_APPLICATIONS = ("flask.Flask", "flask.app.Flask")
_CLASS_BASED = (
    "flask.views.MethodView",
    "flask.views.View",
    "flask_restful.Resource",
    "flask_restx.Resource",
    "flask_restplus.Resource",
)
_ROUTES = frozenset({"route", "get", "post", "put", "patch", "delete"})


@dataclass(frozen=True, slots=True)
class _View:
    """What a use of the decorator applies to."""

    name: str
    """Empty where it is not seen."""
    routes: tuple[cst.Call, ...] = ()
    """The route decorators that register what `@cross_origin` gives: those above it."""
    overtaken_by: cst.Decorator | None = None
    """The route decorator below it, where there is none above."""
    between: tuple[cst.Decorator, ...] = ()
    """The decorators between it and the route above it."""
    is_method: bool = False
    """A method of a class-based view, or a whole one: Flask then answers OPTIONS without the decorator."""
    has_help: bool = False
    """Whether something else on the class may answer OPTIONS: a method of its own, a decorator, an unknown base."""


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """A policy for each view under `@cross_origin`."""
    calls = list(resolver.calls(*DECORATOR))
    if not calls:
        return
    # The configuration is read on every request, so that its place does not matter.
    release = installed(project, resolver)
    how = behaviour(release.version if release else None)
    configuration = read_configuration(resolver, None, how)
    unread = tuple(oddities.unread_entries(project, resolver, configuration))
    extended = any(True for _ in resolver.calls(*EXTENSION))
    seen: dict[str, int] = {}
    for call in calls:
        reached = resolver.reached(call)
        if reached is None:
            continue
        where = resolver.module.span(call)
        view = _view(resolver, call)
        options = configuration.options()
        facts = [*unread, *add_keywords(resolver, call, options, how), *oddities.unset(configuration, options)]
        if view.between:
            all_answered = extended or project.once(uses_extension)
            plain = [one for one in view.between if not _is_route(one)]
            facts += hooks.decorators(project, resolver, call, plain, extended=all_answered)
        answered_by = _answers_options(resolver, call, view, options)
        if answered_by == "nobody" and (view.has_help or extended or project.once(uses_extension)):
            answered_by = "unknown"
        read_settings, detail = settings(options, where, answered_by, how)
        key = f"cross_origin@{view.name}" if view.name else "cross_origin"
        number = seen[key] = seen.get(key, 0) + 1
        policy = Policy(
            server="flask_cors",
            product="flask-cors",
            name=f"@cross_origin on `{view.name}`" if view.name else "@cross_origin",
            key=key if number == 1 else f"{key}#{number}",
            span=where,
            respond_with=respond,
            preflight=replace(_preflight(answered_by, where), takes=_takes(resolver, view)),
            how_to=HOW_TO,
            scope=_scope(resolver, view),
            environment=environment_of(reached),
            conditions=reached.conditions,
            version=release.version if release else None,
            version_reason=release.reason if release else "",
            facts=tuple(facts),
            detail=detail,
            **read_settings,
        )
        policy = _with_refusal(policy, options, how)
        if view.overtaken_by is not None:
            # The extension sends the headers all the same.
            is_harmless = not call.args and (extended or project.once(uses_extension))
            policy = _dead(policy, resolver.module.span(view.overtaken_by), view, Severity.LOW if is_harmless else None)
        yield policy


def _view(resolver: Resolver, call: cst.Call) -> _View:
    import libcst

    module = resolver.module
    parent = module.parent(call)
    if isinstance(parent, libcst.Call) and parent.func is call:  # cross_origin(...)(view)
        return _View(module.text(parent.args[0].value) if len(parent.args) == 1 else "")
    owner = module.enclosing_class(call)
    if not isinstance(parent, libcst.Decorator):
        if owner is None:
            return _View("")
        return _View(owner.name.value, is_method=True, has_help=_has_help(resolver, owner))
    decorated = module.parent(parent)
    assert isinstance(decorated, libcst.FunctionDef | libcst.ClassDef)
    if isinstance(decorated, libcst.ClassDef):
        return _View(decorated.name.value, is_method=True, has_help=True)
    if owner is not None:
        name = f"{owner.name.value}.{decorated.name.value}"
        return _View(name, is_method=True, has_help=_has_help(resolver, owner))
    place = list(decorated.decorators).index(parent)
    routes = [(index, one) for index, one in enumerate(decorated.decorators) if _is_route(one)]
    above = tuple(one.decorator for index, one in routes if index < place if isinstance(one.decorator, libcst.Call))
    below = next((one for index, one in routes if index > place), None)
    first = min((index for index, _ in routes), default=place)
    return _View(decorated.name.value, above, None if above else below, tuple(decorated.decorators[first + 1 : place]))


def _has_help(resolver: Resolver, owner: cst.ClassDef) -> bool:
    import libcst

    if any(isinstance(one, libcst.FunctionDef) and one.name.value == "options" for one in owner.body.body):
        return True
    if not all(_is_route(one) for one in owner.decorators):
        return True
    return not all(resolver.refers(base.value, _CLASS_BASED) for base in owner.bases)


def uses_extension(project: Project) -> bool:
    """Whether any file of the run puts the extension on an application, which then answers every OPTIONS."""
    python = [listed.path for listed in project.files if listed.path.endswith(".py")]
    for path in python[:MAX_SEARCHED_FILES]:
        data = read_bytes(path)
        if isinstance(data, bytes) and b"flask_cors" in data and b"CORS(" in data:
            return True
    return False


def _is_route(decorator: cst.Decorator) -> bool:
    import libcst

    call = decorator.decorator
    return isinstance(call, libcst.Call) and isinstance(call.func, libcst.Attribute) and call.func.attr.value in _ROUTES


def _answers_options(
    resolver: Resolver, call: cst.Call, view: _View, options: dict[str, Option]
) -> Literal["decorator", "view", "nobody", "unknown"]:
    """Who answers OPTIONS: `automatic_options` as a keyword decides what Flask routes to the view, and together with
    the configuration what happens there.
    """
    if view.is_method:
        return "nobody"
    given = resolver.argument(call, None, "automatic_options")
    routed = any(_lists_options(resolver, route) for route in view.routes)
    if given is not None and isinstance(given.value, Known) and not truth(given.value.value):
        return "view" if routed else "nobody"
    option = options.get("automatic_options")
    if option is not None and isinstance(option.value, Known) and not truth(option.value.value):
        return "view"
    return "decorator"


def _lists_options(resolver: Resolver, route: cst.Call) -> bool:
    methods = resolver.argument(route, None, "methods")
    if methods is None or not isinstance(methods.value, Known) or not isinstance(methods.value.value, Items):
        return False
    names = [item.value for item in methods.value.value.items if isinstance(item, Known)]
    return any(isinstance(name, str) and name.upper() == "OPTIONS" for name in names)


def _takes(resolver: Resolver, view: _View) -> tuple[str, ...]:
    """The methods of the routes of a view; none where one of them cannot be read."""
    found = [methods_of(resolver, route) for route in view.routes]
    return tuple(dict.fromkeys(name for one in found for name in one or ())) if all(found) else ()


def _preflight(answered_by: str, where: Span) -> Preflight:
    if answered_by == "decorator":
        return Preflight("product", 200, where)
    if answered_by == "view":
        return Preflight("product", None, where, "the view itself answers OPTIONS")
    if answered_by == "unknown":
        return Preflight("unknown", None, where, "Flask or another part of the application answers OPTIONS")
    return Preflight(
        "nobody", 200, where, "Flask answers OPTIONS before the decorator is reached, without CORS headers"
    )


# --- The paths.


def _scope(resolver: Resolver, view: _View) -> Scope:
    tests: list[PathTest] = []
    texts: list[str] = []
    for route in view.routes:
        argument = resolver.argument(route, 0, "rule")
        if argument is None or not isinstance(argument.value, Known) or not isinstance(argument.value.value, str):
            return Scope()
        rule = argument.value.value
        texts.append(rule)
        tests.append(_test(rule, _is_on_application(resolver, route)))
    return Scope("route " + ", ".join(texts), tuple(tests)) if tests else Scope()


def _is_on_application(resolver: Resolver, route: cst.Call) -> bool:
    """Whether the route belongs to an application itself, so that nothing is put before it."""
    import libcst

    assert isinstance(route.func, libcst.Attribute)
    owner = dotted(route.func.value)
    return owner is not None and any(resolver.module.assigned(one) == owner for one in resolver.calls(*_APPLICATIONS))


def _test(rule: str, on_application: bool) -> PathTest:
    """The test of a path that Flask makes of a rule; the prefix of a blueprint is not known.

    https://werkzeug.palletsprojects.com/en/stable/routing/#rule-format
    """
    if "<" not in rule and on_application:
        return PathTest(rule, "exact")
    pattern = "" if on_application else "(?:/.*)?"
    for part in re.split(r"(<[^<>]*>)", rule):
        if part.startswith("<"):
            kind = part[1:].partition(":")[0].partition("(")[0]
            pattern += ".+" if kind == "path" else r"\d+" if kind == "int" else "[^/]+"
        else:
            pattern += re.escape(part)
    return PathTest(pattern, "fullmatch")


# --- Facts.


def _with_refusal(policy: Policy, options: dict[str, Option], how: Behaviour) -> Policy:
    found = oddities.reasons(options, how)
    if is_refused(policy) and not any(one.at_start for one in found):
        found += oddities.of_wildcard(options, policy.span)
    refused = oddities.refusals("every request fails", found)
    facts = (*oddities.unmatched(options, how), *oddities.mistyped(options), *refused)
    return replace(policy, facts=(*policy.facts, *facts))


def _dead(policy: Policy, route: Span, view: _View, severity: Severity | None) -> Policy:
    """A policy that lets nobody in, because Flask was given the view without the decorator."""
    fact = Fact(
        "decorator-order",
        f"@cross_origin has no effect: `{view.name}` is registered without it",
        (
            Label(policy.span, "applied after the route", primary=True),
            Label(route, "registers the view as it is below this line"),
        ),
        "put @cross_origin below the route decorator",
        severity=severity,
    )
    nothing = replace(policy.origins, value=Known(Origins(())))
    return replace(
        policy,
        origins=nothing,
        preflight=Preflight("unknown"),
        facts=(*policy.facts, fact),
    )
