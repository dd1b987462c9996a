"""`.env` files are read as python-dotenv and Compose read them."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corslint.source import Source
from corslint.syntax.env import MAX_ENTRIES, EnvFile, compose, dotenv
from corslint.values import Known, Unknown


def read(text: str) -> EnvFile:
    return Source(".env", text).parsed(dotenv)


def as_compose(text: str) -> EnvFile:
    return Source(".env", text).parsed(compose)


def values(file: EnvFile) -> dict[str, str]:
    return {name: value.value for name, value in file.values().items() if isinstance(value, Known)}


def known(value: Known[str] | Unknown) -> str:
    assert isinstance(value, Known)
    return value.value


def written(text: str, name: str = "A") -> str:
    entry = read(text).get(name)
    assert entry is not None
    return entry.span.text


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=*", "*"),
        ("A = * ", "*"),
        ("export A=*", "*"),
        ("  export   A=*", "*"),
        ("'A'=*", "*"),
        ("A=", ""),
        ("A=''", ""),
        ('A=""', ""),
        ("A= # nothing", ""),
        ("A=# a value", "# a value"),
        ("A=https://a.example # the app", "https://a.example"),
        ("A=https://a.example/#/app", "https://a.example/#/app"),
        ("A='https://a.example # no comment'", "https://a.example # no comment"),
        ("A='https://a.example' # the app", "https://a.example"),
        (r'A="a\nb\"c\\d"', 'a\nb"c\\d'),
        (r"A='a\nb\'c'", r"a\nb'c"),
        (r"A=a\nb", r"a\nb"),
        ('A=["https://a.example", "https://b.example"]', '["https://a.example", "https://b.example"]'),
        ("A='[\n  \"https://a.example\"\n]'", '[\n  "https://a.example"\n]'),
        ("A=a b  c", "a b  c"),
        ("A=a=b", "a=b"),
        ("A=$B", "$B"),
        ("\ufeffA=*", "*"),
        ("A=1\r\nB=2\r\n", "1"),
        ("A=1\rB=2", "1"),
        ("A=1\nA=2", "2"),
        ("A=1\nA", "1"),
    ],
)
def test_a_value_is_what_python_dotenv_makes_of_it(line: str, value: str) -> None:
    assert dotenv_values(stream=io.StringIO(line, newline="")).get("A") in (value, None)
    assert values(read(line))["A"] == value


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# A=1", "A", "export", "=1", "A='1", 'A="1', "A='1' 2", "A B=1", "\ufeff", "'A=1", "''=1"]
)
def test_what_is_no_assignment_sets_nothing(text: str) -> None:
    assert values(read(text)) == {}


def test_a_line_that_cannot_be_read_is_skipped_and_told_of() -> None:
    file = read("A=1\nthis is no assignment\nB=2\n")
    assert values(file) == {"A": "1", "B": "2"}
    assert [(span.line, span.text) for span in file.bad] == [(2, "this is no assignment")]


def test_a_quote_that_is_never_closed_spoils_one_line_only() -> None:
    assert values(read("A='1\nB=2\n")) == {"B": "2"}


def test_a_name_alone_has_no_value() -> None:
    entry = read("A\n").get("A")
    assert entry is not None
    assert entry.is_bare
    assert entry.value == Unknown("`A` is set where this runs", entry.name_span)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("A=*", "*"),
        ("A='*' # all", "*"),
        ('A="a\\nb"', "a\\nb"),
        ("A=x # y", "x"),
        ("A=", ""),
        ("B=1\nA=${B}", "${B}"),
        ("A=1\nA=2", "2"),
    ],
)
def test_the_span_is_the_value_as_written_without_quotes(text: str, span: str) -> None:
    assert written(text) == span


def test_the_place_of_a_name() -> None:
    entry = read("# origins\nexport CORS_ORIGINS=*\n").get("CORS_ORIGINS")
    assert entry is not None
    assert (entry.name_span.line, entry.name_span.column, entry.span.column) == (2, 8, 21)


@pytest.mark.parametrize(
    ("text", "value", "override"),
    [
        ("B=1\nA=${B}", "1", None),
        ("A=${B:-1}", "1", "B"),
        ("B=2\nA=${B:-1}", "2", None),
        ("B=\nA=${B:-1}", "", None),
        ("A=${B:-}", "", "B"),
        ("B=${C:-1}\nA=x${B}", "x1", "C"),
        ("B=1\nA='${B}'", "1", None),
        ("B=1\nA=$B", "$B", None),
    ],
)
def test_variables_are_replaced_from_the_lines_above(text: str, value: str, override: str | None) -> None:
    entry = read(text).get("A")
    assert entry is not None
    assert entry.value == Known(value, entry.span, override=override)


@pytest.mark.parametrize("text", ["A=${B}", "A=${B}\nB=1", "A=${A}", "B=${C}\nA=x${B}", "A=${B-1}"])
def test_a_variable_set_elsewhere_is_not_guessed(text: str) -> None:
    entry = read(text).get("A")
    assert entry is not None
    assert isinstance(entry.value, Unknown)
    assert entry.value.reason.endswith("is set where this runs")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("B=1\nA=$B", "1"),
        ("B=1\nA='$B'", "$B"),
        ('B=1\nA="${B}"', "1"),
        ("B=\nA=${B:-1}", "1"),
        ("B=\nA=${B-1}", ""),
        ("B=x\nA=${B:+1}", "1"),
        ("B=x\nA=${B:?must be set}", "x"),
        ("A=$$B", "$B"),
    ],
)
def test_compose_reads_dollars_its_own_way(text: str, value: str) -> None:
    assert values(as_compose(text))["A"] == value


@pytest.mark.parametrize("text", ["A=$B", "A=${B}", "A=${B:?must be set}", "B=\nA=${B:?must be set}"])
def test_what_compose_takes_from_its_surroundings_is_not_guessed(text: str) -> None:
    assert "A" not in values(as_compose(text))


_PIECES = [
    "A",
    "B",
    "export ",
    "=",
    "'",
    '"',
    "\\",
    "\\n",
    "#",
    " #",
    " ",
    "\n",
    "\r\n",
    "\r",
    "x",
    "\t",
    "é",
    "\u2028",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
@settings(max_examples=300)
def test_any_text_is_taken_apart_as_python_dotenv_does(text: str) -> None:
    ours = read(text)
    bindings = list(parse_stream(io.StringIO(text, newline="")))
    assert [(one.name, None if one.is_bare else known(one.value)) for one in ours.entries] == [
        (one.key, one.value) for one in bindings if one.key is not None
    ]
    assert len(ours.bad) == sum(b.error for b in bindings)


@given(st.lists(st.sampled_from(["A", "B", "=", "=", "\n", "${A}", "${B:-x}", "${A:-}", "$A", "${", "}"]), max_size=14))
@example(["B", "\n", "A", "=", "${B:-x}"])
@settings(max_examples=300)
def test_any_variables_are_replaced_as_python_dotenv_does(pieces: list[str]) -> None:
    text = "".join(pieces)
    theirs = dotenv_values(stream=io.StringIO(text))
    for name, value in values(read(text)).items():
        if theirs[name] is not None:  # a name alone further down unsets it there, but not in os.environ
            assert value == theirs[name]


def hostile() -> Iterator[str]:
    yield "A=" + "x" * 1_000_000
    yield "A=" + " " * 1_000_000 + "x"
    yield "A='" + "\\'" * 500_000
    yield 'A="' + "\\" * 999_999
    yield "A=" + "${B:-" * 200_000
    yield "A=" + "${A}" * 250_000
    yield "A=" + "${" * 300_000 + ":}"
    yield "A=" + "${:" * 300_000 + "}"
    yield "'" * 1_000_000
    yield "=\n" * 500_000
    yield "A" * 1_000_000
    yield "\n".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}" for n in range(100_000))
    yield "A0=x\n" + "\n".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}" for n in range(1, 5_000))


@pytest.mark.parametrize("text", list(hostile()), ids=range(13))
@pytest.mark.parametrize("parse", [dotenv, compose])
def test_hostile_files_end_soon(text: str, parse: object) -> None:
    before = time.process_time()
    Source(".env", text).parsed(parse)  # type: ignore[arg-type]
    assert time.process_time() - before < 5


def test_more_assignments_than_anybody_writes_are_cut_off() -> None:
    file = read("\n".join(f"A{n}=1" for n in range(MAX_ENTRIES + 10)))
    assert len(file.entries) == MAX_ENTRIES


def test_values_that_double_are_given_up() -> None:
    file = as_compose("A0=xx\n" + "\n".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}" for n in range(1, 60)))
    found = file.values()["A59"]
    assert isinstance(found, Unknown)
    assert found.reason == "it holds too many variables"
