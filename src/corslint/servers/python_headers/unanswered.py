"""Frameworks that refuse OPTIONS unless the program answers it, and programs that turn it away before Flask does.

What each answers was seen with http.server of Python 3.11, Tornado 6.6, Bottle 0.13, aiohttp 3.14, FastAPI 0.165 and
Django 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from corslint.policy import Preflight
from corslint.resolve.python import Resolver
from corslint.resolve.refusals import hooks_of, turns_away
from corslint.resolve.routes import routes_of
from corslint.syntax.python import dotted
from corslint.values import Items, Known

if TYPE_CHECKING:
    import libcst as cst

MAX_FILES = 2000
"""Files looked through for another place that sends CORS headers."""
_SPEAKS_OF_OPTIONS = re.compile(
    r"\bdef options\b|['\"]OPTIONS['\"]|\.options\(|METH_OPTIONS|SUPPORTED_METHODS|\badd_options\b|\.method\b",
    re.IGNORECASE,
)
"""What may answer OPTIONS, or look for it; the name of the method in a list of allowed ones does not."""
_SENDS_HEADERS = re.compile(r"access-control-allow|corsheaders|\bcors[_-]?middleware", re.IGNORECASE)
_SERVERS = {
    "http.server.BaseHTTPRequestHandler": (),
    "http.server.SimpleHTTPRequestHandler": ("GET", "HEAD"),
    "http.server.CGIHTTPRequestHandler": ("GET", "HEAD", "POST"),
}
"""Classes that call `do_GET` and its like, with what they do by themselves."""
_HANDLERS = frozenset({"tornado.web.RequestHandler"})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_AIOHTTP_ROUTES = re.compile(r"\b(?:add_|routes\.|web\.)(get|head|post|put|patch|delete)\(")
_BOTTLE_ROUTES = re.compile(r"@(?:\w+\.)?(get|post|put|patch|delete)\(|\bmethod\s*=\s*\[?([^)\]]*)[)\]]")


def unanswered(resolver: Resolver, function: cst.FunctionDef, framework: str | None) -> Preflight | None:
    """Why nobody answers the preflight of what a function sets headers for; None where somebody may."""
    asks: Mapping[str, Callable[[Resolver, cst.FunctionDef], Preflight | None]] = {
        "http.server": _of_http_server,
        "tornado": _of_tornado,
        "bottle": _of_bottle,
        "aiohttp": _of_aiohttp,
        "starlette": _of_starlette,
        "django": _of_django,
    }
    ask = asks.get(framework or "")
    preflight = ask(resolver, function) if ask is not None else None
    return None if preflight is None else replace(preflight, span=resolver.module.span(function.name))


def turned_away(resolver: Resolver, preflight: Preflight) -> Preflight:
    """The preflight that Flask answers, or what turns it away before."""
    for call in resolver.calls("flask.Flask"):
        app = resolver.module.assigned(call)
        for function, span in hooks_of(resolver, app, "before_request") if app else ():
            if turns_away(resolver, function):
                reason = f"`{function.name.value}` runs first, and asks for what no preflight has"
                return replace(preflight, status=401, blocked_by=span, reason=reason)
    return preflight


def _nobody(status: int, reason: str, takes: Iterable[str]) -> Preflight | None:
    methods = tuple(name for name in _METHODS if name in set(takes))
    return Preflight("nobody", status, None, reason, takes=methods) if methods else None


def _class(resolver: Resolver, function: cst.FunctionDef) -> cst.ClassDef | None:
    import libcst

    scope = resolver.scopes.scope(function)
    return scope if isinstance(scope, libcst.ClassDef) else None


def _defined(cls: cst.ClassDef) -> set[str]:
    import libcst

    return {one.name.value for one in cls.body.body if isinstance(one, libcst.FunctionDef)}


def _below(resolver: Resolver, cls: cst.ClassDef) -> list[cst.ClassDef]:
    """A class and those of the file that build upon it."""
    import libcst

    found = [cls]
    for other in resolver.module.find(libcst.ClassDef):
        if any(resolver.definition(base.value) in found for base in other.bases):
            found.append(other)
    return found


def _builds_on(resolver: Resolver, cls: cst.ClassDef, names: Iterable[str]) -> str | None:
    """The one of these classes that a class has for its only base."""
    if len(cls.bases) != 1:
        return None
    return next((name for name in names if resolver.refers(cls.bases[0].value, {name})), None)


def _of_http_server(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    cls = _class(resolver, function)
    base = _builds_on(resolver, cls, _SERVERS) if cls is not None else None
    if cls is None or base is None or "do_OPTIONS" in resolver.module.source.text:
        return None
    done = {name.removeprefix("do_") for one in _below(resolver, cls) for name in _defined(one)}
    return _nobody(501, "OPTIONS is answered with 501: there is no `do_OPTIONS`", (*_SERVERS[base], *done))


def _of_tornado(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    cls = _class(resolver, function)
    if cls is None or _builds_on(resolver, cls, _HANDLERS) is None or _speaks_of_options(resolver):
        return None
    done = {name.upper() for one in _below(resolver, cls) for name in _defined(one)}
    return _nobody(405, "OPTIONS is answered with 405: there is no method `options`", done)


def _of_bottle(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    text = resolver.module.source.text
    if _speaks_of_options(resolver) or re.search(r"\b(?:run|mount|merge)\(", text) is None:
        return None
    if re.search(r"\b(?:mount|merge)\(|['\"]ANY['\"]", text):
        return None
    found = {(one[1] or one[2]).upper() for one in _BOTTLE_ROUTES.finditer(text)}
    methods = {name for text in found for name in re.findall(r"[A-Z]+", text)} | {"GET"}
    return _nobody(405, "OPTIONS is answered with 405: there is no route for it", methods)


def _of_aiohttp(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    text = resolver.module.source.text
    if _speaks_of_options(resolver) or "Application(" not in text or re.search(r"add_route\(|add_subapp\(|view", text):
        return None
    methods = {one[1].upper() for one in _AIOHTTP_ROUTES.finditer(text)}
    return _nobody(405, "OPTIONS is answered with 405, raised past this", methods)


def _of_starlette(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    """For `@app.middleware("http")`: what is behind it answers 405, whatever headers that gets."""
    import libcst

    if _speaks_of_options(resolver):
        return None
    for one in function.decorators:
        call = one.decorator
        owner, _, done = (dotted(call.func) or "").rpartition(".") if isinstance(call, libcst.Call) else ("", "", "")
        if done == "middleware" and any(
            resolver.module.assigned(made) == owner for made in resolver.calls("fastapi.FastAPI")
        ):
            routes = routes_of(resolver.project, resolver, owner)
            return _nobody(405, "OPTIONS is answered with 405, whatever its headers", routes.methods)
    return None


def _of_django(resolver: Resolver, function: cst.FunctionDef) -> Preflight | None:
    """For views that `require_POST` and its like keep OPTIONS from, where no middleware of the project may answer."""
    import libcst

    takes: tuple[str, ...] = ()
    for one in function.decorators:
        node = one.decorator.func if isinstance(one.decorator, libcst.Call) else one.decorator
        name = (resolver.qualified(node) or "").removeprefix("django.views.decorators.http.")
        if name == "require_POST":
            takes = ("POST",)
        elif name == "require_http_methods" and isinstance(one.decorator, libcst.Call):
            given = resolver.argument(one.decorator, 0, "request_method_list")
            value = given.value if given is not None else None
            items = value.value.items if isinstance(value, Known) and isinstance(value.value, Items) else ()
            takes = tuple(str(item.value).upper() for item in items if isinstance(item, Known))
    if not takes or "OPTIONS" in takes or _is_sent_elsewhere(resolver):
        return None
    return _nobody(405, "OPTIONS is answered with 405: it is none of the methods that are required", takes)


def _speaks_of_options(resolver: Resolver) -> bool:
    return _SPEAKS_OF_OPTIONS.search(resolver.module.source.text) is not None


def _is_sent_elsewhere(resolver: Resolver) -> bool:
    """Whether another file of the project sends CORS headers, and may do so with the answer to OPTIONS."""
    project, here = resolver.project, resolver.module.source.path
    paths = [listed.path for listed in project.files if listed.path.endswith(".py") and listed.path != here]
    others = (project.source(path) for path in paths[:MAX_FILES])
    return len(paths) > MAX_FILES or any(one is not None and _SENDS_HEADERS.search(one.text) for one in others)
