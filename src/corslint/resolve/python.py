"""What the expressions of one Python module evaluate to: literals, names, branches, environment defaults.

How to use it from a server:

    resolver = resolver_of(project, source)             # raises SyntaxProblem; kept per source
    module = resolver.module                            # spans, parents, enclosing function: see syntax/python.py
    for call in resolver.calls("flask_cors.CORS"):      # by qualified name: aliases, dotted access, re-assignment
        reached = resolver.reached(call)                # None: dead code; else the conditions of its branch
        argument = resolver.argument(call, 1, "origins")  # positional, keyword, `**known`: an Argument, or None
        if argument is not None:
            argument.value, argument.span               # Known | OneOf | Unknown; the whole `origins=[...]`
    resolver.unfollowed(call)                           # Unknown if `*args`/`**kwargs` may pass more than is seen
    resolver.value(expression)                          # any expression, as seen from where it stands
    resolver.value_of_name("CORS_ORIGINS")              # what a module-level name is in the end; None: never set
    resolver.qualified(expression)                      # "starlette.middleware.cors.CORSMiddleware" or None
    resolver.definition(expression)                     # the class or function of this file that it names
    resolver.class_of(expression)                       # the class of this file that it is an instance of

Lists come as `Items`, dicts as `Mapping`, with a value per element; `OneOf` stands outside of lists, never inside.
`Known.override` names the environment variable that replaces the value. Nothing here raises on odd code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.finding import Unread
from corslint.resolve.conditions import UNBOUND, Conditions, Frame, Outcome, environment, merge
from corslint.resolve.evaluator import Evaluator
from corslint.resolve.objects import settled
from corslint.resolve.ways import under
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem, parse
from corslint.values import MAX_COMBINATIONS, Alternative, Known, Mapping, OneOf, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

    from corslint.syntax.python import Definition, Scope


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call."""

    value: Value[object]
    span: Span
    """The whole argument, `allow_origins=["*"]`, or the `**kwargs` that brings it."""
    node: cst.BaseExpression
    """The expression."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When a place of the program is reached."""

    conditions: Conditions = ()
    environment: str | None = None
    """The environment the conditions imply, if they do."""


class Resolver(Evaluator):
    """Answers questions about one module; look-ups in other modules go through `project`."""

    def calls(self, *names: str) -> Iterator[cst.Call]:
        """The calls of anything that goes by one of these qualified names, in the order of the source."""
        wanted = set(names)
        for call in self.module.calls():
            if not wanted.isdisjoint(self.names.qualified(call.func)):
                yield call

    def mentions(self, *names: str) -> Iterator[cst.BaseExpression]:
        """The expressions (not imports or parts of longer names) that go by one of these qualified names."""
        import libcst

        wanted = set(names)
        last = {name.rpartition(".")[2] for name in names}
        aliases = last | self.names.aliases(last)
        for node in self.module.walk():
            if not isinstance(node, (libcst.Name, libcst.Attribute)):
                continue
            text = node.value if isinstance(node, libcst.Name) else node.attr.value
            parent = self.module.parent(node)
            if text not in aliases or isinstance(parent, (libcst.Attribute, libcst.ImportAlias, libcst.AsName)):
                continue
            if node in (
                getattr(parent, "target", None),
                getattr(parent, "keyword", None),
                getattr(parent, "name", None),
            ):
                continue
            if not wanted.isdisjoint(self.names.qualified(node)):
                yield node

    def qualified(self, node: cst.BaseExpression) -> str | None:
        """The dotted name of what an expression refers to, by the imports and assignments before it.

        Relative imports keep their leading dots; builtins are `builtins.list`. Where branches differ, the first.
        """
        return next(iter(self.names.qualified(node)), None)

    def refers(self, node: cst.BaseExpression, names: Collection[str]) -> bool:
        """Whether an expression may refer to something with one of these qualified names."""
        return not set(names).isdisjoint(self.names.qualified(node))

    def definition(self, node: cst.BaseExpression) -> Definition | None:
        """The class or function of this file that an expression names."""
        return self.names.definition(node)

    def class_of(self, node: cst.BaseExpression) -> cst.ClassDef | None:
        """The class of this file that an expression is an instance of, by the assignments before it."""
        return self.names.class_of(node)

    def value(self, node: cst.BaseExpression) -> Value[object]:
        """What an expression evaluates to where it stands, under the conditions of its branch."""
        reached = self.site(node)
        if reached is None:
            return Unknown("it is never reached", self.module.span(node))
        conditions, frame = reached
        found = self.guarded(lambda: self.evaluate(node, frame), node)
        return under(settled(found), conditions)

    def value_with(self, node: cst.BaseExpression, names: dict[str, Value[object]]) -> Value[object]:
        """What an expression evaluates to where these names of its function have these values.

        For a caller that follows loops and calls itself; the conditions of the branch are not looked at.
        """
        frame = self._with(node, names)
        return settled(self.guarded(lambda: self.evaluate(node, frame), node))

    def test_with(self, test: cst.BaseExpression, names: dict[str, Value[object]]) -> list[Outcome]:
        """The ways a condition can turn out where these names of its function have these values; never none."""
        return self.guarded_test(test, self._with(test, names))

    def _with(self, node: cst.CSTNode, names: dict[str, Value[object]]) -> Frame:
        import libcst

        for scope in self.scopes.around(node):
            if names and isinstance(scope, libcst.FunctionDef):
                return Frame().bind(scope, names)
        return Frame()

    def value_of_name(self, name: str, scope: Scope | None = None) -> Value[object] | None:
        """What a name of the module (or of another scope) is in the end; None where it is never bound."""
        where = self.module.tree if scope is None else scope
        if not self.scopes.binds(where, name):
            return None
        never = Unknown("")
        found = self.guarded(lambda: self.flow(where, name, None, Frame()) or never, self.module.tree)
        return None if found is never else settled(found)

    def ways_of_name(self, name: str, scope: Scope | None = None) -> Value[object] | None:
        """As `value_of_name`, with `UNBOUND` for the ways in which nothing binds the name.

        For names that mean something where they are not set, such as settings with a default.
        """
        found = self.brought(name, scope)
        return None if found is None else settled(found)

    def brought(self, name: str, scope: Scope | None = None) -> Value[object] | None:
        """As `ways_of_name`, with classes, functions and other things that are no data as they are."""
        where = self.module.tree if scope is None else scope
        if not self.scopes.binds(where, name):
            return None
        found = self.guarded(lambda: self.flow(where, name, None, Frame(), UNBOUND) or UNBOUND, self.module.tree)
        return None if found is UNBOUND else found

    def reached(self, node: cst.CSTNode) -> Reached | None:
        """When a place is reached; None for dead code, such as the body of `if False:`."""
        found = self.site(node)
        return None if found is None else Reached(found[0], environment(found[0]))

    def argument(self, call: cst.Call, position: int | None, name: str) -> Argument | None:
        """The argument a parameter gets: by keyword, at its (0-based) position, or from a known `**mapping`."""
        if position is not None:
            plain = list(self._plain_arguments(call))
            if position < len(plain):
                return self._argument(plain[position])
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value == name:
                return self._argument(argument)
        for argument in reversed(call.args):
            if argument.star == "**":
                found = self._from_mapping(argument, name)
                if found is not None:
                    return found
        return None

    def keywords(self, call: cst.Call) -> dict[str, Argument]:
        """All arguments given by name, also by a known `**mapping`, in order."""
        found: dict[str, Argument] = {}
        for argument in call.args:
            if argument.keyword is not None:
                found[argument.keyword.value] = self._argument(argument)
            elif argument.star == "**":
                for way in alternatives(self.value(argument.value)):
                    if isinstance(way.value, Known) and isinstance(way.value.value, Mapping):
                        for key, _ in way.value.value.pairs:
                            if isinstance(key, Known) and isinstance(key.value, str):
                                given = self._from_mapping(argument, key.value)
                                if given is not None:
                                    found[key.value] = given
        return found

    def unfollowed(self, call: cst.Call) -> Unknown | None:
        """Why a call may pass more arguments than can be seen; None where all are."""
        for argument in call.args:
            if argument.star == "*":
                return Unknown(f"`*{self.module.text(argument.value)}` is not followed", self.module.span(argument))
            if argument.star == "**":
                for way in alternatives(self.value(argument.value)):
                    if isinstance(way.value, Unknown):
                        return way.value
                    if not isinstance(way.value.value, Mapping):
                        return Unknown(
                            f"`**{self.module.text(argument.value)}` is not followed", self.module.span(argument)
                        )
                    for key, _ in way.value.value.pairs:
                        if not isinstance(key, Known):
                            return Unknown(
                                f"`**{self.module.text(argument.value)}` has keys that are not known",
                                self.module.span(argument),
                            )
        return None

    def _plain_arguments(self, call: cst.Call) -> Iterator[cst.Arg]:
        for argument in call.args:
            if argument.star == "*":
                return
            if argument.keyword is None and not argument.star:
                yield argument

    def _argument(self, argument: cst.Arg) -> Argument:
        return Argument(self.value(argument.value), self.module.span(argument), argument.value)

    def _from_mapping(self, argument: cst.Arg, name: str) -> Argument | None:
        """What a `**mapping` passes under a name; None where it certainly passes nothing."""
        found: list[Alternative[object]] = []
        missing = 0
        ways = alternatives(self.value(argument.value))
        for way in ways:
            if isinstance(way.value, Unknown):
                found.append(way)
                continue
            given = way.value.value.get(name) if isinstance(way.value.value, Mapping) else None
            if given is None:
                missing += 1
                continue
            for one in alternatives(given):
                both = merge(way.conditions, one.conditions)
                if both is not None:
                    found.append(Alternative(both, one.value, environment(both)))
        if missing == len(ways) or not found:
            return None
        span = self.module.span(argument)
        if missing:
            value: Value[object] = Unknown(f"`{self.module.text(argument.value)}` passes it only in some cases", span)
        elif len(found) == 1 and not found[0].conditions:
            value = found[0].value
        else:
            value = OneOf(tuple(found))
        return Argument(value, span, argument.value)

    def site(self, node: cst.CSTNode) -> tuple[Conditions, Frame] | None:
        """The conditions of the branches around a node, and what they say of the environment; None for dead code.

        Where a test turns out as the branch asks in several ways, its conditions are left out; see `sites`.
        """
        conditions: Conditions = ()
        frame = Frame()
        for test, truth in self._branches(node):
            ways = [way for way in self.guarded_test(test, frame) if way.truth is truth]
            if not ways:
                return None
            merged = merge(conditions, ways[0].conditions)
            if len(ways) == 1:
                if merged is None:
                    return None
                conditions, frame = merged, frame.assume(ways[0].assumed)
        return conditions, frame

    def sites(self, node: cst.CSTNode) -> list[tuple[Conditions, Frame]]:
        """All ways in which the branches around a node are taken, as `site` gives one; empty for dead code."""
        found: list[tuple[Conditions, Frame]] = [((), Frame())]
        for test, truth in self._branches(node):
            found = [
                (both, frame.assume(way.assumed))
                for conditions, frame in found
                for way in self.guarded_test(test, frame)
                if way.truth is truth and (both := merge(conditions, way.conditions)) is not None
            ][:MAX_COMBINATIONS]
        return found

    def _branches(self, node: cst.CSTNode) -> list[tuple[cst.BaseExpression, bool]]:
        """The tests around a node, the outermost first, and how each must turn out."""
        import libcst

        branches: list[tuple[cst.BaseExpression, bool]] = []
        for inner, outer in pairwise([node, *self.module.ancestors(node)]):
            if isinstance(outer, (libcst.If, libcst.IfExp)) and inner is not outer.test:
                branches.append((outer.test, inner is outer.body))
            elif isinstance(outer, libcst.While) and inner is outer.body:
                branches.append((outer.test, True))
        return branches[::-1]


def resolver_of(project: Project, source: Source) -> Resolver:
    """The resolver of a Python file, made once. Raises SyntaxProblem where the file cannot be read."""
    module = source.parsed(parse)

    def make(_: Source) -> Resolver:
        return Resolver(project, module)

    key = source.parsed(_kept_resolvers)
    if id(project) not in key:
        key[id(project)] = make(source)
    return key[id(project)]


def resolver_or_unread(project: Project, source: Source) -> Resolver | Unread:
    """The resolver of a Python file; where and why it cannot be read, if it cannot."""
    try:
        return resolver_of(project, source)
    except SyntaxProblem as problem:
        place = source.offset(problem.line, problem.column)
        return Unread(source.path, problem.message, source.span(place, place))


def _kept_resolvers(source: Source) -> dict[int, Resolver]:
    return {}
