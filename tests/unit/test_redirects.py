"""Where a redirect leads a request, and what the browser makes of it on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corslint.browser import CHROMIUM, FIREFOX, SPEC, CredentialsMode, Profile, Request, Response, Verdict
from corslint.browser.preflight_cache import PreflightCache
from corslint.browser.redirects import follow, redirected

PAGE = "https://app.example"
API = "https://api.example/users"
OTHER = "https://other.example/users"
EVERY = ("Access-Control-Allow-Origin", "*")
OWN = ("Access-Control-Allow-Origin", PAGE)
GRANT = (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*"))

Answers = dict[str, Response]


def asked(
    method: str = "GET", *headers: tuple[str, str], url: str = API, credentials: CredentialsMode = "omit"
) -> Request:
    return Request(PAGE, url, method, headers, credentials)


def to(target: str, status: int = 302, *headers: tuple[str, str]) -> Response:
    return Response(status, (EVERY, *headers, ("Location", target)))


def server(answers: Answers, preflight: Response | None = None) -> Callable[[Request], Response | None]:
    """Answers each URL as told, any other with 200 to everyone, and OPTIONS with a grant of all things."""

    def answer(request: Request) -> Response | None:
        if request.method == "OPTIONS":
            return preflight or Response(204, (EVERY, *GRANT))
        return answers.get(request.url, Response(200, (EVERY,)))

    return answer


def wire(verdict: Verdict) -> list[str]:
    return [f"{request.method} {request.url} {dict(request.headers).get('Origin', '-')}" for request in verdict.sent]


def test_without_a_redirect_one_request_is_sent() -> None:
    verdict = follow(asked(), server({}))
    assert verdict.allowed
    assert wire(verdict) == [f"GET {API} {PAGE}"]


def test_a_redirect_within_one_origin_keeps_the_page_s_origin() -> None:
    verdict = follow(asked(), server({API: to("/people")}))
    assert verdict.allowed
    assert wire(verdict) == [f"GET {API} {PAGE}", f"GET https://api.example/people {PAGE}"]


def test_a_redirect_from_one_foreign_origin_to_another_makes_the_origin_null() -> None:
    verdict = follow(asked(), server({API: to(OTHER)}))
    assert verdict.allowed
    assert wire(verdict) == [f"GET {API} {PAGE}", f"GET {OTHER} null"]
    assert "from here on the request carries the origin null" in verdict.steps


def test_every_step_is_told() -> None:
    verdict = follow(asked("PUT"), server({API: to(OTHER, 303)}))
    assert verdict.steps == (
        "preflight needed: PUT is no simple method",
        "server answers OPTIONS with 204",
        "browser accepts the preflight",
        "server carries out PUT and answers with 303",
        f"browser follows the redirect to '{OTHER}'",
        "from here on the request carries the origin null",
        "no preflight needed: GET is a simple method, and its headers are safelisted",
        "server carries out GET and answers with 200",
        "browser gives the answer to the script",
    )


def test_an_allow_list_fails_behind_such_a_redirect() -> None:
    verdict = follow(asked(), server({API: to(OTHER), OTHER: Response(200, (OWN,))}))
    assert verdict.allowed is False
    assert (verdict.error, verdict.firefox_error) == ("AllowOriginMismatch", "CORSAllowOriginNotMatchingOrigin")
    assert verdict.blocked is not None
    assert (verdict.blocked.stage, verdict.blocked.request.url) == ("answer", OTHER)


def test_a_redirect_away_from_the_page_s_own_origin_keeps_it() -> None:
    own = f"{PAGE}/users"
    verdict = follow(asked(url=own), server({own: Response(302, (("Location", API),))}))
    assert verdict.allowed
    assert wire(verdict) == [f"GET {own} -", f"GET {API} {PAGE}"]


def test_a_redirect_back_home_is_foreign_all_the_same() -> None:
    own = f"{PAGE}/users"
    verdict = follow(asked(), server({API: to(own), own: Response(200)}))
    assert verdict.error == "MissingAllowOriginHeader"
    assert wire(verdict) == [f"GET {API} {PAGE}", f"GET {own} null"]


def test_once_null_the_origin_stays_null() -> None:
    verdict = follow(asked(), server({API: to(OTHER), OTHER: to("/more")}))
    assert wire(verdict)[-1] == "GET https://other.example/more null"
    assert verdict.steps.count("from here on the request carries the origin null") == 1


def test_the_redirecting_answer_must_pass_the_cors_check_itself() -> None:
    verdict = follow(asked(), server({API: Response(301, (("Location", "/users/"),))}))
    assert verdict.error == "MissingAllowOriginHeader"
    assert verdict.blocked is not None
    assert verdict.blocked.stage == "redirect"
    assert wire(verdict) == [f"GET {API} {PAGE}"]


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 301, "PUT"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("GET", 303, "GET"),
    ],
)
def test_the_method_after_a_redirect(method: str, status: int, then: str) -> None:
    assert redirected(asked(method), status, OTHER).method == then


def test_headers_about_a_body_go_with_the_body() -> None:
    headers = (("Content-Type", "application/json"), ("Content-Language", "en"), ("X-Token", "1"))
    assert redirected(asked("POST", *headers), 302, API).headers == (("X-Token", "1"),)
    assert redirected(asked("POST", *headers), 307, API).headers == headers


def test_authorization_stays_behind_where_the_origin_changes() -> None:
    authorized = asked("GET", ("Authorization", "Bearer 1"))
    assert redirected(authorized, 302, "https://api.example/people").headers == authorized.headers
    assert redirected(authorized, 302, OTHER).headers == ()


@pytest.mark.parametrize("profile", [SPEC, CHROMIUM])
def test_a_preflight_is_sent_for_each_url_that_needs_one(profile: Profile) -> None:
    verdict = follow(asked("PUT"), server({API: to(OTHER, 307)}), profile)
    assert wire(verdict) == [f"OPTIONS {API} {PAGE}", f"PUT {API} {PAGE}", f"OPTIONS {OTHER} null", f"PUT {OTHER} null"]


@pytest.mark.parametrize("profile", [SPEC, CHROMIUM])
def test_no_preflight_where_its_reason_is_gone(profile: Profile) -> None:
    verdict = follow(asked("PUT"), server({API: to(OTHER, 303)}), profile)
    assert wire(verdict) == [f"OPTIONS {API} {PAGE}", f"PUT {API} {PAGE}", f"GET {OTHER} null"]


def test_firefox_asks_again_where_the_reason_is_gone_and_with_the_page_s_origin() -> None:
    verdict = follow(asked("PUT"), server({API: to(OTHER, 303)}), FIREFOX)
    assert wire(verdict) == [
        f"OPTIONS {API} {PAGE}",
        f"PUT {API} {PAGE}",
        f"OPTIONS {OTHER} {PAGE}",
        f"GET {OTHER} null",
    ]


def test_firefox_does_not_ask_for_a_method_rewritten_before_it_left_the_page_s_origin() -> None:
    own = f"{PAGE}/users"
    answers = {own: Response(303, (("Location", API),))}
    assert wire(follow(asked("PUT", url=own), server(answers), FIREFOX)) == [f"PUT {own} {PAGE}", f"GET {API} {PAGE}"]


def test_firefox_asks_for_a_header_dropped_before_it_left_the_page_s_origin() -> None:
    own = f"{PAGE}/users"
    answers = {own: Response(302, (("Location", API),))}
    posted = asked("POST", ("Content-Type", "application/json"), url=own)
    assert wire(follow(posted, server(answers), FIREFOX))[1:] == [f"OPTIONS {API} {PAGE}", f"GET {API} {PAGE}"]
    assert wire(follow(posted, server(answers), CHROMIUM))[1:] == [f"GET {API} {PAGE}"]


def test_a_refused_preflight_behind_a_redirect_ends_there() -> None:
    verdict = follow(asked("PUT"), server({API: to("/people", 307)}, Response(405, (OWN,))))
    assert verdict.error == "PreflightInvalidStatus"
    assert wire(verdict) == [f"OPTIONS {API} {PAGE}"]


def test_the_twenty_first_redirect_is_refused() -> None:
    verdict = follow(asked(), server({API: to(API)}))
    assert (verdict.allowed, verdict.error) == (False, "net::ERR_TOO_MANY_REDIRECTS")
    assert len(verdict.sent) == 21
    assert verdict.sentence is None


def test_firefox_prints_nothing_of_a_loop_at_home() -> None:
    own = f"{PAGE}/users"
    at_home = follow(asked(url=own), server({own: to(own)}), FIREFOX)
    abroad = follow(asked(), server({API: to(API)}), FIREFOX)
    assert (at_home.allowed, at_home.firefox_error) == (False, None)
    assert (abroad.allowed, abroad.firefox_error) == (False, "CORSDidNotSucceed2")


def test_twenty_redirects_are_followed() -> None:
    answers = {f"https://api.example/{number}": to(f"/{number + 1}") for number in range(20)}
    verdict = follow(asked(url="https://api.example/0"), server(answers))
    assert verdict.allowed
    assert len(verdict.sent) == 21


@pytest.mark.parametrize("profile", [SPEC, CHROMIUM, FIREFOX])
def test_a_user_in_the_location_is_refused_across_origins(profile: Profile) -> None:
    verdict = follow(asked(), server({API: to("https://me:secret@api.example/users")}), profile)
    assert (verdict.error, verdict.firefox_error) == ("RedirectContainsCredentials", "CORSDidNotSucceed2")


@pytest.mark.parametrize(("profile", "allowed"), [(SPEC, True), (CHROMIUM, False), (FIREFOX, True)])
def test_only_chromium_refuses_a_user_in_the_location_at_home(profile: Profile, allowed: bool) -> None:
    own = f"{PAGE}/users"
    answers = {own: Response(302, (("Location", "https://me@app.example/"),))}
    assert follow(asked(url=own), server(answers), profile).allowed is allowed


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("data:text/plain,hi", "net::ERR_UNSAFE_REDIRECT"),
        ("ftp://files.example/", "CorsDisabledScheme"),
        ("https://[::1", "net::ERR_INVALID_REDIRECT"),
        ("https://api.example:port/", "net::ERR_INVALID_REDIRECT"),
    ],
)
def test_a_redirect_to_what_cors_cannot_reach_is_refused(location: str, error: str) -> None:
    verdict = follow(asked(), server({API: to(location)}))
    assert (verdict.allowed, verdict.error) == (False, error)


def test_another_scheme_is_refused_before_anything_is_sent() -> None:
    verdict = follow(asked(url="ftp://files.example/"), server({}))
    assert (verdict.allowed, verdict.error, verdict.sent) == (False, "CorsDisabledScheme", ())
    assert verdict.firefox_error == "CORSRequestNotHttp"


@pytest.mark.parametrize("url", ["data:text/plain,hi", "file:///etc/hosts", "/users", "", "https://"])
def test_of_what_is_no_matter_of_cors_nothing_is_said(url: str) -> None:
    verdict = follow(asked(url=url), server({}))
    assert (verdict.allowed, verdict.error, verdict.sent) == (None, None, ())


def test_the_script_may_refuse_redirects() -> None:
    request = Request(PAGE, API, redirect="error")
    verdict = follow(request, server({API: to(OTHER)}))
    assert (verdict.allowed, verdict.error, verdict.firefox_error) == (False, "net::ERR_FAILED", None)


def test_a_redirect_left_to_the_script_is_opaque() -> None:
    verdict = follow(Request(PAGE, API, redirect="manual"), server({API: to(OTHER)}))
    assert (verdict.allowed, verdict.status, verdict.readable_headers) == (True, 0, ())
    assert len(verdict.sent) == 1


def test_a_redirect_left_to_the_script_must_pass_the_cors_check() -> None:
    verdict = follow(Request(PAGE, API, redirect="manual"), server({API: Response(302, (("Location", "/"),))}))
    assert verdict.error == "MissingAllowOriginHeader"
    assert verdict.blocked is not None
    assert verdict.blocked.stage == "answer"


def test_no_cors_asks_for_nothing_and_reads_nothing() -> None:
    request = Request(PAGE, API, "POST", (("X-Token", "1"), ("Accept", "text/html")), mode="no-cors")
    verdict = follow(request, server({API: Response(200)}))
    assert (verdict.allowed, verdict.preflight, verdict.status, verdict.readable_headers) == (True, False, 0, ())
    assert verdict.sent[0].headers == (("Origin", PAGE), ("Accept", "text/html"))


def test_no_cors_sends_no_method_that_would_need_a_preflight() -> None:
    verdict = follow(Request(PAGE, API, "PUT", mode="no-cors"), server({}))
    assert (verdict.allowed, verdict.error, verdict.sent) == (False, None, ())


def test_mode_same_origin_stays_at_home() -> None:
    verdict = follow(Request(PAGE, API, mode="same-origin"), server({}))
    assert (verdict.allowed, verdict.error, verdict.sent) == (False, "DisallowedByMode", ())


def test_mode_same_origin_does_not_follow_a_redirect_away() -> None:
    own = f"{PAGE}/users"
    verdict = follow(Request(PAGE, own, mode="same-origin"), server({own: to(API)}))
    assert (verdict.error, wire(verdict)) == ("DisallowedByMode", [f"GET {own} -"])


def test_mode_same_origin_may_read_what_is_its_own() -> None:
    assert follow(Request(PAGE, f"{PAGE}/users", "PUT", mode="same-origin"), server({})).allowed


def test_a_fragment_is_handed_on_to_a_location_without_one() -> None:
    assert wire(follow(asked(url=f"{API}#top"), server({f"{API}#top": to("/people")})))[1].startswith(
        "GET https://api.example/people#top "
    )
    assert wire(follow(asked(url=f"{API}#top"), server({f"{API}#top": to("/people#end")})))[1].startswith(
        "GET https://api.example/people#end "
    )


def test_a_location_is_sent_and_told_in_printable_ascii() -> None:
    verdict = follow(asked(), server({API: to("/caf\xe9 \x1b[31m%20?<q>")}))
    assert verdict.sent[1].url == "https://api.example/caf%C3%A9%20%1B[31m%20?<q>"
    assert all(step.isascii() and step.isprintable() for step in verdict.steps)


def test_a_redirect_without_location_is_an_answer() -> None:
    verdict = follow(asked(), server({API: Response(302, (EVERY,))}))
    assert (verdict.allowed, verdict.status) == (True, 302)


def test_an_unknown_answer_leaves_it_undetermined() -> None:
    assert follow(asked(), lambda _: None).allowed is None
    assert follow(asked("PUT"), lambda _: None).allowed is None


def test_a_remembered_preflight_is_not_sent_again() -> None:
    remembered = PreflightCache(SPEC)
    first = follow(asked("PUT"), server({}), SPEC, remembered)
    second = follow(asked("PUT"), server({}), SPEC, remembered)
    assert (first.preflight, second.preflight) == (True, False)
    assert wire(second) == [f"PUT {API} {PAGE}"]
    assert "no preflight sent: an earlier one is remembered" in second.steps


@pytest.mark.parametrize(("profile", "preflight"), [(SPEC, True), (CHROMIUM, False), (FIREFOX, True)])
def test_a_refused_answer_makes_all_but_chromium_forget_its_preflight(profile: Profile, preflight: bool) -> None:
    remembered = PreflightCache(profile)
    grant = Response(204, (EVERY, ("Access-Control-Allow-Methods", "PUT")))
    refused = follow(asked("PUT"), server({API: Response(200)}, grant), profile, remembered)
    assert refused.error == "MissingAllowOriginHeader"
    assert follow(asked("PUT"), server({}, grant), profile, remembered).preflight is preflight


def test_a_refused_preflight_is_not_remembered() -> None:
    remembered = PreflightCache(SPEC)
    assert not follow(asked("PUT"), server({}, Response(405)), SPEC, remembered).allowed
    assert follow(asked("PUT"), server({}), SPEC, remembered).preflight


@given(
    st.text(max_size=30)
    | st.sampled_from(["//", "https://[", "//\\", "https:\\\\x", "?", "#", "http://a:b", "\ud800"]),
    st.sampled_from([200, 204, 301, 302, 303, 307, 308, 404]),
    st.sampled_from([SPEC, CHROMIUM, FIREFOX]),
    st.sampled_from(["GET", "POST", "PUT"]),
)
def test_no_location_makes_it_crash(location: str, status: int, profile: Profile, method: str) -> None:
    verdict = follow(asked(method), lambda _: to(location, status), profile)
    assert len(verdict.sent) <= 42
