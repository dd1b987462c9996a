"""The languages that are read together: the pattern's, that of serialised origins, and what is left out of both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from corslint.origins import Dialect, Match, glob_expression, parse_origin
from corslint.witness.automaton import Automaton
from corslint.witness.parser import Parser
from corslint.witness.tree import ANYTHING, Choice, Node, Sequence

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_TOP = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LONG_PORTS = (r"[1-5][0-9]{4}", r"6[0-4][0-9]{3}", r"65[0-4][0-9]{2}", r"655[0-2][0-9]", r"6553[0-5]")
_HEX = r"(?:0|[1-9a-f][0-9a-f]{0,3})"
_GLOBAL = rf"\[[23][0-9a-f]{{3}}(?:(?::{_HEX}){{7}}|(?::{_HEX}){{0,5}}::(?:{_HEX}(?::{_HEX}){{0,4}})?)\]"
"""Global addresses of IPv6 (https://www.iana.org/assignments/ipv6-unicast-address-assignments), and some that browsers
write otherwise."""
_HOST = rf"(?:(?:{_LABEL}\.)*{_TOP}\.?|{_BYTE}(?:\.{_BYTE}){{3}}|{_GLOBAL})"
_PRIVATE = (
    r"(?:0|10|127|22[4-9]|23[0-9]|24[0-9]|25[0-5])\.[0-9.]+",
    r"100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.[0-9.]+",
    r"169\.254\.[0-9.]+",
    r"172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9.]+",
    r"192\.0\.[02]\.[0-9]+",
    r"192\.168\.[0-9.]+",
    r"198\.1[89]\.[0-9.]+",
    r"198\.51\.100\.[0-9]+",
    r"203\.0\.113\.[0-9]+",
    r"\[2001:(?:db8|[0-9a-f]{1,2}|1[0-9a-f]{2})?:[0-9a-f:]*\]",
    r"\[3fff:[0-9a-f]{0,3}:[0-9a-f:]*\]",
)
"""Addresses that nobody reaches over the Internet (https://www.iana.org/assignments/iana-ipv4-special-registry and
iana-ipv6-special-registry)."""
_NO_END = (".", ".example", ".invalid", ".test")


@dataclass(frozen=True, slots=True)
class Expression:
    """A test of an origin as a regular expression, whatever it was written as."""

    text: str
    dialect: Dialect
    how: Match
    """One of search, match and fullmatch."""
    ignore_case: bool


def expression(pattern: str, dialect: Dialect, match: Match, *, ignore_case: bool) -> Expression:
    """The regular expression that lets in the same origins as a pattern of any kind."""
    escaped = re.escape(pattern)
    if match == "prefix":
        return Expression(escaped, "python", "match", ignore_case)
    if match == "suffix":
        return Expression(rf"{escaped}\Z", "python", "search", ignore_case)
    if match == "contains":
        return Expression(escaped, "python", "search", ignore_case)
    if match == "within":
        origins = sorted(map(re.escape, _origins_within(pattern)))
        return Expression("|".join(origins) or "(?!)", "python", "fullmatch", ignore_case)
    if match == "glob":
        return Expression(glob_expression(pattern, dialect), "python", "fullmatch", ignore_case)
    return Expression(pattern, dialect, match, ignore_case)


def _origins_within(text: str) -> set[str]:
    """The origins that are parts of a text, without those that only stand for others."""
    found: set[str] = set()
    for scheme in re.finditer("https?://", text):
        rest = re.compile(r"[a-z0-9._:-]{0,270}").match(text, scheme.end())
        end = rest.end() if rest else scheme.end()
        parts = (text[scheme.start() : at] for at in range(scheme.end(), end + 1))
        found |= {part for part in parts if parse_origin(part) and not part.endswith(_NO_END)}
    return found


def anywhere(node: Node, asked: Expression) -> Node:
    """The tree that matches whole origins, where the expression may match a part of them."""
    before = (ANYTHING,) if asked.how == "search" else ()
    after = (ANYTHING,) if asked.how != "fullmatch" else ()
    return Sequence((*before, node, *after))


def _parsed(text: str) -> Node:
    return Parser(text, "python").parse()


@lru_cache(maxsize=2)
def serialised(scheme: str) -> Node:
    """All origins of a scheme that strangers can have, as browsers write them."""
    # A port is never that of the scheme.
    default = "443" if scheme == "https" else "80"
    return _parsed(rf"{scheme}://{_HOST}(?::(?:{_without(default)}))?")


def _without(default: str) -> str:
    """All ports but one of two or three digits."""
    ways = [r"[1-9]", r"[1-9][0-9]", r"[1-9][0-9]{2}", r"[1-9][0-9]{3}", *_LONG_PORTS]
    ways.remove(ways[len(default) - 1])
    for at, digit in enumerate(default):
        others = "".join(one for one in "0123456789" if one != digit and (at or one != "0"))
        ways.append(f"{default[:at]}[{others}][0-9]{{{len(default) - at - 1}}}")
    return "|".join(ways)


@lru_cache(maxsize=1)
def _private() -> Node:
    return _parsed(rf"https?://(?:{'|'.join(_PRIVATE)})(?::[0-9]+)?")


def left_out(scopes: Iterable[str], globs: Iterable[str]) -> Automaton:
    """Origins that are no stranger's although their domain may be: private addresses, scoped names, globs."""
    ways = [_private()]
    ways += [_parsed(rf"https?://(?:[a-z0-9._-]*\.)?(?:{scope})\.?(?::[0-9]+)?") for scope in scopes]
    ways += [_parsed(".*".join(map(re.escape, glob.split("*")))) for glob in globs]
    return Automaton(Choice(tuple(ways)))
