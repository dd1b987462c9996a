"""Values of the resolver in short, for tests to compare."""

from __future__ import annotations

from corslint.collect import Project
from corslint.resolve.python import resolver_of
from corslint.values import Items, Mapping, OneOf, Unknown, Value


def project_of(files: dict[str, str]) -> Project:
    """A project of these texts by their paths."""
    made = Project()
    for path, text in files.items():
        made.keep(path, text)
    return made


def shown(value: Value[object] | None) -> object:
    """A value in short: `~` before the variable that overrides, `?` before a reason, cases by condition."""
    if value is None:
        return "not set"
    if isinstance(value, Unknown):
        return f"? {value.reason}"
    if isinstance(value, OneOf):
        return {
            " and ".join(f"{c.subject} {c.state}" for c in way.conditions): shown(way.value)
            for way in value.alternatives
        }
    inner: object = value.value
    if isinstance(inner, Items):
        kinds = {"list": list, "tuple": tuple, "set": list}
        inner = kinds[inner.kind]([shown(item) for item in inner.items])
    elif isinstance(inner, Mapping):
        inner = {shown(name): shown(item) for name, item in inner.pairs}
    return inner if value.override is None else (inner, f"~{value.override}")


def first_use(project: Project, path: str) -> object:
    """The first argument of the first call of `use` in a file."""
    source = project.source(path)
    assert source is not None
    resolver = resolver_of(project, source)
    call = next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")
    return shown(resolver.value(call.args[0].value))


def used(files: dict[str, str], path: str = "main.py") -> object:
    """As `first_use`, in a project of these texts."""
    return first_use(project_of(files), path)
