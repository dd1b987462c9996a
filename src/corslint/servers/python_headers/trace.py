"""Follows the statements of the functions that set CORS headers, without running anything.

Branches are followed each under its test, calls of functions of the same file and loops over known lists are carried
out, and what remains is, for every response, which headers it gets under which conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.servers.python_headers.comparisons import compare, level_of
from corslint.servers.python_headers.expressions import Expressions, bind_pair
from corslint.servers.python_headers.state import Path, State, merge
from corslint.servers.python_headers.terms import (
    ABOUT_ORIGIN,
    FALSE,
    HARMLESS,
    MAX_SIZE,
    NONE,
    TRUE,
    Bag,
    Header,
    Line,
    Marker,
    Opaque,
    Open,
    Ref,
    Sent,
    Several,
    Sizes,
    Term,
    Test,
    Text,
    both,
    negate,
)
from corslint.servers.python_headers.words import checks_origin, is_request, is_request_headers
from corslint.servers.python_headers.writes import Writes, has_allow_origin
from corslint.syntax.python import body_statements, dotted
from corslint.values import Items, Known, Mapping, Value

if TYPE_CHECKING:
    import libcst as cst

MAX_STATEMENTS = 6_000
"""Statements carried out for one function, calls and loops included."""
MAX_TOTAL = 40_000
"""Statements carried out for one file."""
MAX_CALLS = 5
"""Calls inside of each other that are followed."""
_RESULT = "()"
_READS_ORIGIN = re.compile(r"(?:headers|meta|environ)\[['\"](?:http_)?origin['\"]\]", re.IGNORECASE)
_PUTS = ("set", "add", "log", "append", "put", "send")
_ABORTS = frozenset({"abort", "exit", "_exit"})


@dataclass(slots=True)
class Traced:
    """What a function does."""

    function: cst.FunctionDef
    name: str
    bags: tuple[Bag, ...]
    """The headers of its responses; those with Access-Control-Allow-Origin only."""
    path: Test
    """The tests that lead to its definition, for a function inside of another one."""


@dataclass(slots=True)
class _Frame:
    """A function that is being followed."""

    fork: Path
    returned: list[tuple[State, Term]] = field(default_factory=list)
    raised: bool = False
    ended: int = 0
    """How many ways have left the function so far."""
    turned: int = 0
    """How many ways have left the turn of a loop so far."""
    loops: list[tuple[list[State], list[State]]] = field(default_factory=list)
    """For each loop around, innermost last: where it was left, and where its turn was."""


class Tracer:
    """Follows the functions of one module."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.module = resolver.module
        self.expressions = Expressions(resolver, self)
        self.writes = Writes(self.expressions)
        self._frames: list[_Frame] = []
        self._stack: list[cst.FunctionDef] = []
        self._sizes = Sizes()
        self._left = 0
        self._total = MAX_TOTAL
        self.is_exhausted = False
        """Whether something was left out because it was too much."""
        self._inner: list[tuple[cst.FunctionDef, State]] = []

    def trace(self, function: cst.FunctionDef) -> Iterator[Traced]:
        """What a function does, and then what each function defined in it does."""
        waiting = [(function, State())]
        while waiting:
            current, state = waiting.pop()
            self._inner = []
            self._left = limit = min(MAX_STATEMENTS, self._total)
            path = state.path.whole()
            bags = self._root(current, state)
            self._total -= limit - self._left
            self.is_exhausted = self.is_exhausted or self._left <= 0
            yield Traced(current, self.name_of(current), tuple(bags), path)
            waiting += self._inner

    def constant_bag(self, name: cst.Name) -> Bag | None:
        """The headers that a constant of the module holds in the end."""
        value = self.resolver.value_of_name(name.value)
        term = None if value is None else self.writes.constant(value, name)
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
        self._stack = [function]
        frame = _Frame(state.path)
        self._frames = [frame]
        for name, parameter in self.resolver.scopes.parameters(function).items():
            if name not in ("self", "cls"):
                state.names[name] = self._parameter(function, name, parameter)
        if self._is_guarded(function):
            reason = "a decorator of the function decides it"
            state.path = state.path.then(Open(reason, ABOUT_ORIGIN, self.module.span(function.name)))
        self._block(body_statements(function.body), state)
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
        function = self._definition(node)
        return None if function is None else self._follow(node, function, state)

    def passed(self, node: cst.Call, state: State) -> Term | None:
        """See `Writes.passed`."""
        return self.writes.passed(node, state)

    def container(self, node: cst.BaseExpression, state: State) -> Term | None:
        """See `Writes.display`."""
        return self.writes.display(node, state)

    def constant(self, value: Value[object], node: cst.BaseExpression) -> Term | None:
        """See `Writes.constant`."""
        return self.writes.constant(value, node)

    def _definition(self, node: cst.Call) -> cst.FunctionDef | None:
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
        if function in self._stack or len(self._stack) > MAX_CALLS or self._left <= 0:
            return None
        names = self._arguments(node, function, state)
        if names is None:
            return None
        inner = State(names, state.path, set(self.resolver.scopes.parameters(function)))
        frame = _Frame(state.path)
        self._frames.append(frame)
        self._stack.append(function)
        outer, self.writes.function = self.writes.function, self.name_of(function)
        try:
            end = self._block(body_statements(function.body), inner)
        finally:
            self._frames.pop()
            self._stack.pop()
            self.writes.function = outer
        return self._result(frame, end, state)

    def _result(self, frame: _Frame, end: State | None, state: State) -> Term:
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
        return self._small(left.names[_RESULT], self._stack[-1])

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

    # --- Statements

    def _block(self, statements: Iterable[cst.CSTNode], state: State | None) -> State | None:
        """The state behind some statements; None where no path goes on."""
        for statement in statements:
            if state is None or self._left <= 0:
                return None
            self._left -= 1
            state = self._statement(statement, state)
        return state

    def _statement(self, node: cst.CSTNode, state: State) -> State | None:
        import libcst

        match node:
            case libcst.Expr():
                return self._expression(node, state)
            case libcst.Assign():
                value = self._assigned(node.value, state)
                for target in node.targets:
                    self._assign(target.target, value, node, node.value, state)
            case libcst.AnnAssign() if node.value is not None:
                self._assign(node.target, self._assigned(node.value, state), node, node.value, state)
            case libcst.AugAssign():
                self._augment(node, state)
            case libcst.If():
                return self._if(node, state)
            case libcst.For():
                return self._for(node, state)
            case libcst.While():
                test = Open("a loop decides it", self.expressions.level(node.test, state), self.module.span(node.test))
                return self._loop([(test, {})], node.body, state)
            case libcst.With():
                for item in node.items:
                    self.expressions.term(item.item, state)
                return self._block(body_statements(node.body), state)
            case libcst.Try() | libcst.TryStar():
                return self._try(node, state)
            case libcst.Match():
                return self._match(node, state)
            case libcst.Return():
                term = NONE if node.value is None else self._assigned(node.value, state)
                self._frames[-1].returned.append((state, term))
                self._frames[-1].ended += 1
                return None
            case libcst.Raise():
                self._raise()
                return None
            case libcst.Break() | libcst.Continue():
                self._frames[-1].turned += 1
                if self._frames[-1].loops:
                    self._frames[-1].loops[-1][isinstance(node, libcst.Continue)].append(state)
                return None
            case libcst.Assert():
                self._raise()
                return state.fork(self.expressions.test(node.test, state))
            case libcst.Del():
                self.writes.removed(node.target, state)
            case libcst.FunctionDef():
                self._define(node, state)
            case _:
                pass
        return state

    def _raise(self) -> None:
        self._frames[-1].raised = True
        self._frames[-1].ended += 1

    def _lost(self) -> tuple[int, int]:
        """How many ways have left the block being followed so far; the same number means that all went on."""
        return self._frames[-1].ended, self._frames[-1].turned

    def _define(self, node: cst.FunctionDef, state: State) -> None:
        inner = state.fork()
        if inner is not None and len(self._stack) == 1:
            self._inner.append((node, inner))

    def _expression(self, node: cst.Expr, state: State) -> State | None:
        import libcst

        self.expressions.term(node.value, state)
        call = node.value.expression if isinstance(node.value, libcst.Await) else node.value
        if isinstance(call, libcst.Call):
            name = (dotted(call.func) or "").rpartition(".")[2]
            if name in _ABORTS:
                self._raise()
                return None
            says_origin = "origin" in name.lower() and not name.startswith(_PUTS)
            if says_origin and self._definition(call) is None:
                # It may raise for an origin it does not like.
                self._raise()
                reason = f"`{name}()` may turn the request away"
                return state.fork(Open(reason, ABOUT_ORIGIN, self.module.span(call)))
        return state

    def _small(self, term: Term, node: cst.CSTNode) -> Term:
        """A value, or one that is not known in place of one too large to look at."""
        if self._sizes.of(term) <= MAX_SIZE:
            return term
        return Opaque("it is put together in too many steps", ABOUT_ORIGIN, self.module.span(node))

    def _assigned(self, node: cst.BaseExpression, state: State) -> Term:
        import libcst

        if isinstance(node, libcst.Await):
            node = node.expression
        term = self.expressions.term(node, state)
        if isinstance(term, Marker) and term.what == "header value":
            # Read in a loop that looks for the header by its name.
            return Header("origin", NONE, self.module.span(node))
        return self._small(term, node)

    def _assign(
        self, target: cst.CSTNode, value: Term, node: cst.CSTNode, shown: cst.BaseExpression, state: State
    ) -> None:
        import libcst

        match target:
            case libcst.Name():
                state.bound.discard(target.value)
                constant = value.value if isinstance(value, Text) else None
                if isinstance(constant, Known) and isinstance(constant.value, Items | Mapping):
                    state.names.pop(target.value, None)  # the resolver follows what is added to it
                else:
                    state.names[target.value] = self._with_name(target.value, value)
            case libcst.Subscript():
                self.writes.stored(target, value, node, shown, state)
            case libcst.Attribute():
                self.writes.attribute_set(target, value, node, shown, state)
                name = dotted(target)
                if name is not None and not name.endswith(".headers"):
                    state.names[name] = value
            case libcst.Tuple() | libcst.List():
                parts = value.terms if isinstance(value, Several) else ()
                for position, element in enumerate(target.elements):
                    fits = len(parts) == len(target.elements)
                    part = parts[position] if fits else self.expressions.opaque(shown, state)
                    self._assign(element.value, part, node, shown, state)

    def _with_name(self, name: str, value: Term) -> Term:
        """An unknown value is judged by the name it gets, too: `is_allowed = lookup(key)`."""
        if isinstance(value, Opaque) and value.level < ABOUT_ORIGIN and checks_origin(name):
            return Opaque(value.reason, ABOUT_ORIGIN, value.span, value.parameter)
        return value

    def _augment(self, node: cst.AugAssign, state: State) -> None:
        import libcst

        value = self._small(self.expressions.term(node.value, state), node)
        name = dotted(node.target)
        if isinstance(value, Ref) and isinstance(node.operator, libcst.BitOrAssign | libcst.AddAssign):
            owner: cst.BaseExpression = node.target
            if isinstance(owner, libcst.Attribute) and owner.attr.value == "headers":
                owner = owner.value
            if isinstance(owner, libcst.Name | libcst.Attribute):
                adds = isinstance(node.operator, libcst.AddAssign)
                self.writes.pour(value.bag, self.writes.bag_of(owner, state), "add" if adds else "set", state)
        elif name is not None and name in state.names and not isinstance(state.names[name], Ref):
            known = state.names[name]
            if isinstance(known, Text) and isinstance(value, Text):
                del state.names[name]  # the resolver follows the statement itself
            else:
                state.names[name] = self.expressions.opaque(node, state)

    # --- Branches and loops

    def _if(self, node: cst.If, state: State) -> State | None:
        test = self.expressions.test(node.test, state)
        if self._sizes.of(test) > MAX_SIZE:
            test = Open(f"`{self.module.text(node.test)}` decides it", ABOUT_ORIGIN, self.module.span(node.test))
        fork, lost = state.path, self._lost()
        yes, no = state.fork(test), state.fork(negate(test))
        if yes is not None:
            yes = self._block(body_statements(node.body), yes)
        if no is not None and node.orelse is not None:
            import libcst

            if isinstance(node.orelse, libcst.If):
                no = self._if(node.orelse, no)
            else:
                no = self._block(body_statements(node.orelse.body), no)
        return merge([yes, no], fork, complete=self._lost() == lost)

    def _for(self, node: cst.For, state: State) -> State | None:
        iterated = self.expressions.term(node.iter, state)
        turns: list[tuple[Test, dict[str, Term]]] = []
        if isinstance(iterated, Marker) and iterated.what == "headers":
            inner = State()
            bind_pair(node.target, inner)
            turns.append((TRUE, inner.names))
        elif isinstance(iterated, Ref):
            return self._over_headers(node, iterated.bag, state)
        else:
            for item in self.expressions.elements(node.iter, state):
                unknown = isinstance(item, Opaque)
                names = self._unpacked(node.target, item, node.iter, state)
                turns.append((Open("a loop decides it", HARMLESS) if unknown else TRUE, names))
        return self._loop(turns, node.body, state, node.orelse)

    def _unpacked(
        self, target: cst.BaseExpression, item: Term, over: cst.BaseExpression, state: State
    ) -> dict[str, Term]:
        import libcst

        if isinstance(target, libcst.Name):
            return {target.value: item}
        names: dict[str, Term] = {}
        if isinstance(target, libcst.Tuple):
            values = self.expressions.parts(item, len(target.elements))
            for position, element in enumerate(target.elements):
                if isinstance(element.value, libcst.Name):
                    names[element.value.value] = values[position] if values else self.expressions.opaque(over, state)
        return names

    def _over_headers(self, node: cst.For, bag: Bag, state: State) -> State | None:
        """`for name, value in headers.items(): response.headers[name] = value`."""
        import libcst

        if not isinstance(node.target, libcst.Tuple) or len(node.target.elements) != 2:
            return self._loop([(Open("a loop decides it", HARMLESS), {})], node.body, state)
        one, other = (element.value for element in node.target.elements)
        current: State | None = state
        if not isinstance(one, libcst.Name) or not isinstance(other, libcst.Name):
            return state
        before = len(self.writes.bags)
        for line in tuple(bag.lines):
            if current is None:
                return None
            turn = {one.value: Text(Known(line.name)), other.value: line.value}
            current = self._loop([(line.when, turn)], node.body, current, replaying=line)
        bag.passed_on = bag.passed_on or len(self.writes.bags) > before or bool(bag.lines)
        return current

    def _loop(
        self,
        turns: Sequence[tuple[Test, dict[str, Term]]],
        body: cst.BaseSuite,
        state: State,
        orelse: cst.Else | None = None,
        replaying: Line | None = None,
    ) -> State | None:
        """The state behind a loop, each turn with its test and its names."""
        fork, frame = state.path, self._frames[-1]
        ended = frame.ended
        current: State | None = state
        left: list[State] = []
        self.writes.replaying.append(replaying)
        for test, names in turns:
            if current is None:
                break
            here, lost = current.path, self._lost()
            skipped = current.fork(negate(test)) if test != TRUE else None
            turn = current.fork(test)
            if turn is None:
                continue
            turn.names.update(names)
            turn.bound |= names.keys()
            continued: list[State] = []
            broken = len(left)
            frame.loops.append((left, continued))
            after = self._block(body_statements(body), turn)
            frame.loops.pop()
            states = [*continued, after, *([skipped] if skipped is not None else [])]
            current = merge(states, here, complete=self._lost()[0] == lost[0] and len(left) == broken)
            if current is not None:
                current.names = {name: self._small(term, body) for name, term in current.names.items()}
        self.writes.replaying.pop()
        if orelse is not None and current is not None:
            current = self._block(body_statements(orelse.body), current)
        if not left:
            return current
        return merge([*left, current], fork, complete=frame.ended == ended)

    def _try(self, node: cst.Try | cst.TryStar, state: State) -> State | None:
        fork, lost = state.path, self._lost()
        if self._reads_origin(node.body):
            fails: Test = negate(Sent("origin"))
        else:
            fails = Open("an exception decides it", HARMLESS, self.module.span(node), is_exception=True)
        branches: list[State | None] = []
        trying = state.fork(negate(fails)) if node.handlers else state.fork()
        end = None if trying is None else self._block(body_statements(node.body), trying)
        if end is not None and node.orelse is not None:
            end = self._block(body_statements(node.orelse.body), end)
        branches.append(end)
        for handler in node.handlers:
            begun = state.fork(fails)
            branches.append(None if begun is None else self._block(body_statements(handler.body), begun))
        after = merge(branches, fork, complete=self._lost() == lost)
        if node.finalbody is not None and after is not None:
            after = self._block(body_statements(node.finalbody.body), after)
        return after

    def _reads_origin(self, body: cst.BaseSuite) -> bool:
        """Whether a block fails where the request has no Origin: `request.headers["Origin"]`."""
        return _READS_ORIGIN.search(self.module.span(body).text) is not None

    def _match(self, node: cst.Match, state: State) -> State | None:
        import libcst

        subject = self.expressions.term(node.subject, state)
        fork, lost = state.path, self._lost()
        rest: State | None = state.fork()
        branches: list[State | None] = []
        for case in node.cases:
            if rest is None:
                break
            pattern = case.pattern
            test: Test = Open("a `match` decides it", max(level_of(subject), HARMLESS), self.module.span(case))
            if isinstance(pattern, libcst.MatchValue):
                span, text = self.module.span(pattern), self.module.text(pattern)
                test = compare("==", subject, self.expressions.term(pattern.value, rest), span, text)
            elif isinstance(pattern, libcst.MatchAs) and pattern.pattern is None:
                test = TRUE
            if case.guard is not None:
                test = both(test, self.expressions.test(case.guard, rest))
            begun = rest.fork(test)
            branches.append(None if begun is None else self._block(body_statements(case.body), begun))
            rest = rest.fork(negate(test))
        return merge([*branches, rest], fork, complete=self._lost() == lost)
