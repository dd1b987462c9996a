"""Flask's applications and their configuration: `app.config["X"]`, `current_app.config.get("X")`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corslint.collect import Project
from corslint.resolve import parameters
from corslint.resolve.choices import same
from corslint.resolve.conditions import UNBOUND, overridden
from corslint.resolve.flask_configuration import (
    APPLICATIONS,
    LATEST,
    MAX_FILES,
    Filling,
    Order,
    fillings,
    given_by,
    layered,
    placed_at,
)
from corslint.resolve.libraries.use import Attribute, Method, Use
from corslint.resolve.objects import External
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.source import Source, Span
from corslint.syntax.python import SyntaxProblem
from corslint.values import Known, Unknown, Value, decided_by

if TYPE_CHECKING:
    from corslint.resolve.evaluator import Evaluator
    from corslint.resolve.python import Resolver

_CONFIG = "flask.Config"


def _defaults(name: str) -> Value[object]:
    """https://flask.palletsprojects.com/en/stable/config/#builtin-configuration-values; ENV was one until Flask 2.3."""
    if name == "DEBUG":
        return overridden(Known(False), "FLASK_DEBUG", None)
    if name == "ENV":
        return overridden(Known("production"), "FLASK_ENV", None)
    return Known(False) if name == "TESTING" else UNBOUND


def _held(use: Use, name: Concrete, missing: Value[object] | None) -> Value[object]:
    """What the configuration holds under a name where it is asked; `missing` where nothing sets it."""
    if isinstance(name, Unknown):
        return name
    if not isinstance(name.value, str):
        return Unknown("the name in the configuration is no text", use.span)
    owner = use.owner
    if owner.call is None:
        only = application(use.evaluator)
        if only is None:
            return Unknown(f"the application that runs decides {name.value}", use.span)
        owner = only
    from corslint.resolve.python import resolver_of

    home = resolver_of(use.evaluator.project, owner.evaluator.module.source)
    filled = fillings(home, home.module.assigned(owner.call) if owner.call else None, owner)
    value, *others = [_after(filled, until, name.value) for until in _asked_at(use, home, owner)]
    if any(not same(value, other) for other in others):
        return Unknown(f"{name.value} is not the same whenever it is asked for here", use.span)

    def given(one: Concrete) -> Value[object]:
        if one is not UNBOUND:
            return one
        reason = f"nothing sets {name.value} in the configuration of the application"
        return Unknown(reason, use.span, fails=True) if missing is None else missing

    return chained(value, given)


def _after(filled: Sequence[Filling], until: Order, name: str) -> Value[object]:
    """An entry after what fills the configuration up to a place."""
    value = _defaults(name)
    for one in filled:
        if until != LATEST and one.order >= until:
            break
        if not one.is_sure:
            continue
        for filling in one.reached():
            if filling.method == "from_prefixed_env":
                value = _from_environment(filling, value, name)
                continue
            found = given_by(filling, name)
            if found is not None and filling.method == "setdefault":
                found = layered(found, value, ())
            if found is not None:
                value = layered(value, found, filling.conditions)
    return value


def _asked_at(use: Use, home: Resolver, owner: External) -> list[Order]:
    """The places in the module of the application up to which its configuration is filled when it is asked."""
    from corslint.resolve.python import resolver_of

    if use.owner.call is None or use.node is None:
        return [LATEST]  # `current_app` is asked while a request is answered
    resolver = resolver_of(use.evaluator.project, use.evaluator.module.source)
    return [order for order, _ in placed_at(resolver, use.node, home, owner.call)] or [LATEST]


def _from_environment(filling: Filling, before: Value[object], name: str) -> Value[object]:
    """`from_prefixed_env()`: FLASK_X is X."""
    import libcst

    resolver, node = filling.resolver, filling.node
    assert isinstance(node, libcst.Call)
    prefix: Value[object] = Known("FLASK")
    for position, argument in enumerate(node.args):
        if argument.keyword.value == "prefix" if argument.keyword is not None else position == 0:
            prefix = resolver.evaluate(argument.value, filling.frame)
    if not isinstance(prefix, Known):
        return before
    variable = f"{prefix.value}_{name}"

    def unset(one: Concrete) -> Value[object]:
        if one is UNBOUND:
            return decided_by(variable, resolver.module.span(node))
        return overridden(one, variable, None)

    def read(text: Concrete) -> Value[object]:
        from corslint.resolve.operations import from_json

        decoded = text if isinstance(text, Unknown) else from_json(text, text.span)
        return text if isinstance(decoded, Unknown) else decoded

    return resolver.deployed((variable,), chained(before, unset), read)


def application(evaluator: Evaluator) -> External | None:
    """The one application of the project around a module, which `current_app` stands for; None where there are more.

    Of several it is the one that blueprints are registered on.
    """
    return evaluator.project.once(_applications).get(evaluator)


class _Applications:
    """The applications found so far, by the folder they were asked from."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.kept: dict[str, External | None] = {}

    def get(self, evaluator: Evaluator) -> External | None:
        path = evaluator.module.source.path
        if path not in self.kept:
            self.kept[path] = None  # for an application that is asked for while it is looked for
            self.kept[path] = self._find(evaluator.module.source)
        return self.kept[path]

    def _find(self, own: Source) -> External | None:
        from corslint.resolve.python import resolver_of

        found: list[External] = []
        parsed = 0
        for path in parameters.callers(self.project).mentioning(own, "Flask("):
            if (source := self.project.source(path)) is None:
                continue
            parsed += 1
            if parsed > MAX_FILES:
                return None
            try:
                resolver = resolver_of(self.project, source)
            except SyntaxProblem:
                continue
            found += [External(APPLICATIONS[0], resolver, call) for call in resolver.calls(*APPLICATIONS)]
        if len(found) > 1:
            # The others are for commands and workers, which answer no requests.
            found = [one for one in found if "register_blueprint(" in one.evaluator.module.source.text]
        return found[0] if len(found) == 1 else None


def _applications(project: Project) -> _Applications:
    return _Applications(project)


def _attribute(external: External, name: str, span: Span) -> Value[object] | None:
    if name != "config":
        return None
    return Known(External(_CONFIG, external.evaluator, external.call), span)


def _item(use: Use) -> Value[object] | None:
    given = use.given("key")
    return None if not given else chained(given["key"], lambda one: _held(use, one, None))


def _get(use: Use) -> Value[object] | None:
    given = use.given("key", "default")
    if not given:
        return None
    missing = given.get("default", Known(None, use.span))
    return chained(given["key"], lambda one: _held(use, one, missing))


METHODS: Mapping[tuple[str, str], Method] = {(_CONFIG, "__getitem__"): _item, (_CONFIG, "get"): _get}
ATTRIBUTES: Mapping[str, Attribute] = dict.fromkeys(APPLICATIONS, _attribute)
READY: Mapping[str, tuple[str, str]] = {
    f"{module}.current_app{attribute}": (maker, "__call__")
    for module in ("flask", "flask.globals")
    for attribute, maker in (("", APPLICATIONS[0]), (".config", _CONFIG))
}
MAKERS = frozenset(APPLICATIONS)
