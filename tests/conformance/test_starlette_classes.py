"""What is said of a subclass of CORSMiddleware against the subclass itself, run behind a real application.

Programs are put together from pieces: an `__init__` in one of the forms that projects write, methods that decide
something themselves, and a site. Where corslint says that run time decides, nothing is compared; everything else must
be what the program answers.
"""

from __future__ import annotations

import importlib.metadata
import os
import random
import warnings
from collections import Counter
from typing import Any

from accuracy import compared
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from corslint.browser import Request
from corslint.collect import Project
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.servers import starlette
from corslint.source import Source

VERSION = importlib.metadata.version("starlette")
PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
REQUESTS = 8
"""Requests for each program."""
ORIGINS = ("https://app.example", "https://evil.example", "http://localhost:3000", "null")

# Each with the options its site may give besides.
CONSTRUCTORS = (
    ("", ("['https://app.example']", "allow_origins=['*'], allow_credentials=True", "max_age=5")),
    (
        "    def __init__(self, app):\n        super().__init__(app, allow_origins=['https://app.example'])\n",
        ("",),
    ),
    (
        "    def __init__(self, app, **options):\n"
        "        super().__init__(app, allow_credentials=True, allow_methods=('GET', 'PUT'), **options)\n",
        ("", "allow_origins=['https://app.example', 'null']", "allow_origin_regex='https://.*'"),
    ),
    (
        "    def __init__(self, *args, note, **options):\n"
        "        super().__init__(*args, **options)\n        self.note = note\n",
        ("note=1", "['https://app.example'], ['PUT'], note=''", "allow_headers=['x-key'], note=None"),
    ),
    (
        "    def __init__(self, app, sites='https://app.example,null', open=False):\n"
        "        mine = ['*'] if open else [one.strip() for one in sites.split(',')]\n"
        "        super(C, self).__init__(app, allow_origins=mine, allow_credentials=not open)\n",
        ("", "open=True", "sites='http://localhost:3000'", "'https://evil.example', True"),
    ),
    (
        "    def __init__(self, app):\n        self.allow_origins = ['*']\n"
        "        CORSMiddleware.__init__(self, app, ['https://app.example'], max_age=self.age())\n"
        "    def age(self):\n        return 60 * 2\n",
        ("",),
    ),
    (
        "    def __init__(self, app, **options):\n        super().__init__(app, **options)\n"
        "        self.allow_origins = ('http://localhost:3000',)\n",
        ("allow_origins=['https://app.example']",),
    ),
    (
        "    def __init__(self, app):\n        super().__init__(app, allow_origins=['*'])\n"
        "        self.preflight_headers['Access-Control-Max-Age'] = '1'\n",
        ("",),
    ),
)
METHODS = (
    "",
    "",
    "    def is_allowed_origin(self, origin):\n"
    "        return 'localhost' in origin or super().is_allowed_origin(origin)\n",
    "    def preflight_response(self, request_headers):\n"
    "        answer = super().preflight_response(request_headers)\n"
    "        answer.headers['access-control-max-age'] = '7'\n"
    "        return answer\n",
    "    async def __call__(self, scope, receive, send):\n        if scope['type'] != 'http':\n"
    "            await self.app(scope, receive, send)\n            return\n"
    "        await super().__call__(scope, receive, send)\n",
    "    async def send(self, message, send, request_headers):\n"
    "        await super().send(message, send, request_headers)\n",
    "    name = 'ours'\n    def log(self, origin):\n        print(origin)\n",
    "    allow_credentials = True\n",
)
BELOW = (
    "",
    "class D(C):\n    '''Ours.'''\n",
    "class D(C):\n    def __init__(self, *args, **options):\n        super().__init__(*args, **options)\n",
)


def programs(rng: random.Random) -> str:
    constructor, given = rng.choice(CONSTRUCTORS)
    below = rng.choice(BELOW)
    methods = "".join(rng.sample(METHODS, 2)) if rng.random() < 0.6 else ""
    name = "D" if below else "C"
    options = rng.choice(given)
    body = constructor + methods or "    pass\n"
    return (
        "from starlette.middleware.cors import CORSMiddleware\n\n\n"
        f"class C(CORSMiddleware):\n{body}\n\n{below}\n\n"
        f"app.add_middleware({', '.join(filter(None, (name, options)))})\n"
    )


async def endpoint(request: StarletteRequest) -> PlainTextResponse:
    return PlainTextResponse("")


def asked(rng: random.Random) -> Request:
    headers = [("Origin", rng.choice(ORIGINS))]
    method = rng.choice(("GET", "OPTIONS", "OPTIONS"))
    if method == "OPTIONS":
        headers.append(("Access-Control-Request-Method", rng.choice(("GET", "PUT", "DELETE"))))
        if rng.random() < 0.5:
            headers.append(("Access-Control-Request-Headers", rng.choice(("x-key", "content-type"))))
    return Request("", "https://api.example/", method, tuple(headers))


def product(client: Any, request: Request) -> tuple[int, list[tuple[str, str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = client.request(request.method, "/", headers=dict(request.headers))
    kept = [(name, value) for name, value in got.headers.items() if name.startswith(("access-control-", "vary"))]
    return got.status_code, sorted(kept)


def test_what_is_known_of_a_subclass_is_what_it_answers() -> None:
    rng, count = random.Random(4), Counter[str]()
    while count["pairs"] + count["undecided"] < PAIRS:
        text = programs(rng)
        app = Starlette(routes=[Route("/", endpoint, methods=["GET", "OPTIONS"])])
        exec(compile(text, "main.py", "exec"), {"app": app})
        (policy,) = starlette.read(Project(versions={"starlette": VERSION}), Source("main.py", text))
        assert isinstance(policy, Policy)
        client = TestClient(app, raise_server_exceptions=False)
        for _ in range(REQUESTS):
            request = asked(rng)
            try:
                modelled = policy.respond(request)
            except UndecidedError:
                count["undecided"] += 1
                continue
            count["pairs"] += 1
            found = modelled.status, sorted((name.lower(), value) for name, value in modelled.headers)
            count["differences"] += found != product(client, request)
            assert found == product(client, request), (text, request)
    assert count["pairs"] > PAIRS // 3
    compared("Starlette", VERSION, "answers of generated subclasses", count["pairs"], count["differences"])
