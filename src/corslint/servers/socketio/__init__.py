"""Socket.IO servers in Python: python-engineio, python-socketio above it, and Flask-SocketIO and the like above that.

answer.py says what the product answers, options.py what it makes of its options, the other modules find the options
in source. https://python-socketio.readthedocs.io/en/stable/server.html#cross-origin-controls
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

NAME = "socketio"
TITLE = "Socket.IO (python-socketio, Flask-SocketIO)"
LANGUAGE = "Python"
FILES = re.compile(r"\.pyw?\Z")
WORDS = (b"socketio", b"engineio", b"socketmanager", b"cors_allowed_origins")

_NAMES = re.compile(r"\b(?:flask_socketio|fastapi_socketio|flask\.ext\.socketio|socketio|engineio)\b")
_OPTIONS = re.compile(
    r"(?i)cors_|origins?\b"
    r"|(?:\bSocketIO|Server|init_app)\((?:[^()]|\([^()]*\))*\*\*"
    # Its own default lets every origin in.
    r"|\bSocketManager\("
)
"""What a file holds that says something of origins, or may pass it on without saying so."""


def read(project: Project, source: Source) -> Read:
    """The policies of the sockets in one file; Unread where it cannot be parsed.

    A socket about which nothing is said takes no other site in, and gives nothing.
    """
    if not (_NAMES.search(source.text) or ".init_app(" in source.text):
        return
    from corslint.finding import Unread
    from corslint.servers.socketio.versions import installed

    release = installed(project, source.path)
    speaks = _OPTIONS.search(source.text) is not None
    if not speaks and (release is None or release.how.checks_origin):
        return
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.socketio import reading

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        if "cors_allowed_origins" in source.text:
            yield resolver
        return
    yield from reading.policies(project, resolver, release)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.socketio import answer

    return answer.respond(policy, request, status)
