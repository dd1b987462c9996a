"""A pattern of paths that no path matches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint import facts
from corslint.finding import Confidence, Label, Problem
from corslint.policy import Policy
from corslint.rule import rule

_PATH = re.compile(r"\^/|[a-z]")
"""How a path begins that lacks its slash, or stands behind what would be a pattern elsewhere; no placeholder does."""


@rule("dead-resource")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw, or that the whole policy is for paths which there are none of."""
    if policy.environment.kind == "test":
        return
    seen = list(facts.problems(policy, "dead-resource"))
    yield from seen
    tests = policy.scope.includes
    if not seen and tests and all(test.is_dead and _PATH.match(test.text) for test in tests):
        yield Problem(
            f"no answer carries these headers: no path ever matches `{policy.scope.text}`",
            (Label(policy.span, f"only for `{tests[0].text}`, and paths begin with a slash", primary=True),),
            "begin the path with a slash",
            # A path can be rewritten to one without.
            confidence=Confidence.MEDIUM,
        )
