"""What the attributes of this file's classes are: class bodies, bases, settings classes fed by the environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from corslint.resolve.conditions import Frame
from corslint.syntax.python import Module, dotted
from corslint.values import Known, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator
    from corslint.syntax.python import Definition

_RECORDS = frozenset({"dataclass", "define", "frozen", "attrs", "BaseModel", "BaseSettings", "NamedTuple", "Struct"})
_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"})
_VALIDATORS = frozenset({"validator", "field_validator"})


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
        import libcst

        names, name = self.evaluator.names, node.attr.value
        if name == "value" and isinstance(node.value, libcst.Attribute):
            of_enum = names.definition(node.value.value)
            if of_enum is not None and self._bases(of_enum) & _ENUMS:
                return self.member(of_enum, node.value.attr.value, set())
        instance = names.instance(node.value)
        if instance is None:
            definition = names.definition(node.value)
            if definition is None:
                return None
            bases = self._bases(definition)
            if bases & _ENUMS and not bases & {"str", "int", "StrEnum", "IntEnum"}:
                return Unknown(f"`{self.module.text(node)}` is a member of an enumeration", self.module.span(node))
            return self.member(definition, name, set())
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

    def _bases(self, owner: Definition) -> set[str]:
        """The last words of the qualified names of a class's bases."""
        bases = getattr(owner, "bases", ())
        return {name.rpartition(".")[2] for base in bases for name in self.evaluator.names.qualified(base.value)}

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
        """A class attribute; a field of a settings class is validated, and can be replaced by the environment.

        https://docs.pydantic.dev/latest/concepts/pydantic_settings/
        """
        if not self._is_settings(owner, set()):
            return value
        import libcst

        for statement in self.module.find(libcst.AnnAssign):
            is_it = self.evaluator.scopes.scope(statement) is owner and dotted(statement.target) == name
            if is_it and "Url" in self.module.span(statement.annotation).text:
                span = self.module.span(statement)
                return Unknown(f"`{name}` becomes a URL, which may get a slash at its end", span)
        for function in owner.body.body:
            if isinstance(function, libcst.FunctionDef) and self._validates(function, name):
                return Unknown(f"`{function.name.value}()` may change `{name}`", self.module.span(function.name))
        if not isinstance(value, Known):
            return value
        return replace(value, override=value.override or f"{self._prefix(owner)}{name}".upper())

    def _validates(self, function: cst.FunctionDef, name: str) -> bool:
        import libcst

        for decorator in function.decorators:
            call = decorator.decorator
            if isinstance(call, libcst.Call):
                named = {part.rpartition(".")[2] for part in self.evaluator.names.qualified(call.func)}
                fields = [a.value.evaluated_value for a in call.args if isinstance(a.value, libcst.SimpleString)]
                if named & _VALIDATORS and (name in fields or "*" in fields):
                    return True
        return False

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
