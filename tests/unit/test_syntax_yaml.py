"""YAML and JSON: what is where, and what a template or a tag leaves open."""

from __future__ import annotations

import subprocess
import sys

import pytest

from corslint.source import Source
from corslint.syntax import yaml
from corslint.syntax.yaml import Document, Entry, Mapping, Scalar, Sequence, YamlError, decide
from corslint.values import Known, OneOf, Unknown


def documents(text: str, path: str = "file.yaml") -> tuple[Document, ...]:
    return yaml.documents(Source(path, text))


def root(text: str, path: str = "file.yaml") -> Mapping:
    (document,) = documents(text, path)
    node = document.root()
    assert isinstance(node, Mapping)
    return node


def scalar(text: str, key: str = "a", path: str = "file.yaml") -> Scalar:
    found = root(text, path).scalar(key)
    assert found is not None
    return found


def entry(text: str, key: str) -> Entry:
    (found,) = root(text).all(key)
    return found


# places


@pytest.mark.parametrize(
    ("text", "value", "written", "style"),
    [
        ("a: plain\n", "plain", "plain", "plain"),
        ("a: 'it''s'\n", "it's", "'it''s'", "single"),
        ('a: "x\\ty"\n', "x\ty", '"x\\ty"', "double"),
        ("a: two\n  lines\nb: 1\n", "two lines", "two\n  lines", "plain"),
        ("a: |\n  one\n  two\n\nb: 1\n", "one\ntwo\n", "|\n  one\n  two", "literal"),
        ("a: >-\n  one\n  two\n", "one two", ">-\n  one\n  two", "folded"),
        ("a: &x 'v'\n", "v", "'v'", "single"),
        ("a: !Ref v\n", "v", "v", "plain"),
        ("a: !!str 12\n", "12", "12", "plain"),
        ("a: {b: c}\na: d\n", "d", "d", "plain"),
        ("a:\n", "", "", "plain"),
        ('a: ""\n', "", '""', "double"),
        ("a: é😀 # note\n", "é😀", "é😀", "plain"),
        ("\ufeffa: b\n", "b", "b", "plain"),
        ("z: 'é'\r\na: b\r\nc: d\r\n", "b", "b", "plain"),
        ("z: 1\ra: b\r", "b", "b", "plain"),
        ("--- # first\na: b\n...\n", "b", "b", "plain"),
        ("%YAML 1.1\n---\na: b\n", "b", "b", "plain"),
        ("? a\n: b\n", "b", "b", "plain"),
    ],
)
def test_a_scalar_knows_its_value_and_its_place(text: str, value: str, written: str, style: str) -> None:
    found = scalar(text)
    assert (found.value, found.span.text, found.style) == (value, written, style)


def test_lines_and_columns_count_code_points() -> None:
    found = root("😀: é\r\nb:\r\n  a: 'x'\r\n").mapping("b")
    assert found is not None
    inner = found.scalar("a")
    assert inner is not None
    assert (inner.span.line, inner.span.column, inner.span.end_column) == (3, 6, 9)


def test_an_entry_spans_from_key_to_value() -> None:
    text = "first: &a {x: 1}\nsecond: *a\nthird:\n  - 1\n  - 2\n\n# end\nfourth: |\n  t\n\n"
    assert [e.span.text for e in root(text).entries] == [
        "first: &a {x: 1}",
        "second: *a",
        "third:\n  - 1\n  - 2",
        "fourth: |\n  t",
    ]


def test_a_part_of_a_value_has_its_own_place() -> None:
    found = scalar('z: 1\na: "https://a.example, https://b.example"\n')
    first, second = (part.stripped() for part in found.text.split(","))
    assert (first.value, first.span.line, first.span.column) == ("https://a.example", 2, 5)
    assert (second.value, second.span.text, second.span.column) == ("https://b.example", "https://b.example", 24)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("a: 'it''s,b'\n", "b"),
        ("a: >-\n  one,\n  two\n", "two"),
        ('a: "x\\u0079,y"\n', "y"),
        ('a: "y\\u0079,y"\n', '"y\\u0079,y"'),
        ("a: 'b''b,b'\n", "'b''b,b'"),
    ],
)
def test_a_part_that_escapes_or_folding_hide_is_sought_and_else_the_whole_is_given(text: str, second: str) -> None:
    assert scalar(text).text.split(",")[-1].stripped().span.text == second


def test_commas_inside_tags_and_variables_do_not_separate() -> None:
    text = 'a: "x,{{ join "," .Values.list }},${B:-c,d},e"\n'.replace('"," ', "`,` ")
    assert [part.value for part in scalar(text).text.split(",")] == [
        "x",
        "{{ join `,` .Values.list }}",
        "${B:-c,d}",
        "e",
    ]


# collections


def test_keys_may_repeat_and_the_last_one_counts() -> None:
    found = root("a: 1\nb: 2\na: 3\n")
    assert [e.name for e in found.entries] == ["a", "b", "a"]
    last = found.scalar("a")
    assert last is not None
    assert last.value == "3"


def test_merge_keys_bring_in_what_no_own_key_hides() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  b: 9\n  <<: [*y, *x]\n"
    merged = root(text).mapping("z")
    assert merged is not None
    assert [(e.name, e.value.value, e.merged) for e in merged.entries if isinstance(e.value, Scalar)] == [
        ("b", "9", False),
        ("c", "4", True),
        ("a", "1", True),
    ]


def test_a_merge_key_without_a_mapping_is_an_ordinary_key() -> None:
    assert [e.name for e in root("<<: text\n'<<': {a: 1}\n").entries] == ["<<", "<<"]


def test_an_alias_is_the_node_it_names() -> None:
    found = root("a: &x [1]\nb: *x\n")
    assert found.get("a") is found.get("b")


def test_a_collection_that_holds_itself_ends() -> None:
    found = root("a: &x [*x]\n").get("a")
    assert isinstance(found, Sequence)
    (inside,) = found.items
    assert isinstance(inside, Scalar)
    assert isinstance(inside.text.known(), Unknown)


def test_a_walk_meets_each_mapping_once_and_in_order() -> None:
    (document,) = documents("a: &x\n  b: {c: 1}\nd: *x\ne:\n  - f: 1\n  - [{g: 1}]\n")
    assert [visit.path for visit in yaml.walk(document.root())] == [(), ("a",), ("a", "b"), ("e",), ("e",)]


def test_scalars_are_values_not_keys() -> None:
    (document,) = documents("a: &x b\nc: [d, *x, {e: f}]\n")
    assert [found.value for found in yaml.scalars(document.root())] == ["b", "d", "f"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("true", "boolean"),
        ("Yes", "boolean"),
        ("off", "boolean"),
        ("y", "string"),
        ("'true'", "string"),
        ("truely", "string"),
        ("600", "number"),
        ("-1.5e3", "number"),
        ("0x1F", "number"),
        ("1.2.3", "string"),
        ("1h", "string"),
        ("~", "null"),
        ("", "null"),
        ("null", "null"),
        ("https://a.example", "string"),
        ("*.example.com", "string"),
        ("{{ .Values.on }}", "string"),
        ("!!str true", "string"),
    ],
)
def test_the_kind_is_that_of_yaml_1_1(text: str, kind: str) -> None:
    if text.startswith("*"):
        text = f"'{text}'"
    assert scalar(f"a: {text}\n").kind == kind


# documents


def test_documents_are_cut_at_their_markers() -> None:
    text = "a: 1\n---\nb: 2\n--- {c: 3}\n---\n# nothing\n...\n%YAML 1.1\n---\nd: |\n  ---\n  x\n"
    found = [document.root() for document in documents(text)]
    assert [node.entries[0].name for node in found if isinstance(node, Mapping)] == ["a", "b", "c", "d"]
    assert len(found) == 4


def test_a_broken_document_leaves_the_others() -> None:
    first, second, third = documents("a: 1\n---\nb: [1\n---\nc: 1\n")
    assert isinstance(first.root(), Mapping)
    with pytest.raises(YamlError):
        second.root()
    with pytest.raises(YamlError):
        second.root()
    node = third.root()
    assert isinstance(node, Mapping)
    assert node.entries[0].span.line == 5


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: b: c\n", 1, 5, "mapping values are not allowed in this context"),
        ("x: 1\r\na: ]\r\n", 2, 4, "did not find expected node content"),
        ("a: 'x\n\n", 1, 4, "while scanning a quoted scalar, found unexpected end of stream"),
        ("a: [1,\n  2\n", 1, 4, "this bracket is never closed"),
        ("a: [1,\nb: 2]\nc\n", 3, 1, "while scanning a simple key, could not find expected ':'"),
        ("a:\n\t- x\n", 2, 1, "found character that cannot start any token"),
        ("é: *nobody\n", 1, 4, "there is no anchor &nobody above"),
        ("a: x\x07y\n", 1, 5, "U+0007 may not stand in YAML"),
        ("x: 1\n---\na: {\n", 3, 4, "this bracket is never closed"),
    ],
)
def test_an_error_says_where_and_why(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        documents(text)[-1].root()
    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n...\n", "--- # x\n"])
def test_nothing_is_no_document(text: str) -> None:
    assert documents(text) == ()


def test_yaml_itself_is_imported_on_first_use_only() -> None:
    servers = "corslint.servers.ingress_nginx, corslint.servers.traefik"
    code = f"import sys, {servers}; assert 'corslint.syntax.yaml' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = "import sys, corslint.syntax.yaml; assert 'yaml' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# JSON


def test_json_is_read_with_comments_and_places() -> None:
    text = '{\n\t// "a": 0,\n\t"u": "http://x", /* "a": 1 */\n\t"s": "\\"//\\\\", "a":"b\\/c", "l": [1,],\n}\n'
    found = scalar(text, path="file.json")
    assert (found.value, found.span.text, found.span.line, found.span.column) == ("b/c", '"b\\/c"', 4, 21)
    other = root(text, "file.json").scalar("s")
    assert other is not None
    assert other.value == '"//\\'


def test_json_may_write_characters_as_surrogate_pairs() -> None:
    found = root('{"e": "\\ud83d\\ude00", "a": "b"}', "file.json")
    assert [e.name for e in found.entries] == ["e", "a"]


def test_json_may_hold_characters_that_yaml_forbids() -> None:
    found = scalar('\ufeff{"e": "\x80\x7f\ufeff", "a": "b"}', path="file.json")
    assert (found.value, found.span.text) == ("b", '"b"')


def test_slashes_in_yaml_are_no_comment() -> None:
    assert scalar("a: //cdn.example.com\n").value == "//cdn.example.com"


# templates


def test_a_tag_is_kept_as_the_value_and_makes_it_unknown() -> None:
    found = scalar('b: 1\na: "https://{{ .Values.host }}"\n')
    assert (found.value, found.template, found.span.column) == ("https://{{ .Values.host }}", True, 4)
    assert found.text.known() == Unknown("the template fills in `{{ .Values.host }}`", found.text.span)


def test_the_literal_parts_of_a_templated_list_stay_known() -> None:
    found = scalar("a: https://a.example,{{ .Values.more }}\n")
    first, second = found.text.split(",")
    assert first.known() == Known("https://a.example", first.span)
    assert isinstance(second.known(), Unknown)


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.on }}\na: b\n{{- end }}\n",
        "a: b\n{{/* a: [ }} */}}\n",
        "a: b {{/* why */}}\n",
        "{% if on %}\na: b\n{% endif %}\n",
        "a: b {# why #}\n",
        "x:\n  {{- toYaml .Values.x | nindent 2 }}\na: b\n",
        "x: |\n    {{ .Files.Get `x` }}\n  text\na: b\n",
        "x: |\n  one\n{{ if .on }}\n  two\n{{ end }}\na: b\n",
        "{{ .Values.key }}: 1\na: b\n",
        '{{- range $i := .list }}\n- "{{ $i }}"\n{{- end }}\n---\na: b\n',
        'x: {{ "}}" | quote }}\na: b\n',
        "x: ${{ secrets.TOKEN }}\na: b\n",
        "x: '{{'\na: b\n",
        "x: '{{ never closed'\n\n\na: b\ny: {{ .z }}\n",
        "x: {{ include\n  `long` . }}\na: b\n",
        "x: '{#IFNAME}'\na: b\ny: '#}'\n",
    ],
)
def test_tags_are_masked_and_the_rest_is_read(text: str) -> None:
    node = documents(text)[-1].root()
    assert isinstance(node, Mapping)
    found = node.scalar("a")
    assert found is not None
    assert (found.value, found.span.text) == ("b", "b")
    assert not found.template
    assert found.text.known() == Known("b", found.span)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("x:\n  a: b\n  {{- toYaml .Values.x | nindent 2 }}\ny: 1\n", True),
        ("x:\n  {{- include `labels` . | nindent 2 }}\n  a: b\n", True),
        ("x:\n  {{- toYaml .Values.x | nindent 2 }}\n", True),
        ("x: {{- include `labels` . | nindent 2 }}\n  a: b\n", True),
        ("x: {{- include `labels` . | nindent 2 }}\n  {{- if .Values.b }}\n\n  a: b\n  {{- end }}\n", True),
        ("x:\n  {% include 'more.yml' %}\n", True),
        ("x:\n  a: b\n", False),
        ("x:\n  {{- if .Values.x }}\n  a: b\n  {{- else }}\n  a: c\n  {{- end }}\n", False),
        ("x:\n  {{- with .Values.x }}\n  a: {{ . }}\n  {{- end }}\ny: 1\n", False),
        ("x:\n  {{/* toYaml */}}\n  a: b\n", False),
        ("x:\n  {{- $y := 1 }}\n  a: b\n", False),
        ("x:\n  a: b\ny:\n  {{- toYaml .Values.y | nindent 2 }}\n", False),
    ],
)
def test_an_entry_knows_whether_a_template_prints_more_below_it(text: str, filled: bool) -> None:
    assert entry(text, "x").filled is filled


def test_a_template_that_prints_below_a_key_leaves_the_lines_behind_it_in_place() -> None:
    source = Source("a.yaml", "x: {{- include `labels` . | nindent 2 }}\n  a: b\ny: {{ nindent 2 .z }}\nz: 1\n")
    (document,) = source.parsed(yaml.documents)
    root = document.root()
    assert isinstance(root, Mapping)
    below = root.mapping("x")
    assert below is not None
    assert below.scalar("a") is not None
    last = root.scalar("y")
    assert last is not None
    assert last.template


def test_a_key_whose_value_a_template_prints_is_not_empty() -> None:
    found = scalar("a:\n  {{- toYaml .Values.a | nindent 2 }}\nb: 1\n")
    assert isinstance(found.text.known(), Unknown)


def test_a_deploy_time_tag_is_unknown() -> None:
    found = scalar("a: !Ref Origin\n")
    assert found.text.known() == Unknown("`!Ref` is resolved when this is deployed", found.text.span)


# branches of a template


def decided(text: str) -> object:
    (document,) = documents(text)
    node = document.root()
    assert isinstance(node, Mapping)
    given = [(e.key.start, e.value.text.known()) for e in node.all("a") if isinstance(e.value, Scalar)]
    value = decide(document, node.all("base")[0].key.start, given, Known("absent"))
    if isinstance(value, OneOf):
        return [
            (" and ".join(map(str, way.conditions)), getattr(way.value, "value", None), way.environment)
            for way in value.alternatives
        ]
    return value.value if isinstance(value, Known) else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("base: 0\n", "absent"),
        ("base: 0\na: 1\n", "1"),
        ("base: 0\na: 1\na: 2\n", "2"),
        ("{{ if .x }}\nbase: 0\na: 1\n{{ end }}\n", "1"),
        (
            "base: 0\n{{ if .x }}\na: 1\n{{ end }}\n",
            [("when `.x` is true", "1", None), ("when `.x` is not true", "absent", None)],
        ),
        (
            "base: 0\n{{- if .Values.debug }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n",
            [
                ("when `.Values.debug` is not true", "2", "production"),
                ("when `.Values.debug` is true", "1", "development"),
            ],
        ),
        (
            "base: 0\na: 0\n{% if x %}\na: 1\n{% endif %}\n",
            [("when `x` is true", "1", None), ("when `x` is not true", "0", None)],
        ),
        ("base: 0\n{% if x %}\na: 1\n{% elif y %}\na: 2\n{% else %}\na: 3\n{% endif %}\n", None),
        ("base: 0\n{{ if .x }}{{ if .y }}\na: 1\n{{ end }}{{ end }}\n", None),
        ("base: 0\n{{ range .x }}\na: 1\n{{ end }}\n", "1"),
        ("base: 0\n{{ end }}\na: 1\n{{ else }}\n", "1"),
    ],
)
def test_the_branches_of_a_template_become_alternatives(text: str, expected: object) -> None:
    assert decided(text) == expected


# YAML inside of YAML


def test_documents_in_a_literal_block_stand_where_they_stand() -> None:
    text = "a: 1\ndata:\n  x.yaml: |\n    ---\n    # one\n    b: {c: d}\n    ---\n    e:\n      f: g\n"
    text += "  other: |-\n    text\n"
    (document,) = yaml.documents(Source("a.yaml", text))
    blocks = [one for one in yaml.scalars(document.root()) if one.style == "literal"]
    first, second = yaml.embedded(document, blocks[0])
    roots = [first.root(), second.root()]
    assert all(isinstance(root, Mapping) for root in roots)
    values = [one for root in roots for one in yaml.scalars(root)]
    assert [(one.value, one.span.line, one.span.column) for one in values] == [("d", 6, 12), ("g", 9, 10)]
    (other,) = yaml.embedded(document, blocks[1])
    assert isinstance(other.root(), Scalar)


def test_tags_of_a_template_are_known_in_a_literal_block() -> None:
    (document,) = yaml.documents(Source("a.yaml", "a: |\n  {{- if .x }}\n  b: {{ .c }}\n  {{- end }}\n"))
    (inner,) = yaml.embedded(document, next(yaml.scalars(document.root())))
    (scalar,) = yaml.scalars(inner.root())
    assert isinstance(scalar.text.known(), Unknown)
    assert inner.branches(scalar.start) == document.branches(scalar.start) != ()


@pytest.mark.parametrize("text", ["a: >\n  b: c\n", 'a: "b: c"\n', "a: |\n\n", "a: |", "a: b\n"])
def test_nothing_stands_in_other_scalars(text: str) -> None:
    (document,) = yaml.documents(Source("a.yaml", text))
    assert [yaml.embedded(document, one) for one in yaml.scalars(document.root())] == [()]
