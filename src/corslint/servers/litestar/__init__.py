"""Litestar's CORSConfig, which an application gets as `cors_config`.

https://docs.litestar.dev/latest/usage/middleware/builtin-middleware.html#cors
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

NAME = "litestar"
TITLE = "Litestar"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"corsconfig",)


def read(project: Project, source: Source) -> Read:
    """The policies of the CORSConfig objects that one file makes."""
    # AWS Chalice, Powertools for Lambda and others have a class of that name too.
    if "CORSConfig" not in source.text or "litestar" not in source.text:
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.litestar.reading import policies

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of Litestar; see `answer.respond`."""
    from corslint.servers.litestar import answer

    return answer.respond(policy, request, status)
