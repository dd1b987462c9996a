"""Allow-Credentials with a text that is not exactly `true`."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.finding import Edit, Label, Problem, Proof
from corslint.policy import Policy
from corslint.questions import STRANGERS, ask, welcome
from corslint.rule import rule
from corslint.source import Span
from corslint.values import Known

_NO = ("", "false", "0", "no", "off", "none", "null")
"""Texts that were meant to switch credentials off, which any text but `true` does."""


@rule("invalid-credentials-value")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge the text where the product sends it as it stands, and what a browser gets where it is sent twice."""
    yield from facts.problems(policy, "invalid-credentials-value")
    value = policy.credentials.value
    if not isinstance(value, Known) or not isinstance(value.value, str | bool):
        return
    proof = _proof(policy)
    text = value.value.strip("\t ") if isinstance(value.value, str) else "true"
    if text == "true" and proof is not None:
        text = combined(proof.response, "Access-Control-Allow-Credentials") or "true"
    if text == "true" or text.lower() in _NO:
        return
    span = value.span or policy.credentials.span or policy.span
    yield Problem(
        "browsers refuse every request with cookies: only the text `true` allows them",
        (Label(span, f"is sent as `{text}`", primary=True),),
        'send exactly "true", in lower case and once',
        proof,
        edits=_edits(span, text),
    )


def _proof(policy: Policy) -> Proof | None:
    """What becomes of a request with credentials from an origin that is let in without them."""
    origin = next((proof.request.origin for _, proof in welcome(policy)), STRANGERS[0])
    return ask(policy, Request(origin, policy.url, credentials="include"))


def _edits(span: Span, text: str) -> tuple[Edit, ...]:
    return (Edit(span, '"true"'),) if span.text.strip("'\"") == text else ()
