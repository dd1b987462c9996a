"""Follows the statements of the functions that set CORS headers, without running anything.

Branches are followed each under its test, calls of functions of the same file and loops over known lists are carried
out, and what remains is, for every response, which headers it gets under which conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.servers.python_headers.branches import Frame
from corslint.servers.python_headers.conditions import (
    ABOUT_ORIGIN,
    FALSE,
    HARMLESS,
    Open,
    Test,
)
from corslint.servers.python_headers.displays import Displays
from corslint.servers.python_headers.expressions import Expressions
from corslint.servers.python_headers.state import State, merge
from corslint.servers.python_headers.statements import Statements
from corslint.servers.python_headers.terms import (
    NONE,
    Bag,
    Header,
    Marker,
    Opaque,
    Ref,
    Several,
    Term,
    Text,
)
from corslint.servers.python_headers.words import checks_origin, is_request, is_request_headers
from corslint.servers.python_headers.writes import Writes, has_allow_origin
from corslint.syntax.python import body_statements, dotted
from corslint.values import Known, Value

if TYPE_CHECKING:
    import libcst as cst

MAX_STATEMENTS = 6_000
"""Statements carried out for one function, calls and loops included."""
MAX_TOTAL = 40_000
"""Statements carried out for one file."""
MAX_CALLS = 5
"""Calls inside of each other that are followed."""
_RESULT = "()"


@dataclass(slots=True)
class Traced:
    """What a function does."""

    function: cst.FunctionDef
    name: str
    bags: tuple[Bag, ...]
    """The headers of its responses; those with Access-Control-Allow-Origin only."""
    path: Test
    """The tests that lead to its definition, for a function inside of another one."""


class Tracer(Statements):
    """Follows the functions of one module."""

    def __init__(self, resolver: Resolver) -> None:
        expressions = Expressions(resolver, self)
        super().__init__(resolver, expressions, Writes(expressions))
        self.displays = Displays(expressions, self.writes)
        self._total = MAX_TOTAL
        self.is_exhausted = False
        """Whether something was left out because it was too much."""

    def trace(self, function: cst.FunctionDef) -> Iterator[Traced]:
        """What a function does, and then what each function defined in it does."""
        waiting = [(function, State())]
        while waiting:
            current, state = waiting.pop()
            self.inner = []
            self.left = limit = min(MAX_STATEMENTS, self._total)
            path = state.path.whole()
            bags = self._root(current, state)
            self._total -= limit - self.left
            self.is_exhausted = self.is_exhausted or self.left <= 0
            yield Traced(current, self.name_of(current), tuple(bags), path)
            waiting += self.inner

    def constant_bag(self, name: cst.Name) -> Bag | None:
        """The headers that a constant of the module holds in the end."""
        value = self.resolver.value_of_name(name.value)
        term = None if value is None else self.displays.constant(value, name)
        return term.bag if isinstance(term, Ref) else None

    def nested_bag(self, node: cst.Dict, name: str) -> Bag | None:
        """The headers that a dict holds which stands inside of a constant of the module, called after its key."""
        term = self.displays.constant(self.resolver.value(node), node, name)
        return term.bag if isinstance(term, Ref) else None

    def name_of(self, function: cst.FunctionDef) -> str:
        """The name of a function, with its class: `Handler.get`."""
        owner = self.module.enclosing(function, type(function))
        scope = self.resolver.scopes.scope(function)
        prefix = getattr(getattr(scope, "name", None), "value", None) if owner is not scope else None
        return f"{prefix}.{function.name.value}" if prefix else function.name.value

    # --- Functions

    def _root(self, function: cst.FunctionDef, state: State) -> list[Bag]:
        self.writes.bags = []
        self.writes.function = self.name_of(function)
        self.stack = [function]
        frame = Frame(state.path)
        self.frames = [frame]
        for name, parameter in self.resolver.scopes.parameters(function).items():
            if name not in ("self", "cls"):
                state.names[name] = self._parameter(function, name, parameter)
        if self._is_guarded(function):
            reason = "a decorator of the function decides it"
            state.path = state.path.then(Open(reason, ABOUT_ORIGIN, self.module.span(function.name)))
        self.block(body_statements(function.body), state)
        for _, term in frame.returned:
            self._leave(term, function)
        found = dict.fromkeys(bag.final() for bag in self.writes.bags)
        return [bag for bag in found if has_allow_origin(bag) and not bag.passed_on and self._is_sent(bag)]

    def _is_sent(self, bag: Bag) -> bool:
        return bag.is_sink or bag.kind == "response"

    def _is_guarded(self, function: cst.FunctionDef) -> bool:
        """Whether a decorator may turn origins away."""
        for decorator in function.decorators:
            name = dotted(getattr(decorator.decorator, "func", decorator.decorator)) or ""
            last = name.rpartition(".")[2]
            if "origin" in last.lower() and "cross" not in last.lower():
                return True
        return False

    def _parameter(self, function: cst.FunctionDef, name: str, parameter: cst.Param) -> Term:
        import libcst

        annotation = parameter.annotation
        declared = "" if annotation is None else (dotted(annotation.annotation) or "").rpartition(".")[2]
        if is_request(name) or declared in ("Request", "HttpRequest", "Scope", "HTTPConnection"):
            return Marker("request")
        if is_request_headers(name):
            return Marker("headers")
        default = parameter.default
        if isinstance(default, libcst.Call) and (dotted(default.func) or "").rpartition(".")[2] == "Header":
            return Header(name.replace("_", "-").lower(), NONE, self.module.span(parameter))
        level = ABOUT_ORIGIN if checks_origin(name) else HARMLESS
        reason = f"the caller of `{function.name.value}()` decides `{name}`"
        return Opaque(reason, level, self.module.span(parameter), parameter=True)

    def _leave(self, term: Term, function: cst.FunctionDef) -> None:
        """What a function gives back: a response, Flask's `body, status, headers`, or headers for a response."""
        match term:
            case Ref(bag=bag):
                bag.final().is_sink = (
                    bag.final().is_sink or bag.kind == "response" or self._makes_headers(function, bag)
                )
            case Several():
                refs = [one.bag for one in term.terms if isinstance(one, Ref)]
                numbers = [
                    one.value.value for one in term.terms if isinstance(one, Text) and isinstance(one.value, Known)
                ]
                status = next((number for number in numbers if isinstance(number, int)), None)
                for bag in refs:
                    bag.status = bag.status or status
                response = next((bag for bag in refs if bag.kind == "response"), None)
                for bag in refs:
                    if response is not None and bag is not response:
                        for line in bag.lines:
                            response.put(line)
                        bag.passed_on = True
                    else:
                        bag.is_sink = True

    def _makes_headers(self, function: cst.FunctionDef, bag: Bag) -> bool:
        """Whether a dict that a function gives back is for a response: by its name, or what else is in the dict."""
        return re.search(r"(?i)cors|header", function.name.value) is not None or len(bag.lines) > 1

    # --- Calls: what `Expressions` asks

    def call(self, node: cst.Call, state: State) -> Term | None:
        """Follow a call that sets headers, or of a function of this file."""
        import libcst

        if isinstance(node.func, libcst.Attribute):
            found = self.writes.method(node, node.func, state)
            if found is not None:
                return found
        found = self.writes.vary(node, state)
        if found is not None:
            return found
        function = self.definition(node)
        return None if function is None else self._follow(node, function, state)

    def passed(self, node: cst.Call, state: State) -> Term | None:
        """See `Writes.passed`."""
        return self.writes.passed(node, state)

    def container(self, node: cst.BaseExpression, state: State) -> Term | None:
        """See `Displays.display`."""
        return self.displays.display(node, state)

    def constant(self, value: Value[object], node: cst.BaseExpression) -> Term | None:
        """See `Displays.constant`."""
        return self.displays.constant(value, node)

    def definition(self, node: cst.Call) -> cst.FunctionDef | None:
        """The function of this file that is called."""
        import libcst

        if isinstance(node.func, libcst.Name):
            found = self.resolver.definition(node.func)
            return found if isinstance(found, libcst.FunctionDef) else None
        if isinstance(node.func, libcst.Attribute):
            owner = self.resolver.class_of(node.func.value) or self.resolver.definition(node.func.value)
            if owner is None and dotted(node.func.value) == "cls":
                owner = self.module.enclosing_class(node)
            return self._method_of(owner, node.func.attr.value, 0)
        return None

    def _method_of(self, owner: object, name: str, links: int) -> cst.FunctionDef | None:
        import libcst

        if not isinstance(owner, libcst.ClassDef) or links > MAX_CALLS:
            return None
        for statement in body_statements(owner.body):
            if isinstance(statement, libcst.FunctionDef) and statement.name.value == name:
                return statement
        for base in owner.bases:
            found = self._method_of(self.resolver.definition(base.value), name, links + 1)
            if found is not None:
                return found
        return None

    def _follow(self, node: cst.Call, function: cst.FunctionDef, state: State) -> Term | None:
        """What a function of this file gives for these arguments; its effects are carried out."""
        if function in self.stack or len(self.stack) > MAX_CALLS or self.left <= 0:
            return None
        names = self._arguments(node, function, state)
        if names is None:
            return None
        inner = State(names, state.path, set(self.resolver.scopes.parameters(function)))
        frame = Frame(state.path)
        self.frames.append(frame)
        self.stack.append(function)
        outer, self.writes.function = self.writes.function, self.name_of(function)
        try:
            end = self.block(body_statements(function.body), inner)
        finally:
            self.frames.pop()
            self.stack.pop()
            self.writes.function = outer
        return self._result(frame, end, state)

    def _result(self, frame: Frame, end: State | None, state: State) -> Term:
        ways = [*frame.returned, *([(end, NONE)] if end is not None else [])]
        if not ways:
            state.path = state.path.then(FALSE)
            return Opaque("the function that is called gives nothing back", HARMLESS)
        for way, term in ways:
            way.names[_RESULT] = term
        left = merge([way for way, _ in ways], frame.fork)
        assert left is not None  # there are ways
        if frame.raised:
            state.path = left.path
        state.names.update({name: term for name, term in left.names.items() if name.startswith("self")})
        return self.small(left.names[_RESULT], self.stack[-1])

    def _arguments(self, node: cst.Call, function: cst.FunctionDef, state: State) -> dict[str, Term] | None:
        """What the parameters of a function are in a call; None where that is not plain."""
        import libcst

        parameters = self.resolver.scopes.parameters(function)
        names = list(parameters)
        scope = self.resolver.scopes.scope(function)
        is_method = isinstance(scope, libcst.ClassDef)
        # A function inside of another one sees the names of that one.
        found: dict[str, Term] = dict(state.names) if isinstance(scope, libcst.FunctionDef) else {}
        if is_method:
            decorators = {dotted(decorator.decorator) for decorator in function.decorators}
            found |= {name: term for name, term in state.names.items() if name.startswith("self")}
            if "staticmethod" not in decorators and names:
                names = names[1:]
        position = 0
        for argument in node.args:
            if argument.star:
                return None
            term = self.expressions.term(argument.value, state)
            if argument.keyword is not None:
                found[argument.keyword.value] = term
            elif position < len(names):
                found[names[position]] = term
                position += 1
        for name, parameter in parameters.items():
            if name not in found or (isinstance(scope, libcst.FunctionDef) and not self._is_given(node, names, name)):
                if parameter.default is not None:
                    found[name] = self.expressions.term(parameter.default, State())
                elif name not in ("self", "cls"):
                    found[name] = self._parameter(function, name, parameter)
        return found

    def _is_given(self, node: cst.Call, names: Sequence[str], name: str) -> bool:
        given = {argument.keyword.value for argument in node.args if argument.keyword is not None}
        count = sum(1 for argument in node.args if argument.keyword is None)
        return name in given or name in names[:count]
