"""Where a Python file configures Sanic Extensions: `app.config`, `app.update_config`, `Extend(app, config=...)`.

https://sanic.dev/en/plugins/sanic-ext/configuration.html
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Label
from corslint.options import Option
from corslint.policy import Fact, HowTo, Policy, Preflight, Scope
from corslint.releases import release_of
from corslint.resolve.flask_configuration import layered
from corslint.resolve.python import Argument, Reached, Resolver
from corslint.servers.sanic_ext.answer import respond
from corslint.servers.sanic_ext.options import DEFAULTS, Reading
from corslint.servers.sanic_ext.versions import behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Known, Mapping, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

EXTEND = ("sanic_ext.Extend", "sanic_ext.bootstrap.Extend")
CONFIG = ("sanic_ext.Config", "sanic_ext.config.Config")
DECORATOR = ("sanic_ext.cors", "sanic_ext.extensions.http.cors.cors")
KEYWORDS = {
    "origin": "CORS_ORIGINS",
    "expose_headers": "CORS_EXPOSE_HEADERS",
    "allow_headers": "CORS_ALLOW_HEADERS",
    "allow_methods": "CORS_METHODS",
    "supports_credentials": "CORS_SUPPORTS_CREDENTIALS",
    "max_age": "CORS_MAX_AGE",
}
"""What the decorator of a route takes, and the entry that each stands in the place of."""
APPLICATION = ("sanic.Sanic", "sanic.app.Sanic")
HOW_TO = HowTo(
    list_origins='CORS_ORIGINS = ["https://app.example.com"]',
    match_origins='CORS_ORIGINS = re.compile(r"(?:PATTERN)$")',
    drop_credentials="CORS_SUPPORTS_CREDENTIALS = False",
)
_OF_ROUTE = HowTo(
    list_origins='origin="https://app.example.com"',
    match_origins='origin=re.compile(r"(?:PATTERN)$")',
    drop_credentials="supports_credentials=False",
)
_WITH_LATER = replace(
    HOW_TO,
    list_origins=f"with sanic-ext 25.12 or later, {HOW_TO.list_origins}",
    send_vary="sanic-ext 25.12 does",
)
"""Before, no text is compared as a whole."""
_FILLING = frozenset({"update", "update_config", "load"})


@dataclass(slots=True)
class _Application:
    """What a file says of one application."""

    name: str
    options: dict[str, Option] = field(default_factory=dict)
    extension: dict[str, Option] = field(default_factory=dict)
    """What `Extend` is given; the application's own entries win over it."""
    extended: cst.Call | None = None
    """The call that reads the configuration, where it is seen."""
    facts: list[Fact] = field(default_factory=list)


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """A policy for each application that the file says something about."""
    found: dict[str, _Application] = {}
    for call in resolver.module.calls():
        owner = _extended(resolver, call)
        if owner is not None and resolver.reached(call) is not None:
            application = found.setdefault(owner, _Application(owner))
            application.extended = application.extended or call
            _lay_extension(resolver, call, application)
    _read_classes(resolver, found)
    for node, owner, name, value, span in _entries(resolver):
        reached = resolver.reached(node)
        if reached is not None and owner in found | {owner: None}:
            application = found.setdefault(owner, _Application(owner))
            _lay(resolver, node, application, name, value, span, reached)
    for application in found.values():
        if application.options or application.extension or application.facts:
            policy = _policy(project, resolver, application)
            if policy is not None:
                yield policy
    configured = next(iter(found.values())) if len(found) == 1 else _Application("")
    seen: Counter[str] = Counter()
    for call in resolver.calls(*DECORATOR):
        decorated = _decorated(project, resolver, call, configured)
        if decorated is not None:
            seen[decorated.key] += 1
            number = seen[decorated.key]
            yield decorated if number == 1 else replace(decorated, key=f"{decorated.key}#{number}")


def _policy(project: Project, resolver: Resolver, application: _Application) -> Policy | None:
    release = release_of(project, resolver.module.source.path, "sanic-ext")
    options = {**application.extension, **application.options}
    switch = options.get("CORS")
    if switch is not None and all(isinstance(w.value, Known) and not w.value.value for w in alternatives(switch.value)):
        return None
    first = options.get("CORS_ORIGINS") or next(iter(options.values()), None)
    where = first.span if first is not None else application.facts[0].labels[0].span
    assert where is not None
    how = behaviour(release.version if release else None)
    reading = Reading(options, where, how)
    call = application.extended
    reached = resolver.reached(call) if call is not None else Reached()
    conditions = reached.conditions if reached is not None else ()
    kind = next((kind for kind in KINDS if reached is not None and kind == reached.environment), None)
    return Policy(
        server="sanic_ext",
        product="Sanic Extensions",
        name=f"CORS of `{application.name}`",
        key=f"CORS@{application.name}",
        span=where,
        **reading.settings(),
        respond_with=respond,
        preflight=Preflight("product", 204, where),
        environment=Environment(kind, "; ".join(map(str, conditions)), marked=True) if kind else Environment(),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*application.facts, *reading.facts()),
        how_to=HOW_TO if how.compares == "whole" else _WITH_LATER,
        conditions=conditions,
        detail=reading.detail(),
    )


# --- `@cors(origin=...)`


def _decorated(project: Project, resolver: Resolver, call: cst.Call, configured: _Application) -> Policy | None:
    """The policy of a route; what it leaves out is what the application says, where that is seen."""
    reached = resolver.reached(call)
    if reached is None:
        return None
    release = release_of(project, resolver.module.source.path, "sanic-ext")
    where = resolver.module.span(call)
    options = {**configured.extension, **configured.options}
    facts: list[Fact] = []
    given: set[str] = set()
    for name, argument in resolver.keywords(call).items():
        if name in KEYWORDS:
            options[KEYWORDS[name]] = Option(name, argument.value, argument.span)
            given.add(KEYWORDS[name])
        else:
            close = difflib.get_close_matches(name, KEYWORDS, 1, 0.6)
            facts.append(
                Fact(
                    "rejected-configuration",
                    f"the application does not start: the decorator takes no `{name}`",
                    (Label(argument.span, "raises TypeError", primary=True),),
                    f"did you mean `{close[0]}`?" if close else f"it takes {', '.join(KEYWORDS)}",
                    name,
                )
            )
    how = behaviour(release.version if release else None)
    reading = Reading(options, where, how, frozenset(given))
    decorator = resolver.module.parent(call)
    name = getattr(getattr(resolver.module.parent(decorator) if decorator else None, "name", None), "value", "")
    kind = next((kind for kind in KINDS if kind == reached.environment), None)
    detail = reading.detail()
    return Policy(
        server="sanic_ext",
        product="Sanic Extensions",
        name=f"cors on `{name}`" if name else "cors",
        key=f"cors@{name}" if name else "cors",
        span=where,
        **reading.settings(),
        respond_with=respond,
        preflight=Preflight("product", 204, where),
        scope=Scope(f"view `{name}`" if name else ""),
        environment=Environment(kind, "; ".join(map(str, reached.conditions)), marked=True) if kind else Environment(),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*facts, *reading.facts()),
        how_to=_OF_ROUTE if how.compares == "whole" else replace(_WITH_LATER, drop_credentials=""),
        conditions=reached.conditions,
        detail=replace(detail, refused=True) if facts else detail,
    )


# --- `Extend(app, config=...)`, `app.extend(config=...)`


def _extended(resolver: Resolver, call: cst.Call) -> str | None:
    """The application that a call extends, as the source calls it; None for other calls."""
    import libcst

    if resolver.refers(call.func, EXTEND):
        app = resolver.argument(call, 0, "app")
        return dotted(app.node) if app is not None else None
    if isinstance(call.func, libcst.Attribute) and call.func.attr.value == "extend":
        owner = dotted(call.func.value)
        is_meant = any(one.keyword is not None and one.keyword.value == "config" for one in call.args)
        return owner if is_meant or (not call.args and _is_application(resolver, owner)) else None
    return None


def _is_application(resolver: Resolver, name: str | None) -> bool:
    return any(resolver.module.assigned(call) == name for call in resolver.calls(*APPLICATION))


def _lay_extension(resolver: Resolver, call: cst.Call, application: _Application) -> None:
    """What the `config` of an extension holds: a dict, or a `Config` made with keywords.

    Other keywords of `Extend` are passed over. https://github.com/sanic-org/sanic-ext/blob/v25.12.0/sanic_ext/config.py
    """
    import libcst

    for name, argument in resolver.keywords(call).items():
        if _is_strange(name.upper()) or name.upper() in DEFAULTS:
            application.facts.append(
                Fact(
                    "unknown-setting",
                    f"Sanic Extensions read no keyword `{name}`, and go on without it",
                    (Label(argument.span, "not read", primary=True),),
                    f'write it in the configuration: config={{"{name.lower()}": ...}}',
                    name,
                    name.upper(),
                )
            )
    given = resolver.argument(call, None, "config")
    if given is None:
        return
    if isinstance(given.node, libcst.Call) and resolver.refers(given.node.func, CONFIG):
        pairs: dict[str, Argument] = resolver.keywords(given.node)
        for name, argument in pairs.items():
            _keep(application.extension, application.facts, name.upper(), argument.value, argument.span)
        return
    for name, value, span in _pairs(given.value, given.span):
        _keep(application.extension, application.facts, name.upper(), value, span)


def _pairs(value: Value[object], span: Span) -> Iterator[tuple[str, Value[object], Span]]:
    """The entries of a dict that is known."""
    if isinstance(value, Known) and isinstance(value.value, Mapping):
        for key, item in value.value.pairs:
            if isinstance(key, Known) and isinstance(key.value, str):
                yield key.value, item, item.span if item.span is not None and item.span.path == span.path else span


# --- The configuration of the application


def _entries(resolver: Resolver) -> Iterator[tuple[cst.CSTNode, str, str, Value[object], Span]]:
    """Each statement that sets an entry: itself, the application, the entry and its value and place."""
    import libcst

    module = resolver.module
    for node in module.find(libcst.Assign, libcst.Call):
        if isinstance(node, libcst.Assign):
            for target in node.targets:
                if (written := _target(resolver, target.target)) is not None:
                    yield node, written[0], written[1], resolver.value(node.value), module.span(node)
        elif (
            isinstance(node, libcst.Call)
            and isinstance(node.func, libcst.Attribute)
            and node.func.attr.value in _FILLING
        ):
            owner = dotted(node.func.value) or ""
            if not owner.endswith(".config") and node.func.attr.value != "update_config":
                continue
            for argument in node.args:
                if argument.keyword is not None:
                    name = argument.keyword.value
                    yield node, _owner(owner), name, resolver.value(argument.value), module.span(argument)
                    continue
                value = resolver.value(argument.value)
                for name, item, span in _pairs(value, module.span(argument)):
                    yield node, _owner(owner), name, item, span
                if isinstance(kind := resolver.definition(argument.value), libcst.ClassDef):
                    for name, item, span in _of_class(resolver, kind):
                        yield node, _owner(owner), name, item, span


def _owner(name: str) -> str:
    return name.removesuffix(".config")


def _target(resolver: Resolver, node: cst.CSTNode) -> tuple[str, str] | None:
    """The application and the entry that `app.config.CORS_X` or `app.config["CORS_X"]` means."""
    import libcst

    name: object = None
    if isinstance(node, libcst.Attribute):
        name = node.attr.value
    elif isinstance(node, libcst.Subscript) and len(node.slice) == 1:
        index = node.slice[0].slice
        key = resolver.value(index.value) if isinstance(index, libcst.Index) else None
        name = key.value if isinstance(key, Known) else None
    owner = dotted(node.value) if isinstance(node, libcst.Attribute | libcst.Subscript) else None
    if not isinstance(name, str) or owner is None or not owner.endswith(".config"):
        return None
    return _owner(owner), name


def _read_classes(resolver: Resolver, found: dict[str, _Application]) -> None:
    """What `Sanic("shop", config=Settings())` gives an application."""
    import libcst

    for call in resolver.calls(*APPLICATION):
        given = resolver.argument(call, None, "config")
        name = resolver.module.assigned(call)
        kind = resolver.class_of(given.node) if given is not None else None
        reached = resolver.reached(call)
        if given is None or name is None or reached is None:
            continue
        if kind is None and isinstance(given.node, libcst.Call):
            definition = resolver.definition(given.node.func)
            kind = definition if isinstance(definition, libcst.ClassDef) else None
        for entry, value, span in _of_class(resolver, kind) if kind is not None else ():
            application = found.setdefault(name, _Application(name))
            _keep(application.options, application.facts, entry, value, span)


def _of_class(resolver: Resolver, kind: cst.ClassDef) -> Iterator[tuple[str, Value[object], Span]]:
    """The entries that the body of a class sets."""
    import libcst

    for node in resolver.module.find(libcst.Assign, libcst.AnnAssign):
        if not isinstance(node, libcst.Assign | libcst.AnnAssign) or node.value is None:
            continue
        if resolver.module.enclosing_class(node) is not kind:
            continue
        target = node.targets[0].target if isinstance(node, libcst.Assign) else node.target
        if isinstance(target, libcst.Name):
            yield target.value, resolver.value(node.value), resolver.module.span(node)


def _lay(
    resolver: Resolver,
    node: cst.CSTNode,
    application: _Application,
    name: str,
    value: Value[object],
    span: Span,
    reached: Reached,
) -> None:
    """Lay one entry over those before it, unless the extension has read them already."""
    module, extended = resolver.module, application.extended
    is_same = extended is not None and module.enclosing_function(node) is module.enclosing_function(extended)
    if extended is not None and is_same and module.order(node) > module.order(extended):
        if name in DEFAULTS:
            application.facts.append(
                Fact(
                    "late-setting",
                    f"`{name}` has no effect: the extension has read the configuration before",
                    (
                        Label(span, "set too late", primary=True),
                        Label(module.span(extended), "the configuration is read here"),
                    ),
                    f"set `{name}` above the call",
                    name,
                    name,
                )
            )
        return
    if reached.conditions and name in DEFAULTS:
        before = application.options.get(name)
        usual: Value[object] = Known(DEFAULTS[name])
        value = layered(before.value if before else usual, value, reached.conditions)
    _keep(application.options, application.facts, name, value, span)


def _keep(options: dict[str, Option], facts: list[Fact], name: str, value: Value[object], span: Span) -> None:
    """Keep an entry that is read; tell one that looks like it and is not."""
    if name in DEFAULTS:
        options[name] = Option(name, value, span)
    elif _is_strange(name):
        close = difflib.get_close_matches(name, DEFAULTS, 1, 0.75)
        facts.append(
            Fact(
                "unknown-setting",
                f"Sanic Extensions read no `{name}`, and go on without it",
                (Label(span, "not read", primary=True),),
                f"did you mean `{close[0]}`?" if close else "remove it, or use one of " + ", ".join(DEFAULTS),
                name,
                close[0] if close else "",
            )
        )


def _is_strange(name: str) -> bool:
    """Whether a name looks like one that is read; an application may have entries of its own."""
    return (
        name.startswith("CORS_")
        and name not in DEFAULTS
        and bool(difflib.get_close_matches(name, DEFAULTS, 1, 0.75) or name in _FOREIGN)
    )


_FOREIGN = frozenset({"CORS_ALLOW_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ALLOW_CREDENTIALS", "CORS_CREDENTIALS"})
"""Names that other products give to what the entries do."""
