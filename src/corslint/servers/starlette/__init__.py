"""Starlette's CORSMiddleware, which FastAPI shares.

https://www.starlette.io/middleware/#corsmiddleware, https://fastapi.tiangolo.com/tutorial/cors/
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.browser import Request, Response
from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Label, Unread
from corslint.policy import Fact, HowTo, Policy, Preflight, Setting
from corslint.server import Read
from corslint.servers.starlette import answer
from corslint.source import Source
from corslint.values import Known

if TYPE_CHECKING:
    from corslint.servers.starlette.options import Option, Reading, Settings
    from corslint.servers.starlette.sites import Site

NAME = "starlette"
TITLE = "Starlette / FastAPI"
LANGUAGE = "Python"
FILES = re.compile(r"\.py$")
WORDS = (b"corsmiddleware",)
_HOW_TO = HowTo(
    list_origins='allow_origins=["https://app.example.com"]',
    match_origins='allow_origin_regex=r"PATTERN"',
    drop_credentials="allow_credentials=False",
)


def read(project: Project, source: Source) -> Read:
    """The policies of the CORSMiddleware uses in one file."""
    if "CORSMiddleware" not in source.text:
        return
    from corslint.resolve.python import resolver_of
    from corslint.servers.starlette.sites import sites
    from corslint.syntax.python import SyntaxProblem

    try:
        resolver = resolver_of(project, source)
    except SyntaxProblem as problem:
        if re.search(r"starlette|fastapi|allow_origin", source.text):
            at = source.offset(problem.line, problem.column)
            yield Unread(source.path, str(problem), source.span(at, at))
        return
    seen: Counter[str] = Counter()
    for site in sites(resolver):
        owner = _owner(site.target, resolver.module.enclosing_function(site.call))
        seen[owner] += 1
        key = f"CORSMiddleware@{owner}" + (f"#{seen[owner]}" if seen[owner] > 1 else "")
        yield _policy(site, key)


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The answer of Starlette; see `answer.respond`."""
    return answer.respond(policy, request, status)


def _owner(target: str, function: object) -> str:
    """What tells the uses of a file apart: the application, and the function it is made in."""
    name = getattr(getattr(function, "name", None), "value", None)
    return f"{name}.{target}" if name else target or "module"


def _policy(site: Site, key: str) -> Policy:
    from corslint.servers.starlette.options import DEFAULTS, Option, Reading
    from corslint.servers.starlette.versions import behaviour

    how = behaviour(None)
    options = {name: option for name, option in site.options.items() if name in DEFAULTS}
    hidden = site.changed or site.unfollowed
    if hidden is not None:
        for name in DEFAULTS:
            if site.changed is not None or name not in options:
                given = options.get(name)
                options[name] = Option(name, hidden, given.span if given else hidden.span)
    reading = Reading(how, options, site.span)
    settings, detail = reading.settings()
    strange = [option for name, option in site.options.items() if name not in how.options]
    facts = tuple(_facts(site, reading, settings, strange, frozenset(how.options - {"app"})))
    if strange and site.changed is None:
        detail = answer.Detail(detail.methods_from_text, rejected=True)
    environment = Environment()
    if site.reached.environment in KINDS:
        reason = "; ".join(map(str, site.reached.conditions))
        environment = Environment(site.reached.environment, reason, marked=True)
    name = f"CORSMiddleware on `{site.target}`" if site.target else "CORSMiddleware"
    return Policy(
        server=NAME,
        product="Starlette",
        name=name,
        key=key,
        span=site.span,
        **settings,
        respond_with=respond,
        preflight=Preflight("product", 200, site.span),
        on_errors=Setting("unhandled exceptions", Known(site.wraps), site.span, "default"),
        scope=site.scope,
        environment=environment,
        facts=facts,
        how_to=_HOW_TO,
        conditions=site.reached.conditions,
        detail=detail,
    )


def _facts(
    site: Site, reading: Reading, settings: Settings, strange: list[Option], known_names: frozenset[str]
) -> Iterator[Fact]:
    if site.changed is None:
        for option in strange:
            close = difflib.get_close_matches(option.name, sorted(known_names), 1, 0.6)
            yield Fact(
                "rejected-configuration",
                f"every request fails: CORSMiddleware takes no `{option.name}`",
                (Label(option.span or site.span, "no such option", primary=True),),
                f"did you mean `{close[0]}`?" if close else f"it takes {', '.join(sorted(known_names))}",
                option.name,
            )
    for rejection in reading.rejections():
        yield Fact(
            "rejected-configuration",
            f"every request fails: {rejection.why}",
            (Label(rejection.option.span or site.span, rejection.why, primary=True),),
            f"give `{rejection.option.name}` what the documentation asks for",
            rejection.option.name,
        )
