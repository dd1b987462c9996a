"""Compose files: `environment` and `env_file` of their services.

https://docs.docker.com/reference/compose-file/services/. `environment` wins over `env_file`, and of several files the
later one. What Compose merges from other files is told of as a deployment of its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.env_files import readable
from corslint.resolve.deployments.surroundings import Around, Checkout, Found, is_below, join, root_of
from corslint.source import Span
from corslint.syntax import env
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Mapping, Node, Scalar, Sequence, Text
from corslint.values import Known, Place, Unknown

FILES = re.compile(r"(?:.*[._-])?(?:docker-)?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What Compose reads when it is told nothing (https://docs.docker.com/compose/intro/compose-application-model/)."""
_WHOLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-?=][^{}]*)?\}|([A-Za-z_][A-Za-z0-9_]*))")
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|github\.com/", re.IGNORECASE)
MAX_EXTENDS = 10
"""Services that extend each other."""


@dataclass(frozen=True, slots=True)
class _Value:
    """What a service is given, and where."""

    value: Known[str] | Unknown
    place: str
    """For people, where another file holds the value: "backend.env, "; else empty."""


def assignments(around: Around, name: str) -> Iterator[Found]:
    """What the services of the checkout set a variable to, of those that may run the program."""
    checkout = around.checkout
    for path in checkout.matching(FILES):
        source = checkout.source(path)
        if source is None or not any(word in source.text for word in (name, "env_file", "extends")):
            continue
        services = _services(checkout, path)
        built: dict[object, Found] = {}
        pulled: dict[object, Found] = {}
        # Services that share a place (an env file, an anchor) are told of once, by the first that listens.
        for called, service in sorted(services.items(), key=lambda one: one[1].get("ports") is None):
            context = _context(checkout, path, called, service)
            if not is_below(around.source.path, posixpath.dirname(path) if context is None else context):
                continue
            given = _given(checkout, path, services, called, name)
            if given is None:
                continue
            found = Assignment(
                name,
                given.value,
                f'{given.place}service "{called}" of {path}',
                f"{path}#{called}",
                checkout.environment(path, *_profiles(service), called),
            )
            # The file itself may lie anywhere; what a service is built from is as near as its folder.
            near = Found(path if context is None else f"{context}/x", found)
            (pulled if context is None else built).setdefault(given.value.span or called, near)
        yield from (built or pulled).values()


def _services(checkout: Checkout, path: str) -> dict[str, Mapping]:
    """The services of a Compose file by name; none where it cannot be read."""
    return checkout.once(_Services).of(path)


class _Services:
    """The services of the Compose files of a checkout."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.kept: dict[str, dict[str, Mapping]] = {}

    def of(self, path: str) -> dict[str, Mapping]:
        """Those of one file."""
        if path not in self.kept:
            root = root_of(self.checkout.source(path))
            services = root.mapping("services") if root else None
            entries = services.entries if services else ()
            self.kept[path] = {one.name: one.value for one in entries if isinstance(one.value, Mapping)}
        return self.kept[path]


def _context(checkout: Checkout, path: str, called: str, service: Mapping) -> str | None:
    """The folder a service is built from; None for one that only has an image."""
    folder = posixpath.dirname(path)
    context = _own_context(service)
    if context is None and posixpath.basename(path) not in _BASES:
        # An override file leaves out what the file it is put over says.
        others = next((found for base in _BASES if (found := _services(checkout, join(folder, base)))), {})
        context = _own_context(others.get(called))
    return join(folder, context) if context is not None else None


def _own_context(service: Mapping | None) -> str | None:
    build = service.get("build") if service else None
    written = build.get("context") if isinstance(build, Mapping) else build
    if build is None or (written is None and not isinstance(build, Mapping)):
        return None
    if written is None:
        return "."
    told = expand(written.value, compose=True) if isinstance(written, Scalar) else None
    return told.value if isinstance(told, Known) and not _REMOTE.match(told.value) else None


def _profiles(service: Mapping | None) -> tuple[str, ...]:
    profiles = service.get("profiles") if service else None
    items = profiles.items if isinstance(profiles, Sequence) else ()
    return tuple(item.value for item in items if isinstance(item, Scalar))


def _given(checkout: Checkout, path: str, services: dict[str, Mapping], service: str, name: str) -> _Value | None:
    """What a service, with those it extends, sets a variable to; None where none does."""
    chain = list(_extended(checkout, path, services, service))
    given = (_environment(checkout, *one, name) for one in chain)
    of_files = (_of_env_files(checkout, where, own, name) for where, own, _ in chain)
    return next((one for one in (*given, *of_files) if one is not None), None)


def _extended(
    checkout: Checkout, path: str, services: dict[str, Mapping], service: str
) -> Iterator[tuple[str, Mapping, str]]:
    """A service and those it extends, each with the file it stands in and its name.

    https://docs.docker.com/reference/compose-file/services/#extends
    """
    seen: set[tuple[str, str]] = set()
    while (path, service) not in seen and len(seen) < MAX_EXTENDS:
        seen.add((path, service))
        own = services.get(service)
        if own is None:
            return
        yield path, own, service
        extended = own.get("extends")
        other = extended.scalar("service") if isinstance(extended, Mapping) else extended
        if not isinstance(other, Scalar):
            return
        service = other.value
        if isinstance(extended, Mapping) and (file := extended.scalar("file")):
            path = join(posixpath.dirname(path), file.value)
            services = _services(checkout, path)


def _environment(checkout: Checkout, path: str, service: Mapping, called: str, name: str) -> _Value | None:
    text, span = written(service.get("environment"), name)
    if span is None:
        return None
    if text is None:
        return _Value(Unknown(f"`{name}` is set where Compose runs", span), "")
    known = text.known()
    if isinstance(known, Unknown):
        return _Value(known, "")
    beside = checkout.source(join(posixpath.dirname(path), ".env")) if "$" in known.value else None
    settings = beside.parsed(env.compose) if beside is not None else env.EnvFile(())
    value = expand(known.value, known.span, compose=True, known=settings.values())
    whole = _WHOLE.fullmatch(known.value)
    entry = settings.get(whole[1] or whole[2]) if whole else None
    if (
        isinstance(value, Known)
        and entry is not None
        and isinstance(entry.value, Known)
        and entry.value.value == value.value
    ):
        place = Place(span, f'{name} of service "{called}"')
        return _Value(replace(value, span=entry.span, trail=(place,)), "")
    return _Value(value, "")


def written(environment: Node | None, name: str) -> tuple[Text | None, Span | None]:
    """What stands for a variable in a mapping or a list of `NAME=value`, and where; a name alone has no text."""
    text: Text | None = None
    span: Span | None = None
    if isinstance(environment, Mapping):
        value = environment.get(name)
        if isinstance(value, Scalar):
            text, span = (None if value.kind == "null" else value.text), value.span
    elif isinstance(environment, Sequence):
        for item in environment.items:
            if isinstance(item, Scalar):
                given, equals, _ = item.value.partition("=")
                if given == name:
                    text = item.text.part(len(given) + 1, len(item.value)) if equals else None
                    span = item.span if text is None else text.span
    return text, span


def _of_env_files(checkout: Checkout, path: str, service: Mapping, name: str) -> _Value | None:
    files = service.get("env_file")
    for item in reversed(files.items if isinstance(files, Sequence) else (files,)):
        written = item.scalar("path") if isinstance(item, Mapping) else item
        if not isinstance(written, Scalar):
            continue
        told = expand(written.value, compose=True)
        file = join(posixpath.dirname(path), told.value) if isinstance(told, Known) else ""
        source = checkout.source(file)
        if source is not None and name in source.text and (entry := source.parsed(env.compose).get(name)):
            return _Value(readable(entry.value), f"{file}, env_file of ")
    return None
