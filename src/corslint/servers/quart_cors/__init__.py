"""Quart-CORS: `cors(app)`, the decorator `@route_cors`, and the QUART_CORS_* entries of a configuration.

answer.py says what the product answers, options.py what it makes of its options, reading.py finds the options in
source. https://github.com/pgjones/quart-cors
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

NAME = "quart_cors"
TITLE = "Quart (quart-cors)"
LANGUAGE = "Python"
FILES = re.compile(r"\.pyw?\Z")
WORDS = (b"quart_cors",)

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+quart_cors\b", re.MULTILINE)


def read(project: Project, source: Source) -> Read:
    """The policies of the applications and views in one file; Unread where it cannot be parsed."""
    if not _IMPORT.search(source.text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.quart_cors import reading

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from reading.policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.quart_cors import answer

    return answer.respond(policy, request, status)
