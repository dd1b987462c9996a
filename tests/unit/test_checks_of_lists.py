"""The checks on what a preflight lists and how long it holds, put to a product of our own; the pages ask real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stub_product import UNKNOWN, at
from stub_product import policy as stub

from corslint import judgement
from corslint.browser import Request, Response
from corslint.environment import Environment
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.origins import Exact
from corslint.policy import Fact, Policy, Preflight, Respond, Setting
from corslint.rule import POLICY_CHECKS
from corslint.values import Known

judgement.load_checks()
APP = "https://app.example.com"
HERE = at("serve")
EXAMPLE = Environment("documentation", "its path holds 'docs'", marked=True)
TEST = Environment("test", "its path holds 'tests'", marked=True)


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


# excessive-max-age


def remembered(seconds: int | str | None) -> Policy:
    return stub(Exact(APP), max_age=Setting("max_age", Known(seconds), HERE))


@pytest.mark.parametrize("seconds", [86_401, 1_728_000, "2592000", 10**18])
def test_more_than_a_day_is_more_than_any_browser_remembers(seconds: int | str) -> None:
    assert one("excessive-max-age", remembered(seconds)).primary.text.endswith("which Chromium cuts to 7,200")


@pytest.mark.parametrize("seconds", [None, 0, -1, 600, 7200, 86_400, "86400", "", "1728000s", "1e9", "²" * 9])
def test_a_day_is_not_too_much_and_what_is_no_number_is_another_rules_business(seconds: int | str | None) -> None:
    assert not found("excessive-max-age", remembered(seconds))


def test_a_default_and_what_run_time_decides_are_nobodys_excess() -> None:
    judged = remembered(1_728_000)
    assert not found("excessive-max-age", replace(judged, max_age=replace(judged.max_age, given="default")))
    assert not found("excessive-max-age", replace(judged, max_age=replace(judged.max_age, value=UNKNOWN)))
    assert not found("excessive-max-age", replace(judged, environment=TEST))
    unread = Fact("invalid-max-age", "not read", (Label(HERE, "no number", primary=True),), "write a number")
    assert not found("excessive-max-age", replace(judged, facts=(unread,)))


# invalid-method


def asked(request: Request, name: str) -> str:
    return next((value for other, value in request.headers if other == name), "")


def verbatim(policy: Policy, request: Request, status: int = 200) -> Response:
    """Sends its lists as they stand, with the origin repeated."""
    headers = [("Access-Control-Allow-Origin", asked(request, "Origin"))]
    if request.method == "OPTIONS":
        headers.append(("Access-Control-Allow-Methods", ", ".join(policy.methods.known() or ())))
        headers.append(("Access-Control-Allow-Headers", ", ".join(policy.headers.known() or ())))
    return Response(status, headers)


def strict(policy: Policy, request: Request, status: int = 200) -> Response:
    """Refuses the preflight for a method that is not listed, whatever browsers think of it, like Starlette."""
    is_known = asked(request, "Access-Control-Request-Method") in (policy.methods.known() or ())
    return verbatim(policy, request, status if request.method != "OPTIONS" or is_known else 400)


def capitals(policy: Policy, request: Request, status: int = 200) -> Response:
    """Puts its methods in capitals, like flask-cors."""
    known = tuple(name.upper() for name in policy.methods.known() or ())
    return verbatim(replace(policy, methods=replace(policy.methods, value=Known(known))), request, status)


def listing(*methods: str, answer: Respond = verbatim, **changes: Any) -> Policy:
    made = stub(Exact(APP), respond_with=answer, preflight=Preflight("product", 200), **changes)
    return replace(
        made, methods=Setting("methods", Known(methods), HERE), headers=Setting("headers", Known(("Content-Type",)))
    )


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (("GET", "put"), "PUT requests fail: to browsers `put` is another method"),
        (("GET", "Patch"), "PATCH requests fail: to browsers `Patch` is another method"),
        (
            ("get", "put", "delete"),
            "PUT and DELETE requests fail: to browsers `put` and `delete` are other methods",
        ),
        (("GET", "DELET"), "DELETE requests fail: to browsers `DELET` is another method"),
        (("propfind",), "PROPFIND requests fail: to browsers `propfind` is another method"),
        (("ALL",), "PUT, PATCH and DELETE requests fail: to browsers `ALL` is another method"),
    ],
)
def test_requests_fail_for_a_method_that_is_spelt_otherwise(methods: tuple[str, ...], message: str) -> None:
    problem = one("invalid-method", listing(*methods))
    assert problem.message == message
    assert problem.proof is not None
    assert problem.proof.verdict.error == "MethodDisallowedByPreflightResponse"
    assert problem.severity is None


def test_the_list_to_copy_holds_what_was_meant() -> None:
    help_ = one("invalid-method", listing("get", "put", "DELET", "options")).help
    assert help_ == 'name what browsers ask for: methods=["GET", "PUT", "DELETE", "OPTIONS"]'


@pytest.mark.parametrize("methods", [("get",), ("GET", "post"), ("head", "options", "POST")])
def test_where_no_browser_looks_a_method_up_its_case_does_no_harm(methods: tuple[str, ...]) -> None:
    assert not found("invalid-method", listing(*methods))


def test_where_the_server_looks_every_method_up_case_counts_for_get_and_post_too() -> None:
    problem = one("invalid-method", listing("GET", "post", answer=strict))
    assert problem.message == "POST requests fail: to browsers `post` is another method"
    assert problem.proof is not None
    assert problem.proof.verdict.error == "PreflightInvalidStatus"


@pytest.mark.parametrize(
    ("methods", "label", "confidence"),
    [
        (("GET", "PUT", "OPTION"), "`OPTION` is no method; OPTIONS is", None),
        (("GET", "DELETE", "DELET"), "`DELET` is no method; DELETE is", None),
        (
            ("GET", "LIST"),
            "`LIST` is no method that is registered, and works only for scripts that name it so",
            Confidence.MEDIUM,
        ),
    ],
)
def test_a_name_that_nothing_fails_for_weighs_less(
    methods: tuple[str, ...], label: str, confidence: Confidence | None
) -> None:
    problem = one("invalid-method", listing(*methods))
    assert (problem.severity, problem.primary.text) == (Severity.LOW, label)
    assert problem.confidence is confidence


@pytest.mark.parametrize(
    "methods",
    [
        (),
        ("*",),
        ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        ("CONNECT", "TRACE"),
        ("PROPFIND", "MKCALENDAR", "REPORT", "LOCK"),
        ("PURGE", "SUBSCRIBE", "M-SEARCH"),
        ("put", "PUT"),
        ("delete", "*"),
        ("GET POST", "PUT"),
    ],
)
def test_methods_in_capitals_that_somebody_asks_for_are_fine(methods: tuple[str, ...]) -> None:
    assert not found("invalid-method", listing(*methods))


def test_a_product_that_puts_names_in_capitals_takes_any_case() -> None:
    assert not found("invalid-method", listing("get", "put", "Delete", answer=capitals))


def test_what_nobody_meets_is_no_finding() -> None:
    assert not found("invalid-method", listing("put", environment=TEST))
    assert not found("invalid-method", listing("LIST", environment=EXAMPLE))
    assert not found("invalid-method", replace(listing("put"), preflight=Preflight("nobody", 405)))


def test_letters_of_a_text_are_told_with_the_text() -> None:
    letters = Fact("string-for-list", "", (Label(HERE, "a text", primary=True),), "", "methods", given="put")
    assert not found("invalid-method", listing("p", "u", "t", facts=(letters,)))
