"""Programs and nginx configurations with a CORS policy each, drawn by chance, that can be read and be run.

Every site answers any method at PATH with 200. Its texts are what corslint reads and what the server runs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PATH = "/api/items"
APP, ADMIN, PORT, EVIL, LOOKALIKE = (
    "http://app.example",
    "http://admin.app.example",
    "http://app.example:8080",
    "http://evil.test",
    "http://app.example.evil.test",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

PATTERNS = (
    r"http://.*\.example",
    r"^http://([a-z]+\.)?app\.example$",
    r"http://app\.example(:\d+)?",
    r"http://app.example",
    r"https://.*",
)
ORIGINS = ([APP], [APP, ADMIN], [APP, PORT, "https://app.example"], ["*"])
ODD_ORIGINS: tuple[object, ...] = ([ADMIN, PORT], [APP + "/"], [], ["null"])
ALLOWED_METHODS = (["*"], ["GET", "POST", "PUT", "PATCH"], ["GET", "POST", "PUT", "DELETE"])
ODD_METHODS: tuple[object, ...] = (["GET"], ["put", "Patch"], "GET, PUT")
ALLOWED_HEADERS = (["*"], ["Content-Type", "X-Token", "Authorization"], ["x-token", "content-type"])
ODD_HEADERS: tuple[object, ...] = ([], ["Authorization"], ["content-type"])


def _mostly(chance: random.Random, usual: Sequence[object], odd: Sequence[object]) -> object:
    """One of the usual in three of four cases."""
    return chance.choice(usual if chance.random() < 0.75 else odd)


@dataclass(frozen=True)
class Site:
    """One server to be."""

    product: str
    """The module in `corslint.servers` that reads it."""
    texts: dict[str, str]
    """By file name. PORT_OF_SITE stands for the port an nginx is to listen on."""


def _arguments(options: dict[str, object]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items())


def _starlette(chance: random.Random) -> Site:
    options: dict[str, object] = {"allow_origins": _mostly(chance, ORIGINS, (*ODD_ORIGINS, APP, "*"))}
    if chance.random() < 0.4:
        options["allow_origin_regex"] = chance.choice(PATTERNS)
    if chance.random() < 0.8:
        options["allow_credentials"] = _mostly(chance, [True], [False])
    if chance.random() < 0.9:
        options["allow_methods"] = _mostly(chance, ALLOWED_METHODS, ODD_METHODS)
    if chance.random() < 0.9:
        options["allow_headers"] = _mostly(chance, ALLOWED_HEADERS, ODD_HEADERS)
    options["max_age"] = chance.choice((0, 600))
    text = f"""\
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def items(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route({PATH!r}, items, methods={METHODS!r})])
app.add_middleware(CORSMiddleware{_arguments(options)})
"""
    return Site("starlette", {"app.py": text})


def _flask_cors(chance: random.Random) -> Site:
    options: dict[str, object] = {}
    if chance.random() < 0.85:
        odd = (*ODD_ORIGINS, APP, "*", [PATTERNS[0], APP], PATTERNS[2])
        options["origins"] = _mostly(chance, ORIGINS, odd)
    if chance.random() < 0.7:
        options["supports_credentials"] = _mostly(chance, [True], [False])
    if chance.random() < 0.5:
        options["methods"] = _mostly(chance, ALLOWED_METHODS, ODD_METHODS)
    if chance.random() < 0.6:
        options["allow_headers"] = _mostly(chance, ALLOWED_HEADERS, (*ODD_HEADERS, r"X-\w+", "Content-Type"))
    if chance.random() < 0.3 and not options.get("supports_credentials"):
        options["send_wildcard"] = True
    decorated = chance.random() < 0.3
    if decorated:
        layer, decorator = "", f"@cross_origin({_arguments(options).removeprefix(', ')})\n"
    elif chance.random() < 0.5:
        layer, decorator = f"CORS(app, resources={{r'/api/*': {options!r}}})\n", ""
    else:
        layer, decorator = f"CORS(app{_arguments(options)})\n", ""
    text = f"""\
from flask import Flask
from flask_cors import {"cross_origin" if decorated else "CORS"}

app = Flask(__name__)
{layer}

@app.route({PATH!r}, methods={METHODS!r})
{decorator}def items():
    return "ok"
"""
    return Site("flask_cors", {"app.py": text})


def _django_cors_headers(chance: random.Random) -> Site:
    options: dict[str, object] = {}
    kind = chance.random()
    if kind < 0.2:
        options["CORS_ALLOW_ALL_ORIGINS"] = True
    elif kind < 0.7:
        options["CORS_ALLOWED_ORIGINS"] = chance.choice(([APP], [APP, ADMIN], [PORT, ADMIN], ["null", APP]))
    if kind > 0.6:
        options["CORS_ALLOWED_ORIGIN_REGEXES"] = [chance.choice(PATTERNS)]
    if chance.random() < 0.5:
        options["CORS_ALLOW_CREDENTIALS"] = chance.choice((True, True, False))
    if chance.random() < 0.5:
        options["CORS_ALLOW_METHODS"] = chance.choice((["GET", "PUT"], ["GET", "DELETE"], ["put"], ["*"]))
    if chance.random() < 0.5:
        options["CORS_ALLOW_HEADERS"] = chance.choice((["content-type"], ["*"], ["x-token", "Authorization"], []))
    if chance.random() < 0.3:
        options["CORS_URLS_REGEX"] = r"^/api/.*$"
    if chance.random() < 0.3:
        options["CORS_PREFLIGHT_MAX_AGE"] = chance.choice((0, 600))
    settings = "".join(f"{name} = {value!r}\n" for name, value in options.items())
    texts = {
        "settings.py": f"""\
DEBUG = False
SECRET_KEY = "only a test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = None
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
{settings}""",
        "urls.py": f"""\
from django.http import HttpResponse
from django.urls import path


def items(request):
    return HttpResponse("ok")


urlpatterns = [path({PATH.removeprefix("/")!r}, items)]
""",
    }
    return Site("django_cors_headers", texts)


def _nginx(chance: random.Random) -> Site:
    name = f"allowed_{chance.randrange(10**9)}"  # all sites share one nginx, which knows a variable once
    before = in_location = ""
    value = chance.choice(("*", "*", f'"{APP}"', f'"{APP}"', "$http_origin", *[f"${name}"] * 3, f'"{APP}/"'))
    if value == f"${name}":
        pattern = chance.choice(("^http://([a-z]+[.])?app[.]example$", "^http://app.example"))
        if chance.random() < 0.5:
            before = (
                f'map $http_origin ${name} {{\n    default "";\n    "~{pattern}" $http_origin;\n    null null;\n}}\n'
            )
        else:
            in_location = (
                f'        set ${name} "";\n        if ($http_origin ~ "{pattern}") {{\n'
                f"            set ${name} $http_origin;\n        }}\n"
            )
    always = chance.choice((" always", " always", ""))
    headers = [f"add_header Access-Control-Allow-Origin {value}{always};"]
    if chance.random() < 0.1:
        headers *= 2
    if chance.random() < 0.7:
        true = chance.choice(("true", "true", "true", "True"))
        headers.append(f"add_header Access-Control-Allow-Credentials {true}{always};")
    methods = chance.choice(('"GET, PUT, PATCH"', '"GET, PUT, DELETE"', '"GET, PUT"', "*", '"GET PUT"', ""))
    if methods:
        headers.append(f"add_header Access-Control-Allow-Methods {methods}{always};")
    names = chance.choice(
        ('"Content-Type, X-Token, Authorization"', '"content-type,x-token"', "*", "*", '"X-Token;"', "")
    )
    if names:
        headers.append(f"add_header Access-Control-Allow-Headers {names}{always};")
    lines = "".join(f"        {line}\n" for line in headers)
    repeated = "".join(f"            {line}\n" for line in headers)
    preflight = chance.choice(
        (
            "",
            "        if ($request_method = OPTIONS) {\n            return 204;\n        }\n",
            f"        if ($request_method = OPTIONS) {{\n{repeated}            return 204;\n        }}\n",
            "        if ($request_method = 'OPTIONS') {\n            add_header Content-Length 0;\n"
            "            return 204;\n        }\n",
            "        if ($request_method = OPTIONS) {\n            return 405;\n        }\n",
        )
    )
    text = (
        f"{before}server {{\n    listen 127.0.0.1:PORT_OF_SITE;\n    location /api/ {{\n{in_location}{lines}{preflight}"
        f'        return 200 "ok";\n    }}\n}}\n'
    )
    return Site("nginx", {"site.conf": text})


PRODUCTS: Sequence[Callable[[random.Random], Site]] = (_starlette, _flask_cors, _django_cors_headers, _nginx)


def generated(seed: int, of_each: int) -> list[Site]:
    """So many sites of each product, always the same ones for a seed."""
    chance = random.Random(seed)
    return [make(chance) for make in PRODUCTS for _ in range(of_each)]
