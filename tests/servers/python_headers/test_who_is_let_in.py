"""Who a hand-written check of the origin lets in, read off the program."""

from __future__ import annotations

import textwrap

import pytest

from corslint.collect import Project
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.policy import Policy
from corslint.servers import python_headers
from corslint.source import Source
from corslint.values import Known, OneOf, Unknown


def policies(text: str, path: str = "app/main.py") -> list[Policy]:
    found = list(python_headers.read(Project(), Source(path, textwrap.dedent(text))))
    assert all(isinstance(one, Policy) for one in found)
    return [one for one in found if isinstance(one, Policy)]


def shown(value: object) -> object:
    """The entries without their places: literals to compare with."""
    if isinstance(value, Unknown):
        return f"undecided: {value.reason}"
    assert isinstance(value, Known)
    assert isinstance(value.value, Origins)
    return [_entry(entry) for entry in value.value.entries]


def _entry(entry: Entry) -> str:
    match entry:
        case AnyOrigin():
            return "*"
        case Reflected():
            return "reflected"
        case Null():
            return "null"
        case Exact():
            return entry.text
        case Pattern():
            flags = ("!" if entry.negated else "") + ("i" if entry.ignore_case else "")
            return f"{entry.match}{flags}: {entry.text}"
        case Undecided():
            return f"undecided: {entry.reason}"


def let_in(text: str) -> object:
    (policy,) = policies(text)
    return shown(policy.origins.value)


HOOK = """
import re
from flask import Flask, request
from urllib.parse import urlparse

app = Flask(__name__)
ALLOWED = ["https://app.example.com", "http://localhost:3000"]
SUFFIXES = (".example.com", ".example.org")
PATTERN = re.compile(r"https://[a-z]+\\.example\\.com")

@app.after_request
def add_cors(response):
    origin = request.headers.get("Origin")
    if {check}:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response
"""


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("True", ["reflected"]),
        ("origin", ["reflected"]),
        ("origin is not None", ["reflected"]),
        ('request.path.startswith("/api")', ["reflected"]),
        ('request.method == "GET"', ["reflected"]),
        ("response.status_code < 400", ["reflected"]),
        ('"Access-Control-Allow-Origin" not in response.headers', ["reflected"]),
        ("origin in ALLOWED", ["https://app.example.com", "http://localhost:3000"]),
        ("origin in set(ALLOWED)", ["https://app.example.com", "http://localhost:3000"]),
        ("origin and origin.rstrip('/') in ALLOWED", ["https://app.example.com", "http://localhost:3000"]),
        ("origin.lower() in ALLOWED", ["https://app.example.com", "http://localhost:3000"]),
        ('origin in (*ALLOWED, "null")', ["https://app.example.com", "http://localhost:3000", "null"]),
        ('origin in {"https://a.example": 1}', ["https://a.example"]),
        ('origin == "https://a.example"', ["https://a.example"]),
        ('"https://a.example" == origin', ["https://a.example"]),
        ('origin == "https://a.example" or origin in ALLOWED[1:]', ["https://a.example", "http://localhost:3000"]),
        ('origin in "https://a.example,https://b.example"', ["within: https://a.example,https://b.example"]),
        ('"example.com" in origin', ["contains: example.com"]),
        ('origin.startswith("https://app.example.com")', ["prefix: https://app.example.com"]),
        ('origin.endswith("example.com")', ["suffix: example.com"]),
        ("origin.endswith(SUFFIXES)", ["suffix: .example.com", "suffix: .example.org"]),
        ("any(origin.endswith(one) for one in SUFFIXES)", ["suffix: .example.com", "suffix: .example.org"]),
        ("any([origin == one for one in ALLOWED])", ["https://app.example.com", "http://localhost:3000"]),
        (
            'origin.startswith("https://") and origin.endswith(".example.com")',
            [r"fullmatch: https://.*\.example\.com"],
        ),
        ('re.match("https://a", origin)', ["match: https://a"]),
        ('re.search(r"example\\.com$", origin)', [r"search: example\.com$"]),
        ('re.fullmatch("https://.*", origin) is not None', ["fullmatch: https://.*"]),
        ('re.match("https://a", origin, re.I)', ["matchi: https://a"]),
        ("bool(PATTERN.match(origin))", [r"match: https://[a-z]+\.example\.com"]),
        ('urlparse(origin).hostname == "a.example"', [r"fullmatch: [^:/?#]+://a\.example(?::\d+)?"]),
        ('urlparse(origin).netloc == "a.example:80"', [r"fullmatch: [^:/?#]+://a\.example:80"]),
        (
            '(urlparse(origin).hostname or "").endswith("example.com")',
            [r"fullmatch: [^:/?#]+://[^/:]*example\.com(?::\d+)?"],
        ),
        (
            'urlparse(origin).scheme == "https" and urlparse(origin).hostname == "a.example"',
            [r"fullmatch: https://a\.example(?::\d+)?"],
        ),
        ('origin != "https://evil.example"', ["reflected"]),
        ('not origin.endswith(".evil.example")', ["suffix!: .evil.example"]),
        ("not (origin not in ALLOWED)", ["https://app.example.com", "http://localhost:3000"]),
        ('origin in ALLOWED and origin.startswith("https://")', ["https://app.example.com"]),
        ("origin in ALLOWED and lookup(request)", ["https://app.example.com", "http://localhost:3000"]),
    ],
)
def test_check(check: str, expected: list[str]) -> None:
    assert let_in(HOOK.replace("{check}", check)) == expected


@pytest.mark.parametrize(
    "check",
    [
        "is_allowed(origin)",
        "is_allowed(request)",
        "current_app.config['CORS_ORIGINS']",
        "origin in current_app.config['CORS_ORIGINS']",
        "origin in load_origins()",
        "origin in settings.ALLOWED_ORIGINS",
        "settings.CORS_ENABLED",
        "settings.ALLOW_ALL or origin in ALLOWED",
        "set([origin]) & set(ALLOWED)",
        "any(fnmatch(origin, one) for one in settings.GLOBS)",
        "re.match(settings.ORIGIN_REGEX, origin)",
        "re.match('https://a', origin, re.VERBOSE)",
        "origin.endswith(request.host)",
        "origin == request.host_url",
        "origin.split('://')[1] in HOSTS",
        "Tenant.objects.filter(origin=origin).exists()",
        "origin.endswith('.example.com') and check_origin(origin)",
        "ORIGINS.get(origin)",
        "hmac.compare_digest(origin, ALLOWED[0])",
        "g.origin_is_trusted",
        "request.origin_allowed",
    ],
)
def test_a_check_that_cannot_be_carried_out_is_undecided(check: str) -> None:
    (policy,) = policies(HOOK.replace("{check}", check))
    value = policy.origins.value
    entries = [] if isinstance(value, Unknown) else value.value.entries  # type: ignore[union-attr]
    assert isinstance(value, Unknown) or any(isinstance(entry, Undecided) for entry in entries)
    assert not any(isinstance(entry, AnyOrigin | Reflected) for entry in entries)


def test_a_decorator_that_speaks_of_origins_may_turn_them_away() -> None:
    assert (
        let_in("""
        from flask import request, make_response

        @bp.route("/x")
        @require_known_origin
        def view():
            response = make_response("ok")
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            return response
    """)
        == "undecided: a decorator of the function decides it"
    )


def test_a_call_that_speaks_of_origins_may_turn_them_away() -> None:
    assert (
        let_in("""
        def view(request):
            verify_origin(request)
            response = HttpResponse()
            response["Access-Control-Allow-Origin"] = request.headers["Origin"]
            return response
    """)
        == "undecided: `verify_origin()` may turn the request away"
    )


def test_an_early_return_turns_away() -> None:
    assert let_in("""
        ALLOWED = {"https://a.example"}

        def process_response(request, response):
            origin = request.META.get("HTTP_ORIGIN")
            if origin is None or origin not in ALLOWED:
                return response
            response["Access-Control-Allow-Origin"] = origin
            return response
    """) == ["https://a.example"]


def test_raising_turns_away() -> None:
    assert let_in("""
        async def cors(request, call_next):
            origin = request.headers.get("origin", "")
            if not origin.endswith(".example.com"):
                raise HTTPException(403)
            response = await call_next(request)
            response.headers["Access-Control-Allow-Origin"] = origin
            return response
    """) == ["suffix: .example.com"]


def test_abort_turns_away() -> None:
    assert let_in("""
        from flask import abort, request, jsonify

        def view():
            if request.origin != "https://a.example":
                abort(403)
            response = jsonify({})
            response.headers["Access-Control-Allow-Origin"] = request.origin
            return response
    """) == ["https://a.example"]


def test_a_fallback_is_let_in_as_well() -> None:
    assert let_in("""
        ALLOWED = ["https://a.example", "https://b.example"]

        def cors_headers(request):
            origin = request.headers.get("Origin")
            return {"Access-Control-Allow-Origin": origin if origin in ALLOWED[1:] else ALLOWED[0]}
    """) == ["https://b.example", "https://a.example"]


def test_a_fallback_to_everybody() -> None:
    assert let_in("""
        def cors_headers(request):
            origin = request.headers.get("Origin")
            headers = {"Vary": "Origin"}
            if origin in ("https://a.example",):
                headers["Access-Control-Allow-Origin"] = origin
            else:
                headers["Access-Control-Allow-Origin"] = "*"
            return headers
    """) == ["https://a.example", "*"]


def test_what_only_requests_without_an_origin_get_lets_nobody_in() -> None:
    assert let_in("""
        def cors_headers(request):
            origin = request.headers.get("Origin")
            if not origin:
                return {"Access-Control-Allow-Origin": "*", "Vary": "Origin"}
            return {"Access-Control-Allow-Origin": "https://a.example", "Vary": "Origin"}
    """) == ["https://a.example"]


def test_a_function_of_the_same_file_is_followed() -> None:
    assert let_in("""
        def _host(origin):
            parsed = urlparse(origin)
            return (parsed.hostname or "").lower()

        def is_allowed_origin(origin):
            if not origin:
                return False
            if origin == "null":
                return True
            for suffix in [".example.com"]:
                if _host(origin).endswith(suffix):
                    return True
            return False

        def hook(request, response):
            origin = request.headers.get("Origin")
            if is_allowed_origin(origin):
                response.headers["Access-Control-Allow-Origin"] = origin
            return response
    """) == ["null", r"fullmatch: [^:/?#]+://[^/:]*\.example\.com(?::\d+)?"]


def test_a_method_and_class_constants_are_followed() -> None:
    assert let_in("""
        import re

        class CorsMiddleware:
            ORIGINS = ("https://a.example",)
            LOCAL = re.compile(r"http://localhost:\\d+")

            def _allowed(self, origin):
                return origin in self.ORIGINS or bool(self.LOCAL.fullmatch(origin or ""))

            def _apply(self, response, origin):
                if self._allowed(origin):
                    response["Access-Control-Allow-Origin"] = origin
                return response

            def process_response(self, request, response):
                return self._apply(response, request.META.get("HTTP_ORIGIN", ""))
    """) == ["https://a.example", r"fullmatch: http://localhost:\d+"]


def test_a_function_that_only_its_callers_decide() -> None:
    assert (
        let_in("""
        def add_cors(response, origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            return response
    """)
        == "undecided: the caller of `add_cors()` decides `origin`"
    )


def test_the_callers_of_a_function_decide() -> None:
    assert let_in("""
        def add_cors(response, origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            return response

        def view(request):
            if request.headers.get("Origin") == "https://a.example":
                return add_cors(Response(), request.headers["Origin"])
            return Response()
    """) == ["https://a.example"]


def test_a_default_of_a_parameter_holds_where_callers_leave_it_out() -> None:
    assert let_in("""
        import json

        def answer(body, allow_origin="*"):
            return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": allow_origin}, "body": body}

        def handler(event, context):
            return answer(json.dumps({}))
    """) == ["*"]


@pytest.mark.parametrize(
    "reading",
    [
        'request.headers.get("Origin")',
        'request.headers["origin"]',
        'request.headers.get("ORIGIN", "*")',
        'request.headers.get("Origin") or "*"',
        'request.META["HTTP_ORIGIN"]',
        'request.META.get("HTTP_ORIGIN")',
        'request.environ.get("HTTP_ORIGIN", "")',
        "request.origin",
        "flask.request.origin",
        'flask.request.headers.get("Origin")',
        'self.request.headers.get("Origin")',
        'str(request.headers.get("Origin"))',
        "f\"{request.headers.get('Origin')}\"",
        'request.get_header("Origin")',
        'req.headers.get("Origin", None)',
        'event["headers"]["origin"]',
        'event.get("headers", {}).get("origin")',
        '(event.get("headers") or {}).get("Origin", "*")',
        'environ.get("HTTP_ORIGIN")',
        'dict(scope["headers"]).get(b"origin", b"").decode()',
        'next((v for k, v in scope["headers"] if k == b"origin"), None)',
        'getattr(request, "origin", None)',
        'Headers(scope=scope).get("origin")',
        "urlparse(request.origin).geturl()",
        '"".join([request.origin])',
    ],
)
def test_reading_the_origin(reading: str) -> None:
    found = let_in(f"""
        def hook(self, response):
            value = {reading}
            response.headers["Access-Control-Allow-Origin"] = value
            return response
    """)
    if "join" in reading:
        assert isinstance(found, str)
        assert found.startswith("undecided")
    else:
        assert found == ["reflected"]


def test_reading_the_origin_in_a_loop_over_the_headers() -> None:
    assert let_in("""
        async def app(scope, receive, send):
            origin = None
            for name, value in scope["headers"]:
                if name.lower() == b"origin":
                    origin = value.decode("latin-1")
                    break
            headers = [(b"content-type", b"text/plain")]
            if origin:
                headers.append((b"access-control-allow-origin", origin.encode()))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
    """) == ["reflected"]


def test_an_origin_put_together_again_from_its_parts_is_the_origin() -> None:
    assert let_in("""
        from urllib.parse import urlsplit

        def hook(request, response):
            parts = urlsplit(request.headers.get("Origin"))
            response.headers["Access-Control-Allow-Origin"] = f"{parts.scheme}://{parts.netloc}"
            return response
    """) == ["reflected"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"*"', ["*"]),
        ('b"*"', ["*"]),
        ('"null"', ["null"]),
        ('"https://a.example"', ["https://a.example"]),
        ('"https://a.example, https://b.example"', ["https://a.example, https://b.example"]),
        ('", ".join(["https://a.example", "https://b.example"])', ["https://a.example, https://b.example"]),
        ('f"https://{HOST}"', ["https://a.example"]),
        ('os.environ.get("ORIGIN", "*")', ["*"]),
        ('os.getenv("ORIGIN")', "undecided: the environment variable ORIGIN decides it"),
        ('os.environ["ORIGIN"]', "undecided: the environment variable ORIGIN decides it"),
        ("request.host_url", "undecided: `request.host_url` is decided at run time"),
        ('request.headers.get("Referer")', "undecided: the value is put together at run time"),
        ('request.args.get("origin")', "undecided: `request.args.get()` is called at run time"),
        ('""', []),
        ("None", []),
    ],
)
def test_value(value: str, expected: object) -> None:
    assert (
        let_in(f"""
        import os

        HOST = "a.example"

        def hook(request, response):
            response.headers["Access-Control-Allow-Origin"] = {value}
            return response
    """)
        == expected
    )


def test_a_setting_of_another_file_is_undecided() -> None:
    found = let_in("""
        from app.config import settings

        def hook(request, response):
            response.headers["Access-Control-Allow-Origin"] = settings.FRONTEND
            return response
    """)
    assert isinstance(found, str)
    assert "app.config" in found


def test_a_variable_that_replaces_the_value_is_named() -> None:
    (policy,) = policies("""
        import os

        ORIGIN = os.environ.get("CORS_ORIGIN", "*")

        def hook(response):
            response.headers["Access-Control-Allow-Origin"] = ORIGIN
            return response
    """)
    value = policy.origins.value
    assert isinstance(value, Known)
    assert value.override == "CORS_ORIGIN"
    assert [place.text for place in value.trail] == ["`ORIGIN` is set here", "default of CORS_ORIGIN"]


def test_debug_makes_two_policies_of_one() -> None:
    (policy,) = policies("""
        from django.conf import settings

        def process_response(request, response):
            if settings.DEBUG:
                response["Access-Control-Allow-Origin"] = "*"
            else:
                response["Access-Control-Allow-Origin"] = "https://a.example"
            return response
    """)
    assert isinstance(policy.origins.value, OneOf)
    found = [
        ([str(condition) for condition in one.conditions], one.environment, shown(one.value))
        for one in policy.origins.value.alternatives
    ]
    assert found == [
        (["when settings.DEBUG is true"], "development", ["*"]),
        (["when settings.DEBUG is false"], "production", ["https://a.example"]),
    ]


def test_a_list_that_depends_on_a_variable_is_told_apart() -> None:
    (policy,) = policies("""
        import os

        ALLOWED = ["https://a.example"]
        if os.environ.get("STAGE") == "dev":
            ALLOWED.append("http://localhost:3000")

        def hook(request, response):
            origin = request.headers.get("Origin")
            if origin in ALLOWED:
                response.headers["Access-Control-Allow-Origin"] = origin
            return response
    """)
    found = [(str(variant.conditions[0]), shown(variant.origins.value)) for variant in policy.variants()]
    assert found == [
        ('when STAGE is "dev"', ["https://a.example", "http://localhost:3000"]),
        ('when STAGE is not "dev"', ["https://a.example"]),
    ]


def test_a_condition_of_the_configuration_that_is_not_known_hides_a_reflection() -> None:
    assert (
        let_in("""
        from app.config import REFLECT_ALL

        def hook(request, response):
            if REFLECT_ALL:
                response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
            return response
    """)
        == "undecided: `REFLECT_ALL` decides it"
    )


def test_places_of_entries_are_those_of_the_literals() -> None:
    (policy,) = policies(HOOK.replace("{check}", "origin in ALLOWED"))
    assert isinstance(policy.origins.value, Known)
    spans = [entry.span for entry in policy.origins.value.value.entries]
    assert [span.text for span in spans if span] == ['"https://app.example.com"', '"http://localhost:3000"']


@pytest.mark.parametrize("check", ["origin in ALLOWED", "any(origin == one for one in ALLOWED)", "listed(origin)"])
def test_long_lists_are_read_to_the_end(check: str) -> None:
    allowed = [f"https://a{number}.example" for number in range(60)]
    found = let_in(f"""
        ALLOWED = {allowed!r}

        def listed(origin):
            for one in ALLOWED:
                if origin == one:
                    return True
            return False

        def hook(request, response):
            origin = request.headers.get("Origin")
            if {check}:
                response.headers["Access-Control-Allow-Origin"] = origin
            return response
    """)
    assert found == allowed
