"""Which of the policies makes a browser say what it said: their models are asked for exactly that refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from corslint.blame.hits import Hit, what_to_change, where
from corslint.blame.tries import ABOUT_ORIGINS, ERROR_STATUSES, Try, origins, tries, url_for
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.browser.exchange import origin_of
from corslint.console import Complaint, host_of
from corslint.failures import folded
from corslint.finding import Crash, Finding, Label, Proof, Report
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.provenance import conditions_of, decided
from corslint.questions import ask, prove
from corslint.remedies import Change
from corslint.wording import facts

Certainty: TypeAlias = Literal["exact", "possible"]

MAX_VARIANTS = 4
MAX_POLICIES = 500
"""How many variants of a policy, and how many policies, are asked."""


@dataclass(frozen=True, slots=True)
class Blame:
    """A policy that makes a browser say what it said."""

    policy: Policy
    certainty: Certainty
    """`exact`: it does so for the very request, and `possible`: it does so when all of `when` holds."""
    label: Label
    """The place to change and the fact there."""
    changes: tuple[Change, ...] = ()
    when: tuple[str, ...] = ()
    proof: Proof | None = None
    rule: str | None = None
    """The rule that has a finding about this, if any."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What came of asking all policies."""

    blamed: tuple[Blame, ...] = ()
    """The likeliest first."""
    admitting: tuple[Policy, ...] = ()
    """Those that would let the request through."""
    undecided: tuple[tuple[Policy, str], ...] = ()
    """Those of which only the running program knows, with what decides it."""
    outside: tuple[Policy, ...] = ()
    """Those that would let the request through, but do not speak for its path, so that it gets no headers."""
    not_asked: int = 0
    """How many policies past MAX_POLICIES were left out."""
    crashes: tuple[Crash, ...] = ()
    """The faults of models, which the inquiry survived."""


def inquire(report: Report, complaint: Complaint) -> Inquiry:
    """Ask every policy of the report whether it explains the complaint."""
    if complaint.failure is None or not complaint.failure.is_by_the_answer:
        return Inquiry()
    url = complaint.url
    path = urlsplit(url).path or "/" if url is not None and origin_of(url) is not None else None
    covering = [policy for policy in report.policies if path is None or policy.covers(path)]
    near = covering[:MAX_POLICIES]
    found = _asked(near, complaint, report)
    if not (found.blamed or found.admitting or found.undecided) and path is not None:
        elsewhere = [policy for policy in report.policies[:MAX_POLICIES] if policy not in near]
        note = f"a proxy hands {path} on to it under another path"
        far = _asked(elsewhere, replace(complaint, url=None), report)
        found = Inquiry(
            tuple(
                replace(one, certainty="possible", when=(note, *one.when))
                for one in far.blamed
                if one.certainty == "exact"
            ),
            outside=far.admitting if "MissingAllowOriginHeader" in _causes(complaint) else (),
            crashes=(*found.crashes, *far.crashes),
        )
    host = host_of(url)

    def unlikeliness(one: Blame) -> tuple[bool, bool, bool, int]:
        named = bool(host) and host in (one.policy.name + one.policy.scope.text)
        return one.certainty != "exact", not named, one.rule is None, len(one.when)

    return replace(found, blamed=tuple(sorted(found.blamed, key=unlikeliness)), not_asked=len(covering) - len(near))


def _causes(complaint: Complaint) -> set[str]:
    return {name.removeprefix("Preflight") for name in complaint.causes}


def _asked(policies: Sequence[Policy], complaint: Complaint, report: Report) -> Inquiry:
    blamed: list[Blame] = []
    admitting: list[Policy] = []
    undecided: list[tuple[Policy, str]] = []
    crashes: list[Crash] = []
    for policy in policies:
        try:
            outcome = _judged(policy, complaint, report)
        except Exception as error:
            crashes.append(Crash.of(f"blaming {policy.id}", error))
            continue
        if isinstance(outcome, Blame):
            blamed.append(outcome)
        elif isinstance(outcome, str):
            undecided.append((policy, outcome))
        elif outcome:
            admitting.append(policy)
    guilty = {one.policy.id for one in blamed}
    seen = [policy.id for policy in policies]
    _, beyond = _failure_rules(complaint)
    for finding in report.each():
        about = finding.policy
        if about is not None and finding.rule in beyond and about.id in seen and about.id not in guilty:
            guilty.add(about.id)
            blamed.append(_of_finding(finding, about))
    blamed += _layers(policies, complaint, guilty)
    names = {one.policy.id for one in blamed}
    return Inquiry(
        tuple(blamed),
        tuple(policy for policy in admitting if policy.id not in names),
        tuple((policy, why) for policy, why in undecided if policy.id not in names),
        crashes=tuple(crashes),
    )


def _judged(policy: Policy, complaint: Complaint, report: Report) -> Blame | str | bool:
    """The blame; or what decides whether there is any; or whether the policy lets the request through."""
    likely: list[Hit] = []
    exact: list[Hit] = []
    reason, admitted, variants = "", False, 0
    for variant in islice(policy.variants(), MAX_VARIANTS):
        variants += 1
        tried = tries(variant, complaint)
        answers = _answers(variant, [one for one in tried if not one.aside], complaint)
        if not answers.hits and answers.undecided is None:
            admitted = admitted or answers.admitted
            # Errors are to blame only where other answers are all right.
            rest = [one for one in tried if one.aside and (answers.admitted or one.status not in ERROR_STATUSES)]
            rest.sort(key=lambda one: one.status in ERROR_STATUSES)
            answers = _answers(variant, rest, complaint)
        if answers.hits:
            (exact if answers.all_hit else likely).append(_together(answers.hits))
        else:
            reason = reason or answers.undecided or ""
    if not exact and not likely:
        return reason or admitted
    hit = (exact or likely)[0]
    when = list(() if exact else hit.attempt.assumed)
    conditions = conditions_of(hit.variant)
    if len(exact or likely) == variants:
        conditions = tuple(one for one in conditions if one in policy.conditions or one not in hit.variant.conditions)
    when += facts(conditions)
    return _blame(policy, hit, complaint, "exact" if exact else "possible", tuple(when), report)


def _together(hits: Sequence[Hit]) -> Hit:
    """The first hit, with the other requests that would have had the same effect among what is assumed."""
    first = hits[0]
    if not first.attempt.assumed:
        return first
    *others, last = first.attempt.assumed
    for lead in ("the request is ", "the application answers with "):
        if last.startswith(lead):
            alike = [one.attempt.assumed for one in hits if one.attempt.assumed[:-1] == tuple(others)]
            ends = dict.fromkeys(one[-1].removeprefix(lead) for one in alike if one and one[-1].startswith(lead))
            assumed = (*others, lead + ", or ".join(ends))
            return replace(first, attempt=replace(first.attempt, assumed=assumed))
    return first


@dataclass(frozen=True, slots=True)
class _Answers:
    """What came of some tries."""

    hits: tuple[Hit, ...]
    """Those with the refusal that was printed."""
    undecided: str | None
    """What decides those that cannot be told."""
    admitted: bool
    """Whether all of the others get through."""
    all_hit: bool
    """Whether it takes no assumption beyond the text."""


def _answers(policy: Policy, tries: Sequence[Try], complaint: Complaint) -> _Answers:
    found: list[Hit] = []
    undecided: str | None = None
    admitted = True
    for attempt in tries:
        try:
            proof = prove(policy, attempt.request, attempt.status)
        except UndecidedError as error:
            undecided = undecided or decided(policy, str(error)) or "it is decided at run time"
            continue
        if _is_same_refusal(proof, complaint):
            found.append(Hit(attempt, policy, proof))
        else:
            admitted = admitted and proof.verdict.allowed is True
    all_hit = bool(found) and len(found) == len(tries) and not any(one.aside for one in tries)
    return _Answers(tuple(found), undecided, admitted, all_hit)


def _is_same_refusal(proof: Proof, complaint: Complaint) -> bool:
    verdict = proof.verdict
    if verdict.allowed is not False or verdict.error is None or complaint.failure is None:
        return False
    same = verdict.error in complaint.causes
    if complaint.browser == "firefox" and verdict.firefox_error is not None:
        names = [folded(name) for name in complaint.failure.names]
        at_preflight = complaint.preflight == ("Preflight" in verdict.error)
        same = same or (folded(verdict.firefox_error) in names and at_preflight and complaint.value is None)
    if not same:
        return False
    if complaint.value is None:
        return True
    answer = proof.preflight if complaint.preflight and proof.preflight is not None else proof.response
    about_origin = any(
        name.removeprefix("Preflight") in (*ABOUT_ORIGINS, "MultipleAllowOriginValues") for name in complaint.causes
    )
    if not about_origin:
        return True
    return re.sub(r"\s+", " ", combined(answer, "Access-Control-Allow-Origin") or "").strip() == complaint.value.strip()


def _failure_rules(complaint: Complaint) -> tuple[tuple[str, ...], tuple[str, ...]]:
    assert complaint.failure is not None
    return complaint.failure.rules, complaint.failure.beyond


def _of_finding(finding: Finding, policy: Policy) -> Blame:
    """The blame that a finding tells of, where the answers of the policy alone do not show it."""
    return Blame(policy, "possible", finding.primary, (Change(finding.help, finding.primary.span),), rule=finding.rule)


def _layers(policies: Sequence[Policy], complaint: Complaint, guilty: set[str]) -> Iterator[Blame]:
    """Policies of different products that each name an origin, which together makes several."""
    assert complaint.failure is not None
    if complaint.failure.cause != "MultipleAllowOriginValues":
        return
    values = [one.strip() for one in complaint.value.split(",")] if complaint.value else []
    senders: list[tuple[Policy, Proof]] = []
    for policy in policies:
        if policy.id in guilty:
            continue
        for origin, _ in origins(policy, complaint):
            proof = ask(next(policy.variants(), policy), Request(origin, url_for(policy, origin, complaint)))
            value = proof and combined(proof.response, "Access-Control-Allow-Origin")
            if proof is not None and value is not None and (not values or value in values):
                senders.append((policy, proof))
                break
    servers = {policy.server for policy, _ in senders}
    if len(servers) < 2:
        return
    for policy, proof in senders:
        others = ", ".join(sorted({one.product for one, _ in senders if one.server != policy.server}))
        label = Label(policy.origins.span or policy.span, "this names an origin in each answer", primary=True)
        change = Change(f"let either {policy.product} or {others} send the headers, not both", label.span)
        yield Blame(policy, "possible", label, (change,), (f"the same request passes {others} too",), proof)


def _blame(
    policy: Policy, hit: Hit, complaint: Complaint, certainty: Certainty, when: tuple[str, ...], report: Report
) -> Blame:
    changes = what_to_change(hit)
    label = where(hit, changes)
    return Blame(policy, certainty, label, changes, when, hit.proof, _rule(policy, label, hit, complaint, report))


def _rule(policy: Policy, label: Label, hit: Hit, complaint: Complaint, report: Report) -> str | None:
    """The rule that has a finding about this very place, if any."""
    at_error = hit.proof.response.status >= 400
    for finding in report.each():
        if finding.policy is None or finding.policy.id != policy.id or not finding.primary.span.touches(label.span):
            continue
        if finding.rule == "headers-missing-on-errors" and not at_error:
            continue
        if finding.rule in (*_failure_rules(complaint)[0], *_failure_rules(complaint)[1]):
            return finding.rule
    return None
