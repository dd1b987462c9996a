"""Flask programs in which two layers send Access-Control-Allow-Origin: what is said of them, and what Flask does."""

from __future__ import annotations

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Finding

HEAD = """\
from flask import Flask, jsonify
from flask_cors import CORS, cross_origin

app = Flask(__name__)
"""
ADDING = """
@app.after_request
def send_it_too(response):
    response.headers.add("Access-Control-Allow-Origin", "*")
    return response
"""
SETTING = ADDING.replace('.add("Access-Control-Allow-Origin", "*")', '["Access-Control-Allow-Origin"] = "*"')
VIEW = """
@app.route("/")
def view():
    return jsonify({})
"""
DECORATED = VIEW.replace('"/")\n', '"/")\n@cross_origin()\n')
ADDING_VIEW = VIEW.replace(
    "return jsonify({})",
    'response = jsonify({})\n    response.headers.add("Access-Control-Allow-Origin", "*")\n    return response',
)
SETTING_VIEW = ADDING_VIEW.replace('.add("Access-Control-Allow-Origin", "*")', '["Access-Control-Allow-Origin"] = "*"')
DECORATED_VIEW = SETTING_VIEW.replace('"/")\n', '"/")\n@cross_origin()\n')
EXTENSION = "CORS(app)\n"


def found(text: str) -> list[Finding]:
    report = engine.run(
        [], Config(select=("duplicate-cors-layer",)), stdin=StandardInput("shop/views.py", text.encode())
    )
    assert not report.crashes
    return list(report.findings)


def lines_sent(text: str) -> int:
    """How many lines of the header the program really sends."""
    program: dict[str, object] = {"__name__": "shop"}
    exec(compile(text, "shop.py", "exec"), program)
    client = program["app"].test_client()  # type: ignore[attr-defined]
    return len(
        client.get("/", headers={"Origin": "https://app.example"}).headers.getlist("Access-Control-Allow-Origin")
    )


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (HEAD + ADDING + EXTENSION + VIEW, "CORS(app)"),
        (HEAD + VIEW + "cors = CORS()\n" + ADDING + "cors.init_app(app)\n", "cors.init_app(app)"),
        (
            HEAD
            + ADDING.replace("@app.after_request\n", "")
            + "app.after_request(send_it_too)\nCORS(app=app)\n"
            + VIEW,
            "CORS(app=app)",
        ),
        (HEAD + ADDING + DECORATED, "cross_origin()"),
        (HEAD + DECORATED + ADDING, "cross_origin()"),
        (HEAD + DECORATED_VIEW, "cross_origin()"),
        (HEAD + EXTENSION + DECORATED_VIEW, "cross_origin()"),
        (HEAD + EXTENSION + ADDING + DECORATED, "cross_origin()"),
    ],
)
def test_two_lines(text: str, other: str) -> None:
    assert lines_sent(text) == 2
    (one,) = found(text)
    assert "Access-Control-Allow-Origin" in one.primary.span.text
    assert [label.span.text for label in one.labels if not label.primary] == [other]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + EXTENSION + ADDING + VIEW,
        HEAD + SETTING + EXTENSION + VIEW,
        HEAD + EXTENSION + SETTING + VIEW,
        HEAD + SETTING + DECORATED,
        HEAD + EXTENSION + ADDING_VIEW,
        HEAD + EXTENSION + SETTING_VIEW,
        HEAD + ADDING + VIEW,
        HEAD + DECORATED,
        HEAD + EXTENSION + DECORATED,
        HEAD + ADDING + "other = Flask('other')\nCORS(other)\n" + VIEW,
        HEAD
        + ADDING
        + "other = Flask('other')\n"
        + DECORATED.replace("@app", "@other").replace("view()", "theirs()")
        + VIEW,
    ],
)
def test_one_line(text: str) -> None:
    assert lines_sent(text) == 1
    assert not found(text)
