"""What the README shows is what the program prints, and what it names exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from corslint import catalogue
from corslint.output import FORMATS

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- example: corslint (.+?) -->\n```console\n(.*?)```", README, re.DOTALL)


def corslint(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CORSLINT")}
    environment |= {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "corslint", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, encoding="utf-8", check=False
    ).stdout


@pytest.mark.parametrize(("arguments", "shown"), EXAMPLES)
def test_example_prints_what_the_readme_shows(arguments: str, shown: str) -> None:
    assert f"$ corslint {arguments}\n{corslint(*shlex.split(arguments))}" == shown


def test_readme_has_an_example() -> None:
    assert EXAMPLES


def test_rules_named_in_the_readme_exist() -> None:
    named = {name for names in re.findall(r"ignore\[([a-z, -]+)\]", README) for name in names.split(", ")}
    named |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', README)) & set(catalogue.slugs())
    assert named
    assert named <= set(catalogue.slugs())


def test_formats_named_in_the_readme_are_all_there_are() -> None:
    (line,) = re.findall(r"^Formats: (.*?)\. ", README, re.MULTILINE)
    assert re.findall(r"`(\w+)`", line) == list(FORMATS)


def test_changelog_counts_the_rules() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"- {len(catalogue.slugs())} rules," in changelog
