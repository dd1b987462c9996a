"""Settings that other modules hold: imports, functions, classes, pydantic, and what the environment makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from resolving import first_use, used

from corslint.collect import Listed, Project, listing

Files = dict[str, str]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def used_on_disk(files: Files) -> object:
    """As `used`, in a project of real files, as deployments are looked for on the disk."""
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    project = Project(tuple(one for one in listing(["."]) if isinstance(one, Listed)))
    return first_use(project, next(path for path in files if path.endswith("main.py")))


def _cases(**cases: tuple[Files, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("files", "expected"), list(cases.values()), ids=list(cases))


IMPORTS = {"settings.py": "X = ['a']\n"}


@_cases(
    name=({"main.py": "from settings import X\nuse(X)\n", **IMPORTS}, ["a"]),
    alias=({"main.py": "from settings import X as Y\nuse(Y)\n", **IMPORTS}, ["a"]),
    module=({"main.py": "import settings\nuse(settings.X)\n", **IMPORTS}, ["a"]),
    module_alias=({"main.py": "import settings as s\nuse(s.X)\n", **IMPORTS}, ["a"]),
    star=({"main.py": "from settings import *\nuse(X)\n", **IMPORTS}, ["a"]),
    added_to=({"main.py": "from settings import X\nuse(X + ['b'])\n", **IMPORTS}, ["a", "b"]),
    re_exported=(
        {
            "main.py": "from app import X\nuse(X)\n",
            "app/__init__.py": "from .conf import X\n",
            "app/conf.py": "X = 'a'\n",
        },
        "a",
    ),
    # What the package binds wins over a module of that name.
    hidden_module=(
        {
            "main.py": "from app import settings\nuse(settings.X)\n",
            "app/__init__.py": "from .settings import settings\n",
            "app/settings.py": "class S:\n    X = 1\nsettings = S()\n",
        },
        1,
    ),
    namespace_package=({"main.py": "import app.conf\nuse(app.conf.X)\n", "app/conf.py": "X = 1\n"}, 1),
    # A module beside the file that happens to be called like the package is not the package.
    same_name=(
        {
            "app/core/main.py": "from app.core.base import X\nuse(X)\n",
            "app/core/app.py": "",
            "app/core/base.py": "X = 1\n",
        },
        1,
    ),
    first_that_imports=(
        {"main.py": "try:\n    from local import X\nexcept ImportError:\n    X = 2\nuse(X)\n", "local.py": "X = 1\n"},
        {"`from local import X` succeeds": 1, "`from local import X` fails": 2},
    ),
    conditional=(
        {"main.py": "from conf import X\nuse(X)\n", "conf.py": "import os\nX = 1 if os.getenv('A') else 2\n"},
        {"A is unset": 2, "A is set": 1},
    ),
    overridden=(
        {"main.py": "from conf import X\nuse(X)\n", "conf.py": "import os\nX = os.getenv('A', '*').split(',')\n"},
        (["*"], "~A"),
    ),
    changed_after=(
        {"main.py": "from conf import s\nuse(s.x)\n", "conf.py": "class S:\n    x = 1\ns = S()\ns.x = 2\n"},
        2,
    ),
    changed_before_it_is_another=(
        {"main.py": "from conf import s\nuse(s.x)\n", "conf.py": "class S:\n    x = 1\ns = S()\ns.x = 2\ns = S()\n"},
        "? `s` becomes another object after `s.x` is set",
    ),
    re_exported_library=(
        {"main.py": "from compat import getenv\nuse(getenv('A', 'b'))\n", "compat.py": "from os import getenv\n"},
        ("b", "~A"),
    ),
    imported_dynamically=(
        {"main.py": "import importlib\nuse(importlib.import_module('conf').X)\n", "conf.py": "X = 1\n"},
        1,
    ),
)
def test_imports(files: Files, expected: object) -> None:
    assert used(files, "main.py" if "main.py" in files else next(p for p in files if p.endswith("main.py"))) == expected


@_cases(
    library=({"main.py": "from httpx import X\nuse(X)\n"}, "? `X` is imported from `httpx`"),
    standard_library=(
        {"main.py": "from platform import X\nuse(X)\n", "lib/platform.py": "X = 1\n"},
        "? `X` is imported from `platform`",
    ),
    missing=({"main.py": "from conf import Y\nuse(Y)\n", "conf.py": "X = 1\n"}, "? `Y` is not set in conf.py"),
    unreadable=(
        {"main.py": "from conf import X\nuse(X)\n", "conf.py": "X = (\n"},
        "? conf.py cannot be read (line 1: '(' was never closed)",
    ),
    cycle=(
        {"main.py": "from a import X\nuse(X)\n", "a.py": "from b import X\n", "b.py": "from a import X\n"},
        "? `X` is defined in terms of itself",
    ),
    module=({"main.py": "import conf\nuse(conf)\n", "conf.py": ""}, "? `conf` is a module"),
    set_elsewhere=(
        {"main.py": "from conf import X\nuse(X)\n", "conf.py": "X = 1\ndef f(y):\n    global X\n    X = y\n"},
        "? `X` is changed in `f()`",
    ),
)
def test_imports_that_stay_unknown(files: Files, expected: object) -> None:
    assert used(files) == expected


def function(text: str, call: str) -> Files:
    return {"main.py": f"from conf import *\nuse({call})\n", "conf.py": f"import os, json\n{text}"}


@_cases(
    list_of_variable=(
        function(
            "def env_list(name, default=''):\n"
            "    return [o.strip() for o in os.getenv(name, default).split(',') if o.strip()]\n",
            "env_list('A', 'x, y')",
        ),
        (["x", "y"], "~A"),
    ),
    early_return=(
        function(
            "def env_list(name, default):\n    value = os.getenv(name)\n    if not value:\n        return default\n"
            "    return value.split(',')\n",
            "env_list('A', default=['*'])",
        ),
        (["*"], "~A"),
    ),
    branches=(
        function(
            "def f(x):\n    if x == 'a':\n        return 1\n    elif x == 'b':\n        return 2\n    return 3\n",
            "f('b')",
        ),
        2,
    ),
    nothing=(function("def f():\n    pass\n", "f()"), None),
    raises=(function("def f(x):\n    if not x:\n        raise ValueError\n    return x\n", "f('a')"), "a"),
    tries=(
        function(
            "def f(x):\n    try:\n        return json.loads(x)\n    except ValueError:\n        return x.split(',')\n",
            "[f('[\"a\"]'), f('a,b')]",
        ),
        [["a"], ["a", "b"]],
    ),
    loop=(
        function(
            "def f(x):\n    found = []\n    for o in x.split(','):\n"
            "        o = o.strip()\n        if not o:\n            continue\n"
            "        found.append(o)\n    return found\n",
            "f('a, b,,')",
        ),
        ["a", "b"],
    ),
    first_match=(
        function("def f(xs):\n    for x in xs:\n        if x != 'a':\n            return x\n", "f(['a', 'b'])"),
        "b",
    ),
    keywords=(function("def f(*a, b=1, **c):\n    return [a, b, c]\n", "f(1, 2, d=3)"), [(1, 2), 1, {"d": 3}]),
    closure=(function("def f(x):\n    def g():\n        return x + 1\n    return g()\n", "f(1)"), 2),
    given=(function("def f(g, x):\n    return g(x)\n", "f(lambda y: y + 'b', 'a')"), "ab"),
    mapped=(function("def f(x):\n    return x.strip()\n", "list(map(f, 'a ,b'.split(',')))"), ["a", "b"]),
    filtered=(function("", "list(filter(None, 'a,,b'.split(',')))"), ["a", "b"]),
    cached=(function("from functools import lru_cache\n@lru_cache\ndef f():\n    return 1\n", "f()"), 1),
    decorated=(function("@patch\ndef f():\n    return 1\n", "f()"), "? `f()` is decorated with `patch`"),
    generator=(function("def f():\n    yield 1\n", "f()"), "? `f()` is a generator"),
    asynchronous=(function("async def f():\n    return 1\n", "f()"), "? `f()` is asynchronous"),
    endless=(
        function("def f():\n    return f()\n", "f()"),
        "? `f()` calls functions that call functions, too deep to follow",
    ),
    by_call_site=(
        {"main.py": "from conf import app\n", "conf.py": "def setup(origins):\n    use(origins)\nsetup(['a'])\n"},
        ["a"],
    ),
)
def test_functions_of_the_project(files: Files, expected: object) -> None:
    assert used(files, "main.py" if "use(" in files["main.py"] else "conf.py") == expected


def settings(body: str, expression: str = "Settings().x", **more: str) -> Files:
    head = "from pydantic import *\nfrom pydantic_settings import *\nfrom typing import *\nfrom enum import Enum\n"
    return {
        "main.py": f"from conf import *\nuse({expression})\n",
        "conf.py": f"{head}class Settings(BaseSettings):\n{body}\n",
        **{name.replace("_dot_", "."): text for name, text in more.items()},
    }


SPLIT = (
    "    x: list[str] = []\n    csv: str = 'a, b'\n    @property\n    def split(self) -> list[str]:\n"
    "        return [o.strip() for o in self.csv.split(',')]\n"
)


@_cases(
    default=(settings("    x: list[str] = ['*']"), (["*"], "~X")),
    optional=(settings("    x: Optional[str] = None"), (None, "~X")),
    required=(settings("    x: str"), "? the environment variable X decides it"),
    prefix=(settings("    model_config = SettingsConfigDict(env_prefix='app_')\n    x: str = 'a'"), ("a", "~APP_X")),
    old_prefix=(settings("    x: str = 'a'\n    class Config:\n        env_prefix = 'app_'"), ("a", "~APP_X")),
    field=(settings("    x: list[str] = Field(default=['a'])"), (["a"], "~X")),
    factory=(settings("    x: list[str] = Field(default_factory=lambda: ['a'])"), (["a"], "~X")),
    factory_class=(settings("    x: list[str] = Field(default_factory=list)"), ([], "~X")),
    alias=(settings("    x: str = Field('a', validation_alias='ORIGINS')"), ("a", "~ORIGINS")),
    choices=(settings("    x: str = Field('a', validation_alias=AliasChoices('ONE', 'TWO'))"), ("a", "~ONE")),
    annotated=(settings("    x: Annotated[str, Field(validation_alias='ONE')] = 'a'"), ("a", "~ONE")),
    given=(settings("    x: str = 'a'", "Settings(x='b').x"), "b"),
    property=(settings(SPLIT, "Settings().split"), (["a", "b"], "~CSV")),
    computed=(
        settings(
            "    y: str = 'a'\n    @computed_field\n    @property\n    def x(self) -> str:\n        return self.y * 2"
        ),
        ("aa", "~Y"),
    ),
    method=(
        settings("    y: str = 'a'\n    def x(self, z):\n        return self.y + z", "Settings().x('b')"),
        ("ab", "~Y"),
    ),
    validator=(
        settings(
            "    x: list[str] | str = 'a,b'\n    @field_validator('x', mode='before')\n"
            "    @classmethod\n    def split(cls, v):\n"
            "        return v.split(',') if isinstance(v, str) else v"
        ),
        (["a", "b"], "~X"),
    ),
    other_validator=(
        settings(
            "    x: str = 'a'\n    y: str = ''\n    @field_validator('y')\n"
            "    def split(cls, v):\n        return load(v)"
        ),
        ("a", "~X"),
    ),
    before=(
        settings("    x: Annotated[list[str], BeforeValidator(lambda v: v.split(','))] = 'a,b'"),
        (["a", "b"], "~X"),
    ),
    # A URL object prints itself with a slash at its end: https://docs.pydantic.dev/latest/api/networks/.
    urls=(settings("    x: list[AnyHttpUrl] = ['http://a.example']"), (["http://a.example/"], "~X")),
    stripped=(
        settings("    x: list[AnyHttpUrl] = ['http://a.example']", "[str(u).rstrip('/') for u in Settings().x]"),
        (["http://a.example"], "~X"),
    ),
    inherited=(
        settings("    x: str = 'a'\nclass Production(Settings):\n    x: str = 'b'", "Production().x"),
        ("b", "~X"),
    ),
    nested=(
        settings("    y: int = 1\nclass Whole(BaseModel):\n    inner: Settings = Settings()", "Whole().inner.y"),
        (1, "~Y"),
    ),
    nested_whole=(
        settings(
            "    cors: 'Cors' = Field(default_factory=lambda: Cors())\nclass Cors(BaseModel):\n    x: str = 'a'",
            "Settings().cors.x",
        ),
        ("a", "~CORS"),
    ),
    nested_variable=(
        settings(
            "    model_config = SettingsConfigDict(env_prefix='app_', env_nested_delimiter='__')\n"
            "    cors: 'Cors' = Field(default_factory=lambda: Cors())\n"
            "class Cors(BaseModel):\n    x: list[str] = ['*']",
            "Settings().cors.x",
        ),
        (["*"], "~APP_CORS__X"),
    ),
    getter=(
        {
            **settings("    x: str = 'a'", "get().x"),
            "main.py": "from deps import get\nuse(get().x)\n",
            "deps.py": (
                "from functools import lru_cache\nfrom conf import Settings\n@lru_cache()\n"
                "def get():\n    return Settings()\n"
            ),
        },
        ("a", "~X"),
    ),
    by_annotation=(
        {
            "main.py": "from conf import Settings\ndef f(s: Settings):\n    use(s.x)\n",
            "conf.py": settings("    x: str = 'a'")["conf.py"],
        },
        ("a", "~X"),
    ),
    chosen_class=(
        {
            "main.py": "from conf import CONFIGS\nimport os\nuse(CONFIGS[os.getenv('MODE', 'dev')].x)\n",
            "conf.py": "class Dev:\n    x = '*'\nclass Prod(Dev):\n    x = 'a'\nCONFIGS = {'dev': Dev, 'prod': Prod}\n",
        },
        {'MODE is "prod"': "a", 'MODE is not "prod"': "*"},
    ),
    dump=(settings("    x: str = 'a'", "Settings().model_dump()['x']"), ("a", "~X")),
    enum=(
        settings(
            "    x: str = 'a'\nclass Mode(str, Enum):\n    DEV = 'dev'\n    PROD = 'prod'", "Mode('prod') == Mode.PROD"
        ),
        True,
    ),
)
def test_settings_classes(files: Files, expected: object) -> None:
    assert used(files) == expected


@_cases(
    json=(
        settings("    x: list[str] = ['*']", **{".env": 'X=["https://a.example"]\n'}),
        {'the deployment is not ".env"': (["*"], "~X"), 'the deployment is ".env"': ["https://a.example"]},
    ),
    no_json=(
        settings("    x: list[str] = ['*']", **{".env": "X=a,b\n"}),
        {
            'the deployment is not ".env"': (["*"], "~X"),
            'the deployment is ".env"': "? `x` takes JSON, and 'a,b' is none: the program does not start",
        },
    ),
    union=(
        settings("    x: list[str] | str = ['*']", **{".env": "X=a,b\n"}),
        {'the deployment is not ".env"': (["*"], "~X"), 'the deployment is ".env"': "a,b"},
    ),
    boolean=(
        settings("    x: bool = True", **{".env": "X=off\n"}),
        {'the deployment is not ".env"': (True, "~X"), 'the deployment is ".env"': False},
    ),
    # A variable that is passed on from where this runs says no more than the default does.
    passed_on=(settings("    x: str = 'a'", **{".env": "X=${OUTSIDE}\n"}), ("a", "~X")),
    several=(
        settings("    x: str = 'a'", **{".env": "X=b\n", ".env.production": "X=c\n"}),
        {
            'the deployment is not ".env" and the deployment is not ".env.production"': ("a", "~X"),
            'the deployment is ".env"': "b",
            'the deployment is ".env.production"': "c",
        },
    ),
    plain=(
        {"main.py": "import os\nuse(os.getenv('X', '*').split(','))\n", ".env": "X=a,b\n"},
        {'the deployment is not ".env"': (["*"], "~X"), 'the deployment is ".env"': ["a", "b"]},
    ),
    tested=(
        {"main.py": "import os\nuse(1 if os.getenv('X') == 'a' else 2)\n", ".env": "X=a\n"},
        {
            'the deployment is not ".env" and X is "a"': 1,
            'the deployment is not ".env" and X is not "a"': 2,
            'the deployment is ".env"': 1,
        },
    ),
)
def test_deployments(there: Path, files: Files, expected: object) -> None:
    assert used_on_disk(files) == expected


def test_tests_beside_the_sources(there: Path) -> None:
    files = {"tests/main.py": "from app.conf import X\nuse(X)\n", "src/app/conf.py": "X = 1\n"}
    assert used_on_disk(files) == 1


@_cases(
    fields=(
        {
            "main.py": (
                "from dataclasses import *\n@dataclass\nclass C:\n    x: int\n"
                "    y: list = field(default_factory=lambda: [1])\n"
                "use([C(2).x, C(2).y, C(2, [3]).y])\n"
            )
        },
        [2, [1], [3]],
    ),
    constructor=(
        {
            "main.py": (
                "class C:\n    def __init__(self, x=1):\n        self.x = x\n"
                "        self.y = [self.x]\nuse([C().y, C(2).y])\n"
            )
        },
        [[1], [2]],
    ),
    branch=(
        {
            "main.py": (
                "class C:\n    def __init__(self, x):\n        if x:\n"
                "            self.x = 'a'\n        else:\n            self.x = 'b'\n"
                "use(C(0).x)\n"
            )
        },
        "b",
    ),
    from_environment=(
        {
            "main.py": (
                "import os\nclass C:\n    def __init__(self, x):\n        self.x = x\n"
                "    @classmethod\n    def load(cls):\n"
                "        return cls(os.getenv('X', 'a'))\nuse(C.load().x)\n"
            )
        },
        ("a", "~X"),
    ),
    static=(
        {"main.py": "class C:\n    @staticmethod\n    def f(x):\n        return x\nuse([C.f(1), C().f(2)])\n"},
        [1, 2],
    ),
    mixed_in=(
        {"main.py": "class A:\n    x = 1\nclass B(A):\n    y = 2\nclass C(B):\n    pass\nuse([C.x, C().y])\n"},
        [1, 2],
    ),
    set_by_a_method=(
        {"main.py": "class C:\n    x = 1\n    def load(self):\n        self.x = 2\nuse(C().x)\n"},
        "? `self.x` is set in `load()`",
    ),
    unseen_base=(
        {"main.py": "from lib import Base\nclass C(Base):\n    pass\nuse(C().x)\n"},
        "? `x` may come from `Base`, which is defined elsewhere",
    ),
    dynamic=(
        {"main.py": "class C:\n    def __getattr__(self, n):\n        return 1\nuse(C().x)\n"},
        "? `x` is decided at run time by `__getattr__()`",
    ),
    itself=(
        {"main.py": "class C:\n    @property\n    def x(self):\n        return self.x\nuse(C().x)\n"},
        "? `x()` calls functions that call functions, too deep to follow",
    ),
)
def test_classes_of_the_project(files: Files, expected: object) -> None:
    assert used(files) == expected


# --- variables without which a statement fails

DECIDED = "? the environment variable N decides it"
GET = "def get(name, default):\n    try:\n"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("try:\n    X = os.environ['N']\nexcept KeyError:\n    X = 'a'\nuse(X)", ("a", "~N")),
        ("try:\n    X = os.environ['N'].split(',')\nexcept Exception:\n    X = []\nuse(X)", ([], "~N")),
        ("try:\n    X = json.loads(os.environ['N'])\nexcept KeyError:\n    X = []\nuse(X)", ([], "~N")),
        ("try:\n    X = os.environ['N']\nexcept KeyError:\n    raise Missing()\nuse(X)", DECIDED),
        (
            "try:\n    N = os.environ['N']\nexcept KeyError:\n    X = 1\nelse:\n    X = 2\nfinally:\n    Y = 3\n"
            "use((X, Y))",
            {"N is not defined": (1, 3), "N is defined": (2, 3)},
        ),
        (
            "X = ['a']\ntry:\n    X = [os.environ['N']]\nexcept (KeyError, ValueError):\n    pass\nuse(X)",
            {"N is not defined": ["a"], "N is defined": [DECIDED]},
        ),
        (
            f"{GET}        return os.environ[name]\n    except KeyError:\n        return default\nuse(get('N', 1))",
            (1, "~N"),
        ),
        (
            f"{GET}        x = os.environ[name]\n    except KeyError:\n        x = default\n    return x\n"
            "use(get('N', 1))",
            (1, "~N"),
        ),
        (
            f"{GET}        return os.environ[name]\n    except KeyError:\n        raise Missing(name)\n"
            "use(get('N', 1))",
            DECIDED,
        ),
        # What else may fail is not a question of one variable.
        (
            "try:\n    X = int(os.environ['N'])\nexcept (KeyError, ValueError):\n    X = 1\nuse(X)",
            {"`X = int(os.environ['N'])` succeeds": DECIDED, "`X = int(os.environ['N'])` fails": 1},
        ),
        (
            "try:\n    X = CODES[os.environ['N']]\nexcept KeyError:\n    X = 1\nuse(X)",
            {
                "`X = CODES[os.environ['N']]` succeeds": "? `CODES` is not set in this file",
                "`X = CODES[os.environ['N']]` fails": 1,
            },
        ),
    ],
)
def test_what_happens_without_a_variable(program: str, expected: object) -> None:
    assert used({"main.py": f"import json, os\n{program}\n"}) == expected


@pytest.mark.usefixtures("there")
def test_what_happens_without_a_variable_that_a_file_sets() -> None:
    program = "import os\ntry:\n    X = os.environ['N']\nexcept KeyError:\n    X = 'a'\nuse(X)\n"
    assert used_on_disk({"main.py": program, ".env": "N=b\n"}) == {
        'the deployment is not ".env" and N is not defined': "a",
        'the deployment is not ".env" and N is defined': DECIDED,
        'the deployment is ".env"': "b",
    }
