"""The value a name has at one place: the statements of its scope that touch it, carried out in order.

Branches are followed each under its conditions; what cannot be followed makes the name unknown from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve import attempts, operations
from corslint.resolve.conditions import UNBOUND, Conditions, Frame, Outcome, environment, merge, one_of
from corslint.resolve.objects import External, is_thing
from corslint.resolve.operations import Concrete
from corslint.resolve.reasons import through
from corslint.resolve.scopes import Event
from corslint.syntax.python import body_statements, dotted
from corslint.values import Alternative, Condition, Items, Known, OneOf, Place, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Scope

MAX_CASES = 32
"""Ways a name can turn out; past this it is unknown."""
MAX_TURNS = 500
"""Turns of a loop that are followed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way a name can turn out; `value` None while it is not bound."""

    conditions: Conditions
    value: Concrete | None


State: TypeAlias = tuple[Case, ...]
"""Empty where the place cannot be reached."""


@dataclass(slots=True)
class Flow:
    """One look-up of a name in a scope, up to a node (None: to the end of the scope)."""

    resolver: Evaluator
    scope: Scope
    name: str
    until: cst.CSTNode | None
    around: frozenset[cst.CSTNode] = field(init=False)
    relevant: frozenset[cst.CSTNode] = field(init=False)
    by_statement: dict[cst.CSTNode, list[Event]] = field(init=False)
    inlined: dict[cst.CSTNode, cst.FunctionDef] = field(default_factory=dict)
    """The functions that change the name from elsewhere and are called once, by the statement that calls them."""
    continued: list[Case] = field(default_factory=list)
    """How the turn of a loop that is being carried out ends where it meets `continue`."""
    broken: list[Case] = field(default_factory=list)
    """How the loop that is being carried out ends where it meets `break`."""

    def __post_init__(self) -> None:
        import libcst

        module, scopes = self.resolver.module, self.resolver.scopes
        self.around = frozenset() if self.until is None else frozenset((self.until, *module.ancestors(self.until)))
        self.relevant = scopes.relevant(self.scope, self.name)
        self.by_statement = {}
        for event in scopes.events(self.scope, self.name):
            self.by_statement.setdefault(self._statement(event), []).append(event)
            if isinstance(event.elsewhere, libcst.FunctionDef) and event.elsewhere not in self.inlined.values():
                call = self._only_call(event.elsewhere)
                if call is not None:
                    statement = module.statement(call)
                    self.inlined[statement] = event.elsewhere
                    self.relevant |= {statement, *module.ancestors(statement)}

    def run(self, start: Value[object] | None, frame: Frame) -> Value[object] | None:
        """The value at the place; None where the name is not bound there."""
        import libcst

        if isinstance(self.scope, libcst.Lambda | libcst.BaseComp):
            return start
        state: State = (Case((), None),)
        if start is not None:
            state = tuple(Case(way.conditions, way.value) for way in alternatives(start))
        for event in self.resolver.scopes.events(self.scope, self.name):
            if event.elsewhere is not None and event.elsewhere not in self.inlined.values():
                place = self.resolver.function_name(event.elsewhere)
                return Unknown(f"`{self.name}` is changed in `{place}`", self.resolver.module.span(event.node))
        body = self.scope if isinstance(self.scope, libcst.Module) else self.scope.body
        state, _ = self._block(body_statements(body), state, (), frame)
        return value_of(state, self.name)

    def _only_call(self, function: cst.FunctionDef) -> cst.Call | None:
        """The call of a function without parameters, where the scope itself calls it and nothing else names it."""
        import libcst

        module, names, scopes = self.resolver.module, self.resolver.names, self.resolver.scopes
        if function.decorators or scopes.parameters(function) or scopes.scope(function) is not self.scope:
            return None
        if any(isinstance(node, libcst.Return) for node in module.within(function.body, libcst.Return, libcst.Yield)):
            returns = [r for r in module.within(function.body, libcst.Return) if scopes.scope(r) is function]
            last = list(body_statements(function.body))[-1]
            if any(node is not last for node in returns):
                return None
        named = [n for n in module.find(libcst.Name) if n.value == function.name.value and n is not function.name]
        if len(named) != 1:
            return None
        call = module.parent(named[0])
        if not isinstance(call, libcst.Call) or call.func is not named[0] or call.args:
            return None
        if scopes.scope(call) is not self.scope or names.definition(named[0]) is not function:
            return None
        return call if self._runs_always(call) else None

    def _statement(self, event: Event) -> cst.CSTNode:
        """The statement of the scope an event belongs to; an `except ... as` or a `case` belongs to the whole block."""
        return self.resolver.module.statement(event.node)

    def _block(
        self, statements: Iterable[cst.CSTNode], state: State, path: Conditions, frame: Frame
    ) -> tuple[State, bool]:
        """The state behind some statements, and whether the place looked for is among them."""
        import libcst

        for statement in statements:
            if not state:
                return state, False
            if statement in self.around:
                return self._inside(statement, state, path, frame), True
            if statement in self.relevant:
                state = self._carry_out(statement, state, path, frame)
            elif isinstance(statement, (libcst.Return, libcst.Raise, libcst.Continue, libcst.Break)):
                if isinstance(statement, libcst.Continue):
                    self.continued.extend(state)
                if isinstance(statement, libcst.Break):
                    self.broken.extend(state)
                return (), False
        return state, False

    def _inside(self, statement: cst.CSTNode, state: State, path: Conditions, frame: Frame) -> State:
        """The state at the place looked for, which is inside of this statement."""
        import libcst

        match statement:
            case libcst.If():
                if statement.test not in self.around:
                    state = self._apply_all(statement, state, path, frame)  # a `:=` in the test
                return self._inside_if(statement, state, path, frame)
            case libcst.For() | libcst.While():
                if statement.body not in self.around:
                    return state
                below = self._events_below(statement)
                bound = frame.bindings.get((self.scope, self.name))
                if bound is not None and self.resolver.scopes.parameter(self.scope, self.name) is None:
                    state = tuple(Case(way.conditions, way.value) for way in alternatives(bound))
                elif any(event.kind != "loop" for event in below):
                    # Until the turn sets it, it is what an earlier turn left.
                    state = self._unknown(state, f"`{self.name}` changes in a loop", statement)
                elif isinstance(statement, libcst.For) and below:
                    state = self._unknown(state, f"`{self.name}` is a loop variable", statement)
                return self._block(body_statements(statement.body), state, path, frame)[0]
            case libcst.With():
                if statement.body not in self.around:
                    return state
                state = self._apply_all(statement, state, path, frame)
                return self._block(body_statements(statement.body), state, path, frame)[0]
            case libcst.Try() | libcst.TryStar():
                state = self._apply_all(statement, state, path, frame)  # `except ... as`
                return self._inside_try(statement, state, path, frame)
            case libcst.Match():
                return self._match(statement, state, path, frame, inside=True)
        return state

    def _inside_if(self, statement: cst.If, state: State, path: Conditions, frame: Frame) -> State:
        import libcst

        if statement.test in self.around:
            return state
        into_body = statement.body in self.around
        found: list[Case] = []
        for outcome in self.resolver.test(statement.test, frame):
            if outcome.truth is not into_body:
                continue
            inner = merge(path, outcome.conditions)
            if inner is None:
                continue
            begun = restrict(state, outcome.conditions)
            assumed = frame.assume(outcome.assumed)
            if into_body:
                found.extend(self._block(body_statements(statement.body), begun, inner, assumed)[0])
            elif isinstance(statement.orelse, libcst.If):
                found.extend(self._inside_if(statement.orelse, begun, inner, assumed))
            elif statement.orelse is not None:
                found.extend(self._block(body_statements(statement.orelse.body), begun, inner, assumed)[0])
        return self._limited(found)

    def _inside_try(self, statement: cst.Try | cst.TryStar, state: State, path: Conditions, frame: Frame) -> State:
        if statement.body in self.around:
            return self._block(body_statements(statement.body), state, path, frame)[0]
        for handler in statement.handlers:
            if handler in self.around:
                return self._block(body_statements(handler.body), state, path, frame)[0]
        if statement.orelse is not None and statement.orelse in self.around:
            state = self._block(body_statements(statement.body), state, path, frame)[0]
            return self._block(body_statements(statement.orelse.body), state, path, frame)[0]
        if statement.finalbody is not None:
            state = self._try(statement, state, path, frame, final=False)
            return self._block(body_statements(statement.finalbody.body), state, path, frame)[0]
        return state

    def _carry_out(self, statement: cst.CSTNode, state: State, path: Conditions, frame: Frame) -> State:
        """The state behind a statement that touches the name."""
        import libcst

        match statement:
            case libcst.If():
                state = self._apply_all(statement, state, path, frame)  # a `:=` in the test
                return self._if(statement, state, path, frame)
            case libcst.For():
                return self._for(statement, state, path, frame)
            case libcst.While():
                return self._unknown(state, f"`{self.name}` changes in a loop", statement)
            case libcst.With():
                state = self._apply_all(statement, state, path, frame)
                return self._block(body_statements(statement.body), state, path, frame)[0]
            case libcst.Try() | libcst.TryStar():
                state = self._apply_all(statement, state, path, frame)  # `except ... as`
                return self._try(statement, state, path, frame)
            case libcst.ClassDef():
                state, _ = self._block(body_statements(statement.body), state, path, frame)
            case libcst.Match():
                return self._match(statement, state, path, frame, inside=False)
        return self._apply_all(statement, state, path, frame)

    def _if(self, statement: cst.If, state: State, path: Conditions, frame: Frame) -> State:
        import libcst

        found: list[Case] = []
        touched = False
        for outcome in self.resolver.test(statement.test, frame):
            inner = merge(path, outcome.conditions)
            if inner is None:
                continue
            begun = restrict(state, outcome.conditions)
            assumed = frame.assume(outcome.assumed)
            after = begun
            if outcome.truth:
                after = self._block(body_statements(statement.body), begun, inner, assumed)[0]
            elif isinstance(statement.orelse, libcst.If):
                after = self._if(statement.orelse, begun, inner, assumed) if begun else ()
            elif statement.orelse is not None:
                after = self._block(body_statements(statement.orelse.body), begun, inner, assumed)[0]
            touched = touched or [case.value for case in after] != [case.value for case in begun]
            found.extend(after)
        return self._limited(found) if touched else state

    def _match(self, statement: cst.Match, state: State, path: Conditions, frame: Frame, *, inside: bool) -> State:
        """The state behind a `match`, or at the place looked for inside of it."""
        captures = bool(self.by_statement.get(statement))
        for asking in statement.cases if inside else ():
            if asking.guard is not None and asking.guard in self.around:
                # Asked for by the test whether the case is taken.
                return self._captured(asking, statement, state, path, frame) if captures else state
        found: list[Case] = []
        for case, outcome in self.resolver.decisions.cases(statement, frame):
            if inside and (case is None or case not in self.around):
                continue
            inner = merge(path, outcome.conditions)
            if inner is None:
                continue
            begun = restrict(state, outcome.conditions)
            if case is not None:
                assumed = frame.assume(outcome.assumed)
                if captures:
                    begun = self._captured(case, statement, begun, inner, assumed)
                begun = self._block(body_statements(case.body), begun, inner, assumed)[0]
            found.extend(begun)
        return self._limited(found)

    def _captured(
        self, case: cst.MatchCase, statement: cst.Match, state: State, path: Conditions, frame: Frame
    ) -> State:
        """The state behind the pattern of a case, which may give the name a value: `case other:`."""
        import libcst

        named = [
            node
            for node in self.resolver.module.within(case, libcst.MatchAs, libcst.MatchStar, libcst.MatchMapping)
            if self.name in (_name_of(getattr(node, "name", None)), _name_of(getattr(node, "rest", None)))
        ]
        if not named:
            return state
        if named != [case.pattern] or not isinstance(case.pattern, libcst.MatchAs):
            return self._unknown(state, f"`{self.name}` is what a pattern matches", case)
        return self._limited(
            [
                Case(both, way.value)
                for way in alternatives(self.resolver.evaluate(statement.subject, frame))
                if (both := merge(path, way.conditions)) is not None
            ]
        )

    def _for(self, statement: cst.For, state: State, path: Conditions, frame: Frame) -> State:
        events = self._events_below(statement)
        if any(event.kind == "loop" for event in events):
            return self._unknown(state, f"`{self.name}` is a loop variable", statement)
        self._mark_leaving(statement)
        outer, self.broken = self.broken, []
        found: list[Case] = []
        for way in alternatives(self.resolver.evaluate(statement.iter, frame)):
            both = merge(path, way.conditions)
            if both is not None:
                found.extend(self._turned(statement, way.value, restrict(state, way.conditions), both, frame))
        broken, self.broken = self.broken, outer
        after = self._limited(found)
        if statement.orelse is not None:
            after, _ = self._block(body_statements(statement.orelse.body), after, path, frame)
        return self._limited([*after, *broken])

    def _turned(self, statement: cst.For, iterated: Concrete, state: State, path: Conditions, frame: Frame) -> State:
        """The state behind the turns of a loop over one value."""
        items = operations.elements(iterated, "the loop")
        if isinstance(items, Unknown):
            place = Place(self.resolver.module.span(statement), f"`{self.name}` changes in a loop")
            unknown = through(items, place)
            return tuple(Case(case.conditions, unknown) for case in state)
        if len(items) > MAX_TURNS:
            return self._unknown(state, f"`{self.name}` changes in a loop with many turns", statement)
        outer, begun = self.continued, len(self.broken)
        for item in items:
            names = self.resolver.unpack(statement.target, item)
            if names is None:
                return self._unknown(state, f"`{self.name}` changes in a loop", statement)
            if not self.resolver.budget.may_turn():
                return self._unknown(state, f"`{self.name}` changes in a loop with many turns", statement)
            self.continued = []
            state, _ = self._block(body_statements(statement.body), state, path, frame.bind(self.scope, names))
            state = self._limited([*state, *self.continued])
        self.continued = outer
        by = iterated.override if isinstance(iterated, Known) else None
        if by is None:
            return state

        def mark(case: Case) -> Case:
            if not isinstance(case.value, Known):
                return case
            return replace(case, value=replace(case.value, override=case.value.override or by))

        self.broken[begun:] = map(mark, self.broken[begun:])
        return tuple(map(mark, state))

    def _mark_leaving(self, statement: cst.For) -> None:
        """See to it that what may end a turn is carried out, even where it does not touch the name."""
        import libcst

        module = self.resolver.module
        leaves = (libcst.Continue, libcst.Break, libcst.Return, libcst.Raise)
        blocks = (libcst.If, libcst.With, libcst.Try, libcst.TryStar, libcst.Match, libcst.For)
        for node in module.within(statement.body, *leaves):
            for ancestor in module.ancestors(node):
                if ancestor is statement:
                    break
                if isinstance(ancestor, blocks):
                    self.relevant |= {ancestor}

    def _try(
        self, statement: cst.Try | cst.TryStar, state: State, path: Conditions, frame: Frame, final: bool = True
    ) -> State:
        ways = attempts.outcomes(self.resolver, statement, frame)
        if ways is not None:
            return self._attempt(statement, ways, state, path, frame, final)
        body, _ = self._block(body_statements(statement.body), state, path, frame)
        if statement.orelse is not None:
            body, _ = self._block(body_statements(statement.orelse.body), body, path, frame)
        found = body
        if statement.handlers and not self._cannot_fail(statement, body):
            subject = self.resolver.module.text(next(body_statements(statement.body)))
            works, fails = Condition(f"`{subject}`", "succeeds"), Condition(f"`{subject}`", "fails")
            found = restrict(body, (works,))
            for handler in statement.handlers:
                begun = restrict(state, (fails,))
                failing = merge(path, (fails,))
                if failing is not None:
                    after, _ = self._block(body_statements(handler.body), begun, failing, frame)
                    found = (*found, *(case for case in after if case not in found))
        if final and statement.finalbody is not None:
            found, _ = self._block(body_statements(statement.finalbody.body), found, path, frame)
        return self._limited(found)

    def _attempt(
        self,
        statement: cst.Try | cst.TryStar,
        ways: Sequence[Outcome],
        state: State,
        path: Conditions,
        frame: Frame,
        final: bool,
    ) -> State:
        """The state behind a `try` of which it is known when its handler is reached."""
        found: list[Case] = []
        for way in ways:
            inner = merge(path, way.conditions)
            if inner is None:
                continue
            blocks = [statement.body if way.truth else statement.handlers[0].body]
            blocks += [part.body for part in (statement.orelse if way.truth else None, statement.finalbody) if part]
            if not final and statement.finalbody is not None:
                blocks.pop()
            after, assumed = restrict(state, way.conditions), frame.assume(way.assumed)
            for block in blocks:
                after, _ = self._block(body_statements(block), after, inner, assumed)
            found.extend(after)
        return self._limited(found)

    def _cannot_fail(self, statement: cst.Try | cst.TryStar, after: State) -> bool:
        """Whether a `try` only assigns what is known for certain."""
        import libcst

        certain = all(
            isinstance(small, libcst.Assign) and small in self.relevant for small in body_statements(statement.body)
        )
        return certain and all(
            isinstance(case.value, Known) and operations.override(case.value) is None for case in after
        )

    def _events_below(self, statement: cst.CSTNode) -> list[Event]:
        module = self.resolver.module
        return [
            event
            for where, events in self.by_statement.items()
            for event in events
            if where is statement or any(ancestor is statement for ancestor in module.ancestors(where))
        ]

    def _apply_all(self, statement: cst.CSTNode, state: State, path: Conditions, frame: Frame) -> State:
        import libcst

        if statement in self.inlined:
            # It has one `return` at most, its last statement: see `_only_call`.
            within = [s for s in body_statements(self.inlined[statement].body) if not isinstance(s, libcst.Return)]
            state, _ = self._block(within, state, path, frame)
        for event in self.by_statement.get(statement, ()):
            state = self._apply(event, state, path, frame)
        return state

    def _apply(self, event: Event, state: State, path: Conditions, frame: Frame) -> State:
        """The state after one event."""
        import libcst

        resolver = self.resolver
        resolver.budget.steps += 3
        for case in state[:1]:
            resolver.budget.charge(case.value)
        match event.kind:
            case "assign":
                node = event.node
                assert isinstance(node, (libcst.Assign, libcst.AnnAssign, libcst.NamedExpr))
                if isinstance(node, libcst.NamedExpr) and not self._runs_always(node):
                    return self._unknown(state, f"`{self.name}` is set by `:=` in part of an expression", node)
                assert node.value is not None
                value = resolver.evaluate(node.value, frame)
                if not isinstance(event.target, libcst.Name) and dotted(event.target or node) != self.name:
                    value = resolver.unpacked(event.target, value, self.name)
                return self._set(value, event, path)
            case "augment":
                assert isinstance(event.node, libcst.AugAssign)
                return self._each(state, path, [resolver.evaluate(event.node.value, frame)], event, self._augmented)
            case "mutate" if all(isinstance(c.value, Known) and isinstance(c.value.value, External) for c in state):
                return state  # what a library's object holds is for who follows that object
            case "mutate":
                assert isinstance(event.node, libcst.Call)
                if not self._runs_always(event.node):
                    return self._unknown(state, f"`{self.name}` is changed in part of an expression", event.node)
                operands = resolver.arguments(event.node, frame)
                if operands is None:
                    return self._unknown(state, f"`{self.name}` is changed with arguments not followed", event.node)
                return self._each(state, path, operands, event, self._mutated)
            case "store":
                return self._store(event, state, path, frame)
            case "delete":
                return tuple(Case(case.conditions, None) for case in state)
            case "star":
                assert isinstance(event.node, libcst.ImportFrom)
                brought = resolver.stars.value(event.node, self.name)
                return state if brought is None else self._brought(brought, state, path)
            case "import":
                return self._set(resolver.imported(event.node, self.name), event, path)
            case "definition":
                return self._set(resolver.defined(event.node, frame), event, path)
        return self._unknown(state, f"`{self.name}` is set at run time", event.node)

    def _store(self, event: Event, state: State, path: Conditions, frame: Frame) -> State:
        import libcst

        target, node = event.target, event.node
        if all(isinstance(case.value, Known) and is_thing(case.value.value) for case in state):
            return state  # what an object holds is not what its name stands for
        # What is not known anyway keeps its reason.
        changed = self._unknown(state, f"an element of `{self.name}` is set", node)
        whole = tuple(was if isinstance(was.value, Unknown) else now for was, now in zip(state, changed, strict=True))
        # Deeper places (`name["a"]["b"]`, `name[0].a`) are not followed, nor is unpacking into one.
        if not isinstance(target, libcst.Subscript) or not isinstance(target.value, libcst.Name):
            return whole
        if not isinstance(node, libcst.Assign) or all(part.target is not target for part in node.targets):
            return whole
        index = target.slice[0].slice
        if len(target.slice) != 1 or not isinstance(index, libcst.Index):
            return whole
        key = self.resolver.evaluate(index.value, frame)
        if isinstance(key, OneOf):
            return whole
        value = self.resolver.evaluate(node.value, frame)
        span = self.resolver.module.span(node)
        found = [
            Case(both, operations.store(case.value, key, value, span))
            for case in state
            if case.value is not None and (both := merge(path, case.conditions)) is not None
        ]
        return self._limited(found)

    def _augmented(self, owner: Concrete, operands: Sequence[Concrete], event: Event) -> Concrete:
        import libcst

        assert isinstance(event.node, libcst.AugAssign)
        span = self.resolver.module.span(event.node)
        symbol = AUGMENTED.get(type(event.node.operator).__name__, "?")
        operand = operands[0]
        # `+=` on a list takes anything that can be iterated over, as `extend` does.
        if symbol == "+" and isinstance(owner, Known) and isinstance(owner.value, Items) and owner.value.kind == "list":
            return operations.change(owner, "extend", [operand], span)
        return operations.operate(symbol, owner, operand, span)

    def _mutated(self, owner: Concrete, operands: Sequence[Concrete], event: Event) -> Concrete:
        import libcst

        assert isinstance(event.node, libcst.Call)
        func = event.node.func
        assert isinstance(func, libcst.Attribute)
        return operations.change(owner, func.attr.value, operands, self.resolver.module.span(event.node))

    def _each(
        self,
        state: State,
        path: Conditions,
        operands: Sequence[Value[object]],
        event: Event,
        make: Callable[[Concrete, Sequence[Concrete], Event], Concrete],
    ) -> State:
        """Each way the name can be with each way the operands can be."""
        found: list[Case] = []
        for case in state:
            if case.value is None:
                continue
            begun = merge(path, case.conditions)
            if case.value is UNBOUND and begun is not None:
                reason = self.resolver.names.unbound_reason(self.name)
                found.append(Case(begun, Unknown(reason, self.resolver.module.span(event.node))))
                continue
            ways: list[tuple[Conditions, list[Concrete]]] = [] if begun is None else [(begun, [])]
            for operand in operands:
                ways = [
                    (both, [*picked, one.value])
                    for conditions, picked in ways
                    for one in alternatives(operand)
                    if (both := merge(conditions, one.conditions)) is not None
                ]
                if len(ways) > MAX_CASES:
                    return self._unknown(state, "it depends on too many conditions", event.node)
            found.extend(Case(conditions, make(case.value, picked, event)) for conditions, picked in ways)
        return self._limited(found)

    def _set(self, value: Value[object], event: Event, path: Conditions) -> State:
        place = None
        if event.target is not None:
            place = Place(self.resolver.module.span(event.target), f"`{self.name}` is set here")
        found: list[Case] = []
        for one in alternatives(value):
            conditions = merge(path, one.conditions)
            if conditions is not None:
                found.append(Case(conditions, with_place(one.value, place)))
        return self._limited(found)

    def _brought(self, value: Value[object], state: State, path: Conditions) -> State:
        """The state behind a star import, which leaves a name alone where the other file does not bind it."""
        found: list[Case] = []
        for one in alternatives(value):
            conditions = merge(path, one.conditions)
            if conditions is None:
                continue
            if one.value is UNBOUND:
                found.extend(restrict(state, one.conditions))
            else:
                found.append(Case(conditions, one.value))
        return self._limited(found)

    def _runs_always(self, node: cst.CSTNode) -> bool:
        """Whether an expression is evaluated, once, whenever its statement is."""
        import libcst

        for ancestor in self.resolver.module.ancestors(node):
            if isinstance(ancestor, (libcst.BaseSmallStatement, libcst.BaseCompoundStatement)):
                return not isinstance(ancestor, libcst.While)
            if isinstance(ancestor, (libcst.IfExp, libcst.BooleanOperation, libcst.BaseComp, libcst.Lambda)):
                return False
        return True

    def _unknown(self, state: State, reason: str, node: cst.CSTNode) -> State:
        unknown = Unknown(reason, self.resolver.module.span(node))
        return tuple(Case(case.conditions, unknown) for case in state)

    def _limited(self, cases: Sequence[Case]) -> State:
        if len(cases) > MAX_CASES:
            return (Case((), Unknown(f"`{self.name}` depends on too many conditions")),)
        return tuple(cases)


def _name_of(node: cst.CSTNode | None) -> str:
    return str(getattr(node, "value", ""))


AUGMENTED = {
    "AddAssign": "+",
    "SubtractAssign": "-",
    "MultiplyAssign": "*",
    "BitOrAssign": "|",
    "BitAndAssign": "&",
    "BitXorAssign": "^",
    "DivideAssign": "/",
    "FloorDivideAssign": "//",
    "ModuloAssign": "%",
}


def restrict(state: State, conditions: Conditions) -> State:
    """The cases that can hold together with more conditions."""
    if not conditions:
        return state
    return tuple(Case(both, case.value) for case in state if (both := merge(case.conditions, conditions)) is not None)


def with_place(value: Concrete, place: Place | None) -> Concrete:
    """The value with one more step at the near end of its trail."""
    return value if place is None else replace(value, trail=(place, *value.trail))


def value_of(state: State, name: str) -> Value[object] | None:
    """The value behind a state; None where the name is not bound."""
    bound = [case for case in state if case.value is not None]
    if not bound:
        return None
    # Where it is not bound the program fails, so the rest is what a running program sees.
    return one_of(
        [Alternative(c.conditions, c.value, environment(c.conditions)) for c in bound if c.value is not None], None
    )
