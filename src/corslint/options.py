"""What the servers share that are configured by options: an option as it is written, and what all of them amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from corslint.iteration import RefusedError, unset
from corslint.origins import Entry, Origins
from corslint.policy import Given, Setting
from corslint.source import Span
from corslint.values import Known, Unknown, Value, alternatives, convert, spread

T = TypeVar("T")
MAX_DIGITS = 4000
"""https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation, a little below it."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option as it is written."""

    name: str
    """As it is spelled there; may be an old name."""
    value: Value[object]
    span: Span | None
    given: Given = "explicit"

    @property
    def written(self) -> Value[object] | None:
        """The value, where it is written and no default."""
        return None if self.given == "default" else self.value

    def as_written(self) -> Setting[object]:
        """The setting with its value as it stands in the source, as a part of one that is made of several."""
        return Setting(self.name, self.value, self.span, self.given, self.written)


def setting(option: Option, make: Callable[[Known[object]], T | Unknown], refuser: str) -> Setting[T]:
    """What `make` makes of each value an option can have; unknown where it raises RefusedError.

    `refuser` is who refuses the value, for people: "Falcon".
    """

    def change(known: Known[object]) -> Known[T] | Unknown:
        if missing := unset(known):
            return missing
        try:
            made = make(known)
        except RefusedError as refused:
            return Unknown(f"{refuser} refuses it: {refused}", known.span, known.trail)
        if isinstance(made, Unknown):
            return made
        return Known(made, known.span, known.trail, known.override)

    return Setting(option.name, convert(spread(option.value), change), option.span, option.given, option.written)


def why_refused(option: Option, make: Callable[[Known[object]], object]) -> str | None:
    """Why `make` raises RefusedError, for people; None where one of the values that the option can have may do."""
    reasons = [_why(way.value, make) for way in alternatives(spread(option.value))]
    return (reasons[0] or "") if reasons and all(reasons) else None


def _why(value: Known[object] | Unknown, make: Callable[[Known[object]], object]) -> str | None:
    if isinstance(value, Unknown) or unset(value):
        return None
    try:
        make(value)
    except RefusedError as refused:
        return str(refused)
    return None


def entries_of(
    part: Known[object] | Unknown, make: Callable[[Known[object]], list[Entry] | Unknown]
) -> list[Entry] | Unknown:
    """The origins that `make` makes of one value; none where it raises RefusedError, which is told by itself."""
    if isinstance(part, Unknown):
        return part
    if missing := unset(part):
        return missing
    try:
        return make(part)
    except RefusedError:
        return []


def number_as_text(known: Known[object]) -> int | str | Unknown | None:
    """What `str()` makes of a value, for a header; kept as a number where the header is that number."""
    value = known.value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # Python makes no number of more digits than these, and str() leaves them as they are.
    if isinstance(value, str) and len(value) <= MAX_DIGITS and value.isascii() and value.isdigit():
        return int(value) if str(int(value)) == value else value
    if value is None or isinstance(value, str | bool | float):
        return str(value)
    return Unknown("it is no number", known.span)


class Settings(TypedDict):
    """The fields of a policy that come from options."""

    origins: Setting[Origins]
    credentials: Setting[bool | str | None]
    methods: Setting[tuple[str, ...] | None]
    headers: Setting[tuple[str, ...] | None]
    exposed: Setting[tuple[str, ...] | None]
    max_age: Setting[int | str | None]
    vary: Setting[bool]
    private_network: Setting[bool]


class SettingsWithErrors(Settings):
    """The same, where options also decide whether error answers carry the headers."""

    on_errors: Setting[bool]
