"""Python source: where nodes and comments stand, what is refused, and how trees are walked."""

from __future__ import annotations

import io
import sys
import sysconfig
import tokenize
from pathlib import Path

import libcst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from corslint.source import Source
from corslint.syntax.python import (
    MAX_BRACKETS,
    MAX_CHAIN,
    MAX_CHARACTERS,
    Module,
    SyntaxProblem,
    argument,
    body_statements,
    comments,
    dotted,
    keyword,
    parse,
    positional,
)

STDLIB = Path(sysconfig.get_paths()["stdlib"])
REAL_FILES = (
    "argparse.py", "ast.py", "bdb.py", "calendar.py", "cmd.py", "codecs.py", "contextlib.py", "dataclasses.py",
    "dis.py", "enum.py", "functools.py", "gettext.py", "heapq.py", "http/client.py", "http/cookies.py",
    "inspect.py", "json/encoder.py", "logging/__init__.py", "mailbox.py", "optparse.py", "pickle.py", "random.py",
    "textwrap.py", "this.py", "typing.py", "urllib/parse.py", "xml/dom/minidom.py", "zipfile.py",
)  # fmt: skip


def module_of(text: str) -> Module:
    return Source("app.py", text).parsed(parse)


def refusal(text: str) -> SyntaxProblem:
    with pytest.raises(SyntaxProblem) as raised:
        parse(Source("app.py", text))
    return raised.value


def real_sources() -> list[Source]:
    found = []
    for name in REAL_FILES:
        path = STDLIB / name
        if path.exists():
            found.append(Source(name, path.read_bytes().decode("utf-8")))
    assert len(found) > 20
    return found


def positions(module: Module) -> dict[libcst.CSTNode, tuple[int, int]]:
    """The places libcst's own provider gives, as offsets."""
    ranges = MetadataWrapper(module.tree, unsafe_skip_copy=True).resolve(PositionProvider)
    at = module.source.offset
    return {
        node: (at(place.start.line, place.start.column + 1), at(place.end.line, place.end.column + 1))
        for node, place in ranges.items()
        if not isinstance(node, libcst.Module)
    }


ODD_LAYOUTS = {
    "tabs": "if a:\n\tb = [\n\t\t'x',\n\t]\n\tc\n",
    "windows line ends": "def f(a, b=(1, 2)):\r\n    return {\r\n        'k': a,\r\n    }\r\n",
    "mixed line ends": "a = 1\r\nb = 2\nc = [3,\r4]\n",
    "old Mac line ends": "a = (1 +\r  2)\rb = 'x'",
    "other scripts": "größe = 'é' + \"日本\"; b = größe\nf('𝒳', größe=1)\n",
    "line separators in a text": "a = 'x\u2028y'; b = 1\nc = '''\u0085'''; d = 2\n",
    "decorators": "@a.b(c)\n# between\n@d\nclass E(F, metaclass=G):\n    @staticmethod\n    def h(): pass\n",
    "brackets": "a = ((b))\nc = ( # why\n  (d) . e (f) [ (g) ]\n)\n(h, i), [j] = (k), l\n",
    "continued lines": "a = 1 + \\\n  2\nassert b, \\\n 'x'\n",
    "nothing at the end": "a = 1",
    "only a comment": "# a\n  # b",
    "nothing": "",
    "one line blocks": "if a: b; c = 1; d\nelse: e\n",
    "comments everywhere": "f(  # one\n    a,  # two\n    # three\n    *b, **c,  # four\n)  # five\n",
    "strings": "a = 'b' \"c\" f'{d!r:>{e}} {{}}' r'\\x'\n",
    "newer syntax": "match a:\n  case {'k': [b, *c], **d} if d: pass\n  case E(f=1) | None as g: lambda *i, j=1: 0\n",
    "asynchronous": "async def a():\n  async with b as c, d:\n    await e\n  return [f async for f in g if (h := f)]",
}


@pytest.mark.parametrize("text", ODD_LAYOUTS.values(), ids=ODD_LAYOUTS.keys())
def test_places_are_those_of_libcst(text: str) -> None:
    module = module_of(text)
    expected = positions(module)
    assert {node: (module.span(node).start, module.span(node).end) for node in expected} == expected


def test_places_are_those_of_libcst_in_real_files() -> None:
    for source in real_sources():
        module = source.parsed(parse)
        assert module.tree.code == source.text
        wrong = [
            (source.path, type(node).__name__, place)
            for node, place in positions(module).items()
            if (module.span(node).start, module.span(node).end) != place and "\f" not in source.text
        ]
        assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "\fa = 1\nb = [a, 2]\n",
        "a = 1\n\f\n\fb = [a, 2]\n",
        "class A:\n    a = 1\n\f    b = [a, 2]\n",
        "a = 1\n\f\f# x\n\fb = [a, 2]",
        "\ufeffa = 1\nb = [a, 2]\n",
        "a = 1\rb = [a, 2]\r",
        "if a:\n    a\n\f\nelse:\n    b = [a, 2]\n",
    ],
)
def test_places_are_right_where_libcst_drops_characters(text: str) -> None:
    module = module_of(text)
    assert [module.span(node).text for node in module.find(libcst.List)] == ["[a, 2]"]
    assert [module.span(node).text for node in module.find(libcst.Name)][-2:] == ["b", "a"]
    assert module.span(next(module.find(libcst.Assign))).text in ("a = 1", "b = [a, 2]")


def test_a_node_in_brackets_stands_inside_of_them() -> None:
    module = module_of("a = (b)\n")
    assert [module.span(name).text for name in module.find(libcst.Name)] == ["a", "b"]
    assert module.span(next(module.find(libcst.Assign))).text == "a = (b)"


@pytest.mark.parametrize("name", [name for name in REAL_FILES if (STDLIB / name).exists()])
def test_comments_are_those_of_the_tokenizer(name: str) -> None:
    text = (STDLIB / name).read_bytes().decode("utf-8")
    expected = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline)
        if token.type == tokenize.COMMENT
    ]
    assert [comment.text for comment in comments(Source(name, text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = '#no'  # yes", ["# yes"]),
        ("a = \"#no\" '#no' # yes\r\n# again", ["# yes", "# again"]),
        ("'''\n# no\n''' # yes", ["# yes"]),
        ("r'\\' # no' # yes", ["# yes"]),
        ("f'{a} # no' # yes", ["# yes"]),
        ("f'{a!r:#x} # no' # yes", ["# yes"]),
        ("f'''{a # yes\n} # no'''", ["# yes"]),
        ("f'{{ # no }}' # yes", ["# yes"]),
        ("f'{x[\"#no\"]}' # yes", ["# yes"]),
        ("f'{f'{a}#no'}#no' # yes", ["# yes"]),
        ("f'{a:{b}#no}' # yes", ["# yes"]),
        ("#", ["#"]),
        ("", []),
        ("def f(:\n  x = [ # one\n'open # no\n# two", ["# one", "# two"]),
        ("print 'x' # py2\n", ["# py2"]),
        ("{% if x %} # template\n", ["# template"]),
        ("a = '''never closed # no\n# no", []),
        ("not_a_prefix'#no' # yes", ["# yes"]),
        ("a = '\\", []),
        ("f'\\", []),
    ],
)
def test_comments_are_found_also_where_nothing_parses(text: str, expected: list[str]) -> None:
    assert [comment.text for comment in comments(Source("app.py", text))] == expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('import os\n{% include "common.py" %}\nX = 1\n', 2, 1),
        ("X = [{% for one in origins %}'{{ one }}',{% endfor %}]\n", 1, 6),
        ("ORIGINS = {{ index .Values 0 }}\n", 1, 11),
        ("{%- if cookiecutter.cors == 'y' %}\nfrom flask_cors import CORS\n{%- endif %}\n", 1, 1),
        ("class {{ cookiecutter.name }}:\n    pass\n", 1, 7),
    ],
)
def test_a_template_is_called_one(text: str, line: int, column: int) -> None:
    problem = refusal(text)
    assert (problem.line, problem.column) == (line, column)
    assert problem.message == "is a template, which is no Python before its tags are filled in"


@pytest.mark.parametrize(
    "text",
    ["X = '{{ name }}'\ndef\n", "X = f'{{ {name} }}'\nif:\n", "X = {'a': {1}}\nX = = 1\n", "def f(:\n    pass\n"],
)
def test_a_mistake_beside_braces_is_a_mistake(text: str) -> None:
    assert "template" not in refusal(text).message


def test_a_template_that_is_python_is_read() -> None:
    module = parse(Source("app.py", "X = '{% if a %}https{% endif %}://{{ host }}'\nY = {{ 1 }}\n"))
    assert len(module.tree.body) == 2


def test_a_syntax_error_names_line_and_column() -> None:
    problem = refusal("a = 1\nb = (2,\nc = 3\n")
    assert problem.line in (2, 3)
    assert str(problem).startswith(f"line {problem.line}: ")
    assert refusal("def f(:\n    pass\n").line == 1
    assert refusal("x = 'open\n").line == 1


@pytest.mark.parametrize(
    "text",
    [
        "print 'x'\n",
        "except E, e: pass\n",
        "a = \x00\n",
        "a = '\ud800'\n",
        "\tif a:\n  b\n",
        "x = 0777\n",
        "a b c\n",
        "`a`\n",
    ],
)
def test_what_is_not_python_is_refused_and_nothing_else_is_raised(text: str) -> None:
    assert refusal(text).message


@pytest.mark.parametrize(
    "text",
    [
        "type A = int\n",
        "def f[T](a: T) -> T: ...\n",
        "a = f'{b['c']}'\n",
        "try: pass\nexcept* E: pass\n",
    ],
)
def test_syntax_newer_than_the_interpreter_is_read(text: str) -> None:
    assert module_of(text).tree.code == text


def test_parsing_warns_of_nothing() -> None:
    assert module_of("a = '\\d' is 'x'\n").tree.code


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "(" * 50 + "1" + ")" * 50,
        "a = [\n" + "    ['x', {'y': (1, 2)}],\n" * 2000 + "]",
        "a = (\n" + "    'x'\n" * 300 + ")",
        "if a: pass\n" + "elif a: pass\n" * 300,
        "a = " + " + ".join(["b"] * 300),
        "a = b" + ".c(d, e)" * 100,
        "a = f'''" + "p { margin: 0; color: #fff } ".replace("{", "{{").replace("}", "}}") * 500 + "'''",
        "a = '''" + "(((((" * 500 + "'''",
        "# " + "(" * 5000,
    ],
)
def test_long_but_flat_code_is_read(text: str) -> None:
    module = module_of(text + "\n")
    assert module.span(module.tree).text
    assert list(module.walk())


@pytest.mark.parametrize(
    "text",
    [
        "(" * (MAX_BRACKETS + 1) + ")" * (MAX_BRACKETS + 1),
        "a" + ".b" * (MAX_CHAIN + 1),
        "a = " + "-" * (MAX_CHAIN + 1) + "1",
        "if a: pass\n" + "elif a: pass\n" * (MAX_CHAIN + 1),
        "a = " + "'x' " * (MAX_CHAIN + 1),
        "".join(" " * n + "if a:\n" for n in range(101)) + " " * 101 + "a",
        "a = f'{" + "(" * (MAX_BRACKETS + 1) + "1" + ")" * (MAX_BRACKETS + 1) + "}'",
    ],
)
def test_deep_code_is_refused_before_libcst_sees_it(text: str) -> None:
    assert refusal(text + "\n").message.startswith("is nested too deeply to be read safely")


def test_a_very_long_file_is_refused() -> None:
    assert refusal("a = 1\n" * (MAX_CHARACTERS // 6 + 1)).message == "is longer than 1000000 characters"


def test_the_deepest_code_that_is_read_has_places() -> None:
    text = "a = " + "[" * MAX_BRACKETS + "]" * MAX_BRACKETS + "\nb = " + "-" * (MAX_CHAIN - 1) + "1\n"
    limit = sys.getrecursionlimit()
    module = module_of(text)
    assert module.span(next(module.find(libcst.Integer))).text == "1"
    assert sys.getrecursionlimit() == limit


def test_a_walk_meets_every_node_in_the_order_of_the_source() -> None:
    text = (
        "@a\ndef b(c: d = e, *f, g=h, **i) -> j:\n    return k if l else m\n{n: o for p in q if r}\nimport s.t as u\n"
    )
    names = [node.value for node in module_of(text).find(libcst.Name)]
    assert names == list("abcdefghijklmnopqrstu")


def test_calls_come_in_the_order_of_the_source_outer_first() -> None:
    module = module_of("a(b(), c=d())\n@e()\ndef f(): g(h())\n")
    assert [module.text(call.func) for call in module.calls()] == ["a", "b", "d", "e", "g", "h"]


def test_the_surroundings_of_a_node() -> None:
    module = module_of("class A:\n    def b(self):\n        app = f(1)\n        return app\nx: int = g()\ny[0] = h()\n")
    call, second, third = module.calls()
    function, owner = module.enclosing_function(call), module.enclosing_class(call)
    assert function is not None
    assert function.name.value == "b"
    assert owner is not None
    assert owner.name.value == "A"
    assert module.assigned(call) == "app"
    assert module.assigned(second) == "x"
    assert module.assigned(third) is None
    assert module.enclosing_function(second) is None
    assert module.text(module.statement(call)) == "app = f(1)"
    assert module.parent(module.tree) is None
    assert module.order(owner) < module.order(function) < module.order(call)


def test_a_long_text_is_shortened_to_one_line() -> None:
    module = module_of("a = [\n  1,\n  2,\n]\nb = '" + "x" * 100 + "'\n")
    assert module.text(next(module.find(libcst.List))) == "[ 1, 2, ]"
    assert len(module.text(next(module.find(libcst.SimpleString)))) == 60


def test_arguments_of_a_call() -> None:
    module = module_of("f(a, b, *c, d, e=1, **g)\n")
    (call,) = module.calls()
    assert [module.text(arg.value) for arg in positional(call)] == ["a", "b"]
    given = keyword(call, "e")
    assert given is not None
    assert module.text(given.value) == "1"
    assert keyword(call, "a") is None
    first, missing = argument(call, 0, "x"), argument(call, 2, "x")
    assert first is not None
    assert module.text(first.value) == "a"
    assert missing is None


def test_dotted_names() -> None:
    module = module_of("a.b.c\na\na().b\na[0].b\n")
    expressions = [statement.value for statement in module.find(libcst.Expr)]
    assert [dotted(expression) for expression in expressions] == ["a.b.c", "a", None, None]


def test_statements_of_a_block() -> None:
    module = module_of("a; b\nif c: d; e\n")
    assert [module.text(node) for node in body_statements(module.tree)] == ["a", "b", "if c: d; e"]
    branch = next(module.find(libcst.If))
    assert [module.text(node) for node in body_statements(branch.body)] == ["d", "e"]
