"""nginx: `add_header` and `more_set_headers` of the CORS headers, by the block a request ends in.

http://nginx.org/en/docs/http/ngx_http_headers_module.html and https://github.com/openresty/headers-more-nginx-module.
What is measured on nginx 1.22.1 (headers-more 0.34): tests/conformance/test_nginx.py.
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

NAME = "nginx"
TITLE = "nginx"
LANGUAGE = "nginx"
FILES = re.compile(
    r"\A(?!.*\.(?:py[iw]?|ipynb|[cm]?[jt]sx?|vue|svelte|json[5lc]?|toml|md|mdx|rst|adoc|txt|html?|xml|svg|s?css|"
    r"less|java|kt|scala|groovy|go|rs|c|cc|cpp|h|hpp|cs|fs|vb|php|phtml|rb|pl|pm|t|swift|m|dart|exs?|erl|clj|hs|lua|sql|"
    r"zsh|fish|ps1|bat|tf|hcl|proto|graphql|lock|sum|csv|tsv|log|patch|diff|po|pot)\Z)",
    re.IGNORECASE,
)
"""Every file but those that are plainly something else: nginx includes files of any name."""
WORDS = (b"add_header", b"more_set_headers")


def read(project: Project, source: Source) -> Read:
    """The policies of the configurations this file is part of, and what in the file could not be read."""
    from corslint.servers.nginx import reading

    yield from reading.read(project, source)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What nginx answers; see `answer.respond`."""
    from corslint.servers.nginx import answer

    return answer.respond(policy, request, status)
