"""Every origin and credentials: open to theft where the origin is repeated, useless where `*` is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corslint import facts
from corslint.advice import drop_credentials, list_origins, trusting
from corslint.finding import Label, Problem, Proof, Severity
from corslint.policy import Policy
from corslint.questions import (
    anyone,
    at_credentials,
    at_open_origins,
    entry_for,
    star_with_credentials,
)
from corslint.rule import rule

_TOGETHER = "and cookies are allowed, which browsers refuse together with `*`"


@rule("any-origin-with-credentials")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by what a stranger's page gets: with cookies it is robbery, with `*` and `true` it is a mistake."""
    if proof := anyone(policy, "include"):
        yield Problem(
            f"any website can {policy.opens} with the visitor's cookies",
            _labels(policy, proof, "and cookies are allowed with it"),
            trusting(policy),
            proof,
            Severity.HIGH if policy.environment.is_live else Severity.MEDIUM,
        )
    elif policy.environment.kind != "test" and (proof := star_with_credentials(policy)):
        yield Problem(
            "browsers refuse every request with cookies: `*` and credentials exclude each other",
            tuple(map(_half_open, _labels(policy, proof, _TOGETHER))),
            f"either {drop_credentials(policy)}, or name the origins that need cookies: {list_origins(policy)}",
            proof,
            Severity.MEDIUM,
        )


def _labels(policy: Policy, proof: Proof, credentials: str) -> tuple[Label, ...]:
    entry = entry_for(policy, proof.request.origin)
    primary = at_open_origins(policy, entry)
    for slip in facts.of_kind(policy, "string-for-boolean", policy.credentials.name):
        return slip.labels[0], replace(primary, primary=False)
    for fact in facts.of_kind(policy, "any-origin-with-credentials", policy.credentials.name):
        credentials = fact.text  # what the two come to in this release of the product
    beside = at_credentials(policy, credentials, primary)
    if not beside and policy.credentials.given == "default":
        primary = replace(primary, text=f"{primary.text}, and without {policy.credentials.name} cookies are")
    return primary, *beside


def _half_open(label: Label) -> Label:
    # What is broken for some is open to all.
    return replace(label, text=f"{label.text}; who sends no cookies can read the answers") if label.primary else label
