"""What the conditions of a handler decide: by the origin, by the configuration, or by what nobody can see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, cast

from corslint.resolve.conditions import Outcome, environment
from corslint.servers.python_headers import comparisons
from corslint.servers.python_headers.comparisons import RegexHow, compare, truth_of
from corslint.servers.python_headers.conditions import (
    ABOUT_ORIGIN,
    LOOKS_AT_REQUEST,
    Always,
    Holds,
    Open,
    Test,
    both,
    either,
    negate,
)
from corslint.servers.python_headers.mentions import Mentions
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.switches import switched_elsewhere
from corslint.servers.python_headers.terms import Choice, Opaque, Term, Text
from corslint.servers.python_headers.words import checks_origin
from corslint.syntax.python import dotted
from corslint.values import Condition, OneOf, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

_SYMBOLS = {
    "Equal": "==",
    "NotEqual": "!=",
    "In": "in",
    "NotIn": "not in",
    "Is": "is",
    "IsNot": "is not",
}


class Terms(Protocol):
    """What expressions stand for; see `Expressions`."""

    def term(self, node: cst.BaseExpression, state: State) -> Term:
        """What an expression stands for."""

    def elements(self, node: cst.BaseExpression, state: State) -> list[Term]:
        """What a loop goes over."""


class Judgements:
    """Turns conditions into tests, as seen from a state."""

    def __init__(self, mentions: Mentions, terms: Terms) -> None:
        self.resolver = mentions.resolver
        self.module = mentions.resolver.module
        self.mentions = mentions
        self.terms = terms

    def test(self, node: cst.BaseExpression, state: State) -> Test:
        """What an expression decides where it stands as a condition."""
        import libcst

        match node:
            case libcst.UnaryOperation(operator=libcst.Not()):
                return negate(self.test(node.expression, state))
            case libcst.BooleanOperation():
                join: Callable[..., Test] = both if isinstance(node.operator, libcst.And) else either
                return join(self.test(node.left, state), self.test(node.right, state))
            case libcst.Comparison() if self.mentions.is_local(node, state):
                return self._compared(node, state)
        if not self.mentions.is_local(node, state) and not isinstance(node, libcst.Call | libcst.NamedExpr):
            return self.configured(node, state)
        term = self.terms.term(node, state)
        if isinstance(term, Text) and isinstance(term.value, Unknown):
            return self.configured(node, state)
        if isinstance(term, Opaque) and not self.mentions.is_local(node, state):
            return self.configured(node, state, term.level)
        return truth_of(term, self.module.span(node))

    def _compared(self, node: cst.Comparison, state: State) -> Test:
        span, text = self.module.span(node), self.module.text(node)
        left = self.terms.term(node.left, state)
        tests: list[Test] = []
        for target in node.comparisons:
            right = self.terms.term(target.comparator, state)
            symbol = _SYMBOLS.get(type(target.operator).__name__, "?")
            test = compare(symbol, left, right, span, text)
            tests.append(self._named(test, node, state))
            left = right
        return both(*tests)

    def _named(self, test: Test, node: cst.BaseExpression, state: State) -> Test:
        """A check that cannot be carried out, with what the words of the source add to its level."""
        if isinstance(test, Open):
            level = max(test.level, self.mentions.level(node, state))
            return Open(test.reason, level, test.span) if level != test.level else test
        return test

    def configured(self, node: cst.BaseExpression, state: State, level: int = ABOUT_ORIGIN) -> Test:
        """A test of the configuration: certain, or a condition where it names an environment or a variable."""
        import libcst

        if (setter := switched_elsewhere(self.resolver, node)) is not None:
            reason = f"`{self.module.text(node)}` is set in {setter}"
            return Open(reason, self.mentions.level(node, state), self.module.span(node))
        ways = self.resolver.test_with(node, bindings(state))
        if len(ways) == 1:
            return Always(ways[0].truth)
        variables = {name for way in ways for name in way.assumed}
        if all(_is_known(way, variables) for way in ways):
            return either(*(both(*map(_condition, way.conditions)) for way in ways if way.truth))
        if isinstance(node, libcst.Call | libcst.Comparison):
            level = self.mentions.level(node, state)
        return Open(f"`{self.module.text(node)}` decides it", level, self.module.span(node))

    def called(self, node: cst.Call, last: str, state: State) -> Test | None:
        """A call that is a check: of the start, the end or the pattern of a value, or of any element of a list."""
        import libcst

        span, text = self.module.span(node), self.module.text(node)
        arguments = [argument.value for argument in node.args if not argument.star]
        owner = node.func.value if isinstance(node.func, libcst.Attribute) else None
        if last in ("startswith", "endswith") and owner is not None and len(arguments) == 1:
            if not self.mentions.is_local(node, state):
                return None
            match: Literal["prefix", "suffix"] = "prefix" if last == "startswith" else "suffix"
            return comparisons.affix(
                self.terms.term(owner, state), match, self.terms.term(arguments[0], state), span, text
            )
        if last in ("match", "search", "fullmatch") and self.mentions.is_local(node, state):
            return self._regex(node, owner, cast("RegexHow", last), state)
        if last in ("fnmatch", "fnmatchcase") and len(arguments) == 2:
            return comparisons.glob(
                self.terms.term(arguments[0], state), self.terms.term(arguments[1], state), span, text
            )
        if last == "__contains__" and owner is not None and len(arguments) == 1:
            return compare("in", self.terms.term(arguments[0], state), self.terms.term(owner, state), span, text)
        if owner is None and last == "bool" and len(arguments) == 1 and self.mentions.is_local(node, state):
            return self.test(arguments[0], state)
        if owner is None and last == "isinstance" and arguments:
            return truth_of(self.terms.term(arguments[0], state), span) if self.mentions.is_local(node, state) else None
        if owner is None and last in ("any", "all") and len(arguments) == 1:
            generator = arguments[0]
            if isinstance(generator, libcst.GeneratorExp | libcst.ListComp) and self.mentions.is_local(node, state):
                return self._quantified(last == "any", generator, state)
        return None

    def _regex(self, node: cst.Call, owner: cst.BaseExpression | None, how: RegexHow, state: State) -> Test | None:
        span, text = self.module.span(node), self.module.text(node)
        arguments = [argument.value for argument in node.args if argument.keyword is None and not argument.star]
        named = {a.keyword.value: a.value for a in node.args if a.keyword is not None}
        if owner is not None and dotted(owner) in ("re", "regex"):
            if len(arguments) < 2:
                return Open(f"`{text}` decides it", ABOUT_ORIGIN, span)
            flags = arguments[2] if len(arguments) > 2 else named.get("flags")
            if flags is not None and not self.resolver.refers(flags, ("re.IGNORECASE", "re.I")):
                return Open(f"`{text}` decides it", ABOUT_ORIGIN, span)
            pattern, subject = self.terms.term(arguments[0], state), self.terms.term(arguments[1], state)
            return comparisons.regex(how, pattern, subject, flags is not None, span, text)
        if owner is not None and len(arguments) == 1:
            pattern = self.terms.term(owner, state)
            subject = self.terms.term(arguments[0], state)
            return comparisons.regex(how, pattern, subject, False, span, text)
        return None

    def _quantified(self, any_of: bool, generator: cst.GeneratorExp | cst.ListComp, state: State) -> Test:
        """`any(... for x in LIST)`, `all(...)`."""
        import libcst

        loop = generator.for_in
        items = self.terms.elements(loop.iter, state)
        if loop.inner_for_in is not None or not isinstance(loop.target, libcst.Name):
            return Open(f"`{self.module.text(generator)}` decides it", ABOUT_ORIGIN, self.module.span(generator))
        tests: list[Test] = []
        for item in items:
            inner = state.fork()
            assert inner is not None  # without a test it always goes on
            inner.names[loop.target.value] = item
            inner.bound.add(loop.target.value)
            conditions = both(*(self.test(condition.test, inner) for condition in loop.ifs))
            found = self.test(generator.elt, inner)
            tests.append(both(conditions, found) if any_of else either(negate(conditions), found))
        return either(*tests) if any_of else both(*tests)


def bindings(state: State) -> dict[str, Value[object]]:
    """The names that calls and loops set to constants, for the resolver."""
    terms = ((name, state.names.get(name)) for name in state.bound)
    return {name: term.value for name, term in terms if isinstance(term, Text)}


def of_value(value: Value[object]) -> Term:
    """A resolved value as a term: alternatives become choices by the configuration."""
    if not isinstance(value, OneOf):
        return Text(value)
    *others, last = value.alternatives
    term: Term = Text(last.value)
    for one in reversed(others):
        term = Choice(both(*map(_condition, one.conditions)), Text(one.value), term)
    return term


def _condition(condition: Condition) -> Test:
    """A condition of the configuration; one that only source text describes is decided at run time."""
    implied = environment((condition,))
    if implied is None and not condition.subject.isupper():
        level = ABOUT_ORIGIN if checks_origin(condition.subject) else LOOKS_AT_REQUEST
        return Open(f"{condition.subject} decides it", level)
    return Holds(condition, implied)


def _is_known(way: Outcome, variables: set[str]) -> bool:
    """Whether the outcome hangs on environment variables, or on what tells environments apart."""
    return bool(way.conditions) and all(
        condition.subject in variables or environment((condition,)) is not None for condition in way.conditions
    )
