"""The ways to write a policy that Python programs use, and what of it corslint must tell: the tables in `spellings/`.

A mark names every finding of its line, as in `# <- production-wildcard medium, invalid-max-age low`; a program without
a mark must be silent. What a policy does that lets everybody in, it must not do with one origin in that place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.finding import Report

TABLES = sorted((Path(__file__).parent / "spellings").glob("*.md"))
MARK = re.compile(r"[ \t]*#\s*<- (?P<findings>[a-z-]+ [a-z]+(?:, [a-z-]+ [a-z]+)*)$", re.MULTILINE)
EXAMPLE = re.compile(r"^### (?P<name>.+)\n(?P<body>(?:(?!##).*\n?)*)", re.MULTILINE)
FENCE = re.compile(r"^```\w+(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RELEASE = re.compile(r"^Release: (?P<product>\S+) (?P<version>\S+)$", re.MULTILINE)
STAR = re.compile(r'(?P<kept>(?:allow_methods|allow_headers|expose_headers)=\[?"\*"\]?)|"\*"')
ALL = re.compile(r"(?P<name>CORS_ALLOW_ALL_ORIGINS|CORS_ORIGIN_ALLOW_ALL) = True")


@dataclass(frozen=True)
class Spelling:
    """One program."""

    name: str
    files: dict[str, str]
    versions: dict[str, str]
    is_closed_silent: bool
    """Whether it is said to be silent where it names an origin instead of all."""

    def marks(self) -> list[tuple[str, int, str]]:
        """The path, line, and rule with severity of every finding it is marked with, sorted."""
        return sorted(
            (path, text.count("\n", 0, mark.start()) + 1, one)
            for path, text in self.files.items()
            for mark in MARK.finditer(text)
            for one in mark["findings"].split(", ")
        )

    def closed(self) -> dict[str, str]:
        """The files, with an origin where every origin is let in."""
        return {path: _closed(MARK.sub("", text)) for path, text in self.files.items()}


def _closed(text: str) -> str:
    text = ALL.sub(lambda found: f"{found['name']} = False", text)
    return STAR.sub(lambda found: found["kept"] or '"https://app.example.com"', text)


def spellings(table: Path) -> Iterator[Spelling]:
    """The programs of a table."""
    text = table.read_text()
    before = FENCE.search(text[: text.index("## Told")])
    first = "shop/settings.py" if "django" in table.name else "app/main.py"
    head = before["text"] if before else ""
    for example in EXAMPLE.finditer(text):
        files: dict[str, str] = {}
        for number, fence in enumerate(FENCE.finditer(example["body"])):
            files[fence["path"] or first] = (head if number == 0 else "") + fence["text"]
        versions = {found["product"]: found["version"] for found in RELEASE.finditer(example["body"])}
        yield Spelling(f"{table.stem}: {example['name']}", files, versions, "\nSilent with " in example["body"])


SPELLINGS = [spelling for table in TABLES for spelling in spellings(table)]
CLOSED = [one for one in SPELLINGS if one.is_closed_silent]


def told(
    files: dict[str, str], versions: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, int, str]]:
    """What is found in a project, in the form of the marks."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    monkeypatch.chdir(folder)
    report: Report = engine.run(["."], Config(framework_versions=versions))
    assert not report.crashes, report.crashes[0].details
    assert not report.unread
    return sorted(
        (one.primary.span.path, one.primary.span.line, f"{one.rule} {one.severity}") for one in report.findings
    )


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda one: one.name)
def test_exactly_what_is_marked_is_found(spelling: Spelling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(spelling.files, spelling.versions, tmp_path, monkeypatch) == spelling.marks()


@pytest.mark.parametrize("spelling", CLOSED, ids=lambda one: one.name)
def test_the_same_with_an_origin_is_silent(spelling: Spelling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert spelling.marks()
    assert told(spelling.closed(), spelling.versions, tmp_path, monkeypatch) == []


def test_most_programs_are_silent() -> None:
    firing = [one for one in SPELLINGS if one.marks()]
    assert len(SPELLINGS) + len(CLOSED) > 2 * len(firing) > 500


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_program_stands_under_the_heading_that_it_belongs_to(table: Path) -> None:
    loud, _, silent = table.read_text().partition("\n## Silent\n")
    assert all(MARK.search(example["body"]) for example in EXAMPLE.finditer(loud))
    assert not MARK.search(silent)
    names = [one.name for one in spellings(table)]
    assert len(names) == len(set(names))
