"""Which Python files are Django settings, and which of them build upon another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from corslint.collect import Project
from corslint.environment import Environment, of_path
from corslint.resolve.modules import MAX_FOLDERS, locate
from corslint.resolve.names import module_name
from corslint.resolve.python import Resolver, resolver_of
from corslint.servers.django_cors_headers.mentions import sets_something
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem

MAX_CANDIDATES = 500
"""Files that are searched for star imports of one settings module."""
_DJANGO = re.compile(
    r"\b(?:INSTALLED_APPS|MIDDLEWARE_CLASSES|ROOT_URLCONF|WSGI_APPLICATION|ASGI_APPLICATION|AUTH_USER_MODEL"
    r"|AUTH_PASSWORD_VALIDATORS|REST_FRAMEWORK|DEFAULT_AUTO_FIELD)\b"
    r"|^[ \t]*(?:from|import)[ \t]+(?:django|corsheaders|environ|configurations|split_settings)\b",
    re.MULTILINE,
)
_LIKE_DJANGO = re.compile(
    r"\b(?:MIDDLEWARE|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|SECURE_SSL_REDIRECT|CSRF_COOKIE_SECURE|SESSION_COOKIE_SECURE)\b"
)
"""Names that others borrow."""
_OTHER_FRAMEWORK = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+"
    r"(?:flask|fastapi|starlette|quart|sanic|litestar|pydantic|pydantic_settings|aiohttp)\b",
    re.MULTILINE,
)
_WHOLE = re.compile(r"^[ \t]*(?:INSTALLED_APPS|MIDDLEWARE|MIDDLEWARE_CLASSES|ROOT_URLCONF)\b", re.MULTILINE)
_STAR = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+\*", re.MULTILINE)
_SETTINGS_PATH = re.compile(r"(?:^|[/_])settings?(?:[/_.]|$)|(?:^|/)conf(?:ig)?/")
_MEANT_AS_BASE = re.compile(
    r"(?:^|[/_])(?:base|common|defaults?|shared|core|global)(?:_settings)?\.py\Z|settings_base\.py\Z"
)
_ONLY_DJANGO = re.compile(
    r"\bCORS_(?:ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL|ORIGIN_WHITELIST|ORIGIN_REGEX_WHITELIST|ALLOWED_ORIGIN_REGEXES"
    r"|URLS_REGEX|PREFLIGHT_MAX_AGE)\b"
)
"""Names that only django-cors-headers uses; others, such as CORS_ALLOWED_ORIGINS, are everybody's."""
_READS_SETTINGS = re.compile(r"^from[ \t]+django\.conf[ \t]+import[ \t]+.*\bsettings\b", re.MULTILINE)
"""What asks for the settings when it is loaded, which settings cannot."""


def is_settings(project: Project, source: Source) -> bool:
    """Whether a file is a Django settings module, or part of one.

    It names what Django alone reads; or it builds upon a module that does; or is built upon by one; or it looks like
    settings and belongs to no other framework. What reads the settings itself, such as middleware, is none.
    """
    known = project.once(_known_settings)
    if source.path not in known:
        known[source.path] = _looks_like_settings(project, source)
    return known[source.path]


def _known_settings(_: Project) -> dict[str, bool]:
    return {}


def _looks_like_settings(project: Project, source: Source) -> bool:
    if _READS_SETTINGS.search(source.text) and not is_whole(source) and not importers(project, source):
        return False
    if _DJANGO.search(source.text):
        return True
    if _OTHER_FRAMEWORK.search(source.text):
        return False
    if _LIKE_DJANGO.search(source.text):
        return True
    for other in (*bases(project, source), *importers(project, source)):
        if _DJANGO.search(other.text) or _LIKE_DJANGO.search(other.text):
            return True
    if _ONLY_DJANGO.search(source.text):
        return True
    return _SETTINGS_PATH.search(source.path) is not None and _is_below_manage(project, source)


def is_read(project: Project, source: Source) -> bool:
    """Whether a file is read for its own sake: it is settings, and sets something of CORS."""
    return sets_something(source.text) and is_settings(project, source)


def said_by_path(project: Project, source: Source) -> Environment:
    """What the path of a settings module says of the environment that it is for."""
    listed = project.listed(source.path)
    return of_path(source.path, inside=listed.inside if listed is not None else None)


def is_of_another_framework(source: Source) -> bool:
    """Whether a file imports another framework, or what makes settings for one, and names nothing that is Django's."""
    return _OTHER_FRAMEWORK.search(source.text) is not None and _DJANGO.search(source.text) is None


def _is_below_manage(project: Project, source: Source) -> bool:
    folders = PurePosixPath(source.path).parents
    return any(project.source(str(folder / "manage.py")) is not None for folder in folders[:MAX_FOLDERS])


def is_base(source: Source) -> bool:
    """Whether the name of a file says that others build upon it and nobody uses it by itself."""
    return _MEANT_AS_BASE.search(source.path) is not None


def is_whole(source: Source) -> bool:
    """Whether a file may be loaded as settings by itself; a part such as `cors.py` lacks what Django needs."""
    return _WHOLE.search(source.text) is not None


def bases(project: Project, source: Source) -> Iterator[Source]:
    """The files whose names a file takes over by star imports, and theirs in turn, nearest first."""
    waiting, seen = [source], {source.path}
    while waiting:
        for found in star_imported(project, waiting.pop(0)):
            if found.path not in seen:
                seen.add(found.path)
                waiting.append(found)
                yield found


def star_imported(project: Project, source: Source) -> tuple[Source, ...]:
    """The files whose names a file takes over by star imports of its own, the last one first, for it wins."""
    known = project.once(_known_stars)
    if source.path not in known:
        known[source.path] = tuple(dict.fromkeys(reversed(list(_located_stars(project, source)))))
    return known[source.path]


def _known_stars(_: Project) -> dict[str, tuple[Source, ...]]:
    return {}


def _located_stars(project: Project, source: Source) -> Iterator[Source]:
    # Most files have none, and need not be parsed to tell.
    if any(_locate(project, source, name) for name in _STAR.findall(source.text)):
        resolver = _resolver(project, source)
        if resolver is not None:
            yield from (found for _, found in stars(project, resolver) if found is not None)


def stars(project: Project, resolver: Resolver) -> Iterator[tuple[Span, Source | None]]:
    """The star imports of a module, in order, each with the file it takes over; None for what is not here."""
    for statement in resolver.scopes.star_imports:
        source = resolver.module.source
        yield resolver.module.span(statement), _locate(project, source, module_name(statement))


def _locate(project: Project, source: Source, name: str) -> Source | None:
    located = locate(project, source, name)
    return located[0] if located is not None and not located[1] else None


def importers(project: Project, source: Source) -> list[Source]:
    """The files of the run that take over the names of a settings module by a star import, nearest first.

    Looked for beside, below and one folder above it, and among all files whose path speaks of settings: in at most
    MAX_CANDIDATES files.
    """
    known = project.once(_known_importers)
    if source.path not in known:
        known[source.path] = list(_importers(project, source))
    return known[source.path]


def _known_importers(_: Project) -> dict[str, list[Source]]:
    return {}


def _importers(project: Project, source: Source) -> Iterator[Source]:
    for path in near(project, source):
        other = project.source(path)
        if other is not None and any(one is source for one in star_imported(project, other)):
            yield other


def near(project: Project, source: Source) -> list[str]:
    """The other Python files in which those that build upon a module are looked for, the nearest first."""
    folder = source.path.rpartition("/")[0]
    above = folder.rpartition("/")[0]
    known = project.once(_known_near)
    if folder not in known:
        ranked: list[tuple[int, str]] = []
        start = f"{folder}/" if folder else ""
        for path in project.once(python_files):
            around = path.rpartition("/")[0]
            if around == folder:
                ranked.append((0, path))
            elif around == above:
                ranked.append((1, path))
            elif path.startswith(start) and around.count("/") <= start.count("/"):
                ranked.append((2, path))
            elif _SETTINGS_PATH.search(path):
                ranked.append((3, path))
        known[folder] = [path for _, path in sorted(ranked)]
    return [path for path in known[folder][:MAX_CANDIDATES] if path != source.path]


def _known_near(_: Project) -> dict[str, list[str]]:
    return {}


def python_files(project: Project) -> list[str]:
    """The paths of the Python files of the run."""
    return [listed.path for listed in project.files if listed.path.endswith(".py")]


def _resolver(project: Project, source: Source) -> Resolver | None:
    try:
        return resolver_of(project, source)
    except SyntaxProblem:
        return None
