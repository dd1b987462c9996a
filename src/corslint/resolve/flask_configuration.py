"""What a program puts into the configuration of a Flask application, statement by statement.

https://github.com/pallets/flask/blob/3.1.2/src/flask/config.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve import classes, parameters
from corslint.resolve.conditions import UNBOUND, Conditions, Frame, environment, merge, one_of
from corslint.resolve.modules import locate
from corslint.resolve.objects import ClassObject, External, Instance, ModuleObject
from corslint.resolve.operations import Concrete
from corslint.resolve.scopes import MUTATING
from corslint.resolve.ways import chained, with_place
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import MAX_COMBINATIONS, Alternative, Known, Place, Unknown, Value, alternatives
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.python import Resolver

    Holder: TypeAlias = cst.Subscript | cst.Attribute
    Calls: TypeAlias = tuple[tuple[Resolver, cst.CSTNode], ...]

Order: TypeAlias = tuple[float, ...]
"""The place of a statement in the module that makes the application; for one in a function that of its call, followed
by that in the function."""
LATEST: Order = (float("inf"),)

APPLICATIONS = (
    "flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "apiflask.app.APIFlask", "flask_openapi3.OpenAPI",
    "flask_openapi3.openapi.OpenAPI",
)  # fmt: skip
"""What makes an application."""
MAX_FILES = 8
"""Files besides its own that are read for what they put into the configuration of an application."""
_FILLING = re.compile(
    r"\.config(?:\[[^\]\n]+\]+(?:\s*[|+]?=(?!=)|\.(?:" + "|".join(sorted(MUTATING)) + r")\()"
    r"|\.(?:from_|update\(|setdefault\())"
)
MAX_CALLS = 4
"""Calls of a function in which it is followed what it does to a configuration."""
_LONGEST_WAY = 4
"""Calls of functions inside each other that lead to a statement, counted from the one that makes the application."""


# --- The statements that fill the configuration.


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """A statement that puts something into the configuration of an application."""

    resolver: Resolver
    """Of the module it stands in."""
    node: cst.CSTNode
    """The assignment or call."""
    target: Holder
    """`app.config["X"]`, or `app.config.update`."""
    order: Order = ()
    """When it is carried out."""
    is_placed: bool = True
    """Whether that is known."""
    calls: Calls = ()
    """Those that lead to it."""
    conditions: Conditions = ()
    frame: Frame = field(default_factory=Frame)
    is_sure: bool = True
    """Whether it is known to be this application that is filled; else it is one that a caller nobody sees hands in."""

    def reached(self) -> list[Filling]:
        """The statement with what holds where it is carried out, once for each way there; empty if that never happens.

        Not found beforehand: what it depends on may be the configuration that the statements before it fill.
        """
        ways: list[Conditions] = [()]
        for resolver, call in self.calls:
            around = [conditions for conditions, _ in resolver.sites(call)]
            ways = [both for way in ways for one in around if (both := merge(way, one)) is not None]
        return [
            replace(self, conditions=both, frame=frame)
            for way in ways
            for conditions, frame in self.resolver.sites(self.node)
            if (both := merge(way, conditions)) is not None
        ][:MAX_COMBINATIONS]

    @property
    def method(self) -> str:
        """The method that is called; empty for an assignment."""
        import libcst

        return self.target.attr.value if isinstance(self.target, libcst.Attribute) else ""


def fillings(resolver: Resolver, name: str | None, application: External | None) -> list[Filling]:
    """What fills the configuration of an application, in the order in which it is carried out.

    It goes by `name` in the module of `resolver` (None: by any name), and is what `application` says, if that is known.
    """
    found: list[Filling] = []
    modules = {resolver.module.source.path: resolver}
    home = resolver
    if application is not None and application.call is not None:
        from corslint.resolve.python import resolver_of

        home = resolver_of(resolver.project, application.evaluator.module.source)
        for one in (home, *_elsewhere(home)):
            modules.setdefault(one.module.source.path, one)
    for one in modules.values():
        for node, target in _written(one):
            owner = target.value.value if isinstance(target.value, _attribute_kind()) else None
            if owner is None:
                continue
            is_sure = _is_meant(one, owner, resolver, name, application)
            if not is_sure and not _is_of_a_caller(one, owner):
                continue
            made = None if application is None else application.call
            order = (float(home.module.order(node)),) if one is home else LATEST
            placed = placed_at(one, node, home, made)
            for at, way in placed or [(order, ())]:
                found.append(Filling(one, node, target, at, bool(placed), way, is_sure=is_sure))
    return sorted(found, key=lambda filling: filling.order)


def _attribute_kind() -> type[cst.Attribute]:
    import libcst

    return libcst.Attribute


def _written(resolver: Resolver) -> Iterator[tuple[cst.CSTNode, Holder]]:
    """Each assignment to `x.config[...]`, and each call that fills `x.config` or changes an entry of it."""
    import libcst

    for node in resolver.module.walk():
        match node:
            case libcst.Assign():
                for target in node.targets:
                    if isinstance(target.target, libcst.Subscript) and _is_config(target.target.value):
                        yield node, target.target
            case libcst.AugAssign(target=libcst.Subscript() as entry) if _is_config(entry.value):
                yield node, entry
            case libcst.Call(func=libcst.Attribute() as method) if _is_config(method.value):
                if method.attr.value in ("update", "setdefault") or method.attr.value.startswith("from_"):
                    yield node, method
            case libcst.Call(func=libcst.Attribute(value=libcst.Subscript() as entry, attr=changes)) if (
                changes.value in MUTATING and _is_config(entry.value)
            ):
                yield node, entry


def _is_config(node: cst.CSTNode) -> bool:
    import libcst

    return isinstance(node, libcst.Attribute) and node.attr.value == "config"


def _is_meant(
    resolver: Resolver, owner: cst.BaseExpression, asked: Resolver, name: str | None, application: External | None
) -> bool:
    """Whether the configuration of an expression is the one that is asked for."""
    written = dotted(owner)
    if resolver is asked and written is not None and (name is None or written == name):
        return True
    if application is None or application.call is None:
        return False
    if resolver.module.assigned(application.call) == written and resolver is not asked:
        return True
    found = application_of(resolver, owner)
    return found is not None and found.call is application.call


def _is_of_a_caller(resolver: Resolver, owner: cst.BaseExpression) -> bool:
    """Whether an expression is a parameter of which nobody knows what it is, such as `app` of a method `init_app`."""
    import libcst

    function = resolver.module.enclosing_function(owner)
    if not isinstance(owner, libcst.Name) or not isinstance(function, libcst.FunctionDef):
        return False
    if all(one.name.value != owner.value for one in function.params.params):
        return False
    return all(_may_be_an_application(way.value) for way in alternatives(resolver.evaluate_plain(owner)))


def _may_be_an_application(value: Known[object] | Unknown) -> bool:
    """Whether a value is not known, or only to be some application, as `app: Flask` says."""
    thing = value.value if isinstance(value, Known) else None
    return isinstance(value, Unknown) or (
        isinstance(thing, External) and thing.name in APPLICATIONS and thing.call is None
    )


def application_of(resolver: Resolver, node: cst.BaseExpression) -> External | None:
    """The application of Flask that an expression stands for, as far as that is one and the same."""
    found: dict[cst.Call, External] = {}
    for way in alternatives(resolver.evaluate_plain(node)):
        value = way.value.value if isinstance(way.value, Known) else None
        if not isinstance(value, External) or value.name not in APPLICATIONS or value.call is None:
            return None
        found[value.call] = value
    return next(iter(found.values())) if len(found) == 1 else None


def _elsewhere(home: Resolver) -> Iterator[Resolver]:
    """The other modules that may fill the configuration of an application: those that import its module or are imported
    there.
    """
    from corslint.resolve.python import resolver_of

    project, own = home.project, home.module.source
    stem = parameters.stem(own.path)
    count = 0
    for path in parameters.callers(project).mentioning(own, ".config"):
        source = project.source(path)
        if source is None or source is own or not _FILLING.search(source.text):
            continue
        if not (_imports(source.text, stem) or _imports(own.text, parameters.stem(path))):
            continue
        count += 1
        if count > MAX_FILES:
            return
        try:
            yield resolver_of(project, source)
        except SyntaxProblem:
            continue


def _imports(text: str, module: str) -> bool:
    """Whether a file may import a module of this name, or something of the package it is in."""
    return re.search(rf"(?m)^[ \t]*(?:from|import)\b(?:.*\b{re.escape(module)}\b|\s+\.+\s)", text) is not None


def placed_at(
    resolver: Resolver, node: cst.CSTNode, home: Resolver, made: cst.Call | None, steps: int = 0
) -> list[tuple[Order, Calls]]:
    """When a place is carried out, counted from the statements around `made`, which makes the application.

    Also the calls that lead to its function; once for each way. Empty where it cannot be told.
    """
    function = resolver.module.enclosing_function(node)
    main = None if made is None else home.module.enclosing_function(made)
    if resolver is home and function in (None, main):
        return [((float(home.module.order(node)),), ())]
    if function is None or steps == _LONGEST_WAY:
        return []
    found: list[tuple[Order, Calls]] = []
    for caller in parameters.callers(resolver.project).of(resolver, function) or ():
        for order, way in placed_at(caller.resolver, caller.node, home, made, steps + 1):
            found.append(((*order, float(resolver.module.order(node))), (*way, (caller.resolver, caller.node))))
    return found[:MAX_CALLS]


# --- What they put there.


def given_by(filling: Filling, name: str) -> Value[object] | None:
    """What a statement sets an entry to, `UNBOUND` in the ways in which it leaves it alone; None if it always does."""
    import libcst

    resolver, node, target = filling.resolver, filling.node, filling.target
    span = resolver.module.span(node)
    if isinstance(target, libcst.Subscript):
        key = subscript_key(filling)
        if not isinstance(key, Known) or key.value != name:
            return None
        if isinstance(node, libcst.Assign):
            place = Place(resolver.module.span(target), f"`{resolver.module.text(target)}` is set here")
            return _with(resolver.evaluate(node.value, filling.frame), place)
        return Unknown(f"`{resolver.module.text(target)}` is changed in place", span)
    if not isinstance(node, libcst.Call):
        return None
    match filling.method:
        case "update" | "from_mapping":
            return _of_mapping(filling, node, name)
        case "setdefault" if len(node.args) == 2:
            key = resolver.evaluate(node.args[0].value, filling.frame)
            if isinstance(key, Known) and key.value == name:
                return resolver.evaluate(node.args[1].value, filling.frame)
        case "from_object" if node.args:
            given = resolver.evaluate(node.args[0].value, filling.frame)
            place = Place(span, f"`{resolver.module.text(node)}`")
            return _with(chained(given, lambda one: _of_object(filling, one, name)), place)
        case "from_pyfile":
            source = pyfile(filling, node)
            if source is not None:
                return _of_module(filling, source, name)
            return None if is_silent(filling, node) else may_set(filling)
        case "from_envvar" | "from_file" | "from_json" | "from_toml":
            return None if is_silent(filling, node) else may_set(filling)
    return None


def subscript_key(filling: Filling) -> Value[object]:
    """The name in `app.config["X"]`."""
    import libcst

    slices = filling.target.slice if isinstance(filling.target, libcst.Subscript) else ()
    index = slices[0].slice if len(slices) == 1 else None
    if not isinstance(index, libcst.Index):
        return Unknown("")
    return filling.resolver.evaluate(index.value, filling.frame)


def may_set(filling: Filling) -> Unknown:
    """Why an entry is not known after a statement that cannot be followed."""
    module = filling.resolver.module
    return Unknown(f"`{module.text(filling.node)}` may set it", module.span(filling.node))


def _with(value: Value[object], place: Place) -> Value[object]:
    return chained(value, lambda one: one if one is UNBOUND else with_place(one, place))


def _of_mapping(filling: Filling, call: cst.Call, name: str) -> Value[object] | None:
    found: Value[object] | None = None
    for argument in call.args:
        if argument.keyword is not None:
            if argument.keyword.value == name:
                found = filling.resolver.evaluate(argument.value, filling.frame)
            continue
        value = filling.resolver.evaluate(argument.value, filling.frame)

        def of(one: Concrete, before: Value[object] | None = found) -> Value[object]:
            if isinstance(one, Unknown):
                return may_set(filling)
            held = one.value.get(name) if isinstance(one.value, Pairs) else None
            return held or before or UNBOUND

        found = chained(value, of)
    return None if found is UNBOUND else found


def _of_object(filling: Filling, given: Concrete, name: str) -> Value[object]:
    """An upper-case attribute of a class, an instance or a module, given itself or by its dotted name."""
    from corslint.resolve.attributes import attribute, has_attribute

    span = filling.resolver.module.span(filling.node)
    if isinstance(given, Known):
        thing = given.value
        if isinstance(thing, (ClassObject, Instance)):
            cls = thing if isinstance(thing, ClassObject) else thing.cls
            if classes.declared(cls, name) is None and classes.ancestry(cls).unknown is not None:
                return may_set(filling)  # a base that is defined elsewhere
            if isinstance(thing, ClassObject) and classes.declared(cls, name) is None:
                return UNBOUND
            if isinstance(thing, Instance) and not has_attribute(thing, name):
                return UNBOUND
            return attribute(given, name, span) or may_set(filling)
        if isinstance(thing, ModuleObject):
            return _of_module(filling, thing.evaluator.module.source, name)
        if isinstance(thing, str):
            return _by_name(filling, thing, name)
    return may_set(filling)


def _by_name(filling: Filling, written: str, name: str) -> Value[object]:
    """`from_object("package.config.Production")`."""
    from corslint.resolve.python import resolver_of

    resolver = filling.resolver
    located = locate(resolver.project, resolver.module.source, written)
    if located is None:
        return may_set(filling)
    source, rest = located
    if not rest:
        return _of_module(filling, source, name)
    try:
        named = resolver_of(resolver.project, source).exported(rest, filling.resolver.module.span(filling.node))
    except SyntaxProblem:
        return may_set(filling)
    return chained(
        named,
        lambda one: (
            may_set(filling)
            if isinstance(one, Unknown) or isinstance(one.value, str)
            else _of_object(filling, one, name)
        ),
    )


def _of_module(filling: Filling, source: Source, name: str) -> Value[object]:
    from corslint.resolve.python import resolver_of

    try:
        found = resolver_of(filling.resolver.project, source).brought(name)
    except SyntaxProblem:
        return may_set(filling)
    return UNBOUND if found is None else found


def pyfile(filling: Filling, call: cst.Call) -> Source | None:
    """The file that `from_pyfile("config.py")` reads: beside the module, above it, or in the instance folder.

    https://flask.palletsprojects.com/en/stable/config/#instance-folders
    """
    if not call.args:
        return None
    given = filling.resolver.evaluate(call.args[0].value, filling.frame)
    if not isinstance(given, Known) or not isinstance(given.value, str) or not given.value.endswith((".py", ".cfg")):
        return None
    folder = PurePosixPath(filling.resolver.module.source.path).parent
    for start in (folder, folder.parent):
        for below in ("", "instance/"):
            found = filling.resolver.project.source(f"{start}/{below}{given.value}")
            if found is not None:
                return found
    return None


def is_silent(filling: Filling, call: cst.Call) -> bool:
    """Whether a file that is missing is passed over, as one is that is not part of the project."""
    for position, argument in enumerate(call.args):
        is_flag = argument.keyword.value == "silent" if argument.keyword is not None else position == 1
        if is_flag:
            value = filling.resolver.evaluate(argument.value, filling.frame)
            return isinstance(value, Known) and value.value is True
    return False


def layered(before: Value[object], after: Value[object], conditions: Conditions) -> Value[object]:
    """A value that another replaces where some conditions hold; not in the ways in which that is `UNBOUND`."""
    if not conditions and all(way.value is not UNBOUND for way in alternatives(after)):
        return after
    ways: list[Alternative[object]] = []

    def add(value: Value[object], under: Conditions) -> None:
        for way in alternatives(value):
            both = merge(under, way.conditions)
            if both is None:
                continue
            if way.value is UNBOUND and value is not before:
                add(before, both)
            else:
                ways.append(Alternative(both, way.value, environment(both)))

    add(after, conditions)
    for index, one in enumerate(conditions):
        add(before, (*conditions[:index], one.opposite()))
    if not ways:
        return Unknown("its conditions exclude each other", after.span)
    return one_of(ways, None)
