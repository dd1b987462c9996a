"""What `corslint simulate` prints: per policy what the browser does, why, and what would let the request through.

The JSON document (version 1; what is added later does not change what is here)
    `version`, `tool` {name, version}; `results`; `cases`; `unread`; `summary` {policies, allowed, refused,
    undetermined, failed}.
`results[]`: one for each request, policy, and way the policy may turn out
    `case`, `expected` (allowed, refused, or null), `outcome` (allowed, refused, undetermined); `policy` (its id),
    `name`, `path`, `line`, `server`, `product`, `product_version` (or null), `environment`, `conditions[]`; `reason`
    (what decides, where it is undetermined, else null); `request`, `preflight`, `status`, `response` as in a proof of
    `corslint check --format json`; `verdict` {allowed, preflight, error, firefox_error, console, steps[],
    readable_headers[]} or null; `remedy` (or null) {proven, changes[] {text, path, line}}; `warnings[]`.
`cases[]`: one for each request
    `name`, `expected`, `passed` (null: nothing was expected, or no policy answers it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corslint.browser import Response
from corslint.cases import Case
from corslint.finding import Report
from corslint.output import Options
from corslint.output.json import TOOL, Object, proof, request, unread
from corslint.output.summary import count, notes, nothing_found, policies
from corslint.output.terminal import Colour, Painter, one_line, shown
from corslint.output.text import policy_line
from corslint.provenance import conditions_of
from corslint.simulation import Simulated
from corslint.wording import clause, texts

_COLOURS: dict[str, Colour] = {"allowed": "note", "refused": "error", "undetermined": "warning"}
_WIDTH = 100
"""Columns of the line that ends with the outcome."""


@dataclass(frozen=True, slots=True)
class Result:
    """A case, and what became of it under the policies that it speaks of."""

    case: Case
    simulated: tuple[Simulated, ...]

    @property
    def passed(self) -> bool | None:
        """Whether it is as expected under every policy; None where nothing is expected, or no policy was asked."""
        if self.case.expect is None or not self.simulated:
            return None
        return all(one.outcome == self.case.expect for one in self.simulated)


def text(results: Sequence[Result], report: Report, options: Options, *, as_cases: bool = False) -> Iterator[str]:
    """For people. Of the cases of a file only those are told at length that fail."""
    paint = Painter(options.color)
    for result in results:
        if as_cases:
            yield _verdict_on(result, paint)
        if as_cases and result.passed is True and not options.verbose:
            continue
        if len(results) > 1 and not as_cases:
            yield paint("bold", f"Origin: {one_line(result.case.question.origin)}")
        for one in result.simulated:
            if as_cases and one.outcome == result.case.expect and not options.verbose:
                continue
            yield from _block(one, paint)
            yield ""
    if not options.quiet:
        yield from _closing(results, report, as_cases)
        yield from notes(report)


def _verdict_on(result: Result, paint: Painter) -> str:
    if result.passed is None:
        return f"{paint('warning', 'NOT ASKED')}  {one_line(result.case.name)}: no policy answers it"
    if result.passed:
        return f"{paint('note', 'ok')}  {one_line(result.case.name)}"
    found = " and ".join(sorted({one.outcome for one in result.simulated if one.outcome != result.case.expect}))
    return f"{paint('error', 'FAILED')}  {one_line(result.case.name)}: expected {result.case.expect}, it is {found}"


def _block(one: Simulated, paint: Painter) -> Iterator[str]:
    span = one.policy.span
    head = f"{shown(span.path)}:{span.line}  {one_line(policy_line(one.policy))}"
    yield f"{paint('bold', head)}{' ' * max(2, _WIDTH - len(head))}{paint(_COLOURS[one.outcome], one.outcome.upper())}"
    if said := clause(conditions_of(one.policy)):
        yield f"  {one_line(said)}"
    if one.proof is None:
        yield f"  the files do not tell: {one_line(one.reason)}"
        return
    steps = one.proof.verdict.steps
    if one.remedy is not None:  # it holds the cure of all further flaws too
        steps = tuple(step for step in steps if not step.startswith("mending that is not enough"))
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {one_line(step)}"
        answer = one.proof.preflight if step.startswith("server answers OPTIONS") else None
        if step.startswith("server carries out"):
            answer = one.proof.response
        if answer is not None:
            yield from (f"       {line}" for line in _headers(answer))
    verdict = one.proof.verdict
    if verdict.sentence:
        yield f'  console: "{one_line(verdict.sentence)}"'
        yield f"           (Chromium {verdict.error}; Firefox {verdict.firefox_error})"
    if one.remedy is not None:
        word = "to allow it:"
        for number, change in enumerate(one.remedy.changes):
            place = f"  ({shown(change.span.path)}:{change.span.line})" if change.span is not None else ""
            yield f"  {word if number == 0 else ' ' * len(word)} {one_line(change.text)}{place}"
    for warning in one.warnings:
        yield f"  {paint('warning', 'warning:')} {one_line(warning)}"


def _headers(answer: Response) -> Iterator[str]:
    cors = [(name, value) for name, value in answer.headers if name.lower().startswith("access-control-")]
    others = [(name, value) for name, value in answer.headers if name.lower() in ("vary", "location")]
    if not cors:
        yield "(no Access-Control header)"
    for name, value in (*cors, *others):
        yield one_line(f"{name}: {value}")


def _closing(results: Sequence[Result], report: Report, as_cases: bool) -> Iterator[str]:
    if not report.policies:
        yield nothing_found(report)
        return
    if as_cases:
        failed = sum(result.passed is False for result in results)
        unasked = sum(result.passed is None for result in results)
        tail = f", {failed} failed" if failed else ""
        tail += f", {unasked} met no policy" if unasked else ""
        yield f"{count(len(results), 'case')}: {sum(result.passed is True for result in results)} as expected{tail}."
        return
    outcomes = [one.outcome for result in results for one in result.simulated]
    if not outcomes:
        yield f"{policies(len(report.policies)).capitalize()} found; none answers this request."
        return
    counted = [f"{outcomes.count(word)} {word}" for word in ("allowed", "refused", "undetermined") if word in outcomes]
    yield f"{policies(len(report.policies)).capitalize()} found. {', '.join(counted)}."


def document(results: Sequence[Result], report: Report) -> Object:
    """For programs: `results[]`, one for each request and policy, and a summary."""
    told = [_result(result, one) for result in results for one in result.simulated]
    return {
        "version": 1,
        "tool": TOOL,
        "results": told,
        "cases": [
            {"name": result.case.name, "expected": result.case.expect, "passed": result.passed} for result in results
        ],
        "unread": unread(report),
        "summary": {
            "policies": len(report.policies),
            **{word: sum(one["outcome"] == word for one in told) for word in ("allowed", "refused", "undetermined")},
            "failed": sum(result.passed is False for result in results),
        },
    }


def _result(result: Result, one: Simulated) -> Object:
    policy, span = one.policy, one.policy.span
    return {
        "case": result.case.name,
        "expected": result.case.expect,
        "outcome": one.outcome,
        "policy": policy.id,
        "name": policy.name,
        "path": span.path,
        "line": span.line,
        "server": policy.server,
        "product": policy.product,
        "product_version": policy.version,
        "environment": policy.environment.kind,
        "conditions": list(texts(conditions_of(policy))),
        "reason": one.reason or None,
        **_proof(one),
        "remedy": one.remedy
        and {
            "proven": one.remedy.proof is not None,
            "changes": [
                {
                    "text": change.text,
                    "path": change.span and change.span.path,
                    "line": change.span and change.span.line,
                }
                for change in one.remedy.changes
            ],
        },
        "warnings": list(one.warnings),
    }


def _proof(one: Simulated) -> dict[str, Any]:
    if one.proof is None:
        return {"request": request(one.request), "preflight": None, "status": None, "response": None, "verdict": None}
    verdict = one.proof.verdict
    return {
        **proof(one.proof),
        "verdict": {
            "allowed": verdict.allowed,
            "preflight": verdict.preflight,
            "error": verdict.error,
            "firefox_error": verdict.firefox_error,
            "console": verdict.sentence,
            "steps": list(verdict.steps),
            "readable_headers": list(verdict.readable_headers),
        },
    }
