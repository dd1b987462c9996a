"""Which location nginx picks for a URL path.

https://github.com/nginx/nginx/blob/master/src/http/ngx_http_core_module.c `ngx_http_core_find_location`: the longest
prefix, then inside it; then the first pattern that matches, unless the prefix has `^~`; an exact location ends it all.
"""

from __future__ import annotations

from corslint.resolve.nginx_blocks import REDIRECTING, Block
from corslint.resolve.nginx_state import search


def find(server: Block, path: str) -> Block:
    """The block that answers a path: a location, or the server itself where none fits.

    Raises UndecidedError where a pattern cannot be read.
    """
    return _find(server, path)[0] or server


def named(server: Block, name: str) -> Block | None:
    """The location `@name`."""
    return next((one for one in server.locations if one.modifier == "@" and one.path == name), None)


def _hands_on(location: Block) -> bool:
    """Whether a location hands all below it on: then nginx redirects to it where its last slash is missing.

    `auto_redirect` in https://github.com/nginx/nginx/blob/master/src/http/ngx_http_core_module.c
    """
    return location.handler is not None and location.handler.name.value in REDIRECTING


def _find(around: Block, path: str) -> tuple[Block | None, bool]:
    """The location, and whether it is final, so that patterns further out are not tried."""
    found: Block | None = None
    hands_on = False
    for one in around.locations:
        if one.modifier == "=" and one.path == path:
            return one, True
        is_longer = found is None or len(one.path) > len(found.path)
        if one.modifier in ("", "^~") and path.startswith(one.path) and is_longer:
            found = one
        if one.modifier in ("", "^~", "=") and one.path == f"{path}/" and _hands_on(one):
            hands_on = True
    if hands_on and (found is None or found.path != path):
        below = [one for one in around.locations if one.modifier in ("", "^~", "=") and one.path == f"{path}/"]
        return min(below, key=lambda one: one.modifier != "="), True
    if found is not None:
        inner, final = _find(found, path)
        if final:
            return inner, True
        if found.modifier == "^~":
            return inner or found, False
        found_inside = inner or found
    else:
        found_inside = None
    for one in around.locations:
        if one.modifier in ("~", "~*") and search(one.path, path, ignore_case=one.modifier == "~*"):
            return _find(one, path)[0] or one, True
    return found_inside, False
