"""Configurations whose expected findings stand in their lines, for the tables of spellings.

`# <- medium production-wildcard` behind a line says that the finding is shown there with that severity; several are
parted by semicolons, and `(missing-vary)` behind one names what it tells besides. A file without marks stays silent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from corslint import engine
from corslint.config import Config
from corslint.finding import Report

Linted: TypeAlias = Callable[[Mapping[str, str]], Report]
Differences: TypeAlias = Callable[[Mapping[str, str]], list[str]]
_MARK = re.compile(r"#\s*<- (?P<findings>.+?)\s*$")


@pytest.fixture
def linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linted:
    """Lints a folder with these files; fails where a reader or a check did."""
    monkeypatch.chdir(tmp_path)

    def lint(files: Mapping[str, str]) -> Report:
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        report = engine.run(["."], Config())
        assert not report.crashes, report.crashes[0].details
        return report

    return lint


@pytest.fixture
def differences(linted: Linted) -> Differences:
    """What is found and not marked, or marked and not found."""

    def compare(files: Mapping[str, str]) -> list[str]:
        marked = Counter(
            f"{path}:{number} {one.strip()}"
            for path, text in files.items()
            for number, line in enumerate(text.split("\n"), 1)
            if (mark := _MARK.search(line))
            for one in mark["findings"].split(";")
        )
        found: Counter[str] = Counter()
        for finding in linted(files).findings:
            also = f" ({', '.join(finding.also)})" if finding.also else ""
            place = finding.primary.span
            found[f"{place.path}:{place.line} {finding.severity} {finding.rule}{also}"] += 1
        missing = [f"not found: {one}" for one in marked - found]
        return missing + [f"not marked: {one}" for one in found - marked]

    return compare
