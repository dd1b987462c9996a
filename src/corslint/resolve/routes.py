"""The methods that the routes of an application take, as far as the program shows them.

For FastAPI, Starlette and Flask: decorators, `add_api_route()` and its like, `routes=[...]`, and the routers and
blueprints that are taken in, also from other files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.resolve.modules import locate
from corslint.resolve.python import Resolver, resolver_of
from corslint.source import Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Items, Known

if TYPE_CHECKING:
    import libcst as cst

MAX_ROUTERS = 60
"""Routers that are followed from one application."""
MAX_APPLICATIONS = 20
"""Applications of one file whose routes are looked for; each costs a look at the whole file."""
MAX_FILES = 2000
"""Files looked through for routes that are added to an application from elsewhere."""
PREFLIGHTED = ("POST", "PUT", "PATCH", "DELETE")
"""Methods that browsers ask about first: POST because of the JSON that is mostly sent with it."""
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_BY_LIST = frozenset({"route", "api_route"})
_ADDING = frozenset({"add_api_route", "add_route", "add_url_rule"})
_TAKING_IN = frozenset({"include_router", "register_blueprint"})
_HARMLESS = frozenset({"uvicorn.run", "hypercorn.run", "Mangum", "mangum.Mangum", "CORSMiddleware", "CORS", "print"})
"""What gets an application and adds no routes to it."""
_ROUTE_CLASSES = frozenset({"starlette.routing.Route", "fastapi.routing.APIRoute"})
_TAKES_MORE = re.compile(
    r"\.(?:post|put|patch|delete)\(|\bdef (?:post|put|patch|delete)\b|['\"](?:POST|PUT|PATCH|DELETE)['\"]"
    r"|\bmethods\s*=|\bapi_route\b|\.mount\(|GraphQL",
    re.IGNORECASE,
)
"""What a file may say whose routes take more than GET; requests that it sends itself are among it."""
_FORM = re.compile(r"\b(?:Form|File)\(|UploadFile|OAuth2PasswordRequestForm|\brequest\.(?:form|files)\b|\.form\(\)")
_JSON = re.compile(r"\.json\b|\bget_json\b|\bBody\(|\brequest\.data\b|\bBaseModel\b")


@dataclass(frozen=True, slots=True)
class Routes:
    """What is seen of the routes of an application."""

    methods: Mapping[str, Span]
    """The methods of routes, each with the place of the first that takes it; a POST that takes a form is not told."""
    are_all: bool
    """Whether nothing else is seen that may add routes."""
    seen: int
    """How many routes those are, with those that take a form."""


def routes_of(project: Project, resolver: Resolver, owner: str) -> Routes:
    """The routes of the application that a file calls `owner`, such as "app" or "self.app"."""
    kept = project.once(_kept)
    key = (resolver.module.source.path, owner)
    if key not in kept:
        too_many = sum(path == key[0] for path, _ in kept) >= MAX_APPLICATIONS
        kept[key] = Routes({}, False, 0) if too_many else _routes_of(project, resolver, owner)
    return kept[key]


def _kept(project: Project) -> dict[tuple[str, str], Routes]:
    """The routes of the applications that were asked for, by file and name."""
    return {}


def _routes_of(project: Project, resolver: Resolver, owner: str) -> Routes:
    search = _Search(project)
    search.visit(resolver, owner)
    if search.are_all and "." not in owner and _is_used_elsewhere(project, resolver, owner):
        search.are_all = False
    if search.are_all and search.by_name and _takes_more(project):
        search.are_all = False
    return Routes(search.methods, search.are_all, search.seen)


@dataclass(slots=True)
class _Search:
    project: Project
    methods: dict[str, Span] = field(default_factory=dict)
    are_all: bool = True
    by_name: bool = False
    """Whether a router is taken in that only a module's name tells, which the program puts together."""
    seen: int = 0
    visited: set[tuple[str, str]] = field(default_factory=set)

    def visit(self, resolver: Resolver, owner: str) -> None:
        """Take in the routes of the application or router that a file calls by a name."""
        key = (resolver.module.source.path, owner)
        if key in self.visited:
            return
        self.visited.add(key)
        if len(self.visited) > MAX_ROUTERS:
            self.are_all = False
            return
        import libcst

        for function in resolver.module.find(libcst.FunctionDef):
            for decorator in function.decorators:
                call = decorator.decorator
                if isinstance(call, libcst.Call):
                    self._route(resolver, call, owner, function)
        for call in resolver.module.calls():
            self._call(resolver, call, owner)
        if _is_handed_on(resolver, owner):
            self.are_all = False

    def _route(self, resolver: Resolver, call: cst.Call, owner: str, function: cst.FunctionDef) -> None:
        name = dotted(call.func) or ""
        of, _, verb = name.rpartition(".")
        if of != owner:
            return
        if verb in _VERBS | _BY_LIST:
            self._take(resolver, call, methods_of(resolver, call), function)

    def _call(self, resolver: Resolver, call: cst.Call, owner: str) -> None:
        of, _, done = (dotted(call.func) or "").rpartition(".")
        if of == owner:
            if done in _ADDING:
                self._take(resolver, call, methods_of(resolver, call), None)
            elif done in _TAKING_IN:
                self._include(resolver, call)
            elif done == "mount" and not _gives_files(resolver, call):
                self.are_all = False
        elif resolver.module.assigned(call) == owner:
            self._listed(resolver, call)

    def _take(
        self, resolver: Resolver, call: cst.Call, methods: tuple[str, ...] | None, function: cst.FunctionDef | None
    ) -> None:
        if methods is None:
            self.are_all = False
            return
        self.seen += 1
        for method in methods:
            if method == "POST" and function is not None and _takes_form(resolver, function):
                continue
            self.methods.setdefault(method, resolver.module.span(call))

    def _include(self, resolver: Resolver, call: cst.Call) -> None:
        router = call.args[0].value if call.args else None
        if router is not None and _is_imported_by_name(resolver, router):
            self.by_name = True
            return
        name = dotted(router) if router is not None else None
        if router is None or name is None:
            self.are_all = False
            return
        if any(resolver.module.assigned(one) == name for one in resolver.module.calls()):
            self.visit(resolver, name)
            return
        for qualified in resolver.names.qualified(router):
            located = locate(self.project, resolver.module.source, qualified)
            if located is not None and located[1]:
                try:
                    self.visit(resolver_of(self.project, located[0]), located[1])
                except SyntaxProblem:
                    break
                return
        self.are_all = False

    def _listed(self, resolver: Resolver, call: cst.Call) -> None:
        """The routes that an application is made with: `Starlette(routes=[Route("/", page)])`."""
        import libcst

        given = next(
            (one.value for one in call.args if one.keyword is not None and one.keyword.value == "routes"), None
        )
        if given is None:
            return
        if not isinstance(given, (libcst.List, libcst.Tuple)):
            self.are_all = False
            return
        for element in given.elements:
            route = element.value
            is_route = isinstance(route, libcst.Call) and resolver.refers(route.func, _ROUTE_CLASSES)
            endpoint = _endpoint(resolver, route) if is_route and isinstance(route, libcst.Call) else None
            if endpoint is None or not isinstance(route, libcst.Call):
                self.are_all = False
            else:
                self._take(resolver, route, methods_of(resolver, route), endpoint)


def methods_of(resolver: Resolver, call: cst.Call) -> tuple[str, ...] | None:
    """The methods of a route, by its verb or its list; GET where none is given, None where it cannot be read."""
    verb = (dotted(call.func) or "").rpartition(".")[2]
    if verb in _VERBS:
        return (verb.upper(),)
    given = resolver.argument(call, None, "methods")
    if given is None:
        return ("GET",)
    if not isinstance(given.value, Known) or not isinstance(given.value.value, Items):
        return None
    names = [item.value for item in given.value.value.items if isinstance(item, Known)]
    if len(names) < len(given.value.value.items) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(str(name).upper() for name in names)


def _endpoint(resolver: Resolver, route: cst.Call) -> cst.FunctionDef | None:
    """The function that answers; a class has methods for its methods, and is not followed."""
    import libcst

    given = resolver.argument(route, 1, "endpoint")
    definition = resolver.definition(given.node) if given is not None else None
    return definition if isinstance(definition, libcst.FunctionDef) else None


def _takes_form(resolver: Resolver, function: cst.FunctionDef) -> bool:
    """Whether what is sent is a form, which needs no preflight."""
    text = resolver.module.span(function).text
    return _FORM.search(text) is not None and _JSON.search(text) is None


def _gives_files(resolver: Resolver, call: cst.Call) -> bool:
    import libcst

    given = resolver.argument(call, 1, "app")
    node = given.node if given is not None else None
    return isinstance(node, libcst.Call) and (dotted(node.func) or "").rpartition(".")[2] == "StaticFiles"


def _is_handed_on(resolver: Resolver, owner: str) -> bool:
    """Whether something else gets the application, and may add routes to it; a server that runs it does not."""
    import libcst

    module = resolver.module
    for call in module.calls():
        if any(dotted(one.value) == owner for one in call.args):
            name = dotted(call.func) or ""
            if name not in _HARMLESS and name.rpartition(".")[2] not in _TAKING_IN | {"add_middleware"}:
                return True
    returned = (one.value for one in module.find(libcst.Return) if one.value is not None)
    return any(dotted(value) == owner for value in returned)


def _is_imported_by_name(resolver: Resolver, router: cst.BaseExpression) -> bool:
    """Whether a router is that of a module that `import_module()` gives."""
    import libcst

    calls = (dotted(call.func) or "" for call in resolver.module.within(router, libcst.Call))
    return any(name.rpartition(".")[2] == "import_module" for name in calls)


def _takes_more(project: Project) -> bool:
    """Whether a file of the project may hold a route that takes more than GET."""
    paths = [listed.path for listed in project.files if listed.path.endswith(".py")]
    sources = (project.source(path) for path in paths[:MAX_FILES])
    return not 0 < len(paths) <= MAX_FILES or any(
        one is not None and _TAKES_MORE.search(one.text) is not None for one in sources
    )


def _is_used_elsewhere(project: Project, resolver: Resolver, owner: str) -> bool:
    """Whether another file takes the application over and gives it routes."""
    adds = re.compile(rf"@{re.escape(owner)}\.(?:post|put|patch|delete|api_route|route)\(")
    paths = [listed.path for listed in project.files if listed.path.endswith(".py")][:MAX_FILES]
    others = [path for path in paths if path != resolver.module.source.path and project.mentions(path, f"@{owner}.")]
    sources = map(project.source, others)
    return any(one is not None and "import" in one.text and adds.search(one.text) is not None for one in sources)
