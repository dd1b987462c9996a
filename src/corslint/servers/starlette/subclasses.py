"""What a subclass makes of CORSMiddleware: the options its `__init__` passes on, and what its methods decide instead.

https://github.com/Kludex/starlette/blob/1.10.0/starlette/middleware/cors.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from corslint.options import Option
from corslint.resolve import calls
from corslint.resolve.calls import Arguments
from corslint.resolve.classes import ancestry
from corslint.resolve.objects import ClassObject, FunctionObject, Instance, settled
from corslint.resolve.scopes import MUTATING
from corslint.servers.starlette.handed import CLASS
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.syntax.python_guards import inside
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.python import Resolver

EVERYTHING = ("origins", "credentials", "methods", "headers", "exposed", "max_age", "private_network")
"""The settings of a policy that the class decides."""
_ANSWERS = ("origins", "credentials", "exposed")
_PREFLIGHTS = ("methods", "headers", "max_age", "private_network")
_METHODS: Mapping[str, tuple[str, ...]] = {
    "is_allowed_origin": ("origins",),
    "allow_explicit_origin": ("origins",),
    "preflight_response": _PREFLIGHTS,
    "simple_response": _ANSWERS,
    "send": _ANSWERS,
    "__call__": EVERYTHING,
    "__new__": EVERYTHING,
    "__getattribute__": EVERYTHING,
    "__getattr__": EVERYTHING,
    "__setattr__": EVERYTHING,
}
"""The methods of the class, and the settings that what overrides them decides."""
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "allow_origins": ("origins",),
    "allow_all_origins": ("origins",),
    "allow_origin_regex": ("origins",),
    "preflight_explicit_allow_origin": ("origins",),
    "allow_methods": ("methods",),
    "allow_headers": ("headers",),
    "allow_all_headers": ("headers",),
    "allow_credentials": ("credentials",),
    "allow_private_network": ("private_network",),
    "simple_headers": _ANSWERS,
    "preflight_headers": ("credentials", *_PREFLIGHTS),
}
"""What `__init__` of the class leaves on the object, and the settings that depend on it."""
_HARMLESS = frozenset({"object", "ABC", "Generic", "Protocol"})


@dataclass(slots=True)
class Given:
    """What a class is made with."""

    arguments: Arguments
    """The application is the first."""
    spans: Mapping[str, Span]
    """Where the arguments stand that are given by name."""
    positions: Sequence[Span | None] = ()
    """Where those stand that are given without one, the application included."""


@dataclass(slots=True)
class Made:
    """What a subclass amounts to."""

    options: dict[str, Option] = field(default_factory=dict)
    """What the product's class is made with."""
    decided: dict[str, Unknown] = field(default_factory=dict)
    """Settings that the subclass decides itself, by their field in a policy."""
    changed: Unknown | None = None
    """Why nothing is known of it."""
    some_requests: str = ""
    """The method that decides for which requests the product's class is asked; empty where it is for all."""


def made(cls: ClassObject, given: Given, parameters: Sequence[str], where: Span) -> Made:
    """What a subclass makes of its arguments; `parameters` are those of the product's class after the application."""
    found = Made()
    strange = _strange_base(cls)
    if strange is not None:
        found.changed = strange
        return found
    initialised: dict[cst.FunctionDef, cst.Call] = {}
    for owner, function in _constructors(cls):
        passed = _passed_on(cls, owner, function, given, where)
        if isinstance(passed, Unknown):
            found.changed = passed
            return found
        given, initialised[function] = passed
    values = given.arguments
    for name, value in zip(("app", *parameters), values.positional, strict=False):
        place = dict(zip(("app", *parameters), given.positions, strict=False)).get(name)
        found.options[name] = Option(name, settled(value), place or where)
    for name, value in values.named.items():
        found.options[name] = Option(name, settled(value), given.spans.get(name, where))
    found.options.pop("app", None)
    for owner in ancestry(cls).classes:
        _note_decided(cls, owner, initialised, found)
    return found


def has_constructor(cls: ClassObject) -> bool:
    """Whether the options go through an `__init__` of the project."""
    return next(_constructors(cls), None) is not None


def _strange_base(cls: ClassObject) -> Unknown | None:
    """A base from outside, besides the product's class, that may change what it does."""
    above = ancestry(cls)
    for name in above.outside:
        if name not in CLASS and name.rpartition(".")[2] not in _HARMLESS:
            why = f"`{cls.node.name.value}` descends from `{name}`, which may change what CORSMiddleware does"
            return Unknown(why, cls.evaluator.module.span(cls.node.name))
    for owner in above.classes:
        if owner.node.decorators:
            why = f"`{owner.node.name.value}` is decorated, which may change what CORSMiddleware does"
            return Unknown(why, owner.evaluator.module.span(owner.node.decorators[0]))
    return None


def _methods(owner: ClassObject) -> Iterator[cst.FunctionDef]:
    import libcst

    for function in owner.evaluator.module.within(owner.node.body, libcst.FunctionDef):
        if owner.evaluator.scopes.scope(function) is owner.node:
            yield function


def _constructors(cls: ClassObject) -> Iterator[tuple[ClassObject, cst.FunctionDef]]:
    for owner in ancestry(cls).classes:
        for function in _methods(owner):
            if function.name.value == "__init__":
                yield owner, function


# --- What `__init__` passes on.


def _passed_on(
    cls: ClassObject, owner: ClassObject, function: cst.FunctionDef, given: Given, where: Span
) -> tuple[Given, cst.Call] | Unknown:
    """What the `__init__` of one class calls the next one with, and that call."""
    import libcst

    evaluator = owner.evaluator
    name = f"`{owner.node.name.value}.__init__()`"
    above = [call for call in evaluator.module.within(function.body, libcst.Call) if _is_next(call)]
    if len(above) != 1:
        times = "more than once" if above else "not"
        return Unknown(f"{name} calls that of CORSMiddleware {times}", evaluator.module.span(function.name))
    if given.arguments.unseen is not None:
        return given.arguments.unseen
    (call,) = above
    this: Known[object] = Known(Instance(cls, given.arguments.positional, given.arguments.named, where))
    method = FunctionObject(evaluator, function, owner.frame, this)
    is_class = isinstance(call.func, libcst.Attribute) and not isinstance(call.func.value, libcst.Call)
    found: list[Arguments] = []

    def ask() -> Value[object]:
        bound = calls.bound(method, given.arguments, where)
        if isinstance(bound, Unknown):
            return Unknown(f"{name} does not take these arguments", where)
        found.append(evaluator.passed(call, owner.frame.bind(function, bound)))
        return Known(None)

    refused = evaluator.guarded(ask, call)
    if not found:
        assert isinstance(refused, Unknown)
        return refused
    (arguments,) = found
    if arguments.unseen is not None:
        return arguments.unseen
    positional = arguments.positional[1:] if is_class else arguments.positional
    spans, positions = _places(owner, function, call, given)
    return Given(Arguments(positional, arguments.named), spans, positions[1:] if is_class else positions), call


def _is_next(call: cst.Call) -> bool:
    """Whether it is `super().__init__(...)` or `CORSMiddleware.__init__(self, ...)`."""
    import libcst

    func = call.func
    if not isinstance(func, libcst.Attribute) or func.attr.value != "__init__":
        return False
    return dotted(func.value) is not None or (
        isinstance(func.value, libcst.Call) and dotted(func.value.func) == "super"
    )


def _places(
    owner: ClassObject, function: cst.FunctionDef, call: cst.Call, given: Given
) -> tuple[dict[str, Span], list[Span | None]]:
    """Where the arguments of a call stand: where the site gives what is only passed on, else in the call itself."""
    import libcst

    module = owner.evaluator.module
    params = function.params
    names = [param.name.value for param in (*params.posonly_params, *params.params)][1:]
    by_name = {**dict(zip(names, given.positions, strict=False)), **given.spans}
    rest = list(given.positions[len(names) :])
    spans: dict[str, Span] = {}
    positions: list[Span | None] = []
    for argument in call.args:
        place: Span | None = module.span(argument)
        if isinstance(argument.value, libcst.Name) and not argument.star:
            place = by_name.get(argument.value.value) or place
        if argument.star == "*":
            is_star = isinstance(params.star_arg, libcst.Param) and dotted(argument.value) == params.star_arg.name.value
            positions += rest if is_star else []
        elif argument.star == "**":
            spans.update(given.spans)
        elif argument.keyword is not None:
            spans[argument.keyword.value] = place or module.span(argument)
        else:
            positions.append(place)
    return spans, positions


# --- What its methods decide.


def _note_decided(
    cls: ClassObject, owner: ClassObject, initialised: Mapping[cst.FunctionDef, cst.Call], found: Made
) -> None:
    evaluator = owner.evaluator
    title = owner.node.name.value
    for name, place in _descriptors(owner):
        _decide(found, _ATTRIBUTES[name], f"`{title}.{name}` decides it", place)
    for function in _methods(owner):
        name, span = function.name.value, evaluator.module.span(function.name)
        if name == "__call__" and _only_chooses(cast("Resolver", evaluator), function):
            found.some_requests = f"{title}.__call__()"
        elif name in _METHODS:
            _decide(found, _METHODS[name], f"`{title}.{name}()` decides it", span)
        base = initialised.get(function)
        for node, attribute in _changes(cast("Resolver", evaluator), function):
            # What is set before the product's `__init__` runs is replaced by it.
            if base is None or evaluator.module.order(node) > evaluator.module.order(base):
                reason = f"`{title}.{name}()` sets `{attribute}`"
                _decide(found, _ATTRIBUTES[attribute.rpartition(".")[2]], reason, evaluator.module.span(node))


def _descriptors(owner: ClassObject) -> Iterator[tuple[str, Span]]:
    """The attributes of the product's class that a property takes over; a plain value in the class body is hidden."""
    import libcst

    module = owner.evaluator.module
    for function in _methods(owner):
        if function.name.value in _ATTRIBUTES:
            yield function.name.value, module.span(function.name)
    for call in module.within(owner.node.body, libcst.Call):
        name = module.assigned(call)
        if name is not None and name in _ATTRIBUTES and owner.evaluator.scopes.scope(call) is owner.node:
            yield name, module.span(call)


def _changes(resolver: Resolver, function: cst.FunctionDef) -> Iterator[tuple[cst.CSTNode, str]]:
    """The places of a method that set an attribute of the product's class, or change it in place."""
    import libcst

    this = next(iter(resolver.scopes.parameters(function)), "self")
    watched = {f"{this}.{attribute}" for attribute in _ATTRIBUTES}
    for node in inside(function.body):
        target: cst.BaseExpression
        if isinstance(node, (libcst.AssignTarget, libcst.AnnAssign, libcst.AugAssign)):
            target = node.target
        elif (
            isinstance(node, libcst.Call)
            and isinstance(node.func, libcst.Attribute)
            and node.func.attr.value in MUTATING
        ):
            target = node.func.value
        else:
            continue
        target = target.value if isinstance(target, libcst.Subscript) else target
        name = dotted(target)
        if name in watched:
            yield target, name


def _decide(found: Made, settings: Sequence[str], reason: str, span: Span) -> None:
    for setting in settings:
        found.decided.setdefault(setting, Unknown(reason, span))


def _only_chooses(resolver: Resolver, function: cst.FunctionDef) -> bool:
    """Whether a `__call__` does no more than to choose: the product's class with the same request, or what is behind.

    It is that where all calls that are awaited take just its own three parameters, and it sets nothing on the object.
    """
    import libcst

    module = resolver.module
    names = list(resolver.scopes.parameters(function))
    asked = False
    for awaited in module.within(function.body, libcst.Await):
        call = awaited.expression
        if not isinstance(call, libcst.Call) or not isinstance(call.func, libcst.Attribute):
            return False
        if [dotted(one.value) for one in call.args] != names[1:]:
            return False
        upper = isinstance(call.func.value, libcst.Call) and dotted(call.func.value.func) == "super"
        if upper and call.func.attr.value == "__call__":
            asked = True
        elif dotted(call.func) != f"{names[0]}.app":
            return False
    sets = any(resolver.scopes.events(function, name) for name in names[1:])
    inner = any(True for _ in module.within(function.body, libcst.FunctionDef, libcst.Lambda))
    return asked and not sets and not inner
