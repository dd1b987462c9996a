"""Kong's `origins` as entries of a policy.

https://github.com/Kong/kong/blob/22246ef28c16842098369b494eef879222e30c7b/kong/plugins/cors/handler.lua
`configure_origin`: what holds another character than those of a plain origin is a regular expression, anchored at its
beginning, with a `$` behind it; without a colon it is compared with the host alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern
from corslint.source import Span

_PLAIN = re.compile(r"[A-Za-z0-9.:/-]+\Z")
_TOKEN = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\\?\Z)|.", re.DOTALL)


def entry(text: str, span: Span | None) -> Entry:
    """What one item of the list lets in."""
    if text == "*":
        return AnyOrigin(span)
    if text == "null":
        return Null(span)
    if _PLAIN.match(text):
        return Exact(text, span)
    body = text.removeprefix("^")
    alternatives = list(_alternatives(body))
    if ":" in text and len(alternatives) == 1:
        return Pattern(body.removesuffix("$") if not body.endswith(r"\$") else body, "pcre", "fullmatch", span=span)
    # Only the last of several alternatives ends where the text ends.
    *others, last = alternatives
    if ":" in text:
        return Pattern("|".join([*others, last if last.endswith("$") else f"{last}$"]), "pcre", "match", span=span)
    rest = r"[^:/]*"
    tests = [_bare(one) + ("" if _ends(one) else rest) for one in others] + [_bare(last)]
    host = "|".join(tests) if len(tests) > 1 else tests[0]
    return Pattern(rf"(?:[a-z][a-z0-9+.-]*://)?(?:{host})(?::[0-9]+)?", "pcre", "fullmatch", span=span)


def _ends(text: str) -> bool:
    return text.endswith("$") and not text.endswith(r"\$")


def _bare(text: str) -> str:
    text = text.removeprefix("^")
    return text[:-1] if _ends(text) else text


def _alternatives(text: str) -> Iterator[str]:
    """The parts between those `|` that stand in no group and no class."""
    depth, part = 0, ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        depth += (token == "(") - (token == ")")
        if token == "|" and depth == 0:
            yield part
            part = ""
        else:
            part += token
    yield part
