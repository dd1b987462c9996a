"""The resolver against Python itself: generated packages are run, and read, and must agree.

CORSLINT_PROPERTY_EXAMPLES sets how many are made up.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from computed_values import agrees, is_unknown
from generated_packages import Package
from real_python import Run, run

from corslint.collect import Project
from corslint.resolve.python import Resolver, resolver_of
from corslint.values import Unknown, Value

PACKAGES = int(os.environ.get("CORSLINT_PROPERTY_EXAMPLES", "150"))
FIRST = int(os.environ.get("CORSLINT_PROPERTY_SEED", "1000"))
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"ONE": "x,y"},
    {"TWO": "production"},
    {"ONE": "true", "TWO": ""},
    {"ONE": "dev", "TWO": "dev"},
)
MAX_UNKNOWN = 0.1
"""The largest share of probes of one construct that may stay unknown."""
MIN_PROBES = 40
"""Fewer probes of a construct say nothing of its share."""


def reader(package: Package) -> Resolver:
    """The resolver of the module with the probes."""
    project = Project()
    for path, text in package.files.items():
        project.keep(path, text)
    source = project.source(next(path for path in package.files if path.endswith(package.probe.path)))
    assert source is not None
    return resolver_of(project, source)


def test_what_is_resolved_is_what_python_computes(tmp_path: Path) -> None:
    packages = [Package(seed) for seed in range(FIRST, FIRST + PACKAGES)]
    runs: list[tuple[Package, Run]] = []
    for package in packages:
        files = package.files
        runs.extend(
            (package, Run(files, package.root, package.probe.dotted, environment))
            for environment in (ENVIRONMENTS if package.reads_environment else ENVIRONMENTS[:1])
        )
    computed = run([one for _, one in runs], tmp_path)
    wrong: list[str] = []
    probes: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    resolved: dict[tuple[int, str], Value[object]] = {}
    failed = 0
    for (package, one), ran in zip(runs, computed, strict=True):
        failed += bool(ran.error)
        resolver = None
        for name, actual in ran.names.items():
            key = (id(package), name)
            if key not in resolved:
                resolver = resolver or reader(package)
                resolved[key] = resolver.value_of_name(name) or Unknown("it is never bound")
                construct = name.split("_", 2)[2]
                probes[construct] += 1
                unknown[construct] += is_unknown(resolved[key])
            if not agrees(resolved[key], actual, one.environment):
                seed = packages.index(package) + FIRST
                wrong.append(f"seed {seed}, {dict(one.environment)}, {name}: {actual}\n  resolved {resolved[key]}")
    assert not wrong, f"{len(wrong)} of {sum(probes.values())} are wrong\n" + "\n".join(wrong[:5])
    assert failed < len(runs) / 10, "too many of the generated packages raise an exception"
    shares = {construct: unknown[construct] / count for construct, count in probes.items() if count >= MIN_PROBES}
    assert {name: round(share, 2) for name, share in shares.items() if share > MAX_UNKNOWN} == {}
