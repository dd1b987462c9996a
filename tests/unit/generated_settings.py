"""Little programs with settings classes of pydantic, made up from a seed: what they define, and probes of the values.

Every probe says which construct it is about, so that what cannot be resolved is counted apart for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

TEXTS = ("", "a", "a,b", "a, b ,", "http://a.example", "https://b.example/", "*", '["x", "y"]', "x y", "true", "é")
URLS = (
    "http://a.example",
    "https://b.example/",
    "https://c.example:8443",
    "http://d.example:80/x?y=1",
    "HTTPS://E.example",
)
HEADER = """\
import enum
import json
from functools import lru_cache, cached_property
from typing import Annotated, Any, List, Literal, Optional, Set, Tuple, Union

from pydantic import (
    AfterValidator, AliasChoices, AnyHttpUrl, AnyUrl, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl,
    computed_field, field_validator, model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Mode(str, enum.Enum):
    DEV = "dev"
    PROD = "prod"


def split(value):
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def add_m4(value):
    return [*value, "m4"]


def with_end(value: list) -> list:
    return [*value, "end"]
"""
VALIDATORS = {
    "split": [
        "if isinstance(value, str):",
        "    return [part.strip() for part in value.split(',')]",
        "return value",
    ],
    "json or csv": [
        "if isinstance(value, str) and not value.startswith('['):",
        "    return [i.strip() for i in value.split(',')]",
        "elif isinstance(value, (list, str)):",
        "    return value",
        "raise ValueError(value)",
    ],
    "try json": [
        "if isinstance(value, str):",
        "    try:",
        "        return json.loads(value)",
        "    except json.JSONDecodeError:",
        "        return [part for part in value.split(',') if part]",
        "return value",
    ],
    "early": [
        "if not value:",
        "    return []",
        "if isinstance(value, list):",
        "    return value",
        "return [one.strip().rstrip('/') for one in value.split(',')]",
    ],
    "loop": [
        "if not isinstance(value, str):",
        "    return value",
        "found = []",
        "for part in value.split(','):",
        "    part = part.strip()",
        "    if not part:",
        "        continue",
        "    found.append(part)",
        "return found",
    ],
}
"""The bodies of validators that run before the type of a list does."""
AFTER = {
    "str": ["return value.strip()"],
    "list": ["return [str(one).rstrip('/') for one in value]"],
    "bool": ["return not value"],
    "int": ["return value + 1"],
}


@dataclass(slots=True)
class Made:
    """One settings program."""

    files: dict[str, str]
    variables: dict[str, str]
    """Variables of the environment that some of the fields read."""
    module: str = "main"
    constructs: set[str] = field(default_factory=set)


class Settings:
    """A program that grows field by field."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.probes: list[tuple[str, str]] = []
        self.variables: dict[str, str] = {}
        self.count = 0

    def pick(self, *options: str) -> str:
        """One of them."""
        return self.random.choice(options)

    def made(self) -> Made:
        """The whole program."""
        if self.random.random() < 0.5:
            self._classes()
        elif self.random.random() < 0.5:
            self._ordered()
        else:
            self.lines += ["", "", "class Nested(BaseModel):", "    n0: str = 'x'"]
            self._various()
        main = ["from settings import *", "import settings as module"]
        main += [f"P_{number}_{construct} = {text}" for number, (construct, text) in enumerate(self.probes)]
        files = {"settings.py": HEADER + "\n".join([*self.lines, ""]), "main.py": "\n".join([*main, ""])}
        return Made(files, self.variables)

    def texts(self) -> str:
        """A list of texts, as source."""
        return repr([self.random.choice(TEXTS) for _ in range(self.random.randint(0, 3))])

    def urls(self) -> str:
        """A list of URLs, as source."""
        return repr([self.random.choice(URLS) for _ in range(self.random.randint(0, 3))])

    def _classes(self) -> None:
        add = self.lines.append
        prefix = ""
        add("\n\nclass Nested(BaseModel):")
        nested = [self._field(f"n{number}", is_settings=False) for number in range(2)]
        self._property(nested)
        base = "BaseSettings"
        if self.random.random() < 0.3:
            add("\n\nclass Base(BaseSettings):")
            self._field("common", is_settings=True, prefix=prefix)
            self.probes.append(("inheritance", "Settings().common"))
            base = "Base"
        add(f"\n\nclass Settings({base}):")
        style = self.pick("none", "none", "call", "dict", "class")
        if style != "none":
            prefix = self.pick("APP_", "my_")
            add(
                {
                    "call": f"    model_config = SettingsConfigDict(env_prefix={prefix!r}, extra='ignore')",
                    "dict": f"    model_config = {{'env_prefix': {prefix!r}}}",
                    "class": f"    class Config:\n        env_prefix = {prefix!r}",
                }[style]
            )
        fields = [
            self._field(f"f{number}", is_settings=True, prefix=prefix) for number in range(self.random.randint(2, 4))
        ]
        if self.random.random() < 0.5:
            add(f"    nested: Nested = {self.pick('Nested()', 'Field(default_factory=Nested)')}")
            self.probes += [("nested", f"Settings().nested.{name}") for name, _ in nested]
        for name, kind in fields:
            if kind == "list" and self.random.random() < 0.5:
                self._validator(name, "before", self.random.choice(list(VALIDATORS.values())))
            if kind in AFTER and self.random.random() < 0.3:
                self._validator(name, "after", AFTER[kind])
        self._property(fields)
        made = "Settings()"
        if self.random.random() < 0.5:
            add(f"\n\n{self.pick('@lru_cache', '@lru_cache()', '@lru_cache(maxsize=None)')}")
            add("def get_settings() -> Settings:")
            add("    return Settings()")
            made = "get_settings()"
        elif self.random.random() < 0.5:
            add("\n\nsettings = Settings()")
            made = self.pick("settings", "module.settings")
        for name, kind in fields:
            self.probes.append((kind, f"{made}.{name}"))
            if kind == "urls":
                self.probes.append(("urls", f"[str(one).rstrip('/') for one in {made}.{name}]"))
        self.probes.append(("property", f"{made}.joined"))
        name, kind = self.random.choice(fields)
        given = {"str": "' z '", "list": "['z', 'w']", "bool": "'no'", "int": "'7'"}.get(kind)
        if given is not None and not self._has_alias(name):
            self.probes.append(("given", f"Settings({name}={given}).{name}"))
        add(f"\n\nmodel = Nested({nested[0][0]}={self._literal(nested[0][1])})")
        if not self._has_alias(nested[0][0]):
            self.probes.append(("model", f"model.{nested[0][0]}"))
            self.probes.append(("model", f"Nested().{nested[1][0]}"))

    def _ordered(self) -> None:
        """A class whose validators run in an order that shows in the value."""
        add = self.lines.append
        add("\n\nclass Parent(BaseSettings):")
        marks = self.random.sample(
            [
                "BeforeValidator(lambda v: v + ['m1'])",
                "BeforeValidator(lambda v: [*v, 'm2'])",
                "AfterValidator(lambda v: v + ['m3'])",
                "AfterValidator(add_m4)",
                "Field(description='x')",
            ],
            self.random.randint(0, 4),
        )
        add(f"    chain: Annotated[list[str], {', '.join(['NoDecode', *marks])}] = ['start']")
        other = self.pick("Field(default='a', alias='b')", "'o'")
        add(f"    other: str = {other}")
        methods = self.random.randint(0, 3)
        for number in range(methods):
            self._marking(f"p{number}")
        add("\n\nclass Child(Parent):")
        if self.random.random() < 0.3:
            add("    chain: list[str] = ['own']")
        if self.random.random() < 0.3:
            add("    other: str = 'changed'")
        for number in range(self.random.randint(0, 3)):
            self._marking(self.pick(f"c{number}", f"p{number}"))
        if self.random.random() < 0.05:
            add("    @model_validator(mode='after')")
            add("    def whole(self):")
            add(f"        self.{self.pick('other', 'chain')} = {self.pick('self.other', 'self.chain')}")
            add("        return self")
        add("    pass")
        for cls in ("Parent", "Child"):
            for probe in (f"{cls}().chain", f"{cls}().other", f"{cls}(chain=['given']).chain"):
                self.probes.append(("order", probe))

    def _marking(self, name: str) -> None:
        fields = self.pick("'chain'", "'chain'", "'chain', 'other'", "'*'", "'other'")
        mode = self.pick(
            "'before'",
            "'after'",
            "'before'",
            "'after'",
            "'before'",
            "'after'",
            "'plain'",
            *(["'wrap'"] if self.random.random() < 0.08 else []),
        )
        self.lines.append(f"    @field_validator({fields}, mode={mode})")
        self.lines.append("    @classmethod")
        if mode == "'wrap'":
            self.lines.append(f"    def {name}(cls, value, handler):")
            self.lines.append("        value = handler(value)")
        else:
            self.lines.append(f"    def {name}(cls, value{self.pick('', ', info')}):")
        self.lines.append(f"        return [*value, {name!r}] if isinstance(value, list) else value")

    def _various(self) -> None:
        """Classes with less usual options."""
        add = self.lines.append
        add("\n\nclass Various(BaseSettings):")
        option = self.pick(
            "populate_by_name=True",
            "case_sensitive=True",
            "validate_default=False",
            "env_prefix='P'",
            "frozen=True",
            "str_strip_whitespace=True",
        )
        add(f"    model_config = SettingsConfigDict({option})")
        add(f"    flag: bool = {self.pick('True', 'False', '1', '0', repr('on'))}")
        add(f"    number: int = {self.pick('7', repr('7'), 'True', '7.0')}")
        add(f"    spaced: str = {self.pick(repr(' x '), repr('y'))}")
        add(f"    named: Annotated[list[str], Field(alias='NAMED')] = {self.texts()}")
        add("    empty: list[str] = Field(default_factory=list)")
        add(f"    mapping: dict[str, Any] = {{'a': {self.texts()}}}")
        add("    inner: Nested = Nested(**{})")
        add("    pair: tuple[str, str] = ('a', 'b')")
        add(f"    either: Union[bool, list[str]] = {self.pick('False', self.texts())}")
        add(f"    urls: Union[list[AnyHttpUrl], list[str]] = {self.pick(self.urls(), repr(['*']))}")
        add("    @property")
        add("    def all(self) -> list[str]:")
        add("        return [*self.empty, *self.named, self.spaced]")
        add("    @classmethod")
        add("    def build(cls, **more):")
        add("        return cls(**more)")
        add("    def changed(self):")
        add("        return [one + '!' for one in self.all]")
        for name in (
            "flag",
            "number",
            "spaced",
            "named",
            "empty",
            "mapping['a']",
            "pair",
            "either",
            "urls",
            "all",
            "changed()",
        ):
            self.probes.append(("various", f"Various().{name}"))
        self.probes += [
            ("various", "Various.build(spaced='w').spaced"),
            ("various", "Various(**{'empty': ['e']}).empty"),
            ("various", "[str(o) for o in Various().urls]"),
            ("various", "Various(number='12').number"),
        ]
        for name in ("FLAG", "flag", "SPACED", "spaced", "NAMED", "named", "EMPTY", "PFLAG"):
            if self.random.random() < 0.2:
                texts = {"FLAG": "false", "PFLAG": "no", "NAMED": '["n"]', "EMPTY": '["m"]'}
                self.variables.setdefault(name, texts.get(name.upper(), "zz"))

    def _has_alias(self, name: str) -> bool:
        return any(line.startswith(f"    {name}:") and "alias" in line for line in self.lines)

    def _literal(self, kind: str) -> str:
        return {
            "str": repr(self.pick(*TEXTS)),
            "list": self.texts(),
            "bool": self.pick("True", "False", "'yes'", "0"),
            "int": self.pick("3", "'4'"),
            "urls": self.urls(),
            "url": repr(self.pick(*URLS)),
            "set": "['q', 'q']",
            "tuple": "['t']",
            "enum": "'prod'",
            "literal": "'prod'",
            "optional": self.pick("None", "'o'"),
            "union": self.pick("'a,b'", "['c']"),
        }[kind]

    def _field(self, name: str, *, is_settings: bool, prefix: str = "") -> tuple[str, str]:
        """Declare one field; its name and kind."""
        kind = self.pick(
            "str",
            "str",
            "list",
            "list",
            "list",
            "list",
            "bool",
            "int",
            "urls",
            "url",
            "set",
            "tuple",
            "enum",
            "literal",
            "optional",
            "union",
        )
        annotation, default = {
            "str": ("str", repr(self.pick(*TEXTS))),
            "list": (
                self.pick("list[str]", "List[str]", "list", "Optional[List[str]]", "list[str] | None"),
                self.texts(),
            ),
            "bool": ("bool", self.pick("True", "False")),
            "int": ("int", self.pick("1", "600")),
            "urls": (
                self.pick("list[AnyHttpUrl]", "List[HttpUrl]", "list[AnyUrl]", "list[Union[AnyHttpUrl, str]]"),
                self.urls(),
            ),
            "url": (self.pick("AnyHttpUrl", "HttpUrl", "AnyUrl"), repr(self.pick(*URLS))),
            "set": (self.pick("set[str]", "Set[str]", "frozenset[str]"), self.pick("{'a', 'b'}", "set()")),
            "tuple": (self.pick("tuple[str, ...]", "Tuple[str, ...]"), self.pick("('a', 'b')", "()")),
            "enum": ("Mode", self.pick("Mode.DEV", "Mode.PROD")),
            "literal": ("Literal['dev', 'prod']", self.pick("'dev'", "'prod'")),
            "optional": (self.pick("Optional[str]", "str | None", "Union[str, None]"), self.pick("None", "'some'")),
            "union": (
                self.pick("Union[str, List[str]]", "Union[List[str], str]", "list[str] | str"),
                self.pick("'a,b'", "['c']"),
            ),
        }[kind]
        marks: list[str] = []
        if kind == "list" and self.random.random() < 0.3:
            marks = self.random.choice(
                [["NoDecode", "BeforeValidator(split)"], ["BeforeValidator(split)"], ["AfterValidator(with_end)"]]
            )
            annotation = f"Annotated[list[str], {', '.join(marks)}]"
            if "AfterValidator(with_end)" not in marks and is_settings and self.random.random() < 0.5:
                default = repr(self.pick("a,b", "a, b ,", "http://a.example"))
        if kind == "str" and self.random.random() < 0.2:
            annotation = "Annotated[str, BeforeValidator(stripped)]"
        variable = f"{prefix}{name}".upper()
        form = self.pick("plain", "plain", "default", "factory", "alias", "validation", "choices", "first")
        if not is_settings and form in ("alias", "validation", "choices"):
            form = "plain"
        if form == "alias":
            default, variable = f"Field(default={default}, alias='ALIAS_{name}')", f"ALIAS_{name}"
        elif form == "validation":
            default, variable = f"Field({default}, validation_alias='OTHER_{name}')", f"OTHER_{name}"
        elif form == "choices":
            default = f"Field(default={default}, validation_alias=AliasChoices('ONE_{name}', 'TWO_{name}'))"
            variable = self.pick(f"ONE_{name}", f"TWO_{name}")
        elif form == "default":
            default = f"Field(default={default}, description='what it is')"
        elif form == "first":
            default = f"Field({default})"
        elif form == "factory":
            default = f"Field(default_factory=lambda: {default})"
        self.lines.append(f"    {name}: {annotation} = {default}")
        if is_settings and self.random.random() < 0.5:
            self.variables[variable.upper()] = self._environment(kind, annotation)
        return name, kind

    def _environment(self, kind: str, annotation: str) -> str:
        if "NoDecode" in annotation:
            return self.pick("a,b", " a , b ,", "")
        return {
            "str": self.pick("given", " given ", ""),
            "list": self.pick('["given", "too"]', "[]"),
            "bool": self.pick("yes", "0", "False"),
            "int": "42",
            "urls": '["https://given.example"]',
            "url": "https://given.example",
            "set": '["g"]',
            "tuple": '["g", "h"]',
            "enum": "prod",
            "literal": "prod",
            "optional": self.pick("given", ""),
            "union": self.pick("a,b", '["g"]'),
        }[kind]

    def _validator(self, name: str, mode: str, lines: list[str]) -> None:
        self.count += 1
        add = self.lines.append
        add("")
        add(
            f"    @field_validator({name!r}, mode={mode!r})"
            if mode == "before" or self.count % 2
            else f"    @field_validator({name!r})"
        )
        add("    @classmethod")
        add(f"    def check{self.count}(cls, value{self.pick('', ': Any')}):")
        self.lines += [f"        {line}" for line in lines]

    def _property(self, fields: list[tuple[str, str]]) -> None:
        """A property that makes something of a field."""
        name, kind = self.random.choice(fields)
        self.lines.append("")
        self.lines += self.random.choice(
            [["@property"], ["@property"], ["@computed_field", "@property"], ["@cached_property"]]
        )
        mine = f"self.{name}"
        made = {
            "str": f"f'{{{mine}}}!'",
            "list": f"[one.strip().rstrip('/') for one in {mine} or []]",
            "bool": f"'on' if {mine} else 'off'",
            "int": f"str({mine})",
            "urls": f"[str(one).rstrip('/') for one in {mine}]",
            "url": f"str({mine})",
            "set": f"sorted({mine})",
            "tuple": f"list({mine})",
            "enum": f"{mine}.value",
            "literal": f"{mine}.upper()",
            "optional": f"{mine} or 'none'",
            "union": f"{mine} if isinstance({mine}, list) else {mine}.split(',')",
        }[kind]
        self.lines += ["def joined(self) -> Any:", f"    return {made}"]
        first = next(place for place in range(len(self.lines) - 1, -1, -1) if self.lines[place] == "")
        self.lines[first + 1 :] = [f"    {line}" for line in self.lines[first + 1 :]]
