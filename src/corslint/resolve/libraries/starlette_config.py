"""Starlette's own settings: https://github.com/encode/starlette/blob/0.47.0/starlette/config.py."""

from __future__ import annotations

from collections.abc import Mapping

from corslint.resolve import operations
from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.resolve.objects import External, Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.values import Known, Unknown, Value

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _get(use: Use) -> Value[object] | None:
    """A default goes through the cast like the text of a variable; None does not."""
    made, given = use.made("env_file", "environ", "env_prefix", "encoding"), use.given("key", "cast", "default")
    if made is None or given is None or not _is_the_environment(made.get("environ")):
        return None
    cast, default, prefix = given.get("cast"), given.get("default"), made.get("env_prefix", Known(""))

    def read(value: Value[object]) -> Value[object]:
        if cast is None:
            return value
        return chained(cast, lambda way: chained(value, lambda one: _cast(use, way, one)))

    unset = None if default is None else read(default)

    def with_prefix(one: Concrete) -> Value[object]:
        if isinstance(one, Unknown) or not isinstance(one.value, str):
            return Unknown("the prefix of the environment variable is not known", use.span)
        return use.variable(given.get("key"), unset, read, one.value) or Unknown("it has no name", use.span)

    return chained(prefix, with_prefix)


def _is_the_environment(value: Value[object] | None) -> bool:
    if value is None:
        return True
    return isinstance(value, Known) and isinstance(value.value, External) and value.value.name == "os.environ"


def _cast(use: Use, cast: Concrete, value: Concrete) -> Value[object]:
    if isinstance(value, Unknown) or value.value is None or (isinstance(cast, Known) and cast.value is None):
        return value
    if isinstance(cast, Known) and cast.value == Native("builtins.bool") and isinstance(value.value, str):
        return operations.compute([value], lambda text: _BOOLEANS[text.lower()], use.span, "reading it as a flag")
    return use.apply(cast, value)


METHODS: Mapping[tuple[str, str], Method] = {
    ("starlette.config.Config", method): _get for method in ("__call__", "get")
}
ATTRIBUTES: Mapping[str, Attribute] = {}
READY: Mapping[str, tuple[str, str]] = {}
MAKERS = frozenset({"starlette.config.Config"})
