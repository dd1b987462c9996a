"""The CORS_* entries of a Flask application's configuration, as `app.config` holds them when flask-cors reads it.

https://flask.palletsprojects.com/en/stable/config/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.options import Option
from corslint.resolve.conditions import Conditions, environment, merge
from corslint.resolve.modules import locate
from corslint.resolve.python import Reached, Resolver, resolver_of
from corslint.servers.flask_cors.versions import NEWEST, Behaviour
from corslint.source import Span
from corslint.syntax.python import SyntaxProblem, dotted
from corslint.values import Alternative, Known, OneOf, Unknown, Value, alternatives, convert
from corslint.values import Mapping as MappingValue

if TYPE_CHECKING:
    import libcst as cst

NAMES: Mapping[str, str] = {f"CORS_{name.upper()}": name for name in NEWEST.defaults}
"""The entries the newest flask-cors reads, and the option each stands for."""
_USUAL_FILES = ("config.py", "settings.py", "default_settings.py", "default_config.py")
_ENTRY = re.compile(r"\b(?:" + "|".join(NAMES) + r")\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is written."""

    name: str
    value: Value[object]
    span: Span
    node: cst.CSTNode
    """What sets it, in the file that was asked about."""
    reached: Reached


@dataclass(slots=True)
class Configuration:
    """What a file says about the configuration of its application."""

    entries: list[Entry] = field(default_factory=list)
    """In the order of the source; names that flask-cors does not read are among them."""
    unseen: dict[str, Unknown] = field(default_factory=dict)
    """The options that configuration from elsewhere may hold, and where it comes from."""
    how: Behaviour = NEWEST

    def options(self, excluded: frozenset[Entry] | None = None) -> dict[str, Option]:
        """The options that hold after all entries, by the name of the keyword."""
        found: dict[str, Option] = {
            name: Option(f"CORS_{name.upper()}", unknown, unknown.span) for name, unknown in self.unseen.items()
        }
        for entry in self.entries:
            name = NAMES.get(entry.name)
            if name not in self.how.defaults or name is None or (excluded and entry in excluded):
                continue
            before: Value[object] = found[name].value if name in found else Known(self.how.defaults[name])
            value = convert(entry.value, _without_none(self.how.defaults[name]))
            found[name] = Option(entry.name, layered(before, value, entry.reached.conditions), entry.span)
        return found


def _without_none(default: object) -> Callable[[Known[object]], Known[object]]:
    """None in the configuration counts as not given at all."""
    return lambda known: known if known.value is not None else replace(known, value=default)


def layered(before: Value[object], after: Value[object], conditions: Conditions) -> Value[object]:
    """A value that is replaced by another where some conditions hold."""
    if not conditions:
        return after
    ways: list[Alternative[object]] = []
    rest: list[Conditions] = [(*conditions[:index], one.opposite()) for index, one in enumerate(conditions)]
    for value, under in [(after, conditions), *((before, other) for other in rest)]:
        for way in alternatives(value):
            both = merge(under, way.conditions)
            if both is not None:
                ways.append(Alternative(both, way.value, environment(both)))
    if not ways:
        return Unknown("its conditions exclude each other", after.span)
    return OneOf(tuple(ways)) if len(ways) > 1 else ways[0].value


def read_configuration(project: Project, resolver: Resolver, app: str | None, how: Behaviour) -> Configuration:
    """The configuration of the application named `app` in a file; of any application there where that is None."""
    configuration = Configuration(how=how)
    for node, target in _config_uses(resolver, app):
        reached = resolver.reached(node)
        if reached is not None:
            _read_use(project, resolver, configuration, node, target, reached)
    return configuration


def _config_uses(resolver: Resolver, app: str | None) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Each assignment to `app.config[...]` and each call of a method of `app.config`, in the order of the source."""
    import libcst

    for node in resolver.module.walk():
        if isinstance(node, libcst.Assign):
            for target in node.targets:
                if isinstance(target.target, libcst.Subscript) and _is_config(target.target.value, app):
                    yield node, target.target
        elif (
            isinstance(node, libcst.Call)
            and isinstance(node.func, libcst.Attribute)
            and _is_config(node.func.value, app)
        ):
            yield node, node.func


def _is_config(node: cst.CSTNode, app: str | None) -> bool:
    name = dotted(node)
    if name is None:
        return False
    return name == f"{app}.config" if app is not None else name.endswith(".config")


def _read_use(
    project: Project,
    resolver: Resolver,
    configuration: Configuration,
    node: cst.CSTNode,
    target: cst.CSTNode,
    reached: Reached,
) -> None:
    import libcst

    module = resolver.module

    def add(name: object, value: Value[object], span: Span) -> None:
        if isinstance(name, str) and name.startswith("CORS_"):
            configuration.entries.append(Entry(name, value, span, node, reached))

    if isinstance(node, libcst.Assign) and isinstance(target, libcst.Subscript) and len(target.slice) == 1:
        index = target.slice[0].slice
        key = resolver.value(index.value) if isinstance(index, libcst.Index) else Unknown("")
        if isinstance(key, Known) and isinstance(key.value, str) and key.value.startswith("CORS_"):
            add(key.value, option_value(resolver, node.value), module.span(node))
    elif isinstance(node, libcst.Call) and isinstance(target, libcst.Attribute):
        method = target.attr.value
        if method in ("update", "from_mapping"):
            for argument in node.args:
                if argument.keyword is not None:
                    if argument.keyword.value.startswith("CORS_"):
                        add(argument.keyword.value, option_value(resolver, argument.value), module.span(argument))
                else:
                    _add_mapping(resolver.value(argument.value), module.span(argument), add)
        elif method == "setdefault" and len(node.args) == 2:
            key = resolver.value(node.args[0].value)
            known = {entry.name for entry in configuration.entries}
            if isinstance(key, Known) and key.value not in known:
                add(key.value, option_value(resolver, node.args[1].value), module.span(node))
        elif method == "from_object" and node.args:
            _read_object(project, resolver, configuration, node, reached)
        elif method in ("from_pyfile", "from_file", "from_envvar", "from_json"):
            _unseen(project, configuration, f"`{module.text(node)}` may set it", module.span(node))


def _add_mapping(value: Value[object], span: Span, add: object) -> None:
    if isinstance(value, Known) and isinstance(value.value, MappingValue) and callable(add):
        for key, item in value.value.pairs:
            if isinstance(key, Known):
                add(key.value, item, key.span or span)


def option_value(resolver: Resolver, node: cst.BaseExpression, value: Value[object] | None = None) -> Value[object]:
    """What an expression is as an option; a `timedelta`, which flask-cors takes for `max_age`, as its seconds.

    `value` is what the expression evaluates to, where the caller knows already.
    """
    import libcst

    if isinstance(node, libcst.Call) and resolver.refers(node.func, ("datetime.timedelta",)):
        return _seconds(resolver, node)
    return resolver.value(node) if value is None else value


def durations(resolver: Resolver) -> Mapping[Span, Value[object]]:
    """Each `timedelta` of a file as its seconds, by its place: within a dict of options it is no value of its own."""
    return {resolver.module.span(call): _seconds(resolver, call) for call in resolver.calls("datetime.timedelta")}


# In the order of the parameters; in seconds.
_UNITS = {
    "days": 86400.0,
    "seconds": 1.0,
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "minutes": 60.0,
    "hours": 3600.0,
    "weeks": 604800.0,
}


def _seconds(resolver: Resolver, call: cst.Call) -> Value[object]:
    total = 0.0
    for position, (unit, length) in enumerate(_UNITS.items()):
        argument = resolver.argument(call, position, unit)
        if argument is None:
            continue
        if not isinstance(argument.value, Known) or not isinstance(argument.value.value, int | float):
            return Unknown(f"`{resolver.module.text(call)}` is decided at run time", resolver.module.span(call))
        total += argument.value.value * length
    return Known(str(int(total)), resolver.module.span(call))


def _read_object(
    project: Project, resolver: Resolver, configuration: Configuration, call: cst.Call, reached: Reached
) -> None:
    """`from_object`: the upper-case attributes of a class or module, given itself or by its dotted name."""
    node = call.args[0].value
    module = resolver.module
    owner, rest = _object(project, resolver, node)
    if owner is None:
        _unseen(project, configuration, f"`{module.text(call)}` may set it", module.span(call))
        return
    for name in NAMES:
        found = _attribute(project, owner, rest, name)
        if found is not None:
            configuration.entries.append(Entry(name, found, _span_of(found) or module.span(call), call, reached))


def _object(project: Project, resolver: Resolver, node: cst.BaseExpression) -> tuple[Resolver | None, str]:
    """The file an object is defined in and its name there."""
    import libcst

    if isinstance(node, libcst.Call) and not node.args:
        node = node.func
    definition = resolver.definition(node)
    if definition is None and isinstance(node, libcst.Name):
        instance = resolver.class_of(node)
        definition = instance if instance is not None else None
    if definition is not None:
        return resolver, definition.name.value
    name = resolver.qualified(node)
    if name is None:
        value = resolver.value(node)
        name = value.value if isinstance(value, Known) and isinstance(value.value, str) else None
    located = locate(project, resolver.module.source, name) if name else None
    if located is None:
        return None, ""
    try:
        return resolver_of(project, located[0]), located[1]
    except SyntaxProblem:
        return None, ""


def _attribute(project: Project, resolver: Resolver, owner: str, name: str, depth: int = 0) -> Value[object] | None:
    """An attribute of a class of a module (or of the module, where `owner` is empty), its bases included."""
    import libcst

    if not owner:
        return resolver.value_of_name(name)
    if "." in owner or depth > 5:
        return None
    for definition in resolver.module.find(libcst.ClassDef):
        if definition.name.value != owner or resolver.scopes.scope(definition) is not resolver.module.tree:
            continue
        found = resolver.value_of_name(name, definition)
        if found is not None:
            return found
        for base in definition.bases:
            above, rest = _object(project, resolver, base.value)
            found = _attribute(project, above, rest, name, depth + 1) if above is not None else None
            if found is not None:
                return found
    return None


def _span_of(value: Value[object]) -> Span | None:
    for place in value.trail:
        return place.span
    return value.span


def _unseen(project: Project, configuration: Configuration, reason: str, span: Span) -> None:
    """Note what the usual configuration files of the project set, as it may be what is loaded here."""
    for base_name in _USUAL_FILES:
        for path in project.named(base_name)[:20]:
            source = project.source(path)
            for found in _ENTRY.findall(source.text) if source is not None else ():
                configuration.unseen.setdefault(NAMES[found], Unknown(reason, span))
