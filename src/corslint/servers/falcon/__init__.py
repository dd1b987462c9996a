"""Falcon's CORSMiddleware, and `cors_enable=True`, which makes one.

https://falcon.readthedocs.io/en/stable/api/cors.html
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

NAME = "falcon"
TITLE = "Falcon"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"cors_enable", b"corsmiddleware")


def read(project: Project, source: Source) -> Read:
    """The policies of one file."""
    if "falcon" not in source.text or not re.search(r"\bcors_enable\b|\bCORSMiddleware\b", source.text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.falcon.reading import policies

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of Falcon; see `answer.respond`."""
    from corslint.servers.falcon import answer

    return answer.respond(policy, request, status)
