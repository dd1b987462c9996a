"""Names of HTTP methods as lists spell them, and what was meant by those that no browser asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from corslint.browser import Request
from corslint.browser.cors_checks import tokens
from corslint.browser.safelist import SIMPLE_METHODS, why_not_sendable
from corslint.finding import Proof
from corslint.policy import Policy
from corslint.preflights import OTHER_METHODS, guest, names
from corslint.questions import ask
from corslint.values import Known

_USUAL = (*sorted(SIMPLE_METHODS), *OTHER_METHODS, "OPTIONS", "QUERY")
_NAMES = """
ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR
MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH
TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL
"""
_REGISTERED = frozenset(_NAMES.split())
"""https://www.iana.org/assignments/http-methods/http-methods.xhtml"""
_IN_USE = frozenset({"BAN", "M-SEARCH", "NOTIFY", "PURGE", "SUBSCRIBE", "TRACK", "UNSUBSCRIBE", "VIEW"})
"""Not registered, but asked for by programs of more than one maker: caches, UPnP, Kodi's and Git's kin."""
_EVERYTHING = frozenset({"ALL", "ANY"})
_LIKENESS = 0.75
_HEADERS = ("Content-Type", "Authorization", "X-Requested-With")


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A listed name that no browser asks for."""

    listed: str
    meant: tuple[str, ...]
    """The methods meant; empty where it cannot be told."""
    proof: Proof | None
    """The proof that requests with the first of these fail; None where they do not, or nobody can tell."""


def misnamed(policy: Policy) -> tuple[Misnamed, ...]:
    """The names that the answer to a preflight lists and that no browser asks for.

    A name in the wrong case is one only where requests fail for it: nobody looks for a `get`.
    """
    visitor = guest(policy)
    return tuple(_misnamed(*visitor)) if visitor else ()


def _misnamed(policy: Policy, origin: str) -> Iterator[Misnamed]:
    for name in names(policy.methods):
        # A method in capitals that everybody knows is looked at no further: that is most of them.
        if name in _REGISTERED or name in _IN_USE or name == "*" or why_not_sendable(name, ()):
            continue
        listed = _listed(policy, origin, name)
        if name not in listed:
            continue  # the product spells it otherwise, or sends what no browser can read
        known = name.upper() in _REGISTERED | _IN_USE
        meant = (name.upper(),) if known else _meant(name.upper())
        lacking = tuple(method for method in meant if method not in listed and method != "OPTIONS")
        proof = next(filter(None, (_fails(policy, origin, method) for method in lacking)), None)
        if proof is not None or not known:
            yield Misnamed(name, lacking if proof else meant, proof)


def _meant(name: str) -> tuple[str, ...]:
    if name in _EVERYTHING:
        return OTHER_METHODS
    return tuple(get_close_matches(name, _USUAL, n=1, cutoff=_LIKENESS))


def _listed(policy: Policy, origin: str, name: str) -> tuple[str, ...]:
    """What the answer to a preflight lists that asks for this very name; empty where that is not to be told.

    A product that refuses the preflight lists nothing, such as Spring: then it is asked for one that is allowed.
    """
    for method in dict.fromkeys((name, *names(policy.methods)[:3])):
        proof = ask(policy, Request(origin, policy.url, method, (("Content-Type", "application/json"),)))
        if proof and proof.preflight and (listed := tokens(proof.preflight, "Access-Control-Allow-Methods")):
            return listed
    return ()


def _fails(policy: Policy, origin: str, method: str) -> Proof | None:
    """The proof that a request fails for its method alone."""
    listing = (*names(policy.methods), method)
    mended = replace(policy, methods=replace(policy.methods, value=Known(listing), written=None, given="explicit"))
    for headers in _ways(policy, method):
        proof = ask(policy, Request(origin, policy.url, method, headers))
        if proof is None or proof.verdict.allowed is not False:
            continue
        after = ask(mended, proof.request)
        # Where headers are sent word for word, the setting is not what the answer is made of.
        if proof.verdict.error == "MethodDisallowedByPreflightResponse" or (after and after.verdict.allowed):
            return proof
    return None


def _ways(policy: Policy, method: str) -> Iterator[Sequence[tuple[str, str]]]:
    """Headers with which the method is asked for ahead: none are needed but for simple methods."""
    if method not in SIMPLE_METHODS:
        yield ()
    else:
        for name in dict.fromkeys((*_HEADERS, *names(policy.headers)[:3])):
            if not why_not_sendable(method, ((name, "1"),)):
                yield ((name, "application/json" if name.lower() == "content-type" else "1"),)
