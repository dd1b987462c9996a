"""What Chromium 156 and Firefox 153 printed, read back: the cause that is named is the one that was recorded.

The recorded cause is the browser's own: Chromium's `CorsError`, Firefox's category.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from accuracy import compared

from corslint.console import Complaint, read

RECORDED = Path(__file__).parents[1] / "data" / "browser-verdicts.jsonl.gz"
VERSIONS = {"chromium": "156.0.8078.79", "firefox": "153.7.0esr"}
SEVERAL_STEPS = {"then", "response_next"}

# What the browsers record where they have no name of CORS for it, and what is made of it.
OF_NO_CORS = {
    "blocked:other": "CorsDisabledScheme",  # file:
    "net::ERR_UNSAFE_PORT": "Network",
    "net::ERR_UNSAFE_REDIRECT": "Network",
    "net::ERR_TOO_MANY_REDIRECTS": "Network",
    "net::ERR_FAILED": "Network",
}
# One sentence of Firefox for three of Chromium's; the value in it tells which.
MISMATCHES = {"AllowOriginMismatch", "InvalidAllowOriginValue", "MultipleAllowOriginValues"}
FIREFOX = {
    "CORSMissingAllowOrigin2": {"MissingAllowOriginHeader"},
    "CORSAllowOriginNotMatchingOrigin": MISMATCHES,
    "CORSMultipleAllowOriginNotAllowed": {"MultipleAllowOriginValues"},
    "CORSNotSupportingCredentials": {"WildcardOriginNotAllowed"},
    "CORSMissingAllowCredentials": {"InvalidAllowCredentials"},
    "CORSPreflightDidNotSucceed3": {"InvalidStatus"},
    "CORSExternalRedirectNotAllowed": {"DisallowedRedirect"},
    "CORSMethodNotFound": {"MethodDisallowedByPreflightResponse"},
    "CORSMissingAllowHeaderFromPreflight2": {"HeaderDisallowedByPreflightResponse"},
    "CORSInvalidAllowMethod": {"InvalidAllowMethodsPreflightResponse"},
    "CORSInvalidAllowHeader": {"InvalidAllowHeadersPreflightResponse"},
    "CORSRequestNotHttp": {"CorsDisabledScheme"},
    "CORSDidNotSucceed2": {"Network"},
    "SOP": {"DisallowedByMode", "CorsDisabledScheme"},  # not of CORS, but of the same-origin policy
}

Line = dict[str, Any]


@cache
def recorded() -> tuple[Line, ...]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def printed(browser: str) -> list[tuple[Line, Complaint | None, str]]:
    """The lines of the recording for which the browser printed something: what was read, and the recorded cause."""
    return [
        (line, read("\n".join(line["console"][browser])), line["outcome"][browser].get("error_kind") or "")
        for line in recorded()
        if line["console"].get(browser)
    ]


def of_one_request(browser: str) -> list[tuple[Line, Complaint | None, str]]:
    """Without the lines where a second request may have printed, and without beacons, whose answer nobody reads."""
    return [
        one
        for one in printed(browser)
        if not SEVERAL_STEPS & one[0].keys() and one[0]["request"].get("api") != "beacon"
    ]


def count(browser: str, what: str, verdicts: list[bool]) -> None:
    compared(browser.capitalize(), VERSIONS[browser], what, len(verdicts), verdicts.count(False))


def test_chromium() -> None:
    named = [(line["id"], read_, cause) for line, read_, cause in printed("chromium") if cause]
    wrong = [
        (id_, read_ and read_.cause, cause)
        for id_, read_, cause in named
        if read_ is None or read_.cause != OF_NO_CORS.get(cause, cause)
    ]
    count("chromium", "causes read from the console", [one[0] not in {w[0] for w in wrong} for one in named])
    assert wrong == []
    assert len(named) == 1402


def test_firefox() -> None:
    named = [(line["id"], read_, cause) for line, read_, cause in printed("firefox") if cause]
    wrong = [
        (id_, read_ and read_.cause, cause)
        for id_, read_, cause in named
        if read_ is None or (read_.cause or "").removeprefix("Preflight") not in FIREFOX[cause]
    ]
    count("firefox", "causes read from the console", [one[0] not in {w[0] for w in wrong} for one in named])
    assert wrong == []
    assert len(named) == 1402


def test_firefox_is_told_in_chromium_s_names() -> None:
    """The name of what Chromium objected to in the same case, but for what only Chromium's text can tell."""
    otherwise = Counter(
        (cause, line["outcome"]["chromium"].get("error_kind"), read_.cause)
        for line, read_, cause in printed("firefox")
        if cause and read_ and read_.cause != line["outcome"]["chromium"].get("error_kind")
    )
    alike = sum(1 for _, _, cause in printed("firefox") if cause) - otherwise.total()
    assert alike == 1364
    assert otherwise == {
        # Firefox looks for the header before it minds a redirect of the preflight.
        ("CORSMissingAllowOrigin2", "PreflightDisallowedRedirect", "PreflightMissingAllowOriginHeader"): 6,
        # A redirect's own answer was refused: Firefox prints the line of a failed preflight after it, too.
        ("CORSMissingAllowOrigin2", "MissingAllowOriginHeader", "PreflightMissingAllowOriginHeader"): 1,
        ("CORSAllowOriginNotMatchingOrigin", "AllowOriginMismatch", "PreflightAllowOriginMismatch"): 9,
        ("CORSNotSupportingCredentials", "WildcardOriginNotAllowed", "PreflightWildcardOriginNotAllowed"): 1,
        ("CORSMultipleAllowOriginNotAllowed", "MultipleAllowOriginValues", "PreflightMultipleAllowOriginValues"): 1,
        ("CORSMissingAllowCredentials", "InvalidAllowCredentials", "PreflightInvalidAllowCredentials"): 2,
        # Firefox asks for methods before headers.
        ("CORSMethodNotFound", "InvalidAllowHeadersPreflightResponse", "MethodDisallowedByPreflightResponse"): 2,
        # After a redirect the two browsers ask differently, and Chromium lets five of these through.
        ("CORSMissingAllowHeaderFromPreflight2", None, "HeaderDisallowedByPreflightResponse"): 4,
        (
            "CORSMissingAllowHeaderFromPreflight2",
            "PreflightAllowOriginMismatch",
            "HeaderDisallowedByPreflightResponse",
        ): 1,
        ("CORSAllowOriginNotMatchingOrigin", None, "PreflightAllowOriginMismatch"): 4,
        ("CORSMissingAllowOrigin2", None, "PreflightMissingAllowOriginHeader"): 1,
        # Firefox calls all of these a failure of the network.
        ("CORSDidNotSucceed2", "RedirectContainsCredentials", "Network"): 3,
        ("CORSDidNotSucceed2", "net::ERR_UNSAFE_REDIRECT", "Network"): 1,
        ("CORSDidNotSucceed2", "net::ERR_TOO_MANY_REDIRECTS", "Network"): 1,
        ("SOP", "blocked:other", "CorsDisabledScheme"): 1,
    }


@pytest.mark.parametrize(("browser", "lines"), [("chromium", 51), ("firefox", 13)])
def test_what_is_printed_of_a_request_that_got_through_is_no_refusal(browser: str, lines: int) -> None:
    through = [(line["id"], read_) for line, read_, _ in of_one_request(browser) if line["outcome"][browser]["allowed"]]
    misread = [id_ for id_, read_ in through if read_ is not None and read_.refused]
    count(browser, "consoles of requests that got through", [id_ not in misread for id_, _ in through])
    assert misread == []
    assert len(through) == lines


@pytest.mark.parametrize("browser", VERSIONS)
def test_the_browser_is_told_from_the_text(browser: str) -> None:
    assert {read_.browser for _, read_, cause in printed(browser) if cause and read_} == {browser}


def test_chromium_s_text_tells_the_page_and_the_address() -> None:
    for line, read_, cause in of_one_request("chromium"):
        if read_ is not None and read_.refused and cause not in OF_NO_CORS and cause != "CorsDisabledScheme":
            assert read_.origin == line["request"]["page_origin"], line["id"]
            first = (read_.redirected_from or read_.url or "").rstrip(".")
            assert first == line["request"]["url"], line["id"]


def test_firefox_s_text_tells_the_address_but_no_page() -> None:
    for line, read_, cause in of_one_request("firefox"):
        if "redirects" not in line and read_ is not None and cause.startswith("CORS"):
            assert (read_.origin, read_.url) == (None, line["request"]["url"]), line["id"]


@pytest.mark.parametrize("browser", VERSIONS)
def test_it_tells_whether_the_preflight_failed(browser: str) -> None:
    told = Counter(
        (read_.preflight, line["outcome"][browser]["preflight_sent"] and not line["outcome"][browser]["actual_sent"])
        for line, read_, cause in of_one_request(browser)
        if read_ is not None and cause and "redirects" not in line
    )
    assert set(told) == {(True, True), (False, False)}


@pytest.mark.parametrize("browser", VERSIONS)
def test_each_line_alone_names_the_same_cause(browser: str) -> None:
    """Whoever copies only one line is told the same, or that there was no answer.

    Of a redirected preflight Firefox also prints, second, that its status is not ok.
    """
    for line, read_, cause in of_one_request(browser):
        if read_ is None or not cause or not read_.refused or read_.cause == "Network":
            continue
        named = (read(text) for text in line["console"][browser])
        causes = {one.cause.removeprefix("Preflight") for one in named if one and one.cause and one.refused}
        allowed = {(read_.cause or "").removeprefix("Preflight"), "Network"}
        if read_.cause == "PreflightDisallowedRedirect":
            allowed.add("InvalidStatus")
        assert causes <= allowed or "redirects" in line, (line["id"], causes)
