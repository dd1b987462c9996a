"""What a module in `servers` provides. The engine finds the modules by walking the folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol, TypeAlias

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.source import Source

Read: TypeAlias = "Iterator[Policy | Unread]"


class Server(Protocol):
    """A product that sends CORS headers."""

    NAME: str
    """The slug used in policies, configuration and tests; the module's own name."""
    TITLE: str
    """For people: "Starlette / FastAPI"."""
    LANGUAGE: str
    """The kind of file it is configured in, for people: "Python", "nginx", "YAML"."""
    FILES: re.Pattern[str]
    """Searched in a file's path (forward slashes): may this file configure the product?"""
    WORDS: tuple[bytes, ...]
    """Lower case; a file without any of them is not read."""

    def read(self, project: Project, source: Source) -> Read:
        """The policies in one file, and what in it could not be read.

        A file that has nothing to do with CORS gives nothing, even if it does not parse. Must not raise; a crash is
        reported as a fault of corslint, and the other files are still judged.
        """

    def respond(self, policy: Policy, request: Request, status: int = 200) -> Response:
        """The status and CORS headers (Access-Control-*, Vary; duplicates included) the product answers with.

        `request` is as it stands on the wire, `status` what the application behind the product answers. Raises
        UndecidedError where a value decided at run time decides the answer.
        """
