"""dynaconf: https://github.com/dynaconf/dynaconf/blob/3.2.6/dynaconf/loaders/base.py, `base.py`, `utils/parse_conf.py`.

Settings stand in TOML, YAML and JSON files, in a table per environment where `environments=True`, and variables of the
environment replace them. A later file wins, and within each the tables [default], [current environment] and [global].
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from corslint.resolve import operations
from corslint.resolve.conditions import environment, overridden, set_state
from corslint.resolve.libraries import settings_files
from corslint.resolve.libraries.use import Attribute, Method, Use, given
from corslint.resolve.objects import External
from corslint.resolve.operations import Concrete
from corslint.resolve.ways import chained
from corslint.source import Source, Span
from corslint.values import Alternative, Condition, Items, Known, OneOf, Place, Unknown, Value, alternatives
from corslint.values import Mapping as Pairs

_HARMLESS = frozenset({
    "load_dotenv", "dotenv_path", "dotenv_verbose", "dotenv_override", "root_path", "encoding", "lowercase_read",
    "auto_cast", "ignore_unknown_envvars", "validators",
})  # fmt: skip
_FOLLOWED = frozenset(
    {"settings_files", "settings_file", "secrets", "environments", "envvar_prefix", "env_switcher", "env"}
)
_BOX = "dynaconf.box"
"""Stands for a dict of settings, whose keys are attributes too."""
_ABSENT: Known[object] = Known(object())
"""Stands for a dict that is not set, where a part of it is asked for with a default."""
_MARKS = ("dynaconf_merge", "dynaconf_dotted_lookup")


@dataclass(frozen=True, slots=True)
class _Settings:
    """What `Dynaconf(...)` was made with."""

    files: tuple[Source, ...]
    """In the order in which they are read."""
    missing: tuple[str, ...]
    has_environments: bool
    prefixes: tuple[str, ...]
    """Of variables, the one that wins first; "" for none."""
    switcher: str
    """The variable that names the environment."""
    first: str
    """The environment where that variable is not set."""


def _settings(external: External, span: Span) -> _Settings | Unknown:
    made = external.named
    if external.positional or set(made) - _FOLLOWED - _HARMLESS:
        more = ", ".join(sorted(set(made) - _FOLLOWED - _HARMLESS)) or "arguments"
        return Unknown(f"what `{more}` does to the settings is not followed", span)
    plain: dict[str, object] = {}
    for name in _FOLLOWED & set(made):
        try:
            plain[name] = operations.plain(made[name])
        except Exception:  # whatever is not known
            return Unknown(f"`{name}` of `Dynaconf()` is not known", span)
    names = [*_names(plain.get("settings_files", plain.get("settings_file"))), *_names(plain.get("secrets"))]
    if any(re.search(r"[*?\[]", name) or not name.endswith(settings_files.ENDINGS) for name in names):
        return Unknown("some of its settings files are not followed", span)
    files, missing = _found(external, names)
    prefix = plain.get("envvar_prefix", "DYNACONF")
    if prefix is not False and not isinstance(prefix, str):
        return Unknown("`envvar_prefix` of `Dynaconf()` is not known", span)
    prefixes = [f"{part.strip().upper()}_" for part in reversed(prefix.split(","))] if prefix else [""]
    return _Settings(
        tuple(files),
        tuple(missing),
        plain.get("environments", False) is not False,
        tuple(dict.fromkeys((*prefixes, "DYNACONF_"))),
        str(plain.get("env_switcher", "ENV_FOR_DYNACONF")),
        str(plain.get("env", "development")).lower(),
    )


def _names(written: object) -> list[str]:
    if isinstance(written, str):
        return [name.strip() for name in re.split(r"[;,]", written) if name.strip()]
    return [name for name in written if isinstance(name, str)] if isinstance(written, (list, tuple)) else []


def _found(external: External, names: list[str]) -> tuple[list[Source], list[str]]:
    """The files that there are, with `settings.local.toml` beside each behind them all."""
    project, path = external.evaluator.project, external.evaluator.module.source.path
    nearby = project.nearby(path)
    found: list[str] = []
    for name in names:
        for folder in project.folders(path):
            ways = (posixpath.normpath(f"{folder}/{name}"), posixpath.normpath(f"{folder}/config/{name}"))
            taken = next((one for one in ways if one in nearby), None)
            if taken is not None:
                found.append(taken)
                break
    for one in tuple(found):
        stem, dot, ending = one.rpartition(".")
        local = f"{stem}.local{dot}{ending}"
        if ".local." not in one and local in nearby:
            found.append(local)
    sources = [source for one in found if (source := project.source(one)) is not None]
    ends = {one.rpartition("/")[2] for one in found}
    return sources, [name for name in names if name.rpartition("/")[2] not in ends]


def _setting(external: External, name: str, default: Value[object] | None, span: Span) -> Value[object]:
    """A setting by its name, `default` where nothing sets it (None: that is an error)."""
    made = _settings(external, span)
    if isinstance(made, Unknown):
        return made
    key, _, rest = name.partition(".")
    if key.lower() in _validators(external).lower():
        return Unknown(f"a validator may change `{key}`", span)
    if "__" in name:
        return Unknown(f"`{name}` is part of a setting", span)
    variables = tuple(f"{prefix}{key.upper()}" for prefix in made.prefixes)
    ways = _written(made, key, default if not rest or default is None else _ABSENT, span)
    unset = overridden(ways, variables[0], None) if not isinstance(ways, Unknown) else ways
    found = external.evaluator.deployed(variables, unset, _read)
    boxed = chained(found, lambda one: _boxed(external, one, variables[0]))
    for part in rest.split(".") if rest else ():

        def step(one: Concrete, part: str = part) -> Value[object]:
            inner = one.value if isinstance(one, Known) else None
            if inner is _ABSENT.value and default is not None:
                return default
            if isinstance(inner, External) and inner.name == _BOX:
                return _in_box(inner, part, span) or default or Unknown(f"`{name}` is not set", span, fails=True)
            return one if isinstance(one, Unknown) else Unknown(f"`{part}` of it is not followed", span)

        boxed = chained(boxed, step)
    return boxed


def _validators(external: External) -> str:
    """The text of `validators=[Validator("X", default=..., cast=...)]`."""
    for argument in () if external.call is None else external.call.args:
        if argument.keyword is not None and argument.keyword.value == "validators":
            return external.evaluator.module.text(argument.value)
    return ""


def _written(made: _Settings, key: str, default: Value[object] | None, span: Span) -> Value[object]:
    """What the files say, for each environment that they tell apart."""
    read = [settings_files.read(source) for source in made.files]
    for source, whole in zip(made.files, read, strict=True):
        if isinstance(whole, Unknown):
            return whole
        if any(mark in source.text for mark in _MARKS):
            return Unknown(f"{source.path} merges settings, which is not followed", span)
    tables = [whole for whole in read if isinstance(whole, Pairs)]
    if not made.has_environments:
        return _last([(table, key) for table in tables], key, made, default, span)
    own = {"default", "global", "dynaconf", *(prefix.rstrip("_").lower() for prefix in made.prefixes)}
    known = {name.lower() for table in tables for name in _keys(table)} - own
    others = sorted(known - {made.first})
    general = next((one for one in (made.prefixes[0].rstrip("_").lower(),) if one), "dynaconf")

    def of(current: str) -> Value[object]:
        layers = [
            (inner, key)
            for table in tables
            for name in ("default", general, current, "global")
            if isinstance(inner := _entry(table, name), Pairs)
        ]
        return _last(layers, key, made, default, span)

    ways: list[Alternative[object]] = []
    for name in (*others, made.first):
        conditions = (
            tuple(Condition(made.switcher, f'is not "{other}"') for other in others)
            if name == made.first
            else (Condition(made.switcher, set_state(name)),)
        )
        implied = environment(conditions) or environment([Condition(made.switcher, set_state(name))])
        ways += [Alternative((*conditions, *one.conditions), one.value, implied) for one in alternatives(of(name))]
    if all(way.value == ways[0].value for way in ways):
        return ways[0].value
    return OneOf(tuple(ways), span)


def _keys(table: Pairs) -> Iterator[str]:
    for name, _ in table.pairs:
        if isinstance(name, Known) and isinstance(name.value, str):
            yield name.value


def _entry(table: Pairs, name: str) -> object:
    found = None
    for key, value in table.pairs:
        if isinstance(key, Known) and isinstance(key.value, str) and key.value.lower() == name.lower():
            found = value
    return found.value if isinstance(found, Known) else None


def _last(
    layers: list[tuple[Pairs, str]], key: str, made: _Settings, default: Value[object] | None, span: Span
) -> Value[object]:
    found: Value[object] | None = None
    for table, name in layers:
        for written, value in table.pairs:
            if isinstance(written, Known) and isinstance(written.value, str):
                if written.value.lower() == name.lower():
                    found = value
                elif written.value.lower().startswith((f"{name.lower()}__", f"{name.lower()}.")):
                    return Unknown(f"`{written.value}` is a part of it", value.span)
    if found is None:
        files = ", ".join([*(source.path for source in made.files), *made.missing]) or "any file"
        missing = Unknown(f"`{key}` is not set in {files}", span)
        return missing if default is None or any("secret" not in name for name in made.missing) else default
    return _literal(found, key)


def _literal(value: Value[object], key: str) -> Value[object]:
    """`"@format ..."` and the like are carried out when they are read."""
    if isinstance(value, Known) and isinstance(value.value, str) and value.value.startswith("@"):
        return Unknown(f"`{key}` is `{value.value}`, which is carried out at run time", value.span)
    if isinstance(value, Known) and isinstance(value.value, Items):
        items = tuple(_literal(item, key) for item in value.value.items)
        value = replace(value, value=Items("list", items))
    place = None if value.span is None else Place(value.span, f"{key} in {value.span.path}")
    return value if place is None else replace(value, trail=(place, *value.trail))


def _read(text: Concrete) -> Value[object]:
    """The text of a variable, which is TOML where it can be."""
    import tomli

    if isinstance(text, Unknown) or not isinstance(text.value, str):
        return text
    if text.value.startswith("@"):
        return Unknown(f"`{text.value}` is carried out at run time", text.span, text.trail)
    written = text.value.lower() if text.value.lower() in ("true", "false") else text.value
    try:
        found: object = tomli.loads(f"key={written}")["key"]
    except (tomli.TOMLDecodeError, RecursionError):
        return text
    return replace(operations.lift(found, text.span), trail=text.trail)


def _boxed(external: External, value: Concrete, variable: str) -> Concrete:
    if isinstance(value, Unknown) or not isinstance(value.value, Pairs):
        return value
    box = External(_BOX, external.evaluator, positional=(value, Known(variable)))
    return replace(value, value=box)


def _in_box(box: External, name: str, span: Span) -> Value[object] | None:
    inner, variable = box.positional
    if not isinstance(inner, Known) or not isinstance(inner.value, Pairs) or not isinstance(variable, Known):
        return None
    for key, value in inner.value.pairs:
        if isinstance(key, Known) and isinstance(key.value, str) and key.value.lower() == name.lower():
            by = f"{variable.value}__{key.value.upper()}"
            found = overridden(_literal(value, key.value), by, None)
            return chained(found, lambda one, by=by: _boxed(box, one, by))  # type: ignore[misc]
    return None


def _attribute(external: External, name: str, span: Span) -> Value[object] | None:
    if name in ("current_env", "as_dict", "exists", "reload", "setenv", "using_env", "from_env", "validators"):
        return None
    return _setting(external, name, None, span)


def _get(use: Use) -> Value[object] | None:
    made = use.given("key", "default")
    return None if made is None else _named(use, made.get("key"), made.get("default", Known(None, use.span)))


def _item(use: Use) -> Value[object] | None:
    made = use.given("key")
    return None if made is None else _named(use, made.get("key"), None)


def _named(use: Use, key: Value[object] | None, default: Value[object] | None) -> Value[object] | None:
    def of(one: Concrete) -> Value[object]:
        if isinstance(one, Unknown) or not isinstance(one.value, str):
            return Unknown("the name of the setting is not known", use.span)
        return _setting(use.owner, one.value, default, use.span)

    return None if key is None else chained(key, of)


def _box_item(use: Use) -> Value[object] | None:
    made = given(use.arguments, "key", "default")
    key = None if made is None else made.get("key")
    if made is None or not isinstance(key, Known) or not isinstance(key.value, str):
        return None
    return _in_box(use.owner, key.value, use.span) or made.get("default")


_MAKERS = ("dynaconf.Dynaconf", "dynaconf.LazySettings", "dynaconf.base.LazySettings")
METHODS: Mapping[tuple[str, str], Method] = {
    **{(maker, method): _get for maker in _MAKERS for method in ("get", "__call__")},
    **{(maker, "__getitem__"): _item for maker in _MAKERS},
    (_BOX, "get"): _box_item,
    (_BOX, "__getitem__"): _box_item,
}
ATTRIBUTES: Mapping[str, Attribute] = {**dict.fromkeys(_MAKERS, _attribute), _BOX: _in_box}
READY: Mapping[str, tuple[str, str]] = {}
MAKERS = frozenset(_MAKERS)
