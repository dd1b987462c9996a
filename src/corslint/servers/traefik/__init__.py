"""Traefik: the `headers` middleware, in a file of its file provider, a Kubernetes `Middleware`, or container labels.

https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/headers/

This module is imported on every run, and the rest of the package only for a file that holds one of the words.
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

NAME = "traefik"
TITLE = "Traefik"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json|toml)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (b"accesscontrol", b"addvaryheader", b"customresponseheaders")

_MENTIONS = ("accesscontrolallow", "accesscontrolexpose", "accesscontrolmaxage", "addvaryheader")


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each middleware that has a say in CORS."""
    from corslint.finding import Unread
    from corslint.servers.traefik import notation
    from corslint.servers.traefik.middleware import policy
    from corslint.syntax import toml, yaml

    is_toml = re.search(r"\.toml(?:\.|\Z)", source.path, re.IGNORECASE) is not None
    for document in (source.parsed(toml.document),) if is_toml else source.parsed(yaml.documents):
        if not _is_of_concern(document.text.lower()):
            continue
        try:
            root = document.root()
        except yaml.YamlError as error:
            yield Unread(source.path, f"is no valid {'TOML' if is_toml else 'YAML'}: {error.message}", error.span)
            continue
        for found in notation.middlewares(root):
            made = policy(project, document, found)
            if made is not None:
                yield made


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What Traefik answers; see `answer.respond`."""
    from corslint.servers.traefik import answer

    return answer.respond(policy, request, status)


def _is_of_concern(text: str) -> bool:
    if any(mention in text for mention in _MENTIONS):
        return True
    return "customresponseheaders" in text and "access-control-allow-origin" in text
