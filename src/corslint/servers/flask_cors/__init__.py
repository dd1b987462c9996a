"""flask-cors: the extension `CORS`, the decorator `@cross_origin`, and `app.config["CORS_..."]`.

answer.py says what the product answers, options.py what it makes of its options, the other modules find the options
in source. https://github.com/corydolphin/flask-cors
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

NAME = "flask_cors"
TITLE = "Flask (flask-cors)"
LANGUAGE = "Python"
FILES = re.compile(r"\.pyw?\Z")
WORDS = (b"flask_cors", b"flask.ext.cors", b"cors.init_app")

_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+flask(?:_cors|\.ext\.cors)\b", re.MULTILINE)


def read(project: Project, source: Source) -> Read:
    """The policies of the extension and of decorated views in one file; Unread where it cannot be parsed."""
    if not _IMPORT.search(source.text) and ".init_app(" not in source.text:
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.flask_cors import reading, views

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        if _IMPORT.search(source.text):
            yield resolver
        return
    yield from reading.policies(project, resolver)
    yield from views.policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.flask_cors import answer

    return answer.respond(policy, request, status)
