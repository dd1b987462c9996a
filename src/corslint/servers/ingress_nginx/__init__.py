"""ingress-nginx: the annotations `nginx.ingress.kubernetes.io/enable-cors` and `cors-*` of an Ingress.

https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/docs/user-guide/nginx-configuration/annotations.md
They are read wherever they stand as keys: in manifests, Helm templates and values, patches, and resources of other
kinds that hold an Ingress.

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

NAME = "ingress_nginx"
TITLE = "ingress-nginx"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (b"nginx.ingress.kubernetes.io/enable-cors", b"nginx.ingress.kubernetes.io/cors-")

_MENTION = re.compile(r"nginx\.ingress\.kubernetes\.io/(?:enable-cors|cors-)")


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each set of annotations that switches CORS on, or tries to."""
    from corslint.finding import Unread
    from corslint.servers.ingress_nginx.manifest import annotated
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
            policy = annotated(document, visit)
            if policy is not None:
                yield policy


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What the controller's nginx answers; see `answer.respond`."""
    from corslint.servers.ingress_nginx import answer

    return answer.respond(policy, request, status)
