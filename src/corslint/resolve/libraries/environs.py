"""environs: https://github.com/sloria/environs/blob/15.2.0/src/environs/__init__.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from corslint.resolve import operations
from corslint.resolve.libraries.use import Attribute, Method, Use, gathered, is_none
from corslint.resolve.objects import External, Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.syntax.python import dotted
from corslint.values import Items, Known, Unknown, Value
from corslint.values import Mapping as Pairs

_TRUE = frozenset({"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1"})
_FALSE = frozenset({"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0"})
"""https://github.com/marshmallow-code/marshmallow/blob/4.0.0/src/marshmallow/fields.py: any other text is refused."""
Read = Callable[[Use, Mapping[str, Value[object]], Known[object]], Value[object]]
"""Makes a value of the text of a variable, with the options of the call."""


def _method(read: Read, *options: str, parses_texts: bool = True) -> Method:
    """A method; `parses_texts`: whether a default that is a text was once read like a variable."""

    def method(use: Use) -> Value[object] | None:
        given = use.given("name", "default", "subcast", "validate", "error_messages", *options)
        if given is None:
            return None
        prefix = _prefix(use)
        default = given.get("default")
        unset = None
        if default is not None:
            unset = chained(default, lambda one: _default(use, one, parses_texts))
        text = _expanded(use)

        def named(one: Concrete) -> Value[object]:
            if isinstance(one, Unknown):
                return one
            if not isinstance(one.value, str):
                return Unknown("the prefix of the environment variable is not known", use.span)
            found = use.variable(given.get("name"), unset, lambda known: text or read(use, given, known), one.value)
            return found or Unknown("it has no name", use.span)

        return chained(prefix, named)

    return method


def _default(use: Use, default: Concrete, parses_texts: bool) -> Concrete:
    """A default is passed on as it is, https://github.com/sloria/environs/blob/15.2.0/CHANGELOG.md."""
    if isinstance(default, Known) and isinstance(default.value, str) and parses_texts:
        return Unknown("releases of environs differ on a default that is a text", default.span or use.span)
    return default


def _expanded(use: Use) -> Unknown | None:
    """Why a text is not the value: `Env(expand_vars=True)` puts other variables in."""
    asked = use.owner.named.get("expand_vars")
    if asked is None or (isinstance(asked, Known) and asked.value is False):
        return None
    return Unknown("variables in it are expanded", use.span)


def _prefix(use: Use) -> Value[object]:
    """`Env(prefix=)`, and `with env.prefixed("APP_"):` around the place of the call, one inside of the other."""
    found: Value[object] = use.owner.named.get("prefix", Known(""))
    if is_none(found):
        found = Known("")
    for text in reversed(list(_prefixes(use))):
        found = combined([found, text], lambda picked: operations.add(picked[0], picked[1], use.span))
    return found


def _prefixes(use: Use) -> Sequence[Value[object]]:
    import libcst

    call = use.node
    if not isinstance(call, libcst.Call) or not isinstance(call.func, libcst.Attribute | libcst.Name):
        return ()
    written = dotted(call.func.value if isinstance(call.func, libcst.Attribute) else call.func)
    found: list[Value[object]] = []
    for outer in use.evaluator.module.ancestors(call):
        for item in reversed(outer.items) if isinstance(outer, libcst.With) else ():
            made = item.item
            if not isinstance(made, libcst.Call) or not isinstance(made.func, libcst.Attribute):
                continue
            renamed = None if item.asname is None else dotted(item.asname.name)
            if made.func.attr.value == "prefixed" and written in (dotted(made.func.value), renamed) and made.args:
                found.append(use.evaluator.evaluate(made.args[0].value, use.frame))
    return found


def _as_it_is(use: Use, options: Mapping[str, Value[object]], text: Known[object]) -> Value[object]:
    return text


def _flag(use: Use, options: Mapping[str, Value[object]], text: Known[object]) -> Value[object]:
    if text.value in _TRUE | _FALSE:
        return replace(text, value=text.value in _TRUE)
    return Unknown(f"{text.value!r} is refused, since it says neither yes nor no", text.span, text.trail, fails=True)


def _native(name: str) -> Read:
    function: Known[object] = Known(Native(name))
    return lambda use, options, text: use.apply(function, text)


def _url(use: Use, options: Mapping[str, Value[object]], text: Known[object]) -> Value[object]:
    parts = urlsplit(text.value) if isinstance(text.value, str) else None
    if parts is None or parts.scheme not in ("http", "https", "ftp", "ftps") or not parts.netloc:
        return Unknown("it is refused, since it is no URL", text.span, text.trail, fails=True)
    return use.apply(Known(External("urllib.parse.urlparse", use.evaluator, method="parse")), text)


def _list(use: Use, options: Mapping[str, Value[object]], text: Known[object]) -> Value[object]:
    if text.value == "":
        return replace(text, value=Items("list", ()))

    def cut(delimiter: Concrete) -> Value[object]:
        if isinstance(delimiter, Unknown):
            return delimiter
        parts = operations.text_method(text, "split", [delimiter], {}, use.span)
        if isinstance(parts, Unknown) or not isinstance(parts.value, Items):
            return parts
        subcast = options.get("subcast")
        if subcast is None or is_none(subcast):
            return parts
        return gathered(parts, "list", [use.apply_each(subcast, part) for part in parts.value.items])

    return chained(options.get("delimiter", Known(",")), cut)


def _dict(use: Use, options: Mapping[str, Value[object]], text: Known[object]) -> Value[object]:
    if set(options) - {"name", "default"}:
        return Unknown("how its parts are read is not followed", use.span)

    def pairs(whole: str) -> dict[str, str]:
        parts = (part.split("=", 1) for part in whole.split(",") if whole)
        return {key.strip(): value.strip() for key, value in parts}

    found = operations.compute([text], pairs, use.span, "`env.dict()`")
    assert not isinstance(found, Known) or isinstance(found.value, Pairs)
    return replace(found, trail=text.trail)


_ENVS = ("environs.Env", "environs.FileAwareEnv")
_NAMED: Mapping[str, Method] = {
    "__call__": _method(_as_it_is, parses_texts=False),
    "str": _method(_as_it_is, parses_texts=False),
    "bool": _method(_flag),
    "int": _method(_native("builtins.int")),
    "float": _method(_native("builtins.float")),
    "list": _method(_list, "delimiter"),
    "json": _method(_native("json.loads")),
    "dict": _method(_dict, "subcast_keys", "subcast_key", "subcast_values", "delimiter", "key_value_delimiter"),
    "url": _method(_url),
}
METHODS: Mapping[tuple[str, str], Method] = {
    (maker, name): method for maker in _ENVS for name, method in _NAMED.items()
}
ATTRIBUTES: Mapping[str, Attribute] = {}
READY: Mapping[str, tuple[str, str]] = {"environs.env": ("environs.Env", "__call__")}
MAKERS = frozenset(_ENVS)
