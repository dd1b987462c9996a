"""`.properties` as Java reads them."""

from __future__ import annotations

import time

import pytest

from corslint.source import Source
from corslint.syntax.properties import documents


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one.key, one.value) for document in documents(Source("a.properties", text)) for one in document]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", [("a", "1")]),
        ("a = 1\r\nb:2\rc 3", [("a", "1"), ("b", "2"), ("c", "3")]),
        ("  a.b[0]  =  x y  ", [("a.b[0]", "x y  ")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("# a=1\n ! b=2\n\n\n", []),
        ("a=b=c:d", [("a", "b=c:d")]),
        ("a=x,\\\n    y,\\\r\n\tz\nb=1", [("a", "x,y,z"), ("b", "1")]),
        ("a=x\\\\\nb=1", [("a", "x\\"), ("b", "1")]),
        (r"a\ b\==\u0041\tx\q", [("a b=", "A\txq")]),
        ("spring.x.[/**].y=*", [("spring.x.[/**].y", "*")]),
        ("a=1 # no comment", [("a", "1 # no comment")]),
        ("\ufeffa=1", [("a", "1")]),
        ("a=x\\", [("a", "x")]),
    ],
)
def test_properties(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


def test_a_line_of_dashes_in_a_comment_parts_documents() -> None:
    found = documents(Source("a.properties", "a=1\n#---\nb=2\n!---\nc=3\n#--- x\nd=4"))
    assert [[one.key for one in document] for document in found] == [["a"], ["b"], ["c", "d"]]


def test_places() -> None:
    (document,) = documents(Source("a.properties", "a.b = x,y\n"))
    assert document[0].span.text == "a.b = x,y"
    assert document[0].key_span.text == "a.b"
    assert document[0].stretch(2, 3).text == "y"


def test_a_place_that_escapes_hide_is_the_whole_value() -> None:
    (document,) = documents(Source("a.properties", "a=x,\\\n  y"))
    assert document[0].stretch(2, 3).text == "x,\\\n  y"


@pytest.mark.parametrize("text", ["a\\" * 200_000, "a=\\\n" * 100_000, "=" * 400_000, "[" * 300_000, "\\u" * 200_000])
def test_hostile_files_end(text: str) -> None:
    start = time.process_time()
    pairs(text)
    assert time.process_time() - start < 5
