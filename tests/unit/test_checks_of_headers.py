"""The checks on what is shown, covered and let into private networks, put to a product of our own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stub_product import UNKNOWN, at
from stub_product import policy as stub

from corslint import judgement
from corslint.browser import Request, Response
from corslint.environment import Environment
from corslint.finding import Label, Problem, Severity
from corslint.origins import AnyOrigin, Entry, Exact, Reflected
from corslint.policy import Fact, PathTest, Policy, Preflight, Scope, Setting
from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS
from corslint.values import Known

judgement.load_checks()
APP = "https://app.example.com"
LISTED = Exact(APP)
HERE = at("serve")
DEVELOPMENT = Environment("development", "its path holds 'dev'", marked=True)
EXAMPLE = Environment("documentation", "its path holds 'docs'", marked=True)
TEST = Environment("test", "its path holds 'tests'", marked=True)


def asked(request: Request, name: str) -> str:
    return next((value for other, value in request.headers if other == name), "")


def verbatim(policy: Policy, request: Request, status: int = 200) -> Response:
    """Sends its settings as they stand, like nginx, with the origin repeated if it is listed."""
    origin = asked(request, "Origin")
    entry = policy.origins.known().match(origin)
    headers: list[tuple[str, str]] = []
    if entry is not None:
        headers.append(("Access-Control-Allow-Origin", "*" if isinstance(entry, AnyOrigin) else origin))
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if request.method == "OPTIONS":
        headers.append(("Access-Control-Allow-Headers", ", ".join(policy.headers.known() or ())))
        if policy.private_network.known():
            headers.append(("Access-Control-Allow-Private-Network", "true"))
    headers.append(("Access-Control-Expose-Headers", ", ".join(policy.exposed.known() or ())))
    return Response(status, headers)


def policy(
    entry: Entry = LISTED, *, headers: tuple[str, ...] = (), exposed: tuple[str, ...] = (), **changes: Any
) -> Policy:
    made = stub(entry, respond_with=verbatim, preflight=Preflight("product", 200), **changes)
    return replace(
        made, headers=Setting("headers", Known(headers), HERE), exposed=Setting("exposed", Known(exposed), HERE)
    )


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


# authorization-not-covered


def test_a_star_does_not_cover_authorization_although_browsers_let_it_pass() -> None:
    problem = one("authorization-not-covered", policy(headers=("*", "X-A")))
    assert (
        problem.message
        == "requests with `Authorization` pass only because browsers do not yet keep to the standard here"
    )
    assert problem.help.endswith('headers=["X-A", "Authorization", "Content-Type"]')
    assert problem.proof is not None
    assert problem.proof.verdict.allowed is True


@pytest.mark.parametrize("headers", [(), ("Content-Type",), ("Authorization",), ("*", "authorization")])
def test_without_a_star_or_with_the_name_beside_it_all_is_said(headers: tuple[str, ...]) -> None:
    assert not found("authorization-not-covered", policy(headers=headers))


def test_where_cookies_are_allowed_the_star_fails_for_more_than_that() -> None:
    assert not found("authorization-not-covered", policy(headers=("*",), credentials=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": DEVELOPMENT},
        {"environment": EXAMPLE},
        {"environment": TEST},
        {"scope": Scope("/fonts/", (PathTest("/fonts/", "prefix"),))},
    ],
)
def test_nobody_logs_in_to_a_font_or_an_example(changes: dict[str, Any]) -> None:
    assert not found("authorization-not-covered", policy(headers=("*",), **changes))
    only_get = Preflight("product", 200, takes=("GET", "HEAD"))
    assert not found("authorization-not-covered", replace(policy(headers=("*",)), preflight=only_get))


# exposes-sensitive-header


@pytest.mark.parametrize(
    ("entry", "credentials", "name", "message", "severity"),
    [
        (
            Reflected(),
            True,
            "X-Auth-Token",
            "any website can read `X-Auth-Token` of answers made for the visitor",
            Severity.MEDIUM,
        ),
        (
            Reflected(),
            True,
            "X-CSRF-Token",
            "any website can read `X-CSRF-Token` of answers made for the visitor",
            Severity.MEDIUM,
        ),
        (AnyOrigin(), False, "Authorization", "any website can read `Authorization` of the answers", None),
        (AnyOrigin(), True, "Authorization", "any website can read `Authorization` of the answers", None),
        (
            LISTED,
            True,
            "Authorization",
            f"whatever runs on {APP} can read `Authorization` of the answers",
            Severity.INFO,
        ),
        (
            LISTED,
            False,
            "refresh_token",
            f"whatever runs on {APP} can read `refresh_token` of the answers",
            Severity.INFO,
        ),
    ],
)
def test_a_secret_is_shown_to_whom_it_is_shown(
    entry: Entry, credentials: bool, name: str, message: str, severity: Severity | None
) -> None:
    problem = one("exposes-sensitive-header", policy(entry, exposed=("X-Total-Count", name), credentials=credentials))
    assert (problem.message, problem.severity) == (message, severity)
    assert problem.proof is not None
    assert name.lower() in problem.proof.verdict.readable_headers


def test_a_cookie_is_shown_to_nobody() -> None:
    problem = one("exposes-sensitive-header", policy(exposed=("Set-Cookie",)))
    assert problem.message == "`Set-Cookie` stays hidden from scripts: no browser exposes it"
    assert problem.proof is not None
    assert "set-cookie" not in problem.proof.verdict.readable_headers


def test_a_star_shows_the_header_that_the_configuration_speaks_of() -> None:
    judged = policy(AnyOrigin(), headers=("Content-Type", "X-Api-Key"), exposed=("*",))
    problem = one("exposes-sensitive-header", judged)
    assert (problem.severity, problem.primary.text) == (Severity.INFO, "shows every header to scripts")
    assert not found("exposes-sensitive-header", replace(judged, headers=replace(judged.headers, given="default")))


@pytest.mark.parametrize(
    ("entry", "credentials", "names"),
    [
        (LISTED, True, ()),
        (AnyOrigin(), False, ("*",)),
        (LISTED, True, ("*",)),
        (LISTED, True, ("X-CSRFToken", "X-XSRF-TOKEN")),
        (AnyOrigin(), False, ("Content-Length", "Content-Range", "X-Request-ID", "Mcp-Session-Id", "X-Total-Count")),
        (AnyOrigin(), False, ("X-Next-Page-Token", "Continuation-Token", "X-Sync-Token")),
        (AnyOrigin(), False, ("X-Tokenizer", "Authorization-Info", "Access-Control-Allow-Origin")),
        (AnyOrigin(), False, ("bad name", "Authorization")),
    ],
)
def test_what_is_no_secret_or_stays_hidden_is_fine(entry: Entry, credentials: bool, names: tuple[str, ...]) -> None:
    assert not found("exposes-sensitive-header", policy(entry, exposed=names, credentials=credentials))


@pytest.mark.parametrize("environment", [DEVELOPMENT, EXAMPLE, TEST])
def test_only_what_users_meet_holds_secrets(environment: Environment) -> None:
    assert not found(
        "exposes-sensitive-header", policy(AnyOrigin(), exposed=("Authorization",), environment=environment)
    )


# private-network-any-origin


def private(entry: Entry, *, given: Any = "explicit", **changes: Any) -> Policy:
    return policy(entry, private_network=Setting("private_network", Known(True), HERE, given), **changes)


@pytest.mark.parametrize("entry", [AnyOrigin(), Reflected()])
def test_a_private_network_is_open_to_every_website(entry: Entry) -> None:
    problem = one("private-network-any-origin", private(entry))
    assert problem.help.startswith("take private_network away, or name the origins you trust")
    assert problem.proof is not None
    assert problem.proof.verdict.allowed


def test_a_private_network_that_is_closed_or_open_to_some_is_fine() -> None:
    assert not found("private-network-any-origin", private(LISTED))
    assert not found("private-network-any-origin", policy(AnyOrigin()))
    assert not found("private-network-any-origin", private(AnyOrigin(), environment=TEST))
    unknown: Setting[bool] = Setting("private_network", UNKNOWN, HERE)
    assert not found("private-network-any-origin", policy(AnyOrigin(), private_network=unknown))


def test_what_a_release_says_by_itself_is_told_once_for_a_project() -> None:
    judged = private(AnyOrigin(), given="default", version="4.0.2")
    assert not found("private-network-any-origin", judged)
    every = (private(LISTED, given="default", version="4.0.2"), judged, replace(judged, key="another"))
    ((policy, problem),) = PROJECT_CHECKS["private-network-any-origin"](every, ())
    assert policy is judged
    assert problem.primary.text == "Stub 4.0.2 allows it unless it is told otherwise"


# duplicate-cors-layer


def twice(policy: Policy, request: Request, status: int = 200) -> Response:
    """Two layers, each with a line of its own."""
    answer = verbatim(policy, request, status)
    return Response(status, (*answer.headers, ("Access-Control-Allow-Origin", APP)))


LAYERS = Fact(
    "duplicate-cors-layer", "it is sent twice", (Label(HERE, "here"), Label(at("origins="), "there")), "keep one"
)


def test_two_layers_are_told_once_and_with_the_answer() -> None:
    judged = replace(policy(AnyOrigin(), facts=(LAYERS,)), respond_with=twice)
    problem = one("duplicate-cors-layer", judged)
    assert problem.proof is not None
    assert problem.proof.verdict.error == "MultipleAllowOriginValues"
    assert not found("many-origins-in-header", judged)
    assert found("many-origins-in-header", replace(judged, facts=()))


def test_a_second_layer_that_the_model_does_not_show_is_told_without_an_answer() -> None:
    assert one("duplicate-cors-layer", policy(AnyOrigin(), facts=(LAYERS,))).proof is None
    assert not found("duplicate-cors-layer", policy(AnyOrigin(), facts=(LAYERS,), environment=TEST))
