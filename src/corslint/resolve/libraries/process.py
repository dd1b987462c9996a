"""The environment of the process: `os.environ`, `os.getenv`, and what python-dotenv reads of a file."""

from __future__ import annotations

from collections.abc import Mapping

from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.values import Known, Value


def _get(use: Use) -> Value[object] | None:
    given = use.given("key", "default")
    if given is None:
        return None
    return use.variable(given.get("key"), given.get("default", Known(None, use.span)), lambda text: text)


def _item(use: Use) -> Value[object] | None:
    given = use.given("key")
    return None if given is None else use.variable(given.get("key"), None, lambda text: text)


def _same(use: Use) -> Value[object] | None:
    return Known(use.owner, use.span)


_ENVIRON: Mapping[str, Method] = {"get": _get, "setdefault": _get, "__getitem__": _item, "copy": _same}
METHODS: Mapping[tuple[str, str], Method] = {
    (maker, name): method for maker in ("os.environ", "dotenv.dotenv_values") for name, method in _ENVIRON.items()
}
ATTRIBUTES: Mapping[str, Attribute] = {}
MAKERS = frozenset({"dotenv.dotenv_values", "dotenv.main.dotenv_values"})
READY: Mapping[str, tuple[str, str]] = {
    "os.environ": ("os.environ", "__call__"),
    "os.getenv": ("os.environ", "get"),
    "starlette.config.environ": ("os.environ", "__call__"),
}
