"""HAProxy Ingress: the annotations `haproxy-ingress.github.io/cors-*` of an Ingress or a Service.

https://haproxy-ingress.github.io/v0.16/docs/configuration/keys/#cors. The answers are those of the releases up to 0.16;
what the global ConfigMap says is not read.

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

NAME = "haproxy_ingress"
TITLE = "HAProxy Ingress"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (b"haproxy-ingress.github.io/cors-", b"ingress.kubernetes.io/cors-enable")

_MENTION = re.compile(r"haproxy-ingress\.github\.io/cors-|\bingress\.kubernetes\.io/cors-enable")


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each set of annotations that switches CORS on, or tries to."""
    from corslint.finding import Unread
    from corslint.servers.haproxy_ingress.annotations import annotated
    from corslint.syntax import yaml

    for document in source.parsed(yaml.documents):
        if not _MENTION.search(document.text):
            continue
        try:
            root = document.root()
        except yaml.YamlError as error:
            yield Unread(source.path, f"is no valid YAML: {error.message}", error.span)
            continue
        for visit in yaml.walk(root):
            yield from annotated(document, visit)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What the controller's HAProxy answers; see `answer.respond`."""
    from corslint.servers.haproxy_ingress import answer

    return answer.respond(policy, request, status)
