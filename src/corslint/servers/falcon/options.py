"""What CORSMiddleware makes of its parameters.

https://github.com/falconry/falcon/blob/4.4.0/falcon/middleware.py, `CORSMiddleware.__init__`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from corslint.iteration import RefusedError, elements, texts, unset
from corslint.options import Option, Settings, setting, why_refused
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Undecided
from corslint.policy import Setting
from corslint.servers.falcon.answer import MAX_AGE
from corslint.source import Span
from corslint.values import Known, Unknown, Value, truth

T = TypeVar("T")
DEFAULTS: Mapping[str, object] = {
    "allow_origins": "*",
    "expose_headers": None,
    "allow_credentials": None,
    "allow_private_network": False,
}
"""Every parameter, with what holds where it is not given."""
_BY_ITSELF = "`*` may stand for itself only, and not in a list"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A value with which the class raises."""

    option: Option
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The parameters of one use, read."""

    options: Mapping[str, Option]
    where: Span
    vary: Value[bool]
    """Whether the program sends `Vary` itself; the product never does."""

    def settings(self) -> Settings:
        """The settings of a policy."""
        return Settings(
            origins=self._read("allow_origins", _origins),
            credentials=self._read("allow_credentials", _credentials),
            methods=Setting("methods of the resource", Known(None), None, "default"),
            headers=Setting("request headers", Known(None), None, "default"),
            exposed=self._read("expose_headers", _exposed),
            max_age=Setting("max age", Known(MAX_AGE), None, "default"),
            vary=Setting("Vary", self.vary, None, "default"),
            private_network=self._read("allow_private_network", lambda known: truth(known.value)),
        )

    def rejections(self) -> Iterator[Rejection]:
        """The parameters with which the class raises, whatever else is decided at run time."""
        makers: dict[str, Callable[[Known[object]], object]] = {
            "allow_origins": _origins,
            "expose_headers": _exposed,
            "allow_credentials": _credentials,
        }
        for name, make in makers.items():
            option = self._option(name)
            if (why := why_refused(option, make)) is not None:
                yield Rejection(option, why)

    def _option(self, name: str) -> Option:
        return self.options.get(name) or Option(name, Known(DEFAULTS[name]), self.where, "default")

    def _read(self, name: str, make: Callable[[Known[object]], T | Unknown]) -> Setting[T]:
        return setting(self._option(name), make, "Falcon")


def _members(known: Known[object]) -> Sequence[Value[object]]:
    """The members of a set that the product makes of a value; a text is one of them itself."""
    members = (known,) if isinstance(known.value, str) else elements(known)
    if any(isinstance(one, Known) and one.value == "*" for one in members):
        raise RefusedError(_BY_ITSELF)
    return members


def _origins(known: Known[object]) -> Origins | Unknown:
    if known.value == "*":
        return Origins((AnyOrigin(known.span),))
    entries = tuple(entry for one in _members(known) if (entry := _entry(one)) is not None)
    if entries and all(isinstance(entry, Undecided) for entry in entries):
        first = entries[0]
        assert isinstance(first, Undecided)
        return Unknown(first.reason, first.span)
    return Origins(entries)


def _entry(element: Value[object]) -> Entry | None:
    if isinstance(element, Unknown):
        return Undecided(element.reason, element.span)
    if not isinstance(element, Known):
        return Undecided("it depends on conditions", element.span)
    if missing := unset(element):
        return Undecided(missing.reason, element.span)
    if not isinstance(element.value, str):
        return None  # compared with a text it is never equal
    return Null(element.span) if element.value == "null" else Exact(element.value, element.span)


def _credentials(known: Known[object]) -> bool | Unknown:
    """Whether any origin gets credentials."""
    if known.value is None:
        return False
    if known.value == "*":
        return True
    members = _members(known)
    unknown = next((one for one in members if not isinstance(one, Known)), None)
    if unknown is not None:
        return unknown if isinstance(unknown, Unknown) else Unknown("it depends on conditions", unknown.span)
    return bool(members)


def _exposed(known: Known[object]) -> tuple[str, ...] | Unknown | None:
    if known.value is None:
        return None
    if isinstance(known.value, str):
        return (known.value,) if known.value else None
    found = texts(known)
    return found if isinstance(found, Unknown) else found or None
