"""What the models refuse, printed as the browsers print it, is traced back to the policy that was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from corslint import engine
from corslint.blame import Blame, inquire
from corslint.browser import CHROMIUM, FIREFOX, Request, judge
from corslint.browser.console_lines import chromium_lines, firefox_lines
from corslint.config import Config
from corslint.console import read
from corslint.finding import Report

APP, OTHER = "https://app.example.com", "http://localhost:3000"
FASTAPI = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n"
FLASK = "from flask import Flask\nfrom flask_cors import CORS\napp = Flask(__name__)\n"
DJANGO = 'INSTALLED_APPS = ["corsheaders"]\nMIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\n'
LOCATION = "server {{\n  location / {{\n    {}\n    proxy_pass http://127.0.0.1:8000;\n  }}\n}}\n"
CONFIGURATIONS = {
    "starlette-list": ("main.py", f'{FASTAPI}app.add_middleware(CORSMiddleware, allow_origins=["{APP}"])\n'),
    "starlette-star": ("main.py", f'{FASTAPI}app.add_middleware(CORSMiddleware, allow_origins=["*"])\n'),
    "starlette-slash": ("main.py", f'{FASTAPI}app.add_middleware(CORSMiddleware, allow_origins=["{APP}/"])\n'),
    "flask-list": ("app.py", f'{FLASK}CORS(app, origins=["{APP}"], methods=["GET"], allow_headers=["x-a"])\n'),
    "flask-star": ("app.py", f'{FLASK}CORS(app, methods=["GET"], allow_headers=["x-a"])\n'),
    "django-list": ("settings.py", f'{DJANGO}CORS_ALLOWED_ORIGINS = ["{APP}"]\nCORS_ALLOW_METHODS = ["GET"]\n'),
    "django-star": ("settings.py", f'{DJANGO}CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_HEADERS = ["x-a"]\n'),
    "nginx-one": ("site.conf", LOCATION.format(f"add_header Access-Control-Allow-Origin {APP} always;")),
    "nginx-star": ("site.conf", LOCATION.format("add_header Access-Control-Allow-Origin * always;")),
    "nginx-list": ("site.conf", LOCATION.format(f'add_header Access-Control-Allow-Origin "{APP}, {OTHER}" always;')),
    "nginx-text": ("site.conf", LOCATION.format("add_header Access-Control-Allow-Origin all always;")),
    "nginx-methods": (
        "site.conf",
        LOCATION.format(
            'add_header Access-Control-Allow-Origin * always; add_header Access-Control-Allow-Methods "GET PUT" always;'
        ),
    ),
}
REQUESTS = tuple(
    Request(origin, "https://api.example.net/items", method, headers, credentials)
    for origin in (APP, OTHER, "null")
    for method, headers in (
        ("GET", ()),
        ("PUT", ()),
        ("PATCH", (("content-type", "application/json"),)),
        ("GET", (("authorization", "Bearer x"),)),
        ("POST", (("content-type", "application/json"), ("x-api-key", "1"))),
    )
    for credentials in ("omit", "include")
)


@pytest.fixture(params=CONFIGURATIONS)
def report(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The report over one configuration."""
    path, text = CONFIGURATIONS[request.param]
    monkeypatch.chdir(tmp_path)
    Path(path).write_text(text, encoding="utf-8")
    found = engine.run(["."], Config())
    assert len(found.policies) == 1
    return found


def printed(report: Report, browser: str) -> Iterator[tuple[Request, str]]:
    """The requests that are refused, with what the browser prints."""
    for request in REQUESTS:
        proof = report.policies[0].ask(request)
        assert proof is not None
        profile = CHROMIUM if browser == "chromium" else FIREFOX
        verdict = judge(request, preflight=proof.preflight, response=proof.response, profile=profile)
        lines = (chromium_lines if browser == "chromium" else firefox_lines)(request, verdict)
        if verdict.allowed is False:
            assert lines
            yield request, "\n".join(lines)


def blamed(report: Report, text: str) -> tuple[Blame, ...]:
    complaint = read(text)
    assert complaint is not None
    return inquire(report, complaint).blamed


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_every_refusal_is_traced_back(report: Report, browser: str) -> None:
    lost = [(request, text) for request, text in printed(report, browser) if not blamed(report, text)]
    assert lost == []


def test_chromium_tells_enough_to_be_certain_but_for_cookies_and_bare_statuses(report: Report) -> None:
    for request, text in printed(report, "chromium"):
        (blame,) = blamed(report, text)
        if blame.certainty == "possible":
            assert request.credentials == "include" or "HTTP ok status" in text or "access control check" in text, text


def test_what_changes_lets_the_request_through_is_told(report: Report) -> None:
    told = Counter(
        bool(blame.changes) or blame.proof is None or blame.proof.request.origin == "null"
        for browser in ("chromium", "firefox")
        for _, text in printed(report, browser)
        for blame in blamed(report, text)
    )
    assert set(told) <= {True}


OPEN = (
    f'{FLASK}CORS(app, origins=[r".*"], supports_credentials=True, allow_headers="*",'
    ' methods=["GET", "POST", "PUT", "PATCH", "DELETE"])\n'
)


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_policy_that_refuses_nothing_is_never_blamed(report: Report, browser: str) -> None:
    texts = [text for _, text in printed(report, browser)]
    Path("open.py").write_text(OPEN, encoding="utf-8")
    open_one = engine.run(["open.py"], Config())
    assert len(open_one.policies) == 1
    assert len(texts) >= 10
    assert [text for text in texts if blamed(open_one, text)] == []
