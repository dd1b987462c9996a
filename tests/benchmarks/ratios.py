"""How long corslint takes, as a multiple of something everybody knows; each pair is measured in turn.

Usage: python tests/benchmarks/ratios.py [FOLDER]     FOLDER: a repository to audit, compared with ripgrep
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

RUNS = 9
PLAIN = "def add(a: int, b: int) -> int:\n    return a + b\n"
WITH_CORS = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["*"])
"""


def seconds(command: Sequence[str], folder: Path) -> float:
    """Wall time of one run; what it prints is thrown away."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return time.perf_counter() - started


def ratio(name: str, command: Sequence[str], other: Sequence[str], folder: Path, runs: int = RUNS) -> None:
    """Print how many times longer `command` takes than `other`: the median of pairs, and their range."""
    seconds(command, folder)
    seconds(other, folder)
    pairs = [(seconds(command, folder), seconds(other, folder)) for _ in range(runs)]
    ratios = sorted(mine / theirs for mine, theirs in pairs)
    print(
        f"{name}: {statistics.median(ratios):.1f}x (from {ratios[0]:.1f}x to {ratios[-1]:.1f}x), "
        f"{statistics.median(mine for mine, _ in pairs) * 1000:.0f} ms"
    )


def main() -> None:
    """Measure the hook on single files, and an audit if a folder is given."""
    corslint = [sys.executable, "-m", "corslint", "check", "--isolated"]
    nothing = [sys.executable, "-c", "pass"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plain.py").write_text(PLAIN)
        (folder / "cors.py").write_text(WITH_CORS)
        ratio("a Python file without CORS, against `python -c pass`", [*corslint, "plain.py"], nothing, folder)
        ratio("a Python file with CORS, against `python -c pass`", [*corslint, "cors.py"], nothing, folder)
    if len(sys.argv) > 1:
        search = shutil.which("rg")
        if search is None:
            print("an audit is compared with ripgrep (rg), which is not installed")
            return
        looking = [search, "-l", "-i", "cors|access-control", "."]
        ratio("an audit, against `rg -l -i`", [*corslint, "."], looking, Path(sys.argv[1]), runs=5)


if __name__ == "__main__":
    main()
