"""What the servers share that are configured by options: an option as it is written, and what all of them amount to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from corslint.origins import Origins
from corslint.policy import Given, Setting
from corslint.source import Span
from corslint.values import Value


@dataclass(frozen=True, slots=True)
class Option:
    """An option as it is written."""

    name: str
    """As it is spelled there; may be an old name."""
    value: Value[object]
    span: Span | None
    given: Given = "explicit"


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
