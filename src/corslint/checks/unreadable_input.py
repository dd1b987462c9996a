"""Something that holds CORS settings and could not be read, so that it was not judged."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Label, Problem, Unread
from corslint.policy import Policy
from corslint.rule import project_rule
from corslint.source import Source, Span


@project_rule("unreadable-input")
def check(policies: tuple[Policy, ...], unread: tuple[Unread, ...]) -> Iterator[tuple[Policy | None, Problem]]:
    """Repeat each place that was not read as a finding, so that every output format shows it."""
    for one in unread:
        span = one.span or Span(Source(one.path, ""), 0, 0)
        subject = "the file " if one.reason.split(" ")[0] in ("is", "cannot", "mentions") else ""
        problem = Problem(
            f"CORS settings may have been missed here: {subject}{one.reason}",
            (Label(span, one.reason, primary=True),),
            "check what is made of it, or exclude it" if "template" in one.reason else "mend the file, or exclude it",
        )
        yield None, problem
