"""The resolver against Python itself: modules made up by hypothesis are run, and read, and must agree.

Only code that this file generates is run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest import mock

import libcst
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from corslint.collect import Project
from corslint.resolve.python import Resolver, resolver_of
from corslint.source import Source
from corslint.values import Condition, Items, Known, Mapping, OneOf, Unknown, Value

EXAMPLES = int(os.environ.get("CORSLINT_PROPERTY_EXAMPLES", "300"))
VARIABLES = ("ONE", "TWO")
TEXTS = st.sampled_from(
    [
        "",
        "a",
        "b",
        "http://a.example",
        " https://b.example ",
        "x,y",
        "x, y,",
        "true",
        "Production",
        "*",
        "it's",
        "a\\b",
        "é",
    ]
)


TEXT_FORMS = [
    "'a' 'b'",
    "str(N)",
    "(T + T)",
    "f'x{N}y{{}}'",
    "T.strip()",
    "T.rstrip('/').lower()",
    "T.replace('a', T)",
    "T.removesuffix('a').upper()",
    "','.join(L)",
    "(T if F else T)",
    "(T or T)",
    "(T and T)",
    "('%s:%s' % (T, T))",
    "'{}/{}'.format(T, T)",
    "{'k': T, 'l': T}['k']",
    "{'k': T}.get('m', T)",
    "os.getenv(V, T)",
    "os.environ.get(V, T)",
    "(os.getenv(V) or T)",
]
LIST_FORMS = [
    "[T, T]",
    "[T, *L]",
    "(L + L)",
    "[*L, *L]",
    "[*(T, T), T]",
    "T.split(',')",
    "[x.strip() for x in L]",
    "[x.strip() for x in L if x.strip()]",
    "[x + y for x in L for y in L if x != y]",
    "[f'http://{x}' for x in L if not x.startswith('a')]",
    "list(L)",
    "list(tuple(L))",
    "sorted(L)",
    "(L * 2)",
    "L[1:]",
    "(L if F else L)",
    "(L or L)",
    "list({'a': 1, 'b': 2})",
    "list({'a': T}.values())",
    "L.copy()",
    "os.getenv(V, T).split(',')",
    "(os.environ['ONE'].split(',') if os.getenv('ONE') else L)",
]
FLAG_FORMS = [
    "(not F)",
    "(T == T)",
    "(T in L)",
    "(T != T)",
    "(F and F)",
    "(F or F)",
    "bool(L)",
    "(not L)",
    "(os.getenv(V, 'false').lower() == 'true')",
    "(os.getenv(V) == 'production')",
    "(os.getenv(V) is not None)",
    "bool(os.environ.get(V))",
    "(os.getenv(V, 'dev') in ('dev', 'test'))",
]


@dataclass
class Program:
    """A module that grows statement by statement; the types of its names are known."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def name_of(self, kind: str) -> str | None:
        known = [name for name, of in self.names.items() if of == kind]
        return self.pick(*known) if known else None

    def fill(self, templates: list[str], depth: int) -> str:
        """One template, with T, L, F, N and V replaced by a text, a list, a flag, a number and a variable."""
        template = self.pick(*templates)
        makers = {"T": self.text, "L": self.list, "F": self.flag, "N": self.number, "V": self.variable}
        return re.sub(r"\b[TLFNV]\b", lambda found: makers[found[0]](depth + 1), template)

    def text(self, depth: int = 0) -> str:
        """An expression that gives a str."""
        name = self.name_of("str")
        value = repr(self.draw(TEXTS))
        return self.fill([value, value, *([name] * 4 if name else []), *(TEXT_FORMS if depth < 3 else [])], depth)

    def list(self, depth: int = 0) -> str:
        """An expression that gives a list of str."""
        name = self.name_of("list")
        simple = ["[]", repr([self.draw(TEXTS)]), repr([self.draw(TEXTS), self.draw(TEXTS)])]
        return self.fill([*simple, *([name] * 4 if name else []), *(LIST_FORMS if depth < 3 else [])], depth)

    def flag(self, depth: int = 0) -> str:
        """An expression that gives a bool."""
        name = self.name_of("bool")
        simple = ["True", "False", *([name] * 3 if name else [])]
        return self.fill([*simple, *(FLAG_FORMS if depth < 3 else [])], depth)

    def number(self, depth: int = 0) -> str:
        return str(self.draw(st.integers(-2, 9)))

    def variable(self, depth: int = 0) -> str:
        return repr(self.pick(*VARIABLES))

    def expression(self, kind: str) -> str:
        return {"str": self.text, "list": self.list, "bool": self.flag}[kind](0)

    def block(self, indent: str, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(indent, depth)

    def statement(self, indent: str = "", depth: int = 0) -> None:
        choice = self.pick(
            "assign", "assign", "assign", "again", "add", "append", "extend", "if", "elif", "for", "pair", "class",
            "try", "alias", "dict", "insert",
        )  # fmt: skip
        add = self.lines.append
        kind = self.pick("str", "list", "bool")
        fresh = f"n{len(self.lines)}"
        owner = self.name_of("list")
        if choice == "assign" or (owner is None and choice in ("add", "append", "extend", "alias", "insert")):
            add(f"{indent}{fresh} = {self.expression(kind)}")
            self.fresh(fresh, kind, indent)
        elif choice == "again":
            name = self.name_of(kind)
            add(f"{indent}{name or fresh} = {self.expression(kind)}")
            self.fresh(name or fresh, kind, indent)
        elif choice == "add":
            add(f"{indent}{owner} += {self.list()}")
        elif choice == "append":
            add(f"{indent}{owner}.append({self.text()})")
        elif choice == "extend":
            add(f"{indent}{owner}.extend({self.list()})")
        elif choice == "insert":
            add(f"{indent}{owner}.insert(0, {self.text()})")
        elif choice == "alias":
            add(f"{indent}{fresh} = {owner}")
            self.fresh(fresh, "list", indent)
        elif choice in ("if", "elif") and depth < 2:
            add(f"{indent}if {self.flag()}:")
            self.block(indent + "    ", depth + 1)
            if choice == "elif":
                add(f"{indent}elif {self.flag()}:")
                self.block(indent + "    ", depth + 1)
            if self.draw(st.booleans()):
                add(f"{indent}else:")
                self.block(indent + "    ", depth + 1)
        elif choice == "for" and owner is not None:
            add(f"{indent}for item in list({self.list()}):")
            add(f"{indent}    {owner}.append(item.strip())")
        elif choice == "pair":
            add(f"{indent}{fresh}, {fresh}b = {self.text()}, {self.list()}")
            self.fresh(fresh, "str", indent)
            self.fresh(f"{fresh}b", "list", indent)
        elif choice == "class" and not indent:
            add(f"class C{fresh}:")
            add(f"    inner = {self.list()}")
            add(f"    outer = inner + {self.list()}")
            add(f"{fresh} = C{fresh}().outer")
            self.fresh(fresh, "list", indent)
        elif choice == "try":
            add(f"{indent}try:")
            add(f"{indent}    {fresh} = {self.list()}")
            add(f"{indent}except ValueError:")
            add(f"{indent}    {fresh} = []")
            self.fresh(fresh, "list", indent)
        elif choice == "dict":
            add(f"{indent}{fresh}d = {{'a': {self.list()}}}")
            add(f"{indent}{fresh}d['b'] = {self.text()}")
            add(f"{indent}{fresh} = {{**{fresh}d, 'c': {self.text()}}}")
        else:
            add(f"{indent}{fresh} = {self.expression(kind)}")
            self.fresh(fresh, kind, indent)

    def fresh(self, name: str, kind: str, indent: str) -> None:
        # A name that only one branch binds must not be used behind it.
        if not indent or name in self.names:
            self.names[name] = kind
        else:
            self.lines.append(f"{indent}pass")


@st.composite
def programs(draw: st.DrawFn) -> str:
    program = Program(draw)
    program.lines.append("import os")
    for _ in range(draw(st.integers(1, 7))):
        program.statement()
    body = [f"    local = {program.list()}", f"    local.append({program.text()})", "    return local"]
    return "\n".join([*program.lines, "def probe():", *body, "probed = probe()", ""])


ENVIRONMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(VARIABLES, st.sampled_from(["", "true", "production", "x,y", "dev"]))
)


def run(text: str, environment: dict[str, str]) -> dict[str, object]:
    """The names of a generated module after Python has run it."""
    namespace: dict[str, object] = {}
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    with mock.patch.dict(os.environ, {**kept, **environment}, clear=True):
        exec(compile(text, "generated", "exec"), namespace)
    return namespace


def agrees(value: Value[object], actual: object, environment: dict[str, str]) -> bool:
    """Whether a resolved value allows for what Python computed."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, OneOf):
        possible = [
            (certain(one.conditions, environment), agrees(one.value, actual, environment))
            for one in value.alternatives
            if certain(one.conditions, environment) is not False
        ]
        return any(fits for _, fits in possible) and all(fits for sure, fits in possible if sure)
    if value.override is not None and environment:
        return True  # the one variable that is named need not be the only one
    inner = value.value
    if isinstance(inner, Items):
        if inner.kind == "set" or not isinstance(actual, (list, tuple)) or len(actual) != len(inner.items):
            return isinstance(actual, (set, frozenset))
        same_kind = isinstance(actual, list) == (inner.kind == "list")
        return same_kind and all(agrees(o, a, environment) for o, a in zip(inner.items, actual, strict=True))
    if isinstance(inner, Mapping):
        return isinstance(actual, dict) and all(
            isinstance(key, Known) and agrees(one, actual[key.value], environment) for key, one in inner.pairs
        )
    return type(inner) is type(actual) and inner == actual


def certain(conditions: tuple[Condition, ...], environment: dict[str, str]) -> bool | None:
    """Whether conditions hold in an environment; None where that cannot be told from it."""
    known = [holds(condition, environment) for condition in conditions]
    return False if False in known else None if None in known else True


def holds(condition: Condition, environment: dict[str, str]) -> bool | None:
    text = environment.get(condition.subject)
    if condition.subject not in VARIABLES:
        return None
    if condition.state in ("is set", "is unset"):
        # A variable without any value, or an empty one, is false where it is asked for.
        return None if text == "" else (text is not None) is (condition.state == "is set")
    return None


def mismatches(text: str, environment: dict[str, str]) -> Iterator[str]:
    actual = run(text, environment)
    resolver = read(text)
    for name, result in actual.items():
        if name.startswith("__") or callable(result) or name in ("os", "item"):
            continue
        value = resolver.value_of_name(name)
        if name == "probed":
            value = returned(resolver)
        assert value is not None
        event("unknown" if isinstance(value, Unknown) else type(value).__name__)
        if not agrees(value, result, environment):
            yield f"{name}: Python computes {result!r}, resolved {value!r}"


def read(text: str) -> Resolver:
    return resolver_of(Project(), Source("generated.py", text))


def returned(resolver: Resolver) -> Value[object]:
    statement = next(resolver.module.find(libcst.Return))
    assert statement.value is not None
    return resolver.value(statement.value)


@given(programs(), ENVIRONMENTS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_resolved_is_what_python_computes(text: str, environment: dict[str, str]) -> None:
    assert not list(mismatches(text, environment)), text
