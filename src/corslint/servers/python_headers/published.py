"""What a program answers that other sites are meant to read: files of a folder, the API's description, discovery.

A path often says so; here it is known by what the function does, or by the class it belongs to. Documents of discovery
are public by RFC 8414, section 3, and RFC 8615.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.syntax.python import dotted

if TYPE_CHECKING:
    import libcst as cst

_FILE_CALLS = frozenset({"send_from_directory", "send_file", "send_static_file", "static_file", "FileResponse"})
_DJANGO_SERVE = ("django.views.static.serve", "django.contrib.staticfiles.views.serve")
_IN_MEMORY = re.compile(r"BytesIO|StringIO|Buffer|ContentFile|tempfile|getvalue")
_FOR_SOME = re.compile(
    r"(?i)log_?in|auth|token|private|secret|permission|current_user|password|session|signed|api_?key"
)
"""Words of a function that gives a file to those who may have it."""
_FAILS = re.compile(r"\b[45]\d\d\b|NotFound|Forbidden|BadRequest|\babort\(")
_FILE_CLASS = re.compile(r"StaticFiles?(?:Handler|Mixin|View|Response)?\Z")
_SCHEMA_CLASS = re.compile(
    r"(?:Spectacular|OpenApi|OpenAPI|Swagger|Redoc)\w*(?:View|Resource)\w*\Z|\A_?(?:Schema|SchemaJSON|ApiSchema)\w*View\Z"
)
_VIEW_PATH = r"\b(?:re_)?(?:path|url)\(\s*r?['\"]\^?/?([^'\"\n]*)['\"]\s*,\s*(?:\w+\.)*{name}\b"
MAX_FILES = 2000
"""Files of a project that are looked through; in a larger one nothing is taken to be public."""


def is_published(resolver: Resolver, function: cst.FunctionDef) -> bool:
    """Whether other sites are meant to read all that a function answers."""
    if _only_sends_files(resolver, function):
        return True
    owner = resolver.module.enclosing_class(function)
    if owner is None:
        return _is_well_known(resolver, function.name.value)
    return _is_of_files(owner) or _is_of_schema(resolver, owner) or _is_well_known(resolver, owner.name.value)


def _only_sends_files(resolver: Resolver, function: cst.FunctionDef) -> bool:
    """Whether whatever a function gives back is a file by its path, or says that something failed."""
    text = resolver.module.span(function).text
    if not any(name in text for name in (*_FILE_CALLS, "serve")) or _IN_MEMORY.search(text) or _FOR_SOME.search(text):
        return False
    sent = [
        value
        for value in _returned(resolver, function)
        if _FAILS.search(resolver.module.span(value).text) is None or _is_file(resolver, function, value)
    ]
    return bool(sent) and all(_is_file(resolver, function, value) for value in sent)


def _returned(resolver: Resolver, function: cst.FunctionDef) -> Iterator[cst.BaseExpression]:
    import libcst

    for node in resolver.module.find(libcst.Return):
        if node.value is not None and resolver.module.enclosing_function(node) is function:
            yield node.value


def _is_file(resolver: Resolver, function: cst.FunctionDef, node: cst.BaseExpression, links: int = 0) -> bool:
    """Whether an expression is the answer with a file, also by its name or made an answer of."""
    import libcst

    if links > 4:
        return False
    if isinstance(node, libcst.Await):
        return _is_file(resolver, function, node.expression, links + 1)
    if isinstance(node, libcst.Call):
        if (dotted(node.func) or "").rpartition(".")[2] in _FILE_CALLS or resolver.refers(node.func, _DJANGO_SERVE):
            return True
        given = node.args[0].value if node.args else None
        return given is not None and _is_made_answer(node) and _is_file(resolver, function, given, links + 1)
    if isinstance(node, libcst.Name):
        given_to = [
            one.value
            for one in resolver.module.find(libcst.Assign)
            if resolver.module.enclosing_function(one) is function
            and any(
                isinstance(target.target, libcst.Name) and target.target.value == node.value for target in one.targets
            )
        ]
        return bool(given_to) and all(_is_file(resolver, function, value, links + 1) for value in given_to)
    return False


def _is_made_answer(call: cst.Call) -> bool:
    return (dotted(call.func) or "").rpartition(".")[2] in ("make_response", "ensure_response")


def _bases(cls: cst.ClassDef) -> Iterator[str]:
    for base in cls.bases:
        if base.keyword is None and (name := dotted(base.value)) is not None:
            yield name.rpartition(".")[2]


def _is_of_files(cls: cst.ClassDef) -> bool:
    """Whether a class is a framework's for the files of a folder, with headers."""
    return any(_FILE_CLASS.search(name) for name in _bases(cls))


def _is_of_schema(resolver: Resolver, cls: cst.ClassDef) -> bool:
    """Whether a class shows the API's description, or is only there for classes of this file that do."""
    import libcst

    if any(_SCHEMA_CLASS.search(name) for name in _bases(cls)):
        return True
    below = [
        other
        for other in resolver.module.find(libcst.ClassDef)
        if any(resolver.definition(base.value) is cls for base in other.bases)
    ]
    if not below or not all(any(_SCHEMA_CLASS.search(name) for name in _bases(other)) for other in below):
        return False
    return not _is_named_elsewhere(resolver, cls.name.value)


def _is_named_elsewhere(resolver: Resolver, name: str) -> bool:
    """Whether another Python file of the project speaks of a class of this name."""
    project, here = resolver.project, resolver.module.source.path
    paths = [listed.path for listed in project.files if listed.path.endswith(".py") and listed.path != here]
    return len(paths) > MAX_FILES or any(project.mentions(path, name) for path in paths)


def _is_well_known(resolver: Resolver, name: str) -> bool:
    """Whether the project's URL configurations give a Django view paths below `.well-known/` and no others."""
    if not name.isascii():
        return False
    project = resolver.project
    view = re.compile(_VIEW_PATH.format(name=name))
    named = [path for path in project.named("urls.py")[:MAX_FILES] if project.mentions(path, name)]
    texts = [source.text for path in named if (source := project.source(path)) is not None]
    paths = [found[1].replace("\\", "") for text in texts for found in view.finditer(text)]
    return bool(paths) and all(path.startswith(".well-known/") for path in paths)
