"""Who a pattern speaks of: the domains that it names, and the names on shared platforms that it is scoped to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corslint.witness.literals import Run
from corslint.witness.suffixes import all_suffixes, gives_one_label, is_shared, owner_of

_SCOPE = 3
"""Characters of a label that make it ours on a shared platform, as `-team` does in `app-123-team.vercel.app`."""
_MAX_BELOW = 8
_MAX_BEGINNINGS = 200
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_BRACKETS = re.compile(r"\[[0-9a-f:.]*:[0-9a-f:.]*\]")
_PORT = re.compile(r":[1-9][0-9]{1,4}(?![0-9])")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Owners:
    """What is not a stranger's."""

    domains: frozenset[str]
    """Registrable domains and addresses, with all below."""
    scopes: tuple[str, ...]
    """Regular expressions of hosts on shared platforms."""
    hosts: tuple[str, ...]
    """Hosts and beginnings of hosts as the pattern writes them, the longest first."""
    shared: tuple[str, ...]
    """Public suffixes that the pattern names."""
    ports: tuple[str, ...]
    """Ports that the pattern names, each with its colon."""
    addresses: tuple[str, ...] = ()
    """Addresses of IPv6 that the pattern names, in their brackets."""


def owners(runs: Iterable[Run]) -> Owners:
    """The owners that the literal runs of a pattern tell of."""
    domains: dict[str, None] = {}
    ends: dict[str, None] = {}
    hosts: dict[str, None] = {}
    shared: dict[str, None] = {}
    beginnings: dict[str, None] = {}
    ports: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for run in runs:
        addresses |= dict.fromkeys(_BRACKETS.findall(run.text))
        ports |= dict.fromkeys(_PORT.findall(run.text))
        host, begun = _host(run)
        if not host:
            continue
        hosts[host] = None
        if _ADDRESS.fullmatch(host):
            domains[host] = None
            continue
        named = _known_part(host)
        suffix = all_suffixes().of(named)
        # `shop` begins a name in `shop-.*`, though it is a top-level domain as well.
        if suffix is None or len(named) < len(host) or (begun and "." not in host):
            beginnings |= dict.fromkeys(_beginnings(host, begun=begun, open_after=run.open_after))
        if suffix is None:
            continue
        if suffix == named or f".{suffix}" == named:
            if named == host and (not begun or named != suffix):
                shared[suffix] = None
            continue
        label = named.removesuffix(f".{suffix}").rpartition(".")[2]
        whole = begun or f".{label}.{suffix}" in host
        if is_shared(suffix):
            shared[suffix] = None
            if len(label) >= _SCOPE:
                ends[f"{label}.{suffix}"] = None
            beginnings |= dict.fromkeys(_beginnings(host.removesuffix(f".{suffix}"), begun=begun, open_after=False))
            if not whole:
                continue
        if _LABEL.fullmatch(label):
            domains[f"{label}.{suffix}"] = None
            for below in sorted(all_suffixes().below(f"{label}.{suffix}"), key=len)[:_MAX_BELOW]:
                shared[below.removeprefix("*.")] = None
    platforms = [suffix for suffix in shared if is_shared(suffix)]
    domains |= dict.fromkeys(owner for owner in map(owner_of, platforms) if owner)
    scopes = [rf"[a-z0-9_-]*{re.escape(end)}" for end in ends]
    labels = list(beginnings)[:_MAX_BEGINNINGS]
    scopes += [rf"{re.escape(label)}[a-z0-9_-]*{_below(suffix)}" for label in labels for suffix in platforms]
    return Owners(frozenset(domains), tuple(scopes), tuple(hosts), tuple(shared), tuple(ports)[:8], tuple(addresses))


def _beginnings(host: str, *, begun: bool, open_after: bool) -> Iterator[str]:
    """The labels that a name may begin with: more may follow, or a dot, which may mean any character."""
    labels = host.split(".")
    for number, label in enumerate(labels):
        if len(label) >= _SCOPE and (number or begun) and (number < len(labels) - 1 or open_after):
            yield label


def _below(suffix: str) -> str:
    """What follows upon a name on a platform; some platforms put their regions between."""
    return rf"\.{'(?:[a-z0-9_-]+[.])*' if gives_one_label(suffix) else ''}{re.escape(suffix)}"


def _host(run: Run) -> tuple[str, bool]:
    """The part of a run that belongs to a host, and whether the host begins with it."""
    _scheme, separator, rest = run.text.rpartition("://")
    if not separator:
        rest = run.text
        # What is left of `https?://` where a quantifier tears it apart.
        rest = re.sub(r"\A(?:(?:https?)?:)?//?", "", rest)
        separator = "//" if len(rest) < len(run.text) or not run.open_before else ""
    host = re.split(r"[:/]", rest, maxsplit=1)[0]
    return host, bool(separator)


def _known_part(host: str) -> str:
    """A host without the labels at its end that are no public suffix, such as an unfinished one."""
    suffixes = all_suffixes()
    named = host.rstrip(".")
    while "." in named and suffixes.of(named) is None:
        named = named.rpartition(".")[0]
    return named


def owned_parts(own: Iterable[str]) -> tuple[list[str], list[str]]:
    """What `own` lists, as domains and as globs of origins.

    A text with `://` is a glob, in which `*` is any run of characters; others are domains, with all below them.
    """
    domains, globs = [], []
    for text in own:
        scheme, separator, rest = text.strip().lower().rpartition("://")
        host = rest.rstrip("/").removesuffix({"http": ":80", "https": ":443"}.get(scheme, "/"))
        if separator:
            globs.append(f"{scheme}://{host}")
        elif host.count(":") > 1:
            globs.append(f"*://{host if host.startswith('[') else f'[{host}]'}*")
        elif name := host.partition(":")[0].removeprefix("*.").strip("."):
            domains.append(name)
    return domains, globs
