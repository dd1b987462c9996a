"""Access-Control headers set by hand in Python code, whatever the framework.

https://fetch.spec.whatwg.org/#http-responses lists the headers; what each framework makes of a value that is no text
is said in `answer.spelled`.
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

NAME = "python_headers"
TITLE = "Headers set in Python code"
LANGUAGE = "Python"
FILES = re.compile(r"(?:^|/)(?!test_|conftest\.py)(?![^/]*_test\.py)[^/]+\.py$")
"""Test modules are left out: what they hold is expectations, requests and imitated answers."""
WORDS = (b"access-control-allow-origin", b"access_control_allow_origin")
_MENTIONS = re.compile(r"(?i)access[-_]control[-_]allow[-_]origin")


def read(project: Project, source: Source) -> Read:
    """The policies of the functions, and of the constants, that set Access-Control-Allow-Origin in one file."""
    if not _is_used(source.text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.python_headers.misnamed import told_of_names
    from corslint.servers.python_headers.policies import policies

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    yield from told_of_names(resolver, policies(resolver, NAME, respond))


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the program; see `answer.respond`."""
    from corslint.servers.python_headers import answer

    return answer.respond(policy, request, status)


def _is_used(text: str) -> bool:
    """Whether the header is mentioned outside of comments, judged by lines; the parser is only asked then."""
    return any(not line.lstrip().startswith("#") and _MENTIONS.search(line) for line in text.splitlines())
