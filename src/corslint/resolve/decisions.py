"""How conditions can turn out, and in which words to say what decides them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corslint.resolve import operations
from corslint.resolve.conditions import Frame, Outcome, merge, set_state
from corslint.resolve.objects import External
from corslint.resolve.ways import chained
from corslint.syntax.python import Module, dotted, shortened
from corslint.values import Condition, Items, Known, OneOf, Unknown, Value, alternatives, decided_by

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

_ASKS_FOR_YES = re.compile(
    r"""(?:==|\bin\b)\s*[(\[{]?\s*["'](?:true|1|yes|on|t|y)["']|\.bool\(|\bcast\s*=\s*bool\b|\bbool\s*,|\bstrtobool\(""",
    re.IGNORECASE,
)
"""Settings libraries are asked in these words too: `env.bool("DEBUG")`, `config("DEBUG", cast=bool)`."""
_READS = frozenset({"os.getenv", "os.environ.get"})
COMPARISONS = {
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
"""Comparison operators by libcst's names for them."""
_YES = frozenset({"1", "true", "yes", "y", "t", "on", "enable", "enabled"})
_DEFINED = {"in": "is not", "not in": "is"}
"""`"X" in os.environ` asks whether X is not None."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Tells how the conditions of one module can turn out."""

    evaluator: Evaluator

    @property
    def module(self) -> Module:
        """The module."""
        return self.evaluator.module

    def test(self, node: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        """The ways a condition can turn out; one where it is certain, never none."""
        import libcst

        if isinstance(node, libcst.UnaryOperation) and isinstance(node.operator, libcst.Not):
            return [way.negated() for way in self.evaluator.test(node.expression, frame)]
        if isinstance(node, libcst.BooleanOperation):
            return self._test_both(node, frame)
        if isinstance(node, libcst.Comparison) and len(node.comparisons) == 1:
            return self._test_comparison(node, frame)
        return self._test_value(node, self.evaluator.evaluate(node, frame), frame)

    def cases(self, statement: cst.Match, frame: Frame) -> list[tuple[cst.MatchCase | None, Outcome]]:
        """The cases of a `match` that may be taken, in order, each under its conditions; None for none of them."""
        found: list[tuple[cst.MatchCase | None, Outcome]] = []
        left = [Outcome(True)]
        for case in statement.cases:
            following: list[Outcome] = []
            for before in left:
                assumed = frame.assume(before.assumed)
                for outcome in self._matches(statement.subject, case, assumed):
                    both = merge(before.conditions, outcome.conditions)
                    if both is not None:
                        joined = Outcome(outcome.truth, both, {**before.assumed, **outcome.assumed})
                        if outcome.truth:
                            found.append((case, joined))
                        else:
                            following.append(joined)
            left = following
        found.extend((None, outcome) for outcome in left)
        return found

    def _matches(self, subject: cst.BaseExpression, case: cst.MatchCase, frame: Frame) -> list[Outcome]:
        """The ways in which one case is taken (`truth`) or not."""
        self.evaluator.budget.steps += 100
        found = self._matches_pattern(subject, case.pattern, frame)
        if case.guard is None:
            return found
        ways: list[Outcome] = []
        for outcome in found:
            if not outcome.truth:
                ways.append(outcome)
                continue
            for guard in self.evaluator.test(case.guard, frame.assume(outcome.assumed)):
                both = merge(outcome.conditions, guard.conditions)
                if both is not None:
                    ways.append(Outcome(guard.truth, both, {**outcome.assumed, **guard.assumed}))
        return ways

    def _matches_pattern(self, subject: cst.BaseExpression, pattern: cst.MatchPattern, frame: Frame) -> list[Outcome]:
        import libcst

        match pattern:
            case libcst.MatchAs(pattern=None):
                return [Outcome(True)]
            case libcst.MatchAs() if pattern.pattern is not None:
                return self._matches_pattern(subject, pattern.pattern, frame)
            case libcst.MatchValue():
                return self._equal(subject, [pattern.value], frame)
            case libcst.MatchSingleton():
                return self._equal(subject, [pattern.value], frame)
            case libcst.MatchOr():
                inner = [part.pattern for part in pattern.patterns]
                if all(isinstance(one, (libcst.MatchValue, libcst.MatchSingleton)) for one in inner):
                    return self._equal(subject, [one.value for one in inner], frame)  # type: ignore[attr-defined]
        text = f"`{self.module.text(subject)}` matching `{self.module.text(pattern)}`"
        return [Outcome(True, (Condition(text, "is true"),)), Outcome(False, (Condition(text, "is false"),))]

    def _equal(self, subject: cst.BaseExpression, values: list[cst.BaseExpression], frame: Frame) -> list[Outcome]:
        """The ways in which a subject equals one of some values."""
        left = self.evaluator.evaluate(subject, frame)
        right = [self.evaluator.evaluate(value, frame) for value in values]
        found: list[Outcome] = []
        for way in alternatives(left):
            for outcome in self._equal_way(subject, way.value, right):
                both = merge(way.conditions, outcome.conditions)
                if both is not None:
                    found.append(replace(outcome, conditions=both))
        return found or [Outcome(True), Outcome(False)]

    def _equal_way(
        self, subject: cst.BaseExpression, left: Known[object] | Unknown, right: list[Value[object]]
    ) -> list[Outcome]:
        texts = tuple(
            one.value for one in right if isinstance(one, Known) and isinstance(one.value, str) and not one.override
        )
        if len(texts) == len(right):
            if isinstance(left, Unknown):
                return _compared(self.module.text(subject), texts, "in", None)
            if left.override is not None and self._is_bare(subject):
                return _compared(left.override, texts, "in", left)
        results = [operations.compare("==", left, one, None) for one in right if not isinstance(one, OneOf)]
        if len(results) == len(right) and all(isinstance(one, Known) for one in results):
            if any(isinstance(one, Known) and one.value for one in results):
                return [Outcome(True)]
            return [Outcome(False)]
        text = f"`{self.module.text(subject)}`"
        return [Outcome(True, (Condition(text, "matches"),)), Outcome(False, (Condition(text, "does not match"),))]

    def _test_both(self, node: cst.BooleanOperation, frame: Frame) -> list[Outcome]:
        import libcst

        stops = isinstance(node.operator, libcst.Or)
        found: list[Outcome] = []
        for left in self.evaluator.test(node.left, frame):
            if left.truth is stops:
                found.append(left)
                continue
            for right in self.evaluator.test(node.right, frame.assume(left.assumed)):
                both = merge(left.conditions, right.conditions)
                if both is not None:
                    found.append(Outcome(right.truth, both, {**left.assumed, **right.assumed}))
        return found or [Outcome(True), Outcome(False)]

    def _test_value(self, node: cst.BaseExpression, value: Value[object], frame: Frame) -> list[Outcome]:
        found: list[Outcome] = []
        for way in alternatives(value):
            described = self.described(node, frame) if isinstance(way.value, Unknown) else self._test_known(way.value)
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
        # The default `False` of `os.getenv("X", False)` says nothing of X: any text but the empty one is true.
        if isinstance(value.value, bool) and value.span and value.span.text.startswith("isinstance("):
            # The default is of this type or not; what replaces it is a text.
            words = ("is unset", "is set")
        elif isinstance(value.value, int) and not (value.span and value.span.text in ("True", "False", "0", "1")):
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
            Outcome(not truth, (Condition(subject, words[1], chosen=True),), {by: decided_by(by, value.span)}),
        ]

    def _test_comparison(self, node: cst.Comparison, frame: Frame) -> list[Outcome]:
        """The ways a comparison can turn out, for each way in which its sides can."""
        symbol = COMPARISONS.get(type(node.comparisons[0].operator).__name__, "?")
        found: list[Outcome] = []
        asked = self.evaluator.evaluate(node.left, frame)
        other = self.evaluator.evaluate(node.comparisons[0].comparator, frame)
        if symbol in _DEFINED and _is_the_environment(other):
            span = self.module.span(node)
            asked = chained(asked, lambda one: self.evaluator.variable(one, None, frame, span))
            symbol, other = _DEFINED[symbol], Known(None)
        for left in alternatives(asked):
            for right in alternatives(other):
                both = merge(left.conditions, right.conditions)
                if both is None:
                    continue
                outcomes = self._compared_ways(node, symbol, left.value, right.value)
                if outcomes is None:
                    result = operations.compare(symbol, left.value, right.value, self.module.span(node))
                    outcomes = self._test_known(result) if isinstance(result, Known) else self.described(node, frame)
                for outcome in outcomes:
                    merged = merge(both, outcome.conditions)
                    if merged is not None:
                        found.append(replace(outcome, conditions=merged))
        return found or [Outcome(True), Outcome(False)]

    def _compared_ways(
        self, node: cst.Comparison, symbol: str, left: Known[object] | Unknown, right: Known[object] | Unknown
    ) -> list[Outcome] | None:
        """`X == "production"` and the like, where a variable or something unknown is compared to known texts."""
        asked = node.left
        if symbol in ("is", "is not"):
            return self._test_defined(symbol, left, right)
        if symbol not in ("==", "!=", "in", "not in"):
            return None
        if symbol in ("==", "!=") and _texts(right, symbol) is None:
            asked, left, right = node.comparisons[0].comparator, right, left
        texts = _texts(right, symbol)
        if texts is None:
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
            Outcome(symbol != "is", (Condition(by, "is defined", chosen=True),), {by: decided_by(by, left.span)}),
        ]

    def _is_bare(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is the variable itself and not something made of it, such as `.lower()`."""
        import libcst

        if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
            owner = self.evaluator.evaluate(node.func.value, Frame())
            if isinstance(owner, Known) and isinstance(owner.value, External):
                return True  # `env.str("ENV")`
        return not (
            isinstance(node, libcst.Call)
            and isinstance(node.func, libcst.Attribute)
            and not self.evaluator.names.qualified(node.func)
        )

    def described(self, node: cst.BaseExpression, frame: Frame) -> list[Outcome]:
        """Both outcomes of a test nothing is known of, in the words of the source."""
        variable = self._variable(node, frame)
        if variable is not None:
            return [
                Outcome(True, (Condition(variable, "is set", chosen=True),)),
                Outcome(False, (Condition(variable, "is unset"),)),
            ]
        subject = f"`{self.module.text(node)}`" if dotted(node) is None else self.module.text(node)
        return [
            Outcome(True, (Condition(subject, "is true"),)),
            Outcome(False, (Condition(subject, "is false"),)),
        ]

    def _variable(self, node: cst.BaseExpression, frame: Frame) -> str | None:
        """The environment variable that an expression reads, and nothing else: `os.getenv(name)`."""
        import libcst

        if not isinstance(node, libcst.Call) or not _READS.intersection(self.evaluator.imports.qualified(node.func)):
            return None
        value = self.evaluator.evaluate(node, frame)
        return value.variable if isinstance(value, Unknown) else None


def _is_the_environment(value: Value[object]) -> bool:
    """Whether a value is `os.environ`."""
    return isinstance(value, Known) and isinstance(value.value, External) and value.value.name == "os.environ"


def _compared(subject: str, texts: tuple[str, ...], symbol: str, known: Known[object] | None) -> list[Outcome]:
    """The outcomes of comparing something with texts; `known`: the default of the variable that is the subject."""
    positive = symbol in ("==", "in")
    if len(texts) > 1 and {text.lower() for text in texts} <= _YES:
        # One question, whether the variable says yes, and not one for each way to say it.
        says = known is not None and known.value in texts
        return [
            Outcome(
                positive,
                (Condition(subject, "is true", chosen=known is not None and not says),),
                _other(subject, known, says),
            ),
            Outcome(not positive, (Condition(subject, "is false"),), _other(subject, known, not says)),
        ]
    found: list[Outcome] = []
    for text in texts:
        assumed: dict[str, Known[object] | Unknown] = {}
        if known is not None and known.value != text:
            assumed = {subject: Known(text, known.span)}
        found.append(Outcome(positive, (Condition(subject, set_state(text), chosen=bool(assumed)),), assumed))
    apart = tuple(Condition(subject, f'is not "{text}"') for text in texts)
    others: dict[str, Known[object] | Unknown] = {}
    if known is not None and known.value in texts:
        others = {subject: decided_by(subject, known.span)}
    return [*found, Outcome(not positive, apart, others)]


def _other(subject: str, known: Known[object] | None, holds: bool) -> dict[str, Known[object] | Unknown]:
    """What is assumed of a variable in an outcome which its default does not give."""
    return {} if known is None or holds else {subject: decided_by(subject, known.span)}


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
