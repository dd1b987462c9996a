"""`*` for request headers, in which the Fetch standard does not count `Authorization`."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.advice import list_names
from corslint.browser import SPEC, Request, judge
from corslint.finding import Label, Problem
from corslint.policy import Policy
from corslint.preflights import guest, meets_preflights, names, only_gives_files
from corslint.questions import ask, entering
from corslint.rule import rule

_TOKEN = (("Authorization", "Bearer token"),)
_USUAL = ("Authorization", "Content-Type")


@rule("authorization-not-covered")
def check(policy: Policy) -> Iterator[Problem]:
    """Ask both the browsers of today and the standard; where cookies are allowed, `*` fails for more than this."""
    if not policy.environment.is_live or not meets_preflights(policy) or only_gives_files(policy):
        return
    visitor = guest(policy)
    if visitor is None or entering(*visitor, "include"):
        return
    proof = ask(visitor[0], Request(visitor[1], policy.url, headers=_TOKEN))
    if proof is None or proof.preflight is None or not proof.verdict.allowed:
        return
    by_the_standard = judge(proof.request, preflight=proof.preflight, response=proof.response, profile=SPEC)
    if by_the_standard.error != "HeaderDisallowedByPreflightResponse":
        return
    setting = policy.headers
    named = [name for name in names(setting) if name != "*"]
    known = {name.lower() for name in named}
    yield Problem(
        "requests with `Authorization` pass only because browsers do not yet keep to the standard here",
        (Label(setting.span or policy.span, "`*` stands for every header but `Authorization`", primary=True),),
        "if scripts send it, name it and the others: "
        + list_names(policy, setting, (*named, *(name for name in _USUAL if name.lower() not in known))),
        proof,
    )
