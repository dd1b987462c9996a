"""`--format text`: each finding as a frame of source with its proof and what to do, then a closing sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from corslint.finding import Finding, Impact, Label, Report
from corslint.output import Options, summary
from corslint.output.terminal import Painter, one_line

if TYPE_CHECKING:
    from corslint.policy import Policy

MAX_STEPS = 5
"""How many steps between a value and the setting that uses it are shown."""

IMPACTS: Mapping[Impact, str] = {
    "open": "open to strangers, but without the visitor's cookies",
    "broken": "broken in the browser: what was meant to work is refused",
    "hygiene": "hygiene: nothing is open or broken by it",
}
"""What a finding means for users, for people."""


def render(report: Report, options: Options) -> Iterator[str]:
    """The report for people, line by line."""
    paint = Painter(options.color)
    if options.statistics:
        yield from summary.statistics(report)
    else:
        for finding in report.findings:
            yield from _finding(finding, paint)
            yield ""
        if options.verbose:
            yield from _ignored(report)
    if not options.quiet:
        if options.statistics and report.findings:
            yield ""
        yield summary.closing(report)
        yield from summary.notes(report)


def _finding(finding: Finding, paint: Painter) -> Iterator[str]:
    # Most runs find nothing, and a run over one file should not be felt.
    from corslint.output.frame import frame, gutter

    level = finding.severity.level
    yield f"{paint(level, f'{level}[{finding.rule}]')}{paint('bold', f': {one_line(finding.message)}')}"
    shown = [label for label in finding.labels if label.role != "step"]
    width = gutter(shown)
    yield from frame(shown, width, level, paint)
    for word, text in _facts(finding):
        yield f"{' ' * width} {paint('frame', '=')} {paint('bold', f'{word}:')} {one_line(text)}"


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    """The lines below the frame: a word and what it says."""
    if steps := [label for label in finding.labels if label.role == "step"]:
        more = f" and {len(steps) - MAX_STEPS} more" if len(steps) > MAX_STEPS else ""
        yield "via", ", ".join(map(_step, steps[:MAX_STEPS])) + more
    if finding.policy is not None:
        span = finding.policy.span
        is_shown = any(label.span.path == span.path for label in finding.labels)
        yield "policy", policy_line(finding.policy) + ("" if is_shown else f", {span.path}:{span.line}")
    if finding.proof is not None:
        from corslint.output import proof

        yield "proof", proof.line(finding.proof)
    # What strangers can use says so in its title: this line is for what looks like it and is less.
    if finding.impact in IMPACTS:
        yield "impact", IMPACTS[finding.impact]
    if finding.also:
        yield "also", ", ".join(finding.also)
    yield "help", finding.help
    yield "more", f"corslint explain {finding.rule}"


def _step(label: Label) -> str:
    return f"{label.text} ({label.span.path}:{label.span.line})"


def policy_line(policy: Policy) -> str:
    """A policy in words: its name, product, scope and environment; not yet escaped.

    What marks the environment is told too, unless it is the conditions of the policy, which are told beside it.
    """
    product = f"{policy.product} {policy.version}" if policy.version else policy.product
    scope = f", {policy.scope.text}" if policy.scope.text and policy.scope.text not in policy.name else ""
    environment = policy.environment.kind if policy.conditions else policy.environment.text
    return f"{policy.name} ({product}){scope}, {environment}"


def _ignored(report: Report) -> Iterator[str]:
    for finding in (*report.ignored, *report.baselined):
        span = finding.primary.span
        why = f": {one_line(finding.reason)}" if finding.reason else ""
        yield f"{finding.status}: {finding.rule} at {one_line(span.path)}:{span.line}:{span.column}{why}"
    if report.ignored or report.baselined:
        yield ""
