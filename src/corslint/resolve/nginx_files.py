"""nginx files and the includes between them: which file is a root, and a configuration with its includes in place.

nginx resolves a relative include against the folder of its main file and an absolute one on the machine it runs on
(https://nginx.org/en/docs/ngx_core_module.html#include). A repository holds neither, so the file is looked for beside
the including one, beside the root, and then anywhere by the longest tail of its path that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath

from corslint.collect import Project, shared_folders
from corslint.source import Source
from corslint.syntax.nginx import Directive, Tree, parse

MAX_INCLUDE_DEPTH = 16
"""Includes inside includes; a cycle ends here at the latest."""
MAX_INCLUDED = 2_000
"""Files one root may take in, each as often as it is included."""

LIKELY = re.compile(
    r"nginx|openresty|\.(?:conf|ngx|vhost|inc)(?:\.|$)|(?:sites-(?:available|enabled)|conf\.d|snippets)/"
)
"""Paths that nginx configuration usually has; other files are only read for what they hold."""

_TEMPLATE_ENDING = re.compile(r"\.(?:template|tmpl|tpl|j2|jinja2?|erb|ctmpl|in|dist|example|sample|default)$")
_SYSTEM_FOLDER = re.compile(
    r"^/?(?:etc|usr/local/etc|usr/local|usr/share|opt|usr/local/openresty)/(?:nginx/)?(?:conf/)?"
)
_MAP = re.compile(r"(?:^|[\s{;}])map\s")
_INCLUDE = re.compile(r"(?:^|[\s{;])include\s")


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """An `include` no file was found for."""

    directive: Directive
    name: str


@dataclass(slots=True)
class Expansion:
    """One root with its includes: gives the directives of a block with those of included files in their place."""

    files: Files
    root: Source
    missing: list[Missing] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    """Every file taken in so far, by path."""
    parts: Mapping[str, Tree] = field(default_factory=dict)
    """Texts beside the root in one file, by the names that files have of them in the end: the keys of a ConfigMap."""
    parts_taken: set[str] = field(default_factory=set)
    """The names of those taken in so far."""
    _left: int = MAX_INCLUDED

    def directives(self, block: Sequence[Directive]) -> Iterator[Directive]:
        """The directives of a block, `include`s replaced by what they include."""
        yield from self._expand(block, (self.root.path,))

    def _expand(self, block: Sequence[Directive], stack: tuple[str, ...]) -> Iterator[Directive]:
        for directive in block:
            if directive.name.value != "include" or len(directive.args) != 1 or directive.block is not None:
                yield directive
                continue
            if parts := self._beside(directive.args[0].value):
                for name in parts:
                    if name not in stack and len(stack) <= MAX_INCLUDE_DEPTH and self._left:
                        self._left -= 1
                        self.parts_taken.add(name)
                        yield from self._expand(self.parts[name].directives, (*stack, name))
                continue
            found = self.files.targets(directive, self.root)
            if not found and not _is_glob(directive.args[0].value):
                self.missing.append(Missing(directive, directive.args[0].value))
            for source in found:
                if source.path in stack or len(stack) > MAX_INCLUDE_DEPTH or not self._left:
                    continue
                self._left -= 1
                self.sources[source.path] = source
                yield from self._expand(source.parsed(parse).directives, (*stack, source.path))

    def map_beside(self, variable: str) -> Directive | None:
        """The `map` that defines a variable in one of the texts beside the root."""
        for tree in self.parts.values():
            for one in tree.directives:
                if one.name.value == "map" and one.block is not None and one.values[1:] == (f"${variable}",):
                    return one
        return None

    def _beside(self, name: str) -> list[str]:
        """The texts beside the root that an include means, by the last part of its path."""
        last = basename(name)
        return [part for part in sorted(self.parts) if fnmatchcase(part, last)]


@dataclass(slots=True, eq=False)
class Files:
    """The nginx files of a project."""

    project: Project
    _by_name: dict[str, list[str]]
    """All paths by file name, without template endings."""
    _likely: list[str]
    """The paths that globs are matched against."""
    _includers: dict[str, list[str]] | None = None
    _maps: dict[str, list[Directive]] | None = None

    @staticmethod
    def of(project: Project) -> Files:
        """Made once for a project, see `Project.once`."""
        by_name: dict[str, list[str]] = {}
        for path in sorted(listed.path for listed in project.files):
            by_name.setdefault(_bare(basename(path)), []).append(path)
        return Files(project, by_name, sorted(listed.path for listed in project.files if LIKELY.search(listed.path)))

    def targets(self, include: Directive, root: Source) -> tuple[Source, ...]:
        """The files an `include` takes in, in nginx's order; none if they are not in the project."""
        word = include.args[0]
        if word.templated or "$" in word.value or not word.value:
            return ()
        sources = (self.project.source(path) for path in self._paths(word.value, include.source.path, root.path))
        return tuple(source for source in sources if source is not None and source is not include.source)

    def _paths(self, name: str, including: str, root: str) -> list[str]:
        if name.startswith("/") and not _is_glob(name) and self.project.source(name) is not None:
            return [name]
        wanted = _relative(name)
        folders = dict.fromkeys((dirname(root), dirname(including), ""))
        if _is_glob(name):
            for folder in folders:
                parts = normpath(join(folder, wanted)).split("/")
                if found := [
                    path for path in self._likely if _ends_like(path, parts) and len(_parts(path)) == len(parts)
                ]:
                    return found
        else:
            for folder in folders:
                for ending in ("", ".template", ".tmpl", ".j2", ".erb"):
                    path = normpath(join(folder, wanted + ending))
                    if self.project.source(path) is not None:
                        return [path]
        return self._by_tail(wanted.split("/"), including)

    def _by_tail(self, wanted: list[str], including: str) -> list[str]:
        """The files whose path ends like `wanted`, with as many of its folders as fit any file.

        Of several folders the one nearest to the including file is meant. A glob needs at least one folder to fit.
        """
        is_glob = _is_glob(wanted[-1])
        candidates = self._likely if is_glob else self._by_name.get(_bare(wanted[-1]), [])
        for start in range(len(wanted) - is_glob):
            fitting = [path for path in candidates if path != including and _ends_like(path, wanted[start:])]
            if fitting:
                folder = dirname(max(fitting, key=lambda path: shared_folders(path, including)))
                return [path for path in fitting if dirname(path) == folder]
        return []

    def roots(self, source: Source) -> tuple[Source, ...]:
        """The outermost files that take in `source`, itself where none does; in the order of their paths."""
        if self._includers is None:
            self._includers = self._read_includers()
        found: set[str] = set()
        waiting, seen = [source.path], {source.path}
        while waiting:
            path = waiting.pop()
            above = [one for one in self._includers.get(path, ()) if one not in seen]
            if not above and path not in found and not self._includers.get(path):
                found.add(path)
            seen.update(above)
            waiting.extend(above)
        # Files that include each other in a circle have no outermost one: each stands for itself.
        sources = (self.project.source(path) for path in sorted(found) or [source.path])
        return tuple(one for one in sources if one is not None) or (source,)

    def map_of(self, variable: str, near: Source) -> Directive | None:
        """The `map` that defines a variable in some file, the one nearest to `near` where there are several.

        Folders such as `conf.d` are often all there is of a configuration; what includes them comes with nginx.
        """
        if self._maps is None:
            self._maps = {}
            for path in self._likely:
                source = self.project.source(path)
                if source is not None and _MAP.search(source.text):
                    for directive in source.parsed(parse).walk():
                        if directive.name.value == "map" and directive.block is not None and len(directive.args) == 2:
                            self._maps.setdefault(directive.args[1].value.removeprefix("$"), []).append(directive)
        found = self._maps.get(variable, [])
        return max(found, key=lambda one: shared_folders(one.source.path, near.path), default=None)

    def _read_includers(self) -> dict[str, list[str]]:
        includers: dict[str, list[str]] = {}
        for listed in self.project.files:
            if not LIKELY.search(listed.path):
                continue
            source = self.project.source(listed.path)
            if source is None or not _INCLUDE.search(source.text):
                continue
            for directive in source.parsed(parse).walk():
                if directive.name.value == "include" and len(directive.args) == 1:
                    for target in self.targets(directive, source):
                        above = includers.setdefault(target.path, [])
                        if source.path not in above:
                            above.append(source.path)
        return includers


def _is_glob(name: str) -> bool:
    return any(character in name for character in "*?[")


def _bare(name: str) -> str:
    """A file name without the ending that only says it is a template."""
    while (shorter := _TEMPLATE_ENDING.sub("", name)) != name:
        name = shorter
    return name


def _relative(name: str) -> str:
    return _SYSTEM_FOLDER.sub("", name).lstrip("/") if name.startswith("/") else name


def _parts(path: str) -> list[str]:
    *folders, name = path.split("/")
    return [*folders, _bare(name)]


def _ends_like(path: str, wanted: list[str]) -> bool:
    """Whether the last parts of a path match these, which may be globs."""
    *folders, name = wanted
    last = _parts(path)[-len(wanted) :]
    return len(last) == len(wanted) and all(map(fnmatchcase, last, [*folders, _bare(name)]))
