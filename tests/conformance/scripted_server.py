"""A server on loopback that answers, byte for byte, what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from corslint.browser import Headers, Response

BODY = b"ok"
ECHO = "{ORIGIN}"
"""In the value of a header stands for the `Origin` of the request; without one the header is left out."""
BROWSERS_OWN = frozenset({"cookie", "user-agent"})
"""Request headers that the browser sends with values of its own, when a script's are dropped."""
_PROTOCOL = frozenset({"origin", "access-control-request-method", "access-control-request-headers"})
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

    def said(self, scripted: Headers) -> tuple[str, Headers]:
        """The method and, sorted and in lower case, only the script's headers and those of the CORS protocol."""
        ours = {(name.lower(), value) for name, value in scripted}
        names = _PROTOCOL if self.is_preflight else _PROTOCOL | {name for name, _ in ours}
        headers = [(name.lower(), value) for name, value in self.headers if name.lower() in names]
        return self.method, sorted(one for one in headers if one in ours or one[0] not in BROWSERS_OWN)

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
    request_queue_size = 128
    scripted: ScriptedServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Answer, whatever the method."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
        except ConnectionResetError:  # the browser is killed in the end
            self.raw_requestline = b""
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
            self.send(answered(answer, seen.value("Origin")), BODY)

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


def answered(answer: Response, origin: str | None) -> Response:
    """The answer to a request of this `Origin`, with ECHO filled in."""
    headers = [(n, v.replace(ECHO, origin or "")) for n, v in answer.headers if origin is not None or ECHO not in v]
    return Response(answer.status, headers)


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
