"""Which files are nginx configuration, and which of them are read together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import basename

from corslint.collect import Project
from corslint.finding import Unread
from corslint.releases import numbers
from corslint.resolve.nginx_blocks import Configuration, Rejection, build
from corslint.resolve.nginx_files import LIKELY, Expansion, Files
from corslint.server import Read
from corslint.servers.nginx import FILES, WORDS, embedded
from corslint.servers.nginx.policies import policies, refused_policy, with_rejections
from corslint.servers.nginx.unknown import unknown_variables
from corslint.source import Source, Span
from corslint.syntax.nginx import DIRECTIVES, parse

_MENTION = re.compile(r"access-control-", re.IGNORECASE)
_DATA_BLOCKS = frozenset({"map", "geo", "types", "split_clients", "charset_map", "upstream"})


def read(project: Project, source: Source) -> Read:
    """The policies of the configurations this file is part of, and what in the file could not be read.

    A configuration is read from its root on. Its policies are given when the root is read, or where nothing in the root
    hints at headers, with the first of the included files that does.
    """
    if embedded.YAML.search(source.path) or embedded.SCRIPTS.search(source.path):
        yield from embedded.read(project, source)
        return
    if not _is_nginx(source):
        return
    yield from _unread(source)
    roots = project.once(_Roots.of)
    for root in roots.files.roots(source):
        configuration, expansion = roots.built(root)
        if roots.speaker(root, expansion) is source:
            rejections = [rejection for rejection in configuration.rejections if rejection.cors]
            rejections += unknown_variables(configuration)
            rejections += _too_new(root, expansion, project.versions.get("nginx"))
            called = basename(root.path)
            found = list(policies(called, configuration))
            if rejections:
                found = with_rejections(found or [refused_policy(called, configuration, rejections[0])], rejections)
            yield from found


_KNOWS_INHERIT = (1, 29, 3)
"""https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header_inherit"""


def _too_new(root: Source, expansion: Expansion, version: str | None) -> Iterator[Rejection]:
    """What an nginx of this version does not know yet; nothing where the version is not known."""
    known = numbers(version)
    if not known or known >= _KNOWS_INHERIT[: len(known)]:
        return
    for source in (root, *expansion.sources.values()):
        for directive in source.parsed(parse).walk():
            if directive.name.value == "add_header_inherit":
                why = f"nginx {version} refuses `add_header_inherit`, which came with 1.29.3"
                yield Rejection(directive.head, why, cors=True)


@dataclass(frozen=True, slots=True)
class _Roots:
    """The configurations of a project, each built once."""

    files: Files
    listed: frozenset[str]
    """The paths of the run; empty for a single text."""
    _built: dict[str, tuple[Configuration, Expansion]] = field(default_factory=dict)

    @staticmethod
    def of(project: Project) -> _Roots:
        """See `Project.once`."""
        return _Roots(project.once(Files.of), frozenset(listed.path for listed in project.files))

    def built(self, root: Source) -> tuple[Configuration, Expansion]:
        """A configuration, and its files."""
        if root.path not in self._built:
            expansion = Expansion(self.files, root)
            self._built[root.path] = build(expansion, root.parsed(parse).directives), expansion
        return self._built[root.path]

    def speaker(self, root: Source, expansion: Expansion) -> Source | None:
        """The file with which the policies of a root are given: the first that the run reads."""
        for source in (root, *(expansion.sources[path] for path in sorted(expansion.sources))):
            is_read = source.path in self.listed or not self.listed
            if is_read and FILES.search(source.path) and _has_words(source) and _is_nginx(source):
                return source
        return None


def _has_words(source: Source) -> bool:
    text = source.text.lower()
    return any(word.decode() in text for word in WORDS)


def _is_nginx(source: Source) -> bool:
    """Whether a file is nginx configuration: by its directives, and where its name does not say so, by CORS headers."""
    if not LIKELY.search(source.path) and not _MENTION.search(source.text):
        return False
    known = others = 0
    sends = False
    waiting = list(source.parsed(parse).directives)
    while waiting:
        directive = waiting.pop()
        name = directive.name.value
        known += name in DIRECTIVES
        others += name not in DIRECTIVES
        sends = sends or (name in ("add_header", "more_set_headers") and any(map(_MENTION.match, directive.values)))
        if directive.block and name not in _DATA_BLOCKS:
            waiting.extend(directive.block)
    return known >= others and (sends or LIKELY.search(source.path) is not None)


def _unread(source: Source) -> Iterator[Unread]:
    tree = source.parsed(parse)
    if not _MENTION.search(source.text):
        return
    if tree.problems:
        first, *more = tree.problems
        also = f" (and {len(more)} more such places)" if more else ""
        why = ", so nginx refuses this file" if first.refused else ""
        why = ", which tags of the template may hide" if tree.tags else why
        yield Unread(source.path, f"{first.message}{why}{also}", first.span)
    for skipped in tree.skipped:
        if found := _MENTION.search(skipped.text):
            span = Span(source, skipped.start + found.start(), skipped.start + found.end())
            yield Unread(source.path, "CORS headers in the other branch of a template condition are not read", span)
    for directive in tree.walk():
        if "_by_lua" in directive.name.value and (found := _MENTION.search(directive.span.text)):
            span = Span(source, directive.start + found.start(), directive.start + found.end())
            yield Unread(source.path, "CORS headers that Lua code sets are not read", span)
