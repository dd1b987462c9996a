"""What is found in one file of a program, given as text, for the tests of rules on Python products."""

from __future__ import annotations

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Finding

CORS_MIDDLEWARE = """\
import json
import os
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, {options})
"""
FLASK_CORS = """\
import os
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
{statements}
"""
DJANGO = """\
import os

INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
{settings}
"""


def findings(path: str, text: str) -> list[Finding]:
    """What is found in a file of this name. Fails where a reader or a check did."""
    report = engine.run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies, "nothing was read"
    return list(report.findings)


def in_starlette(options: str) -> list[Finding]:
    """What is found where these options are given to CORSMiddleware."""
    return findings("app/main.py", CORS_MIDDLEWARE.format(options=options))


def in_flask(statements: str) -> list[Finding]:
    """What is found where these statements follow `app = Flask(__name__)`."""
    return findings("app/main.py", FLASK_CORS.format(statements=statements))


def in_django(settings: str) -> list[Finding]:
    """What is found where these are the settings of django-cors-headers."""
    return findings("shop/settings.py", DJANGO.format(settings=settings))
