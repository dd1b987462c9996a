"""What the attributes of this file's classes are: class bodies, bases, settings classes fed by the environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from corslint.resolve.conditions import Frame
from corslint.syntax.python import Module
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Definition

_RECORDS = frozenset({"dataclass", "define", "frozen", "attrs", "BaseModel", "BaseSettings", "NamedTuple", "Struct"})


@dataclass(frozen=True, slots=True)
class Attributes:
    """Looks up class attributes of one module."""

    evaluator: Evaluator

    @property
    def module(self) -> Module:
        """The module."""
        return self.evaluator.module

    def value(self, node: cst.Attribute, frame: Frame) -> Value[object] | None:
        """What `owner.name` is where the owner is a class of this file or an instance of one; None for others."""
        names, name = self.evaluator.names, node.attr.value
        instance = names.instance(node.value)
        if instance is None:
            owner = names.definition(node.value)
            return None if owner is None else self.member(owner, name, set())
        owner, made_by = instance
        if made_by is None and (self._is_record(owner) or self._has_subclass(owner)):
            return Unknown(f"`self.{name}` is not the same for every `{owner.name.value}`", self.module.span(node))
        if made_by is not None and self._is_record(owner):
            for argument in made_by.args:
                if argument.keyword is None:
                    return Unknown(f"`{self.module.text(made_by)}` may set `{name}`", self.module.span(made_by))
                if argument.keyword.value == name:
                    return self.evaluator.evaluate(argument.value, Frame())
        return self.member(owner, name, set())

    def _is_record(self, owner: cst.ClassDef) -> bool:
        """Whether the fields of an instance are what its constructor is given: a dataclass or a pydantic model."""
        import libcst

        names = self.evaluator.names
        marks = [decorator.decorator for decorator in owner.decorators]
        callees = [mark.func if isinstance(mark, libcst.Call) else mark for mark in marks]
        every = [name for node in (*callees, *(base.value for base in owner.bases)) for name in names.qualified(node)]
        return any(name.rpartition(".")[2] in _RECORDS for name in every)

    def _has_subclass(self, owner: cst.ClassDef) -> bool:
        import libcst

        names = self.evaluator.names
        return any(
            names.definition(base.value) is owner for other in self.module.find(libcst.ClassDef) for base in other.bases
        )

    def member(self, owner: Definition, name: str, seen: set[cst.CSTNode]) -> Value[object] | None:
        """What a class attribute of this file is; None where neither the class nor a base of this file sets it."""
        import libcst

        if not isinstance(owner, libcst.ClassDef) or owner in seen:
            return None
        seen.add(owner)
        for function in owner.body.body:
            if isinstance(function, libcst.FunctionDef) and function.name.value in ("__getattr__", "__getattribute__"):
                return self.evaluator.not_followed(function)
        stores = [
            s for s in self.evaluator.scopes.attribute_stores.get(f"self.{name}", ()) if self._is_within(s.node, owner)
        ]
        if stores:
            return Unknown(f"`self.{name}` is set at run time", self.module.span(stores[0].node))
        if self.evaluator.scopes.binds(owner, name):
            value = self.evaluator.flow(owner, name, None, Frame())
            if value is None:
                return None
            return self._field(owner, name, value)
        for base in owner.bases:
            above = self.evaluator.names.definition(base.value)
            if above is None:
                if "builtins.object" in self.evaluator.names.qualified(base.value):
                    continue
                return Unknown(
                    f"`{name}` may come from `{self.module.text(base.value)}`, which is defined elsewhere",
                    self.module.span(base),
                )
            found = self.member(above, name, seen)
            if found is not None:
                return found
        return None

    def _is_within(self, node: cst.CSTNode, owner: cst.CSTNode) -> bool:
        return any(ancestor is owner for ancestor in self.module.ancestors(node))

    def _field(self, owner: cst.ClassDef, name: str, value: Value[object]) -> Value[object]:
        """A class attribute; one of a settings class can be replaced by the environment."""
        if isinstance(value, Known) and self._is_settings(owner, set()):
            return replace(value, override=value.override or f"{self._prefix(owner)}{name}".upper())
        return value

    def _is_settings(self, owner: cst.ClassDef, seen: set[cst.CSTNode]) -> bool:
        if owner in seen:
            return False
        seen.add(owner)
        for base in owner.bases:
            if any(name.endswith(".BaseSettings") for name in self.evaluator.names.qualified(base.value)):
                return True
            above = self.evaluator.names.definition(base.value)
            if above is not None and hasattr(above, "bases") and self._is_settings(cast("cst.ClassDef", above), seen):
                return True
        return False

    def _prefix(self, owner: cst.ClassDef) -> str:
        """`env_prefix` of `model_config = SettingsConfigDict(...)` or of `class Config`."""
        import libcst

        for call in self.module.find(libcst.Call):
            if self.module.assigned(call) == "model_config" and self.evaluator.scopes.scope(call) is owner:
                for argument in call.args:
                    if argument.keyword is not None and argument.keyword.value == "env_prefix":
                        value = self.evaluator.evaluate(argument.value, Frame())
                        if isinstance(value, Known) and isinstance(value.value, str):
                            return value.value
        for inner in owner.body.body:
            if isinstance(inner, libcst.ClassDef) and inner.name.value == "Config":
                binds = self.evaluator.scopes.binds(inner, "env_prefix")
                found = self.evaluator.flow(inner, "env_prefix", None, Frame()) if binds else None

                if isinstance(found, Known) and isinstance(found.value, str):
                    return found.value
        return ""
