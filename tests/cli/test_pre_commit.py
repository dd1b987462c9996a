"""The hooks, run by pre-commit itself in an environment that it builds from this repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BAD = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"]
)
"""
GOOD = BAD.replace('"*"], allow_credentials', '"https://app.example.com"], allow_credentials')


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with a bad and a good file, and one that has nothing to do with CORS."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "bad.py").write_text(BAD)
    (folder / "good.py").write_text(GOOD)
    (folder / "other.py").write_text("print('hello')\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=clean_environment())
    return folder


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}


def try_hook(checkout: Path, hook: str, *files: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(REPOSITORY), hook, "--files", *files]
    return subprocess.run(command, cwd=checkout, env=clean_environment(), capture_output=True, text=True, check=False)


def test_hook_fails_on_a_bad_file_and_passes_a_good_one(checkout: Path) -> None:
    bad = try_hook(checkout, "corslint", "bad.py", "other.py")
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "error[any-origin-with-credentials]" in bad.stdout
    assert "--> bad.py:7:36" in bad.stdout
    good = try_hook(checkout, "corslint", "good.py", "other.py")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Passed" in good.stdout


def test_project_hook_reads_the_whole_repository(checkout: Path) -> None:
    done = try_hook(checkout, "corslint-project", "good.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.py:7" in done.stdout
