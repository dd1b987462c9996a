"""Witnesses that people recognise at once, in the order in which they are worth showing."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.witness.owners import Owners
from corslint.witness.readings import readings
from corslint.witness.tree import MAX_LENGTH, Node

_PORTS = ("", ":8080")
_MAX_HOSTS = 40
_FIRST = ("app", "www", "a")


def natural_origins(owners: Owners, scheme: str) -> Iterator[str]:
    """Origins made of what the pattern names, the plainest first; each is to be put to the pattern."""
    # A dot at the end is a way of writing a name that hardly anybody knows.
    hosts = sorted(dict.fromkeys(_hosts(owners)), key=lambda host: host.endswith("."))
    for port in dict.fromkeys((*_PORTS[:1], *owners.ports, *_PORTS[1:])):
        for host in hosts:
            yield f"{scheme}://{host}{port}"


def read_origins(node: Node, scheme: str, *, open_before: bool, open_after: bool) -> Iterator[str]:
    """Origins that are readings of a pattern, with what a stranger puts before and after them where it is open."""
    with_app, with_evil = (_begun(readings(node, word), scheme, open_before=open_before) for word in ("app", "evil"))
    if open_after:
        yield from (f"{origin}.evil.example" for origin in with_app)
    yield from (origin for origin in with_app if origin.endswith(".evil.example"))
    yield from (f"{origin.rpartition('.')[0]}.example" for origin in with_app)
    yield from (*with_evil, *with_app)
    if open_after:
        yield from (f"{origin}{end}" for origin in with_app for end in ("evil.example", ".example", "-evil.com"))


def _begun(texts: list[str], scheme: str, *, open_before: bool) -> list[str]:
    """Readings that begin as origins of a scheme do, or can be made to."""
    found = []
    for text in texts:
        if text.startswith(f"{scheme}://"):
            found.append(text)
        elif open_before and "://" in text:
            found.append(f"{scheme}{text[text.index('://') :]}")
        elif open_before:
            found += [f"{scheme}://{first}{text.lstrip(':/')}" for first in ("", "evil", "app")]
    return found


def _hosts(owners: Owners) -> Iterator[str]:
    given = [host for host in owners.hosts[:_MAX_HOSTS] if len(host) <= MAX_LENGTH]
    written = [host.strip(".") for host in given]
    domains = sorted(owners.domains, key=lambda domain: (len(domain), domain))[:_MAX_HOSTS]
    named = [*domains, *(host for host in written if host not in owners.domains)]
    whole = [host for host in named if "." in host or host == "localhost"]
    yield "evil.example"
    for host in whole:
        yield f"{host}.evil.example"
    for first in _FIRST:
        yield from (f"{first}.{host}.evil.example" for host in whole)
    for host in whole:
        yield f"evil{host}"
    for host in whole:
        yield from (f"{host[:at]}-{host[at + 1 :]}" for at, one in enumerate(host) if one == ".")
    for first in (*_FIRST, "evil"):
        for host in whole:
            yield f"{first}-{host}"
    for host in whole:
        yield from (f"{host[:at]}x{host[at + 1 :]}" for at, one in enumerate(host) if one == ".")
        yield from (f"evil-{host}", f"{host}evil.example", f"{host}-evil.example", f"app.evil{host}", f"x{host}")
    for suffix in owners.shared:
        yield f"evil.{suffix}"
        yield from (f"{first}.evil.{suffix}" for first in _FIRST)
    yield from ("evil.com", *(f"{first}.evil.example" for first in _FIRST))
    for host in given:
        begun = host.lstrip(".")
        yield from (
            f"{begun}.evil.example",
            f"{begun}evil.example",
            f"{begun}.example",
            f"{begun}example",
            f"{begun}com",
        )
        yield from (f"app{host}evil.example", f"app{host}.evil.example")
        yield from (f"evil{host}", f"evil.{begun}", f"app.evil.{begun}")
        platforms = owners.shared if "." not in begun else ()
        yield from (f"{begun}evil.{suffix}" for suffix in platforms)
        yield from (f"{begun}-evil.{suffix}" for suffix in platforms)
        yield from (f"{begun}.evil.{suffix}" for suffix in platforms)
    yield from ("8.8.8.8", "[2001:4860:4860::8888]", "10.evil.example")
