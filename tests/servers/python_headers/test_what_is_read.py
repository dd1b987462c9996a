"""Which code sets response headers, which only looks like it, and what else is read off it."""

from __future__ import annotations

import textwrap

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.finding import Unread
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.servers import python_headers
from corslint.source import Source
from corslint.values import Known, Unknown


def read(text: str, path: str = "app/main.py") -> list[Policy | Unread]:
    return list(python_headers.read(Project(), Source(path, textwrap.dedent(text))))


def policies(text: str, path: str = "app/main.py") -> list[Policy]:
    return [one for one in read(text, path) if isinstance(one, Policy)]


def names(text: str) -> list[str]:
    return [policy.name for policy in policies(text)]


def only(text: str) -> Policy:
    (policy,) = policies(text)
    return policy


# --- Silence


@pytest.mark.parametrize(
    "text",
    [
        # Requests to other servers.
        'requests.get(url, headers={"Access-Control-Allow-Origin": "*"})',
        'requests.post(url, json=data, headers=dict({"Access-Control-Allow-Origin": "*"}))',
        'httpx.AsyncClient(headers={"Access-Control-Allow-Origin": "*"})',
        'urllib.request.Request(url, headers={"Access-Control-Allow-Origin": "*"})',
        'session.headers.update({"Access-Control-Allow-Origin": "*"})',
        'session.headers["Access-Control-Allow-Origin"] = "*"',
        'self.session.headers["Access-Control-Allow-Origin"] = "*"',
        'request.headers["Access-Control-Allow-Origin"] = "*"',
        'req.add_header("Access-Control-Allow-Origin", "*")',
        'client.defaults["Access-Control-Allow-Origin"] = "*"',
        'aiohttp.ClientSession(headers={"Access-Control-Allow-Origin": "*"})',
        # Reading and comparing.
        'assert response.headers["Access-Control-Allow-Origin"] == "*"',
        'assert response.headers.get("access-control-allow-origin") is None',
        'assert "Access-Control-Allow-Origin" not in response',
        'allowed = response.headers.get("Access-Control-Allow-Origin", "*")',
        'if response.headers["Access-Control-Allow-Origin"] == "*": report(url)',
        'value = response["Access-Control-Allow-Origin"]',
        'response.headers.pop("Access-Control-Allow-Origin", None)',
        'del response.headers["Access-Control-Allow-Origin"]',
        'response.headers.getlist("Access-Control-Allow-Origin")',
        'print("Access-Control-Allow-Origin: *")',
        'logger.info("sent %s", {"Access-Control-Allow-Origin": "*"})',
        # Data that is no response.
        'HEADER = "Access-Control-Allow-Origin"',
        'HOP_BY_HOP = ["connection", "access-control-allow-origin"]',
        'SKIPPED = {"access-control-allow-origin", "vary"}',
        'DESCRIPTIONS = {"Access-Control-Allow-Origin": "who may read the answer"}',
        'EXPECTED = [("Access-Control-Allow-Origin", "*")]',
        'table["Access-Control-Allow-Origin"] = "*"',
        'os.environ["ACCESS_CONTROL_ALLOW_ORIGIN"] = "*"',
        'config["ACCESS_CONTROL_ALLOW_ORIGIN"] = "*"',
        'ACCESS_CONTROL_ALLOW_ORIGIN = "*"',
        'parameters = {"method.response.header.Access-Control-Allow-Origin": "\'*\'"}',
        'client.put_bucket_cors(Bucket=name, CORSConfiguration={"Access-Control-Allow-Origin": "*"})',
        'parser.add_argument("--header", default="Access-Control-Allow-Origin: *")',
        'NGINX = """\n    add_header Access-Control-Allow-Origin *;\n    """',
        # Imitated answers.
        'MockResponse(headers={"Access-Control-Allow-Origin": "*"})',
        'responses.add(responses.GET, url, headers={"Access-Control-Allow-Origin": "*"})',
        # Comments and documentation.
        '# response.headers["Access-Control-Allow-Origin"] = "*"',
        '"""Set `response.headers["Access-Control-Allow-Origin"] = "*"` for this."""',
        # Never run.
        'if False:\n        response.headers["Access-Control-Allow-Origin"] = "*"',
    ],
)
def test_silent(text: str) -> None:
    body = textwrap.indent(text.replace("\n    ", "\n"), "    ")
    assert names(f"def work(response, url, data):\n{body}\n    return 1\n") == []
    assert names(textwrap.dedent(text)) == []


def test_scanners_are_silent() -> None:
    assert (
        read("""
        import requests

        def check(url):
            answer = requests.get(url, headers={"Origin": "https://evil.example"})
            acao = answer.headers.get("Access-Control-Allow-Origin")
            acac = answer.headers.get("Access-Control-Allow-Credentials")
            if acao == "https://evil.example" and acac == "true":
                return {"class": "origin reflected", "acao header": acao, "acac header": acac}
            return {"Access-Control-Allow-Origin": answer.headers["Access-Control-Allow-Origin"]}
    """)
        == []
    )


def test_proxies_that_hand_headers_on_are_silent() -> None:
    assert (
        read("""
        SKIPPED = ("access-control-allow-origin", "access-control-allow-credentials")

        async def forward(request):
            answer = await client.request(request.method, url, headers=request.headers)
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in SKIPPED}
            return Response(answer.content, headers=headers)
    """)
        == []
    )


def test_tests_are_silent() -> None:
    text = """
        class TestCors:
            def answer(self):
                response = HttpResponse()
                response["Access-Control-Allow-Origin"] = "*"
                return response

        def test_view(client):
            response = Response(headers={"Access-Control-Allow-Origin": "*"})
            assert response.headers["Access-Control-Allow-Origin"] == "*"
    """
    assert read(text) == []


@pytest.mark.parametrize("path", ["tests/test_cors.py", "app/cors_test.py", "conftest.py", "README.md", "app/x.pyi"])
def test_files_that_are_not_looked_at(path: str) -> None:
    assert not python_headers.FILES.search(path)


@pytest.mark.parametrize("path", ["app.py", "tests/app.py", "src/latest.py", "contest.py", "a/test_data/server.py"])
def test_files_that_are_looked_at(path: str) -> None:
    assert python_headers.FILES.search(path)


def test_a_file_that_mentions_the_header_in_comments_only_is_not_parsed() -> None:
    assert read("#  Access-Control-Allow-Origin\ndef broken(:\n") == []


def test_a_file_that_cannot_be_parsed_is_unread() -> None:
    (unread,) = read('response.headers["Access-Control-Allow-Origin"] = = "*"\n')
    assert isinstance(unread, Unread)
    assert unread.span is not None
    assert (unread.path, unread.span.line) == ("app/main.py", 1)


# --- The ways to set headers


@pytest.mark.parametrize(
    "text",
    [
        'response.headers["Access-Control-Allow-Origin"] = "*"',
        'response.headers["access-control-allow-origin"] = "*"',
        'response["Access-Control-Allow-Origin"] = "*"',
        'response[b"Access-Control-Allow-Origin"] = b"*"',
        'resp.headers.add("Access-Control-Allow-Origin", "*")',
        'resp.headers.set("Access-Control-Allow-Origin", "*")',
        'resp.headers.append("Access-Control-Allow-Origin", "*")',
        'resp.headers.setdefault("Access-Control-Allow-Origin", "*")',
        'resp.headers.update({"Access-Control-Allow-Origin": "*"})',
        'resp.headers.extend({"Access-Control-Allow-Origin": "*"})',
        'resp.headers.extend([("Access-Control-Allow-Origin", "*")])',
        'resp.headers |= {"Access-Control-Allow-Origin": "*"}',
        'resp.headers = {"Access-Control-Allow-Origin": "*"}',
        'resp.access_control_allow_origin = "*"',
        'resp.set_header("Access-Control-Allow-Origin", "*")',
        'resp.append_header("Access-Control-Allow-Origin", "*")',
        'self.set_header("Access-Control-Allow-Origin", "*")',
        'self.add_header(name="Access-Control-Allow-Origin", value="*")',
        'self.send_header("Access-Control-Allow-Origin", "*")',
        'self.response.headers["Access-Control-Allow-Origin"] = "*"',
        'web.header("Access-Control-Allow-Origin", "*")',
        'request.setHeader(b"Access-Control-Allow-Origin", b"*")',
        'response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"',
        'NAME = "Access-Control-Allow-Origin"\nresponse.headers[NAME] = "*"',
        'return Response("", headers={"Access-Control-Allow-Origin": "*"})',
        'return web.json_response({}, headers={"Access-Control-Allow-Origin": "*"})',
        'return make_response("", 200, {"Access-Control-Allow-Origin": "*"})',
        'return "", 200, {"Access-Control-Allow-Origin": "*"}',
        'return "", {"Access-Control-Allow-Origin": "*"}',
        'return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}',
        'answer = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}\nreturn answer',
        'headers = {}\nheaders["Access-Control-Allow-Origin"] = "*"\nreturn Response("", headers=headers)',
        'headers = {"Access-Control-Allow-Origin": "*"}\nreturn reply(200, {**headers, "X-A": "b"})',
        'headers = dict(base)\nheaders.update({"Access-Control-Allow-Origin": "*"})\nreturn reply(headers=headers)',
        'headers = [("Access-Control-Allow-Origin", "*")]\nstart_response("200 OK", headers)',
        'start_response("200 OK", [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])',
        'for name, value in {"Access-Control-Allow-Origin": "*"}.items():\n    resp.headers[name] = value',
        'for name, value in [("Access-Control-Allow-Origin", "*")]:\n    resp.headers[name] = value',
        'send({"type": "http.response.start", "status": 200, "headers": [(b"access-control-allow-origin", b"*")]})',
        'send({"type": "http.response.start", "status": 200, "headers": [[b"access-control-allow-origin", b"*"]]})',
    ],
)
def test_set(text: str) -> None:
    policy = only(f"def work(self, request, response, resp, base):\n{textwrap.indent(text, '    ')}\n")
    assert policy.name == "headers set in `work`"
    assert isinstance(policy.origins.value, Known)
    assert [type(entry).__name__ for entry in policy.origins.value.value.entries] == ["AnyOrigin"]


def test_a_constant_that_responses_get() -> None:
    policy = only("""
        from fastapi.responses import JSONResponse

        CORS_HEADERS = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, POST",
        }

        def one():
            return JSONResponse({}, headers=CORS_HEADERS)

        def two():
            return JSONResponse({}, headers={**CORS_HEADERS, "X-A": "b"})
    """)
    assert (policy.name, policy.key) == ("headers in `CORS_HEADERS`", "headers@CORS_HEADERS")
    assert policy.span.text == '"Access-Control-Allow-Origin": "*"'
    assert policy.methods.value == Known(("GET", "POST"), policy.methods.value.span)


def test_a_constant_that_other_files_import() -> None:
    assert names('CORS_HEADERS = {"Access-Control-Allow-Origin": "*"}') == ["headers in `CORS_HEADERS`"]


def test_a_constant_whose_origin_every_user_replaces() -> None:
    assert names("""
        from flask import Response

        cors = {"Access-Control-Allow-Origin": "*", "Vary": "Origin"}

        def view():
            headers = dict(cors)
            headers["Access-Control-Allow-Origin"] = "https://a.example"
            return Response("", headers=headers)
    """) == ["headers set in `view`"]


def test_one_policy_for_a_function_that_answers_the_same_in_many_places() -> None:
    assert names("""
        def handler(event, context):
            if not event.get("body"):
                return {"statusCode": 400, "headers": {"Access-Control-Allow-Origin": "*"}}
            try:
                work(event)
            except ValueError:
                return {"statusCode": 500, "headers": {"Access-Control-Allow-Origin": "*"}}
            return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    """) == ["headers set in `handler`"]


def test_one_policy_for_each_function() -> None:
    found = policies("""
        class Handler:
            def get(self):
                self.set_header("Access-Control-Allow-Origin", "*")

            def post(self):
                self.set_header("Access-Control-Allow-Origin", "https://a.example")

        def get(response):
            response["Access-Control-Allow-Origin"] = "*"
    """)
    assert [policy.key for policy in found] == ["headers@Handler.get", "headers@Handler.post", "headers@get"]


def test_functions_inside_of_functions_are_read() -> None:
    found = policies("""
        import functools
        from flask import Flask, request

        ALLOWED = ("https://a.example",)

        def create_app():
            app = Flask(__name__)
            origin_wanted = "https://b.example"

            @app.after_request
            def hook(response):
                response.headers["Access-Control-Allow-Origin"] = origin_wanted
                return response

            return app

        def crossdomain(view):
            @functools.wraps(view)
            def wrapped(*args, **kwargs):
                response = view(*args, **kwargs)
                if request.origin in ALLOWED:
                    response.headers["Access-Control-Allow-Origin"] = request.origin
                return response
            return wrapped
    """)
    texts = [[getattr(e, "text", "") for e in policy.entries()] for policy in found]
    assert [policy.name for policy in found] == ["headers set in `hook`", "headers set in `wrapped`"]
    assert texts == [["https://b.example"], ["https://a.example"]]


# --- Settings


def test_all_settings() -> None:
    policy = only("""
        from django.http import HttpResponse

        def view(request):
            response = HttpResponse()
            response["Access-Control-Allow-Origin"] = "https://a.example"
            response["Access-Control-Allow-Credentials"] = "true"
            response["Access-Control-Allow-Methods"] = "GET, PUT"
            response["Access-Control-Allow-Headers"] = "Content-Type,X-A"
            response["Access-Control-Expose-Headers"] = "X-B"
            response["Access-Control-Max-Age"] = "600"
            response["Access-Control-Allow-Private-Network"] = "true"
            response["Vary"] = "Accept, Origin"
            return response
    """)
    values = {setting.name: getattr(setting.value, "value", None) for setting in policy.settings()[1:]}
    assert values == {
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": ("GET", "PUT"),
        "Access-Control-Allow-Headers": ("Content-Type", "X-A"),
        "Access-Control-Expose-Headers": ("X-B",),
        "Access-Control-Max-Age": 600,
        "Access-Control-Allow-Private-Network": True,
        "Vary": True,
        "errors": None,
    }
    assert policy.product == "Django"
    assert policy.origins.span is not None
    assert policy.origins.span.text == 'response["Access-Control-Allow-Origin"] = "https://a.example"'
    assert policy.credentials.value.span is not None
    assert policy.credentials.value.span.text == '"true"'


@pytest.mark.parametrize(
    ("imports", "value", "expected"),
    [
        ("from flask import Flask", "True", "True"),
        ("from flask import Flask", '"True"', "True"),
        ("from flask import Flask", "str(True).lower()", "true"),
        ("from django.http import HttpResponse", "True", "True"),
        ("from django.http import HttpResponse", '"false"', "false"),
        ("import bottle", '"true"', "true"),
    ],
)
def test_credentials_are_the_text_that_is_sent(imports: str, value: str, expected: str) -> None:
    policy = only(f"""
        {imports}

        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = "https://a.example"
            response.headers["Access-Control-Allow-Credentials"] = {value}
            return response
    """)
    assert isinstance(policy.credentials.value, Known)
    assert policy.credentials.value.value == expected


def test_lambda_turns_true_into_its_json() -> None:
    policy = only("""
        def handler(event, context):
            headers = {"Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Credentials": True}
            return {"statusCode": 200, "headers": headers, "body": ""}
    """)
    assert (policy.product, getattr(policy.credentials.value, "value", None)) == ("AWS Lambda", "true")


def test_starlette_refuses_what_is_no_text() -> None:
    policy = only("""
        from fastapi import Response

        def view(response: Response):
            response.headers["Access-Control-Allow-Origin"] = "https://a.example"
            response.headers["Access-Control-Allow-Credentials"] = True
    """)
    assert [fact.kind for fact in policy.facts] == ["rejected-configuration"]
    answer = policy.respond(
        Request("https://a.example", "https://api.example/", headers=(("Origin", "https://a.example"),))
    )
    assert (answer.status, answer.headers) == (500, ())


def test_credentials_that_hang_on_the_configuration_are_unknown() -> None:
    policy = only("""
        from flask import Flask, current_app, request

        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            if current_app.config["CORS_CREDENTIALS"]:
                response.headers["Access-Control-Allow-Credentials"] = "true"
            return response
    """)
    assert isinstance(policy.credentials.value, Unknown)


def test_credentials_only_for_listed_origins_are_not_sent_with_the_star() -> None:
    policy = only("""
        from flask import request

        def hook(response):
            origin = request.headers.get("Origin")
            allowed = origin if origin in ("https://a.example",) else "*"
            response.headers["Access-Control-Allow-Origin"] = allowed
            if allowed != "*":
                response.headers["Access-Control-Allow-Credentials"] = "true"
            return response
    """)
    assert _answer(policy, "https://evil.example") == [("Access-Control-Allow-Origin", "*")]
    assert _answer(policy, "https://a.example") == [
        ("Access-Control-Allow-Origin", "https://a.example"),
        ("Access-Control-Allow-Credentials", "true"),
    ]


def test_repeated_request_headers_are_read_as_a_star() -> None:
    policy = only("""
        from flask import request, Flask

        app = Flask(__name__)

        @app.after_request
        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Allow-Methods"] = "GET, PUT"
            asked = request.headers.get("Access-Control-Request-Headers", "*")
            response.headers["Access-Control-Allow-Headers"] = asked
            return response
    """)
    assert policy.headers.value.value == ("*",)  # type: ignore[union-attr]
    assert ("Access-Control-Allow-Headers", "x-a") in _answer(policy, "https://a.example", "OPTIONS")


def test_vary_that_another_place_of_the_file_may_send_is_unknown() -> None:
    policy = only("""
        from flask import request

        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            return response

        def other(response):
            response.headers["Vary"] = "Origin"
            return response
    """)
    assert isinstance(policy.vary.value, Unknown)


def test_a_header_that_is_added_twice_is_sent_twice() -> None:
    policy = only("""
        def do_GET(self):
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Origin", "https://a.example")
    """)
    assert _answer(policy, "https://a.example") == [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Origin", "https://a.example"),
    ]


# --- Preflights and errors

FLASK = "from flask import Flask, jsonify\n\napp = Flask(__name__)\n\n"
VIEW = '    response = jsonify({})\n    response.headers["Access-Control-Allow-Origin"] = "*"\n    return response\n'


@pytest.mark.parametrize(
    ("text", "answered_by", "status", "takes"),
    [
        (f'{FLASK}@app.route("/a", methods=["POST"])\ndef view():\n{VIEW}', "nobody", 200, ("POST",)),
        (f'{FLASK}@app.route("/a")\ndef view():\n{VIEW}', "nobody", 200, ("GET",)),
        (f'{FLASK}@app.post("/a")\ndef view():\n{VIEW}', "nobody", 200, ("POST",)),
        (f'{FLASK}@app.route("/a", methods=["POST", "OPTIONS"])\ndef view():\n{VIEW}', "product", None, ()),
        (f'{FLASK}@app.route("/a", methods=METHODS)\ndef view():\n{VIEW}', "unknown", None, ()),
        (
            f'from flask import jsonify\n@bp.route("/a", methods=["POST"])\ndef view():\n{VIEW}',
            "unknown",
            None,
            ("POST",),
        ),
        (
            f'{FLASK}@app.post("/a")\ndef view():\n{VIEW}\n@app.before_request\ndef b():\n    pass\n',
            "unknown",
            None,
            ("POST",),
        ),
        (
            'from fastapi import FastAPI\napp = FastAPI()\n\n@app.put("/a")\ndef view(response):\n'
            '    response.headers["Access-Control-Allow-Origin"] = "*"\n',
            "nobody",
            405,
            ("PUT",),
        ),
        (
            f"{FLASK}from flask_cors import CORS\nCORS(app)\n\n@app.after_request\ndef hook(response):\n"
            '    response.headers["Access-Control-Allow-Origin"] = "*"\n    return response\n',
            "unknown",
            None,
            (),
        ),
        (f"def helper(response):\n{VIEW}", "unknown", None, ()),
    ],
)
def test_preflight(text: str, answered_by: str, status: int | None, takes: tuple[str, ...]) -> None:
    preflight = only(text).preflight
    assert (preflight.answered_by, preflight.status, preflight.takes) == (answered_by, status, takes)


def test_hooks_answer_preflights_and_errors() -> None:
    policy = only("""
        from flask import Flask

        app = Flask(__name__)

        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        app.after_request(hook)
    """)
    assert (policy.preflight.answered_by, policy.preflight.status) == ("product", 200)
    assert policy.on_errors.value == Known(True)


def test_the_answer_to_options_is_joined_to_the_other_one() -> None:
    policy = only("""
        from flask import Flask, jsonify, make_response, request

        app = Flask(__name__)

        @app.route("/a", methods=["POST", "OPTIONS"])
        def view():
            if request.method == "OPTIONS":
                response = make_response("", 204)
                response.headers["Access-Control-Allow-Origin"] = "https://a.example"
                response.headers["Access-Control-Allow-Methods"] = "POST"
                response.headers["Access-Control-Allow-Headers"] = "Content-Type"
                return response
            response = jsonify({})
            response.headers["Access-Control-Allow-Origin"] = "https://a.example"
            return response
    """)
    assert policy.preflight.answered_by == "product"
    assert _answer(policy, "https://a.example") == [("Access-Control-Allow-Origin", "https://a.example")]
    assert dict(_answer(policy, "https://a.example", "OPTIONS"))["Access-Control-Allow-Methods"] == "POST"


def test_methods_of_one_class_are_joined() -> None:
    policy = only("""
        import tornado.web

        class Handler(tornado.web.RequestHandler):
            def options(self):
                self.set_header("Access-Control-Allow-Origin", "*")
                self.set_header("Access-Control-Allow-Methods", "PUT")
                self.set_header("Access-Control-Allow-Headers", "x-a")
                self.set_status(204)

            def put(self):
                self.set_header("Access-Control-Allow-Origin", "*")
    """)
    assert (policy.product, policy.preflight.answered_by, policy.preflight.status) == ("Tornado", "product", 204)
    assert [name for name, _ in _answer(policy, "https://a.example")] == ["Access-Control-Allow-Origin"]


def test_only_an_answer_to_options_says_nothing_of_others() -> None:
    policy = only("""
        def lambda_handler(event, context):
            if event["httpMethod"] == "OPTIONS":
                return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
            return dispatch(event)
    """)
    assert policy.preflight.answered_by == "unknown"
    assert _answer(policy, "https://a.example") == []


def test_who_answers_options_where_it_is_not_known_is_undecided() -> None:
    policy = only('def helper(response):\n    response.headers["Access-Control-Allow-Origin"] = "*"\n')
    with pytest.raises(UndecidedError, match="who answers OPTIONS"):
        _answer(policy, "https://a.example", "OPTIONS")


def test_what_errors_answer_is_undecided_for_a_view() -> None:
    policy = only('def view(response):\n    response.headers["Access-Control-Allow-Origin"] = "*"\n')
    request = Request("https://a.example", "https://api.example/", headers=(("Origin", "https://a.example"),))
    with pytest.raises(UndecidedError):
        policy.respond(request, 404)


def test_the_path_of_a_route_is_the_scope() -> None:
    policy = only(f'{FLASK}@app.route("/export")\ndef view():\n{VIEW}')
    assert policy.scope.text == "route /export"
    assert policy.covers("/export")
    assert not policy.covers("/")
    assert policy.url == "https://api.example/export"


# --- Answers


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("from flask import request", "None"),
        ("from django.http import HttpResponse", "None"),
        ("import http.server", "None"),
        ("import starlette", None),
    ],
)
def test_a_request_without_an_origin(imports: str, expected: str | None) -> None:
    policy = only(f"""
        {imports}

        def hook(request, response):
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            return response
    """)
    answer = policy.respond(Request("", "https://api.example/"))
    if expected is None:
        assert answer.status == 500
    else:
        assert answer.headers == (("Access-Control-Allow-Origin", expected),)


def test_a_request_without_an_origin_where_the_framework_is_not_known_is_undecided() -> None:
    policy = only("""
        def hook(request, response):
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            return response
    """)
    with pytest.raises(UndecidedError, match="depends on the framework"):
        policy.respond(Request("", "https://api.example/"))


def test_settings_that_a_check_puts_in_are_answered_with() -> None:
    from dataclasses import replace

    from corslint.origins import Exact, Origins

    policy = only("""
        from flask import request

        def hook(response):
            if request.origin in load():
                response.headers["Access-Control-Allow-Origin"] = request.origin
                response.headers["Access-Control-Allow-Credentials"] = "true"
            return response
    """)
    decided = replace(
        policy,
        origins=replace(policy.origins, value=Known(Origins((Exact("https://a.example"),)))),
        credentials=replace(policy.credentials, value=Known("yes")),
    )
    assert _answer(decided, "https://a.example") == [
        ("Access-Control-Allow-Origin", "https://a.example"),
        ("Access-Control-Allow-Credentials", "yes"),
    ]
    assert ("Access-Control-Allow-Origin", "https://b.example") not in _answer(decided, "https://b.example")


def _answer(policy: Policy, origin: str, method: str = "GET") -> list[tuple[str, str]]:
    headers = [("Origin", origin)]
    if method == "OPTIONS":
        headers += [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")]
    return list(policy.respond(Request(origin, policy.url, method, headers)).headers)
