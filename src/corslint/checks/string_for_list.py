"""A text where the product expects a list, so that it reads something else than what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from corslint import facts
from corslint.advice import list_names
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.candidates import candidates
from corslint.domains import registrable_parts
from corslint.finding import Confidence, Problem, Proof, Severity
from corslint.origins import Origins, Pattern, parse_origin
from corslint.policy import Fact, Policy, Setting
from corslint.preflights import MAX_NAMES, guest, refused, what_fails
from corslint.questions import STRANGERS, anyone, ask, entering
from corslint.rule import rule
from corslint.values import Known

_MAX_PARTS = 300
"""How many beginnings of one origin are tried."""


@rule("string-for-list")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by what the text lets in that was not meant, or locks out that was; what does as it says is fine."""
    if policy.environment.kind == "test":
        return
    for fact in facts.of_kind(policy, "string-for-list"):
        if fact.text:
            # Known without a question: the text is not there yet, or the program does not start with it.
            severity = Severity.MEDIUM if fact.severity is None else fact.severity
            # An example says what is meant, and not what runs.
            surely = Confidence.LOW if policy.environment.kind == "documentation" else Confidence.MEDIUM
            yield Problem(fact.text, fact.labels, fact.help, None, severity, surely, regardless=True)
        elif fact.setting in (policy.methods.name, policy.headers.name, policy.exposed.name):
            yield from _of_names(policy, fact)
        else:
            yield from _of_origins(policy, fact)


def _of_origins(policy: Policy, fact: Fact) -> Iterator[Problem]:
    place = fact.labels[0].span
    own = tuple(entry for entry in policy.entries() if entry.span == place)
    if not own:
        return  # another setting lets everyone in, so that this one is not read
    alone = replace(policy, origins=replace(policy.origins, value=Known(Origins(own))))
    named = facts.names_in(fact)
    help_ = _write_a_list(policy, policy.origins, fact, named)

    def problem(message: str, proof: Proof, severity: Severity) -> Problem:
        return Problem(message, fact.labels, help_, proof, severity, explains=True)

    if proof := anyone(alone, "include"):
        yield problem(f"any website can {policy.opens} with the visitor's cookies", proof, Severity.HIGH)
    elif proof := anyone(alone):
        yield problem("every website can read the answers", proof, Severity.MEDIUM)
    elif proof := entering(alone, "null", "include") or entering(alone, "null"):
        with_credentials = proof.request.credentials == "include"
        what = "answers made for the visitor" if with_credentials else "the answers"
        out = _locked_out(alone, fact.given, named)
        beside = f", and {out.request.origin} cannot" if out else ""
        severity = Severity.HIGH if with_credentials else Severity.MEDIUM
        yield problem(f"any website can read {what} through a sandboxed frame{beside}", proof, severity)
    elif found := _stranger(alone, fact.given):
        stranger, certain = found
        severity = Severity.HIGH if certain else Severity.MEDIUM
        if _is_local(stranger.request.origin) and not _is_default(policy):
            severity = Severity.LOW
        yield problem(f"{stranger.request.origin}, which is not listed, can read the answers", stranger, severity)
    elif proof := _locked_out(alone, fact.given, named):
        yield problem(f"{proof.request.origin} stays locked out", proof, Severity.MEDIUM)
    elif (proof := ask(alone, Request(STRANGERS[0], policy.url))) and proof.response.status == 500:
        yield problem("requests fail", proof, Severity.MEDIUM)


def _stranger(policy: Policy, text: str) -> tuple[Proof, bool] | None:
    """The proof that an origin gets in which is only a part of one that is listed.

    And whether anybody can make it theirs: then its host ends as registered domains do.
    """
    listed = sorted(dict.fromkeys(re.findall(r"https?://[^\s,;\"'\[\]()/]+", text)), key=_is_local)
    for certain in (True, False):
        for origin in islice(listed, MAX_NAMES):
            for part in registrable_parts(origin) if certain else _parts(origin):
                if part not in listed and (proof := entering(policy, part)):
                    return proof, certain
    return None


def _parts(origin: str) -> Iterator[str]:
    """The beginnings of an origin that are origins too, the longest first, and those without a port before all."""
    found = [origin[:end] for end in range(len(origin) - 1, len("http://"), -1) if origin[end - 1] != "."]
    found = [part for part in found if parse_origin(part)]
    yield from sorted(found[:_MAX_PARTS], key=lambda part: part.count(":"))


def _is_local(origin: str) -> bool:
    parsed = parse_origin(origin)
    return parsed is not None and parsed.is_local


def _is_default(policy: Policy) -> bool:
    """Whether a variable can put other origins in the place of these."""
    return isinstance(policy.origins.value, Known) and policy.origins.value.override is not None


def _locked_out(policy: Policy, text: str, named: Sequence[str]) -> Proof | None:
    """The proof that none of the origins gets in that the text speaks of."""
    origins = [name for name in named if parse_origin(name)]
    origins = origins or list(candidates(Pattern(text, "python", "match")))
    proofs = [ask(policy, Request(origin, policy.url)) for origin in origins]
    if not proofs or any(proof is None or proof.verdict.allowed is not False for proof in proofs):
        return None
    return proofs[0]


def _of_names(policy: Policy, fact: Fact) -> Iterator[Problem]:
    named = facts.names_in(fact)
    for setting, kind in ((policy.methods, "method"), (policy.headers, "header")):
        if fact.setting != setting.name:
            continue
        known = {name if kind == "method" else name.lower() for name in named}
        failing = [one for one in refused(policy) if one.lacking == kind and one.name in known]
        if failing:
            message = f"{what_fails(failing)} fail: the answer to OPTIONS does not name them"
            help_ = _write_a_list(policy, setting, fact, named)
            yield Problem(message, fact.labels, help_, failing[0].proof, Severity.MEDIUM)
    if fact.setting == policy.exposed.name and (visitor := guest(policy)):
        proof = ask(visitor[0], Request(visitor[1], policy.url))
        exposed = (combined(proof.response, "Access-Control-Expose-Headers") or "") if proof else "*"
        readable = {name.strip().lower() for name in exposed.split(",")}
        hidden = [name for name in named if name.lower() not in readable and "*" not in readable]
        if proof and proof.verdict.allowed and hidden:
            help_ = _write_a_list(policy, policy.exposed, fact, named)
            yield Problem(f"pages cannot read `{hidden[0]}`", fact.labels, help_, proof, Severity.MEDIUM)


def _write_a_list(policy: Policy, setting: Setting[Any], fact: Fact, named: Sequence[str]) -> str:
    return fact.help or f"write a list: {list_names(policy, setting, named)}"
