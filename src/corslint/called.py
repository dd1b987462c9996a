"""The options that a call hands to a product's own class or function, and what is put into its object afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from corslint.environment import KINDS, Environment
from corslint.finding import Label, Severity
from corslint.iteration import unset
from corslint.options import Option
from corslint.policy import Fact
from corslint.resolve.python import Argument, Reached, Resolver
from corslint.resolve.ways import under
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Condition, Items, Known, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

    _Change: TypeAlias = cst.Assign | cst.AugAssign | cst.AnnAssign | cst.Call

_DEEDS = frozenset({"append", "extend", "insert", "add", "update", "remove", "clear"})
"""Methods that change a collection."""


@dataclass(frozen=True, slots=True)
class Called:
    """What a call hands over."""

    options: dict[str, Option]
    """By the name of the parameter."""
    strange: tuple[Option, ...]
    """Given by a name that is no parameter."""
    surplus: Span | None
    """The first argument without a name for which there is no parameter."""
    unfollowed: Unknown | None
    """Why there may be more than can be seen."""

    def filled(self, parameters: Sequence[str]) -> dict[str, Option]:
        """The options, with what is not known in the place of those that may be given without being seen."""
        if self.unfollowed is None:
            return self.options
        hidden = {name: Option(name, self.unfollowed, self.unfollowed.span) for name in parameters}
        return {**hidden, **self.options}


def called(
    resolver: Resolver, call: cst.Call, parameters: Sequence[str], reached: Reached, *, positional: bool = True
) -> Called:
    """The options of one call; `parameters` in their order, which counts where they may be given without a name."""
    options: dict[str, Option] = {}

    def option(name: str, argument: Argument) -> Option:
        import libcst

        value = under(argument.value, reached.conditions)
        if isinstance(argument.node, libcst.GeneratorExp):
            value = Unknown("a generator can be gone through only once", argument.span)
        return Option(name, value, argument.span)

    for position, name in enumerate(parameters):
        argument = resolver.argument(call, position if positional else None, name)
        if argument is not None:
            options[name] = option(name, argument)
    strange = tuple(
        option(name, argument) for name, argument in resolver.keywords(call).items() if name not in parameters
    )
    plain = [one for one in call.args if one.keyword is None and not one.star]
    allowed = len(parameters) if positional else 0
    surplus = resolver.module.span(plain[allowed]) if len(plain) > allowed else None
    return Called(options, strange, surplus, resolver.unfollowed(call))


class Changes:
    """What one file puts into attributes of objects: found once, asked for each object."""

    def __init__(self, resolver: Resolver) -> None:
        """Go through the file."""
        import libcst

        self._resolver = resolver
        self._by_owner: dict[str, list[tuple[str, _Change]]] = {}
        changes: Iterator[_Change]
        changes = resolver.module.find(libcst.Assign, libcst.AugAssign, libcst.AnnAssign, libcst.Call)
        for node in changes:
            for place in _changed(node):
                owner, _, attribute = (dotted(place) or "").rpartition(".")
                if owner:
                    self._by_owner.setdefault(owner, []).append((attribute, node))

    def later(self, call: cst.Call, parameters: Sequence[str], options: Mapping[str, Option]) -> dict[str, Option]:
        """What is put into the object that a call makes, below it in the same scope; the last counts.

        Whole values (`config.allow_origins = [...]`) and what is added to lists; where that is done under a condition,
        or otherwise, the value is not known. `options` is what the call itself hands over.
        """
        module = self._resolver.module
        name = module.assigned(call)
        scope, order = self._resolver.scopes.scope(call), module.order(call)
        values = {name: option.value for name, option in options.items()}
        found: dict[str, Option] = {}
        for attribute, node in self._by_owner.get(name, ()) if name is not None else ():
            is_later = module.order(node) > order and self._resolver.scopes.scope(node) is scope
            if attribute not in parameters or not is_later:
                continue
            span = module.span(node)
            value = self._value(node, values.get(attribute))
            if value is None or not _follows(self._resolver, call, node):
                value = Unknown(f"`{name}.{attribute}` is changed after it is made", span)
            values[attribute] = value
            found[attribute] = Option(attribute, value, span)
        return found

    def _value(self, node: _Change, before: Value[object] | None) -> Value[object] | None:
        """What an attribute is after a change; None where that is not known."""
        import libcst

        if isinstance(node, libcst.Call):
            deed = node.func.attr.value if isinstance(node.func, libcst.Attribute) else ""
            is_known = deed in ("append", "extend") and len(node.args) == 1
            return _longer(before, self._resolver.value(node.args[0].value), deed) if is_known else None
        if isinstance(node, libcst.AugAssign) or node.value is None:
            return None
        return self._resolver.value(node.value)


def _changed(node: _Change) -> Iterator[cst.BaseExpression]:
    """The expressions whose value a statement or a call changes."""
    import libcst

    if isinstance(node, libcst.Assign):
        yield from (one.target for one in node.targets)
    elif not isinstance(node, libcst.Call):
        yield node.target
    elif isinstance(node.func, libcst.Attribute) and node.func.attr.value in _DEEDS:
        yield node.func.value


def _longer(known: Value[object] | None, added: Value[object], deed: str) -> Value[object] | None:
    """The list with what is added to it by a deed of this name; None where that is not known."""
    if not isinstance(known, Known) or not isinstance(known.value, Items) or known.value.kind != "list":
        return None
    if deed == "append":
        more: tuple[Value[object], ...] = (added,)
    elif isinstance(added, Known) and isinstance(added.value, Items):
        more = added.value.items
    else:
        return None
    return Known(Items("list", (*known.value.items, *more)), known.span, known.trail)


def _follows(resolver: Resolver, call: cst.Call, later: cst.CSTNode) -> bool:
    """Whether a place is reached whenever the call is: it stands in the same block."""
    module = resolver.module
    blocks = [module.parent(module.parent(module.statement(node)) or node) for node in (call, later)]
    return blocks[0] is blocks[1]


def environment_of(reached: Reached) -> Environment:
    """The environment that the branch around a place implies."""
    if reached.environment not in KINDS:
        return Environment()
    return Environment(reached.environment, "; ".join(map(str, reached.conditions)), marked=True)


def owner_of(resolver: Resolver, node: cst.CSTNode, target: str) -> str:
    """What tells the uses of a product in one file apart: the function, and the name that is spoken of."""
    function = resolver.module.enclosing_function(node)
    if function is None:
        return target or "module"
    return f"{function.name.value}.{target}" if target else function.name.value


def instead_of(option: str, parameters: Sequence[str]) -> str:
    """What to do about an option that the product does not take."""
    close = difflib.get_close_matches(option, parameters, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else f"it takes {', '.join(sorted(parameters))}"


def never_starts(why: str, place: Span, help_: str, setting: str = "") -> Fact:
    """A fact for what the product refuses when the application is put together."""
    text = f"the application does not start: {why}"
    return Fact("rejected-configuration", text, (Label(place, why, primary=True),), help_, setting)


def where_unset(
    value: Value[object],
    consequence: str,
    what: str,
    setting: str = "",
    conditions: tuple[Condition, ...] = (),
    *,
    is_said: bool = False,
) -> Iterator[Fact]:
    """A fact for each variable without a default that leaves None, which the product cannot take.

    `consequence` is what comes of it, as the beginning of a sentence, `what` names what None is not, `conditions` hold
    where the value is this one, and `is_said` is whether each finding on the policy says when the variable is unset.
    """
    for way in alternatives(value):
        known = way.value
        if isinstance(known, Known) and known.span is not None and unset(known) is not None:
            both = (*conditions, *way.conditions)
            when = "" if is_said else f" where {known.override} is not set"
            yield Fact(
                "rejected-configuration",
                consequence + when,
                (Label(known.span, f"None, which is no {what}", primary=True),),
                "give a default, or leave out what is None",
                setting,
                severity=Severity.LOW,
                conditions=both,
            )
