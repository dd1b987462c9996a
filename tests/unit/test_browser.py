"""The CORS protocol as the Fetch standard has it, corner by corner."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corslint.browser import (
    CHROMIUM,
    FIREFOX,
    SPEC,
    CredentialsMode,
    Profile,
    Request,
    Response,
    Verdict,
    actual_request,
    is_same_origin,
    judge,
    needs_preflight,
    preflight_request,
)

PAGE = "https://app.example"
API = "https://api.example/users"
OPEN = Response(200, (("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Credentials", "true")))


def request(
    method: str = "GET",
    *headers: tuple[str, str],
    origin: str = PAGE,
    url: str = API,
    credentials: CredentialsMode = "omit",
) -> Request:
    return Request(origin, url, method, headers, credentials)


def shared(*headers: tuple[str, str], status: int = 200) -> Response:
    """An answer that passes every check for `PAGE`, with more headers."""
    return Response(status, (*OPEN.headers, *headers))


def judge_simple(asked: Request, *headers: tuple[str, str], status: int = 200) -> Verdict:
    return judge(asked, preflight=None, response=Response(status, headers))


def judge_preflight(asked: Request, *headers: tuple[str, str], profile: Profile = SPEC) -> Verdict:
    """What becomes of a request whose preflight is answered with these headers beside the right origin."""
    return judge(asked, preflight=shared(*headers, status=204), response=OPEN, profile=profile)


# The CORS check: https://fetch.spec.whatwg.org/#cors-check


def test_the_page_s_own_origin_is_allowed() -> None:
    verdict = judge_simple(request(), ("Access-Control-Allow-Origin", PAGE))
    assert verdict.allowed is True
    assert verdict.preflight is False
    assert (verdict.error, verdict.firefox_error, verdict.sentence) == (None, None, None)


def test_header_names_are_compared_without_case() -> None:
    assert judge_simple(request(), ("access-control-ALLOW-origin", PAGE)).allowed is True


@pytest.mark.parametrize("value", [f" {PAGE}", f"{PAGE} ", f"\t{PAGE}\t "])
def test_spaces_and_tabs_around_the_origin_do_not_matter(value: str) -> None:
    assert judge_simple(request(), ("Access-Control-Allow-Origin", value)).allowed is True


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (f"{PAGE}/", "AllowOriginMismatch"),
        (f"{PAGE}:443", "AllowOriginMismatch"),
        (f"{PAGE}:8443", "AllowOriginMismatch"),
        ("http://app.example", "AllowOriginMismatch"),
        ("HTTPS://APP.EXAMPLE", "AllowOriginMismatch"),
        ("https://App.example", "AllowOriginMismatch"),
        ("https://*.example", "AllowOriginMismatch"),
        ("https://app.example.", "AllowOriginMismatch"),
        ("https://user@app.example", "AllowOriginMismatch"),
        (f"https://app.example:{'0' * 5000}443", "AllowOriginMismatch"),
        ("app.example:443", "AllowOriginMismatch"),
        ("null", "AllowOriginMismatch"),
        ("app.example", "InvalidAllowOriginValue"),
        ("//app.example", "InvalidAllowOriginValue"),
        ("https://app.example:port", "InvalidAllowOriginValue"),
        ("https://app.example:99999", "InvalidAllowOriginValue"),
        (f"https://app.example:{'9' * 5000}", "InvalidAllowOriginValue"),
        ("https://", "InvalidAllowOriginValue"),
        (f'"{PAGE}"', "InvalidAllowOriginValue"),
        ("", "InvalidAllowOriginValue"),
        ("**", "InvalidAllowOriginValue"),
        ("NULL", "InvalidAllowOriginValue"),
        ("true", "InvalidAllowOriginValue"),
        ("$http_origin", "InvalidAllowOriginValue"),
        (f"{PAGE}, https://other.example", "MultipleAllowOriginValues"),
        (f"{PAGE} https://other.example", "MultipleAllowOriginValues"),
        ("*,", "MultipleAllowOriginValues"),
    ],
)
def test_any_other_value_is_refused(value: str, error: str) -> None:
    verdict = judge_simple(request(), ("Access-Control-Allow-Origin", value))
    assert verdict.allowed is False
    assert verdict.error == error
    assert verdict.firefox_error == "CORSAllowOriginNotMatchingOrigin"
    assert verdict.readable_headers == ()


@pytest.mark.parametrize("values", [("*", "*"), (PAGE, PAGE), ("*", PAGE), (PAGE, "https://other.example")])
def test_two_lines_are_refused_even_if_equal(values: tuple[str, str]) -> None:
    verdict = judge_simple(request(), *(("Access-Control-Allow-Origin", value) for value in values))
    assert verdict.allowed is False
    assert verdict.error == "MultipleAllowOriginValues"
    assert verdict.firefox_error == "CORSMultipleAllowOriginNotAllowed"


def test_without_the_header_nothing_is_shared() -> None:
    verdict = judge_simple(request(), ("Content-Type", "text/plain"))
    assert verdict.allowed is False
    assert verdict.error == "MissingAllowOriginHeader"
    assert verdict.firefox_error == "CORSMissingAllowOrigin2"
    assert verdict.sentence == "No 'Access-Control-Allow-Origin' header is present on the requested resource."


@pytest.mark.parametrize("credentials", ["omit", "same-origin"])
def test_the_wildcard_is_enough_without_credentials(credentials: CredentialsMode) -> None:
    for allow_credentials in ("true", "false", "1"):
        verdict = judge_simple(
            request(credentials=credentials),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Credentials", allow_credentials),
        )
        assert verdict.allowed is True


def test_the_wildcard_is_refused_with_credentials() -> None:
    verdict = judge_simple(
        request(credentials="include"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Credentials", "true"),
    )
    assert verdict.allowed is False
    assert verdict.error == "WildcardOriginNotAllowed"
    assert verdict.firefox_error == "CORSNotSupportingCredentials"


@pytest.mark.parametrize("value", ["true", " true", "true\t"])
def test_credentials_need_exactly_true(value: str) -> None:
    headers = (("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Credentials", value))
    assert judge_simple(request(credentials="include"), *headers).allowed is True


@pytest.mark.parametrize(
    "values", [(), ("True",), ("TRUE",), ("1",), ('"true"',), ("true, true",), ("true", "true"), ("",)]
)
def test_credentials_accept_nothing_but_true(values: tuple[str, ...]) -> None:
    headers = (
        ("Access-Control-Allow-Origin", PAGE),
        *(("Access-Control-Allow-Credentials", value) for value in values),
    )
    verdict = judge_simple(request(credentials="include"), *headers)
    assert verdict.allowed is False
    assert verdict.error == "InvalidAllowCredentials"
    assert verdict.firefox_error == "CORSMissingAllowCredentials"
    assert judge_simple(request(credentials="same-origin"), *headers).allowed is True


def test_an_opaque_origin_is_let_in_by_null() -> None:
    headers = (("Access-Control-Allow-Origin", "null"), ("Access-Control-Allow-Credentials", "true"))
    assert judge_simple(request(origin="null", credentials="include"), *headers).allowed is True
    assert judge_simple(request(), *headers).allowed is False


@pytest.mark.parametrize("status", [200, 204, 304, 401, 404, 500])
def test_the_status_of_the_answer_does_not_matter(status: int) -> None:
    assert judge_simple(request(), ("Access-Control-Allow-Origin", "*"), status=status).allowed is True


# Same origin: no CORS


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("https://app.example", "https://app.example/api"),
        ("https://app.example", "https://APP.example:443/api"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000/api?x=1#y"),
    ],
)
def test_one_origin_needs_no_cors(origin: str, url: str) -> None:
    asked = request("DELETE", ("X-Custom", "1"), origin=origin, url=url, credentials="include")
    verdict = judge(asked, preflight=Response(500), response=Response(200, (("X-One", "1"), ("Set-Cookie", "a=b"))))
    assert verdict.allowed is True
    assert verdict.preflight is False
    assert verdict.readable_headers == ("x-one",)
    assert needs_preflight(asked) == ()


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("http://localhost:3000", "http://localhost:8000/"),
        ("http://localhost", "https://localhost/"),
        ("http://localhost", "http://127.0.0.1/"),
        ("http://localhost", "http://app.localhost/"),
        ("https://app.example:8443", "https://app.example/"),
        ("null", "https://app.example/"),
    ],
)
def test_another_scheme_host_or_port_is_another_origin(origin: str, url: str) -> None:
    assert is_same_origin(request(origin=origin, url=url)) is False
    assert judge_simple(request(origin=origin, url=url)).error == "MissingAllowOriginHeader"


# Methods


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "head", "POST", "Post"])
def test_simple_methods_need_no_preflight(method: str) -> None:
    assert needs_preflight(request(method)) == ()
    assert judge(request(method), preflight=None, response=OPEN).allowed is True


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("put", "PUT"),
        ("Delete", "DELETE"),
        ("options", "OPTIONS"),
        ("PATCH", "PATCH"),
        ("patch", "patch"),
        ("Patch", "Patch"),
        ("query", "query"),
        ("x-FOO", "x-FOO"),
    ],
)
def test_six_methods_are_normalised_and_no_other(written: str, sent: str) -> None:
    assert needs_preflight(request(written)) == (f"{sent} is no simple method",)
    assert dict(preflight_request(request(written)).headers)["Access-Control-Request-Method"] == sent
    assert actual_request(request(written)).method == sent
    assert judge_preflight(request(written), ("Access-Control-Allow-Methods", sent)).allowed is True


@pytest.mark.parametrize(
    ("method", "allowed"),
    [("patch", "PATCH"), ("PATCH", "patch"), ("PUT", "put"), ("PUT", "GET, POST"), ("PUT", ""), ("PUT", "PUT|GET")],
)
def test_methods_are_compared_byte_for_byte(method: str, allowed: str) -> None:
    verdict = judge_preflight(request(method), ("Access-Control-Allow-Methods", allowed))
    assert verdict.allowed is False
    assert verdict.error == "MethodDisallowedByPreflightResponse"
    assert verdict.firefox_error == "CORSMethodNotFound"
    assert verdict.sentence == f"Method {method} is not allowed by Access-Control-Allow-Methods in preflight response."


def test_simple_methods_need_not_be_listed() -> None:
    asked = request("POST", ("X-Custom", "1"))
    answer = (("Access-Control-Allow-Methods", "DELETE"), ("Access-Control-Allow-Headers", "X-Custom"))
    assert judge_preflight(asked, *answer).allowed is True


@pytest.mark.parametrize("credentials", ["omit", "same-origin", "include"])
def test_the_wildcard_stands_for_methods_and_headers_only_without_credentials(credentials: CredentialsMode) -> None:
    star = (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*"))
    for asked in (request("PUT", credentials=credentials), request("GET", ("X-Custom", "1"), credentials=credentials)):
        assert judge_preflight(asked, *star).allowed is (credentials != "include")


def test_with_credentials_the_wildcard_is_a_name_like_any_other() -> None:
    star = (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*"))
    assert judge_preflight(request("*", ("*", "1"), credentials="include"), *star).allowed is True


@pytest.mark.parametrize("method", ["TRACE", "connect", "Track", "", "BAD METHOD", "GET\n", "p\u017ft"])
def test_a_script_cannot_send_every_method(method: str) -> None:
    verdict = judge(request(method), preflight=OPEN, response=OPEN)
    assert (verdict.allowed, verdict.preflight, verdict.error) == (False, False, None)
    assert "TypeError" in verdict.steps[0]


def test_a_letter_outside_ascii_never_makes_a_method() -> None:
    assert actual_request(request("po\u017ft")).method == "po\u017ft"


# Request headers


def unsafe(*headers: tuple[str, str], profile: Profile = SPEC) -> str:
    """What the browser writes into Access-Control-Request-Headers; empty when it needs no preflight."""
    asked = request("GET", *headers)
    value = dict(preflight_request(asked, profile).headers).get("Access-Control-Request-Headers", "")
    assert bool(value) is bool(needs_preflight(asked, profile))
    return value


@pytest.mark.parametrize(
    "header",
    [
        ("Accept", "application/json, text/plain;q=0.5"),
        ("Accept", "a\tb"),
        ("Accept", "x" * 128),
        ("Accept", "\xe9"),
        ("Accept-Language", "en-US,en;q=0.5, *"),
        ("Content-Language", "x" * 128),
        ("Content-Type", "text/plain"),
        ("Content-Type", "TEXT/Plain ; charset=utf-8"),
        ("Content-Type", " text/plain\n"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "multipart/form-data; boundary=abc"),
        ("Range", "bytes=0-"),
        ("Range", "bytes=9-9"),
        ("Range", f"bytes=0-{2**63}"),
    ],
)
def test_safelisted_headers_need_no_preflight(header: tuple[str, str]) -> None:
    assert unsafe(header) == ""


@pytest.mark.parametrize(
    "header",
    [
        ("Accept", "x" * 129),
        ("Accept", "text/html (comment)"),
        ("Accept", '"x"'),
        ("Accept", "a\x7fb"),
        ("Accept", "a\x01b"),
        ("Accept-Language", "en_US"),
        ("Accept-Language", "x" * 129),
        ("Content-Language", "\xe9"),
        ("Content-Type", "application/json"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Type", ""),
        ("Content-Type", "text"),
        ("Content-Type", "text/plain/x"),
        ("Content-Type", "text /plain"),
        ("Content-Type", "text/plain, application/json"),
        ("Content-Type", 'multipart/form-data; boundary="abc"'),
        ("Content-Type", f"text/plain;{'x' * 118}"),
        ("Range", "bytes=-500"),
        ("Range", "bytes=10-9"),
        ("Range", "bytes=0-1,2-3"),
        ("Range", "bytes= 0-1"),
        ("Range", "Bytes=0-1"),
        ("Range", "bytes=\u00b2-"),
        ("Range", "items=0-1"),
        ("Authorization", "Bearer x"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("Cache-Control", "no-cache"),
        ("If-None-Match", "x"),
        ("apikey", "x"),
        ("Save-Data", "on"),
        ("User-Agent", "x"),
        ("X-HTTP-Method-Override", "PUT"),
    ],
)
def test_other_headers_need_a_preflight(header: tuple[str, str]) -> None:
    assert unsafe(header) == header[0].lower()


@pytest.mark.parametrize(
    "header",
    [
        ("Accept-Charset", "x"),
        ("Accept-Encoding", "x"),
        ("Access-Control-Request-Headers", "x"),
        ("Connection", "close"),
        ("Content-Length", "1"),
        ("Cookie", "a=b"),
        ("Cookie2", "a=b"),
        ("Date", "x"),
        ("DNT", "1"),
        ("Expect", "x"),
        ("Host", "other.example"),
        ("Keep-Alive", "x"),
        ("Origin", "https://other.example"),
        ("Referer", "x"),
        ("Set-Cookie", "a=b"),
        ("TE", "x"),
        ("Trailer", "x"),
        ("Transfer-Encoding", "x"),
        ("Upgrade", "x"),
        ("Via", "x"),
        ("Sec-Anything", "x"),
        ("PROXY-Anything", "x"),
        ("Access-Control-Request-Method", "PUT"),
        ("X-HTTP-Method-Override", "TRACE"),
        ("X-Method-Override", "put, connect"),
    ],
)
def test_forbidden_names_are_dropped_in_silence(header: tuple[str, str]) -> None:
    assert unsafe(header) == ""
    assert actual_request(request("GET", header)).headers == (("Origin", PAGE),)
    verdict = judge(request("GET", header), preflight=None, response=OPEN)
    assert verdict.allowed is True
    assert verdict.steps[0] == f"browser drops what a script may not set: `{header[0].lower()}`"


@pytest.mark.parametrize(
    "header", [("bad name", "x"), ("", "x"), ("X-A:", "x"), ("X-A", "a\nb"), ("X-A", "a\0"), ("X-A", "ā")]
)
def test_a_script_cannot_set_what_is_no_header(header: tuple[str, str]) -> None:
    verdict = judge(request("GET", header), preflight=OPEN, response=OPEN)
    assert (verdict.allowed, verdict.preflight, verdict.error) == (False, False, None)


def test_unsafe_names_are_asked_for_once_sorted_in_lower_case_without_spaces() -> None:
    headers = (
        ("X-B", "1"),
        ("Accept", "*/*"),
        ("authorization", "x"),
        ("x-b", "2"),
        ("Content-Type", "application/json"),
    )
    assert preflight_request(request("put", *headers, credentials="include")) == Request(
        PAGE,
        API,
        "OPTIONS",
        (
            ("Origin", PAGE),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "authorization,content-type,x-b"),
        ),
        "omit",
    )


def test_safelisted_values_of_more_than_1024_bytes_together_are_unsafe() -> None:
    line = ("Accept-Language", "x" * 128)
    assert unsafe(*[line] * 8) == ""
    assert unsafe(*[line] * 8, ("Content-Language", "x")) == "accept-language,content-language"
    assert unsafe(*[line] * 9, profile=FIREFOX) == ""


def test_an_unsafe_value_does_not_count_towards_the_sum() -> None:
    assert unsafe(*[("Accept", "x" * 128)] * 8, ("Accept-Language", "_" * 128)) == "accept-language"


def test_the_reasons_for_a_preflight_are_told() -> None:
    headers = (("Authorization", "x"), ("Content-Type", "application/json"))
    assert needs_preflight(request("PUT", *headers)) == (
        "PUT is no simple method",
        "`authorization` is no safelisted header",
        "'application/json' is no safelisted value of `content-type`",
    )


def test_the_request_itself_carries_the_origin_first() -> None:
    asked = request("GET", ("X-A", " 1 "), ("Cookie", "a=b"), credentials="include")
    assert actual_request(asked) == request("GET", ("Origin", PAGE), ("X-A", "1"), credentials="include")


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET", ()), ("head", ()), ("POST", (("Origin", PAGE),)), ("PUT", (("Origin", PAGE),))],
)
def test_a_same_origin_get_or_head_carries_no_origin(method: str, headers: tuple[tuple[str, str], ...]) -> None:
    assert actual_request(request(method, url=f"{PAGE}/api")).headers == headers


# The answer to the preflight: https://fetch.spec.whatwg.org/#cors-preflight-fetch


@pytest.mark.parametrize("status", [200, 201, 204, 206, 226, 299])
def test_any_2xx_will_do(status: int) -> None:
    verdict = judge(
        request("PUT"), preflight=shared(("Access-Control-Allow-Methods", "PUT"), status=status), response=OPEN
    )
    assert verdict.allowed is True
    assert verdict.preflight is True


@pytest.mark.parametrize("status", [199, 300, 302, 304, 401, 404, 405, 500])
def test_any_other_status_is_refused(status: int) -> None:
    answer = shared(("Access-Control-Allow-Methods", "PUT"), status=status)
    verdict = judge(request("PUT"), preflight=answer, response=OPEN)
    assert verdict.error == "PreflightInvalidStatus"
    assert verdict.firefox_error == "CORSPreflightDidNotSucceed3"
    assert verdict.sentence == (
        "Response to preflight request doesn't pass access control check: It does not have HTTP ok status."
    )


def test_a_bad_status_without_cors_headers_is_told_as_a_missing_origin() -> None:
    verdict = judge(request("PUT"), preflight=Response(401), response=OPEN)
    assert verdict.error == "PreflightMissingAllowOriginHeader"
    assert verdict.firefox_error == "CORSMissingAllowOrigin2"
    assert verdict.steps == (
        "preflight needed: PUT is no simple method",
        "server answers OPTIONS with 401",
        "browser refuses the preflight, PUT is never sent: the answer has no Access-Control-Allow-Origin",
        "mending that is not enough: status 401 is not one of 200 to 299"
        " (a preflight carries no cookie and no Authorization, so it passes no login)",
        "mending that is not enough: PUT is not in Access-Control-Allow-Methods (empty or not sent)",
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_preflight_is_refused(status: int) -> None:
    elsewhere = ("Location", "https://api.example/users/")
    listed = ("Access-Control-Allow-Methods", "PUT")
    verdict = judge(request("PUT"), preflight=shared(elsewhere, listed, status=status), response=OPEN)
    assert verdict.error == "PreflightDisallowedRedirect"
    assert verdict.firefox_error == "CORSExternalRedirectNotAllowed"
    verdict = judge(request("PUT"), preflight=Response(status, (elsewhere,)), response=OPEN)
    assert verdict.error == "PreflightDisallowedRedirect"
    assert verdict.firefox_error == "CORSMissingAllowOrigin2"


@pytest.mark.parametrize("value", ["X-Custom", "x-custom", "A, ,\tX-CUSTOM ,", ",X-Custom", "*", "*, A"])
def test_header_names_are_a_list_of_tokens_compared_without_case(value: str) -> None:
    asked = request("GET", ("x-Custom", "1"))
    assert judge_preflight(asked, ("Access-Control-Allow-Headers", value)).allowed is True


def test_lists_may_run_over_several_lines() -> None:
    asked = request("PUT", ("X-A", "1"), ("X-B", "1"))
    answer = (("Access-Control-Allow-Headers", "X-A"), ("Access-Control-Allow-Headers", "X-B"))
    methods = (("Access-Control-Allow-Methods", "GET"), ("Access-Control-Allow-Methods", "PUT"))
    assert judge_preflight(asked, *answer, *methods).allowed is True


@pytest.mark.parametrize("value", ["", "X-Other", "x-*", "X-Custom*", "all", "X_Custom", "XCustom"])
def test_a_header_that_is_not_listed_is_refused(value: str) -> None:
    verdict = judge_preflight(request("GET", ("X-Custom", "1")), ("Access-Control-Allow-Headers", value))
    assert verdict.error == "HeaderDisallowedByPreflightResponse"
    assert verdict.firefox_error == "CORSMissingAllowHeaderFromPreflight2"
    assert verdict.sentence == (
        "Request header field x-custom is not allowed by Access-Control-Allow-Headers in preflight response."
    )


@pytest.mark.parametrize("value", ["PUT; GET", "PUT GET", '"PUT"', "['PUT']", "PUT/GET", "PUT, (", "PUT, é", "PUT:"])
def test_one_item_that_is_no_token_spoils_a_list_and_the_preflight(value: str) -> None:
    bad_methods = judge_preflight(request("PUT"), ("Access-Control-Allow-Methods", value))
    assert bad_methods.error == "InvalidAllowMethodsPreflightResponse"
    assert bad_methods.firefox_error == "CORSInvalidAllowMethod"
    bad_headers = judge_preflight(request("GET", ("X-A", "1")), ("Access-Control-Allow-Headers", value))
    assert bad_headers.error == "InvalidAllowHeadersPreflightResponse"
    assert bad_headers.firefox_error == "CORSInvalidAllowHeader"


def test_a_spoilt_list_refuses_even_when_nothing_in_it_is_needed() -> None:
    spoilt_methods = (("Access-Control-Allow-Headers", "X-A"), ("Access-Control-Allow-Methods", "GET; POST"))
    verdict = judge_preflight(request("GET", ("X-A", "1")), *spoilt_methods)
    assert verdict.error == "InvalidAllowMethodsPreflightResponse"
    spoilt_headers = (("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "X-A; X-B"))
    assert judge_preflight(request("PUT"), *spoilt_headers).error == "InvalidAllowHeadersPreflightResponse"


def test_firefox_judges_the_method_before_it_reads_the_header_list() -> None:
    verdict = judge_preflight(request("PUT"), ("Access-Control-Allow-Headers", "X-A; X-B"))
    assert verdict.error == "InvalidAllowHeadersPreflightResponse"
    assert verdict.firefox_error == "CORSMethodNotFound"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ((), "PreflightMissingAllowOriginHeader"),
        ((("Access-Control-Allow-Origin", "*"),), "PreflightWildcardOriginNotAllowed"),
        ((("Access-Control-Allow-Origin", f"{PAGE}/"),), "PreflightAllowOriginMismatch"),
        ((("Access-Control-Allow-Origin", "app.example"),), "PreflightInvalidAllowOriginValue"),
        ((("Access-Control-Allow-Origin", f"{PAGE}, x"),), "PreflightMultipleAllowOriginValues"),
        ((("Access-Control-Allow-Origin", PAGE),), "PreflightInvalidAllowCredentials"),
    ],
)
def test_the_cors_check_at_the_preflight_follows_the_credentials_of_the_request(
    headers: tuple[tuple[str, str], ...], error: str
) -> None:
    answer = Response(204, (*headers, ("Access-Control-Allow-Methods", "PUT")))
    verdict = judge(request("PUT", credentials="include"), preflight=answer, response=OPEN)
    assert verdict.error == error
    assert verdict.sentence is not None
    assert verdict.sentence.startswith("Response to preflight request doesn't pass access control check: ")


def test_a_good_preflight_does_not_excuse_the_answer() -> None:
    answer = shared(("Access-Control-Allow-Methods", "PUT"))
    verdict = judge(request("PUT"), preflight=answer, response=Response(500))
    assert verdict.allowed is False
    assert verdict.error == "MissingAllowOriginHeader"
    assert verdict.steps == (
        "preflight needed: PUT is no simple method",
        "server answers OPTIONS with 200",
        "browser accepts the preflight",
        "server carries out PUT and answers with 500",
        "browser keeps the answer from the script: the answer has no Access-Control-Allow-Origin",
    )


def test_a_preflight_that_is_not_needed_is_not_looked_at() -> None:
    assert judge(request("POST"), preflight=Response(500), response=OPEN).allowed is True


def test_without_the_answer_to_a_needed_preflight_nothing_can_be_said() -> None:
    verdict = judge(request("PUT"), preflight=None, response=OPEN)
    assert verdict.allowed is None
    assert verdict.preflight is True
    assert verdict.steps[-1] == "undetermined: what the server answers to OPTIONS is not known"


# Authorization and the wildcard: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name


def test_the_standard_s_wildcard_leaves_authorization_out() -> None:
    asked, star = request("GET", ("Authorization", "x")), ("Access-Control-Allow-Headers", "*")
    assert judge_preflight(asked, star).error == "HeaderDisallowedByPreflightResponse"
    assert judge_preflight(asked, ("Access-Control-Allow-Headers", "*, authorization")).allowed is True


@pytest.mark.parametrize("profile", [CHROMIUM, FIREFOX])
def test_the_browsers_wildcard_covers_authorization_without_credentials(profile: Profile) -> None:
    star = ("Access-Control-Allow-Headers", "*")
    verdict = judge_preflight(request("GET", ("Authorization", "x")), star, profile=profile)
    assert verdict.allowed is True
    assert "* covers `authorization` in the browsers of today, not in the standard: list it by name" in verdict.steps
    asked = request("GET", ("Authorization", "x"), credentials="include")
    assert judge_preflight(asked, star, profile=profile).error == "HeaderDisallowedByPreflightResponse"


# The other deviations


def test_chromium_safelists_client_hints_with_plain_values() -> None:
    for header in (("Save-Data", "ON"), ("Width", "100"), ("DPR", "1.5"), ("RTT", "50"), ("ECT", "slow-2g")):
        assert unsafe(header, profile=CHROMIUM) == ""
        assert unsafe(header, profile=FIREFOX) == header[0].lower()
    for header in (("Save-Data", "off"), ("Width", "1.5"), ("DPR", "1."), ("RTT", ""), ("ECT", "5g")):
        assert unsafe(header, profile=CHROMIUM) == header[0].lower()


def test_chromium_drops_a_user_agent() -> None:
    assert unsafe(("User-Agent", "x"), profile=CHROMIUM) == ""
    assert unsafe(("User-Agent", "x"), profile=FIREFOX) == "user-agent"


def test_chromium_measures_repeated_headers_together() -> None:
    twice = (("Accept", "x" * 64), ("accept", "x" * 64))
    assert unsafe(*twice) == ""
    assert unsafe(*twice, profile=FIREFOX) == ""
    assert unsafe(*twice, profile=CHROMIUM) == "accept"


@pytest.mark.parametrize("profile", [CHROMIUM, FIREFOX])
def test_browsers_count_bytes_up_to_63_bits(profile: Profile) -> None:
    assert unsafe(("Range", f"bytes={2**63 - 1}-"), profile=profile) == ""
    assert unsafe(("Range", f"bytes={2**63}-"), profile=profile) == "range"
    assert unsafe(("Range", f"bytes=0-{2**63}"), profile=profile) == "range"


def test_firefox_takes_bytes_outside_ascii_for_unsafe() -> None:
    for header in (("Accept", "\xe9"), ("Content-Type", "text/plain; x=\xe9")):
        assert unsafe(header, profile=CHROMIUM) == ""
        assert unsafe(header, profile=FIREFOX) == header[0].lower()


def test_the_standard_has_no_deviation() -> None:
    flags = dataclasses.asdict(SPEC)
    assert flags.pop("name") == "Fetch standard"
    assert not any(flags.values())


# What the script may read: https://fetch.spec.whatwg.org/#concept-filtered-response-cors


def readable(*headers: tuple[str, str], credentials: CredentialsMode = "omit") -> tuple[str, ...]:
    every = (("ETag", "x"), ("X-One", "1"), ("Content-Type", "text/plain"), ("Set-Cookie", "a=b"), *headers)
    return judge(request(credentials=credentials), preflight=None, response=shared(*every)).readable_headers


def test_few_headers_are_readable_by_themselves() -> None:
    names = ["Cache-Control", "Content-Language", "Content-Length", "Expires", "Last-Modified", "Pragma"]
    assert readable(*((name, "x") for name in names)) == (
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    )


def test_exposed_names_are_readable_over_all_lines_without_case() -> None:
    lines = (("Access-Control-Expose-Headers", "etag, X-Absent"), ("Access-Control-Expose-Headers", "X-ONE"))
    assert readable(*lines) == ("content-type", "etag", "x-one")


@pytest.mark.parametrize("value", ["X-One; ETag", "X-One, bad name", '"X-One"'])
def test_one_item_that_is_no_token_voids_the_exposed_list(value: str) -> None:
    assert readable(("Access-Control-Expose-Headers", value)) == ("content-type",)


def test_the_wildcard_exposes_everything_but_cookies_only_without_credentials() -> None:
    star = ("Access-Control-Expose-Headers", "*")
    assert readable(star) == (
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "content-type",
        "etag",
        "x-one",
    )
    assert readable(star, credentials="include") == ("content-type",)
    assert readable(star, ("*", "x"), credentials="include") == ("*", "content-type")


def test_set_cookie_is_never_readable() -> None:
    exposed = ("Access-Control-Expose-Headers", "Set-Cookie, Set-Cookie2")
    assert readable(exposed, ("Set-Cookie2", "a=b")) == ("content-type",)


# What is not modelled is said, not guessed


@pytest.mark.parametrize(
    "url", ["/users", "", "ftp://api.example/", "data:,x", "https://", "https://[::1", "https://a:b/"]
)
def test_only_absolute_http_urls_are_judged(url: str) -> None:
    verdict = judge(request(url=url), preflight=OPEN, response=OPEN)
    assert verdict.allowed is None
    assert verdict.steps == (f"only absolute http and https URLs are judged, not {url!r}",)


def test_a_password_in_the_url_is_no_request() -> None:
    verdict = judge(request(url="https://me:secret@api.example/"), preflight=None, response=OPEN)
    assert (verdict.allowed, verdict.error) == (False, None)
    assert "secret" not in "".join(verdict.steps)


def test_a_redirect_is_not_followed() -> None:
    elsewhere = ("Location", "https://other.example/")
    verdict = judge(request(), preflight=None, response=shared(elsewhere, status=302))
    assert verdict.allowed is None
    assert verdict.steps[-1] == "undetermined: the answer is a redirect, and what it leads to is not followed"
    assert judge(request(url=f"{PAGE}/a"), preflight=None, response=Response(308, (elsewhere,))).allowed is None


def test_a_redirect_without_cors_headers_is_refused_whatever_it_leads_to() -> None:
    verdict = judge_simple(request(), ("Location", "https://other.example/"), status=301)
    assert (verdict.allowed, verdict.error) == (False, "MissingAllowOriginHeader")


@pytest.mark.parametrize(("status", "location"), [(200, "/x"), (304, "/x"), (302, "")])
def test_not_every_answer_with_a_location_is_a_redirect(status: int, location: str) -> None:
    verdict = judge(request(), preflight=None, response=shared(("Location", location), status=status))
    assert verdict.allowed is True


# Words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"{PAGE}/", "an origin ends without a slash"),
        ("https://APP.example", "upper and lower case are compared too"),
        ("https://*.example", "* stands for every origin only when alone, and never for a part of one"),
        ("https://other.example", "they must be equal byte for byte"),
    ],
)
def test_a_refused_origin_is_told_with_its_difference(value: str, words: str) -> None:
    step = judge_simple(request(), ("Access-Control-Allow-Origin", value)).steps[-1]
    assert step == (
        "browser keeps the answer from the script:"
        f" Access-Control-Allow-Origin is '{value}', the page's origin is 'https://app.example': {words}"
    )


def test_every_header_that_is_missing_is_told() -> None:
    asked = request("patch", ("X-B", "1"), ("X-A", "1"), credentials="include")
    verdict = judge_preflight(
        asked, ("Access-Control-Allow-Methods", "PATCH, *"), ("Access-Control-Allow-Headers", "*, X-C")
    )
    assert verdict.steps[-2:] == (
        "browser refuses the preflight, patch is never sent:"
        " patch is not in Access-Control-Allow-Methods (PATCH, *): with credentials * is no wildcard",
        "mending that is not enough: `x-a`, `x-b` are not in Access-Control-Allow-Headers (*, X-C):"
        " with credentials * is no wildcard",
    )


def test_control_characters_never_reach_the_terminal() -> None:
    verdict = judge_simple(request(), ("Access-Control-Allow-Origin", "https://a\x1b[31m\u202e"))
    assert verdict.sentence == (
        "The 'Access-Control-Allow-Origin' header contains the invalid value 'https://a\\u001B[31m\\u202E'."
        " Have the server send the header with a valid value."
    )
    assert all(step.isprintable() for step in verdict.steps)


# Whatever comes, it is judged

ANY_TEXT = st.text(max_size=30) | st.binary(max_size=30).map(lambda value: value.decode("latin-1"))
NAMES = st.sampled_from(
    [
        "Access-Control-Allow-Origin",
        "access-control-allow-methods",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
        "Location",
        "Content-Type",
        "Accept",
        "Range",
        "Authorization",
    ]
)
VALUES = st.sampled_from([PAGE, "*", "null", "true", "PUT", "X-A, authorization", "bytes=0-1"]) | ANY_TEXT
HEADERS = st.lists(st.tuples(NAMES | ANY_TEXT, VALUES), max_size=6)
# Most random answers fail the CORS check at once, so many are given a start that passes.
STARTS = st.sampled_from(
    [
        (),
        (("Access-Control-Allow-Origin", "*"),),
        (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "*")),
        (*OPEN.headers, ("Access-Control-Allow-Methods", "PUT")),
        (*OPEN.headers, ("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*, authorization")),
    ]
)
RESPONSES = st.builds(
    lambda status, start, rest: Response(status, (*start, *rest)),
    st.sampled_from([200, 204]) | st.integers(-1, 1000),
    STARTS,
    st.just([]) | HEADERS,
)
CREDENTIALS: st.SearchStrategy[CredentialsMode] = st.sampled_from(("omit", "same-origin", "include"))
PROFILES = st.sampled_from([SPEC, CHROMIUM, FIREFOX])
REQUESTS = st.builds(
    Request,
    st.sampled_from([PAGE, "null"]) | ANY_TEXT,
    st.sampled_from([API, f"{PAGE}/api"]) | ANY_TEXT.map(lambda rest: f"https://{rest}"),
    st.sampled_from(["GET", "POST", "PUT", "patch"]) | ANY_TEXT,
    HEADERS,
    CREDENTIALS,
)


@given(REQUESTS, st.none() | RESPONSES, RESPONSES, PROFILES)
def test_nothing_makes_the_model_stumble(
    asked: Request, preflight: Response | None, response: Response, profile: Profile
) -> None:
    verdict = judge(asked, preflight=preflight, response=response, profile=profile)
    assert verdict.steps
    assert all(step.isprintable() for step in verdict.steps)
    assert (verdict.error is None) is (verdict.sentence is None) is (verdict.firefox_error is None)
    if verdict.allowed is not False:
        assert verdict.error is None
    if verdict.allowed is not True:
        assert verdict.readable_headers == ()
    preflight_request(asked, profile)
    actual_request(asked, profile)


CROSS_ORIGIN = st.builds(
    Request,
    st.sampled_from([PAGE, PAGE, "null"]),
    st.just(API),
    st.sampled_from(["GET", "PUT"]),
    st.just([]) | st.lists(st.tuples(NAMES, VALUES), max_size=2),
    CREDENTIALS,
)


@given(CROSS_ORIGIN, RESPONSES, RESPONSES, PROFILES)
def test_what_is_allowed_named_the_origin_or_everyone(
    asked: Request, preflight: Response, response: Response, profile: Profile
) -> None:
    verdict = judge(asked, preflight=preflight, response=response, profile=profile)
    if verdict.allowed:
        for answer in (response, preflight) if verdict.preflight else (response,):
            (value,) = answer.values("Access-Control-Allow-Origin")
            assert value.strip("\t ") in ({asked.origin} if asked.credentials == "include" else {asked.origin, "*"})


@given(CROSS_ORIGIN, RESPONSES, RESPONSES, PROFILES)
def test_without_allow_origin_nothing_is_ever_shared_across_origins(
    asked: Request, preflight: Response, response: Response, profile: Profile
) -> None:
    bare = Response(
        response.status, [pair for pair in response.headers if pair[0].lower() != "access-control-allow-origin"]
    )
    assert judge(asked, preflight=preflight, response=bare, profile=profile).allowed is False


@given(CROSS_ORIGIN, RESPONSES, RESPONSES, PROFILES)
def test_whoever_gets_in_with_credentials_gets_in_without(
    asked: Request, preflight: Response, response: Response, profile: Profile
) -> None:
    included = dataclasses.replace(asked, credentials="include")
    if judge(included, preflight=preflight, response=response, profile=profile).allowed:
        omitted = dataclasses.replace(asked, credentials="omit")
        assert judge(omitted, preflight=preflight, response=response, profile=profile).allowed
