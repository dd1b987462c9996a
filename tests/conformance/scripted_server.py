"""A server on loopback that answers, byte for byte, what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from corslint.browser import Response

BODY = b"ok"
PAGE = "/page"
"""The path of an empty document."""
FRAMED = "/framed"
"""The path of a document that holds the empty one in a sandboxed frame."""
_PAGES = {
    PAGE: b"<!doctype html><title>page</title>",
    FRAMED: b'<!doctype html><title>frame</title><iframe sandbox="allow-scripts" src="/page"></iframe>',
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    method: str
    headers: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str | None:
        """The value of a header, None if it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def is_preflight(self) -> bool:
        """Whether the browser asks for permission."""
        return self.method == "OPTIONS" and self.value("Access-Control-Request-Method") is not None


@dataclass(slots=True)
class ScriptedServer:
    """What the server answers, by path, and what it was asked."""

    port: int
    preflights: dict[str, Response] = field(default_factory=dict)
    """The answers to preflights."""
    responses: dict[str, Response] = field(default_factory=dict)
    """The answers to everything else. To their headers nothing is added: where a body follows they tell its length."""
    seen: dict[str, list[Seen]] = field(default_factory=dict)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    scripted: ScriptedServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Answer, whatever the method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scripted = cast(_Listener, self.server).scripted
        seen = Seen(self.command, tuple(self.headers.items()))
        answer = (scripted.preflights if seen.is_preflight else scripted.responses).get(self.path)
        if answer is None:
            page = _PAGES.get(self.path)
            length = ("Content-Length", str(len(page or b"")))
            self.send(Response(404 if page is None else 200, (("Content-Type", "text/html"), length)), page or b"")
        else:
            scripted.seen.setdefault(self.path, []).append(seen)
            self.send(answer, BODY)

    def send(self, answer: Response, body: bytes) -> None:
        """Send the head as told and the body where one may stand."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[ScriptedServer]:
    """A server that knows nothing but the pages until it is told."""
    with _Listener(("127.0.0.1", 0), _Handler) as listener:
        listener.scripted = ScriptedServer(listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield listener.scripted
        finally:
            listener.shutdown()
            thread.join()
