"""Runs generated sites, each by its own product on a port of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import real_nginx
from generated_sites import Site

START_SECONDS = 80
"""How long all of them together may take to start: two processors share some thirty interpreters."""


@dataclass(frozen=True)
class Running:
    """A site that answers."""

    site: Site
    folder: Path
    """Where its texts stand."""
    port: int
    """On 127.0.0.1."""


def _command(running: Running) -> list[str]:
    port, folder = str(running.port), str(running.folder)
    module = [sys.executable, "-m"]
    match running.site.product:
        case "starlette":
            quiet = ["--log-level", "warning", "--lifespan", "off", "--ws", "none"]
            return [*module, "uvicorn", "app:app", "--app-dir", folder, "--port", port, *quiet]
        case "flask_cors":
            return [*module, "flask", "--app", f"{folder}/app.py", "run", "--port", port]
        case "django_cors_headers":
            return [*module, "django", "runserver", "--noreload", f"127.0.0.1:{port}", "--settings", "settings"]
    raise ValueError(running.site.product)


@contextmanager
def running(sites: Sequence[Site], folder: Path) -> Iterator[list[Running]]:
    """Write the texts of the sites to folders of their own and run them all; every process is killed at the end.

    Raises RuntimeError where one does not start.
    """
    placed = [
        Running(site, folder / f"{site.product}-{number}", port)
        for number, (site, port) in enumerate(zip(sites, _free_ports(len(sites)), strict=True))
    ]
    for one in placed:
        one.folder.mkdir(parents=True)
        for name, text in one.site.texts.items():
            (one.folder / name).write_text(text.replace("PORT_OF_SITE", str(one.port)), encoding="utf-8")
    with ExitStack() as stack:
        configured = [one for one in placed if one.site.product == "nginx"]
        if configured:
            included = "\n".join(f"include {one.folder}/site.conf;" for one in configured)
            stack.enter_context(real_nginx.running(included, folder / "nginx", configured[0].port))
        programs = [(one, stack.enter_context(_started(one))) for one in placed if one not in configured]
        deadline = time.monotonic() + START_SECONDS
        for one, process in programs:
            _await_answer(one, process, deadline)
        yield placed


@contextmanager
def _started(running: Running) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(running.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with (running.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _command(running), cwd=running.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def _await_answer(running: Running, process: subprocess.Popen[bytes], deadline: float) -> None:
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", running.port), timeout=1).close()
            return
        time.sleep(0.05)
    told = (running.folder / "log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{running.site.product} did not start: {told}\n{running.site.texts}")


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on, as of now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
