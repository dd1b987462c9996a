"""The checks on settings that do nothing, and on what stands before a preflight, put to products of our own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from stub_product import UNKNOWN, at
from stub_product import policy as stub

from corslint import judgement
from corslint.browser import Request, Response
from corslint.environment import Environment
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.origins import AnyOrigin, Exact, UndecidedError
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.rule import POLICY_CHECKS
from corslint.values import Known, Unknown

judgement.load_checks()
APP = "https://app.example.com"
HERE = at("serve")
TEST = Environment("test", "its path holds 'tests'", marked=True)


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


# What readers saw

FACTS = (
    "dead-resource",
    "decorator-order",
    "invalid-max-age",
    "late-setting",
    "malformed-header-list",
    "rejected-configuration",
    "unknown-setting",
)


def fact(slug: str, **changes: Any) -> Fact:
    return Fact(slug, "it has no effect", (Label(HERE, "this"), Label(at("origins="), "that")), "mend it", **changes)


@pytest.mark.parametrize("slug", FACTS)
def test_a_fact_becomes_a_problem_of_its_own_rule(slug: str) -> None:
    judged = stub(Exact(APP), facts=(fact(slug), fact("another")))
    labels = (Label(HERE, "this", primary=True), Label(at("origins="), "that"))
    assert found(slug, judged) == [Problem("it has no effect", labels, "mend it")]
    assert not [other for other in FACTS if other != slug and found(other, judged)]


@pytest.mark.parametrize("slug", FACTS)
def test_no_fact_no_problem(slug: str) -> None:
    assert not found(slug, stub(Exact(APP)))


@pytest.mark.parametrize("slug", FACTS)
def test_what_is_wrong_in_a_test_may_be_what_is_tested(slug: str) -> None:
    assert not found(slug, stub(Exact(APP), facts=(fact(slug),), environment=TEST))


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.LOW, None])
def test_a_reader_can_know_that_it_weighs_less(severity: Severity | None) -> None:
    judged = stub(Exact(APP), facts=(fact("decorator-order", severity=severity),))
    assert one("decorator-order", judged).severity is severity


# One finding for each cause


def misspelt(meant: str) -> tuple[Fact, ...]:
    return (fact("unknown-setting", meant=meant),)


def silent_on(name: str) -> Callable[[Policy, Request, int], Response]:
    """A product that sends all there is, but for one header."""

    def respond(policy: Policy, request: Request, status: int = 200) -> Response:
        headers = {
            "Access-Control-Allow-Origin": APP,
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Allow-Headers": "content-type",
        }
        return Response(status, tuple((key, value) for key, value in headers.items() if key != name))

    return respond


@pytest.mark.parametrize(
    ("header", "setting"),
    [("Access-Control-Allow-Methods", "methods"), ("Access-Control-Allow-Headers", "headers")],
)
def test_what_a_misspelt_list_leaves_out_is_told_with_the_misspelling(header: str, setting: str) -> None:
    judged = stub(Exact(APP), methods=("PUT",), preflight=Preflight("product", 200), respond_with=silent_on(header))
    assert found("incomplete-preflight", judged)
    assert found("incomplete-preflight", replace(judged, facts=misspelt("origins")))
    assert not found("incomplete-preflight", replace(judged, facts=misspelt(setting)))


def test_a_misspelt_vary_is_told_with_the_misspelling() -> None:
    judged = stub(Exact(APP), vary=False)
    assert found("missing-vary", judged)
    assert found("missing-vary", replace(judged, facts=misspelt("origins")))
    assert not found("missing-vary", replace(judged, facts=misspelt("vary")))


def test_what_the_product_refuses_is_not_called_undetermined() -> None:
    open_origins: Unknown = Unknown("it must be a list", at('origins=["https'))
    judged = stub(origins=open_origins)
    assert found("undetermined", judged)
    refused = Fact("rejected-configuration", "it is refused", (Label(at('origins=["https')),), "write a list")
    assert not found("undetermined", replace(judged, facts=(refused,)))
    elsewhere = replace(refused, labels=(Label(at("credentials=True")),))
    assert found("undetermined", replace(judged, facts=(elsewhere,)))


# dead-resource


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("api", "exact"),
        ("", "exact"),
        ("^/api/", "exact"),
        ("api/", "prefix"),
        ("^/api/", "prefix"),
        ("api/*", "match"),
        ("^api/.*$", "match"),
        ("^api/.*$", "fullmatch"),
        ("(api|v1)/", "match"),
        ("[a-z]+/items", "match"),
        ("(?i)API/", "match"),
        ("$", "match"),
    ],
)
def test_a_pattern_that_no_path_matches_is_dead(text: str, match: Any) -> None:
    assert PathTest(text, match).is_dead


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("/", "exact"),
        ("/api", "exact"),
        ("/", "prefix"),
        ("", "prefix"),
        ("/api", "prefix"),
        ("/api/*", "match"),
        ("", "match"),
        (".*", "match"),
        ("/*api", "match"),
        ("/?api", "match"),
        ("^/?$", "match"),
        ("^(api|/v1)/", "match"),
        (r"^\/api", "match"),
        (r"\W+api", "match"),
        ("[^a]pi", "match"),
        (r"/\bapi", "match"),
        ("(?!/$)/", "match"),
        ("^(?!/admin).*", "match"),
        ("(?=/api)", "match"),
        ("api", "search"),
        ("^api", "search"),
        ("(", "match"),
        ("*", "match"),
        ("(?:" * 50 + "a" + ")" * 50 + "|/", "match"),
        ("(a*)*(b*)*(c*)*/$", "match"),
    ],
)
def test_a_pattern_that_some_path_matches_is_alive(text: str, match: Any) -> None:
    assert not PathTest(text, match).is_dead


@pytest.mark.parametrize("pattern", ["a" * 100_000, "(a|a?)+" * 10_000, "(" * 100_000, "(/?)*" * 40])
def test_a_hostile_pattern_costs_next_to_nothing(pattern: str) -> None:
    started = time.process_time()
    assert not PathTest(pattern, "match").is_dead
    assert time.process_time() - started < 1


def for_paths(*tests: PathTest, **changes: Any) -> Policy:
    return stub(Exact(APP), scope=Scope("location ^/api/", tests), **changes)


def test_a_policy_for_paths_that_there_are_none_of() -> None:
    problem = one("dead-resource", for_paths(PathTest("^/api/", "prefix")))
    assert problem.message == "no answer carries these headers: no path ever matches `location ^/api/`"
    assert problem.primary == Label(HERE, "only for `^/api/`, and paths begin with a slash", primary=True)
    assert problem.help == "begin the path with a slash"
    assert problem.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    "judged",
    [
        for_paths(),
        for_paths(PathTest("/api/", "prefix")),
        for_paths(PathTest("^/api/", "prefix"), PathTest("/api/", "prefix")),
        for_paths(PathTest("${PREFIX}/api/", "prefix")),
        for_paths(PathTest("{{ path }}/", "prefix")),
        for_paths(PathTest("__PATH__/", "prefix")),
        for_paths(PathTest("@fallback", "prefix")),
        for_paths(PathTest("^$", "match")),
        for_paths(PathTest("^/api/", "search")),
        for_paths(PathTest("^/api/", "prefix"), environment=TEST),
    ],
)
def test_paths_that_there_are_or_may_be(judged: Policy) -> None:
    assert not found("dead-resource", judged)


def test_the_reader_s_words_come_first() -> None:
    judged = for_paths(PathTest("api", "exact"), facts=(fact("dead-resource"),))
    assert one("dead-resource", judged).message == "it has no effect"


# blocked-preflight


def behind(options: int, others: int = 200) -> Callable[[Policy, Request, int], Response]:
    """A product that answers OPTIONS with one status and the rest with another."""

    def respond(policy: Policy, request: Request, status: int = 200) -> Response:
        return Response(options if request.method == "OPTIONS" else others, (("Access-Control-Allow-Origin", APP),))

    return respond


def blocked(
    status: int = 403,
    others: int = 200,
    methods: tuple[str, ...] | Unknown | None = ("GET", "PUT"),
    headers: tuple[str, ...] | None = None,
    **changes: Any,
) -> Policy:
    preflight = Preflight("nobody", status, HERE, "`deny all` turns OPTIONS away", blocked_by=HERE)
    made = stub(Exact(APP), **{"preflight": preflight, "respond_with": behind(status, others), **changes})
    return replace(
        made,
        methods=Setting("methods", methods if isinstance(methods, Unknown) else Known(methods)),
        headers=Setting("headers", Known(headers)),
    )


def test_a_preflight_is_turned_away() -> None:
    problem = one("blocked-preflight", blocked())
    assert problem.message == ("PUT requests never arrive: the OPTIONS request that browsers send first is turned away")
    assert problem.labels == (Label(HERE, "`deny all` turns OPTIONS away", primary=True),)
    assert problem.help == (
        "let OPTIONS past it, and answer OPTIONS with status 204 and the same Access-Control headers"
    )
    assert (problem.severity, problem.confidence) == (None, None)
    assert problem.proof is not None
    assert problem.proof.preflight is not None
    assert problem.proof.preflight.status == 403
    assert problem.proof.verdict.error == "PreflightInvalidStatus"


def test_the_help_is_the_product_s_own() -> None:
    problem = one("blocked-preflight", blocked(how_to=HowTo(answer_preflight="return 204;")))
    assert problem.help.endswith("headers: return 204;")


@pytest.mark.parametrize("status", [401, 302])
def test_who_is_asked_for_a_login_may_make_an_exception(status: int) -> None:
    assert one("blocked-preflight", blocked(status)).confidence is Confidence.MEDIUM


def test_a_preflight_is_redirected_to_a_login() -> None:
    problem = one("blocked-preflight", blocked(302))
    assert problem.severity is None
    assert problem.proof is not None
    assert problem.proof.verdict.allowed is False


def test_what_has_moved_as_a_whole_weighs_less() -> None:
    problem = one("blocked-preflight", blocked(308, others=308))
    assert (problem.severity, problem.confidence) == (Severity.LOW, None)


@pytest.mark.parametrize(
    "judged",
    [
        # Nothing gets in there, so that it is not for other sites at all.
        blocked(403, others=403),
        # A plain GET asks nobody.
        blocked(methods=None),
        blocked(methods=("GET", "HEAD", "OPTIONS")),
        blocked(methods=None, headers=("Accept", "Origin")),
        blocked(methods=cast(Any, UNKNOWN)),
        blocked(environment=TEST),
        blocked(scope=Scope("location /fonts/", (PathTest("/fonts/", "prefix"),))),
        # The model knows better.
        blocked(204),
        blocked(preflight=Preflight("nobody", 405, HERE)),
        blocked(preflight=Preflight("product", 200, HERE)),
    ],
)
def test_nobody_is_kept_out_who_was_let_in(judged: Policy) -> None:
    assert not found("blocked-preflight", judged)


def test_one_finding_for_an_unanswered_preflight() -> None:
    for slug in ("missing-preflight", "incomplete-preflight"):
        assert not found(slug, blocked(methods=("GET", "PUT"), headers=("authorization",)))


@pytest.mark.parametrize("status", [301, 403, 404])
def test_where_nothing_is_answered_no_preflight_is_missing(status: int) -> None:
    nobody = Preflight("nobody", 405, HERE, "nginx serves files here")
    assert found("missing-preflight", blocked(405, preflight=nobody))
    assert not found("missing-preflight", blocked(405, others=status, preflight=nobody))


# invalid-max-age


def lasting(value: int | str | Unknown | None, **changes: Any) -> Policy:
    known = value if isinstance(value, Unknown) else Known(value)
    return stub(Exact(APP), max_age=Setting("max_age", known, at("serve")), **changes)


@pytest.mark.parametrize("text", ["1h", "600;", "None", "1.5", "600, 600", "5 s", "True"])
def test_how_long_a_permission_holds_is_no_number(text: str) -> None:
    problem = one("invalid-max-age", lasting(text))
    assert problem.message == (
        "browsers ask for permission before nearly every request: they cannot read how long it holds"
    )
    assert problem.labels == (Label(HERE, f"`{text}` is no number of seconds", primary=True),)
    assert problem.help == "write max_age as a whole number of seconds, such as 600"


@pytest.mark.parametrize(
    "judged",
    [
        *map(lasting, (0, 600, -1, "600", " 600 ", "-1", "", None)),
        *map(lasting, ("$max_age", "{{ age }}", "${AGE}", "<age>", "%(age)s", "__AGE__")),
        lasting(cast(Any, UNKNOWN)),
        lasting("1h", environment=TEST),
        stub(Exact(APP), max_age=Setting("max_age", Known("1h"))),
    ],
)
def test_how_long_a_permission_holds_is_a_number_or_not_known(judged: Policy) -> None:
    assert not found("invalid-max-age", judged)


def test_every_origin_in_some_answers_and_another_in_others_is_undetermined() -> None:
    def respond(policy: Policy, request: Request, status: int) -> Response:
        raise UndecidedError("the path decides it")

    some = AnyOrigin(at("origins")), Exact(APP, HERE)
    (problem,) = found("undetermined", stub(*some, respond_with=respond))
    assert problem.message == "cannot tell who may read the answers: the path decides it"
    assert problem.primary.span == at("origins")
    assert not found("undetermined", stub(*some))
    assert not found("undetermined", stub(some[1], respond_with=respond))
