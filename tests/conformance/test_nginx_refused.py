"""What nginx does not start with: corslint says so, and only so where the real one refuses it too."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from accuracy import compared
from real_nginx import refusal, version

from corslint.browser import Request
from corslint.collect import Project
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.resolve.nginx_patterns import pattern_flaw
from corslint.servers import nginx

pytestmark = pytest.mark.needs_nginx

LISTEN = "listen 127.0.0.1:1;"
ALLOW = "Access-Control-Allow-Origin"
SEND = f"add_header {ALLOW} *;"
ORIGINS = f"add_header {ALLOW} $o;"
REFUSED = {
    # add_header, more_set_headers
    "add_header in an if of the server": f"server {{ if ($request_method = OPTIONS) {{ {SEND} }} }}",
    "add_header in limit_except": f"server {{ location / {{ limit_except GET {{ {SEND} }} }} }}",
    "a list without quotes": "server { add_header Access-Control-Allow-Methods GET, POST; }",
    "allways": f"server {{ add_header {ALLOW} * allways; }}",
    "one argument": f"server {{ add_header {ALLOW}; }}",
    "four arguments": f"server {{ add_header {ALLOW} https://a https://b always; }}",
    "add_headers": f"server {{ add_headers {ALLOW} *; }}",
    "capitals": f"server {{ Add_Header {ALLOW} *; }}",
    "a variable that nothing defines": f"server {{ add_header {ALLOW} $cors_origin; }}",
    "a variable that nothing defines, in an if": "server { location / { if ($arg_a) { more_set_headers "
    f"'{ALLOW}: ${{nowhere}}'; }} }} }}",
    # if
    "an if in an if": f"server {{ location / {{ if ($arg_a) {{ if ($arg_b) {{ {SEND} }} }} }} }}",
    "no spaces around the operator": f"server {{ location / {{ if ($request_method=OPTIONS) {{ {SEND} }} }} }}",
    "two equals signs": f"server {{ location / {{ if ($request_method == OPTIONS) {{ {SEND} }} }} }}",
    "no parentheses": f"server {{ location / {{ if $arg_a {{ {SEND} }} }} }}",
    "a condition without a variable": f"server {{ location / {{ if (GET = $uri) {{ {SEND} }} }} }}",
    "a value with a space": f"server {{ location / {{ if ($http_origin = a b) {{ {SEND} }} }} }}",
    "a location in an if": f"server {{ location / {{ if ($arg_a) {{ location /b {{ {SEND} }} }} }} }}",
    "a glob for a pattern": f"server {{ location / {{ if ($http_origin ~* *.a.example) {{ {SEND} }} }} }}",
    "a group left open": f"server {{ location / {{ if ($http_origin ~ '^(a|b$') {{ {SEND} }} }} }}",
    # map
    "two values": f"map $http_origin $o {{ https://a https://b $http_origin; }} server {{ {ORIGINS} }}",
    "no value": f"map $http_origin $o {{ https://a; }} server {{ {ORIGINS} }}",
    "one key twice": f"map $http_origin $o {{ https://a 1; https://A 2; }} server {{ {ORIGINS} }}",
    "two defaults": f"map $http_origin $o {{ default 1; default 2; }} server {{ {ORIGINS} }}",
    "a class left open": f"map $http_origin $o {{ '~^https://[a-z' 1; }} server {{ {ORIGINS} }}",
    "a parenthesis too many": f"map $http_origin $o {{ ~^https://a)$ 1; }} server {{ {ORIGINS} }}",
    # location
    "a glob for a location": f"server {{ location ~ *.js {{ {SEND} }} }}",
    "a location outside of the one around": f"server {{ location /a {{ location /b {{ {SEND} }} }} }}",
    "a prefix in a pattern": f"server {{ location ~ ^/a {{ location /a/b {{ {SEND} }} }} }}",
    "a location in an exact one": f"server {{ location = /a {{ location /a/b {{ {SEND} }} }} }}",
    "a named location in another": f"server {{ location /a {{ location @b {{ {SEND} }} }} }}",
    "a location in a named one": f"server {{ location @a {{ location /b {{ {SEND} }} }} }}",
    "one location twice": f"server {{ location /a {{ return 200; }} location ^~ /a {{ {SEND} }} }}",
    "one exact location twice": f"server {{ location = /a {{ {SEND} }} location =/a {{ {ORIGINS} }} }}",
    "an unknown method": f"server {{ location / {{ {SEND} limit_except TRACE {{ deny all; }} }} }}",
}
"""By what is wrong."""
ACCEPTED = {
    "a wildcard that is a flag": f"map $http_origin $o {{ ~*.example.com 1; }} server {{ {ORIGINS} }}",
    "an escaped default": f"map $http_origin $o {{ \\default 1; default 2; }} server {{ {ORIGINS} }}",
    "one pattern twice": f"map $http_origin $o {{ ~a 1; ~a 2; }} server {{ {ORIGINS} }}",
    "flags of a map": f"map $http_origin $o {{ hostnames; volatile; *.a.example 1; }} server {{ {ORIGINS} }}",
    "a variable that is set elsewhere": f"server {{ {ORIGINS} location / {{ set $o 1; }} }}",
    "a variable that a group captures": f"server {{ location ~ ^/(?<o>.) {{ {ORIGINS} }} }}",
    "a variable that geo defines": f"geo $o {{ default 1; }} server {{ {ORIGINS} }}",
    "a variable of the request": f"server {{ add_header {ALLOW} $http_x_y$arg_z$cookie_a$scheme$host$remote_addr; }}",
    "a variable of the answer": f"server {{ add_header {ALLOW} $upstream_http_a$sent_http_b$status$msec; }}",
    "methods in lower case": f"server {{ location / {{ {SEND} limit_except get options {{ deny all; }} }} }}",
    "one path, exact and prefix": f"server {{ location /a {{ {SEND} }} location = /a {{ return 200; }} }}",
    "one pattern for two locations": f"server {{ location ~ a {{ {SEND} }} location ~ a {{ return 200; }} }}",
    "a pattern in a prefix": f"server {{ location /a {{ location ~ b {{ {SEND} }} }} }}",
    "a possessive quantifier": f"server {{ location / {{ if ($http_origin ~ '^a++b*?c?+') {{ {SEND} }} }} }}",
    "a bracket in a class": f"server {{ location / {{ if ($http_origin ~ '[]()*+]') {{ {SEND} }} }} }}",
    "a condition of a header": f"server {{ location / {{ if ($http_x_y = 'a b') {{ {SEND} }} }} }}",
}
"""By what might be taken for wrong."""
PIECES = (
    "a", "b", ".", "(", ")", "[", "]", "*", "+", "?", "|", "\\", "^", "$", "{2}", "\\.", "(?:", "-", "(?<n>", "\\d",
    ":", ",", "(?=", "(?i)", "\\b",
)  # fmt: skip
PATTERNS = 150


def told(http: str) -> tuple[list[Policy], list[str]]:
    """The policies of a configuration, and what they say that nginx refuses."""
    project = Project()
    read = nginx.read(
        project, project.keep("nginx.conf", f"http {{ {http.replace('server {', f'server {{ {LISTEN}')} }}")
    )
    found = [one for one in read if isinstance(one, Policy)]
    return found, [fact.text for one in found for fact in one.facts if fact.kind == "rejected-configuration"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_nginx_refuses_is_said_and_answers_nothing(name: str, tmp_path: Path) -> None:
    assert refusal(REFUSED[name].replace("server {", f"server {{ {LISTEN}"), tmp_path) != ""
    found, refused = told(REFUSED[name])
    assert refused
    for policy in found:
        with pytest.raises(UndecidedError):
            policy.respond(Request("https://a.example", policy.url))


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_nginx_accepts_is_not_said_to_be_refused(name: str, tmp_path: Path) -> None:
    assert refusal(ACCEPTED[name].replace("server {", f"server {{ {LISTEN}"), tmp_path) == ""
    found, refused = told(ACCEPTED[name])
    assert found
    assert refused == []


def test_random_patterns_are_only_said_to_be_refused_if_they_are(tmp_path: Path) -> None:
    random = Random(1)
    wrong: list[str] = []
    refused = 0
    for _ in range(PATTERNS):
        pattern = "".join(random.choice(PIECES) for _ in range(random.randrange(1, 7)))
        if not pattern_flaw(pattern):
            continue
        refused += 1
        quoted = pattern.replace("\\", "\\\\")
        if not refusal(f"server {{ {LISTEN} location / {{ if ($uri ~ '{quoted}') {{ set $a 1; }} }} }}", tmp_path):
            wrong.append(pattern)
    compared("nginx", version(), "random patterns that are said to be refused", refused, len(wrong))
    assert wrong == []
    assert refused > PATTERNS / 3
