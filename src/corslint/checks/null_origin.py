"""`null` is what sandboxed frames send, and anybody can make one."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.browser import Request
from corslint.finding import Label, Problem, Severity
from corslint.origins import Null
from corslint.policy import Policy
from corslint.rule import rule


@rule("null-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge the entries that name `null`; an any-origin policy lets it in too, and is another rule's business."""
    for entry in policy.entries():
        if not isinstance(entry, Null):
            continue
        proof = policy.ask(Request("null", policy.url, credentials="include"))
        with_credentials = proof is not None and proof.verdict.allowed is True
        proof = proof if with_credentials else policy.ask(Request("null", policy.url))
        reach = "read answers made for the visitor" if with_credentials else "read the answers"
        yield Problem(
            f"any website can {reach} through a sandboxed frame",
            (
                Label(
                    entry.span or policy.origins.span or policy.span, "sandboxed frames send this origin", primary=True
                ),
            ),
            "remove `null`; serve the page that needs access from an origin of its own, and allow that one",
            proof,
            Severity.HIGH if with_credentials else Severity.MEDIUM,
        )
