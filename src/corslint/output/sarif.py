"""`--format sarif`: SARIF 2.1.0, as GitHub code scanning and other viewers read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, TypeAlias
from urllib.parse import quote

from corslint._version import __version__
from corslint.catalogue import RulePage
from corslint.finding import Confidence, Crash, Edit, Finding, Label, Report, Severity, Unread
from corslint.output import Options, proof
from corslint.output.json import dumped
from corslint.source import Span
from corslint.wording import texts

Object: TypeAlias = dict[str, Any]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
MAX_SNIPPET = 2000
"""Characters of a snippet; a longer region goes without one."""
INCOMPLETE = (3, 4)
"""The exit codes of a run that did not see everything, see the table of exit codes."""

_SECURITY_SEVERITY = {Severity.HIGH: "8.1", Severity.MEDIUM: "5.5", Severity.LOW: "3.1", Severity.INFO: "1.0"}
_PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def render(report: Report, options: Options) -> Iterator[str]:
    """The document, indented."""
    return dumped(document(report, options))


def document(report: Report, options: Options) -> Object:
    """The SARIF log of one run."""
    index = {page.slug: number for number, page in enumerate(options.pages)}
    findings = (*report.findings, *report.ignored, *report.baselined)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "corslint",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(page) for page in options.pages],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": options.exit_code not in INCOMPLETE,
                        "exitCode": options.exit_code,
                        "toolExecutionNotifications": [
                            *map(_unread, dict.fromkeys(report.unread)),
                            *map(_crash, report.crashes),
                        ],
                    }
                ],
                # No `uri`: it would be the absolute path of somebody's checkout, other on every machine.
                "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that corslint was started in."}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, index) for finding in findings],
            }
        ],
    }


def _rule(page: RulePage) -> Object:
    level = page.severity.level
    properties: Object = {
        "tags": [page.group, *([f"external/cwe/cwe-{page.cwe}"] if page.cwe is not None else [])],
        "precision": _PRECISION[page.confidence],
        "problem.severity": _PROBLEM_SEVERITY[level],
    }
    if page.group == "security":
        properties["security-severity"] = _SECURITY_SEVERITY[page.severity]
    return {
        "id": page.slug,
        "name": "".join(part.capitalize() for part in page.slug.split("-")),
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.section("Why it matters") or page.title},
        "help": {"text": page.body, "markdown": page.body},
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


def _result(finding: Finding, index: dict[str, int]) -> Object:
    others = [label for label in finding.labels if not label.primary]
    result: Object = {
        "ruleId": finding.rule,
        "level": finding.severity.level,
        "message": {"text": f"{_text(finding.message)}. {_text(finding.help)}."},
        "locations": [{"physicalLocation": _physical(finding.primary.span)}],
        "properties": _properties(finding),
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if others:
        result["relatedLocations"] = [_related(number, label) for number, label in enumerate(others)]
    if finding.way:
        result["codeFlows"] = [_flow(finding.way)]
    if finding.fingerprint:
        result["partialFingerprints"] = {
            "corslint/v1": finding.fingerprint,
            # GitHub goes by this one, and would make it of the line itself, so that any edit there reopens the alert.
            "primaryLocationLineHash": f"{finding.fingerprint.removeprefix('v1:')}:1",
        }
    if finding.edits:
        result["fixes"] = [_fix(finding.edits)]
    if finding.status != "reported":
        suppression = {"kind": "inSource" if finding.status == "ignored" else "external", "status": "accepted"}
        if finding.reason:
            suppression["justification"] = _text(finding.reason)
        result["suppressions"] = [suppression]
    return result


def _properties(finding: Finding) -> Object:
    told: Object = {
        "tags": [finding.impact],
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
    }
    if finding.policy is not None:
        told |= {"policy": _text(finding.policy.id), "environment": finding.policy.environment.kind}
    if finding.conditions:
        told["conditions"] = list(map(_text, texts(finding.conditions)))
    if finding.proof is not None:
        told["proof"] = _text(proof.line(finding.proof))
    if finding.also:
        told["also"] = list(finding.also)
    return told


def _related(number: int, label: Label) -> Object:
    return {"id": number, **_at(label)}


def _at(label: Label) -> Object:
    location: Object = {"physicalLocation": _physical(label.span)}
    if label.text:
        location["message"] = {"text": _text(label.text)}
    return location


def _flow(way: Sequence[Label]) -> Object:
    """How a value comes to the setting that uses it: the value first, its use last.

    `essential` are the two ends, which viewers show when they are asked for the short version (3.38.13).
    """
    last = len(way) - 1
    locations = [
        {"location": _at(label), "importance": "essential" if number in (0, last) else "important"}
        for number, label in enumerate(way)
    ]
    return {"threadFlows": [{"locations": locations}]}


def _physical(span: Span) -> Object:
    region = _region(span)
    shows_more = span.source.is_private and "\n" in span.text.strip()
    if 0 < span.end - span.start <= MAX_SNIPPET and not shows_more:
        region["snippet"] = {"text": _text(span.text)}
    return {"artifactLocation": artifact(span.path), "region": region}


def _region(span: Span) -> Object:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def artifact(path: str) -> Object:
    """Where a file is: a percent-encoded URI relative to the root, or an absolute one for a file elsewhere."""
    if os.path.isabs(path):
        return {"uri": PurePath(path).as_uri()}
    # The bytes of the name are encoded, so that one that is not UTF-8 survives, and the colon too: in the first part of
    # a path it would make a scheme of it (RFC 3986, 4.2).
    return {"uri": quote(os.fsencode(path)), "uriBaseId": ROOT}


def _fix(edits: Sequence[Edit]) -> Object:
    files: dict[str, list[Edit]] = {}
    for edit in edits:
        files.setdefault(edit.span.path, []).append(edit)
    safe = all(edit.safe for edit in edits)
    words = "safe: it changes only what was found" if safe else "unsafe: look at it before you keep it"
    changes = [
        {
            "artifactLocation": artifact(path),
            "replacements": [
                {"deletedRegion": _region(edit.span), "insertedContent": {"text": _text(edit.replacement)}}
                for edit in some
            ],
        }
        for path, some in files.items()
    ]
    return {"description": {"text": words}, "artifactChanges": changes}


def _unread(unread: Unread) -> Object:
    physical: Object = {"artifactLocation": artifact(unread.path)}
    if unread.span is not None:
        physical["region"] = _region(unread.span)
    return {
        "level": "warning",
        "descriptor": {"id": "unreadable-input"},
        "message": {"text": f"{_text(unread.path)} was not read: {_text(unread.reason)}."},
        "locations": [{"physicalLocation": physical}],
    }


def _crash(crash: Crash) -> Object:
    return {"level": "error", "message": {"text": f"corslint failed at {_text(crash.where)}: {_text(crash.error)}."}}


def _text(text: str) -> str:
    """`text` without half characters (surrogates), which are no Unicode and which GitHub refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")
