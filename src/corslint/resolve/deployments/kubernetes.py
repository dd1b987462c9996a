"""Kubernetes: the `env` and `envFrom` of containers, ConfigMaps, and which variables a Secret holds.

https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/. What a Secret holds is
never taken over, and no span of it given: reports quote the lines of spans.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from corslint.collect import read_bytes
from corslint.finding import Unread
from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.compose import written
from corslint.resolve.deployments.surroundings import Around, Checkout, Found, join
from corslint.resolve.deployments.workloads import Workload, telling
from corslint.syntax import env
from corslint.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlError, documents, walk
from corslint.values import Known, Place, Unknown

FILES = re.compile(r".*\.ya?ml", re.IGNORECASE)
MAX_FILES = 3_000
"""YAML files of a checkout that are searched for manifests."""
MAX_BYTES = 1_000_000
"""A longer file is no manifest that someone wrote."""
MAX_HELD = 50
"""ConfigMaps with one variable that are looked at: overlays have a handful."""
_MANIFEST = re.compile(
    rb"^kind:[ \t]*[\"']?(?:ConfigMap|Secret)\b|^[ \t-]*(?:containers|configMapGenerator|secretGenerator):",
    re.MULTILINE,
)
_TEMPLATE = re.compile(r"\{\{.*?\}\}-?", re.DOTALL)
_REFERENCE = re.compile(r"(?<!\$)\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


@dataclass(frozen=True, slots=True)
class _Held:
    """What a ConfigMap or Secret holds under one key."""

    kind: str
    name: str
    path: str
    namespace: str
    value: Known[str] | Unknown


@dataclass(frozen=True, slots=True)
class _Container:
    """A container of a workload."""

    path: str
    kind: str
    workload: str
    namespace: str
    name: str
    is_alone: bool
    mapping: Mapping

    @property
    def deployment(self) -> str:
        """What its values belong to."""
        return f"{self.path}#{self.title}".rstrip("#") + ("" if self.is_alone else f"/{_spoken(self.name)}")

    @property
    def title(self) -> str:
        """Its name for people, that of the workload where there is one; empty where templates make them."""
        return _spoken(self.workload, self.name)


def assignments(around: Around, name: str) -> Iterator[Found]:
    """What the workloads of the checkout set a variable to, of those that may run the program."""
    workloads = around.checkout.once(_Manifests).workloads(name)
    yield from telling(around.source.path, workloads)


class _Manifests:
    """The manifests of a checkout. Documents are parsed only if they hold the words asked for."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.paths: list[str] = []
        self.kept: dict[str, list[Workload]] = {}
        for path in checkout.matching(FILES)[:MAX_FILES]:
            data = read_bytes(path, MAX_BYTES)
            if not isinstance(data, Unread) and _MANIFEST.search(data):
                self.paths.append(path)

    def workloads(self, name: str) -> list[Workload]:
        """Who is given a variable, and the ConfigMaps with it that nobody takes in."""
        if name not in self.kept:
            self.kept[name] = list(self.find(name))
        return self.kept[name]

    def find(self, name: str) -> Iterator[Workload]:
        taken: set[_Held] = set()
        done: set[Mapping] = set()
        for container in self.containers(name):
            for held, value in self.direct(container, name):
                taken.update(held)
                done.add(container.mapping)
                yield self.given(container, name, value)
        maps = list(islice(self.held(name), MAX_HELD))
        for title in dict.fromkeys(one.name for one in maps):
            alike = [one for one in maps if one.name == title]
            for container in self.containers(title, "envFrom"):
                if self.takes(container, title):
                    taken.update(alike)
                    if container.mapping not in done:
                        yield from (self.through(container, name, one, is_only=len(alike) == 1) for one in alike)
        for one in maps:
            if one not in taken and one.kind == "ConfigMap":
                environment = self.checkout.environment(one.path, one.namespace, one.name)
                said = Assignment(
                    name,
                    one.value,
                    _titled(one.kind, _spoken(one.name), one.path),
                    f"{one.path}#{_spoken(one.name)}".rstrip("#"),
                    environment,
                )
                yield Workload((one.name,), Found(one.path, said))

    def documents(self, *words: str) -> Iterator[tuple[str, Mapping]]:
        """The documents that hold all words, with their paths."""
        for path in self.paths:
            source = self.checkout.source(path)
            if source is None or not all(word in source.text for word in words):
                continue
            for document in source.parsed(documents):
                if all(word in document.text for word in words):
                    try:
                        root = document.root()
                    except YamlError:
                        continue
                    if isinstance(root, Mapping):
                        yield path, root

    def containers(self, *words: str) -> Iterator[_Container]:
        """The containers in documents that hold all words."""
        for path, root in self.documents("containers", *words):
            metadata = root.mapping("metadata")
            for visit in walk(root):
                found = visit.mapping.get("containers")
                inside = [one for one in _items(found) if isinstance(one, Mapping)]
                for one in inside:
                    yield _Container(
                        path,
                        _text(root, "kind"),
                        _text(metadata, "name"),
                        _text(metadata, "namespace"),
                        _text(one, "name"),
                        len(inside) == 1,
                        one,
                    )

    def direct(self, container: _Container, name: str) -> Iterator[tuple[list[_Held], Known[str] | Unknown]]:
        """What the `env` of a container gives a variable: one value, but for each ConfigMap that may be meant."""
        found = [one for one in _items(container.mapping.get("env")) if _text(one, "name") == name]
        if not found or not isinstance(found[-1], Mapping):
            return
        value, source = found[-1].scalar("value"), found[-1].mapping("valueFrom")
        if value is not None:
            yield [], _filled(value)
        elif source is None:
            # https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables
            yield [], Known("", found[-1].span)
        elif reference := source.mapping("configMapKeyRef"):
            title, key = _text(reference, "name"), _text(reference, "key")
            maps = [one for one in islice(self.held(key), MAX_HELD) if one.name == title and one.kind == "ConfigMap"]
            for one in maps:
                place = Place(reference.span, f'{name} of {container.kind} "{container.title}"')
                yield [one], replace(one.value, trail=(place, *one.value.trail))
            if not maps:
                yield [], Unknown(f'the ConfigMap "{title}" holds it', reference.span)
        elif reference := source.mapping("secretKeyRef"):
            yield [], Unknown(f'the Secret "{_text(reference, "name")}" holds it', reference.span)
        else:
            yield [], Unknown("Kubernetes fills it in", source.span)

    def takes(self, container: _Container, title: str) -> bool:
        """Whether a container takes in all of a ConfigMap or Secret."""
        return any(
            _text(one.mapping(kind), "name") == title
            for one in _items(container.mapping.get("envFrom"))
            if isinstance(one, Mapping) and _text(one, "prefix") == ""
            for kind in ("configMapRef", "secretRef")
        )

    def given(self, container: _Container, name: str, value: Known[str] | Unknown) -> Workload:
        title = _titled(container.kind or "container", container.title, container.path)
        environment = self.checkout.environment(container.path, container.namespace, container.workload)
        said = Assignment(name, value, title, container.deployment, environment)
        return Workload((container.workload, container.name), Found(container.path, said))

    def through(self, container: _Container, name: str, held: _Held, *, is_only: bool) -> Workload:
        # With one ConfigMap per overlay, each is a deployment of its own.
        deployment = container.deployment if is_only else f"{held.path}#{container.title}"
        environment = self.checkout.environment(held.path, held.namespace, held.name)
        if not environment.marked:
            environment = self.checkout.environment(container.path, container.namespace, container.workload)
        said = Assignment(name, held.value, _titled(held.kind, _spoken(held.name), held.path), deployment, environment)
        return Workload((container.workload, container.name, held.name), Found(held.path, said))

    def held(self, key: str) -> Iterator[_Held]:
        """The ConfigMaps and Secrets that hold a key."""
        for path, root in self.documents(key):
            kind = _text(root, "kind")
            metadata = root.mapping("metadata")
            title, namespace = _text(metadata, "name"), _text(metadata, "namespace")
            if kind == "Secret":
                held = (root.mapping(part) for part in ("stringData", "data"))
                if any(part is not None and part.get(key) is not None for part in held):
                    yield _Held(
                        kind,
                        title,
                        path,
                        namespace,
                        Unknown(f'the Secret "{_spoken(title)}" holds it' if _spoken(title) else "a Secret holds it"),
                    )
            elif kind == "ConfigMap":
                data = root.mapping("data")
                value = data.scalar(key) if data is not None else None
                if value is not None:
                    yield _Held(kind, title, path, namespace, value.text.known())
        yield from self.generated(key)

    def generated(self, key: str) -> Iterator[_Held]:
        """The ConfigMaps that Kustomize makes.

        https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/
        """
        for path, root in self.documents("configMapGenerator"):
            for one in _items(root.get("configMapGenerator")):
                value = self.generator_value(path, one, key) if isinstance(one, Mapping) else None
                if value is not None:
                    yield _Held("ConfigMap", _text(one, "name"), path, _text(root, "namespace"), value)

    def generator_value(self, path: str, generator: Mapping, key: str) -> Known[str] | Unknown | None:
        text, _ = written(generator.get("literals"), key)
        if text is not None:
            quoted = re.fullmatch(r"(['\"])(.*)\1", text.value, re.DOTALL)
            return (text.part(1, len(text.value) - 1) if quoted else text).known()
        files = (*_items(generator.get("envs")), generator.get("env"))
        for one in reversed([file for file in files if isinstance(file, Scalar)]):
            source = self.checkout.source(join(posixpath.dirname(path), one.value))
            entry = source.parsed(env.dotenv).get(key) if source is not None and key in source.text else None
            if entry is not None and not entry.is_bare:
                return entry.value
        return None


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _text(node: Node | None, key: str) -> str:
    """The text under a key; empty where there is none."""
    found = node.scalar(key) if isinstance(node, Mapping) else None
    return found.value if found is not None else ""


def _titled(kind: str, name: str, path: str) -> str:
    """For people: 'ConfigMap "web" of k8s/web.yaml'."""
    return f'{kind} "{name}" of {path}' if name else f"{kind} of {path}"


def _spoken(*names: str) -> str:
    """The first of some names of which something is left without what a template prints."""
    return next((found for name in names if (found := _TEMPLATE.sub("", name).strip("-"))), "")


def _filled(value: Scalar) -> Known[str] | Unknown:
    """The value of an `env` entry. `$(NAME)` stands for another variable.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    known = value.text.known()
    if isinstance(known, Known):
        if found := _REFERENCE.search(known.value):
            return Unknown(f"`{found[1]}` is set where this is deployed", known.span)
        return replace(known, value=known.value.replace("$$", "$"))
    return known
