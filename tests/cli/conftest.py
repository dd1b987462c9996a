"""The command line in this process, over the files of a stub server."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import line_server
import pytest
from command_line import Done, Run

from corslint import cli, engine


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and an environment that says nothing of colours or configuration."""
    monkeypatch.chdir(tmp_path)
    for name in ("CORSLINT_CONFIG", "CORSLINT_FORMAT", "NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `corslint` with arguments."""

    def done(*arguments: str, stdin: bytes | None = None) -> Done:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.run(list(arguments))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return done


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, call: Run) -> Run:
    """Call `corslint` with arguments; the only server is the stub."""
    monkeypatch.setattr(engine, "servers", lambda: (line_server,))
    return call
