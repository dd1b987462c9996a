"""The questions that checks put to the two models: who gets in, through which entry, and what proves it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import islice

from corslint.browser import CHROMIUM, CredentialsMode, Request, Response, actual_request, needs_preflight
from corslint.browser.cors_checks import combined
from corslint.browser.safelist import SIMPLE_METHODS, is_token, unsafe_header_names
from corslint.candidates import candidates
from corslint.finding import Label, Proof
from corslint.origins import Entry, Origins, Pattern, Reflected, UndecidedError, accepts
from corslint.policy import Policy
from corslint.values import Items, Known, Unknown, Value

STRANGERS = ("https://evil.example", "https://another.invalid")
"""Two origins with nothing in common but `https`: where both get in, every website does."""
_UNSUSPECTED = "https://shop.test"
"""One that stands for the first, where that is kept out by name."""

_BESIDE_THE_POINT = {
    "credentials": False,
    "methods": None,
    "headers": None,
    "exposed": None,
    "max_age": None,
    "vary": False,
    "private_network": False,
    "on_errors": True,
}
"""Settings that cannot lock a simple request without credentials out, with the value that grants least."""
_MAX_METHODS = 3
MAX_ENTRIES = 300
"""How many entries of one policy are judged among the others: each question looks through all of them."""


def prove(policy: Policy, request: Request, status: int = 200) -> Proof:
    """The proof of what becomes of a request. Raises UndecidedError where a value decided at run time decides it.

    Unlike `Policy.prove` this is not stopped by unknown settings that have no say: whoever may read an answer may do so
    whatever its max-age is, and without credentials whatever is said of them. `status` is what the application answers.
    """
    have_a_say = set()
    if request.credentials == "include":
        have_a_say.add("credentials")
    if needs_preflight(request, CHROMIUM):
        have_a_say.add("methods")
    if unsafe_header_names(request.headers, CHROMIUM):
        have_a_say.add("headers")
    return _settled(policy, have_a_say).prove(request, status)


def ask(policy: Policy, request: Request, status: int = 200) -> Proof | None:
    """What `prove` proves; None where a value decided at run time decides it."""
    try:
        return prove(policy, request, status)
    except UndecidedError:
        return None


def answer(policy: Policy, origin: str | None) -> Response | None:
    """What is answered to a simple GET of this origin, or to one without an `Origin` header; None where undecided."""
    request = Request(origin or STRANGERS[0], policy.url)
    try:
        return _settled(policy).respond(request if origin is None else actual_request(request))
    except UndecidedError:
        return None


def _settled(policy: Policy, have_a_say: Collection[str] = ()) -> Policy:
    """The policy with its unknown settings filled in, but for those that have a say."""
    blanks = {name: blank for name, blank in _BESIDE_THE_POINT.items() if name not in have_a_say}
    unknown = [name for name in blanks if isinstance(getattr(policy, name).value, Unknown)]
    return replace(policy, **{name: replace(getattr(policy, name), value=Known(blanks[name])) for name in unknown})


def entering(policy: Policy, origin: str, credentials: CredentialsMode = "omit") -> Proof | None:
    """The proof that a page of this origin can read an answer of some kind; None where it cannot, or nobody knows."""
    return next((proof for proof in _tries(policy, origin, credentials) if proof.verdict.allowed), None)


def anyone(policy: Policy, credentials: CredentialsMode = "omit") -> Proof | None:
    """The proof that every website can read an answer of some kind, shown for one that nobody ever listed."""
    first, second = STRANGERS
    keeps_some_out = any(isinstance(entry, Pattern) and entry.negated for entry in policy.entries())
    for stranger in (first, _UNSUSPECTED) if keeps_some_out else (first,):
        for proof in _tries(policy, stranger, credentials):
            if proof.verdict.allowed:
                other = ask(policy, replace(proof.request, origin=second))
                if other is not None and other.verdict.allowed and other.response.status < 400:
                    return proof
    return None


def _tries(policy: Policy, origin: str, credentials: CredentialsMode) -> Iterator[Proof]:
    """The same question in each way a product may answer differently: simple, with a body, with a preflight.

    Whoever is turned away reads that and nothing else, so answers with an error are none.
    """
    methods = policy.methods.value.value or () if isinstance(policy.methods.value, Known) else ()
    others = (name for name in methods if name not in SIMPLE_METHODS and name != "OPTIONS" and is_token(name))
    for method in ("GET", "POST", *islice(others, _MAX_METHODS)):
        proof = ask(policy, Request(origin, policy.url, method, credentials=credentials))
        if proof is not None and proof.response.status < 400:
            yield proof


def entry_for(policy: Policy, origin: str) -> Entry | None:
    """The entry that lets an origin in; None where it cannot be told.

    A product may compare otherwise than the entry says: then the entry is sought that lets it in when it stands alone.
    """
    entries = policy.entries()
    for entry in entries:
        try:
            if accepts(entry, origin):
                return entry
        except UndecidedError:
            continue
    entries = entries[:MAX_ENTRIES]
    letting_in = [entry for entry in entries if entering(_with_only(policy, entry), origin)]
    return letting_in[0] if len(letting_in) == 1 else None


def _with_only(policy: Policy, entry: Entry) -> Policy:
    return replace(policy, origins=replace(policy.origins, value=Known(Origins((entry,)))))


def each_entry(policy: Policy) -> Iterator[tuple[Policy, Entry]]:
    """The entries, each with the policy to ask about it: of very long lists, one that holds the entry alone."""
    for number, entry in enumerate(policy.entries()):
        yield (policy if number < MAX_ENTRIES else _with_only(policy, entry)), entry


def replaced_by(policy: Policy, entry: Entry) -> str | None:
    """The environment variable that replaces an origin where it is set; None for one that stands as it is."""
    values = [policy.origins.value, policy.origins.written]
    if isinstance(policy.origins.written, Known) and isinstance(policy.origins.written.value, Items):
        values += [item for item in policy.origins.written.value.items if _holds(item, entry)]
    return next((value.override for value in values if isinstance(value, Known) and value.override), None)


def _holds(item: Value[object], entry: Entry) -> bool:
    return isinstance(item, Known) and item.span is not None and item.span == entry.span


def welcome(policy: Policy) -> Iterator[tuple[Entry, Proof]]:
    """Origins that were meant to read the answers and can, without credentials: at most one for each entry."""
    for asked, entry in each_entry(policy):
        for origin in (*candidates(entry), *candidates(entry, "http")):
            if proof := entering(asked, origin):
                yield entry, proof
                break


def star_with_credentials(policy: Policy) -> Proof | None:
    """The proof that every origin is told `*` and `true` together, so that browsers refuse whoever sends cookies."""
    proof = ask(policy, Request(STRANGERS[0], policy.url, credentials="include"))
    if proof is None or combined(proof.response, "Access-Control-Allow-Origin") != "*":
        return None
    return proof if combined(proof.response, "Access-Control-Allow-Credentials") == "true" else None


def is_crowded(response: Response) -> bool:
    """Whether an answer names more than one origin, in one line or in several."""
    values = response.values("Access-Control-Allow-Origin")
    return len(values) > 1 or any(len(re.findall(r"[^\s,]*[\w*][^\s,]*", value)) > 1 for value in values)


def is_repeated(entry: Entry | None) -> bool:
    """Whether an entry says that the origin of whoever asks is repeated, but for a few that are kept out by name."""
    return isinstance(entry, Reflected) or (isinstance(entry, Pattern) and entry.negated)


def why_everyone(policy: Policy, entry: Entry | None) -> str:
    """The fact behind a policy that lets every origin in, for a label."""
    for fact in policy.facts:
        # The product makes "every origin" of a text that it cannot read.
        if fact.kind == "malformed-origin" and entry and any(label.span == entry.span for label in fact.labels):
            return fact.text
    if policy.origins.given == "default":
        return f"without {policy.origins.name} every origin is allowed"
    match entry:
        case Reflected():
            return "repeats the origin of whoever asks"
        case Pattern(negated=True):
            return "lets in whatever this does not match"
        case Pattern():
            return "matches every origin"
        case _:
            return "every origin is allowed"


def at_origins(policy: Policy, entry: Entry | None, text: str) -> Label:
    """The primary label of a finding on who is let in: at the entry, else at the setting, else at the policy."""
    span = (entry.span if entry is not None else None) or policy.origins.span or policy.span
    return Label(span, text, primary=True)


def at_open_origins(policy: Policy, entry: Entry | None) -> Label:
    """The primary label of a finding on every website being let in: at what was meant to name origins, if it is unread.

    `entry` is what lets them in.
    """
    slip = policy.slip
    if slip is None:
        return at_origins(policy, entry, why_everyone(policy, entry))
    return replace(slip.labels[0], text=f"{slip.labels[0].text}, so that every origin is allowed", primary=True)


def at_credentials(policy: Policy, text: str, beside: Label) -> tuple[Label, ...]:
    """A second label at the credentials setting, unless it was left out where the first one stands."""
    credentials = policy.credentials
    if credentials.span is None or (credentials.given == "default" and credentials.span.touches(beside.span)):
        return ()
    if credentials.given == "default":
        text = f"without {credentials.name} cookies are allowed"
    return (Label(credentials.span, text),)
