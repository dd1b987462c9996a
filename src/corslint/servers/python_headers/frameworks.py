"""Which framework a file is written for, and who answers OPTIONS there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corslint.policy import HowTo, PathTest, Preflight, Scope, Setting
from corslint.resolve.python import Resolver
from corslint.servers.python_headers import ways
from corslint.servers.python_headers.conditions import MethodIs, atoms
from corslint.servers.python_headers.terms import Line, atoms_of
from corslint.servers.python_headers.unanswered import turned_away, unanswered
from corslint.servers.python_headers.wrappers import answering_wrapper
from corslint.syntax.python import dotted
from corslint.values import Items, Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

PRODUCTS = {
    "flask": "Flask",
    "django": "Django",
    "starlette": "Starlette",
    "asgi": "ASGI application",
    "aiohttp": "aiohttp",
    "tornado": "Tornado",
    "bottle": "Bottle",
    "falcon": "Falcon",
    "quart": "Quart",
    "sanic": "Sanic",
    "http.server": "http.server",
    "lambda": "AWS Lambda",
    "web.py": "web.py",
}
"""The frameworks that are told apart, for people."""
UNKNOWN_ERRORS: Setting[bool] = Setting("errors", Unknown("it is not followed what errors answer"), None, "default")
_ROOTS = {
    "flask": "flask",
    "django": "django",
    "rest_framework": "django",
    "fastapi": "starlette",
    "starlette": "starlette",
    "tornado": "tornado",
    "bottle": "bottle",
    "falcon": "falcon",
    "quart": "quart",
    "sanic": "sanic",
    "web": "web.py",
}
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route"})
_VARY = re.compile(r"(?i)['\"]vary['\"]|\.vary\b|vary_headers|vary_header|vary_on")
_OTHER_LAYERS = re.compile(
    r"(?i)\boptions\b|corsmiddleware|flask_cors|aiohttp_cors|corsheaders|after_request|before_request|middleware\b"
    r"|mount\("
)


_OTHER_CORS = re.compile(r"(?i)corsmiddleware|flask_cors|aiohttp_cors|corsheaders|quart_cors|sanic_ext")

_TELLS_OPTIONS = re.compile(r"(?i)method\b[^\n]{0,12}(?:==|\bin\b)[^\n]{0,20}['\"]options['\"]")

_PASSES_ON = re.compile(r"call_next|get_response\(|\bhandler\(|self\.app\(")
_ANSWERS = re.compile(r"(?is)['\"]options['\"].{0,300}?(?:\breturn\b|Response\()")


@dataclass(frozen=True, slots=True)
class Route:
    """A decorator that gives a function its URL."""

    path: str | None
    methods: tuple[str, ...]
    owner: str
    """The name of the application or router."""
    span_text: str


class Surroundings:
    """What a module tells about the functions that set headers in it."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.module = resolver.module
        self.frameworks = frozenset(self._imported())
        text = self.module.source.text
        self.text = text.lower().replace("_", "-")
        """The text of the file, as headers are spelled."""
        self.speaks_of_vary = _VARY.search(text) is not None
        """Whether the file speaks of Vary at all."""
        self._other_cors = _OTHER_CORS.search(text) is not None
        self._other_layers = _OTHER_LAYERS.search(text) is not None

    def _imported(self) -> Iterator[str]:
        import libcst

        for node in self.module.walk():
            if isinstance(node, libcst.ImportFrom):
                names = [dotted(node.module) or "" if node.module is not None and not node.relative else ""]
                parts = () if isinstance(node.names, libcst.ImportStar) else node.names
                names += [f"{names[0]}.{dotted(part.name)}" for part in parts]
            elif isinstance(node, libcst.Import):
                names = [dotted(part.name) or "" for part in node.names]
            else:
                continue
            for name in names:
                root = name.partition(".")[0]
                if root in _ROOTS:
                    yield _ROOTS[root]
                elif name.startswith("aiohttp.web"):
                    yield "aiohttp"
                elif name.startswith("http.server"):
                    yield "http.server"

    @property
    def framework(self) -> str | None:
        """The framework of the file, if it is one."""
        return next(iter(self.frameworks)) if len(self.frameworks) == 1 else None

    # --- The functions

    def decorators(self, function: cst.FunctionDef) -> Iterator[tuple[str, cst.Call | None]]:
        """The decorators of a function by their dotted names, with their call."""
        import libcst

        for decorator in function.decorators:
            node = decorator.decorator
            call = node if isinstance(node, libcst.Call) else None
            name = dotted(node.func if isinstance(node, libcst.Call) else node)
            if name is not None:
                yield name, call

    def is_hook(self, function: cst.FunctionDef, names: Sequence[str]) -> bool:
        """Whether a function is registered as one of these hooks, by decorator or by call."""
        import libcst

        if any(name.rpartition(".")[2] in names for name, _ in self.decorators(function)):
            return True
        for call in self.module.calls():
            called = dotted(call.func)
            if called is not None and called.rpartition(".")[2] in names and call.args:
                given = call.args[0].value
                if isinstance(given, libcst.Name) and self.resolver.definition(given) is function:
                    return True
        return False

    def route(self, function: cst.FunctionDef) -> Route | None:
        """The route of a view, if a decorator gives it one with methods that can be read."""
        for name, call in self.decorators(function):
            owner, _, last = name.rpartition(".")
            if call is None or last not in _ROUTES or not owner:
                continue
            path = self._text(call.args[0].value) if call.args else None
            methods: tuple[str, ...] | None = (last.upper(),)
            if last in ("route", "api_route"):
                given = self.resolver.argument(call, None, "methods")
                methods = ("GET",) if given is None else _methods(given.value)
            if methods is None:
                return None
            return Route(path, methods, owner, name)
        return None

    def _text(self, node: cst.BaseExpression) -> str | None:
        value = self.resolver.value(node)
        return value.value if isinstance(value, Known) and isinstance(value.value, str) else None

    def _makes(self, owner: str, *names: str) -> bool:
        """Whether the file itself makes the application of this name: `app = Flask(__name__)`."""
        return any(self.module.assigned(call) == owner for call in self.resolver.calls(*names))

    # --- Answers

    def preflight(self, function: cst.FunctionDef, lines: Sequence[Line], framework: str | None) -> Preflight:
        """Who answers the preflight of what a function answers."""
        text = self.module.span(function).text
        if self._other_cors:
            return Preflight("unknown", None, None, "another CORS layer of the file may answer OPTIONS")
        if framework in ("flask", "quart") and (wrapper := answering_wrapper(self.resolver.project)) is not None:
            return Preflight("unknown", None, None, f"`{wrapper}` around the application may answer OPTIONS")
        route = self.route(function)
        if route is not None and "OPTIONS" not in route.methods:
            return self._of_route(function, route)
        if handles_options(lines) or _TELLS_OPTIONS.search(text):
            if not answers_options(lines):
                return Preflight("unknown", None, None, "OPTIONS is answered elsewhere")
            if _PASSES_ON.search(text) and not _ANSWERS.search(text):
                return Preflight("application", None, None, "what is behind the middleware answers OPTIONS")
            return Preflight("product", None, self.module.span(function.name))
        if framework == "flask" and self.is_hook(function, ("after_request", "after_app_request")):
            # Flask answers OPTIONS of every route by itself, and its hooks see that answer.
            return turned_away(self.resolver, Preflight("product", 200, self.module.span(function.name)))
        if (nobody := unanswered(self.resolver, function, framework)) is not None:
            return nobody
        if self._is_django_middleware(function, framework):
            return Preflight("application", None, None, "the view behind the middleware answers OPTIONS")
        if route is not None:
            return self._of_route(function, route)
        return Preflight("unknown", None, None, "it is not known who answers OPTIONS")

    def _of_route(self, function: cst.FunctionDef, route: Route) -> Preflight:
        span = self.module.span(function.name)
        if "OPTIONS" in route.methods:
            return Preflight("product", None, span)
        if not self._other_layers and self._makes(route.owner, "flask.Flask"):
            reason = "Flask answers OPTIONS for this view, without its headers"
            return Preflight("nobody", 200, span, reason, takes=route.methods)
        if not self._other_layers and self._makes(route.owner, "fastapi.FastAPI"):
            return Preflight("nobody", 405, span, "OPTIONS is answered with 405 here", takes=route.methods)
        return Preflight("unknown", None, None, "it is not known who answers OPTIONS", takes=route.methods)

    def _is_django_middleware(self, function: cst.FunctionDef, framework: str | None) -> bool:
        if framework != "django":
            return False
        name = function.name.value
        scope = self.resolver.scopes.scope(function)
        if type(scope).__name__ == "ClassDef":
            return name in ("__call__", "process_response")
        return "get_response" in self.resolver.scopes.parameters(scope)

    def on_errors(self, function: cst.FunctionDef, framework: str | None) -> Setting[bool]:
        """Whether error answers carry the headers."""
        name = function.name.value
        always = (
            (framework == "flask" and self.is_hook(function, ("after_request", "after_app_request")))
            or self._is_django_middleware(function, framework)
            or (framework == "http.server" and name == "end_headers")
            or (framework == "tornado" and name == "set_default_headers")
        )
        return Setting("errors", Known(True), None, "default") if always else UNKNOWN_ERRORS

    def is_for_every_answer(self, function: cst.FunctionDef, framework: str | None) -> bool:
        """Whether the framework runs a function for refusals of a method too."""
        match framework:
            case "http.server":
                return function.name.value == "end_headers"
            case "tornado":
                return function.name.value == "set_default_headers"
            case "bottle":
                return True
            case "starlette":
                return self.route(function) is None
        return False

    def scope(self, function: cst.FunctionDef) -> Scope:
        """The paths that are answered with the headers."""
        route = self.route(function)
        if route is None or route.path is None:
            return Scope()
        plain = re.fullmatch(r"[\w./-]*", route.path) is not None
        if plain and route.path and self._makes(route.owner, "flask.Flask", "fastapi.FastAPI"):
            return Scope(f"route {route.path}", (PathTest(route.path, "exact"),))
        return Scope(f"route {route.path}")


def handles_options(lines: Sequence[Line]) -> bool:
    """Whether the program itself tells OPTIONS from other methods."""
    return any(
        isinstance(atom, MethodIs) and "OPTIONS" in atom.names
        for line in lines
        for atom in (*atoms(line.when), *atoms_of(line.value))
    )


def answers_options(lines: Sequence[Line]) -> bool:
    """Whether an answer to OPTIONS may name an origin."""
    for term, _ in ways.values(lines):
        try:
            if any(not ways.is_absent(leaf) for _, leaf in ways.ways(term, (), "OPTIONS")):
                return True
        except ways.TooManyError:
            return True
    return False


def _methods(value: Value[object]) -> tuple[str, ...] | None:
    if not isinstance(value, Known) or not isinstance(value.value, Items):
        return None
    found = [item.value for item in value.value.items if isinstance(item, Known)]
    if len(found) < len(value.value.items) or not all(isinstance(name, str) for name in found):
        return None
    return tuple(str(name).upper() for name in found)


_VARY_NOTATION = {
    "flask": 'response.vary.add("Origin")',
    "django": 'patch_vary_headers(response, ["Origin"])',
    "starlette": 'response.headers.add_vary_header("Origin")',
}


def how_to(framework: str | None) -> HowTo:
    """How findings on hand-written headers are mended."""
    vary = _VARY_NOTATION.get(framework or "")
    return HowTo(
        list_origins='send the origin only if it is in a list: `if origin in {"https://app.example.com"}`',
        match_origins='send the origin only if `re.fullmatch(r"PATTERN", origin)`',
        drop_credentials="leave out Access-Control-Allow-Credentials",
        send_vary=f"add `{vary}`" if vary else "send `Vary: Origin` with the answer",
    )
