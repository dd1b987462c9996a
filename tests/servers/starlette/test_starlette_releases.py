"""What changed between releases of Starlette: the same program, read for each."""

from __future__ import annotations

from typing import Any

import pytest

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.policy import Policy
from corslint.questions import anyone
from corslint.servers import starlette
from corslint.servers.starlette.versions import behaviour
from corslint.source import Source

URL = "https://api.example/"
APP = "https://app.example"
EVIL = "https://evil.example"
LONG_VARY = (
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"
)


def read(options: str, release: str | None, call: str = "app.add_middleware(CORSMiddleware, {})") -> Policy:
    text = (
        "from starlette.middleware import Middleware\nfrom starlette.middleware.cors import CORSMiddleware\n"
        "from functools import partial\n" + call.format(options) + "\n"
    )
    versions = {} if release is None else {"starlette": release}
    (policy,) = starlette.read(Project(versions=versions), Source("main.py", text))
    assert isinstance(policy, Policy)
    return policy


def get(policy: Policy, origin: str | None, *headers: tuple[str, str]) -> dict[str, str]:
    sent = (("Origin", origin), *headers) if origin else headers
    return dict(policy.respond(Request("", URL, "GET", sent)).headers)


def preflight(policy: Policy, origin: str, method: str = "GET", *headers: tuple[str, str]) -> Response:
    asks = (("Origin", origin), ("Access-Control-Request-Method", method), *headers)
    return policy.respond(Request("", URL, "OPTIONS", asks))


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


COOKIE = ("Cookie", "session=1")
OPEN = "allow_origins=['*']"
OPEN_TO_COOKIES = f"{OPEN}, allow_credentials=True"


# --- The release a policy is read for


def test_the_release_is_named() -> None:
    assert read(OPEN, "0.47.3").version == "0.47.3"


def test_nothing_is_named_where_nothing_tells_and_the_newest_is_taken() -> None:
    policy = read(OPEN, None)
    assert policy.version is None
    assert get(policy, None) == {"Vary": "Origin"}


@pytest.mark.parametrize("release", ["2.0.0", "1.7", "1.10.0", "1.7.0rc1", "latest", ""])
def test_what_is_newer_or_no_number_is_like_the_newest(release: str) -> None:
    assert behaviour(release) == behaviour(None)


@pytest.mark.parametrize("release", ["0.11.4", "0.9", "0"])
def test_what_is_older_is_like_the_first_that_is_modelled(release: str) -> None:
    assert behaviour(release) == behaviour("0.12.0")


# --- Simple requests


@pytest.mark.parametrize(
    ("release", "without_cookie", "with_cookie"),
    [
        ("0.14.2", {"Access-Control-Allow-Origin": "*"}, {"Access-Control-Allow-Origin": EVIL}),
        ("0.15.0", {"Access-Control-Allow-Origin": "*"}, {"Access-Control-Allow-Origin": EVIL, "Vary": "Origin"}),
        ("0.52.1", {"Access-Control-Allow-Origin": "*"}, {"Access-Control-Allow-Origin": EVIL, "Vary": "Origin"}),
    ],
)
@pytest.mark.parametrize("credentials", [True, False])
def test_before_1_0_a_cookie_gets_its_origin_back(
    release: str, without_cookie: dict[str, str], with_cookie: dict[str, str], credentials: bool
) -> None:
    policy = read(f"{OPEN}, allow_credentials={credentials}", release)
    true = {"Access-Control-Allow-Credentials": "true"} if credentials else {}
    assert get(policy, EVIL) == without_cookie | true
    assert get(policy, EVIL, COOKIE) == with_cookie | true


@pytest.mark.parametrize("cookies", [(), (COOKIE,)])
def test_since_1_0_credentials_decide_and_cookies_do_not(cookies: tuple[tuple[str, str], ...]) -> None:
    assert get(read(OPEN, "1.0.0"), EVIL, *cookies) == {"Access-Control-Allow-Origin": "*"}
    assert get(read(OPEN_TO_COOKIES, "1.0.0"), EVIL, *cookies) == {
        "Access-Control-Allow-Origin": EVIL,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(("release", "vary"), [("1.6.0", {}), ("1.7.0", {"Vary": "Origin"})])
def test_since_1_7_every_answer_varies(release: str, vary: dict[str, str]) -> None:
    assert get(read(OPEN, release), None) == vary
    assert get(read(OPEN, release), EVIL) == {"Access-Control-Allow-Origin": "*"} | vary
    listed = read(f"allow_origins=['{APP}']", release)
    assert get(listed, None) == get(listed, EVIL) == vary


@pytest.mark.parametrize("release", ["0.12.0", "0.14.2", "1.0.0", "1.10.0"])
def test_a_listed_origin_always_came_with_vary(release: str) -> None:
    listed = read(f"allow_origins=['{APP}']", release)
    assert get(listed, APP) == {"Access-Control-Allow-Origin": APP, "Vary": "Origin"}


@pytest.mark.parametrize(
    ("release", "allowed"), [("0.13.0", True), ("0.13.1", False), ("0.13.2", False), (None, False)]
)
def test_until_0_13_0_the_beginning_of_an_origin_was_enough(release: str | None, allowed: bool) -> None:
    policy = read(r"allow_origin_regex='https://app\\.example'", release)
    assert ("Access-Control-Allow-Origin" in get(policy, f"{APP}.evil.example")) is allowed
    assert "Access-Control-Allow-Origin" in get(policy, APP)


# --- Preflights


@pytest.mark.parametrize(
    ("release", "headers"),
    [
        ("0.14.2", {"Access-Control-Allow-Origin": "*"}),
        ("0.15.0", {"Access-Control-Allow-Origin": EVIL, "Vary": "Origin"}),
        ("1.6.0", {"Access-Control-Allow-Origin": EVIL, "Vary": "Origin"}),
        ("1.7.0", {"Access-Control-Allow-Origin": EVIL, "Vary": LONG_VARY}),
    ],
)
def test_the_preflight_of_an_open_policy_with_credentials(release: str, headers: dict[str, str]) -> None:
    answer = preflight(read(OPEN_TO_COOKIES, release), EVIL)
    deciding = {name: value for name, value in answer.headers if name in ("Access-Control-Allow-Origin", "Vary")}
    assert (answer.status, deciding) == (200, headers)


@pytest.mark.parametrize(
    ("release", "vary"), [("0.12.0", []), ("0.52.1", []), ("1.6.0", []), ("1.7.0", [LONG_VARY]), (None, [LONG_VARY])]
)
def test_the_preflight_of_an_open_policy_varies_since_1_7(release: str | None, vary: list[str]) -> None:
    answer = preflight(read(OPEN, release), EVIL)
    assert answer.values("Vary") == vary
    assert answer.values("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize(
    ("release", "methods"),
    [
        ("0.14.2", "DELETE, GET, OPTIONS, PATCH, POST, PUT"),
        ("0.15.0", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("1.6.0", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("1.7.0", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"),
    ],
)
def test_what_a_star_for_methods_stands_for(release: str, methods: str) -> None:
    policy = read(f"{OPEN}, allow_methods=['*']", release)
    assert preflight(policy, EVIL).values("Access-Control-Allow-Methods") == [methods]
    query = preflight(policy, EVIL, "QUERY").status
    assert query == (200 if "QUERY" in methods else 400)


@pytest.mark.parametrize(
    ("release", "written", "sent"),
    [
        ("0.13.2", "['X-Key', 'A', 'A']", ["X-Key, A, A"]),
        ("0.13.3", "['X-Key', 'A', 'A']", ["A, Accept, Accept-Language, Content-Language, Content-Type, X-Key"]),
        ("0.13.2", "[]", []),
        ("0.13.3", "[]", ["Accept, Accept-Language, Content-Language, Content-Type"]),
        ("0.13.2", "['*']", []),
        ("0.13.3", "['*']", []),
    ],
)
def test_the_safelisted_headers_are_allowed_since_0_13_3(release: str, written: str, sent: list[str]) -> None:
    policy = read(f"{OPEN}, allow_headers={written}", release)
    assert preflight(policy, EVIL).values("Access-Control-Allow-Headers") == sent


@pytest.mark.parametrize(("release", "status"), [("0.13.2", 400), ("0.13.3", 200)])
def test_json_had_to_be_allowed_before_0_13_3(release: str, status: int) -> None:
    asks = ("Access-Control-Request-Headers", "content-type")
    assert preflight(read(OPEN, release), EVIL, "GET", asks).status == status


# --- What a release does not take


@pytest.mark.parametrize("release", ["0.12.0", "0.47.3", "0.50.0"])
def test_private_networks_are_no_option_before_0_51(release: str) -> None:
    policy = read(f"{OPEN}, allow_private_network=True", release)
    (fact,) = policy.facts
    assert fact.kind == "rejected-configuration"
    assert fact.text == "every request fails: CORSMiddleware takes no `allow_private_network` before Starlette 0.51.0"
    assert fact.help == "remove it, or update Starlette"
    assert fact.labels[0].span.text == "allow_private_network=True"
    assert policy.respond(Request("", URL, "GET", (("Origin", EVIL),))) == Response(500)


@pytest.mark.parametrize("release", ["0.51.0", "1.0.0", None])
def test_private_networks_are_an_option_since_0_51(release: str | None) -> None:
    policy = read(f"{OPEN}, allow_private_network=True", release)
    assert not policy.facts
    asks = ("Access-Control-Request-Private-Network", "true")
    assert preflight(policy, EVIL, "GET", asks).values("Access-Control-Allow-Private-Network") == ["true"]


@pytest.mark.parametrize(("release", "status"), [("0.50.0", 200), ("0.51.0", 400)])
def test_a_preflight_for_a_private_network_is_refused_since_0_51(release: str, status: int) -> None:
    asks = ("Access-Control-Request-Private-Network", "true")
    assert preflight(read(OPEN, release), EVIL, "GET", asks).status == status


@pytest.mark.parametrize(
    "call",
    ["app.add_middleware(CORSMiddleware, ['*'])", "app = Starlette(middleware=[Middleware(CORSMiddleware, ['*'])])"],
)
def test_options_need_their_names_before_0_41_3(call: str) -> None:
    policy = read("", "0.41.2", call)
    (fact,) = policy.facts
    assert fact.text == "every request fails: before Starlette 0.41.3 options are taken by name only"
    assert (fact.kind, fact.labels[0].span.text) == ("rejected-configuration", "['*']")
    assert policy.respond(Request("", URL, "GET", (("Origin", EVIL),))) == Response(500)
    assert not read("", "0.41.3", call).facts


@pytest.mark.parametrize(
    "call",
    [
        "app = CORSMiddleware(app, ['*'])",
        "app.add_middleware(CORSMiddleware, allow_origins=['*'])",
        "app.add_middleware(middleware_class=CORSMiddleware, allow_origins=['*'])",
        "app.add_middleware(partial(CORSMiddleware, allow_origins=['*']))",
    ],
)
def test_what_every_release_takes(call: str) -> None:
    policy = read("", "0.41.2", call)
    assert not policy.facts
    assert get(policy, EVIL) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize(("release", "exposed"), [("0.50.0", ("X-Total",)), ("0.51.0", None)])
def test_what_stands_sixth_depends_on_the_release(release: str, exposed: Any) -> None:
    policy = read("", release, "app = CORSMiddleware(app, ['*'], ['GET'], [], False, None, ['X-Total'])")
    assert policy.exposed.known() == exposed
    assert policy.private_network.known() is (exposed is None)


def test_only_a_new_option_is_told_to_be_new() -> None:
    (fact,) = read("allow_origin=['*']", "0.47.3").facts
    assert fact.text == "every request fails: CORSMiddleware takes no `allow_origin`"
    assert fact.help == "did you mean `allow_origins`?"


# --- What a browser makes of it


@pytest.mark.parametrize("release", ["0.12.13", "0.14.2", "0.47.3", "1.0.0", None])
def test_cookies_are_stolen_from_an_open_policy_of_any_release(release: str | None) -> None:
    proof = anyone(read(OPEN_TO_COOKIES, release), "include")
    assert proof is not None
    assert proof.response.values("Access-Control-Allow-Origin") == [EVIL]
    assert proof.response.values("Access-Control-Allow-Credentials") == ["true"]


@pytest.mark.parametrize("release", ["0.12.13", "0.14.2", "0.47.3", "1.0.0", None])
def test_cookies_stay_safe_without_credentials(release: str | None) -> None:
    policy = read(OPEN, release)
    assert anyone(policy, "include") is None
    assert anyone(policy, "omit") is not None


@pytest.mark.parametrize(
    ("release", "error"),
    [
        ("0.14.2", "PreflightWildcardOriginNotAllowed"),
        ("0.15.0", None),
        ("1.0.0", None),
        (None, None),
    ],
)
def test_a_preflight_before_0_15_refused_cookies(release: str | None, error: str | None) -> None:
    policy = read(f"{OPEN_TO_COOKIES}, allow_methods=['*']", release)
    proof = policy.ask(Request(EVIL, URL, "DELETE", credentials="include"))
    assert proof is not None
    assert proof.verdict.error == error


@pytest.mark.parametrize("release", ["0.47.3", "1.0.0"])
def test_without_credentials_a_browser_sends_no_cookie(release: str) -> None:
    proof = read(OPEN, release).ask(Request(EVIL, URL))
    assert proof is not None
    assert proof.response.values("Access-Control-Allow-Origin") == ["*"]


# --- What no release can send


def test_a_header_that_cannot_be_encoded_is_answered_with_an_error() -> None:
    policy = read(f"{OPEN}, expose_headers=['\N{EURO SIGN}'], allow_methods=['GET']", None)
    assert policy.respond(Request("", URL, "GET", (("Origin", EVIL),))) == Response(500)
    assert policy.respond(Request("", URL, "GET")).status == 200
    assert preflight(policy, EVIL).status == 200


def test_latin_1_is_sent() -> None:
    policy = read(f"{OPEN}, expose_headers=['é']", "1.0.0")
    assert get(policy, EVIL) == {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "é"}
