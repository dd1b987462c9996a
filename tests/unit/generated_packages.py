"""Little packages of Python, made up from a seed: what they define, and probes that bring it together in one module.

Every probe says which construct it is about, so that what cannot be resolved is counted apart for each.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

VARIABLES = ("ONE", "TWO")
TEXTS = (
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
    "é",
)
_INDENT = "    "

TEXT_FORMS = (
    "'a' 'b'", "str(N)", "(T + T)", "f'x{N}y{{}}'", "f'{K}:{N}'", "f'{K!s}/{K}'", "T.strip()", "T.rstrip('/').lower()",
    "T.replace('a', T)", "T.removesuffix('a').upper()", "T.removeprefix('http://').title()", "','.join(L)",
    "(T if F else T)", "(T or T)", "(T and T)", "('%s:%s' % (T, T))", "'{}/{}'.format(T, T)", "{'k': T, 'l': T}['k']",
    "{'k': T}.get('m', T)", "T.partition(',')[0]", "(L or [T])[0]", "T[1:]", "T.capitalize()",
)  # fmt: skip
LIST_FORMS = (
    "[T, T]", "[T, *L]", "(L + L)", "[*(T, T), T]", "T.split(',')", "[x.strip() for x in L]",
    "[x.strip() for x in L if x.strip()]", "[x + y for x in L for y in L if x != y]",
    "[f'http://{x}' for x in L if not x.startswith('a')]", "list(L)", "list(tuple(L))", "sorted(L)", "sorted(set(L))",
    "(L * 2)", "L[1:]", "L[::-1]", "(L if F else L)", "(L or L)", "list({'a': 1, 'b': 2})", "list({'a': T}.values())",
    "L.copy()", "T.splitlines()", "list(map(str.strip, L))", "list(filter(None, L))", "list(dict.fromkeys(L))",
    "[x for x in L if x and len(x) > 1]", "list(reversed(L))",
    "[x for pair in zip(L, L) for x in pair]", "[f'{i}{x}' for i, x in enumerate(L)]",
    "[k + v for k, v in {'a': T, 'b': T}.items()]", "[x if x else T for x in L]", "[*{T: 1, T: 2}]",
)  # fmt: skip
FLAG_FORMS = (
    "(not F)", "(T == T)", "(T in L)", "(T != T)", "(F and F)", "(F or F)", "bool(L)", "(not L)", "isinstance(T, str)",
    "any(x == T for x in L)", "all(L)", "(len(L) > 1)", "T.startswith('h')", "(N > N)", "('x' not in T)",
)  # fmt: skip
DICT_FORMS = (
    "{'a': T, 'b': T}", "{**D, 'c': T}", "(D | {'a': T})", "dict(a=T, b=T)", "dict(D, z=T)",
    "{k: v for k, v in D.items()}",
    "{x: T for x in L}", "{k: v for k, v in D.items() if v}", "dict([('p', T), ('q', T)])",
)  # fmt: skip
ENVIRONMENT_FORMS = {
    "T": ("os.getenv(V, T)", "os.environ.get(V, T)", "(os.getenv(V) or T)"),
    "L": ("os.getenv(V, T).split(',')", "(os.environ['ONE'].split(',') if os.getenv('ONE') else L)"),
    "F": (
        "(os.getenv(V, 'false').lower() == 'true')", "(os.getenv(V) == 'production')", "(os.getenv(V) is not None)",
        "bool(os.environ.get(V))", "(os.getenv(V, 'dev') in ('dev', 'test'))",
    ),
}  # fmt: skip
STR_ENUM = "enum.StrEnum" if sys.version_info >= (3, 11) else "str, enum.Enum"
KINDS = {"T": "str", "L": "list", "F": "bool", "N": "int", "D": "dict"}


@dataclass(slots=True)
class Export:
    """A name of a module that others may import."""

    name: str
    expressions: list[tuple[str, str, str]]
    """What can be computed of it, as (construct, kind, expression with `{}` for the name)."""
    module: Module


@dataclass(slots=True)
class Module:
    """A module that grows line by line."""

    dotted: str
    """`pkg.settings.base`."""
    is_package: bool = False
    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """The kinds of the names an expression may use."""

    @property
    def path(self) -> str:
        """Below the folder that imports start from."""
        base = self.dotted.replace(".", "/")
        return f"{base}/__init__.py" if self.is_package else f"{base}.py"


@dataclass(slots=True)
class Names:
    """What expressions at one place may use; makes them."""

    random: Random
    known: dict[str, str]
    reads_environment: bool

    def pick(self, *options: str) -> str:
        """One of them."""
        return self.random.choice(options)

    def of(self, letter: str, depth: int = 0) -> str:
        """An expression of a kind: Text, List, Flag, Number, Dict, Variable."""
        if letter == "V":
            return repr(self.random.choice(VARIABLES))
        if letter == "N":
            return str(self.random.randint(-2, 9))
        known = [name for name, kind in self.known.items() if kind == KINDS["T" if letter == "K" else letter]]
        if letter == "K":
            return self.random.choice(known) if known else str(self.random.randint(0, 9))
        if known and self.random.random() < 0.45:
            return self.random.choice(known)
        if depth >= 2 or self.random.random() < 0.3:
            return self._simple(letter)
        forms: tuple[str, ...] = {"T": TEXT_FORMS, "L": LIST_FORMS, "F": FLAG_FORMS, "D": DICT_FORMS}[letter]
        if self.reads_environment and letter in ENVIRONMENT_FORMS and self.random.random() < 0.15:
            forms = ENVIRONMENT_FORMS[letter]
        return self.fill(self.random.choice(forms), depth + 1)

    def _simple(self, letter: str) -> str:
        text = repr(self.random.choice(TEXTS))
        if letter == "T":
            return text
        if letter == "L":
            return repr([self.random.choice(TEXTS) for _ in range(self.random.randint(0, 3))])
        return {"F": self.pick("True", "False"), "D": f"{{'a': {text}}}"}[letter]

    def fill(self, template: str, depth: int = 0) -> str:
        """A template with its capital letters replaced by expressions."""
        return re.sub(r"\b[TLFNVDK]\b", lambda found: self.of(found[0], depth), template)

    def inside(self, more: Mapping[str, str]) -> Names:
        """With further names."""
        return Names(self.random, {**self.known, **more}, self.reads_environment)


def body(names: Names, returns: str, indent: str = _INDENT, depth: int = 0) -> list[str]:
    """The statements of a function that returns an expression of a kind (`T`, `L`, `F`)."""
    names = names.inside({})
    lines: list[str] = []
    for _ in range(names.random.randint(0, 3)):
        lines += _statement(names, returns, indent, depth)
    return [*lines, f"{indent}return {names.of(returns)}"]


def _statement(names: Names, returns: str, indent: str, depth: int) -> list[str]:
    make = names.of
    fresh = f"v{len(names.known)}"
    choice = names.pick(
        "assign",
        "assign",
        "guard",
        "if",
        "for",
        "continue",
        "search",
        "break",
        "try",
        "walrus",
        "match",
        "closure",
        "parse",
        "merge",
        "again",
        "lambda",
        "unpack",
        "gathered",
        "nested-return",
        "finally",
        "count",
    )
    inner = indent + _INDENT
    lines: list[str] = []
    if choice == "guard":
        return [f"{indent}if {make('F')}:", f"{inner}return {make(returns)}"]
    if choice == "nested-return" and depth < 2:
        lines = [f"{indent}if {make('F')}:", *body(names, returns, inner, depth + 1)]
        if names.random.random() < 0.5:
            lines += [f"{indent}elif {make('F')}:", f"{inner}pass"]
        return lines
    if choice == "if":
        kind = names.pick("T", "L", "F")
        lines = [f"{indent}{fresh} = {make(kind)}", f"{indent}if {make('F')}:", f"{inner}{fresh} = {make(kind)}"]
        if names.random.random() < 0.5:
            lines += [f"{indent}elif {make('F')}:", f"{inner}{fresh} = {make(kind)}"]
        if names.random.random() < 0.5:
            lines += [f"{indent}else:", f"{inner}{fresh} = {make(kind)}"]
        names.known[fresh] = KINDS[kind]
        return lines
    if choice in ("for", "continue", "break"):
        lines = [
            f"{indent}{fresh} = {names.pick('[]', make('L') + '.copy()')}",
            f"{indent}for item in list({make('L')}):",
        ]
        seen = names.inside({"item": "str"})
        if choice != "for":
            lines += [f"{inner}if {seen.of('F')}:", f"{inner}{_INDENT}{choice}"]
        lines.append(f"{inner}{fresh}.append({seen.of('T')})")
        names.known[fresh] = "list"
        return lines
    if choice == "search":
        seen = names.inside({"item": "str"})
        return [
            f"{indent}for item in {make('L')}:",
            f"{inner}if {seen.of('F')}:",
            f"{inner}{_INDENT}return {seen.of(returns)}",
        ]
    if choice == "try":
        handler = names.pick(f"{fresh} = 3", f"return {make(returns)}", f"{fresh} = 0")
        lines = [
            f"{indent}try:",
            f"{inner}{fresh} = int({make('T')})",
            f"{indent}except ValueError:",
            f"{inner}{handler}",
        ]
        names.known[fresh] = "int"
        return lines
    if choice == "parse":
        text = names.pick('\'["a", "b"]\'', "'nothing'", make("T"))
        lines = [
            f"{indent}try:",
            f"{inner}{fresh} = [str(part) for part in json.loads({text})]",
            f"{indent}except (ValueError, TypeError):",
            f"{inner}{fresh} = {make('L')}",
        ]
        names.known[fresh] = "list"
        return lines
    if choice == "finally":
        lines = [
            f"{indent}{fresh} = {make('L')}.copy()",
            f"{indent}try:",
            f"{inner}{fresh}.append({make('T')})",
            f"{indent}finally:",
            f"{inner}{fresh}.append('end')",
        ]
        names.known[fresh] = "list"
        return lines
    if choice == "walrus":
        return [f"{indent}if ({fresh} := {make('T')}):", f"{inner}return {names.inside({fresh: 'str'}).of(returns)}"]
    if choice == "match":
        subject = make("T")
        lines = [
            f"{indent}match {subject}:",
            f"{inner}case 'a' | '*':",
            f"{inner}{_INDENT}{names.pick(f'{fresh} = {make(chr(84))}', f'return {make(returns)}')}",
            f"{inner}case 'b':",
            f"{inner}{_INDENT}{fresh} = 'was b'",
            f"{inner}case _:",
            f"{inner}{_INDENT}{fresh} = {make('T')}",
        ]
        names.known[fresh] = "str"
        return lines
    if choice == "closure":
        within = names.inside({"value": "str"})
        lines = [
            f"{indent}def inner{fresh}(value):",
            *(body(within, "L", inner, depth + 1) if depth < 2 else [f"{inner}return [value]"]),
            f"{indent}{fresh} = inner{fresh}({make('T')}) + inner{fresh}({make('T')})",
        ]
        names.known[fresh] = "list"
        return lines
    if choice == "lambda":
        within = names.inside({"value": "str"})
        lines = [f"{indent}call{fresh} = lambda value, other={make('T')}: {within.of('T')} + other"]
        lines.append(f"{indent}{fresh} = call{fresh}({make('T')})")
        names.known[fresh] = "str"
        return lines
    if choice == "merge":
        lines = [
            f"{indent}{fresh} = {make('D')}.copy()",
            f"{indent}{fresh}.update({make('D')})",
            f"{indent}{fresh}['k'] = {make('T')}",
        ]
        names.known[fresh] = "dict"
        return lines
    if choice == "unpack":
        lines = [f"{indent}{fresh}, {fresh}b = {make('T')}, {make('T')}"]
        names.known[fresh] = names.known[f"{fresh}b"] = "str"
        return lines
    if choice == "again":
        mine = [name for name, kind in names.known.items() if kind == "list" and re.fullmatch(r"v\d+", name)]
        if mine:
            name = names.random.choice(mine)
            return [f"{indent}{name} = {name} + {make('L')}"]
    if choice == "gathered":
        lines = [f"{indent}{fresh} = [w{fresh} for x in {make('L')} if (w{fresh} := x.strip())]"]
        names.known[fresh] = "list"
        return lines
    if choice == "count":
        names.known[fresh] = "list"
        return [
            f"{indent}{fresh} = []",
            f"{indent}for number in range({names.random.randint(0, 3)}):",
            f"{inner}{fresh}.append(f'n{{number}}')",
        ]
    kind = names.pick("T", "L", "F", "D")
    value = make(kind)
    names.known[fresh] = KINDS[kind]
    return [f"{indent}{fresh} = {value}"]


class Package:
    """A package that grows definition by definition."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.reads_environment = self.random.random() < 0.4
        self.modules: list[Module] = []
        self.exports: list[Export] = []
        self.count = 0
        self.layout = self.random.choice(["flat", "package", "src", "namespace", "deep"])
        self._lay_out()

    @property
    def root(self) -> str:
        """The folder imports start from."""
        return "src" if self.layout in ("src", "deep") else "."

    @property
    def files(self) -> dict[str, str]:
        """The texts by path."""
        header = "import os\nimport json\n"
        prefix = "" if self.root == "." else f"{self.root}/"
        return {prefix + one.path: header * (not one.is_package) + "\n".join([*one.lines, ""]) for one in self.modules}

    def _lay_out(self) -> None:
        packages = {
            "flat": [],
            "package": ["pkg"],
            "src": ["pkg", "pkg.core"],
            "namespace": [],
            "deep": ["pkg", "pkg.core", "pkg.core.conf"],
        }[self.layout]
        self.modules = [Module(name, is_package=True) for name in packages]
        places = packages or (["space", "space.core"] if self.layout == "namespace" else [""])
        for number in range(self.random.randint(1, 4)):
            place = self.random.choice(places)
            word = f"{self.random.choice(['config', 'settings', 'base', 'defaults'])}{number}"
            self.modules.append(Module(f"{place}.{word}" if place else word))
        place = self.random.choice(places)
        self.probe = Module(f"{place}.main" if place else "main")
        self.modules.append(self.probe)
        for module in self.modules:
            if module.is_package or module is self.probe:
                continue
            for _ in range(self.random.randint(0, 2)):
                self.bring(module)
            for _ in range(self.random.randint(1, 3)):
                self.define(module)
        for export in self.random.sample(self.exports, min(len(self.exports), 8)):
            base = self.import_into(self.probe, export)
            for construct, kind, expression in self.random.sample(export.expressions, min(3, len(export.expressions))):
                self.count += 1
                probe = f"P_{self.count}_{construct}"
                self.probe.lines.append(f"{probe} = {expression.replace('{}', base)}")
                if kind and self.random.random() < 0.5:
                    self.probe.names[probe] = kind
            if self.random.random() < 0.3 and self.probe.names:
                self.count += 1
                letter = self.random.choice("TLFD")
                self.probe.lines.append(f"P_{self.count}_expression = {self.names(self.probe).of(letter)}")

    def names(self, module: Module) -> Names:
        """What expressions of a module may use."""
        return Names(self.random, module.names, self.reads_environment)

    def bring(self, module: Module) -> None:
        """Let a module use something of an earlier one."""
        usable = [one for one in self.exports if one.module is not module]
        if not usable:
            return
        export = self.random.choice(usable)
        base = self.import_into(module, export, is_probe=False)
        _, kind, expression = self.random.choice(export.expressions)
        if kind:
            self.count += 1
            name = f"brought{self.count}"
            module.lines.append(f"{name} = {expression.replace('{}', base)}")
            module.names[name] = kind

    # --- Ways to import.

    def import_into(self, module: Module, export: Export, is_probe: bool = True) -> str:
        """Import something; what it goes by."""
        target, name = export.module, export.name
        parent, _, last = target.dotted.rpartition(".")
        self.count += 1
        alias = f"alias{self.count}"
        styles = ["from", "as", "import", "import-as", "star", "try", "fallback", "conditional", "within", "choice"]
        if parent:
            styles += ["module", "module-as"]
        own = module.dotted.rpartition(".")[0]
        if parent and own and parent.split(".")[0] == own.split(".")[0]:
            styles += ["relative", "relative", "relative-module"]
        package = next((one for one in self.modules if one.is_package and one.dotted == parent), None)
        if package is not None and is_probe:
            styles += ["re-export", "re-export", "re-export-star", "re-export-as", "shadow"]
        add = module.lines.append
        style = self.random.choice(styles)
        if style == "as":
            add(f"from {target.dotted} import {name} as {alias}")
            return alias
        if style == "import":
            add(f"import {target.dotted}")
            return f"{target.dotted}.{name}"
        if style == "import-as":
            add(f"import {target.dotted} as {alias}")
            return f"{alias}.{name}"
        if style == "star":
            add(f"from {target.dotted} import *")
            return name
        if style == "try":
            add("try:")
            add(f"    from missing_library.{last} import {name}")
            add("except ImportError:")
            add(f"    from {target.dotted} import {name}")
            return name
        if style == "fallback":
            add("try:")
            add(f"    from {target.dotted} import {name}")
            add("except ImportError:")
            add(f"    {name} = None")
            return name
        if style == "conditional":
            add(f"if {self.names(module).of('F')}:")
            add(f"    from {target.dotted} import {name} as {alias}")
            add("else:")
            add(f"    import {target.dotted} as other{alias}")
            add(f"    {alias} = other{alias}.{name}")
            return alias
        if style == "within":
            add(f"def load{alias}():")
            add(f"    from {target.dotted} import {name}")
            add(f"    return {name}")
            return f"load{alias}()"
        if style == "choice":
            add(f"from {target.dotted} import {name} as {alias}")
            add(f"chosen{alias} = {alias} if {self.names(module).of('F')} else {alias}")
            return f"chosen{alias}"
        if style == "module":
            add(f"from {parent} import {last}")
            return f"{last}.{name}"
        if style == "module-as":
            add(f"from {parent} import {last} as {alias}")
            return f"{alias}.{name}"
        if style in ("relative", "relative-module"):
            here, there = own.split("."), target.dotted.split(".")
            shared = 0
            while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
                shared += 1
            dots = "." * (len(here) - shared + 1)
            if style == "relative":
                add(f"from {dots}{'.'.join(there[shared:])} import {name}")
                return name
            add(f"from {dots}{'.'.join(there[shared:-1])} import {last} as {alias}")
            return f"{alias}.{name}"
        if style.startswith("re-export") and package is not None:
            if style == "re-export":
                package.lines.append(f"from .{last} import {name}")
            elif style == "re-export-as":
                package.lines.append(f"from {target.dotted} import {name} as {alias}")
                name = alias
            else:
                package.lines.append(f"from .{last} import *")
            add(f"from {parent} import {name}")
            return name
        if style == "shadow" and package is not None and not any(f" {last}" in line for line in package.lines):
            # The package has a name of its own like that of its module, as in `from .settings import settings`.
            package.lines.append(f"from .{last} import {name} as {last}")
            add(f"from {parent} import {last} as {alias}")
            return alias
        add(f"from {target.dotted} import {name}")
        return name

    # --- Definitions.

    def define(self, module: Module) -> None:
        """Add one definition to a module."""
        makers: list[Callable[[Module, str], list[tuple[str, str, str]]]] = [
            self._constant,
            self._constant,
            self._function,
            self._function,
            self._class,
            self._class,
            self._enum,
            self._dataclass,
            self._singleton,
            self._recursion,
            self._statements,
            self._frozen,
        ]
        self.count += 1
        name = f"thing{self.count}"
        export = Export(name, [], module)
        export.expressions = self.random.choice(makers)(module, name)
        self.exports.append(export)

    def _constant(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        letter = self.random.choice("TTLLLFD")
        made = self.names(module).of(letter)
        if self.random.random() < 0.2 and letter == "L":
            made = f"tuple({made})"
            module.lines.append(f"{name} = {made}")
            return [("constant", "", "{}"), ("constant", "list", "list({})")]
        if self.random.random() < 0.2 and letter == "L":
            module.lines.append(f"{name} = set({made})")
            return [("constant", "", "{}"), ("constant", "list", "sorted({})")]
        module.lines.append(f"{name} = {made}")
        module.names[name] = KINDS[letter]
        return [("constant", KINDS[letter], "{}")]

    def _statements(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        """A list that statements of the module build."""
        names = self.names(module)
        add = module.lines.append
        add(f"{name} = {names.of('L')}.copy()")
        for _ in range(self.random.randint(1, 4)):
            choice = names.pick("append", "extend", "add", "if", "for", "skip", "insert", "walrus", "match", "while")
            if choice == "append":
                add(f"{name}.append({names.of('T')})")
            elif choice == "extend":
                add(f"{name}.extend({names.of('L')})")
            elif choice == "add":
                add(f"{name} += {names.of('L')}")
            elif choice == "insert":
                add(f"{name}.insert(0, {names.of('T')})")
            elif choice == "if":
                add(f"if {names.of('F')}:")
                add(f"    {name}.append({names.of('T')})")
                add("else:")
                add(f"    {name} = {name} + {names.of('L')}")
            elif choice == "walrus":
                add(f"if (text{name} := {names.of('T')}):")
                add(f"    {name}.append(text{name})")
            elif choice == "match":
                add(f"match {names.of('T')}:")
                add("    case 'a' | 'b':")
                add(f"        {name}.append('ab')")
                add("    case other if other:")
                add(f"        {name}.append(other)")
            else:
                add(f"for item{name} in list({names.of('L')}):")
                if choice == "skip":
                    add(f"    if {names.inside({f'item{name}': 'str'}).of('F')}:")
                    add("        continue")
                add(f"    {name}.append(item{name}.strip())")
        module.names[name] = "list"
        return [("statements", "list", "{}")]

    def _parameters(self, names: Names) -> tuple[str, dict[str, str], list[str]]:
        """The parameters of a function, their kinds, and arguments that calls may pass."""
        shape = names.pick("none", "default", "mixed", "star", "keyword", "all")
        text, items = names.of("T"), names.of("L")
        first, second = repr(names.pick(*TEXTS)), repr(names.pick(*TEXTS))
        if shape == "none":
            return "", {}, [""]
        if shape == "default":
            return f"p={text}", {"p": "str"}, ["", first, f"p={second}"]
        if shape == "mixed":
            return (
                f"p, q={items}",
                {"p": "str", "q": "list"},
                [first, f"{first}, [{second}]", f"{first}, q=[]", f"q=[], p={first}"],
            )
        if shape == "star":
            return "*rest", {"rest": "tuple"}, ["", first, f"{first}, {second}", f"*[{first}, {second}]"]
        if shape == "keyword":
            return f"p={text}, *, q={text}", {"p": "str", "q": "str"}, ["", f"q={first}", f"**{{'q': {second}}}"]
        return (
            f"p, q={text}, *rest, r={text}, **more",
            {"p": "str", "q": "str", "rest": "tuple", "r": "str"},
            [first, f"{first}, {second}, {first}", f"{first}, r={second}, extra={first}"],
        )

    def _function(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        names = self.names(module)
        parameters, kinds, calls = self._parameters(names)
        returns = self.random.choice("TLLF")
        within = names.inside(kinds)
        if kinds.get("rest"):
            within = within.inside({"rested": "list"})
            module.lines.append(f"def {name}({parameters}):")
            module.lines.append("    rested = list(rest)")
        else:
            module.lines.append(f"def {name}({parameters}):")
        module.lines += body(within, returns)
        return [("function", KINDS[returns], f"{{}}({call})") for call in calls]

    def _recursion(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        choice = self.names(module).pick("count", "rest")
        if choice == "count":
            module.lines += [
                f"def {name}(left, made=()):",
                "    if left <= 0:",
                "        return list(made)",
                f"    return {name}(left - 1, (*made, {self.names(module).of('T')}))",
            ]
            return [("recursion", "list", "{}(0)"), ("recursion", "list", "{}(1)"), ("recursion", "list", "{}(3)")]
        module.lines += [
            f"def {name}(items):",
            "    if not items:",
            "        return []",
            f"    return [items[0].strip()] + {name}(items[1:])",
        ]
        return [("recursion", "list", "{}(['a', ' b '])"), ("recursion", "list", "{}(())")]

    def _class(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        names = self.names(module)
        add = module.lines.append
        base = f"Base{name}"
        inner = names.inside({"self.text": "str", "self.items": "list", "self.flag": "bool"})
        has_init = self.random.random() < 0.7
        add(f"class {base}:")
        add(f"    text = {names.of('T')}")
        add(f"    items = {names.inside({'text': 'str'}).of('T')}.split(',')")
        add(f"    flag: bool = {names.of('F')}")
        found = [
            ("class", "str", "{}.text"),
            ("class", "list", "{}.items"),
            ("class", "bool", "{}().flag"),
            ("class", "str", "{}().text"),
        ]
        stored = inner
        if has_init:
            add(f"    def __init__(self, extra={names.of('T')}, *, more=None):")
            within = inner.inside({"extra": "str"})
            add("        self.extra = extra")
            add(f"        self.kind = {within.of('T')}")
            add(f"        if {within.of('F')}:")
            add(f"            self.kind = {within.of('T')}")
            if self.random.random() < 0.5:
                add("        else:")
                add(f"            self.kind = {within.of('T')}")
            add(f"        self.hosts = {within.inside({'self.kind': 'str', 'self.extra': 'str'}).of('L')}.copy()")
            add(f"        for one in {within.of('L')}:")
            add("            self.hosts.append(one)")
            add(f"        self.more = more or {within.of('L')}")
            stored = inner.inside({"self.extra": "str", "self.kind": "str", "self.hosts": "list", "self.more": "list"})
            argument = repr(self.random.choice(TEXTS))
            found += [
                ("init", "str", "{}().extra"),
                ("init", "str", f"{{}}({argument}).extra"),
                ("init", "str", f"{{}}(extra={argument}).kind"),
                ("init", "list", "{}().hosts"),
                ("init", "list", f"{{}}({argument}).hosts"),
                ("init", "list", f"{{}}(more=[{argument}]).more"),
            ]
        add("    @property")
        add("    def joined(self):")
        module.lines += body(stored, "T", 2 * _INDENT)
        add("    @classmethod")
        add(f"    def default(cls, given={names.of('T')}):")
        module.lines += body(names.inside({"cls.text": "str", "cls.items": "list", "given": "str"}), "L", 2 * _INDENT)
        add("    @staticmethod")
        add("    def clean(value):")
        module.lines += body(names.inside({"value": "str"}), "T", 2 * _INDENT)
        add(f"    def method(self, value, other={names.of('T')}):")
        module.lines += body(
            stored.inside(
                {
                    "value": "str",
                    "other": "str",
                    "self.joined": "str",
                    "self.clean(value)": "str",
                    "self.default()": "list",
                }
            ),
            "L",
            2 * _INDENT,
        )
        text = repr(self.random.choice(TEXTS))
        found += [
            ("property", "str", "{}().joined"),
            ("classmethod", "list", "{}.default()"),
            ("classmethod", "list", f"{{}}().default({text})"),
            ("staticmethod", "str", f"{{}}.clean({text})"),
            ("method", "list", f"{{}}().method({text})"),
            ("method", "list", f"{{}}().method({text}, other={text})"),
        ]
        if self.random.random() < 0.5:
            add(f"{name} = {base}")
            return found
        add(f"class {name}({base}):")
        add(f"    text = {names.of('T')}")
        if self.random.random() < 0.5:
            add(f"    own = {base}.items + {names.of('L')}")
            found.append(("inheritance", "list", "{}().own"))
        if has_init and self.random.random() < 0.5:
            add(f"    def __init__(self, first={names.of('T')}):")
            add(f"        super().__init__({names.pick('first', '', 'extra=first', repr('given'))})")
            within = inner.inside({"self.extra": "str", "first": "str", "self.hosts": "list"})
            add(f"        self.first = {within.of('L')}")
            found = [one for one in found if "more=" not in one[2] and "extra=" not in one[2]]
            found.append(("init", "list", "{}().first"))
        if self.random.random() < 0.5:
            add("    @property")
            add("    def joined(self):")
            add(f"        return super().joined + {inner.of('T')}")
        return [("inheritance" if construct == "class" else construct, kind, text) for construct, kind, text in found]

    def _enum(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        base = self.random.choice(
            [
                "enum.Enum",
                "str, enum.Enum",
                "enum.StrEnum" if sys.version_info >= (3, 11) else "str, enum.Enum",
                "enum.IntEnum",
            ]
        )
        module.lines.append("import enum")
        module.lines.append(f"class {name}({base}):")
        if base == "enum.IntEnum":
            module.lines += ["    FIRST = 1", "    SECOND = 2"]
            return [("enum", "int", "{}.FIRST.value"), ("enum", "", "{}.SECOND"), ("enum", "str", "{}(2).name")]
        first, second = repr(f"f{self.random.choice(TEXTS)}"), repr(f"s{self.random.choice(TEXTS)}")
        module.lines += [
            f"    FIRST = {first}",
            f"    SECOND = {second}",
            "    @property",
            "    def short(self):",
            "        return self.value[:2] + self.name",
        ]
        found = [
            ("enum", "str", "{}.FIRST.value"),
            ("enum", "str", "{}['SECOND'].value"),
            ("enum", "str", f"{{}}({second}).value"),
            ("enum", "list", "[one.value for one in {}]"),
            ("enum", "bool", f"({{}}.FIRST is {{}}({first}))"),
            ("enum", "bool", f"({{}}.FIRST == {first})"),
            ("enum", "str", "{}.SECOND.short"),
            ("enum", "str", "{}.FIRST.name"),
        ]
        if "str" in base.lower():
            found += [
                ("enum", "", "{}.FIRST"),
                ("enum", "", "[{}.FIRST, {}.SECOND]"),
                ("enum", "str", "{}.FIRST.upper()"),
                ("enum", "str", "','.join({})"),
                ("enum", "", "list({})"),
            ]
        return found

    def _dataclass(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        names = self.names(module)
        add = module.lines.append
        add("from dataclasses import dataclass, field")
        add(names.pick("@dataclass", "@dataclass(frozen=True)", "@dataclass(frozen=True, slots=True)", "@dataclass()"))
        add(f"class {name}:")
        required = self.random.random() < 0.5
        if required:
            add("    must: str")
        add(f"    text: str = {names.of('T')}")
        add(f"    items: list[str] = field(default_factory={names.pick('list', f'lambda: {names.of(chr(76))}')})")
        add(f"    flag: bool = field(default={names.of('F')})")
        inner = names.inside({"self.text": "str", "self.items": "list", "self.flag": "bool"})
        add("    @property")
        add("    def whole(self):")
        module.lines += body(inner, "L", 2 * _INDENT)
        first, second = repr(self.random.choice(TEXTS)), repr(self.random.choice(TEXTS))
        start = f"{first}, " if required else ""
        return [
            ("dataclass", "str", f"{{}}({start}).text"),
            ("dataclass", "list", f"{{}}({start}).items"),
            ("dataclass", "bool", f"{{}}({start}).flag"),
            ("dataclass", "list", f"{{}}({start}).whole"),
            ("dataclass", "str", f"{{}}({start}{second}).text"),
            ("dataclass", "list", f"{{}}({start}{second}, [{first}]).items"),
            ("dataclass", "list", f"{{}}({start}items=[{second}]).whole"),
        ]

    def _frozen(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        """A dataclass that descends from another, or a NamedTuple."""
        names = self.names(module)
        add = module.lines.append
        if self.random.random() < 0.5:
            add("from typing import NamedTuple")
            add(f"class {name}(NamedTuple):")
            add(f"    text: str = {names.of('T')}")
            add(f"    items: list[str] = {names.of('L')}")
            return [
                ("dataclass", "str", "{}().text"),
                ("dataclass", "list", "{}('z').items"),
                ("dataclass", "str", "{}('z').text"),
            ]
        add("from dataclasses import dataclass, field, replace")
        add("@dataclass")
        add(f"class Base{name}:")
        add(f"    text: str = {names.of('T')}")
        add("@dataclass")
        add(f"class {name}(Base{name}):")
        add(f"    items: list[str] = field(default_factory=lambda: {names.of('L')})")
        add(f"    text: str = {names.of('T')}")
        add("    def __post_init__(self):")
        add(f"        self.extra = {names.inside({'self.text': 'str', 'self.items': 'list'}).of('L')}")
        return [
            ("dataclass", "str", "{}().text"),
            ("dataclass", "str", "{}('z').text"),
            ("dataclass", "list", "{}('z', ['w']).items"),
            ("dataclass", "list", "{}().extra"),
            ("dataclass", "list", "{}('z').extra"),
        ]

    def _singleton(self, module: Module, name: str) -> list[tuple[str, str, str]]:
        names = self.names(module)
        add = module.lines.append
        add("from functools import lru_cache, cache")
        add(f"class Of{name}:")
        add(f"    text = {names.of('T')}")
        add(f"    items = {names.of('L')}")
        add("    def __init__(self):")
        add(f"        self.own = {names.inside({'self.text': 'str', 'self.items': 'list'}).of('L')}")
        add("    @property")
        add("    def both(self):")
        add("        return self.items + self.own")
        style = names.pick("instance", "cached", "changed", "getter", "changed-if")
        if style in ("cached", "getter"):
            add(
                {
                    "cached": names.pick("@lru_cache", "@lru_cache()", "@cache", "@lru_cache(maxsize=1)"),
                    "getter": "# made anew",
                }[style]
            )
            add(f"def {name}():")
            add(f"    return Of{name}()")
            prefix = "{}()"
        else:
            add(f"{name} = Of{name}()")
            prefix = "{}"
            if style == "changed":
                add(f"{name}.text = {names.of('T')}")
                if self.random.random() < 0.5:
                    add(f"{name}.own = {names.of('L')}")
            if style == "changed-if":
                add(f"if {names.of('F')}:")
                add(f"    {name}.items = {names.of('L')}")
        word = "changed" if style.startswith("changed") else "singleton"
        return [
            (word, "str", f"{prefix}.text"),
            (word, "list", f"{prefix}.items"),
            (word, "list", f"{prefix}.own"),
            (word, "list", f"{prefix}.both"),
        ]
