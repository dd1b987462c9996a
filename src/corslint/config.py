"""corslint.toml, .corslint.toml or [tool.corslint] in pyproject.toml: the keys, how the file is found, the JSON schema.

One run has one configuration: the nearest file at or above the inputs' common parent. Every key is a field of `Config`
with a `Key` in its metadata, from which the reading, the error messages and the schema are made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from corslint.environment import KINDS, Kind

FILE_NAMES = ("corslint.toml", ".corslint.toml", "pyproject.toml")
"""Looked for in this order in each folder; a pyproject.toml without [tool.corslint] does not count."""
DEFAULT_EXCLUDE = (
    ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "site-packages", "node_modules", "bower_components",
    "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", "__pypackages__", ".terraform",
)  # fmt: skip
"""Folders nobody configures by hand."""
VARIABLE = "CORSLINT_CONFIG"
"""The environment variable that names a configuration file, as `--config` does."""
PRODUCTS = (
    "starlette",
    "fastapi",
    "flask-cors",
    "django-cors-headers",
    "litestar",
    "aiohttp-cors",
    "falcon",
    "python-engineio",
    "sanic-ext",
    "quart-cors",
    "nginx",
    "traefik",
)
"""What `framework-versions` names, under the name of the distribution where there is one; FastAPI brings Starlette."""
GROUPS = ("security", "correctness", "hygiene", "ALL")
"""What may be selected or ignored besides the name of a rule."""

Persona: TypeAlias = Literal["regular", "pedantic", "auditor"]
SeverityName: TypeAlias = Literal["info", "low", "medium", "high"]
ConfidenceName: TypeAlias = Literal["low", "medium", "high"]
FailOn: TypeAlias = Literal["info", "low", "medium", "high", "never"]
PERSONAS: tuple[Persona, ...] = ("regular", "pedantic", "auditor")
SEVERITIES: tuple[SeverityName, ...] = ("info", "low", "medium", "high")
CONFIDENCES: tuple[ConfidenceName, ...] = ("low", "medium", "high")

Names: TypeAlias = Callable[[], Collection[str]]
"""Gives the names that exist, asked only when the configuration uses one: it may have to read files."""


class ConfigError(Exception):
    """Raised for a configuration that cannot be used; the message names the file, the key and what would be right."""


Form: TypeAlias = Literal["flag", "choice", "text", "list", "table"]


@dataclass(frozen=True, slots=True)
class Key:
    """What a key takes: a flag, one of some words, a text, a list of texts, or a table of one of these."""

    about: str
    """What the key does, for people and for the schema."""
    form: Form
    choices: tuple[str, ...] = ()
    """The words a choice knows."""
    of: Literal["text", "selector", "glob", "header", "version"] = "text"
    """What the texts are: globs count from the folder of the file, selectors name rules or groups."""
    keys: Literal["text", "glob", "rule", "server", "environment", "product"] = "text"
    """What the keys of a table are."""
    values: Form = "text"
    """What stands behind each key of a table."""


def _key(about: str, form: Form, choices: tuple[str, ...] = (), **rest: Any) -> dict[str, Key]:
    return {"key": Key(about, form, choices, **rest)}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one run, from the configuration file with the command line over it.

    Globs are as seen from the working directory: `load` rewrites those of a file that lies in another folder.
    """

    select: tuple[str, ...] = field(
        default=("ALL",), metadata=_key("The rules and groups to check.", "list", of="selector")
    )
    extend_select: tuple[str, ...] = field(
        default=(), metadata=_key("Rules and groups to check besides those selected.", "list", of="selector")
    )
    ignore: tuple[str, ...] = field(default=(), metadata=_key("Rules and groups not to check.", "list", of="selector"))
    persona: Persona = field(
        default="regular",
        metadata=_key("Who reads the findings; an auditor is shown the most.", "choice", PERSONAS),
    )
    min_severity: SeverityName = field(
        default="info", metadata=_key("Findings below this severity are not shown.", "choice", SEVERITIES)
    )
    min_confidence: ConfidenceName = field(
        default="low", metadata=_key("Findings below this confidence are not shown.", "choice", CONFIDENCES)
    )
    fail_on: FailOn = field(
        default="low",
        metadata=_key("The severity from which a finding makes the run fail.", "choice", (*SEVERITIES, "never")),
    )
    exclude: tuple[str, ...] = field(
        default=DEFAULT_EXCLUDE,
        metadata=_key("Files and folders to leave out, instead of the built-in list.", "list", of="glob"),
    )
    extend_exclude: tuple[str, ...] = field(
        default=(), metadata=_key("Files and folders to leave out besides those excluded.", "list", of="glob")
    )
    respect_gitignore: bool = field(default=True, metadata=_key("Leave out what git ignores.", "flag"))
    force_exclude: bool = field(
        default=False,
        metadata=_key("Leave out excluded files even if they are named on the command line.", "flag"),
    )
    require_reason: bool = field(
        default=False, metadata=_key("Make an ignore comment without `-- reason` a finding.", "flag")
    )
    trusted_origins: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "Your own origins, such as https://*.example.com; a pattern that lets in no others is no bypass.", "list"
        ),
    )
    request_headers: tuple[str, ...] = field(
        default=("content-type",),
        metadata=_key("The headers your front end sets, which a preflight has to allow.", "list", of="header"),
    )
    request_methods: tuple[str, ...] | None = field(
        default=None,
        metadata=_key("The methods your front end uses, which a preflight has to allow.", "list"),
    )
    """None: not said, so only what a policy itself names is expected to work."""
    framework_versions: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_key(
            'The version of a product, whatever the lock and requirement files tell: { starlette = "1.10" }.',
            "table",
            of="version",
            keys="product",
        ),
    )
    """Names as they are written; `versions_by_product` gives them their one spelling."""
    environments: Mapping[Kind, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=_key(
            "The files of each environment, where their paths do not tell.",
            "table",
            of="glob",
            keys="environment",
            values="list",
        ),
    )
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=_key(
            "Rules and groups not to check in some files.", "table", of="selector", keys="glob", values="list"
        ),
    )
    severity: Mapping[str, SeverityName] = field(
        default_factory=dict,
        metadata=_key("The severity of a rule, instead of its own.", "table", SEVERITIES, keys="rule", values="choice"),
    )
    servers: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=_key(
            "Files to read as configuration of a server, whatever their name.",
            "table",
            of="glob",
            keys="server",
            values="list",
        ),
    )
    environment: Kind | None = None
    """Every file's environment, as `--environment` says; None: judged per file. Not a key of the file."""
    no_ignores: bool = False
    """True for `--no-ignores`: ignore comments hide nothing. Not a key of the file."""

    @property
    def names_rules(self) -> bool:
        """Whether any rule or group is named, which may be one that does not exist."""
        said = (self.extend_select, self.ignore, self.per_file_ignores, self.severity)
        return self.select != ("ALL",) or any(said)

    @property
    def environment_marks(self) -> tuple[tuple[Kind, str], ...]:
        """The globs of `environments`, each with its environment."""
        return tuple((kind, glob) for kind, globs in self.environments.items() for glob in globs)


def keys() -> dict[str, Key]:
    """The keys of the file, as they are spelled there, in the order they are documented."""
    return {_spelled(one): one.metadata["key"] for one in fields(Config) if "key" in one.metadata}


def _spelled(one: Field[Any]) -> str:
    return one.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and the file it came from."""

    config: Config = Config()
    path: str | None = None
    """None where no file was found or asked for."""


def load(
    paths: Sequence[str] = (".",),
    *,
    file: str | None = None,
    isolated: bool = False,
    rules: Names | None = None,
    servers: Names | None = None,
) -> Loaded:
    """The configuration for a run over `paths`.

    `file` names it instead of looking for it; its globs then count from the working directory, those of a file that
    was found count from its folder. `isolated` reads none. `rules` and `servers` give the names that exist; left out,
    names are not checked. Raises ConfigError.
    """
    if isolated:
        return Loaded()
    if file is not None:
        table = _table(file)
        if table is None:
            raise ConfigError(f"{file}: has no [tool.corslint]")
        return Loaded(_read(table, file, rules, servers), file)
    folder = _common_parent(paths)
    while True:
        for name in FILE_NAMES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (table := _table(path)) is not None:
                shown = _from_here(path)
                return Loaded(_seen_from_here(_read(table, shown, rules, servers), folder), shown)
        if (above := os.path.dirname(folder)) == folder:
            return Loaded()
        folder = above


def _common_parent(paths: Sequence[str]) -> str:
    folders = []
    for path in paths:
        whole = os.path.abspath("." if path == "-" else path)
        folders.append(whole if os.path.isdir(whole) else os.path.dirname(whole))
    try:
        return os.path.commonpath(folders)
    except ValueError:  # no paths, or paths on several drives
        return os.getcwd()


def _from_here(path: str) -> str:
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return path


class _Text(dict[str, object]):
    """The table of a file, with the text it was read from: to find the line of a key."""

    text = ""


def _table(path: str) -> _Text | None:
    """The settings in a file; None for a pyproject.toml that has none."""
    shown = _from_here(path)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror or error}") from None
    nested = os.path.basename(path) == "pyproject.toml"
    if nested and b"corslint" not in data:
        return None
    import tomli

    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        whole = tomli.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}: is not UTF-8") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits raises another
        if nested and "tool.corslint" not in text:
            return None  # somebody else's mistake, and somebody else will say so
        raise ConfigError(f"{shown}: is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{shown}: is nested too deeply") from None
    found: object = whole
    if nested:
        tool = whole.get("tool")
        found = tool.get("corslint") if isinstance(tool, dict) else None
        if found is None:
            return None
    if not isinstance(found, dict):
        raise ConfigError(f"{shown}: `tool.corslint` is not a table")
    table = _Text(found)
    table.text = text
    return table


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of one file, and says where a wrong one stands."""

    path: str
    text: str
    rules: Names | None
    servers: Names | None

    def error(self, name: str, message: str) -> ConfigError:
        spelled = rf"(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')"
        found = re.search(rf"(?m)^[ \t]*(?:\[[^\]\n]*?)?{spelled}[ \t]*(?:=|\]|\.)", self.text) or re.search(
            rf"(?<![\w-]){spelled}(?![\w-])", self.text
        )
        line = "" if found is None else f":{self.text.count(chr(10), 0, found.end()) + 1}"
        return ConfigError(f"{self.path}{line}: {message}")

    def value(self, name: str, key: Key, value: object) -> object:
        if key.form != "table":
            return self.plain(name, key, key.form, value)
        if not isinstance(value, dict):
            raise self.error(name, f"`{name}` takes a table, not {_kind(value)}")
        for one in value:
            self.known(f"[{name}]", one, key.keys)
        return {one: self.plain(one, key, key.values, behind, f"{name}.{one}") for one, behind in value.items()}

    def plain(self, name: str, key: Key, form: str, value: object, shown: str | None = None) -> object:
        shown = shown or name
        if form == "flag":
            if not isinstance(value, bool):
                raise self.error(name, f"`{shown}` takes true or false, not {_kind(value)}")
            return value
        if form == "list":
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise self.error(name, f"`{shown}` takes a list of texts, not {_kind(value)}")
            for one in value:
                self.known(f"`{shown}`", one, key.of)
            return tuple(one.lower() for one in value) if key.of == "header" else tuple(value)
        if not isinstance(value, str):
            raise self.error(name, f"`{shown}` takes a text in quotes, not {_kind(value)}")
        if form == "choice" and value not in key.choices:
            raise self.error(
                name, f"`{shown}` takes one of {', '.join(key.choices)}, not {value!r}{suggestion(value, key.choices)}"
            )
        if key.of == "version" and not is_version(value):
            raise self.error(name, f'`{shown}` takes a version such as "1.10", not {value!r}')
        return value

    def known(self, where: str, name: str, of: str) -> None:
        known: Iterable[str]
        if of == "environment":
            what, known = "environment", KINDS
        elif of in ("selector", "rule") and self.rules is not None:
            what, known = "rule", self.rules()
            if of == "selector":
                known = (*GROUPS, *known)
        elif of == "server" and self.servers is not None:
            what, known = "server", self.servers()
        elif of == "product":
            what, known = "product", PRODUCTS
            if product(name) is not None:
                return
        else:
            return
        if name not in known:
            raise self.error(name, f"{where} names the unknown {what} {name!r}{suggestion(name, known)}")


def _read(table: _Text, path: str, rules: Names | None, servers: Names | None) -> Config:
    reader = _Reader(path, table.text, rules, servers)
    known = keys()
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise reader.error(name, f"unknown key {name!r}{suggestion(name, known)}")
        values[name.replace("-", "_")] = reader.value(name, known[name], value)
    return Config(**values)


def product(name: str) -> str | None:
    """One of PRODUCTS, however it is spelled: "flask-cors" for "flask_cors"; None for what is none of them."""
    spelled = re.sub(r"[-_.]+", "-", name).lower()
    return spelled if spelled in PRODUCTS else None


def is_version(text: str) -> bool:
    """Whether a text is one version of a product, such as "0.47", "1.10.0" or "2.0rc1", and not a range."""
    return re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9}){0,4}((a|b|rc|\.post|\.dev)[0-9]{1,9})?", text) is not None


def versions_by_product(versions: Mapping[str, str]) -> dict[str, str]:
    """The versions under the names of PRODUCTS; the last of several spellings counts."""
    return {product(name) or name: version for name, version in versions.items()}


def suggestion(name: str, known: Iterable[str]) -> str:
    """`` (did you mean 'ignore'?)`` with the nearest known name, or nothing where none is near."""
    import difflib

    names = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower().replace("_", "-"), names, n=1, cutoff=0.6)
    return f" (did you mean {names[near[0]]!r}?)" if near else ""


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, list):
        wrong = next((one for one in value if not isinstance(one, str)), None)
        return "a list" if wrong is None else f"a list that holds {_kind(wrong)}"
    return "a table" if isinstance(value, dict) else "a date or time"


def _seen_from_here(config: Config, folder: str) -> Config:
    """The configuration with the globs of a file in `folder` rewritten to match paths from the working directory."""
    here = os.getcwd()
    if folder == here:
        return config

    def moved(globs: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for glob in globs for one in rebase(glob, folder, here))

    return replace(
        config,
        exclude=moved(config.exclude),
        extend_exclude=moved(config.extend_exclude),
        environments={kind: moved(globs) for kind, globs in config.environments.items()},
        per_file_ignores={
            one: selectors for glob, selectors in config.per_file_ignores.items() for one in rebase(glob, folder, here)
        },
        servers={name: moved(globs) for name, globs in config.servers.items()},
    )


def rebase(glob: str, folder: str, here: str) -> tuple[str, ...]:
    """The globs that match from `here` what `glob` matches from `folder` (both absolute).

    >>> rebase("deploy/*.yml", "/repo", "/repo/deploy")
    ('/*.yml', '../deploy/*.yml')
    """
    if "/" not in glob.rstrip("/"):
        return (glob,)  # matches at any depth, wherever one stands
    try:
        way = os.path.relpath(here, folder).replace(os.sep, "/")
    except ValueError:  # another drive: nothing here lies below the folder
        return ()
    if way.startswith(".."):
        down = os.path.relpath(folder, here).replace(os.sep, "/")
        return (f"{_literal(down)}/{glob.lstrip('/')}",)
    found: dict[str, None] = {}
    _descend(glob.strip("/").split("/"), way.split("/"), found)
    outside = "../" * len(way.split("/")) + glob.lstrip("/")
    return (*found, outside)


def _descend(glob: list[str], way: list[str], found: dict[str, None]) -> None:
    """Add what is left of a glob after it has matched the folders of `way`."""
    if not way:
        # With its slash, what is left matches here only, and not at any depth.
        found[f"/{'/'.join(glob)}" if glob else "**"] = None
    elif not glob:
        found["**"] = None  # the glob names a folder we stand below
    elif glob[0] == "**":
        _descend(glob, way[1:], found)
        _descend(glob[1:], way, found)
    else:
        from fnmatch import fnmatchcase

        if fnmatchcase(way[0], glob[0]):
            _descend(glob[1:], way[1:], found)


def _literal(path: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", path)


def schema() -> dict[str, Any]:
    """The JSON schema of the file, made from the fields of `Config`; `schema/corslint.schema.json` is this."""
    properties = {}
    defaults = {_spelled(one): one.default for one in fields(Config)}
    for name, key in keys().items():
        properties[name] = {"description": key.about, **_form(key)}
        default = defaults[name]
        if isinstance(default, (bool, str)):
            properties[name]["default"] = default
        elif isinstance(default, tuple):
            properties[name]["default"] = list(default)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "corslint",
        "description": "Settings of corslint: corslint.toml, .corslint.toml or [tool.corslint] in pyproject.toml.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _form(key: Key) -> dict[str, Any]:
    simple: dict[Form, dict[str, Any]] = {
        "flag": {"type": "boolean"},
        "choice": {"type": "string", "enum": list(key.choices)},
        "text": {"type": "string"},
        "list": {"type": "array", "items": {"type": "string"}},
    }
    if key.form != "table":
        return simple[key.form]
    if key.keys == "environment":
        kinds = dict.fromkeys(KINDS, simple[key.values])
        return {"type": "object", "properties": kinds, "additionalProperties": False}
    if key.keys == "product":  # names may be spelled in more ways than these
        products = dict.fromkeys(PRODUCTS, simple[key.values])
        return {"type": "object", "properties": products, "additionalProperties": simple[key.values]}
    return {"type": "object", "additionalProperties": simple[key.values]}
