"""`null` is what sandboxed frames send, and anybody can make one."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Problem, Severity
from corslint.origins import Entry, Null, Pattern
from corslint.policy import Policy
from corslint.questions import anyone, at_origins, entering, entry_for
from corslint.rule import rule


@rule("null-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge policies that tell `null` from strangers; those that let everyone in are another rule's business."""
    with_credentials = entering(policy, "null", "include")
    proof = with_credentials or entering(policy, "null")
    if proof is None or anyone(policy):
        return
    entry = entry_for(policy, "null")
    reach = "read answers made for the visitor" if with_credentials else "read the answers"
    yield Problem(
        f"any website can {reach} through a sandboxed frame",
        (at_origins(policy, entry, _fact(entry)),),
        "remove `null`; serve the page that needs access from an origin of its own, and allow that one"
        if _names_null(entry)
        else "write the entry as scheme and host, such as https://app.example.com, or remove it",
        proof,
        Severity.HIGH if with_credentials else Severity.MEDIUM,
    )


def _names_null(entry: Entry | None) -> bool:
    return entry is None or entry.span is None or "null" in entry.span.text.lower()


def _fact(entry: Entry | None) -> str:
    if entry is not None and entry.span is not None and entry.span.text.strip("\"'") == "*":
        return (
            "`*` is no wildcard in this list: it has neither scheme nor host, and lets in `null`, which has none either"
        )
    if not _names_null(entry):
        return "lets in `null`: it has neither scheme nor host, and neither has `null`"
    if isinstance(entry, Pattern):
        return "matches `null`, which sandboxed frames send"
    return (
        "sandboxed frames send this origin"
        if isinstance(entry, Null)
        else "lets in `null`, which sandboxed frames send"
    )
