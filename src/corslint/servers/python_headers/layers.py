"""A second layer of the same Flask application that adds Access-Control-Allow-Origin to the same answers.

flask-cors adds its headers unless an answer has one already, and asks only where the extension does it: `cross_origin`
adds them to whatever the view returns. Flask calls `after_request` functions in the opposite order of their
registration. https://github.com/corydolphin/flask-cors/blob/6.0.5/flask_cors/core.py, `set_cors_headers`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corslint.finding import Label
from corslint.policy import Fact
from corslint.servers.python_headers.frameworks import Surroundings
from corslint.servers.python_headers.sightings import Candidate
from corslint.servers.python_headers.words import ALLOW_ORIGIN
from corslint.source import Span
from corslint.syntax.python import dotted

if TYPE_CHECKING:
    import libcst as cst

_EXTENSION = ("flask_cors.CORS", "flask_cors.extension.CORS")
_DECORATOR = ("flask_cors.cross_origin", "flask_cors.decorator.cross_origin")
_HOOK = "after_request"


def second_layers(candidate: Candidate, around: Surroundings, framework: str | None) -> Iterator[Fact]:
    """A fact for the layer of flask-cors that makes a second line of the header, where one in the same file does."""
    if framework != "flask" or candidate.function is None or "flask-cors" not in around.text:
        return
    function = candidate.function
    lines = [line for line in candidate.lines if line.name == ALLOW_ORIGIN and line.op in ("add", "set")]
    if not lines:
        return
    mine = lines[0]
    if (decorator := _decorator(function, around)) is not None:
        yield _fact(mine.span, decorator, "adds another when the view has returned", mine.name)
    elif mine.op == "add" and (hook := _registered(function, around)) is not None:
        app, registered = hook
        later = (span for span in _extensions(app, around) if span.start > registered.start)
        if (extension := next(later, None)) is not None:
            text = "adds the first: what is registered last runs first"
            yield _fact(mine.span, extension, text, mine.name)
        elif (decorated := _decorated_view(app, around)) is not None:
            yield _fact(mine.span, decorated, "adds the first, before the hook runs", mine.name)


def _fact(mine: Span, other: Span, text: str, setting: str) -> Fact:
    return Fact(
        "duplicate-cors-layer",
        "Access-Control-Allow-Origin is sent twice, and browsers refuse such an answer",
        (Label(mine, "sends it too", primary=True), Label(other, text)),
        "keep one of the two; flask-cors alone does what both are for",
        setting,
    )


def _decorator(function: cst.FunctionDef, around: Surroundings) -> Span | None:
    """Where a view is decorated with `@cross_origin`, below its route."""
    import libcst

    if around.route(function) is None:
        return None
    for one in function.decorators:
        called = one.decorator
        if isinstance(called, libcst.Call) and around.resolver.refers(called.func, _DECORATOR):
            return around.module.span(called)
    return None


def _registered(function: cst.FunctionDef, around: Surroundings) -> tuple[str, Span] | None:
    """The application whose hook a function is, and where it is made one."""
    import libcst

    for one in function.decorators:
        owner, _, name = (dotted(one.decorator) or "").rpartition(".")
        if name == _HOOK and owner:
            return owner, around.module.span(one)
    for call in around.module.calls():
        owner, _, name = (dotted(call.func) or "").rpartition(".")
        if name == _HOOK and owner and len(call.args) == 1:
            given = call.args[0].value
            if isinstance(given, libcst.Name) and around.resolver.definition(given) is function:
                return owner, around.module.span(call)
    return None


def _extensions(app: str, around: Surroundings) -> Iterator[Span]:
    """Where flask-cors is put on an application, in the order of the source."""
    for call in around.resolver.calls(*_EXTENSION):
        given = around.resolver.argument(call, 0, "app")
        if given is not None and dotted(given.node) == app:
            yield around.module.span(call)
    made = {around.module.assigned(call) for call in around.resolver.calls(*_EXTENSION)}
    for call in around.module.calls():
        owner, _, name = (dotted(call.func) or "").rpartition(".")
        if name == "init_app" and owner in made and call.args and dotted(call.args[0].value) == app:
            yield around.module.span(call)


def _decorated_view(app: str, around: Surroundings) -> Span | None:
    """The first view of an application under `@cross_origin`."""
    import libcst

    for view in around.module.find(libcst.FunctionDef):
        route = around.route(view)
        if route is not None and route.owner == app and (span := _decorator(view, around)) is not None:
            return span
    return None
