"""What stands before a command or an image's: `ENV` of Dockerfiles, and `NAME=value command` of Procfiles.

https://docs.docker.com/reference/dockerfile/#env, https://devcenter.heroku.com/articles/procfile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.surroundings import Around, Found
from corslint.source import Source, Span
from corslint.syntax.variables import expand
from corslint.values import Known, Unknown

DOCKERFILES = re.compile(r"(?:Docker|Container)file(?:[._-].+)?|.+\.(?:docker|container)file", re.IGNORECASE)
PROCFILES = re.compile(r"Procfile(?:\.\w+)?")

MAX_STAGES = 100
"""Build stages of one file; one with more sets nothing."""
_INSTRUCTION = re.compile(r"^[ \t]*([A-Za-z]+)[ \t]+((?:\\[ \t]*\r?\n(?:[ \t]*#.*\n)*|[^\r\n\\]|\\)*)", re.MULTILINE)
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_GAP = re.compile(r"(?:(?<=\n)[ \t]*#.*\n|\s|\\[ \t]*\r?\n)*")
_WORD = re.compile(r"(?:[^\s\"'\\]|\\[^\r\n]|\"(?:\\[\s\S]|[^\"\\])*\"|'[^']*'|[\"'])+")
_PIECE = re.compile(r"\"((?:\\[\s\S]|[^\"\\])*)\"|'([^']*)'|\\(.)|([^\"'\\]+|[\"'\\])")
_ESCAPE = re.compile(r"\\([\"\\$`])")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=")
_PROCESS = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*(.*)", re.MULTILINE)
_DOLLAR = "\ue001"
"""Stands for a dollar sign that is none of a variable."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A build stage."""

    name: str
    given: dict[str, Known[str] | Unknown]


def assignments(around: Around, name: str) -> Iterator[Found]:
    """What Dockerfiles and Procfiles beside or above the program set a variable to."""
    for path in around.nearest(DOCKERFILES):
        source = around.checkout.source(path)
        value = _of_image(source, name) if source is not None and name in source.text else None
        if value is not None:
            yield Found(path, Assignment(name, value, path, path, around.checkout.environment(path)))
    for path in around.nearest(PROCFILES):
        source = around.checkout.source(path)
        if source is None or name not in source.text:
            continue
        for process in _PROCESS.finditer(source.text):
            value = _before_command(source, *process.span(2)).get(name)
            if value is not None:
                title, deployment = f'process "{process[1]}" of {path}', f"{path}#{process[1]}"
                environment = around.checkout.environment(path, process[1])
                yield Found(path, Assignment(name, value, title, deployment, environment))


def _of_image(source: Source, name: str) -> Known[str] | Unknown | None:
    """What the image holds in the end: the values of its last stage, and of those that one builds upon."""
    stages: list[_Stage] = []
    for instruction in _INSTRUCTION.finditer(source.text):
        word = instruction[1].upper()
        if word == "FROM" and (found := _FROM.match(instruction[2])):
            if len(stages) >= MAX_STAGES:
                return None
            above = next((one for one in reversed(stages) if one.name == found[1].lower()), None)
            stages.append(_Stage((found[2] or str(len(stages))).lower(), dict(above.given) if above else {}))
        elif word == "ENV" and stages:
            stages[-1].given.update(list(_environment(source, *instruction.span(2), stages[-1].given)))
    return stages[-1].given.get(name) if stages else None


def _environment(
    source: Source, start: int, end: int, given: dict[str, Known[str] | Unknown]
) -> Iterator[tuple[str, Known[str] | Unknown]]:
    """The assignments of one ENV instruction; variables in them have the values from before it."""
    words = list(_words(source, start, end))
    if words and not _NAME.match(words[0].text):
        # The older form: a name, white space, and all the rest of the line.
        first = _GAP.match(source.text, words[0].end, end)
        rest = source.span(first.end() if first else end, start + len(source.text[start:end].rstrip()))
        yield words[0].text, _value(rest, given)
        return
    for word in words:
        if found := _NAME.match(word.text):
            yield found[1], _value(source.span(word.start + found.end(), word.end), given)


def _before_command(source: Source, start: int, end: int) -> dict[str, Known[str] | Unknown]:
    given: dict[str, Known[str] | Unknown] = {}
    for word in _words(source, start, end):
        found = _NAME.match(word.text)
        if found:
            given[found[1]] = _value(source.span(word.start + found.end(), word.end), given)
        elif word.text not in ("env", "export", "&&"):
            break
    return given


def _words(source: Source, start: int, end: int) -> Iterator[Span]:
    """The words of a stretch, as a shell takes them apart."""
    while True:
        gap = _GAP.match(source.text, start, end)
        word = _WORD.match(source.text, gap.end() if gap else start, end)
        if word is None:
            return
        yield source.span(*word.span())
        start = word.end()


def _value(span: Span, known: dict[str, Known[str] | Unknown]) -> Known[str] | Unknown:
    """What a word comes to, without its quotes and with variables replaced."""
    pieces: list[str] = []
    for double, single, escaped, plain in _PIECE.findall(span.text):
        if plain:
            pieces.append(plain)
        elif double:
            pieces.append(_ESCAPE.sub(lambda found: found[1].replace("$", _DOLLAR), double))
        else:
            pieces.append((single or escaped).replace("$", _DOLLAR))
    inner = span
    if len(span.text) > 1 and span.text[0] in "\"'" and len(_PIECE.findall(span.text)) == 1:
        inner = Span(span.source, span.start + 1, span.end - 1)
    text = "".join(pieces)
    if "`" in text or "$(" in text:
        return Unknown("a command decides it", inner)
    found = expand(text, inner, compose=True, known=known)
    if isinstance(found, Known):
        return Known(found.value.replace(_DOLLAR, "$"), inner, override=found.override)
    return found
