"""Origins tried one by one: what a pattern lets in is asked of Python's own `re`, and who can own it, of the list.

This knows nothing of the witness engine. Candidates are made from the pattern's own pieces: its parse tree is read out
with every gap filled in several ways, and each reading is changed as somebody would who wants to get in: more text
before and after, another character for a dot, another top-level domain, a port.
"""

from __future__ import annotations

import importlib
import ipaddress
import itertools
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from publicsuffixlist import PSLFILE, PublicSuffixList

from corslint.origins import Dialect, Match, parse_origin

Stranger: TypeAlias = Literal["foreign", "shared"]
"""Somebody with a domain of their own, or another user of a platform that the pattern names."""
Tree: TypeAlias = Sequence[tuple[Any, Any]]
"""What Python's `re` makes of an expression: pairs of an operation and its argument."""

_PARSER: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_ALL = PublicSuffixList(accept_unknown=False)
_REGISTRIES = PublicSuffixList(accept_unknown=False, only_icann=True)
_STAND_INS = ("example", "invalid", "test")
"""Top-level domains that stand for one that anybody can register under."""
_GAP = "*"
"""What stands in a reading for text that the pattern leaves open; no origin holds it."""
_MOST_READINGS = 400
_SCOPE = 3
"""Characters of a name on a platform that make it the owner's."""
_FILLERS = ("a", "1", "evil", "evil.example", "a.b", "a-b", "x.com", "8", "127", "evil.com", "a.evil.example")
_SINGLE = ("-", "x", ".", "1")
"""What is tried for one character that may be any."""
_BEFORE = ("", "https://", "http://", "https://evil", "https://evil-", "https://evil.", "http://evil.example")
_AFTER = ("", ".evil.example", "evil.example", "-evil.com", "example", ".com", "m", ":8080", "1", "1:1")
_ANYWHERE = ("evil.example", "evil.com", "a.evil.example", "8.8.8.8")
_PROGRAMS = ("capacitor://localhost", "chrome-extension://abc", "app://a", "tauri://a", "http://[::1]", "https://[::1]")
_ENDS = ("example", "com", "io", "evil.example")
_ONE_LABEL = (
    ".azurestaticapps.net",
    ".fly.dev",
    ".lovable.app",
    ".netlify.app",
    ".now.sh",
    ".onrender.com",
    ".up.railway.app",
    ".vercel.app",
    ".web.app",
)
"""Platforms that serve nothing below the names they give out."""
_UNLISTED = ("app.github.dev", "devtunnels.ms", "loca.lt", "nip.io")
"""Platforms that are not in the list."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a pattern names, as its owner's."""

    domains: frozenset[str]
    """Registrable domains and addresses."""
    beginnings: tuple[str, ...]
    """What a label begins with where the rest is open."""
    ends: tuple[str, ...]
    """What a label ends with, with the suffix that follows."""


def as_regex(pattern: str, dialect: Dialect, match: Match) -> tuple[str, Literal["search", "match", "fullmatch"]]:
    """The pattern as Python's `re` reads it, and how it is asked."""
    if match == "search" or match == "match" or match == "fullmatch":
        return pattern.replace(r"\z", r"\Z"), match
    if match == "glob":
        glob = pattern.removesuffix(":[*]") if dialect == "java" else pattern
        ports = r"(:\d+)?" if glob != pattern else ""
        return ".*".join(map(re.escape, glob.split("*"))) + ports, "fullmatch"
    ways: dict[str, tuple[str, Literal["search", "match"]]] = {
        "prefix": (re.escape(pattern), "match"),
        "suffix": (rf"{re.escape(pattern)}\Z", "search"),
        "contains": (re.escape(pattern), "search"),
    }
    return ways[match]


def first_stranger(
    pattern: str, dialect: Dialect, match: Match, *, ignore_case: bool = False
) -> tuple[str, Stranger] | None:
    """The first candidate that gets in and is a stranger's, a foreign one if there is any; None if none of them is."""
    text, how = as_regex(pattern, dialect, match)
    flags = re.IGNORECASE if ignore_case else 0
    gets_in: Callable[[str], object] = getattr(re.compile(text, flags), how)
    tree = _PARSER.parse(text, flags)
    named = named_in(tree, open_before=how == "search", open_after=how != "fullmatch")
    shared = None
    for origin in dict.fromkeys(candidates(tree)):
        if gets_in(origin) and (stranger := owned_by(origin, named)):
            if stranger == "foreign":
                return origin, stranger
            shared = shared or (origin, stranger)
    return shared


def named_by(pattern: str, dialect: Dialect, match: Match, *, ignore_case: bool = False) -> Named:
    """What a pattern names, read from its text."""
    text, how = as_regex(pattern, dialect, match)
    tree = _PARSER.parse(text, re.IGNORECASE if ignore_case else 0)
    return named_in(tree, open_before=how == "search", open_after=how != "fullmatch")


def first_accepted(pattern: str, dialect: Dialect, match: Match, *, ignore_case: bool = False) -> str | None:
    """The first candidate that gets in and is an origin, or nearly one of a program's own; None if none of them is."""
    text, how = as_regex(pattern, dialect, match)
    flags = re.IGNORECASE if ignore_case else 0
    gets_in: Callable[[str], object] = getattr(re.compile(text, flags), how)
    tried = (*candidates(_PARSER.parse(text, flags)), *_PROGRAMS)
    return next((origin for origin in tried if parse_origin(origin) and gets_in(origin)), None)


def candidates(tree: Tree) -> Iterator[str]:
    """Texts that may be origins, and that the pattern may let in."""
    readings = _readings(tree, _filled)
    for reading in readings:
        scheme, separator, host = reading.lower().rpartition("//")
        starts = (f"{scheme}//",) if scheme.strip(":") else ("https://", "http://")
        for before, after in itertools.product(starts if separator else _BEFORE, _AFTER):
            yield f"{before}{host}{after}"
        for start in starts:
            for at in (at for at, one in enumerate(host) if one == "."):
                for other in ("-", "x", "0", ""):
                    yield f"{start}{host[:at]}{other}{host[at + 1 :]}"
            for end in _ENDS:
                yield f"{start}{host.rpartition('.')[0]}.{end}"
    hosts = [*_ANYWHERE, *(f"a.evil.{suffix}" for suffix in suffixes_below(named_in(tree).domains))]
    for scheme, host, port in itertools.product(("https", "http"), hosts, ("", ":8080")):
        yield f"{scheme}://{host}{port}"
        yield f"{scheme}://{host.removeprefix('a.')}{port}"


def owned_by(origin: str, named: Named) -> Stranger | None:
    """Which stranger can own a text, if it is an origin; None where nobody can, or the owner of the pattern does."""
    parsed = parse_origin(origin)
    if parsed is None or parsed.scheme not in ("http", "https"):
        return None
    host = parsed.host.removesuffix(".")
    if re.fullmatch(r"(?:.*\.)?[0-9]+|\[.*\]", host):
        return "foreign" if _is_public(host) and host not in named.domains else None
    domain, is_platform = registrable(host)
    if domain is None or domain in named.domains:
        return None
    label, _, suffix = domain.partition(".")
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", label):
        return None
    if f".{suffix}".endswith(_ONE_LABEL) and host != domain:
        return None
    if not is_platform:
        return "foreign"
    ours = label.startswith(named.beginnings) or domain.endswith(named.ends)
    return None if ours else "shared"


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


@lru_cache(maxsize=100_000)
def registrable(host: str) -> tuple[str | None, bool]:
    """The domain that somebody has, and whether a platform gives it out."""
    top = host.rpartition(".")[2]
    if top in _STAND_INS:
        return (".".join(host.split(".")[-2:]) if "." in host else None), False
    for suffix in _UNLISTED:
        if host.endswith(f".{suffix}"):
            return ".".join(host.split(".")[-suffix.count(".") - 2 :]), True
    domain = _ALL.privatesuffix(host)
    return domain, domain is not None and domain != _REGISTRIES.privatesuffix(host)


def suffixes_below(domains: Iterable[str]) -> list[str]:
    """Suffixes of platforms below domains, such as `up.railway.app` below `railway.app`."""
    return [rule for rule in _rules() for domain in domains if rule.endswith(f".{domain}")]


@lru_cache(maxsize=1)
def _rules() -> tuple[str, ...]:
    with open(PSLFILE, encoding="utf-8") as lines:
        return tuple(line.strip().removeprefix("*.") for line in lines if "." in line and line[0] not in "/!")


def named_in(tree: Tree, *, open_before: bool = True, open_after: bool = True) -> Named:
    """What the readings of a pattern name where they leave nothing open."""
    domains, beginnings, ends = set(), set(), set()
    for reading in _readings(tree, _gaps):
        text = reading.lower()
        whole = f"{_GAP if open_before and '://' not in text else ''}{text}{_GAP if open_after else ''}"
        host = re.split("[:/]", whole.rpartition("://")[2].removeprefix("//"))[0]
        for part in re.findall(r"[a-z0-9._-]+", host):
            last = part.strip(".")
            while last and registrable(last)[0] is None and not re.fullmatch(r"[0-9.]+", last):
                last = last.rpartition(".")[0]
            if re.fullmatch(r"[0-9.]+", last):
                domains.add(last)
            domain, is_platform = registrable(last)
            is_whole = domain is not None and (
                f".{domain}" in part or (host.startswith(domain) and not host.startswith(_GAP))
            )
            if domain is not None and (is_whole or not is_platform):
                domains.add(domain)
            if domain is not None and is_platform and len(domain.partition(".")[0]) >= _SCOPE:
                ends.add(domain)
        for label in re.findall(rf"(?:^|\.)([a-z0-9-]+)(?=\.?\{_GAP})", host):
            if len(label) >= _SCOPE:
                beginnings.add(label)
    return Named(frozenset(domains), tuple(beginnings), tuple(ends))


def _readings(tree: Tree, fill: Callable[[Any, Any, int, int], list[str]]) -> list[str]:
    """Texts that match a tree, or that would if the gaps were filled."""
    texts = [""]
    for operation, argument in tree:
        texts = _some([before + after for before in texts for after in _of_one(str(operation), argument, fill)])
    return texts


def _of_one(operation: str, argument: Any, fill: Callable[[Any, Any, int, int], list[str]]) -> list[str]:
    if operation == "LITERAL":
        return [chr(argument)]
    if operation in ("ANY", "IN", "NOT_LITERAL"):
        return fill(operation, argument, 1, 1)
    if operation == "BRANCH":
        return _some([text for way in argument[1] for text in _readings(way, fill)])
    if operation == "SUBPATTERN":
        return _readings(argument[-1], fill)
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, item = argument
        inner, value = item[0] if len(item) == 1 else ("", None)
        if str(inner) in ("ANY", "IN", "NOT_LITERAL"):
            return fill(str(inner), value, least, int(most))
        once = _readings(item, fill)
        texts = [] if least else [""]
        for copies in range(max(least, 1), min(int(most), max(least, 1) + 1) + 1):
            texts += [text * copies for text in once[:12]]
        return _some(texts)
    return [""]


def _some(texts: list[str]) -> list[str]:
    """All different texts if they are few, otherwise some of them, the same in every run."""
    texts = list(dict.fromkeys(texts))
    return texts if len(texts) <= _MOST_READINGS else random.Random(0).sample(texts, _MOST_READINGS)


def _gaps(operation: str, argument: Any, least: int, most: int) -> list[str]:
    if most == 1 and operation == "ANY":
        return [".", _GAP] if least else [".", _GAP, ""]
    few = [one for one in "abcdefghijklmnopqrstuvwxyz0123456789-._:/" if _is_in(operation, argument, one)]
    if (least, most) == (1, 1) and len(few) <= 3:
        return few
    return [_GAP]


def _filled(operation: str, argument: Any, least: int, most: int) -> list[str]:
    if most == 1:
        filled = [one for one in (*_SINGLE, *"0123456789aegmn") if _is_in(operation, argument, one)][:6]
    else:
        filled = [
            text
            for text in (*_FILLERS, "a" * least, "1" * least)
            if least <= len(text) <= most and all(_is_in(operation, argument, one) for one in text)
        ]
    return [*([] if least else [""]), *dict.fromkeys(filled)]


def _is_in(operation: str, argument: Any, character: str) -> bool:
    if operation == "ANY":
        return True
    if operation == "NOT_LITERAL":
        return chr(argument) != character
    negated = str(argument[0][0]) == "NEGATE"
    return any(_holds(str(kind), value, character) for kind, value in argument) is not negated


def _holds(kind: str, value: Any, character: str) -> bool:
    if kind == "LITERAL":
        return chr(value) == character
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if kind == "CATEGORY":
        sets = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}
        _, _, name = str(value).partition("CATEGORY_")
        return (re.match(sets[name.removeprefix("NOT_")], character) is not None) is not name.startswith("NOT_")
    return False
