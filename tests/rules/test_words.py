"""What the headline rules say of each variant, to the letter: `words.md` holds programs and what is printed of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.output import Options, text

PAGE = Path(__file__).with_name("words.md")
HEADLINES = {
    "any-origin-with-credentials",
    "blocked-preflight",
    "incomplete-preflight",
    "missing-preflight",
    "production-wildcard",
}
SECTION = re.compile(r"^## (?P<title>.+)\n(?P<body>(?:(?!## ).*\n?)*)", re.MULTILINE)
EXAMPLE = re.compile(r"^### (?P<name>.+)\n(?P<body>(?:(?!##).*\n?)*)", re.MULTILINE)
PROGRAM = re.compile(r"^```python (?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^```text\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RELEASE = re.compile(r"^Release: (?P<product>\S+) (?P<version>\S+)$", re.MULTILINE)
TITLE = re.compile(r"^(?:error|warning|note)\[(?P<rule>[a-z-]+)\]: (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """A program, and what is printed of it."""

    name: str
    path: str
    program: str
    versions: dict[str, str]
    printed: str


def examples() -> Iterator[Told]:
    """The examples of the page."""
    for section in SECTION.finditer(PAGE.read_text()):
        for example in EXAMPLE.finditer(section["body"]):
            program, printed = PROGRAM.search(example["body"]), PRINTED.search(example["body"])
            assert program is not None, example["name"]
            assert printed is not None, example["name"]
            versions = {found["product"]: found["version"] for found in RELEASE.finditer(example["body"])}
            name = f"{section['title']}: {example['name']}"
            yield Told(name, program["path"], program["text"], versions, printed["text"])


EXAMPLES = list(examples())


@pytest.mark.parametrize("told", EXAMPLES, ids=lambda told: told.name)
def test_what_is_printed(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / told.path).parent.mkdir(parents=True)
    (tmp_path / told.path).write_text(told.program)
    monkeypatch.chdir(tmp_path)
    report = engine.run(["."], Config(framework_versions=told.versions))
    assert not report.crashes
    assert "\n".join(text.render(report, Options(quiet=True))).strip("\n") == told.printed.strip("\n")


def test_every_headline_rule_is_told_and_nothing_else() -> None:
    rules = {found["rule"] for told in EXAMPLES for found in TITLE.finditer(told.printed)}
    assert rules == HEADLINES
    assert {told.name for told in EXAMPLES if len(TITLE.findall(told.printed)) != 1} == set()


@pytest.mark.parametrize("told", EXAMPLES, ids=lambda told: told.name)
def test_a_title_needs_no_knowledge_of_preflights(told: Told) -> None:
    title = TITLE.search(told.printed)
    assert title is not None
    assert "preflight" not in title["title"]
    assert "Access-Control" not in title["title"]
