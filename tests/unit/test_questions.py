"""Who gets in, asked of the models."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stub_product import UNKNOWN, policy, respond

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided
from corslint.policy import Policy, Setting
from corslint.questions import (
    MAX_ENTRIES,
    anyone,
    ask,
    each_entry,
    entering,
    entry_for,
    is_crowded,
    star_with_credentials,
    welcome,
)

APP = Exact("https://app.example.com")


@pytest.mark.parametrize(
    "entry",
    [
        AnyOrigin(),
        Reflected(),
        Pattern(".*", "python", "search"),
        Pattern("https?://", "python", "match"),
        Pattern("^http://", "pcre", "search", negated=True),
    ],
)
def test_entry_lets_everyone_in(entry: Entry) -> None:
    assert anyone(policy(entry)) is not None


@pytest.mark.parametrize(
    "entry",
    [APP, Null(), Pattern(r"https://.*\.example", "python", "fullmatch"), Pattern("evil.example", "pcre", "search")],
)
def test_entry_that_lets_only_some_in_is_not_everyone(entry: Entry) -> None:
    assert anyone(policy(entry)) is None


def test_proof_of_everyone_shows_a_stranger_reading_the_answer() -> None:
    proof = anyone(policy(AnyOrigin(), credentials=True), "include")
    assert proof is not None
    assert proof.request == Request("https://evil.example", "https://api.example/", credentials="include")
    assert ("Access-Control-Allow-Origin", "https://evil.example") in proof.response.headers


def test_unknown_credentials_do_not_hide_who_gets_in_without_them() -> None:
    unknown = policy(AnyOrigin(), credentials=UNKNOWN)
    assert anyone(unknown) is not None
    assert anyone(unknown, "include") is None


def test_unknown_max_age_and_methods_do_not_hide_who_gets_in() -> None:
    unknown = policy(AnyOrigin(), max_age=Setting("max_age", UNKNOWN), methods=())
    unknown = replace(unknown, methods=Setting("methods", UNKNOWN))
    assert anyone(unknown) is not None


def test_undecided_entry_leaves_the_question_open() -> None:
    assert (
        ask(policy(Undecided("EXTRA is read at run time")), Request("https://evil.example", "https://x.example/"))
        is None
    )
    assert anyone(policy(Undecided("EXTRA is read at run time"))) is None


def test_policy_that_reflects_preflighted_methods_only_lets_everyone_in() -> None:
    def only_put(policy: Policy, request: Request, status: int) -> Response:
        asked = dict(request.headers).get("Access-Control-Request-Method")
        return respond(policy, request, status) if "PUT" in (request.method, asked) else Response(405)

    proof = anyone(policy(Reflected(), credentials=True, methods=("GET", "PUT"), respond_with=only_put), "include")
    assert proof is not None
    assert proof.request.method == "PUT"
    assert proof.preflight is not None


def test_policy_that_reflects_simple_requests_only_lets_everyone_in() -> None:
    def no_preflight(policy: Policy, request: Request, status: int) -> Response:
        return Response(403) if request.method == "OPTIONS" else respond(policy, request, status)

    assert anyone(policy(Reflected(), credentials=True, respond_with=no_preflight), "include") is not None


def test_star_with_credentials_is_told_by_the_headers() -> None:
    def static(policy: Policy, request: Request, status: int) -> Response:
        return Response(status, (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")))

    assert star_with_credentials(policy(AnyOrigin(), credentials=True, respond_with=static)) is not None
    assert star_with_credentials(policy(AnyOrigin(), credentials=True)) is None
    assert star_with_credentials(policy(AnyOrigin())) is None


def test_entry_for_is_the_one_that_accepts() -> None:
    assert entry_for(policy(APP, Null()), "null") == Null()
    assert entry_for(policy(APP, Null()), "https://other.example") is None


def test_entry_for_asks_a_product_that_compares_in_its_own_way() -> None:
    def hosts_only(policy: Policy, request: Request, status: int) -> Response:
        origin = dict(request.headers)["Origin"]
        listed = [entry.text.partition("://")[2] for entry in policy.entries() if isinstance(entry, Exact)]
        allowed = origin.partition("://")[2] in listed
        return Response(status, (("Access-Control-Allow-Origin", origin),) if allowed else ())

    bare = Exact("localhost")
    assert entry_for(policy(APP, bare, respond_with=hosts_only), "null") == bare


def test_welcome_finds_an_origin_for_each_entry_that_works() -> None:
    pattern = Pattern(r"^https://(shop|blog)\.example\.org$", "pcre", "search")
    found = welcome(policy(APP, Exact("https://slash.example.com/"), pattern))
    assert [(entry, proof.request.origin) for entry, proof in found] == [
        (APP, "https://app.example.com"),
        (pattern, "https://shop.example.org"),
    ]


@pytest.mark.parametrize(
    ("values", "crowded"),
    [
        (["https://a.example"], False),
        (["*"], False),
        ([], False),
        ([" https://a.example "], False),
        ([": *"], False),
        ([": https://a.example"], False),
        (["https://a.example https://b.example"], True),
        (["https://a.example,*"], True),
        (["https://a.example,https://b.example"], True),
        (["*", "*"], True),
    ],
)
def test_crowded_answers_name_more_than_one_origin(values: list[str], crowded: bool) -> None:
    response = Response(200, tuple(("Access-Control-Allow-Origin", value) for value in values))
    assert is_crowded(response) is crowded


def test_the_last_of_many_entries_is_judged_too() -> None:
    many = tuple(Exact(f"https://a{number}.example.com") for number in range(MAX_ENTRIES + 5))
    judged = policy(*many, Exact("https://last.example.com"))
    asked, entry = list(each_entry(judged))[-1]
    assert entry == Exact("https://last.example.com")
    assert entering(asked, "https://last.example.com")
    assert not entering(asked, "https://a1.example.com")
    assert len(list(welcome(judged))) == len(many) + 1
