"""What lock files say: which versions of the products we model they lock.

A lock of some megabytes is scanned by lines, in a sixth of the time a TOML parser takes. Such files are written by
programs, which put each `[[package]]` and its `name` and `version` on lines of their own.
"""

from __future__ import annotations

import json
import re

NAMES = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
"""In the order in which they are trusted."""

DISTRIBUTIONS = (
    "starlette|fastapi|litestar|falcon|aiohttp[-_.]+cors|flask[-_.]+cors|django[-_.]+cors[-_.]+headers"
    "|python[-_.]+engineio|sanic[-_.]+ext|quart[-_.]+cors"
)
"""The products whose release is read, in each spelling of their names; a regular expression without groups."""
_LINE = re.compile(
    r"^(?:(?P<table>\[)(?P<package>\[[ \t]*packages?[ \t]*\]\])?"
    rf"|name[ \t]*=[ \t]*[\"'](?P<name>{DISTRIBUTIONS})[\"']"
    r"|version[ \t]*=[ \t]*[\"'](?P<version>[0-9][0-9A-Za-z.+!-]{0,60})[\"'])",
    re.IGNORECASE | re.MULTILINE,
)
"""Values that run over several lines are indented, so a bracket in the first column begins a table."""
_EXACT = re.compile(r"={2,3}\s*([0-9][0-9A-Za-z.+!-]{0,60})\Z")


def normalised(name: str) -> str:
    """The name of a distribution in the one spelling that counts: "flask-cors" for "Flask_CORS".

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: str, text: str) -> dict[str, list[str]]:
    """The versions of each distribution that a lock file names, in its order; empty for one that cannot be read.

    A lock may hold several versions of one distribution, each for another Python or platform.
    """
    return _of_pipfile(text) if path.endswith("Pipfile.lock") else _of_toml(text)


def _of_toml(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    in_package = False
    name = version = None
    for line in _LINE.finditer(text):
        if line["table"]:
            in_package = line["package"] is not None
            name = version = None
            continue
        name, version = line["name"] or name, line["version"] or version
        if in_package and name is not None and version is not None:
            _add(found, name, version)
            in_package = False
    return found


def _of_pipfile(text: str) -> dict[str, list[str]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, list[str]] = {}
    for section in ("default", "develop"):
        packages = whole.get(section) if isinstance(whole, dict) else None
        for name, package in packages.items() if isinstance(packages, dict) else ():
            told = package.get("version") if isinstance(package, dict) else None
            exact = _EXACT.match(told) if isinstance(told, str) else None
            if exact and (section == "default" or normalised(name) not in found):
                _add(found, name, exact[1])
    return found


def _add(found: dict[str, list[str]], name: str, version: str) -> None:
    versions = found.setdefault(normalised(name), [])
    if version not in versions:
        versions.append(version)
