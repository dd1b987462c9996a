"""OPTIONS is answered, but the answer refuses what front ends send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from corslint import facts
from corslint.advice import list_names
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.methods import misnamed
from corslint.policy import Policy
from corslint.preflights import OTHER_METHODS, Refused, meets_preflights, names, refused, says_nothing
from corslint.rule import rule
from corslint.source import Span
from corslint.wording import listed

_UNREADABLE = ("InvalidAllowMethodsPreflightResponse", "InvalidAllowHeadersPreflightResponse")


@rule("incomplete-preflight")
def check(policy: Policy) -> Iterator[Problem]:
    """Try what the policy names and what the configuration says clients send; where neither speaks, the usual."""
    if policy.preflight.answered_by != "product" or policy.preflight.blocked_by or not meets_preflights(policy):
        return
    told = policy.clients.methods or ()
    is_real = policy.environment.kind != "documentation"
    served = dict(policy.preflight.served) if is_real and policy.clients.methods is None else {}
    if policy.methods.given != "default" and set(names(policy.methods)) <= {"GET", "HEAD", "OPTIONS"}:
        served = {}  # others may only read, which is a choice
    presumed = says_nothing(policy) and not told and not served and is_real
    methods = ("POST", *OTHER_METHODS) if presumed else (*told, *served)
    unread = facts.without_effect(policy)
    said_in = {"method": policy.methods.name, "header": policy.headers.name}
    # What shows how a thing is done need not do all.
    headers = policy.clients.headers if is_real or not says_nothing(policy) else ()
    failing = refused(policy, methods, headers)
    if any(one.proof.verdict.error in _UNREADABLE for one in failing):
        return  # whatever the lists hold, browsers cannot read them: that is `malformed-header-list`
    misread = facts.misread_names(policy)
    failing = [
        one
        for one in failing
        if (setting := said_in.get(one.lacking, "")) not in unread and one.name.lower() not in misread.get(setting, ())
    ]
    if any(one.lacking == "method" for one in failing):
        named_otherwise = {method for one in misnamed(policy) if one.proof for method in one.meant}
        failing = [one for one in failing if one.lacking != "method" or one.name.upper() not in named_otherwise]
    if not failing:
        return
    # A list of methods that is shorter than what the application has may be meant so.
    is_narrow = policy.methods.given != "default" and all(
        one.lacking == "method" and one.name in served and one.name not in names(policy.methods) for one in failing
    )
    seen = [replace(problem, proof=failing[0].proof) for problem in facts.problems(policy, "incomplete-preflight")]
    if seen:
        yield from seen
    else:
        yield Problem(
            _message(failing),
            (*_labels(policy, failing, presumed), *_routes(failing, served)),
            _help(policy, failing),
            failing[0].proof,
            severity=Severity.LOW if is_narrow else None,
            confidence=Confidence.MEDIUM if presumed or is_narrow else None,
        )


def _routes(failing: Sequence[Refused], served: Mapping[str, Span]) -> Iterator[Label]:
    """The places that need what is refused: one for each method."""
    for one in failing:
        if one.lacking == "method" and one.name in served:
            yield Label(served[one.name], f"takes {one.name}")


def _message(failing: Sequence[Refused]) -> str:
    if any(one.lacking == "origin" for one in failing):
        return "every request that needs a preflight fails: the answer to OPTIONS allows no origin"
    methods = sorted((one.name for one in failing if one.lacking in ("method", "answer")), key=_rank)
    headers = ["JSON" if one.name == "content-type" else f"`{one.name}`" for one in failing if one.lacking == "header"]
    # A POST of a form needs no preflight, so it passes even here.
    what = [f"{listed(methods)} requests".replace("POST", "JSON POST")] if methods else []
    what += [f"requests with {listed(headers)}"] if headers else []
    if any(one.lacking == "answer" for one in failing):
        return f"{' and '.join(what)} fail: their answers allow no origin"
    return f"{' and '.join(what)} fail: browsers ask with OPTIONS first, and the answer does not allow them"


def _labels(policy: Policy, failing: Sequence[Refused], presumed: bool) -> Iterator[Label]:
    here = policy.preflight.span or policy.span
    if any(one.lacking == "origin" for one in failing):
        yield Label(here, policy.preflight.reason or "answers without Access-Control-Allow-Origin", primary=True)
        if policy.origins.span and not policy.origins.span.touches(here):
            yield Label(policy.origins.span, "is sent with other answers only")
        return
    if presumed:
        yield Label(policy.span, f"says nothing of {policy.methods.name} and {policy.headers.name}", primary=True)
        return
    primary = True
    for setting, kinds in ((policy.methods, ("method", "answer")), (policy.headers, ("header",))):
        lacking = sorted((one.name for one in failing if one.lacking in kinds), key=_rank)
        if lacking:
            misread = set(lacking) & {name.lower() if kinds == ("header",) else name for name in names(setting)}
            if setting is policy.methods and setting.given == "default" and names(setting):
                fact = f"without {setting.name} only {listed(names(setting))} is allowed"
            elif "*" in names(setting):
                fact = f"`*` does not stand for {listed(lacking)} here"
            elif misread:
                fact = f"names {listed(lacking)}, but not so that it works"
            else:
                fact = f"leaves out {listed(lacking)}"
            span = setting.span if setting.given != "default" else None
            yield Label(span or here, fact, primary=primary)
            primary = False


def _help(policy: Policy, failing: Sequence[Refused]) -> str:
    if any(one.lacking in ("origin", "answer") for one in failing):
        return "send the same Access-Control headers with the answer to OPTIONS as with every other answer"
    deeds = []
    if methods := [one.name for one in failing if one.lacking == "method"]:
        every = {name.upper() for name in (*names(policy.methods), *methods)} - {"*"}
        deeds.append(list_names(policy, policy.methods, sorted(every, key=_rank)))
    if headers := [one.name for one in failing if one.lacking == "header"]:
        known = [name for name in names(policy.headers) if name != "*" and name.lower() not in headers]
        deeds.append(list_names(policy, policy.headers, [*known, *(name.title() for name in headers)]))
    return f"allow them: {' and '.join(deeds)}"


def _rank(name: str) -> tuple[int, str]:
    """The usual methods in their usual order, whatever else behind them."""
    usual = ("GET", "HEAD", "POST", *OTHER_METHODS)
    return (usual.index(name) if name in usual else len(usual), name)
