"""Which settings modules Django loads: the leaves of settings that are split over files.

`base.py` is not loaded by itself where `production.py` and `dev.py` take it over; what it sets is judged in each of
them, as that file's environment. https://docs.djangoproject.com/en/stable/topics/settings/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from corslint.collect import Project
from corslint.environment import Environment, of_name
from corslint.resolve.modules import locate
from corslint.resolve.python import resolver_of
from corslint.servers.django_cors_headers.mentions import sets_something
from corslint.servers.django_cors_headers.modules import (
    bases,
    importers,
    is_base,
    is_read,
    is_whole,
    said_by_path,
    star_imported,
)
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem

_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"'][\])]?\s*[,=]\s*[\"']([\w.]+)[\"']")
_DEBUG = re.compile(r"^[ \t]*DEBUG[ \t]*=", re.MULTILINE)
_SERVERS = ("wsgi.py", "asgi.py")
_STARTERS = ("manage.py", *_SERVERS, "celery.py")
"""Files that name the settings module by default."""


def judged_with(project: Project, source: Source) -> Iterator[Source]:
    """The modules whose policies are given when a file is read that sets something of CORS.

    The file itself, where Django loads it; and the leaves that build upon it, unless they are read for their own sake.
    """
    found = _leaves(project, source)
    if not found or _is_loaded(project, source, found):
        yield source
    for leaf in found:
        if not is_read(project, leaf) and _first_that_sets(project, leaf) is source:
            yield leaf


def named_environment(source: Source) -> Environment:
    """What the name of a settings module itself says, whatever its folders are called."""
    return _of_file_name(source.path)


@lru_cache(maxsize=2000)
def _of_file_name(path: str) -> Environment:
    folder, _, file = path.rpartition("/")
    return of_name(folder.rpartition("/")[2] if file == "__init__.py" else file.removesuffix(".py"))


def _leaves(project: Project, source: Source) -> list[Source]:
    """The modules that build upon a file and are loaded, in the order of their paths.

    These are those upon which no other builds, and those whose name says which environment they are for.
    """
    found: dict[str, Source] = {}
    waiting, seen = [source], {source.path}
    while waiting:
        current = waiting.pop()
        above = [one for one in importers(project, current) if not _only_chooses(project, one)]
        is_meant = not above or (named_environment(current).marked and is_complete(project, current))
        if is_meant and current is not source and _can_be_read(project, current):
            found[current.path] = current
        for one in above:
            if one.path not in seen:
                seen.add(one.path)
                waiting.append(one)
    return [found[path] for path in sorted(found)]


def _only_chooses(project: Project, source: Source) -> bool:
    """Whether a module only picks one of several that are settings of their own, as `settings/__init__.py` may."""
    chosen = star_imported(project, source)
    return (
        bool(chosen)
        and not named_environment(source).marked
        and not _DEBUG.search(source.text)
        and not sets_something(source.text)
        and not is_whole(source)
        and all(named_environment(one).marked and is_complete(project, one) for one in chosen)
    )


def is_complete(project: Project, source: Source) -> bool:
    """Whether a module holds what Django needs, itself or by what it takes over."""
    return any(map(is_whole, (source, *bases(project, source))))


def _is_loaded(project: Project, source: Source, found: list[Source]) -> bool:
    """Whether Django loads a module though others build upon it, as far as can be seen."""
    if source.path in project.once(_named_modules):
        return True
    if _misses_a_leaf(project, source):
        return True
    if not is_complete(project, source):
        return False
    kinds = {said_by_path(project, leaf).kind for leaf in found}
    if kinds <= {"test", "documentation"}:
        # Nobody runs these for users, so what is run is elsewhere or is the module itself.
        return True
    if not kinds & {"production", "staging"} and _is_chosen_at_run_time(project, source):
        return True
    if is_base(source):
        return False
    if named_environment(source).marked:
        return True
    # Beside `settings.py` there may be no more than `settings_test.py`.
    return not any((said := named_environment(leaf)).marked and said.is_live for leaf in found)


def _first_that_sets(project: Project, leaf: Source) -> Source | None:
    """The first of the files of the run under a leaf that is read, and so gives the leaf's policy."""
    paths = project.once(_paths)
    read = [one for one in bases(project, leaf) if one.path in paths and is_read(project, one)]
    return min(read, key=lambda one: one.path, default=None)


def _paths(project: Project) -> frozenset[str]:
    return frozenset(listed.path for listed in project.files)


def _can_be_read(project: Project, source: Source) -> bool:
    try:
        resolver_of(project, source)
    except SyntaxProblem:
        return False
    return True


def _named_modules(project: Project) -> frozenset[str]:
    """The paths of the settings modules that `manage.py` and the like name."""
    return frozenset(path for _, path, _ in project.once(_namings) if path is not None)


def _misses_a_leaf(project: Project, source: Source) -> bool:
    """Whether a module beside this one is named that is not there, so that it is not known what builds upon it."""
    folder = source.path.rpartition("/")[0]
    for _, path, name in project.once(_namings):
        package = name.rpartition(".")[0].replace(".", "/")
        if path is None and package and f"/{folder}".endswith(f"/{package}"):
            return True
    return False


def _is_chosen_at_run_time(project: Project, source: Source) -> bool:
    """Whether the package of a module is named that holds no settings itself, so that it is not known what it loads."""
    package = f"{source.path.rpartition('/')[0]}/__init__.py".removeprefix("/")
    if package == source.path or package not in project.once(_named_modules):
        return False
    named = project.source(package)
    return named is not None and not is_complete(project, named)


def why_deployed(project: Project, source: Source) -> str:
    """Why a settings module is what a server runs, as far as can be seen; empty where another one may be."""
    by_servers = [(by, path) for by, path, _ in project.once(_namings) if by.rpartition("/")[2] in _SERVERS]
    if by_servers:
        return next((f"{by} loads it" for by, path in by_servers if path == source.path), "")
    return "" if importers(project, source) else "there are no other settings"


def _namings(project: Project) -> list[tuple[str, str | None, str]]:
    """The starters with the names that they give to `DJANGO_SETTINGS_MODULE`, and the path of each if it is there."""
    found: list[tuple[str, str | None, str]] = []
    for path in (path for starter in _STARTERS for path in project.named(starter)):
        source = project.source(path)
        if source is None:
            continue
        for name in _NAMED.findall(source.text):
            located = locate(project, source, name)
            found.append((path, located[0].path if located is not None and not located[1] else None, name))
    return found
