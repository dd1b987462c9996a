"""What nginx refuses in the lines that CORS is made of, besides the arguments of `add_header` and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from corslint.resolve.nginx_patterns import pattern_flaw
from corslint.syntax.nginx import DIRECTIVES, Directive, parse

METHODS = frozenset(
    "GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH".split()  # noqa: SIM905
)
"""The methods `limit_except` knows.

https://github.com/nginx/nginx/blob/master/src/http/ngx_http_core_module.c `ngx_methods_names`
"""
_MEANT = re.compile(r"(?:more_?)?(?:add|set)_?headers?|more_clear_?headers?", re.IGNORECASE)
"""Names that the directives which send headers are mistaken for."""


def unknown_directive(directive: Directive) -> str:
    """Why nginx does not know a directive that was meant to send a header of CORS; empty where that is not certain."""
    name = directive.name.value
    if name in DIRECTIVES or directive.templated or directive.block is not None or not directive.args:
        return ""
    if name.lower().startswith("access-control-"):
        return f"nginx knows no directive `{name}`: a header is sent with `add_header`"
    sends = any(word.lower().startswith("access-control-") for word in directive.values[:1])
    if sends and _MEANT.fullmatch(name.replace("-", "_")):
        return f"nginx knows no directive `{name}`"
    return ""


def refused_entries(directive: Directive, entries: Sequence[Directive]) -> Iterator[tuple[Directive, str]]:
    """The entries of a `map` that nginx refuses, each with why.

    https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_map_module.c
    """
    is_template = bool(directive.source.parsed(parse).tags)
    seen: set[str] = set()
    for one in entries:
        key = one.name.value
        if one.templated or one.name.templated or one.block is not None or key == "include":
            continue
        if len(one.args) != 1:
            if one.args or key not in ("hostnames", "volatile"):
                shown = " ".join(one.head.text.split())
                yield one, f"nginx refuses `{shown}` in a `map`: an entry is one value and what it becomes"
            continue
        if key.startswith("~"):
            flaw = pattern_flaw(key.removeprefix("~*") if key.startswith("~*") else key[1:])
            if flaw:
                yield one, f"nginx refuses this entry of the `map`: its pattern has {flaw}"
            continue
        key = key.lower()
        if key in seen and one.source is directive.source and not is_template and "$" not in key:
            yield one, f"nginx refuses `{key}` for the second time in one `map`"
        seen.add(key)
