"""Which Traefik it is, and since when it answers otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename

from corslint.collect import Project, shared_folders
from corslint.releases import numbers
from corslint.source import Source
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Mapping, Node
from corslint.values import Unknown

MAX_FILES = 300
"""How many other files are searched for the tag of an image."""
_NUMBER = r"v?(?P<version>\d+(?:\.\d+){0,2})(?![\w.])"
_IMAGE = re.compile(rf"(?:.*/)?traefik:{_NUMBER}")
_TAG = _NUMBER.replace("version", "tag")
_TAGS = re.compile(
    rf"""
    ^ (?: [ \t-]* image: [ \t]* ["']? | FROM[ \t]+ (?:--\S+[ \t]+)? )
    (?:[\w.-]+ (?::\d+)? /)* traefik: (?:\$\{{\w+:?-)? {_NUMBER}
    | ^ [ \t]* repository: [ \t]* ["']? (?:[\w.-]+/)* traefik ["']? [ \t]* \n [ \t]* tag: [ \t]* ["']? {_TAG}
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""An image in Compose, in a container of Kubernetes, in a Dockerfile, and in the values of a Helm chart."""
_CHART = re.compile(
    r"""
    ^ [ \t]* - [ \t]* name: [ \t]* ["']? traefik ["']? [ \t]* \n
    (?: [ \t]+ (?!version:) \w+ : .* \n )* [ \t]+ version: [ \t]* ["']? [~^]? (\d+) \.
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A chart among those that another is made of."""
_NAMES = re.compile(r"\.ya?ml\Z|(?:^|/)(?:[^/]*\.)?Dockerfile[^/]*\Z", re.IGNORECASE)
_FIRST_CHART_OF_3 = 28
"""https://github.com/traefik/traefik-helm-chart/releases/tag/v28.0.0"""


@dataclass(frozen=True, slots=True)
class Release:
    """A version, and how it is known."""

    version: str
    """As far as it is told: "2", "3.6", "3.6.22"."""
    reason: str


def release_of(project: Project, source: Source, root: Node | None, api_version: str = "") -> Release | None:
    """The Traefik that reads a file: the tag of the image beside it, or in the nearest file that has one.

    Where the nearest files disagree about what matters here, it is not known.
    """
    if tag := of_compose(root):
        return Release(tag, "the tag of the image")
    if found := list(_tags(source)):
        return found[0] if len({_differs(one.version) for one in found}) == 1 else None
    if api_version.startswith("traefik.containo.us/"):
        # https://doc.traefik.io/traefik/migrate/v2-to-v3-details/#kubernetes-crds-api-group-traefikcontainous
        return Release("2", "Traefik 3 knows no apiVersion traefik.containo.us")
    others = project.once(_elsewhere)
    near = [(shared_folders(path, source.path), one) for path, one in others if path != source.path]
    nearest = max((shared for shared, _ in near), default=0)
    chosen = [one for shared, one in near if shared == nearest]
    return chosen[0] if len({_differs(one.version) for one in chosen}) == 1 else None


def _elsewhere(project: Project) -> tuple[tuple[str, Release], ...]:
    paths = [listed.path for listed in project.files if _NAMES.search(listed.path)][:MAX_FILES]
    read = [source for path in paths if (source := project.source(path)) is not None and "traefik" in source.text]
    return tuple((source.path, one) for source in read for one in _tags(source))


def _tags(source: Source) -> Iterator[Release]:
    for found in _TAGS.finditer(source.text):
        yield Release(found["version"] or found["tag"], f"the tag of the image in {basename(source.path)}")
    for found in _CHART.finditer(source.text):
        if int(found[1]) < _FIRST_CHART_OF_3:
            yield Release("2", f"the Helm chart in {basename(source.path)} is one of Traefik 2")


def _differs(version: str) -> tuple[bool, bool]:
    return reflects(version), knows_single_origin(version)


def of_compose(root: Node | None) -> str | None:
    """The version in the tag of the `traefik` image of a Compose file, such as "3.6"; None where there is none."""
    services = root.mapping("services") if isinstance(root, Mapping) else None
    for entry in services.entries if services else ():
        image = entry.value.scalar("image") if isinstance(entry.value, Mapping) else None
        name = expand(image.value, compose=True) if image and not image.template else None
        if name is not None and not isinstance(name, Unknown) and (found := _IMAGE.match(name.value)):
            return found[1]
    return None


def reflects(version: str | None) -> bool:
    """Whether `*` is answered with the request's own values once credentials are on; so the newest, and the unknown.

    Since 3.6.22 and 3.7.6 (https://github.com/traefik/traefik/pull/13368). A tag without its last number is the newest
    of its line.
    """
    known = numbers(version)
    if not known:
        return True
    if len(known) == 3 and known[:2] in ((3, 6), (3, 7)):
        return known[2] >= (22 if known[1] == 6 else 6)
    return known >= (3, 6) or known == (3,)


def knows_single_origin(version: str | None) -> bool:
    """Whether `accessControlAllowOrigin` is an option: before 2.2, where the list took its place."""
    return (0,) < numbers(version) < (2, 2) and numbers(version) != (2,)
