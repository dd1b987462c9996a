"""Sanic Extensions: the CORS_* entries of a Sanic application's configuration, and `Extend(app, config=...)`.

answer.py says what the product answers, options.py what it makes of its options, reading.py finds the options in
source. https://sanic.dev/en/plugins/sanic-ext/http/cors.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corslint.browser import Request, Response
    from corslint.collect import Project
    from corslint.policy import Policy
    from corslint.server import Read
    from corslint.source import Source

NAME = "sanic_ext"
TITLE = "Sanic (sanic-ext)"
LANGUAGE = "Python"
FILES = re.compile(r"\.pyw?\Z")
WORDS = (b"sanic",)

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+sanic(?:_ext)?\b", re.MULTILINE)
_OTHER = re.compile(r"^[ \t]*(?:from|import)[ \t]+sanic_cors\b", re.MULTILINE)
"""Another extension, which reads entries of the same names. https://github.com/ashleysommer/sanic-cors"""
_OPTIONS = re.compile(r"(?i)\bcors_[a-z]|@[\w.]*cors\(")


def read(project: Project, source: Source) -> Read:
    """The policies of the applications that a file configures; Unread where it cannot be parsed."""
    text = source.text
    if not _OPTIONS.search(text) or not _IMPORT.search(text) or _OTHER.search(text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.sanic_ext import reading

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from reading.policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.sanic_ext import answer

    return answer.respond(policy, request, status)
