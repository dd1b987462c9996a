"""python-decouple: https://github.com/HBNetwork/python-decouple/blob/v3.8/decouple.py."""

from __future__ import annotations

import configparser
import posixpath
import re
import string
from collections.abc import Mapping
from dataclasses import replace

from corslint.resolve import natives, operations
from corslint.resolve.libraries.use import Attribute, Method, Use, gathered
from corslint.resolve.objects import Native
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained, combined
from corslint.source import Source
from corslint.values import Items, Known, Place, Unknown, Value

_TEXT: Known[object] = Known(Native("builtins.str"))
_LIST: Known[object] = Known(Native("builtins.list"))


def _get(use: Use) -> Value[object] | None:
    """A default goes through the cast like the text of a variable."""
    given = use.given("option", "default", "cast")
    if given is None:
        return None
    cast, default = given.get("cast"), given.get("default")

    def read(one: Value[object]) -> Value[object]:
        return one if cast is None else chained(cast, lambda way: _cast(use, way, one))

    unset = None if default is None else read(default)
    option = given.get("option")
    written = _in_settings_ini(use, option)
    if written is not None:
        unset = written if isinstance(written, Unknown) else read(written)
    return use.variable(option, unset, read)


def _in_settings_ini(use: Use, option: Value[object] | None) -> Concrete | None:
    """What the nearest `settings.ini` above the program says, which `AutoConfig` prefers to a `.env` beside it."""
    evaluator = use.evaluator
    if use.owner.name != "decouple.AutoConfig" or not isinstance(option, Known) or not isinstance(option.value, str):
        return None
    path = evaluator.module.source.path
    nearby = evaluator.project.nearby(path)
    for folder in evaluator.project.folders(path):
        for name in ("settings.ini", ".env"):
            beside = posixpath.normpath(f"{folder}/{name}")
            source = evaluator.project.source(beside) if beside in nearby else None
            if source is not None:
                return None if name == ".env" else _option(source, option.value)
    return None


def _option(source: Source, name: str) -> Concrete | None:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(source.text)
        if not parser.has_option("settings", name):
            return None
        value = parser.get("settings", name)
    except configparser.Error:
        return Unknown(f"{source.path} cannot be read", source.span(0, 0))
    found = re.search(rf"^{re.escape(name)}[ \t]*[=:][ \t]*(.*?)[ \t\r]*$", source.text, re.MULTILINE | re.IGNORECASE)
    span = source.span(0, 0) if found is None else source.span(*found.span(1))
    return Known(value, span, (Place(span, f"{name} in {source.path}"),))


def _cast(use: Use, cast: Concrete, value: Value[object]) -> Value[object]:
    if isinstance(cast, Known) and cast.value == Native("builtins.bool"):
        return chained(value, lambda one: _boolean(use, one))
    return use.apply(cast, value)


def _boolean(use: Use, value: Concrete) -> Concrete:
    shown = natives.applied("builtins.str", [value], use.span)
    if not isinstance(shown, Known):
        return Unknown("whether it says yes is not followed", use.span) if shown is None else shown
    if shown.value == "":
        return replace(shown, value=False)
    found = natives.applied("decouple.strtobool", [shown], use.span)
    return found or Unknown("whether it says yes is not followed", use.span)


def _csv(use: Use) -> Value[object] | None:
    made, given = use.made("cast", "delimiter", "strip", "post_process"), use.given("value")
    if made is None or given is None or "value" not in given:
        return None
    post_process = made.get("post_process", _LIST)

    def process(*values: Value[object]) -> Value[object]:
        return chained(post_process, lambda way: use.apply(way, *values))

    def cut(picked: list[Concrete]) -> Value[object]:
        value, delimiter, strip = picked
        for one in picked:
            if isinstance(one, Unknown):
                return one
        assert isinstance(value, Known)
        if value.value is None:
            return process()
        if not isinstance(delimiter, Known) or not isinstance(delimiter.value, str):
            return Unknown("what parts the texts is not known", use.span)
        parts = natives.split(value, delimiter.value)
        if isinstance(parts, Unknown):
            return parts
        assert isinstance(parts.value, Items)
        texts = [operations.text_method(one, "strip", [strip], {}, use.span) for one in parts.value.items]  # type: ignore[arg-type]
        cast = [use.apply_each(made.get("cast", _TEXT), text) for text in texts]

        return chained(gathered(parts, "list", cast), process)

    strip: Value[object] = made.get("strip", Known(string.whitespace))
    return combined([given["value"], made.get("delimiter", Known(",")), strip], cut)  # type: ignore[arg-type]


def _choices(use: Use) -> Value[object] | None:
    made, given = use.made("flat", "cast", "choices"), use.given("value")
    if made is None or given is None or "value" not in given or "choices" in made:
        return None
    value = use.apply_each(made.get("cast", _TEXT), given["value"])
    return combined([value, made.get("flat", Known(Items("list", ())))], lambda picked: _chosen(use, *picked))


def _chosen(use: Use, value: Concrete, choices: Concrete) -> Concrete:
    if isinstance(value, Unknown):
        return value
    found = operations.compare("in", value, choices, use.span)
    if isinstance(found, Unknown):
        return found
    refused = Unknown("it is refused, since it is none of the choices", use.span, value.trail, fails=True)
    return value if found.value else refused


_CONFIGS = ("decouple.AutoConfig", "decouple.Config")
METHODS: Mapping[tuple[str, str], Method] = {
    **{(maker, "__call__"): _get for maker in _CONFIGS},
    ("decouple.Config", "get"): _get,
    ("decouple.Csv", "__call__"): _csv,
    ("decouple.Choices", "__call__"): _choices,
}
ATTRIBUTES: Mapping[str, Attribute] = {}
READY: Mapping[str, tuple[str, str]] = {"decouple.config": ("decouple.AutoConfig", "__call__")}
_REPOSITORIES = frozenset({"RepositoryEnv", "RepositoryIni", "RepositoryEmpty", "RepositorySecret"})
MAKERS = frozenset({*_CONFIGS, "decouple.Csv", "decouple.Choices", *(f"decouple.{one}" for one in _REPOSITORIES)})
