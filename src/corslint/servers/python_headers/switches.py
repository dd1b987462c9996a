"""Attributes of a class that the program sets from elsewhere: `Handler.ENABLE_CORS = settings.cors`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.resolve.python import Resolver
from corslint.syntax.python import dotted

if TYPE_CHECKING:
    import libcst as cst

MAX_FILES = 2000
"""Files looked through for one attribute; in a larger project nothing is taken to be set from elsewhere."""


def switched_elsewhere(resolver: Resolver, node: cst.BaseExpression) -> str | None:
    """The path of the file that sets what `self.NAME` is in a class; None where the class alone decides."""
    import libcst

    if not isinstance(node, libcst.Attribute) or dotted(node.value) not in ("self", "cls"):
        return None
    owner = resolver.module.enclosing_class(node)
    if owner is None:
        return None
    kept = resolver.project.once(_kept)
    setting = f"{owner.name.value}.{node.attr.value}"
    if setting not in kept:
        kept[setting] = _setter(resolver.project, setting)
    return kept[setting]


def _kept(project: Project) -> dict[str, str | None]:
    """What was found of each attribute that was asked for."""
    return {}


def _setter(project: Project, setting: str) -> str | None:
    if not setting.isascii():
        return None
    sets = re.compile(rf"^[ \t]*(?:\w+\.)*{re.escape(setting)}[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
    paths = [listed.path for listed in project.files if listed.path.endswith(".py")]
    for path in paths if len(paths) <= MAX_FILES else ():
        if project.mentions(path, setting):
            source = project.source(path)
            if source is not None and sets.search(source.text):
                return path
    return None
