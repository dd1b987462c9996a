"""A time to remember preflights for that is no number of seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint import facts
from corslint.finding import Label, Problem
from corslint.policy import Policy
from corslint.rule import rule
from corslint.values import Known

_NUMBER = re.compile(r"\s*-?[0-9]+\s*")
_PLACEHOLDER = re.compile(r"[${<%]|__")
"""What something else fills in before the text is sent."""


@rule("invalid-max-age")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge the text that is sent, where the server's reader does not say that another one is.

    A browser that cannot read it does as if it were not there, or remembers nothing: Chromium was seen to ask again
    after five seconds, Firefox at once.
    """
    yield from facts.live_problems(policy, "invalid-max-age")
    setting = policy.max_age
    text = setting.value.value if isinstance(setting.value, Known) else None
    if policy.environment.kind == "test" or setting.span is None or not isinstance(text, str):
        return
    if text.strip() and not _NUMBER.fullmatch(text) and not _PLACEHOLDER.search(text):
        yield Problem(
            "browsers ask for permission before nearly every request: they cannot read how long it holds",
            (Label(setting.span, f"`{text}` is no number of seconds", primary=True),),
            f"write {setting.name} as a whole number of seconds, such as 600",
        )
