"""Python files made to break parsers: each ends in a tree or a clear refusal, soon, without taking the process down.

Each case runs in a process of its own, since what is tested for includes a segmentation fault.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput

SECONDS = 20
"""For one case, on a slow machine with its start-up."""

SCRIPT = """
import sys
from corslint.collect import Project
from corslint.resolve.python import resolver_of
from corslint.servers import starlette
from corslint.source import Source
from corslint.syntax.python import SyntaxProblem, comments, parse
source = Source("app.py", eval(sys.argv[1]))
list(comments(source))
try:
    module = source.parsed(parse)
    module.span(module.tree)
    list(module.walk())
    resolver = resolver_of(Project(), source)
    for call in module.calls():
        resolver.qualified(call.func)
        for argument in call.args:
            resolver.value(argument.value)
    resolver.value_of_name("X")
    list(starlette.read(Project(), source))
except SyntaxProblem as problem:
    print("refused", problem)
else:
    print("read")
"""


def outcome(expression: str) -> str:
    """What becomes of the text that a Python expression gives: `read`, or `refused` and why."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, expression], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.parametrize(
    "expression",
    [
        "'(' * 10000",
        "'[' * 10000 + ']' * 10000",
        "'x = ' + '{1:' * 5000 + '2' + '}' * 5000",
        "'a' + '.b' * 10000",
        "'a' + '.b()' * 5000",
        "'a' + '[0]' * 5000",
        "'1' + '+1' * 50000",
        "'1' + '**1' * 5000",
        "'not ' * 20000 + 'a'",
        "'lambda:' * 5000 + '1'",
        "'1 if a else ' * 5000 + '1'",
        "'x = (' + '\"a\" ' * 20000 + ')'",
        "'if a:\\n pass\\n' + 'elif a:\\n pass\\n' * 5000",
        "''.join(' ' * n + 'if a:\\n' for n in range(1000)) + ' ' * 1000 + 'pass'",
        "'f\"{' + '(' * 5000 + '1' + ')' * 5000 + '}\"'",
        "'f\"{' * 3000 + '1' + '}\"' * 3000",
        "'match a:\\n case ' + '{1:' * 20 + 'b' + '}' * 20 + ': pass'",
        "'match a:\\n case ' + '(' * 60 + 'b' + ')' * 60 + ': pass'",
        "('x = a' + '.b()' * 240 + chr(10)) * 900",
        "'a = 1\\n' * 1000000",
        "'a' * 2000000",
        "'x = \\0'",
        "'x = \\ud800'",
        "'x = '",
        "'def f(:'",
    ],
)
def test_it_is_refused(expression: str) -> None:
    assert outcome(expression).startswith("refused line ")


@pytest.mark.parametrize(
    "expression",
    [
        "'X = ' + '[' * 100 + ']' * 100",
        "'X = ' + '+'.join(['[\"a\"]'] * 200)",
        "'X = []\\n' + 'X = X + [\"a\"]\\n' * 400",
        "'X = []\\n' + 'X.append(\"a\")\\n' * 5000",
        "'X = [\"a\"]\\n' + 'X = X + X\\n' * 100",
        "'X = \"a\"\\n' + 'X = X + X\\n' * 100",
        "'X = \"a\" * 10 ** 9'",
        "'X = [1] * 10 ** 9'",
        "'X = \"%1000000000d\" % 1'",
        "'X = \"{:1000000000}\".format(1)'",
        "'X = f\"{1:1000000000}\"'",
        "'X = 9 ** 9 ** 9'",
        "'X = 9' + '9' * 5000",
        "'X = [a for a in X]'",
        "'X = Y\\nY = X\\n'",
        "'def f(): return f()\\nX = f()'",
        "'class A(A): pass\\nX = A().x'",
        "'class A(B): pass\\nclass B(A): pass\\nX = A().x'",
        "'X = [' + ', '.join('\"http://h%d.example\"' % n for n in range(10000)) + ']'",
        "'X = [h.strip() for h in [' + ', '.join('\"http://h%d.example\"' % n for n in range(10000)) + '] if h]'",
        "'X = [a + b + c for a in Y for b in Y for c in Y]\\nY = list(\"abcdefghijklmnopqrstuvwxyz\" * 10)\\n' * 2",
        "''.join('if C%d:\\n    X = [%d]\\n' % (n, n) for n in range(200))",
        "'X = [' + ', '.join('1 if C%d else 2' % n for n in range(200)) + ']'",
        "''.join('if C%d:\\n    X += [%d]\\n' % (n, n) for n in range(100))",
        "''.join('A%d = A%d + A%d\\n' % (n, n - 1, n - 1) for n in range(1, 200)) + 'X = A199'",
        "'A0 = [\"a\"]\\n' + ''.join('A%d = A%d\\n' % (n, n - 1) for n in range(1, 1000)) + 'X = A999'",
        "'from fastapi.middleware.cors import CORSMiddleware as C0\\n' + "
        "''.join('C%d = C%d\\n' % (n, n - 1) for n in range(1, 500)) + 'a.add_middleware(C499)'",
        "'X = ' + 'a.b(' * 90 + ')' * 90",
        "'app.add_middleware(CORSMiddleware, allow_origins=[\"*\"])\\n' * 2000",
        "'from fastapi.middleware.cors import CORSMiddleware\\n' + "
        "'app.add_middleware(CORSMiddleware, allow_origins=[\"*\"])\\n' * 500",
        "'\\x0c\\n' * 5000 + 'X = 1'",
        "'x = 1\\r' * 1000",
        "''",
    ],
)
def test_it_is_read(expression: str) -> None:
    assert outcome(expression) == "read"


@pytest.mark.parametrize("digits", [25, 4000, 4301, 100_000])
@pytest.mark.parametrize(
    ("imports", "called"),
    [
        ("from starlette.middleware.cors import CORSMiddleware", "app.add_middleware(CORSMiddleware, {})"),
        ("from litestar.config.cors import CORSConfig", "CORSConfig({})"),
    ],
)
def test_a_number_of_any_length_is_one(imports: str, called: str, digits: int) -> None:
    options = f'allow_origins=["https://app.example.com"], allow_methods=["GET"], max_age="{"9" * digits}"'
    program = f"{imports}\n{called.format(options)}\n"
    report = engine.run([], Config(), stdin=StandardInput("app/main.py", program.encode()))
    assert not report.crashes, report.crashes[0].details
    assert len(report.policies) == 1
