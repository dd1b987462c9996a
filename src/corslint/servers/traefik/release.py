"""Which Traefik it is, and since when it answers otherwise."""

from __future__ import annotations

import re

from corslint.releases import numbers
from corslint.syntax.variables import expand
from corslint.syntax.yaml import Mapping, Node
from corslint.values import Unknown

_IMAGE = re.compile(r"(?:.*/)?traefik:v?(\d+(?:\.\d+){0,2})(?![\w.])")


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
