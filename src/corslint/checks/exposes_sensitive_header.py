"""Tokens in headers that scripts of other websites may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corslint.browser import CHROMIUM, judge
from corslint.browser.cors_checks import tokens
from corslint.finding import Label, Problem, Proof, Severity
from corslint.policy import Policy
from corslint.preflights import guest, names
from corslint.questions import anyone, entering
from corslint.rule import rule

_COOKIES = frozenset({"set-cookie", "set-cookie2"})
_SECRETS = frozenset({"authorization", "proxy-authorization", "api-key", "apikey", "x-api-key", "x-csrftoken"})
_SECRET_WORDS = frozenset({"token", "jwt", "password", "secret"})
_PLACES = frozenset({"continuation", "cursor", "delta", "next", "page", "resume", "sync"})
"""Words with which a token is a place in a list, and no secret."""
_FORGERY = re.compile(r"csrf|xsrf")
"""What is handed to scripts on purpose, as only those of one's own pages can read it."""


@rule("exposes-sensitive-header")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by what a script can read of an answer that carries such a header."""
    if policy.exposed.given == "default" or not policy.environment.is_live:
        return
    for_visitor, for_all = anyone(policy, "include"), anyone(policy)
    reading = for_visitor or for_all or _reading_guest(policy)
    if reading is None:
        return
    listed = tokens(reading.response, "Access-Control-Expose-Headers") or ()
    secret = [name for name in listed if _is_secret(name.lower())]
    is_open = for_visitor or for_all
    if not is_open:
        secret = [name for name in secret if not _FORGERY.search(name.lower())]
    elif not secret and "*" in listed and policy.headers.given != "default":
        secret = [name for name in names(policy.headers) if _is_secret(name.lower())]
    if secret:
        proof = _with_header(reading, secret[0])
        if secret[0].lower() in proof.verdict.readable_headers:
            yield _readable(policy, proof, secret[0], is_open=bool(is_open), with_cookies=bool(for_visitor))
    elif cookies := [name for name in listed if name.lower() in _COOKIES]:
        yield Problem(
            f"`{cookies[0]}` stays hidden from scripts: no browser exposes it",
            (_label(policy, "allows nothing"),),
            "take it out; what scripts shall read has to be sent under another name",
            _with_header(reading, cookies[0]),
        )


def _readable(policy: Policy, proof: Proof, name: str, *, is_open: bool, with_cookies: bool) -> Problem:
    by_star = name not in (tokens(proof.response, "Access-Control-Expose-Headers") or ())
    who = "any website" if is_open else f"whatever runs on {proof.request.origin}"
    answers = "answers made for the visitor" if with_cookies else "the answers"
    severity = Severity.MEDIUM if with_cookies else None
    return Problem(
        f"{who} can read `{name}` of {answers}",
        (_label(policy, "shows every header to scripts" if by_star else f"shows `{name}` to scripts"),),
        "name the headers that scripts need, and none that lets its bearer in"
        if by_star
        else f"take `{name}` out; hand the token over in a cookie with HttpOnly, or in the body of one answer",
        proof,
        Severity.INFO if by_star or not is_open else severity,
    )


def _label(policy: Policy, text: str) -> Label:
    return Label(policy.exposed.span or policy.span, text, primary=True)


def _reading_guest(policy: Policy) -> Proof | None:
    """The proof that an origin which is let in reads the answers, with cookies if it may."""
    visitor = guest(policy)
    return (entering(*visitor, "include") or entering(*visitor)) if visitor else None


def _with_header(proof: Proof, name: str) -> Proof:
    """What becomes of the same request where the application's answer carries a header."""
    response = replace(proof.response, headers=(*proof.response.headers, (name, "...")))
    verdict = judge(proof.request, preflight=proof.preflight, response=response, profile=CHROMIUM)
    return Proof(proof.request, proof.preflight, response, verdict)


def _is_secret(name: str) -> bool:
    words = set(re.split(r"[-_]", name))
    return name in _SECRETS or (bool(words & _SECRET_WORDS) and not words & _PLACES)
