"""Put the same requests to the model and to a real Envoy that runs the same configuration.

Random policies of virtual hosts and routes, in typed and in old form, and what people write by hand; the origins are
those a browser may send, and some that none sends.
"""

from __future__ import annotations

import http.client
import json
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from accuracy import compared
from real_envoy import POLICY, bootstrap, cors_filter, refusal, running, version
from real_nginx import free_port, upstream

from corslint.browser import Request
from corslint.collect import Project
from corslint.policy import Policy
from corslint.servers import envoy
from corslint.source import Source

pytestmark = pytest.mark.needs_envoy

PAIRS = int(os.environ.get("CORSLINT_CONFORMANCE_PAIRS", "2000"))
REQUESTS = 25
MATCHERS: list[dict[str, Any]] = [
    {"exact": "https://app.example.com"},
    {"exact": "https://APP.example.com", "ignore_case": True},
    {"exact": "*"},
    {"exact": "null"},
    {"exact": ""},
    {"exact": "http://localhost:3000"},
    {"prefix": "https://app.example.com"},
    {"prefix": "*"},
    {"prefix": "HTTPS://", "ignore_case": True},
    {"suffix": ".example.com"},
    {"suffix": "example.com"},
    {"contains": "example"},
    {"contains": "*"},
    {"safe_regex": {"regex": r"https://[a-z]+\.example\.com"}},
    {"safe_regex": {"regex": r"https://.*.example.com(:\d+)?"}},
    {"safe_regex": {"regex": r"\*"}},
    {"safe_regex": {"regex": ".*"}},
    {"safe_regex": {"regex": "^https://app.example.com$|null"}},
    {"safe_regex": {"regex": "(?i)https://APP.example.com"}},
]
ORIGINS = [
    "", "https://app.example.com", "https://evil.example", "https://app.example.com.evil.example", "null", "*",
    "https://evilexample.com", "https://a.b.example.com", "https://app.example.com:8443", "http://localhost:3000",
    "https://APP.EXAMPLE.COM", "https://appXexample.com", "http://app.example.com",
]  # fmt: skip
TEXTS = {
    "allow_methods": ["", "GET, PUT", "*", "get,PUT", "GET,*", "GET,POST,PUT,DELETE,PATCH"],
    "allow_headers": ["", "*", "content-type, x-token", "*, authorization", "x a"],
    "expose_headers": ["", "*", "x-total,x-page"],
    "max_age": ["", "600", "1h", "86400"],
}


def random_policy(random_: random.Random) -> dict[str, Any]:
    """A policy that Envoy accepts, with few of its fields."""
    made: dict[str, Any] = {}
    if random_.random() < 0.85:
        made["allow_origin_string_match"] = random_.sample(MATCHERS, random_.randint(0, 3))
    for name, texts in TEXTS.items():
        if random_.random() < 0.6:
            made[name] = random_.choice(texts)
    for name in ("allow_credentials", "forward_not_matching_preflights", "allow_private_network_access"):
        if random_.random() < 0.4:
            made[name] = random_.random() < 0.6
    if random_.random() < 0.1:
        made["filter_enabled"] = {"default_value": {"numerator": random_.choice([0, 100]), "denominator": "HUNDRED"}}
    return made


def random_host(number: int, random_: random.Random) -> dict[str, Any]:
    """A virtual host with a route, where policies stand at either or at both."""
    route: dict[str, Any] = {"cluster": "backend"}
    entry: dict[str, Any] = {"match": {"prefix": "/"}, "route": route}
    host: dict[str, Any] = {"name": f"host{number}", "domains": [f"host{number}.test"], "routes": [entry]}
    is_typed = random_.random() < 0.7
    levels = random_.choice(["host", "route", "both"])
    for level, typed, old in (("host", host, host), ("route", entry, route)):
        if levels in (level, "both"):
            policy = random_policy(random_)
            if is_typed:
                typed["typed_per_filter_config"] = {"envoy.filters.http.cors": {"@type": POLICY, **policy}}
            else:
                old["cors"] = policy
    if random_.random() < 0.2:
        entry["response_headers_to_add"] = [{"header": {"key": "Vary", "value": "Origin"}}]
    return host


def model_of(host: dict[str, Any]) -> Policy | None:
    """The policy that is read of a virtual host: that of its route, where one has its own."""
    text = json.dumps({"virtual_hosts": [host]}, indent=2)
    found = [one for one in envoy.read(Project(), Source("envoy.json", text)) if isinstance(one, Policy)]
    return found[-1] if found else None


def random_request(random_: random.Random) -> tuple[str, dict[str, str], int]:
    """A method, headers and the status of the application."""
    headers: dict[str, str] = {}
    if origin := random_.choice(ORIGINS):
        headers["Origin"] = origin
    method = random_.choice(["GET", "PUT", "OPTIONS", "OPTIONS"])
    if method == "OPTIONS" and random_.random() < 0.85:
        headers["Access-Control-Request-Method"] = random_.choice(["PUT", "DELETE", "GET"])
        if random_.random() < 0.6:
            headers["Access-Control-Request-Headers"] = random_.choice(["content-type", "x-token,x-other"])
        if random_.random() < 0.2:
            headers["Access-Control-Request-Private-Network"] = "true"
    return method, headers, random_.choice([200, 204, 404, 500])


def asked(port: int, host: str, method: str, target: str, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, headers={**headers, "Host": host})
        answer = connection.getresponse()
        answer.read()
        return answer.status, seen(answer.getheaders())
    finally:
        connection.close()


def seen(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that matter, lists without the blanks between their items."""
    return sorted(
        (name.lower(), ",".join(part.strip() for part in value.split(",")))
        for name, value in headers
        if name.lower().startswith("access-control-") or name.lower() == "vary"
    )


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    with upstream() as port:
        yield port


def differences(hosts: list[dict[str, Any]], backend: int, folder: Path, random_: random.Random) -> list[object]:
    """The requests that Envoy and the model answer otherwise."""
    port = free_port()
    found: list[object] = []
    with running(bootstrap(hosts, backend, port), folder, port):
        for host in hosts:
            policy = model_of(host)
            for _ in range(REQUESTS):
                method, headers, status = random_request(random_)
                real = asked(port, host["domains"][0], method, f"/?status={status}", headers)
                if policy is None:
                    model: tuple[int, list[tuple[str, str]]] = (status, [])
                else:
                    request = Request(headers.get("Origin", ""), "https://api.example/", method, tuple(headers.items()))
                    answer = policy.respond(request, status)
                    model = (answer.status, seen(answer.headers))
                if real != model:
                    found.append((host, method, headers, real, model))
    return found


def test_the_model_answers_as_envoy_does(backend: int, tmp_path: Path) -> None:
    random_ = random.Random(1)
    hosts = [random_host(number, random_) for number in range(max(PAIRS // REQUESTS, 1))]
    found = differences(hosts, backend, tmp_path, random_)
    pairs = len(hosts) * REQUESTS
    compared("Envoy", version(), "answers to random requests under random configurations", pairs, len(found))
    assert not found[:3], json.dumps(found[:3])


REFUSED: list[dict[str, Any]] = [
    {"max_age": 600},
    {"allow_methods": ["GET", "PUT"]},
    {"allow_headers": ["x-a"]},
    {"allow_origin_string_match": ["*"]},
    {"allow_origin_string_match": "*"},
    {"allow_origin_string_match": [{"prefix": ""}]},
    {"allow_origin_string_match": [{"suffix": ""}]},
    {"allow_origin_string_match": [{"safe_regex": {"regex": "*.example.com"}}]},
    {"allow_origin_string_match": [{"safe_regex": {"regex": "https://(?!evil).*"}}]},
    {"allow_origin_string_match": [{"safe_regex": {"regex": "https://(a"}}]},
    {"allow_origin_string_match": [{"exact": "https://a.example", "prefix": "https://b.example"}]},
    {"allow_origin_string_match": [{"ignore_case": True}]},
    {"allow_orgins": []},
]
OLD: list[dict[str, Any]] = [{"allow_origin": ["*"]}, {"allow_origin_regex": [".*"]}, {"enabled": True}]
TAKEN: list[dict[str, Any]] = [
    {},
    {"max_age": "1h"},
    {"allow_credentials": "true"},
    {"allowOriginStringMatch": [{"exact": "https://a.example", "ignoreCase": True}], "allowCredentials": True},
    {"allow_origin_string_match": [{"exact": ""}]},
    {"allow_origin_string_match": []},
]


def host_with(policy: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "host",
        "domains": ["host.test"],
        "typed_per_filter_config": {"envoy.filters.http.cors": {"@type": POLICY, **policy}},
        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "backend"}}],
    }


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        *((policy, {"rejected-configuration"}) for policy in REFUSED),
        *((policy, {"renamed-setting"}) for policy in OLD),
        *((policy, set()) for policy in TAKEN),
    ],
    ids=str,
)
def test_what_is_said_to_be_refused_is_refused(policy: dict[str, Any], told: set[str], tmp_path: Path) -> None:
    host = host_with(policy)
    model = model_of(host)
    assert model is not None
    assert {fact.kind for fact in model.facts} - {"shadowed-setting"} == told
    assert bool(refusal(bootstrap([host], 9, 10), tmp_path)) is bool(told)
    compared("Envoy", version(), "configurations that are said to be refused, and others", 1)


def basic_auth() -> dict[str, Any]:
    users = {"inline_string": "user:{SHA}tESsBmE/yNY3lb6a0L6vVQEZNqw="}
    kind = "type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth"
    return {"name": "envoy.filters.http.basic_auth", "typed_config": {"@type": kind, "users": users}}


def jwt(bypass: bool) -> dict[str, Any]:
    kind = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
    secret = json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}]})
    keys = {"issuer": "https://a.example", "local_jwks": {"inline_string": secret}}
    rules = [{"match": {"prefix": "/"}, "requires": {"provider_name": "one"}}]
    config: dict[str, Any] = {"@type": kind, "providers": {"one": keys}, "rules": rules}
    if bypass:
        config["bypass_cors_preflight"] = True
    return {"name": "envoy.filters.http.jwt_authn", "typed_config": config}


PREFLIGHT = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}


@pytest.mark.parametrize(
    ("filters", "status"),
    [
        ([cors_filter()], 200),
        ([basic_auth(), cors_filter()], 401),
        ([cors_filter(), basic_auth()], 200),
        ([jwt(False), cors_filter()], 401),
        ([jwt(True), cors_filter()], 200),
        ([], 405),
    ],
    ids=["alone", "basic", "behind", "jwt", "bypass", "none"],
)
def test_filters_ahead_turn_preflights_away(
    filters: list[dict[str, Any]], status: int, backend: int, tmp_path: Path
) -> None:
    host = host_with({"allow_origin_string_match": [{"exact": "https://app.example.com"}], "allow_methods": "PUT"})
    port = free_port()
    whole = bootstrap([host], backend, port, filters)
    (policy,) = envoy.read(Project(), Source("envoy.json", json.dumps(whole)))
    assert isinstance(policy, Policy)
    model = policy.respond(Request("", "https://api.example/", "OPTIONS", tuple(PREFLIGHT.items())), 405)
    with running(whole, tmp_path, port):
        real = asked(port, "host.test", "OPTIONS", "/?status=405", PREFLIGHT)
    assert real[0] == model.status == status
    assert real[1] == seen(model.headers)
    compared("Envoy", version(), "preflights behind filters that ask for a login", 1)


@pytest.mark.parametrize("action", [{"redirect": {"path_redirect": "/x"}}, {"direct_response": {"status": 200}}])
def test_what_envoy_answers_itself_carries_no_cors_header(action: dict[str, Any], backend: int, tmp_path: Path) -> None:
    host = host_with({"allow_origin_string_match": [{"exact": "*"}]})
    policy = host.pop("typed_per_filter_config")
    host["routes"] = [{"match": {"prefix": "/"}, "typed_per_filter_config": policy, **action}]
    model = model_of(host)
    assert model is not None
    assert [fact.kind for fact in model.facts] == ["shadowed-setting"]
    port = free_port()
    with running(bootstrap([host], backend, port), tmp_path, port):
        for method, headers in (("GET", {"Origin": "https://app.example.com"}), ("OPTIONS", PREFLIGHT)):
            assert asked(port, "host.test", method, "/", headers)[1] == []
            request = Request("", "https://api.example/", method, tuple(headers.items()))
            assert seen(model.respond(request).headers) == []
    compared("Envoy", version(), "answers that Envoy gives itself", 2)


@pytest.mark.parametrize(
    ("match", "status"),
    [
        ({"prefix": "/"}, 200),
        ({"prefix": "/", "grpc": {}}, 404),
        ({"prefix": "/", "headers": [{"name": ":method", "string_match": {"exact": "GET"}}]}, 404),
        ({"prefix": "/", "headers": [{"name": ":method", "string_match": {"exact": "OPTIONS"}}]}, 200),
    ],
)
def test_a_preflight_that_no_route_takes_is_not_found(
    match: dict[str, Any], status: int, backend: int, tmp_path: Path
) -> None:
    host = host_with({"allow_origin_string_match": [{"exact": "https://app.example.com"}], "allow_methods": "PUT"})
    host["routes"][0]["match"] = match
    model = model_of(host)
    assert model is not None
    port = free_port()
    with running(bootstrap([host], backend, port), tmp_path, port):
        real = asked(port, "host.test", "OPTIONS", "/", PREFLIGHT)
    answer = model.respond(Request("", "https://api.example/", "OPTIONS", tuple(PREFLIGHT.items())))
    assert real == (answer.status, seen(answer.headers))
    assert answer.status == status
    compared("Envoy", version(), "preflights under conditions of routes", 1)
