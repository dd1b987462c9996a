"""What is printed as a remedy works when it is pasted: the changed source, read again, lets the request through."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.questions import anyone, ask
from corslint.remedies import smallest
from corslint.servers import django_cors_headers, flask_cors, starlette
from corslint.source import Source

ORIGINS = ("https://app.example.com", "https://a.example", "http://localhost:3000", "null")
LISTED = st.lists(st.sampled_from((*ORIGINS, "*", "https://app.example.com/")), max_size=3, unique=True)
METHODS = st.lists(st.sampled_from(("GET", "POST", "PUT", "delete", "*")), max_size=3, unique=True)
HEADERS = st.lists(st.sampled_from(("x-a", "X-B", "content-type", "*")), max_size=3, unique=True)
PATTERN = st.sampled_from((r"https://.*\.example", r"https://app\.example\.com", ".*"))

STARLETTE = {
    "allow_origins": LISTED,
    "allow_origin_regex": PATTERN,
    "allow_methods": METHODS,
    "allow_headers": HEADERS,
    "allow_credentials": st.booleans(),
}
FLASK = {
    "origins": LISTED,
    "methods": METHODS,
    "allow_headers": HEADERS,
    "supports_credentials": st.booleans(),
    "send_wildcard": st.booleans(),
}
DJANGO = {
    "CORS_ALLOWED_ORIGINS": LISTED.map(lambda names: [name for name in names if name != "*"]),
    "CORS_ALLOWED_ORIGIN_REGEXES": PATTERN.map(lambda text: [text]),
    "CORS_ALLOW_ALL_ORIGINS": st.booleans(),
    "CORS_ALLOW_METHODS": METHODS,
    "CORS_ALLOW_HEADERS": HEADERS,
    "CORS_ALLOW_CREDENTIALS": st.booleans(),
}
REQUESTS = st.builds(
    lambda origin, method, headers, credentials: Request(
        origin, "https://api.example/", method, tuple((name, "1") for name in headers), credentials
    ),
    st.sampled_from(ORIGINS),
    st.sampled_from(("GET", "POST", "PUT", "PATCH", "delete")),
    st.lists(st.sampled_from(("x-a", "X-B", "content-type")), max_size=2, unique=True),
    st.sampled_from(("omit", "include")),
)
BUDGET = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def keywords(head: str, written: dict[str, str]) -> str:
    return head.format(", ".join(f"{name}={value}" for name, value in written.items()))


def assignments(head: str, written: dict[str, str]) -> str:
    return head + "".join(f"{name} = {value}\n" for name, value in written.items())


PRODUCTS = {
    "starlette": (
        starlette,
        "main.py",
        keywords,
        "from starlette.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, {})\n",
        STARLETTE,
    ),
    "flask-cors": (flask_cors, "app.py", keywords, "from flask_cors import CORS\nCORS(app, {})\n", FLASK),
    "django-cors-headers": (
        django_cors_headers,
        "settings.py",
        assignments,
        'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\nINSTALLED_APPS = ["corsheaders"]\n'
        "CORS_PREFLIGHT_MAX_AGE = 5\n",
        DJANGO,
    ),
}


def policy_in(server: ModuleType, path: str, text: str) -> Policy:
    policies = [one for one in server.read(Project(), Source(path, text)) if isinstance(one, Policy)]
    return next(policies[0].variants())


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_remedy_that_is_pasted_lets_the_request_through(product: str) -> None:
    server, path, render, head, options = PRODUCTS[product]
    pasted = 0

    @BUDGET
    @given(st.fixed_dictionaries({}, optional=options), REQUESTS)
    def check(chosen: dict[str, object], request: Request) -> None:
        nonlocal pasted
        written = {name: repr(value) for name, value in chosen.items()}
        before = policy_in(server, path, render(head, written))
        remedy = smallest(before, request)
        if remedy is None or remedy.proof is None:
            return
        for change in remedy.changes:
            for line in change.text.split("; "):
                found = re.fullmatch(r"(\w+) ?= ?(.+)", line)
                assert found is not None, line
                written[found[1]] = found[2]
        changed = render(head, written)
        after = policy_in(server, path, changed)
        proof = ask(after, request)
        assert proof is not None
        assert proof.verdict.allowed, (render(head, {n: repr(v) for n, v in chosen.items()}), changed, request)
        if anyone(before, "include") is None:
            assert anyone(after, "include") is None, (chosen, changed, request)
        pasted += 1

    check()
    assert pasted > 40
