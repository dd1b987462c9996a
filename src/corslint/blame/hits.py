"""A refusal that was found again: where to point, what is wrong there, and what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corslint.blame.tries import Try
from corslint.browser import Request
from corslint.finding import Label, Proof
from corslint.misspelling import misspelling
from corslint.origins import Exact, Origins
from corslint.policy import Policy
from corslint.questions import ask
from corslint.remedies import Change, smallest
from corslint.source import Span
from corslint.values import Known


@dataclass(frozen=True, slots=True)
class Hit:
    """A try with which a policy makes a browser say what it said."""

    attempt: Try
    variant: Policy
    """The policy that was asked: a concrete one."""
    proof: Proof


def what_to_change(hit: Hit) -> tuple[Change, ...]:
    """What lets the request through: to correct the entry that was meant for it, else the smallest change there is."""
    request, status = hit.attempt.request, hit.attempt.status
    if request.origin == "null":  # nobody should be told to let `null` in
        return ()
    if (entry := _meant_for(hit.variant, request.origin)) and entry.span and entry.text in entry.span.text:
        others = tuple(Exact(request.origin) if one is entry else one for one in hit.variant.entries())
        corrected = replace(hit.variant, origins=replace(hit.variant.origins, value=Known(Origins(others))))
        after = ask(corrected, request, status)
        if after is not None and after.verdict.allowed:
            old = entry.span.text
            return (Change(f"{old.replace(entry.text, request.origin)} instead of {old}", entry.span),)
    remedy = smallest(hit.variant, request, status)
    return remedy.changes if remedy else ()


def _meant_for(policy: Policy, origin: str) -> Exact | None:
    """The entry that was meant to let an origin in, and cannot."""
    for entry in policy.entries():
        if isinstance(entry, Exact) and entry.text != origin:
            wrong = misspelling(entry.text)
            if wrong is not None and wrong.meant == origin:
                return entry
    return None


def where(hit: Hit, changes: Sequence[Change]) -> Label:
    """The place to change, with the fact there."""
    policy, error = hit.variant, (hit.proof.verdict.error or "").removeprefix("Preflight")
    at: Span | None = changes[0].span if changes else None
    match error:
        case "MissingAllowOriginHeader" | "AllowOriginMismatch" | "InvalidAllowOriginValue":
            at, text = _at_origin(hit, at)
        case "WildcardOriginNotAllowed":
            at, text = at or policy.origins.span, "every website is told `*`, also one that asks with cookies"
        case "MultipleAllowOriginValues":
            at, text = at or policy.origins.span, "this names several origins in one answer"
        case "InvalidAllowCredentials":
            at, text = at or policy.credentials.span, "cookies are not allowed here"
        case "MethodDisallowedByPreflightResponse":
            at, text = at or policy.methods.span, f"{hit.attempt.request.method} is not allowed here"
        case "HeaderDisallowedByPreflightResponse":
            names = ", ".join(f"`{name}`" for name, _ in hit.attempt.request.headers)
            at, text = at or policy.headers.span, f"{names} is not allowed here"
        case "InvalidAllowMethodsPreflightResponse":
            at, text = policy.methods.span, "this is no list of names divided by commas"
        case "InvalidAllowHeadersPreflightResponse":
            at, text = policy.headers.span, "this is no list of names divided by commas"
        case _:
            at = at or policy.preflight.blocked_by or policy.preflight.span
            text = policy.preflight.reason or f"OPTIONS is answered with {_status(hit.proof)}"
    return Label(at or policy.span, text, primary=True)


def _status(proof: Proof) -> int:
    return (proof.preflight or proof.response).status


def _at_origin(hit: Hit, at: Span | None) -> tuple[Span | None, str]:
    """The entry that was meant to let an origin in and cannot, else the setting that does not name it."""
    policy, origin = hit.variant, hit.attempt.request.origin
    if (entry := _meant_for(policy, origin)) and (wrong := misspelling(entry.text)):
        return entry.span or at, f"this never matches {origin}: {wrong.flaw}"
    plain = ask(policy, Request(origin, hit.attempt.request.url))
    if plain is not None and plain.verdict.allowed:
        if "Preflight" not in (hit.proof.verdict.error or ""):
            return at, "answers with an error status do not carry the headers"
        return at or policy.preflight.span, "OPTIONS is answered without the headers that other answers have"
    return at or policy.origins.span, f"this does not let {origin} in"
