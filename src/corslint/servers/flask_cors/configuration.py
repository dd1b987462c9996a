"""The CORS_* entries of a Flask application's configuration, as `app.config` holds them when flask-cors reads it.

https://flask.palletsprojects.com/en/stable/config/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.options import Option
from corslint.resolve.conditions import UNBOUND
from corslint.resolve.flask_configuration import (
    Filling,
    application_of,
    fillings,
    given_by,
    layered,
    may_set,
    placed_at,
    subscript_key,
)
from corslint.resolve.libraries.flask import application
from corslint.resolve.objects import External, settled
from corslint.resolve.python import Resolver, resolver_of
from corslint.resolve.ways import chained
from corslint.servers.flask_cors.versions import NEWEST, Behaviour
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Known, Unknown, Value, alternatives, convert, places
from corslint.values import Mapping as MappingValue

if TYPE_CHECKING:
    import libcst as cst

NAMES: Mapping[str, str] = {f"CORS_{name.upper()}": name for name in NEWEST.defaults}
"""The entries the newest flask-cors reads, and the option each stands for."""
_ONCE_READ = ("CORS_HEADERS",)
"""Entries that old releases read."""
_USUAL_FILES = ("config.py", "settings.py", "default_settings.py", "default_config.py")
_ENTRY = re.compile(r"\b(?:" + "|".join(NAMES) + r")\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is written."""

    name: str
    value: Value[object]
    span: Span
    filling: Filling
    """The statement that sets it."""

    @property
    def is_known(self) -> bool:
        """Whether it is certain in some way that it is set."""
        ways = (way.value for way in alternatives(self.value) if way.value is not UNBOUND)
        return any(not _is_guess(self.filling, one) for one in ways)


@dataclass(slots=True)
class Configuration:
    """What a file says about the configuration of its application."""

    entries: list[Entry] = field(default_factory=list)
    """In the order of the source; names that flask-cors does not read are among them."""
    how: Behaviour = NEWEST
    application: External | None = None
    """The application, where it is seen how it is made."""

    def late(self, resolver: Resolver, call: cst.Call) -> list[Entry]:
        """The entries that are set after `call`, which puts the extension on the application, has read them."""
        module = resolver.module
        here = module.enclosing_function(call)
        made = None if self.application is None else self.application.call
        home = resolver
        if self.application is not None:
            home = resolver_of(resolver.project, self.application.evaluator.module.source)
        until = [] if made is None else placed_at(resolver, call, home, made)

        def is_late(filling: Filling) -> bool:
            around = filling.resolver.module.enclosing_function(filling.node)
            if filling.resolver is resolver and around is here:
                return module.order(filling.node) > module.order(call)
            if not until:
                return False
            # What a module does at its top that imports the finished application comes after everything else.
            return (filling.is_placed and filling.order >= max(order for order, _ in until)) or (
                filling.resolver is not home and around is None
            )

        return [entry for entry in self.entries if entry.name in NAMES and is_late(entry.filling)]

    def options(self, excluded: frozenset[Entry] | None = None) -> dict[str, Option]:
        """The options that hold after all entries, by the name of the keyword."""
        found: dict[str, Option] = {}
        for entry in self.entries:
            name = NAMES.get(entry.name)
            if name not in self.how.defaults or name is None or (excluded and entry in excluded):
                continue
            before: Value[object] = found[name].value if name in found else Known(self.how.defaults[name])
            value = convert(entry.value, _without_none(self.how.defaults[name]))
            found[name] = Option(entry.name, layered(before, value, entry.filling.conditions), entry.span)
        return found


def _without_none(default: object) -> Callable[[Known[object]], Known[object]]:
    """None in the configuration counts as not given at all."""
    return lambda known: known if known.value is not None else replace(known, value=default)


def read_configuration(resolver: Resolver, app: cst.BaseExpression | None, how: Behaviour) -> Configuration:
    """The configuration of an application that a file names; of any there, or of the only one around, without `app`."""
    configuration = Configuration(how=how)
    name = None if app is None else dotted(app)

    def read() -> Value[object]:
        configuration.application = None if app is None else application_of(resolver, app)
        found = fillings(resolver, name, configuration.application)
        if app is None and not found:
            configuration.application = application(resolver)
            found = fillings(resolver, None, configuration.application)
        for filling in (way for one in found for way in one.reached()):
            _read(configuration, filling)
        return UNBOUND

    resolver.guarded(read, resolver.module.tree)
    return configuration


def _in_usual_files(project: Project) -> frozenset[str]:
    """The entries that the usual configuration files of the project set, as one of them may be what is loaded."""
    found: set[str] = set()
    for base_name in _USUAL_FILES:
        for path in project.named(base_name)[:20]:
            source = project.source(path)
            found.update(_ENTRY.findall(source.text) if source is not None else ())
    return frozenset(found)


def _read(configuration: Configuration, filling: Filling) -> None:
    """Add what one statement sets."""
    import libcst

    resolver, node, target = filling.resolver, filling.node, filling.target
    module = resolver.module

    def add(name: object, value: Value[object], span: Span) -> None:
        if isinstance(name, str) and name.startswith("CORS_"):
            configuration.entries.append(Entry(name, settled(value), span, filling))

    if not filling.is_sure:
        for name in NAMES:
            if name in module.source.text or name in resolver.project.once(_in_usual_files):
                found = given_by(filling, name)
                if found is not None and any(way.value is not UNBOUND for way in alternatives(found)):
                    add(name, may_set(filling), module.span(node))
        return
    if isinstance(target, libcst.Subscript):
        key = subscript_key(filling)
        if isinstance(key, Known) and isinstance(key.value, str) and key.value.startswith("CORS_"):
            if isinstance(node, libcst.Assign):
                add(key.value, option_value(resolver, node.value), module.span(node))
            else:
                add(key.value, given_by(filling, key.value) or may_set(filling), module.span(node))
        return
    assert isinstance(node, libcst.Call)
    if filling.method == "setdefault" and len(node.args) == 2:
        key = resolver.evaluate(node.args[0].value, filling.frame)
        if isinstance(key, Known) and key.value not in {one.name for one in configuration.entries}:
            add(key.value, option_value(resolver, node.args[1].value), module.span(node))
    elif filling.method in ("update", "from_mapping"):
        for argument in node.args:
            if argument.keyword is None:
                _add_mapping(resolver.value(argument.value), module.span(argument), add)
                if not _is_handed_in(resolver, argument.value):
                    _add_loaded(filling, add)
            elif argument.keyword.value.startswith("CORS_"):
                add(argument.keyword.value, option_value(resolver, argument.value), module.span(argument))
    elif filling.method.startswith("from_"):
        _add_loaded(filling, add, is_whole=True)


def _add_loaded(
    filling: Filling, add: Callable[[object, Value[object], Span], None], *, is_whole: bool = False
) -> None:
    """Add what a statement brings from elsewhere; what it says itself too, if that is to be read whole."""
    for name in (*NAMES, *_ONCE_READ):
        found = _loaded(filling, name)
        if any(way.value is not UNBOUND and (is_whole or _is_guess(filling, way.value)) for way in alternatives(found)):
            add(name, found, _written_at(found, filling.resolver.module.span(filling.node)))


def _is_handed_in(resolver: Resolver, node: cst.BaseExpression) -> bool:
    """Whether an expression is made of a parameter: what callers hand in is read there, and tests hand in theirs."""
    import libcst

    function = resolver.module.enclosing_function(node)
    if not isinstance(function, libcst.FunctionDef):
        return False
    names = {one.name.value for one in function.params.params}
    waiting: list[libcst.CSTNode] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, libcst.Name) and one.value in names:
            return True
        waiting.extend(one.children)
    return False


def _loaded(filling: Filling, name: str) -> Value[object]:
    """What `from_object` and its like set an entry to; `UNBOUND` where they leave it alone.

    What cannot be followed may set what the usual configuration files of the project set and what the module looks for.
    """
    found = given_by(filling, name)
    if found is None:
        found = may_set(filling) if filling.method in _OF_FILES else UNBOUND

    def sure(one: Known[object] | Unknown) -> Value[object]:
        return UNBOUND if _is_guess(filling, one) and not is_expected else one

    is_expected = name in filling.resolver.project.once(_in_usual_files) or _asks_for(filling.resolver, name)
    return chained(found, sure)


def _is_guess(filling: Filling, value: Known[object] | Unknown) -> bool:
    return isinstance(value, Unknown) and value.reason == may_set(filling).reason


def _asks_for(resolver: Resolver, name: str) -> bool:
    """Whether a module looks if an entry is there: something it loads may have set it."""
    return re.search(rf"""['"]{name}['"]\s+(?:not\s+)?in\b""", resolver.module.source.text) is not None


_OF_FILES = ("from_pyfile", "from_file", "from_envvar", "from_json")


def _written_at(value: Value[object], loaded: Span) -> Span:
    """Where a value is set that is loaded from an object."""
    spans = [place.span for place in places(value) if place.span != loaded]
    return spans[0] if spans else value.span or loaded


def _add_mapping(value: Value[object], span: Span, add: Callable[[object, Value[object], Span], None]) -> None:
    if isinstance(value, Known) and isinstance(value.value, MappingValue):
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
