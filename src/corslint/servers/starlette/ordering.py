"""Middleware that stands outside of CORSMiddleware, and answers some requests itself.

What `add_middleware` adds last runs first; of the list that an application is made with the first runs first, behind
whatever is added later. https://github.com/Kludex/starlette/blob/1.10.0/starlette/applications.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.finding import Label, Severity
from corslint.policy import Fact
from corslint.resolve.modules import locate
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.starlette.handed import CLASS
from corslint.servers.starlette.sites import Site
from corslint.source import Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.syntax.python_guards import inside, looks_at_method, needs_a_login, speaks_of_login
from corslint.values import Known

if TYPE_CHECKING:
    import libcst as cst

_REDIRECT = "middleware.httpsredirect.HTTPSRedirectMiddleware"
_REDIRECTS = frozenset({f"starlette.{_REDIRECT}", f"fastapi.{_REDIRECT}"})
_AUTHENTICATION = "middleware.authentication.AuthenticationMiddleware"
_AUTHENTICATIONS = frozenset({f"starlette.{_AUTHENTICATION}", f"fastapi.{_AUTHENTICATION}"})
_MIDDLEWARE = frozenset({"starlette.middleware.Middleware", "fastapi.middleware.Middleware"})
_LAST = "add CORSMiddleware last: what is added last runs first"
_FIRST = "put CORSMiddleware first in the list, and add nothing else afterwards"
_NOT_FOR_PAGES = re.compile(r"access-control-|[\"']host[\"']|\bclient\.host\b", re.IGNORECASE)
"""It sends CORS headers itself, or turns away what no page of a browser sends."""
_STATUS = re.compile(r"\b(?:HTTP_)?([1-5]\d\d)(?:_\w+)?\b")


@dataclass(frozen=True, slots=True)
class _Other:
    """A middleware that runs before CORSMiddleware does."""

    name: str
    span: Span
    """Where it is added."""
    resolver: Resolver
    """Of the file that defines it."""
    function: cst.FunctionDef | None
    """What it does with a request; None for one that is known by name."""


@dataclass(slots=True)
class _Answers:
    """What a middleware answers without asking what is behind it."""

    to_strangers: Span | None = None
    """Where it turns away whoever has not logged in, a preflight as well."""
    others: list[Span] = field(default_factory=list)


def facts(project: Project, resolver: Resolver, site: Site) -> Iterator[Fact]:
    """A fact for each middleware of the file that answers before CORSMiddleware is asked."""
    if site.wraps or site.changed is not None or not site.target:
        return
    listed = _listed_before(resolver, site)
    deed = _LAST if listed is None else _FIRST
    for node, kind in (*(listed or ()), *_added_outside(resolver, site, always=listed is not None)):
        other = _other(project, resolver, node, kind)
        if other is None or resolver.reached(node) is None:
            continue
        if other.function is None:
            text = "a preflight to http:// is answered with a redirect to https://, which browsers do not follow"
            yield _fact(site, other, text, "redirects before the preflight is answered", deed, Severity.LOW)
            continue
        answers = _answers(other.resolver, other.function)
        if answers.to_strangers is not None:
            text = f"requests that need a preflight never arrive: `{other.name}` turns OPTIONS away"
            yield _fact(site, other, text, "runs first, and asks for what no preflight has", deed)
        elif answers.others:
            text = f"pages cannot read what `{other.name}` answers by itself, as that has no CORS headers"
            yield _fact(site, other, text, "runs first, and answers some requests itself", deed, Severity.LOW)


def _fact(site: Site, other: _Other, text: str, why: str, deed: str, severity: Severity | None = None) -> Fact:
    labels = (Label(site.span, "the CORS headers are only added here", primary=True), Label(other.span, why))
    return Fact("middleware-order", text, labels, deed, severity=severity)


# --- What runs first.


def _listed_before(resolver: Resolver, site: Site) -> list[tuple[cst.CSTNode, cst.BaseExpression]] | None:
    """The entries before this one in the list that an application is made with; None where it stands in none."""
    import libcst

    module = resolver.module
    element = module.parent(site.node)
    if not isinstance(element, libcst.Element) or not isinstance(site.node, libcst.Call):
        return None
    if not resolver.refers(site.node.func, _MIDDLEWARE):
        return None
    whole = module.parent(element)
    if not isinstance(whole, (libcst.List, libcst.Tuple)):
        return None
    before: list[tuple[cst.CSTNode, cst.BaseExpression]] = []
    for one in whole.elements:
        if one is element:
            break
        if isinstance(one.value, libcst.Call) and resolver.refers(one.value.func, _MIDDLEWARE) and one.value.args:
            before.append((one.value, one.value.args[0].value))
    return before


def _added_outside(
    resolver: Resolver, site: Site, *, always: bool
) -> Iterator[tuple[cst.CSTNode, cst.BaseExpression | cst.FunctionDef]]:
    """What is added to the same application, and behind the site unless that is where the application is made."""
    import libcst

    module, scope = resolver.module, resolver.scopes.scope(site.node)
    here = module.order(site.node)

    def is_outside(node: cst.CSTNode) -> bool:
        return resolver.scopes.scope(node) is scope and (always or module.order(node) > here)

    for call in module.calls():
        if call is site.node or not call.args or not is_outside(call):
            continue
        if isinstance(call.func, libcst.Attribute) and call.func.attr.value == "add_middleware":
            if dotted(call.func.value) == site.target:
                yield call, call.args[0].value
        elif isinstance(call.func, libcst.Call) and _adds_function(call.func, site.target):
            yield call, call.args[0].value
    for function in module.find(libcst.FunctionDef):
        for one in function.decorators:
            if (
                isinstance(one.decorator, libcst.Call)
                and _adds_function(one.decorator, site.target)
                and is_outside(function)
            ):
                yield function, function


def _adds_function(call: cst.Call, target: str) -> bool:
    """Whether it is `app.middleware("http")`, which takes a function."""
    import libcst

    return (
        isinstance(call.func, libcst.Attribute)
        and call.func.attr.value == "middleware"
        and dotted(call.func.value) == target
        and len(call.args) == 1
        and isinstance(call.args[0].value, libcst.SimpleString)
        and call.args[0].value.evaluated_value == "http"
    )


def _other(
    project: Project, resolver: Resolver, node: cst.CSTNode, kind: cst.BaseExpression | cst.FunctionDef
) -> _Other | None:
    import libcst

    if isinstance(kind, libcst.FunctionDef):
        return _Other(kind.name.value, resolver.module.span(kind.name), resolver, kind)
    span = resolver.module.span(node)
    if resolver.refers(kind, _REDIRECTS):
        return _Other("HTTPSRedirectMiddleware", span, resolver, None)
    if resolver.refers(kind, CLASS):
        return None
    methods: tuple[str, ...] = ("dispatch", "__call__")
    renamed = None
    if resolver.refers(kind, _AUTHENTICATIONS) and isinstance(node, libcst.Call):
        # Its backend decides, by raising AuthenticationError.
        backend = resolver.argument(node, 1, "backend")
        if backend is None or not isinstance(backend.node, libcst.Call):
            return None
        kind, methods, renamed = backend.node.func, ("authenticate",), "AuthenticationMiddleware"
    definition: cst.CSTNode | None = resolver.definition(kind)
    owner = resolver
    if definition is None:
        name = resolver.qualified(kind)
        located = locate(project, resolver.module.source, name) if name else None
        if located is None:
            return None
        try:
            owner = resolver_of(project, located[0])
        except SyntaxProblem:
            return None
        definition = _defined(owner, located[1])
    if isinstance(definition, libcst.ClassDef):
        body = [one for one in definition.body.body if isinstance(one, libcst.FunctionDef)]
        method = next((one for one in body if one.name.value in methods), None)
        return None if method is None else _Other(renamed or definition.name.value, span, owner, method)
    if isinstance(definition, libcst.FunctionDef):
        return _Other(definition.name.value, span, owner, definition)
    return None


def _defined(resolver: Resolver, name: str) -> cst.CSTNode | None:
    """The class or function of this name that stands in the file itself, and not in another."""
    import libcst

    for one in resolver.module.tree.body:
        if isinstance(one, (libcst.ClassDef, libcst.FunctionDef)) and one.name.value == name:
            return one
    return None


# --- What it answers itself.


def _answers(resolver: Resolver, function: cst.FunctionDef) -> _Answers:
    import libcst

    module = resolver.module
    text, found = module.span(function).text, _Answers()
    if _NOT_FOR_PAGES.search(text):
        return found
    behind = _calls_behind(function)
    # After one whose answer is simply returned, what follows is for other requests.
    passed_on = [one for one in behind if not isinstance(module.statement(one), libcst.Return)]
    for node, status in _made_answers(resolver, function):
        if any(module.order(one) < module.order(node) for one in passed_on) and not _is_rescue(resolver, node):
            continue  # made of the answer of what is behind it, or after that
        asked = " ".join((module.span(node).text, *_asked_around(resolver, function, node)))
        may_ask = status == 401 or (status is not None and 300 <= status <= 403 and speaks_of_login(asked))
        spares = looks_at_method(text) or _is_rescue(resolver, node, of=behind)
        if may_ask and not spares and not needs_a_login(module, node):
            found.to_strangers = found.to_strangers or module.span(node)
        elif status is None or status >= 300:
            found.others.append(module.span(node))
    return found


def _asked_around(resolver: Resolver, function: cst.FunctionDef, node: cst.CSTNode) -> Iterator[str]:
    """The conditions under which a place of a function is reached, as they are written, and what they are made of."""
    import libcst

    module = resolver.module
    for outer in module.ancestors(node):
        if outer is function:
            return
        if isinstance(outer, libcst.If):
            yield module.span(outer.test).text
            for name in module.within(outer.test, libcst.Name):
                assigned = resolver.names.assigned_expression(name)
                if assigned is not None:
                    yield module.span(assigned).text


def _calls_behind(function: cst.FunctionDef) -> list[cst.Call]:
    """The calls of what is behind it."""
    import libcst

    names = {one.name.value for one in function.params.params[-1:]} | {"self.app", "self._app"}
    return [one for one in inside(function.body) if isinstance(one, libcst.Call) and dotted(one.func) in names]


def _made_answers(resolver: Resolver, function: cst.FunctionDef) -> Iterator[tuple[cst.CSTNode, int | None]]:
    """Each answer that is made and given at once, with its status; None where that is not known."""
    import libcst

    for node in inside(function.body):
        if isinstance(node, libcst.Return) and isinstance(node.value, libcst.Call):
            made = node.value
        elif isinstance(node, libcst.Raise) and isinstance(node.exc, libcst.Call):
            made = node.exc
            raised = (dotted(made.func) or "").rpartition(".")[2]
            if raised == "AuthenticationError":
                yield node, 401  # as far as it matters: what is answered is 400, or what `on_error` says
            if raised != "HTTPException":
                continue
        elif isinstance(node, libcst.Await) and isinstance(node.expression, libcst.Call):
            inner = node.expression.func  # await JSONResponse(...)(scope, receive, send)
            if not isinstance(inner, libcst.Call):
                continue
            made = inner
        else:
            continue
        name = (dotted(made.func) or "").rpartition(".")[2]
        if name.endswith("Response") or name == "HTTPException":
            yield node, _status(resolver, made, name)


def _status(resolver: Resolver, made: cst.Call, name: str) -> int | None:
    given = resolver.argument(made, 0 if name == "HTTPException" else 1, "status_code")
    if given is None:
        return 307 if name == "RedirectResponse" else 200
    if isinstance(given.value, Known) and isinstance(given.value.value, int):
        return given.value.value
    found = _STATUS.search(resolver.module.span(given.node).text)
    return int(found[1]) if found else None


def _is_rescue(resolver: Resolver, node: cst.CSTNode, of: list[cst.Call] | None = None) -> bool:
    """Whether it answers in the place of what failed; where calls are given, of one of them."""
    import libcst

    handler = resolver.module.enclosing(node, libcst.ExceptHandler)
    if handler is None or of is None:
        return handler is not None
    tried = resolver.module.parent(handler)
    assert isinstance(tried, libcst.Try)
    within = set(inside(tried.body))
    return any(call in within for call in of)
