"""Where a Starlette or FastAPI program puts CORSMiddleware to use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from corslint.options import Option
from corslint.policy import PathTest, Scope
from corslint.resolve.python import Reached, Resolver
from corslint.servers.starlette.versions import Behaviour
from corslint.source import Span
from corslint.syntax.python import body_statements, dotted
from corslint.values import Known, Unknown

if TYPE_CHECKING:
    import libcst as cst

NAME = "CORSMiddleware"
CLASS = frozenset({"starlette.middleware.cors.CORSMiddleware", "fastapi.middleware.cors.CORSMiddleware"})
_MIDDLEWARE = frozenset({"starlette.middleware.Middleware", "fastapi.middleware.Middleware"})
_PARTIAL = frozenset({"functools.partial"})
# Classes of the same name that belong to other products.
_STRANGERS = ("falcon.", "litestar.", "flask_", "corsheaders.", "sanic", "robyn", "connexion.", "aiohttp")


@dataclass(frozen=True, slots=True)
class Site:
    """One use of the middleware."""

    call: cst.Call
    """The call that adds it."""
    span: Span
    target: str
    """The application, as the source calls it; empty where it has no name."""
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


@dataclass(frozen=True, slots=True)
class _Class:
    """What a program hands over as the middleware class."""

    calls: tuple[cst.Call, ...] = ()
    """The `functools.partial` calls on the way, innermost first: each may fix options."""
    changed: Unknown | None = None


def sites(resolver: Resolver, how: Behaviour) -> Iterator[Site]:
    """The uses of the middleware in one file, in the order of the source."""
    import libcst

    used: set[cst.Call] = set()
    partials: list[cst.Call] = []
    found: list[Site] = []
    for call in resolver.module.calls():
        first = next((a.value for a in call.args if a.keyword is None and not a.star), None)
        if resolver.refers(call.func, _PARTIAL):
            partials.append(call)
            continue
        adds = isinstance(call.func, libcst.Attribute) and call.func.attr.value == "add_middleware"
        if adds or resolver.refers(call.func, _MIDDLEWARE):
            handed = _keyword(call, "middleware_class", "cls") if first is None else first
            kind, wraps = None if handed is None else _class(resolver, handed), False
        else:
            kind, wraps = _class(resolver, call.func), True
        if kind is None:
            continue
        used.update(kind.calls)
        site = _site(resolver, how, call, kind, wraps=wraps)
        if site is not None:
            found.append(site)
    for call in partials:
        first = next((a.value for a in call.args if a.keyword is None and not a.star), None)
        kind = None if first is None else _class(resolver, first)
        if kind is not None and call not in used and not any(call in _class_calls(resolver, one) for one in partials):
            # The product gets it where we do not see it.
            site = _site(resolver, how, call, kind, wraps=True)
            if site is not None:
                found.append(site)
    yield from sorted(found, key=lambda site: site.span.start)


def _class_calls(resolver: Resolver, call: cst.Call) -> tuple[cst.Call, ...]:
    kind = next((_class(resolver, a.value) for a in call.args if a.keyword is None and not a.star), None)
    return kind.calls if kind is not None else ()


def _keyword(call: cst.Call, *names: str) -> cst.BaseExpression | None:
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value in names:
            return argument.value
    return None


def _class(resolver: Resolver, node: cst.BaseExpression, links: int = 0) -> _Class | None:
    """The middleware class behind an expression; None for anything else."""
    import libcst

    if links > 10:
        return None
    if resolver.refers(node, CLASS):
        return _Class()
    if isinstance(node, libcst.Call) and resolver.refers(node.func, _PARTIAL):
        first = next((a.value for a in node.args if a.keyword is None and not a.star), None)
        inner = None if first is None else _class(resolver, first, links + 1)
        return None if inner is None else replace(inner, calls=(*inner.calls, node))
    definition = resolver.definition(node)
    if isinstance(definition, libcst.ClassDef):
        return _subclass(resolver, definition, links)
    if isinstance(node, libcst.Name):
        assigned = resolver.names.assigned_expression(node)
        if isinstance(assigned, libcst.Call):
            return _class(resolver, assigned, links + 1)
    name = resolver.qualified(node)
    if name is not None and name.endswith(f".{NAME}") and not name.startswith(_STRANGERS):
        source = name.rpartition(".")[0]
        why = f"`{resolver.module.text(node)}` is imported from `{source}`, which may change what it does"
        return _Class(changed=Unknown(why, resolver.module.span(node)))
    return None


def _subclass(resolver: Resolver, definition: cst.ClassDef, links: int) -> _Class | None:
    for base in definition.bases:
        kind = _class(resolver, base.value, links + 1)
        if kind is None:
            continue
        if kind.changed is not None or _is_trivial(definition):
            return kind
        why = f"`{definition.name.value}` changes what {NAME} does"
        return replace(kind, changed=Unknown(why, resolver.module.span(definition.name)))
    return None


def _is_trivial(definition: cst.ClassDef) -> bool:
    import libcst

    return all(
        isinstance(statement, libcst.Pass)
        or (
            isinstance(statement, libcst.Expr)
            and isinstance(statement.value, (libcst.SimpleString, libcst.ConcatenatedString, libcst.Ellipsis))
        )
        for statement in body_statements(definition.body)
    )


def _site(resolver: Resolver, how: Behaviour, call: cst.Call, kind: _Class, *, wraps: bool) -> Site | None:
    reached = resolver.reached(call)
    if reached is None:
        return None
    options: dict[str, Option] = {}
    unfollowed: Unknown | None = None
    for source in (*kind.calls, call):
        options.update(_options(resolver, how, source))
        unfollowed = unfollowed or resolver.unfollowed(source)
    target = _target(resolver, call)
    plain = [argument.value for argument in call.args if argument.keyword is None and not argument.star]
    return Site(
        call,
        resolver.module.span(call),
        target,
        options,
        resolver.module.span(plain[1]) if len(plain) > 1 and not wraps else None,
        unfollowed,
        kind.changed,
        wraps,
        reached,
        _scope(resolver, call, target),
    )


def _options(resolver: Resolver, how: Behaviour, call: cst.Call) -> dict[str, Option]:
    """The options one call passes."""
    import libcst

    found: dict[str, Option] = {}
    # First stands the application, or the class, behind which `add_middleware` and `Middleware` put the application
    # themselves; a `partial` has both.
    start = 2 if resolver.refers(call.func, _PARTIAL) else 1
    for position, name in enumerate(how.options, start=start):
        argument = resolver.argument(call, position, name)
        if argument is not None:
            value = argument.value
            if isinstance(argument.node, libcst.GeneratorExp):
                value = Unknown("a generator can be gone through only once", argument.span)
            found[name] = Option(name, value, argument.span)
    for name, argument in resolver.keywords(call).items():
        if name not in found and name not in ("app", "middleware_class", "cls"):
            found[name] = Option(name, argument.value, argument.span)
    return found


def _target(resolver: Resolver, call: cst.Call) -> str:
    """The application a call speaks of."""
    import libcst

    module = resolver.module
    if isinstance(call.func, libcst.Attribute) and call.func.attr.value == "add_middleware":
        return dotted(call.func.value) or module.text(call.func.value)
    first = next((a.value for a in call.args if a.keyword is None and not a.star), None)
    if not resolver.refers(call.func, _MIDDLEWARE | _PARTIAL):
        given = _keyword(call, "app") or first
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
