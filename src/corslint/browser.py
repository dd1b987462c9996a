"""What a browser does with a server's answer: the CORS protocol of the Fetch standard, pure, without I/O.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Headers = Sequence[tuple[str, str]]
CredentialsMode = Literal["omit", "same-origin", "include"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a script on a page asks for with `fetch()`."""

    origin: str
    """The serialised origin of the page, such as `https://app.example`, or `null` for an opaque one."""
    url: str
    """Absolute http(s) URL."""
    method: str = "GET"
    headers: Headers = ()
    """The headers the script sets, as (name, value) pairs."""
    credentials: CredentialsMode = "omit"


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answers: its status and its headers, in order; a header sent twice stands twice."""

    status: int
    headers: Headers = ()

    def values(self, name: str) -> list[str]:
        """All values sent under `name`, compared without case."""
        return [value for header, value in self.headers if header.lower() == name.lower()]
