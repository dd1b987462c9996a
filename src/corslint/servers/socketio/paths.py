"""The URL path below which a socket is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.policy import PathTest, Scope
from corslint.resolve.python import Resolver
from corslint.syntax.python import dotted
from corslint.values import Known

if TYPE_CHECKING:
    import libcst as cst

_APPLICATIONS = {
    "socketio.ASGIApp": ("socketio_path", 3, "socket.io"),
    "socketio.asgi.ASGIApp": ("socketio_path", 3, "socket.io"),
    "socketio.WSGIApp": ("socketio_path", 3, "socket.io"),
    "socketio.Middleware": ("socketio_path", 2, "socket.io"),
    "engineio.ASGIApp": ("engineio_path", 3, "engine.io"),
    "engineio.WSGIApp": ("engineio_path", 3, "engine.io"),
    "engineio.Middleware": ("engineio_path", 2, "engine.io"),
}
"""What serves a socket: the name and the place of the parameter for the path, and its default."""


def scope_of(resolver: Resolver, call: cst.Call, product: str) -> Scope:
    """The paths of a socket that `call` makes, by what the same file does with it.

    Where nothing tells, the usual path of the product ("socketio" or "engineio").
    """
    for name in _names(resolver, call):
        path = _attached(resolver, name) or _wrapped(resolver, name)
        if path is not None:
            return scope(path)
    return scope("engine.io" if product == "engineio" else "socket.io")


def _names(resolver: Resolver, call: cst.Call) -> Iterator[str]:
    """What a call is assigned to, of `core.sio = sio = Server()` both."""
    import libcst

    statement = resolver.module.parent(call)
    if isinstance(statement, libcst.Assign):
        yield from filter(None, (dotted(target.target) for target in statement.targets))
    elif (name := resolver.module.assigned(call)) is not None:
        yield name


def scope(path: str) -> Scope:
    """The paths below one, which is written with or without slashes around it."""
    stripped = path.strip("/")
    whole = f"/{stripped}/" if stripped else "/"
    return Scope(f"path {whole}", (PathTest(whole, "prefix"),))


def _attached(resolver: Resolver, name: str) -> str | None:
    """The path that `sio.attach(app, "path")` names."""
    for call in resolver.module.calls():
        if dotted(call.func) == f"{name}.attach":
            for keyword in ("socketio_path", "engineio_path"):
                if (found := _text(resolver, call, 1, keyword)) is not None:
                    return found
    return None


def _wrapped(resolver: Resolver, name: str) -> str | None:
    """The path of the application that is made of a socket, below that at which it is mounted."""
    for call in resolver.calls(*_APPLICATIONS):
        first = resolver.argument(call, 0, "socketio_server") or resolver.argument(call, 0, "engineio_server")
        if first is None or dotted(first.node) != name:
            continue
        keyword, place, default = _APPLICATIONS[resolver.qualified(call.func) or "socketio.ASGIApp"]
        path = _text(resolver, call, place, keyword)
        path = (default if path is None else path).strip("/")
        above = _mounted(resolver, call).strip("/")
        # Older releases of Starlette hand on the path below the mount, newer ones the whole.
        return path if not above or path.startswith(above) else f"{above}/{path}"
    return None


def _mounted(resolver: Resolver, made: cst.Call) -> str:
    """The path at which an application is mounted; empty where it is not seen to be."""
    name = resolver.module.assigned(made)
    for call in resolver.module.calls():
        if (dotted(call.func) or "").rpartition(".")[2] not in ("mount", "Mount"):
            continue
        given = resolver.argument(call, 1, "app")
        if given is not None and (given.node is made or (name is not None and dotted(given.node) == name)):
            return _text(resolver, call, 0, "path") or ""
    return ""


def _text(resolver: Resolver, call: cst.Call, place: int, name: str) -> str | None:
    given = resolver.argument(call, place, name)
    value = given.value if given is not None else None
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None
