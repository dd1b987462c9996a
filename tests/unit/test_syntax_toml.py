"""TOML with positions: what tomli reads is what is read, and every text stands where its node says."""

from __future__ import annotations

import datetime
import string

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from corslint.source import Source
from corslint.syntax import toml
from corslint.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlError

DOCUMENTS = [
    "",
    "# nothing but a remark",
    "a = 1",
    "\ufeffa = 1\r\nb = 'x'\r\n",
    "a = 1 # one\nb = true\n",
    "[a]\nb = 1\n[a.c]\nd = 'x'\n[e]\n",
    "[a.b.c]\nx = 1\n[a]\ny = 2\n",
    "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n",
    "[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n",
    "a.b.c = 1\na.b.d = 2\n",
    '"quoted key" = 1\n\'another one\'."x.y" = 2\n',
    "[ spaced . 'out' ]\n a . b = 'c'\n",
    'a = "with \\"quotes\\", \\t tabs, \\u00e9 and \\\\"',
    "a = 'C:\\path\\x'",
    'a = """\nfirst\nsecond "quoted" \\\n   joined"""\n',
    'a = """ends with a quote""""\n',
    "a = '''\nraw \\n\n'''\n",
    "a = []\nb = [1, 2,]\nc = [\n  'x', # remark\n  'y'\n]\n",
    "a = [[1], ['x', 'y']]\n",
    "a = {}\nb = { c = 1, d.e = 'x' }\nf = [{ g = 1 }, { g = 2 }]\n",
    "a = +1_000\nb = 0xff\nc = -1.5e3\nd = inf\n",
    "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00\nc = 07:32:00\n",
    "a = '#'\nb = \"]\" # ]\nc = ['[', \"{\"]\n",
]


def plain(node: Node | None) -> object:
    """A node as tomli gives it, but that numbers and dates stay as they are written."""
    if isinstance(node, Mapping):
        return {entry.name: plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert node is not None
    return node.value if node.style != "plain" else _read(node.value)


def _read(text: str) -> object:
    return tomli.loads(f"a = {text}")["a"]


def root(text: str) -> Node | None:
    return Source("x.toml", text).parsed(toml.document).root()


def scalars(node: Node | None) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Sequence):
        return [one for item in node.items for one in scalars(item)]
    assert isinstance(node, Mapping)
    keys = [entry.key for entry in node.entries if isinstance(entry.key, Scalar)]
    return [*keys, *(one for entry in node.entries for one in scalars(entry.value))]


@pytest.mark.parametrize("text", DOCUMENTS)
def test_a_file_is_read_as_tomli_reads_it(text: str) -> None:
    assert plain(root(text)) == tomli.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))


@pytest.mark.parametrize("text", DOCUMENTS)
def test_every_text_stands_where_its_node_says(text: str) -> None:
    for scalar in scalars(root(text)):
        if scalar.style == "plain" or scalar.exact is not None:
            assert scalar.text.span.text == scalar.value
        else:
            assert scalar.span.text[0] == scalar.span.text[-1] in "\"'"


def test_lines_and_columns() -> None:
    found = root("# remark\n[http.middlewares.cors]\n  list = [\n    'a', \"b\",\n  ]\n")
    assert [(one.value, one.span.line, one.span.column) for one in scalars(found)] == [
        ("http", 2, 2),
        ("middlewares", 2, 7),
        ("cors", 2, 19),
        ("list", 3, 3),
        ("a", 4, 5),
        ("b", 4, 10),
    ]


def test_the_span_of_an_entry_is_the_whole_of_it() -> None:
    found = root("[a]\nb = [\n 1,\n 2 ] # two\nc = 'x'\n")
    assert isinstance(found, Mapping)
    inner = found.entries[0].value
    assert isinstance(inner, Mapping)
    assert [entry.span.text for entry in inner.entries] == ["b = [\n 1,\n 2 ]", "c = 'x'"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = [1\nb = 2\n", 2), ("a = \n", 1), ("a = 1\na = 2\n", 2), ("[a]\n[a]\n", 2), ('a = "x\n', 1), ("a = [", 1)],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlError) as caught:
        root(text)
    assert caught.value.line == line


def test_deep_nesting_is_refused_without_a_crash() -> None:
    with pytest.raises(YamlError, match=r"nests too deep|Expected|Invalid"):
        root(f"a = {'[' * 100_000}{']' * 100_000}")


def test_tags_of_templates_are_text() -> None:
    found = root('a = "{{ env "ORIGIN" }}"\n{{ if .x }}\nb = 1\n{{ end }}\n')
    assert isinstance(found, Mapping)
    first = found.entries[0].value
    assert isinstance(first, Scalar)
    assert first.template
    assert first.value == '{{ env "ORIGIN" }}'
    assert [entry.name for entry in found.entries] == ["a", "b"]


# Made-up files

_KEYS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=5)
_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=8), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=6,
)


def written(value: object) -> str:
    """A value on one line of TOML."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = "".join(c if c.isalnum() else f"\\U{ord(c):08X}" for c in value)
            return f'"{escaped}"'
        case list():
            return f"[ {', '.join(map(written, value))} ]"
        case dict():
            return f"{{ {', '.join(f'{key} = {written(one)}' for key, one in value.items())} }}"
        case datetime.date():
            return value.isoformat()
        case _:
            return str(value)


@given(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, max_size=4), max_size=4))
def test_what_is_written_is_read(tables: dict[str, dict[str, object]]) -> None:
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {written(value)}  # remark" for key, value in table.items()), ""]
    assert plain(root("\n".join(lines))) == tables
