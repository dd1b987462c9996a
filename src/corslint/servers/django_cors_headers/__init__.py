"""django-cors-headers: the settings of a Django project.

answer.py says what the middleware answers, options.py what it makes of its settings, middleware.py whether and when
it runs; reading.py finds the settings in source. https://github.com/adamchainz/django-cors-headers
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

NAME = "django_cors_headers"
TITLE = "Django (django-cors-headers)"
LANGUAGE = "Python"
FILES = re.compile(r"\.py\Z")
WORDS = (
    b"cors_allow",
    b"cors_origin",
    b"cors_urls_regex",
    b"cors_expose_headers",
    b"cors_preflight_max_age",
    b"cors_replace_https_referer",
    b"cors_model",
)

_ASSIGNED = re.compile(
    r"^[ \t]*CORS_(?:ALLOW|ORIGIN_|URLS_REGEX|EXPOSE_HEADERS|PREFLIGHT_MAX_AGE|MODEL|REPLACE_HTTPS_REFERER)\w*"
    r"[ \t]*(?::[^=\n]+)?(?:[+|]?=|\.(?:append|extend|insert)\()",
    re.MULTILINE,
)


def read(project: Project, source: Source) -> Read:
    """The policy of a settings module, or of each class of settings in it; Unread where it cannot be parsed."""
    if not _ASSIGNED.search(source.text):
        return
    from corslint.finding import Unread
    from corslint.resolve.python import resolver_of
    from corslint.servers.django_cors_headers import modules, reading
    from corslint.syntax.python import SyntaxProblem

    if not modules.is_settings(project, source):
        return
    try:
        resolver = resolver_of(project, source)
    except SyntaxProblem as problem:
        place = source.offset(problem.line, problem.column)
        yield Unread(source.path, problem.message, source.span(place, place))
        return
    yield from reading.policies(project, resolver)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of the product, see answer.py."""
    from corslint.servers.django_cors_headers import answer

    return answer.respond(policy, request, status)
