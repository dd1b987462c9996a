"""Property names as Spring Boot binds them: `allowed-origins`, `allowedOrigins` and `ALLOWED_ORIGINS` are one.

https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = re.compile(r"\[(?P<key>[^\]]*)\]|(?P<name>[^.\[]+)")
_DROPPED = re.compile(r"[^a-z0-9]")
_OUTSIDE_OF_BRACKETS = re.compile(r"[^A-Za-z0-9.-]")

OPTIONS = {
    "allowedorigins": "allowed-origins",
    "allowedoriginpatterns": "allowed-origin-patterns",
    "allowedmethods": "allowed-methods",
    "allowedheaders": "allowed-headers",
    "exposedheaders": "exposed-headers",
    "allowcredentials": "allow-credentials",
    "allowprivatenetwork": "allow-private-network",
    "maxage": "max-age",
}
"""The settings of one CORS configuration, by their uniform name, as the documentation spells them."""
CAMEL = {uniform: re.sub(r"-(.)", lambda found: found[1].upper(), name) for uniform, name in OPTIONS.items()}
"""The same in camel case, the one spelling that a route's metadata knows."""


def parts(key: str) -> tuple[str, ...]:
    """The parts of a dotted name; what stands in brackets keeps them and its dots."""
    return tuple(
        f"[{found['key']}]" if found["name"] is None else found["name"].strip()
        for found in _PART.finditer(key)
        if found["name"] is None or found["name"].strip()
    )


def uniform(part: str) -> str:
    """The form in which names are compared; what stands in brackets is compared as it is."""
    return part if part.startswith("[") else _DROPPED.sub("", part.lower())


def path(keys: Iterable[str]) -> tuple[str, ...]:
    """The uniform parts of nested keys, each of which may be dotted itself."""
    return tuple(uniform(part) for key in keys for part in parts(key))


def map_key(part: str) -> str:
    """What is left of the key of a map: all of it in brackets, letters, digits, dots and dashes without."""
    return part[1:-1] if part.startswith("[") else _OUTSIDE_OF_BRACKETS.sub("", part)
