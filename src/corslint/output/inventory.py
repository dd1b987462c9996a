"""The policies that were found, setting by setting and without judgement: `corslint policies`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.finding import Report
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.output import Options
from corslint.output.summary import count, notes, policies
from corslint.output.terminal import Painter, one_line, shown
from corslint.output.text import policy_line
from corslint.policy import Preflight, Setting
from corslint.source import Span
from corslint.values import Known, Unknown, alternatives
from corslint.wording import clause, decider

_TITLES = (
    "origins",
    "credentials",
    "methods",
    "request headers",
    "exposed headers",
    "max age",
    "Vary: Origin",
    "private network",
    "on errors too",
)
"""For `Policy.settings()`, in its order."""
_COLUMNS = 6
"""How many of them a table shows."""
_WIDTH = max(map(len, _TITLES))


def text(report: Report, options: Options) -> Iterator[str]:
    """A block per policy: where it is, and each setting with what it comes to."""
    paint = Painter(options.color)
    for policy in report.policies:
        where = f"{shown(policy.span.path)}:{policy.span.line}:{policy.span.column}"
        yield f"{paint('bold', where)}  {one_line(policy_line(policy))}"
        if said := clause(policy.conditions):
            yield f"  {one_line(said)}"
        if policy.version and policy.version_reason:
            yield f"  {'version':<{_WIDTH}}  {one_line(f'{policy.version} ({policy.version_reason})')}"
        for title, setting in zip(_TITLES, policy.settings(), strict=True):
            for number, words in enumerate(_setting(setting)):
                yield f"  {title if number == 0 else '':<{_WIDTH}}  {one_line(words)}"
        yield f"  {'preflight':<{_WIDTH}}  {one_line(_preflight(policy.preflight))}"
        yield ""
    if not options.quiet:
        yield closing(report)
        yield from notes(report)


def markdown(report: Report, options: Options) -> Iterator[str]:
    """A table with a row per policy."""
    titles = _TITLES[:_COLUMNS]
    yield f"| policy | place | product | environment | {' | '.join(titles)} | preflight |"
    yield "|---" * (len(titles) + 5) + "|"
    for policy in report.policies:
        product = f"{policy.product} {policy.version}" if policy.version else policy.product
        cells = [
            f"{policy.name}, {policy.scope.text}" if policy.scope.text else policy.name,
            f"{policy.span.path}:{policy.span.line}",
            product,
            policy.environment.text,
            *("; ".join(_setting(setting)) for setting in policy.settings()[:_COLUMNS]),
            _preflight(policy.preflight),
        ]
        yield f"| {' | '.join(map(_cell, cells))} |"
    if not options.quiet:
        yield ""
        yield _cell(closing(report))
        for line in notes(report):
            yield f"- {_cell(line.strip())}"


def closing(report: Report) -> str:
    """How many there are."""
    if not report.policies:
        return f"No CORS settings found in {count(report.files, 'file')}."
    said = f"{policies(len(report.policies))} in {count(len({one.span.path for one in report.policies}), 'file')}."
    number = sum(map(_is_undetermined, (one for policy in report.policies for one in policy.settings())))
    return f"{said} {count(number, 'setting')} decided at run time." if number else said


def _is_undetermined(setting: Setting[object]) -> bool:
    """Whether a setting, or one of its ways, or one of its entries, is decided at run time."""
    return any(
        isinstance(one.value, Unknown)
        or (isinstance(one.value.value, Origins) and any(isinstance(e, Undecided) for e in one.value.value.entries))
        for one in alternatives(setting.value)
    )


def _cell(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", one_line(words))


def _setting(setting: Setting[object]) -> Iterator[str]:
    """What a setting comes to: a line, or one for each way it can turn out."""
    given = "" if setting.given == "explicit" else f" ({setting.given})"
    for one in alternatives(setting.value):
        said = clause(one.conditions)
        when = f"{said}: " if said else ""
        yield f"{when}{_value(one.value, setting.span)}{given}"


def _value(value: Known[object] | Unknown, here: Span | None) -> str:
    if isinstance(value, Unknown):
        return f"decided at run time: {decider(value.reason, value.span, here)}"
    override = f", unless {value.override} is set" if value.override else ""
    return _words(value.value, here) + override


def _words(value: object, here: Span | None) -> str:
    match value:
        case Origins():
            return ", ".join(_entry(entry, here) for entry in value.entries) or "none"
        case None:
            return "not sent"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value} s"
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def _entry(entry: Entry, here: Span | None) -> str:
    match entry:
        case AnyOrigin():
            return "every origin"
        case Reflected():
            return "every origin (repeats what the request says)"
        case Null():
            return "null"
        case Exact():
            return entry.text or "''"
        case Undecided():
            return f"decided at run time: {decider(entry.reason, entry.span, here)}"
        case Pattern():
            return _pattern(entry)


def _pattern(pattern: Pattern) -> str:
    words = {
        "prefix": "begins with",
        "suffix": "ends with",
        "contains": "contains",
        "within": "is a part of",
        "glob": "is like",
    }
    test = words.get(pattern.match)
    told = f"what {test} {pattern.text}" if test else f"what matches /{pattern.text}/ ({pattern.match})"
    return f"all but {told}" if pattern.negated else told


def _preflight(preflight: Preflight) -> str:
    who = {
        "product": "answered by the product",
        "application": "left to the application",
        "nobody": "answered by nobody",
        "unknown": "not known",
    }[preflight.answered_by]
    status = f", {preflight.status}" if preflight.status is not None else ""
    return f"{who}{status}" + (f" ({preflight.reason})" if preflight.reason else "")
