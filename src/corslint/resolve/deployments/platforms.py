"""Hosting platforms: the maps of variables in their YAML and JSON files, which are all of two or three forms.

| file | documentation |
|---|---|
| render.yaml | https://render.com/docs/blueprint-spec#environment-variables |
| app.json | https://devcenter.heroku.com/articles/app-json-schema#env |
| app.yaml | https://cloud.google.com/appengine/docs/standard/reference/app-yaml#environment_variables |
| vercel.json | https://vercel.com/docs/project-configuration |
| serverless.yml | https://www.serverless.com/framework/docs/providers/aws/guide/environment-variables |
| template.yaml | https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html |
| *task-definition*.json | https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html |
| values.yaml of a Helm chart | by custom: a map or list called env |
| fly.toml | https://fly.io/docs/reference/configuration/#the-env-variables-section |
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.compose import written
from corslint.resolve.deployments.surroundings import Around, Checkout, Found, root_of
from corslint.resolve.deployments.workloads import Workload, telling
from corslint.source import Source
from corslint.syntax.yaml import Mapping, Node, Scalar, Sequence, Visit, walk
from corslint.values import Known, Unknown

FILES = re.compile(
    r"render\.ya?ml|app\.json|app(?:[._-]\w+)?\.ya?ml|vercel\.json|serverless(?:[._-]\w+)?\.ya?ml"
    r"|(?:sam[._-])?template\.ya?ml|values(?:[._-][\w.-]+)?\.ya?ml|.*task-?def(?:inition)?[\w.-]*\.json|fly(?:\.\w+)?\.toml",
    re.IGNORECASE,
)
_MAPS = frozenset({"env", "envvars", "envvariables", "environment", "environmentvariables", "variables", "extraenv"})
"""Keys of maps of variables, in lower case and without the marks between words."""
_NAMES = ("name", "key", "Name")
_AT_RUN_TIME = Unknown("it is set where this is deployed")
_TABLE = r"^[ \t]*\[+[ \t]*([\w.-]*)"


def assignments(around: Around, name: str) -> Iterator[Found]:
    """What the platform files of the checkout set a variable to, of those that may run the program."""
    checkout = around.checkout
    workloads: list[Workload] = []
    for path in checkout.matching(FILES):
        source = checkout.source(path)
        if source is None or name not in source.text:
            continue
        if path.endswith(".toml"):
            workloads += _of_fly(checkout, path, source, name)
        else:
            workloads += _of_maps(checkout, path, source, name)
    yield from telling(around.source.path, workloads)


def _of_maps(checkout: Checkout, path: str, source: Source, name: str) -> Iterator[Workload]:
    root = root_of(source)
    if root is not None and root.get("apiVersion") is not None and root.get("kind") is not None:
        return  # a manifest of Kubernetes, whatever its name
    for visit in walk(root):
        for entry in visit.mapping.entries:
            value = _in_map(entry.value, name) if _is_map(entry.name) and not entry.merged else None
            if value is not None:
                yield _workload(checkout, path, name, value, _owner(visit))


def _is_map(key: str) -> bool:
    return re.sub(r"[^a-z]", "", key.lower()) in _MAPS


def _in_map(node: Node, name: str) -> Known[str] | Unknown | None:
    """What a map or list of variables gives one; None where it does not speak of it."""
    described: Mapping | None = None
    if isinstance(node, Mapping):
        described = node.mapping(name)
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Mapping) and name in (one.value for key in _NAMES if (one := item.scalar(key))):
                described = item
    if described is not None:
        value = described.scalar("value") or described.scalar("Value")
        return _AT_RUN_TIME if value is None else value.text.known()
    text, span = written(node, name)
    if text is not None:
        return text.known()
    return None if span is None else _AT_RUN_TIME


def _owner(visit: Visit) -> str:
    """The name of the service a map belongs to; empty where it has none."""
    for mapping in (visit.mapping, *reversed(visit.above)):
        called = mapping.get("name")
        if isinstance(called, Scalar):
            return called.value
    return visit.path[-1] if visit.path else ""


def _of_fly(checkout: Checkout, path: str, source: Source, name: str) -> Iterator[Workload]:
    key = rf"[\"']?{re.escape(name)}[\"']?"
    line = re.compile(rf"{_TABLE}|^[ \t]*{key}[ \t]*=[ \t]*([\"'])(.*)\2[ \t]*(?:#.*)?\r?$", re.MULTILINE)
    table = ""
    for found in line.finditer(source.text):
        if found[2] is None:
            table = found[1]
        elif table == "env" and "\\" not in found[3]:
            yield _workload(checkout, path, name, Known(found[3], source.span(*found.span(3))), "")


def _workload(checkout: Checkout, path: str, name: str, value: Known[str] | Unknown, owner: str) -> Workload:
    source, deployment = (f'"{owner}" of {path}', f"{path}#{owner}") if owner else (path, path)
    said = Assignment(name, value, source, deployment, checkout.environment(path, owner))
    return Workload((owner,), Found(path, said))
