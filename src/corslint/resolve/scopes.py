"""Where the names of a Python module are bound, changed in place and deleted: the events that decide a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from corslint.syntax.python import Module, dotted

if TYPE_CHECKING:
    import libcst as cst

    from corslint.syntax.python import Scope

Kind: TypeAlias = Literal[
    "assign", "augment", "import", "definition", "loop", "mutate", "store", "delete", "star", "other"
]
MUTATING = frozenset({
    "append", "extend", "insert", "remove", "clear", "add", "update", "pop", "discard", "sort", "reverse",
    "setdefault", "popitem", "appendleft", "difference_update", "intersection_update", "symmetric_difference_update",
})  # fmt: skip
"""The methods of list, set and dict that change them."""


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that happens to a name."""

    kind: Kind
    node: cst.CSTNode
    """The statement; for `mutate` the call, for `import` the alias, for `loop` the `for`."""
    target: cst.CSTNode | None = None
    """The target that holds the name, such as `a, b` in `a, b = 1, 2`."""
    elsewhere: cst.FunctionDef | cst.Lambda | None = None
    """The function it happens in, where that is not the scope of the name itself."""


class Scopes:
    """The scopes of one module and the events in each."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.star_imports: list[cst.ImportFrom] = []
        """`from x import *`, in order."""
        self.provide: Callable[[str], None] = lambda name: None
        """Told of each name that is looked up in the module, so that what star imports bring in can be added."""
        self.attribute_stores: dict[str, list[Event]] = {}
        """`a.b = value` by its dotted name, anywhere in the file."""
        self.stores_attributes_of: set[tuple[Scope, str]] = set()
        """The names, by their scope, of which statements set attributes."""
        self._scope: dict[cst.CSTNode, Scope] = {}
        self._events: dict[tuple[Scope, str], list[Event]] = {}
        self._parameters: dict[Scope, dict[str, cst.Param]] = {}
        self._declared: dict[tuple[Scope, str], Literal["global", "nonlocal"]] = {}
        self._relevant: dict[tuple[Scope, str], frozenset[cst.CSTNode]] = {}
        self._assigned_from: dict[tuple[Scope, str], list[tuple[Scope, str, Event]]] = {}
        self._methods: dict[cst.ClassDef, tuple[cst.FunctionDef, ...]] = {}
        self._renamings: list[tuple[cst.Name, Scope, str, Event]] = []
        self._dotted: list[tuple[Scope, str, Event]] = []
        self._collect()

    def scope(self, node: cst.CSTNode) -> Scope:
        """The scope in which a node is evaluated; for a scope, the one around it."""
        return self._scope[node]

    def methods(self, cls: cst.ClassDef) -> tuple[cst.FunctionDef, ...]:
        """The functions in the body of a class itself, in order."""
        import libcst

        if cls not in self._methods:
            inside = self.module.within(cls.body, libcst.FunctionDef)
            self._methods[cls] = tuple(one for one in inside if self.scope(one) is cls)
        return self._methods[cls]

    def around(self, node: cst.CSTNode) -> Iterator[Scope]:
        """The scopes from the one a node is evaluated in to the module."""
        scope = self._scope[node]
        while scope is not self.module.tree:
            yield scope
            scope = self._scope[scope]
        yield scope

    def events(self, scope: Scope, name: str) -> list[Event]:
        """What happens to a name of this scope, in the order of the source."""
        return self._events.get((scope, name), [])

    def names_of(self, scope: Scope) -> list[str]:
        """The names that a scope binds, in the order of the source."""
        return [name for owner, name in self._events if owner is scope and "." not in name and self.binds(scope, name)]

    def binds(self, scope: Scope, name: str) -> bool:
        """Whether the name belongs to this scope."""
        if scope is self.module.tree:
            self.provide(name)
        if (scope, name) in self._declared:
            return False
        return name in self._parameters.get(scope, {}) or any(
            event.kind not in ("mutate", "store") for event in self.events(scope, name)
        )

    def add_star(self, statement: cst.ImportFrom, name: str) -> None:
        """Note that a star import binds a name of the module."""
        events = self._events.setdefault((self.module.tree, name), [])
        events.append(Event("star", statement))
        events.sort(key=lambda event: self.module.order(event.node))
        self._relevant.pop((self.module.tree, name), None)

    def parameter(self, scope: Scope, name: str) -> cst.Param | None:
        """The parameter of a function or lambda."""
        return self._parameters.get(scope, {}).get(name)

    def parameters(self, scope: Scope) -> dict[str, cst.Param]:
        """All parameters of a function or lambda, in order, stars included."""
        return self._parameters.get(scope, {})

    def assigned_from(self, scope: Scope, name: str) -> list[tuple[Scope, str, Event]]:
        """The assignments `other = name` of a name of this scope, as (scope of `other`, other, event)."""
        return self._assigned_from.get((scope, name), [])

    def relevant(self, scope: Scope, name: str) -> frozenset[cst.CSTNode]:
        """The statements of a scope, and those around them, in which something happens to a name."""
        key = (scope, name)
        if key not in self._relevant:
            nodes: set[cst.CSTNode] = set()
            for event in self.events(scope, name):
                nodes.add(event.node)
                for ancestor in self.module.ancestors(event.node):
                    if ancestor is scope or ancestor in nodes:
                        break
                    nodes.add(ancestor)
            self._relevant[key] = frozenset(nodes)
        return self._relevant[key]

    def _collect(self) -> None:
        import libcst

        module, scopes = self.module, self._scope
        scopes[module.tree] = module.tree
        deferred: list[tuple[Scope, str, Event]] = []
        for node in module.walk():
            parent = module.parent(node)
            if parent is not None:
                scopes[node] = self._inner(parent, node)
            match node:
                case libcst.Assign():
                    for target in node.targets:
                        self._bind(node, "assign", node, target.target)
                case libcst.AnnAssign() if node.value is not None:
                    self._bind(node, "assign", node, node.target)
                case libcst.AugAssign():
                    self._bind(node, "augment", node, node.target)
                case libcst.NamedExpr():
                    self._bind(node, "assign", node, node.target)
                case libcst.For():
                    self._bind(node, "loop", node, node.target)
                case libcst.CompFor():
                    self._bind(node, "other", node, node.target)
                case libcst.AsName():
                    if isinstance(parent, (libcst.WithItem, libcst.ExceptHandler, libcst.ExceptStarHandler)):
                        self._bind(node, "other", module.statement(node), node.name)
                case libcst.MatchAs() | libcst.MatchStar() if node.name is not None:
                    self._bind(node, "other", module.statement(node), node.name)
                case libcst.MatchMapping() if node.rest is not None:
                    self._bind(node, "other", module.statement(node), node.rest)
                case libcst.TypeAlias():
                    self._bind(node, "other", node, node.name)
                case libcst.Del():
                    self._bind(node, "delete", node, node.target)
                case libcst.FunctionDef() | libcst.ClassDef():
                    self._add(scopes[node], node.name.value, Event("definition", node))
                    if isinstance(node, libcst.FunctionDef):
                        self._parameters[node] = _parameters(node.params)
                case libcst.Lambda():
                    self._parameters[node] = _parameters(node.params)
                case libcst.Import():
                    for alias in node.names:
                        self._add(scopes[node], _import_name(alias), Event("import", alias))
                case libcst.ImportFrom():
                    if isinstance(node.names, libcst.ImportStar):
                        self.star_imports.append(node)
                    else:
                        for alias in node.names:
                            self._add(scopes[node], _import_name(alias), Event("import", alias))
                case libcst.Global() | libcst.Nonlocal():
                    for item in node.names:
                        kind: Literal["global", "nonlocal"] = (
                            "global" if isinstance(node, libcst.Global) else "nonlocal"
                        )
                        self._declared[scopes[node], item.name.value] = kind
                case libcst.Call(func=libcst.Attribute(value=owner, attr=method)) if method.value in MUTATING:
                    if isinstance(owner, libcst.Name):
                        deferred.append((scopes[node], owner.value, Event("mutate", node, owner)))
                    elif name := dotted(owner):
                        self._store(scopes[node], name, Event("mutate", node, owner))
                    elif root := _root(owner):
                        deferred.append((scopes[node], root.value, Event("store", node, owner)))
                case _:
                    pass
        self._place_elsewhere(deferred)
        self._place_dotted()
        self._place_renamings()

    def _inner(self, parent: cst.CSTNode, node: cst.CSTNode) -> Scope:
        """The scope of a node whose parent's scope is known."""
        import libcst

        match parent:
            case libcst.FunctionDef() | libcst.ClassDef() | libcst.Lambda():
                # Decorators, defaults, annotations and bases are evaluated outside.
                return parent if node is parent.body else self._scope[parent]
            case libcst.ListComp() | libcst.SetComp() | libcst.GeneratorExp() | libcst.DictComp():
                return parent
            case libcst.CompFor() if node is parent.iter:
                scope = self._scope[parent]
                return self._scope[scope] if getattr(scope, "for_in", None) is parent else scope
        return self._scope[parent]

    def _bind(self, where: cst.CSTNode, kind: Kind, node: cst.CSTNode, target: cst.CSTNode) -> None:
        import libcst

        scope = self._scope[where]
        if kind == "assign" and isinstance(node, libcst.NamedExpr):
            while isinstance(scope, libcst.BaseComp):  # PEP 572: `:=` binds outside of the comprehension
                scope = self._scope[scope]
        waiting = [target]
        while waiting:
            part = waiting.pop()
            match part:
                case libcst.Name():
                    event = Event(kind, node, target)
                    self._add(scope, part.value, event)
                    if kind == "assign":
                        value_node = getattr(node, "value", None)
                        # `a, b = c, d` passes on what the tuple holds; `a = [c]` is another object than `c`.
                        if target is part and isinstance(value_node, (libcst.Tuple, libcst.List)):
                            continue
                        for value in passed_on(value_node):
                            self._renamings.append((value, scope, part.value, event))
                case libcst.Tuple() | libcst.List():
                    waiting.extend(element.value for element in reversed(part.elements))
                case libcst.Attribute() if name := dotted(part):
                    self._store(scope, name, Event(kind, node, part))
                case libcst.Subscript() | libcst.Attribute() if root := _root(part):
                    self._add(scope, root.value, Event("store", node, part))
                case _:
                    pass

    def _add(self, scope: Scope, name: str, event: Event) -> None:
        self._events.setdefault((scope, name), []).append(event)

    def _place_elsewhere(self, mutations: list[tuple[Scope, str, Event]]) -> None:
        """Give each change in place, and each binding after `global`, to the scope the name belongs to."""
        for (scope, name), events in list(self._events.items()):
            declared = self._declared.get((scope, name))
            foreign = [e for e in events if declared or (e.kind == "store" and not self.binds(scope, name))]
            if foreign:
                self._events[scope, name] = [e for e in events if e not in foreign]
                mutations.extend((scope, name, event) for event in foreign)
        touched: set[tuple[Scope, str]] = set()
        for scope, name, event in mutations:
            owner = self._owner(scope, name)
            function = None if owner is scope else self._function(scope, owner)
            self._add(owner, name, Event(event.kind, event.node, event.target, function))
            touched.add((owner, name))
        for key in touched:
            self._events[key].sort(key=lambda event: self.module.order(event.node))

    def _store(self, scope: Scope, name: str, event: Event) -> None:
        """Note that something happens to an attribute, by its dotted name."""
        self.attribute_stores.setdefault(name, []).append(event)
        self._dotted.append((scope, name, event))

    def _place_dotted(self) -> None:
        """Give what happens to attributes to the scope that the name before the dot belongs to."""
        for scope, name, event in self._dotted:
            owner = self._owner(scope, name.partition(".")[0])
            function = None if owner is scope else self._function(scope, owner)
            self._add(owner, name, Event(event.kind, event.node, event.target, function))
            self._events[owner, name].sort(key=lambda event: self.module.order(event.node))
            if name.count(".") == 1:
                self.stores_attributes_of.add((owner, name.partition(".")[0]))

    def _place_renamings(self) -> None:
        for value, scope, name, event in self._renamings:
            owner = self._owner(self._scope[value], value.value)
            self._assigned_from.setdefault((owner, value.value), []).append((scope, name, event))

    def _owner(self, scope: Scope, name: str) -> Scope:
        import libcst

        if self._declared.get((scope, name)) == "global":
            return self.module.tree
        current = scope
        while current is not self.module.tree:
            if self.binds(current, name) and (current is scope or not isinstance(current, libcst.ClassDef)):
                return current
            current = self._scope[current]
        return self.module.tree

    def _function(self, scope: Scope, owner: Scope) -> cst.FunctionDef | cst.Lambda | None:
        """The outermost function between a scope and the one around it that owns a name; None if it runs in place."""
        import libcst

        found: cst.FunctionDef | cst.Lambda | None = None
        while scope is not owner and scope is not self.module.tree:
            if isinstance(scope, (libcst.FunctionDef, libcst.Lambda)):
                found = scope
            scope = self._scope[scope]
        return found


def _root(node: cst.CSTNode) -> cst.Name | None:
    """The name that a chain of subscripts and attributes begins with, as `a` in `a["b"].c`."""
    import libcst

    while isinstance(node, (libcst.Subscript, libcst.Attribute)):
        node = node.value
    return node if isinstance(node, libcst.Name) else None


def held(node: cst.CSTNode | None) -> Iterator[cst.Name]:
    """The names whose objects are part of what an expression gives: `a` in `{"k": a}`, and those of `passed_on`."""
    import libcst

    match node:
        case libcst.Dict() | libcst.List() | libcst.Tuple():
            for element in node.elements:
                yield from held(element.value)
        case libcst.Call(func=libcst.Name("dict")):
            for argument in node.args:
                yield from held(argument.value)
        case _:
            yield from passed_on(node)


def passed_on(node: cst.CSTNode | None) -> Iterator[cst.Name]:
    """The names whose very object an expression may give: `a`, but also `a if x else b`, `a or b`; of `a, b` each."""
    import libcst

    match node:
        case libcst.Name():
            yield node
        case libcst.IfExp():
            yield from passed_on(node.body)
            yield from passed_on(node.orelse)
        case libcst.BooleanOperation():
            yield from passed_on(node.left)
            yield from passed_on(node.right)
        case libcst.NamedExpr():
            yield from passed_on(node.value)
        case libcst.Tuple() | libcst.List():  # for `a, b = c, d`
            for element in node.elements:
                yield from passed_on(element.value)
        case _:
            pass


def _parameters(parameters: cst.Parameters) -> dict[str, cst.Param]:
    import libcst

    every = [*parameters.posonly_params, *parameters.params]
    if isinstance(parameters.star_arg, libcst.Param):
        every.append(parameters.star_arg)
    every.extend(parameters.kwonly_params)
    if parameters.star_kwarg is not None:
        every.append(parameters.star_kwarg)
    return {parameter.name.value: parameter for parameter in every}


def _import_name(alias: cst.ImportAlias) -> str:
    import libcst

    if alias.asname is not None and isinstance(alias.asname.name, libcst.Name):
        return alias.asname.name.value
    name: cst.CSTNode = alias.name
    while isinstance(name, libcst.Attribute):
        name = name.value
    return name.value if isinstance(name, libcst.Name) else ""
