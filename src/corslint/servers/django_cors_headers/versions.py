"""What changed between releases of django-cors-headers; all that depends on the release stands here.

https://github.com/adamchainz/django-cors-headers/blob/4.9.0/CHANGELOG.rst and src/corsheaders/middleware.py of each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from corslint.releases import behaviour_of


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one range of releases answers."""

    default_headers: tuple[str, ...]
    """`corsheaders.defaults.default_headers`."""
    vary: str
    """The value of `Vary`; the case is all that differs."""
    credentials_for_all: bool
    """Whether origins that are not let in are told that credentials are allowed, too."""
    private_network: bool
    """Whether CORS_ALLOW_PRIVATE_NETWORK is read."""
    fails_on_bad_origin: bool
    """Whether an `Origin` that is no URL makes the request fail, such as "http://["."""
    replaces_referer: bool
    """Whether CORS_REPLACE_HTTPS_REFERER is read, and CorsPostCsrfMiddleware exists."""
    present_names: bool = True
    """Whether CORS_ALLOWED_ORIGINS and the other names that settings got in 3.5 are read."""
    lists_hosts: bool = False
    """Whether the list holds hosts, with their port, whatever the scheme of the origin.

    https://github.com/adamchainz/django-cors-headers/blob/2.5.3/corsheaders/middleware.py, read, not run: it needs a
    Django that no present Python runs.
    """


_HEADERS = ("accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with")
_MORE_HEADERS = (
    "accept",
    "accept-encoding",
    "authorization",
    "content-type",
    "dnt",
    "origin",
    "user-agent",
    "x-csrftoken",
    "x-requested-with",
)
NEWEST = Behaviour(_HEADERS, "origin", False, True, False, False)
"""django-cors-headers 4.3 and later."""
_4_0 = Behaviour(_HEADERS, "origin", True, True, False, False)
_3_10_1 = Behaviour(_MORE_HEADERS, "Origin", True, False, False, True)
_3_5 = Behaviour(_MORE_HEADERS, "Origin", True, False, True, True)
_3_0 = replace(_3_5, present_names=False)
_2 = replace(_3_0, lists_hosts=True)
_FROM: tuple[tuple[tuple[int, ...], Behaviour], ...] = (
    ((4, 3), NEWEST),
    ((4,), _4_0),
    ((3, 10, 1), _3_10_1),
    ((3, 5), _3_5),
    ((3,), _3_0),
)


def behaviour(version: str | None) -> Behaviour:
    """How a release answers; the newest where it is not known, 2.5 for all before 3.0."""
    return behaviour_of(version, _FROM, _2)
