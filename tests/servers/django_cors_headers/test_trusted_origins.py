"""Origins that may send cookies and whose forms Django takes for forged."""

from __future__ import annotations

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Finding

HEAD = """\
import os

INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOWED_ORIGINS = ["https://app.example.com", "https://shop.example.com:8443"]
"""
BOTH = 'CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://shop.example.com:8443"]\n'


def found(text: str, path: str = "shop/settings.py") -> list[Finding]:
    report = engine.run([], Config(select=("untrusted-csrf-origin",)), stdin=StandardInput(path, text.encode()))
    assert not report.crashes
    return list(report.findings)


def test_an_origin_that_the_list_leaves_out_is_told_at_the_list() -> None:
    (one,) = found(HEAD + 'CSRF_TRUSTED_ORIGINS = ["https://shop.example.com:8443"]\n')
    assert one.message == (
        "Django answers 403 to a POST with cookies from https://app.example.com: it does not trust that origin"
    )
    assert (one.primary.span.line, one.primary.text) == (11, "does not hold it")
    assert one.help.endswith('CSRF_TRUSTED_ORIGINS = ["https://app.example.com"]')
    assert one.proof is not None
    assert (one.proof.request.method, one.proof.response.status) == ("POST", 403)


def test_without_a_list_all_are_told_at_once_where_the_first_stands() -> None:
    (one,) = found(HEAD)
    assert "from https://app.example.com and 1 more:" in one.message
    assert (one.primary.span.line, one.primary.span.text) == (10, '"https://app.example.com"')


@pytest.mark.parametrize(
    "more",
    [
        BOTH,
        'CSRF_TRUSTED_ORIGINS = ["https://*.example.com", "https://*.example.com:8443"]\n',
        # the notation of releases before Django 4.0
        'CSRF_TRUSTED_ORIGINS = [".example.com"]\n',
        'CSRF_TRUSTED_ORIGINS = ["app.example.com", "shop.example.com:8443"]\n',
        # its own pages
        'ALLOWED_HOSTS = ["app.example.com", "shop.example.com"]\n',
        'ALLOWED_HOSTS = [".example.com"]\n',
        # decided when the program runs
        'CSRF_TRUSTED_ORIGINS = os.environ["TRUSTED"].split(",")\n',
        'CSRF_TRUSTED_ORIGINS = os.getenv("TRUSTED", "https://b.example").split(",")\n',
        'CSRF_TRUSTED_ORIGINS = ["https://b.example", os.environ["APP"]]\n',
        'ALLOWED_HOSTS = [os.environ["HOST"]]\n',
        "CSRF_TRUSTED_ORIGINS = load()\n",
        # no cookies, no list of origins, nothing that asks
        "CORS_ALLOW_CREDENTIALS = False\n",
        "CORS_ALLOWED_ORIGINS = []\n",
        "CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = []\n",
        'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\n',
        "MIDDLEWARE = load()\n",
        # a login that is no cookie
        'REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}\n',
        # never allowed, whatever Django thinks
        'CORS_ALLOWED_ORIGINS = ["https://app.example.com "]\n',
    ],
)
def test_nothing_to_say(more: str) -> None:
    assert not found(HEAD + more)


@pytest.mark.parametrize(
    "more",
    [
        'CSRF_TRUSTED_ORIGINS = ["http://app.example.com"]\n',
        'CSRF_TRUSTED_ORIGINS = ["https://app.example.com:8443"]\n',
        'CSRF_TRUSTED_ORIGINS = ["https://*.api.example.com"]\n',
        'ALLOWED_HOSTS = ["*"]\n',
        'REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["ours.SessionAuthentication"]}\n',
        'REST_FRAMEWORK = {"PAGE_SIZE": 50}\n',
    ],
)
def test_what_speaks_of_another_page_trusts_nobody(more: str) -> None:
    (one,) = found(HEAD + more)
    assert "https://app.example.com" in one.message


def test_an_example_or_a_test_is_nobodys_login() -> None:
    assert not found(HEAD, "docs/settings.py")
    assert not found(HEAD, "tests/settings.py")
