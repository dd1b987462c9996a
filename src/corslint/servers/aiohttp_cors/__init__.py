"""aiohttp-cors: `setup(app, defaults=...)`, and what single routes and views are given.

https://github.com/aio-libs/aiohttp-cors
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

NAME = "aiohttp_cors"
TITLE = "aiohttp-cors"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"aiohttp_cors",)


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each set of options, with the origins that they are for."""
    if "aiohttp_cors" not in source.text:
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.aiohttp_cors.reading import policies

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of aiohttp-cors; see `answer.respond`."""
    from corslint.servers.aiohttp_cors import answer

    return answer.respond(policy, request, status)
