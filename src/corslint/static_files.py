"""Fonts, pictures, health checks: the same for whoever asks, and asked for with a plain GET."""

from __future__ import annotations

import re

from corslint.policy import Scope

_FOLDER = r"(?:fonts?|static|staticfiles|assets|media|images?|img|icons|css|js|hls|dash|\\?\.well-known)"
_STATIC_FOLDER = re.compile(
    r"(?:(?:location|route)\s+)?[~^*=\s]*/?"
    rf"(?:{_FOLDER}(?![a-z0-9_-])|\((?:\?:)?{_FOLDER}/?(?:\|{_FOLDER}/?)+\))",
    re.IGNORECASE,
)
_STATIC_ENDING = re.compile(
    r"\.(?:\((?:\?:)?(?:[a-z0-9?]+\|)*)?"
    r"(?:woff2?|ttf|otf|ttc|eot|svgz?|png|jpe?\??g|gif|webp|avif|ico|css|m?js|map|mp[34]|webm|ogg|m3u8|m4s|mpd)(?![a-z0-9])",
    re.IGNORECASE,
)
_STATIC_HOST = re.compile(
    r"\bserver (?:.*\.cdn|(?:static|cdn|assets?|fonts?|media|images?|img|icons)[\w-]*)\.", re.IGNORECASE
)
_WELL_KNOWN = re.compile(r"(?:/|\A)\\?\.well-known(?:/|\Z)")
"""Documents that are public by RFC 8615, wherever a proxy puts the application."""
_CHECK = re.compile(
    r"(?:location\s+)?[~^*=\s]*/(?:[\w-]+/)?(?:_?health(?:z|check|[-_]check)?|ping|readyz?|livez?|readiness|liveness|"
    r"nginx[-_]status|favicon\.ico|robots\.txt|sitemap\.xml|(?:openapi|swagger|jwks)\\?\.(?:json|ya?ml))(?:/?\$)?/?\Z",
    re.IGNORECASE,
)
"""Paths that say whether a server is up, and those that every site has: the same for whoever asks."""


def is_static(scope: Scope) -> bool:
    """Whether a policy only speaks for fonts, pictures and the like, which other sites are meant to read."""
    if scope.is_published or _STATIC_HOST.search(scope.text):
        return True
    paths = [test.text for test in scope.includes] or [scope.text]
    signs = (_STATIC_FOLDER.match, _STATIC_ENDING.search, _CHECK.match, _WELL_KNOWN.search)
    return all(any(sign(path) for sign in signs) for path in paths)
