"""What a field of a dataclass, model or settings class holds: arguments, environment, defaults, validators.

https://docs.pydantic.dev/latest/concepts/pydantic_settings/ and https://docs.pydantic.dev/latest/concepts/validators/.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from corslint.releases import numbers, release_of
from corslint.resolve import calls, classes, operations
from corslint.resolve.calls import Arguments
from corslint.resolve.classes import Declared
from corslint.resolve.conditions import Frame, overridden
from corslint.resolve.objects import ClassObject, FieldSpec, FunctionObject, Instance
from corslint.resolve.operations import Concrete
from corslint.resolve.shapes import Shape, coerced, shape_of, stripped
from corslint.resolve.ways import chained
from corslint.source import Span
from corslint.values import Known, Mistake, Place, Unknown, Value, decided_by

if TYPE_CHECKING:
    import libcst as cst

_VALIDATORS = ("validator", "field_validator")
_WHOLE = ("model_validator", "root_validator")


def field_value(
    instance: Instance,
    declared: Declared,
    name: str,
    kind: Literal["record", "model", "settings"],
    span: Span,
) -> Value[object] | None:
    """What a field of an instance holds; None for what is no field, such as a `ClassVar`."""
    annotated, owner = declared.annotated, declared.owner
    if annotated is not None and "ClassVar" in owner.evaluator.module.text(annotated.annotation):
        return None
    if annotated is None and kind != "settings":
        return None
    shape = Shape() if annotated is None else shape_of(owner.evaluator, annotated.annotation.annotation)
    given = _given(instance, name)
    if isinstance(given, Unknown) and kind != "settings":
        return given
    spec = _from_marks(owner, shape)

    def hold(way: Concrete | None) -> Value[object]:
        """The value for one way the default can turn out; None where there is no default."""
        described = spec
        if isinstance(way, Known) and isinstance(way.value, FieldSpec):
            described, way = way.value, None
        default = described.default if described is not None and way is None else way
        if kind != "settings" and instance.variables is not None:
            nested = _Field(instance.cls, owner, name, shape, span)
            return nested.from_environment(given or default, (f"{instance.variables[0]}{name}".upper(),), instance)
        if kind == "record":
            return given or default or Unknown(f"`{name}` is given when it is made", span)
        validated = _Field(instance.cls, owner, name, shape, span)
        if given is not None:
            return validated.checked(given)
        if kind == "model":
            if default is not None and validated.validates_default:
                return validated.checked(default)
            return Unknown(f"`{name}` is given when it is made", span) if default is None else default
        return validated.from_environment(default, () if described is None else described.variables)

    return hold(None) if declared.value is None else chained(declared.value, hold)


def _given(instance: Instance, name: str) -> Value[object] | None:
    """What the constructor was given for a field."""
    if name in instance.named:
        return instance.named[name]
    if instance.positional:
        order = classes.fields(instance.cls)
        if name in order and order.index(name) < len(instance.positional):
            return instance.positional[order.index(name)]
    return None


def _from_marks(owner: ClassObject, shape: Shape) -> FieldSpec | None:
    """The `Field(...)` inside of `Annotated[...]`."""
    for mark in shape.marks:
        value = owner.evaluator.evaluate(mark, owner.frame)
        if isinstance(value, Known) and isinstance(value.value, FieldSpec):
            return value.value
    return None


_Step: TypeAlias = Callable[[Value[object]], Value[object]]


@dataclass(frozen=True, slots=True)
class _Validator:
    """A function of the class that checks fields."""

    function: FunctionObject
    mode: str
    """When it runs: "before" the type does, "after" it, instead of it ("plain"), or around it ("wrap")."""
    fields: frozenset[object]
    sees_elements: bool
    """Whether it is called for each element of a list, as pydantic 1 can."""


class _Field:
    """A field of a model that checks what it is given."""

    def __init__(self, cls: ClassObject, owner: ClassObject, name: str, shape: Shape, span: Span) -> None:
        self.cls, self.owner, self.name, self.shape, self.span = cls, owner, name, shape, span
        self.outside = classes.ancestry(cls).outside
        self.is_old = self._is_old()

    def _is_old(self) -> bool:
        """Whether the class is one of pydantic 1."""
        if any(name.startswith("pydantic_settings.") for name in self.outside):
            return False
        if any(name in ("pydantic.BaseSettings", "pydantic.v1.BaseSettings") for name in self.outside):
            return True
        release = release_of(self.owner.evaluator.project, self.owner.evaluator.module.source.path, "pydantic")
        return release is not None and numbers(release.version)[:1] == (1,)

    def from_environment(
        self, default: Value[object] | None, variables: tuple[str, ...], within: Instance | None = None
    ) -> Value[object]:
        """The default and what the environment makes of it; `within` is the nested model that the field is of."""
        evaluator = self.owner.evaluator
        names = variables or (self._variable(),)
        if isinstance(default, Unknown):
            unset: Value[object] = default
        elif default is None:
            unset = decided_by(names[0], self._declaration())
        else:
            unset = default if self._is_set("validate_default", False) else self.checked(default)
            place = Place(self._declaration(), f"default of {self.cls.node.name.value}.{self.name}")
            unset = self._nested(overridden(unset, names[0], place), names[0], within)
        spelled = list(names)
        if not self._is_case_sensitive():
            # https://docs.pydantic.dev/latest/concepts/pydantic_settings/#case-sensitivity
            spelled += [change(name) for name in names for change in (str.upper, str.lower)]
        return evaluator.deployed(spelled, unset, self._from_text)

    def _nested(self, value: Value[object], name: str, within: Instance | None) -> Value[object]:
        """A model with how the variables of its fields begin, where they have any.

        https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values
        """
        between = within.variables[1] if within is not None and within.variables is not None else None
        if between is None:
            configured = classes.configuration(self.cls, "env_nested_delimiter")
            if not isinstance(configured, Known) or not isinstance(configured.value, str):
                return value
            between = configured.value
        variables = (f"{name}{between}", between)

        def mark(one: Concrete) -> Concrete:
            if isinstance(one, Known) and isinstance(one.value, Instance) and classes.kind(one.value.cls) != "settings":
                return replace(one, value=replace(one.value, variables=variables))
            return one

        return chained(value, mark)

    def _declaration(self) -> Span:
        evaluator = self.owner.evaluator
        annotated = classes.annotated(self.owner).get(self.name)
        return self.span if annotated is None else evaluator.module.span(annotated)

    def _variable(self) -> str:
        prefix = classes.configuration(self.cls, "env_prefix")
        text = prefix.value if isinstance(prefix, Known) and isinstance(prefix.value, str) else ""
        return f"{text}{self.name}" if self._is_case_sensitive() else f"{text}{self.name}".upper()

    def _is_case_sensitive(self) -> bool:
        return self._is_set("case_sensitive", True)

    def _is_set(self, option: str, to: bool) -> bool:
        """Whether the configuration of the class sets an option to this."""
        return _is(classes.configuration(self.cls, option), to)

    @property
    def validates_default(self) -> bool:
        """Whether a default of a plain model is checked."""
        return self._is_set("validate_default", True)

    def _from_text(self, text: Concrete) -> Value[object]:
        """What the text of an environment variable becomes."""
        if isinstance(text, Unknown):
            return text
        if self.shape.is_complex and not self._is_not_decoded():
            decoded = operations.from_json(text, text.span)
            if isinstance(decoded, Known):
                text = replace(decoded, trail=text.trail)
            elif not self.shape.may_be_text:
                return self._no_json(text)
        return self.checked(text)

    def _no_json(self, text: Known[object]) -> Unknown:
        """A list that is written as plain text, which pydantic-settings refuses.

        https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values
        """
        cls = self.cls.node.name.value
        reason = f"`{self.name}` takes JSON, and {text.value!r} is none: the program does not start"
        items = [part.strip() for part in str(text.value).split(",") if part.strip()]
        mistake = Mistake(
            "string-for-list",
            f"the program does not start: `{cls}.{self.name}` reads JSON, and this is none",
            f"write it as JSON: {json.dumps(items)}",
        )
        return Unknown(reason, text.span, text.trail, fails=True, mistake=mistake)

    def _is_not_decoded(self) -> bool:
        for mark in self.shape.marks:
            if "NoDecode" in self.owner.evaluator.module.text(mark):
                return True
        decoding = classes.configuration(self.cls, "enable_decoding")
        return isinstance(decoding, Known) and decoding.value is False

    def checked(self, value: Value[object]) -> Value[object]:
        """The value after the validators of the field and its type."""
        shape, old, span = self.shape, self.is_old, self.span
        before: list[_Step] = []
        after: list[_Step] = []
        core: _Step = lambda value: chained(  # noqa: E731
            value, lambda one: coerced(one, shape, urls_are_texts=old, span=span)
        )
        if self._is_set("str_strip_whitespace", True):
            after.append(lambda value: chained(value, lambda one: stripped(one, shape)))
        for mark in self.shape.marks:
            before.insert(0, partial(self._marked, mark, "BeforeValidator"))
            after.append(partial(self._marked, mark, "AfterValidator"))
        # Each validator stands outside of those before it: https://docs.pydantic.dev/latest/concepts/validators/.
        for validator in self._validators():
            step = partial(self._validated, validator)
            if validator.mode == "before":
                before.insert(0, step)
            elif validator.mode == "after":
                after.append(step)
            else:
                before, core, after = [], step, []
        for one in (*before, core, *after):
            value = one(value)
        return self._whole(value)

    def _validators(self) -> list[_Validator]:
        """The functions that check the field, in the order in which they are declared; those of its bases first."""
        import libcst

        found: dict[str, _Validator] = {}
        for owner in reversed(classes.ancestry(self.cls).classes):
            for method in classes.own_methods(owner):
                function = FunctionObject(owner.evaluator, method, owner.frame, Known(self.cls))
                for word, mark in classes.decorators(function).items():
                    if word not in _VALIDATORS or not isinstance(mark, libcst.Call):
                        continue
                    options = {a.keyword.value: a.value for a in mark.args if a.keyword is not None}
                    values = {key: owner.evaluator.evaluate(node, owner.frame) for key, node in options.items()}
                    mode = values.get("mode")
                    named = [owner.evaluator.evaluate(a.value, owner.frame) for a in mark.args if a.keyword is None]
                    found[function.name] = _Validator(
                        function,
                        "before" if _is(values.get("pre"), True) else _text(mode) or "after",
                        frozenset(one.value for one in named if isinstance(one, Known)),
                        _is(values.get("each_item"), True),
                    )
        return [one for one in found.values() if one.fields & {self.name, "*"}]

    def _validated(self, validator: _Validator, value: Value[object]) -> Value[object]:
        function = validator.function
        name = function.name
        parameters = list(function.evaluator.scopes.parameters(function.node))
        if len(parameters) < 2 or validator.mode == "wrap":
            return Unknown(f"`{name}()` may change `{self.name}`", function.evaluator.module.span(function.node))
        more = {extra: _others(name) for extra in parameters[2:] if not _is_star(function, extra)}

        def one(item: Value[object]) -> Value[object]:
            return calls.call(function, Arguments((item,), more), self.span)

        if validator.sees_elements:
            return Unknown(
                f"`{name}()` may change each of `{self.name}`", function.evaluator.module.span(function.node)
            )
        return chained(value, lambda way: way if isinstance(way, Unknown) else one(way))

    def _marked(self, mark: cst.BaseExpression, kind: str, value: Value[object]) -> Value[object]:
        """`BeforeValidator(function)` in the annotation."""
        import libcst

        from corslint.resolve.callables import apply

        evaluator = self.owner.evaluator
        if not isinstance(mark, libcst.Call) or not mark.args:
            return value
        if not any(name.rpartition(".")[2] == kind for name in evaluator.imports.qualified(mark.func)):
            return value
        function = mark.args[0].value
        return chained(
            value, lambda way: way if isinstance(way, Unknown) else apply(evaluator, function, [way], Frame())
        )

    def _whole(self, value: Value[object]) -> Value[object]:
        """The value where no validator of the whole model mentions the field."""
        for owner, method in classes.methods(self.cls):
            function = FunctionObject(owner.evaluator, method)
            if not any(word in _WHOLE for word in classes.decorators(function)):
                continue
            if self.name in owner.evaluator.module.span(method).text:
                return Unknown(
                    f"`{method.name.value}()` may change `{self.name}`", owner.evaluator.module.span(method.name)
                )
        return value


def _is(value: Value[object] | None, *wanted: object) -> bool:
    return isinstance(value, Known) and value.value in wanted


def _text(value: Value[object] | None) -> str:
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else ""


def _is_star(function: FunctionObject, name: str) -> bool:
    parameters = function.node.params
    stars = (parameters.star_arg, parameters.star_kwarg)
    return any(getattr(getattr(star, "name", None), "value", None) == name for star in stars)


def _others(name: str) -> Unknown:
    return Unknown(f"`{name}()` looks at the other fields")
