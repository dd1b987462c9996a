"""Strangers that a pattern lets in, put to the product's own model, and patterns that keep them out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from corslint.candidates import candidates
from corslint.finding import Proof
from corslint.misspelling import regex_of_glob
from corslint.origins import (
    Dialect,
    Entry,
    Exact,
    Match,
    Pattern,
    UndecidedError,
    accepts,
    compiles,
    find_witness,
    parse_origin,
)
from corslint.policy import Policy
from corslint.questions import entering

MAX_SECONDS = 10.0
"""How long patterns that cannot be decided may take in one run; past this, no more are tried."""
_LONGEST_REPAIR = 300
_MAX_LISTED = 50
_LOOSE_DOT = re.compile(r"(?<=[a-z0-9)])\.(?=[a-z0-9-])", re.IGNORECASE)
_LOOSE_LABEL = re.compile(r"(?<=//)((?:\.|\\[wS]|\[[^\]]+\])[*+])(?=[a-z0-9])", re.IGNORECASE)
_spent = 0.0


@dataclass(frozen=True, slots=True)
class Intruder:
    """An origin that a stranger can own, and that an entry lets in."""

    origin: str
    suffix: str
    """The suffix of the shared platform that it is under, such as `vercel.app`; empty for a domain of its own."""
    with_credentials: bool
    proof: Proof


def intruder(policy: Policy, asked: Policy, entry: Entry) -> Intruder | None:
    """The stranger that a pattern of a policy lets in; None for other entries, and where provably nobody gets in.

    `asked` is the policy to put the question to, see `questions.each_entry`. Raises UndecidedError where the pattern
    cannot be decided.
    """
    if not isinstance(entry, Pattern) or entry.negated:
        return None
    origin = _witness_of(entry, ours(policy))
    parsed = parse_origin(origin) if origin else None
    if origin is None or parsed is None or parsed.is_local:
        return None
    with_credentials = entering(asked, origin, "include")
    proof = with_credentials or entering(asked, origin)
    if proof is None:
        return None
    from corslint.witness.suffixes import platform_of

    return Intruder(origin, platform_of(parsed.host), with_credentials is not None, proof)


def has_intruder(policy: Policy, asked: Policy, entry: Entry) -> bool:
    """Whether a stranger is known to get in through an entry."""
    try:
        return intruder(policy, asked, entry) is not None
    except UndecidedError:
        return False


def open_question(policy: Policy, entry: Entry) -> str | None:
    """Why it cannot be told whether a stranger gets in through an entry; None where it can."""
    if isinstance(entry, Pattern) and not entry.negated and _is_expression(entry):
        try:
            _witness_of(entry, ours(policy))
        except UndecidedError as error:
            return str(error)
    return None


def _is_expression(entry: Pattern) -> bool:
    """Whether a pattern is one at all; what becomes of one that is none is told with its own rule."""
    by_text = entry.dialect != "python" or entry.match not in ("search", "match", "fullmatch")
    return by_text or compiles(entry.text)


def ours(policy: Policy) -> tuple[str, ...]:
    """What the configuration trusts and the domains of the listed origins, as `find_witness` takes them."""
    from corslint.witness.suffixes import all_suffixes

    listed = (parse_origin(entry.text.lower()) for entry in policy.entries() if isinstance(entry, Exact))
    hosts = sorted({origin.host for origin in listed if origin is not None and not origin.is_local})[:_MAX_LISTED]
    domains = (all_suffixes().registrable(host) for host in hosts)
    return (*policy.clients.trusted, *(domain for domain in domains if domain is not None))


def repaired(entry: Pattern, own: tuple[str, ...] = ()) -> str | None:
    """The text with the least change that keeps strangers out and lets in what is meant; None where none is known."""
    meant = list(candidates(entry))
    for text in _repairs(entry):
        other = replace(entry, text=text)
        try:
            if _witness_of(other, own) is None and any(accepts(other, origin) for origin in meant):
                return text
        except UndecidedError:
            return None
    return None


def closed(entry: Pattern) -> str | None:
    """The text of a pattern if it keeps strangers out, else what `repaired` makes of it."""
    try:
        return repaired(entry) if _witness_of(entry, ()) else entry.text
    except UndecidedError:
        return None


def platform_opened(policy: Policy, text: str) -> str:
    """The suffix of the shared platform on which strangers' sites match an expression as a whole; empty for none."""
    if not compiles(text):
        return ""
    try:
        origin = parse_origin(_witness_of(Pattern(text, "python", "fullmatch"), ours(policy)) or "")
    except UndecidedError:
        return ""
    from corslint.witness.suffixes import platform_of

    return platform_of(origin.host) if origin is not None else ""


def _repairs(entry: Pattern) -> Iterator[str]:
    text = entry.text
    if len(text) > _LONGEST_REPAIR:
        return
    if entry.match == "suffix":
        yield f".{text}"
    if entry.match not in ("search", "match", "fullmatch"):
        return
    if "*" in text and (meant := regex_of_glob(text)):
        yield _anchored(meant, entry.match)
    dots = _LOOSE_DOT.sub(r"\\.", text)
    for changed in dict.fromkeys(
        (text, dots, _LOOSE_LABEL.sub(r"(\1\\.)?", text), _LOOSE_LABEL.sub(r"(\1\\.)?", dots))
    ):
        if changed != text:
            yield changed
        if (anchored := _anchored(changed, entry.match)) != changed:
            yield anchored


def _anchored(text: str, match: Match) -> str:
    """The expression that matches no less than the whole origin."""
    if match == "fullmatch":
        return text
    begun = text.startswith(("^", r"\A"))
    body = text[1:] if text.startswith("^") else text.removeprefix(r"\A")
    body = re.sub(r"(?<!\\)\$\Z|\\[zZ]\Z", "", body)
    if "|" in body:
        body = f"(?:{body})"
    elif not begun and not re.match(r"[a-z?()]+:", body):
        body = rf"https://(.*\.)?{body.removeprefix('.').removeprefix(chr(92) + '.')}"
    return f"{'^' if begun or match == 'search' else ''}{body}$"


def _witness_of(entry: Pattern, own: tuple[str, ...]) -> str | None:
    return _witness(entry.text, entry.dialect, entry.match, entry.ignore_case, own)


@lru_cache(maxsize=1024)
def _witness(text: str, dialect: Dialect, match: Match, ignore_case: bool, own: tuple[str, ...]) -> str | None:
    global _spent
    if _spent > MAX_SECONDS:
        raise UndecidedError("too many patterns of this run take too long to be decided")
    begun = time.monotonic()
    try:
        return find_witness(text, dialect=dialect, match=match, own=own, ignore_case=ignore_case)
    except UndecidedError:
        _spent += time.monotonic() - begun
        raise
