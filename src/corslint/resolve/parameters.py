"""What a parameter is that no call being followed has bound: what the callers in the project pass, or its default.

For an application factory, `def create_app(config_name="development")`, and helpers such as `add_cors(app, origins)`.
Callers in tests and documentation say nothing of what runs in production.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.environment import of_path
from corslint.resolve import calls
from corslint.resolve.conditions import CALLED_IN, Conditions, Frame, environment, merge, one_of
from corslint.resolve.objects import ClassObject, External, FunctionObject
from corslint.resolve.operations import equal
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem
from corslint.values import Alternative, Condition, Known, OneOf, Place, Unknown, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.resolve.python import Resolver

MAX_NAMES = 60
"""Names of functions that a run looks for in all of its files."""
MAX_FILES = 3000
"""Files that are searched for a name, the nearest first."""
MAX_PARSED = 12
"""Files that mention a function and are read for calls of it; where there are more, its callers are not known."""
MAX_CALLERS = 12
"""Calls of one function that are told apart; where there are more, its callers are not known."""
_RUN_WITHOUT_ARGUMENTS = frozenset({"FlaskGroup", "Manager", "run"})
"""What calls an application factory without arguments: `FlaskGroup(create_app=f)`, `uvicorn.run(f, factory=True)`."""


_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\S+)[ \t]+)?import\b[ \t]*(?:\([^()]{0,4000}|[^\n]*)", re.MULTILINE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """A place that calls a function of the project."""

    resolver: Resolver
    node: cst.CSTNode
    """The call; where the function is handed on to something else, its name there."""
    cls: ClassObject | None = None
    """The class that is called, for a constructor."""


@dataclass(slots=True)
class Callers:
    """The callers found in a project so far."""

    project: Project
    by_function: dict[cst.CSTNode, tuple[Caller, ...] | None] = field(default_factory=dict)
    mentions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The paths of the files that mention a name."""
    nearest: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, evaluator: Evaluator, function: cst.FunctionDef) -> tuple[Caller, ...] | None:
        """The callers of a function; None where some cannot be seen."""
        if function not in self.by_function:
            self.by_function[function] = None  # for a function that is only called from within itself
            self.by_function[function] = self._find(evaluator, function)
        return self.by_function[function]

    def _find(self, evaluator: Evaluator, function: cst.FunctionDef) -> tuple[Caller, ...] | None:
        import libcst

        owner = evaluator.scopes.scope(function)
        name = function.name.value
        is_method = isinstance(owner, libcst.ClassDef)
        if isinstance(owner, libcst.ClassDef) and name == "__init__":
            name = owner.name.value
        elif is_method and name.startswith("__"):
            return None
        found: list[Caller] = []
        is_local = isinstance(owner, libcst.FunctionDef)
        for resolver in (evaluator, *self._others(evaluator, name, is_local)):
            if resolver is None:
                return None
            for caller in _callers(resolver, evaluator, function, name):  # type: ignore[arg-type]
                if caller is None or len(found) == MAX_CALLERS:
                    return None
                found.append(caller)
        return tuple(found)

    def _others(self, evaluator: Evaluator, name: str, is_local: bool) -> Iterator[Resolver | None]:
        """The other modules that may call a function; None for those that are not read."""
        from corslint.resolve.python import resolver_of

        if is_local:
            return
        own = evaluator.module.source
        module = stem(own.path)
        parsed = 0
        for path in self.mentioning(own, name):
            source = self.project.source(path)
            if source is None or source is own or not _imports(source.text, name, module):
                continue
            parsed += 1
            if parsed > MAX_PARSED:
                yield None
                return
            try:
                yield resolver_of(self.project, source)
            except SyntaxProblem:
                continue

    def mentioning(self, own: Source, name: str) -> Sequence[str]:
        """The Python files around one that mention a name, the nearest first."""
        if name not in self.mentions:
            if len(self.mentions) == MAX_NAMES:
                return ()
            self.mentions[name] = tuple(path for path in self.near(own) if self.project.mentions(path, name))
        return self.mentions[name]

    def near(self, own: Source) -> Sequence[str]:
        """The Python files around one, itself included, the nearest first; tests only where it is one as well."""
        if own.path not in self.nearest:
            kind = self._kind(own.path)
            found = (
                path
                for path in self.project.nearby(own.path)
                if path.endswith((".py", ".pyw")) and self._kind(path) in (None, kind)
            )
            nearest = sorted(found, key=lambda path: (-_shared(path, own.path), path))
            self.nearest[own.path] = tuple(nearest[:MAX_FILES])
        return self.nearest[own.path]

    def _kind(self, path: str) -> str | None:
        """What a file is besides a part of the program: a test or documentation; None if it is neither."""
        listed = self.project.listed(path)
        inside = path if listed is None else listed.inside
        kind = of_path(path, self.project.environment_marks, inside=inside).kind
        return kind if kind in ("test", "documentation") else None


def callers(project: Project) -> Callers:
    """The callers of the functions of a project."""
    return project.once(_made)


def _made(project: Project) -> Callers:
    return Callers(project)


def unbound(
    evaluator: Evaluator, function: cst.FunctionDef, name: str, typed: Value[object] | None
) -> Value[object] | None:
    """What a parameter is where no call is followed; `typed` is what its annotation says, where that says anything."""
    given = passed(evaluator, function, name)
    if given is not None and not any(isinstance(way.value, Unknown) for way in alternatives(given)):
        return given
    return typed or given or default(evaluator, function, name)


def passed(evaluator: Evaluator, function: cst.FunctionDef, name: str) -> Value[object] | None:
    """What the callers in the project pass for a parameter; None where not all of them are seen, or there are none."""
    if not _is_plain(evaluator, function) or _is_star(function, name):
        return None
    is_receiver = _has_receiver(evaluator, function) and next(iter(evaluator.scopes.parameters(function)), None) == name
    known = None if is_receiver else callers(evaluator.project).of(evaluator, function)
    if not known:
        return None
    found: list[tuple[Caller, Conditions, Value[object]]] = []
    for caller in known:
        site = caller.resolver.site(caller.node)
        if site is None:
            continue  # never reached
        value = _given(caller, evaluator, function, name, site[1])
        if value is None:
            return None
        found.append((caller, site[0], value))
    return _agreed(evaluator, function, found)


def default(evaluator: Evaluator, function: cst.FunctionDef, name: str) -> Value[object] | None:
    """The default of a parameter, for a function that nothing in the project calls; None where there is none."""
    parameter = evaluator.scopes.parameter(function, name)
    if parameter is None or parameter.default is None or not _is_plain(evaluator, function):
        return None
    if callers(evaluator.project).of(evaluator, function) != ():
        return None
    value = evaluator.evaluate(parameter.default, Frame())
    place = Place(evaluator.module.span(parameter), f"default of `{name}`")
    return replace(value, trail=(place, *value.trail))


def _is_plain(evaluator: Evaluator, function: cst.FunctionDef) -> bool:
    """Whether no decorator may call the function, as those of routes, commands and fixtures do."""
    return all(calls.HARMLESS.intersection(evaluator.names.qualified(one.decorator)) for one in function.decorators)


def _is_star(function: cst.FunctionDef, name: str) -> bool:
    import libcst

    stars = (function.params.star_arg, function.params.star_kwarg)
    return any(isinstance(star, libcst.Param) and star.name.value == name for star in stars)


def _given(
    caller: Caller, evaluator: Evaluator, function: cst.FunctionDef, name: str, frame: Frame
) -> Value[object] | None:
    """What one caller gives to a parameter; None where that is not seen."""
    import libcst

    span = caller.resolver.module.span(caller.node)
    if not isinstance(caller.node, libcst.Call):
        arguments = calls.Arguments()
    else:
        arguments = caller.resolver.passed(caller.node, frame)
    if arguments.unseen is not None:
        return None
    receiver: Known[object] | None = Known(None) if _has_receiver(evaluator, function) else None
    bound = calls.bound(FunctionObject(evaluator, function, receiver=receiver), arguments, span)
    if isinstance(bound, Unknown) or name not in bound:
        return None
    place = Place(span, f"`{name}` of `{function.name.value}()` is given here")
    value = bound[name]
    return replace(value, trail=(place, *value.trail))


def _has_receiver(evaluator: Evaluator, function: cst.FunctionDef) -> bool:
    """Whether the first parameter is what a method is called of."""
    import libcst

    is_static = any(
        "builtins.staticmethod" in evaluator.names.qualified(decorator.decorator) for decorator in function.decorators
    )
    return isinstance(evaluator.scopes.scope(function), libcst.ClassDef) and not is_static


def _agreed(
    evaluator: Evaluator, function: cst.FunctionDef, found: Sequence[tuple[Caller, Conditions, Value[object]]]
) -> Value[object] | None:
    """The value that all callers give, or the one of each under the condition that it is the one that runs."""
    if not found:
        return None
    _, _, first = found[0]
    if all(_same(first, value) for _, _, value in found[1:]):
        return first
    exclusive = all(
        merge(one, other) is None for index, (_, one, _) in enumerate(found) for _, other, _ in found[index + 1 :]
    )
    paths = [caller.resolver.module.source.path for caller, _, _ in found]
    ways: list[Alternative[object]] = []
    for (caller, conditions, value), path in zip(found, paths, strict=True):
        if not exclusive:
            line = caller.resolver.module.span(caller.node).line
            where = path if paths.count(path) == 1 else f"{path}:{line}"
            conditions = (Condition(f"`{function.name.value}()`", f"{CALLED_IN} {where}"), *conditions)
        for one in alternatives(value):
            both = merge(conditions, one.conditions)
            if both is not None:
                ways.append(Alternative(both, one.value, environment(both)))
    return one_of(ways, evaluator.module.span(function.name))


def _same(one: Value[object], other: Value[object]) -> bool:
    """Whether two values are the same, wherever they stand."""
    if isinstance(one, OneOf) and isinstance(other, OneOf):
        return len(one.alternatives) == len(other.alternatives) and all(
            a.conditions == b.conditions and _same(a.value, b.value)
            for a, b in zip(one.alternatives, other.alternatives, strict=True)
        )
    if not isinstance(one, Known) or not isinstance(other, Known) or one.override != other.override:
        return False
    if isinstance(one.value, External) or isinstance(other.value, External):
        calls_of = [getattr(value.value, "call", None) for value in (one, other)]
        return calls_of[0] is not None and calls_of[0] is calls_of[1]
    return equal(one, other)


# --- Finding the callers.


def _callers(resolver: Resolver, evaluator: Evaluator, function: cst.FunctionDef, name: str) -> Iterator[Caller | None]:
    """The places of a module that call a function, or hand it on; None for one where that is not seen."""
    import libcst

    module = resolver.module
    names = {name, *resolver.names.aliases({name})}
    is_method = isinstance(evaluator.scopes.scope(function), libcst.ClassDef)
    for node in module.walk():
        if not isinstance(node, (libcst.Name, libcst.Attribute)):
            continue
        text = node.value if isinstance(node, libcst.Name) else node.attr.value
        parent = module.parent(node)
        if text not in names or not _is_used(node, parent) or _is_inside(resolver, node, function):
            continue
        is_call = isinstance(parent, libcst.Call) and parent.func is node
        stands = _stands_for(resolver, node, function)
        if stands is None:
            # Nothing is known of the object that a method of this name is called of.
            if is_method and is_call and isinstance(node, libcst.Attribute) and name == function.name.value:
                yield None
            continue
        cls = stands if isinstance(stands, ClassObject) else None
        if is_call:
            assert parent is not None
            yield Caller(resolver, parent, cls)
        elif isinstance(parent, (libcst.Assign, libcst.AnnAssign)):
            continue  # another name of the same function, which is looked for as well
        elif cls is not None and not isinstance(parent, libcst.Arg):
            continue  # an annotation, `isinstance()`, an attribute of the class
        else:
            yield _handed_on(resolver, node, parent)


def _is_used(node: cst.CSTNode, parent: cst.CSTNode | None) -> bool:
    """Whether a name stands for what it names, and is not defined, imported or part of a longer name there."""
    import libcst

    if isinstance(parent, libcst.Attribute):
        return False
    if isinstance(parent, (libcst.ImportAlias, libcst.AsName, libcst.Global, libcst.NameItem, libcst.Param)):
        return isinstance(parent, libcst.Param) and node is parent.default
    if isinstance(parent, (libcst.FunctionDef, libcst.ClassDef)):
        return False
    return not (isinstance(parent, libcst.Arg) and node is parent.keyword)


def _is_inside(resolver: Resolver, node: cst.CSTNode, function: cst.FunctionDef) -> bool:
    return any(ancestor is function for ancestor in resolver.module.ancestors(node))


def _stands_for(
    resolver: Resolver, node: cst.Name | cst.Attribute, function: cst.FunctionDef
) -> FunctionObject | ClassObject | None:
    """The function, or the class of which it is the constructor, where an expression may be that."""
    for way in alternatives(resolver.evaluate_plain(node)):
        value = way.value.value if isinstance(way.value, Known) else None
        if isinstance(value, FunctionObject) and value.node is function:
            return value
        if isinstance(value, ClassObject):
            from corslint.resolve import classes

            made_by = next((m for _, m in classes.methods(value) if m.name.value == "__init__"), None)
            if made_by is function:
                return value
    return None


def _handed_on(resolver: Resolver, node: cst.CSTNode, parent: cst.CSTNode | None) -> Caller | None:
    """What a function is handed to as the caller, where that calls it without arguments."""
    import libcst

    call = None if parent is None else resolver.module.parent(parent)
    if isinstance(call, libcst.Call):
        called = call.func.attr if isinstance(call.func, libcst.Attribute) else call.func
        if isinstance(called, libcst.Name) and called.value in _RUN_WITHOUT_ARGUMENTS:
            return Caller(resolver, node)
    return None


def _imports(text: str, name: str, module: str) -> bool:
    """Whether a file may import something of this name, or something from a module of this one."""
    for found in _IMPORT.finditer(text):
        words = set(_WORD.findall(found[0]))
        if name in words or module in words or (found[1] or "").startswith("."):
            return True
    return False


def stem(path: str) -> str:
    """What imports call the module in a file: its name, or the one of its package."""
    *folders, name = path.split("/")
    module = name.rpartition(".")[0]
    return folders[-1] if module == "__init__" and folders else module


def _shared(path: str, other: str) -> int:
    """How many folders two paths have in common."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += 1
    return count
