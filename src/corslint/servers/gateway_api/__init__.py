"""Kubernetes Gateway API: the filter `type: CORS` of an HTTPRoute, whichever gateway carries it out.

https://github.com/kubernetes-sigs/gateway-api/blob/v1.5.0/apis/v1/httproute_types.go, `HTTPCORSFilter`: what every
gateway must do, and what its schema refuses.

This module is imported on every run, and the rest of the package only for a file that holds the word.
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

NAME = "gateway_api"
TITLE = "Kubernetes Gateway API"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (b"httproute",)

_MENTION = re.compile(r"\bcors[\"']?\s*:")


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each filter."""
    from corslint.finding import Unread
    from corslint.resolve.yaml_fields import documents_of
    from corslint.servers.gateway_api.filters import policies
    from corslint.syntax import yaml

    for document in source.parsed(yaml.documents):
        if "HTTPRoute" not in document.text or not _MENTION.search(document.text):
            continue
        try:
            documents = list(documents_of(document, "cors"))
        except yaml.YamlError as error:
            yield Unread(source.path, f"is no valid YAML: {error.message}", error.span)
            continue
        for one in documents:
            yield from policies(one)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What a gateway answers; see `answer.respond`."""
    from corslint.servers.gateway_api import answer

    return answer.respond(policy, request, status)
