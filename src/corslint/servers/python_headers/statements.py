"""Follows the statements of a function one after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.servers.python_headers.branches import Branches
from corslint.servers.python_headers.conditions import (
    ABOUT_ORIGIN,
    Open,
)
from corslint.servers.python_headers.expressions import Expressions
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.terms import (
    NONE,
    Header,
    Marker,
    Opaque,
    Ref,
    Several,
    Term,
    Text,
)
from corslint.servers.python_headers.words import checks_origin
from corslint.servers.python_headers.writes import Writes
from corslint.syntax.python import body_statements, dotted
from corslint.values import Items, Known, Mapping

if TYPE_CHECKING:
    import libcst as cst

_PUTS = ("set", "add", "log", "append", "put", "send")
_ABORTS = frozenset({"abort", "exit", "_exit"})


class Statements(Branches):
    """What statements do to names, to paths, and to the headers of responses."""

    def __init__(self, resolver: Resolver, expressions: Expressions, writes: Writes) -> None:
        super().__init__(resolver, expressions, writes)
        self.left = 0
        """How many statements may still be followed."""
        self.stack: list[cst.FunctionDef] = []
        """The functions that are being followed, by their definition."""
        self.inner: list[tuple[cst.FunctionDef, State]] = []
        """The functions defined in the outermost of them."""

    @abstractmethod
    def definition(self, node: cst.Call) -> cst.FunctionDef | None:
        """The function of this file that is called."""

    def block(self, statements: Iterable[cst.CSTNode], state: State | None) -> State | None:
        """The state behind some statements; None where no path goes on."""
        for statement in statements:
            if state is None or self.left <= 0:
                return None
            self.left -= 1
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
                return self.branch(node, state)
            case libcst.For():
                return self.loop(node, state)
            case libcst.While():
                test = Open(
                    "a loop decides it", self.expressions.mentions.level(node.test, state), self.module.span(node.test)
                )
                return self.turns([(test, {})], node.body, state)
            case libcst.With():
                for item in node.items:
                    self.expressions.term(item.item, state)
                return self.block(body_statements(node.body), state)
            case libcst.Try() | libcst.TryStar():
                return self.attempt(node, state)
            case libcst.Match():
                return self.cases(node, state)
            case libcst.Return():
                term = NONE if node.value is None else self._assigned(node.value, state)
                self.frames[-1].returned.append((state, term))
                self.frames[-1].ended += 1
                return None
            case libcst.Raise():
                self.raises()
                return None
            case libcst.Break() | libcst.Continue():
                self.frames[-1].turned += 1
                if self.frames[-1].loops:
                    self.frames[-1].loops[-1][isinstance(node, libcst.Continue)].append(state)
                return None
            case libcst.Assert():
                self.raises()
                return state.fork(self.expressions.judgements.test(node.test, state))
            case libcst.Del():
                self.writes.removed(node.target, state)
            case libcst.FunctionDef():
                self._define(node, state)
            case _:
                pass
        return state

    def _define(self, node: cst.FunctionDef, state: State) -> None:
        inner = state.fork()
        if inner is not None and len(self.stack) == 1:
            self.inner.append((node, inner))

    def _expression(self, node: cst.Expr, state: State) -> State | None:
        import libcst

        self.expressions.term(node.value, state)
        call = node.value.expression if isinstance(node.value, libcst.Await) else node.value
        if isinstance(call, libcst.Call):
            name = (dotted(call.func) or "").rpartition(".")[2]
            if name in _ABORTS:
                self.raises()
                return None
            says_origin = "origin" in name.lower() and not name.startswith(_PUTS)
            if says_origin and self.definition(call) is None:
                # It may raise for an origin it does not like.
                self.raises()
                reason = f"`{name}()` may turn the request away"
                return state.fork(Open(reason, ABOUT_ORIGIN, self.module.span(call)))
        return state

    def _assigned(self, node: cst.BaseExpression, state: State) -> Term:
        import libcst

        if isinstance(node, libcst.Await):
            node = node.expression
        term = self.expressions.term(node, state)
        if isinstance(term, Marker) and term.what == "header value":
            # Read in a loop that looks for the header by its name.
            return Header("origin", NONE, self.module.span(node))
        return self.small(term, node)

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

        value = self.small(self.expressions.term(node.value, state), node)
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
