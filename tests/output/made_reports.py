"""Reports made by hand: what a format is given in these tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from corslint.browser import Request, Response, Verdict
from corslint.catalogue import RulePage
from corslint.environment import Environment
from corslint.finding import Confidence, Finding, Label, Proof, Report, Severity
from corslint.origins import AnyOrigin, Origins
from corslint.output import Options
from corslint.policy import Policy, Setting
from corslint.source import Source, Span
from corslint.values import Known

TEXT = """\
from starlette.middleware.cors import CORSMiddleware

app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
)
"""
MAIN = Source("app/main.py", TEXT)
PROOF = Proof(
    Request("https://evil.example", "https://api.example/", credentials="include"),
    None,
    Response(
        200,
        (
            ("access-control-allow-origin", "https://evil.example"),
            ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
        ),
    ),
    Verdict(True, False, ()),
)
REFUSED = Proof(
    Request("https://app.example.com", "https://api.example/", method="PUT", headers=(("x-token", "1"),)),
    Response(405),
    Response(200, (("Access-Control-Allow-Origin", "*"),)),
    Verdict(False, True, (), error="PreflightInvalidStatus"),
)


def at(text: str, source: Source = MAIN) -> Span:
    """The place where a text first stands."""
    start = source.text.index(text)
    return source.span(start, start + len(text))


def policy(**changes: Any) -> Policy:
    """A policy of Starlette that lets in everybody."""
    made = Policy(
        server="starlette",
        product="Starlette",
        name="CORSMiddleware on `app`",
        key="CORSMiddleware@app",
        span=at("app.add_middleware("),
        origins=Setting("allow_origins", Known(Origins((AnyOrigin(),))), at('allow_origins=["*"]')),
        credentials=Setting("allow_credentials", Known(True), at("allow_credentials=True")),
        methods=Setting("allow_methods", Known(("GET",)), given="default"),
        headers=Setting("allow_headers", Known(()), given="default"),
        exposed=Setting("expose_headers", Known(()), given="default"),
        max_age=Setting("max_age", Known(600), given="default"),
        vary=Setting("vary", Known(True), given="default"),
        private_network=Setting("allow_private_network", Known(False), given="default"),
        respond_with=lambda policy, request, status: Response(status),
        version="1.10",
    )
    return replace(made, **changes)


def finding(labels: Sequence[Label] | None = None, **changes: Any) -> Finding:
    """The finding of the contract: every origin, with credentials."""
    made = Finding(
        rule="any-origin-with-credentials",
        group="security",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        persona="regular",
        message="any website can read this API with the visitor's cookies",
        labels=tuple(labels)
        if labels is not None
        else (
            Label(at('allow_origins=["*"]'), "every origin is allowed", primary=True),
            Label(at("allow_credentials=True"), "and cookies are allowed with it"),
        ),
        help='name the origins you trust: allow_origins=["https://app.example.com"]',
        proof=PROOF,
        policy=policy(),
        fingerprint="v1:9f2c",
    )
    return replace(made, **changes)


def report(*findings: Finding, **changes: Any) -> Report:
    """A report of one policy in one of three files."""
    made = Report(findings=findings, policies=(policy(),), files=3, languages=("Python", "nginx", "YAML"))
    return replace(made, **changes)


def labelled(text: str, marked: str, words: str = "here", path: str = "a.py") -> Finding:
    """A finding with one label in a text of its own, and nothing below the frame but the help."""
    source = Source(path, text)
    return finding([Label(at(marked, source), words, primary=True)], proof=None, policy=None)


PAGE = RulePage(
    slug="any-origin-with-credentials",
    title="any website can use this API with its visitors' credentials",
    group="security",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    persona="regular",
    since="0.1.0",
    servers=("starlette",),
    cwe=942,
    fix="none",
    body="## What it does\n\nFinds it.\n\n## Why it matters\n\nIt lets everybody in.\n",
)
HYGIENE = replace(
    PAGE, slug="unused-ignore", title="a comment ignores nothing", group="hygiene", severity=Severity.INFO, cwe=None
)
PLAIN = Options()
PRODUCTION = Environment("production", "its path holds 'prod'", marked=True)
