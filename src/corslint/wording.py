"""Conditions and reasons in words: for every output the one place that says when something holds, or what decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corslint.source import Span
from corslint.values import DEPLOYMENT, Condition

_NOT = "is not "
_WEAK = ("is set", "is defined")
"""What a more exact state of the same subject says too."""
MAX_SAID = 4
"""Conditions that one sentence names; more are counted."""
_NAME = re.compile(r"[\w.]+\Z")


def spoken(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions that tell a person something, each once, in order.

    Left out is what another one says more exactly, and which environment files are *not* used: what holds without a
    file is the ordinary case.
    """
    each = tuple(dict.fromkeys(one for one in conditions if not _is_ordinary(one)))
    return tuple(one for one in each if not any(_says_more(other, one) for other in each))


def _is_ordinary(condition: Condition) -> bool:
    return condition.subject == DEPLOYMENT and condition.state.startswith(_NOT)


def _says_more(one: Condition, other: Condition) -> bool:
    if one == other or one.subject != other.subject or one.state.startswith(_NOT) or one.state in _WEAK:
        return False
    return other.state.startswith(_NOT) or other.state in _WEAK


def texts(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """A text for each condition, such as "when DEBUG is true" and "with .env.production"."""
    return tuple(map(str, spoken(conditions)))


def facts(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """What has to be so, without the "when": "DEBUG is true", "it runs with .env.production"."""
    return tuple(
        f"it runs {one}" if one.subject == DEPLOYMENT else f"{one.subject} {one.state}" for one in spoken(conditions)
    )


def clause(conditions: Iterable[Condition]) -> str:
    """All of them as one clause: "when DEBUG is true and A and B are unset, with .env.production"; empty for none.

    Of many the first few are named, those that are no code before those that are.
    """
    each = spoken(conditions)
    together = " and ".join(str(one) for one in each if one.subject == DEPLOYMENT)
    states = list(_states([one for one in each if one.subject != DEPLOYMENT]))
    named = states
    if len(states) > MAX_SAID:
        plainest = sorted(states, key=lambda state: _NAME.match(state[0]) is None)
        named = [state for state in states if state in plainest[: MAX_SAID - 1]]
    subjects: dict[str, list[str]] = {}
    for subject, state in named:
        subjects.setdefault(state, []).append(subject)
    parts = []
    for state, names in subjects.items():
        if len(names) == 1 or not state.startswith("is "):
            parts += [f"{name} {state}" for name in names]
        else:
            parts.append(f"{listed(names)} are {state.removeprefix('is ')}")
    if len(named) < len(states):
        parts.append(f"{len(states) - len(named)} more conditions hold")
    return ", ".join(filter(None, (f"when {listed(parts)}" if parts else "", together)))


def _states(conditions: Sequence[Condition]) -> Iterable[tuple[str, str]]:
    """Subjects with their state; what one subject is not, is said together."""
    excluded: dict[str, list[str]] = {}
    for one in conditions:
        if one.state.startswith(f'{_NOT}"'):
            excluded.setdefault(one.subject, []).append(one.state.removeprefix(_NOT))
    for one in conditions:
        others = excluded.get(one.subject, [])
        if not one.state.startswith(f'{_NOT}"') or len(others) == 1:
            yield one.subject, one.state
        elif one.state == f"{_NOT}{others[0]}":
            yield one.subject, f"is neither {' nor '.join(others)}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def under(message: str, conditions: Iterable[Condition]) -> str:
    """A message that also says when it holds; the reason it gives behind a colon stays last."""
    said = clause(conditions)
    if not said or said in message:
        return message
    head, tail = _halves(message)
    return f"{head}{' ' if said.startswith('when ') else ', '}{said}{tail}"


def _halves(message: str) -> tuple[str, str]:
    """A message up to the colon that its reason follows, and the rest; a colon inside of code is none."""
    for found in re.finditer(r": ", message):
        if message.count("`", 0, found.start()) % 2 == 0:
            return message[: found.start()], message[found.start() :]
    return message, ""


def decider(reason: str, span: Span | None, here: Span | None = None) -> str:
    """What decides a value, and where that stands unless it is on a line of `here`: "`load()` decides (conf.py:3)"."""
    if span is None or not span.source.text or (here is not None and is_on_line_of(span, here)):
        return reason
    return f"{reason} ({span.path}:{span.line})"


def is_on_line_of(span: Span, here: Span) -> bool:
    """Whether a place begins on one of the lines of another."""
    return span.path == here.path and here.line <= span.line <= here.end_line
