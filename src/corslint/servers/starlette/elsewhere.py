"""Uses of a subclass, or of another name of the class, in files that do not speak of CORS themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.resolve.classes import ancestry
from corslint.resolve.objects import ClassObject
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.starlette.handed import CLASS, Candidate, descends, is_defined_here, speaks_of_cors
from corslint.servers.starlette.instances import mentioning
from corslint.servers.starlette.sites import Site, sites
from corslint.servers.starlette.versions import Behaviour
from corslint.syntax.python import SyntaxProblem

if TYPE_CHECKING:
    import libcst as cst

MAX_FILES = 30
"""Files that mention such a name and are read for its uses."""
WORD = "corsmiddleware"
"""What a file holds that is read on its own."""


@dataclass(slots=True)
class _Followed:
    """What one file defines, followed into the others."""

    project: Project
    how: Behaviour
    known: set[cst.ClassDef] = field(default_factory=set)
    files: int = 0

    def uses(self, resolver: Resolver) -> Iterator[Site]:
        for name, cls in _named(resolver):
            if cls is not None and cls in self.known:
                continue
            self.known |= {cls} if cls is not None else set()
            for source in mentioning(self.project, resolver.module.source, name, tests=True):
                is_itself = WORD in source.text.lower()
                if (is_itself and "cors" in name.lower()) or not _may_use(source.text, name):
                    continue
                self.files += 1
                if self.files > MAX_FILES:
                    return
                try:
                    other = resolver_of(self.project, source)
                except SyntaxProblem:
                    continue
                for site in sites(other, self.how, _called(other, name, but=is_itself)):
                    if _is_of(site, cls):
                        yield site
                if not is_itself:
                    yield from self.uses(other)


def uses(project: Project, resolver: Resolver, how: Behaviour) -> Iterator[Site]:
    """The uses, in other files, of the classes and other names that a file gives to the middleware class."""
    yield from _Followed(project, how).uses(resolver)


def _named(resolver: Resolver) -> Iterator[tuple[str, cst.ClassDef | None]]:
    """The names a module gives to the class or its subclasses for who imports them; with the class for a subclass."""
    import libcst

    tree = resolver.module.tree
    for definition in resolver.module.find(libcst.ClassDef):
        is_global = bool(definition.bases) and resolver.scopes.scope(definition) is tree
        if is_global and descends(ClassObject(resolver, definition)):
            yield definition.name.value, definition
    for name in resolver.names.aliases({"CORSMiddleware"}):
        if resolver.scopes.binds(tree, name) and not CLASS.isdisjoint(resolver.names.of_name(name)):
            yield name, None


def _may_use(text: str, name: str) -> bool:
    return "iddleware" in text and re.search(rf"\b{re.escape(name)}\b", text) is not None


def _called(resolver: Resolver, name: str, *, but: bool) -> Candidate:
    """Whether an expression goes by a name; with `but`, only where the file is not read for it on its own."""
    itself = speaks_of_cors(resolver)

    def is_candidate(node: cst.BaseExpression) -> bool:
        if but and itself(node):
            return False
        names = resolver.names.qualified(node)
        return is_defined_here(resolver, node) or any(one.rpartition(".")[2] == name for one in names)

    return is_candidate


def _is_of(site: Site, cls: cst.ClassDef | None) -> bool:
    found = site.handed.subclass
    if cls is None:
        return found is None and site.handed.changed is None
    return found is not None and any(one.node is cls for one in ancestry(found).classes)
