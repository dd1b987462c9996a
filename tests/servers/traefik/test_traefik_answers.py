"""What Traefik answers, recorded.

Traefik itself cannot run in these tests. The cases of RECORDED are those of its own tests of the middleware and of the
whole proxy, for which the expected headers are written down there:
https://github.com/traefik/traefik/blob/v3.7.9/pkg/middlewares/headers/header_test.go (CORSPreflights, CORSResponses)
https://github.com/traefik/traefik/blob/v3.7.9/integration/headers_test.go (TestCorsResponses)
Those of READ were read off the source of the two releases between which the middleware changed.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import traefik
from corslint.source import Source

ORIGIN = "https://foo.bar.org"
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "origin", "Origin": ORIGIN}
METHODS = ["GET", "OPTIONS", "PUT"]

Headers = dict[str, str]


def policy(options: dict[str, Any], image: str = "traefik:v3.7.9") -> Policy:
    labels = {
        f"traefik.http.middlewares.cors.headers.{name}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in options.items()
    }
    compose = {"services": {"proxy": {"image": image}, "app": {"image": "app", "labels": labels}}}
    (found,) = traefik.read(Project(), Source("compose.json", json.dumps(compose)))
    assert isinstance(found, Policy)
    return found


def answer(found: Policy, method: str, sent: Headers, status: int = 200) -> tuple[int, Headers]:
    response = found.respond(
        Request(sent.get("Origin", ""), "https://api.example/", method, tuple(sent.items())), status
    )
    assert len(dict(response.headers)) == len(response.headers), "no header is sent twice"
    return response.status, dict(response.headers)


RECORDED: dict[str, tuple[dict[str, Any], str, Headers, Headers]] = {
    "simple preflight": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": [ORIGIN],
            "accesscontrolmaxage": 600,
        },
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
        },
    ),
    "preflight of any origin": (
        {"accesscontrolallowmethods": METHODS, "accesscontrolalloworiginlist": ["*"], "accesscontrolmaxage": 600},
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
        },
    ),
    "preflight of any origin with credentials": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": ["*"],
            "accesscontrolallowcredentials": True,
            "accesscontrolmaxage": 600,
        },
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
            "Access-Control-Allow-Credentials": "true",
        },
    ),
    "preflight with headers": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": ["*"],
            "accesscontrolallowheaders": ["origin", "X-Forwarded-For"],
            "accesscontrolmaxage": 600,
        },
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
            "Access-Control-Allow-Headers": "origin,X-Forwarded-For",
        },
    ),
    "preflight that asks for no headers": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": ["*"],
            "accesscontrolallowheaders": ["origin", "X-Forwarded-For"],
            "accesscontrolmaxage": 600,
        },
        "OPTIONS",
        {"Access-Control-Request-Method": "GET", "Origin": ORIGIN},
        {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
            "Access-Control-Allow-Headers": "origin,X-Forwarded-For",
        },
    ),
    "preflight without max-age": (
        {"accesscontrolallowmethods": METHODS, "accesscontrolalloworiginlist": ["*"]},
        "OPTIONS",
        {"Access-Control-Request-Method": "GET", "Origin": ORIGIN},
        {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET,OPTIONS,PUT"},
    ),
    "simple request": (
        {"accesscontrolalloworiginlist": [ORIGIN]},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "request of any origin": (
        {"accesscontrolalloworiginlist": ["*"]},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": "*"},
    ),
    "expression": (
        {"accesscontrolalloworiginlistregex": [r"^https?://([a-z]+)\.bar\.org$$"]},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "expression that matches a part": (
        {"accesscontrolalloworiginlistregex": [r"([a-z]+)\.bar"]},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "expression that does not match": (
        {"accesscontrolalloworiginlistregex": [r"([a-z]+)\.bar\.org"]},
        "GET",
        {"Origin": "https://bar.org"},
        {},
    ),
    "no origin": ({"accesscontrolalloworiginlist": [ORIGIN]}, "GET", {}, {}),
    "any origin with credentials": (
        {"accesscontrolalloworiginlist": ["*"], "accesscontrolallowcredentials": True},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN, "Access-Control-Allow-Credentials": "true"},
    ),
    "exposed headers": (
        {"accesscontrolalloworiginlist": ["*"], "accesscontrolexposeheaders": ["origin", "X-Forwarded-For"]},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "origin,X-Forwarded-For"},
    ),
    "vary": (
        {"accesscontrolalloworiginlist": [ORIGIN], "addvaryheader": True},
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN, "Vary": "Origin"},
    ),
    "the whole proxy, simple request": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": [ORIGIN],
            "accesscontrolmaxage": 100,
            "addvaryheader": True,
        },
        "GET",
        {"Origin": ORIGIN},
        {"Access-Control-Allow-Origin": ORIGIN, "Vary": "Origin"},
    ),
    "the whole proxy, preflight": (
        {
            "accesscontrolallowmethods": METHODS,
            "accesscontrolalloworiginlist": [ORIGIN],
            "accesscontrolmaxage": 100,
            "addvaryheader": True,
        },
        "OPTIONS",
        PREFLIGHT,
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Max-Age": "100",
            "Access-Control-Allow-Methods": "GET,OPTIONS,PUT",
        },
    ),
}


@pytest.mark.parametrize("case", RECORDED)
def test_the_model_answers_as_traefik_records_it(case: str) -> None:
    options, method, sent, expected = RECORDED[case]
    assert answer(policy(options), method, sent) == (200, expected)


NEW, OLD = "traefik:v3.7.9", "traefik:v3.6.21"
EVERYTHING: dict[str, Any] = {
    "accesscontrolalloworiginlist": ["*"],
    "accesscontrolallowcredentials": True,
    "accesscontrolallowmethods": ["*"],
    "accesscontrolallowheaders": ["*"],
    "accesscontrolexposeheaders": ["*"],
}
EVERYTHING_BUT = {**EVERYTHING, "accesscontrolallowcredentials": False, "accesscontrolexposeheaders": ["X-A"]}
STATIC: dict[str, Any] = {
    "customresponseheaders.Access-Control-Allow-Origin": "https://a.example",
    "customresponseheaders.access-control-allow-methods": "GET, PUT",
    "customresponseheaders.Access-Control-Allow-Credentials": "True",
    "customresponseheaders.Access-Control-Max-Age": "60",
}

READ: dict[str, tuple[str, dict[str, Any], str, Headers, int, Headers]] = {
    "new: wildcards with credentials repeat what was asked": (
        NEW, EVERYTHING, "OPTIONS", PREFLIGHT, 200,
        {
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": "origin",
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Origin": ORIGIN,
        },
    ),
    "old: wildcards stay as they are": (
        OLD, EVERYTHING, "OPTIONS", PREFLIGHT, 200,
        {
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": "*",
            "Access-Control-Allow-Methods": "*",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Max-Age": "0",
        },
    ),
    "new: wildcards without credentials stay as they are": (
        NEW, EVERYTHING_BUT, "OPTIONS", PREFLIGHT, 200,
        {
            "Access-Control-Allow-Headers": "*",
            "Access-Control-Allow-Methods": "*",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "X-A",
        },
    ),
    "new: an exposed wildcard goes with credentials": (
        NEW, EVERYTHING, "GET", {"Origin": ORIGIN}, 200,
        {"Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Origin": ORIGIN},
    ),
    "old: an exposed wildcard stays": (
        OLD, EVERYTHING, "GET", {"Origin": ORIGIN}, 200,
        {
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "*",
        },
    ),
    "an origin that is refused still gets the credentials header": (
        NEW, {"accesscontrolalloworiginlist": [ORIGIN], "accesscontrolallowcredentials": True}, "GET",
        {"Origin": "https://evil.example"}, 200, {"Access-Control-Allow-Credentials": "true"},
    ),
    "origins are compared as they are": (
        NEW, {"accesscontrolalloworiginlist": ["https://FOO.bar.org"]}, "GET", {"Origin": ORIGIN}, 200, {},
    ),
    "null is an origin like any other": (
        NEW, {"accesscontrolalloworiginlist": ["null"]}, "GET", {"Origin": "null"}, 200,
        {"Access-Control-Allow-Origin": "null"},
    ),
    "errors carry the headers too": (
        NEW, {"accesscontrolalloworiginlist": [ORIGIN]}, "GET", {"Origin": ORIGIN}, 500,
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "OPTIONS that asks for no method goes to the application": (
        NEW, {"accesscontrolalloworiginlist": [ORIGIN]}, "OPTIONS", {"Origin": ORIGIN}, 404,
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "a preflight of an origin that is refused is answered all the same": (
        NEW, {"accesscontrolalloworiginlist": ["https://a.example"]}, "OPTIONS", PREFLIGHT, 200, {},
    ),
    "custom headers are sent to everybody, as they are": (
        NEW, STATIC, "GET", {"Origin": "https://evil.example"}, 500,
        {
            "Access-Control-Allow-Origin": "https://a.example",
            "Access-Control-Allow-Credentials": "True",
            "Access-Control-Allow-Methods": "GET, PUT",
            "Access-Control-Max-Age": "60",
        },
    ),
    "custom headers answer no preflight, but the application's answer gets them": (
        NEW, STATIC, "OPTIONS", PREFLIGHT, 405,
        {
            "Access-Control-Allow-Origin": "https://a.example",
            "Access-Control-Allow-Credentials": "True",
            "Access-Control-Allow-Methods": "GET, PUT",
            "Access-Control-Max-Age": "60",
        },
    ),
    "a list wins over a custom header for those it names": (
        NEW, {**STATIC, "accesscontrolalloworiginlist": [ORIGIN]}, "GET", {"Origin": ORIGIN}, 200,
        {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Allow-Credentials": "True",
            "Access-Control-Allow-Methods": "GET, PUT",
            "Access-Control-Max-Age": "60",
        },
    ),
    "and the rest get the custom header": (
        NEW, {**STATIC, "accesscontrolalloworiginlist": [ORIGIN]}, "GET", {"Origin": "https://evil.example"}, 200,
        {
            "Access-Control-Allow-Origin": "https://a.example",
            "Access-Control-Allow-Credentials": "True",
            "Access-Control-Allow-Methods": "GET, PUT",
            "Access-Control-Max-Age": "60",
        },
    ),
    "with a list, preflights get none of the custom headers": (
        NEW, {**STATIC, "accesscontrolalloworiginlist": [ORIGIN]}, "OPTIONS", PREFLIGHT, 200,
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
    "a custom Vary is sent as it is": (
        NEW, {"accesscontrolalloworiginlist": [ORIGIN], "customresponseheaders.Vary": "Origin"}, "GET",
        {"Origin": ORIGIN}, 200, {"Access-Control-Allow-Origin": ORIGIN, "Vary": "Origin"},
    ),
    "2.1: the one option for an origin repeats it": (
        "traefik:2.1", {"accesscontrolalloworigin": "origin-list-or-null"}, "GET", {"Origin": ORIGIN}, 200,
        {"Access-Control-Allow-Origin": ORIGIN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_the_model_answers_as_the_source_says(case: str) -> None:
    image, options, method, sent, status, expected = READ[case]
    assert answer(policy(options, image), method, sent, status) == (status, expected)


def test_traefik_answers_a_preflight_itself_whatever_the_application_says() -> None:
    found = policy({"accesscontrolalloworiginlist": [ORIGIN]})
    assert answer(found, "OPTIONS", PREFLIGHT, 401)[0] == 200


@pytest.mark.parametrize(
    ("image", "reflects"),
    [
        ("traefik:v3.7.9", True),
        ("traefik:v3.7.6", True),
        ("traefik:v3.7.5", False),
        ("traefik:3.6.22", True),
        ("traefik:3.6.21", False),
        ("traefik:3.6.2-alpine", False),
        ("traefik:v3.5.9", False),
        ("traefik:v2.11.53", False),
        ("traefik:v2.11", False),
        ("traefik:2", False),
        ("traefik:v3.6", True),
        ("traefik:v3", True),
        ("traefik:v4.0.0", True),
        ("traefik:latest", True),
        ("traefik", True),
        ("docker.io/library/traefik:v3.6.21@sha256:abc", False),
        ("registry.example:5000/traefik:v3.6.21", False),
        ("${REGISTRY:-}traefik:${TRAEFIK_TAG:-v3.6.21}", False),
        ("traefik/whoami:v1.0", True),
        ("nginx:1.0", True),
    ],
)
def test_the_image_tells_whether_any_origin_is_reflected(image: str, reflects: bool) -> None:
    found = policy({"accesscontrolalloworiginlist": ["*"], "accesscontrolallowcredentials": True}, image)
    _, headers = answer(found, "GET", {"Origin": "https://evil.example"})
    assert headers["Access-Control-Allow-Origin"] == ("https://evil.example" if reflects else "*")
