"""What is read from programs that make a Socket.IO server, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.config import Config
from corslint.engine import StandardInput, run
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Undecided
from corslint.policy import Policy
from corslint.servers import flask_cors, socketio
from corslint.values import Known, OneOf, Unknown


def read_all(files: dict[str, str], path: str = "app.py", release: str | None = None) -> list[Policy | Unread]:
    versions = {} if release is None else {"python-engineio": release}
    project = Project(tuple(Listed(name, name) for name in files), versions=versions)
    for name, text in files.items():
        project.keep(name, text)
    source = project.source(path)
    assert source is not None
    return list(socketio.read(project, source))


def read(text: str, others: dict[str, str] | None = None, release: str | None = None) -> list[Policy]:
    policies = read_all({"app.py": text, **(others or {})}, release=release)
    assert all(isinstance(policy, Policy) for policy in policies), policies
    return policies  # type: ignore[return-value]


def only(text: str, others: dict[str, str] | None = None, release: str | None = None) -> Policy:
    (policy,) = read(text, others, release)
    return policy


def entries(policy: Policy) -> list[Entry]:
    """The entries without their places."""
    return [replace(entry, span=None) for entry in policy.entries()]


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


def rules(text: str, path: str = "app.py") -> list[str]:
    """The rules that have something to say of a file."""
    report = run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes
    return [finding.rule for finding in report.findings]


def answer(policy: Policy, origin: str, method: str = "GET") -> tuple[int, str | None]:
    request = Request(origin, policy.url, method, (("Origin", origin),))
    response = policy.respond(request)
    return response.status, next(iter(response.values("Access-Control-Allow-Origin")), None)


APP = "https://app.example.com"
EVIL = "https://evil.example"
SERVER = "import os\nimport re\nimport socketio\n\nsio = socketio.Server({})\n"
FLASK = "from flask import Flask\nfrom flask_socketio import SocketIO\n\napp = Flask(__name__)\n"

# --- What makes a socket


@pytest.mark.parametrize(
    "text",
    [
        "import socketio\nsio = socketio.Server(cors_allowed_origins='*')\n",
        "import socketio\nsio = socketio.AsyncServer(async_mode='asgi', cors_allowed_origins='*')\n",
        "import socketio as sockets\nsio = sockets.AsyncServer(cors_allowed_origins='*')\n",
        "from socketio import AsyncServer\nsio = AsyncServer(cors_allowed_origins='*')\n",
        "from socketio import AsyncServer as Sockets\nsio = Sockets(cors_allowed_origins='*')\n",
        "from socketio.async_server import AsyncServer\nsio = AsyncServer(cors_allowed_origins='*')\n",
        "import engineio\neio = engineio.Server(cors_allowed_origins='*')\n",
        "from engineio import AsyncServer\neio = AsyncServer(cors_allowed_origins='*')\n",
        FLASK + "socketio = SocketIO(app, cors_allowed_origins='*')\n",
        FLASK + "socketio = SocketIO(cors_allowed_origins='*')\nsocketio.init_app(app)\n",
        FLASK + "socketio = SocketIO()\nsocketio.init_app(app, cors_allowed_origins='*')\n",
        FLASK + "socketio = SocketIO(cors_allowed_origins=[])\nsocketio.init_app(app, cors_allowed_origins='*')\n",
        "import flask_socketio\ns = flask_socketio.SocketIO(make(), cors_allowed_origins='*')\n",
        "from fastapi_socketio import SocketManager\nmanager = SocketManager(app=app)\n",
        "from fastapi_socketio import SocketManager\nmanager = SocketManager(app, '/ws', 'socket.io', '*')\n",
        "import socketio\n\n\nclass Sockets:\n    def __init__(self):\n"
        "        self.sio = socketio.AsyncServer(cors_allowed_origins='*')\n",
        "import socketio\nOPTIONS = {'cors_allowed_origins': '*'}\nsio = socketio.Server(**OPTIONS)\n",
        "import socketio\nORIGINS = '*'\nsio = socketio.Server(cors_allowed_origins=ORIGINS)\n",
        "import socketio\nsio = socketio.Server()\nsio.eio.cors_allowed_origins = '*'\n",
        FLASK + "socketio = SocketIO(app)\nsocketio.server.eio.cors_allowed_origins = '*'\n",
        "import socketio\nsio = socketio.Server(cors_allowed_origins=lambda origin: True)\n",
        "import socketio\n\n\ndef anyone(origin, environ):\n    return True\n\n\n"
        "sio = socketio.Server(cors_allowed_origins=anyone)\n",
    ],
)
def test_a_socket_that_lets_everybody_in(text: str) -> None:
    policy = only(text)
    assert entries(policy) == [AnyOrigin()]
    assert policy.credentials.known() is True
    assert answer(policy, EVIL) == (200, EVIL)
    assert rules(text) == ["any-origin-with-credentials"]


@pytest.mark.parametrize(
    "text",
    [
        "import socketio\nclient = socketio.Client(cors_allowed_origins='*')\n",
        "import socketio\nsio = socketio.Server()\n",
        FLASK + "socketio = SocketIO(app)\n",
        FLASK + "socketio = SocketIO(app, async_mode='eventlet', logger=True)\n",
        FLASK + "socketio = SocketIO()\nsocketio.init_app(app)\n",
        "from mine import Server\nsio = Server(cors_allowed_origins='*')\n",
        "cors_allowed_origins = '*'\n",
        "# socketio.Server(cors_allowed_origins='*')\n",
        'TEXT = """\nimport socketio\nsio = socketio.Server(cors_allowed_origins="*")\n"""\n',
        "import socketio\nif False:\n    sio = socketio.Server(cors_allowed_origins='*')\n",
        "from flask_socketio import SocketIO\nout = SocketIO(message_queue='redis://', cors_allowed_origins='*')\n",
        "from flask_socketio import SocketIO\nout = SocketIO(None, message_queue=URL, cors_allowed_origins=[])\n",
        "from flask_login import LoginManager\nlogin = LoginManager()\nlogin.init_app(app, cors_allowed_origins='*')\n",
        "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware)\nimport socketio\n",
    ],
)
def test_what_makes_no_socket_or_says_nothing_of_origins_gives_nothing(text: str) -> None:
    assert read(text) == []


def test_a_file_that_cannot_be_parsed_is_unread() -> None:
    (unread,) = read_all({"app.py": "import socketio\nsio = socketio.Server(cors_allowed_origins=[\n"})
    assert isinstance(unread, Unread)
    assert read_all({"app.py": "import socketio\nclient = socketio.Client(origin=\n"}) == []


# --- What the values mean


@pytest.mark.parametrize(
    ("options", "expected", "allowed"),
    [
        ("cors_allowed_origins=['https://app.example.com', 'null']", [Exact(APP), Null()], APP),
        ("cors_allowed_origins='https://app.example.com'", [Exact(APP)], APP),
        ("cors_allowed_origins=('https://app.example.com',)", [Exact(APP)], APP),
        ("cors_allowed_origins={'https://app.example.com'}", [Exact(APP)], APP),
        ("cors_allowed_origins=['*']", [AnyOrigin()], EVIL),
        ("cors_allowed_origins=[None, 5, 'https://app.example.com']", [Exact(APP)], APP),
        ("cors_allowed_origins=None", [], None),
        ("cors_allowed_origins=''", [Exact("")], None),
        ("cors_allowed_origins=()", [], None),
        ("cors_allowed_origins=[re.compile('https://.*')]", [], None),
        ("cors_allowed_origins=os.environ['ORIGINS'].split(',') if DEBUG else ['https://app.example.com']", None, None),
    ],
)
def test_origins(options: str, expected: list[Entry] | None, allowed: str | None) -> None:
    policy = only(SERVER.format(options))
    if expected is None:
        assert isinstance(policy.origins.value, OneOf | Unknown)
        return
    assert entries(policy) == expected
    for origin in (APP, EVIL):
        assert answer(policy, origin) == ((200, origin) if allowed in (origin, EVIL) else (400, None))


def test_nothing_named_is_the_own_origin() -> None:
    text = SERVER.format("cors_allowed_origins=None")
    assert answer(only(text), "https://api.example") == (200, "https://api.example")
    assert rules(text) == []


def test_an_empty_list_checks_nothing_and_sends_nothing() -> None:
    policy = only(SERVER.format("cors_allowed_origins=[]"))
    assert answer(policy, EVIL) == (200, None)
    assert answer(policy, EVIL, "OPTIONS") == (200, None)


@pytest.mark.parametrize(
    ("path", "options", "told"),
    [
        ("app.py", "cors_allowed_origins=[]", ["production-wildcard"]),
        ("app.py", "cors_allowed_origins=[], transports=['websocket']", ["production-wildcard"]),
        ("app.py", "cors_allowed_origins=[], transports=['polling']", []),
        ("app.py", "cors_allowed_origins=[], transports='polling'", []),
        ("app.py", "cors_allowed_origins=()", []),
        ("dev/app.py", "cors_allowed_origins=[]", []),
        ("tests/test_app.py", "cors_allowed_origins=[]", []),
    ],
)
def test_an_empty_list_lets_every_website_open_a_websocket(path: str, options: str, told: list[str]) -> None:
    assert rules(SERVER.format(options), path) == told


def test_an_empty_tuple_lets_nobody_in() -> None:
    assert answer(only(SERVER.format("cors_allowed_origins=()")), "https://api.example") == (400, None)


@pytest.mark.parametrize("written", ["True", "5", "re.compile('https://.*')", "b'*'"])
def test_what_is_no_list_of_origins_fails_with_each_request(written: str) -> None:
    policy = only(SERVER.format(f"cors_allowed_origins={written}"))
    assert answer(policy, APP)[0] == 500
    assert kinds(policy) == ["rejected-configuration"]


def test_a_variable_may_replace_a_default() -> None:
    policy = only(SERVER.format("cors_allowed_origins=os.getenv('ORIGINS', '*').split(',')"))
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "ORIGINS"


def test_an_unset_variable_is_meant_to_be_set() -> None:
    policy = only(SERVER.format("cors_allowed_origins=[os.getenv('FRONTEND_URL')]"))
    assert [type(entry) for entry in policy.entries()] == [Undecided]
    assert isinstance(only(SERVER.format("cors_allowed_origins=os.getenv('O')")).origins.value, Unknown)


def test_a_function_decides_at_run_time() -> None:
    text = SERVER.format("cors_allowed_origins=lambda origin: origin in load()")
    assert isinstance(only(text).origins.value, Unknown)
    assert rules(text) == ["undetermined"]


@pytest.mark.parametrize(
    ("written", "expected"), [("False", False), ("True", True), ("0", False), ("'false'", True), ("None", False)]
)
def test_credentials_are_what_is_true(written: str, expected: bool) -> None:
    policy = only(SERVER.format(f"cors_allowed_origins=['{APP}'], cors_credentials={written}"))
    assert policy.credentials.known() is expected
    assert kinds(policy) == (["string-for-boolean"] if written == "'false'" else [])


def test_several_origins_in_one_text_are_one() -> None:
    assert kinds(only(SERVER.format("cors_allowed_origins='https://a.example,https://b.example'"))) == [
        "string-for-list"
    ]


@pytest.mark.parametrize("name", ["cors_allowed_origin", "cors_origins", "allowed_origins", "cors_allow_credentials"])
def test_names_that_are_passed_over(name: str) -> None:
    text = FLASK + f"socketio = SocketIO(app, {name}='*')\n"
    assert rules(text) == ["unknown-setting"]
    assert answer(only(text), EVIL) == (400, None)


def test_other_options_are_not_our_business() -> None:
    options = "cors_allowed_origins=None, async_mode='threading', ping_timeout=5, cookie='io', logger=True"
    assert kinds(only(SERVER.format(options))) == []


def test_an_origin_set_under_a_condition_is_one_of_two() -> None:
    policy = only(SERVER.format("") + "if os.getenv('OPEN'):\n    sio.eio.cors_allowed_origins = '*'\n")
    assert isinstance(policy.origins.value, OneOf)


# --- Where it is made, and what goes by its name


def test_an_extension_that_another_file_tells_about_origins() -> None:
    files = {
        "app.py": "from extensions import socketio\nfrom flask import Flask\n\n\ndef create():\n"
        "    app = Flask(__name__)\n    socketio.init_app(app, cors_allowed_origins='*')\n    return app\n",
        "extensions.py": "from flask_socketio import SocketIO\nsocketio = SocketIO(cors_credentials=False)\n",
    }
    (policy,) = read_all(files)
    assert isinstance(policy, Policy)
    assert (policy.name, policy.credentials.known()) == ("SocketIO on `app`", False)
    assert read_all(files, "extensions.py") == []


def test_an_extension_that_another_file_only_puts_to_use() -> None:
    files = {
        "app.py": "from extensions import socketio\nsocketio.init_app(app)\n",
        "extensions.py": "from flask_socketio import SocketIO\nsocketio = SocketIO(cors_allowed_origins='*')\n",
    }
    assert read_all(files) == []
    (policy,) = read_all(files, "extensions.py")
    assert isinstance(policy, Policy)
    assert policy.name == "SocketIO `socketio`"


def test_an_extension_is_made_in_each_of_two_branches() -> None:
    text = "import os\nfrom flask_socketio import SocketIO\n\n" + (
        "if os.getenv('OPEN') == 'true':\n    socketio = SocketIO(cors_allowed_origins='*')\n"
        "else:\n    socketio = SocketIO(cors_allowed_origins=['https://app.example.com'])\n"
    )
    first, second = read(text)
    assert (entries(first), entries(second)) == ([AnyOrigin()], [Exact(APP)])
    assert first.conditions[0].excludes(second.conditions[0])


def test_origins_from_another_module() -> None:
    settings = {"settings.py": "ORIGINS = ['https://app.example.com']\n"}
    text = "import socketio\nfrom settings import ORIGINS\nsio = socketio.Server(cors_allowed_origins=ORIGINS)\n"
    assert entries(only(text, settings)) == [Exact(APP)]


def test_each_socket_has_a_key_of_its_own() -> None:
    text = SERVER.format("cors_allowed_origins=None") + "other = socketio.Server(cors_allowed_origins='*')\n"
    assert [policy.key for policy in read(text)] == ["Server@sio", "Server@other"]
    twice = FLASK + "SocketIO(app, cors_allowed_origins='*')\nSocketIO(app, cors_allowed_origins=[])\n"
    assert [policy.key for policy in read(twice)] == ["SocketIO@app", "SocketIO@app#2"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (SERVER.format("cors_allowed_origins='*'"), "/socket.io/"),
        ("import engineio\neio = engineio.Server(cors_allowed_origins='*')\n", "/engine.io/"),
        (SERVER.format("cors_allowed_origins='*'") + "app = socketio.WSGIApp(sio, socketio_path='ws')\n", "/ws/"),
        (SERVER.format("cors_allowed_origins='*'") + "app = socketio.ASGIApp(sio, other, None, '/a/b')\n", "/a/b/"),
        (SERVER.format("cors_allowed_origins='*'") + "sio.attach(app, 'live')\n", "/live/"),
        (SERVER.format("cors_allowed_origins='*'") + "app.mount('/ws', socketio.ASGIApp(sio))\n", "/ws/socket.io/"),
        (
            SERVER.format("cors_allowed_origins='*'")
            + "inner = socketio.ASGIApp(sio, socketio_path='/ws/socket.io')\napp.mount('/ws', app=inner)\n",
            "/ws/socket.io/",
        ),
        (SERVER.format("cors_allowed_origins='*'") + "app.mount('/', socketio.ASGIApp(sio, api))\n", "/socket.io/"),
        (
            "import socketio\ncore.sio = sio = socketio.AsyncServer(cors_allowed_origins='*')\n"
            "live = socketio.ASGIApp(socketio_server=sio, socketio_path='/_ws/socket.io')\napp.mount('/_ws/', live)\n",
            "/_ws/socket.io/",
        ),
        (FLASK + "SocketIO(app, cors_allowed_origins='*', path='/live')\n", "/live/"),
        (FLASK + "SocketIO(app, cors_allowed_origins='*', resource='live')\n", "/live/"),
        ("from fastapi_socketio import SocketManager\nSocketManager(app=app)\n", "/ws/socket.io/"),
        ("from fastapi_socketio import SocketManager\nSocketManager(app, mount_location='/')\n", "/socket.io/"),
    ],
)
def test_the_path_of_a_socket(text: str, path: str) -> None:
    policy = only(text)
    assert policy.covers(f"{path}?transport=polling")
    assert not policy.covers("/api/items")
    assert policy.scope.text == f"path {path}"


# --- Beside other products


def test_a_flask_application_and_its_socket_have_a_policy_each() -> None:
    text = FLASK + (
        "from flask_cors import CORS\nORIGINS = ['https://app.example.com']\n"
        "CORS(app, origins=ORIGINS)\nsocketio = SocketIO(app, cors_allowed_origins=ORIGINS)\n"
    )
    project = Project()
    project.keep("app.py", text)
    source = project.source("app.py")
    assert source is not None
    found = [policy for server in (flask_cors, socketio) for policy in server.read(project, source)]
    assert [(policy.server, policy.name) for policy in found if isinstance(policy, Policy)] == [
        ("flask_cors", "CORS on `app`"),
        ("socketio", "SocketIO on `app`"),
    ]
    assert rules(text) == []


# --- What must stay silent


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("app.py", "cors_allowed_origins=['https://app.example.com']"),
        ("app.py", "cors_allowed_origins='https://app.example.com'"),
        ("app.py", "cors_allowed_origins=['https://app.example.com'], cors_credentials=False"),
        ("app.py", "cors_allowed_origins=['http://localhost:3000']"),
        ("app.py", "cors_allowed_origins=['https://app.example.com', 'http://localhost:5173']"),
        ("app.py", "cors_allowed_origins=None"),
        ("app.py", "cors_allowed_origins=()"),
        ("app.py", "cors_allowed_origins=os.getenv('ORIGINS', 'https://app.example.com').split(',')"),
        ("app.py", "cors_allowed_origins=[o for o in os.getenv('O', 'https://a.example').split(',') if o]"),
        ("dev/app.py", "cors_allowed_origins='*', cors_credentials=False"),
        ("tests/test_app.py", "cors_allowed_origins='*', cors_credentials=False"),
        ("tests/test_app.py", "cors_allowed_origins=True"),
        ("tests/conftest.py", "cors_allowed_origins='https://a.example,https://b.example'"),
        ("examples/app.py", "cors_allowed_origins='*', cors_credentials=False"),
        ("docs/app.py", "cors_allowed_origins='*', cors_credentials=False"),
    ],
)
def test_silent(path: str, options: str) -> None:
    text = SERVER.format(options)
    assert len(read(text)) == 1
    assert rules(text, path) == []
