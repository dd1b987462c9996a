"""Origins that an entry was probably meant to let in: guesses, to be put to the product's model before use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from corslint.origins import Entry, Exact, Pattern, parse_origin

MAX_CANDIDATES = 24
_LONGEST = 2000
"""How much of a pattern is looked at, in characters."""
_DOMAIN = re.compile(r"(?:[a-z0-9_-]+\\{0,2}\.)+(?:xn--[a-z0-9-]+|[a-z]{2,})", re.IGNORECASE)
_WORD = re.compile(r"(?<!\\)[a-z][a-z0-9-]*[a-z0-9](?![a-z0-9?*+{])", re.IGNORECASE)
_PREFIXES = ("app", "www", "a")
_READINGS = (
    (re.compile(r"\A\^|\$\Z|\\[AzZb]|\(\?i\)"), ""),
    (re.compile(r"https\?"), "https"),
    (re.compile(r"(?:\\d|\[0-9\])(?:[*+?]|\{[\d,]+\})?"), "1"),
    (re.compile(r"(?:\\[wS]|\[(?:\\.|[^\]\\])+\]|\.)(?:[*+?]\??|\{[\d,]+\})"), "app"),
    (re.compile(r"\\w|\[(?:\\.|[^\]\\])+\]|(?<=//)\*"), "app"),
    (re.compile(r"\\{1,2}([./:_-])"), r"\1"),
)
_GROUP = re.compile(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)(\?|\*)?")


def candidates(entry: Entry, scheme: str = "https") -> Iterator[str]:
    """Serialised origins of one scheme that an entry seems to speak of, MAX_CANDIDATES at most.

    An exact entry gives itself; a pattern one reading of it as a whole, and the domains that stand in it: alone, and
    with usual names and words of the pattern before them.
    """
    if isinstance(entry, Exact):
        origin = parse_origin(entry.text.lower())
        if origin is not None and origin.scheme == scheme:
            yield str(origin)
    elif isinstance(entry, Pattern):
        text = entry.text[:_LONGEST]
        found = dict.fromkeys((*_read(text, scheme), *islice(_of_domains(text, scheme), MAX_CANDIDATES)))
        yield from islice(found, MAX_CANDIDATES)


def _read(text: str, scheme: str) -> Iterator[str]:
    """One text that a regular expression of the usual forms matches, if it comes out as an origin."""
    for pattern, reading in _READINGS:
        text = pattern.sub(reading, text)
    while _GROUP.search(text):
        text = _GROUP.sub(lambda found: "" if found[2] else found[1], text)
    text = f"{scheme}://{text.partition('://')[2].lower()}"
    if parse_origin(text):
        yield text


def _of_domains(text: str, scheme: str) -> Iterator[str]:
    domains = dict.fromkeys(found.group().replace("\\", "").lower() for found in _DOMAIN.finditer(text))
    words = [word.lower() for word in _WORD.findall(text) if word.lower() not in ("http", "https")]
    for domain in domains:
        for host in (domain, *(f"{word}.{domain}" for word in dict.fromkeys((*_PREFIXES, *words)))):
            if parse_origin(origin := f"{scheme}://{host}"):
                yield origin
