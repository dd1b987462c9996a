"""YAML that takes parsers down: every case ends soon, in bounded memory, and with an answer."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from corslint.collect import Project
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.servers import envoy, gateway_api, ingress_nginx, kong, traefik
from corslint.source import Source
from corslint.syntax import yaml
from corslint.syntax.yaml import Mapping, YamlError

SIZE = 300_000
SECONDS = 60
"""None of these takes two on an idle machine; what takes exponential time takes more than any number."""
MEGABYTES = 300
"""Above what Python itself needs."""

HOSTILE = {
    "brackets": "'[' * size",
    "braces": "'{' * size",
    "brackets in one document of three": "'a: 1\\n---\\n' + '[' * size + '\\n---\\nb: 1\\n'",
    "dashes": "'- ' * size",
    "questions": "'? ' * size",
    "indents": "'\\n'.join(' ' * n + 'a:' for n in range(1400))",
    "a long list": "'[' + '1,' * size + ']'",
    "many keys": "'\\n'.join(f'k{n}:' for n in range(size // 8))",
    "colons": "':\\n' * size",
    "anchors": "''.join(f'- &a{n} x\\n' for n in range(size // 10))",
    "laughs": "'a0: &a0 [x]\\n' + ''.join(f'a{n}: &a{n} [' + f'*a{n - 1},' * 9 + ']\\n' for n in range(1, 99))",
    "merges": "'a0: &a {' + ','.join(f'k{n}: 1' for n in range(1000)) + '}\\n'"
    " + ''.join(f'b{n}: {{<<: [' + '*a,' * 10 + ']}\\n' for n in range(1000))",
    "merges of merges": "'a0: &a0 {k: 1}\\n'"
    " + ''.join(f'a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}\\n' for n in range(1, 2000))",
    "itself": "'a: &a {b: *a, <<: *a, c: [*a]}\\n'",
    "documents": "'---\\na\\n' * size",
    "markers": "'---\\n' * size",
    "directives": "'%A b\\n' * size + '---\\na: 1\\n'",
    "an open quote": "'a: \"' + 'x\\n' * size",
    "open tags": "'{{ ' * size",
    "open comments": "'{{/* ' * size",
    "open strings in tags": "'{{ \"' * size + '}}'",
    "tags": "'{{a}}' * size",
    "tags on lines": "'{{if a}}\\n' * (size // 9) + '{{else if b}}\\n' * (size // 14)",
    "open statements": "'{% a ' * size",
    "a long block": "'a: |\\n' + ' x\\n' * size",
    "blank lines": "'a: |\\n' + '\\n' * size",
    "a long tag": "'a: ' + '!' * size",
    "tabs": "'a:\\n' + '\\t' * size",
    "commas": "'a: \"' + ',' * size + '\"'",
    "variables": "'a: ' + '${' * size",
    "comments": "'/*' * size",
    "escapes": "'\"' + chr(92) * size + '//'",
}


@pytest.mark.parametrize(
    ("case", "path"),
    [
        *((case, "file.yaml") for case in HOSTILE),
        *((case, "file.json") for case in ("brackets", "a long list", "an open quote", "documents", "tags", "laughs")),
        ("comments", "file.json"),
        ("escapes", "file.json"),
    ],
)
def test_reading_ends_soon_and_in_bounded_memory(case: str, path: str) -> None:
    # In a process of its own, which a crash of the C parser would take down.
    code = f"""
        import resource
        from corslint.source import Source
        from corslint.syntax import yaml
        size = {SIZE}
        text = {HOSTILE[case]}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for document in yaml.documents(Source({path!r}, text)):
            try:
                root = document.root()
            except yaml.YamlError as error:
                assert error.message and error.line >= 1
            else:
                for visit in yaml.walk(root):
                    document.branches(visit.mapping.start)
                for scalar in yaml.scalars(root):
                    for part in scalar.text.split(",")[:1000]:
                        part.span, part.known()
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < MEGABYTES


def test_a_bomb_beside_good_documents_does_not_hide_them() -> None:
    first, bomb, last = yaml.documents(Source("a.yaml", "a: 1\n---\n" + "[" * 100_000 + "\n---\nb: 1\n"))
    assert isinstance(first.root(), Mapping)
    with pytest.raises(YamlError, match="more than 200 collections"):
        bomb.root()
    assert isinstance(last.root(), Mapping)


@pytest.mark.parametrize(
    "text",
    [
        "nginx.ingress.kubernetes.io/enable-cors: [",
        "nginx.ingress.kubernetes.io/enable-cors: \x00",
        "nginx.ingress.kubernetes.io/enable-cors: \ud800",
        "nginx.ingress.kubernetes.io/enable-cors: " + "[" * 100_000,
    ],
)
def test_broken_annotations_are_reported_as_unread(text: str) -> None:
    (unread,) = ingress_nginx.read(Project(), Source("a.yaml", "x: 1\n---\n" + text))
    assert isinstance(unread, Unread)
    assert unread.span is not None
    assert unread.span.line == 3


@pytest.mark.parametrize(
    "value",
    [
        "a" * 100_000 + "!",
        "GET" * 50_000 + "!",
        "https://a" * 20_000,
        "*." * 50_000,
        "${A:-" * 20_000,
        "{{" * 50_000,
        "," * 100_000,
        "9" * 5_000,
    ],
)
@pytest.mark.parametrize(
    "name", ["cors-allow-origin", "cors-allow-methods", "cors-allow-headers", "cors-expose-headers", "cors-max-age"]
)
def test_no_value_hangs_the_ingress_reader(name: str, value: str) -> None:
    prefix = "nginx.ingress.kubernetes.io/"
    text = f"kind: Ingress\nmetadata:\n  annotations:\n    {prefix}enable-cors: 'true'\n    {prefix}{name}: '{value}'\n"
    (policy,) = ingress_nginx.read(Project(), Source("a.yaml", text + "spec: {}\n"))
    assert isinstance(policy, Policy)


@pytest.mark.parametrize("value", ["a" * 100_000, "(" * 5_000, "${A:-" * 20_000, "$" * 50_001, "," * 50_000])
@pytest.mark.parametrize(
    "option", ["accesscontrolalloworiginlist", "accesscontrolalloworiginlistregex", "addvaryheader"]
)
def test_no_value_hangs_the_traefik_reader(option: str, value: str) -> None:
    labels = [
        f"traefik.http.middlewares.cors.headers.{text}" for text in (f"{option}={value}", "accesscontrolmaxage=1")
    ]
    text = "services:\n  app:\n    labels:\n" + "".join(f"      - '{label}'\n" for label in labels)
    (policy,) = traefik.read(Project(), Source("compose.yaml", text))
    assert isinstance(policy, Policy)


HOSTILE_VALUES = ["a" * 100_000, "(" * 5_000, "(a*)*" * 2_000, "${A:-" * 20_000, "*" * 20_000, "https://a" * 20_000]


@pytest.mark.parametrize("value", HOSTILE_VALUES)
@pytest.mark.parametrize("how", ["exact", "prefix", "regex"])
def test_no_value_hangs_the_envoy_reader(how: str, value: str) -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nspec:\n  http:\n  - corsPolicy:\n"
    text += (
        f"      allowOrigins: [{{{how}: '{value}'}}]\n      maxAge: '{value[:1000]}'\n      allowMethods: ['{value}']\n"
    )
    (policy,) = envoy.read(Project(), Source("a.yaml", text))
    assert isinstance(policy, Policy)
    contour = "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nspec:\n  virtualhost:\n    corsPolicy:\n"
    contour += f"      allowOrigin: ['{value}']\n"
    (policy,) = envoy.read(Project(), Source("a.yaml", contour))
    assert isinstance(policy, Policy)


@pytest.mark.parametrize("value", [*HOSTILE_VALUES, "a|" * 30_000, "[" * 30_000, "(" * 20_000 + "|"])
def test_no_value_hangs_the_readers_of_kong_and_of_the_gateway_api(value: str) -> None:
    text = f"_format_version: '3.0'\nplugins:\n- name: cors\n  config:\n    origins: ['{value}', 'https://a.example']\n"
    (policy,) = kong.read(Project(), Source("kong.yaml", text))
    assert isinstance(policy, Policy)
    text = (
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec:\n  rules:\n  - filters:\n    - type: CORS\n"
    )
    text += f"      cors: {{allowOrigins: ['{value}'], allowMethods: ['{value}'], maxAge: '{value[:1000]}'}}\n"
    (policy,) = gateway_api.read(Project(), Source("route.yaml", text))
    assert isinstance(policy, Policy)


def test_blocks_in_blocks_and_bombs_of_aliases_do_not_hang_the_envoy_reader() -> None:
    block = "cors: 1\n"
    for _ in range(30):
        block = "cors: |\n" + textwrap.indent(block, " ")
    assert list(envoy.read(Project(), Source("a.yaml", "corspolicy: 1\n" + block))) == []
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [" + f"*a{n - 1}," * 9 + "]\n" for n in range(1, 60))
    text = f"{laughs}x:\n  headers: {{response: *a59}}\n  corsPolicy: {{allowOrigins: [{{exact: '*'}}]}}\n"
    assert len(list(envoy.read(Project(), Source("a.yaml", text)))) == 1
    many = "corspolicy: |\n" + "  ---\n  cors: 1\n" * 20_000
    assert list(envoy.read(Project(), Source("a.yaml", many))) == []
