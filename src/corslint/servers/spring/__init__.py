"""Spring: the CORS settings that Spring Cloud Gateway, Actuator and Spring GraphQL take from `application.yml`.

https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux/cors-configuration.html
https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.cors
https://docs.spring.io/spring-boot/appendix/application-properties/ (`spring.graphql.cors`)
What Java code sets (`@CrossOrigin`, `CorsRegistry`) is not read.

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

NAME = "spring"
TITLE = "Spring"
LANGUAGE = "YAML"
FILES = re.compile(r"\.(?:ya?ml|properties)(?:\.(?:j2|tpl|tmpl|template))?\Z", re.IGNORECASE)
WORDS = (b"cors:", b"cors.")

_MENTION = re.compile(r"allowed-?_?origin|allow-?_?origin|\borigins\b", re.IGNORECASE)


def read(project: Project, source: Source) -> Read:
    """The policies of one file: one for each CORS configuration that one of its documents gives origins to."""
    if not _MENTION.search(source.text):
        return
    from corslint.finding import Unread
    from corslint.servers.spring import files
    from corslint.servers.spring.policies import policy

    file = files.read(source)
    for document, site in file.sites():
        made = policy(project, document, site, files.inherited(project, file, document, site))
        if made is not None:
            yield made
    for error in file.errors:
        yield Unread(source.path, f"is no valid YAML: {error.message}", error.span)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """What Spring answers; see `answer.respond`."""
    from corslint.servers.spring import answer

    return answer.respond(policy, request, status)
