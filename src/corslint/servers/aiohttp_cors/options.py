"""What ResourceOptions makes of its keywords: it looks at each value, and raises ValueError where it does not fit.

https://github.com/aio-libs/aiohttp-cors/blob/v0.8.1/aiohttp_cors/resource_options.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from corslint.iteration import RefusedError, shown, texts
from corslint.options import Option, setting, why_refused
from corslint.policy import Setting
from corslint.source import Span
from corslint.values import Items, Known, Unknown

T = TypeVar("T")
DEFAULTS: Mapping[str, object] = {
    "allow_credentials": False,
    "expose_headers": Items("tuple", ()),
    "allow_headers": Items("tuple", ()),
    "max_age": None,
    "allow_methods": None,
}
"""Every keyword, with what holds where it is not given."""
PARAMETERS = tuple(DEFAULTS)
IN_MAPPINGS = tuple(name for name in PARAMETERS if name != "allow_methods")
"""What may be given in a dict that stands in the place of the class."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value with which the class raises."""

    option: Option
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The keywords of one use, read."""

    options: Mapping[str, Option]
    where: Span

    def credentials(self) -> Setting[bool | str | None]:
        """Whether cookies are allowed."""
        return self._read("allow_credentials", _flag)

    def methods(self) -> Setting[tuple[str, ...] | None]:
        """The methods that routes without options of their own may be asked for."""
        return self._read("allow_methods", lambda known: None if known.value is None else _names(known))

    def headers(self) -> Setting[tuple[str, ...] | None]:
        """The request headers allowed."""
        return self._read("allow_headers", _names)

    def exposed(self) -> Setting[tuple[str, ...] | None]:
        """The response headers that scripts may read; `*` stands for those that an answer has."""
        return self._read("expose_headers", lambda known: _names(known) or None)

    def max_age(self) -> Setting[int | str | None]:
        """How long a preflight may be remembered, in seconds."""
        return self._read("max_age", _seconds)

    def rejections(self) -> Iterator[Rejection]:
        """The keywords with which the class raises, whatever else is decided at run time."""
        makers: dict[str, Callable[[Known[object]], object]] = {
            "allow_credentials": _flag,
            "expose_headers": _names,
            "allow_headers": _names,
            "allow_methods": lambda known: known.value is None or _names(known),
            "max_age": _seconds,
        }
        for name, make in makers.items():
            option = self._option(name)
            if (why := why_refused(option, make)) is not None:
                yield Rejection(option, why)

    def _option(self, name: str) -> Option:
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        return setting(self._option(name), make, "aiohttp-cors")


def _flag(known: Known[object]) -> bool:
    if not isinstance(known.value, bool):
        raise RefusedError(f"{shown(known.value)} is neither True nor False")
    return known.value


def _names(known: Known[object]) -> tuple[str, ...] | Unknown:
    if known.value == "*":
        return ("*",)
    if not isinstance(known.value, Items) or known.value.kind == "set":
        raise RefusedError(f'{shown(known.value)} is neither a list of names nor "*"')
    found = texts(known)
    return found if isinstance(found, Unknown) else tuple(dict.fromkeys(found))


def _seconds(known: Known[object]) -> int | str | None:
    value = known.value
    if value is None or (isinstance(value, int) and value >= 0):
        return str(value) if isinstance(value, bool) else value
    raise RefusedError(f"{shown(value)} is no number of seconds")
