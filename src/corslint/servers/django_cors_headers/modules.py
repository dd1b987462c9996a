"""Which Python files are Django settings, and which of them build upon another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from corslint.collect import Project
from corslint.resolve.modules import MAX_FOLDERS, locate
from corslint.resolve.names import module_name
from corslint.resolve.python import Resolver, resolver_of
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem

MAX_NEIGHBOURS = 300
"""Files near a settings module that are searched for star imports of it."""
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
_STAR = re.compile(r"^[ \t]*from[ \t]+[.\w]+[ \t]+import[ \t]+\*", re.MULTILINE)
_SETTINGS_PATH = re.compile(r"(?:^|[/_])settings?(?:[/_.]|$)|(?:^|/)conf(?:ig)?/")
_MEANT_AS_BASE = re.compile(
    r"(?:^|[/_])(?:base|common|defaults?|shared|core|global)(?:_settings)?\.py\Z|settings_base\.py\Z"
)
_ONLY_DJANGO = re.compile(
    r"\bCORS_(?:ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL|ORIGIN_WHITELIST|ORIGIN_REGEX_WHITELIST|ALLOWED_ORIGIN_REGEXES"
    r"|URLS_REGEX|PREFLIGHT_MAX_AGE)\b"
)
"""Names that only django-cors-headers uses; others, such as CORS_ALLOWED_ORIGINS, are everybody's."""


def is_settings(project: Project, source: Source) -> bool:
    """Whether a file is a Django settings module, or part of one.

    It names what Django alone reads; or it builds upon a module that does; or is built upon by one; or it looks like
    settings and belongs to no other framework.
    """
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


def _is_below_manage(project: Project, source: Source) -> bool:
    folders = PurePosixPath(source.path).parents
    return any(project.source(str(folder / "manage.py")) is not None for folder in folders[:MAX_FOLDERS])


def is_base(source: Source) -> bool:
    """Whether the name of a file says that others build upon it and nobody uses it by itself."""
    return _MEANT_AS_BASE.search(source.path) is not None


def bases(project: Project, source: Source) -> Iterator[Source]:
    """The files of the run whose names a file takes over by star imports, and theirs in turn."""
    waiting, seen = [source], {source.path}
    while waiting:
        for found in _star_imported(project, waiting.pop()):
            if found.path not in seen:
                seen.add(found.path)
                waiting.append(found)
                yield found


def _star_imported(project: Project, source: Source) -> list[Source]:
    if not _STAR.search(source.text):
        return []
    resolver = _resolver(project, source)
    if resolver is None:
        return []
    located = [locate(project, source, module_name(statement)) for statement in resolver.scopes.star_imports]
    return [found for found, rest in filter(None, located) if not rest]


def importers(project: Project, source: Source) -> list[Source]:
    """The files near a settings module that take over its names by a star import."""
    folder, _, file = source.path.rpartition("/")
    above, _, folder_name = folder.rpartition("/")
    name = folder_name if file == "__init__.py" else file.removesuffix(".py")
    near = [
        listed.path
        for listed in project.files
        if listed.path.endswith(".py")
        and listed.path != source.path
        and (listed.path.startswith(f"{folder}/" if folder else "") or listed.path.rpartition("/")[0] == above)
    ]
    found = []
    for path in near[:MAX_NEIGHBOURS]:
        other = project.source(path)
        if other is not None and name in other.text and any(one is source for one in _star_imported(project, other)):
            found.append(other)
    return found


def _resolver(project: Project, source: Source) -> Resolver | None:
    try:
        return resolver_of(project, source)
    except SyntaxProblem:
        return None
