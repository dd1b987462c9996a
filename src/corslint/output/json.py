"""`--format json`: the report for programs. Version 1; what is added later does not change what is here.

The document
    `version` (1); `tool` {name, version}; `policies`; `findings`; `unread`; `faults`; `summary`.
A place
    `path` is relative to the working directory, with forward slashes. `line`, `column`, `end_line`, `end_column` are
    1-based, the end not included. Columns, `offset` and `end_offset` (0-based, from the start of the file) count code
    points, after the file was decoded and a byte order mark dropped.
`findings[]`: everything found, also what was ignored
    `rule`, `group` (security, correctness, hygiene), `impact` (exploitable: strangers get what only the visitor may
    see; open: everybody gets what anybody may see; broken: browsers refuse what was meant to work; hygiene: neither),
    `severity` (high, medium, low, info), `confidence` (high, medium, low), `persona` (regular, pedantic, auditor),
    `message`, `help`; `policy` (an `id` of `policies`, or null), `server`,
    `environment` (both null without a policy); `location` (a place with offsets); `labels[]` (a place each,
    with `text` and `primary`, and where a value stands elsewhere `role`: `value` is where, `use` the setting that takes
    it, `step` a place between the two, in order from the setting on); `conditions[]` (texts; empty: always);
    `also[]` (lesser rules with the same cause); `proof` (or null); `fix` (or null: {safe, edits[]: a place with offsets
    and `replacement`}); `status` (reported, ignored, baselined), `reason` (why it is ignored, or null); `fingerprint`.
`findings[].proof`
    `request` {origin, url, method, headers[] {name, value}, credentials (true: cookies are sent along)};
    `preflight` (null where the browser sends none) and `status` with `response`: what the server answers. Headers of
    answers are an object with lower-case names; a header sent several times is joined by `, ` as browsers do it.
    `verdict` {allowed (null: undetermined), error (Chromium's name, or null)}.
`policies[]`
    `id`, `server`, `product`, `version` and `version_reason` (null where nothing tells: the newest), `name`, a place,
    `scope` (empty: the whole site), `environment`, `environment_reason`, `conditions[]`, `preflight` {answered_by,
    status, reason}, `settings`.
`policies[].settings`
    `origins`, `credentials`, `methods`, `headers`, `exposed`, `max_age`, `vary`, `private_network`, `errors`; each has
    `name` as the product spells it; `given` (explicit, default, inherited); `location` (a place, or null); `state`:
    `known` has `value` and `override` (the environment variable that replaces it, or null); `depends` has
    `alternatives[]` with `conditions[]`, `environment` and either form; `unknown` has `reason` and, where what decides
    has a place, `decided_at` (a place). `trail[]`, where a value stands elsewhere: the steps from the setting to it, a
    place each with `text`.
    The value of `origins` is a list of {kind: any, reflected, exact, pattern, null, undecided}; `exact` has `text` and
    `ignore_case`, `pattern` also `dialect`, `match` and `negated`, `undecided` has `reason` and, where it has a
    place, `decided_at`.
`unread[]`
    `path`, `line` (or null), `reason`.
`faults[]`: errors of corslint itself
    `where`, `error`.
`summary`
    `files`, `policies`, `findings`, `ignored`, `baselined`, `unread`, `faults`: numbers; `severities`: the number of
    reported findings of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from corslint._version import __version__
from corslint.browser import Request, Response
from corslint.finding import Edit, Finding, Label, Proof, Report, Severity
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.output import Options
from corslint.policy import Policy, Setting
from corslint.provenance import noun
from corslint.source import Span
from corslint.values import Known, OneOf, Place, Unknown
from corslint.wording import texts

Object: TypeAlias = dict[str, Any]
TOOL = {"name": "corslint", "version": __version__}
SETTINGS = {
    "origins": "origins",
    "credentials": "credentials",
    "methods": "methods",
    "headers": "headers",
    "exposed": "exposed",
    "max_age": "max_age",
    "vary": "vary",
    "private_network": "private_network",
    "errors": "on_errors",
}
"""The settings of a policy: the name in the document, and the field it comes from."""


def render(report: Report, options: Options) -> Iterator[str]:
    """The document, indented."""
    return dumped(document(report))


def dumped(value: Object) -> Iterator[str]:
    """The lines of a document. Pure ASCII, so that neither a pipe's encoding nor a file name can break it."""
    yield from json.dumps(value, indent=2).split("\n")


def document(report: Report) -> Object:
    """The whole report."""
    found = inventory(report)
    found["findings"] = [finding(one) for one in (*report.findings, *report.ignored, *report.baselined)]
    found["faults"] = [{"where": crash.where, "error": crash.error} for crash in report.crashes]
    found["summary"] |= {
        "findings": len(report.findings),
        "ignored": len(report.ignored),
        "baselined": len(report.baselined),
        "faults": len(report.crashes),
        "severities": {
            str(severity): sum(one.severity is severity for one in report.findings) for severity in reversed(Severity)
        },
    }
    order = ("version", "tool", "policies", "findings", "unread", "faults", "summary")
    return {name: found[name] for name in order}


def inventory(report: Report) -> Object:
    """What was read, without judgement."""
    return {
        "version": 1,
        "tool": TOOL,
        "policies": [policy(one) for one in report.policies],
        "unread": unread(report),
        "summary": {"files": report.files, "policies": len(report.policies), "unread": len(set(report.unread))},
    }


def unread(report: Report) -> list[Object]:
    """What could not be read."""
    return [
        {"path": one.path, "line": None if one.span is None else one.span.line, "reason": one.reason}
        for one in dict.fromkeys(report.unread)
    ]


def place(span: Span) -> Object:
    """A place, without offsets."""
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _exact_place(span: Span) -> Object:
    return {**place(span), "offset": span.start, "end_offset": span.end}


def finding(one: Finding) -> Object:
    """One finding."""
    return {
        "rule": one.rule,
        "group": one.group,
        "impact": one.impact,
        "severity": str(one.severity),
        "confidence": str(one.confidence),
        "persona": one.persona,
        "message": one.message,
        "help": one.help,
        "policy": one.policy and one.policy.id,
        "server": one.policy and one.policy.server,
        "environment": one.policy and one.policy.environment.kind,
        "location": _exact_place(one.primary.span),
        "labels": list(map(_label, one.labels)),
        "conditions": list(texts(one.conditions)),
        "also": list(one.also),
        "proof": one.proof and proof(one.proof),
        "fix": _fix(one.edits),
        "status": one.status,
        "reason": one.reason,
        "fingerprint": one.fingerprint,
    }


def _label(one: Label) -> Object:
    role = {} if one.role == "fact" else {"role": one.role}
    return {**place(one.span), "text": one.text, "primary": one.primary, **role}


def _fix(edits: Sequence[Edit]) -> Object | None:
    if not edits:
        return None
    return {
        "safe": all(edit.safe for edit in edits),
        "edits": [{**_exact_place(edit.span), "replacement": edit.replacement} for edit in edits],
    }


def request(one: Request) -> Object:
    """What a script asks for."""
    return {
        "origin": one.origin,
        "url": one.url,
        "method": one.method,
        "headers": [{"name": name, "value": value} for name, value in one.headers],
        "credentials": one.credentials == "include",
    }


def proof(one: Proof) -> Object:
    """The request, the answers and the verdict."""
    return {
        "request": request(one.request),
        "preflight": one.preflight and {"status": one.preflight.status, "headers": _headers(one.preflight)},
        "status": one.response.status,
        "response": _headers(one.response),
        "verdict": {"allowed": one.verdict.allowed, "error": one.verdict.error},
    }


def _headers(response: Response) -> dict[str, str]:
    names = dict.fromkeys(name.lower() for name, _ in response.headers)
    return {name: ", ".join(response.values(name)) for name in names}


def policy(one: Policy) -> Object:
    """One policy, with all its settings."""
    return {
        "id": one.id,
        "server": one.server,
        "product": one.product,
        "version": one.version,
        "version_reason": one.version_reason or None,
        "name": one.name,
        **place(one.span),
        "scope": one.scope.text,
        "environment": one.environment.kind,
        "environment_reason": one.environment.reason,
        "conditions": list(texts(one.conditions)),
        "preflight": {
            "answered_by": one.preflight.answered_by,
            "status": one.preflight.status,
            "reason": one.preflight.reason,
        },
        "settings": {name: _setting(getattr(one, attribute)) for name, attribute in SETTINGS.items()},
    }


def _setting(one: Setting[object]) -> Object:
    value = one.value
    told: Object = {"name": one.name, "given": one.given, "location": one.span and place(one.span)}
    if isinstance(value, OneOf):
        alternatives = [
            {
                "conditions": list(texts(alternative.conditions)),
                "environment": alternative.environment,
                **_value(alternative.value),
            }
            for alternative in value.alternatives
        ]
        return {**told, "state": "depends", "alternatives": alternatives}
    return {**told, **_value(value)}


def _value(value: Known[object] | Unknown) -> Object:
    trail = {"trail": list(map(_step, value.trail))} if value.trail else {}
    if isinstance(value, Unknown):
        decided = {} if value.span is None else {"decided_at": place(value.span)}
        return {"state": "unknown", "reason": value.reason, **decided, **trail}
    return {"state": "known", "value": _plain(value.value), "override": value.override, **trail}


def _step(one: Place) -> Object:
    return {**place(one.span), "text": noun(one)}


def _plain(value: object) -> object:
    if isinstance(value, Origins):
        return [_entry(entry) for entry in value.entries]
    if isinstance(value, tuple):
        return list(value)
    return value


def _entry(entry: Entry) -> Object:
    match entry:
        case AnyOrigin():
            return {"kind": "any"}
        case Reflected():
            return {"kind": "reflected"}
        case Null():
            return {"kind": "null"}
        case Exact():
            return {"kind": "exact", "text": entry.text, "ignore_case": entry.ignore_case}
        case Pattern():
            return {
                "kind": "pattern",
                "text": entry.text,
                "dialect": entry.dialect,
                "match": entry.match,
                "ignore_case": entry.ignore_case,
                "negated": entry.negated,
            }
        case Undecided():
            decided = {} if entry.span is None else {"decided_at": place(entry.span)}
            return {"kind": "undecided", "reason": entry.reason, **decided}
