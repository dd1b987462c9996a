"""A server in a private network that lets every website ask it through the browsers of those who are inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint.advice import list_origins
from corslint.browser import Request, preflight_request
from corslint.browser.cors_checks import combined
from corslint.finding import Label, Problem, Unread
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.questions import anyone
from corslint.rule import project_rule, rule

_ASKING = ("Access-Control-Request-Private-Network", "true")
_MESSAGE = "any website may ask this server through a visitor inside its network, if the browser heeds the header"


@rule("private-network-any-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge who is let in and what a preflight for a private network is answered."""
    setting = policy.private_network
    deed = f"take {setting.name} away"
    if setting.given != "default" and (problem := _problem(policy, "allows it, to every origin", deed)):
        yield problem


@project_rule("private-network-any-origin")
def check_defaults(policies: tuple[Policy, ...], unread: tuple[Unread, ...]) -> Iterator[tuple[Policy | None, Problem]]:
    """Report once for a project what a release says by itself."""
    told: set[tuple[str, str | None]] = set()
    for policy in policies:
        if policy.private_network.given != "default" or (policy.server, policy.version) in told:
            continue
        fact = f"{policy.product} {policy.version or ''}".strip() + " allows it unless it is told otherwise"
        deed = f"use a newer release of {policy.product}, which does not"
        problem = next(filter(None, (_problem(variant, fact, deed) for variant in policy.variants())), None)
        if problem is not None:
            told.add((policy.server, policy.version))
            yield policy, problem


def _problem(policy: Policy, fact: str, deed: str) -> Problem | None:
    proof = anyone(policy)
    if (
        policy.environment.kind in ("test", "documentation")
        or proof is None
        or not _answers_true(policy, proof.request)
    ):
        return None
    setting = policy.private_network
    return Problem(
        _MESSAGE,
        (Label(setting.span or policy.span, fact, primary=True),),
        f"{deed}, or name the origins you trust: {list_origins(policy)}",
        proof,
    )


def _answers_true(policy: Policy, request: Request) -> bool:
    asked = preflight_request(request)
    try:
        answer = policy.respond(replace(asked, headers=(*asked.headers, _ASKING)))
    except UndecidedError:
        return False
    return combined(answer, "Access-Control-Allow-Private-Network") == "true"
