"""Where a Python file makes a Socket.IO server and tells it about origins.

https://python-socketio.readthedocs.io/en/stable/api.html#socketio.Server,
https://flask-socketio.readthedocs.io/en/latest/api.html#flask_socketio.SocketIO
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Label, Unread
from corslint.options import Option
from corslint.policy import Fact, HowTo, Policy, Preflight, Scope
from corslint.resolve.flask_configuration import layered
from corslint.resolve.modules import locate
from corslint.resolve.python import Reached, Resolver, resolver_of
from corslint.servers.socketio.answer import Detail, respond
from corslint.servers.socketio.options import CREDENTIALS, ORIGINS, Reading
from corslint.servers.socketio.paths import scope, scope_of
from corslint.servers.socketio.versions import NEWEST, Installed
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Items, Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

_PLAIN = {
    f"{product}.{module}{name}": product
    for product in ("socketio", "engineio")
    for module, name in (
        ("", "Server"),
        ("", "AsyncServer"),
        ("server.", "Server"),
        ("async_server.", "AsyncServer"),
        ("asyncio_server.", "AsyncServer"),
    )
}
FLASK = ("flask_socketio.SocketIO", "flask.ext.socketio.SocketIO")
MANAGER = ("fastapi_socketio.SocketManager", "fastapi_socketio.socket_manager.SocketManager")
"""https://github.com/pyropy/fastapi-socketio/blob/0.0.10/fastapi_socketio/socket_manager.py"""
HOW_TO = HowTo(
    list_origins='cors_allowed_origins=["https://app.example.com"]',
    drop_credentials="cors_credentials=False",
)
MAX_SITES = 100
"""Sockets that are read in one file; each costs a look at the whole file."""
MAX_SEARCHED_FILES = 2000
"""Files looked through for one that goes on with what is made here."""
_STRANGE = re.compile(r"(?i)cors|origin|credential")
_INIT_APP = re.compile(r"\.init_app\((?:[^()]|\([^()]*\))*cors_")


@dataclass(frozen=True, slots=True)
class _Site:
    """One place where a socket is made."""

    call: cst.Call
    """What its policy is told of: the call that makes it, or `init_app`."""
    name: str
    """For people: "SocketIO on `app`"."""
    key: str
    made: tuple[Resolver, cst.Call]
    layers: tuple[tuple[Resolver, cst.Call], ...]
    """The calls whose keywords count, later ones winning."""
    kind: str
    """The qualified name of what is made."""


def policies(project: Project, resolver: Resolver, release: Installed | None) -> Iterator[Policy | Unread]:
    """The policies of the sockets that a file makes, of MAX_SITES at most."""
    seen: Counter[str] = Counter()
    for count, site in enumerate(_sites(project, resolver)):
        if count == MAX_SITES:
            span = resolver.module.span(site.call)
            yield Unread(resolver.module.source.path, f"makes more than {MAX_SITES} sockets", span)
            return
        reached = resolver.reached(site.call)
        if reached is None:
            continue
        policy = _policy(resolver, release, site, reached)
        seen[policy.key] += 1
        yield policy if seen[policy.key] == 1 else replace(policy, key=f"{policy.key}#{seen[policy.key]}")


def _sites(project: Project, resolver: Resolver) -> Iterator[_Site]:
    import libcst

    waiting: list[tuple[str, cst.Call]] = []
    nameless: list[cst.Call] = []
    for call in resolver.calls(*_PLAIN, *FLASK, *MANAGER):
        kind = _kind(resolver, call)
        name = resolver.module.assigned(call)
        if kind in FLASK and not _has_app(resolver, call):
            if name is None:
                nameless.append(call)
            else:
                waiting.append((name, call))
            continue
        yield _made(resolver, call, kind, _name(resolver, call, kind, name))
    applied: set[cst.Call] = set()
    for call in resolver.module.calls():
        if not isinstance(call.func, libcst.Attribute) or call.func.attr.value != "init_app":
            continue
        made = _extension(project, resolver, call.func.value, dict(waiting))
        if made is None:
            continue
        other, constructor = made
        if other is resolver:
            applied.add(constructor)
        elif not any(name.startswith("cors_") for name in resolver.keywords(call)):
            continue  # told where it is made
        app = resolver.argument(call, 0, "app")
        text = "" if app is None else resolver.module.text(app.node)
        name = f"SocketIO on `{text}`"
        yield _Site(call, name, f"SocketIO@{text}", made, (made, (resolver, call)), FLASK[0])
    here = {name for name, call in waiting if call in applied}
    for name, call in waiting:
        elsewhere = name not in here and _is_told_elsewhere(project, resolver.module.source, name)
        if call not in applied and not elsewhere and not _only_emits(resolver, call):
            yield _made(resolver, call, FLASK[0], f"SocketIO `{name}`", f"SocketIO@{name}")
    for call in nameless:
        if not _only_emits(resolver, call):
            yield _made(resolver, call, FLASK[0], "SocketIO")


def _kind(resolver: Resolver, call: cst.Call) -> str:
    names = resolver.names.qualified(call.func)
    return next(name for name in names if name in _PLAIN or name in FLASK or name in MANAGER)


def _made(resolver: Resolver, call: cst.Call, kind: str, name: str, key: str = "") -> _Site:
    here = (resolver, call)
    return _Site(call, name, key or name.replace(" on ", "@").replace(" ", "@").replace("`", ""), here, (here,), kind)


def _name(resolver: Resolver, call: cst.Call, kind: str, name: str | None) -> str:
    what = kind.rpartition(".")[2]
    app = resolver.argument(call, 0, "app") if kind in FLASK or kind in MANAGER else None
    if app is not None:
        return f"{what} on `{resolver.module.text(app.node)}`"
    return f"{what} `{name}`" if name else what


def _has_app(resolver: Resolver, call: cst.Call) -> bool:
    app = resolver.argument(call, 0, "app")
    return app is not None and not (isinstance(app.value, Known) and app.value.value is None)


def _only_emits(resolver: Resolver, call: cst.Call) -> bool:
    """Whether an extension without an application only puts events into a queue, and so answers no request.

    https://flask-socketio.readthedocs.io/en/latest/deployment.html#emitting-from-an-external-process
    """
    return resolver.argument(call, None, "message_queue") is not None


def _extension(
    project: Project, resolver: Resolver, owner: cst.BaseExpression, here: dict[str, cst.Call]
) -> tuple[Resolver, cst.Call] | None:
    """The call that made the extension on which `init_app` is called, in this file or one it is imported from."""
    written = dotted(owner)
    if written in here:
        return resolver, here[written]
    if "sock" not in (written or "").lower() and "sio" not in (written or "").lower():
        return None
    name = resolver.qualified(owner)
    located = locate(project, resolver.module.source, name) if name else None
    if located is None:
        return None
    source, rest = located
    try:
        other = resolver_of(project, source)
    except SyntaxProblem:
        return None
    return next(((other, call) for call in other.calls(*FLASK) if other.module.assigned(call) == rest), None)


def _is_told_elsewhere(project: Project, source: Source, name: str) -> bool:
    """Whether another file tells an extension of this name about origins; that file then gives the policy."""
    words = f"{name.rpartition('.')[2]}.init_app("
    paths = [listed.path for listed in project.files if listed.path.endswith(".py") and listed.path != source.path]
    others = filter(None, map(project.source, paths[:MAX_SEARCHED_FILES]))
    return any(words in other.text and _INIT_APP.search(other.text) for other in others)


def _policy(resolver: Resolver, release: Installed | None, site: _Site, reached: Reached) -> Policy:
    how = release.how if release else NEWEST
    where = resolver.module.span(site.call)
    options: dict[str, Option] = {}
    facts: list[Fact] = []
    if site.kind in MANAGER:
        options[ORIGINS] = Option(ORIGINS, Known("*"), where, "default")
    for layer_resolver, call in site.layers:
        facts += _lay(layer_resolver, call, options, place=3 if site.kind in MANAGER else None)
    _lay_later(*site.made, options)
    reading = Reading(options, where, how)
    kind = next((kind for kind in KINDS if kind == reached.environment), None)
    settings = reading.settings()
    return Policy(
        server="socketio",
        product="Socket.IO",
        name=site.name,
        key=site.key,
        span=where,
        **settings,
        respond_with=respond,
        preflight=Preflight("product", 200, where, takes=("GET", "POST")),
        scope=_scope(site),
        environment=Environment(kind, "; ".join(map(str, reached.conditions)), marked=True) if kind else Environment(),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*facts, *reading.facts(serves_websockets=_serves_websockets(site))),
        how_to=HOW_TO,
        conditions=reached.conditions,
        opens="use this socket and read its events",
        # Each answer belongs to one session; whoever stored them would break the protocol first.
        is_cacheable=False,
        detail=Detail(is_async="Async" in site.kind or site.kind in MANAGER),
    )


def _serves_websockets(site: _Site) -> bool:
    """Whether it does more than polling, unless it is told otherwise."""
    for resolver, call in site.layers:
        given = resolver.argument(call, None, "transports")
        if given is not None and isinstance(given.value, Known):
            listed = given.value.value.items if isinstance(given.value.value, Items) else (given.value,)
            return any(not isinstance(one, Known) or one.value == "websocket" for one in listed)
    return True


def _scope(site: _Site) -> Scope:
    """The paths of the socket."""
    if site.kind in FLASK:
        for resolver, call in reversed(site.layers):
            for name in ("path", "resource"):
                given = resolver.argument(call, None, name)
                if given is not None and isinstance(given.value, Known) and isinstance(given.value.value, str):
                    return scope(given.value.value or "socket.io")
        return scope("socket.io")
    if site.kind in MANAGER:
        resolver, call = site.made
        parts = [resolver.argument(call, 1, "mount_location"), resolver.argument(call, 2, "socketio_path")]
        texts = [
            part.value.value if part and isinstance(part.value, Known) and isinstance(part.value.value, str) else usual
            for part, usual in zip(parts, ("/ws", "socket.io"), strict=True)
        ]
        return scope("/".join(text.strip("/") for text in texts))
    return scope_of(*site.made, _PLAIN[site.kind])


# --- Options.


def _lay(resolver: Resolver, call: cst.Call, options: dict[str, Option], place: int | None) -> Iterator[Fact]:
    """Lay the keywords of a call over the options so far, and say what is odd about their names.

    `place` is that of the origins among the arguments without a name, if they have one.
    """
    hidden = resolver.unfollowed(call)
    given = resolver.keywords(call)
    if place is not None and (found := resolver.argument(call, place, ORIGINS)) is not None:
        given[ORIGINS] = found
    for name in (ORIGINS, CREDENTIALS):
        if name in given:
            argument = given[name]
            value = _decided(resolver, argument.node) or argument.value
            options[name] = Option(name, value, argument.span)
        elif hidden is not None:
            options[name] = Option(name, hidden, hidden.span)
    return (_unread(name, argument.span) for name, argument in given.items() if _is_strange(name))


def _lay_later(resolver: Resolver, made: cst.Call, options: dict[str, Option]) -> None:
    """Lay over them what is set on the server when it is there: it looks its options up with each request."""
    import libcst

    name = resolver.module.assigned(made)
    if name is None:
        return
    for node in resolver.module.find(libcst.Assign):
        target = dotted(node.targets[0].target) or ""
        owner, _, option = target.rpartition(".")
        if option not in (ORIGINS, CREDENTIALS) or owner not in (name, f"{name}.eio", f"{name}.server.eio"):
            continue
        reached = resolver.reached(node)
        if reached is not None:
            usual: Value[object] = Known(None if option == ORIGINS else True)
            before = options[option].value if option in options else usual
            after = _decided(resolver, node.value) or resolver.value(node.value)
            value = layered(before, after, reached.conditions)
            options[option] = Option(option, value, resolver.module.span(node))


def _decided(resolver: Resolver, node: cst.BaseExpression) -> Value[object] | None:
    """What a function lets in: everybody, or what is decided at run time; None for what is no function."""
    import libcst

    span = resolver.module.span(node)
    if isinstance(node, libcst.Lambda):
        body: cst.BaseExpression | None = node.body
    elif isinstance(function := resolver.definition(node), libcst.FunctionDef):
        body = _returned(function)
    else:
        return None
    value = resolver.value(body) if body is not None else None
    if isinstance(value, Known) and value.value is True:
        return Known("*", span)
    return Unknown(f"`{resolver.module.text(node)}` decides with each request", span)


def _returned(function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a function returns that does nothing else."""
    import libcst

    *before, last = function.body.body
    if before or not isinstance(last, libcst.SimpleStatementLine):
        return None
    statement = last.body[-1]
    return statement.value if isinstance(statement, libcst.Return) else None


def _is_strange(name: str) -> bool:
    return name not in (ORIGINS, CREDENTIALS) and _STRANGE.search(name) is not None


def _unread(name: str, span: Span) -> Fact:
    """A name that looks as if it were about origins, and is passed over."""
    close = difflib.get_close_matches(name, (ORIGINS, CREDENTIALS), 1, 0.5)
    meant = CREDENTIALS if "cred" in name else close[0] if close else ORIGINS
    return Fact(
        "unknown-setting",
        f"Socket.IO servers read no `{name}`, and go on without it",
        (Label(span, "not read", primary=True),),
        f"did you mean `{meant}`?",
        name,
        meant,
    )
