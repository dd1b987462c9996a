"""The run: files -> policies -> problems -> findings -> report. Names no server and no rule."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import corslint.checks
import corslint.servers
from corslint import catalogue, collect, triage
from corslint.collect import Listed, Project
from corslint.config import Config
from corslint.environment import Environment, of_path
from corslint.finding import Crash, Finding, Problem, Report, Severity, Unread
from corslint.fingerprints import fingerprinted
from corslint.globs import path_matches
from corslint.policy import Clients, Policy
from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS
from corslint.server import Server
from corslint.source import Source
from corslint.values import Condition


@cache
def servers() -> tuple[Server, ...]:
    """All servers, by walking their folder."""
    names = sorted(module.name for module in iter_modules(corslint.servers.__path__))
    return tuple(cast(Server, import_module(f"corslint.servers.{name}")) for name in names)


@cache
def load_checks() -> None:
    """Import every check, so that each registers itself; only done once there is something to judge."""
    for module in iter_modules(corslint.checks.__path__):
        import_module(f"corslint.checks.{module.name}")


@dataclass(frozen=True, slots=True)
class StandardInput:
    """Text given instead of a file."""

    path: str
    """The name it goes by; decides who reads it."""
    data: bytes


def run(paths: Sequence[str], config: Config, *, stdin: StandardInput | None = None) -> Report:
    """Lint files and folders.

    Raises MissingPathError for a path that does not exist and PageError for an unknown rule name in the configuration.
    """
    triage.verify(config)
    unread: list[Unread] = []
    listed: list[Listed] = []
    for found in collect.listing(
        paths,
        exclude=(*config.exclude, *config.extend_exclude),
        force_exclude=config.force_exclude,
        respect_gitignore=config.respect_gitignore,
    ):
        (unread if isinstance(found, Unread) else listed).append(found)  # type: ignore[arg-type]
    if stdin is not None:
        listed.append(Listed(stdin.path, stdin.path, named=True))
    project = Project(tuple(listed))
    if stdin is not None:
        text = collect.decode(stdin.path, stdin.data)
        if isinstance(text, Unread):
            unread.append(text)
            listed.pop()
        else:
            project.keep(stdin.path, text)

    policies: list[Policy] = []
    crashes: list[Crash] = []
    sources: list[Source] = []
    for file in listed:
        data = stdin.data if stdin is not None and file.path == stdin.path else None
        source, claiming = _claim(project, file, data, config)
        if isinstance(source, Unread):
            unread.append(source)
        elif source is not None:
            sources.append(source)
            for server in claiming:
                try:
                    for read in server.read(project, source):
                        if isinstance(read, Unread):
                            unread.append(read)
                        else:
                            policies.append(_placed(read, file, config))
                except Exception as error:
                    crashes.append(_crash(f"{server.NAME} reading {file.path}", error))

    unread = list(dict.fromkeys(unread))
    findings = list(_judge(policies, unread, triage.chosen_rules(config), crashes)) if policies or unread else []
    return triage.sort(
        Report(
            findings=tuple(findings),
            policies=tuple(policies),
            unread=tuple(unread),
            crashes=tuple(crashes),
            files=len(listed),
            languages=tuple(dict.fromkeys(server.LANGUAGE for server in servers())),
        ),
        sources,
        config,
    )


def _claim(
    project: Project, file: Listed, data: bytes | None, config: Config
) -> tuple[Source | Unread | None, list[Server]]:
    """The text of a file and the servers that want it; None where nobody does."""
    told = {name for name, globs in config.servers.items() if path_matches(file.path, globs)}
    wanting = [server for server in servers() if server.NAME in told or server.FILES.search(file.path)]
    if not wanting:
        return None, []
    read = collect.read_bytes(file.path) if data is None else data
    if isinstance(read, Unread):
        # A file that vanished between the listing and now, or a dangling link, holds no settings.
        return (read if file.named or "link to nothing" not in read.reason else None), []
    words = collect.searchable(read)
    wanting = [server for server in wanting if any(word in words for word in server.WORDS)]
    if not wanting:
        return None, []
    if len(read) > collect.MAX_BYTES:
        return Unread(file.path, f"mentions CORS but is too large to read ({len(read) // 1_000_000} MB)"), []
    text = collect.decode(file.path, read)
    if isinstance(text, Unread):
        return (text if file.named or not text.reason.endswith("binary file") else None), []
    return project.keep(file.path, text), wanting


def _placed(policy: Policy, file: Listed, config: Config) -> Policy:
    """The policy with what the run knows of it: its environment, and who calls it."""
    environment = policy.environment
    if config.environment is not None:
        environment = Environment(config.environment, "the command line says so", marked=True)
    elif not environment.marked:
        environment = of_path(file.path, config.environment_marks, inside=file.inside)
    clients = Clients(config.request_methods, config.request_headers, config.trusted_origins)
    return replace(policy, environment=environment, clients=clients)


def _judge(
    policies: Sequence[Policy], unread: Sequence[Unread], chosen: frozenset[str], crashes: list[Crash]
) -> Iterator[Finding]:
    """Run the chosen rules only: one that is not to speak must not take the place of one that is."""
    load_checks()
    checks = {slug: check for slug, check in POLICY_CHECKS.items() if slug in chosen}
    found: list[tuple[str, Policy | None, tuple[Condition, ...], Problem]] = []
    for policy in policies:
        variants = tuple(policy.variants())
        for slug, check in checks.items():
            hits: list[tuple[Policy, Problem]] = []
            for variant in variants:
                try:
                    hits += [(variant, problem) for problem in check(variant)]
                except Exception as error:
                    crashes.append(_crash(f"{slug} judging {policy.id}", error))
                    break
            found += [(slug, *hit) for hit in _merged(hits, len(variants), slug)]
    for slug, project_check in PROJECT_CHECKS.items():
        if slug not in chosen:
            continue
        try:
            found += [(slug, one, (), problem) for one, problem in project_check(tuple(policies), tuple(unread))]
        except Exception as error:
            crashes.append(_crash(slug, error))
    yield from fingerprinted(_one_per_cause(_findings(found)))


def _merged(
    hits: Iterable[tuple[Policy, Problem]], variants: int, slug: str
) -> Iterator[tuple[Policy, tuple[Condition, ...], Problem]]:
    """One problem for each place, out of those of all variants: the worst, with the conditions under which it holds."""
    places: dict[object, list[tuple[Policy, Problem]]] = defaultdict(list)
    for variant, problem in hits:
        places[_place(problem)].append((variant, problem))
    for same in places.values():
        worst, problem = max(same, key=lambda hit: _severity(hit[1], slug))
        always = len({id(variant) for variant, _ in same}) == variants
        shared = [c for c in worst.conditions if all(c in variant.conditions for variant, _ in same)]
        yield worst, () if always else tuple(shared or worst.conditions), problem


def _severity(problem: Problem, slug: str) -> Severity:
    return catalogue.page(slug).severity if problem.severity is None else problem.severity


def _place(problem: Problem | Finding) -> object:
    span = problem.primary.span
    return span.path, span.start, span.end


def _findings(
    found: Iterable[tuple[str, Policy | None, tuple[Condition, ...], Problem]],
) -> Iterator[Finding]:
    """Make findings of problems, with what the page of the rule says of each."""
    for slug, policy, conditions, problem in found:
        page = catalogue.page(slug)
        yield Finding(
            rule=slug,
            group=page.group,
            severity=_severity(problem, slug),
            confidence=page.confidence if problem.confidence is None else problem.confidence,
            persona=page.persona,
            message=problem.message,
            labels=problem.labels,
            help=problem.help,
            proof=problem.proof,
            edits=problem.edits,
            policy=policy,
            conditions=conditions,
        )


def _one_per_cause(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each place and rule; of several security rules at one place the worst, naming the others."""
    causes: dict[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        group = "security" if finding.group == "security" else finding.rule
        causes[group, _place(finding)].append(finding)
    kept: list[Finding] = []
    for same in causes.values():
        worst = max(same, key=lambda finding: finding.severity)
        also = tuple(dict.fromkeys(finding.rule for finding in same if finding.rule != worst.rule))
        kept.append(replace(worst, also=also))
    kept.sort(key=lambda f: (f.primary.span.path, f.primary.span.start, -f.severity, f.rule))
    return kept


def _crash(where: str, error: Exception) -> Crash:
    return Crash(where, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))
