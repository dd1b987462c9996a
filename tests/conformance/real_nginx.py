"""A real nginx on loopback, and a program behind it that answers with the status it is asked for."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HEADERS_MORE = "ngx_http_headers_more_filter_module.so"
MODULE_FOLDERS = ("/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/usr/lib64/nginx/modules")


class Upstream(BaseHTTPRequestHandler):
    """Answers every method with the status in the query (`?status=404`), 200 without."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Answer, whatever the method."""
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        query = parse_qs(urlsplit(self.path).query)
        self.send_response(int(query.get("status", ["200"])[0]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that nginx cuts off when it stops."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def upstream() -> Iterator[int]:
    """The port of a program for nginx to hand requests to."""
    server = _Listener(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port nobody listens on, as of now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _main(http: str, folder: Path) -> str:
    module = next(
        (f"{path}/{HEADERS_MORE}" for path in MODULE_FOLDERS if os.path.exists(f"{path}/{HEADERS_MORE}")), None
    )
    load = f"load_module {module};" if module and not _has_headers_more() else ""
    bodies = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{load}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
{bodies}
    access_log off;
    root {folder}/html;
    server_names_hash_bucket_size 128;
    map_hash_bucket_size 256;
{http}
}}
"""


def executable() -> str:
    """The path of nginx. Raises RuntimeError where there is none."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError("nginx is not installed: apt-get install nginx libnginx-mod-http-headers-more-filter")
    return found


@lru_cache
def _has_headers_more() -> bool:
    """Whether headers-more is part of the program itself, as in the wheels on PyPI."""
    told = subprocess.run([executable(), "-V"], capture_output=True, text=True, check=True)
    return "headers-more" in told.stderr


@lru_cache
def version() -> str:
    """The version of the nginx that runs."""
    told = subprocess.run([executable(), "-v"], capture_output=True, text=True, check=True)
    return told.stderr.rpartition("/")[2].strip()


def refusal(http: str, folder: Path) -> str:
    """What `nginx -t` complains of in the contents of an `http` block; empty where it accepts them."""
    (folder / "html").mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(_main(http, folder), encoding="utf-8")
    tested = subprocess.run(
        [executable(), "-t", "-q", "-p", str(folder), "-c", str(path)], capture_output=True, text=True, check=False
    )
    return "" if tested.returncode == 0 else tested.stderr


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx."""

    port: int

    def ask(self, host: str, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
        """The status and the CORS headers of an answer, in order."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": host, **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            answer.read()
            found = [(name, value) for name, value in answer.getheaders() if is_told(name)]
            return answer.status, found
        finally:
            connection.close()


def is_told(name: str) -> bool:
    """Whether a header is one the model speaks of."""
    return name.lower().startswith("access-control-") or name.lower() in ("vary", "location")


def without_target(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers in order, that of a redirect first and without its address, which the port of the server is part of."""
    found = list(headers)
    redirects = [(name, "") for name, _ in found if name.lower() == "location"]
    return redirects + [(name, value) for name, value in found if name.lower() != "location"]


@contextmanager
def running(http: str, folder: Path, port: int) -> Iterator[Nginx]:
    """A running nginx with these contents of the `http` block, which listens on `port`.

    Raises RuntimeError where it does not start.
    """
    (folder / "html").mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(_main(http, folder), encoding="utf-8")
    log = folder / "stderr.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [executable(), "-p", str(folder), "-c", str(path)], stdout=stderr, stderr=stderr, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + 10
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {log.read_text(errors='replace')}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield Nginx(port)
    finally:
        process.terminate()
        process.wait(timeout=10)
