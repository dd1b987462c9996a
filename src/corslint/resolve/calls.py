"""What a function of the project gives back: its statements carried out with the arguments of one call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve import attempts, operations
from corslint.resolve.conditions import Conditions, Frame, Outcome, environment, merge, one_of
from corslint.resolve.objects import FunctionObject
from corslint.source import Span
from corslint.syntax.python import body_statements, shortened
from corslint.values import Alternative, Condition, Items, Known, OneOf, Unknown, Value, alternatives
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

MAX_WAYS = 32
"""Ways through one function; past this its result is unknown."""
MAX_TURNS = 200
"""Turns of a loop that may return."""
HARMLESS = frozenset({
    "functools.lru_cache", "functools.cache", "builtins.staticmethod", "builtins.classmethod", "builtins.property",
    "functools.cached_property", "pydantic.computed_field", "pydantic.field_validator", "pydantic.validator",
    "pydantic.model_validator", "pydantic.root_validator", "abc.abstractmethod", "typing.override",
    "typing_extensions.override", "pydantic.validate_arguments", "pydantic.validate_call",
})  # fmt: skip
"""Decorators that leave alone what a function gives back."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call passes."""

    positional: tuple[Value[object], ...] = ()
    named: Mapping[str, Value[object]] = field(default_factory=dict)
    unseen: Unknown | None = None
    """Why there may be more than is seen: `*args`, `**kwargs`."""


Running: TypeAlias = "list[tuple[Conditions, Frame]]"
"""The ways in which a place of the function is reached."""


def call(function: FunctionObject, arguments: Arguments, span: Span) -> Value[object]:
    """What a call gives back; unknown where the function is not one that can be followed."""
    import libcst

    evaluator, node = function.evaluator, function.node
    budget = evaluator.budget
    if arguments.unseen is not None:
        return arguments.unseen
    reason = unfollowed(function)
    if reason is not None:
        return Unknown(reason, evaluator.module.span(node))
    if not budget.may_call:
        return Unknown(f"`{function.name}()` calls functions that call functions, too deep to follow", span)
    values = bound(function, arguments, span)
    if isinstance(values, Unknown):
        return values
    frame = function.frame.bind(node, values)
    with budget.call():
        if isinstance(node, libcst.Lambda):
            return evaluator.evaluate(node.body, frame)
        return _in_words_of_caller(function, _Returns(evaluator, node).run(frame, span), span)


def _in_words_of_caller(function: FunctionObject, value: Value[object], span: Span) -> Value[object]:
    """What a call gives, its conditions without the function's own names, which mean nothing where it is called."""
    scopes, node = function.evaluator.scopes, function.node
    parameters = scopes.parameters(node)
    if not isinstance(value, OneOf) or not parameters:
        return value  # without parameters, each call finds the same
    own = {*parameters, *scopes.names_of(node)}
    # What is passed on under its own name is one thing with what the caller asks about it.
    inside = {name for name in own if not re.search(rf"\b{re.escape(name)}\b(?!\s*=[^=])", span.text)}
    if not inside:
        return value
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(inside)))})\b")
    called = span.text if re.fullmatch(r"[\w.]+", span.text) else f"`{shortened(span.text)}`"
    is_test = len(value.alternatives) == 2 and all(
        len(way.conditions) == 1 and isinstance(way.value, Known) and isinstance(way.value.value, bool)
        for way in value.alternatives
    )

    def is_own(one: Condition) -> bool:
        # What succeeds or fails is a statement, which says itself where it stands.
        return one.state not in ("succeeds", "fails") and pattern.search(one.subject) is not None

    def told(way: Alternative[object]) -> Alternative[object]:
        if not any(map(is_own, way.conditions)):
            return way
        if is_test and isinstance(way.value, Known):
            conditions: Conditions = (Condition(called, "is true" if way.value.value else "is false"),)
        else:
            conditions = tuple(
                replace(one, subject=f"{one.subject} in {called}") if is_own(one) else one for one in way.conditions
            )
        return Alternative(conditions, way.value, way.environment or environment(conditions))

    return replace(value, alternatives=tuple(told(way) for way in value.alternatives))


def unfollowed(function: FunctionObject) -> str | None:
    """Why a function cannot be followed; None where it can."""
    import libcst

    node, evaluator = function.node, function.evaluator
    if isinstance(node, libcst.Lambda):
        return None
    if node.asynchronous is not None:
        return f"`{function.name}()` is asynchronous"
    for decorator in node.decorators:
        bare = decorator.decorator.func if isinstance(decorator.decorator, libcst.Call) else decorator.decorator
        names = evaluator.imports.qualified(bare)
        if not HARMLESS.intersection(names) and not _is_setter(bare):
            return f"`{function.name}()` is decorated with `{evaluator.module.text(bare)}`"
    for inner in evaluator.module.within(node, libcst.Yield):
        if evaluator.scopes.scope(inner) is node:
            return f"`{function.name}()` is a generator"
    return None


def _is_setter(node: cst.BaseExpression) -> bool:
    import libcst

    return isinstance(node, libcst.Attribute) and node.attr.value in ("setter", "getter")


def bound(function: FunctionObject, arguments: Arguments, span: Span) -> dict[str, Value[object]] | Unknown:
    """The values of the parameters."""
    import libcst

    evaluator = function.evaluator
    parameters = function.node.params
    waiting = list(arguments.positional)
    if function.receiver is not None:
        waiting.insert(0, function.receiver)
    named = dict(arguments.named)
    found: dict[str, Value[object]] = {}
    refused = Unknown(f"`{function.name}()` does not take these arguments", span, fails=True)
    plain = [*parameters.posonly_params, *parameters.params]
    for parameter in plain:
        if waiting:
            found[parameter.name.value] = waiting.pop(0)
    if isinstance(parameters.star_arg, libcst.Param):
        rest = [Unknown("it depends on conditions", span) if isinstance(v, OneOf) else v for v in waiting]
        found[parameters.star_arg.name.value] = Known(Items("tuple", tuple(rest)), span)
    elif waiting:
        return refused
    for parameter in (*plain, *parameters.kwonly_params):
        name = parameter.name.value
        if name in named:
            found[name] = named.pop(name)
        elif name not in found:
            if parameter.default is None:
                return refused
            found[name] = evaluator.evaluate(parameter.default, Frame())
    if parameters.star_kwarg is not None:
        keys: list[Known[object]] = [Known(name) for name in named]
        pairs = tuple(zip(keys, named.values(), strict=True))
        found[parameters.star_kwarg.name.value] = Known(Pairs(pairs), span)
    elif named:
        return refused
    return found


@dataclass(slots=True)
class _Returns:
    """Follows one call through the body of a function."""

    evaluator: Evaluator
    function: cst.FunctionDef
    found: list[Alternative[object]] = field(default_factory=list)
    stopped: Unknown | None = None
    """Why the call cannot be followed to its end."""
    continued: Running = field(default_factory=list)
    """The ways that meet `continue` in the turn of a loop that is being followed."""
    broken: Running = field(default_factory=list)
    """The ways that meet `break` in the loop that is being followed."""

    def run(self, frame: Frame, span: Span) -> Value[object]:
        running = self._block(body_statements(self.function.body), [((), frame)])
        if self.stopped is not None:
            return self.stopped
        for path, _ in running:
            self._add(path, Known(None, span))
        if not self.found:
            return Unknown(
                f"`{self.function.name.value}()` raises an exception", self._span(self.function.name), fails=True
            )
        fails = all(isinstance(way.value, Unknown) and way.value.fails for way in self.found)
        # A way that ends in an exception gives no value, so a program that runs on took another one.
        kept = [w for w in self.found if fails or not (isinstance(w.value, Unknown) and w.value.fails and w.conditions)]
        return one_of(kept, span)

    def _span(self, node: cst.CSTNode) -> Span:
        return self.evaluator.module.span(node)

    def _stop(self, reason: str, node: cst.CSTNode) -> Running:
        if self.stopped is None:
            self.stopped = Unknown(reason, self._span(node))
        return []

    def _add(self, path: Conditions, value: Value[object]) -> None:
        for one in alternatives(value):
            both = merge(path, one.conditions)
            if both is not None:
                self.found.append(Alternative(both, one.value, environment(both)))

    def _block(self, statements: Iterable[cst.CSTNode], running: Running) -> Running:
        for statement in statements:
            if not running or self.stopped is not None:
                return []
            if len(running) + len(self.found) > MAX_WAYS:
                return self._stop(f"`{self.function.name.value}()` depends on too many conditions", statement)
            running = self._statement(statement, running)
        return running

    def _statement(self, statement: cst.CSTNode, running: Running) -> Running:
        import libcst

        evaluator = self.evaluator
        match statement:
            case libcst.Return():
                for path, frame in running:
                    value: Value[object] = Known(None, self._span(statement))
                    if statement.value is not None:
                        value = evaluator.evaluate(statement.value, frame)
                    self._add(path, value)
                return []
            case libcst.Raise():
                return []
            case libcst.Continue():
                self.continued += running
                return []
            case libcst.Break():
                self.broken += running
                return []
            case libcst.If():
                return self._if(statement, running)
            case libcst.With():
                return self._block(body_statements(statement.body), running)
            case libcst.Try() | libcst.TryStar() if self._leaves(statement):
                return self._try(statement, running)
            case libcst.Match() if self._leaves(statement):
                return self._match(statement, running)
            case libcst.For() if self._leaves(statement):
                return self._for(statement, running)
            case libcst.While() if self._leaves(statement):
                return self._unknown(running, f"`{self.function.name.value}()` returns from within a loop", statement)
        return running

    def _leaves(self, statement: cst.CSTNode) -> bool:
        """Whether the function, or a loop around the statement, may be left inside of it."""
        import libcst

        kinds: tuple[type[cst.CSTNode], ...] = (libcst.Return, libcst.Raise)
        if not isinstance(statement, (libcst.For, libcst.While)):
            kinds = (*kinds, libcst.Continue, libcst.Break)
        return any(
            self.evaluator.scopes.scope(node) is self.function
            for node in self.evaluator.module.within(statement, *kinds)
        )

    def _if(self, statement: cst.If, running: Running) -> Running:
        import libcst

        if not self._leaves(statement):
            return running  # what it does to names is found when they are looked up
        after: Running = []
        for path, frame in running:
            for outcome in self.evaluator.test(statement.test, frame):
                inner = merge(path, outcome.conditions)
                if inner is None:
                    continue
                begun: Running = [(inner, frame.assume(outcome.assumed))]
                if outcome.truth:
                    after += self._block(body_statements(statement.body), begun)
                elif isinstance(statement.orelse, libcst.If):
                    after += self._if(statement.orelse, begun)
                elif statement.orelse is not None:
                    after += self._block(body_statements(statement.orelse.body), begun)
                else:
                    after += begun
        return after

    def _match(self, statement: cst.Match, running: Running) -> Running:
        after: Running = []
        for path, frame in running:
            for case, outcome in self.evaluator.decisions.cases(statement, frame):
                inner = merge(path, outcome.conditions)
                if inner is None:
                    continue
                begun: Running = [(inner, frame.assume(outcome.assumed))]
                after += begun if case is None else self._block(body_statements(case.body), begun)
        return after

    def _for(self, statement: cst.For, running: Running) -> Running:
        """The ways behind a loop that may be left by a `return` or an exception."""
        outer, self.broken = self.broken, []
        after: Running = []
        for path, frame in running:
            for way in alternatives(self.evaluator.evaluate(statement.iter, frame)):
                both = merge(path, way.conditions)
                if both is not None:
                    after += self._turned(statement, way.value, (both, frame))
        broken, self.broken = self.broken, outer
        if statement.orelse is not None:
            after = self._block(body_statements(statement.orelse.body), after)
        return [*after, *broken]

    def _turned(self, statement: cst.For, iterated: Known[object] | Unknown, way: tuple[Conditions, Frame]) -> Running:
        """The ways behind the turns of a loop over one value."""
        import libcst

        module = self.evaluator.module
        items = operations.elements(iterated, "the loop")
        if isinstance(items, Unknown):
            if any(True for _ in module.within(statement.body, libcst.Return)):
                self._add(way[0], items)
                return []
            return [way]  # it only raises exceptions, after which there is nothing to know
        if len(items) > MAX_TURNS:
            return self._unknown([way], "it loops too often to follow", statement)
        turning: Running = [way]
        outer, begun = self.continued, len(self.broken)
        for item in items:
            names = self.evaluator.unpack(statement.target, item)
            if names is None:
                return self._unknown(turning, "its loop variables are not followed", statement)
            if not self.evaluator.budget.may_turn():
                return self._unknown(turning, "it loops too often to follow", statement)
            self.continued = []
            turning = self._block(
                body_statements(statement.body), [(p, f.bind(self.function, names)) for p, f in turning]
            )
            turning += self.continued
        self.continued = outer

        def behind(ways: Running) -> Running:
            """Behind the loop its variables are none that a turn has."""
            return [(path, way[1].assume(frame.assumed)) for path, frame in ways]

        self.broken[begun:] = behind(self.broken[begun:])
        return behind(turning)

    def _unknown(self, running: Running, reason: str, node: cst.CSTNode) -> Running:
        """The function gives what is not known, in these ways."""
        for path, _ in running:
            self._add(path, Unknown(reason, self._span(node)))
        return []

    def _try(self, statement: cst.Try | cst.TryStar, running: Running) -> Running:
        """The ways through a `try`: what is known to work has no handler, what is known to fail only that."""
        after: Running = []
        for path, frame in running:
            ways = attempts.outcomes(self.evaluator, statement, frame)
            if ways is not None:
                after += self._attempt(statement, ways, path, frame)
                continue
            begun = len(self.found)
            through = self._block(body_statements(statement.body), [(path, frame)])
            gave = self.found[begun:]
            fails = self._fails(statement, frame) or [w for w in gave if isinstance(w.value, Unknown) and w.value.fails]
            certain = not fails and self._works(statement, frame, gave)
            if statement.orelse is not None:
                through = self._block(body_statements(statement.orelse.body), through)
            if certain or not statement.handlers:
                after += through
                continue
            failing = path
            if fails:
                del self.found[begun:]
                if isinstance(fails, list):
                    self.found += [way for way in gave if way not in fails]
                    # Only the ways that fail reach the handler.
                    for way in fails:
                        after += self._handled(statement, way.conditions, frame)
                    continue
            else:
                subject = f"`{self.evaluator.module.text(next(body_statements(statement.body)))}`"
                works, fail = Condition(subject, "succeeds"), Condition(subject, "fails")
                for index in range(begun, len(self.found)):
                    way = self.found[index]
                    self.found[index] = Alternative((*way.conditions, works), way.value, way.environment)
                after += [(both, f) for p, f in through if (both := merge(p, (works,))) is not None]
                failing = (*path, fail)
            after += self._handled(statement, failing, frame)
        if statement.finalbody is not None:
            return self._block(body_statements(statement.finalbody.body), after)
        return after

    def _attempt(
        self, statement: cst.Try | cst.TryStar, ways: Sequence[Outcome], path: Conditions, frame: Frame
    ) -> Running:
        """The ways through a `try` of which it is known when its handler is reached."""
        after: Running = []
        for way in ways:
            inner = merge(path, way.conditions)
            if inner is None:
                continue
            running: Running = [(inner, frame.assume(way.assumed))]
            running = self._block(body_statements((statement if way.truth else statement.handlers[0]).body), running)
            if way.truth and statement.orelse is not None:
                running = self._block(body_statements(statement.orelse.body), running)
            after += running
        return after

    def _handled(self, statement: cst.Try | cst.TryStar, path: Conditions, frame: Frame) -> Running:
        after: Running = []
        for handler in statement.handlers[:1]:
            after += self._block(body_statements(handler.body), [(path, frame)])
        return after

    def _fails(self, statement: cst.Try | cst.TryStar, frame: Frame) -> bool:
        """Whether an assignment in the body certainly raises an exception."""
        return any(
            isinstance(value, Unknown) and value.fails
            for value in self._assigned(statement, frame)
            if value is not None
        )

    def _works(self, statement: cst.Try | cst.TryStar, frame: Frame, gave: Sequence[Alternative[object]]) -> bool:
        """Whether nothing in the body can raise an exception, as far as it is seen."""
        values = [*self._assigned(statement, frame), *(way.value for way in gave)]
        return all(value is not None and not _holds_unknown(value) for value in values)

    def _assigned(self, statement: cst.Try | cst.TryStar, frame: Frame) -> list[Value[object] | None]:
        """What the body assigns; None for a statement of another kind."""
        import libcst

        found: list[Value[object] | None] = []
        for small in body_statements(statement.body):
            match small:
                case libcst.Assign() | libcst.AnnAssign() if small.value is not None:
                    found.append(self.evaluator.evaluate(small.value, frame))
                case libcst.Return() | libcst.Pass():
                    pass
                case libcst.Import() | libcst.ImportFrom():
                    found.append(None)
                case libcst.If():
                    pass
                case libcst.Expr(value=libcst.SimpleString()):
                    pass
                case _:
                    found.append(None)
        return found


def _holds_unknown(value: Value[object]) -> bool:
    return any(isinstance(way.value, Unknown) for way in alternatives(value))
