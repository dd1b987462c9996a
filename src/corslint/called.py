"""The options that a call hands to a product's own class or function, and what is put into its object afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corslint.environment import KINDS, Environment
from corslint.finding import Label
from corslint.options import Option
from corslint.policy import Fact
from corslint.resolve.python import Argument, Reached, Resolver
from corslint.resolve.ways import under
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Items, Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst


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


def set_later(
    resolver: Resolver, call: cst.Call, parameters: Sequence[str], options: Mapping[str, Option]
) -> Iterator[Option]:
    """What is put into attributes of the object that a call makes, below it in the same scope, in order.

    `options` is what the call itself hands over.

    Whole values (`config.allow_origins = [...]`) and what is added to lists; where that is done under a condition, or
    otherwise, the value is not known.
    """
    import libcst

    module = resolver.module
    name = module.assigned(call)
    if name is None:
        return
    scope, order = resolver.scopes.scope(call), module.order(call)
    values = {name: option.value for name, option in options.items()}

    def of(target: cst.BaseExpression) -> str | None:
        owner, _, attribute = (dotted(target) or "").rpartition(".")
        return attribute if owner == name and attribute in parameters else None

    changes: Iterator[cst.Assign | cst.AugAssign | cst.AnnAssign | cst.Call]
    changes = module.find(libcst.Assign, libcst.AugAssign, libcst.AnnAssign, libcst.Call)
    for node in changes:
        if module.order(node) <= order or resolver.scopes.scope(node) is not scope:
            continue
        value: Value[object] | None = None
        if isinstance(node, libcst.Call):
            if not isinstance(node.func, libcst.Attribute):
                continue
            attribute, deed = of(node.func.value), node.func.attr.value
            if attribute is None or deed not in ("append", "extend", "insert", "add", "update", "remove", "clear"):
                continue
            if deed in ("append", "extend") and len(node.args) == 1:
                value = _longer(values.get(attribute), resolver.value(node.args[0].value), deed)
        else:
            targets = [one.target for one in node.targets] if isinstance(node, libcst.Assign) else [node.target]
            attribute = next(filter(None, map(of, targets)), None)
            if attribute is None or node.value is None:
                continue
            if not isinstance(node, libcst.AugAssign):
                value = resolver.value(node.value)
        span = module.span(node)
        if value is None or not _follows(resolver, call, node):
            value = Unknown(f"`{name}.{attribute}` is changed after it is made", span)
        values[attribute] = value
        yield Option(attribute, value, span)


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
