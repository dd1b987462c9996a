"""Starlette's CORSMiddleware, which FastAPI shares.

https://www.starlette.io/middleware/#corsmiddleware, https://fastapi.tiangolo.com/tutorial/cors/
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corslint.browser import Request, Response
    from corslint.collect import Project
    from corslint.policy import Policy
    from corslint.releases import Release
    from corslint.server import Read
    from corslint.servers.starlette.sites import Site
    from corslint.servers.starlette.versions import Behaviour
    from corslint.source import Source

NAME = "starlette"
TITLE = "Starlette / FastAPI"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"corsmiddleware",)

MAX_ORDERED = 200
"""Uses in one file that are compared with what stands around them; each costs a look at the whole file."""


def read(project: Project, source: Source) -> Read:
    """The policies of the CORSMiddleware uses in one file."""
    if "corsmiddleware" not in source.text.lower():
        return
    from corslint.environment import of_path
    from corslint.finding import Unread
    from corslint.releases import release_of
    from corslint.resolve.python import resolver_or_unread
    from corslint.servers.starlette.elsewhere import uses
    from corslint.servers.starlette.handed import NAME as CLASS
    from corslint.servers.starlette.handed import speaks_of_cors
    from corslint.servers.starlette.sites import sites
    from corslint.servers.starlette.versions import behaviour

    resolver = resolver_or_unread(project, source)
    if isinstance(resolver, Unread):
        if re.search(r"starlette|fastapi|allow_origin", source.text):
            yield resolver
        return
    release = release_of(project, source.path, "starlette")
    how = behaviour(release.version if release else None)
    seen: Counter[tuple[str, str]] = Counter()
    for site in sites(resolver, how, speaks_of_cors(resolver)):
        yield _policy(project, site, CLASS, how, release, seen)
    for site in uses(project, resolver, how):
        cls = site.handed.subclass
        name = CLASS if cls is None else cls.node.name.value
        policy = _policy(project, site, f"{name} of {source.path}", how, release, seen)
        if not policy.environment.marked:
            listed = project.listed(policy.span.path)
            inside = policy.span.path if listed is None else listed.inside
            policy = replace(policy, environment=of_path(policy.span.path, project.environment_marks, inside=inside))
        yield policy


def _policy(
    project: Project,
    site: Site,
    kind: str,
    how: Behaviour,
    release: Release | None,
    seen: Counter[tuple[str, str]],
) -> Policy:
    """The policy of one use; `seen` counts those of one owner within a file."""
    from corslint.servers.starlette import ordering, placing
    from corslint.servers.starlette.answer import Detail
    from corslint.servers.starlette.policies import owner_of, policy_of

    owner = owner_of(site.target, site.resolver.module.enclosing_function(site.node))
    place = (site.span.path, owner)
    seen[place] += 1
    policy = policy_of(project, site, f"{kind}@{owner}" + (f"#{seen[place]}" if seen[place] > 1 else ""), how, release)
    misplaced = tuple(placing.facts(site.resolver, site, how))
    if misplaced and isinstance(policy.detail, Detail):
        policy = replace(policy, detail=replace(policy.detail, rejected=True))
    is_plausible = sum(seen.values()) <= MAX_ORDERED
    around = ordering.facts(project, site.resolver, site) if is_plausible else ()
    return replace(policy, facts=(*policy.facts, *misplaced, *around))


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of Starlette; see `answer.respond`."""
    from corslint.servers.starlette import answer

    return answer.respond(policy, request, status)
