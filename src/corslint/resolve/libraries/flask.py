"""Flask's applications and their configuration: `app.config["X"]`, `current_app.config.get("X")`.

https://github.com/pallets/flask/blob/3.1.2/src/flask/config.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from corslint.collect import Project
from corslint.resolve import classes, parameters
from corslint.resolve.conditions import UNBOUND, Conditions, Frame, environment, merge, one_of, overridden
from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.resolve.modules import locate
from corslint.resolve.objects import ClassObject, External, Instance
from corslint.resolve.operations import Concrete
from corslint.resolve.scopes import MUTATING
from corslint.resolve.ways import chained
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Alternative, Known, Place, Unknown, Value, alternatives
from corslint.values import Mapping as Pairs

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.resolve.python import Resolver

    Holder: TypeAlias = cst.Subscript | cst.Attribute

APPLICATIONS = (
    "flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "apiflask.app.APIFlask", "flask_openapi3.OpenAPI",
    "flask_openapi3.openapi.OpenAPI",
)  # fmt: skip
"""What makes an application."""
_CONFIG = "flask.Config"
MAX_FILES = 8
"""Files besides its own that are read for what they put into the configuration of an application."""
_FILLING = (".config[", ".config.from_", ".config.update(", ".config.setdefault(")
_LONGEST_WAY = 4
"""Calls of functions inside each other that lead to a statement, counted from the one that makes the application."""


# --- The statements that fill the configuration.


@dataclass(frozen=True, slots=True)
class Filling:
    """A statement that puts something into the configuration of an application."""

    resolver: Resolver
    """Of the module it stands in."""
    node: cst.CSTNode
    """The assignment or call."""
    target: Holder
    """`app.config["X"]`, or `app.config.update`."""
    order: float = 0.0
    """Where it is carried out among the statements of the module that makes the application."""
    conditions: Conditions = ()
    frame: Frame = field(default_factory=Frame)

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
            if owner is None or not _is_meant(one, owner, resolver, name, application):
                continue
            made = None if application is None else application.call
            order = float(home.module.order(node)) if one is home else float("inf")
            placed = _placed(one, node, home, made) or (order, ())
            site = one.site(node)
            conditions = None if site is None else merge(placed[1], site[0])
            if site is not None and conditions is not None:
                found.append(Filling(one, node, target, placed[0], conditions, site[1]))
    return sorted(found, key=lambda filling: filling.order)


def _attribute_kind() -> type[cst.Attribute]:
    import libcst

    return libcst.Attribute


def _written(resolver: Resolver) -> Iterator[tuple[cst.CSTNode, Holder]]:
    """Each assignment to `x.config[...]`, and each call of a method of `x.config` or of an entry of it."""
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
    return any(is_application(way.value, application.call) for way in alternatives(resolver.evaluate_plain(owner)))


def is_application(value: Concrete, call: cst.Call | None = None) -> bool:
    """Whether a value is an application of Flask, the one that `call` makes if that is given."""
    if not isinstance(value, Known) or not isinstance(value.value, External):
        return False
    return value.value.name in APPLICATIONS and (call is None or value.value.call is call)


def _elsewhere(home: Resolver) -> Iterator[Resolver]:
    """The other modules that may fill the configuration of an application."""
    from corslint.resolve.python import resolver_of

    project, own = home.project, home.module.source
    count = 0
    for path in parameters.callers(project).near(own):
        if count == MAX_FILES:
            return
        if not any(project.mentions(path, words) for words in _FILLING):
            continue
        source = project.source(path)
        if source is None or source is own:
            continue
        count += 1
        try:
            yield resolver_of(project, source)
        except SyntaxProblem:
            continue


def _placed(
    resolver: Resolver, node: cst.CSTNode, home: Resolver, made: cst.Call | None, steps: int = 0
) -> tuple[float, Conditions] | None:
    """Where among the statements around `made`, which makes the application, a place is carried out, and when.

    For a place in another function, that is where the function is called. None where it cannot be told.
    """
    function = resolver.module.enclosing_function(node)
    main = None if made is None else home.module.enclosing_function(made)
    if resolver is home and function in (None, main):
        return float(home.module.order(node)), ()
    if function is None or steps == _LONGEST_WAY:
        return None
    for caller in parameters.callers(resolver.project).of(resolver, function) or ():
        site = caller.resolver.site(caller.node)
        found = None if site is None else _placed(caller.resolver, caller.node, home, made, steps + 1)
        if site is not None and found is not None:
            return found[0], merge(found[1], site[0]) or found[1]
    return None


# --- What they put there.


def entry(filling: Filling, name: str) -> Value[object] | None:
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
            return _with(chained(given, lambda one: _of_object(filling, node, one, name)), place)
        case "from_pyfile":
            source = pyfile(filling, node)
            if source is not None:
                return _of_module(filling, source, name, span)
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
    from corslint.resolve.ways import with_place

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


def _of_object(filling: Filling, call: cst.Call, given: Concrete, name: str) -> Value[object]:
    """An upper-case attribute of a class, an instance or a module, given itself or by its dotted name."""
    from corslint.resolve.attributes import attribute, has_attribute

    resolver, span = filling.resolver, filling.resolver.module.span(call)
    if isinstance(given, Known):
        thing = given.value
        if isinstance(thing, ClassObject):
            if classes.declared(thing, name) is None:
                return classes.ancestry(thing).unknown or UNBOUND
            return attribute(given, name, span) or may_set(filling)
        if isinstance(thing, Instance):
            return (attribute(given, name, span) or may_set(filling)) if has_attribute(thing, name) else UNBOUND
        if isinstance(thing, str):
            return _by_name(filling, thing, name, span)
        return may_set(filling)
    for qualified in resolver.names.qualified(call.args[0].value):
        located = locate(resolver.project, resolver.module.source, qualified)
        if located is not None and not located[1]:
            return _of_module(filling, located[0], name, span)
    return may_set(filling)


def _by_name(filling: Filling, written: str, name: str, span: Span) -> Value[object]:
    """`from_object("package.config.Production")`."""
    import libcst

    from corslint.resolve.python import resolver_of

    resolver = filling.resolver
    located = locate(resolver.project, resolver.module.source, written)
    if located is None:
        return may_set(filling)
    source, rest = located
    if not rest:
        return _of_module(filling, source, name, span)
    try:
        named = resolver_of(resolver.project, source).exported(rest, span)
    except SyntaxProblem:
        return may_set(filling)
    call = filling.node
    assert isinstance(call, libcst.Call)
    return chained(
        named,
        lambda one: (
            may_set(filling)
            if isinstance(one, Unknown) or isinstance(one.value, str)
            else _of_object(filling, call, one, name)
        ),
    )


def _of_module(filling: Filling, source: Source, name: str, span: Span) -> Value[object]:
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


# --- What is asked of it.


def _defaults(name: str) -> Value[object]:
    """https://flask.palletsprojects.com/en/stable/config/#builtin-configuration-values; ENV was one until Flask 2.3."""
    if name == "DEBUG":
        return overridden(Known(False), "FLASK_DEBUG", None)
    if name == "ENV":
        return overridden(Known("production"), "FLASK_ENV", None)
    return Known(False) if name == "TESTING" else UNBOUND


def _held(use: Use, name: Concrete, missing: Value[object] | None) -> Value[object]:
    """What the configuration holds under a name where it is asked; `missing` where nothing sets it."""
    if isinstance(name, Unknown):
        return name
    if not isinstance(name.value, str):
        return Unknown("the name in the configuration is no text", use.span)
    owner = use.owner
    if owner.call is None:
        only = application(use.evaluator)
        if only is None:
            return Unknown(f"the application that runs decides {name.value}", use.span)
        owner = only
    from corslint.resolve.python import resolver_of

    home = resolver_of(use.evaluator.project, owner.evaluator.module.source)
    until = _until(use, home, owner)
    value = _defaults(name.value)
    for filling in fillings(home, home.module.assigned(owner.call) if owner.call else None, owner):
        if filling.order >= until:
            break
        if filling.method == "from_prefixed_env":
            value = _from_environment(filling, value, name.value)
            continue
        found = entry(filling, name.value)
        if found is None:
            continue
        if filling.method == "setdefault":
            value = layered(found, value, ())
        else:
            value = layered(value, found, filling.conditions)

    def given(one: Concrete) -> Value[object]:
        if one is not UNBOUND:
            return one
        reason = f"nothing sets {name.value} in the configuration of the application"
        return Unknown(reason, use.span, fails=True) if missing is None else missing

    return chained(value, given)


def _until(use: Use, home: Resolver, owner: External) -> float:
    """The place in the module of the application up to which its configuration is filled when it is asked."""
    from corslint.resolve.python import resolver_of

    if use.owner.call is None or use.node is None:
        return float("inf")  # `current_app` is asked while a request is answered
    resolver = resolver_of(use.evaluator.project, use.evaluator.module.source)
    placed = _placed(resolver, use.node, home, owner.call)
    return float("inf") if placed is None else placed[0]


def _from_environment(filling: Filling, before: Value[object], name: str) -> Value[object]:
    """`from_prefixed_env()`: FLASK_X is X."""
    import libcst

    resolver, node = filling.resolver, filling.node
    assert isinstance(node, libcst.Call)
    prefix: Value[object] = Known("FLASK")
    for position, argument in enumerate(node.args):
        if argument.keyword.value == "prefix" if argument.keyword is not None else position == 0:
            prefix = resolver.evaluate(argument.value, filling.frame)
    if not isinstance(prefix, Known):
        return before
    variable = f"{prefix.value}_{name}"

    def unset(one: Concrete) -> Value[object]:
        if one is UNBOUND:
            return Unknown(f"the environment variable {variable} decides it", resolver.module.span(node))
        return overridden(one, variable, None)

    def read(text: Concrete) -> Value[object]:
        from corslint.resolve.operations import from_json

        decoded = text if isinstance(text, Unknown) else from_json(text, text.span)
        return text if isinstance(decoded, Unknown) else decoded

    return resolver.deployed((variable,), chained(before, unset), read)


def application(evaluator: Evaluator) -> External | None:
    """The one application of the project around a module, which `current_app` stands for; None where there are more."""
    return evaluator.project.once(_applications).get(evaluator)


class _Applications:
    """The applications found so far, by the folder they were asked from."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.kept: dict[str, External | None] = {}

    def get(self, evaluator: Evaluator) -> External | None:
        path = evaluator.module.source.path
        if path not in self.kept:
            self.kept[path] = None  # for an application that is asked for while it is looked for
            self.kept[path] = self._find(evaluator.module.source)
        return self.kept[path]

    def _find(self, own: Source) -> External | None:
        from corslint.resolve.python import resolver_of

        found: list[External] = []
        parsed = 0
        for path in parameters.callers(self.project).near(own):
            if not self.project.mentions(path, "Flask(") or (source := self.project.source(path)) is None:
                continue
            parsed += 1
            if parsed > MAX_FILES:
                return None
            try:
                resolver = resolver_of(self.project, source)
            except SyntaxProblem:
                continue
            found += [External(APPLICATIONS[0], resolver, call) for call in resolver.calls(*APPLICATIONS)]
        return found[0] if len(found) == 1 else None


def _applications(project: Project) -> _Applications:
    return _Applications(project)


def _attribute(external: External, name: str, span: Span) -> Value[object] | None:
    if name != "config":
        return None
    return Known(External(_CONFIG, external.evaluator, external.call), span)


def _item(use: Use) -> Value[object] | None:
    given = use.given("key")
    return None if not given else chained(given["key"], lambda one: _held(use, one, None))


def _get(use: Use) -> Value[object] | None:
    given = use.given("key", "default")
    if not given:
        return None
    missing = given.get("default", Known(None, use.span))
    return chained(given["key"], lambda one: _held(use, one, missing))


METHODS: Mapping[tuple[str, str], Method] = {(_CONFIG, "__getitem__"): _item, (_CONFIG, "get"): _get}
ATTRIBUTES: Mapping[str, Attribute] = dict.fromkeys(APPLICATIONS, _attribute)
READY: Mapping[str, tuple[str, str]] = {
    f"{module}.current_app{attribute}": (maker, "__call__")
    for module in ("flask", "flask.globals")
    for attribute, maker in (("", APPLICATIONS[0]), (".config", _CONFIG))
}
MAKERS = frozenset(APPLICATIONS)
