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

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, cast

from corslint.collect import Project
from corslint.resolve import operations
from corslint.resolve.conditions import (
    UNBOUND,
    Conditions,
    Frame,
    Outcome,
    environment,
    merge,
    one_of,
    overridden,
    set_state,
)
from corslint.resolve.constants import CONSTANTS
from corslint.resolve.flow import Flow
from corslint.resolve.names import Names, import_reason
from corslint.resolve.operations import Concrete
from corslint.resolve.scopes import Scopes
from corslint.resolve.stars import StarImports
from corslint.source import Source, Span
from corslint.syntax.python import Module, dotted, parse, shortened
from corslint.values import (
    MAX_COMBINATIONS,
    Alternative,
    Condition,
    Items,
    Known,
    Mapping,
    OneOf,
    Place,
    Unknown,
    Value,
    alternatives,
)

if TYPE_CHECKING:
    import libcst as cst

    from corslint.syntax.python import Definition, Scope

MAX_DEPTH = 60
"""Expressions and names inside each other that are followed."""
MAX_STEPS = 300_000
"""Expressions evaluated for one question."""
_TOO_DEEP = "it goes through too many steps to follow"


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


@dataclass(slots=True)
class Resolver:
    """Answers questions about one module; look-ups in other modules go through `project`."""

    project: Project
    module: Module
    scopes: Scopes
    names: Names
    stars: StarImports
    _memo: dict[object, Value[object] | None]
    _active: set[object]
    _depth: int = 0
    _steps: int = 0

    def __init__(self, project: Project, module: Module) -> None:
        self.project = project
        self.module = module
        self.scopes = Scopes(module)
        self.names = Names(self.scopes)
        self.stars = StarImports(self)
        self.scopes.provide = self.stars.provide
        self._memo = {}
        self._active = set()
        self._depth = 0
        self._steps = 0

    # --- Questions servers ask.

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
        reached = self._site(node)
        if reached is None:
            return Unknown("it is never reached", self.module.span(node))
        conditions, frame = reached
        found = self._guarded(lambda: self.evaluate(node, frame), node)
        return _under(found, conditions)

    def value_with(self, node: cst.BaseExpression, names: dict[str, Value[object]]) -> Value[object]:
        """What an expression evaluates to where these names of its function have these values.

        For a caller that follows loops and calls itself; the conditions of the branch are not looked at.
        """
        frame = self._with(node, names)
        return self._guarded(lambda: self.evaluate(node, frame), node)

    def test_with(self, test: cst.BaseExpression, names: dict[str, Value[object]]) -> list[Outcome]:
        """The ways a condition can turn out where these names of its function have these values; never none."""
        return self._guarded_test(test, self._with(test, names))

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
        found = self._guarded(lambda: self._flow(where, name, None, Frame()) or never, self.module.tree)
        return None if found is never else found

    def ways_of_name(self, name: str, scope: Scope | None = None) -> Value[object] | None:
        """As `value_of_name`, with `UNBOUND` for the ways in which nothing binds the name.

        For names that mean something where they are not set, such as settings with a default.
        """
        where = self.module.tree if scope is None else scope
        if not self.scopes.binds(where, name):
            return None
        found = self._guarded(lambda: self._flow(where, name, None, Frame(), UNBOUND) or UNBOUND, self.module.tree)
        return None if found is UNBOUND else found

    def reached(self, node: cst.CSTNode) -> Reached | None:
        """When a place is reached; None for dead code, such as the body of `if False:`."""
        found = self._site(node)
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

    # --- The place an expression is evaluated at.

    def _site(self, node: cst.CSTNode) -> tuple[Conditions, Frame] | None:
        """The conditions of the branches around a node, and what they say of the environment; None for dead code."""
        import libcst

        conditions: Conditions = ()
        frame = Frame()
        chain = [node, *self.module.ancestors(node)]
        branches: list[tuple[cst.BaseExpression, bool]] = []
        for inner, outer in pairwise(chain):
            if isinstance(outer, (libcst.If, libcst.IfExp)) and inner is not outer.test:
                branches.append((outer.test, inner is outer.body))
            elif isinstance(outer, libcst.While) and inner is outer.body:
                branches.append((outer.test, True))
        for test, truth in reversed(branches):
            ways = [way for way in self._guarded_test(test, frame) if way.truth is truth]
            if not ways:
                return None
            merged = merge(conditions, ways[0].conditions)
            if len(ways) == 1:
                if merged is None:
                    return None
                conditions, frame = merged, frame.assume(ways[0].assumed)
        return conditions, frame

    def _guarded(self, ask: Callable[[], Value[object]], node: cst.CSTNode) -> Value[object]:
        """An answer, whatever the code; only the outermost question resets the bounds."""
        outermost = self._depth == 0
        if outermost:
            self._steps = 0
        self._depth += 1
        try:
            return ask()
        except RecursionError:
            return Unknown(_TOO_DEEP, self.module.span(node))
        finally:
            self._depth -= 1
            if outermost:
                self._active.clear()

    def _guarded_test(self, test: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        found: list[Outcome] = []

        def ask() -> Value[object]:
            found.extend(self.test(test, frame))
            return Unknown("")

        self._guarded(ask, test)
        return found or [Outcome(True), Outcome(False)]

    # --- Evaluation. `evaluate` and what it calls may meet anything; unknown syntax gives Unknown.

    def evaluate(self, node: cst.BaseExpression, frame: Frame) -> Value[object]:
        """What an expression evaluates to in a frame."""
        key = (node, frame.key)
        if frame.key is not None and key in self._memo:
            return cast("Value[object]", self._memo[key])
        self._steps += 1
        if self._depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return Unknown(_TOO_DEEP, self.module.span(node))
        if key in self._active and frame.key is not None:
            return Unknown(f"`{self.module.text(node)}` is defined in terms of itself", self.module.span(node))
        self._active.add(key)
        self._depth += 1
        try:
            method = getattr(self, f"_{type(node).__name__}", None)
            found = self._not_followed(node) if method is None else cast("Value[object]", method(node, frame))
        finally:
            self._depth -= 1
            self._active.discard(key)
        if frame.key is not None and self._steps <= MAX_STEPS and self._depth <= MAX_DEPTH // 2:
            self._memo[key] = found
        return found

    def _not_followed(self, node: cst.CSTNode) -> Unknown:
        return Unknown(f"`{self.module.text(node)}` is decided at run time", self.module.span(node))

    # Literals

    def _SimpleString(self, node: cst.SimpleString, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _Integer(self, node: cst.Integer, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _Float(self, node: cst.Float, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _constant(self, node: cst.BaseExpression, evaluated: Callable[[], object]) -> Value[object]:
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape is the scanned program's affair
                return Known(evaluated(), self.module.span(node))
        except (ValueError, SyntaxError, MemoryError):
            return self._not_followed(node)

    def _ConcatenatedString(self, node: cst.ConcatenatedString, frame: Frame) -> Value[object]:
        import libcst

        parts: list[cst.BaseExpression] = []
        current: cst.BaseExpression = node
        while isinstance(current, libcst.ConcatenatedString):
            parts.append(current.left)
            current = current.right
        parts.append(current)
        span = self.module.span(node)
        values = [self.evaluate(part, frame) for part in parts]

        def join(picked: Sequence[Concrete]) -> Concrete:
            return operations.compute(
                picked, lambda *texts: (b"" if isinstance(texts[0], bytes) else "").join(texts), span, "it"
            )

        return self.combined(values, join)

    def _FormattedString(self, node: cst.FormattedString, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        values: list[Value[object]] = []
        raw = "r" in node.start.lower().rstrip("'\"")
        for part in node.parts:
            if isinstance(part, libcst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                if "\\" in text and not raw:
                    quoted = libcst.SimpleString("'''" + text.replace("'", "\\'") + "'''")
                    values.append(self._constant_text(quoted, span))
                else:
                    values.append(Known(text))
            elif isinstance(part, libcst.FormattedStringExpression):
                if part.format_spec or part.equal is not None or part.conversion not in (None, "s"):
                    return self._not_followed(node)
                values.append(self.evaluate(part.expression, frame))

        def join(picked: Sequence[Concrete]) -> Concrete:
            texts: list[str] = []
            for value in picked:
                if isinstance(value, Unknown):
                    return value
                text = operations.shown(value)
                if text is None:
                    return Unknown("a formatted value in it is no text", span)
                texts.append(text)
            joined = "".join(texts)
            if len(joined) > operations.MAX_TEXT:
                return Unknown("it is a very long text", span)
            return Known(joined, span, override=operations.override(*picked))

        return self.combined(values, join)

    def _constant_text(self, node: cst.SimpleString, span: Span) -> Value[object]:
        try:
            return Known(node.evaluated_value, span)
        except (ValueError, SyntaxError):
            return Unknown("its escapes are not followed", span)

    # Containers

    def _List(self, node: cst.List, frame: Frame) -> Value[object]:
        return self._container("list", node.elements, node, frame)

    def _Tuple(self, node: cst.Tuple, frame: Frame) -> Value[object]:
        return self._container("tuple", node.elements, node, frame)

    def _Set(self, node: cst.Set, frame: Frame) -> Value[object]:
        return self._container("set", node.elements, node, frame)

    def _container(
        self,
        kind: Literal["list", "tuple", "set"],
        written: Sequence[cst.BaseElement],
        node: cst.BaseExpression,
        frame: Frame,
    ) -> Value[object]:
        import libcst

        if len(written) > operations.MAX_ITEMS:
            return Unknown(f"it has more than {operations.MAX_ITEMS} elements", self.module.span(node))
        span = self.module.span(node)
        values = [self.evaluate(element.value, frame) for element in written]
        starred = [isinstance(element, libcst.StarredElement) for element in written]

        def make(picked: Sequence[Concrete]) -> Concrete:
            items: list[Concrete] = []
            by: str | None = None
            for value, star in zip(picked, starred, strict=True):
                if not star:
                    items.append(value)
                    continue
                more = operations.elements(value, "`*`")
                if isinstance(more, Unknown):
                    return more
                by = by or (value.override if isinstance(value, Known) else None)
                items.extend(more)
            made = operations.container(kind, items, span)
            return replace(made, override=by) if isinstance(made, Known) else made

        return self.combined(values, make)

    def _Dict(self, node: cst.Dict, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        mapping = Mapping(())
        by: str | None = None
        if len(node.elements) > operations.MAX_ITEMS // 10:
            return Unknown("it is a very long dict", span)
        for element in node.elements:
            value = self.evaluate(element.value, frame)
            if isinstance(element, libcst.DictElement):
                name = self.evaluate(element.key, frame)
                if isinstance(name, OneOf):
                    return Unknown("its keys depend on conditions", span)
                mapping = Mapping(tuple(operations.stored(mapping, name, value)))
            elif isinstance(value, Known) and isinstance(value.value, Mapping):
                mapping = operations.merged(mapping, value.value)
                by = by or value.override
            elif isinstance(value, Unknown):
                return value
            else:
                return Unknown("what is unpacked into it depends on conditions", span)
        return Known(mapping, span, override=by)

    # Operators

    def _BinaryOperation(self, node: cst.BinaryOperation, frame: Frame) -> Value[object]:
        import libcst

        # A long chain leans to the left; it is walked, not descended, so that its length is no depth.
        links: list[cst.BinaryOperation] = [node]
        while isinstance(links[-1].left, libcst.BinaryOperation):
            links.append(links[-1].left)
        value = self.evaluate(links[-1].left, frame)
        for link in reversed(links):
            symbol = _BINARY.get(type(link.operator).__name__, "?")
            span = self.module.span(link)
            value = self.combined(
                [value, self.evaluate(link.right, frame)],
                lambda picked, symbol=symbol, span=span: operations.operate(symbol, picked[0], picked[1], span),  # type: ignore[misc]
            )
        return value

    def _UnaryOperation(self, node: cst.UnaryOperation, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        value = self.evaluate(node.expression, frame)
        if isinstance(node.operator, libcst.Not):
            return self.truth_of(node, frame)
        signs: dict[str, Callable[[object], object]] = {"Minus": lambda a: -a, "Plus": lambda a: +a}  # type: ignore[operator]
        sign = signs.get(type(node.operator).__name__)
        if sign is None:
            return self._not_followed(node)
        return self.combined([value], lambda picked: operations.compute(picked, sign, span, "the sign"))

    def truth_of(
        self, node: cst.BaseExpression, frame: Frame, whole: cst.BaseExpression | None = None
    ) -> Value[object]:
        """A test as a value: `not x`, `bool(x)`, `a == b` where a side is not known."""
        span = self.module.span(whole or node)
        ways = self.test(node, frame)
        if len(ways) == 1:
            return Known(ways[0].truth, span)
        if all(not way.conditions for way in ways):
            return self._not_followed(node)
        if any(way.assumed for way in ways):
            default = next((way for way in ways if not way.assumed), ways[0])
            names = [name for way in ways for name in way.assumed]
            return Known(default.truth, span, override=names[0])
        return OneOf(
            tuple(Alternative(way.conditions, Known(way.truth, span), environment(way.conditions)) for way in ways),
            span,
        )

    def _Comparison(self, node: cst.Comparison, frame: Frame) -> Value[object]:
        span = self.module.span(node)
        left = self.evaluate(node.left, frame)
        result: Value[object] = Known(True, span)
        for target in node.comparisons:
            symbol = _COMPARISONS.get(type(target.operator).__name__, "?")
            right = self.evaluate(target.comparator, frame)
            this = self.combined(
                [left, right],
                lambda picked, symbol=symbol: operations.compare(symbol, picked[0], picked[1], span),  # type: ignore[misc]
            )
            if len(node.comparisons) == 1:
                if any(isinstance(way.value, Unknown) for way in alternatives(this)):
                    # What decides it is named by the test itself, so that branches on it agree with each other.
                    return self.truth_of(node, frame)
                return this
            result = self.combined([result, this], lambda picked: _both(picked[0], picked[1]))
            left = right
        return result

    def _BooleanOperation(self, node: cst.BooleanOperation, frame: Frame) -> Value[object]:
        import libcst

        wanted = isinstance(node.operator, libcst.Or)
        left = self.evaluate(node.left, frame)

        def pick(way: Concrete) -> Value[object]:
            if isinstance(way, Unknown):
                return self._either(node, way, wanted, frame)
            if operations.is_true(way) is wanted:
                return way
            by = operations.override(way)
            right = self.evaluate(node.right, frame)
            return right if by is None else overridden(right, by, None)

        return self.chained(left, pick)

    def _either(self, node: cst.BooleanOperation, left: Unknown, wanted: bool, frame: Frame) -> Value[object]:
        """`left or right` where nothing is known of `left`: both ways, told apart by its truth."""
        ways: list[Alternative[object]] = []
        for outcome in self._described(node.left, frame):
            if outcome.truth is wanted:
                ways.append(Alternative(outcome.conditions, left, environment(outcome.conditions)))
                continue
            for one in alternatives(self.evaluate(node.right, frame)):
                both = merge(outcome.conditions, one.conditions)
                if both is not None:
                    ways.append(Alternative(both, one.value, environment(both)))
        return one_of(ways, self.module.span(node))

    def _IfExp(self, node: cst.IfExp, frame: Frame) -> Value[object]:
        outcomes = self.test(node.test, frame)
        found: list[tuple[Outcome, Value[object]]] = []
        for outcome in outcomes:
            branch = node.body if outcome.truth else node.orelse
            found.append((outcome, self.evaluate(branch, frame.assume(outcome.assumed))))
        # A variable that both decides the branch and is its value: the default holds, and the variable replaces it.
        default = [value for outcome, value in found if not outcome.assumed]
        others = [(outcome, value) for outcome, value in found if outcome.assumed]
        if len(default) == 1 and others and all(isinstance(value, Unknown) for _, value in others):
            name = next(iter(others[0][0].assumed))
            return overridden(default[0], name, None)
        ways: list[Alternative[object]] = []
        for outcome, value in found:
            for one in alternatives(value):
                both = merge(outcome.conditions, one.conditions)
                if both is not None:
                    ways.append(Alternative(both, one.value, environment(both)))
        return one_of(ways, self.module.span(node))

    def _NamedExpr(self, node: cst.NamedExpr, frame: Frame) -> Value[object]:
        return self.evaluate(node.value, frame)

    # Subscripts

    def _Subscript(self, node: cst.Subscript, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        if len(node.slice) != 1:
            return self._not_followed(node)
        index = node.slice[0].slice
        if isinstance(index, libcst.Index) and "os.environ" in self.names.qualified(node.value):
            return self.combined(
                [self.evaluate(index.value, frame)], lambda picked: self._required_variable(picked[0], frame, span)
            )
        owner = self.evaluate(node.value, frame)
        if isinstance(index, libcst.Index):
            key = self.evaluate(index.value, frame)
            return self.chained(owner, lambda one: self.chained(key, lambda other: operations.index(one, other, span)))
        assert isinstance(index, libcst.Slice)
        bounds: list[Value[object]] = [
            Known(None) if part is None else self.evaluate(part, frame)
            for part in (index.lower, index.upper, index.step)
        ]
        return self.combined([owner, *bounds], lambda picked: _cut(picked, span))

    # Comprehensions

    def _ListComp(self, node: cst.ListComp, frame: Frame) -> Value[object]:
        return self._comprehension("list", node, frame)

    def _SetComp(self, node: cst.SetComp, frame: Frame) -> Value[object]:
        return self._comprehension("set", node, frame)

    def _GeneratorExp(self, node: cst.GeneratorExp, frame: Frame) -> Value[object]:
        return self._comprehension("list", node, frame)

    def _comprehension(
        self, kind: Literal["list", "set"], node: cst.ListComp | cst.SetComp | cst.GeneratorExp, frame: Frame
    ) -> Value[object]:
        span = self.module.span(node)
        turns = self._turns(node, node.for_in, frame)
        if isinstance(turns, Unknown):
            return turns
        inner, by = turns
        values = [self.evaluate(node.elt, turn) for turn in inner]

        def make(picked: Sequence[Concrete]) -> Concrete:
            made = operations.container(kind, picked, span)
            return replace(made, override=by) if isinstance(made, Known) else made

        return self.combined(values, make)

    def _DictComp(self, node: cst.DictComp, frame: Frame) -> Value[object]:
        span = self.module.span(node)
        turns = self._turns(node, node.for_in, frame)
        if isinstance(turns, Unknown):
            return turns
        inner, by = turns
        mapping = Mapping(())
        for turn in inner:
            name = self.evaluate(node.key, turn)
            if isinstance(name, OneOf):
                return Unknown("its keys depend on conditions", span)
            mapping = Mapping(tuple(operations.stored(mapping, name, self.evaluate(node.value, turn))))
        return Known(mapping, span, override=by)

    def _turns(self, node: cst.BaseComp, loop: cst.CompFor, frame: Frame) -> tuple[list[Frame], str | None] | Unknown:
        """A frame per turn that passes the conditions, and the variable that decides which turns there are."""
        span = self.module.span(node)
        frames, by = [frame], None
        current: cst.CompFor | None = loop
        while current is not None:
            following: list[Frame] = []
            for outer in frames:
                iterated = self.evaluate(current.iter, outer)
                if isinstance(iterated, OneOf):
                    return Unknown(f"`{self.module.text(node)}` goes over what depends on conditions", span)
                items = operations.elements(iterated, "`for`")
                if isinstance(items, Unknown):
                    return items
                by = by or (iterated.override if isinstance(iterated, Known) else None)
                for item in items:
                    names = self.unpack(current.target, item)
                    if names is None:
                        return Unknown(f"`{self.module.text(current.target)}` is not followed", span)
                    inner = outer.bind(cast("Scope", node), names)
                    kept = self._passes(current, inner)
                    if isinstance(kept, Unknown):
                        return kept
                    keep, deciding = kept
                    by = by or deciding
                    if keep:
                        following.append(inner)
                if len(following) > operations.MAX_ITEMS:
                    return Unknown(f"it has more than {operations.MAX_ITEMS} elements", span)
            frames, current = following, current.inner_for_in
        return frames, by

    def _passes(self, loop: cst.CompFor, frame: Frame) -> tuple[bool, str | None] | Unknown:
        """Whether a turn passes the `if`s of a comprehension, and the variable that decides it."""
        by: str | None = None
        for condition in loop.ifs:
            found = self.evaluate(condition.test, frame)
            if isinstance(found, OneOf):
                return Unknown(
                    f"`{self.module.text(condition.test)}` decides its elements", self.module.span(condition)
                )
            if isinstance(found, Unknown):
                return found
            by = by or operations.override(found)
            if not operations.is_true(found):
                return False, by
        return True, by

    def unpack(self, target: cst.BaseExpression, value: Value[object]) -> dict[str, Value[object]] | None:
        """The names a target gives to the parts of a value; None for a target that is not followed."""
        import libcst

        if isinstance(target, libcst.Name):
            return {target.value: value}
        if not isinstance(target, (libcst.Tuple, libcst.List)):
            return None
        if isinstance(value, OneOf) or any(isinstance(e, libcst.StarredElement) for e in target.elements):
            return None
        parts = operations.elements(value, "unpacking")
        if isinstance(parts, Unknown):
            parts = tuple(parts for _ in target.elements)
        if len(parts) != len(target.elements):
            return None
        names: dict[str, Value[object]] = {}
        for element, part in zip(target.elements, parts, strict=True):
            found = self.unpack(element.value, part)
            if found is None:
                return None
            names.update(found)
        return names

    def unpacked(self, target: cst.CSTNode | None, value: Value[object], name: str) -> Value[object]:
        """The part of a value that `a, b = value` gives to one name."""

        def pick(way: Concrete) -> Value[object]:
            names = None if target is None else self.unpack(cast("cst.BaseExpression", target), way)
            return Unknown(f"`{name}` is a part of what is not followed") if names is None else names[name]

        return self.chained(value, pick)

    # Names

    def _Name(self, node: cst.Name, frame: Frame) -> Value[object]:
        import libcst

        name = node.value
        constants: dict[str, object] = {"True": True, "False": False, "None": None}
        if name in constants:
            return Known(constants[name], self.module.span(node))
        in_place = True
        passed_function = False
        for scope in self.scopes.around(node):
            if isinstance(scope, libcst.ClassDef) and passed_function:
                continue
            bound = frame.bindings.get((scope, name))
            if isinstance(scope, (libcst.BaseComp, libcst.Lambda)):
                if bound is not None:
                    return bound
                if self.scopes.binds(scope, name):
                    return Unknown(f"`{name}` is set at run time", self.module.span(node))
                passed_function = passed_function or isinstance(scope, libcst.Lambda)
                in_place = in_place and isinstance(scope, libcst.BaseComp)
                continue
            if self.scopes.binds(scope, name) or bound is not None:
                found = bound
                if found is None or self.scopes.events(scope, name):
                    found = (
                        bound
                        if self._is_loop_binding(scope, name, bound)
                        else self._flow(scope, name, node if in_place else None, frame)
                    )
                if found is not None:
                    return found
                if not isinstance(scope, (libcst.ClassDef, libcst.Module)):
                    return Unknown(f"`{name}` is not set here", self.module.span(node))
                if isinstance(scope, libcst.Module) and in_place:
                    later = self._flow(scope, name, None, frame) is not None
                    if later:
                        return Unknown(f"`{name}` is only set later", self.module.span(node))
            if isinstance(scope, libcst.FunctionDef):
                in_place, passed_function = False, True
        return Unknown(self.names.unbound_reason(name), self.module.span(node))

    def _is_loop_binding(self, scope: Scope, name: str, bound: Value[object] | None) -> bool:
        """Whether a bound name of a scope is the variable of a loop that is being followed."""
        return bound is not None and self.scopes.parameter(scope, name) is None

    def _flow(
        self, scope: Scope, name: str, until: cst.CSTNode | None, frame: Frame, unbound: Concrete | None = None
    ) -> Value[object] | None:
        at = None if until is None else self.module.statement(until)
        key = ("flow", scope, name, at, frame.key, unbound is None)
        shared = frame.key is not None
        if shared and key in self._memo:
            return self._memo[key]
        if shared and key in self._active:
            return Unknown(f"`{name}` is defined in terms of itself", self.module.span(until or self.module.tree))
        self._steps += 1
        if self._depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return Unknown(_TOO_DEEP)
        self._active.add(key)
        self._depth += 1
        try:
            alias = self.names.changed_through_alias(scope, name, until)
            found = alias or Flow(self, scope, name, until).run(self._start(scope, name, frame) or unbound, frame)
        finally:
            self._depth -= 1
            self._active.discard(key)
        if shared and self._steps <= MAX_STEPS and self._depth <= MAX_DEPTH // 2:
            self._memo[key] = found
        return found

    def _start(self, scope: Scope, name: str, frame: Frame) -> Concrete | None:
        """What a name is before the first statement of its scope: a parameter, or nothing."""
        import libcst

        parameter = self.scopes.parameter(scope, name)
        if parameter is None:
            return None
        bound = frame.bindings.get((scope, name))
        if isinstance(bound, (Known, Unknown)):
            return bound
        function = self.function_name(scope) if isinstance(scope, libcst.FunctionDef) else "lambda"
        return Unknown(f"`{name}` is a parameter of `{function}`", self.module.span(parameter))

    def function_name(self, node: cst.CSTNode) -> str:
        """How messages call a function: `create_app()`."""
        import libcst

        return f"{node.name.value}()" if isinstance(node, libcst.FunctionDef) else "lambda"

    def import_reason(self, node: cst.CSTNode, name: str) -> str:
        """Why an imported name is not known."""
        return import_reason(self.module, node, name)

    # Attributes

    def _Attribute(self, node: cst.Attribute, frame: Frame) -> Value[object]:
        span = self.module.span(node)
        text = dotted(node)
        if text is not None and text in self.scopes.attribute_stores:
            store = self.scopes.attribute_stores[text][0]
            return Unknown(f"`{text}` is set at run time", self.module.span(store.node))
        owner = self.names.class_of(node.value) or self.names.definition(node.value)
        found = None if owner is None else self._member(owner, node.attr.value, set())
        if found is not None:
            place = Place(span, f"`{self.module.text(node)}`")
            return _with_place(found, place)
        for name in self.names.qualified(node):
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name.startswith("re."):
                break
            return Unknown(f"`{self.module.text(node)}` is defined in `{name.rpartition('.')[0]}`", span)
        return self._not_followed(node)

    def _member(self, owner: Definition, name: str, seen: set[cst.CSTNode]) -> Value[object] | None:
        """What a class attribute of this file is; None where neither the class nor a base of this file sets it."""
        import libcst

        if not isinstance(owner, libcst.ClassDef) or owner in seen:
            return None
        seen.add(owner)
        for function in owner.body.body:
            if isinstance(function, libcst.FunctionDef) and function.name.value in ("__getattr__", "__getattribute__"):
                return self._not_followed(function)
        stores = [s for s in self.scopes.attribute_stores.get(f"self.{name}", ()) if self._is_within(s.node, owner)]
        if stores:
            return Unknown(f"`self.{name}` is set at run time", self.module.span(stores[0].node))
        if self.scopes.binds(owner, name):
            value = self._flow(owner, name, None, Frame())
            if value is None:
                return None
            return self._field(owner, name, value)
        for base in owner.bases:
            above = self.names.definition(base.value)
            if above is None:
                if self.refers(base.value, ("builtins.object",)):
                    continue
                return Unknown(
                    f"`{name}` may come from `{self.module.text(base.value)}`, which is defined elsewhere",
                    self.module.span(base),
                )
            found = self._member(above, name, seen)
            if found is not None:
                return found
        return None

    def _is_within(self, node: cst.CSTNode, owner: cst.CSTNode) -> bool:
        return any(ancestor is owner for ancestor in self.module.ancestors(node))

    def _field(self, owner: cst.ClassDef, name: str, value: Value[object]) -> Value[object]:
        """A class attribute; one of a settings class can be replaced by the environment."""
        if isinstance(value, Known) and self._is_settings(owner, set()):
            return replace(value, override=value.override or f"{self._prefix(owner)}{name}".upper())
        return value

    def _is_settings(self, owner: cst.ClassDef, seen: set[cst.CSTNode]) -> bool:
        if owner in seen:
            return False
        seen.add(owner)
        for base in owner.bases:
            if any(name.endswith(".BaseSettings") for name in self.names.qualified(base.value)):
                return True
            above = self.names.definition(base.value)
            if above is not None and hasattr(above, "bases") and self._is_settings(cast("cst.ClassDef", above), seen):
                return True
        return False

    def _prefix(self, owner: cst.ClassDef) -> str:
        """`env_prefix` of `model_config = SettingsConfigDict(...)` or of `class Config`."""
        import libcst

        for call in self.module.find(libcst.Call):
            if self.module.assigned(call) == "model_config" and self.scopes.scope(call) is owner:
                for argument in call.args:
                    if argument.keyword is not None and argument.keyword.value == "env_prefix":
                        value = self.evaluate(argument.value, Frame())
                        if isinstance(value, Known) and isinstance(value.value, str):
                            return value.value
        for inner in owner.body.body:
            if isinstance(inner, libcst.ClassDef) and inner.name.value == "Config":
                found = (
                    self._flow(inner, "env_prefix", None, Frame()) if self.scopes.binds(inner, "env_prefix") else None
                )
                if isinstance(found, Known) and isinstance(found.value, str):
                    return found.value
        return ""

    # Calls

    def _Call(self, node: cst.Call, frame: Frame) -> Value[object]:
        import libcst

        for name in self.names.qualified(node.func):
            followed = _FUNCTIONS.get(name)
            if followed is not None:
                found = followed(self, node, frame)
                return self._not_followed(node) if found is None else found
        if isinstance(node.func, libcst.Attribute) and not self.names.qualified(node.func):
            return self._method(node, node.func, frame)
        return Unknown(f"`{self.module.text(node.func)}()` is called at run time", self.module.span(node))

    def _method(self, node: cst.Call, func: cst.Attribute, frame: Frame) -> Value[object]:
        span = self.module.span(node)
        owner = self.evaluate(func.value, frame)
        operands = self.arguments(node, frame)
        method = func.attr.value
        named = {
            argument.keyword.value: self.evaluate(argument.value, frame)
            for argument in node.args
            if argument.keyword is not None
        }
        if operands is None:
            if not named or any(argument.star for argument in node.args):
                return self._not_followed(node)
            operands = [self.evaluate(a.value, frame) for a in node.args if a.keyword is None]
        keys = list(named)
        count = len(operands)

        def call(picked: Sequence[Concrete]) -> Value[object]:
            one, given = picked[0], picked[1 : 1 + count]
            keywords = dict(zip(keys, picked[1 + count :], strict=True))
            if isinstance(one, Unknown):
                return one
            if isinstance(one.value, str):
                return operations.text_method(one, method, given, keywords, span)
            if isinstance(one.value, Mapping) and not keywords:
                found = operations.mapping_method(one, method, given, span)
                if found is not None:
                    return found
            if isinstance(one.value, Items) and method == "copy" and not given:
                return one
            if isinstance(one.value, Items) and one.value.kind == "set" and method == "union" and not keywords:
                return operations.change(one, "update", given, span)
            if one.override is not None:
                return operations.failed(f"`.{method}()`", TypeError(), one.override, span)
            return Unknown(f"`{self.module.text(func)}()` is not followed", span)

        return self._spread_over([owner, *operands, *named.values()], call)

    def arguments(self, call: cst.Call, frame: Frame) -> list[Value[object]] | None:
        """The values of the positional arguments; None where there are others."""
        if any(argument.keyword is not None or argument.star for argument in call.args):
            return None
        return [self.evaluate(argument.value, frame) for argument in call.args]

    # Environment variables

    def variable(self, name: Concrete, default: Value[object] | None, frame: Frame, span: Span) -> Value[object]:
        """An environment variable with what holds where it is unset: a default, or None if there is none."""
        if isinstance(name, Unknown):
            return name
        if not isinstance(name.value, str):
            return Unknown("the name of the environment variable is no text", span)
        assumed = frame.assumed.get(name.value)
        if assumed is not None:
            return assumed
        if default is None:
            return Known(None, span, override=name.value)
        return overridden(default, name.value, Place(span, f"default of {name.value}"))

    def _required_variable(self, name: Concrete, frame: Frame, span: Span) -> Concrete:
        if isinstance(name, Known) and isinstance(name.value, str):
            return frame.assumed.get(name.value) or Unknown(f"the environment variable {name.value} decides it", span)
        return Unknown("an environment variable decides it", span)

    # Tests

    def test(self, node: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        """The ways a condition can turn out; one where it is certain, never none."""
        import libcst

        if self._depth > MAX_DEPTH:
            return [Outcome(True), Outcome(False)]
        self._depth += 1
        try:
            if isinstance(node, libcst.UnaryOperation) and isinstance(node.operator, libcst.Not):
                return [way.negated() for way in self.test(node.expression, frame)]
            if isinstance(node, libcst.BooleanOperation):
                return self._test_both(node, frame)
            if isinstance(node, libcst.Comparison) and len(node.comparisons) == 1:
                found = self._test_comparison(node, frame)
                if found is not None:
                    return found
                if any(self._is_unknown(part, frame) for part in (node.left, node.comparisons[0].comparator)):
                    return self._described(node, frame)
            return self._test_value(node, self.evaluate(node, frame), frame)
        finally:
            self._depth -= 1

    def _is_unknown(self, node: cst.BaseExpression, frame: Frame) -> bool:
        return any(isinstance(way.value, Unknown) for way in alternatives(self.evaluate(node, frame)))

    def _test_both(self, node: cst.BooleanOperation, frame: Frame) -> list[Outcome]:
        import libcst

        stops = isinstance(node.operator, libcst.Or)
        found: list[Outcome] = []
        for left in self.test(node.left, frame):
            if left.truth is stops:
                found.append(left)
                continue
            for right in self.test(node.right, frame.assume(left.assumed)):
                both = merge(left.conditions, right.conditions)
                if both is not None:
                    found.append(Outcome(right.truth, both, {**left.assumed, **right.assumed}))
        return found or [Outcome(True), Outcome(False)]

    def _test_value(self, node: cst.BaseExpression, value: Value[object], frame: Frame) -> list[Outcome]:
        found: list[Outcome] = []
        for way in alternatives(value):
            described = self._described(node, frame) if isinstance(way.value, Unknown) else self._test_known(way.value)
            for outcome in described:
                both = merge(way.conditions, outcome.conditions)
                if both is not None:
                    found.append(replace(outcome, conditions=both))
        return found or [Outcome(True), Outcome(False)]

    def _test_known(self, value: Known[object]) -> list[Outcome]:
        truth = operations.is_true(value)
        by = operations.override(value)
        if by is None:
            return [Outcome(truth)]
        subject = by
        if isinstance(value.value, bool):
            words = ("is true", "is false") if truth else ("is false", "is true")
            # Two tests of one variable must not be taken for each other, unless both ask whether it says yes.
            if value.span is not None and not _ASKS_FOR_YES.search(value.span.text):
                subject = f"`{shortened(value.span.text)}`"
        elif truth:
            words = ("is not empty", "is empty")
        else:
            words = ("is unset", "is set")
        return [
            Outcome(truth, (Condition(subject, words[0]),)),
            Outcome(not truth, (Condition(subject, words[1]),), {by: _decided_by(by, value.span)}),
        ]

    def _test_comparison(self, node: cst.Comparison, frame: Frame) -> list[Outcome] | None:
        """`X == "production"` and the like, where a variable or something unknown is compared to known texts."""
        symbol = _COMPARISONS.get(type(node.comparisons[0].operator).__name__, "?")
        asked = node.left
        left, right = self.evaluate(node.left, frame), self.evaluate(node.comparisons[0].comparator, frame)
        if symbol in ("is", "is not"):
            return self._test_defined(symbol, left, right)
        if symbol not in ("==", "!=", "in", "not in"):
            return None
        if symbol in ("==", "!=") and _texts(right, symbol) is None:
            asked, left, right = node.comparisons[0].comparator, right, left
        texts = _texts(right, symbol)
        if texts is None or isinstance(left, OneOf):
            return None
        if isinstance(left, Unknown):
            return _compared(self.module.text(asked), texts, symbol, None)
        if left.override is None or not (left.value is None or isinstance(left.value, str)):
            return None
        if not self._is_bare(asked):
            return None
        return _compared(left.override, texts, symbol, left)

    def _test_defined(self, symbol: str, left: Value[object], right: Value[object]) -> list[Outcome] | None:
        """`os.getenv("X") is None`, where there is no default."""
        if not isinstance(left, Known) or left.value is not None or left.override is None:
            return None
        if not isinstance(right, Known) or right.value is not None:
            return None
        by = left.override
        return [
            Outcome(symbol == "is", (Condition(by, "is not defined"),)),
            Outcome(symbol != "is", (Condition(by, "is defined"),), {by: _decided_by(by, left.span)}),
        ]

    def _is_bare(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is the variable itself and not something made of it, such as `.lower()`."""
        import libcst

        return not (
            isinstance(node, libcst.Call)
            and isinstance(node.func, libcst.Attribute)
            and not self.names.qualified(node.func)
        )

    def _described(self, node: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        """Both outcomes of a test nothing is known of, in the words of the source."""
        subject = f"`{self.module.text(node)}`" if dotted(node) is None else self.module.text(node)
        return [
            Outcome(True, (Condition(subject, "is true"),)),
            Outcome(False, (Condition(subject, "is false"),)),
        ]

    # --- Several values at once.

    def combined(
        self, values: Sequence[Value[object]], make: Callable[[Sequence[Concrete]], Concrete]
    ) -> Value[object]:
        return self._spread_over(values, make)

    def _spread_over(
        self, values: Sequence[Value[object]], make: Callable[[Sequence[Concrete]], Value[object]]
    ) -> Value[object]:
        """What `make` gives for each way the values can turn out together."""
        if not any(isinstance(value, OneOf) for value in values):
            return make(cast("Sequence[Concrete]", values))
        ways: list[tuple[Conditions, list[Concrete]]] = [((), [])]
        for value in values:
            ways = [
                (both, [*picked, one.value])
                for conditions, picked in ways
                for one in alternatives(value)
                if (both := merge(conditions, one.conditions)) is not None
            ]
            if len(ways) > MAX_COMBINATIONS:
                return Unknown("it depends on too many conditions")
        found: list[Alternative[object]] = []
        for conditions, picked in ways:
            for one in alternatives(make(picked)):
                both = merge(conditions, one.conditions)
                if both is not None:
                    found.append(Alternative(both, one.value, environment(both)))
        return one_of(found, None)

    def chained(self, value: Value[object], make: Callable[[Concrete], Value[object]]) -> Value[object]:
        return self._spread_over([value], lambda picked: make(picked[0]))


def resolver_of(project: Project, source: Source) -> Resolver:
    """The resolver of a Python file, made once. Raises SyntaxProblem where the file cannot be read."""
    module = source.parsed(parse)

    def make(_: Source) -> Resolver:
        return Resolver(project, module)

    key = source.parsed(_kept_resolvers)
    if id(project) not in key:
        key[id(project)] = make(source)
    return key[id(project)]


def _kept_resolvers(source: Source) -> dict[int, Resolver]:
    return {}


_BINARY = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "Divide": "/",
    "FloorDivide": "//",
    "Modulo": "%",
    "BitOr": "|",
    "BitAnd": "&",
    "BitXor": "^",
}
_COMPARISONS = {
    "Equal": "==",
    "NotEqual": "!=",
    "LessThan": "<",
    "LessThanEqual": "<=",
    "GreaterThan": ">",
    "GreaterThanEqual": ">=",
    "In": "in",
    "NotIn": "not in",
    "Is": "is",
    "IsNot": "is not",
}


_ASKS_FOR_YES = re.compile(r"""(?:==|\bin\b)\s*[(\[{]?\s*["'](?:true|1|yes|on|t|y)["']""", re.IGNORECASE)


def _decided_by(variable: str, span: Span | None) -> Unknown:
    return Unknown(f"the environment variable {variable} decides it", span)


def _compared(subject: str, texts: tuple[str, ...], symbol: str, known: Known[object] | None) -> list[Outcome]:
    """The outcomes of comparing something with texts; `known`: the default of the variable that is the subject."""
    positive = symbol in ("==", "in")
    found: list[Outcome] = []
    for text in texts:
        assumed: dict[str, Known[object] | Unknown] = {}
        if known is not None and known.value != text:
            assumed = {subject: Known(text, known.span)}
        found.append(Outcome(positive, (Condition(subject, set_state(text)),), assumed))
    apart = tuple(Condition(subject, f'is not "{text}"') for text in texts)
    others: dict[str, Known[object] | Unknown] = {}
    if known is not None and known.value in texts:
        others = {subject: _decided_by(subject, known.span)}
    return [*found, Outcome(not positive, apart, others)]


def _both(one: Concrete, other: Concrete) -> Concrete:
    if isinstance(one, Known) and not operations.is_true(one):
        return one
    return other


def _cut(picked: Sequence[Concrete], span: Span) -> Concrete:
    owner, *bounds = picked
    for bound in bounds:
        if isinstance(bound, Unknown):
            return bound
    known = [bound.value for bound in bounds if isinstance(bound, Known)]
    return operations.cut(owner, slice(*known), span)


def _texts(value: Value[object], symbol: str) -> tuple[str, ...] | None:
    """The known texts something is compared to."""
    if not isinstance(value, Known) or value.override is not None:
        return None
    if symbol in ("==", "!="):
        return (value.value,) if isinstance(value.value, str) else None
    if not isinstance(value.value, Items) or len(value.value.items) > 8:
        return None
    texts: list[str] = []
    for item in value.value.items:
        if not isinstance(item, Known) or not isinstance(item.value, str) or item.override is not None:
            return None
        texts.append(item.value)
    return tuple(dict.fromkeys(texts))


def _with_place(value: Value[object], place: Place) -> Value[object]:
    return replace(value, trail=(place, *value.trail))


def _under(value: Value[object], conditions: Conditions) -> Value[object]:
    """A value where some conditions hold already: what they exclude is left out, what they imply is not repeated."""
    if not isinstance(value, OneOf) or not conditions:
        return value
    found: list[Alternative[object]] = []
    for way in value.alternatives:
        if merge(conditions, way.conditions) is None:
            continue
        left = tuple(c for c in way.conditions if not any(known.implies(c) for known in conditions))
        found.append(replace(way, conditions=left))
    return one_of(found, value.span)


from corslint.resolve.functions import FUNCTIONS as _FUNCTIONS  # noqa: E402 - they take a Resolver
