"""The resolver against the real pydantic 2 and pydantic-settings: generated settings must come out alike.

CORSLINT_PROPERTY_EXAMPLES sets how many programs are made up.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from computed_values import agrees, is_unknown
from generated_settings import Made, Settings
from real_python import Run, run

from corslint import collect
from corslint.collect import Project
from corslint.finding import Unread
from corslint.resolve.python import Resolver, resolver_of
from corslint.values import DEPLOYMENT, Alternative, Condition, OneOf, Unknown, Value, alternatives

PROGRAMS = int(os.environ.get("CORSLINT_PROPERTY_EXAMPLES", "60"))
FIRST = int(os.environ.get("CORSLINT_PROPERTY_SEED", "0"))
MAX_UNKNOWN = 0.1
"""The largest share of probes of one construct that may stay unknown."""
MIN_PROBES = 20
"""Fewer probes of a construct say nothing of its share."""


def reader(made: Made, folder: Path, *, with_variables: bool) -> Resolver:
    """The resolver of the module with the probes, with the variables in a `.env` or without any."""
    folder.mkdir()
    for path, text in made.files.items():
        (folder / path).write_text(text, encoding="utf-8")
    if with_variables:
        lines = (f"{name}='{text}'\n" for name, text in made.variables.items())
        (folder / ".env").write_text("".join(lines), encoding="utf-8")
    found = collect.listing([str(folder)])
    project = Project(tuple(one for one in found if not isinstance(one, Unread)))
    source = project.source(str(folder / "main.py"))
    assert source is not None
    return resolver_of(project, source)


def deployed(value: Value[object]) -> Value[object]:
    """What a value is where `.env` is used."""
    paths = {
        condition.state
        for way in alternatives(value)
        for condition in way.conditions
        if condition.subject == DEPLOYMENT and not condition.state.startswith("is not")
    }
    if not paths:
        return value
    here = Condition(DEPLOYMENT, paths.pop())
    ways: list[Alternative[object]] = [
        way for way in alternatives(value) if not any(here.excludes(condition) for condition in way.conditions)
    ]
    return ways[0].value if len(ways) == 1 else OneOf(tuple(ways))


def test_what_is_resolved_is_what_pydantic_makes(tmp_path: Path) -> None:
    programs = [Settings(seed).made() for seed in range(FIRST, FIRST + PROGRAMS)]
    runs = [
        (made, with_variables, Run(made.files, ".", made.module, made.variables if with_variables else {}))
        for made in programs
        for with_variables in (False, True)
    ]
    computed = run([one for *_, one in runs], tmp_path, ["pydantic", "pydantic_settings"])
    wrong: list[str] = []
    probes: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    failed = 0
    for number, ((made, with_variables, _), ran) in enumerate(zip(runs, computed, strict=True)):
        failed += bool(ran.error)
        resolver = reader(made, tmp_path / f"read{number}", with_variables=with_variables)
        for name, actual in ran.names.items():
            value = resolver.value_of_name(name) or Unknown("it is never bound")
            construct = name.split("_", 2)[2]
            probes[construct] += 1
            unknown[construct] += is_unknown(value)
            if with_variables:
                value = deployed(value)
            if not agrees(value, actual, {}):
                seed = programs.index(made) + FIRST
                wrong.append(
                    f"seed {seed}, {'with' if with_variables else 'no'} variables, {name}: {actual}\n  {value}"
                )
    assert not wrong, f"{len(wrong)} of {sum(probes.values())} are wrong\n" + "\n".join(wrong[:5])
    assert failed < len(runs) / 10, "too many of the generated programs raise an exception"
    shares = {construct: unknown[construct] / count for construct, count in probes.items() if count >= MIN_PROBES}
    assert {name: round(share, 2) for name, share in shares.items() if share > MAX_UNKNOWN} == {}
