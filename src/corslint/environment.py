"""Where a configuration runs: production, staging, development, test or documentation, and why we say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from corslint.globs import path_matches

Kind: TypeAlias = Literal["production", "staging", "development", "test", "documentation"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment and the reason for saying so."""

    kind: Kind = "production"
    reason: str = "nothing marks it otherwise"
    marked: bool = False
    """False where nothing in the path, the file or the configuration names an environment."""

    @property
    def is_live(self) -> bool:
        """Whether real users may meet this configuration."""
        return self.kind in ("production", "staging")


# Whole words of a path, in the order in which they win: an example of a production file is an example.
_WORDS: tuple[tuple[Kind, str], ...] = (
    ("documentation", "doc docs docs_src documentation example examples sample samples tutorial tutorials demo demos"),
    ("test", "test tests testing testdata fixture fixtures e2e spec specs mock mocks conftest benchmark benchmarks"),
    ("development", "dev devel develop development local localhost sandbox playground override devcontainer vagrant"),
    ("staging", "staging stage stg qa uat preview preprod"),
    ("production", "prod production live prd"),
)


def of_path(path: str, marks: tuple[tuple[Kind, str], ...] = (), *, inside: str | None = None) -> Environment:
    """Judge a path by its words; `marks` are the (kind, glob) pairs of the configuration, which win.

    `inside` is the part of the path whose words count, where that is not all of it.

    >>> of_path("settings/dev.py").kind
    'development'
    """
    for kind, glob in marks:
        if path_matches(path, (glob,)):
            return Environment(kind, f"the configuration says so of {glob}", marked=True)
    spelled = _snake(path if inside is None else inside)
    parts = [{part, *re.split(r"[^a-z0-9]+", part)} for part in spelled.split("/")]
    for kind, words in _WORDS:
        for part in parts:
            if found := part.intersection(words.split()):
                return Environment(kind, f"its path holds {min(found)!r}", marked=True)
    return Environment()


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path).lower()


def from_condition(subject: str, holds: bool) -> Kind | None:
    """The environment a condition implies: `DEBUG` true is development, `ENV == "production"` what it says.

    `subject` is the condition as it stands in the source; `!=`, `ne` and `not` in it turn it round.
    """
    name = _snake(subject)
    if re.search(r"!=|\b(?:ne|not)\b", name):
        holds = not holds
    if re.search(r"(?<![a-z])(?:debug|dev|devel|development|local)(?![a-z])", name):
        return "development" if holds else "production"
    if re.search(r"(?<![a-z])(?:prod|production)(?![a-z])", name):
        return "production" if holds else "development"
    if re.search(r"(?<![a-z])(?:test|testing)(?![a-z])", name):
        return "test" if holds else None
    return None
