"""Annotations of HAProxy Ingress as people write them, and the policies they amount to."""

from __future__ import annotations

import pytest

from corslint import engine
from corslint.collect import Project
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Unread
from corslint.policy import Policy
from corslint.servers import haproxy_ingress
from corslint.source import Source
from corslint.values import Known

PREFIX = "haproxy-ingress.github.io/"
PATHS = "[{path: /api, pathType: Prefix}, {path: /x, pathType: Exact}]"
SPEC = f"spec:\n  rules:\n  - http:\n      paths: {PATHS}\n"


def ingress(annotations: dict[str, str], prefix: str = PREFIX, enable: str = '"true"', namespace: str = "shop") -> str:
    lines = [f"    {prefix}{name}: {text}\n" for name, text in {"cors-enable": enable, **annotations}.items() if text]
    head = f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  namespace: {namespace}\n"
    return f"{head}  annotations:\n{''.join(lines)}{SPEC}"


def read(text: str, path: str = "deploy/ingress.yaml") -> list[Policy | Unread]:
    return list(haproxy_ingress.read(Project(), Source(path, text)))


def policy(text: str) -> Policy:
    (found,) = read(text)
    assert isinstance(found, Policy)
    return found


def rules(text: str, path: str = "deploy/ingress.yaml") -> list[str]:
    report = engine.run([], Config(), stdin=StandardInput(path, text.encode()))
    assert not report.crashes, report.crashes[0].details
    assert report.policies, "nothing was read"
    return sorted(f"{one.rule} {one.severity}" for one in report.findings)


def test_an_ingress() -> None:
    found = policy(
        ingress(
            {
                "cors-allow-origin": '"https://a.example,https://b.example"',
                "cors-allow-credentials": '"true"',
                "cors-allow-methods": '"GET, PUT"',
                "cors-allow-headers": '"X-A,Content-Type"',
                "cors-expose-headers": '"X-Total"',
                "cors-max-age": '"600"',
            }
        )
    )
    assert (found.name, found.key) == ("Ingress `shop/web`", "Ingress@shop/web")
    settings = (found.credentials, found.methods, found.headers, found.exposed, found.max_age)
    values = [one.value.value for one in settings if isinstance(one.value, Known)]
    assert values == [True, ("GET", "PUT"), ("X-A", "Content-Type"), ("X-Total",), 600]
    spans = [one.span for one in found.entries() if one.span]
    assert [(span.line, span.column, span.text) for span in spans] == [
        (8, 51, "https://a.example"),
        (8, 69, "https://b.example"),
    ]
    assert [found.covers(path) for path in ("/api/x", "/x", "/x/y")] == [True, True, False]
    assert found.facts == ()


@pytest.mark.parametrize(
    "text",
    [
        ingress({"cors-allow-origin": '"*"'}, enable='"false"'),
        ingress({"cors-allow-origin": '"*"'}, enable='"yes"'),
        ingress({"cors-allow-origin": '"*"'}, enable=""),
        ingress({"cors-allow-origin": '"*"'}, prefix="nginx.ingress.kubernetes.io/"),
        "# haproxy-ingress.github.io/cors-enable\na: 1\n",
    ],
)
def test_what_is_off_or_somebody_elses(text: str) -> None:
    assert read(text) == []


LIST = {"cors-allow-origin": '"https://a.example,https://b.example"'}
OPEN = {"cors-allow-credentials": '"true"'}


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, ["production-wildcard medium"]),
        ({"cors-allow-origin": '"*"'}, ["production-wildcard medium"]),
        (OPEN, ["any-origin-with-credentials high"]),
        ({**OPEN, "cors-allow-origin": '"*"'}, ["any-origin-with-credentials high"]),
        # Among others `*` is told to strangers as it stands.
        ({**OPEN, "cors-allow-origin": '"*,https://a.example"'}, ["any-origin-with-credentials medium"]),
        ({**OPEN, "cors-allow-origin": '"https://*.example.com"'}, ["any-origin-with-credentials high"]),
        ({**OPEN, "cors-allow-origin": '"https://a.example, https://b.example"'}, ["any-origin-with-credentials high"]),
        ({**OPEN, "cors-allow-origin": '"null"'}, ["any-origin-with-credentials high"]),
        (LIST, []),
        ({**LIST, **OPEN}, []),
        ({"cors-allow-origin": '"https://a.example"'}, ["missing-vary low"]),
        ({**LIST, "cors-allow-origin-regex": r"'^https://[a-z]+\.example\.com$'"}, []),
        ({**LIST, "cors-allow-origin-regex": r"'https://[a-z]+\.example\.com'"}, ["origin-pattern-bypass medium"]),
        ({"cors-allow-origin-regex": r"'^https://[a-z]+\.example\.com$'"}, ["production-wildcard medium"]),
        ({**LIST, "cors-allow-origin-regex": "'*.example.com'"}, ["shadowed-setting low"]),
        ({**LIST, "cors-allow-credentials": '"yes"'}, ["invalid-credentials-value medium"]),
        ({**LIST, "cors-allow-credentials": "true"}, ["rejected-configuration medium"]),
        ({**LIST, "cors-max-age": '"1h"'}, ["invalid-max-age low"]),
        ({**LIST, "cors-allow-headers": '"*"'}, ["authorization-not-covered info"]),
        ({**LIST, "cors-allow-origin": "{{ .Values.origins | quote }}"}, ["undetermined info"]),
    ],
    ids=str,
)
def test_findings(annotations: dict[str, str], expected: list[str]) -> None:
    assert rules(ingress(annotations), "templates/ingress.yaml") == expected


def test_the_prefix_of_old_is_read_and_development_left_alone() -> None:
    assert rules(ingress({}, prefix="ingress.kubernetes.io/")) == ["production-wildcard medium"]
    assert rules(ingress({}, namespace="dev")) == []


def test_a_list_that_is_not_taken_is_said_to_let_everybody_in() -> None:
    report = engine.run(
        [], Config(), stdin=StandardInput("a.yaml", ingress({"cors-allow-origin": '"https://*.a.example"'}).encode())
    )
    (finding,) = report.findings
    assert finding.primary.text == "`https://*.a.example` is not valid here, so the controller allows every origin"


def test_a_switch_that_a_template_fills_in_is_a_condition() -> None:
    found = policy(ingress(LIST, enable="{{ .Values.cors | quote }}"))
    assert [str(one) for one in found.conditions] == ["when cors-enable is true"]


@pytest.mark.parametrize("value", ["a" * 100_000, "GET" * 50_000 + "!", "," * 50_000, "(" * 20_000, "${A:-" * 20_000])
def test_no_value_hangs_the_reader(value: str) -> None:
    names = ("cors-allow-origin", "cors-allow-origin-regex", "cors-allow-methods", "cors-allow-headers", "cors-max-age")
    assert len(read(ingress(dict.fromkeys(names, f"'{value}'")))) == 1


def test_broken_yaml_is_reported() -> None:
    (unread,) = read(f"{PREFIX}cors-enable: [\n")
    assert isinstance(unread, Unread)
