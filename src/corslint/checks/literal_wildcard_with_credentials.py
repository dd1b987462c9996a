"""`*` for methods or headers where cookies are allowed: for requests with cookies it is a name like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corslint.advice import list_names
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.finding import Label, Problem, Proof, Severity
from corslint.policy import Policy, Setting
from corslint.preflights import OTHER_METHODS, guest, names
from corslint.questions import ask, entering
from corslint.rule import rule

_BY_NAME = ("MethodDisallowedByPreflightResponse", "HeaderDisallowedByPreflightResponse")
"""The refusals that naming the method or header undoes. A preflight that answers `*` as its origin, as Starlette before
0.15 does, fails with cookies too, and no name helps it."""
_METHODS = ("GET", "POST", *OTHER_METHODS)
_HEADERS = ("Content-Type", "Authorization", "X-Requested-With")


@rule("literal-wildcard-with-credentials")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge what the product sends: one that repeats what it is asked for understands `*` itself."""
    visitor = guest(policy)
    readable = entering(*visitor, "include") if visitor else None
    if visitor is None or readable is None:
        return
    policy, origin = visitor
    without_cookies = Request(origin, policy.url)
    for method in _unnamed(policy.methods, OTHER_METHODS):
        if proof := _fails_with_cookies(policy, replace(without_cookies, method=method)):
            yield _problem(policy, policy.methods, "use PUT, PATCH or DELETE", _METHODS, proof)
    for header in _unnamed(policy.headers, _HEADERS):
        if proof := _fails_with_cookies(policy, replace(without_cookies, headers=((header, "application/json"),))):
            yield _problem(policy, policy.headers, "send JSON or headers of their own", _HEADERS, proof)
    exposed = combined(readable.response, "Access-Control-Expose-Headers") or ""
    if "*" in names(policy.exposed) and "*" in exposed.replace(" ", "").split(","):
        deed = "read further headers of the answer"
        yield _problem(policy, policy.exposed, deed, ("X-Total-Count",), readable, Severity.LOW)


def _unnamed(setting: Setting[Any], candidates: Sequence[str]) -> list[str]:
    """A name that only `*` stands for; none without `*`, or where all candidates are named too."""
    named = {name.lower() for name in names(setting)}
    return [name for name in candidates if name.lower() not in named][:1] if "*" in named else []


def _fails_with_cookies(policy: Policy, request: Request) -> Proof | None:
    """The proof that a request with cookies fails for want of a name, if it gets through without them."""
    with_cookies, without = ask(policy, replace(request, credentials="include")), ask(policy, request)
    if with_cookies is None or without is None or with_cookies.verdict.error not in _BY_NAME:
        return None
    return with_cookies if without.verdict.allowed else None


def _problem(
    policy: Policy,
    setting: Setting[Any],
    deed: str,
    examples: Sequence[str],
    proof: Proof,
    severity: Severity | None = None,
) -> Problem:
    span = setting.span or policy.span
    credentials = policy.credentials.span
    named = [name for name in names(setting) if name != "*"]
    missing = [name for name in examples if name.lower() not in {one.lower() for one in named}]
    return Problem(
        f"requests with cookies cannot {deed}: for them `*` is no wildcard",
        (
            Label(span, "is sent as it stands, and means everything only to requests without cookies", primary=True),
            *((Label(credentials, "cookies are allowed"),) if credentials and credentials != span else ()),
        ),
        f"name them: {list_names(policy, setting, (*named, *missing))}",
        proof,
        severity,
    )
