"""Where a Python file gives Quart-CORS its options: `cors(app)`, `@route_cors()`, and the configuration.

The configuration is read with each request, so that the order of the statements makes no difference.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Label, Unread
from corslint.options import Option
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope
from corslint.releases import Release, release_of
from corslint.resolve.conditions import UNBOUND
from corslint.resolve.flask_configuration import fillings, given_by, layered
from corslint.resolve.objects import settled
from corslint.resolve.python import Resolver
from corslint.servers.quart_cors.answer import respond
from corslint.servers.quart_cors.options import DEFAULTS, PREFIX, Reading
from corslint.servers.quart_cors.versions import behaviour
from corslint.syntax.python import dotted
from corslint.values import Known, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

EXTENSION = ("quart_cors.cors",)
DECORATOR = ("quart_cors.route_cors",)
_ROUTING = frozenset({"route", "get", "post", "put", "patch", "delete"})
HOW_TO = HowTo(
    list_origins='allow_origin=["https://app.example.com"]',
    match_origins='allow_origin=[re.compile(r"(?:PATTERN)$")]',
    drop_credentials="allow_credentials=False",
)
MAX_SITES = 200
"""Uses that are read in one file; each costs a look at the whole file."""


def policies(project: Project, resolver: Resolver) -> Iterator[Policy | Unread]:
    """The policies of the applications, blueprints and views of a file, of MAX_SITES at most."""
    release = release_of(project, resolver.module.source.path, "quart-cors")
    configured: dict[str | None, dict[str, Option]] = {}
    seen: Counter[str] = Counter()
    for count, (call, is_view) in enumerate(_sites(resolver)):
        if count == MAX_SITES:
            span = resolver.module.span(call)
            yield Unread(resolver.module.source.path, f"uses quart_cors more than {MAX_SITES} times", span)
            return
        app = None if is_view else resolver.argument(call, 0, "app_or_blueprint")
        owner = dotted(app.node) if app is not None else None
        if owner not in configured:
            configured[owner] = _configured(resolver, owner)
        policy = _policy(resolver, release, call, configured[owner], is_view=is_view)
        if policy is not None:
            seen[policy.key] += 1
            yield policy if seen[policy.key] == 1 else replace(policy, key=f"{policy.key}#{seen[policy.key]}")


def _sites(resolver: Resolver) -> Iterator[tuple[cst.Call, bool]]:
    for call in resolver.calls(*EXTENSION):
        yield call, False
    for call in resolver.calls(*DECORATOR):
        yield call, True


def _policy(
    resolver: Resolver, release: Release | None, call: cst.Call, configured: dict[str, Option], *, is_view: bool
) -> Policy | None:
    reached = resolver.reached(call)
    if reached is None:
        return None
    where = resolver.module.span(call)
    facts: list[Fact] = []
    keywords = _keywords(resolver, call, facts)
    reading = Reading(keywords, configured, where, behaviour(release.version if release else None))
    answers: Literal["extension", "decorator", "view", "nobody"] = "extension"
    view = _view(resolver, call) if is_view else None
    scope, name = Scope(), "cors"
    if is_view:
        answers = "decorator"
        own = resolver.argument(call, None, "provide_automatic_options")
        if own is not None and isinstance(own.value, Known) and not own.value.value:
            answers = "view"
        name = "route_cors"
        if view is not None:
            scope, name = _scope(resolver, view), f"route_cors on `{view.name.value}`"
            if (route := _route_below(resolver, view, call)) is not None:
                answers = "nobody"
                facts.append(_above(resolver, call, route))
    elif (app := resolver.argument(call, 0, "app_or_blueprint")) is not None:
        name = f"cors on `{resolver.module.text(app.node)}`"
    detail = reading.detail(answers)
    kind = next((kind for kind in KINDS if kind == reached.environment), None)
    answered_by: Literal["product", "application", "nobody"] = (
        "nobody" if answers == "nobody" else "application" if answers == "view" else "product"
    )
    return Policy(
        server="quart_cors",
        product="Quart-CORS",
        name=name,
        key=name.replace(" on ", "@").replace("`", ""),
        span=where,
        **reading.settings(answers),
        respond_with=respond,
        preflight=Preflight(answered_by, 200, where),
        scope=scope,
        environment=Environment(kind, "; ".join(map(str, reached.conditions)), marked=True) if kind else Environment(),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*facts, *(reading.facts() if answers != "nobody" else ())),
        how_to=HOW_TO,
        conditions=reached.conditions,
        detail=replace(detail, refused=True) if facts and facts[0].kind == "rejected-configuration" else detail,
    )


def _keywords(resolver: Resolver, call: cst.Call, facts: list[Fact]) -> dict[str, Option]:
    """The options a call gives; others are a TypeError when the program starts."""
    found: dict[str, Option] = {}
    hidden = resolver.unfollowed(call)
    if hidden is not None:
        found.update({name: Option(name, hidden, hidden.span) for name in DEFAULTS})
    for name, argument in resolver.keywords(call).items():
        if name in DEFAULTS:
            found[name] = Option(name, argument.value, argument.span)
        elif name not in ("app_or_blueprint", "provide_automatic_options"):
            close = difflib.get_close_matches(name, DEFAULTS, 1, 0.6)
            facts.append(
                Fact(
                    "rejected-configuration",
                    f"the application does not start: quart_cors takes no `{name}`",
                    (Label(argument.span, "raises TypeError", primary=True),),
                    f"did you mean `{close[0]}`?" if close else f"it takes {', '.join(sorted(DEFAULTS))}",
                    name,
                    close[0] if close else "allow_origin",
                )
            )
    return found


# --- The configuration


def _configured(resolver: Resolver, owner: str | None) -> dict[str, Option]:
    """The QUART_CORS_* entries of an application; of any application of the file where it is not known."""
    found: dict[str, Option] = {}

    def read() -> Value[object]:
        for filling in (way for one in fillings(resolver, owner, None) for way in one.reached()):
            for name, usual in DEFAULTS.items():
                entry = f"{PREFIX}{name.upper()}"
                given = given_by(filling, entry)
                if given is None or all(way.value is UNBOUND for way in alternatives(given)):
                    continue
                before: Value[object] = found[name].value if name in found else Known(usual)
                value = layered(before, settled(given), filling.conditions)
                found[name] = Option(entry, value, filling.resolver.module.span(filling.node))
        return UNBOUND

    if PREFIX in resolver.module.source.text or ".config.from_" in resolver.module.source.text:
        resolver.guarded(read, resolver.module.tree)
    return found


# --- Decorated views


def _view(resolver: Resolver, call: cst.Call) -> cst.FunctionDef | None:
    """The function that a call decorates."""
    import libcst

    decorator = resolver.module.parent(call)
    function = resolver.module.parent(decorator) if isinstance(decorator, libcst.Decorator) else None
    return function if isinstance(function, libcst.FunctionDef) else None


def _routes(resolver: Resolver, view: cst.FunctionDef) -> Iterator[cst.Call]:
    import libcst

    for one in view.decorators:
        node = one.decorator
        if isinstance(node, libcst.Call) and (dotted(node.func) or "").rpartition(".")[2] in _ROUTING:
            yield node


def _route_below(resolver: Resolver, view: cst.FunctionDef, call: cst.Call) -> cst.Call | None:
    """The route that stands below the decorator, and so gets the function without it."""
    module = resolver.module
    routes = list(_routes(resolver, view))
    below = [route for route in routes if module.order(route) > module.order(call)]
    return below[0] if routes and len(below) == len(routes) else None


def _above(resolver: Resolver, call: cst.Call, route: cst.Call) -> Fact:
    return Fact(
        "decorator-order",
        "the view answers without CORS headers: the route gets the function as it is below the decorator",
        (
            Label(resolver.module.span(call), "never runs", primary=True),
            Label(resolver.module.span(route), "registers the function below it"),
        ),
        "put the route on top, and `@route_cors` right above the function",
    )


def _scope(resolver: Resolver, view: cst.FunctionDef) -> Scope:
    """The paths of a view; every path where they are not plain, or below the prefix of a blueprint."""
    tests = []
    for route in _routes(resolver, view):
        path = resolver.argument(route, 0, "rule")
        text = path.value.value if path is not None and isinstance(path.value, Known) else None
        if not isinstance(text, str) or "<" in text or "app" not in (dotted(route.func) or "").partition(".")[0]:
            return Scope(f"view `{view.name.value}`")
        tests.append(PathTest(text, "exact"))
    return Scope(f"view `{view.name.value}`", tuple(tests))
