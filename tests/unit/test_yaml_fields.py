"""Fields of YAML read as a schema's types: what is taken, what is noted as wrong, and what stays unknown."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, documents_of, fields_of
from corslint.source import Source
from corslint.syntax import yaml
from corslint.syntax.yaml import Mapping
from corslint.values import Known, OneOf, Unknown, Value


def fields(text: str, path: str = "a.yaml") -> Fields:
    """The fields of the mapping under the key `cors`."""
    (document,) = yaml.documents(Source(path, dedent(text)))
    root = document.root()
    assert isinstance(root, Mapping)
    return fields_of(document, root.all("cors")[-1])


def short(value: Value[Any]) -> object:
    match value:
        case Unknown():
            return f"? {value.reason}"
        case OneOf():
            return [short(one.value) for one in value.alternatives]
        case Known():
            return value.value


@pytest.mark.parametrize(
    ("written", "expected", "wrong"),
    [
        ("true", True, []),
        ("no", False, []),
        ("'true'", True, ["`'true'` is no boolean"]),
        ("maybe", False, ["`maybe` is no boolean"]),
        ("[true]", "? `a` must be true or false", ["`a` must be true or false"]),
        ("${ALLOW:-true}", True, []),
        ("{{ .Values.a }}", "? the template fills in `{{ .Values.a }}`", []),
        ("", "default", []),
        ("null", "default", []),
    ],
)
def test_booleans(written: str, expected: object, wrong: list[str]) -> None:
    found = fields(f"cors:\n  a: {written}\n  b: 1\n")
    default: Any = "default"
    assert short(found.setting(("a",), yaml_fields.boolean, default).value) == expected
    assert [one.why for one in found.wrong] == wrong


@pytest.mark.parametrize(
    ("written", "expected", "wrong"),
    [
        ("[GET, ' PUT ']", ("GET", "PUT"), []),
        ("[]", None, []),
        ("['${METHODS:-GET, PUT}']", ("GET", "PUT"), []),
        ("['${METHODS}']", "? `METHODS` is set where this is deployed", []),
        ("GET", "? `a` must be a list", ["`a` must be a list"]),
        ("[{GET: 1}]", "? `a` must be a list of texts", ["`a` must be a list of texts"]),
        ("{{ toJson .Values.a }}", "? the template fills in `{{ toJson .Values.a }}`", []),
    ],
)
def test_names(written: str, expected: object, wrong: list[str]) -> None:
    found = fields(f"cors: {{a: {written}}}\n")
    assert short(found.setting(("a",), yaml_fields.names, None).value) == expected
    assert [one.why for one in found.wrong] == wrong


def test_a_field_that_is_left_out_is_taken_from_outside() -> None:
    inner, outer = fields("cors: {a: [], b: [X]}\n"), fields("cors: {a: [GET]}\n")
    inner.outer, inner.needs_content = (outer,), True
    setting = inner.setting(("a",), yaml_fields.names, None)
    assert (setting.given, short(setting.value)) == ("inherited", ("GET",))
    inner.needs_content = False
    assert short(inner.setting(("a",), yaml_fields.names, None).value) is None


def test_what_a_template_prints_below_a_key_may_hold_any_field() -> None:
    found = fields("cors:\n  a: [GET]\n  {{- toYaml .Values.more | nindent 2 }}\n")
    assert short(found.setting(("a",), yaml_fields.names, None).value) == ("GET",)
    assert short(found.setting(("b",), yaml_fields.names, None).value) == "? the template prints further fields"


def test_branches_of_a_template_are_told_apart() -> None:
    found = fields("cors:\n  {{- if .x }}\n  a: [GET]\n  {{- end }}\n  b: []\n")
    assert short(found.setting(("a",), yaml_fields.names, None).value) == [("GET",), None]


def test_documents_in_block_scalars_are_given_if_they_hold_the_word() -> None:
    text = "a: |\n  cors: 1\nb: |\n  other: 1\nc: |\n  no yaml: [cors\nd: |\n  only cors text\n"
    (document,) = yaml.documents(Source("a.yaml", text))
    assert [one.text.strip() for one in documents_of(document, "cors")][1:] == ["cors: 1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{vary: Origin}", True),
        ("{set: {Vary: 'Accept, origin'}}", True),
        ("[{name: Vary, value: Origin}]", True),
        ("[{header: {key: vary, value: Origin}}]", True),
        ("{vary: {append: true, value: Origin}}", True),
        ("{vary: Accept}", False),
        ("[{name: X-A, value: Origin}]", False),
        ("{origin: vary}", False),
    ],
)
def test_a_header_that_is_added(text: str, expected: bool) -> None:
    (document,) = yaml.documents(Source("a.yaml", f"x: {text}\n"))
    assert (yaml_fields.sends_vary(document.root()) is not None) is expected
