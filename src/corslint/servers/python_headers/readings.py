"""The settings of a program, read off its headers in each configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from corslint.candidates import candidates
from corslint.origins import Exact, Origins, Pattern, UndecidedError, accepts
from corslint.resolve.conditions import Conditions, environment, merge
from corslint.servers.python_headers import running, terms
from corslint.servers.python_headers.admission import origins_of
from corslint.servers.python_headers.answer import Detail, RefusedError, carry_out
from corslint.servers.python_headers.conditions import Holds, atoms
from corslint.servers.python_headers.terms import Line, Text, atoms_of
from corslint.servers.python_headers.ways import TooManyError
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.values import Alternative, Condition, Known, OneOf, Unknown, Value

T = TypeVar("T")
MAX_CONDITIONS = 5
"""Facts of the configuration that are told apart."""
SAMPLE = "https://app.example.com"
"""The origin that other headers are read off for, where every origin, or none known, is let in."""
_ECHOED = "x-corslint-echo"


def configurations(lines: Sequence[Line]) -> list[Conditions]:
    """The facts of the configuration that headers depend on, in each combination that can hold.

    Raises TooManyError past MAX_CONDITIONS.
    """
    found: dict[Condition, None] = {}
    for line in lines:
        for atom in (*atoms(line.when), *atoms_of(line.value)):
            if isinstance(atom, Holds):
                found[atom.condition] = None
    if len(found) > MAX_CONDITIONS:
        raise TooManyError
    ways: list[Conditions] = [()]
    for condition in found:
        opposite = Condition(condition.subject, _opposite(condition.state))
        ways = [both for way in ways for one in (condition, opposite) if (both := merge(way, (one,))) is not None]
    return list(dict.fromkeys(ways))


def _opposite(state: str) -> str:
    """The state that holds exactly where this one does not."""
    pairs = {"is true": "is false", "is set": "is unset"}
    for one, other in pairs.items():
        if state in (one, other):
            return other if state == one else one
    if state.startswith("is not "):
        return "is " + state.removeprefix("is not ")
    return "is not " + state.removeprefix("is ")


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings in one configuration."""

    origins: Known[Origins] | Unknown
    texts: dict[str, Known[str | None] | Unknown]
    """By header name; None for one that is not sent."""


def read(detail: Detail, conditions: Conditions) -> Reading:
    """What a program does in one configuration."""
    method, origins = "GET", origins_of(detail, conditions, "GET")
    if isinstance(origins, Known) and not origins.value.entries:
        method, origins = "OPTIONS", origins_of(detail, conditions, "OPTIONS")
    names = dict.fromkeys(line.name for line in detail.lines if line.name != ALLOW_ORIGIN)
    sample = _sample(origins)
    texts = {name: _text(detail, name, sample, conditions, method) for name in names}
    return Reading(origins, texts)


def settled(found: Sequence[tuple[Conditions, Known[T] | Unknown]]) -> Value[T]:
    """One value for all configurations, or one for each."""
    first = found[0][1]
    if all(value == first for _, value in found):
        return first
    return OneOf(tuple(Alternative(conditions, value, environment(conditions)) for conditions, value in found))


def _text(detail: Detail, name: str, sample: str, conditions: Conditions, method: str) -> Known[str | None] | Unknown:
    """The text of a header in the answer to an origin that is let in, or in the answer to its preflight."""
    lines = [line for line in detail.lines if line.name == name]
    reasons: list[str] = []
    for asked in dict.fromkeys((method, "OPTIONS", "POST")):
        headers = {
            "origin": sample,
            "access-control-request-method": "PUT",
            "access-control-request-headers": _ECHOED,
            "access-control-request-private-network": "true",
        }
        skipped = {line.name for line in detail.lines} - {name}
        try:
            values = carry_out(detail, running.Request(asked, headers, conditions, detail.fails), skipped).get(name)
        except UndecidedError as error:
            reasons.append(str(error))
            continue
        except RefusedError:
            return Known(None)
        if values:
            text = ", ".join(values)
            text = "*" if _ECHOED in text else text
            return _known(text, lines)
    return Unknown(reasons[0], lines[0].shown or lines[0].span) if reasons else Known(None)


def _known(text: str, lines: Sequence[Line]) -> Known[str | None]:
    """The text with the place it is written at, and what may replace it."""
    for line in reversed(lines):
        for leaf in terms.leaves(line.value):
            value = leaf.value if isinstance(leaf, Text) else None
            if isinstance(value, Known) and str(value.value) in (text, text.title()):
                return Known(text, value.span or line.shown, value.trail, value.override)
    return Known(text, lines[-1].shown or lines[-1].span)


def _sample(origins: Known[Origins] | Unknown) -> str:
    for entry in origins.value.entries if isinstance(origins, Known) else ():
        if isinstance(entry, Exact):
            return entry.text
        if isinstance(entry, Pattern):
            for origin in candidates(entry):
                try:
                    if accepts(entry, origin):
                        return origin
                except UndecidedError:
                    break
    return SAMPLE
