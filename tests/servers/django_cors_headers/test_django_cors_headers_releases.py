"""What changed between releases of django-cors-headers; `scripts/conformance-versions` holds it against them.

What is expected here was seen with the releases themselves.
"""

from __future__ import annotations

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import django_cors_headers
from corslint.servers.django_cors_headers.versions import behaviour
from corslint.source import Source

HEAD = """\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
"""


def read(text: str, version: str | None) -> Policy:
    versions = {} if version is None else {"django-cors-headers": version}
    (policy,) = django_cors_headers.read(Project(versions=versions), Source("shop/settings.py", HEAD + text))
    assert isinstance(policy, Policy)
    assert policy.version == version
    return policy


def answer(policy: Policy, origin: str, *headers: tuple[str, str], method: str = "GET") -> tuple[int, dict[str, str]]:
    response = policy.respond(Request("", "https://api.example/", method, (("Origin", origin), *headers)))
    return response.status, dict(response.headers)


def kinds(policy: Policy) -> list[str]:
    return [fact.kind for fact in policy.facts]


@pytest.mark.parametrize(
    ("version", "expected"),
    [("3.5.0", "Origin"), ("3.14.0", "Origin"), ("4.0.0", "origin"), ("4.9.0", "origin"), (None, "origin")],
)
def test_the_spelling_of_vary(version: str | None, expected: str) -> None:
    assert answer(read("", version), "https://evil.example") == (200, {"Vary": expected})


@pytest.mark.parametrize(
    ("version", "sent"), [("3.5.0", True), ("3.14.0", True), ("4.2.0", True), ("4.3.0", False), ("4.9.0", False)]
)
def test_what_a_stranger_is_told_of_credentials(version: str, sent: bool) -> None:
    _, headers = answer(read("CORS_ALLOW_CREDENTIALS = True\n", version), "https://evil.example")
    assert "Access-Control-Allow-Origin" not in headers
    assert (headers.get("Access-Control-Allow-Credentials") == "true") is sent


@pytest.mark.parametrize(
    ("version", "sent", "said"), [("3.14.0", False, ["unknown-setting"]), ("4.0.0", True, []), (None, True, [])]
)
def test_private_network_access(version: str | None, sent: bool, said: list[str]) -> None:
    policy = read("CORS_ALLOW_PRIVATE_NETWORK = True\n", version)
    asked = ("Access-Control-Request-Private-Network", "true")
    _, headers = answer(policy, "https://app.example.com", asked, method="OPTIONS")
    assert ("Access-Control-Allow-Private-Network" in headers) is sent
    assert kinds(policy) == said


@pytest.mark.parametrize(
    ("version", "status"), [("3.5.0", 500), ("3.10.0", 500), ("3.10.1", 200), ("4.9.0", 200), (None, 200)]
)
def test_an_origin_that_is_no_url(version: str | None, status: int) -> None:
    assert answer(read("", version), "http://[")[0] == status


@pytest.mark.parametrize(("version", "known"), [("3.14.0", True), ("4.0.0", False)])
def test_headers_allowed_by_default(version: str, known: bool) -> None:
    allowed = read("", version).headers.known() or ()
    assert "content-type" in allowed
    assert [name in allowed for name in ("accept-encoding", "dnt", "origin")] == [known] * 3


@pytest.mark.parametrize(("version", "said"), [("3.13.0", []), ("4.0.0", ["unknown-setting"])])
def test_the_referer(version: str, said: list[str]) -> None:
    assert kinds(read("CORS_REPLACE_HTTPS_REFERER = True\n", version)) == said


@pytest.mark.parametrize(("version", "said"), [("3.14.0", []), ("4.0.0", ["rejected-configuration"])])
def test_the_second_middleware(version: str, said: list[str]) -> None:
    text = HEAD.replace('Middleware"]', 'Middleware", "corsheaders.middleware.CorsPostCsrfMiddleware"]')
    assert kinds(read(text, version)) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            'CORS_URLS_REGEX = "(api"',
            "every request fails: CORS_URLS_REGEX holds '(api', which is no regular expression",
        ),
        ("CORS_URLS_REGEX = None", "every request fails: CORS_URLS_REGEX is no text"),
        ("CORS_ALLOWED_ORIGINS = None", "requests fail: CORS_ALLOWED_ORIGINS is no list"),
        (
            "CORS_ALLOWED_ORIGINS = ['http://[']",
            "requests fail: CORS_ALLOWED_ORIGINS holds 'http://[', which is no URL",
        ),
        ("CORS_ALLOWED_ORIGINS = [True]", "requests fail: CORS_ALLOWED_ORIGINS holds an entry that is no text"),
        (
            "CORS_ALLOWED_ORIGIN_REGEXES = ['*.example.com']",
            "requests fail: CORS_ALLOWED_ORIGIN_REGEXES holds '*.example.com', which is no regular expression",
        ),
        (
            "CORS_ORIGIN_REGEX_WHITELIST = [None]",
            "requests fail: CORS_ORIGIN_REGEX_WHITELIST holds an entry that is no text",
        ),
        ("CORS_EXPOSE_HEADERS = None", "requests fail: CORS_EXPOSE_HEADERS is no list"),
        ("CORS_ALLOW_HEADERS = ['x-api-key', 5]", "requests fail: CORS_ALLOW_HEADERS holds an entry that is no text"),
    ],
)
@pytest.mark.parametrize("version", ["3.5.0", "4.9.0"])
def test_settings_that_the_middleware_raises_on(text: str, why: str, version: str) -> None:
    policy = read(text + "\n", version)
    assert [fact.text for fact in policy.facts if fact.kind == "rejected-configuration"] == [why]
    preflight = ("Access-Control-Request-Method", "PUT")
    origin = "https://evil.example" if "ORIGIN" in text else "https://app.example.com"
    assert answer(policy, origin, preflight, method="OPTIONS") == (500, {})


@pytest.mark.parametrize(
    "text",
    [
        "CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGIN_REGEXES = ['*.example.com']",
        "CORS_ALLOWED_ORIGIN_REGEXES = ['.*', '*.example.com']",
        "CORS_ALLOWED_ORIGINS = ['https://app.example.com', None]",
        "import os\nCORS_ALLOWED_ORIGINS = os.environ.get('ORIGINS')",
        "import os\nCORS_URLS_REGEX = os.environ.get('URLS')",
        "CORS_ALLOWED_ORIGINS = origins()",
        "CORS_EXPOSE_HEADERS = 'x-total'",
    ],
)
def test_settings_that_it_does_not_use_or_can_use(text: str) -> None:
    assert "rejected-configuration" not in kinds(read(text + "\n", "4.9.0"))


def test_null_itself_is_found_before_the_list_is_read() -> None:
    policy = read("CORS_ALLOWED_ORIGINS = ['null', '', 5]\n", None)
    assert answer(policy, "null")[1]["Access-Control-Allow-Origin"] == "null"
    assert answer(policy, "https://evil.example") == (500, {})
    assert answer(read("CORS_ALLOWED_ORIGINS = ['', 5]\n", None), "null") == (500, {})


@pytest.mark.parametrize(
    ("version", "like"), [("3", "3.14.0"), ("3.10", "3.10.1"), ("2.5.3", "1.0"), ("4", "4.9.0"), ("5.0", "4.9.0")]
)
def test_which_release_stands_for_another(version: str, like: str) -> None:
    assert behaviour(version) is behaviour(like)


@pytest.mark.parametrize(("version", "said"), [("2.5.3", []), ("3.4.0", []), ("3.5.0", ["renamed-setting"])])
def test_an_old_name_is_right_where_the_release_knows_no_other(version: str, said: list[str]) -> None:
    text = HEAD.replace("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST")
    project = Project(versions={"django-cors-headers": version})
    (policy,) = django_cors_headers.read(project, Source("shop/settings.py", text))
    assert isinstance(policy, Policy)
    assert kinds(policy) == said
