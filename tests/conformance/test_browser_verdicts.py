"""`judge`, given both answers, against what Chromium 156 and Firefox 153 did with one plain `fetch()`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from recorded_verdicts import PROFILES, Line, answer_to, difference, recorded, request_of, verdicts_on

from corslint.browser import CHROMIUM, SPEC, Profile, Verdict, actual_request, judge, preflight_request

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


def verdict_on(line: Line, profile: Profile) -> Verdict:
    request = request_of(line["request"], profile)
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
        if told := difference(modelled, browser, observed):
            found[line["id"]] = told
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
def test_following_redirects_says_the_same_where_there_are_none(browser: str) -> None:
    profile = PROFILES[browser]
    assert all(verdicts_on(line, profile) == [verdict_on(line, profile)] for line in applicable())


@pytest.mark.parametrize("browser", PROFILES)
def test_the_preflights_on_the_wire_ask_for_what_the_browser_s_asked(browser: str) -> None:
    profile, wrong = PROFILES[browser], {}
    for line in applicable():
        outcome, request = line["outcome"][browser], request_of(line["request"], profile)
        headers = preflight_request(request, profile).headers
        asked = {name.lower(): value for name, value in headers if name != "Origin"}
        if outcome["preflight_sent"] and asked != outcome["acr"]:
            wrong[line["id"]] = (asked, outcome["acr"])
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
