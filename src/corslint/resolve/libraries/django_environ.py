"""django-environ: https://github.com/joke2k/django-environ/blob/v0.14.0/environ/environ.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from corslint.resolve import operations
from corslint.resolve.libraries.use import Attribute, Method, Use, gathered, is_none
from corslint.resolve.objects import External, Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Span
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

_TRUE = frozenset({"true", "on", "ok", "y", "yes", "1"})
_NOT_SET = "environ.Env.NOTSET"
_SCHEME = "it is read by a scheme that is not known"


def _native(name: str) -> Known[object]:
    return Known(Native(f"builtins.{name}"))


def _call(use: Use) -> Value[object] | None:
    given = use.given("var", "cast", "default", "parse_default")
    if given is None:
        return None
    return _value(use, given.get("var"), given.get("cast"), given.get("default"), given.get("parse_default"))


def _typed(kind: str) -> Method:
    def method(use: Use) -> Value[object] | None:
        given = use.given("var", "default")
        return None if given is None else _value(use, given.get("var"), _native(kind), given.get("default"))

    return method


def _text(use: Use) -> Value[object] | None:
    given = use.given("var", "default", "multiline", "choices")
    if given is None:
        return None
    found = _value(use, given.get("var"), _native("str"), given.get("default"))
    multiline = given.get("multiline")
    if found is None or multiline is None:
        return found

    def unfold(picked: Sequence[Concrete]) -> Concrete:
        value, asked = picked
        if isinstance(asked, Unknown) or isinstance(value, Unknown):
            return asked if isinstance(asked, Unknown) else value
        if not operations.is_true(asked):
            return value
        return operations.compute([value], lambda text: re.sub(r"(\\r)?\\n", "\n", text), use.span, "`env.str()`")

    return combined([found, multiline], unfold)


def _sequence(kind: str) -> Method:
    """`env.list("X", cast=int)` casts each element."""

    def method(use: Use) -> Value[object] | None:
        given = use.given("var", "cast", "default")
        if given is None:
            return None
        inner = given.get("cast")
        cast: Value[object] = _native(kind)
        if inner is not None and not is_none(inner):
            cast = chained(inner, lambda one: Known(Items("list" if kind == "list" else "tuple", (one,))))
        return _value(use, given.get("var"), cast, given.get("default"))

    return method


def _dict(use: Use) -> Value[object] | None:
    given = use.given("var", "cast", "default")
    return (
        None
        if given is None
        else _value(use, given.get("var"), given.get("cast", _native("dict")), given.get("default"))
    )


def _json(use: Use) -> Value[object] | None:
    given = use.given("var", "default")
    if given is None:
        return None
    return _value(use, given.get("var"), Known(Native("json.loads")), given.get("default"))


def _url(use: Use) -> Value[object] | None:
    given = use.given("var", "default")
    if given is None:
        return None
    cast = External("urllib.parse.urlparse", use.evaluator, method="parse")
    return _value(use, given.get("var"), Known(cast), given.get("default"), Known(True))


def _value(
    use: Use,
    var: Value[object] | None,
    cast: Value[object] | None,
    default: Value[object] | None,
    parse_default: Value[object] | None = None,
) -> Value[object] | None:
    """`Env.get_value`; `cast` and `default` may come from the scheme the object was made with."""
    if var is None:
        return None
    changed = _changed(use)
    if changed is not None:
        return changed
    prefix = _prefix(use)

    def named(one: Concrete) -> Value[object]:
        if isinstance(one, Unknown):
            return one
        if isinstance(prefix, Unknown):
            return prefix
        by, otherwise = cast, None if default is not None and _is_not_set(default) else default
        scheme = None if not isinstance(one.value, str) else use.owner.named.get(prefix + one.value)
        if scheme is not None:
            described = _described(scheme)
            if described is None:
                return Unknown(_SCHEME, use.span)
            by = described[0] if by is None or is_none(by) else by
            otherwise = otherwise or described[1]
        found = _One(use, by, otherwise, parse_default).value(one, prefix)
        return found or Unknown("it has no name", use.span)

    return chained(var, named)


def _described(scheme: Value[object]) -> tuple[Value[object], Value[object] | None] | None:
    """The cast and the default that `Env(X=(list, []))` or `Env(X=list)` gives; None where they are not known."""
    if not isinstance(scheme, Known):
        return None
    if isinstance(scheme.value, Items) and len(scheme.value.items) == 2:
        cast, default = scheme.value.items
        if isinstance(default, Known) and isinstance(default.value, bool):
            default = replace(default, span=scheme.span)  # `(bool, False)` says what is asked for
        return cast, default
    return (scheme, None) if isinstance(scheme.value, (Items, Native, External)) else None


def _is_not_set(default: Value[object]) -> bool:
    """Whether a default is `env.NOTSET`, which is as good as none."""
    return isinstance(default, Known) and isinstance(default.value, External) and default.value.name == _NOT_SET


def _attribute(external: External, name: str, span: Span) -> Value[object] | None:
    return Known(External(_NOT_SET, external.evaluator), span) if name == "NOTSET" else None


def _prefix(use: Use) -> str | Unknown:
    """What `env.prefix = "APP_"` sets."""
    found = _set(use, "prefix")
    if found is None:
        return ""
    known = isinstance(found, Known) and isinstance(found.value, str)
    return found.value if known else Unknown("the prefix of the environment variable is not known", use.span)  # type: ignore[union-attr, return-value]


def _set(use: Use, name: str) -> Value[object] | None:
    """What the module that makes the object sets as an attribute of it; None where it does not."""
    import libcst

    maker, call = use.owner.evaluator, use.owner.call
    variable = None if call is None else maker.module.assigned(call)
    if call is None or variable is None:
        return None
    scope = maker.scopes.scope(call)
    if not maker.scopes.events(scope, f"{variable}.{name}"):
        return None
    is_in_place = isinstance(use.node, libcst.BaseExpression) and maker.names.is_in_place(use.node, scope)
    until = use.node if use.evaluator is maker and is_in_place else None
    nothing: Known[object] = Known(None)
    found = maker.flow(scope, f"{variable}.{name}", until, use.frame, nothing)
    return None if found is nothing else found


def _changed(use: Use) -> Unknown | None:
    for name in ("smart_cast", "escape_proxy"):
        if _set(use, name) is not None:
            return Unknown(f"`{name}` changes how variables are read", use.span)
    return None


class _One:
    """One variable, with its cast and default."""

    def __init__(
        self, use: Use, cast: Value[object] | None, default: Value[object] | None, parse_default: Value[object] | None
    ) -> None:
        self.use, self.cast, self.default = use, cast, default
        self.parses_default = isinstance(parse_default, Known) and operations.is_true(parse_default)

    def value(self, name: Known[object], prefix: str) -> Value[object] | None:
        """What the variable gives."""
        unset = None if self.default is None else chained(self.default, self._unset)
        return self.use.variable(name, unset, self._read, prefix)

    def _unset(self, default: Concrete) -> Value[object]:
        if isinstance(default, Unknown):
            return default
        if _is_not_set(default):
            return Unknown("an environment variable without a default decides it", self.use.span)
        if isinstance(default.value, str) and default.value.startswith("$"):
            return Unknown(f"it stands for the environment variable {default.value.lstrip('$')}", self.use.span)
        if self.parses_default and default.value is not None:
            return chained(self._smart(default), lambda cast: self._parsed(default, cast))
        return default

    def _smart(self, default: Concrete | None) -> Value[object]:
        """The cast, or the type of the default where there is none."""
        if self.cast is not None and not is_none(self.cast):
            return self.cast
        if isinstance(default, Unknown):
            return default
        if default is None or default.value is None or _is_not_set(default):
            return Known(None)
        kind = default.value.kind if isinstance(default.value, Items) else type(default.value).__name__
        return _native("dict" if isinstance(default.value, Pairs) else kind)

    def _read(self, text: Known[object]) -> Value[object]:
        if isinstance(text.value, str) and text.value.startswith("$"):
            return Unknown(f"it stands for the environment variable {text.value.lstrip('$')}", text.span, text.trail)

        def otherwise(default: Concrete | None) -> Value[object]:
            if isinstance(default, Known) and default.value is None and text.value == "":
                return replace(text, value=None)
            if isinstance(default, Known) and isinstance(default.value, str) and default.value == text.value:
                return text
            return chained(self._smart(default), lambda cast: self._parsed(text, cast))

        return otherwise(None) if self.default is None else chained(self.default, otherwise)

    def _parsed(self, text: Known[object], cast: Concrete) -> Value[object]:
        """`Env.parse_value`."""
        if isinstance(cast, Unknown):
            return cast
        span = self.use.span
        match cast.value:
            case None:
                return text
            case Items(kind="list" | "tuple" as kind, items=(inner, *_)):
                parts = _parts(text, kind == "tuple")
                if isinstance(parts, Unknown) or not isinstance(parts.value, Items):
                    return parts
                return gathered(parts, kind, [self.use.apply_each(inner, part) for part in parts.value.items])
            case Native(name="builtins.list"):
                return _parts(text, False)
            case Native(name="builtins.tuple"):
                parts = _parts(text, True)
                if isinstance(parts, Known) and isinstance(parts.value, Items):
                    return replace(parts, value=replace(parts.value, kind="tuple"))
                return parts
            case Native(name=name) if name in _PARSERS:
                return replace(operations.compute([text], _PARSERS[name], span, "reading it"), trail=text.trail)
            case Pairs():
                return Unknown("how its parts are read is not followed", span)
        return self.use.apply(cast, text)


def _parts(text: Known[object], brackets: bool) -> Concrete:
    """The parts between commas, as they are written, without empty ones."""
    if not isinstance(text.value, str):
        return operations.failed("splitting it", TypeError("it is no text"), text.override, text.span)
    bare = operations.text_method(text, "strip", [Known("(")], {}, text.span) if brackets else text
    if brackets and isinstance(bare, Known):
        bare = operations.text_method(bare, "strip", [Known(")")], {}, text.span)
    if isinstance(bare, Unknown):
        return bare
    found = operations.text_method(bare, "split", [Known(",")], {}, text.span)
    if isinstance(found, Unknown) or not isinstance(found.value, Items):
        return found
    kept = tuple(one for one in found.value.items if isinstance(one, Known) and one.value)
    return replace(found, value=Items("list", kept))


def _boolean(text: str) -> bool:
    try:
        return int(text) != 0
    except ValueError:
        return text.lower().strip() in _TRUE


def _float(text: str) -> float:
    parts = re.split(r"[,.]", re.sub(r"[^\d,.-]", "", text))
    return float(parts[0] if len(parts) == 1 else f"{''.join(parts[:-1])}.{parts[-1]}")


def _pairs(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(",") if part)


_PARSERS: Mapping[str, Callable[[str], object]] = {
    "builtins.bool": _boolean,
    "builtins.float": _float,
    "builtins.dict": _pairs,
    "json.loads": json.loads,
}
_ENVS = ("environ.Env", "environ.FileAwareEnv", "environ.environ.Env", "environ.environ.FileAwareEnv")
_NAMED: Mapping[str, Method] = {
    "__call__": _call,
    "get_value": _call,
    "str": _text,
    "bool": _typed("bool"),
    "int": _typed("int"),
    "float": _typed("float"),
    "list": _sequence("list"),
    "tuple": _sequence("tuple"),
    "dict": _dict,
    "json": _json,
    "url": _url,
}
METHODS: Mapping[tuple[str, str], Method] = {
    (maker, name): method for maker in _ENVS for name, method in _NAMED.items()
}
ATTRIBUTES: Mapping[str, Attribute] = dict.fromkeys(_ENVS, _attribute)
READY: Mapping[str, tuple[str, str]] = {f"{maker}.NOTSET": (_NOT_SET, "__call__") for maker in _ENVS}
MAKERS = frozenset(_ENVS)
