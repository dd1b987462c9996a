"""More than one origin in one answer, which browsers refuse as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from corslint import facts
from corslint.advice import list_origins
from corslint.browser import Request
from corslint.candidates import candidates
from corslint.finding import Label, Problem
from corslint.origins import Exact, parse_origin
from corslint.policy import Policy
from corslint.questions import STRANGERS, ask, at_origins, is_crowded
from corslint.rule import rule

_MAX_ORIGINS = 20


@rule("many-origins-in-header")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by the header itself, put to a stranger and to each origin that stands in an entry."""
    for origin in dict.fromkeys((STRANGERS[0], *islice(_origins(policy), _MAX_ORIGINS))):
        proof = ask(policy, Request(origin, policy.url))
        if proof is not None and is_crowded(proof.response):
            lines = len(proof.response.values("Access-Control-Allow-Origin"))
            if lines > 1 and any(facts.of_kind(policy, "duplicate-cors-layer")):
                return  # told with both of those who send it
            yield Problem(
                "browsers refuse every answer: it names more than one origin",
                tuple(_labels(policy, lines)),
                f"answer with the one origin that asked, if it is on your list: {list_origins(policy)}",
                proof,
            )
            return


def _origins(policy: Policy) -> Iterator[str]:
    for entry in policy.entries():
        if isinstance(entry, Exact):
            yield from (text for text in re.split(r"[\s,]+", entry.text) if parse_origin(text))
        else:
            yield from islice(candidates(entry), 2)


def _labels(policy: Policy, lines: int) -> Iterator[Label]:
    if lines == 1:
        entries = [entry for entry in policy.entries() if isinstance(entry, Exact) and re.search(r"[\s,]", entry.text)]
        yield at_origins(policy, entries[0] if entries else None, "only one origin may stand here")
        return
    spans = dict.fromkeys(entry.span for entry in policy.entries() if entry.span is not None)
    first, *others = spans or (policy.origins.span or policy.span,)
    yield Label(first, f"the header is sent {lines} times", primary=True)
    yield from (Label(span, "and here") for span in others)
