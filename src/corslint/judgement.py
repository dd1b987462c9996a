"""From policies to findings: every check on every variant, then one finding for each cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import corslint.checks
from corslint import catalogue
from corslint.environment import Environment
from corslint.facts import WHATEVER_THE_VALUE
from corslint.finding import Crash, Finding, Label, Problem, Report, Severity
from corslint.fingerprints import fingerprinted
from corslint.policy import Policy
from corslint.provenance import Provenance
from corslint.resolve.conditions import environment
from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS
from corslint.values import Condition
from corslint.wording import spoken, under

MAX_MODULES = 4
"""How many of the files are named for which a line that all take over is bad."""

MAX_TRIED = 8
"""How many variants with the same problem are asked which of them describes best when it occurs."""


@cache
def load_checks() -> None:
    """Import every check, so that each registers itself."""
    for module in iter_modules(corslint.checks.__path__):
        import_module(f"corslint.checks.{module.name}")


def judged(report: Report, chosen: frozenset[str]) -> Report:
    """The report with the findings of the chosen rules, and the crashes of their checks.

    Rules that are not to speak do not run: one of them must not take the place of one that is.
    """
    load_checks()
    crashes: list[Crash] = []
    checks = {slug: check for slug, check in POLICY_CHECKS.items() if slug in chosen}
    found: list[tuple[str, Policy | None, tuple[Condition, ...], Problem]] = []
    for policy in report.policies:
        variants = tuple(policy.variants())
        for slug, check in checks.items():
            hits: list[tuple[Policy, Problem]] = []
            for variant in variants:
                try:
                    hits += [(variant, problem) for problem in check(variant)]
                except Exception as error:
                    crashes.append(Crash.of(f"{slug} judging {policy.id}", error))
                    break
            found += [(slug, *hit) for hit in _merged(hits, policy, variants, slug)]
    for slug, project_check in PROJECT_CHECKS.items():
        if slug in chosen:
            try:
                found += [(slug, one, (), problem) for one, problem in project_check(report.policies, report.unread)]
            except Exception as error:
                crashes.append(Crash.of(slug, error))
    findings = fingerprinted(_one_per_cause(_findings(found)))
    return replace(report, findings=tuple(findings), crashes=(*report.crashes, *crashes))


def _merged(
    hits: Iterable[tuple[Policy, Problem]], policy: Policy, variants: Sequence[Policy], slug: str
) -> Iterator[tuple[Policy, tuple[Condition, ...], Problem]]:
    """One problem for each place, out of those of all variants: the worst, with the conditions under which it holds."""
    places: dict[object, list[tuple[Policy, Problem]]] = defaultdict(list)
    for variant, problem in hits:
        places[_place(problem)].append((variant, problem))
    needed = _Needed(policy, variants)
    for same in places.values():
        _, worst = max(same, key=lambda hit: _severity(hit[1], slug))
        alike = [hit for hit in same if (hit[1].message, hit[1].severity) == (worst.message, worst.severity)]
        variant, problem = needed.widest(alike, [one for one, _ in same])
        yield variant, needed.of(variant, [one for one, _ in same]), problem


@dataclass(slots=True)
class _Needed:
    """Tells which of its conditions a problem needs."""

    policy: Policy
    variants: Sequence[Policy]
    _excluded: dict[tuple[int, Condition], bool] = field(default_factory=dict)

    def of(self, worst: Policy, hit: Sequence[Policy]) -> tuple[Condition, ...]:
        """The conditions of a variant without which the problem would not be: those of its policy, if all have it."""
        hits = {id(variant) for variant in hit}
        others = [variant for variant in self.variants if id(variant) not in hits]
        needed = list(worst.conditions)
        for condition in reversed(worst.conditions):
            if condition not in self.policy.conditions:
                fewer = [one for one in needed if one != condition]
                if not any(self._may_hold(other, fewer) for other in others):
                    needed = fewer
        return tuple(needed)

    def widest(self, alike: Sequence[tuple[Policy, Problem]], hit: Sequence[Policy]) -> tuple[Policy, Problem]:
        """Of the variants with a problem the one whose needed conditions hold in most of them; else the first."""
        if len(hit) == len(self.variants):
            return alike[0]
        tried = alike[:MAX_TRIED]
        return max(tried, key=lambda one: sum(self._may_hold(other, self.of(one[0], hit)) for other in hit))

    def _may_hold(self, variant: Policy, conditions: Sequence[Condition]) -> bool:
        return not any(self._excludes(variant, one) for one in conditions)

    def _excludes(self, variant: Policy, condition: Condition) -> bool:
        key = (id(variant), condition)
        if key not in self._excluded:
            self._excluded[key] = any(one.excludes(condition) for one in variant.conditions)
        return self._excluded[key]


def _severity(problem: Problem, slug: str) -> Severity:
    return catalogue.page(slug).severity if problem.severity is None else problem.severity


def _lowered(severity: Severity, group: str, conditions: Iterable[Condition]) -> Severity:
    """A step less where a danger only is there once somebody sets a variable so.

    What production or development decides is no such choice.
    """
    if group != "security":
        return severity
    chosen = any(one.chosen and environment((one,)) is None for one in conditions)
    return Severity(severity - 1) if chosen and severity > Severity.LOW else severity


def _place(problem: Problem | Finding) -> object:
    span = problem.primary.span
    return span.path, span.start, span.end


def _findings(
    found: Iterable[tuple[str, Policy | None, tuple[Condition, ...], Problem]],
) -> Iterator[Finding]:
    """Make findings of problems, with what the page of the rule says of each."""
    known: dict[int, tuple[Policy, Provenance]] = {}
    for slug, policy, conditions, problem in found:
        page = catalogue.page(slug)
        labels = problem.labels
        if policy is not None:
            _, provenance = known.setdefault(id(policy), (policy, Provenance(policy)))
            regardless = problem.regardless or slug in WHATEVER_THE_VALUE
            labels, brought = provenance.traced(replace(problem, regardless=regardless))
            conditions = spoken((*conditions, *brought))
        yield Finding(
            rule=slug,
            group=page.group,
            severity=_lowered(_severity(problem, slug), page.group, conditions),
            confidence=page.confidence if problem.confidence is None else problem.confidence,
            persona=page.persona,
            message=under(problem.message, conditions),
            labels=labels,
            help=problem.help,
            proof=problem.proof,
            edits=problem.edits,
            policy=policy,
            conditions=conditions,
            cause=problem.cause,
            series=problem.series,
            explains=problem.explains,
            follows=problem.follows,
        )


def _one_per_cause(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each place and rule; of several security rules at one place the worst, naming the others.

    What follows from a finding on the same policy is told with that one, wherever it stands.
    """
    findings = list(findings)
    told = {(one.policy.id, one.rule): one for one in reversed(findings) if one.policy}
    causes: dict[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        cause = _cause(finding, told)
        group = "security" if cause.group == "security" else cause.rule
        causes[group, _place(cause)].append(finding)
    kept: list[Finding] = []
    for same in causes.values():
        worst = max(
            same,
            key=lambda finding: (
                _cause(finding, told) is finding,
                finding.severity,
                finding.explains,
                _liveness(finding.policy),
                -len(finding.conditions),
            ),
        )
        also = tuple(dict.fromkeys(finding.rule for finding in same if finding.rule != worst.rule))
        deeds = dict.fromkeys((worst.help, *(one.help for one in same if _cause(one, told) is not one)))
        help = "; ".join(deeds)
        beside = _beside(worst, (one for one in same if _cause(one, told) is not one))
        kept.append(replace(worst, also=also, help=help, labels=(*worst.labels, *beside, *_modules(worst, same))))
    kept.sort(key=lambda f: (f.primary.span.path, f.primary.span.start, -f.severity, f.rule))
    return _told_once(kept)


def _beside(worst: Finding, others: Iterable[Finding]) -> Iterator[Label]:
    """What is shown of findings that are told with another: the facts that stand elsewhere."""
    shown = [label.span for label in worst.labels]
    for one in others:
        for label in one.labels:
            if label.role == "fact" and not any(label.span.touches(span) for span in shown):
                shown.append(label.span)
                yield replace(label, primary=False)


def _cause(finding: Finding, told: Mapping[tuple[str, str], Finding]) -> Finding:
    """The finding that a finding is told with: itself, or one on the same policy that it follows from."""
    if finding.policy is not None:
        for rule in finding.follows:
            if cause := told.get((finding.policy.id, rule)):
                return cause
    return finding


def _liveness(policy: Policy | None) -> tuple[bool, bool]:
    """How surely real users meet a policy."""
    environment = policy.environment if policy is not None else Environment()
    return environment.is_live, environment.marked


def _modules(worst: Finding, same: Iterable[Finding]) -> Iterator[Label]:
    """The files that the product loads and for which a line of another file is as bad."""
    span = worst.primary.span
    as_bad = [one.policy for one in same if one.policy and (one.rule, one.severity) == (worst.rule, worst.severity)]
    as_bad.sort(key=_liveness, reverse=True)
    modules = list(dict.fromkeys(policy.module for policy in as_bad if policy.module))
    if modules and span.path not in modules:
        told = modules[:MAX_MODULES]
        if len(modules) > MAX_MODULES:
            told.append(f"{len(modules) - MAX_MODULES} more")
        *others, last = told
        yield Label(span, f"in effect in {', '.join(others)} and {last}" if others else f"in effect in {last}")


def _told_once(findings: Iterable[Finding]) -> list[Finding]:
    """The first finding of those of one file that share a cause, with the number of policies it speaks for."""
    shared: dict[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        key = (finding.rule, finding.primary.span.path, finding.cause) if finding.cause else id(finding)
        shared[key].append(finding)
    told: list[Finding] = []
    for first, *others in shared.values():
        policies = {one.policy.id for one in (first, *others) if one.policy is not None}
        message = (
            f"{first.message}; so for {len(policies)} policies of this file" if len(policies) > 1 else first.message
        )
        told.append(replace(first, message=message) if others else first)
    return told
