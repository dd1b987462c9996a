"""Random nginx configurations and random requests: the model and a real nginx must answer the same.

Both see the same text. Compared are the status, every Access-Control-* and Vary header, in order and with duplicates,
and whether there is a Location. CORSLINT_CONFORMANCE_PAIRS says how many answers are compared.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from accuracy import compared
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from nginx_sites import FILES, STATUSES, Asked, Site, site, status_of_file
from real_nginx import Nginx, executable, free_port, running, without_target

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.servers import nginx
from corslint.servers.nginx.answer import respond

pytestmark = pytest.mark.needs_nginx

PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
SITES = 25
"""In one nginx."""
HTTP = (
    "",
    "",
    "",
    "add_header Access-Control-Allow-Origin *;",
    "add_header Access-Control-Allow-Origin $http_origin always; add_header Vary Origin;",
    "proxy_hide_header Access-Control-Allow-Origin;",
)
"""What stands around all servers of one nginx."""

Answer = tuple[int, list[tuple[str, str]]]


@dataclass(slots=True)
class Tally:
    """What was compared."""

    pairs: int = 0
    undecided: int = 0
    uncovered: int = 0
    """Requests no policy speaks for; that nginx sends no CORS headers there is compared too."""
    differences: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)


def behind(port: int) -> str:
    """A server for the others to hand requests to: it answers what the request tells it to."""
    codes = " ".join(
        f"if ($http_x_status = {code}) {{ return {code}{' https://up.example/' if code == 301 else ''}; }}"
        for code in sorted(set(STATUSES) - {200})
    )
    return f"""server {{ listen 127.0.0.1:{port};
add_header Access-Control-Allow-Origin $http_x_up_access_control_allow_origin always;
add_header Access-Control-Allow-Credentials $http_x_up_access_control_allow_credentials always;
add_header Vary $http_x_up_vary always;
location / {{ {codes} return 200; }} }}"""


def filled_in(text: str, folder: Path, up: int) -> str:
    """A text with its short names spelled out."""
    for short, long in {"UP": f"127.0.0.1:{up}", "DEAD": "127.0.0.1:1", "DIR": str(folder)}.items():
        text = re.sub(rf"\b{short}\b", long, text)
    return text


@dataclass(frozen=True, slots=True)
class Running:
    """An nginx with some sites."""

    texts: tuple[str, ...]
    """The configuration of each site alone, as corslint reads it."""
    port: int


def compare(http: str, sites: Sequence[Site], folder: Path, tally: Tally) -> None:
    """Put all requests of the sites to an nginx that has them all, and to the model of each."""
    port, up = free_port(), free_port()
    (folder / "html" / "c").mkdir(parents=True, exist_ok=True)
    (folder / "users").write_text("u:{PLAIN}p\n")
    for name in FILES:
        (folder / "html" / name[1:]).write_text("x")
    texts: list[str] = []
    included: dict[str, str] = {}
    for number, one in enumerate(sites):
        for name, text in one.files.items():
            included[f"{folder}/{name}"] = text
            (folder / name).write_text(text)
        body = filled_in(one.body, folder, up)
        texts.append(f"{one.beside}\nserver {{ listen 127.0.0.1:{port}; server_name s{number}.test;\n{body}\n}}")
    http = f"{http}\nvariables_hash_max_size 8192; variables_hash_bucket_size 128; server_names_hash_max_size 4096;"
    with running("\n".join([http, behind(up), *texts]), folder, port) as real:
        for number, (one, text) in enumerate(zip(sites, texts, strict=True)):
            read = policies(f"http {{\n{http}\n{text}\n}}", folder, included)
            for asked in one.requests:
                difference = differs(real, f"s{number}.test", read, asked, tally)
                if difference:
                    tally.differences.append(f"{difference}\n{http}\n{text}\n{one.files}")


def policies(text: str, folder: Path, included: dict[str, str]) -> list[Policy]:
    """The policies of a configuration that is read in full."""
    texts = {f"{folder}/nginx.conf": text, **{path: one for path, one in included.items() if path in text}}
    project = Project(tuple(Listed(path, path) for path in texts))
    sources = [project.keep(path, one) for path, one in texts.items()]
    found = [read for source in sources for read in nginx.read(project, source)]
    assert not [one for one in found if isinstance(one, Unread)], [one.reason for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Policy)]


def differs(real: Nginx, host: str, read: list[Policy], asked: Asked, tally: Tally) -> str:
    """What is not the same; empty where the answers are."""
    origin = (("Origin", asked.origin),) if asked.origin else ()
    for_behind = {"X-Status": str(asked.status), **{f"X-Up-{name}": value for name, value in asked.behind}}
    status, headers = real.ask(host, asked.method, asked.target, {**dict((*origin, *asked.headers)), **for_behind})
    theirs = status, without_target(headers)
    tally.pairs += 1
    url = f"http://{host}{asked.target}"
    request = Request(asked.origin or "", url, asked.method, (*origin, *asked.headers))
    sent_behind = (*asked.behind, *((("Location", "https://up.example/"),) if asked.status == 301 else ()))
    speaking = [policy for policy in read if policy.covers(asked.target.partition("?")[0])]
    if not speaking:
        tally.uncovered += 1
        found = [name for name, _ in theirs[1] if name.lower().startswith("access-control-")]
        # Which error pages there are plays no part in which paths a policy speaks for.
        is_error = asked.status >= 300 or status >= 300
        return f"{asked}\nno policy, but {theirs}" if found and not asked.behind and not is_error else ""
    wrong = []
    for policy in speaking:
        try:
            answer = respond(policy, request, asked.status, sent_behind, status_of_file)
        except UndecidedError as error:
            tally.undecided += 1
            tally.reasons[str(error)] = tally.reasons.get(str(error), 0) + 1
            continue
        ours = answer.status, without_target(answer.headers)
        if ours != theirs:
            wrong.append(f"{policy.name}: {ours}")
    return f"{asked}\nnginx: {theirs}\n" + "\n".join(wrong) if wrong else ""
