"""Where a Starlette or FastAPI program puts CORSMiddleware to use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from corslint.options import Option
from corslint.policy import PathTest, Scope
from corslint.resolve.calls import Arguments
from corslint.resolve.python import Argument, Reached, Resolver
from corslint.resolve.ways import under
from corslint.servers.starlette.displays import Display, displays, held
from corslint.servers.starlette.handed import PARTIAL, Candidate, Handed, first_of, handed, unseen
from corslint.servers.starlette.instances import per_instance
from corslint.servers.starlette.keywords import passed_on
from corslint.servers.starlette.reaching import Reach, reach
from corslint.servers.starlette.subclasses import Given, Made, has_constructor, made
from corslint.servers.starlette.versions import Behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Known, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

_MIDDLEWARE = frozenset({"starlette.middleware.Middleware", "fastapi.middleware.Middleware"})
_STATIC_FILES = frozenset({"starlette.staticfiles.StaticFiles", "fastapi.staticfiles.StaticFiles"})
_NO_OPTIONS = frozenset({"app", "middleware_class", "cls"})
_APPLICATION = Unknown("the application")


@dataclass(frozen=True, slots=True)
class Site:
    """One use of the middleware."""

    resolver: Resolver
    """Of the file it stands in."""
    node: cst.BaseExpression
    """The call that adds it, or the dict or tuple that holds the class with its options."""
    span: Span
    target: str
    """The application, as the source calls it; empty where it has no name."""
    handed: Handed
    options: dict[str, Option]
    nameless: Span | None
    """The first of them that `add_middleware` or `Middleware` gets without a name."""
    unfollowed: Unknown | None
    """Why there may be more options than can be seen."""
    changed: Unknown | None
    """Why the class may do something else than the product's own."""
    wraps: bool
    """Whether it stands around the whole application, error handling included."""
    reached: Reached
    scope: Scope
    decided: dict[str, Unknown] = field(default_factory=dict)
    """The settings that a subclass decides itself, by their field in a policy."""


def sites(resolver: Resolver, how: Behaviour, is_candidate: Candidate) -> Iterator[Site]:
    """The uses of the middleware in one file, in the order of the source."""
    import libcst

    used: set[cst.Call] = set()
    partials: list[tuple[cst.Call, Handed]] = []
    found: list[Site | None] = []
    for call in resolver.module.calls():
        first = first_of(call)
        if resolver.refers(call.func, PARTIAL):
            kind = None if first is None else handed(resolver, first, is_candidate)
            if kind is not None:
                partials.append((call, kind))
            continue
        given = _keyword(call, "middleware_class", "cls") if first is None else first
        adds = isinstance(call.func, libcst.Attribute) and call.func.attr.value == "add_middleware"
        if adds or resolver.refers(call.func, _MIDDLEWARE) or _is_middleware(resolver, call.func):
            kind, wraps = None if given is None else handed(resolver, given, is_candidate), False
            if kind is None and given is not None:
                kind = unseen(resolver, call, given)
        else:
            kind, wraps = handed(resolver, call.func, is_candidate), True
            if kind is None and any(one.keyword is not None and one.keyword.value in how.options for one in call.args):
                kind, wraps = _handed_on(resolver, call, is_candidate), False
        if kind is not None:
            used.update(kind.calls)
            found.append(_of_call(resolver, how, call, kind, wraps=wraps))
    for call, kind in partials:
        if call not in used and not any(call in other.calls for _, other in partials):
            # The product gets it where we do not see it.
            found.append(_of_call(resolver, how, call, kind, wraps=True))
    found.extend(_of_display(resolver, how, display) for display in displays(resolver, how, is_candidate))
    yield from sorted((site for site in found if site is not None), key=lambda site: site.span.start)


def _is_middleware(resolver: Resolver, node: cst.BaseExpression) -> bool:
    """Whether it is `Middleware` by the way of another module of the project."""
    named = any(name.endswith(".Middleware") for name in resolver.names.qualified(node))
    return named and not _MIDDLEWARE.isdisjoint(resolver.imports.qualified(node))


def _handed_on(resolver: Resolver, call: cst.Call, is_candidate: Candidate) -> Handed | None:
    """The class that is handed, along with options, to something that will make it."""
    for argument in call.args:
        kind = None if argument.star else handed(resolver, argument.value, is_candidate)
        if kind is not None:
            return kind
    return None


def _keyword(call: cst.Call, *names: str) -> cst.BaseExpression | None:
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value in names:
            return argument.value
    return None


def _of_call(resolver: Resolver, how: Behaviour, call: cst.Call, kind: Handed, *, wraps: bool) -> Site | None:
    reaching = reach(resolver, call)
    if reaching is None:
        return None
    reached = reaching.reached
    options: dict[str, Option] = {}
    unfollowed: Unknown | None = None
    for source in (*kind.calls, call):
        options.update(_options(resolver, how, source, reaching))
        stars = [one for one in source.args if one.star]
        if not stars or not all(_is_followed(passed_on(resolver, one)) for one in stars):
            unfollowed = unfollowed or resolver.unfollowed(source)
    subclass = Made()
    if kind.subclass is not None:
        given = _given(resolver, (*kind.calls, call), wraps=wraps)
        subclass = made(kind.subclass, given, how.options, resolver.module.span(call))
        if has_constructor(kind.subclass):
            options = {name: _under(option, reached) for name, option in subclass.options.items()}
            unfollowed = None
    target = _target(resolver, call, wraps=wraps)
    plain = [argument.value for argument in call.args if argument.keyword is None and not argument.star]
    return Site(
        resolver,
        call,
        resolver.module.span(call),
        target,
        kind,
        options,
        resolver.module.span(plain[1]) if len(plain) > 1 and not wraps else None,
        unfollowed,
        kind.changed or subclass.changed,
        wraps,
        reached,
        _narrowed(_files(resolver, call, wraps=wraps) or _scope(resolver, call, target), subclass),
        subclass.decided,
    )


def _is_followed(value: Value[object] | None) -> bool:
    return value is not None and not any(isinstance(way.value, Unknown) for way in alternatives(value))


def _of_display(resolver: Resolver, how: Behaviour, display: Display) -> Site | None:
    reaching = reach(resolver, display.node)
    if reaching is None:
        return None
    reached = reaching.reached
    span = resolver.module.span(display.node)
    options, subclass = dict(display.options), Made()
    if display.handed.subclass is not None:
        values: dict[str, Value[object]] = {name: option.value for name, option in options.items()}
        spans = {name: option.span for name, option in options.items() if option.span is not None}
        arguments = Arguments((_APPLICATION,), values, display.unfollowed)
        subclass = made(display.handed.subclass, Given(arguments, spans), how.options, span)
        options = subclass.options if has_constructor(display.handed.subclass) else options
    return Site(
        resolver,
        display.node,
        span,
        "",
        display.handed,
        options,
        None,
        display.unfollowed,
        display.handed.changed or subclass.changed,
        False,
        reached,
        _narrowed(Scope(), subclass),
        subclass.decided,
    )


def _narrowed(scope: Scope, subclass: Made) -> Scope:
    """The scope with what a subclass says of the requests it lets through to the product's class."""
    if not subclass.some_requests:
        return scope
    text = f"where `{subclass.some_requests}` lets it"
    return Scope(f"{scope.text}, {text}" if scope.text else text, scope.includes, scope.excludes)


def _under(option: Option, reached: Reached) -> Option:
    return Option(option.name, under(option.value, reached.conditions), option.span, option.given)


def _given(resolver: Resolver, calls: Sequence[cst.Call], *, wraps: bool) -> Given:
    """What the class is made with by these calls, of which the last adds it and the others are `functools.partial`."""
    positional: list[Value[object]] = []
    positions: list[Span | None] = []
    named: dict[str, Value[object]] = {}
    spans: dict[str, Span] = {}
    unseen: Unknown | None = None
    for call in calls:
        direct = wraps and call is calls[-1] and not resolver.refers(call.func, PARTIAL)
        passed = _passed(resolver, call)
        unseen = unseen or passed.unseen
        plain = [resolver.module.span(one) for one in call.args if one.keyword is None and not one.star]
        skipped = 0 if direct or first_of(call) is None else 1
        positional += passed.positional[skipped:]
        positions += [*plain, *[None] * (len(passed.positional) - len(plain))][skipped : len(passed.positional)]
        named.update({name: value for name, value in passed.named.items() if direct or name not in _NO_OPTIONS})
        for argument in call.args:
            if argument.keyword is not None:
                spans[argument.keyword.value] = resolver.module.span(argument)
            elif argument.star == "**":
                spans.update({name: resolver.module.span(argument) for name in passed.named if name not in spans})
    if not wraps or resolver.refers(calls[-1].func, PARTIAL):
        positional.insert(0, _APPLICATION)
        positions.insert(0, None)
    return Given(Arguments(tuple(positional), named, unseen), spans, positions)


def _passed(resolver: Resolver, call: cst.Call) -> Arguments:
    site = resolver.site(call)
    found: list[Arguments] = []

    def ask() -> Value[object]:
        if site is not None:
            found.append(resolver.passed(call, site[1]))
        return Known(None)

    problem = resolver.guarded(ask, call)
    return found[0] if found else Arguments(unseen=problem if isinstance(problem, Unknown) else _APPLICATION)


def _options(resolver: Resolver, how: Behaviour, call: cst.Call, reaching: Reach) -> dict[str, Option]:
    """The options one call passes."""
    found: dict[str, Option] = {}
    # First stands the application, or the class, behind which `add_middleware` and `Middleware` put the application
    # themselves; a `partial` has both.
    start = 2 if resolver.refers(call.func, PARTIAL) else 1
    helped = {one.value for one in call.args if _is_followed(passed_on(resolver, one))}
    for position, name in enumerate(how.options, start=start):
        argument = resolver.argument(call, position, name)
        if argument is not None and argument.node not in helped:
            found[name] = _option(resolver, name, argument, reaching)
    for given in () if reaching.is_assumed else call.args:
        whole = (passed_on(resolver, given) or resolver.value(given.value)) if given.star == "**" else None
        for name, option in held(resolver, how, whole, {}).items() if whole is not None else ():
            value = under(option.value, reaching.reached.conditions)
            found[name] = Option(name, value, resolver.module.span(given))
    for name, argument in resolver.keywords(call).items():
        if name not in found and name not in _NO_OPTIONS:
            found[name] = _option(resolver, name, argument, reaching)
    return found


def _option(resolver: Resolver, name: str, argument: Argument, reaching: Reach) -> Option:
    import libcst

    if isinstance(argument.node, libcst.GeneratorExp):
        return Option(name, Unknown("a generator can be gone through only once", argument.span), argument.span)
    if reaching.is_assumed:
        value = resolver.value_with(argument.node, dict(reaching.unknown))
    else:
        value = per_instance(resolver, argument)
    return Option(name, under(value, reaching.reached.conditions), argument.span)


def _target(resolver: Resolver, call: cst.Call, *, wraps: bool) -> str:
    """The application a call speaks of."""
    import libcst

    module = resolver.module
    if isinstance(call.func, libcst.Attribute) and call.func.attr.value == "add_middleware":
        return dotted(call.func.value) or module.text(call.func.value)
    first = first_of(call)
    if not resolver.refers(call.func, _MIDDLEWARE | PARTIAL):
        given = _keyword(call, "app") or (first if wraps else None)
        return (dotted(given) or "") if given is not None else ""
    holder = _holder(resolver, call)
    if isinstance(holder, libcst.Call):
        return module.assigned(holder) or ""
    return holder or ""


def _holder(resolver: Resolver, call: cst.Call) -> cst.Call | str | None:
    """The constructor call whose `middleware=` holds this `Middleware(...)`, or the name of the list it stands in."""
    import libcst

    module = resolver.module
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, libcst.Arg):
            if ancestor.keyword is not None and ancestor.keyword.value == "middleware":
                return cast("cst.Call", module.parent(ancestor))
        elif isinstance(ancestor, (libcst.Assign, libcst.AnnAssign)):
            target = ancestor.targets[0].target if isinstance(ancestor, libcst.Assign) else ancestor.target
            return _user_of(resolver, dotted(target)) or dotted(target)
        elif isinstance(ancestor, (libcst.BaseSmallStatement, libcst.BaseCompoundStatement)):
            break
    return None


def _user_of(resolver: Resolver, name: str | None) -> cst.Call | None:
    """The constructor call that gets a list by its name: `Starlette(middleware=middleware)`."""
    for call in resolver.module.calls():
        given = _keyword(call, "middleware")
        if name is not None and given is not None and dotted(given) == name:
            return call
    return None


def _scope(resolver: Resolver, call: cst.Call, target: str) -> Scope:
    """The paths a use speaks for: those of the mount or route it stands in, or below which its application hangs."""
    import libcst

    holder = _holder(resolver, call) if resolver.refers(call.func, _MIDDLEWARE) else None
    if isinstance(holder, libcst.Call):
        made = (dotted(holder.func) or "").rpartition(".")[2]
        if made in ("Mount", "Route", "WebSocketRoute", "Host"):
            return _path_scope(resolver, holder, is_prefix=made == "Mount")
    for mount in resolver.module.calls():
        if target and isinstance(mount.func, libcst.Attribute) and mount.func.attr.value == "mount":
            app = resolver.argument(mount, 1, "app")
            if app is not None and dotted(app.node) == target and _same_scope(resolver, mount, call):
                return _path_scope(resolver, mount, is_prefix=True)
    return Scope()


def _files(resolver: Resolver, call: cst.Call, *, wraps: bool) -> Scope | None:
    """The scope of a use around an application that gives files only."""
    import libcst

    app = (_keyword(call, "app") or first_of(call)) if wraps else None
    gives_files = isinstance(app, libcst.Call) and resolver.refers(app.func, _STATIC_FILES)
    return Scope("static files") if gives_files else None


def _same_scope(resolver: Resolver, one: cst.Call, other: cst.Call) -> bool:
    return resolver.scopes.scope(one) is resolver.scopes.scope(other)


def _path_scope(resolver: Resolver, holder: cst.Call, is_prefix: bool) -> Scope:
    given = resolver.argument(holder, 0, "path")
    if given is None or not isinstance(given.value, Known) or not isinstance(given.value.value, str):
        return Scope()
    path = given.value.value.rstrip("/")
    if not path or "{" in path:
        return Scope()
    if not is_prefix:
        return Scope(f"route {given.value.value}", (PathTest(given.value.value, "exact"),))
    return Scope(f"mount {path}", (PathTest(f"{path}/", "prefix"), PathTest(path, "exact")))
