"""Which of the policies makes a browser say what it said: their models are asked for exactly that refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from corslint.browser import CredentialsMode, Request, is_same_origin
from corslint.browser.safelist import SIMPLE_METHODS, why_not_sendable
from corslint.candidates import candidates
from corslint.console import Complaint, host_of
from corslint.failures import folded
from corslint.finding import Crash, Finding, Label, Proof, Report
from corslint.misspelling import misspelling
from corslint.origins import Exact, Origins
from corslint.policy import Policy
from corslint.questions import ask, sent
from corslint.remedies import Change, smallest
from corslint.source import Span
from corslint.values import Known, Unknown

Certainty: TypeAlias = Literal["exact", "possible"]

ERROR_STATUSES = (401, 404, 500)
"""What an application answers when something is wrong, where the text does not tell the status."""
GUEST = "http://localhost:3000"
"""The origin of a page where neither the text nor the policy names one."""
MAX_ORIGINS = 3
MAX_VARIANTS = 4
MAX_POLICIES = 500
"""How many origins, variants and policies are tried."""

_WITH_COOKIES = ("WildcardOriginNotAllowed", "InvalidAllowCredentials")
_ABOUT_ORIGINS = ("MissingAllowOriginHeader", "AllowOriginMismatch", "InvalidAllowOriginValue")
_SHAPES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("POST", (("content-type", "application/json"),)),
    ("GET", (("authorization", "1"),)),
    ("PUT", ()),
    ("DELETE", ()),
    ("PATCH", ()),
)
"""The requests that a preflight goes ahead of, as front ends send them; a text seldom says which it was."""


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
    not_asked: int = 0
    """How many policies past MAX_POLICIES were left out."""
    crashes: tuple[Crash, ...] = ()
    """The faults of models, which the inquiry survived."""


@dataclass(frozen=True, slots=True)
class _Try:
    request: Request
    status: int = 200
    assumed: tuple[str, ...] = ()
    """What has to be so for this to be the request, where the text does not tell."""
    aside: bool = False
    """Whether it is tried only where the others give nothing."""


@dataclass(frozen=True, slots=True)
class _Hit:
    attempt: _Try
    variant: Policy
    proof: Proof


def inquire(report: Report, complaint: Complaint) -> Inquiry:
    """Ask every policy of the report whether it explains the complaint."""
    if complaint.failure is None or not complaint.failure.is_by_the_answer:
        return Inquiry()
    url = complaint.url
    path = urlsplit(url).path or "/" if url is not None and _is_web(url) else None
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
            crashes=(*found.crashes, *far.crashes),
        )
    host = host_of(url)

    def unlikeliness(one: Blame) -> tuple[bool, bool, bool, int]:
        named = bool(host) and host in (one.policy.name + one.policy.scope.text)
        return one.certainty != "exact", not named, one.rule is None, len(one.when)

    return replace(found, blamed=tuple(sorted(found.blamed, key=unlikeliness)), not_asked=len(covering) - len(near))


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
    for finding in (*report.findings, *report.ignored):
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
    likely: list[_Hit] = []
    exact: list[_Hit] = []
    reason, admitted, variants = "", False, 0
    for variant in islice(policy.variants(), MAX_VARIANTS):
        variants += 1
        tries = _tries(variant, complaint)
        answers = _answers(variant, [one for one in tries if not one.aside], complaint)
        if not answers.hits and answers.undecided is None:
            admitted = admitted or answers.admitted
            # Errors are to blame only where other answers are all right.
            rest = [one for one in tries if one.aside and (answers.admitted or one.status not in ERROR_STATUSES)]
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
    if len(exact or likely) < variants:
        when += [f"{one.subject} {one.state}" for one in hit.variant.conditions]
    return _blame(policy, hit, complaint, "exact" if exact else "possible", tuple(when), report)


def _together(hits: Sequence[_Hit]) -> _Hit:
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

    hits: tuple[_Hit, ...]
    """Those with the refusal that was printed."""
    undecided: str | None
    """What decides those that cannot be told."""
    admitted: bool
    """Whether all of the others get through."""
    all_hit: bool
    """Whether it takes no assumption beyond the text."""


def _answers(policy: Policy, tries: Sequence[_Try], complaint: Complaint) -> _Answers:
    found: list[_Hit] = []
    undecided: str | None = None
    admitted = True
    for attempt in tries:
        proof = ask(policy, attempt.request, attempt.status)
        if proof is None:
            undecided = undecided or _what_decides(policy)
        elif _is_same_refusal(proof, complaint):
            found.append(_Hit(attempt, policy, proof))
        else:
            admitted = admitted and proof.verdict.allowed is True
    all_hit = bool(found) and len(found) == len(tries) and not any(one.aside for one in tries)
    return _Answers(tuple(found), undecided, admitted, all_hit)


def _what_decides(policy: Policy) -> str:
    reasons = [one.value.reason for one in policy.settings() if isinstance(one.value, Unknown)]
    return reasons[0] if reasons else "it is decided at run time"


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
        name.removeprefix("Preflight") in (*_ABOUT_ORIGINS, "MultipleAllowOriginValues") for name in complaint.causes
    )
    if not about_origin:
        return True
    return re.sub(r"\s+", " ", sent(answer, "Access-Control-Allow-Origin") or "").strip() == complaint.value.strip()


def _tries(policy: Policy, complaint: Complaint) -> list[_Try]:
    """The requests that may have been behind the complaint."""
    assert complaint.failure is not None
    base = complaint.failure.cause
    modes: tuple[CredentialsMode, ...] = ("include",) if base in _WITH_COOKIES else ("omit", "include")
    tries = []
    for origin, from_whom in _origins(policy, complaint):
        for method, headers, which in _shapes(complaint):
            for mode in modes:
                cookies = ("the page asks with cookies",) if mode == "include" and len(modes) > 1 else ()
                request = Request(origin, _url(policy, origin, complaint), method, headers, mode)
                assumed = (*from_whom, *which, *cookies)
                status = complaint.status if complaint.status and not complaint.preflight else 200
                tries.append(_Try(request, status, assumed, aside=bool(cookies or from_whom)))
                if not complaint.preflight and complaint.status is None and base in _ABOUT_ORIGINS:
                    for error in ERROR_STATUSES:
                        told = (*assumed, f"the application answers with {error}")
                        tries.append(_Try(request, error, told, aside=True))
    return tries


def _origins(policy: Policy, complaint: Complaint) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The origins the page may have; first those that the policy means to let in."""
    if complaint.origin is not None:
        yield complaint.origin, ()
        return
    assert complaint.failure is not None
    meant: dict[str, None] = {}
    for entry in islice(policy.entries(), 2 * MAX_ORIGINS):
        if isinstance(entry, Exact) and (wrong := misspelling(entry.text)) and wrong.meant not in (None, "*"):
            meant.setdefault(str(wrong.meant))
        for scheme in ("https", "http"):
            meant |= dict.fromkeys(islice(candidates(entry, scheme), 1))
    yield from ((origin, ()) for origin in islice(meant, MAX_ORIGINS))
    if complaint.failure.cause in _ABOUT_ORIGINS:
        yield GUEST, (("the page comes from a website that is not listed",) if meant else ())
    elif not meant:
        yield GUEST, ()


def _shapes(complaint: Complaint) -> Iterator[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]]:
    """Method and headers, with what is assumed by them."""
    method = complaint.method if complaint.method and not why_not_sendable(complaint.method, ()) else None
    of_method = complaint.failure is not None and complaint.failure.cause == "MethodDisallowedByPreflightResponse"
    if complaint.header is not None:
        value = "application/json" if complaint.header == "content-type" else "1"
        # Any method is named before a header is: GET is always allowed, so that it shows the header.
        yield method or "GET", ((complaint.header, value),), ()
    elif not complaint.preflight:
        yield method if method in SIMPLE_METHODS and method else "GET", (), ()
    elif method is not None and method not in SIMPLE_METHODS:
        yield method, (), ()
    else:
        for one, headers in _SHAPES:
            if method in (None, one) and not (of_method and one in SIMPLE_METHODS):
                sends = f" with `{headers[0][0]}`" if headers else ""
                yield one, headers, (f"the request is a {one}{sends}",)


def _url(policy: Policy, origin: str, complaint: Complaint) -> str:
    url = complaint.url
    if url is None or not _is_web(url) or is_same_origin(Request(origin, url)):
        return policy.url
    return url


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


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
        for origin, _ in _origins(policy, complaint):
            proof = ask(next(policy.variants(), policy), Request(origin, _url(policy, origin, complaint)))
            value = proof and sent(proof.response, "Access-Control-Allow-Origin")
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
    policy: Policy, hit: _Hit, complaint: Complaint, certainty: Certainty, when: tuple[str, ...], report: Report
) -> Blame:
    changes = _changes(hit)
    label = _label(hit, changes)
    return Blame(policy, certainty, label, changes, when, hit.proof, _rule(policy, label, hit, complaint, report))


def _changes(hit: _Hit) -> tuple[Change, ...]:
    """What lets the request through: to correct the entry that was meant for it, else the smallest change there is."""
    request, status = hit.attempt.request, hit.attempt.status
    if request.origin == "null":  # nobody should be told to let `null` in
        return ()
    if (entry := _meant_for(hit.variant, request.origin)) and entry.span and entry.text in entry.span.text:
        others = tuple(Exact(request.origin) if one is entry else one for one in hit.variant.entries())
        corrected = replace(hit.variant, origins=replace(hit.variant.origins, value=Known(Origins(others))))
        after = ask(corrected, request, status)
        if after is not None and after.verdict.allowed:
            old = entry.span.text
            return (Change(f"{old.replace(entry.text, request.origin)} instead of {old}", entry.span),)
    remedy = smallest(hit.variant, request, status)
    return remedy.changes if remedy else ()


def _meant_for(policy: Policy, origin: str) -> Exact | None:
    """The entry that was meant to let an origin in, and cannot."""
    for entry in policy.entries():
        if isinstance(entry, Exact) and entry.text != origin:
            wrong = misspelling(entry.text)
            if wrong is not None and wrong.meant == origin:
                return entry
    return None


def _rule(policy: Policy, label: Label, hit: _Hit, complaint: Complaint, report: Report) -> str | None:
    """The rule that has a finding about this very place, if any."""
    at_error = hit.proof.response.status >= 400
    for finding in (*report.findings, *report.ignored):
        if finding.policy is None or finding.policy.id != policy.id or not finding.primary.span.touches(label.span):
            continue
        if finding.rule == "headers-missing-on-errors" and not at_error:
            continue
        if finding.rule in (*_failure_rules(complaint)[0], *_failure_rules(complaint)[1]):
            return finding.rule
    return None


def _label(hit: _Hit, changes: Sequence[Change]) -> Label:
    """The place to change, with the fact there."""
    policy, error = hit.variant, (hit.proof.verdict.error or "").removeprefix("Preflight")
    at: Span | None = changes[0].span if changes else None
    match error:
        case "MissingAllowOriginHeader" | "AllowOriginMismatch" | "InvalidAllowOriginValue":
            at, text = _at_origin(hit, at)
        case "WildcardOriginNotAllowed":
            at, text = at or policy.origins.span, "every website is told `*`, also one that asks with cookies"
        case "MultipleAllowOriginValues":
            at, text = at or policy.origins.span, "this names several origins in one answer"
        case "InvalidAllowCredentials":
            at, text = at or policy.credentials.span, "cookies are not allowed here"
        case "MethodDisallowedByPreflightResponse":
            at, text = at or policy.methods.span, f"{hit.attempt.request.method} is not allowed here"
        case "HeaderDisallowedByPreflightResponse":
            names = ", ".join(f"`{name}`" for name, _ in hit.attempt.request.headers)
            at, text = at or policy.headers.span, f"{names} is not allowed here"
        case "InvalidAllowMethodsPreflightResponse":
            at, text = policy.methods.span, "this is no list of names divided by commas"
        case "InvalidAllowHeadersPreflightResponse":
            at, text = policy.headers.span, "this is no list of names divided by commas"
        case _:
            at = at or policy.preflight.blocked_by or policy.preflight.span
            text = policy.preflight.reason or f"OPTIONS is answered with {_status(hit.proof)}"
    return Label(at or policy.span, text, primary=True)


def _status(proof: Proof) -> int:
    return (proof.preflight or proof.response).status


def _at_origin(hit: _Hit, at: Span | None) -> tuple[Span | None, str]:
    """The entry that was meant to let an origin in and cannot, else the setting that does not name it."""
    policy, origin = hit.variant, hit.attempt.request.origin
    if (entry := _meant_for(policy, origin)) and (wrong := misspelling(entry.text)):
        return entry.span or at, f"this never matches {origin}: {wrong.flaw}"
    plain = ask(policy, Request(origin, hit.attempt.request.url))
    if plain is not None and plain.verdict.allowed:
        if "Preflight" not in (hit.proof.verdict.error or ""):
            return at, "answers with an error status do not carry the headers"
        return at or policy.preflight.span, "OPTIONS is answered without the headers that other answers have"
    return at or policy.origins.span, f"this does not let {origin} in"
