"""environs: https://github.com/sloria/environs/blob/15.2.0/src/environs/__init__.py."""

from __future__ import annotations

from collections.abc import Mapping

from corslint.resolve.libraries.use import Attribute, Method

METHODS: Mapping[tuple[str, str], Method] = {}
ATTRIBUTES: Mapping[str, Attribute] = {}
READY: Mapping[str, tuple[str, str]] = {}
MAKERS: frozenset[str] = frozenset()
