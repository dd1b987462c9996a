"""What one expression evaluates to, node by node. Questions from outside go through `Resolver` in `python.py`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from corslint.collect import Project
from corslint.resolve import libraries, operations
from corslint.resolve.attributes import attribute, without_constructor
from corslint.resolve.budget import budget_of
from corslint.resolve.calls import Arguments
from corslint.resolve.classes import Ancestry, kind
from corslint.resolve.comprehensions import Comprehensions
from corslint.resolve.conditions import Frame, Outcome, environment, merge, one_of, overridden, set_state
from corslint.resolve.constants import CONSTANTS
from corslint.resolve.constructors import CONSTRUCTORS, before
from corslint.resolve.decisions import COMPARISONS, Decisions
from corslint.resolve.deployments import Assignment, assignments
from corslint.resolve.flow import Flow
from corslint.resolve.functions import FUNCTIONS
from corslint.resolve.imports import Imports, through
from corslint.resolve.invocations import called
from corslint.resolve.names import Names, import_reason, imported_name
from corslint.resolve.objects import ClassObject, External, FunctionObject, Home, Instance, Member, is_thing
from corslint.resolve.operations import Concrete
from corslint.resolve.parameters import unbound
from corslint.resolve.scopes import Scopes
from corslint.resolve.shapes import shape_of
from corslint.resolve.stars import StarImports
from corslint.resolve.ways import chained, combined, with_place
from corslint.source import Span
from corslint.syntax.python import Module, dotted
from corslint.values import (
    DEPLOYMENT,
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

    from corslint.syntax.python import Scope

_NO_FRAME = Frame()
TELLING = ("DEBUG", "DJANGO_DEBUG", "ENVIRONMENT", "ENV", "APP_ENV", "FLASK_ENV", "DJANGO_ENV")
"""Variables by which a deployment tells which environment it is."""
TOO_DEEP = "it goes through too many steps to follow"


class Evaluator:
    """Evaluates the expressions of one module. Methods called after a class of libcst evaluate nodes of that class."""

    def __init__(self, project: Project, module: Module) -> None:
        self.project = project
        self.module = module
        self.scopes = Scopes(module)
        self.names = Names(self.scopes)
        self.stars = StarImports(self)
        self.scopes.provide = self.stars.provide
        self.imports = Imports(self)
        self.budget = budget_of(project)
        self.ancestries: dict[cst.ClassDef, Ancestry] = {}
        """Kept by `classes.ancestry`."""
        self.members: dict[cst.ClassDef, tuple[Concrete, ...]] = {}
        """Kept by `classes.members`."""
        self.passed_on: dict[str, tuple[str, ...]] = {}
        """Kept by `Imports.qualified`."""
        self.comprehensions = Comprehensions(self)
        self.decisions = Decisions(self)
        self._memo: dict[object, Value[object] | None] = {}

    def guarded(self, ask: Callable[[], Value[object]], node: cst.CSTNode) -> Value[object]:
        """An answer, whatever the code; only the outermost question resets the bounds."""
        with self.budget.question():
            try:
                return ask()
            except RecursionError:
                return Unknown(TOO_DEEP, self.module.span(node))

    def guarded_test(self, test: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        found: list[Outcome] = []

        def ask() -> Value[object]:
            found.extend(self.test(test, frame))
            return Unknown("")

        self.guarded(ask, test)
        return found or [Outcome(True), Outcome(False)]

    def test(self, node: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        """The ways a condition can turn out; one where it is certain, never none."""
        if self.budget.is_spent:
            return [Outcome(True), Outcome(False)]
        self.budget.depth += 1
        try:
            return self.decisions.test(node, frame)
        finally:
            self.budget.depth -= 1

    def evaluate(self, node: cst.BaseExpression, frame: Frame) -> Value[object]:
        """What an expression evaluates to in a frame."""
        import libcst

        if isinstance(node, libcst.BaseNumber | libcst.SimpleString):
            frame = _NO_FRAME  # so that a literal in a loop is read once
        key = (node, frame.key)
        memo = self._memo if frame.token is None else self.budget.passing
        if key in memo:
            return cast("Value[object]", memo[key])
        if key in self.budget.passing:
            return cast("Value[object]", self.budget.passing[key])
        self.budget.steps += 1
        if self.budget.is_spent:
            return Unknown(TOO_DEEP, self.module.span(node))
        if key in self.budget.active:
            return Unknown(f"`{self.module.text(node)}` is defined in terms of itself", self.module.span(node))
        self.budget.active.add(key)
        self.budget.depth += 1
        try:
            method = getattr(self, f"_{type(node).__name__}", None)
            found = self.not_followed(node) if method is None else cast("Value[object]", method(node, frame))
        finally:
            self.budget.depth -= 1
            self.budget.active.discard(key)
        self.budget.charge(found)
        # What may be cut short by the bounds holds for this question only.
        (memo if self.budget.may_keep else self.budget.passing)[key] = found
        return found

    def evaluate_plain(self, node: cst.BaseExpression) -> Value[object]:
        """What an expression evaluates to outside of any call that is being followed."""
        return self.evaluate(node, _NO_FRAME)

    def not_followed(self, node: cst.CSTNode) -> Unknown:
        return Unknown(f"`{self.module.text(node)}` is decided at run time", self.module.span(node))

    def _SimpleString(self, node: cst.SimpleString, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _Integer(self, node: cst.Integer, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _Float(self, node: cst.Float, frame: Frame) -> Value[object]:
        return self._constant(node, lambda: node.evaluated_value)

    def _constant(self, node: cst.BaseExpression, evaluated: Callable[[], object]) -> Value[object]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape is the scanned program's affair
                return Known(evaluated(), self.module.span(node))
        except (ValueError, SyntaxError, MemoryError):
            return self.not_followed(node)

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

        return combined(values, join)

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
                    return self.not_followed(node)
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

        return combined(values, join)

    def _constant_text(self, node: cst.SimpleString, span: Span) -> Value[object]:
        try:
            return Known(node.evaluated_value, span)
        except (ValueError, SyntaxError):
            return Unknown("its escapes are not followed", span)

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

        return combined(values, make)

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
            value = combined(
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
            return self.not_followed(node)
        return combined([value], lambda picked: operations.compute(picked, sign, span, "the sign"))

    def truth_of(
        self, node: cst.BaseExpression, frame: Frame, whole: cst.BaseExpression | None = None
    ) -> Value[object]:
        """A test as a value: `not x`, `bool(x)`, `a == b` where a side is not known."""
        span = self.module.span(whole or node)
        ways = self.test(node, frame)
        if len(ways) == 1:
            return Known(ways[0].truth, span)
        if all(not way.conditions for way in ways):
            return self.not_followed(node)
        names = [name for way in ways for name in way.assumed]
        # Where more than the one variable decides, no way is the default.
        if names and (len(ways) == 2 or len({c.subject for way in ways for c in way.conditions}) == 1):
            default = next((way for way in ways if not way.assumed), ways[0])
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
            symbol = COMPARISONS.get(type(target.operator).__name__, "?")
            right = self.evaluate(target.comparator, frame)
            this = combined(
                [left, right],
                lambda picked, symbol=symbol: operations.compare(symbol, picked[0], picked[1], span),  # type: ignore[misc]
            )
            if len(node.comparisons) == 1:
                if any(isinstance(way.value, Unknown) for way in alternatives(this)):
                    # What decides it is named by the test itself, so that branches on it agree with each other.
                    return self.truth_of(node, frame)
                return this
            result = combined([result, this], lambda picked: _both(picked[0], picked[1]))
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

        return chained(left, pick)

    def _either(self, node: cst.BooleanOperation, left: Unknown, wanted: bool, frame: Frame) -> Value[object]:
        """`left or right` where nothing is known of `left`: both ways, told apart by its truth."""
        ways: list[Alternative[object]] = []
        for outcome in self.decisions.described(node.left, frame):
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

    def _Subscript(self, node: cst.Subscript, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        if len(node.slice) != 1:
            return self.not_followed(node)
        index = node.slice[0].slice
        owner = self.evaluate(node.value, frame)
        if isinstance(index, libcst.Index):
            key = self.evaluate(index.value, frame)

            def look_up(one: Concrete) -> Value[object]:
                if isinstance(one, Known) and isinstance(one.value, External):
                    use = libraries.Use(one.value, self, frame, span, Arguments((key,)), node)
                    return libraries.used(use, "__getitem__", one.override) or self.not_followed(node)
                return chained(key, lambda other: operations.index(one, other, span))

            return chained(owner, look_up)
        assert isinstance(index, libcst.Slice)
        bounds: list[Value[object]] = [
            Known(None) if part is None else self.evaluate(part, frame)
            for part in (index.lower, index.upper, index.step)
        ]
        return combined([owner, *bounds], lambda picked: _cut(picked, span))

    def _ListComp(self, node: cst.ListComp, frame: Frame) -> Value[object]:
        return self.comprehensions.sequence("list", node, frame)

    def _SetComp(self, node: cst.SetComp, frame: Frame) -> Value[object]:
        return self.comprehensions.sequence("set", node, frame)

    def _GeneratorExp(self, node: cst.GeneratorExp, frame: Frame) -> Value[object]:
        return self.comprehensions.sequence("list", node, frame)

    def _DictComp(self, node: cst.DictComp, frame: Frame) -> Value[object]:
        return self.comprehensions.mapping(node, frame)

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

        return chained(value, pick)

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
                passed_function = True  # neither sees the names of a class body around it
                in_place = in_place and isinstance(scope, libcst.BaseComp)
                continue
            if self.scopes.binds(scope, name) or bound is not None:
                found = bound
                if found is None or self.scopes.events(scope, name):
                    found = (
                        bound
                        if self._is_loop_binding(scope, name, bound)
                        else self.flow(scope, name, node if in_place else None, frame)
                    )
                if found is not None:
                    return found
                if not isinstance(scope, (libcst.ClassDef, libcst.Module)):
                    return Unknown(f"`{name}` is not set here", self.module.span(node))
                if isinstance(scope, libcst.Module) and in_place:
                    later = self.flow(scope, name, None, frame) is not None
                    if later:
                        return Unknown(f"`{name}` is only set later", self.module.span(node))
            if isinstance(scope, libcst.FunctionDef):
                in_place, passed_function = False, True
        brought = libraries.brought(f"builtins.{name}", self)
        return brought or Unknown(self.names.unbound_reason(name), self.module.span(node))

    def _is_loop_binding(self, scope: Scope, name: str, bound: Value[object] | None) -> bool:
        """Whether a bound name of a scope is the variable of a loop that is being followed, which nothing else sets."""
        return (
            bound is not None
            and self.scopes.parameter(scope, name) is None
            and all(event.kind == "loop" for event in self.scopes.events(scope, name))
        )

    def flow(
        self,
        scope: Scope,
        name: str,
        until: cst.CSTNode | None,
        frame: Frame,
        unbound: Value[object] | None = None,
    ) -> Value[object] | None:
        """What a name of a scope is at a place (None: at its end); None where it is not bound and `unbound` is none.

        The name may be dotted: `settings.origins`, with what it is before the scope sets it as `unbound`.
        """
        at = None if until is None else self.module.statement(until)
        key = ("flow", scope, name, at, frame.key, unbound is None)
        memo = self._memo if frame.token is None else self.budget.passing
        if key in memo:
            return memo[key]
        if key in self.budget.passing:
            return self.budget.passing[key]
        if key in self.budget.active:
            return Unknown(f"`{name}` is defined in terms of itself", self.module.span(until or self.module.tree))
        again = self._bound_again(scope, name)
        if again is not None:
            root = name.partition(".")[0]
            return Unknown(f"`{root}` becomes another object after `{name}` is set", self.module.span(again))
        # Each event is looked at, so that a name that is set a thousand times costs as much at each place.
        self.budget.steps += 1 + len(self.scopes.events(scope, name))
        if self.budget.is_spent:
            return Unknown(TOO_DEEP)
        self.budget.active.add(key)
        self.budget.depth += 1
        try:
            alias = self.names.changed_through_alias(scope, name, until)
            found = alias or Flow(self, scope, name, until).run(self.start(scope, name, frame) or unbound, frame)
            if found is not None and (scope, name) in self.scopes.stores_attributes_of:
                found = self._at_home(found, Home(self, scope, name, until, frame))
        finally:
            self.budget.depth -= 1
            self.budget.active.discard(key)
        if self.budget.may_keep:
            memo[key] = found
        return found

    def _at_home(self, value: Value[object], home: Home) -> Value[object]:
        """The value, which if it is an instance knows by which name it goes."""
        if self.scopes.parameter(home.scope, home.name) is not None:
            return value

        def mark(way: Concrete) -> Value[object]:
            if not isinstance(way, Known) or not isinstance(way.value, Instance):
                return way
            return replace(way, value=replace(way.value, homes=(*way.value.homes, home)))

        return chained(value, mark)

    def _bound_again(self, scope: Scope, name: str) -> cst.CSTNode | None:
        """Where the name before the dot stands for something else after its attribute is set: `s.x = 1; s = S()`."""
        root, dot, _ = name.partition(".")
        stores = self.scopes.events(scope, name) if dot else []
        if not stores:
            return None
        first = self.module.order(stores[0].node)
        for event in self.scopes.events(scope, root):
            if event.kind not in ("mutate", "store") and self.module.order(event.node) > first:
                return event.node
        return None

    def exported(self, name: str, span: Span) -> Value[object]:
        """What `name` or `name.attribute` of this module is for who imports it."""
        first, *more = name.split(".")
        tree = self.module.tree
        found = self.flow(tree, first, None, _NO_FRAME) if self.scopes.binds(tree, first) else None
        if found is None:
            return Unknown(f"`{first}` is not set in {self.module.source.path}", span)
        return self._changed(tree, first, found, more, span)

    def member(self, name: str, span: Span) -> Value[object]:
        """What an attribute of this module is: a name it sets, or a module inside of it."""
        if self.scopes.binds(self.module.tree, name):
            return self.exported(name, span)
        inside = self.imports.value(f".{name}", span) if self.module.source.path.endswith("__init__.py") else None
        return inside or self.exported(name, span)

    def _changed(self, scope: Scope, root: str, owner: Value[object], more: list[str], span: Span) -> Value[object]:
        """`root.attribute` after the statements of its module that set it; then its further attributes."""
        found = through(owner, more[:1], span)
        is_known = any(_has_home(way.value) for way in alternatives(owner))
        if more and not is_known and self.scopes.events(scope, f"{root}.{more[0]}"):
            found = self.flow(scope, f"{root}.{more[0]}", None, _NO_FRAME, found) or found
        return through(found, more[1:], span)

    def start(self, scope: Scope, name: str, frame: Frame) -> Value[object] | None:
        """What a name is before the first statement of its scope: a parameter, or nothing."""
        import libcst

        parameter = self.scopes.parameter(scope, name)
        if parameter is None:
            return None
        bound = frame.bindings.get((scope, name))
        if bound is not None:
            return bound
        typed = self._of_its_type(scope, name, parameter)
        found = unbound(self, scope, name, typed) if isinstance(scope, libcst.FunctionDef) else typed
        if found is not None:
            return found
        function = self.function_name(scope) if isinstance(scope, libcst.FunctionDef) else "lambda"
        return Unknown(f"`{name}` is a parameter of `{function}`", self.module.span(parameter))

    def _of_its_type(self, scope: Scope, name: str, parameter: cst.Param) -> Value[object] | None:
        """What is known of a parameter without a call: `self`, `cls`, and settings by their annotation."""
        import libcst

        owner = self.scopes.scope(scope)
        if isinstance(owner, libcst.ClassDef) and next(iter(self.scopes.parameters(scope)), None) == name:
            cls = ClassObject(self, owner)
            if name == "self":
                return Known(Instance(cls, unseen=True), self.module.span(parameter))
            return Known(cls, self.module.span(parameter)) if name == "cls" else None
        if parameter.annotation is None:
            return None
        shape = shape_of(self, parameter.annotation.annotation)
        if shape.cls is not None and kind(shape.cls) in ("settings", "plain", "record", "model"):
            return Known(Instance(shape.cls, unseen=True), self.module.span(parameter))
        return None

    def function_name(self, node: cst.CSTNode) -> str:
        """How messages call a function: `create_app()`."""
        import libcst

        return f"{node.name.value}()" if isinstance(node, libcst.FunctionDef) else "lambda"

    def import_reason(self, node: cst.CSTNode, name: str) -> str:
        """Why an imported name is not known."""
        return import_reason(self.module, node, name)

    def defined(self, node: cst.CSTNode, frame: Frame) -> Value[object]:
        """The class or function a statement defines."""
        import libcst

        if isinstance(node, libcst.ClassDef):
            return Known(ClassObject(self, node, frame), self.module.span(node.name))
        assert isinstance(node, libcst.FunctionDef)
        return Known(FunctionObject(self, node, frame), self.module.span(node.name))

    def imported(self, node: cst.CSTNode, name: str) -> Value[object]:
        """What an import gives to a name."""
        import libcst

        qualified = imported_name(self.module, node, name)
        constant = CONSTANTS.get(qualified)
        if constant is not None:
            return constant
        span = self.module.span(node)
        parts = len([part for part in qualified.split(".") if part])
        certain = parts - 1 if isinstance(self.module.parent(node), libcst.ImportFrom) else parts
        found = self.imports.value(qualified, span, certain) or libraries.brought(qualified, self)
        return Unknown(self.import_reason(node, name), span) if found is None else found

    def _Attribute(self, node: cst.Attribute, frame: Frame) -> Value[object]:
        import libcst

        span = self.module.span(node)
        text = dotted(node)
        scope = None if text is None else self.names.scope_of_root(node)
        if text is None or scope is None or not self.scopes.events(scope, text):
            return self._attribute(node, span, frame)
        until = node if self.names.is_in_place(node, scope) else None
        owner = frame.bindings.get((scope, "self")) if text.startswith("self.") else None
        if isinstance(owner, Known) and isinstance(owner.value, Instance) and isinstance(scope, libcst.FunctionDef):
            cls = self.scopes.scope(scope)
            if until is not None and scope.name.value in CONSTRUCTORS and isinstance(cls, libcst.ClassDef):
                # In its own constructor, where what the instance holds is what is being set.
                start = before(owner, (ClassObject(self, cls), scope), text, until, frame, span)
                if start is None:
                    start = without_constructor(owner, owner.value, node.attr.value, span)
                return self.flow(scope, text, until, frame, start) or start
        base = self._attribute(node, span, frame)
        if any(_has_home(way.value) for way in alternatives(self.evaluate(node.value, frame))):
            return base
        return self.flow(scope, text, until, frame, base) or base

    def _attribute(self, node: cst.Attribute, span: Span, frame: Frame) -> Value[object]:
        """What an attribute is before statements of this file change it; after them for an instance that knows them."""
        place = Place(span, f"`{self.module.text(node)}`")

        def of(owner: Concrete) -> Value[object]:
            found = attribute(owner, node.attr.value, span)
            if found is None:
                return self.not_followed(node)
            return found

        if self.names.module_of(node) is not None:
            owner = self.evaluate(node.value, frame)
            if all(isinstance(way.value, Known) and _is_followed(way.value.value) for way in alternatives(owner)):
                return with_place(chained(owner, of), place)
        for name in self.imports.qualified(node):
            if name in CONSTANTS:
                return CONSTANTS[name]
            found = self.imports.value(name, span)
            if found is not None:
                return with_place(found, place)
            brought = libraries.brought(name, self)
            if brought is not None:
                return brought
        source = self.names.module_of(node)
        if source is not None and self.names.qualified(node):
            return Unknown(f"`{self.module.text(node)}` comes from `{source}`", span)
        return with_place(chained(self.evaluate(node.value, frame), of), place)

    def _Lambda(self, node: cst.Lambda, frame: Frame) -> Value[object]:
        return Known(FunctionObject(self, node, frame), self.module.span(node))

    def _Await(self, node: cst.Await, frame: Frame) -> Value[object]:
        return self.not_followed(node)

    def _Call(self, node: cst.Call, frame: Frame) -> Value[object]:
        import libcst

        for name in self.imports.qualified(node.func):
            followed = FUNCTIONS.get(name)
            if followed is not None:
                found = followed(self, node, frame)
                return self.not_followed(node) if found is None else found
        if isinstance(node.func, libcst.Attribute):
            owner = node.func.value
            # `ORIGINS.split(",")` where another module sets ORIGINS.
            if not self.names.is_module(owner) or _holds_data(self.evaluate(owner, frame)):
                return self._method(node, node.func, frame)
        callee = self.evaluate(node.func, frame)
        return chained(callee, lambda one: self._called(one, node, frame))

    def _called(self, callee: Concrete, node: cst.Call, frame: Frame) -> Value[object]:
        if isinstance(callee, Known):
            found = called(self, callee, node, frame)
            return self.not_followed(node) if found is None else found
        source = self.names.module_of(node.func)
        if source is not None or not self.names.is_bound(node.func):
            of = "" if source is None else f" of `{source}`"
            return Unknown(f"`{self.module.text(node.func)}()`{of} is called at run time", self.module.span(node))
        return callee

    def _method(self, node: cst.Call, func: cst.Attribute, frame: Frame) -> Value[object]:
        span = self.module.span(node)
        method = func.attr.value
        given = self.passed(node, frame)
        positional, keys = len(given.positional), list(given.named)

        def on_data(picked: Sequence[Concrete]) -> Value[object]:
            one, operands = picked[0], picked[1 : 1 + positional]
            keywords = dict(zip(keys, picked[1 + positional :], strict=True))
            assert isinstance(one, Known)
            if isinstance(one.value, str):
                return operations.text_method(one, method, operands, keywords, span)
            if isinstance(one.value, Mapping) and not keywords:
                found = operations.mapping_method(one, method, operands, span)
                if found is not None:
                    return found
            if isinstance(one.value, Items) and method == "copy" and not operands:
                return one
            if isinstance(one.value, Items) and one.value.kind == "set" and method == "union" and not keywords:
                return operations.change(one, "update", operands, span)
            if one.override is not None:
                return operations.failed(f"`.{method}()`", TypeError(), one.override, span)
            return Unknown(f"`{self.module.text(func)}()` is not followed", span)

        def call(owner: Concrete) -> Value[object]:
            if isinstance(owner, Unknown):
                return self._called(owner, node, frame) if self.names.qualified(func) else owner
            if isinstance(owner.value, Member) and owner.value.is_data and method in operations.TEXT_METHODS:
                return chained(owner.value.value, call)
            if is_thing(owner.value):
                found = called(self, owner, node, frame, method)
                return self.not_followed(node) if found is None else found
            if given.unseen is not None:
                return given.unseen
            return combined([owner, *given.positional, *given.named.values()], on_data)

        return chained(self.evaluate(func.value, frame), call)

    def _flavour(self, found: Assignment) -> str | None:
        """The environment of a deployment: what its path says, or a variable such as DEBUG that it sets too."""
        if found.environment.marked:
            return found.environment.kind
        for name in TELLING:
            for one in assignments(self.project, self.module.source, name):
                if one.deployment == found.deployment and isinstance(one.value, Known):
                    implied = environment((Condition(name, set_state(one.value.value)),))
                    if implied is not None:
                        return implied
        return None

    def passed(self, call: cst.Call, frame: Frame) -> Arguments:
        """What a call passes, with the elements of a known `*list` and the pairs of a known `**dict`."""
        positional: list[Value[object]] = []
        named: dict[str, Value[object]] = {}
        for given in call.args:
            value = self.evaluate(given.value, frame)
            if given.keyword is not None:
                named[given.keyword.value] = value
            elif not given.star:
                positional.append(value)
            elif given.star == "*" and isinstance(value, Known) and isinstance(value.value, Items):
                positional.extend(value.value.items)
            elif given.star == "**" and isinstance(value, Known) and isinstance(value.value, Mapping):
                for key, item in value.value.pairs:
                    if not isinstance(key, Known) or not isinstance(key.value, str):
                        return Arguments(unseen=Unknown("it is passed under names not known", self.module.span(given)))
                    named[key.value] = item
            else:
                reason = f"`{given.star}{self.module.text(given.value)}` is not followed"
                return Arguments(unseen=Unknown(reason, self.module.span(given)))
        return Arguments(tuple(positional), named)

    def arguments(self, call: cst.Call, frame: Frame) -> list[Value[object]] | None:
        """The values of the positional arguments; None where there are others."""
        if any(argument.keyword is not None or argument.star for argument in call.args):
            return None
        return [self.evaluate(argument.value, frame) for argument in call.args]

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
            unset: Value[object] = Known(None, span, override=name.value)
        else:
            unset = overridden(default, name.value, Place(span, f"default of {name.value}"))
        return self.deployed((name.value,), unset, lambda text: text)

    def deployed(
        self, names: Sequence[str], unset: Value[object], read: Callable[[Concrete], Value[object]]
    ) -> Value[object]:
        """What a variable, which may go by several names, gives in each deployment that sets it, and otherwise.

        `read` makes a value of the text.
        """
        found: dict[str, Assignment] = {}
        for name in dict.fromkeys(names):
            for one in assignments(self.project, self.module.source, name):
                # One that sets it to what is not known says no more than that the default may be replaced.
                if isinstance(one.value, Known):
                    found.setdefault(one.deployment, one)
        if not found:
            return unset
        elsewhere = tuple(Condition(DEPLOYMENT, f'is not "{deployment}"') for deployment in found)
        ways: list[Alternative[object]] = []
        for way in alternatives(unset):
            both = merge(elsewhere, way.conditions)
            if both is not None:
                ways.append(Alternative(both, way.value, way.environment))
        for deployment, one in found.items():
            there = (Condition(DEPLOYMENT, f'is "{deployment}"', self._flavour(one)),)
            text: Concrete = cast("Concrete", one.value)
            if text.span is not None:
                text = replace(text, trail=(Place(text.span, f"{one.name} in {one.source}"), *text.trail))
            for way in alternatives(read(text)):
                both = merge(there, way.conditions)
                if both is not None:
                    ways.append(Alternative(both, way.value, environment(both)))
        return one_of(ways, None)


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


def _is_followed(thing: object) -> bool:
    """Whether what an imported name stands for tells of its attributes itself."""
    return isinstance(thing, (ClassObject, Instance, Member))


def _has_home(value: Concrete) -> bool:
    return isinstance(value, Known) and isinstance(value.value, Instance) and bool(value.value.homes)


def _holds_data(value: Value[object]) -> bool:
    return any(isinstance(way.value, Known) and not is_thing(way.value.value) for way in alternatives(value))


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
