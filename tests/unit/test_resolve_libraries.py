"""What settings libraries give, case by case; `test_resolve_libraries_property.py` holds the rest against them."""

from __future__ import annotations

from pathlib import Path

import decouple  # type: ignore[import-untyped]
import pytest
from resolving import project_of, shown, used

from corslint.resolve.python import resolver_of
from corslint.values import Items, Known, OneOf, Value, places

ENVIRON = "import environ\nenv = environ.Env(DEBUG=(bool, False), LIST=list)\n"
ENVIRONS = "from environs import Env\nenv = Env()\n"
DECOUPLE = "from decouple import Csv, config\n"
STARLETTE = (
    "from starlette.config import Config\nfrom starlette.datastructures import CommaSeparatedStrings, Secret\n"
    "config = Config('.env')\n"
)


def use(program: str, expression: str) -> object:
    return used({"main.py": f"{program}use({expression})\n"})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("env('X')", "? the environment variable X decides it"),
        ("env('LIST')", "? the environment variable LIST decides it"),
        ("env.list('X', default=['a'])", (["a"], "~X")),
        ("env.list('X', default='a,b')", ("a,b", "~X")),  # a default is never parsed
        ("env('DEBUG')", (False, "~DEBUG")),
        ("env('DEBUG', default=True)", (True, "~DEBUG")),
        ("env('X', default='$Y')", "? it stands for the environment variable Y"),
        ("env('X', **more)", "? `**more` is not followed"),
        ("env('X', default=env.NOTSET)", "? the environment variable X decides it"),
        ("env('DEBUG', default=environ.Env.NOTSET)", (False, "~DEBUG")),
        (
            "env.list('X', default=['*'] if env.str('ENV', 'prod') == 'dev' else env.NOTSET)",
            {
                'ENV is "dev"': (["*"], "~X"),
                'ENV is not "dev"': "? an environment variable without a default decides it",
            },
        ),
        ("env.db()", "? `env.db()` is decided at run time"),
        ("env.bytes('X', default=b'a')", "? `env.bytes('X', default=b'a')` is decided at run time"),
        ("['a'] if env('DEBUG') else ['b']", {"DEBUG is false": ["b"], "DEBUG is true": ["a"]}),
        ("['a'] if env.bool('D', default=True) else ['b']", {"D is true": ["a"], "D is false": ["b"]}),
        (
            "['a'] if env.str('ENV', default='dev') == 'production' else ['b']",
            {'ENV is "production"': ["a"], 'ENV is not "production"': ["b"]},
        ),
    ],
)
def test_django_environ(expression: str, expected: object) -> None:
    assert use(ENVIRON, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("values.BooleanValue(False)", (False, "~DJANGO_X")),
        ("values.BooleanValue()", "? None is refused, since it is neither true nor false"),
        ("values.ListValue(['a'])", (["a"], "~DJANGO_X")),
        ("values.ListValue()", ([], "~DJANGO_X")),
        ("values.TupleValue(('a',), environ_prefix='SHOP')", (("a",), "~SHOP_X")),
        ("values.Value('a', environ_name='Y')", ("a", "~DJANGO_Y")),
        ("values.Value('a', environ_name='Y', environ_prefix=None)", ("a", "~Y")),
        ("values.Value('a', environ=False)", "a"),
        ("values.Value(environ_required=True)", "? the environment variable DJANGO_X decides it"),
        ("values.SecretValue()", "? the environment variable DJANGO_X decides it"),
        ("values.URLValue('https://a.example')", ("https://a.example", "~DJANGO_X")),
        ("values.Value(*a)", "? `*a` is not followed"),
        ("values.Value('a', environ_name=name)", "? `name` is not set in this file"),
        ("[values.Value('a')]", ["? it is no setting itself, so no variable is called like it"]),
        ("values.PathValue('a')", "? `values.PathValue()` of `configurations` is called at run time"),
    ],
)
def test_django_configurations(expression: str, expected: object) -> None:
    program = "from configurations import Configuration, values\nclass A(Configuration):\n"
    assert used({"main.py": f"{program}    X = {expression}\n    use(X)\n"}) == expected


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("env = environ.Env()\nenv.prefix = 'P_'\nuse(env('X', default='a'))", ("a", "~P_X")),
        ("env = environ.Env()\nx = env('X', default='a')\nenv.prefix = 'P_'\nuse(x)", ("a", "~X")),
        (
            "env = environ.Env()\nenv.smart_cast = False\nuse(env('X', default=1))",
            "? `smart_cast` changes how variables are read",
        ),
        (
            "env = environ.Env()\nenv.prefix = which()\nuse(env('X', default=1))",
            "? the prefix of the environment variable is not known",
        ),
        ("env = environ.Env()\nenv.read_env('.env')\nuse(env.list('X', default=[]))", ([], "~X")),
        ("env = environ.Env(X=scheme())\nuse(env('X'))", "? it is read by a scheme that is not known"),
        ("env = environ.Env(**scheme())\nuse(env('X'))", "? `**scheme()` is not followed"),
        ("class S:\n    env = environ.Env()\n    x = env.list('X', default=['a'])\nuse(S.x)", (["a"], "~X")),
        (
            "class S:\n    def __init__(self, env):\n        self.x = env.bool('X', False)\nuse(S(environ.Env()).x)",
            (False, "~X"),
        ),
        ("def read(name, env=environ.Env()):\n    return env.list(name, default=['a'])\nuse(read('X'))", (["a"], "~X")),
        (
            "from functools import partial\nenv = environ.Env()\nread = partial(env.list, default=['a'])\n"
            "use(read('X'))",
            (["a"], "~X"),
        ),
        ("env = environ.Env()\nread = env.list\nuse(read('X', default=['a']))", (["a"], "~X")),
        (
            "def environ_list(cast=list):\n    return environ.Env()('X', cast=cast, default=[])\nuse(environ_list())",
            ([], "~X"),
        ),
    ],
)
def test_django_environ_as_an_object(program: str, expected: object) -> None:
    assert used({"main.py": f"import environ\n{program}\n"}) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("env.list('X')", "? the environment variable X decides it"),
        ("env.list('X', ['a'])", (["a"], "~X")),
        ("env.list('X', default=[], subcast=str)", ([], "~X")),
        ("env.str('X', 'a')", ("a", "~X")),
        ("env.list('X', 'a,b')", "? releases of environs differ on a default that is a text"),
        ("env.bool('X', 'no')", "? releases of environs differ on a default that is a text"),
        ("env.enum('X', default='a')", "? `env.enum('X', default='a')` is decided at run time"),
        ("['a'] if env.bool('X', False) else ['b']", {"X is false": ["b"], "X is true": ["a"]}),
    ],
)
def test_environs(expression: str, expected: object) -> None:
    assert use(ENVIRONS, expression) == expected


def test_environs_with_a_prefix() -> None:
    program = f"{ENVIRONS}with env.prefixed('A_'):\n    with env.prefixed('B_'):\n        use(env.list('X', ['a']))\n"
    assert used({"main.py": program}) == (["a"], "~A_B_X")
    assert used({"main.py": "from environs import env\nuse(env.str('X', 'a'))\n"}) == ("a", "~X")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("config('X')", "? the environment variable X decides it"),
        ("config('X', default=None)", (None, "~X")),
        ("config('X', default='a, b', cast=Csv())", (["a", "b"], "~X")),
        ("config('X', default='', cast=Csv())", ([], "~X")),
        ("config('X', default='a,b', cast=Csv(post_process=tuple))", (("a", "b"), "~X")),
        # Quotes, backslashes and comments are those of a shell, so that a pattern loses its backslashes.
        (r"config('X', default=r'^https://.*\.a\.example$', cast=Csv())", (["^https://.*.a.example$"], "~X")),
        ("config('X', default='a#b,c', cast=Csv())", (["a"], "~X")),
        ("config('X', default='yes', cast=bool)", (True, "~X")),
        ("config('X', default='', cast=bool)", (False, "~X")),
        ("config('X', default='perhaps', cast=bool)", "? `strtobool()` fails: 'perhaps' says neither yes nor no"),
        ("config('X', default='A', cast=str.lower)", ("a", "~X")),
        ("config('X', default='1', cast=unknown)", "? `unknown` is not set in this file"),
        ("['a'] if config('X', default=False, cast=bool) else ['b']", {"X is false": ["b"], "X is true": ["a"]}),
    ],
)
def test_decouple(expression: str, expected: object) -> None:
    assert use(DECOUPLE, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("config('X')", "? the environment variable X decides it"),
        ("config('X', cast=CommaSeparatedStrings, default='a, b')", (["a", "b"], "~X")),
        ("config('X', cast=bool, default=False)", (False, "~X")),
        ("config('X', default=None)", (None, "~X")),
        ("Config(env_prefix='APP_')('X', default='a')", ("a", "~APP_X")),
        ("Config(environ={'X': 'a'})('X')", "? `Config(environ={'X': 'a'})('X')` is decided at run time"),
    ],
)
def test_starlette(expression: str, expected: object) -> None:
    assert use(STARLETTE, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("environ.get('X', default='a')", ("a", "~X")),
        ("environ['X']", "? the environment variable X decides it"),
        ("dict(environ).get('X', 'a')", ("a", "~X")),
        ("environ.copy()['X']", "? the environment variable X decides it"),
        ("'X' in environ", (False, "~X")),
        ("1 if 'X' in environ else 2", {"X is not defined": 2, "X is defined": 1}),
        ("environ['X'].split(',') if 'X' in environ else []", ([], "~X")),
        ("cast_to('X', '1', int)", (1, "~X")),
        ("cast_to('X', 'a b', str.split)", (["a", "b"], "~X")),
        ("1 if strtobool(getenv('X', 'no')) else 2", {"X is false": 2, "X is true": 1}),
        ("urlparse(getenv('X', 'https://a.example:80/b')).hostname", ("a.example", "~X")),
        (
            "urlparse('https://a.example')._replace(path='/')",
            "? `urlparse('https://a.example')._replace(path='/')` is decided at run time",
        ),
        ("dotenv_values()['X']", "? the environment variable X decides it"),
        ("TypeAdapter(list[AnyHttpUrl]).validate_python(['https://a.example'])", ["https://a.example/"]),
        ("TypeAdapter(list[str]).validate_python('a')", "? `a` is refused, since it is no list"),
        ("parse_obj_as(List[str], ['a'])", ["a"]),
        ("list", "? it is the function `list`"),
    ],
)
def test_python_itself(expression: str, expected: object) -> None:
    program = (
        "import os\nfrom os import environ, getenv\nfrom urllib.parse import urlparse\nfrom typing import List\n"
        "from distutils.util import strtobool\nfrom dotenv import dotenv_values\n"
        "from pydantic import AnyHttpUrl, TypeAdapter, parse_obj_as\n"
        "def cast_to(name, default, cast=str):\n    return cast(os.environ.get(name, default))\n"
    )
    assert use(program, expression) == expected


def test_objects_travel_between_modules() -> None:
    files = {
        "shop/env.py": "import environ\nfrom decouple import config\nenv = environ.Env()\n",
        "shop/base.py": "from shop.env import *\nLIST = env.list('LIST', default=['a'])\n",
        "main.py": "from shop.base import *\nFLAG = config('FLAG', default='no', cast=bool)\n"
        "use([*LIST, FLAG, env('Z', default='z')])\n",
    }
    assert used(files) == (["a", (False, "~FLAG"), ("z", "~Z")], "~LIST")


def test_a_default_keeps_its_place(tmp_path: Path) -> None:
    text = f"{DECOUPLE}X = config('ORIGINS', default='https://a.example, https://b.example', cast=Csv())\n"
    project = project_of({"main.py": text})
    source = project.source("main.py")
    assert source is not None
    value = resolver_of(project, source).value_of_name("X")
    assert isinstance(value, Known)
    assert isinstance(value.value, Items)
    spans = [one.span.text for one in value.value.items if one.span is not None]
    assert spans == ["https://a.example", "https://b.example"]
    assert "default of ORIGINS" in [place.text for place in places(value)]


def test_env_files_are_read_as_the_library_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("ORIGINS=https://a.example, https://b.example\nDEBUG=on\n")
    Path("main.py").write_text(
        f"{ENVIRON}{DECOUPLE}a = env.list('ORIGINS', default=[])\nb = config('ORIGINS', default='', cast=Csv())\n"
        "c = env('DEBUG')\n"
    )
    project = project_of({})
    source = project.source("main.py")
    assert source is not None
    resolver = resolver_of(project, source)
    assert in_env_file(resolver.value_of_name("a")) == ["https://a.example", " https://b.example"]
    assert in_env_file(resolver.value_of_name("b")) == ["https://a.example", "https://b.example"]
    assert in_env_file(resolver.value_of_name("c")) is True


def in_env_file(value: Value[object] | None) -> object:
    """The value where `.env` is used."""
    assert isinstance(value, OneOf)
    (there,) = [one.value for one in value.alternatives if 'is ".env"' in {c.state for c in one.conditions}]
    return shown(there)


INI = "[settings]\nORIGINS = https://a.example, https://b.example\nDEBUG: on\nRATE = 5%%\n[other]\nTHERE = x\n"


@pytest.mark.parametrize(
    "expression",
    [
        "config('ORIGINS', default='x', cast=Csv())",
        "config('debug', default=False, cast=bool)",
        "config('DEBUG')",
        "config('RATE', cast=str)",
        "config('THERE', default='none')",
    ],
)
def test_decouple_reads_settings_ini(expression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.ini").write_text(INI)
    Path("app").mkdir()
    Path("app/main.py").write_text(f"{DECOUPLE}x = {expression}\n")
    project = project_of({})
    source = project.source("app/main.py")
    assert source is not None
    value = resolver_of(project, source).value_of_name("x")
    assert isinstance(value, Known)
    names = {"config": decouple.AutoConfig(search_path=str(tmp_path / "app")), "Csv": decouple.Csv}
    expected = eval(expression, names)
    variable = expression.split("'")[1]
    assert shown(value) == (expected, f"~{variable}")


@pytest.mark.parametrize("text", ["ORIGINS = 1\n", "[settings]\nORIGINS = %(nowhere)s\n", "[settings]\nA = 1\nA = 2\n"])
def test_a_settings_ini_that_cannot_be_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.ini").write_text(text)
    Path("main.py").write_text(f"{DECOUPLE}x = config('ORIGINS', default='a')\n")
    project = project_of({})
    source = project.source("main.py")
    assert source is not None
    assert shown(resolver_of(project, source).value_of_name("x")) == "? settings.ini cannot be read"
