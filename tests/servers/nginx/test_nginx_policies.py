"""nginx configurations as people write them, and the policies they amount to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corslint.browser import Request, Response
from corslint.collect import Listed, Project
from corslint.finding import Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided, UndecidedError
from corslint.policy import Policy
from corslint.servers import nginx
from corslint.values import Known, Unknown


def read_all(files: dict[str, str]) -> list[Policy | Unread]:
    """What the server gives for each file of a project, in the order of the files."""
    project = Project(tuple(Listed(path, path) for path in files))
    sources = [project.keep(path, text) for path, text in files.items()]
    return [
        one
        for source in sources
        if nginx.FILES.search(source.path) and any(word.decode() in source.text.lower() for word in nginx.WORDS)
        for one in nginx.read(project, source)
    ]


def policies(text: str) -> list[Policy]:
    """The policies of a single file, all of which must be readable."""
    found = read_all({"nginx.conf": text})
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Policy)]


def policy(text: str) -> Policy:
    """The one policy of a single file."""
    (found,) = policies(text)
    return found


def shown(entries: Sequence[Entry]) -> list[str]:
    """Entries in short."""
    return [_shown(entry) for entry in entries]


def _shown(entry: Entry) -> str:
    match entry:
        case AnyOrigin():
            return "any"
        case Reflected():
            return "reflected"
        case Null():
            return "null"
        case Exact():
            return f"{entry.text}{' (any case)' if entry.ignore_case else ''}"
        case Pattern():
            operator = f"{'!' if entry.negated else ''}~{'*' if entry.ignore_case else ''}"
            return f"{operator} {entry.text}" if entry.match == "search" else f"{operator} {entry.match} {entry.text}"
        case Undecided():
            return f"? {entry.reason}"


def facts(found: Policy) -> list[tuple[str, int]]:
    """The kind and line of each fact."""
    return [(fact.kind, fact.labels[0].span.line) for fact in found.facts]


def value(setting: object) -> object:
    """The known value of a setting."""
    known = setting.value  # type: ignore[attr-defined]
    return known.value if isinstance(known, Known) else known


# Who is let in


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        ("add_header Access-Control-Allow-Origin *;", ["any"]),
        ("add_header 'Access-Control-Allow-Origin' \"*\" always;", ["any"]),
        ("add_header Access-Control-Allow-Origin https://app.example;", ["https://app.example"]),
        ("add_header Access-Control-Allow-Origin null;", ["null"]),
        ("add_header Access-Control-Allow-Origin $http_origin;", ["reflected"]),
        ("add_header Access-Control-Allow-Origin ${http_origin};", ["reflected"]),
        ("add_header Access-Control-Allow-Origin $arg_origin;", ["reflected"]),
        ("add_header Access-Control-Allow-Origin $http_referer;", ["$http_referer"]),
        ('add_header Access-Control-Allow-Origin "$http_origin,*";', ["$http_origin,*"]),
        (
            'add_header Access-Control-Allow-Origin "https://a.example https://b.example";',
            ["https://a.example https://b.example"],
        ),
        ('add_header Access-Control-Allow-Origin: "*";', [": *"]),
        ("more_set_headers 'Access-Control-Allow-Origin: *';", ["any"]),
        ("more_set_headers 'Access-Control-Allow-Origin: $http_origin';", ["reflected"]),
        ("if ($http_origin ~ x) { add_header Access-Control-Allow-Origin $http_origin; }", ["~ x"]),
        (
            "if ($http_origin ~* ^https://a$) { add_header Access-Control-Allow-Origin $http_origin; }",
            ["~* ^https://a$"],
        ),
        ("if ($http_origin !~ evil) { add_header Access-Control-Allow-Origin $http_origin; }", ["!~ evil"]),
        ("if ($http_origin = https://a) { add_header Access-Control-Allow-Origin $http_origin; }", ["https://a"]),
        ("if ($http_origin != https://a) { add_header Access-Control-Allow-Origin $http_origin; }", ["reflected"]),
        ("if ($http_origin) { add_header Access-Control-Allow-Origin $http_origin; }", ["reflected"]),
        ("if ($http_origin ~ a) { add_header Access-Control-Allow-Origin *; }", ["~ a"]),
        ("if ($http_origin ~ a) { add_header Access-Control-Allow-Origin https://a.example; }", ["https://a.example"]),
        ('if ($http_origin = "") { return 403; } add_header Access-Control-Allow-Origin $http_origin;', ["reflected"]),
        ("if ($http_origin !~ good) { return 403; } add_header Access-Control-Allow-Origin $http_origin;", ["~ good"]),
        ("if ($http_origin ~ bad) { return 403; } add_header Access-Control-Allow-Origin $http_origin;", ["!~ bad"]),
        (
            "if ($http_origin ~ one) { set $o $http_origin; } if ($http_origin ~ two) { set $o $http_origin; }"
            " add_header Access-Control-Allow-Origin $o;",
            ["~ one", "~ two"],
        ),
        (
            "set $o https://fixed.example; if ($http_origin ~ one) { set $o $http_origin; }"
            " add_header Access-Control-Allow-Origin $o;",
            ["https://fixed.example", "~ one"],
        ),
        (
            "set $ok 0; if ($http_origin ~ one) { set $ok 1; } if ($request_method = GET) { set $ok 1$ok; }"
            " if ($ok = 11) { add_header Access-Control-Allow-Origin $http_origin; }",
            ["~ one"],
        ),
        (
            "if ($http_origin ~ '^(https://a\\.example)$') { set $o $1; } add_header Access-Control-Allow-Origin $o;",
            ["~ fullmatch ^(https://a\\.example)$"],
        ),
        (
            "if ($http_origin ~ '^https://([a-z]+)\\.example$') { set $o $1; }"
            " add_header Access-Control-Allow-Origin https://$o.example;",
            ["? it is put together from parts of the origin", "https://.example"],
        ),
        (
            "if ($arg_x) { set $noise 1; } add_header Access-Control-Allow-Origin $http_origin;",
            ["reflected"],
        ),
        (
            "if ($http_origin ~ x) { set $noise 1; } add_header Access-Control-Allow-Origin $http_origin;",
            ["reflected"],
        ),
        (
            'add_header Access-Control-Allow-Origin "$scheme://$host";',
            ["? `$scheme` is known only when a request comes in"],
        ),
        (
            "add_header Access-Control-Allow-Origin ${CORS_ORIGIN};",
            ["? `${CORS_ORIGIN}` is filled in when the file is deployed"],
        ),
        ("add_header Access-Control-Allow-Origin '{{ origin }}';", ["? a template fills it in"]),
        ("add_header Access-Control-Allow-Origin https://@DOMAIN@;", ["? `https://@DOMAIN@` holds a placeholder"]),
        ("add_header Access-Control-Allow-Origin $cors_origin;", ["? `$cors_origin` is set in no file that was read"]),
    ],
)
def test_who_is_let_in(body: str, entries: list[str]) -> None:
    found = policy(f"server {{ location / {{ {body} proxy_pass http://app; }} }}")
    assert shown(found.entries()) == entries


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ('default ""; https://a.example $http_origin;', ["https://a.example (any case)"]),
        ("https://a.example https://a.example;", ["https://a.example"]),
        ("~^https://a$ $http_origin; ~*^https://b$ $http_origin;", ["~ ^https://a$", "~* ^https://b$"]),
        ("default *;", ["any"]),
        ("default $http_origin; https://evil.example '';", ["reflected"]),
        ("default $http_origin; https://a.example $http_origin;", ["https://a.example (any case)", "reflected"]),
        ("default https://fallback.example; ~a $http_origin;", ["https://fallback.example", "~ a"]),
        ("null $http_origin;", ["null (any case)"]),
        ("hostnames; *.good.example $http_origin;", ["~* suffix .good.example"]),
        ('volatile; "~^(https://a\\.example)$" $1;', ["~ fullmatch ^(https://a\\.example)$"]),
        ("~a '';", []),
    ],
)
def test_who_a_map_lets_in(entries: str, expected: list[str]) -> None:
    found = policy(
        f"map $http_origin $cors {{ {entries} }}"
        " server { location / { add_header Access-Control-Allow-Origin $cors; proxy_pass http://app; } }"
    )
    assert shown(found.entries()) == expected


def test_an_entry_of_a_map_is_shown_where_it_is_written() -> None:
    found = policy(
        """map $http_origin $cors {
    default $http_origin;
    ~^https://a$ $http_origin;
}
server {
    add_header Access-Control-Allow-Origin $cors;
}
"""
    )
    assert [(entry.span.line, entry.span.text) for entry in found.entries() if entry.span] == [
        (3, "~^https://a$"),
        (2, "$http_origin"),
    ]


def test_a_variable_is_shown_where_it_is_set() -> None:
    found = policy("server {\n set $cors *;\n add_header Access-Control-Allow-Origin $cors;\n}")
    assert [(entry.span.line, entry.span.text) for entry in found.entries() if entry.span] == [(2, "*")]


def test_credentials_that_go_with_good_origins_only() -> None:
    found = policy(
        """map $http_origin $cors { default *; https://a.example $http_origin; }
map $cors $creds { default ""; https://a.example true; }
server {
    add_header Access-Control-Allow-Origin $cors;
    add_header Access-Control-Allow-Credentials $creds;
}
"""
    )
    assert shown(found.entries()) == ["https://a.example (any case)", "any"]
    assert value(found.credentials) is None


# The other settings

API = """
server {
    server_name api.example.com;
    location /api/ {
        add_header Access-Control-Allow-Origin https://app.example.com always;
        add_header Access-Control-Allow-Credentials true always;
        add_header Access-Control-Allow-Methods "GET, PUT ,DELETE" always;
        add_header Access-Control-Allow-Headers 'Content-Type,Authorization' always;
        add_header Access-Control-Expose-Headers X-Total always;
        add_header Access-Control-Max-Age 600 always;
        add_header Vary "Accept-Encoding, Origin" always;
        if ($request_method = OPTIONS) {
            return 204;
        }
        proxy_pass http://app;
    }
}
"""


def test_a_policy_that_says_everything() -> None:
    found = policy(API)
    assert (found.server, found.product) == ("nginx", "nginx")
    assert found.name == "location /api/ of server api.example.com"
    assert found.key == "location /api/ of server api.example.com"
    assert found.span.text == "add_header Access-Control-Allow-Origin https://app.example.com always"
    assert shown(found.entries()) == ["https://app.example.com"]
    assert value(found.credentials) == "true"
    assert value(found.methods) == ("GET", "PUT", "DELETE")
    assert value(found.headers) == ("Content-Type", "Authorization")
    assert value(found.exposed) == ("X-Total",)
    assert value(found.max_age) == 600
    assert value(found.vary) is True
    assert value(found.private_network) is False
    assert value(found.on_errors) is True
    assert (found.preflight.answered_by, found.preflight.status) == ("product", 204)
    assert found.preflight.span is not None
    assert found.preflight.span.text == "return 204"
    assert found.facts == ()


def test_each_setting_is_shown_where_it_stands() -> None:
    found = policy(API)
    lines = {
        name: getattr(found, name).span.line
        for name in ("origins", "credentials", "methods", "headers", "exposed", "max_age", "vary", "on_errors")
    }
    assert lines == {
        "origins": 5,
        "credentials": 6,
        "methods": 7,
        "headers": 8,
        "exposed": 9,
        "max_age": 10,
        "vary": 11,
        "on_errors": 5,
    }
    assert found.credentials.value.span is not None
    assert found.credentials.value.span.text == "true"


def test_a_policy_that_says_nothing_more() -> None:
    found = policy("server { location / { add_header Access-Control-Allow-Origin *; } }")
    for name in ("credentials", "methods", "headers", "exposed", "max_age"):
        assert value(getattr(found, name)) is None
        assert getattr(found, name).given == "default"
    assert value(found.vary) is False
    assert value(found.on_errors) is False
    assert found.on_errors.span is not None
    assert found.on_errors.span.text == "add_header Access-Control-Allow-Origin *"


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("add_header Access-Control-Allow-Credentials True;", "credentials", "True"),
        ("add_header Access-Control-Allow-Methods 'GET POST';", "methods", ("GET POST",)),
        ("add_header Access-Control-Allow-Headers *;", "headers", ("*",)),
        ('add_header Access-Control-Max-Age "1728000;";', "max_age", "1728000;"),
        ("add_header Access-Control-Max-Age -1;", "max_age", -1),
        ("add_header Access-Control-Max-Age 1; add_header Access-Control-Max-Age 2;", "max_age", "1, 2"),
        ("add_header Vary Accept;", "vary", False),
        ("add_header Vary *;", "vary", True),
        ("add_header Access-Control-Allow-Private-Network true;", "private_network", True),
        ("more_set_headers 'Access-Control-Allow-Credentials: true';", "credentials", "true"),
        ("add_header Access-Control-Allow-Credentials '';", "credentials", None),
    ],
)
def test_a_setting(line: str, name: str, expected: object) -> None:
    found = policy(
        f"server {{ location / {{ add_header Access-Control-Allow-Origin *; {line} proxy_pass http://a; }} }}"
    )
    assert value(getattr(found, name)) == expected


def test_headers_that_repeat_what_is_asked_for_are_decided_at_run_time() -> None:
    found = policy(
        "server { add_header Access-Control-Allow-Origin *;"
        " add_header Access-Control-Allow-Headers $http_access_control_request_headers; }"
    )
    assert isinstance(found.headers.value, Unknown)


def test_settings_of_the_preflight_come_from_its_answer() -> None:
    found = policy(
        """server { location / {
    if ($request_method = 'OPTIONS') {
        add_header Access-Control-Allow-Origin *;
        add_header Access-Control-Allow-Methods 'GET, PUT';
        add_header Access-Control-Max-Age 5;
        return 204;
    }
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Allow-Methods GET;
    proxy_pass http://app;
} }"""
    )
    assert value(found.methods) == ("GET", "PUT")
    assert value(found.max_age) == 5


def test_headers_on_errors_take_always_on_each_line() -> None:
    found = policy(
        """server { location / {
    add_header Access-Control-Allow-Origin $http_origin always;
    if ($request_method = POST) { add_header Access-Control-Allow-Origin $http_origin; }
    proxy_pass http://app;
} }"""
    )
    assert value(found.on_errors) is False
    assert found.on_errors.span is not None
    assert found.on_errors.span.line == 3


# Preflights


@pytest.mark.parametrize(
    ("body", "answered_by", "status", "reason"),
    [
        ("proxy_pass http://app;", "application", None, ""),
        ("fastcgi_pass app:9000;", "application", None, ""),
        ("try_files $uri @app;", "application", None, ""),
        ("if ($request_method = OPTIONS) { return 204; } proxy_pass http://app;", "product", 204, ""),
        ("if ($request_method ~ ^(OPTIONS|HEAD)$) { return 200; } proxy_pass http://app;", "product", 200, ""),
        ("return 200 ok;", "product", 200, ""),
        ("error_page 405 =200 $uri;", "product", 200, ""),
        ("", "nobody", 405, "nginx serves files here and answers OPTIONS with 405"),
        ("try_files $uri /index.html;", "nobody", 405, "nginx serves files here and answers OPTIONS with 405"),
        (
            "if ($request_method = options) { return 204; }",
            "nobody",
            405,
            "`if ($request_method = options)` never holds, methods are upper case; nginx answers 405",
        ),
        (
            "if ($request_method !~ ^(GET|POST)$) { return 405; } proxy_pass http://app;",
            "nobody",
            405,
            "`return 405` refuses OPTIONS",
        ),
        ("limit_except GET POST { deny all; } proxy_pass http://app;", "nobody", 403, "`deny all` turns OPTIONS away"),
        ("content_by_lua_block { ngx.say(1) }", "unknown", None, "code answers that is not read"),
        ("access_by_lua_file a.lua; proxy_pass http://app;", "unknown", None, "code answers that is not read"),
        (
            "if ($scheme = http) { return 301 https://$host$request_uri; } proxy_pass http://app;",
            "application",
            None,
            "",
        ),
        ("if (-f $request_filename) { return 403; } proxy_pass http://app;", "application", None, ""),
        ("auth_basic off; proxy_pass http://app;", "application", None, ""),
        ("auth_basic x; if ($request_method = OPTIONS) { return 204; } proxy_pass http://app;", "product", 204, ""),
        ("allow 10.0.0.0/8; deny all; proxy_pass http://app;", "application", None, ""),
    ],
)
def test_who_answers_a_preflight(body: str, answered_by: str, status: int | None, reason: str) -> None:
    preflight = policy(
        f"server {{ location / {{ add_header Access-Control-Allow-Origin * always; {body} }}"
        " location @app { proxy_pass http://app; } }"
    ).preflight
    assert (preflight.answered_by, preflight.status, preflight.reason) == (answered_by, status, reason)
    assert preflight.blocked_by is None or answered_by == "nobody"


@pytest.mark.parametrize(
    ("body", "status", "blocked_by"),
    [
        ("auth_basic 'Members only'; proxy_pass http://app;", 401, "auth_basic 'Members only'"),
        ("auth_request /auth; proxy_pass http://app;", 401, "auth_request /auth"),
        ("deny all; proxy_pass http://app;", 403, "deny all"),
        ("return 301 https://www.example.com$request_uri;", 301, "return 301 https://www.example.com$request_uri"),
        ("rewrite ^ https://www.example.com permanent;", 301, "rewrite ^ https://www.example.com permanent"),
    ],
)
def test_what_stands_before_a_preflight(body: str, status: int, blocked_by: str) -> None:
    preflight = policy(f"server {{ location / {{ add_header Access-Control-Allow-Origin *; {body} }} }}").preflight
    assert (preflight.answered_by, preflight.status) == ("nobody", status)
    assert preflight.blocked_by is not None
    assert preflight.blocked_by.text == blocked_by


def test_files_take_get_only() -> None:
    assert policy("server { location / { add_header Access-Control-Allow-Origin *; } }").preflight.takes == (
        "GET",
        "HEAD",
    )


# One policy for one cause


def test_headers_of_a_server_are_one_policy_for_its_locations() -> None:
    found = policy(
        """server {
    server_name api.example.com;
    add_header Access-Control-Allow-Origin *;
    location / { proxy_pass http://a; }
    location /one { proxy_pass http://b; }
    location /two { proxy_pass http://c; location /two/three { return 200; } }
    location ~ \\.php$ { fastcgi_pass d; }
}"""
    )
    assert found.name == "server api.example.com"
    assert found.scope.text == "server api.example.com"
    assert all(found.covers(path) for path in ("/", "/one", "/two/three", "/x.php"))


def test_headers_of_http_are_one_policy_for_its_servers() -> None:
    found = policy(
        """http {
    add_header Access-Control-Allow-Origin *;
    server { server_name a.example; location / { proxy_pass http://a; } }
    server { server_name b.example; location / { proxy_pass http://b; } }
}"""
    )
    assert (found.name, found.key) == ("http", "http")


def test_a_snippet_that_many_places_include_is_one_policy() -> None:
    found = read_all(
        {
            "nginx.conf": "http { include sites/*.conf; }",
            "sites/a.conf": "server { server_name a.example; location / { include cors.inc; proxy_pass http://a; } }",
            "sites/b.conf": (
                "server { server_name b.example; location /x { include cors.inc; proxy_pass http://b; }"
                " location /y { add_header X 1; include cors.inc; proxy_pass http://b; } }"
            ),
            "cors.inc": "add_header Access-Control-Allow-Origin *;\n",
        }
    )
    assert [one.name for one in found if isinstance(one, Policy)] == ["location / of server a.example and 2 more"]
    assert [one.span.path for one in found if isinstance(one, Policy)] == ["cors.inc"]


def test_places_that_give_a_snippet_other_values_are_other_policies() -> None:
    found = read_all(
        {
            "nginx.conf": (
                "server { location /a { set $o *; include cors.inc; }"
                " location /b { set $o https://b.example; include cors.inc; } }"
            ),
            "cors.inc": "add_header Access-Control-Allow-Origin $o;\n",
        }
    )
    assert [(one.name, shown(one.entries())) for one in found if isinstance(one, Policy)] == [
        ("location /a of server", ["any"]),
        ("location /b of server", ["https://b.example"]),
    ]


def test_a_location_with_headers_of_its_own_is_a_policy_of_its_own() -> None:
    found = policies(
        """server {
    add_header Access-Control-Allow-Origin https://app.example.com;
    location / { proxy_pass http://a; }
    location /fonts/ { add_header Access-Control-Allow-Origin *; }
}"""
    )
    assert [(one.name, shown(one.entries())) for one in found] == [
        ("server", ["https://app.example.com"]),
        ("location /fonts/ of server", ["any"]),
    ]
    assert found[0].covers("/x")
    assert not found[0].covers("/fonts/x")
    assert found[1].covers("/fonts/x")
    assert not found[1].covers("/x")


def test_the_policy_of_many_places_shows_the_best_preflight() -> None:
    found = policy(
        """server {
    add_header Access-Control-Allow-Origin *;
    location /files { }
    location /api { if ($request_method = OPTIONS) { return 204; } proxy_pass http://a; }
    location /app { proxy_pass http://a; }
}"""
    )
    assert found.preflight.answered_by == "product"


# Scope


@pytest.mark.parametrize(
    ("location", "covered", "not_covered"),
    [
        ("location / { CORS }", ["/", "/x", "/x/y"], ["/api/x", "/old"]),
        ("location = /x { CORS }", ["/x"], ["/x/", "/xy", "/"]),
        ("location /x/ { CORS }", ["/x/", "/x/y"], ["/x", "/"]),
        ("location ~ \\.json$ { CORS }", ["/a.json", "/api/a.json"], ["/a.JSON", "/a"]),
        ("location ~* \\.json$ { CORS }", ["/a.json", "/a.JSON"], ["/a"]),
        ("location ^~ /x { CORS } location ~ y { }", ["/x/y"], ["/y"]),
        ("location /x { CORS } location ~ y { }", ["/x/z"], ["/x/y"]),
        ("location /x { location ~ y { CORS } }", ["/x/y"], ["/x", "/y"]),
        ("location /x { CORS location /x/y { add_header X 1; } }", ["/x", "/x/z"], ["/x/y"]),
        ("location @up { CORS } location /x { try_files $uri @up; }", ["/x"], ["/y"]),
        ("location /y { CORS } location /x { rewrite ^/x(.*)$ /y$1 last; }", ["/x/1", "/y"], ["/z"]),
    ],
)
def test_the_paths_a_policy_speaks_for(location: str, covered: list[str], not_covered: list[str]) -> None:
    body = location.replace("CORS", "add_header Access-Control-Allow-Origin *;")
    found = policy(f"server {{ {body} location /api {{ add_header X 1; }} location = /old {{ return 410; }} }}")
    assert [path for path in covered if not found.covers(path)] == []
    assert [path for path in not_covered if found.covers(path)] == []


def test_a_policy_names_a_url_it_answers() -> None:
    found = policy("server { location /v1/items/ { add_header Access-Control-Allow-Origin *; } }")
    assert found.url == "https://api.example/v1/items/"


# Facts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a location drops the list of the server
        (
            """server {
    add_header Access-Control-Allow-Origin *;
    location /api {
        add_header X-Frame-Options DENY;
        proxy_pass http://a;
    }
}""",
            [("headers-not-inherited", 4)],
        ),
        # an if drops the list of its location
        (
            """server { location / {
    add_header Access-Control-Allow-Origin *;
    if ($arg_debug) {
        add_header X-Debug 1;
    }
    proxy_pass http://a;
} }""",
            [("headers-not-inherited", 4)],
        ),
        # the commonest of all: the answer to OPTIONS has a list of its own
        (
            """server { location / {
    add_header Access-Control-Allow-Origin *;
    if ($request_method = OPTIONS) {
        add_header Access-Control-Max-Age 600;
        return 204;
    }
    proxy_pass http://a;
} }""",
            [("incomplete-preflight", 4)],
        ),
        # add_header_inherit off
        (
            """server {
    add_header Access-Control-Allow-Origin *;
    location /api {
        add_header_inherit off;
        proxy_pass http://a;
    }
}""",
            [("headers-not-inherited", 4)],
        ),
        # `on` is the default and joins nothing
        (
            """server {
    add_header Access-Control-Allow-Origin *;
    location /api {
        add_header_inherit on;
        add_header X 1;
        proxy_pass http://a;
    }
}""",
            [("headers-not-inherited", 5)],
        ),
        # credentials are dropped where the origin is allowed
        (
            """server { location / {
    add_header Access-Control-Allow-Credentials true;
    if ($http_origin ~ a) {
        add_header Access-Control-Allow-Origin $http_origin;
    }
    proxy_pass http://a;
} }""",
            [("headers-not-inherited", 4)],
        ),
        # a named location is no child
        (
            """server {
    location / {
        add_header Access-Control-Allow-Origin *;
        try_files $uri @app;
    }
    location @app { proxy_pass http://a; }
}""",
            [("headers-not-inherited", 4)],
        ),
        # the error page of a gateway
        (
            """server {
    error_page 502 /sorry.html;
    location / {
        add_header Access-Control-Allow-Origin * always;
        proxy_pass http://a;
    }
    location = /sorry.html { internal; }
}""",
            [("headers-missing-on-errors", 2)],
        ),
        # methods without headers
        (
            """server { location / {
    if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Origin *;
        add_header Access-Control-Allow-Methods "GET, PUT";
        return 204;
    }
    if ($request_method = GET) {
        add_header Access-Control-Allow-Origin *;
    }
    proxy_pass http://a;
} }""",
            [("incomplete-preflight", 4)],
        ),
        # two directives that both add the header
        (
            """server {
    more_set_headers 'Access-Control-Allow-Origin: *';
    location / {
        add_header Access-Control-Allow-Origin *;
    }
}""",
            [("duplicate-cors-layer", 4)],
        ),
        # a copy of the header of the server behind
        (
            """server { location / {
    add_header Access-Control-Allow-Origin $upstream_http_access_control_allow_origin;
    proxy_pass http://a;
} }""",
            [("duplicate-cors-layer", 2)],
        ),
        # a copy of the flag that must be sent once
        (
            """server { location / {
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Allow-Credentials $upstream_http_access_control_allow_credentials;
    proxy_pass http://a;
} }""",
            [("duplicate-cors-layer", 3)],
        ),
        # copies of lists, of which browsers read all lines
        (
            """server { location / {
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Allow-Methods $upstream_http_access_control_allow_methods;
    add_header Access-Control-Expose-Headers $upstream_http_access_control_expose_headers;
    proxy_pass http://a;
} }""",
            [],
        ),
        # a value that is replaced
        (
            """server { location / {
    more_set_headers 'Access-Control-Allow-Origin: https://a.example';
    more_set_headers 'Access-Control-Allow-Origin: https://b.example';
} }""",
            [("shadowed-setting", 2)],
        ),
        # an include that is not there
        (
            """server { location / {
    add_header Access-Control-Allow-Origin *;
    include snippets/security-headers.conf;
} }""",
            [("undetermined", 3)],
        ),
        # a directive that nginx refuses
        (
            """server {
    add_header Access-Control-Allow-Origin *;
    if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Methods PUT;
        return 204;
    }
    location / { proxy_pass http://a; }
}""",
            [("rejected-configuration", 4)],
        ),
    ],
)
def test_facts(text: str, expected: list[tuple[str, int]]) -> None:
    assert sorted({fact for one in policies(text) for fact in facts(one)}) == expected


@pytest.mark.parametrize(
    "text",
    [
        # a single-page application with its API
        """server {
    add_header Access-Control-Allow-Origin https://app.example.com always;
    location / { try_files $uri $uri/ /index.html; add_header Cache-Control no-cache; }
    location = /index.html { add_header Cache-Control no-store; }
    location /api { proxy_pass http://a; }
}""",
        # a single-page application that falls back on its page
        """server { location / { add_header Access-Control-Allow-Origin *; try_files $uri /index.html; } }""",
        # fonts for everyone
        """server {
    add_header X-Frame-Options DENY;
    location ~* \\.(woff2?|ttf|eot)$ { add_header Access-Control-Allow-Origin *; expires 1y; }
    location / { proxy_pass http://a; }
}""",
        # OPTIONS and the rest, each with the whole list
        """server { location / {
    if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Origin *;
        add_header Access-Control-Allow-Methods "GET, PUT";
        return 204;
    }
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Expose-Headers X-Total;
    proxy_pass http://a;
} }""",
        # lists are joined
        """http { add_header_inherit merge;
    server { add_header Access-Control-Allow-Origin *; location / { add_header X 1; proxy_pass http://a; } } }""",
        # the headers are included again
        """server { add_header Access-Control-Allow-Origin *;
    location / { add_header X 1; add_header Access-Control-Allow-Origin *; proxy_pass http://a; } }""",
        # headers-more has no lists
        """server { more_set_headers 'Access-Control-Allow-Origin: *';
    location / { add_header X 1; proxy_pass http://a; } }""",
        # other things do not break a list
        """server { add_header Access-Control-Allow-Origin *;
    location / { expires 1d; proxy_set_header X 1; proxy_pass http://a; } }""",
        # redirects and refusals need no headers
        """server { add_header Access-Control-Allow-Origin *;
    location /old { add_header X 1; return 301 /new; }
    location /.git { add_header X 1; deny all; }
    location = /robots.txt { add_header X 1; }
    location /healthz { add_header Content-Type text/plain; return 200 ok; }
    if ($host = old.example) { return 301 https://new.example; } }""",
        # the error page inherits the headers
        """server { add_header Access-Control-Allow-Origin * always; error_page 502 /sorry.html;
    location / { proxy_pass http://a; } location = /sorry.html { internal; } }""",
        # a fallback with the headers
        """server {
    location / { add_header Access-Control-Allow-Origin *; try_files $uri @app; }
    location @app { add_header Access-Control-Allow-Origin *; proxy_pass http://a; } }""",
        # the copy replaces what it copies
        """server { location / { proxy_hide_header Access-Control-Allow-Origin;
    add_header Access-Control-Allow-Origin $upstream_http_access_control_allow_origin; proxy_pass http://a; } }""",
        # files that hold no headers
        """server { include mime.types; location ~ \\.php$ { add_header Access-Control-Allow-Origin *;
    include fastcgi_params; include snippets/fastcgi-php.conf; fastcgi_pass a; } }""",
        # a value for some statuses does not replace the other
        """server { more_set_headers -s 200 'Access-Control-Allow-Origin: *';
    more_set_headers -s 404 'Access-Control-Allow-Origin: *'; }""",
    ],
)
def test_no_facts(text: str) -> None:
    assert [fact for one in policies(text) for fact in facts(one)] == []


# What has nothing to say


@pytest.mark.parametrize(
    "text",
    [
        "server { listen 80; add_header X-Frame-Options DENY; }",
        "server { # add_header Access-Control-Allow-Origin *;\n location / { add_header X 1; } }",
        "server { location / { add_header Cross-Origin-Opener-Policy same-origin; } }",
        "server { location / { proxy_hide_header Access-Control-Allow-Origin; add_header X 1; } }",
        "server { location / { proxy_set_header Access-Control-Allow-Origin *; add_header X 1; } }",
        "server { add_header X 1; location / { proxy_pass http://a; }\n",
        "",
    ],
)
def test_a_file_without_cors_headers_gives_nothing(text: str) -> None:
    assert read_all({"nginx.conf": text}) == []


def test_a_file_in_another_language_is_left_alone() -> None:
    assert not nginx.FILES.search("app/cors.py")
    assert not nginx.FILES.search("docs/nginx.md")
    assert nginx.FILES.search("deploy/site")
    assert nginx.FILES.search("deploy/site.conf.template")
    text = 'class A:\n    def f(self):\n        self.add_header("Access-Control-Allow-Origin", "*");\n'
    assert read_all({"some/program": text}) == []


def test_a_file_of_any_name_is_read_for_its_directives() -> None:
    found = read_all({"deploy/site": "server { location / { add_header Access-Control-Allow-Origin *; } }"})
    assert [shown(one.entries()) for one in found if isinstance(one, Policy)] == [["any"]]


# Fragments and includes


def test_a_fragment_of_locations() -> None:
    found = policy("location /api { add_header Access-Control-Allow-Origin *; proxy_pass http://a; }")
    assert found.name == "location /api"


def test_a_fragment_of_directives() -> None:
    (found,) = read_all({"snippets/cors.conf": "add_header Access-Control-Allow-Origin *;\n"})
    assert isinstance(found, Policy)
    assert (found.name, found.key) == ("snippet cors.conf", "snippet cors.conf")
    assert found.covers("/whatever")


def test_a_fragment_is_judged_where_it_is_included() -> None:
    found = read_all(
        {
            "nginx.conf": "http { include conf.d/*.conf; add_header X 1; }",
            "conf.d/app.conf": "server { include cors.inc; location /a { add_header X-A 1; proxy_pass http://a; } }",
            "cors.inc": "add_header Access-Control-Allow-Origin *;\n",
        }
    )
    assert [one.name for one in found if isinstance(one, Policy)] == ["server"]
    assert [facts(one) for one in found if isinstance(one, Policy)] == [[("headers-not-inherited", 1)]]


def test_a_root_without_headers_speaks_through_the_file_that_has_them() -> None:
    found = read_all(
        {
            "conf/nginx.conf": "http { server { include cors.inc; } }",
            "conf/cors.inc": "add_header Access-Control-Allow-Origin *;\n",
        }
    )
    assert len([one for one in found if isinstance(one, Policy)]) == 1


def test_headers_of_http_that_every_server_drops() -> None:
    found = read_all(
        {
            "nginx.conf": "http { add_header Access-Control-Allow-Origin *; include sites-enabled/*; }",
            "sites-enabled/app": "server { server_name a.example; add_header X-Frame-Options DENY; }",
        }
    )
    assert [(one.name, facts(one)) for one in found if isinstance(one, Policy)] == [
        ("http", [("headers-not-inherited", 1)])
    ]
    assert [one.facts[0].labels[0].span.path for one in found if isinstance(one, Policy)] == ["sites-enabled/app"]


@pytest.mark.parametrize(
    "text",
    [
        "http { add_header Access-Control-Allow-Origin *; server { add_header X 1; location / { return 200; } } }",
        "server { add_header Access-Control-Allow-Origin *; location / { add_header X 1; proxy_pass http://a; } }",
    ],
)
def test_headers_that_no_answer_carries(text: str) -> None:
    found = policy(text)
    assert shown(found.entries()) == ["any"]
    assert not found.covers("/")
    assert found.respond(
        Request("https://a.example", "https://api.example/", headers=(("Origin", "https://a.example"),))
    ) == (Response(200))
    assert [kind for kind, _ in facts(found)] == ["headers-not-inherited"]


def test_a_map_in_a_file_beside_it() -> None:
    found = read_all(
        {
            "conf.d/00-map.conf": "map $http_origin $cors { https://a.example $http_origin; }",
            "conf.d/app.conf": "server { add_header Access-Control-Allow-Origin $cors; }",
        }
    )
    assert [shown(one.entries()) for one in found if isinstance(one, Policy)] == [["https://a.example (any case)"]]


@pytest.mark.parametrize(
    ("include", "path"),
    [
        ("cors.inc", "nginx/cors.inc"),
        ("snippets/cors.inc", "nginx/snippets/cors.inc"),
        ("/etc/nginx/snippets/cors.inc", "nginx/snippets/cors.inc"),
        ("/etc/nginx/snippets/cors.inc", "docker/rootfs/etc/nginx/snippets/cors.inc"),
        ("/usr/local/openresty/nginx/conf/cors.inc", "nginx/cors.inc"),
        ("/opt/elsewhere/cors.inc", "other/cors.inc"),
        ("snippets/*.inc", "nginx/snippets/cors.inc"),
        ("/etc/nginx/snippets/*.inc", "docker/snippets/cors.inc"),
        ("cors.inc", "nginx/cors.inc.template"),
        ("cors.inc", "nginx/cors.inc.j2"),
        ("../shared/cors.inc", "shared/cors.inc"),
    ],
)
def test_an_include_finds_its_file(include: str, path: str) -> None:
    found = read_all(
        {
            "nginx/nginx.conf": (
                f"http {{ server {{ server_name a.example; include {include}; location /b {{ add_header X 1; }} }} }}"
            ),
            path: "add_header Access-Control-Allow-Origin *;\n",
        }
    )
    assert [one.name for one in found if isinstance(one, Policy)] == ["server a.example"]


# What could not be read


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            "location / {\n add_header Access-Control-Allow-Origin *\n add_header X 1;\n}",
            2,
            "`;` is missing after `*`, so nginx refuses this file",
        ),
        (
            "location / {\n index a\n add_header Access-Control-Allow-Origin *;\n}",
            2,
            "`;` is missing after `a`, and nginx takes the next line for more of `index`",
        ),
        (
            "server {\n location / {\n  add_header Access-Control-Allow-Origin *;\n",
            2,
            "`location` is never closed: `}` is missing, so nginx refuses this file (and 1 more such places)",
        ),
        (
            "location / {\n content_by_lua_block { ngx.header['Access-Control-Allow-Origin'] = '*' }\n"
            " add_header X 1;\n}",
            2,
            "CORS headers that Lua code sets are not read",
        ),
        (
            "{% if a %}\nadd_header X 1;\n{% else %}\nadd_header Access-Control-Allow-Origin *;\n{% endif %}",
            4,
            "CORS headers in the other branch of a template condition are not read",
        ),
    ],
)
def test_what_could_not_be_read_is_said(text: str, line: int, reason: str) -> None:
    found = [one for one in read_all({"nginx.conf": text}) if isinstance(one, Unread)]
    assert [(one.span.line, one.reason) for one in found if one.span] == [(line, reason)]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            "location / {\n if ($request_method=GET) {\n  add_header Access-Control-Allow-Origin *;\n }\n}",
            2,
            "nginx refuses this `if`: `$request_method=GET` is no variable, an operator needs spaces around it",
        ),
        (
            "location / {\n add_header Access-Control-Allow-Methods GET, POST;\n}",
            2,
            "nginx refuses `POST` here: the only third argument of `add_header` is `always`",
        ),
    ],
)
def test_what_nginx_refuses_is_a_policy_that_answers_nothing(text: str, line: int, reason: str) -> None:
    (policy,) = (one for one in read_all({"nginx.conf": text}) if isinstance(one, Policy))
    refused = [fact for fact in policy.facts if fact.kind == "rejected-configuration"]
    assert [(fact.labels[0].span.line, fact.text) for fact in refused] == [(line, reason)]
    assert policy.ask(Request("https://app.example", policy.url)) is None


def test_the_rest_of_a_broken_file_is_read() -> None:
    found = read_all(
        {
            "nginx.conf": "server {\n  location /a {\n    add_header Access-Control-Allow-Origin *;\n\n"
            "  location /b {\n    add_header Access-Control-Allow-Origin https://b.example;\n  }\n}\n"
        }
    )
    assert [(one.name, shown(one.entries())) for one in found if isinstance(one, Policy)] == [
        ("location /a of server", ["any"]),
        ("location /b of server", ["https://b.example"]),
    ]


# add_header_inherit, which nginx has since 1.29.3: the answers below are those of nginx 1.31.3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "add_header_inherit merge; add_header Access-Control-Allow-Origin *;"
            " location / { add_header Vary Origin; proxy_pass http://a; }",
            [("Vary", "Origin"), ("Access-Control-Allow-Origin", "*")],
        ),
        (
            "add_header Access-Control-Allow-Origin *;"
            " location / { add_header_inherit merge; add_header Access-Control-Allow-Origin https://b.example;"
            " return 200; }",
            [("Access-Control-Allow-Origin", "https://b.example"), ("Access-Control-Allow-Origin", "*")],
        ),
        (
            "add_header_inherit merge; add_header Access-Control-Allow-Origin *;"
            " location / { if ($request_method = GET) { add_header Vary Origin; } proxy_pass http://a; }",
            [("Vary", "Origin"), ("Access-Control-Allow-Origin", "*")],
        ),
        (
            "add_header_inherit on; add_header Access-Control-Allow-Origin *; add_header Vary Origin;"
            " location / { add_header Access-Control-Allow-Credentials true; return 200; }",
            [("Access-Control-Allow-Credentials", "true")],
        ),
        (
            "add_header Access-Control-Allow-Origin *; location / { add_header_inherit off; add_header Vary Origin;"
            " add_header Access-Control-Max-Age 1; return 200; }",
            [("Vary", "Origin"), ("Access-Control-Max-Age", "1")],
        ),
    ],
)
def test_joined_lists(text: str, expected: list[tuple[str, str]]) -> None:
    request = Request("https://a.example", "https://api.example/", headers=(("Origin", "https://a.example"),))
    covering = [one for one in policies(f"server {{ {text} }}") if one.covers("/")]
    assert [list(one.respond(request).headers) for one in covering] == [expected]


# What is answered at which path


PREFLIGHTS_ELSEWHERE = """server {
    location / {
        error_page 418 = @cors;
        if ($request_method = OPTIONS) { return 418; }
        proxy_pass http://a;
    }
    location @cors {
        add_header Access-Control-Allow-Origin https://app.example;
        add_header Access-Control-Allow-Methods PUT;
        return 204;
    }
    location /closed { return 403; }
}"""


def test_a_location_for_preflights_speaks_for_the_paths_they_are_sent_to() -> None:
    (policy,) = policies(PREFLIGHTS_ELSEWHERE)
    assert policy.covers("/items")
    assert not policy.covers("/closed")
    origin = ("Origin", "https://app.example")
    preflight = Request("https://app.example", "https://api.example/items", "OPTIONS", (origin,))
    assert policy.respond(preflight) == Response(
        204,
        (
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Allow-Methods", "PUT"),
        ),
    )
    # What the server behind nginx sends with its own answers is in no file.
    with pytest.raises(UndecidedError):
        policy.respond(Request("https://app.example", "https://api.example/items", "GET", (origin,)))


@pytest.mark.parametrize(
    "code",
    [
        "return 301 https://www.example.com$request_uri;",
        "return 302 /login;",
        "rewrite ^ https://www.example.com/ permanent;",
        "error_page 404 https://www.example.com/; return 404;",
    ],
)
def test_a_preflight_that_is_redirected_is_refused_for_that(code: str) -> None:
    text = f"server {{ location / {{ add_header Access-Control-Allow-Origin * always; {code} }} }}"
    (policy,) = policies(text)
    proof = policy.ask(Request("https://app.example", policy.url, "PUT"))
    assert proof is not None
    assert proof.verdict.error == "PreflightDisallowedRedirect"


@pytest.mark.parametrize("handler", ["vod hls;", "rtmp_stat all;", "echo hello;"])
def test_what_a_module_from_elsewhere_answers_to_a_preflight_is_not_known(handler: str) -> None:
    text = f"server {{ location / {{ add_header Access-Control-Allow-Origin *; {handler} }} }}"
    (policy,) = policies(text)
    assert policy.ask(Request("https://app.example", policy.url)) is not None
    assert policy.preflight.answered_by == "unknown"


def test_a_login_that_lets_preflights_pass_blocks_none() -> None:
    text = """server {
        location / {
            auth_request /auth;
            add_header Access-Control-Allow-Origin https://app.example always;
            proxy_pass http://a;
        }
        location = /auth {
            if ($request_method = OPTIONS) { return 200; }
            proxy_pass http://login;
        }
    }"""
    (policy,) = policies(text)
    assert policy.preflight.blocked_by is None
    (policy,) = policies(text.replace("OPTIONS", "HEAD"))
    assert policy.preflight.blocked_by is not None
