"""A pattern that lets in an origin which a stranger can own."""

from __future__ import annotations

from collections.abc import Iterator

from corslint import facts
from corslint.advice import list_origins
from corslint.finding import Problem, Severity
from corslint.intruders import Intruder, intruder, ours, repaired
from corslint.misspelling import regex_of_glob
from corslint.origins import Pattern, UndecidedError
from corslint.policy import Policy
from corslint.questions import anyone, at_credentials, at_origins, each_entry, entering
from corslint.rule import rule


@rule("origin-pattern-bypass")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge each pattern by an origin that it was not meant to let in, if there is one."""
    if not policy.environment.is_live or anyone(policy):
        return
    misread = {fact.labels[0].span for fact in facts.of_kind(policy, "string-for-list")}
    for asked, entry in each_entry(policy):
        if not isinstance(entry, Pattern) or entry.span in misread:
            continue
        try:
            found = intruder(policy, asked, entry)
        except UndecidedError:
            continue
        if found is not None and not found.suffix:
            yield _problem(policy, asked, entry, found)


def _problem(policy: Policy, asked: Policy, entry: Pattern, found: Intruder) -> Problem:
    reach = "answers made for the visitor" if found.with_credentials else "the answers"
    primary = at_origins(policy, entry, _fact(asked, entry, found))
    beside = at_credentials(policy, "and cookies are allowed with it", primary) if found.with_credentials else ()
    return Problem(
        f"a stranger's site can read {reach}: {found.origin} gets in",
        (primary, *beside),
        _help(policy, entry),
        found.proof,
        Severity.HIGH if found.with_credentials else Severity.MEDIUM,
    )


def _help(policy: Policy, entry: Pattern) -> str:
    if entry.remedy:
        return entry.remedy
    better = repaired(entry, ours(policy))
    if better is None:
        return f"compare the whole origin with those you trust: {list_origins(policy)}"
    return f"compare with `{better}`" if entry.match == "suffix" else f"write the pattern as `{better}`"


def _fact(asked: Policy, entry: Pattern, found: Intruder) -> str:
    if entry.match in ("match", "search", "fullmatch") and "/*" in entry.text and regex_of_glob(entry.text):
        meant = entry.text.lower().replace("*", "app", 1)
        locked_out = "" if entering(asked, meant) else f", and keeps {meant} out"
        return f"read as a regular expression, this lets in {found.origin}{locked_out}"
    return f"lets in {found.origin}"
