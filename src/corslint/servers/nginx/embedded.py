"""nginx configuration that stands in files of other kinds: YAML, and the here-documents of shell scripts and images.

In YAML it is the text of a ConfigMap, of a snippet annotation (`nginx.ingress.kubernetes.io/configuration-snippet`,
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#configuration-snippet), of
Compose's `configs` or of a task of Ansible. It is read where it stands, so that every place is one of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from posixpath import basename

from corslint.collect import Project
from corslint.environment import Environment, of_path
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.resolve.nginx_blocks import Configuration, build
from corslint.resolve.nginx_files import MAX_INCLUDED, Expansion, Files
from corslint.server import Read
from corslint.servers.nginx.policies import policies, refused_policy, with_rejections
from corslint.source import Source
from corslint.syntax import yaml
from corslint.syntax.nginx import DIRECTIVES, Directive, Tree, Word, parse_part

YAML = re.compile(r"\.ya?ml(?:\.(?:j2|tpl|tmpl|template|gotmpl))?\Z", re.IGNORECASE)
"""Files of YAML, templates of it included."""
SCRIPTS = re.compile(r"\.(?:sh|bash)\Z|(?:^|/)(?:[^/]*\.)?(?:docker|container)file(?:[._-][^/]*)?\Z", re.IGNORECASE)
"""Scripts of the shell, and files that images are built by."""
MAX_PARTS = 200
"""How many texts of one file are read."""

_SENDS = re.compile(r"\b(?:add_header|more_set_headers)\b[^;]{0,200}\bAccess-Control-", re.IGNORECASE)
_HERE = re.compile(r"<<-?[ \t]*(?P<quote>[\"']?)(?P<end>[^\s\"'<>|;&()$`]+)(?P=quote)[^\n]*\n")
_BLOCK = re.compile(r"^(?P<indent>[ ]*)(?:-[ ]+)?(?P<key>[\w./-]+):[ \t]*[|>][-+0-9]*[ \t]*\n", re.MULTILINE)
_BELONGS = re.compile(r"[ \t]*(?:\n|\{\{|\Z)")
"""A line inside of a block, however far it is indented: an empty one, or a tag of a template."""
_SHELL_ESCAPE = re.compile(r"\\([$`\\])")
_SNIPPET = re.compile(r"(?:^|[/-])snippets?\Z")
"""Keys of texts that a controller puts before what hands the request on to the application."""
_SWITCH = "nginx.ingress.kubernetes.io/enable-cors"


@dataclass(frozen=True, slots=True)
class Part:
    """One text that nginx reads as a file, or as a part of one."""

    name: str
    """The key it stands under, such as `default.conf`; for a here-document the word that ends it."""
    tree: Tree
    environment: Environment = Environment()  # noqa: RUF009 - frozen

    @property
    def statements(self) -> tuple[Directive, ...]:
        """The directives, and behind those of a snippet what the controller writes there."""
        directives = self.tree.directives
        if not _SNIPPET.search(self.name) or not directives:
            return directives
        source, start = self.tree.source, directives[0].start
        words = [Word(source, start, start, text) for text in ("proxy_pass", "http://application")]
        return (*directives, Directive(words[0], (words[1],), source, start, start))


def read(project: Project, source: Source) -> Read:
    """The policies of the texts in a file, and what in it could not be read."""
    if not _SENDS.search(source.text):
        return
    groups = _of_yaml(source) if YAML.search(source.path) else _of_script(source)
    files = project.once(Files.of)
    parts = 0
    for group in groups:
        if parts > MAX_PARTS:
            yield Unread(source.path, f"more than {MAX_PARTS} texts of nginx in one file; the rest is not read")
            return
        parts += 1 if isinstance(group, Unread) else len(group)
        if isinstance(group, Unread):
            yield group
            continue
        yield from _policies(files, source, group)


def _policies(files: Files, source: Source, group: Mapping[str, Part]) -> Iterator[Policy]:
    """The policies of texts that may include each other; a text that another takes in is no root."""
    built: dict[str, Configuration] = {}
    included: set[str] = set()
    for name, part in group.items():
        others = {other: one.tree for other, one in group.items() if other != name}
        expansion = Expansion(files, source, parts=others, _left=max(MAX_INCLUDED // len(group), 20))
        built[name] = build(expansion, part.statements)
        included |= expansion.parts_taken
    for name, configuration in built.items():
        part = group[name]
        if name in included or not _is_nginx(part.tree, configuration):
            continue
        rejections = [rejection for rejection in configuration.rejections if rejection.cors]
        found = list(policies(name, configuration))
        if rejections:
            found = with_rejections(found or [refused_policy(name, configuration, rejections[0])], rejections)
        for policy in found:
            yield replace(policy, key=f"{name}:{policy.key}", environment=part.environment)


def _is_nginx(tree: Tree, configuration: Configuration) -> bool:
    """Whether a text is nginx configuration, and its headers are of CORS."""
    known = others = 0
    for directive in tree.walk():
        known += directive.name.value in DIRECTIVES
        others += directive.name.value not in DIRECTIVES
        if known + others > 1_000:
            break
    return known > others


# YAML


def _of_yaml(source: Source) -> Iterator[Mapping[str, Part] | Unread]:
    """The texts of each mapping that holds any."""
    for document in source.parsed(yaml.documents):
        if not _SENDS.search(document.text):
            continue
        try:
            root = document.root()
        except yaml.YamlError as error:
            # Where a template hides the structure, the blocks can still be told by their indentation.
            if found := _blocks(source, document.start, document.end):
                yield found
            else:
                yield Unread(source.path, f"is no valid YAML: {error.message}", error.span)
            continue
        environment = _environment(root)
        for visit in yaml.walk(root):
            texts = {
                entry.name: entry.value
                for entry in visit.mapping.entries[:MAX_PARTS]
                if isinstance(entry.value, yaml.Scalar) and not entry.merged and ";" in entry.value.value
            }
            if not any(_SENDS.search(text.value) for text in texts.values()):
                continue
            if (switch := visit.mapping.scalar(_SWITCH)) is not None and switch.value != "false":
                continue  # what the controller sends itself has a reader of its own, which looks at the snippets too
            is_compose = visit.path[:1] == ("configs",)
            group: dict[str, Part] = {}
            for name, text in texts.items():
                bounds = _bounds(text)
                if bounds is None:
                    if _SENDS.search(text.value):
                        why = "nginx configuration in quotes is not read: write it as a block, after `|`"
                        yield Unread(source.path, why, text.span)
                    continue
                tree = parse_part(source, *bounds)
                if is_compose or "$$" in text.value:
                    tree = _changed(tree, re.compile(r"\$(\$)"))
                group[basename(name) or name] = Part(name, tree, environment)
            if group:
                yield group


def _blocks(source: Source, start: int, end: int) -> Mapping[str, Part]:
    """The blocks of a stretch of YAML that cannot be parsed."""
    found: dict[str, Part] = {}
    stop = start
    while block := _BLOCK.search(source.text, stop, end):
        stop = block.end()
        while stop < end:
            line_end = source.text.find("\n", stop, end) + 1 or end
            line = source.text[stop:line_end]
            if len(line) - len(line.lstrip(" ")) <= len(block["indent"]) and not _BELONGS.match(line):
                break
            stop = line_end
        if _SENDS.search(source.text, block.end(), stop) and len(found) < MAX_PARTS:
            name = basename(block["key"])
            found[name] = Part(block["key"], parse_part(source, block.end(), stop))
    return found


def _bounds(text: yaml.Scalar) -> tuple[int, int] | None:
    """Where the text of a scalar begins and ends in the source, if it stands there as it is."""
    if text.style in ("literal", "folded"):
        first = text.source.text.find("\n", text.start, text.end) + 1
        return (first, text.end) if first else None
    if text.exact is not None:
        return text.exact, text.exact + len(text.value)
    return None


def _environment(root: yaml.Node | None) -> Environment:
    """What the namespace of a Kubernetes object says."""
    metadata = root.mapping("metadata") if isinstance(root, yaml.Mapping) else None
    namespace = metadata.scalar("namespace") if metadata else None
    if namespace is None or namespace.template:
        return Environment()
    judged = of_path(namespace.value)
    return Environment(judged.kind, f"its namespace is {namespace.value!r}", marked=True) if judged.marked else judged


# Scripts


def _of_script(source: Source) -> Iterator[Mapping[str, Part]]:
    """The here-documents of a script."""
    position = 0
    for _ in range(MAX_PARTS):
        found = _HERE.search(source.text, position)
        if found is None:
            return
        end = re.compile(rf"^[ \t]*{re.escape(found['end'])}[ \t]*$", re.MULTILINE).search(source.text, found.end())
        if end is None:
            return
        position = end.end()
        if _SENDS.search(source.text, found.end(), end.start()):
            tree = parse_part(source, found.end(), end.start())
            name = f"<<{found['end']}"
            yield {name: Part(name, tree if found["quote"] else _changed(tree, _SHELL_ESCAPE))}


# Marks of another language


def _changed(tree: Tree, escape: re.Pattern[str]) -> Tree:
    """The tree as nginx gets it once another program has taken its own marks out of the words."""
    return replace(tree, directives=tuple(_unescaped(one, escape) for one in tree.directives))


def _unescaped(directive: Directive, escape: re.Pattern[str]) -> Directive:
    block = directive.block
    return replace(
        directive,
        name=_word(directive.name, escape),
        args=tuple(_word(word, escape) for word in directive.args),
        block=None if block is None else tuple(_unescaped(one, escape) for one in block),
    )


def _word(word: Word, escape: re.Pattern[str]) -> Word:
    return replace(word, value=escape.sub(r"\1", word.value))
