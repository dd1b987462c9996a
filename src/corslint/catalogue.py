"""The rule pages: `rules/<slug>.md`, read once and only when asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from corslint.finding import Confidence, Group, Severity

GROUPS: tuple[Group, ...] = get_args(Group)


class PageError(Exception):
    """Raised when a rule page is missing or not of the form; the message names the page."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: an example that is at once documentation and test."""

    language: str
    expect: Literal["refuse", "accept"]
    code: str
    path: str
    """The file name the example pretends to have; it decides who reads it and in which environment."""
    line: int
    """1-based line of the page where the code begins."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule as its page describes it."""

    slug: str
    title: str
    """The bad thing in one line."""
    group: Group
    severity: Severity
    """Unless the check knows better in a case."""
    confidence: Confidence
    persona: str
    since: str
    servers: tuple[str, ...]
    """The servers the rule can fire on; each has a refuse and an accept block. Empty for rules about the run itself."""
    cwe: int | None
    fix: str
    """"safe", "unsafe" or "none": whether --fix can mend it."""
    body: str
    """Markdown below the front matter."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The refuse and accept examples, in order."""
        return tuple(_blocks(self.body))

    def section(self, heading: str) -> str:
        """The text under a `## heading`, without it; empty if there is none."""
        found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.body, re.MULTILINE | re.DOTALL)
        return found[1].strip() if found else ""


_FENCE = re.compile(r"^```(\w+) (refuse|accept)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMES = {"python": "app/main.py", "nginx": "nginx/site.conf", "yaml": "deploy/ingress.yaml"}


def _blocks(body: str) -> Sequence[Block]:
    return [
        Block(
            found[1],
            cast(Literal["refuse", "accept"], found[2]),
            found[4],
            found[3] or _NAMES.get(found[1], f"config.{found[1]}"),
            body.count("\n", 0, found.start(4)) + 1,
        )
        for found in _FENCE.finditer(body)
    ]


@cache
def folder() -> Path:
    """Where the pages are: inside the installed package, or beside the sources in an editable install.

    Raises PageError if neither is there.
    """
    package = Path(__file__).parent
    for place in (package / "rules", package.parent.parent / "rules"):
        if any(place.glob("*.md")):
            return place
    raise PageError(f"the rule pages are missing: there is no {package / 'rules'}; is the installation whole?")


@cache
def slugs() -> tuple[str, ...]:
    """The slugs of all rules, sorted."""
    return tuple(sorted(page.stem for page in folder().glob("*.md")))


@cache
def page(slug: str) -> RulePage:
    """The page of one rule. Raises PageError."""
    import tomli

    try:
        text = (folder() / f"{slug}.md").read_text(encoding="utf-8")
    except OSError:
        raise PageError(f"there is no rule {slug!r}") from None
    found = re.match(r"\+\+\+\n(.*?)^\+\+\+\n", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise PageError(f"rules/{slug}.md has no front matter between +++ lines")
    try:
        front = tomli.loads(found[1])
        return RulePage(
            slug=slug,
            title=front.pop("title"),
            group=front.pop("group"),
            severity=Severity[front.pop("severity").upper()],
            confidence=Confidence[front.pop("confidence").upper()],
            persona=front.pop("persona"),
            since=front.pop("since"),
            servers=tuple(front.pop("servers")),
            cwe=front.pop("cwe", None),
            fix=front.pop("fix", "none"),
            body=text[found.end() :].strip() + "\n",
        )
    except (tomli.TOMLDecodeError, KeyError) as error:
        raise PageError(f"the front matter of rules/{slug}.md is not of the form: {error}") from None


def rules() -> tuple[RulePage, ...]:
    """All pages, by slug."""
    return tuple(map(page, slugs()))


def expand(names: Sequence[str]) -> frozenset[str]:
    """The slugs behind rule names, group names and `ALL`.

    Raises PageError for a name that is none of these, with the nearest one that is.
    """
    chosen: set[str] = set()
    for name in names:
        if name == "ALL":
            chosen.update(slugs())
        elif name in GROUPS:
            chosen.update(one.slug for one in rules() if one.group == name)
        elif name in slugs():
            chosen.add(name)
        else:
            raise PageError(f"there is no rule or group {name!r}{did_you_mean(name, (*slugs(), *GROUPS, 'ALL'))}")
    return frozenset(chosen)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A suggestion to hang on an error: "; did you mean 'null-origin'?", or nothing."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
