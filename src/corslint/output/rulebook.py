"""The rules as a list, and one rule's page: `corslint rules`, `corslint explain`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from corslint.catalogue import RulePage
from corslint.output.json import TOOL, dumped

_ORDER = ("security", "correctness", "hygiene")


def text(pages: Sequence[RulePage]) -> Iterator[str]:
    """A line per rule, by group and then by severity."""
    width = max((len(page.slug) for page in pages), default=0)
    for group, some in _groups(pages):
        yield f"{group}:"
        for page in some:
            yield f"  {page.slug:<{width}}  {page.severity!s:<6}  {page.title}"
        yield ""
    yield "corslint explain RULE shows what a rule finds, why it matters and what to write instead."


def markdown(pages: Sequence[RulePage]) -> Iterator[str]:
    """A table per group."""
    for group, some in _groups(pages):
        yield f"## {group}"
        yield ""
        yield "| rule | severity | finds |"
        yield "|---|---|---|"
        for page in some:
            title = page.title.replace("|", "\\|")
            yield f"| `{page.slug}` | {page.severity} | {title} |"
        yield ""


def json(pages: Sequence[RulePage]) -> Iterator[str]:
    """The rules for programs: {version, tool, rules[] (see `described`)}."""
    return dumped({"version": 1, "tool": TOOL, "rules": [described(page) for page in pages]})


def described(page: RulePage) -> dict[str, Any]:
    """What the front matter of a page says."""
    return {
        "rule": page.slug,
        "title": page.title,
        "group": page.group,
        "severity": str(page.severity),
        "confidence": str(page.confidence),
        "persona": page.persona,
        "since": page.since,
        "servers": list(page.servers),
        "cwe": page.cwe,
        "fix": page.fix,
    }


def page_text(page: RulePage) -> Iterator[str]:
    """The whole page, with its front matter as two lines, and examples without the marks the tests read."""
    yield f"{page.slug}: {page.title}"
    cwe = f", CWE-{page.cwe}" if page.cwe is not None else ""
    yield f"{page.group}, severity {page.severity}, confidence {page.confidence}, since {page.since}{cwe}"
    yield ""
    yield from _plain(page.body).rstrip("\n").split("\n")


def page_json(page: RulePage) -> Iterator[str]:
    """The page for programs: `described`, and `body` in Markdown."""
    return dumped({"version": 1, "tool": TOOL, **described(page), "body": page.body})


def _plain(body: str) -> str:
    titles = {"refuse": "Refused", "accept": "Accepted"}

    def fence(found: re.Match[str]) -> str:
        where = f" ({found[3].strip()})" if found[3] else ""
        return f"{titles[found[2]]}{where}:\n\n```{found[1]}"

    return re.sub(r"(?m)^```(\w+) (refuse|accept)( \S+)?$", fence, body)


def _groups(pages: Sequence[RulePage]) -> Iterator[tuple[str, list[RulePage]]]:
    for group in _ORDER:
        some = sorted((page for page in pages if page.group == group), key=lambda page: (-page.severity, page.slug))
        if some:
            yield group, some
