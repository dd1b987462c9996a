"""`.env` files: what python-dotenv, and with it pydantic-settings and Flask, makes of them; and what Compose does.

The grammar is python-dotenv's (https://github.com/theskumar/python-dotenv/blob/main/src/dotenv/parser.py). Compose
reads the same files but for what it replaces: nothing between single quotes, and `$NAME` without braces too
(https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax).

A line that is no assignment is skipped, as python-dotenv does, and listed in `EnvFile.bad`. Nothing here raises.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from corslint.source import Source, Span
from corslint.syntax.variables import expand
from corslint.values import Known, Unknown

MAX_ENTRIES = 100_000
"""Assignments of one file that are read; the rest sets nothing."""
MAX_REPLACED = 4_000_000
"""Characters that variables may bring into the values of one file: `A=${B}${B}` doubles with every line."""

_BLANK = re.compile(r"\s*")
_EXPORT = re.compile(r"export[^\S\r\n]+")
_QUOTED_NAME = re.compile(r"'([^']+)'")
_NAME = re.compile(r"[^=#\s]+")
_SPACE = re.compile(r"[^\S\r\n]*")
_LINE = re.compile(r"[^\r\n]*")
_REST = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")
_NEXT_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_COMMENT = re.compile(r"(?<=\s)#")
_QUOTED = {
    "'": re.compile(r"[^'\\]*(?:\\.[^'\\]*)*", re.DOTALL),
    '"': re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL),
}
_ESCAPES = {"'": re.compile(r"\\[\\']"), '"': re.compile(r"\\[\\'\"abfnrtv]")}
_VARIABLE = re.compile(r"[^}:]*")

Values: TypeAlias = Mapping[str, "Known[str] | Unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment of a file."""

    name: str
    value: Known[str] | Unknown
    """With escapes and variables replaced; unknown without a `=`, and where a variable is set elsewhere."""
    name_span: Span
    """Where the name stands."""
    span: Span
    """Where the value stands, without its quotes; empty where nothing is written."""
    is_bare: bool = False
    """Whether it is a name without `=`: Compose then passes on what is set around it, python-dotenv sets nothing."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file sets."""

    entries: tuple[Entry, ...]
    """In the order of the file; a name may repeat."""
    bad: tuple[Span, ...] = ()
    """The lines that are no assignment, without their endings."""

    def get(self, name: str) -> Entry | None:
        """The assignment that counts: the last one that gives the name a value, else the name alone; None for none."""
        found = [entry for entry in self.entries if entry.name == name]
        given = [entry for entry in found if not entry.is_bare]
        return given[-1] if given else next(iter(found), None)

    def values(self) -> dict[str, Known[str] | Unknown]:
        """What each name amounts to that is given a value."""
        return {entry.name: entry.value for entry in self.entries if not entry.is_bare}


@dataclass(frozen=True, slots=True)
class _Raw:
    """An assignment before variables are replaced."""

    name: Span
    value: Span
    text: str | None
    """With escapes replaced; None without a `=`."""
    quote: str


def dotenv(source: Source) -> EnvFile:
    """What python-dotenv reads. Use it as `source.parsed(dotenv)`, which keeps it."""
    return _resolved(source, lambda raw, span, above: _replaced(raw.text or "", span, above), bare_is_empty=True)


def compose(source: Source) -> EnvFile:
    """What Compose reads of an `env_file`, or of the `.env` beside it. Use it as `source.parsed(compose)`."""

    def value(raw: _Raw, span: Span, above: Values) -> Known[str] | Unknown:
        if raw.quote == "'":
            return Known(raw.text or "", span)
        return expand(raw.text or "", span, compose=True, known=above)

    return _resolved(source, value)


def _resolved(
    source: Source, value: Callable[[_Raw, Span, Values], Known[str] | Unknown], *, bare_is_empty: bool = False
) -> EnvFile:
    """The entries; `bare_is_empty` where a name alone counts as empty in what is below it, as for python-dotenv."""
    source.veil()
    entries: list[Entry] = []
    bad: list[Span] = []
    above: dict[str, Known[str] | Unknown] = {}
    left = MAX_REPLACED
    for raw in _statements(source):
        if isinstance(raw, Span):
            bad.append(raw)
            continue
        if len(entries) >= MAX_ENTRIES:
            break
        name = raw.name.text
        if raw.text is None:
            unset = Unknown(f"`{name}` is set where this runs", raw.name)
            entries.append(Entry(name, unset, raw.name, raw.value, is_bare=True))
            if bare_is_empty:
                above[name] = Known("", raw.name)
            continue
        found: Known[str] | Unknown
        if "$" not in raw.text:
            found = Known(raw.text, raw.value)
        elif left <= 0:
            found = Unknown("it holds too many variables", raw.value)
        else:
            found = value(raw, raw.value, above)
            left -= len(found.value) if isinstance(found, Known) else len(raw.text)
        above[name] = found
        entries.append(Entry(name, found, raw.name, raw.value))
    return EnvFile(tuple(entries), tuple(bad))


def _replaced(text: str, span: Span, above: Values) -> Known[str] | Unknown:
    """The text as python-dotenv expands it: `${NAME}` and `${NAME:-default}`, once, between any quotes."""
    pieces: list[str] = []
    last = length = 0
    override: str | None = None
    for start, end, name, default in _variables(text):
        value = above.get(name)
        if isinstance(value, Unknown):
            return Unknown(value.reason, span)
        if value is None and default is None:
            return Unknown(f"`{name}` is set where this runs", span)
        override = override or (name if value is None else value.override)
        pieces += [text[last:start], (default or "") if value is None else value.value]
        last = end
        length += len(pieces[-1])
        if length > MAX_REPLACED:
            return Unknown("it holds too many variables", span)
    return Known("".join([*pieces, text[last:]]), span, override=override)


def _variables(text: str) -> Iterator[tuple[int, int, str, str | None]]:
    """The variables of a text: start, end, name and default. One regular expression would take quadratic time."""
    position = 0
    while (start := text.find("${", position)) >= 0:
        name = _end(_VARIABLE, text, start + 2)
        default: str | None = None
        closing = name
        if text.startswith(":-", name):
            closing = text.find("}", name)
            default = text[name + 2 : closing]
        if not text.startswith("}", closing):
            if closing < 0 or name == len(text):
                return
            position = name  # a colon that no default follows spoils whatever begins before it
            continue
        yield start, closing + 1, text[start + 2 : name], default
        position = closing + 1


def _statements(source: Source) -> Iterator[_Raw | Span]:
    """The assignments of a file, and the lines that are none."""
    text = source.text
    position = int(text.startswith("\ufeff"))
    while (start := _end(_BLANK, text, position)) < len(text):
        found = _statement(source, start)
        if isinstance(found, int):
            end = _end(_LINE, text, found)
            yield source.span(start, end)
            position = _end(_NEXT_LINE, text, found)
        else:
            raw, position = found
            if raw is not None:
                yield raw


def _statement(source: Source, start: int) -> tuple[_Raw | None, int] | int:
    """An assignment, or None for a comment, and where the next begins; the place that cannot be read for a bad line."""
    text = source.text
    exported = _EXPORT.match(text, start)
    position = exported.end() if exported else start
    raw: _Raw | None = None
    if text[position : position + 1] != "#":
        name = (_QUOTED_NAME if text.startswith("'", position) else _NAME).match(text, position)
        if name is None:
            return position
        named = source.span(*name.span(name.lastindex or 0))
        position = _end(_SPACE, text, name.end())
        if text.startswith("=", position):
            after = _end(_SPACE, text, position + 1)
            value = _value(source, after, is_spaced=after > position + 1)
            if value is None:
                return after
            span, decoded, quote, position = value
            raw = _Raw(named, span, decoded, quote)
        else:
            raw = _Raw(named, source.span(named.end, named.end), None, "")
    rest = _REST.match(text, position)
    return position if rest is None else (raw, rest.end())


def _value(source: Source, start: int, *, is_spaced: bool) -> tuple[Span, str, str, int] | None:
    """Where a value stands, what it decodes to, its quote, and where it ends; None for a quote that nothing closes."""
    text = source.text
    quote = text[start : start + 1]
    if quote in _QUOTED:
        end = _end(_QUOTED[quote], text, start + 1)
        if not text.startswith(quote, end):
            return None
        span = source.span(start + 1, end)
        decoded = _ESCAPES[quote].sub(lambda found: codecs.decode(found[0], "unicode-escape"), span.text)
        return span, decoded, quote, end + 1
    if quote == "#" and is_spaced:
        return source.span(start, start), "", "", start
    line = _end(_LINE, text, start)
    comment = _COMMENT.search(text, start + 1, line)
    end = start + len(text[start : comment.start() if comment else line].rstrip())
    return source.span(start, end), text[start:end], "", line


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start
