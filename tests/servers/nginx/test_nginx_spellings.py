"""nginx as people spell it: what is found, where, how bad, and above all what is not.

The rows are those of what was measured on nginx itself (tests/conformance/test_nginx.py puts the same to a real one).
ACAO, ACAC, ACAM, ACAH, ACEH and ACMA stand for the names of the headers; the marks are explained in `conftest`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from textwrap import indent
from typing import TypeAlias

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput

Differences: TypeAlias = Callable[[Mapping[str, str]], list[str]]

HEADERS = {
    "ACAO": "Access-Control-Allow-Origin",
    "ACAC": "Access-Control-Allow-Credentials",
    "ACAM": "Access-Control-Allow-Methods",
    "ACAH": "Access-Control-Allow-Headers",
    "ACEH": "Access-Control-Expose-Headers",
    "ACMA": "Access-Control-Max-Age",
}
AROUND = """\
upstream app {
    server 127.0.0.1:8000;
}
server {
    server_name api.example.com;
BODY}
"""

# What stands in a server

FOUND = {
    "a header of the server reaches its locations": """
add_header ACAO *;  # <- medium production-wildcard
location /a { return 200; }
""",
    "a location with a header of its own drops those around it": """
add_header ACAO * always;  # <- medium production-wildcard
location /b {
    add_header X-B 1;  # <- medium headers-not-inherited
    proxy_pass http://app;
}
location / { proxy_pass http://app; }
""",
    "an if with a header of its own drops those around it": """
add_header ACAO https://app.example always;
location /c {
    if ($arg_q) {
        add_header X-If 1;  # <- medium headers-not-inherited
    }
    proxy_pass http://app;
}
""",
    "a location in a location with a header of its own": r"""
location /o {
    add_header ACAO https://app.example always;
    location ~ \.y$ {
        add_header X 1;  # <- medium headers-not-inherited
        proxy_pass http://app;
    }
    location /o/same { proxy_pass http://app; }
    proxy_pass http://app;
}
""",
    "a joined list that says twice who is let in": """
add_header ACAO https://app.example always;  # <- high many-origins-in-header
location /b {
    add_header_inherit merge;
    add_header ACAO https://b.example always;
    proxy_pass http://app;
}
location / { proxy_pass http://app; }
""",
    "add_header_inherit on joins nothing": """
add_header ACAO https://app.example always;
location /b {
    add_header_inherit on;
    add_header X-B 1;  # <- medium headers-not-inherited
    proxy_pass http://app;
}
location / { proxy_pass http://app; }
""",
    "add_header_inherit off drops everything": """
add_header ACAO https://app.example always;
location /b {
    add_header_inherit off;  # <- medium headers-not-inherited
    proxy_pass http://app;
}
location / { proxy_pass http://app; }
""",
    "without always errors have no headers": """
location / {
    add_header ACAO https://app.example;  # <- low headers-missing-on-errors
    proxy_pass http://app;
}
""",
    "an error page of another location": """
location / {
    add_header ACAO https://app.example always;
    error_page 502 /e502;  # <- low headers-missing-on-errors
    proxy_pass http://app;
}
location = /e502 { root /srv; }
""",
    "an error page of a named location": """
location / {
    add_header ACAO https://app.example always;
    error_page 502 @n;  # <- low headers-missing-on-errors
    proxy_pass http://app;
}
location @n { add_header X-N 1 always; return 503; }
""",
    "a named location is no child": """
location /n {
    try_files $uri @up;  # <- medium headers-not-inherited
    add_header ACAO https://app.example always;
}
location @up { proxy_pass http://app; }
""",
    "a rewrite leads to another location": """
location /rw {
    add_header ACAO https://app.example always;
    rewrite ^ /d2/x last;  # <- medium headers-not-inherited
}
location /d2 { proxy_pass http://app; }
""",
    "an if for OPTIONS with a header of its own": """
location / {
    add_header ACAO https://app.example always;
    if ($request_method = 'OPTIONS') {
        add_header ACMA 600;  # <- medium incomplete-preflight
        add_header ACAM "GET, POST, PUT";
        return 204;
    }
    proxy_pass http://app;
}
""",
    "an if for each method but PUT": """
location / {
    if ($request_method = OPTIONS) {
        add_header ACAO https://app.example;
        add_header ACAM "GET, POST, PUT, OPTIONS";  # <- medium incomplete-preflight
        add_header ACAH Content-Type;
        return 204;
    }
    if ($request_method = POST) { add_header ACAO https://app.example always; }
    if ($request_method = GET) { add_header ACAO https://app.example always; }
    proxy_pass http://app;
}
""",
    "one if for the origin and one for OPTIONS": r"""
location / {
    if ($http_origin ~ ^https://app\.example$) {
        add_header ACAO $http_origin always;  # <- low missing-vary
    }
    if ($request_method = OPTIONS) {
        add_header ACMA 1;
        return 204;  # <- medium incomplete-preflight
    }
    proxy_pass http://app;
}
""",
    "limit_except refuses OPTIONS": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    limit_except GET PUT {
        deny all;  # <- medium blocked-preflight
    }
    proxy_pass http://app;
}
""",
    "OPTIONS is not among the methods": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST" always;
    add_header ACAH Content-Type always;
    if ($request_method !~ ^(GET|POST)$) {
        return 405;  # <- medium missing-preflight
    }
    proxy_pass http://app;
}
""",
    "OPTIONS is redirected with everything else": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    return 301 https://www.example$request_uri;  # <- low blocked-preflight
}
""",
    "the server answers OPTIONS without the headers of the location": """
if ($request_method = OPTIONS) {
    return 204;  # <- medium incomplete-preflight
}
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    proxy_pass http://app;
}
""",
    "the server answers OPTIONS with headers of its own": """
add_header ACAO https://app.example always;
add_header ACAM "GET, PUT" always;
if ($request_method = OPTIONS) { return 204; }
location / { proxy_pass http://app; }
location /b {
    add_header X-B 1;  # <- medium headers-not-inherited
    proxy_pass http://app;
}
""",
    "the page for 405 has none of the headers": """
root /srv;
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    error_page 405 =200 @ok;
    dav_methods PUT;
}
location @ok { return 200; }  # <- medium incomplete-preflight
""",
    "a password is asked of OPTIONS too": """
location / {
    auth_basic staff;  # <- medium blocked-preflight
    auth_basic_user_file users;
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization" always;
    proxy_pass http://app;
}
""",
    "a login is asked of OPTIONS too": """
location / {
    auth_request /auth;  # <- medium blocked-preflight
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization" always;
    proxy_pass http://app;
}
location = /auth { internal; proxy_pass http://auth; }
""",
    "a refused password has no headers without always": """
location / {
    if ($request_method = OPTIONS) { return 204; }
    auth_basic staff;
    auth_basic_user_file users;
    add_header ACAO https://app.example;  # <- low headers-missing-on-errors
    add_header ACAH "Authorization, Content-Type";
    proxy_pass http://app;
}
""",
    "the origin of whoever asks is repeated, with credentials": """
location / {
    add_header ACAO $http_origin always;  # <- high any-origin-with-credentials (missing-vary)
    add_header ACAC 'true' always;
    proxy_pass http://app;
}
""",
    "the origin of whoever asks is repeated": """
location / {
    add_header ACAO $http_origin always;  # <- medium reflected-origin (missing-vary)
    proxy_pass http://app;
}
""",
    "it is repeated too where none is refused": """
location / {
    if ($http_origin = "") { return 403; }
    add_header ACAO $http_origin always;  # <- medium reflected-origin (missing-vary)
    proxy_pass http://app;
}
""",
    "braces around the variable": """
location / {
    add_header ACAO ${http_origin} always;  # <- medium reflected-origin (missing-vary)
    proxy_pass http://app;
}
""",
    "a header whose name is misspelt": """
location / {
    add_header ACAO https://app.example.com always;
    add_header Access-Control-Allowed-Headers "Content-Type" always;  # <- medium unknown-setting
    add_header ACAM "GET" always;
    proxy_pass http://app;
}
""",
    "the name of the server is no origin": """
location / {
    add_header ACAO $host always;  # <- medium malformed-origin
    proxy_pass http://app;
}
""",
    "the address of the client is no origin": """
location / {
    add_header ACAO "${remote_addr}" always;  # <- medium malformed-origin
    proxy_pass http://app;
}
""",
    "the referrer is no origin": """
location / {
    add_header ACAO $http_referer always;  # <- medium malformed-origin
    proxy_pass http://app;
}
""",
    "the origin of the server itself": """
location / {
    add_header ACAO "$scheme://$host" always;  # <- info undetermined
    proxy_pass http://app;
}
""",
    "a list with spaces": """
location / {
    add_header ACAO "https://a.example https://b.example" always;  # <- high many-origins-in-header
    proxy_pass http://app;
}
""",
    "a list with commas": """
location / {
    add_header ACAO "https://a.example,https://b.example" always;  # <- high many-origins-in-header
    proxy_pass http://app;
}
""",
    "a line for each origin": """
location / {
    add_header ACAO https://a.example always;  # <- high many-origins-in-header
    add_header ACAO https://b.example always;
    proxy_pass http://app;
}
""",
    "the origin of whoever asks, and everyone": """
location / {
    add_header ACAO "$http_origin,*" always;  # <- high many-origins-in-header
    proxy_pass http://app;
}
""",
    "a colon behind the name": """
location / {
    add_header ACAO: "*" always;  # <- medium malformed-origin
    proxy_pass http://app;
}
""",
    "quotes inside of quotes": """
location / {
    add_header ACAO "'*'" always;  # <- medium malformed-origin
    proxy_pass http://app;
}
""",
    "credentials are True": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAC True always;  # <- medium invalid-credentials-value
    proxy_pass http://app;
}
""",
    "credentials are on": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAC on always;  # <- medium invalid-credentials-value
    proxy_pass http://app;
}
""",
    "credentials are 1": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAC 1 always;  # <- medium invalid-credentials-value
    proxy_pass http://app;
}
""",
    "a semicolon in the value": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST" always;
    add_header ACAH Content-Type always;
    add_header ACMA "1728000;" always;  # <- low invalid-max-age
    if ($request_method = OPTIONS) { return 204; }
    proxy_pass http://app;
}
""",
    "methods without commas": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET POST" always;  # <- medium malformed-header-list
    if ($request_method = OPTIONS) { return 204; }
    proxy_pass http://app;
}
""",
    "headers in two lines, over HTTP/1.1 or 2": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAH "Content-Type,  # <- low malformed-header-list
        Authorization" always;
    if ($request_method = OPTIONS) { return 204; }
    proxy_pass http://app;
}
""",
    "the same name in two cases": """
location / {
    add_header access-control-allow-origin https://a.example always;  # <- high many-origins-in-header
    add_header ACAO https://b.example always;
    proxy_pass http://app;
}
""",
    "an empty value takes nothing back": """
location / {
    add_header ACAO "";  # <- low shadowed-setting
    proxy_pass http://app;
}
""",
    "what the application says is said once more": """
location / {
    add_header ACAO $upstream_http_access_control_allow_origin always;  # <- high duplicate-cors-layer
    proxy_pass http://app;
}
""",
    "everyone, by headers-more": """
location / {
    more_set_headers "ACAO: *";  # <- medium production-wildcard
    proxy_pass http://app;
}
""",
    "the origin of whoever asks, by headers-more and with credentials": """
location / {
    more_set_headers "ACAO: $http_origin";  # <- high any-origin-with-credentials (missing-vary)
    more_set_headers "ACAC: true";
    proxy_pass http://app;
}
""",
    "headers-more and add_header": """
more_set_headers "ACAO: https://app.example";
location / {
    add_header ACAO https://app.example always;  # <- high duplicate-cors-layer
    proxy_pass http://app;
}
""",
    "headers-more keeps the last value": """
location / {
    more_set_headers "ACAO: https://a.example";  # <- low shadowed-setting
    more_set_headers "ACAO: https://b.example";
    proxy_pass http://app;
}
""",
    "repeated, and caches are told": """
location / {
    add_header ACAO $http_origin always;  # <- medium reflected-origin
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "referrers are checked, and origins are not": """
location / {
    valid_referers none blocked server_names *.example;
    if ($invalid_referer) { return 403; }
    add_header ACAO * always;  # <- medium production-wildcard
    proxy_pass http://app;
}
""",
    "everyone and credentials, which browsers refuse": """
location / {
    add_header ACAO * always;  # <- medium any-origin-with-credentials
    add_header ACAC true always;
    proxy_pass http://app;
}
""",
    "everyone and credentials that are false": """
location / {
    add_header ACAO * always;  # <- medium production-wildcard
    add_header ACAC false always;
    proxy_pass http://app;
}
""",
    "everyone repeated, in plain text, as null, with cookies and without Vary": """
location / {
    if ($http_origin ~ .*) {  # <- high any-origin-with-credentials (missing-vary)
        add_header ACAO $http_origin always;
        add_header ACAC true always;
    }
    proxy_pass http://app;
}
""",
}
"""Bodies of a server in which something is found."""

SILENT = {
    "expires drops nothing": """
add_header ACAO https://app.example always;
location /f { expires 1d; return 200; }
""",
    "lists are joined by add_header_inherit merge": """
add_header ACAO https://app.example always;
location /b {
    add_header_inherit merge;
    add_header X-B 1;
    proxy_pass http://app;
}
""",
    "with always they have": """
location / {
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "the page of a single-page application needs no CORS": """
root /srv;
location / {
    add_header ACAO https://app.example always;
    try_files $uri /index.html;
}
location = /index.html { add_header Cache-Control no-cache; }
""",
    "OPTIONS is answered with the headers of the location": """
location / {
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT" always;
    add_header ACAH Content-Type always;
    proxy_pass http://app;
}
""",
    "files are only read, whatever the methods say": """
root /srv;
location /api/ {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
}
""",
    "the application answers OPTIONS": """
location / {
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "a method in lower case is never asked for, and the application answers": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST" always;
    add_header ACAH Content-Type always;
    if ($request_method = options) { return 204; }
    proxy_pass http://app;
}
""",
    "OPTIONS is answered where the rest is redirected": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    add_header ACAH Content-Type always;
    if ($request_method = OPTIONS) { return 204; }
    return 301 https://www.example$request_uri;
}
""",
    "OPTIONS is answered before the password is asked for": """
location / {
    auth_basic staff;
    auth_basic_user_file users;
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization, Content-Type" always;
    proxy_pass http://app;
}
""",
    "OPTIONS is answered before the login is asked for": """
location / {
    auth_request /auth;
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization, Content-Type" always;
    proxy_pass http://app;
}
location = /auth { internal; proxy_pass http://auth; }
""",
    "OPTIONS is answered before addresses are looked at": """
location / {
    allow 10.0.0.0/8;
    deny all;
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization, Content-Type" always;
    proxy_pass http://app;
}
""",
    "a password for all but OPTIONS": """
location / {
    limit_except OPTIONS { auth_basic staff; auth_basic_user_file users; }
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization" always;
    proxy_pass http://app;
}
""",
    "a realm that is off for OPTIONS": """
location / {
    set $realm staff;
    if ($request_method = OPTIONS) { set $realm off; }
    auth_basic $realm;
    auth_basic_user_file users;
    add_header ACAO https://app.example always;
    add_header ACAH "Authorization" always;
    proxy_pass http://app;
}
""",
    "quotes do not matter": """
location / {
    add_header "ACAO" 'https://app.example' always;
    add_header 'ACAC' "true" always;
    proxy_pass http://app;
}
""",
    "what the application says is hidden": """
location / {
    proxy_hide_header ACAO;
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "what the application says is not known, so neither is whether it has to be hidden": """
proxy_hide_header ACAO;
location / {
    proxy_hide_header X-Powered-By;
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "nothing but hidden": """
location / {
    proxy_hide_header ACAO;
    proxy_pass http://app;
}
""",
    "the application is not told the origin": """
location / {
    proxy_set_header Origin "";
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "headers-more joins lists": """
more_set_headers "ACAO: https://app.example";
location / {
    more_set_headers "X: 1";
    proxy_pass http://app;
}
""",
    "headers-more clears before add_header adds": """
location / {
    more_clear_headers "Access-Control-*";
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "an if with try_files": """
root /srv;
location / {
    if ($http_origin = https://app.example) {
        add_header ACAO $http_origin always;
        add_header Vary Origin always;
    }
    try_files $uri /index.html;
}
""",
    "a header of the same name that the application may send": """
location / {
    add_header ACAO https://app.example always;
    proxy_pass_header ACAO;
    proxy_pass http://app;
}
""",
    "one origin for everybody needs no Vary": """
location / {
    add_header ACAO https://app.example always;
    add_header ACAC true always;
    proxy_pass http://app;
}
""",
    "OPTIONS answered by a named location": """
location / {
    error_page 418 = @preflight;
    if ($request_method = OPTIONS) { return 418; }
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
location @preflight {
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    add_header ACAH "Content-Type" always;
    return 204;
}
""",
    "a body that the application reads, with limits and buffers": """
location /upload/ {
    client_max_body_size 10m;
    proxy_buffering off;
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT, DELETE" always;
    add_header ACAH "Content-Type, Authorization" always;
    proxy_pass http://app;
}
""",
    "OPTIONS with a length and a type": """
location / {
    if ($request_method = OPTIONS) {
        add_header ACAO https://app.example;
        add_header ACAM "GET, PUT";
        add_header ACAH Content-Type;
        add_header Content-Type text/plain;
        add_header Content-Length 0;
        return 204;
    }
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "headers for GET and for OPTIONS each in their if": """
location / {
    if ($request_method = OPTIONS) {
        add_header ACAO https://app.example;
        add_header ACAM "GET, OPTIONS";
        return 204;
    }
    if ($request_method = GET) {
        add_header ACAO https://app.example always;
    }
    proxy_pass http://app;
}
""",
    "a list of origins by ifs on one variable": """
location / {
    set $cors "";
    if ($http_origin = https://a.example) { set $cors $http_origin; }
    if ($http_origin = https://b.example) { set $cors $http_origin; }
    add_header ACAO $cors always;
    add_header ACAC true always;
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "a pattern for subdomains": r"""
location / {
    if ($http_origin ~ ^https://([a-z0-9-]+\.)*example\.com$) { set $cors $http_origin; }
    add_header ACAO $cors always;
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "localhost in a pattern with ends": """
location / {
    if ($http_origin ~ ^https?://localhost(:[0-9]+)?$) { set $cors $http_origin; }
    add_header ACAO $cors always;
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "the origin is not among those, and is refused": r"""
location / {
    if ($http_origin !~ ^https://app\.example$) { return 403; }
    add_header ACAO $http_origin always;
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "headers-more with preflights": """
location / {
    if ($request_method = OPTIONS) { return 204; }
    more_set_headers 'ACAO: https://app.example';
    more_set_headers 'ACAM: GET, PUT';
    more_set_headers 'ACAH: Content-Type';
    proxy_pass http://app;
}
""",
    "headers-more replaces what the application says": """
location / {
    more_set_headers 'ACAO: https://app.example';
    proxy_pass http://app;
}
""",
    "headers-more clears all": """
location / {
    more_clear_headers 'Access-Control-*';
    proxy_pass http://app;
}
""",
    "limit_except lets OPTIONS pass": """
location / {
    limit_except GET PUT OPTIONS { deny all; }
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT, DELETE" always;
    add_header ACAH "Content-Type, Authorization" always;
    proxy_pass http://app;
}
""",
    "methods by a pattern that takes OPTIONS": """
location / {
    if ($request_method !~ ^(GET|POST|OPTIONS)$) { return 405; }
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST" always;
    add_header ACAH "Content-Type, Authorization" always;
    proxy_pass http://app;
}
""",
    "a location with its own list": """
add_header ACAO https://app.example always;
location / {
    proxy_pass http://app;
}
location /other/ {
    add_header ACAO https://other.example always;
    add_header X-A b;
    proxy_pass http://app;
}
""",
    "a location that repeats the list": """
add_header ACAO https://app.example always;
location / {
    proxy_pass http://app;
}
location /private/ {
    add_header ACAO https://app.example always;
    add_header Cache-Control no-store;
    proxy_pass http://app;
}
""",
    "a location that is only reached from inside": """
add_header ACAO https://app.example always;
location / {
    proxy_pass http://app;
}
location /protected/ {
    internal;
    add_header X-A b;
    alias /srv/;
}
""",
    "a page for the browser's address bar": """
root /srv;
add_header ACAO https://app.example always;
location = /index.html {
    add_header X-Frame-Options DENY;
}
""",
    "hidden files are refused": r"""
root /srv;
add_header ACAO https://app.example always;
location ~ /\. {
    deny all;
}
""",
    "status of nginx": """
add_header ACAO https://app.example always;
location / {
    proxy_pass http://app;
}
location /nginx_status {
    stub_status;
    allow 127.0.0.1;
    deny all;
    add_header X-A b;
}
""",
    "redirects without headers": """
location / {
    return 301 https://www.example$request_uri;
}
""",
    "gone without headers": """
location /old/ {
    return 410;
}
location / {
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "expiry and compression": """
location / {
    expires 1h;
    gzip on;
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "a cache that keys on the origin": """
location / {
    proxy_cache api;
    proxy_cache_key $request_uri$http_origin;
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "events that are streamed": """
location /events {
    proxy_buffering off;
    proxy_read_timeout 1h;
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
    "GraphQL": """
location = /graphql {
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT, DELETE" always;
    add_header ACAH "Content-Type, Authorization" always;
    proxy_pass http://app;
}
""",
    "pictures of another site, read by a canvas": r"""
location ~* \.(png|jpe?g|webp)$ {
    root /srv;
    add_header ACAO *;
    add_header Cross-Origin-Resource-Policy cross-origin;
}
""",
    "fonts among other things": r"""
location ~* \.(css|js|woff2)$ {
    root /srv;
    add_header ACAO *;
    expires max;
    access_log off;
}
""",
    "modules for other sites": """
location /js/ {
    root /srv;
    add_header ACAO *;
}
""",
    "a map tile server": r"""
location ~ ^/tiles/.*\.png$ {
    root /srv;
    add_header ACAO *;
}
""",
    "security.txt": """
location = /.well-known/security.txt {
    add_header ACAO *;
    return 200 "Contact: mailto:a@app.example";
}
""",
    "readiness": """
location = /readyz {
    add_header ACAO *;
    return 204;
}
""",
    "favicon": """
location = /favicon.ico {
    add_header ACAO *;
    root /srv;
}
""",
    "an exposed header": """
location / {
    add_header ACAO https://app.example always;
    add_header ACEH "X-Total-Count, ETag" always;
    proxy_pass http://app;
}
""",
    "a preflight that is kept for two hours": """
location / {
    if ($request_method = OPTIONS) { return 204; }
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT, DELETE" always;
    add_header ACAH "Content-Type, Authorization" always;
    add_header ACMA 7200 always;
    proxy_pass http://app;
}
""",
    "Vary beside others": """
location / {
    if ($http_origin = https://a.example) { set $cors $http_origin; }
    add_header ACAO $cors always;
    add_header Vary Accept-Encoding always;
    add_header Vary Origin always;
    proxy_pass http://app;
}
""",
    "CORS of the application is left alone": """
location / {
    proxy_set_header Origin $http_origin;
    add_header X-A b;
    proxy_pass http://app;
}
""",
    "CORS of the application is passed on": """
location / {
    proxy_pass_header ACAO;
    proxy_pass http://app;
}
""",
    "what names CORS only in a log": """
location / {
    set $kind cors;
    add_header X-Kind $kind;
    proxy_pass http://app;
}
""",
    "another isolation": """
location / {
    add_header Cross-Origin-Opener-Policy same-origin;
    add_header Cross-Origin-Embedder-Policy require-corp;
    proxy_pass http://app;
}
""",
    "timing is no matter of CORS": """
location / {
    add_header Timing-Allow-Origin *;
    proxy_pass http://app;
}
""",
    "a login that only plain requests meet": """
location / {
    auth_request /check;
    add_header ACAO https://app.example always;
    add_header ACAC true always;
    proxy_pass http://app;
}
location = /check {
    internal;
    proxy_pass http://auth;
}
""",
    "a login that lets OPTIONS pass": """
location / {
    auth_request /check;
    add_header ACAO https://app.example always;
    add_header ACAM "GET, POST, PUT, DELETE" always;
    add_header ACAH "Content-Type, Authorization" always;
    proxy_pass http://app;
}
location = /check {
    internal;
    if ($request_method = OPTIONS) { return 204; }
    if ($http_authorization = '') { return 401; }
    return 204;
}
""",
    "the error page repeats the headers": """
location / {
    add_header ACAO https://app.example always;
    error_page 502 @down;
    proxy_pass http://app;
}
location @down {
    add_header ACAO https://app.example always;
    return 503;
}
""",
    "a fallback that repeats the headers": """
location / {
    try_files $uri @app;
    add_header ACAO https://app.example always;
    root /srv;
}
location @app {
    add_header ACAO https://app.example always;
    proxy_pass http://app;
}
""",
}
"""Bodies of a server in which nothing is."""

# Whole files

FOUND_IN_FILES = {
    "a chart whose labels hide the structure": (
        "chart/templates/web.yaml",
        """
kind: ConfigMap
metadata:
  labels: {{- include "labels" . | nindent 4 }}
    part-of: web
data:
  site.conf: |-
  {{- if .Values.tls }}
    # nothing
  {{- end }}
    server {
      location / {
        add_header ACAO * always;  # <- medium production-wildcard
        proxy_pass http://app;
      }
    }
  other: 1
""",
    ),
    "a here-document that ends with a sign": (
        "run.sh",
        """
#!/bin/sh
cat > /etc/nginx/nginx.conf <<!EOF
http {
  server {
    location / {
      add_header ACAO * always;  # <- medium production-wildcard
      proxy_pass http://app;
    }
  }
}
!EOF
""",
    ),
    "everyone by default, with credentials": (
        "nginx.conf",
        """
map $http_origin $o {
    default "*";  # <- medium any-origin-with-credentials
    https://app.example $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "everyone by default": (
        "nginx.conf",
        """
map $http_origin $o {
    default "*";  # <- medium production-wildcard
    https://app.example $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "repeated by default, with credentials": (
        "nginx.conf",
        """
map $http_origin $o {
    default $http_origin;  # <- high any-origin-with-credentials
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "repeated by default": (
        "nginx.conf",
        """
map $http_origin $o {
    default $http_origin;  # <- medium reflected-origin
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "names of hosts take any scheme": (
        "nginx.conf",
        """
map $http_origin $o {
    hostnames;
    *.good.com $http_origin;  # <- medium insecure-origin
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "null as a key": (
        "nginx.conf",
        """
map $http_origin $o {
    null $http_origin;  # <- high null-origin
    https://app.example $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "null in a pattern": (
        "nginx.conf",
        r"""
map $http_origin $o {
    ~^(null|https://app\.example)$ $http_origin;  # <- high null-origin
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "credentials by a second map, and everyone in the first": (
        "nginx.conf",
        """
map $http_origin $o {
    default $http_origin;  # <- high any-origin-with-credentials
}
map $o $c {
    "" "";
    default true;
}
server {
    location / {
        add_header ACAO $o always;
        add_header ACAC $c always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "credentials for one, everyone without": (
        "nginx.conf",
        """
map $http_origin $o {
    default *;  # <- medium production-wildcard
    https://app.example $http_origin;
}
map $http_origin $c {
    https://app.example true;
}
server {
    location / {
        add_header ACAO $o always;
        add_header ACAC $c always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern without ends and with a loose dot": (
        "nginx.conf",
        """
server {
    location / {
        if ($http_origin ~ example.com) {  # <- medium origin-pattern-bypass (insecure-origin)
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern that takes http": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~* ^https?://.*\.example\.com$) {  # <- low insecure-origin
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern that takes http, with credentials": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~* ^https?://.*\.example\.com$) {  # <- medium insecure-origin
            add_header ACAO $http_origin always;
            add_header ACAC true always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern without an end": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ ^https://app\.example\.com) {  # <- medium origin-pattern-bypass
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern with loose dots": (
        "nginx.conf",
        """
server {
    location / {
        if ($http_origin ~* ^https://app.example.com$) {  # <- medium origin-pattern-bypass
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "an end that belongs to the last choice only": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ "^https://(app|api)\.example\.com|https://x\.y$") {  # <- medium origin-pattern-bypass
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a pattern without a dot before the domain": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ '^https://.*example\.com$') {  # <- medium origin-pattern-bypass
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "localhost and more, without an end": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ ^https://(localhost|example\.com)) {  # <- medium origin-pattern-bypass
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "everything but one word": (
        "nginx.conf",
        """
server {
    location / {
        if ($http_origin !~ evil) {  # <- medium reflected-origin
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "add_header in an if of the server": (
        "nginx.conf",
        """
server {
    if ($request_method = OPTIONS) {
        add_header ACAO *;  # <- medium rejected-configuration
        return 204;
    }
}
""",
    ),
    "add_header in limit_except": (
        "nginx.conf",
        """
server {
    location / {
        limit_except GET {
            add_header ACAO *;  # <- medium rejected-configuration
        }
    }
}
""",
    ),
    "an if in an if": (
        "nginx.conf",
        """
server {
    location / {
        if ($http_origin) {
            if ($request_method = OPTIONS) {  # <- medium rejected-configuration
                add_header ACAO *;
            }
        }
    }
}
""",
    ),
    "a list without quotes": (
        "nginx.conf",
        """
server {
    location / {
        add_header ACAO https://app.example always;
        add_header ACAM GET, POST;  # <- medium rejected-configuration
        proxy_pass http://app;
    }
}
""",
    ),
    "allways": (
        "nginx.conf",
        """
server {
    location / {
        add_header ACAO https://app.example allways;  # <- medium rejected-configuration
        proxy_pass http://app;
    }
}
""",
    ),
    "no spaces around the equals sign": (
        "nginx.conf",
        """
server {
    location / {
        if ($request_method=OPTIONS) {  # <- medium rejected-configuration
            add_header ACAO https://app.example;
            return 204;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "two equals signs": (
        "nginx.conf",
        """
server {
    location / {
        if ($request_method == OPTIONS) {  # <- medium rejected-configuration
            add_header ACAO https://app.example;
            return 204;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a variable that is set elsewhere": (
        "nginx.conf",
        """
server {
    location / {
        add_header ACAO $cors_origin always;  # <- info undetermined
        proxy_pass http://app;
    }
}
""",
    ),
    "a count in a pattern without quotes": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ ^https://[a-z]{3}\.example$) {  # <- medium origin-pattern-bypass; low unreadable-input
            add_header ACAO $http_origin always;  # <- low missing-vary
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "an http block with headers, and a server that drops them": (
        "nginx.conf",
        """
http {
    add_header ACAO https://app.example always;
    server {
        add_header X-Frame-Options DENY;  # <- medium headers-not-inherited
        location / {
            proxy_pass http://app;
        }
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
""",
    ),
    "everyone, where only the default host is named": (
        "deploy/nginx.conf",
        """
server {
    server_name localhost;
    location / { add_header ACAO * always; proxy_pass http://app; }  # <- medium production-wildcard
}
""",
    ),
    "development: repeated with credentials": (
        "docker/dev/nginx.conf",
        """
server {
    server_name api.example.com;
    location / { add_header ACAO $http_origin always;  # <- medium any-origin-with-credentials
     add_header ACAC true always; add_header Vary Origin always; proxy_pass http://app; }
}
""",
    ),
    "an origin that envsubst fills in": (
        "nginx/default.conf.template",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO "${ALLOWED_ORIGIN}" always;  # <- info undetermined
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://${BACKEND};
    }
}
""",
    ),
    "an origin that Jinja fills in": (
        "roles/web/templates/site.conf.j2",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO "{{ allowed_origin }}" always;  # <- info undetermined
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://{{ backend }};
    }
}
""",
    ),
    "everyone, as a text of Jinja": (
        "roles/web/templates/site.conf.j2",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO "{{ '*' }}" always;  # <- info undetermined
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://{{ backend }};
    }
}
""",
    ),
    "everyone, in a template of envsubst": (
        "nginx/default.conf.template",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO * always;  # <- medium production-wildcard
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://${BACKEND};
    }
}
""",
    ),
    "repeated with credentials, in a template of Jinja": (
        "roles/web/templates/site.conf.j2",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
        add_header ACAC true always;
     add_header Vary Origin always;
        proxy_pass http://{{ backend }};
    }
}
""",
    ),
    "repeated with credentials, in a template of ERB": (
        "templates/site.conf.erb",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
        add_header ACAC true always;
     add_header Vary Origin always;
        proxy_pass http://<%= @backend %>;
    }
}
""",
    ),
    "repeated with credentials, in a snippet": (
        "nginx/snippets/cors.conf",
        """
add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
add_header ACAC true always;
add_header Vary Origin always;
""",
    ),
    "an included file": (
        "cors.inc",
        """
add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
add_header ACAC true always;
add_header Vary Origin always;
""",
    ),
    "a file with a location alone": (
        "conf.d/api.locations",
        """
location /api/ {
    add_header ACAO * always;  # <- medium production-wildcard
    proxy_pass http://app;
}
""",
    ),
    "a file without an ending": (
        "sites-available/default",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO * always;  # <- medium production-wildcard
        proxy_pass http://app;
    }
}
""",
    ),
    "an answer that depends on who asks": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location = /ip {
        add_header ACAO * always;  # <- medium production-wildcard
        return 200 $remote_addr;
    }
}
""",
    ),
    "files of a whole site for everyone": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    root /srv;
    location / {
        add_header ACAO *;  # <- medium production-wildcard
        try_files $uri /index.html;
    }
}
""",
    ),
    "files of data for everyone": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location ~ \.json$ { root /srv;
        add_header ACAO *;  # <- medium production-wildcard
    }
}
""",
    ),
    "the page for broken applications": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO https://app.example always;
        proxy_pass http://app;
        error_page 500 502 /50x.html;  # <- low headers-missing-on-errors
    }
    location = /50x.html { root /srv; }
}
""",
    ),
    "texts of a ConfigMap that include each other": (
        "k8s/cm.yaml",
        """
apiVersion: v1
kind: ConfigMap
metadata:
  name: nginx
data:
  nginx.conf: |
    http {
      include /etc/nginx/conf.d/*.conf;
    }
  default.conf: |
    server {
      location /api/ {
        include /etc/nginx/cors.inc;
        proxy_pass http://app:8000;
      }
    }
  cors.inc: |
    add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
    add_header ACAC true always;
    add_header Vary Origin always;
  mime: "text"
""",
    ),
    "a text of a ConfigMap that drops what it includes": (
        "k8s/cm.yaml",
        """
apiVersion: v1
kind: ConfigMap
data:
  default.conf: |
    server {
      include cors.inc;
      location / { proxy_pass http://app; }
      location /api/ {
        add_header X-A 1;  # <- medium headers-not-inherited
        proxy_pass http://app:8000;
      }
    }
  cors.inc: |
    add_header ACAO https://app.example always;
""",
    ),
    "a ConfigMap of the production namespace": (
        "k8s/cm.yaml",
        """
apiVersion: v1
kind: ConfigMap
metadata:
  name: nginx
  namespace: prod
data:
  default.conf: |
    server {
      location / {
        add_header ACAO * always;  # <- medium production-wildcard
        proxy_pass http://app;
      }
    }
""",
    ),
    "a ConfigMap in a Helm chart": (
        "chart/templates/configmap.yaml",
        """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "app.fullname" . }}-nginx
data:
  default.conf: |
    server {
      listen {{ .Values.port }};
      location / {
        add_header ACAO * always;  # <- medium any-origin-with-credentials
        add_header ACAC true always;
        proxy_pass http://{{ .Values.backend }};
      }
    }
""",
    ),
    "the configs of Compose, where a dollar sign is doubled": (
        "docker-compose.yml",
        """
services:
  web:
    image: nginx
configs:
  site:
    content: |
      server {
        location / {
          add_header ACAO $$http_origin always;  # <- high any-origin-with-credentials
          add_header ACAC true always;
          add_header Vary Origin always;
          proxy_pass http://app;
        }
      }
""",
    ),
    "a task of Ansible": (
        "tasks/main.yml",
        """
- name: site
  copy:
    dest: /etc/nginx/conf.d/site.conf
    content: |
      server {
        location / {
          add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
          add_header ACAC true always;
          add_header Vary Origin always;
          proxy_pass http://app;
        }
      }
""",
    ),
    "cloud-init": (
        "user-data.yaml",
        """
#cloud-config
write_files:
  - path: /etc/nginx/sites-enabled/default
    content: |
      server {
        location / {
          add_header ACAO * always;  # <- medium production-wildcard
          proxy_pass http://app;
        }
      }
""",
    ),
    "the snippets of ingress-nginx as a whole": (
        "k8s/controller.yaml",
        """
kind: ConfigMap
data:
  http-snippet: |
    map $http_origin $cors {
      default $http_origin;  # <- high any-origin-with-credentials
    }
  server-snippet: |
    more_set_headers "ACAO: $cors";
    more_set_headers "ACAC: true";
    more_set_headers "Vary: Origin";
""",
    ),
    "a snippet of the other nginx controller": (
        "k8s/ing.yaml",
        """
kind: Ingress
metadata:
  annotations:
    nginx.org/location-snippets: |
      add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
      add_header ACAC true always;
      add_header Vary Origin always;
""",
    ),
    "a snippet that answers OPTIONS without the origin": (
        "k8s/ing.yaml",
        """
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/configuration-snippet: |
      if ($request_method = OPTIONS) {
        add_header ACMA 600;  # <- medium incomplete-preflight
        return 204;
      }
      more_set_headers "X-A: b";
      add_header ACAO https://app.example always;
""",
    ),
    "a here-document in a Dockerfile": (
        "Dockerfile",
        """
FROM nginx:1.27
RUN cat > /etc/nginx/conf.d/default.conf <<'CONF'
server {
  location / {
    add_header ACAO $http_origin always;  # <- high any-origin-with-credentials
    add_header ACAC true always;
    add_header Vary Origin always;
    proxy_pass http://app;
  }
}
CONF
EXPOSE 80
""",
    ),
    "a here-document that the image copies, dollar signs escaped": (
        "web.Dockerfile",
        r"""
FROM nginx:1.27
COPY <<CONF /etc/nginx/conf.d/default.conf
server {
  location / {
    add_header ACAO \$http_origin always;  # <- high any-origin-with-credentials
    add_header ACAC true always;
    add_header Vary Origin always;
    proxy_pass http://app;
  }
}
CONF
""",
    ),
    "a here-document of a shell script, indented by tabs": (
        "scripts/setup.sh",
        r"""
#!/bin/sh
set -e
cat <<-EOT > /etc/nginx/sites-enabled/x
server {
  server_name ${DOMAIN};
  location / {
    if (\$request_method = OPTIONS) { return 204; }
    add_header ACAO * always;  # <- medium production-wildcard
    add_header ACAM "GET, PUT" always;
    add_header ACAH "Content-Type" always;
    proxy_pass http://app;
  }
}
EOT
nginx -s reload
""",
    ),
    "a text in quotes with line breaks as marks": (
        "k8s/cm.yaml",
        r"""
data:
  default.conf: "server {\n  add_header ACAO \"*\";\n}\n"  # <- low unreadable-input
""",
    ),
}
"""Files in which something is found, each with its path."""

SILENT_FILES = {
    "a constant answer for everyone": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location = /version {
        add_header ACAO * always;
        default_type application/json;
        return 200 '{"version": "1.2.3"}';
    }
}
""",
    ),
    "a chart whose labels hide the structure, with a list": (
        "chart/templates/web.yaml",
        """
kind: ConfigMap
metadata:
  labels: {{- include "labels" . | nindent 4 }}
    part-of: web
data:
  site.conf: |-
  {{- if .Values.tls }}
    # nothing
  {{- end }}
    server {
      location / {
        add_header ACAO https://app.example always;
        proxy_pass http://app;
      }
    }
  other: 1
""",
    ),
    "a map with a list": (
        "nginx.conf",
        """
map $http_origin $o {
    default "";
    https://app.example $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "a map without a default": (
        "nginx.conf",
        """
map $http_origin $o {
    https://app.example $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "a key in capitals": (
        "nginx.conf",
        """
map $http_origin $o {
    HTTPS://APP.EXAMPLE $http_origin;
}
server {
    server_name api.example.com;
    location / {
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "credentials by a second map": (
        "nginx.conf",
        """
map $http_origin $o {
    default "";
    https://app.example $http_origin;
}
map $o $c {
    "" "";
    default true;
}
server {
    location / {
        add_header ACAO $o always;
        add_header ACAC $c always;
        add_header Vary Origin always;
        proxy_pass http://app;
    }
}
""",
    ),
    "an exact origin": (
        "nginx.conf",
        """
server {
    location / {
        if ($http_origin = https://app.example.com) {
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a beginning is not needed before a scheme": (
        "nginx.conf",
        r"""
server {
    location / {
        if ($http_origin ~ https://app\.example\.com$) {
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "merge in the http block": (
        "nginx.conf",
        """
http {
    add_header_inherit merge;
    server {
        add_header ACAO https://app.example always;
        location / {
            add_header X-A b;
            proxy_pass http://app;
        }
    }
}
""",
    ),
    "fonts by their ending": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location ~* \.(eot|ttf|otf|woff2?)$ {
        add_header ACAO "*";
        expires 1y;
    }
}
""",
    ),
    "a folder of fonts": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /fonts/ { add_header ACAO *; }
}
""",
    ),
    "a folder of static files": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /static/ { alias /srv/static/; add_header ACAO *; expires 30d; }
}
""",
    ),
    "a folder of media": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location ^~ /media/ { alias /srv/media/; add_header ACAO *; }
}
""",
    ),
    "a pattern for assets": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location ~ ^/assets/ { root /srv; add_header ACAO * always; }
}
""",
    ),
    "pictures, with headers for preflights": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location ~* \.(jpg|png|svg)$ {
        add_header ACAO *;
        add_header ACAM "GET, OPTIONS";
        add_header ACAH "Range";
    }
}
""",
    ),
    "a host for files": (
        "deploy/nginx.conf",
        """
server {
    server_name cdn.example.com;
    location / { root /srv; add_header ACAO *; }
}
""",
    ),
    "a stream in pieces": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /hls { types { application/vnd.apple.mpegurl m3u8; } root /srv; add_header ACAO *; }
}
""",
    ),
    "what is well known": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /.well-known/matrix/client {
        add_header ACAO *;
        return 200 '{"m.homeserver": {"base_url": "https://matrix.example.com"}}';
    }
}
""",
    ),
    "whether it is up": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location = /health {
        add_header ACAO *;
        return 200 "ok";
    }
}
""",
    ),
    "everyone, in a folder for development": (
        "docker/dev/nginx.conf",
        """
server {
    server_name api.example.com;
    location / { add_header ACAO * always; proxy_pass http://app; }
}
""",
    ),
    "everyone, in a file for development": (
        "nginx.dev.conf",
        """
server {
    server_name api.example.com;
    location / { add_header ACAO * always; proxy_pass http://app; }
}
""",
    ),
    "everyone, in a test": (
        "tests/nginx.conf",
        """
server {
    server_name api.example.com;
    location / { add_header ACAO * always; proxy_pass http://app; }
}
""",
    ),
    "everyone, in an example": (
        "examples/nginx.conf",
        """
server {
    server_name api.example.com;
    location / { add_header ACAO * always; proxy_pass http://app; }
}
""",
    ),
    "lists are joined everywhere": (
        "deploy/nginx.conf",
        """
add_header_inherit merge;
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    location / { add_header X-Frame-Options DENY; proxy_pass http://app; }
}
""",
    ),
    "metrics need no CORS": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    location / { proxy_pass http://app; }
    location /metrics { add_header X-A 1; proxy_pass http://app; }
}
""",
    ),
    "neither does a health check": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    location / { proxy_pass http://app; }
    location = /healthz { add_header Content-Type text/plain; return 200 ok; }
}
""",
    ),
    "nor a page": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    root /srv;
    add_header ACAO https://app.example always;
    location ~ \.html$ { add_header Cache-Control no-store; }
}
""",
    ),
    "nor what robots ask for": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    location / { proxy_pass http://app; }
    location = /robots.txt { add_header X-A 1; return 200 x; }
}
""",
    ),
    "the server answers OPTIONS for all": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    add_header ACAM "GET, PUT" always;
    add_header ACAH "Content-Type" always;
    if ($request_method = OPTIONS) { return 204; }
    location /api/ { proxy_pass http://app; }
}
""",
    ),
    "a whole good location": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO https://app.example always;
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "OPTIONS with status 200": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 200; }
        add_header ACAO https://app.example always;
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "OPTIONS by a pattern": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method ~* ^(OPTIONS|HEAD)$) { return 204; }
        add_header ACAO https://app.example always;
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "origin and OPTIONS in one variable": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location / {
        set $cors '';
        if ($http_origin ~ ^https://app\.example$) { set $cors 'true'; }
        if ($request_method = OPTIONS) { set $cors '${cors}options'; }
        if ($cors = 'true') {
            add_header ACAO $http_origin always;
            add_header Vary Origin always;
            add_header ACAC true always;
        }
        if ($cors = 'trueoptions') {
            add_header ACAO $http_origin;
            add_header Vary Origin;
            add_header ACAC true;
            add_header ACAM 'GET, POST, PUT';
            add_header ACAH 'Content-Type';
            return 204;
        }
        proxy_pass http://app;
    }
}
""",
    ),
    "a web socket": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /ws/ {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        add_header ACAO https://app.example always;
    }
}
""",
    ),
    "the application answers OPTIONS, nginx says what it allows": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO https://app.example always;
        add_header ACAM "GET, PUT" always;
        add_header ACAH "Content-Type" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "a map with lists and a pattern": (
        "deploy/nginx.conf",
        r"""
map $http_origin $o {
 default '';
 https://a.example $http_origin;
 https://b.example $http_origin;
 ~^https://[a-z0-9-]+\.example\.org$ $http_origin;
}
server {
    server_name api.example.com;
    location / {
     add_header ACAO $o always;
     add_header ACAC true always;
     add_header Vary Origin always;
     proxy_pass http://app;
    }
}
""",
    ),
    "Vary with more names": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location / {
        if ($http_origin ~ ^https://app\.example$) { set $o $http_origin; }
        add_header ACAO $o always;
        add_header Vary "Accept-Encoding, Origin" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "Vary alone": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / { add_header Vary Origin; proxy_pass http://app; }
}
""",
    ),
    "a line in a remark": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        # add_header ACAO * always;
        proxy_pass http://app;
    }
}
""",
    ),
    "a private network for one origin": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        add_header ACAO https://app.example always;
        add_header Access-Control-Allow-Private-Network true always;
        proxy_pass http://app;
    }
}
""",
    ),
    "gRPC for browsers": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) {
            add_header ACAO https://app.example;
            add_header ACAM "GET, PUT, DELETE, POST, OPTIONS";
            add_header ACAH "keep-alive,user-agent,cache-control,content-type,x-user-agent,x-grpc-web,grpc-timeout";
            add_header ACMA 600;
            return 204;
        }
        add_header ACAO https://app.example always;
        add_header ACEH "grpc-status,grpc-message" always;
        grpc_pass grpc://app;
    }
}
""",
    ),
    "a snippet with one origin and credentials": (
        "nginx/snippets/cors.conf",
        """
add_header ACAO https://app.example always;
add_header ACAC true always;
""",
    ),
    "a single-page application": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    root /srv;
    location / { try_files $uri $uri/ /index.html; add_header ACAO https://app.example; }
}
""",
    ),
    "what proves a domain needs no CORS": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    add_header ACAO https://app.example always;
    location / { proxy_pass http://app; }
    location /.well-known/acme-challenge/ { add_header X-A b; root /srv; }
}
""",
    ),
    "the location that is asked for the login": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        auth_request /auth;
        add_header ACAO https://app.example always;
        add_header ACAH 'Content-Type, Authorization' always;
        add_header ACAM 'GET, PUT' always;
        proxy_pass http://app;
    }
    location = /auth { internal; proxy_pass http://auth; proxy_pass_request_body off; }
}
""",
    ),
    "a redirect to https beside it": (
        "deploy/nginx.conf",
        """
server {
    listen 80;
    return 301 https://$host$request_uri;
}
server {
    server_name api.example.com;
    listen 443 ssl;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO https://app.example always;
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        proxy_pass http://app;
    }
}
""",
    ),
    "plain requests behind a password": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /r {
        auth_basic x;
        auth_basic_user_file u;
        add_header ACAO https://app.example always;
        add_header ACAC true always;
        proxy_pass http://app;
    }
}
""",
    ),
    "code in Lua": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        content_by_lua_block { ngx.say('hi') }
        add_header ACAO https://app.example always;
    }
}
""",
    ),
    "PHP": (
        "deploy/nginx.conf",
        r"""
server {
    server_name api.example.com;
    location ~ \.php$ {
        fastcgi_pass unix:/run/php.sock;
        include fastcgi_params;
        add_header ACAO https://app.example always;
    }
}
""",
    ),
    "a preflight that is kept": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO https://app.example always;
        add_header ACAM "GET, POST, PUT, DELETE" always;
        add_header ACAH "Content-Type, Authorization" always;
        add_header ACMA 600 always;
        proxy_pass http://app;
    }
}
""",
    ),
    "the status of nginx with an origin": (
        "deploy/nginx.conf",
        """
server {
    server_name api.example.com;
    location /nginx_status { stub_status; add_header ACAO https://app.example; }
}
""",
    ),
    "a ConfigMap of a development namespace": (
        "k8s/cm.yaml",
        """
apiVersion: v1
kind: ConfigMap
metadata:
  name: nginx
  namespace: dev
data:
  default.conf: |
    server {
      location / {
        add_header ACAO * always;
        proxy_pass http://app;
      }
    }
""",
    ),
    "a ConfigMap with a list": (
        "k8s/cm.yaml",
        """
data:
  default.conf: |
    map $http_origin $o {
      default "";
      https://app.example $http_origin;
    }
    server {
      location / {
        if ($request_method = OPTIONS) { return 204; }
        add_header ACAO $o always;
        add_header ACAC true always;
        add_header ACAM "GET, PUT" always;
        add_header ACAH "Content-Type" always;
        add_header Vary Origin always;
        proxy_pass http://app;
      }
    }
""",
    ),
    "a snippet with one origin": (
        "k8s/ing.yaml",
        """
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/configuration-snippet: |
      more_set_headers "ACAO: https://app.example";
      more_set_headers "ACAM: GET, PUT";
""",
    ),
    "a snippet about something else": (
        "k8s/ing.yaml",
        """
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/configuration-snippet: |
      more_set_headers "X-Frame-Options: DENY";
""",
    ),
    "a text for people": (
        "openapi.yaml",
        """
info:
  description: |
    Put this into nginx, please; then it works:

        add_header ACAO *;

    And that is all there is to say; enjoy it, dear reader; thank you.
""",
    ),
    "a script in a workflow": (
        "ci/deploy.yml",
        """
jobs:
  a:
    steps:
      - run: |
          set -e; cd x; docker build . ; docker push y
          grep "add_header ACAO" nginx.conf; echo done
""",
    ),
    "a shell script that prints a line": (
        "scripts/setup.sh",
        """
#!/bin/sh
curl -I x | grep ACAO
echo "add_header ACAO *;" >> /etc/nginx/x
""",
    ),
}
"""Files in which nothing is."""


def spelled_out(text: str) -> str:
    """A text with the names of headers in full."""
    for short, name in HEADERS.items():
        text = re.sub(rf"\b{short}\b", name, text)
    return text.lstrip("\n")


def server(body: str) -> str:
    """A file with one server."""
    return AROUND.replace("BODY", indent(spelled_out(body), "    "))


SERVERS = {name: server(body) for name, body in {**FOUND, **SILENT}.items()}
FILES = {name: (path, spelled_out(text)) for name, (path, text) in {**FOUND_IN_FILES, **SILENT_FILES}.items()}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server(name: str, differences: Differences) -> None:
    assert differences({"nginx.conf": SERVERS[name]}) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str, differences: Differences) -> None:
    path, text = FILES[name]
    assert differences({path: text}) == []


@pytest.mark.parametrize("name", SERVERS)
def test_a_text_of_a_config_map_is_as_good_as_a_file(name: str, differences: Differences) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  site.conf: |\n"
    assert differences({"k8s/web.yaml": manifest + indent(SERVERS[name], "    ")}) == []


@pytest.mark.parametrize("name", SERVERS)
def test_a_here_document_is_as_good_as_a_file(name: str, differences: Differences) -> None:
    image = f"FROM nginx:1.29\nCOPY <<'CONF' /etc/nginx/conf.d/site.conf\n{SERVERS[name]}CONF\nEXPOSE 80\n"
    assert differences({"Dockerfile": image}) == []


@pytest.mark.parametrize("name", SERVERS)
def test_lines_may_end_as_on_windows(name: str, differences: Differences) -> None:
    assert differences({"nginx.conf": "\ufeff" + SERVERS[name].replace("\n", "\r\n")}) == []


@pytest.mark.parametrize(
    ("version", "reasons"),
    [
        (None, []),
        ("1.29.3", []),
        ("1.29", []),
        ("1.31.5", []),
        ("1.29.2", ["nginx 1.29.2 refuses `add_header_inherit`, which came with 1.29.3"]),
        ("1.22", ["nginx 1.22 refuses `add_header_inherit`, which came with 1.29.3"]),
    ],
)
def test_joining_lists_needs_a_new_nginx(version: str | None, reasons: list[str]) -> None:
    text = SERVERS["lists are joined by add_header_inherit merge"]
    config = Config(framework_versions={"nginx": version} if version else {})
    report = engine.run([], config, stdin=StandardInput("nginx.conf", text.encode()))
    assert [one.message for one in report.findings] == reasons


OPEN = [
    name
    for name, body in FOUND.items()
    if re.search(r"ACAO:? [^;]*;  # <- \w+ (?:any-origin|production-wildcard|reflected)[^;]*$", body, re.MULTILINE)
    and body.count("# <- ") == 1
]
"""Where everyone is let in by one line, and nothing else is wrong."""


@pytest.mark.parametrize("name", OPEN)
def test_naming_the_origin_mends_it(name: str, differences: Differences) -> None:
    body = re.sub(r"  # <- .*", "", FOUND[name])
    for everyone in ("*", "$http_origin", "${http_origin}"):
        body = re.sub(rf"(ACAO:? ){re.escape(everyone)}", r"\1https://app.example.com", body)
    assert differences({"nginx.conf": server(body)}) == []


ANSWER = "if ($request_method = OPTIONS) { return 204; }"
FOR_JSON = ("always;", "always;\n    add_header ACAH Content-Type always;")


@pytest.mark.parametrize(
    ("name", "deed"),
    [
        ("OPTIONS is not among the methods", ()),
        (
            "OPTIONS is redirected with everything else",
            (("always;", "always;\n    add_header ACAH Content-Type always;"),),
        ),
        ("a password is asked of OPTIONS too", (('"Authorization"', '"Authorization, Content-Type"'),)),
        ("a login is asked of OPTIONS too", (('"Authorization"', '"Authorization, Content-Type"'),)),
        (
            "limit_except refuses OPTIONS",
            (("GET PUT {", "GET PUT OPTIONS {"), ("always;", "always;\n    add_header ACAH Content-Type always;")),
        ),
    ],
)
def test_answering_options_mends_it(name: str, deed: tuple[tuple[str, str], ...], differences: Differences) -> None:
    body = re.sub(r"  # <- .*", "", FOUND[name]).replace("location / {", f"location / {{\n    {ANSWER}", 1)
    for old, new in deed:
        assert old in body
        body = body.replace(old, new, 1)
    assert differences({"nginx.conf": server(body)}) == []


def test_more_stays_silent_than_is_found() -> None:
    assert len(SILENT) + len(SILENT_FILES) > len(FOUND) + len(FOUND_IN_FILES)
    for texts, is_marked in ((FOUND, True), (SILENT, False)):
        assert [name for name, text in texts.items() if ("# <- " in text) != is_marked] == []
    for files, is_marked in ((FOUND_IN_FILES, True), (SILENT_FILES, False)):
        assert [name for name, (_, text) in files.items() if ("# <- " in text) != is_marked] == []
