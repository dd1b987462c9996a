"""The model of nginx against a real one: for every request the same status and the same CORS headers, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from accuracy import compared
from real_nginx import Nginx, free_port, running, upstream, version, without_target

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.servers import nginx

pytestmark = pytest.mark.needs_nginx

GOOD, EVIL = "https://app.example", "https://evil.test"
HEADERS = {
    "ACAO": "Access-Control-Allow-Origin",
    "ACAC": "Access-Control-Allow-Credentials",
    "ACAM": "Access-Control-Allow-Methods",
    "ACAH": "Access-Control-Allow-Headers",
    "ACEH": "Access-Control-Expose-Headers",
    "ACMA": "Access-Control-Max-Age",
}
DEAD = "127.0.0.1:1"
FILES = ("/f.txt", "/index.html", "/e502.html", "/")


@dataclass(frozen=True)
class Case:
    """A configuration and the requests put to it.

    In the texts ACAO and its like stand for the names of headers, UP for the address of the program behind nginx, DEAD
    for one where nothing listens, DIR for a folder of our own.
    """

    body: str
    """What stands in `server { }`."""
    http: str = ""
    """What stands beside it, such as a `map`; its variables have names of their own, the cases share one nginx."""
    paths: tuple[str, ...] = ("/a",)
    statuses: tuple[int, ...] = (200,)
    """What the program behind nginx answers."""
    origins: tuple[str | None, ...] = (GOOD, EVIL, None)
    methods: tuple[str, ...] = ("GET", "POST", "PUT")
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with all but preflights."""

    def status_of(self, path: str, status: int) -> int:
        """What the model is told: the status of the program, of an unreachable one, or of a file."""
        if "UP" in self.body:
            return status
        if "DEAD" in self.body:
            return 502
        return 200 if path.partition("?")[0] in FILES else 404

    def target(self, path: str, status: int) -> str:
        """The path and query to ask for."""
        return f"{path}{'&' if '?' in path else '?'}status={status}" if "UP" in self.body else path


STATUSES = (200, 201, 202, 203, 204, 206, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 422, 429, 500, 503)
ENABLE_CORS_ORG = """location / {
     if ($request_method = 'OPTIONS') {
        add_header 'ACAO' '*';
        add_header 'ACAM' 'GET, POST, OPTIONS';
        add_header 'ACAH' 'DNT,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range';
        add_header 'ACMA' 1728000;
        add_header 'Content-Type' 'text/plain; charset=utf-8';
        add_header 'Content-Length' 0;
        return 204;
     }
     if ($request_method = 'POST') {
        add_header 'ACAO' '*' always;
        add_header 'ACAM' 'GET, POST, OPTIONS' always;
        add_header 'ACEH' 'Content-Length,Content-Range' always;
     }
     if ($request_method = 'GET') {
        add_header 'ACAO' '*' always;
        add_header 'ACEH' 'Content-Length,Content-Range' always;
     }
     proxy_pass http://UP;
}"""
CASES = {
    # Inheritance
    "1 inherited": Case("add_header ACAO *; location /a { return 200; }", paths=("/a", "/f.txt", "/none")),
    "2 dropped by a location": Case(
        "add_header ACAO *; location /a { add_header X-B 1; return 200; }", paths=("/a", "/")
    ),
    "4 dropped by a taken if": Case(
        "add_header ACAO *; location /a { if ($arg_q) { add_header X-If 1; } return 200; }",
        paths=("/a", "/a?q=1", "/a?q=0"),
    ),
    "5 expires changes nothing": Case("add_header ACAO *; location /a { expires 1d; return 200; }"),
    "6 nested locations": Case(
        r"location /a { add_header ACAO *; return 200; location ~ \.y$ { add_header X 1; return 200; }"
        r" location /a/b { return 200; } }",
        paths=("/a", "/a/x.y", "/a/b", "/a/b.y"),
    ),
    "7 an included list is a list": Case(
        "include DIR/cors.inc; location /b { add_header X 1; return 200; }", paths=("/b", "/")
    ),
    "8 included twice is sent once": Case(
        "include DIR/cors.inc; location /d { include DIR/cors.inc; return 200; }", paths=("/d",)
    ),
    "an if without headers inherits": Case(
        "location /a { if ($arg_q) { set $nothing_a 1; } add_header ACAO *; return 200; }", paths=("/a", "/a?q=1")
    ),
    "the last taken if wins": Case(
        "location /a { add_header ACAO *; if ($arg_p) { add_header ACAC true; } if ($arg_q) { add_header ACMA 1; }"
        " return 200; }",
        paths=("/a", "/a?p=1", "/a?q=1", "/a?p=1&q=1"),
    ),
    "headers of another name drop the list too": Case(
        "add_header ACAO * always; add_header ACAC true always; location /a { add_header ACMA 5; return 200; }"
    ),
    "three levels": Case(
        "add_header ACAO *; location /a { location /a/b { location /a/b/c { return 200; } add_header X 1; return 200; }"
        " return 200; }",
        paths=("/a", "/a/b", "/a/b/c"),
    ),
    # Statuses
    "14 without always": Case("location / { add_header ACAO *; proxy_pass http://UP; }", statuses=STATUSES),
    "14 with always": Case("location / { add_header ACAO * always; proxy_pass http://UP; }", statuses=STATUSES),
    "14 some with always": Case(
        "location / { add_header ACAO * always; add_header ACAC true; proxy_pass http://UP; }", statuses=(200, 404, 500)
    ),
    "15 dead upstream": Case("location / { add_header ACAO *; proxy_pass http://DEAD; }"),
    "15 dead upstream with always": Case("location / { add_header ACAO * always; proxy_pass http://DEAD; }"),
    "16 error page in another location": Case(
        "location / { add_header ACAO * always; error_page 502 /e502.html; proxy_pass http://DEAD; }"
        " location = /e502.html { add_header ACMA 1 always; }"
    ),
    "17 error page in a named location": Case(
        "location / { add_header ACAO * always; error_page 502 @n; proxy_pass http://DEAD; }"
        " location @n { add_header ACMA 7 always; return 503; }"
    ),
    "error pages of the upstream are its own": Case(
        "error_page 404 500 @n; location / { add_header ACAO * always; proxy_pass http://UP; }"
        " location @n { add_header ACMA 7 always; return 410; }",
        statuses=(200, 404, 500),
    ),
    "unless they are intercepted": Case(
        "proxy_intercept_errors on; error_page 404 500 @n; location / { add_header ACAO * always;"
        " proxy_pass http://UP; }"
        " location @n { add_header ACMA 7 always; return 410; }",
        statuses=(200, 404, 500, 503),
    ),
    "an error page with a status of its own": Case(
        "location /a { add_header ACAO *; error_page 404 =200 /index.html; return 404; }"
    ),
    "an error page that keeps the new status": Case(
        "location /a { add_header ACAO *; error_page 403 = @n; return 403; }"
        " location @n { add_header ACMA 7 always; return 410; }"
    ),
    "an error page that redirects": Case(
        "location /a { add_header ACAO *; error_page 404 https://elsewhere.example/; return 404; }"
    ),
    "a text of its own needs no error page": Case(
        "location /a { add_header ACAO * always; error_page 404 @n; return 404 none; } location @n { return 410; }"
    ),
    "an error page list is inherited whole": Case(
        "error_page 404 @n; location /a { error_page 500 @n; add_header ACAO * always; return 404; }"
        " location /b { add_header ACAO * always; return 404; } location @n { add_header ACMA 7 always; return 410; }",
        paths=("/a", "/b"),
    ),
    "returned errors": Case(
        "add_header ACAO *; add_header ACAC true always; location /404 { return 404; }"
        " location /500 { return 500 sorry; }"
        " location /201 { return 201; } location /301 { return 301 https://x.example/; }"
        " location /307 { return 307 /y; }"
        " location /url { return https://x.example/; }",
        paths=("/404", "/500", "/201", "/301", "/307", "/url"),
    ),
    # Hops
    "18 a single-page application": Case(
        "location / { add_header ACAO *; try_files $uri /index.html; }"
        " location = /index.html { add_header Cache-Control no-cache; }",
        paths=("/f.txt", "/none"),
        methods=("GET",),
    ),
    "18 a single-page application in one location": Case(
        "location / { add_header ACAO *; try_files $uri $uri/ /index.html; }",
        paths=("/f.txt", "/none", "/index.html"),
        methods=("GET",),
    ),
    "19 a named location is no child": Case(
        "location /n { try_files $uri @up; add_header ACAO *; } location @up { proxy_pass http://UP; }",
        paths=("/n",),
        statuses=(404,),
    ),
    "a named location with the headers": Case(
        "location / { try_files $uri @up; } location @up { add_header ACAO * always; proxy_pass http://UP; }",
        paths=("/none",),
        statuses=(404, 200),
    ),
    "20 rewritten away": Case(
        "location /rw { add_header ACAO *; rewrite ^ /d2/x last; } location /d2 { add_header ACMA 2; return 200; }",
        paths=("/rw", "/d2"),
    ),
    "rewritten to a location with headers": Case(
        "location /old { rewrite ^/old/(.*)$ /new/$1; } location /new { add_header ACAO $http_origin; return 200; }",
        paths=("/old/x", "/old", "/new"),
    ),
    "rewritten and kept": Case("location /k { rewrite ^/k(.*)$ /f.txt break; add_header ACAO *; }", paths=("/f.txt",)),
    "redirected by a rewrite": Case(
        "location /r { add_header ACAO *; rewrite ^/r(.*)$ https://x.example$1 permanent; }", paths=("/r/1",)
    ),
    "rewritten by the server": Case(
        "rewrite ^/v1/(.*)$ /v2/$1; location /v1 { return 200; } location /v2 { add_header ACAO *; return 200; }",
        paths=("/v1/x", "/v2/x"),
    ),
    "the last slash is missing": Case(
        "location /api/ { add_header ACAO * always; proxy_pass http://UP; } location / { return 200; }"
        " location /v1/ { add_header ACAO *; } location /v2/ { add_header ACAO *; proxy_pass http://UP; }"
        " location /v2 { add_header ACAO null; proxy_pass http://UP; }",
        paths=("/api", "/api/", "/api/x", "/v1", "/v2", "/v2/"),
    ),
    "an index file is another path": Case(
        "location / { add_header ACAO *; } location = /index.html { add_header ACMA 5; }",
        paths=("/",),
        methods=("GET",),
    ),
    "internal": Case(
        "location /a { internal; add_header ACAO * always; proxy_pass http://UP; }"
        " location /b { rewrite ^ /a/x last; } location /c { error_page 404 /a/e; return 404; }",
        paths=("/a", "/b", "/c"),
    ),
    "a map is worked out once": Case(
        "location / { set $seen_m $map_m; error_page 404 /e502.html; return 404; }"
        " location = /e502.html { add_header ACAM $map_m always; add_header ACAO $request_method always; return 200; }",
        http="map $request_method $map_m { default $request_method; }",
    ),
    # Preflights
    "21 answered with the location's headers": Case(
        "location / { if ($request_method = OPTIONS) { return 204; } add_header ACAO * always;"
        ' add_header ACAM "GET, PUT" always; proxy_pass http://UP; }',
        statuses=(200, 404),
    ),
    "22 answered without the location's headers": Case(
        "location / { add_header ACAO *; if ($request_method = 'OPTIONS') { add_header ACMA 1728000; return 204; }"
        " proxy_pass http://UP; }",
        statuses=(200, 500),
    ),
    "23 a block for each method": Case(ENABLE_CORS_ORG, methods=("GET", "POST", "PUT", "DELETE"), statuses=(200, 404)),
    "24 two ifs, one of them wins": Case(
        r"location / { if ($http_origin ~ '\.example$') { add_header ACAO $http_origin; }"
        " if ($request_method = OPTIONS) { add_header ACMA 1; return 204; }"
        " if ($request_method = GET) { add_header ACAC true; } proxy_pass http://UP; }"
    ),
    "26 files": Case("location / { add_header ACAO *; }", paths=("/f.txt", "/none")),
    "26 files with always": Case("location / { add_header ACAO * always; }", paths=("/f.txt", "/none")),
    "27 an upstream that refuses": Case("location / { add_header ACAO *; proxy_pass http://UP; }", statuses=(405,)),
    "28 limit_except": Case(
        "location / { add_header ACAO * always; limit_except GET { deny all; } proxy_pass http://UP; }",
        methods=("GET", "HEAD", "POST"),
    ),
    "28 limit_except before the rewrite code": Case(
        "location / { add_header ACAO * always; limit_except GET { deny all; }"
        " if ($request_method = OPTIONS) { return 204; }"
        " proxy_pass http://UP; }"
    ),
    "29 refused by method": Case(
        "location / { add_header ACAO *; if ($request_method !~ ^(GET|POST)$) { return 405; } proxy_pass http://UP; }"
    ),
    "30 a method in lower case": Case(
        "location / { add_header ACAO *; if ($request_method = options) { return 204; } }"
    ),
    "a method in lower case, ignoring case": Case(
        "location / { add_header ACAO *; if ($request_method ~* ^options$) { return 204; } }"
    ),
    "31 a redirect": Case("location / { add_header ACAO *; return 301 https://www.example$request_uri; }"),
    "32 answered by the server": Case(
        "if ($request_method = OPTIONS) { return 204; } location / { add_header ACAO *; proxy_pass http://UP; }"
    ),
    "33 answered by the server with headers": Case(
        "add_header ACAO *; if ($request_method = OPTIONS) { return 204; } location / { proxy_pass http://UP; }"
        " location /b { add_header X 1; proxy_pass http://UP; }"
    ),
    "34 an error page for OPTIONS": Case(
        "location / { add_header ACAO *; error_page 405 =200 @ok; } location @ok { return 200; }", paths=("/f.txt",)
    ),
    "34 an error page that serves the file": Case(
        "error_page 405 =200 $uri; location / { add_header ACAO *; }", paths=("/f.txt",)
    ),
    "36 answered before deny": Case(
        "location / { deny all; add_header ACAO * always; if ($request_method = OPTIONS) { return 204; }"
        " proxy_pass http://UP; }"
    ),
    "deny": Case("location / { deny all; add_header ACAO * always; proxy_pass http://UP; }"),
    "denied by the server, allowed by the location": Case(
        "deny all; location / { allow all; add_header ACAO *; proxy_pass http://UP; }"
        " location /b { add_header ACAO *; }",
        paths=("/a", "/b"),
    ),
    "35 auth_basic": Case(
        "location / { auth_basic x; auth_basic_user_file DIR/users; add_header ACAO * always; proxy_pass http://UP; }",
        headers={"Authorization": "Basic dTpw"},
    ),
    "35 auth_basic without always": Case(
        "auth_basic x; auth_basic_user_file DIR/users; location / { add_header ACAO *; }",
        headers={"Authorization": "Basic dTpw"},
        paths=("/f.txt",),
    ),
    "36 answered before auth_basic": Case(
        "location / { auth_basic x; auth_basic_user_file DIR/users; add_header ACAO *;"
        " if ($request_method = OPTIONS) { return 204; } proxy_pass http://UP; }",
        headers={"Authorization": "Basic dTpw"},
    ),
    "auth_basic taken back": Case(
        "auth_basic x; auth_basic_user_file DIR/users; location / { auth_basic off; add_header ACAO *;"
        " proxy_pass http://UP; }"
    ),
    "37 auth_request": Case(
        "location / { auth_request /auth; add_header ACAO * always; proxy_pass http://UP; }"
        " location = /auth { internal; if ($http_authorization = '') { return 401; } return 204; }",
        headers={"Authorization": "Bearer x"},
    ),
    "37 auth_request that lets OPTIONS pass": Case(
        "location / { auth_request /auth; add_header ACAO * always; proxy_pass http://UP; }"
        " location = /auth { internal; if ($request_method = OPTIONS) { return 200; }"
        " if ($http_authorization = '') { return 401; } return 204; }",
        headers={"Authorization": "Bearer x"},
    ),
    "37 auth_request that lets nobody pass": Case(
        "location / { auth_request /auth; add_header ACAO * always; proxy_pass http://UP; }"
        " location = /auth { return 403; }",
    ),
    "37 auth_request that fails": Case(
        "location / { auth_request /auth; add_header ACAO * always; proxy_pass http://UP; }"
        " location = /auth { return 404; }",
    ),
    "37 the login runs the code of the server again": Case(
        "set $who_37 server; location / { set $who_37 location; auth_request /auth; add_header ACEH $who_37 always;"
        " proxy_pass http://UP; } location = /auth { return 204; }",
    ),
    "38 limit_except OPTIONS": Case(
        "location / { add_header ACAO * always; limit_except OPTIONS { auth_basic x; auth_basic_user_file DIR/users; }"
        " proxy_pass http://UP; }",
        headers={"Authorization": "Basic dTpw"},
    ),
    "39 a realm that is off for OPTIONS": Case(
        "location / { set $realm_39 r; if ($request_method = OPTIONS) { set $realm_39 off; } auth_basic $realm_39;"
        " auth_basic_user_file DIR/users; add_header ACAO *; proxy_pass http://UP; }",
        headers={"Authorization": "Basic dTpw"},
    ),
    "satisfy any": Case(
        "location / { satisfy any; deny all; auth_basic x; auth_basic_user_file DIR/users; add_header ACAO * always;"
        " proxy_pass http://UP; }",
        headers={"Authorization": "Basic dTpw"},
    ),
    # Values
    "41 reflected with credentials": Case(
        "location / { add_header ACAO $http_origin always; add_header ACAC 'true' always; proxy_pass http://UP; }",
        origins=(GOOD, EVIL, "null", None),
        statuses=(200, 404),
    ),
    "43 no origin is refused": Case(
        'location / { if ($http_origin = "") { return 403; } add_header ACAO $http_origin; proxy_pass http://UP; }'
    ),
    "44 braces around the variable": Case("location / { add_header ACAO ${http_origin}; proxy_pass http://UP; }"),
    "47 a list, verbatim": Case(
        'location / { add_header ACAO "https://a.example https://b.example"; proxy_pass http://UP; }'
    ),
    "47 two lines": Case(
        "location / { add_header ACAO https://a.example; add_header ACAO https://b.example; proxy_pass http://UP; }"
    ),
    "48 the origin and more": Case('location / { add_header ACAO "$http_origin,*"; proxy_pass http://UP; }'),
    "49 a colon in the name": Case('location / { add_header ACAO: "*"; proxy_pass http://UP; }'),
    "50 quotes in the value": Case("""location / { add_header ACAO "'*'"; proxy_pass http://UP; }"""),
    "51 other words for true": Case("location / { add_header ACAO *; add_header ACAC True; proxy_pass http://UP; }"),
    "52 quotes do not matter": Case(
        """location / { add_header "ACAO" '*'; add_header 'ACAC' "true"; proxy_pass http://UP; }"""
    ),
    "53 separators are sent": Case(
        'location / { add_header ACMA "1728000;"; add_header ACAM "GET POST"; add_header ACAO *;'
        " proxy_pass http://UP; }"
    ),
    "54 names in any case": Case(
        "location / { add_header access-control-allow-origin a; add_header ACCESS-CONTROL-ALLOW-ORIGIN b;"
        " proxy_pass http://UP; }"
    ),
    "55 an empty value": Case('location / { add_header ACAO ""; add_header ACAC true; proxy_pass http://UP; }'),
    "an empty variable": Case(
        "location / { if ($arg_never) { set $empty_v x; } add_header ACAO $empty_v; add_header ACAC true;"
        " proxy_pass http://UP; }"
    ),
    "backslashes": Case(
        r"""location / { add_header ACAO "a\"b\\c\d"; add_header ACAC 'it\'s'; proxy_pass http://UP; }"""
    ),
    "a header of the request": Case(
        "location / { add_header ACAO $http_origin; add_header ACAH $http_access_control_request_headers always;"
        " add_header ACAM $http_access_control_request_method always; if ($request_method = OPTIONS) { return 204; }"
        " proxy_pass http://UP; }"
    ),
    "parts of the path": Case(
        "location / { add_header ACAO $arg_o; add_header ACEH $uri; add_header ACMA $request_uri; return 200; }",
        paths=("/x", "/x?o=https://evil.test"),
    ),
    "vary": Case(
        "location / { add_header ACAO $http_origin; add_header Vary Origin; add_header Vary Accept-Encoding always;"
        " proxy_pass http://UP; }",
        statuses=(200, 404),
    ),
    "59 hidden and nothing added": Case(
        "location / { proxy_hide_header ACAO; add_header ACAC true; proxy_pass http://UP; }"
    ),
    # headers-more
    "62 merges down": Case(
        'more_set_headers "ACAO: *"; location /a { more_set_headers "ACAC: true"; return 200; }', paths=("/a", "/")
    ),
    "63 with every status": Case(
        'location / { more_set_headers "ACAO: $http_origin"; proxy_pass http://UP; }', statuses=(200, 202, 404, 500)
    ),
    "64 beside add_header": Case(
        'more_set_headers "ACAO: *"; location / { add_header ACAO https://a.example; proxy_pass http://UP; }'
    ),
    "65 clears only what was there": Case(
        'location / { more_clear_headers "Access-Control-*"; add_header ACAO *; proxy_pass http://UP; }'
    ),
    "65 clears what it set": Case(
        'more_set_headers "ACAO: *" "ACAC: true"; location / { more_clear_headers "ACAC"; proxy_pass http://UP; }'
    ),
    "66 the last value wins": Case(
        'location / { more_set_headers "ACAO: https://a.example" "ACAO: https://b.example"; proxy_pass http://UP; }'
    ),
    "66 in two directives": Case(
        "location / { more_set_headers 'ACAO: https://a.example'; more_set_headers 'access-control-allow-origin:b';"
        " proxy_pass http://UP; }"
    ),
    "for some statuses": Case(
        "location / { more_set_headers -s '404 500' 'ACAO: *'; more_set_headers -s 200 'ACAC: true';"
        " proxy_pass http://UP; }",
        statuses=(200, 404, 500, 503),
    ),
    "in an if": Case(
        "location / { more_set_headers 'ACAO: *';"
        " if ($request_method = OPTIONS) { more_set_headers 'ACMA: 5'; return 204; }"
        " proxy_pass http://UP; }"
    ),
    "spaces around the colon": Case(
        "location / { more_set_headers 'ACAO  :   https://a.example'; proxy_pass http://UP; }"
    ),
    # Conditions on the origin
    **{
        f"the origin {condition}": Case(
            f"location / {{ if ($http_origin {condition}) {{ add_header ACAO $http_origin; }} proxy_pass http://UP; }}",
            origins=(
                GOOD,
                "https://app.example.evil.test",
                "https://evilapp.example",
                "https://appXexample",
                "http://APP.EXAMPLE",
                "null",
                None,
            ),
            methods=("GET",),
        )
        for condition in (
            "~ app.example",
            r"~* ^https?://.*app\.example$",
            r"~ ^https://app\.example",
            r"~* '^https://app.example$'",
            r"~ '^https://(app|api)\.example|https://x\.y$'",
            "!~ evil",
            "!~* EVIL",
            "= https://app.example",
            "!= https://app.example",
            r'~ "^https://[a-z]{3}\.example$"',
            r"~ ^https://app\\.example$",
            "~ ^(null|https://app.example)$",
        )
    },
    "the origin is set": Case(
        "location / { if ($http_origin) { add_header ACAO $http_origin; add_header ACAC true; } return 200; }"
    ),
    "a flag": Case(
        r"location / { set $cors_flag ''; if ($http_origin ~* '^https://app\.example$') { set $cors_flag 'true'; }"
        " if ($request_method = 'OPTIONS') { set $cors_flag '${cors_flag}options'; }"
        " if ($cors_flag = 'true') { add_header ACAO $http_origin always; add_header ACAC true always; }"
        " if ($cors_flag = 'trueoptions') { add_header ACAO $http_origin; add_header ACAC true;"
        " add_header ACAM 'GET, PUT';"
        " add_header ACAH content-type; return 204; } proxy_pass http://UP; }",
        statuses=(200, 404),
    ),
    "a variable with the origin": Case(
        r"location / { set $cors_set ''; if ($http_origin ~ 'app\.example$') { set $cors_set $http_origin; }"
        " add_header ACAO $cors_set always; proxy_pass http://UP; }",
        statuses=(200, 404),
    ),
    "a captured group": Case(
        r"location / { if ($http_origin ~ '^(https://[a-z]+\.example)') { set $cors_group $1; }"
        r" add_header ACAO $cors_group;"
        " proxy_pass http://UP; }",
        origins=(GOOD, "https://app.example.evil.test", EVIL, None),
    ),
    "a named group": Case(
        r"location / { if ($http_origin ~ '^https://(?<cors_name>[a-z]+)\.example$')"
        " { add_header ACAO https://$cors_name.example; } proxy_pass http://UP; }",
    ),
    "set by the server": Case(
        "set $cors_srv 'https://fixed.example'; if ($http_origin = https://app.example) { set $cors_srv $http_origin; }"
        " location / { add_header ACAO $cors_srv; proxy_pass http://UP; }"
    ),
    "break": Case(
        "location / { add_header ACAO *; if ($arg_b) { break; } if ($request_method = OPTIONS) { return 204;"
        " } return 200; }",
        paths=("/a", "/a?b=1"),
    ),
    # Maps
    "a map of origins": Case(
        "location / { add_header ACAO $map_a; proxy_pass http://UP; }",
        http='map $http_origin $map_a { default ""; https://app.example $http_origin; }',
        origins=(GOOD, "HTTPS://APP.EXAMPLE", EVIL, "null", None),
    ),
    "a map without a default": Case(
        "location / { add_header ACAO $map_b always; proxy_pass http://UP; }",
        http=r"map $http_origin $map_b { ~^https://[a-z]+\.example$ $http_origin; ~*^http://APP\. $http_origin; }",
        origins=(GOOD, "https://APP.example", "http://app.x", EVIL, None),
        statuses=(200, 500),
    ),
    "a map with an open default": Case(
        "location / { add_header ACAO $map_c; proxy_pass http://UP; }",
        http="map $http_origin $map_c { default *; https://app.example $http_origin; }",
    ),
    "maps of maps": Case(
        "location / { add_header ACAO $map_d; add_header ACAC $map_e; proxy_pass http://UP; }",
        http=r"map $http_origin $map_d { ~^https://app\. $http_origin; }"
        ' map $map_d $map_e { "" ""; default "true"; }',
    ),
    "a map of hostnames": Case(
        "location / { add_header ACAO $map_f; proxy_pass http://UP; }",
        http="map $http_origin $map_f { hostnames; *.good.com $http_origin; .dot.com $http_origin; https://x.* x; }",
        origins=(
            "https://a.good.com",
            "http://a.good.com",
            "https://good.com",
            "https://a.dot.com",
            "dot.com",
            "https://x.y",
            None,
        ),
    ),
    "null in a map": Case(
        "location / { add_header ACAO $map_g; add_header ACAC true; proxy_pass http://UP; }",
        http='map $http_origin $map_g { "null" $http_origin; https://app.example $http_origin; }',
        origins=(GOOD, "null", EVIL, None),
    ),
    "a map by method": Case(
        "location / { add_header ACAO *; add_header ACMA $map_h;"
        " if ($request_method = OPTIONS) { return 204; } return 200; }",
        http="map $request_method $map_h { OPTIONS 600; default ''; }",
    ),
    "a map of method and origin": Case(
        "location / { add_header ACAO $map_i; return 200; }",
        http='map "$request_method:$http_origin" $map_i { "GET:https://app.example" $http_origin; "~^POST:(.*)$" $1; }',
    ),
    "a captured group of a map": Case(
        "location / { add_header ACAO $map_j; return 200; }",
        http=r'map $http_origin $map_j { "~^(https://[a-z]+\.example)$" $1;'
        ' "~^(?<map_j_name>http://x)" "$map_j_name.y"; }',
        origins=(GOOD, EVIL, "http://x.z", None),
    ),
    "the first pattern wins": Case(
        "location / { add_header ACAO $map_k; return 200; }",
        http="map $http_origin $map_k { ~app first; ~example second; https://x.example third; }",
        origins=(GOOD, "https://x.example", "https://y.example", None),
    ),
    "a map in a condition": Case(
        "location / { if ($map_l) { add_header ACAO $http_origin; } if ($map_l = 0) { return 403; } return 200; }",
        http="map $http_origin $map_l { https://app.example 1; https://zero.example 0; }",
        origins=(GOOD, EVIL, "https://zero.example", None),
    ),
    # Choice of a location
    "modifiers": Case(
        "location = /x { add_header ACAO 1; return 200; } location /x { add_header ACAO 2; return 200; }"
        r" location ^~ /static/ { add_header ACAO 3; return 200; } location ~ \.png$ { add_header ACAO 4; return 200; }"
        r" location ~* \.JPG$ { add_header ACAO 5; return 200; } location / { add_header ACAO 6; return 200; }"
        " location /x/long { add_header ACAO 7; return 200; } location =/y { add_header ACAO 8; return 200; }",
        paths=(
            "/x",
            "/x/",
            "/xy",
            "/x/a.png",
            "/static/a.png",
            "/b.png",
            "/c.jpg",
            "/x/longer",
            "/y",
            "/yy",
            "/static",
        ),
        methods=("GET",),
    ),
    "nested patterns": Case(
        r"location /p { add_header ACAO 1; return 200; location ~ \.js$ { add_header ACAO 2; return 200; } }"
        r" location ~ \.js$ { add_header ACAO 3; return 200; } location ^~ /q { add_header ACAO 4; return 200;"
        r" location ~ \.css$ { add_header ACAO 5; return 200; } } location ~ \.css$ { add_header ACAO 6; return 200; }",
        paths=("/p", "/p/a.js", "/a.js", "/q/a.css", "/q/a.js", "/a.css", "/p/a.css"),
        methods=("GET",),
    ),
    "decoded paths": Case(
        "location /a/b { add_header ACAO *; return 200; }", paths=("/a%2Fb", "/a//b", "/a/b%20c"), methods=("GET",)
    ),
}


def filled_in(text: str, folder: Path, port: int) -> str:
    """A text with its short names spelled out."""
    for short, long in {**HEADERS, "UP": f"127.0.0.1:{port}", "DEAD": DEAD, "DIR": str(folder)}.items():
        text = re.sub(rf"\b{short}\b", long, text)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the configurations refer to."""
    made = tmp_path_factory.mktemp("nginx")
    (made / "html").mkdir()
    for name in ("f.txt", "index.html", "e502.html"):
        (made / "html" / name).write_text("x")
    (made / "cors.inc").write_text(f"add_header {HEADERS['ACAO']} *;\n")
    (made / "users").write_text("u:{PLAIN}p\n")
    return made


@pytest.fixture(scope="module")
def cases(folder: Path) -> Iterator[tuple[dict[str, str], Nginx]]:
    """The configuration of each case, and an nginx that runs all of them, told apart by their server names."""
    with upstream() as behind:
        port = free_port()
        texts = {
            name: filled_in(
                f"{case.http}\nserver {{ listen 127.0.0.1:{port}; server_name case{number}.test;\n{case.body}\n}}",
                folder,
                behind,
            )
            for number, (name, case) in enumerate(CASES.items())
        }
        with running("\n".join(texts.values()), folder, port) as nginx_itself:
            yield {name: f"http {{\n{text}\n}}" for name, text in texts.items()}, nginx_itself


def policies(text: str, folder: str) -> list[Policy]:
    """The policies of a configuration that is read in full, together with what it includes."""
    texts = {f"{folder}/nginx.conf": text}
    if "cors.inc" in text:
        texts[f"{folder}/cors.inc"] = f"add_header {HEADERS['ACAO']} *;\n"
    project = Project(tuple(Listed(path, path) for path in texts))
    sources = [project.keep(path, text) for path, text in texts.items()]
    found = [read for one in sources for read in nginx.read(project, one)]
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Policy)]


@pytest.mark.parametrize("name", CASES)
def test_the_model_answers_as_nginx_does(name: str, cases: tuple[dict[str, str], Nginx], folder: Path) -> None:
    case, host = CASES[name], f"case{list(CASES).index(name)}.test"
    texts, real = cases
    read = policies(texts[name], str(folder))
    pairs = 0
    for path in case.paths:
        for status in case.statuses:
            target = case.target(path, status)
            for method, origin, headers in requests(case):
                theirs = real.ask(host, method, target, {**headers, **({"Origin": origin} if origin else {})})
                ours = modelled(read, case, f"http://{host}{target}", path, method, origin, headers, status)
                asked = f"{method} {target} from {origin}"
                pairs += 1
                if ours is None:
                    assert theirs[1] == [], asked
                else:
                    assert (ours[0], without_target(ours[1])) == (theirs[0], without_target(theirs[1])), asked
    compared("nginx", version(), "answers under configurations as people write them", pairs)


def requests(case: Case) -> Iterator[tuple[str, str | None, dict[str, str]]]:
    """Each method from each origin, and preflights."""
    for origin in case.origins:
        for method in case.methods:
            yield method, origin, case.headers
        if origin is not None:
            yield (
                "OPTIONS",
                origin,
                {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,x-y"},
            )


def modelled(
    read: list[Policy],
    case: Case,
    url: str,
    path: str,
    method: str,
    origin: str | None,
    headers: dict[str, str],
    status: int,
) -> tuple[int, list[tuple[str, str]]] | None:
    """The model's answer; None where no policy speaks for the path."""
    covering = [policy for policy in read if policy.covers(path.partition("?")[0])]
    if not covering:
        return None
    pairs = (*(([("Origin", origin)]) if origin else []), *headers.items())
    answer = covering[0].respond(Request(origin or "", url, method, pairs), case.status_of(path, status))
    return answer.status, list(answer.headers)


@pytest.mark.parametrize(
    ("http", "body", "expected"),
    [
        ("add_header ACAO *;", "location /a { return 200; }", [(HEADERS["ACAO"], "*")]),
        ("add_header ACAO *;", "add_header X-Frame-Options DENY; location /a { return 200; }", []),
        ("more_set_headers 'ACAO: *';", "add_header X 1; location /a { return 200; }", [(HEADERS["ACAO"], "*")]),
        ("error_page 404 @n;", "add_header ACAO *; location /a { return 404; } location @n { return 404; }", []),
    ],
)
def test_what_stands_around_all_servers(http: str, body: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    port = free_port()
    text = filled_in(f"{http} server {{ listen 127.0.0.1:{port}; {body} }}", tmp_path, 1)
    with running(text, tmp_path, port) as real:
        theirs = real.ask("x", "GET", "/a", {"Origin": GOOD})
    assert theirs[1] == expected
    read = policies(f"http {{ {text} }}", str(tmp_path))
    ours = modelled(read, Case(body), "http://x/a", "/a", "GET", GOOD, {}, 200)
    assert ours is None or ours == theirs
    assert (ours is None) <= (theirs[1] == [])
