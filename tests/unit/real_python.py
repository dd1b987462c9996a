"""Runs generated packages with the real Python, many in one process, and tells what their names were.

Only code that the tests generate is run, in a folder that is thrown away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_WORKER = r"""
import enum, importlib, json, os, sys, warnings

warnings.simplefilter("ignore")

def shown(value):
    if isinstance(value, enum.Enum) and isinstance(value, (str, int)):
        value = value.value
    if type(value) in (str, bool, int, float, type(None)):
        return {"type": type(value).__name__, "value": value}
    if type(value) in (list, tuple):
        return {"type": type(value).__name__, "items": [shown(item) for item in value]}
    if type(value) in (set, frozenset):
        return {"type": "set", "items": [shown(item) for item in value]}
    if type(value) is dict:
        return {"type": "dict", "pairs": [[shown(key), shown(item)] for key, item in value.items()]}
    if type(value).__module__.startswith("pydantic") and "Url" in type(value).__name__:
        return {"type": "str", "value": str(value)}
    return {"type": type(value).__name__, "value": repr(value)}

for name in sys.argv[1:]:
    importlib.import_module(name)
kept = {name.partition(".")[0] for name in sys.modules} | sys.stdlib_module_names
begun = dict(os.environ)
paths = list(sys.path)
for line in sys.stdin:
    case = json.loads(line)
    os.environ.clear()
    os.environ.update({**begun, **case["environment"]})
    sys.path[:] = [case["root"], *paths]
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(case["module"])
        answer = {"names": {name: shown(value) for name, value in vars(module).items() if name.startswith("P_")}}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    for name in [name for name in sys.modules if name.partition(".")[0] not in kept]:
        del sys.modules[name]
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A package to run."""

    files: Mapping[str, str]
    """Texts by path."""
    root: str
    """The folder that imports start from."""
    module: str
    """What is imported; its names that begin with `P_` are told."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that are set besides those of the tests themselves."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of it."""

    names: Mapping[str, object] = field(default_factory=dict)
    """The names by the JSON that stands for their values: `{"type": "str", "value": "a"}`."""
    error: str = ""
    """The exception that the program ended with."""


def run(runs: Sequence[Run], folder: Path, libraries: Sequence[str] = (), seconds: float = 120) -> list[Ran]:
    """What Python computes for each. Fails where the process does.

    `libraries` are imported once, before the first.
    """
    written: dict[int, Path] = {}
    lines: list[str] = []
    for one in runs:
        if id(one.files) not in written:
            at = written[id(one.files)] = folder / f"case{len(written)}"
            for path, text in one.files.items():
                (at / path).parent.mkdir(parents=True, exist_ok=True)
                (at / path).write_text(text, encoding="utf-8")
        root = str(written[id(one.files)] / one.root)
        lines.append(json.dumps({"root": root, "module": one.module, "environment": dict(one.environment)}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-B", "-c", _WORKER, *libraries],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**kept, "PYTHONHASHSEED": "0"},
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(runs), done.stderr[-3000:]
    return [Ran(answer.get("names", {}), answer.get("error", "")) for answer in answers]
