"""The nginx reader: words as nginx cuts them, blocks as nginx nests them, and the rest of a file after a mistake."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import crossplane  # type: ignore[import-untyped]
import pytest

from corslint.source import Source
from corslint.syntax.nginx import MAX_DEPTH, MAX_WORDS, Directive, Tree, parse, parse_part

Shape = list[object]


def read(text: str) -> Tree:
    return parse(Source("nginx.conf", text))


def shape(directives: Iterable[Directive]) -> Shape:
    """Name and arguments, and the block's shape where there is one."""
    return [[one.name.value, *one.values] + ([shape(one.block)] if one.block is not None else []) for one in directives]


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.span.line, problem.message) for problem in read(text).problems]


# Placeholders


def test_a_placeholder_on_a_line_of_its_own_stands_for_directives() -> None:
    tree = read("http {\n  ${VARIANTS}\n  server { listen ${PORT}; }\n  ${MORE}\n}\n")
    assert [tag.text for tag in tree.tags] == ["${VARIANTS}", "${MORE}"]
    assert shape(tree.directives) == [["http", [["server", [["listen", "${PORT}"]]]]]]
    assert tree.problems == ()


@pytest.mark.parametrize("text", ["${lower}\n}", "log_format a\n  b\n  ${B};\n", "${A} on;\n"])
def test_a_placeholder_among_words_is_one_of_them(text: str) -> None:
    assert read(text).tags == ()


# Words


def test_a_directive_is_a_name_and_its_arguments() -> None:
    assert shape(read("add_header X-A 1 always;").directives) == [["add_header", "X-A", "1", "always"]]


def test_quotes_go_and_the_mark_is_remembered() -> None:
    words = read("""add_header "X-A" 'b c' d;""").directives[0].args
    assert [(word.value, word.quote) for word in words] == [("X-A", '"'), ("b c", "'"), ("d", "")]


def test_the_span_of_a_word_holds_its_quotes() -> None:
    assert read('set $a "b c";').directives[0].args[1].span.text == '"b c"'


def test_line_and_column_are_those_of_the_word() -> None:
    span = read("server {\n    add_header  X-A 'é b';\n}\n").directives[0].block[0].args[1].span  # type: ignore[index]
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 21, 2, 26)


def test_the_span_of_a_directive_ends_with_its_semicolon_and_the_head_before_it() -> None:
    directive = read("  add_header A b ; # c").directives[0]
    assert directive.span.text == "add_header A b ;"
    assert directive.head.text == "add_header A b"


def test_the_span_of_a_block_ends_with_its_brace_and_the_head_before_it() -> None:
    directive = read("location /a { return 204; } # c").directives[0]
    assert directive.span.text == "location /a { return 204; }"
    assert directive.head.text == "location /a"
    assert directive.body is not None
    assert directive.body.text == " return 204; "


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r"\.", r"\."),
        (r"\\.", r"\."),
        (r'"\."', r"\."),
        (r'"\\."', r"\."),
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r"a\ b", r"a\ b"),
        (r"a\;b", r"a\;b"),
        (r"a\{b", r"a\{b"),
        (r'"a\tb\r\nc"', "a\tb\r\nc"),
        (r"\d+\w", r"\d+\w"),
    ],
)
def test_backslashes_are_resolved_as_nginx_resolves_them(written: str, kept: str) -> None:
    assert read(f"x {written};").directives[0].values == (kept,)


def test_a_quote_inside_an_unquoted_word_is_a_character() -> None:
    assert shape(read("""x a"b c'd;""").directives) == [["x", 'a"b', "c'd"]]


def test_a_hash_inside_a_word_is_no_comment() -> None:
    tree = read("x a#b; # c\n")
    assert shape(tree.directives) == [["x", "a#b"]]
    assert [comment.text for comment in tree.comments] == ["# c"]


def test_a_quoted_word_may_run_over_lines() -> None:
    assert read('add_header H "a,\n  b";').directives[0].values == ("H", "a,\n  b")


def test_a_parenthesis_may_follow_a_quote() -> None:
    directive = read('if ($request_method = "OPTIONS") { return 204; }').directives[0]
    assert directive.values == ("($request_method", "=", "OPTIONS", ")")


def test_braces_in_a_variable_or_a_quoted_pattern_open_no_block() -> None:
    tree = read('location ~ "^/[0-9]{3}/" { add_header A ${http_origin}; proxy_pass http://u/${1}x; }')
    assert shape(tree.directives) == [
        ["location", "~", "^/[0-9]{3}/", [["add_header", "A", "${http_origin}"], ["proxy_pass", "http://u/${1}x"]]]
    ]


def test_a_braced_variable_and_the_word_after_it_stay_two_words() -> None:
    assert read("add_header A ${ORIGIN} always;").directives[0].values == ("A", "${ORIGIN}", "always")


def test_a_default_inside_a_braced_variable_may_hold_a_space() -> None:
    assert read("add_header A ${ORIGIN:-a b} always;").directives[0].values == ("A", "${ORIGIN:-a b}", "always")


def test_comments_are_kept_in_order_without_their_line_ending() -> None:
    tree = read("# one\r\nserver { # two\r\n # three\n}\n#")
    assert [comment.text for comment in tree.comments] == ["# one", "# two", "# three", "#"]


def test_a_comment_swallows_braces_and_semicolons() -> None:
    assert shape(read("server { # } ; {\n listen 80; }").directives) == [["server", [["listen", "80"]]]]


def test_a_byte_order_mark_and_windows_line_endings_change_nothing() -> None:
    assert shape(read("\ufeffserver {\r\n  listen 80;\r\n}\r\n").directives) == [["server", [["listen", "80"]]]]


def test_a_fragment_needs_no_server_around_it() -> None:
    assert shape(read("location / { }\nadd_header A b;").directives) == [
        ["location", "/", []],
        ["add_header", "A", "b"],
    ]


def test_an_empty_file_holds_nothing() -> None:
    assert read("").directives == ()
    assert read(" \n# x\n").problems == ()


def test_walk_gives_every_directive_in_the_order_of_the_file() -> None:
    tree = read("a; b { c; d { e; } } f;")
    assert [directive.name.value for directive in tree.walk()] == ["a", "b", "c", "d", "e", "f"]


def test_a_part_of_a_source_keeps_the_positions_of_the_whole() -> None:
    source = Source("ingress.yaml", "snippet: |\n  add_header A b;\nother: }")
    tree = parse_part(source, 10, 29)
    assert shape(tree.directives) == [["add_header", "A", "b"]]
    assert tree.directives[0].span.line == 2
    assert tree.problems == ()


# Lua


@pytest.mark.parametrize(
    "code",
    [
        "if x then return { a = 1 } end",
        'ngx.say("}")',
        "ngx.say('{')",
        r"ngx.say('\'}')",
        "-- a remark }\n",
        "--[[ two\n lines } ]] ngx.say(1)",
        "local s = [[ } ]]",
        "local s = [==[ ]] } ]==]",
        "local t = a[b[1]]",
    ],
)
def test_the_code_of_a_lua_block_is_stepped_over(code: str) -> None:
    tree = read(f"location / {{ content_by_lua_block {{ {code} }} add_header A b; }} listen 80;")
    assert shape(tree.directives) == [
        ["location", "/", [["content_by_lua_block", []], ["add_header", "A", "b"]]],
        ["listen", "80"],
    ]
    assert tree.problems == ()
    block = tree.directives[0].block
    assert block is not None
    assert block[0].body is not None
    assert block[0].body.text.strip() == code.strip()


def test_a_lua_block_that_is_never_closed_is_reported_at_its_brace() -> None:
    assert problems("content_by_lua_block {\n ngx.say('}')\n") == [
        (1, "`content_by_lua_block` is never closed: `}` is missing")
    ]


# Templates


def test_a_template_tag_is_part_of_the_word_it_stands_in() -> None:
    directive = read("server_name {{ host }}.{{ zone | default('a b') }} x;").directives[0]
    assert directive.values == ("{{ host }}.{{ zone | default('a b') }}", "x")
    assert [word.templated for word in directive.args] == [True, False]


def test_a_template_tag_in_quotes_marks_the_word() -> None:
    assert read('add_header A "{{ origin }}" always;').directives[0].args[1].templated


@pytest.mark.parametrize(
    "tags",
    [
        ("{% if cors %}", "{% endif %}"),
        ("{%- for o in origins -%}", "{%- endfor -%}"),
        ("{{ if .cors }}", "{{ end }}"),
        ("{{- range $o := .origins }}", "{{- end -}}"),
        ("{{#if cors}}", "{{/if}}"),
        ("<% if @cors -%>", "<% end -%>"),
        ("[[ if .cors ]]", "[[ end ]]"),
        ("[[- range $i, $o := .origins ]]", "[[- end ]]"),
    ],
)
def test_what_a_template_condition_holds_is_read(tags: tuple[str, str]) -> None:
    tree = read(f"server {{\n  {tags[0]}\n  add_header A b;\n  {tags[1]}\n}}\n")
    assert shape(tree.directives) == [["server", [["add_header", "A", "b"]]]]
    assert [tag.text for tag in tree.tags] == list(tags)
    assert tree.problems == ()


def test_a_tag_of_consul_template_is_part_of_a_word() -> None:
    tree = read("upstream stream {\n  server [[ $s.Address ]]:[[ $s.Port ]] backup; # [[ $s.Node ]]\n}\n")
    (server,) = tree.directives[0].block or ()
    assert server.values == ("[[ $s.Address ]]:[[ $s.Port ]]", "backup")
    assert [word.templated for word in server.args] == [True, False]
    assert tree.problems == ()


@pytest.mark.parametrize("word", ["^/[[:alpha:]]+$", "[a-z]", "[[a-z]]", "^/x[[\\]]", "[::]:80", "a[["])
def test_brackets_without_white_space_are_no_tag(word: str) -> None:
    tree = read(f"location ~ {word} {{ return 204; }}\n")
    assert tree.directives[0].values == ("~", word)
    assert not any(argument.templated for argument in tree.directives[0].args)
    assert tree.problems == ()
    assert tree.tags == ()


def test_two_brackets_that_nothing_closes_are_no_tag() -> None:
    assert read("return 200 [[ x;").tags == ()


def test_the_else_branch_of_a_template_condition_is_left_out() -> None:
    tree = read("{% if a %}\nserver {\n{% else %}\nserver { listen 443; {% if b %} x; {% endif %}\n{% endif %}\n}\n")
    assert shape(tree.directives) == [["server", []]]
    assert [span.text.split() for span in tree.skipped] == [
        ["server", "{", "listen", "443;", "{%", "if", "b", "%}", "x;", "{%", "endif", "%}"]
    ]
    assert tree.problems == ()


def test_a_tag_alone_on_its_line_is_no_directive() -> None:
    tree = read("server {\n  {{ extra_config }}\n  listen 80;\n}")
    assert shape(tree.directives) == [["server", [["listen", "80"]]]]


def test_a_tag_that_stands_for_a_directive_name_is_one() -> None:
    assert read("{{ directive }} on;").directives[0].templated


def test_template_comments_are_comments() -> None:
    tree = read("{# two\n lines } #}\nserver { {# one #} listen 80; }")
    assert shape(tree.directives) == [["server", [["listen", "80"]]]]
    assert [comment.text for comment in tree.comments] == ["{# two\n lines } #}", "{# one #}"]


def test_a_comment_right_after_a_brace_is_nginx_own() -> None:
    tree = read("location / {# all of it\n  return 204;\n}")
    assert shape(tree.directives) == [["location", "/", [["return", "204"]]]]
    assert [comment.text for comment in tree.comments] == ["# all of it"]


# Mistakes


def test_a_missing_semicolon_is_reported_and_both_directives_are_read() -> None:
    text = "location / {\n  add_header A b\n  add_header C d;\n}"
    assert shape(read(text).directives) == [["location", "/", [["add_header", "A", "b"], ["add_header", "C", "d"]]]]
    assert problems(text) == [(2, "`;` is missing after `b`")]


def test_after_a_missing_semicolon_nginx_reads_on_where_anything_is_an_argument() -> None:
    text = 'more_clear_headers "Server"\nadd_header A b;\nroot /a;'
    assert shape(read(text).directives) == [["more_clear_headers", "Server", "add_header", "A", "b"], ["root", "/a"]]
    (problem,) = read(text).problems
    assert (
        problem.message
        == '`;` is missing after `"Server"`, and nginx takes the next line for more of `more_clear_headers`'
    )
    assert not problem.refused
    assert shape(read("index a\nlocation / {\n}").directives) == [["index", "a"], ["location", "/", []]]
    assert problems("index a\nroot /a\nexpires 1d;") == [
        (1, "`;` is missing after `a`, and nginx takes the next line for more of `index`")
    ]


def test_a_missing_semicolon_before_a_brace() -> None:
    text = "location / { return 204 }"
    assert shape(read(text).directives) == [["location", "/", [["return", "204"]]]]
    assert problems(text) == [(1, "`;` is missing after `204`")]


def test_a_missing_semicolon_at_the_end() -> None:
    assert problems("listen 80") == [(1, "`;` is missing after `80`")]


def test_arguments_on_lines_of_their_own_are_no_missing_semicolon() -> None:
    text = 'server_name a.example\n  b.example;\nlog_format m "x"\n  "y";\nadd_header\n  A\n  b;'
    assert problems(text) == []


def test_a_block_left_open_ends_where_the_indentation_says() -> None:
    text = "server {\n  location /a {\n    add_header A b;\n\n  location /b {\n    listen 1;\n  }\n}\nserver { }\n"
    assert shape(read(text).directives) == [
        ["server", [["location", "/a", [["add_header", "A", "b"]]], ["location", "/b", [["listen", "1"]]]]],
        ["server", []],
    ]
    assert problems(text) == [(2, "`location` is never closed: `}` is missing")]


def test_a_block_left_open_at_the_end_is_reported_at_its_brace() -> None:
    assert problems("server {\n  listen 80;\n") == [(1, "`server` is never closed: `}` is missing")]


def test_without_indentation_a_server_in_a_server_tells_of_the_missing_brace() -> None:
    text = "server {\nlocation / {\nlisten 1;\n}\nserver {\nlisten 2;\n}\n"
    assert shape(read(text).directives) == [
        ["server", [["location", "/", [["listen", "1"]]]]],
        ["server", [["listen", "2"]]],
    ]


def test_servers_of_an_upstream_and_of_http_are_no_missing_brace() -> None:
    text = "http { upstream u { server a; server b; } server { } server { } } stream { server { } }"
    assert problems(text) == []


def test_a_brace_too_many_is_reported_and_the_rest_is_read() -> None:
    text = "server {\n  location /a {\n  }\n  }\n  location /b {\n  }\n}\n"
    assert shape(read(text).directives) == [["server", [["location", "/a", []], ["location", "/b", []]]]]
    assert problems(text) == [(4, "this `}` closes nothing")]


def test_a_brace_without_a_directive_is_reported_and_what_it_holds_is_read() -> None:
    assert shape(read("server { { listen 80; } }").directives) == [["server", [["listen", "80"]]]]
    assert problems("server { { listen 80; } }") == [(1, "this `{` belongs to no directive")]


def test_a_quote_left_open_ends_with_its_line() -> None:
    text = 'add_header A "b;\nadd_header C "d";\nadd_header E "f";\n'
    assert shape(read(text).directives) == [
        ["add_header", "A", "b"],
        ["add_header", "C", "d"],
        ["add_header", "E", "f"],
    ]
    assert problems(text) == [(1, 'the quote " opened here is never closed')]


def test_a_quote_left_open_to_the_end() -> None:
    assert shape(read("add_header A 'b;\nlisten 80;").directives) == [["add_header", "A", "b"], ["listen", "80"]]


def test_a_word_stuck_to_a_quote_is_reported() -> None:
    assert problems('add_header A "b"c;') == [(1, 'a space or `;` is missing after the closing "')]


def test_blocks_that_nest_too_deep_are_stepped_over() -> None:
    text = "a {" * (MAX_DEPTH + 3) + "x;" + "}" * (MAX_DEPTH + 3) + "listen 80;"
    assert problems(text) == [(1, f"blocks nest deeper than {MAX_DEPTH} levels; these are not read")]
    assert read(text).directives[-1].values == ("80",)


def test_a_file_with_too_many_words_is_read_up_to_there() -> None:
    tree = read("server { " + "a b;" * (MAX_WORDS // 2 + 1))
    assert [problem.message for problem in tree.problems] == [f"more than {MAX_WORDS} words; the rest is not read"]
    assert len(tree.directives[0].block or ()) == MAX_WORDS // 2 - 1


def test_a_large_file_is_read_in_linear_time() -> None:
    location = """
    location ~ ^/api/v{0}/(.*)\\.php$ {{
        add_header Access-Control-Allow-Origin "https://app{0}.example.com" always; # number {0}
        proxy_set_header Host $host;
        if ($request_method = 'OPTIONS') {{
            return 204;
        }}
    }}
"""
    text = "server {\n" + "".join(location.format(number) for number in range(4500)) + "}\n"
    assert len(text) > 1_000_000
    begin = time.process_time()
    tree = read(text)
    assert time.process_time() - begin < 5
    assert len(tree.directives[0].block or ()) == 4500
    assert tree.problems == ()


# Against crossplane, the reader nginx's own makers wrote

VALID = {
    "the default site": """
user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer"';
    access_log /var/log/nginx/access.log main;
    sendfile on;
    include /etc/nginx/conf.d/*.conf;
}
""",
    "cors in a location": """
server {
    listen 80;
    server_name api.example.com;
    location /api/ {
        if ($request_method = 'OPTIONS') {
            add_header 'Access-Control-Allow-Origin' '*';
            add_header 'Access-Control-Max-Age' 1728000;
            return 204;
        }
        add_header 'Access-Control-Allow-Origin' '*' always;
        proxy_pass http://backend;
    }
}
""",
    "a map of origins": r"""
map $http_origin $cors {
    default "";
    "~^https://([a-z0-9-]+\.)?example\.com$" $http_origin;
    ~*^https?://localhost(:\d+)?$ $http_origin;
    https://app.example.org $http_origin;
}
""",
    "maps with odd keys": r"""
map $uri $new {
    hostnames;
    volatile;
    default /index.html;
    \include /x;
    "~^/(?<year>[0-9]{4})/" /archive/$year;
    ~*\.(jpg|png)$ /img;
    "" /empty;
}
""",
    "patterns with braces": r"""
server {
    location ~ "^/[a-f0-9]{32}/(.{2,})$" { return 200 "{}"; }
    location ~* \.(?:css|js|woff2?)$ { expires 1y; }
    rewrite "^/u/([0-9]{1,9})$" /user?id=$1 last;
    if ($args ~ "^x=(\d{1,3})$") { return 403; }
}
""",
    "escapes": r"""
server {
    add_header X-A "say \"hi\"";
    add_header X-B 'it\'s';
    rewrite ^/a\.b$ /c\ d;
    location ~ \.php$ { return 404; }
    location ~ /\.(?!well-known) { deny all; }
}
""",
    "upstreams": """
upstream app {
    least_conn;
    server 10.0.0.1:8080 weight=3 max_fails=2;
    server unix:/run/app.sock backup;
    keepalive 32;
}
""",
    "fastcgi": r"""
location ~ [^/]\.php(/|$) {
    fastcgi_split_path_info ^(.+?\.php)(/.*)$;
    if (!-f $document_root$fastcgi_script_name) { return 404; }
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_pass unix:/run/php/php8.2-fpm.sock;
    include fastcgi_params;
}
""",
    "a spa": """
server {
    root /usr/share/nginx/html;
    index index.html;
    location / { try_files $uri $uri/ /index.html; }
    location = /index.html { add_header Cache-Control "no-store, max-age=0"; }
    error_page 500 502 503 504 /50x.html;
}
""",
    "types": "types {\n text/html html htm shtml;\n application/javascript js mjs;\n}\n",
    "geo": "geo $lan { default 0; 10.0.0.0/8 1; 192.168.0.0/16 1; ranges; }",
    "split_clients": 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }',
    "limit_except": "location / { limit_except GET POST { allow 10.0.0.0/8; deny all; } }",
    "limits": "limit_req_zone $binary_remote_addr zone=one:10m rate=1r/s;\nlimit_conn_zone $server_name zone=s:10m;",
    "conditions": """
server {
    if ($host != 'www.example.com') { return 301 https://www.example.com$request_uri; }
    if (!-e $request_filename) { rewrite ^ /index.php last; }
    if ($http_user_agent ~* "(bot|spider)") { return 403; }
    if ($slow) { set $limit_rate 4k; }
    if ($request_method !~ ^(GET|HEAD|POST)$ ) { return 405; }
}
""",
    "quotes everywhere": """
add_header "X-Frame-Options" "SAMEORIGIN" ;
add_header 'Content-Security-Policy' "default-src 'self'; img-src *";
""",
    "a long header over lines": """
add_header Access-Control-Allow-Headers
    "Authorization, Content-Type,
     X-Requested-With"
    always;
""",
    "tls": """
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    ssl_certificate /etc/letsencrypt/live/x/fullchain.pem; # managed by Certbot
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;
    add_header Strict-Transport-Security "max-age=63072000" always;
}
""",
    "websocket": """
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
location /ws { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; }
""",
    "json in a return": """
location = /health { default_type application/json; return 200 '{"status": "up", "n": [1, 2]}'; }
""",
    "comments in odd places": "server # one\n{ # two\n listen # three\n 80; # four\n} # five",
    "no spaces": "server{listen 80;location /{return 204;}}",
    "several on a line": "a 1;b 2;c{d 3;}e 4;",
    "tabs and blank lines": "\n\n\tserver\t{\n\n\t\tlisten\t80\t;\n\t}\n",
    "windows line endings": "server {\r\n  listen 80;\r\n  # x\r\n}\r\n",
    "mail and stream": """
stream { server { listen 53 udp; proxy_pass dns; } }
mail { server { listen 25; protocol smtp; } }
""",
    "variables": "set $a $b; set $c ${d}e; set $f $1$2; proxy_pass $scheme://$host:$server_port$request_uri;",
    "headers more": """
more_set_headers "Access-Control-Allow-Origin: $http_origin" -s '200 404';
more_clear_headers 'X-*';
""",
    "cache": "proxy_cache_path /var/cache levels=1:2 keys_zone=c:10m inactive=60m use_temp_path=off;",
    "error pages": "error_page 404 /404.html; error_page 500 502 =200 @fallback; error_page 401 = @login;",
    "named and nested locations": """
location / { location ~ \\.y$ { add_header X 1; } try_files $uri @up; }
location @up { proxy_pass http://u; }
""",
    "modifiers": """
location = / { } location ^~ /static/ { } location ~* \\.JPG$ { } location ~ ^/a { } location /b { }
""",
    "an unquoted url with a fragment": "return 301 https://example.com/#top;",
    "stars and globs": """
include /etc/nginx/conf.d/*.conf; include sites-enabled/[a-z]*;
server_name *.example.com .example.org ~^www\\d+;
""",
    "auth": """
location /admin {
    auth_basic "Members only"; auth_basic_user_file conf/htpasswd; satisfy any; allow 1.2.3.4; deny all;
}
""",
    "an empty argument": """add_header X ""; proxy_set_header Accept-Encoding ""; set $a '';""",
    "utf-8": 'add_header X-Straße "größe"; server_name münchen.example;',
    "numbers and units": "client_max_body_size 10m; keepalive_timeout 65s; proxy_read_timeout 1h30m;",
    "sub_filter": """sub_filter '<a href="http://127.0.0.1:8080/' '<a href="https://$host/'; sub_filter_once off;""",
}


def crossplane_shape(directives: list[dict[str, object]]) -> Shape:
    found: Shape = []
    for one in directives:
        if one["directive"] == "#":  # a comment between the words of a directive
            continue
        args = list(one["args"])  # type: ignore[call-overload]
        block = [crossplane_shape(one["block"])] if "block" in one else []  # type: ignore[arg-type]
        found.append([one["directive"], *args, *block])
    return found


def without_parentheses(shapes: Shape) -> Shape:
    """Crossplane drops the parentheses of `if`, the one thing in which it leaves what nginx's reader gives."""
    found: Shape = []
    for one in shapes:
        assert isinstance(one, list)
        name, *rest = one
        block = [without_parentheses(rest.pop())] if rest and isinstance(rest[-1], list) else []
        if name == "if":
            rest[0] = rest[0].removeprefix("(")
            rest[-1] = rest[-1].removesuffix(")")
            rest = [word for word in rest if word]
        found.append([name, *rest, *block])
    return found


@pytest.mark.parametrize("name", VALID)
def test_valid_files_read_as_crossplane_reads_them(name: str, tmp_path: Path) -> None:
    tree = read(VALID[name])
    assert tree.problems == ()
    path = tmp_path / "nginx.conf"
    path.write_bytes(VALID[name].encode())
    theirs = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False)
    assert theirs["errors"] == []
    assert without_parentheses(shape(tree.directives)) == crossplane_shape(theirs["config"][0]["parsed"])
