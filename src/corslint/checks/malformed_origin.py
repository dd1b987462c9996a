"""An entry that no browser's `Origin` header ever equals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corslint import facts
from corslint.advice import list_origins, match_origins
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.finding import Edit, Problem
from corslint.intruders import closed, has_intruder, platform_opened
from corslint.misspelling import Misspelling, misspelling, misspelt_pattern, regex_of_glob
from corslint.origins import Entry, Exact, Pattern
from corslint.policy import Policy
from corslint.questions import STRANGERS, answer, anyone, ask, at_origins, each_entry, entering, is_crowded
from corslint.rule import rule

_GLOB = re.compile(r"https?://\*\.[a-z0-9.-]+", re.IGNORECASE)


@rule("malformed-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge entries that are no origin, unless the product makes of them what was meant."""
    first = answer(policy, STRANGERS[0])
    if anyone(policy) or (first is not None and is_crowded(first)):
        return  # that is the worse problem, and has a rule of its own
    yield from facts.problems(policy, "malformed-origin")
    value = combined(first, "Access-Control-Allow-Origin") if first is not None else None
    misread = {fact.labels[0].span for fact in facts.of_kind(policy, "string-for-list")}
    for asked, entry in each_entry(policy):
        wrong = _misspelling(entry, value)
        if _is_placeholder(policy, entry) or entry.span in misread:
            continue
        if wrong is None or (wrong.meant and entering(asked, wrong.meant)):
            continue
        if policy.environment.is_live and has_intruder(policy, asked, entry):
            continue  # worse, and told by `origin-pattern-bypass`
        meant = wrong.meant if wrong.meant != "*" else None
        yield Problem(
            _message(entry, wrong.meant),
            (at_origins(policy, entry, wrong.flaw),),
            _help(policy, entry, wrong),
            ask(asked, Request(meant, policy.url)) if meant else None,
            edits=_edits(entry, wrong),
            series=wrong.flaw,
        )


def _is_placeholder(policy: Policy, entry: Entry) -> bool:
    """Whether a reference or a test says `foobar` where an origin belongs, as it says it everywhere."""
    return not policy.environment.is_live and isinstance(entry, Exact) and entry.text.isalnum()


def _misspelling(entry: Entry, sent_to_all: str | None) -> Misspelling | None:
    if sent_to_all is not None and sent_to_all.startswith(":") and (wrong := misspelling(sent_to_all)):
        # nginx takes `Access-Control-Allow-Origin:` for the name, and sends the colon twice.
        return replace(wrong, flaw=f"is sent as `{sent_to_all}`: the colon does not belong to the name of the header")
    if isinstance(entry, Exact):
        return misspelling(entry.text)
    if isinstance(entry, Pattern) and entry.match in ("match", "search", "fullmatch") and _GLOB.fullmatch(entry.text):
        meant = entry.text.lower().replace("*", "app", 1)
        flaw = "read as a regular expression, in which `*` repeats the slash before it"
        return Misspelling(flaw, meant, pattern=regex_of_glob(entry.text))
    if isinstance(entry, Pattern) and entry.match in ("match", "search", "fullmatch") and not entry.negated:
        return misspelt_pattern(entry)
    return None


def _message(entry: Entry, meant: str | None) -> str:
    if isinstance(entry, Pattern) and meant is None:
        return "this matches no origin that a browser sends, so it lets nobody in"
    if isinstance(entry, Pattern):
        return f"this does not match what it stands for: {meant} stays locked out"
    if meant == "*":
        return "browsers do not take this for `*`, so it lets nobody in"
    return f"no browser ever sends this origin, so {f'{meant} stays locked out' if meant else 'it lets nobody in'}"


def _help(policy: Policy, entry: Entry, wrong: Misspelling) -> str:
    if isinstance(entry, Pattern) and wrong.meant is None:
        form = closed(replace(entry, text=wrong.pattern)) if wrong.pattern else None
        return f"write {form}" if form else "match a whole origin, such as https://app.example.com"
    if wrong.pattern is not None:
        if platform := platform_opened(policy, wrong.pattern):
            warning = f"a pattern for all of {platform} would let in whoever puts a site there"
            return f"list each origin in full: {list_origins(policy)}; {warning}"
        pattern = match_origins(policy, wrong.pattern)
        return f"say it as a pattern: {pattern}" if pattern else f"list each origin in full: {list_origins(policy)}"
    if "colon" in wrong.flaw:
        return "take the colon away"
    if wrong.meant == "*":
        return "write `*` and nothing else, or name the origins you trust"
    if wrong.meant is not None:
        return f"write it as browsers send it: {wrong.meant}"
    return f"give each origin an entry of its own, with scheme and host: {list_origins(policy)}"


def _edits(entry: Entry, wrong: Misspelling) -> tuple[Edit, ...]:
    if not isinstance(entry, Exact) or wrong.meant is None or entry.span is None:
        return ()
    if entry.text == wrong.meant or entry.span.text.count(entry.text) != 1:
        return ()  # the flaw is elsewhere, or the text is put together from several pieces
    start = entry.span.start + entry.span.text.index(entry.text)
    return (Edit(entry.span.source.span(start, start + len(entry.text)), wrong.meant, safe=wrong.certain),)
