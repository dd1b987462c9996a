"""What changed between releases of flask-cors; all that depends on the release stands here.

https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py and its history, from 3.0.10 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from corslint.releases import behaviour_of
from corslint.values import Items, Known

_DEFAULTS: Mapping[str, object] = {
    "origins": "*",
    "methods": Items("list", tuple(map(Known, ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")))),
    "allow_headers": "*",
    "expose_headers": None,
    "supports_credentials": False,
    "max_age": None,
    "send_wildcard": False,
    "automatic_options": True,
    "vary_header": True,
    "resources": r"/*",
    "intercept_exceptions": True,
    "always_send": True,
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    defaults: Mapping[str, object]
    """Every option that is read, with what holds where it is not given."""
    private_network: Literal["option", "always", "never"]
    """Whether a preflight that asks for private network access is told what the option says, or the same always."""
    bad_pattern: Literal["start", "unmatched", "request"]
    """What comes of a text that is taken for a regular expression and is none: the application does not start, the
    text matches nothing, or each request that is compared with it fails."""
    takes_anything: bool
    """Whether an origin or header that is no text is compared as one, and `methods=None` means no methods; else each
    request that is compared with the former fails, and with the latter the application does not start."""
    paths_ignore_case: bool
    """Whether resources that are no compiled patterns match paths in any case."""
    order: Literal["length", "few slashes", "many slashes"]
    """Which resource is tried first: the longest; or literal paths, and among those and among the patterns what has
    few or many slashes."""


NEWEST = Behaviour(
    defaults={**_DEFAULTS, "allow_private_network": False},
    private_network="option",
    bad_pattern="start",
    takes_anything=True,
    paths_ignore_case=False,
    order="many slashes",
)
"""flask-cors 6.0.5 and later."""
_6_0_1 = Behaviour(NEWEST.defaults, "option", "unmatched", False, False, "many slashes")
_6_0_0 = Behaviour(NEWEST.defaults, "option", "unmatched", False, False, "few slashes")
_5_0 = Behaviour(NEWEST.defaults, "option", "request", False, True, "length")
_4_0_2 = Behaviour({**_DEFAULTS, "allow_private_network": True}, "option", "request", False, True, "length")
_4_0_0 = Behaviour(_DEFAULTS, "always", "request", False, True, "length")
_3_0 = Behaviour(_DEFAULTS, "never", "request", False, True, "length")
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (
    ((6, 0, 5), NEWEST),
    ((6, 0, 1), _6_0_1),
    ((6,), _6_0_0),
    ((5,), _5_0),
    ((4, 0, 2), _4_0_2),
    ((4,), _4_0_0),
)


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, the last 3.0 for all before 4.0."""
    return behaviour_of(version, _FROM, _3_0)
