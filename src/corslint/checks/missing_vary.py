"""An answer that depends on the origin, and does not tell caches so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from corslint.advice import send_vary
from corslint.browser import Request, Response
from corslint.browser.cors_checks import combined
from corslint.facts import without_effect
from corslint.finding import Label, Problem, Severity
from corslint.policy import Policy
from corslint.questions import STRANGERS, answer, anyone, ask, at_origins, welcome
from corslint.rule import rule
from corslint.values import Unknown

_MAX_ORIGINS = 4


@rule("missing-vary")
def check(policy: Policy) -> Iterator[Problem]:
    """Compare the answers to the origins that are let in, and to a request without one (an `<img>`, a health check)."""
    if not policy.is_cacheable or isinstance(policy.vary.value, Unknown) or policy.vary.name in without_effect(policy):
        return
    by_design = _is_by_design(policy)
    if by_design and not policy.environment.is_live:
        return  # no cache stands before it, and nothing that is written there could do otherwise
    origins = [proof.request.origin for _, proof in islice(welcome(policy), _MAX_ORIGINS)]
    open_to_all = anyone(policy) is not None
    origins += STRANGERS if open_to_all else ()
    answers = {origin: response for origin in origins if (response := answer(policy, origin)) is not None}
    told = {origin: combined(response, "Access-Control-Allow-Origin") for origin, response in answers.items()}
    bare = answer(policy, None)
    if len({*told.values(), *([combined(bare, "Access-Control-Allow-Origin")] if bare else [])}) < 2:
        return
    for origin, response in answers.items():
        if told[origin] not in (None, "*") and not varies(response):
            with_credentials = combined(response, "Access-Control-Allow-Credentials") == "true"
            yield Problem(
                "caches may hand one origin the answer that was made for another",
                (_label(policy),),
                f"tell caches what the answer depends on: {send_vary(policy)}",
                ask(policy, Request(origin, policy.url)),
                Severity.MEDIUM if with_credentials and not by_design else Severity.LOW,
                # Whoever names the origins has to look at this line anyway.
                follows=("any-origin-with-credentials", "reflected-origin") if open_to_all else (),
            )
            return


def _is_by_design(policy: Policy) -> bool:
    """Whether the product never says it, whatever is configured: then its reader gives a mild fact."""
    return any(fact.kind == "missing-vary" and fact.severity is Severity.LOW for fact in policy.facts)


def varies(response: Response) -> bool:
    """Whether caches are told that the answer depends on the origin. https://httpwg.org/specs/rfc9110.html#field.vary"""
    names = {name.strip().lower() for name in (combined(response, "Vary") or "").split(",")}
    return not names.isdisjoint(("origin", "*"))


def _label(policy: Policy) -> Label:
    if policy.vary.span is not None and policy.vary.given == "explicit":
        return Label(policy.vary.span, "keeps the answer from saying that it depends on the origin", primary=True)
    return at_origins(policy, None, "depends on the request's Origin, and no `Vary` says so")
