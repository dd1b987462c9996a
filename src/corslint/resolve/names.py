"""What names refer to: imports, classes and functions, instances; not values."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, cast

from corslint.resolve.scopes import Event, Scopes, held
from corslint.syntax.python import Module, dotted
from corslint.values import Unknown

if TYPE_CHECKING:
    import libcst as cst

    from corslint.syntax.python import Definition, Scope

MAX_LINKS = 20
"""Assignments from name to name that are followed."""


class Names:
    """Looks up what the names of one module refer to."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.module = scopes.module
        self._qualified: dict[cst.CSTNode, tuple[str, ...]] = {}

    def qualified(self, node: cst.BaseExpression, links: int = 0) -> tuple[str, ...]:
        """All qualified names an expression can have; empty where it is not an imported or built-in thing."""
        if node not in self._qualified:
            self._qualified[node] = ()  # for a name that leads back to itself
            self._qualified[node] = tuple(dict.fromkeys(self._names(node, links))) if links < MAX_LINKS else ()
        return self._qualified[node]

    def _names(self, node: cst.BaseExpression, links: int) -> Iterator[str]:
        import libcst

        if isinstance(node, libcst.Attribute):
            for owner in self.qualified(node.value, links + 1):
                yield f"{owner}.{node.attr.value}"
            return
        if isinstance(node, libcst.IfExp):
            yield from self.qualified(node.body, links + 1)
            yield from self.qualified(node.orelse, links + 1)
            return
        if not isinstance(node, libcst.Name):
            return
        scope = self._scope_of_name(node)
        if scope is None:
            for star in self.scopes.star_imports:
                yield f"{module_name(star)}.{node.value}"
            if hasattr(builtins, node.value):
                yield f"builtins.{node.value}"
            return
        yield from self._named_by(self._reaching(node, scope), node.value, links)

    def of_name(self, name: str) -> tuple[str, ...]:
        """All qualified names a name of the module can have for who imports it."""
        tree = self.module.tree
        if not self.scopes.binds(tree, name):
            return ()
        return tuple(dict.fromkeys(self._named_by(self._last(self.scopes.events(tree, name), tree), name, 0)))

    def _named_by(self, events: Iterable[Event], name: str, links: int) -> Iterator[str]:
        import libcst

        for event in events:
            if event.kind == "star":
                yield f"{module_name(cast('cst.ImportFrom', event.node))}.{name}"
            elif event.kind == "import":
                yield imported_name(self.module, event.node, name)
            elif event.kind == "assign" and isinstance(event.target, libcst.Name):
                value = cast("cst.BaseExpression", getattr(event.node, "value", None))
                if isinstance(value, (libcst.Name, libcst.Attribute, libcst.IfExp)):
                    yield from self.qualified(value, links + 1)

    def module_of(self, node: cst.BaseExpression) -> str | None:
        """The module that brings in the name an expression begins with: "config" for `settings.x`."""
        import libcst

        first = _first_name(node)
        scope = None if first is None else self._scope_of_name(first)
        if first is None or scope is None:
            return None
        for event in self._reaching(first, scope):
            if event.kind == "import":
                name = imported_name(self.module, event.node, first.value)
                is_from = isinstance(self.module.parent(event.node), libcst.ImportFrom)
                return _parent(name) if is_from else name
        return None

    def is_bound(self, node: cst.BaseExpression) -> bool:
        """Whether the name an expression begins with is set anywhere in this module."""
        first = _first_name(node)
        return first is not None and self._scope_of_name(first) is not None

    def is_module(self, node: cst.BaseExpression) -> bool:
        """Whether an expression names a module, as far as imports tell: `os` and `os.path`, not `settings.x`."""
        import libcst

        if isinstance(node, libcst.Attribute):
            return self.is_module(node.value) and not node.attr.value[:1].isupper()
        if not isinstance(node, libcst.Name):
            return False
        scope = self._scope_of_name(node)
        events = [] if scope is None else self._reaching(node, scope)
        return bool(events) and all(event.kind == "import" for event in events)

    def scope_of_root(self, node: cst.BaseExpression) -> Scope | None:
        """The scope of the name an expression begins with; the module for one that is not bound."""
        first = _first_name(node)
        return None if first is None else self._scope_of_name(first) or self.module.tree

    def is_in_place(self, node: cst.BaseExpression, scope: Scope) -> bool:
        """Whether an expression is evaluated where it stands among the statements of a scope, and not later."""
        import libcst

        for inner in self.scopes.around(node):
            if inner is scope:
                return True
            if isinstance(inner, (libcst.FunctionDef, libcst.Lambda)):
                return False
        return False

    def aliases(self, names: Collection[str]) -> set[str]:
        """The names of this module under which imports or assignments bring in something called one of `names`."""
        import libcst

        found: set[str] = set()
        wanted = set(names)
        for _ in range(3):
            before = len(found)
            for alias in self.module.find(libcst.ImportAlias):
                renamed = alias.asname.name if alias.asname is not None else None
                if isinstance(renamed, libcst.Name) and (dotted(alias.name) or "").rpartition(".")[2] in wanted:
                    found.add(renamed.value)
            for assign in self.module.find(libcst.Assign):
                if (dotted(assign.value) or "").rpartition(".")[2] in wanted | found:
                    found.update(part.target.value for part in assign.targets if isinstance(part.target, libcst.Name))
            if len(found) == before:
                break
        return found

    def definition(self, node: cst.BaseExpression, links: int = 0) -> Definition | None:
        """The class or function of this module that an expression names."""
        import libcst

        if not isinstance(node, libcst.Name) or links > MAX_LINKS:
            return None
        scope = self._scope_of_name(node)
        if scope is None:
            return None
        for event in self._reaching(node, scope):
            if event.kind == "definition":
                return cast("Definition", event.node)
            if event.kind == "assign" and isinstance(event.target, libcst.Name):
                value = getattr(event.node, "value", None)
                if isinstance(value, libcst.Name) and value is not node:
                    return self.definition(value, links + 1)
        return None

    def assigned_expression(self, node: cst.Name) -> cst.BaseExpression | None:
        """The expression last assigned to a name before it stands there; None where it is bound otherwise."""
        import libcst

        scope = self._scope_of_name(node)
        events = [] if scope is None else self._reaching(node, scope)
        if not events or events[-1].kind != "assign" or not isinstance(events[-1].target, libcst.Name):
            return None
        return cast("cst.BaseExpression | None", getattr(events[-1].node, "value", None))

    def class_of(self, node: cst.BaseExpression) -> cst.ClassDef | None:
        """The class of this module that an expression is an instance of."""
        found = self.instance(node)
        return None if found is None else found[0]

    def instance(self, node: cst.BaseExpression, links: int = 0) -> tuple[cst.ClassDef, cst.Call | None] | None:
        """The class of this module that an expression is an instance of, and the call that made it (not for `self`)."""
        import libcst

        if links > MAX_LINKS:
            return None
        if isinstance(node, libcst.Call):
            found = self.definition(node.func)
            if isinstance(found, libcst.ClassDef):
                return found, node
            return None if found is None else self._returned(found, links)
        if not isinstance(node, libcst.Name):
            return None
        scope = self._scope_of_name(node)
        if scope is None:
            return None
        if self.scopes.parameter(scope, node.value) is not None and not self.scopes.events(scope, node.value):
            owner = self.scopes.scope(scope)
            is_self = node.value == "self" and isinstance(owner, libcst.ClassDef)
            return (cast("cst.ClassDef", owner), None) if is_self else None
        for event in self._reaching(node, scope):
            if event.kind == "assign" and isinstance(event.target, libcst.Name):
                value = getattr(event.node, "value", None)
                if isinstance(value, (libcst.Call, libcst.Name)):
                    return self.instance(value, links + 1)
        return None

    def _returned(self, function: cst.FunctionDef, links: int) -> tuple[cst.ClassDef, cst.Call | None] | None:
        """The instance a function with one `return Settings()` gives."""
        import libcst

        returns = [
            node for node in self.module.find(libcst.Return) if self.scopes.scope(node) is function and node.value
        ]
        if len(returns) != 1 or returns[0].value is None:
            return None
        return self.instance(returns[0].value, links + 1)

    def _scope_of_name(self, node: cst.Name) -> Scope | None:
        """The scope that binds a name seen from where it stands; None for builtins and unknown names."""
        import libcst

        passed_function = False
        for scope in self.scopes.around(node):
            if isinstance(scope, libcst.ClassDef) and passed_function:
                continue
            if self.scopes.binds(scope, node.value):
                return scope
            passed_function = passed_function or not isinstance(scope, libcst.ClassDef)
        return None

    def _reaching(self, node: cst.Name, scope: Scope) -> list[Event]:
        """The bindings that may hold at a name: the last certain one and the conditional ones after it, in order."""
        in_place = self.is_in_place(node, scope)
        here = self.module.order(node)
        events = [
            event
            for event in self.scopes.events(scope, node.value)
            if event.kind not in ("mutate", "store") and not (in_place and self.module.order(event.node) > here)
        ]
        return self._last(events, scope)

    def _last(self, events: Iterable[Event], scope: Scope) -> list[Event]:
        """The last certain binding and the conditional ones after it."""
        kept: list[Event] = []
        for event in events:
            if event.kind in ("mutate", "store"):
                continue
            if not self._is_conditional(event.node, scope):
                kept = []
            kept.append(event)
        return kept

    def _is_conditional(self, node: cst.CSTNode, scope: Scope) -> bool:
        import libcst

        for ancestor in self.module.ancestors(node):
            if ancestor is scope:
                return False
            if isinstance(ancestor, (libcst.If, libcst.Try, libcst.TryStar, libcst.While, libcst.For, libcst.Match)):
                return True
        return False

    def changed_through_alias(self, scope: Scope, name: str, until: cst.CSTNode | None) -> Unknown | None:
        """Why a list cannot be followed that also goes by another name, under which it is changed in place."""
        end = None if until is None else self.module.order(until)
        since = {(scope, name): -1}
        waiting = [(scope, name)]
        while waiting and len(since) <= MAX_LINKS:
            current = waiting.pop()
            for where, other, event in self._aliases_of(*current):
                if (where, other) in since:
                    continue
                since[where, other] = max(since[current], self.module.order(event.node))
                waiting.append((where, other))
                change = self._change(where, other, scope, since[where, other], end)
                if change is not None:
                    return Unknown(
                        f"`{name}` and `{other}` are the same object, and it is changed as `{other}`",
                        self.module.span(change.node),
                    )
        return None

    def _change(self, where: Scope, name: str, scope: Scope, since: int, end: int | None) -> Event | None:
        """A change in place of a name that may reach another of the same object between two places of `scope`."""
        for event in self.scopes.events(where, name):
            if event.kind in ("mutate", "store", "augment"):
                at = self.module.order(event.node)
                # Within one scope the order decides; a function may run at any time.
                if where is not scope or event.elsewhere or (at > since and (end is None or at < end)):
                    return event
        return None

    def _aliases_of(self, scope: Scope, name: str) -> Iterator[tuple[Scope, str, Event]]:
        """The names that stand for the same object or a part of it, by an assignment from name to name either way."""
        import libcst

        for event in self.scopes.events(scope, name):
            for value in held(getattr(event.node, "value", None)) if event.kind in ("assign", "store") else ():
                owner = self._scope_of_name(value)
                if owner is not None:
                    yield owner, value.value, event
            if event.kind == "assign" and isinstance(event.node, libcst.Assign) and len(event.node.targets) > 1:
                for target in event.node.targets:
                    if isinstance(target.target, libcst.Name) and target.target.value != name:
                        yield scope, target.target.value, event
        yield from self.scopes.assigned_from(scope, name)

    def unbound_reason(self, name: str) -> str:
        """Why a name that nothing in this module binds is not known."""
        if self.scopes.star_imports:
            modules = ", ".join(f"`{module_name(star)}`" for star in self.scopes.star_imports)
            return f"`{name}` comes from a star import of {modules}"
        return f"`{name}` is not set in this file"


def _first_name(node: cst.CSTNode) -> cst.Name | None:
    """`settings` for `settings.get().x["y"]`."""
    import libcst

    while isinstance(node, (libcst.Attribute, libcst.Subscript, libcst.Call)):
        node = node.func if isinstance(node, libcst.Call) else node.value
    return node if isinstance(node, libcst.Name) else None


def imported_name(module: Module, node: cst.CSTNode, name: str) -> str:
    """The qualified name an import gives to a name."""
    import libcst

    assert isinstance(node, libcst.ImportAlias)
    statement = module.parent(node)
    written = dotted(node.name) or ""
    if isinstance(statement, libcst.ImportFrom):
        source = module_name(statement)
        return f"{source}{written}" if source.endswith(".") else f"{source}.{written}"
    # `import a.b` binds `a`, `import a.b as c` binds `a.b`.
    return written if node.asname is not None else name


def module_name(statement: cst.ImportFrom) -> str:
    """The module that `from module import ...` names, with its leading dots."""
    written = "" if statement.module is None else dotted(statement.module) or ""
    return "." * len(statement.relative) + written


def import_reason(module: Module, node: cst.CSTNode, name: str) -> str:
    """Why an imported name is not known."""
    return f"`{name}` is imported from `{_parent(imported_name(module, node, name))}`"


def _parent(name: str) -> str:
    """The module of a qualified name; the dots of a relative import stay."""
    dots = len(name) - len(name.lstrip("."))
    return "." * dots + name[dots:].rpartition(".")[0] or name
