"""The smallest change that lets a request through: found by trying, proven by the models, and no larger than needed."""

from __future__ import annotations

import itertools
from types import ModuleType

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.remedies import Remedy, smallest
from corslint.servers import django_cors_headers, flask_cors, ingress_nginx, nginx, python_headers, starlette, traefik
from corslint.source import Source

APP = "https://app.example.com"
STARLETTE = "from starlette.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, {})\n"
FLASK = "from flask_cors import CORS\nCORS(app, {})\n"
DJANGO = 'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\nINSTALLED_APPS = ["corsheaders"]\n'
INGRESS = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: api\n  annotations:\n"
    '    nginx.ingress.kubernetes.io/enable-cors: "true"\n'
    '    nginx.ingress.kubernetes.io/cors-allow-methods: "GET"\n'
)
LOCATION = "server {{ location / {{ {} proxy_pass http://b; }} }}\n"


def policy_in(server: ModuleType, path: str, text: str) -> Policy:
    read = [one for one in server.read(Project(), Source(path, text)) if isinstance(one, Policy)]
    assert len(read) == 1
    return next(read[0].variants())


def starlette_with(options: str) -> Policy:
    return policy_in(starlette, "main.py", STARLETTE.format(options))


def texts(remedy: Remedy | None) -> list[str]:
    assert remedy is not None
    return [change.text for change in remedy.changes]


def put(policy: Policy, **more: object) -> Request:
    return Request(APP, policy.url, "PUT", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (f'allow_origins=["{APP}"]', ['allow_methods=["GET", "PUT"]']),
        (f'allow_origins=["{APP}"], allow_methods=["put"]', ['allow_methods=["PUT"]']),
        ('allow_methods=["*"]', [f'allow_origins=["{APP}"]']),
        (
            'allow_methods=["*"], allow_origins=["https://a.example"]',
            [f'allow_origins=["https://a.example", "{APP}"]'],
        ),
        (
            "",
            [f'allow_origins=["{APP}"]', 'allow_methods=["GET", "PUT"]'],
        ),
    ],
)
def test_starlette(options: str, expected: list[str]) -> None:
    policy = starlette_with(options)
    assert texts(smallest(policy, put(policy))) == expected


def test_credentials_and_headers() -> None:
    policy = starlette_with(f'allow_origins=["{APP}"], allow_methods=["*"], allow_headers=["x-a"]')
    request = put(policy, headers=(("X-B", "1"),), credentials="include")
    assert texts(smallest(policy, request)) == ["allow_credentials=True", 'allow_headers=["x-a", "x-b"]']


@pytest.mark.parametrize(
    ("server", "path", "text", "expected"),
    [
        (flask_cors, "app.py", FLASK.format('origins="https://a.example"'), f'origins=["https://a.example", "{APP}"]'),
        (
            flask_cors,
            "app.py",
            FLASK.format(f'origins=["{APP}/", "https://a.example"]'),
            f'origins=["https://a.example", "{APP}"]',
        ),
        (flask_cors, "app.py", FLASK.format('methods=["GET"]'), 'methods=["GET", "PUT"]'),
        (
            django_cors_headers,
            "settings.py",
            DJANGO + 'CORS_ALLOWED_ORIGINS = ["https://a.example"]\n',
            f'CORS_ALLOWED_ORIGINS = ["https://a.example", "{APP}"]',
        ),
        (
            django_cors_headers,
            "settings.py",
            DJANGO + 'CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_METHODS = ["GET"]\n',
            'CORS_ALLOW_METHODS = ["GET", "PUT"]',
        ),
        (ingress_nginx, "ingress.yaml", INGRESS, 'nginx.ingress.kubernetes.io/cors-allow-methods: "GET, PUT"'),
    ],
)
def test_one_change_is_enough_in_every_notation(server: ModuleType, path: str, text: str, expected: str) -> None:
    policy = policy_in(server, path, text)
    remedy = smallest(policy, put(policy))
    assert texts(remedy) == [expected]
    assert remedy is not None
    assert remedy.proof is not None
    assert remedy.proof.verdict.allowed is True


def test_the_wildcard_gives_way_to_the_origin_where_cookies_are_sent() -> None:
    policy = policy_in(ingress_nginx, "ingress.yaml", INGRESS)
    request = Request(APP, policy.url, credentials="include")
    assert texts(smallest(policy, request)) == [f'nginx.ingress.kubernetes.io/cors-allow-origin: "{APP}"']


def test_cookies_are_never_allowed_to_everybody() -> None:
    policy = starlette_with('allow_origins=["*"], allow_methods=["*"]')
    assert texts(smallest(policy, put(policy, credentials="include"))) == [
        f'allow_origins=["{APP}"]',
        "allow_credentials=True",
    ]
    policy = policy_in(nginx, "site.conf", LOCATION.format("add_header Access-Control-Allow-Origin $http_origin;"))
    assert texts(smallest(policy, Request(APP, policy.url, credentials="include"))) == [
        f'add_header Access-Control-Allow-Origin "{APP}" always;',
        'add_header Access-Control-Allow-Credentials "true" always;',
    ]


def test_nginx_is_told_line_by_line() -> None:
    policy = policy_in(nginx, "site.conf", LOCATION.format(f"add_header Access-Control-Allow-Origin {APP};"))
    remedy = smallest(policy, put(policy))
    assert texts(remedy) == ['add_header Access-Control-Allow-Methods "PUT" always;']


def test_what_has_moved_is_asked_at_its_new_address() -> None:
    moved = f"server {{ add_header Access-Control-Allow-Origin {APP} always; return 301 https://new.example/; }}\n"
    policy = policy_in(nginx, "site.conf", moved)
    remedy = smallest(policy, put(policy))
    assert texts(remedy) == ["let the page ask the address that this leads to: https://new.example/"]
    assert remedy is not None
    assert remedy.proof is None


def test_nginx_sends_nothing_with_errors() -> None:
    policy = policy_in(nginx, "site.conf", LOCATION.format(f"add_header Access-Control-Allow-Origin {APP};"))
    assert texts(smallest(policy, Request(APP, policy.url), 502)) == ["end the `add_header` with `always`"]


def test_a_hand_written_header_names_the_list_to_check_against() -> None:
    policy = policy_in(
        python_headers,
        "app.py",
        "from flask import Flask\napp = Flask(__name__)\n@app.after_request\ndef cors(response):\n"
        '    response.headers["Access-Control-Allow-Origin"] = "https://a.example"\n    return response\n',
    )
    assert texts(smallest(policy, Request(APP, policy.url))) == [
        f'send the origin only if it is in a list: `if origin in {{"https://a.example", "{APP}"}}`'
    ]


def test_a_rejected_configuration_is_mended_before_anything_else() -> None:
    policy = starlette_with('allow_credantials=True, allow_origins=["*"]')
    remedy = smallest(policy, Request(APP, policy.url))
    assert texts(remedy) == ["did you mean `allow_credentials`?"]
    assert remedy is not None
    assert remedy.proof is None


@pytest.mark.parametrize(
    "options", ['allow_origins=["*"]', f'allow_origins=["{APP}"]', "allow_origins=load()", 'allow_origin_regex=".*"']
)
def test_what_passes_and_what_nobody_knows_needs_no_change(options: str) -> None:
    policy = starlette_with(options)
    assert smallest(policy, Request(APP, policy.url)) is None


def test_what_no_browser_sends_has_no_remedy() -> None:
    policy = starlette_with("")
    assert smallest(policy, Request(APP, policy.url, "TRACE")) is None


def test_null_can_be_let_in() -> None:
    policy = starlette_with("")
    assert texts(smallest(policy, Request("null", policy.url))) == ['allow_origins=["null"]']


GRID = [
    starlette_with(", ".join(filter(None, options)))
    for options in itertools.product(
        ("", 'allow_origins=["*"]', f'allow_origins=["{APP}"]', 'allow_origins=["https://b.example"]'),
        ("", "allow_credentials=True"),
        ("", 'allow_methods=["*"]', 'allow_methods=["PUT"]'),
        ("", 'allow_headers=["*"]', 'allow_headers=["x-a"]'),
    )
]
ASKED = [
    (method, headers, credentials)
    for method in ("GET", "PUT")
    for headers in ((), (("x-a", "1"),), (("x-a", "1"), ("x-b", "1")))
    for credentials in ("omit", "include")
]


def test_each_change_is_needed_and_all_together_are_enough() -> None:
    found = 0
    for policy in GRID:
        for method, headers, credentials in ASKED:
            request = Request(APP, policy.url, method, headers, credentials)  # type: ignore[arg-type]
            proof = policy.ask(request)
            assert proof is not None
            remedy = smallest(policy, request)
            if proof.verdict.allowed:
                assert remedy is None
                continue
            assert remedy is not None
            assert remedy.proof is not None
            assert remedy.proof.verdict.allowed
            # What the request lacks, judged by hand: each lack is a change, and nothing else is.
            origins, others = policy.origins.known(), policy.methods.known() or ()
            is_open = origins.match("https://evil.example") is not None
            lacks = int(is_open if credentials == "include" else origins.match(APP) is None)
            lacks += int(not is_open and origins.match(APP) is None and credentials == "include")
            lacks += int(credentials == "include" and not policy.credentials.known())
            lacks += int(method not in others) if method == "PUT" or headers else 0
            allowed = {name.lower() for name in policy.headers.known() or ()}
            lacks += int("*" not in allowed and not {name for name, _ in headers} <= allowed)
            assert len(remedy.changes) == lacks, (policy, request, texts(remedy))
            found += 1
    assert found > 300


def test_what_else_lets_origins_in_is_switched_off_where_one_alone_is_meant() -> None:
    policy = starlette_with('allow_origin_regex=".*", allow_methods=["*"]')
    assert texts(smallest(policy, Request(APP, policy.url, credentials="include"))) == [
        f'allow_origins=["{APP}"]',
        "allow_origin_regex=None",
        "allow_credentials=True",
    ]
    text = DJANGO + "CORS_ALLOW_ALL_ORIGINS = True\n"
    policy = policy_in(django_cors_headers, "settings.py", text)
    assert texts(smallest(policy, Request(APP, policy.url, credentials="include"))) == [
        f'CORS_ALLOWED_ORIGINS = ["{APP}"]',
        "CORS_ALLOW_ALL_ORIGINS = False",
        "CORS_ALLOW_CREDENTIALS = True",
    ]


def test_an_origin_more_shuts_nobody_out_of_nginx() -> None:
    policy = policy_in(
        nginx, "site.conf", LOCATION.format('add_header Access-Control-Allow-Origin "https://a.example";')
    )
    assert texts(smallest(policy, Request(APP, policy.url))) == [
        f'map $http_origin $cors_origin {{ "https://a.example" $http_origin; "{APP}" $http_origin; }}'
        " and add_header Access-Control-Allow-Origin $cors_origin always;"
    ]


def test_the_line_for_the_preflight_is_not_contradicted_by_one_for_the_answer() -> None:
    text = (
        "if ($request_method = OPTIONS) { return 204; } if ($request_method = PUT) "
        "{ add_header Access-Control-Allow-Origin *; proxy_pass http://b; }"
    )
    policy = policy_in(nginx, "site.conf", LOCATION.format(text))
    told = texts(smallest(policy, put(policy, credentials="include")))
    assert sum("Access-Control-Allow-Origin " in line for line in told) == 1, told


def test_a_label_is_written_with_its_prefix() -> None:
    text = (
        "services:\n  api:\n    labels:\n"
        '      - "traefik.http.middlewares.c.headers.accesscontrolalloworiginlist=https://a.example"\n'
        '      - "traefik.http.middlewares.c.headers.accesscontrolallowmethods=GET"\n'
    )
    policy = policy_in(traefik, "docker-compose.yml", text)
    (told,) = texts(smallest(policy, Request(APP, policy.url)))
    assert told.lower() == (f"traefik.http.middlewares.c.headers.accesscontrolalloworiginlist=https://a.example, {APP}")


def test_a_hand_written_list_keeps_its_origins_and_its_credentials() -> None:
    policy = policy_in(
        python_headers,
        "app.py",
        "from flask import Flask, request\napp = Flask(__name__)\n@app.after_request\ndef cors(response):\n"
        '    if request.headers.get("Origin") in ["https://a.example", "https://b.example"]:\n'
        '        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]\n'
        '        response.headers["Access-Control-Allow-Credentials"] = "true"\n    return response\n',
    )
    assert texts(smallest(policy, Request(APP, policy.url, credentials="include"))) == [
        f'send the origin only if it is in a list: `if origin in {{"https://a.example", "https://b.example", "{APP}"}}`'
    ]


def test_an_answer_to_options_alone_does_not_let_a_stranger_in() -> None:
    text = 'server { location / { add_header Access-Control-Allow-Origin "https://a.example"; root /x; } }'
    policy = policy_in(nginx, "site.conf", text)
    told = texts(smallest(policy, put(policy)))
    assert told[0].startswith("answer OPTIONS with status 204")
    assert any(f'"{APP}" $http_origin;' in line for line in told), told
    assert "end the `add_header` with `always`" not in told
