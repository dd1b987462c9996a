"""What changed between releases of flask-cors; `scripts/conformance-versions` holds it against the releases themselves.

What is expected here was seen with them.
"""

from __future__ import annotations

import pytest

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.policy import Policy
from corslint.servers import flask_cors
from corslint.source import Source

HEAD = "from flask import Flask\nfrom flask_cors import CORS, cross_origin\n\napp = Flask(__name__)\n"
ORIGIN = "https://app.example.com"


def read(text: str, version: str | None) -> list[Policy]:
    versions = {} if version is None else {"flask-cors": version}
    policies = list(flask_cors.read(Project(versions=versions), Source("app.py", HEAD + text)))
    assert all(isinstance(policy, Policy) for policy in policies)
    return policies  # type: ignore[return-value]


def answer(text: str, version: str | None, path: str = "/", origin: str | None = ORIGIN, **more: str) -> dict[str, str]:
    """The headers of the answer to a preflight, and its status under the name `status`."""
    headers = [(f"Access-Control-Request-{name.replace('_', '-')}", value) for name, value in more.items()]
    if origin is not None:
        headers.append(("Origin", origin))
    request = Request(origin or "null", f"https://api.example{path}", "OPTIONS", tuple(headers))
    for policy in read(text, version):
        if policy.covers(path):
            response = policy.respond(request)
            return {"status": str(response.status), **dict(response.headers)}
    return {"status": "200"}


@pytest.mark.parametrize(
    ("version", "expected", "asked_for"),
    [
        ("3.0.10", None, None),
        ("4.0.0", "true", "true"),
        ("4.0.1", "true", "true"),
        ("4.0.2", "true", "true"),
        ("5.0.0", "false", "true"),
        ("6.0.5", "false", "true"),
        (None, "false", "true"),
    ],
)
def test_private_network_access(version: str | None, expected: str | None, asked_for: str | None) -> None:
    name = "Access-Control-Allow-Private-Network"
    assert answer("CORS(app)\n", version, Private_Network="true").get(name) == expected
    assert answer("CORS(app, allow_private_network=True)\n", version, Private_Network="true").get(name) == asked_for


@pytest.mark.parametrize(
    ("version", "kinds"),
    [
        ("3.0.10", ["unknown-setting"]),
        ("4.0.1", ["unknown-setting"]),
        ("4.0.2", []),
        ("6.0.5", []),
        (None, []),
    ],
)
@pytest.mark.parametrize(
    "text",
    ["CORS(app, allow_private_network=False)\n", 'app.config["CORS_ALLOW_PRIVATE_NETWORK"] = False\nCORS(app)\n'],
)
def test_an_option_that_came_later(version: str | None, kinds: list[str], text: str) -> None:
    (policy,) = read(text, version)
    assert [fact.kind for fact in policy.facts] == kinds
    assert all(fact.help == "remove it, or install a newer release of flask-cors" for fact in policy.facts)


BAD = 'CORS(app, origins=["https://app.example.com", "*.example.com", "https://last.example"])\n'


@pytest.mark.parametrize(
    ("version", "kind", "text", "statuses"),
    [
        (
            "5.0.1",
            "rejected-configuration",
            "requests fail: '*.example.com' is taken for a regular expression, and is none",
            ["200", "500", "200"],
        ),
        (
            "6.0.3",
            "malformed-origin",
            "this lets nobody in: '*.example.com' is taken for a regular expression, and is none",
            ["200", "200", "200"],
        ),
        (
            "6.0.5",
            "rejected-configuration",
            "the application does not start: '*.example.com' is taken for a regular expression, and is none",
            ["500", "500", "500"],
        ),
    ],
)
def test_an_origin_that_is_no_regular_expression(version: str, kind: str, text: str, statuses: list[str]) -> None:
    (policy,) = read(BAD, version)
    assert [(fact.kind, fact.text) for fact in policy.facts] == [(kind, text)]
    asking = (ORIGIN, "https://last.example", None)
    assert [answer(BAD, version, origin=origin)["status"] for origin in asking] == statuses


def test_nothing_is_compared_with_what_follows_the_star() -> None:
    text = 'CORS(app, origins=["*", "*.example.com", None])\n'
    (policy,) = read(text, "5.0.1")
    assert policy.facts == ()
    assert answer(text, "5.0.1", origin="https://anybody.example")["status"] == "200"


@pytest.mark.parametrize(
    ("version", "statuses", "kinds"),
    [("5.0.1", ["200", "500", "500"], ["rejected-configuration"]), ("6.0.5", ["200", "200", "200"], [])],
)
def test_none_among_the_origins(version: str, statuses: list[str], kinds: list[str]) -> None:
    text = 'CORS(app, origins=["https://app.example.com", None])\n'
    (policy,) = read(text, version)
    assert [fact.kind for fact in policy.facts] == kinds
    asking = (ORIGIN, "https://last.example", None)
    assert [answer(text, version, origin=origin)["status"] for origin in asking] == statuses
    assert ("Access-Control-Allow-Origin" in answer(text, version, origin="none")) is (version == "6.0.5")


def test_none_that_only_some_environments_leave_behind_is_not_refused() -> None:
    text = 'import os\nCORS(app, origins=[os.environ.get("FRONTEND")])\n'
    (policy,) = read(text, "5.0.1")
    assert [fact.kind for fact in policy.facts] == ["unset-origin"]


@pytest.mark.parametrize(("version", "statuses"), [("6.0.3", ["500"]), ("6.0.5", ["200"])])
def test_no_methods(version: str, statuses: list[str]) -> None:
    for text in (
        "CORS(app, methods=None)\n",
        '@app.route("/")\n@cross_origin(methods=None)\ndef index(): ...\n',
    ):
        assert [answer(text, version)["status"]] == statuses
        kinds = [fact.kind for policy in read(text, version) for fact in policy.facts]
        assert kinds == (["rejected-configuration"] if statuses == ["500"] else [])


@pytest.mark.parametrize(("version", "expected"), [("5.0.1", True), ("6.0.0", False), ("6.0.5", False)])
def test_the_case_of_paths(version: str, expected: bool) -> None:
    for pattern, path in (("/api", "/API"), ("/API/.*", "/api/items")):
        text = f'CORS(app, resources={{"{pattern}": {{"origins": "*"}}}})\n'
        assert ("Access-Control-Allow-Origin" in answer(text, version, path)) is expected


@pytest.mark.parametrize(
    ("version", "allowed"),
    [
        # The longest; literal paths, then those with the fewest slashes; literal paths, then those with the most.
        ("5.0.1", {"/api/items": "PATCH", "/api/x/y": "PATCH"}),
        ("6.0.0", {"/api/items": "GET", "/api/x/y": "PATCH"}),
        ("6.0.1", {"/api/items": "GET", "/api/x/y": "PUT"}),
        ("6.0.5", {"/api/items": "GET", "/api/x/y": "PUT"}),
    ],
)
def test_the_order_of_resources(version: str, allowed: dict[str, str]) -> None:
    methods = {"/api/items": "GET", "/api.*": "POST", "/api/.*/.?": "PUT", "/api([^?]+[^?]+)": "PATCH"}
    resources = {pattern: {"methods": [method]} for pattern, method in methods.items()}
    text = f"CORS(app, resources={resources!r})\n"
    found = {
        path: method
        for path in allowed
        for method in methods.values()
        if "Access-Control-Allow-Methods" in answer(text, version, path, Method=method)
    }
    assert found == allowed


@pytest.mark.parametrize(
    ("version", "statuses", "kinds"),
    [
        ("5.0.1", ["200", "500"], [[], ["rejected-configuration"]]),
        ("6.0.3", ["200", "200"], [[], ["dead-resource"]]),
        ("6.0.5", ["500"], [["rejected-configuration"]]),
    ],
)
def test_a_resource_that_is_no_regular_expression(version: str, statuses: list[str], kinds: list[list[str]]) -> None:
    text = 'CORS(app, resources={"/api/items.*": {}, "*/api": {}})\n'
    assert [[fact.kind for fact in policy.facts] for policy in read(text, version)] == kinds
    paths = ("/api/items", "/files")[: len(statuses)]
    assert [answer(text, version, path)["status"] for path in paths] == statuses


@pytest.mark.parametrize(
    ("version", "like"), [("2.1.3", "3.0.10"), ("5", "5.0.1"), ("6", "6.0.5"), ("6.0", "6.0.5"), ("7.1", "6.0.5")]
)
def test_which_release_stands_for_another(version: str, like: str) -> None:
    from corslint.servers.flask_cors.versions import behaviour

    assert behaviour(version) is behaviour(like)


def test_the_project_tells_the_release() -> None:
    project = Project((Listed("app.py", "app.py"),), {"flask-cors": "5.0.1"})
    source = project.keep("app.py", HEAD + "CORS(app)\n")
    (policy,) = flask_cors.read(project, source)
    assert isinstance(policy, Policy)
    assert policy.version == "5.0.1"
