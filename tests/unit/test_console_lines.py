"""The console lines of Chromium and Firefox, word for word."""

from __future__ import annotations

import pytest

from corslint.browser import CHROMIUM, FIREFOX, Request, Response
from corslint.browser.console_lines import chromium_lines, firefox_lines
from corslint.browser.redirects import follow
from corslint.browser.request_kinds import FETCH, KINDS, Kind

PAGE = "https://app.example"
API = "https://api.example/users"
OTHER = "https://other.example/users"
OWN = ("Access-Control-Allow-Origin", PAGE)
FAILED = "Failed to load resource: net::ERR_FAILED"
BLOCKED = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
DID_NOT_SUCCEED = f"{BLOCKED}{API}. (Reason: CORS request did not succeed). Status code: (null)."


def chromium(request: Request, answer: Response, kind: Kind = FETCH) -> list[str]:
    return list(chromium_lines(request, follow(request, lambda _: answer, CHROMIUM), kind))


def firefox(request: Request, answer: Response, kind: Kind = FETCH) -> list[str]:
    return list(firefox_lines(request, follow(request, lambda _: answer, FIREFOX), kind))


def test_an_answer_the_script_gets_leaves_no_line() -> None:
    answer = Response(399, (OWN,))
    assert chromium(Request(PAGE, API), answer) == []
    assert firefox(Request(PAGE, API), answer) == []


@pytest.mark.parametrize("status", [400, 404, 500])
def test_chromium_complains_of_a_failed_status_all_the_same(status: int) -> None:
    answer = Response(status, (OWN,))
    assert chromium(Request(PAGE, API), answer) == [
        f"Failed to load resource: the server responded with a status of {status} ()"
    ]
    assert firefox(Request(PAGE, API), answer) == []


def test_a_type_error_leaves_no_line() -> None:
    assert chromium(Request(PAGE, API, "TRACE"), Response(200)) == []
    assert firefox(Request(PAGE, API, "TRACE"), Response(200)) == []


def test_a_missing_header_on_the_answer() -> None:
    assert chromium(Request(PAGE, API), Response(500)) == [
        f"Access to fetch at '{API}' from origin '{PAGE}' has been blocked by CORS policy: No"
        " 'Access-Control-Allow-Origin' header is present on the requested resource.",
        FAILED,
    ]
    assert firefox(Request(PAGE, API), Response(500)) == [
        f"{BLOCKED}{API}. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 500."
    ]


def test_a_missing_header_on_the_preflight_makes_a_second_line_in_firefox() -> None:
    assert chromium(Request(PAGE, API, "PUT"), Response(405)) == [
        f"Access to fetch at '{API}' from origin '{PAGE}' has been blocked by CORS policy: Response to preflight"
        " request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the"
        " requested resource.",
        FAILED,
    ]
    assert firefox(Request(PAGE, API, "PUT"), Response(405)) == [
        f"{BLOCKED}{API}. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 405.",
        DID_NOT_SUCCEED,
    ]


def test_firefox_quotes_the_url_where_credentials_are_the_reason() -> None:
    answer = Response(200, (("Access-Control-Allow-Origin", "*"),))
    assert firefox(Request(PAGE, API, credentials="include"), answer) == [
        f"{BLOCKED}‘{API}’. (Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is"
        " ‘*’)."
    ]


def test_only_fetch_is_told_to_send_a_valid_value() -> None:
    answer = Response(200, (("Access-Control-Allow-Origin", "https://evil.example"),))
    told = (
        "The 'Access-Control-Allow-Origin' header has a value 'https://evil.example' that is not equal to the supplied"
        " origin."
    )
    assert chromium(Request(PAGE, API), answer)[0].endswith(
        f"{told} Have the server send the header with a valid value."
    )
    assert chromium(Request(PAGE, API), answer, KINDS["image"])[0] == (
        f"Access to image at '{API}' from origin '{PAGE}' has been blocked by CORS policy: {told}"
    )


@pytest.mark.parametrize("allowed", ["*", PAGE])
def test_only_xmlhttprequest_is_told_of_with_credentials(allowed: str) -> None:
    answer = Response(200, (("Access-Control-Allow-Origin", allowed),))
    hint = (
        " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials"
        " attribute."
    )
    for method in ("GET", "PUT"):
        request = Request(PAGE, API, method, credentials="include")
        assert chromium(request, answer, KINDS["XMLHttpRequest"])[0].endswith(hint)
        assert hint not in chromium(request, answer)[0]


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("fetch", "fetch"),
        ("XMLHttpRequest", "XMLHttpRequest"),
        ("script", "script"),
        ("module", "script"),
        ("image", "image"),
        ("font", "font"),
        ("stylesheet", "CSS stylesheet"),
        ("video", "video"),
        ("EventSource", "resource"),
        ("beacon", "resource"),
    ],
)
def test_what_chromium_calls_it(kind: str, noun: str) -> None:
    assert chromium(Request(PAGE, API), Response(200), KINDS[kind])[0].startswith(f"Access to {noun} at '{API}' ")


def test_what_firefox_adds_for_a_script() -> None:
    assert firefox(Request(PAGE, API), Response(200), KINDS["script"])[1:] == [
        f"<script> source URI is not allowed in this document: “{API}”."
    ]


def test_a_redirect_is_told_with_the_page_s_origin() -> None:
    request = Request(PAGE, API)
    answers = {API: Response(302, (OWN, ("Location", OTHER))), OTHER: Response(200, (OWN,))}
    verdict = follow(request, lambda asked: answers[asked.url], CHROMIUM)
    assert chromium_lines(request, verdict)[0].startswith(
        f"Access to fetch at '{OTHER}' (redirected from '{API}') from origin '{PAGE}' has been blocked by CORS policy: "
    )


def test_a_refused_redirect_makes_a_second_line_in_firefox() -> None:
    assert firefox(Request(PAGE, API), Response(302, (("Location", "/people"),))) == [
        f"{BLOCKED}{API}. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 302.",
        DID_NOT_SUCCEED,
    ]


def test_a_failure_of_its_own_is_one_line() -> None:
    answer = Response(302, (OWN, ("Location", "https://me@other.example/")))
    assert firefox(Request(PAGE, API), answer) == [DID_NOT_SUCCEED]


def test_a_redirect_that_the_script_refused_is_no_matter_of_cors() -> None:
    request = Request(PAGE, API, redirect="error")
    assert chromium(request, Response(302, (OWN, ("Location", "/")))) == [FAILED]
    assert firefox(request, Response(302, (OWN, ("Location", "/")))) == []


def test_a_user_in_the_location_at_home_leaves_no_line() -> None:
    request = Request("https://app.example", "https://app.example/users")
    moved = Response(302, (("Location", "https://me@app.example/"),))
    verdict = follow(request, lambda _: moved, CHROMIUM)
    assert verdict.error == "net::ERR_ABORTED"
    assert chromium_lines(request, verdict) == ()


def test_a_redirected_preflight() -> None:
    request = Request(PAGE, API, "PUT")
    external = f"{BLOCKED}{API}. (Reason: CORS request external redirect not allowed)."
    assert firefox(request, Response(301, (OWN, ("Location", "/people")))) == [
        external,
        f"{BLOCKED}{API}. (Reason: CORS preflight response did not succeed). Status code: 301.",
        DID_NOT_SUCCEED,
    ]
    assert firefox(request, Response(301, (OWN, ("Location", OTHER)))) == [
        external,
        f"{BLOCKED}{API}. (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘{PAGE}’).",
        DID_NOT_SUCCEED,
    ]
    assert firefox(request, Response(301, (("Location", "/people"),))) == [
        f"{BLOCKED}{API}. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 301.",
        DID_NOT_SUCCEED,
        DID_NOT_SUCCEED,
    ]


def test_firefox_warns_of_authorization_under_a_wildcard() -> None:
    request = Request(PAGE, API, headers=(("Authorization", "Bearer 1"),))
    answer = Response(204, (OWN, ("Access-Control-Allow-Headers", "*")))
    assert chromium(request, answer) == []
    (line,) = firefox(request, answer)
    assert line.startswith(
        "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at"
        f" {API} soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, "
    )


def test_mode_same_origin() -> None:
    request = Request(PAGE, API, mode="same-origin")
    assert chromium(request, Response(200)) == [
        f'Fetch API cannot load {API}. Request mode is "same-origin" but the URL\'s origin is not same as the request'
        f" origin {PAGE}."
    ]
    assert firefox(request, Response(200)) == [f"Security Error: Content at {PAGE}/ may not load data from {API}."]


def test_another_scheme() -> None:
    request = Request(PAGE, "ftp://files.example/")
    assert chromium(request, Response(200)) == [
        'Fetch API cannot load ftp://files.example/. URL scheme "ftp" is not supported.'
    ]
    assert firefox(request, Response(200)) == [f"{BLOCKED}ftp://files.example/. (Reason: CORS request not http)."]


def test_bytes_beyond_ascii_are_shown_as_each_browser_does() -> None:
    answer = Response(200, (("Access-Control-Allow-Origin", "https://caf\xe9.example"),))
    assert "'https://caf\\u00E9.example'" in chromium(Request(PAGE, API), answer)[0]
    assert "‘https://caf�.example’" in firefox(Request(PAGE, API), answer)[0]


def test_firefox_names_the_first_bad_token() -> None:
    answer = Response(204, (OWN, ("Access-Control-Allow-Methods", "GET, PUT;, (x)")))
    assert firefox(Request(PAGE, API, "PUT"), answer)[0] == (
        f"{BLOCKED}{API}. (Reason: invalid token ‘PUT;’ in CORS header ‘Access-Control-Allow-Methods’)."
    )
