"""From the options of aiohttp-cors in a program to policies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from corslint.called import environment_of, instead_of, never_starts, owner_of, where_unset
from corslint.collect import Project
from corslint.finding import Severity
from corslint.iteration import shown, unset
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Undecided
from corslint.policy import Fact, HowTo, Policy, Preflight, Setting
from corslint.releases import Release, release_of
from corslint.resolve.python import Resolver
from corslint.servers.aiohttp_cors.answer import Detail, respond
from corslint.servers.aiohttp_cors.options import PARAMETERS, Reading
from corslint.servers.aiohttp_cors.sites import Given, Site, sites
from corslint.source import Span
from corslint.values import Known, Unknown, Value, combine

_HOW_TO = HowTo(
    list_origins='{"https://app.example.com": ResourceOptions(...)}',
    add_origin='an entry for "https://app.example.com"',
    list_items='NAME=["ITEMS"]',
    drop_credentials="allow_credentials=False",
    send_vary=(
        'append a signal to `app.on_response_prepare` that does `response.headers.add("Vary", "Origin")`; '
        "aiohttp-cors has no setting for it"
    ),
)
_SETS_VARY = re.compile(r"""["']vary["']|\bhdrs\.VARY\b""", re.IGNORECASE)


def policies(project: Project, resolver: Resolver) -> Iterator[Policy]:
    """A policy for each set of options in one file."""
    seen: Counter[str] = Counter()
    source = resolver.module.source
    release = release_of(project, source.path, "aiohttp-cors")
    vary: Value[bool] = Known(False)
    if _SETS_VARY.search(source.text):
        vary = Unknown("the program sends Vary itself")
    for site in sites(resolver):
        owner = site.target if site.kind in ("route", "view") else owner_of(resolver, site.node, site.target)
        for given in site.given:
            key = f"{site.kind}@{owner}" if owner else site.kind
            seen[key] += 1
            key += f"#{seen[key]}" if seen[key] > 1 else ""
            yield _policy(site, given, key, Setting("Vary", vary, given="default"), release)


def _policy(site: Site, given: Given, key: str, vary: Setting[bool], release: Release | None) -> Policy:
    reading = Reading(given.options, given.span)
    rejected = tuple(_rejections(site, given, reading))
    unset_keys = [
        fact for key, _ in given.origins for fact in where_unset(key, "the application does not start", "origin")
    ]
    between = " of " if site.kind == "defaults" else " "
    name = f"{site.kind}{between}`{site.target}`" if site.target else site.kind
    return Policy(
        server="aiohttp_cors",
        product="aiohttp-cors",
        name=name,
        key=key,
        span=given.span,
        origins=_origins(site, given),
        credentials=reading.credentials(),
        methods=reading.methods(),
        headers=reading.headers(),
        exposed=reading.exposed(),
        max_age=reading.max_age(),
        vary=vary,
        private_network=Setting("private network access", Known(False), None, "default"),
        respond_with=respond,
        preflight=Preflight("product", 200, given.span, takes=site.takes),
        scope=site.scope,
        environment=environment_of(site.reached),
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=(*rejected, *unset_keys, Fact("missing-vary", "", (), "", "Vary", severity=Severity.LOW)),
        how_to=_HOW_TO,
        conditions=site.reached.conditions,
        detail=Detail(bool(rejected)),
    )


def _origins(site: Site, given: Given) -> Setting[Origins]:
    """The origins: the keys of the dict."""

    def make(picked: Sequence[Known[object] | Unknown]) -> Known[Origins] | Unknown:
        entries = tuple(_entry(one, place) for one, (_, place) in zip(picked, given.origins, strict=True))
        if entries and all(isinstance(entry, Undecided) for entry in entries):
            first = picked[0]
            missing = unset(first) if isinstance(first, Known) else first
            return missing or Unknown("run time decides", first.span)
        by = next((one.override for one in picked if isinstance(one, Known) and one.override), None)
        trail = next((one.trail for one in picked if one.trail), ())
        return Known(Origins(entries), picked[0].span if picked else None, trail, by)

    first = given.origins[0][1] if given.origins else given.span
    return Setting("origins", combine([key for key, _ in given.origins], make), first)


def _entry(key: Known[object] | Unknown, place: Span) -> Entry:
    span = key.span or place
    if isinstance(key, Unknown):
        return Undecided(key.reason, span)
    if missing := unset(key):
        return Undecided(missing.reason, span)
    if key.value == "*":
        return AnyOrigin(span)
    text = str(key.value)
    return Null(span) if text == "null" else Exact(text, span)


def _rejections(site: Site, given: Given, reading: Reading) -> Iterator[Fact]:
    """What the product refuses at the start."""
    for option in given.strange:
        if option.name in PARAMETERS:
            why, help_ = f"a dict takes no `{option.name}`", "write ResourceOptions(...) in place of the dict"
        else:
            why, help_ = f"there is no option `{option.name}`", instead_of(option.name, given.parameters)
        yield never_starts(why, option.span or given.span, help_, option.name)
    if given.surplus is not None:
        yield never_starts("options are taken by name only", given.surplus, "write its name before it")
    for one in reading.rejections():
        help_ = f"give `{one.option.name}` what the documentation asks for"
        yield never_starts(one.why, one.option.span or given.span, help_, one.option.name)
    for key, place in given.origins:
        if isinstance(key, Known) and not isinstance(key.value, str) and unset(key) is None:
            yield never_starts(f"{shown(key.value)} is no origin", key.span or place, "write the origin as a text")
