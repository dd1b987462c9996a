"""Kong: its plugin `cors`, in declarative configuration (kong.yml, decK) and as a KongPlugin of Kubernetes.

https://github.com/Kong/kong/blob/22246ef28c16842098369b494eef879222e30c7b/kong/plugins/cors/schema.lua
What stands in the block scalars of a ConfigMap is read too.

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

NAME = "kong"
TITLE = "Kong"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (b"_format_version", b"kongplugin", b"kongclusterplugin")

_MENTION = re.compile(r"\b(?:name|plugin)[\"']?\s*:\s*[\"']?cors\b")


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each place where the plugin is used."""
    from corslint.finding import Unread
    from corslint.resolve.yaml_fields import documents_of
    from corslint.servers.kong.plugins import policies
    from corslint.syntax import yaml

    for document in source.parsed(yaml.documents):
        if not _MENTION.search(document.text):
            continue
        try:
            documents = list(documents_of(document, "cors"))
        except yaml.YamlError as error:
            yield Unread(source.path, f"is no valid YAML: {error.message}", error.span)
            continue
        for one in documents:
            yield from policies(one)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What Kong answers; see `answer.respond`."""
    from corslint.servers.kong import answer

    return answer.respond(policy, request, status)
