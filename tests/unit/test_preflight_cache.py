"""What a browser remembers of accepted preflights."""

from __future__ import annotations

import pytest

from corslint.browser import CHROMIUM, FIREFOX, SPEC, CacheMode, CredentialsMode, Profile, Request, Response
from corslint.browser.preflight_cache import PreflightCache, max_age_seconds

PAGE = "https://app.example"
API = "https://api.example/users"
EVERY_PROFILE = pytest.mark.parametrize("profile", [SPEC, CHROMIUM, FIREFOX])


def asked(
    method: str = "PUT",
    *headers: tuple[str, str],
    url: str = API,
    origin: str = PAGE,
    credentials: CredentialsMode = "omit",
    cache: CacheMode = "default",
) -> Request:
    return Request(origin, url, method, headers, credentials, cache=cache)


def grant(methods: str = "PUT", headers: str = "x-token", age: str = "600") -> Response:
    return Response(
        204,
        (
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", headers),
            ("Access-Control-Max-Age", age),
        ),
    )


def after(granted: Response, request: Request | None = None, profile: Profile = SPEC) -> PreflightCache:
    """The memory of a browser that accepted this answer for `request`."""
    remembered = PreflightCache(profile)
    remembered.remember(request or asked(), granted)
    return remembered


@pytest.mark.parametrize(
    ("values", "spec", "chromium", "firefox"),
    [
        ((), 5, 5, 5),
        (("",), 5, 5, 5),
        (("0",), 0, 0, 0),
        (("600",), 600, 600, 600),
        ((" 600 ",), 600, 600, 600),
        (("0600",), 600, 600, 600),
        (("7200",), 7200, 7200, 7200),
        (("7201",), 7201, 7200, 7201),
        (("86400",), 86_400, 7200, 86_400),
        (("86401",), 86_401, 7200, 86_400),
        (("9223372036854775807",), 2**63 - 1, 7200, 86_400),
        (("9223372036854775808",), 2**63, 5, 86_400),
        (("-1",), 5, 0, 0),
        (("-0",), 5, 0, 0),
        (("+600",), 5, 600, 0),
        (("-9223372036854775809",), 5, 5, 0),
        (("abc",), 5, 5, 0),
        (("5s",), 5, 5, 0),
        (("1.5",), 5, 5, 0),
        (("600;",), 5, 5, 0),
        (("600, 0",), 5, 5, 0),
        (("600", "600"), 5, 5, 0),
        (("٦٠٠",), 5, 5, 0),
    ],
)
def test_for_how_long_a_preflight_is_remembered(
    values: tuple[str, ...], spec: int, chromium: int, firefox: int
) -> None:
    assert max_age_seconds(values, SPEC) == spec
    assert max_age_seconds(values, CHROMIUM) == chromium
    assert max_age_seconds(values, FIREFOX) == firefox


@EVERY_PROFILE
def test_a_very_long_number_costs_nothing(profile: Profile) -> None:
    assert max_age_seconds(("9" * 1_000_000,), profile) >= 5


@EVERY_PROFILE
def test_nothing_is_remembered_at_first(profile: Profile) -> None:
    assert not PreflightCache(profile).covers(asked())


@EVERY_PROFILE
def test_the_same_request_is_covered_until_time_is_up(profile: Profile) -> None:
    remembered = after(grant(age="10"), profile=profile)
    remembered.pass_time(9.9)
    assert remembered.covers(asked())
    remembered.pass_time(0.1)
    assert not remembered.covers(asked())


@EVERY_PROFILE
def test_max_age_zero_remembers_nothing(profile: Profile) -> None:
    assert not after(grant(age="0"), profile=profile).covers(asked())


@EVERY_PROFILE
@pytest.mark.parametrize(
    "other",
    [
        asked(url=f"{API}?page=2"),
        asked(url=f"{API}#top"),
        asked(url=f"{API}/1"),
        asked(origin="https://admin.example"),
        asked("DELETE"),
        asked("PU"),
        asked("PUT", ("X-Other", "1")),
        asked("PUT", ("X-Token", "1"), ("Authorization", "1")),
        asked(credentials="include"),
    ],
)
def test_another_request_is_not_covered(profile: Profile, other: Request) -> None:
    assert not after(grant(), profile=profile).covers(other)


@EVERY_PROFILE
@pytest.mark.parametrize(
    "other",
    [
        asked("PUT", ("X-Token", "1")),
        asked("PUT", ("x-TOKEN", "1"), ("Accept", "text/html")),
        asked("GET", ("X-Token", "1")),
        asked("POST", ("X-Token", "1")),
        asked("put"),
        asked(credentials="same-origin"),
    ],
)
def test_a_request_with_less_is_covered(profile: Profile, other: Request) -> None:
    assert after(grant(), profile=profile).covers(other)


@pytest.mark.parametrize(("profile", "covered"), [(SPEC, True), (CHROMIUM, True), (FIREFOX, False)])
def test_a_grant_with_credentials_serves_a_request_without_in_all_but_firefox(profile: Profile, covered: bool) -> None:
    included = asked(credentials="include")
    remembered = after(grant(), included, profile)
    assert remembered.covers(included)
    assert remembered.covers(asked()) is covered


@pytest.mark.parametrize(("profile", "covered"), [(SPEC, True), (CHROMIUM, True), (FIREFOX, False)])
def test_a_wildcard_serves_other_methods_and_headers_in_all_but_firefox(profile: Profile, covered: bool) -> None:
    remembered = after(grant("*", "*"), profile=profile)
    assert remembered.covers(asked("PATCH")) is covered
    assert remembered.covers(asked("GET", ("X-Other", "1"))) is covered


@EVERY_PROFILE
def test_a_remembered_wildcard_never_covers_authorization(profile: Profile) -> None:
    assert not after(grant("PUT", "*"), profile=profile).covers(asked("PUT", ("Authorization", "1")))
    assert after(grant("PUT", "*, authorization"), profile=profile).covers(asked("PUT", ("Authorization", "1")))


@EVERY_PROFILE
def test_a_wildcard_granted_with_credentials_is_a_name(profile: Profile) -> None:
    remembered = after(grant("*, PUT", "*"), asked(credentials="include"), profile)
    assert remembered.covers(asked("PUT", credentials="include"))
    assert not remembered.covers(asked("PATCH", credentials="include"))
    assert not remembered.covers(asked("PUT", ("X-Other", "1"), credentials="include"))


@pytest.mark.parametrize(("profile", "covered"), [(SPEC, True), (CHROMIUM, False), (FIREFOX, True)])
def test_grants_add_up_in_all_but_chromium(profile: Profile, covered: bool) -> None:
    remembered = after(grant("PUT"), profile=profile)
    remembered.remember(asked("DELETE"), grant("DELETE"))
    assert remembered.covers(asked("DELETE"))
    assert remembered.covers(asked("PUT")) is covered


@pytest.mark.parametrize(
    ("mode", "spec", "chromium", "firefox"),
    [
        ("default", True, True, True),
        ("no-store", True, False, False),
        ("reload", True, False, False),
        ("no-cache", True, False, True),
        ("force-cache", True, True, True),
    ],
)
def test_cache_modes_that_ask_again(mode: CacheMode, spec: bool, chromium: bool, firefox: bool) -> None:
    covered = [after(grant(), profile=profile).covers(asked(cache=mode)) for profile in (SPEC, CHROMIUM, FIREFOX)]
    assert covered == [spec, chromium, firefox]


@EVERY_PROFILE
def test_what_is_forgotten_is_asked_again(profile: Profile) -> None:
    remembered = after(grant(), profile=profile)
    remembered.remember(asked(url=f"{API}/1"), grant())
    remembered.forget(asked())
    assert not remembered.covers(asked())
    assert remembered.covers(asked(url=f"{API}/1"))
