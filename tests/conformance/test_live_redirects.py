"""The browser model against a real Chromium of today, for fetches that are redirected once or more.

What is drawn depends on SEED alone.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from accuracy import compared
from real_chromium import Outcome, running, with_any_name
from scripted_server import ECHO, FRAMED, PAGE, ScriptedServer, answered, serving

from corslint.browser import CHROMIUM, CredentialsMode, Headers, Request, Response, Verdict
from corslint.browser.console_lines import chromium_lines
from corslint.browser.redirects import follow

pytestmark = pytest.mark.needs_chromium

SEED = 20261123
CHAINS = 200
APP = "http://app.example"

METHODS = ("GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "patch")
HEADERS: tuple[Headers, ...] = (
    (),
    (),
    (("Content-Type", "application/json"),),
    (("Content-Type", "text/plain"), ("X-Token", "1")),
    (("Authorization", "Bearer abc"),),
    (("Authorization", "Bearer abc"), ("X-Token", "1")),
)
MODES: tuple[CredentialsMode, ...] = ("omit", "same-origin", "include")
ORIGINS = (ECHO, ECHO, ECHO, ECHO, "*", "*", "null", APP, "https://other.example", "")
STATUSES = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Chain:
    """A request, and by URL what is answered to a preflight and to the request itself."""

    request: Request
    answers: dict[str, tuple[Response, Response]]

    def server(self, asked: Request) -> Response:
        """The answer to a request as it stands on the wire."""
        headers = dict(asked.headers)
        preflight, response = self.answers[asked.url]
        is_preflight = asked.method == "OPTIONS" and "Access-Control-Request-Method" in headers
        return answered(preflight if is_preflight else response, headers.get("Origin"))

    @property
    def verdict(self) -> Verdict:
        """What the model says."""
        return follow(self.request, self.server, CHROMIUM)


def chain(number: int, chance: random.Random, pages: tuple[str, ...], servers: tuple[str, ...]) -> Chain:
    """A chain of one to three redirects; `servers` are the origins it may lead over."""
    page = chance.choice(pages)
    hosts = [chance.choice(servers) for _ in range(chance.choice((2, 2, 3, 4)))]
    urls = [f"{host}/chain/{number}/{hop}" for hop, host in enumerate(hosts)]
    headers, credentials = chance.choice(HEADERS), chance.choice(MODES)
    answers = {}
    for hop, url in enumerate(urls):
        preflight = [("Access-Control-Allow-Methods", chance.choice(("PUT, DELETE, patch",) * 5 + ("*", "POST")))]
        names = ("content-type, x-token, authorization",) * 5 + ("*", "content-type")
        preflight += [("Access-Control-Allow-Headers", chance.choice(names)), *allowing(chance)]
        response = allowing(chance)
        status = 200
        if hop + 1 < len(urls):
            status, target = chance.choice(STATUSES), urls[hop + 1]
            if chance.random() < (0.2 if hosts[hop] == hosts[hop + 1] == page else 0.05):
                target = target.replace("://", "://user:word@")
            elif chance.random() < 0.3 and hosts[hop] == hosts[hop + 1]:
                target = chance.choice((target[len(hosts[hop]) :], f"{hop + 1}"))
            response.append(("Location", target))
        answers[url] = (
            Response(chance.choice((200,) * 15 + (405,)), [*preflight, ("Content-Length", "2")]),
            Response(status, [*response, ("X-One", "1"), ("Cache-Control", "no-store"), ("Content-Length", "2")]),
        )
    return Chain(Request(page, urls[0], chance.choice(METHODS), headers, credentials), answers)


def allowing(chance: random.Random) -> list[tuple[str, str]]:
    """Headers that let pages have an answer, more often than not."""
    origin = chance.choice(ORIGINS)
    headers = [("Access-Control-Allow-Origin", origin)] if origin else []
    if chance.random() < 0.85:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if chance.random() < 0.3:
        headers.append(("Access-Control-Expose-Headers", "X-One"))
    return headers


def differences(chain: Chain, outcome: Outcome, servers: dict[str, ScriptedServer]) -> list[str]:
    """What Chromium did otherwise than the model says."""
    verdict = chain.verdict
    printed = () if verdict.allowed else chromium_lines(chain.request, verdict)
    sent: dict[str, list[tuple[str, Headers]]] = {url: [] for url in chain.answers}
    for one in verdict.sent:
        sent[one.url].append((one.method, sorted((name.lower(), value) for name, value in one.headers)))
    arrived = {}
    for url in chain.answers:
        host, path = url.partition("/chain/")[0], url[url.index("/chain/") :]
        arrived[url] = [one.said(chain.request.headers) for one in servers[host].seen.get(path, [])]
    pairs: dict[str, tuple[object, object]] = {
        "allowed": (verdict.allowed, outcome.allowed),
        "error": (verdict.error, outcome.error),
        "status": (verdict.status, outcome.status),
        "readable": (verdict.readable_headers, outcome.readable),
        "on the wire": (sent, arrived),
        "console": (with_any_name(printed), with_any_name(outcome.console)),
    }
    return [f"{what}: {ours!r}, Chromium {theirs!r}" for what, (ours, theirs) in pairs.items() if ours != theirs]


def test_every_redirected_fetch_ends_as_the_model_says(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with (
        serving() as named,
        serving() as one,
        serving() as other,
        running(tmp_path, named_hosts_port=named.port) as chromium,
    ):
        of_port = f"http://localhost:{named.port}"
        servers = {
            APP: named,
            "http://api.test": named,
            f"http://127.0.0.1:{one.port}": one,
            f"http://127.0.0.1:{other.port}": other,
        }
        opened = [chromium.page(APP + PAGE, APP), chromium.sandboxed_page(of_port + FRAMED)]
        chance = random.Random(SEED)
        pages = (APP, APP, APP, "null")
        chains = [chain(number, chance, pages, tuple(servers)) for number in range(CHAINS)]
        for it in chains:
            for url, (preflight, response) in it.answers.items():
                host, path = url.partition("/chain/")[0], url[url.index("/chain/") :]
                servers[host].preflights[path], servers[host].responses[path] = preflight, response
        outcomes: dict[str, Outcome] = {}
        for page in opened:
            asked = [it.request for it in chains if it.request.origin == page.origin]
            outcomes |= zip((request.url for request in asked), page.fetch_all(asked), strict=True)
        found = {}
        for it in chains:
            if differs := differences(it, outcomes[it.request.url], servers):
                found[it.request.url] = [repr(it.request), *map(repr, it.answers.items()), *differs]
        compared("Chromium", chromium.version, "live redirected fetches", CHAINS, len(found))

    assert not found, "\n".join(line for lines in found.values() for line in lines)
    told = Counter(outcome.error for outcome in outcomes.values())
    assert told[None] >= 20, told
    assert told["RedirectContainsCredentials"] >= 2, told
    assert told["net::ERR_ABORTED"] >= 1, told
    assert len(told) >= 12, told
