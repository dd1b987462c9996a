"""What resolution across modules costs: a generated repository of 5,000 modules, with it and without it.

Usage: python tests/benchmarks/resolution.py [MODULES]

Fails where a run with it takes more than twice as long, or parses a module that is not on the trail of a setting.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from corslint import engine
from corslint.config import Config
from corslint.resolve.imports import Imports
from corslint.source import Source
from corslint.syntax import python as front_end

MODULES = 5_000
APPLICATIONS = 50
"""The modules that hold CORS settings, each of which takes its origins from a module of its own."""
RUNS = 3
MAX_RATIO = 2.0
APPLICATION = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from package{package}.settings{number} import settings

app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=settings.origins, allow_credentials=settings.credentials, allow_methods=["GET"]
)
"""
SETTINGS = """\
from package{package}.base import Base, split

class Settings(Base):
    origins = split("https://a{number}.example, https://b{number}.example")

settings = Settings()
"""
BASE = """\
class Base:
    credentials = True

def split(text):
    return [part.strip() for part in text.split(",")]
"""
PLAIN = """\
from package{package}.module{other} import value as other

value = {number}

def add(a: int, b: int) -> int:
    return a + b + other
"""


def write(folder: Path, modules: int) -> None:
    """Lay the repository out: packages of a hundred modules."""
    for number in range(modules):
        package = number // 100
        home = folder / f"package{package}"
        if number % 100 == 0:
            home.mkdir()
            (home / "__init__.py").write_text("")
            (home / "base.py").write_text(BASE)
        text = PLAIN.format(package=package, number=number, other=package * 100 + (number + 1) % 100)
        (home / f"module{number}.py").write_text(text)
    for number in range(APPLICATIONS):
        package = number * (modules // 100) // APPLICATIONS
        home = folder / f"package{package}"
        (home / f"app{number}.py").write_text(APPLICATION.format(package=package, number=number))
        (home / f"settings{number}.py").write_text(SETTINGS.format(package=package, number=number))


def check(folder: Path) -> tuple[float, set[str], int]:
    """One run: its seconds, the files it parsed, and the policies whose origins it knows."""
    parsed: set[str] = set()
    kept = Source.parsed

    def counted(source: Source, make: object) -> object:
        if make is front_end.parse:
            parsed.add(source.path)
        return kept(source, make)  # type: ignore[arg-type]

    with mock.patch.object(Source, "parsed", counted):
        started = time.perf_counter()
        report = engine.run([str(folder)], Config())
        seconds = time.perf_counter() - started
    assert not report.crashes, report.crashes[0].details
    known = sum(1 for policy in report.policies if "example" in str(policy.origins))
    return seconds, parsed, known


def main() -> None:
    """Measure both, in turn, and print the ratio."""
    modules = int(sys.argv[1]) if len(sys.argv) > 1 else MODULES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, modules)
        check(folder)
        ratios: list[float] = []
        for _ in range(RUNS):
            following, parsed, known = check(folder)
            with mock.patch.object(Imports, "value", return_value=None):
                alone, _, unresolved = check(folder)
            ratios.append(following / alone)
            assert known == APPLICATIONS, f"{known} of {APPLICATIONS} applications are resolved"
            assert unresolved == 0, "resolution across modules is not switched off"
            strange = {path for path in parsed if "/module" in path}
            assert not strange, f"{len(strange)} modules are parsed that are on no trail"
        print(
            f"{modules} modules, {APPLICATIONS} with CORS: {statistics.median(ratios):.2f}x "
            f"(from {min(ratios):.2f}x to {max(ratios):.2f}x) of a run that follows no import, "
            f"{following:.1f} s, {len(parsed)} modules parsed"
        )
        assert statistics.median(ratios) <= MAX_RATIO


if __name__ == "__main__":
    main()
