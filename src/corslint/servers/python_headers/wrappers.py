"""What a project puts around a Flask or Quart application: it may answer OPTIONS before any view is asked.

https://flask.palletsprojects.com/en/stable/quickstart/#hooking-in-wsgi-middleware
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from corslint.collect import Project

MAX_FILES = 2000
"""Files looked through; in a larger project no wrapper is looked for."""
_WRAPPED = re.compile(r"\.[aw]sgi_app[ \t]*=[ \t]*(?:\w+\.)*(\w+)\(\s*[\w.]+\.[aw]sgi_app\b")
_CLASS = r"^class[ \t]+{name}\b.*\n(?:(?:[ \t].*)?\n)*"
_OPTIONS = re.compile(r"\bOPTIONS\b")


def answering_wrapper(project: Project) -> str | None:
    """The name of a wrapper that answers OPTIONS by itself, or seems to; None where there is none."""
    return next(iter(project.once(_wrappers)), None)


def _wrappers(project: Project) -> Mapping[str, None]:
    return dict.fromkeys(_found(project))


def _found(project: Project) -> Iterator[str]:
    paths = [listed.path for listed in project.files if listed.path.endswith(".py")]
    if len(paths) > MAX_FILES:
        return
    around = [path for path in paths if project.mentions(path, "sgi_app")]
    texts = (source.text for path in around if (source := project.source(path)) is not None)
    names = dict.fromkeys(found[1] for text in texts for found in _WRAPPED.finditer(text))
    for name in names:
        # Packages for CORS, such as wsgicors, answer preflights; other wrappers are read.
        if "cors" in name.lower() or _answers_options(project, paths, name):
            yield name


def _answers_options(project: Project, paths: list[str], name: str) -> bool:
    """Whether the project's own class of this name speaks of OPTIONS."""
    body = re.compile(_CLASS.format(name=re.escape(name)), re.MULTILINE)
    for path in paths:
        if name.isascii() and project.mentions(path, f"class {name}"):
            source = project.source(path)
            if source is not None and any(_OPTIONS.search(one[0]) for one in body.finditer(f"{source.text}\n")):
                return True
    return False
