"""What Chromium 156 and Firefox 153 did, as recorded, and the model asked the same.

Each line of `browser-verdicts.jsonl.gz` is one request of a page in a real browser to a real server on loopback: what
was asked, what the server answered to OPTIONS and to the request, what either browser did and printed. `{ORIGIN}` in
a recorded header stands for the request's own `Origin`; where none was sent, the server left the header out.
`redirects` holds the answers at further paths, `then` further requests of the same page, some time later.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corslint.browser import CHROMIUM, FIREFOX, Profile, Request, Response, Verdict
from corslint.browser.preflight_cache import PreflightCache
from corslint.browser.redirects import follow
from corslint.browser.request_kinds import KINDS, Body, Kind, beacon_request, element_request, with_body

RECORDED = Path(__file__).parents[1] / "data" / "browser-verdicts.jsonl.gz"
PROFILES = {"chromium": CHROMIUM, "firefox": FIREFOX}
VERSIONS = {"chromium": ("Chromium", "156"), "firefox": ("Firefox", "153")}

EXCLUDED = {
    "vary": "which answer an HTTP cache hands out is no matter of CORS",
    "transport": "nothing that speaks HTTP answers",
}
"""The groups out of scope, and why."""
ODD = {
    "transport-1902": "ftp needs no server to be refused: in scope, unlike the rest of its group",
    "origin-2413": "port 80 of the page's own origin: the page's own server answered, with 404, not the recording one",
}
"""Lines treated apart from their group, and why."""

Line = dict[str, Any]

_KIND_NAMES = {
    "xhr": "XMLHttpRequest",
    "img": "image",
    "css": "stylesheet",
    "eventsource": "EventSource",
}
_BODIES: dict[str, Body] = {
    "string": "text",
    "params": "parameters",
    "form": "form",
    "blob": "blob",
    "buffer": "buffer",
}


@cache
def recorded() -> tuple[Line, ...]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


@cache
def in_scope() -> tuple[Line, ...]:
    return tuple(line for line in recorded() if (line["group"] not in EXCLUDED) != (line["id"] in ODD))


def kind_of(asked: Line) -> Kind:
    name: str = asked.get("api", "fetch")
    return KINDS[_KIND_NAMES.get(name, name)]


def request_of(asked: Line, profile: Profile) -> Request:
    kind = kind_of(asked)
    if kind.name == "beacon":
        return beacon_request(asked["page_origin"], asked["url"], body="blob", body_type=asked["beacon_type"])
    if not kind.reads_headers:
        return element_request(kind, asked["page_origin"], asked["url"], credentials=asked["credentials"])
    request = Request(
        asked["page_origin"],
        asked["url"],
        asked["method"],
        tuple((name, value) for name, value in asked["headers"]),
        asked["credentials"],
        mode=asked.get("mode", "cors"),
        redirect=asked.get("redirect", "follow"),
        upload_is_watched=asked.get("upload_listener", False),
    )
    if body := asked.get("body"):
        return with_body(request, _BODIES[body["kind"]], body_type=body.get("type", ""), profile=profile)
    return request


def answer_to(request: Request, answer: Line) -> Response:
    """The recorded answer to a request as it stands on the wire."""
    origin = dict(request.headers).get("Origin")
    headers = tuple(
        (name, value.replace("{ORIGIN}", origin or ""))
        for name, value in answer["headers"]
        if origin is not None or "{ORIGIN}" not in value
    )
    return Response(answer["status"], headers)


def server_of(line: Line) -> Callable[[Request], Response]:
    further = {answers["path"]: answers for answers in line.get("redirects", ())}

    def server(request: Request) -> Response:
        answers = further.get(urlsplit(request.url).path, line)
        is_preflight = any(name == "Access-Control-Request-Method" for name, _ in request.headers)
        return answer_to(request, answers["preflight_response" if is_preflight else "response"])

    return server


def requests_of(line: Line) -> Iterator[tuple[Line, Line]]:
    """What was asked, and what became of it, for the first request of a line and for those that follow."""
    yield line["request"], line["outcome"]
    for following in line.get("then", ()):
        yield following["request"], following["outcome"]


def verdicts_on(line: Line, profile: Profile) -> list[Verdict]:
    """What the model says of each request of a line, in one browser that remembers preflights."""
    remembered, verdicts = PreflightCache(profile), []
    for asked, _ in requests_of(line):
        remembered.pass_time(asked.get("delay", 0) / 1000)
        verdicts.append(follow(request_of(asked, profile), server_of(line), profile, remembered))
    return verdicts


def hops_of(verdict: Verdict) -> list[str]:
    """The requests sent, written as in the recording."""
    hops = []
    for request in verdict.sent:
        headers = dict(request.headers)
        asked = headers.get("Access-Control-Request-Method")
        method = f"OPTIONS {asked}" if asked else request.method
        hops.append(f"{method} {request.url} Origin:{headers.get('Origin')}")
    return hops


def difference(modelled: Line, browser: str, observed: Line) -> str:
    """What the model says otherwise than the browser did, for people; empty where they agree."""
    keys = [key for key in modelled if modelled[key] != observed[key]]
    return "; ".join(f"{key}: model {modelled[key]!r}, {browser} {observed[key]!r}" for key in keys)


def without(profile: Profile, flag: str) -> Profile:
    """`profile` as if the browser kept to the standard in this one thing."""
    standard: dict[str, Any] = {flag: getattr(Profile("the standard"), flag)}
    return replace(profile, **standard)
