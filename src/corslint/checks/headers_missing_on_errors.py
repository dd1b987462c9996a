"""Error answers without the CORS headers: front ends see a CORS error in place of the real one."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.finding import Edit, Label, Problem
from corslint.policy import Policy
from corslint.preflights import guest, only_gives_files
from corslint.rule import rule

_ERRORS = (404, 500)


@rule("headers-missing-on-errors")
def check(policy: Policy) -> Iterator[Problem]:
    """Compare the answers by status, for products with a setting for it: elsewhere nobody could mend it."""
    yield from facts.problems(policy, "headers-missing-on-errors")
    visitor = guest(policy)
    if visitor is None or not policy.how_to.send_on_errors or only_gives_files(policy):
        return
    policy, origin = visitor
    request = Request(origin, policy.url)
    fine = policy.ask(request)
    proofs = [policy.ask(request, status) for status in _ERRORS]
    if fine is None or not fine.verdict.allowed:
        return
    if any(proof is None or combined(proof.response, "Access-Control-Allow-Origin") for proof in proofs):
        return
    span = policy.on_errors.span or policy.origins.span or policy.span
    yield Problem(
        "front ends cannot read error answers: a 404 or 500 looks like a CORS error to them",
        (Label(span, "is not sent with 4xx and 5xx answers", primary=True),),
        policy.how_to.send_on_errors,
        proofs[0],
        edits=tuple(_edits(policy)),
    )


def _edits(policy: Policy) -> Iterator[Edit]:
    """The word behind each line that lacks it."""
    word = policy.how_to.always
    spans = {setting.span for setting in (policy.origins, policy.credentials, policy.exposed, policy.vary)}
    for span in sorted(filter(None, spans), key=lambda span: (span.path, span.start)) if word else ():
        if not span.text.endswith(word):
            yield Edit(span.source.span(span.end, span.end), f" {word}")
