"""Which routers use a middleware, as far as one file tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corslint.collect import Project
from corslint.policy import PathTest, Scope
from corslint.servers.traefik.notation import Label, Middleware
from corslint.syntax.yaml import Mapping, Scalar, Sequence, Text

_PATH = re.compile(r"\b(PathPrefix|Path)\(\s*(?:`([^`{}]*)`|\"([^\"{}\\]*)\"|'([^'{}\\]*)')\s*\)")
_ANY_PATH = re.compile(r"\bPath\w*\(")
_CONFIGURATION = re.compile(r"\.(?:ya?ml|toml)\Z", re.IGNORECASE)
_MAX_FILES = 200
"""How many other files are searched for a name; in a larger run nothing is said."""


@dataclass(slots=True)
class Router:
    """A router, and the middlewares it names."""

    name: str
    rule: Text | None = None
    middlewares: tuple[str, ...] = ()


def scope(found: Middleware) -> Scope:
    """The paths of the routers that name the middleware; everything where one of them takes every path."""
    users = [router for router in routers(found) if found.name.lower() in router.middlewares]
    tests = [test for router in users for test in _paths(router)]
    text = ", ".join(dict.fromkeys(router.rule.value for router in users if router.rule))
    if any(not _paths(router) for router in users):
        return Scope(text)
    return Scope(text, tuple(tests))


def _paths(router: Router) -> list[PathTest]:
    """The path a rule asks for, if it asks for exactly one; rules that join or negate are taken for every path."""
    rule = router.rule.value if router.rule else ""
    if "||" in rule or "!" in rule or len(_ANY_PATH.findall(rule)) != 1 or not (path := _PATH.search(rule)):
        return []
    text = next(group for group in path.groups()[1:] if group is not None)
    return [PathTest(text, "prefix" if path[1] == "PathPrefix" else "exact")] if text.startswith("/") else []


def routers(found: Middleware) -> tuple[Router, ...]:
    """The routers that stand beside a middleware: among the same labels, or in the same file."""
    if found.notation == "labels":
        return tuple(_of_labels(found.labels))
    http = _child(found.root, "http") if found.notation == "file" else None
    section = _child(http, "routers")
    return tuple(_of_section(section)) if section else ()


def _child(node: object, name: str) -> Mapping | None:
    if not isinstance(node, Mapping):
        return None
    values = [entry.value for entry in node.entries if entry.name.lower() == name]
    return values[-1] if values and isinstance(values[-1], Mapping) else None


def _of_labels(labels: Iterable[Label]) -> Iterator[Router]:
    made: dict[str, Router] = {}
    for label in labels:
        words = label.words
        if words[:3] == ("traefik", "http", "routers") and len(words) >= 5:
            router = made.setdefault(words[3], Router(words[3]))
            if words[4] == "rule":
                router.rule = label.value
            elif words[4] == "middlewares":
                router.middlewares = _names(label.value.split(","))
    yield from made.values()


def _of_section(section: Mapping) -> Iterator[Router]:
    for entry in section.entries:
        if isinstance(entry.value, Mapping):
            router = Router(entry.name)
            for one in entry.value.entries:
                if one.name.lower() == "rule" and isinstance(one.value, Scalar):
                    router.rule = one.value.text
                elif one.name.lower() == "middlewares" and isinstance(one.value, Sequence):
                    router.middlewares = _names(item.text for item in one.value.items if isinstance(item, Scalar))
            yield router


def _names(texts: Iterable[Text]) -> tuple[str, ...]:
    return tuple(text.value.strip().lower().partition("@")[0] for text in texts)


def is_unused(project: Project, found: Middleware) -> bool:
    """Whether it is certain that no router uses a middleware.

    Routers beside it must pass it by, and nothing else in the file or in the rest of the run may hold its name as a
    word: a chain, an entry point or another provider can use it too. What stands on Traefik's own container is there
    to be shared.
    """
    if found.notation == "resource" or not re.fullmatch(r"[\w-]+", found.name) or not routers(found):
        return False
    if found.service is not None:
        image = found.service.scalar("image")
        if image is None or re.search(r"(?:^|/)traefik(?::|@|\Z)", image.value):
            return False
    elif found.notation == "labels":
        return False
    word = re.compile(rf"(?<![\w-]){re.escape(found.name)}(?![\w-])", re.IGNORECASE)
    source = found.place.source
    defined = {label.parts[3].span.start for label in found.labels if _defines(label, found.name)} | {found.place.start}
    if any(hit.start() not in defined and hit.start() - 1 not in defined for hit in word.finditer(source.text)):
        return False
    others = [f.path for f in project.files if f.path != source.path and _CONFIGURATION.search(f.path)]
    if len(others) > _MAX_FILES:
        return False
    read = filter(None, map(project.source, others))
    return not any(word.search(other.text) for other in read)


def _defines(label: Label, name: str) -> bool:
    return label.words[:3] == ("traefik", "http", "middlewares") and label.words[3] == name.lower()
