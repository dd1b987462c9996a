"""What parameters are that only callers in the project bind, and what a variable chooses from a dict."""

from __future__ import annotations

import pytest

from corslint.collect import Listed, Project
from corslint.resolve.conditions import environment
from corslint.resolve.python import resolver_of
from corslint.values import Condition, Items, OneOf, Unknown, Value


def told(value: Value[object]) -> object:
    """A value in short: `~` before the variable that overrides it, `?` before a reason, ways by their conditions."""
    if isinstance(value, Unknown):
        return f"? {value.reason}"
    if isinstance(value, OneOf):
        return {", ".join(map(str, way.conditions)): told(way.value) for way in value.alternatives}
    inner = value.value
    if isinstance(inner, Items):
        inner = [told(item) for item in inner.items]
    return inner if value.override is None else (inner, f"~{value.override}")


def use(files: dict[str, str]) -> object:
    """The argument of `use(...)` in app.py, among the files of a project."""
    project = Project(tuple(Listed(name, name) for name in files))
    for name, text in files.items():
        project.keep(name, text)
    source = project.source("app.py")
    assert source is not None
    resolver = resolver_of(project, source)
    call = next(call for call in resolver.module.calls() if resolver.module.text(call.func) == "use")
    return told(resolver.value(call.args[0].value))


FACTORY = "def create_app(name='dev', *rest, debug=False, **more):\n    use(name)\n"
NOT_SEEN = "? `name` is a parameter of `create_app()`"
IMPORT = "import os\nfrom app import create_app\n"


# --- Callers.


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "dev"),
        ({"wsgi.py": IMPORT + "app = create_app()\n"}, "dev"),
        ({"wsgi.py": IMPORT + "app = create_app('prod')\n"}, "prod"),
        ({"wsgi.py": IMPORT + "app = create_app(debug=True, name='prod')\n"}, "prod"),
        ({"wsgi.py": IMPORT + "app = create_app(*['prod'])\n"}, "prod"),
        ({"wsgi.py": IMPORT + "app = create_app(**{'name': 'prod'})\n"}, "prod"),
        ({"wsgi.py": IMPORT + "NAME = 'prod'\ndef main():\n    return create_app(NAME)\n"}, "prod"),
        ({"wsgi.py": IMPORT + "app = create_app(os.getenv('MODE') or 'dev')\n"}, ("dev", "~MODE")),
        ({"wsgi.py": "import app\napplication = app.create_app('prod')\n"}, "prod"),
        ({"wsgi.py": "from app import create_app as make\nmake('prod')\n"}, "prod"),
        ({"wsgi.py": IMPORT + "make = create_app\nmake('prod')\n"}, "prod"),
        ({"wsgi.py": IMPORT + "create_app('prod')\n", "cli.py": IMPORT + "create_app(name='prod')\n"}, "prod"),
        ({"wsgi.py": IMPORT + "create_app('prod')\n", "other.py": "def create_app(x): ...\ncreate_app(1)\n"}, "prod"),
        ({"wsgi.py": "from flask.cli import FlaskGroup\n" + IMPORT + "FlaskGroup(create_app=create_app)\n"}, "dev"),
        ({"wsgi.py": "import uvicorn\n" + IMPORT + "uvicorn.run(create_app, factory=True)\n"}, "dev"),
        ({"wsgi.py": IMPORT + "if False:\n    create_app('never')\nelse:\n    create_app('prod')\n"}, "prod"),
        # What tests and examples run is not what production runs.
        ({"tests/test_app.py": IMPORT + "create_app('testing')\n"}, "dev"),
        ({"conftest.py": IMPORT + "create_app('testing')\n", "wsgi.py": IMPORT + "create_app('prod')\n"}, "prod"),
        ({"examples/run.py": IMPORT + "create_app('demo')\n"}, "dev"),
        # In an unreadable file there may be a caller; it cannot run either.
        ({"wsgi.py": IMPORT + "create_app('prod'\n"}, "dev"),
    ],
)
def test_a_parameter_is_what_all_callers_pass(files: dict[str, str], expected: object) -> None:
    assert use({"app.py": FACTORY, **files}) == expected


@pytest.mark.parametrize(
    "caller",
    [
        "create_app(*names)\n",
        "create_app(**options)\n",
        "register(create_app)\n",
        "Thread(target=create_app, args=('prod',))\n",
        "FACTORIES = [create_app]\n",
        "def get():\n    return create_app\n",
    ],
)
def test_a_caller_that_is_not_seen_leaves_it_open(caller: str) -> None:
    assert use({"app.py": FACTORY, "wsgi.py": IMPORT + caller}) == NOT_SEEN
    assert use({"app.py": FACTORY, "wsgi.py": IMPORT + "create_app('prod')\n" + caller}) == NOT_SEEN


@pytest.mark.parametrize("decorator", ["app.get('/')", "click.command()", "pytest.fixture", "on_start"])
def test_what_a_decorator_may_call_has_callers_that_are_not_seen(decorator: str) -> None:
    assert use({"app.py": f"@{decorator}\n{FACTORY}", "wsgi.py": IMPORT + "create_app('prod')\n"}) == NOT_SEEN


def test_callers_that_differ_are_ways_of_which_each_names_its_place() -> None:
    files = {"wsgi.py": IMPORT + "create_app('prod')\n", "manage.py": IMPORT + "create_app()\ncreate_app('shell')\n"}
    assert use({"app.py": FACTORY, **files}) == {
        "when `create_app()` is called in manage.py:3": "dev",
        "when `create_app()` is called in manage.py:4": "shell",
        "when `create_app()` is called in wsgi.py": "prod",
    }


def test_callers_in_branches_need_no_place() -> None:
    caller = "if os.getenv('LIVE'):\n    create_app('prod')\nelse:\n    create_app()\n"
    assert use({"app.py": FACTORY, "wsgi.py": IMPORT + caller}) == {
        "when LIVE is unset": "dev",
        "when LIVE is set": "prod",
    }


def test_parameters_of_one_call_belong_together() -> None:
    text = (
        "def add(app, origins, credentials):\n    use([origins, credentials])\nadd(1, 'a', True)\nadd(2, 'b', False)\n"
    )
    assert use({"app.py": text}) == {
        "when `add()` is called in app.py:3": ["a", True],
        "when `add()` is called in app.py:4": ["b", False],
    }


def test_callers_of_callers() -> None:
    text = "def inner(origins):\n    use(origins)\ndef outer(where):\n    inner([where])\n"
    assert use({"app.py": text, "run.py": "from app import outer\nouter('https://a.example')\n"}) == [
        "https://a.example"
    ]


def test_a_function_that_only_calls_itself_has_no_caller() -> None:
    assert use({"app.py": "def f(x=1):\n    use(x)\n    f(x + 1)\n"}) == 1


def test_functions_that_call_each_other_end() -> None:
    text = "def f(x):\n    use(x)\n    g(x)\ndef g(x):\n    f(x)\n"
    assert str(use({"app.py": text})).startswith("? ")


CONSTRUCTED = """\
class Server:
    def __init__(self, o):
        self.o = o

    def go(self):
        use(self.o)

Server("a")
"""
OF_UNKNOWN = """\
class Server:
    def add(self, o):
        use(o)

def go(server):
    server.add("a")
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class Server:\n    def __init__(self, o):\n        use(o)\nServer('a')\n", "a"),
        (CONSTRUCTED, "a"),
        ("class Server:\n    def add(self, o):\n        use(o)\n    def go(self):\n        self.add('a')\n", "a"),
        ("class Server:\n    @staticmethod\n    def add(o):\n        use(o)\nServer.add('a')\n", "a"),
        ("class Server:\n    @classmethod\n    def add(cls, o):\n        use(o)\nServer.add('a')\n", "a"),
        (OF_UNKNOWN, "? `o` is a parameter of `add()`"),
    ],
)  # fmt: skip
def test_methods(text: str, expected: object) -> None:
    assert use({"app.py": text}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "def f(*names):\n    use(names)\nf('a')\n",
        "def f(**names):\n    use(names)\nf(a=1)\n",
        "def f(name):\n    use(name)\n",
        "f = lambda name: use(name)\nf('a')\n",
    ],
)
def test_what_stays_open(text: str) -> None:
    assert str(use({"app.py": text})).startswith("? `name")


def test_more_callers_than_are_told_apart() -> None:
    text = "def f(x):\n    use(x)\n" + "".join(f"f({number})\n" for number in range(13))
    assert use({"app.py": text}) == "? `x` is a parameter of `f()`"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("wsgi.py", None), ("settings/dev.py", "development"), ("wsgi_production.py:12", "production")],
)
def test_a_caller_in_a_file_of_an_environment_implies_it(path: str, kind: str | None) -> None:
    assert environment([Condition("`create_app()`", f"is called in {path}")]) == kind


# --- Choices.

CONFIGS = "import os\nCONFIGS = {'development': ['*'], 'production': ['a'], 'default': ['*']}\n"
BY_MODE = {'when MODE is "production"': ["a"], 'when MODE is not "production"': ["*"]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CONFIGS[os.getenv('MODE', 'development')]", BY_MODE),
        ("CONFIGS[os.getenv('MODE') or 'default']", BY_MODE),
        ("CONFIGS.get(os.getenv('MODE'), ['*'])", BY_MODE),
        ("CONFIGS[os.getenv('MODE', 'DEFAULT').lower()]", BY_MODE),
        ("CONFIGS.get(os.getenv('MODE', 'development'), CONFIGS['default'])", BY_MODE),
        (
            "CONFIGS[os.environ['MODE']]",
            {'when MODE is "development"': ["*"], 'when MODE is "production"': ["a"], 'when MODE is "default"': ["*"]},
        ),
        ("CONFIGS.get(os.environ['MODE'], ['*'])", BY_MODE),
        ("{'a': 1, 'b': 1}[os.getenv('MODE', 'a')]", 1),
        ("CONFIGS['production']", ["a"]),
        ("CONFIGS.get('staging')", None),
        ("CONFIGS.get('staging', ['b'])", ["b"]),
        ("{1: 'a', 2: 'b'}[version()]", "? `version()` is called at run time"),
        ("{key(): 'a'}['x']", "? some of its keys are not known"),
    ],
)
def test_a_variable_chooses_among_the_entries_of_a_dict(expression: str, expected: object) -> None:
    assert use({"app.py": f"{CONFIGS}use({expression})\n"}) == expected


@pytest.mark.parametrize(
    "key",
    ["'de' + os.getenv('MODE', 'fault')", "f\"de{os.getenv('MODE', 'fault')}\""]
)  # fmt: skip
def test_a_key_that_is_made_of_a_variable_is_not_the_variable(key: str) -> None:
    assert use({"app.py": f"{CONFIGS}use(CONFIGS[{key}])\n"}) == ["*"]


def test_a_long_dict_is_no_choice() -> None:
    entries = ", ".join(f"'k{number}': {number}" for number in range(13))
    assert use({"app.py": f"import os\nuse({{{entries}}}[os.getenv('MODE', 'k1')])\n"}) == 1


def test_what_another_module_sets_has_the_methods_of_data() -> None:
    files = {"config.py": "ORIGINS = 'a,b'\nBY_NAME = {'x': 'y'}\n"}
    text = "from config import BY_NAME, ORIGINS\nuse([*ORIGINS.split(','), BY_NAME.get('x')])\n"
    assert use({"app.py": text, **files}) == ["a", "b", "y"]
