"""An entry that no browser's `Origin` header ever equals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.advice import list_origins, match_origins
from corslint.finding import Edit, Problem
from corslint.misspelling import Misspelling, misspelling, regex_of_glob
from corslint.origins import Entry, Exact, Pattern
from corslint.policy import Policy
from corslint.questions import STRANGERS, answer, anyone, at_origins, entering, is_crowded
from corslint.rule import rule

_GLOB = re.compile(r"https?://\*\.[a-z0-9.-]+", re.IGNORECASE)


@rule("malformed-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge entries that are no origin, unless the product makes of them what was meant."""
    for entry in policy.entries():
        wrong = _misspelling(entry)
        if wrong is None or (wrong.meant and entering(policy, wrong.meant)) or anyone(policy):
            continue
        first = answer(policy, STRANGERS[0])
        if first is not None and is_crowded(first):
            continue  # `many-origins-in-header` says so
        locked_out = f"{wrong.meant} stays locked out" if wrong.meant and wrong.meant != "*" else "it lets nobody in"
        yield Problem(
            f"no browser ever sends this origin, so {locked_out}",
            (at_origins(policy, entry, wrong.flaw),),
            _help(policy, wrong),
            edits=_edits(entry, wrong),
        )


def _misspelling(entry: Entry) -> Misspelling | None:
    if isinstance(entry, Exact):
        return misspelling(entry.text)
    if isinstance(entry, Pattern) and entry.match in ("match", "search", "fullmatch") and _GLOB.fullmatch(entry.text):
        meant = entry.text.lower().replace("*", "app", 1)
        flaw = "read as a regular expression, in which `*` repeats the slash before it"
        return Misspelling(flaw, meant, pattern=regex_of_glob(entry.text))
    return None


def _help(policy: Policy, wrong: Misspelling) -> str:
    if wrong.pattern is not None:
        pattern = match_origins(policy, wrong.pattern)
        return f"say it as a pattern: {pattern}" if pattern else f"list each origin in full: {list_origins(policy)}"
    if wrong.meant == "*":
        return "write `*` and nothing else, or name the origins you trust"
    if wrong.meant is not None:
        return f"write it as browsers send it: {list_origins(policy, wrong.meant)}"
    return f"give each origin an entry of its own, with scheme and host: {list_origins(policy)}"


def _edits(entry: Entry, wrong: Misspelling) -> tuple[Edit, ...]:
    if not isinstance(entry, Exact) or wrong.meant is None or entry.span is None:
        return ()
    if entry.span.text.count(entry.text) != 1:
        return ()  # the text is put together from several pieces
    start = entry.span.start + entry.span.text.index(entry.text)
    return (Edit(entry.span.source.span(start, start + len(entry.text)), wrong.meant, safe=wrong.certain),)
