"""By which words a file shows that it sets something of django-cors-headers; read before anything is parsed."""

from __future__ import annotations

import re

WORDS = (
    b"cors_allow",
    b"cors_origin",
    b"cors_urls_regex",
    b"cors_expose_headers",
    b"cors_preflight_max_age",
    b"cors_replace_https_referer",
    b"cors_model",
)
"""Lower case; a file without any of them sets nothing."""
_NAME = r"CORS_(?:ALLOW|ORIGIN_|URLS_REGEX|EXPOSE_HEADERS|PREFLIGHT_MAX_AGE|MODEL|REPLACE_HTTPS_REFERER)\w*"
_SET = re.compile(
    rf"^[ \t]*(?:{_NAME}[ \t]*(?::[^=\n]+)?(?:[+|]?=|\.(?:append|extend|insert)\()|def[ \t]+{_NAME}\(self\b)",
    re.MULTILINE,
)


def sets_something(text: str) -> bool:
    """Whether a file sets a name that the product reads or once read."""
    return _SET.search(text) is not None
