"""django-cors-headers: the settings of a Django project.

answer.py says what the middleware answers, options.py what it makes of its settings, middleware.py whether and when
it runs; modules.py and leaves.py tell which files Django loads as settings, bodies.py and reading.py what they set. https://github.com/adamchainz/django-cors-headers
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corslint.servers.django_cors_headers.mentions import WORDS, sets_something

if TYPE_CHECKING:
    from corslint.browser import Request, Response
    from corslint.collect import Project
    from corslint.policy import Policy
    from corslint.server import Read
    from corslint.source import Source

__all__ = ("FILES", "LANGUAGE", "NAME", "TITLE", "WORDS", "read", "respond")
NAME = "django_cors_headers"
TITLE = "Django (django-cors-headers)"
LANGUAGE = "Python"
FILES = re.compile(r"\.py\Z")


def read(project: Project, source: Source) -> Read:
    """The policies of the settings modules that get CORS settings from a file; Unread where one cannot be parsed.

    These are the file itself, or those that build upon it and set nothing of CORS, so that nobody else reads them; of
    classes of settings likewise.
    """
    if not sets_something(source.text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_of, resolver_or_unread
    from corslint.servers.django_cors_headers import includes, leaves, modules, reading

    assembled = list(includes.assembling(project, source))
    if not assembled and not modules.is_settings(project, source):
        return
    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        yield resolver
        return
    for one in assembled:
        read_first = (part for part in one.files if project.listed(part.path) and sets_something(part.text))
        if source is next(read_first, None):
            yield from reading.of_assembly(project, one)
    for module in () if assembled else leaves.judged_with(project, source):
        yield from reading.of_module(project, resolver_of(project, module))
    yield from reading.of_classes(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.django_cors_headers import answer

    return answer.respond(policy, request, status)
