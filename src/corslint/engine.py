"""The run: files -> policies -> findings -> report. Names no server and no rule.

Most runs of a hook meet no CORS at all, so what judges is imported only when there is something to judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

import corslint.servers
from corslint import collect
from corslint.collect import Listed, Project
from corslint.config import Config, versions_by_product
from corslint.finding import Crash, Report, Unread
from corslint.globs import path_matches

if TYPE_CHECKING:
    from corslint.policy import Policy
    from corslint.server import Server
    from corslint.source import Source


@cache
def servers() -> tuple[Server, ...]:
    """All servers, by walking their folder."""
    names = sorted(module.name for module in iter_modules(corslint.servers.__path__))
    return tuple(cast("Server", import_module(f"corslint.servers.{name}")) for name in names)


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
    if config.names_rules:
        from corslint import triage

        triage.verify(config)
    unread: list[Unread] = []
    listed: list[Listed] = []
    for found in collect.listing(
        paths,
        exclude=(*config.exclude, *config.extend_exclude),
        force_exclude=config.force_exclude,
        respect_gitignore=config.respect_gitignore,
    ):
        if isinstance(found, Unread):
            unread.append(found)
        else:
            listed.append(found)
    project = Project(
        tuple(listed),
        versions_by_product(config.framework_versions),
        exclude=(*config.exclude, *config.extend_exclude),
        environment_marks=config.environment_marks,
    )
    if stdin is not None:
        text = collect.decode(stdin.path, stdin.data)
        if isinstance(text, Unread):
            unread.append(text)
        else:
            listed.append(Listed(stdin.path, stdin.path, named=True))
            project = replace(project, files=tuple(listed))
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
                            policies.append(_placed(read, project.listed(read.module) or file, config))
                except Exception as error:
                    crashes.append(Crash.of(f"{server.NAME} reading {file.path}", error))

    report = Report(
        findings=(),
        policies=tuple(_told_apart(policies)),
        unread=tuple(dict.fromkeys(unread)),
        crashes=tuple(crashes),
        files=len(listed),
        languages=tuple(dict.fromkeys(server.LANGUAGE for server in servers())),
    )
    if not sources and not report.unread:
        return report
    from corslint import judgement, triage

    return triage.sort(judgement.judged(report, triage.chosen_rules(config)), sources, config)


def _told_apart(policies: Iterable[Policy]) -> Iterator[Policy]:
    """The policies with keys of their own: one that another of its file has already gets a number."""
    seen: Counter[str] = Counter()
    for policy in policies:
        seen[policy.id] += 1
        yield policy if seen[policy.id] == 1 else replace(policy, key=f"{policy.key}#{seen[policy.id]}")


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
    from corslint.environment import Environment, of_marks, of_path
    from corslint.mistakes import noticed
    from corslint.policy import Clients

    policy = noticed(policy)

    environment = policy.environment
    if config.environment is not None:
        environment = Environment(config.environment, "the command line says so", marked=True)
    elif (told := of_marks(file.path, config.environment_marks)) is not None:
        environment = told
    elif not environment.marked:
        environment = of_path(file.path, inside=file.inside)
    clients = Clients(config.request_methods, config.request_headers, config.trusted_origins)
    return replace(policy, environment=environment, clients=clients)
