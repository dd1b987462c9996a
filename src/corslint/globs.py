"""Globs of paths, as .gitignore reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=512)
def glob_regex(glob: str) -> str:
    """The regular expression of a glob as .gitignore reads it.

    `**` crosses folders, a match of a folder takes all below it, a glob without a slash (but at its end) matches at any
    depth.
    """
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    pieces = re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|\[[^\]]*\])", glob.strip("/"))
    parts = "".join(_GLOB_PARTS.get(piece) or _character_class(piece) or re.escape(piece) for piece in pieces)
    return rf"\A{anywhere}{parts}(?:/.*)?\Z"


_GLOB_PARTS = {
    "/**/": "/(?:.*/)?",
    "**/": "(?:.*/)?",
    "/**": "/.*",
    "**": ".*",
    "*": "[^/]*",
    "?": "[^/]",
}


def _character_class(piece: str) -> str | None:
    """The regular expression of `[abc]`, `[a-z]` or `[!abc]`; None for what is none."""
    found = re.fullmatch(r"\[([!^]|(?![!^]))([^\]]+)\]", piece)
    if found is None:
        return None
    expression = f"(?!/)[{'^' if found[1] else ''}{re.sub(r'[^-]', lambda one: re.escape(one[0]), found[2])}]"
    try:
        re.compile(expression)
    except re.error:  # a range that runs backwards
        return None
    return expression


def path_matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path matches one of the globs (see `glob_regex`)."""
    return any(re.search(glob_regex(glob), path) for glob in globs)
