"""Options of flask-cors that come from the configuration of the application, wherever that is filled."""

from __future__ import annotations

import pytest

from corslint.collect import Listed, Project
from corslint.origins import AnyOrigin, Exact
from corslint.policy import Policy
from corslint.servers import flask_cors
from corslint.values import Known, OneOf, Unknown

IMPORTS = "import os\nfrom flask import Flask, current_app\nfrom flask_cors import CORS, cross_origin\n"
MODULE = IMPORTS + "app = Flask(__name__)\n"
CONFIG = """\
import os

class Base:
    ALLOWED = "https://base.example"
    CORS_ORIGINS = ["https://base.example"]

class Development(Base):
    ALLOWED = CORS_ORIGINS = "*"

class Production(Base):
    CORS_SUPPORTS_CREDENTIALS = True

    @property
    def CORS_MAX_AGE(self):
        return 60

configs = {"development": Development, "production": Production, "default": Development}

def get_config():
    return Production()
"""
FACTORY = IMPORTS + "from config import configs\ndef create_app(name='production'):\n    app = Flask(__name__)\n"


def read(files: dict[str, str], path: str = "app.py") -> list[Policy]:
    project = Project(tuple(Listed(name, name) for name in files))
    for name, text in files.items():
        project.keep(name, text)
    source = project.source(path)
    assert source is not None
    found = list(flask_cors.read(project, source))
    assert all(isinstance(one, Policy) for one in found), found
    return found  # type: ignore[return-value]


def only(text: str, others: dict[str, str] | None = None, path: str = "app.py") -> Policy:
    (policy,) = read({"app.py": text, "config.py": CONFIG, **(others or {})}, path)
    return policy


def origins(policy: Policy) -> object:
    """The texts of the origins; by condition where they depend on some."""
    if isinstance(policy.origins.value, OneOf):
        return {", ".join(map(str, one.conditions)): origins(one) for one in policy.variants()}
    if isinstance(policy.origins.value, Unknown):
        return f"? {policy.origins.value.reason}"
    entries = [one for one in policy.entries() if isinstance(one, AnyOrigin | Exact)]
    return ["*" if isinstance(one, AnyOrigin) else one.text for one in entries]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


# --- The configuration as a value.


@pytest.mark.parametrize(
    ("setting", "argument"),
    [
        ('app.config["ALLOWED"] = "https://a.example"', 'app.config["ALLOWED"]'),
        ('app.config["ALLOWED"] = "https://a.example"', 'app.config.get("ALLOWED", "*")'),
        ('app.config["OTHER"] = "*"', 'app.config.get("ALLOWED", "https://a.example")'),
        ('app.config["ALLOWED"] = "https://a.example,"', 'app.config["ALLOWED"].rstrip(",").split(",")'),
        ('app.config.update(ALLOWED=["https://a.example"])', '[*app.config["ALLOWED"]]'),
        ('app.config.from_mapping({"ALLOWED": "https://a.example"})', 'current_app.config["ALLOWED"]'),
        ('app.config["ALLOWED"] = os.getenv("ALLOWED", "https://a.example")', 'app.config["ALLOWED"]'),
        ('settings = app.config\napp.config["ALLOWED"] = "https://a.example"', 'settings["ALLOWED"]'),
        ('app.config["ALLOWED"] = "*"\napp.config.from_pyfile("local.py")', 'app.config["ALLOWED"]'),
    ],
)
def test_an_option_from_the_configuration(setting: str, argument: str) -> None:
    local = {"local.py": "ALLOWED = 'https://a.example'\n"}
    assert origins(only(f"{MODULE}{setting}\nCORS(app, origins={argument})\n", local)) == ["https://a.example"]
    resources = f'CORS(app, resources={{r"/api/*": {{"origins": {argument}}}}})'
    assert origins(only(f"{MODULE}{setting}\n{resources}\n", local)) == ["https://a.example"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("", "? nothing sets ALLOWED in the configuration of the application"),
        ('app.config["ALLOWED"] = load()', "? `load()` is called at run time"),
        ("app.config.from_object(load())", "? `app.config.from_object(load())` may set it"),
        ('app.config["ALLOWED"] = "*"\napp.config.update(load())', "? `app.config.update(load())` may set it"),
        (
            'app.config["ALLOWED"] = []\napp.config["ALLOWED"].append(1)',
            '? `app.config["ALLOWED"]` is changed in place',
        ),
        ('app.config.from_pyfile("nowhere.py")', '? `app.config.from_pyfile("nowhere.py")` may set it'),
        ("app.config.from_prefixed_env()", "? the environment variable FLASK_ALLOWED decides it"),
    ],
)
def test_what_cannot_be_followed_is_undetermined(setting: str, reason: str) -> None:
    found = origins(only(f'{MODULE}{setting}\nCORS(app, origins=app.config["ALLOWED"])\n'))
    assert found == reason


def test_an_environment_variable_replaces_what_the_configuration_holds() -> None:
    text = (
        'app.config["ALLOWED"] = "*"\napp.config.from_prefixed_env("SHOP")\nCORS(app, origins=app.config["ALLOWED"])\n'
    )
    policy = only(MODULE + text)
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "SHOP_ALLOWED"


def test_what_is_set_later_is_not_there_yet() -> None:
    text = 'app.config["ALLOWED"] = "https://a.example"\nCORS(app, origins=app.config["ALLOWED"])\n'
    text += 'app.config["ALLOWED"] = "*"\n'
    assert origins(only(MODULE + text)) == ["https://a.example"]


# --- Application factories.


@pytest.mark.parametrize(
    "load",
    [
        "app.config.from_object(configs[name])",
        "app.config.from_object(configs.get(name))",
        "app.config.from_object(configs[name]())",
        'app.config.from_object("config.Production")',
        'app.config.from_object("config." + name.capitalize())',
        "from config import get_config\n    app.config.from_object(get_config())",
        "import config\n    app.config.from_object(config.Production())",
    ],
)
def test_a_factory_loads_a_class(load: str) -> None:
    policy = only(f"{FACTORY}    {load}\n    CORS(app)\n")
    assert origins(policy) == ["https://base.example"]
    assert policy.credentials.known() is True
    assert kinds(policy) == []


def test_a_variable_that_chooses_the_class_is_a_condition_that_implies_an_environment() -> None:
    wsgi = {"wsgi.py": "import os\nfrom app import create_app\napp = create_app(os.getenv('MODE') or 'default')\n"}
    policy = only(f"{FACTORY}    app.config.from_object(configs[name])\n    CORS(app)\n", wsgi)
    assert origins(policy) == {
        'when MODE is "production"': ["https://base.example"],
        'when MODE is not "production"': ["*"],
    }
    assert [variant.environment.kind for variant in policy.variants()] == ["production", "development"]


def test_the_callers_of_a_factory_decide_and_tests_are_none() -> None:
    text = f"{FACTORY}    app.config.from_object(configs[name])\n    CORS(app)\n"
    call = "from app import create_app\ncreate_app('{}')\n"
    others = {"tests/conftest.py": call.format("development"), "wsgi.py": call.format("production")}
    assert origins(only(text, others)) == ["https://base.example"]
    assert origins(only(text, {**others, "local.py": call.format("development")})) == {
        "when `create_app()` is called in local.py": ["*"],
        "when `create_app()` is called in wsgi.py": ["https://base.example"],
    }


def test_a_class_as_the_default_of_a_parameter() -> None:
    text = "from config import Production\ndef create_app(config_class=Production):\n    app = Flask(__name__)\n"
    assert origins(only(f"{IMPORTS}{text}    app.config.from_object(config_class)\n    CORS(app)\n")) == [
        "https://base.example"
    ]


# --- Over several files.


def test_an_extension_of_another_module_reads_the_application_it_is_put_on() -> None:
    factory = f"{FACTORY}    from extensions import add\n    app.config.from_object(configs[name])\n    add(app)\n"
    extensions = "from flask_cors import CORS\ncors = CORS()\ndef add(app):\n    cors.init_app(app)\n"
    policy = only(factory, {"extensions.py": extensions}, "extensions.py")
    assert origins(policy) == ["https://base.example"]
    assert policy.credentials.known() is True


def test_a_helper_of_another_module_fills_the_configuration() -> None:
    helper = {"setup.py": "def configure(it):\n    it.config['CORS_ORIGINS'] = 'https://a.example'\n"}
    text = f"{IMPORTS}from setup import configure\ndef create_app():\n    app = Flask(__name__)\n    configure(app)\n"
    assert origins(only(f"{text}    CORS(app)\n", helper)) == ["https://a.example"]


def test_a_helper_that_is_called_after_the_extension_comes_too_late() -> None:
    text = "def configure(it):\n    it.config['CORS_ORIGINS'] = 'https://a.example'\n"
    early = "app = Flask(__name__)\nconfigure(app)\nCORS(app)\n"
    assert (origins(only(IMPORTS + text + early)), kinds(only(IMPORTS + text + early))) == (["https://a.example"], [])
    late = only(IMPORTS + text + "app = Flask(__name__)\nCORS(app)\nconfigure(app)\n")
    assert (origins(late), kinds(late)) == (["*"], ["late-setting"])


def test_a_decorated_view_of_a_blueprint_reads_the_only_application() -> None:
    view = "from flask import Blueprint\nfrom flask_cors import cross_origin\nbp = Blueprint('a', __name__)\n"
    view += "@bp.route('/')\n@cross_origin()\ndef index(): ...\n"
    factory = f"{FACTORY}    app.config.from_object(configs[name])\n"
    assert origins(only(factory, {"views.py": view}, "views.py")) == ["https://base.example"]
    second = {"views.py": view, "other.py": IMPORTS + "other = Flask(__name__)\n"}
    assert origins(only(factory, second, "views.py")) == ["*"]


@pytest.mark.parametrize(
    "text",
    [
        # A base that is defined elsewhere may set anything; that is no reason to say it does.
        "from elsewhere import Above\nclass Config(Above): ...\napp.config.from_object(Config)\nCORS(app)\n",
        "from elsewhere import Above\nclass Config(Above): ...\nCORS(app)\napp.config.from_object(Config)\n",
        "CORS(app)\napp.config.from_object(load())\n",
        "CORS(app)\napp.config.from_envvar('SETTINGS')\n",
        "class Config:\n    DEBUG = True\nCORS(app)\napp.config.from_object(Config)\n",
        "CORS(app)\napp.config['SECRET'] = 'x'\n",
        "def never_called():\n    app.config['SECRET'] = 'x'\nCORS(app)\n",
    ],
)
def test_silent(text: str) -> None:
    policy = only(MODULE + text, {"config.py": ""})
    assert kinds(policy) == []
    assert origins(policy) == ["*"]


def test_entries_of_old_releases_in_a_class() -> None:
    text = "class Config:\n    CORS_HEADERS = 'Content-Type'\napp.config.from_object(Config)\nCORS(app)\n"
    assert kinds(only(MODULE + text)) == ["renamed-setting"]


def test_an_application_that_fills_its_configuration_from_itself_ends() -> None:
    text = 'app.config["A"] = app.config["B"]\napp.config["B"] = app.config["A"]\n'
    text += 'def view():\n    app.config["A"] = app.config["B"]\n'
    policy = only(f'{MODULE}{text}CORS(app, origins=app.config["A"])\n')
    assert str(origins(policy)).startswith("?")


# --- What cannot be followed, but is expected.


LOADED = "class Config:\n    def init_app(self, app):\n        config = load()\n        app.config.update(config)\n"
LOADS = (
    "from loading import Config\nconfig = Config()\ncors = CORS()\n"
    "def create_app():\n    app = Flask(__name__)\n    config.init_app(app)\n    cors.init_app(app)\n    return app\n"
)


def test_a_method_that_fills_the_configuration_of_whatever_application_it_is_given() -> None:
    files = {"app.py": IMPORTS + LOADS, "loading.py": LOADED, "config.py": CONFIG}
    (policy,) = read(files)
    assert origins(policy) == "? `app.config.update(config)` may set it"
    (policy,) = read({**files, "loading.py": LOADED.replace("(self, app)", "(self, app: Flask)")})
    assert origins(policy) == "? `app.config.update(config)` may set it"


def test_nothing_that_is_loaded_speaks_of_cors() -> None:
    (policy,) = read({"app.py": IMPORTS + LOADS, "loading.py": LOADED, "config.py": "DEBUG = True\n"})
    assert origins(policy) == ["*"]


def test_what_tests_hand_in_decides_nothing() -> None:
    text = f"{IMPORTS}def create_app(overrides=None):\n    app = Flask(__name__)\n"
    text += "    app.config.update(overrides or {})\n    CORS(app)\n"
    assert origins(only(text)) == ["*"]


def test_an_entry_that_the_program_looks_for_may_be_there() -> None:
    text = f"{MODULE}app.config.from_object(load())\nif 'CORS_ORIGINS' not in app.config:\n"
    text += "    app.config['CORS_ORIGINS'] = 'https://a.example'\nCORS(app)\n"
    policy = only(text, {"config.py": ""})
    assert origins(policy) == {
        "when `'CORS_ORIGINS' not in app.config` is true": ["https://a.example"],
        "when `'CORS_ORIGINS' not in app.config` is false": "? `app.config.from_object(load())` may set it",
    }


def test_views_are_of_the_application_that_blueprints_are_registered_on() -> None:
    view = "from flask import Blueprint\nfrom flask_cors import cross_origin\nbp = Blueprint('a', __name__)\n"
    view += "@bp.route('/')\n@cross_origin()\ndef index(): return current_app.config.get('X')\n"
    text = f"{FACTORY}    app.config.from_object(configs[name])\n    app.register_blueprint(bp)\n"
    others = {"views.py": view, "commands.py": "from flask import Flask\napp = Flask(__name__)\n"}
    assert origins(only(text, others, "views.py")) == ["https://base.example"]
