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
    from corslint.server import Read
    from corslint.source import Source

NAME = "starlette"
TITLE = "Starlette / FastAPI"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"corsmiddleware",)


def read(project: Project, source: Source) -> Read:
    """The policies of the CORSMiddleware uses in one file."""
    if "CORSMiddleware" not in source.text:
        return
    from corslint.finding import Unread
    from corslint.releases import release_of
    from corslint.resolve.python import resolver_of
    from corslint.servers.starlette import ordering, placing
    from corslint.servers.starlette.answer import Detail
    from corslint.servers.starlette.policies import owner_of, policy_of
    from corslint.servers.starlette.sites import sites
    from corslint.servers.starlette.versions import behaviour
    from corslint.syntax.python import SyntaxProblem

    try:
        resolver = resolver_of(project, source)
    except SyntaxProblem as problem:
        if re.search(r"starlette|fastapi|allow_origin", source.text):
            at = source.offset(problem.line, problem.column)
            yield Unread(source.path, problem.message, source.span(at, at))
        return
    release = release_of(project, source.path, "starlette")
    how = behaviour(release.version if release else None)
    seen: Counter[str] = Counter()
    for site in sites(resolver, how):
        owner = owner_of(site.target, resolver.module.enclosing_function(site.call))
        seen[owner] += 1
        key = f"CORSMiddleware@{owner}" + (f"#{seen[owner]}" if seen[owner] > 1 else "")
        policy = policy_of(site, key, how, release)
        misplaced = tuple(placing.facts(resolver, site, how))
        if misplaced and isinstance(policy.detail, Detail):
            policy = replace(policy, detail=replace(policy.detail, rejected=True))
        around = ordering.facts(project, resolver, site)
        yield replace(policy, facts=(*policy.facts, *misplaced, *around))


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of Starlette; see `answer.respond`."""
    from corslint.servers.starlette import answer

    return answer.respond(policy, request, status)
