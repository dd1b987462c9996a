"""What the features of a page send, and what each body makes of a request."""

from __future__ import annotations

import pytest

from corslint.browser import CHROMIUM, FIREFOX, SPEC, Profile, Request, needs_preflight
from corslint.browser.request_kinds import KINDS, Body, beacon_request, element_request, with_body

PAGE = "https://app.example"
API = "https://api.example/users"


def posted(*headers: tuple[str, str]) -> Request:
    return Request(PAGE, API, "POST", headers)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("text", "text/plain;charset=UTF-8"),
        ("parameters", "application/x-www-form-urlencoded;charset=UTF-8"),
        ("form", "multipart/form-data; boundary=----boundary"),
    ],
)
def test_a_body_brings_its_type_and_needs_no_preflight(body: Body, content_type: str) -> None:
    request = with_body(posted(), body)
    assert request.headers == (("Content-Type", content_type),)
    assert needs_preflight(request) == ()


def test_bytes_bring_no_type() -> None:
    assert with_body(posted(), "buffer") == posted()


def test_a_blob_brings_its_own_type() -> None:
    assert with_body(posted(), "blob") == posted()
    request = with_body(posted(), "blob", body_type="application/json")
    assert needs_preflight(request) == ("'application/json' is no safelisted value of `content-type`",)


def test_the_script_s_own_type_wins() -> None:
    request = posted(("content-TYPE", "application/json"))
    assert with_body(request, "text") == request


@pytest.mark.parametrize("profile", [SPEC, CHROMIUM])
def test_a_stream_needs_a_preflight(profile: Profile) -> None:
    request = with_body(posted(), "stream", profile=profile)
    assert needs_preflight(request, profile) == ("the upload is watched or streamed",)


def test_firefox_knows_no_streams() -> None:
    request = with_body(posted(), "stream", profile=FIREFOX)
    assert request.headers == (("Content-Type", "text/plain;charset=UTF-8"),)
    assert needs_preflight(request, FIREFOX) == ()


def test_a_watched_upload_needs_a_preflight_but_not_at_home() -> None:
    assert needs_preflight(Request(PAGE, API, "POST", upload_is_watched=True))
    assert not needs_preflight(Request(PAGE, f"{PAGE}/users", "POST", upload_is_watched=True))


def test_a_beacon_of_json_is_under_cors_with_credentials() -> None:
    request = beacon_request(PAGE, API, body="blob", body_type="application/json")
    assert (request.method, request.mode, request.credentials) == ("POST", "cors", "include")
    assert needs_preflight(request)


@pytest.mark.parametrize("body", ["text", "parameters", "form", "buffer"])
def test_any_other_beacon_just_leaves(body: Body) -> None:
    request = beacon_request(PAGE, API, body=body)
    assert request.mode == "no-cors"
    assert not needs_preflight(request)


def test_an_element_asks_simply() -> None:
    request = element_request(KINDS["image"], PAGE, API, credentials="include")
    assert request == Request(PAGE, API, "GET", (), "include")


def test_a_font_never_includes_credentials() -> None:
    assert element_request(KINDS["font"], PAGE, API, credentials="include").credentials == "same-origin"


def test_only_scripts_that_ask_themselves_read_headers() -> None:
    assert {name for name, kind in KINDS.items() if kind.reads_headers} == {"fetch", "XMLHttpRequest"}
