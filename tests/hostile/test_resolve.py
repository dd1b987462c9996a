"""Programs made to break the resolver: each question is answered soon, in little memory, without an exception.

Each case runs in a process of its own, since what is tested for includes running out of memory.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SECONDS = 8.0
"""For the questions of one case, on a slow and busy machine; they take about two seconds at most on an idle one."""
MEGABYTES = 300
"""That the process may take with the parser and its trees."""

SCRIPT = """
import json, pathlib, re, resource, sys, time
from corslint.collect import Listed, Project
from corslint.resolve.python import resolver_of
from corslint.source import Source
files = json.load(sys.stdin)
project = Project(tuple(Listed(path, path) for path in files))
for path, text in files.items():
    project.keep(path, text)
source = project.source("m.py")
resolver = resolver_of(project, source)
started = time.process_time()  # a busy machine is no slower in this
answers = {name: type(resolver.value_of_name(name)).__name__ for name in "XYZ"}
seconds = time.process_time() - started
# What Linux reports as `ru_maxrss` begins with that of the process that started this one.
status = pathlib.Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
kilobytes = int(peak[1]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([answers, seconds, kilobytes // 1024]))
"""


def answers(files: dict[str, str], seconds: float = SECONDS) -> dict[str, str]:
    """The kinds of values that X, Y and Z of `m.py` are; fails where that takes too much."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=json.dumps(files), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found, took, memory = json.loads(done.stdout)
    assert took < seconds
    assert memory < MEGABYTES
    assert isinstance(found, dict)
    return found


def chain(count: int, statement: str, last: str) -> dict[str, str]:
    """Modules `s0.py` to `s{count}.py`, each of which imports from the next; `{}` is the number of the next."""
    files = {f"s{number}.py": statement.replace("{}", str(number + 1)) + "\n" for number in range(count)}
    return {**files, f"s{count}.py": last}


MODULES = {
    "two modules in a circle": {"m.py": "from a import X\nX = X\n", "a.py": "from m import X\n"},
    "twenty modules in a circle": {
        **{f"c{n}.py": f"from c{(n + 1) % 20} import X, Y{n}\nY{(n + 7) % 20} = X + Y{n}\n" for n in range(20)},
        "m.py": "from c0 import X\n",
    },
    "star imports in circles": {
        **{f"c{n}.py": f"from c{(n + 1) % 20} import *\nfrom c{(n + 3) % 20} import *\nY{n} = X\n" for n in range(20)},
        "m.py": "from c0 import *\nX = X + Y3\n",
    },
    "a module that is no Python": {"m.py": "from bad import X\n", "bad.py": "def f(:\n"},
    "modules that are missing": {"m.py": "from nowhere.at.all import Y\nimport gone\nX = [Y, gone.z.y()]\n"},
    "star imports that double": {
        **{f"s{n}.py": f"from s{n + 1} import *\nfrom t{n + 1} import *\n" for n in range(30)},
        **{f"t{n}.py": f"from s{n + 1} import *\nfrom t{n + 1} import *\n" for n in range(30)},
        "s30.py": "Y = ['a']\n", "t30.py": "Z = 1\n", "m.py": "from s0 import *\nX = Y\n",
    },
    "imports that double": {
        **{f"{k}{n}.py": f"from s{n + 1} import X as A\nfrom t{n + 1} import X as B\nX = A + B\n"
           for n in range(30) for k in "st"},
        "s30.py": "X = ['a']\n", "t30.py": "X = ['b']\n", "m.py": "from s0 import X\n",
    },
    "classes that descend from each other": {
        "m.py": "from a import A\nclass B(A):\n    x = 1\nX = B().y\n",
        "a.py": "from m import B\nclass A(B):\n    y = B.y\n",
    },
    "200 imports in a row": {**chain(200, "from s{} import X", "X = ['a']\n"), "m.py": "from s0 import X\n"},
}  # fmt: skip
PROGRAMS = {
    "functions that call each other": "def f(n): return g(n)\ndef g(n): return f(n)\nX = f(1)\n",
    "a function that calls itself": "def f(n): return f(n + 1)\nX = f(1)\n",
    "a function that calls itself twice": "def f(n): return f(n + 1) + f(n + 2)\nX = f(1)\n",
    "a function that calls itself three times": (
        "def f(n):\n    if n > 100000: return []\n    return f(n + 1) + f(n + 2) + f(n + 3)\nX = f(1)\n"
    ),
    "Fibonacci": "def f(n):\n    if n < 2: return [n]\n    return f(n - 1) + f(n - 2)\nX = f(30)\n",
    "a call on each of two branches": (
        "import os\ndef f(n):\n    if os.getenv('A' + str(n)): return f(n + 1)\n    return f(n + 2)\nX = f(1)\n"
    ),
    "functions that double": (
        "\n".join(f"def f{n}(x): return f{n + 1}(x) + f{n + 1}(x)" for n in range(40))
        + "\ndef f40(x): return [x]\nX = f0('a')\n"
    ),
    "lambdas that double": (
        "f0 = lambda x: [x]\n" + "".join(f"f{n + 1} = lambda x: f{n}(x) + f{n}(x)\n" for n in range(40)) + "X = f40('a')\n"  # noqa: E501
    ),
    "a lambda given to itself": "w = lambda x: x(x)\nX = w(w)\n",
    "arguments that double": "def f(*a, **k): return f(*a, *a, **k)\nX = f(1, 2)\n",
    "loops in loops": "X = []\nfor a in range(400):\n  for b in range(400):\n    for c in range(400):\n      X.append('a')\n",  # noqa: E501
    "loops in loops of a function": (
        "def f():\n  out = []\n  for a in range(150):\n    for b in range(150):\n      for c in range(150):\n"
        "        if a == b == c == 149: return out\n        out.append('a')\nX = f()\n"
    ),
    "a loop that conditions may leave": (
        "import os\ndef f():\n  for a in range(100):\n    if os.getenv('A%d' % a): continue\n"
        "    if os.getenv('B%d' % a): break\n    if os.getenv('C%d' % a): return [a]\nX = f()\n"
    ),
    "an attribute of an attribute, 240 deep": "class C: pass\nc = C()\nc.x = c\nX = c" + ".x" * 240 + "\n",
    "a property of a property, 240 deep": (
        "class C:\n    @property\n    def x(self): return self\nX = C()" + ".x" * 240 + "\n"
    ),
    "a class in a class, 60 deep": (
        "".join(" " * n + f"class C{n}:\n" for n in range(60)) + " " * 60 + "x = 1\n"
        "X = " + ".".join(f"C{n}" for n in range(60)) + ".x\n"
    ),
    "a class that descends from itself": "class A(A):\n    @property\n    def x(self): return self.x\nX = A().x\n",
    "properties that give themselves": (
        "class A:\n    @property\n    def x(self): return self\n    @property\n    def y(self): return self.y + self.y\n"  # noqa: E501
        "X = A().x\nY = A().y\nZ = A().x.y\n"
    ),
    "properties that double": (
        "class A:\n" + "".join(f"    @property\n    def p{n}(self): return self.p{n + 1} * 1 + self.p{n + 1}\n" for n in range(40))  # noqa: E501
        + "    p40 = ['a']\nX = A().p0\n"
    ),
    "constructors that double": (
        "class A0:\n    def __init__(self, x):\n        self.x = [x]\n"
        + "".join(
            f"class A{n + 1}(A{n}):\n    def __init__(self, x):\n        super().__init__(x)\n        self.x = self.x + self.x\n"  # noqa: E501
            for n in range(80)
        )
        + "X = A80('a').x\n"
    ),
    "diamonds": (
        "class A0:\n    x = 1\n"
        + "".join(f"class L{n}(A{n}): pass\nclass R{n}(A{n}): pass\nclass A{n + 1}(L{n}, R{n}): pass\n" for n in range(25))  # noqa: E501
        + "X = A25().y\n"
    ),
    "attributes that double": (
        "class S: pass\ns = S()\ns.a0 = ['a']\n" + "".join(f"s.a{n} = s.a{n - 1} + s.a{n - 1}\n" for n in range(1, 60)) + "X = s.a59\n"  # noqa: E501
    ),
    "an attribute that is set a thousand times": (
        "class S:\n    @property\n    def all(self): return self.a + self.a\ns = S()\ns.a = []\n"
        + "s.a = s.a + ['x']\n" * 1000 + "X = s.all\n"
    ),
    "an instance that holds itself": "class S: pass\ns = S()\ns.s = s\ns.t = s.s.s.s\nX = s" + ".s" * 100 + ".t\n",
    "validators that call validators": (
        "from pydantic import field_validator\nfrom pydantic_settings import BaseSettings\n"
        "class S(BaseSettings):\n    x: list[str] = ['a']\n"
        + "".join(
            f"    @field_validator('x')\n    @classmethod\n    def v{n}(cls, v): return cls.v{(n + 1) % 60}(v) + v\n"
            for n in range(60)
        )
        + "X = S().x\n"
    ),
    "a model that holds itself": (
        "from pydantic import BaseModel, Field\nclass N(BaseModel):\n    n: 'N' = Field(default_factory=lambda: N())\n"
        "X = N()" + ".n" * 100 + ".x\n"
    ),
    "sixty matches": (
        "import os\nv = os.getenv('A')\nX = []\n"
        + "".join(
            f"match v:\n    case 'a{n}' if X or v:\n        X.append('{n}')\n    case other if other:\n        X.append(other)\n"  # noqa: E501
            for n in range(60)
        )
    ),
    "an enumeration of 3,000 members": (
        "import enum\nclass E(enum.Enum):\n" + "".join(f"    A{n} = {n}\n" for n in range(3000))
        + "X = [e.value for e in E]\nY = [E['A%d' % n].value for n in range(300)]\n"
    ),
    "a long product": "X = [a + b for a in range(3000) for b in range(3000)]\n",
    "lists of long lists": "X = [list(range(20000)) for _ in range(2000)]\nY = list(zip(range(20000), range(20000)))\n",
    "long ranges": "X = list(range(10 ** 12))\nY = max(range(2000000))\nZ = dict.fromkeys(range(20000))\n",
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_followed_in_bounded_time(name: str) -> None:
    assert answers(MODULES[name])["X"] in ("Known", "Unknown")


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_followed_in_bounded_time(name: str) -> None:
    assert answers({"m.py": PROGRAMS[name]})["X"] in ("Known", "OneOf", "Unknown")


def test_200_star_imports_in_a_row_are_followed() -> None:
    assert answers({**chain(200, "from s{} import *", "X = ['a']\n"), "m.py": "from s0 import *\n"})["X"] == "Known"


def test_a_list_of_10_000_elements_is_followed() -> None:
    hosts = ", ".join(f"'http://h{number}.example'" for number in range(10_000))
    files = {"m.py": "from a import L\nX = [x.strip() for x in L if x]\nY = sorted(L)\n", "a.py": f"L = [{hosts}]\n"}
    assert answers(files, seconds=20) == {"X": "Known", "Y": "Known", "Z": "NoneType"}


def test_a_module_of_10_000_lines_is_followed_as_far_as_time_allows() -> None:
    # Most of the time goes to the parser.
    lines = "X = ['a']\n" + "X = X + ['b']\n" * 10_000 + "Y = 'after'\n"
    found = answers({"m.py": "from a import X, Y\n", "a.py": lines}, seconds=30)
    assert found == {"X": "Unknown", "Y": "Known", "Z": "NoneType"}
