"""`follow` against what Chromium 156 and Firefox 153 did: every recorded request, redirects and remembered preflights.

Compared are the verdict, the requests on the wire in order, the name of the error, the status and the headers a
script can read.
"""

from __future__ import annotations

import pytest
from accuracy import compared
from recorded_verdicts import (
    EXCLUDED,
    ODD,
    PROFILES,
    VERSIONS,
    Line,
    difference,
    hops_of,
    in_scope,
    kind_of,
    recorded,
    requests_of,
    verdicts_on,
    without,
)

from corslint.browser import CHROMIUM, SPEC, Profile

LINES_BY_GROUP = {
    "acac": 26,
    "acah": 173,
    "acah-form": 31,
    "acah-methodonly": 2,
    "acam": 46,
    "acam-headeronly": 4,
    "acao": 166,
    "api-beacon": 4,
    "api-css": 9,
    "api-eventsource": 9,
    "api-font": 7,
    "api-img": 11,
    "api-module": 9,
    "api-script": 10,
    "api-video": 12,
    "api-xhr": 20,
    "auth-star": 9,
    "body": 6,
    "bundle": 10,
    "ctype": 93,
    "echo": 9,
    "expose": 23,
    "fuzz": 312,
    "fuzzb": 424,
    "maxage": 49,
    "method": 121,
    "mode": 6,
    "null": 37,
    "origin": 36,
    "pf-acac": 10,
    "pf-acao": 44,
    "pf-ok-actual": 29,
    "pf-redirect": 13,
    "pf-star": 29,
    "pf-status": 45,
    "pfcache": 11,
    "pna": 2,
    "redirect": 78,
    "safelist": 90,
    "safelist-allow": 5,
    "safelist-sum": 4,
    "server": 59,
    "status": 31,
    "transport": 1,
    "which-header": 5,
}
LINES_LEFT_OUT = {"vary": 17, "transport": 3, "origin": 1}

OWN_NAMES = {"CheckSameOriginError": "SOP"}
"""Firefox's names for which the recording, made from what was printed, has one of its own."""


def differences(browser: str, profile: Profile, lines: tuple[Line, ...]) -> dict[str, str]:
    """By the line's id: what the model says otherwise than the browser did, at any request of the line."""
    found = {}
    for line in lines:
        for (asked, outcomes), verdict in zip(requests_of(line), verdicts_on(line, profile), strict=True):
            kind, outcome = kind_of(asked), outcomes[browser]
            error = verdict.error if browser == "chromium" else verdict.firefox_error
            modelled = {
                "preflight_sent": verdict.preflight,
                "hops": hops_of(verdict),
                "readable_headers": list(verdict.readable_headers) if kind.reads_headers else [],
                "status": verdict.status if kind.reads_headers else None,
            }
            if kind.name != "beacon":
                # All that was recorded of a beacon is that it was queued; its console lines are compared elsewhere.
                modelled |= {"allowed": verdict.allowed, "error_kind": OWN_NAMES.get(error or "", error)}
            observed = {key: outcome.get(key, [] if key == "readable_headers" else None) for key in modelled}
            if told := difference(modelled, browser, observed):
                found[line["id"]] = told
    return found


def test_everything_is_compared_but_what_is_named() -> None:
    groups = [line["group"] for line in in_scope()]
    assert {group: groups.count(group) for group in sorted(set(groups))} == LINES_BY_GROUP
    assert len(groups) == 2130
    assert sum(1 for line in in_scope() for _ in requests_of(line)) == 2190
    left_out = [line["group"] for line in recorded() if line not in in_scope()]
    assert {group: left_out.count(group) for group in set(left_out)} == LINES_LEFT_OUT
    assert set(left_out) == {*EXCLUDED, "origin"}
    assert {line["id"] for line in recorded()} >= ODD.keys()


@pytest.mark.parametrize("browser", PROFILES)
def test_the_model_agrees_with_the_browser(browser: str) -> None:
    found = differences(browser, PROFILES[browser], in_scope())
    compared(*VERSIONS[browser], "recorded verdicts", 2190, len(found))
    assert found == {}


def test_the_first_preflight_asks_for_what_the_browser_s_asked() -> None:
    wrong = {}
    for browser, profile in PROFILES.items():
        for line in in_scope():
            for (_, outcomes), verdict in zip(requests_of(line), verdicts_on(line, profile), strict=True):
                asked = [
                    {name.lower(): value for name, value in request.headers if name != "Origin"}
                    for request in verdict.sent
                    if any(name == "Access-Control-Request-Method" for name, _ in request.headers)
                ]
                if (asked[0] if asked else None) != outcomes[browser].get("acr"):
                    wrong[browser, line["id"]] = (asked[:1], outcomes[browser].get("acr"))
    assert wrong == {}


def test_the_default_port_is_the_page_s_own_origin() -> None:
    (line,) = (line for line in recorded() if line["id"] == "origin-2413")
    (verdict,) = verdicts_on(line, CHROMIUM)
    outcome = line["outcome"]["chromium"]
    assert (verdict.allowed, verdict.preflight, verdict.error) == (True, False, None)
    assert (outcome["allowed"], outcome["preflight_sent"], outcome.get("error_kind")) == (True, False, None)


@pytest.mark.parametrize(
    ("browser", "flag", "lines"),
    [
        ("chromium", "max_age_has_sign", 4),
        ("firefox", "preflight_is_repeated", 7),
        ("firefox", "preflight_keeps_origin", 26),
        ("firefox", "bad_max_age_is_zero", 19),
        ("firefox", "remembered_apart_by_credentials", 1),
        ("firefox", "remembered_wildcard_is_literal", 1),
    ],
)
def test_without_a_deviation_the_model_is_wrong(browser: str, flag: str, lines: int) -> None:
    """Each deviation earns its place: so many lines contradict a profile that lacks it."""
    assert len(differences(browser, without(PROFILES[browser], flag), in_scope())) == lines


@pytest.mark.parametrize(("browser", "lines"), [("chromium", 25), ("firefox", 66)])
def test_the_standard_differs_from_a_browser_only_by_its_deviations(browser: str, lines: int) -> None:
    assert len(differences(browser, SPEC, in_scope())) == lines
