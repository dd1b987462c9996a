"""nginx configurations made to break a reader: each is read and asked within seconds, and nothing raises."""

from __future__ import annotations

import time

import pytest

from corslint.browser import Request
from corslint.collect import Listed, Project
from corslint.policy import Policy
from corslint.servers import nginx

SECONDS = 15
"""Of processor time, on a slow machine that is busy; a usual file takes milliseconds."""
ACAO = "add_header Access-Control-Allow-Origin"


def many(template: str, count: int) -> str:
    """A text, repeated with the number of the repetition in place of N."""
    return "".join(template.replace("N", str(number)) for number in range(count))


HOSTILE = {
    "200 conditions that nothing decides": f"location / {{ {many('if ($arg_N) { set $xN 1; } ', 200)} {ACAO} *; }}",
    "60 patterns for the origin": (
        f"location / {{ {many('if ($http_origin ~ aN) { set $x $http_origin; } ', 60)} {ACAO} $x; }}"
    ),
    "200 patterns with headers": f"location / {{ {many(f'if ($http_origin ~ aN) {{ {ACAO} $http_origin; }} ', 200)} }}",
    "a map of 20000 origins": (
        f"map $http_origin $c {{ {many('https://aN.example $http_origin; ', 20_000)} }}"
        f" server {{ {ACAO} $c; add_header Access-Control-Allow-Credentials $c; }}"
    ),
    "a map of 5000 patterns": (
        f"map $http_origin $c {{ {many('~^https://aN.example$ $http_origin; ', 5_000)} }}"
        f" server {{ {ACAO} $c; add_header Access-Control-Allow-Credentials $c;"
        " location / { proxy_pass http://x; } }"
    ),
    "50 maps of maps": (
        f"{many('map $mN $nN { a b; default $mN; } map $nN $mN { default $nN; } ', 50)} server {{ {ACAO} $m0; }}"
    ),
    "a chain of maps": (
        "".join(f"map $m{n} $m{n + 1} {{ a b; c d; default $m{n}; }} " for n in range(50))
        + f"server {{ {ACAO} $m50; }}"
    ),
    "maps of themselves": f"map $a $a {{ default $a; }} map $b $c {{ default $c$c; }} server {{ {ACAO} $a$c; }}",
    "a product of maps": (
        many(f"map $http_origin $pN {{ {''.join(f'~x{key}_N v{key}; ' for key in range(20))} }} ", 10)
        + f'server {{ {ACAO} "{many("$pN", 10)}"; }}'
    ),
    "5000 locations": (
        f"server {{ {ACAO} $http_origin; "
        f"{many('location /aN { proxy_pass http://x; if ($request_method = OPTIONS) { return 204; } } ', 5_000)} }}"
    ),
    "3000 policies": (
        f"server {{ {many(f'location /aN {{ {ACAO} https://aN.example; proxy_pass http://x; }} ', 3_000)} }}"
    ),
    "1000 patterns for paths": (
        f"server {{ {many(f'location ~ ^/aN {{ {ACAO} https://aN.example; proxy_pass http://x; }} ', 1_000)} }}"
    ),
    "a pattern that backtracks": (
        f'location / {{ if ($http_origin ~ "^(([a-z:/.])+.)+[A-Z]([a-z])+$") {{ {ACAO} $http_origin; }} }}'
    ),
    "a pattern that is none": f'location / {{ if ($http_origin ~ "(") {{ {ACAO} $http_origin; }} }}',
    "a pattern for methods that is none": f'location / {{ if ($request_method ~ "(") {{ {ACAO} $http_origin; }} }}',
    "a pattern for paths that is none": f"server {{ {ACAO} *; location ~ ( {{ proxy_pass http://x; }} }}",
    "rewriting in a circle": (
        f"server {{ {ACAO} *; location / {{ rewrite ^ /x last; }} location /x {{ rewrite ^ / last; }} }}"
    ),
    "a fallback on itself": (
        f"server {{ {ACAO} *; location / {{ try_files $uri @a; }} location @a {{ try_files $uri @a; }} }}"
    ),
    "fallbacks in a circle": (
        f"server {{ {ACAO} *; location / {{ try_files $uri /a; }} location /a {{ try_files $uri /b; }}"
        " location /b { try_files $uri /a; } }"
    ),
    "error pages in a circle": (
        f"server {{ recursive_error_pages on; error_page 404 @a; {ACAO} *; location / {{ return 404; }}"
        " location @a { return 404; } }"
    ),
    "60 locations inside each other": f"server {{ {'location / { ' * 60}{ACAO} *; {'}' * 61}",
    "a value that doubles 40 times": f"location / {{ set $a x; {'set $a $a$a; ' * 40}{ACAO} $a; }}",
    "a file that includes itself": f"server {{ include nginx.conf; {ACAO} *; location / {{ include nginx.conf; }} }}",
    "a snippet that includes itself a thousand times": f"location / {{ {ACAO} *; {'include nginx.conf; ' * 1_000}}}",
    "directives without arguments": (
        f"{ACAO}; add_header; more_set_headers; more_set_headers -s; more_clear_headers -t; error_page; error_page 404;"
        " return; rewrite; set; set $a; if; if () {} limit_except {} location {} map {} map $a {} map $a $b { }"
        " try_files; deny; auth_basic; add_header_inherit; server_name; listen; rewrite a b c d; proxy_pass;"
        ' return abc; location a b c { } more_set_headers -s x "Access-Control-Allow-Origin: *";'
    ),
    "directives with odd arguments": (
        f"server {{ {ACAO} *; error_page 404 = ; error_page = x; return 99999; location / {{ return; rewrite x;"
        ' if ($x ~) { } set $a; set "" ""; } location { } location = { } location ~ { } location @ { } try_files ""; }'
    ),
    "odd variables": many(f'{ACAO} "$"; {ACAO} "${{"; {ACAO} "$$"; {ACAO} "${{}}"; {ACAO} "$-"; {ACAO} "$\u0663"; ', 1),
    "odd names of headers": (
        'add_header "" x; add_header Access-Control- y; add_header "Access-Control-Allow-Origin: *" z;'
        ' more_set_headers "Access-Control-Allow-Origin" ": x" "*: y" " Access-Control-Allow-Origin : x";'
    ),
    "numbers that are no digits": f"location / {{ {ACAO} *; return \u00b2; error_page \u00b2 =\u00b2 @x; }}",
    "a stack of braces": f"{ACAO} *; " + "{" * 100_000,
    "a pile of braces": f"{ACAO} *; " + "}" * 100_000,
    "quotes, one to a line": f"{ACAO} *; " + '"\n' * 100_000,
    "tags of templates": f"{ACAO} *; " + "{% if %}{{ else }}" * 20_000,
    "a megabyte in one word": f"{ACAO} {'a' * 1_000_000};",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_read_and_asked_within_seconds(name: str) -> None:
    project = Project((Listed("nginx.conf", "nginx.conf"),))
    source = project.keep("nginx.conf", HOSTILE[name])
    begin = time.process_time()
    for policy in list(nginx.read(project, source))[:10]:
        if isinstance(policy, Policy):
            for origin in ("https://app.example.com", "https://evil.example", "null"):
                policy.ask(Request(origin, policy.url, credentials="include"))
                policy.ask(Request(origin, policy.url, "PUT"))
            policy.covers("/a/b")
            list(policy.variants())
    assert time.process_time() - begin < SECONDS


ELSEWHERE = {
    "3000 documents with a text each": (
        "k8s/all.yaml",
        many(f"---\ndata:\n  aN.conf: |\n    server {{ location / {{ {ACAO} *; proxy_pass http://x; }} }}\n", 3_000),
    ),
    "200 texts that include all": (
        "k8s/all.yaml",
        "data:\n" + many(f"  aN.conf: |\n    include *.conf;\n    {ACAO} *;\n", 200),
    ),
    "a text that includes itself": ("k8s/all.yaml", f"data:\n  a.conf: |\n    include a.conf;\n    {ACAO} *;\n"),
    "blocks in YAML that is none": ("k8s/all.yaml", "a: [\n" + many("    kN: |\n", 40_000) + f"      {ACAO} *;\n"),
    "20000 here-documents": ("run.sh", many(f"cat <<EN\n{ACAO} *;\nEN\n", 20_000)),
    "here-documents without an end": ("run.sh", many(f"cat <<EN\n{ACAO} *;\n", 20_000)),
    "counts without quotes": (
        "nginx.conf",
        f"location / {{ {ACAO} *; }} location ~ {'a{1}' * 200_000} {{ return 200; }}",
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_texts_in_other_files_are_read_within_seconds(name: str) -> None:
    path, text = ELSEWHERE[name]
    project = Project((Listed(path, path),))
    begin = time.process_time()
    assert len(list(nginx.read(project, project.keep(path, text)))) < 300
    assert time.process_time() - begin < SECONDS
