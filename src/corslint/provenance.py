"""Where the value that a problem speaks of came from, told in the labels of the problem.

A value that stands elsewhere is shown at two places: where it is written, and at the setting that uses it. What lies
between is told as steps, which outputs for people put in one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corslint.finding import Label, Problem
from corslint.origins import Undecided
from corslint.policy import Policy, Setting
from corslint.source import Span
from corslint.values import Condition, Items, Known, Mapping, Place, Unknown, Value, alternatives
from corslint.wording import decider

MAX_SHOWN = 40
"""Characters of a value that a label repeats."""
MAX_STEPS = 30
"""How many steps between a value and its setting are told."""
MAX_HEAD = 5
"""How many lines above a value the statement may begin that gives it to a name, to be taken for the same place."""
_MAX_ELEMENTS = 2000
"""How many elements of one list are looked at to find the place of one."""
_HERE = re.compile(r" (?:is set|is given|comes from) here\Z")
_BRACKETS = ("[", "(", "{")
_DECIDING = ("origins", "credentials", "methods", "headers")
"""The settings that decide whether a request gets through."""
_SETTINGS = ("origins", "credentials", "methods", "headers", "exposed", "max_age", "vary", "private_network")


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a label speaks of: a setting, or its value, or an element of that."""

    name: str
    """Of the field of the policy."""
    setting: Setting[Any]
    value: Known[object] | Unknown
    """Of the setting, or of the element."""
    trail: tuple[Place, ...]
    override: str | None
    is_value: bool
    """Whether the label marks the value and not the setting."""

    def between(self, use: Span) -> tuple[Place, ...]:
        """The steps outside of the place that uses the value."""
        return tuple(place for place in self.trail if not holds(use, place.span))

    def is_outside(self, use: Span) -> bool:
        """Whether the value is written elsewhere than where it is used, and the way there is known."""
        return bool(self.trail) and self.value.span is not None and not holds(use, self.value.span)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the values of one policy came from; the policy is a variant, without `OneOf` among its values."""

    policy: Policy
    _at: dict[tuple[str, int, int], _Origin] = field(default_factory=dict, repr=False, compare=False)
    """What is known by its exact place; looking through the elements of long lists again and again would take long."""

    def __post_init__(self) -> None:
        """Note the place of each entry and element."""
        for name, setting, value in self._settings():
            override = value.override if isinstance(value, Known) else None
            if name == "origins":
                for entry in self.policy.entries():
                    if entry.span is not None:
                        self._note(_of_entry(name, setting, value, entry.span))
            for part in setting.parts or (setting,):
                for element, trail in _elements(part.written):
                    by = (element.override if isinstance(element, Known) else None) or (
                        _override_of(element.span, part.written, None) if setting.parts else override
                    )
                    self._note(_Origin(name, part, element, trail or value.trail, by, True))

    def _note(self, origin: _Origin) -> None:
        if origin.value.span is not None:
            self._at[_key(origin.value.span)] = origin

    def _settings(self) -> Iterator[tuple[str, Setting[Any], Known[object] | Unknown]]:
        for name in _SETTINGS:
            setting: Setting[Any] = getattr(self.policy, name)
            if setting.given != "default" and isinstance(setting.value, (Known, Unknown)):
                yield name, setting, setting.value

    def traced(self, problem: Problem) -> tuple[tuple[Label, ...], tuple[Condition, ...]]:
        """The labels of a problem with the way of its values, and the conditions that these values bring with them.

        A default that an environment variable replaces holds only where that variable is not set; a problem that is
        so regardless of the variable is not told of it.
        """
        labels: list[Label] = []
        steps: list[Label] = []
        conditions: list[Condition] = []
        for label in problem.labels:
            origin = self._origin(label.span)
            if origin is None:
                labels.append(label)
                continue
            if problem.regardless:
                origin = replace(origin, override=None)
            if origin.override is not None:
                conditions.append(Condition(origin.override, "is unset"))
            if not label.primary:
                labels.append(label if origin.is_value else _beside(label, origin))
                continue
            shown, between = _primary(self.policy, label, origin)
            labels += shown
            steps += between
        return (
            (*_each_place_once(labels), *steps[:MAX_STEPS]),
            tuple(dict.fromkeys(one for one in conditions if not _is_settled(one.subject, self.policy))),
        )

    def _origin(self, span: Span) -> _Origin | None:
        """What stands at a place: an element of a value or an entry, else a value, else a setting."""
        if found := self._at.get(_key(span)):
            return found
        at_setting: _Origin | None = None
        for name, setting, value in self._settings():
            override = value.override if isinstance(value, Known) else None
            if value.span is not None and holds(value.span, span):
                return _Origin(name, setting, value, value.trail, override, True)
            if at_setting is None and setting.span is not None and holds(setting.span, span):
                at_setting = _Origin(name, setting, value, value.trail, override, False)
        return at_setting


def _key(span: Span) -> tuple[str, int, int]:
    return span.path, span.start, span.end


def _primary(policy: Policy, label: Label, origin: _Origin) -> tuple[list[Label], list[Label]]:
    """The primary label with the one at the other end of the way, and the steps."""
    value = origin.value
    use = _use(policy, origin) if origin.is_value else label.span
    if use is None or value.span is None or not origin.is_outside(use) or (origin.is_value and label.span.touches(use)):
        return [_overridden(label, origin)], []
    if origin.is_value:
        told = Label(use, _told(origin, use, _shown(origin, label.span)), role="use")
        return [replace(label, role="value"), told], list(_steps(origin, use, label.span))
    if origin.name == "origins" and isinstance(value, Known):
        return [label], []  # it is about the setting: an entry that is to blame is marked itself
    what = value.reason if isinstance(value, Unknown) else _told(origin, use, "", has_place=False)
    there = Label(value.span, what, role="value")
    return [replace(label, role="use"), there], list(_steps(origin, use, value.span))


def _of_entry(name: str, setting: Setting[Any], value: Known[object] | Unknown, place: Span) -> _Origin:
    """Where an entry came from: with the part of the setting that it belongs to, if there are several."""
    for part in setting.parts:
        for way in alternatives(part.value):
            if way.value.span is not None and holds(way.value.span, place):
                by = way.value.override if isinstance(way.value, Known) else None
                return _Origin(name, part, replace(way.value, span=place), way.value.trail, by, True)
    by = _override_of(place, setting.written, value.override if isinstance(value, Known) else None)
    return _Origin(name, setting, replace(value, span=place), value.trail, by, True)


def _override_of(place: Span | None, written: Value[Any] | None, together: str | None) -> str | None:
    """What replaces the value at a place: known of what is written there, else of all that a setting is made of."""
    is_written_there = (
        place is not None and isinstance(written, Known) and written.span is not None and holds(written.span, place)
    )
    return written.override if isinstance(written, Known) and is_written_there else together


def _elements(written: Value[Any] | None) -> Iterator[tuple[Known[object] | Unknown, tuple[Place, ...]]]:
    """The elements of what is written, each with its whole trail."""
    if written is None:
        return
    for way in alternatives(written):
        if not isinstance(way.value, Known):
            continue
        inner: Sequence[Value[object]] = ()
        if isinstance(way.value.value, Items):
            inner = way.value.value.items
        elif isinstance(way.value.value, Mapping):
            inner = [key for key, _ in way.value.value.pairs]
        for element in inner[:_MAX_ELEMENTS]:
            for one in alternatives(element):
                yield one.value, (*way.value.trail, *one.value.trail)


def _use(policy: Policy, origin: _Origin) -> Span | None:
    """Where the value is used: the setting, or for one that another file sets, what brings it into this one."""
    span = origin.setting.span
    if span is not None and span.path == policy.span.path:
        return span
    return next((place.span for place in origin.trail if place.span.path == policy.span.path), span)


def _beside(label: Label, origin: _Origin) -> Label:
    """A further label at a setting, with the way of its value in its own words."""
    value, use = origin.value, label.span
    if not isinstance(value, Known) or value.span is None or not origin.is_outside(use):
        return _overridden(label, origin)
    if _is_on_line(value.span, use):
        return _overridden(label, origin)
    told = _told(origin, use, "")
    return replace(label, text=f"{label.text}: {told}" if label.text else told)


def _overridden(label: Label, origin: _Origin) -> Label:
    if origin.override is None:
        return label
    told = f"{origin.override} overrides it"
    return replace(label, text=f"{label.text}; {told}" if label.text else told)


def _told(origin: _Origin, use: Span, value: str, *, has_place: bool = True) -> str:
    """`["*"]`: default of Settings.cors_origins, app/settings.py:4; CORS_ORIGINS overrides it."""
    where = []
    span = origin.value.span
    if has_place and span is not None:
        where = [f"{span.path}:{span.line}" if span.path != use.path else f"line {span.line}"]
    what = list(map(noun, _nearest(origin, use)))
    if where and span is not None:
        what = [words.removesuffix(f" in {span.path}") for words in what]
    told = ", ".join((*what, *where))
    if value:
        told = f"`{value}`: {told}"
    by = origin.override
    return told if by is None or what == [f"default of {by}"] else f"{told}; {by} overrides it"


def _nearest(origin: _Origin, use: Span) -> Sequence[Place]:
    """The step that says what the value is: the last one, or the one on its line that calls the value a default."""
    last = origin.between(use)[-1:]
    beside = [place for place in origin.between(use) if _is_on_line(place.span, last[0].span)]
    return next(([place] for place in beside if place.text.startswith("default of ")), last)


def _is_on_line(span: Span, other: Span) -> bool:
    return (span.path, span.line) == (other.path, other.line)


def _steps(origin: _Origin, use: Span, value: Span) -> Iterator[Label]:
    """The places between, one for each line."""
    seen = {(use.path, use.line), (value.path, value.line)}
    # A statement may begin some lines above the value that it gives to a name.
    seen |= {
        (place.span.path, place.span.line)
        for place in _nearest(origin, use)
        if place.span.path == value.path and 0 <= value.line - place.span.line <= MAX_HEAD
    }
    for place in origin.between(use):
        at = (place.span.path, place.span.line)
        if at not in seen:
            seen.add(at)
            yield Label(place.span, noun(place), role="step")


def conditions_of(policy: Policy) -> tuple[Condition, ...]:
    """When a variant answers as it does: its own conditions, and that nothing replaces the defaults that decide."""
    values = [getattr(policy, name).value for name in _DECIDING]
    variables = [one.override for one in values if isinstance(one, Known) and one.override is not None]
    unset = [Condition(name, "is unset") for name in variables if not _is_settled(name, policy)]
    return tuple(dict.fromkeys((*policy.conditions, *unset)))


def _is_settled(variable: str, policy: Policy) -> bool:
    """Whether the conditions of a policy say what a variable is, and not only what it is not."""
    return any(one.subject == variable and not one.state.startswith("is not ") for one in policy.conditions)


def decided(policy: Policy, reason: str) -> str:
    """A reason why an answer is decided at run time, with the place of what decides it, where the policy tells."""
    for setting in policy.settings():
        if isinstance(setting.value, Unknown) and setting.value.reason == reason:
            return decider(reason, setting.value.span, setting.span)
    for entry in policy.entries():
        if isinstance(entry, Undecided) and entry.reason == reason:
            return decider(reason, entry.span, policy.origins.span)
    return reason


def noun(place: Place) -> str:
    """The words of a step as they stand in a list of steps, each of which has its place behind it."""
    return _HERE.sub("", place.text)


def _shown(origin: _Origin, span: Span) -> str:
    """A value as a label repeats it: the whole display of a short list, else the element in question."""
    whole: Span | None = origin.setting.value.span
    if whole is not None and holds(whole, span) and _is_short(whole.text) and whole.text.startswith(_BRACKETS):
        return whole.text
    text = span.text
    if _is_short(text):
        return text
    first = text.split("\n", 1)[0].strip().replace("`", "'")
    ends = text[-1] if text.startswith(_BRACKETS) else ""
    return f"{first[:MAX_SHOWN]}...{ends}"


def _is_short(text: str) -> bool:
    return len(text) <= MAX_SHOWN and not set(text) & set("`\r\n")


def _each_place_once(labels: Sequence[Label]) -> Iterator[Label]:
    """The labels, those of one place as one: its fact, in the part that the place has on the way."""
    facts = {_key(label.span) for label in labels if label.role == "fact"}
    roles = {_key(label.span): label.role for label in labels if label.role != "fact" and not label.primary}
    for label in labels:
        if label.role == "fact":
            yield replace(label, role=roles.get(_key(label.span), "fact"))
        elif label.primary or _key(label.span) not in facts:
            yield label


def holds(outer: Span, inner: Span) -> bool:
    """Whether one place lies inside the other."""
    return outer.path == inner.path and outer.start <= inner.start and inner.end <= outer.end
