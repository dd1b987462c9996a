"""A server of our own for tests of the command line, so that these do not change with products or rules.

A `.stub` file has a line per policy: `allow ORIGIN`. `broken` cannot be read, `crash` is a fault of the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.finding import Unread
from corslint.origins import Exact, Null, Origins
from corslint.policy import Policy, Setting
from corslint.source import Source
from corslint.values import Known

NAME = "stub"
TITLE = "Stub"
LANGUAGE = "stub files"
FILES = re.compile(r"\.stub\Z")
WORDS = (b"allow", b"broken", b"crash")


def read(project: Project, source: Source) -> Iterator[Policy | Unread]:
    """A policy for each line."""
    for found in re.finditer(r"(?m)^(allow|broken|crash) ?([^\s#]*)", source.text):
        span = source.span(*found.span(2))
        if found[1] == "crash":
            raise ZeroDivisionError("a fault on purpose")
        if found[1] == "broken":
            yield Unread(source.path, "its brace is never closed", span)
            continue
        entry = Null(span) if found[2] == "null" else Exact(found[2], span)
        yield Policy(
            server=NAME,
            product="Stub",
            name=f"allow {found[2]}",
            key=f"allow@{span.line}",
            span=source.span(*found.span(1)),
            origins=Setting("allow", Known(Origins((entry,))), span),
            credentials=Setting("credentials", Known(False), given="default"),
            methods=Setting("methods", Known(("GET", "POST")), given="default"),
            headers=Setting("headers", Known(("content-type",)), given="default"),
            exposed=Setting("exposed", Known(()), given="default"),
            max_age=Setting("max_age", Known(600), given="default"),
            vary=Setting("vary", Known(True), given="default"),
            private_network=Setting("private_network", Known(False), given="default"),
            respond_with=respond,
        )


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """Repeat the origin that is let in."""
    origin = next((value for name, value in request.headers if name == "Origin"), "")
    if policy.origins.known().match(origin) is None:
        return Response(status, (("Vary", "Origin"),))
    return Response(
        200 if request.method == "OPTIONS" else status,
        (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", "content-type"),
            ("Vary", "Origin"),
        ),
    )
