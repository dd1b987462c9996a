"""What answers a preflight before flask-cors does: what the real Flask answers then, and what is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.policy import Fact

APP = "https://app.example.com"
HEAD = """\
import functools
from flask import Flask, Response, abort, jsonify, make_response, redirect, request, session
from flask_cors import CORS, cross_origin
from werkzeug.exceptions import Unauthorized

app = Flask(__name__)
app.secret_key = "x"
KEYS = {"1"}
"""
EXTENSION = 'CORS(app, origins=["https://app.example.com"])\n\n\n'
PAGE = '\n\n@app.route("/", methods=["GET", "PUT"])\ndef page():\n    return ""\n'


def facts(kind: str, text: str) -> list[Fact]:
    report = engine.run([], Config(), stdin=StandardInput("app/main.py", text.encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies
    return [fact for policy in report.policies for fact in policy.facts if fact.kind == kind]


def preflight(text: str) -> tuple[int, bool]:
    """The status with which the program of this text answers a preflight, and whether it allows the origin."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(text, "main.py", "exec"), names)
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT"}
    answer = names["app"].test_client().options("/", headers=asked)
    return answer.status_code, answer.headers.get("Access-Control-Allow-Origin") == APP


TURNING_AWAY = {
    "abort": ('if request.headers.get("X-API-Key") not in KEYS:\n        abort(401)', 401),
    "tuple": ('if not session.get("user"):\n        return jsonify(error="login"), 403', 403),
    "made": ('if not session.get("user"):\n        return make_response("", 401)', 401),
    "response": ('if not session.get("user"):\n        return Response("", status=401)', 401),
    "redirect": ('if "user" not in session and request.path != "/login":\n        return redirect("/login")', 302),
    "raised": ('if "authorization" not in request.headers:\n        raise Unauthorized()', 401),
}
LETTING_PASS = {
    "preflights": 'if request.method != "OPTIONS" and not session.get("user"):\n        abort(401)',
    "no login": 'token = request.headers.get("Authorization")\n    if token and token not in KEYS:\n        abort(401)',
    "none at all passes": (
        'if not request.headers.get("Authorization"):\n        return None\n'
        '    if request.headers["Authorization"] not in KEYS:\n        abort(401)'
    ),
    "nothing asked": "request.started = 1",
    "for others": 'if len(KEYS) > 9:\n        return "try again later", 503',
    "elsewhere": 'if request.path == "/old":\n        return redirect("/")',
}


@pytest.mark.parametrize(("body", "status"), TURNING_AWAY.values(), ids=TURNING_AWAY)
@pytest.mark.parametrize("is_last", [True, False])
def test_a_hook_that_asks_for_a_login_turns_preflights_away(body: str, status: int, is_last: bool) -> None:
    hook = f"@app.before_request\ndef check():\n    {body}\n\n\n"
    text = HEAD + (EXTENSION + hook if is_last else hook + EXTENSION) + PAGE
    assert preflight(text) == (status, True)
    (fact,) = facts("middleware-order", text)
    assert fact.text == "requests that need a preflight never arrive: `check` turns OPTIONS away"


@pytest.mark.parametrize("body", LETTING_PASS.values(), ids=LETTING_PASS)
def test_a_hook_that_lets_preflights_pass_is_fine(body: str) -> None:
    text = HEAD + EXTENSION + f"@app.before_request\ndef check():\n    {body}\n" + PAGE
    assert preflight(text) == (200, True)
    assert not facts("middleware-order", text)


def test_a_hook_may_be_given_by_name() -> None:
    text = "def check():\n    if not session.get('user'):\n        abort(401)\n\n\napp.before_request(check)\n"
    assert preflight(HEAD + EXTENSION + text + PAGE) == (401, True)
    assert len(facts("middleware-order", HEAD + EXTENSION + text + PAGE)) == 1


def test_hooks_of_another_application_do_nothing() -> None:
    text = "other = Flask('x')\n\n\n@other.before_request\ndef check():\n    if 'user' not in session:\n"
    text += "        abort(401)\n"
    assert preflight(HEAD + EXTENSION + text + PAGE) == (200, True)
    assert not facts("middleware-order", HEAD + EXTENSION + text + PAGE)


def decorator(body: str, *, wraps: bool = True) -> str:
    line = "    @functools.wraps(view)\n" if wraps else ""
    call = "        return view(*args, **kwargs)\n    return inner\n\n\n"
    return f"def outer(view):\n{line}    def inner(*args, **kwargs):\n        {body}\n{call}"


def view(*names: str) -> str:
    lines = "".join(f"@{name}\n" for name in names)
    return f'@app.route("/", methods=["GET", "PUT"])\n{lines}def page():\n    return ""\n'


CROSS = 'cross_origin(origins=["https://app.example.com"])'
LOGIN = 'if request.headers.get("Authorization") is None:\n            return jsonify(error="login"), 401'


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (decorator(LOGIN) + view("outer", CROSS), (401, False)),
        (decorator(LOGIN) + view(CROSS, "outer"), (200, True)),
        (decorator("pass", wraps=False) + view("outer", CROSS), (200, False)),
        (decorator("pass", wraps=False) + view(CROSS, "outer"), (200, True)),
        (decorator("pass") + view("outer", CROSS), (200, True)),
        (decorator('if request.method == "PUT":\n            abort(401)') + view("outer", CROSS), (200, True)),
        (decorator("pass", wraps=False) + EXTENSION + view("outer", CROSS), (200, True)),
    ],
    ids=["login above", "login below", "no wraps above", "no wraps below", "wraps", "by method", "extension"],
)
def test_decorators_above_cross_origin_come_first(text: str, answer: tuple[int, bool]) -> None:
    assert preflight(HEAD + text) == answer
    assert len(facts("decorator-order", HEAD + text)) == (answer != (200, True))


def test_a_decorator_may_stand_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "guards.py").write_text(HEAD + decorator(LOGIN))
    (tmp_path / "main.py").write_text(HEAD + "from guards import outer\n\n\n" + view("outer", CROSS))
    found = [one.rule for one in engine.run([str(tmp_path)], Config()).findings]
    assert found == ["decorator-order"]
