"""What expressions evaluate to, case by case; `test_resolve_property.py` holds the rest against Python."""

from __future__ import annotations

import libcst
import pytest
from resolving import shown

from corslint.collect import Project
from corslint.resolve.python import Resolver, resolver_of
from corslint.source import Source
from corslint.values import Compiled, Items, Known, Unknown, places


def resolver_for(text: str) -> Resolver:
    return resolver_of(Project(), Source("app.py", text))


def final(text: str, name: str = "X") -> object:
    return shown(resolver_for(text).value_of_name(name))


def first_argument(text: str) -> object:
    """The first argument of the first call of `use`."""
    resolver = resolver_for(text)
    call = next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")
    return shown(resolver.value(call.args[0].value))


SELF = "? `x` is not the same for every `S`"
URLS: object = ([], "~X")

SETTINGS = "from pydantic import *\nfrom pydantic_settings import BaseSettings\nclass S(BaseSettings):\n"
RECORD = "from dataclasses import dataclass\n@dataclass\nclass S:\n    x: int = 1\n"
IMPORT_OS = "import os\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a'", "a"),
        ("r'\\.'", "\\."),
        ("'a' 'b' \"c\"", "abc"),
        ("f'http://{'h'}:{80}'", "http://h:80"),
        ("f'{{}}\\n'", "{}\n"),
        ("b'a'", b"a"),
        ("-1", -1),
        ("0x10", 16),
        ("1.5", 1.5),
        ("None", None),
        ("not []", True),
        ("['a', *('b', 'c'), *{'d'}]", ["a", "b", "c", "d"]),
        ("('a',)", ("a",)),
        ("('a')", "a"),
        ("{'a', 'b', 'a'}", ["a", "b"]),
        ("{'a': 1, **{'b': 2}, 'a': 3}", {"a": 3, "b": 2}),
        ("{'a': 1} | {'b': 2}", {"a": 1, "b": 2}),
        ("dict(a=1, **{'b': 2})", {"a": 1, "b": 2}),
        ("['a'] + ['b'] * 2", ["a", "b", "b"]),
        ("'a, b,'.split(',')", ["a", " b", ""]),
        ("''.split(',')", [""]),
        ("[o.strip().rstrip('/') for o in 'a/, b,'.split(',') if o.strip()]", ["a", "b"]),
        (
            "[f'{s}://{h}' for s in ('http', 'https') for h in ('a', 'b') if s != h]",
            ["http://a", "http://b", "https://a", "https://b"],
        ),
        ("{k: v for k, v in {'a': 1}.items()}", {"a": 1}),
        ("','.join(['a', 'b'])", "a,b"),
        ("'%s:%d' % ('a', 1)", "a:1"),
        ("'{}/{x}'.format('a', x='b')", "a/b"),
        ("list('ab')", ["a", "b"]),
        ("tuple(sorted({'b', 'a'}))", ("a", "b")),
        ("['a', 'b', 'c'][1:]", ["b", "c"]),
        ("{'a': ['b']}['a'][0]", "b"),
        ("{'a': 1}.get('b', 2)", 2),
        ("1 < 2 < 3", True),
        ("'a' in ['a'] and 'b'", "b"),
        ("[] or ['*']", ["*"]),
        ("'x' if 'a' == 'a' else 'y'", "x"),
        ("str(1) + 'a'", "1a"),
        ("int('5')", 5),
        ("len(['a'])", 1),
        ("bool('false')", True),
        ("json.loads('[\"a\"]')", ["a"]),
        ("ast.literal_eval('[1]')", [1]),
        ("ast.literal_eval(')')", "? `literal_eval()` fails: unmatched ')' (<unknown>, line 1)"),
        ("(lambda: 1)", "? `lambda` is a function"),
        ("['a', load()]", ["a", "? `load()` is called at run time"]),
        ("load()['a']", "? `load()` is called at run time"),
        ("[o for o in load()]", "? `load()` is called at run time"),
        ("missing", "? `missing` is not set in this file"),
        ("'a' + 1", '? `+` fails: can only concatenate str (not "int") to str'),
    ],
)
def test_expressions(expression: str, expected: object) -> None:
    assert final(f"import ast, json\nX = {expression}\n") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("os.getenv('V', 'a')", ("a", "~V")),
        ("os.getenv(key='V', default='a')", ("a", "~V")),
        ("os.environ.get('V', 'a')", ("a", "~V")),
        ("os.getenv('V')", (None, "~V")),
        ("os.environ['V']", "? the environment variable V decides it"),
        ("os.getenv('V', 'a,b').split(',')", (["a", "b"], "~V")),
        ("os.getenv('V', '').split(',')", ([""], "~V")),
        ("[o.strip() for o in os.getenv('V', 'a , b').split(',')]", (["a", "b"], "~V")),
        ("os.getenv('V').split(',')", "? the environment variable V decides it; `.split()` fails without it"),
        ("['a', os.getenv('V', 'b'), os.environ['W']]", ["a", ("b", "~V"), "? the environment variable W decides it"]),
        ("os.getenv('V') or ['*']", (["*"], "~V")),
        ("os.getenv('V').split(',') if os.getenv('V') else ['*']", (["*"], "~V")),
        (
            "os.environ['V'].split(',') if 'V' in os.environ else ['*']",
            (["*"], "~V"),
        ),
        ("os.getenv('V', 'a') + ':' + os.getenv('W', 'b')", ("a:b", "~V")),
        ("f\"http://{os.getenv('V', 'a')}\"", ("http://a", "~V")),
        ("os.getenv('V', 'false').lower() == 'true'", (False, "~V")),
        (
            "['*'] if os.getenv('DEBUG', 'false').lower() == 'true' else ['a']",
            {"DEBUG is false": ["a"], "DEBUG is true": ["*"]},
        ),
        ("['*'] if os.getenv('ENV') == 'dev' else ['a']", {'ENV is "dev"': ["*"], 'ENV is not "dev"': ["a"]}),
        ("['*'] if os.getenv('OPEN', False) else ['a']", {"OPEN is unset": ["a"], "OPEN is set": ["*"]}),
        ("['*'] if os.getenv('OPEN', True) else ['a']", {"OPEN is not empty": ["*"], "OPEN is empty": ["a"]}),
        ("['*'] if not os.getenv('PROD') else ['a']", {"PROD is unset": ["*"], "PROD is set": ["a"]}),
        ("os.getenv(name)", "? `name` is not set in this file"),
        ("os.getenv('V', load())", "? `load()` is called at run time"),
    ],
)
def test_environment_variables(expression: str, expected: object) -> None:
    assert final(f"{IMPORT_OS}X = {expression}\n") == expected


@pytest.mark.parametrize(
    "line", ["from os import getenv", "from os import environ", "import os as o", "from os import *"]
)
def test_environment_variables_by_other_names(line: str) -> None:
    call = {"from os import environ": "environ.get", "import os as o": "o.getenv"}.get(line, "getenv")
    assert final(f"{line}\nX = {call}('V', 'a')\n") == ("a", "~V")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("X = ['a']\nX = ['b']\n", ["b"]),
        (
            "X = ['a']\nX += ('b',)\nX.append('c')\nX.extend(['d'])\nX.insert(0, 'e')\nX.remove('a')\n",
            ["e", "b", "c", "d"],
        ),
        ("X = {'a': 1}\nX['b'] = 2\nX.update({'c': 3})\nX.setdefault('a', 4)\n", {"a": 1, "b": 2, "c": 3}),
        ("A = 'a'\nB = [A]\nX = B + [A + 'b']\n", ["a", "ab"]),
        ("X: list[str] = ['a']\n", ["a"]),
        ("X: list[str]\n", "not set"),
        ("Y, X = 'a', ['b']\n", ["b"]),
        ("Y = X = ['a']\n", ["a"]),
        ("X = []\nfor o in ('a ', 'b'):\n    X.append(o.strip())\n", ["a", "b"]),
        (
            "X = []\nfor o in load():\n    X.append(o)\n",
            "? `load()` is called at run time",
        ),
        ("X = []\nwhile True:\n    X.append('a')\n", "? `X` changes in a loop"),
        ("if D:\n    X = 1\nelse:\n    X = 2\n", {"D is true": 1, "D is false": 2}),
        ("X = ['a']\nif D:\n    X.append('b')\n", {"D is true": ["a", "b"], "D is false": ["a"]}),
        ("X = 1\nif D:\n    Y = 2\n", 1),
        ("if D:\n    X = 1\nif not D:\n    X = 2\n", {"D is true": 1, "D is false": 2}),
        ("if D:\n    X = 1\nelse:\n    X = 2\nif D:\n    X += 10\n", {"D is true": 11, "D is false": 2}),
        (
            "if E == 'p':\n    X = 1\nelif E == 's':\n    X = 2\nelse:\n    X = 3\n",
            {'E is "p"': 1, 'E is "s"': 2, 'E is not "p" and E is not "s"': 3},
        ),
        (
            "if E in ('p', 's'):\n    X = 1\nelse:\n    X = 2\n",
            {'E is "p"': 1, 'E is "s"': 1, 'E is not "p" and E is not "s"': 2},
        ),
        ("if True:\n    X = 1\nelse:\n    X = 2\n", 1),
        ("A = 'a'\nX = [A]\nY = [A]\nY.append('b')\n", ["a"]),
        ("import re\nX = 1 if re.match('^https?://', 'HTTP://a', re.I) else 2\n", 1),
        ("import re\nX = 1 if re.search('b$', 'abc') else 2\n", 2),
        (
            "import re\nX = 1 if re.match('(', 'abc') else 2\n",
            {"`re.match('(', 'abc')` is true": 1, "`re.match('(', 'abc')` is false": 2},
        ),
        ("DEBUG = False\nX = 1 if DEBUG else 2\n", 2),
        (
            "try:\n    X = load()\nexcept Exception:\n    X = 1\n",
            {"`X = load()` succeeds": "? `load()` is called at run time", "`X = load()` fails": 1},
        ),
        ("try:\n    X = 1\nexcept Exception:\n    X = 2\n", 1),
        ("with a as b:\n    X = 1\n", 1),
        ("with a as X:\n    pass\n", "? `X` is set at run time"),
        ("match D:\n    case 1: X = 1\n    case _: X = 2\n", {"`D` matches": 1, "`D` does not match": 2}),
        ("from a.b import X\n", "? `X` is imported from `a.b`"),
        ("from .b import X\n", "? `X` is imported from `.b`"),
        ("from a import *\nY = X\n", "not set"),
        ("def X(): pass\n", "? `X` is a function"),
        ("X = 1\ndel X\n", "not set"),
        ("X = []\ndef f():\n    X.append('a')\n", "? `X` is changed in `f()`"),
        ("X = 1\ndef f():\n    global X\n    X = 2\n", "? `X` is changed in `f()`"),
        ("X = 1\ndef f():\n    X = 2\n", 1),
        ("Y = ['a']\nX = Y\nY.append('b')\n", "? `X` and `Y` are the same object, and it is changed as `Y`"),
        ("Y = ['a']\nX = {'k': Y}\nY.append('b')\n", "? `X` and `Y` are the same object, and it is changed as `Y`"),
        ("X = {'k': ['a']}\nX['k'].append('b')\n", "? an element of `X` is set"),
        ("X = {'k': {'l': 1}}\nX['k']['l'] = 2\n", "? an element of `X` is set"),
        ("X = {'k': a}\nX['k'].l = 2\n", "? an element of `X` is set"),
        ("X = {'k': 1}\nX['k'], Y = 2, 3\n", "? an element of `X` is set"),
        ("X = {'k': 1}\nX['k'] += 2\n", "? an element of `X` is set"),
        ("X = {'k': 1}\ndel X['k']\n", "? an element of `X` is set"),
        ("Y = 'later'\nX = Z\nZ = 1\n", "? `Z` is only set later"),
        ("X = Y\nY = X\n", "? `Y` is only set later"),
        ("if (n := 'a'):\n    X = n\n", "a"),
    ],
)
def test_names_of_a_module(body: str, expected: object) -> None:
    assert final(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = ['a']\nuse(x)\nx = ['b']\n", ["a"]),
        ("x = ['a']\ndef f():\n    use(x)\nx = ['b']\n", ["b"]),
        ("def f():\n    x = ['a']\n    use(x)\n", ["a"]),
        ("def f(x):\n    use(x)\n", "? `x` is a parameter of `f()`"),
        ("def f(x=['a']):\n    use(x)\n", ["a"]),
        ("def f(x):\n    x = ['a']\n    use(x)\n", ["a"]),
        ("x = 'a'\nclass C:\n    x = 'b'\n    use(x)\n", "b"),
        ("x = 'a'\nclass C:\n    x = 'b'\n    def f(self):\n        use(x)\n", "a"),
        ("def f():\n    x = 'a'\n    def g():\n        use(x)\n    x = 'b'\n", "b"),
        ("if D:\n    x = 1\nelse:\n    x = 2\nif D:\n    use(x)\n", 1),
        ("if D:\n    use('a' if D else 'b')\n", "a"),
        (
            "import os\nif os.getenv('V'):\n    use(os.getenv('V').split(','))\n",
            "? the environment variable V decides it",
        ),
        ("x = 'a'\nfor x in y:\n    use(x)\n", "? `x` is a loop variable"),
        ("use(x)\nx = 1\n", "? `x` is only set later"),
        ("if False:\n    use(1)\n", "? it is never reached"),
        ("from a import *\nuse(x)\n", "? `x` comes from a star import of `a`"),
    ],
)
def test_names_where_they_are_used(body: str, expected: object) -> None:
    assert first_argument(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("class S:\n    x = ['a']\n    y = x + ['b']\nuse(S.y)\n", ["a", "b"]),
        ("class S:\n    x: list[str] = ['a']\ns = S()\nuse(s.x)\n", ["a"]),
        ("class B:\n    x = 'b'\nclass S(B):\n    pass\nuse(S().x)\n", "b"),
        ("class S(Base):\n    pass\nuse(S().x)\n", "? `x` may come from `Base`, which is defined elsewhere"),
        (
            "class S:\n    x = 1\n    def __init__(self):\n        self.x = load()\nuse(S().x)\n",
            "? `load()` is called at run time",
        ),
        ("class S:\n    x = 1\ns = S()\ns.x = 2\nuse(s.x)\n", 2),
        ("class S:\n    x = []\ns = S()\ns.x.append(2)\nuse(s.x)\n", [2]),
        ("class S:\n    x = 1\ndef get():\n    return S()\nuse(get().x)\n", 1),
        ("class S:\n    x = 1\n    def f(self):\n        use(self.x)\n", 1),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    x: str = 'a'\nuse(S().x)\n",
            ("a", "~X"),
        ),
        (
            "from pydantic_settings import BaseSettings\n"
            "class S(BaseSettings):\n    x: str = 'a'\n    class Config:\n        env_prefix = 'app_'\nuse(S().x)\n",
            ("a", "~APP_X"),
        ),
        ("from config import settings\nuse(settings.x)\n", "? `settings.x` comes from `config`"),
        ("import a.config\nuse(a.config.x)\n", "? `a.config.x` comes from `a`"),
        ("from .config import get\nuse(get().x)\n", "? `get()` of `.config` is called at run time"),
        ("class S:\n    x = 1\n    def f(self):\n        use(self.x)\nclass T(S):\n    x = 2\n", SELF),
        (
            RECORD + "    def f(self):\n        use(self.x)\n",
            SELF,
        ),
        (RECORD + "use(S(x=2).x)\n", 2),
        (RECORD + "use(S().x)\n", 1),
        (
            RECORD + "use(S(2).x)\n",
            2,
        ),
        (
            "import pydantic as p\nclass S(p.BaseModel):\n    x: int = 1\n    def f(self):\n        use(self.x)",
            SELF,
        ),
        (
            "from enum import Enum\nclass S(Enum):\n    x = 'a'\nuse(S.x)\n",
            "? it is the member `x` of the enumeration `S`",
        ),
        ("from enum import Enum\nclass S(Enum):\n    x = 'a'\nuse(S.x.value)\n", "a"),
        ("from enum import Enum\nclass S(str, Enum):\n    x = 'a'\nuse(S.x)\n", "a"),
        (
            SETTINGS + "    x: list[AnyHttpUrl] = []\nuse(S().x)\n",
            URLS,
        ),
        (
            SETTINGS + "    x: str = ''\n    @field_validator('x')\n    def c(v): ...\nuse(S().x)\n",
            "? `c()` may change `x`",
        ),
        (SETTINGS + "    x: str = ''\n    @field_validator('y')\n    def c(v): ...\nuse(S().x)\n", ("", "~X")),
        ("x = ['a']\nclass S:\n    x = ['b']\n    y = [x for _ in x]\nuse(S.y)\n", [["a"]]),
        ("def f(s):\n    use(s.x)\n", "? `s` is a parameter of `f()`"),
        (
            "from a import get\ns = get()\nuse(s.x)\n",
            "? `get()` of `a` is called at run time",
        ),
        ("use(a().b)\n", "? `a()` is called at run time"),
    ],
)
def test_attributes(body: str, expected: object) -> None:
    assert first_argument(body) == expected


def test_patterns_are_compiled() -> None:
    text = "import re\nA = re.compile(r'a\\.b')\nB = re.compile('a', re.I)\nC = re.compile('a', re.X)\n"
    assert final(text, "A") == Compiled("a\\.b")
    assert final(text, "B") == Compiled("a", ignore_case=True)
    assert final(text, "C") == "? a pattern with such flags is not followed"


def test_elements_keep_their_places() -> None:
    resolver = resolver_for("ONE = 'http://one'\nX = ['http://two', ONE] + 'http://three, http://four'.split(',')\n")
    value = resolver.value_of_name("X")
    assert isinstance(value, Known)
    assert isinstance(value.value, Items)
    spans = [item.span for item in value.value.items]
    assert [span.text for span in spans if span] == ["'http://two'", "'http://one'", "http://three", " http://four"]


def test_a_stripped_piece_keeps_its_place() -> None:
    resolver = resolver_for("X = [o.strip() for o in 'a, b'.split(',')]\n")
    value = resolver.value_of_name("X")
    assert isinstance(value, Known)
    assert isinstance(value.value, Items)
    assert [item.span and (item.span.column, item.span.text) for item in value.value.items] == [(26, "a"), (29, "b")]


def test_the_trail_tells_the_way_to_the_value() -> None:
    resolver = resolver_for(f"{IMPORT_OS}DEFAULT = 'a'\nX = os.getenv('V', DEFAULT).split(',')\nuse(X)\n")
    call = next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")
    trail = [(place.span.line, place.text) for place in places(resolver.value(call.args[0].value))]
    assert trail == [(3, "`X` is set here"), (3, "default of V"), (2, "`DEFAULT` is set here")]


def test_an_unknown_value_tells_where_it_is_decided() -> None:
    value = resolver_for("A = load()\nX = [A]\n").value_of_name("X")
    assert isinstance(value, Known)
    assert isinstance(value.value, Items)
    (item,) = value.value.items
    assert isinstance(item, Unknown)
    assert item.span is not None
    assert (item.span.line, item.span.text) == (1, "load()")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("from a.b import C\nuse(C)", "a.b.C"),
        ("from a.b import C as D\nuse(D)", "a.b.C"),
        ("import a.b\nuse(a.b.C)", "a.b.C"),
        ("import a.b as e\nuse(e.C)", "a.b.C"),
        ("import a.b as e\nF = e.C\nuse(F)", "a.b.C"),
        ("from a import b\ndef f():\n    use(b.C)", "a.b.C"),
        ("def f():\n    from a.b import C\n    use(C)", "a.b.C"),
        ("def f():\n    from a.b import C\nuse(C)", None),
        ("from .a import C\nuse(C)", ".a.C"),
        ("from . import C\nuse(C)", ".C"),
        ("from a import *\nuse(C)", "a.C"),
        ("use(list)", "builtins.list"),
        ("list = 1\nuse(list)", None),
        ("from a import C\nC = load()\nuse(C)", None),
        ("from a import C\nuse(C)\nfrom b import C", "a.C"),
        ("try:\n    from a import C\nexcept ImportError:\n    from b import C\nuse(C)", "a.C"),
        ("try:\n    from a import C\nexcept ImportError:\n    def C(): pass\nuse(C)", "a.C"),
        ("from a import C, D\nE = C if x else D\nuse(E)", "a.C"),
        ("class C: pass\nuse(C)", None),
        ("def f(C):\n    use(C)", None),
        ("from a import C\nclass D:\n    C = 1\n    def f(self):\n        use(C)", "a.C"),
        ("C = D\nD = C\nuse(C)", None),
    ],
)
def test_qualified_names(body: str, expected: str | None) -> None:
    resolver = resolver_for(body + "\n")
    call = next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")
    assert resolver.qualified(call.args[0].value) == expected


def test_calls_and_mentions_by_qualified_name() -> None:
    resolver = resolver_for(
        "from a import cors, other\nimport a as b\ncors(1)\nb.cors(2)\nother(3)\nlate = cors\nlate(4)\n"
        "@cors\ndef f(): pass\n"
    )
    assert [resolver.module.text(call) for call in resolver.calls("a.cors")] == ["cors(1)", "b.cors(2)", "late(4)"]
    assert [resolver.module.span(node).line for node in resolver.mentions("a.cors")] == [3, 4, 6, 7, 8]


def call_of(text: str) -> tuple[Resolver, libcst.Call]:
    resolver = resolver_for(text)
    return resolver, next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")


def test_arguments_by_position_keyword_and_mapping() -> None:
    resolver, call = call_of("kw = {'c': 3}\nkw['d'] = 4\nuse(1, b=2, **kw)\n")
    expected = {"a": (0, 1, "1"), "b": (1, 2, "b=2"), "c": (2, 3, "**kw"), "d": (3, 4, "**kw")}
    for name, (position, value, place) in expected.items():
        argument = resolver.argument(call, position, name)
        assert argument is not None
        assert (shown(argument.value), argument.span.text) == (value, place)
    assert resolver.argument(call, 4, "e") is None
    assert list(resolver.keywords(call)) == ["b", "c", "d"]
    assert resolver.unfollowed(call) is None


def test_arguments_that_only_some_branches_pass() -> None:
    resolver, call = call_of("kw = {'a': 1}\nif D:\n    kw['b'] = 2\nelse:\n    kw['a'] = 3\nuse(**kw)\n")
    first, second = resolver.argument(call, None, "a"), resolver.argument(call, None, "b")
    assert first is not None
    assert shown(first.value) == {"D is true": 1, "D is false": 3}
    assert second is not None
    assert shown(second.value) == "? `kw` passes it only in some cases"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("use(*args)", "`*args` is not followed"),
        ("use(**load())", "`load()` is called at run time"),
        ("def f(**kw):\n    use(**kw)", "`kw` is a parameter of `f()`"),
        ("use(**{load(): 1})", "`**{load(): 1}` has keys that are not known"),
    ],
)
def test_what_a_call_may_pass_unseen(text: str, reason: str) -> None:
    resolver, call = call_of(text + "\n")
    unfollowed = resolver.unfollowed(call)
    assert unfollowed is not None
    assert unfollowed.reason == reason


@pytest.mark.parametrize(
    ("text", "conditions", "environment"),
    [
        ("use()", [], None),
        ("if DEBUG:\n    use()", ["DEBUG is true"], "development"),
        ("if not settings.DEBUG:\n    use()", ["settings.DEBUG is false"], "production"),
        ("if ENV == 'production':\n    use()", ['ENV is "production"'], "production"),
        ("if ENV == 'staging':\n    pass\nelse:\n    use()", ['ENV is not "staging"'], None),
        ("if A:\n    def f():\n        if B:\n            use()", ["A is true", "B is true"], None),
        ("DEBUG = True\nif DEBUG:\n    use()", [], None),
        ("if A or B:\n    use()", [], None),
    ],
)
def test_when_a_place_is_reached(text: str, conditions: list[str], environment: str | None) -> None:
    resolver, call = call_of(text + "\n")
    reached = resolver.reached(call)
    assert reached is not None
    assert [f"{c.subject} {c.state}" for c in reached.conditions] == conditions
    assert reached.environment == environment


def test_dead_code_is_not_reached() -> None:
    resolver, call = call_of("DEBUG = False\nif DEBUG:\n    use()\n")
    assert resolver.reached(call) is None


def test_a_resolver_is_made_once_for_a_file() -> None:
    project, source = Project(), Source("app.py", "X = 1\n")
    assert resolver_of(project, source) is resolver_of(project, source)
