"""The house: imports run only down the floors, parsers are imported late, and only the command line prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "corslint"
FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "_version",
        "browser",
        "config",
        "environment",
        "globs",
        "origins",
        "source",
    ),
    (
        "candidates",
        "collect",
        "domains",
        "finding",
        "fingerprints",
        "misspelling",
        "releases",
        "syntax",
        "values",
        "witness",
        "wording",
    ),
    (
        "advice",
        "blame",
        "called",
        "cases",
        "catalogue",
        "console",
        "facts",
        "failures",
        "intruders",
        "iteration",
        "methods",
        "mistakes",
        "mistyped",
        "options",
        "output",
        "policy",
        "preflights",
        "provenance",
        "questions",
        "remedies",
        "repeats",
        "resolve",
        "rule",
        "server",
        "simulation",
        "static_files",
        "triage",
    ),
    ("checks", "servers"),
    ("engine", "judgement"),
    ("cli", "__main__"),
)
"""From the ground up; modules of one floor may import each other, but not in a circle."""
PARSERS = {"libcst", "packaging", "publicsuffixlist", "yaml", "tomli", "regex"}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def floor(module: str) -> int:
    top = module.split(".")[0]
    return next(number for number, names in enumerate(FLOORS) if top in names)


def imports(tree: ast.Module, *, late: bool) -> Iterator[str]:
    """The modules a module imports while it is imported itself; with `late` also those in functions and for types."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                for alias in node.names:
                    below = f"{module}.{alias.name}"
                    yield below if below.removeprefix("corslint.") in MODULES else module
            case ast.FunctionDef() if not late:
                pass
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) if not late:
                waiting += node.orelse
            case _:
                waiting += ast.iter_child_nodes(node)


def own(names: Iterator[str]) -> set[str]:
    """Those of our own modules that are among the names, without the package's."""
    return {
        name.removeprefix("corslint.")
        for name in names
        if name.startswith("corslint.") and name.removeprefix("corslint.") in MODULES
    }


@pytest.mark.parametrize("module", [module for module in MODULES if module])
def test_imports_run_down_the_floors(module: str) -> None:
    upwards = {
        name
        for name in own(imports(MODULES[module], late=False))
        if floor(name) > floor(module) and name.split(".")[0] != module.split(".")[0]
    }
    assert not upwards


def test_no_module_is_imported_in_a_circle() -> None:
    needs = {module: own(imports(tree, late=False)) - {module} for module, tree in MODULES.items()}
    settled: set[str] = set()
    while ready := {module for module in needs if module not in settled and needs[module] <= settled}:
        settled |= ready
    assert set(needs) - settled == set()


@pytest.mark.parametrize("folder", ["servers", "checks"])
def test_a_server_or_a_check_imports_no_other(folder: str) -> None:
    for module, tree in MODULES.items():
        if module.startswith(f"{folder}."):
            itself = ".".join(module.split(".")[:2])
            others = {
                name
                for name in own(imports(tree, late=True))
                if name.startswith(f"{folder}.") and name != itself and not name.startswith(f"{itself}.")
            }
            assert not others, module


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("cli")])
def test_parsers_are_imported_only_when_there_is_something_to_parse(module: str) -> None:
    assert PARSERS.isdisjoint(name.split(".")[0] for name in imports(MODULES[module], late=False))


def test_only_the_command_line_prints() -> None:
    for module, tree in MODULES.items():
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        printing = [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]
        assert not printing, module
        if not module.startswith("cli"):
            assert "click" not in set(imports(tree, late=True)), module


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {part for module in MODULES for part in module.split(".")}
    assert names.isdisjoint({"utils", "util", "helpers", "helper", "misc", "common"})
