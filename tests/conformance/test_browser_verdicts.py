"""The browser model against what Chromium 156 and Firefox 153 did.

Each line of `browser-verdicts.jsonl.gz` is one request of a page in a real browser to a real server on loopback: what
was asked, what the server answered to OPTIONS and to the request, what either browser did and printed. `{ORIGIN}` in
a recorded header stands for the request's own `Origin`; where none was sent, the server left the header out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corslint.browser import (
    CHROMIUM,
    FIREFOX,
    SPEC,
    Profile,
    Request,
    Response,
    Verdict,
    actual_request,
    judge,
    preflight_request,
)

RECORDED = Path(__file__).parents[1] / "data" / "browser-verdicts.jsonl.gz"
PROFILES = {"chromium": CHROMIUM, "firefox": FIREFOX}

SEVERAL_STEPS = {"redirects", "then", "response_next"}
NOT_PLAIN_FETCH = {"api", "mode", "upload_listener", "cache", "redirect", "keepalive", "beacon_type"}
OTHER_GROUPS = {"redirect", "pfcache", "vary", "transport", "origin", "pna", "body"}

LINES_BY_GROUP = {
    "acac": 26,
    "acah": 173,
    "acah-form": 31,
    "acah-methodonly": 2,
    "acam": 46,
    "acam-headeronly": 4,
    "acao": 166,
    "auth-star": 9,
    "bundle": 10,
    "ctype": 93,
    "echo": 9,
    "expose": 23,
    "fuzz": 265,
    "fuzzb": 357,
    "method": 121,
    "null": 37,
    "pf-acac": 10,
    "pf-acao": 44,
    "pf-ok-actual": 29,
    "pf-star": 29,
    "pf-status": 45,
    "safelist": 90,
    "safelist-allow": 5,
    "safelist-sum": 4,
    "server": 59,
    "status": 31,
    "which-header": 5,
}

Line = dict[str, Any]


@cache
def recorded() -> tuple[Line, ...]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


@cache
def applicable() -> tuple[Line, ...]:
    """The lines with one plain `fetch()`, at most one preflight, and no redirect."""
    return tuple(
        line
        for line in recorded()
        if not SEVERAL_STEPS & line.keys()
        and not NOT_PLAIN_FETCH & line["request"].keys()
        and line["group"] not in OTHER_GROUPS
    )


def request_of(line: Line) -> Request:
    asked = line["request"]
    headers = tuple((name, value) for name, value in asked["headers"])
    return Request(asked["page_origin"], asked["url"], asked["method"], headers, asked["credentials"])


def answer_to(request: Request, answer: Line) -> Response:
    """The recorded answer to a request as it stands on the wire."""
    origin = dict(request.headers).get("Origin")
    headers = tuple(
        (name, value.replace("{ORIGIN}", origin or ""))
        for name, value in answer["headers"]
        if origin is not None or "{ORIGIN}" not in value
    )
    return Response(answer["status"], headers)


def verdict_on(line: Line, profile: Profile) -> Verdict:
    request = request_of(line)
    return judge(
        request,
        preflight=answer_to(preflight_request(request, profile), line["preflight_response"]),
        response=answer_to(actual_request(request, profile), line["response"]),
        profile=profile,
    )


def differences(browser: str, profile: Profile, lines: tuple[Line, ...]) -> dict[str, str]:
    """By the line's id: what the model says otherwise than the browser did."""
    found = {}
    for line in lines:
        outcome, verdict = line["outcome"][browser], verdict_on(line, profile)
        modelled = {
            "allowed": verdict.allowed,
            "preflight_sent": verdict.preflight,
            "readable_headers": list(verdict.readable_headers),
            "error_kind": verdict.error if browser == "chromium" else verdict.firefox_error,
        }
        observed = {
            "allowed": outcome["allowed"],
            "preflight_sent": outcome["preflight_sent"],
            "readable_headers": outcome.get("readable_headers", []),
            "error_kind": outcome.get("error_kind"),
        }
        if modelled != observed:
            keys = [key for key in modelled if modelled[key] != observed[key]]
            found[line["id"]] = "; ".join(
                f"{key}: model {modelled[key]!r}, {browser} {observed[key]!r}" for key in keys
            )
    return found


def test_the_recording_is_whole() -> None:
    groups = [line["group"] for line in applicable()]
    assert {group: groups.count(group) for group in sorted(set(groups))} == LINES_BY_GROUP
    assert len(groups) == 1723
    assert len(recorded()) == 2151


@pytest.mark.parametrize("group", LINES_BY_GROUP)
@pytest.mark.parametrize("browser", PROFILES)
def test_the_model_agrees_with_the_browser(browser: str, group: str) -> None:
    lines = tuple(line for line in applicable() if line["group"] == group)
    assert differences(browser, PROFILES[browser], lines) == {}


@pytest.mark.parametrize("browser", PROFILES)
def test_a_redirected_preflight_is_refused_as_the_browser_does(browser: str) -> None:
    lines = tuple(line for line in recorded() if line["group"] == "pf-redirect")
    assert len(lines) == 13
    assert differences(browser, PROFILES[browser], lines) == {}


@pytest.mark.parametrize("browser", PROFILES)
def test_the_requests_on_the_wire_are_those_the_browser_sent(browser: str) -> None:
    profile, wrong = PROFILES[browser], {}
    for line in applicable():
        outcome, request = line["outcome"][browser], request_of(line)
        ahead, itself = preflight_request(request, profile), actual_request(request, profile)
        asked = {name.lower(): value for name, value in ahead.headers if name != "Origin"}
        modelled = []
        if outcome["preflight_sent"]:
            asked_for = asked["access-control-request-method"]
            modelled.append(f"OPTIONS {asked_for} {ahead.url} Origin:{dict(ahead.headers)['Origin']}")
        if outcome["actual_sent"]:
            modelled.append(f"{itself.method} {itself.url} Origin:{dict(itself.headers).get('Origin')}")
        if modelled != outcome["hops"] or (outcome["preflight_sent"] and asked != outcome["acr"]):
            wrong[line["id"]] = (modelled, outcome["hops"], asked, outcome.get("acr"))
    assert wrong == {}


def printed_by_chromium(line: Line) -> Iterator[str]:
    for text in line["console"].get("chromium", ()):
        _, blocked, sentence = text.partition("has been blocked by CORS policy: ")
        if blocked:
            yield sentence


def test_the_sentence_is_the_one_chromium_printed() -> None:
    wrong = {}
    for line in applicable():
        sentence = verdict_on(line, CHROMIUM).sentence
        allowed_sentences = {sentence}
        if line["outcome"]["chromium"].get("error_kind") == "HeaderDisallowedByPreflightResponse":
            # Chromium names any one of the headers that are not allowed.
            asked = line["outcome"]["chromium"]["acr"]["access-control-request-headers"].split(",")
            blamed = "Request header field {} is not allowed by Access-Control-Allow-Headers in preflight response."
            allowed_sentences |= {blamed.format(name) for name in asked}
        printed: set[str | None] = set(printed_by_chromium(line)) or {None}
        if not printed <= allowed_sentences:
            wrong[line["id"]] = (printed, sentence)
    assert wrong == {}


@pytest.mark.parametrize(
    ("browser", "flag", "lines"),
    [
        ("chromium", "wildcard_covers_authorization", 13),
        ("chromium", "client_hints_are_safelisted", 4),
        ("chromium", "repeats_are_combined", 2),
        ("firefox", "wildcard_covers_authorization", 13),
        ("firefox", "non_ascii_is_unsafe", 1),
        ("firefox", "sum_is_unlimited", 2),
    ],
)
def test_without_a_deviation_the_model_is_wrong(browser: str, flag: str, lines: int) -> None:
    """Each deviation earns its place: so many lines contradict a profile that lacks it."""
    off: dict[str, Any] = {flag: False}
    assert len(differences(browser, replace(PROFILES[browser], **off), applicable())) == lines


@pytest.mark.parametrize(("browser", "lines"), [("chromium", 19), ("firefox", 16)])
def test_the_standard_differs_from_a_browser_only_by_its_deviations(browser: str, lines: int) -> None:
    assert len(differences(browser, SPEC, applicable())) == lines
