"""A server of our own: each line `cors ORIGIN... [credentials]` of a .stub file is a policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stub_product import policy

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.environment import Environment
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Undecided
from corslint.policy import Policy, Setting
from corslint.source import Source, Span
from corslint.values import Alternative, Condition, Known, OneOf

NAME = "stub"
TITLE = "Stub"
LANGUAGE = "Stub"
FILES = re.compile(r"\.stub$")
WORDS = (b"cors",)


def read(project: Project, source: Source) -> Iterator[Policy | Unread]:
    """`cors` opens a policy; `broken` cannot be read; `crash` is a fault of this server."""
    for found in re.finditer(r"^ *(cors|broken|crash)\b([^#\n]*)", source.text, re.MULTILINE):
        span = source.span(found.start(1), found.start() + len(found.group().rstrip()))
        if found[1] == "crash":
            raise RuntimeError("the stub crashed")
        if found[1] == "broken":
            yield Unread(source.path, "is broken", span)
        else:
            yield _policy(source, span, found.start(2), found[2])


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the stub product."""
    return policy.respond(request, status)


def _policy(source: Source, span: Span, start: int, text: str) -> Policy:
    words = [
        (found.group(), source.span(start + found.start(), start + found.end())) for found in re.finditer(r"\S+", text)
    ]
    entries = tuple(_entry(word, place) for word, place in words if word not in ("credentials", "if-debug", "prod"))
    names = [word for word, _ in words]
    made = policy(*entries, credentials="credentials" in names)
    made = replace(
        made,
        span=span,
        key=f"cors:{' '.join(names)}",
        origins=Setting("origins", Known(Origins(entries)), span),
        credentials=Setting("credentials", made.credentials.value, span),
    )
    if "prod" in names:
        made = replace(made, environment=Environment("production", "it says so", marked=True))
    if "if-debug" in names:
        debug = Alternative((Condition("DEBUG", "is true"),), Known(Origins((AnyOrigin(span),))), "development")
        live = Alternative((Condition("DEBUG", "is false"),), Known(Origins(entries)), "production")
        made = replace(made, origins=Setting("origins", OneOf((debug, live)), span))
    return made


def _entry(word: str, place: Span) -> Entry:
    if word == "*":
        return AnyOrigin(place)
    if word == "null":
        return Null(place)
    return Undecided("it is read at run time", place) if word == "?" else Exact(word, place)
