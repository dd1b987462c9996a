"""An origin without TLS: whoever sits on the wire writes its pages, and so reads the answers."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.candidates import candidates
from corslint.finding import Problem, Proof, Severity
from corslint.origins import Entry, Exact, Pattern, UndecidedError, accepts, parse_origin
from corslint.policy import Policy
from corslint.questions import anyone, at_credentials, at_origins, each_entry, entering, entry_for
from corslint.rule import rule


@rule("insecure-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge each entry by an `http://` origin of a public host that it lets in."""
    if not policy.environment.is_live or anyone(policy):
        return
    for asked, entry in each_entry(policy):
        for text in candidates(entry, "http"):
            origin = parse_origin(text)
            if origin is None or origin.is_local or not _is_let_in_by(asked, entry, text):
                continue
            with_credentials = entering(asked, text, "include")
            if proof := with_credentials or entering(asked, text):
                yield _problem(policy, entry, text, proof=proof, with_credentials=with_credentials is not None)
                break


def _is_let_in_by(policy: Policy, entry: Entry, origin: str) -> bool:
    """Whether it may be this entry that lets an origin in, and not another one that does."""
    try:
        if not isinstance(entry, Pattern) or accepts(entry, origin):
            return True
    except UndecidedError:
        return True
    return entry_for(policy, origin) in (None, entry)


def _problem(policy: Policy, entry: Entry, text: str, *, proof: Proof, with_credentials: bool) -> Problem:
    reach = "answers made for the visitor" if with_credentials else "the answers"
    primary = at_origins(policy, entry, "is not encrypted" if isinstance(entry, Exact) else f"lets in {text}")
    secure = text.replace("http:", "https:", 1)
    return Problem(
        f"whoever controls the network between a visitor and {text} can read {reach}",
        (primary, *(at_credentials(policy, "and cookies are allowed with it", primary) if with_credentials else ())),
        f"serve the page over https and allow only that: {secure}"
        if isinstance(entry, Exact)
        else "let the pattern match `https://` only" + (": `https` for `https?`" if "https?" in _text(entry) else ""),
        proof,
        Severity.MEDIUM if with_credentials else Severity.LOW,
        series="plain" if isinstance(entry, Exact) else "",
    )


def _text(entry: Entry) -> str:
    return entry.text if isinstance(entry, Exact | Pattern) else ""
