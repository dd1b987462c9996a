"""Envoy's CORS filter, and the products that are configured in their own words and let Envoy answer.

- Envoy itself: `typed_per_filter_config` with a `CorsPolicy`, and the older `cors` of virtual hosts and route actions.
  https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/filters/http/cors/v3/cors.proto
- Istio: `corsPolicy` of a VirtualService.
  https://github.com/istio/istio/blob/1.27.1/pilot/pkg/networking/core/route/route.go, `TranslateCORSPolicy`
- Envoy Gateway: `cors` of a SecurityPolicy.
  https://github.com/envoyproxy/gateway/blob/v1.5.0/internal/gatewayapi/securitypolicy.go, `buildCORS`
- Contour: `corsPolicy` of an HTTPProxy's virtual host.
  https://github.com/projectcontour/contour/blob/v1.33.0/internal/dag/httpproxy_processor.go, `toCORSPolicy`
- Emissary-ingress (Ambassador): `cors` of a Mapping or of the Module.
  https://github.com/emissary-ingress/emissary/blob/v3.9.1/python/ambassador/ir/ircors.py

They are read in files of their own and in the block scalars of a ConfigMap or an annotation.

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

NAME = "envoy"
TITLE = "Envoy, Istio, Envoy Gateway, Contour, Emissary"
LANGUAGE = "YAML"
FILES = re.compile(
    r"\.(?:ya?ml|json)(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z|(?:^|/)templates/(?:.*/)?[^/_][^/]*\.tpl\Z",
    re.IGNORECASE,
)
WORDS = (
    b"corspolicy",
    b"allow_origin_string_match",
    b"allow_origin_regex",
    b"alloworiginstringmatch",
    b"allow_origin:",
    b'"allow_origin"',
    b"getambassador.io/",
    b"gateway.envoyproxy.io/",
)

_MENTION = re.compile(
    r"corspolicy|allow_?origin_?string_?match|allow_origin_regex|allow_origin[\"']?:|\bcors[\"']?:", re.IGNORECASE
)


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each place that says who is let in."""
    from corslint.finding import Unread
    from corslint.resolve.yaml_fields import documents_of
    from corslint.servers.envoy import notation
    from corslint.servers.envoy.policies import policy
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
            for found in notation.policies(one):
                made = policy(found)
                yield made


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What Envoy answers; see `answer.respond`."""
    from corslint.servers.envoy import answer

    return answer.respond(policy, request, status)
